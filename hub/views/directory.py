"""The directory of services, on behalf of a person or a program: what there is, with how many places, and what fits a child.

It is about nobody. What is full is listed with its wait; what nobody has declared for long says so. An organisation declares
its own services alone; the front door may for any.
"""

from collections.abc import Callable
from datetime import date

from msgspec import Struct
from sqlalchemy import select

from hub.domain import service as services
from hub.domain.errors import NotFound, NotPermitted, Refused
from hub.domain.fact import Recorded
from hub.domain.moments import london_day
from hub.domain.partnership import of_parts as partnership_of
from hub.domain.service import Declare, Entry, ServiceDeclared, directory
from hub.domain.staff import may
from hub.domain.waiting import until
from hub.flow.act import Act, by_person
from hub.flow.expect import morning_of
from hub.views.asking import stamp
from hub.views.desk import Desk, caught_up, name_of
from hub.views.matters import matter
from hub.views.members import staff_of
from hub.views.models import Asker, Choice
from hub.views.models.offer import DirectoryView, ServiceRow
from hub.views.telling import who

NO_SERVICE = "no such service: mash services list shows them"


class Directory(Struct, frozen=True):
    """What pages, commands and programs ask. `act` puts it on record; `settle` waits until the views have it."""

    desk: Desk
    act: Callable[[], Act]
    settle: Callable[[], None]

    def page(
        self,
        asker: Asker,
        *,
        age: int | None = None,
        level: int | None = None,
        locality: str = "",
        closed: bool = False,
    ) -> DirectoryView:
        """What fits, by organisation and name; with `closed`, also what is offered no more. Raises NotPermitted."""
        desk = self.desk
        member = staff_of(desk, asker.staff)
        if not member.active:
            raise NotPermitted("the register of staff does not know this account")
        caught_up(desk)
        everything = [one for one in entries(desk).values() if one.open or closed]
        fitting = [one for one in everything if one.fits(age, level, locality)]
        about = partnership_of(desk.edition.parts)
        known = desk.register().organisations
        declares = [one for one in known if self._may(asker, one)]
        return DirectoryView(
            stamp=stamp(desk, asker), hidden=len(everything) - len(fitting),
            rows=tuple(
                row_of(desk, one, may_declare=one.organisation in declares)
                for one in sorted(fitting, key=lambda one: (one.organisation, one.name, one.service))
            ),
            levels=tuple(Choice(str(one.number), f"Level {one.number}: {one.name}") for one in desk.edition.continuum.levels),
            localities=tuple(Choice(one.name, one.name) for one in about.localities),
            organisations=tuple(Choice(one, name_of(desk, one)) for one in sorted(declares)),
        )  # fmt: skip

    def one(self, asker: Asker, service: str) -> ServiceRow:
        """One service as it stands, also one that is offered no more. Raises NotFound, NotPermitted."""
        for row in self.page(asker, closed=True).rows:
            if row.service == service:
                return row
        raise NotFound(NO_SERVICE)

    def declare(self, asker: Asker, wish: Declare) -> ServiceRow:
        """A person says how a service stands. Raises Refused naming the field, NotPermitted, NotFound."""
        desk = self.desk
        caught_up(desk)
        now = entries(desk).get(wish.service)
        whose = now.organisation if now else wish.organisation
        if not self._may(asker, whose):
            raise NotPermitted("you declare the services of your own organisation; the front door may for any")
        if whose not in desk.register().organisations:
            raise Refused("Select an organisation that has joined", "organisation")
        self._declare(wish, asker.staff, by_person(asker.staff))
        return self.one(asker, wish.service)

    def declare_own(self, organisation: str, wish: Declare) -> ServiceRow:
        """An organisation's program says how a service of its own stands. Raises Refused naming the field, NotPermitted."""
        now = entries(self.desk).get(wish.service)
        if (now.organisation if now else wish.organisation or organisation) != organisation:
            raise NotPermitted("a program declares the services of its own organisation alone")
        wish = Declare(
            **{name: getattr(wish, name) for name in wish.__struct_fields__} | {"organisation": organisation}
        )
        self._declare(wish, organisation, f"organisation:{organisation}")
        return row_of(self.desk, entries(self.desk)[wish.service], may_declare=True)

    def _declare(self, wish: Declare, by: str, envelope_by: str) -> None:
        desk = self.desk
        about = partnership_of(desk.edition.parts)
        today = london_day(desk.clock.now())

        def declaring(history: list[Recorded]) -> list[ServiceDeclared]:
            said = [one.fact for one in history if isinstance(one.fact, ServiceDeclared)]
            now = directory(desk.edition.parts, said).get(wish.service)  # the record's, which views may lag behind
            return [
                services.declare(
                    wish, now, by, today, desk.edition.continuum.numbers, [one.name for one in about.localities]
                )
            ]  # fmt: skip

        self.act().append(services.stream(wish.service), declaring, envelope_by)
        self.settle()
        caught_up(desk)

    def _may(self, asker: Asker, organisation: str) -> bool:
        """Whether this person may declare for this organisation."""
        member = staff_of(self.desk, asker.staff)
        if not member.active:
            return False
        return may(member.roles, "screen") or (may(member.roles, "answer") and member.organisation == organisation)


def entries(desk: Desk) -> dict[str, Entry]:
    """Every service by its code, as the record and the edition in force have it."""
    rows = desk.store.rows(select(matter.c.stream).where(matter.c.kind == "service"))
    declared = [desk.record.load(row["stream"])[-1].fact for row in rows]
    return directory(desk.edition.parts, [one for one in declared if isinstance(one, ServiceDeclared)])


def row_of(desk: Desk, one: Entry, *, may_declare: bool = False) -> ServiceRow:
    """A service as pages show it."""
    return ServiceRow(
        service=one.service, organisation=one.organisation, organisation_name=name_of(desk, one.organisation),
        name=one.name, what=one.what, from_age=one.ages[0], upto_age=one.ages[1], levels=one.levels,
        localities=one.localities, places=one.places, waiting_days=one.waiting_days, declared_on=one.declared_on,
        declared_by=_whom(desk, one), stale=_stale(desk, one.declared_on), open=one.open,
        may_declare=may_declare,
    )  # fmt: skip


def _whom(desk: Desk, one: Entry) -> str:
    """Who declared it, in words: a person by role, an organisation's program by its name, else what the list names."""
    if not one.declared_by:
        return one.source
    known = one.declared_by in desk.register().organisations
    return name_of(desk, one.declared_by) if known else who(desk, one.declared_by)


def _stale(desk: Desk, declared: date) -> bool:
    """Whether the edition takes what was declared on this day as old by now."""
    ends = until(desk.edition.parts, desk.edition.calendar, "declaration", morning_of(declared))
    return ends is not None and ends < desk.clock.now()
