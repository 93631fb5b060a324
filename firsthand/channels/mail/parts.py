"""The MIME parts of a message (RFC 2045, 2046), found without recursion and in bounded time.

Own code on purpose: fast-mail-parser 0.10.0 ends the whole process (SIGSEGV) on a 2 MB message of
50,000 nested parts; the standard library's parser raises RecursionError and is slow. Standard
library only, because the stranger's verifier reads mails with it; never raises.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from firsthand.channels.mail import headers, words
from firsthand.channels.mail.headers import Fields

MAX_DEPTH = 40
MAX_PARTS = 2_000

_META = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
_LIKE_BOUNDARY = re.compile(rb"(?:\A|\n)--([^\s-][^\r\n]{0,199}|-[^\r\n]{1,199})\r?\n(?=Content-)")
_POSTMARK = re.compile(rb">?From [^\n]{0,400}\n")
_UNSAFE_IN_NAME = re.compile(r'[/\\:*?"<>|]+')


@dataclass(frozen=True, slots=True)
class Part:
    """A leaf of the message, or (`kind` multipart/*) the start of a container.

    `path` counts the children on the way from the root; `problem` is empty or a plain sentence.
    """

    raw: bytes
    start: int
    end: int
    kind: str
    params: Mapping[str, str]
    fields: Fields
    path: tuple[int, ...] = ()
    parent: str = ""
    problem: str = ""

    @property
    def disposition(self) -> str:
        stated = self.fields.first("content-disposition")
        return headers.parameters(stated)[0] if stated else ""

    @property
    def name(self) -> str:
        """The file name that the part states, as a plain name without folders; or ""."""
        disposition = self.fields.first("content-disposition")
        stated = headers.parameters(disposition)[1].get("filename") if disposition else None
        if not stated and "name" not in self.params:
            return ""
        name = words.HIDDEN.sub("", stated or self.params.get("name", ""))
        return _UNSAFE_IN_NAME.sub("_", name.strip().rpartition("/")[2]).strip(". ")[:200]

    @property
    def content_id(self) -> str:
        return self.fields.first("content-id").strip().strip("<>").strip()[:500]

    @property
    def encoding(self) -> str:
        stated = self.fields.first("content-transfer-encoding")
        return stated.partition(";")[0].strip().lower() if stated else ""

    def content(self) -> bytes:
        """The decoded bytes; a part with an unknown transfer encoding as it came."""
        body = self.raw[self.start : self.end]
        match self.encoding:
            case "base64":
                return words.unbase64(body)
            case "quoted-printable":
                return binascii.a2b_qp(body.replace(b"\r\n", b"\n"))
            case "x-uuencode" | "uuencode" | "x-uue" | "uue":
                return _unuuencode(body)
        return body

    def text(self) -> tuple[str, str]:
        """The decoded text with LF line ends, and a problem or ""."""
        data = self.content()
        charset = self.params.get("charset", "")
        if not charset and self.kind == "text/html" and (found := _META.search(data[:4096])):
            charset = found[1].decode("ascii", "replace")
        text, problem = words.decode(data, charset)
        # Quoted-printable had its line ends made LF before decoding; a CR still there is meant.
        return text if self.encoding == "quoted-printable" else text.replace("\r\n", "\n"), problem


def read(raw: bytes) -> Iterator[Part]:
    """Every container and leaf in reading order. The first one carries the message's own header."""
    raw = _normal(raw)
    fields, body = headers.split(raw)
    waiting = [_part(raw, body, len(raw), fields)]
    count = 0
    while waiting:
        part = waiting.pop()
        yield part
        if part.kind.startswith("multipart/"):
            children = _children(part, MAX_PARTS - count)
            count += len(children)
            if count >= MAX_PARTS and children:
                told = "It has more than two thousand parts; the others are in the source."
                children[-1] = replace(children[-1], problem=told)
            waiting.extend(reversed(children))


def _normal(raw: bytes) -> bytes:
    """Without a leading postmark or blank lines, and with line ends that contain LF."""
    raw = raw[3:] if raw.startswith(b"\xef\xbb\xbf") else raw
    raw = raw.lstrip(b"\r\n") if raw[:1] in (b"\r", b"\n") else raw
    if b"\r" in raw[:1000] and b"\n" not in raw:
        raw = raw.replace(b"\r", b"\n")
    if raw.startswith((b"From ", b">From ")) and (found := _POSTMARK.match(raw)):
        raw = raw[found.end() :]
    return raw


def _part(
    raw: bytes, start: int, end: int, fields: Fields, path: tuple[int, ...] = (), parent: str = ""
) -> Part:
    stated = fields.first("content-type")
    kind, params = headers.parameters(stated) if stated else ("", {})
    default = "message/rfc822" if parent == "multipart/digest" else "text/plain"
    problem = ""
    if kind.count("/") != 1 or kind.startswith("/") or kind.endswith("/"):
        problem = "A content type could not be read; it is shown as plain text." if kind else ""
        kind = "text/plain" if kind.startswith("text") else default
    elif kind.startswith("multipart/"):
        if len(path) >= MAX_DEPTH:
            kind, problem = "application/octet-stream", "Its parts are nested too deeply."
        elif not _occurs(params.get("boundary", ""), raw, start, end):
            found = _LIKE_BOUNDARY.search(raw, max(start - 1, 0), end)
            problem = "It claims to have parts, but the boundary that it states does not occur."
            if found:
                params = {**params, "boundary": found[1].decode("latin-1")}
            else:
                kind = "text/plain"
    return Part(raw, start, end, kind, params, fields, path, parent, problem)


def _boundary_line(boundary: str) -> re.Pattern[bytes]:
    """A boundary line from its first hyphen. It begins with what the matcher can jump to, and looks
    back from there for the line end, which is five times faster."""
    mark = re.escape(boundary.rstrip().encode("latin-1", "replace"))
    return re.compile(rb"--(?<![^\n]--)" + mark + rb"(--)?[ \t]*(?:\r?\n|\Z)")


def _occurs(boundary: str, raw: bytes, start: int, end: int) -> bool:
    return bool(boundary) and bool(_boundary_line(boundary).search(raw, start, end))


def _children(part: Part, budget: int) -> list[Part]:
    """The parts between the boundary lines of a container (RFC 2046 5.1.1)."""
    raw = part.raw
    children: list[Part] = []
    line = _boundary_line(part.params["boundary"])
    begin, position = -1, part.start
    for _ in range(budget + 1):
        found = line.search(raw, position, part.end)
        if begin >= 0:
            stop = _before(raw, found.start()) if found else part.end
            children.append(_child(part, begin, max(stop, begin), len(children)))
        if not found or found[1]:
            break
        begin = position = found.end()
    return children


def _before(raw: bytes, line: int) -> int:
    """Where the line before `line` ends: the line end belongs to the boundary."""
    return line - 2 if raw.startswith(b"\r\n", line - 2) else line - 1


def _child(part: Part, begin: int, stop: int, index: int) -> Part:
    fields, body = headers.split(part.raw, begin, stop)
    return _part(part.raw, min(body, stop), stop, fields, (*part.path, index), part.kind)


def _unuuencode(body: bytes) -> bytes:
    lines = body.splitlines()
    start = next((n for n, line in enumerate(lines) if line.startswith(b"begin ")), -1)
    found = []
    for line in lines[start + 1 :]:
        if line.strip() in (b"end", b"`", b""):
            continue
        try:
            found.append(binascii.a2b_uu(line))
        except binascii.Error:
            continue
    return b"".join(found)
