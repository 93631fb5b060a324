"""A timestamp authority: `openssl ts` behind HTTP, with certificates of its own.

It may be made to lie: `turn` changes the answer before it is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID

from tests.servers.judges import openssl

CONFIGURATION = """\
[tsa]
serial = serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
ess_cert_id_alg = sha256
accuracy = secs:1, millisecs:500
"""
DAY = timedelta(days=1)


def _name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])


def _draft(name: str, issuer: str, since: datetime, until: datetime) -> x509.CertificateBuilder:
    draft = x509.CertificateBuilder().subject_name(_name(name)).issuer_name(_name(issuer))
    return (
        draft.not_valid_before(since)
        .not_valid_after(until)
        .serial_number(x509.random_serial_number())
    )


def certified(folder: Path, name: str, *, days: tuple[int, int] = (-1, 2)) -> bytes:
    """Keys and certificates of an authority, good between these days from now; its root, in PEM."""
    now = datetime.now(UTC)
    since, until = now + DAY * days[0], now + DAY * days[1]
    root_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in "ab")
    root = _draft(name, name, since, until).public_key(root_key.public_key())
    root = root.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    leaf = _draft(f"time.{name}", name, since, until).public_key(key.public_key())
    stamping = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
    leaf = leaf.add_extension(stamping, critical=True)
    signed = leaf.sign(root_key, hashes.SHA256()).public_bytes(Encoding.PEM)
    (folder / "tsa").write_bytes(signed)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "tsa.key").write_bytes(private)
    (folder / "tsa.conf").write_text(CONFIGURATION)
    (folder / "serial").write_text("01\n")
    return root.sign(root_key, hashes.SHA256()).public_bytes(Encoding.PEM)


@dataclass(slots=True)
class Authority:
    """`roots`: by which it is believed. `asked`: how often it was."""

    folder: Path
    roots: bytes
    url: str = ""
    turn: Callable[[bytes], bytes] = bytes
    status: int = 200
    asked: list[str] = field(default_factory=list)

    def answer(self, request: bytes) -> bytes:
        """What OpenSSL replies to a TimeStampReq."""
        (self.folder / "request").write_bytes(request)
        # No -chain: OpenSSL would add the certificates in an order that strict readers refuse.
        how = ["-config", "tsa.conf", "-section", "tsa", "-signer", "tsa", "-inkey", "tsa.key"]
        files = ["-queryfile", "request", "-out", "answer"]
        done = openssl("ts", "-reply", *how, *files, folder=self.folder)
        assert done.returncode == 0, done.stderr
        return (self.folder / "answer").read_bytes()


def authority(
    folder: Path, name: str = "clock.example", *, days: tuple[int, int] = (-1, 2)
) -> Authority:
    """One that is asked by calling it."""
    folder.mkdir(exist_ok=True)
    return Authority(folder, certified(folder, name, days=days))


@contextmanager
def serving(folder: Path) -> Iterator[Authority]:
    """One that is asked over HTTP, on loopback."""
    ours = authority(folder)

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            ours.asked.append(self.headers["Content-Type"])
            said = ours.turn(ours.answer(body))
            self.send_response(ours.status)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Door) as server:
        ours.url = f"http://127.0.0.1:{server.server_port}/tsr"
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield ours
        server.shutdown()
        thread.join()
