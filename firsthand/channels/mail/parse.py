"""Raw bytes of a mail to a `Parsed`: the one function through which everything foreign comes in.

RFC 5322, 2045 to 2047, 2231, 3676, 6532. It never raises: one bad message must never stop the
others (ARCHITECTURE.md, invariant 12). No clock, no network.
"""

from __future__ import annotations

import html as html_entities
import re
from datetime import datetime

from firsthand.channels import html
from firsthand.channels.mail import addresses, automation, flowed, headers, parts, words
from firsthand.channels.mail.headers import Fields
from firsthand.channels.mail.parts import Part
from firsthand.core.envelope import Address, Attachment, Parsed

MAX_TEXT = 5_000_000

_KNOWN = {
    "from", "to", "cc", "subject", "date", "message-id", "received", "return-path", "sender",
    "reply-to", "delivered-to", "mime-version", "content-type", "x-mailer", "in-reply-to", "bcc",
}  # fmt: skip
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
_URL = re.compile(r"<\s*((?:https?|mailto):[^<>]{1,2000}?)\s*>")
_TEXTS = {"text/plain", "text/html", "text/enriched", "text/richtext", "text/markdown"}
_PADDING = b" \t\r\n"


def parse(raw: bytes) -> Parsed:
    """What can be understood of any bytes. Never raises; says in `problems` what was odd."""
    try:
        return _parse(raw)
    except Exception as error:  # a message nobody foresaw is set aside, the others go on
        why = f"This message could not be read ({type(error).__name__}); its source is kept."
        return Parsed(problems=(why,), unreadable=True)


def _parse(raw: bytes) -> Parsed:
    found = list(parts.read(raw))
    root = found[0]
    reason = _unreadable(root.raw, root)
    if reason:
        return Parsed(problems=(reason,), unreadable=True)
    charset = root.params.get("charset", "")
    fields = Fields(root.fields.values, charset) if charset else root.fields
    problems = list(root.fields.problems)
    if not fields.values:
        problems.append("It has no header: nobody is named as its sender.")
    author, submitter = _author(fields, problems)
    subject = _subject(fields, problems)
    machine, _why = automation.classify(fields, found, author, subject)
    text, markup, attachments = _content(found, problems)
    date = _date(fields, problems)
    return Parsed(
        message_id=next(iter(headers.ids(fields.first("message-id"))), ""),
        in_reply_to=headers.ids(fields.first("in-reply-to")),
        references=headers.ids(fields.first("references")),
        date=date,
        subject=subject,
        sender=author,
        submitter=submitter,
        reply_to=_mailboxes(fields, "reply-to"),
        to=_mailboxes(fields, "to"),
        cc=_mailboxes(fields, "cc"),
        text=text,
        html=markup,
        attachments=attachments,
        automation=machine,
        list_id=_list_id(fields),
        unsubscribe=_unsubscribe(fields),
        language=_language(fields),
        byline=fields.text("byline"),
        problems=tuple(dict.fromkeys(problems)),
    )


def _subject(fields: Fields, problems: list[str]) -> str:
    if words.has_hidden(fields.first("subject")):
        problems.append("The subject contains hidden control characters; they were removed.")
    return fields.text("subject")


def _date(fields: Fields, problems: list[str]) -> datetime | None:
    date = headers.date(fields.first("date"))
    if date is None and fields.values:
        told = "is missing" if not fields.first("date") else "makes no sense"
        problems.append(f"The date {told}.")
    return date


def _unreadable(raw: bytes, root: Part) -> str:
    """Why nothing here could be called a message, or ""."""
    if not _KNOWN.isdisjoint(root.fields.values):
        return ""
    if not raw.strip(b"\x00" + _PADDING):
        return "It is empty."
    head = raw[:4000]
    binary = sum(head.count(byte) for byte in (b"\x00", b"\x01", b"\x02", b"\x03", b"\x04"))
    text = words.decode(head[:-4] if len(head) == 4000 else head)[0]
    if binary or len(_CONTROL.findall(text)) * 20 > len(text):
        return "It has no header and is not text."
    return ""


def _author(fields: Fields, problems: list[str]) -> tuple[Address, Address | None]:
    """The From field's first address, never a shown one; and the Sender where it differs."""
    stated = fields.all("from")
    raw = stated[0] if stated else ""
    boxes, odd = addresses.authors(raw)
    if len(stated) > 1:
        problems.append("It has several From fields; the first one is shown.")
    if len(boxes) > 1:
        problems.append("It names several authors; the first one is shown.")
    problems += odd
    sender = fields.first("sender")
    submitters = addresses.read(sender) if sender else ()
    submitter = submitters[0] if submitters else None
    if submitter:
        problems += addresses.problems(submitters[:1], sender, "Sender")
    author = next((box for box in boxes if box.address), boxes[0] if boxes else None)
    if author is None or not author.address:
        if fields.values:
            problems.append("It names no author in From.")
        return author or submitter or Address(""), submitter if author else None
    return author, submitter if submitter and submitter.address != author.address else None


def _mailboxes(fields: Fields, name: str) -> tuple[Address, ...]:
    values = fields.values.get(name)
    if not values:
        return ()
    return addresses.read(", ".join(fields.all(name)) if len(values) > 1 else fields.first(name))


def _content(found: list[Part], problems: list[str]) -> tuple[str, str, tuple[Attachment, ...]]:
    """The text a reader sees, the HTML (or ""), and the rest as attachments."""
    blocks: dict[tuple[int, ...], list[Part]] = {}
    attachments: list[Attachment] = []
    containers = {part.path: part for part in found if part.kind.startswith("multipart/")}
    for part in found:
        if part.problem:
            problems.append(part.problem)
        if part.path in containers:
            if part.kind == "multipart/encrypted":
                problems.append("It is encrypted; only its envelope can be read.")
        elif _is_body(part):
            blocks.setdefault(_choice(part, containers), []).append(part)
        else:
            attachments.append(_attachment(part))
    if any(part.kind.endswith("pkcs7-mime") for part in found[:1]):
        problems.append("It is encrypted or signed as one block; only its envelope can be read.")
    shown = [_block(block, problems) for block in blocks.values()]
    text = "\n\n".join(plain.strip("\n") for plain, _ in shown if plain.strip())
    text = f"{text}\n" if text else ""
    has_html = any(markup for _, markup in shown)
    markup = "\n".join(markup or _as_html(plain) for plain, markup in shown) if has_html else ""
    return _bounded(text, problems), markup, tuple(attachments)


def _is_body(part: Part) -> bool:
    if part.kind not in _TEXTS or part.disposition == "attachment":
        return False
    return part.path == () or not part.name or part.parent == "multipart/alternative"


def _choice(part: Part, containers: dict[tuple[int, ...], Part]) -> tuple[int, ...]:
    """The outermost multipart/alternative around a part, or the part itself: one block of text."""
    for depth in range(len(part.path)):
        above = containers.get(part.path[:depth])
        if above and above.kind == "multipart/alternative":
            return above.path
    return (*part.path, -1)


def _block(block: list[Part], problems: list[str]) -> tuple[str, str]:
    """Plain text and HTML of one block: the first of each kind, plain made from HTML if need be."""
    plain = markup = ""
    for part in block:
        if part.kind == "text/html" and not markup:
            markup = _read(part, problems)
        elif part.kind != "text/html" and not plain.strip():
            plain = _read(part, problems)
            if part.params.get("format", "").lower() == "flowed":
                delete = part.params.get("delsp", "").lower() == "yes"
                plain = flowed.unfold(plain, delete_space=delete)
    if not plain.strip() and markup:
        plain = html.to_text(markup)
    return plain, markup


def _read(part: Part, problems: list[str]) -> str:
    text, problem = part.text()
    if problem:
        problems.append(problem)
    if "\x00" in text:
        text = _without_nul(text, problems)
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _without_nul(text: str, problems: list[str]) -> str:
    """No database holds NUL. Where every other character is one, the text was told as what it is not."""
    if text.count("\x00") * 3 >= len(text):
        problems.append("The text contains very many NUL characters; they were taken out.")
        return text.replace("\x00", "")
    problems.append("The text contains NUL characters; each is shown as \ufffd.")
    return text.replace("\x00", "\ufffd")


def _bounded(text: str, problems: list[str]) -> str:
    if len(text) <= MAX_TEXT:
        return text
    problems.append("The text is longer than five million characters; the rest is in the source.")
    return text[:MAX_TEXT]


def _as_html(plain: str) -> str:
    return f"<pre>{html_entities.escape(plain)}</pre>" if plain.strip() else ""


def _attachment(part: Part) -> Attachment:
    name = part.name
    if not name and part.kind == "message/rfc822":
        name = f"{headers.split(part.raw, part.start, part.end)[0].text('subject')[:60]}.eml"
    elif not name and part.kind == "text/calendar":
        name = "invitation.ics"
    inline = part.disposition != "attachment" and bool(part.content_id)
    return Attachment(name.lstrip("."), part.kind[:100], part.content(), part.content_id, inline)


def _list_id(fields: Fields) -> str:
    value = fields.text("list-id")
    if not value:
        return ""
    inner = re.search(r"<([^<>]+)>\s*$", value)
    return (inner[1] if inner else value).strip().lower()[:255]


def _unsubscribe(fields: Fields) -> str:
    """Where to leave the list: a web page if there is one, else an address (RFC 2369, 8058)."""
    if "list-unsubscribe" not in fields.values:
        return ""
    offered = [each.strip() for each in _URL.findall(fields.text("list-unsubscribe"))]
    return next(
        (each for each in offered if each.startswith("http")), offered[0] if offered else ""
    )


def _language(fields: Fields) -> str:
    if "content-language" not in fields.values:
        return ""
    first = fields.text("content-language").partition(",")[0].strip().lower()
    return first if re.fullmatch(r"[a-z]{2,3}(-[a-z0-9]{1,8}){0,3}", first) else ""
