"""A thread in hand has what its row has: nothing is lost between the model and the short way."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import models

from firsthand.office.intake import standing
from firsthand.office.intake.standing import Standing
from firsthand.office.models import Thread

AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


def test_a_new_one_has_what_the_model_says() -> None:
    made = Thread(pk=7, account_id=1, channel="mail", first_at=AT, last_at=AT)
    new = Standing(7, 1, "mail", AT, AT)
    assert [getattr(new, name) for name in standing.COLUMNS] == [
        getattr(made, name) for name in standing.COLUMNS
    ]


def test_every_time_is_written_as_a_time() -> None:
    model = {field.attname: field for field in Thread._meta.concrete_fields}
    times = [name for name in standing.COLUMNS if isinstance(model[name], models.DateTimeField)]
    assert sorted(times) == sorted(standing.TIMES)


@pytest.mark.parametrize("event", ["arrive", "answer", "close"])
def test_it_steps_as_the_model_does(event: str) -> None:
    made = Thread(pk=7, account_id=1, channel="mail", first_at=AT, last_at=AT)
    new = Standing(7, 1, "mail", AT, AT)
    made.step(event)
    new.step(event)
    assert new.state == made.state
