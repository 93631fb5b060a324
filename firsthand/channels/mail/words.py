"""Bytes and encoded words as text (RFC 2047), whatever the character set claims to be.

Standard library only; total: no input makes a function here raise.
"""

from __future__ import annotations

import binascii
import codecs
import re
from functools import lru_cache
from unicodedata import bidirectional

_BETWEEN_WORDS = re.compile(
    r"(=\?[^?\s]{1,60}\?[bBqQ]\?[^?]*\?=)[ \t]+(?==\?[^?\s]{1,60}\?[bBqQ]\?)"
)
_WORD = re.compile(r"=\?([^?*\s]{1,60})(?:\*[^?\s]{0,40})?\?([bBqQ])\?([^?]*)\?=")
_WORDS = re.compile(f"(?:{_WORD.pattern})+")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")
# C0 and C1 controls, zero width space, directions, line separators, byte order mark. The joiners
# (U+200C, U+200D) stay: Persian, Indic names and emoji need them.
HIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
_MARKS = re.compile("[\u200e\u200f]")
_SURROGATE = re.compile("[\ud800-\udfff]")

# Python lists these as codecs, but they aren't charsets (some are slow on purpose-made input).
_NOT_CHARSETS = {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs"}
_ALIASES = {
    "iso8859-1": "cp1252",  # as every browser does: the controls of Latin-1 are never meant
    "ascii": "cp1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
}
_NAMES = {"x-unknown": "ascii", "unknown-8bit": "ascii", "ks_c_5601-1987": "cp949",
          "windows-874": "cp874", "iso-8859-8-i": "iso8859-8", "x-sjis": "cp932",
          "x-gbk": "gb18030", "utf8mb4": "utf-8", "unicode-1-1-utf-7": "utf-7"}  # fmt: skip


@lru_cache(maxsize=512)
def codec(charset: str) -> str:
    """Python's name of a charset label, or "" where there is none to trust."""
    label = charset.strip().strip("\"'").lower()[:60]
    try:
        name = codecs.lookup(_NAMES.get(label, label)).name
        b"".decode(name)
    except (LookupError, ValueError, UnicodeError):
        return ""
    return "" if name in _NOT_CHARSETS else name


def decode(data: bytes, charset: str = "") -> tuple[str, str]:
    """Text of bytes in a declared charset, and a problem in plain words (or "")."""
    name = codec(charset) if charset else "utf-8"
    problem = "" if name else f"The character set “{HIDDEN.sub('', charset[:40])}” is not known."
    if name in ("ascii", "utf-8", ""):
        try:
            return data.decode("utf-8"), problem
        except UnicodeDecodeError:
            guess = data.decode("cp1252", "replace")
            return guess, problem or (
                "Some characters do not fit the character set that the message states."
            )
    text = data.decode(_ALIASES.get(name, name), "replace")
    if _SURROGATE.search(text):  # utf-7 and utf-16 can carry halves of characters
        text = _SURROGATE.sub("\ufffd", text)
    if "\ufffd" in text and not problem:
        problem = "Some characters do not fit the character set that the message states."
    return text, problem


def unbase64(data: bytes) -> bytes:
    """Base64 as far as it goes: foreign characters skipped, a wrong end cut."""
    try:
        return binascii.a2b_base64(data)
    except binascii.Error:
        clean = _NOT_BASE64.sub(b"", data)
        clean = clean[: len(clean) - (len(clean) % 4 == 1)]
        return binascii.a2b_base64(clean + b"=" * (-len(clean) % 4))


def decode_words(value: str) -> str:
    """A field's value with its encoded words decoded (RFC 2047); neighbours are joined as bytes."""
    if "=?" not in value:
        return value
    return _WORDS.sub(_decode_run, _BETWEEN_WORDS.sub(r"\1", value))


def has_hidden(value: str) -> bool:
    """Whether a field carries, once decoded, characters that are there to deceive the eye."""
    text = decode_words(value)
    if text.isprintable():
        return False
    bare = _MARKS.sub("", text)
    if any(bidirectional(each) in ("R", "AL") for each in bare):
        text = bare  # such marks belong to what is written from right to left
    return HIDDEN.search(text.replace("\t", " ")) is not None


def visible(text: str) -> str:
    """`text` without what a reader would not see; nothing that is hidden is printable."""
    return text if text.isprintable() else HIDDEN.sub("", text)


def _decode_run(run: re.Match[str]) -> str:
    texts: list[str] = []
    pending, current = b"", ""
    for charset, encoding, content in _WORD.findall(run[0]):
        if pending and charset.lower() != current:
            texts.append(decode(pending, current)[0])
            pending = b""
        raw = content.encode("utf-8", "replace")
        pending += (
            unbase64(raw) if encoding in "bB" else binascii.a2b_qp(raw.replace(b"\n", b""), True)
        )
        current = charset.lower()
    texts.append(decode(pending, current)[0])
    return "".join(texts)
