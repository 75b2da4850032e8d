"""What a level asks for is waited for: an assessment that fits, a team where several services help, a ground from 18 on."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from hub.domain.help import Propose
from hub.domain.help_plan import Make, Seat
from hub.domain.moments import london_day
from hub.domain.silence import SilenceNoticed
from tests.journey.test_help import born
from tests.support.asking import DECIDER, SCREENER, Front
from tests.support.enquiries import decision
from tests.support.messages import involvement
from tests.support.partnership import MovedClock, RunningHub, settings_for, wait_until

HELPER = "staff-4fa690"
OWN, NORTH = Seat("early_help", "family_hub_east"), Seat("health", "north")


@pytest.fixture(scope="module")
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture(scope="module")
def running(clock: MovedClock, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    made = RunningHub(settings_for(tmp_path_factory.mktemp("data")), clock)
    made.start("intake", "views", "relay", "silence")
    if "early_help" not in made.hub.register().organisations:
        made.hub.add_organisation("early_help", "Early Help", "early_help")
    yield made
    made.close()


@pytest.fixture
def front(running: RunningHub, clock: MovedClock, monkeypatch: pytest.MonkeyPatch) -> Front:
    clock.moved = timedelta(0)
    born(2018, monkeypatch)
    made = Front(running)
    made.hub.leading.propose(made.who(SCREENER), made.child, HELPER, "x")
    made.hub.leading.accept(made.who(HELPER), made.child)
    return made


def stepped(front: Front, level: int, **more: Any) -> None:
    wish = Propose(child=front.child, level=level, to=HELPER, why="x", by=SCREENER, **more)
    front.hub.helping.propose(front.who(SCREENER), wish)
    front.hub.helping.accept(front.who(HELPER), front.child)


def evidence(front: Front) -> tuple[str, ...]:
    return tuple(one.code for one in front.hub.helping.view(front.who(SCREENER), front.child).evidence)


def noticed(front: Front) -> list[str]:
    """What of what a level asks for was ever missed for this child."""
    found = [one.fact for one in front.running.facts() if isinstance(one.fact, SilenceNoticed)]
    asked = {"no_assessment", "no_team", "grown_up"}
    return sorted(one.kind for one in found if one.child == front.child and one.kind in asked)


def stands(front: Front) -> list[str]:
    rows = front.hub.listening.page(front.who(SCREENER), child=front.child).rows
    return sorted(one.kind for one in rows if one.kind in {"no_assessment", "no_team", "grown_up"})


def test_where_several_services_are_to_help_an_assessment_that_fits_and_a_team_are_waited_for(
    front: Front, clock: MovedClock
) -> None:
    """Kinds no_assessment and no_team."""
    helper = front.who(HELPER)
    stepped(front, 3)
    front.hub.assessing.begin(helper, front.child, "Statutory assessment")  # of another level: it does not fit this one
    clock.moved = timedelta(days=40)
    wait_until(lambda: front.running.died or stands(front) == ["no_assessment", "no_team"], what="both are missed")
    assert {"silent_no_assessment", "silent_no_team"} <= {one.kind for one in front.hub.tasks(front.who(SCREENER)).rows}
    front.running.say(involvement("health", front.like.known_to("health"), "health visiting", setting="north"))
    front.running.settled(alerts=False)
    team = Make(
        team="TAF", seats=(OWN, NORTH), family=("parent",), goal_words="x", goal=3,
        review_on=london_day(front.hub.clock.now()) + timedelta(days=300),
    )  # fmt: skip
    front.hub.help_planning.make(helper, front.child, team)
    wait_until(lambda: front.running.died or stands(front) == ["no_assessment"], what="the team came")
    (open_one,) = front.hub.assessing.page(helper, front.child).rows
    front.hub.assessing.hear(helper, front.child, open_one.assessment, "not_obtained", "Asleep.")
    assert stands(front) == ["no_assessment"]  # writing in the one that does not fit is no answer


def test_of_a_level_that_one_service_meets_nobody_asks_for_a_team_and_what_is_there_is_not_missed(
    front: Front, clock: MovedClock
) -> None:
    front.hub.assessing.begin(front.who(HELPER), front.child, "CAF")
    stepped(front, 2, evidence=evidence(front))
    clock.moved = timedelta(days=40)
    stepped(front, 3, evidence=evidence(front))
    clock.moved = timedelta(days=80)
    wait_until(lambda: front.running.died or noticed(front) == ["no_team"], what="only the team is missed")


def test_a_decision_for_early_help_asks_for_it_too(front: Front, clock: MovedClock) -> None:
    made = decision(front.hub.record.position(), by=DECIDER, seen_by="police", level=3, outcome="early_help")
    front.hub.decide(front.who(DECIDER), front.enquiry, made)
    clock.moved = timedelta(days=120)  # later than any test before it: a clock that is moved back finds nothing
    wait_until(lambda: front.running.died or noticed(front) == ["no_assessment", "no_team"], what="both are missed")


def test_who_turns_eighteen_while_they_are_helped_on_no_ground_is_said(
    running: RunningHub, clock: MovedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Kind grown_up: on the day, once; a step on a ground ends it."""
    clock.moved = timedelta(0)
    born(london_day(running.hub.clock.now()).year - 17, monkeypatch)
    nearly = Front(running)
    stepped(nearly, 2)
    clock.moved = timedelta(days=500)
    wait_until(lambda: running.died or stands(nearly) == ["grown_up"], what="18 is said")
    ground = nearly.hub.helping.view(nearly.who(SCREENER), nearly.child).grounds[0].code
    stepped(nearly, 3, ground=ground)
    wait_until(lambda: running.died or "grown_up" not in stands(nearly), what="the ground ends it")
