"""The XML of a feed as a tree, within bounds: what a stranger's server sent, so nothing is loaded, no
entity is declared, and neither depth nor number is without end.

Written on expat because feeds name entities of HTML that XML does not know (`&nbsp;`), and state one
encoding while they use another.
"""

from __future__ import annotations

import codecs
import re
from html.entities import html5
from typing import NoReturn
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers.expat import ExpatError, ParserCreate

MOST_ELEMENTS = 200_000
DEEPEST = 100
_DECLARED = re.compile(rb"""\A\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{1,40})["']""")
_CHARSET = re.compile(r"""charset\s*=\s*["']?([\w.:-]{1,40})""", re.IGNORECASE)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_NO_TEXT = {"punycode", "idna", "unicode_escape", "raw_unicode_escape", "utf-7", "undefined"}
"""Codecs that no feed uses, and that are slow or strange."""
_UNUSABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Broken(ValueError):
    """The body is no tree that can be read; the message says why, as the end of a sentence."""


def decoded(body: bytes, content_type: str = "") -> str:
    """The characters (RFC 7303: byte order mark, charset, declaration), never failing."""
    for mark, name in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(name, "replace")
    stated, declared = _CHARSET.search(content_type), _DECLARED.match(body)
    names = [stated[1] if stated else "", declared[1].decode() if declared else "", "utf-8"]
    for name in filter(None, names):
        try:
            if codecs.lookup(name).name not in _NO_TEXT:
                return body.decode(name)
        except (LookupError, ValueError):
            continue
    return body.decode("windows-1252", "replace")


def tree(text: str) -> Element:
    """The root. Names are `{namespace}name`. Raises Broken."""
    grown = _Growing()
    parser = ParserCreate("utf-8", "}")
    parser.buffer_text = True
    parser.UseForeignDTD(True)  # so that an unknown entity is skipped, not an error
    parser.StartElementHandler = grown.start
    parser.EndElementHandler = grown.end
    parser.CharacterDataHandler = grown.builder.data
    parser.SkippedEntityHandler = grown.skipped
    parser.EntityDeclHandler = _declared
    try:
        parser.Parse(_UNUSABLE.sub(" ", text).lstrip().encode(), True)
    except ExpatError as problem:
        raise Broken(f"it breaks at line {problem.lineno}") from None
    return grown.builder.close()


class _Growing:
    def __init__(self) -> None:
        self.builder = TreeBuilder()
        self.depth = self.count = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        self.count += 1
        if self.depth > DEEPEST or self.count > MOST_ELEMENTS:
            raise Broken("it is nested or long beyond all sense")
        self.builder.start(_name(name), {_name(k): v for k, v in attributes.items()})

    def end(self, name: str) -> None:
        self.depth -= 1
        self.builder.end(_name(name))

    def skipped(self, name: str, is_parameter: bool) -> None:
        if not is_parameter:
            self.builder.data(html5.get(f"{name};", ""))


def _name(name: str) -> str:
    return f"{{{name}" if "}" in name else name


def _declared(*_: object) -> NoReturn:
    raise Broken("it declares entities, which no feed needs and bombs are made of")
