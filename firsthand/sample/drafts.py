"""The drafts of Ada's hands that wait in the sample office, and the promise that they meet there."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import timedelta
from importlib.resources import files
from typing import Any

promise = "If you get an answer by e-mail, I have read it: I write it, or approve every word."
PROMISE_CHANNEL = "mail"
PROMISE_FLOOR = "approved"


@dataclass(frozen=True, slots=True)
class SampleDraft:
    """A draft as it should stand in the office.

    `key` names the letter answered (`Letter.key`). `revisions` are (actor, whole text), oldest
    first, the first one by `by`. `state` is waiting, writing, rejected (with `reason`, given by the
    principal) or scheduled (approved by the principal, to leave `send_in` from now).
    """

    key: str
    by: str
    revisions: tuple[tuple[str, str], ...]
    state: str
    reason: str = ""
    send_in: timedelta | None = None


def drafts() -> tuple[SampleDraft, ...]:
    """All drafts, in the order in which they should be made."""
    source = files("firsthand.sample") / "drafts.toml"
    data = tomllib.loads(source.read_text(encoding="utf-8"))
    return tuple(_draft(row) for row in data["draft"])


def _draft(row: dict[str, Any]) -> SampleDraft:
    hours = row.get("send_in_hours")
    return SampleDraft(
        key=row["key"],
        by=row["by"],
        revisions=tuple((part["actor"], part["text"].strip("\n")) for part in row["revision"]),
        state=row["state"],
        reason=row.get("reason", ""),
        send_in=None if hours is None else timedelta(hours=hours),
    )
