"""A decision about identity is carried out: who is who, the match index, and what counts for whom, in one go.

It promises that pointers move and nothing else: no ciphertext is touched, the matcher is not asked, a signal counts for
whom its source record is held to be about and, while that is in doubt, as possible for whoever it may be. What was kept
out of the count because of whom it was held to be about, and what counts though the one it is about now refused, is ruled
on again. What the decision rested on is looked at again; where it changed, nothing moves and the decision says why.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol, assert_never
from uuid import uuid4

from msgspec import Struct
from msgspec.structs import replace

from hub.domain import child as children
from hub.domain.child import Child, CountSignal, DiscountSignal
from hub.domain.concern import ConcernRecorded, ConcernRuled, CorrectionRecorded, RulingFaulted, StrengthRecorded
from hub.domain.fact import Fact, Recorded
from hub.domain.identity import (
    GROUNDS,
    Decision,
    IdentityDecided,
    IdentityRefused,
    IdentitySettled,
    Moved,
    fold,
    obstacle,
    stream,
)
from hub.domain.known import Kind
from hub.domain.person import (
    HeldApart,
    HoldingApartEnded,
    KindNoted,
    KindTakenBack,
    Person,
    PersonFact,
    PersonMerged,
    PersonOpened,
    PersonReinstated,
    RestrictionSet,
    SourceRecordLinked,
    SourceRecordUnlinked,
    StandingSettled,
    candidates_of,
    evolve,
    kind_among,
    survivor,
)
from hub.domain.person import fold as fold_person
from hub.domain.sameness import HowSettled, SamenessProposed, SamenessSettled, mirrored
from hub.domain.signal import DiscountReason, Relation, Signal
from hub.domain.source_record import SourceRecordOpened
from hub.ports import IndexRow, Record

MINE: frozenset[Relation] = frozenset({"own", "possible"})  # a household's signals are counted by flow/count.py


class Change(Struct, frozen=True):
    """What carrying it out writes, in one transaction: facts in order, each stream from the version in `versions` on."""

    facts: list[tuple[str, Fact]]  # (stream, fact)
    versions: dict[str, int]
    index: list[IndexRow]
    faulted: tuple[str, ...] = ()  # the messages over which a policy erred when they were ruled on again


class Ruled(Struct, frozen=True):
    """The intake's ruling on a message: as a fact, for which persons it counts, and as what signals."""

    fact: ConcernRuled
    counted_for: tuple[str, ...]
    signals: dict[str, Signal]


class Rules(Protocol):
    """How the intake rules on what was said: the same for what comes in, and for what is about another from now on."""

    def spoken(self, source_records: Iterable[str]) -> list[str]:
        """The messages that speak of these source records, each once; of any kind."""
        ...

    def stands(self, message: str) -> bool:
        """Whether it stands as it was said: neither corrected nor withdrawn."""
        ...

    def rule(
        self, first: Recorded, numbers: Sequence[int], about: Sequence[Person], merged: Mapping[str, str]
    ) -> Ruled:
        """The ruling on a message, by what was on record of these persons when it came, were its subjects of these
        numbers about them; `merged` as hub/flow/standing.py supposes.
        """
        ...


def carry_out(
    identity: str,
    *,
    record: Record,
    alive: Callable[[str], bool],
    ledger_until: int,
    make: Callable[[Iterable[str]], None],
    rules: Rules,
) -> Change | None:
    """What follows from a decision that waits for the intake; None where it does not wait (any more).

    `alive` says whether an owner's key is still there, `make` makes the key of a person who is opened; `ledger_until` is
    the ledger's position now; `rules` rules again on what moved. Where the decision cannot be carried out any more, the
    change is that it is refused.
    """
    history = record.load(stream(identity))
    decision = fold(identity, (one.fact for one in history))
    if decision.state != "waits_for_intake" or decision.fact is None:
        return None
    plan = _Plan(identity, decision.fact, record, alive, make)
    plan.versions[stream(identity)] = len(history)
    reverses = decision.fact.reverses
    reversed_ = fold(reverses, (one.fact for one in record.load(stream(reverses)))) if reverses else Decision("")
    against = plan.against(reversed_)
    if against:
        return Change([(stream(identity), IdentityRefused(reason=against))], plan.versions, [])
    opened = plan.move(reversed_)
    plan.follow()
    plan.rule_again(rules)
    plan.recount()
    settled = IdentitySettled(moved=tuple(plan.moved), opened=opened, ledger_until=ledger_until)
    plan.facts.append((stream(identity), settled))
    return Change(plan.facts, plan.versions, plan.index(), tuple(plan.faulted))


class _Plan:
    """One decision on its way: persons as they are, and as they come to be."""

    def __init__(
        self, identity: str, decided: IdentityDecided, record: Record, alive: Callable[[str], bool],
        make: Callable[[Iterable[str]], None],
    ) -> None:  # fmt: skip
        self.facts: list[tuple[str, Fact]] = []
        self.versions: dict[str, int] = {}
        self.moved: list[Moved] = []
        self.faulted: list[str] = []
        self._now_counts: dict[str, Signal] = {}  # signals that no longer are kept out of the count
        self._kept_out: set[str] = set()  # signals that are from now on
        self._name, self._decided = stream(identity), decided
        self._reverses = stream(decided.reverses) if decided.reverses else ""
        self._record, self._alive, self._make = record, alive, make
        self._histories: dict[str, list[Recorded]] = {}
        self._before: dict[str, Person] = {}
        self._after: dict[str, Person] = {}

    # ------------------------------------------------------------------------------------------- as they are

    def _history(self, person: str) -> list[Recorded]:
        if person not in self._histories:
            self._histories[person] = self._record.load(f"person:{person}")
            self.versions[f"person:{person}"] = len(self._histories[person])
        return self._histories[person]

    def before(self, person: str) -> Person:
        if person not in self._before:
            self._before[person] = fold_person(person, (one.fact for one in self._history(person)))
        return self._before[person]

    def after(self, person: str) -> Person:
        return self._after.get(person) or self.before(person)

    def _may_be(self, person: str, load: Callable[[str], Person]) -> list[str]:
        """Who a person may turn out to be, in review or by a proposal, as they are called at that time."""
        found = dict.fromkeys(survivor(one, load) for one in load(person).may_be)
        return [one for one in found if one != person]

    def against(self, reversed_: Decision) -> str:
        """What keeps it from being carried out, as hub/domain/identity.py names it; "" for nothing."""
        decided = self._decided
        named = [one for one in (decided.person, decided.other) if one]
        owners = [f"person:{one}" for one in named] + [f"source-record:{one}" for one in decided.source_records]
        if not all(self._alive(owner) for owner in owners):
            return "erased"
        candidates = candidates_of(self.before(decided.person), self.before)
        return obstacle(decided, self.before, candidates, reversed_) or self._newer()

    def _newer(self) -> str:
        """A merge that waited falls where somebody decided about the two since: the later decision stands."""
        decided = self._decided
        (asked, *_) = self._record.load(self._name, upto=1)
        for person, other in ((decided.person, decided.other), (decided.other, decided.person)):
            if decided.what != "merge":
                break
            for one in self._history(person):
                apart = isinstance(one.fact, HeldApart) and one.fact.other == other
                if one.position > asked.position and (apart or isinstance(one.fact, PersonMerged | PersonReinstated)):
                    return "moved_meanwhile"
        return ""

    # -------------------------------------------------------------------------------------- as they come to be

    def move(self, reversed_: Decision) -> str:
        """The facts about persons; the id of a person who is opened, or ""."""
        decided = self._decided
        person, other = decided.person, decided.other
        match decided.what:
            case "same" | "merge":
                self._merge(person, other)
            case "different" if other:
                self._hold_apart(person, other)
            case "different":
                self._put(person, StandingSettled(standing="established", decision=self._name))
                for candidate in candidates_of(self.before(person), self.before):
                    self._hold_apart(person, candidate)
            case "unlink":
                return self._unlink(person, other, decided.source_records)
            case "split":
                assert reversed_.fact is not None  # noqa: S101 - for the type checker; `against` has seen to it
                if reversed_.fact.what == "different" and reversed_.fact.other:
                    self._end_apart(person, reversed_.fact.other)
                    self._propose_again(person, stream(decided.reverses))
                elif reversed_.fact.what == "different":
                    self._review_again(person, reversed_.fact)
                else:
                    self._split(person, reversed_.fact)
            case "restrict" | "unrestrict":
                restricted = decided.what == "restrict"
                ground = decided.reason if decided.reason in GROUNDS else "sensitive"
                self._put(
                    person,
                    RestrictionSet(
                        restricted=restricted, ground=ground if restricted else "ended",
                        readers=decided.readers if restricted else (), decision=self._name,
                    ),
                )  # fmt: skip
            case "cannot_tell":
                if other:
                    self._settle_sameness(person, other, "cannot_tell")
            case _:
                assert_never(decided.what)
        return ""

    def _put(self, person: str, fact: PersonFact) -> None:
        self._after[person] = evolve(self.after(person), fact)
        self.facts.append((f"person:{person}", fact))

    def _merge(self, person: str, into: str) -> None:
        going = self.after(person).source_records
        if into in self.after(person).apart:
            self._end_apart(person, into)
        self._put(person, PersonMerged(into=into, source_records=going, decision=self._name))
        for source_record in going:
            self._link(source_record, person, into)
        self._spoken_of_as(into, self.after(person).kinds)
        self._close_like(into, person)
        for apart in sorted(self.after(person).apart):
            whom = survivor(apart, self.after)
            if whom != into:  # who was decided to be another stays another
                self._hold_apart(into, whom)

    def _spoken_of_as(self, person: str, kinds: Iterable[Kind]) -> None:
        """Somebody gets what was said of somebody of these kinds: an adult who is spoken of as a child is a child."""
        kind = kind_among(self.after(person).kinds | {*kinds})
        if kind != self.after(person).kind:
            self._put(person, KindNoted(kind=kind, decision=self._name))

    def _split(self, person: str, merged: IdentityDecided) -> None:
        here = survivor(person, self.before)  # whoever holds now what this person brought
        named = self.before(person).merged_by
        back = [one for one in self.before(person).brought if one in self.before(here).source_records]
        self._put(person, PersonReinstated(reverses=named, decision=self._name))
        for source_record in back:
            self._put(here, SourceRecordUnlinked(source_record=source_record, to=person, decision=self._name))
            self._link(source_record, here, person)
        self._take_back(merged.other, named)
        if merged.what == "merge":  # a review's answer taken back is a review again
            self._hold_apart(person, here)
            self._hold_apart(person, merged.other)  # who may be split from `here` later, and is not this person either
        self._propose_again(person, named)
        self._propose_again(merged.other, named)

    def _take_back(self, into: str, merge: str, through: str = "") -> None:
        """What a merge brought to whom it went into, besides source records: how they are treated, who may open it, who
        they are not. Where that one was merged on since, so with each after it, as far as it came `through` the last.
        """
        facts = [one.fact for one in self._history(into)]
        stays = self.after(through).apart if through else frozenset[str]()
        stays |= {survivor(one, self.before) for one in stays}
        for kind in sorted({one.kind for one in facts if isinstance(one, KindNoted) and one.decision == merge}):
            self._take_kind_back(into, kind)
        for other in sorted(
            {one.other for one in facts if isinstance(one, HeldApart) and one.decision == merge} - stays
        ):
            self._end_apart(into, other)
        self._open_again(into, merge, through)
        if self.before(into).merged_into:
            self._take_back(self.before(into).merged_into, self.before(into).merged_by, into)

    def _review_again(self, person: str, different: IdentityDecided) -> None:
        """Whoever was answered to be none of the candidates is in review again, beside the same."""
        fact = StandingSettled(standing="in_review", candidates=different.candidates, decision=self._name)
        answer = self.before(person).settled_by
        self._put(person, fact)
        for one in self._history(person):
            if isinstance(one.fact, HeldApart) and one.fact.decision == answer:
                self._end_apart(person, one.fact.other)

    def _take_kind_back(self, person: str, kind: Kind) -> None:
        left = self.after(person).kinds - {kind}
        held = self.after(person)
        stays = {self._kind_of(one) for one in (*held.source_records, *held.brought)}
        if kind in self.after(person).kinds and kind not in stays:
            self._put(person, KindTakenBack(kind=kind, now=kind_among(left), decision=self._name))

    def _restrictions(self, person: str) -> list[RestrictionSet]:
        return [one.fact for one in self._history(person) if isinstance(one.fact, RestrictionSet)]

    def _close_like(self, person: str, other: str) -> None:
        """Where the other is a restricted identity this one is too, for who is named for both."""
        mine, theirs = self.after(person), self.after(other)
        readers = tuple(one for one in theirs.readers if not mine.restricted or one in mine.readers)
        if theirs.restricted and (not mine.restricted or readers != mine.readers):
            ground = self._restrictions(other)[-1].ground
            self._put(person, RestrictionSet(restricted=True, ground=ground, readers=readers, decision=self._name))

    def _open_again(self, person: str, merge: str, through: str) -> None:
        """What a merge closed is as it was before it, unless somebody decided about that since; as far as it came
        `through` somebody who is restricted still, it stays closed for who is named for both.
        """
        was = [RestrictionSet(restricted=False, ground="ended", decision=""), *self._restrictions(person)]
        if was[-1].decision != merge:
            return
        back = was[-2]
        if through and self.after(through).restricted:
            readers = tuple(
                one for one in self.after(through).readers if not back.restricted or one in back.readers
            )  # fmt: skip
            back = replace(was[-1], readers=readers)
        if (back.restricted, back.readers) != (self.after(person).restricted, self.after(person).readers):
            self._put(person, replace(back, decision=self._name))

    def _unlink(self, person: str, other: str, going: Sequence[str]) -> str:
        opened = "" if other else str(uuid4())
        to, kinds = other or opened, {self._kind_of(one) for one in going}
        if opened:
            self._make([f"person:{opened}"])
            self._history(opened)
            self._put(to, PersonOpened(kind=kind_among(kinds), standing="established"))
            self._close_like(to, person)  # what nobody else may know of is not open because it is another's
        for source_record in going:
            self._put(person, SourceRecordUnlinked(source_record=source_record, to=to, decision=self._name))
            self._link(source_record, person, to)
        if other:
            self._spoken_of_as(other, kinds)
            for noted in [one.fact for one in self._history(person)]:
                if isinstance(noted, KindNoted) and self._reverses and noted.decision == self._reverses:
                    self._take_kind_back(person, noted.kind)
        self._hold_apart(person, to)
        return opened

    def _kind_of(self, source_record: str) -> Kind:
        facts = (one.fact for one in self._record.load(f"source-record:{source_record}", upto=1))
        return next((fact.kind for fact in facts if isinstance(fact, SourceRecordOpened)), "not_stated")

    def _link(self, source_record: str, before: str, to: str) -> None:
        self._put(
            to, SourceRecordLinked(source_record=source_record, how="person", rules="", decision=self._name)
        )  # fmt: skip
        since = [
            one.position
            for one in self._history(before)
            if isinstance(one.fact, SourceRecordLinked) and one.fact.source_record == source_record
        ]
        self.moved.append(Moved(source_record, before, to, since[-1] if since else 0))

    def _hold_apart(self, one: str, other: str) -> None:
        for person, whom in ((one, other), (other, one)):
            if whom not in self.after(person).apart and self._alive(f"person:{person}"):
                self._put(person, HeldApart(other=whom, decision=self._name))
        self._settle_sameness(one, other, "held_apart")

    def _end_apart(self, one: str, other: str) -> None:
        for person, whom in ((one, other), (other, one)):
            if whom in self.after(person).apart and self._alive(f"person:{person}"):
                self._put(person, HoldingApartEnded(other=whom, decision=self._name))

    # ------------------------------------------------------------------------------------ who is proposed to be the same

    def follow(self) -> None:
        """What is proposed of two rests on a source record of each, and goes where those go, with its clock."""
        now = {one.source_record: one.after for one in self.moved}
        for person in list(self._after):
            for fact in self.before(person).proposed:
                one, other = now.get(fact.source_record, person), now.get(fact.beside, fact.other)
                if (one, other) == (person, fact.other) or fact.other not in self.after(person).perhaps:
                    continue
                rests = fact.other in self.before(person).resting
                since = fact.since or self._proposed_at(person, fact)
                self._settle_sameness(person, fact.other, "merged" if one == other else "moved")
                self._propose(one, replace(fact, other=other, since=since), rests=rests)

    def _propose(self, person: str, fact: SamenessProposed, *, rests: bool) -> None:
        other = fact.other
        if person == other or other in self.after(person).apart or other in self.after(person).perhaps:
            return
        pair = ((person, fact), (other, mirrored(fact, person)))
        if any(self.after(one).merged_into or not self._alive(f"person:{one}") for one, _ in pair):
            return
        for one, proposed in pair:
            self._put(one, replace(proposed, decision=self._name, again=False))
        if rests:
            self._settle_sameness(person, other, "cannot_tell")

    def _settle_sameness(self, person: str, other: str, how: HowSettled) -> None:
        for one, whom in ((person, other), (other, person)):
            if whom in self.after(one).perhaps and self._alive(f"person:{one}"):
                self._put(one, SamenessSettled(other=whom, how=how, decision=self._name))

    def _propose_again(self, person: str, decision: str) -> None:
        """What this decision, taken back now, had let fall is proposed as it was, of whoever holds the records now."""
        state, fell = Person(person), list[tuple[SamenessProposed, bool]]()
        for one in self._history(person):
            if (
                isinstance(one.fact, SamenessSettled)
                and one.fact.decision == decision
                and one.fact.how != "cannot_tell"
            ):
                was = next((each for each in state.proposed if each.other == one.fact.other), None)
                if was is not None:
                    since = was.since or self._proposed_at(person, was)
                    fell.append((replace(was, since=since), was.other in state.resting))
            if isinstance(one.fact, PersonFact):
                state = evolve(state, one.fact)
        moved = {one.source_record: one.after for one in self.moved}
        rows = self._record.by_source_record(sorted({r for fact, _ in fell for r in (fact.source_record, fact.beside)}))
        holds = {record: moved.get(record, row.person) for record, row in rows.items()}
        for fact, rests in fell:
            if fact.source_record in holds and fact.beside in holds:
                again = replace(fact, other=holds[fact.beside])
                self._propose(holds[fact.source_record], again, rests=rests)

    def _proposed_at(self, person: str, fact: SamenessProposed) -> datetime | None:
        at: datetime | None = None
        for one in self._history(person):
            if isinstance(one.fact, SamenessProposed) and one.fact.other == fact.other and not one.fact.again:
                at = one.fact.since or one.envelope.known_at
            if one.fact == fact:
                break
        return at

    def index(self) -> list[IndexRow]:
        """The rows of the match index that now name another person; their keys and what they hold stay."""
        now = {one.source_record: one.after for one in self.moved}
        rows = self._record.by_source_record(list(now))
        return [replace(rows[one], person=person) for one, person in now.items() if one in rows]

    # ------------------------------------------------------------------------------------------ what counts for whom

    def recount(self) -> None:
        """Let every signal of whoever changed count for whom it is about now, and for nobody else.

        Taken back before it is counted anew: between the two nobody must find it twice.
        """
        changed = {
            one for one, now in self._after.items()
            if _counts_by(now) != _counts_by(self.before(one))
        }  # fmt: skip
        met = changed | {c for one in changed for load in (self.before, self.after) for c in self._may_be(one, load)}
        held = {one: self._counted(one) for one in sorted(met) if self._alive(f"person:{one}")}
        found = {s.id: s for child in held.values() for s in child.signals.values() if s.relation == "possible"}
        found |= {s.id: s for child in held.values() for s in child.signals.values() if s.relation == "own"}
        found = self._now_counts | found
        owners = self._owners(found)
        gone: list[tuple[str, Fact]] = []
        counted: list[tuple[str, Fact]] = []
        for ident, signal in sorted(found.items()):
            if ident not in owners or not self._alive(f"person:{owners[ident]}"):
                continue
            about = self._about(owners[ident])
            wanted = {} if ident in self._kept_out else about
            for child in {**dict.fromkeys(held), **dict.fromkeys(wanted)}:
                state = held.setdefault(child, self._counted(child) if child not in held else Child())
                name = children.stream(child)
                now = state.signals.get(ident)
                if child in wanted:
                    meant = replace(signal, child=child, relation=wanted[child])
                    counted += [(name, fact) for fact in children.decide(state, CountSignal(meant))]
                elif now is not None and now.relation in MINE:
                    why: DiscountReason = "not_pooled" if child in about else "unlinked"  # from whom it went altogether
                    gone += [(name, fact) for fact in children.decide(state, DiscountSignal(ident, why))]
        self.facts += gone + counted

    def _about(self, owner: str) -> dict[str, Relation]:
        """Whom a signal of this person is about, so that it counts for them unless it is kept out: as possible, whoever the
        person may be.
        """
        wanted: dict[str, Relation] = {owner: "own"}
        for candidate in self._may_be(owner, self.after):
            closed = self.after(owner).closed_to(self.after(candidate))
            if not closed and self._alive(f"person:{candidate}"):
                wanted.setdefault(candidate, "possible")
        return wanted

    def rule_again(self, rules: Rules) -> None:
        """Rule again on what was said of everybody whose source records changed, as if those had been theirs all along.

        Where the answer for a child is another because of that, it counts, or is kept out, from now on; where it is
        none, what counts stays as it is. A ruling over which a policy errs changes nothing yet: it is asked again.
        """
        changed = [one for one, now in self._after.items() if now.source_records != self.before(one).source_records]
        records = {
            one for person in changed for load in (self.before, self.after) for one in load(person).source_records
        }
        merged = {one: now.merged_into for one, now in self._after.items()}
        moved = {one.source_record: one.after for one in self.moved}
        for message in rules.spoken(sorted(records)) if records else ():
            history = self._record.load(f"message:{message}")
            fact = history[0].fact if history else None
            if not isinstance(fact, ConcernRecorded | StrengthRecorded | CorrectionRecorded) or not rules.stands(
                message
            ):
                continue
            about = [one.source_record for one in fact.statement.subjects]
            rows = self._record.by_source_record(about)
            numbers = [n for n, one in enumerate(about) if one in rows]
            were = [self.before(rows[about[n]].person) for n in numbers]
            are = [self.after(moved.get(about[n], rows[about[n]].person)) for n in numbers]
            if not numbers or all(
                one.source_records == other.source_records for one, other in zip(were, are, strict=True)
            ):
                continue
            then = rules.rule(history[0], numbers, were, {one: self.before(one).merged_into for one in merged})
            now = rules.rule(history[0], numbers, are, merged)
            self._as_ruled(history, list(zip(numbers, were, are, strict=True)), then, now)

    def _as_ruled(
        self, history: Sequence[Recorded], about: Sequence[tuple[int, Person, Person]], then: Ruled, now: Ruled
    ) -> None:
        name, message = history[0].stream, history[0].stream.partition(":")[2]
        turned = {
            f"{message}/{n}": there.id in now.counted_for
            for n, here, there in about
            if (here.id in then.counted_for) != (there.id in now.counted_for)
        }
        if then.fact.faults or not (turned or now.fact.faults):
            return
        self.versions[name] = len(history)
        self.facts.append((name, now.fact))
        if now.fact.faults:
            self.facts.append((name, RulingFaulted()))
            self.faulted.append(message)
            return
        self._now_counts |= {ident: now.signals[ident] for ident, counts in turned.items() if counts}
        self._kept_out |= {ident for ident, counts in turned.items() if not counts}

    def _counted(self, child: str) -> Child:
        history = self._record.load(children.stream(child))
        self.versions[children.stream(child)] = len(history)
        return children.fold(one.fact for one in history)

    def _owners(self, found: dict[str, Signal]) -> dict[str, str]:
        """Whom each signal's source record is held to be about from now on."""
        records: dict[str, str] = {}
        for ident in found:
            message, _, number = ident.partition("/")
            if not number.isdigit():
                continue  # of no subject of a statement: it is counted elsewhere
            for one in self._record.load(f"message:{message}", upto=1):
                if isinstance(one.fact, ConcernRecorded | StrengthRecorded | CorrectionRecorded):
                    records[ident] = one.fact.statement.subjects[int(number)].source_record
        moved = {one.source_record: one.after for one in self.moved}
        rows = self._record.by_source_record(sorted({*records.values()} - {*moved}))
        return {
            ident: moved.get(one) or rows[one].person for ident, one in records.items() if one in moved or one in rows
        }


def _counts_by(person: Person) -> object:
    """All of a person by which what is said counts for one and not for another."""
    return person.source_records, person.may_be, person.merged_into, person.restricted, frozenset(person.readers)
