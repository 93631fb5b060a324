"""What we use of X's API, stated by hand; and X's own document, where the test data lies beside.

`check_request` holds every request against the statement, always. Where the document is there
(`../shared/data/x/openapi.json`, X API v2, version 2.167, never a part of this project), the
statement itself and every answer of our fake server are held against it, so that neither drifts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema

DOCUMENT = Path(__file__).parents[3] / "shared" / "data" / "x" / "openapi.json"
POST_FIELDS = "attachments created_at conversation_id display_text_range entities lang note_post"
PAGE = {
    "max_results": r"\d{1,3}",
    "pagination_token": r".{16,}",
    "since_id": r"\d{1,19}",
    "until_id": r"\d{1,19}",
    "post.fields": f"({'|'.join(POST_FIELDS.split())}|,)+",
    "expansions": "(author_id|in_reply_to_user_id|referenced_posts|,)+",
    "user.fields": "(name|username|,)+",
}


@dataclass(frozen=True)
class Operation:
    """One request that we make: its query as patterns, its body's keys (None: it has none), and the
    schema of the answer in X's document."""

    method: str
    path: str
    query: dict[str, str]
    body: dict[str, type] | None
    status: str
    answer: str


OPERATIONS = {
    "getUsersMe": Operation(
        "GET", "/2/users/me", {"user.fields": "username"}, None, "200", "GetUsersMeResponse"
    ),
    "getUsersByUsername": Operation(
        "GET",
        "/2/users/by/username/{username}",
        {},
        None,
        "200",
        "GetUsersByUsernameResponse",
    ),
    "getUsersMentions": Operation(
        "GET", "/2/users/{id}/mentions", PAGE, None, "200", "GetUsersMentionsResponse"
    ),
    "getUsersPosts": Operation(
        "GET",
        "/2/users/{id}/tweets",
        {**PAGE, "exclude": "retweets"},
        None,
        "200",
        "GetUsersPostsResponse",
    ),
    "getDirectMessagesEvents": Operation(
        "GET",
        "/2/dm_events",
        {
            "max_results": r"\d{1,3}",
            "pagination_token": r".{16,}",
            "event_types": "MessageCreate",
            "dm_event.fields": (
                "(id|text|event_type|created_at|dm_conversation_id|entities|attachments|,)+"
            ),
            "expansions": "(sender_id|participant_ids|,)+",
            "user.fields": "(name|username|,)+",
        },
        None,
        "200",
        "GetDirectMessagesEventsResponse",
    ),
    "createPosts": Operation(
        "POST", "/2/tweets", {}, {"text": str, "reply": dict}, "201", "CreatePostsResponse"
    ),
    "createDirectMessagesByParticipantId": Operation(
        "POST",
        "/2/dm_conversations/with/{participant_id}/messages",
        {},
        {"text": str},
        "201",
        "CreateDirectMessagesByParticipantIdResponse",
    ),
    "createDirectMessagesByConversationId": Operation(
        "POST",
        "/2/dm_conversations/{dm_conversation_id}/messages",
        {},
        {"text": str},
        "201",
        "CreateDirectMessagesByConversationIdResponse",
    ),
    "getUsage": Operation(
        "GET",
        "/2/usage/tweets",
        {"usage.fields": "(project_cap|project_usage|cap_reset_day|,)+"},
        None,
        "200",
        "GetUsageResponse",
    ),
}


def operation_of(method: str, path: str) -> str:
    """The operation that a request is. AssertionError for one that we do not state."""
    for name, each in OPERATIONS.items():
        pattern = re.sub(r"\{\w+\}", r"[\\w-]+", each.path)
        if each.method == method and re.fullmatch(pattern, path):
            return name
    raise AssertionError(f"{method} {path} is no request that we state")


def check_request(name: str, query: dict[str, str], body: Any) -> None:
    """AssertionError where a request is not as stated."""
    stated = OPERATIONS[name]
    for key, value in query.items():
        assert key in stated.query, f"{name}: {key} is not stated"
        assert re.fullmatch(stated.query[key], value), f"{name}: {key}={value}"
    if stated.body is None:
        assert body is None
        return
    assert isinstance(body, dict)
    assert body["text"]
    for key, value in body.items():
        assert isinstance(value, stated.body[key]), f"{name}: {key}"
    if "reply" in body:
        assert list(body["reply"]) == ["in_reply_to_tweet_id"]
        assert re.fullmatch(r"\d{1,19}", body["reply"]["in_reply_to_tweet_id"])


@cache
def document() -> dict[str, Any] | None:
    """X's document; None where it is not here."""
    if not DOCUMENT.exists():
        return None
    value: dict[str, Any] = json.loads(DOCUMENT.read_text())
    return value


def check_answer(name: str, status: int, body: Any) -> None:
    """AssertionError or ValidationError where an answer is none that X's document allows."""
    if document() is None:
        return
    stated = OPERATIONS[name]
    if status == int(stated.status):
        check_schema(stated.answer, body)
    else:
        check_schema("Problem" if "type" in body else "Error", body)


def check_schema(name: str, value: Any) -> None:
    """Against one schema, which also has to know every key."""
    api = document()
    assert api is not None
    _validator(name).validate(value)
    unknown = sorted(set(_unknown(api, api["components"]["schemas"][name], value)))
    assert not unknown, f"{name} has no {unknown}"


@cache
def _validator(name: str) -> jsonschema.Draft202012Validator:
    api = document()
    assert api is not None
    schema = {"$ref": f"#/components/schemas/{name}", "components": api["components"]}
    return jsonschema.Draft202012Validator(schema)


def _unknown(api: dict[str, Any], schema: dict[str, Any], value: Any) -> Iterator[str]:
    if "$ref" in schema:
        schema = api["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if isinstance(value, list):
        for each in value:
            yield from _unknown(api, schema.get("items", {}), each)
    if isinstance(value, dict) and "properties" in schema:
        for key, inner in value.items():
            if key not in schema["properties"]:
                yield key
            else:
                yield from _unknown(api, schema["properties"][key], inner)
