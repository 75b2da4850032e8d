"""Offers of help, through the front door: who may, what the family answers, and that nobody forgets a no."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from hub.domain.errors import NotFound, NotPermitted, Refused
from hub.domain.identity import DecideIdentity
from hub.domain.offer import MakeOffer
from hub.domain.staff import RegisterStaff
from hub.views.alerts import signals_of_all
from hub.views.asking import look
from hub.views.rests_on import items_of
from tests.support.asking import MANAGER, POLICE, SCREENER, Front
from tests.support.partnership import MovedClock, RunningHub, settings_for, wait_until
from tests.support.site import Site

HELPER, WORKER, AUDITOR = "staff-4fa690", "staff-86d51c", "staff-a37d05"
CANARY = "Canary-Bramblethwaite is tired of services"


@pytest.fixture(scope="module")
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture(scope="module")
def running(clock: MovedClock, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    made = RunningHub(settings_for(tmp_path_factory.mktemp("data")), clock)
    made.start("intake", "views", "relay", "silence")
    for organisation in ("early_help", "charity"):
        if organisation not in made.hub.register().organisations:
            made.hub.add_organisation(organisation, organisation.replace("_", " ").title(), "early_help")
    yield made
    made.close()


@pytest.fixture
def front(running: RunningHub, clock: MovedClock) -> Front:
    clock.moved = timedelta(0)
    return Front(running)


def make(front: Front, by: str = SCREENER, **more: Any) -> str:
    given = {
        "child": front.child,
        "service": "young-carers-club",
        "organisation": "",
        "to": ("parent",),
        "words": CANARY,
    }
    return front.hub.offering.make(front.who(by), MakeOffer(**{**given, **more}))


def refused(act: Any) -> str:
    with pytest.raises(Refused) as why:
        act()
    return why.value.field


def standing(front: Front, by: str = SCREENER) -> list[tuple[str, str, bool]]:
    return [(one.what, one.state, one.asks_next) for one in front.hub.offering.view(front.who(by), front.child).rows]


def led(front: Front) -> None:
    front.hub.leading.propose(front.who(SCREENER), front.child, HELPER, CANARY)
    front.hub.leading.accept(front.who(HELPER), front.child)


def asked_next(front: Front, by: str) -> list[str]:
    rows = front.hub.tasks(front.who(by)).rows
    return [one.href for one in rows if one.kind == "offer_refused" and front.child in one.href]


def test_who_may_not_know_of_the_child_learns_nothing_and_a_wrong_offer_is_refused(front: Front) -> None:
    offering = front.hub.offering
    made = make(front)
    for by in (POLICE, HELPER):  # HELPER works for early help, and neither leads nor is allocated
        with pytest.raises(NotFound) as here:
            offering.view(front.who(by), front.child)
        with pytest.raises(NotFound) as nobody:
            offering.view(front.who(by), "no-such-child")
        assert str(here.value) == str(nobody.value)
        with pytest.raises(NotFound):
            offering.decline(front.who(by), front.child, made, "parent", "not_now", "")
    with pytest.raises(NotPermitted):
        offering.view(front.who(AUDITOR), front.child)
    assert refused(lambda: make(front, service="no-such-service")) == "service"
    assert refused(lambda: make(front, service="", organisation="nobody")) == "organisation"
    assert refused(lambda: make(front, to=())) == "to"
    with pytest.raises(NotFound):
        offering.accept(front.who(SCREENER), front.child, "no-such-offer", "parent")
    assert [one[1] for one in standing(front)] == ["offered"]


def test_nobody_offers_help_to_their_own_family_and_no_task_tells_them_of_it(front: Front) -> None:
    led(front)
    made = make(front, HELPER)
    front.hub.offering.decline(front.who(HELPER), front.child, made, "parent", "not_now", "")
    assert asked_next(front, HELPER) == [f"/child/{front.child}/offers"]
    known = front.hub.asker(HELPER)
    kin = RegisterStaff(
        staff=HELPER, organisation=known.organisation, setting=known.setting, roles=("lead_professional",),
        ig_trained_until=front.hub.clock.now() + timedelta(days=999), related=(front.child,),
    )  # fmt: skip
    front.hub.register_staff([kin])
    try:
        assert asked_next(front, HELPER) == []
        with pytest.raises(NotFound):
            front.hub.offering.view(front.who(HELPER), front.child)
        with pytest.raises(NotFound):
            make(front, HELPER)
        with pytest.raises(NotFound):
            front.hub.transferring.view(front.who(HELPER), front.child)
    finally:
        front.hub.register_staff([msgspec.structs.replace(kin, related=())])


def test_a_yes_then_a_family_that_goes_and_an_end_each_stand_on_the_page_of_help(front: Front) -> None:
    offering, screener = front.hub.offering, front.who(SCREENER)
    first = make(front)
    offering.accept(screener, front.child, first, "young_person")
    offering.disengage(screener, front.child, first, CANARY)
    second = make(front, service="", organisation="early_help")
    offering.accept(screener, front.child, second, "parent")
    offering.end(screener, front.child, second, "completed", "")
    assert standing(front) == [
        ("Help by Early Help itself", "ended", False), ("Young carers' club", "disengaged", True),
    ]  # fmt: skip
    assert front.hub.helping.view(screener, front.child).offers == (
        "Help by Early Help itself: over", "Young carers' club: the family works with it no more",
    )  # fmt: skip
    assert CANARY not in repr(front.hub.helping.view(screener, front.child))


def test_words_are_of_the_organisation_whose_member_wrote_them(front: Front) -> None:
    led(front)
    make(front, HELPER)
    assert front.hub.offering.view(front.who(HELPER), front.child).rows[0].words == (CANARY,)
    assert CANARY not in repr(front.hub.offering.view(front.who(SCREENER), front.child))
    assert CANARY not in repr(front.running.facts())


def test_after_a_no_the_front_door_and_who_leads_are_asked_what_happens_next_until_somebody_says(front: Front) -> None:
    led(front)
    made = make(front, HELPER)
    assert asked_next(front, SCREENER) == []
    front.hub.offering.decline(front.who(HELPER), front.child, made, "parent", "cannot_come", CANARY)
    for by in (SCREENER, HELPER):
        assert asked_next(front, by) == [f"/child/{front.child}/offers"]
    assert asked_next(front, WORKER) == []
    front.hub.offering.follow(front.who(HELPER), front.child, made, "other_offer", "")
    for by in (SCREENER, HELPER):
        assert asked_next(front, by) == []
    (row,) = front.hub.offering.view(front.who(HELPER), front.child).rows
    assert (row.state, row.next) == ("declined", "Something else is offered")


def test_a_no_to_which_nobody_comes_back_is_silent_until_somebody_says_what_happens_or_offers_again(
    front: Front, running: RunningHub, clock: MovedClock
) -> None:
    other = Front(running, surname="Elsewhere")

    def silent() -> set[str]:
        rows = front.hub.listening.page(front.who(SCREENER), "refused_forgotten").rows
        return {one.child for one in rows} & {front.child, other.child}

    said_no = {one.child: make(one) for one in (front, other)}
    for child, offer in said_no.items():
        front.hub.offering.decline(front.who(SCREENER), child, offer, "parent", "not_wanted", "")
    assert silent() == set()
    clock.moved = timedelta(days=40)
    wait_until(lambda: running.died or silent() == {*said_no}, what="nobody came back to either no")
    front.hub.offering.follow(front.who(SCREENER), front.child, said_no[front.child], "risk_judged", "")
    wait_until(lambda: running.died or silent() == {other.child}, what="somebody said what happens")
    make(other)
    wait_until(lambda: running.died or silent() == set(), what="it was offered again")


def test_offers_to_two_who_turn_out_to_be_one_child_are_one_list_and_go_on(front: Front, running: RunningHub) -> None:
    other = Front(running, surname="Elsewhere")
    made = make(front)
    make(other)
    merge = DecideIdentity(
        what="merge", person=other.child, other=front.child, reason="family_confirmed", why="x", by=SCREENER,
        seen_position=front.hub.record.position(),
    )  # fmt: skip
    decided = front.hub.identity_decide(front.who(SCREENER), merge)
    front.hub.identity_agree(front.who(MANAGER), decided["identity"])
    running.settled(alerts=False)
    assert len(standing(front)) == len(standing(other)) == 2
    front.hub.offering.accept(front.who(SCREENER), other.child, made, "parent")
    assert sorted(one[1] for one in standing(front)) == ["accepted", "offered"]


def test_pages_and_interface_carry_it_from_the_offer_to_what_happens_next(front: Front) -> None:
    page = f"/child/{front.child}/offers"
    with Site(front.hub) as site, site.visit(SCREENER) as screener, site.visit(HELPER) as helper:
        assert "No offer of help is on record" in screener.get(page).text
        sent = screener.send(page, {"step": "make", "service": "young-carers-club"})
        assert (sent.status_code, "Select to whom it is offered" in sent.text) == (422, True)
        sent = screener.send(page, {"step": "make", "service": "young-carers-club", "to": "parent", "what": CANARY})
        assert "Offered: no answer yet" in sent.text
        (row,) = screener.call(f"/api/v1/children/{front.child}/offers").json()["rows"]
        said = screener.send(page, {"step": "decline", "offer": row["offer"], "number": "1", "who-1": "parent"})
        assert (said.status_code, "Select why, as they say" in said.text) == (422, True)
        told = screener.call(
            f"/api/v1/children/{front.child}/offers/decline",
            {"offer": row["offer"], "who": "parent", "reason": "not_now", "words": CANARY},
        )
        assert told.json()["rows"][0]["asks_next"] is True
        done = screener.send(page, {"step": "follow", "offer": row["offer"], "number": "1", "next-1": "asked_again"})
        assert "The family is asked again later" in done.text
        assert CANARY not in screener.get("/tasks").text
        assert helper.get(page).status_code == helper.get("/child/nobody/offers").status_code == 404
        assert "young-carers-club" in screener.get(page).text


def test_an_offer_of_an_organisation_is_something_that_an_alert_can_rest_on_in_the_open(front: Front) -> None:
    made = make(front, service="", organisation="early_help")
    desk = front.hub.explaining.desk
    wait_until(lambda: any(one.kind == "help" for one in signals_of_all(desk, front.child).values()), what="it counts")
    counted = signals_of_all(desk, front.child)
    offered = {ident for ident, one in counted.items() if one.kind == "help"}
    assert offered <= items_of(desk, front.child).keys(), made
    shown = look(
        desk, front.who(SCREENER), [items_of(desk, front.child)[one] for one in sorted(offered)], "alert"
    ).shown
    assert len(shown) == len(offered)
