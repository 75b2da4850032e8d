"""What was known of each child, and when: the counted signals of a world in the order in which they became known, beside
the truth about the child. Linking is by the truth here; `through_hub.py` lets a real hub do it.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from bench.evaluate.household import OfAdults, decisions, with_household
from bench.world.files import read
from bench.world.planning import midnight
from bench.world.population import organisations
from bench.world.services import Contact, Episode
from bench.world.telling import Emitted, Known, Named
from bench.world.truth import FILES, Planted, Tally, TruePerson, Truth
from hub.domain.message import ConcernCorrected, ConcernRaised, ConcernWithdrawn, StrengthObserved
from hub.domain.moments import london_day, months_between
from hub.domain.over_time import Event
from hub.domain.signal import Signal
from hub.domain.vocabulary import Vocabulary

Step = tuple[Emitted | None, Iterable[Truth]]
CHILDHOOD = 6574  # days


class BadWorld(ValueError):
    """A world's folder that cannot be evaluated; the text gives file, line and mend."""


class About(Struct):
    """A child: who it truly is, what was planted, which cases were open when, and what is known of it in order of time.

    `records` are lists of events: one where linking is by the truth; a hub that did not find two records to be one child
    holds them apart, and rules run over each.
    """

    person: TruePerson
    years: float = 0.0
    planted: list[Planted] = []
    episodes: list[Episode] = []
    records: list[list[Event]] = []

    def open_on(self, day: date) -> bool:
        """Whether social care or early help works with the child on a day."""
        return any(
            one.began <= day < one.ended for one in self.episodes if one.kind in {"referral", "early_help"}
        )  # fmt: skip


class Told(Struct, frozen=True):
    """A world told for evaluation: its time, and every child by its true id."""

    start: date
    end: date
    children: dict[str, About]


def tell(
    steps: Iterable[Step], start: date, end: date, vocabulary: Vocabulary, sectors: Mapping[str, str], *, routine: bool,
    decided_after: timedelta | None = None,
) -> Told:  # fmt: skip
    """Fold a world's messages into events by child. `routine` False leaves registers and logs out.

    What counts is what the hub counts: concerns and strengths for the children they name, and what siblings and the adults
    at home make count (`household.py`). A correction takes the statement back and counts the new one, a withdrawal takes it
    back. With `decided_after`, what the front door decided of a contact counts so long after the contact came; without it
    nobody decides.
    """
    truth: list[Step] = []
    named: dict[str, dict[int, str]] = {}
    counted: dict[str, list[tuple[str, str]]] = {}  # message -> (child, signal id) that count because of it
    events: dict[str, list[Event]] = {}
    of_adults: list[OfAdults] = []
    meant: dict[str, str] = {}  # message about adults alone -> a child of their home
    for emitted, rows in steps:
        kept = []
        for row in rows:
            if not isinstance(row, Named):
                kept.append(row)
            elif row.role == "subject":
                named.setdefault(row.message, {})[row.n] = row.person
            elif row.role == "not_named":
                meant[row.message] = row.person
        if kept:
            truth.append((None, kept))
        if emitted is None or (emitted.scope == "routine" and not routine):
            continue
        for child, event in _events(emitted, named.pop(emitted.id, {}), counted, vocabulary, sectors):
            events.setdefault(child, []).append(event)
        if child := meant.pop(emitted.id, ""):
            of_adults.append(OfAdults(child, tuple(_of_adults(emitted, child, counted, vocabulary, sectors))))
    children = people(truth, start, end)
    everything = with_household(events, of_adults, (about.person for about in children.values()))
    if decided_after is not None:
        contacts = (row for _, rows in truth for row in rows if isinstance(row, Contact))
        for child, decided in decisions(contacts, decided_after).items():
            in_time = [event for event in decided if event.at < midnight(end)]
            everything[child] = sorted([*everything.get(child, ()), *in_time], key=lambda event: event.at)
    for child, those in everything.items():
        if those:
            children[child].records.append(those)
    return Told(start, end, children)


def people(truth: Iterable[Step], start: date, end: date) -> dict[str, About]:
    """Every child of the truth by id, with what was planted and which cases were open; nothing is known of it yet.

    Raises BadWorld where a row is about nobody.
    """
    children: dict[str, About] = {}
    rest: list[Planted | Episode] = []
    for _, rows in truth:
        for row in rows:
            if isinstance(row, TruePerson) and row.kind == "child":
                children[row.person] = About(row, _years(row, start, end))
            elif isinstance(row, Planted | Episode):
                rest.append(row)
    for one in rest:
        if one.child not in children:
            raise BadWorld(
                f"truth: a {type(one).__name__.lower()} is of a child that people.jsonl lacks: add the child"
            )
        if isinstance(one, Planted):
            children[one.child].planted.append(one)
        else:
            children[one.child].episodes.append(one)
    return children


def _events(
    emitted: Emitted, who: Mapping[int, str], counted: dict[str, list[tuple[str, str]]], vocabulary: Vocabulary,
    sectors: Mapping[str, str],
) -> Iterator[tuple[str, Event]]:  # fmt: skip
    said, at = emitted.message, emitted.publish_at
    of = (
        said.corrects
        if isinstance(said, ConcernCorrected)
        else said.withdraws
        if isinstance(said, ConcernWithdrawn)
        else ""
    )
    for child, ident in counted.pop(of, ()) if of else ():
        yield child, Event(at, ident, None)
    statement = said.statement if isinstance(said, ConcernCorrected) else said
    if not isinstance(statement, ConcernRaised | StrengthObserved):
        return
    sector = sectors.get(statement.organisation, "not_known")
    for n, child in who.items():
        signal = _signal(emitted, statement, n, child, sector, vocabulary)
        counted.setdefault(emitted.id, []).append((child, signal.id))
        yield child, Event(at, signal.id, signal)


def _of_adults(
    emitted: Emitted, child: str, counted: dict[str, list[tuple[str, str]]], vocabulary: Vocabulary,
    sectors: Mapping[str, str],
) -> Iterator[Event]:  # fmt: skip
    """What a concern about adults alone makes count for the children at home: a signal for each adult who may live there."""
    said = emitted.message.statement if isinstance(emitted.message, ConcernCorrected) else emitted.message
    if not isinstance(said, ConcernRaised) or said.subjects:
        return
    sector = sectors.get(said.organisation, "not_known")
    for n, adult in enumerate(said.adults):
        if adult.in_household is not False:
            made = replace(_made(emitted, said, n, child, adult.indicators, sector, vocabulary), relation="adult")
            counted.setdefault(emitted.id, []).append((child, made.id))  # where it is taken back, from the whole home
            yield Event(emitted.publish_at, made.id, made)


def _signal(
    emitted: Emitted, said: ConcernRaised | StrengthObserved, n: int, child: str, sector: str, vocabulary: Vocabulary
) -> Signal:
    subject, born = said.subjects[n], said.subjects[n].person.birth_date
    return replace(
        _made(emitted, said, n, child, subject.indicators, sector, vocabulary), seen=subject.seen, unborn=subject.unborn,
        measures=tuple((measure.code, measure.value) for measure in subject.measures),
        age_months=months_between(born, london_day(said.occurred.start)) if born else None,
    )  # fmt: skip


def _made(
    emitted: Emitted, said: ConcernRaised | StrengthObserved, n: int, child: str, codes: tuple[str, ...], sector: str,
    vocabulary: Vocabulary,
) -> Signal:  # fmt: skip
    """A signal of a message, without what it says of the child itself."""
    worry = said if isinstance(said, ConcernRaised) else None
    return Signal(
        id=f"{emitted.id}/{n}", child=child, relation="own", kind="concern" if worry else "strength",
        indicators=codes, domains=vocabulary.domains_of(codes), organisation=said.organisation, sector=sector,
        setting=said.setting, referrer=worry.referrer if worry else None, referrer_kind=said.referrer_kind,
        seen="not_seen", how_known=said.how_known.kind, incident=worry.incident if worry else None,
        backfill=said.backfill, occurred_start=said.occurred.start, occurred_end=said.occurred.end,
        precision=said.occurred.precision, recorded_at=said.recorded_at, received=emitted.publish_at,
        known_at=emitted.publish_at,
    )  # fmt: skip


def _years(person: TruePerson, start: date, end: date) -> float:
    first, last = max(person.born, start), min(person.born + timedelta(days=CHILDHOOD), end)
    return max(0.0, (last - first).days - person.days_away) / 365.25


# ------------------------------------------------------------------------------------------- a world that is in a folder


def folder_steps(folder: Path) -> Iterator[Step]:
    """The truth of a written world, then its messages. Raises BadWorld with file and line."""
    for kind, name in FILES.items():
        if kind in {Known, Tally}:
            continue
        path = folder / "truth" / f"{name}.jsonl"
        if not path.exists():
            if kind in {Contact, Episode}:
                continue  # a world may know of no services: then no case is open, and nobody decides
            raise BadWorld(f"{path} is missing: a world to evaluate needs stream.jsonl and truth/ (docs/world.md)")
        yield None, _rows(path, kind)
    stream = folder / "stream.jsonl"
    if not stream.exists():
        raise BadWorld(f"{stream} is missing: mash synth --out writes one")
    last, number = None, 0
    messages = read(stream)
    while True:
        number += 1
        try:
            emitted = next(messages, None)
        except (msgspec.DecodeError, KeyError, ValueError) as error:
            raise BadWorld(f"{stream}:{number}: {_short(error)}: mend or remove the line (docs/world.md)") from None
        if emitted is None:
            return
        if last is not None and emitted.publish_at < last:
            raise BadWorld(
                f"{stream}:{number}: published before the line above it: put the lines in order of publish_at"
            )
        last = emitted.publish_at
        yield emitted, ()


class Frame(Struct, frozen=True):
    """The frame of a world: its first day, the day after its last, and the sector of each organisation."""

    start: date
    end: date
    organisations: dict[str, str] = {}


def folder_frame(folder: Path) -> Frame:
    """What world.json says; without one, the days from the first to the last message and the organisations that speak.

    Raises BadWorld.
    """
    path = folder / "world.json"
    if path.exists():
        try:
            said = msgspec.json.decode(path.read_bytes(), type=Frame)
        except msgspec.DecodeError as error:
            raise BadWorld(f"{path}: {_short(error)}: give start and end as days") from None
        if said.end <= said.start:
            raise BadWorld(f"{path}: the world ends before it starts: exchange start and end")
        return said if said.organisations else Frame(said.start, said.end, _speakers(folder))
    first = last = None
    for emitted, _ in folder_steps(folder):
        if emitted is not None:
            first, last = first or emitted.publish_at, emitted.publish_at
    if first is None or last is None:
        raise BadWorld(f"{folder / 'stream.jsonl'} holds no message: nothing can be evaluated")
    return Frame(london_day(first), london_day(last) + timedelta(days=1), _speakers(folder))


def _speakers(folder: Path) -> dict[str, str]:
    """The organisations of a stream; their sectors as this generator has them, else "not known"."""
    known = {one.id: one.sector for one in organisations(1).values()}
    speak = {emitted.organisation for emitted, _ in folder_steps(folder) if emitted is not None}
    return {one: known.get(one, "not_known") for one in sorted(speak)}


def _rows(path: Path, kind: type) -> Iterator[Truth]:
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                yield msgspec.json.decode(line, type=kind)
            except msgspec.DecodeError as error:
                raise BadWorld(f"{path}:{number}: {_short(error)}: mend or remove the line (docs/world.md)") from None


def _short(error: Exception) -> str:
    """What is wrong, without the value."""
    if isinstance(error, KeyError):
        return "no message is of this type"
    return str(error).splitlines()[0][:160]
