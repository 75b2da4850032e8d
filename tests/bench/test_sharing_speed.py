"""The speed of sharing is measured on real work: the shipped set, a real ledger, some items open and some closed."""

from datetime import date

from bench.sharing import speed
from policies.sharing import sharing_set


def test_every_way_of_asking_is_measured_and_kept_handles_are_far_faster_than_parsing() -> None:
    found = speed.ways(sharing_set(date(2026, 11, 22)), 1)

    assert set(found["rates"]) == {"everything as text", "a slice as text", "kept", "batch"}
    assert found["entities"] == speed.PARTNERSHIP
    assert found["ratio"] > 50  # a noisy machine; the goal itself is the bench's
    assert found["p50"] <= found["p99"]


def test_a_picture_has_classes_that_open_and_that_do_not_and_its_entry_is_committed_before_its_words_open() -> None:
    found = speed.picture("sqlite", "no", 3)

    assert (found["times"], found["classes"] > 15, found["facts_meanwhile"]) == (3, True, 0)
    assert found["entered"]["median"] <= found["opened"]["median"]
    ways = speed.ways(sharing_set(date(2026, 11, 22)), 1)
    told = "\n".join(speed.told({"policies": 1, "ways": ways, "whole": speed.whole(3), "pictures": [found]}))
    assert "GOAL with the ledger entry" in told
    assert "intake busy: no" in told
    assert "a whole picture of" in told


def test_a_whole_picture_is_timed_from_the_asker_on() -> None:
    found = speed.whole(3)

    assert found["items"] >= 2 * speed.CONCERNS  # codes and words of each
    assert 0 < found["processor"]["median"] <= found["processor"]["p95"]
