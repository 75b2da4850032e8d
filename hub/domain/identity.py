"""A decision about identity: asked by one person, where it must be agreed to by a second, then carried out by the intake.

It promises that nothing moves before everybody who must agree has agreed, that the intake alone moves it (in its turn, so
that no concern falls between), and that a decision can be taken back by another that names it.
Stream identity:<random id>.
"""

from dataclasses import dataclass, replace
from typing import ClassVar, Literal, assert_never

from msgspec import Struct

from hub.domain.errors import Refused
from hub.domain.fact import Fact
from hub.domain.item import Sealed

What = Literal[
    "same",  # a person in review is `other` (its source records go there)
    "different",  # a person in review is none of its candidates: established, and held apart from each
    "cannot_tell",  # looked at and left in review; `ask` names an organisation to ask
    "merge",  # two established persons are one: `person` goes into `other`; two people
    "unlink",  # `source_records` of `person` are somebody else: to `other`, or to a new person
    "split",  # a merge is taken back (`reverses`): the merged person is reinstated
    "restrict",  # `person` is a restricted identity; two people
    "unrestrict",
]
Reason = Literal[
    "identifiers_agree", "identifiers_differ", "organisation_confirmed", "family_confirmed", "known_to_me",
    "entered_in_error", "shared_own_id", "siblings_or_twins", "adoption", "protected_person", "sensitive", "other",
]  # fmt: skip
TWO_PEOPLE: frozenset[What] = frozenset({"merge", "restrict", "unrestrict"})


class IdentityDecided(Fact, frozen=True, kw_only=True):
    """A person decided; `second` says whether somebody else must agree before it is carried out."""

    NAME: ClassVar[str] = "identity.decided"
    what: What
    person: str
    other: str = ""
    source_records: tuple[str, ...] = ()
    candidates: tuple[str, ...] = ()  # whom the person saw beside it
    reason: Reason
    reverses: str = ""
    ask: str = ""  # organisation to ask
    readers: tuple[str, ...] = ()  # of a restricted identity
    second: bool
    by: str
    seen_position: int
    items: tuple[Sealed, ...] = ()  # the reason in words, sealed


class IdentityAgreed(Fact, frozen=True, kw_only=True):
    """A second person agreed."""

    NAME: ClassVar[str] = "identity.agreed"
    by: str


class IdentityNotAgreed(Fact, frozen=True, kw_only=True):
    """A second person did not agree, or who asked took it back: nothing moves."""

    NAME: ClassVar[str] = "identity.not-agreed"
    by: str
    items: tuple[Sealed, ...] = ()


class IdentitySettled(Fact, frozen=True, kw_only=True):
    """The intake carried it out: which source records moved from whom to whom, and since when each had been linked there.

    `ledger_until` is the ledger's position when they moved: looks up to there may have shown one child's words on
    another's page.
    """

    NAME: ClassVar[str] = "identity.settled"
    moved: tuple["Moved", ...] = ()
    opened: str = ""  # a person opened for what was unlinked
    ledger_until: int = 0


class Moved(Struct, frozen=True):
    """A source record, from a person to a person, and since which record position it had been linked there."""

    source_record: str
    before: str
    after: str
    since: int


class IdentityRefused(Fact, frozen=True, kw_only=True):
    """It could not be carried out: what it rested on had changed meanwhile. Nothing moved; decide again."""

    NAME: ClassVar[str] = "identity.refused"
    reason: str  # merged_meanwhile | moved_meanwhile | settled_meanwhile | erased | held_apart | restricted


class BreachAssessed(Fact, frozen=True, kw_only=True):
    """Who was shown what between link and unlink was gone through: whether it is a personal data breach to notify.

    Source: UK GDPR Art 33 (72 hours from becoming aware).
    """

    NAME: ClassVar[str] = "identity.breach-assessed"
    outcome: Literal["no_breach", "recorded_only", "notified_ico", "notified_ico_and_family"]
    by: str
    items: tuple[Sealed, ...] = ()


IdentityFact = IdentityDecided | IdentityAgreed | IdentityNotAgreed | IdentitySettled | IdentityRefused | BreachAssessed
FACTS: tuple[type[IdentityFact], ...] = (
    IdentityDecided, IdentityAgreed, IdentityNotAgreed, IdentitySettled, IdentityRefused, BreachAssessed,
)  # fmt: skip


class DecideIdentity(Struct, frozen=True, kw_only=True):
    """A person's wish; `why` are the words, not yet sealed."""

    what: What
    person: str
    other: str = ""
    source_records: tuple[str, ...] = ()
    reason: Reason
    why: str = ""
    reverses: str = ""
    ask: str = ""
    readers: tuple[str, ...] = ()
    by: str
    seen_position: int


@dataclass(frozen=True)
class Decision:
    """State of one decision about identity."""

    id: str
    version: int = 0
    fact: IdentityDecided | None = None
    state: Literal["none", "waits_for_second", "waits_for_intake", "settled", "not_agreed", "refused"] = "none"
    agreed_by: str = ""
    settled: IdentitySettled | None = None
    assessed: BreachAssessed | None = None


def stream(identity: str) -> str:
    """The stream of a decision about identity."""
    return f"identity:{identity}"


def evolve(decision: Decision, fact: IdentityFact) -> Decision:
    """Fold one fact: total, never refuses."""
    decision = replace(decision, version=decision.version + 1)
    match fact:
        case IdentityDecided():
            return replace(decision, fact=fact, state="waits_for_second" if fact.second else "waits_for_intake")
        case IdentityAgreed():
            return replace(decision, agreed_by=fact.by, state="waits_for_intake")
        case IdentityNotAgreed():
            return replace(decision, state="not_agreed")
        case IdentitySettled():
            return replace(decision, state="settled", settled=fact)
        case IdentityRefused():
            return replace(decision, state="refused")
        case BreachAssessed():
            return replace(decision, assessed=fact)
        case _:
            assert_never(fact)


def agree(decision: Decision, by: str) -> list[IdentityFact]:
    """A second person agrees. Raises Refused where nobody is asked to, or by who decided it."""
    if decision.state != "waits_for_second" or decision.fact is None:
        raise Refused("This decision does not wait for a second person", "identity")
    if by == decision.fact.by:
        raise Refused("A second person must agree: somebody other than who decided", "by")
    return [IdentityAgreed(by=by)]
