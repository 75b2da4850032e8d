"""What did not come, in a replayed case: the consumer that finds silences, in step with the case's own clock.

Feeds are listened for at the moment at which they fall silent: the clock of a replay jumps from event to event.
"""

from collections.abc import Iterator
from datetime import datetime
from threading import Event as Flag

from consumers.runtime import Runner
from consumers.silence import EXPECTED, NAME, Listens, Silent
from hub.bootstrap import Hub
from hub.domain.feed import Open, silent_from
from hub.domain.waiting import listening_of
from hub.ports import Clock


class Unheard:
    """The consumer of silences beside a replayed hub."""

    def __init__(self, hub: Hub, clock: Clock, *, feeds: bool) -> None:
        """`feeds`: whether any organisation of the case said how often it is heard."""
        self._hub, self._feeds = hub, feeds
        self._state = hub.consumer_state(NAME)
        self._heard: set[tuple[str, str, datetime]] = set()  # feeds whose silence was looked at
        self._step = Silent(
            state=self._state, clock=clock, decode=hub.codec.decode_expected, encode=hub.codec.encode_silence,
            written=hub.record.position, sent=hub.relayed(), end=lambda: hub.log.end(EXPECTED, 0),
            listens=Listens(hub.feeds, lambda: hub.edition) if feeds else None,
        )  # fmt: skip
        self._runner = Runner(self._step, topic=EXPECTED, log=hub.log, state=self._state, clock=clock)
        self._reader = self._runner.open()

    def close(self) -> None:
        """Close what was opened here."""
        self._reader.close()
        self._state.close()

    def read(self) -> int:
        """Take in what is expected now; how many messages."""
        return self._runner.read(self._reader, 0)

    def elapse(self) -> None:
        """Find what fell due by now."""
        self._heard |= {due for due in self._silent() if due[2] <= self._hub.clock.now()}
        self._runner.elapse(Flag())

    def due(self, moment: datetime) -> bool:
        """Whether anything falls due by this moment."""
        if self._state.due(moment, range(self._hub.log.topics(EXPECTED)[EXPECTED]), 1):
            return True
        return any(one[2] <= moment and one not in self._heard for one in self._silent())

    def _silent(self) -> Iterator[tuple[str, str, datetime]]:
        """When each feed falls silent, as it was last heard."""
        if not self._feeds:
            return
        edition = self._hub.edition
        days, learned = Open(edition.parts, edition.calendar), listening_of(edition.parts)
        for feed in self._hub.feeds():
            due = silent_from(feed, days, learned)
            if due is not None:
                yield feed.organisation, feed.setting, due
