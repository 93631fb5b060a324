"""Names and domains that look like others, and those that only happen to be near."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firsthand.core.lookalike import Domains, name_key

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
    ],
)
def test_domains_that_are_no_imitation(domain: str) -> None:
    assert KNOWN.resembles(domain) == ""


def test_names_are_compared_without_case_accents_and_order() -> None:
    assert name_key("Kaur, Stella") == name_key("STÉLLA  kaur") == name_key("Ѕtella Kaur")
    assert name_key("Stella") == "" == name_key("")


@given(st.text(max_size=60))
def test_any_domain_and_name_can_be_asked(text: str) -> None:
    name_key(text)
    assert KNOWN.resembles(text) in {"", "elsewhere.example", "modern.example", "ibm.example",
                                     "gmail.com"}  # fmt: skip
