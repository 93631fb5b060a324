"""How templates show letters: prose, times in words, whole minutes, addresses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from html import escape

from django import template
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from firsthand.core.byline import Level
from firsthand.core.promises import named
from firsthand.core.rights import Right
from firsthand.office.models import PostRevision
from firsthand.web import credit

register = template.Library()

_LINK = re.compile(r"https?://[^\s<>\"'()\[\]{}]+[^\s<>\"'()\[\]{}.,;:!?]")
_LISTED = re.compile(r"\s*([-*•–]|\d{1,3}[.)])\s|\s{2,}")
_WRAPPED = 54  # a line at least this long that goes on without a blank line was cut by a program


@cache
def _around_number(name: str) -> tuple[str, str]:
    before, _, after = reverse(name, args=[0]).partition("0")
    return before, after


@register.filter
def page(number: int, name: str) -> str:
    """The address `name` of a thing with this number, for lists: they have hundreds of them."""
    before, after = _around_number(name)
    return f"{before}{int(number)}{after}"


@register.filter
def channel(name: str) -> str:
    """A kind of channel as its people write it."""
    return named(name)


@register.filter
def prose(text: str) -> SafeString:
    """Plain text as paragraphs: hard-wrapped lines flow again, other line ends stay, links work."""
    return mark_safe("".join(_paragraph(p) for p in re.split(r"\n\s*\n", text) if p.strip()))


def _paragraph(block: str) -> str:
    lines = block.strip("\n").split("\n")
    if all(line.startswith(">") for line in lines):
        return f"<blockquote dir=auto>{_linked(chr(10).join(x[1:].strip() for x in lines))}</blockquote>"
    out = ""
    for this, following in zip(lines, [*lines[1:], ""], strict=True):
        flows = len(this) >= _WRAPPED and following and not _LISTED.match(following)
        out += _linked(this.rstrip()) + (" " if flows else "<br>" if following else "")
    return f"<p dir=auto>{out}</p>"


@register.filter
def called(revision: PostRevision) -> str:
    """The title of what was published, or how it begins."""
    return credit.name_of(revision)


@register.filter
def written(request: HttpRequest) -> list[tuple[str, str]]:
    """What somebody wrote in a form that could not be taken: the fields that hold words."""
    fields = ("to", "cc", "bcc", "subject", "text", "note", "reason")
    return [(name, request.POST[name]) for name in fields if request.POST.get(name, "").strip()]


@register.filter
def linked(text: str) -> SafeString:
    """Escaped text with its web addresses as links that tell the other side nothing."""
    return mark_safe(_linked(text))


def _linked(text: str) -> str:
    if "://" not in text:
        return escape(text)
    parts: list[str] = []
    end = 0
    for found in _LINK.finditer(text):
        address = escape(found[0])
        shown = address if len(found[0]) <= 80 else escape(found[0][:70] + "…")
        parts.append(escape(text[end : found.start()]))
        parts.append(
            f'<a href="{address}" target="_blank" rel="noopener noreferrer nofollow">{shown}</a>'
        )
        end = found.end()
    return "".join([*parts, escape(text[end:])])


@register.filter
def when(at: datetime | None) -> str:
    """A time as one says it: `14:05` today, `Tuesday`, `3 Nov`, `3 Nov 2019`."""
    if at is None:
        return ""
    local, today = timezone.localtime(at), timezone.localtime()
    days = (today.date() - local.date()).days
    if days == 0:
        return f"{local:%H:%M}"
    if days == 1:
        return "yesterday"
    if 1 < days < 7:
        return f"{local:%A}"
    return _day(local, today)


@register.filter
def soon(at: datetime) -> str:
    """A time to come on a button: `Tue 24 Nov, 09:00`, with the year where it is not this one."""
    local, today = timezone.localtime(at), timezone.localtime()
    return f"{local:%a} {_day(local, today)}, {local:%H:%M}"


def _day(local: datetime, today: datetime) -> str:
    return f"{local.day} {local:%b}" + ("" if local.year == today.year else f" {local.year}")


@register.filter
def exactly(at: datetime | None) -> str:
    """`Saturday 22 November 2026, 14:05`."""
    if at is None:
        return ""
    local = timezone.localtime(at)
    return f"{local:%A} {local.day} {local:%B %Y, %H:%M}"


@register.filter
def days(value: float) -> str:
    """How long a letter waits: `today`, `1 day`, `12 days`, `5 weeks`."""
    whole = int(value)
    if whole < 1:
        return "today"
    if whole < 21:
        return "1 day" if whole == 1 else f"{whole} days"
    return f"{whole // 7} weeks"


@register.filter
def told(reasons: Sequence[str]) -> list[str]:
    """The reasons worth a line: the strongest."""
    return list(reasons[:3])


@register.filter
def minutes(value: float | None) -> str:
    """Minutes as people count them: `½ min`, `1 min`, `12 min`."""
    if value is None:
        return ""
    return "½ min" if value < 0.75 else f"{round(value)} min"


@register.filter
def people(pairs: Iterable[Sequence[str]]) -> str:
    """`[[address, name], …]` as a line that a field of addresses takes again."""
    return ", ".join(f"{_phrase(p[1])} <{p[0]}>" if len(p) > 1 and p[1] else p[0] for p in pairs)


def _phrase(name: str) -> str:
    """A display name, quoted where RFC 5322 demands it."""
    clean = name.replace("\\", "").replace('"', "")
    return f'"{clean}"' if re.search(r"[,;:<>@()\[\]]", name) else clean


@register.filter
def names(pairs: Iterable[Sequence[str]]) -> str:
    """The same, for reading: names where there are any."""
    return ", ".join((p[1] if len(p) > 1 else "") or p[0] for p in pairs)


@register.filter
def level_words(value: str) -> str:
    """`on_behalf` as `on behalf`."""
    return Level(value).words if value in set(Level) else value


@register.filter
def in_words(right: str) -> str:
    """A right in plain words."""
    return Right(right).sentence


@register.filter
def level_word(value: str) -> SafeString:
    """A level as a coloured word; the word alone is enough to read it."""
    return format_html('<span class="word {}">{}</span>', value, level_words(value))


@register.filter
def breakable(address: str) -> SafeString:
    """An address that may be broken behind its @ where the line is narrow."""
    return mark_safe(escape(address).replace("@", "@<wbr>"))


@register.filter
def size(count: int) -> str:
    """Bytes for people: `3 kB`, `1.4 MB`."""
    if count < 1000:
        return f"{count} B"
    return f"{count / 1000:.0f} kB" if count < 1_000_000 else f"{count / 1_000_000:.1f} MB"


@register.simple_tag(takes_context=True)
def kept(context: template.Context, name: str, otherwise: object = "") -> SafeString | str:
    """What was typed into the field before its act was refused; else what stands there."""
    typed = context.get("typed") or {}
    value = typed.get(name, otherwise)
    return conditional_escape("" if value is None else value)
