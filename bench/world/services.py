"""The front door and the services behind it: what becomes of each contact, which cases are open when, and what social
care and early help say of it. It decides in the order in which contacts arrive, and only on what has arrived by then.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from random import Random
from typing import Literal

from msgspec import Struct

from bench.world.planning import Planner, Rates
from bench.world.population import ADULT_AT, Family
from bench.world.telling import Draft, Emitted
from hub.domain.moments import london_day

YEAR, DAY = timedelta(days=365), timedelta(days=1)
Outcome = Literal["open_social_care", "open_early_help", "referral", "early_help", "no_further_action"]
# How long a case stays open: (share of cases, mean days). Most close soon after assessment, a few stay for years.
SOCIAL_CARE = ((0.52, 45), (0.33, 180), (0.15, 820))
EARLY_HELP = ((0.35, 200), (0.65, 860))


class Contact(Struct, frozen=True, kw_only=True):
    """Truth: what the front door did with one child of one concern. `case` names the open case it fell on, if any."""

    message: str
    child: str
    at: datetime
    outcome: Outcome


class Episode(Struct, frozen=True, kw_only=True):
    """Truth: a stretch of work with a child, or a legal step. `ended` lies after the world for what is still open.

    "referral" is a case open to social care (the child is in need while it lasts); `again` says that another referral
    lay in the twelve months before. A section 47 enquiry and a plan begin and end on days within such a case. `told` is
    False where it began before the world.
    """

    child: str
    kind: Literal["referral", "early_help", "section_47", "plan"]
    began: date
    ended: date
    again: bool = False
    told: bool = True


class _State(Struct):
    """One child at the front door: until when a case is open, to whom, and the last referral."""

    until: date = date.min
    kind: Literal["", "referral", "early_help"] = ""
    referred: date = date.min
    section_47: date = date.min


class FrontDoor:
    """Keeps what is open for whom. Call `opening` once, then `receives` for each concern as it is published."""

    def __init__(self, planner: Planner, rates: Rates, start: date, end: date, rng: Random) -> None:
        self.planner, self.rates, self.start, self.end, self.rng = planner, rates, start, end, rng
        self.states: dict[str, _State] = {}
        self.truth: list[Episode | Contact] = []

    def taken(self) -> list[Episode | Contact]:
        """The truth since it was last taken."""
        truth, self.truth = self.truth, []
        return truth

    def opening(self) -> Iterator[Draft]:
        """Cases that were open when the world began, told by their service in its first days, and what follows them."""
        rng = self.rng
        social, help_ = _mean(SOCIAL_CARE), _mean(EARLY_HELP)
        for family in self.planner.population.families:
            if family.is_away(self.start):
                continue
            for n, child in enumerate(family.children):
                if not 0 <= child.months(self.start) < ADULT_AT - 1:
                    continue
                draw = rng.random()
                in_need, helped = 0.052 * social * family.liability, 0.025 * help_ * family.liability
                if draw < in_need:
                    yield from self._was_open(
                        family, n, "referral", _remaining(SOCIAL_CARE, rng), _remaining(SOCIAL_CARE, rng)
                    )
                elif draw < in_need + helped:
                    yield from self._was_open(
                        family, n, "early_help", _remaining(EARLY_HELP, rng), _remaining(EARLY_HELP, rng)
                    )
                elif draw < in_need + helped + 0.026 * family.liability:  # closed again by now, but not long ago
                    self.states[child.id] = _State(referred=self.start - timedelta(days=rng.randrange(30, 365)))
                    yield from self._again(family, n, self.start)

    def receives(self, draft: Draft, emitted: Emitted) -> Iterator[Draft]:
        """What follows from a concern that has just been published: decisions in `taken`, and drafts still to come."""
        if draft.kind == "involvement" and draft.state == "early_help_assessment" and draft.began is None:
            yield from self._asked_for_help(draft)
        if draft.kind != "concern" or draft.scope != "contacts" or draft.adults_only:
            return
        day, rates = london_day(draft.publish_at), self.rates
        luck, graver = self.rng.random(), self.rng.random()
        grave = draft.situation is not None and draft.situation.grave
        for place, n in enumerate(draft.subjects):
            child = draft.family.children[n]
            state = self.states.setdefault(child.id, _State())
            if child.months(day) >= ADULT_AT or draft.family.is_away(day):  # grown up, or gone, before it arrived
                self._kept(emitted, child.id, draft.publish_at, "no_further_action")
                continue
            is_open = state.kind if day < state.until else ""
            forced = draft.forced if place == 0 else ""
            harm = forced == "section_47" or (not draft.planted and grave and graver < rates.section_47_grave)
            outcome: Outcome
            if is_open == "referral":
                outcome = "open_social_care"
            elif is_open == "early_help" and not (forced or harm):
                outcome = "open_early_help"
            else:
                recent = day - state.referred <= YEAR
                chance = rates.accepted_again if recent else rates.accepted
                if forced or harm or luck < chance:
                    outcome = "open_early_help" if is_open else "referral"
                    yield from self._refer(draft, n, day, state)
                    harm = harm or (not forced and not grave and graver < rates.section_47)
                elif luck < chance + (1 - chance) * rates.to_early_help:
                    outcome = "early_help"
                    yield from self._help(draft.family, n, day, state)
                else:
                    outcome = "no_further_action"
            if harm and day - state.section_47 > timedelta(days=60):
                yield from self._section_47(draft, n, day, state, draft.escalates if forced else None)
            self._kept(emitted, child.id, draft.publish_at, outcome)

    def closes(self, draft: Draft) -> bool:
        """Whether the end of a case may be told: not where the case went on for longer after all."""
        if draft.kind != "legal" or draft.state != "none":
            return True
        child = draft.family.children[draft.subjects[0]]
        return london_day(draft.start) >= self.states[child.id].until

    def is_open_to_social_care(self, draft: Draft) -> bool:
        """Whether social care works with the child whom this is first about, when it would arrive."""
        state = self.states.get(draft.family.children[draft.subjects[0]].id, _State())
        return state.kind == "referral" and london_day(draft.publish_at) < state.until

    # -------------------------------------------------------------------------------------------------- what opens

    def _refer(self, draft: Draft, n: int, day: date, state: _State) -> Iterator[Draft]:
        """A referral: an assessment begins, the child is in need until the case closes, and others now watch."""
        family, again = draft.family, day - state.referred <= YEAR
        until = self._ends(family, n, day + timedelta(days=_length(SOCIAL_CARE, self.rng)))
        self._keep(family, n, "referral", day, until, again=again)
        state.until, state.kind, state.referred = until, "referral", day
        yield self._social(family, n, "involvement", day + DAY, "social_work_assessment", began=day)
        yield self._social(family, n, "legal", day + DAY * self.rng.randrange(1, 12), "child_in_need", began=day)
        yield self._social(family, n, "legal", until, "none")
        yield from self._watched(family, n, day, until, self.rates.open_social_care)
        yield from self._again(family, n, until)

    def _section_47(self, draft: Draft, n: int, day: date, state: _State, on: date | None) -> Iterator[Draft]:
        """A section 47 enquiry (a strategy discussion decided so), and for some a child protection plan."""
        family, rng = draft.family, self.rng
        on = on or day + timedelta(days=rng.randrange(1, 5))
        state.section_47 = on
        self._keep(family, n, "section_47", on, on + timedelta(days=15))
        yield self._social(family, n, "legal", on, "section_47_enquiry")
        if rng.random() < self.rates.plan:
            later = on + timedelta(days=rng.randrange(12, 20))
            until = self._ends(family, n, later + timedelta(days=rng.randrange(90, 540)))
            self._keep(family, n, "plan", later, until)
            yield self._social(family, n, "legal", later, "child_protection_plan")
            if until > state.until:  # a case stays open as long as its plan
                self._keep(family, n, "referral", state.until, until, told=False)
                state.until = until

    def _help(self, family: Family, n: int, day: date, state: _State) -> Iterator[Draft]:
        until = self._opened_help(family, n, day, state)
        yield self.planner.service(
            "early_help", "involvement", family, (n,), day + DAY, state="early_help_assessment", began=day
        )
        yield from self._helped(family, n, day, until)

    def _asked_for_help(self, draft: Draft) -> Iterator[Draft]:
        """Early help that no contact led to: a family or a practitioner asked for it."""
        n, day = draft.subjects[0], london_day(draft.publish_at)
        state = self.states.setdefault(draft.family.children[n].id, _State())
        if day >= state.until:
            until = self._opened_help(draft.family, n, day, state)
            yield from self._helped(draft.family, n, day, until)

    def _opened_help(self, family: Family, n: int, day: date, state: _State) -> date:
        until = self._ends(family, n, day + timedelta(days=_length(EARLY_HELP, self.rng)))
        self._keep(family, n, "early_help", day, until)
        state.until, state.kind = until, "early_help"
        return until

    def _helped(self, family: Family, n: int, day: date, until: date) -> Iterator[Draft]:
        planner, rng = self.planner, self.rng
        given = rng.random() < 0.78
        yield planner.service("early_help", "consent", family, (n,), day + DAY, state="given" if given else "refused")
        if given and rng.random() < 0.08:
            yield planner.service("early_help", "consent", family, (n,), day + timedelta(days=40), state="withdrawn")
        yield planner.service(
            "early_help", "involvement", family, (n,), until, state="early_help_assessment", began=day, ended=until
        )
        yield from self._watched(family, n, day, until, self.rates.open_early_help)

    def _was_open(
        self, family: Family, n: int, kind: Literal["referral", "early_help"], left: float, gone: float
    ) -> Iterator[Draft]:
        """A case that had been open for `gone` days and stays open for `left` more."""
        day = self.start + timedelta(days=self.rng.randrange(5))
        child = family.children[n]
        began = max(self.start - timedelta(days=1 + int(gone)), child.born)
        until = self._ends(family, n, self.start + timedelta(days=1 + int(left)))
        self._keep(family, n, kind, began, until, told=False)
        self.states[child.id] = _State(until, kind, began if kind == "referral" else date.min)
        if kind == "referral":
            yield self._social(family, n, "legal", day, "child_in_need", began=began)
            yield self._social(family, n, "legal", until, "none")
            yield from self._watched(family, n, self.start, until, self.rates.open_social_care)
            yield from self._again(family, n, until)
        else:
            yield self.planner.service(
                "early_help", "involvement", family, (n,), day, state="early_help_assessment", began=began
            )
            yield from self._watched(family, n, self.start, until, self.rates.open_early_help)

    # ----------------------------------------------------------------------------------------------- what follows

    def _watched(self, family: Family, n: int, first: date, until: date, rate: float) -> Iterator[Draft]:
        """While a case is open more is heard of the child than in ordinary life."""
        for day in self._now_and_then(first + DAY, min(until, self.end), rate):
            if family.children[n].is_here(day) and not family.is_away(day):
                yield from self.planner.ordinary_concern(family, n, day)

    def _again(self, family: Family, n: int, closed: date) -> Iterator[Draft]:
        """In the year after a case closed, too."""
        if closed < self.end:
            yield from self._watched(family, n, closed, closed + YEAR, self.rates.again * self.rng.expovariate(1))

    def _now_and_then(self, first: date, before: date, rate: float) -> Iterator[date]:
        """Days that come `rate` times a year: more evenly than by pure chance, because people who work with a child
        report when they meet it again."""
        days, at = (before - first).days, 0.0
        if rate <= 0:
            return
        at = self.rng.random() * 365.25 / rate
        while at < days:
            yield first + timedelta(days=int(at))
            at += self.rng.gammavariate(4, 365.25 / rate / 4)

    def _social(
        self,
        family: Family,
        n: int,
        kind: Literal["involvement", "legal"],
        day: date,
        state: str,
        began: date | None = None,
    ) -> Draft:
        return self.planner.service("children_social_care", kind, family, (n,), day, state=state, began=began)

    def _ends(self, family: Family, n: int, day: date) -> date:
        """No case outlasts childhood."""
        return min(day, family.children[n].born + timedelta(days=6574))

    def _kept(self, emitted: Emitted, child: str, at: datetime, outcome: Outcome) -> None:
        self.truth.append(Contact(message=emitted.id, child=child, at=at, outcome=outcome))

    def _keep(
        self, family: Family, n: int, kind: Literal["referral", "early_help", "section_47", "plan"], began: date, ended: date,
        *, again: bool = False, told: bool = True,
    ) -> None:  # fmt: skip
        self.truth.append(
            Episode(child=family.children[n].id, kind=kind, began=began, ended=ended, again=again, told=told)
        )


def _mean(mix: Iterable[tuple[float, float]]) -> float:
    """Mean length in years."""
    return sum(share * days for share, days in mix) / 365.25


def _length(mix: tuple[tuple[float, float], ...], rng: Random) -> float:
    """How many days a new case stays open: at least a week."""
    days = rng.choices([days for _, days in mix], [share for share, _ in mix])[0]
    return 7 + rng.expovariate(1 / max(1, days - 7))


def _remaining(mix: tuple[tuple[float, float], ...], rng: Random) -> float:
    """How many more days a case that is open on some day stays open (long ones are met more often), or has been open."""
    days = rng.choices([days for _, days in mix], [share * days for share, days in mix])[0]
    return rng.expovariate(1 / days)
