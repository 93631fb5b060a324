"""Well-formed HTML (a sanitizer's output) laid out as plain text. Pure; linear in time.

Use `html.to_text`, which sanitizes first: this reads tags with a pattern, which is right only for
balanced, escaped output.
"""

from __future__ import annotations

import re
from html import unescape

_TOKEN = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)((?:[^>\"]|\"[^\"]*\")*)>|([^<]+)")
_ATTRIBUTE = re.compile(r'\s([a-zA-Z-]+)="([^"]*)"')
_VOID = {"br", "hr", "img", "wbr", "col"}
_PARAGRAPHS = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "blockquote", "pre", "dl"}
_BLOCKS = _PARAGRAPHS | set(
    "address article aside caption center dd details div dt figcaption figure footer header li "
    "main nav section summary table tbody tfoot thead tr".split()
)
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all|"
    r"(?:font-size|max-height|opacity|line-height|max-width)\s*:\s*0*\.?0+(?:px|pt|em|%)?\s*(?:;|!|$)",
    re.IGNORECASE,
)
_SPACE = re.compile(r"[ \t\r\n\f\u00a0\u2000-\u200a\u3000]+")
# What preheaders are padded with, so that the list of mails shows nothing after them.
_PADDING = re.compile(r"(?:[\u200c\u200d\u00a0\u2007\u034f\u00ad\u200b\ufeff ]{2,}(?:&nbsp;)?){3,}")
_INVISIBLE = re.compile("[\u200b\u034f\u00ad\ufeff\u2060]")
_MAX_QUOTES = 20


class Lines:
    """Lines of text in the making: one pass over the tags, a stack instead of recursion."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.line = ""
        self.blank = False  # whether a blank line is wanted before the next text
        self.quotes = 0
        self.last_depth = 0
        self.preformatted = 0
        self.hidden = 0
        self.open: list[tuple[str, bool, str]] = []  # tag, hidden, link
        self.lists: list[int] = []  # next number of each open list; -1: bullets
        self.link_text = ""

    def read(self, html: str) -> str:
        for closing, tag, attributes, text in _TOKEN.findall(html):
            if text:
                self._text(text)
            elif closing:
                self._close(tag)
            else:
                self._open_tag(tag, dict(_ATTRIBUTE.findall(attributes)) if attributes else {})
        self._break()
        return "\n".join(self.lines).strip("\n")

    def _text(self, text: str) -> None:
        if self.hidden:
            return
        text = unescape(text)
        if not text.isascii():
            text = _INVISIBLE.sub("", _PADDING.sub(" ", text))
        if self.preformatted:
            first, *others = text.replace("\r\n", "\n").split("\n")
            self._add(first)
            for line in others:
                self._break(keep=True)
                self._add(line)
            return
        text = _SPACE.sub(" ", text)
        self._add(text.lstrip(" ") if not self.line or self.line[-1] == " " else text)

    def _add(self, text: str) -> None:
        self.line += text
        self.link_text += text

    def _open_tag(self, tag: str, attributes: dict[str, str]) -> None:
        if tag in _VOID:
            if not self.hidden:
                self._void(tag, attributes)
            return
        style = attributes.get("style", "")
        hides = "hidden" in attributes or bool(style and _HIDDEN.search(unescape(style)))
        self.open.append((tag, hides, unescape(attributes.get("href", ""))))
        self.hidden += hides
        if self.hidden:
            return
        if tag in _BLOCKS:
            self._break(paragraph=tag in _PARAGRAPHS and not self.lists)
        self._entered(tag, attributes)

    def _entered(self, tag: str, attributes: dict[str, str]) -> None:
        match tag:
            case "a":
                self.link_text = ""
            case "td" | "th" if self.line and self.line[-1] != " ":
                self.line += " "
            case "blockquote":
                self.quotes += 1
            case "pre":
                self.preformatted += 1
            case "ul":
                self.lists.append(-1)
            case "ol":
                start = attributes.get("start", "1")
                self.lists.append(int(start) if re.fullmatch("[0-9]{1,6}", start) else 1)
            case "li":
                self._item()

    def _item(self) -> None:
        indent = "  " * (min(len(self.lists), 10) - 1)
        if self.lists and self.lists[-1] >= 0:
            self.line = f"{indent}{self.lists[-1]}. "
            self.lists[-1] += 1
        else:
            self.line = f"{indent}- "

    def _void(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "br":
            self._break(keep=True)
        elif tag == "hr":
            self._break()
            self.line = "-" * 20
            self._break()
        elif tag == "img" and (alt := unescape(attributes.get("alt", "")).strip()):
            self._add(f"[{_SPACE.sub(' ', alt)[:200]}]")

    def _close(self, tag: str) -> None:
        while self.open:
            opened, hides, link = self.open.pop()
            was_hidden = self.hidden > 0
            self.hidden -= hides
            if not was_hidden:
                self._left(opened, link)
            if opened == tag:
                return

    def _left(self, tag: str, link: str) -> None:
        if tag == "a" and link:
            self._link(link)
        if tag in _BLOCKS:
            self._break(paragraph=tag in _PARAGRAPHS and len(self.lists) < 2)
        if tag == "blockquote":
            self.quotes -= 1
        elif tag == "pre":
            self.preformatted -= 1
        elif tag in ("ul", "ol") and self.lists:
            self.lists.pop()

    def _link(self, link: str) -> None:
        shown = self.link_text.strip()
        plain = re.sub(r"(?i)^mailto:|^https?://(?:www\.)?|/$", "", link)
        if shown and shown not in (link, plain) and plain not in shown:
            self._add(f" ({link.removeprefix('mailto:')[:2000]})")

    def _break(self, *, paragraph: bool = False, keep: bool = False) -> None:
        """End the line. An empty one is kept for <br> and <pre> only, and never two of them."""
        line = self.line.rstrip()
        self.line = ""
        depth = min(self.quotes, _MAX_QUOTES)
        if line:
            if self.blank and self.lines:
                self.lines.append(("> " * min(depth, self.last_depth)).rstrip())
            self.lines.append("> " * depth + line)
            self.blank, self.last_depth = False, depth
        elif keep:
            self.blank = True
        self.blank = self.blank or paragraph
