"""A checkpoint with an RFC 3161 timestamp, made by OpenSSL, before OpenSSL and rfc3161-client."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.servers.judges import Verdict, openssl, python
from tests.servers.tsa import authority
from tests.tlog.example import Office

pytestmark = pytest.mark.servers


@dataclass(frozen=True)
class Stamped:
    """A folder with `checkpoint`, `answer` (its timestamp), `root` and the authority's files."""

    folder: Path
    nonce: str

    def by_openssl(self, content: str = "checkpoint", root: str = "root") -> Verdict:
        arguments = ["-data", content, "-in", "answer", "-CAfile", root]
        return openssl("ts", "-verify", *arguments, folder=self.folder)

    def by_client(
        self, content: str = "checkpoint", root: str = "root", *, nonce: str = ""
    ) -> Verdict:
        place = self.folder
        return python(
            "timestamp.py",
            *("verify", place / content, nonce or self.nonce, place / "answer", place / root),
        )


@pytest.fixture(scope="module")
def stamped(tmp_path_factory: pytest.TempPathFactory) -> Stamped:
    folder = tmp_path_factory.mktemp("timestamp")
    clock = authority(folder)
    (folder / "root").write_bytes(clock.roots)
    (folder / "other").write_bytes(authority(folder / "elsewhere", "other.example").roots)
    office = Office()
    office.grow_to(700)
    (folder / "checkpoint").write_bytes(office.checkpoint)
    (folder / "changed").write_bytes(office.checkpoint.replace(b"\n700\n", b"\n701\n"))
    asked = python("timestamp.py", "request", folder / "checkpoint", folder / "request")
    assert asked.returncode == 0, asked.stderr
    clock.answer((folder / "request").read_bytes())
    return Stamped(folder, asked.stdout.decode().strip())


def test_both_accept_the_stamp(stamped: Stamped) -> None:
    assert b"Verification: OK" in stamped.by_openssl().stdout
    verdict = stamped.by_client()
    assert verdict.stdout.startswith(b"stamped 20"), verdict.stderr


def test_both_refuse_another_checkpoint(stamped: Stamped) -> None:
    assert b"message imprint mismatch" in stamped.by_openssl("changed").stderr
    assert b"Mismatch between messages" in stamped.by_client("changed").stderr


def test_both_refuse_an_authority_that_is_not_trusted(stamped: Stamped) -> None:
    for verdict in (stamped.by_openssl(root="other"), stamped.by_client(root="other")):
        assert verdict.returncode == 1 and b"OK" not in verdict.stdout


def test_stamp_for_another_request_is_refused(stamped: Stamped) -> None:
    assert b"Nonce mismatch" in stamped.by_client(nonce="1").stderr
