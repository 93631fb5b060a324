"""Asking the web about mentions: a page that says it links to ours, and who takes word of our links.

Every address here was given by a stranger or leads to one: private networks are never asked, and all is
bounded (`channels.web`). W3C Webmention 3.1 and 3.2.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from firsthand.channels.links import joined, links_of, words_of
from firsthand.channels.mentions.page import says
from firsthand.channels.web import Answer, Web
from firsthand.core.errors import Permanent, Temporary

LIMIT = 2_000_000
LONGEST = 20.0
"""Bytes and seconds of one page: what is longer is no page that people read."""
ACCEPT = (
    "text/html, application/xhtml+xml;q=0.9, text/plain;q=0.5, application/json;q=0.5, */*;q=0.1"
)
_GONE = {404, 410}
_TARGET = re.compile(r"\s*<([^<>]*)>")
_PARAMETER = re.compile(
    r"""\s*;\s*([\w*!#$&+.^`|~-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]*)))?"""
)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a page says about ours (an h-entry), or None, and then `why`."""

    said: Mapping[str, Any] | None
    why: str = ""


def look(source: str, target: str, *, loopback: bool = False) -> Seen:
    """Whether the page at `source` links to `target`. `loopback`: this machine may be asked (tests).

    Raises Temporary where asking again may help, Permanent where the page cannot be read.
    """
    with _web(loopback) as web:
        answer = web.get(source, accept=ACCEPT)
    if answer.status in _GONE:
        return Seen(None, f"{answer.host} says that the page is gone ({answer.status}).")
    body = answer.good().body
    said = says(body, answer.headers.get("content-type", ""), answer.url, target)
    return Seen(said, "" if said else f"The page at {answer.host} does not link to {target}.")


def endpoint_of(target: str, *, loopback: bool = False) -> str:
    """Where the page at `target` takes webmentions; "": nowhere. Raises Temporary, Permanent."""
    with _web(loopback) as web:
        answer = web.get(target, accept=ACCEPT)
    return endpoint_in(answer.good())


def endpoint_in(answer: Answer) -> str:
    """The first one that a page names: in its Link headers, else in its links (Webmention 3.1.2)."""
    for address, rel in _header(answer.headers.get("link", "")):
        if "webmention" in rel and (found := joined(answer.url, address)):
            return found
    kind = answer.headers.get("content-type", "")
    if "html" not in kind.lower():
        return ""
    links = links_of(words_of(answer.body, kind), answer.url)
    named = (e for e in links if e.tag in {"a", "link"} and "webmention" in e.rel)
    return next((each.address for each in named), "")


def _header(text: str) -> Iterator[tuple[str, list[str]]]:
    """(address, words of rel) of each value of Link headers (RFC 8288 3)."""
    at = 0
    while found := _TARGET.match(text, at):
        at, rel = found.end(), ""
        while parameter := _PARAMETER.match(text, at):
            at = parameter.end()
            if parameter[1].lower() == "rel" and not rel:
                rel = parameter[2] or parameter[3] or ""
        yield found[1].strip(), rel.lower().split()
        comma = text.find(",", at)
        at = comma + 1 if comma >= 0 else len(text)


def tell(endpoint: str, source: str, target: str, *, loopback: bool = False) -> str:
    """Tell once that `source` links to `target`; the answer in words (Webmention 3.1.3).

    Raises Temporary where the endpoint did not take it and may later, Permanent where it does not
    take it, Uncertain where it may have.
    """
    with _web(loopback) as web:
        answer = web.ask("POST", endpoint, data={"source": source, "target": target})
    if 200 <= answer.status < 300:
        return f"{answer.host} took it ({answer.status})."
    if answer.status >= 500:  # an answer is an answer: it did not take it
        raise Temporary(f"{answer.host} answered {answer.status}{answer.words()}")
    if 300 <= answer.status < 400:
        raise Permanent(f"{answer.host} sends us elsewhere, which a webmention does not follow.")
    answer.good()
    raise Permanent(f"{answer.host} answered {answer.status}.")


def _web(loopback: bool) -> Web:
    return Web(public_only=True, loopback=loopback, elsewhere=True, limit=LIMIT, longest=LONGEST)
