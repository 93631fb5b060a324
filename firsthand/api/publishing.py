"""Publishing: posts, their public revisions, and what leaves where."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest
from ninja import Query, Router, Status

from firsthand.api import answers, post_shapes, shapes
from firsthand.api.asking import actor_of, clock, draft_of, sight_of
from firsthand.api.refusals import Missing
from firsthand.core.byline import Ai, Level
from firsthand.core.errors import Misuse
from firsthand.core.rights import Right, Target
from firsthand.office import desk, publish
from firsthand.office.models import Account, Office, Post, PostRevision

router = Router(by_alias=True, tags=["publish"])
SITE = Target("site")


@router.post("/posts", response={201: shapes.OpenDraft})
def compose(request: HttpRequest, wanted: post_shapes.NewPost) -> Status[shapes.OpenDraft]:
    """Begin a post, without publishing it: a draft to be changed, approved and published."""
    made = publish.compose(
        actor=actor_of(request),
        text=wanted.text,
        title=wanted.title,
        language=wanted.language,
        places=[publish.Place(_account(each.account), each.form) for each in wanted.places],
        credits=[publish.Credited(each.name, each.role, each.url) for each in wanted.credits],
        sponsor=wanted.sponsor,
        sponsor_url=wanted.sponsor_url,
        pasted=wanted.pasted,
        ai_declared=wanted.ai_declared,
        now=clock(),
    )
    return Status(201, _draft(request, made.pk))


@router.get("/posts", response=post_shapes.Posts)
def posts(
    request: HttpRequest, limit: Annotated[int, Query(ge=1, le=200)] = 50
) -> post_shapes.Posts:
    """What was published or is on its way, newest first, each in its newest revision."""
    _must_see(request)
    rows = Post.objects.filter(revisions__isnull=False).distinct().order_by("-pk")[:limit]
    return post_shapes.Posts(posts=[_post(row, newest_only=True) for row in rows])


@router.get("/posts/{slug:post}", response=post_shapes.Post)
def post(request: HttpRequest, post: str) -> post_shapes.Post:
    """A post with all its revisions."""
    _must_see(request)
    return _post(_post_of(post))


@router.post("/posts/{slug:post}/revisions", response={201: shapes.OpenDraft})
def revise(
    request: HttpRequest, post: str, wanted: post_shapes.NewPublicRevision
) -> Status[shapes.OpenDraft]:
    """Begin the next revision of a public post: a draft of its own."""
    made = publish.revise(
        post=_post_of(post),
        actor=actor_of(request),
        text=wanted.text,
        title=wanted.title,
        change=wanted.change,
        note=wanted.note,
        over=wanted.over,
        pasted=wanted.pasted,
        ai_declared=wanted.ai_declared,
        now=clock(),
    )
    return Status(201, _draft(request, made.pk))


@router.post("/drafts/{int:draft}/publication", response={201: post_shapes.Post})
def publish_draft(
    request: HttpRequest, draft: int, wanted: post_shapes.Publication
) -> Status[post_shapes.Post]:
    """Publish a draft of a post. Until it leaves, DELETE /posts/{post}/publication takes it back."""
    made = publish.publish(
        draft=draft_of(draft),
        actor=actor_of(request),
        revision=wanted.revision,
        at=wanted.at,
        queued=wanted.queued,
        lower_to=wanted.lower_to,
        now=clock(),
    )
    return Status(201, _post(made.post))


@router.delete("/posts/{slug:post}/publication", response=shapes.Draft)
def cancel(request: HttpRequest, post: str) -> shapes.Draft:
    """Call back the revision that has not left yet; it is a draft again."""
    leaving = _post_of(post).leaving
    if leaving is None:
        raise Missing("Nothing of it is on its way.")
    return answers.draft(publish.cancel(revision=leaving, actor=actor_of(request), now=clock()))


def _must_see(request: HttpRequest) -> None:
    sight = sight_of(request)
    if not any(sight.may(right, SITE) for right in (Right.READ, Right.PUBLISH)):
        sight.must(Right.PUBLISH, SITE)


def _account(number: int) -> Account:
    found = Account.objects.filter(pk=number).exclude(state="own").first()
    if found is None:
        raise Misuse(f"There is no account {number}.")
    return found


def _post_of(slug: str) -> Post:
    found = Post.objects.filter(slug=slug).first()
    if found is None:
        raise Missing(f"There is no post {slug}.")
    return found


def _draft(request: HttpRequest, number: int) -> shapes.OpenDraft:
    found = draft_of(number)
    return answers.open_draft(
        found, desk.preview(draft=found, actor=actor_of(request), now=clock())
    )


def _post(row: Post, *, newest_only: bool = False) -> post_shapes.Post:
    revisions = row.revisions.select_related("submission", "actor", "draft").order_by("-number")
    shown = list(revisions[:1] if newest_only else revisions)
    url = f"{Office.objects.get(pk=1).base}/p/{row.slug}"
    return post_shapes.Post(post=row.slug, url=url, revisions=[_revision(each) for each in shown])


def _revision(row: PostRevision) -> post_shapes.PublicRevision:
    submission = row.submission
    elsewhere = row.draft.submissions.exclude(pk=submission.pk).select_related("account")
    return post_shapes.PublicRevision(
        number=row.number,
        title=row.title,
        text=row.text,
        change=row.kind,
        proposed=row.proposed,
        note=row.note,
        by=row.actor.key,
        at=row.at,
        state=submission.state,
        level=Level(submission.level),
        ai=Ai(submission.ai),
        sentence=submission.sentence,
        byline=submission.statement.get("id", ""),
        places=[
            post_shapes.PostPlaced(
                account=each.account.address,
                channel=each.channel,
                state=each.state,
                url=each.url,
                byline=each.statement.get("id", ""),
            )
            for each in elsewhere.order_by("pk")
        ],
    )
