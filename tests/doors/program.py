"""A program as it meets the API, and a thread where it is wanted."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.test import Client

from firsthand.api.urls import api
from firsthand.office import lanes
from firsthand.office.models import Actor, RankRow, Thread

BASE = "/api/v1"
SCHEMA = api.get_openapi_schema(path_prefix=f"{BASE}/")
OPERATIONS = [
    (method.upper(), path) for path, methods in SCHEMA["paths"].items() for method in methods
]


class Program:
    """A client with a token, or with the cookie of a browser."""

    def __init__(self, token: str = "", cookie_of: Actor | None = None) -> None:
        self.client = Client(headers={"authorization": f"Bearer {token}"} if token else {})
        if cookie_of:
            self.client.force_login(cookie_of)

    def __call__(self, method: str, path: str, body: object = None, **extra: Any) -> Answer:
        kwargs: dict[str, Any] = {} if body is None else {"data": json.dumps(body)}
        answer = self.client.generic(
            method, f"{BASE}{path}", content_type="application/json", **kwargs, **extra
        )
        return Answer(answer.status_code, json.loads(answer.content), answer.headers)


class Answer:
    """Status and JSON; every answer that is no success has the one shape."""

    def __init__(self, status: int, value: Any, headers: Any) -> None:
        self.status, self.value, self.headers = status, value, headers
        if status >= 400:
            assert list(value) == ["error"]
            assert list(value["error"]) == ["code", "message", "hint"]
            assert value["error"]["message"]

    def __getitem__(self, name: str) -> Any:
        return self.value[name]

    @property
    def refused(self) -> tuple[int, str]:
        return self.status, self.value["error"]["code"]


Enter = Callable[[Actor], Program]


def rank(thread: Thread, lane: str, now: datetime) -> None:
    row = RankRow(
        thread=thread,
        score=1.0,
        lane=lane,
        minutes=2,
        reasons=[["Asks a question.", 1.0]],
        waiting_since=thread.first_at,
        ranked_at=now,
    )
    lanes.put([row])
    Thread.objects.filter(pk=thread.pk).update(needs_rank=False)
