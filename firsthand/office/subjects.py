"""Subjects as threads compare them: without the marks of answers and forwards in many languages."""

from __future__ import annotations

import re

_MARKS = (
    "re|fwd?|fw|aw|antw|antwort|wg|sv|vs|vl|vb|odp|pd|rif|r|i|rv|res|enc|tr|réf|ref|ynt|ilt|bls|trs|"
    "atb|ats|回复|答复|回覆|转发|轉寄|返信|转寄|답장|전달|отв|ответ|пересл"
)
_MARK = re.compile(
    rf"\s*(?:{_MARKS})\s*(?:\[\d{{1,4}}\]|\(\d{{1,4}}\)|\^\d+)?\s*[:：]", re.IGNORECASE
)
_TAG = re.compile(r"\s*\[[^\[\]]{1,60}\](?=\s*\S)")
_SPACE = re.compile(r"\s+")
_LONGEST = 200


def key(subject: str) -> str:
    """What two subjects of one conversation have in common; "" where there is nothing to compare."""
    return _SPACE.sub(" ", subject[_marks_end(subject) :]).strip().casefold()[:_LONGEST]


def is_answer(subject: str) -> bool:
    """Whether a subject says of itself that it answers or forwards."""
    if not _may_be_marked(subject):
        return False
    tag = _TAG.match(subject)
    return bool(_MARK.match(subject) or (tag and _MARK.match(subject, tag.end())))


def _may_be_marked(subject: str) -> bool:
    """Most are not, and the pattern of the marks is slow."""
    return ":" in subject or "：" in subject or "[" in subject


def _marks_end(subject: str) -> int:
    if not _may_be_marked(subject):
        return 0
    at = 0
    while found := (_MARK.match(subject, at) or _TAG.match(subject, at)):
        at = found.end()
    return at
