"""How far predicted minutes and words are from what answers took: the part of `bench attention`.

What an answer took is not written anywhere. Where the owner sent something within half an hour
before, the time between counts as spent on it: that holds pauses, too, so errors look large.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from statistics import fmean, median
from typing import Any

from firsthand.core.text import count_words
from firsthand.learning.mailbox import Mailbox
from firsthand.learning.tempo import Tempo


@dataclass(slots=True)
class Timed:
    """Answers of the later part: minutes as predicted, as always guessed, and as they were.

    `usual`: the middle of all before; `mean`: their mean; `times`: by which factor words were off.
    """

    took: list[float] = field(default_factory=list)
    predicted: list[float] = field(default_factory=list)
    usual: list[float] = field(default_factory=list)
    mean: list[float] = field(default_factory=list)
    times: list[float] = field(default_factory=list)

    def figures(self) -> dict[str, float | int | None]:
        """Middle and mean of the errors in minutes; `together`: all that was predicted for all it took."""
        words = round(2 ** median(self.times), 2) if self.times else None
        if not self.took:
            return {"known": 0, "words_times": words}
        return {
            "known": len(self.took),
            "error": round(median(self._off(self.predicted)), 2),
            "error_of_usual": round(median(self._off(self.usual)), 2),
            "mean_error": round(fmean(self._off(self.predicted)), 2),
            "mean_error_of_usual": round(fmean(self._off(self.usual)), 2),
            "mean_error_of_mean": round(fmean(self._off(self.mean)), 2),
            "together": round(sum(self.predicted) / sum(self.took), 2),
            "words_times": words,
        }

    def _off(self, guesses: Sequence[float]) -> list[float]:
        return [abs(guess - true) for guess, true in zip(guesses, self.took, strict=True)]


def timed(box: Mailbox, start: datetime) -> Timed:
    """The answers from `start` on, each predicted from what was before it."""
    tempo, found = Tempo(), Timed()
    asked = {letter.key: letter for letter in box.letters}
    first = {answer.key: asked[key] for key, answer in box.answers.items()}
    before: list[float] = []
    for letter in box.letters:
        took = tempo.wrote(letter.at.timestamp()) if letter.mine else None
        question = first.get(letter.key)
        if question is None:
            continue
        read, wrote = count_words(question.text), count_words(letter.text)
        if letter.at >= start:
            guess = tempo.answer_words(question.sender)
            found.times.append(abs(math.log2((1 + wrote) / guess)))
            if took is not None and before:
                found.took.append(took)
                found.predicted.append(tempo.minutes(question.sender, read))
                found.usual.append(median(before))
                found.mean.append(fmean(before))
        tempo.answered(question.sender, read=read, wrote=wrote, took=took)
        if took is not None:
            before.append(took)
    return found


def pooled(many: Iterable[Timed]) -> dict[str, Any]:
    """The same over all mailboxes, and in how many the usual guess was nearer."""
    boxes = [each for each in many if each.took]
    whole = Timed()
    for each in boxes:
        whole.took += each.took
        whole.predicted += each.predicted
        whole.usual += each.usual
        whole.mean += each.mean
        whole.times += each.times
    rows = [each.figures() for each in boxes]
    worse = sum(float(row["error"] or 0) > float(row["error_of_usual"] or 0) for row in rows)
    return {**whole.figures(), "mailboxes": len(boxes), "usual_was_nearer_in": worse}
