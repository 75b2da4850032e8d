"""An organisation that answers that telling would harm the child more: what the sharing policies know of it, and until when."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from msgspec.structs import replace

from hub.domain.request import Answer, Party
from hub.domain.sharing import Duty
from hub.views.desk import caught_up
from hub.views.subjects import subjects
from tests.support.asking import POLICE, Front
from tests.support.messages import answer as by_message
from tests.support.partnership import MovedClock, RunningHub, settings_for


@pytest.fixture(scope="module")
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture(scope="module")
def running(clock: MovedClock, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    made = RunningHub(settings_for(tmp_path_factory.mktemp("data")), clock)
    made.start("intake", "views")
    yield made
    made.close()


def harm(clock: MovedClock) -> Answer:
    return Answer(
        result="refused", reason="more_detrimental", reason_words="He reads her post.",
        review_on=clock.now().date() + timedelta(days=5), may_overturn="caldicott_guardian",
    )  # fmt: skip


def judged(front: Front) -> Duty | None:
    desk = front.hub._desk()
    caught_up(desk)
    return subjects(desk, [front.child])[front.child].duty


def held(*organisations: str) -> Duty:
    return Duty(relevant=False, may_facilitate=False, more_detrimental=False, held_back=frozenset(organisations))


def test_a_refusal_for_harm_is_known_to_the_policies_of_that_organisation_and_child_until_it_answers_otherwise(
    running: RunningHub, clock: MovedClock
) -> None:
    front, other = Front(running), Front(running, surname="Other")
    (police,) = front.ask(Party("police"))
    assert judged(front) is None
    running.hub.replying.answer(front.who(POLICE), police, harm(clock))
    assert (judged(front), judged(other)) == (held("police"), None)
    clock.moved = timedelta(days=30)  # past the day on which it is looked at again: nobody has said otherwise
    assert judged(front) == held("police")
    clock.moved = timedelta(0)
    running.hub.replying.answer(front.who(POLICE), police, Answer(result="provided", words="Two calls."))
    assert judged(front) is None


def test_another_reason_to_refuse_is_no_judgement_of_harm(running: RunningHub) -> None:
    front = Front(running)
    (ident,) = front.ask(Party("police"))
    running.hub.replying.answer(front.who(POLICE), ident, Answer(result="refused", reason="investigation"))
    assert judged(front) is None


def test_said_by_message_it_is_known_the_same(running: RunningHub, clock: MovedClock) -> None:
    front = Front(running)
    (ident,) = front.ask(Party("police"))
    refused = by_message(
        "police", front.like.known_to("police"), ident, result="refused", refusal_code="more_detrimental",
        refusal_reason="x",
    )  # fmt: skip
    day = clock.now().date() + timedelta(days=5)
    running.say(replace(refused, review_on=day, may_overturn="caldicott_guardian"))
    running.settled(alerts=False)
    assert judged(front) == held("police")
    running.say(by_message("police", front.like.known_to("police"), ident, result="searched_none_held"))
    running.settled(alerts=False)
    assert judged(front) is None


def test_another_setting_of_the_organisation_that_holds_nothing_does_not_lift_what_one_judged(
    running: RunningHub, clock: MovedClock
) -> None:
    front = Front(running)
    ward, desk = front.ask(Party("police", "ward_1")) + front.ask(Party("police", "ward_2"))
    running.hub.replying.answer(front.who(POLICE), ward, harm(clock))
    running.hub.replying.answer(front.who(POLICE), desk, Answer(result="searched_none_held"))
    assert judged(front) == held("police")
    running.hub.replying.answer(front.who(POLICE), ward, Answer(result="provided", words="He has moved out."))
    assert judged(front) is None
