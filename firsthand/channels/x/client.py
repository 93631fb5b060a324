"""Requests to X: each is counted and allowed before it is made, and its answer made sense of.

Tokens are renewed as OAuth 2.0 says (RFC 6749 section 6). X's refresh tokens work once, so that one
process renews at a time, and the new pair is kept before it is used.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from firsthand.channels import spending
from firsthand.channels.base import Connection
from firsthand.channels.foreign import list_of, object_of
from firsthand.channels.notebook import Notes
from firsthand.channels.spending import limits_of
from firsthand.channels.web import Answer, Web
from firsthand.channels.x import budget
from firsthand.channels.x.dialect import BASE
from firsthand.core.errors import Misuse, Permanent, Temporary, Uncertain

Json = dict[str, Any]

RENEWAL = timedelta(seconds=90)
"""How long one process may take to renew a token before another tries."""
WINDOW = timedelta(minutes=15)
"""X's usual window, where a refusal does not name its end."""
AGAIN = "Connect the account again, with new tokens."


class Client:
    """One account's way to the API. Raises Temporary, Permanent or Uncertain, nothing else."""

    def __init__(self, connection: Connection) -> None:
        self._settings = connection.settings
        self._secrets = dict(connection.secrets)
        self._book = connection.notebook
        try:
            self._limits = limits_of(connection.settings)
        except Misuse as problem:
            raise Permanent(problem.message, hint=problem.hint) from problem
        self._web = Web(base=str(connection.settings.get("base") or BASE))

    def close(self) -> None:
        self._web.close()

    def readable(self, most: int) -> int:
        """How many of `most` things the owner's budget allows to read in one request."""
        now = self._book.now()
        return self._book.change(lambda n: spending.affordable(n, self._limits, now, most))

    def read(self, operation: str, path: str, params: Mapping[str, Any], *, reads: int = 0) -> Json:
        """The answer to a GET that reads at most `reads` things that cost."""
        answer = self._asked(operation, "GET", path, reads=reads, params=params)
        value = _object(answer)
        count = _count(value)
        now = self._book.now()
        self._book.change(lambda n: spending.settle(n, now, reserved=reads, read=count))
        return value

    def create(self, operation: str, path: str, body: Json) -> Json:
        """The `data` of what was created. Uncertain where X does not say that it was."""
        answer = self._asked(operation, "POST", path, sends=1, json=body)
        data = _object(answer).get("data")
        if answer.status != 201 or not isinstance(data, dict):
            raise Uncertain("X took it, but did not say what came of it.")
        return data

    def noted(self, name: str) -> Any:
        """What was noted under that name; None: nothing."""
        return self._book.change(lambda notes: notes.get(name))

    def note(self, name: str, value: Any) -> None:
        self._book.change(lambda notes: notes.update({name: value}))

    def look_at_cap(self) -> None:
        """Note what X itself counts, where the app's own token is given, once a day at most."""
        now, token = self._book.now(), self._secrets.get("app_token")
        cap = self.noted("cap")
        if not token or (isinstance(cap, dict) and cap.get("on") == f"{now:%Y-%m-%d}"):
            return
        fields = {"usage.fields": "project_cap,project_usage,cap_reset_day"}
        answer = self._spend("usage", "GET", "/2/usage/tweets", token, params=fields)
        told = object_of(_object(_sense(answer, "usage", now)).get("data"))
        used, most, day = (told.get(k) for k in ("project_usage", "project_cap", "cap_reset_day"))
        self.note("cap", {"used": used, "cap": most, "day": day, "on": f"{now:%Y-%m-%d}"})

    def _asked(self, operation: str, method: str, path: str, **given: Any) -> Answer:
        """The answer under the user's token, renewed once if X does not take it."""
        token = self._secrets.get("token", "")
        answer = self._spend(operation, method, path, token, **given)
        if answer.status == 401 and self._secrets.get("refresh_token"):
            self._renew()
            answer = self._spend(operation, method, path, self._secrets["token"], **given)
        return _sense(answer, operation, self._book.now())

    def _spend(
        self,
        operation: str,
        method: str,
        path: str,
        token: str,
        *,
        reads: int = 0,
        sends: int = 0,
        **content: Any,
    ) -> Answer:
        """One request, counted first. Raises Temporary where a limit forbids it."""
        now = self._book.now()

        def allow(notes: Notes) -> None:
            budget.must_have_room(notes, operation, now)
            spending.reserve(notes, self._limits, now, reads=reads, sends=sends)

        self._book.change(allow)
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        answer = self._web.ask(method, path, headers=headers, **content)
        self._book.change(lambda notes: budget.note_window(notes, operation, answer.headers))
        return answer

    def _renew(self) -> None:
        """A new pair of tokens, kept at once. Raises Temporary where another process is at it."""
        now = self._book.now()
        mine = hashlib.sha256(self._secrets["refresh_token"].encode()).hexdigest()

        def claim(notes: Notes) -> None:
            until = float(notes.get("renewing") or 0)
            if mine == notes.get("spent_token"):
                raise Temporary("The account's token was renewed meanwhile.", retry_at=now)
            if until > now.timestamp():
                raise Temporary(
                    "The account's token is being renewed.",
                    retry_at=datetime.fromtimestamp(until, UTC),
                )
            notes["renewing"] = (now + RENEWAL).timestamp()

        self._book.change(claim)
        given = {
            "grant_type": "refresh_token",
            "refresh_token": self._secrets["refresh_token"],
            "client_id": str(self._settings.get("client_id") or ""),
        }
        self._book.change(lambda n: spending.reserve(n, self._limits, now))
        answer = self._web.ask(
            "POST", "/2/oauth2/token", data=given, headers=self._app(), effect=False
        )
        if answer.status in {400, 401, 403}:
            raise Permanent(f"X does not renew the account's token{answer.words()}", hint=AGAIN)
        fresh = _object(answer.good())
        if not isinstance(fresh.get("access_token"), str):
            raise Permanent("X gave no new token.", hint=AGAIN)
        self._secrets["token"] = fresh["access_token"]
        if isinstance(fresh.get("refresh_token"), str):
            self._secrets["refresh_token"] = fresh["refresh_token"]
        self._book.renew(self._secrets)
        self._book.change(lambda notes: notes.update(renewing=0, spent_token=mine))

    def _app(self) -> dict[str, str]:
        """A confidential app names itself (RFC 6749 section 2.3.1)."""
        secret = self._secrets.get("client_secret")
        if not secret:
            return {}
        pair = f"{self._settings.get('client_id', '')}:{secret}".encode()
        return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}


def _sense(answer: Answer, operation: str, now: datetime) -> Answer:
    """The answer, if X did what was asked. Raises what its refusal means."""
    words = _words(answer)
    if answer.status == 429:
        end = answer.headers.get("x-rate-limit-reset", "")
        known = end.isdecimal() and 0 < int(end) - now.timestamp() < 32 * 86400
        until = datetime.fromtimestamp(int(end), UTC) if known else now + WINDOW
        raise Temporary(f"X asks to wait{words}", retry_at=until)
    if answer.status == 401:
        raise Permanent(f"X does not take the account's token{words}", hint=AGAIN)
    if answer.status == 402:
        raise Permanent(f"X wants to be paid first{words}", hint="Buy credits at X, then go on.")
    if answer.status == 403 and "duplicate" in words.lower():
        raise Uncertain(f"X says that this was posted before{words}")
    if answer.status in {400, 403, 404}:
        raise Permanent(f"X refused {budget.NAMES.get(operation, 'this')}{words}")
    if answer.status >= 500 and answer.effect:
        # A proxy may answer 503 after the post was made.
        raise Uncertain(f"X failed ({answer.status}); whether it was done is not known{words}")
    return answer.good()


def _count(value: Json) -> int:
    """How many posts and messages stand in an answer, those that others refer to among them."""
    included = object_of(value.get("includes"))
    posts = included.get("posts") or included.get("tweets")
    return sum(len(each) for each in (value.get("data"), posts) if isinstance(each, list))


def _object(answer: Answer) -> Json:
    value = answer.json()
    if not isinstance(value, dict):
        raise (Uncertain if answer.effect else Temporary)("X answered nonsense.")
    return value


def _words(answer: Answer) -> str:
    """X's reason: the title and detail of a problem (RFC 9457), or a message."""
    try:
        value = answer.json()
    except (Temporary, Uncertain):
        return "."
    told = object_of(value)
    first = next((e for e in list_of(told.get("errors")) if isinstance(e, dict)), {})
    for each in (
        told.get("detail"),
        told.get("message"),
        first.get("detail"),
        first.get("message"),
    ):
        if isinstance(each, str) and each.strip():
            return f": {' '.join(each.split())[:200]}"
    return "."
