"""One batch, start to end: 1 verify, 2 match, 3 share, 4 append. The intake is this, again and again.

Three ways to fail. *For good*: the message is quarantined as the bytes that came, with its reason, in the same
transaction; what follows flows on. *For now* (the store is away): TryLater escapes and the caller keeps the place.
*Unexplained* (a bug of ours): the batch is tried one by one; what fails three times is quarantined as `unexplained` and
a person is paged, and what follows flows on.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace as structs_replace

from hub.domain import child as children
from hub.domain import message
from hub.domain.agency import NAMES as AGENCY_NAMES
from hub.domain.agency import Register, register_from
from hub.domain.child import Child, CountSignal, DiscountSignal, SignalDiscounted
from hub.domain.concern import (
    ConcernRecorded,
    ConcernRuled,
    CorrectionRecorded,
    MessageQuarantined,
    MessageReadmitted,
    RulingFaulted,
    SequenceGapNoticed,
    SequenceNumberReused,
    StrengthRecorded,
    message_id,
    quarantine_stream,
)
from hub.domain.errors import AlreadyOnRecord, BadMessage, HubError, KeyDestroyed, TryLater, VersionConflict
from hub.domain.fact import Envelope, Fact, NewFact, Recorded
from hub.domain.identity import IdentityRefused
from hub.domain.identity import fold as fold_identity
from hub.domain.identity import stream as identity_stream
from hub.domain.known import Kind
from hub.domain.matching import Judge
from hub.domain.message_rules import MOST_NUMBER
from hub.domain.model import Likeness
from hub.domain.moments import london_day
from hub.domain.person import KindNoted, Person, PersonFact, PersonOpened, RestrictionSet, evolve, survivor
from hub.domain.person import fold as fold_person
from hub.domain.protected import Protected
from hub.domain.protected import stream as protected_stream
from hub.domain.protocol import Agreed
from hub.domain.sharing import Organisation
from hub.domain.signal import DiscountReason, Finding, Signal
from hub.domain.vocabulary import Vocabulary
from hub.flow import alert, append, settle, verify
from hub.flow.append import Draft, Pen, Written
from hub.flow.count import Counting, Question
from hub.flow.locate import Locator
from hub.flow.match import Decided, Described, Matcher, Placement
from hub.flow.propose import Proposing, Together
from hub.flow.protect import Protecting
from hub.flow.share import AtIntake, IntakeRuling, rule_at_intake
from hub.flow.standing import Standing
from hub.ports import (
    Areas,
    Blind,
    Bodies,
    Clock,
    Codec,
    Homes,
    IndexRow,
    Keys,
    Leave,
    Log,
    LogMessage,
    Record,
    Rulings,
    Tracked,
    Vault,
)

log = logging.getLogger(__name__)
FINDINGS = "finding.v1"
TRIES = 10  # of a batch whose streams somebody else keeps writing to
SINGLE_TRIES = 3  # of a message that fails unexplained
POPULATION_AGE = timedelta(minutes=1)
MOST_PERSONS = 50_000  # held in memory between batches, some hundred bytes each
UNEXPLAINED = "failed unexplained: mash quarantine list"
FAULTED = "a sharing policy erred: it is kept and not counted, and is ruled on again when the intake next starts"
TAKING_BACK = frozenset({b"mash.concern-corrected.v1", b"mash.concern-withdrawn.v1"})


class Tools(Struct, frozen=True, kw_only=True):
    """What the intake works with."""

    log: Log
    record: Record
    keys: Keys
    vault: Vault
    blind: Blind
    likeness: Likeness  # how names are compared
    judge: (
        Judge | None
    )  # the edition's match model, thresholds and guards; None: an edition that matches by rules alone
    bodies: Bodies
    codec: Codec
    areas: Areas
    rulings: Rulings
    clock: Clock
    vocabulary: Vocabulary
    edition: str
    plain: bool
    standing: Leave  # the standing entry under which matching opens identifiers, counted
    not_pooled: frozenset[str]  # handling codes that the protocol keeps out of the pool
    agreed: Agreed | None = None  # the protocol in force
    looks: Callable[[], int]  # the ledger's position: up to where somebody may have looked
    spoken: Callable[[Iterable[str]], list[str]]  # the messages that speak of these source records
    homes: Homes
    page: Callable[
        [str, str], None
    ]  # rings a named person: the place of a message, never its content, and what is wrong


class Taken(Struct, frozen=True, kw_only=True):
    """What became of a batch: counts, and the reasons of what was quarantined."""

    recorded: int = 0
    repeated: int = 0
    findings: int = 0
    quarantined: tuple[str, ...] = ()
    linked: int = 0
    opened: int = 0
    in_review: int = 0


class Due(Struct, frozen=True, kw_only=True):
    """What some messages of a batch come to, before it is written."""

    taken: Taken
    facts: list[NewFact]
    index: Sequence[IndexRow] = ()
    sequences: Sequence[Tracked] = ()
    faulted: tuple[str, ...] = ()  # the places of messages that a policy erred over


Before = Mapping[tuple[str, int], int]  # (topic, partition) -> the offset up to which it was taken; -1 for nothing


class Intake:
    """Takes what the log brings, each partition in order. One at a time writes (the lease); others stand by."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._register = Register()
        self._standing = Standing(tools.record)
        self._asked_again = False
        self._decided = Decided(tools.record)
        self._protecting = Protecting(tools.record, tools.vault, tools.standing)
        self._indexed: tuple[datetime, int] | None = None  # when, and how many source records the match index held
        self._spoken_of: dict[str, set[Kind]] = {}  # kinds of persons that this batch opened or noted
        self._opened: dict[str, tuple[str, ...]] = {}  # persons that this batch opens -> who each may turn out to be
        self._persons: dict[str, Person] = {}  # as far as this intake has read them; `_know` checks their versions
        self._numbers: dict[str, int] = {}  # each source's newest number, as this intake wrote it last
        self._places = Locator(record=tools.record, areas=tools.areas, blind=tools.blind, person=self._persons.get)
        self._usual: dict[tuple[object, ...], IntakeRuling] = {}  # where nothing is on record that a date could change
        self._asked = False  # whether anything was asked since the counting began: by what was on record then
        self._counting = Counting(
            record=tools.record, homes=tools.homes, rule=self._may_count, alive=self._alive, sector=self._sector_now,
            vocabulary=tools.vocabulary, clock=tools.clock, edition=tools.edition, page=tools.page,
        )  # fmt: skip

    def take(self, batch: Sequence[LogMessage], before: int) -> Taken:
        """Put a batch of one partition on the record, and move the partition's position from `before` to its last offset.

        Raises as `take_look`.
        """
        return self.take_look(batch, {_partition(batch[0]): before})

    def take_look(self, messages: Sequence[LogMessage], before: Before) -> Taken:
        """Put what one look at the log brought on the record: messages of any partitions, in order within each.

        It is one transaction (and one more for each message that takes something back), which moves the position of every
        partition in it from `before` to its last offset; partitions not met here may stand in `before` too.

        Raises TryLater (keep the places of all, as the record has them), StaleWriter (another intake has moved one of
        them on: stop).
        """
        done = dict(before)
        taken: list[Taken] = []
        for part in _parts(sorted(messages, key=_partition)):  # stable: order within a partition stays
            taken += self._take_part(part, done)
            done |= _ends(part)
        return _sum(taken)

    def _take_part(self, part: Sequence[LogMessage], before: Before) -> list[Taken]:
        try:
            return [self._take_whole(part, before)]
        except KeyDestroyed:
            log.warning("a batch speaks of somebody whose record was erased; taking its messages one by one")
        except HubError:
            raise
        except Exception as unexplained:  # noqa: BLE001 - a bug of ours must not stop what follows
            # only the kind of the error is logged: its text might quote what it choked on
            log.error("a batch failed unexplained (%s); trying its messages one by one", _where(unexplained))  # noqa: TRY400 - a traceback would quote it
        taken, done = [], dict(before)
        for one in part:
            taken.append(self._take_single(one, done))
            done[_partition(one)] = one.offset
        return taken

    def count(self) -> int:
        """Count what the record now says of siblings and households, for each child; how many signals that changed.

        Run after each look. Raises as `take_look`; what was read before a fault is read again.
        """
        self._asked = False
        return self._counting.run()

    @property
    def edition(self) -> str:
        """The edition that this intake judges by; another one needs another intake."""
        return self._tools.edition

    @property
    def counted(self) -> int:
        """The position up to which it has counted."""
        return self._counting.position

    def readmit(self, stream: str) -> str:
        """Run a quarantined message again, unedited, with its original time of receipt; "" or the reason it fails again.

        Where it fails unexplained again, that is its answer and a person is paged: the intake goes on.
        """
        held = next(r for r in self._tools.record.load(stream) if isinstance(r.fact, MessageQuarantined))
        fact = held.fact
        assert isinstance(fact, MessageQuarantined)  # noqa: S101 - for the type checker; chosen by it above
        one = LogMessage(
            fact.topic, fact.partition, fact.offset, held.envelope.received, fact.key, fact.headers, fact.body
        )
        try:
            taken = self._take_whole([one], None, stream)
        except KeyDestroyed:
            self._write(self._number(self._readmitted(stream, one, 0, [(one, _erased())])), [], [one], None)
            return "erased"
        except HubError:
            raise
        except Exception as unexplained:  # noqa: BLE001 - a bug of ours must not stop what follows
            failure = _where(unexplained)
            log.error("message %s failed unexplained when re-admitted (%s)", one.place, failure)  # noqa: TRY400 - a traceback would quote it
            self._tools.page(one.place, UNEXPLAINED)
            again = self._readmitted(stream, one, 0, [(one, BadMessage("unexplained", failure))])
            self._write(self._number(again), [], [one], None)
            return "unexplained"
        return taken.quarantined[0] if taken.quarantined else ""

    def settle(self, identity: str) -> str:
        """Carry out a decision about identity that waits for the intake, in one transaction; what became of it.

        "settled", "refused", or as it stands where it does not wait: asked twice, it is carried out once. What fails
        unexplained is refused for that reason, and a person is paged: the intake goes on. Raises TryLater.
        """
        try:
            for _ in range(TRIES):
                try:
                    return self._settle(identity)
                except (VersionConflict, AlreadyOnRecord):
                    continue  # somebody else wrote in between: look again and decide anew
        except KeyDestroyed:
            return self._refuse(identity, "erased")
        except HubError:
            raise
        except Exception as unexplained:  # noqa: BLE001 - a bug of ours must not stop what follows
            log.error("decision %s failed unexplained (%s)", identity, _where(unexplained))  # noqa: TRY400 - a traceback would quote it
            self._tools.page(identity_stream(identity), "could not be carried out: mash identity show")
            return self._refuse(identity, "unexplained")
        raise TryLater(f"what decision {identity} rests on keeps being written to by others")

    def _settle(self, identity: str) -> str:
        record, name = self._tools.record, identity_stream(identity)
        self._refresh()
        change = settle.carry_out(
            identity, record=record, alive=self._alive, ledger_until=self._tools.looks(), make=self._tools.keys.make,
            rules=_Rules(self._tools, self._standing, self._register, self._rule),
        )  # fmt: skip
        if change is not None:
            facts = self._following(name, change.facts, change.versions)
            record.append(facts, index=change.index)
            self._learn(facts)
            for message in change.faulted:
                self._tools.page(f"message:{message}", FAULTED)
        return fold_identity(identity, (one.fact for one in record.load(name))).state

    def _refuse(self, identity: str, reason: str) -> str:
        name = identity_stream(identity)
        versions = {name: len(self._tools.record.load(name))}
        self._tools.record.append(self._following(name, [(name, IdentityRefused(reason=reason))], versions))
        return "refused"

    def _following(self, name: str, facts: Sequence[tuple[str, Fact]], versions: Mapping[str, int]) -> list[NewFact]:
        """Facts that follow from a decision, each on its stream from the version that was read."""
        now, because, heads = self._tools.clock.now(), f"{name}@{versions[name]}", dict(versions)
        numbered = []
        for stream, fact in facts:
            after = heads.get(stream, 0)
            heads[stream] = after + 1
            numbered.append(NewFact(stream, after, fact, self._envelope(now, now, "", because)))
        return numbered

    def _take_whole(self, batch: Sequence[LogMessage], before: Before | None, readmits: str = "") -> Taken:
        for _ in range(TRIES):
            try:
                return self._try(batch, before, readmits)
            except (VersionConflict, AlreadyOnRecord):
                continue  # a person's decision came in between: look again and decide anew
        raise TryLater(f"the streams of {batch[0].place} keep being written by others")

    def _take_single(self, one: LogMessage, before: Before) -> Taken:
        for _ in range(SINGLE_TRIES):
            try:
                return self._take_whole([one], before)
            except KeyDestroyed:
                self._write(self._number(self._quarantine([(one, _erased())])), [], [one], before)
                return Taken(quarantined=("erased",))
            except HubError:
                raise
            except Exception as unexplained:  # noqa: BLE001 - a bug of ours must not stop what follows
                failure = _where(unexplained)
                log.error("message %s failed unexplained (%s)", one.place, failure)  # noqa: TRY400 - a traceback would quote it
        self._tools.page(one.place, UNEXPLAINED)
        bad = [(one, BadMessage("unexplained", failure))]
        self._write(self._number(self._quarantine(bad)), [], [one], before)
        return Taken(quarantined=("unexplained",))

    def _try(self, batch: Sequence[LogMessage], before: Before | None, readmits: str) -> Taken:
        sent = [one for one in batch if one.topic != FINDINGS]
        found = [one for one in batch if one.topic == FINDINGS]
        due = [*([self._sent(sent, readmits)] if sent else ()), *([self._found(found, readmits)] if found else ())]
        facts = [fact for one in due for fact in one.facts]
        index = [row for one in due for row in one.index]
        self._write(facts, index, batch, before, [moved for one in due for moved in one.sequences])
        self._learn(facts)
        self._places.learn(facts)
        for place in (place for one in due for place in one.faulted):
            self._tools.page(place, FAULTED)
        return _sum([one.taken for one in due])

    def _sent(self, batch: Sequence[LogMessage], readmits: str) -> Due:
        """What organisations sent."""
        tools, now = self._tools, self._tools.clock.now()
        self._refresh()
        inspector = verify.Inspector(
            self._register, tools.vocabulary, tools.bodies, tools.codec, tools.blind, tools.plain
        )
        good: list[verify.Verified] = []
        bad: list[tuple[LogMessage, BadMessage]] = []
        for one in batch:
            try:
                good.append(verify.verify(one, inspector))
            except BadMessage as wrong:
                bad.append((one, wrong))
        fresh, repeated, refused = self._seen_before(good, inspector, now)
        bad += refused
        matcher = self._matcher()
        placed = matcher.place([_described(v.message) for v in fresh])
        tools.keys.make(_owners(placed))
        self._opened = {p.person: p.candidates for one in placed for p in one if p.new_person}
        self._spoken_of = {}
        self._know(p.person for one in placed for p in one if not p.new_person and p.person not in self._opened)
        self._places.begin([(v.message, placements) for v, placements in zip(fresh, placed, strict=True)])
        drafts: list[tuple[Draft, verify.Verified]] = []
        index: list[IndexRow] = list(matcher.freed)  # first, so that their own ids are free for whom they mean now
        for verified, placements in zip(fresh, placed, strict=True):
            written = self._written(verified, placements, now)
            drafts += [(draft, verified) for draft in written.drafts]
            index += written.index
        drafts += self._proposed(matcher, fresh, drafts)
        drafts += self._protected(matcher, fresh, placed, drafts)
        gaps, tracked = self._sequences(good, () if readmits else fresh)
        aside = self._readmitted(readmits, batch[0], repeated, bad) if readmits else self._quarantine(bad)
        facts = self._number([*aside, *gaps]) + self._number_drafts(drafts, now)
        met = [placement for one in placed for placement in one]
        taken = Taken(
            recorded=len(fresh),
            repeated=repeated,
            quarantined=tuple(wrong.reason for _, wrong in bad),
            linked=sum(not p.new_person for p in met),
            opened=sum(p.new_person and not p.in_review for p in met),
            in_review=sum(p.in_review for p in met),
        )
        faulted = tuple(verified.at.place for draft, verified in drafts if isinstance(draft.fact, RulingFaulted))
        return Due(taken=taken, facts=facts, index=index, sequences=tracked, faulted=faulted)

    def _matcher(self) -> Matcher:
        """A matcher for one batch, with what persons have decided up to now."""
        tools = self._tools
        return Matcher(
            record=tools.record, vault=tools.vault, blind=tools.blind, standing=tools.standing,
            sounds=tools.likeness.sounds, judge=tools.judge, population=self._population(tools.clock.now()),
            held=self._decided.refresh(), sector=self._sector,
        )  # fmt: skip

    def _found(self, batch: Sequence[LogMessage], readmits: str) -> Due:
        """What consumers found."""
        tools, now = self._tools, self._tools.clock.now()
        read: list[tuple[LogMessage, Finding]] = []
        bad: list[tuple[LogMessage, BadMessage]] = []
        for one in batch:
            try:
                read.append((one, _finding(one, tools.codec)))
            except BadMessage as wrong:
                bad.append((one, wrong))
        known = tools.record.versions(sorted({f"person:{finding.child}" for _, finding in read}))
        nobody = BadMessage(
            "unknown_child", "the record holds no person of this id: which record was it made from?", "child"
        )
        bad += [(one, nobody) for one, finding in read if f"person:{finding.child}" not in known]
        findings = [finding for _, finding in read if f"person:{finding.child}" in known]
        drafts = alert.fold_findings(findings, record=tools.record)
        received = max(one.received for one in batch)
        facts = [
            NewFact(d.stream, d.after, d.fact, self._envelope(now, received, d.journey, d.because)) for d in drafts
        ]
        aside = self._readmitted(readmits, batch[0], 0, bad) if readmits else self._quarantine(bad)
        taken = Taken(findings=len(findings), quarantined=tuple(wrong.reason for _, wrong in bad))
        return Due(taken=taken, facts=self._number(aside) + facts)

    def _proposed(
        self, matcher: Matcher, fresh: Sequence[verify.Verified], drafts: Sequence[tuple[Draft, verify.Verified]]
    ) -> list[tuple[Draft, verify.Verified]]:
        """Whom those of whom something new was said may turn out to be: proposals, and what counts as possible by them.

        It is worked out on what this batch writes, and goes in with it.
        """
        if not any(found or self._held_person(placed.person).proposed for _, placed, found in matcher.again):
            return []
        written: dict[str, list[Fact]] = {}
        for draft, _ in drafts:
            written.setdefault(draft.stream, []).append(draft.fact)

        def load(person: str) -> Person:
            if person not in self._opened:
                self._know([person])
            state = self._held_person(person)
            for fact in written.get(f"person:{person}", ()):
                if isinstance(fact, PersonFact):
                    state = evolve(state, fact)
            return state

        def counted(child: str) -> Child:
            stream = children.stream(child)
            return children.fold([*(one.fact for one in self._tools.record.load(stream)), *written.get(stream, ())])

        proposing = Proposing(
            load=load, counted=counted, alive=self._alive, together=Together(self._tools.record, self._tools.spoken),
            anew=True,
        )  # fmt: skip
        added: list[tuple[Draft, verify.Verified]] = []
        for number, placed, found in matcher.again:
            before, verified = len(proposing.facts), fresh[number]
            for one in found:
                proposing.propose(one, matcher.weighing())
            proposing.look_again(placed.person, [one.other for one in found], matcher.still_alike)
            because = f"{append.stream_of(verified)}@1"
            added += [
                (Draft(stream, fact, new=False, because=because), verified) for stream, fact in proposing.facts[before:]
            ]
        return added

    def _protected(
        self, matcher: Matcher, fresh: Sequence[verify.Verified], placed: Sequence[Sequence[Placement]],
        drafts: Sequence[tuple[Draft, verify.Verified]],
    ) -> list[tuple[Draft, verify.Verified]]:  # fmt: skip
        """Who of a batch was declared to be protected is restricted with it: there is no moment in which they are not.

        Nor does what `drafts` counts of them as possible for others stand then.
        """
        self._protecting.refresh()
        found: list[tuple[Draft, verify.Verified]] = []
        met: set[tuple[str, str]] = set()
        for verified, placements in zip(fresh, placed, strict=True):
            because = f"{append.stream_of(verified)}@1"
            follows = self._protecting.meet(placements, matcher, self._as_held, met)
            follows += self._no_longer_told(follows, [draft for draft, _ in drafts])
            found += [(Draft(stream, fact, new=False, because=because), verified) for stream, fact in follows]
        return found

    def _no_longer_told(self, follows: Sequence[tuple[str, Fact]], drafts: Sequence[Draft]) -> list[tuple[str, Fact]]:
        """What others' pages would tell of whoever is restricted by these facts: it counts for those no more."""
        gone: list[tuple[str, Fact]] = []
        for stream, fact in follows:
            person = stream.partition(":")[2]
            if not isinstance(fact, RestrictionSet):
                continue
            written = [draft.fact for draft in drafts if draft.stream == stream and isinstance(draft.fact, PersonFact)]
            self._know(one for one in (person,) if one not in self._opened)
            state = self._as_held(person)
            for one in (*written, fact):
                state = evolve(state, one)
            self._know(one for one in state.may_be if one not in self._opened)
            own = {ident for ident, signal in self._counting_with(person, drafts).items() if signal.relation == "own"}
            for other in sorted({survivor(one, self._as_held) for one in state.may_be} - {person}):
                if state.closed_to(self._as_held(other)) and self._alive(f"person:{other}"):
                    held = self._counting_with(other, drafts)
                    told = sorted(ident for ident in own & held.keys() if held[ident].relation == "possible")
                    gone += [
                        (children.stream(other), SignalDiscounted(signal_id=ident, reason="not_pooled"))
                        for ident in told
                    ]
        return gone

    def _counting_with(self, child: str, drafts: Sequence[Draft]) -> Mapping[str, Signal]:
        """What counts for a child once these are written."""
        stream = children.stream(child)
        new = [draft.fact for draft in drafts if draft.stream == stream]
        return children.fold([*(one.fact for one in self._tools.record.load(stream)), *new]).signals

    def _as_held(self, person: str) -> Person:
        return Person(person) if person in self._opened else self._held_person(person)

    def protect(self) -> int:
        """Go through everybody whom the hub held before somebody was declared protected; how many declarations.

        Each is one transaction, and is done once. Raises TryLater.
        """
        for _ in range(TRIES):
            self._protecting.refresh()
            waiting = self._protecting.unsought()
            try:
                for one in waiting:
                    self._seek(one)
            except (VersionConflict, AlreadyOnRecord):
                continue  # somebody wrote about one of them in between: look again
            return len(waiting)
        raise TryLater("whom a declaration may be about keeps being written to by others")

    def _seek(self, one: Protected) -> None:
        self._opened = {}
        facts = self._protecting.seek(one, self._matcher(), self._load_person)
        facts += self._no_longer_told(facts, [])
        streams = sorted({stream for stream, _ in facts})
        versions = dict.fromkeys(streams, 0) | dict(self._tools.record.versions(streams))
        name = protected_stream(one.id)
        self._tools.record.append(new := self._following(name, facts, versions))
        self._learn(new)
        self._protecting.refresh()

    # ------------------------------------------------------------------------------------------------ one message

    def _written(self, verified: verify.Verified, placements: Sequence[Placement], now: datetime) -> Written:
        tools, said = self._tools, verified.message
        pen = Pen(
            tools.vault, tools.blind, tools.vocabulary, self._register.sector, self._possible_for, now, self._places,
            kinds=self._kinds,
        )  # fmt: skip
        met = append.people(placements, pen, f"{append.stream_of(verified)}@1", said.recorded_at)
        for draft in met.drafts:
            if isinstance(draft.fact, PersonOpened | KindNoted):
                self._spoken_of.setdefault(draft.stream.partition(":")[2], set()).add(draft.fact.kind)
        match said:
            case message.ConcernRaised() | message.StrengthObserved():
                drafts = self._concern(verified, said, placements, pen)
            case message.ConcernCorrected():
                earlier = self._earlier(verified)
                corrected = self._concern(verified, said.statement, placements, pen, earlier)
                # taken back before it is counted anew: between the two nobody must find it twice
                drafts = [*corrected[:2], *self._taken_back(verified, earlier, "corrected"), *corrected[2:]]
            case message.ConcernWithdrawn():
                chain = self._standing.chain(self._earlier(verified))
                about = list(dict.fromkeys(record for one in chain for record in self._about(one)))
                drafts = append.withdrawal_facts(verified, said, chain, about, pen)
                for one in chain:
                    drafts += self._taken_back(verified, one, "withdrawn")
            case message.InformationProvided():
                drafts = append.information_facts(verified, said, placements[0], pen)
            case message.HouseholdObserved():
                drafts = append.household_facts(verified, said, placements, pen)
            case message.ConsentChanged() | message.InvolvementChanged() | message.LegalStatusChanged():
                drafts = append.standing_facts(verified, said, placements[0], pen)
        # the message's own first fact stands first; then who it is about; then what follows from it
        return Written([drafts[0], *met.drafts, *drafts[1:]], met.index)

    def _concern(
        self, verified: verify.Verified, said: message.ConcernRaised | message.StrengthObserved,
        placements: Sequence[Placement], pen: Pen, corrects: str = "",
    ) -> list[Draft]:  # fmt: skip
        subjects, adults = placements[: len(said.subjects)], placements[len(said.subjects) :]
        ruling = self._ruling(said, subjects, pen.now)
        return append.concern_facts(verified, said, subjects, adults, ruling, pen, corrects)

    def _ruling(
        self, said: message.ConcernRaised | message.StrengthObserved, subjects: Sequence[Placement], now: datetime
    ) -> IntakeRuling:
        worry = said if isinstance(said, message.ConcernRaised) else None
        about = [(placed.person, s.indicators) for placed, s in zip(subjects, said.subjects, strict=True)]
        return self._rule(
            said.organisation, said.setting or "", about, now, kind="concern" if worry else "strength",
            why_not=worry.family_told.why_not if worry else None, police_code=worry.handling.police_code if worry else None,
        )  # fmt: skip

    def _rule(
        self, organisation: str, setting: str, subjects: Sequence[tuple[str, Sequence[str]]], now: datetime, *,
        kind: Literal["concern", "strength", "household"], why_not: str | None, police_code: str | None,
        standing: Callable[[str], Standing] | None = None,
    ) -> IntakeRuling:  # fmt: skip
        """The three answers about what this organisation said; `subjects` are person ids, each with its indicators.

        `standing` gives what is on record of a person, where that is not what is on record now.
        """
        owner = self._register.organisations[organisation]
        today, vocabulary = london_day(now), self._tools.vocabulary
        at_intake = AtIntake(
            owner=Organisation(owner.organisation, owner.sector, owner.party, owner.listed_body),
            setting=setting,
            kind=kind,
            subjects=tuple(
                (standing(person) if standing else self._standing).subject(
                    person, codes, why_not or "", vocabulary, today
                )
                for person, codes in subjects
            ),
            protocol_excludes=police_code in self._tools.not_pooled,
        )
        grounds = {subject.grounds for subject in at_intake.subjects}
        if any(subject.statements for subject in at_intake.subjects) or len(grounds) > 1:
            return rule_at_intake(at_intake, rulings=self._tools.rulings, at=now, agreed=self._tools.agreed)
        # with nothing on record that a date could change, children are alike: the usual ruling, with their ids
        why_not_told = at_intake.subjects[0].why_not_told if at_intake.subjects else ""
        usual = (at_intake.owner, at_intake.setting, at_intake.kind, at_intake.protocol_excludes, why_not_told,
                 *grounds, len(subjects), london_day(now))  # fmt: skip
        ruling = self._usual.get(usual)
        if ruling is None:
            ruling = rule_at_intake(at_intake, rulings=self._tools.rulings, at=now, agreed=self._tools.agreed)
            if ruling.faults:
                return ruling
            self._usual[usual] = ruling
        return structs_replace(ruling, counted_for=tuple(person for person, _ in subjects) if ruling.counted else ())

    def _sector_now(self, organisation: str) -> str:
        """The sector of an organisation, as the register has it now."""
        self._refresh_once()
        return self._register.sector(organisation)

    def _may_count(self, asked: Question) -> bool:
        """Whether a signal of the household may count for one child, by what is on record now."""
        self._refresh_once()
        ruling = self._rule(
            asked.organisation, asked.setting, [(asked.child, asked.indicators)], self._tools.clock.now(),
            kind=asked.kind, why_not=asked.why_not_told, police_code=asked.police_code,
        )  # fmt: skip
        return asked.child in ruling.counted_for and not ruling.faults

    def _refresh_once(self) -> None:
        if not self._asked:
            self._refresh()
            self._asked = True

    # ------------------------------------------------------------------------------- what a policy erred over, again

    def ask_again(self) -> int:
        """Rule once more on what a policy erred over, and let it count as ruled; how many are settled. Once a process.

        Asked twice, nothing counts twice; where the policy errs again a person is paged again, and it waits on.
        """
        if self._asked_again:
            return 0
        waiting: dict[str, None] = {}
        after = 0
        while page := self._tools.record.read(after, 500, [RulingFaulted.NAME]):
            waiting |= dict.fromkeys(recorded.stream for recorded in page)
            after = page[-1].position
        settled = 0
        for stream in waiting:
            try:
                settled += self._ask_again(stream)
            except KeyDestroyed:
                log.warning("%s is about somebody whose record was erased: it counts for nobody", stream)
            except HubError:
                raise
            except Exception as unexplained:  # noqa: BLE001 - a bug of ours must not stop what follows
                log.error("%s could not be ruled on again (%s)", stream, _where(unexplained))  # noqa: TRY400 - a traceback would quote it
                self._tools.page(stream, FAULTED)
        self._asked_again = True
        return settled

    def _ask_again(self, stream: str) -> bool:
        for _ in range(TRIES):
            self._refresh()
            history = self._tools.record.load(stream)
            rulings = [one.fact for one in history if isinstance(one.fact, ConcernRuled)]
            if not rulings or not rulings[-1].faults:
                return False
            facts = self._ruled_again(history)
            if not facts:
                self._tools.page(stream, FAULTED)
                return False
            try:
                self._tools.record.append(facts)
            except VersionConflict:
                continue  # somebody else wrote about the child in between
            return True
        raise TryLater(f"{stream} or what it counts for keeps being written to by others")

    def _ruled_again(self, history: Sequence[Recorded]) -> list[NewFact]:
        """The new ruling, and the signals that it lets count; [] where a policy erred again."""
        tools, now, first = self._tools, self._tools.clock.now(), history[0]
        assert isinstance(first.fact, ConcernRecorded | StrengthRecorded | CorrectionRecorded)  # noqa: S101 - only these are ruled
        said, ident = first.fact.statement, first.stream.partition(":")[2]
        rows = tools.record.by_source_record([subject.source_record for subject in said.subjects])
        persons = [rows[subject.source_record].person for subject in said.subjects]
        self._opened = {}
        self._know(persons)
        ruling = self._rule(
            said.organisation, said.setting or "", [(p, s.indicators) for p, s in zip(persons, said.subjects, strict=True)],
            now, kind="strength" if isinstance(first.fact, StrengthRecorded) else "concern", why_not=said.why_not_told,
            police_code=said.police_code,
        )  # fmt: skip
        if ruling.faults:
            return []
        drafts = [append.ruled_fact(first.stream, ruling)]
        drafts += self._kept_out(first, ident, persons, ruling)
        if len(self._standing.chain(ident)) == 1 and not self._standing.withdrawn(ident):
            pen = Pen(tools.vault, tools.blind, tools.vocabulary, self._register.sector, self._possible_for, now)
            because = f"{first.stream}@{history[-1].version + 1}"
            for signal in append.signals_of(first.fact, ident, first.envelope.received, persons, ruling, pen):
                stream = children.stream(signal.child)
                held = children.fold(one.fact for one in tools.record.load(stream))
                if self._alive(f"person:{signal.child}"):
                    drafts += [
                        Draft(stream, f, new=False, because=because) for f in children.decide(held, CountSignal(signal))
                    ]
        versions = dict(tools.record.versions(sorted({draft.stream for draft in drafts})))
        facts = []
        for draft in drafts:
            after = versions.get(draft.stream, 0)
            versions[draft.stream] = after + 1
            envelope = self._envelope(now, first.envelope.received, ident, draft.because)
            facts.append(NewFact(draft.stream, after, draft.fact, envelope))
        return facts

    def _kept_out(self, first: Recorded, ident: str, persons: Sequence[str], ruling: IntakeRuling) -> list[Draft]:
        """What counts though it is ruled out now: it was counted for another, before it moved here."""
        drafts = []
        for number, person in enumerate(persons):
            for child in (person, *self._candidates(person)) if person not in ruling.counted_for else ():
                held = children.fold(one.fact for one in self._tools.record.load(children.stream(child)))
                drafts += [
                    Draft(children.stream(child), gone, new=False, because=f"{first.stream}@1")
                    for gone in children.decide(held, DiscountSignal(f"{ident}/{number}", "not_pooled"))
                ]
        return drafts

    def _earlier(self, verified: verify.Verified) -> str:
        """The hub's id of what a correction or withdrawal refers to; "" for any other message.

        Raises BadMessage where that is not on record, or a correction corrects what stands no more. It is asked before
        anybody is placed: whoever a refused message speaks of must not be met again by the message after it.
        """
        match verified.message:
            case message.ConcernCorrected(corrects=ce_id):
                field = "corrects"
            case message.ConcernWithdrawn(withdraws=ce_id):
                field = "withdraws"
            case _:
                return ""
        try:
            earlier = message_id(verified.header.source, ce_id)
        except ValueError:
            raise BadMessage("malformed_id", "give the id under which it was sent, a UUID", field) from None
        if not self._tools.record.versions([f"message:{earlier}"]):
            detail = "what it refers to is not on record: it waits here, and can be re-admitted once that is"
            raise BadMessage("refers_to_unknown", detail, field)
        if isinstance(verified.message, message.ConcernCorrected):
            if self._standing.withdrawn(earlier):
                raise BadMessage("already_withdrawn", "it was withdrawn: send a new concern", field)
            if len(self._standing.chain(earlier)) > 1:
                detail = "a correction stands in its place already: correct that one, by the id under which it was sent"
                raise BadMessage("already_corrected", detail, field)
        return earlier

    def _statement(self, earlier: str) -> Recorded:
        return self._tools.record.load(f"message:{earlier}", upto=1)[0]

    def _about(self, earlier: str) -> list[str]:
        """The source records that a statement is about, without those that were erased since."""
        fact = self._statement(earlier).fact
        if not isinstance(fact, ConcernRecorded | StrengthRecorded | CorrectionRecorded):
            return []
        about = [s.source_record for s in fact.statement.subjects] + [a.source_record for a in fact.statement.adults]
        return [one for one in about if self._alive(f"source-record:{one}")]

    def _alive(self, owner: str) -> bool:
        """Whether something may still be written about this person or source record; raises KeyMissing (an incident)."""
        try:
            self._tools.keys.find(owner)
        except KeyDestroyed:
            return False
        return True

    def _taken_back(self, verified: verify.Verified, earlier: str, reason: DiscountReason) -> list[Draft]:
        """The signals of an earlier statement count no longer: for the child, and for whoever it might have been.

        What was taken back before is not taken back again. (The record is whole here: see `_parts`.)
        """
        fact = self._statement(earlier).fact
        if not isinstance(fact, ConcernRecorded | StrengthRecorded | CorrectionRecorded):
            return []
        rows = self._tools.record.by_source_record([s.source_record for s in fact.statement.subjects])
        drafts = []
        for number, subject in enumerate(fact.statement.subjects):
            person = rows[subject.source_record].person
            for child in (person, *self._candidates(person)):
                held = children.fold(one.fact for one in self._tools.record.load(children.stream(child)))
                because = f"{append.stream_of(verified)}@1"
                drafts += [
                    Draft(children.stream(child), gone, new=False, because=because)
                    for gone in children.decide(held, DiscountSignal(f"{earlier}/{number}", reason))
                ]
        return drafts

    def _candidates(self, person: str) -> tuple[str, ...]:
        """Who a person may turn out to be (in review, or by a proposal), of those not erased since.

        Of a candidate that was merged with another since, the one that stayed.
        """
        candidates = self._opened.get(person)
        if candidates is None:
            candidates = self._held_person(person).may_be
        self._know(one for one in candidates if one not in self._opened)
        found = dict.fromkeys(survivor(one, self._held_person) for one in candidates)
        return tuple(one for one in found if one != person and self._alive(f"person:{one}"))

    def _possible_for(self, person: str) -> tuple[str, ...]:
        """For whom what is said of a person counts as possible: of a restricted identity nobody else's page may tell."""
        candidates, state = self._candidates(person), self._as_held(person)
        return tuple(one for one in candidates if not state.closed_to(self._as_held(one)))

    def _kinds(self, person: str) -> frozenset[Kind]:
        """As what organisations have spoken of this person, in this batch too."""
        before = frozenset[Kind]() if person in self._opened else self._held_person(person).kinds
        return before | self._spoken_of.get(person, frozenset[Kind]())

    def _population(self, now: datetime) -> int:
        """How many source records the match index holds, asked once a minute: for a prior that is near enough."""
        if self._tools.judge is None:
            return 0
        if self._indexed is None or now - self._indexed[0] > POPULATION_AGE:
            self._indexed = now, self._tools.record.indexed()
        return self._indexed[1]

    def _sector(self, organisation: str) -> str:
        held = self._register.organisations.get(organisation)
        return held.sector if held else ""

    def _held_person(self, person: str) -> Person:
        return self._persons.get(person) or self._load_person(person)

    def _load_person(self, person: str) -> Person:
        return fold_person(person, (one.fact for one in self._tools.record.load(f"person:{person}")))

    def _know(self, persons: Iterable[str]) -> None:
        """Have these persons at hand as the record has them now; read are only those written to by somebody else."""
        if len(self._persons) > MOST_PERSONS:
            self._persons.clear()
        wanted = {f"person:{person}": person for person in persons}
        for stream, version in self._tools.record.versions(list(wanted)).items():
            person = wanted[stream]
            known = self._persons.get(person)
            if known is None or known.version != version:
                self._persons[person] = self._load_person(person)

    def _learn(self, facts: Sequence[NewFact]) -> None:
        """Fold what this intake has just written about persons."""
        for new in facts:
            if isinstance(new.fact, PersonFact):
                person = new.stream.partition(":")[2]
                known = self._persons.get(person, Person(person))
                if known.version == new.after:
                    self._persons[person] = evolve(known, new.fact)

    # ------------------------------------------------------------------------------------------------- the batch

    def _refresh(self) -> None:
        """Read what was added to the register of organisations since the last batch: a revoked key stops at once."""
        register = self._register
        while page := self._tools.record.read(register.position, 500, AGENCY_NAMES):
            register = register_from(page, register)
        self._register = register
        self._standing.refresh()

    def _seen_before(
        self, good: Sequence[verify.Verified], inspector: verify.Inspector, now: datetime
    ) -> tuple[list[verify.Verified], int, list[tuple[LogMessage, BadMessage]]]:
        """Parts what is new and keeps the rules from harmless repeats, and from what is refused."""
        record = self._tools.record
        known = record.versions([append.stream_of(v) for v in good])
        digests = {stream: _digest(record.load(stream, upto=1)[0]) for stream in known}
        fresh: list[verify.Verified] = []
        bad: list[tuple[LogMessage, BadMessage]] = []
        repeated = 0
        for verified in good:
            stream = append.stream_of(verified)
            if stream not in digests:
                try:
                    verify.keep_rules(verified, inspector, now)
                    self._earlier(verified)
                except BadMessage as wrong:
                    bad.append((verified.at, wrong))
                    continue
                digests[stream] = verified.digest
                fresh.append(verified)
            elif digests[stream] == verified.digest:
                repeated += 1
            else:
                detail = "this (source, id) is on record with other bytes: send a correction under a new id"
                bad.append((verified.at, BadMessage("same_id_other_bytes", detail, "ce_id")))
        return fresh, repeated, bad

    def _sequences(
        self, taken: Iterable[verify.Verified], new: Iterable[verify.Verified]
    ) -> tuple[list[tuple[Draft, LogMessage]], list[Tracked]]:
        """Where each source's own numbering stands now, and an alarm for numbers that never came, or came again.

        A number came when its message was verified, whatever became of it: what lies in quarantine is not lost. `new`
        are those that are recorded for the first time: a repeat has its old number, and one re-admitted is late.
        """
        first_time = {verified.at.place for verified in new}
        gaps: list[tuple[Draft, LogMessage]] = []
        newest: dict[str, tuple[int, int]] = {}  # source -> (before, now)
        for verified in taken:
            source = f"sequence/{verified.header.source}/{verified.signer}"
            if source not in newest:
                stands = self._numbers.get(source)
                newest[source] = (self._tools.record.tracked(source) if stands is None else stands,) * 2
            before, last = newest[source]
            number = verified.message.source_sequence
            if not 0 <= number <= MOST_NUMBER:
                continue  # the rules have refused it
            if number > last + 1 and not (last == -1 and number <= 1):
                gap = SequenceGapNoticed(
                    organisation=verified.header.source, signer=verified.signer, first=max(last, 0) + 1, last=number - 1
                )
                stream = f"source:{verified.header.source}"
                gaps.append((Draft(stream, gap, new=False, because=f"log:{verified.at.place}"), verified.at))
                log.warning("sequence gap: source %s, %d to %d", verified.header.source, gap.first, gap.last)
            elif number <= last and verified.at.place in first_time:
                again = SequenceNumberReused(
                    organisation=verified.header.source, signer=verified.signer, number=number, newest=last
                )
                stream = f"source:{verified.header.source}"
                gaps.append((Draft(stream, again, new=False, because=f"log:{verified.at.place}"), verified.at))
                log.warning("sequence number again: source %s, %d after %d", verified.header.source, number, last)
            newest[source] = (before, max(last, number))
        moved = [Tracked(source, before, now) for source, (before, now) in newest.items() if now != before]
        return gaps, moved

    def _quarantine(self, bad: Iterable[tuple[LogMessage, BadMessage]]) -> list[tuple[Draft, LogMessage]]:
        drafts = []
        for one, wrong in bad:
            fact = MessageQuarantined(
                topic=one.topic, partition=one.partition, offset=one.offset, reason=wrong.reason, field=wrong.field,
                detail=wrong.detail, key=one.key, headers=one.headers, body=one.body,
            )  # fmt: skip
            stream = quarantine_stream(one.topic, one.partition, one.offset)
            drafts.append((Draft(stream, fact, new=False, because=f"log:{one.place}"), one))
            log.warning("quarantined %s: %s", one.place, wrong.reason)
        return drafts

    def _readmitted(
        self, stream: str, one: LogMessage, repeated: int, bad: Sequence[tuple[LogMessage, BadMessage]]
    ) -> list[tuple[Draft, LogMessage]]:
        if bad:
            fact = MessageReadmitted(outcome="refused_again", reason=bad[0][1].reason)
        else:
            fact = MessageReadmitted(outcome="recorded_before" if repeated else "recorded")
        return [(Draft(stream, fact, new=False, because=f"{stream}@1"), one)]

    def _number_drafts(self, drafts: Sequence[tuple[Draft, verify.Verified]], now: datetime) -> list[NewFact]:
        opened = {d.stream for d, _ in drafts if d.new}  # the record refuses the batch where one is there already
        versions = dict(self._tools.record.versions(sorted({d.stream for d, _ in drafts} - opened)))
        facts = []
        for draft, verified in drafts:
            after = versions.get(draft.stream, 0)
            versions[draft.stream] = after + 1
            by = f"organisation:{verified.signer}"
            envelope = Envelope(now, verified.received, by, draft.because, verified.id, self._tools.edition)
            facts.append(NewFact(draft.stream, after, draft.fact, envelope))
        return facts

    def _number(self, drafts: Sequence[tuple[Draft, LogMessage]]) -> list[NewFact]:
        versions = self._tools.record.versions(sorted({d.stream for d, _ in drafts}))
        now = self._tools.clock.now()
        facts = []
        for draft, one in drafts:
            after = versions.get(draft.stream, 0)
            versions[draft.stream] = after + 1
            facts.append(NewFact(draft.stream, after, draft.fact, self._envelope(now, one.received, "", draft.because)))
        return facts

    def _envelope(self, now: datetime, received: datetime, journey: str, because: str) -> Envelope:
        return Envelope(now, received.astimezone(UTC), "service:intake", because, journey, self._tools.edition)

    def _write(
        self, facts: Sequence[NewFact], index: Sequence[IndexRow], batch: Sequence[LogMessage], before: Before | None,
        sequences: Sequence[Tracked] = (),
    ) -> None:  # fmt: skip
        # compare-and-set on each previous place: a batch that overlaps another intake's is refused whole
        ends = {} if before is None else _ends(batch)
        moved = [Tracked(f"{place[0]}/{place[1]}", (before or {})[place], end) for place, end in ends.items()]
        numbers, self._numbers = self._numbers, {}  # after a fault nobody knows whether it was written: ask again
        self._tools.record.append(facts, tracked=[*moved, *sequences], index=index)
        self._numbers = numbers | {one.source: one.after for one in sequences}


class _Rules:
    """How the intake rules, for a decision that it carries out (see hub/flow/settle.py)."""

    def __init__(self, tools: Tools, standing: Standing, register: Register, rule: Callable[..., IntakeRuling]) -> None:
        self._tools, self._standing, self._register, self._rule = tools, standing, register, rule
        self.spoken = tools.spoken

    def stands(self, message: str) -> bool:
        return len(self._standing.chain(message)) == 1 and not self._standing.withdrawn(message)

    def rule(
        self, first: Recorded, numbers: Sequence[int], about: Sequence[Person], merged: Mapping[str, str]
    ) -> settle.Ruled:
        fact, people, tools = first.fact, {one.id: one for one in about}, self._tools
        assert isinstance(fact, ConcernRecorded | StrengthRecorded | CorrectionRecorded)  # noqa: S101 - the caller has looked
        said, known_at = fact.statement, first.envelope.known_at
        ruling = self._rule(
            said.organisation, said.setting or "",
            [(one.id, said.subjects[n].indicators) for n, one in zip(numbers, about, strict=True)],
            known_at, kind="strength" if isinstance(fact, StrengthRecorded) else "concern",
            why_not=said.why_not_told, police_code=said.police_code,
            standing=lambda person: self._standing.supposing(
                person, people[person].source_records, merged, first.position
            ),
        )  # fmt: skip
        persons = dict(zip(numbers, (one.id for one in about), strict=True))
        everybody = [persons.get(n, "") for n in range(len(said.subjects))]
        pen = Pen(tools.vault, tools.blind, tools.vocabulary, self._register.sector, lambda _: (), known_at)
        ident = first.stream.partition(":")[2]
        counts = append.signals_of(fact, ident, first.envelope.received, everybody, ruling, pen)
        made = append.ruled_fact(first.stream, ruling).fact
        assert isinstance(made, ConcernRuled)  # noqa: S101 - for the type checker
        return settle.Ruled(made, ruling.counted_for, {signal.id: signal for signal in counts})


def _partition(one: LogMessage) -> tuple[str, int]:
    return one.topic, one.partition


def _ends(batch: Iterable[LogMessage]) -> dict[tuple[str, int], int]:
    """The last offset of each partition in a batch that is in order within each."""
    return {_partition(one): one.offset for one in batch}


def _parts(batch: Sequence[LogMessage]) -> Iterator[Sequence[LogMessage]]:
    """The batch, cut before each message that takes back an earlier one, which may be the one just before it."""
    start = 0
    for number, one in enumerate(batch):
        if number > start and dict(one.headers).get("ce_type") in TAKING_BACK:
            yield batch[start:number]
            start = number
    yield batch[start:]


def _where(unexplained: BaseException) -> str:
    """The kind of an error and the line of ours that raised it: enough to find it, and nothing of what it was about."""
    trace = unexplained.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    line = f" at {Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else ""
    return f"{type(unexplained).__name__}{line}"


def _finding(one: LogMessage, codec: Codec) -> Finding:
    headers = dict(one.headers)
    if "ce_dataschema" not in headers:
        raise BadMessage("missing_header", "a consumer publishes with it", "ce_dataschema")
    finding = codec.decode_finding(headers["ce_dataschema"].decode("ascii", "replace"), one.body)
    if ":" in finding.rule or not finding.rule.isprintable():  # it becomes part of a stream's name
        raise BadMessage("invalid_value", "a rule's id has no colon and no control characters", "rule")
    return finding


def _erased() -> BadMessage:
    return BadMessage("erased", "what it has to be written to is about somebody whose record was erased")


def _digest(recorded: Recorded) -> bytes:
    fact = recorded.fact
    if isinstance(fact, ConcernRecorded | StrengthRecorded | CorrectionRecorded):
        return fact.statement.digest
    return getattr(fact, "digest", b"")


def _described(said: message.Message) -> list[Described]:
    """The persons of a message in the order in which `append` expects their placements."""
    kind: Kind
    match said:
        case message.ConcernCorrected():
            return _described(said.statement)
        case message.ConcernRaised() | message.StrengthObserved():
            people = [Described(said.organisation, "unborn" if s.unborn else "child", s.person) for s in said.subjects]
            adults = said.adults if isinstance(said, message.ConcernRaised) else ()
            return people + [Described(said.organisation, "adult", a.person) for a in adults]
        case message.HouseholdObserved():
            people = []
            for member in said.members:
                kind = "child" if member.role == "child" else "adult"
                people.append(Described(said.organisation, kind, member.person))
            return people
        case message.ConcernWithdrawn():
            return []
        case _:
            return [Described(said.organisation, "child", said.subject)]


def _owners(placed: Sequence[Sequence[Placement]]) -> list[str]:
    owners = {f"source-record:{p.source_record}" for one in placed for p in one if p.new_record}
    owners |= {f"person:{p.person}" for one in placed for p in one if p.new_person}
    return sorted(owners)


def _sum(taken: Sequence[Taken]) -> Taken:
    return Taken(
        recorded=sum(t.recorded for t in taken),
        repeated=sum(t.repeated for t in taken),
        findings=sum(t.findings for t in taken),
        quarantined=tuple(reason for t in taken for reason in t.quarantined),
        linked=sum(t.linked for t in taken),
        opened=sum(t.opened for t in taken),
        in_review=sum(t.in_review for t in taken),
    )
