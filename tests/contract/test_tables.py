"""What every store of followers and consumers promises: SQLite and PostgreSQL, the same sentences."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from sqlalchemy import inspect

from hub.adapters.tables import ConsumerTables, FollowerPositions, Tables
from hub.domain.errors import StaleWriter, TryLater
from hub.ports import ChildState, Outcome, Positions, Reached, StateChange
from tests.support.signals import day, signal

A, B = signal("a", 0), signal("b", 1)
FOUND = Outcome(holds=True, level=3, evidence=("a/0",), possible=False)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def tables(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Tables]:
    if request.param == "sqlite":
        made = Tables(f"sqlite:///{tmp_path / 'tables.db'}")
    else:
        dsn = request.getfixturevalue("postgres_dsn")
        made = Tables(dsn.replace("postgresql://", "postgresql+psycopg://"), "thresholds")
    yield made
    made.close()


@pytest.fixture
def positions(tables: Tables) -> Positions:
    return FollowerPositions(tables)


@pytest.fixture
def state(tables: Tables) -> ConsumerTables:
    return ConsumerTables(tables)


def test_a_follower_that_was_overtaken_is_refused(positions: Positions) -> None:
    positions.move("relay", 0, 10)
    for before in (0, 5, 11):
        with pytest.raises(StaleWriter):
            positions.move("relay", before, 12)
    assert positions.position("relay") == 10


def test_tables_lie_in_the_schema_that_was_named(tables: Tables, positions: Positions) -> None:
    positions.move("relay", 0, 10)
    assert inspect(tables.engine).get_table_names(schema=tables.schema) == ["follower_positions"]
    assert tables.schema == (None if tables.is_sqlite else "thresholds")


def test_each_follower_has_a_place_of_its_own(positions: Positions) -> None:
    assert positions.position("relay") == 0
    positions.move("relay", 0, 10)
    positions.move("relay", 10, 25)
    assert (positions.position("relay"), positions.position("prove")) == (25, 0)


def test_an_instance_that_was_overtaken_writes_nothing(state: ConsumerTables) -> None:
    state.save(StateChange(counted=((0, A),), reached=((0, Reached(0, 0), Reached(10, 1)),)))
    for before in (Reached(0, 0), Reached(10, 0), Reached(9, 1)):
        with pytest.raises(StaleWriter):
            state.save(StateChange(counted=((0, B),), reached=((0, before, Reached(20, 2)),)))
    assert state.load(["c1"]) == {"c1": ChildState({A.id: A}, {}, {})}
    assert state.reached([0, 1]) == {0: Reached(10, 1), 1: Reached(0, 0)}


def test_what_is_held_about_a_child_comes_back_whole(state: ConsumerTables) -> None:
    other = replace(B, child="c2")
    state.save(
        StateChange(
            counted=((0, A), (1, other)), outcomes=(("c1", "r", FOUND),), timers=(("c1", "r", 0, day(9)),), edition="1"
        )
    )
    assert state.load(["c1", "c2", "c3"]) == {
        "c1": ChildState({A.id: A}, {"r": FOUND}, {"r": day(9)}),
        "c2": ChildState({B.id: other}, {}, {}),
        "c3": ChildState({}, {}, {}),
    }
    assert state.edition() == "1"


def test_a_signal_counted_again_replaces_and_a_discounted_one_is_gone(state: ConsumerTables) -> None:
    state.save(StateChange(counted=((0, A), (0, B))))
    maybe = replace(A, relation="possible")
    state.save(StateChange(counted=((0, maybe),), discounted=(("c1", B.id),)))
    assert state.load(["c1"])["c1"].signals == {A.id: maybe}


def test_timers_are_due_in_order_and_only_in_the_partitions_asked_for(state: ConsumerTables) -> None:
    timers = (("c1", "r", 0, day(3)), ("c2", "r", 0, day(2)), ("c2", "s", 0, day(1)), ("c3", "r", 1, day(1)))
    state.save(StateChange(timers=timers))
    assert state.due(day(0), [0, 1], 10) == []
    assert state.due(day(9), [0], 10) == [(0, "c2"), (0, "c1")]
    state.save(StateChange(timers=(("c2", "r", 0, None), ("c2", "s", 0, day(20)))))
    assert state.due(day(9), [0, 1], 10) == [(1, "c3"), (0, "c1")]


def test_children_are_listed_in_pages(state: ConsumerTables) -> None:
    state.save(StateChange(counted=tuple((n % 2, replace(A, child=f"c{n}")) for n in range(6))))
    assert state.children("", [0, 1], 4) == [(0, "c0"), (1, "c1"), (0, "c2"), (1, "c3")]
    assert state.children("c2", [0], 4) == [(0, "c4")]


def test_a_store_that_is_away_says_try_later_and_shows_no_content(tmp_path: Path) -> None:
    tables = Tables(f"sqlite:///{tmp_path / 'gone' / 'tables.db'}")
    with pytest.raises(TryLater) as away:
        FollowerPositions(tables)
    assert str(away.value) == "the store is away: OperationalError"
    tables.close()


def test_what_else_a_consumer_keeps_is_kept_with_its_timers_or_not_at_all(state: ConsumerTables) -> None:
    state.save(
        StateChange(kept=(("k1", "awaited", b"one"), ("k2", "awaited", b"two")), timers=(("k1", "due", 0, day(1)),))
    )
    with pytest.raises(StaleWriter):
        state.save(
            StateChange(kept=(("k1", "awaited", None),), reached=((0, Reached(5, 5), Reached(6, 6)),))
        )  # somebody else has moved the place
    assert {key: held.kept for key, held in state.load(["k1", "k2", "k3"]).items()} == {
        "k1": {"awaited": b"one"}, "k2": {"awaited": b"two"}, "k3": {},
    }  # fmt: skip
    state.save(
        StateChange(kept=(("k1", "awaited", None), ("k2", "awaited", b"three")), timers=(("k1", "due", 0, None),))
    )
    assert state.load(["k1", "k2"]) == {
        "k1": ChildState({}, {}, {}), "k2": ChildState({}, {}, {}, {"awaited": b"three"}),
    }  # fmt: skip
