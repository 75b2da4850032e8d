"""MASH enquiries on behalf of a person: may they, may they know of every child in it, then act; and the room as they see it.

It promises that to who may not know of one of its children the whole MASH enquiry is not there.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import select

from hub.domain import became
from hub.domain import child as children_
from hub.domain import decision as decisions
from hub.domain import enquiry as enquiries
from hub.domain import strategy as strategies
from hub.domain.decision import Known
from hub.domain.edition import Edition
from hub.domain.effective import NOTHING_SAID, effective
from hub.domain.enquiry import FRONT_DOOR, RED, Decide, Enquiry, OpenEnquiry
from hub.domain.errors import NotFound, NotPermitted, Refused
from hub.domain.fact import Recorded
from hub.domain.holding import grades_of
from hub.domain.late import Proposal
from hub.domain.moments import london_day
from hub.domain.sharing import basis_of
from hub.domain.staff import Permission, may
from hub.flow.disclose import Disclosed, ItemRef
from hub.flow.enquire import Enquire, Read
from hub.flow.report_back import MOST, about, statement_of
from hub.views import alert_rows, alerts, chronology, rests_on, said_of, store
from hub.views.accounts import one_person
from hub.views.asking import look, purpose_of
from hub.views.at_it import accepted, at_it, said_open
from hub.views.desk import Desk, caught_up, organisation_of
from hub.views.had_read import had_read
from hub.views.holders import can_hold, of_the_front_door
from hub.views.leaning import closed
from hub.views.matters import became as outcomes
from hub.views.matters import matter
from hub.views.members import permitted, staff_of
from hub.views.models import Asker, Choice, WorklistRow
from hub.views.models.enquiry import AdviceOnly, Opening, OpenItem
from hub.views.referrals import re_referral
from hub.views.rooms import on_team
from hub.views.subjects import subjects
from hub.views.telling import codes_of, may_know, who
from hub.views.who_is_who import family, persons_of, records_of, survivor, survivors

NO_ENQUIRY = "no such MASH enquiry, or none that you may know of"
ROOM = "enquiry_act"  # the reason of a look before somebody acts
NIGHT = "out_of_hours_worker"


class Enquiring(Struct, frozen=True):
    """What pages, commands and programs ask to do with MASH enquiries. `settle` waits until the views have it."""

    desk: Desk
    act: Callable[[], Enquire]
    settle: Callable[[], None]

    # ------------------------------------------------------------------------------------------------------- opening

    def waiting_for(self, asker: Asker, child: str) -> Sequence[WorklistRow]:
        """The open alerts about one child, for who is about to open a MASH enquiry. Raises NotFound."""
        return self.opening(asker, child).alerts

    def opening(self, asker: Asker, child: str) -> Opening:
        """What to read before opening one: alerts, what is open already, who else the contact names. Raises NotFound.

        Each is ruled as the code that it is, in one look.
        """
        desk = self.desk
        caught_up(desk)
        child = survivor(desk, child)
        found = [row for row in alerts.of_child(desk, child) if row["state"] == "open"]
        spoken = said_of.spoken(desk, child)
        still = said_open(desk, (one.recorded for one in spoken))
        told = [one for one in spoken if one.recorded.ref in still]
        beside, on = self._beside(child, found), alert_rows.rested(desk, found)
        items = [
            *map(alerts.codes, found), *on.items, *(one.codes for one in told),
            *(codes_of(f"picture:{one}", one, 0) for one in beside)
        ]  # fmt: skip
        _, shown = may_know(desk, asker, child, "enquiry_new", items)
        allowed = {item.item for item in shown.shown}
        records = records_of(desk, [child])[child]
        entries = [entry for one in told if (entry := chronology.entry(desk, one, shown, records)) is not None]
        return Opening(
            child=child, alerts=alert_rows.listed(desk, found, on, shown), already=self.already(child),
            on_record=tuple(f"{entry.title}, as {entry.organisation} recorded" for entry in entries),
            beside=tuple(Choice(one, f"Child {one[:8].upper()}") for one in beside if f"picture:{one}" in allowed),
            re_referral=re_referral(desk, child, london_day(desk.clock.now())),
        )  # fmt: skip

    def already(self, child: str) -> tuple[OpenItem, ...]:
        """What is open on a child: for who may know of the child."""
        return tuple(
            OpenItem(
                ref=one.ref, words=one.words, since=one.since, worker=one.worker,
                worker_words=who(self.desk, one.worker) if one.worker else "", organisation=one.organisation,
            )
            for one in at_it(self.desk, child)
        )  # fmt: skip

    def _beside(self, child: str, rows: Iterable[store.Row]) -> list[str]:
        """Further children whom the messages behind these alerts name."""
        streams = sorted({f"message:{signal.partition('/')[0]}" for row in rows for signal in alerts.evidence_of(row)})
        about = store.said_about
        held = self.desk.store.rows(select(about.c.source_record).where(about.c.stream.in_(streams)))
        named = survivors(self.desk, persons_of(self.desk, {row["source_record"] for row in held}).values()).values()
        table = store.person
        query = select(table.c.person).where(table.c.person.in_(sorted(set(named) - {child})), table.c.kind != "adult")
        return sorted(row["person"] for row in self.desk.store.rows(query))

    def open_enquiry(self, asker: Asker, command: OpenEnquiry) -> str:
        """Open a MASH enquiry and return its id. Raises Refused naming the field, NotPermitted, NotFound.

        Who may not know of one of its children (their own family's above all) cannot open one, nor can anybody about an
        adult. Alerts of the further children that are open come with them.
        """
        self._may(asker, "open_enquiry", command.by)
        caught_up(self.desk)
        children = [survivor(self.desk, one) for one in (command.child, *command.children)]
        for child in children:
            may_know(self.desk, asker, child, "enquiry_opening")
        further = [
            row["alert"]
            for child in children[1:]
            for row in alerts.of_child(self.desk, child)
            if row["state"] == "open"
        ]
        wish = replace(command, alerts=tuple(dict.fromkeys((*command.alerts, *further))))
        opened = self.act().open_enquiry(wish, tuple(one.ref for child in children for one in at_it(self.desk, child)))
        self.settle()
        return opened

    def add_child(self, asker: Asker, enquiry: str, child: str, reason: str, anyway: str = "") -> None:
        """A further child is part of it, with the alerts that are open. Raises Refused, NotPermitted, NotFound."""
        self._room(asker, enquiry, "open_enquiry")
        child = survivor(self.desk, child)
        may_know(self.desk, asker, child, "enquiry_opening", enquiry=enquiry)
        open_alerts = tuple(row["alert"] for row in alerts.of_child(self.desk, child) if row["state"] == "open")
        already = tuple(one.ref for one in at_it(self.desk, child))
        self.act().add_child(enquiry, child, open_alerts, reason, asker.staff, anyway=anyway, already=already)
        self.settle()

    # ------------------------------------------------------------------------------------------- grade, and who holds it

    def grade(self, asker: Asker, enquiry: str, grade: str, reason: str) -> None:
        """Grade it by the partnership's names, from receipt. Raises Refused naming the field, NotPermitted, NotFound."""
        children = self._room(asker, enquiry, "screen")
        edition, senders, load = self.desk.edition, self._senders(enquiry, children), self.desk.record.load
        said = [one for _, _, message in senders if (one := statement_of(load, message)) is not None]
        closed_ = any(one.restricted for one in subjects(self.desk, children).values())
        self.act().grade(
            enquiry, grade, tuple(grades_of(edition.parts["clocks"])), edition.due, reason, asker.staff,
            senders=senders, telephone=telephone_of(edition),
            guarded=became.endangers(said, self.desk.clock.now(), restricted=closed_),
        )  # fmt: skip
        self.settle()

    def _senders(self, enquiry: str, children: Sequence[str]) -> list[tuple[str, str, str]]:
        """Who sent what this MASH enquiry is about: organisation, setting, and the message's id.

        That is what its alerts stand on, and every concern about one of its children, counted or not, that stands and of
        which its sender was not yet told what became of it.
        """
        desk, load = self.desk, self.desk.record.load
        rows = [row for child in children for row in alerts.of_child(desk, child) if row["enquiry"] == enquiry]
        messages = dict.fromkeys(signal.partition("/")[0] for row in rows for signal in alerts.evidence_of(row))
        records = {record for held in records_of(desk, children).values() for record in held}
        worries = [(row["position"], store.message_of(row)) for row in desk.store.worries(records)]
        query = select(outcomes.c.message).where(outcomes.c.message.in_([message for _, message in worries]))
        told = {row["message"] for row in desk.store.rows(query)}
        untold = [one for one in worries if one[1] not in told]
        messages |= dict.fromkeys(message for _, message in about(load, untold, records)[:MOST])
        found = []
        for message in messages:
            said = statement_of(load, message)
            if said is not None:
                found.append((said.organisation, said.setting or "", message))
        return found

    def claim(self, asker: Asker, enquiry: str) -> None:
        """Take it. Raises Refused while somebody else holds it, NotPermitted, NotFound.

        From who has left, and at night a red one from who has gone home, it is taken over, and said whose it was.
        """
        self._room(asker, enquiry, "screen")
        if self._deserted(asker, folded(self.desk, enquiry)[0]):
            self.act().assign(enquiry, asker.staff, asker.staff)
        else:
            self.act().claim(enquiry, asker.staff)
        self.settle()

    def _deserted(self, asker: Asker, state: Enquiry) -> bool:
        """Whether nobody is there who could hand it over."""
        if state.holder in {"", asker.staff}:
            return False
        holder = staff_of(self.desk, state.holder)
        night = closed(self.desk.edition.calendar, self.desk.clock.now()) and state.grade == RED
        mine = staff_of(self.desk, asker.staff).roles
        return not can_hold(holder) or (night and NIGHT in mine and NIGHT not in holder.roles)

    def assign(self, asker: Asker, enquiry: str, to: str) -> None:
        """A manager gives it to somebody. Raises Refused, NotPermitted, NotFound."""
        children = self._room(asker, enquiry, "supervise")
        self._may_hold(to, children, "holder")
        self.act().assign(enquiry, to, asker.staff)
        self.settle()

    def offer(self, asker: Asker, enquiry: str, to: str, why: str) -> None:
        """Hand it over at the end of a shift; a manager may for another. Raises Refused, NotPermitted, NotFound.

        `to` is somebody, or FRONT_DOOR: whoever of the day team takes it first, because the night does not know who that is.
        """
        children = self._room(asker, enquiry, "screen")
        if to.strip() != FRONT_DOOR:
            self._may_hold(to, children, "to")
        self.act().offer(enquiry, to.strip(), why, asker.staff, supervises=self._supervises(asker))
        self.settle()

    def accept(self, asker: Asker, enquiry: str) -> None:
        """Take over what one was asked to. Raises Refused, NotPermitted, NotFound."""
        self._room(asker, enquiry, "screen")
        self.act().accept(enquiry, asker.staff, front_door=of_the_front_door(staff_of(self.desk, asker.staff)))
        self.settle()

    def end_offer(self, asker: Asker, enquiry: str) -> None:
        """Decline a hand-over, or take it back. Raises Refused, NotPermitted, NotFound."""
        self._room(asker, enquiry, "screen")
        self.act().end_offer(enquiry, asker.staff, supervises=self._supervises(asker))
        self.settle()

    def leave(self, asker: Asker, enquiry: str, staff: str, why: str) -> None:
        """Somebody's part in it ended: oneself, who holds it, or a manager says so. Raises Refused, NotPermitted, NotFound.

        From the next look on it opens nothing to them.
        """
        self._room(asker, enquiry, "screen")
        staff = staff.strip()
        on_it = staff in on_team(self.desk, folded(self.desk, enquiry)[0])
        self.act().leave(enquiry, staff, why, asker.staff, on_it=on_it, supervises=self._supervises(asker))
        self.settle()

    def _supervises(self, asker: Asker) -> bool:
        return may(staff_of(self.desk, asker.staff).roles, "supervise")

    def _may_hold(self, staff: str, children: Iterable[str], field: str) -> None:
        """Raises Refused unless this person is in the register, screens, and is nobody's family: an enquiry must move on."""
        member = staff_of(self.desk, staff.strip())
        if not member.active or not may(member.roles, "screen") or not {*children}.isdisjoint(member.related):
            raise Refused("Select somebody of the front door who may hold it", field)
        known = subjects(self.desk, children)
        if any(one.restricted and staff not in one.named_readers for one in known.values()):
            raise Refused("Select somebody of the front door who may hold it", field)

    # -------------------------------------------------------------------------------------------------- the decision

    def decide(self, asker: Asker, enquiry: str, command: Decide) -> tuple[str, ...]:
        """Decide about a child; why it waits for a manager, () where it stands.

        Raises Refused naming the field, Stale when something came in after `seen_position` (not at red), NotPermitted
        and NotFound as opening one does.
        """
        self._may(asker, "decide", command.by)
        caught_up(self.desk)
        child = self._decided_on(folded(self.desk, enquiry)[0], command)
        on = alert_rows.rested(self.desk, (), {child: None} if child else {})
        _, shown = self._entered(asker, enquiry, "decide", "enquiry_decision", on.items)
        state, history = self.act().enquiry(enquiry)
        live = [row for row in alerts.of_child(self.desk, child) if row["alert"] in state.alerts]
        told = alert_rows.told_nobody(self.desk, on.open_to(child, {one.item for one in shown.shown})) if child else ()
        suggested = [Proposal(one.level, one.rule, one.version) for one in told]
        suggested += [Proposal(row["level"], row["rule"], rests_on.saying_of(row).rule_version) for row in live]
        waits = self.act().decide(
            enquiry, command, lambda: self._known_to(asker, state, history, child), suggested, self.basis(asker, state, child),
            had_read(self.desk, child, asker.staff, command.seen_position) if child else Read(),
        )  # fmt: skip
        self.settle()
        return waits

    def approve(self, asker: Asker, enquiry: str, child: str) -> None:
        """A manager agrees to a closing: it stands. Raises Refused for who proposed it, NotPermitted, NotFound."""
        self._room(asker, enquiry, "supervise")
        state, history = self.act().enquiry(enquiry)
        whose = survivor(self.desk, child)
        for named, version in state.waiting.items():
            by = str(getattr(history[version - 1].fact, "decided_by", ""))
            if survivor(self.desk, named) == whose and by != asker.staff and one_person(self.desk, by, asker.staff):
                raise Refused("A second person must agree: another account of who proposed it is not one", "by")
        self.act().approve(enquiry, child, asker.staff, lambda: self._known_to(asker, state, history, whose))
        self.settle()

    def send_back(self, asker: Asker, enquiry: str, child: str, why: str) -> None:
        """A manager does not agree, or who proposed it takes it back. Raises Refused, NotPermitted, NotFound."""
        self._room(asker, enquiry, "decide")
        self.act().send_back(enquiry, child, why, asker.staff, supervises=self._supervises(asker))
        self.settle()

    def read_unseen(self, asker: Asker, enquiry: str, child: str) -> None:
        """Say that one has read what came in unseen at red. Raises Refused, NotPermitted, NotFound."""
        self._room(asker, enquiry, "screen")
        self.act().read_unseen(enquiry, child, asker.staff)
        self.settle()

    def known(self, state: Enquiry, history: Sequence[Recorded], child: str) -> Known:
        """What is on record that a decision about this child rests on, as it stands now. Raises TryLater."""
        desk, now = self.desk, self.desk.clock.now()
        caught_up(desk)
        counted = alerts.signals_of_all(desk, child) if child else {}
        received = state.received or history[0].envelope.known_at
        organisations = frozenset(one.organisation for one in desk.register().organisations.values())
        return Known(
            levels=desk.edition.continuum.numbers, today=london_day(now), received=london_day(received),
            acting=accepted(desk, child) if child else {}, referrers=self.referrers(child) if child else 0,
            organisations=organisations, counted=frozenset(counted), strategy=section_47_of(desk, child) if child else "",
        )  # fmt: skip

    def _known_to(self, asker: Asker, state: Enquiry, history: Sequence[Recorded], child: str) -> Known:
        """The same; what another account of this very person accepted, they accepted themselves."""
        found = self.known(state, history, child)
        acting = {
            stream: asker.staff if one_person(self.desk, by, asker.staff) else by for stream, by in found.acting.items()
        }
        return replace(found, acting=acting)

    def referrers(self, child: str) -> int:
        """How many different ones worried about a child within twelve months, whoever they were merged with."""
        desk = self.desk
        facts = (one.fact for name in family(desk, child) for one in desk.record.load(children_.stream(name)))
        return decisions.referrers(decisions.worries(facts), desk.clock.now())

    def basis(self, asker: Asker, state: Enquiry, child: str) -> str:
        """The lawful basis on which this organisation works on this child now, computed: "basis; gateway; limb"."""
        desk = self.desk
        member = staff_of(desk, asker.staff)
        purpose, owner = purpose_of(member.roles), organisation_of(desk, member.organisation)
        known = subjects(desk, [child]).get(child)
        said = known.statements if known else ()
        consent = effective(said, owner.id, "codes", purpose, desk.clock.now()) if said else NOTHING_SAID
        found = basis_of(
            owner, purpose, consent, immediate_danger=state.ground == "immediate_danger",
            section_47=bool(section_47_of(desk, child)),
        )  # fmt: skip
        return f"{found.basis}; {found.gateway}; {found.limb}"

    def advice_only(self, asker: Asker) -> AdviceOnly:
        """How many decisions came to advice alone, and which of those this asker may know of. Raises NotPermitted."""
        desk = self.desk
        permitted(desk, asker, "worklist")
        caught_up(desk)
        table = store.enquiry
        rows = desk.store.rows(select(table).where(table.c.state == "decided").order_by(table.c.position.desc()))
        items = [
            codes_of(f"enquiry:{r['enquiry']}/{r['child']}", survivor(desk, r["child"]), r["position"]) for r in rows
        ]
        shown = {one.item for one in look(desk, asker, items, "advice_only").shown}
        known = [r for r in rows if f"enquiry:{r['enquiry']}/{r['child']}" in shown]
        advised = [row["enquiry"] for row in known if row["advice_only"]]
        return AdviceOnly(advice_only=len(advised), decided=len(known), enquiries=tuple(dict.fromkeys(advised)))

    # ------------------------------------------------------------------------------------------------------- the room

    def _may(self, asker: Asker, permission: Permission, by: str) -> None:
        """Raises NotPermitted unless the register lets this person do it now, in their own name."""
        permitted(self.desk, asker, permission)
        if by != asker.staff or not may(asker.roles, permission):
            raise NotPermitted("a person acts in their own name, in a role that they hold")

    def _room(self, asker: Asker, enquiry: str, permission: Permission, reason: str = ROOM) -> list[str]:
        """The children of a MASH enquiry, by today's ids; one look. Raises NotPermitted, and NotFound unless the asker
        may know of every one of them.
        """
        return self._entered(asker, enquiry, permission, reason)[0]

    def _entered(
        self, asker: Asker, enquiry: str, permission: Permission, reason: str, more: Sequence[ItemRef] = ()
    ) -> tuple[list[str], Disclosed]:
        """The same, and what that look shows, in which `more` was ruled on too."""
        desk = self.desk
        permitted(desk, asker, permission)
        caught_up(desk)
        rows = desk.store.rows(select(store.enquiry.c.child).where(store.enquiry.c.enquiry == enquiry))
        children = sorted(set(survivors(desk, [row["child"] for row in rows]).values()))
        items = [codes_of(f"picture:{child}", child, 0) for child in children]
        shown = look(desk, asker, (*items, *more), reason, enquiry if children else "")
        if not items or not {one.item for one in items} <= {one.item for one in shown.shown}:
            raise NotFound(NO_ENQUIRY)
        return children, shown

    def _decided_on(self, state: Enquiry, command: Decide) -> str:
        """Whom a decision is about, by today's id; "" for nobody who is part of it."""
        child = survivor(self.desk, command.child or (state.children[0] if len(state.children) == 1 else ""))
        return child if child in survivors(self.desk, state.children).values() else ""


def section_47_of(desk: Desk, child: str) -> str:
    """The stream of a strategy discussion that decided section 47 for this child; "" where none is on record.

    Each child's section 47 enquiry is a matter of its own, "section-47:<discussion>/<child>", while it is open.
    """
    query = select(matter.c.stream).where(
        matter.c.kind == "section-47", matter.c.state == "section_47", matter.c.child.in_(family(desk, child))
    )
    rows = desk.store.rows(query.order_by(matter.c.position.desc()))
    return next((strategies.stream(row["stream"].partition(":")[2].partition("/")[0]) for row in rows), "")


def room_item(enquiry: str, children: Sequence[str], position: int) -> ItemRef:
    """A MASH enquiry as an item to rule on: a code about every one of its children."""
    return replace(codes_of(f"enquiry:{enquiry}", children[0], position), persons=tuple(children))


def telephone_of(edition: Edition) -> str:
    """Where the front door is rung, as the partnership's edition says; "" in one that does not."""
    return str((edition.parts["partnership"].get("telephone") or {}).get("number", ""))


def clock_of(state: Enquiry, otherwise: datetime | None) -> datetime | None:
    """When a MASH enquiry is due: its grade's clock, and before anybody graded it that of its alerts."""
    return state.gradings[-1].due if state.gradings else otherwise


def folded(desk: Desk, enquiry: str) -> tuple[Enquiry, list[Recorded]]:
    """A MASH enquiry and its facts; version 0 where there is none."""
    history = desk.record.load(enquiries.stream(enquiry))
    return enquiries.fold(enquiry, (one.fact for one in history)), history
