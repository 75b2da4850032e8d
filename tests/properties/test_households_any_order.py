"""Whatever the order and the batches in which households and concerns came, the same counts for each child in the end."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import Struct
from msgspec.structs import replace

from hub.adapters.clock import FixedClock
from hub.adapters.tables import Tables
from hub.domain import child as children
from hub.domain.child import SignalCounted, SignalDiscounted
from hub.domain.concern import AdultCodes, ConcernRecorded, Statement, SubjectCodes, WithdrawalRecorded
from hub.domain.fact import Envelope, Fact, NewFact, Recorded
from hub.domain.household import ChildrenNamed, HouseholdObserved, MemberCodes
from hub.domain.item import Sealed
from hub.domain.message import Relationship
from hub.domain.moments import Period, london_day
from hub.domain.signal import Signal
from hub.flow.count import Counting
from hub.ports import IndexRow, Tracked
from hub.views import households
from hub.views.households import Households
from tests.support.signals import VOCABULARY, signal

CHILDREN, ADULTS = ("ann", "ben", "zoe"), ("mum", "dad", "lee")
STREET = tuple(f"child-{n}" for n in range(6))  # each lives with the adult on either side, and so on down the street
START = datetime(2026, 1, 5, 12, tzinfo=UTC)
CLOCK = FixedClock(START)


class Paper:
    """A record on paper: facts in a list, with the versions and places that the step asks for."""

    def __init__(self) -> None:
        self.facts: list[Recorded] = []
        self.places: dict[str, int] = {}

    def append(
        self,
        facts: Sequence[NewFact],
        *,
        tracked: Sequence[Tracked] = (),
        index: Sequence[IndexRow] = (),  # noqa: ARG002 - as the port has it
    ) -> list[Recorded]:
        heads = self.versions({new.stream for new in facts})
        made = []
        for new in facts:
            assert new.after == heads.get(new.stream, 0), new.stream
            heads[new.stream] = new.after + 1
            position = len(self.facts) + 1
            made.append(Recorded(new.stream, new.after + 1, position, new.envelope, new.fact))
            self.facts.append(made[-1])
        for moved in tracked:
            assert self.places.get(moved.source, -1) == moved.before < moved.after
            self.places[moved.source] = moved.after
        return made

    def put(self, stream: str, fact: Fact) -> None:
        self.append(
            [NewFact(stream, len(self.load(stream)), fact, Envelope(START, START, "service:intake", "", "", "1"))]
        )

    def load(self, stream: str, upto: int | None = None) -> list[Recorded]:
        return [one for one in self.facts if one.stream == stream and (upto is None or one.version <= upto)]

    def read(self, after: int, limit: int, names: Sequence[str] = (), upto: int | None = None) -> list[Recorded]:
        found = [one for one in self.facts[after:] if one.fact.NAME in names and (upto is None or one.position <= upto)]
        return found[:limit]

    def position(self) -> int:
        return len(self.facts)

    def tracked(self, source: str) -> int:
        return self.places.get(source, -1)

    def versions(self, streams: Iterable[str]) -> dict[str, int]:
        return {stream: len(held) for stream in streams if (held := self.load(stream))}

    def by_source_record(self, source_records: Sequence[str]) -> dict[str, IndexRow]:
        nothing = Sealed("", "identity", (), (), b"")
        return {one: IndexRow(one, one.partition("@")[0], "", None, (), nothing) for one in source_records}


class Said(Struct, frozen=True):
    """Something that happens: the facts that it puts on the record, and what must have happened before it."""

    id: str
    facts: tuple[tuple[str, Fact], ...]
    after: str = ""


DAYS = st.integers(0, 6)
BY = st.sampled_from(["police", "school"])


def day(number: int) -> datetime:
    return START + timedelta(days=number)


def a_period(number: int) -> Period:
    return Period(day(number), day(number), "day")


@st.composite
def a_household(draw: st.DrawFn, ident: str) -> Said:
    on, by = draw(DAYS), draw(BY)
    who = draw(st.lists(st.sampled_from([*CHILDREN, *ADULTS]), min_size=1, max_size=4, unique=True))
    members = tuple(
        MemberCodes(
            source_record=f"{one}@{by}", role="child" if one in CHILDREN else "not_known",
            since=draw(st.none() | st.just(london_day(day(on - 1)))), until=draw(st.none() | st.just(london_day(day(on)))),
            age_months=draw(st.none() | st.integers(0, 32)),
        )
        for one in who
    )  # fmt: skip
    fact = HouseholdObserved(
        organisation=by, sequence=0, recorded_at=day(on), digest=b"", occurred=a_period(on), how_known="first_hand",
        change=draw(st.sampled_from(["none", "moved_in", "moved_out"])), members=members, stay=draw(st.booleans()),
    )  # fmt: skip
    return Said(ident, ((f"message:{ident}", fact),))


@st.composite
def a_concern(draw: st.DrawFn, ident: str) -> Said:
    on, by = draw(DAYS), draw(BY)
    named = draw(st.lists(st.sampled_from(CHILDREN), max_size=2, unique=True))
    grown = draw(st.lists(st.sampled_from(ADULTS), min_size=0 if named else 1, max_size=2, unique=True))
    roles: list[Relationship] = ["mother", "not_known", "professional"]
    statement = Statement(
        organisation=by, sequence=0, recorded_at=day(on), digest=b"", occurred=a_period(on), how_known="first_hand",
        referrer_kind="2A", subjects=tuple(SubjectCodes(source_record=f"{one}@{by}", age_months=31) for one in named),
        adults=tuple(
            AdultCodes(
                source_record=f"{one}@{by}", relationship=draw(st.sampled_from(roles)),
                in_household=draw(st.sampled_from([True, False, None])),
            )
            for one in grown
        ),
    )  # fmt: skip
    facts: list[tuple[str, Fact]] = [(f"message:{ident}", ConcernRecorded(statement=statement))]
    facts += [(children.stream(one), SignalCounted(signal=own(ident, n, one, on, by))) for n, one in enumerate(named)]
    return Said(ident, tuple(facts))


def own(ident: str, number: int, child: str, on: int, by: str) -> Signal:
    return replace(signal(ident, on, by=by), id=f"{ident}/{number}", child=child, age_months=31)


def taken_back(said: Said) -> Said:
    """The same, withdrawn: with it falls what counted for the children whom it named."""
    fact = WithdrawalRecorded(
        organisation="", sequence=0, recorded_at=START, digest=b"", withdraws=said.id, reason_code="recorded_in_error"
    )
    gone = [
        (stream, SignalDiscounted(signal_id=one.signal.id, reason="withdrawn"))
        for stream, one in said.facts
        if isinstance(one, SignalCounted)
    ]
    return Said(f"no-{said.id}", ((f"message:no-{said.id}", fact), *gone), said.id)


@st.composite
def a_history(draw: st.DrawFn) -> list[Said]:
    homes = [draw(a_household(f"h{n}")) for n in range(draw(st.integers(1, 4)))]
    worries = [draw(a_concern(f"c{n}")) for n in range(draw(st.integers(1, 4)))]
    said = [*homes, *worries]
    said += [taken_back(one) for one in draw(st.lists(st.sampled_from(said), max_size=2, unique_by=lambda one: one.id))]
    alone = [one for one in worries if len(one.facts) == 1]
    if alone:
        about = tuple(sorted(draw(st.sets(st.sampled_from(CHILDREN), max_size=2))))
        answer = ChildrenNamed(children=about, by="staff-1")
        said.append(Said("answer", ((f"message:{alone[0].id}", answer),), alone[0].id))
    return said


def in_order(said: Sequence[Said]) -> list[Said]:
    """The same, each after what it rests on."""
    waiting, done, order = list(said), set[str](), list[Said]()
    while waiting:
        one = next(one for one in waiting if not one.after or one.after in done)
        waiting.remove(one)
        done.add(one.id)
        order.append(one)
    return order


def comes_to(said: Sequence[Said], looks: Sequence[bool], tables: Tables) -> dict[str, dict[str, Signal]]:
    """What counts for each child after these, where the step ran after some of them, and at the end."""
    record, homes = Paper(), Households(tables)
    homes.empty()

    def a_step() -> Counting:
        return Counting(
            record=record, homes=homes, rule=lambda _: True, alive=lambda _: True, sector=lambda by: by,  # type: ignore[arg-type] # as much of a record as the step asks
            vocabulary=VOCABULARY, clock=CLOCK, edition="1", page=lambda *_: pytest.fail("paged"),
        )  # fmt: skip

    counting = a_step()
    for number, one in enumerate(in_order(said)):
        for stream, fact in one.facts:
            record.put(stream, fact)
        if looks[number % len(looks)]:
            counting.run()
        else:
            counting = a_step()  # and the process began anew
    counting.run()
    before = len(record.facts)
    assert a_step().run() == 0, "what was counted is counted again"
    assert len(record.facts) == before
    everybody = {*CHILDREN, *STREET}
    return {
        child: children.fold(one.fact for one in record.load(children.stream(child))).signals for child in everybody
    }


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Iterable[Tables]:
    made = Tables(f"sqlite:///{Path(tmp_path_factory.mktemp('households')) / 'households.db'}")
    yield made
    made.close()


@st.composite
def two_orders(draw: st.DrawFn) -> tuple[list[Said], list[Said]]:
    said = draw(a_history())
    return draw(st.permutations(said)), draw(st.permutations(said))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    orders=two_orders(), looks=st.lists(st.booleans(), min_size=1, max_size=5),
    other=st.lists(st.booleans(), min_size=1, max_size=5),
)  # fmt: skip
def test_the_same_facts_in_any_order_and_batches_count_the_same(
    orders: tuple[list[Said], list[Said]], looks: list[bool], other: list[bool], tables: Tables
) -> None:
    one, another = orders
    assert comes_to(one, looks, tables) == comes_to(another, other, tables)


@st.composite
def a_street(draw: st.DrawFn) -> list[Said]:
    """Children each of whom lives with two adults, and each adult with two of them; a concern about each of some."""
    said = []
    for n in range(len(STREET)):
        for which, beside in enumerate((n, n + 1, n + 1)):  # an adult between two children is named by three lists
            members = tuple(
                MemberCodes(source_record=f"{one}@police", role="child" if one in STREET else "mother")
                for one in (STREET[n], f"adult-{beside}")
            )
            fact = HouseholdObserved(
                organisation="police", sequence=0, recorded_at=day(0), digest=b"", occurred=a_period(0),
                how_known="first_hand", change="none", members=members,
            )  # fmt: skip
            said.append(Said(f"h{n}-{which}", ((f"message:h{n}-{which}", fact),)))
    for number in draw(st.lists(st.integers(0, len(STREET) - 1), min_size=1, max_size=4, unique=True)):
        ident, child = f"c{number}", STREET[number]
        statement = Statement(
            organisation="police", sequence=0, recorded_at=day(1), digest=b"", occurred=a_period(1),
            how_known="first_hand", referrer_kind="2A", subjects=(SubjectCodes(source_record=f"{child}@police"),),
        )  # fmt: skip
        counted = SignalCounted(signal=own(ident, 0, child, 1, "police"))
        facts = ((f"message:{ident}", ConcernRecorded(statement=statement)), (children.stream(child), counted))
        said.append(Said(ident, facts))
    return draw(st.permutations(said))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=a_street(), looks=st.lists(st.booleans(), min_size=1, max_size=5), crowd=st.sampled_from([1, 2, 200]))
def test_down_a_long_street_and_past_a_crowd_any_order_counts_the_same(
    said: list[Said], looks: list[bool], crowd: int, tables: Tables
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(households, "CROWD", crowd)
        assert comes_to(said, looks, tables) == comes_to(sorted(said, key=lambda one: one.id), [False], tables)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=a_history(), nothing=st.none())
def test_no_copy_is_of_a_copy_and_none_of_a_message_that_names_the_child(
    said: list[Said], nothing: None, tables: Tables
) -> None:
    counted = comes_to(said, [True], tables)
    owns = {ident for held in counted.values() for ident, one in held.items() if one.relation == "own"}
    for held in counted.values():
        mine = {ident.partition("/")[0] for ident, one in held.items() if one.relation == "own"}
        copies = {ident: one for ident, one in held.items() if one.relation != "own"}
        assert not {ident.partition("/")[0] for ident in copies} & mine
        assert all(ident in owns for ident, one in copies.items() if one.relation == "sibling")
