"""The directory of services: who offers what, for whom, how many places are free and how long one waits, as declared on a day.

It promises that a service that is full is listed with its wait and never hidden, and that a declaration which nobody has
renewed says that it is old. It is about no person.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any, ClassVar

import msgspec
from msgspec import Struct

from hub.domain.errors import Refused
from hub.domain.fact import Fact
from hub.domain.partnership import Listed, Partnership

CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
OLDEST = 25  # years: on a ground somebody of 18 to 25 is served
LONGEST = 2000  # days that somebody may be said to wait
MOST = 10_000  # places
TEXT = 120  # characters of a name or a line of what it is


class ServiceDeclared(Fact, frozen=True, kw_only=True):
    """Stream service:<code>. What an organisation says of one service of its own, from `declared_on` (London day) on.

    `localities` and `levels` ( () for all), ages in whole years; `places` free now, `waiting_days` until one comes free.
    `open` False: it is offered no more. `declared_by`: a staff id, or the organisation whose program said so.
    """

    NAME: ClassVar[str] = "service.declared"
    service: str
    organisation: str
    name: str
    what: str
    ages: tuple[int, int]
    levels: tuple[int, ...]
    localities: tuple[str, ...]
    places: int
    waiting_days: int
    declared_on: date
    declared_by: str
    open: bool = True


FACTS: tuple[type[Fact], ...] = (ServiceDeclared,)


class Declare(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Ask to say how a service stands. What is left out stays as it was; a new one needs name, ages and places."""

    service: str
    organisation: str = ""
    name: str | None = None
    what: str | None = None
    from_age: int | None = None
    upto_age: int | None = None
    levels: tuple[int, ...] | None = None
    localities: tuple[str, ...] | None = None
    places: int | None = None
    waiting_days: int | None = None
    open: bool = True


class Entry(Struct, frozen=True, kw_only=True):
    """One service as it stands. `source` is the paper a list of the partnership's data names, "" where somebody declared it."""

    service: str
    organisation: str
    name: str
    what: str
    ages: tuple[int, int]
    levels: tuple[int, ...]
    localities: tuple[str, ...]
    places: int
    waiting_days: int
    declared_on: date
    declared_by: str = ""
    open: bool = True
    source: str = ""

    def fits(self, age: int | None = None, level: int | None = None, locality: str = "") -> bool:
        """Whether it is for a child of this age (whole years), level and locality; what is not given is not asked.

        Whether a place is free is not asked: what is full is shown with its wait.
        """
        return (
            (age is None or self.ages[0] <= age <= self.ages[1])
            and (level is None or not self.levels or level in self.levels)
            and (not locality or not self.localities or locality in self.localities)
        )


def stream(service: str) -> str:
    """The stream of a service of the directory."""
    return f"service:{service}"


def directory(parts: Mapping[str, Any], declared: Iterable[ServiceDeclared]) -> dict[str, Entry]:
    """Every service by its code: the partnership's list, and over it the newest that was declared."""
    about = msgspec.convert(parts["partnership"], Partnership)
    found = {one.code: _listed(one) for one in about.directory}
    for fact in declared:
        found[fact.service] = Entry(
            service=fact.service, organisation=fact.organisation, name=fact.name, what=fact.what, ages=fact.ages,
            levels=fact.levels, localities=fact.localities, places=fact.places, waiting_days=fact.waiting_days,
            declared_on=fact.declared_on, declared_by=fact.declared_by, open=fact.open,
        )  # fmt: skip
    return found


def _listed(one: Listed) -> Entry:
    return Entry(
        service=one.code, organisation=one.organisation, name=one.name, what=one.what, ages=one.ages, levels=one.levels,
        localities=one.localities, places=one.places, waiting_days=one.waiting_days, declared_on=one.declared,
        source=one.source,
    )  # fmt: skip


def declare(
    wish: Declare, now: Entry | None, by: str, today: date, levels: Collection[int], localities: Collection[str]
) -> ServiceDeclared:
    """What is declared, with what is left out as it was. Raises Refused, naming the field, with the mend."""
    if not CODE.fullmatch(wish.service):
        raise Refused("Give the service a code of small letters, digits and single hyphens", "service")
    organisation = now.organisation if now else wish.organisation
    if wish.organisation and wish.organisation != organisation:
        raise Refused("Another organisation offers the service of this code: give another code", "service")
    name = (wish.name if wish.name is not None else now.name if now else "").strip()
    what = (wish.what if wish.what is not None else now.what if now else "").strip()
    for field, text, least in (("name", name, 1), ("what", what, 0)):
        if not least <= len(text) <= TEXT or not text.isprintable():
            raise Refused(f"Enter one line of at most {TEXT} characters, about the service and about nobody", field)
    first = _number(wish.from_age, now.ages[0] if now else None, "from_age", OLDEST)
    last = _number(wish.upto_age, now.ages[1] if now else None, "upto_age", OLDEST)
    if last < first:
        raise Refused("The oldest is no younger than the youngest", "upto_age")
    for_levels = wish.levels if wish.levels is not None else now.levels if now else ()
    if not set(for_levels) <= set(levels):
        raise Refused(f"Select levels of this partnership: {', '.join(map(str, levels))}", "levels")
    where = wish.localities if wish.localities is not None else now.localities if now else ()
    if not set(where) <= set(localities):
        raise Refused(
            f"Select localities of this partnership: {', '.join(localities) or 'it names none'}", "localities"
        )
    return ServiceDeclared(
        service=wish.service, organisation=organisation, name=name, what=what, ages=(first, last),
        levels=tuple(sorted(set(for_levels))), localities=tuple(sorted(set(where))),
        places=_number(wish.places, now.places if now else None, "places", MOST),
        waiting_days=_number(wish.waiting_days, now.waiting_days if now else 0, "waiting_days", LONGEST),
        declared_on=today, declared_by=by, open=wish.open,
    )  # fmt: skip


def _number(given: int | None, before: int | None, field: str, most: int) -> int:
    value = given if given is not None else before
    if value is None or not 0 <= value <= most:
        raise Refused(f"Enter a whole number from 0 to {most}", field)
    return value
