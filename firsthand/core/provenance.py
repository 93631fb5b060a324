"""Who wrote each word of a text that several people made, worked out from its versions.

In doubt a word is not the last writer's: words that come back or move keep their first writer,
and whoever takes out somebody's words is remembered in the gap, so that no claim grows unseen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

# Shorter runs of words are formulas that anybody writes: "thank you for your letter".
RUN = 6
# Beyond this many comparisons only unchanged ends and runs are looked for: no text may stall us.
_COMPARISONS = 4_000_000


@dataclass(frozen=True, slots=True)
class Blamed:
    """One word of a text, with the key of the actor whose revision brought it in."""

    word: str
    actor: str


@dataclass(frozen=True, slots=True)
class Cut:
    """`by` took out words of `of` at this place, or put them there from elsewhere."""

    by: str
    of: str


Gap = frozenset[Cut]


@dataclass(frozen=True, slots=True)
class Ownership:
    """The words of a version; `gaps` (one more than words) lie before, between and after them."""

    words: tuple[Blamed, ...] = ()
    gaps: tuple[Gap, ...] = (Gap(),)

    def cutters(self, of: str) -> tuple[str, ...]:
        """Who left a cut in the words of `of`, which `of` has not written over since."""
        return tuple(sorted({cut.by for gap in self.gaps for cut in gap if cut.of == of}))


def shares(words: Iterable[Blamed]) -> dict[str, int]:
    """How many of the words are whose: {actor key: words}."""
    return dict(Counter(blamed.actor for blamed in words))


def own(versions: Iterable[tuple[str, Sequence[str]]]) -> Ownership:
    """Who owns the words of the last of `versions`, given as (actor, words), oldest first."""
    history = _History()
    for actor, words in versions:
        history.add(actor, tuple(words))
    return history.states[-1]


class _History:
    """The versions so far, with an index of their runs."""

    def __init__(self) -> None:
        self.states = [Ownership()]
        self.actors = [""]
        self.exact: dict[tuple[str, ...], int] = {}
        self.runs: dict[tuple[str, ...], tuple[int, int]] = {}

    def add(self, actor: str, words: tuple[str, ...]) -> None:
        if words in self.exact:
            state = self._restored(actor, self.exact[words])
        else:
            state = self._changed(actor, words)
        number = len(self.states)
        self.states.append(state)
        self.actors.append(actor)
        self.exact[words] = number
        for at in range(len(words) - RUN + 1):
            self.runs.setdefault(words[at : at + RUN], (number, at))

    def _restored(self, actor: str, number: int) -> Ownership:
        """An earlier version again. Undoing one's own changes leaves no trace; choosing does."""
        state = self.states[number]
        if all(later == actor for later in self.actors[number + 1 :]):
            return state
        chosen = _cuts(actor, (*self.states[-1].words, *state.words))
        return Ownership(state.words, (state.gaps[0] | chosen, *state.gaps[1:]))

    def _changed(self, actor: str, words: tuple[str, ...]) -> Ownership:
        before = self.states[-1]
        result: list[Blamed] = []
        gaps: list[Gap] = []
        gap = before.gaps[0]
        for same, old, new in _changes([blamed.word for blamed in before.words], words):
            if same:
                for at in range(old.start, old.stop):
                    result.append(before.words[at])
                    gaps.append(gap)
                    gap = before.gaps[at + 1]
                continue
            gap = gap.union(*before.gaps[old.start : old.stop + 1])
            gap |= _cuts(actor, before.words[old])
            if written := self._written(actor, words[new]):
                moved = _cuts(actor, written)
                gaps += [_written_over(gap, actor, written) | moved, *[Gap()] * (len(written) - 1)]
                result += written
                gap = moved
        return Ownership(tuple(result), (*gaps, gap))

    def _written(self, actor: str, words: Sequence[str]) -> list[Blamed]:
        """New words are the actor's, but for runs that stood in an earlier version."""
        written: list[Blamed] = []
        while len(written) < len(words):
            at = len(written)
            found = self.runs.get(tuple(words[at : at + RUN]))
            written += self._run(found, words[at:]) if found else [Blamed(words[at], actor)]
        return written

    def _run(self, found: tuple[int, int], words: Sequence[str]) -> list[Blamed]:
        number, at = found
        run: list[Blamed] = []
        for blamed, word in zip(self.states[number].words[at:], words, strict=False):
            if blamed.word != word:
                break
            run.append(blamed)
        return run


def _cuts(actor: str, words: Iterable[Blamed]) -> Gap:
    return Gap(Cut(actor, blamed.actor) for blamed in words if blamed.actor != actor)


def _written_over(gap: Gap, actor: str, written: Sequence[Blamed]) -> Gap:
    """Whoever writes words of their own where theirs were cut has dealt with the cut."""
    if all(blamed.actor != actor for blamed in written):
        return gap
    return Gap(cut for cut in gap if cut.of != actor)


def _changes(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[bool, slice, slice]]:
    """(same, slice of old, slice of new), in order; changed stretches never touch each other."""
    most = min(len(old), len(new))
    head = next((i for i in range(most) if old[i] != new[i]), most)
    rest = most - head
    tail = next((i for i in range(rest) if old[-1 - i] != new[-1 - i]), rest)
    if head:
        yield True, slice(0, head), slice(0, head)
    yield from _middle(old, new, slice(head, len(old) - tail), slice(head, len(new) - tail))
    if tail:
        yield True, slice(len(old) - tail, len(old)), slice(len(new) - tail, len(new))


def _middle(
    old: Sequence[str], new: Sequence[str], a: slice, b: slice
) -> Iterator[tuple[bool, slice, slice]]:
    before, after = old[a], new[b]
    if not before and not after:
        return
    if len(before) * len(after) > _COMPARISONS:
        yield False, a, b
        return
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for tag, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        yield (
            tag == "equal",
            slice(a.start + old_from, a.start + old_to),
            slice(b.start + new_from, b.start + new_to),
        )
