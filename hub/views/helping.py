"""The level of a child's help, on behalf of a person: may they, may they know of the child, then act; and how it stands.

Who is asked to take a child on sees that they are asked, for which child and why, and nothing else until they say yes.
Alerts are named as what a step rests on only to the front door and to the allocated worker.
"""

from collections.abc import Callable
from datetime import date

import msgspec
from msgspec import Struct
from sqlalchemy import or_, select

from hub.domain import help as helping
from hub.domain.enquiry import FRONT_DOOR
from hub.domain.errors import NotFound, NotPermitted, Refused
from hub.domain.fact import Recorded
from hub.domain.help import (
    DECLINED,
    ENDED,
    Help,
    HelpEnded,
    HelpRenewed,
    Propose,
    StepAccepted,
    StepDeclined,
    StepProposed,
    StepTakenBack,
)
from hub.domain.moments import london_day
from hub.domain.partnership import ADULT
from hub.domain.partnership import of_parts as partnership_of
from hub.domain.staff import Staff, may
from hub.domain.waiting import until
from hub.flow.disclose import ItemRef, ref
from hub.flow.help import Levels, New
from hub.views import store
from hub.views.accounts import one_person
from hub.views.asking import look, stamp
from hub.views.desk import HUB, Desk, caught_up
from hub.views.leading import entrusted, leaders, put_to
from hub.views.matters import matter
from hub.views.members import permitted, staff_of
from hub.views.models import Asker, Choice, choices_of
from hub.views.models.help import HelpPast, HelpView, MySteps, StepRow
from hub.views.offering import lines
from hub.views.subjects import subjects
from hub.views.telling import NO_CHILD, may_know, who, withheld, word
from hub.views.who_helps import Comes, age_of, comes, level_now
from hub.views.who_is_who import family, survivor, survivors

MOST = 200
CLOCKS = {"up": "hand_over", "down": "step_down"}  # which waiting time of the edition a step has


class Helping(Struct, frozen=True):
    """What pages, commands and programs ask. `act` puts it on record; `settle` waits until the views have it."""

    desk: Desk
    act: Callable[[], Levels]
    settle: Callable[[], None]

    # ------------------------------------------------------------------------------------------------------- acting

    def propose(self, asker: Asker, wish: Propose, beside: Callable[[str], New] = lambda _: []) -> str:
        """Ask the other side to take a child on at another level; the step's id. `beside` is written with it.

        Raises Refused naming the field, NotPermitted, NotFound.
        """
        desk = self.desk
        here = self._at_it(asker, wish.child)
        before = level_now(desk, here.names).level
        partnership, offered = partnership_of(desk.edition.parts), {one.code for one in evidence(desk, here)}
        asked = self.act().asked(here.names)
        direction, _, _ = helping.check_propose(wish, asked, before, desk.edition.continuum, partnership, offered)
        helping.check_age(partnership.ages, age_of(desk, here.names), wish.ground)
        organisation, setting = self._other_side(asker, wish.to, here)
        due = until(desk.edition.parts, desk.edition.calendar, CLOCKS[direction], desk.clock.now())
        if due is None:
            raise Refused("This edition does not say how long a step may wait: publish one that does", "edition")
        made = self.act().propose(
            here.names, wish, before, organisation, setting, due,
            lambda state: helping.check_propose(wish, state, before, desk.edition.continuum, partnership, offered), beside,
        )  # fmt: skip
        self.settle()
        return made

    def accept(self, asker: Asker, child: str) -> None:
        """Take the child on. Raises Refused, NotPermitted, NotFound."""
        desk = self.desk
        names = self._asked(asker, child)
        today = london_day(desk.clock.now())
        self.act().accept(
            names, asker.staff, lambda state: helping.check_answer(state, **self._sides(asker, state)),
            lambda level: helping.last_day(desk.edition.continuum, level, today),
        )  # fmt: skip
        self.settle()

    def decline(self, asker: Asker, child: str, reason: str, why: str) -> None:
        """Say no. Raises Refused naming the field, NotPermitted, NotFound."""
        names = self._asked(asker, child)
        self.act().decline(
            names, reason, why, asker.staff,
            lambda state: helping.check_decline(state, reason, **self._sides(asker, state)),
        )  # fmt: skip
        self.settle()

    def take_back(self, asker: Asker, child: str) -> None:
        """Nobody waits for the answer any more. Raises Refused, NotPermitted, NotFound."""
        here = self._at_it(asker, child)
        self.act().take_back(here.names, asker.staff, screens=here.screens)
        self.settle()

    def renew(self, asker: Asker, child: str, until_day: date | None, why: str) -> None:
        """Help of a limited time goes on. Raises Refused naming the field, NotPermitted, NotFound."""
        here = self._at_it(asker, child)
        self.act().renew(here.names, until_day, london_day(self.desk.clock.now()), why, asker.staff)
        self.settle()

    def end(self, asker: Asker, child: str, reason: str, why: str) -> None:
        """Nothing beyond what is there for everybody is given any more. Raises Refused, NotPermitted, NotFound."""
        here = self._at_it(asker, child)
        numbers = self.desk.edition.continuum.numbers
        self.act().end(here.names, level_now(self.desk, here.names).level, numbers, reason, why, asker.staff)
        self.settle()

    def _at_it(self, asker: Asker, child: str) -> Comes:
        """Raises NotPermitted for who only knows of it: the front door, who leads and who is allocated act."""
        desk = self.desk
        permitted(desk, asker, "picture")
        return comes(desk, asker, child, "help")

    def _sides(self, asker: Asker, state: Help) -> dict[str, bool]:
        """Whether this person is who was asked, and whether they are who proposed it, by whichever account."""
        if state.asked is None:
            return {"asked": False, "proposer": False}
        return {
            "asked": self._is_asked(asker, state.asked),
            "proposer": one_person(self.desk, asker.staff, state.asked.proposed_by),
        }

    def _is_asked(self, asker: Asker, step: StepProposed) -> bool:
        if step.to == FRONT_DOOR:
            return may(staff_of(self.desk, asker.staff).roles, "screen")
        return step.to == asker.staff

    def _asked(self, asker: Asker, child: str) -> list[str]:
        """The names of a child whom this person is asked to take on. Raises NotFound for any other."""
        desk = self.desk
        member = self._member(asker)
        caught_up(desk)
        child = survivor(desk, child)
        names = family(desk, child)
        asked = self.act().asked(names).asked
        if asked is None or not self._is_asked(asker, asked):
            look(desk, asker, [], "help")
            raise NotFound(NO_CHILD)
        if may(member.roles, "screen"):
            may_know(desk, asker, child, "help")
        else:
            put_to(desk, asker, f"help:{child}", child, "help")
        return names

    def _member(self, asker: Asker) -> Staff:
        member = staff_of(self.desk, asker.staff)
        if not member.active or not (may(member.roles, "lead") or may(member.roles, "screen")):
            raise NotPermitted("the register of staff does not let this account take children on")
        return member

    def _other_side(self, asker: Asker, to: str, here: Comes) -> tuple[str, str]:
        """Organisation and setting of who is asked. Raises Refused unless they are another person who may do it."""
        desk = self.desk
        if to == FRONT_DOOR:
            if here.screens:
                raise Refused("You are of the front door: ask who is to take the child on", "to")
            return FRONT_DOOR, ""
        member = staff_of(desk, to.strip())
        known = subjects(desk, [here.child])[here.child]
        closed = known.restricted and member.id not in known.named_readers
        if not member.active or not may(member.roles, "lead") or closed or {*here.names} & {*member.related}:
            raise Refused("Select somebody who may take this child on", "to")
        if one_person(desk, asker.staff, to):
            raise Refused("Ask somebody else: the other side accepts a step", "to")
        return member.organisation, member.setting

    # ------------------------------------------------------------------------------------------------------- looking

    def mine(self, asker: Asker) -> MySteps:
        """What this person is asked to take on. One look. Raises NotPermitted."""
        desk = self.desk
        member = self._member(asker)
        caught_up(desk)
        known = stamp(desk, asker)
        rows = waiting(desk, member)
        now = survivors(desk, {row["child"] for row in rows})
        found: list[tuple[store.Row, StepProposed, ItemRef, ItemRef]] = []
        for row in rows:
            asked, child = self.act().state(row["child"]).asked, now[row["child"]]
            if asked is not None and self._is_asked(asker, asked):
                first = entrusted(desk, asker, row["stream"], child, row["position"])
                found.append((row, asked, first, self._put_to(asker, child, asked, row["position"])))
        items = [item for _, _, first, why in found for item in (first, why)]
        shown = look(desk, asker, items, "steps")
        words = {item.item: item.words for item in shown.shown}
        told = tuple(
            StepRow(
                child=first.persons[0], step=asked.step, words=self._words(asked), clause=asked.clause,
                since=row["changed_at"], due=asked.due, overdue=asked.due <= desk.clock.now(),
                why=word(asked, words, "reason"),
            )
            for row, asked, first, _ in found if first.item in words
        )  # fmt: skip
        return MySteps(
            stamp=msgspec.structs.replace(known, ledger=shown.ledger_position), rows=told, declined=choices_of(DECLINED)
        )

    def view(self, asker: Asker, child: str) -> HelpView:
        """The level of a child's help, what waits, and what was before. Raises NotPermitted, NotFound."""
        desk = self.desk
        permitted(desk, asker, "picture")
        caught_up(desk)
        child = survivor(desk, child)
        names = family(desk, child)
        history = sorted(
            (one for name in names for one in desk.record.load(helping.stream(name))), key=lambda one: one.position
        )
        items = [item for one in history for item in self._items(asker, child, one)]
        known = stamp(desk, asker)
        here = comes(desk, asker, child, "help", items)
        words = {item.item: item.words for item in here.shown.shown}
        now, limited, asked = level_now(desk, names), self.act().limited(names), self.act().asked(names).asked
        level = desk.edition.continuum.level(now.level)
        partnership, age = partnership_of(desk.edition.parts), age_of(desk, names)
        today, lowest = london_day(desk.clock.now()), desk.edition.continuum.numbers[0]
        to = "" if asked is None else "The front door" if asked.to == FRONT_DOOR else who(desk, asked.to)
        people = [] if here.screens else [Choice(FRONT_DOOR, "The front door")]
        return HelpView(
            child=child, stamp=msgspec.structs.replace(known, ledger=here.shown.ledger_position), level=now.level,
            level_words=f"Level {level.number}: {level.name}", descriptor=level.descriptor, since=now.since,
            until=limited.until, past_end=limited.until is not None and limited.until < today,
            waits=self._words(asked) if asked else "", waits_for=to, due=asked.due if asked else None,
            overdue=asked is not None and asked.due <= desk.clock.now(), offers=lines(desk, here.names),
            history=tuple(self._past(one, words, here) for one in reversed(history)),
            withheld=withheld(desk, here.shown),
            levels=tuple(
                Choice(str(one.number), f"Level {one.number}: {one.name}", one.descriptor)
                for one in desk.edition.continuum.levels if one.number != now.level
            ),
            called=tuple(Choice(one.name, one.name) for one in partnership.steps),
            people=(*people, *(one for one in leaders(desk) if one.code != asker.staff)),
            evidence=evidence(desk, here),
            grounds=tuple(Choice(one.code, one.words) for one in partnership.ages.ground)
            if age is not None and age >= ADULT else (),
            ended=choices_of({code: said for code, said in ENDED.items() if code != "other_record"}),
            may_propose=asked is None,
            may_take_back=asked is not None and (here.screens or asked.proposed_by == asker.staff),
            may_renew=limited.until is not None, may_end=now.level > lowest,
        )  # fmt: skip

    def _items(self, asker: Asker, child: str, one: Recorded) -> list[ItemRef]:
        fact = one.fact
        put = isinstance(fact, StepProposed) and (fact.proposed_by == asker.staff or self._is_asked(asker, fact))
        if put and isinstance(fact, StepProposed):
            return [self._put_to(asker, child, fact, one.position)]
        return [ref(sealed, (child,), HUB, one.position) for sealed in getattr(fact, "items", ())]

    def _put_to(self, asker: Asker, child: str, step: StepProposed, position: int) -> ItemRef:
        """Why, for who proposed it or is asked: words put to this very person."""
        member = staff_of(self.desk, asker.staff)
        return msgspec.structs.replace(
            ref(step.items[0], (child,), HUB, position, setting=member.setting), kind="entrusted",
            released_to=frozenset({member.organisation}),
        )  # fmt: skip

    def _words(self, step: StepProposed) -> str:
        levels = {one.number: one.name for one in self.desk.edition.continuum.levels}
        return f"{step.called}: from level {step.before} to level {step.level}, {levels.get(step.level, '')}".rstrip(
            ", "
        )

    def _past(self, one: Recorded, words: dict[str, dict[str, str | int | float]], here: Comes) -> HelpPast:
        desk, fact = self.desk, one.fact
        rests: tuple[str, ...] = ()
        clause = ""
        match fact:
            case StepProposed():
                to = "the front door" if fact.to == FRONT_DOOR else who(desk, fact.to)
                what = f"{who(desk, fact.proposed_by)} proposed to {to}: {self._words(fact)}"
                clause, rests = fact.clause, tuple(_named(code) for code in fact.evidence if _may_name(code, here))
            case StepAccepted():
                what = f"{who(desk, fact.accepted_by)} accepted: level {fact.level}"
            case StepDeclined():
                what = f"{who(desk, fact.declined_by)} said no: {DECLINED[fact.reason].lower()}"
            case StepTakenBack():
                what = f"{who(desk, fact.by)} took it back"
            case HelpRenewed():
                what = f"{who(desk, fact.renewed_by)} renewed it until {fact.until:%-d %B %Y}"
            case HelpEnded():
                what = f"{who(desk, fact.ended_by)} ended it: {ENDED[fact.reason].lower()}"
            case _:
                what = ""
        return HelpPast(
            at=one.envelope.known_at, what=what, clause=clause, rests_on=rests, why=word(fact, words, "reason")
        )


def waiting(desk: Desk, member: Staff) -> list[store.Row]:
    """Rows of the records by which this person is asked to take a child on; the front door as a whole may be asked."""
    whose = matter.c.holder == member.id
    if may(member.roles, "screen"):
        whose = or_(whose, matter.c.holder == FRONT_DOOR)
    return desk.store.rows(
        select(matter)
        .where(matter.c.kind == "help", matter.c.state == "waits", whose)
        .order_by(matter.c.due)
        .limit(MOST)
    )


def evidence(desk: Desk, here: Comes) -> tuple[Choice, ...]:
    """What a step may rest on, as far as this person may name it: alerts, decisions, assessments of this child."""
    found: list[Choice] = []
    if here.screens or here.allocated:
        alerts = desk.store.rows(select(store.alert).where(store.alert.c.child.in_(here.names)))
        found += [
            Choice(f"alert:{row['alert'].removeprefix('alert:')}", f"Alert: rule {row['rule']}") for row in alerts
        ]
        decided = select(store.enquiry).where(store.enquiry.c.state == "decided", store.enquiry.c.child.in_(here.names))
        found += [
            Choice(f"mash-enquiry:{row['enquiry']}", f"Decision of MASH enquiry {row['enquiry'][:8].upper()}")
            for row in desk.store.rows(decided)
        ]
    done = select(matter).where(matter.c.kind == "assessment", matter.c.child.in_(here.names))
    found += [
        Choice(row["stream"], f"Assessment: {row['what']}") for row in desk.store.rows(done.order_by(matter.c.position))
    ]
    return tuple(found)


def _may_name(code: str, here: Comes) -> bool:
    """An alert is never shown to a school or to who only helps."""
    return here.screens or here.allocated or code.startswith("assessment:")


def _named(code: str) -> str:
    kind, _, rest = code.partition(":")
    ident = rest.rsplit(":", 1)[-1][:8].upper()
    rule = rest.split(":")[1] if kind == "alert" and rest.count(":") else ""
    return {"alert": f"Alert: rule {rule}", "mash-enquiry": f"Decision of MASH enquiry {ident}"}.get(
        kind, f"Assessment {ident}"
    )
