"""What happened, in codes, as measures count it: a history up to a position of the record, and the cells that formulas make.

It promises that a figure is a pure function of what stands on the record up to a position: asked at an earlier one, it is the
earlier figure. What is of fewer than FEWEST children, however often each of them counts, is never shown, none among them, nor
what would give such a number away within one table.
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from hub.domain.decision import CLOSES
from hub.domain.moments import LONDON, london_day
from hub.domain.what_if import FEWEST, hide

Kind = Literal[
    "contact", "taken_back", "linked", "merged", "reinstated", "alert", "alert_decided", "opened", "graded", "decided", "level",
    "assessment", "status", "consent", "told", "asked", "answered", "withdrawn",
    "judged", "finding", "plan", "plan_closed", "outcome", "at_it", "at_it_ended",
]  # fmt: skip
UNKNOWN = "area not known"


class Happened(Struct, frozen=True, kw_only=True):
    """One thing that happened. Times are aware UTC; `at` is when the hub knew. What the codes mean depends on `kind`
    (hub/views/measured.py says it of each).
    """

    position: int
    kind: Kind
    at: datetime
    child: str = ""
    ref: str = ""
    enquiry: str = ""
    organisation: str = ""
    what: str = ""
    more: str = ""
    level: int = 0
    since: datetime | None = None
    until: datetime | None = None
    lsoa: str = ""


class Span(Struct, frozen=True):
    """A period of London days, both of them in it."""

    first: date
    last: date

    @property
    def start(self) -> datetime:
        """Its first moment."""
        return datetime.combine(self.first, time(0), LONDON)

    @property
    def end(self) -> datetime:
        """The moment after it."""
        return datetime.combine(self.last + timedelta(days=1), time(0), LONDON)

    def holds(self, moment: datetime) -> bool:
        """Whether a moment lies in it."""
        return self.start <= moment < self.end


class Ladder(Struct, frozen=True):
    """The levels of an edition, lowest first, and those of them at which help is early help."""

    numbers: tuple[int, ...]
    early: frozenset[int]

    @property
    def lowest(self) -> int:
        """The level of services for everybody."""
        return self.numbers[0]


class Cell(Struct, frozen=True, kw_only=True):
    """One figure before it is shown. `children`: of whom it counts, one for each time; `of`: out of whom, None where it is
    no share; `values`: days or hours, of which the middle one is told. `about_nobody`: it counts no children.
    """

    name: str
    children: tuple[str, ...] = ()
    of: tuple[str, ...] | None = None
    values: tuple[float, ...] = ()
    unit: str = ""
    about_nobody: bool = False
    count: int = 0  # of a cell about nobody
    out_of: int | None = None
    found: bool = False  # it is there only because something was counted
    part: bool = False  # one of several parts of one whole: what is hidden of one is hidden with another

    @property
    def number(self) -> int:
        """How many."""
        return self.count if self.about_nobody else len(self.children)

    @property
    def whole(self) -> int | None:
        """Out of how many."""
        return self.out_of if self.about_nobody else None if self.of is None else len(self.of)


class History:
    """What happened up to a position, in its order; a child who was merged by then is the one that stayed."""

    def __init__(self, happened: Iterable[Happened], ladder: Ladder) -> None:
        self.ladder = ladder
        self._by_kind: dict[str, list[Happened]] = defaultdict(list)
        for one in sorted(happened, key=lambda each: each.position):
            self._by_kind[one.kind].append(one)

    def of(self, *kinds: Kind) -> list[Happened]:
        """What happened of these kinds, in order."""
        return sorted((one for kind in kinds for one in self._by_kind[kind]), key=lambda one: one.position)

    @cached_property
    def _into(self) -> dict[str, str]:
        into: dict[str, str] = {}
        for one in self.of("merged", "reinstated"):
            if one.kind == "merged":
                into[one.child] = one.ref
            else:
                into.pop(one.child, None)
        return into

    def now(self, child: str) -> str:
        """Who this child is held to be."""
        seen = set()
        while child in self._into and child not in seen:
            seen.add(child)
            child = self._into[child]
        return child

    @cached_property
    def _persons(self) -> dict[str, str]:
        return {one.ref: one.child for one in self.of("linked")}

    def whose(self, source_record: str) -> str:
        """The child that a source record is held to be about; "" for one that nobody is."""
        return self.now(self._persons.get(source_record, ""))

    @cached_property
    def contacts(self) -> list[Happened]:
        """What organisations said of children and did not take back, each once, in the newest wording, in order."""
        held: dict[tuple[str, str], Happened] = {}
        for one in self.of("contact", "taken_back"):
            if one.kind == "contact":
                held[one.child, one.ref] = one
            else:
                held.pop((one.child, one.ref), None)
        return sorted(held.values(), key=lambda one: one.position)

    @cached_property
    def contacts_of(self) -> Mapping[str, Sequence[Happened]]:
        """The same, by child."""
        found: dict[str, list[Happened]] = defaultdict(list)
        for one in self.contacts:
            found[self.now(one.child)].append(one)
        return found

    @cached_property
    def decisions(self) -> list[Happened]:
        """The newest decision about each child of each MASH enquiry, in order."""
        newest = {(one.enquiry, one.child): one for one in self.of("decided")}
        return sorted(newest.values(), key=lambda one: one.position)

    @cached_property
    def opened(self) -> Mapping[str, Happened]:
        """When each MASH enquiry was opened."""
        first: dict[str, Happened] = {}
        for one in self.of("opened"):
            first.setdefault(one.enquiry, one)
        return first

    @cached_property
    def levels(self) -> Mapping[str, Sequence[tuple[datetime, int]]]:
        """From when on each child was at which level: by decisions of people, and by steps that were accepted."""
        found: dict[str, list[tuple[datetime, int]]] = defaultdict(list)
        for one in self.of("decided", "level"):
            closed = one.kind == "decided" and one.what in CLOSES
            level = self.ladder.lowest if closed else one.level or self.ladder.lowest
            held = found[self.now(one.child)]
            if not held or held[-1][1] != level:
                held.append((one.at, level))
        return found

    def level_at(self, child: str, moment: datetime) -> int:
        """The level at which a child was then; the lowest where nothing was on record."""
        known = self.levels.get(child, ())
        place = bisect_right([at for at, _ in known], moment)
        return known[place - 1][1] if place else self.ladder.lowest

    @cached_property
    def areas(self) -> Mapping[str, str]:
        """The small area in which each child lived at the newest contact that said one."""
        return {self.now(one.child): one.lsoa for one in self.contacts if one.lsoa}


class Figure(Struct, frozen=True, kw_only=True):
    """One figure as it is shown. `number` None: it is hidden, because fewer than FEWEST or what would give such away."""

    name: str
    number: int | None
    of: int | None = None
    share: float | None = None  # per cent, one decimal
    middle: float | None = None  # of the values, with its unit
    unit: str = ""
    listed: bool = True  # there are children behind it
    place: int = 0  # among the cells


def figures(cells: Sequence[Cell]) -> tuple[Figure, ...]:
    """Cells as they are shown, in their order. A row that is there only because something was counted is left out when it is
    of few: that it is there would say that there is somebody.
    """
    parts = {str(place): cell for place, cell in enumerate(cells) if cell.part}
    numbers = {place: (cell.number,) for place, cell in parts.items()}
    hidden, _ = hide(numbers, set(), total_shown=True, few=lambda some: _few_of([parts[place] for place in some]))
    shown = [_shown(cell, place, hidden=str(place) in hidden) for place, cell in enumerate(cells)]
    return tuple(one for one, cell in zip(shown, cells, strict=True) if one.number is not None or not cell.found)


def by_area(cell: Cell, areas: Mapping[str, str]) -> tuple[Figure, ...]:
    """One cell cut by small area, each child where they lived at the newest contact. Areas of few are left out, and with them
    the next; a cell about nobody has no areas.
    """
    if cell.about_nobody:
        return ()
    cut = {
        name: Cell(
            name=name, children=tuple(child for child in cell.children if areas.get(child, UNKNOWN) == name),
            of=None if cell.of is None else tuple(child for child in cell.of if areas.get(child, UNKNOWN) == name),
        )
        for name in sorted({areas.get(child, UNKNOWN) for child in (*cell.children, *(cell.of or ()))})
    }  # fmt: skip
    numbers = {name: (one.number,) for name, one in cut.items()}
    hidden, _ = hide(numbers, set(), total_shown=True, few=lambda some: _few_of([cut[name] for name in some]))
    return tuple(_figure(name, one.number, one.whole) for name, one in cut.items() if name not in hidden)


def _shown(cell: Cell, place: int, *, hidden: bool) -> Figure:
    listed = not cell.about_nobody
    if hidden or _few_of([cell]):
        return Figure(name=cell.name, number=None, unit=cell.unit, listed=listed, place=place)
    middle = _middle(cell.values) if cell.values else None
    return _figure(cell.name, cell.number, cell.whole, middle, cell.unit, listed=listed, place=place)


def _figure(
    name: str, number: int, of: int | None, middle: float | None = None, unit: str = "", *, listed: bool = False, place: int = 0
) -> Figure:  # fmt: skip
    share = round(100 * number / of, 1) if of else None
    return Figure(name=name, number=number, of=of, share=share, middle=middle, unit=unit, listed=listed, place=place)


def _few_of(cells: Collection[Cell]) -> bool:
    """Whether cells taken together are of too few, none among them: none and one must look alike; or the rest of a share is.

    It is children who are counted, not how often: one child of whom there were six referrals is one child.
    """
    nobody = [cell for cell in cells if cell.about_nobody]
    if nobody:
        return any(one.count < FEWEST or 0 < (one.whole or one.count) - one.count < FEWEST for one in nobody)
    if len({child for cell in cells for child in cell.children}) < FEWEST:
        return True
    rest = [Counter(cell.of) - Counter(cell.children) for cell in cells if cell.of is not None]
    return 0 < len({child for each in rest for child in each}) < FEWEST


def _middle(values: Sequence[float]) -> float:
    held = sorted(values)
    half = len(held) // 2
    return round(held[half] if len(held) % 2 else (held[half - 1] + held[half]) / 2, 1)


def without(happened: Iterable[Happened], hidden: Collection[str]) -> list[Happened]:
    """The same without what happened to these children, by every name of theirs: as though the hub had not heard of them.

    A source record of theirs is nobody's, and not whose it was before; who is held to be whom stays.
    """
    found = []
    for one in happened:
        if one.child not in hidden or one.kind in {"merged", "reinstated"}:
            found.append(one)
        elif one.kind == "linked":
            found.append(replace(one, child=""))
    return found


def day_of(moment: datetime) -> date:
    """The London day of a moment."""
    return london_day(moment)
