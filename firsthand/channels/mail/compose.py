"""A sealed Outbound as the bytes of a mail, and back (RFC 5322, 2045 to 2047, 3834).

Written so that any relay leaves it whole: ASCII only, short lines, quoted-printable text in which
nothing can be mistaken for a boundary, a postmark or the end of the mail. Deterministic: every
attempt sends the same bytes. Standard library only on the way back, for the stranger's verifier.
"""

from __future__ import annotations

import binascii
import hashlib
import re
from email.utils import format_datetime
from urllib.parse import quote

from firsthand.channels.mail import addresses, headers, parts, words
from firsthand.channels.mail.headers import Fields
from firsthand.channels.mail.parts import Part
from firsthand.core.envelope import Address, Attachment, Outbound, Sealed
from firsthand.core.errors import Misuse, Permanent

RECORD_TYPE = "application/vc"
RECORD_NAME = "byline.vc"
PROOF_TYPE = "application/vnd.c2sp.tlog-proof"
PROOF_NAME = "byline.tlog-proof"

_LINE = 76
_CUTS = re.compile("[\x00\r\n\ud800-\udfff]")
_PLAIN = re.compile(r"[!-~](?:[ !-~]*[!-~])?")
_ATOMS = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]+(?: [\w!#$%&'*+/=?^`{|}~-]+)*", re.ASCII)
_LOCAL = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*", re.ASCII)
_DOMAIN = re.compile(r"[a-z0-9_](?:[a-z0-9._-]*[a-z0-9])?|\[[0-9a-f.:ipv]+\]", re.IGNORECASE)
_ID = re.compile(r"[!-;=?-~]{1,900}")
_TYPE = re.compile(r"[a-z0-9][\w.+-]*/[a-z0-9][\w.+-]*", re.ASCII | re.IGNORECASE)
_AS_IS = frozenset(range(33, 127)) - {ord("=")}


def compose(outbound: Outbound) -> bytes:
    """The mail, with CRLF line ends. Bcc is in no field: it belongs to the envelope.

    Raises Misuse for a value that no header can carry, Permanent for an address that needs SMTPUTF8.
    """
    files = list(outbound.attachments)
    if outbound.record:
        files.append(Attachment(RECORD_NAME, RECORD_TYPE, outbound.record))
    if outbound.proof:
        files.append(Attachment(PROOF_NAME, PROOF_TYPE, outbound.proof))
    lines = [*_fields(outbound), "MIME-Version: 1.0"]
    if files:
        digest = hashlib.sha256(outbound.message_id.encode("utf-8", "replace")).hexdigest()
        boundary = f"=_{digest[:32]}"  # "=_" cannot occur in quoted-printable or base64
        lines += [f'Content-Type: multipart/mixed; boundary="{boundary}"', ""]
        for part in (_text_part(outbound.text), *map(_file_part, files)):
            lines += [f"--{boundary}", *part]
        lines.append(f"--{boundary}--")
    else:
        lines += _text_part(outbound.text)
    return "\r\n".join([*lines, ""]).encode("ascii")


def _fields(outbound: Outbound) -> list[str]:
    if outbound.date.tzinfo is None:
        raise Misuse("The date of a mail needs a time zone.")
    fields = [f"Date: {format_datetime(outbound.date)}", _people("From", (outbound.author,))]
    if outbound.sender.address.lower() != outbound.author.address.lower():
        fields.append(_people("Sender", (outbound.sender,)))
    if outbound.to or not outbound.cc:
        fields.append(_people("To", outbound.to))
    if outbound.cc:
        fields.append(_people("Cc", outbound.cc))
    fields.append(_folded("Subject", _words("subject", outbound.subject)))
    fields.append(f"Message-ID: {_id(outbound.message_id)}")
    if outbound.in_reply_to:
        fields.append(f"In-Reply-To: {_id(outbound.in_reply_to)}")
    chain = [f"<{each}>" for each in outbound.references if _ID.fullmatch(each)]
    if chain:
        fields.append(_folded("References", " ".join([*chain[:1], *chain[1:][-50:]])))
    if outbound.byline:
        fields.append(_folded("Byline", _words("Byline field", outbound.byline)))
    if outbound.automated:
        kind = "auto-replied" if outbound.in_reply_to else "auto-generated"
        fields.append(f"Auto-Submitted: {kind}")
    return fields


def _checked(what: str, value: str) -> str:
    if _CUTS.search(value):
        raise Misuse(
            f"The {what} contains a line end or a character that mail cannot carry; remove it."
        )
    return value


def _id(value: str) -> str:
    if not _ID.fullmatch(value):
        raise Misuse("A message id must be printable ASCII without spaces and angle brackets.")
    return f"<{value}>"


def _people(field: str, people: tuple[Address, ...]) -> str:
    if not people:
        return f"{field}: undisclosed-recipients:;"
    return _folded(field, ", ".join(_person(each) for each in people))


def _person(person: Address) -> str:
    address = ascii_address(person.address)
    name = _checked("name of a correspondent", person.name)
    if not name:
        return f"<{address}>" if '"' in address else address
    if _ATOMS.fullmatch(name) and "=?" not in name:
        return f"{name} <{address}>"
    if _PLAIN.fullmatch(name) and "  " not in name and "=?" not in name and len(name) < 60:
        escaped = name.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}" <{address}>'
    return f"{_encoded(name)} <{address}>"


def ascii_address(address: str) -> str:
    """The address as mail carries it: its domain in IDNA, its local part quoted where it must be.

    What a byline commits to must be this form, or the receiver computes another digest.
    """
    local, at, domain = _checked("address", address).rpartition("@")
    if not local.isascii():
        raise Permanent(
            f"The address {address} has letters before the @ that ordinary mail cannot carry.",
            hint="Ask the correspondent for an address in plain letters.",
        )
    try:
        name = domain if domain.startswith("[") else domain.encode("idna").decode("ascii")
    except UnicodeError:
        name = ""
    if local.startswith('"') and local.endswith('"') and len(local) > 2:
        local = re.sub(r"\\(.)", r"\1", local[1:-1])
    if not at or not local.isprintable() or not local or not _DOMAIN.fullmatch(name):
        raise Permanent(
            f"{address or 'An empty string'} is not a mail address.", hint="Correct the address."
        )
    if not _LOCAL.fullmatch(local):
        escaped = local.replace("\\", "\\\\").replace('"', '\\"')
        local = f'"{escaped}"'
    return f"{local}@{name}"


def _words(what: str, value: str) -> str:
    """Unstructured text for a header; encoded (RFC 2047) unless it survives as it stands."""
    _checked(what, value)
    plain = not value or (_PLAIN.fullmatch(value) and "  " not in value and "=?" not in value)
    if plain and all(len(word) < 70 for word in value.split(" ")):
        return value
    return _encoded(value)


def _encoded(value: str) -> str:
    """Encoded words of whole characters, each short enough for a line."""
    chunks, chunk = [], b""
    for character in value:
        data = character.encode("utf-8")
        if len(chunk) + len(data) > 42:
            chunks.append(chunk)
            chunk = b""
        chunk += data
    chunks.append(chunk)
    return " ".join(
        f"=?utf-8?B?{binascii.b2a_base64(each, newline=False).decode()}?=" for each in chunks
    )


def _folded(field: str, value: str) -> str:
    """A field on lines of at most 76 characters where blanks allow it (RFC 5322 2.2.3)."""
    lines, line = [], f"{field}:"
    for word in value.split(" ") if value else []:
        if len(line) + 1 + len(word) > _LINE and line != f"{field}:":
            lines.append(line)
            line = ""
        line += f" {word}"
    return "\r\n".join([*lines, line])


def _text_part(text: str) -> list[str]:
    if re.search("[\ud800-\udfff]", text):
        raise Misuse("The text contains half a character (a lone surrogate); remove it.")
    return [
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: quoted-printable",
        "",
        *quoted_printable(text),
    ]


def quoted_printable(text: str) -> list[str]:
    """Lines of RFC 2045 6.7 that decode to exactly this text, its own carriage returns included."""
    lines: list[str] = []
    for line in text.split("\n"):
        current = ""
        codes = [
            chr(byte) if byte in _AS_IS or byte in (9, 32) else f"={byte:02X}"
            for byte in line.encode("utf-8")
        ]
        if codes and codes[-1] in ("\t", " "):
            codes[-1] = f"={ord(codes[-1]):02X}"
        for code in codes:
            if len(current) + len(code) > _LINE - 3:
                lines.append(_guarded(current) + "=")
                current = ""
            current += code
        lines.append(_guarded(current))
    return lines


def _guarded(line: str) -> str:
    """A line that no relay mistakes for a postmark, the end of the mail or a boundary."""
    if line.startswith(("From ", ".", "--")):
        return f"={ord(line[0]):02X}{line[1:]}"
    return line


def _file_part(file: Attachment) -> list[str]:
    kind = file.media_type.lower()
    if not _TYPE.fullmatch(kind) or kind.startswith(("multipart/", "message/")):
        kind = "application/octet-stream"
    _checked("name of an attachment", file.name)
    body = binascii.b2a_base64(file.content, newline=False).decode()
    where = "inline" if file.inline else "attachment"
    lines = [f"Content-Type: {kind}", "Content-Transfer-Encoding: base64"]
    if file.content_id:
        lines.append(f"Content-ID: {_id(file.content_id)}")
    lines.append(f"Content-Disposition: {where}{_filename(file.name)}")
    return [*lines, "", *(body[at : at + _LINE] for at in range(0, len(body), _LINE))]


def _filename(name: str) -> str:
    if not name:
        return ""
    if re.fullmatch(r"[\w.+-]{1,60}", name, re.ASCII):
        return f'; filename="{name}"'
    coded = re.findall(r"(?:%..|[^%]){1,20}", quote(name, safe="", encoding="utf-8"))
    pieces = [f"filename*{index}*={piece}" for index, piece in enumerate(coded)]
    pieces[0] = pieces[0].replace("=", "=utf-8''", 1)
    return "".join(f";\r\n {piece}" for piece in pieces)


def received_parts(raw: bytes) -> Sealed:
    """Read back what `compose` wrote, from whatever arrived. Never raises."""
    found = list(parts.read(raw))
    fields = found[0].fields
    leaves = [part for part in found if not part.kind.startswith("multipart/")]
    text = next((part for part in leaves if _is_text(part)), None)
    record = _own(leaves, RECORD_TYPE, RECORD_NAME)
    proof = _own(leaves, PROOF_TYPE, PROOF_NAME)
    known = {part.path for part in (text, record, proof) if part}
    author = _only(fields, "from")
    message_id = next(iter(headers.ids(fields.first("message-id"))), "")
    return Sealed(
        text=text.text()[0] if text else "",
        record=record.content() if record else None,
        proof=proof.content() if proof else None,
        byline=words.decode_words(fields.first("byline")),
        author=author,
        sender=_only(fields, "sender") or author,
        recipients=tuple(
            box.address for name in ("to", "cc") for box in addresses.read(_joined(fields, name))
        ),
        # A field that stands twice is read as both: programs differ in which one they show.
        subject=words.decode_words(" ".join(fields.all("subject"))),
        message_id=message_id,
        subject_id=f"mid:{message_id}",
        in_reply_to=next(iter(headers.ids(fields.first("in-reply-to"))), ""),
        attachments=tuple(
            Attachment(part.name, part.kind, part.content(), part.content_id)
            for part in leaves
            if part.path not in known
        ),
    )


def _only(fields: Fields, name: str) -> str:
    """The one address of a field; none where there are several, since nobody knows who is meant."""
    boxes = addresses.read(_joined(fields, name))
    return boxes[0].address if len(boxes) == 1 else ""


def _joined(fields: Fields, name: str) -> str:
    return ", ".join(fields.all(name))


def _is_text(part: Part) -> bool:
    return part.kind == "text/plain" and part.disposition != "attachment" and not part.name


def _own(leaves: list[Part], kind: str, name: str) -> Part | None:
    """Our part: the last of its type, else (a gateway may change types) the last of its name."""
    typed = [part for part in leaves if part.kind == kind]
    return next(iter((typed or [part for part in leaves if part.name == name])[::-1]), None)
