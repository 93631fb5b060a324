"""The files of an export: mbox (mboxrd) as `firsthand import` and other programs read it, and JSON."""

from __future__ import annotations

import base64
import json
import re
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Any

_FROM = re.compile(rb"^(>*From )", re.MULTILINE)
_FITS = re.compile(rb"[!-9;-~]+[ \t]*:|From |\r?\n")
_UNSAFE = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|]')
_LONGEST = 120


class Mailboxes:
    """One mbox for each folder of each account, below `root`: `mail/ada@ada.example/INBOX.mbox`."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._paths: dict[tuple[tuple[str, str], str], Path] = {}
        self._taken: set[str] = set()

    @contextmanager
    def open(self, account: tuple[str, str], folder: str) -> Iterator[Mailbox]:
        """The mailbox, to add to."""
        path = self._path(account, folder)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab") as file:
            yield Mailbox(path, file)
        if not path.stat().st_size:  # all that was added lies beside it
            path.unlink()

    def _path(self, account: tuple[str, str], folder: str) -> Path:
        found = self._paths.get((account, folder))
        if found is None:
            parts = [plain_name(part) for part in (*account, *folder.split("/")) if part]
            wanted = self._root.joinpath(*parts)
            found, number = wanted, 1
            # Two folders may differ only in case, or in what a file's name cannot have.
            while found.as_posix().casefold() in self._taken:
                number += 1
                found = wanted.with_name(f"{wanted.name} ({number})")
            self._taken.add(found.as_posix().casefold())
            found = self._paths[account, folder] = found.with_name(f"{found.name}.mbox")
        return found


class Mailbox:
    """An open mbox. What no mbox can hold to the byte becomes a file of its own beside it."""

    def __init__(self, path: Path, file: IO[bytes]) -> None:
        self._path, self._file = path, file

    def add(self, pk: int, at: datetime, packed: bytes, suffix: str) -> Path:
        """Add the message with these packed bytes; the path of the file it is in."""
        raw = zlib.decompress(packed)
        if not (raw.endswith(b"\n") and _FITS.match(raw)):
            alone = self._path.with_suffix("") / f"{pk}.{suffix}"
            alone.parent.mkdir(exist_ok=True)
            alone.write_bytes(raw)
            return alone
        postmark = f"From MAILER-DAEMON {at:%a %b %d %H:%M:%S %Y}\n".encode("ascii")
        self._file.write(postmark + _FROM.sub(rb">\1", raw) + b"\n")
        return self._path


def plain_name(name: str) -> str:
    """A name that every file system takes, and that leads nowhere else."""
    return _UNSAFE.sub("_", name).lstrip(".").strip()[:_LONGEST] or "_"


def write_array(path: Path, rows: Iterable[Any]) -> int:
    """The rows as one JSON array, a row in each line; how many there were."""
    done = 0
    with path.open("w", encoding="utf-8") as file:
        for done, row in enumerate(rows, 1):
            file.write(("[\n" if done == 1 else ",\n") + _json(row))
        file.write("\n]\n" if done else "[]\n")
    return done


def write_json(path: Path, value: Any) -> None:
    """One value as JSON, for reading."""
    path.write_text(_json(value, indent=2) + "\n", encoding="utf-8")


def _json(value: Any, indent: int | None = None) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent, default=_told)


def _told(value: Any) -> str:
    """Times in ISO 8601, bytes in base64."""
    if isinstance(value, bytes | bytearray | memoryview):
        return base64.b64encode(value).decode("ascii")
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
