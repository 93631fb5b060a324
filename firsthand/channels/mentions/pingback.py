"""Pingback 1.0: the one call that strangers make, and what it is answered. Pure.

The XML is read by the bounded reader of feeds, which refuses every declaration of an entity.
"""

from __future__ import annotations

from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape

from firsthand.channels.feed.markup import Broken, decoded, tree

LARGEST = 20_000
"""Bytes of a call: two addresses and some markup."""
NO_SOURCE, NO_LINK, NO_TARGET, NOT_HERE = 16, 17, 32, 33
KNOWN, DENIED, UPSTREAM = 48, 49, 50
"""The fault codes (Pingback 1.0, section 3)."""
UNPARSED, NO_METHOD, BAD_PARAMETERS = -32700, -32601, -32602
"""Those of XML-RPC itself (xmlrpc-epi, Specification for Fault Code Interoperability)."""


class Fault(Exception):
    """A call that is answered with a fault."""

    def __init__(self, code: int, told: str) -> None:
        super().__init__(told)
        self.code = code
        self.told = told


def read(body: bytes, content_type: str) -> tuple[str, str]:
    """The source and the target of a `pingback.ping`. Raises Fault."""
    if len(body) > LARGEST:
        raise Fault(UNPARSED, "The call is too long.")
    try:
        root = tree(decoded(body, content_type))
    except Broken as problem:
        raise Fault(UNPARSED, f"This is no XML-RPC: {problem}.") from None
    if root.tag != "methodCall":
        raise Fault(UNPARSED, "This is no XML-RPC call.")
    if _line(root.find("methodName")) != "pingback.ping":
        raise Fault(NO_METHOD, "Only pingback.ping is known here.")
    values = root.findall("params/param/value")
    if len(values) != 2:
        raise Fault(BAD_PARAMETERS, "pingback.ping wants two texts: the source and the target.")
    source, target = (_text(each) for each in values)
    return source, target


def _text(value: Element) -> str:
    """A string, which may stand without its element (XML-RPC, scalars)."""
    inner = value.find("string")
    if inner is None and len(value):
        raise Fault(BAD_PARAMETERS, "pingback.ping wants two texts: the source and the target.")
    return _line(value if inner is None else inner)


def _line(element: Element | None) -> str:
    return "".join(element.itertext()).strip() if element is not None else ""


def accepted(told: str) -> str:
    """The answer to a call that was taken."""
    value = f"<value><string>{escape(told)}</string></value>"
    return _response(f"<params><param>{value}</param></params>")


def refused(fault: Fault) -> str:
    """The answer to a call that was not."""
    code = f"<member><name>faultCode</name><value><int>{fault.code}</int></value></member>"
    told = f"<value><string>{escape(fault.told)}</string></value>"
    words = f"<member><name>faultString</name>{told}</member>"
    return _response(f"<fault><value><struct>{code}{words}</struct></value></fault>")


def _response(inside: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<methodResponse>{inside}</methodResponse>\n'
