"""Publishing in a test: a notice board beside our own site, and a worker that runs until all is done."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from django.db.models import Q

from firsthand.channels.board import Board, board
from firsthand.core.rights import Right
from firsthand.office import intake, outbox, publish
from firsthand.office.models import Account, Actor, Draft, PostRevision, Submission

UNDO = timedelta(minutes=1)


@pytest.fixture
def wall(office: object, request: pytest.FixtureRequest, now: datetime) -> Account:
    """An account on a notice board of this test's own."""
    return Account.objects.create(
        channel="board",
        address=f"{request.node.name[-60:]}.board",
        settings={"x": ""},
        state="ok",
        made_at=now,
    )


@pytest.fixture
def hung(wall: Account) -> Board:
    """The other end of `wall`."""
    return board(wall.address)


@pytest.fixture
def editor(hire: Callable[..., Actor]) -> Actor:
    """Edda drafts, edits and publishes."""
    return hire("Edda Roth", Right.DRAFT, Right.EDIT, Right.PUBLISH)


def work(now: datetime) -> datetime:
    """The worker's stages until nothing is left to do; the time at which it was done."""
    for _ in range(30):
        if not _open():
            break
        now += UNDO
        outbox.log_due(now=now)
        outbox.recover(now=now)
        while submission := outbox.claim(now=now):
            outbox.deliver(submission, clock=partial(datetime.fromtimestamp, now.timestamp(), UTC))
        outbox.file_sent(now=now, take=intake.take)
    return now


def _open() -> bool:
    under_way = Q(state__in=["pending", "logged", "sending"]) | Q(state="sent", filed_at=None)
    return Submission.objects.filter(under_way).exists()


def published(draft: Draft, actor: Actor, now: datetime) -> PostRevision:
    """Handed out and public."""
    draft.refresh_from_db()
    revision = publish.publish(draft=draft, actor=actor, revision=draft.revision, now=now)
    work(now)
    return PostRevision.objects.get(pk=revision.pk)
