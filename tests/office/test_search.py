"""Search: every way of asking, newest first, and nothing anybody types makes it fail."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firsthand.office import attention, intake, search
from firsthand.office.models import Account, Message
from tests.office.letters import ADA, STELLA, at, inbounds, letter

pytestmark = pytest.mark.django_db

BOB = "Bob Stöne <bob@third.example>"


@pytest.fixture
def mail(account: Account, now: datetime) -> None:
    """Letters whose order of arrival is not that of their dates."""
    raws = [
        letter(1, when=at(5), subject="Grain", text="The price of grain in Odessa, 1780."),
        letter(2, when=at(3), sender=BOB, subject="Über Korn", text="Odessa and the café prices."),
        letter(3, when=at(9), sender=BOB, subject="小説について", text="先生の小説を読みました。"),
        letter(4, when=at(7), sender=ADA, to=STELLA, subject="Re: Grain", answers=1, text="Yes."),
        letter(5, when=at(1), subject="Files", text="See there."),
    ]
    intake.take(account=account, inbounds=inbounds(*raws), now=now)
    attention.rank_waiting(now=now)
    Message.objects.filter(subject="Files").update(attachments=[{"name": "a.pdf"}])


def subjects(query: str) -> list[str]:
    return [hit.subject for hit in search.find(query=query)]


@pytest.mark.parametrize(
    ("query", "hints"),
    [
        ("after:2026 has:attachment odessa", []),
        ("after:9999-99-99", ["“after:9999-99-99” was not understood: a day is written like"]),
        ("before:soon before:soon", ["“before:soon” was not understood: a day"]),
        ("-in:junk odessa", ["“-in:junk” was not understood: only words can be left out."]),
        ("in:nowhere", ["“in:nowhere” was not understood: there are you, helper, fyi, screened"]),
        ("channel:zzz", ["“channel:zzz” was not understood: there are mail, "]),
        ("in:junk in:newsletters channel:mail", []),
        ("has:wings", ["“has:wings” was not understood: what can be asked for is has:attachment."]),
        ("odessa after: http://a.example", []),
        ("pri* 小*", []),
        ("from:pr*", ["“from:pr*” was taken as a word: write 3 letters before a *."]),
    ],
)
def test_what_looks_like_a_limit_and_is_none_is_told(query: str, hints: list[str]) -> None:
    told = search.hints(query)
    assert len(told) == len(hints)
    for each, expected in zip(told, hints, strict=True):
        assert each.startswith(expected)


def test_what_is_not_understood_is_searched_as_words(mail: None) -> None:
    assert subjects("before:1780-99 odessa") == []
    assert search.find(query="after:x-y") == []


SCRIPTS = (
    "Die Straße ist groß, heißt es. Grüße! Чай и ёлка, його Мої. Ελλάδα Ὀδυσσεύς 한국어 がくせい "
    "ガクセイ ｶﾞｸｾｲ 学生 नमस्ते مُحَمَّد مرحبا ﬁle ığdır İstanbul ½ x² Ångström Übung naïve Łódź"
)


@pytest.mark.parametrize("word", SCRIPTS.split())
def test_a_word_of_any_script_finds_its_letter(account: Account, now: datetime, word: str) -> None:
    raws = [
        letter(1, when=at(5), subject="Words", text=f"{'x' * 400} {SCRIPTS}"),
        letter(2, when=at(6), subject="Other", text="Nothing of it, ни слова."),
    ]
    intake.take(account=account, inbounds=inbounds(*raws), now=now)
    (hit,) = search.find(query=word)
    assert hit.subject == "Words"
    assert hit.snippet.startswith("… ")


def test_what_is_folded_is_found_both_ways(account: Account, now: datetime) -> None:
    raw = letter(
        1, when=at(5), subject="Улица", sender="Андрей <andrej@far.example>", text="Straße"
    )
    intake.take(account=account, inbounds=inbounds(raw), now=now)
    for query in ("strasse", "STRASSE", "Straß*", "андрей", "from:андреи", "subject:улица"):
        assert subjects(query) == ["Улица"], query


@pytest.mark.parametrize("query", ["zebra", "after:2026-01-01"])
def test_letters_of_one_moment_come_on_one_page_or_the_next(
    account: Account, now: datetime, query: str
) -> None:
    raws = [
        letter(n, when=at(5), sender=f"x{n}@far.example", subject=f"Zebra {n}", text="A zebra.")
        for n in range(1, 8)
    ]
    intake.take(account=account, inbounds=inbounds(*raws), now=now)
    found: list[search.Hit] = []
    while page := search.find(
        query=query,
        limit=3,
        before=search.Place(found[-1].at, found[-1].message) if found else None,
    ):
        found += page
    assert sorted(hit.subject for hit in found) == [f"Zebra {n}" for n in range(1, 8)]


@pytest.mark.parametrize("most", [500, 1])
def test_a_prefix_finds_the_same_among_few_terms_and_many(
    mail: None, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(search, "_MOST_TERMS", most)
    assert subjects("pri*") == ["Grain", "Über Korn"]
    assert subjects("pri* -caf*") == ["Grain"]
    assert subjects("from:bob* pri*") == ["Über Korn"]
    assert subjects('"the pri*"') == ["Grain"]
    assert subjects("xyz*") == []


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("odessa", ["Grain", "Über Korn"]),
        ("ODESSA grain", ["Grain"]),
        ('"price of grain"', ["Grain"]),
        ('"grain of price"', []),
        ("pric*", ["Grain", "Über Korn"]),
        ("pri*", ["Grain", "Über Korn"]),
        ("pr*", []),
        ("小*", ["小説について"]),
        ("odessa -grain", ["Über Korn"]),
        ("cafe", ["Über Korn"]),
        ("uber", ["Über Korn"]),
        ("小説", ["小説について"]),
        ("from:bob", ["小説について", "Über Korn"]),
        ("from:bob@third.example korn", ["Über Korn"]),
        ("from:stöne odessa", ["Über Korn"]),
        ("to:stella", ["Re: Grain"]),
        ("subject:grain", ["Re: Grain"]),
        ("subject:grain before:2026-11-06", ["Grain"]),
        ("after:2026-11-04 odessa", ["Grain"]),
        ("after:2026-11-08", ["小説について"]),
        ("has:attachment", ["Files"]),
        ("in:screened has:attachment", []),
        ("in:screened", ["小説について", "Über Korn"]),
        ("channel:mail odessa", ["Grain", "Über Korn"]),
        ("channel:web odessa", []),
        ("", []),
        ("   ", []),
        ("-odessa", []),
    ],
)
def test_what_is_found(mail: None, query: str, found: list[str]) -> None:
    assert subjects(query) == found


@pytest.mark.parametrize("small", [2000, 2, 0])
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("odessa in:screened", ["Über Korn"]),
        ("bob in:screened", ["小説について", "Über Korn"]),
        ("bob in:screened before:2026-11-08", ["Über Korn"]),
        ("grain in:screened", []),
        ("grain in:nowhere", []),
        ("odessa in:newsletters", []),
    ],
)
def test_a_word_in_a_lane_is_found_however_long_the_lane(
    mail: None, monkeypatch: pytest.MonkeyPatch, query: str, found: list[str], small: int
) -> None:
    monkeypatch.setattr(search, "_SMALL_LANE", small)
    assert subjects(query) == found


def test_a_thread_is_found_once_with_the_place(mail: None) -> None:
    hit = search.find(query="grain")[0]
    assert (hit.subject, hit.at, hit.name) == ("Re: Grain", at(7), "Stella Kaur")
    assert len(search.find(query="grain")) == 1
    assert "price of grain in Odessa" in search.find(query="odessa 1780")[0].snippet


def test_pages_go_on_where_the_last_one_ended(mail: None) -> None:
    first = search.find(query="odessa", limit=1)
    place = search.Place(first[-1].at, first[-1].message)
    second = search.find(query="odessa", limit=1, before=place)
    assert [hit.subject for hit in (*first, *second)] == ["Grain", "Über Korn"]


def test_what_is_forgotten_is_not_found(mail: None) -> None:
    grain = Message.objects.select_related("body").get(subject="Grain")
    search.forget([(grain, grain.body.text)])
    assert subjects("odessa") == ["Über Korn"]


@pytest.mark.parametrize(
    "query",
    ['"open', '""', "*", "a* *b", "AND OR NOT", "NEAR(a b)", "from:", "subject:\"", "after:yesterday",
     "before:0000-99-99", "a:b:c", "^x", "{a} + b", "-", "--", "\x00", "'; DROP TABLE x; --", "col : y",
     "x" * 5000, "( ( (", "in:nowhere x", "🙂", "%s", "?"],
)  # fmt: skip
def test_odd_queries_are_only_queries(mail: None, query: str) -> None:
    search.find(query=query)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(st.text(max_size=60))
def test_nothing_typed_makes_it_fail(mail: None, query: str) -> None:
    search.find(query=query)
    search.find(query=f'from:"{query} odessa* -{query}')
