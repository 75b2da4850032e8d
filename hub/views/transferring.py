"""Children who move to another partnership, on behalf of a person: may they, may they know of the child, then act.

The front door, who leads and who is allocated propose; the front door carries letters between the hubs and answers. A letter
holds codes and ids: who the child is, the two front doors tell each other by another way, and here a person says who it is.
"""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import select

from hub.domain import transfer as transfers
from hub.domain.continuum import MEANINGS, Level
from hub.domain.errors import NotFound, Refused
from hub.domain.help import Propose
from hub.domain.moments import london_day
from hub.domain.partnership import Neighbour
from hub.domain.partnership import of_parts as partnership_of
from hub.domain.transfer import REFUSED, Incoming, Letter, Outgoing, Signed, TransferReceived, own_code
from hub.domain.waiting import until
from hub.flow.transfer import NOT_THERE, USED, Transfers
from hub.views.asking import look, stamp
from hub.views.desk import Desk, caught_up, name_of
from hub.views.helping import Helping, evidence
from hub.views.leading import leaders
from hub.views.matters import matter
from hub.views.members import permitted, staff_of
from hub.views.models import Asker, Choice
from hub.views.models.transfer import Carried, InRow, MovesView, MoveView, NeighbourRow, OutRow, Taken
from hub.views.subjects import current_lead, subjects
from hub.views.telling import codes_of, may_know
from hub.views.who_helps import Comes, comes, level_now
from hub.views.who_is_who import family, survivor, survivors

MOST = 200
NO_CHILD = "Enter who the child is here"
STATES = {
    "waits": "Waits for an answer", "asked": "Somebody is asked to take the child on", "accepted": "Taken on",
    "refused": "Not taken on", "taken_back": "Taken back",
}  # fmt: skip
Row = dict[str, Any]


class Transferring(Struct, frozen=True):
    """What pages, commands and programs ask. `write` signs a letter, `read` checks one; `settle` waits for the views."""

    desk: Desk
    act: Callable[[], Transfers]
    helping: Helping
    write: Callable[[Letter], Signed]
    read: Callable[[bytes], tuple[Letter, str]]
    settle: Callable[[], None]

    # ------------------------------------------------------------------------------------------------ a child moves away

    def propose(self, asker: Asker, child: str, to: str, theirs: int | None) -> str:
        """Ask another hub to take a child on; the move's id. Raises Refused naming the field, NotPermitted, NotFound."""
        desk = self.desk
        here = self._at_it(asker, child)
        waiting = any(row["state"] == "waits" for row in _of(desk, here.names))
        neighbour = transfers.check_propose(self._neighbours().get(to), self._known(to), waiting)
        level = desk.edition.continuum.level(level_now(desk, here.names).level)
        placed = transfers.place(level, neighbour, theirs)
        due = until(desk.edition.parts, desk.edition.calendar, "transfer", desk.clock.now())
        if due is None:
            raise Refused("This edition does not say how long a move may wait: publish one that does", "edition")
        made = self.act().propose(here.child, to, level.number, placed, due, asker.staff)
        self.settle()
        return made

    def take_back(self, asker: Asker, child: str) -> None:
        """Nobody waits for the other hub's answer any more. Raises Refused, NotPermitted, NotFound."""
        here = self._at_it(asker, child)
        row = next((one for one in _of(self.desk, here.names) if one["state"] == "waits"), None)
        if row is None:
            raise Refused("No move waits for an answer", "transfer")
        _, person, move = row["stream"].split(":")
        self.act().take_back(person, move, here.child, asker.staff, screens=here.screens)
        self.settle()

    def view(self, asker: Asker, child: str) -> MoveView:
        """The moves of a child, and where they may move to. One look. Raises NotPermitted, NotFound."""
        desk = self.desk
        known = stamp(desk, asker)
        here = self._at_it(asker, child)
        level = desk.edition.continuum.level(level_now(desk, here.names).level)
        rows = _of(desk, here.names)
        return MoveView(
            child=here.child, stamp=msgspec.structs.replace(known, ledger=here.shown.ledger_position),
            level_words=f"Level {level.number}: {level.name}",
            rows=tuple(self._out(row, here.child) for row in reversed(rows)),
            neighbours=tuple(self._place(level, one) for one in self._neighbours().values()),
            may_propose=all(row["state"] != "waits" for row in rows),
        )  # fmt: skip

    # ------------------------------------------------------------------------------------------- a child comes from elsewhere

    def take_on(
        self, asker: Asker, move: str, child: str, level: int | None, to: str, why: str, rests_on: tuple[str, ...] = (),
        *, called: str = "", ground: str = "",
    ) -> str:  # fmt: skip
        """Say who the child is here, and ask somebody to take them on at a level: a person sets it by accepting that step.

        Until they have, no yes can be carried; their no puts the move back. `called` and `ground` as of any step. The
        step's id; "" where the child is at that level here already, and somebody leads or has them allocated.

        Raises Refused naming the field, NotPermitted,
        NotFound.
        """
        desk = self.desk
        state = self._incoming(asker, move)
        received = transfers.check_answer(state)
        if not child.strip():
            raise Refused(NO_CHILD, "child")
        child = survivor(desk, child.strip())
        may_know(desk, asker, child, "transfer")
        now = level_now(desk, family(desk, child)).level
        if level != now:
            wish = Propose(
                child=child, level=level, to=to, why=why, by=asker.staff, called=called, evidence=rests_on, ground=ground
            )  # fmt: skip
            return self.helping.propose(asker, wish, self.act().taken_on(state.origin, state.id, child, asker.staff))
        held = bool(current_lead(desk, child) or subjects(desk, [child])[child].allocated)
        transfers.check_alone(now, desk.edition.continuum.meaning(_there(received)), held=held)
        self.act().take_on(state.origin, state.id, child, staff_of(desk, asker.staff))
        self.settle()
        return ""

    def evidence(self, asker: Asker, child: str) -> tuple[Choice, ...]:
        """What of this child's record a step may rest on, for the front door to choose from. One look.

        Raises Refused where no child is named, NotPermitted, NotFound.
        """
        permitted(self.desk, asker, "screen")
        if not child.strip():
            raise Refused(NO_CHILD, "child")
        return evidence(self.desk, comes(self.desk, asker, child.strip(), "transfer"))

    def decline(self, asker: Asker, move: str, reason: str) -> None:
        """Say no to another hub. Raises Refused naming the field, NotPermitted, NotFound."""
        state = self._incoming(asker, move)
        self.act().decline(state.origin, state.id, reason, staff_of(self.desk, asker.staff))
        self.settle()

    # ------------------------------------------------------------------------------------------------------------ letters

    def letter(self, asker: Asker, move: str) -> Carried:
        """The letter to carry for a move as it stands: what we propose or take back, or our answer.

        Raises Refused, NotPermitted, NotFound.
        """
        desk = self.desk
        permitted(desk, asker, "screen")
        caught_up(desk)
        row = self._row(move)
        own, now = own_code(desk.edition.parts["partnership"]["name"]), desk.clock.now()
        if row is not None and row["kind"] == "transfer":
            if not self._may_know(asker, [row]):
                raise NotFound(NOT_THERE)
            letter = self._ours(self.act().out(row["stream"].split(":")[1], move), own)
        elif row is not None:
            state = self.act().incoming(row["organisation"], move)
            if state.state not in {"accepted", "refused"}:
                asked = "Somebody is asked to take the child on: a yes is carried once they have accepted"
                waits = "Answer it first: there is nothing to carry yet"
                raise Refused(asked if state.state == "asked" else waits, "transfer")
            letter = Letter(
                kind="case.transfer-answered", origin=own, to=state.origin, transfer=move, written=now,
                accepted=state.state == "accepted", reason=state.reason,
            )  # fmt: skip
        else:
            look(desk, asker, [], "transfer")
            raise NotFound(NOT_THERE)
        return Carried(
            stamp=stamp(desk, asker), move=move, to=letter.to, text=msgspec.json.encode(self.write(letter)).decode()
        )

    def receive(self, asker: Asker, given: bytes) -> Taken:
        """Bring in a letter of another hub: its question, its answer, or that it takes a question back.

        Raises Refused for anything that is no letter to this hub by one that it knows, NotPermitted, NotFound.
        """
        desk = self.desk
        permitted(desk, asker, "screen")
        caught_up(desk)
        letter, key = self.read(given)
        own = own_code(desk.edition.parts["partnership"]["name"])
        transfers.check_letter(letter, own, MEANINGS)
        match letter.kind:
            case "case.transferred":
                new = self._asked(letter, key, asker.staff)
            case "case.transfer-withdrawn":
                new = self.act().withdrawn(letter, asker.staff)
            case _:
                new = self._answered(letter, key, asker.staff)
        self.settle()
        return Taken(kind=letter.kind, move=letter.transfer, origin=letter.origin, new=new)

    def page(self, asker: Asker) -> MovesView:
        """Every move that this person may know of. One look. Raises NotPermitted."""
        desk = self.desk
        permitted(desk, asker, "screen")
        caught_up(desk)
        known = stamp(desk, asker)
        query = select(matter).where(matter.c.kind.in_(("transfer", "transfer-in"))).order_by(matter.c.position.desc())
        rows = desk.store.rows(query.limit(MOST))
        allowed, now = self._may_know(asker, rows), survivors(desk, {row["child"] for row in rows if row["child"]})
        about = partnership_of(desk.edition.parts)
        ways = [one.direction for one in about.steps]
        ours = [row for row in rows if row["kind"] == "transfer" and now[row["child"]] in allowed]
        return MovesView(
            stamp=known, out=tuple(self._out(row, now[row["child"]]) for row in ours),
            incoming=tuple(self._in(row, allowed, now) for row in rows if row["kind"] == "transfer-in"),
            levels=tuple(Choice(str(one.number), f"Level {one.number}: {one.name}") for one in desk.edition.continuum.levels),
            people=tuple(one for one in leaders(desk) if one.code != asker.staff),
            called=tuple(Choice(one.name, one.name) for one in about.steps if ways.count(one.direction) > 1),
            grounds=tuple(Choice(one.code, one.words) for one in about.ages.ground),
            refused=tuple(Choice(code, words) for code, words in REFUSED.items()),
        )  # fmt: skip

    # ----------------------------------------------------------------------------------------------------------- within

    def _at_it(self, asker: Asker, child: str) -> Comes:
        permitted(self.desk, asker, "picture")
        return comes(self.desk, asker, child, "transfer")

    def _neighbours(self) -> dict[str, Neighbour]:
        return {one.code: one for one in partnership_of(self.desk.edition.parts).neighbours}

    def _known(self, code: str) -> bool:
        """Whether that hub's key is in the register, and in force: without it no answer of its could be believed."""
        return any(key.organisation == code and key.revoked is None for key in self.desk.register().keys.values())

    def _place(self, level: Level, one: Neighbour) -> NeighbourRow:
        return NeighbourRow(
            code=one.code, title=one.title, known=self._known(one.code),
            same=tuple(f"Level {each.number}: {each.name}" for each in transfers.means_there(level, one)),
            levels=(
                *(Choice(str(each.number), f"Level {each.number}: {each.name}", each.descriptor) for each in one.level),
                Choice("0", "None of them: they decide"),
            ),
        )  # fmt: skip

    def _row(self, move: str) -> Row | None:
        """Our own or another hub's: no two have the same id, since a letter that brings one a second time is refused."""
        if not transfers.is_ident(move):
            return None
        query = select(matter).where(
            matter.c.kind.in_(("transfer", "transfer-in")), matter.c.stream.endswith(f":{move}", autoescape=True)
        )
        return next(iter(self.desk.store.rows(query)), None)

    def _asked(self, letter: Letter, key: str, by: str) -> bool:
        """Raises Refused where no neighbour asks, or under an id that is our own or a third hub's."""
        neighbours = self._neighbours()
        if letter.origin not in neighbours:
            raise Refused("This partnership's services.toml does not name that hub as a neighbour", "letter")
        row = self._row(letter.transfer)
        if row is not None and (row["kind"], row["organisation"]) != ("transfer-in", letter.origin):
            raise Refused(USED, "letter")
        return self.act().received(
            transfers.in_our_words(letter, neighbours[letter.origin]), key, by, tuple(neighbours)
        )

    def _may_know(self, asker: Asker, rows: Sequence[Row]) -> frozenset[str]:
        """The children of these rows, as they are called now, of whom this person may know. One look."""
        now = survivors(self.desk, {row["child"] for row in rows if row["child"]})
        items = [codes_of(f"picture:{child}", child, 0) for child in dict.fromkeys(now.values())]
        shown = {one.item for one in look(self.desk, asker, items, "transfers").shown}
        return frozenset(child for child in now.values() if f"picture:{child}" in shown)

    def _incoming(self, asker: Asker, move: str) -> Incoming:
        permitted(self.desk, asker, "screen")
        caught_up(self.desk)
        row = self._row(move)
        if row is None or row["kind"] != "transfer-in":
            raise NotFound(NOT_THERE)
        return self.act().incoming(row["organisation"], move)

    def _ours(self, state: Outgoing, own: str) -> Letter:
        proposed = state.proposed
        if proposed is None or state.state not in {"waits", "taken_back"}:
            raise Refused("The other hub has answered: there is nothing to carry", "transfer")
        level = self.desk.edition.continuum.level(proposed.level)
        if state.state == "taken_back":
            return Letter(
                kind="case.transfer-withdrawn", origin=own, to=proposed.to, transfer=state.id,
                written=self.desk.clock.now(),
            )  # fmt: skip
        return Letter(
            kind="case.transferred", origin=own, to=proposed.to, transfer=state.id, written=self.desk.clock.now(),
            number=level.number, name=level.name, descriptor=level.descriptor, means=level.means,
            suggested=proposed.theirs, due=proposed.due,
        )  # fmt: skip

    def _answered(self, letter: Letter, key: str, by: str) -> bool:
        """Raises NotFound for a move that this hub never proposed to that one."""
        desk = self.desk
        row = self._row(letter.transfer)
        if row is None or row["kind"] != "transfer" or row["organisation"] != letter.origin:
            raise NotFound(NOT_THERE)
        person = row["stream"].split(":")[1]
        names = family(desk, survivor(desk, person))
        query = select(matter.c.stream).where(
            matter.c.kind == "help-plan", matter.c.state == "open", matter.c.child.in_(names)
        )
        going = [one["stream"] for one in desk.store.rows(query)]
        waiting = [one["stream"] for one in _of(desk, names) if one["state"] == "waits"]
        above = level_now(desk, names).level > desk.edition.continuum.numbers[0]
        return self.act().answered(
            person, names, going, waiting, letter, key, london_day(desk.clock.now()), by, above=above
        )  # fmt: skip

    def _out(self, row: Row, child: str) -> OutRow:
        desk = self.desk
        _, person, move = row["stream"].split(":")
        state = self.act().out(person, move)
        proposed = state.proposed
        assert proposed is not None  # noqa: S101 - a row begins with it
        level = desk.edition.continuum.level(proposed.level)
        neighbour = self._neighbours().get(proposed.to)
        named = {one.number: one.name for one in neighbour.level} if neighbour else {}
        theirs = f"Level {proposed.theirs}: {named.get(proposed.theirs, '')}".rstrip(": ")
        reason = f": {REFUSED[state.reason].lower()}" if state.reason in REFUSED else ""
        return OutRow(
            move=move, child=child, to=neighbour.title if neighbour else name_of(desk, proposed.to), state=state.state,
            state_words=STATES[state.state] + reason, level_words=f"Level {level.number}: {level.name}",
            theirs=theirs if proposed.theirs else "None of them: they decide", chosen=proposed.chosen,
            since=row["opened_at"], due=proposed.due,
            overdue=state.state == "waits" and proposed.due <= desk.clock.now(),
        )  # fmt: skip

    def _in(self, row: Row, allowed: frozenset[str], now: dict[str, str]) -> InRow:
        desk = self.desk
        state = self.act().incoming(row["organisation"], row["stream"].split(":")[2])
        got = state.received
        assert got is not None  # noqa: S101 - a row begins with it
        theirs = _there(got)
        named = {one.number: f"Level {one.number}: {one.name}" for one in desk.edition.continuum.levels}
        child = now.get(row["child"], "")
        reason = f": {REFUSED[state.reason].lower()}" if state.reason in REFUSED else ""
        if state.state == "waits" and state.step:
            reason = ": who was asked has not taken the child on"
        neighbour = self._neighbours().get(state.origin)
        return InRow(
            move=state.id, origin=state.origin, level_words=f"Level {got.number}: {got.name}".rstrip(": "),
            descriptor=got.descriptor,
            origin_title=neighbour.title if neighbour else name_of(desk, state.origin),
            here=tuple(named[one.number] for one in desk.edition.continuum.meaning(theirs)),
            suggested=named.get(got.suggested, ""), state=state.state, state_words=STATES[state.state] + reason,
            since=row["opened_at"], due=got.due, overdue=state.state == "waits" and got.due <= desk.clock.now(),
            child=child if child in allowed else "",
        )  # fmt: skip


def _there(got: TransferReceived) -> Level:
    return Level(number=got.number, name=got.name, descriptor=got.descriptor, source="", means=got.means)


def _of(desk: Desk, names: Sequence[str]) -> list[Row]:
    query = select(matter).where(matter.c.kind == "transfer", matter.c.child.in_(names))
    return desk.store.rows(query.order_by(matter.c.position))
