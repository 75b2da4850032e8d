"""A hub without threads, and a family that organisations found living together: for tests of what counts for whom."""

from datetime import date
from typing import Any

from msgspec.structs import replace

from hub.domain import child as children
from hub.domain.child import SignalDiscounted
from hub.domain.message import Adult, Member, Message, Name, Person
from hub.domain.signal import Signal
from hub.flow.receive import Intake
from tests.support.messages import Child, a_child, household, nhs_of, seen_by, strength
from tests.support.partnership import RunningHub


class House:
    """A hub without threads: messages go in one look at a time, and the counting follows when it is told to."""

    def __init__(self, running: RunningHub) -> None:
        self.running = running
        self.intake = Intake(running.hub.intake_tools())
        self.sent: dict[str, str] = {}  # the sender's id -> the organisation

    def take(self, *said: Message) -> list[str]:
        """These messages in one look; the senders' ids."""
        idents = self.running.say_all(said)
        self.look()
        return idents

    def look(self) -> None:
        hub = self.running.hub
        topics = [*hub.log.topics("concern."), "finding.v1"]
        places = {(topic, 0): hub.record.tracked(f"{topic}/0") for topic in topics}
        reader = hub.log.reader({place: done + 1 for place, done in places.items()})
        try:
            while batch := reader.poll(500, 0):
                taken = self.intake.take_look(batch, places)
                assert taken.quarantined == (), taken
                places |= {(one.topic, one.partition): one.offset for one in batch}
        finally:
            reader.close()

    def say(self, *said: Message) -> list[str]:
        """These messages in one look, and what follows from them."""
        idents = self.take(*said)
        self.intake.count()
        return idents

    def counted(self, child: str) -> dict[str, Signal]:
        return children.fold(one.fact for one in self.running.stream(children.stream(child))).signals

    def relations(self, child: str) -> list[tuple[str, str]]:
        """(organisation, relation) of what counts for a child."""
        return sorted((one.organisation, one.relation) for one in self.counted(child).values())

    def reasons(self, child: str) -> list[str]:
        """Why things no longer count for a child, in order."""
        facts = [one.fact for one in self.running.stream(children.stream(child))]
        return [fact.reason for fact in facts if isinstance(fact, SignalDiscounted)]

    def person(self, organisation: str, ident: str, number: int = 0) -> str:
        return self.running.child_of(organisation, ident, number)


MUM = Person(nhs_number=nhs_of(40_001), names=(Name("Alexa", "Grownover"),), birth_date=date(1990, 2, 3))
LEE = Person(nhs_number=nhs_of(40_002), names=(Name("Leeander", "Unknownsson"),), birth_date=date(1988, 4, 5))


def ann() -> Child:
    """A girl of ten."""
    return a_child("Annabel", "Northway", date(2016, 3, 2))


def ben() -> Child:
    """A boy of seven, of another name."""
    return a_child("Benedict", "Southgate", date(2019, 8, 20))


def zoe() -> Child:
    """A small girl of another family."""
    return a_child("Zoraya", "Eastwick", date(2022, 11, 11))


def lives(child: Child, organisation: str, **more: Any) -> Member:
    return Member(person=child.known_to(organisation), role="child", **more)


def mum(organisation: str, **more: Any) -> Member:
    return Member(person=replace(MUM, own_id=f"{organisation}-mum"), role="mother", **more)


def adult(person: Person, organisation: str, **more: Any) -> Adult:
    return Adult(person=replace(person, own_id=f"{organisation}-{person.names[0].surname}"), **more)


def family(house: House) -> tuple[Child, Child, str, str]:
    """Two children whom housing found living with their mother: themselves, and whom the hub holds them to be."""
    girl, boy = ann(), ben()
    _, ident = house.say(
        household("housing", lives(girl, "housing"), lives(boy, "housing"), mum("housing")),
        strength("housing", seen_by(girl, "housing"), seen_by(boy, "housing")),
    )
    return girl, boy, house.person("housing", ident, 0), house.person("housing", ident, 1)
