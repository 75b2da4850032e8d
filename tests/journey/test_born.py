"""Birth: what was set for the unborn goes on, under one record, when the child is there and others speak of them."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from hub.domain.help import Propose
from hub.domain.message import Name
from hub.domain.moments import london_day
from tests.support.asking import SCREENER
from tests.support.messages import a_child, concern, moment, seen_by
from tests.support.partnership import RunningHub, settings_for

HELPER = "staff-4fa690"


@pytest.fixture
def running(tmp_path: Path) -> Iterator[RunningHub]:
    made = RunningHub(settings_for(tmp_path / "data"))
    made.start("intake", "views")
    yield made
    made.close()


def test_a_child_who_is_born_goes_on_under_the_record_of_the_unborn_with_the_level_that_was_set(
    running: RunningHub,
) -> None:
    hub = running.hub
    for name, sector in (("children_social_care", "social_care"), ("early_help", "early_help")):
        if name not in hub.register().organisations:
            hub.add_organisation(name, name.replace("_", " ").title(), sector)
    screener, helper = hub.asker(SCREENER), hub.asker(HELPER)
    mother, child = a_child("Mum"), a_child()
    unborn = child.known_to(
        "health", nhs_number=None, birth_date=None, names=(Name("Baby", mother.surname),), mother_nhs_number=mother.nhs
    )
    told = seen_by(child, "health", "poor_hygiene", person=unborn, unborn=True)
    first = running.say(concern("health", told, at=moment(9)))
    running.settled(alerts=False)
    person = running.child_of("health", first)
    assert hub.helping.view(screener, person).grounds == ()  # nobody asks an unborn child for a ground
    hub.helping.propose(screener, Propose(child=person, level=2, to=HELPER, why="Before birth.", by=SCREENER))
    hub.helping.accept(helper, person)

    born = child.known_to("health", birth_date=london_day(hub.clock.now()) - timedelta(days=1))
    running.say(concern("health", seen_by(child, "health", "was_not_brought", person=born), at=moment(0.5)))
    running.settled(alerts=False)
    own_id = child.known_to("council", birth_date=born.birth_date)
    third = running.say(concern("council", seen_by(child, "council", "poor_hygiene", person=own_id), at=moment(0.2)))
    running.settled(alerts=False)

    assert running.child_of("council", third) == person  # by what the birth told: one record, before and after
    assert hub.helping.view(screener, person).level == 2  # what was set before birth holds
    assert len([one for one in hub.picture(screener, person, "").chronology if one.kind == "worry"]) == 3
