"""The roles of a running hub, each a loop that ends when `stop` is set. `mash up` runs them as threads of one process,
`mash run <role>` one alone. No role calls another: they meet in the log, the record and the ledger.
"""

import gc
import logging
import threading
import time
from collections.abc import Callable, Iterator
from importlib.metadata import entry_points
from threading import Event

from hub.bootstrap import Hub
from hub.domain.concern import MessageReadmitted, ReadmissionAsked
from hub.domain.errors import TryLater
from hub.domain.identity import NAMES as DECIDED
from hub.domain.identity import Decision, IdentityAgreed, IdentityDecided, IdentityFact
from hub.domain.identity import evolve as evolve_identity
from hub.domain.protected import ProtectedAgreed, ProtectedDeclared
from hub.flow import relay as flow_relay
from hub.flow.receive import FINDINGS, Intake

log = logging.getLogger(__name__)
Runner = Callable[[Hub, Event], None]
ASKED = (  # what people ask of the intake
    ReadmissionAsked.NAME, IdentityDecided.NAME, IdentityAgreed.NAME, ProtectedDeclared.NAME, ProtectedAgreed.NAME,
)  # fmt: skip
IDLE = 0.05  # seconds that an idle role waits for the log before it looks around
LOOK_AROUND = 1.0  # seconds between looks for organisations that joined and for what is to be re-admitted
RETRY = 30.0  # seconds before a relay that failed, and paged a person, tries again
LEAVE_POOL = 3600.0  # seconds between looks for what led to nothing and is old enough to leave the pool
BACK_OFF = 0.5  # seconds before trying again after a fault that passes


def settle() -> None:
    """What a process of the hub does once, when it has opened the hub: what is loaded now stays to the end, and the
    garbage collector need not look through it again and again (a sixth of the intake's time, measured).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def intake(hub: Hub, stop: Event) -> None:
    """Take what organisations send, and what the consumers find, onto the record. One at a time holds the lease.

    While the store or the log is away the place is kept: it goes on from where the record says that it is.
    """
    with hub.lease("intake", stop) as held:
        worker: Intake | None = None
        while held and not stop.is_set():
            try:
                if worker is None or worker.edition != hub.in_force().edition.id:
                    worker = Intake(hub.intake_tools())
                worker.ask_again()
                _take_in(hub, worker, stop)
            except TryLater as later:
                log.warning("the intake waits: %s", later)
                stop.wait(BACK_OFF)


def _take_in(hub: Hub, worker: Intake, stop: Event) -> None:
    """Read every topic from the place that the record holds, until `stop`, a fault that passes, or another edition."""
    places: dict[tuple[str, int], int] = {}
    reader = hub.log.reader({})
    asked = hub.record.position()
    looked = left = 0.0
    try:
        worker.protect()
        readmit_waiting(hub, worker)
        settle_waiting(hub, worker)
        while not stop.is_set() and worker.edition == hub.in_force().edition.id:  # a turn is judged by one edition
            if time.monotonic() - looked > LOOK_AROUND:
                looked = time.monotonic()
                hub.count_opened()
                joined = [place for place in _partitions(hub) if place not in places]
                if joined:
                    places |= {place: hub.record.tracked(f"{place[0]}/{place[1]}") for place in joined}
                    reader.close()
                    reader = hub.log.reader({place: done + 1 for place, done in places.items()})
                asked = _asked_new(hub, worker, asked)
                if worker.ask_kept_out():
                    hub.ring()
            if time.monotonic() - left > LEAVE_POOL or not left:
                left = time.monotonic()
                hub.leave_pool()
            messages = reader.poll(hub.settings.batch, IDLE)
            if messages and worker.edition != hub.in_force().edition.id:
                return  # published while it waited for these: they are read again, and judged by the new one
            if messages:
                worker.take_look(messages, places)
                places |= {(one.topic, one.partition): one.offset for one in messages}
                hub.ring()
            else:
                asked = _asked_new(hub, worker, asked)
            _count(hub, worker)
    finally:
        reader.close()
        hub.count_opened()


def _count(hub: Hub, worker: Intake) -> None:
    """Count what siblings and households make count, as far as the record goes now."""
    head = hub.record.position()
    if head > hub.counted:
        if worker.count():
            hub.ring()
        hub.counted = head


def _asked_new(hub: Hub, worker: Intake, after: int) -> int:
    """Do what people asked for since position `after`: re-admit, carry out decisions; the position looked up to."""
    newest = hub.record.position()
    if newest > after and hub.record.read(after, 1, ASKED, upto=newest):
        worker.protect()
        readmit_waiting(hub, worker)
        settle_waiting(hub, worker)
    return newest


def readmit_waiting(hub: Hub, worker: Intake) -> list[str]:
    """Run every quarantined message that a person asked to re-admit and that was not run since; their streams."""
    waiting: dict[str, bool] = {}
    after = 0
    while page := hub.record.read(after, 500, [ReadmissionAsked.NAME, MessageReadmitted.NAME]):
        for recorded in page:
            waiting[recorded.stream] = isinstance(recorded.fact, ReadmissionAsked)
        after = page[-1].position
    streams = [stream for stream, asked in waiting.items() if asked]
    for stream in streams:
        worker.readmit(stream)
    return streams


def settle_waiting(hub: Hub, worker: Intake) -> list[str]:
    """Carry out every decision about identity that nobody need agree to any more, in order; their ids.

    One that waits since before a crash is among them: it is carried out once, whoever comes to it.
    """
    decisions: dict[str, Decision] = {}
    after = 0
    while page := hub.record.read(after, 500, DECIDED):
        for recorded in page:
            ident = recorded.stream.partition(":")[2]
            if isinstance(recorded.fact, IdentityFact):
                decisions[ident] = evolve_identity(decisions.get(ident, Decision(ident)), recorded.fact)
        after = page[-1].position
    waiting = [ident for ident, decision in decisions.items() if decision.state == "waits_for_intake"]
    for ident in waiting:
        worker.settle(ident)
    if waiting:
        hub.ring()
    return waiting


def relay(hub: Hub, stop: Event) -> None:
    """Send out what counts for whom, and what became of cases: each in a loop of its own.

    Alerts rest on what counts for whom, so only that loop's end is the role's; trouble of another pages a person, and that
    loop tries again.
    """
    relays = hub.relays()
    over = Event()
    beside = [
        threading.Thread(target=_relay_beside, args=(hub, one, over), name=f"relay {one.topic}", daemon=True)
        for one in relays
        if one.topic != flow_relay.SIGNALS
    ]
    for thread in beside:
        thread.start()
    try:
        flow_relay.run([one for one in relays if one.topic == flow_relay.SIGNALS], stop, wait=hub.record_bell)
    finally:
        over.set()
        hub.ring()
        for thread in beside:
            thread.join()


def _relay_beside(hub: Hub, one: flow_relay.Relay, over: Event) -> None:
    while not over.is_set():
        try:
            flow_relay.run([one], over, wait=hub.record_bell)
        except Exception as trouble:  # noqa: BLE001 - what counts for whom goes out meanwhile; a person is paged
            hub.page(one.topic, f"its relay failed ({type(trouble).__name__}) and tries again")
            over.wait(RETRY)


def views(hub: Hub, stop: Event) -> None:
    """Keep what pages read up to date with record and ledger; while the store is away, wait."""
    while not stop.is_set():
        try:
            moved = hub.views.follow("record", hub.record) + hub.views.follow("ledger", hub.ledger)
        except TryLater as later:
            log.warning("the views wait: %s", later)
            stop.wait(BACK_OFF)
            continue
        if moved:
            hub.changed()
        else:
            hub.record_bell(IDLE)


def watch(hub: Hub, stop: Event) -> None:
    """What time alone brings: rings for what is red and nobody's, and contacts for who is at it already.

    One at a time holds the lease; what it did is on record, so another goes on from there.
    """
    with hub.lease("watch", stop) as held:
        watching = hub.watch()
        while held and not stop.is_set():
            try:
                if watching.turn():
                    hub.ring()
            except TryLater as later:
                log.warning("the watch waits: %s", later)
            stop.wait(LOOK_AROUND)


def _partitions(hub: Hub) -> Iterator[tuple[str, int]]:
    for topic, partitions in {**hub.log.topics("concern."), **hub.log.topics(FINDINGS)}.items():
        yield from ((topic, number) for number in range(partitions))


def consumers() -> dict[str, Runner]:
    """The consumers that are installed beside the hub (entry points `mash.consumers`); the hub never imports them."""
    return {point.name: point.load() for point in entry_points(group="mash.consumers")}


def roles() -> dict[str, Runner]:
    """Every role that needs no HTTP, by the name that `mash run` takes."""
    return {"intake": intake, "relay": relay, "views": views, "watch": watch, **consumers()}
