"""An office that is told of links, and tells of its own, whose worker is killed: test_mention_crashes.py.

Usage: as crashing.py, with `table`. Each step gets a page of its own on the server of strangers.
"""

from __future__ import annotations

import json
import sys
import time
from datetime import timedelta
from functools import partial
from typing import Any

from tests.servers.crashing import LEASE, done, hurry, in_child

# isort: split
# Only now: the import above sets Django up.
from django.core.management import call_command
from django.utils.timezone import now

from firsthand.channels.mentions import asking
from firsthand.office import intake, mentions, publish, staff
from firsthand.office.mentions import looking, telling
from firsthand.office.models import Actor, Mention, Message, Office, Telling
from firsthand.worker import stages
from tests.servers.crash_points import DEAD, Point

HOME = "https://ada.example/"
HEARD = {
    "heard: before it is claimed": Point(looking, "_claim"),
    "heard: claimed": Point(looking, "_claim", after=True),
    "heard: page seen": Point(asking, "look", after=True),
    "heard: before it is filed": Point(intake, "take"),
    "heard: filed, not written down": Point(intake, "take", after=True),
    "heard: before it is written down": Point(looking, "_settle"),
    "heard: written down": Point(looking, "_settle", after=True),
}
TOLD = {
    "told: links noted, not written": Point(Telling.objects, "bulk_create", after=True),
    "told: links noted": Point(mentions, "note_links", after=True),
    "told: claimed": Point(telling, "_claim", after=True),
    "told: endpoint found": Point(asking, "endpoint_of", after=True),
    "told: before it is written that it is told": Point(telling, "_begin"),
    "told: written, not called": Point(telling, "_begin", after=True),
    "told: called, not known": Point(asking, "tell", after=True),
    "told: not written down": Point(telling, "_settle"),
    "told: written down": Point(telling, "_settle", after=True),
}


def open_office() -> None:
    call_command("migrate", verbosity=0)
    staff.open_office(name="Ada Ferrer", email="ada@ada.example", base=HOME.rstrip("/"), now=now())
    Office.objects.update(undo_seconds=0)


def begin(base: str, number: int, tells: bool) -> None:
    """Something to do: a post that links to a page, or a page that says that it links to us."""
    if not tells:
        mentions.hear(source=f"{base}/heard/{number}", target=HOME, way="webmention", now=now())
        return
    ada = Actor.objects.get(is_principal=True)
    text = f"See [this]({base}/told/{number})."
    draft = publish.compose(actor=ada, text=text, title=f"Post {number}", now=now())
    publish.publish(draft=draft, actor=ada, revision=1, now=now())


def hurry_more() -> None:
    hurry()
    looking.LEASE = telling.LEASE = LEASE
    telling.FIRST_WAIT = timedelta(seconds=1)


def die(point: Point) -> None:
    hurry_more()
    point.arm()
    stages.drain()


def lapse() -> int:
    """As in crashing.py: nobody else lives, so the time of their leases need not be waited for."""
    held = [kind.objects.filter(lease_until__gt=now()) for kind in (Mention, Telling)]
    return sum(rows.update(lease_until=now()) for rows in held)


def settle() -> None:
    hurry_more()
    until = time.monotonic() + 60
    while time.monotonic() < until:
        stages.drain()
        open_ = Telling.objects.filter(state__in=["noted", "telling"]).exists()
        if not open_ and not Mention.objects.filter(state="heard").exists():
            return
        if not lapse():
            time.sleep(0.3)
    raise TimeoutError("something is open for ever")


def state(number: int, tells: bool) -> list[Any]:
    """What the office says: the state, and how often it came in."""
    if tells:
        return [Telling.objects.get(target__endswith=f"/told/{number}").state, 0]
    row = Mention.objects.get(source__endswith=f"/heard/{number}")
    return [row.state, Message.objects.filter(message_id__startswith=f"{row.source}#").count()]


def table(given: dict[str, Any]) -> dict[str, Any]:
    done(open_office)
    found = {}
    for number, (name, point) in enumerate({**HEARD, **TOLD}.items()):
        tells = name in TOLD
        done(partial(begin, given["base"], number, tells))
        status, _ = in_child(partial(die, point))
        done(settle)
        found[name] = {
            "died": status == DEAD,
            "number": number,
            "state": done(partial(state, number, tells)),
        }
    return found


if __name__ == "__main__":
    print(json.dumps(table(json.load(sys.stdin))))
