"""Already open? Who is at it for a child: an allocated worker, a status or involvement on record, a lead.

A contact belongs to who is at it, and is not screened again; a MASH enquiry opened all the same needs a reason. Each kind
of open item is a source of its own, so that a new kind is entered here and nowhere else.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date

from msgspec import Struct
from sqlalchemy import select

from hub.domain import allocation
from hub.domain import lead as leads
from hub.domain.allocation import GROUNDS
from hub.domain.fact import Recorded
from hub.domain.forwarding import fold as fold_forwarding
from hub.domain.moments import london_day
from hub.domain.source_record import InvolvementChanged, LegalStatusChanged, statuses
from hub.views.desk import Desk
from hub.views.matters import matter
from hub.views.members import staff_of
from hub.views.subjects import current_lead, subjects
from hub.views.who_is_who import family

SOCIAL_CARE = frozenset({"social_care", "council"})  # sectors whose involvement is a case of social care


class AtIt(Struct, frozen=True, kw_only=True):
    """Something open on a child: its reference, whose it is, and in words since when. `worker` "" where none is named."""

    ref: str  # "allocation:<person>", "source-record:<id>@3", a lead's stream
    words: str
    since: date
    worker: str = ""  # a staff id: to whom a contact may be forwarded
    organisation: str = ""
    accepted_by: str = ""  # who accepted it, where somebody has to
    on_record: str = ""  # "codes:…" of what an organisation said; it is shown where a look allows that


Source = Callable[[Desk, Sequence[str]], Iterable[AtIt]]  # of a child and whoever was merged with them


def at_it(desk: Desk, child: str) -> list[AtIt]:
    """What is open on a child and has a worker, or a lead: what a contact may be forwarded to."""
    held = family(desk, child)
    return [one for source in SOURCES for one in source(desk, held)]


def _allocated(desk: Desk, names: Sequence[str]) -> Iterator[AtIt]:
    for person in names:
        stream = allocation.stream(person)
        now = allocation.fold(person, (one.fact for one in desk.record.load(stream))).current
        if now is not None:
            there = _may_be_at_it(desk, now.worker, names)
            yield AtIt(
                ref=stream, words=f"{GROUNDS[now.ground]}: an allocated worker" + ("" if there else " who cannot be at it now"),
                since=now.since, worker=now.worker if there else "", organisation=now.organisation,
                accepted_by=now.worker if there else "",
            )  # fmt: skip


def _may_be_at_it(desk: Desk, staff: str, names: Sequence[str]) -> bool:
    """Whether a contact reaches this person: they work here still, and it is not closed to them (family, a restriction)."""
    member = staff_of(desk, staff)
    if not member.active or not {*names}.isdisjoint(member.related):
        return False
    known = subjects(desk, names[:1]).get(names[0])
    return known is None or not known.restricted or staff in known.named_readers


def _led(desk: Desk, names: Sequence[str]) -> Iterator[AtIt]:
    """An accepted lead. No contact is forwarded to one: what alerted the front door is not for a school or a charity."""
    now = current_lead(desk, names[0])
    if now is not None and staff_of(desk, now.lead).active:
        accepted_at = desk.record.load(leads.stream(now.person))[now.accepted - 1].envelope.known_at
        yield AtIt(
            ref=leads.stream(now.person), words="Somebody leads", since=london_day(accepted_at),
            organisation=now.organisation, accepted_by=now.lead,
        )  # fmt: skip


SOURCES: list[Source] = [_allocated, _led]


def accepted(desk: Desk, child: str) -> dict[str, str]:
    """What another worker or organisation has accepted for a child, with who accepted it: streams and staff ids.

    A forwarding counts once its worker has acknowledged it, and as long as what it went to is open still.
    """
    open_now = at_it(desk, child)
    found = {one.ref: one.accepted_by for one in open_now if one.accepted_by and not one.ref.startswith("allocation:")}
    rows = desk.store.rows(
        select(matter).where(
            matter.c.kind == "forwarding", matter.c.state == "acknowledged", matter.c.child.in_(family(desk, child))
        )
    )
    workers = {one.worker for one in open_now if one.worker}
    for row in rows:
        ident = row["stream"].partition(":")[2]
        state = fold_forwarding(ident, (one.fact for one in desk.record.load(row["stream"])))
        if state.acknowledged_by in workers:
            found[row["stream"]] = state.acknowledged_by
    return found


def said_open(desk: Desk, said: Iterable[Recorded]) -> frozenset[str]:
    """Of what organisations said, what is open today: a legal status, or work of social care, told last and not ended. Refs."""
    today, streams = london_day(desk.clock.now()), dict[str, list[Recorded]]()
    for one in sorted(said, key=lambda each: each.position):
        streams.setdefault(one.stream, []).append(one)
    found = set()
    for history in streams.values():
        held = statuses(one.fact for one in history)
        works = {(one.fact.organisation, one.fact.setting, one.fact.service): one.fact
                 for one in history if isinstance(one.fact, InvolvementChanged)}  # fmt: skip
        for one in history:
            match one.fact:
                case LegalStatusChanged(status=status, started=began, ended=over) as fact if held.get(status) is fact:
                    if began <= today and (over is None or today <= over):
                        found.add(one.ref)
                case InvolvementChanged(organisation=by, setting=place, service=service, ended=None) as fact:
                    known = desk.register().organisations.get(by)
                    if works[by, place, service] is fact and known is not None and known.sector in SOCIAL_CARE:
                        found.add(one.ref)
                case _:
                    pass
    return frozenset(found)
