"""Our statement of X's API against X's own document, where that is here."""

from __future__ import annotations

from typing import Any

import pytest

from tests.channels.x_contract import DOCUMENT, OPERATIONS, document

needs_document = pytest.mark.skipif(
    not DOCUMENT.exists(), reason="the folder ../shared/data with x/openapi.json is not here"
)


def parameters(api: dict[str, Any], name: str) -> dict[str, dict[str, Any]]:
    stated = OPERATIONS[name]
    found = api["paths"][stated.path][stated.method.lower()].get("parameters", [])
    whole = [
        api["components"]["parameters"][each["$ref"].rpartition("/")[2]] if "$ref" in each else each
        for each in found
    ]
    return {each["name"]: each for each in whole if each["in"] == "query"}


@needs_document
@pytest.mark.parametrize("name", OPERATIONS)
def test_the_operation_is_as_stated(name: str) -> None:
    api, stated = document(), OPERATIONS[name]
    assert api is not None
    assert api["info"]["version"] == "2.167"
    operation = api["paths"][stated.path][stated.method.lower()]
    assert operation["operationId"] == name
    content = operation["responses"][stated.status]["content"]["application/json"]
    assert content["schema"]["$ref"].rpartition("/")[2] == stated.answer
    assert set(stated.query) <= set(parameters(api, name))


@needs_document
@pytest.mark.parametrize("name", OPERATIONS)
def test_what_we_ask_for_exists(name: str) -> None:
    api = document()
    assert api is not None
    known = parameters(api, name)
    for key, pattern in OPERATIONS[name].query.items():
        schema = known[key]["schema"]
        if schema["type"] == "array":
            asked = {word for word in pattern.strip("()+").replace(",", "").split("|") if word}
            assert asked <= set(schema["items"]["enum"]), key
            assert known[key].get("explode") is False or len(asked) == 1, key


@needs_document
@pytest.mark.parametrize("name", [n for n, each in OPERATIONS.items() if each.body])
def test_what_we_send_exists(name: str) -> None:
    api, stated = document(), OPERATIONS[name]
    assert api is not None and stated.body is not None
    operation = api["paths"][stated.path]["post"]
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    body = api["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    assert set(stated.body) <= set(body["properties"])
    assert set(body.get("required", [])) <= set(stated.body)


@needs_document
def test_the_users_token_opens_what_we_ask() -> None:
    api = document()
    assert api is not None
    scopes = set()
    for name, stated in OPERATIONS.items():
        security = api["paths"][stated.path][stated.method.lower()]["security"]
        user = [each["OAuth2UserToken"] for each in security if "OAuth2UserToken" in each]
        assert bool(user) == (name != "getUsage")
        scopes |= {scope for each in user for scope in each}
    assert scopes == {"tweet.read", "tweet.write", "users.read", "dm.read", "dm.write"}
