"""People who answer who is who, in a replayed case: rightly, two days after the hub asks, as the measured world has it.

A replay without them would show a hub in which nobody ever looks. They know from the case who is who; what they answer goes
through the hub's own door, and a merge waits for a second person.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from bench.cases.format import Row
from hub.adapters.signin import DEMO_ACCOUNTS
from hub.bootstrap import Hub
from hub.domain.concern import ConcernRecorded, StrengthRecorded
from hub.domain.fact import Recorded
from hub.domain.household import HouseholdObserved
from hub.domain.identity import DecideIdentity, What
from hub.domain.person import Person, PersonOpened, StandingSettled, candidates_of, fold
from hub.domain.sameness import SamenessProposed
from hub.flow.receive import Intake

AFTER = timedelta(days=2)  # as bench/match/on_world.py answers reviews
FACTS = (
    PersonOpened.NAME, StandingSettled.NAME, SamenessProposed.NAME, ConcernRecorded.NAME, StrengthRecorded.NAME,
    HouseholdObserved.NAME,
)  # fmt: skip
FIRST = next(one.staff for one in DEMO_ACCOUNTS if "decision_maker" in one.roles)
SECOND = next(one.staff for one in DEMO_ACCOUNTS if "mash_manager" in one.roles)
WHY = "The organisations were asked who this is."


class Reviewers:
    """Answers what is asked about persons, once it is due. `told` gives the row of the case that a message told."""

    def __init__(self, hub: Hub, intake: Intake, told: Callable[[str], Row | None]) -> None:
        self._hub, self._intake, self._told = hub, intake, told
        self._read = 0
        self._who: dict[str, str] = {}  # source record -> whom of the case it is about
        self._asked: dict[str, datetime] = {}  # persons about whom something is asked, and since when

    def due(self) -> datetime | None:
        """When the next answer is due; None for none."""
        while page := self._hub.record.read(self._read, 500, FACTS):
            for one in page:
                self._note(one)
            self._read = page[-1].position
        first = min(self._asked.values(), default=None)
        return None if first is None else first + AFTER

    def _note(self, recorded: Recorded) -> None:
        fact, ident = recorded.fact, recorded.stream.partition(":")[2]
        row = self._told(ident)
        match fact:
            case ConcernRecorded(statement=said) | StrengthRecorded(statement=said) if row is not None:
                for about, subject in zip(said.subjects, row.said.subjects, strict=False):
                    self._who[about.source_record] = subject.who
                for grown, adult in zip(said.adults, row.said.adults, strict=False):
                    self._who[grown.source_record] = adult.who
            case HouseholdObserved(members=members) if row is not None:
                named = [one.who for one in row.said.members]
                self._who |= dict(zip((one.source_record for one in members), named, strict=False))
            case PersonOpened(standing="in_review") | StandingSettled(standing="in_review") | SamenessProposed():
                self._asked.setdefault(ident, recorded.envelope.known_at)
            case _:
                pass

    def answer(self, now: datetime) -> int:
        """Answer what is due; how many answers that made."""
        self.due()
        due = [person for person, since in self._asked.items() if now - since >= AFTER]
        for person in due:
            del self._asked[person]
        return sum(self._answer(person) for person in due)

    def _answer(self, person: str) -> int:
        state = self._load(person)
        if state.merged_into or not state.source_records:
            return 0
        if state.standing == "in_review":
            near = candidates_of(state, self._load)
            same = [one for one in near if self._whose(one) and self._whose(one) == self._whose(person)]
            return self._decide("same", person, same[0]) if same else self._decide("different", person)
        made = 0
        for other in sorted(state.perhaps - state.resting):
            alike = self._whose(other) == self._whose(person)
            if not alike:
                made += self._decide("different", person, other)
            elif self._load(other).standing == "established":
                return made + self._decide("merge", *self._later_first(person, other))
        return made

    def _later_first(self, *two: str) -> tuple[str, str]:
        opened = {one: self._hub.record.load(f"person:{one}", upto=1)[0].position for one in two}
        later, first = sorted(two, key=lambda one: -opened[one])
        return later, first

    def _decide(self, what: What, person: str, other: str = "") -> int:
        identify = self._hub.identify()
        wish = DecideIdentity(
            what=what, person=person, other=other, reason="organisation_confirmed", why=WHY, by=FIRST,
            seen_position=self._hub.record.position(),
        )  # fmt: skip
        ident = identify.decide(wish)
        if identify.decision(ident).state == "waits_for_second":
            identify.agree(ident, SECOND)
        return int(self._intake.settle(ident) == "settled")

    def _load(self, person: str) -> Person:
        return fold(person, (one.fact for one in self._hub.record.load(f"person:{person}")))

    def _whose(self, person: str) -> str:
        """Whom of the case most of a person's source records are about."""
        found = [self._who.get(one, "") for one in self._load(person).source_records]
        return max(sorted(set(found)), key=found.count, default="")
