"""What a no keeps out of the count: judged again when it comes in, and asked again when it need not stay out any more."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from hub.domain.concern import ConcernRuled, RulingFaulted
from hub.domain.family_wish import Wish
from hub.flow.receive import Intake
from hub.ports import Ruling
from tests.support.families import no
from tests.support.identities import MANAGER, SCREENER, somebody
from tests.support.messages import Child, consent, legal_status
from tests.views.test_consenting import House


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.running.close()


def asked(house: House) -> int:
    """How many count that did not, once the views have followed the record."""
    house.hub.views.catch_up("record", house.hub.record)
    return house.by_hand.intake.ask_kept_out()


def refuse(house: House, child: Child) -> None:
    """A competent young person says no."""
    house.by_hand.say(consent("school", child.known_to("school"), "refused", giver="young_person", competent=True))


def test_what_a_young_persons_no_keeps_out_is_judged_again_as_anything_new_and_counts_once_the_no_is_none(
    house: House,
) -> None:
    child = somebody()
    person = house.seen(child)
    record = house.competent(person)
    refused = house.say(no(person, giver="", record=record))
    house.clock.moved = timedelta(minutes=5)
    for organisation in ("health", "police", "housing"):
        house.seen(child, organisation)
    assert len(house.by_hand.counts(person)) == 1  # what came before the no
    assert house.kinds() == ["consent_refused_new"]
    house.clock.moved = timedelta(minutes=10)
    assert asked(house) == 0
    house.say(
        Wish(what="invalid", person=person, statement=refused, invalid="recorded_in_error", reason="His brother."),
        MANAGER,
    )
    assert asked(house) == 3
    assert len(house.by_hand.counts(person)) == 4
    head = house.hub.record.position()
    assert (asked(house), Intake(house.hub.intake_tools()).ask_kept_out(), house.hub.record.position()) == (0, 0, head)


@pytest.mark.parametrize("what", ["enquiry", "plan"])
def test_what_was_kept_out_counts_from_when_harm_is_suspected_and_what_counted_stays_as_it_is(
    house: House, what: str
) -> None:
    child = somebody()
    person = house.seen(child)
    refuse(house, child)
    house.seen(child, "health")
    first = house.by_hand.counts(person)
    assert len(first) == 1
    if what == "enquiry":
        house.enquiry(person, "significant_harm", SCREENER)
    else:
        house.by_hand.say(legal_status("council", child.known_to("council"), "child_protection_plan"))
    assert asked(house) == 1
    now = house.by_hand.counts(person)
    assert (len(now), first.items() <= now.items()) == (2, True)


class Erring:
    """Policies that err."""

    def decide(self, ask: object, resources: list[object]) -> list[Ruling]:  # noqa: ARG002 - the port names it
        return [Ruling(False, ("N01",), fault=True, shown_as="nothing") for _ in resources]


def test_where_a_policy_errs_over_it_then_it_counts_once_the_policy_is_mended(house: House) -> None:
    child = somebody()
    person = house.seen(child)
    refuse(house, child)
    house.seen(child, "health")
    house.enquiry(person, "significant_harm")
    house.hub.views.catch_up("record", house.hub.record)
    erring = Intake(replace(house.hub.intake_tools(), rulings=Erring()))
    assert erring.ask_kept_out() == 0
    assert [one.fact.NAME for one in house.running.facts()].count(RulingFaulted.NAME) == 1
    assert len(house.by_hand.counts(person)) == 1
    assert Intake(house.hub.intake_tools()).ask_again() == 1
    assert len(house.by_hand.counts(person)) == 2
    newest = [one.fact for one in house.running.facts() if isinstance(one.fact, ConcernRuled)][-1]
    assert (newest.counted, newest.faults) == (True, False)
