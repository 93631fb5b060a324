"""Small files made on the spot for the sample letters: a picture, a PDF, a table, an invitation."""

from __future__ import annotations

import struct
import zlib
from datetime import datetime, timedelta

TYPES = {
    "png": ("image", "png"),
    "pdf": ("application", "pdf"),
    "csv": ("text", "csv"),
    "ics": ("text", "calendar"),
    "txt": ("text", "plain"),
}


def made(name: str) -> tuple[str, str, bytes]:
    """Main type, sub type and content of the file called `name`; its ending says what it is."""
    ending = name.rpartition(".")[2]
    content = {"png": png, "pdf": pdf, "csv": csv, "txt": txt}[ending](name)
    return *TYPES[ending], content


def png(name: str, width: int = 96, height: int = 64) -> bytes:
    """A picture of a river at some hour of the day: sky above, water below; `name` picks the hour."""
    seed = zlib.crc32(name.encode())
    sky = (120 + seed % 100, 140 + seed // 7 % 80, 170 + seed // 11 % 80)
    water = (30 + seed % 60, 70 + seed // 5 % 60, 90 + seed // 13 % 70)
    rows = bytearray()
    for y in range(height):
        rows.append(0)
        for x in range(width):
            bank = height // 2 + (x * (seed % 5 + 1) // 9) % 7
            base = sky if y < bank else water
            rows += bytes((channel + (x ^ y) % 9) % 256 for channel in base)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(bytes(rows), 9)
    chunks = _chunk(b"IHDR", header) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def pdf(name: str) -> bytes:
    """A one-page document that shows its own name."""
    title = name.encode("ascii", "replace").replace(b"(", b"").replace(b")", b"")
    draw = b"BT /F1 18 Tf 72 740 Td (" + title + b") Tj ET"
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(draw), draw),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Times-Roman >>",
    )
    out = bytearray(b"%PDF-1.4\n")
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\n" % (len(objects) + 1)
    out += b"startxref\n%d\n%%%%EOF\n" % start
    return bytes(out)


def csv(name: str) -> bytes:
    """A day of river levels, every two hours; one value is missing, as they are."""
    seed = zlib.crc32(name.encode()) % 40
    lines = ["station,hour,level_m"]
    for hour in range(0, 24, 2):
        level = "" if hour == 14 else f"{1.2 + abs(12 - hour) * 0.31 + seed / 100:.2f}"
        lines.append(f"{name.partition('.')[0]},{hour:02d}:00,{level}")
    return ("\r\n".join(lines) + "\r\n").encode()


def txt(name: str) -> bytes:
    """A log as a program would leave it."""
    return f"ebbtide 2.4.1\nreading {name}\nERROR gauge 'aln-3': level '-' is no number\n".encode()


def ics(*, uid: str, summary: str, place: str, start: datetime, organizer: str) -> bytes:
    """An invitation of ninety minutes (RFC 5545, method REQUEST per RFC 5546)."""
    stamp = "%Y%m%dT%H%M%SZ"
    lines = (
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//sample//calendar//EN",
        "METHOD:REQUEST",
        "BEGIN:VEVENT",
        f"UID:{uid}",
        f"DTSTAMP:{(start - timedelta(days=20)).strftime(stamp)}",
        f"DTSTART:{start.strftime(stamp)}",
        f"DTEND:{(start + timedelta(minutes=90)).strftime(stamp)}",
        f"SUMMARY:{summary}",
        f"LOCATION:{place}",
        f"ORGANIZER:mailto:{organizer}",
        "ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:ada@ada.example",
        "END:VEVENT",
        "END:VCALENDAR",
    )
    return ("\r\n".join(lines) + "\r\n").encode()
