"""Whether the right child is found, on a small world with wide floors. The gates at 60,000 links stand in docs/matching.md."""

from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from bench.match.measures import part
from bench.match.on_world import Measured, _held_against, evaluate_world, measures
from hub.domain.known import Known
from hub.domain.message import Person
from hub.flow.match import Described, Placement


@pytest.fixture(scope="module")
def measured() -> Measured:
    return evaluate_world(5000, 1.5, 4107)


def test_hardly_any_child_is_linked_to_another(measured: Measured) -> None:
    assert (measured.born.links > 1500, (measured.born.precision.share or 0) >= 0.998) == (True, True), measured.errors


def test_most_known_children_are_found_and_nearly_all_are_reached(measured: Measured) -> None:
    found = measured.born
    assert (found.recall.share or 0) >= 0.88
    assert (found.reached.share or 0) >= 0.97
    assert (found.blocked.share or 0) >= 0.98


def test_people_are_not_asked_about_everybody(measured: Measured) -> None:
    assert (measured.born.review.share or 1) <= 0.1


def test_who_is_not_born_is_never_linked(measured: Measured) -> None:
    assert measured.unborn.precision.k == measured.unborn.links


def test_rules_alone_find_far_fewer_and_link_nobody_wrongly() -> None:
    rules = evaluate_world(1500, 1.0, 4108, judge=None)
    assert (rules.model, rules.born.by_model, rules.born.precision.k) == ("", 0, rules.born.links)
    assert (rules.born.recall.share or 0) < 0.6


@pytest.mark.parametrize("how", ["own_id", "same_words"])
def test_a_description_that_an_own_id_leads_to_another_child_is_a_false_link(how: Any) -> None:
    child = Described("school", "child", Person(own_id="7"))
    placed = Placement(
        described=child, source_record="s", person="p", new_record=False, redescribed=False, new_person=False, how=how,
        known=Known(born=date(2017, 5, 4)), words={}, own=None, keys=(), digest=b"",
    )  # fmt: skip
    hub: Any = SimpleNamespace(
        meant={"s": "one"},
        truth={"p": "one"},
        persons_of={"other": {"q"}},
        said={"other": [Known()]},
        keys_of={},
        shared={},
    )
    matcher: Any = SimpleNamespace(_match_keys=lambda _: (), _wide=())
    emitted: Any = SimpleNamespace(organisation="school")
    born: Any = {"one": 1, "other": 2}
    assert _held_against(hub, matcher, placed, "one", emitted, born) is None
    wrong = _held_against(hub, matcher, placed, "other", emitted, born)
    assert wrong is not None
    found = measures([wrong])
    assert (found.links, found.precision.k, found.precision.n, found.recall.k) == (1, 0, 1, 0)


def test_a_share_of_nothing_is_none_and_a_share_of_all_is_not_certain() -> None:
    assert part(0, 0).share is None
    everything = part(1000, 1000)
    assert (everything.share, everything.high, 0.99 < (everything.low or 0) < 1) == (1.0, 1.0, True)
