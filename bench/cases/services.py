"""What the services of a case decided, done through the hub's own doors: as they did it, so that the hub may refuse it.

It promises that nothing is closed here that the hub does not let be closed. What one worker closed on their own and the
hub wants a manager for is noted as refused; then a manager agrees, because the services did close, and history goes on.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime

from bench.cases.format import Case
from bench.cases.result import How, Settled
from bench.cases.telling import Event
from hub.adapters.signin import DEMO_ACCOUNTS, Account
from hub.bootstrap import Hub
from hub.domain.decision import MANAGERS
from hub.domain.enquiry import FRONT_DOOR, Decide, OpenEnquiry, Step
from hub.domain.errors import NotFound, Refused
from hub.domain.moments import london_day
from hub.domain.staff import RegisterStaff
from hub.views.models import Asker

SOCIAL_CARE = "social_care"  # whose decisions and closures are decisions on a MASH enquiry
ELSEWHERE = "another_organisation"  # of `closes_because`
DECIDER = next(one for one in DEMO_ACCOUNTS if "decision_maker" in one.roles)
MANAGER = next(one for one in DEMO_ACCOUNTS if "mash_manager" in one.roles)
NOT_IN_THE_FILE = "What the child said is not in the case's file."
NOT_A_DECISION = "the log of another organisation, which nobody but that organisation closes: it closes nothing here"
NOBODY_KNOWN = "nothing on record about this child yet: there was nothing to decide about"
NO_STRATEGY = "taken as calling for a strategy discussion: without one on record nothing opens section 47"
Stays = Callable[[str], str]


def asker(account: Account) -> Asker:
    """A demo account as somebody who asks."""
    return Asker(
        staff=account.staff, organisation=account.organisation, setting=account.setting, roles=account.roles
    )  # fmt: skip


class Services:
    """Opens, decides, closes and leads for the services. `persons`: who -> persons that the hub holds; `live`: alerts."""

    def __init__(
        self, hub: Hub, case: Case, how: How, *, persons: dict[str, list[str]], live: dict[str, tuple[str, int]],
        stays: Stays,
    ) -> None:  # fmt: skip
        self._hub, self._case, self._how = hub, case, how
        self._persons, self._live, self._stays = persons, live, stays
        self._enquiries: dict[str, str] = {}  # person -> open MASH enquiry
        self._seen: list[tuple[str, date, str, bool]] = []  # who, day, by which organisation, alone
        self.settled: list[Settled] = []
        self.decided: dict[str, str] = {}  # MASH enquiry -> the row that decided it

    # -------------------------------------------------------------------------------------------------- the rows

    def saw(self, event: Event) -> None:
        """Note who saw whom: what a decision may say of it."""
        for one in event.row.said.subjects:
            if one.seen in {"seen", "seen_alone"} and event.row.said.how_known == "first_hand":
                self._seen.append((one.who, event.end.date(), event.row.organisation, one.seen == "seen_alone"))

    def play(self, event: Event) -> None:
        """A row of the services: a lead, a MASH enquiry, a decision, a closure."""
        said = event.row.said
        persons = self.concerned(said.who or "")
        sector = self._case.header.organisations[event.row.organisation].sector
        elsewhere = said.type == "closure" and said.closes_because == ELSEWHERE
        if said.type == "lead":
            self._lead(event, persons)
            return
        if sector != SOCIAL_CARE and not elsewhere:
            self._note(event, note=NOT_A_DECISION)
            return
        if not persons:
            self._note(event, note=NOBODY_KNOWN)
        for person in persons:
            try:
                enquiry = self.open(person, event)
                if said.type != "enquiry":
                    self._decide(person, enquiry, event)
            except Refused as refused:
                self._note(event, refused=str(refused), because=(refused.field,))
            except NotFound:
                self._note(event, refused="the front door may not know of this child", because=("child",))

    def concerned(self, who: str) -> list[str]:
        """The persons that a decision about this child is about: those with a live alert, else the latest known."""
        held = list(dict.fromkeys(self._stays(one) for one in self._persons.get(who, [])))
        alerted = {self._stays(person) for person, _ in self._live.values()}
        return [person for person in held if person in alerted] or held[-1:]

    # -------------------------------------------------------------------------------------------- a MASH enquiry

    def open(self, person: str, event: Event | None = None) -> str:
        """The open MASH enquiry about this person, opened where there is none. Raises Refused, NotFound."""
        if held := self.enquiry_of(person):
            return held
        alerts = tuple(sorted(alert for alert, (about, _) in self._live.items() if self._stays(about) == person))
        ground = (event.row.said.ground if event else None) or (
            "significant_harm" if self.suggested(person) == max(self._levels) else "perceived_harm"
        )
        words = _reason(event, labels=True)
        command = OpenEnquiry(
            child=person, alerts=alerts, ground=ground, reason=words, anyway=words, by=DECIDER.staff
        )  # fmt: skip
        self._enquiries[person] = self._hub.enquiring.open_enquiry(asker(DECIDER), command)
        return self._enquiries[person]

    def enquiry_of(self, person: str) -> str:
        """The MASH enquiry about this person that is open; "" for none."""
        held = {self._stays(one): enquiry for one, enquiry in self._enquiries.items()}
        return held.get(person, "")

    def suggested(self, person: str) -> int | None:
        """The highest level of the live alerts about this person."""
        return max((level for about, level in self._live.values() if self._stays(about) == person), default=None)

    @property
    def _levels(self) -> tuple[int, ...]:
        return self._hub.edition.continuum.numbers

    def close_alone(self, person: str) -> tuple[str, ...]:
        """One worker closes, having seen the child alone today; why it waits for a manager. Raises Refused, NotFound."""
        enquiry, today = self.open(person), london_day(self._hub.clock.now())
        holders = self._case.header.organisations
        by = next((code for code, one in holders.items() if one.sector == SOCIAL_CARE), next(iter(holders)))
        return self._hub.enquiring.decide(
            asker(DECIDER), enquiry,
            self._command(person, 0, "no_further_action", ("advice_given",), ("alone", by, today), "Looked at."),
        )  # fmt: skip

    def _decide(self, person: str, enquiry: str, event: Event) -> None:
        said, note, outcome, acting = event.row.said, "", event.row.said.outcome or "no_further_action", ""
        if said.type == "closure" and said.closes_because == ELSEWHERE:
            outcome, acting = "other_organisation", self._accepted(person, said.acting or "")
        command = self._command(
            person, said.level or 0, outcome, said.actions or ("advice_given",), self._sighting(event, enquiry),
            _reason(event, labels=self._how.labels), acting,
        )  # fmt: skip
        try:
            waits = self._hub.enquiring.decide(asker(DECIDER), enquiry, command)
        except Refused as refused:
            if outcome != "section_47" or refused.field != "outcome":
                raise
            note, said_so = NO_STRATEGY, str(refused)
            self._note(event, refused=said_so, because=("strategy",), note=note)
            command = self._command(
                person, said.level or 0, "strategy_discussion", ("strategy_discussion_called",),
                self._sighting(event, enquiry), _reason(event, labels=self._how.labels),
            )  # fmt: skip
            waits = self._hub.enquiring.decide(asker(DECIDER), enquiry, command)
        if waits:  # the services closed it: here a manager has to agree first
            self._hub.enquiring.approve(asker(MANAGER), enquiry, person)
        for action in command.actions:  # what a row says of the past was done
            self._hub.act().plan_done(enquiry, person, action, DECIDER.staff)
        self.decided[enquiry] = event.id
        self._enquiries = {one: held for one, held in self._enquiries.items() if held != enquiry}
        alone = bool(waits) and said.alone
        if note and not alone:
            return
        self._note(
            event, refused="; ".join(MANAGERS[one] for one in waits) if alone else "", because=waits,
            overridden=alone, note="a named manager agreed" if waits and not alone else note,
        )  # fmt: skip

    def _command(
        self, person: str, level: int, outcome: str, actions: tuple[str, ...], seen: tuple[str, str, date | None],
        reason: str, acting: str = "",
    ) -> Decide:  # fmt: skip
        suggested, today = self.suggested(person), london_day(self._hub.clock.now())
        nearest = min(self._levels, key=lambda one: (abs(one - (level or min(self._levels))), one))
        return Decide(
            child=person, level=nearest, agrees=suggested is None or suggested == nearest, outcome=outcome,
            actions=actions, plan=tuple(Step(one, FRONT_DOOR, today) for one in actions), family_told=True,
            why_not_told=None, reason=reason, seen_position=self._hub.record.position(), by=DECIDER.staff,
            view="not_obtained", why_no_view=NOT_IN_THE_FILE, seen=seen[0], seen_by=seen[1], seen_on=seen[2],
            acting=acting,
        )  # fmt: skip

    def _sighting(self, event: Event, enquiry: str) -> tuple[str, str, date | None]:
        """Whether the child was seen since the contact came: as the row says, else as the rows since then do.

        That a child was seen says nothing of being seen alone: only a row that says so does.
        """
        said, today = event.row.said, event.known.date()
        came = self._hub.act().enquiry(enquiry)[0].received
        since = london_day(came) if came else today
        rows = [one for one in self._seen if one[0] == said.who and since <= one[1] <= today]
        if said.child_seen is False or not (rows or said.child_seen):
            return "not_seen", "", None
        alone = next((one for one in reversed(rows) if one[3]), None)
        _, day, by, _ = alone or (rows[-1] if rows else (said.who, today, event.row.organisation, False))
        return "alone" if alone else "with_others", by, day

    # ------------------------------------------------------------------------------------------ who is acting

    def _accepted(self, person: str, acting: str) -> str:
        """What this organisation has accepted for the child and is still at, as the hub has it on record; "" for nothing."""
        found = self._hub.enquiring.already(person)
        return next((one.ref for one in found if one.organisation == acting and one.ref.startswith("lead:")), "")

    def _lead(self, event: Event, persons: list[str]) -> None:
        """The publisher was asked to lead for the child, and said yes."""
        staff = f"staff-{event.row.organisation}-lead"
        who = RegisterStaff(
            staff=staff, organisation=event.row.organisation, setting=event.row.setting or "",
            roles=("lead_professional",), ig_trained_until=datetime.max.replace(tzinfo=UTC),
        )  # fmt: skip
        self._hub.register_staff([who])
        if not persons:
            self._note(event, note=NOBODY_KNOWN)
        for person in persons:
            try:
                self._hub.leading.propose(asker(DECIDER), person, staff, _reason(event, labels=True))
                self._hub.leading.accept(Asker(staff, who.organisation, who.setting, who.roles), person)
                self._note(event)
            except (Refused, NotFound) as refused:
                self._note(event, refused=str(refused), because=(getattr(refused, "field", "child"),))

    def _note(
        self,
        event: Event,
        *,
        refused: str = "",
        because: tuple[str, ...] = (),
        overridden: bool = False,
        note: str = "",
    ) -> None:
        on = event.known.date()
        self.settled.append(
            Settled(
                row=event.id, on=on, unshifted=self._case.unshifted(on), refused=refused, because=because,
                overridden=overridden, note=note,
            )
        )  # fmt: skip


def _reason(event: Event | None, *, labels: bool) -> str:
    said = event.row.said if event else None
    label = f" Recorded as: {said.label}." if said and said.label and labels else ""
    return ((said.words if said else "") or "As in the chronology.") + label
