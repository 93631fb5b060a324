"""The submission server (SMTP) before the tests' Dovecot, a process apart from the clients.

Usage: submission.py HOME; prints its SMTP port and the port of the OAuth introspection endpoint.
It refuses `bounce@` for good (550) and `greylist@` for now (451), and passes the rest on over LMTP.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import smtplib
import sys
from email.parser import BytesHeaderParser
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

HOST = "127.0.0.1"


class Submission:
    """aiosmtpd's handler: answers per recipient, then hands the envelope to Dovecot unchanged."""

    def __init__(self, home: Path) -> None:
        self.home = home

    async def handle_RCPT(
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        if address.startswith("bounce@"):
            return "550 5.1.1 No such mailbox"
        if address.startswith("greylist@"):
            return "451 4.7.1 Greylisted, try again later"
        if _password(self.home, _without_detail(address)) is None:
            return "550 5.1.1 No such mailbox here"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        before, after = self._delay()
        await asyncio.sleep(before)
        reply = await asyncio.to_thread(self._deliver, session, envelope)
        await asyncio.sleep(after)
        return reply

    def _delay(self) -> tuple[float, float]:
        with contextlib.suppress(FileNotFoundError):
            before, after = (self.home / "delay").read_text().split()
            return float(before), float(after)
        return 0.0, 0.0

    def _deliver(self, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        try:
            with smtplib.LMTP(str(self.home / "run" / "lmtp")) as dovecot:
                # One by one: smtplib reads one answer, LMTP gives one for each (RFC 2033 4.2).
                for to in envelope.rcpt_tos:
                    dovecot.sendmail(envelope.mail_from or "", [to], envelope.content)
        except (smtplib.SMTPException, OSError) as error:
            return f"451 4.3.0 Delivery failed: {type(error).__name__}"
        self._record(session, envelope)
        return "250 2.0.0 Delivered"

    def _record(self, session: Session, envelope: Envelope) -> None:
        assert isinstance(envelope.content, bytes)
        signed_in = session.auth_data
        line = {
            "sender": envelope.mail_from,
            "recipients": envelope.rcpt_tos,
            "user": signed_in.login.decode() if isinstance(signed_in, LoginPassword) else None,
            "message_id": BytesHeaderParser().parsebytes(envelope.content)["message-id"],
        }
        with (self.home / "submissions").open("a") as taken:
            taken.write(json.dumps(line) + "\n")

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object
    ) -> AuthResult:
        if not isinstance(data, LoginPassword):
            return AuthResult(success=False, handled=False)
        known = _password(self.home, data.login.decode())
        right = known is not None and known == data.password.decode()
        return AuthResult(success=right, handled=False, auth_data=data)


def _without_detail(address: str) -> str:
    local, _, domain = address.partition("@")
    return f"{local.partition('+')[0]}@{domain}"


def _password(home: Path, address: str) -> str | None:
    path = home / "users" / address.lower()
    if "/" in address or not path.exists():
        return None
    return path.read_text().partition(":")[2].strip().removeprefix("{PLAIN}").removesuffix("::::::")


async def _introspect(
    home: Path, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Answers `GET /introspect?token=T` as RFC 7662 does."""
    request = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    (token,) = parse_qs(urlsplit(request.split()[1]).query).get("token", [""])
    owner = ""
    for line in (home / "tokens").read_text().splitlines():
        given, _, address = line.partition(":")
        owner = address if given == token else owner
    answer = {"active": bool(owner), "username": owner} if owner else {"active": False}
    body = json.dumps(answer).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    writer.write(head.encode() + b"Connection: close\r\n\r\n" + body)
    await writer.drain()
    writer.close()


async def serve(home: Path) -> None:
    # aiosmtpd warns of its own use of a deprecated field at each sign-in.
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    handler = Submission(home)
    loop = asyncio.get_running_loop()
    smtp = await loop.create_server(
        lambda: SMTP(
            handler,
            hostname="mail.ada.example",
            authenticator=handler.authenticate,
            auth_require_tls=False,
            enable_SMTPUTF8=True,
        ),
        HOST,
        0,
    )
    oauth = await asyncio.start_server(lambda r, w: _introspect(home, r, w), HOST, 0)
    print(smtp.sockets[0].getsockname()[1], oauth.sockets[0].getsockname()[1], flush=True)
    await asyncio.gather(smtp.serve_forever(), oauth.serve_forever())


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
