"""`firsthand verify`: the stranger's command. Needs no office and no Django."""

from __future__ import annotations

import os
import sys
from dataclasses import asdict, replace
from pathlib import Path
from urllib.parse import urlsplit

import click
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from firsthand.channels.base import public_dialects
from firsthand.channels.mail.compose import received_parts
from firsthand.channels.reachable import is_loopback
from firsthand.cli import run
from firsthand.cli.output import json_option, show
from firsthand.core import record as records
from firsthand.core.errors import FirsthandError, Misuse
from firsthand.tlog.note import Verifier
from firsthand.tlog.store import LocalStore
from firsthand.tlog.tiles import Reader
from firsthand.tlog.verify import OfflineProof
from firsthand.tlog.witness import Policy
from firsthand.verifier import (
    Known,
    Verdict,
    WebLog,
    check_mail,
    check_post,
    check_record,
    check_sealed,
    fetch_did,
    fetch_passkeys,
    read_post,
)
from firsthand.verifier.fetch import get
from firsthand.verifier.hands import HAND_SIGNED


@click.command()
@click.argument("what", metavar="FILE|URL|-")
@click.option(
    "--key", "keys", multiple=True, help="The office's key (z6Mk…), known from elsewhere."
)
@click.option("--log", "log", help="Read the log from this folder or address.")
@click.option(
    "--offline",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Use this proof, ask nobody.",
)
@click.option(
    "--witness", "witnesses", multiple=True, help="The key of a witness that you believe (vkey)."
)
@click.option("--quorum", type=int, help="How many of them must have seen it; all, if not told.")
@json_option
def verify(
    what: str,
    keys: tuple[str, ...],
    log: str | None,
    offline: Path | None,
    witnesses: tuple[str, ...],
    quorum: int | None,
    as_json: bool,
) -> int:
    """Check a mail, a post by its address, or a byline by its address. Exit 0 only when verified."""
    known = Known.load(_memory())
    notices: list[str] = []
    policy = _policy(witnesses, quorum)
    if what.startswith(("https://", "http://", "at://")):
        asked = (what, keys, log, known, notices, policy)
        verdict = _check_site(*asked) or _check_post(*asked) or _check_url(*asked)
    else:
        verdict = _check_mail(_read(what), keys, log, offline, known, notices, policy)
    value = {**asdict(verdict), "notices": [*notices, *verdict.notices]}
    show(value, as_json=as_json, text=lambda: _told(verdict, notices))
    return 0 if verdict.ok else 1


def _policy(keys: tuple[str, ...], quorum: int | None) -> Policy:
    """The reader's own choice: an office that chose the witnesses of itself would prove nothing."""
    if quorum and not keys:
        raise Misuse("Which witnesses?", hint="Name each with --witness VKEY.")
    return Policy(tuple(map(Verifier.parse, keys)), len(keys) if quorum is None else quorum)


def _memory() -> Path:
    base = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(base) / "firsthand" / "known.json"


def _read(what: str) -> bytes:
    if what == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(what).read_bytes()
    except OSError as problem:
        raise Misuse(f"{what} cannot be read: {problem.strerror}.") from None


def _check_mail(
    raw: bytes,
    given: tuple[str, ...],
    log: str | None,
    offline: Path | None,
    known: Known,
    notices: list[str],
    policy: Policy,
) -> Verdict:
    record = received_parts(raw).record
    if not record:
        return check_mail(raw)
    keys, reader = _trusted(record, given, log, known, notices, online=offline is None)
    proof = offline.read_bytes() if offline else None
    if policy.quorum and not offline and not log:
        proof = _cosigned_proof(record)
    return check_mail(raw, keys=keys, log=reader, proof=proof, known=known, policy=policy)


def _cosigned_proof(record: bytes) -> bytes | None:
    """The proof as it is today: when the mail left, no witness had seen its entry yet."""
    try:
        address = str(records.read(record)["id"])
        return get(f"{address}.proof", loopback=is_loopback(address))
    except (records.Forged, KeyError, FirsthandError):
        return None


def _check_site(
    address: str,
    given: tuple[str, ...],
    log: str | None,
    known: Known,
    notices: list[str],
    policy: Policy,
) -> Verdict | None:
    """A post on an office's own site, with all its revisions; None where it is none."""
    parts = urlsplit(address)
    if "/p/" not in parts.path or parts.scheme == "at":
        return None
    page = f"{parts.scheme}://{parts.netloc}{_post_path(parts.path)}"
    raw = _fetch(f"{page}.json", "application/json")
    shown = read_post(raw)
    if not shown:
        return None
    keys, reader = _trusted(shown[0].record, given, log, known, notices, online=True)
    ends = {each.byline.partition("#")[0] for each in (shown[0], shown[-1])}
    proofs = {end: _fetch(f"{end}.proof", "") for end in ends if end.startswith(f"{parts.scheme}:")}
    return check_post(
        raw, host=parts.netloc, keys=keys, log=reader, known=known, policy=policy, proofs=proofs
    )


def _post_path(path: str) -> str:
    """Of the post itself, where the address is that of one of its revisions or of its history."""
    before, mark, rest = path.partition("/p/")
    return before + mark + rest.partition("/")[0]


def _check_post(
    address: str,
    given: tuple[str, ...],
    log: str | None,
    known: Known,
    notices: list[str],
    policy: Policy,
) -> Verdict | None:
    """A post where it stands; None where no channel knows such an address."""
    sealed = next(filter(None, (d.lookup(address, _fetch) for d in public_dialects())), None)
    if sealed is None:
        return None
    base = sealed.link.partition("#")[0]
    if not base:
        return check_sealed(sealed)
    loopback = is_loopback(base)
    record, proof = (get(f"{base}.{kind}", loopback=loopback) for kind in ("json", "proof"))
    if not record:
        return Verdict("unknown", (f"There is no byline at {base}.",))
    sealed = replace(sealed, record=record, proof=proof)
    keys, reader = _trusted(record, given, log, known, notices, online=True)
    return check_sealed(sealed, keys=keys, log=reader, known=known, policy=policy)


def _fetch(address: str, accept: str) -> bytes:
    return get(address, accept=accept, loopback=is_loopback(address)) or b""


def _check_url(
    url: str,
    given: tuple[str, ...],
    log: str | None,
    known: Known,
    notices: list[str],
    policy: Policy,
) -> Verdict:
    address = url.partition("#")[0].rstrip("/")
    loopback = is_loopback(address)
    record = get(f"{address}.json", loopback=loopback)
    if not record:
        return Verdict("unknown", (f"There is no byline at {address}.",))
    keys, reader = _trusted(record, given, log, known, notices, online=True)
    proof = get(f"{address}.proof", loopback=loopback)
    index = OfflineProof.parse(proof).index if proof else None
    notices.append("The byline itself was checked; to check a text against it, give the mail.")
    return check_record(
        record, keys=keys, index=index, log=reader, proof=proof, known=known, policy=policy
    )


def _trusted(
    record: bytes,
    given: tuple[str, ...],
    log: str | None,
    known: Known,
    notices: list[str],
    *,
    online: bool,
) -> tuple[list[Ed25519PublicKey], Reader | None]:
    """The keys to believe and the log to read: given, pinned before, or met for the first time."""
    try:
        fields = records.read(record)
        did, base = str(fields["issuer"]), str(fields["id"]).rpartition("/b/")[0]
    except (records.Forged, KeyError):
        return [], None
    local = is_loopback(base)
    reader: Reader | None = WebLog(base, loopback=local) if online else None
    if log:
        is_web = log.startswith(("https://", "http://"))
        reader = (
            WebLog(log.rstrip("/"), loopback=is_loopback(log)) if is_web else LocalStore(Path(log))
        )
    if isinstance(reader, WebLog):
        _meet_passkeys(did, fields, known, notices, loopback=local)
    if given:
        return [_key(text) for text in given], reader
    if known.keys_of(did):
        return known.keys_of(did), reader
    if not online:
        return [], reader
    return _first_met(did, fields, known, notices, loopback=local), reader


def _first_met(
    did: str, fields: dict[str, object], known: Known, notices: list[str], *, loopback: bool
) -> list[Ed25519PublicKey]:
    """The office's own word for its key, pinned from now on: trust on first use, and said so."""
    try:
        published = fetch_did(did, loopback=loopback)
    except FirsthandError as problem:
        notices.append(f"The office's key could not be fetched: {problem.message}")
        return []
    proof = fields.get("proof")
    method = proof.get("verificationMethod", "") if isinstance(proof, dict) else ""
    key = published.get(str(method).partition("#")[2])
    if not key:
        return []
    known.pin(did, key)
    notices.append(
        f"Met {did} for the first time: its key is now pinned. "
        f"Compare it with one from elsewhere: {records.multikey(key)}"
    )
    return [key]


def _meet_passkeys(
    did: str, fields: dict[str, object], known: Known, notices: list[str], *, loopback: bool
) -> None:
    """Pin the passkeys that a record names and that were never met; those met before stay."""
    evidence = fields.get("evidence")
    items = (
        [item for item in evidence if isinstance(item, dict)] if isinstance(evidence, list) else []
    )
    named = {str(item.get("publicKey")).partition("#")[2] for item in items}
    if not named - set(known.passkeys_of(did)):
        return
    try:
        published = fetch_passkeys(did, loopback=loopback)
    except FirsthandError as problem:
        notices.append(f"The passkeys of the office could not be fetched: {problem.message}")
        return
    for name, key in published.items():
        if name in named and known.pin_passkey(did, name, key):
            notices.append(f"Met the passkey {name} for the first time: it is now pinned.")


def _key(text: str) -> Ed25519PublicKey:
    try:
        return records.from_multikey(text.strip())
    except ValueError:
        raise Misuse(f"{text[:60]} is not a key.", hint="A key looks like z6Mk…") from None


_HEADLINES = {
    "verified": "VERIFIED  The byline is true to this letter, signed and logged.",
    "altered": "ALTERED   This is not the letter that the byline was made for.",
    "unlogged": "UNLOGGED  The byline is signed, but the public log does not show it.",
    "forged": "FORGED    The byline was not signed by this office.",
    "unknown": "UNKNOWN   Nothing can be said about this letter.",
}


def _told(verdict: Verdict, notices: list[str]) -> str:
    lines = [_HEADLINES[verdict.verdict]]
    facts = {
        "level": verdict.level.replace("_", " ") + (f" (AI: {verdict.ai})" if verdict.ai else ""),
        "people": ", ".join(verdict.people),
        "signed by": verdict.signed_by,
        "by hand": ", ".join(verdict.signers) if verdict.strength == HAND_SIGNED else "",
        "logged": verdict.logged_at + (" (as the office says)" if verdict.logged_at else ""),
        "proved": f"by {verdict.proved_at}, as witnesses signed" if verdict.proved_at else "",
        "checkpoint": verdict.checkpoint,
        "page": verdict.url,
    }
    lines += [f"  {name:<11}{value}" for name, value in facts.items() if value]
    lines += [f"  problem    {problem}" for problem in verdict.problems]
    return "\n".join(lines + [f"  note       {n}" for n in (*notices, *verdict.notices)])


def main() -> None:
    """`firsthand-verify`: this command alone, as strangers install it."""
    run(verify)
