"""What a byline may claim: the level and the AI share, worked out from recorded acts only.

A level can be lowered by hand, never raised (invariant 2).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum


class ActorKind(StrEnum):
    """Who acts: a person, an artificial intelligence, or a fixed rule."""

    HUMAN = "human"
    AGENT = "agent"
    RULE = "rule"


class Level(StrEnum):
    """How near the principal was to the text. Ordered: a later one claims more."""

    AUTOMATED = "automated"
    ON_BEHALF = "on_behalf"
    APPROVED = "approved"
    FIRSTHAND = "firsthand"

    @property
    def height(self) -> int:
        return list(Level).index(self)

    @property
    def words(self) -> str:
        return self.value.replace("_", " ")


class Ai(StrEnum):
    """How much of the text an artificial intelligence made."""

    NONE = "none"
    ASSISTED = "assisted"
    GENERATED = "generated"


@dataclass(frozen=True, slots=True)
class Party:
    """An actor as a byline names them. `key` is their public name in addresses (`/hands#hal`)."""

    key: str
    name: str
    initials: str
    kind: ActorKind = ActorKind.HUMAN
    principal: bool = False

    @property
    def described(self) -> str:
        """The name as a reader should hear it: a machine is always told as one."""
        noun = {ActorKind.AGENT: ", an AI agent", ActorKind.RULE: ", an automatic rule"}
        return self.name + noun.get(self.kind, "")


@dataclass(frozen=True, slots=True)
class Making:
    """All that is recorded of how one revision came to be, and of how it leaves.

    `words`: final words by actor key; `touched`: everybody who wrote or edited any revision, the
    first writer first; `approved_by`: who approved this exact revision; `sent_by`: who sends it;
    `ai_declared`: a person said that an AI helped outside the office; `changed_by`: who left a mark
    without a word: took out or moved words of the principal's, or added a file. `published`: it is
    for everybody.
    """

    parties: tuple[Party, ...]
    words: Mapping[str, int]
    touched: tuple[str, ...]
    sent_by: str
    approved_by: Collection[str] = ()
    ai_declared: bool = False
    changed_by: Collection[str] = ()
    published: bool = False

    @property
    def act(self) -> str:
        """What was done with it, as a sentence has it."""
        return "published" if self.published else "sent"

    def party(self, key: str) -> Party:
        return next(party for party in self.parties if party.key == key)

    @property
    def principal(self) -> Party:
        return next(party for party in self.parties if party.principal)


def level_of(making: Making) -> Level:
    """The highest level that the recorded acts allow."""
    principal, sender = making.principal.key, making.party(making.sent_by)
    if sender.principal:
        helped = _others(making) or making.ai_declared
        return Level.APPROVED if helped else Level.FIRSTHAND
    if principal in making.approved_by:
        return Level.APPROVED
    return Level.ON_BEHALF if sender.kind is ActorKind.HUMAN else Level.AUTOMATED


def lowered(computed: Level, wanted: Level | None) -> Level:
    """`computed`, or the lower level a person asks to show. Asking for more is ignored."""
    return min(computed, wanted or computed, key=lambda level: level.height)


def ai_of(making: Making) -> Ai:
    """`generated` when agents wrote more than half of the final words, `assisted` when any helped."""
    agents = {p.key for p in making.parties if p.kind is ActorKind.AGENT}
    total = sum(making.words.values())
    if total and sum(making.words.get(key, 0) for key in agents) * 2 > total:
        return Ai.GENERATED
    if making.ai_declared or agents & set(making.touched):
        return Ai.ASSISTED
    return Ai.NONE


def sentence(making: Making, level: Level, ai: Ai) -> str:
    """The byline in one plain sentence, as the reader of the message gets it."""
    helped = "" if ai is Ai.NONE or _agent_wrote(making) else " with the help of an AI"
    if level.height < level_of(making).height:
        return _lowered(making, level, ai)
    if making.party(making.sent_by).principal:
        return _by_principal(making, level, helped)
    return _by_hand(making, level, helped)


def initials(making: Making, level: Level, ai: Ai) -> str:
    """The byline where there is room for no sentence: `^HB`, whose words these are.

    The initials are explained on the office's page of hands. A machine is always told as one.
    """
    keys = _writers(making)
    mark = "^" + "+".join(making.party(key).initials for key in keys[:_MOST_INITIALS])
    more = "+" if len(keys) > _MOST_INITIALS else ""
    machine = ", automated" if level is Level.AUTOMATED else ", AI" if ai is not Ai.NONE else ""
    return f"{mark}{more}{machine}"


_MOST_INITIALS = 3


def _by_principal(making: Making, level: Level, helped: str) -> str:
    me, act = making.principal, making.act
    if level is Level.FIRSTHAND:
        return f"Written{helped} and {act} by {me.name} in person."
    others = _names(making, _others(making))
    if not others:
        return f"Written{helped} and {act} by {me.name}."
    own = bool(making.words.get(me.key))
    if own and making.touched[:1] == (me.key,):
        return f"Written{helped} by {me.name}, changed by {others}; {me.name} read it and {act} it."
    rest = ", wrote the rest" if own else ""
    return f"Drafted{helped} by {others}; {me.name} read it{rest} and {act} it."


def _by_hand(making: Making, level: Level, helped: str) -> str:
    me, sender, act = making.principal, making.party(making.sent_by), making.act
    keys = _writers(making)
    writers = _names(making, keys)
    sent = "" if keys == [sender.key] else f", {act} by {_told(sender)}"
    if level is Level.APPROVED:
        if keys == [me.key]:
            return f"Written{helped} and approved by {me.name}, {act} by {_told(sender)}."
        return (
            f"Written{helped} by {writers}; read and approved by {me.name}, "
            f"{act} by {_told(sender)}."
        )
    if keys == [me.key]:
        return f"Words{helped} by {me.name}, {act} by {_told(sender)}; {_unseen(making, level)}."
    return f"Written{helped} by {writers} for {me.name}{sent}; {_unseen(making, level)}."


def _unseen(making: Making, level: Level) -> str:
    if level is Level.ON_BEHALF:
        mine = making.principal.key in making.touched
        return f"{making.principal.name} has not {'approved' if mine else 'read'} it"
    people = any(making.party(key).kind is ActorKind.HUMAN for key in _writers(making))
    return "no person saw it off" if people else "no person read it first"


def _lowered(making: Making, level: Level, ai: Ai) -> str:
    """A person claims less than they could: what is said stays true, and says no more."""
    me, sender = making.principal.name, _told(making.party(making.sent_by))
    words = {Ai.ASSISTED: " with the help of an AI", Ai.GENERATED: " with words by an AI"}
    made = words.get(ai, "")
    if level is Level.APPROVED:
        return f"Approved by {me} and {making.act} by {sender}{made}."
    claim = "on behalf of" if level is Level.ON_BEHALF else "in the name of"
    return f"{making.act.capitalize()} {claim} {me}{made}; no more is claimed."


def _others(making: Making) -> list[str]:
    """Everybody but the principal who left a mark on the final revision, in order of appearance."""
    marks = {key for key, count in making.words.items() if count} | set(making.changed_by)
    ordered = dict.fromkeys([*making.touched, *sorted(marks)])
    return [key for key in ordered if key in marks and key != making.principal.key]


def _writers(making: Making) -> list[str]:
    """Whose words or marks the final revision has; without any, whoever sends it."""
    mine = [making.principal.key] if making.words.get(making.principal.key) else []
    keys = [*_others(making), *mine] or [making.sent_by]
    return sorted(keys, key=lambda key: making.touched.index(key) if key in making.touched else 99)


def _agent_wrote(making: Making) -> bool:
    keys = [key for key, count in making.words.items() if count]
    return any(making.party(key).kind is ActorKind.AGENT for key in keys)


def _told(party: Party) -> str:
    """The name inside a sentence: a machine is always told as one."""
    name, comma, noun = party.described.rpartition(", ")
    return f"{name} ({noun})" if comma and party.kind is not ActorKind.HUMAN else party.name


def _names(making: Making, keys: list[str]) -> str:
    if len(keys) > 4:  # Nobody is hidden among the others who is no person.
        keys = sorted(keys, key=lambda key: making.party(key).kind is ActorKind.HUMAN)
    names = [_told(making.party(key)) for key in keys]
    if len(names) > 4:
        names = [*names[:3], f"{len(names) - 3} others"]
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
