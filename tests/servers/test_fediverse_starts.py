"""The fediverse of the tests does what the real one does: mentions, answers, private ones, edits."""

from __future__ import annotations

import httpx
import pytest

from tests.servers.front import Fault
from tests.servers.mastodon_mock import Mock
from tests.servers.snac import Fediverse, Refused, until

pytestmark = pytest.mark.servers


def test_a_mention_an_answer_and_an_edit_cross_from_server_to_server(fediverse: Fediverse) -> None:
    ada, stan = fediverse.home.somebody("ada"), fediverse.away.somebody("stan")
    root = stan.post(f"@{ada.handle} what do you say?")
    (notice,) = until(lambda: ada.heard("what do you say"), "the mention did not arrive")
    assert notice["type"] == "mention"
    assert notice["status"]["uri"] == root["uri"]
    answer = ada.post(f"@{stan.handle} Little.", in_reply_to_id=notice["status"]["id"])
    (reply,) = until(lambda: stan.heard("Little"), "the answer did not arrive")
    assert reply["status"]["uri"] == answer["uri"]
    assert reply["status"]["in_reply_to_id"]
    ada.edit(answer["id"], f"@{stan.handle} Much.")
    until(lambda: "Much." in stan.find(answer["uri"])["content"], "the edit did not arrive")
    assert [each.split()[0] for each in fediverse.proxy.asked].count("POST") >= 3


def test_a_private_message_stays_private(fediverse: Fediverse) -> None:
    ada, stan = fediverse.home.somebody("ada"), fediverse.away.somebody("stan")
    said = stan.post(f"@{ada.handle} between us", visibility="direct")
    (notice,) = until(lambda: ada.heard("between us"), "it did not arrive")
    assert notice["status"]["visibility"] == "direct"
    bare = httpx.get(
        f"{fediverse.away.base}{httpx.URL(said['uri']).path}",
        headers={"Accept": "application/activity+json"},
        trust_env=False,
    )
    assert bare.status_code != 200


def test_a_revoked_or_wrong_token_is_refused(fediverse: Fediverse) -> None:
    with pytest.raises(Refused, match=r"401|422"):
        fediverse.home.request("GET", "/api/v1/accounts/verify_credentials", "not that")


def test_a_front_breaks_one_answer_and_lets_the_next_pass(fediverse: Fediverse) -> None:
    home = fediverse.home
    home.front.faults.append(Fault(path="/api/v1/instance", status=429, body=b"{}"))
    with pytest.raises(Refused, match="429"):
        home.request("GET", "/api/v1/instance")
    assert home.request("GET", "/api/v1/instance")["uri"] == home.host


def test_the_mock_keeps_the_history_and_the_keys_that_snac_lacks(mock: Mock) -> None:
    key = {"Idempotency-Key": "once"}
    said = {"status": "First."}
    first, again = (
        mock.request("POST", "/api/v1/statuses", json=said, headers=key) for _ in range(2)
    )
    assert first["id"] == again["id"]
    mock.request("PUT", f"/api/v1/statuses/{first['id']}", json={"status": "Second."})
    history = mock.request("GET", f"/api/v1/statuses/{first['id']}/history")
    assert [each["content"] for each in history] == ["<p>First.</p>", "<p>Second.</p>"]
