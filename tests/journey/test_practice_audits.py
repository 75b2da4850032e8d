"""A practice audit through the front door: drawn by a seed, blind until it is judged, findings with owners."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from hub.domain.errors import NotFound, NotPermitted, Refused
from hub.domain.moments import london_day
from hub.domain.staff import RegisterStaff
from hub.views.models import Asker
from hub.views.models.tasks import Task
from hub.views.workbench import Draw, Found, Judge
from tests.support.asking import CANARY, DECIDER, MANAGER, SCREENER, Front
from tests.support.enquiries import decision
from tests.support.partnership import RunningHub, settings_for
from tests.support.site import Site

AUDITOR, OTHER = "staff-68e2c9", "staff-a37d05"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    made = RunningHub(settings_for(tmp_path_factory.mktemp("data")))
    made.start("intake", "views", "relay")
    yield made
    made.close()


@pytest.fixture(scope="module")
def front(running: RunningHub) -> Front:
    """Three children decided about."""
    made = [Front(running) for _ in range(3)]
    for one in made:
        who = one.who(DECIDER)
        read_to = one.hub.enquiry(who, one.enquiry, 0, one.child).stamp.position
        one.hub.decide(who, one.enquiry, decision(read_to, outcome="assessment", seen_by="police", by=DECIDER))
    return made[0]


def wish(front: Front, **more: object) -> Draw:
    day = london_day(front.hub.clock.now())
    said = {"how": "random", "many": 2, "first": day - timedelta(days=1), "last": day, "auditor": AUDITOR, "seed": "7"}
    return Draw(**{**said, **more})  # type: ignore[arg-type]


def audit_tasks(front: Front, staff: str) -> list[Task]:
    return [one for one in front.hub.tasks(front.who(staff)).rows if one.kind.startswith("audit_")]


def opens(front: Front, who: Asker, child: str) -> bool:
    """Whether the record replayed, or the child's page, shows this person anything."""
    try:
        shown = front.hub.audit(who, child, None).content
    except NotFound:
        shown = False
    try:
        front.hub.picture(who, child, "")
    except NotFound:
        return shown
    return True


def test_who_draws_for_whom_and_from_what_is_checked_by_field(front: Front) -> None:
    bench, manager = front.hub.workbench, front.who(MANAGER)
    with pytest.raises(NotPermitted):
        bench.draw(front.who(SCREENER), wish(front))
    for field, more in (
        ("auditor", {"auditor": DECIDER}), ("how", {"how": "mine"}), ("many", {"many": 0}), ("many", {"many": 40}),
        ("many", {"days": 91}),
    ):  # fmt: skip
        with pytest.raises(Refused) as why:
            bench.draw(manager, wish(front, **more))
        assert why.value.field == field
    with pytest.raises(NotPermitted):
        bench.page(front.who(OTHER))


def a_member(front: Front, staff: str, role: str, *related: str) -> str:
    """Somebody of the front door, registered now."""
    ends = front.hub.clock.now() + timedelta(days=99)
    one = RegisterStaff(
        staff=staff,
        organisation="children_social_care",
        setting="mash",
        roles=(role,),
        ig_trained_until=ends,
        related=related,
    )
    front.hub.register_staff([one])
    return staff


def test_nobody_is_given_decisions_about_their_own_family_or_of_their_own_to_audit(front: Front) -> None:
    bench, manager = front.hub.workbench, front.who(MANAGER)
    aunt = a_member(front, "staff-aunt", "practice_auditor", front.child)
    with pytest.raises(Refused, match="fewer decisions of these days than"):
        bench.draw(manager, wish(front, auditor=aunt, many=3))
    drawn = bench.draw(manager, wish(front, auditor=aunt, many=2))
    assert front.child not in {one.child for one in bench.view(front.who(aunt), drawn).cases}
    a_member(front, DECIDER, "practice_auditor")
    with pytest.raises(Refused, match="fewer decisions of these days than"):
        bench.draw(manager, wish(front, auditor=DECIDER, many=1))


def test_of_whom_a_manager_may_not_know_is_not_drawn_from_and_how_many_it_was_others_are_not_told(front: Front) -> None:
    bench = front.hub.workbench
    aunt = a_member(front, "staff-boss", "mash_manager", front.child)
    with pytest.raises(Refused, match="fewer decisions of these days than") as why:
        bench.draw(front.who(aunt), wish(front, many=3))
    assert "2" not in str(why.value)
    second = a_member(front, "staff-second", "practice_auditor")
    drawn = bench.draw(front.who(aunt), wish(front, auditor=second, many=1, seed="3"))
    told = {
        who: next(one.population for one in bench.page(front.who(who)).rows if one.audit == drawn)
        for who in (aunt, second, MANAGER)
    }
    assert told == {aunt: 2, second: 2, MANAGER: None}


def test_an_auditor_decides_before_the_first_decision_is_shown_and_then_finds(front: Front) -> None:
    bench, auditor, manager = front.hub.workbench, front.who(AUDITOR), front.who(MANAGER)
    audit = bench.draw(manager, wish(front))
    blind = bench.case(auditor, audit, 1)
    assert (blind.judged, blind.first_level, blind.first_outcome, blind.earliest) == (False, "", "", ())
    assert len(blind.known) == 1
    assert CANARY not in repr(blind)
    assert not opens(front, auditor, blind.child)
    with pytest.raises(NotFound):
        bench.view(auditor, "no-such-audit")
    for field, said in (
        ("level", Judge(level=None, outcome="assessment", why="w")), ("level", Judge(level=9, outcome="assessment", why="w")),
        ("outcome", Judge(level=3, outcome="all", why="w")), ("why", Judge(level=3, outcome="assessment", why=" ")),
    ):  # fmt: skip
        with pytest.raises(Refused) as why:
            bench.judge(auditor, audit, 1, said)
        assert why.value.field == field
    with pytest.raises(Refused):
        bench.find(auditor, audit, 1, Found(what="earlier", why="too soon"))

    bench.judge(auditor, audit, 1, Judge(level=2, outcome="early_help", why="One service would do."))
    shown = bench.case(auditor, audit, 1)
    assert (shown.judged, shown.first_outcome) == (True, "Referral accepted: assessment (section 17)")
    assert shown.first_level != shown.level
    assert opens(front, auditor, shown.child)
    second = bench.case(auditor, audit, 2)
    assert (second.judged, opens(front, auditor, second.child)) == (False, False)
    with pytest.raises(Refused, match="not judged twice"):
        bench.judge(auditor, audit, 1, Judge(level=3, outcome="assessment", why="Changed my mind."))

    day = london_day(front.hub.clock.now()) + timedelta(days=30)
    with pytest.raises(Refused):
        bench.find(auditor, audit, 1, Found(what="earlier", why="w", owner="police"))
    finding = bench.find(auditor, audit, 1, Found(what="earlier", why="A call in May.", owner="police", due=day))
    assert [(one.kind, one.what, one.holder, one.child) for one in audit_tasks(front, MANAGER)] == [
        ("audit_action", "Something could have been done earlier", "Police", "")
    ]
    assert [one.what for one in audit_tasks(front, AUDITOR)] == ["1 of 2 decisions to judge"]
    assert audit_tasks(front, SCREENER) == []
    (action,) = bench.page(manager).actions
    assert (action.finding, action.owner, action.done, action.overdue) == (finding, "Police", False, False)
    with pytest.raises(NotPermitted):
        bench.done(auditor, audit, finding)
    a_member(front, DECIDER, "mash_manager")
    with pytest.raises(Refused, match="somebody else than whose decision"):
        bench.done(front.who(DECIDER), audit, finding)
    bench.done(manager, audit, finding)
    bench.done(manager, audit, finding)
    assert [one.done for one in bench.page(manager).actions] == [True]
    assert audit_tasks(front, MANAGER) == []
    a_member(front, "staff-kin", "mash_manager", shown.child)
    assert bench.page(front.who("staff-kin")).actions == ()  # of a child of the own family not even that it was audited


def test_pages_answer_and_nobody_is_given_a_decision_twice(front: Front) -> None:
    bench, manager = front.hub.workbench, front.who(MANAGER)
    bench.draw(manager, wish(front, seed="nine", many=1, how="risk_weighted"))
    with pytest.raises(Refused, match="fewer decisions"):
        bench.draw(manager, wish(front, many=1))
    with Site(front.hub) as site:
        with site.visit(MANAGER) as visit:
            page = visit.get("/practice-audits")
            assert (page.status_code, "nine" in page.text) == (200, True)
        with site.visit(AUDITOR) as visit:
            audit = visit.call("/api/v1/practice-audits").json()["rows"][-1]["audit"]
            assert visit.get(f"/practice-audits/{audit}").status_code == 200
            case = visit.get(f"/practice-audits/{audit}/1")
            assert (case.status_code, "Which level would you have set" in case.text) == (200, True)
            told = visit.send(
                f"/practice-audits/{audit}/1", {"step": "judge", "level": "3", "outcome": "assessment", "why": ""}
            )
            assert (told.status_code, "Say why" in told.text) == (422, True)
            done = visit.call(
                f"/api/v1/practice-audits/{audit}/1/judgement", {"level": 3, "outcome": "assessment", "why": "So."}
            )
            assert done.status_code == 200
            assert "The first decision beside yours" in visit.get(f"/practice-audits/{audit}/1").text
