"""Each source numbers what it sends: a number that never came, or came again, is noticed. A lost message is never silent."""

import logging
from collections.abc import Iterable

from hub.domain.concern import SequenceGapNoticed, SequenceNumberReused
from hub.domain.message_rules import MOST_NUMBER
from hub.flow.append import Draft
from hub.flow.verify import Verified
from hub.ports import LogMessage, Record, Tracked

log = logging.getLogger(__name__)


class Sequences:
    """Where each source's own numbering stands. What is noticed is written with the batch."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self._numbers: dict[str, int] = {}  # each source's newest number, as this intake wrote it last

    def look(
        self, taken: Iterable[Verified], new: Iterable[Verified]
    ) -> tuple[list[tuple[Draft, LogMessage]], list[Tracked]]:
        """Where each source's own numbering stands now, and an alarm for numbers that never came, or came again.

        A number came when its message was verified, whatever became of it: what lies in quarantine is not lost. `new`
        are those that are recorded for the first time: a repeat has its old number, and one re-admitted is late.
        """
        first_time = {verified.at.place for verified in new}
        gaps: list[tuple[Draft, LogMessage]] = []
        newest: dict[str, tuple[int, int]] = {}  # source -> (before, now)
        for verified in taken:
            source = f"sequence/{verified.header.source}/{verified.signer}"
            if source not in newest:
                stands = self._numbers.get(source)
                newest[source] = (self._record.tracked(source) if stands is None else stands,) * 2
            before, last = newest[source]
            number = verified.message.source_sequence
            if not 0 <= number <= MOST_NUMBER:
                continue  # the rules have refused it
            if number > last + 1 and not (last == -1 and number <= 1):
                gap = SequenceGapNoticed(
                    organisation=verified.header.source, signer=verified.signer, first=max(last, 0) + 1, last=number - 1
                )
                stream = f"source:{verified.header.source}"
                gaps.append((Draft(stream, gap, new=False, because=f"log:{verified.at.place}"), verified.at))
                log.warning("sequence gap: source %s, %d to %d", verified.header.source, gap.first, gap.last)
            elif number <= last and verified.at.place in first_time:
                again = SequenceNumberReused(
                    organisation=verified.header.source, signer=verified.signer, number=number, newest=last
                )
                stream = f"source:{verified.header.source}"
                gaps.append((Draft(stream, again, new=False, because=f"log:{verified.at.place}"), verified.at))
                log.warning("sequence number again: source %s, %d after %d", verified.header.source, number, last)
            newest[source] = (before, max(last, number))
        moved = [Tracked(source, before, now) for source, (before, now) in newest.items() if now != before]
        return gaps, moved

    def forget(self) -> dict[str, int]:
        """Before the batch is written: after a fault nobody knows whether it was, and the record is asked again."""
        numbers, self._numbers = self._numbers, {}
        return numbers

    def keep(self, numbers: dict[str, int], moved: Iterable[Tracked]) -> None:
        """The batch was written: `numbers` as `forget` gave them, and what it moved."""
        self._numbers = numbers | {one.source: one.after for one in moved}
