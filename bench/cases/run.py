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

from msgspec import Struct

from bench.cases.format import MESSAGES, BadCase, Case, Row, read_case
from bench.cases.reviewers import Reviewers
from bench.cases.telling import Event, tell, utc
from bench.olden import protocol_all_along
from consumers.runtime import Runner
from consumers.thresholds import NAME, SIGNALS, Thresholds
from hub.adapters.clock import FixedClock
from hub.adapters.log_embedded import EmbeddedLog
from hub.adapters.signin import DEMO_ACCOUNTS
from hub.bootstrap import Hub
from hub.config import read_settings
from hub.domain.alert import AlertDecided, AlertRaised, AlertStrengthened, AlertWeakened
from hub.domain.child import SignalCounted
from hub.domain.concern import message_id
from hub.domain.decision import Known
from hub.domain.enquiry import FRONT_DOOR, Decide, OpenEnquiry, Step
from hub.domain.errors import Refused
from hub.domain.fact import Recorded
from hub.domain.household import HouseholdObserved
from hub.domain.moments import london_day
from hub.domain.person import fold, survivor
from hub.flow.receive import FINDINGS, Intake
from hub.ports import Log
from hub.views.models import Asker

FACTS = (
    AlertRaised.NAME, AlertStrengthened.NAME, AlertWeakened.NAME, AlertDecided.NAME, SignalCounted.NAME,
    HouseholdObserved.NAME,
)  # fmt: skip
LONG_AGO = timedelta(days=2)  # how long before the first event the hub was opened
SOCIAL_CARE = "social_care"  # whose decisions and closures are decisions on a MASH enquiry
NOT_A_DECISION = "the log of another organisation, not a MASH enquiry: handing over is not built yet (issue D)"
A_SECOND = timedelta(seconds=1)
LATE = (22, 0)  # by the clock: when an event of a series without dates is recorded
DECIDER = next(one for one in DEMO_ACCOUNTS if "decision_maker" in one.roles)
MANAGER = next(one for one in DEMO_ACCOUNTS if "mash_manager" in one.roles)
NOT_IN_THE_FILE = "What the child said, and who saw the child, is not in the case's file."


class How(Struct, frozen=True, kw_only=True):
    """How a case is replayed: what is held back until its last event, which draw, and what is looked at on the way."""

    partnership: str = "demo"
    blocked: frozenset[str] = frozenset()  # organisations whose rows are held back
    rows_blocked: frozenset[str] = frozenset()  # rows that are held back
    shared: bool = True  # false: the rows marked `shared: false` are held back, as they were
    hindsight: bool = False  # with the rows that nobody knew then
    labels: bool = True  # false: without opinions of reporters, such as "malicious"
    draw: int = 0
    seed: int | None = None
    answered: bool = False  # true: who is who is answered by people, rightly, two days after the hub asks
    page_at: str = ""  # after this row the child's page is looked at


class Proposal(Struct, frozen=True, kw_only=True):
    """What an alert said on one day: raised, strengthened or weakened; on which rows of the case it stood."""

    what: str
    on: date  # of the file
    unshifted: date  # of the source
    before_last: int  # days before the last event
    rule: str
    number: int
    level: int
    edition: str
    rule_version: str
    possible: bool
    who: str  # of the case's people
    record: int  # which of the hub's persons, where it holds this child as more than one
    evidence: tuple[str, ...]  # rows
    why: str


class Settled(Struct, frozen=True, kw_only=True):
    """A decision or a closure of the services: made in the hub, or refused by it, with its answer."""

    row: str
    on: date
    unshifted: date
    refused: str = ""
    note: str = ""


class Reopened(Struct, frozen=True, kw_only=True):
    """A decision for which evidence came late, on the day on which the hub first said what the rules would have proposed."""

    row: str  # of the decision
    on: date
    unshifted: date
    by: tuple[str, ...]  # rows that came late
    what: str


class Replayed(Struct, frozen=True, kw_only=True):
    """What a replay came to."""

    case: str
    draw: int
    partnership: str
    edition: str
    published: int
    proposals: tuple[Proposal, ...]
    decisions: tuple[Settled, ...]
    persons: dict[str, int]  # as how many persons the hub held each child at the end
    series: dict[str, tuple[date, ...]]  # row -> drawn days, of the file
    page: tuple[str, ...] = ()  # rows on the child's page at `page_at`
    reopened: tuple[Reopened, ...] = ()

    @property
    def refused(self) -> tuple[Settled, ...]:
        """What the hub refused to let be decided or closed."""
        return tuple(one for one in self.decisions if one.refused)


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


def replay(case: Case, how: How) -> Replayed:
    """Replay this case through a fresh hub. Raises BadCase where the hub does not take a row."""
    with _opened(case, how) as player:
        for event in events(case, how):
            player.play(event)
        return player.came_to()


@contextmanager
def _opened(case: Case, how: How) -> Iterator["Player"]:
    with tempfile.TemporaryDirectory(prefix="mash-case-") as folder:
        clock = FixedClock(utc(min(row.start for row in case.rows)) - LONG_AGO)
        hub = CaseHub(read_settings(data=Path(folder), partnership=how.partnership, demo=True), clock)
        protocol_all_along(hub)
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
        for code, holder in case.header.organisations.items():
            hub.add_organisation(code, holder.name, holder.sector, listed_body=holder.listed_body)
        self._worker = Intake(hub.intake_tools())
        topics = {**hub.log.topics("concern."), **hub.log.topics(FINDINGS)}
        self._places = {(topic, n): -1 for topic, partitions in topics.items() for n in range(partitions)}
        self._reader = hub.log.reader({place: done + 1 for place, done in self._places.items()})
        self._relays = hub.relays()
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
        self._enquiries: dict[str, str] = {}  # person -> open MASH enquiry
        self._proposals: list[tuple[tuple[datetime, str, int, str, int, int], Proposal]] = []
        self._decisions: list[Settled] = []
        self._decided: dict[str, str] = {}  # MASH enquiry -> the row that decided it
        self._reopened: dict[str, Reopened] = {}  # decision -> when it first waited for a person again
        self._series: dict[str, list[date]] = {}
        self._published = 0
        self._page: tuple[str, ...] = ()

    def close(self) -> None:
        """Close what was opened here."""
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
        elif event.row.said.type != "context":
            self._settle_by_people(event)
        self._settle()
        self._look_back()
        if event.id == self._how.page_at:
            self._page = self._look()

    def came_to(self) -> Replayed:
        """What the replay came to."""
        proposals = tuple(one for _, one in sorted(self._proposals, key=lambda held: held[0]))
        return Replayed(
            case=self._case.name, draw=self._how.draw, partnership=self._how.partnership, edition=self._hub.edition.id,
            published=self._published, proposals=proposals, decisions=tuple(self._decisions),
            persons={who: len({self._stays(one) for one in held}) for who, held in self._persons.items()},
            series={row: tuple(days) for row, days in self._series.items()}, page=self._page,
            reopened=tuple(self._reopened.values()),
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
        return bool(self._state.due(moment, self._partitions, 1))

    def _settle(self) -> None:
        """Every role takes steps until none has anything left to do."""
        while True:
            busy = self._take_in() + self._worker.count() + sum(relay.step() for relay in self._relays)
            busy += self._runner.read(self._signals, 0)
            if busy:
                continue
            self._runner.elapse(Flag())
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

    # ------------------------------------------------------------------------------------------------- the services

    def _settle_by_people(self, event: Event) -> None:
        """A MASH enquiry opened, decided or closed by the services, as they did it, through the hub's own door."""
        said = event.row.said
        persons = self._concerned(said.who or "")
        if self._case.header.organisations[event.row.organisation].sector != SOCIAL_CARE:
            self._settled(event, note=NOT_A_DECISION)
            return
        if not persons:
            self._settled(event, note="nothing on record about this child yet: there was nothing to decide about")
        for person in persons:
            try:
                self._open(person, event)
                if said.type != "enquiry":
                    self._decide(person, event)
                    self._settled(event)
            except Refused as refused:
                self._settled(event, refused=str(refused))

    def _concerned(self, who: str) -> list[str]:
        """The persons that a decision about this child is about: those with a live alert, else the latest known."""
        held = list(dict.fromkeys(self._stays(one) for one in self._persons.get(who, [])))
        alerted = {self._stays(person) for person, _ in self._live.values()}
        return [person for person in held if person in alerted] or held[-1:]

    def _open(self, person: str, event: Event) -> None:
        if person in self._enquiries:
            return
        alerts = tuple(sorted(alert for alert, (about, _) in self._live.items() if about == person))
        ground = event.row.said.ground or (
            "significant_harm" if self._suggested(person) == self._top else "perceived_harm"
        )
        command = OpenEnquiry(child=person, alerts=alerts, ground=ground, reason=_reason(event, True), by=DECIDER.staff)
        self._enquiries[person] = self._hub.act().open_enquiry(command)

    def _decide(self, person: str, event: Event) -> None:
        said, suggested = event.row.said, self._suggested(person)
        levels = self._hub.edition.continuum.numbers
        level = min(levels, key=lambda one: (abs(one - (said.level or min(levels))), one))  # the nearest there is
        today, enquiry = london_day(self._hub.clock.now()), self._enquiries[person]
        actions = said.actions or ("advice_given",)
        command = Decide(
            level=level, agrees=suggested is None or suggested == level, outcome=said.outcome or "no_further_action",
            actions=actions, plan=tuple(Step(one, FRONT_DOOR, today) for one in actions), family_told=True,
            why_not_told=None, reason=_reason(event, self._how.labels), seen_position=self._hub.record.position(),
            by=DECIDER.staff, view="not_obtained", why_no_view=NOT_IN_THE_FILE, seen="not_seen",
        )  # fmt: skip
        act, known = self._hub.act(), Known(levels=levels, today=today)
        if act.decide(enquiry, command, lambda: known, suggested):
            # the services closed it: here a manager has to agree first
            act.approve(enquiry, person, MANAGER.staff, lambda: known)
        self._decided[enquiry] = event.id
        del self._enquiries[person]

    def _look_back(self) -> None:
        """Note the decisions that the rules would have spoken to otherwise, each on the day on which that is first so."""
        if not self._decided:
            return
        self._hub.views.catch_up("record", self._hub.record)
        on = london_day(self._clock.moment)
        for row, rows in self._hub.hindsight.open_decisions():
            if row.late not in self._reopened and row.enquiry in self._decided:
                self._reopened[row.late] = Reopened(
                    row=self._decided[row.enquiry], on=on, unshifted=self._case.unshifted(on), by=self._rows_of(rows),
                    what=row.what,
                )  # fmt: skip

    @property
    def _top(self) -> int:
        return max(self._hub.edition.continuum.numbers)

    def _suggested(self, person: str) -> int | None:
        return max((level for about, level in self._live.values() if about == person), default=None)

    def _settled(self, event: Event, refused: str = "", note: str = "") -> None:
        on = event.known.date()
        self._decisions.append(
            Settled(row=event.id, on=on, unshifted=self._case.unshifted(on), refused=refused, note=note)
        )

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

    def _look(self) -> tuple[str, ...]:
        """The rows on the page of the child whom the newest alert is about, as a decision maker sees it."""
        newest = next(
            (one for one in (held for _, held in reversed(self._proposals)) if self._how.page_at in one.evidence), None
        )
        if newest is None:
            return ()
        self._hub.views.catch_up("record", self._hub.record)
        self._hub.views.catch_up("ledger", self._hub.ledger)
        person = self._persons[newest.who][newest.record - 1]
        asker = Asker(
            staff=DECIDER.staff, organisation=DECIDER.organisation, setting=DECIDER.setting, roles=DECIDER.roles
        )
        shown = self._hub.picture(asker, person, self._enquiries.get(person, ""))
        return tuple(sorted({self._rows[entry.item].id for entry in shown.chronology if entry.item in self._rows}))


def _reason(event: Event, labels: bool) -> str:
    said = event.row.said
    label = f" Recorded as: {said.label}." if said.label and labels else ""
    return (said.words or "As in the chronology.") + label
