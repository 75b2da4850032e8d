"""Strategy discussions, through the front door: nothing but a quorate one, or immediate danger, opens section 47."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from hub.domain.attendance import Present
from hub.domain.errors import NotFound, NotPermitted, Refused
from hub.domain.strategy import Call, Called, Conclude, Hold
from hub.views.enquiring import section_47_of
from hub.views.rooms import room
from hub.views.subjects import subjects
from tests.support.asking import DECIDER, HEALTH, MANAGER, POLICE, SCREENER, Front
from tests.support.partnership import MovedClock, RunningHub, settings_for
from tests.support.site import Site

SOCIAL_CARE = "children_social_care"
CANARY = "Canary-Thistledown was hit"
ALL = (SOCIAL_CARE, "police", "health_visiting")


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
    clock.moved = timedelta(0)
    return Front(running)


def now() -> datetime:
    return datetime.now(UTC)


def calling(front: Front, **otherwise: Any) -> Call:
    said = {
        "enquiry": front.enquiry, "children": (front.child,), "asked": tuple(Called(one) for one in ALL),
        "at": now(), "means": "video", "why": CANARY, "by": SCREENER,
    }  # fmt: skip
    return Call(**{**said, **otherwise})


def called(front: Front) -> str:
    return front.hub.discussing.call(front.who(SCREENER), calling(front))


def holding(*there: str, **otherwise: Any) -> Hold:
    said = {
        "held_at": now() - timedelta(seconds=1), "spoke": "DS Example for the police",
        "present": tuple(Present(one, one in there, "", "" if one in there else "not_reached") for one in ALL),
        "by": SCREENER,
    }  # fmt: skip
    return Hold(**{**said, **otherwise})


def held(front: Front, *there: str, **otherwise: Any) -> str:
    """One that was held by these, who all said what they knew."""
    ident = called(front)
    front.hub.discussing.hold(front.who(SCREENER), ident, holding(*there, **otherwise))
    for one in there:
        front.hub.discussing.tell_of(front.who(SCREENER), ident, one, f"{CANARY}, says {one}")
    return ident


def deciding(front: Front, *, opens: bool = True, **otherwise: Any) -> Conclude:
    said = {
        "opens": {front.child: opens}, "how": "joint" if opens else "", "ground": "significant_harm",
        "safety": "She stays with her aunt.", "reason": CANARY, "why_not_quorate": "", "by": DECIDER,
    }  # fmt: skip
    return Conclude(**{**said, **otherwise})


def test_one_that_can_never_be_quorate_or_is_about_nobody_is_not_called(front: Front) -> None:
    discussing, screener = front.hub.discussing, front.who(SCREENER)
    for wrong, field in (
        ({"children": ()}, "children"), ({"children": ("nobody",)}, "children"), ({"asked": ()}, "asked"),
        ({"asked": (Called("police"), Called("health_visiting"))}, "asked"),
        ({"asked": (*(Called(one) for one in ALL), Called("police"))}, "asked"),
        ({"asked": (*(Called(one) for one in ALL), Called("stranger"))}, "asked"),
        ({"at": None}, "at"), ({"means": "letter"}, "means"), ({"why": " "}, "why"),
    ):  # fmt: skip
        with pytest.raises(Refused) as refused:
            discussing.call(screener, calling(front, **wrong))
        assert refused.value.field == field
    for staff in (POLICE, HEALTH):
        with pytest.raises(NotPermitted):
            discussing.call(front.who(staff), calling(front, by=staff))
    with pytest.raises(NotPermitted):
        discussing.call(screener, calling(front, by=DECIDER))
    with pytest.raises(NotFound):
        discussing.call(screener, calling(front, enquiry="none"))
    assert discussing.page(screener, front.enquiry).rows == ()


def test_everybody_who_is_asked_is_told_the_hour_and_nothing_of_the_child(front: Front) -> None:
    ident = called(front)
    told = front.hub.replying.inbox(front.who(POLICE)).notices[0]
    assert (told.kind, told.about) == ("strategy_called", ident)
    assert CANARY not in str(told) and front.child not in str(told)  # noqa: PT018 - one sentence
    with pytest.raises(NotFound):  # the discussion itself is of the MASH
        front.hub.discussing.view(front.who(POLICE), ident)


def test_who_was_there_is_said_of_everybody_asked_and_not_of_tomorrow(front: Front) -> None:
    discussing, screener, ident = front.hub.discussing, front.who(SCREENER), called(front)
    for wrong, field in (
        ({"held_at": None}, "held_at"), ({"held_at": now() + timedelta(hours=1)}, "held_at"),
        ({"present": (Present("police", True), Present(SOCIAL_CARE, True))}, "present"),
        ({"present": tuple(Present(one, False, "", "not_reached") for one in ALL)}, "present"),
        ({"present": tuple(Present(one, one != "police") for one in ALL)}, "present"),
        ({"present": (Present("police", True, HEALTH), *(Present(one, True) for one in ALL if one != "police"))}, "present"),
        ({"spoke": ""}, "spoke"),
    ):  # fmt: skip
        with pytest.raises(Refused) as refused:
            discussing.hold(screener, ident, holding(*ALL, **wrong))
        assert refused.value.field == field
    discussing.hold(screener, ident, holding(*ALL))
    with pytest.raises(Refused, match="already"):
        discussing.hold(screener, ident, holding(*ALL))
    for organisation, words, field in (("health", "x", "organisation"), ("police", "", "knew")):
        with pytest.raises(Refused) as refused:
            discussing.tell_of(screener, ident, organisation, words)
        assert refused.value.field == field


def test_without_the_police_nothing_is_decided_but_in_immediate_danger_and_then_it_meets_again(front: Front) -> None:
    hub, ident = front.hub, held(front, SOCIAL_CARE, "health_visiting")
    discussing, decider = hub.discussing, front.who(DECIDER)
    view = discussing.view(decider, ident)
    assert (view.quorate, view.sittings[0].missing, view.reconvene_by is not None) == (False, ("Police",), True)
    with pytest.raises(Refused, match="Police missing"):
        discussing.conclude(decider, ident, deciding(front))
    danger = deciding(front, ground="immediate_danger")
    with pytest.raises(Refused) as refused:
        discussing.conclude(decider, ident, danger)
    assert refused.value.field == "why_not_quorate"
    kinds = {one.kind for one in hub.tasks(front.who(SCREENER)).rows if one.child == front.child}
    assert "strategy_reconvene" in kinds
    discussing.conclude(
        decider, ident, deciding(front, ground="immediate_danger", why_not_quorate="Police are on the way")
    )
    assert section_47_of(hub._desk(), front.child) == f"strategy-discussion:{ident}"
    assert "strategy_reconvene" in {one.kind for one in hub.tasks(front.who(SCREENER)).rows if one.child == front.child}
    # it meets again, quorate, and decides otherwise: section 47 is open no more
    discussing.reconvene(front.who(SCREENER), ident, now())
    discussing.hold(front.who(SCREENER), ident, holding(*ALL))
    discussing.tell_of(front.who(SCREENER), ident, "police", "Nothing is held")
    discussing.conclude(decider, ident, deciding(front, opens=False))
    assert section_47_of(hub._desk(), front.child) == ""
    with pytest.raises(Refused, match="nothing to meet again for"):
        discussing.reconvene(front.who(SCREENER), ident, now())


def test_who_said_who_was_there_does_not_decide_section_47_alone(front: Front) -> None:
    hub = front.hub
    ident = held(front, *ALL, by=SCREENER)
    discussing = hub.discussing
    with pytest.raises(NotPermitted):
        discussing.conclude(front.who(SCREENER), ident, deciding(front, by=SCREENER))
    alone = called(front)
    discussing.hold(front.who(MANAGER), alone, holding(*ALL, by=MANAGER))
    for one in ALL:
        discussing.tell_of(front.who(MANAGER), alone, one, "Known.")
    with pytest.raises(Refused, match="Somebody else decides"):
        discussing.conclude(front.who(MANAGER), alone, deciding(front, by=MANAGER))
    discussing.conclude(front.who(MANAGER), alone, deciding(front, by=MANAGER, ground="immediate_danger"))
    assert discussing.view(front.who(MANAGER), alone).alone
    assert "strategy_reconvene" in {one.kind for one in hub.tasks(front.who(SCREENER)).rows if one.child == front.child}


def test_nothing_is_decided_until_everybody_who_was_there_has_said_what_they_knew(front: Front) -> None:
    ident = called(front)
    discussing, decider = front.hub.discussing, front.who(DECIDER)
    with pytest.raises(Refused, match="Record first who was there"):
        discussing.conclude(decider, ident, deciding(front))
    discussing.hold(front.who(SCREENER), ident, holding(*ALL))
    with pytest.raises(Refused) as refused:
        discussing.conclude(decider, ident, deciding(front))
    assert refused.value.field == "knew"
    for one in ALL:
        discussing.tell_of(front.who(SCREENER), ident, one, "Known.")
    for wrong, field in (
        ({"opens": {}}, "opens"), ({"how": ""}, "how"), ({"ground": "hearsay"}, "ground"), ({"safety": ""}, "safety"),
        ({"reason": " "}, "reason"),
    ):  # fmt: skip
        with pytest.raises(Refused) as refused:
            discussing.conclude(decider, ident, replace(deciding(front), **wrong))
        assert refused.value.field == field
    assert section_47_of(front.hub._desk(), front.child) == ""


def test_section_47_opens_the_room_to_who_took_part_and_its_conference_has_a_day(
    front: Front, clock: MovedClock
) -> None:
    hub, ident = front.hub, called(front)
    named = {"police": POLICE, SOCIAL_CARE: DECIDER}
    there = tuple(Present(one, True, named.get(one, "")) for one in ALL)
    hub.discussing.hold(front.who(SCREENER), ident, holding(*ALL, present=there))
    for one in ALL:
        hub.discussing.tell_of(front.who(SCREENER), ident, one, f"{CANARY}, says {one}")
    # who decides reads what each knew
    read = hub.discussing.view(front.who(DECIDER), ident)
    assert {one.words for one in read.knew} == {f"{CANARY}, says {one}" for one in ALL}
    desk = hub._desk()
    before = subjects(desk, [front.child])[front.child]
    assert (before.strategy_discussion, before.stage) == (False, "none")
    with pytest.raises(NotFound):
        hub.discussing.view(front.who(POLICE), ident)
    hub.discussing.conclude(front.who(DECIDER), ident, deciding(front))
    after = subjects(desk, [front.child])[front.child]
    assert (after.strategy_discussion, after.stage) == (True, "section_47")
    opened = room(desk, front.enquiry)
    assert opened is not None
    assert POLICE in opened.team
    seen = hub.discussing.view(front.who(POLICE), ident)  # policy R06: everybody on the enquiry reads what bears on it
    assert {one.words for one in seen.knew} == {f"{CANARY}, says {one}" for one in ALL}
    with pytest.raises(NotFound):  # health took part, and nobody of theirs is named
        hub.discussing.view(front.who(HEALTH), ident)
    (due,) = [one.conference_due for one in seen.section_47]
    assert due is not None
    assert timedelta(days=18) < due - now() < timedelta(days=32)
    clock.moved = timedelta(days=60)
    (task,) = [one for one in hub.tasks(front.who(SCREENER), "conference_due").rows if one.child == front.child]
    assert task.overdue
    for child, outcome, why, field in (
        ("nobody", "concerns_not_substantiated", "x", "child"), (front.child, "fine", "x", "outcome"),
        (front.child, "concerns_not_substantiated", "", "why"),
    ):  # fmt: skip
        with pytest.raises(Refused) as refused:
            hub.discussing.end(front.who(DECIDER), ident, child, outcome, why)
        assert refused.value.field == field
    hub.discussing.end(front.who(DECIDER), ident, front.child, "concerns_not_substantiated", "It was an accident.")
    assert not subjects(hub._desk(), [front.child])[front.child].strategy_discussion
    with pytest.raises(NotFound):
        hub.discussing.view(front.who(POLICE), ident)
    with pytest.raises(Refused, match="No section 47 enquiry is open"):
        hub.discussing.end(front.who(DECIDER), ident, front.child, "concerns_not_substantiated", "Again.")


def test_the_pages_and_the_interface_for_programs_say_what_is_missing_and_put_no_words_in_addresses(
    front: Front,
) -> None:
    hub = front.hub
    with (
        Site(hub) as site,
        site.visit(SCREENER) as screener,
        site.visit(DECIDER) as decider,
        site.visit(POLICE) as police,
    ):
        page = f"/enquiry/{front.enquiry}/strategy"
        bare = screener.send(page, {})
        assert (bare.status_code, "Select which children" in bare.text) == (422, True)
        form = {"children": front.child, "asked": list(ALL), "at": "2026-03-02T14:30", "means": "video", "why": CANARY}
        made = screener.send(page, form)
        where = made.url.path
        assert made.status_code == 200 and where.startswith("/strategy/")  # noqa: PT018 - one sentence
        answers = {f"present-{n}": "present" for n in (1, 2, 3)} | {"present-2": "not_reached", "spoke": "DS Example"}
        said = {"step": "hold", "held_at": "2026-03-02T14:35", **answers}
        assert "not quorate" in screener.send(where, said).text
        closed = decider.send(where, {"step": "decide", "opens-1": "yes", "how": "joint", "ground": "significant_harm"})
        assert (closed.status_code, "It was not quorate (Police missing)" in closed.text) == (422, True)
        assert police.get(where).status_code == 404
        assert police.call(f"/api/v1{where}").status_code == 404
        again = screener.call(f"/api/v1{where}/reconvene", {"at": "2026-03-03T09:00:00+00:00"})
        assert (again.status_code, again.json()["state"]) == (200, "called")
        naive = screener.call(f"/api/v1{where}/reconvene", {"at": "2026-03-03T09:00:00"})
        assert naive.status_code == 422
        listed = screener.call(f"/api/v1/enquiries/{front.enquiry}/strategy").json()
        assert [one["state"] for one in listed["rows"]] == ["Meets again"]
