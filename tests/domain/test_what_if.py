"""What a what-if counts, and what of it is never shown."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from hub.domain.over_time import Event, Raised, alerts_over
from hub.domain.what_if import Cut, Group, Hours, Lead, Line, Report, Tally, hide, rules_moved
from policies.what_if import BadAssumption, assumed
from tests.support.signals import day, ready, signal

FIRST, LAST = date(2026, 1, 1), date(2026, 3, 31)
HUNGER = {"of": {"indicators": ["hunger"]}}
TWICE = ready({"kind": "count", "within_days": 28, "at_least": {"incidents": 2}, **HUNGER}, id_="twice")
ONCE = ready({"kind": "count", "within_days": 28, "at_least": {"incidents": 1}, **HUNGER}, id_="once", level=4)


def history(*days: int) -> list[Event]:
    said = [signal(f"m{on}", on, age_months=120, lsoa="Z01") for on in days]
    return [Event(one.known_at, one.id, one) for one in said]


def alerts(child: str, events: list[Event], *rules: object) -> list[Raised]:
    return list(
        alerts_over(
            child, events, rules, works=lambda on: False, decides=timedelta(days=3), end=day(90)  # type: ignore[arg-type]  # noqa: ARG005
        )
    )  # fmt: skip


def tallied(of: int, events: list[Event], before: tuple[object, ...], after: tuple[object, ...]) -> Report:
    tally = Tally(FIRST, LAST, assumed())
    for number in range(of):
        child = f"c{number}"
        tally.child(child, events, alerts(child, events, *before), alerts(child, events, *after))
    return tally.report()


# ---------------------------------------------------------------------------------------------------------- not shown


@pytest.mark.parametrize(
    ("rows", "hidden", "total"),
    [
        ({"a": (9, 9), "b": (7, 7)}, set(), True),
        ({"a": (9, 9), "b": (0, 0)}, set(), True),  # nothing is not little
        ({"a": (20, 20), "b": (3, 3), "c": (9, 9)}, {"b", "c"}, True),  # else b is the total less the others
        ({"a": (20, 20), "b": (3, 3), "c": (2, 2), "d": (0, 0)}, {"b", "c"}, True),
        ({"a": (20, 20), "b": (2, 2), "c": (1, 1)}, {"a", "b", "c"}, True),  # b and c together are 3
        ({"a": (20, 22), "b": (9, 9), "c": (8, 8)}, {"a", "c", "b"}, False),  # two more, and no one else changes
        ({"a": (3, 3)}, {"a"}, False),
    ],
)
def test_what_is_few_is_hidden_with_what_would_give_it_away(
    rows: dict[str, tuple[int, ...]], hidden: set[str], total: bool
) -> None:
    assert hide(rows, set(), total_shown=True) == (hidden, total)


def test_where_the_total_is_not_shown_the_rows_do_not_add_up_to_it() -> None:
    assert hide({"a": (9, 19), "b": (19, 12)}, set(), total_shown=False) == ({"a"}, False)


def test_four_children_are_in_no_number_of_the_report() -> None:
    found = tallied(4, history(0, 5), (), (TWICE,))

    shown = [found.total, *(line for cut in found.cuts for line in cut.lines)]
    assert [(one.before, one.after) for one in shown] == [(None, None)] * len(shown)
    assert (found.newly, found.missed) == (None, None)
    assert found.hours == (Hours(3, None, None),)
    assert found.groups == (Group("10-15", None, None, None),)


def test_many_alerts_of_one_child_are_in_no_cut_and_its_decisions_in_no_lead() -> None:
    tally, one = Tally(FIRST, LAST, assumed()), [signal(f"m{n}", n, lsoa="Z01") for n in range(6)]
    others = [[signal(f"o{n}", 8, lsoa="Z02", by="police")] for n in range(12)]
    for number, said in enumerate([one, *others]):
        events = [Event(each.known_at, each.id, each) for each in said]
        raised = [Raised(f"c{number}", "r", 3, each.known_at, "front_door", (each.id,)) for each in said]
        tally.child(f"c{number}", events, [], raised, [day(10 + n) for n in range(6)] if number == 0 else [])
    found = tally.report()

    cuts = {cut.by: [(line.before, line.after) for line in cut.lines] for cut in found.cuts}
    assert (cuts["rule"], cuts["area"], cuts["organisation"]) == ([(0, 18)], [(None, None)] * 2, [(None, None)] * 2)
    assert set(cuts["day"]) == {(None, None)}
    assert found.lead == Lead(None, None, None)


def test_a_change_that_one_child_makes_is_not_shown() -> None:
    tally = Tally(FIRST, LAST, assumed())
    for number in range(9):
        said = [signal(f"m{n}", n) for n in range(7)]
        events = [Event(each.known_at, each.id, each) for each in said]
        raised = [Raised(f"c{number}", "r", 3, each.known_at, "front_door", (each.id,)) for each in said]
        tally.child(f"c{number}", events, raised[:1], raised if number == 0 else raised[:1])
    assert tally.report().total == Line("all", None, None)


def test_a_level_is_not_shown_that_would_tell_of_a_rule_that_is_not() -> None:
    tally = Tally(FIRST, LAST, assumed())
    events = history(0, 5)
    for number in range(30):
        rules = (TWICE, ONCE) if number < 2 else (TWICE,)  # once for each report: four
        raised = alerts(f"c{number}", events, *rules)
        tally.child(f"c{number}", events, raised, raised)
    cuts = {cut.by: cut for cut in tally.report().cuts}

    assert [line.before for line in cuts["rule"].lines] == [None, None]
    assert [line.before for line in cuts["level"].lines] == [None, None]


# -------------------------------------------------------------------------------------------------------------- counting


def test_every_count_of_a_draft_that_alerts_where_nothing_did() -> None:
    found = tallied(6, history(0, 5), (), (TWICE,))

    assert found == Report(
        first=FIRST, last=LAST, total=Line("all", 0, 6), newly=6, missed=0,
        cuts=(
            Cut("rule", (Line("twice", 0, 6),)), Cut("level", (Line("3", 0, 6),)), Cut("to", (Line("front_door", 0, 6),)),
            Cut("organisation", (Line("school", 0, 6),)), Cut("area", (Line("Z01", 0, 6),)),
            Cut("day", (Line("2026-01-10", 0, 6),)),
        ),
        hours=(Hours(3, 0, 3),), lead=Lead(0, 0, 0),
        groups=(Group("all", 6, 0, 6, by="all"), Group("10-15", 6, 0, 6, None, 1.0)),
    )  # fmt: skip
    assert not found.same


def test_a_draft_that_says_the_same_comes_to_the_same() -> None:
    assert tallied(6, history(0, 5, 40, 42), (TWICE, ONCE), (TWICE, ONCE)).same


def test_what_lies_outside_the_period_is_not_counted_and_is_known_all_the_same() -> None:
    tally = Tally(date(2026, 1, 10), LAST, assumed())
    events = history(0, 5)  # 5 January is before the period, and makes the second one of the 10th stand
    for number in range(5):
        child = f"c{number}"
        tally.child(child, events, alerts(child, events, TWICE), [])

    found = tally.report()
    assert found.total == Line("all", 5, 0)
    assert (found.newly, found.missed) == (0, 5)


def test_lead_time_is_from_the_first_alert_to_the_decision() -> None:
    tally = Tally(FIRST, LAST, assumed())
    events = history(0, 5)
    for number in range(8):
        child = f"c{number}"
        tally.child(child, events, alerts(child, events, TWICE), alerts(child, events, ONCE), [day(10)])

    assert tally.report().lead == Lead(8, 8, 8, 5.0, 10.0)


def test_a_group_that_has_a_quarter_more_alerts_than_all_is_flagged() -> None:
    tally = Tally(FIRST, LAST, assumed())
    for number in range(20):
        child, young = f"c{number}", number < 10
        events = [replace(one, counted=replace(one.counted, age_months=30 if young else 120)) for one in history(0, 5)]  # type: ignore[type-var]
        raised = alerts(child, events, TWICE) if young else []
        tally.child(child, events, raised, raised)

    assert [(one.code, one.rates[1], one.ratio_after, one.flagged) for one in tally.report().groups] == [
        ("all", 50.0, None, False), ("0-4", 100.0, 2.0, True), ("10-15", 0.0, 0.0, True),
    ]  # fmt: skip


def test_children_of_whom_a_disability_was_told_are_a_group_and_few_of_them_hide_both() -> None:
    def of(disabled: int) -> list[tuple[str, int | None, float | None, float | None]]:
        tally = Tally(FIRST, LAST, assumed(), ("learning_disability_child",))
        for number in range(20):
            child, events = f"c{number}", history(0, 5)
            if number < disabled:
                told = replace(events[0].counted, indicators=("hunger", "learning_disability_child"))  # type: ignore[type-var]
                events = [replace(events[0], counted=told), events[1]]
            raised = alerts(child, events, TWICE) if number % 2 or number < disabled else []
            tally.child(child, events, [], raised)
        return [
            (one.code, one.children, one.rates[1], one.ratio_after)
            for one in tally.report().groups
            if one.by == "disability"
        ]

    assert of(8) == [("not_told", 12, 50.0, 0.71), ("told", 8, 100.0, 1.43)]
    assert of(3) == [("not_told", None, None, None), ("told", None, None, None)]


def test_minutes_are_those_of_the_level_or_of_the_next_below_that_is_named() -> None:
    known = assumed()
    assert [known.minutes_for(level, "front_door") for level in (0, 3, 4, 9)] == [20, 30, 45, 45]
    assert known.minutes_for(4, "allocated_worker") == 20


def test_rules_that_came_went_and_changed_are_told() -> None:
    assert rules_moved({"a": 1, "b": 1, "c": 1}, {"b": 2, "c": 1, "d": 1}) == (("d",), ("a",), ("b",))


# ----------------------------------------------------------------------------------------------------------- assumptions


def test_an_assumption_without_its_source_is_refused(tmp_path: Path) -> None:
    (tmp_path / "what_if.toml").write_text(
        '[decides_after]\nvalue = 3\nunit = "days"\nsource = "not stated in the source"\n'
        '[lead_within]\nvalue = 9\nunit = "days"\nsource = "a paper"\n'
        '[[minutes]]\nlevel = 1\nfront_door = 5\nallocated_worker = 5\nsource = "a paper"\n',
        encoding="utf-8",
    )
    with pytest.raises(BadAssumption, match="decides_after: source"):
        assumed(tmp_path)
