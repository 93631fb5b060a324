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
from functools import lru_cache
from pathlib import Path
from typing import IO, NamedTuple

from firsthand.channels.mail import mbox

_HEAD = 4_096
_SMALL = 65_536
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
_DATA = (".json", ".yml", ".yaml")
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


class Found(NamedTuple):
    """A message on disk, or (`problem`) a file that was set aside and why; `unreadable` if the
    system did not let us see what it is.

    `offset`: where it begins in its mbox, in (decompressed) bytes, so that an import can resume;
    `sent`: what the folder's name says, None if nothing; `size_done` of `size_total`: bytes, for a
    progress bar.
    """

    file: str
    offset: int = 0
    raw: bytes = b""
    folder: str = ""
    seen: bool = False
    sent: bool | None = None
    size_done: int = 0
    size_total: int = 0
    problem: str = ""
    unreadable: bool = False

    @property
    def path(self) -> Path:
        """The file in which it lies."""
        return Path(self.file)


def walk(path: Path | str) -> Iterator[Found]:
    """Every message under `path`, lazily, in a stable order. Never raises for what it finds."""
    root = Path(path)
    if not root.exists():
        yield Found(str(root), problem="There is no such file or folder.")
        return
    total = sum(map(_size, _files(root)))
    done = 0
    for file in _files(root):
        folder = _folder(root, file.rpartition(os.sep)[0]) if file != str(root) else ""
        start = Found(file, folder=folder, size_done=done, size_total=total)
        whole = _letter(start)
        if whole:
            done = whole.size_done
            yield whole
        else:
            size = _size(file)
            yield from _guarded(start)
            done += size


@lru_cache(maxsize=256)
def guess_sent(folder: str) -> bool | None:
    """Whether a folder of this name holds what its owner sent; None: the name does not say."""
    last = re.sub(r"[\s-]+", "_", re.split(r"[/.]", folder)[-1].strip())
    if _SENT.match(last):
        return True
    return False if _RECEIVED.match(last) else None


def _files(root: Path) -> Iterator[str]:
    if not root.is_dir():
        yield str(root)
        return
    closed: list[OSError] = []
    for folder, names, files in os.walk(root, onerror=closed.append):
        names[:] = sorted(name for name in names if not _is_tmp(Path(folder), name))
        above = folder if folder.endswith(os.sep) else folder + os.sep
        for name in sorted(files):
            yield f"{above}{name}"
    yield from (os.fsdecode(problem.filename) for problem in closed)


def _is_tmp(folder: Path, name: str) -> bool:
    """A Maildir's tmp holds half-written mail."""
    return name == "tmp" and (folder / "cur").is_dir()


def _size(file: str) -> int:
    try:
        found = os.stat(file)  # noqa: PTH116 - a Path for each file costs more than looking at it
    except OSError:
        return 0
    return found.st_size if stat.S_ISREG(found.st_mode) else 0


@lru_cache(maxsize=64)
def _folder(root: Path, above: str) -> str:
    """The folder around a file as its owner knew it, relative to `root`: "Work/2024", "INBOX"."""
    parent = Path(above)
    names = list(parent.relative_to(root).parts)
    if parent.name in ("cur", "new"):
        names = names[:-1] or ["INBOX"]
        if names[-1].startswith("."):  # Maildir++: .Work.2024
            names[-1:] = names[-1].strip(".").split(".")
    return "/".join(_utf7(_bare(name)) for name in names)


def _letter(start: Found) -> Found | None:
    """A small file that is one message, by the shortest way; None: look at it more closely."""
    try:
        opened = os.open(start.file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        state = os.fstat(opened)
        plain = stat.S_ISREG(state.st_mode) and state.st_size <= _SMALL
        raw = os.read(opened, state.st_size + 1) if plain else b""
    except OSError:
        return None
    finally:
        os.close(opened)
    above, _, name = start.file.rpartition(os.sep)
    head = raw[:_HEAD]
    if len(raw) != state.st_size or name.endswith(".emlx") or head.startswith(_GZIP):
        return None
    if mbox.starts_mbox(head) or _set_aside(above, name, head):
        return None
    return _found(_placed(start, mailbox=False), raw, offset=0, done=len(raw))


def _placed(start: Found, *, mailbox: bool) -> Found:
    """With its folder: an mbox is one itself (but Apple's Work.mbox/mbox), a message lies in one."""
    above, _, name = start.file.rpartition(os.sep)
    own = _utf7(_bare(name)) if mailbox and name != "mbox" and not _ONE.match(name) else ""
    inside = "/".join(name for name in (start.folder, own) if name) if own else start.folder
    folder = inside or above.rpartition(os.sep)[2]
    return start._replace(folder=folder, sent=guess_sent(folder))


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
        yield _problem(start, why)._replace(unreadable=True)


def _problem(start: Found, why: str) -> Found:
    return start._replace(problem=why, size_done=start.size_done + _size(start.file))


def _read(start: Found) -> Iterator[Found]:
    path = start.path
    if not path.is_file():
        if path.is_dir():
            next(path.iterdir(), None)  # walked as a file only where this fails
        yield _problem(start, "This is not a regular file.")
        return
    with path.open("rb") as file:
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
    above, _, name = start.file.rpartition(os.sep)
    mailbox = mbox.starts_mbox(head)
    start = _placed(start, mailbox=mailbox)
    if mailbox:
        for offset, raw in mbox.messages(content):
            yield _found(start, raw, offset=offset, done=file.tell())
        return
    reason = _set_aside(above, name, head)
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


def _set_aside(above: str, name: str, head: bytes) -> str:
    """Why the file `name` in the folder `above` is no message; "" if it is one."""
    if not head:
        return "It is empty."
    for magic, reason in _FOREIGN.items():
        if head.startswith(magic):
            return reason
    in_maildir = above.rpartition(os.sep)[2] in ("cur", "new")
    lower = name.lower()
    if lower.startswith(_INDEX_NAMES) and not in_maildir:
        return "This is a mail program's own file, not a message."
    if in_maildir or lower.endswith((".eml", ".emlx")):
        return ""
    if lower.endswith(_DATA):  # "date:" and "id:" begin a comment's YAML, too
        return "It is data, not a message."
    if b"\x00" not in head and _HEADER.match(head) and _KNOWN_HEADER.search(head):
        return ""
    return "It begins like neither a message nor a mailbox."


def _found(start: Found, raw: bytes, *, offset: int, done: int) -> Found:
    """Add what the message itself says about having been read or sent."""
    end = raw.find(b"\n\n")
    end = end if 0 <= end < 65_536 else 65_536
    seen, sent = False, start.sent
    if flags := _FLAGS.search(start.file):
        seen = "S" in flags[1]
    elif raw.find(b"tatus:", 0, end) >= 0:
        head = raw[:end]
        if mozilla := _MOZILLA.search(head):
            seen = bool(int(mozilla[1], 16) & 1)
        elif status := _STATUS.search(head):
            seen = b"R" in status[1].upper()
    labels = raw.find(b"X-Gmail-Labels", 0, end) >= 0 and _LABELS.search(raw[:end])
    if labels:
        names = {label.strip().lower() for label in labels[1].decode("ascii", "ignore").split(",")}
        seen, sent = "unread" not in names, "sent" in names
    done += start.size_done
    return Found(start.file, offset, raw, start.folder, seen, sent, done, start.size_total)
