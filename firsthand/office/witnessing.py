"""Witnesses: we show them each head of our log, and cosign the heads of logs that we watch.

The protocol is firsthand/tlog/witness.py; here are its memory, its configuration and its clockwork.
No call is made inside a transaction. See docs/log-format.md, "Witnesses".
"""

from __future__ import annotations

import logging
import re
import secrets
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q

from firsthand.channels.reachable import is_loopback
from firsthand.core.errors import Conflict, FirsthandError, Misuse, Temporary
from firsthand.office import ledger
from firsthand.office.models import (
    Actor,
    Event,
    Fork,
    Memory,
    Office,
    WatchedLog,
    Witness,
    WitnessKey,
)
from firsthand.office.vault import seal, unseal
from firsthand.tlog import witness as protocol
from firsthand.tlog.note import Algorithm, Signature, Signer, Verifier, split_note
from firsthand.verifier.fetch import post

__all__ = ["add", "answer", "ask_all", "latest", "remove", "serve", "unserve"]

EVERY = timedelta(minutes=1)
"""Between two questions to one witness; also how long one question may take."""
AFTER_TROUBLE = timedelta(minutes=5)
FRESH = timedelta(hours=1)
"""A head that did not change is shown again after this, to prove that it still is the newest."""
MOST_FORKS = 20
_URL = re.compile(r"https?://[^\s/?#@]+(/[^\s?#]*)?")
logger = logging.getLogger(__name__)


# Whom we ask.


@transaction.atomic
def add(*, by: Actor, vkey: str, url: str, now: datetime) -> Witness:
    """Ask this witness, from now on, to cosign our log. `url`: what add-checkpoint is appended to."""
    by.must_be_principal("choose a witness")
    verifier = _cosigning(vkey)
    if not _URL.fullmatch(url) or not (url.startswith("https:") or is_loopback(url)):
        raise Misuse(f"“{url[:100]}” is no address of a witness.", hint="Give it as https://…")
    if Witness.objects.filter(vkey=str(verifier)).exists():
        raise Misuse(f"{verifier.name} is asked already.")
    made = Witness.objects.create(vkey=str(verifier), name=verifier.name, url=url.rstrip("/"))
    Event.record("witness.added", actor=by, about=made, now=now, data={"vkey": made.vkey})
    return made


@transaction.atomic
def remove(*, by: Actor, name: str, now: datetime) -> None:
    """Ask this witness no more. What it cosigned stays; adding it again ends an alarm."""
    by.must_be_principal("dismiss a witness")
    found = Witness.objects.filter(Q(name=name) | Q(vkey=name)).first()
    if found is None:
        raise Misuse(f"No witness here is called {name!r}.", hint="See firsthand log witness list.")
    Event.record("witness.removed", actor=by, about=found, now=now, data={"vkey": found.vkey})
    found.delete()


def ask_all(*, now: datetime) -> int:
    """Show the newest head to each witness that has not cosigned it; how many were asked."""
    if not Witness.objects.exists():
        return 0
    ledger.publish()
    due = Witness.objects.filter(Q(retry_at=None) | Q(retry_at__lte=now), alarm="")
    return sum(_ask(row, now) for row in due.order_by("pk") if _claimed(row, now))


def _claimed(row: Witness, now: datetime) -> bool:
    """One question at a time: the next one is timed before this one is asked."""
    mine = Witness.objects.filter(pk=row.pk, retry_at=row.retry_at)
    return bool(mine.update(retry_at=now + EVERY))


def _ask(row: Witness, now: datetime) -> bool:
    head, verifier = ledger.shown(), Verifier.parse(row.vkey)
    if not head or (_has_signed(head, verifier) and row.seen_at and now - row.seen_at < FRESH):
        return False
    try:
        size, signatures = _cosignatures(row, verifier, head)
    except (protocol.Fork, Conflict) as alarm:
        _alarm(row, head, alarm, now)
    except FirsthandError as problem:
        _trouble(row, problem, now)
    else:
        ledger.cosign(checkpoint=head, signatures=signatures)
        ledger.publish()
        Witness.objects.filter(pk=row.pk).update(size=size, seen_at=now, problem="")
    return True


def _has_signed(head: bytes, verifier: Verifier) -> bool:
    keys = {(signature.name, signature.key_id) for signature in split_note(head)[1]}
    return (verifier.name, verifier.key_id) in keys


def _cosignatures(
    row: Witness, verifier: Verifier, head: bytes
) -> tuple[int, tuple[Signature, ...]]:
    """Ask, and ask again from where the witness says that it is."""
    old, url = row.size, f"{row.url}/add-checkpoint"
    for _ in range(protocol.TRIES):
        request = _request(head, old)
        said = post(url, request, loopback=is_loopback(url), limit=protocol.MAX_BODY)
        try:
            signatures = protocol.read_answer(
                said.status, said.body, request=request, witness=[verifier]
            )
        except protocol.Stale as stale:
            old = stale.size
        else:
            return protocol.size_of(head), signatures
    raise Temporary("The witness moves on faster than it can be asked.")


def _request(head: bytes, old: int) -> bytes:
    try:
        return protocol.add_checkpoint(ledger.store(), head, old=old)
    except Conflict:
        if ledger.published() >= old:  # it grew while we asked
            raise Temporary("The log grew meanwhile; it is shown again.") from None
        raise


@transaction.atomic
def _alarm(row: Witness, head: bytes, alarm: FirsthandError, now: datetime) -> None:
    told = f"{alarm.message} {alarm.hint}".strip()
    logger.critical("witness %s: %s", row.name, told)
    Witness.objects.filter(pk=row.pk).update(alarm=told, evidence=head, problem="")
    Event.record("witness.alarm", actor=None, about=row, now=now, data={"why": told})


def _trouble(row: Witness, problem: FirsthandError, now: datetime) -> None:
    logger.info("witness %s: %s", row.name, problem)
    told = f"{problem.message} {problem.hint}".strip()
    Witness.objects.filter(pk=row.pk).update(problem=told, retry_at=now + AFTER_TROUBLE)


# Whom we witness.


@transaction.atomic
def serve(*, by: Actor, vkey: str, now: datetime) -> str:
    """Cosign, from now on, the log with this verifier key; our own witness key, to give its owner."""
    by.must_be_principal("witness a log")
    verifier = Verifier.parse(vkey)
    if verifier.algorithm is not Algorithm.ED25519:
        raise Misuse(f"{verifier.name} is the key of a witness, not of a log.")
    if str(verifier) == Office.objects.get(pk=1).log_vkey:
        raise Misuse("Nobody is a witness of their own log.")
    log, made = WatchedLog.objects.get_or_create(
        vkey=str(verifier), defaults={"origin": verifier.name, "since": now}
    )
    if made:
        Event.record("log.watched", actor=by, about=log, now=now, data={"vkey": log.vkey})
    return _key(now).vkey


@transaction.atomic
def unserve(*, by: Actor, name: str, now: datetime) -> bool:
    """Cosign this log no more; what was seen of it is not forgotten. Whether there was such a log."""
    by.must_be_principal("stop witnessing a log")
    found = WatchedLog.objects.filter(Q(origin=name) | Q(vkey=name)).first()
    if found is None:
        return False
    Event.record("log.unwatched", actor=by, about=found, now=now, data={"vkey": found.vkey})
    found.delete()
    return True


def answer(body: bytes, *, now: datetime) -> protocol.Answer:
    """What to reply to a POST of `body` to add-checkpoint. Evidence of a fork is kept."""
    ours = _witness()
    if ours is None:
        return protocol.Answer(404, b"This office is no witness.\n")
    said = ours.answer(body, now=int(now.timestamp()))
    if said.fork:
        _keep(body, now)
    return said


def latest(origin_hash: str) -> bytes | None:
    """What we cosigned last of the log with this SHA-256 of its origin, in hex."""
    ours = _witness()
    return ours.latest(origin_hash) if ours else None


def _witness() -> protocol.Witness | None:
    key = WitnessKey.objects.first()
    if key is None:
        return None
    logs = tuple(map(Verifier.parse, WatchedLog.objects.values_list("vkey", flat=True)))
    signer = Signer(Verifier.parse(key.vkey).name, unseal(bytes(key.sealed)), Algorithm.COSIGNATURE)
    return protocol.Witness(signer, logs, Memories())


def _key(now: datetime) -> WitnessKey:
    found = WitnessKey.objects.first()
    if found:
        return found
    office = Office.objects.get(pk=1)
    signer = Signer(f"{office.host}/witness", secrets.token_bytes(32), Algorithm.COSIGNATURE)
    vkey = str(signer.verifier)
    return WitnessKey.objects.create(pk=1, sealed=seal(signer.seed), vkey=vkey, made_at=now)


def _cosigning(vkey: str) -> Verifier:
    verifier = Verifier.parse(vkey)
    if verifier.algorithm is not Algorithm.COSIGNATURE:
        raise Misuse(
            f"{verifier.name} is no key of a witness.", hint="Ask its owner for the witness key."
        )
    return verifier


class Memories:
    """What we cosigned, as rows: a `tlog.witness.Memory` for any number of processes."""

    def last(self, origin: str) -> protocol.Seen | None:
        row = Memory.objects.filter(origin=origin).first()
        return protocol.Seen(row.size, bytes(row.root), row.time, bytes(row.note)) if row else None

    def swap(self, origin: str, *, before: protocol.Seen | None, after: protocol.Seen) -> bool:
        """One conditional statement, durable when it returns."""
        new = {"size": after.size, "root": after.root, "time": after.time, "note": after.note}
        if before is None:
            return _inserted(origin, new)
        same = {"size": before.size, "root": before.root, "time": before.time, "note": before.note}
        return bool(Memory.objects.filter(origin=origin, **same).update(**new))


def _inserted(origin: str, values: dict[str, object]) -> bool:
    try:
        with transaction.atomic():
            Memory.objects.create(origin=origin, **values)
    except IntegrityError:
        return False
    return True


@transaction.atomic
def _keep(body: bytes, now: datetime) -> None:
    """Both heads, once: together they prove the fork to anybody."""
    sent = protocol.Request.parse(body).checkpoint
    origin = split_note(sent)[0].split("\n", 1)[0]
    held = Memory.objects.get(origin=origin)
    told = Fork.objects.filter(origin=origin)
    if told.filter(sent=sent).exists() or told.count() >= MOST_FORKS:
        return
    Fork.objects.create(origin=origin, at=now, held=bytes(held.note), sent=sent)
    log = WatchedLog.objects.filter(origin=origin).first()
    if log:
        logger.critical("the log %s has forked", origin)
        Event.record("log.forked", actor=None, about=log, now=now, data={"size": held.size})


def troubles() -> list[str]:
    """What a person should know: alarms first."""
    rows = list(Witness.objects.order_by("pk"))
    found = [f"ALARM from the witness {row.name}: {row.alarm}" for row in rows if row.alarm]
    for origin in sorted(set(Fork.objects.values_list("origin", flat=True))):
        found.append(f"ALARM: the log {origin} that we watch has signed two pasts.")
    return [
        *found,
        *(f"The witness {r.name} did not answer: {r.problem}" for r in rows if r.problem),
    ]
