"""Concerns that are kept and do not count: nobody is shown an alert for one, so each waits until a person saw to it.

It is ruled as the code that it is. Where the protocol does not cover it, whoever may know that something is withheld has a
task that names no child. It goes once it counts, is taken back, or a MASH enquiry about the child was opened or decided since;
and where it is not grave, once somebody of the front door has opened the child's page.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import func, select

from hub.domain import child as children
from hub.domain.child import SignalCounted
from hub.domain.enquiry import RED
from hub.domain.ledger import Asked
from hub.domain.staff import may
from hub.views import chronology, said_of, store
from hub.views.asking import look
from hub.views.desk import Desk, caught_up, name_of
from hub.views.kept_out import kept_out
from hub.views.lateness import decided
from hub.views.leaning_lists import LISTS
from hub.views.models import Asker
from hub.views.models.tasks import Task
from hub.views.said_of import Spoken
from hub.views.tasks import KINDS, SOURCES, Source
from hub.views.telling import why_withheld
from hub.views.who_is_who import families, persons_of, records_of

KINDS |= {"kept_out": "Concerns that are kept and do not count"}
NEVER = datetime.min.replace(tzinfo=UTC)
WHY = {  # policies of policies/sharing/intake.cedar and never.cedar that keep something out of the count
    "C11": "whoever sent it has not signed the protocol",
    "C12": "the protocol keeps it out of the pool",
    "C13": "it would identify a confidential source",
    "C14": "a competent young person said no, and it is below harm",
    "N18": "the protocol does not cover it",
}


class _Kept(Struct, frozen=True):
    """One concern that does not count for one child."""

    child: str
    spoken: Spoken
    policies: tuple[str, ...]
    red: bool

    @property
    def since(self) -> datetime:
        return self.spoken.recorded.envelope.known_at


def waiting(desk: Desk, asker: Asker) -> Iterator[Task]:
    """Each that nobody has seen to; one task for a concern and a child."""
    kept = _kept(desk)
    names = families(desk, kept)
    acted = _acted(desk, names)
    left = {
        child: {stream: policies for stream, (came, policies) in streams.items() if came > acted.get(child, NEVER)}
        for child, streams in kept.items()
    }
    found = [one for child, streams in left.items() if streams for one in _of_child(desk, child, names[child], streams)]
    if not found:
        return
    shown = look(desk, asker, [one.spoken.codes for one in found], "tasks")
    opened, outside = {item.item for item in shown.shown}, dict(shown.outside)
    clocks = {each["id"] for each in desk.edition.parts["clocks"]}
    for one in found:
        item, message = one.spoken.codes.item, one.spoken.recorded.stream.partition(":")[2]
        if item not in opened and item not in outside:
            continue
        clock = RED if one.red and RED in clocks else "decision"
        due = desk.edition.due(clock, one.since) if clock in clocks else None
        owner = name_of(desk, one.spoken.codes.organisation.id)
        whose: dict[str, Any] = {
            "since": one.since,
            "due": due,
            "overdue": due is not None and due < desk.clock.now(),
            "red": one.red,
        }
        if item in opened:
            why = "; ".join(WHY[policy] for policy in one.policies if policy in WHY)
            why = why or ("by " + ", ".join(one.policies) if one.policies else "no policy lets it count")
            yield Task(
                kind="kept_out", key=f"{message}/{one.child}", child=one.child, href=f"/child/{one.child}",
                what=f"A concern of {owner} is kept and does not count: {why}", **whose,
            )  # fmt: skip
        else:
            why = why_withheld(desk, outside[item])
            why = f"{why[:1].lower()}{why[1:]}"
            yield Task(
                kind="kept_out", key=message, href="/concern/new",
                what=f"A concern of {owner} is kept and does not count, {why}: ring them, and record what they say",
                **whose,
            )  # fmt: skip


def _kept(desk: Desk) -> dict[str, dict[str, tuple[datetime, tuple[str, ...]]]]:
    """By child, as they are held to be now: the streams of concerns that may not count for them, when each came (aware UTC),
    and the policies.
    """
    kept, said, about = kept_out, store.said, store.said_about
    query = (
        select(kept.c.stream, kept.c.policies, said.c.known_at, about.c.source_record)
        .join(said, (said.c.stream == kept.c.stream) & (said.c.version == 1))
        .join(about, (about.c.stream == kept.c.stream) & (about.c.version == 1))
        .where(kept.c.state != "counted", said.c.kind == "worry", said.c.standing == "current")
        .order_by(said.c.position, about.c.source_record)
    )
    rows = desk.store.rows(query)
    whose = persons_of(desk, {row["source_record"] for row in rows})
    found: dict[str, dict[str, tuple[datetime, tuple[str, ...]]]] = {}
    for row in rows:
        if row["source_record"] in whose:
            policies = msgspec.json.decode(row["policies"], type=tuple[str, ...])
            found.setdefault(whose[row["source_record"]], {})[row["stream"]] = (row["known_at"], policies)
    return found


def _of_child(desk: Desk, child: str, names: Sequence[str], streams: Mapping[str, tuple[str, ...]]) -> Iterator[_Kept]:
    """Those of these concerns that never counted for this child, and that nobody has seen to."""
    counted = {
        f"message:{recorded.fact.signal.id.partition('/')[0]}"
        for name in names
        for recorded in desk.record.load(children.stream(name))
        if isinstance(recorded.fact, SignalCounted) and recorded.fact.signal.relation == "own"
    }
    never, records = streams.keys() - counted, records_of(desk, [child])[child]
    seen: frozenset[str] | None = None
    for one in said_of.spoken(desk, child, streams=never) if never else ():
        codes = chronology.own_codes(one.recorded.fact, records)
        if not codes:
            continue  # of an adult who is named in it nothing counts
        red = bool(desk.edition.vocabulary.grave(codes))
        if not red:
            seen = _seen(desk, names) if seen is None else seen
            if one.codes.item in seen:
                continue
        yield _Kept(child, one, streams[one.recorded.stream], red)


def _acted(desk: Desk, names: Mapping[str, Sequence[str]]) -> dict[str, datetime]:
    """When somebody last opened a MASH enquiry about each child, or decided (aware UTC). What is forwarded is what counts."""
    of = {name: child for child, held in names.items() for name in held}
    found: dict[str, datetime] = {}
    for at, child in ((store.enquiry.c.opened_at, store.enquiry.c.child), (decided.c.at, decided.c.child)):
        newest = select(child, func.max(at).label("newest")).where(child.in_(sorted(of))).group_by(child)
        for row in desk.store.rows(newest):
            found[of[row["child"]]] = max(row["newest"], found.get(of[row["child"]], NEVER))
    return found


def _seen(desk: Desk, names: Sequence[str]) -> frozenset[str]:
    """The items about a child that were shown, on a page of theirs, to somebody who screens."""
    caught_up(desk, "ledger")
    table = store.look
    query = select(table.c.fact).where(table.c.child.in_(names), table.c.reason.not_in(sorted(LISTS)))
    looks = (msgspec.json.decode(row["fact"], type=Asked) for row in desk.store.rows(query))
    return frozenset(item for one in looks if may(one.roles, "screen") for item in one.opened)


SOURCES += [Source(("screen",), waiting)]
