"""`bench attention`: who predicts best which letters their owner answers, on mailboxes from disk.

Every order sees the letters one by one, in the order of time, and learns of an answer when it goes
out. Measured is the later part: from the letter on with which half of all answered ones have come.
No order knows anything of other mailboxes, except those that say so in their name.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from firsthand.core.errors import Misuse
from firsthand.learning import boosting, mailboxes, measures, wording
from firsthand.learning.baselines import NewestFirst, Order, PriorityInbox, Rules, SenderRate
from firsthand.learning.bench_minutes import Timed, pooled, timed
from firsthand.learning.candidates import Firsthand, Logistic, Remembered, learned_elsewhere
from firsthand.learning.features import Features
from firsthand.learning.letters import Letter
from firsthand.learning.mailbox import Mailbox, read
from firsthand.learning.wording import Wording

LEAST_ANSWERS = 40
FOLDS = 4
TO_BEAT = ("newest_first", "sender_rate", "priority_inbox")
Told = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Lane:
    """What one order made of the later part of one mailbox. `lost`: answered letters below the
    line of the top 5, 10 and 20 percent of each day; `kinds`: what kind those of the last were."""

    average_precision: float
    roc_auc: float
    recall: tuple[float, ...]
    lost: tuple[int, ...]
    kinds: dict[str, int]
    chances: tuple[float, ...] = ()

    def figures(self) -> dict[str, float]:
        shares = zip(measures.SHARES, self.recall, strict=True)
        return {
            "average_precision": round(self.average_precision, 4),
            "roc_auc": round(self.roc_auc, 4),
            **{f"recall_{share}": round(found, 4) for share, found in shares},
        }


@dataclass(slots=True)
class Trial:
    """One mailbox with its letters that are measured."""

    box: Mailbox
    measured: list[Letter]
    outcomes: list[bool]
    words: dict[str, Wording]
    lanes: dict[str, Lane] = field(default_factory=dict)
    described: dict[str, Features] = field(default_factory=dict)
    timed: Timed = field(default_factory=Timed)
    seconds: float = 0.0


def run(path: Path, *, owner: str = "", tell: Told = lambda _line: None) -> dict[str, Any]:
    """All mailboxes at `path`, as the values of the report. `owner`: whose the only one is."""
    boxes, skipped = _read(path, owner, tell)
    trials = [_trial(box) for box in boxes]
    for trial in trials:
        _own_past(trial)
        tell(f"{trial.box.name}: {trial.lanes['firsthand'].average_precision:.3f}")
    if len(trials) >= FOLDS:
        _with_others(trials)
    return _report(trials, skipped)


def _read(path: Path, owner: str, tell: Told) -> tuple[list[Mailbox], list[dict[str, Any]]]:
    """The mailboxes with answers enough, and what the others lack. Raises Misuse where none is left."""
    places = mailboxes.find(path)
    if owner and len(places) > 1:
        raise Misuse(
            f"There are {len(places)} mailboxes in {path}, and one owner was named.",
            hint="Name one mailbox, or name each folder by the address of its owner.",
        )
    boxes: list[Mailbox] = []
    skipped: list[dict[str, Any]] = []
    for place in places:
        box = read(place, owner=owner)
        tell(f"{box.name}: {len(box.letters)} letters, {len(box.answers)} answered")
        if why := _lacks(box):
            skipped.append({"name": box.name, "answered": len(box.answers), "why": why})
        else:
            boxes.append(box)
    if not boxes:
        told = "; ".join(f"{each['name']}: {each['why']}" for each in skipped[:5])
        raise Misuse(
            f"No mailbox in {path} has {LEAST_ANSWERS} answers or more ({told or 'no mail'}).",
            hint="A mailbox is a folder with received and sent mail; --as tells whose it is.",
        )
    return boxes, skipped


def _lacks(box: Mailbox) -> str:
    """Why a mailbox cannot be measured, or ""."""
    if not box.letters:
        return "no letters"
    if not box.own:
        return f"{len(box.letters)} letters, and nothing tells whose they are"
    if len(box.answers) >= LEAST_ANSWERS:
        return ""
    sent = sum(letter.mine for letter in box.letters)
    whose = ", ".join(sorted(box.own)[:3])
    return f"{len(box.answers)} answers among {sent} letters sent by {whose}"


def replay(order: Order, box: Mailbox) -> Iterator[tuple[Letter, float]]:
    """The letters whose outcome is known, each with its score from what was known when it came."""
    by_answer: dict[str, list[str]] = {}
    for key, answer in box.answers.items():
        by_answer.setdefault(answer.key, []).append(key)
    came: dict[str, Letter] = {}
    for letter in box.letters:
        told = letter.key in box.told
        score = order.take(letter, learn=told)
        if told:
            came[letter.key] = letter
            yield letter, score
        for key in by_answer.get(letter.key, ()):
            order.answered(came[key], at=letter.at)


def _trial(box: Mailbox) -> Trial:
    known = [letter for letter in box.letters if letter.key in box.told]
    answered = [place for place, letter in enumerate(known) if letter.key in box.answers]
    measured = known[answered[len(answered) // 2] :]
    outcomes = [letter.key in box.answers for letter in measured]
    words = {letter.key: wording.read(letter) for letter in box.letters if not letter.mine}
    return Trial(box, measured, outcomes, words, timed=timed(box, measured[0].at))


def _own_past(trial: Trial) -> None:
    before = time.perf_counter()
    own = Firsthand()
    trial.lanes["firsthand"] = _lane(trial, own)
    trial.seconds = time.perf_counter() - before
    trial.described = own.described
    orders: dict[str, Order] = {
        "newest_first": NewestFirst(),
        "sender_rate": SenderRate(),
        "priority_inbox": PriorityInbox(trial.words),
        "rules": Rules(),
        "logistic": Logistic(Remembered(trial.described)),
    }
    if boosting.installed():
        orders["boosting"] = boosting.Boosting(trial.described)
    for name, order in orders.items():
        trial.lanes[name] = _lane(trial, order)


def _with_others(trials: Sequence[Trial]) -> None:
    """The same with what was learned from the other mailboxes before: never from the measured one."""
    for fold in range(FOLDS):
        others = [trial for place, trial in enumerate(trials) if place % FOLDS != fold]
        belief = learned_elsewhere(
            [
                (facts, key in trial.box.answers)
                for trial in others
                for key, facts in trial.described.items()
                if key in trial.box.told
            ]
        )
        start = _general(others)
        for trial in trials[fold::FOLDS]:
            own = Firsthand(Remembered(trial.described), belief=belief)
            trial.lanes["firsthand_with_others"] = _lane(trial, own)
            inbox = PriorityInbox(trial.words, start=start)
            trial.lanes["priority_inbox_with_others"] = _lane(trial, inbox)


def _general(trials: Iterable[Trial]) -> Mapping[str, float]:
    """Priority Inbox's global model: all weights but those of persons."""
    weights: dict[str, float] = {}
    for trial in trials:
        order = PriorityInbox(trial.words, start=weights, softness=0.001)
        deque(replay(order, trial.box), maxlen=0)
        weights = order.weights
    return {name: each for name, each in weights.items() if not name.startswith("person:")}


def _lane(trial: Trial, order: Order) -> Lane:
    scores = [score for _letter, score in replay(order, trial.box)][-len(trial.measured) :]
    days = [letter.at.date().toordinal() for letter in trial.measured]
    lines = [measures.above(scores, days, share) for share in measures.SHARES]
    total = sum(trial.outcomes)
    found = [
        sum(hit and up for hit, up in zip(trial.outcomes, line, strict=True)) for line in lines
    ]
    return Lane(
        average_precision=measures.average_precision(scores, trial.outcomes),
        roc_auc=measures.roc_auc(scores, trial.outcomes),
        recall=tuple(each / total for each in found),
        lost=tuple(total - each for each in found),
        kinds=_kinds(trial, lines[-1]),
        chances=tuple(scores) if isinstance(order, Firsthand) else (),
    )


def _report(trials: Sequence[Trial], skipped: Sequence[dict[str, Any]]) -> dict[str, Any]:
    means = {name: _mean([trial.lanes[name] for trial in trials]) for name in trials[0].lanes}
    best = max(TO_BEAT, key=lambda name: means[name]["average_precision"])
    gain = means["firsthand"]["average_precision"] / means[best]["average_precision"] - 1
    chances = [each for trial in trials for each in trial.lanes["firsthand"].chances]
    outcomes = [each for trial in trials for each in trial.outcomes]
    return {
        "mailboxes": [_mailbox(trial) for trial in trials],
        "skipped": list(skipped),
        "mean": means,
        "best_of_others": best,
        "gain": round(gain, 4),
        "calibration_error": round(measures.calibration_error(chances, outcomes), 4),
        "minutes": pooled(trial.timed for trial in trials),
        "calibration": [
            {"letters": count, "said": round(said, 3), "true": round(true, 3)}
            for count, said, true in measures.calibration(chances, outcomes)
        ],
        "letters": sum(len(trial.box.letters) for trial in trials),
        "seconds": round(sum(trial.seconds for trial in trials), 2),
    }


def _mean(lanes: Sequence[Lane]) -> dict[str, float]:
    rows = [lane.figures() for lane in lanes]
    return {name: round(sum(row[name] for row in rows) / len(rows), 4) for name in rows[0]}


def _mailbox(trial: Trial) -> dict[str, Any]:
    box, own = trial.box, trial.lanes["firsthand"].chances
    return {
        "name": box.name,
        "letters": len(box.letters),
        "addresses": len(box.own),
        "owner": sorted(box.own),
        "answered": len(box.answers),
        "unknowable": sum(not each.mine and each.key not in box.told for each in box.letters),
        "measured": len(trial.measured),
        "measured_answered": sum(trial.outcomes),
        "orders": {
            name: {
                **lane.figures(),
                "lost": dict(zip(map(str, measures.SHARES), lane.lost, strict=True)),
                "lost_kinds": lane.kinds,
            }
            for name, lane in trial.lanes.items()
        },
        "lost": trial.lanes["firsthand"].kinds,
        "minutes": trial.timed.figures(),
        "calibration_error": round(measures.calibration_error(own, trial.outcomes), 4),
    }


def _kinds(trial: Trial, up: Sequence[bool]) -> dict[str, int]:
    """What kind of answered letters are below a line."""
    rows = zip(trial.measured, trial.outcomes, up, strict=True)
    lost = [letter for letter, hit, above in rows if hit and not above]
    start = trial.measured[0].at
    known = {each.sender for each in trial.box.letters if each.at < start and not each.mine}
    return {
        "all": len(lost),
        "from_newcomers": sum(letter.sender not in known for letter in lost),
        "not_to_the_owner": sum(not letter.direct for letter in lost),
        "to_many": sum(len(letter.others) > 4 for letter in lost),
        "without_question": sum("?" not in letter.text for letter in lost),
    }
