"""A mailbox that is a folder on this machine: mail comes from Maildir `in`, and goes to `out`.

For the sample office and for trying things: what is sent reaches nobody. The file's name is made
of the Message-ID, so that sending again changes nothing (`dedup`).
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from firsthand.channels.base import Batch, Capabilities, Connection, Cursor
from firsthand.channels.mail.compose import compose
from firsthand.core.envelope import Inbound, Outbound, Receipt
from firsthand.core.errors import Permanent

BATCH = 200


class FolderChannel:
    """The contract of channels.base over `settings["folder"]`."""

    capabilities = Capabilities(recovery="dedup", can_copy=False)

    def __init__(self, connection: Connection) -> None:
        self.root = Path(str(connection.settings["folder"]))

    def probe(self) -> tuple[str, ...]:
        self._folders()
        return (f"Mail comes from {self.root / 'in'} and goes to {self.root / 'out'}.",)

    def fetch(self, cursor: Cursor) -> Iterator[Batch]:
        """New files of `in/new` and `in/cur`; the cursor is the newest modification time, in ns."""
        since = int(cursor.get("since", 0))
        found = [
            path
            for part in ("new", "cur")
            for path in (self.root / "in" / part).glob("*")
            if path.is_file() and path.stat().st_mtime_ns > since
        ]
        found.sort(key=lambda path: path.stat().st_mtime_ns)
        for start in range(0, len(found), BATCH):
            part = found[start : start + BATCH]
            newest = {"since": part[-1].stat().st_mtime_ns}
            yield Batch(tuple(map(_inbound, part)), newest, more=start + BATCH < len(found))

    def wait(self, seconds: float) -> bool:
        time.sleep(min(seconds, 1.0))
        return True

    def send(self, outbound: Outbound) -> Receipt:
        out = self._folders()
        name = hashlib.sha256(outbound.message_id.encode()).hexdigest()[:20] + ".eml"
        temporary = out / f".{name}.{os.getpid()}"
        try:
            temporary.write_bytes(compose(outbound))
            temporary.replace(out / name)
        except OSError as problem:
            raise Permanent(f"{out} cannot be written: {problem.strerror}.") from None
        return Receipt("", outbound.date, answer=f"written to {out / name}")

    def find(self, outbound: Outbound) -> Receipt | None:
        return None

    def copy(self, outbound: Outbound) -> None:
        """What was sent is in `out` already."""

    def close(self) -> None:
        """Nothing is held open."""

    def _folders(self) -> Path:
        for folder in (self.root / "in" / "new", self.root / "in" / "cur", self.root / "out"):
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as problem:
                raise Permanent(f"{folder} cannot be made: {problem.strerror}.") from None
        return self.root / "out"


def _inbound(path: Path) -> Inbound:
    changed = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return Inbound("mail", path.name.split(":")[0], path.read_bytes(), received_at=changed)
