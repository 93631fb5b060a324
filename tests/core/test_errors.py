"""Every expected failure has a stable code, and says more than its name."""

from __future__ import annotations

from firsthand.core import errors


def test_codes_are_stable_and_distinct() -> None:
    kinds = errors.FirsthandError.__subclasses__()
    own = [kind for kind in kinds if kind.__module__ == errors.__name__]
    codes = [kind.code for kind in own]
    assert sorted(codes) == [
        "conflict",
        "denied",
        "misuse",
        "not_allowed",
        "permanent",
        "promise_broken",
        "temporary",
        "uncertain",
    ]


def test_an_error_reads_as_its_message_and_keeps_its_hint() -> None:
    error = errors.PromiseBroken("It stopped.", which="If I answer, it is me.", hint="Ask.")
    assert str(error) == error.message == "It stopped."
    assert (error.which, error.hint) == ("If I answer, it is me.", "Ask.")
