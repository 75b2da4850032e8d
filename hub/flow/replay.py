"""Step 9: any moment. The record folded up to a position, from stored facts alone; the flow never runs again.

As-of means position: a date is looked up to the last position known by then. A look is put again to the edition of its time,
as recorded: what comes out must be what was let out then, and nothing is opened to see that.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct

from hub.domain import questions, rendering
from hub.domain.edition import Edition, EditionCondemned, EditionPublished, read
from hub.domain.errors import NotFound
from hub.domain.fact import Recorded
from hub.domain.item import Sealed
from hub.domain.ledger import Asked
from hub.domain.questions import Question
from hub.ports import Record, Ruling

Judge = Callable[
    [str, Question], Sequence[Ruling]
]  # an edition's number, a question -> a ruling for each of its classes


class Replayed(Struct, frozen=True, kw_only=True):
    """A look put again: the hash that was recorded, the hash that comes out now, and what of the record is not there."""

    position: int
    at: datetime
    asked: Asked
    recorded: str  # "" for a look from before this was kept
    again: str
    missing: tuple[str, ...] = ()  # items that the entry opened and that the record does not hold where it says

    @property
    def equal(self) -> bool:
        """Whether what comes out now is what was let out then."""
        return bool(self.recorded) and self.recorded == self.again and not self.missing


def replay_look(position: int, *, ledger: Record, record: Record, judge: Judge) -> Replayed:
    """The look at this ledger position, put again as recorded to the edition of its time. Nothing is opened, nobody looks.

    Raises NotFound where no look stands there.
    """
    held = ledger.read(position - 1, 1, [Asked.NAME], upto=position) if position > 0 else []
    if not held or not isinstance(held[0].fact, Asked) or held[0].position != position:
        raise NotFound("there is no such look in the ledger")
    asked = held[0].fact
    question = questions.decode(asked.questions)
    if question is None or not asked.rendered:
        return Replayed(position=position, at=held[0].envelope.known_at, asked=asked, recorded="", again="")
    ruled = lines_of(question, judge(asked.edition, question))
    opened, missing = [], []
    for item, place in zip(asked.opened, asked.places or (0,) * len(asked.opened), strict=True):
        sealed = sealed_at(record, place, item) if place else None
        if place and sealed is None:
            missing.append(item)
        opened.append((item, rendering.content(sealed)))
    return Replayed(
        position=position, at=held[0].envelope.known_at, asked=asked, recorded=asked.rendered,
        again=rendering.rendered(asked.edition, opened, ruled), missing=tuple(missing),
    )  # fmt: skip


def lines_of(question: Question, ruled: Sequence[Ruling]) -> dict[rendering.Line, int]:
    """How many items of each line; what is about nobody was never put to a policy, and is left out."""
    found: dict[rendering.Line, int] = {}
    for one, ruling in zip(question.classes, ruled, strict=True):
        if one.facts:
            item = one.facts[0].item
            told = rendering.line(
                item.category, item.owner.id, item.tier, ruling.allowed, ruling.policies, ruling.shown_as, ruling.fault
            )
            found[told] = found.get(told, 0) + one.items
    return found


def sealed_at(record: Record, position: int, item: str) -> Sealed | None:
    """The sealed item of this id in the fact that the record holds at this position; None where it is not there."""
    held = record.read(position - 1, 1, upto=position)
    return next((one for recorded in held for one in _sealed_in(recorded.fact) if one.item == item), None)


def _sealed_in(value: object) -> Iterator[Sealed]:
    if isinstance(value, Sealed):
        yield value
    elif isinstance(value, Struct):
        for name in value.__struct_fields__:
            yield from _sealed_in(getattr(value, name))
    elif isinstance(value, tuple | list):
        for one in value:
            yield from _sealed_in(one)
    elif isinstance(value, Mapping):
        each: Iterable[Any] = value.values()
        for one in each:
            yield from _sealed_in(one)


def facts_upto(record: Record, streams: Iterable[str], position: int) -> list[Recorded]:
    """Every fact of these streams that the record held at `position`, in the order in which they became known."""
    found = [one for stream in dict.fromkeys(streams) for one in record.load(stream) if one.position <= position]
    return sorted(found, key=lambda one: one.position)


def edition_at(record: Record, position: int) -> Edition | None:
    """The edition in force at a position; None before the first was published."""
    names = [EditionPublished.NAME, EditionCondemned.NAME]
    held = [one.fact for one in record.read(0, 1000, names) if one.position <= position]
    condemned = {fact.number for fact in held if isinstance(fact, EditionCondemned)}
    facts = [fact for fact in held if isinstance(fact, EditionPublished) and fact.number not in condemned]
    moment = max((one.envelope.known_at for one in record.read(max(position - 1, 0), 1, upto=position)), default=None)
    in_force = [fact for fact in facts if moment is None or fact.effective_from <= moment]
    return read(max(in_force, key=lambda fact: fact.number)) if in_force else None


def position_at(facts: Sequence[Recorded], moment: datetime) -> int:
    """The position of the last of these facts that was known at `moment` (aware UTC); 0 before the first."""
    return max((one.position for one in facts if one.envelope.known_at <= moment), default=0)
