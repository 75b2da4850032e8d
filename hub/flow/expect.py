"""What each fact makes the hub expect, of whom and by when, and what ends the waiting.

One table, EXPECTS, says it fact by fact (expect_cases.py, expect_children.py, expect_seen.py, expect_help.py,
expect_levels.py, expect_refusals.py); whoever adds a fact that something is waited for after enters it there. Times come
from the fact itself, else from the edition in force when it is relayed.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from hub.domain import child as children
from hub.domain import lead as leads
from hub.domain.agreement import AgreementGiven, AgreementInvalidated, AgreementRefused
from hub.domain.allocation import fold as fold_allocation
from hub.domain.allocation import stream as allocation_stream
from hub.domain.assessment import AssessmentBegun
from hub.domain.consent import ConsentRecorded
from hub.domain.consent_record import ConsentGiven, ConsentInvalidated, ConsentRefused, ConsentRiskJudgedAgain
from hub.domain.continuum import Level, NoSuchLevel
from hub.domain.decision import CLOSES
from hub.domain.edition import Edition
from hub.domain.enquiry import EnquiryChildAdded, EnquiryDecided, EnquiryOpened
from hub.domain.fact import Fact, Recorded
from hub.domain.family_said import FamilySaid
from hub.domain.help_plan import PlanClosed, PlanMade
from hub.domain.moments import LONDON
from hub.domain.person import PersonMerged, PersonReinstated, survivor
from hub.domain.person import fold as fold_person
from hub.domain.signal import Signal
from hub.domain.silence import Awaited, SilenceAnswered, SilenceNoticed
from hub.domain.silence import fold as fold_silence
from hub.domain.source_record import InvolvementChanged
from hub.domain.together import of_parts
from hub.domain.waiting import until
from hub.ports import Record

PAGE = 1000
ANSWERS = (  # what a family said, as somebody here wrote it down, and that it was found never to have counted
    ConsentRefused, ConsentGiven, ConsentRiskJudgedAgain, ConsentInvalidated, AgreementRefused, AgreementGiven,
    AgreementInvalidated,
)  # fmt: skip


class Known:
    """What waiting rests on beside the fact itself: who leads, who is whom, what was decided, what counts.

    Decisions, merges, assessments, plans and what families answered are few and are held, read up to the fact at hand;
    everything else is loaded when it is asked.
    """

    def __init__(self, record: Record, edition: Callable[[], Edition], sector: Callable[[str], str]) -> None:
        """`sector` is that of an organisation, "" for one that never joined."""
        self._record, self._edition, self.sector = record, edition, sector
        self._at = self._read = 0
        self._decided: dict[str, Recorded] = {}  # child, as it was named -> the newest decision
        self._opened: dict[str, Recorded] = {}  # likewise, the newest MASH enquiry
        self._into: dict[str, set[str]] = {}  # person -> who was merged into it
        self._assessed: dict[str, list[Recorded]] = {}  # child, as it was named -> assessments begun
        self._plans: dict[str, set[str]] = {}  # likewise, the streams of open plans of help
        self._closed: dict[str, Recorded] = {}  # likewise, the newest close of one
        self._answers: dict[str, list[Recorded]] = {}  # likewise, what the family answered
        self._silences: dict[str, list[Recorded]] = {}  # likewise, what a person found out of a silence

    def upto(self, position: int) -> None:
        """The fact at hand is at this position: nothing after it is known, also when it is relayed a second time."""
        self._at = position

    def _catch_up(self) -> None:
        if self._at < self._read:
            self._read, self._decided, self._opened, self._into = 0, {}, {}, {}
            self._assessed, self._plans, self._closed, self._answers, self._silences = {}, {}, {}, {}, {}
        names = (
            EnquiryOpened.NAME, EnquiryChildAdded.NAME, EnquiryDecided.NAME, PersonMerged.NAME, PersonReinstated.NAME,
            AssessmentBegun.NAME, PlanMade.NAME, PlanClosed.NAME, SilenceAnswered.NAME, *(kind.NAME for kind in ANSWERS),
        )  # fmt: skip
        while self._read < self._at and (page := self._record.read(self._read, PAGE, names, upto=self._at)):
            for one in page:
                person = one.stream.partition(":")[2]
                match one.fact:
                    case EnquiryDecided(child=child):
                        self._decided[child] = one
                    case EnquiryOpened(child=child) | EnquiryChildAdded(child=child):
                        self._opened[child] = one
                    case PersonMerged(into=into):
                        self._into.setdefault(into, set()).add(person)
                    case AssessmentBegun(child=child):
                        self._assessed.setdefault(child, []).append(one)
                    case PlanMade(child=child):
                        self._plans.setdefault(child, set()).add(one.stream)
                    case PlanClosed(child=child):
                        self._plans.setdefault(child, set()).discard(one.stream)
                        self._closed[child] = one
                    case FamilySaid(person=child):
                        self._answers.setdefault(child, []).append(one)
                    case SilenceAnswered():
                        self._silences.setdefault(person.partition(":")[0], []).append(one)
                    case PersonReinstated():
                        for merged in self._into.values():
                            merged.discard(person)
            self._read = page[-1].position
        self._read = max(self._read, self._at)

    def load(self, stream: str) -> list[Recorded]:
        """A stream's facts."""
        return self._record.load(stream)

    def names(self, child: str) -> list[str]:
        """Everybody who is held to be this child, itself and the one that stayed among them."""
        self._catch_up()
        stayed = survivor(child, lambda one: fold_person(one, (r.fact for r in self.load(f"person:{one}"))))
        found, new = [child], [child, stayed]
        while new:
            found += [one for one in new if one not in found]
            new = [one for name in new for one in self._into.get(name, ()) if one not in found]
        return found

    def decision(self, child: str) -> Recorded | None:
        """The newest decision about a child, under whichever name."""
        held = [self._decided[one] for one in self.names(child) if one in self._decided]
        return max(held, key=lambda one: one.position, default=None)

    def opened(self, child: str) -> Recorded | None:
        """What made a child part of the newest MASH enquiry about them, under whichever name."""
        held = [self._opened[one] for one in self.names(child) if one in self._opened]
        return max(held, key=lambda one: one.position, default=None)

    def assessments(self, names: Iterable[str]) -> list[Recorded]:
        """The assessments that were begun of a child, whose names these are."""
        self._catch_up()
        return [one for name in names for one in self._assessed.get(name, ())]

    def planned(self, names: Iterable[str]) -> bool:
        """Whether a plan of help of this child is open, with its team."""
        self._catch_up()
        return any(self._plans.get(name) for name in names)

    def plan_closed(self, names: Iterable[str]) -> Recorded | None:
        """The newest close of a plan of help of this child."""
        held = [self._closed[one] for one in names if one in self._closed]
        return max(held, key=lambda one: one.position, default=None)

    def answers(self, names: Iterable[str]) -> list[Recorded]:
        """What was said of sharing and of services about this child, here and by message, and what was found wrong in it."""
        names = list(names)
        self._catch_up()
        here = [one for name in names for one in self._answers.get(name, ())]
        rows = self._record.of_persons(names)
        told = [one for row in rows for one in self.load(f"consent:{row.source_record}")]
        return [*here, *(one for one in told if isinstance(one.fact, ConsentRecorded))]

    def silence(self, stream: str) -> SilenceNoticed | None:
        """What was silent, as it was noticed; None for what was erased."""
        return fold_silence(one.fact for one in self.load(stream)).noticed

    def found_out(self, names: Iterable[str], kind: str, subject: str) -> list[Recorded]:
        """What persons found out of silences of this kind and subject, about this child; "{}" in it is the child's name."""
        names = list(names)
        self._catch_up()
        found = [(name, one) for name in names for one in self._silences.get(name, ())]
        return [
            one
            for name, one in found
            if (said := self.silence(one.stream)) and (said.kind, said.subject) == (kind, subject.format(name))
        ]

    def level(self, number: int) -> Level | None:
        """A level of the edition in force; None for one that it does not have any more."""
        try:
            return self._edition().continuum.level(number)
        except NoSuchLevel:
            return None

    def signals(self, child: str) -> list[Signal]:
        """What counts for a child now."""
        return list(children.fold(one.fact for one in self.load(children.stream(child))).signals.values())

    def child_of(self, source_record: str) -> str:
        """Whom a source record is held to be about; "" for nobody."""
        row = self._record.by_source_record([source_record]).get(source_record)
        return row.person if row else ""

    def involvements(self, child: str) -> list[Recorded]:
        """Every involvement that was said of a child, in order."""
        rows = self._record.of_persons([child])
        found = [one for row in rows for one in self.load(f"source-record:{row.source_record}")]
        return sorted((one for one in found if isinstance(one.fact, InvolvementChanged)), key=lambda one: one.position)

    def due(self, clock: str, since: datetime) -> datetime | None:
        """By when, under the edition in force; None where it does not wait for this."""
        edition = self._edition()
        return until(edition.parts, edition.calendar, clock, since)

    def lead_due(self, since: datetime) -> datetime | None:
        """By when a child who needs a lead has one."""
        edition = self._edition()
        if "together" not in edition.parts:
            return None
        return edition.due(of_parts(edition.parts).timer("lead_vacant"), since)

    def needs_lead(self, decided: EnquiryDecided) -> bool:
        """Whether what was decided needs somebody who leads."""
        parts = self._edition().parts
        return (
            "together" in parts and decided.level >= of_parts(parts).lead.from_level and decided.outcome not in CLOSES
        )

    def cared_for(self, child: str) -> bool:
        """Whether somebody leads for a child, or a worker is allocated."""
        names = self.names(child)
        leading = (leads.fold(one, (r.fact for r in self.load(leads.stream(one)))).current for one in names)
        worker = (fold_allocation(one, (r.fact for r in self.load(allocation_stream(one)))).current for one in names)
        return any(one is not None for one in (*leading, *worker))


Expects = Callable[[Known, Recorded, Any], Iterable[Awaited]]
EXPECTS: dict[type[Fact], Expects] = {}  # whole once expect_relay.py has read all who enter theirs


def on(*kinds: type[Fact]) -> Callable[[Expects], Expects]:
    """Enter a function in the table: it says what each fact of these kinds makes the hub expect."""

    def enter(expects: Expects) -> Expects:
        EXPECTS.update(dict.fromkeys(kinds, expects))
        return expects

    return enter


def met(recorded: Recorded, kind: str, subject: str, child: str = "") -> Awaited:
    """What this fact ends: it came, or is waited for no longer."""
    return Awaited(kind=kind, subject=subject, child=child, since=recorded.envelope.known_at, ref=recorded.ref)


# Where a family's no was heard: each is come back to by itself, and what ends one does not end another.
SAID, SHARED, AGREED, OFFERED = "said", "shared", "agreed", "offered"
REFUSED_HOW = (SAID, SHARED, AGREED, OFFERED)


def refused(recorded: Recorded, child: str, how: str, since: datetime, due: datetime | None) -> Awaited:
    """Somebody comes back to a family's no, that was heard in this way; `due` None: somebody did."""
    return Awaited(
        kind="refused_forgotten", subject=f"child:{child}/{how}", child=child, since=since, due=due, ref=recorded.ref
    )


def came_back(recorded: Recorded, names: Iterable[str]) -> Iterator[Awaited]:
    """Somebody came back to the family: to whatever it said no to."""
    since = recorded.envelope.known_at
    yield from (refused(recorded, one, how, since, None) for one in names for how in REFUSED_HOW)


def morning_of(day: date) -> datetime:
    """The first moment of a London day, in UTC."""
    return datetime.combine(day, time(), LONDON).astimezone(UTC)


def end_of(day: date) -> datetime:
    """The first moment after a London day, in UTC."""
    return morning_of(day + timedelta(days=1))
