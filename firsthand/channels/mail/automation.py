"""Whether a machine wrote a message (RFC 3834, 2919, 2369, 3464, 3798, 5546). Pure; never raises.

The answer decides what may be answered automatically (never a machine) and what may wait, so
doubt goes to NO: a person is never taken for a machine on one weak sign.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from firsthand.channels.mail.headers import Fields
from firsthand.channels.mail.parts import Part
from firsthand.core.envelope import Address, Automation

_NO_REPLY = re.compile(
    r"(?:^|[.+_-])(?:no|do-?not|donot|nao|ne|nie|non)[._-]?(?:reply|reponda|respond|respuesta|"
    r"repondre|antworten?)(?:[.+_-]|$)"
)
_MACHINES = {"mailer-daemon", "postmaster", "notifications", "notification", "alerts", "bounce"}
_SIGNS = {
    "x-failed-recipients", "auto-submitted", "x-autoreply", "x-autorespond", "x-autoresponder",
    "x-autoreply-from", "precedence", "x-auto-response-suppress", "list-unsubscribe", "list-post",
    "mailing-list", "list-id",
}  # fmt: skip
_QUIET = {"text/plain", "text/html", "multipart/alternative", "multipart/mixed"}
_AWAY = re.compile(
    r"(?i)^\s*(?:out of (?:the )?office|automatic reply|auto(?:matic)?[- ]?(?:reply|response|"
    r"responder)|autoreply|vacation|abwesen|automatische antwort|réponse automatique|absence|"
    r"respuesta automática|fuera de la oficina|resposta automática|risposta automatica|"
    r"automatisch antwoord|afwezig|autosvar|odpowiedź automatyczna|автоответ)"
)

_FAILED = re.compile(
    r"(?i)^\s*(?:undeliver(?:able|ed)|delivery (?:status notification|failure|has failed)|"
    r"(?:returned mail|mail delivery (?:failed|failure)|failure notice|unzustellbar|non remis)\b)"
)
_RECEIPT = re.compile(
    r"(?i)\b(?:receipt|(?:tax )?invoice|order confirm\w+|(?:payment|shipping|booking|purchase) confirm\w+|"
    r"payment received|confirmation of (?:your )?(?:order|payment|booking|purchase)|"
    r"your (?:[\w.&'-]+ ){0,3}order (?:#|no\b|number|is\b|has\b|was\b|of\b|from\b)|"
    r"order (?:#|no\.? ?)?\d{3,}|(?:has|have) (?:been )?shipped|"
    r"rechnung|quittung|zahlungs(?:bestätigung|eingang)|(?:bestell|auftrags|buchungs)bestätigung|"
    r"facture|reçu de|confirmation de (?:commande|paiement)|factura|recibo|"
    r"confirmación del? (?:pedido|pago)|"
    r"fattura|ricevuta|conferma d(?:'|ell')ordine|factuur|orderbevestiging|"
    r"kvitto|kvittering|orderbekräftelse|"
    r"faktura|potwierdzenie (?:zamówienia|płatności))\b"
)


def classify(
    fields: Fields, parts: Iterable[Part], sender: Address, subject: str
) -> tuple[Automation, str]:
    """The kind of machine and, in plain words, the sign that told it."""
    local = sender.address.partition("@")[0]
    if _is_plain(fields, parts, local):
        return Automation.NO, ""
    found = (
        _bounce(fields, parts, local, subject)
        or _auto_reply(fields, subject)
        or _calendar(parts)
        or _list(fields, local)
        or _notice(fields, parts, local)
        or (Automation.NO, "")
    )
    if found[0] in (Automation.BULK, Automation.NOTICE) and _RECEIPT.search(subject):
        return Automation.RECEIPT, "a machine sent it, and its subject names a bill or an order"
    return found


def _is_plain(fields: Fields, parts: Iterable[Part], local: str) -> bool:
    """Whether none of the signs below can be there, as in most letters."""
    return (
        _SIGNS.isdisjoint(fields.values)
        and all(part.kind in _QUIET and "report-type" not in part.params for part in parts)
        and "<>" not in fields.first("return-path")
        and not _names_machine(local)
    )


@lru_cache(maxsize=8192)
def _names_machine(local: str) -> bool:
    return local in _MACHINES or bool(_NO_REPLY.search(local))


def _bounce(
    fields: Fields, parts: Iterable[Part], local: str, subject: str
) -> tuple[Automation, str] | None:
    for part in parts:
        if part.kind in ("message/delivery-status", "message/global-delivery-status"):
            return Automation.BOUNCE, "it is a delivery report"
        if part.params.get("report-type", "").lower() == "delivery-status":
            return Automation.BOUNCE, "it is a delivery report"
    if "x-failed-recipients" in fields.values:
        return Automation.BOUNCE, "it names recipients that failed"
    told = fields.first("return-path").strip() == "<>" or bool(_FAILED.match(subject))
    if local == "mailer-daemon" or (told and local == "postmaster"):
        return Automation.BOUNCE, "a mail system sent it"
    return None


def _auto_reply(fields: Fields, subject: str) -> tuple[Automation, str] | None:
    if _keyword(fields, "auto-submitted") == "auto-replied":
        return Automation.AUTO_REPLY, "Auto-Submitted says that it is an automatic reply"
    for name in ("x-autoreply", "x-autorespond", "x-autoresponder", "x-autoreply-from"):
        if name in fields.values and _keyword(fields, name) not in ("no", "false", "none"):
            return Automation.AUTO_REPLY, f"it carries {name.title()}"
    if _keyword(fields, "precedence") in ("auto_reply", "auto-reply"):
        return Automation.AUTO_REPLY, "Precedence says that it is an automatic reply"
    marked = "x-auto-response-suppress" in fields.values or "auto-submitted" in fields.values
    if _AWAY.search(subject) and (marked or fields.first("return-path").strip() == "<>"):
        return Automation.AUTO_REPLY, "it is a notice of absence"
    return None


def _calendar(parts: Iterable[Part]) -> tuple[Automation, str] | None:
    for part in parts:
        if part.kind == "text/calendar" and part.params.get("method"):
            return Automation.CALENDAR, "it carries an invitation or an answer to one"
    return None


def _list(fields: Fields, local: str) -> tuple[Automation, str] | None:
    precedence = _keyword(fields, "precedence")
    leave = "list-unsubscribe" in fields.values
    if "list-post" in fields.values or precedence == "list" or "mailing-list" in fields.values:
        return Automation.LIST, "it came through a mailing list"
    one_click = "list-unsubscribe-post" in fields.values or "feedback-id" in fields.values
    if leave and (one_click or _NO_REPLY.search(local) or precedence in ("bulk", "junk")):
        return Automation.BULK, "it is a mass mailing that can be unsubscribed"
    if "list-id" in fields.values:
        return Automation.LIST, "it came through a mailing list"
    if precedence in ("bulk", "junk"):
        return Automation.BULK, f"Precedence says {precedence}"
    if leave:
        return Automation.BULK, "it is a mass mailing that can be unsubscribed"
    return None


def _notice(fields: Fields, parts: Iterable[Part], local: str) -> tuple[Automation, str] | None:
    submitted = _keyword(fields, "auto-submitted")
    if submitted and submitted != "no":
        return Automation.NOTICE, "Auto-Submitted says that a machine wrote it"
    if any(part.kind == "message/disposition-notification" for part in parts):
        return Automation.NOTICE, "it is a receipt"
    if _names_machine(local):
        return Automation.NOTICE, "its sender takes no answers"
    if "x-auto-response-suppress" in fields.values and "oof" not in _keyword(
        fields, "x-auto-response-suppress"
    ):
        return Automation.NOTICE, "it asks for no automatic answers"
    return None


def _keyword(fields: Fields, name: str) -> str:
    """The first word of a field, lower case, without comments and parameters."""
    return re.split(r"[\s;(]", fields.first(name).strip().lower(), maxsplit=1)[0]
