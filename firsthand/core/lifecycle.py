"""All states and steps, in one table each. Whatever is not in a table is refused."""

from __future__ import annotations

from collections.abc import Mapping

from firsthand.core.errors import NotAllowed

Table = Mapping[tuple[str, str], str]

THREAD: Table = {
    ("open", "close"): "closed",
    ("open", "snooze"): "snoozed",
    ("snoozed", "close"): "closed",
    ("snoozed", "wake"): "open",
    ("closed", "reopen"): "open",
    ("closed", "arrive"): "open",
    ("snoozed", "arrive"): "open",
    ("open", "arrive"): "open",
    ("open", "answer"): "closed",
    ("snoozed", "answer"): "closed",
    ("closed", "answer"): "closed",
}

DRAFT: Table = {
    ("writing", "edit"): "writing",
    ("writing", "ask"): "waiting",
    ("writing", "approve"): "approved",
    ("writing", "send"): "leaving",
    ("writing", "discard"): "discarded",
    ("waiting", "edit"): "writing",
    ("waiting", "approve"): "approved",
    ("waiting", "reject"): "rejected",
    ("waiting", "send"): "leaving",
    ("waiting", "discard"): "discarded",
    ("approved", "edit"): "writing",
    ("approved", "reject"): "rejected",
    ("approved", "send"): "leaving",
    ("approved", "discard"): "discarded",
    ("rejected", "edit"): "writing",
    ("rejected", "discard"): "discarded",
    ("leaving", "undo"): "writing",
    ("leaving", "stop"): "writing",
    ("leaving", "sent"): "sent",
}

SUBMISSION: Table = {
    ("pending", "log"): "logged",
    ("pending", "undo"): "cancelled",
    ("pending", "stop"): "stopped",
    ("logged", "claim"): "sending",
    ("logged", "stop"): "stopped",
    ("sending", "accept"): "sent",
    ("sending", "retry"): "logged",
    ("sending", "fail"): "failed",
    ("sending", "lose"): "uncertain",
    ("uncertain", "accept"): "sent",
    ("uncertain", "retry"): "logged",
    ("uncertain", "fail"): "failed",
    ("failed", "retry"): "logged",
    ("failed", "stop"): "stopped",
}

MENTION: Table = {
    ("heard", "find"): "found",
    ("heard", "refuse"): "refused",
    ("heard", "withdraw"): "gone",
    ("found", "hear"): "heard",
    ("refused", "hear"): "heard",
    ("gone", "hear"): "heard",
}

TELLING: Table = {
    ("noted", "skip"): "unheard",
    ("noted", "claim"): "telling",
    ("noted", "fail"): "failed",
    ("telling", "accept"): "told",
    ("telling", "retry"): "noted",
    ("telling", "fail"): "failed",
    ("telling", "lose"): "uncertain",
    ("unheard", "retry"): "noted",
    ("failed", "retry"): "noted",
    ("uncertain", "retry"): "noted",
}

TABLES: Mapping[str, Table] = {
    "thread": THREAD,
    "draft": DRAFT,
    "submission": SUBMISSION,
    "mention": MENTION,
    "telling": TELLING,
}


# How a refused step is told. "A draft that is leaving cannot be changed."
_REFUSED = {
    "close": "be closed",
    "snooze": "be snoozed",
    "wake": "be woken",
    "reopen": "be reopened",
    "arrive": "take in a message",
    "answer": "be answered",
    "edit": "be changed",
    "ask": "be handed in for approval",
    "approve": "be approved",
    "reject": "be rejected",
    "send": "be sent",
    "discard": "be discarded",
    "undo": "be undone",
    "stop": "be stopped",
    "sent": "be marked as sent",
    "log": "be logged",
    "claim": "be taken up for sending",
    "accept": "be accepted",
    "retry": "be tried again",
    "fail": "fail",
    "lose": "become uncertain",
    "hear": "be looked at again",
    "find": "be found",
    "refuse": "be refused",
    "withdraw": "be taken back",
    "skip": "be left",
}


def step(table: str, state: str, event: str) -> str:
    """The state after `event`. Raises NotAllowed where the table has no such step."""
    try:
        return TABLES[table][state, event]
    except KeyError:
        raise NotAllowed(
            f"A {table} that is {state} cannot {_REFUSED.get(event, event)}.",
            hint=f"Possible now: {', '.join(steps(table, state)) or 'nothing more'}.",
        ) from None


def steps(table: str, state: str) -> tuple[str, ...]:
    """What can happen in `state`."""
    return tuple(event for before, event in TABLES[table] if before == state)


def states(table: str) -> tuple[str, ...]:
    """Every state of a table, in the order of first mention."""
    seen = dict.fromkeys(state for state, _ in TABLES[table])
    return tuple(seen | dict.fromkeys(TABLES[table].values()))


def diagram(table: str) -> str:
    """The table as a Mermaid state diagram, for the docs."""
    lines = [f"    {a} --> {b}: {event}" for (a, event), b in TABLES[table].items()]
    return "\n".join(["stateDiagram-v2", *lines])
