"""A letter as places in two tables: runs of four bytes, and words with their field and neighbour.

Everything is counted at once in arrays: a run of word bytes gets its hash from sums of powers, so
no loop of Python's goes over the words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar
from zlib import crc32

import numpy as np
import numpy.typing as npt

from firsthand.learning.junk_text import BODY, HEAD, head_and_text

BITS = 19
SIZE = 1 << BITS

Places = npt.NDArray[np.int64]
_Hashes = npt.NDArray[np.uint64]
_Bytes = npt.NDArray[np.uint8]

_Number = TypeVar("_Number", np.int64, np.uint32)

_U = np.uint64
_MULTIPLIER = 0x9E3779B97F4A7C15
_LONGEST = 24
_GRAMS_OF_HEAD, _GRAMS_OF_TEXT = 2_600, 2_400


def _powers(base: int) -> _Hashes:
    powers = np.full(HEAD + BODY + 8, base, dtype=_U)
    powers[0] = 1
    return np.cumprod(powers, dtype=_U)


_POWERS = _powers(_MULTIPLIER)
_INVERSES = _powers(pow(_MULTIPLIER, -1, 1 << 64))
_SPACE, _WORD, _MARK = 0, 1, 2
_KIND = np.full(256, _MARK, dtype=np.uint8)
_KIND[list(b" \t\r\n\0\x0b\x0c")] = _SPACE
_KIND[list(b"'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")] = _WORD
_KIND[128:] = _WORD
_DIGIT = np.zeros(256, dtype=np.int32)
_DIGIT[list(b"0123456789")] = 1


@dataclass(frozen=True, slots=True)
class Described:
    """`grams` and `words`: places in the tables, each once. `told` are words of the text with theirs."""

    grams: Places
    words: Places
    text: bytes
    starts: npt.NDArray[np.int64]
    ends: npt.NDArray[np.int64]
    told: Places


def describe(raw: bytes, facts: Sequence[str] = ()) -> Described:
    """`facts` are things known of the letter beside its bytes; each gets a place like a word."""
    head, text = head_and_text(raw)
    uses = np.frombuffer(head[:_GRAMS_OF_HEAD] + b"\n\n" + text[:_GRAMS_OF_TEXT] + b"\n", np.uint8)
    named, pairs = _of_head(head + b"\n.")
    hashes, starts, ends = _words(np.frombuffer(text + b" .", np.uint8))
    told = _place(hashes * _U(13))
    beside = np.array([crc32(fact.encode()) % SIZE for fact in facts], dtype=np.int64)
    follow = _place(_mixed(hashes[1:] * _U(17) + hashes[:-1]))
    words = _once(np.concatenate((named, pairs, told, follow, beside)))
    return Described(_grams(uses), words, text, starts, ends, told)


def _mixed(hashes: _Hashes) -> _Hashes:
    hashes = (hashes ^ (hashes >> _U(32))) * _U(0xD6E8FEB86659FD93)
    return hashes ^ (hashes >> _U(29))


def _place(hashes: _Hashes) -> Places:
    return (hashes >> _U(64 - BITS)).astype(np.int64)


def _once(places: npt.NDArray[_Number]) -> npt.NDArray[_Number]:
    """Each place once; sorting is quicker here than numpy's own way."""
    places = np.sort(places)
    fresh = np.ones(len(places), dtype=np.bool_)
    fresh[1:] = places[1:] != places[:-1]
    return places[fresh]


def _grams(data: _Bytes) -> Places:
    wide = data.astype(np.uint32)
    four = wide[:-3] | (wide[1:-2] << 8) | (wide[2:-1] << 16) | (wide[3:] << 24)
    places = (four * np.uint32(2_654_435_761)) >> np.uint32(32 - BITS)
    return _once(places).astype(np.int64)


def _words(
    data: _Bytes,
) -> tuple[_Hashes, npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Every run of word bytes, and every run of marks: its hash, start and end."""
    kinds = _KIND[data]
    edges = np.flatnonzero(kinds[1:] != kinds[:-1]) + 1
    starts = np.concatenate(([0], edges))
    ends = np.concatenate((edges, [len(data)]))
    wanted = kinds[starts] != _SPACE
    starts, ends = starts[wanted], ends[wanted]
    sums = np.zeros(len(data) + 1, dtype=_U)
    np.cumsum((data.astype(_U) + _U(1)) * _POWERS[: len(data)], out=sums[1:])
    cut = np.minimum(ends, starts + _LONGEST)
    return _mixed((sums[cut] - sums[starts]) * _INVERSES[starts]), starts, ends


def _of_head(head: bytes) -> tuple[Places, Places]:
    """Words with the name of their field, and with the word before; and which field follows which.

    Identifiers (letters mixed with digits, long numbers) never come again and only dilute.
    """
    data = np.frombuffer(head, np.uint8)
    hashes, starts, ends = _words(data)
    first = (starts == 0) | (data[starts - 1] == 10)
    names = hashes[first]
    field = names[np.maximum(np.cumsum(first) - 1, 0)] if len(names) else hashes
    digits = np.zeros(len(data) + 1, dtype=np.int32)
    np.cumsum(_DIGIT[data], out=digits[1:])
    count, length = digits[ends] - digits[starts], ends - starts
    once = ((count > 0) & (count < length)) | (count > 3) | (length > 20)
    kept = first | ~once
    hashes, field = hashes[kept], field[kept]
    named = _mixed(hashes + field * _U(3))
    pairs = _mixed(named[1:] + hashes[:-1] * _U(7))
    order = _mixed(names[1:] * _U(5) + names[:-1] * _U(11))
    return _place(named), _place(np.concatenate((pairs, order)))
