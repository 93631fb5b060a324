"""Who had a part in a published text, read from its signed record and the post's own credits."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from firsthand.core.byline import Ai, Level
from firsthand.core.revising import Change
from firsthand.office import prose
from firsthand.office.models import Account, Office, PostRevision

_EDITING = "writing-review-editing"
ROLES = {
    "writing-original-draft": "drafted it",
    _EDITING: "changed it",
    "supervision": "read and approved it",
}
DISCLOSURE = {Ai.NONE: "none", Ai.ASSISTED: "ai-assisted", Ai.GENERATED: "ai-generated"}


@dataclass(frozen=True, slots=True)
class Part:
    """One who had a part. `roles` in words; `editor`: changed what somebody else drafted."""

    name: str
    roles: str
    url: str = ""
    initials: str = ""
    machine: bool = False
    editor: bool = False


def parts(revision: PostRevision) -> list[Part]:
    """Everybody named in the record, then the guests."""
    subject = subject_of(revision)
    return [*_recorded(subject), *_guests(revision)]


def subject_of(revision: PostRevision) -> dict[str, Any]:
    """What the record says of it; {} once it was erased."""
    record = bytes(revision.submission.record)
    if not record:
        return {}
    found: dict[str, Any] = json.loads(record)["credentialSubject"]
    return found


def _recorded(subject: dict[str, Any]) -> Iterator[Part]:
    for value in subject.get("contributor", []):
        names = [str(uri).rstrip("/").rpartition("/")[2] for uri in value["roleName"]]
        roles = [ROLES.get(name, "helped") for name in names]
        if value["id"] == subject.get("sender"):
            roles.append("published it")
        yield Part(
            value["name"],
            ", ".join(roles) or "is named",
            value["id"],
            value.get("initials", ""),
            machine=value["type"] != "Person",
            editor=_EDITING in names,
        )


def _guests(revision: PostRevision) -> Iterator[Part]:
    """As they were when this revision was published."""
    envelope = revision.draft.revisions.get(number=revision.draft.revision).envelope
    for name, role, url in envelope.get("credits", []):
        yield Part(name, role, url)


def sponsor_of(revision: PostRevision) -> tuple[str, str]:
    """Who pays for it, and where they are found; empty where nobody does."""
    envelope = revision.draft.revisions.get(number=revision.draft.revision).envelope
    name, url = envelope.get("sponsor", ["", ""])
    return name, url


def disclosure(revision: PostRevision) -> str:
    """For `<meta name="ai-disclosure">`."""
    ai = Ai(revision.submission.ai)
    if ai is not Ai.NONE and revision.submission.level == Level.AUTOMATED:
        return "autonomous"
    return DISCLOSURE[ai]


def profiles() -> tuple[list[str], str]:
    """The principal's own pages elsewhere (`rel=me`), and their handle in the fediverse."""
    urls, creator = [], ""
    for channel, address in Account.objects.order_by("pk").values_list("channel", "address"):
        name = address.removeprefix("@")
        if channel == "mastodon" and "@" in name:
            user, _, host = name.partition("@")
            urls.append(f"https://{host}/@{user}")
            creator = creator or f"@{name}"
        elif channel == "bluesky":
            urls.append(f"https://bsky.app/profile/{name}")
    return urls, creator


def linked_data(
    office: Office, revision: PostRevision, history: list[PostRevision], url: str
) -> dict[str, Any]:
    """The post as schema.org has it. `history`: the public revisions up to this one, oldest first."""
    subject = subject_of(revision)
    everybody = parts(revision)
    value: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "BlogPosting",
        "@id": url,
        "url": url,
        "headline": name_of(revision),
        "datePublished": history[0].at.isoformat(),
        "dateModified": revision.at.isoformat(),
        "version": revision.number,
        "author": {
            "@type": "Person",
            "name": office.name,
            "url": f"{office.base}/hands#{_key(subject)}",
        },
        "contributor": [_person(each) for each in everybody],
        "editor": [_person(each) for each in everybody if each.editor],
        "digitalSourceType": subject.get("digitalSourceType", ""),
        "publishingPrinciples": f"{office.base}/public",
        "identifier": f"{office.base}/b/{revision.submission.number}",
        "correction": _corrections(history, url),
    }
    sponsor, sponsor_url = sponsor_of(revision)
    if sponsor:
        value["sponsor"] = {"@type": "Organization", "name": sponsor, "url": sponsor_url}
    if revision.kind == Change.RETRACTION:
        value["creativeWorkStatus"] = "Retracted"
    if revision.post.language:
        value["inLanguage"] = revision.post.language
    return value


def _corrections(history: list[PostRevision], url: str) -> list[dict[str, Any]]:
    return [
        {
            "@type": "CorrectionComment",
            "text": each.note,
            "datePublished": each.at.isoformat(),
            "url": f"{url}/history#revision-{each.number}",
        }
        for each in history
        if each.kind in (Change.CORRECTION, Change.RETRACTION)
    ]


def _key(subject: dict[str, Any]) -> str:
    return str(subject.get("accountablePerson", "")).rpartition("#")[2]


def _person(part: Part) -> dict[str, str]:
    kind = "SoftwareApplication" if part.machine else "Person"
    value = {"@type": kind, "name": part.name, "description": part.roles}
    return {**value, "url": part.url} if part.url else value


def name_of(revision: PostRevision) -> str:
    """Its title; of a text without one, how it begins, without marks."""
    return revision.title or first_words(prose.first_line(revision.text)) or "A note"


def first_words(text: str, most: int = 80) -> str:
    """How a text begins."""
    line = " ".join(text.split())
    if len(line) <= most:
        return line
    return line[:most].rpartition(" ")[0] + "…"
