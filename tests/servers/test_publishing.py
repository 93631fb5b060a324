"""One text goes to real servers at once, is mended and corrected there, and a stranger reads its past."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from firsthand.channels.mastodon.content import to_text
from firsthand.channels.wordpress.markup import from_markup
from firsthand.core.record import from_multikey
from firsthand.core.revising import Change
from firsthand.office import publish
from firsthand.office.models import Account, Actor, Office, PostRevision, Submission
from firsthand.office.publish import Place
from firsthand.office.vault import seal_values
from firsthand.tlog.store import LocalStore
from firsthand.verifier import check_post
from tests.office.conftest import NOW, ada, now, office
from tests.office.publish.conftest import published
from tests.servers.blog import Blog
from tests.servers.bluesky import Bluesky
from tests.servers.snac import Fediverse
from tests.servers.wordpress import WordPress

__all__ = ["ada", "now", "office"]
pytestmark = pytest.mark.servers
TEXT = "We recieve four hundred letters a day; each is read. 👩🏽‍💻 See [the log](https://ada.example/log)."


@dataclass(frozen=True, slots=True)
class Everywhere:
    """The accounts of one office on each server, and how each is read by others."""

    accounts: tuple[Account, ...]
    read: dict[str, Callable[[], list[str]]]


@pytest.fixture
def everywhere(
    office: Office, bluesky: Bluesky, fediverse: Fediverse, wordpress: WordPress
) -> Everywhere:
    sky, fedi = bluesky.somebody("ada"), fediverse.home.somebody("ada")
    sky_account = Account.objects.create(
        channel="bluesky",
        address=sky.handle,
        settings={"pds": bluesky.pds},
        sealed=seal_values({"password": sky.app_password()}),
        state="ok",
        made_at=NOW,
    )
    fedi_account = Account.objects.create(
        channel="mastodon",
        address=fedi.handle,
        settings={"server": fediverse.home.base},
        sealed=seal_values({"token": fedi.token}),
        state="ok",
        made_at=NOW,
    )
    blog = Blog(wordpress)
    blog_account = Account.objects.create(
        channel="wordpress",
        address=blog.author.address,
        settings=blog.settings,
        sealed=seal_values({"password": wordpress.secret}),
        state="ok",
        made_at=NOW,
    )
    me = fedi.ask("/api/v1/accounts/verify_credentials")["id"]
    return Everywhere(
        (sky_account, fedi_account, blog_account),
        {
            "bluesky": lambda: [each["value"]["text"] for each in sky.posts()],
            "mastodon": lambda: [
                to_text(each["content"]) for each in fedi.ask(f"/api/v1/accounts/{me}/statuses")
            ],
            "wordpress": lambda: [
                from_markup(each["content"]["rendered"])
                for each in wordpress.rest("GET", "/posts", params={"author": 1})
            ],
        },
    )


def test_a_post_goes_everywhere_is_corrected_and_keeps_its_past(
    ada: Actor, everywhere: Everywhere, now: datetime, tmp_path: Path
) -> None:
    places = [Place(each, "whole") for each in everywhere.accounts]
    first = published(
        publish.compose(actor=ada, text=TEXT, title="On letters", now=now, places=places), ada, now
    )
    assert {s.channel: s.state for s in Submission.objects.all()} == {
        "site": "sent",
        "bluesky": "sent",
        "mastodon": "sent",
        "wordpress": "sent",
    }
    for read in everywhere.read.values():
        (text,) = read()
        assert "We recieve four hundred letters" in text and "👩🏽‍💻" in text
    later = now + timedelta(days=1)
    text = TEXT.replace("recieve", "receive")
    published(publish.revise(post=first.post, actor=ada, text=text, now=later), ada, later)
    last = later + timedelta(days=1)
    text = text.replace("four hundred", "forty")
    wrong = publish.revise(
        post=first.post, actor=ada, text=text, change=Change.CORRECTION, note="Forty.", now=last
    )
    published(wrong, ada, last)
    for name, read in everywhere.read.items():
        (shown,) = read()
        assert "We receive forty letters" in shown, f"{name} still shows the earlier text"
    assert [r.kind for r in PostRevision.objects.order_by("number")] == ["", "typo", "correction"]
    assert Submission.objects.exclude(state="sent").count() == 0
    html = Client().get("/p/on-letters/history").content.decode()
    assert html.index(">correction<") < html.index(">typo<")
    raw = Client().get("/p/on-letters.json").content
    key = from_multikey(Office.objects.get().public_key)
    verdict = check_post(raw, host="ada.example", keys=[key], log=LocalStore(settings.LOG_FOLDER))
    assert (verdict.verdict, verdict.problems) == ("verified", ())


def test_a_long_text_hangs_together_on_every_server(
    ada: Actor, everywhere: Everywhere, now: datetime
) -> None:
    long = " ".join(f"This is sentence number {n} of a long text." for n in range(40))
    places = [Place(everywhere.accounts[0], "thread"), Place(everywhere.accounts[1], "link")]
    published(publish.compose(actor=ada, text=long, now=now, places=places), ada, now)
    assert Submission.objects.exclude(state="sent").count() == 0
    parts = everywhere.read["bluesky"]()
    assert len(parts) > 3
    assert sum("/" + str(len(parts)) in part for part in parts) == len(parts)
    (start,) = everywhere.read["mastodon"]()
    assert "https://ada.example/p/" in start
