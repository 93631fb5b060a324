"""A byline record before openvc-core: a Verifiable Credential, eddsa-jcs-2022, by did:web."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from firsthand.core.record import Json, did_document
from tests.servers.judges import Verdict, python
from tests.verifier.letter import ISSUER, NOW, OFFICE, THIEF, seal

pytestmark = pytest.mark.servers

KEY = OFFICE.public_key()
DOCUMENT = did_document(ISSUER, {"office-0": THIEF.public_key(), "office-1": KEY})


def judged(
    folder: Path, record: bytes, document: Json = DOCUMENT, *, now: str = NOW.isoformat()
) -> Verdict:
    (folder / "record").write_bytes(record)
    (folder / "did.json").write_text(json.dumps(document))
    return python("credential.py", folder / "record", folder / "did.json", now)


def test_record_and_did_document_are_accepted(tmp_path: Path) -> None:
    verdict = judged(tmp_path, seal().record)
    assert verdict.stdout.decode().split() == [
        "data-integrity:eddsa-jcs-2022",
        "did:web:ada.example",
        "mid:n1@ada.example",
        "https://ada.example/.well-known/did.json",
    ], verdict.stderr


def _level(value: Json) -> None:
    value["credentialSubject"]["level"] = "firsthand"


def _number(value: Json) -> None:
    value["seq"] += 1


def _context(value: Json) -> None:
    value["@context"][1] = value["proof"]["@context"][1] = "https://stan.example/ns"


def _created(value: Json) -> None:
    value["proof"]["created"] = "2026-11-21T09:12:44Z"


def _contributor(value: Json) -> None:
    value["credentialSubject"]["contributor"].pop()


@pytest.mark.parametrize("change", [_level, _number, _context, _created, _contributor])
def test_changed_record_is_refused(tmp_path: Path, change: Callable[[Json], None]) -> None:
    value = json.loads(seal().record)
    change(value)
    verdict = judged(tmp_path, json.dumps(value).encode())
    assert verdict.returncode == 1 and b"SignatureInvalid" in verdict.stderr


def test_another_keys_record_is_refused(tmp_path: Path) -> None:
    verdict = judged(tmp_path, seal(THIEF).record)
    assert verdict.returncode == 1 and b"SignatureInvalid" in verdict.stderr


def test_another_offices_document_is_refused(tmp_path: Path) -> None:
    document = json.loads(json.dumps(DOCUMENT).replace("ada.example", "stan.example"))
    verdict = judged(tmp_path, seal().record, document)
    assert verdict.returncode == 1 and b"DidResolutionError" in verdict.stderr


def test_key_that_may_not_make_assertions_is_refused(tmp_path: Path) -> None:
    document = {**DOCUMENT, "assertionMethod": DOCUMENT["assertionMethod"][:1]}
    assert judged(tmp_path, seal().record, document).returncode == 1


def test_record_of_tomorrow_is_refused(tmp_path: Path) -> None:
    """Why the clock that dates a record must not be ahead: strangers' verifiers refuse it."""
    verdict = judged(tmp_path, seal().record, now="2026-11-21T09:12:44+00:00")
    assert verdict.returncode == 1 and b"valid" in verdict.stderr
