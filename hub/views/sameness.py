"""Proposals that two established persons are one: a row each, what opens for them, and which come first.

Codes only. A pair stands once, under whichever of its ids is the lesser; what is open, and what rests because somebody could
not tell, opens names to whoever reviews identity, and nothing else does.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Protocol

import msgspec
from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, String, Table, or_, select

from hub.domain.clocks import due
from hub.domain.fact import Recorded
from hub.domain.sameness import SamenessHeldBack, SamenessProposed, SamenessSettled
from hub.views.columns import Moment, meta
from hub.views.identity_words import doubt

proposal = Table(
    "proposal", meta, Column("person", String, primary_key=True), Column("other", String, primary_key=True),
    Column("state", String, index=True),  # open | resting | ended
    Column("since", Moment()), Column("position", BigInteger),
    Column("fact", LargeBinary),  # why, and on what it rests: the newest
    Index("proposal_other", "other"),
)  # fmt: skip
held_back = Table(  # who may be more others than are proposed at once
    "sameness_held_back", meta, Column("person", String, primary_key=True), Column("standing", Integer),
    Column("since", Moment()), Column("position", BigInteger),
)  # fmt: skip
STANDING = ("open", "resting")
AT_ONCE = 5000  # ids in one query
ONE_WORKING_DAY = {"length": 1, "unit": "days", "counts": "working"}
Row = dict[str, Any]


class Reads(Protocol):
    """Where the tables are read (hub/views/store.py)."""

    def rows(self, query: Any) -> list[Row]:
        """The rows of a select."""
        ...


def rows(recorded: Recorded) -> Iterator[tuple[Table, Row]]:
    """What a fact about two who may be one makes or changes; it stands on both streams, and is read from one."""
    fact, person = recorded.fact, recorded.stream.partition(":")[2]
    if isinstance(fact, SamenessHeldBack):
        at = {"since": recorded.envelope.known_at, "position": recorded.position}
        yield held_back, {"person": person, "standing": fact.standing, **at}
    if not isinstance(fact, SamenessProposed | SamenessSettled) or person > fact.other:
        return
    key = {"person": person, "other": fact.other}
    if isinstance(fact, SamenessProposed):
        codes = {"state": "open", "position": recorded.position, "fact": msgspec.json.encode(fact)}
        began = {} if fact.again else {"since": fact.since or recorded.envelope.known_at}
        yield proposal, {**key, **codes, **began}
    else:
        yield proposal, {**key, "state": "resting" if fact.how == "cannot_tell" else "ended"}


def standing(views: Reads) -> list[Row]:
    """The rows of every proposal that is open or rests, in the order in which they were made."""
    query = select(proposal).where(proposal.c.state.in_(STANDING)).order_by(proposal.c.position)
    return views.rows(query)


def crowded(views: Reads, person: Table) -> list[Row]:
    """Who may be more others than are proposed at once, and since when; `person` is the table of persons."""
    query = select(held_back).join(person, person.c.person == held_back.c.person)
    query = query.where(held_back.c.standing > 0, person.c.merged_into == "")
    return views.rows(query.order_by(held_back.c.since, held_back.c.person))


def between(views: Reads, one: str, other: str) -> Row | None:
    """The proposal between two, whatever became of it; None where there never was one."""
    person, another = sorted((one, other))
    query = select(proposal).where(proposal.c.person == person, proposal.c.other == another)
    return next(iter(views.rows(query)), None)


def others_of(views: Reads, person: str) -> tuple[str, ...]:
    """Who is proposed to be the same as this person, those that rest too."""
    mine = or_(proposal.c.person == person, proposal.c.other == person)
    found = views.rows(select(proposal).where(mine, proposal.c.state.in_(STANDING)).order_by(proposal.c.position))
    return tuple(row["other"] if row["person"] == person else row["person"] for row in found)


def persons(views: Reads, wanted: Sequence[str], person: Table) -> dict[str, Row]:
    """The rows of these persons, by id; `person` is their table."""
    found: dict[str, Row] = {}
    for start in range(0, len(wanted), AT_ONCE):
        query = select(person).where(person.c.person.in_(wanted[start : start + AT_ONCE]))
        found |= {row["person"]: row for row in views.rows(query)}
    return found


def explained(row: Row) -> SamenessProposed:
    """What the machine wrote down when it proposed this."""
    return msgspec.json.decode(row["fact"], type=SamenessProposed)


def why(row: Row) -> tuple[str, ...]:
    """Why it is proposed, in sentences."""
    fact = explained(row)
    if fact.verdict == "link":
        how = "by rule: an identifier and the person agree" if fact.how == "rule" else "by the match model"
        return (f"Had all of it been said at first, the two would have been linked {how}",)
    return tuple(dict.fromkeys(doubt(one) for one in fact.why)) or ("Somebody known is near",)


def due_of(row: Row, level: int, alert_due: datetime) -> datetime:
    """By when somebody must look: as the live alert that it is part of, else one working day after it was made."""
    return alert_due if level else due(ONE_WORKING_DAY, row["since"])


def pairs(found: Sequence[Row]) -> dict[str, list[str]]:
    """Each person of these proposals, with whom they are proposed to be the same as."""
    near: dict[str, list[str]] = {}
    for row in found:
        near.setdefault(row["person"], []).append(row["other"])
        near.setdefault(row["other"], []).append(row["person"])
    return near
