"""A hub whose intake a test drives by hand, and people in it about whom somebody must decide who is who."""

from datetime import UTC, date, datetime
from itertools import count
from typing import Any
from uuid import uuid4

from hub.bootstrap import Hub
from hub.domain import child as children
from hub.domain.identity import DecideIdentity
from hub.domain.message import Message
from hub.domain.moments import london_day
from hub.domain.person import Person
from hub.domain.person import fold as fold_person
from hub.domain.staff import RegisterStaff
from hub.flow.identify import Identify
from hub.flow.receive import Intake
from hub.views.models import Asker
from tests.support.messages import Child, a_child, concern, seen_by
from tests.support.partnership import RunningHub

WHY = "I rang the school: it is the same boy."
MANAGER, DECIDER, SCREENER, OFFICER = "staff-m", "staff-d", "staff-s", "staff-o"
STAFF = {
    MANAGER: ("mash_manager",), DECIDER: ("decision_maker",), SCREENER: ("screening_social_worker",),
    OFFICER: ("contact_officer",),
}  # fmt: skip


NAMES = (
    ("Amara", "Okonkwo"), ("Billy", "Featherstone"), ("Chen", "Liu"), ("Daisy", "Macpherson"), ("Ewan", "Brzezicki"),
    ("Fatima", "Siddiqui"), ("Gwilym", "Prosser"), ("Harriet", "Quail"), ("Ibrahim", "Yusuf"), ("Jolanta", "Nowak"),
    ("Kofi", "Mensah"), ("Ludmila", "Zelenka"), ("Morwenna", "Tregear"), ("Niamh", "Doherty"), ("Oskar", "Hjelm"),
)  # fmt: skip
_number = count()


def somebody() -> Child:
    """A child like no other of a test: another name, another birth date; of 5 to 15 years, where no rule asks after the age."""
    number = next(_number)
    forename, surname = NAMES[number % len(NAMES)]
    year = london_day(datetime.now(UTC)).year - 15 + number % 10
    return a_child(forename, surname, date(year, 1 + number * 7 % 12, 2 + number * 11 % 26))


def enlist(hub: Hub) -> None:
    """Put these people in the register of staff, all of the council's own front door."""
    until = datetime.max.replace(tzinfo=UTC)
    hub.register_staff(
        [
            RegisterStaff(staff=staff, organisation="council", setting="mash", roles=roles, ig_trained_until=until)
            for staff, roles in STAFF.items()
        ]
    )


def asker(staff: str) -> Asker:
    """One of them as who asks."""
    return Asker(staff, "council", "mash", STAFF[staff])


class ByHand:
    """A hub without running roles: what is said is taken at once, what is decided is carried out when the test says."""

    def __init__(self, hub: RunningHub) -> None:
        self.running = hub
        self.hub = hub.hub
        self.intake = Intake(self.hub.intake_tools())
        enlist(self.hub)

    @property
    def identify(self) -> Identify:
        return self.hub.identify()

    def say(self, *said: Message) -> list[str]:
        """Put these on the log and take them; the senders' ids."""
        idents = [str(uuid4()) for _ in said]
        for one, ident in zip(said, idents, strict=True):
            (place,) = self.running.send(self.running.organisations[one.organisation].package(one, ident))
            (read,) = [each for each in self.running.read_log(place.topic) if each.offset == place.offset]
            self.intake.take([read], place.offset - 1)
        return idents

    def seen(self, child: Child, organisation: str, *indicators: str, **more: Any) -> str:
        """A concern of this organisation about this child; the person that it is held to be about."""
        (ident,) = self.say(concern(organisation, seen_by(child, organisation, *indicators, **more)))
        return self.running.child_of(organisation, ident)

    def in_doubt(self, like: Child, organisation: str = "police") -> str:
        """Somebody under the NHS number of `like` who is called and born otherwise: in review, `like` its candidate."""
        other = somebody()
        return self.seen(other, organisation, person=other.known_to(organisation, nhs_number=like.nhs))

    def decided(self, what: Any, person: str, **otherwise: Any) -> str:
        """A decision, put on record by a screening social worker."""
        return self.identify.decide(wish(self.hub, what, person, **otherwise))

    def settled(self, what: Any, person: str, **otherwise: Any) -> str:
        """A decision, agreed to where it must be, and carried out; its id."""
        ident = self.decided(what, person, **otherwise)
        if self.identify.decision(ident).state == "waits_for_second":
            self.identify.agree(ident, MANAGER)
        assert self.intake.settle(ident) == "settled", self.identify.decision(ident)
        return ident

    def person(self, person: str) -> Person:
        return fold_person(person, (one.fact for one in self.hub.record.load(f"person:{person}")))

    def apart(self, person: str) -> set[str]:
        """Whom a person decided that this one is not."""
        return set(self.person(person).apart)

    def counts(self, person: str) -> dict[str, str]:
        """What counts for a child now: the relation of each signal."""
        held = children.fold(one.fact for one in self.hub.record.load(children.stream(person)))
        return {ident: signal.relation for ident, signal in held.signals.items()}


def wish(hub: Hub, what: Any, person: str, **otherwise: Any) -> DecideIdentity:
    """What a screening social worker wishes, with a reason, on the record as it stands."""
    said = {
        "what": what, "person": person, "reason": "organisation_confirmed", "why": WHY, "by": SCREENER,
        "seen_position": hub.record.position(),
    }  # fmt: skip
    return DecideIdentity(**{**said, **otherwise})
