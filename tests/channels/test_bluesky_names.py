"""Names of ATProto: what is one, and keys that are the same for every attempt."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firsthand.channels.bluesky.names import (
    Place,
    handle,
    key_time,
    place,
    record_key,
    time_key,
)

NOW = datetime(2026, 11, 22, 9, 0, 0, 123456, UTC)
MOMENTS = st.integers(1672531200_000_000, 7258118400_000_000).map(
    lambda micros: datetime.fromtimestamp(0, UTC) + timedelta(microseconds=micros)
)


@pytest.mark.parametrize(
    "given", ["ada.bsky.social", " @Ada.Bsky.Social ", "xn--ls8h.example", "a.b"]
)
def test_handles_have_one_form(given: str) -> None:
    assert handle(given) == given.strip().lower().removeprefix("@")


@pytest.mark.parametrize(
    "given",
    [
        "",
        "ada",
        "ada@ada.example",
        "-ada.example",
        "ada.-x.example",
        "ada..example",
        "ada.example/x",
        "127.0.0.1",
        "ada.1",
        "ada.example\n.x",
        "ünser.example",
        "a." * 130 + "example",
    ],
)
def test_what_is_no_handle(given: str) -> None:
    assert handle(given) is None


def test_a_post_is_named_by_its_address_or_its_page() -> None:
    whole = "at://did:plc:ewvi7nxzyoun6zhxrhs64oiz/app.bsky.feed.post/3k43tv4rft22g"
    named = place(whole)
    assert named == Place(*whole.removeprefix("at://").split("/"))
    assert place(named.page) == named
    assert str(named) == whole
    assert place("https://bsky.app/profile/ada.example/post/3k43tv4rft22g") == Place(
        "ada.example", "app.bsky.feed.post", "3k43tv4rft22g"
    )


@pytest.mark.parametrize(
    "given",
    [
        "https://bsky.app.evil.example/profile/ada.example/post/3k",
        "at://ada.example",
        "at:///x/y",
        "https://bsky.app/profile/ada.example/post/3k/liked-by",
        "https://ada.example/b/x#y",
        "at://ada.example/app.bsky.feed.post/..%2f",
    ],
)
def test_what_is_no_post(given: str) -> None:
    assert place(given) is None


def test_a_known_key_is_read_as_the_protocols_own_library_reads_it() -> None:
    """By TID.fromStr of npm @atproto/common-web, of the example in the specification."""
    assert key_time("3jzfcijpj2z2a") == datetime.fromtimestamp(0, UTC) + timedelta(
        microseconds=1688137381887007
    )


@given(MOMENTS, st.text(max_size=40))
def test_an_attempt_finds_the_key_of_the_one_before(at: datetime, message_id: str) -> None:
    key = record_key(message_id, at)
    assert key == record_key(message_id, at)
    made = key_time(key)
    assert made is not None
    assert timedelta() <= made - at.replace(microsecond=0) < timedelta(seconds=1)


def test_messages_of_one_moment_have_keys_of_their_own() -> None:
    keys = {record_key(f"{number}@ada.example", NOW) for number in range(5000)}
    assert len(keys) == 5000


@given(MOMENTS, MOMENTS)
def test_keys_sort_as_their_moments_do(one: datetime, other: datetime) -> None:
    if one < other:
        assert time_key(one) < time_key(other)
    made = key_time(time_key(one))
    assert made is not None
    assert abs(made - one) < timedelta(milliseconds=1)


@pytest.mark.parametrize("given", ["", "self", "zzzzzzzzzzzzz", "3jzfcijpj2z21", "3jzfcijpj2z2aa"])
def test_keys_that_tell_no_time(given: str) -> None:
    assert key_time(given) is None
