"""What the server that received a letter says of its sender: whether the domain in From stands by it.

A known address is easily written into From; only the receiving server can tell (DMARC, RFC 7489).
Mailing lists and forwarders break what DMARC checks, so a letter that fails is doubtful, not junk.
"""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Collection, Mapping

from firsthand.channels.mail import headers
from firsthand.channels.mail.authres import received_results, topmost, usual_server
from firsthand.office.models import Body, Message

_LATELY, _STAMPED = 1_000, 40
_HEAD = 32_768


def head(raw: bytes) -> headers.Fields:
    """The header of a source."""
    return headers.split(raw[:_HEAD])[0]


def _beginning(kept: bytes | memoryview) -> bytes:
    """Of a source as the rows keep it, compressed: no more of it than its header."""
    return zlib.decompressobj().decompress(kept, _HEAD)


def trusted() -> dict[int, list[str]]:
    """Whose word on senders counts, by account: the server that stamps nearly all that came lately."""
    stamped: dict[int, list[int]] = defaultdict(list)
    newest = Message.objects.filter(direction="in").order_by("-at").values_list("account", "pk")
    for account, pk in newest[:_LATELY]:
        stamped[account].append(pk)
    found: dict[int, list[str]] = {}
    for account, pks in stamped.items():
        bodies = Body.objects.filter(pk__in=pks[:_STAMPED]).values_list("raw", flat=True)
        server = usual_server(head(_beginning(kept)) for kept in bodies)
        found[account] = [server] if server else []
    return found


def refuted(messages: Collection[int]) -> dict[int, str]:
    """{message: a sentence} for those of which their sender's domain says that it did not send them."""
    rows = Message.objects.filter(pk__in=messages, direction="in")
    wanted = ("pk", "account", "from_address", "body__raw")
    doubtful: dict[int, tuple[int, str, headers.Fields]] = {}
    for pk, account, address, kept in rows.values_list(*wanted).iterator():
        fields = head(_beginning(kept))
        said = topmost(fields)
        if said and said.refuted:
            doubtful[pk] = account, address, fields
    return _told(doubtful, trusted()) if doubtful else {}


def _told(
    doubtful: Mapping[int, tuple[int, str, headers.Fields]], servers: Mapping[int, list[str]]
) -> dict[int, str]:
    """Only where it was our own server that said so: anybody can write such a field."""
    found: dict[int, str] = {}
    for pk, (account, address, fields) in doubtful.items():
        if received_results(fields, servers=servers.get(account, ())):
            domain = address.rpartition("@")[2]
            found[pk] = f"may be forged: {domain} says that it did not send this (DMARC failed)"
    return found
