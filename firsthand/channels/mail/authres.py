"""What the receiving server found out about a letter's sender: Authentication-Results (RFC 8601).

Anybody can write such a field, so a result counts only from a server that is named by the caller,
and only when its field is the topmost one. Standard library only; total: no input makes it raise.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from firsthand.channels.mail.headers import Fields

_TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"|([;=])|([^\s;="]+)')
_RESULTS = {
    "pass", "fail", "softfail", "neutral", "none", "policy", "permerror", "temperror", "hardfail",
}  # fmt: skip
_LONGEST = 8_000
_ENOUGH = 20
_SHARE = 0.9


@dataclass(frozen=True, slots=True)
class Check:
    """One method's result; `about` maps "header.from", "smtp.mailfrom" … to what was checked."""

    method: str
    result: str
    about: tuple[tuple[str, str], ...] = ()

    def of(self, name: str) -> str:
        return dict(self.about).get(name, "")


@dataclass(frozen=True, slots=True)
class Authentication:
    """What one server says. `server` is its authserv-id, lower case."""

    server: str
    checks: tuple[Check, ...] = ()

    def result(self, method: str) -> str:
        """The best result of a method (one valid signature is enough: RFC 6376 6.1), or ""."""
        found = [check.result for check in self.checks if check.method == method]
        return "pass" if "pass" in found else found[0] if found else ""

    @property
    def aligned(self) -> bool:
        """The address in From was vouched for by its own domain."""
        return self.result("dmarc") == "pass"

    @property
    def refuted(self) -> bool:
        """The domain in From says that it did not send this."""
        return self.result("dmarc") in {"fail", "hardfail"}


def parse_results(value: str) -> Authentication | None:
    """One unfolded field value; None where no server is named."""
    parts = _split(_without_comments(value[:_LONGEST]))
    server = parts[0][0] if parts and parts[0] else ""
    if not server or server in {"=", ";"}:
        return None
    checks = [check for part in parts[1:] if (check := _check(part))]
    return Authentication(server.lower(), tuple(checks))


def topmost(fields: Fields) -> Authentication | None:
    """What the topmost field says, whoever wrote it: it may have come with the letter."""
    values = fields.values.get("authentication-results")
    return parse_results(values[0]) if values else None


def received_results(fields: Fields, *, servers: Iterable[str]) -> Authentication | None:
    """The topmost field, if one of `servers` wrote it: those further down came with the letter."""
    found = topmost(fields)
    trusted = {server.lower() for server in servers}
    return found if found and found.server in trusted else None


def usual_server(letters: Iterable[Fields]) -> str:
    """The server that signs nearly every letter of an account at the top, or "" if none does."""
    named: Counter[str] = Counter()
    total = 0
    for fields in letters:
        found = topmost(fields)
        named[found.server if found else ""] += 1
        total += 1
    server, count = named.most_common(1)[0] if named else ("", 0)
    return server if total >= _ENOUGH and count >= _SHARE * total else ""


def _without_comments(value: str) -> str:
    """Comments nest and hide nothing in quotes (RFC 5322 3.2.2); an unclosed one takes the rest."""
    kept: list[str] = []
    depth, quoted, skip = 0, False, False
    for c in value:
        if skip:
            skip = False
        elif c == "\\":
            skip = True
        elif quoted or (c == '"' and not depth):
            quoted = quoted != (c == '"')
        elif c in "()":
            depth = max(0, depth + (1 if c == "(" else -1))
            kept.append(" ")
            continue
        if not depth:
            kept.append(c)
    return "".join(kept)


def _split(value: str) -> list[list[str]]:
    """The tokens between semicolons."""
    parts: list[list[str]] = [[]]
    for quoted, mark, word in _TOKEN.findall(value):
        if mark == ";":
            parts.append([])
        else:
            parts[-1].append(mark or word or re.sub(r"\\(.)", r"\1", quoted))
    return parts


def _check(tokens: list[str]) -> Check | None:
    """`dkim=pass header.d=a.example`: pairs around equal signs; the first is the method."""
    pairs = [
        (tokens[i - 1].lower(), tokens[i + 1])
        for i in range(1, len(tokens) - 1)
        if tokens[i] == "=" and tokens[i - 1] != "=" and tokens[i + 1] != "="
    ]
    if not pairs:
        return None
    method, result = pairs[0][0].partition("/")[0], pairs[0][1].lower()
    if result not in _RESULTS:
        return None
    return Check(method, result, tuple((name, said[:300]) for name, said in pairs[1:]))
