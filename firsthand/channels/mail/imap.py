"""Reading a mailbox over IMAP (RFC 3501, RFC 2177 IDLE, RFC 6154 special folders).

Folders are opened read-only and bodies are peeked at: nothing is ever marked, moved or deleted.
The one thing written is the copy of a sent message.
"""

from __future__ import annotations

import contextlib
import re
import ssl
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from imapclient import SEEN, IMAPClient
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, LoginError

from firsthand.channels.base import Batch, Cursor
from firsthand.channels.mail.servers import Auth, Security, Server
from firsthand.core.envelope import Inbound
from firsthand.core.errors import FirsthandError, Permanent, Temporary

INBOX = "INBOX"
MESSAGES = 200
"""Messages of a batch, at most."""
BYTES = 8 * 1024 * 1024
"""Bytes of a batch, at most, unless it holds one message only."""
LARGEST = 64 * 1024 * 1024
"""A larger message is set aside: its header is fetched, with a note in place of the rest."""
IDLE_SECONDS = 28 * 60
"""Servers may hang up on an IDLE after 30 minutes (RFC 2177)."""
POLL_SECONDS = 20.0
SET_ASIDE = "Firsthand-Set-Aside"
"""The header field that tells why a message's own text is missing."""

_FOR_NOW = re.compile(r"\[(UNAVAILABLE|LIMIT|INUSE|SERVERBUG)\b", re.IGNORECASE)


class Imap:
    """One connection to a mailbox, opened when first needed and kept until `close`."""

    def __init__(self, server: Server, *, sent_folder: str = "", largest: int = LARGEST) -> None:
        self._server = server
        self._wanted_sent = sent_folder
        self._largest = largest
        self._client: IMAPClient | None = None
        self._known_next: tuple[int, int] | None = None

    def check(self) -> tuple[str, ...]:
        """Sign in, change nothing, and say what was found."""
        with self._errors():
            client = self._open()
            count = client.select_folder(INBOX, readonly=True)[b"EXISTS"]
            sent = self._sent_folder(client)
            idle = client.has_capability("IDLE")
        return (
            f"The {self._server} lets {self._server.user} in; the inbox holds {count} messages.",
            f"Sent messages lie in {sent!r}." if sent else "There is no folder for sent messages.",
            "New messages are announced at once." if idle else "New messages are looked for often.",
        )

    def fetch(self, cursor: Cursor) -> Iterator[Batch]:
        """The inbox, then the Sent folder; each batch with the cursor that continues after it."""
        with self._errors():
            client = self._open()
            sent = self._sent_folder(client)
            folders = [INBOX, sent] if sent and sent.upper() != INBOX else [INBOX]
            places: dict[str, Any] = dict(cursor)
            for folder in folders:
                for batch in self._folder(client, folder, folder == sent, places):
                    yield batch if folder == folders[-1] else replace(batch, more=True)

    def wait(self, seconds: float) -> bool:
        """Until the inbox has more than at the last `fetch` or `wait`; False when time is over."""
        with self._errors():
            client = self._open()
            if self._has_news(client):
                return True
            if client.has_capability("IDLE"):
                self._idle(client, min(seconds, IDLE_SECONDS))
                return self._has_news(client)
            return self._poll(client, seconds)

    def copy(self, message: bytes, *, message_id: str, at: datetime) -> None:
        """Put a message into the Sent folder, unless one with this Message-ID is there."""
        with self._errors():
            client = self._open()
            folder = self._sent_folder(client)
            if folder is None:
                folder = self._wanted_sent or "Sent"
                client.create_folder(folder)
                client.subscribe_folder(folder)
            client.select_folder(folder, readonly=True)
            if not client.search(["HEADER", "Message-ID", f"<{message_id}>"]):
                client.append(folder, message, flags=[SEEN], msg_time=at)

    def close(self) -> None:
        """Say goodbye if there is still somebody to say it to."""
        client, self._client = self._client, None
        if client is None:
            return
        with contextlib.suppress(IMAPClientError, OSError):
            client.logout()
        with contextlib.suppress(OSError):
            client.shutdown()

    def _folder(
        self, client: IMAPClient, folder: str, mine: bool, places: dict[str, Any]
    ) -> Iterator[Batch]:
        """The batches of one folder. `places` is brought up to date as they are handed over."""
        status = client.select_folder(folder, readonly=True)
        validity = int(status[b"UIDVALIDITY"])
        if folder == INBOX:
            self._known_next = validity, int(status.get(b"UIDNEXT", 0))
        place = places.get(folder, {})
        # Another UIDVALIDITY means other numbers for the same messages: all are read again, and
        # known by their fingerprints.
        last = int(place["uid"]) if place.get("uidvalidity") == validity else 0
        # `n:*` always names the newest message, even below n.
        uids = sorted(uid for uid in client.search(["UID", f"{last + 1}:*"]) if uid > last)
        for group in _groups(client, uids, min(BYTES, self._largest)):
            inbounds = tuple(self._inbounds(client, folder, validity, group, mine))
            places[folder] = {"uidvalidity": validity, "uid": group[-1]}
            yield Batch(inbounds, dict(places), more=group[-1] != uids[-1])
        if not uids:
            places[folder] = {"uidvalidity": validity, "uid": last}

    def _inbounds(
        self, client: IMAPClient, folder: str, validity: int, uids: Sequence[int], mine: bool
    ) -> Iterator[Inbound]:
        for uid, data in self._contents(client, uids).items():
            at = data.get(b"INTERNALDATE")
            yield Inbound(
                channel="mail",
                remote_id=f"{folder}/{validity}/{uid}",
                raw=data[b"BODY[]"],
                received_at=at.astimezone(UTC) if isinstance(at, datetime) else None,
                mine=True if mine else None,
                seen=SEEN in data.get(b"FLAGS", ()),
                folder=folder,
            )

    def _contents(self, client: IMAPClient, uids: Sequence[int]) -> dict[int, dict[bytes, Any]]:
        """The messages by number. Those that have gone meanwhile are left out."""
        try:
            if len(uids) == 1:
                size = _size(client.fetch(uids, ["RFC822.SIZE"]), uids[0])
                if size > self._largest:
                    return self._header_only(client, uids[0], size)
            found = client.fetch(uids, ["BODY.PEEK[]", "INTERNALDATE", "FLAGS"])
        except (IMAPClientAbortError, OSError):
            raise
        except IMAPClientError as problem:
            if len(uids) == 1:
                return {uids[0]: {b"BODY[]": set_aside(f"the server said: {problem}")}}
            # One broken message must not hide its neighbours.
            single = [self._contents(client, [uid]) for uid in uids]
            return {uid: data for each in single for uid, data in each.items()}
        return {uid: _whole(found[uid]) for uid in uids if uid in found}

    def _header_only(self, client: IMAPClient, uid: int, size: int) -> dict[int, dict[bytes, Any]]:
        found = client.fetch([uid], ["BODY.PEEK[HEADER]", "INTERNALDATE", "FLAGS"])
        if uid not in found:
            return {}
        header = found[uid].get(b"BODY[HEADER]") or b""
        why = f"it has {size} bytes, more than the {self._largest} that are fetched"
        return {uid: {**found[uid], b"BODY[]": set_aside(why, header)}}

    def _sent_folder(self, client: IMAPClient) -> str | None:
        """The folder named in the settings, the one marked \\Sent, or one with a usual name."""
        if self._wanted_sent:
            return self._wanted_sent if client.folder_exists(self._wanted_sent) else None
        folder: str | None = client.find_special_folder(b"\\Sent")
        return folder

    def _has_news(self, client: IMAPClient) -> bool:
        """Whether the inbox grew since this was last asked; the first time, it did not."""
        status = client.select_folder(INBOX, readonly=True)
        now = int(status[b"UIDVALIDITY"]), int(status.get(b"UIDNEXT", 0))
        before, self._known_next = self._known_next, now
        return before is not None and before != now

    def _idle(self, client: IMAPClient, seconds: float) -> None:
        until = time.monotonic() + seconds
        client.idle()
        try:
            while (left := until - time.monotonic()) > 0:
                answers = client.idle_check(timeout=left)
                if not answers or any(b"EXISTS" in answer for answer in answers):
                    return
        finally:
            client.idle_done()

    def _poll(self, client: IMAPClient, seconds: float) -> bool:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            time.sleep(min(left, POLL_SECONDS))
            if self._has_news(client):
                return True
        return False

    def _open(self) -> IMAPClient:
        if self._client is None:
            self._client = client = _connect(self._server)
            _sign_in(client, self._server)
        return self._client

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Reading has no effect, so nearly everything may be tried again, on a new connection."""
        try:
            yield
        except FirsthandError:
            self.close()
            raise
        except ssl.SSLCertVerificationError as problem:
            self.close()
            raise Permanent(
                f"The {self._server} cannot be trusted: {problem}.",
                hint="Check the name of the server, or give its authority as ca_file.",
            ) from problem
        except (IMAPClientError, OSError) as problem:
            self.close()
            raise Temporary(
                f"The {self._server} cannot be reached or broke off: {problem}.",
                hint="It is tried again. If that lasts, check the server's name and port.",
            ) from problem


def _connect(server: Server) -> IMAPClient:
    tls = server.security is Security.TLS
    client = IMAPClient(
        server.host,
        server.port,
        ssl=tls,
        ssl_context=server.context() if tls else None,
        timeout=server.timeout,
    )
    client.normalise_times = False
    if server.security is Security.STARTTLS:
        if not client.has_capability("STARTTLS"):
            client.shutdown()
            raise Permanent(
                f"The {server} offers no encryption, so no password was sent.",
                hint="Check the port: 143 for STARTTLS, 993 for TLS.",
            )
        client.starttls(server.context())
    return client


def _sign_in(client: IMAPClient, server: Server) -> None:
    try:
        if server.auth is Auth.XOAUTH2:
            client.oauth2_login(server.user, server.secret)
        else:
            client.login(server.user, server.secret)
    except LoginError as problem:
        broken_off = isinstance(problem.__context__, IMAPClientAbortError)
        if broken_off or _FOR_NOW.search(str(problem)):
            raise Temporary(
                f"The {server} does not let {server.user} sign in for now ({problem})."
            ) from problem
        raise Permanent(
            f"The {server} refused the credentials of {server.user} ({problem}).",
            hint="Connect the account again with a new password (often an app password) or token.",
        ) from problem


def _groups(client: IMAPClient, uids: Sequence[int], limit: int) -> Iterator[list[int]]:
    """The numbers in groups that are bounded in messages and bytes; a giant stands alone."""
    group: list[int] = []
    weight = 0
    for low in range(0, len(uids), MESSAGES):
        cut = uids[low : low + MESSAGES]
        sizes = client.fetch(cut, ["RFC822.SIZE"])
        for uid in cut:
            size = _size(sizes, uid)
            if group and (len(group) == MESSAGES or weight + size > limit):
                yield group
                group, weight = [], 0
            group.append(uid)
            weight += size
    if group:
        yield group


def _size(sizes: dict[int, dict[bytes, Any]], uid: int) -> int:
    return int(sizes.get(uid, {}).get(b"RFC822.SIZE") or 0)


def _whole(data: dict[bytes, Any]) -> dict[bytes, Any]:
    """A server may answer NIL for a message that it cannot read itself."""
    raw = data.get(b"BODY[]")
    return {**data, b"BODY[]": raw if raw is not None else set_aside("the server has no text")}


def set_aside(why: str, header: bytes = b"") -> bytes:
    """What is kept in place of a message that cannot be fetched: its header, and a note of why."""
    mark = f"{SET_ASIDE}: {' '.join(why.split())}"[:400].encode("ascii", "replace")
    note = f"This message was not fetched, because {why}. It is still on the mail server."
    body = note.encode("ascii", "replace")
    return mark + b"\r\n" + header.rstrip(b"\r\n") + b"\r\n\r\n" + body + b"\r\n"
