"""Exceptions as people make them and go through them: overrides, break-glass, looks at one's own family. Loud, and in codes.

It promises that nobody's own family is opened by any of them (to them it is not there), that whoever agrees or goes
through one may know of it and is somebody else, and that what works now is folded from the record at that moment.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import get_args

import msgspec
from msgspec import Struct
from sqlalchemy import select

from hub.domain.errors import HubError, NotFound, NotPermitted, Refused
from hub.domain.exceptional import AskOverride, BreakTheGlass, check_glass
from hub.domain.exceptions import (
    STEP_UP,
    WORKS,
    Exceptional,
    Outcome,
    OverrideDeclined,
    fold,
    review_due,
    settled_in,
    state_at,
    to_review,
)
from hub.domain.fact import Recorded
from hub.domain.staff import Staff, may
from hub.flow.disclose import Disclosed, ItemRef, ref
from hub.flow.override import Overriding, notice_of
from hub.views import store
from hub.views.accounts import one_person, somebody_else
from hub.views.asking import look, stamp
from hub.views.desk import HUB, PARTNERSHIP, Desk, caught_up, name_of
from hub.views.exception_lists import (
    MOST,
    counts,
    family_looks,
    looks_under,
    night_looks,
    recent,
    rings_of,
    tells_family,
)
from hub.views.exception_words import CATEGORIES, OUTCOMES, REASONS, STATES, TOLD, WHAT
from hub.views.leaning import KINDS, closed, works_now
from hub.views.matters import matter
from hub.views.members import permitted, staff_of
from hub.views.models import Asker, Choice
from hub.views.models.exceptions import (
    AskingPage,
    ExceptionRow,
    Exceptions,
    ExceptionView,
    Open,
)
from hub.views.telling import who
from hub.views.who_is_who import survivor

NOT_THERE = "no such child or exception, or none that you may know of"
NOT_YOURS = "the register of staff does not let this account do this: exceptions"
PREFIXES = {"override-": "override:", "break-glass-": "break-glass:"}


class Excepting(Struct, frozen=True):
    """What pages and commands ask. `overriding` puts it on record; `settle` waits until the views have it."""

    desk: Desk
    overriding: Callable[[], Overriding]
    settle: Callable[[], None]

    # ------------------------------------------------------------------------------------------------------ asking

    def asking(self, asker: Asker, child: str) -> AskingPage:
        """The questions of an override for this child. Raises NotPermitted; NotFound where one may not know of them."""
        permitted(self.desk, asker, "override")
        child = self._known(asker, child, "override_asking")
        organisations = [one for one in self.desk.register().organisations.values() if not one.may_enter_for_others]
        return AskingPage(
            stamp=stamp(self.desk, asker), child=child, reasons=_choices(REASONS, OVERRIDES),
            told=_choices(TOLD), organisations=tuple(Choice(one.organisation, one.name) for one in organisations),
            categories=_choices(CATEGORIES), at_night=self._closed(),
        )  # fmt: skip

    def ask(self, asker: Asker, wish: AskOverride) -> str:
        """Ask for an override; its address. Raises NotPermitted, NotFound, and Refused naming the field."""
        permitted(self.desk, asker, "override")
        child = self._known(asker, wish.child, "override_asking")
        wish = msgspec.structs.replace(wish, child=child, by=asker.staff)
        ident = self.overriding().ask(
            wish, self._of(asker.staff), self.desk.register().organisations, closed=self._closed()
        )
        self.settle()
        return f"override-{ident}"

    def breaking(self, asker: Asker, child: str) -> AskingPage:
        """The questions of break-glass for this child; of one who is not there, or one's own family, NotFound."""
        permitted(self.desk, asker, "break_glass")
        child = self._there(asker, child)
        return AskingPage(
            stamp=stamp(self.desk, asker), child=child, reasons=_choices(REASONS, EMERGENCIES), at_night=self._closed()
        )

    def break_glass(self, asker: Asker, wish: BreakTheGlass) -> str:
        """Open this child's record in an emergency, alone; its address. Raises as `ask`.

        One need not have known of the child: a restricted record opens by it too. One's own family never does.
        """
        member = permitted(self.desk, asker, "break_glass")
        check_glass(wish, self.desk.clock.now())  # before anything is told of the child, even that there is one
        child = self._there(asker, wish.child)
        wish = msgspec.structs.replace(wish, child=child, by=asker.staff, roles=member.roles)
        ident = self.overriding().break_glass(wish, self._of(asker.staff), closed=self._closed())
        self.settle()
        return f"break-glass-{ident}"

    def fresh(self, confirmed: datetime | None) -> bool:
        """Whether somebody who confirmed who they are at `confirmed` (aware; None: not at all) may break the glass now."""
        return confirmed is not None and self.desk.clock.now() - confirmed < STEP_UP

    def open_now(self, asker: Asker) -> tuple[Open, ...]:
        """Break-glass of this person that is open at this moment: for the banner. No look: it is what they did themselves."""
        desk = self.desk
        found = works_now(desk.store, desk.record, asker.staff, desk.clock.now(), out_of_hours=False)
        return tuple(
            Open(ref=f"break-glass-{one.id}", child=one.child, until=one.ends)
            for one in found
            if one.kind == "break_glass" and one.ends is not None
        )

    # -------------------------------------------------------------------------------------------------- a second person

    def agree(self, asker: Asker, address: str) -> None:
        """Agree to somebody else's override. Raises NotPermitted, NotFound, Refused."""
        member = permitted(self.desk, asker, "approve_override")
        one = self._concerned(asker, address)
        self._as_they_were(one)
        somebody_else(self.desk, asker.staff, [one.by])
        theirs = [self._as_who_asked(each, one) for each in self._of(asker.staff)]
        self.overriding().approve(one.stream, asker.staff, member.roles, theirs)
        self.settle()

    def decline(self, asker: Asker, address: str, why: str) -> None:
        """Do not agree, or take one's own back before anybody did. Raises NotPermitted, NotFound, Refused."""
        one = self._one(address)
        if one.by == asker.staff:
            self._own(asker, one)
        else:
            permitted(self.desk, asker, "approve_override")
            self._concerned(asker, address)
        self.overriding().decline(one.stream, asker.staff, why)
        self.settle()

    def end(self, asker: Asker, address: str) -> None:
        """End what works before its time: one's own, or as who goes through exceptions. Raises as `decline`."""
        one = self._one(address)
        if one.by == asker.staff:
            self._own(asker, one)
        else:
            permitted(self.desk, asker, "review_exceptions")
            self._concerned(asker, address)
        self.overriding().end(one.stream, asker.staff)
        self.settle()

    def review(self, asker: Asker, address: str, outcome: str, why: str) -> None:
        """Say what came of going through one. Raises NotPermitted, NotFound, Refused."""
        permitted(self.desk, asker, "review_exceptions")
        one = self._concerned(asker, address)
        ring = rings_of(self.desk, recent(self.desk, also=one)).get(one.id, frozenset())
        somebody_else(self.desk, asker.staff, [one.by, one.approved_by, *ring])
        self.overriding().review(one.stream, outcome, asker.staff, why, self._of(asker.staff), ring)
        self.settle()

    def review_family(self, asker: Asker, staff: str, until: int, outcome: str) -> None:
        """Say what came of one person's looks at their own family. Raises NotPermitted, NotFound, Refused."""
        member = permitted(self.desk, asker, "review_exceptions")
        known = next((one for one in family_looks(self.desk, asker.staff) if one.staff == staff), None)
        if not tells_family(member) or known is None:
            raise NotFound(NOT_THERE)
        somebody_else(self.desk, asker.staff, [staff])
        _as_far_as_there_is(until, known.until)
        self.overriding().review_family(staff, until, _outcome(outcome), asker.staff)
        self.settle()

    def review_nights(self, asker: Asker, staff: str, until: int, outcome: str) -> None:
        """Say what came of what one person read out of hours for contacts. Raises NotPermitted, NotFound, Refused."""
        permitted(self.desk, asker, "review_exceptions")
        known = next((one for one in night_looks(self.desk, asker.staff) if one.staff == staff), None)
        if known is None:
            raise NotFound(NOT_THERE)
        somebody_else(self.desk, asker.staff, [staff])
        _as_far_as_there_is(until, known.until)
        self.overriding().review_nights(staff, until, _outcome(outcome), asker.staff)
        self.settle()

    # ------------------------------------------------------------------------------------------------------- looking

    def overview(self, asker: Asker) -> Exceptions:
        """What waits, what is to be gone through, and what was, with counts for each person; and one's own.

        One look, at the ledger: codes alone. Raises NotPermitted for who may do nothing about exceptions.
        """
        desk = self.desk
        caught_up(desk)
        member = staff_of(desk, asker.staff)
        agrees, reviews = may(member.roles, "approve_override"), may(member.roles, "review_exceptions")
        asks, breaks = may(member.roles, "override"), may(member.roles, "break_glass")
        if not member.active or not (agrees or reviews or asks or breaks):
            raise NotPermitted("the register of staff does not let this account do this: exceptions")
        found = recent(desk) if agrees or reviews else []
        nights = night_looks(desk, asker.staff) if reviews else []
        items = [*(_item(one) for one in found), *(_of_night(child) for one in nights for child in one.children)]
        shown = look(desk, asker, items, "exceptions", purpose="access_audit" if items else None)
        allowed = {item.item for item in shown.shown}
        crossed = rings_of(desk, found)
        rows = [self._row(asker, one, crosswise=one.id in crossed) for one in found if f"exception:{one.id}" in allowed]
        tells = reviews and tells_family(member)
        family = family_looks(desk, asker.staff) if tells else []
        return Exceptions(
            stamp=msgspec.structs.replace(stamp(desk, asker), ledger=shown.ledger_position),
            waiting=tuple(row for row in rows if row.state in {"waits", "works_until_second"}),
            to_review=tuple(row for row in rows if row.to_review),
            others=tuple(
                row for row in rows if not row.to_review and row.state not in {"waits", "works_until_second"}
            ),
            people=counts(desk, family) if reviews else (), family=tuple(family),
            nights=tuple(
                msgspec.structs.replace(one, children=tuple(c for c in one.children if f"night:{c}" in allowed))
                for one in nights
            ),
            may_agree=agrees, may_review=reviews,
            tells_family=tells, may_ask=asks, may_break=breaks,
            mine=tuple(self._row(asker, one) for one in self._of(asker.staff)[:MOST] if one.child not in member.related),
        )  # fmt: skip

    def one(self, asker: Asker, address: str) -> ExceptionView:
        """One exception, with its reasons for who agrees or goes through it, and what was looked at under it.

        Raises NotPermitted, and NotFound for one that there is not or of which one may not know.
        """
        desk = self.desk
        caught_up(desk)
        member = staff_of(desk, asker.staff)
        concerned = member.active and (may(member.roles, "approve_override") or may(member.roles, "review_exceptions"))
        asks = member.active and (may(member.roles, "override") or may(member.roles, "break_glass"))
        try:
            one = self._one(address)
        except NotFound:
            raise (NotFound(NOT_THERE) if concerned or asks else NotPermitted(NOT_YOURS)) from None
        history = desk.record.load(one.stream)
        if one.by == asker.staff:
            self._own(asker, one)
            shown = look(desk, asker, [], "exception")
        elif not concerned:  # the same as for one that there is not: whether there is one is no matter of theirs
            raise NotFound(NOT_THERE) if asks else NotPermitted(NOT_YOURS)
        else:
            shown = look(desk, asker, [_item(one), *_words_in(one, history)], "exception", purpose="access_audit")
            if f"exception:{one.id}" not in {item.item for item in shown.shown}:
                raise NotFound(NOT_THERE)
        return self._view(asker, member, one, history, shown)

    def _view(
        self, asker: Asker, member: Staff, one: Exceptional, history: Sequence[Recorded], shown: Disclosed
    ) -> ExceptionView:
        desk = self.desk
        ring = (
            rings_of(desk, recent(desk, also=one)).get(one.id, frozenset())
            if one.by != asker.staff
            else frozenset[str]()
        )
        row = self._row(asker, one, crosswise=bool(ring))
        words = {item.item: str(item.words.get("reason", "")) for item in shown.shown}
        mine, looks = one.by == asker.staff, looks_under(desk, one)
        owners = sorted({owner for each in looks for owner in each.organisations})
        notices = desk.record.versions([notice_of(one.id, owner) for owner in owners]) if owners else {}
        moved = settled_in(one, desk.record.load(f"person:{one.child}"))
        declined = next((each.fact for each in history if isinstance(each.fact, OverrideDeclined)), None)
        waits = row.state in {"waits", "works_until_second"}
        return ExceptionView(
            row=row, stamp=msgspec.structs.replace(stamp(desk, asker), ledger=shown.ledger_position),
            why=_opened(history[:1], words), told=TOLD.get(one.told, ""),
            organisations=tuple(name_of(desk, each) for each in one.organisations),
            categories=tuple(CATEGORIES.get(each, each) for each in one.categories), hours=one.hours,
            approved_by=who(desk, one.approved_by) if one.approved_by else "",
            declined=f"{who(desk, declined.by)}. {_opened([e for e in history if e.fact is declined], words)}".strip()
            if declined
            else "",
            looks=tuple(
                msgspec.structs.replace(each, organisations=tuple(name_of(desk, o) for o in each.organisations))
                for each in looks
            ),
            told_to=tuple(name_of(desk, owner) for owner in owners if notice_of(one.id, owner) in notices),
            review_by=who(desk, one.reviewed_by) if one.reviewed_by else "",
            review=_opened(history[-1:], words) if one.reviewed_by else "",
            may_agree=waits and not mine and may(member.roles, "approve_override") and not moved,
            may_end=row.state in WORKS and (mine or may(member.roles, "review_exceptions")),
            may_take_back=waits and mine,
            may_review=row.to_review and row.state not in WORKS and asker.staff not in {one.by, one.approved_by, *ring}
            and may(member.roles, "review_exceptions"),
            ended_early=moved,
        )  # fmt: skip

    def _row(self, asker: Asker, one: Exceptional, *, crosswise: bool = False) -> ExceptionRow:
        desk, now = self.desk, self.desk.clock.now()
        state, due = state_at(one, now, closed=self._closed()), review_due(one, desk.edition.calendar)
        waits_for_review = to_review(one, now, closed=self._closed())
        assert one.asked_at is not None  # noqa: S101 - for the type checker: its first fact said when
        return ExceptionRow(
            ref=f"{one.stream.replace(':', '-')}", kind=one.kind, what=WHAT[one.kind], child=one.child, state=state,
            state_words=STATES[state], by=who(desk, one.by), asked_at=one.asked_at,
            reason=REASONS.get(one.reason, one.reason), until=one.ends,
            second_by=one.second_by if state in {"waits", "works_until_second"} else None, at_night=one.at_night,
            due=due if waits_for_review else None, overdue=waits_for_review and due is not None and due < now,
            to_review=waits_for_review, reviewed=OUTCOMES.get(one.outcome, ""), mine=one.by == asker.staff,
            crosswise=crosswise,
        )  # fmt: skip

    # ------------------------------------------------------------------------------------------------------- who may

    def _closed(self) -> bool:
        return closed(self.desk.edition.calendar, self.desk.clock.now())

    def _of(self, staff: str) -> list[Exceptional]:
        """This person's own exceptions, by whatever account of theirs, the latest first."""
        caught_up(self.desk)
        asked = self.desk.store.rows(select(matter.c.by).where(matter.c.kind.in_(KINDS)).distinct())
        mine = [row["by"] for row in asked if one_person(self.desk, row["by"], staff)]
        query = select(matter.c.stream).where(matter.c.kind.in_(KINDS), matter.c.by.in_(mine))
        rows = self.desk.store.rows(query.order_by(matter.c.position.desc()))
        return [fold(row["stream"], self.desk.record.load(row["stream"])) for row in rows]

    def _as_who_asked(self, theirs: Exceptional, one: Exceptional) -> Exceptional:
        """One of `theirs`, with who agreed to it named as who asked for `one`, where these are one person."""
        same = bool(theirs.approved_by) and one_person(self.desk, theirs.approved_by, one.by)
        return replace(theirs, approved_by=one.by) if same else theirs

    def _one(self, address: str) -> Exceptional:
        for prefix, stream in PREFIXES.items():
            if address.startswith(prefix):
                return self.overriding().load(stream + address.removeprefix(prefix))
        raise NotFound(NOT_THERE)

    def _own(self, asker: Asker, one: Exceptional) -> None:
        """Raises NotFound where the child turned out to be of the asker's own family; NotPermitted for who left."""
        caught_up(self.desk)
        member = staff_of(self.desk, asker.staff)
        if not member.active:
            raise NotPermitted("this account is not in the register of staff, or has left")
        if _kin(self.desk, member, one.child):
            raise NotFound(NOT_THERE)

    def _as_they_were(self, one: Exceptional) -> None:
        if settled_in(one, self.desk.record.load(f"person:{one.child}")):
            raise Refused(
                "Who this child is held to be has changed since it was asked for: it must be asked anew", "exception"
            )

    def _concerned(self, asker: Asker, address: str) -> Exceptional:
        """One exception of which this person may know, as the policies say; else NotFound."""
        one = self._one(address)
        shown = look(self.desk, asker, [_item(one)], "exception", purpose="access_audit")
        if not shown.shown:
            raise NotFound(NOT_THERE)
        return one

    def _known(self, asker: Asker, child: str, reason: str) -> str:
        """The child as they are called now, where this asker may know of them without any exception; else NotFound."""
        child = self._held(child)
        code = ItemRef(item=f"picture:{child}", category="codes", organisation=HUB, persons=(child,), position=0)
        if not look(self.desk, asker, [code] if child else [], reason).shown:
            raise NotFound(NOT_THERE)
        return child

    def _there(self, asker: Asker, child: str) -> str:
        """The child as they are called now, where there is one and it is not the asker's own family; else NotFound.

        The look leaves its entry: one at their own family is reported, and looks to them like any other id.
        """
        child = self._held(child)
        code = ItemRef(item=f"picture:{child}", category="codes", organisation=HUB, persons=(child,), position=0)
        look(self.desk, asker, [code] if child else [], "break_glass_opening")
        if not child or _kin(self.desk, staff_of(self.desk, asker.staff), child):
            raise NotFound(NOT_THERE)
        return child

    def _held(self, child: str) -> str:
        """Who this child is held to be now; "" where there is none."""
        caught_up(self.desk)
        child, table = survivor(self.desk, child), store.person
        rows = self.desk.store.rows(select(table.c.person).where(table.c.person == child, table.c.kind != "adult"))
        return child if rows else ""


OVERRIDES = ("risk_of_harm", "child_not_seen", "refusal_in_doubt", "statute_or_court", "other")
EMERGENCIES = ("immediate_danger", "missing_child", "medical_emergency", "police_protection", "other")


def _as_far_as_there_is(until: int, last: int) -> None:
    """Raises Refused for a position beyond the last look: what is still to come was gone through by nobody."""
    if not last >= until > 0:
        raise Refused("Give the position of the ledger up to which you went through them", "until")


def _outcome(code: str) -> Outcome:
    chosen: Outcome | None = next((each for each in get_args(Outcome) if each == code), None)
    if chosen is None:
        raise Refused("Select what came of it", "outcome")
    return chosen


def _kin(desk: Desk, member: Staff, child: str) -> bool:
    return not {child, survivor(desk, child)}.isdisjoint(member.related)


def _item(one: Exceptional) -> ItemRef:
    """That there is this exception, as an entry of the ledger to rule on."""
    return ItemRef(
        item=f"exception:{one.id}", category="ledger", organisation=PARTNERSHIP, persons=(one.child,),
        position=one.position, kind="exception",
    )  # fmt: skip


def _of_night(child: str) -> ItemRef:
    """That somebody read of this child out of hours, as an entry of the ledger to rule on."""
    return ItemRef(
        item=f"night:{child}",
        category="ledger",
        organisation=PARTNERSHIP,
        persons=(child,),
        position=0,
        kind="exception",
    )


def _words_in(one: Exceptional, history: Sequence[Recorded]) -> list[ItemRef]:
    return [
        msgspec.structs.replace(ref(sealed, [one.child], HUB, each.position), kind="exception")
        for each in history
        for sealed in getattr(each.fact, "items", ())
    ]


def _opened(history: Iterable[Recorded], words: dict[str, str]) -> str:
    return next((words[s.item] for each in history for s in getattr(each.fact, "items", ()) if s.item in words), "")


def _choices(labels: dict[str, str], codes: Sequence[str] = ()) -> tuple[Choice, ...]:
    return tuple(Choice(code, labels[code]) for code in codes or labels)


def banner(front: Callable[[], Excepting], asker: Asker) -> tuple[Open, ...]:
    """What the banner shows; nothing where the store cannot be asked at this moment, and the page then says so itself."""
    try:
        return front().open_now(asker)
    except HubError:
        return ()
