"""The team of a MASH enquiry, plans and families: as pages without a script, and for a program."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.journey.test_enquiries import DECIDER, MANAGER, SCREENER, Room
from tests.support.house import lives, mum
from tests.support.messages import a_child, household
from tests.support.site import Site

SCHOOL_LEAD, AUDITOR = "staff-f2907a", "staff-a37d05"


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    made = Room(tmp_path / "data")
    yield made
    made.running.close()


@pytest.fixture
def site(room: Room) -> Iterator[Site]:
    with Site(room.hub) as made:
        yield made


def test_somebody_is_taken_off_a_team_on_its_page_and_by_a_program(room: Room, site: Site) -> None:
    (child,) = room.hungry(a_child())
    enquiry = room.open(child)
    room.hub.enquiring.claim(room.who(SCREENER), enquiry)
    where = f"/enquiry/{enquiry}/team"
    with site.visit(SCREENER) as visit:
        page = visit.get(where).text
        assert (DECIDER in page, "who holds it" in page) == (True, True)
        assert 'selected value="work_done"' not in page  # nothing is selected beforehand
        missing = visit.send(where, {"staff": DECIDER, "why": ""})
        assert (missing.status_code, "Select why their part ended" in missing.text) == (422, True)
        assert visit.send(where, {"staff": DECIDER, "why": "work_done"}).status_code == httpx.codes.OK
    with site.visit(SCHOOL_LEAD) as visit:
        assert visit.get(where).status_code == httpx.codes.FORBIDDEN
    with site.visit(MANAGER) as visit:
        again = visit.call(f"/api/v1/enquiries/{enquiry}/leave", {"staff": DECIDER, "why": "work_done"})
        assert (again.status_code, again.json()["field"]) == (422, "staff")
        room.hub.enquiring.assign(room.who(MANAGER), enquiry, DECIDER)
        left = visit.call(f"/api/v1/enquiries/{enquiry}/leave", {"staff": SCREENER, "why": "moved"})
        assert [one["staff"] for one in left.json()["team"]] == [DECIDER]


def test_a_plan_is_done_and_taken_back_on_its_page_and_by_a_program(room: Room, site: Site) -> None:
    (child,) = room.hungry(a_child())
    enquiry = room.open(child)
    room.decide(enquiry, child)
    named = {"child": child, "action": "family_contacted"}
    with site.visit(SCREENER) as visit:
        assert "Family contacted" in visit.get("/plans").text
        assert visit.send("/plans", {**named, "step": "undo"}, f"/plans/{enquiry}").status_code == 422
        assert visit.send("/plans", {**named, "step": "else"}, f"/plans/{enquiry}").status_code == 422
        assert "Done lately" in visit.send("/plans", {**named, "step": "done"}, f"/plans/{enquiry}").text
        assert "family contacted" in visit.get(f"/enquiry/{enquiry}").text.lower()
        said = visit.call(f"/api/v1/plans/{enquiry}", {**named, "step": "undo"}).json()
        assert [(one["action"], one["done"]) for one in said["rows"]] == [("family_contacted", False)]
        assert visit.call(f"/api/v1/plans/{enquiry}", {**named, "step": "later"}).status_code == 422
        assert visit.call(f"/api/v1/plans/{child}", {**named, "step": "done"}).status_code == 404
        assert visit.call("/api/v1/plans").json()["done"] == []
    with site.visit(SCHOOL_LEAD) as visit:
        assert "Nothing waits" in visit.get("/plans").text
        assert visit.call(f"/api/v1/plans/{enquiry}", {**named, "step": "done"}).status_code == 404
    with site.visit(AUDITOR) as visit:
        assert visit.get("/plans").status_code == httpx.codes.FORBIDDEN


def test_a_family_has_one_heading_on_the_worklist(room: Room, site: Site) -> None:
    ann, ben = a_child("Ann"), a_child("Ben")
    room.hungry(ann, ben)
    room.say(household("housing", lives(ann, "housing"), lives(ben, "housing"), mum("housing")))
    with site.visit(DECIDER) as visit:
        page = visit.get("/").text
        assert page.count("Family of 2 children who live together") == 1
        assert "First decision due" in page
        found = visit.call("/api/v1/alerts").json()
        assert [len(one["children"]) for one in found["families"]] == [2]
