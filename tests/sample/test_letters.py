"""The sample mailbox: the same for the same now, readable, free of real domains, and alive."""

from __future__ import annotations

import re
import struct
import zlib
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from email import message_from_bytes
from email.message import Message
from email.utils import parseaddr
from functools import cache
from importlib.resources import files

import pytest

from firsthand.core.errors import Misuse
from firsthand.sample.catalogue import moment, threads, with_days
from firsthand.sample.letters import Letter, mailbox

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
NOWS = (
    NOW,
    datetime(2028, 2, 29, 0, 0, 30, tzinfo=UTC),
    datetime(2027, 1, 1, 23, 59, 59, tzinfo=timezone(timedelta(hours=13))),
)


@cache
def box() -> tuple[Letter, ...]:
    return tuple(mailbox(NOW))


def by_key() -> dict[str, Letter]:
    return {letter.key: letter for letter in box()}


def mail(letter: Letter) -> Message:
    return message_from_bytes(letter.raw)


def texts(letter: Letter) -> Iterator[str]:
    """The fields and every text part, decoded as far as they can be."""
    message = mail(letter)
    yield "\n".join(f"{name}: {value}" for name, value in message.items())
    for part in message.walk():
        if part.get_content_maintype() == "text":
            payload = part.get_payload(decode=True)
            assert isinstance(payload, bytes)
            charset = part.get_content_charset("utf-8")
            yield payload.decode("latin-1" if charset.startswith("x-") else charset, "replace")


def body(key: str) -> str:
    return "\n".join(list(texts(by_key()[key]))[1:])


def sender(letter: Letter) -> str:
    return parseaddr(str(mail(letter)["From"]))[1]


def waiting(kind: str) -> list[str]:
    """Keys of the threads of a kind whose newest message came in."""
    return [
        thread.key
        for thread in threads()
        if thread.kind == kind and thread.mails[-1].by not in {"ada", "hal"}
    ]


def test_about_three_hundred_letters_of_which_about_sixty_are_answers() -> None:
    assert 290 <= len(box()) <= 340
    assert 55 <= sum(letter.folder == "Sent" for letter in box()) <= 75
    assert len(by_key()) == len(box())


@pytest.mark.parametrize("now", NOWS)
def test_the_same_now_gives_the_same_bytes(now: datetime) -> None:
    assert mailbox(now) == mailbox(now)


@pytest.mark.parametrize("now", NOWS)
def test_letters_lie_within_120_days_in_order_and_never_in_the_future(now: datetime) -> None:
    letters = mailbox(now)
    assert [letter.at for letter in letters] == sorted(letter.at for letter in letters)
    assert all(now - timedelta(days=121) < letter.at <= now for letter in letters)
    assert now - letters[-1].at < timedelta(hours=4)
    for thread in threads():
        times = [moment(one.when, now) for one in thread.mails]
        assert times == sorted(set(times)), thread.key


def test_a_now_without_a_zone_is_refused() -> None:
    with pytest.raises(Misuse, match="aware"):
        mailbox(NOW.replace(tzinfo=None))


def test_a_time_that_is_none_is_refused_with_its_form() -> None:
    with pytest.raises(Misuse, match="35d 21:14"):
        moment("last week", NOW)


def test_days_in_a_text_follow_now() -> None:
    assert with_days("by {+2d}, not {-30d}", NOW) == "by 25 November, not 24 October"
    assert with_days("am {+8d.}, el {+8d/}", NOW) == "am 1.12., el 1/12"
    left = [one.key for one in box() for text in texts(one) if re.search(r"\{[+-]\d+d", text)]
    assert left == []


def test_all_parse_and_only_the_broken_ones_have_defects() -> None:
    for letter in box():
        message = mail(letter)
        assert sender(letter).endswith(".example") or letter.key.startswith("broken"), letter.key
        assert any(text.strip() for text in list(texts(letter))[1:]), letter.key
        defects = [defect for part in message.walk() for defect in part.defects]
        assert not defects or letter.key.startswith("broken"), (letter.key, defects)


def test_every_line_ends_as_the_standard_wants_and_none_is_too_long() -> None:
    for letter in box():
        assert b"\n" not in letter.raw.replace(b"\r\n", b""), letter.key
        assert max(map(len, letter.raw.split(b"\r\n"))) <= 998, letter.key


def test_no_domain_is_real() -> None:
    host = re.compile(r"(?:https?://|@)([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)")
    bare = re.compile(r"\b[\w-]+\.(?:com|org|net|io|co|uk|de|fr|es|edu|gov|info|dev|app)\b")
    for letter in box():
        for text in texts(letter):
            assert all(name.endswith(".example") for name in host.findall(text)), letter.key
            assert not bare.search(text), (letter.key, bare.search(text))


def test_message_ids_are_unique_and_references_resolve() -> None:
    ids = [str(mail(letter)["Message-ID"]) for letter in box() if mail(letter)["Message-ID"]]
    assert [name for name, times in Counter(ids).items() if times > 1] == []
    assert len(ids) == len(box()) - 1
    for letter in box():
        named = str(mail(letter)["References"] or "").split()
        assert set(named) <= set(ids), letter.key
        assert str(mail(letter)["In-Reply-To"] or "") in [*named[-1:], ""], letter.key


def test_some_answers_belong_together_by_their_subject_only() -> None:
    loose = [
        letter
        for letter in box()
        if str(mail(letter)["Subject"]).startswith("Re: ")
        and not mail(letter)["References"]
        and letter.kind == "personal"
    ]
    assert len(loose) >= 3


LANGUAGES = {
    "de-uebersetzung-schluss": "letzten Satz",
    "de-leser": "Gummistiefel Größe",
    "es-lectora": "ferretería",
    "fr-libraire.3": "quatre-vingts",
    "it-pescatore": "smettere senza offenderlo",
    "pt-leitor": "até não haver",
    "ja-reader": "鵜匠",
    "ja-translator.3": "序文",
    "ar-reader": "النهر ضيف",
    "uk-reader": "шестикласники",
    "hi-reader": "सीढ़ियाँ",
}


@pytest.mark.parametrize(("key", "words"), LANGUAGES.items())
def test_people_write_in_their_own_languages(key: str, words: str) -> None:
    assert words in body(key)


def test_the_kinds_of_mail_that_a_mailbox_meets_are_there() -> None:
    types = Counter(part.get_content_type() for one in box() for part in mail(one).walk())
    charsets = {part.get_content_charset() for one in box() for part in mail(one).walk()}
    assert {"text/calendar", "multipart/report", "message/rfc822", "text/csv"} <= types.keys()
    assert {"image/png", "application/pdf", "multipart/related"} <= types.keys()
    assert {"iso-8859-1", "shift_jis", "x-delta-9"} <= charsets
    for name in ("List-Id", "List-Unsubscribe", "Auto-Submitted", "Sender", "Precedence"):
        assert sum(mail(letter)[name] is not None for letter in box()) >= 3, name


def test_traps_for_the_careless_reader_are_set() -> None:
    everything = "\n".join(text for letter in box() for text in texts(letter))
    for trap in ("<script>", "onerror=", "javascript:", "display:none", "https://tracker.example/"):
        assert trap in everything
    named_ada = {sender(one) for one in box() if "Ada Ferrer" in str(mail(one)["From"])}
    assert len(named_ada - {"ada@ada.example"}) >= 2
    assert sender(by_key()["phish-publisher"]).endswith("@weirherron.example")


def test_enough_waits_for_ada_and_for_a_hand() -> None:
    assert len(waiting("personal")) >= 12
    assert len(waiting("helper")) >= 6
    assert sum(not one.seen and NOW - one.at < timedelta(days=2) for one in box()) >= 10


def test_the_grieving_reader_has_waited_five_weeks_for_an_answer() -> None:
    letter = by_key()["grieving-reader"]
    assert timedelta(weeks=5) <= NOW - letter.at < timedelta(weeks=6)
    assert letter.seen and len(body("grieving-reader").split()) > 400
    assert not any("maren@" in str(mail(one)["To"]) for one in box() if one.folder == "Sent")


def test_ada_answered_her_german_translator_six_of_seven_times() -> None:
    mails = [one for each in threads() if "halm@" in each.correspondent for one in each.mails]
    assert Counter(one.by for one in mails) == {"": 7, "ada": 6}


def test_strangers_write_for_the_first_time() -> None:
    senders = Counter(sender(one) for one in box() if one.folder == "INBOX")
    recent = [
        one
        for one in box()
        if one.folder == "INBOX" and one.kind == "personal" and NOW - one.at < timedelta(days=7)
    ]
    assert sum(senders[sender(one)] == 1 for one in recent) >= 5


def test_what_a_hand_sent_says_so() -> None:
    by_hal = [one for one in box() if mail(one)["Sender"]]
    assert len(by_hal) >= 3
    for letter in by_hal:
        assert letter.folder == "Sent" and sender(letter) == "ada@ada.example"
        assert "Written by Hal Brandt" in body(letter.key)


def test_pictures_are_pictures() -> None:
    pictures = [
        part.get_payload(decode=True)
        for letter in box()
        if not letter.key.startswith("broken")
        for part in mail(letter).walk()
        if part.get_content_type() == "image/png"
    ]
    assert len(pictures) >= 6
    for data in pictures:
        assert isinstance(data, bytes)
        width, height = struct.unpack(">II", data[16:24])
        start = data.index(b"IDAT")
        size = struct.unpack(">I", data[start - 4 : start])[0]
        assert len(zlib.decompress(data[start + 4 : start + 4 + size])) == height * (3 * width + 1)


def test_the_letters_ship_in_readable_files() -> None:
    folder = files("firsthand.sample") / "letters"
    for entry in folder.iterdir():
        assert len(entry.read_text(encoding="utf-8").splitlines()) <= 250, entry.name


def test_nobody_wrote_the_same_letter_twice() -> None:
    openings = Counter(one.text.strip()[:60] for each in threads() for one in each.mails)
    assert {text for text, times in openings.items() if times > 1} == set()
