"""Comments and webmentions in their four forms: who wrote, about which page, and in answer to what."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from firsthand.channels.mail.files import walk
from firsthand.channels.mentions import thing
from firsthand.channels.mentions.dialect import MENTIONS
from firsthand.channels.mentions.files import Shelf
from firsthand.core.envelope import Automation, Parsed

PAGE = "https://ada.example/reeds"
AT = datetime(2024, 5, 1, 8, 30, tzinfo=UTC)
JF2: dict[str, Any] = {
    "type": "entry",
    "author": {"name": "Stella", "url": "https://Stella.example/"},
    "url": "https://stella.example/7",
    "published": "2024-05-01T10:30:00+02:00",
    "wm-source": "https://bridge.example/7",
    "wm-target": PAGE,
    "wm-property": "in-reply-to",
    "content": {"html": "<p>Tall ones?</p><script>x()</script>", "text": "Tall ones?"},
}
MF2: dict[str, Any] = {
    "type": ["h-entry"],
    "properties": {
        "url": ["https://stella.example/7"],
        "published": ["2024-05-01T08:30:00"],
        "in-reply-to": [{"type": ["h-cite"], "properties": {"url": [PAGE]}}],
        "content": [{"html": "Tall <b>ones</b>?", "value": "Tall ones?"}],
        "author": [
            {
                "type": ["h-card"],
                "properties": {"name": ["Stella"], "url": ["https://stella.example"]},
            }
        ],
    },
}
NOTE = {
    "type": "Create",
    "actor": "https://stella.example",
    "object": {
        "type": "Note",
        "id": "https://stella.example/7",
        "inReplyTo": PAGE,
        "published": "2024-05-01T08:30:00Z",
        "content": "<p>Tall ones?</p>",
        "attributedTo": {"name": "Stella", "id": "https://stella.example"},
    },
}
COMMENT = """\
_id: 7
_parent: /reeds/
name: Stella
email: Stella@Elsewhere.example
url: ''
date: '2024-05-01T08:30:00.000Z'
message: >-
  Tall ones?
"""


def shelved(tmp_path: Path, name: str, value: object) -> list[bytes]:
    path = tmp_path / name
    path.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
    return Shelf().things(path)


def parsed(tmp_path: Path, name: str, value: object) -> Parsed:
    (raw,) = shelved(tmp_path, name, value)
    return MENTIONS.parse(raw)


@pytest.mark.parametrize("value", [JF2, {"items": [MF2]}, NOTE], ids=["jf2", "mf2", "activity"])
def test_every_form_of_one_mention_says_the_same(tmp_path: Path, value: object) -> None:
    seen = parsed(tmp_path, "in.json", value)
    assert (seen.message_id, seen.references) == ("https://stella.example/7", (PAGE,))
    assert (seen.sender.address, seen.sender.name) == ("https://stella.example", "Stella")
    assert (seen.text, seen.date, seen.subject) == ("Tall ones?", AT, "ada.example/reeds")
    assert (seen.automation, seen.problems) == (Automation.NO, ())


def test_a_comment_in_yaml_is_no_letter_though_it_has_a_date(tmp_path: Path) -> None:
    seen = parsed(tmp_path, "comment-1.yml", COMMENT)
    assert (seen.message_id, seen.references) == ("/reeds/#7", ("/reeds/",))
    assert (seen.sender.address, seen.text, seen.date) == (
        "stella@elsewhere.example",
        "Tall ones?",
        AT,
    )
    (found,) = walk(tmp_path)
    assert found.problem == "It is data, not a message."


@pytest.mark.parametrize(
    ("mail", "site", "address"),
    [
        ("0" * 32, "https://S.example/", "https://s.example"),
        ("0" * 32, "", "md5:" + "0" * 32),
        ("", "javascript:alert(1)", "anonymous:#7"),
    ],
)
def test_who_wrote_without_an_address_is_nobody_else(mail: str, site: str, address: str) -> None:
    value = {"_id": "7", "name": "S", "date": "x", "message": "Hm", "email": mail, "url": site}
    seen = MENTIONS.parse(thing.pack("comment", value))
    assert seen.sender.address == address
    assert seen.problems == ("It does not say when it was written.",)


def test_an_answer_is_told_by_its_number_among_those_that_answer_none(tmp_path: Path) -> None:
    shelf = Shelf()
    found = []
    for number, answered in enumerate(["", "", "2", "9", "x"], start=1):
        path = tmp_path / f"comment-{number}.yml"
        text = COMMENT.replace("_id: 7", f"_id: {number}") + f"replying_to: '{answered}'\n"
        path.write_text(text, encoding="utf-8")
        found += [MENTIONS.parse(raw).in_reply_to for raw in shelf.things(path)]
    assert found == [(), (), ("/reeds/#2",), (), ()]


def test_a_like_is_a_notice_and_one_without_words_says_what_it_is(tmp_path: Path) -> None:
    like = parsed(tmp_path, "a.json", {**JF2, "wm-property": "like-of"})
    assert (like.text, like.automation) == (f"Likes {PAGE}", Automation.NOTICE)
    silent = parsed(tmp_path, "b.json", {**JF2, "content": None})
    assert (silent.text, silent.automation) == (f"Answers {PAGE}", Automation.NO)


def test_one_odd_thing_among_others_is_kept_to_be_set_aside(tmp_path: Path) -> None:
    raws = shelved(tmp_path, "all.json", {"children": [JF2, "?", {"type": "entry"}]})
    assert [MENTIONS.parse(raw).unreadable for raw in raws] == [False, True, True]


BOMB = "a: &a [x, x]\nname: *a\nmessage: *a\ndate: 2024-01-01\n"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("package.json", {"name": "site", "version": "1"}),
        ("deep.json", "[" * 100_000),
        ("broken.json", '{"wm-target": '),
        ("bomb.yml", BOMB),
        ("nested.yml", "name: x\nmessage:\n  a: b\ndate: 2024-01-01\n"),
        ("object.yml", "!!python/object/apply:os.system ['true']\n"),
        ("deep.yml", "[" * 100_000),
        ("config.yml", "title: Ada\nurl: https://ada.example\n"),
        ("notes.txt", COMMENT),
        ("empty.yml", ""),
    ],
)
def test_what_is_no_mention_is_left(tmp_path: Path, name: str, value: object) -> None:
    assert shelved(tmp_path, name, value) == []


@pytest.mark.parametrize("raw", [b"", b"[]", b"{}", b'{"form": "jf2", "value": {}}', b"[" * 99_999])
def test_bytes_that_are_none_are_told_so(raw: bytes) -> None:
    assert MENTIONS.parse(raw).unreadable


def test_nothing_in_a_value_raises() -> None:
    odd: list[Any] = [None, 1, "x", [], {}, [[]], [{}], {"properties": []}]
    for value in (JF2, MF2, NOTE, {"message": "x", "name": "y", "date": "z"}):
        for name in value:
            for other in odd:
                for form in ("jf2", "mf2", "as", "comment"):
                    MENTIONS.parse(thing.pack(form, {**value, name: other}))


def test_what_is_erased_is_read_again() -> None:
    raw = MENTIONS.stone(message_id="7", author="https://s.example", in_reply_to=PAGE, text="Gone.")
    assert MENTIONS.parse(raw).text == MENTIONS.received(raw).text == "Gone."
