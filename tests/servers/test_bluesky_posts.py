"""What a post is made of, as a client that nobody here wrote reads it; edits, pictures, reactions."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from firsthand.channels.bluesky import graphemes
from firsthand.channels.bluesky.dialect import BLUESKY, BYLINE, LARGEST_PICTURE
from firsthand.core.envelope import Address, Attachment, Outbound, Parent
from firsthand.core.errors import Permanent, Temporary
from firsthand.core.reaction import Reaction
from firsthand.core.text import canonical
from tests.channels.contract import NOW, fetched
from tests.servers import judges
from tests.servers.between import between
from tests.servers.bluesky import PASSWORD, POST, Bluesky, until
from tests.servers.skybox import SALT, Skybox, new_skybox

pytestmark = pytest.mark.servers
_numbers = count(1_000)
HOSTILE = [
    "One line.",
    "Two\n\nparagraphs, and   blanks \n\tkept",
    "<b>bold</b> &amp; \"quotes\" 'n' `code` *stars* _under_ \\n [x](https://x.example)",
    "שלום עולם, \u202eturned\u202c and مرحبا",
    "👨‍👩‍👧‍👦🏳️‍🌈🇩🇪👍🏽 e\u0301 नमस्ते 한국어 กำ",
    "See https://x.example/ä?q=1&r=(2)#x, #tag and ^XX ^HB",
    "e\u0301" * 250,
]  # fmt: skip


@pytest.fixture(scope="module")
def box(bluesky: Bluesky) -> Iterator[Skybox]:
    box = new_skybox(bluesky)
    yield box
    box.close()


def picture(width: int = 3) -> bytes:
    """A PNG of one grey line."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", width, 1, 8, 0, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" + b"\x80" * width))
    return b"\x89PNG\r\n\x1a\n" + body + chunk(b"IEND", b"")


def post(text: str, **changes: Any) -> Outbound:
    """A public post with a byline of its own."""
    number = next(_numbers)
    values: dict[str, Any] = {
        "message_id": f"{number}@posts.example",
        "author": Address("ada"),
        "sender": Address("ada"),
        "to": (),
        "subject": "",
        "text": text,
        "date": NOW,
        "initials": "^HB",
        "link": f"https://ada.example/b/{number}#{SALT}",
        **changes,
    }
    return Outbound(**values)


def judged(box: Skybox, act: str, who: Any, argument: str) -> dict[str, Any]:
    verdict = judges.python("skyline.py", act, box.server.pds, who.handle, PASSWORD, argument)
    assert verdict.returncode == 0, verdict.stderr.decode()[-2000:]
    found: dict[str, Any] = json.loads(verdict.stdout)
    return found


@pytest.mark.parametrize("text", HOSTILE)
def test_every_text_comes_back_as_it_was_signed(box: Skybox, text: str) -> None:
    """Sent, looked up as a stranger would, and the same to the letter; nothing is too long for it."""
    final = f"{text} ^HB"
    receipt = box.channel().send(post(final))
    seen = box.server.ask(
        "com.atproto.repo.getRecord",
        {"repo": box.ada.did, "collection": POST, "rkey": receipt.remote_id.rpartition("/")[2]},
    )
    raw = json.dumps({**seen, "author": {"handle": box.ada.handle}, "record": seen["value"]})
    sealed = BLUESKY.received(raw.encode())
    assert canonical(sealed.text) == canonical(final)
    assert sealed.link.endswith(SALT)


def test_another_client_finds_each_facet_at_its_bytes(box: Skybox) -> None:
    one, two = box.friends
    parent = box.parent(one)
    text = (
        f"Grüße 👩🏽‍💻 @{one.address}, @{two.address}, @nobody.test: https://x.example/ü #hallo ^HB"
    )
    receipt = box.channel().send(post(text, to=(one, two), parent=parent, automated=True))
    assert judged(box, "read", box.ada, receipt.remote_id) == {
        "text": text,
        "facets": [
            [f"@{one.address}", "mention"],
            [f"@{two.address}", "mention"],
            ["https://x.example/ü", "link"],
            ["#hallo", "tag"],
            ["^HB", "link"],
        ],
        "parent": parent.remote_id,
        "root": parent.remote_id,
        "alts": [],
        "sizes": [],
        "labels": ["bot"],
    }


def test_what_another_client_writes_is_read(box: Skybox) -> None:
    (stella, _) = box.others
    made = judged(box, "mention", stella, box.ada.handle)
    until(lambda: box.noticed(made["uri"]), "it was not noticed")
    (came,) = [e for e in fetched(box.channel())[0] if e.remote_id == made["uri"]]
    seen = BLUESKY.parse(came.raw)
    assert seen.text == f"Grüße 👩🏽‍💻 an @{box.ada.handle}: hier #hallo"
    assert seen.to == (Address(box.ada.handle),)
    assert '<a href="https://stan.example/x">hier</a>' in seen.html
    assert seen.language == "de"


def test_an_answer_deep_in_a_thread_names_its_first_post(box: Skybox) -> None:
    one, two = box.others
    root = one.post("A question to all.")
    answer = two.reply(f"Ask @{box.ada.handle}.", root, root)
    until(lambda: known(box, answer["uri"]), "it is not known")
    receipt = box.channel().send(post("Gladly. ^HB", parent=Parent(answer["uri"])))
    seen = judged(box, "read", box.ada, receipt.remote_id)
    assert (seen["parent"], seen["root"]) == (answer["uri"], root["uri"])


def known(box: Skybox, uri: str) -> bool:
    return bool(box.ada.ask("app.bsky.feed.getPosts", uris=uri)["posts"])


def test_an_answer_to_what_is_gone_is_not_sent(box: Skybox) -> None:
    made = box.ada.post("Soon gone.")
    where = {"repo": box.ada.did, "collection": POST, "rkey": made["uri"].rpartition("/")[2]}
    box.ada.tell("com.atproto.repo.deleteRecord", **where)
    with pytest.raises(Permanent, match="not there any more"):
        box.channel().send(post("Gladly. ^HB", parent=Parent(made["uri"])))


def test_pictures_go_along_described_and_can_be_checked(box: Skybox) -> None:
    files = (
        Attachment("A heron on one leg.png", "image/png", picture()),
        Attachment("no ending", "image/png", picture(5)),
    )
    message = post("Look. ^HB", attachments=files)
    receipt = box.channel().send(message)
    seen = judged(box, "read", box.ada, receipt.remote_id)
    assert seen["alts"] == ["A heron on one leg", "no ending"]
    assert seen["sizes"] == [len(each.content) for each in files]
    assert box.channel().send(message) == receipt


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ([Attachment("a.pdf", "application/pdf", b"%PDF")], "Only pictures"),
        ([Attachment("a.png", "image/png", bytes(LARGEST_PICTURE + 1))], "up to 2 MB"),
        ([Attachment("a.png", "image/png", picture())] * 5, "4 pictures at most"),
    ],
)
def test_what_bluesky_does_not_take_is_refused(
    box: Skybox, files: list[Attachment], why: str
) -> None:
    before = len(box.ada.posts())
    with pytest.raises(Permanent, match=why):
        box.channel().send(post(f"Look: {why}. ^HB", attachments=tuple(files)))
    assert len(box.ada.posts()) == before


def test_whoever_would_not_hear_of_it_is_no_recipient(box: Skybox) -> None:
    one, two = box.friends
    with pytest.raises(Permanent, match=f"recipient {two.address} would not get it"):
        box.channel().send(post("Gladly. ^HB", to=(one, two), parent=box.parent(one)))
    with pytest.raises(Permanent, match="no private messages"):
        box.channel().send(post("Between us. ^HB", to=(one,)))
    with pytest.raises(Permanent, match="no private messages"):
        box.channel().send(post("Gladly. ^HB", parent=box.parent(one), bcc=(two,)))


def test_an_edit_changes_the_post_and_keeps_its_place(box: Skybox) -> None:
    one, _ = box.friends
    channel = box.channel()
    first = channel.send(post("Gladley. ^HB", to=(one,), parent=box.parent(one)))
    before = {each["uri"]: each["value"] for each in box.ada.posts()}[first.remote_id]
    later = NOW + timedelta(hours=1)
    edit = post("Gladly. ^HB", to=(one,), replaces=first.remote_id, date=later)
    changed = channel.send(edit)
    assert changed.remote_id == first.remote_id
    assert channel.send(edit) == channel.find(edit) == changed
    after = {each["uri"]: each["value"] for each in box.ada.posts()}[first.remote_id]
    assert after["text"] == "Gladly. ^HB"
    assert (after["createdAt"], after["reply"]) == (before["createdAt"], before["reply"])
    assert after[BYLINE]["url"] == edit.link


def test_an_edit_meets_a_change_that_came_between(box: Skybox, bluesky: Bluesky) -> None:
    """Somebody else of the owner's programs changed it after we looked: nothing is overwritten."""
    first = box.channel().send(post("One. ^HB"))
    key = first.remote_id.rpartition("/")[2]
    where = {"repo": box.ada.did, "collection": POST, "rkey": key}
    record = {"$type": POST, "text": "Two.", "createdAt": "2026-11-22T09:00:00Z"}
    with between(bluesky.pds) as middle:
        channel = box.channel(pds=middle.base)
        middle.meanwhile["putRecord"] = lambda: box.ada.tell(
            "com.atproto.repo.putRecord", record=record, **where
        )
        with pytest.raises(Temporary, match="meanwhile"):
            channel.send(post("Three. ^HB", replaces=first.remote_id))
        (now,) = [each for each in box.ada.posts() if each["uri"] == first.remote_id]
        assert now["value"]["text"] == "Two."
        channel.send(post("Three. ^HB", replaces=first.remote_id))
    (now,) = [each for each in box.ada.posts() if each["uri"] == first.remote_id]
    assert now["value"]["text"] == "Three. ^HB"


@pytest.mark.parametrize("what", ["at://did:plc:" + "a" * 24 + f"/{POST}/3k", "nonsense", "gone"])
def test_only_an_own_post_that_is_there_can_be_changed(box: Skybox, what: str) -> None:
    what = f"at://{box.ada.did}/{POST}/3jzfcijpj2z2a" if what == "gone" else what
    with pytest.raises(Permanent, match=r"no post of this account|not there any more"):
        box.channel().send(post("Changed. ^HB", replaces=what))


@pytest.mark.parametrize(
    ("reaction", "collection"),
    [
        (Reaction.LIKE, "app.bsky.feed.like"),
        (Reaction.BOOST, "app.bsky.feed.repost"),
        (Reaction.FOLLOW, "app.bsky.graph.follow"),
    ],
)
def test_a_reaction_is_recorded_once(box: Skybox, reaction: Reaction, collection: str) -> None:
    one, _ = box.friends
    to = {"to": (one,)} if reaction is Reaction.FOLLOW else {"parent": box.parent(one)}
    first = box.channel().send(post("", reaction=reaction, initials="", **to))
    again = box.channel().send(
        post("", reaction=reaction, initials="", message_id="another@ada.example", **to)
    )
    assert first.remote_id == again.remote_id
    listed = box.ada.ask("com.atproto.repo.listRecords", repo=box.ada.did, collection=collection)
    (record,) = listed["records"]
    subject = record["value"]["subject"]
    assert subject == (box.others[0].did if "to" in to else box.greetings[0])
    assert record["value"][BYLINE]["url"].startswith("https://ada.example/b/")
    who = box.others[0]
    until(lambda: told(who, str(collection)), "she was not told")


def told(who: Any, collection: str) -> bool:
    kinds = {each["reason"] for each in who.notices()}
    return {"like": "like", "repost": "repost", "follow": "follow"}[
        collection.rpartition(".")[2]
    ] in kinds


def test_reactions_to_us_are_counted_and_not_queued(bluesky: Bluesky) -> None:
    box = new_skybox(bluesky)
    mine, (stella, tom) = box.ada.post("Good morning."), box.others
    for who in (stella, tom):
        who.put("app.bsky.feed.like", {"subject": mine})
    stella.put("app.bsky.feed.repost", {"subject": mine})
    stella.put("app.bsky.graph.follow", {"subject": box.ada.did})
    until(lambda: len(box.ada.notices()) == 4, "they were not noticed")
    inbounds, cursor = fetched(box.channel())
    assert [each.folder for each in inbounds] == ["post"]
    assert cursor["counted"] == {"like": 2, "repost": 1, "follow": 1}
    assert fetched(box.channel(), cursor) == ([], cursor)


def test_a_quote_and_an_own_post_made_elsewhere_come_in(bluesky: Bluesky) -> None:
    box = new_skybox(bluesky)
    mine = box.ada.post("Made on the phone.")
    embed = {"$type": "app.bsky.embed.record", "record": mine}
    until(lambda: known(box, mine["uri"]), "it is not known")
    quote = box.others[0].post("She says so.", embed=embed)
    until(lambda: box.noticed(quote["uri"]), "it was not noticed")
    own, came = sorted(fetched(box.channel())[0], key=lambda each: each.mine is not True)
    assert (own.mine, own.folder, own.remote_id) == (True, "post", mine["uri"])
    assert (came.mine, came.folder, came.remote_id) == (False, "quote", quote["uri"])
    assert "[Quotes https://bsky.app/profile/" in BLUESKY.parse(came.raw).text


def test_a_post_that_is_dated_back_is_not_missed(bluesky: Bluesky) -> None:
    """Notices are in the order of the times that authors state."""
    box = new_skybox(bluesky)
    box.arrive(1)
    _, cursor = fetched(box.channel())
    late = box.others[0].mention(box.ada, "dated back", createdAt=ago(minutes=20))
    until(lambda: box.noticed(late["uri"]), "it was not noticed")
    inbounds, _ = fetched(box.channel(), cursor)
    assert [each.remote_id for each in inbounds] == [late["uri"]]


def ago(**span: float) -> str:
    return (datetime.now(UTC) - timedelta(**span)).isoformat(timespec="milliseconds")


def test_the_server_counts_characters_as_we_do(box: Skybox) -> None:
    """What we call 300 is taken, what we call 301 is not; by the server's own count."""
    for piece in ("a", "e\u0301", "नम", "한", "🇩🇪", "👍🏽"):
        whole = (piece * 300)[: 300 * len(piece)]
        while graphemes.count(whole) > 300:
            whole = whole[: -len(piece)]
        assert BLUESKY.length(whole) == 300
        box.channel().send(post(whole, initials=""))
        with pytest.raises(Permanent, match="maximum 300, got 301"):
            box.channel().send(post(whole + "a", initials=""))
