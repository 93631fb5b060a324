"""What can be seen in a few words: an errand that a helper can do, and a greeting by name.

Phrases rather than single words, and only in short letters: a long letter that mentions an invoice
is no errand. The languages are those of the word lists; elsewhere nothing is recognised.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from firsthand.core.text import count_words

LONGEST = 150
"""Words: a longer letter is about more than an errand."""

_PHRASES: dict[str, str] = {
    "an invoice or payment": r"""
        invoices?\s+(?:no|number|nr|\#|attached|for|is|of|\d)|(?:attached|enclosed|your|our|unpaid|
        overdue)\s+invoice|payment\s+(?:reminder|details|due)|bank\s+details|expense\s+(?:report|claim)s?|
        rechnung(?:snummer|\s+(?:nr|über|vom|im\s+anhang))|mahnung|kontoverbindung|spesenabrechnung|
        facture\s+(?:n|ci|jointe)|votre\s+facture|coordonnées\s+bancaires|note\s+de\s+frais|
        factura\s+(?:n|adjunta)|su\s+factura|fattura\s+(?:n|allegata)|fatura\s+(?:n|anexa)|
        honorarrechnung|honorarium|请款|发票|請求書""",
    "scheduling": r"""
        (?:find|set|arrange|agree\s+on|fix|schedule|propose|confirm|move|reschedule)\s+(?:up\s+)?
        (?:a|an|the|our|another|your)\s+(?:(?:short|brief|phone|conference|new|suitable)\s+)?
        (?:time|date|call|meeting|appointment|interview|slot)|(?:your|his|her)\s+(?:availability|calendar)|
        are\s+you\s+(?:free|available)\s+(?:on|at|for|next|this|any)|which\s+(?:day|date|time)s?\s+(?:would\s+)?suits?|
        termin(?:vorschlag|vorschläge|absprache|\s+(?:vereinbaren|finden|verschieben|bestätigen))|
        (?:haben|hätten)\s+sie\s+(?:zeit|am)|fixer\s+(?:un|une)\s+(?:rendez|date)|vos\s+disponibilités|
        (?:fijar|concertar)\s+una\s+(?:cita|fecha|reunión)|su\s+disponibilidad|fissare\s+un\s+appuntamento|
        marcar\s+uma\s+reunião|日程調整|约个时间""",
    "rights or permission": r"""
        permission\s+to\s+(?:reprint|reproduce|quote|use|translate|publish|include|record)|
        (?:translation|reprint|foreign|film|audio|subsidiary)\s+rights|rights\s+(?:request|enquiry|inquiry|holder)|
        copyright\s+(?:clearance|permission)|(?:übersetzungs|abdruck|film|hörbuch)rechte|
        abdruck(?:genehmigung|erlaubnis)|droits\s+de\s+(?:traduction|reproduction)|
        derechos\s+de\s+(?:traducción|reproducción)|diritti\s+di\s+(?:traduzione|riproduzione)|
        direitos\s+de\s+tradução|转载授权|翻訳権""",
    "a signed copy": r"""
        sign(?:ed)?\s+(?:cop(?:y|ies)|photo(?:graph)?|book(?:s|plates?)?|editions?)|autographs?\b|autographed|
        signierte[sn]?\s+(?:exemplar|buch|foto|ausgabe)|autogramm(?:e|karte)?|exemplaire\s+dédicacé|dédicace\b|
        ejemplar\s+(?:firmado|dedicado)|autógrafo|copia\s+(?:firmata|autografata)|exemplar\s+autografado|
        签名本|サイン本""",
    "travel": r"""
        (?:flight|train|hotel|travel|room)\s+(?:booking|reservation|arrangement|detail|itinerary|ticket|option)s?|
        your\s+(?:itinerary|flight|hotel)|book\s+(?:your|a|the)\s+(?:flight|train|hotel|room)|visa\s+(?:application|letter)|
        hotelbuchung|reisebuchung|reisekosten|flugbuchung|zugverbindung|(?:votre|réservation\s+d)[’'\s]*(?:vol|hôtel|train)\b|
        billets?\s+de\s+train|reserva\s+(?:de|del)\s+(?:hotel|vuelo|tren)|prenotazione\s+(?:volo|hotel|treno)|
        航班|酒店预订""",
    "a change of address": r"""
        (?:change\s+of|changed?\s+(?:my|our)|my\s+new|our\s+new|update\s+(?:my|our|your))\s+
        (?:postal\s+|e-?mail\s+|home\s+|mailing\s+)?(?:address|phone\s+number|contact\s+details)|
        we\s+have\s+moved|adressänderung|neue\s+(?:anschrift|adresse|telefonnummer)|wir\s+sind\s+umgezogen|
        changement\s+d[’']adresse|nouvelle\s+adresse|cambio\s+de\s+(?:dirección|domicilio)|nueva\s+dirección|
        cambio\s+di\s+indirizzo|nuovo\s+indirizzo|mudança\s+de\s+endereço|地址变更""",
}
_ERRANDS = [
    (name, re.compile(rf"(?:(?<=\W)|^)(?:{phrases})", re.IGNORECASE | re.VERBOSE))
    for name, phrases in _PHRASES.items()
]
_GREETING = (
    r"(?:dear|hi|hello|hey|hiya|good\s+(?:morning|afternoon|evening|day)|greetings|"
    r"hallo|liebe[rs]?|moin|servus|guten\s+(?:tag|morgen|abend)|grüß\s+gott|sehr\s+geehrte[rs]?|"
    r"bonjour|bonsoir|salut|ch[eè]re?|coucou|hola|querid[oa]|estimad[oa]|buen[oa]s\s+\w+|"
    r"ciao|car[oa]|gentile|buongiorno|olá|oi|car[oa]|prezad[oa]|beste|geachte|dag|hej|hei|kære|kjære|"
    r"bästa|witaj|drog[ai]|szanown[aey]|milý|milá)"
)
_TITLE = (
    r"(?:mr|mrs|ms|miss|dr|prof(?:essor)?|herrn?|frau|mme|madame|monsieur|m|señora?|sr|sra|"
    r"signora?|dott)"
)


def errand(subject: str, text: str) -> str:
    """ "an errand: scheduling", or "" where none is plain. `text`: the new words only."""
    if count_words(text[:4000]) > LONGEST:
        return ""
    for name, phrases in _ERRANDS:
        if phrases.search(subject) or phrases.search(text):
            return f"an errand: {name}"
    return ""


def greets(text: str, names: Sequence[str]) -> bool:
    """Whether the first line addresses one of `names` (their first or last name is enough)."""
    words = {word for name in names for word in name.split() if len(word) > 1}
    first = next((line.strip() for line in text[:400].split("\n") if line.strip()), "")
    if not words or not first:
        return False
    name = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    named = rf"(?:{_TITLE}\.?\s+)*(?:{name})\b"
    return bool(
        re.match(rf"{_GREETING}[,!]?\s+{named}", first, re.IGNORECASE)
        or re.match(rf"{named}(?:\s+(?:{name}))?\s*(?:[,:;!\-–—]|\.{{2,}}|$)", first, re.IGNORECASE)
    )
