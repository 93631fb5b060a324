"""Is a signed record one at all? Whatever is told of it or compared is of the kind that it must be.

Two verifiers that read a number, a list or nothing where a text belongs would tell two things of one
record. The same is in `record.js`, and in docs/log-format.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_TEXTS = ("id", "issuer", "log", "validFrom")
_OF_SUBJECT = ("id", "channel", "level", "ai", "accountablePerson", "sender", "placeDigest")
_PERHAPS = ("digestMultibase", "act", "replaces", "replacesRecord", "change")


def must_be_shaped(fields: Mapping[str, Any]) -> None:
    """Raises TypeError where a field is missing that every record has, or is of another kind."""
    subject = fields["credentialSubject"]
    texts = [fields.get(name) for name in _TEXTS]
    texts += [fields["proof"].get("verificationMethod")]
    texts += [subject.get(name) for name in _OF_SUBJECT]
    texts += [subject[name] for name in _PERHAPS if name in subject]
    texts += _list(subject.get("attachmentDigests", []))
    for person in (*_list(subject.get("author")), *_list(subject.get("contributor"))):
        if not isinstance(person, dict):
            raise TypeError("no person")
        texts += [person.get("id"), person.get("name")]
    if not all(isinstance(text, str) for text in texts):
        raise TypeError("no text")


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError("no list")
    return value
