"""The edition in force, taken up while the hub runs: edition, rulings and match judge change together or not at all.

It promises that whoever asks gets one edition whole, that one which does not load changes nothing but the alarm, and that
the hub then goes on under the last one that does. That one failed while it judged is a fact on the record: every process,
and each that starts later, goes on under the same one, and a person is rung once.
"""

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from functools import partial
from time import monotonic
from typing import NamedTuple

from hub.adapters.cedar import CedarRulings
from hub.domain import edition as editions
from hub.domain.condition import Likeness
from hub.domain.edition import BadEdition, Edition, EditionCondemned, EditionPublished, condemned_stream
from hub.domain.errors import AlreadyOnRecord, TryLater, VersionConflict
from hub.domain.fact import Envelope, NewFact
from hub.domain.guards import Judge
from hub.domain.matching import judge_of
from hub.ports import Clock, Record

AHEAD = 20  # streams of editions that one look asks for at the start
LATELY = 0.2  # seconds for which `lately` does not look again


class InForce(NamedTuple):
    """One edition, ready to judge by: its typed content, its sharing policies, and how it tells whether two are one."""

    edition: Edition
    rulings: CedarRulings
    judge: Judge | None


def load(
    fact: EditionPublished, *, likeness: Likeness, alarm: Callable[[str], None],
    erred: Callable[[str], None] | None = None,
) -> InForce:  # fmt: skip
    """Everything that judging by this edition needs; `erred` hears of a policy of it that fails while it judges.

    Raises HubError (BadEdition, InvalidPolicies) for what does not read.
    """
    edition = editions.read(fact)
    rulings = CedarRulings(edition.parts["policies"], edition.parts["cedar_schema"], alarm=alarm, erred=erred)
    try:
        edition.ready()
        judge = judge_of(edition.parts["match_model"], likeness)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadEdition(f"edition {fact.number}: rules or match model do not read: {error}") from error
    return InForce(edition, rulings, judge)


class Editions:
    """The editions on record, and the one in force. One for each process; its answers serve all threads."""

    def __init__(
        self, *, record: Record, clock: Clock, likeness: Likeness, alarm: Callable[[str], None],
        page: Callable[[str, str], None],
    ) -> None:  # fmt: skip
        """Take up the edition in force; raises as the newest that does not load where none does."""
        self._record, self._clock, self._likeness = record, clock, likeness
        self._alarm, self._page = alarm, page
        self._known: dict[int, datetime] = {}  # number -> effective from
        self._bad: dict[int, str] = {}
        self._unwritten: set[int] = set()  # condemned here, while the store was away
        self._rung: set[int] = set()  # condemned by another process, which rang, or before this one started
        self._later: datetime | None = None  # when the next one becomes effective
        self._lock = threading.Lock()
        self._looked = 0.0
        self._pinned = False
        self._now: InForce | None = None
        self.trouble = ""  # why the edition that should be in force is not, "" when it is
        self._take_up()
        if self._now is None:
            raise BadEdition(self.trouble or "no edition is on record")

    def now(self) -> InForce:
        """The edition in force at this moment: what a look, or a turn of the intake, is judged by from start to end.

        One query. While the store is away, the one that was in force.
        """
        with suppress(TryLater):
            self._look()
        assert self._now is not None  # noqa: S101 - for the type checker; __init__ saw to it
        return self._now

    def lately(self) -> InForce:
        """The same, looked up at most five times a second: for whoever asks at every step."""
        if monotonic() - self._looked < LATELY and self._now is not None:
            return self._now
        return self.now()

    def condemn(self, number: int, why: str) -> None:
        """A policy of this edition failed while it judged: what it was asked is denied, and the last good one goes on.

        It is put on record, so that every process goes on under that one. The first edition has none before it: it stays,
        denies and rings.
        """
        if number == 1 or number in self._bad or self._pinned:
            return
        now = self._clock.now()
        with self._lock:
            if number in self._bad:
                return  # another thread met it in the same moment
            self._bad[number] = why
            self._best(now)
            self._unwritten.add(number)
            with suppress(TryLater):
                self._write()
            self._tell(now)

    def pin(self, in_force: InForce) -> None:
        """Judge by this from now on, whatever is published: for a trial or a test."""
        self._pinned, self._now = True, in_force

    def _look(self) -> None:
        if self._pinned:
            return
        if self._unwritten:
            with self._lock:
                self._write()
        asked = [editions.stream(max(self._known, default=0) + 1)]
        if self._now is not None:
            asked.append(condemned_stream(self._now.edition.number))
        newer = self._record.versions(asked)
        self._looked = monotonic()
        if newer or (self._later is not None and self._later <= self._clock.now()):
            self._take_up()

    def _take_up(self) -> None:
        with self._lock:
            self._read_new()
            self._read_condemned()
            now = self._clock.now()
            self._later = min((moment for moment in self._known.values() if moment > now), default=None)
            self._best(now)
            self._tell(now)

    def _best(self, now: datetime) -> None:
        """Take up the newest edition that is effective and loads; nothing where that is the one in force."""
        for number in sorted((one for one, moment in self._known.items() if moment <= now), reverse=True):
            if number in self._bad:
                continue
            if self._now is not None and self._now.edition.number == number:
                return
            if (found := self._loaded(number)) is not None:
                self._now = found
                return

    def _read_new(self) -> None:
        while True:
            first = max(self._known, default=0) + 1
            there = self._record.versions([editions.stream(number) for number in range(first, first + AHEAD)])
            number = first
            while editions.stream(number) in there:
                self._known[number] = self._fact(number).effective_from
                number += 1
            if number < first + AHEAD:
                return

    def _read_condemned(self) -> None:
        """What any process of this hub condemned, as it stands on record."""
        there = self._record.versions([condemned_stream(number) for number in self._known if number not in self._bad])
        for name in there:
            fact = self._record.load(name)[0].fact
            if isinstance(fact, EditionCondemned):
                self._bad[fact.number] = fact.why
                self._rung.add(fact.number)

    def _write(self) -> None:
        """Put on record what this process condemned; whoever was first with it rings. Raises TryLater."""
        for number in sorted(self._unwritten):
            now, because = self._clock.now(), f"{editions.stream(number)}@1"
            envelope = Envelope(now, now, "service:editions", because, "", str(number))
            fact = EditionCondemned(number=number, why=self._bad[number])
            try:
                self._record.append([NewFact(condemned_stream(number), 0, fact, envelope)])
            except (AlreadyOnRecord, VersionConflict):
                self._rung.add(number)
            self._unwritten.discard(number)

    def _fact(self, number: int) -> EditionPublished:
        fact = self._record.load(editions.stream(number))[0].fact
        if not isinstance(fact, EditionPublished):
            raise BadEdition(f"the stream of edition {number} holds something else: stop and verify the record")
        return fact

    def _loaded(self, number: int) -> InForce | None:
        try:
            return load(
                self._fact(number), likeness=self._likeness, alarm=self._alarm, erred=partial(self.condemn, number)
            )
        except TryLater:
            raise
        except Exception as why:  # noqa: BLE001 - whatever is wrong with an edition, the last good one goes on, and rings
            self._bad[number] = str(why)
            return None

    def _tell(self, now: datetime) -> None:
        """Say what stands in the place of an edition that does not load, and ring a person once."""
        current = self._now.edition.number if self._now else 0
        wrong = [one for one in self._bad if one > current and self._known[one] <= now]
        newest, said = max(wrong, default=0), ""
        if wrong:
            instead = f"edition {current} stays in force" if current else "no other loads"
            said = f"edition {newest} cannot be judged by, {instead}: publish one that can ({self._bad[newest]})"
        if said and said != self.trouble and newest not in self._rung:
            self._page("edition", said)
        self.trouble = said
