"""The family's letter, written: prepared from the ledger by one person, reviewed by another, printed. Helps `act.py`.

It promises that what a letter says is fixed when it is prepared, so that what is reviewed is what is printed.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from uuid import uuid4

from hub.domain import letter as letters
from hub.domain import questions
from hub.domain.errors import NotFound
from hub.domain.fact import Recorded
from hub.domain.ledger import Asked
from hub.domain.letter import Letter, LetterFact, LetterPrepared
from hub.domain.moments import london_day
from hub.domain.questions import Question
from hub.flow.act import Act, by_person
from hub.ports import Clock, Record

NOT_THERE = "no such letter, or none that you may know of"


class Letters:
    """What a person may do about letters. That they may is checked by the caller."""

    def __init__(self, *, record: Record, clock: Clock, act: Act) -> None:
        self._record, self._clock, self._act = record, clock, act

    def load(self, ident: str) -> tuple[Letter, list[Recorded]]:
        """A letter and its facts. Raises NotFound."""
        held = self._record.load(letters.stream(ident))
        found = letters.fold(ident, (one.fact for one in held))
        if found.fact is None:
            raise NotFound(NOT_THERE)
        return found, held

    def prepare(self, fact: LetterPrepared) -> str:
        """Put a letter on record; its id. Raises Refused, naming the field, where it does not say who may be told."""
        letters.check(fact, london_day(self._clock.now()))
        ident = str(uuid4())
        self._act.write([(letters.stream(ident), 0, fact)], by_person(fact.by))
        return ident

    def review(self, ident: str, checks: Sequence[str], by: str) -> None:
        """Let it go out, as another person."""
        self._on(ident, lambda one: letters.review(one, checks, by), by)

    def refuse(self, ident: str, reason: str, by: str) -> None:
        """Keep it back, as another person."""
        self._on(ident, lambda one: letters.refuse(one, reason, by), by)

    def put_to_paper(self, ident: str, by: str) -> None:
        """Print it."""
        self._on(ident, lambda one: letters.put_to_paper(one, by), by)

    def _on(self, ident: str, decide: Callable[[Letter], list[LetterFact]], by: str) -> None:
        self.load(ident)

        def decided(history: list[Recorded]) -> list[LetterFact]:
            return decide(letters.fold(ident, (one.fact for one in history)))

        self._act.append(letters.stream(ident), decided, by_person(by))


def looks(ledger: Record, positions: Sequence[int]) -> Iterator[tuple[Asked, Question | None, date]]:
    """The looks at these ledger positions, each with what was put to the policies and the London day."""
    for position in positions:
        for one in ledger.read(position - 1, 1, [Asked.NAME], upto=position):
            if isinstance(one.fact, Asked):
                yield one.fact, questions.decode(one.fact.questions), london_day(one.envelope.known_at)
