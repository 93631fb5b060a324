"""One status as it came: the server's own JSON, with what it leaves to be known from elsewhere.

    {"host": "home.example", "parent": "https://…", "status": {…}}

`host` is the server of the account that saw it (handles of its own people come without), `parent` the
global id of what it answers (the status has only a local one), `edit` whether it came as a new version
of one that had come before.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from firsthand.channels.foreign import list_of, object_in, object_of
from firsthand.channels.mastodon.content import to_text
from firsthand.channels.mastodon.words import link_in
from firsthand.core.envelope import Address, Automation, Parsed, Sealed

LARGEST = 4_000_000


def wrap(status: Mapping[str, Any], *, host: str, parent: str = "", edit: bool = False) -> bytes:
    """The raw form of a status."""
    whole = {"host": host, "parent": parent, "edit": edit, "status": status}
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode(
        "utf-8", "surrogatepass"
    )


def parse(raw: bytes) -> Parsed:
    """What can be understood of a status. Never raises."""
    whole = read(raw)
    status = table(whole, "status")
    uri = text_of(status, "uri") or text_of(status, "url")
    if not uri:
        return Parsed(problems=("It is no status of Mastodon's.",), unreadable=True)
    host, parent = text_of(whole, "host"), text_of(whole, "parent")
    if whole.get("edit"):
        uri, parent = f"{uri}#{text_of(status, 'edited_at')}", uri
    account = table(status, "account")
    said = [to_text(text_of(status, "content"), mentions(status, host)), *_beside(status)]
    return Parsed(
        message_id=uri,
        in_reply_to=(parent,) if parent else (),
        date=moment(status.get("edited_at") if whole.get("edit") else status.get("created_at")),
        subject=text_of(status, "spoiler_text"),
        sender=Address(full(text_of(account, "acct"), host), text_of(account, "display_name")),
        to=tuple(Address(each) for each in named(status, host)),
        text="\n\n".join(filter(None, said)),
        html=text_of(status, "content"),
        automation=Automation.NOTICE if account.get("bot") is True else Automation.NO,
        language=text_of(status, "language")[:20],
        problems=("It was changed after it had come in.",) if whole.get("edit") else (),
    )


def sealed(raw: bytes) -> Sealed:
    """What a status says for itself. Never raises."""
    whole = read(raw)
    status, host = table(whole, "status"), text_of(whole, "host")
    words = to_text(text_of(status, "content"), mentions(status, host))
    link, author = link_in(words), full(text_of(table(status, "account"), "acct"), host)
    return Sealed.posted(
        text=words,
        author=author,
        subject=text_of(status, "spoiler_text"),
        message_id=text_of(status, "uri"),
        in_reply_to=text_of(whole, "parent"),
        link=link,
    )


def _beside(status: Mapping[str, Any]) -> list[str]:
    """What a post carries besides its words: pictures by their description, the choices of a poll."""
    lines = []
    for each in tables(status, "media_attachments"):
        described = " ".join(text_of(each, "description").split()) or "not described"
        lines.append(f"[{text_of(each, 'type') or 'file'}: {described}] {text_of(each, 'url')}")
    choices = [text_of(each, "title") for each in tables(table(status, "poll"), "options")]
    if choices:
        lines.append(f"[poll: {' / '.join(choices)}]")
    return ["\n".join(lines)]


def mentions(status: Mapping[str, Any], host: str) -> dict[str, str]:
    """The handle behind each address that a status names."""
    people = tables(status, "mentions")
    return {text_of(each, "url"): full(text_of(each, "acct"), host) for each in people}


def named(status: Mapping[str, Any], host: str) -> list[str]:
    """The handles that a status names."""
    return [each for each in mentions(status, host).values() if each]


def full(acct: str, host: str) -> str:
    """A handle with its server: people of the own one come without."""
    acct = "".join(acct.split()).lower()[:254]
    return acct if "@" in acct or not acct else f"{acct}@{host}"


def moment(value: object) -> datetime | None:
    """A time as the API gives it, aware; None for anything else."""
    if not isinstance(value, str):
        return None
    with suppress(ValueError, OverflowError):
        found = datetime.fromisoformat(value)
        return found if found.tzinfo else None
    return None


def read(raw: bytes) -> Mapping[str, Any]:
    """JSON as an object; an empty one for anything else."""
    return object_in(raw[: LARGEST + 1])


def table(value: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    return object_of(value.get(key))


def tables(value: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    return [each for each in list_of(value.get(key)) if isinstance(each, dict)]


def text_of(value: Mapping[str, Any], key: str) -> str:
    found = value.get(key)
    if not isinstance(found, str):
        return ""
    return found.encode("utf-8", "replace").decode().replace("\x00", "\ufffd")
