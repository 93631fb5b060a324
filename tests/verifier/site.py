"""An office that publishes one post, and every way to tidy up its past."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from firsthand.core import record as records
from firsthand.core.byline import Ai, Level, Making, Party
from firsthand.core.entry import byline_entry, revision_entry
from firsthand.core.revising import Change
from firsthand.tlog.merkle import Frontier
from firsthand.tlog.note import Signer
from firsthand.tlog.store import MemoryStore
from firsthand.tlog.verify import prove_offline
from firsthand.tlog.writer import publish, sequence, sign_checkpoint
from firsthand.verifier import Verdict, check_post

BASE, HOST = "https://ada.example", "ada.example"
AT = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
KEY = Ed25519PrivateKey.from_private_bytes(b"\x01" * 32)
LOG = Signer(f"{HOST}/byline-log", b"\x02" * 32)
ISSUER = records.Issuer(BASE, str(LOG.verifier))
ADA = Party("ada", "Ada Ferrer", "AF", principal=True)
MAKING = Making((ADA,), {"ada": 3}, ("ada",), sent_by="ada")
Json = dict[str, Any]


class Site:
    """An office that publishes one post, with all that it could lie about."""

    def __init__(self) -> None:
        self.shown: list[Json] = []
        self.leaves: list[bytes] = []

    def add(self, text: str, change: Change | None = None, note: str = "") -> None:
        number = len(self.shown) + 1
        salt = bytes([number]) * 32
        before = self.shown[0] if self.shown else None
        replaces = None
        if before and change:
            earlier = hashlib.sha256(base64.b64decode(before["record"])).hexdigest()
            replaces = records.Replaced(f"n{number - 1}", earlier, number, change)
        content = records.Content(
            f"{BASE}/b/n{number}",
            "site",
            records.text_digest(salt, text),
            records.place_digest(salt, author=HOST, to=(), in_reply_to="", subject="When"),
            replaces=replaces,
        )
        statement = records.statement(
            issuer=ISSUER,
            number=f"n{number}",
            content=content,
            making=MAKING,
            level=Level.FIRSTHAND,
            ai=Ai.NONE,
        )
        key = records.OfficeKey("office-1", KEY)
        record = records.seal(statement, seq=number, at=AT, issuer=ISSUER, key=key)
        self.shown.insert(
            0,
            {
                "number": number,
                "title": "When",
                "text": text,
                "note": note,
                "change": change.value if change else "",
                "byline": ISSUER.link(f"n{number}", salt),
                "index": len(self.leaves),
                "record": base64.b64encode(record).decode(),
            },
        )
        shared: Json = {"level": Level.FIRSTHAND, "ai": Ai.NONE, "channel": "site"}
        shared |= {"day": AT.date(), "record": record}
        if replaces and change:
            leaf = revision_entry(**shared, change=change, replaces=replaces.record)
        else:
            leaf = byline_entry(**shared)
        self.leaves.append(leaf)

    def log(self) -> MemoryStore:
        store, rows = MemoryStore(), self.leaves
        frontier = sequence(Frontier(), rows)
        note = sign_checkpoint(f"{HOST}/byline-log", frontier, LOG)
        publish(store, entries=lambda a, b: rows[a:b], size=len(rows), checkpoint=note)
        return store

    def prove(self) -> None:
        """Put the proof of each entry beside its record."""
        log = self.log()
        for each in self.shown:
            proof = prove_offline(log, LOG.verifier, each["index"]).encode()
            each["proof"] = base64.b64encode(proof).decode()

    def raw(self) -> bytes:
        return json.dumps({"v": 1, "post": f"{BASE}/p/when", "revisions": self.shown}).encode()

    def check(self, *, log: bool = True, number: int | None = None) -> Verdict:
        reader, keys = self.log() if log else None, [KEY.public_key()]
        return check_post(self.raw(), host=HOST, keys=keys, log=reader, number=number)


def published() -> Site:
    """Three revisions of one text."""
    made = Site()
    made.add("It opens in Mai, I think.")
    made.add("It opens in May, I think.", Change.TYPO)
    made.add("It opens in June, I think.", Change.CORRECTION, "It was June.")
    return made


Lie = Callable[[Site], None]


def changed_text(site: Site) -> None:
    site.shown[1]["text"] = "It opens in June, I think."


def changed_kind(site: Site) -> None:
    site.shown[0]["change"] = "typo"


def dropped_middle(site: Site) -> None:
    del site.shown[1]


def dropped_first(site: Site) -> None:
    del site.shown[-1]


def dropped_newest(site: Site) -> None:
    del site.shown[0]


def swapped(site: Site) -> None:
    site.shown[0], site.shown[1] = site.shown[1], site.shown[0]


def renumbered(site: Site) -> None:
    site.shown[0]["number"] = 4


def first_alone_as_second(site: Site) -> None:
    del site.shown[:2]
    site.shown[0]["number"] = 2


def all_counted_from_two(site: Site) -> None:
    for each in site.shown:
        each["number"] += 1


def first_with_a_kind(site: Site) -> None:
    site.shown[-1]["change"] = "typo"


def foreign_title(site: Site) -> None:
    site.shown[0]["title"] = "When not"


LIES: tuple[Lie, ...] = (
    changed_text,
    changed_kind,
    dropped_middle,
    dropped_first,
    dropped_newest,
    swapped,
    renumbered,
    first_alone_as_second,
    all_counted_from_two,
    first_with_a_kind,
    foreign_title,
)
