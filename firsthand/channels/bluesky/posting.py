"""Posting: one outbound as one record, under a key that every attempt finds again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from firsthand.channels.bluesky import facets
from firsthand.channels.bluesky.dialect import BLUESKY, BYLINE, dump
from firsthand.channels.bluesky.names import POST, Place, place, record_key
from firsthand.channels.bluesky.repository import Found, Repository
from firsthand.core.entry import record_hash
from firsthand.core.envelope import Attachment, Outbound, Receipt
from firsthand.core.errors import Permanent
from firsthand.core.header import read_header

_AUTOMATED = {"$type": "com.atproto.label.defs#selfLabels", "values": [{"val": "bot"}]}
_ANSWERED_GONE = "The post that this answers is not there any more."


@dataclass(frozen=True, slots=True)
class Poster:
    """Puts what leaves into the account's repository."""

    repository: Repository

    def post(self, outbound: Outbound) -> Receipt:
        """Record it, unless it is recorded already; `replaces`: as the new version of that post.

        Raises Temporary, Permanent, or Uncertain: then trying again is safe.
        """
        where = self._where(outbound)
        known = self.repository.get(where)
        if known and _is(known, outbound):
            return self._receipt(outbound, where, known)
        if known and not outbound.replaces:
            raise Permanent(f"There is another post at {where}, which is left as it is.")
        if outbound.replaces and not known:
            raise Permanent("The post that this changes is not there any more.")
        made = self.repository.put(where, self._record(outbound, known), over=known)
        return self._receipt(outbound, where, made)

    def find(self, outbound: Outbound) -> Receipt | None:
        """Whether it is recorded."""
        where = self._where(outbound)
        known = self.repository.get(where)
        return self._receipt(outbound, where, known) if known and _is(known, outbound) else None

    def _where(self, outbound: Outbound) -> Place:
        did = self.repository.session.did
        own = Place(did, POST, record_key(outbound.message_id, outbound.date))
        if not outbound.replaces:
            return own
        replaced = place(outbound.replaces)
        if replaced is None or replaced[:2] != own[:2]:
            raise Permanent(f"“{outbound.replaces[:100]}” is no post of this account.")
        return replaced

    def _record(self, outbound: Outbound, known: Found | None) -> dict[str, Any]:
        """The record of a post (app.bsky.feed.post), as it stays."""
        before = known.value if known else {}
        record: dict[str, Any] = {
            "$type": POST,
            "text": outbound.text,
            "createdAt": before.get("createdAt") or stamp(outbound.date),
            BYLINE: byline_field(outbound),
        }
        if reply := before.get("reply") or self._reply(outbound):
            record["reply"] = reply
        if marked := self._facets(outbound, _answered(reply)):
            record["facets"] = marked
        if pictures := self._pictures(outbound.attachments):
            record["embed"] = {"$type": "app.bsky.embed.images", "images": pictures}
        if outbound.automated:
            record["labels"] = _AUTOMATED
        return record

    def _facets(self, outbound: Outbound, answered: str) -> list[dict[str, Any]]:
        """Of the text, and the link under the initials that end it. `answered`: whose post, by DID."""
        text, found = outbound.text, facets.found(outbound.text)
        named = {each.value for each in found if each.kind == "mention"}
        dids = {each: did for each in sorted(named) if (did := self.repository.did_of(each))}
        self._must_reach(outbound, dids, answered)
        if outbound.initials and outbound.link and text.endswith(outbound.initials):
            start = len(text) - len(outbound.initials)
            found = [each for each in found if each.end <= start]
            found.append(facets.Facet(start, len(text), "link", outbound.link))
        return facets.written(text, found, dids)

    def _must_reach(self, outbound: Outbound, dids: Mapping[str, str], answered: str) -> None:
        """Raises where somebody is addressed who would not hear of it: neither named nor answered."""
        addressed = [each.address for each in (*outbound.to, *outbound.cc)]
        if (addressed and not answered) or outbound.bcc:
            raise Permanent("Bluesky has no private messages here: only answers and public posts.")
        for each in addressed:
            if each in dids or answered in {each, self.repository.did_of(each)}:
                continue
            raise Permanent(
                f"The recipient {each} would not get it: there is nobody of that name, or the "
                "text does not name them.",
                hint="Correct the handle, or take it out.",
            )

    def _reply(self, outbound: Outbound) -> dict[str, Any] | None:
        """What it answers, and the first post of that thread, each by address and digest."""
        if outbound.parent is None:
            return None
        named = place(outbound.parent.remote_id)
        parent = self.repository.get(named) if named else None
        if named is None or parent is None:
            raise Permanent(_ANSWERED_GONE)
        reference = {"uri": str(named), "cid": parent.cid}
        above = parent.value.get("reply")
        root = above.get("root") if isinstance(above, dict) else None
        return {"parent": reference, "root": root if isinstance(root, dict) else reference}

    def _pictures(self, files: tuple[Attachment, ...]) -> list[dict[str, Any]]:
        """Pictures as the server keeps them; what each shows is told by the name of its file."""
        for beside, each in enumerate(files):
            if why := BLUESKY.refuses_file(each.media_type, len(each.content), beside=beside):
                raise Permanent(why)
        return [
            {
                "alt": _alt(each.name),
                "image": self.repository.upload(each.content, each.media_type),
            }
            for each in files
        ]

    def _receipt(self, outbound: Outbound, where: Place, known: Found) -> Receipt:
        tokens = self.repository.session.tokens()
        author = {"did": tokens.did, "handle": tokens.handle}
        raw = {"uri": str(where), "cid": known.cid, "author": author, "record": known.value}
        return Receipt(
            remote_id=str(where),
            at=outbound.date,
            answer=f"Recorded as {known.cid}.",
            url=where.page,
            raw=dump(raw),
        )


def _answered(reply: Any) -> str:
    """Whose post a reply answers, by DID; "": it answers none."""
    try:
        named = place(str(reply["parent"]["uri"]))
    except (KeyError, TypeError):
        return ""
    return named.repo if named else ""


def _is(known: Found, outbound: Outbound) -> bool:
    """Whether a record is this very message: its byline's address says so, and nothing else can."""
    byline = known.value.get(BYLINE)
    return isinstance(byline, dict) and byline.get("url") == outbound.link


def byline_field(outbound: Outbound) -> dict[str, Any]:
    """For programs, in the record: where the byline is, what it claims, which record it has."""
    told: dict[str, Any] = {"$type": BYLINE, "url": outbound.link}
    if outbound.byline:
        told["level"] = read_header(outbound.byline).level.value
    if outbound.record:
        told["record"] = record_hash(outbound.record)
    if to := sorted({each.address for each in (*outbound.to, *outbound.cc)}):
        told["to"] = to
    return told


def stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _alt(name: str) -> str:
    stem, dot, ending = name.rpartition(".")
    return stem if dot and stem and len(ending) <= 5 else name
