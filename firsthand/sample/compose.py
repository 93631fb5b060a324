"""Makes the raw bytes of a sample letter (RFC 5322) from what the catalogue says about it.

Every byte follows from the catalogue and `now`: ids and boundaries are digests, never random.
"""

from __future__ import annotations

import hashlib
import html as markup
import textwrap
from datetime import datetime, timedelta, timezone
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from firsthand.sample import attachments
from firsthand.sample.catalogue import Mail, Thread, moment, with_days

ADA = "Ada Ferrer <ada@ada.example>"
HAL = "Hal Brandt <hal@ada.example>"
OUR_HANDS = {"ada": ADA, "hal": ADA}

STYLES: dict[str, dict[str, str]] = {
    "": {},
    "newsletter": {
        "List-Id": "<news.{domain}>",
        "List-Unsubscribe": "<https://{domain}/unsubscribe?u=8841>, <mailto:leave@{domain}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Precedence": "bulk",
    },
    "list": {
        "List-Id": "River gauge talk <gauge-talk.lists.example>",
        "List-Post": "<mailto:gauge-talk@lists.example>",
        "List-Unsubscribe": "<mailto:gauge-talk-leave@lists.example>",
        "Precedence": "list",
    },
    "forge": {
        "List-Id": "aferrer/ebbtide <ebbtide.aferrer.forgeyard.example>",
        "List-Unsubscribe": "<https://forgeyard.example/unsubscribe/77>",
        "Precedence": "list",
        "X-Forgeyard-Reason": "author",
    },
    "receipt": {"Auto-Submitted": "auto-generated"},
    "vacation": {"Auto-Submitted": "auto-replied", "Precedence": "bulk"},
}
_PAGE = (
    '<html><body style="font-family:Georgia,serif;background:#f4f1ea"><table width="600">'
    '<tr><td><h1>{title}</h1>{body}<p style="font-size:11px"><a href="https://{domain}/'
    'unsubscribe?u=8841">Unsubscribe</a></p></td></tr></table>'
    '<img src="https://tracker.example/open/{code}.gif" width="1" height="1" alt=""></body></html>'
)


def identity(thread: Thread, place: int) -> str:
    """The Message-ID, with brackets, of a thread's message number `place`; the same for every now."""
    code = hashlib.sha256(f"{thread.key}/{place}".encode()).hexdigest()[:20]
    return f"<{code}@{_domain(author(thread, thread.mails[place]))}>"


def author(thread: Thread, mail: Mail) -> str:
    """The From field: the correspondent, unless the mail names somebody else."""
    return _written(OUR_HANDS.get(mail.by, mail.by) or thread.correspondent)


def _written(address: str) -> str:
    """`Name <address>` as a field wants it: a name with a comma or a dot gets its quotes."""
    name, _, spec = address.rpartition(" <")
    return str(Address(name.strip('"'), addr_spec=spec.rstrip(">")))


def is_sent(mail: Mail) -> bool:
    return mail.by in OUR_HANDS


def compose(thread: Thread, place: int, now: datetime) -> bytes:
    """The raw message number `place` of a thread."""
    mail = thread.mails[place]
    message = EmailMessage(policy=SMTP)
    _address(message, thread, place, now)
    _fill(message, thread, place, now)
    for name in mail.attach:
        _attach(message, name)
    for name, value in _extra(thread, mail).items():
        message[name] = value
    return finished(message, identity(thread, place))


def finished(message: EmailMessage, seed: str) -> bytes:
    """The bytes of a message, with boundaries that follow from `seed`."""
    for number, part in enumerate(message.walk()):
        if part.is_multipart() and part.get_content_maintype() == "multipart":
            part.set_boundary("=_" + hashlib.sha256(f"{seed}{number}".encode()).hexdigest()[:24])
    return message.as_bytes()


def received(sender: str, at: datetime) -> str:
    """The trace field that Ada's server adds (RFC 5321 4.4)."""
    return f"from mail.{_domain(sender)} by mx.ada.example with ESMTPS; {format_datetime(at)}"


def _address(message: EmailMessage, thread: Thread, place: int, now: datetime) -> None:
    mail = thread.mails[place]
    sender, at = author(thread, mail), moment(mail.when, now)
    if not is_sent(mail):
        message["Received"] = received(sender, at + timedelta(seconds=4))
        message["Authentication-Results"] = _checked(sender, mail.auth)
    message["From"] = sender
    if mail.by == "hal":
        message["Sender"] = HAL
    message["To"] = mail.to or (_written(thread.correspondent) if is_sent(mail) else ADA)
    if mail.cc:
        message["Cc"] = mail.cc
    again = f"Re: {thread.subject}" if place else thread.subject
    message["Subject"] = with_days(mail.subject or again, now)
    zone = timezone(timedelta(hours=0 if is_sent(mail) else thread.tz))
    message["Date"] = at.astimezone(zone)
    message["Message-ID"] = identity(thread, place)
    if place and not mail.loose:
        message["In-Reply-To"] = identity(thread, place - 1)
        message["References"] = " ".join(identity(thread, i) for i in range(place))


def _checked(sender: str, verdict: str) -> str:
    domain = _domain(sender)
    return (
        f"mx.ada.example; spf={verdict} smtp.mailfrom={domain};"
        f" dkim={verdict} header.d={domain}; dmarc={verdict} header.from={domain}"
    )


def _fill(message: EmailMessage, thread: Thread, place: int, now: datetime) -> None:
    mail = thread.mails[place]
    text = shown_text(thread, place, now)
    if mail.html and not mail.text:
        message.set_content(with_days(mail.html, now), subtype="html", charset=mail.charset)
        return
    message.set_content(text, charset=mail.charset)
    if mail.html:
        message.add_alternative(with_days(mail.html, now), subtype="html")
    elif mail.style in {"newsletter", "receipt"}:
        message.add_alternative(with_days(_page(thread, mail, text), now), subtype="html")


def shown_text(thread: Thread, place: int, now: datetime) -> str:
    """The words as the reader sees them, with the hand's line and the quoted letter below."""
    mail = thread.mails[place]
    text = with_days(mail.text.strip("\n"), now)
    if mail.by == "hal":
        text += "\n\n-- \nWritten by Hal Brandt, Ada Ferrer's assistant."
    if mail.quote and place:
        text += "\n\n" + _quoted(thread, place - 1, now)
    if mail.wrap:
        text = "\n".join(
            textwrap.fill(line, 72, break_long_words=False) for line in text.split("\n")
        )
    return text + "\n"


def _quoted(thread: Thread, place: int, now: datetime) -> str:
    mail = thread.mails[place]
    name = parseaddr(author(thread, mail))[0]
    day = moment(mail.when, now)
    lines = with_days(mail.text.strip("\n"), now).split("\n")
    head = f"On {day:%Y-%m-%d} at {day:%H:%M}, {name} wrote:"
    return "\n".join([head, *(f"> {line}".rstrip() for line in lines)])


def _page(thread: Thread, mail: Mail, text: str) -> str:
    paragraphs = (markup.escape(part) for part in text.strip().split("\n") if part)
    return _PAGE.format(
        title=markup.escape(mail.subject or thread.subject),
        body="".join(f"<p>{part}</p>" for part in paragraphs),
        domain=_domain(author(thread, mail)),
        code=hashlib.sha256(thread.key.encode()).hexdigest()[:12],
    )


def _attach(message: EmailMessage, name: str) -> None:
    """Adds a file; "cid:boat.png" puts it beside the HTML, which shows it as `cid:boat.png`."""
    inline, name = name.startswith("cid:"), name.removeprefix("cid:")
    main, sub, content = attachments.made(name)
    if inline:
        page = message.get_body(("html",))
        assert isinstance(page, EmailMessage)
        page.add_related(content, main, sub, cid=f"<{name}>", filename=name, disposition="inline")
        return
    message.add_attachment(content, main, sub, filename=name)


def _extra(thread: Thread, mail: Mail) -> dict[str, str]:
    domain = _domain(author(thread, mail))
    style = {name: value.format(domain=domain) for name, value in STYLES[mail.style].items()}
    return {**style, **mail.headers}


def _domain(address: str) -> str:
    return parseaddr(address)[1].rpartition("@")[2]
