"""A draft's text in runs of words by the same writer, as the page colours them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby

from firsthand.core.provenance import Blamed
from firsthand.office.desk import Preview
from firsthand.office.models import Actor

_TOKEN = re.compile(r"\s+|\S+")
COLOURS = 4


@dataclass(frozen=True, slots=True)
class Run:
    """Some words in a row. `colour` 0: the principal's, or nobody's (a quote, the signature)."""

    text: str
    name: str
    colour: int


@dataclass(frozen=True, slots=True)
class Writer:
    """A line of the legend."""

    name: str
    colour: int
    words: int


def by_writer(text: str, preview: Preview) -> tuple[list[Writer], list[Run]]:
    """The legend, and the text in runs."""
    rows = Actor.objects.order_by("-is_principal", "pk").values_list("key", "name")
    names = dict(rows)  # the principal's comes first
    principal = next(iter(names))
    legend = writers(preview.shares, names, principal)
    return legend, runs(text, preview.words, legend, names)


def writers(shares: Mapping[str, int], names: Mapping[str, str], principal: str) -> list[Writer]:
    """Who wrote how much; the principal first, in plain ink, the others each underlined anew."""
    others = sorted((k for k in shares if k and k != principal), key=lambda key: -shares[key])
    colours = {key: min(i, COLOURS) for i, key in enumerate(others, start=1)}
    keys = [principal] * (principal in shares) + others
    return [Writer(names.get(k, k), colours.get(k, 0), shares[k]) for k in keys]


def runs(
    text: str, words: Sequence[Blamed], legend: Iterable[Writer], names: Mapping[str, str]
) -> list[Run]:
    """The text cut where the writer changes; all of it is there, white space included."""
    colours = {writer.name: writer.colour for writer in legend}
    tokens = _TOKEN.findall(text)
    owners = _owners(tokens, words)
    found = []
    for owner, group in groupby(zip(tokens, owners, strict=True), key=lambda pair: pair[1]):
        name = names.get(owner, owner)
        found.append(Run("".join(token for token, _ in group), name, colours.get(name, 0)))
    return found


def _owners(tokens: Sequence[str], words: Sequence[Blamed]) -> list[str]:
    """The writer of each token: found by matching the counted words; white space goes along."""
    places = [at for at, token in enumerate(tokens) if not token.isspace()]
    owners = [""] * len(tokens)
    matcher = SequenceMatcher(
        None, [tokens[at] for at in places], [w.word for w in words], autojunk=False
    )
    for block in matcher.get_matching_blocks():
        for offset in range(block.size):
            owners[places[block.a + offset]] = words[block.b + offset].actor
    for at in range(1, len(tokens) - 1):
        if tokens[at].isspace() and owners[at - 1] == owners[at + 1]:
            owners[at] = owners[at - 1]
    return owners
