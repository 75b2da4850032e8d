"""Ask to see something on behalf of a person: who asks and what is on record are gathered, and the door is flow/disclose.py."""

from collections.abc import Mapping, Sequence

import msgspec

from hub.domain.errors import NotPermitted
from hub.domain.exceptions import Exceptional
from hub.domain.sharing import Ask, Invokes, Purpose, Subject, asker_of
from hub.domain.staff import ROLES, Staff, groups, may
from hub.flow.disclose import Disclosed, ItemRef, disclose, new_ask, suppose
from hub.flow.override import tell_owners
from hub.views.blindfold import PACKS, blindfold
from hub.views.desk import HUB, PARTNERSHIP, Desk, caught_up, organisation_of
from hub.views.leaning import closed, leaned_on, works_now
from hub.views.leaning_lists import LISTS
from hub.views.members import staff_of
from hub.views.models import Asker, Stamp
from hub.views.rooms import room
from hub.views.subjects import subjects, with_team
from hub.views.who_is_who import families


def purpose_of(roles: Sequence[str]) -> Purpose:
    """What a person with these roles looks for: it follows from the role, and is recorded with every look."""
    held = groups(tuple(roles))
    if "practice_auditor" in roles:
        return "practice_audit"
    if "no_content" in held:
        return "access_audit"
    if "allocated_social_worker" in roles or "out_of_hours_worker" in roles:
        return "child_protection"
    if "mash" in held or "navigator" in roles:
        return "triage"
    return "early_help"


def look(
    desk: Desk, who: Asker, items: Sequence[ItemRef], reason: str, enquiry: str = "", purpose: Purpose | None = None
) -> Disclosed:
    """Ask for these items on behalf of this person, now. One ledger entry, also for no items at all.

    Where an override or break-glass of this person works for one of those whom the items are about, the ask leans on it
    for their items, for child protection, and the owners of what it opened are told.
    Raises NotPermitted for somebody the register does not know, TryLater where the views cannot follow the record.
    """
    caught_up(desk)
    member = staff_of(desk, who.staff)
    if not member.active:
        raise NotPermitted("this account is not in the register of staff, or has left")
    now = desk.clock.now()
    out_of_hours = closed(desk.edition.calendar, now)
    asker = asker_of(member, organisation_of(desk, member.organisation), now, mfa=desk.second_factor)
    persons = {person for item in items for person in item.persons}
    known = _on_record(desk, member, persons, reason, purpose)
    works: list[Exceptional] = []
    if persons and reason not in LISTS and purpose in {None, "child_protection"}:
        works = works_now(desk.store, desk.record, member.id, now, out_of_hours=out_of_hours)
        known, works = with_exceptions(known, works)
    invokes: Invokes = "none"
    if works:
        invokes = "break_glass" if any(one.kind == "break_glass" for one in works) else "override"
        purpose = "child_protection"
    where = room(desk, enquiry) if enquiry else None
    ask = Ask(
        id=new_ask(), who=asker, action="read", purpose=purpose or purpose_of(member.roles), reason=reason, at=now,
        enquiry=enquiry if where else "",  # what somebody typed in its place may not stand in the ledger
        invokes=invokes, out_of_hours=out_of_hours,
    )  # fmt: skip
    shown = disclose(
        ask, items, subjects=known, enquiry=where, edition=desk.edition.id,
        rulings=desk.rulings, ledger=desk.ledger, vault=desk.vault, clock=desk.clock, agreed=desk.edition.agreed,
    )  # fmt: skip
    if shown.under:
        opened = [(one.organisation, one.about) for one in shown.shown if one.item in shown.under and one.words]
        tell_owners(
            [(owner, about) for owner, about in opened if owner not in {member.organisation, HUB.id, PARTNERSHIP.id}],
            works, record=desk.record, clock=desk.clock, edition=desk.edition.id,
        )  # fmt: skip
    return shown


def would_open(desk: Desk, member: Staff, items: Sequence[ItemRef], reason: str) -> frozenset[str]:
    """Of these items those that would open to this person now, were they to look: nobody has looked, and nothing opens.

    On what is on record alone: no exception is leaned on.
    """
    now = desk.clock.now()
    ask = Ask(
        id=new_ask(), who=asker_of(member, organisation_of(desk, member.organisation), now, mfa=desk.second_factor),
        action="read", purpose=purpose_of(member.roles), reason=reason, at=now,
        out_of_hours=closed(desk.edition.calendar, now),
    )  # fmt: skip
    known = _on_record(desk, member, {person for item in items for person in item.persons}, reason, None)
    ruled = suppose(ask, items, subjects=known, rulings=desk.rulings, agreed=desk.edition.agreed)
    return frozenset(item for item, ruling in ruled.items() if ruling.allowed and not ruling.fault)


def _on_record(
    desk: Desk, member: Staff, persons: set[str], reason: str, purpose: Purpose | None
) -> Mapping[str, Subject]:
    """What is on record of these persons for this asker: an auditor knows no more than what they audit may tell."""
    known = with_team(desk, subjects(desk, persons, purpose=purpose, asker=member.id), member)
    if reason not in PACKS and persons and may(member.roles, "audit_content"):
        return blindfold(desk, member, known, families(desk, persons))
    return known


def with_exceptions(
    known: Mapping[str, Subject], works: Sequence[Exceptional]
) -> tuple[dict[str, Subject], list[Exceptional]]:
    """The same subjects, each with the exceptions of the asker that work for it; and those exceptions."""
    held, of = leaned_on(works), {subject.person for subject in known.values()}
    found = {
        person: msgspec.structs.replace(
            subject, override=held[subject.person][0], break_glass=held[subject.person][1]
        )
        if subject.person in held
        else subject
        for person, subject in known.items()
    }  # fmt: skip
    return found, [one for one in works if one.child in of]


def glass_broken(desk: Desk, staff: str, child: str) -> bool:
    """Whether this person has broken the glass for this child, by any name of theirs, and it has not ended yet."""
    works = works_now(desk.store, desk.record, staff, desk.clock.now(), out_of_hours=False)
    names = {child, *(name for names in families(desk, [child]).values() for name in names)}
    return any(one.kind == "break_glass" and one.child in names for one in works)


def stamp(desk: Desk, who: Asker, ledger: int = 0) -> Stamp:
    """What a page says of itself."""
    titles = [ROLES[role].title for role in who.roles if role in ROLES]
    return Stamp(
        position=desk.store.position("record"), known_at=desk.clock.now(), role=", ".join(titles) or "nobody",
        edition=desk.edition.id, ledger=ledger, edition_trouble=bool(desk.trouble),
    )  # fmt: skip
