"""The level of a child's help: nothing moves without the other side's yes, in the partnership's own words."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest

from hub.domain import help as helping
from hub.domain.continuum import Continuum, Level
from hub.domain.errors import Refused
from hub.domain.help import (
    Help,
    HelpEnded,
    HelpRenewed,
    Propose,
    StepAccepted,
    StepDeclined,
    StepProposed,
    StepTakenBack,
)
from hub.domain.partnership import Partnership, of_parts
from hub.views.partnership import folder_parts

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def partnership(name: str = "demo") -> Partnership:
    return of_parts(folder_parts(name))


LEVELS = Continuum(
    tuple(
        Level(
            number=number, name=f"name {number}", descriptor="d", source="s", limited_days=182 if number == 2 else None
        )
        for number in (1, 2, 3, 4)
    )
)
ASKED = StepProposed(
    child="c", step="s1", before=3, level=2, direction="down", called="Step down", clause="s", evidence=(), to="staff-b",
    organisation="early_help", setting="hub", due=NOON, proposed_by="staff-a",
)  # fmt: skip
ACCEPTED = StepAccepted(child="c", step="s1", level=2, accepted_by="staff-b", until=date(2026, 8, 31))


def wish(**more: Any) -> Propose:
    given: dict[str, Any] = {"child": "c", "level": 2, "to": "staff-b", "why": "Better.", "by": "staff-a"}
    return Propose(**{**given, **more})


def refused(said: Propose, state: Help | None = None, before: int = 3, offered: tuple[str, ...] = ()) -> str:
    with pytest.raises(Refused) as why:
        helping.check_propose(said, state or Help("c"), before, LEVELS, partnership(), offered)
    return why.value.field


def test_a_step_names_another_level_somebody_why_and_what_it_rests_on() -> None:
    assert refused(wish(level=None)) == "level"
    assert refused(wish(level=9)) == "level"
    assert refused(wish(level=3)) == "level"  # it is at 3
    assert refused(wish(to=" ")) == "to"
    assert refused(wish(why=" ")) == "why"
    assert refused(wish(called="Escalation")) == "called"  # another partnership's word
    assert refused(wish(called="Step up")) == "called"  # the word of the other direction
    assert refused(wish(evidence=("alert:of another child",)), offered=("alert:c:r:1",)) == "evidence"
    assert refused(wish(), offered=("alert:c:r:1",)) == "evidence"
    assert refused(wish(), helping.fold("c", [ASKED])) == "level"  # one at a time


def test_the_direction_and_the_word_are_the_partnerships_own() -> None:
    down = helping.check_propose(wish(), Help("c"), 3, LEVELS, partnership("staffordshire"), ())
    up = helping.check_propose(wish(level=4), Help("c"), 3, LEVELS, partnership("staffordshire"), ())
    assert [one[:2] for one in (down, up)] == [("down", "De-escalation"), ("up", "Escalation")]
    assert down[2].strip()  # with the passage that it comes from


def test_only_the_other_side_says_yes_or_no_and_a_no_has_a_reason() -> None:
    waiting = helping.fold("c", [ASKED])
    for sides in ({"asked": False, "proposer": False}, {"asked": True, "proposer": True}):
        with pytest.raises(Refused):
            helping.check_answer(waiting, **sides)
    with pytest.raises(Refused):
        helping.check_answer(Help("c"), asked=True, proposer=False)
    assert helping.check_answer(waiting, asked=True, proposer=False) == ASKED
    with pytest.raises(Refused) as why:
        helping.check_decline(waiting, "busy", asked=True, proposer=False)
    assert why.value.field == "reason"


def test_the_level_moves_with_the_yes_and_with_nothing_else() -> None:
    declined = StepDeclined(child="c", step="s1", reason="not_ours", declined_by="staff-b")
    back = StepTakenBack(child="c", step="s1", by="staff-a")
    before = Help("c", level=0)
    assert helping.fold("c", [ASKED]) == replace(before, version=1, asked=ASKED)
    assert helping.fold("c", [ASKED, declined]) == replace(before, version=2)
    assert helping.fold("c", [ASKED, back]) == replace(before, version=2)
    held = helping.fold("c", [ASKED, ACCEPTED])
    assert held == Help("c", version=2, level=2, since=2, until=date(2026, 8, 31))
    renewed = HelpRenewed(child="c", until=date(2026, 12, 31), renewed_by="staff-b")
    assert helping.fold("c", [ASKED, ACCEPTED, renewed]) == replace(held, version=3, until=date(2026, 12, 31))
    ended = HelpEnded(child="c", reason="needs_met", ended_by="staff-b")
    assert helping.fold("c", [ASKED, ACCEPTED, ended]) == Help("c", version=3, since=3, ended=True)


def test_help_of_a_limited_time_has_its_last_day_and_is_renewed_only_forward_and_for_a_reason() -> None:
    assert helping.last_day(LEVELS, 2, date(2026, 3, 2)) == date(2026, 8, 31)
    assert helping.last_day(LEVELS, 3, date(2026, 3, 2)) is None
    held, today = helping.fold("c", [ASKED, ACCEPTED]), date(2026, 8, 1)
    for day in (None, date(2026, 8, 31), date(2028, 1, 1)):
        with pytest.raises(Refused) as why:
            helping.check_renew(held, day, today, "Still needed.")
        assert why.value.field == "until"
    with pytest.raises(Refused):
        helping.check_renew(held, date(2026, 12, 1), today, "")
    with pytest.raises(Refused):
        helping.check_renew(Help("c", level=3), date(2026, 12, 1), today, "x")
    assert helping.check_renew(held, date(2026, 12, 1), today, "Still needed.") == date(2026, 12, 1)


def test_there_is_only_help_to_end_where_help_is_given() -> None:
    numbers = (1, 2, 3, 4)
    helping.check_end(2, numbers, "needs_met", "All is well.", waits=False)
    for level, reason in ((1, "needs_met"), (2, "bored"), (2, "other_record")):
        with pytest.raises(Refused):
            helping.check_end(level, numbers, reason, "All is well.", waits=False)


def test_nobody_alone_lets_go_of_a_child_above_early_help_nor_without_a_reason_nor_past_a_step_that_waits() -> None:
    numbers = (1, 2, 3, 4)
    for level in (3, 4):
        with pytest.raises(Refused, match="by a step that the other side accepts"):
            helping.check_end(level, numbers, "needs_met", "All is well.", waits=False)
    with pytest.raises(Refused, match="take it back first"):
        helping.check_end(2, numbers, "needs_met", "All is well.", waits=True)
    with pytest.raises(Refused, match="Say why"):
        helping.check_end(2, numbers, "needs_met", " ", waits=False)


def test_from_eighteen_on_help_needs_a_ground_of_the_partnership() -> None:
    ages = partnership("calderdale").ages
    helping.check_age(ages, 17, "")
    helping.check_age(ages, None, "")
    helping.check_age(ages, 18, "disability")
    for age, ground in ((18, ""), (18, "I like them"), (25, "disability")):
        with pytest.raises(Refused) as why:
            helping.check_age(ages, age, ground)
        assert why.value.field == "ground"


def test_every_fact_of_help_is_stored_as_what_it_says() -> None:
    for fact in (ASKED, ACCEPTED):
        assert msgspec.json.decode(msgspec.json.encode(fact), type=type(fact)) == fact
