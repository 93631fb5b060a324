"""What kind of change a revision is, proposed from the two texts alone (docs/publishing.md).

The editor decides; anybody who has both texts can compute the proposal again and see whether the
decision says less than happened. In doubt the proposal is the heavier kind: a typo that is told as
substance harms nobody.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from firsthand.core.text import canonical


class Change(StrEnum):
    """Kinds of a public revision, lightest first. The last two are only ever decided by a person."""

    FORMAT = "format"
    TYPO = "typo"
    LINK = "link"
    ADDITION = "addition"
    SUBSTANCE = "substance"
    CORRECTION = "correction"
    RETRACTION = "retraction"

    @property
    def weight(self) -> int:
        return list(Change).index(self)

    @property
    def words(self) -> str:
        return _WORDS[self]

    @property
    def wants_note(self) -> bool:
        """Whether readers must be told why: of what no text shows, but a person decides."""
        return self.weight > Change.SUBSTANCE.weight


_WORDS = {
    Change.FORMAT: "only the layout changed",
    Change.TYPO: "a slip of the pen was mended",
    Change.LINK: "a link changed",
    Change.ADDITION: "something was added, nothing was taken away",
    Change.SUBSTANCE: "what it says changed",
    Change.CORRECTION: "what it says was wrong, and is corrected",
    Change.RETRACTION: "it is taken back",
}


@dataclass(frozen=True, slots=True)
class Written:
    """A text as it is published: its title (or "") and its source."""

    title: str
    text: str


def proposed(before: Written, after: Written) -> Change | None:
    """The kind of the change from `before` to `after`; None where a reader sees none at all."""
    old, new = _joined(before), _joined(after)
    if old == new:
        return None
    kinds = set(_of_words(_sentences(old), _sentences(new)))
    if not kinds and _bare(old) != _bare(new):
        kinds.add(Change.TYPO)
    if _links(old) != _links(new):
        kinds.add(Change.LINK)
    return max(kinds, key=lambda kind: kind.weight, default=Change.FORMAT)


def is_lighter(decided: Change, than: Change | None) -> bool:
    """Whether a decision says less than the texts show."""
    return than is not None and decided.weight < than.weight


# A link, an image, a bare address; a link's words stay in the text, its target does not.
_LINK = re.compile(r"!?\[([^\]]*)\]\(\s*<?([^)\s>]*)>?(?:\s+\"([^\"]*)\")?\s*\)")
_ADDRESS = re.compile(r"<?\b(?:https?://|mailto:)[^\s<>]+[^\s<>.,;:!?)\]\"'’]>?")
_MARKS = re.compile(
    r"^[ \t]*(?:(?:>|#{1,6}(?=\s)|[-*+](?=\s)|\d{1,3}[.)](?=\s))[ \t]*)+", re.MULTILINE
)
_EMPHASIS = re.compile(r"[*_`\\]")
_BLOCKS = re.compile(r"\n\s*\n|\n(?=[ \t]*(?:>|#{1,6}\s|[-*+]\s|\d{1,3}[.)]\s))")
_ENDS = re.compile(r"(?<=[.!?…。！？])[\"'”’»)\]]*\s+|(?<=[。！？])")


def _joined(written: Written) -> str:
    return canonical(f"{written.title}\n\n{written.text}" if written.title else written.text)


def _links(text: str) -> list[str]:
    """Where the text leads, in order."""
    rest = _LINK.sub(lambda found: f" {found[1]} ", text)
    inline = [found[2] for found in _LINK.finditer(text)]
    return inline + [found[0].strip("<>") for found in _ADDRESS.finditer(rest)]


def _worded(text: str) -> str:
    """The text without the targets of its links."""
    return _ADDRESS.sub(" ", _LINK.sub(lambda found: f"{found[1]} {found[3] or ''}", text))


def _bare(text: str) -> str:
    """What is left when the layout is taken away."""
    return " ".join(_EMPHASIS.sub("", _MARKS.sub("", _worded(text))).split())


Sentence = tuple[str, ...]


def _sentences(text: str) -> list[Sentence]:
    """The sentences, each as its tokens; a heading or an item of a list is one of its own."""
    found: list[Sentence] = []
    for block in _BLOCKS.split(_worded(text)):
        for sentence in _ENDS.split(_EMPHASIS.sub("", _MARKS.sub("", block))):
            tokens = tuple(_tokens(sentence))
            found += [tokens] if tokens else []
    return found


_DENSE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_INSIDE_WORD = "'’-\u200c\u200d"
_INSIDE_NUMBER = ".,:/"
_SAYING = frozenset("?؟？%‰&@#§")


def _tokens(text: str) -> Iterator[str]:
    """Words, numbers and signs that say something; commas and the like are left out."""
    at = 0
    while at < len(text):
        kind = _kind(text[at])
        end = at + 1
        if kind in "WN":
            while end < len(text) and _goes_on(text, end, kind):
                end += 1
            signed = (
                kind == "N"
                and at > 0
                and text[at - 1] in "-−"
                and not text[at - 2 : at - 1].strip()
            )
            yield ("-" if signed else "") + text[at:end]
        elif kind == "S":
            yield text[at]
        at = end


def _kind(char: str) -> str:
    """`W`: of a word; `N`: of a number; `S`: a sign of its own; blank: says nothing."""
    if _DENSE.match(char) or char in _SAYING:
        return "S"
    category = unicodedata.category(char)
    if category[0] in "LM":
        return "W"
    if category[0] == "N":
        return "N"
    return "S" if category[0] == "S" or category in {"Cf", "Co", "Cn"} else " "


def _goes_on(text: str, at: int, kind: str) -> bool:
    """Whether the token that runs up to `at` takes in the character there, too."""
    char = text[at]
    if (
        _kind(char) == kind
        or (kind == "W" and _kind(char) == "N")
        or (kind == "N" and _kind(char) == "W")
    ):
        return True
    inside = _INSIDE_WORD if kind == "W" else _INSIDE_NUMBER
    return char in inside and at + 1 < len(text) and _kind(text[at + 1]) in "WN"


def _of_words(old: list[Sentence], new: list[Sentence]) -> Iterator[Change]:
    """The kinds of change between two runs of sentences; none where every word is the same."""
    flat_old, flat_new = _flat(old), _flat(new)
    if flat_old == flat_new:
        return  # sentences were only cut apart or joined
    if _slips(flat_old, flat_new):
        yield Change.TYPO
        return
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for tag, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        if tag == "insert":
            yield Change.ADDITION
        elif tag == "delete":
            yield Change.SUBSTANCE
        elif tag == "replace":
            yield from _replaced(old[old_from:old_to], new[new_from:new_to])


def _replaced(old: Sequence[Sentence], new: Sequence[Sentence]) -> Iterator[Change]:
    """Where each old sentence comes back in order with slips mended, the rest was added."""
    if _slips(_flat(old), _flat(new)):
        yield Change.TYPO
        return
    left = list(new)
    for sentence in old:
        while left and not (left[0] == sentence or _mended(sentence, left[0])):
            left.pop(0)
            yield Change.ADDITION
        if not left:
            yield Change.SUBSTANCE
            return
        if left.pop(0) != sentence:
            yield Change.TYPO
    if left:
        yield Change.ADDITION


def _flat(sentences: Sequence[Sentence]) -> Sentence:
    return tuple(token for sentence in sentences for token in sentence)


def _slips(old: Sentence, new: Sentence) -> bool:
    """Whether `new` is `old` with nothing but misspelt words mended."""
    return len(old) == len(new) and all(
        a == b or _slip(a, b) for a, b in zip(old, new, strict=True)
    )


def _mended(old: Sentence, new: Sentence) -> bool:
    """As `_slips`, for one sentence, in which a word may also have stood twice by mistake."""
    return _slips(_undoubled(old, new), new)


def _undoubled(old: Sentence, new: Sentence) -> Sentence:
    """`old` without words that stood there twice by mistake, once `new` has them once."""
    if len(old) <= len(new):
        return old
    kept: list[str] = []
    for token in old:
        twice = kept and token.isalpha() and kept[-1].casefold() == token.casefold()
        at = len(kept)
        if twice and not (at < len(new) and new[at].casefold() == token.casefold()):
            continue
        kept.append(token)
    return tuple(kept)


# Small words that turn a sentence round, and their like: never a slip. Sorted by language.
_WEIGHTY = frozenset(
    "no not now none never nor can cannot could would should will shall may might must is isn't are "
    "aren't was wasn't were weren't do don't does did didn't has had hasn't have haven't with without "
    "all any some one two three four five six seven eight nine ten hundred thousand million billion "
    "more less most least he she they her his their him them i you we this that these those than then "
    "nein nicht kein keine kann könnte würde wird war wäre mit ohne alle eine einen zwei drei vier fünf "
    "ne pas non sans avec sont était deux trois quatre cinq six sept huit neuf dix "
    "sin con uno dos tres cuatro cinco seis siete ocho nueve diez".split()
)
_SHORTEST = 4


def _slip(old: str, new: str) -> bool:
    """Whether one word may be another that was only misspelt: letters case, accents, one keystroke."""
    if any(
        unicodedata.category(char)[0] not in "LM" and char not in _INSIDE_WORD for char in old + new
    ):
        return False
    a, b = old.casefold(), new.casefold()
    if {a, b} & _WEIGHTY and a != b:
        return False
    if _plain(a) == _plain(b):
        return True
    if min(len(a), len(b)) < _SHORTEST or a[0] != b[0] or _negated(a, b):
        return False
    return _one_keystroke(a, b)


def _plain(word: str) -> str:
    """Without apostrophes, hyphens and accents (of Latin, Greek, Cyrillic: elsewhere marks are vowels)."""
    letters = unicodedata.normalize("NFD", word)
    return "".join(c for c in letters if not "\u0300" <= c <= "\u036f" and c not in _INSIDE_WORD)


def _negated(a: str, b: str) -> bool:
    """legal, illegal; able, unable: a front syllable makes the opposite."""
    short, long = sorted((a, b), key=len)
    return long.endswith(short) and len(long) > len(short)


def _one_keystroke(a: str, b: str) -> bool:
    """One letter more, fewer, doubled or swapped with its neighbour; in long words one exchanged."""
    if len(a) == len(b):
        wrong = [at for at in range(len(a)) if a[at] != b[at]]
        if len(wrong) == 1:
            return len(a) > _SHORTEST + 2
        swapped = len(wrong) == 2 and wrong[1] == wrong[0] + 1
        return swapped and a[wrong[0]] == b[wrong[1]] and a[wrong[1]] == b[wrong[0]]
    short, long = sorted((a, b), key=len)
    if len(long) != len(short) + 1 or len(short) <= _SHORTEST:
        return False
    # A letter more at the very end makes a plural or another tense, not a slip.
    return any(long[:at] + long[at + 1 :] == short for at in range(1, len(long) - 1))
