"""The desk: drafts, their revisions, what is decided about them, and what leaves."""

from __future__ import annotations

from itertools import islice
from typing import Annotated

from django.http import HttpRequest
from ninja import Query, Router, Status

from firsthand.api import answers, shapes
from firsthand.api.asking import (
    actor_of,
    clock,
    draft_of,
    readable_draft,
    readable_submission,
    readable_thread,
    sight_of,
    submission_of,
    thread_of,
)
from firsthand.core.envelope import Address
from firsthand.core.errors import Misuse
from firsthand.core.rights import Right
from firsthand.office import desk
from firsthand.office.models import Account, Draft
from firsthand.office.reaching import newest_that_came

router = Router(by_alias=True, tags=["desk"])
DONE = ("sent", "discarded")


@router.post("/threads/{int:thread}/drafts", response={201: shapes.OpenDraft})
def draft(request: HttpRequest, thread: int, wanted: shapes.NewDraft) -> Status[shapes.OpenDraft]:
    """Write an answer to a thread, without sending it."""
    made = desk.draft(
        actor=actor_of(request),
        thread=thread_of(thread),
        text=wanted.text,
        now=clock(),
        to=_addresses(wanted.to),
        cc=_addresses(wanted.cc),
        bcc=_addresses(wanted.bcc),
        subject=wanted.subject,
        to_all=wanted.to_all,
        pasted=wanted.pasted,
        ai_declared=wanted.ai_declared,
    )
    return Status(201, _open(request, made.pk))


@router.get("/drafts", response=shapes.Drafts)
def drafts(
    request: HttpRequest,
    state: Annotated[str | None, Query(max_length=10)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 200,
) -> shapes.Drafts:
    """What is being written, waits or leaves, newest first; with `state`, what is in that state."""
    sight = sight_of(request)
    sight.must_somewhere(Right.READ)
    rows = Draft.objects.select_related("thread__rank", "made_by").order_by("-changed_at")
    rows = rows.filter(state=state) if state else rows.exclude(state__in=DONE)
    seen = (row for row in rows.iterator() if sight.may(Right.READ, row.target))
    return shapes.Drafts(drafts=[answers.draft(row) for row in islice(seen, limit)])


@router.get("/drafts/{int:draft}", response=shapes.OpenDraft)
def open_draft(request: HttpRequest, draft: int) -> shapes.OpenDraft:
    """A draft with its text and revisions, and what its byline would say if the caller sent it."""
    return _open(request, draft)


@router.post("/drafts/{int:draft}/revisions", response={201: shapes.OpenDraft})
def edit(request: HttpRequest, draft: int, wanted: shapes.NewRevision) -> Status[shapes.OpenDraft]:
    """Change a draft's text: a new revision, which makes an approval void."""
    desk.edit(
        draft=draft_of(draft),
        actor=actor_of(request),
        text=wanted.text,
        base=wanted.base,
        now=clock(),
        pasted=wanted.pasted,
        ai_declared=wanted.ai_declared,
        to=_addresses(wanted.to),
        cc=_addresses(wanted.cc),
        bcc=_addresses(wanted.bcc),
        subject=wanted.subject,
    )
    return Status(201, _open(request, draft))


@router.post("/drafts/{int:draft}/request", response={201: shapes.OpenDraft})
def ask(request: HttpRequest, draft: int) -> Status[shapes.OpenDraft]:
    """Ask the principal for approval."""
    desk.ask(draft=draft_of(draft), actor=actor_of(request), now=clock())
    return Status(201, _open(request, draft))


@router.post("/drafts/{int:draft}/approval", response={201: shapes.OpenDraft})
def approve(request: HttpRequest, draft: int, wanted: shapes.Approval) -> Status[shapes.OpenDraft]:
    """Stand behind one exact revision. The principal's alone."""
    desk.approve(
        draft=draft_of(draft),
        actor=actor_of(request),
        revision=wanted.revision,
        now=clock(),
        seen=wanted.seen,
    )
    return Status(201, _open(request, draft))


@router.post("/drafts/{int:draft}/rejection", response={201: shapes.OpenDraft})
def reject(request: HttpRequest, draft: int, wanted: shapes.Reason) -> Status[shapes.OpenDraft]:
    """Send a draft back to its writer, with the reason."""
    desk.reject(
        draft=draft_of(draft),
        actor=actor_of(request),
        reason=wanted.reason,
        now=clock(),
    )
    return Status(201, _open(request, draft))


@router.post("/drafts/{int:draft}/submission", response={201: shapes.Submission})
def send(request: HttpRequest, draft: int, wanted: shapes.Send) -> Status[shapes.Submission]:
    """Send a draft, now or at a moment. Until it leaves, DELETE /submissions/{id} takes it back."""
    made = desk.send(
        draft=draft_of(draft),
        actor=actor_of(request),
        revision=wanted.revision,
        seen=wanted.seen,
        now=clock(),
        at=wanted.at,
        lower_to=wanted.lower_to,
    )
    return Status(201, answers.submission(made))


@router.post("/threads/{int:thread}/reaction", response={201: shapes.Submission})
def react(request: HttpRequest, thread: int, wanted: shapes.React) -> Status[shapes.Submission]:
    """Like or boost the newest message of a thread that came in."""
    message = newest_that_came(readable_thread(request, thread))
    made = desk.react(actor=actor_of(request), message=message, reaction=wanted.act, now=clock())
    return Status(201, answers.submission(made))


@router.post("/accounts/{int:account}/follows", response={201: shapes.Submission})
def follow(request: HttpRequest, account: int, wanted: shapes.Follow) -> Status[shapes.Submission]:
    """Follow somebody from an account."""
    found = Account.objects.filter(pk=account).first()
    if found is None:
        raise Misuse(f"There is no account {account}.")
    made = desk.follow(actor=actor_of(request), account=found, address=wanted.address, now=clock())
    return Status(201, answers.submission(made))


@router.get("/submissions/{int:submission}", response=shapes.Submission)
def submission(request: HttpRequest, submission: int) -> shapes.Submission:
    """How far a message has come."""
    return answers.submission(readable_submission(request, submission))


@router.delete("/submissions/{int:submission}", response=shapes.Draft)
def undo(request: HttpRequest, submission: int) -> shapes.Draft:
    """Take back what has not left yet; it is a draft again."""
    found = submission_of(submission)
    return answers.draft(desk.undo(submission=found, actor=actor_of(request), now=clock()))


@router.post("/submissions/{int:submission}/settlement", response={201: shapes.Submission})
def settle(
    request: HttpRequest, submission: int, wanted: shapes.Settlement
) -> Status[shapes.Submission]:
    """Decide about an uncertain one: it arrived, or it is sent once more."""
    desk.settle(
        submission=submission_of(submission),
        actor=actor_of(request),
        arrived=wanted.arrived,
        now=clock(),
    )
    return Status(201, answers.submission(submission_of(submission)))


def _addresses(told: list[str] | None) -> list[Address] | None:
    return None if told is None else [Address(address, "") for address in told]


def _open(request: HttpRequest, draft: int) -> shapes.OpenDraft:
    found = readable_draft(request, draft)
    preview = None
    if found.state not in DONE:
        preview = desk.preview(draft=found, actor=actor_of(request), now=clock())
    return answers.open_draft(found, preview)
