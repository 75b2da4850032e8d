"""What may be asked, answered and left unasked: refusals first, each with the field and the mend."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import get_args

import pytest
from msgspec.structs import replace as changed

from hub.domain.errors import Refused
from hub.domain.message import MayOverturn, RefusalCode
from hub.domain.request import (
    LINK_TRIES,
    OVERTURNS,
    REFUSALS,
    Answer,
    AnswerLinkMade,
    AnswerLinkOpened,
    AnswerLinkTried,
    AnswerLinkUsed,
    AskParties,
    Party,
    Request,
    RequestAnswered,
    RequestMade,
    RequestWithdrawn,
    check_answer,
    check_asking,
    check_not_asking,
    fold,
    lists_of,
    on_holiday,
    remind,
    why_closed,
    withdraw,
)
from policies.requests import BadRequests, requests

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
TODAY = date(2026, 11, 22)
PARTS = {"requests": requests()}
LISTS = lists_of(PARTS)
WISH = AskParties(
    enquiry="e1", parties=(Party("police"), Party("school", "north")), children=("c1",), purpose="triage",
    questions=("concerns",), told=("names",), by="staff-1",
)  # fmt: skip
MADE = RequestMade(
    enquiry="e1", children=("c1",), organisation="police", purpose="triage", questions=("concerns",), told=("names",),
    due=NOW + timedelta(days=1), asked_by="staff-1",
)  # fmt: skip
ANSWERED = RequestAnswered(
    organisation="police", enquiry="e1", children=("c1",), result="searched_none_held", recorded_at=NOW,
    answered_by="staff:staff-2",
)  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"parties": ()}, "party"),
        ({"parties": (Party("police"), Party("police"))}, "party"),
        ({"parties": tuple(Party(f"o{n}") for n in range(21))}, "party"),
        ({"children": ()}, "child"),
        ({"purpose": "curiosity"}, "purpose"),
        ({"questions": ()}, "questions"),
        ({"questions": ("gossip",)}, "questions"),
        ({"question": "x" * 1_001}, "question"),
        ({"told": ()}, "told"),
        ({"told": ("names", "ethnicity")}, "told"),
        ({"told": ("birth_date", "sex")}, "told"),
    ],
)
def test_a_request_names_whom_what_about_whom_and_what_they_are_told(wrong: dict[str, object], field: str) -> None:
    with pytest.raises(Refused) as refused:
        check_asking(changed(WISH, **wrong), LISTS)
    assert refused.value.field == field


def test_a_question_in_words_is_enough() -> None:
    check_asking(WISH, LISTS)
    check_asking(changed(WISH, questions=(), question="When did you see him last?"), LISTS)


def test_why_somebody_is_not_asked_depends_on_the_grade_and_without_one_the_strictest_holds() -> None:
    party = Party("housing")
    for grade in ("red", "amber", ""):
        with pytest.raises(Refused, match="no reason at grade") as refused:
            check_not_asking(party, "not_proportionate", grade, LISTS)
        assert refused.value.field == "reason"
    check_not_asking(party, "not_proportionate", "green", LISTS)
    check_not_asking(party, "raises_risk", "red", LISTS)
    with pytest.raises(Refused, match="Select why"):
        check_not_asking(party, "too_busy", "green", LISTS)


HARM = Answer(
    result="refused", reason="more_detrimental", reason_words="He would find her.", review_on=date(2026, 12, 1),
    may_overturn="caldicott_guardian",
)  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "field"),
    [
        (Answer(result=""), "result"),
        (Answer(result="provided"), "words"),
        (Answer(result="provided", words="x" * 10_001), "words"),
        (Answer(result="provided", words="x", period_start=TODAY, period_end=date(2026, 1, 1)), "period_end"),
        (Answer(result="refused"), "reason"),
        (Answer(result="refused", reason="other"), "reason_words"),
        (changed(HARM, reason_words=""), "reason_words"),
        (changed(HARM, review_on=None), "review_on"),
        (changed(HARM, review_on=TODAY), "review_on"),
        (changed(HARM, may_overturn="somebody"), "may_overturn"),
    ],
)
def test_an_answer_says_what_it_is_and_a_refusal_for_harm_when_it_is_looked_at_again(
    answer: Answer, field: str
) -> None:
    with pytest.raises(Refused) as refused:
        check_answer(answer, TODAY)
    assert refused.value.field == field


def test_searched_none_held_needs_nothing_more() -> None:
    check_answer(Answer(result="searched_none_held"), TODAY)
    check_answer(HARM, TODAY)


def test_what_was_answered_is_not_withdrawn_and_nobody_is_reminded_of_it() -> None:
    asked, answered = fold("r1", [MADE]), fold("r1", [MADE, ANSWERED])
    assert (asked.state, answered.state) == ("asked", "answered")
    assert withdraw(asked, "no_longer_needed", "staff-1") == [
        RequestWithdrawn(reason="no_longer_needed", withdrawn_by="staff-1")
    ]
    with pytest.raises(Refused, match="nothing to withdraw"):
        withdraw(answered, "no_longer_needed", "staff-1")
    with pytest.raises(Refused, match="nobody to remind"):
        remind(answered, "staff-1")
    with pytest.raises(Refused, match="Select why"):
        withdraw(asked, "because", "staff-1")


def test_an_answer_after_the_request_was_withdrawn_is_an_answer() -> None:
    gone = fold("r1", [MADE, RequestWithdrawn(reason="no_longer_needed", withdrawn_by="staff-1")])
    assert (gone.state, fold("r1", [*([MADE]), ANSWERED]).state) == ("withdrawn", "answered")
    assert withdraw(gone, "no_longer_needed", "staff-1") == []  # a second time says nothing new


def test_a_link_ends_by_use_by_wrong_codes_by_time_and_by_the_next_one() -> None:
    made = AnswerLinkMade(link=b"l", code=b"c", expires=NOW + timedelta(days=7), made_by="staff-1")
    state = fold("r1", [MADE, made])
    assert why_closed(state.link, NOW) == ""
    assert "expired" in why_closed(state.link, NOW + timedelta(days=7))
    assert "used" in why_closed(fold("r1", [MADE, made, AnswerLinkUsed()]).link, NOW)
    worn = fold("r1", [MADE, made, *([AnswerLinkTried()] * LINK_TRIES)])
    assert "too many wrong codes" in why_closed(worn.link, NOW)
    after = fold("r1", [MADE, made, *([AnswerLinkTried()] * LINK_TRIES), AnswerLinkOpened()])  # the last one fitted
    assert (why_closed(after.link, NOW), after.link and after.link.tries) == ("", LINK_TRIES - 1)
    assert why_closed(fold("r1", [MADE, made, AnswerLinkUsed(), made]).link, NOW) == ""
    assert "not in use" in why_closed(Request("r1").link, NOW)
    assert replace(state, link=None).link is None


def test_a_school_is_on_holiday_between_terms_and_others_never() -> None:
    assert on_holiday(PARTS, "education", date(2026, 12, 21)) == date(2027, 1, 4)
    assert on_holiday(PARTS, "education", date(2026, 12, 18)) is None
    assert on_holiday(PARTS, "police", date(2026, 12, 21)) is None
    assert on_holiday(PARTS, "education", date(2031, 8, 1)) is None  # after the last term known: nothing waits unseen
    assert on_holiday({}, "education", date(2026, 12, 21)) is None  # an edition from before requests


def test_lists_that_no_page_could_show_are_refused_with_the_mend(tmp_path: Path) -> None:
    folder = tmp_path
    good = 'source = "made for a test"\n'
    (folder / "terms.toml").write_text(good)
    for text, told in (
        ('[[question]]\ncode = "a"', "source"),
        (good + '[[question]]\ncode = "a"', "exactly code, words"),
        (good + '[[question]]\ncode = "a"\nwords = "b"\n' * 2, "two entries"),
        (good + '[[not_asked]]\ncode = "a"\nwords = "b"\ngrades = ["pink"]', "name grades among"),
    ):
        (folder / "requests.toml").write_text(text)
        with pytest.raises(BadRequests, match=told):
            requests(folder)


def test_an_answer_by_message_knows_the_same_reasons_as_one_on_a_page() -> None:
    assert (set(get_args(RefusalCode)), set(get_args(MayOverturn))) == (set(REFUSALS), set(OVERTURNS))
