"""Topic `expected.v1` in, topic `finding.v1` out: what was expected by a moment, and did not come.

It promises that each silence is found once, whatever restarts and repeats there are and however the clock is moved: the
moment and whether it was found stand in its state, and a moment that has passed speaks only when everything that the hub
had put on record by then has been read. Feeds are its other half: a setting that was heard and is heard no more.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from threading import Event

import msgspec
from msgspec import Struct

from consumers.runtime import Runner, Work, header
from hub.bootstrap import Hub
from hub.domain.edition import Edition
from hub.domain.feed import Feed, Open, silent_from
from hub.domain.silence import KINDS, Awaited, Expected, Silence
from hub.domain.waiting import listening_of
from hub.ports import Clock, ConsumerState, Log, LogMessage, Outgoing, Reached, StateChange

NAME = "silence"
EXPECTED = "expected.v1"
FINDINGS = "finding.v1"
AT_ONCE = 200  # things waited for that are looked at in one step
LISTEN_EVERY = timedelta(minutes=15)  # feeds are a matter of days
TIMER, KEPT = "due", "awaited"  # names in its state
PARTITION = 0  # the topic has one: what is said of one thing stays in order, whoever it is found to be

Decode = Callable[[str, bytes], Expected]  # (ce_dataschema, body)
Encode = Callable[[Silence], tuple[bytes, str]]  # body and ce_dataschema


class Held(Struct, frozen=True):
    """What is waited for, and whether its silence was found."""

    awaited: Awaited
    found: bool = False


class Listens(Struct, frozen=True):
    """What listening to feeds needs: who was heard when, and the edition that says which days count."""

    feeds: Callable[[], Sequence[Feed]]
    edition: Callable[[], Edition]


class Silent:
    """One consumer's step."""

    def __init__(
        self, *, state: ConsumerState, clock: Clock, decode: Decode, encode: Encode, written: Callable[[], int],
        sent: Callable[[], int], end: Callable[[], int], listens: Listens | None = None,
    ) -> None:  # fmt: skip
        """`written` is the record's newest position, `sent` how far it went out on the topic, `end` where the topic ends:
        together they say whether what came in time has been read.
        """
        self._state, self._clock, self._decode, self._encode = state, clock, decode, encode
        self._written, self._sent, self._end, self._listens = written, sent, end, listens
        self._mark: int | None = None  # what was on record when something fell due
        self._listened: datetime | None = None

    def handle(self, messages: Sequence[LogMessage]) -> Work:
        """What is expected now, and what came."""
        said = [
            (awaited, expected.position)
            for one in messages
            for expected in (self._decode(header(one, "ce_dataschema"), one.body),)
            for awaited in expected.awaited
        ]
        turn = _Turn(self._clock.now(), self._hold(_key(awaited) for awaited, _ in said))
        for awaited, position in said:
            turn.expect(awaited, position)
        return self._work(turn)

    def elapse(self, now: datetime, reached: Mapping[int, Reached]) -> Work | None:
        """What fell due, once everything that came in time has been read; then who is heard no more."""
        if PARTITION not in reached:
            return None
        due = [about for _, about in self._state.due(now, (PARTITION,), AT_ONCE)]
        if not due:
            self._mark = None
            return self._listen(now, reached[PARTITION].sequence)
        if self._mark is None:
            self._mark = self._written()
        if self._sent() < self._mark or reached[PARTITION].offset < self._end():
            return None
        self._mark = None  # what falls due next is looked at anew
        turn = _Turn(now, self._hold(due))
        for about in due:
            turn.miss(about, reached[PARTITION].sequence)
        return self._work(turn)

    def _listen(self, now: datetime, position: int) -> Work | None:
        """Feeds, every so often; None where nothing is to be said."""
        if self._listens is None:
            return None
        if self._listened is not None and timedelta(0) <= now - self._listened < LISTEN_EVERY:
            return None
        self._listened = now
        edition = self._listens.edition()
        days, learned = Open(edition.parts, edition.calendar), listening_of(edition.parts)
        heard = [(feed, silent_from(feed, days, learned)) for feed in self._listens.feeds()]
        turn = _Turn(now, self._hold(_key(_of(feed, None)) for feed, _ in heard))
        for feed, due in heard:
            turn.listen(_of(feed, due), position)
        return self._work(turn) if turn.changed else None

    def _hold(self, keys: Iterable[str]) -> dict[str, Held]:
        held = self._state.load(sorted(set(keys)))
        decode = msgspec.msgpack.Decoder(Held).decode
        return {about: decode(one.kept[KEPT]) for about, one in held.items() if KEPT in one.kept}

    def _work(self, turn: "_Turn") -> Work:
        encode = msgspec.msgpack.encode
        return Work(
            outgoing=tuple(self._outgoing(said) for said in turn.said),
            change=StateChange(
                timers=tuple((about, TIMER, PARTITION, _runs(held)) for about, held in turn.changed.items()),
                kept=tuple((about, KEPT, encode(held) if held else None) for about, held in turn.changed.items()),
            ),
        )

    def _outgoing(self, said: Silence) -> Outgoing:
        body, dataschema = self._encode(said)
        headers = {
            "ce_specversion": "1.0",
            "ce_id": f"{said.position}/{said.kind}/{said.due.timestamp():.0f}/{'yes' if said.holds else 'no'}",
            "ce_source": f"hub/{NAME}",
            "ce_type": "mash.silence.v1",
            "ce_time": self._clock.now().isoformat(),
            "ce_dataschema": dataschema,
            "content-type": "avro/binary",
        }
        encoded = tuple((name, value.encode()) for name, value in headers.items())
        return Outgoing(FINDINGS, said.child.encode() or None, encoded, body)


class _Turn:
    """What one step comes to: what is held afterwards, and what is said."""

    def __init__(self, now: datetime, held: dict[str, Held]) -> None:
        self._now, self._held = now, held
        self.changed: dict[str, Held | None] = {}
        self.said: list[Silence] = []

    def expect(self, awaited: Awaited, position: int) -> None:
        """It is expected by another moment, or no longer."""
        about, before = _key(awaited), self._held.get(_key(awaited))
        if before is not None and before.awaited.due is not None:
            due = before.awaited.due
            if awaited.due == due:
                return
            if awaited.due is not None and awaited.kind in KINDS and KINDS[awaited.kind].earliest and due < awaited.due:
                return  # the first is not forgotten because there was another
            if not before.found and due <= awaited.since:  # too late, while nobody listened: on record all the same
                self._say(before.awaited, position, holds=True)
            if before.found or due <= self._now:  # found, perhaps by one whose state was lost: the intake knows
                self._say(before.awaited, position, holds=False)
        self._keep(about, Held(awaited) if awaited.due is not None else None)

    def miss(self, about: str, position: int) -> None:
        """Its moment has passed."""
        before = self._held.get(about)
        if before is None or before.found or before.awaited.due is None or before.awaited.due > self._now:
            self._keep(about, before)
            return
        self._say(before.awaited, position, holds=True)
        self._keep(about, Held(before.awaited, found=True))

    def listen(self, awaited: Awaited, position: int) -> None:
        """When this feed falls silent, as it was last heard; held only while it is silent."""
        about, before = _key(awaited), self._held.get(_key(awaited))
        if before is not None and awaited.due is not None and before.awaited.since == awaited.since:
            return  # not heard since: its rhythm may be learned otherwise by now, and its silence is the same
        if before is not None:
            self._say(before.awaited, position, holds=False)
            self._keep(about, None)
        if awaited.due is not None and awaited.due <= self._now:
            self._say(awaited, position, holds=True)
            self._keep(about, Held(awaited, found=True))

    def _keep(self, about: str, held: Held | None) -> None:
        self.changed[about] = held
        if held is None:
            self._held.pop(about, None)
        else:
            self._held[about] = held

    def _say(self, awaited: Awaited, position: int, *, holds: bool) -> None:
        if awaited.due is None:  # never: what has no moment is not held
            raise AssertionError("a silence without a moment")
        self.said.append(
            Silence(
                kind=awaited.kind, subject=awaited.subject, child=awaited.child, organisation=awaited.organisation,
                setting=awaited.setting, since=awaited.since, due=awaited.due, ref=awaited.ref, holds=holds,
                position=position,
            )
        )  # fmt: skip


def _key(awaited: Awaited) -> str:
    return f"{awaited.kind} {awaited.subject}"


def _runs(held: Held | None) -> datetime | None:
    """When its timer runs out; None for what is found, or held no more."""
    return held.awaited.due if held is not None and not held.found else None


def _of(feed: Feed, due: datetime | None) -> Awaited:
    return Awaited(
        kind="feed_silent", subject=f"feed:{feed.organisation}/{feed.setting}", organisation=feed.organisation,
        setting=feed.setting, since=feed.last, due=due,
    )  # fmt: skip


def run(
    *, log: Log, state: ConsumerState, clock: Clock, decode: Decode, encode: Encode, written: Callable[[], int],
    sent: Callable[[], int], stop: Event, listens: Listens | None = None,
) -> None:  # fmt: skip
    """Run this consumer until `stop`."""
    step = Silent(
        state=state, clock=clock, decode=decode, encode=encode, written=written, sent=sent,
        end=lambda: log.end(EXPECTED, PARTITION), listens=listens,
    )  # fmt: skip
    Runner(step, topic=EXPECTED, log=log, state=state, clock=clock).run(stop)


def role(hub: Hub, stop: Event) -> None:
    """This consumer beside a running hub: what `mash up` and `mash run silence` start."""
    state = hub.consumer_state(NAME)
    try:
        run(
            log=hub.log, state=state, clock=hub.clock, decode=hub.codec.decode_expected,
            encode=hub.codec.encode_silence, written=hub.record.position, sent=hub.relayed(), stop=stop,
            listens=Listens(hub.feeds, lambda: hub.edition),
        )  # fmt: skip
    finally:
        state.close()
