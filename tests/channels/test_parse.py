"""What comes in: every byte string gives a usable Parsed, and nobody's false name passes for true."""

from __future__ import annotations

import base64
import time
from datetime import UTC, datetime, timedelta, timezone
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firsthand.channels.mail import addresses, flowed, headers, words
from firsthand.channels.mail.parse import parse
from firsthand.core.envelope import Address, Automation, Parsed


def mail(header: str = "", body: str = "Hello.\n") -> Parsed:
    base = "From: Stan <stan@elsewhere.example>\nDate: Sun, 22 Nov 2026 09:30:00 +0100\n"
    return parse(f"{base}{header}\n{body}".encode())


def from_field(value: str) -> Parsed:
    return parse(f"From: {value}\nDate: Sun, 22 Nov 2026 09:30:00 +0000\n\nHello.\n".encode())


def test_a_common_letter() -> None:
    seen = parse(
        b"From: =?utf-8?q?Ren=C3=A9?= Stan <Stan@Elsewhere.example>\r\n"
        b"Sender: office@elsewhere.example\r\n"
        b'To: Ada Ferrer <ada@ada.example>,\r\n\t"Brandt, Hal" <hal@ada.example>\r\n'
        b"Cc: friends: gwen@ada.example, Otto <otto@ada.example>;\r\n"
        b"Reply-To: stan@home.example\r\n"
        b"Subject: =?utf-8?b?R3LDvMOf?=\r\n =?utf-8?b?ZQ==?= from here\r\n"
        b"Date: Sun, 22 Nov 2026 09:30:00 -0700 (PDT)\r\n"
        b"Message-ID: <a.1@elsewhere.example>\r\n"
        b"In-Reply-To: Your message of Sunday <q@ada.example>\r\n"
        b"References: <p@ada.example>\r\n <q@ada.example> <q@ada.example>\r\n"
        b"Content-Language: de-CH, en\r\n"
        b"\r\nDear Ada\r\n"
    )
    assert seen == Parsed(
        message_id="a.1@elsewhere.example",
        in_reply_to=("q@ada.example",),
        references=("p@ada.example", "q@ada.example"),
        date=datetime(2026, 11, 22, 9, 30, tzinfo=timezone(timedelta(hours=-7))),
        subject="Grüße from here",
        sender=Address("stan@elsewhere.example", "René Stan"),
        submitter=Address("office@elsewhere.example"),
        reply_to=(Address("stan@home.example"),),
        to=(Address("ada@ada.example", "Ada Ferrer"), Address("hal@ada.example", "Brandt, Hal")),
        cc=(Address("gwen@ada.example"), Address("otto@ada.example", "Otto")),
        text="Dear Ada\n",
        language="de-ch",
    )


# Never raises, never slow ---------------------------------------------------------------------


@given(st.binary(max_size=2000))
def test_any_bytes_give_a_usable_answer(raw: bytes) -> None:
    seen = parse(raw)
    assert usable(seen)


lines = st.sampled_from(
    [b"From: a@b.c", b"From: \xff <x", b"Content-Type: multipart/mixed; boundary=x", b"--x", b"--x--",
     b"", b" fold", b"Content-Transfer-Encoding: base64", b"Content-Type: text/html; charset=utf-7",
     b"Content-Transfer-Encoding: quoted-printable", b"=E4=", b"+2AA-", b"<b>\x00", b"QUJ\xffD=",
     b"Content-Type: message/rfc822", b"Subject: =?utf-16?b?2AA=?=", b"Date: Sun, 99 Foo", b"\r",
     b"Content-Disposition: attachment; filename*0*=utf-7''%2B2AA-", b"Content-Type: text/calendar"]
)  # fmt: skip


@given(st.lists(lines, max_size=30), st.sampled_from([b"\n", b"\r\n", b"\r"]))
def test_any_pieces_of_mail_give_a_usable_answer(pieces: list[bytes], end: bytes) -> None:
    assert usable(parse(end.join(pieces)))


def usable(seen: Parsed) -> bool:
    """Storable (no NUL, no half character), aware or no date, and told why if unreadable."""
    texts = [seen.text, seen.html, seen.subject, seen.sender.name, seen.sender.address]
    texts += [attachment.name for attachment in seen.attachments]
    assert "\0" not in "".join(texts)
    "".join(texts).encode()
    assert seen.date is None or seen.date.tzinfo is not None
    assert not any("could not be read (" in problem for problem in seen.problems)
    return bool(seen.problems) if seen.unreadable else True


def nested(depth: int) -> bytes:
    parts = (f'Content-Type: multipart/mixed; boundary="b{n}"\n\n--b{n}\n' for n in range(depth))
    return ("From: a@b.example\n" + "".join(parts) + "\nhi\n").encode()


HOSTILE = {
    "10,000 nested parts": nested(10_000),
    "nested messages": b"From: a@b.c\n" + b"Content-Type: message/rfc822\n\n" * 50_000,
    "many parts": b'From: a@b.c\nContent-Type: multipart/mixed; boundary="b"\n\n'
    + b"--b\n\n" * 200_000,
    "many addresses": b"From: a@b.c\nTo: " + b"x@y.z," * 150_000,
    "open brackets": b"From: " + b"<" * 900_000,
    "open quotes": b"From: " + b'"' * 900_000,
    "open comments": b"From: " + b"(" * 900_000,
    "open literals": b"From: " + b"[" * 900_000,
    "no words": b"Subject: " + b"=?" * 450_000,
    "folds": b"A:\n " * 500_000,
    "no colon": b"A" * 3_000_000,
    "parameters": b"Content-Type: a/b;" + b'a*0="x";' * 110_000,
    "flowed": b"From: a@b.c\nContent-Type: text/plain; format=flowed\n\n" + b"> a \n" * 300_000,
    "tags": b"From: a@b.c\nContent-Type: text/html\n\n" + b"<div>" * 200_000,
    "huge header": b"From: a@b.c\nX: " + b"x" * 20_000_000 + b"\n\nhi",
}


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_mail_costs_little(raw: bytes) -> None:
    start = time.process_time()
    assert usable(parse(raw))
    assert time.process_time() - start < 5  # quadratic work on these takes minutes


def test_a_nul_is_shown_and_a_text_told_as_what_it_is_not_is_read() -> None:
    seen = parse(b"From: a@b.c\n\nPass\x00word.\n")
    assert seen.text == "Pass\ufffdword.\n"
    assert seen.problems[:1] == ("The text contains NUL characters; each is shown as \ufffd.",)
    wide = parse(b"From: a@b.c\nContent-Type: text/plain\n\n" + "Hello".encode("utf-16-le"))
    assert wide.text == "Hello\n"
    assert "they were taken out" in wide.problems[0]


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "It is empty."),
        (b"\r\n\r\n", "It is empty."),
        (b"\x00" * 50, "It is empty."),
        (bytes(range(256)) * 8, "It has no header and is not text."),
    ],
)
def test_what_is_no_message_is_set_aside(raw: bytes, why: str) -> None:
    assert parse(raw) == Parsed(problems=(why,), unreadable=True)


def test_bare_text_is_shown_with_a_remark() -> None:
    seen = parse(b"Dear Ada,\n\nhello.\n")
    assert (seen.text, seen.unreadable) == ("Dear Ada,\n\nhello.\n", False)
    assert seen.problems == ("It has no header: nobody is named as its sender.",)


# Who it is from -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "address", "name"),
    [
        ("stan@x.example", "stan@x.example", ""),
        ("<stan@x.example>", "stan@x.example", ""),
        ("Stan the Stranger <STAN@X.example>", "stan@x.example", "Stan the Stranger"),
        ('"Stranger, Stan \\"S\\"" <stan@x.example>', "stan@x.example", 'Stranger, Stan "S'),
        ("stan@x.example (Stan (the) Stranger)", "stan@x.example", "Stan (the) Stranger"),
        ("'Stan' <'stan@x.example'>", "stan@x.example", "Stan"),
        ("Stan <@relay.example,@b.example:stan@x.example>", "stan@x.example", "Stan"),
        ("Stan [mailto:stan@x.example]", "[mailto:stan@x.example]", "Stan"),
        ("mailto:stan@x.example", "stan@x.example", ""),
        ('"stan smith"@x.example', '"stan smith"@x.example', ""),
        ('"stan"@x.example', "stan@x.example", ""),
        ('"Stan <stan@x.example>', "stan@x.example", ""),
        ("root", "root", ""),
        ('"ada@ada.example"', "", "ada@ada.example"),
        ("José <josé@x.example>", "josé@x.example", "José"),
        ("Stan <stan@[192.0.2.1]>", "stan@[192.0.2.1]", "Stan"),
        ("=?iso-8859-1?Q?Andr=E9?= <a@x.example>", "a@x.example", "André"),
        ("=?utf-8?Q?=C3?= =?utf-8?Q?=A9?= <a@x.example>", "a@x.example", "é"),
        ("=?x-nope?Q?abc?= <a@x.example>", "a@x.example", "abc"),
    ],
)
def test_an_author(field: str, address: str, name: str) -> None:
    assert from_field(field).sender == Address(address, name)


@pytest.mark.parametrize(
    "field",
    [
        '"ada@ada.example" <stan@evil.example>',
        "ada@ada.example <stan@evil.example>",
        "=?utf-8?b?" + base64.b64encode(b"ada@ada.example").decode() + "?= <stan@evil.example>",
        '"=?utf-8?q?=22ada=40ada.example=22_=3Cada=40ada.example=3E=00=0A?=" <stan@evil.example>',
        "=?utf-8?q?ada=40ada.example?= stan@evil.example",
        '"ada@ada.example" (ada@ada.example) <stan@evil.example>',
    ],
)
def test_a_shown_address_is_not_the_author(field: str) -> None:
    seen = from_field(field)
    assert seen.sender.address == "stan@evil.example"
    told = "The name in the From field shows another address (ada@ada.example)"
    assert any(problem.startswith(told) for problem in seen.problems)


def test_an_address_of_encoded_text_stays_what_it_is() -> None:
    word = base64.b64encode(b"ada@ada.example").decode()
    seen = from_field(f"=?utf-8?b?{word}?==?utf-8?Q?=00=0A?=@evil.example")
    assert seen.sender.address.endswith("@evil.example")
    assert "ada@ada" not in seen.sender.address
    assert "The address in the From field is disguised as encoded text." in seen.problems


def test_marks_of_direction_are_usual_where_one_writes_from_right_to_left() -> None:
    hebrew, latin = "\u05e9\u05dc\u05d5\u05dd\u200f 12", "invoice\u200f.exe"
    for subject, told in ((hebrew, 0), (latin, 1), (hebrew + "\u202e", 1)):
        words = base64.b64encode(subject.encode()).decode()
        seen = parse(f"From: a@b.example\nSubject: =?utf-8?B?{words}?=\n\nhi".encode())
        assert len([problem for problem in seen.problems if "hidden" in problem]) == told
        assert "\u200f" not in seen.subject


@pytest.mark.parametrize("hidden", ["\u202e", "\u2066", "\u200b", "\ufeff", "\x07", "\x85"])
def test_hidden_characters_are_removed_and_told(hidden: str) -> None:
    name = base64.b64encode(f"A{hidden}da".encode()).decode()
    seen = from_field(f"=?utf-8?b?{name}?= <ada@ada.example>\nSubject: =?utf-8?b?{name}?=")
    assert (seen.sender.name, seen.subject) == ("Ada", "Ada")
    assert len([problem for problem in seen.problems if "hidden" in problem]) == 2


def test_joiners_that_languages_need_stay() -> None:
    name = "می\u200cخواهم"
    assert from_field(f"{name} <a@x.example>").sender.name == name


def test_several_authors_are_told() -> None:
    seen = from_field("a@x.example, b@x.example\nFrom: c@x.example")
    assert seen.sender.address == "a@x.example"
    assert seen.problems == (
        "It has several From fields; the first one is shown.",
        "It names several authors; the first one is shown.",
    )


@given(st.text(max_size=200))
def test_any_address_field_can_be_read(value: str) -> None:
    for each in addresses.read(value):
        assert each.address == each.address.lower()
        assert words.HIDDEN.search(each.address + each.name) is None


local = st.from_regex(r"[a-z0-9]{1,10}([._+-][a-z0-9]{1,5})?", fullmatch=True)


@given(st.lists(st.tuples(local, st.text(st.characters(categories=["L"]), max_size=9)), min_size=1))
def test_what_the_standard_library_writes_is_read_back(people: list[tuple[str, str]]) -> None:
    boxes = [Address(f"{name}@x.example", shown) for name, shown in people]
    field = ", ".join(
        f"{Header(box.name, 'utf-8').encode() if box.name else ''} <{box.address}>" for box in boxes
    )
    assert addresses.read(field.replace("\n", " ")) == tuple(boxes)


# Dates ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Mon, 6 Nov 2000 21:37:00 -0800 (PST)", "2000-11-06T21:37:00-08:00"),
        ("6 Nov 2000 21:37 +0000", "2000-11-06T21:37:00+00:00"),
        ("Mon, 06 Nov 2000 21:37:60 GMT", "2000-11-06T21:37:59+00:00"),
        ("Mon, 06 Nov 2000 21:37:00", "2000-11-06T21:37:00+00:00"),
        ("Mon, 06 Nov 00 21:37:00 EST", "2000-11-06T21:37:00-05:00"),
        ("Mon Nov  6 21:37:00 2000", "2000-11-06T21:37:00+00:00"),
        ("Mon, 6 Nov 2000 21:37:00 +9999", "2000-11-06T21:37:00+00:00"),
        ("Mon, 27 Nov 0001 09:25:46 -0800", None),
        ("Mon, 6 Nov 2101 09:25:46 +0000", None),
        ("Thu, 31 Feb 2000 09:25:46 +0000", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_a_date_is_aware_and_sane_or_none(value: str, expected: str | None) -> None:
    when = headers.date(value)
    assert (when.isoformat() if when else None) == expected


@given(st.datetimes(datetime(1971, 1, 2), datetime(2100, 12, 30)), st.integers(-840, 840))  # noqa: DTZ001
def test_every_date_that_is_written_can_be_read(when: datetime, minutes: int) -> None:
    aware = when.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=minutes)))
    assert headers.date(aware.strftime("%a, %d %b %Y %H:%M:%S %z")) == aware


def test_a_missing_and_a_mad_date_are_told() -> None:
    assert "The date is missing." in parse(b"From: a@b.example\n\nx").problems
    assert "The date makes no sense." in parse(b"From: a@b.example\nDate: soon\n\nx").problems


def test_dates_without_a_zone_are_utc() -> None:
    seen = headers.date("22 Nov 2026 09:30:00")
    assert seen == datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


# Text -----------------------------------------------------------------------------------------


def built(**parts: str) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"], message["Date"] = "stan@x.example", "Sun, 22 Nov 2026 09:30:00 +0000"
    message.set_content(parts["plain"])
    if "html" in parts:
        message.add_alternative(parts["html"], subtype="html")
    return message


def test_plain_is_preferred_and_html_kept() -> None:
    seen = parse(built(plain="Grüße\n", html="<p>Grüße <b>fett</b></p>").as_bytes())
    assert (seen.text, seen.html.strip()) == ("Grüße\n", "<p>Grüße <b>fett</b></p>")
    assert seen.attachments == ()


def test_html_alone_becomes_text() -> None:
    seen = mail("Content-Type: text/html\n", "<p>one<p>two <a href='https://x.example/y'>here</a>")
    assert seen.text == "one\n\ntwo here (https://x.example/y)\n"


def test_an_empty_plain_part_gives_way_to_html() -> None:
    assert parse(built(plain="\n", html="<p>words</p>").as_bytes()).text == "words\n"


def test_a_list_footer_follows_and_does_not_replace() -> None:
    body = (
        "--x\nContent-Type: text/html\n\n<p>letter</p>\n"
        "--x\nContent-Type: text/plain\n\nTo leave, write.\n--x--\n"
    )
    seen = mail("Content-Type: multipart/mixed; boundary=x\n", body)
    assert seen.text == "letter\n\nTo leave, write.\n"
    assert seen.html == "<p>letter</p>\n<pre>To leave, write.</pre>"


def test_files_have_their_decoded_names_and_images_their_ids() -> None:
    message = built(plain="See below.\n", html='<img src="cid:logo@x">')
    message.get_payload()[1].add_related(b"PNG", "image", "png", cid="<logo@x>")  # type: ignore[index,union-attr]
    message.add_attachment(b"%PDF", "application", "pdf", filename="Lebenslauf für Ä.pdf")
    message.add_attachment("a,b\n", subtype="csv", filename="../../etc/x.csv")
    seen = parse(message.as_bytes())
    assert seen.text == "See below.\n"
    assert [(a.name, a.media_type, a.content_id, a.inline) for a in seen.attachments] == [
        ("", "image/png", "logo@x", True),
        ("Lebenslauf für Ä.pdf", "application/pdf", "", False),
        ("x.csv", "text/csv", "", False),
    ]
    assert [a.content for a in seen.attachments] == [b"PNG", b"%PDF", b"a,b\r\n"]


def test_names_in_numbered_pieces_are_joined() -> None:
    seen = mail(
        "Content-Type: application/pdf; name*1*=%C3%A4; name*0*=utf-8''M; name*2=\".pdf\"\n"
    )
    assert seen.attachments[0].name == "Mä.pdf"


def test_a_forwarded_message_is_a_file_and_its_text_not_ours() -> None:
    body = "--x\n\nsee\n--x\nContent-Type: message/rfc822\n\nSubject: inner\n\nsecret\n--x--\n"
    seen = mail("Content-Type: multipart/mixed; boundary=x\n", body)
    assert seen.text == "see\n"
    assert (seen.attachments[0].name, seen.attachments[0].media_type) == (
        "inner.eml",
        "message/rfc822",
    )


def test_flowed_paragraphs_are_whole_lines() -> None:
    body = "A long \nline.\n> quoted \n> too\n>> deeper\n stuffed\n-- \nStan\n"
    seen = mail("Content-Type: text/plain; format=flowed\n", body)
    assert seen.text == "A long line.\n> quoted too\n> > deeper\nstuffed\n-- \nStan\n"
    assert flowed.unfold("深い \n海", delete_space=True) == "深い海"


@pytest.mark.parametrize(
    ("charset", "encoded"),
    [("utf-8", "Grüße"), ("iso-8859-1", "Grüße"), ("windows-1251", "Привет"), ("gb2312", "你好"),
     ("shift_jis", "日本"), ("utf-16", "Grüße"), ("koi8-r", "Привет"), ("iso-2022-jp", "日本")],
)  # fmt: skip
def test_charsets(charset: str, encoded: str) -> None:
    text = base64.b64encode(encoded.encode(charset)).decode()
    seen = mail(
        f"Content-Type: text/plain; charset={charset}\nContent-Transfer-Encoding: base64\n", text
    )
    assert seen.text == f"{encoded}\n"
    assert seen.problems == ()


def test_unknown_and_wrong_charsets_are_read_as_well_as_can_be() -> None:
    head = (
        b"From: a@b.example\nDate: 22 Nov 2026 09:30:00 +0000\nContent-Type: text/plain; charset="
    )
    assert parse(head + "nope\n\nGrüße".encode()).text == "Grüße\n"
    assert parse(head + b"utf-8\n\nGr\xfc\xdfe").text == "Grüße\n"
    assert parse(head + b"us-ascii\n\nGr\xfc\xdfe").text == "Grüße\n"
    assert parse(head + b"idna\n\n" + b"x" * 100).problems == (
        "The character set “idna” is not known.",
    )


def test_raw_header_bytes_are_read_as_utf8_or_as_the_body_is() -> None:
    assert parse("From: a@b.example\nSubject: Grüße\n\nx".encode()).subject == "Grüße"
    koi = "From: a@b.example\nContent-Type: text/plain; charset=koi8-r\nSubject: Привет\n\nx"
    assert parse(koi.encode("koi8-r")).subject == "Привет"


def test_broken_base64_keeps_what_there_is() -> None:
    seen = mail("Content-Transfer-Encoding: base64\n", "R3L\n!DvMOfZQ")
    assert seen.text == "Grüße\n"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_of_any_system(end: str) -> None:
    raw = "From: a@b.example\nDate: 22 Nov 2026 09:30:00 +0000\nSubject: x\n\none\ntwo\n"
    seen = parse(raw.replace("\n", end).encode())
    assert (seen.sender.address, seen.text, seen.problems) == ("a@b.example", "one\ntwo\n", ())


def test_a_postmark_is_no_header() -> None:
    seen = parse(b"From x@y Mon Apr 18 14:18:11 2022\nFrom: a@b.example\n\nhello")
    assert (seen.sender.address, seen.text) == ("a@b.example", "hello\n")


def test_a_header_without_a_blank_line_ends_where_it_must() -> None:
    seen = parse(b"From: a@b.example\nSubject: x\nHello there\nDear: Ada")
    assert (seen.subject, seen.text) == ("x", "Hello there\nDear: Ada\n")


def test_a_wrong_boundary_is_found_out() -> None:
    seen = mail(
        "Content-Type: multipart/mixed; boundary=x\n",
        "--y\nContent-Type: text/plain\n\nhi\n--y--\n",
    )
    assert seen.text == "hi\n"
    assert "the boundary that it states does not occur" in seen.problems[0]


# Who is a machine -----------------------------------------------------------------------------

REPORT = 'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n'


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ("", Automation.NO),
        ("Auto-Submitted: no\n", Automation.NO),
        ("X-Auto-Response-Suppress: OOF\n", Automation.NO),
        ("Auto-Submitted: auto-replied (vacation)\n", Automation.AUTO_REPLY),
        ("X-Autoreply: yes\n", Automation.AUTO_REPLY),
        ("Precedence: auto_reply\n", Automation.AUTO_REPLY),
        ("X-Auto-Response-Suppress: All\nSubject: Automatic reply: you\n", Automation.AUTO_REPLY),
        ("Subject: Out of office next week, shall we meet?\n", Automation.NO),
        ("Auto-Submitted: auto-generated\n", Automation.NOTICE),
        ("List-Id: Friends <friends.x.example>\n", Automation.LIST),
        ("Precedence: list\n", Automation.LIST),
        ("Precedence: bulk\nList-Id: <f.x>\nList-Post: <mailto:f@x.example>\n", Automation.LIST),
        ("Precedence: bulk\n", Automation.BULK),
        ("Precedence: junk\n", Automation.BULK),
        ("List-Id: <news.x>\nList-Unsubscribe: <https://x/u>\nFeedback-ID: 1\n", Automation.BULK),
        ("List-Unsubscribe: <https://x.example/u>\n", Automation.BULK),
        (REPORT, Automation.BOUNCE),
        ("X-Failed-Recipients: x@y.example\n", Automation.BOUNCE),
        ("Content-Type: text/calendar; method=REQUEST\n", Automation.CALENDAR),
        ("Content-Type: text/calendar\n", Automation.NO),
        ("Content-Type: message/disposition-notification\n", Automation.NOTICE),
    ],
)
def test_a_machine_is_known_by_its_marks(header: str, kind: Automation) -> None:
    body = "--b\n\nfailed\n--b\nContent-Type: message/delivery-status\n\nStatus: 5\n--b--\n"
    assert mail(header, body).automation is kind


@pytest.mark.parametrize(
    ("sender", "header", "kind"),
    [
        ("no-reply@shop.example", "", Automation.NOTICE),
        ("orders.noreply@shop.example", "", Automation.NOTICE),
        ("noreply@shop.example", "\nList-Unsubscribe: <https://x.example>", Automation.BULK),
        ("MAILER-DAEMON@x.example", "", Automation.BOUNCE),
        ("postmaster@x.example", "\nReturn-Path: <>", Automation.BOUNCE),
        ("postmaster@x.example", "\nSubject: Undeliverable: Re: Lunch", Automation.BOUNCE),
        ("postmaster@x.example", "\nSubject: The meeting in May", Automation.NOTICE),
        ("no-reply@x.example", "\nSubject: Your receipt from Quick Books", Automation.RECEIPT),
        ("no-reply@x.example", "\nSubject: Order #4711 has been shipped", Automation.RECEIPT),
        ("noreply@x.example", "\nSubject: Ihre Rechnung 7/2026", Automation.RECEIPT),
        ("noreply@x.example", "\nSubject: In order to keep your account", Automation.NOTICE),
        ("ann@x.example", "\nSubject: Your invoice for May", Automation.NO),
        ("noreen@x.example", "", Automation.NO),
        ("nora.plyer@x.example", "", Automation.NO),
    ],
)
def test_a_machine_is_known_by_its_address(sender: str, header: str, kind: Automation) -> None:
    assert from_field(sender + header).automation is kind


def test_lists_tell_their_name_and_the_way_out() -> None:
    seen = mail(
        "List-Id: Friends of Ada <Friends.ada.example>\n"
        "List-Unsubscribe: <mailto:leave@ada.example>, <https://ada.example/leave?me=1>\n"
    )
    assert (seen.list_id, seen.unsubscribe) == (
        "friends.ada.example",
        "https://ada.example/leave?me=1",
    )


def test_only_web_and_mail_addresses_are_a_way_out() -> None:
    assert mail("List-Unsubscribe: <javascript:alert(1)>\n").unsubscribe == ""
