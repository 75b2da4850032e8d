"""An assessment through the front door: each organisation's words stay its own, and nobody is asked twice what was told."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from hub.domain.assessment import Attach, Judge, Write
from hub.domain.enquiry import FRONT_DOOR
from hub.domain.errors import NotFound, NotPermitted, Refused
from hub.domain.family_wish import wish_of
from hub.domain.help import Propose
from hub.domain.staff import RegisterStaff
from hub.views.models.assessment import AssessmentView
from tests.support.asking import DECIDER, POLICE, SCREENER, Front
from tests.support.messages import involvement
from tests.support.partnership import RunningHub, settings_for
from tests.support.site import Site

HELPER, MEMBER, WORKER = "staff-4fa690", "staff-nurse", "staff-86d51c"
STRONG, WORRY, VOICE = (
    "Canary-Alderley grandmother cooks",
    "Canary-Mossthorn damp walls",
    "Canary-Reedmace I like my bed",
)
TYPE = "Early help assessment"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    made = RunningHub(settings_for(tmp_path_factory.mktemp("data")))
    made.start("intake", "views")
    hub = made.hub
    if "early_help" not in hub.register().organisations:
        hub.add_organisation("early_help", "Early Help", "early_help")
    until = hub.clock.now() + timedelta(days=99)
    nurse = RegisterStaff(
        staff=MEMBER, organisation="health", setting="north", roles=("taf_member",), ig_trained_until=until
    )
    hub.register_staff([nurse])
    yield made
    made.close()


@pytest.fixture
def front(running: RunningHub) -> Front:
    """A child for whom the early-help worker leads."""
    made = Front(running)
    made.hub.leading.propose(made.who(SCREENER), made.child, HELPER, "x")
    made.hub.leading.accept(made.who(HELPER), made.child)
    return made


def refused(act: Any) -> str:
    with pytest.raises(Refused) as why:
        act()
    return why.value.field


def begun(front: Front) -> str:
    return front.hub.assessing.begin(front.who(HELPER), front.child, "caf")


def write(front: Front, ident: str, staff: str = HELPER, **more: Any) -> None:
    wish = Write(**{"section": "housing", "strengths": STRONG, "worries": WORRY, **more})
    front.hub.assessing.write(front.who(staff), front.child, ident, wish)


def shown(front: Front, ident: str, staff: str = HELPER) -> AssessmentView:
    return front.hub.assessing.view(front.who(staff), front.child, ident)


def completed(front: Front, ident: str) -> None:
    asked, who = front.hub.assessing, front.who(HELPER)
    asked.hear(who, front.child, ident, "child_said", VOICE)
    asked.judge(who, front.child, ident, Judge(need=2, why_need="x", risk="low", why_risk="y"))
    asked.complete(who, front.child, ident)


def test_who_does_not_help_the_child_neither_begins_nor_reads_one(front: Front) -> None:
    asked = front.hub.assessing
    for staff in (POLICE, WORKER):
        with pytest.raises(NotFound):
            asked.begin(front.who(staff), front.child, TYPE)
    with pytest.raises(NotFound):
        asked.begin(front.who(HELPER), "no-such-child", TYPE)
    assert refused(lambda: asked.begin(front.who(HELPER), front.child, "Horoscope")) == "type"
    ident = begun(front)
    for staff in (POLICE, WORKER):
        with pytest.raises(NotFound):
            shown(front, ident, staff)
    with pytest.raises(NotFound):
        shown(front, "no-such-assessment")
    assert refused(lambda: begun(front)) == "type"  # one is open


def test_an_older_name_of_a_type_begins_todays_and_what_nobody_wrote_was_not_assessed(front: Front) -> None:
    ident = begun(front)
    assert (shown(front, ident).row.type, shown(front, ident).row.sections) == (TYPE, 22)
    write(front, ident)
    view = shown(front, ident)
    (housing,) = [one for one in view.sections if one.section == "housing"]
    (said,) = housing.said
    assert (said.strengths, said.worries, said.organisation) == (STRONG, WORRY, "Early Help")
    assert "Housing" not in view.not_assessed
    assert len(view.not_assessed) == 21
    page = front.hub.assessing.page(front.who(HELPER), front.child)
    assert [(one.assessment, one.complete) for one in page.rows] == [(ident, False)]


def test_the_front_door_knows_that_it_is_there_and_reads_none_of_its_words(front: Front) -> None:
    ident = begun(front)
    write(front, ident)
    front.hub.assessing.hear(front.who(HELPER), front.child, ident, "child_said", VOICE)
    view = shown(front, ident, DECIDER)
    assert view.row.written == 1
    assert [canary for canary in (STRONG, WORRY, VOICE) if canary in repr(view)] == []


def test_the_team_reads_what_was_released_to_it_while_consent_is_live_and_never_the_childs_own_words(
    front: Front,
) -> None:
    front.running.say(involvement("health", front.like.known_to("health"), "health visiting", setting="north"))
    front.running.settled(alerts=False)
    ident = begun(front)
    write(front, ident, share=("health",))
    front.hub.assessing.hear(front.who(HELPER), front.child, ident, "child_said", VOICE)

    def read() -> list[str]:
        view = repr(shown(front, ident, MEMBER))
        return [canary for canary in (STRONG, WORRY, VOICE) if canary in view]

    assert read() == []  # released, and no consent is live
    consent(front)
    assert read() == [STRONG, WORRY]
    write(front, ident, section="income")  # released to nobody
    (income,) = [one for one in shown(front, ident, MEMBER).sections if one.section == "income"]
    assert [(one.closed, one.strengths) for one in income.said] == [(True, "")]
    assert refused(lambda: write(front, ident, share=("police",))) == "share"  # does not work with the child
    write(front, ident, MEMBER, section="health", strengths="Grows well", worries="")
    (health,) = [one for one in shown(front, ident).sections if one.section == "health"]
    assert [(one.organisation, one.closed) for one in health.said] == [("Health", True)]  # their own, and not released
    with pytest.raises(NotPermitted):
        front.hub.assessing.complete(front.who(MEMBER), front.child, ident)


def consent(front: Front) -> None:
    """Somebody with parental responsibility agrees that health may have the hub's words for early help."""
    scope = {"organisations": ["health"], "categories": ["rationale"], "purposes": ["early_help"]}
    yes: dict[str, Any] = {
        "what": "given", "giver": "parental_responsibility", "who": "new", "giver_name": "Morwenna Madeup",
        "how": "face_to_face", "interpreter": "not_needed", "scope": scope, "evidence_held": True, "evidence": "A folder.",
        "shown": "birth_mother", "present": ["nobody_else"], "safe_to_refuse": True, "reason": "x",
    }  # fmt: skip
    front.hub.consents.say(front.who(DECIDER), wish_of({**yes, "person": front.child}))


def test_what_was_told_once_is_there_for_the_next_one_with_whose_it_was_and_is_counted(front: Front) -> None:
    first = begun(front)
    write(front, first)
    completed(front, first)
    second = begun(front)
    (housing,) = [one for one in shown(front, second).sections if one.section == "housing"]
    (before,) = housing.before
    assert (before.strengths, before.worries) == (STRONG, WORRY)
    assert before.provenance.startswith("Early Help, Early help assessment of ")
    assert refused(lambda: write(front, second, reuse=("somebody-elses-item",))) == "reuse"
    write(front, second, reuse=(before.item,))
    write(front, second, section="income")
    row = shown(front, second).row
    assert (row.written, row.reused) == (2, 1)


def test_help_may_begin_before_an_assessment_is_complete_and_one_that_does_not_fit_the_level_is_shown(
    front: Front,
) -> None:
    ident = begun(front)
    asked = front.hub.assessing
    listed = asked.page(front.who(HELPER), front.child)
    assert (listed.level, listed.asks_for, [one.fits for one in listed.rows]) == ("Level 1: Universal", (), [True])
    wish = Propose(
        child=front.child, level=4, to=FRONT_DOOR, why="x", by=HELPER, evidence=(f"assessment:{front.child}:{ident}",)
    )
    front.hub.helping.propose(front.who(HELPER), wish)  # help begins in tandem: nothing is complete yet
    front.hub.helping.accept(front.who(DECIDER), front.child)
    listed = asked.page(front.who(HELPER), front.child)
    assert (listed.level, listed.asks_for) == ("Level 4: Protection", ("Statutory assessment",))
    assert [(one.type, one.complete, one.fits) for one in listed.rows] == [(TYPE, False, False)]
    with Site(front.hub) as site, site.visit(HELPER) as helper:
        page = helper.get(f"/child/{front.child}/assessments").text
        assert "For it this partnership uses: Statutory assessment." in page
        assert "It is not a type for the level now." in page
        assert helper.call(f"/api/v1/children/{front.child}/assessments").json()["rows"][0]["fits"] is False


def test_a_tool_is_evidence_and_both_judgements_stand_beside_each_other(front: Front) -> None:
    ident, asked, who = begun(front), front.hub.assessing, front.who(HELPER)
    write(front, ident)
    assert refused(lambda: asked.complete(who, front.child, ident)) == "how"
    asked.attach(who, front.child, ident, Attach(section="safety", tool="Safety scale", reference="A7", result="4"))
    completed(front, ident)
    view = shown(front, ident)
    assert (view.need.split(":")[0], view.risk, view.heard[0].voice, view.row.complete) == (
        "Level 2",
        "Low",
        VOICE,
        True,
    )
    (safety,) = [one for one in view.sections if one.section == "safety"]
    assert safety.tools == ("Safety scale: 4 (Early Help, reference A7)",)
    assert not safety.assessed  # a tool is evidence: nobody has said what it means
    assert refused(lambda: write(front, ident)) == "assessment"
    offered = [one.code for one in front.hub.helping.view(who, front.child).evidence]
    assert offered == [f"assessment:{front.child}:{ident}"]  # a step may rest on it


def test_judgements_and_results_are_the_authors_until_released_and_nobody_overwrites_what_the_child_told_another(
    running: RunningHub, front: Front
) -> None:
    running.say(involvement("health", front.like.known_to("health"), "health visiting", setting="north"))
    running.settled(alerts=False)
    ident, asked = begun(front), front.hub.assessing
    helper, nurse = front.who(HELPER), front.who(MEMBER)
    asked.hear(helper, front.child, ident, "child_said", VOICE)
    asked.attach(
        helper, front.child, ident, Attach(section="safety", tool="Safety scale", reference="Ref-A7", result="4")
    )
    judged = Judge(need=4, why_need="x", risk="significant", why_risk="y")
    asked.judge(helper, front.child, ident, judged)

    for staff in (MEMBER, DECIDER):
        view = shown(front, ident, staff)
        assert (view.judged, view.need, view.risk, view.why_need) == (True, "", "", "")
        (safety,) = [one for one in view.sections if one.section == "safety"]
        assert safety.tools == ("Safety scale (Early Help): its result is closed to you",)
        assert [(one.organisation, one.voice) for one in view.heard] == [("Early Help", "")]

    asked.hear(nurse, front.child, ident, "not_obtained", "Asleep when I came.")
    assert [(one.organisation, one.voice) for one in shown(front, ident).heard] == [
        ("Early Help", VOICE),
        ("Health", ""),
    ]
    assert [one.voice for one in shown(front, ident, MEMBER).heard] == ["", "Asleep when I came."]
    facts = [one.fact for one in front.hub.record.load(f"assessment:{front.child}:{ident}")]
    assert "Ref-A7" not in repr([msgspec.json.encode(one) for one in facts])


def test_the_pages_and_the_interface_carry_it_from_the_first_section_to_the_end(front: Front) -> None:
    here = f"/child/{front.child}/assessments"
    with Site(front.hub) as site, site.visit(HELPER) as helper, site.visit(DECIDER) as decider:
        assert "does not say that none was made elsewhere" in helper.get(here).text
        assert helper.send(here, {"type": ""}).status_code == 422
        page = helper.send(here, {"type": TYPE})
        assert "Not assessed:" in page.text
        ident = str(page.url).rsplit("/", 1)[-1]
        wrong = helper.send(f"{here}/{ident}", {"step": "write", "section": "housing", "strengths-housing": ""})
        assert wrong.status_code == 422
        assert "Enter strengths or worries" in wrong.text
        said = {"step": "write", "section": "housing", "strengths-housing": STRONG, "worries-housing": WORRY}
        assert STRONG in helper.send(f"{here}/{ident}", said).text
        api = f"/api/v1/children/{front.child}/assessments/{ident}"
        assert helper.call(f"{api}/hear", {"how": "not_obtained", "view": "Asleep."}).status_code == 200
        judged = {"need": 2, "why_need": "x", "risk": "not_known", "why_risk": "Nobody has seen the home."}
        assert helper.call(f"{api}/judge", judged).json()["risk"] == "It cannot be judged yet"
        assert helper.call(f"{api}/complete", {}).json()["row"]["complete"] is True
        assert WORRY not in decider.call(api).text
