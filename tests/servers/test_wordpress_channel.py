"""The channel keeps the contract on a real WordPress, and what it says there can be checked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from firsthand.channels.dialect import Mark
from firsthand.channels.wordpress.dialect import WORDPRESS
from firsthand.core.envelope import Attachment, Outbound, Parent, Sealed
from firsthand.core.errors import Permanent
from firsthand.core.text import canonical
from firsthand.verifier.fetch import get
from tests.channels.contract import ChannelContract, fetched, outbound
from tests.servers.blog import Blog
from tests.servers.wordpress import WordPress

pytestmark = pytest.mark.servers

FILE = Attachment("a", "text/plain", b"x")
HOSTILE = """It's "quoted" -- and 'so' --- on... 3x4 (tm) and (c) 'tis the '90s 5'4"
<b>bold</b> <script>alert(1)</script> & &amp; &lt; &#60; <!-- c --> <!--more-->
:) ;-) 8-) :cool: :D =) (: :/ Wordpress and wordpress [gallery id="1"] [[x]] `code` ``x''
https://x.example/a_(b)?q=1&r=a--b#c. www.x.example me@x.example ftp://x.example/y
@stella #tag *stars* _under_ ~~gone~~ > quote

שלום עולם, مرحبا، 你好 👩‍👩‍👧 é e\u0301 — “curled” ‘single’ … \u200f(rtl)

- one
- two   spaced    out
1. first
https://alone.example/on-its-own-line

\u00a0 nbsp\ttab
\\ backslash \\n % %s {{ x }} $1 ' """


@pytest.fixture
def far(wordpress: WordPress) -> Iterator[Blog]:
    blog = Blog(wordpress)
    yield blog
    blog.close()


class TestWordPress(ChannelContract):
    many = 130


def lookup(address: str) -> Sealed:
    found = WORDPRESS.lookup(
        address, lambda url, accept: get(url, accept=accept, loopback=True) or b""
    )
    assert found is not None
    return found


def marked(far: Blog, text: str, subject: str = "") -> Outbound:
    """A post or, once it has a parent, an answer with a byline as the office makes it."""
    message = far.addressed(outbound(far, far.nobody, text="x"))
    mark = Mark('Written by Ada\'s "helper" Hal -- approved by Ada.', "^HB", message.link)
    return replace(message, to=(), subject=subject, text=WORDPRESS.final(text, mark))


@pytest.mark.parametrize("role", ["administrator", "editor"])
def test_what_strangers_read_is_what_was_signed(far: Blog, role: str) -> None:
    """Also where WordPress takes tags out (an editor of a blog among several, `DISALLOW_UNFILTERED_HTML`)."""
    asked = far.server.comment(far.post, "How tall?")
    far.server.php("(new WP_User(1))->set_role($given['role']); return 1;", role=role)
    try:
        answer = replace(marked(far, HOSTILE), parent=far.parent(asked))
        post = marked(far, HOSTILE, subject='It\'s "here" -- 3x4 <b> & Wordpress... [x]')
        sent = [(each, far.channel().send(each)) for each in (answer, post)]
    finally:
        far.server.php("(new WP_User(1))->set_role('administrator'); return 1;")
    for message, receipt in sent:
        seen = lookup(receipt.url)
        assert canonical(seen.text) == canonical(message.text)
        assert seen.link == message.link
        assert seen.author == far.author.address
        assert (seen.subject, seen.in_reply_to) == (
            message.subject, message.parent.message_id if message.parent else "",
        )  # fmt: skip
        filed = WORDPRESS.parse(receipt.raw)
        assert filed.sender.address == far.author.address
        assert filed.message_id == seen.message_id


def test_an_answer_stands_under_the_comment_and_comes_back_as_our_own(far: Blog) -> None:
    asked = far.server.comment(far.post, "How tall?", url="https://stella.example/")
    receipt = far.channel().send(replace(marked(far, "Tall."), parent=far.parent(asked)))
    question, answer = far.server.comments(far.post)
    assert (answer["parent"], answer["author"]) == (question["id"], 1)
    came, ours = fetched(far.channel())[0]
    assert (came.mine, came.folder, ours.mine) == (False, "comment", True)
    assert ours.remote_id == receipt.remote_id
    assert WORDPRESS.parse(came.raw).sender.address == "stella@x.example"
    assert WORDPRESS.parse(ours.raw).in_reply_to == (WORDPRESS.parse(came.raw).message_id,)
    assert far.server.web.get(
        WORDPRESS.parse(ours.raw).message_id, follow_redirects=True
    ).is_success


def test_a_repeated_attempt_is_found_and_adds_nothing(far: Blog) -> None:
    asked = far.server.comment(far.post, "How tall?")
    for message in (
        replace(marked(far, "Tall."), parent=far.parent(asked)),
        marked(far, "A post.", "Tall"),
    ):
        assert far.channel().find(message) is None
        first = far.channel().send(message)
        found = far.channel().find(message)
        assert found is not None
        assert (found.remote_id, found.url) == (first.remote_id, first.url)
    assert len(far.server.comments(far.post)) == 2


def test_a_draft_that_an_attempt_left_behind_is_what_gets_published(far: Blog) -> None:
    message = marked(far, "A post.", "Tall")
    channel = far.channel()
    first = channel.send(message)
    number = first.remote_id.partition("/")[2]
    far.server.rest("POST", f"/posts/{number}", json={"status": "draft"})
    assert channel.find(message) is None
    assert channel.send(message).remote_id == first.remote_id
    assert len(far.server.rest("GET", "/posts", params={"search": "A post"})) == 1


def test_a_change_is_a_revision_there(far: Blog) -> None:
    post = marked(far, "A psot.", "Tall")
    first = far.channel().send(post)
    changed = replace(marked(far, "A post.", "Taller"), replaces=first.remote_id)
    assert far.channel().find(changed) is None
    for _ in range(2):
        assert far.channel().send(changed).remote_id == first.remote_id
    found = far.channel().find(changed)
    assert found is not None
    seen = lookup(first.url)
    assert (canonical(seen.text), seen.subject) == (canonical(changed.text), "Taller")
    number = first.remote_id.partition("/")[2]
    assert far.server.rest("GET", f"/posts/{number}/revisions")
    asked = far.server.comment(far.post, "How tall?")
    answer = replace(marked(far, "Tal."), parent=far.parent(asked))
    said = far.channel().send(answer)
    better = replace(marked(far, "Tall."), replaces=said.remote_id, parent=answer.parent)
    far.channel().send(better)
    assert canonical(lookup(said.url).text) == canonical(better.text)


def test_held_and_changed_comments_come_and_spam_does_not(far: Blog) -> None:
    number = far.server.comment(far.post, "First words")
    _, cursor = fetched(far.channel())
    held = far.server.comment(far.post, "Waiting", name="Tom", email="tom@x.example")
    far.server.rest("POST", f"/comments/{held}", json={"status": "hold"})
    spam = far.server.comment(far.post, "Buy", name="Sam", email="sam@x.example")
    far.server.rest("POST", f"/comments/{spam}", json={"status": "spam"})
    far.server.rest("POST", f"/comments/{number}", json={"content": "Second words"})
    (waiting, changed), cursor = fetched(far.channel(), cursor)
    assert (waiting.remote_id, waiting.folder) == (f"comments/{held}", "held")
    assert changed.remote_id.startswith(f"comments/{number}/")
    parsed = WORDPRESS.parse(changed.raw)
    assert parsed.text.strip() == "Second words"
    assert parsed.in_reply_to == (f"{far.home}/?p={far.post}#comment-{number}",)
    assert parsed.problems
    assert fetched(far.channel(), cursor)[0] == []
    far.server.rest("POST", f"/comments/{spam}", json={"status": "approved"})
    (back,), cursor = fetched(far.channel(), cursor)
    assert back.remote_id == f"comments/{spam}"
    assert fetched(far.channel(), cursor)[0] == []


def test_comments_that_were_deleted_hide_no_new_ones(far: Blog) -> None:
    far.arrive(120)
    _, cursor = fetched(far.channel())
    far.server.php('global $wpdb; return $wpdb->query("DELETE FROM $wpdb->comments LIMIT 115");')
    later = far.arrive(2)
    inbounds, cursor = fetched(far.channel(), cursor)
    assert [each.raw for each in inbounds] == later
    assert fetched(far.channel(), cursor)[0] == []


def test_categories_are_the_accounts(far: Blog) -> None:
    number = far.server.php("return wp_insert_term('Trees & “leaves”', 'category')['term_id'];")
    name = far.server.rest("GET", f"/categories/{number}")["name"]
    receipt = far.channel(category=name).send(marked(far, "A post.", "Tall"))
    post = far.server.rest("GET", f"/posts/{receipt.remote_id.partition('/')[2]}")
    assert post["categories"] == [number]
    with pytest.raises(Permanent, match="no category “Birds”"):
        far.channel(category="Birds").probe()


def test_what_it_is_told_when_it_is_refused(far: Blog) -> None:
    with pytest.raises(Permanent, match="401"):
        far.channel("wrong").probe()
    with pytest.raises(Permanent, match="no title"):
        far.channel().send(replace(marked(far, "x", "Title"), parent=far.parent(1)))
    with pytest.raises(Permanent, match="Files"):
        far.channel().send(replace(marked(far, "x"), attachments=(FILE,)))
    nowhere = Parent("comments/1", f"{far.home}/?p=999999#comment-1", "comment")
    with pytest.raises(Permanent, match="answered 4"):
        far.channel().send(replace(marked(far, "x"), parent=nowhere))
    far.server.php("(new WP_User(1))->set_role('author'); return 1;")
    try:
        with pytest.raises(Permanent, match="role of an editor"):
            far.channel().probe()
    finally:
        far.server.php("(new WP_User(1))->set_role('administrator'); return 1;")


def test_the_time_is_the_servers(far: Blog) -> None:
    far.server.comment(far.post, "Now")
    (came,), _ = fetched(far.channel())
    assert came.received_at is not None
    assert abs(came.received_at - datetime.now(UTC)) < timedelta(minutes=2)
    assert json.loads(came.raw)["comment"]["status"] == "approved"
