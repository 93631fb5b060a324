"""The Byline field of a message: where its record is, its place in the log, its level, its salt.

Written by `outbox`, read by verifiers; whatever stands in it is a claim until it is checked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from firsthand.core.byline import Level
from firsthand.core.record import decode_salt, encode_salt

_URL = re.compile(r"(https?://[^\s;<>\"?#]{1,300})/b/([A-Za-z0-9_-]{1,32})")
_INDEX = re.compile(r"0|[1-9][0-9]{0,18}")


@dataclass(frozen=True, slots=True)
class Header:
    """The value of a Byline field. `base`: the office, no slash at the end; `index`: its entry."""

    base: str
    number: str
    index: int
    level: Level
    salt: bytes

    def __str__(self) -> str:
        salt = encode_salt(self.salt)
        return f"{self.url}; index={self.index}; level={self.level.value}; salt={salt}"

    @property
    def url(self) -> str:
        """Where anybody can look the record up."""
        return f"{self.base}/b/{self.number}"


def read_header(value: str) -> Header:
    """The fields of a Byline value, folded or not. Raises ValueError for anything else.

    Parameters that are not known are passed over, so that later versions stay readable.
    """
    url, *rest = (part.strip() for part in value.split(";"))
    place = _URL.fullmatch(url)
    if place is None:
        raise ValueError("the Byline field does not begin with the address of a record")
    pairs = [re.sub(r"\s", "", part).partition("=") for part in rest if part]
    values = {name: given for name, _, given in pairs}
    if len(values) != len(pairs):
        raise ValueError("the Byline field says something twice")
    if missing := {"index", "level", "salt"} - values.keys():
        raise ValueError(f"the Byline field has no {', '.join(sorted(missing))}")
    if not _INDEX.fullmatch(values["index"]):
        raise ValueError("the Byline field's index is no number")
    return Header(
        base=place[1],
        number=place[2],
        index=int(values["index"]),
        level=Level(values["level"]),
        salt=decode_salt(values["salt"]),
    )
