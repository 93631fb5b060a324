"""Requests to the Graph API: counted and allowed before they are made, their errors made sense of."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from firsthand.channels import spending
from firsthand.channels.base import Connection
from firsthand.channels.facebook.dialect import BASE
from firsthand.channels.foreign import list_of, object_of
from firsthand.channels.spending import limits_of
from firsthand.channels.web import Answer, Web
from firsthand.core.errors import Misuse, Permanent, Temporary, Uncertain

Json = dict[str, Any]

THROTTLED = {4, 17, 32, 613}
"""Error codes of rate limits: app, user, Page, and custom ones."""
PASSING = {1, 2}
OUTSIDE = 2018278
"""The subcode of code 10: outside the messaging window."""
WAIT = timedelta(hours=1)
_USAGE = {"x-app-usage": "your app", "x-page-usage": "the Page"}
_PAGES = 20


class Client:
    """One Page's way to the API. Raises Temporary, Permanent or Uncertain, nothing else."""

    def __init__(self, connection: Connection) -> None:
        self._book = connection.notebook
        try:
            self._limits = limits_of(connection.settings)
        except Misuse as problem:
            raise Permanent(problem.message, hint=problem.hint) from problem
        base = str(connection.settings.get("base") or BASE).rstrip("/")
        token = connection.secrets.get("token", "")
        self._web = Web(base=f"{base}/", headers={"Authorization": f"Bearer {token}"})

    def close(self) -> None:
        self._web.close()

    def now(self) -> datetime:
        return self._book.now()

    def get(self, path: str, params: Mapping[str, Any]) -> Json:
        return self._asked("GET", path, params=params)

    def post(self, path: str, data: Mapping[str, str]) -> Json:
        return self._asked("POST", path, data=data)

    def pages(self, path: str, params: Mapping[str, Any]) -> Iterator[Json]:
        """The objects of an edge, page after page, as far as is wanted and bounded."""
        after: dict[str, str] = {}
        for _ in range(_PAGES):
            page = self.get(path, {**params, **after})
            yield from (each for each in list_of(page.get("data")) if isinstance(each, dict))
            paging = object_of(page.get("paging"))
            token = object_of(paging.get("cursors")).get("after")
            # `next` itself is never asked: it is an address that the answer chose.
            if "next" not in paging or not isinstance(token, str):
                return
            after = {"after": token}

    def _asked(self, method: str, path: str, **content: Any) -> Json:
        now = self.now()
        self._book.change(lambda notes: spending.reserve(notes, self._limits, now))
        answer = self._web.ask(method, path, **content)
        if kept := _usage(answer):
            self._book.change(lambda notes: notes.update(usage=kept))
        value = _json(answer)
        error = value.get("error") if isinstance(value, dict) else None
        if isinstance(error, dict):
            raise _sense(error, answer, now)
        answer.good()
        if not isinstance(value, dict):
            raise (Uncertain if answer.effect else Temporary)("Facebook answered nonsense.")
        return value


def _json(answer: Answer) -> Any:
    """The body; None where it is none and the status says enough."""
    if answer.status >= 300 and not answer.body.lstrip().startswith(b"{"):
        return None
    return answer.json()


def _sense(error: Json, answer: Answer, now: datetime) -> Exception:
    """What an error of the Graph API means: its `code`, not the HTTP status."""
    code, subcode = error.get("code"), error.get("error_subcode")
    words = " ".join(str(error.get("message") or "no reason").split())[:300]
    if code in THROTTLED or answer.status == 429:
        return Temporary(f"Facebook asks to wait: {words}", retry_at=now + _wait(answer))
    if code == 190:
        return Permanent(
            f"Facebook does not take the Page's token: {words}",
            hint="Connect the account again, with a new one.",
        )
    if code in PASSING or (answer.status >= 500 and code is None):
        kind = Uncertain if answer.effect else Temporary
        return kind(f"Facebook failed: {words}")
    if subcode == OUTSIDE:
        return Permanent(f"Facebook's time for answering this message is over: {words}")
    return Permanent(f"Facebook refused it: {words}")


def _wait(answer: Answer) -> timedelta:
    """X-Business-Use-Case-Usage names the minutes; else an hour, in which the count goes down."""
    minutes = 0.0
    for each in _values(_header(answer, "x-business-use-case-usage")):
        for one in each if isinstance(each, list) else ():
            value = one.get("estimated_time_to_regain_access") if isinstance(one, dict) else 0
            minutes = max(minutes, value if isinstance(value, int | float) else 0)
    return timedelta(minutes=min(minutes, 24 * 60)) if minutes > 0 else WAIT


def _usage(answer: Answer) -> dict[str, dict[str, float]]:
    """Percentages of what is allowed, by whom they count."""
    kept: dict[str, dict[str, float]] = {}
    for name, who in _USAGE.items():
        told = _header(answer, name)
        numbers = {k: v for k, v in told.items() if isinstance(v, int | float) and 0 <= v < 1e6}
        if numbers:
            kept[who] = numbers
    return kept


def _header(answer: Answer, name: str) -> Json:
    try:
        value = json.loads(answer.headers.get(name, "{}"))
    except (ValueError, RecursionError):
        return {}
    return object_of(value)


def _values(value: Json) -> list[Any]:
    return list(value.values())
