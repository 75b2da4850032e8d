"""The directory of services, through the front door: declared by whose it is, old ones said to be, full ones shown."""

from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest

from hub.domain.errors import NotFound, NotPermitted, Refused
from hub.domain.service import Declare
from hub.views import directory as viewed
from tests.support.asking import HEALTH, SCREENER
from tests.support.partnership import MovedClock, RunningHub, settings_for
from tests.support.site import Site

HELPER = "staff-4fa690"  # of early help


@pytest.fixture(scope="module")
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture(scope="module")
def running(clock: MovedClock, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    made = RunningHub(settings_for(tmp_path_factory.mktemp("data")), clock)
    made.start("intake", "views")
    for organisation in ("early_help", "charity"):
        if organisation not in made.hub.register().organisations:
            made.hub.add_organisation(organisation, organisation.replace("_", " ").title(), "early_help")
    yield made
    made.close()


@pytest.fixture(autouse=True)
def now(clock: MovedClock) -> None:
    clock.moved = timedelta(0)


def places(running: RunningHub, service: str) -> tuple[int, int, bool]:
    row = running.hub.directory.one(running.hub.asker(HELPER), service)
    return row.places, row.waiting_days, row.stale


def test_an_organisation_declares_its_own_services_and_the_front_door_any(running: RunningHub) -> None:
    directory, who = running.hub.directory, running.hub.asker
    with pytest.raises(NotPermitted):
        directory.declare(who(HELPER), Declare(service="young-carers-club", places=9))
    with pytest.raises(NotPermitted):
        directory.declare(who(HELPER), Declare(service="walks", organisation="charity", name="Walks", places=9))
    with pytest.raises(Refused):
        directory.declare(who(HELPER), Declare(service="parenting-group", places=-1))
    with pytest.raises(NotFound):
        directory.one(who(HELPER), "walks")
    directory.declare(who(HELPER), Declare(service="parenting-group", places=0, waiting_days=21))
    assert places(running, "parenting-group") == (0, 21, False)
    directory.declare(who(SCREENER), Declare(service="young-carers-club", places=1))
    assert places(running, "young-carers-club") == (1, 0, False)


def test_what_is_full_is_listed_and_what_nobody_declared_for_long_says_so(
    running: RunningHub, clock: MovedClock
) -> None:
    running.hub.directory.declare(running.hub.asker(HELPER), Declare(service="family-support-north", places=0))
    clock.moved = timedelta(days=27)
    assert places(running, "family-support-north") == (0, 0, False)
    clock.moved = timedelta(days=30)
    assert places(running, "family-support-north") == (0, 0, True)
    view = running.hub.directory.page(running.hub.asker(HELPER), age=4, level=2, locality="North")
    assert "family-support-north" in [one.service for one in view.rows]
    assert view.hidden > 0


def test_what_is_left_out_stays_as_the_record_has_it_and_not_as_the_views_had_it(
    running: RunningHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    helper = running.hub.asker(HELPER)
    running.hub.directory.declare(helper, Declare(service="parenting-group", places=6, waiting_days=14))
    before = viewed.entries(running.hub.directory.desk)
    running.hub.directory.declare(helper, Declare(service="parenting-group", waiting_days=33))
    with monkeypatch.context() as lagging:
        lagging.setattr(viewed, "entries", lambda _: before)
        running.hub.directory.declare(helper, Declare(service="parenting-group", places=2))
    assert places(running, "parenting-group")[:2] == (2, 33)


def test_a_program_declares_for_its_own_organisation_alone(running: RunningHub) -> None:
    client, secret = running.hub.add_client("charity")
    with Site(running.hub) as site, httpx.Client(base_url=site.url, auth=(client, secret)) as program:
        here = "/api/v1/organisations/services"
        assert program.post(here, json={"service": "parenting-group", "places": 9}).status_code == 403
        assert program.post(here, json={"service": "x", "organisation": "early_help", "places": 1}).status_code == 403
        assert program.post(here, json={"service": "walks", "places": 2}).status_code == 422
        done = program.post(
            here, json={"service": "walks", "name": "Walks", "from_age": 5, "upto_age": 9, "places": 2, "levels": [2]}
        )
        assert (done.status_code, done.json()["places"], done.json()["declared_by"]) == (200, 2, "Charity")
        assert program.post(here, json={"service": "walks", "open": False}).json()["open"] is False
        assert httpx.post(f"{site.url}{here}", json={"service": "walks"}).status_code == 401
    listed = running.hub.directory.page(running.hub.asker(HELPER)).rows
    assert "walks" not in [one.service for one in listed]


def test_the_page_shows_what_fits_and_takes_a_declaration(running: RunningHub) -> None:
    with Site(running.hub) as site, site.visit(HELPER) as helper, site.visit(HEALTH) as health:
        page = helper.get("/services?age=1&level=2&locality=South").text
        assert "Family support, south" in page
        assert "Full" in page
        assert "Counselling at school" not in page
        assert "Old: ask them" in helper.get("/services").text
        bad = helper.send("/services", {"step": "declare", "service": "parenting-group", "places": "many"})
        assert (bad.status_code, "Enter a whole number" in bad.text) == (422, True)
        done = helper.send(
            "/services", {"step": "declare", "service": "parenting-group", "places": "5", "waiting_days": "0"}
        )
        assert done.status_code == 200
        assert places(running, "parenting-group")[:2] == (5, 0)
        new = {"step": "new", "service": "swimming", "organisation": "early_help", "name": "Swimming", "what": "On Mondays",
               "from_age": "6", "upto_age": "12", "places": "8", "levels": "2", "localities": "North"}  # fmt: skip
        assert "Swimming" in helper.send("/services", new).text
        assert health.call("/api/v1/services?age=7&level=2").json()["rows"][0]["organisation"] in {
            "early_help",
            "housing",
        }
        assert health.call("/api/v1/services", {"service": "swimming", "places": 0}).status_code == 403
