"""Persons in doubt: the list of reviews with its clocks, and one review with the candidates side by side.

It promises need-to-know: a review opens identifiers and addresses, through the one door and for this purpose, and never a
word of what was said about anybody. Nothing is added up to a figure: evidence is words, and bars beside them.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

import msgspec
from msgspec import Struct
from sqlalchemy import select

from hub.domain.errors import NotFound
from hub.domain.identity import IdentityDecided, stream
from hub.domain.known import Weight
from hub.domain.moments import london_day
from hub.domain.reasons import day_words
from hub.flow.disclose import Disclosed, ItemRef
from hub.views import alerts, said_of, sameness, store
from hub.views.asking import look, stamp
from hub.views.asking_owners import AskingOwners
from hub.views.chronology import words_for
from hub.views.desk import HUB, Desk, caught_up, name_of
from hub.views.families import Around
from hub.views.horizon import REVIEW, Horizon, code, decision_code, horizon, person_of, row_of, sees_decision
from hub.views.identity_words import evidence
from hub.views.in_review import Urgency, candidates_of, in_review, reasons, urgency
from hub.views.members import permitted
from hub.views.models import Asker, Candidate, ProposalRow, Review, ReviewRow, Reviews, Value, Withheld
from hub.views.shown_between import REPORTED, UNDER_WAY, tasks
from hub.views.side_by_side import NOT_SHOWN, describe, fields, households, sentence, unopened, values_of
from hub.views.telling import why_withheld
from hub.views.who_is_who import records_of, survivor

REASON = "identity_review"
NO_REVIEW = "no such person, or none that you may know of"
AT_ONCE = 25  # rows of one page of the list
BESIDE = 4  # candidates side by side: more than that a person cannot hold

# what a bar would tell of an address or a number is told only to whom that was opened
SAYS = {
    "postcode": "addresses",
    "street": "addresses",
    "nhs_number": "nhs_number",
    "upn": "upn",
    "birth_date": "birth_date",
}

Weigh = Callable[[Sequence[str], Sequence[str]], tuple[Weight, ...]]  # source records of one, of another


class Reviewing(Struct, frozen=True):
    """What pages about reviews ask. `weigh` says what a match rests on, `around` who lives with whom, `owners` what those who
    sent the records were asked; each may be absent.
    """

    desk: Desk
    weigh: Weigh | None = None
    around: Around | None = None
    owners: AskingOwners | None = None

    def reviews(self, asker: Asker, number: int = 1) -> Reviews:
        """One page of the persons in review, the most urgent first; one look. Raises NotPermitted.

        Restricted ones are for who may know of them, and are not counted for anybody else. Of those who may be known of,
        it is told how many the sharing policies do not open now: a policy that errs must not read as "nobody in doubt".
        """
        desk = self.desk
        caught_up(desk)
        known, member = stamp(desk, asker), permitted(desk, asker, "identity")
        seen, everybody = horizon(desk, member), in_review(desk)
        near = candidates_of(desk, everybody)
        waiting = [
            row for row in everybody if seen.sees([row["person"], *near[row["person"]]], marked=bool(row["restricted"]))
        ]
        urgent = urgency(desk, waiting, near)
        waiting.sort(key=lambda row: (-urgent[row["person"]].level, row["since"], row["person"]))
        proposed = self._proposals(
            [row for row in sameness.standing(desk.store) if seen.sees([row["person"], row["other"]])]
        )
        pages = max(1, -(-len(waiting) // AT_ONCE), -(-len(proposed) // AT_ONCE))
        number = min(max(number, 1), pages)
        rows = waiting[(number - 1) * AT_ONCE : number * AT_ONCE]
        pairs = proposed[(number - 1) * AT_ONCE : number * AT_ONCE]
        moved = [row for row in _to_assess(desk) if sees_decision(desk, seen, row)]
        items = [*(code("review", row["person"]) for row in rows), *(decision_code(row) for row in moved)]
        items += [_proposal_code(one) for one in pairs]
        shown = look(desk, asker, items, "identity_list", purpose=REVIEW)
        allowed = {item.item for item in shown.shown}
        open_tasks = [row for row in moved if f"identity:{row['identity']}" in allowed]
        told = [row for row in rows if f"review:{row['person']}" in allowed]
        opened = tuple(self._told(one) for one in pairs if _proposal_code(one).item in allowed)
        return Reviews(
            stamp=msgspec.structs.replace(known, ledger=shown.ledger_position),
            rows=tuple(self._row(row, urgent[row["person"]], len(near[row["person"]])) for row in told),
            total=len(waiting), number=number, pages=pages,
            closed=len(rows) - len(told) + len(moved) - len(open_tasks) + len(pairs) - len(opened),
            tasks=tasks(desk, open_tasks), waiting=_waiting_for_second(desk, seen), proposals=opened, proposed=len(proposed),
        )  # fmt: skip

    def review(self, asker: Asker, person: str, start: int = 0, other: str = "") -> Review:
        """One person in doubt beside up to four candidates, from the `start`-th on; or, with `other`, two of whom it is
        proposed that they are one, whoever was opened later beside the one opened first. One look.

        Raises NotFound for one that there is not, or that this asker may not know of: the two look the same.
        """
        desk = self.desk
        caught_up(desk)
        known, member = stamp(desk, asker), permitted(desk, asker, "identity")
        proposal = sameness.between(desk.store, person, other) if other else None
        if proposal is not None:
            (pair,) = self._proposals([proposal])
            person, other = pair.person, pair.other
        row = row_of(desk, person) if proposal is not None or not other else None
        everybody = [other] if other else candidates_of(desk, [row])[person] if row else []
        open_ = proposal is not None and proposal["state"] in sameness.STANDING
        about, seen = [person, survivor(desk, person), *everybody], horizon(desk, member)
        if row is None or not seen.sees(about, marked=bool(row["restricted"])):
            look(desk, asker, [], REASON, purpose=REVIEW)  # in the ledger like a look that is refused
            raise NotFound(NO_REVIEW)
        start = start if 0 <= start < len(everybody) else 0
        in_doubt = open_ if other else row["standing"] == "in_review" and not row["merged_into"]
        beside_it = everybody[start : start + BESIDE] if in_doubt else []
        described = [one for person_ in ([person, *beside_it] if beside_it else []) for one in describe(desk, person_)]
        answered = self.owners.items([person, *beside_it]) if self.owners and in_doubt else []
        if self.owners and beside_it:
            described += self.owners.answers([person, *beside_it])
        live = {one: _live(desk, one) for one in (person, *beside_it)}
        items = [
            code("review", person), *(code("candidate", one) for one in beside_it),
            *{one.item: one for one in (*(each.item for each in described), *answered)}.values(),
            *(alerts.codes(alert) for rows in live.values() for alert in rows),
        ]  # fmt: skip
        shown = look(desk, asker, items, REASON, purpose=REVIEW)
        allowed = {item.item for item in shown.shown}
        if f"review:{person}" not in allowed:
            raise NotFound(NO_REVIEW)
        values, closed = values_of(desk, described, shown), unopened(described, shown)
        open_ones = [one for one in beside_it if f"candidate:{one}" in allowed]
        relations = (
            households(
                self.around(asker.organisation, [person, *open_ones]), [person, *open_ones], london_day(desk.clock.now()),
                lambda one: seen.sees([one, survivor(desk, one)]),
            )
            if self.around
            else {}
        )  # fmt: skip
        urgent, now = urgency(desk, [row], {person: everybody})[person], desk.clock.now()
        since, answer_due, why = row["since"], urgent.due, reasons(row)
        if proposal is not None:
            since, answer_due, why = pair.since, pair.due, pair.why
        pending, asked = _earlier(desk, person, other)
        closed_off = bool(row["restricted"]) or any(one in seen.readers for one in about)
        return Review(
            owned=self.owners.shown(person, other, shown, restricted=closed_off) if self.owners else None,
            person=person, stamp=msgspec.structs.replace(known, ledger=shown.ledger_position), kind=row["kind"],
            settled=not in_doubt, other=other, resting=proposal is not None and proposal["state"] == "resting",
            survivor=survivor(desk, person) if row["merged_into"] else "",
            since=since, due=answer_due, overdue=answer_due < now, why=why,
            organisations=_organisations(desk, [person]).get(person, ()), household=tuple(relations.get(person, ())),
            alerts=_alert_lines(desk, live[person], allowed), fields=fields(values, person, beside_it, london_day(now), closed),
            candidates=tuple(
                self._candidate(number, one, person, values, live[one], allowed, relations.get(one, ()),
                                unread="identity" in closed.get(one, ()))
                for number, one in enumerate(beside_it, start + 1)
            ),
            all_candidates=len(everybody), start=start, asked=asked, pending=pending,
            restricted=bool(row["restricted"]) or any(one in seen.readers for one in everybody if other),
            withheld=_withheld(desk, shown), unread="identity" in closed.get(person, ()),
        )  # fmt: skip

    def _proposals(self, found: Sequence[store.Row]) -> list[ProposalRow]:
        """Proposals with their clocks, the most urgent first, those that rest last; of each, who was opened later stands first:
        that one would go.
        """
        desk, near, now = self.desk, sameness.pairs(found), self.desk.clock.now()
        since: dict[str, datetime] = {}
        for row in found:
            since |= {one: min(row["since"], since.get(one, row["since"])) for one in (row["person"], row["other"])}
        urgent = urgency(desk, [{"person": one, "since": since[one]} for one in sorted(near)], near)
        people = sameness.persons(desk.store, sorted(near), store.person)
        made = []
        for row in found:
            person, other = sorted((row["person"], row["other"]), key=lambda one: (-people[one]["position"], one))
            two = [urgent[one] for one in (person, other)]
            level = max(one.level for one in two)
            by = sameness.due_of(row, level, min((one.due for one in two if one.level), default=now))
            made.append(
                ProposalRow(
                    person=person, other=other, kind=people[person]["kind"], level=level,
                    since=row["since"], due=by, overdue=by < now, why=sameness.why(row),
                    resting=row["state"] == "resting",
                )
            )  # fmt: skip
        return sorted(made, key=lambda one: (one.resting, -one.level, one.since, one.person, one.other))

    def _told(self, one: ProposalRow) -> ProposalRow:
        """A row as it is shown: with who tells of the two, and whether one of them is a restricted identity."""
        told = _organisations(self.desk, [one.person, one.other])
        restricted = any((row_of(self.desk, each) or {}).get("restricted") for each in (one.person, one.other))
        names = tuple(dict.fromkeys(name for each in (one.person, one.other) for name in told.get(each, ())))
        return msgspec.structs.replace(one, organisations=names, restricted=bool(restricted))

    def _row(self, row: store.Row, urgent: Urgency, near: int) -> ReviewRow:
        desk = self.desk
        return ReviewRow(
            person=row["person"], kind=row["kind"], level=urgent.level, since=row["since"], due=urgent.due,
            overdue=urgent.due < desk.clock.now(), why=reasons(row),
            organisations=_organisations(desk, [row["person"]]).get(row["person"], ()),
            candidates=near, restricted=bool(row["restricted"]),
        )  # fmt: skip

    def _candidate(
        self, number: int, one: str, person: str, values: Mapping[str, Mapping[str, Sequence[Value]]],
        live: Sequence[store.Row], allowed: set[str], household: Sequence[str], *, unread: bool,
    ) -> Candidate:  # fmt: skip
        desk = self.desk
        row = row_of(desk, one) or {}
        if f"candidate:{one}" not in allowed:
            return Candidate(person=one, number=number, closed=True)
        held = records_of(desk, [person, one])
        closed = said_of.without_trace(desk, {each for records in held.values() for each in records})
        records = {whose: [each for each in those if each not in closed] for whose, those in held.items()}
        weights = self.weigh(records[person], records[one]) if self.weigh else ()
        opened = values.get(person, {}).keys() & values.get(one, {}).keys()
        weights = tuple(weight for weight in weights if SAYS.get(weight.field, "names") in opened)
        hidden = bool(row.get("restricted")) and "addresses" not in values.get(one, {})
        return Candidate(
            person=one, number=number, standing=str(row.get("standing", "")).replace("_", " "), kind=row.get("kind", ""),
            organisations=_organisations(desk, [one]).get(one, ()), alerts=_alert_lines(desk, live, allowed),
            household=NOT_SHOWN if hidden else tuple(household),
            said="" if unread else sentence(values.get(person, {}), values.get(one, {})),
            bars=tuple(bar for weight in weights if (bar := evidence(weight)) is not None),
            restricted=bool(row.get("restricted")), held_apart=one in person_of(desk, person).apart,
            unread=unread,
        )  # fmt: skip


def _to_assess(desk: Desk) -> list[store.Row]:
    """Decisions by which something had stood in the wrong place, or would have: carried out, or waiting for that."""
    table = store.identity
    done = (table.c.state == "settled") & (table.c.assessed == "") & (table.c.moved > 0)
    return desk.store.rows(select(table).where(table.c.what.in_(REPORTED), done | table.c.state.in_(UNDER_WAY)))


def _waiting_for_second(desk: Desk, seen: Horizon) -> int:
    table = store.identity
    rows = desk.store.rows(select(table).where(table.c.state == "waits_for_second"))
    return sum(sees_decision(desk, seen, row) for row in rows)


def _proposal_code(one: ProposalRow) -> ItemRef:
    """That two may be one, as a code about both."""
    return ItemRef(
        item=f"proposal:{one.person}/{one.other}", category="codes", organisation=HUB, persons=(one.person, one.other),
        position=0,
    )  # fmt: skip


def _earlier(desk: Desk, person: str, other: str = "") -> tuple[str, tuple[str, ...]]:
    """A decision about this review that is not carried out yet, and what was answered before without settling it; with
    `other`, decisions about the two.
    """
    table = store.identity
    rows = desk.store.rows(select(table).where(table.c.person.in_([person, other])).order_by(table.c.position))
    if other:
        rows = [row for row in rows if {row["person"], row["other"]} == {person, other}]
    else:
        rows = [row for row in rows if not (row["what"] == "cannot_tell" and row["other"])]
    pending = next((row["identity"] for row in rows if row["state"] in {"waits_for_second", "waits_for_intake"}), "")
    told = []
    for row in rows:
        fact = desk.record.load(stream(row["identity"]), upto=1)[0].fact
        if isinstance(fact, IdentityDecided) and fact.what == "cannot_tell":
            ask = f"; {name_of(desk, fact.ask)} is to be asked" if fact.ask else ""
            told.append(f"{day_words(london_day(row['asked_at']))}: somebody could not tell ({fact.by}){ask}")
    return pending, tuple(told)


def _organisations(desk: Desk, persons: Iterable[str]) -> dict[str, tuple[str, ...]]:
    table = store.source_record
    query = select(table.c.person, table.c.organisation, table.c.source_record).where(table.c.person.in_(list(persons)))
    rows = desk.store.rows(query.order_by(table.c.organisation))
    hidden = said_of.without_trace(desk, (row["source_record"] for row in rows))
    found: dict[str, list[str]] = {}
    for row in rows:
        if row["source_record"] not in hidden:
            found.setdefault(row["person"], []).append(name_of(desk, row["organisation"]))
    return {person: tuple(dict.fromkeys(names)) for person, names in found.items()}


def _live(desk: Desk, person: str) -> list[store.Row]:
    return [row for row in alerts.of_child(desk, person) if row["state"] != "decided"]


def _alert_lines(desk: Desk, rows: Sequence[store.Row], allowed: set[str]) -> tuple[str, ...]:
    return tuple(
        f"{alerts.level_words(desk, row['level'])}, rule {row['rule']}"
        for row in rows
        if f"alert:{row['alert']}" in allowed
    )


def _withheld(desk: Desk, shown: Disclosed) -> tuple[Withheld, ...]:
    return tuple(
        Withheld(words_for(one.category), name_of(desk, one.organisation), why_withheld(desk, one.clause), one.policies)
        for one in shown.withheld
        if one.shown_as == "reason"
    )
