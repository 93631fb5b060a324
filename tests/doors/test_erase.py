"""Erasing at its doors: asked twice, refused to hands, and said in public."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from firsthand.office import desk, intake, outbox
from firsthand.office.models import Account, Actor, Submission
from tests.doors.shell import Run, refused
from tests.office.outbox.acting import STELLA, deliver_all
from tests.office.outbox.conftest import account as memory_account

account = memory_account
SECRET = "The jacaranda is in bloom."


@pytest.fixture
def now() -> datetime:
    return timezone.now() - timedelta(minutes=5)


@pytest.fixture
def sent(account: Account, ada: Actor, now: datetime) -> Submission:
    draft = desk.draft(
        actor=ada, text=SECRET, now=now, account=account, to=[STELLA], subject="Trees"
    )
    made = desk.send(draft=draft, actor=ada, revision=1, seen=0, now=now)
    later = now + timedelta(minutes=1)
    outbox.log_due(now=later)
    deliver_all(later)
    outbox.file_sent(now=later, take=intake.take)
    return Submission.objects.get(pk=made.pk)


def test_the_desk_erases_when_one_is_sure(sent: Submission, ada: Actor, client: Client) -> None:
    client.force_login(ada)
    assert "Erase for good" in client.get("/desk").content.decode()
    unsure = client.post(f"/s/{sent.pk}/erase")
    assert unsure.status_code == 400
    assert "Say that you are sure" in unsure.content.decode()
    assert client.post(f"/s/{sent.pk}/erase", {"sure": "yes"}).status_code == 302
    assert "Trees" not in client.get("/desk").content.decode()
    assert SECRET not in client.get(f"/t/{sent.draft.thread_id}").content.decode()
    public = client.get(f"/b/{sent.number}")
    assert public.status_code == 410
    assert "was erased" in public.content.decode()


def test_a_hand_is_refused_and_not_offered_it(
    sent: Submission, gwen: Actor, client: Client
) -> None:
    client.force_login(gwen)
    assert "Erase for good" not in client.get("/desk").content.decode()
    assert client.post(f"/s/{sent.pk}/erase", {"sure": "yes"}).status_code == 403
    assert Submission.objects.get(pk=sent.pk).text


def test_the_command_erases_and_asks_before(sent: Submission, run: Run) -> None:
    assert "--yes" in refused(run("erase", str(sent.pk)), "misuse")
    refused(run("erase", "99", "--yes"), "misuse")
    value = run("erase", str(sent.pk), "--yes", "--json").value
    assert (value["submission"], value["erased"]) == (sent.pk, True)
    assert value["taken"] == {
        "places": 1, "versions": 1, "files": 0, "copies": 1, "drafts": 0, "repeats": 0,
    }  # fmt: skip
    assert "already" in refused(run("erase", str(sent.pk), "--yes"), "not_allowed")


def test_a_hand_cannot_erase_by_command(sent: Submission, hal: Actor, run: Run) -> None:
    refused(run("erase", str(sent.pk), "--yes", "--as", hal.key), "denied")
