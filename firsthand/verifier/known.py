"""What a verifier remembers: the keys of each office it met, and the newest checkpoint of each log.

Pinning at first sight means that a server which swaps its keys, or shows an older or another log
than it showed before, is found out.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from firsthand.core.passkey import PublicKey, published, read_published
from firsthand.core.record import from_multikey, multikey


@dataclass(slots=True)
class Known:
    """The memory, kept in one JSON file; without a path it lasts as long as the program."""

    path: Path | None = None
    keys: dict[str, list[str]] = field(default_factory=dict)
    checkpoints: dict[str, str] = field(default_factory=dict)
    passkeys: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By office, then by name in its DID document: the key as it stood there."""
    histories: dict[str, str] = field(default_factory=dict)
    """By office: its key file, as it was seen last."""

    @classmethod
    def load(cls, path: Path) -> Known:
        """The memory at `path`; an empty one where there is none yet."""
        if not path.exists():
            return cls(path)
        value = json.loads(path.read_text())
        passkeys, histories = value.get("passkeys", {}), value.get("histories", {})
        return cls(path, value["keys"], value["checkpoints"], passkeys, histories)

    def keys_of(self, did: str) -> list[Ed25519PublicKey]:
        return [from_multikey(text) for text in self.keys.get(did, [])]

    def pin(self, did: str, key: Ed25519PublicKey) -> None:
        """Remember that this key speaks for the office."""
        if multikey(key) not in self.keys.get(did, []):
            self.keys.setdefault(did, []).append(multikey(key))
            self._save()

    def passkeys_of(self, did: str) -> dict[str, PublicKey]:
        return {name: read_published(key) for name, key in self.passkeys.get(did, {}).items()}

    def pin_passkey(self, did: str, name: str, key: PublicKey) -> bool:
        """Remember a passkey; False when there is one of that name, which stays."""
        mine = self.passkeys.setdefault(did, {})
        if name in mine:
            return False
        mine[name] = published(key)
        self._save()
        return True

    def remember_history(self, did: str, file: bytes) -> None:
        """Remember what an office told of its keys, so that it can never tell less."""
        self.histories[did] = file.decode()
        self._save()

    def remember(self, origin: str, checkpoint: bytes) -> None:
        """Remember the newest checkpoint seen of a log."""
        self.checkpoints[origin] = checkpoint.decode()
        self._save()

    def _save(self) -> None:
        if not self.path:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        temporary = self.path.with_suffix(f".{os.getpid()}.tmp")
        names = ("keys", "checkpoints", "passkeys", "histories")
        value = {name: getattr(self, name) for name in names}
        temporary.write_text(json.dumps(value))
        temporary.replace(self.path)
