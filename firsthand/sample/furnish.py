"""Make the sample office, through the same acts that everybody uses: nothing is written past them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from firsthand.core.byline import ActorKind, Level
from firsthand.core.envelope import Inbound
from firsthand.core.rights import Right
from firsthand.office import attention, desk, intake, outbox, staff
from firsthand.office.models import Account, Actor, Draft, Message, Office
from firsthand.sample import posts
from firsthand.sample.drafts import PROMISE_CHANNEL, PROMISE_FLOOR, SampleDraft, drafts
from firsthand.sample.letters import mailbox

# What went out through the office before the visitor came: letter, first writer, days ago, text.
ANSWERED = (
    (
        "schoolchild",
        "ada",
        4,
        "Dear Priya,\n\nYour dad is right and can use his other voice. The sun lifts off the top of the "
        "sea exactly as much as the rivers bring, near enough, and most of it falls on somebody's "
        "washing and starts again. So the sea is not a bucket. It is more of a waiting room.\n\nDo "
        "rivers know when they have arrived? I think they slow down as if they did. Yours does, in the "
        "picture, which is on my wall.\n\nLove from Ada",
    ),
    (
        "short-audio",
        "hal",
        3,
        "Dear Wilhelmina,\n\nIt will be her own voice: she records it in the spring, in a cupboard full "
        "of coats. The stopping before the last word is in the contract.\n\nWith good wishes from the "
        "office",
    ),
)


def furnish(*, base: str, home: Path, now: datetime) -> Office:
    """Open Ada's office at `base`; what it sends is written below `home`."""
    opened = now - timedelta(days=130)
    office = staff.open_office(name="Ada Ferrer", email="ada@ada.example", base=base, now=opened)
    ada = Actor.objects.get(is_principal=True)
    _staff(ada, opened, now)
    account, _ = staff.connect(
        by=ada,
        channel="mail",
        address="ada@ada.example",
        settings={"via": "folder", "folder": str(home / "world")},
        secrets={},
        now=opened,
    )
    _letters(account, now)
    staff.promise(
        by=ada,
        floor=Level(PROMISE_FLOOR),
        channel=PROMISE_CHANNEL,
        now=now - timedelta(days=14),
    )
    for key, writer, days, text in ANSWERED:
        _answer(key, writer, text, now - timedelta(days=days))
    posts.put_out(now=now, deliver=deliver_all)
    for draft in drafts():
        _draft(draft, now)
    attention.catch_up(now=now)
    return office


def _staff(ada: Actor, opened: datetime, now: datetime) -> None:
    year = opened + timedelta(days=365)
    hands = (
        (
            "Hal Brandt",
            ActorKind.HUMAN,
            "hal@ada.example",
            (Right.TRIAGE, Right.DRAFT, Right.EDIT, Right.SEND),
        ),
        ("Gwen Osei", ActorKind.HUMAN, "gwen@gwen-osei.example", (Right.READ, Right.DRAFT)),
        ("Otto", ActorKind.AGENT, None, (Right.READ, Right.DRAFT)),
        (
            "Rev Lindqvist",
            ActorKind.HUMAN,
            "rev@rev-lindqvist.example",
            (Right.TRIAGE, Right.DRAFT),
        ),
    )
    for name, kind, email, rights in hands:
        hand = staff.add_hand(by=ada, name=name, kind=kind, email=email, now=opened)
        for right in rights:
            staff.grant(hand=hand, by=ada, right=right, now=opened, expires=year)
    staff.offboard(hand=Actor.objects.get(key="rev"), by=ada, now=now - timedelta(days=40))


def _letters(account: Account, now: datetime) -> None:
    inbounds = [
        Inbound(
            channel="mail",
            remote_id=f"sample/{letter.key}",
            raw=letter.raw,
            received_at=letter.at,
            mine=letter.folder == "Sent",
            seen=letter.seen,
            folder=letter.folder,
        )
        for letter in mailbox(now)
    ]
    intake.take(account=account, inbounds=inbounds, now=now)
    _rank(now)


def _rank(now: datetime) -> None:
    while attention.rank_waiting(now=now, limit=500):
        pass


def _letter(key: str) -> Message:
    return Message.objects.select_related("thread").get(remote_id=f"sample/{key}")


def _answer(key: str, writer: str, text: str, at: datetime) -> None:
    """An answer that went the whole way: drafted, approved where it needed to be, logged, sent."""
    made = _first(key, writer, text, at)
    ada = Actor.objects.get(is_principal=True)
    desk.send(draft=made, actor=ada, revision=1, seen=made.seen, now=at)
    deliver_all(clock=lambda: at + timedelta(minutes=1))


def deliver_all(*, clock: Callable[[], datetime]) -> None:
    """Everything that is due leaves, as the worker would see to it."""
    outbox.log_due(now=clock())
    while submission := outbox.claim(now=clock(), lease=timedelta(minutes=5)):
        outbox.deliver(submission, clock=clock)
    outbox.file_sent(now=clock(), take=intake.take)


def _first(key: str, writer: str, text: str, at: datetime) -> Draft:
    letter = _letter(key)
    if not letter.thread:
        raise LookupError(f"the letter {key} is in no thread")
    return desk.draft(actor=Actor.objects.get(key=writer), thread=letter.thread, text=text, now=at)


def _draft(wanted: SampleDraft, now: datetime) -> None:
    """A hand's draft, in the state that it has when the visitor comes."""
    at = now - timedelta(hours=5)
    made = _first(wanted.key, wanted.by, wanted.revisions[0][1], at)
    for number, (editor, text) in enumerate(wanted.revisions[1:], start=1):
        who = Actor.objects.get(key=editor)
        desk.edit(
            draft=made, actor=who, text=text, base=number, now=at + timedelta(minutes=20 * number)
        )
    if wanted.state == "writing":
        return
    last = wanted.revisions[-1][0]
    made.refresh_from_db()
    desk.ask(draft=made, actor=Actor.objects.get(key=last), now=at + timedelta(hours=1))
    ada = Actor.objects.get(is_principal=True)
    made.refresh_from_db()
    if wanted.state == "rejected":
        desk.reject(draft=made, actor=ada, reason=wanted.reason, now=at + timedelta(hours=2))
    elif wanted.send_in:
        leaves = now + wanted.send_in
        desk.send(draft=made, actor=ada, revision=made.revision, seen=made.seen, now=now, at=leaves)
