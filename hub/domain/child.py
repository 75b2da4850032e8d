"""What counts for one child: the signals counted and not yet taken back. No words, no name, no level.

It promises that a signal counts once for a child, however often it is said, and that taking one back leaves its reason.
"""

from collections.abc import Iterable
from typing import ClassVar, assert_never

import msgspec
from msgspec import Struct

from hub.domain.errors import UnknownFact
from hub.domain.fact import ErasedFact, Fact
from hub.domain.signal import DiscountReason, Signal


class SignalCounted(Fact, frozen=True, kw_only=True):
    """From now on this signal counts for the child; one of the same id that counted before is replaced by it."""

    NAME: ClassVar[str] = "signal.counted"
    signal: Signal


class SignalDiscounted(Fact, frozen=True, kw_only=True):
    """From now on this signal counts no more, for this reason."""

    NAME: ClassVar[str] = "signal.discounted"
    signal_id: str
    reason: DiscountReason


class CountSignal(Struct, frozen=True):
    """Let this signal count for the child that it names."""

    signal: Signal


class DiscountSignal(Struct, frozen=True):
    """Take a signal back, with the reason."""

    signal_id: str
    reason: DiscountReason


class Child(Struct, frozen=True):
    """The signals that count now, by id."""

    signals: dict[str, Signal] = {}


def stream(child: str) -> str:
    """The stream of what counts for a child; `child` is the random person id."""
    return f"child:{child}"


def decide(child: Child, command: CountSignal | DiscountSignal) -> list[Fact]:
    """What changes, if anything.

    Counting a signal that counts already says nothing new, even when it became known again later; the same id with
    another relation or other codes (a review settled whose it is) replaces the one before. Taking back what does not
    count says nothing.
    """
    match command:
        case CountSignal(signal):
            before = child.signals.get(signal.id)
            if before is not None and _same_codes(before, signal):
                return []
            return [SignalCounted(signal=signal)]
        case DiscountSignal(signal_id, reason):
            if signal_id not in child.signals:
                return []
            return [SignalDiscounted(signal_id=signal_id, reason=reason)]
        case _:
            assert_never(command)


def _same_codes(one: Signal, other: Signal) -> bool:
    return one == msgspec.structs.replace(other, known_at=one.known_at, received=one.received)


def evolve(child: Child, fact: Fact) -> Child:
    """The child's counted signals after this fact. Raises UnknownFact for a fact that is not this stream's."""
    match fact:
        case SignalCounted(signal=signal):
            return Child({**child.signals, signal.id: signal})
        case SignalDiscounted(signal_id=signal_id):
            return Child({id_: signal for id_, signal in child.signals.items() if id_ != signal_id})
        case ErasedFact():
            return child  # what was counted or taken back here is gone, and counts for nobody
        case _:
            raise UnknownFact(f"a child's stream cannot hold {type(fact).__name__}: stop, and register the fact")


def fold(facts: Iterable[Fact]) -> Child:
    """The child's counted signals after all these facts, in order."""
    child = Child()
    for fact in facts:
        child = evolve(child, fact)
    return child
