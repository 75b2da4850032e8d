"""An alert explained to whoever may know of it, and all alerts of a child with why each is back or quiet.

It promises that what is reckoned (what each organisation changed, what would raise it) is reckoned from what is open to
this asker alone: a report that they may not know of changes not one word of it.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from msgspec import Struct
from sqlalchemy import select

from hub.domain.alert import (
    Alert,
    AlertDecided,
    AlertRaised,
    AlertRested,
    AlertStrengthened,
    AlertWeakened,
    fold,
    next_alert,
)
from hub.domain.errors import NotFound
from hub.domain.explaining import next_words, quiet_words, returned_words, without_words
from hub.domain.fact import Recorded
from hub.domain.moments import london_day
from hub.domain.next_fact import next_facts
from hub.domain.signal import Signal
from hub.domain.thresholds import Ready, stands
from hub.domain.without import without_each
from hub.flow.alert import rules_of
from hub.flow.disclose import Disclosed
from hub.flow.review import due_on
from hub.views import alerts, store
from hub.views.alert_rows import told_nobody
from hub.views.asking import look, stamp
from hub.views.desk import Desk, caught_up
from hub.views.models import Asker, Stamp
from hub.views.models.alerts import AlertExplained, AlertLine, AlertsOfChild, EvidenceLine, HappenedLine
from hub.views.referrals import re_referral
from hub.views.rests_on import Saying, items_of, names, new_to, open_of, said_to
from hub.views.store import Row
from hub.views.telling import codes_of, withheld
from hub.views.who_is_who import survivor

NO_ALERT = "no such alert"
HAPPENED = {
    AlertRaised: "Raised",
    AlertStrengthened: "Strengthened: more or other evidence",
    AlertWeakened: "Weakened: evidence was taken back or answered",
    AlertDecided: "Decided by a person",
    AlertRested: "Rested: the rule stood no more",
}


class Told(Struct, frozen=True):
    """What an alert's own facts say, and those of the ones before it."""

    state: Alert
    raised: AlertRaised
    last: Saying
    history: tuple[Recorded, ...]
    before: frozenset[str]  # what whoever decided an earlier one had seen


class Explaining(Struct, frozen=True):
    """What pages, commands and programs ask about alerts."""

    desk: Desk

    def alerts_of(self, asker: Asker, child: str) -> AlertsOfChild:
        """Every alert of a child, those decided too. Raises NotFound, also for a child of whom nothing may be known."""
        desk = self.desk
        caught_up(desk)
        child = survivor(desk, child)
        if not desk.record.load(f"person:{child}", upto=1):
            look(desk, asker, [], "alert")  # a child that there is not and one who may not be known of look alike
            raise NotFound("no such child")
        known = stamp(desk, asker)
        found = alerts.of_child(desk, child)
        items = items_of(desk, child)
        shown = look(
            desk, asker, [codes_of(f"picture:{child}", child, 0), *map(alerts.codes, found), *items.values()], "alert"
        )
        allowed = {item.item for item in shown.shown}
        if f"picture:{child}" not in allowed:
            raise NotFound("no such child")
        open_to = open_of(alerts.signals_of_all(desk, child), items, allowed)
        rules = rules_of(desk.record, desk.edition.id)
        newest: dict[tuple[str, str], int] = {}
        for row in found:
            told, number = _parts(row["alert"])
            newest[told] = max(newest.get(told, 0), number)
        rows = tuple(
            self._line(row, rules, open_to, newest=newest[_parts(row["alert"])[0]] == _parts(row["alert"])[1])
            for row in found
            if f"alert:{row['alert']}" in allowed
        )
        again = re_referral(desk, child, london_day(desk.clock.now()))
        suggested = told_nobody(desk, open_to)
        return AlertsOfChild(child=child, stamp=known, rows=rows, suggestions=suggested, re_referral=again)

    def alert(self, asker: Asker, alert: str) -> AlertExplained:
        """One alert ("child:rule:number") explained. Raises NotFound, also for one that this asker may not know of."""
        desk = self.desk
        caught_up(desk)
        known = stamp(desk, asker)
        rows = desk.store.rows(select(store.alert).where(store.alert.c.alert == alert))
        if not rows:
            look(desk, asker, [], "alert")  # in the ledger like a look that is refused
            raise NotFound(NO_ALERT)
        row = rows[0]
        child = survivor(desk, row["child"])
        items = items_of(desk, child)
        shown = look(desk, asker, [alerts.codes(row), *items.values()], "alert")
        told, allowed = _told(desk, alert), {item.item for item in shown.shown}
        if f"alert:{alert}" not in allowed or told is None:
            raise NotFound(NO_ALERT)
        open_to = open_of(alerts.signals_of_all(desk, child), items, allowed)
        return self._explained(row, told, open_to, known, shown)

    def _explained(
        self, row: Row, told: Told, open_to: Mapping[str, Signal], known: Stamp, shown: Disclosed
    ) -> AlertExplained:
        desk, now = self.desk, self.desk.clock.now()
        every = rules_of(desk.record, desk.edition.id).values()
        rules = [one for one in every if one.rule.tells != "nobody"]
        ready = next((one for one in rules if one.rule.id == row["rule"]), None)
        written = next((one for one in desk.edition.rules if one.id == row["rule"]), None)
        last = told.last
        counted = alerts.signals_of_all(desk, row["child"])
        said = said_to(desk, counted, last, lambda: {one.rule.id: one for one in rules}, row["rule"], open_to)
        holds = not isinstance(last, AlertWeakened) or last.holds
        signals = list(open_to.values())
        _, number = _parts(row["alert"])
        return AlertExplained(
            alert=row["alert"], child=row["child"], stamp=known, rule=row["rule"],
            rule_words=written.words if written else row["rule"], rule_source=written.source if written else "",
            rule_chosen=written.chosen if written else "", rule_version=last.rule_version, edition=last.edition,
            level=row["level"], level_words=alerts.level_words(desk, row["level"]),
            tells=written.tells.replace("_", " ") if written else "", state=row["state"], possible=bool(row["possible"]),
            holds=holds, why=said.why, why_now=said.why_now,
            evidence=tuple(self._evidence(last, told, open_to)), would_rest=said.would_rest,
            would_raise=self._would_raise(rules, signals, row["level"], now),
            without=self._without(ready, [*every], signals, now) if holds and ready else (),
            returned=self._returned(told, ready, open_to),
            quiet=self._quiet(row, told, ready, open_to) if not _load(desk, row, number + 1) else "",
            happened=tuple(
                HappenedLine(at=one.envelope.known_at, words=HAPPENED.get(type(one.fact), one.fact.NAME))
                for one in told.history
            ),
            re_referral=re_referral(desk, survivor(desk, row["child"]), london_day(now)), withheld=withheld(desk, shown),
        )  # fmt: skip

    def _line(self, row: Row, rules: Mapping[str, Ready], open_to: Mapping[str, Signal], *, newest: bool) -> AlertLine:
        desk = self.desk
        told = _told(desk, row["alert"])
        (child, rule), number = _parts(row["alert"])
        ready = rules.get(rule)
        return AlertLine(
            alert=row["alert"], href=f"/alert/{child}/{rule}/{number}", rule=rule,
            rule_words=ready.rule.words if ready else rule, number=number, level=row["level"],
            level_words=alerts.level_words(desk, row["level"]), state=row["state"], raised_at=row["raised_at"],
            possible=bool(row["possible"]),
            returned=self._returned(told, ready, open_to) if told else "",
            quiet=self._quiet(row, told, ready, open_to) if told and newest else "",
        )  # fmt: skip

    def _returned(self, told: Told, ready: Ready | None, open_to: Mapping[str, Signal]) -> str:
        """Why it is back; of what was new in kind, what a report that is open to this asker says."""
        new = new_to(ready, told.raised, told.before, open_to)
        return returned_words(told.raised.returned, new, self.desk.edition.vocabulary, names(self.desk))

    def _evidence(self, last: Saying, told: Told, open_to: Mapping[str, Signal]) -> Iterable[EvidenceLine]:
        held = sorted((open_to[one] for one in last.evidence if one in open_to), key=lambda one: one.occurred_end)
        for one in reversed(held):
            yield EvidenceLine(
                words=alerts.in_words(self.desk, one), smallest=one.id in last.smallest,
                new=bool(told.before) and one.id not in told.before,
            )  # fmt: skip

    def _would_raise(
        self, rules: Sequence[Ready], signals: Sequence[Signal], level: int, now: datetime
    ) -> tuple[str, ...]:
        higher = [one for one in rules if one.rule.level > level]
        found = next_facts(higher, signals, level, now)
        return next_words(found, not higher, self.desk.edition.vocabulary)

    def _without(
        self, ready: Ready, rules: Sequence[Ready], signals: Sequence[Signal], now: datetime
    ) -> tuple[str, ...]:
        named = names(self.desk)
        found = without_each(ready, rules, signals, now)
        return tuple(without_words(one, named.get(one.organisation, one.organisation)) for one in found)

    def _quiet(self, row: Row, told: Told, ready: Ready | None, open_to: Mapping[str, Signal]) -> str:
        """Why a decided alert is not before anybody; "" for one that is, or whose rule is in force no more."""
        decided = next((one for one in told.history if isinstance(one.fact, AlertDecided)), None)
        if decided is None or ready is None or row["state"] != "decided":
            return ""
        found = stands(ready, open_to.values(), self.desk.clock.now())
        since = len(set(found.evidence) - told.state.seen) if found else 0
        review = due_on(self.desk.record, decided, {ready.rule.id: ready.rule})
        return quiet_words(london_day(decided.envelope.known_at), since, found is not None, review)


def _parts(alert: str) -> tuple[tuple[str, str], int]:
    """Child and rule of an alert's id, and which one of theirs it is."""
    child, rule, number = alert.split(":")
    return (child, rule), int(number)


def _load(desk: Desk, row: Row, number: int) -> list[Recorded]:
    (child, rule), _ = _parts(row["alert"])
    return desk.record.load(f"alert:{child}:{rule}:{number}")


def _told(desk: Desk, alert: str) -> Told | None:
    """An alert folded with those before it; None where it was erased."""
    (child, rule), number = _parts(alert)
    state, before, history = Alert(), frozenset[str](), list[Recorded]()
    for n in range(1, number + 1):
        before = state.seen
        history = desk.record.load(f"alert:{child}:{rule}:{n}")
        if not history or not isinstance(history[0].fact, AlertRaised):
            return None
        state = fold((one.fact for one in history), next_alert(state) if n > 1 else None)
    said = [one.fact for one in history if isinstance(one.fact, AlertRaised | AlertStrengthened | AlertWeakened)]
    raised = history[0].fact
    if not isinstance(raised, AlertRaised):
        return None
    return Told(state, raised, said[-1], tuple(history), before)
