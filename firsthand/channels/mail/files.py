"""Messages from disk: mbox (also gzipped), Maildir, single files, and folders of all of these.

Lazy and bounded: one message in memory at a time. Nothing is changed or moved. What cannot be
read is told with a reason, never skipped in silence, never raised.
"""

from __future__ import annotations

import base64
import gzip
import io
import os
import re
import stat
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import IO

from firsthand.channels.mail import mbox

_HEAD = 4_096
_GZIP = b"\x1f\x8b"
_FOREIGN = {
    b"\xd0\xcf\x11\xe0": "This is Outlook's own format: save it as .eml or mbox first.",
    b"!BDN": "This is an Outlook archive (PST): export it as mbox first.",
    b"PK\x03\x04": "This is a zip archive: unpack it first.",
    b"SQLite f": "This is a database, not a message.",
    b"// <!-- <mdb:mork": "This is a mail program's index, not a message.",
}
_HEADER = re.compile(rb"(?:\s{0,20}|\xef\xbb\xbf)[!-9;-~]{1,80}[ \t]*:[ \t\r\n]*")
_KNOWN_HEADER = re.compile(
    rb"^(?:From|To|Date|Subject|Received|Message-ID|Return-Path|MIME-Version|Content-Type|"
    rb"Delivered-To|X-[\w-]+|DKIM-Signature|Sender|Reply-To)[ \t]*:",
    re.IGNORECASE | re.MULTILINE,
)
_APPLE = re.compile(rb"(\d{1,10})[ \t]*\r?\n")
_FLAGS = re.compile(r"[:;!]2,([A-Za-z]*)$")
_STATUS = re.compile(rb"^(?:X-)?Status:[ \t]*([A-Z]*)", re.IGNORECASE | re.MULTILINE)
_MOZILLA = re.compile(rb"^X-Mozilla-Status:[ \t]*([0-9a-fA-F]{4})", re.MULTILINE)
_LABELS = re.compile(rb"^X-Gmail-Labels:[ \t]*([^\r\n]*)", re.MULTILINE)
_SUFFIX = re.compile(r"(?i)\.(?:mbox|mbx|mbs|gz|sbd|imapmbox|maildir|eml)$")
_ONE = re.compile(r"(?i)\d+[.,](?!mbox$)|.*\.(?:eml|msg|txt)$")  # one, though with a postmark
_INDEX_NAMES = ("dovecot", "courier", "cyrus.", ".", "maildirfolder", "subscriptions")
_SENT = re.compile(
    r"^\W*_?(?:sent|sent_?(?:items?|mails?|messages?)|outgoing|"
    r"gesendet(?:e[rns]?)?(?:_?(?:objekte|elemente|nachrichten))?|postausgang|"
    r"(?:éléments|messages|courriers?|objets)?_?envoyée?s?|"
    r"(?:elementos|mensajes|correos?|itens|mensagens|e-?mails?)?_?enviad[oa]s?|enviats|"
    r"(?:posta|messaggi|elementi)?_?inviat[aie]|verzonden(?:_?(?:items|berichten|objecten))?|"
    r"skickat|skickade?(?:_?objekt)?|sende?te?(?:_?(?:elementer|post|meldinger|mail))?|"
    r"lähetetyt(?:_?viestit)?|wysłane|(?:elementy_?)?wysłane|odeslan[áé](?:_?pošta)?|odoslané|"
    r"elküldött(?:_?elemek)?|trimise|poslan[eoi]|gönderil(?:en|miş)(?:_?öğeler)?|απεσταλμένα|"
    r"отправленные|надіслані|изпратени|送信済み(?:アイテム|メール)?|已发送(?:邮件)?|已傳送|寄件備份|"
    r"보낸_?편지함|נשלחו|المرسلة)\W*$",
    re.IGNORECASE,
)
_RECEIVED = re.compile(
    r"^\W*(?:inbox|posteingang|boîte_de_réception|bandeja_de_entrada|posta_in_arrivo|postvak_in|"
    r"caixa_de_entrada|inkorgen|indbakke|innboks|saapuneet|junk|spam|notes_inbox)\W*$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Found:
    """A message on disk, or (`problem`) a file that was set aside and why; `unreadable` if the
    system did not let us see what it is.

    `offset`: where it begins in its mbox, in (decompressed) bytes, so that an import can resume;
    `sent`: what the folder's name says, None if nothing; `size_done` of `size_total`: bytes, for a
    progress bar.
    """

    path: Path
    offset: int = 0
    raw: bytes = b""
    folder: str = ""
    seen: bool = False
    sent: bool | None = None
    size_done: int = 0
    size_total: int = 0
    problem: str = ""
    unreadable: bool = False


def walk(path: Path | str) -> Iterator[Found]:
    """Every message under `path`, lazily, in a stable order. Never raises for what it finds."""
    root = Path(path)
    if not root.exists():
        yield Found(root, problem="There is no such file or folder.")
        return
    total = sum(_size(each) for each in _files(root))
    done = 0
    for file in _files(root):
        size = _size(file)
        folder = _folder(root, file.parent) if file != root else ""
        start = Found(file, folder=folder, size_done=done, size_total=total)
        yield from _guarded(start)
        done += size


@lru_cache(maxsize=256)
def guess_sent(folder: str) -> bool | None:
    """Whether a folder of this name holds what its owner sent; None: the name does not say."""
    last = re.sub(r"[\s-]+", "_", re.split(r"[/.]", folder)[-1].strip())
    if _SENT.match(last):
        return True
    return False if _RECEIVED.match(last) else None


def _files(root: Path) -> Iterator[Path]:
    if not root.is_dir():
        yield root
        return
    closed: list[OSError] = []
    for folder, names, files in os.walk(root, onerror=closed.append):
        names[:] = sorted(name for name in names if not _is_tmp(Path(folder), name))
        for name in sorted(files):
            yield Path(folder, name)
    yield from (Path(os.fsdecode(problem.filename)) for problem in closed)


def _is_tmp(folder: Path, name: str) -> bool:
    """A Maildir's tmp holds half-written mail."""
    return name == "tmp" and (folder / "cur").is_dir()


def _size(path: Path) -> int:
    try:
        found = path.stat()
    except OSError:
        return 0
    return found.st_size if stat.S_ISREG(found.st_mode) else 0


@lru_cache(maxsize=64)
def _folder(root: Path, parent: Path) -> str:
    """The folder around a file as its owner knew it, relative to `root`: "Work/2024", "INBOX"."""
    names = list(parent.relative_to(root).parts)
    if parent.name in ("cur", "new"):
        names = names[:-1] or ["INBOX"]
        if names[-1].startswith("."):  # Maildir++: .Work.2024
            names[-1:] = names[-1].strip(".").split(".")
    return "/".join(_utf7(_bare(name)) for name in names)


def _placed(start: Found, *, mailbox: bool) -> Found:
    """With its folder: an mbox is one itself (but Apple's Work.mbox/mbox), a message lies in one."""
    name = start.path.name
    own = _utf7(_bare(name)) if mailbox and name != "mbox" and not _ONE.match(name) else ""
    folder = "/".join(name for name in (start.folder, own) if name) or start.path.parent.name
    return replace(start, folder=folder, sent=guess_sent(folder))


def _bare(name: str) -> str:
    while (shorter := _SUFFIX.sub("", name)) not in (name, ""):
        name = shorter
    return name


def _utf7(name: str) -> str:
    """A folder name in the modified UTF-7 of IMAP (RFC 3501 5.1.3), as Maildirs have it."""

    def decoded(run: re.Match[str]) -> str:
        data = run[1].replace(",", "/")
        try:
            return base64.b64decode(data + "=" * (-len(data) % 4)).decode("utf-16-be")
        except ValueError:
            return run[0]

    return re.sub(r"&([A-Za-z0-9+,]+)-", decoded, name).replace("&-", "&") if "&" in name else name


def _guarded(start: Found) -> Iterator[Found]:
    """The messages of one file; a failure to read it ends this file, not the walk."""
    try:
        yield from _read(start)
    except (OSError, EOFError, zlib.error) as error:
        why = f"It could not be read ({error}): check the file and its permissions."
        yield replace(_problem(start, why), unreadable=True)


def _problem(start: Found, why: str) -> Found:
    return replace(start, problem=why, size_done=start.size_done + _size(start.path))


def _read(start: Found) -> Iterator[Found]:
    if not start.path.is_file():
        if start.path.is_dir():
            next(start.path.iterdir(), None)  # walked as a file only where this fails
        yield _problem(start, "This is not a regular file.")
        return
    with start.path.open("rb") as file:
        head = file.read(_HEAD)
        file.seek(0)
        if not head.startswith(_GZIP):
            yield from _messages(start, file, file, head)
            return
        with gzip.open(file) as content, io.BufferedReader(content) as plain:
            head = plain.read(_HEAD)
            plain.seek(0)
            yield from _messages(start, plain, file, head)


def _messages(start: Found, content: IO[bytes], file: IO[bytes], head: bytes) -> Iterator[Found]:
    name = start.path.name
    mailbox = mbox.starts_mbox(head)
    start = _placed(start, mailbox=mailbox)
    if mailbox:
        for offset, raw in mbox.messages(content):
            yield _found(start, raw, offset=offset, done=file.tell())
        return
    reason = _set_aside(start.path, head)
    if reason:
        yield _problem(start, reason)
        return
    # A read of so much at once asks for as much memory, so that small ones are taken as they are.
    raw = head if len(head) < _HEAD else content.read(mbox.MAX_MESSAGE + 1)
    if len(raw) > mbox.MAX_MESSAGE:
        yield _problem(start, "It is larger than 256 MB: too large for one message.")
        return
    apple = _APPLE.match(raw) if name.endswith(".emlx") else None
    if apple:
        raw = raw[apple.end() : apple.end() + int(apple[1])]
    yield _found(start, raw, offset=0, done=len(raw))


def _set_aside(path: Path, head: bytes) -> str:
    """Why this file is no message; "" if it is one."""
    if not head:
        return "It is empty."
    for magic, reason in _FOREIGN.items():
        if head.startswith(magic):
            return reason
    in_maildir = path.parent.name in ("cur", "new")
    if path.name.lower().startswith(_INDEX_NAMES) and not in_maildir:
        return "This is a mail program's own file, not a message."
    if in_maildir or path.suffix.lower() in (".eml", ".emlx"):
        return ""
    if b"\x00" not in head and _HEADER.match(head) and _KNOWN_HEADER.search(head):
        return ""
    return "It begins like neither a message nor a mailbox."


def _found(start: Found, raw: bytes, *, offset: int, done: int) -> Found:
    """Add what the message itself says about having been read or sent."""
    end = raw.find(b"\n\n")
    head = raw[: end if 0 <= end < 65_536 else 65_536]
    seen, sent = False, start.sent
    if flags := _FLAGS.search(start.path.name):
        seen = "S" in flags[1]
    elif b"tatus:" in head and (mozilla := _MOZILLA.search(head)):
        seen = bool(int(mozilla[1], 16) & 1)
    elif b"tatus:" in head and (status := _STATUS.search(head)):
        seen = b"R" in status[1].upper()
    if b"X-Gmail-Labels" in head and (labels := _LABELS.search(head)):
        names = {label.strip().lower() for label in labels[1].decode("ascii", "ignore").split(",")}
        seen, sent = "unread" not in names, "sent" in names
    done += start.size_done
    return Found(start.path, offset, raw, start.folder, seen, sent, done, start.size_total)
