"""The sum behind a probability, told in plain words: every fact is in exactly one reason.

A sentence says what is so; whether that speaks for the letter, its weight says. Where words lean
to one side, they are chosen by the sign, so that no sentence argues against its own weight.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from firsthand.core.attention import Facts, Reason
from firsthand.core.envelope import Automation
from firsthand.learning.features import NAMES
from firsthand.learning.weights import Scored, Weights

USUAL: Mapping[str, float] = {"recipients": math.log2(3)}
"""What facts are measured against, where nothing is not the usual: a letter has two more readers."""

_MANY = 10
_MACHINE = {
    Automation.LIST: "to a mailing list",
    Automation.BULK: "sent to many",
    Automation.AUTO_REPLY: "an automatic answer",
    Automation.BOUNCE: "a report of mail that was not delivered",
    Automation.CALENDAR: "an invitation from a calendar",
    Automation.RECEIPT: "a bill, a receipt or news of an order",
    Automation.NOTICE: "written by a machine",
}

Values = Mapping[str, float]
Tell = Callable[[Facts, Values, float], str]


def reasons(scored: Scored, facts: Facts, weights: Weights) -> tuple[Reason, ...]:
    """All reasons of a score. Their sum is its logit less that of a `usual` letter."""
    found = {each.name: each for each in scored.contributions}
    values = {name: each.value for name, each in found.items()}
    parts = {name: each.weight for name, each in found.items()}
    for name, usual in USUAL.items():
        parts[name] = parts.get(name, 0.0) - usual * weights.each[NAMES.index(name)]
    told: list[Reason] = []
    for names, tell in _TOLD.items():
        weight = math.fsum(parts.get(name, 0.0) for name in names)
        if weight:
            told.append(Reason(tell(facts, values, weight), weight))
    return tuple(told)


def usual(weights: Weights) -> float:
    """The logit of a letter of which nothing is known: what reasons are added to."""
    return weights.base + math.fsum(
        value * weights.each[NAMES.index(name)] for name, value in USUAL.items()
    )


def _past(facts: Facts, values: Values, weight: float) -> str:
    if facts.received:
        told = f"you answered {facts.answered or 'none'} of {facts.received} other letters"
        if facts.received == 1:
            did = "answered" if facts.answered else "did not answer"
            told = f"you {did} their other letter"
        often = 2 * facts.answered > facts.received
        return f"{told}, but hardly of late" if often and weight < 0 else told
    if facts.written:
        return "you wrote to them before" if weight > 0 else "you wrote to them long ago"
    return "they wrote to you before"


def _talk(facts: Facts, values: Values, weight: float) -> str:
    return (
        "you had just written to them" if values["in_talk"] > 0.5 else "you wrote to them that day"
    )


def _first(facts: Facts, values: Values, weight: float) -> str:
    return "nothing had come from them lately" if facts.received else "a first-time sender"


def _thread(facts: Facts, values: Values, weight: float) -> str:
    if facts.in_conversation:
        return "goes on from your own letter" if weight > 0 else "a conversation that you let rest"
    if values.get("thread_length"):
        return "goes on with a conversation" if weight > 0 else "a conversation you are not in"
    return "its subject says that it answers"


def _recipients(facts: Facts, values: Values, weight: float) -> str:
    if facts.recipients > 1:
        return f"to {facts.recipients} people"
    return "names nobody whom it is for" if values.get("unnamed") else "to you alone"


def _questions(facts: Facts, values: Values, weight: float) -> str:
    if facts.questions:
        one = facts.questions == 1
        return "asks a question" if one else f"asks {_number(facts.questions)} questions"
    if values.get("asks") or values.get("questions"):
        return "asks for something"
    return "speaks of meeting soon" if values.get("meets") else "has a question in its subject"


def _number(count: int) -> str:
    return str(count) if count < _MANY else "many"


def _length(facts: Facts, values: Values, weight: float) -> str:
    if values.get("wordless"):
        return "has hardly a word of its own"
    if values.get("longer"):
        return "a long letter"
    return "longer than most" if values.get("words", 0.0) > 0 else "only a few lines"


def _machine(facts: Facts, values: Values, weight: float) -> str:
    return _MACHINE.get(facts.automation, "comes from an address that machines use")


def _links(facts: Facts, values: Values, weight: float) -> str:
    count = round(2 ** values["links"] - 1)
    return "has a link" if count == 1 else f"has {_number(count)} links"


def _says(more: str, less: str = "") -> Tell:
    """One sentence, or one for either direction."""
    return lambda facts, values, weight: more if weight > 0 or not less else less


_TOLD: dict[tuple[str, ...], Tell] = {
    ("sender_rate", "wrote_share"): _past,
    ("in_talk",): _talk,
    ("first",): _first,
    ("domain_rate",): _says(
        "you often answer mail from there", "you seldom answer mail from there"
    ),
    ("company_rate",): _says(
        "you often answer what these people get too", "you seldom answer what these people get too"
    ),
    ("thread_rate", "thread_mine", "asked_back", "thread_length", "answers"): _thread,
    ("recipients", "place"): _recipients,
    ("copied",): _says("you are only copied"),
    ("unnamed",): _says("not addressed to you"),
    ("greeted",): _says("greets you by name"),
    ("questions", "asks", "asks_first", "asks_last", "meets"): _questions,
    ("words_rate",): _says(
        "its words are like those you answer", "its words are like those you leave unanswered"
    ),
    ("personal",): _says("speaks to you in person"),
    ("closes",): _says("a short thanks or agreement"),
    ("tells",): _says("says that it only informs"),
    ("figures",): _says("has figures in it"),
    ("links",): _links,
    ("brief",): _says("has a short subject"),
    ("dated",): _says("has figures in its subject"),
    ("forwards",): _says("is forwarded"),
    ("words", "longer", "wordless"): _length,
    ("automatic",): _machine,
    ("hour_rate", "busy", "at_desk", "activity"): _says(
        "came at a time when you answer much", "came at a time when you answer little"
    ),
}
"""Every fact once, and how it is told."""
