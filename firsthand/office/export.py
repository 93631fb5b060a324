"""All of a person's data in formats that others read: mbox, JSON, the records, the log's files.

What leaves is named column by column (`COLUMNS`): a new one stays here until it is put there or
among `WITHHELD`. Keys, sealed credentials, hashes of passwords and tokens are never in it.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db.models import QuerySet

from firsthand.channels.base import dialect_of
from firsthand.core.errors import Misuse
from firsthand.office import ledger
from firsthand.office.export_files import Mailboxes, plain_name, write_array, write_json
from firsthand.office.models import DraftFile, Message, Submission

FORMAT = 1
Progress = Callable[[int, int, int], None]
"""Called with messages done, messages in all, and messages done."""

COLUMNS = {
    "office": "name base time_zone minutes undo_seconds signature key_name public_key log_vkey"
    " recovery_key made_at",
    "account": "id channel address settings state made_at",
    "actor": "id key name initials kind is_principal email addresses made_at offboarded_at",
    "grant": "id actor_id right channels accounts lanes starts_at expires_at granted_by_id"
    " revoked_at revoked_by_id",
    "passkey": "id actor_id number name published made_at revoked_at entry_id ending_id",
    "promise": "id floor channel strength since until made_by_id",
    "person": "id name screening screened_by_id screened_at about received answered written"
    " last_at",
    "handle": "person_id channel address name",
    "thread": "id account_id channel person_id subject state state_at state_by_id snoozed_until"
    " assigned_to_id wanted_lane continues_id first_at last_at waiting_since messages_count",
    "message": "id thread_id account_id channel remote_id fingerprint message_id direction"
    " person_id actor_id from_address from_name to cc reply_to in_reply_to references subject at"
    " date folder automation list_id attachments problems set_aside",
    "note": "id thread_id actor_id text at",
    "draft": "id thread_id account_id post_id base change note answers_id channel subject to cc"
    " bcc reaction"
    " state made_by_id made_at changed_at revision lowered_to",
    "revision": "number actor_id text at pasted ai_declared envelope",
    "approval": "revision actor_id at number salt evidence",
    "rejection": "revision actor_id reason at",
    "draftfile": "id name media_type added_by_id",
    "submission": "id draft_id revision account_id channel actor_id state made_at due_at number"
    " message_id level ai sentence subject text envelope salt statement evidence hand_signed seq"
    " entry_id attempts problem sent_at answer remote_id url replaces_id follows_id"
    " copied_at erased_on",
    "post": "id slug language sponsor sponsor_url made_by_id made_at",
    "postrevision": "number draft_id submission_id title text kind proposed note actor_id made_at",
    "placement": "account_id form",
    "telling": "revision_id target state endpoint attempts problem told_at answer",
    "mention": "id source target way state heard_at checked_at problem versions remote_id",
    "credit": "name role url",
    "hours": "slots opens closes spread",
    "blackout": "id starts ends reason made_by_id",
    "delivery": "address state answer at",
    "event": "id at actor_id act about about_id data",
}  # fmt: skip
WITHHELD = {
    "office": "id sealed_key sealed_log_key next_seq",
    "account": "sealed cursor notes problem tried_at retry_at fence lease_until",
    "actor": "password last_login",
    "passkey": "credential_id public_key sign_count",
    "person": "answer_words",
    "handle": "id",
    "thread": "subject_key latest needs_rank",
    "message": "preview words questions",
    "draft": "seen",
    "revision": "id draft_id",
    "approval": "id draft_id",
    "rejection": "id draft_id",
    "draftfile": "draft_id content",
    "submission": "record returned fence lease_until retry_at filed_at",
    "postrevision": "id post_id linked_at",
    "telling": "id key retry_at fence lease_until",
    "mention": "key host due_at attempts fence lease_until digest",
    "placement": "id post_id",
    "credit": "id post_id",
    "hours": "id",
    "delivery": "id submission_id",
}
"""Secrets; what is derived from the rest; what only a running office needs; what nesting or a file
of its own says."""
NOUNS = {
    "accounts": ("account", {}),
    "actors": ("actor", {}),
    "grants": ("grant", {}),
    "passkeys": ("passkey", {}),
    "promises": ("promise", {}),
    "people": ("person", {"handles": ("handle", "person_id")}),
    "threads": ("thread", {}),
    "messages": ("message", {}),
    "notes": ("note", {}),
    "drafts": (
        "draft",
        {
            "revisions": ("revision", "draft_id"),
            "approvals": ("approval", "draft_id"),
            "rejections": ("rejection", "draft_id"),
            "files": ("draftfile", "draft_id"),
        },
    ),
    "submissions": ("submission", {"deliveries": ("delivery", "submission_id")}),
    "posts": (
        "post",
        {
            "revisions": ("postrevision", "post_id"),
            "placements": ("placement", "post_id"),
            "tellings": ("telling", "revision__post_id"),
            "credits": ("credit", "post_id"),
        },
    ),
    "mentions": ("mention", {}),
    "hours": ("hours", {}),
    "blackouts": ("blackout", {}),
    "events": ("event", {}),
}
"""The JSON files: the table of each, and what is nested in its rows."""


def export(*, folder: Path, now: datetime, progress: Progress | None = None) -> dict[str, int]:
    """Write everything into `folder`, new or empty; how many of each. `export.json` comes last."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Misuse(f"{folder} is not empty.", hint="Name a new or an empty folder.")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    places = _mail(folder / "mail", progress)
    counts = {"mail": len(places)}
    for name, (table, nested) in NOUNS.items():
        rows = (_with_place(row, name, places) for row in _rows(table, nested))
        counts[name] = write_array(folder / f"{name}.json", rows)
    counts["records"] = _records(folder / "records")
    counts["files"] = _draft_files(folder / "files")
    ledger.publish()
    hidden = shutil.ignore_patterns(".*")
    shutil.copytree(settings.LOG_FOLDER, folder / "log", ignore=hidden)
    office = next(_of("office").values(*COLUMNS["office"].split()).iterator())
    about = {"format": FORMAT, "at": now, "office": office, "counts": counts}
    write_json(folder / "export.json", about)
    return counts


def _mail(folder: Path, progress: Progress | None) -> dict[int, str]:
    """Every message as it came; in which file each lies, by its number."""
    boxes, places = Mailboxes(folder), dict[int, str]()
    total = Message.objects.count()
    columns = ("channel", "account__address", "folder", "direction", "pk", "at", "body__raw")
    rows = Message.objects.filter(body__isnull=False).order_by("pk").values_list(*columns)
    for place, run in groupby(rows.iterator(chunk_size=100), key=itemgetter(0, 1, 2, 3)):
        suffix = dialect_of(place[0]).suffix
        with boxes.open(place[:2], place[2] or ("INBOX" if place[3] == "in" else "Sent")) as box:
            for *_, pk, at, raw in run:
                path = box.add(pk, at, bytes(raw), suffix)
                places[pk] = path.relative_to(folder.parent).as_posix()
                if progress and len(places) % 100 == 0:
                    progress(len(places), total, len(places))
    return places


def _with_place(row: dict[str, Any], name: str, places: dict[int, str]) -> dict[str, Any]:
    return row | {"file": places.get(row["id"])} if name == "messages" else row


def _rows(table: str, nested: dict[str, tuple[str, str]]) -> Iterator[dict[str, Any]]:
    for row in _of(table).order_by("pk").values(*COLUMNS[table].split()).iterator():
        for key, (inner, column) in nested.items():
            own = _of(inner).filter(**{column: row["id"]}).order_by("pk")
            row[key] = list(own.values(*COLUMNS[inner].split()))
        yield row


def _of(table: str) -> QuerySet[Any]:
    rows: QuerySet[Any] = apps.get_model("office", table)._default_manager.all()
    return rows


def _records(folder: Path) -> int:
    """The signed bylines, to the byte, each under its public number."""
    folder.mkdir()
    rows = Submission.objects.exclude(record=b"").order_by("pk").values_list("number", "record")
    done = 0
    for done, (number, record) in enumerate(rows.iterator(), 1):  # noqa: B007
        (folder / f"{number}.vc.json").write_bytes(bytes(record))
    return done


def _draft_files(folder: Path) -> int:
    """What goes along with drafts: `<draft>/<file>-<name>`."""
    done = 0
    for done, row in enumerate(DraftFile.objects.order_by("pk").iterator(chunk_size=10), 1):  # noqa: B007
        place = folder / str(row.draft_id)
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{row.pk}-{plain_name(row.name)}").write_bytes(bytes(row.content))
    return done
