"""Mastodon's API, as far as it is needed, with every answer checked for its shape.

Raises Temporary, Permanent and Uncertain, nothing else: what a server lies about is an error of its own.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from firsthand.channels.mastodon.status import table, text_of
from firsthand.channels.web import Answer, Web
from firsthand.core.envelope import Attachment
from firsthand.core.errors import FirsthandError, Permanent, Temporary, Uncertain

PAGE = 40
LARGEST = 8_000_000
"""Bytes of one answer: forty long statuses take about one."""
MEDIA_SECONDS = 30.0
Object = Mapping[str, Any]


class Api:
    """One account's client. One thread at a time."""

    def __init__(self, base: str, token: str) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._web = Web(base, headers, limit=LARGEST)
        self.host = base.partition("://")[2]

    def close(self) -> None:
        self._web.close()

    def me(self) -> Object:
        return self.one("/api/v1/accounts/verify_credentials")

    def instance(self) -> Object:
        """What the server says of itself: as version 2 of the API, or as version 1 where it has none."""
        for version in ("v2", "v1"):
            answer = self._web.get(f"/api/{version}/instance")
            if answer.status not in {404, 405, 410}:
                return self._object(answer.good())
        raise Permanent(f"{self.host} does not speak Mastodon's API.")

    def one(self, path: str, **question: Any) -> Object:
        """The object at `path`."""
        return self._object(self._web.get(path, params=question).good())

    def maybe(self, path: str) -> Object | None:
        """The object at `path`; None where the server knows none."""
        answer = self._web.get(path)
        return None if answer.status in {404, 410} else self._object(answer.good())

    def many(self, path: str, **question: Any) -> list[Object]:
        """The objects at `path`."""
        answer = self._web.get(path, params=question).good()
        found = answer.json()
        if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
            raise self._senseless(answer)
        return found

    def post(self, path: str, said: Object, *, key: str = "", method: str = "POST") -> Object:
        """What the server made of it. `key`: a repeated request with it makes nothing new."""
        headers = {"Idempotency-Key": key} if key else {}
        answer = self._web.ask(method, path, json=dict(said), headers=headers).good()
        return self._object(answer)

    def repeatable(self, path: str) -> Object:
        """A POST whose repetition has no effect (a like, a boost, a follow)."""
        return self._object(self._web.ask("POST", path, effect=False).good())

    def form(self, path: str, said: Mapping[str, str]) -> Object:
        """A POST that makes nothing that anybody sees (an app, a token)."""
        return self._object(self._web.ask("POST", path, data=dict(said), effect=False).good())

    def upload(self, file: Attachment, pause: Callable[[float], None] = time.sleep) -> str:
        """The id of an uploaded file. Nobody sees it before a post carries it: never uncertain."""
        answer = self._web.ask(
            "POST",
            "/api/v2/media",
            files={"file": (file.name, file.content, file.media_type)},
            data={"description": described(file)},
            effect=False,
        )
        if answer.status in {404, 405}:
            raise Permanent(f"{self.host} takes no files.")
        made = self._object(answer.good())
        waited = 0.0
        while not made.get("url"):
            if waited >= MEDIA_SECONDS:
                raise Temporary(f"{self.host} is still working on {file.name}.")
            pause(1.0)
            waited += 1.0
            made = {**made, **self.one(f"/api/v1/media/{id_of(made)}")}
        return id_of(made)

    def _object(self, answer: Answer) -> Object:
        found = answer.json()
        if not isinstance(found, dict):
            raise self._senseless(answer)
        return found

    def _senseless(self, answer: Answer) -> FirsthandError:
        told = f"{self.host} answered something that Mastodon's API does not know."
        return Uncertain(told) if answer.effect else Temporary(told)


def described(file: Attachment) -> str:
    """The words for those who do not see a picture: the name of its file, as nothing else is known."""
    return file.name.rpartition(".")[0].replace("_", " ").strip() or file.name


def id_of(value: Object) -> str:
    """The id of an object. Raises Temporary where it has none that can stand in an address."""
    found = value.get("id")
    found = str(found) if isinstance(found, int) else found
    if not isinstance(found, str) or not found.isascii() or not found.replace("-", "").isalnum():
        raise Temporary("The server names something without an id.")
    return found[:200]


def version(instance: Object) -> str:
    return text_of(instance, "version")


def limits(instance: Object) -> Object:
    """The bounds of a post: `max_characters`, `characters_reserved_per_url`, `max_media_attachments`."""
    return table(table(instance, "configuration"), "statuses")
