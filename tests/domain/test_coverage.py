"""Who has said something and who has not: six states, never a blank."""

from datetime import UTC, datetime

from hub.domain.coverage import Asked, Covered, coverage, parties_of, progress

EARLY = datetime(2026, 11, 1, tzinfo=UTC)
LATE = datetime(2026, 11, 20, tzinfo=UTC)


def state(
    heard: datetime | None = None, asked: Asked | None = None, not_asked: str = "", withheld: str = ""
) -> Covered:
    party = ("gp", "")
    (found,) = coverage(
        [party], heard={party: heard} if heard else {}, asked={party: asked} if asked else {},
        not_asked={party: not_asked} if not_asked else {}, withheld={party: withheld} if withheld else {},
    )  # fmt: skip
    return found


def test_nobody_asked_says_so_with_the_reason_and_never_looks_like_no_worry() -> None:
    assert state() == Covered("gp", "", "not_asked", "no_request_made")
    assert state(not_asked="green_grade") == Covered("gp", "", "not_asked", "green_grade")


def test_each_answer_is_its_own_state() -> None:
    assert state(heard=EARLY) == Covered("gp", "", "contributed", "", EARLY)
    assert state(asked=Asked(LATE, "searched_none_held")) == Covered("gp", "", "none_held")
    assert state(asked=Asked(LATE, "refused", "no_consent")) == Covered("gp", "", "refused", "no_consent")
    assert state(asked=Asked(LATE)) == Covered("gp", "", "no_answer")
    assert state(heard=EARLY, withheld="N06") == Covered("gp", "", "withheld", "N06")


def test_what_was_said_before_the_question_does_not_answer_it() -> None:
    assert state(heard=EARLY, asked=Asked(LATE)) == Covered("gp", "", "no_answer", "", EARLY)
    assert state(heard=LATE, asked=Asked(EARLY)) == Covered("gp", "", "no_answer", "", LATE)
    assert state(heard=LATE, asked=Asked(EARLY, "provided")) == Covered("gp", "", "contributed", "", LATE)
    assert state(heard=EARLY, asked=Asked(LATE, "refused")) == Covered("gp", "", "refused", "no_reason_given", EARLY)


def test_an_answer_that_claims_more_than_is_on_record_is_not_a_contribution() -> None:
    assert state(asked=Asked(LATE, "provided")) == Covered("gp", "", "no_answer", "answer_not_on_record")


def test_a_setting_that_is_silent_is_not_hidden_by_its_organisation() -> None:
    parties = parties_of(["health", "police"], {("health", "gp_1"), ("health", "")}, {("health", "ward")})
    assert parties == [("health", ""), ("health", "gp_1"), ("police", "")]
    covered = coverage(
        parties,
        heard={("health", ""): EARLY},
        asked={("health", "gp_1"): Asked(EARLY, due=LATE)},
        not_asked={},
        withheld={},
    )
    assert [(one.organisation, one.setting, one.state) for one in covered] == [
        ("health", "", "contributed"), ("health", "gp_1", "no_answer"), ("police", "", "not_asked"),
    ]  # fmt: skip


def test_where_only_settings_were_asked_the_whole_has_no_line_of_its_own() -> None:
    assert parties_of(["school"], {("school", "north")}, set()) == [("school", "north")]
    assert parties_of(["school"], {("school", "north")}, {("school", "north")}) == [("school", "north")]
    assert parties_of(["school"], {("school", "north")}, {("school", "south")}) == [("school", ""), ("school", "north")]


def test_asking_is_complete_when_all_have_answered_and_who_was_not_asked_has_a_reason_that_stands() -> None:
    def how_far(*rows: Covered) -> tuple[int, int, tuple[tuple[str, str], ...], bool]:
        found = progress(rows, LATE, {"heard_already"}.__contains__)
        return found.awaited, found.overdue, found.unexplained, found.complete

    done = Covered("police", "", "none_held")
    waits, late = Covered("gp", "", "no_answer", due=LATE), Covered("gp", "", "no_answer", due=EARLY)
    out, silent = Covered("fire", "", "not_asked", "heard_already"), Covered("fire", "", "not_asked", "no_request_made")
    assert how_far(done, out) == (0, 0, (), True)
    assert how_far(done, waits) == (1, 0, (), False)
    assert how_far(done, late) == (1, 1, (), False)
    assert how_far(done, silent) == (0, 0, (("fire", ""),), False)
