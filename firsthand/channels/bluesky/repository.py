"""An account's repository on its server: records, got and put, each change under a condition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from firsthand.channels.bluesky.names import Place
from firsthand.channels.bluesky.session import Session
from firsthand.channels.bluesky.xrpc import Refused
from firsthand.core.errors import Temporary, Uncertain


@dataclass(frozen=True, slots=True)
class Found:
    """A record, and the digest of just this version of it."""

    cid: str
    value: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Repository:
    """Raises Temporary, Permanent, or Uncertain from `put`: then looking again tells."""

    session: Session

    def get(self, where: Place) -> Found | None:
        """A record of anybody's: of others the server asks its AppView."""
        try:
            found = self.session.ask("com.atproto.repo.getRecord", **_named(where))
        except Refused as problem:
            if problem.name in {"RecordNotFound", "InvalidRequest"}:
                return None
            raise
        if not isinstance(found.get("value"), dict) or not isinstance(found.get("cid"), str):
            raise Temporary(f"{self.session.server.address} gave no record where it has one.")
        return Found(found["cid"], found["value"])

    def put(self, where: Place, record: Mapping[str, Any], *, over: Found | None) -> Found:
        """Put a record where nothing is, or `over` exactly the version that was looked at."""
        said = {**_named(where), "record": record, "swapRecord": over.cid if over else None}
        try:
            made = self.session.tell("com.atproto.repo.putRecord", said)
        except Refused as problem:
            if problem.name != "InvalidSwap":
                raise
            raise Temporary(f"Something else was recorded at {where} meanwhile.") from None
        if made.get("uri") != str(where) or not isinstance(made.get("cid"), str):
            raise Uncertain(f"{self.session.server.address} did not say what it recorded.")
        return Found(made["cid"], record)

    def did_of(self, handle: str) -> str:
        """Whose handle it is; "": nobody's."""
        try:
            answer = self.session.ask("com.atproto.identity.resolveHandle", handle=handle)
        except Refused:
            return ""
        return str(answer.get("did") or "")

    def upload(self, content: bytes, media_type: str) -> dict[str, Any]:
        """A file that no record names is nowhere seen, so this may be repeated."""
        method = "com.atproto.repo.uploadBlob"
        try:
            blob = self.session.tell(method, content, media_type=media_type).get("blob")
        except Uncertain as problem:
            raise Temporary(problem.message) from None
        if not isinstance(blob, dict):
            raise Temporary(f"{self.session.server.address} took a picture and did not name it.")
        return blob


def _named(where: Place) -> dict[str, str]:
    return {"repo": where.repo, "collection": where.collection, "rkey": where.rkey}
