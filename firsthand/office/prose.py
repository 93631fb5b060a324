"""A post's source as a reader's program sees it: CommonMark without raw HTML and without pictures."""

from __future__ import annotations

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

_TAGS = frozenset("p br hr h2 h3 h4 h5 h6 em strong code pre blockquote ul ol li a".split())
_READER = MarkdownIt("commonmark", {"html": False}).disable("image")
_SCHEMES = {"http", "https", "mailto"}


def html(source: str) -> str:
    """The source as a fragment of a page; its headings begin below the page's own.

    Nothing in it runs, and nothing is loaded from elsewhere (invariant 9).
    """
    tokens = _READER.parse(source)
    level = 1
    for token in tokens:
        if token.type == "heading_open":  # no level is left out, whatever the writer did
            level = min(int(token.tag[1]) + 1, level + 1, 6)
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{level}"
    return nh3.clean(
        _READER.renderer.render(tokens, _READER.options, {}),
        tags=set(_TAGS),
        attributes={"a": {"href", "title"}, "ol": {"start"}},
        url_schemes=_SCHEMES,
        link_rel="noopener noreferrer",
    )


def first_line(source: str) -> str:
    """The words of its first block that has any, as a reader sees them, on one line."""
    for token in _READER.parse(source):
        words = "".join(_words(child) for child in token.children or ())
        if token.type in {"fence", "code_block"}:
            words = token.content
        if line := " ".join(words.split()):
            return line
    return ""


def _words(token: Token) -> str:
    return " " if token.type in {"softbreak", "hardbreak"} else token.content


def links(source: str) -> tuple[str, ...]:
    """The web addresses that a reader of the page can follow, once each, in order."""
    inner = (child for token in _READER.parse(source) for child in token.children or ())
    found = (str(each.attrGet("href") or "") for each in inner if each.type == "link_open")
    return tuple(dict.fromkeys(each for each in found if each.startswith(("https://", "http://"))))
