"""A post's source as HTML: CommonMark without raw HTML and without pictures, then cleaned once more.

Nothing in it runs, and nothing is loaded from elsewhere (invariant 9).
"""

from __future__ import annotations

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

_TAGS = frozenset("p br hr h2 h3 h4 h5 h6 em strong code pre blockquote ul ol li a".split())
_READER = MarkdownIt("commonmark", {"html": False}).disable("image")


def html(source: str) -> SafeString:
    """The source as a fragment of a page; its headings begin below the page's own."""
    tokens = _READER.parse(source)
    level = 1
    for token in tokens:
        if token.type == "heading_open":  # no level is left out, whatever the writer did
            level = min(int(token.tag[1]) + 1, level + 1, 6)
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{level}"
    rendered = _READER.renderer.render(tokens, _READER.options, {})
    cleaned = nh3.clean(
        rendered,
        tags=set(_TAGS),
        attributes={"a": {"href", "title"}, "ol": {"start"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer",
    )
    return mark_safe(cleaned)
