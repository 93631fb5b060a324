"""The posts as Atom (RFC 4287) and JSON Feed 1.1, each with everybody who had a part in it."""

from __future__ import annotations

import json
import re
from typing import Any
from xml.etree import ElementTree as ET

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from firsthand.office.models import Office, PostRevision
from firsthand.web import credit, markup
from firsthand.web.posts import newest_of_each, office_of

ATOM = "http://www.w3.org/2005/Atom"
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@require_safe
@cache_control(public=True, max_age=300)
def atom(request: HttpRequest) -> HttpResponse:
    """RFC 4287: author, and a contributor for each other person or machine."""
    office, rows = office_of(), newest_of_each()
    feed = ET.Element("feed", xmlns=ATOM)
    _text(feed, "id", f"{office.base}/posts")
    _text(feed, "title", office.name)
    newest = max((row.at for row in rows), default=office.made_at)
    _text(feed, "updated", newest.isoformat())
    ET.SubElement(
        feed, "link", rel="self", type="application/atom+xml", href=f"{office.base}/posts.atom"
    )
    ET.SubElement(feed, "link", rel="alternate", type="text/html", href=f"{office.base}/posts")
    _text(ET.SubElement(feed, "author"), "name", office.name)
    for row in rows:
        _entry(feed, office, row)
    body = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return HttpResponse(body, content_type="application/atom+xml; charset=utf-8")


def _entry(feed: ET.Element, office: Office, row: PostRevision) -> None:
    entry = ET.SubElement(feed, "entry")
    address = f"{office.base}/p/{row.post.slug}"
    _text(entry, "id", address)
    _text(entry, "title", credit.name_of(row))
    _text(entry, "published", _first(row).isoformat())
    _text(entry, "updated", row.at.isoformat())
    ET.SubElement(entry, "link", rel="alternate", type="text/html", href=address)
    ET.SubElement(entry, "link", rel="via", title="Byline", href=_byline(office, row))
    _text(ET.SubElement(entry, "author"), "name", office.name)
    for part in credit.parts(row):
        if part.name != office.name:
            person = ET.SubElement(entry, "contributor")
            _text(person, "name", part.name)
            if part.url:
                _text(person, "uri", part.url)
    content = ET.SubElement(entry, "content", type="html")
    content.text = _NO_XML.sub("", f"{markup.html(row.text)}<p>{_said(row)}</p>")


def _text(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = _NO_XML.sub("", text)


@require_safe
@cache_control(public=True, max_age=300)
def json_feed(request: HttpRequest) -> HttpResponse:
    """https://www.jsonfeed.org/version/1.1/ with what the byline says in `_firsthand`."""
    office = office_of()
    value = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": office.name,
        "home_page_url": f"{office.base}/posts",
        "feed_url": f"{office.base}/posts.json",
        "authors": [{"name": office.name, "url": f"{office.base}/public"}],
        "items": [_item(office, row) for row in newest_of_each()],
    }
    body = json.dumps(value, ensure_ascii=False)
    return HttpResponse(body, content_type="application/feed+json; charset=utf-8")


def _item(office: Office, row: PostRevision) -> dict[str, Any]:
    address = f"{office.base}/p/{row.post.slug}"
    others = [part for part in credit.parts(row) if part.name != office.name]
    item: dict[str, Any] = {
        "id": address,
        "url": address,
        "content_html": f"{markup.html(row.text)}<p>{_said(row)}</p>",
        "date_published": _first(row).isoformat(),
        "date_modified": row.at.isoformat(),
        "authors": [{"name": office.name, "url": f"{office.base}/public"}]
        + [{"name": part.name, **({"url": part.url} if part.url else {})} for part in others],
        "_firsthand": {
            "about": f"{office.base}/public",
            "byline": _byline(office, row),
            "level": row.submission.level,
            "ai": row.submission.ai,
            "revision": row.number,
            "change": row.kind,
            "history": f"{address}/history",
        },
    }
    if row.title:
        item["title"] = row.title
    if row.post.language:
        item["language"] = row.post.language
    return item


def _first(row: PostRevision) -> Any:
    return row.post.revisions.select_related("submission").get(number=1).at


def _byline(office: Office, row: PostRevision) -> str:
    return office.issuer.link(row.submission.number, bytes(row.submission.salt))


def _said(row: PostRevision) -> str:
    """The sentence of the byline, fit to stand in HTML."""
    text = row.submission.sentence
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
