"""Which keys to believe, and where they are from: given, pinned before, named elsewhere, or met just now.

Keys come from the reader where there are any; from the office's own server only at a first meeting,
and that is said.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from firsthand.channels.reachable import is_loopback
from firsthand.core import record as records
from firsthand.core.errors import FirsthandError, Misuse
from firsthand.tlog.errors import Refused
from firsthand.tlog.note import Verifier
from firsthand.tlog.store import LocalStore
from firsthand.tlog.tiles import Reader
from firsthand.tlog.verify import read_checkpoint
from firsthand.verifier import pins
from firsthand.verifier.check import Verdict
from firsthand.verifier.fetch import WebLog, fetch_did, fetch_passkeys, get
from firsthand.verifier.keyfile import KeyFile, believed
from firsthand.verifier.known import Known

_NO_CHANGES = "The changes of the office's keys could not be read"


@dataclass(frozen=True, slots=True)
class Asked:
    """What the reader chose. `log`: a folder or an address; `history`: a saved key file.

    `pins`: `dns`, or pages that the reader knows to be the principal's: each must agree.
    """

    keys: tuple[Ed25519PublicKey, ...] = ()
    log: str | None = None
    online: bool = True
    history: bytes | None = None
    pins: tuple[str, ...] = ()
    resolver: str | None = None


@dataclass(frozen=True, slots=True)
class Trusted:
    """What a check believes: keys, the log to read, and what it says of the office's keys.

    `fault`: why the log, which was read whole, does not show them; "" where it does.
    """

    keys: tuple[Ed25519PublicKey, ...] = ()
    log: Reader | None = None
    office: KeyFile | None = None
    fault: str = ""


@dataclass(frozen=True, slots=True)
class _Office:
    """Whom a record names, as yet unproved."""

    record: bytes
    did: str
    base: str
    fields: dict[str, Any]

    @property
    def local(self) -> bool:
        return is_loopback(self.base)

    @property
    def host(self) -> str:
        return self.base.partition("://")[2].partition("/")[0].partition(":")[0]


@dataclass(slots=True)
class Meeting:
    """One reader who checks one byline. `notices`: what was met on the way."""

    asked: Asked
    known: Known
    notices: list[str] = field(default_factory=list)

    def verdict(self, record: bytes, check: Callable[[Trusted], Verdict]) -> Verdict:
        """The verdict of `check`, under every pin that was asked for; the key file is remembered."""
        try:
            fields = records.read(record)
            did, base = str(fields["issuer"]), str(fields["id"]).rpartition("/b/")[0]
        except (records.Forged, KeyError):
            return check(Trusted(self.asked.keys))  # under a given key it is forged
        office = _Office(record, did, base, fields)
        trusted = self._trusted(office)
        found = self._pinned(office, trusted, check) if self.asked.pins else check(trusted)
        if trusted.fault:
            found = _without_log(found, trusted.fault)
        file = believed(trusted.office, record, trusted.keys) if found.ok else None
        if file and file.proofs:
            self.known.remember_history(did, file.encode())
        return found

    def _pinned(
        self, office: _Office, trusted: Trusted, check: Callable[[Trusted], Verdict]
    ) -> Verdict:
        """Each pin must name the key that signed, or one that leads to it."""
        verdict: Verdict | None = None
        for pin in self.asked.pins:
            try:
                named = pins.named(pin, office.base, office.host, resolver=self.asked.resolver)
            except FirsthandError as problem:
                return Verdict("unknown", (f"The pin {pin} could not be read: {problem.message}",))
            if not named.linked:
                return Verdict("unknown", (f"The pin {pin} does not name this office.",))
            keys = named.keys or trusted.keys
            verdict = check(replace(trusted, keys=keys))
            if not verdict.ok:
                why = f"The pin {pin} names another key." if named.keys else ""
                return verdict.but(verdict.verdict, *filter(None, [why]))
            self.notices.append(f"The pin {pin} agrees{'' if named.keys else ', without a key'}.")
        assert verdict is not None
        return verdict

    def _trusted(self, office: _Office) -> Trusted:
        """The keys to believe and the log to read."""
        asked, local = self.asked, office.local
        log: Reader | None = WebLog(office.base, loopback=local) if asked.online else None
        if asked.log:
            is_web = asked.log.startswith(("https://", "http://"))
            address = asked.log.rstrip("/")
            log = (
                WebLog(address, loopback=is_loopback(asked.log))
                if is_web
                else LocalStore(Path(asked.log))
            )
        if isinstance(log, WebLog):
            self._meet_passkeys(office)
        try:
            file, fault = self._key_file(office, log), ""
        except Refused as refused:
            file, fault = None, f"The log does not show the keys of the office: {refused.message}"
        keys: Sequence[Ed25519PublicKey] = asked.keys or self.known.keys_of(office.did)
        if not keys and asked.online:
            keys = self._first_met(office, file)
        return Trusted(tuple(keys), log, file, fault)

    def _key_file(self, office: _Office, log: Reader | None) -> KeyFile | None:
        """What the log says of the office's keys: given, read from it, fetched, or remembered.

        Raises Refused where a log that is read whole answers wrongly: it may hide the end of a key.
        """
        told = self._remembered(office.did)
        if self.asked.history is not None:
            told = self._given(self.asked.history) or told
        if isinstance(log, LocalStore):
            verifier = Verifier.parse(str(office.fields.get("log")))
            read = KeyFile.of_log(log, read_checkpoint(log, verifier))
            return read if told is None or read.extends(told) else told
        return told if self.asked.history is not None else self._fetched(log, told)

    def _given(self, history: bytes) -> KeyFile | None:
        try:
            return KeyFile.parse(history)
        except FirsthandError as problem:
            self.notices.append(f"{_NO_CHANGES}: {problem.message}")
            return None

    def _fetched(self, log: Reader | None, remembered: KeyFile | None) -> KeyFile | None:
        """What the office's server says now, if it is what it said before with more behind it."""
        try:
            body = (
                get(f"{log.base}/key-history", loopback=log.loopback)
                if isinstance(log, WebLog)
                else None
            )
            if not body:
                return remembered
            fetched = KeyFile.parse(body)
        except FirsthandError as problem:
            self.notices.append(f"{_NO_CHANGES}: {problem.message}")
            return remembered
        if remembered and not fetched.extends(remembered):
            self.notices.append(
                "The office now tells another history of its keys than before. The one that it told "
                "before is believed; something is wrong there."
            )
            return remembered
        return fetched

    def _remembered(self, did: str) -> KeyFile | None:
        """What the office told before; a damaged memory is none."""
        try:
            return KeyFile.parse(self.known.histories.get(did, "").encode())
        except FirsthandError:
            return None

    def _first_met(self, office: _Office, file: KeyFile | None) -> Sequence[Ed25519PublicKey]:
        """The office's own word for its key, pinned from now on: trust on first use, and said so."""
        did = office.did
        try:
            published = fetch_did(did, loopback=office.local)
        except FirsthandError as problem:
            self.notices.append(f"The office's key could not be fetched: {problem.message}")
            return []
        in_dns = [] if office.local or self.asked.pins else self._dns(office)
        keys = list(published.values())
        if in_dns and not _agree(file, office.record, keys, in_dns):
            self.notices.append(
                f"The DNS of {office.host} names another key than its server does: neither is believed."
            )
            return []
        for key in keys:
            self.known.pin(did, key)
            self.notices.append(
                f"Met {did} for the first time: its key is now pinned. "
                f"Compare it with one from elsewhere: {records.multikey(key)}"
            )
        if in_dns:
            self.notices.append(
                f"The DNS of {office.host} names the same key, or one that leads to it."
            )
        return keys

    def _dns(self, office: _Office) -> Sequence[Ed25519PublicKey]:
        """The keys that the DNS names; none where it says nothing or cannot be asked."""
        try:
            return pins.in_dns(office.host, resolver=self.asked.resolver)
        except FirsthandError:
            return []

    def _meet_passkeys(self, office: _Office) -> None:
        """Pin the passkeys that a record names and that were never met; those met before stay."""
        evidence = office.fields.get("evidence")
        items = [i for i in evidence if isinstance(i, dict)] if isinstance(evidence, list) else []
        named = {str(item.get("publicKey")).partition("#")[2] for item in items}
        if not named - set(self.known.passkeys_of(office.did)):
            return
        try:
            published = fetch_passkeys(office.did, loopback=office.local)
        except FirsthandError as problem:
            why = f"The passkeys of the office could not be fetched: {problem.message}"
            self.notices.append(why)
            return
        for name, key in published.items():
            if name in named and self.known.pin_passkey(office.did, name, key):
                self.notices.append(f"Met the passkey {name} for the first time: it is now pinned.")


def _without_log(verdict: Verdict, fault: str) -> Verdict:
    """Signed, perhaps, but a log that answers wrongly proves nothing. Worse verdicts stay."""
    if verdict.verdict not in {"verified", "altered"}:
        return verdict
    worse = "altered" if verdict.verdict == "altered" else "unlogged"
    proved = replace(verdict, checkpoint="", proved_at="", proved_by="", authority="")
    return proved.but(worse, fault)


def _agree(
    file: KeyFile | None,
    record: bytes,
    keys: Sequence[Ed25519PublicKey],
    others: Sequence[Ed25519PublicKey],
) -> bool:
    """Whether two sources name one office: the same key, or keys of one history."""
    same = {records.multikey(key) for key in keys} & {records.multikey(key) for key in others}
    return bool(same) or all(believed(file, record, each) for each in (keys, others))


def read_key(text: str) -> Ed25519PublicKey:
    """A key as a reader types it. Raises Misuse."""
    try:
        return records.from_multikey(text.strip())
    except ValueError:
        raise Misuse(f"{text[:60]} is not a key.", hint="A key looks like z6Mk…") from None
