"""Handing a message to a submission server (RFC 5321, RFC 6409), step by step.

Every failure is told apart by when it came: before the final dot nothing can have been accepted;
between the dot and the answer nobody knows, and only a person may decide to repeat it.
"""

from __future__ import annotations

import contextlib
import re
import smtplib
import ssl
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from firsthand.channels.mail.servers import Auth, Security, Server
from firsthand.core.errors import FirsthandError, Permanent, Temporary, Uncertain

# Times the server's timeout: how long all may take before the text goes, and its answer after.
PATIENCE = 5

_LINE_ENDS = re.compile(rb"\r\n|\r|\n")
_FIRST_DOTS = re.compile(rb"(?m)^\.")


@dataclass(frozen=True, slots=True)
class Accepted:
    """The server took the message. `refused` maps addresses to the words of their refusal."""

    answer: str
    refused: dict[str, str] = field(default_factory=dict)


class Smtp:
    """One connection to a submission server, opened when first needed and kept until `close`."""

    def __init__(self, server: Server, *, greeting: str) -> None:
        self._server = server
        self._greeting = greeting
        self._client: smtplib.SMTP | None = None

    def check(self) -> str:
        """Sign in, send nothing, and say what was found."""
        with self._before_the_dot():
            client = self._open()
            client.noop()
            size = client.esmtp_features.get("size", "")
        limit = f", messages up to {int(size) // 1_000_000} MB" if size.isdigit() else ""
        return f"{self._server} lets {self._server.user} send{limit}."

    def send(self, *, sender: str, recipients: Sequence[str], message: bytes) -> Accepted:
        """Hand over one message. Raises Temporary and Permanent without effect, or Uncertain."""
        began = time.monotonic()
        # A lone CR or LF could smuggle a second message past the first one's end.
        text = _LINE_ENDS.sub(b"\r\n", message)
        with self._before_the_dot():
            client = self._open()
            self._announce(client, sender, text)
            refused = {}
            for address in recipients:
                reply = client.rcpt(address)
                if not 200 <= reply[0] < 300:
                    refused[address] = reply
            self._check_refusals(recipients, refused)
            if time.monotonic() - began > self._server.timeout * PATIENCE:
                raise Temporary(f"The {self._server} was too slow, so nothing was sent.")
            _expect(client.docmd("DATA"), 300, f"The {self._server} would not take the text")
            client.send(_FIRST_DOTS.sub(b"..", text).removesuffix(b"\r\n") + b"\r\n.\r\n")
        answer = self._answer(client)
        return Accepted(answer, {to: _words(*words) for to, words in refused.items()})

    def close(self) -> None:
        """Say goodbye if there is still somebody to say it to."""
        client, self._client = self._client, None
        if client is not None:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                client.quit()
            client.close()

    def _open(self) -> smtplib.SMTP:
        if self._client is not None:
            try:
                reusable = self._client.rset()[0] == 250
            except (smtplib.SMTPException, OSError):
                reusable = False
            if reusable:
                return self._client
            self.close()
        self._client = client = _connect(self._server, self._greeting)
        try:
            _sign_in(client, self._server)
        except BaseException:
            self.close()
            raise
        return client

    def _announce(self, client: smtplib.SMTP, sender: str, text: bytes) -> None:
        options = []
        if client.has_extn("size"):
            options.append(f"SIZE={len(text)}")
        if client.has_extn("8bitmime") and not text.isascii():
            options.append("BODY=8BITMIME")
        _expect(
            client.mail(sender, options), 200, f"The {self._server} refused the sender {sender}"
        )

    def _check_refusals(
        self, recipients: Sequence[str], refused: dict[str, tuple[int, bytes]]
    ) -> None:
        lost = [reply for reply in refused.values() if reply[0] in {421, -1}]
        if not lost and len(refused) < len(recipients):
            return
        words = "; ".join(f"{to}: {_words(*reply)}" for to, reply in refused.items())
        if lost or any(code < 500 for code, _ in refused.values()):
            raise Temporary(f"Nobody was accepted as a recipient for now ({words}).")
        raise Permanent(f"Nobody was accepted as a recipient ({words}).")

    def _answer(self, client: smtplib.SMTP) -> str:
        """The server's word on the whole message, for which it may take its time."""
        try:
            if client.sock is not None:
                client.sock.settimeout(self._server.timeout * PATIENCE)
            code, answer = client.getreply()
            if client.sock is not None:
                client.sock.settimeout(self._server.timeout)
        except (smtplib.SMTPException, OSError) as problem:
            self.close()
            raise self._unknown(str(problem)) from problem
        if not 200 <= code < 300 and not 400 <= code < 600:
            self.close()
            raise self._unknown(_words(code, answer))
        _expect((code, answer), 200, f"The {self._server} refused the message")
        return _words(code, answer)

    def _unknown(self, why: str) -> Uncertain:
        return Uncertain(
            f"The {self._server} was given the whole message and then did not say whether it took "
            f"it ({why}).",
            hint="Ask a recipient or look into their mailbox, then settle it.",
        )

    @contextmanager
    def _before_the_dot(self) -> Iterator[None]:
        """Until the final dot is written the server may act on nothing (RFC 5321 4.1.1.4)."""
        try:
            yield
        except FirsthandError:
            raise
        except (ssl.SSLCertVerificationError, smtplib.SMTPNotSupportedError, ValueError) as problem:
            self.close()
            raise Permanent(f"The {self._server} cannot be used: {problem}.") from problem
        except smtplib.SMTPAuthenticationError as problem:
            self.close()
            raise _not_signed_in(self._server, problem) from problem
        except (smtplib.SMTPException, OSError) as problem:
            self.close()
            raise Temporary(
                f"The {self._server} cannot be reached or hung up: {problem}.",
                hint="It is tried again. If that lasts, check the server's name and port.",
            ) from problem


def _connect(server: Server, greeting: str) -> smtplib.SMTP:
    if server.security is Security.TLS:
        return smtplib.SMTP_SSL(
            server.host,
            server.port,
            local_hostname=greeting,
            timeout=server.timeout,
            context=server.context(),
        )
    return smtplib.SMTP(server.host, server.port, local_hostname=greeting, timeout=server.timeout)


def _sign_in(client: smtplib.SMTP, server: Server) -> None:
    client.ehlo_or_helo_if_needed()
    if server.security is Security.STARTTLS:
        if not client.has_extn("starttls"):
            raise Permanent(
                f"The {server} offers no encryption, so no password was sent.",
                hint="Check the port: 587 for STARTTLS, 465 for TLS.",
            )
        client.starttls(context=server.context())
        client.ehlo()
    if server.auth is Auth.PASSWORD:
        client.login(server.user, server.secret)
    elif server.auth is Auth.XOAUTH2:
        token = f"user={server.user}\1auth=Bearer {server.secret}\1\1"
        # The second challenge is the server's complaint; an empty line fetches its refusal.
        client.auth("XOAUTH2", lambda challenge=None: "" if challenge else token)


def _not_signed_in(server: Server, problem: smtplib.SMTPAuthenticationError) -> FirsthandError:
    code, words = int(problem.smtp_code), _words(int(problem.smtp_code), problem.smtp_error)
    if code < 500:
        return Temporary(f"The {server} does not let {server.user} sign in for now ({words}).")
    return Permanent(
        f"The {server} refused the credentials of {server.user} ({words}).",
        hint="Connect the account again with a new password (often an app password) or token.",
    )


def _expect(reply: tuple[int, bytes], hundred: int, what: str) -> None:
    code, answer = reply
    if hundred <= code < hundred + 100:
        return
    words = _words(code, answer)
    if 500 <= code < 600:
        raise Permanent(f"{what} ({words}).")
    raise Temporary(f"{what} for now ({words}).")


def _words(code: int, answer: bytes | str) -> str:
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return f"{code} {' '.join(text.split())}"[:500]
