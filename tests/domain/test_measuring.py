"""Measures: each formula over a small history, what is too few is never shown, and an earlier position gives its own figure."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hub.domain.formulas import (
    OWN,
    WORKED_OUT,
    answer_times,
    at_it,
    audited,
    below_threshold,
    child_protection_plans,
    children_in_care,
    children_in_need,
    consent_to_share,
    conversion,
    first_help,
    grades,
    helped_early,
    high_at_start,
    journey,
    level_pyramid,
    needs_named,
    re_referrals,
    referrals,
    rule_and_person,
    step_down_share,
    step_downs,
    told_after,
    voice,
    waiting,
)
from hub.domain.formulas_help import held as sustained
from hub.domain.formulas_help import teams
from hub.domain.help import ENDED
from hub.domain.measuring import UNKNOWN, Cell, Figure, Happened, History, Ladder, Span, by_area, figures, without
from hub.domain.partnership import FORMULAS
from hub.views.measure_tables import episodes

LADDER = Ladder((1, 2, 3, 4), frozenset({2, 3}))
YEAR = Span(date(2026, 1, 1), date(2026, 12, 31))
START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


class Written:
    """A history that is written down, a position a line."""

    def __init__(self) -> None:
        self.rows: list[Happened] = []

    def add(self, kind: Any, day: float, child: str = "", **codes: Any) -> "Written":
        at = START + timedelta(days=day)
        self.rows.append(Happened(position=len(self.rows) + 1, kind=kind, at=at, child=child, **codes))
        return self

    def case(self, child: str, day: float, outcome: str, level: int = 3, **codes: Any) -> "Written":
        """A MASH enquiry that is decided a day later."""
        enquiry = f"e-{child}-{day}"
        self.add(
            "opened", day, child, enquiry=enquiry, what="perceived_harm", since=START + timedelta(days=day, hours=-2)
        )
        return self.add("decided", day + 1, child, enquiry=enquiry, what=outcome, level=level, **codes)

    def read(self, position: int = 10**9) -> History:
        return History([row for row in self.rows if row.position <= position], LADDER)


def told(cells: tuple[Cell, ...]) -> dict[str, tuple[tuple[str, ...], tuple[str, ...] | None]]:
    return {cell.name: (cell.children, cell.of) for cell in cells}


def test_fewer_than_five_are_never_shown_nor_what_is_left_of_a_share() -> None:
    few, many = tuple("abcd"), tuple("abcdefghij")
    assert figures([Cell(name="few", children=few)]) == (Figure(name="few", number=None),)
    assert (
        figures([Cell(name="few", children=few, found=True)]) == ()
    )  # that it is there would say that there is somebody
    assert figures([Cell(name="rest is few", children=many[:7], of=many)])[0].number is None
    assert figures([Cell(name="nobody", children=())]) == (
        Figure(name="nobody", number=None),
    )  # none and one look alike
    assert figures([Cell(name="half", children=many[:5], of=many, values=(1.0, 4.0, 2.0), unit="days")]) == (
        Figure(name="half", number=5, of=10, share=50.0, middle=2.0, unit="days"),
    )


def test_it_is_children_who_are_few_and_not_how_often_each_of_them_counts() -> None:
    six, others = ("a",) * 6, tuple(f"c{n}" for n in range(7))
    assert figures([Cell(name="six of one", children=six)])[0].number is None
    assert figures([Cell(name="the rest is one", children=others, of=(*others, *six))])[0].number is None
    assert figures([Cell(name="all", children=(*six, *others))])[0].number == 13
    lives = {"a": "E1"} | dict.fromkeys(others, "E2") | {f"d{n}": "E3" for n in range(9)}
    cut = by_area(Cell(name="all", children=(*six, *lives)), lives)
    assert [(one.name, one.number) for one in cut] == [("E3", 9)]  # E2 is hidden with E1, which is one child


def test_parts_that_are_hidden_and_come_to_nobody_hide_another_because_the_rest_would_say_so() -> None:
    many = tuple(f"c{n}" for n in range(20))
    cells = [Cell(name="all", children=many, of=many)]
    cells += [Cell(name=name, children=those, part=True) for name, those in (("a", many), ("b", ()), ("c", ()))]
    assert [one.number for one in figures(cells)] == [20, None, None, None]


def test_one_part_that_is_hidden_hides_another_because_the_whole_would_give_it_away() -> None:
    parts = [Cell(name=str(size), children=tuple(f"{size}{n}" for n in range(size)), part=True) for size in (2, 6, 20)]
    assert [one.number for one in figures(parts)] == [None, None, 20]
    areas = {"a": "E1", "b": "E1"} | {f"c{n}": "E2" for n in range(6)} | {f"d{n}": "E3" for n in range(9)}
    cut = by_area(Cell(name="all", children=(*areas, *(f"u{n}" for n in range(7)))), areas)
    assert [(one.name, one.number) for one in cut] == [("E3", 9), (UNKNOWN, 7)]


def test_a_figure_at_an_earlier_position_is_the_earlier_figure() -> None:
    written = Written().case("a", 1, "assessment").case("b", 2, "child_in_need")
    then = written.read(4)
    written.case("a", 40, "assessment").add("merged", 50, "b", ref="a")
    assert (
        told(referrals(written.read(4), YEAR, ""))
        == told(referrals(then, YEAR, ""))
        == {"Referrals": (("a", "b"), None)}
    )
    assert told(re_referrals(written.read(4), YEAR, "")) == {"Re-referrals": ((), ("a", "b"))}
    assert told(re_referrals(written.read(), YEAR, "")) == {"Re-referrals": (("a", "a"), ("a", "a", "a"))}


def test_what_did_not_meet_the_threshold_goes_back_to_who_sent_it() -> None:
    written = Written().add("contact", 0, "a", ref="m1/0", organisation="school", what="neglect", more="seen")
    written.add("contact", 0, "a", ref="m2/0", organisation="police")
    written.case("a", 1, "no_further_action", more="m1/0").add("told", 2, "a", ref="m1", organisation="school")
    written.add("contact", 30, "a", ref="m3/0", organisation="school").case("b", 1, "assessment")
    cells = below_threshold(written.read(), YEAR, "")
    assert [(one.name, one.number, one.whole) for one in cells] == [
        ("Came back within 12 months", 1, 1), ("school: No further action by social care", 1, None),
        ("school: messages of which it was told what became", 1, 1),
    ]  # fmt: skip


def test_levels_by_decision_and_by_step_make_the_pyramid_and_its_movements() -> None:
    written = Written().case("a", 1, "assessment", 4).case("b", 1, "early_help", 2).case("c", 1, "no_further_action", 3)
    written.add("level", 20, "a", level=2).add("level", 30, "b", level=0)
    h = written.read()
    assert {name: held[0] for name, held in told(level_pyramid(h, YEAR, "")).items()} == {
        "Level 4": (), "Level 3": (), "Level 2": ("a",), "Level 1": ("b", "c"),
    }  # fmt: skip
    assert told(high_at_start(h, YEAR, "")) == {"Began at one of the two highest levels": (("a",), ("a", "b"))}
    later = Span(date(2026, 1, 10), date(2026, 12, 31))
    assert told(step_downs(h, later, "")) == {"At a lower level": (("a", "b"), ("a", "b"))}
    (fell,) = step_down_share(h, YEAR, "")
    assert (fell.children, fell.of, fell.values) == (("a", "b"), ("a", "b"), (18.0, 28.0))


def test_help_begins_with_a_yes_and_days_run_from_the_first_worry() -> None:
    written = Written().add("contact", 0, "a", ref="m1/0", organisation="school", since=START)
    written.case("a", 1, "early_help", 2)
    assert helped_early(written.read(), YEAR, "")[0].children == ()  # offered, and nobody took the child on
    written.add("level", 12, "a", level=2).add("level", 13, "a", level=3)
    assert helped_early(written.read(), YEAR, "")[0].children == ("a",)
    assert first_help(written.read(), YEAR, "")[0].values == (12.0,)
    assert told_after(written.read(), YEAR, "") == ()


def test_the_childs_view_the_need_and_the_rule_beside_the_person() -> None:
    written = (
        Written()
        .add("contact", 0, "a", ref="m1/0", what="neglect home")
        .add("contact", 0, "a", ref="m2/0", what="home")
    )
    written.case("a", 1, "assessment", 3, organisation="child_said", more="m1/0 m2/0", ref="2")
    written.case("b", 1, "no_further_action", 2, organisation="not_obtained", ref="2")
    h = written.read()
    assert told(needs_named(h, YEAR, "")) == {"home": (("a",), None)}
    assert told(voice(h, YEAR, ""))["With the child's view"] == (("a",), ("a", "b"))
    assert {name: held[0] for name, held in told(rule_and_person(h, YEAR, "")).items()} == {
        "The same level": ("b",), "A higher level": ("a",), "A lower level": (),
    }  # fmt: skip
    written.case("c", 1, "assessment", 3, organisation="child_said", ref="3 neglect two-concerns")
    written.case("d", 1, "no_further_action", 1, organisation="child_said", ref="3 neglect")
    by_rule = told(rule_and_person(written.read(), YEAR, ""))
    assert {name: held for name, held in by_rule.items() if "set another" in name} == {
        "neglect: the person set another level": (("d",), ("c", "d")),
        "two-concerns: the person set another level": ((), ("c",)),
    }
    assert by_rule["A lower level"] == (("d",), ("b", "c", "a", "d"))


def test_a_legal_status_counts_from_its_day_to_its_end_for_whoever_the_record_is_about() -> None:
    written = Written().add("linked", 0, "a", ref="s1")
    written.add("status", 1, ref="s1", what="child_protection_plan", since=START)
    assert child_protection_plans(written.read(), YEAR, "")[0].children == ("a",)
    written.add("status", 9, ref="s1", what="child_protection_plan", since=START, until=START + timedelta(days=8))
    assert child_protection_plans(written.read(), YEAR, "")[0].children == ()
    assert child_protection_plans(written.read(), Span(YEAR.first, date(2026, 1, 7)), "")[0].children == ("a",)
    written.add("linked", 9, "b", ref="s2").add("status", 9, ref="s2", what="child_in_need", since=START)
    assert children_in_need(written.read(), YEAR, "")[0].children == ("b",)
    written.add("linked", 9, "c", ref="s3").add("status", 9, ref="s3", what="looked_after", since=START)
    assert children_in_care(written.read(), YEAR, "")[0].children == ("c",)


def test_no_legal_status_at_all_ends_those_that_were_told_before() -> None:
    written = Written().add("linked", 0, "a", ref="s1")
    written.add("status", 1, ref="s1", what="child_protection_plan", since=START)
    written.add("status", 30, ref="s1", what="none", since=START + timedelta(days=30))
    assert child_protection_plans(written.read(), YEAR, "")[0].children == ()
    assert child_protection_plans(written.read(), Span(YEAR.first, date(2026, 1, 20)), "")[0].children == ("a",)


def test_what_comes_while_a_worker_is_allocated_belongs_to_the_open_case_and_is_no_referral() -> None:
    written = Written().case("a", 1, "child_in_need").add("at_it", 2, "a", what="worker").case("a", 40, "section_47", 4)
    assert told(re_referrals(written.read(), YEAR, "")) == {"Re-referrals": ((), ("a",))}
    written.add("at_it_ended", 90, "a", what="worker").case("a", 100, "child_in_need")
    assert told(re_referrals(written.read(), YEAR, "")) == {"Re-referrals": (("a",), ("a", "a"))}


def test_first_help_is_the_first_after_each_contact_and_a_worker_is_help() -> None:
    written = Written().case("a", 0, "early_help", 2).add("level", 2, "a", level=2).add("level", 50, "a", level=0)
    written.case("a", 100, "early_help", 2).add("level", 110, "a", level=2)
    written.case("b", 5, "child_in_need").add("at_it", 8, "b", what="worker")
    helped = {cell.name: cell for cell in journey(written.read(), YEAR, "")}["To first help"]
    assert [(who, round(hours / 24, 1)) for who, hours in zip(helped.children, helped.values, strict=True)] == [
        ("a", 2.1), ("a", 10.1), ("b", 3.1),
    ]  # fmt: skip


def test_a_time_of_early_help_begins_and_ends_by_decisions_and_steps_and_says_which_way_it_went() -> None:
    written = Written().add("level", 2, "up", level=2).case("up", 30, "section_47", 4)
    written.case("down", 1, "early_help", 2).add("level", 30, "down", level=1)
    written.add("level", 3, "over", level=3).add("level", 40, "over", what="needs_met")
    written.case("now", 50, "early_help", 2)
    found = episodes(written.read(), YEAR)
    assert {child: [(row[3][:10], row[5]) for row in rows] for child, rows in found.items()} == {
        "up": [("2026-02-05", "Step-up")], "down": [("2026-02-04", "Step-down")],
        "over": [("2026-02-14", ENDED["needs_met"])], "now": [("", "")],
    }  # fmt: skip


def test_who_waits_waits_until_a_decision_and_what_was_taken_back_is_no_contact() -> None:
    written = Written().add("alert", 1, "a", ref="al1").add("alert", 1, "b", ref="al2")
    written.add("contact", 2, "a", ref="m1/0", more="seen_alone").add("contact", 2, "b", ref="m2/0", more="seen")
    written.add("taken_back", 3, "b", ref="m2/0")
    assert {name: held[0] for name, held in told(waiting(written.read(), YEAR, "")).items()} == {
        "Waiting": ("a", "b"), "Of these, seen by somebody since they wait": ("a",),
        "Of these, with a worker or a lead": (),
        "An alert that nobody opened": ("a", "b"), "A MASH enquiry that is not decided": (),
    }  # fmt: skip
    written.add("opened", 4, "a", enquiry="e1", more="al1").add("alert_decided", 5, ref="al2")
    assert waiting(written.read(), YEAR, "")[3].children == ("a",)
    written.add("decided", 6, "a", enquiry="e1", what="assessment", level=3)
    assert waiting(written.read(), YEAR, "")[0].children == ()
    assert waiting(written.read(), Span(YEAR.first, date(2026, 1, 7)), "")[0].children == ("a", "b")  # at that instant


def test_contact_to_grade_to_decision_to_help_by_hour_and_weekday() -> None:
    written = Written().add("opened", 0, "a", enquiry="e1", since=START - timedelta(hours=3))  # a Monday, 06:00
    written.add("graded", 0.5, "a", enquiry="e1").add("decided", 1, "a", enquiry="e1", what="early_help", level=2)
    written.add("level", 3, "a", level=2)
    hours = {cell.name: cell.values for cell in journey(written.read(), YEAR, "")}
    assert hours["To grade"] == hours["To grade, came on Monday"] == hours["To grade, came 06:00 to 06:59"] == (15.0,)
    assert (hours["To decision"], hours["To first help"]) == ((27.0,), (75.0,))


def test_answers_are_timed_for_each_organisation_and_count_no_children() -> None:
    written = Written().add("asked", 0, ref="r1", organisation="gp", until=START + timedelta(hours=8))
    written.add("asked", 0, ref="r2", organisation="gp").add("asked", 0, ref="r3", organisation="gp")
    written.add("answered", 1, ref="r1", organisation="gp").add("withdrawn", 1, ref="r3")
    cells = answer_times(written.read(), YEAR, "")
    assert [(one.name, one.number, one.whole, one.values) for one in cells] == [
        ("gp: answered", 1, 2, (24.0,)), ("gp: answered late", 1, 2, ()),
    ]  # fmt: skip


def test_consent_and_conversion() -> None:
    written = Written().add("linked", 0, "a", ref="s1").case("a", 1, "early_help").case("b", 1, "early_help")
    written.add("consent", 2, ref="s1", what="given").add("consent", 3, "a", what="withdrawn")
    held = {name: one[0] for name, one in told(consent_to_share(written.read(), YEAR, "")).items()}
    assert (held["Withdrawn"], held["Agreed"], held["Nothing on record"]) == (("a",), (), ("b",))
    written.add("assessment", 4, "a", what="Pre-CAF").add("assessment", 5, "b", what="Pre-CAF").add(
        "assessment", 9, "a", what="CAF"
    )
    assert told(conversion(written.read(), YEAR, "Pre-CAF")) == {"Followed by a full one": (("a",), ("a", "b"))}


def test_a_team_sits_around_a_child_with_two_organisations_and_until_the_plan_is_closed() -> None:
    written = Written().add("plan", 1, "a", ref="a:1", what="TAF", level=2).add("plan", 1, "b", ref="b:1", level=1)
    written.add("plan", 2, "c", ref="c:1", level=3).add("plan_closed", 9, "c", ref="c:1", what="goal_reached")
    assert told(teams(written.read(), YEAR, "")) == {
        "With a team around them": (("a",), ("a", "b")), "With a plan of help": (("a", "b"), None),
    }  # fmt: skip
    written.add("plan", 20, "a", ref="a:1", level=1)  # an organisation left it
    assert told(teams(written.read(), YEAR, ""))["With a team around them"] == ((), ("a", "b"))
    assert told(teams(written.read(3), YEAR, ""))["With a plan of help"] == (("a", "b", "c"), None)


def test_what_was_reached_held_where_nobody_stepped_up_and_no_enquiry_was_opened_for_so_long() -> None:
    written = Written()
    for child in ("held", "again", "fell_later", "wrong"):
        reason = "entered_in_error" if child == "wrong" else "goal_reached"
        written.add("level", 0, child, level=3).add("plan_closed", 1, child, ref=f"{child}:1", what=reason)
        written.add("level", 1, child, level=2)  # a step down is none
    written.case("again", 60, "early_help").add("level", 250, "fell_later", level=3)
    written.add("outcome", 180, "held", what="better", more="six_months").add(
        "outcome", 180, "again", what="worse", more="six_months"
    )
    whole = ("held", "again", "fell_later")
    found = told(sustained(written.read(), Span(date(2026, 1, 1), date(2027, 3, 1)), ""))
    assert found["Held for 12 months"] == (("held",), whole)
    assert found["Held for 6 months"] == (("held", "fell_later"), whole)
    assert found["6 months after: better for the child, as somebody said"] == (("held",), ("held", "again"))
    assert told(sustained(written.read(), YEAR, ""))["Held for 12 months"] == (
        (),
        (),
    )  # not yet: nothing is said of them


def test_who_waits_is_told_with_who_is_at_it_and_the_grade_of_then() -> None:
    written = Written()
    for child in ("a", "b"):
        written.add("opened", 1, child, enquiry=f"e-{child}").add("at_it", 2, child, what="worker")
    written.add("graded", 2, "a", enquiry="e-a", what="red").add("at_it", 3, "b", what="lead")
    written.add("at_it_ended", 4, "b", what="worker").add("at_it_ended", 5, "a", what="worker")
    assert told(waiting(written.read(), YEAR, ""))["Of these, with a worker or a lead"] == (("b",), ("a", "b"))
    assert told(waiting(written.read(6), YEAR, ""))["Of these, with a worker or a lead"] == (("a", "b"), ("a", "b"))
    assert (grades(written.read(), YEAR.end), at_it(written.read(), YEAR.end)) == ({"a": "red"}, {"b": ("lead",)})


def test_without_a_child_a_history_is_as_though_the_hub_had_not_heard_of_it() -> None:
    written = Written().add("linked", 0, "a", ref="s1").add("linked", 1, "b", ref="s1").add("merged", 2, "old", ref="b")
    written.add("status", 3, ref="s1", what="looked_after", since=START).case("old", 4, "assessment").case(
        "c", 4, "assessment"
    )
    left = History(without(written.rows, {"b", "old"}), LADDER)
    assert children_in_care(written.read(), YEAR, "")[0].children == ("b",)
    assert children_in_care(left, YEAR, "")[0].children == ()  # nor is it the one's whose it was before
    assert told(referrals(left, YEAR, "")) == {"Referrals": (("c",), None)}
    assert left.now("old") == "b"


def test_every_formula_has_words_and_those_that_are_not_worked_out_are_known() -> None:
    assert set(WORKED_OUT) <= {*FORMULAS, *OWN}
    assert {*FORMULAS, *OWN} - set(WORKED_OUT) == {"imported"}


def test_how_late_organisations_tell_leaves_loads_of_history_out() -> None:
    written = Written().add("contact", 1, "a", ref="m1/0", organisation="gp", until=START)
    written.add("contact", 2, "b", ref="m1/1", organisation="gp", until=START + timedelta(days=1))  # of one message
    written.add("contact", 2, "c", ref="m2/0", organisation="gp")  # of a declared load of history
    (told_late,) = told_after(written.read(), YEAR, "")
    assert (told_late.name, told_late.number, told_late.values) == ("gp", 1, (24.0,))


def test_what_auditors_found_is_counted() -> None:
    written = Written().add("judged", 1, "a", ref="d1", what="same_level").add("judged", 2, "b", ref="d2")
    written.add("finding", 2, "b", ref="d2", what="earlier")
    assert told(audited(written.read(), YEAR, "")) == {
        "Judged at the same level": (("a",), ("a", "b")), "Found: earlier": (("b",), None),
    }  # fmt: skip
