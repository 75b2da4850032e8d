"""The speed of matching is measured on real work: an index that finds people, identities that open, decisions that are made."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from bench.match import speed
from bench.match.crowd import as_told, crowd
from bench.match.speed import Crowded, events_of, told
from hub.adapters.keys_file import FileKeys
from hub.adapters.record_sqlite import sqlite_record
from hub.domain.stored import FACTS

CHILDREN = 400


@pytest.fixture
def crowded(tmp_path: Path) -> Iterator[Crowded]:
    with (
        closing(FileKeys(tmp_path / "keys")) as keys,
        closing(sqlite_record(tmp_path / "record.db", keys, FACTS, name="record")) as record,
    ):
        made = Crowded(record, keys, CHILDREN)
        made.fill()
        yield made


def test_the_same_seed_gives_the_same_crowd_and_nobody_has_anothers_number() -> None:
    one, again = (list(crowd(CHILDREN, 3)) for _ in range(2))
    assert one == again
    assert [someone.n for someone in one] == list(range(CHILDREN))
    numbers = [someone.person.nhs_number for someone in one if someone.person.nhs_number]
    assert len(numbers) == len(set(numbers)) > CHILDREN // 2
    assert all(number.startswith("999") for number in numbers)  # of the range that is reserved for tests


def test_the_index_holds_every_source_record_and_the_events_are_matched_with_it(crowded: Crowded) -> None:
    assert crowded.record.indexed() == sum(len(someone.holders) for someone in crowd(CHILDREN, speed.SEED))
    events = events_of(CHILDREN, 120, 1)
    timed = crowded.time(events)
    assert (len(timed.wall), sum(timed.decided.values())) == (120, 120)
    known = sum(not (event.person.own_id or "").startswith(f"{speed.TELLER}--") for event in events)
    assert 90 <= known < 120  # the rest are about children whom nobody described before
    assert timed.decided["linked"] >= known * 0.8
    assert timed.decided["opened"] >= 120 - known - timed.decided["in review"] - 2
    assert timed.opened >= timed.decided["linked"]


def test_they_are_matched_as_well_after_the_index_was_made_anew(crowded: Crowded) -> None:
    events = events_of(CHILDREN, 60, 2)
    before = crowded.time(events).decided
    crowded.rebuild()
    assert crowded.time(events).decided == before


def test_the_results_are_told_with_their_goals(crowded: Crowded) -> None:
    passes = speed.summed([crowded.time(events_of(CHILDREN, 20, 3))])
    found = {"store": "sqlite", "children": 100_000, "source_records": 9, "filled_in": 1.0, "rebuilt_in": 2.0, **passes}
    missing = {"store": "postgres", "children": 100_000, "not_measured": "PostgreSQL is missing."}
    lines = told({"passes": 1, "events": 20, "sizes": [found, missing], "splink": {"not_measured": "no Splink"}})
    assert sum("GOAL p99" in line for line in lines) == 1
    assert sum("NOT MEASURED" in line for line in lines) == 2


def test_as_told_differs_from_what_is_true_only_as_an_organisation_would() -> None:
    someone = next(crowd(1, 5))
    rng = Random(1)  # noqa: S311 - chance for a test
    told_ = [as_told(someone, "police", rng) for _ in range(50)]
    assert {one.birth_date for one in told_} == {someone.person.birth_date}
    assert {one.nhs_number for one in told_} == {someone.person.nhs_number, None}
    assert {bool(one.addresses) for one in told_} == {True, False}
    assert as_told(someone, "police", rng, exact=True).names == someone.person.names
