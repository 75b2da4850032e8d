"""The same world through a real embedded hub: signed and sealed messages in by the front door, and what the hub then counts
for whom. The hub sees no truth; its persons are matched with true children here, afterwards, by what they were counted for.
"""

import shutil
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from bench.evaluate import history
from bench.evaluate.history import About, Step, Told
from bench.olden import protocol_all_along
from bench.world.into import join
from bench.world.planning import midnight
from bench.world.telling import Emitted, Named
from hub.bootstrap import Hub, open_hub
from hub.config import read_settings
from hub.domain.child import SignalCounted, SignalDiscounted
from hub.domain.concern import message_id
from hub.domain.over_time import Event
from hub.flow.receive import Intake
from hub.ports import LogMessage

BATCH = 400  # messages that the hub takes at one moment of its clock, at most; never of two days


class Linking(Struct, frozen=True):
    """How well the hub told children apart, seen from the truth. `split` children are held as several persons, `mixed`
    persons hold signals of several children."""

    messages: int
    quarantined: int
    children: int
    persons: int
    split: int
    mixed: int


class WorldClock:
    """A clock that stands where the world stands."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self) -> datetime:
        """Aware UTC; never goes back."""
        return self.moment


def tell(
    steps: Iterable[Step], start: date, end: date, folder: Path, partnership: str, sectors: Mapping[str, str], *,
    routine: bool,
) -> tuple[Told, Linking]:  # fmt: skip
    """As `history.tell`, but whose each signal is says a hub in `folder` (a new one), by its own matching.

    The rules then run over each person of the hub by itself; an alert counts for the child of whom most of what that
    person's record holds was said.
    """
    hub = open_hub(read_settings(data=folder, partnership=partnership), WorldClock(midnight(start)))
    protocol_all_along(hub)
    truth = _Truth()
    try:
        published = _publish(hub, truth.of(steps, routine=routine), sectors)
        told = _told(hub, truth, start, end)
        quarantined = len(hub.quarantine_rows())
    finally:
        hub.close()
        shutil.rmtree(folder, ignore_errors=True)
    children, persons = told
    split = sum(len(about.records) > 1 for about in children.values())
    mixed = sum(len(set(owners)) > 1 for owners in persons.values())
    linking = Linking(
        published, quarantined, sum(bool(a.records) for a in children.values()), len(persons), split, mixed
    )
    return Told(start, end, children), linking


def fill(hub: Hub, steps: Iterable[Step], sectors: Mapping[str, str], *, routine: bool) -> int:
    """Put a world through a hub that stays open (one with a `WorldClock`); how many messages were published."""
    protocol_all_along(hub)
    return _publish(hub, _Truth().of(steps, routine=routine), sectors)


class _Truth:
    """What is true, kept beside while the messages go to the hub."""

    def __init__(self) -> None:
        self.rows: list[Step] = []
        self.who: dict[str, str] = {}  # "<hub's message id>/<n>" -> true child
        self.hub_id: dict[str, str] = {}

    def of(self, steps: Iterable[Step], *, routine: bool) -> Iterator[Emitted]:
        """The messages alone."""
        for emitted, rows in steps:
            kept = []
            for row in rows:
                if isinstance(row, Named):
                    if row.role == "subject":
                        self.hub_id[row.message] = message_id(row.organisation, row.message)
                        self.who[f"{self.hub_id[row.message]}/{row.n}"] = row.person
                else:
                    kept.append(row)
            self.rows.append((None, kept))
            if emitted is not None and (routine or emitted.scope != "routine"):
                yield emitted


def _publish(hub: Hub, messages: Iterable[Emitted], sectors: Mapping[str, str]) -> int:
    """Put the messages through: signed by their organisations, taken in at the time at which the world published them.

    Where some are left out, organisations number what is left, so that there is no gap.
    """
    signers = join(hub, sectors)
    numbers: Counter[str] = Counter()
    done: dict[tuple[str, int], int] = {}
    reader, intake = None, Intake(hub.intake_tools())
    waiting: list[Emitted] = []
    published = 0

    def flush() -> None:
        nonlocal reader, published
        if not waiting:
            return
        clock = hub.clock
        assert isinstance(clock, WorldClock)  # noqa: S101 - opened with one
        clock.moment = max(clock.moment, waiting[-1].publish_at)
        by: dict[str, list[Emitted]] = defaultdict(list)
        for one in waiting:
            by[one.organisation].append(one)
        for organisation, those in by.items():
            said = []
            for one in those:
                numbers[organisation] += 1
                said.append((one.id, replace(one.message, source_sequence=numbers[organisation])))
            hub.publish(said, signers[organisation], numbered=False)
        published += len(waiting)
        left = len(waiting)
        waiting.clear()
        if reader is None:
            places = {(topic, n): hub.record.tracked(f"{topic}/{n}") for topic, count in hub.log.topics("concern.").items()
                      for n in range(count)}  # fmt: skip
            done.update(places)
            reader = hub.log.reader({place: offset + 1 for place, offset in places.items()})
        while left > 0:
            parts: dict[tuple[str, int], list[LogMessage]] = defaultdict(list)
            for message in reader.poll(500, 1.0):
                parts[message.topic, message.partition].append(message)
                left -= 1
            for place, batch in parts.items():
                intake.take(batch, done[place])
                done[place] = batch[-1].offset
        intake.count()

    try:
        for emitted in messages:
            if waiting and (len(waiting) >= BATCH or emitted.publish_at.date() != waiting[-1].publish_at.date()):
                flush()
            waiting.append(emitted)
        flush()
    finally:
        if reader is not None:
            reader.close()
    return published


def _told(hub: Hub, truth: _Truth, start: date, end: date) -> tuple[dict[str, About], dict[str, list[str]]]:
    """Every true child with the records that the hub keeps of it, and of which children each person's record is made."""
    events: dict[str, list[Event]] = defaultdict(list)
    owners: dict[str, list[str]] = defaultdict(list)
    after = 0
    while page := hub.record.read(after, 2000, [SignalCounted.NAME, SignalDiscounted.NAME]):
        for recorded in page:
            person, at = recorded.stream.partition(":")[2], recorded.envelope.known_at
            if isinstance(recorded.fact, SignalCounted):
                signal = recorded.fact.signal
                events[person].append(Event(at, signal.id, signal))
                if signal.relation == "own" and signal.id in truth.who:
                    owners[person].append(truth.who[signal.id])
            elif isinstance(recorded.fact, SignalDiscounted):
                events[person].append(Event(at, recorded.fact.signal_id, None))
        after = page[-1].position
    children = history.people(truth.rows, start, end)
    for person, those in owners.items():
        child, _ = Counter(those).most_common(1)[0]
        children[child].records.append(events[person])
    for about in children.values():
        about.planted = [
            replace(need, messages=tuple(truth.hub_id.get(one, one) for one in need.messages)) for need in about.planted
        ]
    return children, owners
