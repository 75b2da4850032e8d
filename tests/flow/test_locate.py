"""Where somebody lived, found with few questions: a restricted identity is nowhere, and what another wrote is read again."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from hub.adapters.blind import MatchKeys
from hub.domain import message
from hub.domain.area import HomeCodes, Postcode
from hub.domain.fact import Envelope, ErasedFact, Fact, NewFact, Recorded
from hub.domain.message import Address
from hub.domain.message import Person as Described
from hub.domain.moments import london_day
from hub.domain.person import Person
from hub.domain.source_record import LegalStatusChanged, SourceRecordDescribed, SourceRecordOpened
from hub.flow.locate import Locator, Nowhere
from tests.support.messages import Child, a_child, concern, moment, seen_by

MILL, QUAY = "ZZ1 0AA", "ZZ1 1AA"
AREAS = {MILL: Postcode("Z01000000"), QUAY: Postcode("Z01000010")}
DAY = london_day(moment())
NEVER = Envelope(moment(9), moment(9), "service:test", "", "", "1")


@dataclass
class Bench:
    """A locator over streams in memory; it notes what was asked."""

    streams: dict[str, list[Fact]] = field(default_factory=dict)
    persons: dict[str, Person] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        record: Any = self
        self.locator = Locator(record=record, areas=self, blind=MatchKeys(bytes(32)), person=self.persons.get)

    def find(self, postcodes: Collection[str]) -> dict[str, Postcode]:
        self.asked.append("areas")
        return {code: AREAS[code] for code in postcodes if code in AREAS}

    def versions(self, streams: Sequence[str]) -> dict[str, int]:
        self.asked.append("versions")
        return {stream: len(self.streams[stream]) for stream in streams if stream in self.streams}

    def load(self, stream: str) -> list[Recorded]:
        self.asked.append(stream)
        return [Recorded(stream, n, n, NEVER, fact) for n, fact in enumerate(self.streams[stream], start=1)]

    def lsoa(self, whose: "Whose", person: Described) -> str | None:
        """The area of one child of a concern of yesterday."""
        said = concern("school", seen_by(CHILD, "school", person=person))
        self.asked.clear()
        self.locator.begin([(said, [whose])])
        return self.locator.lsoa(whose, person, said.recorded_at, DAY)


@dataclass(frozen=True)
class Whose:
    source_record: str = "r1"
    person: str = "p1"
    new_record: bool = False


CHILD: Child = a_child()


def opened(*homes: HomeCodes) -> SourceRecordOpened:
    return SourceRecordOpened(organisation="school", kind="child", own_id=True, digest=b"", items=(), homes=homes)


def home(lsoa: str, said_on: date = DAY) -> HomeCodes:
    return HomeCodes(kind="home", place=lsoa, lsoa=lsoa, said_on=said_on)


def living_at(*codes: str | None) -> Described:
    return CHILD.known_to("school", addresses=tuple(Address(("1 Test Street",), code) for code in codes))


def test_a_restricted_identity_lies_in_no_area_whatever_is_said() -> None:
    bench = Bench(persons={"p1": Person("p1", source_records=("r1",), restricted=True)})
    bench.streams["source-record:r1"] = [opened(home("Z01000000"))]
    assert bench.lsoa(Whose(), living_at(MILL)) is None
    bench.persons["p1"] = replace(bench.persons["p1"], restricted=False)
    assert bench.lsoa(Whose(), living_at(MILL)) == "Z01000000"


def test_where_nobody_asks_no_address_becomes_a_code() -> None:
    places = Nowhere()
    assert places.homes(Whose(), living_at(MILL), moment()) == ()
    assert places.lsoa(Whose(), living_at(MILL), moment(), DAY) is None


def test_what_was_erased_is_nobodys_home() -> None:
    bench = Bench(persons={"p1": Person("p1", source_records=("r1", "r2"))})
    bench.streams["source-record:r2"] = [ErasedFact(name="source-record.opened", erasure="erasure-1")]
    assert bench.lsoa(Whose(), living_at()) is None


def test_a_message_that_says_where_a_child_lives_asks_nothing_of_what_others_said() -> None:
    bench = Bench(persons={"p1": Person("p1", source_records=("r1", "r2"))})
    bench.streams["source-record:r2"] = [opened(home("Z01000010"))]
    assert bench.lsoa(Whose(), living_at(MILL)) == "Z01000000"
    assert bench.asked == ["areas", "versions"]


def test_what_others_said_is_read_once_and_again_only_when_somebody_wrote() -> None:
    bench = Bench(persons={"p1": Person("p1", source_records=("r1", "r2"))})
    stream = bench.streams["source-record:r2"] = [opened(home("Z01000010"))]
    assert bench.lsoa(Whose(), living_at()) == "Z01000010"
    assert bench.asked == ["areas", "versions", "source-record:r2"]
    assert bench.lsoa(Whose(), living_at()) == "Z01000010"
    assert bench.asked == ["areas", "versions"]
    moved = SourceRecordDescribed(organisation="police", digest=b"", items=(), homes=(home("Z01000000"),))
    stream.append(moved)
    assert bench.lsoa(Whose(), living_at()) == "Z01000000"
    assert bench.asked == ["areas", "versions", "source-record:r2"]


def test_what_the_intake_wrote_itself_it_need_not_read() -> None:
    bench = Bench(persons={"p1": Person("p1", source_records=("r1", "r2"))})
    facts = [opened(home("Z01000010")), LegalStatusChanged(organisation="council", status="none", started=DAY)]
    bench.locator.learn(NewFact("source-record:r2", after, fact, NEVER) for after, fact in enumerate(facts))
    bench.streams["source-record:r2"] = list(facts)
    assert bench.lsoa(Whose(), living_at()) == "Z01000010"
    assert bench.asked == ["areas", "versions"]


def test_a_batch_that_was_refused_leaves_nothing_behind() -> None:
    bench = Bench()
    said = concern("school", seen_by(CHILD, "school", person=living_at(MILL)))
    bench.locator.begin([(said, [Whose(new_record=True)])])
    assert [code.lsoa for code in bench.locator.homes(Whose(), living_at(MILL), said.recorded_at)] == ["Z01000000"]
    assert bench.lsoa(Whose(), living_at()) is None  # the next batch begins: the first was never written


def test_messages_of_every_kind_are_looked_through() -> None:
    bench = Bench()
    withdrawn = message.ConcernWithdrawn(
        organisation="school", source_sequence=1, recorded_at=moment(), withdraws="x", reason_code="other", reason="x"
    )
    bench.locator.begin([(withdrawn, [])])
    assert bench.asked == ["areas", "versions"]
