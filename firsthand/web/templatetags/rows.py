"""Letters as lines of lists. Pages have them by the hundred, and a template takes ten times as long."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from django import template
from django.utils.safestring import SafeString, mark_safe

from firsthand.office.attention import Item
from firsthand.office.search import Hit
from firsthand.web.templatetags.letters import days, minutes, page, told, when

register = template.Library()

_DRAFTS = {
    "waiting": "an answer waits for approval",
    "leaving": "an answer is on its way",
    "approved": "an approved answer is there",
    "rejected": "a draft was sent back",
}
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
