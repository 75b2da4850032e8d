"""The family's account: a letter that tells one verified adult or young person which organisations looked, and for what.

Made from the ledger, prepared by one person, reviewed by another, printed after that. It quotes nobody: no words on record,
no names of staff, and it never says how much it leaves out. Source: docs/decisions/0029-the-hash-is-over-what-is-stored.md;
Information sharing advice 2024; UK GDPR Art 12, 13, 15(4).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import ClassVar, Literal, assert_never, get_args

from msgspec import Struct

from hub.domain.errors import Refused
from hub.domain.fact import Fact
from hub.domain.ledger import Asked
from hub.domain.questions import Question

Recipient = Literal["adult", "young_person"]
How = Literal["document_seen", "met_in_person", "parental_responsibility_seen"]
Check = Literal["identity_and_standing", "endangers_nobody", "nothing_of_others", "address_is_safe"]
Refusal = Literal["would_endanger", "not_verified", "names_somebody", "prejudices_an_enquiry", "other"]
State = Literal["prepared", "reviewed", "refused", "printed"]

# What a look opened, as a family reads it. What is not here is left out of every letter: what the child said, who told, who
# else is named, what evidence exists, how to reach somebody, the hub's own notes.
KINDS: dict[str, str] = {
    "identity": "names, dates of birth and numbers",
    "identity.address": "where the family lives or lived",
    "narrative": "what organisations had written down",
    "characteristics": "language, ethnicity and similar",
}
PURPOSES: dict[str, str] = {
    "triage": "to decide whether help or protection was needed",
    "child_protection": "to keep the child safe",
    "early_help": "to offer or give help",
    "practice_audit": "to check that the work was done well",
    "identity_review": "to make sure that records were about the right person",
}


class LetterLine(Struct, frozen=True):
    """One organisation and purpose: what kinds of information it was shown, from which day to which."""

    organisation: str
    purpose: str
    kinds: tuple[str, ...]  # names of item classes
    first: date
    last: date


class LetterPrepared(Fact, frozen=True, kw_only=True):
    """A letter about a child to one person, with what it says, up to a position of the ledger. Stream letter:<random>."""

    NAME: ClassVar[str] = "letter.prepared"
    child: str
    to: str  # person id
    recipient: Recipient
    verified_by: str  # staff id of who saw that they are who they say, and may be told
    how: How
    verified_on: date
    upto: int
    told: tuple[LetterLine, ...]
    by: str


class LetterReviewed(Fact, frozen=True, kw_only=True):
    """Another person read it, and went through what must be thought of: it may be printed."""

    NAME: ClassVar[str] = "letter.reviewed"
    checks: tuple[Check, ...]
    by: str


class LetterRefused(Fact, frozen=True, kw_only=True):
    """Another person read it, and it does not go out."""

    NAME: ClassVar[str] = "letter.refused"
    reason: Refusal
    by: str


class LetterPrinted(Fact, frozen=True, kw_only=True):
    """It was printed, to be handed over or sent."""

    NAME: ClassVar[str] = "letter.printed"
    by: str


LetterFact = LetterPrepared | LetterReviewed | LetterRefused | LetterPrinted
FACTS: tuple[type[LetterFact], ...] = (LetterPrepared, LetterReviewed, LetterRefused, LetterPrinted)


@dataclass(frozen=True)
class Letter:
    """One letter, folded."""

    id: str
    version: int = 0
    fact: LetterPrepared | None = None
    reviewed: LetterReviewed | None = None
    refused: LetterRefused | None = None
    printed_by: str = ""

    @property
    def state(self) -> State:
        """How far it is."""
        if self.refused is not None:
            return "refused"
        if self.reviewed is None:
            return "prepared"
        return "printed" if self.printed_by else "reviewed"


def stream(ident: str) -> str:
    """The stream of a letter."""
    return f"letter:{ident}"


def evolve(letter: Letter, fact: LetterFact) -> Letter:
    """Fold one fact: total, never refuses."""
    letter = replace(letter, version=letter.version + 1)
    match fact:
        case LetterPrepared():
            return replace(letter, fact=fact)
        case LetterReviewed():
            return replace(letter, reviewed=fact)
        case LetterRefused():
            return replace(letter, refused=fact)
        case LetterPrinted():
            return replace(letter, printed_by=fact.by)
        case _:
            assert_never(fact)


def fold(ident: str, facts: Iterable[Fact]) -> Letter:
    """The letter after all these facts of its stream."""
    letter = Letter(ident)
    for fact in facts:
        if isinstance(fact, LetterFact):
            letter = evolve(letter, fact)
    return letter


def check(fact: LetterPrepared, today: date) -> None:
    """Raises Refused, naming the field, where it is not said who may be told, who saw that, and how."""
    if fact.recipient not in get_args(Recipient):
        raise Refused("Select whether the letter is for an adult or for the young person", "recipient")
    if (fact.recipient == "young_person") != (fact.to == fact.child):
        raise Refused("A young person's letter is to the child that it is about, an adult's to somebody else", "to")
    if not fact.verified_by:
        raise Refused(
            "Say who saw that they are who they say: a letter to the wrong person cannot be taken back", "verified_by"
        )
    if fact.how not in get_args(How):
        raise Refused("Select how they were verified", "how")
    if fact.recipient == "adult" and fact.how != "parental_responsibility_seen":
        raise Refused("An adult is told about a child only where parental responsibility was seen", "how")
    if fact.verified_on > today:
        raise Refused("They cannot have been verified on a day to come", "verified_on")


def review(letter: Letter, checks: Sequence[str], by: str) -> list[LetterFact]:
    """Another person lets it go out. Raises Refused for who prepared it or vouched for the reader, and for a check not made."""
    fact = _waiting(letter, by)
    if by == fact.verified_by:
        raise Refused("Who vouched for the reader does not review: ask somebody else", "by")
    if missing := [one for one in get_args(Check) if one not in checks]:
        raise Refused("Go through every point: a letter cannot be taken back", str(missing[0]))
    return [LetterReviewed(checks=get_args(Check), by=by)]


def refuse(letter: Letter, reason: str, by: str) -> list[LetterFact]:
    """Another person keeps it back. Raises Refused for who prepared it, and for a reason that is not on the list."""
    _waiting(letter, by)
    for known in get_args(Refusal):
        if reason == known:
            return [LetterRefused(reason=known, by=by)]
    raise Refused("Select why it does not go out", "reason")


def put_to_paper(letter: Letter, by: str) -> list[LetterFact]:
    """It is printed; again says nothing new. Raises Refused before a review."""
    if letter.state not in {"reviewed", "printed"}:
        raise Refused("A letter is printed once another person has reviewed it", "letter")
    return [] if letter.printed_by else [LetterPrinted(by=by)]


def _waiting(letter: Letter, by: str) -> LetterPrepared:
    if letter.fact is None or letter.state != "prepared":
        raise Refused("This letter does not wait for a review", "letter")
    if by == letter.fact.by:
        raise Refused("Another person reviews a letter: somebody other than who prepared it", "by")
    return letter.fact


# --------------------------------------------------------------------------------------------------- what it says


def lines(looks: Iterable[tuple[Asked, Question | None, date]]) -> tuple[LetterLine, ...]:
    """What a letter says of these looks (the entry, what was put to the policies, the London day), by organisation and purpose.

    Left out by default, and without a trace: looks that opened nothing; looks from before questions were kept; looks under an
    exception, at a restricted person, or after a strategy discussion; whatever came from a protected source or is of a class
    that `KINDS` does not have.
    """
    found: dict[tuple[str, str], tuple[set[str], date, date]] = {}
    for asked, question, day in looks:
        kinds = _told(asked, question)
        if not kinds:
            continue
        key = (asked.organisation, asked.purpose)
        held, first, last = found.get(key, (set[str](), day, day))
        found[key] = (held | kinds, min(first, day), max(last, day))
    order = list(KINDS)
    return tuple(
        LetterLine(organisation, purpose, tuple(sorted(kinds, key=order.index)), first, last)
        for (organisation, purpose), (kinds, first, last) in sorted(found.items())
    )


def _told(asked: Asked, question: Question | None) -> set[str]:
    if question is None or question.who.kind != "person" or asked.purpose not in PURPOSES or asked.invokes != "none":
        return set()
    if not any(asked.places):  # no words were opened
        return set()
    facts = [each for one in question.classes for each in one.facts]
    if any(one.subject.restricted or one.subject.stage == "section_47" or one.invokes != "none" for one in facts):
        return set()
    closed = {one.item.category for one in facts if one.item.source_protected or one.item.sexual_health}
    allowed = {one.category for one in asked.rulings if one.allowed and not one.fault}
    return (allowed - closed) & set(KINDS)
