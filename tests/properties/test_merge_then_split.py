"""Merge then split is the identity on every view, whatever was said before; and in whatever order it is said, a merge
comes to the same.

Left out: positions, the decisions themselves, and how often a message was ruled on (the answer that stands is compared:
what counts for whom). A competent refusal of one keeps out what is said of both while they are one, and no longer.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from sqlalchemy import select

from hub.domain import child as children
from hub.domain.enquiry import OpenEnquiry
from hub.domain.message import Member
from hub.domain.signal import Signal
from hub.views import sameness, store
from hub.views.models import Asker
from tests.support.identities import DECIDER, ByHand, somebody
from tests.support.messages import (
    Child,
    concern,
    consent,
    correction,
    household,
    involvement,
    legal_status,
    moment,
    seen_by,
    strength,
    withdrawal,
)
from tests.support.partnership import RunningHub, settings_for

ORGANISATIONS = ("school", "health", "police", "council")
INDICATORS = ("hunger", "poor_hygiene", "attendance_low", "was_not_brought")
TABLES = (
    store.person, store.source_record, store.said, store.said_about, store.enquiry, store.unplaced, store.quarantine,
    store.gap,
)  # fmt: skip
ASKER = Asker(DECIDER, "council", "mash", ("decision_maker",))
# a hub for each example: shrinking a failure would open hundreds of them, and a history is short as it is
FEW = settings(max_examples=8, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])

Line = tuple[str, int, int, int]  # kind of message, which child, which organisation, which indicator
lines = st.tuples(
    st.sampled_from(
        ["concern", "concern", "strength", "in_doubt", "together", "withdrawn", "corrected", "consent", "refusal", "refusal",
         "status", "involved", "household", "number_of_another", "number_of_another"]
    ),
    st.integers(0, 2), st.integers(0, 3), st.integers(0, 3),
)  # fmt: skip


@contextmanager
def a_hub() -> Iterator[ByHand]:
    """A hub of one example alone."""
    with TemporaryDirectory() as folder:
        running = RunningHub(settings_for(Path(folder) / "data"))
        try:
            yield ByHand(running)
        finally:
            running.close()


def tell(hub: ByHand, everybody: Sequence[Child], line: Line) -> None:
    """Let an organisation say one line of a history."""
    kind, which, organisation, indicator = line
    child, name, code = everybody[which], ORGANISATIONS[organisation], INDICATORS[indicator]
    other = everybody[(which + 1) % len(everybody)]
    said = concern(name, seen_by(child, name, code), at=moment(3 + indicator))
    match kind:
        case "concern":
            hub.say(said)
        case "strength":
            hub.say(strength(name, seen_by(child, name, "attends_well")))
        case "in_doubt":
            hub.in_doubt(child, name)
        case "together":
            hub.say(concern(name, seen_by(child, name, code), seen_by(other, name, code)))
        case "withdrawn":
            (ident,) = hub.say(said)
            hub.say(withdrawal(name, ident))
        case "corrected":
            (ident,) = hub.say(said)
            hub.say(correction(ident, concern(name, seen_by(child, name, "bereavement"))))
        case "consent":
            hub.say(consent(name, child.known_to(name), "refused" if indicator % 2 else "given"))
        case "refusal":
            refusal = consent(name, child.known_to(name), "refused", giver="young_person", competent=True)
            hub.say(refusal)
        case (
            "number_of_another"
        ):  # then a person is asked whether the two are one, and each counts as possible for the other
            hub.seen(child, name, person=child.known_to(name, nhs_number=other.nhs))
        case "status":
            hub.say(legal_status(name, child.known_to(name), "child_in_need"))
        case "involved":
            hub.say(involvement(name, child.known_to(name), "school_nurse", setting="north"))
        case "household":
            hub.say(
                household(
                    name,
                    Member(person=child.known_to(name), role="child"),
                    Member(person=other.known_to(name), role="child"),
                )
            )


def persons_in(hub: ByHand) -> list[str]:
    hub.hub.views.catch_up("record", hub.hub.record)
    return [row["person"] for row in hub.hub.views.rows(select(store.person.c.person))]


def counted(hub: ByHand, person: str) -> dict[str, Signal]:
    """What counts for a person. What counts through others (a sibling's) is known anew each time that it is worked out."""
    held = children.fold(r.fact for r in hub.hub.record.load(children.stream(person))).signals
    return {
        ident: one if one.relation in {"own", "possible"} else replace(one, known_at=one.received)
        for ident, one in held.items()
    }


def seen(hub: ByHand, *names: str) -> dict[str, Any]:
    """Every view, as it stands: tables without positions, what counts for whom, pictures without their stamps."""
    hub.intake.count()
    persons = persons_in(hub)
    found: dict[str, Any] = {
        table.name: sorted(
            (tuple(sorted((k, v) for k, v in row.items() if k != "position")) for row in hub.hub.views.rows(select(table))),
            key=repr,
        )
        for table in TABLES
    }  # fmt: skip
    found["counts"] = {one: counted(hub, one) for one in persons}
    found["proposed"] = sorted(
        (row["person"], row["other"], row["state"], row["since"],
         replace(sameness.explained(row), since=None, decision="", again=False))
        for row in sameness.standing(hub.hub.views)
    )  # fmt: skip
    for one in names:
        shown = hub.hub.answers.picture(ASKER, one, "")
        told = {name: getattr(shown, name) for name in shown.__struct_fields__ if name not in {"stamp", "ledger"}}
        told["chronology"] = [
            replace(line, known_at=line.occurred.start) if "of the household" in line.title else line
            for line in shown.chronology
        ]  # what is known through others is known anew each time that it is worked out
        found[f"picture of {one}"] = told
    return found


@FEW
@given(
    history=st.lists(lines, min_size=2, max_size=9),
    which=st.sampled_from([(0, 1), (1, 0), (2, 0)]),
    asked=st.booleans(),
    closed=st.booleans(),
)
def test_merge_then_split_is_the_identity_on_every_view(
    history: list[Line], which: tuple[int, int], asked: bool, closed: bool
) -> None:
    with a_hub() as hub:
        _merge_and_split(hub, history, which, asked=asked, closed=closed)


def _merge_and_split(hub: ByHand, history: list[Line], which: tuple[int, int], *, asked: bool, closed: bool) -> None:
    everybody = [somebody() for _ in range(3)]
    first = [hub.seen(child, "school") for child in everybody]
    for line in history:
        tell(hub, everybody, line)
    gone, stays = first[which[0]], first[which[1]]
    if asked:
        hub.hub.act().open_enquiry(OpenEnquiry(child=gone, alerts=(), ground="perceived_harm", reason="R.", by=DECIDER))
    if closed:
        hub.settled("restrict", gone, reason="adoption", readers=(DECIDER,))
    if (
        stays in hub.person(gone).perhaps
    ):  # who is split from another is held apart from them, so nothing is proposed any more
        hub.settled("different", gone, other=stays)
    before = seen(hub, *first)
    merge = hub.settled("merge", gone, other=stays)
    between = seen(hub, gone, stays)
    assert between["counts"][gone] == {}
    assert between[f"picture of {gone}"] == between[f"picture of {stays}"]
    hub.settled("split", "", reverses=merge)
    assert seen(hub, *first) == before
    hub.hub.views.empty()  # thrown away and folded anew from the record alone
    assert seen(hub, *first) == before


@FEW
@given(history=st.lists(lines, min_size=1, max_size=6), doubted=st.integers(0, 1))
def test_the_same_then_taken_back_is_the_identity_on_every_view(history: list[Line], doubted: int) -> None:
    with a_hub() as hub:
        _answer_and_take_back(hub, history, doubted)


def _answer_and_take_back(hub: ByHand, history: list[Line], doubted: int) -> None:
    everybody = [somebody() for _ in range(3)]
    first = [hub.seen(child, "school") for child in everybody]
    doubt = hub.in_doubt(everybody[doubted])
    for line in history:
        tell(hub, everybody, line)
    before = seen(hub, *first, doubt)
    answer = hub.settled("same", doubt, other=first[doubted])
    assert seen(hub)["counts"][doubt] == {}
    hub.settled("split", "", reverses=answer)
    assert seen(hub, *first, doubt) == before


spoken = st.tuples(st.sampled_from(["concern", "strength"]), st.integers(0, 1), st.integers(0, 3), st.integers(0, 3))


@FEW
@given(data=st.data(), history=st.lists(spoken, min_size=2, max_size=7))
def test_a_merge_comes_to_the_same_in_whatever_order_things_are_said_and_whenever_it_is_decided(
    data: st.DataObject, history: list[Line]
) -> None:
    order, when = data.draw(st.permutations(history)), data.draw(st.integers(0, len(history)))
    with a_hub() as hub, a_hub() as another:
        assert _merged_at_last(hub, history, len(history)) == _merged_at_last(another, order, when)


def _merged_at_last(hub: ByHand, order: Sequence[Line], merged_after: int) -> Counter[tuple[Any, ...]]:
    """What counts in the end for the one that stayed, where the merge was decided after so many lines."""
    everybody = [somebody() for _ in range(2)]
    gone, stays = (hub.seen(child, "school") for child in everybody)
    for number, line in enumerate(order):
        if number == merged_after:
            hub.settled("merge", gone, other=stays)
        tell(hub, everybody, line)
    if merged_after >= len(order):
        hub.settled("merge", gone, other=stays)
    assert hub.counts(gone) == {}
    counted = children.fold(r.fact for r in hub.hub.record.load(children.stream(stays))).signals
    return Counter((s.relation, s.kind, s.organisation, s.indicators, s.child == stays) for s in counted.values())


def test_a_merge_after_a_proposal_comes_to_the_same_as_a_link_at_first() -> None:
    child = somebody()
    unnumbered = concern(
        "school", seen_by(child, "school", person=child.known_to("school", nhs_number=None)), at=moment(9)
    )
    number = child.known_to("health", names=())
    numbered = concern("health", seen_by(child, "health", "poor_hygiene", person=number), at=moment(8))
    more = concern("school", seen_by(child, "school", "was_not_brought"), at=moment(7))
    with a_hub() as late, a_hub() as early:
        came = {}
        for hub, order in ((late, (unnumbered, numbered, more)), (early, (unnumbered, more, numbered))):
            hub.say(*order)
            first, *others = persons_in_order(hub)
            if others:
                assert hub.person(first).perhaps == set(others)
                hub.settled("merge", others[0], other=first)
            came[len(others)] = _all_of(hub, first)
    assert set(came) == {0, 1}
    assert came[0] == came[1]


def persons_in_order(hub: ByHand) -> list[str]:
    hub.hub.views.catch_up("record", hub.hub.record)
    return [
        row["person"] for row in hub.hub.views.rows(select(store.person.c.person).order_by(store.person.c.position))
    ]


def _all_of(hub: ByHand, person: str) -> dict[str, Any]:
    """What stands about one person, without ids, times of the hub and how it was linked."""
    hub.intake.count()
    hub.hub.views.catch_up("record", hub.hub.record)
    shown = hub.hub.answers.picture(ASKER, person, "")
    (row,) = hub.hub.views.rows(select(store.person).where(store.person.c.person == person))
    records = hub.hub.views.rows(select(store.source_record).where(store.source_record.c.person == person))
    signals = [
        (one.relation, one.kind, one.organisation, one.indicators, one.child == person) for one in counted(hub, person).values()
    ]  # fmt: skip
    return {
        "standing": (row["kind"], row["standing"], row["merged_into"], row["restricted"]),
        "records": sorted((one["organisation"], one["kind"]) for one in records),
        "signals": sorted(signals),
        "chronology": sorted((one.title, one.occurred.start, one.organisation) for one in shown.chronology),
        "names": repr(shown.name) if hasattr(shown, "name") else "",
    }
