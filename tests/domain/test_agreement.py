"""Agreement to a service: a record of its own, that says nothing of sharing."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hub.domain.agreement import (
    AgreementConflictRecorded,
    AgreementExpired,
    AgreementGiven,
    AgreementInvalidated,
    AgreementRefused,
    AgreementSought,
    AgreementWithdrawn,
    fold,
)
from hub.domain.consent_record import stated
from hub.domain.fact import Envelope, Fact, Recorded

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
COMMON: dict[str, Any] = {
    "person": "p1",
    "organisation": "early_help",
    "by": "staff-1",
    "giver": "parental_responsibility",
}
SERVICE: dict[str, Any] = {**COMMON, "service": "family_support", "provider": "early_help"}
ASKED = AgreementSought(**SERVICE, how="face_to_face", notice="1")
AGREED = AgreementGiven(
    **SERVICE, how="face_to_face", valid_from=NOON, evidence_held=True, shown="birth_mother", safe_to_refuse=True
)
DECLINED = AgreementRefused(**SERVICE, how="telephone", valid_from=NOON)


def history(*facts: Fact) -> list[Recorded]:
    at = [NOON + timedelta(minutes=number) for number in range(len(facts))]
    return [
        Recorded("agreement-record:a", number, number, Envelope(when, when, "person:s", "", "", "1"), fact)
        for number, (when, fact) in enumerate(zip(at, facts, strict=True), start=1)
    ]


def states(*facts: Fact) -> list[str]:
    return [one.state for one in fold(history(*facts))]


def test_a_question_gives_way_to_its_answer_and_a_no_to_a_later_yes() -> None:
    assert states(ASKED) == ["sought"]
    assert states(ASKED, DECLINED) == ["declined"]
    assert states(ASKED, DECLINED, AGREED) == ["agreed"]


def test_an_agreement_is_taken_back_ends_or_never_counted() -> None:
    named: dict[str, Any] = {**COMMON, "statement": "agreement-record:a@1"}
    assert states(AGREED, AgreementWithdrawn(**named, valid_from=NOON)) == ["withdrawn"]
    assert states(AGREED, AgreementExpired(**named, at=NOON)) == ["ended"]
    assert states(AGREED, AgreementInvalidated(**named, reason="under_pressure")) == ["invalid"]


def test_without_form_or_standing_it_is_an_assertion() -> None:
    bare: dict[str, Any] = {**SERVICE, "how": "telephone", "valid_from": NOON, "safe_to_refuse": True}
    assert states(AgreementGiven(**bare)) == ["asserted"]
    assert states(AgreementGiven(**bare, evidence_held=True)) == ["asserted"]


def test_whose_view_stands_back_is_said_of_it() -> None:
    back = AgreementConflictRecorded(**COMMON, governs="agreement-record:b@1", stands_back="agreement-record:a@1")
    assert [one.stands_back for one in fold(history(AGREED, back))] == [True]


def test_what_is_said_of_a_service_is_never_read_as_consent_to_share() -> None:
    assert stated(history(ASKED, AGREED, DECLINED)) == ()
