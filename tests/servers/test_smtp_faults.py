"""When a submission server fails decides what the failure means; and no word goes unencrypted.

No real server commits these faults on demand, so a small one follows a script.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from firsthand.core.errors import FirsthandError, Permanent, Temporary, Uncertain
from tests.channels.contract import fetched, outbound
from tests.servers.dovecot import Dovecot
from tests.servers.mailbox import Mailbox, new_mailbox

pytestmark = pytest.mark.servers


@pytest.fixture
def far(dovecot: Dovecot) -> Iterator[Mailbox]:
    mailbox = new_mailbox(dovecot)
    yield mailbox
    mailbox.close()


# --- a submission server that follows a script ---------------------------------------------------

HELLO = b"220 mail.ada.example\r\n"
OK = b"250 OK\r\n"
ENCRYPT = b"220 begin\r\n"


Answer = bytes | float | ssl.SSLContext | None


class Script:
    """Answers each line with the next answer.

    `None` hangs up, a number is a pause in seconds, a TLS context begins the encryption.
    """

    def __init__(self, *answers: Answer) -> None:
        self._answers = answers
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self.heard = b""
        self._client: socket.socket | None = None
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Script:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()
        if self._client is not None:
            with suppress(OSError):  # it may have hung up itself
                self._client.shutdown(socket.SHUT_RDWR)
        self._thread.join(10)

    def _serve(self) -> None:
        self._client, _ = self._socket.accept()
        with suppress(OSError):  # whoever does not trust our certificate hangs up
            self._follow(self._client)
        self._client.close()

    def _follow(self, client: socket.socket) -> None:
        lines = client.makefile("rb")
        for answer in self._answers:
            if answer is None:
                break
            if isinstance(answer, float):
                time.sleep(answer)
            elif isinstance(answer, ssl.SSLContext):
                self._client = client = answer.wrap_socket(client, server_side=True)
                lines.close()
                lines = client.makefile("rb")
            else:
                client.sendall(answer)
                if answer == ENCRYPT:
                    continue
                if not self._listen(lines, answer.startswith(b"354")):
                    break
        lines.close()

    def _listen(self, lines: Any, text: bool) -> bool:
        """One command, or the whole text up to its dot."""
        for line in lines:
            self.heard += line
            if not text or line == b".\r\n":
                return True
        return False


GREETED = (HELLO, OK)
ADDRESSED = (*GREETED, OK, OK)
SPOKEN = (*ADDRESSED, b"354 go on\r\n")


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        pytest.param((b"421 too busy\r\n",), Temporary, id="greeting for now"),
        pytest.param((b"554 no service\r\n",), Temporary, id="greeting refused"),
        pytest.param((None,), Temporary, id="hangs up at once"),
        pytest.param((3.0,), Temporary, id="never greets"),
        pytest.param((b"gibberish\r\n",), Temporary, id="speaks no SMTP"),
        pytest.param((*GREETED, b"451 try later\r\n"), Temporary, id="sender for now"),
        pytest.param((*GREETED, b"550 not you\r\n"), Permanent, id="sender refused"),
        pytest.param((*GREETED, OK, b"450 busy\r\n"), Temporary, id="recipient for now"),
        pytest.param((*GREETED, OK, b"550 who?\r\n"), Permanent, id="recipient refused"),
        pytest.param((*GREETED, OK, b"421 bye\r\n", None), Temporary, id="leaves at recipient"),
        pytest.param((*GREETED, OK, None), Temporary, id="hangs up at recipient"),
        pytest.param((*ADDRESSED, b"451 not now\r\n"), Temporary, id="DATA for now"),
        pytest.param((*ADDRESSED, b"554 no\r\n"), Permanent, id="DATA refused"),
        pytest.param((*ADDRESSED, None), Temporary, id="hangs up at DATA"),
        pytest.param((*SPOKEN, b"451 disk full\r\n"), Temporary, id="text for now"),
        pytest.param((*SPOKEN, b"554 spam\r\n"), Permanent, id="text refused"),
        pytest.param((*SPOKEN, None), Uncertain, id="hangs up after the dot"),
        pytest.param((*SPOKEN, 6.0), Uncertain, id="silent after the dot"),
        pytest.param((*SPOKEN, b"what?\r\n"), Uncertain, id="gibberish after the dot"),
        pytest.param((*SPOKEN, b"354 more\r\n"), Uncertain, id="nonsense after the dot"),
    ],
)
def test_when_a_failure_comes_decides_what_it_means(
    far: Mailbox, answers: Sequence[Answer], error: type[FirsthandError]
) -> None:
    with Script(*answers) as script, pytest.raises(error) as raised:
        far.channel(smtp_port=script.port, smtp_auth="none", timeout=1.0).send(outbound(far))
    assert raised.value.message.endswith(".")


def test_a_text_cannot_end_itself_early(far: Mailbox) -> None:
    """Dots are doubled and lone line ends completed: nothing smuggles a second message in."""
    with Script(*SPOKEN, b"250 taken\r\n", OK) as script:
        channel = far.channel(smtp_port=script.port, smtp_auth="none")
        receipt = channel.send(outbound(far, text="one\n.\r\nMAIL FROM:<x@x>\n..\n"))
        channel.close()
    assert receipt.answer == "250 taken"
    text = script.heard.partition(b"data\r\n")[2] or script.heard.partition(b"DATA\r\n")[2]
    assert text.count(b"\r\n.\r\n") == 1
    assert b"\n" not in text.replace(b"\r\n", b"")


def test_no_password_is_spoken_in_the_clear(far: Mailbox) -> None:
    """The real servers here offer no encryption: asked for it, we leave."""
    with pytest.raises(Permanent, match="offers no encryption, so no password was sent"):
        far.channel(smtp_security="starttls").send(outbound(far))
    with pytest.raises(Permanent, match="offers no encryption, so no password was sent"):
        fetched(far.channel(imap_security="starttls"))
    with pytest.raises((Temporary, Permanent)):
        far.channel(smtp_security="tls", timeout=2).send(outbound(far))


# --- encryption, by a server with a certificate of our own ---------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate for `localhost`, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "mail.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_encryption_is_checked_and_used(far: Mailbox, certificate: Path, security: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    offer = b"250-mail.ada.example\r\n250 STARTTLS\r\n"
    before: dict[str, list[Answer]] = {
        "tls": [context, HELLO],
        "starttls": [HELLO, offer, ENCRYPT, context, b""],
    }
    encrypted: list[Answer] = [*before[security], OK, OK, OK, SPOKEN[-1], b"250 kept\r\n", OK]
    where: dict[str, Any] = {"smtp_host": "localhost", "smtp_auth": "none"}
    where["smtp_security"] = security
    with Script(*encrypted) as script, pytest.raises(Permanent, match="cannot be used"):
        far.channel(**where, smtp_port=script.port).send(outbound(far))
    assert b"Message-ID" not in script.heard
    with Script(*encrypted) as script:
        where |= {"smtp_port": script.port, "ca_file": str(certificate)}
        assert far.channel(**where).send(outbound(far)).answer == "250 kept"
    assert b"Message-ID" in script.heard
