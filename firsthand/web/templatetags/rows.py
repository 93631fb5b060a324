"""Letters as lines of lists, and their headings. Pages have them by the hundred, and a template takes
ten times as long."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from django import template
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import Truncator

from firsthand.office.attention import Item
from firsthand.office.models import Message, Thread
from firsthand.office.search import Hit
from firsthand.web.templatetags.letters import (
    breakable,
    days,
    exactly,
    minutes,
    names,
    page,
    told,
    when,
)

register = template.Library()

_DRAFTS = {
    "waiting": "an answer waits for approval",
    "leaving": "an answer is on its way",
    "approved": "an approved answer is there",
    "rejected": "a draft was sent back",
}
_LINE = 90
Answers = Sequence[tuple[str, str]]


@register.simple_tag
def rows(
    items: Iterable[Item], can_sort: object = False, brief: object = False, screening: Answers = ()
) -> SafeString:
    """The letters; `can_sort`: each can be selected; `brief`: without how they begin; `screening`:
    the answers to whoever writes for the first time, each with its words."""
    return mark_safe("".join(_row(item, bool(can_sort), bool(brief), screening) for item in items))


def _row(item: Item, can_sort: bool, brief: bool, screening: Answers) -> str:
    name = escape(item.name)
    select = (
        f'<input type="checkbox" name="thread" value="{item.thread}"'
        f' aria-label="Select the letter of {name or "nobody named"}">'
    )
    preview = f'<div class="preview" dir="auto">{escape(item.preview)}</div>\n'
    reasons = "".join(f"<span>{escape(reason)}</span>" for reason in told(item.reasons))
    why = f'<div class="why">{reasons}</div>' if reasons else ""
    time = f"<b>{minutes(item.minutes)}</b>" if item.minutes else ""
    return (
        f'<li class="line" data-line>\n{select if can_sort else "<span></span>"}\n<div>\n'
        f'<h3><a href="{page(item.thread, "thread")}">{name or "Nobody named"}</a></h3>{_tags(item)}\n'
        f'<div class="subject" dir="auto">{escape(item.subject)}</div>\n'
        f"{preview if item.preview and not brief else ''}"
        f"{why}\n</div>\n"
        f'<div class="when">{time}'
        f"<span>{days(item.waiting)} · {escape(item.channel)}</span></div>\n"
        f"{_answers(item, name, screening) if screening else ''}</li>\n"
    )


def _tags(item: Item) -> str:
    """Who has it, and whether somebody answers."""
    assigned = f'<span class="tag">for {escape(item.assigned)}</span>' if item.assigned else ""
    draft = _DRAFTS.get(item.draft, "a draft is there")
    return assigned + (f'<span class="tag">{draft}</span>' if item.draft else "")


def _answers(item: Item, name: str, screening: Answers) -> str:
    address = page(item.thread, "screen")
    buttons = "".join(
        f'<button formaction="{address}" name="answer" value="{escape(answer)}"'
        f' aria-label="{words}: {name or "nobody named"}">{words}</button>'
        for answer, words in ((answer, escape(words)) for answer, words in screening)
    )
    return f'<div class="acts">\n{buttons}\n</div>\n'


@register.simple_tag
def found(hits: Iterable[Hit]) -> SafeString:
    """What a search found."""
    return mark_safe("".join(map(_found, hits)))


def _found(hit: Hit) -> str:
    return (
        '<li class="line" data-line><span></span><div>'
        f'<h3><a href="{page(hit.thread, "thread")}#m{hit.message}">'
        f"{escape(hit.name) or 'Nobody named'}</a></h3>"
        f'<div class="subject" dir="auto">{escape(hit.subject) or "(no subject)"}</div>'
        f'<div class="preview" dir="auto">{escape(hit.snippet)}</div></div>'
        f'<div class="when"><span>{when(hit.at)}</span></div></li>'
    )


@register.simple_tag
def heading(message: Message, thread: Thread) -> SafeString:
    """Who wrote a letter to whom, and when; on which channel, where that is not the thread's own."""
    name, address = escape(message.from_name), breakable(message.from_address)
    beside = f' <span class="break">{address}</span>' if name else ""
    copied = f", copy to {_short(message.cc)}" if message.cc else ""
    to = f'<span class="small break">to {_short(message.to)}{copied}</span>' if message.to else ""
    where = f"on {escape(message.channel)} · " if message.thread_id != thread.pk else ""
    return mark_safe(
        f"<header><span><b>{name or escape(message.from_address) or 'Nobody named'}</b>{beside}<br>\n"
        f'{to}</span>\n<span class="small">{where}'
        f'<time datetime="{timezone.localtime(message.at).isoformat()}"'
        f' title="{exactly(message.at)}">{when(message.at)}</time> · '
        f'<a class="soft" href="{page(message.pk, "message-source")}"'
        ' aria-label="The source of this letter">source</a></span></header>'
    )


def _short(pairs: Iterable[Sequence[str]]) -> str:
    """Names on one line, cut where they are many."""
    line = names(pairs)
    return escape(line if len(line) <= _LINE else Truncator(line).chars(_LINE))
