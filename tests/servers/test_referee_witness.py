"""Witnesses that meet: our log before aics-witness, aics-witness's client before our witness.

What either signs is checked by a third one, tlog-scales.
"""

from __future__ import annotations

import json
import threading
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from firsthand.tlog.checkpoint import open_checkpoint
from firsthand.tlog.note import Verifier
from firsthand.tlog.verify import consistency_proof
from firsthand.tlog.witness import (
    SIZE_TYPE,
    Fork,
    Policy,
    Request,
    Stale,
    Witness,
    add_checkpoint,
    cosigned,
    read_answer,
)
from firsthand.tlog.writer import sign_checkpoint
from tests.servers.aics import Aics, running
from tests.servers.judges import Verdict, python
from tests.tlog.example import OTHER, SIGNER, WITNESS, Office
from tests.tlog.watchers import grown_to, watching

pytestmark = pytest.mark.servers

SIZES = (5, 8, 256, 300)
HONEST, HEADS = grown_to(*SIZES)
FORKED, FORKS = grown_to(*SIZES, before=b"another past")


@pytest.fixture
def aics(tmp_path: Path) -> Iterator[Aics]:
    with running(tmp_path, SIGNER.verifier) as witness:
        yield witness


def submit(aics: Aics, size: int, *, old: int, log: Office = HONEST) -> bytes:
    """The checkpoint with the witness's cosignature, got with our own client."""
    head = (HEADS if log is HONEST else FORKS)[size]
    request = add_checkpoint(log.store, head, old=old)
    status, body, _ = aics.post(request)
    return cosigned(head, read_answer(status, body, request=request, witness=[aics.verifier]))


def test_it_cosigns_honest_growth(aics: Aics, tmp_path: Path) -> None:
    old = 0
    for size in SIZES:
        head = submit(aics, size, old=old)
        policy = Policy((aics.verifier,), quorum=1)
        assert policy.check(head, SIGNER.verifier).size == size
        assert abs((policy.proved_at(head) or 0) - time.time()) < 60
        old = size
    (tmp_path / "head").write_bytes(head)
    judged = python("scales.py", "signed", tmp_path / "head", SIGNER.verifier, aics.verifier)
    assert judged.stdout == b"signed 300 2\n", judged.stderr
    assert aics.status()["size"] == 300


def test_it_tells_a_stale_log_where_it_is(aics: Aics) -> None:
    submit(aics, 8, old=0)
    status, body, content_type = aics.post(add_checkpoint(HONEST.store, HEADS[300], old=0))
    assert (status, body, content_type) == (409, b"8\n", SIZE_TYPE)
    with pytest.raises(Stale) as stale:
        submit(aics, 300, old=0)
    submit(aics, 300, old=stale.value.size)
    assert aics.status()["size"] == 300


@pytest.mark.parametrize("size", [8, 300])
def test_it_refuses_a_fork(aics: Aics, size: int) -> None:
    submit(aics, 8, old=0)
    with pytest.raises(Fork):
        submit(aics, size, old=8, log=FORKED)
    assert aics.status()["size"] == 8


def test_it_refuses_a_rollback_and_what_it_does_not_know(aics: Aics) -> None:
    submit(aics, 8, old=0)
    assert aics.post(Request(8, (), HEADS[5]).encode())[0] == 400
    changed = HEADS[300].replace(b"\n300\n", b"\n301\n")
    assert aics.post(Request(8, (), changed).encode())[0] == 403
    stans = sign_checkpoint(OTHER.name, HONEST.frontier, OTHER)
    assert aics.post(Request(0, (), stans).encode())[0] == 404


def test_both_witnesses_answer_alike(aics: Aics) -> None:
    """The same requests, one after another, to the real witness and to ours."""
    ours, now = watching(), int(time.time())
    requests = [
        Request(0, (), HEADS[8]),
        Request(0, (), HEADS[8]),
        Request(8, (), HEADS[8]),
        Request(8, (), FORKS[8]),
        Request(8, (), HEADS[5]),
        Request(8, (), HEADS[300]),
        Request(8, consistency_proof(FORKED.store, 8, 300), FORKS[300]),
        Request(8, consistency_proof(HONEST.store, 8, 300), HEADS[300]),
        Request(300, consistency_proof(HONEST.store, 8, 300), HEADS[300]),
        Request(8, consistency_proof(HONEST.store, 8, 256), HEADS[256]),
        Request(256, (), HEADS[300].replace(b"\n300\n", b"\n301\n")),
        Request(0, (bytes(32),) * 64, HEADS[8]),
        Request(0, (bytes(31),), HEADS[8]),
    ]
    bodies = [*(request.encode() for request in requests), b"", b"garbage", b"old 0\n\nada\n0\n\n"]
    theirs = [aics.post(body) for body in bodies]
    answers = [ours.answer(body, now=now) for body in bodies]
    assert [answer.status for answer in answers] == [status for status, _, _ in theirs]
    assert [status for status, _, _ in theirs[:5]] == [200, 409, 200, 422, 400]
    for answer, (status, body, content_type) in zip(answers, theirs, strict=True):
        if status == 409:
            assert (answer.body, answer.content_type) == (body, content_type)


# Our witness, before a client that nobody here wrote.


@contextmanager
def served(witness: Witness) -> Iterator[str]:
    """The address at which `witness` answers POSTs, as a door of the office would let it."""

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            answer = witness.answer(body, now=int(time.time()))
            self.send_response(answer.status if self.path == "/add-checkpoint" else 404)
            self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, format: str, *args: object) -> None:
            """The tests' output is not the place."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Door) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def feed(url: str, folder: Path, size: int, *, log: Office = HONEST) -> Verdict:
    """aics-witness's client, which starts from 0 and finds its way."""
    olds = range(1, size + 1)
    proofs = {old: consistency_proof(log.store, old, size) for old in olds}
    texts = {old: [b64encode(hash_).decode() for hash_ in proof] for old, proof in proofs.items()}
    (folder / "head").write_bytes((HEADS if log is HONEST else FORKS)[size])
    (folder / "proofs").write_text(json.dumps({"0": [], **texts}))
    vkey = str(WITNESS.verifier)
    return python("feeder.py", url, vkey, folder / "head", folder / "proofs")


def checked_by_scales(folder: Path, lines: bytes, *keys: Verifier) -> bytes:
    place = folder / "cosigned"
    place.write_bytes((folder / "head").read_bytes() + lines)
    assert open_checkpoint(place.read_bytes(), *keys).origin == SIGNER.name
    return python("scales.py", "signed", place, *keys).stdout


def test_our_witness_serves_another_client(tmp_path: Path) -> None:
    with served(watching()) as url:
        for size in SIZES:
            fed = feed(url, tmp_path, size)
            assert fed.returncode == 0, fed.stderr
            keys = (SIGNER.verifier, WITNESS.verifier)
            checked = checked_by_scales(tmp_path, fed.stdout, *keys)
            assert checked == f"signed {size} 2\n".encode()
        rolled_back = feed(url, tmp_path, 8)
        assert b"WitnessAhead" in rolled_back.stderr
        for size in (8, 300):
            assert feed(url, tmp_path, size, log=FORKED).returncode == 1
        forked = feed(url, tmp_path, 300, log=FORKED)
        assert b"WitnessRejected: witness answered 422" in forked.stderr
