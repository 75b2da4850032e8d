"""A decision about identity: asked by one person, where it must be agreed to by a second, then carried out by the intake.

It promises that nothing moves before everybody who must agree has agreed, that the intake alone moves it (in its turn, so
that no concern falls between), and that a decision can be taken back by another that names it.
Stream identity:<random id>.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import ClassVar, Literal, Protocol, assert_never, get_args

from msgspec import Struct

from hub.domain.errors import Refused
from hub.domain.fact import Fact
from hub.domain.item import Sealed

What = Literal[
    "same",  # a person in review is `other` (its source records go there)
    "different",  # a person in review is none of its candidates: established, and held apart from each; with `other`,
    # who was proposed to be the same person is not
    "cannot_tell",  # looked at and left in review; `ask` names an organisation to ask; with `other`, the proposal rests
    "merge",  # two established persons are one: `person` goes into `other`; two people
    "unlink",  # `source_records` of `person` are somebody else: to `other`, or to a new person
    "split",  # what `reverses` names is taken back: a merged person is reinstated, "different" is a review again
    "restrict",  # `person` is a restricted identity; two people
    "unrestrict",
]
Reason = Literal[
    "identifiers_agree", "identifiers_differ", "organisation_confirmed", "family_confirmed", "known_to_me",
    "entered_in_error", "shared_own_id", "siblings_or_twins", "adoption", "protected_person", "sensitive", "other",
]  # fmt: skip
TWO_PEOPLE: frozenset[What] = frozenset({"merge", "restrict", "unrestrict"})
JOINS: frozenset[What] = frozenset({"same", "merge"})  # a person goes into another, and can be reinstated
GROUNDS: frozenset[str] = frozenset({"adoption", "protected_person", "sensitive"})  # of a restricted identity
Outcome = Literal["no_breach", "recorded_only", "notified_ico", "notified_ico_and_family"]
WHY_NOT = {  # what keeps a decision from being carried out, and what to do then
    "unknown": "The hub holds no such person: take the id from the page or from mash identity list",
    "itself": "A person cannot be merged with, or moved to, itself: choose another",
    "erased": "A record that this rests on was erased: nothing can be moved any more",
    "merged_meanwhile": "One of them was merged with another since: open the page of the one that stayed, decide again",
    "moved_meanwhile": "What this rests on has moved since: look at it again, then decide",
    "settled_meanwhile": "This is settled already: there is nothing left to decide",
    "in_review": "One of them is in review: settle that first (same, different or cannot tell)",
    "not_a_candidate": "That is none of the persons it may turn out to be: two people can merge them",
    "held_apart": "A person decided that these are two people: only two people together can merge them (merge)",
    "apart_already": "A person decided that these are two people: take the records off to a new person, whom two can merge",
    "no_reader": "Nobody may open both of these restricted identities: restrict one anew, naming who may open both",
    "all_of_it": "That is everything known of this person: if it is another's, two people can merge them (merge)",
    "unexplained": "It failed for a reason that nobody foresaw, and a person was rung: nothing moved, decide again later",
}


class IdentityDecided(Fact, frozen=True, kw_only=True):
    """A person decided; `second` says whether somebody else must agree before it is carried out."""

    NAME: ClassVar[str] = "identity.decided"
    what: What
    person: str
    other: str = ""
    source_records: tuple[str, ...] = ()
    candidates: tuple[str, ...] = ()  # whom the person saw beside it
    reason: Reason
    reverses: str = ""  # the decision that this one takes back: of a split, the merge
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
    reason: str  # a key of WHY_NOT


class BreachAssessed(Fact, frozen=True, kw_only=True):
    """Who was shown what between link and unlink was gone through: whether it is a personal data breach to notify.

    Source: UK GDPR Art 33 (72 hours from becoming aware).
    """

    NAME: ClassVar[str] = "identity.breach-assessed"
    outcome: Outcome
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


class Whom(Protocol):
    """What a decision about identity reads of a person (hub/domain/person.py)."""

    @property
    def version(self) -> int:
        """0 for one that there is not."""
        ...

    @property
    def standing(self) -> str:
        """Established, or in review."""
        ...

    @property
    def source_records(self) -> tuple[str, ...]:
        """Those that are held to be about them now."""
        ...

    @property
    def merged_into(self) -> str:
        """Who they were found to be; "" while they stand by themselves."""
        ...

    @property
    def merged_by(self) -> str:
        """The stream of the decision that merged them."""
        ...

    @property
    def apart(self) -> frozenset[str]:
        """Whom a person decided that they are not."""
        ...

    @property
    def settled_by(self) -> str:
        """The stream of the decision that ended (or opened again) their review; "" for none."""
        ...

    @property
    def perhaps(self) -> frozenset[str]:
        """Who is proposed to be the same."""
        ...

    @property
    def apart_by(self) -> frozenset[tuple[str, str]]:
        """Whom a person decided that they are not, and the stream of that decision."""
        ...

    @property
    def restricted(self) -> bool:
        """Whether only the named readers may know of them."""
        ...

    @property
    def readers(self) -> tuple[str, ...]:
        """Who is named for a restricted one."""
        ...


@dataclass(frozen=True)
class Decision:
    """State of one decision about identity."""

    id: str
    version: int = 0
    fact: IdentityDecided | None = None
    state: Literal["none", "waits_for_second", "waits_for_intake", "settled", "not_agreed", "refused"] = "none"
    agreed_by: str = ""
    refused: str = ""  # a key of WHY_NOT
    settled: IdentitySettled | None = None
    assessed: BreachAssessed | None = None


NAMES = tuple(kind.NAME for kind in FACTS)


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
            return replace(decision, state="refused", refused=fact.reason)
        case BreachAssessed():
            return replace(decision, assessed=fact)
        case _:
            assert_never(fact)


def fold(identity: str, facts: Iterable[Fact]) -> Decision:
    """The decision after all these facts of its stream, in order."""
    decision = Decision(identity)
    for fact in facts:
        if isinstance(fact, IdentityFact):
            decision = evolve(decision, fact)
    return decision


def check(wish: DecideIdentity) -> None:
    """Raises Refused, naming the field, until a wish is whole in itself: whom, what, and why."""
    needs: dict[What, tuple[str, str]] = {
        "same": ("other", "Select whom it is the same as"),
        "merge": ("other", "Select the person to merge it with"),
        "unlink": ("source_records", "Select what is about somebody else"),
        "split": ("reverses", "Name the merge to take back"),
        "restrict": ("readers", "Name at least one person who may still open it"),
    }
    field, words = needs.get(wish.what, ("person", "Select a person"))
    if wish.what not in get_args(What):
        raise Refused("Select what you decide", "what")
    if not getattr(wish, field):
        raise Refused(words, field)
    if wish.reason not in get_args(Reason):
        raise Refused("Select a reason", "reason")
    if wish.what == "restrict" and wish.reason not in GROUNDS:
        raise Refused("Select why this identity is restricted: adoption, protected person or sensitive", "reason")
    if not wish.why.strip():
        raise Refused("Enter in your own words why you decide so", "why")
    if len(set(wish.source_records)) != len(wish.source_records):
        raise Refused("Select each only once", "source_records")


def obstacle(
    wish: DecideIdentity | IdentityDecided,
    load: Callable[[str], Whom],
    candidates: Iterable[str],
    reversed_: "Decision",
) -> str:
    """What keeps a decision from being carried out now: a key of WHY_NOT, "" for nothing.

    `load` gives a person as they are now; `candidates` are whom the person in review may turn out to be, as they are
    called now; `reversed_` is the decision that a split takes back. It is asked when a person decides, and again when the
    intake carries it out: what the decision rested on may have changed.
    """
    person = load(wish.person)
    if not person.version or (wish.other and not load(wish.other).version):
        return "unknown"
    if wish.other == wish.person:
        return "itself"
    if wish.what == "split":
        about = reversed_.fact.other if reversed_.fact else ""
        gone = (
            bool(about)
            and reversed_.fact is not None
            and reversed_.fact.what == "different"
            and load(about).merged_into
        )
        return "moved_meanwhile" if gone or not _stands(person, wish, reversed_) else ""
    if person.merged_into or (wish.other and load(wish.other).merged_into):
        return "merged_meanwhile"
    match wish.what:
        case "same" | "different" | "cannot_tell":
            against = _against_review(wish, person, tuple(candidates))
            return against or (_no_reader(person, load(wish.other)) if wish.what == "same" else "")
        case "merge":
            doubted = "in_review" in {person.standing, load(wish.other).standing}
            return "in_review" if doubted else _no_reader(person, load(wish.other))
        case "unlink":
            return _against_unlink(wish, person, load(wish.other) if wish.other else None, reversed_)
        case "restrict" | "unrestrict":
            return ""
        case _:
            assert_never(wish.what)


def _stands(person: Whom, wish: DecideIdentity | IdentityDecided, reversed_: "Decision") -> bool:
    """Whether what a split takes back was carried out, and is what the person's identity rests on still."""
    fact = reversed_.fact
    if reversed_.state != "settled" or fact is None:
        return False
    if fact.what == "different" and fact.other:
        return not person.merged_into and (fact.other, stream(wish.reverses)) in person.apart_by
    if fact.what == "different":
        return not person.merged_into and person.settled_by == stream(wish.reverses)
    return fact.what in JOINS and person.merged_by == stream(wish.reverses)


def _no_reader(person: Whom, other: Whom) -> str:
    """What two restricted identities that nobody may open both of would become: one that nobody at all may open."""
    lost = person.restricted and other.restricted and not set(person.readers) & set(other.readers)
    return "no_reader" if lost else ""


def _against_unlink(
    wish: DecideIdentity | IdentityDecided, person: Whom, other: Whom | None, reversed_: "Decision"
) -> str:
    """Who moves records to somebody known joins them there, as a merge does: never in review, nor where held apart."""
    if not set(wish.source_records) <= set(person.source_records):
        return "moved_meanwhile"
    if len(wish.source_records) == len(person.source_records):
        return "all_of_it"
    if other is None:
        return ""
    if other.standing == "in_review":
        return "in_review"
    return "apart_already" if wish.other in person.apart and not moves_back(wish, reversed_) else ""


def moves_back(wish: DecideIdentity | IdentityDecided, reversed_: "Decision") -> bool:
    """Whether an unlink gives back exactly what the one that it names as reversed had taken from whom it goes to."""
    fact, settled = reversed_.fact, reversed_.settled
    if fact is None or settled is None or fact.what != "unlink" or reversed_.id != wish.reverses:
        return False
    gives = {(record, wish.other, wish.person) for record in wish.source_records}
    return gives == {(one.source_record, one.before, one.after) for one in settled.moved}


def needs_two(wish: DecideIdentity, reversed_: "Decision") -> bool:
    """Whether a second person must agree, whoever it is about: whatever joins what nobody in review was waiting for.

    One person takes records off; to move them to somebody known needs two, as a merge does, unless it only gives back
    what an unlink had taken (and that had not itself been the giving back).
    """
    if wish.what == "unlink" and wish.other:
        undone = reversed_.fact
        return not (moves_back(wish, reversed_) and undone is not None and not undone.reverses)
    return wish.what in TWO_PEOPLE


def _against_review(wish: DecideIdentity | IdentityDecided, person: Whom, candidates: tuple[str, ...]) -> str:
    if wish.other and wish.what != "same":  # about a proposal that the two are one
        return "" if wish.other in person.perhaps else "settled_meanwhile"
    if person.standing != "in_review":
        return "settled_meanwhile"
    if wish.what == "same" and wish.other in person.apart:
        return "held_apart"  # said first: it is also why it may be no candidate
    if wish.what == "same" and wish.other not in candidates:
        return "not_a_candidate"
    if wish.what == "different" and isinstance(wish, IdentityDecided) and set(wish.candidates) != set(candidates):
        return "moved_meanwhile"  # somebody whom the decider never saw may be the one
    return ""


def agree(decision: Decision, by: str) -> list[IdentityFact]:
    """A second person agrees. Raises Refused where nobody is asked to, or by who decided it."""
    if decision.state != "waits_for_second" or decision.fact is None:
        raise Refused("This decision does not wait for a second person", "identity")
    if by == decision.fact.by:
        raise Refused("A second person must agree: somebody other than who decided", "by")
    return [IdentityAgreed(by=by)]


def not_agree(decision: Decision, by: str, items: tuple[Sealed, ...] = ()) -> list[IdentityFact]:
    """A second person does not agree, or who decided takes it back. Raises Refused where nobody is asked to agree."""
    if decision.state != "waits_for_second":
        raise Refused("This decision does not wait for a second person", "identity")
    return [IdentityNotAgreed(by=by, items=items)]


def assess(decision: Decision, outcome: Outcome, by: str, items: tuple[Sealed, ...] = ()) -> list[IdentityFact]:
    """Who was shown what was gone through. Raises Refused where nothing moved, or for no outcome of the list."""
    if decision.settled is None or not decision.settled.moved:
        raise Refused("Nothing was moved by this decision: there is nobody to have been shown anything", "identity")
    if decision.assessed is not None:
        raise Refused("This was assessed already: what came of it stands, and is not overwritten", "identity")
    if outcome not in get_args(Outcome):
        raise Refused("Select what came of it", "outcome")
    return [BreachAssessed(outcome=outcome, by=by, items=items)]


def taken_back_by(decision: Decision, merged_as: What = "merge") -> str:
    """How a settled decision is taken back, as words of the command; "" where there is nothing to take back.

    `merged_as` is what the merge had been that a split took back: after a review's "same" it is in review again.
    """
    fact, settled = decision.fact, decision.settled
    if fact is None or settled is None:
        return ""
    moved = " ".join(f"--record {one.source_record}" for one in settled.moved)
    match fact.what:
        case "same" | "merge":
            return f"split {decision.id}"
        case "unlink":
            if settled.opened:
                return f"merge {settled.opened} {fact.person}"
            return f"unlink {fact.other} {moved} --to {fact.person} --undo {decision.id}"
        case "split":
            return f"{merged_as} {fact.person} {fact.other}".strip()
        case "different":
            return f"split {decision.id}"
        case "restrict":
            return f"unrestrict {fact.person}"
        case "unrestrict":
            return f"restrict {fact.person}"
        case "cannot_tell":
            return ""
        case _:
            assert_never(fact.what)
