"""What counts for a child."""

import pytest
from msgspec.structs import replace

from hub.domain.alert import AlertDecided
from hub.domain.child import Child, CountSignal, DiscountSignal, SignalCounted, SignalDiscounted, decide, evolve, fold
from hub.domain.errors import UnknownFact
from tests.support.signals import day, signal

SAID = signal("m1", 0)
COUNTED = SignalCounted(signal=SAID)


def test_a_fact_of_another_stream_stops_the_fold() -> None:
    with pytest.raises(UnknownFact, match="AlertDecided"):
        evolve(Child(), AlertDecided(enquiry="e", decision="d", seen=()))


def test_taking_back_what_never_counted_says_nothing() -> None:
    assert decide(Child(), DiscountSignal("m1/0", "withdrawn")) == []


def test_a_signal_counts_once_however_often_it_becomes_known() -> None:
    child = fold([COUNTED])
    assert decide(child, CountSignal(SAID)) == []
    assert decide(child, CountSignal(replace(SAID, known_at=day(9), received=day(8)))) == []


def test_a_review_that_settles_whose_it_is_replaces_the_possible_signal() -> None:
    child = fold([SignalCounted(signal=replace(SAID, relation="possible"))])
    assert decide(child, CountSignal(SAID)) == [COUNTED]
    assert fold([SignalCounted(signal=replace(SAID, relation="possible")), COUNTED]).signals == {"m1/0": SAID}


def test_a_signal_taken_back_counts_no_more_and_may_count_again() -> None:
    gone = decide(fold([COUNTED]), DiscountSignal("m1/0", "unlinked"))
    assert gone == [SignalDiscounted(signal_id="m1/0", reason="unlinked")]
    after = fold([COUNTED, *gone])
    assert after == Child({})
    assert decide(after, CountSignal(SAID)) == [COUNTED]
