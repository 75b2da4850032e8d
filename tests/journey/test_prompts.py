"""Prompts, through the front door: to a setting that works with the child and to nobody else, and never a word of why."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from hub.domain.errors import NotFound, NotPermitted, Refused
from hub.domain.ledger import Asked
from hub.domain.notice import NoticeSent
from hub.domain.staff import RegisterStaff
from tests.support.asking import LEAD, POLICE, PRIMARY, SCREENER, Front
from tests.support.messages import involvement
from tests.support.partnership import MovedClock, Organisation, RunningHub, settings_for
from tests.support.site import Site

SCHOOL = f"school_a/{PRIMARY}"


@pytest.fixture(scope="module")
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture(scope="module")
def running(clock: MovedClock, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    made = RunningHub(settings_for(tmp_path_factory.mktemp("data")), clock)
    made.start("intake", "views", "relay")
    yield made
    made.close()


@pytest.fixture
def front(running: RunningHub, clock: MovedClock) -> Front:
    """A child whom a school says that it works with."""
    clock.moved = timedelta(0)
    made = Front(running)
    if "school_a" not in running.organisations:
        running.organisations["school_a"] = Organisation(running.hub, "school_a")
    running.say(involvement("school_a", made.like.known_to("school_a"), "education", setting=PRIMARY))
    running.settled(alerts=False)
    return made


def refused(act: Any) -> str:
    with pytest.raises(Refused) as why:
        act()
    return why.value.field


def test_a_prompt_goes_to_a_setting_that_works_with_the_child_and_to_nobody_else(front: Front) -> None:
    prompting, screener = front.hub.prompting, front.who(SCREENER)
    assert [one.code for one in prompting.page(screener, front.child).settings] == [SCHOOL]
    assert refused(lambda: prompting.send(screener, front.child, "", "see_child")) == "setting"
    assert refused(lambda: prompting.send(screener, front.child, "school_a/another", "see_child")) == "setting"
    assert refused(lambda: prompting.send(screener, front.child, "police/x", "see_child")) == "setting"
    assert refused(lambda: prompting.send(screener, front.child, SCHOOL, "read_the_alert")) == "prompt"
    with pytest.raises(NotPermitted):
        prompting.send(front.who(POLICE), front.child, SCHOOL, "see_child")
    with pytest.raises(NotFound):
        prompting.send(screener, "no-such-child", SCHOOL, "see_child")
    kin = RegisterStaff(
        staff="staff-uncle", organisation="children_social_care", setting="", roles=("screening_social_worker",),
        ig_trained_until=front.hub.clock.now() + timedelta(days=9), related=(front.child,),
    )  # fmt: skip
    front.hub.register_staff([kin])
    with pytest.raises(NotFound):
        prompting.send(front.who("staff-uncle"), front.child, SCHOOL, "see_child")
    assert prompting.page(screener, front.child).rows == ()


def test_it_says_what_to_do_and_nothing_of_why_and_the_ledger_has_who_told(front: Front) -> None:
    hub = front.hub
    before = hub.ledger.position()
    ident = hub.prompting.send(front.who(SCREENER), front.child, SCHOOL, "see_child")
    (told,) = [
        one.fact for one in front.running.facts() if isinstance(one.fact, NoticeSent) and one.fact.about == ident
    ]
    assert (told.kind, told.setting, told.codes) == ("prompt", PRIMARY, (("prompt", "see_child"),))
    assert (told.items, told.enquiry) == ((), "")
    asks = [one.fact for one in hub.ledger.read(before, 100) if isinstance(one.fact, Asked)]
    (entry,) = [one for one in asks if one.action == "export"]
    assert (entry.who, entry.reason, entry.subjects) == (SCREENER, "prompt", (front.child,))
    (row,) = [one for one in hub.prompting.mine(front.who(LEAD)).rows if one.prompt == ident]
    assert row.words == "See a child whom you work with, and speak with them alone"
    assert [one.prompt for one in hub.prompting.mine(front.who(POLICE)).rows] == []
    with pytest.raises(NotFound):
        hub.prompting.acknowledge(front.who(POLICE), ident)


def test_nobody_says_that_they_have_it_and_it_is_a_task_until_they_do(front: Front, clock: MovedClock) -> None:
    hub = front.hub
    ident = hub.prompting.send(front.who(SCREENER), front.child, SCHOOL, "check_attendance")
    assert "prompt" in {one.kind for one in hub.tasks(front.who(LEAD)).rows}
    clock.moved = timedelta(days=9)
    late = [one for one in hub.tasks(front.who(SCREENER), "prompt_unanswered").rows if one.child == front.child]
    assert [one.overdue for one in late] == [True]
    hub.prompting.acknowledge(front.who(LEAD), ident)
    late = [one for one in hub.tasks(front.who(SCREENER), "prompt_unanswered").rows if one.child == front.child]
    assert late == []
    assert refused(lambda: hub.prompting.acknowledge(front.who(LEAD), ident)) == "prompt"
    assert refused(lambda: hub.prompting.take_back(front.who(SCREENER), ident)) == "prompt"


def test_an_organisations_program_that_acknowledges_the_notice_has_the_prompt(front: Front) -> None:
    hub = front.hub
    ident = hub.prompting.send(front.who(SCREENER), front.child, SCHOOL, "ring_front_door")
    hub.replying.acknowledge(front.who(LEAD), ident)
    assert [one.state for one in hub.prompting.page(front.who(SCREENER), front.child).rows] == ["acknowledged"]


def test_the_pages_and_the_interface_say_what_is_missing(front: Front) -> None:
    with (
        Site(front.hub) as site,
        site.visit(SCREENER) as screener,
        site.visit(LEAD) as lead,
        site.visit(POLICE) as police,
    ):
        page = f"/child/{front.child}/prompts"
        bare = screener.send(page, {"step": "send"})
        assert (bare.status_code, "Select what they are asked to do" in bare.text) == (422, True)
        assert police.get(page).status_code == 403
        screener.send(page, {"step": "send", "setting": SCHOOL, "prompt": "see_child"})
        ident = front.hub.prompting.page(front.who(SCREENER), front.child).rows[0].prompt
        assert "See a child whom you work with" in lead.get("/prompts").text
        done = lead.call(f"/api/v1/prompts/{ident}/acknowledge", {})
        assert [one["state"] for one in done.json()["rows"] if one["prompt"] == ident] == ["acknowledged"]
        again = lead.call(f"/api/v1/prompts/{ident}/acknowledge", {})
        assert again.status_code == 422
        made = screener.call(f"/api/v1/children/{front.child}/prompts", {"setting": SCHOOL, "prompt": "see_child"})
        assert made.status_code == 201
