"""A replay: one case through a hub of its own, by the ordinary path, at the pace of its own dates.

It promises that nothing here waits and nothing is guessed: one thread takes every step in order, the clock is set by
hand, timers fire at the moment they are due, and a message that the hub does not take stops the replay.
"""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from itertools import groupby
from pathlib import Path
from random import Random
from threading import Event as Flag

from bench.cases import looks
from bench.cases.format import MESSAGES, BadCase, Case, Row, read_case
from bench.cases.result import How, Looked, Noticed, Proposal, Reopened, Replayed
from bench.cases.reviewers import Reviewers
from bench.cases.services import DECIDER, SOCIAL_CARE, Services, asker
from bench.cases.telling import Event, tell, utc
from bench.cases.unheard import Unheard
from bench.olden import protocol_all_along, terms_all_along
from consumers.runtime import Runner
from consumers.silence import EXPECTED
from consumers.thresholds import NAME, SIGNALS, Thresholds
from hub.adapters.clock import FixedClock
from hub.adapters.log_embedded import EmbeddedLog
from hub.bootstrap import Hub
from hub.config import read_settings
from hub.domain.alert import AlertDecided, AlertRaised, AlertStrengthened, AlertWeakened
from hub.domain.child import SignalCounted
from hub.domain.concern import message_id
from hub.domain.fact import Recorded
from hub.domain.household import HouseholdObserved
from hub.domain.moments import london_day
from hub.domain.person import fold, survivor
from hub.domain.silence import SilenceNoticed
from hub.flow.receive import FINDINGS, Intake
from hub.ports import Log

FACTS = (
    AlertRaised.NAME, AlertStrengthened.NAME, AlertWeakened.NAME, AlertDecided.NAME, SignalCounted.NAME,
    HouseholdObserved.NAME, SilenceNoticed.NAME,
)  # fmt: skip
LONG_AGO = timedelta(days=2)  # how long before the first event the hub was opened
A_SECOND = timedelta(seconds=1)
LATE = (22, 0)  # by the clock: when an event of a series without dates is recorded
END_OF_DAY = (23, 30)  # when somebody looks at what a day came to


def events(case: Case, how: How) -> list[Event]:
    """What the hub hears, in order: series drawn, held-back rows moved to the last event."""
    last = case.last.known
    found: list[Event] = []
    for row in case.rows:
        if row.said.hindsight and not how.hindsight:
            continue
        held = row.organisation in how.blocked or row.id in how.rows_blocked or not (how.shared or row.said.shared)
        found += [one if not held or one.known >= last else _held_back(one, last) for one in _drawn(case, row, how)]
    return sorted(found, key=lambda one: (one.known, one.row.number, one.n))


def open_case(path: Path) -> Case:
    """The case in this file, every message of it checked as the hub would. Raises BadCase with file, line and mend."""
    case = read_case(path)
    for event in events(case, How(hindsight=True)):
        if event.row.said.type in MESSAGES:
            tell(case, event)
    return case


def _held_back(one: Event, last: datetime) -> Event:
    return Event(
        row=one.row, n=one.n, start=one.start, end=one.end, recorded=one.recorded, known=last, precision=one.precision
    )


def _drawn(case: Case, row: Row, how: How) -> Iterator[Event]:
    if row.said.series is None:
        yield Event(
            row=row, start=row.start, end=row.end, recorded=row.recorded, known=row.known, precision=row.precision
        )
        return
    rng = Random(f"{case.header.seed if how.seed is None else how.seed} {how.draw} {row.id}")
    days = (row.end.date() - row.start.date()).days + 1
    for n, day in enumerate(sorted(rng.sample(range(days), row.said.series.count)), 1):
        start = datetime(row.start.year, row.start.month, row.start.day) + timedelta(days=day)  # noqa: DTZ001 - London, naive as in the file
        known = start.replace(hour=LATE[0], minute=LATE[1])
        yield Event(
            row=row, n=n, start=start, end=start.replace(hour=23, minute=59), recorded=known, known=known, precision="day"
        )  # fmt: skip


class CaseHub(Hub):
    """A hub whose log keeps the case's time too, so that `received` is of that time."""

    def _open_log(self) -> Log:
        clock = self.clock
        return EmbeddedLog(self.settings.data / "log.db", now_ms=lambda: int(clock.now().timestamp() * 1000))

    def _settle(self, patience: float = 0) -> None:
        """Nothing follows the record here but this: the next look shows what was just written."""
        del patience
        self.views.catch_up("record", self.record)
        self.views.catch_up("ledger", self.ledger)


def replay(case: Case, how: How) -> Replayed:
    """Replay this case through a fresh hub. Raises BadCase where the hub does not take a row."""
    with _opened(case, how) as player:
        for event in events(case, how):
            if how.look is not None and event.known.date() > how.look.on:
                break
            player.play(event)
        player.look()
        return player.came_to()


@contextmanager
def _opened(case: Case, how: How) -> Iterator["Player"]:
    with tempfile.TemporaryDirectory(prefix="mash-case-") as folder:
        clock = FixedClock(utc(min(row.start for row in case.rows)) - LONG_AGO)
        hub = CaseHub(read_settings(data=Path(folder), partnership=how.partnership, demo=True), clock)
        protocol_all_along(hub)
        terms_all_along(hub)
        try:
            player = Player(hub, clock, case, how)
            try:
                yield player
            finally:
                player.close()
        finally:
            hub.close()


class Player:
    """Plays events into a hub: publishes, lets every role take its steps, and notes what became of it."""

    def __init__(self, hub: Hub, clock: FixedClock, case: Case, how: How) -> None:
        self._hub, self._clock, self._case, self._how = hub, clock, case, how
        if DECIDER.organisation not in case.header.organisations:  # whose front door it is
            hub.add_organisation(DECIDER.organisation, "Front door", SOCIAL_CARE, listed_body=True)
        for code, holder in case.header.organisations.items():
            hub.add_organisation(code, holder.name, holder.sector, listed_body=holder.listed_body)
            if holder.heard_every:
                hub.declare_feed(code, "", holder.heard_every, holder.heard_counts)
        self._worker = Intake(hub.intake_tools())
        topics = {**hub.log.topics("concern."), **hub.log.topics(FINDINGS)}
        self._places = {(topic, n): -1 for topic, partitions in topics.items() for n in range(partitions)}
        self._reader = hub.log.reader({place: done + 1 for place, done in self._places.items()})
        wanted = {SIGNALS, EXPECTED} if how.silences else {SIGNALS}  # what a replay looks at travels on these
        self._relays = [one for one in hub.relays() if getattr(one, "topic", "") in wanted]
        self._state = hub.consumer_state(NAME)
        step = Thresholds(
            edition=lambda: hub.edition, state=self._state, clock=clock, decode=hub.codec.decode_change,
            encode=hub.codec.encode_finding,
        )  # fmt: skip
        self._runner = Runner(step, topic=SIGNALS, log=hub.log, state=self._state, clock=clock)
        self._signals = self._runner.open()
        self._partitions = range(hub.log.topics(SIGNALS)[SIGNALS])
        self._read = hub.record.position()
        self._rows: dict[str, Event] = {}  # hub's message id -> event
        self._reviewers = Reviewers(hub, self._worker, self._told)
        self._persons: dict[str, list[str]] = {}  # who -> persons that the hub holds them as, in order of appearance
        self._live: dict[str, tuple[str, int]] = {}  # alert -> person, level
        self._proposals: list[tuple[tuple[datetime, str, int, str, int, int], Proposal]] = []
        self._services = Services(
            hub, case, how, persons=self._persons, live=self._live, stays=self._stays
        )  # fmt: skip
        self._unheard: Unheard | None = None
        if how.silences:
            feeds = any(one.heard_every for one in case.header.organisations.values())
            self._unheard = Unheard(hub, clock, feeds=feeds)
        self._silences: list[Noticed] = []
        self._heard: list[Event] = []
        self._looked: Looked | None = None
        self._reopened: dict[str, Reopened] = {}  # decision -> when it first waited for a person again
        self._series: dict[str, list[date]] = {}
        self._published = 0
        self._page: tuple[str, ...] = ()

    def close(self) -> None:
        """Close what was opened here."""
        if self._unheard is not None:
            self._unheard.close()
        self._signals.close()
        self._reader.close()
        self._state.close()

    def play(self, event: Event) -> None:
        """One event at its moment; what time alone does before it comes first."""
        moment = max(utc(event.known), self._clock.moment + A_SECOND)
        while self._how.answered and (due := self._reviewers.due()) is not None and due < moment:
            self._until(due)
            self._clock.moment = max(due, self._clock.moment)
            self._reviewers.answer(self._clock.moment)
            self._settle()
        self._until(moment)
        self._clock.moment = moment
        if event.n:
            self._series.setdefault(event.row.id, []).append(event.start.date())
        if event.row.said.type in MESSAGES:
            self._publish(event)
            self._services.saw(event)
        elif event.row.said.type != "context":
            self._services.play(event)
        self._heard.append(event)
        self._settle()
        self._look_back()
        if event.id == self._how.page_at:
            self._page = self._page_of_newest()

    def look(self) -> None:
        """What somebody looks at or tries at the end of a day, if this replay is for that."""
        wanted = self._how.look
        if wanted is None:
            return
        moment = utc(datetime(wanted.on.year, wanted.on.month, wanted.on.day, *END_OF_DAY))  # noqa: DTZ001 - London, naive as in the file
        self._until(max(moment, self._clock.moment + A_SECOND))
        self._clock.moment = max(moment, self._clock.moment + A_SECOND)
        self._settle()
        self._looked = looks.look(self._hub, self._case, self._services, self._heard, wanted)

    def came_to(self) -> Replayed:
        """What the replay came to."""
        proposals = tuple(one for _, one in sorted(self._proposals, key=lambda held: held[0]))
        return Replayed(
            case=self._case.name, draw=self._how.draw, partnership=self._how.partnership, edition=self._hub.edition.id,
            published=self._published, proposals=proposals, decisions=tuple(self._services.settled),
            persons={who: len({self._stays(one) for one in held}) for who, held in self._persons.items()},
            series={row: tuple(days) for row, days in self._series.items()}, page=self._page,
            reopened=tuple(self._reopened.values()), silences=tuple(sorted(self._silences, key=_by_day)),
            looked=self._looked,
        )  # fmt: skip

    # -------------------------------------------------------------------------------------------------- the steps

    def _publish(self, event: Event) -> None:
        said = tell(self._case, event)
        self._rows[message_id(event.row.organisation, said[0])] = event
        self._hub.publish([said])
        self._published += 1

    def _stays(self, person: str) -> str:
        """Who this person is held to be now, after what people answered."""
        return survivor(person, lambda one: fold(one, (r.fact for r in self._hub.record.load(f"person:{one}"))))

    def _told(self, message: str) -> Row | None:
        """The row that a message told."""
        event = self._rows.get(message)
        return event.row if event else None

    def _until(self, moment: datetime) -> None:
        """Let every timer that is due before `moment` fire at its own moment."""
        while self._due(moment):
            early, late = self._clock.moment, moment
            while late - early > A_SECOND:
                middle = early + (late - early) / 2
                early, late = (early, middle) if self._due(middle) else (middle, late)
            self._clock.moment = late.replace(microsecond=0)
            if not self._due(self._clock.moment):
                self._clock.moment += A_SECOND
            self._settle()

    def _due(self, moment: datetime) -> bool:
        unheard = self._unheard is not None and self._unheard.due(moment)
        return unheard or bool(self._state.due(moment, self._partitions, 1))

    def _settle(self) -> None:
        """Every role takes steps until none has anything left to do."""
        while True:
            busy = self._take_in() + self._worker.count() + sum(relay.step() for relay in self._relays)
            busy += self._runner.read(self._signals, 0)
            busy += self._unheard.read() if self._unheard is not None else 0
            if busy:
                continue
            self._runner.elapse(Flag())
            if self._unheard is not None:
                self._unheard.elapse()
            if not self._take_in():
                break
        self._note()

    def _take_in(self) -> int:
        messages = self._reader.poll(self._hub.settings.batch, 0)
        messages.sort(key=lambda one: (one.topic, one.partition))
        for place, some in groupby(messages, key=lambda one: (one.topic, one.partition)):
            batch = list(some)
            taken = self._worker.take(batch, self._places[place])
            if taken.quarantined:
                raise BadCase(f"{self._case.file}: the hub refused a message: {', '.join(taken.quarantined)}")
            self._places[place] = batch[-1].offset
        return len(messages)

    def _look_back(self) -> None:
        """Note the decisions that the rules would have spoken to otherwise, each on the day on which that is first so."""
        decided = self._services.decided
        if not decided:
            return
        self._hub.views.catch_up("record", self._hub.record)
        on = london_day(self._clock.moment)
        for row, rows in self._hub.hindsight.open_decisions():
            if row.late not in self._reopened and row.enquiry in decided:
                self._reopened[row.late] = Reopened(
                    row=decided[row.enquiry], on=on, unshifted=self._case.unshifted(on), by=self._rows_of(rows),
                    what=row.what,
                )  # fmt: skip

    # ------------------------------------------------------------------------------------------- what became of it

    def _note(self) -> None:
        while page := self._hub.record.read(self._read, 500, FACTS):
            for recorded in page:
                self._note_one(recorded)
            self._read = page[-1].position

    def _note_one(self, recorded: Recorded) -> None:
        match recorded.fact:
            case SignalCounted(signal=signal):
                if signal.relation == "own" and (who := self._who_of(signal.id)):
                    self._held_as(who, signal.child)
            case HouseholdObserved(members=members):  # a child of whom nobody has said more than where it lives
                whose = self._hub.record.by_source_record([member.source_record for member in members])
                event = self._rows.get(recorded.stream.partition(":")[2])
                for living, member in zip(event.row.said.members if event else (), members, strict=False):
                    self._held_as(living.who, whose[member.source_record].person)
            case SilenceNoticed() as silence:
                self._silences.append(self._noticed(recorded, silence))
            case AlertDecided():
                self._live.pop(recorded.stream.partition(":")[2], None)
            case AlertRaised() | AlertStrengthened() | AlertWeakened() as fact:
                alert = recorded.stream.partition(":")[2]
                person, rule, number = alert.split(":")
                self._live[alert] = person, fact.level
                said = self._proposal(recorded, fact, person, rule, int(number))
                # persons have random ids: what came at one moment is put in an order that does not hang on them
                order = recorded.envelope.known_at, said.who, said.record, said.rule, said.number, recorded.position
                self._proposals.append((order, said))
            case _:
                pass

    def _noticed(self, recorded: Recorded, said: SilenceNoticed) -> Noticed:
        on = london_day(recorded.envelope.known_at)
        about = self._stays(said.child) if said.child else ""
        return Noticed(
            kind=said.kind, organisation=said.organisation, on=on, unshifted=self._case.unshifted(on),
            who=next((who for who, held in self._persons.items() if about in map(self._stays, held)), ""),
            before_last=(self._case.last.known.date() - on).days,
        )  # fmt: skip

    def _held_as(self, who: str, person: str) -> None:
        held = self._persons.setdefault(who, [])
        if person not in held:
            held.append(person)

    def _proposal(
        self, recorded: Recorded, fact: AlertRaised | AlertStrengthened | AlertWeakened, person: str, rule: str,
        number: int,
    ) -> Proposal:  # fmt: skip
        on = london_day(recorded.envelope.known_at)
        whose = next(((who, held) for who, held in self._persons.items() if person in held), ("", [person]))
        return Proposal(
            what={AlertRaised: "raised", AlertStrengthened: "strengthened", AlertWeakened: "weakened"}[type(fact)],
            on=on, unshifted=self._case.unshifted(on), before_last=(self._case.last.known.date() - on).days, rule=rule,
            number=number, level=fact.level, edition=fact.edition, rule_version=fact.rule_version[:12],
            possible=fact.possible, who=whose[0], record=whose[1].index(person) + 1,
            evidence=self._rows_of(fact.evidence), why=fact.why,
        )  # fmt: skip

    def _rows_of(self, signals: Sequence[str]) -> tuple[str, ...]:
        messages = {signal.rpartition("/")[0] for signal in signals}
        found = [self._rows[message] for message in messages if message in self._rows]
        return tuple(one.id for one in sorted(found, key=lambda one: (one.known, one.row.number, one.n)))

    def _who_of(self, signal: str) -> str:
        message, _, n = signal.rpartition("/")
        event = self._rows.get(message)
        return event.row.said.subjects[int(n)].who if event and event.row.said.subjects else ""

    def _page_of_newest(self) -> tuple[str, ...]:
        """The rows on the page of the child whom the newest alert is about, as a decision maker sees it."""
        newest = next(
            (one for one in (held for _, held in reversed(self._proposals)) if self._how.page_at in one.evidence), None
        )
        if newest is None:
            return ()
        self._hub.views.catch_up("record", self._hub.record)
        self._hub.views.catch_up("ledger", self._hub.ledger)
        person = self._persons[newest.who][newest.record - 1]
        shown = self._hub.picture(asker(DECIDER), person, self._services.enquiry_of(person))
        return tuple(sorted({self._rows[entry.item].id for entry in shown.chronology if entry.item in self._rows}))


def _by_day(one: Noticed) -> tuple[date, str, str, str]:
    return one.on, one.kind, one.who, one.organisation
