"""Posts of the fediverse, read and written: the text that is signed is the text that is shown."""

from __future__ import annotations

import html
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firsthand.channels.base import dialect_of
from firsthand.channels.dialect import Mark
from firsthand.channels.mastodon import words
from firsthand.channels.mastodon.content import to_text
from firsthand.channels.mastodon.status import wrap
from firsthand.core.envelope import Automation, Sealed
from firsthand.core.errors import Misuse
from firsthand.core.text import canonical

MASTODON = dialect_of("mastodon")
LINK = "https://ada.example/b/k3-7#zSalt_x-y"
MARK = Mark("Sent by Hal B. for Ada Ferrer.", "^HB", LINK, to=("stan@away.example",))


def shown_by_mastodon(text: str, mentions: dict[str, str]) -> str:
    """The HTML that Mastodon makes of a text: paragraphs, cut links, mentions without their server."""
    said = html.escape(text, quote=True)
    for handle, url in mentions.items():
        name = handle.partition("@")[0]
        anchor = f'<a href="{url}" class="u-url mention">@<span>{name}</span></a>'
        said = said.replace(f"@{handle}", f'<span class="h-card" translate="no">{anchor}</span>')
    shown, hidden = LINK[8:30], LINK[30:]
    cut = (
        f'<a href="{LINK}" rel="nofollow"><span class="invisible">https://</span>'
        f'<span class="ellipsis">{shown}</span><span class="invisible">{hidden}</span></a>'
    )
    paragraphs = said.replace(LINK, cut).split("\n\n")
    return "".join(f"<p>{each.replace(chr(10), '<br />')}</p>" for each in paragraphs)


def status(content: str, **more: Any) -> dict[str, Any]:
    return {
        "id": "114",
        "uri": "https://away.example/users/stan/statuses/114",
        "url": "https://away.example/@stan/114",
        "created_at": "2026-11-22T09:00:00.000Z",
        "content": content,
        "visibility": "public",
        "account": {"id": "7", "acct": "Stan@Away.example", "display_name": "Stan"},
        "mentions": [{"acct": "ada", "url": "https://home.example/@ada"}],
        **more,
    }


def test_a_status_is_read_as_its_reader_sees_it() -> None:
    raw = wrap(
        status(
            '<p><a href="https://home.example/@ada" class="u-url mention">@<span>ada</span></a> one '
            '&amp; two<br />three</p><p><a class="mention hashtag" href="https://x">#<span>tag</span>'
            "</a></p>",
            spoiler_text="Long",
            language="en",
            media_attachments=[
                {"type": "image", "description": "A  cat", "url": "https://x/c.png"}
            ],
            poll={"options": [{"title": "yes"}, {"title": "no"}]},
        ),
        host="home.example",
        parent="https://home.example/users/ada/statuses/1",
    )
    parsed = MASTODON.parse(raw)
    assert parsed.text == (
        "@ada@home.example one & two\nthree\n\n#tag\n\n"
        "[image: A cat] https://x/c.png\n[poll: yes / no]"
    )
    assert (parsed.sender.address, parsed.sender.name) == ("stan@away.example", "Stan")
    assert [each.address for each in parsed.to] == ["ada@home.example"]
    assert parsed.message_id == "https://away.example/users/stan/statuses/114"
    assert parsed.in_reply_to == ("https://home.example/users/ada/statuses/1",)
    assert (parsed.subject, parsed.language) == ("Long", "en")
    assert parsed.date is not None and parsed.date.tzinfo


def test_a_machine_is_known_as_one() -> None:
    account = {"acct": "robot@away.example", "bot": True}
    assert MASTODON.parse(wrap(status("x", account=account), host="h")).automation is (
        Automation.NOTICE
    )


def test_a_change_hangs_under_what_it_changes() -> None:
    raw = wrap(status("new", edited_at="2026-11-22T10:00:00Z"), host="home.example", edit=True)
    parsed = MASTODON.parse(raw)
    assert parsed.in_reply_to == ("https://away.example/users/stan/statuses/114",)
    assert parsed.message_id not in parsed.in_reply_to
    assert parsed.problems == ("It was changed after it had come in.",)


ODD: list[bytes] = [
    b"", b"\xff", b"[]", b"{}", b'{"status":[]}', b'{"status":{"uri":1}}', b"[" * 100_000,
    json.dumps({"host": 1, "status": {"uri": "x", "content": 3, "account": [], "mentions": "no",
                                      "poll": 3, "media_attachments": [1], "created_at": 9}}).encode(),
]  # fmt: skip


@pytest.mark.parametrize("raw", ODD)
def test_any_bytes_give_a_usable_answer(raw: bytes) -> None:
    parsed = MASTODON.parse(raw)
    assert parsed.unreadable or parsed.message_id
    assert isinstance(MASTODON.received(raw), Sealed)


@given(st.binary(max_size=300))
def test_no_bytes_raise(raw: bytes) -> None:
    MASTODON.parse(raw)
    MASTODON.received(raw)
    to_text(raw.decode("utf-8", "replace"))


def test_what_leaves_names_whom_it_is_to_and_carries_initials_and_link() -> None:
    assert MASTODON.final("Gladly.", MARK) == f"@stan@away.example Gladly.\n\n^HB {LINK}"
    named = MASTODON.final("Dear @Stan@Away.example, gladly.", MARK)
    assert named == f"Dear @stan@away.example, gladly.\n\n^HB {LINK}"


def test_a_name_without_a_server_is_refused_with_what_to_write() -> None:
    with pytest.raises(Misuse, match="@tom names nobody") as refused:
        MASTODON.final("Ask @tom.", MARK)
    assert "@tom@server.example" in refused.value.hint
    for text in ("mail me@x.example", "https://x.example/@tom/1", "at 5 @ noon"):
        MASTODON.final(text, MARK)


TEXT = st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["C"]))
HOSTILE = (
    "Hé <b>x</b> & *star* _u_ `code` 1 < 2 > 0 &amp; &lt;\n> quote\n- item\n# head\n\n\n\n"
    "מה שלומך 😀👩‍👩‍👧 https://x.example/a?b=c&copy=2 #tag <3 a@mail.example @foo@bar.example,\n"
    "<script>alert(1)</script>   two  blanks\u00a0and more\t\n  indented"
)


@given(st.one_of(st.just(HOSTILE), TEXT))
def test_what_mastodon_shows_is_what_was_signed(text: str) -> None:
    try:
        final = MASTODON.final(text, MARK)
    except Misuse:
        return
    mentions = {"stan@away.example": "https://away.example/@stan"}
    raw = wrap(
        status(
            shown_by_mastodon(final, mentions),
            mentions=[{"acct": "stan@away.example", "url": "https://away.example/@stan"}],
            account={"acct": "ada"},
        ),
        host="home.example",
        parent="https://away.example/1",
    )
    found = MASTODON.received(raw)
    assert found.text == canonical(final)
    assert found.recipients == MASTODON.named(final, MARK.to)
    assert (found.author, found.in_reply_to) == ("ada@home.example", "https://away.example/1")
    assert (found.link, found.subject_id) == (LINK, LINK.partition("#")[0])


def test_a_link_that_leads_elsewhere_than_it_says_is_told() -> None:
    told = to_text('<p><a href="https://evil.example/">https://good.example/</a></p>')
    assert told == "https://good.example/ (https://evil.example/)"
    assert to_text('<a class="mention" href="https://evil.example/@x">@stan@away.example</a>') == (
        "@stan@away.example (https://evil.example/@x)"
    )


def test_length_counts_as_mastodon_does() -> None:
    assert words.length("abc") == 3
    assert words.length("https://x.example/" + "y" * 400) == 23
    assert words.length("@stan@away.example hi") == len("@stan hi")
    assert words.length("e\u0301") == 1
    assert MASTODON.longest({}) == 500
    assert MASTODON.longest({"longest": "5000"}) == 5000


@pytest.mark.parametrize(
    "typed", ["Stan@Away.example", "@stan@away.example", "acct:stan@away.example"]
)
def test_a_handle_has_one_form(typed: str) -> None:
    assert MASTODON.address(typed) == "stan@away.example"


@pytest.mark.parametrize("typed", ["stan", "@stan", "a b@c", "", "stan@", "<x@y>"])
def test_what_is_no_handle_is_refused(typed: str) -> None:
    with pytest.raises(Misuse):
        MASTODON.address(typed)


def test_an_erased_post_leaves_a_stone_that_is_read() -> None:
    stone = MASTODON.stone(
        message_id="https://h/1",
        author="ada@home.example",
        in_reply_to="https://h/0",
        text="<Erased>",
    )
    parsed = MASTODON.parse(stone)
    assert (parsed.text, parsed.sender.address) == ("<Erased>", "ada@home.example")
    assert parsed.in_reply_to == ("https://h/0",)


# --- what a stranger looks up ---------------------------------------------------------------------

POST = "https://home.example/users/ada/statuses/1"
ACTOR = "https://home.example/users/ada"


def world(**changes: Any) -> dict[str, Any]:
    final = MASTODON.final("Gladly.", MARK)
    note = {
        "type": "Note",
        "id": POST,
        "attributedTo": ACTOR,
        "inReplyTo": "https://away.example/1",
        "content": shown_by_mastodon(final, {"stan@away.example": "https://away.example/@stan"}),
        "tag": [
            {
                "type": "Mention",
                "href": "https://away.example/users/stan",
                "name": "@stan@away.example",
            }
        ],
        **changes,
    }
    finger = "https://home.example/.well-known/webfinger?resource=acct:ada@home.example"
    return {
        POST: note,
        ACTOR: {"type": "Person", "id": ACTOR, "preferredUsername": "ada"},
        finger: {
            "subject": "acct:ada@home.example",
            "links": [{"rel": "self", "href": ACTOR}],
        },
    }


def look(pages: dict[str, Any], address: str = POST) -> Sealed | None:
    def get(url: str, accept: str) -> bytes:
        return json.dumps(pages[url]).encode() if url in pages else b""

    return MASTODON.lookup(address, get)


def test_a_post_is_looked_up_at_its_own_server() -> None:
    found = look(world())
    assert found is not None
    assert found.text == canonical(MASTODON.final("Gladly.", MARK))
    assert (found.author, found.link) == ("ada@home.example", LINK)
    assert found.recipients == ("stan@away.example",)


def test_nobody_speaks_for_people_of_another_server() -> None:
    for stolen in (
        {"attributedTo": "https://other.example/users/ada"},
        {"id": "https://o.example/"},
    ):
        assert look(world(**stolen)) is None
    assert look({}, "https://nothing.example/") is None
    assert look(world(), "at://x/y") is None


def test_a_handle_of_another_domain_counts_only_where_that_one_agrees() -> None:
    pages = world()
    finger = "https://home.example/.well-known/webfinger?resource=acct:ada@home.example"
    pages[finger] = {"subject": "acct:ada@ada.example", "links": [{"rel": "self", "href": ACTOR}]}
    claimed = look(pages)
    assert claimed is not None and claimed.author == "ada@home.example"
    other = "https://ada.example/.well-known/webfinger?resource=acct:ada@ada.example"
    pages[other] = pages[finger]
    agreed = look(pages)
    assert agreed is not None and agreed.author == "ada@ada.example"


def test_a_warning_put_before_it_is_no_part_of_what_was_signed() -> None:
    found = look(world(summary="Not what she said"))
    assert found is not None and found.subject == "Not what she said"


@given(TEXT)
def test_for_servers_that_read_markup_nothing_is_any(text: str) -> None:
    plain = words.unmarked(words.tidy(text))
    assert "<" not in plain.replace("&#", "")
    assert html.unescape(plain) == words.tidy(text) or "http" in text
