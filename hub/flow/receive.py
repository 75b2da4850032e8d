"""One batch, start to end: 1 verify, 2 match, 3 share, 4 append. The intake is this, again and again.

Three ways to fail. *For good*: the message is quarantined as the bytes that came, with its reason, in the same
transaction; what follows flows on. *For now* (the store is away): TryLater escapes and the caller keeps the place.
*Unexplained* (a bug of ours): the batch is tried one by one; what fails three times is quarantined as `unexplained` and
a person is paged, and what follows flows on.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from hub.domain.concern import (
    ConcernRecorded,
    CorrectionRecorded,
    MessageQuarantined,
    RulingFaulted,
    StrengthRecorded,
)
from hub.domain.errors import AlreadyOnRecord, BadMessage, HubError, KeyDestroyed, TryLater, VersionConflict
from hub.domain.fact import NewFact, Recorded
from hub.domain.identity import IdentityRefused
from hub.domain.identity import fold as fold_identity
from hub.domain.identity import stream as identity_stream
from hub.domain.signal import Finding
from hub.domain.silence import Silence
from hub.flow import alert, append, quarantine, settle, silence, verify
from hub.flow.append import Draft
from hub.flow.compose import Compose, described
from hub.flow.count import Counting
from hub.flow.count_decided import CountingDecided
from hub.flow.earlier import Earlier
from hub.flow.locate import Locator
from hub.flow.match import Decided, Matcher, Placement
from hub.flow.people import People
from hub.flow.protect import Protecting
from hub.flow.restrict import Restricting, on_duty
from hub.flow.ruling import Ruling
from hub.flow.ruling_again import FAULTED, AfterAChange, AfterAFault, AfterAMove
from hub.flow.sequences import Sequences
from hub.flow.stamp import Stamp
from hub.flow.tools import Tools
from hub.flow.unexplained import TRIES, where
from hub.flow.weigh_again import weigh_again
from hub.ports import IndexRow, LogMessage, Tracked

log = logging.getLogger(__name__)
FINDINGS = "finding.v1"
SINGLE_TRIES = 3  # of a message that fails unexplained
POPULATION_AGE = timedelta(minutes=1)
UNEXPLAINED = "failed unexplained: mash quarantine list"
TAKING_BACK = frozenset({b"mash.concern-corrected.v1", b"mash.concern-withdrawn.v1"})


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
        self._people = People(tools.record, tools.keys)
        self._ruling = Ruling(tools)
        self._stamp = Stamp(tools.record, tools.clock, tools.edition)
        self._places = Locator(record=tools.record, areas=tools.areas, blind=tools.blind, person=self._people.at_hand)
        self._earlier = Earlier(tools.record, self._ruling.standing, self._people)
        self._compose = Compose(tools, self._ruling, self._people, self._earlier, self._places)
        self._sequences = Sequences(tools.record)
        self._decided = Decided(tools.record)
        self._protecting = Protecting(
            tools.record, tools.vault, tools.standing, on_duty(tools.record, self._ruling.standing)
        )
        self._restricting = Restricting(
            tools.record, self._protecting, self._people, self._stamp, self._ruling.standing
        )
        self._after_a_fault = AfterAFault(tools, self._ruling, self._people, self._stamp)
        self._after_a_change = AfterAChange(tools, self._ruling, self._people, self._stamp)
        self._indexed: tuple[datetime, int] | None = None  # when, and how many source records the match index held
        self._counting = Counting(
            record=tools.record, homes=tools.homes, rule=self._ruling.may_count, alive=self._people.alive,
            sector=self._ruling.sector_now, vocabulary=tools.vocabulary, clock=tools.clock, edition=tools.edition,
            page=tools.page, protects_source=tools.protects_source,
        )  # fmt: skip
        self._counting_decided = CountingDecided(record=tools.record, clock=tools.clock, edition=tools.edition)

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
            log.error("a batch failed unexplained (%s); trying its messages one by one", where(unexplained))  # noqa: TRY400 - a traceback would quote it
        taken, done = [], dict(before)
        for one in part:
            taken.append(self._take_single(one, done))
            done[_partition(one)] = one.offset
        return taken

    def count(self) -> int:
        """Count what the record now says of siblings and households, and of decisions; how many signals that changed.

        Run after each look. Raises as `take_look`; what was read before a fault is read again.
        """
        self._ruling.counting_begins()
        return self._counting_decided.run() + self._counting.run()

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
        one = quarantine.message_of(held)
        try:
            taken = self._take_whole([one], None, stream)
        except KeyDestroyed:
            self._write(
                self._stamp.noted(quarantine.readmitted(stream, one, 0, [(one, quarantine.erased())])), [], [one], None
            )
            return "erased"
        except HubError:
            raise
        except Exception as unexplained:  # noqa: BLE001 - a bug of ours must not stop what follows
            failure = where(unexplained)
            log.error("message %s failed unexplained when re-admitted (%s)", one.place, failure)  # noqa: TRY400 - a traceback would quote it
            self._tools.page(one.place, UNEXPLAINED)
            again = quarantine.readmitted(stream, one, 0, [(one, BadMessage("unexplained", failure))])
            self._write(self._stamp.noted(again), [], [one], None)
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
            log.error("decision %s failed unexplained (%s)", identity, where(unexplained))  # noqa: TRY400 - a traceback would quote it
            self._tools.page(identity_stream(identity), "could not be carried out: mash identity show")
            return self._refuse(identity, "unexplained")
        raise TryLater(f"what decision {identity} rests on keeps being written to by others")

    def _settle(self, identity: str) -> str:
        record, name = self._tools.record, identity_stream(identity)
        self._ruling.refresh()
        change = settle.carry_out(
            identity, record=record, alive=self._people.alive, ledger_until=self._tools.looks(), make=self._tools.keys.make,
            rules=AfterAMove(self._tools, self._ruling),
        )  # fmt: skip
        if change is not None:
            facts = self._stamp.following(name, change.facts, change.versions)
            record.append(facts, index=change.index)
            self._people.learn(facts)
            for message in change.faulted:
                self._tools.page(f"message:{message}", FAULTED)
        return fold_identity(identity, (one.fact for one in record.load(name))).state

    def _refuse(self, identity: str, reason: str) -> str:
        name = identity_stream(identity)
        versions = {name: len(self._tools.record.load(name))}
        self._tools.record.append(self._stamp.following(name, [(name, IdentityRefused(reason=reason))], versions))
        return "refused"

    def ask_again(self) -> int:
        """Rule once more on what a policy erred over; how many messages are settled. Once a process; raises TryLater."""
        return self._after_a_fault.run()

    def ask_kept_out(self) -> int:
        """Rule once more on what was kept out of the count and may count by what changed since; how many messages count now.

        Run now and then, as the views follow the record. Raises as `take_look`.
        """
        return self._after_a_change.run()

    def protect(self) -> int:
        """Restrict whoever of those held before was declared to be protected; how many declarations. Raises TryLater."""
        return self._restricting.everybody(self._matcher)

    # ------------------------------------------------------------------------------------------------- one batch

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
                self._write(self._stamp.noted(quarantine.kept([(one, quarantine.erased())])), [], [one], before)
                return Taken(quarantined=("erased",))
            except HubError:
                raise
            except Exception as unexplained:  # noqa: BLE001 - a bug of ours must not stop what follows
                failure = where(unexplained)
                log.error("message %s failed unexplained (%s)", one.place, failure)  # noqa: TRY400 - a traceback would quote it
        self._tools.page(one.place, UNEXPLAINED)
        bad = [(one, BadMessage("unexplained", failure))]
        self._write(self._stamp.noted(quarantine.kept(bad)), [], [one], before)
        return Taken(quarantined=("unexplained",))

    def _try(self, batch: Sequence[LogMessage], before: Before | None, readmits: str) -> Taken:
        sent = [one for one in batch if one.topic != FINDINGS]
        found = [one for one in batch if one.topic == FINDINGS]
        due = [*([self._sent(sent, readmits)] if sent else ()), *([self._found(found, readmits)] if found else ())]
        facts = [fact for one in due for fact in one.facts]
        index = [row for one in due for row in one.index]
        self._write(facts, index, batch, before, [moved for one in due for moved in one.sequences])
        self._people.learn(facts)
        self._places.learn(facts)
        for place in (place for one in due for place in one.faulted):
            self._tools.page(place, FAULTED)
        return _sum([one.taken for one in due])

    def _sent(self, batch: Sequence[LogMessage], readmits: str) -> Due:
        """What organisations sent."""
        tools, now = self._tools, self._tools.clock.now()
        self._ruling.refresh()
        inspector = verify.Inspector(
            self._ruling.register, tools.vocabulary, tools.bodies, tools.codec, tools.blind, tools.plain
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
        placed = matcher.place([described(v.message) for v in fresh])
        tools.keys.make(_owners(placed))
        self._people.begin({p.person: p.candidates for one in placed for p in one if p.new_person})
        self._people.know(p.person for one in placed for p in one)
        self._places.begin([(v.message, placements) for v, placements in zip(fresh, placed, strict=True)])
        drafts: list[tuple[Draft, verify.Verified]] = []
        index: list[IndexRow] = list(matcher.freed)  # first, so that their own ids are free for whom they mean now
        for verified, placements in zip(fresh, placed, strict=True):
            written = self._compose.of(verified, placements, now)
            drafts += [(draft, verified) for draft in written.drafts]
            index += written.index
        drafts += weigh_again(matcher, fresh, drafts, people=self._people, record=tools.record, spoken=tools.spoken)
        drafts += self._restricting.in_batch(matcher, fresh, placed, drafts)
        gaps, tracked = self._sequences.look(good, () if readmits else fresh)
        aside = quarantine.readmitted(readmits, batch[0], repeated, bad) if readmits else quarantine.kept(bad)
        facts = self._stamp.noted([*aside, *gaps]) + self._stamp.said(drafts, now)
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
            held=self._decided.refresh(), sector=self._ruling.sector,
        )  # fmt: skip

    def _population(self, now: datetime) -> int:
        """How many source records the match index holds, asked once a minute: for a prior that is near enough."""
        if self._tools.judge is None:
            return 0
        if self._indexed is None or now - self._indexed[0] > POPULATION_AGE:
            self._indexed = now, self._tools.record.indexed()
        return self._indexed[1]

    def _found(self, batch: Sequence[LogMessage], readmits: str) -> Due:
        """What consumers found."""
        tools, now = self._tools, self._tools.clock.now()
        read: list[tuple[LogMessage, Finding]] = []
        quiet: list[tuple[LogMessage, Silence]] = []
        bad: list[tuple[LogMessage, BadMessage]] = []
        for one in batch:
            try:
                if silence.is_silence(one):
                    quiet.append((one, silence.read_silence(one, tools.codec)))
                else:
                    read.append((one, alert.read_finding(one, tools.codec)))
            except BadMessage as wrong:
                bad.append((one, wrong))
        named = {finding.child for _, finding in read} | {said.child for _, said in quiet if said.child}
        known = tools.record.versions(sorted(f"person:{child}" for child in named))
        nobody = BadMessage(
            "unknown_child", "the record holds no person of this id: which record was it made from?", "child"
        )
        bad += [(one, nobody) for one, finding in read if f"person:{finding.child}" not in known]
        findings = [finding for _, finding in read if f"person:{finding.child}" in known]
        drafts = alert.fold_findings(findings, record=tools.record, now=tools.clock.now())
        there = [said for _, said in quiet if not said.child or f"person:{said.child}" in known]
        bad += [(one, nobody) for one, said in quiet if said.child and f"person:{said.child}" not in known]
        drafts += silence.fold_silences(there, record=tools.record)
        received = max(one.received for one in batch)
        facts = [
            NewFact(d.stream, d.after, d.fact, self._stamp.envelope(now, received, d.journey, d.because))
            for d in drafts
        ]
        aside = quarantine.readmitted(readmits, batch[0], 0, bad) if readmits else quarantine.kept(bad)
        taken = Taken(findings=len(findings) + len(there), quarantined=tuple(wrong.reason for _, wrong in bad))
        return Due(taken=taken, facts=self._stamp.noted(aside) + facts)

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
                    self._earlier.of(verified)
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

    def _write(
        self, facts: Sequence[NewFact], index: Sequence[IndexRow], batch: Sequence[LogMessage], before: Before | None,
        sequences: Sequence[Tracked] = (),
    ) -> None:  # fmt: skip
        # compare-and-set on each previous place: a batch that overlaps another intake's is refused whole
        ends = {} if before is None else _ends(batch)
        moved = [Tracked(f"{place[0]}/{place[1]}", (before or {})[place], end) for place, end in ends.items()]
        numbers = self._sequences.forget()
        self._tools.record.append(facts, tracked=[*moved, *sequences], index=index)
        self._sequences.keep(numbers, sequences)


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


def _digest(recorded: Recorded) -> bytes:
    fact = recorded.fact
    if isinstance(fact, ConcernRecorded | StrengthRecorded | CorrectionRecorded):
        return fact.statement.digest
    return getattr(fact, "digest", b"")


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
