"""What goes out: exact after any relay, with no way to inject a header; and read back whole."""

from __future__ import annotations

import email
import email.policy
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from firsthand.channels.mail.compose import compose, quoted_printable, received_parts
from firsthand.channels.mail.parse import parse
from firsthand.core.envelope import Address, Attachment, Automation, Outbound
from firsthand.core.errors import Misuse, Permanent

ADA = Address("ada@ada.example", "Ada Ferrer")
HAL = Address("hal@ada.example", "Hal Brandt")
STAN = Address("stan@elsewhere.example", "Stan")

LETTER = Outbound(
    message_id="7f3a@ada.example",
    author=ADA,
    sender=ADA,
    to=(STAN,),
    subject="Your question",
    text="Dear Stan,\n\nyes.\n\nAda",
    date=datetime(2026, 11, 22, 9, 30, tzinfo=UTC),
)

any_text = st.text(st.characters(exclude_categories=["Cs"]))
one_line = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0"))


def lines_of(raw: bytes) -> list[str]:
    return raw.partition(b"\r\n\r\n")[0].decode("ascii").split("\r\n")


def test_a_plain_letter_is_as_plain_as_it_can_be() -> None:
    assert compose(LETTER).decode() == (
        "Date: Sun, 22 Nov 2026 09:30:00 +0000\r\n"
        "From: Ada Ferrer <ada@ada.example>\r\n"
        "To: Stan <stan@elsewhere.example>\r\n"
        "Subject: Your question\r\n"
        "Message-ID: <7f3a@ada.example>\r\n"
        "MIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n"
        "\r\n"
        "Dear Stan,\r\n\r\nyes.\r\n\r\nAda\r\n"
    )


@given(any_text)
@example("From here on\n.\n--=_\n--=_x--\ntrailing blanks \t \n\n\n")
@example("\r\n a\rb \r")
@example("x" * 2000)
def test_any_text_comes_back_exactly(text: str) -> None:
    sealed = replace(LETTER, text=text, record=b"{}", proof=b"proof\n")
    assert received_parts(compose(sealed)).text == text


@given(any_text)
def test_any_text_survives_a_gateway_that_changes_line_ends(text: str) -> None:
    raw = compose(replace(LETTER, text=text, record=b'{"a":1}'))
    seen = received_parts(raw.replace(b"\r\n", b"\n"))
    assert (seen.text, seen.record) == (text, b'{"a":1}')
    again = received_parts(raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
    assert again == received_parts(raw)


@given(any_text)
def test_quoted_printable_survives_every_relay(text: str) -> None:
    for line in quoted_printable(text):
        assert len(line) <= 76
        assert all(char == "\t" or " " <= char <= "~" for char in line)
        assert not line.startswith(("From ", ".", "--"))
        assert not line.endswith((" ", "\t"))


@given(any_text)
def test_the_standard_library_reads_the_same_text(text: str) -> None:
    message = email.message_from_bytes(compose(replace(LETTER, text=text, record=b"{}")))
    part = message.get_payload()[0]  # type: ignore[index]
    payload = part.get_payload(decode=True)  # type: ignore[union-attr]
    assert payload.replace(b"\r\n", b"\n").decode() == text  # type: ignore[union-attr]


@given(one_line)
@example(" blanks  around ")
@example("=?utf-8?q?not=20encoded?=")
@example("x" * 1200)
def test_any_subject_comes_back_exactly(subject: str) -> None:
    raw = compose(replace(LETTER, subject=subject))
    assert received_parts(raw).subject == subject
    assert all(len(line) <= 998 for line in lines_of(raw))


@given(st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=80))
@example("Ferrer, Ada (Dr.) <ada@evil.example>")
@example('say "hi" \\')
def test_any_name_stays_a_name(name: str) -> None:
    raw = compose(replace(LETTER, to=(Address("stan@elsewhere.example", name), HAL)))
    assert received_parts(raw).recipients == ("stan@elsewhere.example", "hal@ada.example")
    told = email.message_from_bytes(raw, policy=email.policy.default)["to"].addresses
    assert [each.addr_spec for each in told] == ["stan@elsewhere.example", "hal@ada.example"]
    assert parse(raw).to[0].name == " ".join(name.split()).strip("'\"").strip()
    # The standard library puts a blank between two encoded words of a name; RFC 2047 6.2 does not.
    assert told[0].display_name.replace(" ", "") == name.replace(" ", "")


@given(st.binary(max_size=3000), st.text(st.characters(categories=["L", "Nd"]), min_size=1))
def test_files_come_back_exactly(content: bytes, name: str) -> None:
    file = Attachment(f"{name} (1).bin", "application/x-thing", content)
    seen = received_parts(compose(replace(LETTER, attachments=(file,), record=b"{}")))
    assert seen.attachments == (replace(file, name=f"{name} (1).bin"[:200]),)
    assert seen.files == (content,)


def test_record_proof_and_byline_are_found_even_beside_a_file_of_the_same_name() -> None:
    decoy = Attachment("byline.vc", "text/plain", b"mine")
    byline = "https://ada.example/b/4; index=3; level=firsthand; salt=" + "a" * 43
    raw = compose(
        replace(LETTER, attachments=(decoy,), record=b"{}", proof=b"\x00\xff", byline=byline)
    )
    seen = received_parts(raw)
    assert (seen.record, seen.proof, seen.byline) == (b"{}", b"\x00\xff", byline)
    assert seen.files == (b"mine",)
    assert parse(raw).byline == byline


def test_sender_is_told_only_when_it_is_another_one() -> None:
    assert not any(line.startswith("Sender:") for line in lines_of(compose(LETTER)))
    raw = compose(replace(LETTER, sender=HAL))
    assert "Sender: Hal Brandt <hal@ada.example>" in lines_of(raw)
    assert received_parts(raw).sender == HAL.address
    assert received_parts(raw).author == ADA.address


@pytest.mark.parametrize(
    ("automated", "answers", "expected"),
    [
        (True, "q@elsewhere.example", "auto-replied"),
        (True, "", "auto-generated"),
        (False, "q@x", ""),
    ],
)
def test_a_machine_says_so_and_a_person_never(automated: bool, answers: str, expected: str) -> None:
    raw = compose(replace(LETTER, automated=automated, in_reply_to=answers))
    marks = [line for line in lines_of(raw) if line.startswith("Auto-Submitted:")]
    assert marks == ([f"Auto-Submitted: {expected}"] if expected else [])
    kinds = {"auto-replied": Automation.AUTO_REPLY, "auto-generated": Automation.NOTICE}
    assert parse(raw).automation is kinds.get(expected, Automation.NO)


def test_bcc_is_nowhere() -> None:
    raw = compose(replace(LETTER, to=(), bcc=(STAN,)))
    assert b"stan" not in raw
    assert "To: undisclosed-recipients:;" in lines_of(raw)


@pytest.mark.parametrize("evil", ["a\r\nBcc: x@y.example", "a\nX: y", "a\0b", "a\rb", "\ud800"])
@pytest.mark.parametrize(
    "field", ["subject", "byline", "message_id", "in_reply_to", "name", "address", "file"]
)
def test_no_value_can_add_a_header(field: str, evil: str) -> None:
    changes = {
        "name": replace(LETTER, to=(Address("stan@elsewhere.example", evil),)),
        "address": replace(LETTER, to=(Address(f"{evil}@elsewhere.example"),)),
        "file": replace(LETTER, attachments=(Attachment(evil, "text/plain", b""),)),
    }
    outbound = changes.get(field) or replace(LETTER, **{field: evil})  # type: ignore[arg-type]
    with pytest.raises(Misuse):
        compose(outbound)


def test_the_media_type_of_a_file_cannot_add_a_header() -> None:
    file = Attachment("a.txt", "text/plain\r\nX-Evil: 1", b"x", content_id="ok@x")
    assert b"X-Evil" not in compose(replace(LETTER, attachments=(file,)))


def test_foreign_references_that_no_header_can_carry_are_left_out() -> None:
    raw = compose(replace(LETTER, references=("a@x", "b c\r\nX: y", "é@x", "d@x")))
    assert parse(raw).references == ("a@x", "d@x")


def test_many_references_keep_the_first_and_the_newest() -> None:
    chain = tuple(f"{number}@elsewhere.example" for number in range(200))
    raw = compose(replace(LETTER, references=chain))
    assert parse(raw).references == (chain[0], *chain[-50:])
    assert all(len(line) <= 78 for line in lines_of(raw))


def test_addresses_go_out_in_ascii() -> None:
    raw = compose(replace(LETTER, to=(Address("stan@bücher.example"), Address("a b@x.example"))))
    assert 'To: stan@xn--bcher-kva.example, <"a b"@x.example>' in lines_of(raw)


@pytest.mark.parametrize(
    "address", ["stän@x.example", "stan", "@x.example", "stan@", "a@b c", "a@b,c"]
)
def test_an_address_that_mail_cannot_carry_is_refused_for_good(address: str) -> None:
    with pytest.raises(Permanent):
        compose(replace(LETTER, to=(Address(address),)))


def test_a_date_needs_a_zone() -> None:
    with pytest.raises(Misuse):
        compose(replace(LETTER, date=datetime(2026, 11, 22)))  # noqa: DTZ001


def test_every_attempt_has_the_same_bytes() -> None:
    sealed = replace(LETTER, record=b"{}", attachments=(Attachment("a", "text/plain", b"x"),))
    assert compose(sealed) == compose(sealed)
    assert compose(sealed) != compose(replace(sealed, message_id="other@ada.example"))


def test_a_mail_saved_with_a_postmark_or_blank_lines_before_it_is_read_back() -> None:
    raw = compose(replace(LETTER, record=b"{}"))
    postmark = b"From ada@ada.example Sun Nov 22 09:30:00 2026\r\n"
    assert received_parts(postmark + raw) == received_parts(b"\r\n" + raw) == received_parts(raw)


@given(st.binary(max_size=500))
def test_reading_back_never_raises(raw: bytes) -> None:
    assert received_parts(raw).record is None


def test_the_verifier_needs_none_of_the_heavy_libraries() -> None:
    import subprocess
    import sys

    check = (
        "import sys; import firsthand.channels.mail.compose; "
        "print({'fast_mail_parser', 'selectolax', 'nh3', 'django'} & set(sys.modules))"
    )
    out = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "set()"
