"""Addresses of a header field (RFC 5322 3.4), structure first and names decoded after.

An encoded word can hold anything, even a second address: read the other way round, a stranger
chooses whom a message seems to come from. Standard library only; never raises.
"""

from __future__ import annotations

import re
from functools import lru_cache

from firsthand.channels.mail.words import decode_words, has_hidden, visible
from firsthand.core.envelope import Address

_PLAIN = re.compile(r"[\w.!#$%&'*+/?^`{|}~-]++@[\w.-]++", re.ASCII)
_TOKEN = re.compile(
    r'"(?P<quoted>[^"\\]*+(?:\\.[^"\\]*+)*)"?'
    r"|\((?P<comment>(?:[^()\\]++|\\.|\([^()]*+\))*)\)?"
    r'|<(?P<angle>(?:"[^"\\]*+(?:\\.[^"\\]*+)*"|[^<>"]++)*)>?'
    r"|(?P<stop>[,;:])"
    r'|(?P<word>(?:\[[^\]\s,\[]{0,64}\]|[^\s"(<>,;:])+)'
    r"|(?P<space>\s++)"
    r"|.",
    re.DOTALL,
)
_LAST_RESORT = re.compile(r"[^\s<>\"',;:()\[\]]{1,200}@[^\s<>\"',;:()]{1,255}")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ATOM = re.compile(r'"([\w.!#$%&\'*+/=?^`{|}~-]+)"@', re.ASCII)
_IN_NAME = re.compile(r"[^\s<>\"'(),;:]{1,64}@[^\s<>\"'(),;:]+\.[^\s<>\"'(),;:]+")
_LONGEST = 998
_OFTEN = 300
"""Shorter fields are remembered: the same people write again and again."""


def read(value: str) -> tuple[Address, ...]:
    """Every mailbox of an address field, groups flattened. Those without an address are left out."""
    return _cached(value)[1] if len(value) < _OFTEN else _addressed(_mailboxes(value))


def mailboxes(value: str) -> tuple[Address, ...]:
    """As `read`, but with the mailboxes of which only a name could be understood."""
    return _cached(value)[0] if len(value) < _OFTEN else _mailboxes(value)


def authors(value: str) -> tuple[tuple[Address, ...], tuple[str, ...]]:
    """The mailboxes of a From field, and what is odd about them."""
    return _authors(value) if len(value) < _OFTEN else _read_authors(value)


def problems(found: tuple[Address, ...], raw: str, field: str) -> list[str]:
    """What is odd about the mailboxes of one field, in plain words."""
    told = []
    if has_hidden(raw):
        told.append(f"The {field} field contains hidden control characters; they were removed.")
    for each in found[:20]:
        shown = _IN_NAME.search(each.name)
        if shown and shown[0].lower() != each.address:
            told.append(
                f"The name in the {field} field shows another address ({shown[0]}) "
                f"than the real one ({each.address})."
            )
        if "=?" in each.address:
            told.append(f"The address in the {field} field is disguised as encoded text.")
    return told


@lru_cache(maxsize=8192)
def _cached(value: str) -> tuple[tuple[Address, ...], tuple[Address, ...]]:
    found = _mailboxes(value)
    return found, _addressed(found)


@lru_cache(maxsize=8192)
def _authors(value: str) -> tuple[tuple[Address, ...], tuple[str, ...]]:
    return _read_authors(value)


def _read_authors(value: str) -> tuple[tuple[Address, ...], tuple[str, ...]]:
    found = mailboxes(value)
    return found, tuple(problems(found, value, "From"))


def _addressed(found: tuple[Address, ...]) -> tuple[Address, ...]:
    return tuple(each for each in found if each.address)


def _mailboxes(value: str) -> tuple[Address, ...]:
    items = [item.strip() for item in value.split(",")]
    if all(_PLAIN.fullmatch(item) for item in items):
        return tuple(Address(item.lower()) for item in items)
    found: list[Address] = []
    words: list[str] = []
    comments: list[str] = []
    angles: list[str] = []
    joined = False  # whether the next word continues the last one: "a b"@example.com
    for token in _TOKEN.finditer(value):
        kind = token.lastgroup
        if kind == "stop":
            if token[0] == ":" and not angles and not any("@" in word for word in words):
                words.clear()  # the name of a group, or "mailto"
            elif token[0] == ":":
                words.append(":")
            else:
                _finish(found, words, comments, angles)
        elif kind == "angle":
            angles.append(token["angle"])
        elif kind == "comment":
            comments.append(token["comment"])
        elif kind in ("word", "quoted"):
            _add_word(words, token, joined)
        joined = kind in ("word", "quoted")
    _finish(found, words, comments, angles)
    if value.count('"') % 2 and not any("@" in each.address for each in found):
        found = [Address(_clean(each)) for each in _LAST_RESORT.findall(value)[:1]]
    return tuple(found)


def _add_word(words: list[str], token: re.Match[str], joined: bool) -> None:
    quoted = token["quoted"]
    text = token["word"] if quoted is None else _ESCAPE.sub(r"\1", quoted)
    if joined and words and text.startswith("@"):
        words[-1] = f'"{words[-1]}"{text}' if " " in words[-1] else words[-1] + text
    elif quoted is not None and "@" in text:
        words.append(f"{text} ")  # a quoted "a@b.c" is a name: the blank keeps it from being one
    else:
        words.append(text)


def _finish(found: list[Address], words: list[str], comments: list[str], angles: list[str]) -> None:
    """Turn what was gathered up to a separator into one mailbox."""
    address = angles[0] if angles else ""
    if not angles:
        at = [index for index, word in enumerate(words) if "@" in word and word[-1] != " "]
        if at:
            address = words.pop(at[-1])
        elif len(words) == 1 and words[0][-1:] != " ":
            address = words.pop()
    name = " ".join(word.strip() for word in words) or " ".join(comments)
    if address or name:
        found.append(Address(_clean(address), _name(name)))
    words.clear()
    comments.clear()
    angles.clear()


def _clean(address: str) -> str:
    address = visible(address).strip().strip("'").strip()
    if address.startswith("@"):  # an obsolete route, RFC 5322 4.4
        address = address.rpartition(":")[2]
    if address.lower().startswith("mailto:"):
        address = address[7:]
    address = _ATOM.sub(r"\1@", address) if '"' in address else "".join(address.split())
    return address.lower() if len(address) <= _LONGEST else ""


def _name(name: str) -> str:
    name = visible(decode_words(name).replace("\t", " "))
    return " ".join(name.split()).strip("'\"")[:500].strip()
