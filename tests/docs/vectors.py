"""The test vectors of docs/log-format.md: how each is computed, where they stand, how to renew them.

`python -m tests.docs.vectors` writes the computed values into the document and the files beside it.
Renewing them means that the format changed: say so in CHANGELOG.md.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import rfc8785
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from firsthand.channels.mail.compose import compose
from firsthand.core import keys, passkey
from firsthand.core import record as records
from firsthand.core.byline import Ai, Level, Making, Party, sentence
from firsthand.core.entry import (
    byline_entry,
    correction_entry,
    grant_entry,
    passkey_entry,
    promise_entry,
    reaction_entry,
    revision_entry,
    revoke_entry,
)
from firsthand.core.envelope import Address, Outbound
from firsthand.core.header import Header
from firsthand.core.promises import Strength
from firsthand.core.reaction import Reaction
from firsthand.core.revising import Change, Written, proposed
from firsthand.core.text import canonical
from firsthand.tlog.merkle import Frontier, consistency_proof, inclusion_proof, leaf_hash, node_hash
from firsthand.tlog.note import Signer
from firsthand.tlog.store import MemoryStore
from firsthand.tlog.verify import prove_offline
from firsthand.tlog.writer import publish, sequence, sign_checkpoint
from firsthand.verifier import KeyFile, consent
from tests.docs import later_vectors as later

ROOT = Path(__file__).parents[2]
DOC = ROOT / "docs" / "log-format.md"
FOLDER = ROOT / "docs" / "vectors"
BLOCK = re.compile(r"^```json vector\n(.*?)^```$", re.MULTILINE | re.DOTALL)

BASE = "https://ada.example"
ORIGIN = "ada.example/byline-log"
NUMBER = "vector1"
SALT = b"\x03" * 32
MESSAGE_ID = "vector1@ada.example"
ANSWERED = "question@reader.example"
AUTHOR = "ada@ada.example"
FROM = "ada@ada.example"
TO = ("stan@reader.example",)
SUBJECT = "Re: May I quote your second chapter?"
DAY = date(2026, 11, 22)
AT = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
OFFICE_KEY = Ed25519PrivateKey.from_private_bytes(b"\x01" * 32)
LOG = Signer(ORIGIN, b"\x02" * 32)
RECOVERY = Ed25519PrivateKey.from_private_bytes(b"\x04" * 32)
BODY = "Dear Stan,\n\nyes, you may quote it. Please name the translator as well.\n\nAda Ferrer"

ADA = Party("ada", "Ada Ferrer", "AF", principal=True)
HAL = Party("hal", "Hal Brandt", "HB")
MAKING = Making((ADA, HAL), {"hal": 14}, ("hal",), sent_by="hal", approved_by=("ada",))
ISSUER = records.Issuer(BASE, str(LOG.verifier))

Given = dict[str, Any]


def line() -> str:
    """The disclosure line of the letter."""
    said = sentence(MAKING, Level.APPROVED, Ai.NONE)
    return f"{said} Check: {BASE}/b/{NUMBER}#{records.encode_salt(SALT)}"


def text() -> str:
    """The whole text of the letter, as its reader gets it."""
    return f"{BODY}\n\n{line()}"


def place() -> str:
    return records.place_digest(SALT, author=AUTHOR, to=TO, in_reply_to=ANSWERED, subject=SUBJECT)


def statement() -> records.Json:
    content = records.Content(
        f"mid:{MESSAGE_ID}", "mail", records.text_digest(SALT, text()), place()
    )
    return records.statement(
        issuer=ISSUER,
        number=NUMBER,
        content=content,
        making=MAKING,
        level=Level.APPROVED,
        ai=Ai.NONE,
    )


def record() -> bytes:
    key = records.OfficeKey("office-1", OFFICE_KEY)
    return records.seal(statement(), seq=1, at=AT, issuer=ISSUER, key=key)


def leaves() -> list[bytes]:
    """The log of the vectors: the office's keys, a promise, the letter."""
    return [
        office_key(keys.KeyAct.ADDED, OFFICE_KEY, LOG, RECOVERY, 0, "office-1", RECOVERY),
        promise_entry(
            number=1,
            act="made",
            floor=Level.APPROVED,
            channel="mail",
            strength=Strength.GUARANTEE,
            day=DAY,
        ),
        byline_entry(level=Level.APPROVED, ai=Ai.NONE, channel="mail", day=DAY, record=record()),
    ]


def office_key(
    act: keys.KeyAct,
    key: Ed25519PrivateKey,
    log: Signer,
    by: Ed25519PrivateKey,
    since: int,
    name: str,
    recovery: Ed25519PrivateKey | None = None,
) -> bytes:
    new = keys.NewKeys(
        name, keys.public(key), str(log.verifier), keys.public(recovery) if recovery else ""
    )
    return keys.office_key_entry(new, act=act, origin=ORIGIN, since=since, day=DAY, signer=by)


def store() -> MemoryStore:
    """The log, published."""
    made, rows = MemoryStore(), leaves()
    frontier = sequence(Frontier(), rows)
    note = sign_checkpoint(ORIGIN, frontier, LOG)
    publish(made, entries=lambda a, b: rows[a:b], size=len(rows), checkpoint=note)
    return made


def proof() -> bytes:
    return prove_offline(store(), LOG.verifier, 2).encode()


def header() -> Header:
    return Header(BASE, NUMBER, 2, Level.APPROVED, SALT)


def letter() -> bytes:
    """The mail."""
    return compose(
        Outbound(
            message_id=MESSAGE_ID,
            author=Address(FROM, "Ada Ferrer"),
            sender=Address("hal@ada.example", "Hal Brandt"),
            to=tuple(Address(address) for address in TO),
            subject=SUBJECT,
            text=text(),
            date=AT,
            in_reply_to=ANSWERED,
            references=(ANSWERED,),
            byline=str(header()),
            record=record(),
            proof=proof(),
        )
    )


def files() -> dict[str, bytes]:
    """Every file of docs/vectors, by its path in there."""
    published = store().files
    document = keys.with_history(ISSUER, keys.replay(ORIGIN, [(0, leaves()[0])]))
    history = prove_offline(store(), LOG.verifier, 0, extra=leaves()[0])
    return {
        "letter.eml": letter(),
        "record.json": record(),
        "letter.tlog-proof": proof(),
        "did.json": json.dumps(document, indent=2).encode() + b"\n",
        "key-history": KeyFile.of_proofs([history]).encode(),
        "post.json": later.post(),
        **{f"log/{path}": published[path] for path in published},
        **later.stamps(published["checkpoint"], len(leaves())),
    }


def _keys(given: Given) -> Given:
    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(given["seed"]))
    return {
        "public": key.public_key().public_bytes_raw().hex(),
        "multikey": records.multikey(key.public_key()),
    }


def _log_key(given: Given) -> Given:
    verifier = Signer(given["origin"], bytes.fromhex(given["seed"])).verifier
    return {
        "public": verifier.public_key.hex(),
        "key_id": verifier.key_id.hex(),
        "vkey": str(verifier),
    }


def _key_changes(given: Given) -> Given:
    """A change at 9, made by a thief; a recovery at 20 with the cut-off 7."""
    seeds = ("second", "third", "next_recovery", "new_log")
    second, third, following, new_log = (bytes.fromhex(given[name]) for name in seeds)
    private = Ed25519PrivateKey.from_private_bytes
    log, made = Signer(ORIGIN, new_log), keys.KeyAct
    rows = [
        (0, leaves()[0]),
        (9, office_key(made.CHANGED, private(second), log, OFFICE_KEY, 9, "office-2")),
        (20, office_key(
            made.RECOVERED, private(third), log, RECOVERY, 7, "office-3", private(following)
        )),
    ]  # fmt: skip
    return {
        "entries": {str(index): leaf.decode() for index, leaf in rows},
        "before_the_recovery": _spans(keys.replay(ORIGIN, rows[:2])),
        "after_it": _spans(keys.replay(ORIGIN, rows)),
        "written_recovery_key": keys.written(RECOVERY),
    }


def _spans(history: keys.History) -> list[Given]:
    return [{"name": s.name, "start": s.start, "end": s.end} for s in history.spans]


def _canonical(given: Given) -> Given:
    return {"canonical": canonical(given["text"])}


def _salt(given: Given) -> Given:
    return {"text": records.encode_salt(bytes.fromhex(given["salt"]))}


def _digest(given: Given) -> Given:
    salt = bytes.fromhex(given["salt"])
    return {"digest": records.text_digest(salt, given["text"])}


def _file_digest(given: Given) -> Given:
    salt, content = (bytes.fromhex(given[name]) for name in ("salt", "content"))
    return {"digest": records.digest(salt, content)}


def _place(given: Given) -> Given:
    salt = bytes.fromhex(given["salt"])
    names = ("author", "to", "in_reply_to", "subject")
    return {"digest": records.place_digest(salt, **{name: given[name] for name in names})}


def _line(_given: Given) -> Given:
    return {"line": line(), "text_digest": records.text_digest(SALT, text())}


def _statement(_given: Given) -> Given:
    return {"statement": statement(), "challenge": records.consent_challenge(statement()).hex()}


def _record(_given: Given) -> Given:
    made = record()
    fields = json.loads(made)
    signed = {key: value for key, value in fields.items() if key != "proof"}
    options = {key: value for key, value in fields["proof"].items() if key != "proofValue"}
    return {
        "seq": fields["seq"],
        "validFrom": fields["validFrom"],
        "proof": fields["proof"],
        "proof_options_sha256": _sha256(rfc8785.dumps(options)),
        "document_sha256": _sha256(rfc8785.dumps(signed)),
        "record_sha256": _sha256(made),
    }


def _consent(given: Given) -> Given:
    private = ec.derive_private_key(given["private"], ec.SECP256R1())
    challenge = records.consent_challenge(statement())
    others = [bytes([number]) * 32 for number in range(2)]
    shares = consent.shared_out(
        _touch(private, consent.batch_challenge([*others, challenge])), [*others, challenge]
    )
    which = passkey.fingerprint(private.public_key())
    named = {
        "signer": ISSUER.actor("ada"),
        "key": f"{ISSUER.did}#ada-passkey-1",
        "entry": given["keyEntry"],
    }
    return {
        **passkey.published(private.public_key()),
        "fingerprint": which,
        "entry": passkey_entry(which=which, role="principal", act="added", day=DAY).decode(),
        "challenge": challenge.hex(),
        "evidence": _touch(private, challenge).evidence(**named),
        "batch": shares[2].evidence(**named),
    }


def _touch(private: ec.EllipticCurvePrivateKey, challenge: bytes) -> consent.Assertion:
    said = {"type": "webauthn.get", "challenge": passkey.encode(challenge), "origin": BASE}
    client = json.dumps({**said, "crossOrigin": False}, separators=(",", ":")).encode()
    data = hashlib.sha256(b"ada.example").digest() + b"\x05" + bytes(4)
    algorithm = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
    signature = private.sign(data + hashlib.sha256(client).digest(), algorithm)
    return consent.Assertion(passkey.encode(b"Ada's passkey"), data, client, signature)


def _entries(_given: Given) -> Given:
    rows = leaves()
    return {
        "entries": [leaf.decode() for leaf in rows],
        "leaf_hashes": [leaf_hash(leaf).hex() for leaf in rows],
    }


def _other_entries(given: Given) -> Given:
    commitment = given["commitment"]
    rows = [
        grant_entry(commitment=commitment, day=DAY),
        revoke_entry(commitment=commitment, day=DAY),
        correction_entry(of=2, why="stopped", day=DAY),
        revision_entry(
            level=Level.APPROVED,
            ai=Ai.NONE,
            channel="site",
            change=Change.TYPO,
            day=DAY,
            record=record(),
            replaces=_sha256(record()),
        ),
        reaction_entry(
            level=Level.ON_BEHALF,
            ai=Ai.NONE,
            channel="mastodon",
            act=Reaction.LIKE,
            day=DAY,
            record=record(),
        ),
    ]
    return {"entries": [leaf.decode() for leaf in rows]}


def _change(given: Given) -> Given:
    before, after = (Written(*given[name]) for name in ("before", "after"))
    return {"change": proposed(before, after)}


def _tree(_given: Given) -> Given:
    rows = leaves()
    sizes = [Frontier().extend(rows[:size]) for size in range(len(rows) + 1)]
    return {
        "roots": [frontier.root().hex() for frontier in sizes],
        "inclusion": [hash_.hex() for hash_ in inclusion_proof(_reader, 2, 3)],
        "consistency": [hash_.hex() for hash_ in consistency_proof(_reader, 2, 3)],
    }


def _reader(height: int, index: int) -> bytes:
    row = [leaf_hash(leaf) for leaf in leaves()]
    for _ in range(height):
        row = [node_hash(row[at], row[at + 1]) for at in range(0, len(row) - 1, 2)]
    return row[index]


def _checkpoint(_given: Given) -> Given:
    return {
        "checkpoint": store().files["checkpoint"].decode(),
        "files": sorted(store().files),
        "proof": proof().decode(),
    }


def _header(_given: Given) -> Given:
    return {"byline": str(header())}


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


VECTORS: dict[str, Callable[[Given], Given]] = {
    "office-key": _keys,
    "log-key": _log_key,
    "key-changes": _key_changes,
    "canonical": _canonical,
    "salt": _salt,
    "text-digest": _digest,
    "file-digest": _file_digest,
    "place-digest": _place,
    "disclosure": _line,
    "statement": _statement,
    "record": _record,
    "consent": _consent,
    "entries": _entries,
    "other-entries": _other_entries,
    "change": _change,
    "revisions": later.revisions,
    "reaction": later.reaction,
    "timestamp": later.timestamp,
    "tree": _tree,
    "checkpoint": _checkpoint,
    "byline-field": _header,
}


def read() -> Iterator[Given]:
    """The vectors as the document states them."""
    for block in BLOCK.finditer(DOC.read_text()):
        yield json.loads(block[1])


def computed(vector: Given) -> Given:
    """The same vector with what our own code makes of `given`."""
    made = VECTORS[vector["vector"]](vector["given"])
    return {"vector": vector["vector"], "given": vector["given"], "expect": made}


def _renew() -> None:
    later.restamp(store().files["checkpoint"], len(leaves()))

    def renewed(block: re.Match[str]) -> str:
        text = json.dumps(computed(json.loads(block[1])), indent=2)
        return f"```json vector\n{text}\n```"

    DOC.write_text(BLOCK.sub(renewed, DOC.read_text()))
    for path, content in files().items():
        place = FOLDER / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)


if __name__ == "__main__":
    _renew()
    sys.stdout.write(f"Renewed the vectors in {DOC.relative_to(ROOT)}.\n")
