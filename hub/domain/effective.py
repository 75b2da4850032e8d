"""What consent to share is in effect for one share at one moment: a pure rule over what was said.

A statement is never edited: a later one stands beside it. Agreement to a service is another record and is never read
here, so a family that declines help has not thereby refused that anything is shared, and the other way round.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, Protocol

from msgspec import Struct

from hub.domain.moments import london_day

# Who speaks. A father without parental responsibility, or a relative who has the child, may refuse and cannot agree; a
# council holds parental responsibility under a care order (Children Act 1989 s31, s33).
Giver = Literal[
    "young_person", "parental_responsibility", "court", "adult_self", "not_recorded", "local_authority",
    "parent_without_responsibility", "relative",
]  # fmt: skip
CAN_AGREE = frozenset({"parental_responsibility", "court", "adult_self", "local_authority"})  # in place of a child
Said = Literal["sought", "given", "refused", "withdrawn", "objection", "not_sought", "expired"]
State = Literal["given", "refused", "withdrawn", "objection", "expired", "none"]
NO = frozenset({"refused", "withdrawn", "objection"})


class Statement(Protocol):
    """What the rule reads of a statement: the codes of `consent.recorded`."""

    @property
    def organisation(self) -> str:
        """Which organisation recorded it."""
        ...

    @property
    def about(self) -> str:
        """Consent to share, or agreement to a service."""
        ...

    @property
    def state(self) -> Said:
        """What was said."""
        ...

    @property
    def giver(self) -> Giver:
        """Who said it."""
        ...

    @property
    def competent(self) -> bool | None:
        """The Gillick judgement for this decision, if there is one."""
        ...

    @property
    def organisations(self) -> tuple[str, ...]:
        """Who may have it."""
        ...

    @property
    def categories(self) -> tuple[str, ...]:
        """What they may have."""
        ...

    @property
    def purposes(self) -> tuple[str, ...]:
        """What for."""
        ...

    @property
    def valid_from(self) -> datetime:
        """From when."""
        ...

    @property
    def recorded_at(self) -> datetime:
        """When whoever heard it wrote it down."""
        ...

    @property
    def expires(self) -> datetime | None:
        """Until when, if it ends."""
        ...

    @property
    def evidence_held(self) -> bool:
        """Whether the form is held."""
        ...

    @property
    def who(self) -> str:
        """Which of several people of this standing, by a random id; "" where nobody told them apart."""
        ...

    @property
    def except_organisations(self) -> tuple[str, ...]:
        """Who may not have it although somebody agreed: a no inside this yes."""
        ...

    @property
    def except_categories(self) -> tuple[str, ...]:
        """What nobody may have although they agreed to the rest: a no inside this yes."""
        ...


class Stated(Struct, frozen=True):
    """A statement with its place on the record ("consent:…@3"), in the order of the record.

    `beside` is the yes that governs where the two disagree: what it names, this no does not close.
    """

    ref: str
    fact: Statement
    beside: Statement | None = None


class Effective(Struct, frozen=True):
    """What is in effect for one organisation, category and purpose; `used` are the statements that settled it.

    `competent` says that a young person judged competent for this decision has spoken about it.
    """

    state: State = "none"
    competent: bool = False
    used: tuple[str, ...] = ()


NOTHING_SAID = Effective()
YOUNG_PERSON = ("young_person", "")
SEVERAL = frozenset({"parental_responsibility", "parent_without_responsibility", "relative"})  # may be several people


def covers(scope: tuple[str, ...], category: str) -> bool:
    """Whether a list of categories names this one or what it is a part of ("identity" covers "identity.address")."""
    return any(category == named or category.startswith(f"{named}.") for named in scope)


def effective(statements: Sequence[Stated], organisation: str, category: str, purpose: str, at: datetime) -> Effective:
    """What is in effect at `at` (aware UTC) when `organisation` asks for `category` for `purpose`.

    For each giver what they said last wins (`said_at`); two of one standing are two givers where somebody told them apart.
    A competent young person's own word then stands whatever a parent says. Otherwise any live no outweighs any yes,
    because nobody overrules a parent's refusal by asking the other parent. A yes counts only from somebody who can give
    it, with evidence held, within its scope and dates: a yes of unrecorded standing is an assertion. What a yes excepts
    (an organisation, or a category) is refused, and that no stays when the yes lapses.

    Source: research/policy.md 2.2, domain.md 2.4 and 2.12 (S5, S6, S8-S11); *Gillick* [1986] AC 112.
    """
    if not statements:
        return NOTHING_SAID
    by_giver: dict[tuple[str, str], list[Stated]] = {}
    for stated in statements:
        if stated.fact.about == "consent_to_share" and stated.fact.valid_from <= at:
            by_giver.setdefault(giver_of(stated.fact), []).append(stated)
    words = {giver: _word_of(said, organisation, category, purpose, at) for giver, said in by_giver.items()}
    own, spoke = words.get(YOUNG_PERSON, NOTHING_SAID), by_giver.get(YOUNG_PERSON, ())
    # once judged competent about this share, a later statement without a judgement does not take that away
    competent = any(s.fact.competent is True and _about(s.fact, organisation, category, purpose) for s in spoke)
    if competent and own.state != "none" and (own.state in NO or own.competent):
        return Effective(own.state, competent, own.used)
    standing = [word for giver, word in sorted(words.items()) if _can_say(giver[0], word, competent)]
    for wanted in ("withdrawn", "refused", "objection", "given", "expired"):
        said = [word for word in standing if word.state == wanted]
        if said:
            return Effective(said[0].state, competent, tuple(ref for word in said for ref in word.used))
    return Effective("none", competent, own.used)


def said_at(fact: Statement) -> datetime:
    """When somebody said it, as far as the record tells: of a giver's statements the one said last is their word.

    What was written down on a later day was said on the day from which it holds; anything else counts from when it was
    written down, a withdrawal always: it takes back what had been said by then. So neither a yes for a day to come nor a
    day without an hour undoes a withdrawal that came after it.
    """
    if fact.state != "withdrawn" and london_day(fact.valid_from) < london_day(fact.recorded_at):
        return fact.valid_from
    return fact.recorded_at


def giver_of(fact: Statement) -> tuple[str, str]:
    """Whose word it is: the standing, and which person of it. Of one child there is one young person and one court."""
    return (fact.giver, fact.who if fact.giver in SEVERAL else "")


def _can_say(giver: str, word: Effective, competent: bool) -> bool:
    """A no is heard from anybody; a yes only from who can give it, and from no adult in place of a competent child."""
    return word.state in NO or (giver in CAN_AGREE and not competent)


def _word_of(said: list[Stated], organisation: str, category: str, purpose: str, at: datetime) -> Effective:
    """One giver's word: their newest statement that speaks of this share; a narrower yes ends a wider one before it.

    `competent` of what is returned belongs to the statement that settled it.
    """
    newest = sorted(enumerate(said), key=lambda pair: (said_at(pair[1].fact), pair[0]), reverse=True)
    lapsed: Effective | None = None
    for _, stated in newest:
        fact = stated.fact
        if fact.state in NO and _about(fact, organisation, category, purpose):
            if stated.beside is not None and _governs(stated.beside, organisation, category, purpose):
                continue
            # heard also where a later yes named other organisations only
            return Effective(_no(fact.state), fact.competent is True, (stated.ref,))
        if fact.state == "given" and _excepted(fact, organisation, category, purpose):
            return Effective("refused", fact.competent is True, (stated.ref,))
        if lapsed is None and fact.state in {"given", "expired"}:
            ended = fact.state == "expired" or (fact.expires is not None and fact.expires <= at)
            in_scope = _names(fact, organisation, category, purpose) and fact.evidence_held
            word = Effective("expired" if ended else "given", fact.competent is True, (stated.ref,))
            if in_scope and not ended:
                return word
            lapsed = word if in_scope else Effective("none", fact.competent is True, (stated.ref,))
    return lapsed or NOTHING_SAID


def _no(state: Said) -> State:
    return "refused" if state == "refused" else "withdrawn" if state == "withdrawn" else "objection"


def _names(fact: Statement, organisation: str, category: str, purpose: str) -> bool:
    """Whether a yes names this share: it covers nothing that it does not name."""
    return organisation in fact.organisations and covers(fact.categories, category) and purpose in fact.purposes


def _governs(beside: Statement, organisation: str, category: str, purpose: str) -> bool:
    named = beside.state == "given" and _names(beside, organisation, category, purpose)
    return named and not _excepted(beside, organisation, category, purpose)


def _excepted(fact: Statement, organisation: str, category: str, purpose: str) -> bool:
    """Whether a yes is a no to this share: what it excepts, of what it would otherwise have spoken of."""
    excepted = organisation in fact.except_organisations or covers(fact.except_categories, category)
    return excepted and (not fact.purposes or purpose in fact.purposes)


def _about(fact: Statement, organisation: str, category: str, purpose: str) -> bool:
    """Whether a statement speaks of this share: an empty list speaks of everything."""
    return (
        (not fact.organisations or organisation in fact.organisations)
        and (not fact.categories or covers(fact.categories, category))
        and (not fact.purposes or purpose in fact.purposes)
    )
