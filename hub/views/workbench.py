"""Practice audits on behalf of people: drawn by a manager, judged blind by the auditor, findings with owners.

It promises that before an auditor has judged a decision, nothing of that child opens to them but what was known when it was
made; and that who made a decision, or is the same person, never audits it.
"""

import secrets
from collections.abc import Callable, Sequence
from datetime import date, timedelta

from msgspec import Struct
from sqlalchemy import select

from hub.domain import auditing
from hub.domain.agency import OrganisationRegistered
from hub.domain.auditing import FINDINGS, LONGEST, MOST, Audited, FindingRecorded, check_judgement, earliest, weight
from hub.domain.enquiry import OUTCOMES, EnquiryDecided
from hub.domain.errors import NotFound, NotPermitted, Refused
from hub.domain.fact import Envelope
from hub.domain.measuring import Happened
from hub.domain.moments import london_day
from hub.domain.signal import Signal
from hub.domain.staff import may
from hub.domain.thresholds import stands
from hub.flow.alert import rules_of
from hub.flow.auditing import Audits
from hub.flow.disclose import ref
from hub.views import alerts
from hub.views.accounts import one_person
from hub.views.asking import look, stamp
from hub.views.blindfold import BLIND, JUDGED, audits_of
from hub.views.desk import HUB, Desk, caught_up, name_of
from hub.views.hindsight import deciders
from hub.views.lateness import decided
from hub.views.measured import happened
from hub.views.members import permitted, staff_of
from hub.views.models import Asker, Choice
from hub.views.models.workbench import (
    ActionLine,
    AuditLine,
    AuditsPage,
    AuditView,
    CaseLine,
    CaseView,
    EarliestLine,
    FindingLine,
)
from hub.views.rests_on import items_of
from hub.views.subjects import hidden_from
from hub.views.telling import codes_of, who, withheld, word
from hub.views.touched import words_of_rules
from hub.views.who_is_who import families, survivor, survivors


class Draw(Struct, frozen=True, kw_only=True):
    """Ask for a sample: of decisions made on these London days, so many, for an auditor; `seed` "" takes a new one."""

    how: str
    many: int
    first: date
    last: date
    auditor: str
    days: int = 28
    seed: str = ""


class Judge(Struct, frozen=True, kw_only=True):
    """A second decision: what the auditor would have set, and why."""

    level: int | None
    outcome: str
    why: str


class Found(Struct, frozen=True, kw_only=True):
    """A finding; with an owner (an organisation) and a day, something is to be done."""

    what: str
    why: str
    owner: str = ""
    due: date | None = None


class First(Struct, frozen=True):
    """The first decision, and where it stands."""

    fact: EnquiryDecided
    position: int
    envelope: Envelope


def asked_for(desk: Desk, asker: Asker, reason: str) -> list[tuple[Audited, FindingRecorded]]:
    """What findings ask organisations for, of the children whom this asker may know of: one look, and nobody is named."""
    found = [(state, one) for state in audits_of(desk) for one in state.findings if one.owner]
    now = survivors(desk, {one.child for _, one in found})
    items = [codes_of(f"picture:{child}", child, 0) for child in dict.fromkeys(now.values())]
    shown = {item.item for item in look(desk, asker, items, reason).shown} if items else set[str]()
    return [(state, one) for state, one in found if f"picture:{now[one.child]}" in shown]


class Workbench(Struct, frozen=True):
    """What pages, commands and programs ask. `act` puts it on record; `settle` waits until the views have it."""

    desk: Desk
    act: Callable[[], Audits]
    settle: Callable[[], None]

    # ------------------------------------------------------------------------------------------------------- acting

    def draw(self, asker: Asker, wish: Draw) -> str:
        """Draw a sample; the audit's id. Raises Refused naming the field, NotPermitted."""
        desk = self.desk
        permitted(desk, asker, "supervise")
        caught_up(desk)
        member = staff_of(desk, wish.auditor)
        if not member.active or not may(member.roles, "audit_content"):
            raise Refused("Select a practice auditor", "auditor")
        if wish.how not in {"random", "risk_weighted"}:
            raise Refused("Select how to draw: random, or risk_weighted", "how")
        if not 0 < wish.many <= MOST or not 0 < wish.days <= LONGEST:
            raise Refused(f"draw 1 to {MOST} decisions, open for 1 to {LONGEST} days", "many")
        before = {
            one for state in audits_of(desk) if state.drawn is not None and one_person(desk, state.drawn.auditor, wish.auditor)
            for one in state.drawn.decisions
        }  # fmt: skip
        position = desk.store.position("record")
        # whoever must leave no trace on a list of the auditor's, who judges, or of whoever draws, who is told of how many
        hidden = {*hidden_from(desk, member), *hidden_from(desk, staff_of(desk, asker.staff))}
        unknown = {name for held in families(desk, hidden).values() for name in held}
        query = select(decided).where(decided.c.position <= position)
        rows = [
            row for row in desk.store.rows(query)
            if wish.first <= london_day(row["at"]) <= wish.last and row["child"] not in unknown
            and not any(one_person(desk, each, wish.auditor) for each in deciders(desk, row["decision"]))
        ]  # fmt: skip
        last = {(row["enquiry"], row["child"]): row for row in sorted(rows, key=lambda row: row["position"])}
        newest = {key: row for key, row in last.items() if row["decision"] not in before}
        if len(newest) < wish.many:
            raise Refused(
                "there are fewer decisions of these days than you ask for: of children of whom you and this auditor may know, "
                "and that they did not make, agree to or have before",
                "many",
            )
        weighed = happened.c.position.in_([row["position"] for row in newest.values()])
        codes = {row["position"]: Happened(**row) for row in desk.store.rows(select(happened).where(weighed))}
        seed = wish.seed.strip() or secrets.token_hex(4)
        pool = [
            (row["decision"], weight(codes[row["position"]]) if wish.how == "risk_weighted" else 1)
            for row in newest.values()
        ]
        chosen = auditing.draw(pool, seed, wish.many)
        children = {row["decision"]: row["child"] for row in newest.values()}
        how: auditing.How = "random" if wish.how == "random" else "risk_weighted"
        made = self.act().draw(
            how, seed, position, len(newest), [(one, children[one]) for one in chosen], wish.auditor,
            desk.clock.now() + timedelta(days=wish.days), asker.staff,
        )  # fmt: skip
        self.settle()
        return made

    def judge(self, asker: Asker, audit: str, number: int, said: Judge) -> None:
        """Decide a second time, blind. Raises Refused naming the field, NotPermitted, NotFound."""
        _, decision = self._case(asker, audit, number)
        if said.level is None:
            raise Refused("Select the level that you would have set", "level")
        level, first = said.level, self._first(decision).fact
        known = (set(self.desk.edition.continuum.numbers), set(OUTCOMES))
        self.act().judge(
            audit, decision, level, said.outcome, said.why, asker.staff, first=first.level,
            check=lambda state: check_judgement(state, decision, asker.staff, level, said.outcome, known),
        )  # fmt: skip
        self.settle()

    def find(self, asker: Asker, audit: str, number: int, said: Found) -> str:
        """Record a finding; its id. Raises Refused naming the field, NotPermitted, NotFound."""
        _, decision = self._case(asker, audit, number)
        if said.owner and said.owner not in self.desk.register().organisations:
            raise Refused("Select an organisation that the register has", "owner")
        if said.due is not None and said.due < london_day(self.desk.clock.now()):
            raise Refused("Give a day that is still to come", "due")
        made = self.act().find(audit, decision, said.what, said.why, said.owner, said.due, asker.staff)
        self.settle()
        return made

    def done(self, asker: Asker, audit: str, finding: str) -> None:
        """Say that what a finding asks for is done. Raises Refused, NotPermitted, NotFound."""
        permitted(self.desk, asker, "supervise")
        state = next((one for one in audits_of(self.desk) if one.id == audit), None)
        about = next((one.decision for one in state.findings if one.finding == finding), "") if state else ""
        if about and any(one_person(self.desk, each, asker.staff) for each in deciders(self.desk, about)):
            raise Refused("somebody else than whose decision it is about says that it is done", "finding")
        self.act().done(audit, finding, asker.staff)
        self.settle()

    # ------------------------------------------------------------------------------------------------------- looking

    def page(self, asker: Asker) -> AuditsPage:
        """Every audit, about nobody; what findings ask for, of children of whom the asker may know. Raises NotPermitted."""
        desk = self.desk
        member = staff_of(desk, asker.staff)
        draws = member.active and may(member.roles, "supervise")
        if not draws and not (member.active and may(member.roles, "audit_content")):
            raise NotPermitted("the register of staff does not let this account do practice audits")
        every = audits_of(desk)
        today = london_day(desk.clock.now())
        actions = [
            ActionLine(
                audit=state.id, finding=one.finding, what=FINDINGS[one.what], owner=name_of(desk, one.owner), due=one.due,
                done=one.finding in state.done,
                overdue=one.finding not in state.done and one.due is not None and one.due < today,
            )
            for state, one in asked_for(desk, asker, "practice_audits")
        ]  # fmt: skip
        return AuditsPage(
            stamp=stamp(desk, asker), rows=tuple(self._line(asker, one) for one in every), actions=tuple(actions),
            may_draw=draws,
            hows=(Choice("random", "By chance alone"), Choice("risk_weighted", "By chance, weighted by risk")),
        )  # fmt: skip

    def view(self, asker: Asker, audit: str) -> AuditView:
        """One audit, for its auditor. One look at the children of it whom they have judged. Raises NotFound, NotPermitted."""
        state = self._mine(asker, audit)
        drawn = state.drawn
        cases: tuple[CaseLine, ...] = ()
        if drawn is not None:
            now = survivors(self.desk, drawn.children)
            cases = tuple(
                CaseLine(number=number, child=now[child], judged=decision in state.judged)
                for number, (decision, child) in enumerate(zip(drawn.decisions, drawn.children, strict=True), start=1)
            )
        look(self.desk, asker, [], "practice_audits")
        return AuditView(stamp=stamp(self.desk, asker), line=self._line(asker, state), cases=cases)

    def case(self, asker: Asker, audit: str, number: int) -> CaseView:
        """One decision: what was known when it was made; the first decision, and what came before it, once judged. One look."""
        desk = self.desk
        caught_up(desk)
        state, decision = self._case(asker, audit, number)
        child = survivor(desk, state.child(decision))
        first = self._first(decision)
        known = alerts.signals_of(desk, state.child(decision), first.position)
        items = items_of(desk, child)
        judged = state.judged.get(decision)
        said = [one for one in state.findings if one.decision == decision]
        sealed = [*(judged.items if judged else ()), *(one for each in said for one in each.items)]
        own = [ref(one, (child,), HUB, 0) for one in sealed]
        pack = [codes_of(f"sample:{child}", child, 0), *own, *(items[one] for one in known if one in items)]
        shown = look(desk, asker, pack, JUDGED if judged else BLIND)
        allowed = {one.item for one in shown.shown}
        if f"sample:{child}" not in allowed:
            raise NotFound("no such decision, or none that is open to you now")
        words = {one.item: one.words for one in shown.shown}
        open_to = [one for ident, one in known.items() if ident in items and items[ident].item in allowed]
        made = first.fact
        return CaseView(
            stamp=stamp(desk, asker, shown.ledger_position), audit=audit, number=number, child=child,
            position=first.position - 1, withheld=withheld(desk, shown),
            known=tuple(alerts.in_words(desk, one) for one in sorted(open_to, key=lambda one: (one.known_at, one.id))),
            judged=judged is not None,
            first_level=alerts.level_words(desk, made.level) if judged else "",
            first_outcome=OUTCOMES.get(made.outcome, made.outcome) if judged else "",
            level=alerts.level_words(desk, judged.level) if judged else "",
            outcome=OUTCOMES[judged.outcome] if judged else "", why=word(judged, words, "reason") if judged else "",
            earliest=self._earliest(first, open_to) if judged else (),
            findings=tuple(self._finding(one, state, words) for one in said),
            levels=tuple(
                Choice(str(one.number), f"Level {one.number}: {one.name}", one.descriptor)
                for one in desk.edition.continuum.levels
            ),
            outcomes=tuple(Choice(code, told) for code, told in OUTCOMES.items()),
            whats=tuple(Choice(code, told) for code, told in FINDINGS.items()),
            owners=(Choice("", "Nobody"), *(Choice(one.organisation, one.name) for one in self._organisations())),
        )  # fmt: skip

    def _earliest(self, first: First, known: Sequence[Signal]) -> tuple[EarliestLine, ...]:
        """By the rules of the decision's own edition and those in force now, over what this auditor may know."""
        desk, found = self.desk, []
        day = london_day(first.envelope.known_at)
        for edition in dict.fromkeys((first.envelope.edition, desk.edition.id)):
            ready = {name: one for name, one in rules_of(desk.record, edition).items() if one.rule.tells != "nobody"}
            one = earliest(ready, known, lambda rule, some, at: stands(ready[rule], some, at) is not None)  # noqa: B023 - asked at once
            if one is not None:
                words = words_of_rules(desk, edition).get(one.rule, one.rule)
                days = (day - london_day(one.at)).days
                found.append(EarliestLine(edition=edition, rule=one.rule, words=words, at=one.at, days=days))
        return tuple(found)

    def _organisations(self) -> list[OrganisationRegistered]:
        return sorted(self.desk.register().organisations.values(), key=lambda one: one.name)

    def _finding(
        self, one: FindingRecorded, state: Audited, words: dict[str, dict[str, str | int | float]]
    ) -> FindingLine:
        return FindingLine(
            what=FINDINGS[one.what], why=word(one, words, "reason"), owner=name_of(self.desk, one.owner) if one.owner else "",
            due=one.due, done=one.finding in state.done,
        )  # fmt: skip

    def _line(self, asker: Asker, state: Audited) -> AuditLine:
        drawn = state.drawn
        if drawn is None:
            raise NotFound("no such audit")
        return AuditLine(
            audit=state.id, how=drawn.how.replace("_", " "), seed=drawn.seed, position=drawn.position,
            population=drawn.population if asker.staff in {drawn.drawn_by, drawn.auditor} else None,
            decisions=len(drawn.decisions), judged=len(state.judged),
            auditor=who(self.desk, drawn.auditor), end=drawn.end, mine=drawn.auditor == asker.staff,
        )  # fmt: skip

    def _mine(self, asker: Asker, audit: str) -> Audited:
        permitted(self.desk, asker, "audit_content")
        state = self.act().state(audit)
        if state.drawn is None or state.drawn.auditor != asker.staff:
            raise NotFound("no such audit, or none that was drawn for you")
        return state

    def _case(self, asker: Asker, audit: str, number: int) -> tuple[Audited, str]:
        state = self._mine(asker, audit)
        if state.drawn is None or not 0 < number <= len(state.drawn.decisions):
            raise NotFound("no such decision in this audit")
        return state, state.drawn.decisions[number - 1]

    def _first(self, decision: str) -> First:
        stream_, _, version = decision.rpartition("@")
        found = self.desk.record.load(stream_, upto=int(version))[-1]
        if not isinstance(found.fact, EnquiryDecided):
            raise NotFound("no such decision")
        return First(fact=found.fact, position=found.position, envelope=found.envelope)
