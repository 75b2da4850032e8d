"""From what happened to what is said: a draft becomes one organisation's typed message, numbered in its source.

The teller keeps what an organisation keeps: its own record of each person, its running number, its callers' references.
It also says, apart from the message, who was really meant.
"""

from datetime import date, datetime, timedelta
from random import Random
from typing import Any, Literal, cast

import msgspec
from msgspec import Struct

from bench.world.noise import View, as_sent, draw_view, exact_view, habits_of
from bench.world.numbers import uuid_text
from bench.world.population import Adult, Child, Family, Organisation, Population
from bench.world.situations import Situation
from hub.domain.message import (
    KINDS,
    ConcernCorrected,
    ConcernRaised,
    ConcernWithdrawn,
    ConsentChanged,
    FamilyTold,
    Handling,
    HouseholdObserved,
    HowKnown,
    InvolvementChanged,
    LegalStatusChanged,
    Measure,
    Member,
    Message,
    Occurred,
    Person,
    StrengthObserved,
    Subject,
)
from hub.domain.message import Adult as AdultSaid
from hub.domain.moments import Precision, london_day

Bad = Literal["unknown_indicator", "invalid_nhs_number", "future_time", "bad_signature", "replayed_id", "lost"]
Status = Literal["child_in_need", "section_47_enquiry", "child_protection_plan", "none"]
TYPES: dict[type[Message], str] = {cls: name for name, cls in KINDS.items()}
Scope = Literal["contacts", "routine", "services"]
DOMESTIC = {"domestic_abuse_incident", "strangulation_of_adult", "domestic_abuse_witnessed"}


class Emitted(Struct, frozen=True):
    """One message on its way: who publishes it, its id, when. `bad` names what is deliberately wrong with it, for the
    demonstration; a publisher must spoil the signature of "bad_signature" itself, and never sends what is "lost".

    `scope` says why it is there: "contacts" reach the front door (and what takes them back), "routine" are registers
    and logs that run by themselves, "services" is the rest: help, consent, households, legal status.
    """

    organisation: str
    id: str
    message: Message
    publish_at: datetime
    bad: Bad | None = None
    scope: Scope = "contacts"

    @property
    def type(self) -> str:
        """The CloudEvents type of the message."""
        return TYPES[type(self.message)]


class Named(Struct, frozen=True):
    """Truth: person `person` is the `n`-th (from 0) of this role in this message. "not_named" is a child whom a message
    about adults is really about, and `n` is -1."""

    message: str
    organisation: str
    role: Literal["subject", "adult", "member", "not_named"]
    n: int
    person: str
    late: bool
    planted: str | None


class Known(Struct, frozen=True):
    """Truth: an organisation's own record of a person, and what is wrong with it; `own_id` None: it gives none."""

    organisation: str
    own_id: str | None
    person: str
    errors: tuple[str, ...]


class Draft(Struct, frozen=True, kw_only=True):
    """What one organisation will say: about which children of a family (their places in it), what, when."""

    kind: Literal["concern", "strength", "household", "involvement", "consent", "legal", "correction", "withdrawal"]
    organisation: str
    family: Family
    subjects: tuple[int, ...]
    start: datetime
    end: datetime
    recorded_at: datetime
    publish_at: datetime
    precision: Precision = "day"
    situation: Situation | None = None
    indicators: tuple[str, ...] = ()
    text: str = ""
    incident: str | None = None
    told_by: str | None = None  # organisation that this one heard it from
    adults_only: bool = False
    planted: str | None = None
    late: bool = False
    sure: bool = False  # the organisation names people fully and rightly, NHS number included (for the demonstration)
    state: str = ""  # service, consent state, legal status or household change
    began: date | None = None  # where a service or status began before this message
    ended: date | None = None
    scope: Scope = "contacts"
    forced: Literal["", "referral", "section_47"] = (
        ""  # what the front door does with this contact, whatever its chances
    )
    escalates: date | None = None  # the day on which that is on record
    of: Emitted | None = None  # what a correction or withdrawal is about, and who was named in it
    of_named: tuple[Named, ...] = ()


WORDS_FOR: dict[str, str] = {"week": "some time this week", "month": "most of this month", "season": "since the summer"}


class Teller:
    """Turns drafts, given in the order of publishing, into messages; the same drafts and seed give the same bytes."""

    def __init__(self, population: Population, factor: float, rng: Random) -> None:
        self.organisations: dict[str, Organisation] = population.organisations
        self.factor = factor
        self.rng = rng
        self.sequence: dict[str, int] = {}
        self.views: dict[tuple[str, str], View] = {}
        self.callers: dict[tuple[int, int], str] = {}
        self.day = date.min  # the London day on which the draft in hand was recorded
        self.known: list[Known] = []  # new since they were last taken
        self.named: list[tuple[Literal["subject", "adult", "member", "not_named"], int, str]] = []

    def tell(self, draft: Draft) -> tuple[Emitted, list[Named | Known]]:
        """The message, and the truth about it: new records of the organisation, and who each person named is."""
        self.sequence[draft.organisation] = self.sequence.get(draft.organisation, 0) + 1
        self.known, self.named = [], []
        self.day = london_day(draft.recorded_at)
        message = self._message(draft)
        emitted = Emitted(draft.organisation, uuid_text(self.rng), message, draft.publish_at, scope=draft.scope)
        named = [
            Named(emitted.id, draft.organisation, role, n, person, draft.late, draft.planted)
            for role, n, person in self.named
        ]
        return emitted, [*self.known, *named]

    def _message(self, draft: Draft) -> Message:
        match draft.kind:
            case "concern":
                return self._concern(draft)
            case "strength":
                return StrengthObserved(
                    **self._said(draft), occurred=self._occurred(draft), how_known=HowKnown("first_hand"),
                    referrer_kind=self.organisations[draft.organisation].referrer_kind,
                    subjects=self._subjects(draft, draft.indicators), narrative=f"Synthetic: {draft.text}",
                )  # fmt: skip
            case "household":
                return self._household(draft)
            case "involvement":
                return InvolvementChanged(
                    **self._said(draft), subject=self._child(draft), service=draft.state,
                    started=draft.began or london_day(draft.start), ended=draft.ended, contact_role="duty worker",
                )  # fmt: skip
            case "consent":
                return self._consent(draft)
            case "legal":
                return LegalStatusChanged(
                    **self._said(draft), subject=self._child(draft), status=cast("Status", draft.state),
                    started=draft.began or london_day(draft.start), ended=draft.ended,
                )  # fmt: skip
            case "correction":
                return self._correction(draft)
            case "withdrawal":
                assert draft.of is not None  # noqa: S101 - the planner's promise
                return ConcernWithdrawn(
                    **self._said(draft), withdraws=draft.of.id, reason_code="recorded_in_error",
                    reason="Synthetic: entered on the wrong record.",
                )  # fmt: skip

    # ------------------------------------------------------------------------------------------------ one kind each

    def _concern(self, draft: Draft) -> ConcernRaised:
        situation = draft.situation
        assert situation is not None  # noqa: S101 - the planner's promise
        rng = self.rng
        public = situation.source == "public"
        if draft.adults_only:
            subjects: tuple[Subject, ...] = ()
            self.named.extend(("not_named", -1, draft.family.children[n].id) for n in draft.subjects)
        else:
            subjects = self._subjects(draft, situation.indicators)
        domestic = bool(DOMESTIC & set(situation.indicators))
        told = not domestic and rng.random() < 0.65
        return ConcernRaised(
            **self._said(draft),
            occurred=self._occurred(draft),
            how_known=self._how_known(draft, situation),
            incident=draft.incident,
            referrer_kind=situation.referrer_kind or self.organisations[draft.organisation].referrer_kind,
            referrer=self._caller(draft.family) if public else f"{draft.organisation}-r{rng.randrange(40):02d}",
            subjects=subjects,
            adults=self._adults(draft, situation),
            narrative=f"Synthetic: {situation.text}",
            family_told=FamilyTold(told, None if told else "increases_risk" if domestic else "could_not_reach"),
            handling=Handling(police_code="P") if draft.organisation == "police" else Handling(),
        )

    def _household(self, draft: Draft) -> HouseholdObserved:
        family, day = draft.family, london_day(draft.end)
        members = [
            Member(person=self._person(draft, family.children[n], "member", place), role="child",
                   since=max(family.children[n].born, family.home(day).since))
            for place, n in enumerate(draft.subjects)
        ]  # fmt: skip
        members += [
            Member(person=self._person(draft, adult, "member", place), role=adult.relationship, since=adult.since)
            for place, adult in enumerate((a for a in family.adults_on(day) if a.lives_here), len(members))
        ]
        change = cast('Literal["none", "birth", "address_change"]', draft.state)
        return HouseholdObserved(
            **self._said(draft), occurred=self._occurred(draft), how_known=HowKnown("first_hand"),
            members=tuple(members), address=family.home(day).address, change=change,
        )  # fmt: skip

    def _consent(self, draft: Draft) -> ConsentChanged:
        state = cast('Literal["given", "refused", "withdrawn"]', draft.state)
        child = draft.family.children[draft.subjects[0]]
        old_enough = child.months(london_day(draft.end)) >= 13 * 12
        return ConsentChanged(
            **self._said(draft), about="consent_to_share", state=state, subject=self._child(draft),
            giver="young_person" if old_enough else "parental_responsibility", competent=True if old_enough else None,
            organisations=("early_help", "health_visiting", "school_a"), categories=("narrative",),
            purposes=("early_help",), valid_from=draft.start, evidence_held=state == "given",
            expires=draft.start + timedelta(days=365) if state == "given" else None,
        )  # fmt: skip

    def _correction(self, draft: Draft) -> ConcernCorrected:
        assert draft.of is not None  # noqa: S101 - the planner's promise
        old = draft.of.message
        assert isinstance(old, ConcernRaised)  # noqa: S101 - only concerns are corrected
        said = self._said(draft)
        statement = msgspec.structs.replace(
            old,
            narrative=f"{old.narrative} Corrected: the day was recorded wrongly at first.",
            source_sequence=self.sequence[draft.organisation],
            recorded_at=draft.recorded_at,
        )
        self.named.extend((row.role, row.n, row.person) for row in draft.of_named)
        return ConcernCorrected(**said, corrects=draft.of.id, reason="Synthetic: date wrong.", statement=statement)

    # ------------------------------------------------------------------------------------------------------- parts

    def _said(self, draft: Draft) -> dict[str, Any]:
        organisation, family = draft.organisation, draft.family
        settings = self.organisations[organisation].settings
        setting = settings[family.index % len(settings)]
        if organisation == "gp":
            setting = family.practice
        elif organisation.startswith("school_") and draft.subjects:
            school = family.school(family.children[draft.subjects[0]], london_day(draft.end))
            setting = school[1] if school and school[0] == organisation else setting
        public = draft.situation is not None and draft.situation.source == "public"
        return {
            "organisation": organisation,
            "setting": setting,
            "source_sequence": self.sequence[organisation],
            "recorded_at": draft.recorded_at,
            "on_behalf_of": "caller" if public else None,
        }

    def _occurred(self, draft: Draft) -> Occurred:
        return Occurred(draft.start, draft.end, draft.precision, WORDS_FOR.get(draft.precision))

    def _how_known(self, draft: Draft, situation: Situation) -> HowKnown:
        if draft.told_by:
            return HowKnown("told_by_organisation", draft.told_by)
        if situation.first_hand:
            return HowKnown("first_hand")
        if situation.voice:
            return HowKnown("told_by_child")
        return HowKnown("told_by_family" if situation.referrer_kind == "1A" else "told_by_other")

    def _subjects(self, draft: Draft, indicators: tuple[str, ...]) -> tuple[Subject, ...]:
        day, situation = self.day, draft.situation
        subjects = []
        for place, n in enumerate(draft.subjects):
            child = draft.family.children[n]
            unborn = day < child.born
            voice = situation.voice if situation and not unborn and child.months(day) >= 36 else None
            subjects.append(
                Subject(
                    person=self._person(draft, child, "subject", place),
                    unborn=unborn,
                    indicators=indicators,
                    measures=self._measures(situation) if place == 0 else (),
                    seen="not_seen" if unborn else situation.seen if situation else "seen",
                    observation=f"Synthetic: {situation.text}" if situation and situation.seen != "not_seen" else None,
                    voice=voice if place == 0 and self.rng.random() < 0.7 else None,
                )
            )
        return tuple(subjects)

    def _measures(self, situation: Situation | None) -> tuple[Measure, ...]:
        if situation is None or situation.measure is None:
            return ()
        code, least, most = situation.measure
        return (Measure(code, round(self.rng.uniform(least, most), 1)),)

    def _adults(self, draft: Draft, situation: Situation) -> tuple[AdultSaid, ...]:
        if situation.adult is None:
            return ()
        here = draft.family.adults_on(london_day(draft.end))
        if situation.adult == "partner":
            here = here[-1:]
        here = here[:2] if situation.adult == "both" else here[:1]
        return tuple(
            AdultSaid(
                person=self._person(draft, adult, "adult", place),
                relationship=adult.relationship,
                in_household=adult.lives_here if self.rng.random() < 0.8 else None,
                indicators=situation.indicators if draft.adults_only else (),
            )
            for place, adult in enumerate(here)
        )

    def _child(self, draft: Draft) -> Person:
        return self._person(draft, draft.family.children[draft.subjects[0]], "subject", 0)

    def _person(
        self, draft: Draft, person: Child | Adult, role: Literal["subject", "adult", "member"], place: int
    ) -> Person:
        """The person as this organisation names them today; remembers, apart, who it is."""
        self.named.append((role, place, person.id))
        organisation, day, key = draft.organisation, self.day, (draft.organisation, person.id)
        view = self.views.get(key)
        if draft.sure:
            if view is None:
                view = exact_view(organisation, person, self.rng)
                self.views[key] = view
                self.known.append(Known(organisation, view.own_id, person.id, ()))
            return as_sent(organisation, view, draft.family, person, day, factor=0.0, rng=self.rng)
        if view is None or self.rng.random() < habits_of(organisation).opened_twice * self.factor:
            view = draw_view(organisation, draft.family, person, day, factor=self.factor, rng=self.rng)
            self.views[key] = view
            self.known.append(Known(organisation, view.own_id, person.id, view.errors))
        return as_sent(organisation, view, draft.family, person, day, factor=self.factor, rng=self.rng)

    def _caller(self, family: Family) -> str:
        """An opaque reference of one of at most three people who ring about a family."""
        key = (family.index, min(2, int(self.rng.expovariate(1.2))))
        if key not in self.callers:
            self.callers[key] = f"caller-{self.rng.getrandbits(40):010x}"
        return self.callers[key]
