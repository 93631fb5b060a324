"""The shapes of publishing: what is asked for, and what is told of posts."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from firsthand.api.shapes import Given, Moment, NewText, Number, Told
from firsthand.core.byline import Ai, Level
from firsthand.core.revising import Change

Title = Annotated[str, StringConstraints(max_length=500)]
Kind = Annotated[Change, Field(strict=False)]


class PostPlace(Given):
    """An account where a post shall stand too, and in which form."""

    account: Number
    form: Literal["whole", "link", "thread"] = "link"


class PostCredit(Given):
    """Somebody with a part in it whom the office does not know."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    role: Annotated[str, StringConstraints(max_length=40)] = "guest"
    url: Annotated[str, StringConstraints(max_length=500)] = ""


class NewPost(NewText):
    """A text for everybody. It always stands on the office's own site."""

    title: Title = ""
    language: Annotated[str, StringConstraints(max_length=20)] = ""
    places: list[PostPlace] = Field(default_factory=list, max_length=50)
    credits: list[PostCredit] = Field(default_factory=list, max_length=50)
    sponsor: Annotated[str, StringConstraints(max_length=200)] = ""
    sponsor_url: Annotated[str, StringConstraints(max_length=500)] = ""


class NewPublicRevision(Given):
    """A change of a public post; what is not told stays. `change`: the kind; as proposed if not told.

    `over`: put away the next revision that somebody else has begun; they read why.
    """

    text: Annotated[str, StringConstraints(min_length=1, max_length=1_000_000)] | None = None
    title: Title | None = None
    change: Kind | None = None
    note: Annotated[str, StringConstraints(max_length=1000)] = ""
    over: bool = False
    pasted: int = Field(0, ge=0, le=1_000_000)
    ai_declared: bool = False


class Publication(Given):
    """The revision that was read; not before `at`, or at the next slot of the queue."""

    revision: Number
    at: Moment | None = None
    queued: bool = False
    lower_to: Annotated[Level, Field(strict=False)] | None = None


class PostPlaced(Told):
    """A post on one account."""

    account: str
    channel: str
    state: str
    url: str
    byline: str


class PublicRevision(Told):
    """A revision that is public, or on its way. `change` was decided, `proposed` computed."""

    number: int
    title: str
    text: str
    change: str
    proposed: str
    note: str
    by: str
    at: datetime
    state: str
    level: Level
    ai: Ai
    sentence: str
    byline: str
    places: list[PostPlaced]


class Post(Told):
    """A post with its revisions, newest first."""

    post: str
    url: str
    revisions: list[PublicRevision]


class Posts(Told):
    """Each with its newest revision only."""

    posts: list[Post]
