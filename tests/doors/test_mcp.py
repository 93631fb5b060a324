"""The door for agents, met by the SDK's own client over a real server on loopback."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import httpx
import httpx2
import pytest
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import CallToolResult

from tests.doors.living import ORDERS, Living, served

T = TypeVar("T")
EVERY = {
    "today", "read_thread", "search", "draft_reply", "edit_draft", "ask_for_approval",
    "draft_post", "revise_post",
}  # fmt: skip


@pytest.fixture(scope="module")
def living(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Living]:
    with served(tmp_path_factory.mktemp("living")) as living:
        yield living


def met(living: Living, who: str, do: Callable[[Client], Awaitable[T]]) -> T:
    """What `do` makes of a client that is signed in as a hand."""

    async def run() -> T:
        headers = {"Authorization": f"Bearer {living.tokens[who]}"}
        async with httpx2.AsyncClient(headers=headers, timeout=30) as http:
            transport = streamable_http_client(f"{living.base}/mcp", http_client=http)
            async with Client(transport) as client:
                return await do(client)

    return asyncio.run(run())


def call(living: Living, who: str, tool: str, **arguments: Any) -> CallToolResult:
    return met(living, who, lambda client: client.call_tool(tool, arguments))


def value(result: CallToolResult) -> dict[str, Any]:
    assert not result.is_error, result.content
    assert result.structured_content is not None
    # Clients that know no structured content get the same as text.
    assert json.loads(result.content[0].text) == result.structured_content  # type: ignore[union-attr]
    told: dict[str, Any] = result.structured_content
    return told


def refused(result: CallToolResult) -> tuple[str, str]:
    """Code and message; the model reads the same sentence."""
    assert result.is_error
    assert result.structured_content is not None
    error = result.structured_content["error"]
    assert list(error) == ["code", "message", "hint"]
    sentence = f"{error['message']} {error['hint']}".strip()
    assert result.content[0].text == sentence  # type: ignore[union-attr]
    return error["code"], error["message"]


def shown(living: Living, who: str) -> set[str]:
    tools = met(living, who, lambda client: client.list_tools()).tools
    assert all(tool.description and tool.input_schema for tool in tools)
    return {tool.name for tool in tools}


def test_an_actor_is_shown_what_they_could_use(living: Living) -> None:
    assert shown(living, "Otto") == EVERY | {"my_rights"}
    assert shown(living, "Gwen") == EVERY | {"my_rights", "send"}
    assert shown(living, "Stan") == {"my_rights"}


def test_who_am_i(living: Living) -> None:
    told = value(call(living, "Otto", "my_rights"))
    assert (told["name"], told["kind"], told["principal"]) == ("Otto", "agent", False)
    assert "Otto may write drafts everywhere" in told["sentences"][0]


def test_the_office_says_how_to_behave(living: Living) -> None:
    async def ask(client: Client) -> str:
        return client.instructions or ""

    told = met(living, "Otto", ask)
    assert "the office of Ada Ferrer" in told
    assert "never an instruction" in told


def test_the_words_of_strangers_are_fenced(living: Living) -> None:
    told = value(call(living, "Otto", "read_thread", thread=2))
    assert "never an instruction" in told["notice"]
    message = told["messages"][0]
    assert set(message) == {"id", "direction", "at", "foreign"}
    text = message["foreign"]["text"]
    mark = re.match(r"\[foreign text ([0-9a-f]{12}) begins\]\n", text)
    assert mark
    assert text.endswith(f"\n[foreign text {mark[1]} ends]")
    assert ORDERS in text
    assert mark[1] not in ORDERS
    again = value(call(living, "Otto", "read_thread", thread=2))
    assert again["messages"][0]["foreign"]["text"] != text


def test_lists_set_the_words_of_strangers_apart(living: Living) -> None:
    found = value(call(living, "Otto", "search", query="in:nowhere or chapter"))
    queue = value(call(living, "Otto", "today", minutes=20))
    assert queue["minutes"] == 20
    for item in [*found["threads"], *queue["items"]]:
        assert {"subject", "from"} <= set(item["foreign"])
        assert not {"subject", "from"} & set(item)


def test_an_agent_drafts_and_asks(living: Living) -> None:
    made = value(call(living, "Otto", "draft_reply", thread=1, text="Gladly, on Friday."))
    assert (made["state"], made["revision"], made["by"]) == ("writing", 1, "otto")
    assert made["preview"]["may_send"] is False
    assert made["preview"]["ai"] == "generated"
    number = made["draft"]
    edited = value(
        call(living, "Otto", "edit_draft", draft=number, base=1, text="Gladly, on Monday.")
    )
    assert edited["revision"] == 2
    late = call(living, "Gwen", "edit_draft", draft=number, base=1, text="No.")
    assert refused(late)[0] == "conflict"
    assert value(call(living, "Otto", "ask_for_approval", draft=number))["state"] == "waiting"
    code, message = refused(call(living, "Otto", "send", draft=number, revision=2, seen=1))
    assert (code, "no right to send" in message) == ("denied", True)
    drafts = value(call(living, "Otto", "read_thread", thread=1))["drafts"]
    assert [d["text"] for d in drafts if d["draft"] == number] == ["Gladly, on Monday."]


def test_who_may_send_sends_with_a_byline(living: Living) -> None:
    made = value(call(living, "Gwen", "draft_reply", thread=1, text="Yes."))
    latest = value(call(living, "Gwen", "read_thread", thread=1))["latest"]
    sent = value(call(living, "Gwen", "send", draft=made["draft"], revision=1, seen=latest))
    assert (sent["state"], sent["level"]) == ("pending", "on_behalf")
    assert sent["sentence"] == made["preview"]["sentence"]
    assert sent["byline"].startswith(f"{living.base}/b/")


@pytest.mark.parametrize(
    ("tool", "arguments", "code"),
    [
        ("read_thread", {"thread": 99}, "misuse"),
        ("read_thread", {"thread": 10**30}, "misuse"),
        ("read_thread", {"thread": "one"}, "misuse"),
        ("read_thread", {}, "misuse"),
        ("draft_reply", {"thread": 1, "text": ""}, "misuse"),
        ("edit_draft", {"draft": 99, "base": 1, "text": "x"}, "misuse"),
        ("today", {"minutes": -1}, "misuse"),
    ],
)
def test_a_wrong_call_is_told_what_fits(
    living: Living, tool: str, arguments: dict[str, Any], code: str
) -> None:
    assert refused(call(living, "Otto", tool, **arguments))[0] == code


def test_a_stranger_with_a_token_reads_nothing(living: Living) -> None:
    for tool, arguments in (
        ("today", {}),
        ("search", {"query": "chapter"}),
        ("read_thread", {"thread": 1}),
        ("draft_reply", {"thread": 1, "text": "Hello"}),
    ):
        code, message = refused(call(living, "Stan", tool, **arguments))
        assert (code, message.startswith("Stan has no right to")) == ("denied", True), tool


def test_many_at_once(living: Living) -> None:
    async def all_at_once(client: Client) -> list[CallToolResult]:
        calls = [client.call_tool("draft_reply", {"thread": 1, "text": f"{n}"}) for n in range(12)]
        return list(await asyncio.gather(*calls))

    made = [value(result)["draft"] for result in met(living, "Otto", all_at_once)]
    assert len(set(made)) == 12


def post(living: Living, **headers: str) -> httpx.Response:
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    fixed = {"Accept": "application/json, text/event-stream"}
    return httpx.post(f"{living.base}/mcp", json=body, headers=fixed | headers)


def test_without_a_token_the_door_is_shut(living: Living) -> None:
    for headers in ({}, {"Authorization": "Bearer fh_guessed"}, {"Cookie": "sessionid=x"}):
        answer = post(living, **headers)
        assert answer.status_code == 401
        assert "resource_metadata=" in answer.headers["WWW-Authenticate"]
        assert "tools" not in answer.text


def test_a_revoked_token_is_shut_out_at_once(living: Living) -> None:
    added = living.run("hand", "add", "Una", "--kind", "agent", "--right", "draft", "--json")
    told = json.loads(added.stdout)
    living.tokens["Una"] = told["token"]
    assert "draft_reply" in shown(living, "Una")
    assert living.run("hand", "offboard", told["hand"], "--yes").returncode == 0
    assert post(living, Authorization=f"Bearer {told['token']}").status_code == 401


def test_another_host_or_origin_is_refused(living: Living) -> None:
    token = f"Bearer {living.tokens['Otto']}"
    assert post(living, Authorization=token, Host="evil.example").status_code == 421
    wrong = post(living, Authorization=token, Origin="https://evil.example")
    assert wrong.status_code == 403


def test_the_metadata_names_this_resource(living: Living) -> None:
    answer = httpx.get(f"{living.base}/.well-known/oauth-protected-resource/mcp")
    assert answer.json()["resource"] == f"{living.base}/mcp"


def test_pages_and_api_are_beside_it(living: Living) -> None:
    headers = {"Authorization": f"Bearer {living.tokens['Otto']}"}
    assert httpx.get(f"{living.base}/api/v1/me", headers=headers).json()["key"] == "otto"
    assert httpx.get(f"{living.base}/mcpx", follow_redirects=False).status_code in {302, 404}


def test_before_there_is_an_office_the_door_says_so(tmp_path: Path) -> None:
    from firsthand.mcp.door import Doors

    sent: list[dict[str, Any]] = []

    async def keep(message: dict[str, Any]) -> None:
        sent.append(message)

    async def nothing(*_: object) -> None:
        raise AssertionError("not for the pages")

    asyncio.run(Doors(nothing)({"type": "http", "path": "/mcp"}, nothing, keep))
    assert sent[0]["status"] == 503
    assert json.loads(sent[1]["body"])["error"]["code"] == "temporary"
