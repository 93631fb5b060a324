"""Messages of an mbox file, one by one, in bounded memory (RFC 4155; mboxo and mboxrd).

A separator is a line "From " with a postmark's date, at the start or after a blank line, which a
header follows: a sentence that begins with "From " splits nothing, even where no writer quoted it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import IO

CHUNK = 4 << 20
MAX_MESSAGE = 256 << 20

_SEPARATOR = b"\nFrom "
_LINE = 1_000  # how much of a separator and the line after it must be seen to judge it
_POSTMARK = re.compile(
    rb"From [^\n]{0,300}?\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? [^\n]{0,40}?\d\d?:\d\d[^\n]{0,60}\r?\n"
    rb"(?:[!-9;-~]+[ \t]*:|>?From |\r?\n|\Z)"
)
_FIRST = re.compile(rb"From [^\n]{0,300}?\b\d\d?:\d\d[^\n]{0,60}\r?\n")
_QUOTED = re.compile(rb"^>(>*From )", re.MULTILINE)


def starts_mbox(head: bytes) -> bool:
    """Whether a file that begins so is an mbox."""
    return _FIRST.match(head) is not None


def messages(file: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """Offset (of the "From " line, in decompressed bytes) and content of each message."""
    buffer, base, begin = b"", 0, 0  # base: offset of buffer[0]; begin: of the open message in it
    search = 0
    ended = False
    while not ended:
        chunk = file.read(CHUNK)
        ended = not chunk
        buffer = buffer[begin:] + chunk if begin else buffer + chunk
        base, search, begin = base + begin, search - begin, 0
        limit = len(buffer) if ended else max(len(buffer) - _LINE, 0)
        while (at := buffer.find(_SEPARATOR, search, limit)) >= 0:
            search = at + 1
            if _after_blank_line(buffer, at) and _POSTMARK.match(buffer, at + 1):
                yield base + begin, _message(buffer[begin:at])
                begin = at + 1
        search = max(search, limit - len(_SEPARATOR), begin)
        if len(buffer) - begin > MAX_MESSAGE:
            yield base + begin, _message(buffer[begin:])
            begin = search = len(buffer)
    if len(buffer) > begin:
        yield base + begin, _message(_without_last_blank(buffer[begin:]))


def _after_blank_line(buffer: bytes, at: int) -> bool:
    return buffer[at - 1 : at] == b"\n" or buffer[at - 2 : at] == b"\n\r"


def _message(block: bytes) -> bytes:
    """The message without its postmark and the quoting."""
    if block.startswith(b"From "):
        block = block[block.find(b"\n") + 1 or len(block) :]
    block = block.removesuffix(b"\r")  # of a blank line with a DOS line end
    quoted = b">From " in block and (b"\n>" in block or block.startswith(b">"))
    return _QUOTED.sub(rb"\1", block) if quoted else block


def _without_last_blank(block: bytes) -> bytes:
    if block.endswith(b"\r\n\r\n"):
        return block[:-2]
    return block[:-1] if block.endswith(b"\n\n") else block
