"""An assessment: an empty section was not assessed, need and risk are two judgements, the child is heard or it says why not."""

from typing import Any

import pytest

from hub.domain import assessment as assessments
from hub.domain.assessment import (
    AROUND,
    CHILD,
    FAMILY,
    PARENTING,
    SCREENING,
    Assessment,
    AssessmentBegun,
    AssessmentCompleted,
    Attach,
    ChildHeard,
    Judge,
    NeedJudged,
    SectionWritten,
    Write,
)
from hub.domain.errors import Refused
from hub.domain.partnership import Assessment as Kind

BEGUN = AssessmentBegun(
    child="c", assessment="a1", type="Early help assessment", sections=("health", "housing", "safety"),
    organisation="early_help", setting="hub", begun_by="staff-a",
)  # fmt: skip
HEARD = ChildHeard(child="c", how="child_said", organisation="early_help", setting="hub", heard_by="staff-a", items=())
JUDGED = NeedJudged(
    child="c", need=2, risk="significant", organisation="early_help", setting="hub", shared_with=(), judged_by="staff-a",
    items=(),
)  # fmt: skip


def kind(**more: Any) -> Kind:
    return Kind(name="EHA", source="s", **more)


def written(section: str = "health", organisation: str = "early_help", **more: Any) -> SectionWritten:
    return SectionWritten(
        child="c", section=section, organisation=organisation, setting="hub", shared_with=(), written_by="staff-a",
        items=(), **more,
    )  # fmt: skip


def held(*facts: Any) -> Assessment:
    return assessments.fold("a1", [BEGUN, *facts])


def refused(act: Any) -> str:
    with pytest.raises(Refused) as why:
        act()
    return why.value.field


def judge(**more: Any) -> Judge:
    given: dict[str, Any] = {"need": 2, "why_need": "x", "risk": "low", "why_risk": "y"}
    return Judge(**{**given, **more})


def test_one_is_begun_of_a_type_of_the_partnership_and_not_while_another_is_open() -> None:
    assert refused(lambda: assessments.check_begin(None, [])) == "type"
    assert refused(lambda: assessments.check_begin(kind(), ["assessment:c:a0"])) == "type"
    assert assessments.check_begin(kind(), []) == kind()


def test_its_sections_follow_its_type() -> None:
    assert [*assessments.sections_of(kind())] == [*CHILD, *PARENTING, *AROUND]
    assert len(assessments.sections_of(kind())) == 20
    assert [*assessments.sections_of(kind(kind="screening"))] == [*SCREENING]
    assert [*assessments.sections_of(kind(kind="screening", whole_family=True))] == [*SCREENING, *FAMILY]


def test_a_section_says_something_or_was_not_assessed() -> None:
    nothing = Write(section="health", strengths=" ", worries="")
    assert refused(lambda: assessments.check_write(held(), nothing, ())) == "strengths"
    other = Write(section="no_such_section", strengths="x", worries="")
    assert refused(lambda: assessments.check_write(held(), other, ())) == "section"
    strangers = Write(section="health", strengths="x", worries="", share=("fire",))
    assert refused(lambda: assessments.check_write(held(), strangers, ("school",))) == "share"
    assert held().not_assessed == ("health", "housing", "safety")
    assert held(written()).not_assessed == ("housing", "safety")


def test_what_one_organisation_writes_never_takes_the_place_of_what_another_wrote() -> None:
    first, again, school = written(), written(reused=("item-1",)), written(organisation="school")
    state = held(first, school, again)
    assert state.written == {("health", "early_help"): again, ("health", "school"): school}


def test_the_child_is_heard_or_it_says_why_not() -> None:
    assert refused(lambda: assessments.check_hear(held(), "guessed", "x")) == "how"
    assert refused(lambda: assessments.check_hear(held(), "child_said", " ")) == "view"
    assert refused(lambda: assessments.check_hear(held(), "not_obtained", "")) == "view"
    assessments.check_hear(held(), "not_obtained", "A baby of three weeks, asleep.")


def test_need_and_risk_are_judged_apart_each_with_its_reason() -> None:
    for field, wish in (
        ("need", judge(need=9)), ("need", judge(need=None)), ("why_need", judge(why_need="")), ("risk", judge(risk="7 of 10")),
        ("why_risk", judge(why_risk=" ")), ("share", judge(share=("fire",))),
    ):  # fmt: skip
        assert refused(lambda wish=wish: assessments.check_judge(held(), wish, (1, 2, 3), ())) == field
    assert (
        assessments.check_judge(held(), judge(need=1, risk="significant"), (1, 2, 3), ()) == 1
    )  # low need, grave risk


def test_a_tool_is_a_reference_and_a_code_and_never_a_sentence() -> None:
    fit: dict[str, Any] = {"section": "safety", "tool": "Safety scale", "reference": "A7", "result": "4"}
    for field, wrong in (
        ("tool_section", {"section": "nowhere"}), ("tool", {"tool": "Tarot"}), ("reference", {"reference": ""}),
        ("result", {"result": "Mum is afraid of him"}),
    ):  # fmt: skip
        wish = Attach(**{**fit, **wrong})
        assert refused(lambda wish=wish: assessments.check_attach(held(), wish, ["Safety scale"], [])) == field
    assessments.check_attach(held(), Attach(**fit), ["Safety scale"], [])


def test_it_is_complete_only_with_something_written_the_child_heard_and_both_judged_and_then_stays() -> None:
    assert refused(lambda: assessments.complete(held(), "staff-a")) == "section"
    assert refused(lambda: assessments.complete(held(written()), "staff-a")) == "how"
    assert refused(lambda: assessments.complete(held(written(), HEARD), "staff-a")) == "need"
    done = assessments.complete(held(written(), written("safety", reused=("item-9",)), HEARD, JUDGED), "staff-a")
    assert done == AssessmentCompleted(
        child="c", not_assessed=("housing",), written=2, reused=1, completed_by="staff-a"
    )  # "story once": one of two answers was told before
    after = held(written(), HEARD, JUDGED, done)
    late = Write(section="housing", strengths="x", worries="")
    assert refused(lambda: assessments.check_write(after, late, ())) == "assessment"
    assert refused(lambda: assessments.complete(after, "staff-a")) == "assessment"
