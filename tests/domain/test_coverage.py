"""Who has said something and who has not: six states, never a blank."""

from datetime import UTC, datetime

from hub.domain.coverage import Asked, Covered, coverage

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
    assert state(heard=LATE, asked=Asked(EARLY)) == Covered("gp", "", "contributed", "", LATE)
    assert state(heard=EARLY, asked=Asked(LATE, "refused")) == Covered("gp", "", "refused", "no_reason_given", EARLY)


def test_an_answer_that_claims_more_than_is_on_record_is_not_a_contribution() -> None:
    assert state(asked=Asked(LATE, "provided")) == Covered("gp", "", "no_answer", "answer_not_on_record")
