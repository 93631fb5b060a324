"""What a verifier of the log refuses, by name. Refused means: do not trust it, whoever sent it."""

from __future__ import annotations

from firsthand.core.errors import FirsthandError


class Refused(FirsthandError):
    """Something of the log is not what it claims to be."""

    code = "log_refused"


class ProofRefused(Refused):
    """An inclusion or consistency proof does not lead to the root."""

    code = "proof_refused"


class NoteRefused(Refused):
    """A signed note, key or checkpoint is malformed, or nobody known has signed it."""

    code = "note_refused"


class StampRefused(Refused):
    """A timestamp is malformed, is over something else, or nobody trusted has made it."""

    code = "stamp_refused"


class TileRefused(Refused):
    """A tile or entry bundle is absent, malformed, or would be overwritten. `path`: which one."""

    code = "tile_refused"

    def __init__(self, message: str, *, path: str, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.path = path


class PublishRefused(Refused):
    """Publishing would break what strangers already rely on. The store was not changed."""

    code = "publish_refused"
