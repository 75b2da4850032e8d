"""Who leads for a child, through the front door: one or nobody, by their own yes, and never of their own family."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from hub.domain.enquiry import EnquiryDecided
from hub.domain.errors import NotFound, NotPermitted, Refused
from hub.domain.notice import NoticeSent
from hub.domain.staff import RegisterStaff
from hub.views.at_it import accepted
from hub.views.subjects import current_lead, subjects
from tests.support.asking import DECIDER, LEAD, MANAGER, POLICE, SCREENER, Front
from tests.support.enquiries import decision
from tests.support.partnership import MovedClock, RunningHub, settings_for
from tests.support.site import Site

HELPER, WORKER = "staff-4fa690", "staff-86d51c"  # an early-help worker, and an allocated social worker
CANARY = "Canary-Marchpane needs one who holds it together"


@pytest.fixture(scope="module")
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture(scope="module")
def running(clock: MovedClock, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    made = RunningHub(settings_for(tmp_path_factory.mktemp("data")), clock)
    made.start("intake", "views", "relay")
    if "early_help" not in made.hub.register().organisations:
        made.hub.add_organisation("early_help", "Early Help", "early_help")
    yield made
    made.close()


@pytest.fixture
def front(running: RunningHub, clock: MovedClock) -> Front:
    clock.moved = timedelta(0)
    return Front(running)


def ask(front: Front, to: str = HELPER, by: str = SCREENER) -> str:
    return front.hub.leading.propose(front.who(by), front.child, to, CANARY)


def lead_of(front: Front) -> str:
    now = current_lead(front.hub._desk(), front.child)
    return now.lead if now else ""


def kinds(front: Front, staff: str = SCREENER) -> set[str]:
    return {one.kind for one in front.hub.tasks(front.who(staff)).rows if one.child == front.child}


def refused(act: Any) -> str:
    with pytest.raises(Refused) as why:
        act()
    return why.value.field


def test_only_somebody_who_may_lead_and_is_not_family_is_asked(front: Front) -> None:
    leading, screener = front.hub.leading, front.who(SCREENER)
    assert refused(lambda: leading.propose(screener, front.child, "", CANARY)) == "to"
    assert refused(lambda: leading.propose(screener, front.child, "staff-nobody", CANARY)) == "to"
    assert (
        refused(lambda: leading.propose(screener, front.child, DECIDER, CANARY)) == "to"
    )  # the front door does not lead
    assert refused(lambda: leading.propose(screener, front.child, HELPER, " ")) == "why"
    ends = front.hub.clock.now() + timedelta(days=99)
    kin = RegisterStaff(
        staff="staff-aunt", organisation="early_help", setting="family_hub_east", roles=("lead_professional",),
        ig_trained_until=ends, related=(front.child,),
    )  # fmt: skip
    front.hub.register_staff([kin])
    assert refused(lambda: leading.propose(screener, front.child, "staff-aunt", CANARY)) == "to"
    with pytest.raises(NotPermitted):
        leading.propose(front.who(POLICE), front.child, HELPER, CANARY)
    with pytest.raises(NotFound):
        leading.propose(screener, "no-such-child", HELPER, CANARY)
    assert leading.view(screener, front.child).history == ()


def test_the_enquiry_that_is_named_is_open_about_this_child_and_known_to_who_asks(front: Front) -> None:
    leading, screener = front.hub.leading, front.who(SCREENER)
    other = Front(front.running, surname="Elsewhere")

    def named(enquiry: str, by: Any = screener) -> str:
        return leading.propose(by, front.child, HELPER, CANARY, enquiry)

    for nowhere in ("no-such-enquiry", other.enquiry):
        with pytest.raises(NotFound, match="no such MASH enquiry, or none that you may know of"):
            named(nowhere)
    assert leading.view(screener, front.child).history == ()
    decided = EnquiryDecided(
        child=front.child, level=2, suggested=None, agrees=True, outcome="early_help", actions=("signposted",),
        family_told=True, seen_position=0, evidence=(), decided_by=DECIDER,
    )  # fmt: skip
    ident = named(front.enquiry)
    leading.take_back(screener, front.child)
    stream = f"mash-enquiry:{front.enquiry}"
    front.hub.act().write([(stream, len(front.running.stream(stream)), decided)], f"person:{DECIDER}")
    assert refused(lambda: named(front.enquiry)) == "enquiry"
    assert ident


def test_who_is_asked_reads_why_and_nothing_else_and_leads_only_after_their_yes(front: Front) -> None:
    hub, helper = front.hub, front.who(HELPER)
    proposal = ask(front)
    assert lead_of(front) == ""
    (row,) = [one for one in hub.leading.mine(helper).rows if one.child == front.child]
    assert (row.state, row.why, row.proposal) == ("asked", CANARY, proposal)
    assert [one.child for one in hub.leading.mine(front.who(LEAD)).rows] == []
    with pytest.raises(NotFound):
        hub.picture(helper, front.child, "")
    told = [one.fact for one in front.running.facts() if isinstance(one.fact, NoticeSent)][-1]
    assert (told.kind, told.about, told.setting) == ("lead_proposed", proposal, "family_hub_east")
    assert refused(lambda: ask(front, WORKER)) == "to"  # one at a time
    with pytest.raises(NotFound):
        hub.leading.accept(front.who(WORKER), front.child)
    hub.leading.accept(helper, front.child)
    assert lead_of(front) == HELPER
    assert subjects(hub._desk(), [front.child])[front.child].team == {HELPER}
    assert accepted(hub._desk(), front.child) == {f"lead:{front.child}": HELPER}  # "another organisation is acting"
    with pytest.raises(NotFound):
        hub.leading.accept(helper, front.child)


def test_a_no_has_a_reason_and_whoever_led_goes_on_until_somebody_else_said_yes(front: Front) -> None:
    hub, helper, worker = front.hub, front.who(HELPER), front.who(WORKER)
    ask(front)
    assert refused(lambda: hub.leading.decline(helper, front.child, "busy", "")) == "reason"
    hub.leading.decline(helper, front.child, "no_capacity", "Nine families already")
    assert lead_of(front) == ""
    assert "said no: i cannot take it on now" in hub.leading.view(front.who(SCREENER), front.child).history[0].what
    ask(front)
    hub.leading.accept(helper, front.child)
    hub.leading.propose(helper, front.child, WORKER, "I move on in March")
    assert lead_of(front) == HELPER
    with pytest.raises(NotPermitted):
        hub.leading.propose(worker, front.child, LEAD, "I do not lead yet")
    hub.leading.accept(worker, front.child)
    assert lead_of(front) == WORKER
    with pytest.raises(NotPermitted):  # no more theirs
        hub.leading.end(helper, front.child, "plan_completed", "")
    assert refused(lambda: hub.leading.end(worker, front.child, "tired", "")) == "reason"
    hub.leading.end(worker, front.child, "plan_completed", "All is well")
    assert lead_of(front) == ""
    assert refused(lambda: hub.leading.end(front.who(MANAGER), front.child, "plan_completed", "")) == "child"


def test_a_question_without_an_answer_and_a_child_who_needs_a_lead_are_tasks(front: Front, clock: MovedClock) -> None:
    hub = front.hub
    ask(front)
    assert "lead_asked" in {one.kind for one in hub.tasks(front.who(HELPER)).rows}
    assert "lead_unanswered" not in kinds(front)
    clock.moved = timedelta(days=7)
    assert "lead_unanswered" in kinds(front)
    hub.leading.take_back(front.who(SCREENER), front.child)
    assert "lead_unanswered" not in kinds(front)
    clock.moved = timedelta(0)
    read_to = hub.record.position()
    wish = decision(read_to, by=DECIDER, seen_by="police", level=2)
    hub.decide(front.who(DECIDER), front.enquiry, wish)
    assert "lead_vacant" in kinds(front)
    assert hub.leading.view(front.who(SCREENER), front.child).needs_one
    ask(front)
    hub.leading.accept(front.who(HELPER), front.child)
    assert "lead_vacant" not in kinds(front)


def test_the_pages_and_the_interface_say_what_is_missing(front: Front) -> None:
    hub = front.hub
    with (
        Site(hub) as site,
        site.visit(SCREENER) as screener,
        site.visit(HELPER) as helper,
        site.visit(POLICE) as police,
    ):
        page = f"/child/{front.child}/lead"
        bare = screener.send(page, {"step": "propose"})
        assert (bare.status_code, "Select who is asked to lead" in bare.text) == (422, True)
        screener.send(page, {"step": "propose", "to": HELPER, "why": CANARY})
        assert CANARY in helper.get("/leads").text
        assert police.get(page).status_code == 404
        number = [one.child for one in hub.leading.mine(front.who(HELPER)).rows].index(front.child) + 1
        form = {"child": front.child, "number": str(number), "step": "decline", f"reason-{number}": ""}
        closed = helper.send("/leads", form)
        assert (closed.status_code, "Select why you cannot lead" in closed.text) == (422, True)
        said = helper.call(f"/api/v1/leads/{front.child}/accept", {})
        assert [one["state"] for one in said.json()["rows"] if one["child"] == front.child] == ["leads"]
        assert screener.call(f"/api/v1/children/{front.child}/lead").json()["lead"].endswith(f"({HELPER})")
        wrong = screener.call(f"/api/v1/children/{front.child}/lead/propose", {"too": HELPER})
        assert wrong.status_code == 422
