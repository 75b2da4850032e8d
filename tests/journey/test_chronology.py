"""A chronology across all organisations: in order, with how grave it is and what came again, and as a table to save."""

import csv
import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from hub.domain.errors import NotFound
from hub.views.chronology_table import COLUMNS
from tests.support.asking import CANARY, DECIDER, SCREENER, Front
from tests.support.messages import concern, involvement, moment, seen_by
from tests.support.partnership import RunningHub, settings_for
from tests.support.site import Site
from tests.support.typed import typing_on

HELPER = "staff-4fa690"


@pytest.fixture
def running(tmp_path: Path) -> Iterator[RunningHub]:
    made = RunningHub(settings_for(tmp_path / "data"))
    made.start("intake", "views")
    yield made
    made.close()


@pytest.fixture
def front(running: RunningHub) -> Front:
    """Police, health and the council have said something of one child; the council's family support came twice."""
    made = Front(running)
    council, health = made.like.known_to("council"), made.like.known_to("health")
    grave = seen_by(made.like, "health", "fracture_unexplained")
    running.say(concern("health", grave, at=moment(1)))
    for said in (
        involvement("council", council, "family support", started=date(2025, 1, 6), ended=date(2025, 5, 30)),
        involvement("council", council, "family support", started=date(2026, 2, 2)),
        involvement("health", health, "health visiting", started=date(2026, 3, 2), ended=date(2026, 6, 1)),
    ):
        running.say(said)
    running.settled(alerts=False)
    return made


def test_whoever_may_not_know_of_the_child_saves_nothing(front: Front) -> None:
    with pytest.raises(NotFound):
        front.hub.picture(front.who(HELPER), front.child, "")
    with Site(front.hub) as site, site.visit(HELPER) as helper:
        there = helper.get(f"/api/v1/children/{front.child}/chronology?format=csv")
        nowhere = helper.get("/api/v1/children/nobody/chronology?format=csv")
        assert (there.status_code, nowhere.status_code, there.content) == (404, 404, nowhere.content)


def test_what_several_organisations_said_stands_in_one_order_with_what_is_grave_and_what_came_again(
    front: Front,
) -> None:
    seen = front.hub.picture(front.who(DECIDER), front.child, "")
    entries = seen.chronology
    assert [one.occurred.start for one in entries] == sorted((one.occurred.start for one in entries), reverse=True)
    assert {one.organisation for one in entries} == {"Police", "Health", "Council"}
    assert [one.title for one in entries if one.grave] == ["Worry: " + "; ".join(entries[0].indicators)]
    assert {one.occurred.start.date(): one.again for one in entries if one.kind == "involvement"} == {
        date(2026, 2, 2): "For the second time: before from 6 January 2025 to 30 May 2025",
        date(2025, 1, 6): "",
        date(2026, 3, 2): "",
    }
    assert seen.involved == "Organisations that have said that they worked with this child: 2. Now: 1."


def test_page_interface_and_command_save_the_same_lines_in_codes_and_no_words(front: Front) -> None:
    here = f"/api/v1/children/{front.child}/chronology"
    with Site(front.hub) as site, site.visit(SCREENER) as screener:
        page = screener.get(f"/child/{front.child}").text
        assert f'href="{here}?format=csv"' in page
        assert "For the second time" in page
        assert "grave by itself" in page
        saved = screener.get(f"{here}?format=csv")
        told = screener.call(here).json()
    assert saved.headers["content-disposition"] == 'attachment; filename="chronology.csv"'
    rows = list(csv.DictReader(io.StringIO(saved.text, newline="")))
    assert tuple(rows[0]) == COLUMNS
    assert [(one["organisation"], one["what"]) for one in rows] == [
        (one["organisation"], one["what"]) for one in told["rows"]
    ]
    assert [one["grave"] for one in rows].count("yes") == 1
    assert CANARY not in saved.text
    assert {one["again"] for one in rows} == {"", "For the second time: before from 6 January 2025 to 30 May 2025"}

    with typing_on(front.hub) as mash:
        code, typed = mash.typed(["chronology", front.child, "--as", SCREENER, "--csv"])
        shown = mash.typed(["chronology", front.child, "--as", SCREENER])[1]
    assert code == 0
    by_command = list(csv.DictReader(io.StringIO(typed, newline="")))
    assert [one["message"] for one in by_command] == [one["message"] for one in rows]
    assert "For the second time" in shown
