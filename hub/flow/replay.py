"""Step 9: any moment. The record folded up to a position, from stored facts alone; the flow never runs again.

As-of means position: a date is looked up to the last position known by then.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from hub.domain.edition import Edition, EditionPublished, read
from hub.domain.fact import Recorded
from hub.ports import Record


def facts_upto(record: Record, streams: Iterable[str], position: int) -> list[Recorded]:
    """Every fact of these streams that the record held at `position`, in the order in which they became known."""
    found = [one for stream in dict.fromkeys(streams) for one in record.load(stream) if one.position <= position]
    return sorted(found, key=lambda one: one.position)


def edition_at(record: Record, position: int) -> Edition | None:
    """The edition in force at a position; None before the first was published."""
    held = [one for one in record.read(0, 1000, [EditionPublished.NAME]) if one.position <= position]
    facts = [one.fact for one in held if isinstance(one.fact, EditionPublished)]
    moment = max((one.envelope.known_at for one in record.read(max(position - 1, 0), 1, upto=position)), default=None)
    in_force = [fact for fact in facts if moment is None or fact.effective_from <= moment]
    return read(max(in_force, key=lambda fact: fact.number)) if in_force else None


def position_at(facts: Sequence[Recorded], moment: datetime) -> int:
    """The position of the last of these facts that was known at `moment` (aware UTC); 0 before the first."""
    return max((one.position for one in facts if one.envelope.known_at <= moment), default=0)
