"""What is expected of those around a child: that health sees who was not brought, that a school has who left another, that
its chronology follows, and that the numbers of a source have no gap.
"""

from collections.abc import Iterator
from datetime import datetime

from hub.domain.child import SignalCounted, SignalDiscounted
from hub.domain.concern import SequenceGapNoticed
from hub.domain.counting import is_sighting
from hub.domain.fact import Recorded
from hub.domain.rule import REFUSALS
from hub.domain.signal import Signal
from hub.domain.silence import KINDS, Awaited, SilenceAnswered
from hub.domain.source_record import InvolvementChanged
from hub.flow.expect import SAID, Known, met, morning_of, on, refused
from hub.flow.expect_refusals import heard
from hub.flow.expect_seen import is_alone, not_seen_alone

NOT_BROUGHT = "was_not_brought"
OFF_ROLL = "removed_from_roll"
SCHOOLS, HEALTH = "education", "health"  # sectors
CHRONOLOGY = "school-chronology"  # the service that a school names when it says that the earlier school's file came


@on(SignalCounted, SignalDiscounted)
def _signal(known: Known, recorded: Recorded, fact: SignalCounted | SignalDiscounted) -> Iterator[Awaited]:
    """What is only possible, or said of somebody else, makes nobody expect anything; nor does imported history."""
    child = recorded.stream.partition(":")[2]
    signal = fact.signal if isinstance(fact, SignalCounted) else _counted(known, recorded, fact.signal_id)
    if signal is None or signal.relation != "own" or signal.backfill:
        return
    codes = {*signal.indicators}
    speaks_of_health = NOT_BROUGHT in codes or (signal.sector == HEALTH and is_sighting(signal))
    if speaks_of_health or (isinstance(fact, SignalDiscounted) and codes & {*REFUSALS, OFF_ROLL}):
        own = [one for one in known.signals(child) if one.relation == "own" and not one.backfill]
        if speaks_of_health:
            yield from _brought(known, recorded, child, [*own, signal])
        if isinstance(fact, SignalDiscounted):
            yield from _taken_back(known, recorded, child, codes, own)
    if is_alone(signal) or (not signal.unborn and _was_unborn(known, child)):
        yield from not_seen_alone(known, recorded, child)
    if isinstance(fact, SignalCounted):
        if codes & REFUSALS and signal.kind != "help":  # of an offer that was declined: expect_refusals.py
            yield from heard(known, recorded, signal)
        if OFF_ROLL in codes and not _on_a_roll(known, child):
            yield _of_signal(
                known, recorded, "off_roll", signal, signal.known_at, known.due("off_roll", signal.known_at)
            )


def _was_unborn(known: Known, child: str) -> bool:
    """Whether anybody told of the child before the birth: with what is said after it, somebody is to see the child."""
    return any(one.unborn and one.relation == "own" for one in known.signals(child))


def _counted(known: Known, recorded: Recorded, signal: str) -> Signal | None:
    """The signal that this fact takes back, as it counted last."""
    before = (one for one in known.load(recorded.stream) if one.position < recorded.position)
    said = [one.fact.signal for one in before if isinstance(one.fact, SignalCounted) and one.fact.signal.id == signal]
    return said[-1] if said else None


def _brought(known: Known, recorded: Recorded, child: str, spoken: list[Signal]) -> Iterator[Awaited]:
    """The first time that the child was not brought since health last saw the child; the clock runs from then.

    `spoken` is what counts now, and last the signal at hand, which may have been taken back.
    """
    if not any(NOT_BROUGHT in one.indicators for one in spoken):
        return
    own = spoken[:-1]
    seen = max((one.occurred_end for one in own if one.sector == HEALTH and is_sighting(one)), default=None)
    missed = [one for one in own if NOT_BROUGHT in one.indicators and (seen is None or one.occurred_end > seen)]
    if not missed:
        yield met(recorded, "not_brought", f"child:{child}", child)
        return
    first = min(missed, key=lambda one: (one.occurred_end, one.id))
    since = max(first.occurred_end, first.received)
    yield _of_signal(known, recorded, "not_brought", first, since, known.due("not_brought", since))


def _taken_back(known: Known, recorded: Recorded, child: str, codes: set[str], own: list[Signal]) -> Iterator[Awaited]:
    """What rested on this signal alone is waited for no longer: not where a school itself said that the child left it."""
    left = {
        code for one in own if one.kind != "help" for code in one.indicators
    }  # an offer's no is come back to by itself
    if codes & REFUSALS and not left & REFUSALS:
        yield refused(recorded, child, SAID, recorded.envelope.known_at, None)
    if OFF_ROLL in codes and OFF_ROLL not in left and not _left_a_school(known, child):
        yield met(recorded, "off_roll", f"child:{child}", child)


def _left_a_school(known: Known, child: str) -> bool:
    """Whether a school said that it works with the child no more, and none has the child now."""
    return bool(_places(known, child)) and not _on_a_roll(known, child)


def _of_signal(
    known: Known, recorded: Recorded, kind: str, signal: Signal, since: datetime, due: datetime | None
) -> Awaited:
    return Awaited(
        kind=kind, subject=f"child:{signal.child}", child=signal.child, organisation=signal.organisation,
        setting=signal.setting or "", since=since, due=due, ref=_counting(known, recorded, signal.id),
    )  # fmt: skip


def _counting(known: Known, recorded: Recorded, signal: str) -> str:
    """The fact by which this signal counts: what is waited for after it began with that, whichever fact is at hand."""
    said = (one for one in known.load(recorded.stream) if one.position <= recorded.position)
    refs = [one.ref for one in said if isinstance(one.fact, SignalCounted) and one.fact.signal.id == signal]
    return refs[-1] if refs else recorded.ref


@on(InvolvementChanged)
def _school(known: Known, recorded: Recorded, fact: InvolvementChanged) -> Iterator[Awaited]:
    del fact
    child = known.child_of(recorded.stream.partition(":")[2])
    if child:
        yield from school_waits(known, child, recorded)


def school_waits(known: Known, child: str, said: Recorded) -> Iterator[Awaited]:
    """What a school's word about working with a child (`said`) makes the hub expect."""
    fact = said.fact
    if not isinstance(fact, InvolvementChanged) or known.sector(fact.organisation) != SCHOOLS:
        return
    since, setting = said.envelope.known_at, fact.setting or ""
    for kind, due in _school_waits(known, child, fact, since):
        place = f"/{fact.organisation}/{setting}" if kind == "chronology" else ""
        yield Awaited(
            kind=kind, subject=f"child:{child}{place}", child=child, organisation=fact.organisation, setting=setting,
            since=since, due=due, ref=said.ref,
        )  # fmt: skip


def _school_waits(
    known: Known, child: str, fact: InvolvementChanged, since: datetime
) -> Iterator[tuple[str, datetime | None]]:
    if fact.service == CHRONOLOGY:
        yield "chronology", None
    elif fact.ended is None:
        yield "off_roll", None
        if _held_by_earlier_school(known, child, fact):
            yield "chronology", known.due("chronology", max(since, morning_of(fact.started)))
    else:
        yield "chronology", None  # a school that the child left need not wait for it
        if not _on_a_roll(known, child):
            yield "off_roll", known.due("off_roll", max(since, morning_of(fact.ended)))


def _places(known: Known, child: str) -> dict[tuple[str, str], InvolvementChanged]:
    """The newest that each school or nursery said of working with the child."""
    found: dict[tuple[str, str], InvolvementChanged] = {}
    for one in known.involvements(child):
        fact = one.fact
        if (
            isinstance(fact, InvolvementChanged)
            and fact.service != CHRONOLOGY
            and known.sector(fact.organisation) == SCHOOLS
        ):
            found[fact.organisation, fact.setting or ""] = fact
    return found


def _on_a_roll(known: Known, child: str) -> bool:
    return any(one.ended is None for one in _places(known, child).values())


def _held_by_earlier_school(known: Known, child: str, now: InvolvementChanged) -> bool:
    """Whether an earlier school of the child, one that ended, ever told the hub of a worry: then it holds a chronology."""
    here = now.organisation, now.setting or ""
    earlier = {place for place, one in _places(known, child).items() if place != here and one.ended is not None}
    return any(
        signal.relation == "own" and signal.kind == "concern" and (signal.organisation, signal.setting or "") in earlier
        for signal in known.signals(child)
    )


@on(SilenceAnswered)
def _found_out(known: Known, recorded: Recorded, fact: SilenceAnswered) -> Iterator[Awaited]:
    """Where the first time alone counts, whoever found out what its silence was ends that waiting: the next begins anew."""
    del fact
    said = known.silence(recorded.stream)
    if said is not None and said.kind in KINDS and KINDS[said.kind].earliest:
        yield met(recorded, said.kind, said.subject, said.child)


@on(SequenceGapNoticed)
def _gap(known: Known, recorded: Recorded, fact: SequenceGapNoticed) -> Iterator[Awaited]:
    """Numbers that never came are silent at once."""
    del known
    at = recorded.envelope.known_at
    yield Awaited(
        kind="sequence_gap", subject=f"{recorded.stream}/{fact.first}-{fact.last}", organisation=fact.organisation,
        since=at, due=at, ref=recorded.ref,
    )  # fmt: skip
