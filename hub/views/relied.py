"""What rests on a consent: everything that an organisation was shown while it was covered, and what becomes of that.

Each share of the ledger is asked again under the policies of now, once as things are and once without the consent. What
opens with it and not without it rests on it; what opens both times stands on another basis. Nothing is opened here.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

import msgspec
from msgspec import Struct
from sqlalchemy import select

from hub.domain.consent_record import Scope, Spoken
from hub.domain.effective import Stated, covers, effective
from hub.domain.fact import Recorded
from hub.domain.family_wish import Named
from hub.domain.ledger import Asked
from hub.domain.sharing import NO_WORDS, Ask, Purpose, Subject, asker_of
from hub.domain.sharing import Asker as Who
from hub.domain.staff import Staff
from hub.flow.disclose import ItemRef, new_ask, suppose
from hub.views import said_of, store
from hub.views.desk import Desk, organisation_of
from hub.views.members import staff_of
from hub.views.rooms import room
from hub.views.subjects import statements, subjects, with_team
from hub.views.who_is_who import families, records_of, survivor

UNDER_WAY = timedelta(seconds=5)  # from the ruling of a look to its place in the ledger
Outcome = Literal["stops", "stands", "closed", "released"]
Key = tuple[str, str, Outcome]  # organisation, class of information, what becomes of it


class Share(Struct, frozen=True, kw_only=True):
    """Of one organisation, one class and one outcome: how many items, in how many looks, last when, on which policies."""

    organisation: str
    category: str
    outcome: Outcome
    items: int
    looks: int
    last_at: datetime | None
    policies: tuple[str, ...]


@dataclass
class _Sum:
    items: set[str] = field(default_factory=set)
    looks: set[int] = field(default_factory=set)
    last_at: datetime | None = None
    policies: set[str] = field(default_factory=set)


class _Look(Struct, frozen=True):
    """One look of the ledger that opened something of this person."""

    position: int
    at: datetime
    asked: Asked


def rests_on(desk: Desk, person: str, named: Named, scope: Scope, since: Recorded | None = None) -> tuple[Share, ...]:
    """What rests on this statement, as far as `scope` reaches (what is about to be withdrawn of it).

    With `since`, a withdrawal that is on record already: what rested on the statement until then, and was looked at
    until then (a look that was ruled before it may stand in the ledger a moment after it).
    `person` is who they are held to be now. Codes are no words, and stand in no consent; what an organisation had itself
    said is its own. Looks are asked again in the roles in which they were made, as if those people worked there still.
    """
    person = survivor(desk, person)
    items = {one.item: one for one in _items(desk, person)}
    before = since.position - 1 if since is not None else None
    said = statements(desk, records_of(desk, [person]), before).get(person, ())
    found = _looks(desk, person)
    if since is not None:
        found = [one for one in found if one.at <= since.envelope.known_at + UNDER_WAY]
    sums: dict[Key, _Sum] = {}
    for who, looks in _by_asker(found).items():
        opened = _covered(looks, items, said, named, scope)
        if not opened:
            continue
        supposed = _Supposed(person, said, None if since is not None else _withdrawal(named, scope, desk.clock.now()))
        with_it, without = _asked_again(desk, who, [items[one] for one in opened], supposed)
        for item, seen in opened.items():
            still = without.get(item)
            outcome: Outcome = "closed" if item not in with_it else "stops" if still is None else "stands"
            total = sums.setdefault((who.organisation, items[item].category, outcome), _Sum())
            total.items.add(item)
            total.policies |= set(still if still is not None else with_it.get(item, ()))
            for one in seen:
                total.looks.add(one.position)
                total.last_at = max(one.at, total.last_at or one.at)
    _released(items.values(), said, named, scope, desk.clock.now(), sums)
    return tuple(
        Share(
            organisation=organisation, category=category, outcome=outcome, items=len(total.items),
            looks=len(total.looks), last_at=total.last_at, policies=tuple(sorted(total.policies)),
        )
        for (organisation, category, outcome), total in sorted(sums.items())
    )  # fmt: skip


class _As(Struct, frozen=True):
    """As whom something was looked at: person, organisation, setting, roles, purpose, MASH enquiry."""

    staff: str
    organisation: str
    setting: str
    roles: tuple[str, ...]
    purpose: str
    enquiry: str


def _items(desk: Desk, person: str) -> list[ItemRef]:
    """Every item of words about this person, as it would be ruled on now."""
    found = [item for one in said_of.spoken(desk, person) for item in one.items]
    return [item for item in (*found, *said_of.identity_items(desk, person)) if item.category not in NO_WORDS]


def _looks(desk: Desk, person: str) -> list[_Look]:
    table, everybody = store.look, families(desk, [person])[person]
    rows = desk.store.rows(
        select(table.c.position, table.c.fact, table.c.at)
        .where(table.c.child.in_(everybody))
        .order_by(table.c.position)
    )
    found: dict[int, _Look] = {}
    for row in rows:
        asked = msgspec.json.decode(row["fact"], type=Asked)
        if asked.opened:
            found[row["position"]] = _Look(row["position"], row["at"], asked)
    return list(found.values())


def _by_asker(looks: Iterable[_Look]) -> dict[_As, list[_Look]]:
    found: dict[_As, list[_Look]] = {}
    for one in looks:
        asked = one.asked
        who = _As(asked.who, asked.organisation, asked.setting, asked.roles, asked.purpose, asked.enquiry)
        found.setdefault(who, []).append(one)
    return found


def _covered(
    looks: Sequence[_Look], items: Mapping[str, ItemRef], said: Sequence[Stated], named: Named, scope: Scope
) -> dict[str, list[_Look]]:
    """The items of these looks that the statement covered when they were opened, and in which looks."""
    found: dict[str, list[_Look]] = {}
    for one in looks:
        asked = one.asked
        for ident in asked.opened:
            item = items.get(ident)
            if item is None or item.organisation.id == asked.organisation:
                continue
            if _within(scope, asked.organisation, item.category, asked.purpose):
                was = effective(said, asked.organisation, item.category, asked.purpose, one.at)
                if was.state == "given" and named.ref in was.used:
                    found.setdefault(ident, []).append(one)
    return found


def _within(scope: Scope, organisation: str, category: str, purpose: str) -> bool:
    return organisation in scope.organisations and covers(scope.categories, category) and purpose in scope.purposes


class _Supposed(Struct, frozen=True):
    """Of whom what is supposed: what had been said with the consent, and the withdrawal (None: it is on record)."""

    person: str
    said: Sequence[Stated]
    withdrawal: Spoken | None


def _asked_again(
    desk: Desk, who: _As, items: Sequence[ItemRef], supposed: _Supposed
) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    """Which of these items open to this asker now, with their policies: as things are, and without the consent."""
    now = desk.clock.now()
    held = staff_of(desk, who.staff)
    member = Staff(
        id=who.staff, organisation=who.organisation, setting=who.setting, roles=who.roles, active=True,
        ig_trained_until=now.max.replace(tzinfo=now.tzinfo), related=held.related,
    )  # fmt: skip
    asker: Who = asker_of(member, organisation_of(desk, who.organisation), now, mfa=desk.second_factor)
    purpose: Purpose = msgspec.convert(who.purpose, Purpose)
    ask = Ask(
        id=new_ask(), who=asker, action="read", purpose=purpose, reason="withdrawal_preview", at=now,
        enquiry=who.enquiry,
    )  # fmt: skip
    persons = {one for item in items for one in item.persons}
    known = with_team(desk, subjects(desk, persons, purpose=purpose, asker=who.staff), member)
    enquiry = room(desk, who.enquiry) if who.enquiry else None
    answers = []
    for each in _before_and_after(known, supposed):
        ruled = suppose(ask, items, subjects=each, enquiry=enquiry, rulings=desk.rulings, agreed=desk.edition.agreed)
        answers.append({item: one.policies for item, one in ruled.items() if one.allowed and not one.fault})
    return answers[0], answers[1]


def _before_and_after(
    known: Mapping[str, Subject], supposed: _Supposed
) -> tuple[Mapping[str, Subject], Mapping[str, Subject]]:
    """The subjects with the consent, and without it: as it stands on record, or had it been withdrawn a moment ago."""
    person = supposed.person
    if person not in known:
        return known, known
    if supposed.withdrawal is None:
        return {**known, person: msgspec.structs.replace(known[person], statements=tuple(supposed.said))}, known
    after = (*supposed.said, Stated("", supposed.withdrawal))
    return known, {**known, person: msgspec.structs.replace(known[person], statements=after)}


def _withdrawal(named: Named, scope: Scope, now: datetime) -> Spoken:
    return Spoken(
        state="withdrawn", giver=named.giver, who=named.who, organisation="", by="", competent=named.competent,
        organisations=scope.organisations, categories=scope.categories, purposes=scope.purposes, valid_from=now,
        recorded_at=now,
    )  # fmt: skip


def _released(
    items: Iterable[ItemRef], said: Sequence[Stated], named: Named, scope: Scope, now: datetime, sums: dict[Key, _Sum]
) -> None:
    """What its owner released to an organisation that the consent covers for it: it went out, looked at or not."""
    for item in items:
        everybody = item.released_to | {one for one, _ in item.only_in if one}
        for organisation in everybody - {item.organisation.id}:
            purposes = [one for one in scope.purposes if _within(scope, organisation, item.category, one)]
            if any(named.ref in effective(said, organisation, item.category, one, now).used for one in purposes):
                sums.setdefault((organisation, item.category, "released"), _Sum()).items.add(item.item)
