"""Foreign HTML: as plain text to work with, and sanitized to show (ARCHITECTURE.md, invariant 9).

Both start from nh3's output, never from the bytes themselves, and both are bounded: a mail of
60 kB can otherwise cost gigabytes (formatting elements that every paragraph opens anew) or
minutes (deep nesting). Nothing here loads anything or raises.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import unescape

import nh3

from firsthand.channels.html_text import Lines

MAX_HTML = 500_000
MAX_TAGS = 20_000
MAX_REOPENED = 300_000

_LONG_DATA = re.compile(r"data:[\w/+.;=-]{0,100},[A-Za-z0-9+/=%\s]{5000,}")
_TAG_START = re.compile(r"<[a-zA-Z]")
_FORMATTING = re.compile(
    r"</?(?:b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u)(?=[\s/>])[^>]*>?", re.IGNORECASE
)
_UNUSABLE = re.compile("[\x00\ud800-\udfff]")

_BLOCKS = (
    "address article aside blockquote body caption center dd details div dl dt figcaption figure "
    "footer h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section summary table tbody td tfoot "
    "th thead tr ul"
)
_INLINE = (
    "a abbr acronym b bdi bdo big br cite code col colgroup data del dfn em font i img ins kbd "
    "mark q s samp small span strike strong sub sup time tt u var wbr"
)
_TAGS = set(f"{_BLOCKS} {_INLINE}".split()) - {"body"}
# Everything whose text is no text. What is in neither set loses its tags and keeps its words.
_DROPPED = set(
    "script style title head template svg math iframe object embed applet noscript noembed "
    "noframes select option textarea button audio video canvas map frameset xmp plaintext".split()
)
_ATTRIBUTES: dict[str, set[str]] = {
    "*": {"style", "title", "dir", "lang", "align", "valign", "width", "height", "bgcolor"},
    "a": {"href"},
    "img": {"src", "alt", "border", "hspace", "vspace", "srcset", "lowsrc", "dynsrc"},
    "font": {"color", "size", "face"},
    "table": {"border", "cellpadding", "cellspacing", "background", "summary"},
    "td": {"colspan", "rowspan", "background", "nowrap"},
    "th": {"colspan", "rowspan", "background", "nowrap", "scope"},
    "tr": {"background"},
    "ol": {"start", "type", "reversed"},
    "ul": {"type"},
    "li": {"value"},
    "col": {"span"},
    "colgroup": {"span"},
    "time": {"datetime"},
}
_TEXT_ATTRIBUTES = {"*": {"style", "hidden"}, "a": {"href"}, "img": {"alt"}, "ol": {"start"}}
_LOADS = {"background", "srcset", "lowsrc", "dynsrc"}  # read only to be counted, never kept
_LINK = re.compile(r"(?:https?://|mailto:|tel:)[^\s\x00-\x20]+", re.IGNORECASE)
_REMOTE = re.compile(r"\s*(?:(?:https?|ftp):|//|\\\\)", re.IGNORECASE)
_DATA_IMAGE = re.compile(r"data:image/(?:png|jpe?g|gif|webp|bmp);base64,[A-Za-z0-9+/=\s]*")
_STYLES = set(
    "color background-color font font-family font-size font-style font-weight font-variant "
    "line-height letter-spacing text-align text-decoration text-indent text-transform white-space "
    "word-break overflow-wrap word-wrap vertical-align padding padding-top padding-right "
    "padding-bottom padding-left margin margin-top margin-right margin-bottom margin-left border "
    "border-top border-right border-bottom border-left border-color border-style border-width "
    "border-collapse border-spacing border-radius width max-width min-width height max-height "
    "list-style-type display float clear direction".split()
)
_STYLE_VALUE = re.compile(r"(?:[#\w\s.,%'\"!+*/-]|\b(?:rgba?|hsla?|calc)\([\w\s.,%+*/-]*\))*")
_STYLE_SHEET = re.compile(r"<style[^>]*>([^<]*)", re.IGNORECASE)
_CSS_LOAD = re.compile(r"url\s*\(|image-set|@import", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SafeHtml:
    """HTML that runs nothing and loads nothing; `blocked_remote`: how many loads were cut out."""

    html: str
    blocked_remote: int = 0


def to_text(html: str) -> str:
    """The words a reader would see: blocks as lines, links as `text (url)`, quotes as "> "."""
    clean = nh3.clean(
        bounded(html),
        tags=_TAGS,
        clean_content_tags=_DROPPED,
        attributes=_TEXT_ATTRIBUTES,
        url_schemes={"http", "https", "mailto"},
        link_rel=None,
    )
    return Lines().read(clean)


def to_safe(html: str, *, images: Mapping[str, str] | None = None) -> SafeHtml:
    """Sanitized HTML for a sandboxed frame. `images` maps content ids to `data:image/...` URIs."""
    known = images or {}
    blocked = 0

    def keep(tag: str, name: str, value: str) -> str | None:
        nonlocal blocked
        if name in _LOADS or (name == "src" and _REMOTE.match(value)):
            blocked += name == "srcset" or _REMOTE.match(value) is not None
            return None
        if name == "src":
            return _image(value, known)
        if name == "href":
            return value.strip() if _LINK.fullmatch(value.strip()) else None
        if name == "style":
            blocked += len(_CSS_LOAD.findall(_unescaped_css(value)))
            return _style(value)
        return value

    source = bounded(html)
    blocked += len(_CSS_LOAD.findall(" ".join(_STYLE_SHEET.findall(source))))
    clean = nh3.clean(
        source,
        tags=_TAGS,
        clean_content_tags=_DROPPED,
        attributes=_ATTRIBUTES,
        attribute_filter=keep,
        url_schemes={"http", "https", "ftp", "mailto", "tel", "cid", "data"},
        url_relative=_count_only,
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )
    return SafeHtml(clean, blocked)


def _count_only(url: str) -> str | None:
    """Relative addresses mean nothing in a mail; those without a scheme go on to be counted."""
    return url if _REMOTE.match(url) else None


def _image(value: str, known: Mapping[str, str]) -> str | None:
    value = value.strip()
    if value[:4].lower() == "cid:":
        key = value[4:].strip("<>")
        value = known.get(key, "") or known.get(unescape(key), "")
    return value if _DATA_IMAGE.fullmatch(value) else None


def _style(value: str) -> str | None:
    """The harmless declarations of a style attribute: known properties with plain values."""
    kept = []
    for declaration in _unescaped_css(value).split(";"):
        name, colon, stated = declaration.partition(":")
        name, stated = name.strip().lower(), stated.strip()
        if colon and name in _STYLES and len(stated) < 300 and _STYLE_VALUE.fullmatch(stated):
            kept.append(f"{name}:{stated}")
    return ";".join(kept) or None


def _unescaped_css(value: str) -> str:
    r"""A value without comments; one with backslashes (`u\72l(`) may hide anything: only counted."""
    if "\\" in value:
        plain = re.sub(
            r"\\([0-9a-fA-F]{1,6})\s?", lambda code: chr(min(int(code[1], 16), 0xFFFF)), value
        )
        return plain if _CSS_LOAD.search(plain) else ""
    return re.sub(r"/\*.*?(?:\*/|$)", " ", value, flags=re.DOTALL)


def bounded(html: str) -> str:
    """Input that the parser can read in bounded time and space; the rest is cut."""
    html = _UNUSABLE.sub("\ufffd", html)
    if len(html) > MAX_HTML:
        html = _LONG_DATA.sub("", html)[:MAX_HTML]
    starts = [found.start() for found in _TAG_START.finditer(html)]
    if len(starts) > MAX_TAGS:
        html = html[: starts[MAX_TAGS]]
    formatting = _FORMATTING.findall(html)
    # Each unclosed formatting tag is opened anew in every block, three times at most if alike.
    if 3 * len(set(formatting)) * min(len(starts), MAX_TAGS) > MAX_REOPENED:
        html = _FORMATTING.sub("", html)
    return html
