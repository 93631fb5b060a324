"""Settings come from the environment; `NAME_FILE` names a file that holds the value instead."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from firsthand.core.errors import Misuse


def text(name: str, default: str = "") -> str:
    """The value of `name`, or of the file that `name`_FILE names."""
    path = os.environ.get(f"{name}_FILE")
    if path:
        try:
            return Path(path).read_text().strip()
        except OSError as problem:
            raise Misuse(f"{name}_FILE cannot be read: {problem}.") from problem
    return os.environ.get(name, default)


def flag(name: str, default: bool = False) -> bool:
    """`1/true/yes/on` or `0/false/no/off`. Anything else stops the program."""
    value = text(name, "on" if default else "off").lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off", ""}:
        return False
    raise Misuse(f"{name} must be on or off, not {value!r}.")


def words(name: str) -> list[str]:
    """A list, separated by commas."""
    return [word.strip() for word in text(name).split(",") if word.strip()]


def home() -> Path:
    """The folder of the office: $FIRSTHAND_HOME, or the platform's folder for data."""
    base = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(os.environ.get("FIRSTHAND_HOME") or Path(base) / "firsthand").expanduser()


def secret(folder: Path, name: str) -> str:
    """The secret of that name in the office's folder; made on first use, readable by its owner only."""
    path = folder / name
    if not path.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary = folder / f".{name}.{secrets.token_hex(4)}"
        with open(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
            file.flush()
            os.fsync(file.fileno())
        # link, not rename: of two processes that start together the first one's secret stays.
        try:
            os.link(temporary, path)
        except FileExistsError:
            pass
        finally:
            temporary.unlink()
    return path.read_text().strip()
