"""Likes, reposts and follows: records without a word, each with its byline beside it."""

from __future__ import annotations

from typing import Any

from firsthand.channels.bluesky.dialect import BYLINE
from firsthand.channels.bluesky.names import DID, Place, gesture_key, place
from firsthand.channels.bluesky.posting import byline_field, stamp
from firsthand.channels.bluesky.repository import Repository
from firsthand.core.envelope import Outbound, Receipt
from firsthand.core.errors import Permanent
from firsthand.core.reaction import Reaction

_COLLECTIONS = {
    Reaction.LIKE: "app.bsky.feed.like",
    Reaction.BOOST: "app.bsky.feed.repost",
    Reaction.FOLLOW: "app.bsky.graph.follow",
}


def react(repository: Repository, outbound: Outbound, reaction: Reaction) -> Receipt:
    """Record a gesture; where it is recorded already, nothing happens. Raises as `Poster.post`."""
    subject = _subject(repository, outbound, reaction)
    collection = _COLLECTIONS[reaction]
    named = subject if isinstance(subject, str) else subject["uri"]
    where = Place(repository.session.did, collection, gesture_key(named))
    record = {
        "$type": collection,
        "subject": subject,
        "createdAt": stamp(outbound.date),
        BYLINE: byline_field(outbound),
    }
    made = repository.get(where) or repository.put(where, record, over=None)
    return Receipt(str(where), outbound.date, f"Recorded as {made.cid}.")


def _subject(repository: Repository, outbound: Outbound, reaction: Reaction) -> Any:
    """Whom or what it is to: a DID, or a post in the version that stands there now."""
    if reaction is Reaction.FOLLOW:
        who = outbound.to[0].address if outbound.to else ""
        did = who if DID.fullmatch(who) else repository.did_of(who)
        if not did:
            raise Permanent(f"There is nobody called {who} on Bluesky.", hint="Check the handle.")
        return did
    named = place(outbound.parent.remote_id) if outbound.parent else None
    post = repository.get(named) if named else None
    if named is None or post is None:
        raise Permanent("The post is not there any more.")
    return {"uri": str(named), "cid": post.cid}
