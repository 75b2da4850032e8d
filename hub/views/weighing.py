"""What a match rests on, weighed again for who reviews it: codes and bits, by the edition's model, or by its rules alone.

Like the matcher it opens identifiers under a standing, counted ledger entry, and nobody sees what it opens.
"""

from collections.abc import Callable, Sequence
from threading import Lock

from hub.domain.comparing import compare
from hub.domain.known import Known, Weight
from hub.domain.matching import Judge
from hub.domain.model import score
from hub.flow.disclose import StandingGrant
from hub.flow.match import descriptions
from hub.ports import Record, Vault

MOST = 6  # source records of each side that are compared: the page shows what they say, this says how much it tells


class Weigher:
    """Weighs the source records of one person against those of another; the pair that says most for one person speaks."""

    def __init__(
        self, *, record: Record, vault: Vault, judge: Judge | None, stand: Callable[[], StandingGrant],
        count: Callable[[StandingGrant], object],
    ) -> None:  # fmt: skip
        self._record, self._vault, self._judge = record, vault, judge
        self._stand, self._count = stand, count
        self._leave: StandingGrant | None = None
        self._lock = Lock()  # pages are answered by several threads, and a leave counts one after another

    def __call__(self, ones: Sequence[str], others: Sequence[str]) -> tuple[Weight, ...]:
        """The weights of the best pair; () where nothing can be compared, as after an erasure."""
        with self._lock:
            if self._leave is None:
                self._leave = self._stand()
            mine, theirs = self._known(ones, self._leave), self._known(others, self._leave)
            self._count(self._leave)
        pairs = [self._weigh(one, other) for one in mine for other in theirs]
        return max(pairs, key=lambda pair: pair[0], default=(0.0, ()))[1]

    def _known(self, source_records: Sequence[str], leave: StandingGrant) -> list[Known]:
        some = list(source_records)[:MOST]
        return descriptions(some, record=self._record, vault=self._vault, standing=leave)

    def _weigh(self, one: Known, other: Known) -> tuple[float, tuple[Weight, ...]]:
        if self._judge is not None:
            found = score(self._judge.model, self._judge.likeness, one, other, self._record.indexed())
            return found.bits, found.weights
        weights = compare(one, other)[1]
        said = sum((weight.outcome == "agrees") - (weight.outcome == "differs") for weight in weights)
        return float(said), weights
