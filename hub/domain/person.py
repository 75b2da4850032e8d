"""A person: one identity, to which source records are linked. Links are pointers and can be taken back; nothing moves.

A person is `established`, or `in review` with candidates: then what is said counts as possible for each candidate and
is shown on nobody else's page until a person has decided. A merged person is a redirect and can be reinstated.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from typing import ClassVar, Literal, assert_never

from hub.domain.fact import Fact
from hub.domain.known import Kind, Weight
from hub.domain.sameness import SamenessHeldBack, SamenessProposed, SamenessSettled

Standing = Literal["established", "in_review"]
HowLinked = Literal["opened", "rule", "model", "person"]


class PersonOpened(Fact, frozen=True, kw_only=True):
    """A new identity. `candidates` are persons it may turn out to be (then its standing is in review).

    `why` are the codes of what kept it from being linked (guards, a lead too small, too many to compare). `restricted`:
    one of the candidates is a restricted identity, so the review belongs to the restricted queue.
    """

    NAME: ClassVar[str] = "person.opened"
    kind: Kind
    standing: Standing
    candidates: tuple[str, ...] = ()
    why: tuple[str, ...] = ()
    restricted: bool = False


class SourceRecordLinked(Fact, frozen=True, kw_only=True):
    """A source record is held to be about this person: how, on what comparisons, and by which version of the rules.

    `model` and `policy` are the hashes of the match model and of its thresholds and guards, where they had a part;
    `decision` names the stream of the person's decision where one linked it.
    """

    NAME: ClassVar[str] = "source-record.linked"
    source_record: str
    how: HowLinked
    weights: tuple[Weight, ...] = ()
    bits: float | None = None  # the whole match weight, where the model gave one
    lead: float | None = None  # over the runner-up, in bits
    runner_up: str | None = None
    rules: str  # version of the match rules
    model: str = ""
    policy: str = ""
    decision: str = ""


class SourceRecordUnlinked(Fact, frozen=True, kw_only=True):
    """A source record is no longer held to be about this person, but about `to`. Its words and keys stay where they are."""

    NAME: ClassVar[str] = "source-record.unlinked"
    source_record: str
    to: str
    decision: str


class PersonMerged(Fact, frozen=True, kw_only=True):
    """This person was found to be `into`: its source records went there, and whoever asks for it is sent on."""

    NAME: ClassVar[str] = "person.merged"
    into: str
    source_records: tuple[str, ...]
    decision: str


class PersonReinstated(Fact, frozen=True, kw_only=True):
    """A merge was taken back: this person stands by itself again, as it stood before `reverses` (a decision's stream)."""

    NAME: ClassVar[str] = "person.reinstated"
    reverses: str
    decision: str


class StandingSettled(Fact, frozen=True, kw_only=True):
    """A review ended (established), or a doubt was raised or changed (in review, with candidates).

    `added`: somebody in review was described anew, and the last candidate came to those that there were; no decision.
    """

    NAME: ClassVar[str] = "person.standing-settled"
    standing: Standing
    candidates: tuple[str, ...] = ()
    decision: str
    added: bool = False


class HeldApart(Fact, frozen=True, kw_only=True):
    """A person decided that this person and `other` are two. No rule and no model may overrule it. On both streams."""

    NAME: ClassVar[str] = "person.held-apart"
    other: str
    decision: str


class HoldingApartEnded(Fact, frozen=True, kw_only=True):
    """Persons decided anew: this person and `other` need not be two. On both streams."""

    NAME: ClassVar[str] = "person.holding-apart-ended"
    other: str
    decision: str


class KindNoted(Fact, frozen=True, kw_only=True):
    """An organisation spoke of this person as another kind too: a mother of 17 is child and adult, the unborn is born.

    `decision` names the stream of the decision that brought it with a merged person, "" where an organisation said it.
    """

    NAME: ClassVar[str] = "person.kind-noted"
    kind: Kind
    decision: str = ""


class KindTakenBack(Fact, frozen=True, kw_only=True):
    """A merge that had brought this kind was taken back; pages treat the person as `now` again."""

    NAME: ClassVar[str] = "person.kind-taken-back"
    kind: Kind
    now: Kind
    decision: str


class RestrictionSet(Fact, frozen=True, kw_only=True):
    """This identity is restricted from now on (adoption, witness protection, a flag), or, with restricted false, no more.

    Only `readers` (staff ids) may know of it; matching never links to it and shows no candidate list to others.
    """

    NAME: ClassVar[str] = "person.restriction-set"
    restricted: bool
    ground: str  # adoption | protected_person | sensitive | ended
    readers: tuple[str, ...] = ()
    decision: str


@dataclass(frozen=True)
class Person:
    """State: who this is held to be."""

    id: str
    version: int = 0
    kinds: frozenset[Kind] = frozenset()
    standing: Standing = "established"
    candidates: tuple[str, ...] = ()
    source_records: tuple[str, ...] = ()  # those that are here now: none while it is merged
    merged_into: str = ""
    merged_by: str = ""  # the stream of the decision that merged it
    brought: tuple[str, ...] = ()  # source records that it took with it into the merge
    apart: frozenset[str] = frozenset()
    restricted: bool = False
    readers: tuple[str, ...] = ()
    settled_by: str = ""  # the stream of the decision that settled its standing last
    apart_by: frozenset[tuple[str, str]] = frozenset()  # of whom it is not: (who, the stream of the decision)
    proposed: tuple[SamenessProposed, ...] = ()  # each of another whom it may be the same as
    resting: frozenset[str] = frozenset()  # of those: about whom a person could not tell
    held_back: bool = False  # more may be the same than are proposed at once

    @property
    def perhaps(self) -> frozenset[str]:
        """Who is proposed to be the same as this person, those that rest too."""
        return frozenset(one.other for one in self.proposed)

    @property
    def may_be(self) -> tuple[str, ...]:
        """Who this person may turn out to be: candidates of its review, and who is proposed to be the same."""
        candidates = self.candidates if self.standing == "in_review" else ()
        return tuple(dict.fromkeys((*candidates, *(one.other for one in self.proposed))))

    def closed_to(self, other: "Person") -> bool:
        """Whether what is said of this person may not count for `other`, not even as possible: a restricted identity's
        signals would tell of it to whoever sees the other, unless only those see that one who are named for both.
        """
        return self.restricted and not (other.restricted and set(other.readers) <= set(self.readers))

    @property
    def kind(self) -> Kind:
        """What a page treats it as: a child as soon as anybody has spoken of one."""
        return kind_among(self.kinds)


def kind_among(kinds: Collection[Kind]) -> Kind:
    """What a page treats somebody as of whom organisations speak as these kinds."""
    order: tuple[Kind, ...] = ("child", "unborn", "not_stated", "adult")
    return next((kind for kind in order if kind in kinds), "not_stated")


PersonFact = (
    PersonOpened | SourceRecordLinked | SourceRecordUnlinked | PersonMerged | PersonReinstated | StandingSettled
    | HeldApart | HoldingApartEnded | KindNoted | KindTakenBack | RestrictionSet | SamenessProposed | SamenessSettled
    | SamenessHeldBack
)  # fmt: skip
FACTS: tuple[type[PersonFact], ...] = (
    PersonOpened, SourceRecordLinked, SourceRecordUnlinked, PersonMerged, PersonReinstated, StandingSettled, HeldApart,
    HoldingApartEnded, KindNoted, KindTakenBack, RestrictionSet, SamenessProposed, SamenessSettled, SamenessHeldBack,
)  # fmt: skip


def evolve(person: Person, fact: PersonFact) -> Person:
    """Fold one fact: total, never refuses."""
    person = replace(person, version=person.version + 1)
    match fact:
        case PersonOpened():
            return replace(
                person, kinds=frozenset({fact.kind}), standing=fact.standing, candidates=fact.candidates
            )  # fmt: skip
        case SourceRecordLinked():
            held = tuple(one for one in person.source_records if one != fact.source_record)
            return replace(person, source_records=(*held, fact.source_record))
        case SourceRecordUnlinked():
            return replace(
                person, source_records=tuple(one for one in person.source_records if one != fact.source_record)
            )
        case PersonMerged():
            return replace(
                person, merged_into=fact.into, merged_by=fact.decision, brought=fact.source_records, source_records=()
            )
        case PersonReinstated():
            return replace(person, merged_into="", merged_by="", brought=())
        case StandingSettled():
            by = person.settled_by if fact.added else fact.decision
            return replace(person, standing=fact.standing, candidates=fact.candidates, settled_by=by)
        case HeldApart():
            return replace(
                person, apart=person.apart | {fact.other}, apart_by=person.apart_by | {(fact.other, fact.decision)}
            )
        case HoldingApartEnded():
            apart_by = frozenset(one for one in person.apart_by if one[0] != fact.other)
            return replace(person, apart=person.apart - {fact.other}, apart_by=apart_by)
        case KindNoted():
            return replace(person, kinds=person.kinds | {fact.kind})
        case KindTakenBack():
            return replace(person, kinds=person.kinds - {fact.kind})
        case RestrictionSet():
            return replace(person, restricted=fact.restricted, readers=fact.readers if fact.restricted else ())
        case SamenessProposed():
            others = tuple(one for one in person.proposed if one.other != fact.other)
            return replace(person, proposed=(*others, fact), resting=person.resting - {fact.other})
        case SamenessSettled(how="cannot_tell"):
            return replace(person, resting=person.resting | {fact.other})
        case SamenessSettled():
            others = tuple(one for one in person.proposed if one.other != fact.other)
            return replace(person, proposed=others, resting=person.resting - {fact.other})
        case SamenessHeldBack():
            return replace(person, held_back=fact.standing > 0)
        case _:
            assert_never(fact)


def fold(person: str, facts: Iterable[Fact]) -> Person:
    """This person after all these facts of their stream, in order; what was erased since is passed over."""
    state = Person(person)
    for fact in facts:
        if isinstance(fact, PersonFact):
            state = evolve(state, fact)
    return state


def survivor(person: str, load: Callable[[str], Person]) -> str:
    """Who this person is held to be now: itself, or, where it was merged, whoever it was merged into, to the end."""
    met: set[str] = set()
    while (into := load(person).merged_into) and person not in met:
        met.add(person)
        person = into
    return person


def candidates_of(person: Person, load: Callable[[str], Person]) -> tuple[str, ...]:
    """Who a person in review may turn out to be, as they are called now: of merged ones the survivor, each once."""
    if person.standing != "in_review":
        return ()
    found = dict.fromkeys(survivor(one, load) for one in person.candidates)
    return tuple(one for one in found if one != person.id)
