"""A post and its past: what an office shows is believed only as far as its records and its log agree."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from firsthand.core import record as records
from firsthand.core.byline import Ai, Level, Making, Party
from firsthand.core.entry import byline_entry, correction_entry, revision_entry
from firsthand.core.revising import Change
from firsthand.tlog.merkle import Frontier
from firsthand.tlog.note import Signer
from firsthand.tlog.store import MemoryStore
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

    def check(self, *, log: bool = True) -> Verdict:
        raw = json.dumps({"v": 1, "post": f"{BASE}/p/when", "revisions": self.shown}).encode()
        reader = self.log() if log else None
        return check_post(raw, host=HOST, keys=[KEY.public_key()], log=reader)


@pytest.fixture
def site() -> Site:
    made = Site()
    made.add("It opens in Mai, I think.")
    made.add("It opens in May, I think.", Change.TYPO)
    made.add("It opens in June, I think.", Change.CORRECTION, "It was June.")
    return made


def test_a_whole_history_is_verified_and_told(site: Site) -> None:
    verdict = site.check()
    assert (verdict.verdict, verdict.problems) == ("verified", ())
    assert verdict.notices[0].startswith(
        "First published on 2026-11-22 (as the office says); 3 rev"
    )
    assert "Revision 3 is a correction." in verdict.notices


def test_a_kind_that_says_too_little_is_told_by_the_texts(site: Site) -> None:
    site.add("It opens in July, I think.", Change.TYPO)
    verdict = site.check()
    assert verdict.ok
    assert any("told as typo; the texts show substance" in each for each in verdict.notices)


Lie = Callable[[Site], None]


def _changed_text(site: Site) -> None:
    site.shown[1]["text"] = "It opens in June, I think."


def _changed_kind(site: Site) -> None:
    site.shown[0]["change"] = "typo"


def _dropped_middle(site: Site) -> None:
    del site.shown[1]


def _dropped_first(site: Site) -> None:
    del site.shown[-1]


def _dropped_newest(site: Site) -> None:
    del site.shown[0]


def _swapped(site: Site) -> None:
    site.shown[0], site.shown[1] = site.shown[1], site.shown[0]


def _renumbered(site: Site) -> None:
    site.shown[0]["number"] = 4


def _foreign_title(site: Site) -> None:
    site.shown[0]["title"] = "When not"


@pytest.mark.parametrize(
    "lie",
    [
        _changed_text,
        _changed_kind,
        _dropped_middle,
        _dropped_first,
        _dropped_newest,
        _swapped,
        _renumbered,
        _foreign_title,
    ],
)
def test_a_past_that_was_tidied_up_is_found_out(site: Site, lie: Lie) -> None:
    lie(site)
    verdict = site.check()
    assert verdict.verdict == "altered", verdict
    assert verdict.problems


def test_a_revision_that_was_stopped_before_it_was_public_is_no_lie(site: Site) -> None:
    del site.shown[0]
    site.leaves.append(correction_entry(of=2, why="stopped", day=AT.date()))
    assert site.check().ok


def test_what_is_not_in_the_log_is_said_so(site: Site) -> None:
    site.leaves[0] = correction_entry(of=9, why="stopped", day=AT.date())
    verdict = site.check()
    assert verdict.verdict == "unlogged"
    assert verdict.problems[0].startswith("Revision 1: ")
    assert site.check(log=False).verdict == "unlogged"


def test_a_record_by_another_key_is_forged(site: Site) -> None:
    raw = json.dumps({"revisions": site.shown}).encode()
    other = Ed25519PrivateKey.from_private_bytes(b"\x09" * 32).public_key()
    assert check_post(raw, host=HOST, keys=[other], log=site.log()).verdict == "forged"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b'{"revisions": []}',
        b'{"revisions": [1]}',
        b'{"revisions": {"a": 1}}',
        b'{"revisions": [{"number": "x"}]}',
        b"[" * 100_000,
        b'{"revisions": [{"number": 1, "title": "", "text": "", "change": "", "byline": "", '
        b'"index": true, "record": "!!"}]}',
    ],
)
def test_anything_else_is_no_post(raw: bytes) -> None:
    assert check_post(raw, host=HOST, keys=[KEY.public_key()], log=None).verdict == "unknown"
