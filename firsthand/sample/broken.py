"""Mail that breaks the rules of RFC 5322 and MIME, as mail from the world does; stated as bytes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from email.utils import format_datetime

from firsthand.sample.catalogue import moment


def broken(now: datetime) -> Iterator[tuple[str, str, str, bytes]]:
    """Key, kind, time (see `catalogue.moment`) and bytes of each broken letter."""
    for key, kind, when, lines in _LETTERS:
        date = format_datetime(moment(when, now)).encode()
        yield key, kind, when, b"\r\n".join(lines).replace(b"{date}", date) + b"\r\n"


_RAW_LATIN = (
    b"Received: from old.pc.example by mx.ada.example; {date}",
    "From: Jürgen Möwe <moewe@alterpc.example>".encode("latin-1"),
    b"To: ada@ada.example",
    "Subject: Grüße aus dem Büro für Gewässer".encode("latin-1"),
    b"Date: {date}",
    b"Message-ID: <1.raw-latin@alterpc.example>",
    b"",
    "Liebe Frau Ferrer, mein Rechner ist so alt wie das Büro. Können Sie dies lesen? Dann fließt".encode(
        "latin-1"
    ),
    "noch alles. Schöne Grüße, und kommen Sie einmal an die Möwenbrücke. Jürgen Möwe".encode(
        "latin-1"
    ),
)
_NO_DATE = (
    b"Received: from hut.example by mx.ada.example; {date}",
    b"From: warden@skokholm-hut.example",
    b"To: ada@ada.example",
    b"Subject: no clock here",
    b"",
    b"Dear Ada, the computer in the warden's hut has lost its clock, and I find that I don't miss it.",
    b"The puffins left on the usual day. Will you come out again in May, and read to us by the lamp?",
    b"Maud, warden",
)
_UNKNOWN_CHARSET = (
    b"Received: from relay.example by mx.ada.example; {date}",
    b"From: =?x-delta-9?Q?Radio_Club?= <club@hamradio-delta.example>",
    b"To: ada@ada.example",
    b"Subject: Levels by short wave",
    b"Date: {date}",
    b"Message-ID: <2.unknown-charset@hamradio-delta.example>",
    b"MIME-Version: 1.0",
    b"Content-Type: text/plain; charset=x-delta-9",
    b"",
    b"We send the gauge of Amposta by short wave each night at nine, for boats. May we use ebbtide?",
    b"73, the club",
)
_CUT_OFF = (
    b"Received: from weak-line.example by mx.ada.example; {date}",
    b"From: Bosun Ayodele <ayodele@mv-persistence.example>",
    b"To: ada@ada.example",
    b"Subject: Photograph from the bridge",
    b"Date: {date}",
    b"Message-ID: <3.cut-off@mv-persistence.example>",
    b"MIME-Version: 1.0",
    b'Content-Type: multipart/mixed; boundary="part"',
    b"",
    b"--part",
    b"Content-Type: text/plain; charset=us-ascii",
    b"",
    b"Dear Miss Ada, the satellite is slow and the cook wants the line, but here is the bore at",
    b"dawn from the bridge. You wrote that it sounds like applause. It does. We clapped back.",
    b"--part",
    b'Content-Type: image/png; name="bore.png"',
    b"Content-Transfer-Encoding: base64",
    b"",
    b"iVBORw0KGgoAAAANSUhEUgAAAGAAAABACAIAAABqVuVZAAA=====BROKEN",
)
_TWO_FROMS = (
    b"Received: from split.example by mx.ada.example; {date}",
    b"From: Ada Ferrer <ada@ada.example>",
    b"From: Mail Desk <desk@two-faces.example>",
    b"To: ada@ada.example",
    b"Subject: Sent from your own account",
    b"Date: Thu, 99 Foo 2031 77:61:00 +9999",
    b"Message-ID: <4.two-froms@two-faces.example>",
    b"Authentication-Results: mx.ada.example; spf=fail; dkim=none; dmarc=fail",
    b"",
    b"You see that this letter comes from yourself. Therefore you must do what it says: pay.",
)
_SJIS_SUBJECT = (
    b"Received: from relay.example by mx.ada.example; {date}",
    b"From: =?Shift_JIS?B?j8CSw4+Rk1g=?= <bookshop@numazu-shoten.example>",
    b"To: ada@ada.example",
    b"Subject: " + "本の在庫について".encode("shift_jis"),
    b"Date: {date}",
    b"Message-ID: <5.sjis@numazu-shoten.example>",
    b"MIME-Version: 1.0",
    b"Content-Type: text/plain; charset=shift_jis",
    b"Content-Transfer-Encoding: 8bit",
    b"",
    "沼津の小さな書店です。サイン本を十冊お願いできますでしょうか。海の見える棚に置きます。".encode(
        "shift_jis"
    ),
)
_LETTERS: tuple[tuple[str, str, str, tuple[bytes, ...]], ...] = (
    ("broken-raw-latin", "personal", "20d 09:09", _RAW_LATIN),
    ("broken-no-date", "personal", "26d 11:11", _NO_DATE),
    ("broken-unknown-charset", "helper", "11d 20:59", _UNKNOWN_CHARSET),
    ("broken-cut-off", "personal", "9d 06:06", _CUT_OFF),
    ("broken-two-froms", "junk", "8d 00:00", _TWO_FROMS),
    ("broken-sjis-subject", "helper", "3d 02:30", _SJIS_SUBJECT),
)
