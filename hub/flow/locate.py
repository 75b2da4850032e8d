"""Where a child lived when it happened: one code of a small area, or nothing. Part of step 4.

The message's own address is believed first, then what the same organisation said before, then what others said, each
for the day on which it happened (hub/domain/area.py). Nothing here opens a sealed word: addresses are read where a message
brings them, and kept as codes on the source record. A restricted identity lies in no area.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import Protocol

from msgspec import Struct

from hub.domain import message
from hub.domain.area import HIDDEN, HomeCodes, Postcode, area_of, home_on, kept, lsoa_on
from hub.domain.fact import NewFact
from hub.domain.identifiers import postcode
from hub.domain.moments import london_day
from hub.domain.person import Person
from hub.domain.source_record import SourceRecordDescribed, SourceRecordOpened
from hub.ports import Areas, Blind, Record

MOST_HELD = 20_000  # source records whose addresses are held in memory between batches, some hundred bytes each
Said = message.ConcernRaised | message.StrengthObserved


class Whose(Protocol):
    """As much of a placement as is asked here (hub/flow/match.py)."""

    @property
    def source_record(self) -> str:
        """Of which source record it is."""
        ...

    @property
    def person(self) -> str:
        """Whom it is held to be about."""
        ...

    @property
    def new_record(self) -> bool:
        """Whether the record holds it not yet."""
        ...


class Places(Protocol):
    """What drafting asks about places."""

    def homes(self, whose: Whose, person: message.Person, recorded_at: datetime) -> tuple[HomeCodes, ...]:
        """The addresses of a person as codes, now held of this source record."""
        ...

    def lsoa(self, whose: Whose, person: message.Person, recorded_at: datetime, day: date) -> str | None:
        """The small area where this person lived on a day."""
        ...


class Nowhere:
    """`Places` where nobody asks: no address becomes a code."""

    def homes(self, whose: Whose, person: message.Person, recorded_at: datetime) -> tuple[HomeCodes, ...]:  # noqa: ARG002  it answers all alike
        """None."""
        return ()

    def lsoa(self, whose: Whose, person: message.Person, recorded_at: datetime, day: date) -> str | None:  # noqa: ARG002
        """Nowhere."""
        return None


class Held(Struct, frozen=True):
    """The addresses of a source record, as far as its stream was read."""

    version: int
    homes: tuple[HomeCodes, ...] = ()


class Locator:
    """`Places` of the intake, which alone writes source records: what it wrote last it need not read again."""

    def __init__(self, *, record: Record, areas: Areas, blind: Blind, person: Callable[[str], Person | None]) -> None:
        self._record = record
        self._areas = areas
        self._blind = blind
        self._person = person
        self._held: dict[str, Held] = {}
        self._now: dict[str, tuple[HomeCodes, ...]] = {}  # source record -> its addresses, as this batch leaves them
        self._joined: dict[str, list[str]] = {}  # person -> source records that this batch put with it
        self._coded: dict[tuple[int, datetime], tuple[HomeCodes, ...]] = {}
        self._lines: dict[str, Postcode] = {}

    def begin(self, batch: Iterable[tuple[message.Message, Sequence[Whose]]]) -> None:
        """Have at hand what the drafts of these messages will ask, in a few questions. Raises TryLater."""
        self._now, self._joined, self._coded = {}, {}, {}
        batch = [(said.statement if isinstance(said, message.ConcernCorrected) else said, p) for said, p in batch]
        self._lines = self._areas.find({
            code for said, _ in batch for person in _people(said) for a in person.addresses
            if (code := postcode(a.postcode)) and a.kind not in HIDDEN
        })  # fmt: skip
        wanted: set[str] = set()
        for said, placed in batch:
            if not isinstance(said, Said):
                wanted.update(p.source_record for p, one in zip(placed, _people(said), strict=True) if one.addresses)
                continue
            day = london_day(said.occurred.start)
            for number, (whose, person) in enumerate(zip(placed, _people(said), strict=True)):
                subject = number < len(said.subjects)
                if subject and home_on(self._codes(person, said.recorded_at), day) is None:
                    known = self._person(whose.person)
                    wanted.update(known.source_records if known else ())
                if subject or person.addresses:
                    wanted.add(whose.source_record)
        self._have(wanted)

    def homes(self, whose: Whose, person: message.Person, recorded_at: datetime) -> tuple[HomeCodes, ...]:
        """The addresses of a person as codes, the newest first; from now on they are what this source record holds."""
        said = self._codes(person, recorded_at)
        self._now[whose.source_record] = kept(said, self._of(whose.source_record))
        self._joined.setdefault(whose.person, []).append(whose.source_record)
        return said

    def lsoa(self, whose: Whose, person: message.Person, recorded_at: datetime, day: date) -> str | None:
        """The small area where this person lived on a (London) day; None where nobody said, or where none may know."""
        known = self._person(whose.person)
        if known is not None and known.restricted:
            return None
        records = (*(known.source_records if known else ()), *self._joined.get(whose.person, ()))
        others = [home for one in dict.fromkeys(records) if one != whose.source_record for home in self._of(one)]
        return lsoa_on(day, self._codes(person, recorded_at), self._of(whose.source_record), others)

    def learn(self, facts: Iterable[NewFact]) -> None:
        """Keep what has just been written about source records."""
        if len(self._held) > MOST_HELD:
            self._held.clear()
        for new in facts:
            kind, _, ident = new.stream.partition(":")
            if kind == "source-record":
                held = self._held.get(ident, Held(0))
                if held.version == new.after:
                    self._held[ident] = _folded(held, [new.fact])
                else:
                    self._held.pop(ident, None)

    def _have(self, source_records: set[str]) -> None:
        """Read those that are not at hand, or were written to by somebody else."""
        streams = {f"source-record:{one}": one for one in source_records}
        for stream, version in self._record.versions(sorted(streams)).items():
            ident = streams[stream]
            held = self._held.get(ident)
            if held is None or held.version != version:
                self._held[ident] = _folded(Held(0), [one.fact for one in self._record.load(stream)])

    def _of(self, source_record: str) -> tuple[HomeCodes, ...]:
        now = self._now.get(source_record)
        if now is not None:
            return now
        held = self._held.get(source_record)
        return held.homes if held else ()

    def _codes(self, person: message.Person, recorded_at: datetime) -> tuple[HomeCodes, ...]:
        if not person.addresses:
            return ()
        held = self._coded.get((id(person), recorded_at))  # of this batch, whose persons are all alive
        if held is None:
            said_on = london_day(recorded_at)
            held = tuple(self._code(address, said_on) for address in person.addresses)
            self._coded[id(person), recorded_at] = held
        return held

    def _code(self, address: message.Address, said_on: date) -> HomeCodes:
        code = postcode(address.postcode)
        if address.kind in HIDDEN or code is None:
            return HomeCodes(kind=address.kind, since=address.since, until=address.until, said_on=said_on)
        return HomeCodes(
            kind=address.kind, place=self._blind.digest("home", code).hex(), since=address.since, until=address.until,
            lsoa=area_of(self._lines.get(code), said_on), said_on=said_on,
        )  # fmt: skip


def _folded(held: Held, facts: Sequence[object]) -> Held:
    """What a source record holds after these facts of its stream."""
    homes = held.homes
    for fact in facts:
        if isinstance(fact, SourceRecordOpened | SourceRecordDescribed):
            homes = kept(fact.homes, homes)
    return Held(held.version + len(facts), homes)


def _people(said: message.Message) -> list[message.Person]:
    """The persons of a message in the order of their placements."""
    match said:
        case message.ConcernCorrected():
            return _people(said.statement)
        case message.ConcernRaised() | message.StrengthObserved():
            adults = said.adults if isinstance(said, message.ConcernRaised) else ()
            return [subject.person for subject in said.subjects] + [adult.person for adult in adults]
        case message.HouseholdObserved():
            return [member.person for member in said.members]
        case message.ConcernWithdrawn():
            return []
        case _:
            return [said.subject]
