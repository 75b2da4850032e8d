"""A hub in small for measuring: the real matcher and a real record, and beside them the truth and a person who answers reviews.

The truth stands here and never in the record: the matcher cannot see it.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from bench.world.telling import Emitted
from hub.adapters.blind import MatchKeys
from hub.adapters.keys_file import FileKeys
from hub.adapters.likeness import likeness
from hub.adapters.record import StoredRecord
from hub.adapters.record_sqlite import sqlite_record
from hub.domain.known import Known
from hub.domain.matching import Held as HeldByPersons
from hub.domain.matching import Judge
from hub.domain.stored import FACTS
from hub.domain.vocabulary import Vocabulary
from hub.flow.append import Pen, people
from hub.flow.compose import described
from hub.flow.match import Matcher, Placement
from tests.support.grants import Granting, Standing

NO_VOCABULARY = Vocabulary(domains={}, indicators={}, measures={}, referrers={}, lists={})


class _Review(Struct):
    due: datetime
    person: str
    candidates: tuple[str, ...]


class WorldHub:
    """The matcher and its record, told one batch after the other, and a person who answers reviews by the truth."""

    def __init__(
        self, folder: Path, judge: Judge | None, sectors: dict[str, str], answered_after: float | None
    ) -> None:
        self.keys = FileKeys(folder / "keys")
        self.record: StoredRecord = sqlite_record(folder / "record.db", self.keys, FACTS, name="record")
        granting = Granting(self.keys)
        self.vault, self.blind, self.likeness = granting.vault, MatchKeys(bytes(32)), likeness()
        self.leave = Standing(granting.ledger, granting.vault)
        self.judge, self.sectors, self.answered_after = judge, sectors, answered_after
        self.meant: dict[str, str] = {}  # source record -> who was meant when it was opened
        self.records: dict[str, list[str]] = {}  # person of the hub -> its source records
        self.truth: dict[str, str] = {}  # person of the hub -> who was meant when it was opened
        self.persons_of: dict[str, set[str]] = {}  # truth -> persons of the hub
        self.keys_of: dict[str, set[bytes]] = {}  # truth -> match keys
        self.shared: Counter[bytes] = Counter()
        self.apart: dict[str, set[str]] = {}
        self.merged: dict[str, str] = {}
        self.reviews: list[_Review] = []
        self.said: dict[str, list[Known]] = {}  # truth -> descriptions that were decided on
        self.indexed = 0

    def close(self) -> None:
        """Give back what is held."""
        self.record.close()
        self.keys.close()

    def place(self, batch: Sequence[Emitted]) -> tuple[Matcher, list[list[Placement]]]:
        """Place the persons of a batch of messages and write them to the index; the matcher that did it."""
        matcher = Matcher(
            record=self.record, vault=self.vault, blind=self.blind, standing=self.leave, sounds=self.likeness.sounds,
            judge=self.judge, population=self.indexed, held=HeldByPersons(self.apart),
            sector=lambda organisation: self.sectors[organisation],
        )  # fmt: skip
        placed = matcher.place([described(one.message) for one in batch])
        self.keys.make(f"source-record:{p.source_record}" for one in placed for p in one if p.new_record)
        pen = Pen(self.vault, self.blind, NO_VOCABULARY, lambda _: "", lambda _: (), batch[-1].publish_at)
        index = [row for one, said in zip(placed, batch, strict=True)
                 for row in people(one, pen, "", said.message.recorded_at).index]  # fmt: skip
        self.record.append([], index=index)
        self.indexed += sum(p.new_record for one in placed for p in one)
        return matcher, placed

    def learn(self, placed: Placement, truth: str, at: datetime) -> None:
        """Remember, apart from the hub, who was meant; and that somebody is asked, where it is in review."""
        if placed.new_person:
            self.truth[placed.person] = truth
            self.persons_of.setdefault(truth, set()).add(placed.person)
        if placed.new_record:
            self.meant[placed.source_record] = truth
            self.records.setdefault(placed.person, []).append(placed.source_record)
        if placed.keys:
            held = self.keys_of.setdefault(truth, set())
            self.shared.update(set(placed.keys) - held)
            held.update(placed.keys)
        if placed.in_review and self.answered_after is not None and placed.candidates:
            self.reviews.append(_Review(at + timedelta(days=self.answered_after), placed.person, placed.candidates))

    def answer(self, now: datetime) -> None:
        """What is due: who is the same becomes one person, who is not is held apart. (In order of asking.)"""
        done = 0
        for review in self.reviews:
            if review.due > now:
                break
            done += 1
            here = self._now(review.person)
            for candidate in dict.fromkeys(self._now(one) for one in review.candidates):
                here = self._now(here)
                if candidate == here:
                    continue
                if self.truth[candidate] == self.truth[here]:
                    self._merge(here, candidate)
                else:
                    self.apart.setdefault(here, set()).add(candidate)
                    self.apart.setdefault(candidate, set()).add(here)
        del self.reviews[:done]

    def _now(self, person: str) -> str:
        while (into := self.merged.get(person)) is not None:
            person = into
        return person

    def _merge(self, here: str, into: str) -> None:
        moved = self.records.pop(here)
        rows = self.record.by_source_record(moved)
        self.record.append([], index=[replace(row, person=into) for row in rows.values()])
        self.records[into] += moved
        self.merged[here] = into
        self.persons_of[self.truth[here]].discard(here)
        for other in self.apart.pop(here, set()):
            self.apart[other].discard(here)
            self.apart[other].add(into)
            self.apart.setdefault(into, set()).add(other)
