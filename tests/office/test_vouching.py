"""A letter that its sender's domain disowns: told, and by nobody but the own server."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from firsthand.core.attention import Lane, Screening
from firsthand.office import attention
from firsthand.office.models import Account, Actor, Person, RankRow
from tests.office.letters import at, letter
from tests.office.test_attention import bring, known_stella, reasons

pytestmark = pytest.mark.django_db

_OURS = "mx.ada.example; dmarc={} header.from=elsewhere.example"
_FORGED = "may be forged: elsewhere.example says that it did not send this (DMARC failed)"


def stamped(number: int, result: str, **more: str) -> bytes:
    """A letter from Stella, with what Ada's server found out about it."""
    return letter(
        number,
        when=at(10) + timedelta(hours=number),
        Authentication_Results=_OURS.format(result),
        subject=f"Letter {number}",
        **more,
    )


def test_a_known_address_that_its_domain_disowns_is_told(account: Account, now: datetime) -> None:
    known_stella(account, now)
    bring(account, now, *(stamped(number, "pass") for number in range(10, 40)))
    bring(account, now, stamped(50, "fail"), stamped(51, "none"))
    forged = RankRow.objects.get(thread__subject="Letter 50")
    assert (forged.lane, forged.newcomer, reasons("Letter 50")[0]) == (
        Lane.SCREENED, False, _FORGED,
    )  # fmt: skip
    assert RankRow.objects.get(thread__subject="Letter 51").lane == Lane.YOU
    assert _FORGED not in reasons("Letter 51")


def test_who_was_let_in_stays_in_though_a_forwarder_broke_the_seal(
    account: Account, now: datetime, ada: Actor
) -> None:
    known_stella(account, now)
    bring(account, now, *(stamped(number, "pass") for number in range(10, 40)))
    stella = Person.objects.get(handles__address="stella@elsewhere.example")
    attention.screen(actor=ada, person=stella, screening=Screening.YES, now=now)
    bring(account, now, stamped(50, "fail"))
    assert RankRow.objects.get(thread__subject="Letter 50").lane == Lane.YOU
    assert reasons("Letter 50")[0] == _FORGED


def test_only_the_own_server_can_say_that_a_letter_is_forged(
    account: Account, now: datetime
) -> None:
    known_stella(account, now)
    bring(account, now, stamped(10, "fail"))  # nobody knows yet whose word that is
    assert _FORGED not in reasons("Letter 10")
    bring(account, now, *(stamped(number, "pass") for number in range(11, 40)))
    foreign = "mx.quick.example; dmarc=fail header.from=elsewhere.example"
    raw = letter(50, when=at(20), subject="Letter 50", Authentication_Results=foreign)
    bring(account, now, raw)
    assert _FORGED not in reasons("Letter 50")
