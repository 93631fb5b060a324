"""The level and the sentence claim what the recorded acts allow, and never more."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firsthand.core.byline import (
    ActorKind,
    Ai,
    Level,
    Making,
    Party,
    ai_of,
    initials,
    level_of,
    lowered,
    sentence,
)

ADA = Party("ada", "Ada Ferrer", "AF", principal=True)
HAL = Party("hal", "Hal Brandt", "HB")
GWEN = Party("gwen", "Gwen Osei", "GO")
OTTO = Party("otto", "Otto", "O", ActorKind.AGENT)
RULE = Party("office", "Office", "O", ActorKind.RULE)
CAST = (ADA, HAL, GWEN, OTTO, RULE)


def making(words: str, sent_by: str, **more: object) -> Making:
    """`words` such as "ada 5, hal 2", the first writer first."""
    counts = {key: int(count) for key, count in (part.split() for part in words.split(","))}
    values: dict[str, object] = {"touched": tuple(counts), **more}
    return Making(parties=CAST, words=counts, sent_by=sent_by, **values)  # type: ignore[arg-type]


TABLE = [
    (making("ada 9", "ada"), "firsthand", "Written and sent by Ada Ferrer in person."),
    (
        making("hal 9", "ada"),
        "approved",
        "Drafted by Hal Brandt; Ada Ferrer read it and sent it.",
    ),
    (
        making("hal 8, ada 1", "ada"),
        "approved",
        "Drafted by Hal Brandt; Ada Ferrer read it, wrote the rest and sent it.",
    ),
    (
        making("ada 8, hal 1", "ada"),
        "approved",
        "Written by Ada Ferrer, changed by Hal Brandt; Ada Ferrer read it and sent it.",
    ),
    (
        making("ada 8, hal 0", "ada", changed_by=("hal",)),
        "approved",
        "Written by Ada Ferrer, changed by Hal Brandt; Ada Ferrer read it and sent it.",
    ),
    (
        making("hal 0, ada 8", "ada"),
        "firsthand",
        "Written and sent by Ada Ferrer in person.",
    ),
    (
        making("ada 8", "ada", ai_declared=True),
        "approved",
        "Written with the help of an AI and sent by Ada Ferrer.",
    ),
    (
        making("otto 9", "ada"),
        "approved",
        "Drafted by Otto (an AI agent); Ada Ferrer read it and sent it.",
    ),
    (
        making("hal 9", "hal", approved_by=("ada",)),
        "approved",
        "Written by Hal Brandt; read and approved by Ada Ferrer, sent by Hal Brandt.",
    ),
    (
        making("ada 9", "hal", approved_by=("ada",)),
        "approved",
        "Written and approved by Ada Ferrer, sent by Hal Brandt.",
    ),
    (
        making("hal 9", "hal"),
        "on_behalf",
        "Written by Hal Brandt for Ada Ferrer; Ada Ferrer has not read it.",
    ),
    (
        making("hal 9", "hal", approved_by=("gwen",)),
        "on_behalf",
        "Written by Hal Brandt for Ada Ferrer; Ada Ferrer has not read it.",
    ),
    (
        making("otto 5, hal 5", "gwen"),
        "on_behalf",
        "Written by Otto (an AI agent) and Hal Brandt for Ada Ferrer, sent by Gwen Osei; "
        "Ada Ferrer has not read it.",
    ),
    (
        making("ada 9", "hal"),
        "on_behalf",
        "Words by Ada Ferrer, sent by Hal Brandt; Ada Ferrer has not approved it.",
    ),
    (
        making("otto 9", "otto"),
        "automated",
        "Written by Otto (an AI agent) for Ada Ferrer; no person read it first.",
    ),
    (
        making("office 9", "office"),
        "automated",
        "Written by Office (an automatic rule) for Ada Ferrer; no person read it first.",
    ),
    (
        making("hal 9", "otto"),
        "automated",
        "Written by Hal Brandt for Ada Ferrer, sent by Otto (an AI agent); no person saw it off.",
    ),
]


@pytest.mark.parametrize(("made", "level", "said"), TABLE)
def test_the_level_and_its_sentence(made: Making, level: str, said: str) -> None:
    assert level_of(made).value == level
    assert sentence(made, level_of(made), ai_of(made)) == said


@pytest.mark.parametrize(
    ("made", "degree"),
    [
        (making("ada 9", "ada"), Ai.NONE),
        (making("office 9", "office"), Ai.NONE),
        (making("otto 5, ada 4", "ada"), Ai.GENERATED),
        (making("otto 5, ada 5", "ada"), Ai.ASSISTED),
        (making("otto 0, ada 5", "ada"), Ai.ASSISTED),
        (making("ada 5", "ada", ai_declared=True), Ai.ASSISTED),
        (making("ada 0", "ada"), Ai.NONE),
    ],
)
def test_how_much_of_it_an_ai_made(made: Making, degree: Ai) -> None:
    assert ai_of(made) is degree


KEYS = [party.key for party in CAST]
MAKINGS = st.builds(
    Making,
    parties=st.just(CAST),
    words=st.dictionaries(st.sampled_from(KEYS), st.integers(0, 30)),
    touched=st.just(tuple(KEYS)),
    sent_by=st.sampled_from(KEYS),
    approved_by=st.sets(st.sampled_from(KEYS)),
    ai_declared=st.booleans(),
    changed_by=st.sets(st.sampled_from(KEYS)),
)


@given(MAKINGS, st.none() | st.sampled_from(Level))
def test_no_claim_grows(made: Making, wanted: Level | None) -> None:
    level = lowered(level_of(made), wanted)
    said = sentence(made, level, ai_of(made))
    others = {key for key, count in made.words.items() if count and key != "ada"}
    assert level.height <= level_of(made).height
    if level is Level.FIRSTHAND:
        assert made.sent_by == "ada"
        assert not others | (set(made.changed_by) - {"ada"})
    if level is Level.APPROVED:
        assert made.sent_by == "ada" or "ada" in made.approved_by
    assert ("in person" in said) == (level is Level.FIRSTHAND)
    if level.height < Level.APPROVED.height:
        assert "approved by" not in said
        assert "read it and sent" not in said


@given(MAKINGS)
def test_a_machine_is_always_told_as_one(made: Making) -> None:
    said = sentence(made, level_of(made), ai_of(made))
    assert ("Otto" in said) == ("Otto (an AI agent)" in said)
    if ai_of(made) is not Ai.NONE:
        assert "AI" in said


@given(MAKINGS, st.sampled_from(Level))
def test_a_lowered_claim_says_only_what_is_true(made: Making, wanted: Level) -> None:
    if wanted.height < level_of(made).height:
        said = sentence(made, wanted, ai_of(made))
        assert "has not" not in said
        assert "no person" not in said


def test_many_hands_fit_in_a_sentence() -> None:
    hands = tuple(Party(f"h{i}", f"Hand {i} {'x' * 70}", "H") for i in range(30))
    made = Making(
        parties=(ADA, *hands),
        words={hand.key: 1 for hand in hands},
        touched=tuple(hand.key for hand in hands),
        sent_by="ada",
    )
    said = sentence(made, Level.APPROVED, Ai.NONE)
    assert "and 27 others" in said
    assert len(said) <= 500


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (making("ada 5", "ada"), "^AF"),
        (making("hal 5", "hal"), "^HB"),
        (making("ada 2, hal 5", "hal", approved_by=("ada",)), "^AF+HB"),
        (making("otto 5", "hal"), "^O, AI"),
        (making("otto 5", "otto"), "^O, automated"),
        (making("ada 1, hal 1, gwen 1, otto 1", "ada"), "^AF+HB+GO+, AI"),
    ],
)
def test_initials_say_whose_words_these_are(made: Making, said: str) -> None:
    assert initials(made, level_of(made), ai_of(made)) == said


@pytest.mark.parametrize(("made", "level", "said"), TABLE)
def test_of_a_post_the_same_is_said_as_published(made: Making, level: str, said: str) -> None:
    post = Making(
        **{name: getattr(made, name) for name in made.__dataclass_fields__ if name != "published"},
        published=True,
    )
    assert level_of(post).value == level
    told = sentence(post, level_of(post), ai_of(post))
    assert (
        told.lower() == said.replace(" sent", " published").replace("Sent ", "Published ").lower()
    )
