"""An office with a public post, a web server of strangers, and a worker that asks this machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import Any

import pytest

from firsthand.office import intake, mentions, publish
from firsthand.office.models import Actor, Mention, PostRevision
from tests.channels.pages_server import Pages, serving
from tests.office.publish.conftest import published

TARGET = "https://ada.example/p/on-letters"


@pytest.fixture
def pages(settings: object) -> Iterator[Pages]:
    settings.MENTIONS_FROM_LOOPBACK = True  # type: ignore[attr-defined]
    with serving() as server:
        yield server


@pytest.fixture
def post(ada: Actor, now: datetime) -> PostRevision:
    """On our own site, with no link in it."""
    return published(
        publish.compose(actor=ada, text="Long.", title="On letters", now=now), ada, now
    )


Hear = Callable[..., Mention]


@pytest.fixture
def hear(post: PostRevision, pages: Pages) -> Hear:
    """Somebody says that a page links to the post, and the worker looks."""

    def hear_(
        path: str, now: datetime, *, target: str = TARGET, way: str = "webmention"
    ) -> Mention:
        row = mentions.hear(source=f"{pages.base}{path}", target=target, way=way, now=now)
        look(max(now, row.due_at))
        return Mention.objects.get(pk=row.pk)

    return hear_


def look(now: datetime) -> None:
    """The worker's look at all that is due."""
    while mentions.look_due(clock=partial(lambda at: at, now), take=intake.take):
        pass


class Killed(BaseException):
    """As abrupt as the end of the process, for what is in hand."""


@contextmanager
def dying(
    monkeypatch: pytest.MonkeyPatch, owner: object, name: str, *, after: bool
) -> Iterator[None]:
    """A worker that ends in this block where it calls `name` of `owner`, or `after` it has."""
    real: Callable[..., Any] = getattr(owner, name)

    def die(*args: Any, **more: Any) -> None:
        if after:
            real(*args, **more)
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(owner, name, die)
        with pytest.raises(Killed):
            yield
