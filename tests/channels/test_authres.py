"""Authentication-Results (RFC 8601): what the own server says counts, what came along does not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firsthand.channels.mail.authres import parse_results, received_results, usual_server
from firsthand.channels.mail.headers import Fields, split

OURS = "Authentication-Results: mx.ada.example; dmarc=fail header.from=b.example\n"
FORGED = "Authentication-Results: mx.ada.example; dmarc=pass header.from=b.example\n"


def fields(text: str) -> Fields:
    return split(f"{text}\n\n".encode())[0]


def test_methods_results_and_what_was_checked() -> None:
    said = parse_results(
        'MX.Ada.example 1; dkim=fail (key (old) gone) header.d=x.example; dkim/1 = "pass" '
        'header.d=b.example header.s="a b"; spf=softfail smtp.mailfrom=q@b.example; x=odd'
    )
    assert said
    assert said.server == "mx.ada.example"
    assert [check.method for check in said.checks] == ["dkim", "dkim", "spf"]
    assert said.result("dkim") == "pass"
    assert said.result("spf") == "softfail"
    assert said.result("dmarc") == ""
    assert said.checks[1].of("header.s") == "a b"
    assert not said.aligned
    assert not said.refuted


@pytest.mark.parametrize("value", ["", ";", "  ", "; dkim=pass", "(mx.example) ; dkim=pass"])
def test_without_a_server_nothing_is_said(value: str) -> None:
    assert parse_results(value) is None


@pytest.mark.parametrize(
    "value",
    ["mx; none", "mx", "mx; (dmarc=pass", "mx; dmarc=", "mx; =pass", "mx (; dmarc=pass", "mx; a=b"],
)
def test_a_result_is_a_method_and_a_known_word(value: str) -> None:
    said = parse_results(value)
    assert said
    assert said.checks == ()


def test_only_the_topmost_field_of_a_trusted_server_counts() -> None:
    trusted = ["MX.ada.example"]
    said = received_results(fields(OURS + FORGED), servers=trusted)
    assert said
    assert said.refuted
    foreign = "Authentication-Results: mx.b.example; dmarc=pass\n"
    assert received_results(fields(foreign + FORGED), servers=trusted) is None
    assert received_results(fields(FORGED), servers=[]) is None
    assert received_results(fields("Subject: a\n"), servers=trusted) is None


def test_the_own_server_is_the_one_that_signs_nearly_everything() -> None:
    assert usual_server([fields(OURS)] * 30) == "mx.ada.example"
    assert usual_server([fields(OURS)] * 10) == ""
    assert usual_server([fields(OURS)] * 20 + [fields("Subject: a\n")] * 10) == ""


@given(st.text())
def test_no_field_makes_it_raise(value: str) -> None:
    parse_results(value)
    parse_results(f"mx; {value}")


@given(st.text(alphabet='mxdkim=pas;()" \\.', max_size=60))
def test_nothing_in_a_comment_counts(value: str) -> None:
    inside = value.replace("(", "").replace(")", "").replace("\\", "")
    assert parse_results(f"mx ({inside}); dkim=fail") == parse_results("mx; dkim=fail")
