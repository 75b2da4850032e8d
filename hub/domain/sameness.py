"""Two established persons who may be one: a proposal between them, on the stream of each.

It promises that a machine only ever proposes: nothing moves by it. While it is open each counts as possibly the other. It
rests on a source record of each, follows those wherever persons' decisions move them, and is never made twice at once.
"""

from datetime import datetime
from typing import ClassVar, Literal

from msgspec.structs import replace

from hub.domain.fact import Fact
from hub.domain.known import Weight

HowSettled = Literal[
    "merged",  # the two became one
    "held_apart",  # a person decided that they are two
    "moved",  # a source record that it rests on is somebody else's now, and it went with it
    "no_longer_alike",  # what an organisation says now brings the two no longer near each other
    "cannot_tell",  # a person looked and could not tell: it rests until something new is said
]


class SamenessProposed(Fact, frozen=True, kw_only=True):
    """This person and `other` may be one: `source_record` (here) was weighed against `beside` (there).

    `verdict` is what it would have been at first sight: a link, by rule or model, or a review and why. `decision` names the
    stream of the decision with which it moved here, and `since` (aware) when it was first proposed, where it did. `again`:
    it is open already, and this is what it rests on now.
    """

    NAME: ClassVar[str] = "person.sameness-proposed"
    other: str
    source_record: str
    beside: str
    verdict: Literal["link", "review"]
    how: Literal["", "rule", "model"] = ""
    why: tuple[str, ...] = ()
    weights: tuple[Weight, ...] = ()
    bits: float | None = None
    lead: float | None = None
    rules: str
    model: str = ""
    policy: str = ""
    since: datetime | None = None
    decision: str = ""
    again: bool = False


class SamenessSettled(Fact, frozen=True, kw_only=True):
    """A proposal is open no more, and how that came; `decision` names the stream of the decision, "" for none."""

    NAME: ClassVar[str] = "person.sameness-settled"
    other: str
    how: HowSettled
    decision: str = ""


class SamenessHeldBack(Fact, frozen=True, kw_only=True):
    """More may be the same as this person than are proposed at once: no more are, until a person has looked.

    `standing` is how many were open or rested then; 0: everybody was weighed again, and none is held back any more.
    """

    NAME: ClassVar[str] = "person.sameness-held-back"
    standing: int


def mirrored(fact: SamenessProposed, person: str) -> SamenessProposed:
    """The same proposal of `person`, as it stands on the stream of the other."""
    return replace(fact, other=person, source_record=fact.beside, beside=fact.source_record)


def nothing_new(before: SamenessProposed, now: SamenessProposed) -> bool:
    """Whether a comparison comes out as it did: then who could not tell is not asked again, whatever the model weighs."""
    return _compared(before) == _compared(now)


def _compared(fact: SamenessProposed) -> object:
    outcomes = {(one.field, one.outcome) for one in fact.weights}
    return {fact.source_record, fact.beside}, fact.verdict, frozenset(fact.why), outcomes
