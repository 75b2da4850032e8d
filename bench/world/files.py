"""A world as files: stream.jsonl, which a hub may read, and truth/, which it may not. docs/world.md has the formats."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import msgspec
from msgspec import Struct

from bench.world.planning import midnight
from bench.world.stream import World
from bench.world.telling import Emitted, Named, Scope
from bench.world.truth import FILES, Planted, Truth
from hub.domain.message import KINDS, ConcernRaised, Message


class Counts(Struct):
    """What a written world holds. `per_1000` are yearly rates per 1,000 children under 18; `mash synth --report` prints
    them all beside their targets."""

    children: int = 0
    families: int = 0
    years: float = 0.0
    child_years: float = 0.0
    messages: int = 0
    concerns: int = 0
    child_contacts: int = 0
    children_with_contact: int = 0
    by_kind: dict[str, int] = {}
    by_scope: dict[str, int] = {}
    by_organisation: dict[str, int] = {}
    planted: dict[str, int] = {}
    late: int = 0
    per_1000: dict[str, float] = {}


class _Head(Struct, frozen=True):
    """What a line of stream.jsonl says besides the message's own fields."""

    id: str
    type: str
    publish_at: datetime
    scope: Scope = "contacts"


def to_line(emitted: Emitted) -> bytes:
    """One message as a line of JSON with its newline: id, type, publish_at and scope beside the message's own fields,
    which is the shape that `mash publish` reads."""
    head = msgspec.json.encode(_Head(emitted.id, emitted.type, emitted.publish_at, emitted.scope))
    return head[:-1] + b"," + msgspec.json.encode(emitted.message)[1:] + b"\n"


def read(path: Path) -> Iterator[Emitted]:
    """The messages of a stream.jsonl, one at a time. Raises msgspec.ValidationError for a line that is not one."""
    with path.open("rb") as lines:
        for line in lines:
            head = msgspec.json.decode(line, type=_Head)
            message: Message = msgspec.json.decode(line, type=KINDS[head.type])
            yield Emitted(message.organisation, head.id, message, head.publish_at, scope=head.scope)


def write(
    world: World, folder: Path, *, per_organisation: bool = False, progress: Callable[[float], None] | None = None,
    also: Callable[[Emitted | None, Sequence[Truth]], None] | None = None,
) -> Counts:  # fmt: skip
    """Write world.json, stream.jsonl and areas.jsonl, and apart from them truth/*.jsonl; says what was written.

    With `per_organisation` also organisations/<id>.jsonl. `progress` is told the part done, 0 to 1; `also` sees each step.
    The folder is made; files of these names are replaced.
    """
    return _Writer(world, folder, per_organisation, progress, also).write()


class _Writer:
    """Writes one pass of a world to files."""

    def __init__(
        self, world: World, folder: Path, per_organisation: bool, progress: Callable[[float], None] | None,
        also: Callable[[Emitted | None, Sequence[Truth]], None] | None,
    ) -> None:  # fmt: skip
        self.world, self.folder, self.per_organisation, self.progress = world, folder, per_organisation, progress
        self.also = also
        self.kinds: Counter[str] = Counter()
        self.scopes: Counter[str] = Counter()
        self.organisations: Counter[str] = Counter()
        self.planted: Counter[str] = Counter()
        self.counts = Counts(children=world.children, families=len(world.population.families), years=world.years)

    def write(self) -> Counts:
        world, counts = self.world, self.counts
        truth = self.folder / "truth"
        truth.mkdir(parents=True, exist_ok=True)
        about = {
            "start": world.start, "end": world.end, "children": world.children, "years": world.years, "seed": world.seed,
            "noise": world.noise, "scope": world.scope,
            "organisations": {one.id: one.sector for one in world.population.organisations.values()},
        }  # fmt: skip
        (self.folder / "world.json").write_bytes(msgspec.json.encode(about) + b"\n")
        with (self.folder / "areas.jsonl").open("wb") as areas:
            areas.writelines(msgspec.json.encode(row) + b"\n" for row in world.population.places.rows())
        paths = {"stream": self.folder / "stream.jsonl"}
        paths |= {name: truth / f"{name}.jsonl" for name in FILES.values()}
        if self.per_organisation:
            (self.folder / "organisations").mkdir(exist_ok=True)
            paths |= {
                f"organisation {name}": self.folder / "organisations" / f"{name}.jsonl"
                for name in world.population.organisations
            }
        files = {name: path.open("wb") for name, path in paths.items()}
        try:
            self._pass(files)
        finally:
            for file in files.values():
                file.close()
        counts.by_scope = dict(self.scopes)
        counts.by_kind, counts.by_organisation = dict(self.kinds), dict(self.organisations)
        counts.planted = dict(self.planted)
        counts.child_years = world.child_years()
        years = counts.child_years / 1000 or 1.0
        counts.per_1000 = {
            "contacts": round(counts.child_contacts / years, 1),
            "planted_building": round(self.planted["building"] / years, 1),
            "planted_harm": round(self.planted["harm"] / years, 1),
            "messages": round(counts.messages / years, 1),
        }
        return counts

    def _pass(self, files: Mapping[str, BinaryIO]) -> None:
        counts, touched = self.counts, set[str]()
        begin = midnight(self.world.start)
        whole = (self.world.end - self.world.start).total_seconds()
        for emitted, truths in self.world.steps():
            rows = truths if isinstance(truths, list) else list(truths)
            if self.also is not None:
                self.also(emitted, rows)
            if emitted is not None:
                line = to_line(emitted)
                files["stream"].write(line)
                if self.per_organisation:
                    files[f"organisation {emitted.organisation}"].write(line)
                counts.messages += 1
                self.kinds[emitted.type] += 1
                self.scopes[emitted.scope] += 1
                self.organisations[emitted.organisation] += 1
                if self.progress and counts.messages % 500 == 0:
                    self.progress(min(1.0, (emitted.publish_at - begin).total_seconds() / whole))
            concern = emitted is not None and isinstance(emitted.message, ConcernRaised) and emitted.scope == "contacts"
            counts.concerns += concern
            for row in rows:
                files[FILES[type(row)]].write(msgspec.json.encode(row) + b"\n")
                if concern and isinstance(row, Named) and row.role == "subject":
                    counts.child_contacts += 1
                    counts.late += row.late and row.n == 0
                    touched.add(row.person)
                elif isinstance(row, Planted):
                    self.planted[row.need] += 1
        counts.children_with_contact = len(touched)
        if self.progress:
            self.progress(1.0)
