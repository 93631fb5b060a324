"""Senders who look like somebody else: a known name at another address, a domain one slip away."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

# What is drawn alike, replaced by one form (a small part of UTS 39; punycode is decoded before).
_ALIKE = str.maketrans(
    {
        "0": "o", "1": "l", "3": "e", "5": "s", "7": "t", "$": "s", "|": "l", "ı": "i",
        "а": "a", "е": "e", "о": "o", "р": "p", "с": "c", "у": "y", "х": "x", "і": "i", "ј": "j",
        "ѕ": "s", "ԁ": "d", "ɡ": "g", "һ": "h", "ո": "n", "ν": "v", "ο": "o", "α": "a", "ρ": "p",
        "в": "b", "к": "k", "м": "m", "н": "h", "т": "t", "ԛ": "q", "ԝ": "w", "ѵ": "v", "ү": "y",
        "β": "b", "ε": "e", "η": "n", "ι": "i", "κ": "k", "τ": "t", "υ": "u", "χ": "x", "γ": "y",
        "ս": "u", "օ": "o", "հ": "h", "ց": "g", "ℓ": "l", "ɑ": "a", "ꮪ": "s",
        "-": "", "_": "",
    }
)  # fmt: skip
_PAIRS = (("rn", "m"), ("vv", "w"))
_SHORTEST = 6  # letters of a name in which one slip is no chance
# Providers whom anybody may use: their likeness to one another says nothing.
_PUBLIC = {
    "gmail.com", "googlemail.com", "mail.com", "email.com", "ymail.com", "gmx.com", "gmx.de",
    "gmx.net", "gmx.at", "gmx.ch", "hotmail.com", "hotmail.fr", "hotmail.de", "hotmail.it",
    "hotmail.es", "hotmail.co.uk", "outlook.com", "outlook.de", "outlook.fr", "live.com",
    "live.fr", "live.de", "yahoo.com", "yahoo.de", "yahoo.fr", "yahoo.es", "yahoo.it", "yahoo.ca",
    "yahoo.co.uk", "web.de", "aol.com", "icloud.com", "me.com", "mac.com", "msn.com", "proton.me",
    "protonmail.com", "protonmail.ch", "fastmail.com", "fastmail.fm", "orange.fr", "free.fr",
    "laposte.net", "qq.com", "163.com", "126.com",
}  # fmt: skip


_SHOWN = re.compile(r"[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,8}[\w-]{2,63}")
# Endings below which anybody may register, beside those of one label.
_SECOND = {"ac", "co", "com", "edu", "gov", "net", "org"}


def name_key(name: str) -> str:
    """A name as it is compared: without case, accents, marks, what nobody sees, and order; "" if it is
    one word only."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", name).casefold())
    seen = "".join(c for c in folded if unicodedata.category(c) not in ("Mn", "Me", "Cf", "Cc"))
    words = re.findall(r"[^\W\d_]+", seen.translate(_ALIKE))
    return " ".join(sorted(words)) if len(words) > 1 else ""


def shown_address(name: str) -> str:
    """The address that a display name shows, in lower case, or ""."""
    found = _SHOWN.search(unicodedata.normalize("NFKC", name))
    return found[0].lower() if found else ""


class Domains:
    """Known domains, made ready to be compared with unknown ones."""

    def __init__(self, known: Iterable[str]) -> None:
        self._known = {domain for domain in known if "." in domain}
        self._bones = {_bones(domain): domain for domain in self._known}
        self._brands = {_brand(domain): domain for domain in self._known - _PUBLIC}
        self._brands.pop("", None)
        self._near: dict[str, str] = {}
        for domain in self._known - _PUBLIC:
            if len(domain.split(".")[0]) >= _SHORTEST:
                for each in (domain, *_deletions(domain)):
                    self._near.setdefault(each, domain)

    def resembles(self, domain: str) -> str:
        """The known domain that this unknown one could be taken for, or ""."""
        if not domain or any(_within(domain, each) for each in (_PUBLIC, self._known)):
            return ""
        plain = _decoded(domain)
        if front := self._in_front(plain):
            return front
        if found := self._bones.get(_bones(plain)):
            return found
        if len(plain.split(".")[0]) + 1 < _SHORTEST:
            return ""
        near = (self._near.get(each) for each in (plain, *_deletions(plain)))
        return next((each for each in near if each and _one_slip(each, plain)), "")

    def cousin(self, domain: str) -> str:
        """The known domain that has the same name and another ending, or "". It may be theirs."""
        if _within(domain, self._known):
            return ""
        return self._brands.get(_brand(_decoded(domain)), "")

    def _in_front(self, domain: str) -> str:
        """The known domain that a longer one begins with: known.example.evil.example."""
        labels = domain.split(".")
        fronts = (".".join(labels[:at]) for at in range(2, len(labels)))
        found = next((front for front in fronts if front in self._known), "")
        country = len(labels) == found.count(".") + 2 and len(labels[-1]) == 2
        return "" if country else found  # example.com.au may well be theirs


def _brand(domain: str) -> str:
    """The name of a domain without its ending, where it is long enough to be no chance; or ""."""
    name, *ending = domain.split(".")
    national = len(ending) == 2 and ending[0] in _SECOND and len(ending[1]) == 2
    return name if len(name) >= _SHORTEST and (len(ending) == 1 or national) else ""


def _within(domain: str, known: set[str]) -> bool:
    """Whether it is one of `known`, or a part of one (mail.example.org of example.org)."""
    labels = domain.split(".")
    return any(".".join(labels[at:]) in known for at in range(len(labels) - 1))


def _decoded(domain: str) -> str:
    try:
        return domain.encode("ascii").decode("idna") if "xn--" in domain else domain
    except UnicodeError:
        return domain


def _bones(domain: str) -> str:
    """What is left of a domain to a hasty eye."""
    bare = unicodedata.normalize("NFKD", domain.casefold()).translate(_ALIKE)
    for pair, single in _PAIRS:
        bare = bare.replace(pair, single)
    return "".join(c for c in bare if not unicodedata.combining(c))


def _deletions(domain: str) -> list[str]:
    return [domain[:at] + domain[at + 1 :] for at in range(len(domain))]


def _one_slip(one: str, two: str) -> bool:
    """Whether one letter was changed, added, left out or swapped with its neighbour."""
    if abs(len(one) - len(two)) > 1:
        return False
    start = 0
    while start < min(len(one), len(two)) and one[start] == two[start]:
        start += 1
    rest = (one[start:], two[start:])
    swapped = rest[0][:2] == rest[1][:2][::-1] and rest[0][2:] == rest[1][2:]
    changed = rest[0][1:] == rest[1][1:]
    return swapped or changed or rest[0][1:] == rest[1] or rest[0] == rest[1][1:]
