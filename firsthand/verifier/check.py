"""Is this byline true? The checks in order, each with a plain sentence when it fails.

The signature (whose key?), the text and its place (this very letter?), the log (for all to see?).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from firsthand.channels.mail.compose import received_parts
from firsthand.core import record as records
from firsthand.core.entry import entry_of
from firsthand.core.envelope import Sealed
from firsthand.core.errors import FirsthandError
from firsthand.core.header import read_header
from firsthand.core.passkey import PublicKey
from firsthand.tlog.checkpoint import Checkpoint
from firsthand.tlog.errors import Refused
from firsthand.tlog.note import Verifier
from firsthand.tlog.tiles import Reader
from firsthand.tlog.verify import OfflineProof
from firsthand.tlog.witness import Policy
from firsthand.verifier import look
from firsthand.verifier.hands import OFFICE_SIGNED, Signed, check_keys, signatures, strength
from firsthand.verifier.keyfile import KeyFile
from firsthand.verifier.keyfile import believed as of_the_reader
from firsthand.verifier.known import Known
from firsthand.verifier.logged import ANYBODY, Evidence, Logged, find
from firsthand.verifier.shape import must_be_shaped

_NO_KEY = (
    "No key of this office is known here, so its signature proves nothing. Give one with --key."
)

_NOT_LOOKED_UP = (
    "Whether its passkey was in the log before it, and not revoked, was not looked up in the log."
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome. `verdict`: verified, altered, unlogged, forged or unknown.

    `problems` say why it is not verified; `notices` what a careful reader should know anyway.
    `logged_at`: the day in the log entry, as the office claims; `proved_at`: the time by which the
    asked number of witnesses had seen it logged or an authority had stamped it, UTC; `proved_by`: which
    of the two, the earlier one; `authority`: the name of whoever stamped it; `checkpoint`: the log's
    size and root that prove it.
    `signers`: whose own passkeys signed it; `strength`: `hand-signed` when that of the person whom
    the level speaks of is among them, else `office-signed`.
    `about`: what was checked, `letter`, `post` or `byline`; of a post, `revision` is which of its
    revisions, and `newest` the newest one that is shown.
    """

    verdict: str
    problems: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    level: str = ""
    ai: str = ""
    signed_by: str = ""
    logged_at: str = ""
    proved_at: str = ""
    proved_by: str = ""
    authority: str = ""
    checkpoint: str = ""
    url: str = ""
    people: tuple[str, ...] = ()
    signers: tuple[str, ...] = ()
    strength: str = ""
    about: str = "letter"
    revision: int | None = None
    newest: int | None = None

    @property
    def signed_by_hand(self) -> bool:
        """Whether anybody's own passkey signed it."""
        return bool(self.signers)

    @property
    def ok(self) -> bool:
        return self.verdict == "verified"

    def but(self, verdict: str, *problems: str) -> Verdict:
        return replace(self, verdict=verdict, problems=(*self.problems, *problems))


def check_mail(
    raw: bytes,
    *,
    keys: Sequence[Ed25519PublicKey] = (),
    log: Reader | None = None,
    proof: bytes | None = None,
    known: Known | None = None,
    policy: Policy = ANYBODY,
    passkeys: Mapping[str, PublicKey] | None = None,
    office: KeyFile | None = None,
) -> Verdict:
    """Check a mail as it was received; all else as in `check_sealed`."""
    return check_sealed(
        received_parts(raw),
        keys=keys,
        log=log,
        proof=proof,
        known=known,
        policy=policy,
        passkeys=passkeys,
        office=office,
    )


def check_sealed(
    sealed: Sealed,
    *,
    keys: Sequence[Ed25519PublicKey] = (),
    log: Reader | None = None,
    proof: bytes | None = None,
    known: Known | None = None,
    policy: Policy = ANYBODY,
    passkeys: Mapping[str, PublicKey] | None = None,
    index: int | None = None,
    office: KeyFile | None = None,
) -> Verdict:
    """Check what a mail or a post says for itself; whoever calls has put in what a post's link leads to.

    `keys`: those that may have signed for the office, already trusted by the caller; `log`: where its
    log is read (None: only the proof inside the mail, or `proof`, is used); `known`: memory of earlier
    checkpoints and passkeys; `policy`: which witnesses must have seen it, and how many; `passkeys`:
    more of these, by name (`ada-passkey-1`); `index`: of its entry, where it does not say itself;
    `office`: what its log says of its own keys, which is believed where it has one of `keys`. Never
    raises for what stands in it.
    """
    if not sealed.record:
        return _without_record(sealed)
    found, salt = _pointer(sealed)
    verdict = check_record(
        sealed.record,
        keys=keys,
        index=index if found is None else found,
        log=log,
        proof=proof or sealed.proof,
        known=known,
        policy=policy,
        passkeys=passkeys,
        office=office,
    )
    if verdict.verdict in {"forged", "unknown"}:
        return verdict
    problems = _misfits(sealed, records.read(sealed.record), salt)
    verdict = replace(verdict, notices=(*verdict.notices, *_notices(sealed, verdict)))
    return verdict.but("altered", *problems) if problems else verdict


def _without_record(sealed: Sealed) -> Verdict:
    said = sealed.byline or sealed.link
    why = "The byline's record is missing." if said else "It carries no byline."
    return Verdict("unknown", (f"{why} Nothing can be said about who wrote it.",))


def check_record(
    record: bytes,
    *,
    keys: Sequence[Ed25519PublicKey],
    index: int | None = None,
    log: Reader | None = None,
    proof: bytes | None = None,
    known: Known | None = None,
    policy: Policy = ANYBODY,
    passkeys: Mapping[str, PublicKey] | None = None,
    office: KeyFile | None = None,
) -> Verdict:
    """Check a record by itself: who signed it, and that it is in the log."""
    if not keys:
        return Verdict("unknown", (_NO_KEY,))
    known = known or Known()
    try:
        office = of_the_reader(office, record, keys)
        read = _read(record, keys, office, known, passkeys or {})
    except records.Forged as forged:
        return Verdict("forged", (str(forged),))
    except (FirsthandError, LookupError, ValueError, TypeError, AttributeError):
        return Verdict("forged", ("The byline is incomplete.",))
    evidence = Evidence(index, log, proof, policy, office)
    found = find(read.leaf, read.log, evidence, known)
    if office and found.checkpoint and found.index is not None:
        why = office.out_of_date(read.log.name, read.key, found.index)
        if why:
            return Verdict("forged", (why,))
    verdict = _logged(read.verdict, found)
    return _check_keys(verdict, read.signed, read.unsure, evidence, found.checkpoint)


@dataclass(frozen=True, slots=True)
class _Read:
    """A record whose signatures hold. `verdict`: were it logged; `leaf`: the entry it must then have, in
    the log of the key `log`; `key`: the one that signed; `signed`, `unsure`: of the passkeys.
    """

    verdict: Verdict
    leaf: bytes
    log: Verifier
    key: Ed25519PublicKey
    signed: tuple[Signed, ...]
    unsure: tuple[str, ...]


def _read(
    record: bytes,
    keys: Sequence[Ed25519PublicKey],
    office: KeyFile | None,
    known: Known,
    passkeys: Mapping[str, PublicKey],
) -> _Read:
    """All that the signatures cover. Raises Forged, or another error where a field is none."""
    later = office.signers(record) if office else []
    fields, key = _signed_by_one_of(record, [*keys, *later])
    must_be_shaped(fields)
    subject = fields["credentialSubject"]
    leaf, log = entry_of(record, fields), Verifier.parse(str(fields["log"]))
    believed = {**known.passkeys_of(str(fields["issuer"])), **passkeys}
    signed, unsure = signatures(fields, believed)
    verdict = Verdict(
        "verified",
        level=subject["level"],
        ai=subject["ai"],
        signed_by=_issuer(fields),
        logged_at=str(fields["validFrom"])[:10],
        url=str(fields["id"]),
        people=_people(subject),
        signers=tuple(dict.fromkeys(one.name for one in signed)),
        strength=strength(subject, signed),
    )
    return _Read(verdict, leaf, log, key, signed, unsure)


def _signed_by_one_of(
    record: bytes, keys: Iterable[Ed25519PublicKey]
) -> tuple[dict[str, Any], Ed25519PublicKey]:
    failure = records.Forged("No key signed it.")
    for key in keys:
        try:
            return records.check(record, key), key
        except records.Forged as problem:
            failure = problem
    raise failure


def _issuer(fields: dict[str, Any]) -> str:
    """The office that signed, which must be the one at whose address the record lies."""
    issuer = records.Issuer(str(fields["id"]).rpartition("/b/")[0]).did
    method = str(fields["proof"]["verificationMethod"])
    if fields["issuer"] != issuer or not method.startswith(f"{issuer}#"):
        raise records.Forged("The byline names another office than the one whose key it uses.")
    return issuer


def _people(subject: dict[str, Any]) -> tuple[str, ...]:
    listed = [*subject.get("author", []), *subject.get("contributor", [])]
    return tuple(dict.fromkeys(str(person.get("name", "")) for person in listed))


def _logged(verdict: Verdict, found: Logged) -> Verdict:
    if found.checkpoint is None:
        return verdict.but("unlogged", *found.problems)
    proved = "" if found.proved_at is None else _time(found.proved_at)
    return replace(
        verdict,
        checkpoint=_named(found.checkpoint),
        proved_at=proved,
        proved_by=found.proved_by,
        authority=found.authority,
        notices=found.notices,
    )


def _check_keys(
    verdict: Verdict,
    signed: Sequence[Signed],
    unsure: Sequence[str],
    evidence: Evidence,
    checkpoint: Checkpoint | None,
) -> Verdict:
    """What the log says of the passkeys that signed."""
    verdict = replace(verdict, notices=(*verdict.notices, *unsure))
    if not signed or checkpoint is None:
        return verdict
    if evidence.log is None or evidence.index is None:
        return replace(verdict, notices=(*verdict.notices, _NOT_LOOKED_UP))
    try:
        check_keys(signed, evidence.log, checkpoint, evidence.index)
    except records.Forged as problem:
        return Verdict("forged", (str(problem),))
    except Refused as refused:
        weaker = replace(verdict, strength=OFFICE_SIGNED, signers=())
        return weaker.but("unlogged", f"The log does not show its passkey: {refused.message}")
    except FirsthandError as problem:
        why = f"The log could not be read for its passkey: {problem.message}"
        return replace(verdict, notices=(*verdict.notices, why, _NOT_LOOKED_UP))
    return verdict


def _time(seconds: int) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (OverflowError, ValueError, OSError):
        return "a time beyond all calendars"


def _named(checkpoint: Checkpoint) -> str:
    return f"{checkpoint.origin} {checkpoint.size} {checkpoint.root.hex()}"


def _pointer(sealed: Sealed) -> tuple[int | None, bytes | None]:
    """Entry index and salt: from the Byline field, else from the offline proof and the text's link."""
    try:
        header = read_header(sealed.byline)
        return header.index, header.salt
    except ValueError:
        link = sealed.link or sealed.text
        return index_in_proof(sealed.proof), _salt_in_text(link)


def index_in_proof(proof: bytes | None) -> int | None:
    """Where a proof says that its entry stands; None where it cannot be read."""
    try:
        return OfflineProof.parse(proof or b"").index
    except Refused:
        return None


def _salt_in_text(text: str) -> bytes | None:
    """The salt in the fragment of the disclosure line's link, which is the last one in the text."""
    fragment = text.rpartition("/b/")[2].partition("#")[2].split()
    try:
        return records.decode_salt(fragment[0][:43]) if fragment else None
    except ValueError:
        return None


def _misfits(sealed: Sealed, fields: dict[str, Any], salt: bytes | None) -> list[str]:
    """Where the letter is not the one that the record was made for."""
    subject = fields["credentialSubject"]
    if salt is None:
        return ["The salt is missing or damaged, so the text cannot be compared."]
    found = []
    if records.text_digest(salt, sealed.text) != subject.get("digestMultibase"):
        found.append("The text is not the text that was signed.")
    place = records.place_digest(
        salt,
        author=sealed.author,
        to=sealed.recipients,
        in_reply_to=sealed.in_reply_to,
        subject=sealed.subject,
    )
    if place != subject.get("placeDigest"):
        found.append(
            "The author, the recipients, the subject or the letter it answers are not those signed."
        )
    files = sorted(records.digest(salt, content) for content in sealed.files)
    if files != sorted(subject.get("attachmentDigests", [])):
        found.append("The attachments are not those that were signed.")
    if subject.get("id") != sealed.subject_id:
        found.append("The message's id is another one.")
    return found


def _notices(sealed: Sealed, verdict: Verdict) -> list[str]:
    """True, but worth a second look."""
    odd = look.notices(text=sealed.text, subject=sealed.subject, people=verdict.people)
    return [*_foreign_domain(sealed, verdict), *odd]


def _foreign_domain(sealed: Sealed, verdict: Verdict) -> list[str]:
    """A mail's author should be of the domain that signs; the author of a post has a server's."""
    if not sealed.subject_id.startswith("mid:"):
        return []
    domain = sealed.author.rpartition("@")[2].lower()
    host = verdict.signed_by.removeprefix("did:web:").split("%3A")[0].split(":")[0]
    if not domain or domain == host or domain.endswith(f".{host}") or host.endswith(f".{domain}"):
        return []
    return [f"Signed by {host}, which is not the domain of the author's address ({domain})."]
