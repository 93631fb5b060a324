"""`firsthand verify`: the stranger's command. Needs no office and no Django."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import asdict, replace
from pathlib import Path
from urllib.parse import urlsplit

import click

from firsthand.channels.base import public_dialects
from firsthand.channels.mail.compose import received_parts
from firsthand.channels.reachable import is_loopback
from firsthand.cli import run, typed
from firsthand.cli.output import json_option, show
from firsthand.core import record as records
from firsthand.core.envelope import Sealed
from firsthand.core.errors import FirsthandError, Misuse
from firsthand.tlog.note import Verifier
from firsthand.tlog.timestamp import read_roots
from firsthand.tlog.verify import OfflineProof
from firsthand.tlog.witness import Policy
from firsthand.verifier import (
    Known,
    Verdict,
    check_post,
    check_record,
    check_sealed,
    host_in,
    read_post,
)
from firsthand.verifier.fetch import get
from firsthand.verifier.hands import HAND_SIGNED
from firsthand.verifier.meeting import Asked, Meeting, Trusted, read_key


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
    "--key-history",
    "history",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The office's changes of key, saved from its /key-history.",
)
@click.option(
    "--pin",
    "pins",
    multiple=True,
    help="`dns`, or the address of a page that you know is theirs: it must name the key (rel=me).",
)
@click.option("--dns", "resolver", help="Ask this DNS server (an address, perhaps with :PORT).")
@click.option(
    "--witness",
    "witnesses",
    type=typed.vkey,
    multiple=True,
    help="The key of a witness that you believe (vkey).",
)
@click.option("--quorum", type=int, help="How many of them must have seen it; all, if not told.")
@click.option(
    "--tsa",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Certificates (PEM) of timestamp authorities that you believe.",
)
@json_option
def verify(
    what: str,
    keys: tuple[str, ...],
    log: str | None,
    offline: Path | None,
    history: Path | None,
    pins: tuple[str, ...],
    resolver: str | None,
    witnesses: tuple[Verifier, ...],
    quorum: int | None,
    tsa: Path | None,
    as_json: bool,
) -> int:
    """Check a mail, a post (its address or its file), or a byline. Exit 0 only when verified."""
    asked = Asked(
        keys=tuple(map(read_key, keys)),
        log=log,
        online=offline is None,
        history=history.read_bytes() if history else None,
        pins=pins,
        resolver=resolver,
    )
    meeting = Meeting(asked, Known.load(_memory()))
    policy = replace(_policy(witnesses, quorum), authorities=_authorities(tsa))
    proof = offline.read_bytes() if offline else None
    verdict = _check(what, meeting, policy, proof)
    value = {**asdict(verdict), "notices": [*meeting.notices, *verdict.notices]}
    show(value, as_json=as_json, text=lambda: _told(verdict, meeting.notices))
    return 0 if verdict.ok else 1


def _check(what: str, meeting: Meeting, policy: Policy, proof: bytes | None) -> Verdict:
    if what.startswith(("https://", "http://", "at://")):
        asked = (what, meeting, policy)
        return _check_site(*asked) or _check_post(*asked) or _check_url(*asked)
    raw = _read(what)
    if not read_post(raw):
        return _check_mail(raw, meeting, policy, proof)
    if proof:
        raise Misuse("A post’s file brings its proofs.", hint="Leave out --offline.")
    return _check_shown(raw, host_in(raw), meeting, policy)


def _policy(keys: tuple[Verifier, ...], quorum: int | None) -> Policy:
    """The reader's own choice: an office that chose the witnesses of itself would prove nothing."""
    if quorum and not keys:
        raise Misuse("Which witnesses?", hint="Name each with --witness VKEY.")
    return Policy(keys, len(keys) if quorum is None else quorum)


def _authorities(tsa: Path | None) -> bytes:
    if tsa is None:
        return b""
    pem = tsa.read_bytes()
    read_roots(pem)
    return pem


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


def _check_mail(raw: bytes, meeting: Meeting, policy: Policy, proof: bytes | None) -> Verdict:
    sealed = received_parts(raw)
    if sealed.record and policy.quorum and not proof and not meeting.asked.log:
        proof = _cosigned_proof(sealed.record)
    return _checked(sealed, meeting, policy, proof)


def _checked(
    sealed: Sealed, meeting: Meeting, policy: Policy, proof: bytes | None = None
) -> Verdict:
    def check(trusted: Trusted) -> Verdict:
        return check_sealed(
            sealed,
            keys=trusted.keys,
            log=trusted.log,
            proof=proof,
            known=meeting.known,
            policy=policy,
            office=trusted.office,
        )

    return meeting.verdict(sealed.record, check) if sealed.record else check_sealed(sealed)


def _cosigned_proof(record: bytes) -> bytes | None:
    """The proof as it is today: when the mail left, no witness had seen its entry yet."""
    try:
        address = str(records.read(record)["id"])
        return get(f"{address}.proof", loopback=is_loopback(address))
    except (records.Forged, KeyError, FirsthandError):
        return None


def _check_site(address: str, meeting: Meeting, policy: Policy) -> Verdict | None:
    """A post on an office's own site, or one of its revisions; None where it is none."""
    parts = urlsplit(address)
    before, mark, rest = parts.path.partition("/p/")
    if not mark or parts.scheme == "at":
        return None
    slug, _, page = rest.rstrip("/").removesuffix(".json").partition("/")
    raw = _fetch(f"{parts.scheme}://{parts.netloc}{before}{mark}{slug}.json", "application/json")
    if not read_post(raw):
        return None
    if page in ("", "history"):
        return _check_shown(raw, parts.netloc, meeting, policy)
    if not re.fullmatch("[0-9]{1,9}", page):
        return Verdict("unknown", (f"There is no page “{page[:60]}” of this post.",), about="post")
    return _check_shown(raw, parts.netloc, meeting, policy, int(page))


def _check_shown(
    raw: bytes, host: str, meeting: Meeting, policy: Policy, number: int | None = None
) -> Verdict:
    """A post, as its office shows it at `host`: its newest revision, or the one with this number."""

    def check(trusted: Trusted) -> Verdict:
        return check_post(
            raw,
            host=host,
            keys=trusted.keys,
            log=trusted.log,
            known=meeting.known,
            policy=policy,
            office=trusted.office,
            number=number,
        )

    shown = read_post(raw)
    asked = next((each for each in shown if each.number == number), shown[0])
    return meeting.verdict(asked.record, check)


def _check_post(address: str, meeting: Meeting, policy: Policy) -> Verdict | None:
    """A post where it stands; None where no channel knows such an address."""
    sealed = next(filter(None, (d.lookup(address, _fetch) for d in public_dialects())), None)
    if sealed is None:
        return None
    base = sealed.link.partition("#")[0]
    if not base:
        return replace(check_sealed(sealed), about="post")
    loopback = is_loopback(base)
    record, proof = (get(f"{base}.{kind}", loopback=loopback) for kind in ("json", "proof"))
    if not record:
        return Verdict("unknown", (f"There is no byline at {base}.",), about="post")
    sealed = replace(sealed, record=record, proof=proof)
    return replace(_checked(sealed, meeting, policy), about="post")


def _fetch(address: str, accept: str) -> bytes:
    return get(address, accept=accept, loopback=is_loopback(address)) or b""


def _check_url(url: str, meeting: Meeting, policy: Policy) -> Verdict:
    address = url.partition("#")[0].rstrip("/")
    loopback = is_loopback(address)
    record = None if url.startswith("at://") else get(f"{address}.json", loopback=loopback)
    if not record:
        why = f"There is no post and no byline of an office at {address}."
        return Verdict("unknown", (why,), about="byline")
    proof = get(f"{address}.proof", loopback=loopback)
    index = OfflineProof.parse(proof).index if proof else None

    def check(trusted: Trusted) -> Verdict:
        return check_record(
            record,
            keys=trusted.keys,
            index=index,
            log=trusted.log,
            proof=proof,
            known=meeting.known,
            policy=policy,
            office=trusted.office,
        )

    told = "The byline itself was checked; to check a text against it, give the mail."
    meeting.notices.append(told)
    return replace(meeting.verdict(record, check), about="byline")


_HEADLINES = {
    "verified": "VERIFIED  The byline is true to this {}, signed and logged.",
    "altered": "ALTERED   This is not the {} that the byline was made for.",
    "unlogged": "UNLOGGED  The byline is signed, but the public log does not show it.",
    "forged": "FORGED    The byline was not signed by this office.",
    "unknown": "UNKNOWN   Nothing can be said about this {}.",
}
_ALONE = "VERIFIED  The byline is signed and logged."


def _headline(verdict: Verdict) -> str:
    if verdict.ok and verdict.about == "byline":
        return _ALONE
    return _HEADLINES[verdict.verdict].format(verdict.about)


def _revision(verdict: Verdict) -> str:
    if verdict.revision is None:
        return ""
    if not verdict.ok:
        return f"{verdict.revision}, as it says"
    is_newest = verdict.newest == verdict.revision
    return (
        f"{verdict.revision}, the newest"
        if is_newest
        else f"{verdict.revision} of {verdict.newest}"
    )


def _proved(verdict: Verdict) -> str:
    if not verdict.proved_at:
        return ""
    stamped = f"as {verdict.authority or 'an authority'} stamped"
    how = stamped if verdict.proved_by == "timestamp" else "as witnesses signed"
    return f"by {verdict.proved_at}, {how}"


def _told(verdict: Verdict, notices: list[str]) -> str:
    lines = [_headline(verdict)]
    facts = {
        "revision": _revision(verdict),
        "level": verdict.level.replace("_", " ") + (f" (AI: {verdict.ai})" if verdict.ai else ""),
        "people": ", ".join(verdict.people),
        "signed by": verdict.signed_by,
        "by hand": ", ".join(verdict.signers) if verdict.strength == HAND_SIGNED else "",
        "logged": verdict.logged_at + (" (as the office says)" if verdict.logged_at else ""),
        "proved": _proved(verdict),
        "checkpoint": verdict.checkpoint,
        "page": verdict.url,
    }
    lines += [f"  {name:<11}{value}" for name, value in facts.items() if value]
    lines += [f"  problem    {problem}" for problem in verdict.problems]
    return "\n".join(lines + [f"  note       {n}" for n in (*notices, *verdict.notices)])


def main() -> None:
    """`firsthand-verify`: this command alone, as strangers install it."""
    run(verify)
