"""`firsthand report`: the public report, recounted from a log's files. Needs no office with --log."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from firsthand.channels.reachable import is_loopback
from firsthand.cli import setting_up, typed
from firsthand.cli.output import json_option, say, show, table
from firsthand.core.errors import Misuse, Permanent
from firsthand.core.report import Report, Tally
from firsthand.tlog.note import Verifier
from firsthand.tlog.store import LocalStore
from firsthand.tlog.tiles import Reader
from firsthand.verifier import WebLog, report_page
from firsthand.verifier.recount import recount


@click.command()
@click.option("--from", "first", type=typed.day, help="The first day (2026-11-01).")
@click.option("--to", "last", type=typed.day, help="The last day.")
@click.option("--log", help="A log elsewhere: its folder, or the address of its office.")
@click.option("--vkey", type=typed.vkey, help="The verifier key of that log.")
@click.option("--html", type=click.Path(dir_okay=False, path_type=Path), help="Write a page.")
@json_option
def report(
    first: datetime | None,
    last: datetime | None,
    log: str | None,
    vkey: Verifier | None,
    html: Path | None,
    as_json: bool,
) -> int:
    """Count anew, from the log alone, what came in, what left, and which promises were kept."""
    reader, verifier = _log(log, vkey)
    tally = recount(reader, verifier)
    found = tally.report(first=_day(first), last=_day(last))
    if html:
        _write(html, found, tally, verifier)
        say(f"The report is in {html}.")
    else:
        show(_value(found, tally), as_json=as_json, text=lambda: _told(found, tally))
    return 0 if all(claim.agrees for claim in tally.claims) else 1


def _log(log: str | None, vkey: Verifier | None) -> tuple[Reader, Verifier]:
    if log:
        if not vkey:
            raise Misuse("A log elsewhere needs its key.", hint="Give it with --vkey.")
        if log.startswith(("https://", "http://")):
            return WebLog(log.rstrip("/"), loopback=is_loopback(log)), vkey
        return LocalStore(Path(log)), vkey
    office = setting_up.office()
    from firsthand.office import ledger

    ledger.publish()
    return ledger.store(), vkey or Verifier.parse(office.log_vkey)


def _day(moment: datetime | None) -> str:
    return moment.date().isoformat() if moment else ""


def _write(place: Path, found: Report, tally: Tally, verifier: Verifier) -> None:
    title = f"What left in the name of {verifier.name.removesuffix('/byline-log')}"
    try:
        place.write_text(report_page.file(found, title=title, claims=tally.claims, size=tally.size))
    except OSError as problem:
        raise Permanent(f"{place} cannot be written: {problem.strerror}.") from None


def _value(found: Report, tally: Tally) -> dict[str, Any]:
    return {
        **found.value(),
        "entries": tally.size,
        "unknown": tally.unknown,
        "digest": found.digest(),
        "claims": [asdict(claim) for claim in tally.claims],
        "months": [asdict(month) for month in found.months],
    }


def _told(found: Report, tally: Tally) -> str:
    rows = [[channel, "came in", "", str(count)] for channel, count in found.received]
    rows += [
        [x.channel, x.level.words, f"AI {x.ai.value}", f"{x.count}  ({found.share(x.count)})"]
        for x in found.lines
    ]
    lines = [
        f"{found.first or 'never'} to {found.last or 'never'}, {tally.size} entries of the log"
    ]
    lines += [table(rows)] if rows else ["Nothing came in or left."]
    lines += [
        f"promise {kept.number} ({kept.strength}: {kept.floor.words}"
        f"{' on ' + kept.channel if kept.channel else ''}) kept {kept.kept} of {kept.all} times"
        for kept in found.promises
    ]
    lines += [f"{found.corrected} logged and never sent" if found.corrected else ""]
    lines += [f"{tally.unknown} entries of kinds unknown here" if tally.unknown else ""]
    lines += [
        f"the office's own report {claim.first} to {claim.last}: "
        + ("agrees" if claim.agrees else "DOES NOT AGREE")
        for claim in tally.claims
    ]
    return "\n".join(line for line in lines if line)
