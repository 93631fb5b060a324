"""The vectors of docs/log-format.md hold, and the letter beside them is verified."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from firsthand.channels.dialect import Mark
from firsthand.channels.mail.dialect import MAIL
from firsthand.core.entry import EntryKind, decode
from firsthand.core.record import from_multikey
from firsthand.tlog.note import Verifier
from firsthand.tlog.store import LocalStore
from firsthand.tlog.verify import fsck
from firsthand.tlog.witness import Policy
from firsthand.verifier import check_mail, check_post, host_in
from tests.docs import vectors
from tests.docs.documents import section

STATED = list(vectors.read())


@pytest.mark.parametrize("vector", STATED, ids=lambda vector: vector["vector"])
def test_a_vector_holds(vector: vectors.Given) -> None:
    assert vectors.computed(vector) == vector


def test_every_kind_of_vector_is_stated() -> None:
    assert {vector["vector"] for vector in STATED} == set(vectors.VECTORS)


@pytest.mark.parametrize("path", sorted(vectors.files()))
def test_the_files_beside_the_page_hold(path: str) -> None:
    assert (vectors.FOLDER / path).read_bytes() == vectors.files()[path]


def stated(name: str) -> vectors.Given:
    found = next(vector for vector in STATED if vector["vector"] == name)
    return dict(found["expect"])


def office_key() -> Ed25519PublicKey:
    return from_multikey(stated("office-key")["multikey"])


def test_the_letter_is_verified_with_and_without_its_log() -> None:
    raw = (vectors.FOLDER / "letter.eml").read_bytes()
    log = LocalStore(vectors.FOLDER / "log")
    online = check_mail(raw, keys=[office_key()], log=log)
    assert (online.verdict, online.problems, online.notices) == ("verified", (), ())
    assert check_mail(raw, keys=[office_key()]).verdict == "verified"
    changed = raw.replace(b"you may quote it", b"you may print it")
    assert check_mail(changed, keys=[office_key()], log=log).verdict == "altered"


def test_the_letter_was_there_when_its_head_was_stamped() -> None:
    raw = (vectors.FOLDER / "letter.eml").read_bytes()
    asked = Policy(authorities=(vectors.FOLDER / "tsa.pem").read_bytes())
    log = LocalStore(vectors.FOLDER / "log")
    found = check_mail(raw, keys=[office_key()], log=log, policy=asked)
    at = datetime.fromtimestamp(stated("timestamp")["proved_at"], UTC)
    assert found.proved_at == at.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert (found.proved_by, found.authority) == ("timestamp", stated("timestamp")["made_by"])


def test_the_post_is_verified_by_its_own_proofs() -> None:
    raw = (vectors.FOLDER / "post.json").read_bytes()
    found = check_post(raw, host=host_in(raw), keys=[office_key()], log=None)
    assert (found.verdict, found.problems) == ("verified", ())
    assert "3 revisions" in found.notices[0]


def test_the_log_is_sound() -> None:
    store = LocalStore(vectors.FOLDER / "log")
    assert fsck(store, Verifier.parse(stated("log-key")["vkey"]), paths=store.paths()).ok


def test_the_did_document_names_the_key() -> None:
    document = json.loads((vectors.FOLDER / "did.json").read_bytes())
    keys = [method["publicKeyMultibase"] for method in document["verificationMethod"]]
    assert keys[0] == stated("office-key")["multikey"]
    assert document["assertionMethod"] == [document["verificationMethod"][0]["id"]]


def test_the_office_puts_the_same_line_under_a_text() -> None:
    said = vectors.line().partition(" Check: ")[0]
    link = vectors.ISSUER.link(vectors.NUMBER, vectors.SALT)
    assert MAIL.final(vectors.BODY, Mark(said, "^HB", link)) == vectors.text()


def test_every_kind_of_entry_is_described() -> None:
    table = section("docs/log-format.md", "Entries")
    missing = [kind.value for kind in EntryKind if f"| `{kind.value}` |" not in table]
    assert not missing


def test_the_fields_of_an_entry_are_those_in_the_table() -> None:
    rows = [*stated("entries")["entries"], *stated("other-entries")["entries"]]
    table = section("docs/log-format.md", "Entries")
    for leaf in rows:
        fields = decode(leaf.encode())
        row = next(row for row in table.splitlines() if row.startswith(f"| `{fields['kind']}`"))
        unsaid = [name for name in fields if name not in {"v", "kind"} and f"`{name}`" not in row]
        assert not unsaid
