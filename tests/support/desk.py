"""A small intake: places persons by the real matcher against a real SQLite record and puts them on it. No log, no messages."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from hub.adapters.blind import MatchKeys
from hub.adapters.keys_file import FileKeys
from hub.adapters.likeness import likeness
from hub.adapters.record import StoredRecord
from hub.adapters.record_sqlite import sqlite_record
from hub.domain.alike import Alike
from hub.domain.fact import Envelope, Fact, NewFact
from hub.domain.matching import RULES, Judge, judge_of
from hub.domain.stored import FACTS
from hub.domain.vocabulary import Vocabulary
from hub.flow.append import Pen, people
from hub.flow.match import Decided, Described, Matcher, Placement
from hub.ports import IndexRow
from policies.matching import match_model
from tests.support.grants import Granting, Standing

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


@cache
def shipped() -> Judge:
    """The judge of the draft edition: the shipped model, thresholds and guards."""
    judge = judge_of(match_model(RULES), likeness())
    assert judge is not None
    return judge


class Desk:
    """Places and records, batch after batch: by rules alone, or by a judge."""

    def __init__(self, folder: Path, judge: Judge | None = None) -> None:
        self.keys = FileKeys(folder / "keys.db")
        self.record: StoredRecord = sqlite_record(folder / "record.db", self.keys, FACTS, name="record")
        granting = Granting(self.keys)
        self.vault, self.blind, self.leave = (
            granting.vault,
            MatchKeys(bytes(32)),
            Standing(granting.ledger, granting.vault),
        )
        self.judge, self.decided = judge, Decided(self.record)
        self.turned_out: list[Alike] = []  # of the last batch: who else known persons may be, by what was said of them

    def place(self, *described: Described) -> list[Placement]:
        """Each in a message of its own, in one batch; put on record."""
        return self.place_messages(*([each] for each in described))

    def place_messages(self, *messages: Sequence[Described]) -> list[Placement]:
        """Messages in one batch; put on record."""
        matcher = Matcher(
            record=self.record, vault=self.vault, blind=self.blind, standing=self.leave, sounds=likeness().sounds,
            judge=self.judge, population=self.record.indexed() if self.judge else 0, held=self.decided.refresh(),
        )  # fmt: skip
        placed = [one for message in matcher.place(messages) for one in message]
        self.turned_out = [found for _, _, alike in matcher.again for found in alike]
        self.keys.make(f"source-record:{one.source_record}" for one in placed if one.new_record)
        self.keys.make(f"person:{one.person}" for one in placed if one.new_person)
        nothing = Vocabulary(domains={}, indicators={}, measures={}, referrers={}, lists={})
        pen = Pen(self.vault, self.blind, nothing, lambda _: "", lambda _: (), NOON)
        written = people(placed, pen, "", NOON)
        self._write([(draft.stream, draft.fact) for draft in written.drafts], written.index)
        return placed

    def decide(self, *facts: tuple[str, Fact]) -> None:
        """What persons decided, each fact on its stream."""
        self._write(facts, [])

    def _write(self, facts: Sequence[tuple[str, Fact]], index: Sequence[IndexRow]) -> None:
        versions: dict[str, int] = dict(self.record.versions([stream for stream, _ in facts]))
        numbered = []
        for stream, fact in facts:
            after = versions.get(stream, 0)
            versions[stream] = after + 1
            numbered.append(NewFact(stream, after, fact, Envelope(NOON, NOON, "service:intake", "", "", "1")))
        if numbered:
            self.record.append(numbered, index=index)

    def close(self) -> None:
        """Give back what is held."""
        self.record.close()
        self.keys.close()
