"""Text as WordPress keeps and shows it, and back again. Pure; standard library only.

WordPress changes what it shows: quotes are curled, dashes and dots joined, smileys and addresses
replaced, `Wordpress` corrected (its filters `wptexturize`, `convert_smilies`, `make_clickable`,
`capital_P_dangit`, `wpautop`). A signed text must come out as it went in, so each character on which
one of them would act is written as its number.
"""

from __future__ import annotations

import re
from html import escape
from html.parser import HTMLParser

LONGEST = 2_000_000
"""Characters of markup that are read; the rest is cut."""

_LINE_ENDS = re.compile(r"\r\n?|[\u2028\u2029\x85]")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff]")
_SPACES = re.compile(r"[ \t\xa0]+")
_GAP = re.compile(r"\n{3,}")
_LINK = r"https?://[^\s<>\"'\[\]`]+[^\s<>\"'\[\]`.,;:!?)]"
_TOUCHY = (
    r"[&<>\"'`\[\]]"  # markup, quotes, shortcodes
    r"|-(?=-)|(?<=-)-|(?<!\S)-(?!\S)|\.(?=\.)|(?<=\.)\."  # dashes, ellipsis
    r"|(?<=\d)x(?=\d)|\((?=tm\))"  # 3x4, (tm)
    r"|(?<![^\s])[:;8=|](?=\S)"  # smileys
    r"|(?<=www)\.|(?<=ftp)\.|(?<=:)/(?=/)"  # what becomes a link
    r"|W(?=ordpress)"
)
_IN_LINK = re.compile(_TOUCHY, re.IGNORECASE)
_TOKEN = re.compile(f"(?P<link>{_LINK})|{_TOUCHY}", re.IGNORECASE)
_PARAGRAPHS = {
    "p",
    "div",
    "blockquote",
    "ul",
    "ol",
    "li",
    "pre",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
}
_UNSEEN = {"script", "style", "template"}


def tidy(text: str) -> str:
    """The text as HTML can hold it: single spaces, no blanks at the ends of lines, one empty line
    at most, no control characters.
    """
    text = _CONTROL.sub("", _LINE_ENDS.sub("\n", text))
    lines = (_SPACES.sub(" ", line).strip(" ") for line in text.split("\n"))
    return _GAP.sub("\n\n", "\n".join(lines)).strip("\n")


def to_markup(text: str) -> str:
    """A tidy text as the content of a comment or a post, links made; `from_markup` of what
    WordPress shows for it is the text again.
    """
    return _TOKEN.sub(lambda found: _link(found[0]) if found["link"] else _number(found), text)


def title_markup(text: str) -> str:
    """The same for a title, in which no links are made."""
    return _IN_LINK.sub(_number, text)


def _link(address: str) -> str:
    return f'<a href="{escape(address)}">{_IN_LINK.sub(_number, address)}</a>'


def _number(found: re.Match[str]) -> str:
    return f"&#{ord(found[0])};"


def from_markup(html: str) -> str:
    """The tidy text that a reader sees; of links their words only. Never raises."""
    reader = _Reader()
    try:
        reader.feed(html[:LONGEST])
        reader.close()
    except (AssertionError, ValueError):
        return tidy("".join(reader.parts))  # Python's parser gives up on some broken declarations
    return tidy("".join(reader.parts))


class _Reader(HTMLParser):
    """Paragraphs as empty lines, breaks as line ends; other white space is one space."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self._unseen += 1
        elif tag == "br":
            self.parts.append("\n")
        elif tag in _PARAGRAPHS:
            self.parts.append("\n\n")
        elif tag == "img":
            self.parts.append(dict(attrs).get("alt") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen = max(0, self._unseen - 1)
        elif tag in _PARAGRAPHS:
            self.parts.append("\n\n")

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.parts.append(re.sub(r"[ \t\r\n\f]+", " ", data))
