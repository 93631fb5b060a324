"""Who takes word of a link, found in every way that the Recommendation names; and what strangers gain."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from firsthand.channels.mentions.asking import endpoint_of, look, tell
from firsthand.core.errors import Permanent, Temporary, Uncertain
from tests.channels.pages_server import Pages, serving

SOURCE = "https://ada.example/p/on-letters"
MORE = "<link rel=webmention href=/later>"


@pytest.fixture
def pages() -> Iterator[Pages]:
    with serving() as server:
        yield server


def found(pages: Pages, body: str, *links: str) -> str:
    address = pages.put("/post/1?x=1", body, *(("Link", each) for each in links))
    return endpoint_of(address, loopback=True).removeprefix(pages.base)


# The 23 ways of https://webmention.rocks, by the number there.
@pytest.mark.parametrize(
    ("body", "links", "endpoint"),
    [
        (MORE, ["</w>; rel=webmention"], "/w"),  # 1
        (MORE, ["<{base}/w>; rel=webmention"], "/w"),  # 2
        ("<link rel=webmention href=w>", [], "/post/w"),  # 3
        ('<link rel="webmention" href="{base}/w">', [], "/w"),  # 4
        ("<a rel=webmention href=/w>", [], "/w"),  # 5
        ('<a rel="webmention" href="{base}/w">', [], "/w"),  # 6
        ("", ["</w>; REL=WebMention"], "/w"),  # 7
        ("", ['</w>; rel="webmention"'], "/w"),  # 8
        ('<link rel="webmention somethingelse" href=/w>', [], "/w"),  # 9
        ("", ['</w>; rel="somethingelse webmention"'], "/w"),  # 10
        ("<link rel=webmention href=/b><a rel=webmention href=/c>", ["</w>; rel=webmention"], "/w"),
        ('<link rel="not-webmention" href=/n><a rel=webmention href=/w>', [], "/w"),  # 12
        ("<!-- <a rel=webmention href=/n> --><a rel=webmention href=/w>", [], "/w"),  # 13
        ("<p>&lt;a rel=webmention href=/n&gt;<a rel=webmention href=/w>", [], "/w"),  # 14
        ("<link rel=webmention href=''>", [], "/post/1?x=1"),  # 15
        ("<a rel=webmention href=/w><link rel=webmention href=/n>", [], "/w"),  # 16
        ("<link rel=webmention href=/w><a rel=webmention href=/n>", [], "/w"),  # 17
        ("", ["</n>; rel=other", "</w>; rel=webmention"], "/w"),  # 18
        ("", ["</n>; rel=other, </w>; rel=webmention"], "/w"),  # 19
        ("<link rel=webmention><a rel=webmention href=/w>", [], "/w"),  # 20
        ("<link rel=webmention href='/w?q=1&amp;r=2'>", [], "/w?q=1&r=2"),  # 21
        ("<a rel=webmention href=1/w>", [], "/post/1/w"),  # 22
        ("<p>nothing</p>", [], ""),
        ("", ['</n>; title="a, <b>; rel=webmention"'], ""),
        ("", ['</n>; title="; rel=webmention"; rel=other', "<javascript:x>; rel=webmention"], ""),
        ("<link rel=webmention href='javascript:alert(1)'>", [], ""),
    ],
)
def test_the_endpoint_is_the_first_one_named(
    pages: Pages, body: str, links: list[str], endpoint: str
) -> None:
    written = [each.format(base=pages.base) for each in links]
    assert found(pages, body.replace("{base}", pages.base), *written) == endpoint


def test_a_redirect_is_followed_and_the_endpoint_is_relative_to_its_end(pages: Pages) -> None:
    pages.put("/from", "", ("Location", "/far/there"), status=302)  # 23
    pages.put("/far/there", "<a rel=webmention href=w>")
    assert endpoint_of(f"{pages.base}/from", loopback=True) == f"{pages.base}/far/w"


def test_what_is_told_is_a_form_with_two_addresses(pages: Pages) -> None:
    told = tell(f"{pages.base}/w?q=1", SOURCE, f"{pages.base}/post", loopback=True)
    assert "took it (202)" in told
    assert pages.told == [("/w?q=1", {"source": [SOURCE], "target": [f"{pages.base}/post"]})]


@pytest.mark.parametrize(
    ("status", "error"),
    [(500, Temporary), (503, Temporary), (429, Temporary), (400, Permanent), (302, Permanent),
     (404, Permanent), (0, Uncertain)],
)  # fmt: skip
def test_an_answer_says_whether_it_may_be_told_again(
    pages: Pages, status: int, error: type[Exception]
) -> None:
    pages.answers = [status]
    with pytest.raises(error):
        tell(f"{pages.base}/w", SOURCE, pages.base, loopback=True)
    assert len(pages.told) == 1


def test_nobody_has_a_private_network_asked_or_told(pages: Pages) -> None:
    pages.put("/page", f'<a href="{SOURCE}">')
    with pytest.raises(Permanent, match="private network"):
        look(f"{pages.base}/page", SOURCE)
    with pytest.raises(Permanent, match="private network"):
        endpoint_of(f"{pages.base}/page")
    with pytest.raises(Permanent, match="private network"):
        tell(f"{pages.base}/w", SOURCE, pages.base)
    with pytest.raises(Permanent, match="private network"):
        tell("http://169.254.169.254/latest", SOURCE, pages.base, loopback=True)
    assert (pages.asked, pages.told) == ([], [])


def test_what_a_page_is_worth_follows_from_its_answer(pages: Pages) -> None:
    def looked(path: str) -> str:
        return look(f"{pages.base}{path}", SOURCE, loopback=True).why

    pages.put("/page", f'<a href="{SOURCE}">')
    assert looked("/page") == ""
    pages.put("/page", "<p>nothing")
    assert "does not link" in looked("/page")
    assert "gone (404)" in looked("/nowhere")
    pages.put("/page", "", status=410)
    assert "gone (410)" in looked("/page")
    for status, error in ((500, Temporary), (403, Permanent)):
        pages.put("/page", "", status=status)
        with pytest.raises(error):
            looked("/page")
    pages.put("/page", b"x" * 3_000_000)
    with pytest.raises(Permanent, match="more than"):
        looked("/page")
