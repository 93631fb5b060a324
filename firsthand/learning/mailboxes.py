"""Where the mailboxes of a benchmark lie, and whose each is: folders as people keep them.

A folder of one folder (or one mbox file) for each mailbox; or one mailbox alone: a Maildir, an mbox
file, or a folder with its inbox and sent mail.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from firsthand.channels.mail.files import guess_sent
from firsthand.core.envelope import Parsed
from firsthand.core.errors import Misuse

_SUFFIXES = (".mbox", ".mbx", ".mbs", ".gz")
_WHOSE = 0.5
"""So much of the mail must be from or to an address that a mailbox without sent folder is its."""
_WROTE = 0.02


def find(path: Path) -> list[Path]:
    """The mailboxes at `path`, in the order of their names. Raises Misuse."""
    if not path.exists():
        raise Misuse(f"There is no folder {path}.", hint="Name a folder with a folder per mailbox.")
    if path.is_file() or _is_mailbox(path):
        return [path]
    inside = _inside(path)
    folders = [each for each in inside if each.is_dir()]
    if len(inside) == 1 and folders and not _is_mailbox(folders[0]) and _inside(folders[0]):
        nested = [each for each in _inside(folders[0]) if each.is_dir()]
        if nested and all(_is_mailbox(each) for each in nested):
            return find(folders[0])
    return [*folders, *(each for each in inside if each.is_file() and _is_mbox(each))]


def _inside(path: Path) -> list[Path]:
    return sorted(each for each in path.iterdir() if not each.name.startswith("."))


def _is_mailbox(path: Path) -> bool:
    """Whether a folder is one person's mail: a Maildir, or names that tell received from sent."""
    names = [each.name for each in path.iterdir() if each.name not in ("cur", "new", "tmp")]
    return (path / "cur").is_dir() or any(guess_sent(_bare(name)) is not None for name in names)


def _is_mbox(path: Path) -> bool:
    return path.name.lower().endswith(_SUFFIXES) or "." not in path.name


def _bare(name: str) -> str:
    name = name.lstrip(".")
    while name.lower().endswith(_SUFFIXES):
        name = name.rpartition(".")[0]
    return name


def named_owner(path: Path) -> str:
    """The address that a folder or file is named by ("ada@ada.example.mbox"), or ""."""
    name = path.name.lower()
    while name.endswith(_SUFFIXES):
        name = name.rpartition(".")[0]
    local, _, domain = name.partition("@")
    return name if local and "." in domain else ""


def whose(messages: Sequence[Parsed]) -> str:
    """The address that almost all of the mail is from or to, and that wrote some of it; or ""."""
    wrote: Counter[str] = Counter(each.sender.address for each in messages)
    about: Counter[str] = Counter()
    for each in messages:
        pairs = (each.sender, *each.to, *each.cc)
        about.update({pair.address for pair in pairs} - {""})
    own = [(count, address) for address, count in about.items()
           if wrote[address] >= max(1, _WROTE * len(messages)) and count > wrote[address]]  # fmt: skip
    count, address = max(own, default=(0, ""))
    return address if count >= _WHOSE * len(messages) else ""
