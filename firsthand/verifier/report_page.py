"""The report as HTML: the same words on the office's page and in the file of a stranger.

Plain tables that need no script; every value is escaped. It says nothing that the entries do not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from html import escape

from firsthand.core.byline import Ai, Level
from firsthand.core.errors import Misuse
from firsthand.core.promises import named, saying
from firsthand.core.report import Claim, Kept, Report

LEVELS = {
    Level.FIRSTHAND: "every word the principal’s own, and sent by them",
    Level.APPROVED: "others wrote or changed words; the principal approved exactly this text",
    Level.ON_BEHALF: "a person sent it; the principal did not approve this text",
    Level.AUTOMATED: "a machine sent it, and the principal did not approve it",
}
AIS = {
    Ai.NONE: "no AI inside the office had a part in it",
    Ai.ASSISTED: "an AI helped",
    Ai.GENERATED: "an AI wrote most of it",
}


def body(report: Report, *, claims: Sequence[Claim] = (), size: int = 0) -> str:
    """The sections of the report, from the heading's lead to the last table."""
    parts = [_lead(report, size)]
    if report.left or report.came_in:
        parts += [_levels(report), _ais(report)]
    if len(report.channels()) > 1:
        parts.append(_channels(report))
    parts += [_promises(report), _months(report), _rest(report, claims)]
    return "\n".join(part for part in parts if part)


def file(report: Report, *, title: str, claims: Sequence[Claim] = (), size: int = 0) -> str:
    """A page that stands alone, to be kept or sent."""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body><main>"
        f"<h1>{escape(title)}</h1>\n{body(report, claims=claims, size=size)}\n</main></body></html>\n"
    )


def _lead(report: Report, size: int) -> str:
    if not report.first:
        return '<p class="lead">Nothing has come in or left yet.</p>'
    own = report.levels()[Level.FIRSTHAND] + report.levels()[Level.APPROVED]
    came = f"{_number(report.came_in, 'letter')} came in and " if report.received else ""
    left = f"{_number(report.left, 'message')} left"
    when = f"From {_day(report.first)} to {_day(report.last)}"
    if report.first == report.last:
        when = f"On {_day(report.first)}"
    return (
        f'<p class="lead">{when}, {came}{left}. '
        f"The principal stood behind the words of {own:,}: {report.share(own)}.</p>"
        f'<p class="soft small">Counted from {_number(size, "entry", "entries")} of the public log '
        "and from nothing else. Letters are those that people wrote: automatic mail and mailing "
        "lists are not counted. A letter is not always answered by one message.</p>"
    )


def _levels(report: Report) -> str:
    counts = report.levels()
    rows = (
        [
            f'<b class="word {level.value}">{level.words}</b>'
            f'<br><span class="soft small">{words}</span>',
            f"{counts[level]:,}",
            report.share(counts[level]),
        ]
        for level, words in LEVELS.items()
    )
    table = _table(("Level", "Messages", "Share"), rows)
    return _section("near", "How near the principal was", _bar(counts, report.left) + table)


def _bar(counts: dict[Level, int], left: int) -> str:
    """One line, cut into the four levels. The table below says the same to whoever cannot see it."""
    at, pieces = 0.0, []
    for level, count in counts.items():
        width = 1000 * count / left if left else 0
        if count:
            pieces.append(
                f'<rect class="{level.value}" x="{at:.1f}" y="0" width="{width:.1f}" height="20"/>'
            )
        at += width
    return (
        '<svg class="shares" viewBox="0 0 1000 20" preserveAspectRatio="none" aria-hidden="true">'
        f"{''.join(pieces)}</svg>"
    )


def _ais(report: Report) -> str:
    counts = report.ais()
    rows = (
        [f"<b>{ai.value}</b><br><span class='soft small'>{words}</span>", f"{counts[ai]:,}",
         report.share(counts[ai])]
        for ai, words in AIS.items()
    )  # fmt: skip
    return _section("ai", "What AI had a part in", _table(("AI", "Messages", "Share"), rows))


def _channels(report: Report) -> str:
    came = dict(report.received)
    rows = [
        [
            escape(named(channel)),
            f"{came.get(channel, 0):,}",
            *(f"{count:,}" for count in report.levels(channel).values()),
        ]
        for channel in report.channels()
    ]
    head = ("Channel", "Came in", *(level.words.capitalize() for level in LEVELS))
    return _section("channels", "Channel by channel", _table(head, rows))


def _promises(report: Report) -> str:
    if not report.promises:
        return _section(
            "promised", "What was promised", "<p>Nothing was promised in this time.</p>"
        )
    items = "".join(map(_promise, report.promises))
    return _section("promised", "What was promised", f'<ul class="promises">{items}</ul>')


def _promise(kept: Kept) -> str:
    try:
        said = saying(kept.floor, kept.channel)
    except Misuse:
        said = f"Nothing below {kept.floor.words}."
    firm = "A guarantee" if kept.strength == "guarantee" else "An aim"
    until = f" until {_day(kept.ended)}" if kept.ended else ""
    count = f"; kept {kept.kept:,} of {kept.all:,} times" if kept.all else ""
    return (
        f'<li><q>{escape(said)}</q><p class="soft small">{firm} since {_day(kept.made)}{until}'
        f"{count}.</p></li>"
    )


def _months(report: Report) -> str:
    if not report.months:
        return ""
    most = max(max(month.received, month.left) for month in report.months) or 1
    rows = [
        [
            _month(month.month),
            f"{month.received:,}",
            f"{month.left:,}",
            _pair(month.received, month.left, most),
        ]
        for month in report.months
    ]
    head = ("Month", "Came in", "Left", "")
    return _section("months", "Month by month", _table(head, rows, last="wide"))


def _pair(received: int, left: int, most: int) -> str:
    return (
        '<svg class="pair-bar" viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect class="in" x="0" y="0" width="{100 * received / most:.1f}" height="5"/>'
        f'<rect class="out" x="0" y="7" width="{100 * left / most:.1f}" height="5"/></svg>'
    )


def _rest(report: Report, claims: Sequence[Claim]) -> str:
    facts = [
        ("Rights given to hands", f"{report.granted:,}"),
        ("Rights taken back early", f"{report.revoked:,}"),
        ("Logged and then never sent", f"{report.corrected:,}, corrected in the log, not counted"),
    ]
    facts += [
        (
            f"{each.act.past} on {named(each.channel)}, {each.level.words}",
            f"{each.count:,}",
        )
        for each in report.reacted
    ]
    for claim in claims:
        agrees = "agrees" if claim.agrees else "DOES NOT AGREE"
        facts.append(
            (
                f"The office’s own report for {_month(claim.first[:7])}",
                f"entry {claim.index}: {agrees} with this count",
            )
        )
    listed = "".join(f"<dt>{escape(name)}</dt><dd>{value}</dd>" for name, value in facts)
    return _section("rest", "Besides", f'<dl class="facts">{listed}</dl>')


def _section(key: str, title: str, content: str) -> str:
    return f'<section aria-labelledby="{key}"><h2 id="{key}">{title}</h2>\n{content}</section>'


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], last: str = "number") -> str:
    """The first column names the row; the others are numbers. Values are HTML."""
    kinds = ["number"] * (len(head) - 2) + [last]
    titles = "".join(
        f'<th scope="col" class="{kind}">{title}</th>' if title else f'<td class="{kind}"></td>'
        for title, kind in zip(head, ["", *kinds], strict=True)
    )
    lines = "".join(
        f'<tr><th scope="row">{first}</th>'
        + "".join(f'<td class="{kind}">{v}</td>' for kind, v in zip(kinds, others, strict=True))
        + "</tr>"
        for first, *others in rows
    )
    return (
        f'<div class="scroll" tabindex="0" role="group" aria-label="{head[0]}"><table class="counts">'
        f"<thead><tr>{titles}</tr></thead><tbody>{lines}</tbody></table></div>"
    )


def _number(count: int, noun: str, plural: str = "") -> str:
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def _day(text: str) -> str:
    """Entries are anybody's bytes: what is no day is shown as it is, escaped."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return escape(text[:20])
    return f"{day.day} {day:%B %Y}"


def _month(text: str) -> str:
    try:
        return f"{date.fromisoformat(f'{text}-01'):%B %Y}"
    except ValueError:
        return escape(text[:20])


_STYLE = """
:root{color-scheme:light dark;--paper:#fbfaf6;--ink:#1d1b18;--soft:#5e5950;--rule:#ddd8cc;
--firsthand:#1b6b47;--approved:#24559a;--on_behalf:#8f5a00;--automated:#7a3a92}
@media (prefers-color-scheme:dark){:root{--paper:#171614;--ink:#ece8df;--soft:#a9a295;--rule:#35322c;
--firsthand:#6cc495;--approved:#8ab4f0;--on_behalf:#e0a94a;--automated:#cf9be3}}
body{margin:0;background:var(--paper);color:var(--ink);font:1rem/1.5 system-ui,sans-serif}
main{max-width:46rem;margin:0 auto;padding:2rem 1rem 4rem}
h1,h2,q{font-family:Palatino,Georgia,serif}h2{margin-top:2.4rem;font-size:1.3rem}
.soft{color:var(--soft)}.small{font-size:.875rem}.lead{font-size:1.15rem}
table{width:100%;border-collapse:collapse}th,td{padding:.45rem .6rem .45rem 0;text-align:left;
vertical-align:top;border-bottom:1px solid var(--rule);font-weight:400}th b{font-weight:600}
.number{text-align:right;font-variant-numeric:tabular-nums}.scroll{overflow-x:auto}
.shares{width:100%;height:1.25rem;display:block;margin-bottom:1rem}.pair-bar{width:100%;height:.9rem}
.firsthand{fill:var(--firsthand);color:var(--firsthand)}.approved{fill:var(--approved);color:var(--approved)}
.on_behalf{fill:var(--on_behalf);color:var(--on_behalf)}.automated{fill:var(--automated);color:var(--automated)}
.in{fill:var(--soft)}.out{fill:var(--firsthand)}.wide{width:45%}
dt{color:var(--soft)}dd{margin:0 0 .6rem}li{margin-bottom:.6rem}
"""
