"""Names and domains that look like others, and those that only happen to be near."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firsthand.core.lookalike import Domains, name_key, shown_address

KNOWN = Domains(["elsewhere.example", "modern.example", "ibm.example", "gmail.com"])


@pytest.mark.parametrize(
    ("domain", "like"),
    [
        ("e1sewhere.example", "elsewhere.example"),
        ("elsewhere.exampl", "elsewhere.example"),
        ("elsewere.example", "elsewhere.example"),
        ("elsewheer.example", "elsewhere.example"),
        ("modem.example", "modern.example"),
        ("еlsewhere.example", "elsewhere.example"),  # Cyrillic
        ("else-where.example", "elsewhere.example"),
        ("xn--lsewhere-b8g.example", "elsewhere.example"),
        ("elsewhere.example.evil.test", "elsewhere.example"),
        ("gmail.com.login.test", "gmail.com"),
        ("εlsεwhεrε.example", "elsewhere.example"),  # Greek
        ("elsewhеrе.example", "elsewhere.example"),  # Cyrillic
    ],
)
def test_domains_one_slip_away(domain: str, like: str) -> None:
    assert KNOWN.resembles(domain) == like


@pytest.mark.parametrize(
    "domain",
    [
        "elsewhere.example",
        "mail.elsewhere.example",
        "mail.com",
        "ymail.com",
        "icm.example",
        "nowhere.example",
        "",
        "elsewhere",
        "gmail.com.br",
        "example.evil.test",
    ],
)
def test_domains_that_are_no_imitation(domain: str) -> None:
    assert KNOWN.resembles(domain) == ""


def test_names_are_compared_without_case_accents_and_order() -> None:
    assert name_key("Kaur, Stella") == name_key("STÉLLA  kaur") == name_key("Ѕtella Kaur")
    assert name_key("Stella") == "" == name_key("")


@pytest.mark.parametrize(
    "name",
    [
        "Stеllа Kаur",  # Cyrillic е and а
        "ЅТЕLLА КАUR",  # Cyrillic capitals
        "Stεllα Kαυr",  # Greek
        "Ｓｔｅｌｌａ　Ｋａｕｒ",  # wide letters
        "𝐒𝐭𝐞𝐥𝐥𝐚 𝓚𝓪𝓾𝓻",  # letters of mathematics
        "Ste\u200blla Ka\u00adur",  # what nobody sees
        "\u202eStella Kaur\u202c",
        "5te11a Kaur",
        "Ste|la K\u0430ur",
        "S\u0336tella Kaur",  # struck through
        "Kaur, Stella",
    ],
)
def test_a_name_drawn_alike_is_the_same_name(name: str) -> None:
    assert name_key(name) == name_key("Stella Kaur")


@pytest.mark.parametrize("name", ["Stella Kahr", "Estella Kaur", "Stella", "Stella Kaur Singh"])
def test_other_names_are_other_names(name: str) -> None:
    assert name_key(name) != name_key("Stella Kaur")


@pytest.mark.parametrize(
    ("domain", "like"),
    [
        ("elsewhere.test", "elsewhere.example"),
        ("elsewhere.co.uk", "elsewhere.example"),
        ("elsewhere.example", ""),
        ("mail.elsewhere.example", ""),
        ("ibm.test", ""),
        ("gmail.test", ""),
        ("elsewhere.example.test", ""),
        ("elsewhere", ""),
    ],
)
def test_the_same_name_with_another_ending(domain: str, like: str) -> None:
    assert KNOWN.cousin(domain) == like


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("Stella@Elsewhere.example", "stella@elsewhere.example"),
        ('"stella@elsewhere.example" via list', "stella@elsewhere.example"),
        ("Stella (stella＠elsewhere.example)", "stella@elsewhere.example"),
        ("Stella @ the office", ""),
        ("Stella Kaur", ""),
        ("@", ""),
    ],
)
def test_an_address_in_a_name_is_seen(name: str, address: str) -> None:
    assert shown_address(name) == address


@given(st.text(max_size=60))
def test_any_domain_and_name_can_be_asked(text: str) -> None:
    name_key(text)
    shown_address(text)
    assert KNOWN.cousin(text) in {"", "elsewhere.example", "modern.example"}
    assert KNOWN.resembles(text) in {"", "elsewhere.example", "modern.example", "ibm.example",
                                     "gmail.com"}  # fmt: skip
