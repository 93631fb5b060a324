"""The vectors of what came after letters: a post and its past, reactions, a stamped head.

A stamp cannot be computed twice: the one beside the page is kept as long as it is over the vectors'
head, and asked anew of OpenSSL's authority when that changes (see `restamp`).
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from pathlib import Path
from typing import Any

from firsthand.core import record as records
from firsthand.core.byline import Ai, Level, Making, Party
from firsthand.core.entry import entry_of
from firsthand.core.reaction import Reaction
from firsthand.tlog.tiles import STAMPS, stamp_path
from firsthand.tlog.timestamp import Stamp, imprint, listed, request
from firsthand.verifier import read_post
from tests.servers.tsa import authority
from tests.verifier.site import AT, ISSUER, KEY, published

Given = dict[str, Any]
FOLDER = Path(__file__).parents[2] / "docs" / "vectors"
ROOTS = "tsa.pem"
ADA = Party("ada", "Ada Ferrer", "AF", principal=True)
LIKED = "https://reader.example/notes/1"
SALT = b"\x03" * 32


def post() -> bytes:
    """Three revisions of one text, as their office serves them. Their log is another than the letter's."""
    site = published()
    site.prove()
    return json.dumps(json.loads(site.raw()), indent=1).encode() + b"\n"


def revisions(_given: Given) -> Given:
    """What ties each revision to the one before, and its entry; oldest first."""
    return {"revisions": [_tie(each.record) for each in read_post(post())[::-1]]}


def _tie(record: bytes) -> Given:
    fields = records.read(record)
    subject = fields["credentialSubject"]
    names = (
        "id",
        "digestMultibase",
        "placeDigest",
        "replaces",
        "replacesRecord",
        "revision",
        "change",
    )
    return {
        **{name: subject[name] for name in names if name in subject},
        "record_sha256": hashlib.sha256(record).hexdigest(),
        "entry": entry_of(record, fields).decode(),
    }


def reaction(_given: Given) -> Given:
    """Ada likes a note by hand."""
    place = records.place_digest(
        SALT, author="ada@social.example", to=(), in_reply_to=LIKED, subject=""
    )
    content = records.Content(
        f"{ISSUER.base}/b/like1", "mastodon", "", place, reaction=Reaction.LIKE
    )
    statement = records.statement(
        issuer=ISSUER,
        number="like1",
        content=content,
        making=Making((ADA,), {}, (), sent_by="ada"),
        level=Level.FIRSTHAND,
        ai=Ai.NONE,
    )
    key = records.OfficeKey("office-1", KEY)
    record = records.seal(statement, seq=1, at=AT, issuer=ISSUER, key=key)
    return {
        "credentialSubject": statement["credentialSubject"],
        "record_sha256": hashlib.sha256(record).hexdigest(),
        "entry": entry_of(record, records.read(record)).decode(),
    }


def timestamp(given: Given) -> Given:
    """What the kept stamp proves to who believes the kept root."""
    stamp = Stamp.parse((FOLDER / given["file"]).read_bytes())
    roots = (FOLDER / given["roots"]).read_bytes()
    return {
        "imprint": imprint(stamp.checkpoint).hex(),
        "proved_at": stamp.proved_at(roots),
        "made_by": stamp.made_by(),
    }


def stamps(head: bytes, size: int) -> dict[str, bytes]:
    """The files of the stamp of this head, as they are kept."""
    paths = (f"log/{stamp_path(size)}", ROOTS)
    kept = {path: (FOLDER / path).read_bytes() for path in paths}
    assert Stamp.parse(kept[paths[0]]).checkpoint == head, "the stamp is over another head"
    return {**kept, f"log/{STAMPS}": listed([size])}


def restamp(head: bytes, size: int) -> None:
    """Ask for a new stamp, where the kept one is none of this head."""
    place = FOLDER / "log" / stamp_path(size)
    if place.exists() and Stamp.parse(place.read_bytes()).checkpoint == head:
        return
    with tempfile.TemporaryDirectory() as folder:
        clock = authority(Path(folder))
        stamp = Stamp(clock.answer(request(head)[0]), head)
        stamp.proved_at(clock.roots)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(stamp.encode())
    (FOLDER / ROOTS).write_bytes(clock.roots)
