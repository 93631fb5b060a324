"""Texts as the fediverse shows them: handles, lengths, and the form that signer and checker share.

HTML shows runs of blanks as one and servers drop empty lines, so both sides leave them out; a mention
is shown without its server by some and with it by others, so both sides write it whole.
"""

from __future__ import annotations

import re
import unicodedata

from firsthand.core.errors import Misuse

HANDLE = r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::\d+)?"
URL = r"https?://[^\s<>\"'\u00ab\u00bb\u201c\u201d]*[^\s<>\"'\u00ab\u00bb\u201c\u201d.,;:!?)\]}]"
_MENTION = re.compile(rf"(?<![\w/@.])@({HANDLE})(?![\w@])")
_BARE = re.compile(r"(?<![\w/@.])@([A-Za-z0-9_]+)(?![\w@])")
_PARTS = re.compile(rf"({URL}|(?<![\w/@.])@{HANDLE}(?![\w@]))")
_LINK = re.compile(r"https?://\S+/b/[^\s#]+#\S+")
_BLANKS = re.compile(r"[ \t\f\v\r\u00a0\u2000-\u200a\u202f\u205f\u3000]+")
_MARKUP = re.compile(r"[!-&*+\-/:-@\[-`{-~]")
_AFTER_LINK = '"*_~]}!?:;=-'
RESERVED = 23
"""Characters that a link counts, however long it is (`characters_reserved_per_url`)."""


def handle(text: str) -> str:
    """`@Stan@Away.Example` as `stan@away.example`. Raises Misuse where it is no handle."""
    found = text.strip().removeprefix("acct:").removeprefix("@")
    if not re.fullmatch(HANDLE, found) or len(found) > 254:
        raise Misuse(
            f"“{text.strip()[:60]}” is no handle.", hint="A handle is name@server, without blanks."
        )
    return found.lower()


def tidy(text: str) -> str:
    """`text` as HTML shows it: no runs of blanks, one empty line at most, handles in lower case."""
    lines = [_BLANKS.sub(" ", line).strip(" ") for line in text.replace("\r\n", "\n").split("\n")]
    whole = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")
    return _MENTION.sub(lambda found: f"@{found[1].lower()}", unicodedata.normalize("NFC", whole))


def handles(text: str) -> tuple[str, ...]:
    """The handles that a text names, each once, in their order. Those inside links are none."""
    found = [part[1:].lower() for part in _PARTS.split(text)[1::2] if part.startswith("@")]
    return tuple(dict.fromkeys(found))


def addressed(text: str, to: tuple[str, ...]) -> str:
    """`text` with those it is to at its head, if it does not name them."""
    missing = [each for each in to if each not in handles(text)]
    return " ".join([*(f"@{each}" for each in missing), text])


def must_be_whole_names(text: str) -> None:
    """Raises Misuse for `@stan`: on which server is said nowhere, and each would show another one."""
    for part in _PARTS.split(text)[::2]:
        if found := _BARE.search(part):
            raise Misuse(
                f"@{found[1]} names nobody without a server.",
                hint=f"Write @{found[1]}@server.example, or leave out the @.",
            )


def link_in(text: str) -> str:
    """The last address of a byline in a text, with its salt; "" where there is none."""
    found = _LINK.findall(text)
    return found[-1] if found else ""


def length(text: str) -> int:
    """As Mastodon counts: links as RESERVED, handles without their server; never less than it does."""
    count = 0
    for index, part in enumerate(_PARTS.split(text)):
        if index % 2 and part.startswith("@"):
            count += len(part.rpartition("@")[0])
        elif index % 2:
            count += RESERVED
        else:
            count += sum(not unicodedata.combining(letter) for letter in part)
    return count


def unmarked(text: str) -> str:
    """`text` for a server that reads markup in it (snac): every sign that could be markup as a
    character reference, so that readers see what was written. Links and handles stay.
    """
    parts = _PARTS.split(text)
    whole = [_referred(parts[0])]
    for kept, plain in zip(parts[1::2], parts[2::2], strict=True):
        # What touches a link must not begin with "&": the link would swallow the reference.
        head = len(plain) - len(plain.lstrip(_AFTER_LINK)) if kept[0] != "@" else 0
        whole += (kept.replace("&", "&amp;"), plain[:head], _referred(plain[head:]))
    return "".join(whole)


def _referred(text: str) -> str:
    return _MARKUP.sub(lambda sign: f"&#{ord(sign[0])};", text)
