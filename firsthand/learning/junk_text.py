"""The bytes of a letter that tell junk from the rest: its header without the noise, its words decoded.

Bounded and total: whatever comes, at most some kilobytes are looked at, in linear time.
"""

from __future__ import annotations

import binascii
import re

HEAD = 4_000
BODY = 6_000
_LOOKED_AT = 24_000
_PARTS = 6

_BLANK = re.compile(rb"\r?\n\r?\n")
# Signatures and seals are random letters; what other servers say of the sender anybody can write.
_NOISE = re.compile(
    rb"^(?:arc-[\w-]+|dkim-signature|domainkey-signature|authentication-results|received-spf|"
    rb"x-google-[\w-]+|x-gm-[\w-]+|x-received|x-ms-[\w-]+|x-microsoft-[\w-]+|x-forefront-[\w-]+|"
    rb"x-proofpoint-[\w-]+|x-face|face|autocrypt|openpgp|date|delivery-date|x-uidl|status|"
    rb"x-status|content-length|lines)[ \t]*:[^\n]*\n?(?:[ \t][^\n]*\n?)*",
    re.IGNORECASE | re.MULTILINE,
)
_ENCODED = re.compile(
    rb"^content-transfer-encoding:[ \t]*(base64|quoted-printable)", re.IGNORECASE | re.MULTILINE
)
_TEXT = re.compile(rb"^content-type:[ \t]*(?:text/|message/)", re.IGNORECASE | re.MULTILINE)
_TYPED = re.compile(rb"^content-type:", re.IGNORECASE | re.MULTILINE)


def head_and_text(raw: bytes) -> tuple[bytes, bytes]:
    """The telling header fields, and the beginning of what a reader would see (still with markup)."""
    raw = raw.lstrip(b"\r\n")
    if raw.startswith((b"From ", b">From ")):
        raw = raw.partition(b"\n")[2]
    blank = _BLANK.search(raw)
    head, body = (raw[: blank.start()], raw[blank.end() :]) if blank else (raw, b"")
    seen = body[:_LOOKED_AT]
    if _ENCODED.search(head) or _ENCODED.search(seen):
        # The header is a part like any other: its own encoding is read in the same way.
        seen = _decoded(head[-HEAD:] + b"\n\n" + seen, len(head[-HEAD:]) + 2)
    return _NOISE.sub(b"", head[:_LOOKED_AT])[:HEAD], _without_styles(seen)[:BODY]


def _decoded(whole: bytes, start: int) -> bytes:
    """The body with its encoded text parts decoded, and other encoded parts left out."""
    pieces: list[bytes] = []
    done = start
    for found in list(_ENCODED.finditer(whole))[:_PARTS]:
        blank = _BLANK.search(whole, found.end())
        if not blank or blank.end() < done:
            continue
        begin = max(whole.rfind(b"\n\n", 0, found.start()), whole.rfind(b"\n--", 0, found.start()))
        about = whole[begin + 1 : blank.start()]
        stop = whole.find(b"\n--", blank.end())
        stop = stop if stop >= 0 else len(whole)
        pieces.append(whole[done : blank.end()])
        if _TEXT.search(about) or not _TYPED.search(about):
            pieces.append(_content(whole[blank.end() : stop], found[1].lower()))
        done = max(done, stop)
    return b"".join([*pieces, whole[done:]])


def _content(data: bytes, encoding: bytes) -> bytes:
    if encoding == b"quoted-printable":
        return binascii.a2b_qp(data)
    compact = b"".join(data.split())
    try:
        return binascii.a2b_base64(compact[: len(compact) // 4 * 4])
    except binascii.Error:
        return data


def _without_styles(text: bytes) -> bytes:
    """Style sheets come before the words and fill the window."""
    if b"<style" not in text and b"<STYLE" not in text:
        return text
    kept: list[bytes] = []
    low, place = text.lower(), 0
    while (begin := low.find(b"<style", place)) >= 0:
        kept.append(text[place:begin])
        end = low.find(b"</style", begin)
        place = end if end >= 0 else len(text)
    return b" ".join([*kept, text[place:]])
