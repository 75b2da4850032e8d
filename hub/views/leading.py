"""Who leads for a child, on behalf of a person: may they, may they know of the child, then act; and how it stands.

Who is asked sees that they are asked and for which child, and nothing else, until they say yes. Nobody is asked about
their own family.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

import msgspec
from msgspec import Struct
from sqlalchemy import select

from hub.domain import lead as leads
from hub.domain.decision import CLOSES
from hub.domain.errors import NotFound, NotPermitted, Refused
from hub.domain.fact import Recorded
from hub.domain.lead import DECLINED, ENDED, LeadAccepted, LeadDeclined, LeadEnded, LeadProposed, LeadTakenBack
from hub.domain.staff import Staff, may
from hub.domain.together import of_parts
from hub.flow.disclose import ItemRef, ref
from hub.flow.lead import Leads, New
from hub.views import store
from hub.views.asking import look, stamp
from hub.views.desk import HUB, Desk, caught_up
from hub.views.matters import matter
from hub.views.members import everybody, permitted, staff_of
from hub.views.models import Asker, Choice, choices_of
from hub.views.models.together import LeadPast, LeadRow, LeadView, MyLeads
from hub.views.rooms import room
from hub.views.store import Row
from hub.views.subjects import current_lead, leads_now, subjects
from hub.views.telling import NO_CHILD, codes_of, may_know, who, word
from hub.views.who_is_who import families, family, survivor, survivors

MOST = 200
NO_ENQUIRY = "no such MASH enquiry, or none that you may know of"


class Leading(Struct, frozen=True):
    """What pages, commands and programs ask. `act` puts it on record; `settle` waits until the views have it."""

    desk: Desk
    act: Callable[[], Leads]
    settle: Callable[[], None]

    # ------------------------------------------------------------------------------------------------------- acting

    def propose(
        self,
        asker: Asker,
        child: str,
        to: str,
        why: str,
        enquiry: str = "",
        beside: Callable[[str], New] = lambda _: [],
    ) -> str:
        """Ask somebody to lead, as the front door, or as who leads now; the proposal's id. `beside` is written with it.

        Raises Refused naming the field, NotPermitted, NotFound.
        """
        desk = self.desk
        caught_up(desk)
        child = survivor(desk, child)
        if self._leads(asker, child):
            permitted(desk, asker, "lead")
            put_to(self.desk, asker, f"lead:{child}", child, "lead")
        else:
            permitted(desk, asker, "screen")
            may_know(desk, asker, child, "lead", enquiry=enquiry)
        names = family(desk, child)
        self._of_enquiry(asker, enquiry, child, names)
        member = self._may_lead(to, names)
        due = desk.edition.due(of_parts(desk.edition.parts).timer("lead_answer"), desk.clock.now())
        made = self.act().propose(
            names, member.id, member.organisation, member.setting, why, asker.staff, due, enquiry, beside
        )  # fmt: skip
        self.settle()
        return made

    def accept(self, asker: Asker, child: str) -> None:
        """Lead from now on. Raises Refused, NotPermitted, NotFound."""
        names = self._asked(asker, child)
        self._may_lead(asker.staff, names)  # they may have turned out to be family since they were asked
        self.act().accept(names, asker.staff)
        self.settle()

    def decline(self, asker: Asker, child: str, reason: str, why: str) -> None:
        """Say no. Raises Refused naming the field, NotPermitted, NotFound."""
        self.act().decline(self._asked(asker, child), reason, why, asker.staff)
        self.settle()

    def take_back(self, asker: Asker, child: str) -> None:
        """Nobody waits for the answer any more. Raises Refused, NotPermitted, NotFound."""
        names, screens = self._by_either(asker, child, "screen")
        self.act().take_back(names, asker.staff, screens=screens)
        self.settle()

    def end(self, asker: Asker, child: str, reason: str, why: str) -> None:
        """Nobody leads any more: by who leads, or by a manager. Raises Refused naming the field, NotPermitted, NotFound."""
        names, manages = self._by_either(asker, child, "supervise")
        self.act().end(names, reason, why, asker.staff, supervises=manages)
        self.settle()

    def choose(self, asker: Asker, child: str, lead: str) -> None:
        """Of two who lead since two persons turned out to be one, this one goes on. Raises Refused, NotPermitted, NotFound."""
        desk = self.desk
        permitted(desk, asker, "supervise")
        caught_up(desk)
        child = survivor(desk, child)
        may_know(desk, asker, child, "lead")
        self.act().choose(family(desk, child), lead, asker.staff)
        self.settle()

    def _by_either(self, asker: Asker, child: str, permission: str) -> tuple[list[str], bool]:
        """The names of a child for whom this person leads, or of whom the front door may know; and whether it is the latter."""
        desk = self.desk
        caught_up(desk)
        child = survivor(desk, child)
        holds = may(staff_of(desk, asker.staff).roles, "supervise" if permission == "supervise" else "screen")
        if holds:
            may_know(desk, asker, child, "lead")
        elif self._leads(asker, child):
            permitted(desk, asker, "lead")
            put_to(self.desk, asker, f"lead:{child}", child, "lead")
        else:
            raise NotPermitted("only who leads, or the front door, does this")
        return family(desk, child), holds

    def _leads(self, asker: Asker, child: str) -> bool:
        now = current_lead(self.desk, child)
        return now is not None and now.lead == asker.staff

    def _asked(self, asker: Asker, child: str) -> list[str]:
        """The names of a child for whom this person is asked to lead. Raises NotFound for any other."""
        desk = self.desk
        permitted(desk, asker, "lead")
        caught_up(desk)
        child = survivor(desk, child)
        names = family(desk, child)
        asked = self.act().asked(names, asker.staff).asked
        if asked is None or asked.to != asker.staff:
            look(desk, asker, [], "lead")
            raise NotFound(NO_CHILD)
        put_to(self.desk, asker, f"lead:{child}", child, "lead")
        return names

    def _of_enquiry(self, asker: Asker, enquiry: str, child: str, names: Sequence[str]) -> None:
        """Raises NotFound for a MASH enquiry that there is not, that is about others, or of which this person may not know;
        Refused for one that is decided. "" is none.
        """
        if not enquiry:
            return
        desk = self.desk
        where, member = room(desk, enquiry), staff_of(desk, asker.staff)
        about = where is not None and not where.children.isdisjoint(names)
        on_it = where is not None and (may(member.roles, "screen") or member.id in where.team)
        items = [codes_of(f"enquiry:{child}", child, 0)] if about and on_it else []
        if not look(desk, asker, items, "lead", enquiry if items else "").shown or where is None:
            raise NotFound(NO_ENQUIRY)
        if not where.open:
            raise Refused("This MASH enquiry is decided: name one that is open, or none", "enquiry")

    def _may_lead(self, staff: str, names: Sequence[str]) -> Staff:
        """Raises Refused unless this person is in the register, may lead, is nobody's family, and may know of the child."""
        if not staff.strip():
            raise Refused("Select who is asked to lead", "to")
        member = staff_of(self.desk, staff.strip())
        if not member.active or not may(member.roles, "lead") or {*names} & {*member.related}:
            raise Refused("Select somebody who may lead for this child", "to")
        known = subjects(self.desk, names[:1]).get(names[0])
        if known is None or not known.child or (known.restricted and member.id not in known.named_readers):
            raise Refused("Select somebody who may lead for this child", "to")
        return member

    # ------------------------------------------------------------------------------------------------------- looking

    def mine(self, asker: Asker) -> MyLeads:
        """What this person is asked, and for whom they lead. One look. Raises NotPermitted."""
        desk = self.desk
        permitted(desk, asker, "lead")
        caught_up(desk)
        known = stamp(desk, asker)
        query = select(matter).where(
            matter.c.kind == "lead", (matter.c.holder == asker.staff) | (matter.c.organisation == asker.staff)
        )
        rows = desk.store.rows(query.order_by(matter.c.changed_at).limit(MOST))
        now = survivors(desk, {row["child"] for row in rows})
        found: list[tuple[Row, LeadProposed | None, list[ItemRef]]] = []
        for row in rows:
            child = now[row["child"]]
            asked = self.act().state(row["child"]).asked
            mine = asked if asked is not None and asked.to == asker.staff else None
            items = [entrusted(desk, asker, f"{row['stream']}", child, row["position"])]
            items += [
                msgspec.structs.replace(
                    ref(one, (child,), HUB, row["position"], setting=asker.setting), kind="entrusted",
                    released_to=frozenset({asker.organisation}),
                )
                for one in (mine.items if mine else ())
            ]  # fmt: skip
            found.append((row, mine, items))
        shown = look(desk, asker, [item for _, _, items in found for item in items], "leads")
        words = {item.item: item.words for item in shown.shown}
        told: list[LeadRow] = []
        for row, mine, items in found:
            if items[0].item not in words:
                continue
            child, asked_other = now[row["child"]], row["organisation"] and row["organisation"] != asker.staff
            if mine is not None:
                told.append(
                    LeadRow(
                        child=child, state="asked", proposal=mine.proposal, since=row["changed_at"], due=mine.due,
                        overdue=mine.due < desk.clock.now(), why=word(mine, words, "reason"),
                    )
                )  # fmt: skip
            if row["holder"] == asker.staff and self._leads(asker, child):
                handed = who(desk, row["organisation"]) if asked_other else ""
                told.append(LeadRow(child=child, state="leads", since=row["changed_at"], asked_too=handed))
        return MyLeads(
            stamp=msgspec.structs.replace(known, ledger=shown.ledger_position), rows=tuple(told),
            declined=choices_of(DECLINED), ended=choices_of(ENDED, {"other_chosen"}),
            staff=tuple(one for one in leaders(desk) if one.code != asker.staff),
        )  # fmt: skip

    def view(self, asker: Asker, child: str) -> LeadView:
        """Who leads for a child, who is asked, and what was before. Raises NotPermitted, NotFound."""
        desk = self.desk
        permitted(desk, asker, "picture")
        caught_up(desk)
        child = survivor(desk, child)
        names = family(desk, child)
        history = sorted(
            (one for name in names for one in desk.record.load(leads.stream(name))), key=lambda one: one.position
        )
        items = [
            ref(sealed, (child,), HUB, one.position) for one in history for sealed in getattr(one.fact, "items", ())
        ]
        known = stamp(desk, asker)
        _, shown = may_know(desk, asker, child, "lead", items)
        words = {item.item: item.words for item in shown.shown}
        held = self.act().current(names)
        now = leads.in_force(held)
        asked = self.act().asked(names).asked
        roles = staff_of(desk, asker.staff).roles
        return LeadView(
            child=child, stamp=msgspec.structs.replace(known, ledger=shown.ledger_position),
            lead=who(desk, now.lead) if now else "",
            others=tuple(Choice(one.lead, who(desk, one.lead)) for one in held) if len(held) > 1 else (),
            asked=who(desk, asked.to) if asked else "", due=asked.due if asked else None,
            overdue=asked is not None and asked.due < desk.clock.now(),
            needs_one=child in {one for one, _ in vacancies(desk)},
            history=tuple(_past(desk, one, words) for one in reversed(history)),
            staff=tuple(leaders(desk)) if may(roles, "screen") else (), ended=choices_of(ENDED, {"other_chosen"}),
            may_propose=may(roles, "screen"), may_supervise=may(roles, "supervise"),
        )  # fmt: skip


def entrusted(desk: Desk, asker: Asker, item: str, child: str, position: int) -> ItemRef:
    """That something was put to this very person about a child: a code, released to their setting by the hub."""
    member = staff_of(desk, asker.staff)
    return msgspec.structs.replace(
        codes_of(item, child, position), kind="entrusted", setting=member.setting,
        released_to=frozenset({member.organisation}),
    )  # fmt: skip


def put_to(desk: Desk, asker: Asker, item: str, child: str, reason: str) -> None:
    """One look at that this was put to this person; raises NotFound where that may not be known."""
    if not look(desk, asker, [entrusted(desk, asker, item, child, 0)], reason).shown:
        raise NotFound(NO_CHILD)


def told_of(desk: Desk, asker: Asker, rows: Sequence[Row], reason: str) -> list[Row]:
    """Those of these rows, each about one child, of which this person may be told that it was put to them. One look.

    A child who was restricted since, or is of their own family, leaves nothing behind, not even a number.
    """
    if not rows:
        return []
    now = survivors(desk, {row["child"] for row in rows})
    items = [entrusted(desk, asker, row["stream"], now[row["child"]], row["position"]) for row in rows]
    shown = {one.item for one in look(desk, asker, items, reason).shown}
    return [row for row in rows if row["stream"] in shown]


def leaders(desk: Desk) -> Iterator[Choice]:
    """Everybody in the register who may lead, by role and id."""
    for member in sorted(everybody(desk), key=lambda one: one.id):
        if member.active and may(member.roles, "lead"):
            yield Choice(
                member.id, f"{who(desk, member.id)}, {member.setting.replace('_', ' ') or member.organisation}"
            )


def vacancies(desk: Desk) -> list[tuple[str, datetime]]:
    """Children whose decided level needs a lead, and who have none and no allocated worker; with since when.

    Of each child the newest decision counts, where it was one to do something.
    """
    if "together" not in desk.edition.parts:
        return []
    lowest = of_parts(desk.edition.parts).lead.from_level
    table = store.enquiry
    rows = desk.store.rows(select(table).where(table.c.state == "decided").order_by(table.c.position))
    newest: dict[str, Row] = {}
    now = survivors(desk, {row["child"] for row in rows})
    for row in rows:
        newest[now[row["child"]]] = row
    needs = {
        child: row for child, row in newest.items() if (row["level"] or 0) >= lowest and row["outcome"] not in CLOSES
    }
    leading = leads_now(desk, families(desk, needs))
    allocated = desk.store.rows(
        select(matter.c.child).where(matter.c.kind == "allocation", matter.c.state == "allocated")
    )
    has_one = {*survivors(desk, {row["child"] for row in allocated}).values()}
    has_one |= {child for child, one in leading.items() if staff_of(desk, one.lead).active}
    return [
        (child, desk.record.load(f"mash-enquiry:{row['enquiry']}")[-1].envelope.known_at)
        for child, row in needs.items()
        if child not in has_one
    ]


def conflicts(desk: Desk) -> list[str]:
    """Children for whom several lead, since two persons turned out to be one."""
    rows = desk.store.rows(select(matter.c.child).where(matter.c.kind == "lead", matter.c.holder != ""))
    now = survivors(desk, {row["child"] for row in rows})
    counted: dict[str, int] = {}
    for row in rows:
        counted[now[row["child"]]] = counted.get(now[row["child"]], 0) + 1
    return sorted(child for child, many in counted.items() if many > 1)


def _past(desk: Desk, recorded: Recorded, words: dict[str, dict[str, str | int | float]]) -> LeadPast:
    fact = recorded.fact
    said = word(fact, words, "reason")
    match fact:
        case LeadProposed():
            what = f"{who(desk, fact.to)} was asked by {who(desk, fact.proposed_by)}"
        case LeadAccepted():
            what = f"{who(desk, fact.lead)} leads"
        case LeadDeclined():
            what = f"{who(desk, fact.to)} said no: {DECLINED[fact.reason].lower()}"
        case LeadTakenBack():
            what = f"The question to {who(desk, fact.to)} was taken back"
        case LeadEnded():
            what = f"The lead of {who(desk, fact.lead)} ended: {ENDED[fact.reason].lower()}"
        case _:
            what = ""
    return LeadPast(at=recorded.envelope.known_at, what=what, reason=said)
