"""Text as bylines see it: the canonical form, who wrote which word, and what is quoted.

The canonical form is what a byline's digest covers; see docs/log-format.md.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from firsthand.core.provenance import Blamed, Ownership, own, shares

__all__ = [
    "Blamed",
    "Change",
    "Ownership",
    "Split",
    "blame",
    "canonical",
    "compare",
    "count_words",
    "ownership",
    "quote",
    "shares",
    "split",
]

_TRAILING = re.compile(r"[ \t\f\v\u00a0]+(?=\n|\Z)")
_ATTRIBUTION = re.compile(
    r"^(on|am|le|el|il|em|op|den|w dniu)\b.{5,160}"
    r"(wrote|schrieb|a écrit|escribió|ha scritto|escreveu|schreef|skrev|napisał\(a\))\s*:\s*$",
    re.IGNORECASE,
)
_FORWARD = re.compile(
    r"^-{2,}\s*(original message|forwarded by|forwarded message|ursprüngliche nachricht|"
    r"message d'origine|mensaje original)\b",
    re.IGNORECASE,
)
# Chinese, Japanese and Korean write without spaces: about two characters make a word.
_DENSE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def canonical(text: str) -> str:
    """`text` in Unicode NFC, with LF line ends, trailing blanks of lines and of the text cut."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return _TRAILING.sub("", unicodedata.normalize("NFC", lines)).rstrip("\n")


@dataclass(frozen=True, slots=True)
class Split:
    """A message's text in its three parts: what is new in it, what it quotes, the signature."""

    new: str
    quoted: str = ""
    signature: str = ""


def split(text: str) -> Split:
    """Part `text` into new words, quoted words (anywhere) and signature (after `-- `, RFC 3676)."""
    parts: dict[str, list[str]] = {"new": [], "quoted": [], "signature": []}
    for part, line in _lines(text):
        parts[part].append(line)
    new, quoted, signature = ("\n".join(lines).strip() for lines in parts.values())
    return Split(new, quoted, signature)


def _lines(text: str) -> Iterator[tuple[str, str]]:
    """Each line with the part it belongs to."""
    lines = text.replace("\r\n", "\n").split("\n")
    quotes = [line.startswith(">") for line in lines]
    part = "new"
    for index, line in enumerate(lines):
        if line.startswith("--"):
            if part == "new" and index and line.rstrip() == "--":
                part = "signature"
            elif part != "quoted" and _FORWARD.match(line):
                part = "quoted"
        near = part == "new" and True in quotes[index + 1 : index + 4]
        quoted = quotes[index] or (near and _introduces_quote(lines, index))
        yield ("quoted" if quoted else part), line


def _introduces_quote(lines: Sequence[str], index: int) -> bool:
    """Whether this line, perhaps with the next, says who wrote the quote that follows."""
    following = [line for line in lines[index + 1 : index + 4] if line.strip()]
    if not any(line.startswith(">") for line in following[:2]):
        return False
    joined = lines[index] + (
        " " + following[0] if following and not following[0].startswith(">") else ""
    )
    return bool(_ATTRIBUTION.match(lines[index]) or _ATTRIBUTION.match(joined)) or (
        lines[index].rstrip().endswith(("wrote:", "schrieb:", "a écrit :"))
    )


def count_words(text: str) -> int:
    """Words as a reader meets them; two characters of an unspaced script count as one word."""
    if text.isascii():
        return len(text.split())
    dense = len(_DENSE.findall(text))
    return len(_DENSE.sub(" ", text).split()) + (dense + 1) // 2


def blame(
    revisions: Iterable[tuple[str, str]], *, quotable: str = "", signature: str = ""
) -> tuple[Blamed, ...]:
    """Who wrote each word of the last of `revisions`; see `ownership`."""
    return ownership(revisions, quotable=quotable, signature=signature).words


def ownership(
    revisions: Iterable[tuple[str, str]], *, quotable: str = "", signature: str = ""
) -> Ownership:
    """Whose the words of the last of `revisions` are, given as (actor, text), oldest first.

    Nobody's, and left out, are quotes of what stands in `quotable` and the office's `signature`.
    Anything else that only looks like a quote or a signature was written by somebody.
    """
    known = f" {' '.join(_unquoted(quotable))} "
    return own((actor, _own_words(text, known, signature.split())) for actor, text in revisions)


def _own_words(text: str, quotable: str, signature: Sequence[str]) -> list[str]:
    words: list[str] = []
    signed: list[str] = []
    for part, line in _lines(text):
        if part == "signature":
            signed += line.split()
        elif part == "new":
            words += line.split()
        elif f" {' '.join(_unquoted(line))} " not in quotable:
            words += _unquoted(line)
    block = [word for word in signed if word != "--"]
    return words if block == [word for word in signature if word != "--"] else words + block


def _unquoted(text: str) -> list[str]:
    """The words of a quotation without its marks."""
    return [word for line in text.split("\n") for word in line.lstrip("> \t").split()]


@dataclass(frozen=True, slots=True)
class Change:
    """A run of a word diff. `kind` is `same`, `added` or `removed`."""

    kind: str
    text: str


def compare(before: str, after: str) -> tuple[Change, ...]:
    """The word diff from `before` to `after`, for people: white space is kept with its word."""
    old, new = (re.findall(r"\s*\S+|\s+\Z", text) for text in (before, after))
    changes: list[Change] = []
    for tag, old_from, old_to, new_from, new_to in SequenceMatcher(
        None, old, new, autojunk=False
    ).get_opcodes():
        if tag == "equal":
            changes.append(Change("same", "".join(old[old_from:old_to])))
            continue
        if old_to > old_from:
            changes.append(Change("removed", "".join(old[old_from:old_to])))
        if new_to > new_from:
            changes.append(Change("added", "".join(new[new_from:new_to])))
    return tuple(changes)


def quote(text: str) -> str:
    """`text` as a quotation: each line with `> ` before it, deeper quotes without a blank."""
    return "\n".join(
        ">" + line if line.startswith(">") else f"> {line}".rstrip()
        for line in text.rstrip().split("\n")
    )
