"""The published chronologies: whole, disguised, refused where they are wrong, and replayed by the ordinary path."""

import ast
import importlib
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest
import typer
from typer.testing import CliRunner, Result

from bench.cases.cli import command, difference, over_draws, rules_of, shipped
from bench.cases.expect import Check, Expectation, Judge, read_checks, read_expectations
from bench.cases.format import BadCase, Case, vocabulary
from bench.cases.result import How, Looked, Noticed, Proposal, Reopened, Replayed, Settled
from bench.cases.run import events, open_case, replay
from bench.cases.wording import by_words
from hub.domain.identifiers import nhs_number, upn
from policies import draft
from policies.partnerships import load_partnership

ROOT = Path(__file__).parents[2]
SHARED = How()
# The rows of each published table, and how many lines each became (one where it is not named).
ROWS = {
    "ASPEN": (26, {11: 2, 19: 3, 20: 3, 22: 3}),
    "BIRCH": (19, {1: 2, 3: 2, 11: 2, 13: 2, 19: 2}),
    "CEDAR": (19, {5: 2, 6: 2, 9: 2, 10: 2, 11: 2, 12: 3, 18: 2}),
    "GORSE": (9, {2: 2, 4: 2, 6: 2, 9: 2}),
}
NOT_SHARED = {
    "ASPEN": {"A07", "A19a", "A19b", "A19c", "A22a", "A22b", "A22c"},
    "BIRCH": {"B10", "B14"},
    "CEDAR": {"C03"},
    "GORSE": set(),
}


@pytest.fixture(scope="module")
def cases() -> dict[str, Case]:
    return {one.name: one for one in map(open_case, shipped())}


@pytest.fixture(scope="module")
def aspen(cases: dict[str, Case]) -> Replayed:
    return replay(cases["ASPEN"], SHARED)


@pytest.fixture(scope="module")
def cedar(cases: dict[str, Case]) -> Replayed:
    return replay(cases["CEDAR"], SHARED)


# ------------------------------------------------------------------------------------------------ the four chronologies


def test_every_row_of_the_four_tables_is_coded(cases: dict[str, Case]) -> None:
    assert sorted(cases) == sorted(ROWS)
    for name, (rows, split) in ROWS.items():
        coded: dict[int, int] = {}
        for row in cases[name].rows:
            number = int(row.id[1:3])
            coded[number] = coded.get(number, 0) + 1
        assert coded == {number: split.get(number, 1) for number in range(1, rows + 1)}, name


def test_what_was_never_passed_on_is_marked_so_and_nothing_else_is(cases: dict[str, Case]) -> None:
    for name, case in cases.items():
        assert {row.id for row in case.rows if not row.said.shared} == NOT_SHARED[name], name


def test_dates_are_moved_by_whole_weeks_that_come_near_to_whole_years(cases: dict[str, Case]) -> None:
    """So that weekday and school term are kept."""
    for case in cases.values():
        days = case.header.shift_weeks * 7
        assert days != 0
        assert abs(days - round(days / 365.25) * 365.25) <= 2, case.name
    last = {name: cases[name].unshifted(cases[name].last.known.date()) for name in cases}
    assert last == {
        "ASPEN": date(2012, 3, 3), "BIRCH": date(2020, 6, 17), "CEDAR": date(2020, 9, 22), "GORSE": date(2009, 12, 15),
    }  # fmt: skip
    assert all(cases[name].last.known.date().weekday() == day.weekday() for name, day in last.items())


def test_identifiers_are_valid_reserved_and_used_once(cases: dict[str, Case]) -> None:
    people = [person for case in cases.values() for person in case.header.people.values()]
    numbers = [person.nhs for person in people if person.nhs]
    assert all(nhs_number(number).startswith("999") for number in numbers)
    pupils = [person.upn for person in people if person.upn]
    assert all(upn(number)[1:4] == "999" for number in pupils)
    assert len(set(numbers)) == len(numbers)
    assert len(set(pupils)) == len(pupils)
    assert all(person.surname.endswith("-Synthetic") for person in people)


def test_every_case_says_what_it_is_and_its_words_are_few(cases: dict[str, Case]) -> None:
    for case in cases.values():
        assert case.header.banner.startswith("Disguised composite after published reviews")
        assert max(len(row.said.words) for row in case.rows) <= 160


def test_two_accounts_that_disagree_stand_as_two_assertions(cases: dict[str, Case]) -> None:
    told = {
        name: sorted((row.id, row.said.according_to) for row in case.rows if row.said.according_to)
        for name, case in cases.items()
    }
    assert told["BIRCH"] == [("B19a", "account 1"), ("B19b", "account 2")]
    assert told["CEDAR"] == [
        (f"{row}{letter}", f"account {n}") for row in ("C05", "C10", "C18") for n, letter in ((1, "a"), (2, "b"))
    ]


def test_late_evidence_keeps_the_day_it_happened_and_the_day_it_was_known(cases: dict[str, Case]) -> None:
    birch = cases["BIRCH"]
    photographs = next(row for row in birch.rows if row.id == "B16")
    assert [birch.unshifted(day.date()) for day in (photographs.start, photographs.recorded, photographs.known)] == [
        date(2020, 4, 16), date(2020, 4, 24), date(2020, 4, 24),
    ]  # fmt: skip


def test_no_case_reaches_the_demo_the_pictures_the_hub_or_a_rule() -> None:
    for path in [ROOT / "bench" / "demo.py", ROOT / "bench" / "pictures.py", *(ROOT / "bench" / "world").glob("*.py"),
                 *(ROOT / "hub").rglob("*.py"), *(ROOT / "consumers").glob("*.py")]:  # fmt: skip
        assert "bench.cases" not in set(_imports(path)), path
    for path in (ROOT / "policies").rglob("*.toml"):
        text = path.read_text(encoding="utf-8")
        assert not [name for name in ROWS if name in text], path


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Import():
                names = [alias.name for alias in node.names]
            case ast.ImportFrom():
                names = [f"{node.module}.{alias.name}" for alias in node.names]
            case _:
                continue
        yield from (".".join(name.split(".")[:2]) for name in names)


# ---------------------------------------------------------------------------------------------------------- the replay


def test_a_replay_comes_out_the_same_every_time(cases: dict[str, Case], aspen: Replayed, cedar: Replayed) -> None:
    assert replay(cases["CEDAR"], SHARED) == cedar
    assert replay(cases["ASPEN"], SHARED) == aspen


def test_another_draw_has_other_days_and_the_same_seed_the_same(cases: dict[str, Case]) -> None:
    def days(how: How) -> list[date]:
        return [one.start.date() for one in events(cases["ASPEN"], how) if one.row.id == "A06"]

    first = days(SHARED)
    assert len(first) == len(set(first)) == 27
    assert days(How()) == first
    assert days(How(draw=1)) != first
    assert days(How(seed=8)) != first


def test_the_third_incident_within_a_year_alerts_on_its_day_in_each_draw(cases: dict[str, Case]) -> None:
    for draw in range(3):
        how = How(draw=draw)
        run = replay(cases["ASPEN"], how)
        incidents = sorted(one.end.date() for one in events(cases["ASPEN"], how) if one.row.id in {"A02", "A06", "A12"})
        third = next(c for a, _, c in zip(incidents, incidents[1:], incidents[2:], strict=False) if (c - a).days < 365)
        raised = [one for one in run.proposals if one.rule == "domestic-abuse-series"]
        assert (raised[0].what, raised[0].level, raised[0].on) == ("raised", 3, third)


def test_holding_back_the_schools_rows_changes_what_was_seen_and_when(cases: dict[str, Case], aspen: Replayed) -> None:
    without = replay(cases["ASPEN"], How(blocked=frozenset({"school"})))
    changed = {one.rule: (one.shared, one.held_back) for one in difference(aspen, without) if one.days_earlier}
    assert changed["hunger-injury-attendance"] == (date(2011, 11, 25), date(2012, 3, 3))
    assert changed["neglect-composite"] == (date(2012, 2, 10), date(2012, 3, 3))
    steps = [
        (one.what, one.unshifted, one.evidence)
        for one in aspen.proposals
        if one.rule == "hunger-injury-attendance"
        and not one.possible  # nobody has answered who is who: it stands twice
    ]
    assert steps[:2] == [
        ("raised", date(2011, 11, 25), ("A14", "A20a", "A19a", "A19b")),
        (
            "strengthened",
            date(2011, 12, 16),
            ("A14", "A20a", "A19a", "A19b", "A20b"),
        ),  # A19c is an echo: it adds nothing
    ]


def test_time_alone_alerts_on_a_day_when_nothing_arrived(cases: dict[str, Case]) -> None:
    gorse = cases["GORSE"]
    run = replay(gorse, SHARED)
    unseen = next(one for one in run.proposals if one.rule == "unseen-under-five-2" and one.who == "child")
    arrived = {one.known.date() for one in events(gorse, SHARED)}
    assert unseen.on not in arrived
    assert (unseen.unshifted, unseen.evidence, unseen.before_last) == (date(2007, 3, 31), ("G02a",), 990)


def test_the_services_decisions_settle_alerts_and_new_evidence_brings_them_back(cedar: Replayed) -> None:
    assert [one.row for one in cedar.decisions] == ["C08", "C11b", "C14", "C18a", "C18b"]
    grave = [one for one in cedar.proposals if one.rule == "grave-single" and one.what == "raised"]
    assert [(one.number, one.unshifted, {"C10a", "C19"} & {*one.evidence}) for one in grave] == [
        (1, date(2020, 5, 4), {"C10a"}),
        (2, date(2020, 9, 22), {"C10a", "C19"}),
    ]


def test_what_one_worker_closed_alone_is_refused_and_stands_by_a_named_manager(cedar: Replayed) -> None:
    assert [(one.row, one.because, one.overridden) for one in cedar.refused] == [
        (row, (seen, "third_referral"), True)
        for row, seen in (
            ("C08", "not_seen_alone"), ("C11b", "not_seen_alone"), ("C14", "not_seen_alone"), ("C18a", "not_seen"),
            ("C18b", "not_seen"),
        )
    ]  # fmt: skip


def test_what_is_closed_because_another_organisation_is_acting_is_refused_where_nobody_there_accepted_it(
    cases: dict[str, Case],
) -> None:
    run = replay(cases["BIRCH"], SHARED)
    (police,) = (one for one in run.decisions if one.row == "B12")
    assert (police.because, police.overridden) == (("acting",), False)


def test_over_draws_gives_the_spread_of_the_first_alert(cases: dict[str, Case], aspen: Replayed) -> None:
    (series,) = (one for one in over_draws(cases["ASPEN"], [aspen, aspen]) if one.rule == "domestic-abuse-series")
    assert (series.raised, series.fewest_days_before) == (2, series.most_days_before)


# ------------------------------------------------------------------------------------------------ a case of one's own

HEADER: dict[str, Any] = {
    "case": "ELDER", "banner": "Synthetic: made for this test alone.", "shift_weeks": 0, "child": "child",
    "organisations": {
        "police": {"name": "Police", "sector": "police"},
        "school": {"name": "School", "sector": "education"},
        "children_social_care": {"name": "Children's social care", "sector": "social_care"},
    },
    "people": {
        "child": {
            "kind": "child", "forename": "Elder", "surname": "Elder-Synthetic", "born": "2015-04-01", "nhs": "9990000018",
        },
        "mother": {"kind": "adult", "forename": "Motherofelder", "surname": "Elder-Synthetic"},
    },
}  # fmt: skip
CHOKED: dict[str, Any] = {
    "row": "E1", "source": "S", "publisher": "police", "type": "concern", "occurred": "2020-03-02",
    "subjects": [{"who": "child", "indicators": ["strangulation_of_child"], "seen": "seen"}], "words": "Reported.",
}  # fmt: skip


def a_file(folder: Path, *rows: dict[str, Any] | str, **header: object) -> Path:
    path = folder / "elder.jsonl"
    lines = [{**HEADER, **header}, *rows]
    path.write_text("\n".join(one if isinstance(one, str) else json.dumps(one) for one in lines), encoding="utf-8")
    return path


def test_every_type_of_row_goes_through_the_hub(tmp_path: Path) -> None:
    one = {"source": "S", "publisher": "children_social_care", "occurred": "2020-03-03", "who": "child"}
    path = a_file(
        tmp_path,
        {"row": "E0", "source": "B", "type": "context", "occurred": ["2019-01-01", "2019-12-31"], "precision": "year"},
        CHOKED,
        {"row": "E2", "source": "S", "publisher": "school/primary", "type": "household", "occurred": "2020-03-02",
         "members": [{"who": "child", "role": "child"}, {"who": "mother", "role": "mother"}]},
        {**one, "row": "E3", "type": "involvement", "service": "assessment", "started": "2020-03-03"},
        {**one, "row": "E4", "type": "legal_status", "status": "section_47_enquiry", "started": "2020-03-03"},
        {**one, "row": "E5", "type": "information", "request": "r-1", "result": "searched_none_held"},
        {**one, "row": "E6", "type": "consent", "consent_about": "consent_to_share", "consent_state": "refused"},
        {**one, "row": "E7", "type": "enquiry", "ground": "significant_harm"},
        {"row": "E8", "source": "S", "publisher": "children_social_care", "type": "visit", "occurred": "2020-03-03",
         "subjects": [{"who": "child", "seen": "seen_alone"}]},
        {**one, "row": "E9", "type": "decision", "outcome": "early_help", "actions": ["early_help_offered"], "level": 2},
        {**CHOKED, "row": "E10", "type": "correction", "corrects": "E1", "occurred": "2020-03-04",
         "subjects": [{"who": "child", "indicators": ["strangulation_of_child", "bruises_multiple"]}]},
        {"row": "E11", "source": "S", "publisher": "police", "type": "withdrawal", "occurred": "2020-03-05",
         "withdraws": "E10", "withdrawal_reason": "wrong_child"},
    )  # fmt: skip
    run = replay(open_case(path), SHARED)
    assert run.published == 9
    assert [(one.what, one.unshifted.day, one.number, one.evidence) for one in run.proposals] == [
        ("raised", 2, 1, ("E1",)),
        ("raised", 4, 2, ("E10",)),
        ("weakened", 5, 2, ()),
    ]
    assert [(one.row, one.refused, one.note) for one in run.decisions] == [("E9", "", "")]


def test_a_row_of_no_social_care_and_a_decision_about_nobody_known_are_told(tmp_path: Path) -> None:
    decided = {
        "row": "E1",
        "source": "S",
        "publisher": "children_social_care",
        "type": "closure",
        "occurred": "2020-03-02",
        "who": "child",
    }
    run = replay(open_case(a_file(tmp_path, decided, {**CHOKED, "row": "E2"})), SHARED)
    assert run.decisions[0].note.startswith("nothing on record about this child yet")


def test_rows_that_nobody_knew_are_only_in_hindsight(tmp_path: Path) -> None:
    case = open_case(a_file(tmp_path, {**CHOKED, "hindsight": True}, {**CHOKED, "row": "E2", "occurred": "2020-04-01"}))
    assert [one.id for one in events(case, How())] == ["E2"]
    assert [one.id for one in events(case, How(hindsight=True))] == ["E1", "E2"]


def test_what_an_organisation_does_not_know_of_people_it_does_not_say(tmp_path: Path) -> None:
    path = a_file(tmp_path, CHOKED, {**CHOKED, "row": "E2", "publisher": "school"}, knows={"police": ["names"]})
    assert replay(open_case(path), SHARED).persons == {"child": 2}
    assert replay(
        open_case(a_file(tmp_path, CHOKED, {**CHOKED, "row": "E2", "publisher": "school"})), SHARED
    ).persons == {"child": 1}


CARE: dict[str, Any] = {"source": "S", "publisher": "children_social_care"}
WORRIED: dict[str, Any] = {
    "source": "S", "publisher": "school/primary", "type": "concern", "referrer_kind": "2A",
    "subjects": [{"who": "child", "indicators": ["hunger"], "seen": "seen"}], "words": "Comes to school hungry.",
}  # fmt: skip


def test_a_child_who_left_a_school_and_came_to_no_other_is_a_silence_and_one_who_came_is_none(tmp_path: Path) -> None:
    at = {"source": "S", "type": "involvement", "who": "child", "service": "pupil"}
    known = {**WORRIED, "row": "E1", "occurred": "2020-01-08"}
    came = {**at, "row": "E2", "publisher": "school/primary", "occurred": "2020-01-09", "started": "2020-01-09"}
    left = {**came, "row": "E3", "occurred": "2020-01-20", "ended": "2020-01-20"}
    moved = {**at, "row": "E4", "publisher": "school/junior", "occurred": "2020-01-21", "started": "2020-01-21"}
    end = {**WORRIED, "row": "E9", "publisher": "police", "referrer_kind": "6", "occurred": "2020-04-01"}
    how = How(silences=True)
    gone = replay(open_case(a_file(tmp_path, known, came, left, end)), how)
    assert [(one.kind, one.who, one.on) for one in gone.silences] == [("off_roll", "child", date(2020, 2, 4))]
    moves = replay(open_case(a_file(tmp_path, known, came, left, moved, end)), how)
    assert [(one.kind, one.who, one.on) for one in moves.silences] == [("chronology", "child", date(2020, 1, 29))]


def test_an_organisation_that_said_how_often_it_is_heard_and_is_not_falls_silent_on_its_day(tmp_path: Path) -> None:
    school = {**HEADER["organisations"]["school"], "heard_every": 5, "heard_counts": "working"}
    path = a_file(
        tmp_path, {**WORRIED, "row": "E1", "occurred": "2020-03-02"}, {**CHOKED, "row": "E2", "occurred": "2020-06-01"},
        organisations={**HEADER["organisations"], "school": school},
    )  # fmt: skip
    run = replay(open_case(path), How(silences=True))
    assert [(one.kind, one.organisation, one.on) for one in run.silences] == [
        ("feed_silent", "school", date(2020, 3, 10))
    ]
    assert replay(open_case(path), SHARED).silences == ()


def test_a_worry_about_an_adult_alone_is_pointed_out_once_the_adult_lives_with_the_child(tmp_path: Path) -> None:
    him = {
        "who": "man",
        "observation": "Order of the court of ten years ago.",
        "indicators": ["domestic_abuse_incident"],
    }
    people = {
        **HEADER["people"],
        "man": {"kind": "adult", "forename": "Manofelder", "surname": "Elder-Synthetic", "nhs": "9990000026"},
    }
    path = a_file(
        tmp_path,
        {"row": "E1", "source": "S", "publisher": "police", "type": "concern", "occurred": "2019-03-02", "adults": [him],
         "referrer_kind": "6", "words": "Told of by another force."},
        {**WORRIED, "row": "E2", "occurred": "2020-03-02"},
        {"row": "E3", "source": "S", "publisher": "school", "type": "household", "occurred": "2020-03-05",
         "members": [{"who": "child", "role": "child"}, {"who": "man", "role": "parents_partner"}]},
        {**WORRIED, "row": "E4", "occurred": "2020-03-09"},
        people=people,
    )  # fmt: skip
    case = open_case(path)
    check = Check(kind="holders", organisations=("police",))
    judge = Judge({"ELDER": case}, replay, rules_of("demo"), SHARED, 1)
    said = {
        day: judge.judge(Expectation(case="ELDER", id="E", words="x", latest=date(2020, 3, day), check=check)).status
        for day in (4, 5)
    }
    assert said == {4: "not met", 5: "met"}


def test_a_closing_because_another_acts_is_made_where_they_took_the_lead(tmp_path: Path) -> None:
    worried = {**WORRIED, "row": "E1", "occurred": "2020-03-02"}
    closed = {**CARE, "row": "E3", "type": "closure", "occurred": "2020-03-05", "who": "child", "acting": "school",
              "closes_because": "another_organisation", "alone": False}  # fmt: skip
    end = {**WORRIED, "row": "E9", "occurred": "2020-03-20"}
    refused = replay(open_case(a_file(tmp_path, worried, closed, end)), SHARED)
    assert [(one.row, one.because) for one in refused.refused] == [("E3", ("acting",))]
    leads = {
        **CARE,
        "row": "E2",
        "publisher": "school/primary",
        "type": "lead",
        "occurred": "2020-03-04",
        "who": "child",
    }
    made = replay(open_case(a_file(tmp_path, worried, leads, closed, end)), SHARED)
    assert [(one.row, one.refused) for one in made.decisions] == [("E2", ""), ("E3", "")]
    assert made.decisions[1].note == "a named manager agreed"  # nobody has seen the child since


def test_section_47_without_a_strategy_discussion_is_refused_and_taken_as_calling_for_one(tmp_path: Path) -> None:
    path = a_file(
        tmp_path, CHOKED,
        {**CARE, "row": "E2", "type": "decision", "occurred": "2020-03-03", "who": "child", "outcome": "section_47"},
    )  # fmt: skip
    run = replay(open_case(path), SHARED)
    assert [(one.row, one.because, one.note[:7]) for one in run.decisions] == [("E2", ("strategy",), "taken a")]


@pytest.mark.parametrize("partnership", ["durham", "wakefield", "calderdale", "staffordshire", "blackburn-with-darwen"])
def test_any_partnership_replays_it_under_its_own_rules_and_levels(partnership: str, tmp_path: Path) -> None:
    path = a_file(
        tmp_path, CHOKED,
        {**CARE, "row": "E2", "type": "closure", "occurred": "2020-03-09", "who": "child", "closes_because": "assessed"},
    )  # fmt: skip
    run = replay(open_case(path), How(partnership=partnership, silences=True))
    assert (run.partnership, run.proposals[0].evidence) == (partnership, ("E1",))
    assert [(one.row, one.because, one.overridden) for one in run.refused] == [("E2", ("not_seen_alone",), True)]


def named(**changed: object) -> dict[str, Any]:
    """The header's people, with the child changed."""
    return {"people": {"child": {**HEADER["people"]["child"], **changed}}}


def seen(**told: object) -> dict[str, Any]:
    """The first row, with something else said of the child."""
    return {**CHOKED, "subjects": [{"who": "child", **told}]}


def turned(kind: str, **more: object) -> dict[str, Any]:
    """The first row as one of another type, without subjects."""
    return {**CHOKED, "type": kind, "subjects": [], **more}


BAD: list[tuple[list[dict[str, Any] | str], dict[str, Any], str]] = [
    ([CHOKED, {**CHOKED, "row": "E2", "occurred": "2020-03-01"}], {}, ":3: row E2: known_at: wrong order"),
    ([seen(indicators=["sadness"])], {}, ":2: row E1: indicators: no indicator 'sadness'"),
    ([{**CHOKED, "publisher": "housing"}], {}, ":2: row E1: publisher: no organisation 'housing' in the header"),
    ([{**CHOKED, "told_by": "housing"}], {}, ":2: row E1: told_by: no organisation 'housing' in the header"),
    ([{**CHOKED, "occurred": ["2020-03-02", "2020-03-01"], "precision": "week"}], {}, "occurred: this period ends before it"),
    ([{**CHOKED, "occurred": ["2020-03-01", "2020-03-02"]}], {}, ":2: row E1: precision: say how exact"),
    ([{**CHOKED, "occured": "2020-03-02"}], {}, ":2: Object contains unknown field `occured`; known keys: row, source"),
    ([seen(sen="seen")], {}, ":2: subjects[0]: Object contains unknown field `sen`"),
    ([{**CHOKED, "type": "worry"}], {}, ":2: type: Invalid enum value 'worry'"),
    ([{**CHOKED, "subjects": [{"who": "Elder"}]}], {}, ":2: row E1: who: nobody in `people` is 'Elder'"),
    ([{**CHOKED, "subjects": [{"who": "mother"}]}], {}, ":2: row E1: subjects: 'mother' is no child"),
    ([seen(measures={"mood": 1})], {}, ":2: row E1: measures: no measure 'mood'"),
    ([seen(measures={"weight_kg": 900})], {}, ":2: row E1: subjects[0].measures[0].value"),
    ([{**CHOKED, "occurred": "2 March"}], {}, ":2: row E1: occurred: give a day as"),
    ([{**CHOKED, "occurred": "2020-03-02T10:00+00:00"}], {}, ":2: row E1: occurred: give London time without an offset"),
    ([{**CHOKED, "recorded_at": "2020-03-01"}], {}, ":2: row E1: recorded_at: nobody records what has not begun"),
    ([{**CHOKED, "recorded_at": "2020-03-05", "known_at": "2020-03-04"}], {}, ":2: row E1: known_at: the hub cannot know"),
    ([CHOKED, CHOKED], {}, ":3: row E1: row: this id is on line 2 already"),
    ([{**CHOKED, "source": "X"}], {}, ":2: row E1: source: mark it S"),
    ([turned("withdrawal", withdraws="E0", withdrawal_reason="other")], {}, "withdraws: name a row above"),
    ([turned("decision", who="child", outcome="closed")], {}, ":2: row E1: outcome: give one of"),
    ([{**CHOKED, "type": "strength"}], {}, ":2: row E1: indicators: 'strangulation_of_child' is a worry"),
    ([{**CHOKED, "series": {"count": 9}}], {}, ":2: row E1: series: give at least 1 and no more"),
    ([{**CHOKED, "referrer_kind": "99"}], {}, ":2: row E1: referrer_kind: give a census source code"),
    ([turned("closure", who="child", closes_because="another_organisation")], {}, "acting: name the organisation that"),
    ([turned("closure", who="child", acting="police")], {}, "acting: name another organisation than the one"),
    ([{**CHOKED, "adults": [{"who": "mother", "indicators": ["sadness"]}]}], {}, "indicators: no indicator 'sadness'"),
    ([turned("lead")], {}, ":2: row E1: who: a row of type lead needs it"),
    ([CHOKED], {"organisations": {"police": {"name": "P", "sector": "police", "heard_every": -1}}}, "heard_every: give 1 to"),
    (["{broken"], {}, ":2: not one JSON object"),
    ([], {}, ":1: a case needs at least one row"),
    ([CHOKED], {"case": "Elder Smith"}, ":1: case: a codename is capitals"),
    ([CHOKED], {"banner": ""}, ":1: banner: say what this is"),
    ([CHOKED], {"colour": "red"}, ":1: Object contains unknown field `colour`; known keys: case, banner"),
    ([CHOKED], {"harm": "E7"}, ":1: harm: no row 'E7'"),
    ([CHOKED], {"child": "mother"}, ":1: child: name a child of `people`"),
    ([CHOKED], named(nhs="4010232137"), ":1: people.child.nhs: use the range for tests"),
    ([CHOKED], named(nhs="9990000019"), ":1: people.child.nhs: the check digit"),
    ([CHOKED], named(postcode="SW1A 1AA"), ":1: people.child.postcode: use an area that is never issued"),
    ([CHOKED], named(upn="H801200001001"), ":1: people.child.upn: use a valid number"),
]  # fmt: skip


@pytest.mark.parametrize(("rows", "header", "told"), BAD, ids=[told[:40] for _, _, told in BAD])
def test_a_wrong_file_is_refused_with_its_line_and_the_mend(
    rows: list[dict[str, Any] | str], header: dict[str, Any], told: str, tmp_path: Path
) -> None:
    with pytest.raises(BadCase) as refused:
        open_case(a_file(tmp_path, *rows, **header))
    assert str(refused.value).startswith("elder.jsonl:")
    assert told in str(refused.value)


# -------------------------------------------------------------------------------------------------- the expectations


def a_judge(
    cases: dict[str, Case], *, proposals: tuple[Proposal, ...] = (), decisions: tuple[Settled, ...] = (),
    reopened: tuple[Reopened, ...] = (), silences: tuple[Noticed, ...] = (), looked: Looked | None = None,
) -> Judge:  # fmt: skip
    """A judge over replays that came to just this."""
    run = Replayed(
        case="", draw=0, partnership="demo", edition="1", published=0, proposals=proposals, decisions=decisions,
        persons={}, series={}, reopened=reopened, silences=silences, looked=looked,
    )  # fmt: skip
    return Judge(cases, lambda _case, _how: run, rules_of("demo"), SHARED, 1)


def expected(case: str, ident: str) -> Expectation:
    return next(one for one in read_expectations(None) if (one.case, one.id) == (case, ident))


def test_every_expectation_has_a_check_and_every_check_names_what_there_is(cases: dict[str, Case]) -> None:
    checks = read_checks()
    assert set(checks) == {(one.case, one.id) for one in read_expectations(None)}
    for (name, _), check in checks.items():
        rows = {row.id for row in cases[name].rows}
        assert {*check.rows, *check.page, *check.rows_blocked} <= rows
        assert set(check.organisations) <= set(cases[name].header.organisations)
        codes = [*check.indicators, *(code for part in check.parts for code in part.indicators)]
        assert vocabulary().check(codes) == []


def test_over_a_replay_in_which_nothing_happened_nothing_is_met_but_that_a_label_changes_nothing(
    cases: dict[str, Case],
) -> None:
    judge = a_judge(cases)
    said = {one.id: one.status for one in map(judge.judge, read_expectations(None))}
    assert said == {one.id: "not met" for one in read_expectations(None)} | {"C2": "met"}


def test_a_closure_that_the_hub_refuses_meets_what_asks_for_it(cases: dict[str, Case]) -> None:
    day = date(2020, 9, 7)
    refused = Settled(
        row="C18a", on=day, unshifted=day, refused="Nobody saw her", because=("not_seen",), overridden=True
    )
    verdict = a_judge(cases, decisions=(refused,)).judge(expected("CEDAR", "C3"))
    assert (verdict.status, verdict.said) == (
        "met", "C18a refused on 2020-09-07: Nobody saw her: it stands by a named manager",
    )  # fmt: skip
    another = msgspec.structs.replace(refused, because=("third_referral",))
    assert a_judge(cases, decisions=(another,)).judge(expected("CEDAR", "C3")).status == "not met"


def test_a_closing_refused_after_the_latest_day_meets_it_only_where_one_on_that_day_is_refused_too(
    cases: dict[str, Case],
) -> None:
    day = date(2020, 7, 8)
    refused = Settled(row="C14", on=day, unshifted=day, refused="Three worried", because=("third_referral",))
    for because, status in ((("third_referral",), "met"), (("not_seen",), "not met"), ((), "not met")):
        judge = a_judge(cases, decisions=(refused,), looked=Looked(because=because))
        assert judge.judge(expected("CEDAR", "C1")).status == status


def test_a_silence_that_is_noticed_late_or_is_another_does_not_meet_it(cases: dict[str, Case]) -> None:
    day = date(2020, 5, 15)
    unseen = Noticed(kind="not_seen_alone", who="child", organisation="", on=day, unshifted=day, before_last=33)
    wanted = expected("BIRCH", "B5")
    assert a_judge(cases, silences=(unseen,)).judge(wanted).status == "met"
    for wrong in (
        {"unshifted": date(2020, 5, 16)}, {"unshifted": date(2020, 4, 17)}, {"who": "another"}, {"kind": "off_roll"},
    ):  # fmt: skip
        other = msgspec.structs.replace(unseen, **wrong)
        assert a_judge(cases, silences=(other,)).judge(wanted).status == "not met", wrong


def test_whoever_must_be_named_and_is_not_or_words_that_can_be_read_do_not_meet_it(cases: dict[str, Case]) -> None:
    for case, ident, lines in (
        ("ASPEN", "A4", (("school", "School: Hungry"), ("police", "Police: Domestic abuse"))),
        ("CEDAR", "C4", (("police", "Holds a concern about an adult of the household: ask them"),)),
    ):
        wanted = expected(case, ident)
        assert a_judge(cases, looked=Looked(lines=lines)).judge(wanted).status == "met"
        assert a_judge(cases, looked=Looked(lines=lines[1:])).judge(wanted).status == "not met"
        assert a_judge(cases, looked=Looked(lines=lines, open=("A24",))).judge(wanted).status == "not met"
        assert a_judge(cases, looked=Looked(lines=lines, refused="No")).judge(wanted).status == "not met"


def test_a_decision_that_late_evidence_reopens_in_time_meets_it(cases: dict[str, Case]) -> None:
    reopened = Reopened(row="B13b", on=date(2020, 4, 24), unshifted=date(2020, 4, 24), by=("B16",), what="level 4")
    wanted = expected("BIRCH", "B1")
    assert a_judge(cases, reopened=(reopened,)).judge(wanted).status == "met"
    late = msgspec.structs.replace(reopened, unshifted=date(2020, 4, 25))
    assert a_judge(cases, reopened=(late,)).judge(wanted).status == "not met"


# ------------------------------------------------------- each expectation fails where what answers it is switched off


def _off(patch: pytest.MonkeyPatch, where: str, instead: object) -> None:
    module, _, name = where.rpartition(".")
    patch.setattr(importlib.import_module(module), name, instead)


def _without_rule(patch: pytest.MonkeyPatch, rule: str) -> None:
    def without(*args: Any, **more: Any) -> dict[str, Any]:
        held = load_partnership(*args, **more)
        return {**held, "thresholds": [one for one in held["thresholds"] if one["id"] != rule]}

    patch.setattr(draft, "load_partnership", without)


SWITCHES: list[tuple[str, str, str, Any]] = [
    ("ASPEN", "A4", "hub.views.enclosing.lines", lambda *_: ""),
    ("BIRCH", "B1", "hub.views.touched.touches", lambda *_: False),
    ("BIRCH", "B3", "hub.views.enquiring.accepted", lambda *_: {"": "somebody"}),
    ("BIRCH", "B5", "hub.flow.expect_relay.expected", lambda *_: None),
    ("CEDAR", "C1", "hub.domain.decision.REFERRALS", 99),
    ("CEDAR", "C3", "hub.domain.decision.managers_for", lambda *_: ()),
    ("CEDAR", "C4", "hub.views.answers.pointed", lambda rows, *_: rows),
]


@pytest.mark.parametrize(("case", "ident", "where", "instead"), SWITCHES, ids=[one[1] for one in SWITCHES])
def test_what_the_hub_does_meets_it_and_switched_off_it_does_not(
    case: str, ident: str, where: str, instead: object, cases: dict[str, Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted, judge = expected(case, ident), Judge(cases, replay, rules_of("demo"), SHARED, 1)
    assert judge.judge(wanted).status == "met"
    _off(monkeypatch, where, instead)
    assert judge.judge(wanted).status == "not met"


def test_without_the_rule_of_a_report_and_an_image_the_photographs_reopen_nothing_and_alert_late(
    cases: dict[str, Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    judge = Judge(cases, replay, rules_of("demo"), SHARED, 1)
    wanted = [expected("BIRCH", ident) for ident in ("B1", "B2")]
    assert [judge.judge(one).status for one in wanted] == ["met", "met"]
    _without_rule(monkeypatch, "injury-reported-and-on-an-image")
    assert [judge.judge(one).status for one in wanted] == ["not met", "not met"]


def test_an_alert_that_comes_late_does_not_meet_it(cases: dict[str, Case], cedar: Replayed) -> None:
    grave = next(one for one in cedar.proposals if one.rule == "grave-single")
    wanted = expected("CEDAR", "C-strangulation")
    assert a_judge(cases, proposals=(grave,)).judge(wanted).status == "met"
    late = msgspec.structs.replace(grave, unshifted=date(2020, 5, 6))
    assert a_judge(cases, proposals=(late,)).judge(wanted).status == "not met"
    other = msgspec.structs.replace(grave, evidence=("C19",))
    assert a_judge(cases, proposals=(other,)).judge(wanted).status == "not met"


def test_an_expectation_that_nothing_can_judge_is_not_judged(cases: dict[str, Case]) -> None:
    judge = a_judge(cases)
    assert judge.judge(Expectation(case="ASPEN", id="X", words="somebody is kind")).status == "not judged"
    assert judge.judge(Expectation(case="ELDER", id="X", words="level 4 proposal")).status == "not judged"


def test_words_alone_ask_for_what_the_shipped_checks_ask_for_where_they_are_known(cases: dict[str, Case]) -> None:
    checks = read_checks()
    asked = {one.id: by_words(cases[one.case], one.words) for one in read_expectations(None)}
    kinds = {ident: found["kind"] for ident, found in asked.items() if found}
    assert kinds == {ident: checks[case, ident].kind for case, ident in checks if ident not in {"A3", "A4"}}
    assert {ident: (asked[ident] or {}).get("because") for ident in ("B3", "C1", "C3")} == {
        "B3": "acting", "C1": "third_referral", "C3": "not_seen",
    }  # fmt: skip
    assert (asked["C4"] or {})["organisations"] == ("police",)


def test_an_expectation_without_a_check_is_judged_by_its_words(tmp_path: Path) -> None:
    path = a_file(
        tmp_path, CHOKED,
        {**CARE, "row": "E2", "type": "closure", "occurred": "2020-03-09", "who": "child", "closes_because": "assessed",
         "child_seen": False},
    )  # fmt: skip
    judge = Judge({"ELDER": open_case(path)}, replay, rules_of("demo"), SHARED, 1)

    def said(words: str) -> str:
        return judge.judge(Expectation(case="ELDER", id="E", words=words, latest=date(2020, 3, 9))).status

    assert said("closure with the child not seen since the referral is refused") == "met"
    assert said("'closed: another organisation is acting' is refused") == "not met"
    assert said("a proposal of level 4, whatever else") == "met"
    assert said("off roll without a new school") == "not met"
    assert said("somebody is kind") == "not judged"


def test_the_replayed_school_signals_of_aspen_meet_their_expectation(cases: dict[str, Case]) -> None:
    judge = Judge(cases, replay, rules_of("demo"), SHARED, 2)
    verdict = judge.judge(expected("ASPEN", "A3"))
    assert (verdict.status, verdict.said[:10]) == ("met", "2011-12-16")
    injury = judge.judge(expected("ASPEN", "A-injury"))
    assert (injury.status, injury.said[:10]) == ("met", "2011-01-06")
    assert injury.said.endswith("where people answer who is who, rightly, two days after the hub asks")


def test_where_nobody_answers_who_is_who_no_page_of_the_injured_child_has_all_that_was_said_before(
    cases: dict[str, Case],
) -> None:
    judge = Judge(cases, replay, rules_of("demo"), SHARED, 2)
    wanted = expected("ASPEN", "A-injury")
    unanswered = msgspec.structs.replace(read_checks()["ASPEN", "A-injury"], answered=False)
    verdict = judge.judge(msgspec.structs.replace(wanted, check=unanswered))
    # two persons share what was said: whichever page is looked at, the other half is missing
    assert (verdict.status, "its page lacks A" in verdict.said) == ("not met", True), verdict.said


def test_people_who_answer_join_the_unborn_of_two_organisations_and_nobody_else(cases: dict[str, Case]) -> None:
    case = cases["ASPEN"]
    unanswered, answered = (replay(case, msgspec.structs.replace(SHARED, answered=one)) for one in (False, True))
    assert unanswered.persons["child"] == 2
    assert {who for who, number in answered.persons.items() if number != 1} == set()


# ------------------------------------------------------------------------------------------------------ the commands


def mash(*words: str) -> Result:
    app = typer.Typer()
    command(app)
    app.command("other")(lambda: None)
    return CliRunner().invoke(app, ["cases", *words])


def test_run_answers_with_one_object(tmp_path: Path) -> None:
    path = a_file(tmp_path, CHOKED, {**CHOKED, "row": "E2", "publisher": "school", "occurred": "2020-03-09"})
    answer = mash("run", str(path), "--block", "police", "--json")
    assert answer.exit_code == 0, answer.output
    (told,) = json.loads(answer.stdout)["cases"]
    assert (told["case"], told["rows"], told["last_event"]["unshifted"]) == ("ELDER", 2, "2020-03-09")
    assert told["difference"] == [
        {
            "who": "child", "rule": "grave-single", "level": 4, "shared": "2020-03-02", "held_back": "2020-03-09",
            "days_earlier": 7,
        }
    ]  # fmt: skip
    assert told["reopened_decisions"] == []
    assert (told["refused_closures"], told["silences"]) == ([], [])


def test_run_says_in_words_what_happened_and_what_is_not_built(tmp_path: Path) -> None:
    answer = mash("run", str(a_file(tmp_path, CHOKED)))
    assert answer.exit_code == 0
    assert "2020-03-02 [2020-03-02] level 4 grave-single (child), 0 days before, edition 1: E1" in answer.stdout
    assert "Decisions that evidence came late for:\n  none" in answer.stdout
    assert "What was expected and did not come:\n  nothing" in answer.stdout


def test_a_wrong_file_is_exit_code_1_and_a_wrong_option_2(tmp_path: Path) -> None:
    bad = mash("run", str(a_file(tmp_path, {**CHOKED, "publisher": "housing"})))
    assert (bad.exit_code, bad.stderr.startswith("mash: elder.jsonl:2: row E1: publisher")) == (1, True)
    good = str(a_file(tmp_path, CHOKED))
    assert mash("run", good, "--partnership", "nowhere").exit_code == 2
    assert mash("run", good, "--block", "housing").exit_code == 2
    assert mash("run").exit_code == 2
    assert mash("run", str(tmp_path / "none.jsonl")).exit_code == 1


def test_expect_is_exit_code_1_where_something_built_falls_short(tmp_path: Path) -> None:
    case = a_file(tmp_path, CHOKED)
    wanted = tmp_path / "wanted.toml"
    line = '[[expect]]\ncase = "ELDER"\nid = "E"\nwords = "level 4 proposal"\nlatest = 2020-03-02\n'
    wanted.write_text(line, encoding="utf-8")
    fine = mash("expect", "--file", str(wanted), "--case", str(case), "--json")
    assert (fine.exit_code, json.loads(fine.stdout)["counts"]["met"]) == (0, 1)
    wanted.write_text(line.replace("03-02", "03-01"), encoding="utf-8")
    assert mash("expect", "--file", str(wanted), "--case", str(case)).exit_code == 1
    wanted.write_text("[[expect]]\ncase = 'ELDER'\nid = 'E'\nwords = 'x'\ncolour = 1\n", encoding="utf-8")
    broken = mash("expect", "--file", str(wanted))
    assert (broken.exit_code, "wanted.toml" in broken.stderr) == (1, True)


def test_an_expectation_may_carry_its_own_check(tmp_path: Path) -> None:
    path = tmp_path / "wanted.toml"
    path.write_text(
        '[[expect]]\ncase = "ELDER"\nid = "E"\nwords = "x"\ncheck = { kind = "refused", rows = ["E9"] }\n',
        encoding="utf-8",
    )
    assert [one.check for one in read_expectations(path)] == [Check(kind="refused", rows=("E9",))]
