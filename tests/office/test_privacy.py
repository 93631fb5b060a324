"""Invariant 8, tried: whatever people do, nothing private stands where strangers can read it.

Names, addresses, subjects and texts are made at random, the acts on them as well; then every public
byte is searched for every piece of them, and for unsalted hashes of them.
"""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from string import hexdigits
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from firsthand.channels.memory import MemoryServer
from firsthand.core.byline import ActorKind
from firsthand.core.envelope import Address
from firsthand.core.errors import FirsthandError
from firsthand.core.record import encode_salt
from firsthand.core.rights import Right
from firsthand.office import desk, erasing, ledger, outbox, report, staff
from firsthand.office.models import Account, Actor, Submission, Thread
from tests.office.conftest import receive
from tests.office.outbox.acting import deliver_all
from tests.office.outbox.conftest import account as memory_account
from tests.office.outbox.conftest import far

__all__ = ["far"]
account = memory_account
PART = 6
"""Letters in a row that nobody may find again."""
# Letters that our own pages do not use in such rows, so that a find is a find.
WORDS = st.text(alphabet="bcdfghjklmnpqrstvwxzßéñж", min_size=PART, max_size=14)
TEXTS = st.lists(WORDS, min_size=2, max_size=8).map(" ".join)
ADDRESSES = st.builds(
    "{}@{}.test".format,
    st.text(alphabet="bcdfghjkmnpqrstvwxz0123456789", min_size=8, max_size=16),
    st.text(alphabet="bcdfghjkmnpqrstvwxz", min_size=8, max_size=12),
)
ACTS = st.sampled_from(
    ["receive", "reply", "new", "ghost", "note", "reject", "erase", "log", "stop"]
)


class Life:
    """An office in which things happen at random; it remembers every private string."""

    def __init__(self, ada: Actor, gwen: Actor, account: Account, now: datetime) -> None:
        self.ada, self.gwen, self.account, self.now = ada, gwen, account, now
        self.private = [account.address.partition(".")[0]]  # the domain is public
        self.threads: list[Thread] = []

    def secret(self, *texts: str) -> str:
        self.private += texts
        return texts[0]

    def act(self, what: str, name: str, address: str, subject: str, text: str) -> None:
        self.now += timedelta(minutes=7)
        self.secret(name, address, subject, text)
        with suppress(FirsthandError):  # a refusal is fine; only what becomes public matters
            getattr(self, what)(name, address, subject, text)

    def receive(self, name: str, address: str, subject: str, text: str) -> None:
        self.threads.append(
            receive(
                self.account,
                at=self.now - timedelta(days=1),
                text=text,
                subject=subject,
                from_name=name,
                from_address=address,
            )
        )

    def reply(self, name: str, address: str, subject: str, text: str) -> None:
        self.receive(name, address, subject, text)
        self._send(self.ada, text, thread=self.threads[-1])

    def new(self, name: str, address: str, subject: str, text: str) -> None:
        self._send(self.ada, text, to=[Address(address, name)], subject=subject)

    def ghost(self, name: str, address: str, subject: str, text: str) -> None:
        draft = desk.draft(
            actor=self.gwen, text=text, now=self.now, account=self.account,
            to=[Address(address, name)], subject=subject,
        )  # fmt: skip
        desk.attach(
            draft=draft, actor=self.gwen, name=f"{name}.txt", media_type="text/plain",
            content=text.encode(), base=1, now=self.now,
        )  # fmt: skip
        desk.approve(draft=draft, actor=self.ada, revision=2, now=self.now)
        self._out(draft, self.ada, 2, 0)

    def note(self, name: str, address: str, subject: str, text: str) -> None:
        self.receive(name, address, subject, text)
        desk.note(thread=self.threads[-1], actor=self.ada, text=text, now=self.now)

    def reject(self, name: str, address: str, subject: str, text: str) -> None:
        self.receive(name, address, subject, text)
        draft = desk.draft(actor=self.gwen, text=text, now=self.now, thread=self.threads[-1])
        desk.ask(draft=draft, actor=self.gwen, now=self.now)
        desk.reject(draft=draft, actor=self.ada, reason=text, now=self.now)

    def erase(self, *_: str) -> None:
        row = Submission.objects.filter(state="sent", erased_on=None).first()
        if row:
            row.draft.step("sent")
            row.draft.save()
            erasing.erase(submission=row, actor=self.ada, now=self.now)

    def log(self, *_: str) -> None:
        outbox.log_due(now=self.now)
        report.log_received(now=self.now)
        deliver_all(self.now)

    def stop(self, name: str, address: str, subject: str, text: str) -> None:
        """A hand comes, gets rights, and is let go with something on its way."""
        hand = staff.add_hand(
            by=self.ada, name="Rev Lindqvist", kind=ActorKind.HUMAN, email=address, now=self.now
        )
        for right in (Right.DRAFT, Right.SEND):
            staff.grant(hand=hand, by=self.ada, right=right, now=self.now)
        self._send(hand, text, to=[Address(address, name)], subject=subject)
        outbox.log_due(now=self.now + timedelta(minutes=1))
        staff.offboard(hand=hand, by=self.ada, now=self.now + timedelta(minutes=2))

    def _send(self, actor: Actor, text: str, **where: Any) -> None:
        draft = desk.draft(actor=actor, text=text, now=self.now, account=self.account, **where)
        thread = where.get("thread")
        self._out(draft, actor, 1, Thread.objects.get(pk=thread.pk).latest if thread else 0)

    def _out(self, draft: Any, actor: Actor, revision: int, seen: int) -> None:
        made = desk.send(draft=draft, actor=actor, revision=revision, seen=seen, now=self.now)
        self.secret(encode_salt(bytes(made.salt)), bytes(made.salt).hex())


def public(folder: Path) -> dict[str, bytes]:
    """Every byte that a stranger can get, by where it is got."""
    client = Client()
    pages = "/public /hands /report /verify /checkpoint /.well-known/did.json /ns/byline/v1".split()
    for number in Submission.objects.values_list("number", flat=True):
        pages += [f"/b/{number}", f"/b/{number}.json", f"/b/{number}.proof"]
    store = ledger.store()
    pages += [f"/{path}" for path in store.paths()]
    told = {page: client.get(page).content for page in pages}
    files = {path: store.read(path) or b"" for path in store.paths()}
    assert all(told[f"/{path}"] == content for path, content in files.items())
    return {**told, **files}


def pieces(private: Iterable[str]) -> Iterator[str]:
    """Every row of letters long enough to tell something. Of a salt in hexadecimal more of them:
    six such digits in a row stand in the log's digests by chance, too."""
    for text in private:
        part = PART if set(text) - set(hexdigits) else 2 * PART
        for at in range(max(1, len(text) - part + 1)):
            yield text[at : at + part]


def hashes(private: Iterable[str]) -> Iterator[bytes]:
    """What somebody who guesses could compare: common hashes of the whole strings, unsalted."""
    for text in private:
        for form in {text, text.lower(), text.strip(), f"{text}\n"}:
            for name in ("sha256", "sha1", "md5", "sha512", "blake2b"):
                digest = hashlib.new(name, form.encode()).digest()
                yield from (digest, digest.hex().encode(), b64encode(digest).rstrip(b"="))
                yield urlsafe_b64encode(digest).rstrip(b"=")


def as_written(content: bytes) -> str:
    """With JSON's and HTML's ways of writing letters undone."""
    text = content.decode("utf-8", "replace")
    try:
        return text + json.dumps(json.loads(text), ensure_ascii=False)
    except ValueError:
        return text


@pytest.fixture
def life(ada: Actor, gwen: Actor, account: Account, far: MemoryServer, now: datetime) -> Life:
    return Life(ada, gwen, account, now)


@settings(
    max_examples=8,
    phases=[Phase.generate],  # a find says where it is; making it smaller takes minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(st.tuples(ACTS, WORDS, ADDRESSES, TEXTS, TEXTS), min_size=3, max_size=7))
def test_nothing_private_is_ever_public(
    life: Life, tmp_path: Path, acts: list[tuple[str, str, str, str, str]]
) -> None:
    for act in [*acts, ("log", *acts[0][1:])]:
        life.act(*act)
    ledger.publish()
    if {"reply", "new", "ghost"} & {act for act, *_ in acts}:
        assert Submission.objects.exclude(entry=None).exists()
    shown = public(tmp_path)
    everything = "\n".join(map(as_written, shown.values()))
    found = {piece for piece in pieces(life.private) if piece in everything}
    assert not found, {p: [at for at, c in shown.items() if p in as_written(c)] for p in found}
    raw = b"\n".join(shown.values())
    assert not [digest for digest in hashes(life.private) if digest in raw]


def test_the_search_would_find_what_is_there(life: Life, tmp_path: Path) -> None:
    """The test above can fail: what is public by intent is found by the same means."""
    life.act("new", "bcdfgh", "bcdfghjk@bcdfghjk.example", "bcdfgh", "bcdfgh jklmnp")
    life.act("log", "x", "x", "x", "x")
    raw = b"\n".join(public(tmp_path).values())
    everything = as_written(raw)
    record = bytes(Submission.objects.latest("pk").record)
    assert hashlib.sha256(record).hexdigest().encode() in raw
    assert all(piece in everything for piece in pieces(["Ada Ferrer"]))
