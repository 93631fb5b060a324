"""A machine of all acts tries to get a false claim out; every claim is compared with what it saw.

Each revision's words carry their writer's key, so that the oracle needs no blame of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from firsthand.core.byline import Level
from firsthand.core.envelope import Address
from firsthand.core.errors import FirsthandError
from firsthand.office import desk, release
from firsthand.office.models import Actor, Approval, Draft, DraftFile, Submission, Thread

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
WHO = st.sampled_from(["ada", "gwen", "hal", "otto", "stan"])
BACK = st.sampled_from([0, 0, 0, 1])
ADDRESSES = [Address(f"{name}@elsewhere.example") for name in ("beth", "cleo")]


def keyed(text: str) -> list[str]:
    """The words that bear their writer's key: all but the marks of quotes and signatures."""
    return [word for word in text.split() if "-" in word.strip("-")]


def cut_by_hand(revisions: Sequence[tuple[str, str]]) -> bool:
    """Whether a hand chose among Ada's words, by all revisions as (writer, text), oldest first."""
    cut = [False]
    for at in range(1, len(revisions)):
        (who, text), before = revisions[at], revisions[at - 1][1]
        same = [earlier for earlier in range(at) if keyed(revisions[earlier][1]) == keyed(text)]
        if who == "ada":
            # She mends what a hand cut only by writing herself.
            cut.append(cut[-1] and text.split() == before.split())
        elif same and all(later == who for later, _ in revisions[same[-1] + 1 : at]):
            cut.append(cut[same[-1]])  # a hand undid no more than what was her own
        else:
            cut.append(cut[-1] or hers(text) != hers(before))
    return cut[-1]


def hers(text: str) -> list[str]:
    return [word for word in keyed(text) if word.startswith("ada-")]


class Claims(RuleBasedStateMachine):
    """Acts on real rows, refused or not, in any order."""

    thread_id: int

    def __init__(self) -> None:
        super().__init__()
        self.point = transaction.atomic()
        self.point.__enter__()
        self.clock = NOW
        self.count = 0
        self.approved: set[tuple[int, int]] = set()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.point.__exit__(None, None, None)

    @property
    def thread(self) -> Thread:
        return Thread.objects.get(pk=self.thread_id)

    def now(self) -> datetime:
        self.clock += timedelta(seconds=1)
        return self.clock

    def draft(self) -> Draft:
        return Draft.objects.latest("pk")

    def new_words(self, who: str, count: int) -> list[str]:
        self.count += 1
        return [f"{who}-{self.count}-{number}" for number in range(count)]

    @initialize(who=st.sampled_from(["ada", "hal", "otto"]), count=st.integers(1, 4))
    def begin(self, who: str, count: int) -> None:
        self.start(who, count)

    @rule(who=WHO, count=st.integers(0, 4))
    def start(self, who: str, count: int) -> None:
        actor = Actor.objects.get(key=who)
        try:
            desk.draft(
                actor=actor,
                text=" ".join(self.new_words(who, count)),
                now=self.now(),
                thread=self.thread,
            )
        except FirsthandError:
            assert who == "stan"

    def change(self, who: str, text: str, **more: object) -> None:
        draft = self.draft()
        desk.edit(
            draft=draft,
            actor=Actor.objects.get(key=who),
            text=text,
            base=draft.revision,
            now=self.now(),
            **more,  # type: ignore[arg-type]
        )

    @rule(who=WHO, at=st.integers(0, 9), count=st.integers(1, 3))
    def write(self, who: str, at: int, count: int) -> None:
        words = self.draft().current.text.split()
        words[at:at] = self.new_words(who, count)
        self.attempt(lambda: self.change(who, " ".join(words)))

    @rule(who=WHO, start=st.integers(0, 6), count=st.integers(1, 9))
    def take_out(self, who: str, start: int, count: int) -> None:
        words = self.draft().current.text.split()
        del words[start : start + count]
        self.attempt(lambda: self.change(who, " ".join(words)))

    @rule(who=WHO, number=st.integers(1, 4))
    def bring_back(self, who: str, number: int) -> None:
        """Cut and paste: an earlier revision's whole text again."""
        earlier = self.draft().revisions.filter(number=number).first()
        if earlier:
            self.attempt(lambda: self.change(who, earlier.text))

    @rule(who=WHO)
    def dress_up(self, who: str) -> None:
        """Words as a quote, or below the mark of a signature."""
        text = self.draft().current.text
        quoted = " ".join(self.new_words(who, 2))
        self.attempt(lambda: self.change(who, f"{text}\n> {quoted}\n\n-- \n{quoted}"))

    @rule(who=WHO, to=st.lists(st.sampled_from(ADDRESSES), min_size=1, max_size=2))
    def readdress(self, who: str, to: list[Address]) -> None:
        self.attempt(lambda: self.change(who, self.draft().current.text, to=to))

    @rule(who=WHO)
    def attach(self, who: str) -> None:
        draft = self.draft()
        self.attempt(
            lambda: desk.attach(
                draft=draft,
                actor=Actor.objects.get(key=who),
                name="file",
                media_type="text/plain",
                content=who.encode(),
                base=draft.revision,
                now=self.now(),
            )
        )

    @rule(who=WHO, back=BACK)
    def approve(self, who: str, back: int) -> None:
        draft, actor = self.draft(), Actor.objects.get(key=who)
        number = draft.revision - back
        if self.attempt(
            lambda: desk.approve(draft=draft, actor=actor, revision=number, now=self.now())
        ):
            assert who == "ada"
            assert not back
            self.approved.add((draft.pk, number))

    @rule(who=WHO)
    def reject(self, who: str) -> None:
        draft, actor = self.draft(), Actor.objects.get(key=who)
        if self.attempt(
            lambda: desk.reject(draft=draft, actor=actor, reason="No.", now=self.now())
        ):
            self.approved.discard((draft.pk, draft.revision))

    @rule(who=WHO, back=BACK, wanted=st.none() | st.sampled_from(Level))
    def send(self, who: str, back: int, wanted: Level | None) -> None:
        draft, actor = self.draft(), Actor.objects.get(key=who)
        if self.attempt(
            lambda: desk.send(
                draft=draft,
                actor=actor,
                revision=draft.revision - back,
                seen=self.thread.latest,
                now=self.now(),
                lower_to=wanted,
            )
        ):
            sent = Submission.objects.latest("pk")
            assert who in {"ada", "gwen"}
            assert not back
            self.is_true(Level(sent.level), who, sent.sentence)
            assert sent.statement["credentialSubject"]["level"] == sent.level
            assert sent.text.splitlines()[-1].startswith(sent.sentence)
            assert release.recheck(submission=sent, now=self.clock)
            desk.undo(submission=sent, actor=actor, now=self.now())

    def attempt(self, act: object) -> bool:
        try:
            with transaction.atomic():
                act()  # type: ignore[operator]
        except FirsthandError:
            return False
        return True

    @invariant()
    def no_claim_on_offer_is_false(self) -> None:
        draft = Draft.objects.order_by("pk").last()
        for who in ("ada", "gwen") if draft else ():
            actor = Actor.objects.get(key=who)
            shown = desk.preview(draft=self.draft(), actor=actor, now=self.clock)
            self.is_true(shown.level, who, shown.sentence)

    def is_true(self, level: Level, sender: str, said: str) -> None:
        draft = self.draft()
        writers = {word.split("-")[0] for word in keyed(draft.current.text)}
        writers |= {file.added_by.key for file in DraftFile.objects.filter(draft=draft)}
        approved = (draft.pk, draft.revision) in self.approved
        if level is Level.FIRSTHAND:
            assert sender == "ada"
            assert writers <= {"ada"}
            revisions = draft.revisions.order_by("number").values_list("actor__key", "text")
            assert not cut_by_hand(list(revisions))
        if level is Level.APPROVED:
            assert sender == "ada" or approved
        assert ("in person" in said) == (level is Level.FIRSTHAND)

    @invariant()
    def approvals_are_the_principals(self) -> None:
        assert not Approval.objects.exclude(actor__is_principal=True).exists()


@pytest.mark.usefixtures("ada", "hal", "gwen", "otto", "stan")
def test_no_order_of_acts_gets_a_false_claim_out(thread: Thread) -> None:
    machine = type("ClaimsHere", (Claims,), {"thread_id": thread.pk})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=25,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
