"""The rules that a message must keep: refusals first, each with its reason and the field, never the value."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

import schemas
from hub.domain.errors import BadMessage
from hub.domain.message import (
    Address,
    Adult,
    ConcernCorrected,
    ConcernRaised,
    ConsentChanged,
    FamilyTold,
    HouseholdObserved,
    HowKnown,
    InformationProvided,
    InvolvementChanged,
    Measure,
    Member,
    Name,
    Occurred,
    Person,
    StrengthObserved,
    Subject,
)
from hub.domain.message_rules import LIST, LONG_TEXT, OF_A_PERSON, SHORT_TEXT, check, check_outside, check_shape
from hub.domain.vocabulary import Vocabulary

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
WORDS = Vocabulary.of(schemas.load_vocabulary())
CHILD = Person(own_id="nominal-1001", names=(Name("Robin", "Example"),), birth_date=date(2021, 5, 4))


def concern(**changes: Any) -> ConcernRaised:
    """A concern that keeps every rule, with some of it changed."""
    whole = ConcernRaised(
        organisation="police",
        source_sequence=1,
        recorded_at=NOW,
        occurred=Occurred(NOW - timedelta(hours=1), NOW, "hour"),
        how_known=HowKnown("first_hand"),
        referrer_kind="6",
        subjects=(Subject(person=CHILD, indicators=("hunger",), measures=(Measure("weight_kg", 13.8),)),),
        narrative="Officers attended.",
        family_told=FamilyTold(told=True),
    )
    return replace(whole, **changes)


def about(**changes: Any) -> ConcernRaised:
    """The same concern, with something of the child changed."""
    return concern(subjects=(Subject(person=replace(CHILD, **changes)),))


def refusal(message: Any) -> tuple[str, str]:
    """Why and where a message is refused; ("", "") when it is taken."""
    try:
        check(message, WORDS, NOW)
    except BadMessage as bad:
        return bad.reason, bad.field
    return "", ""


BEFORE = (date(2026, 1, 1), date(2025, 12, 31))
SUBJECT: dict[str, Any] = {"organisation": "health", "source_sequence": 1, "recorded_at": NOW, "subject": CHILD}


def child(**changes: Any) -> ConcernRaised:
    """The same concern, with other things seen of the child."""
    return concern(subjects=(replace(Subject(person=CHILD), **changes),))


def happened(start: datetime, end: datetime, precision: Any) -> ConcernRaised:
    """The same concern at another time."""
    return concern(occurred=Occurred(start, end, precision))


def corrected(**changes: Any) -> ConcernCorrected:
    """A correction of police, whose new statement is the concern with something changed."""
    said: dict[str, Any] = {"organisation": "police", "source_sequence": 2, "recorded_at": NOW}
    return ConcernCorrected(**said, corrects="a", reason="b", statement=concern(**changes))


def household(*members: Member) -> HouseholdObserved:
    """A household of these members."""
    said: dict[str, Any] = {"organisation": "housing", "source_sequence": 2, "recorded_at": NOW}
    return HouseholdObserved(**said, occurred=concern().occurred, how_known=HowKnown("first_hand"), members=members)


def strength(*subjects: Subject) -> StrengthObserved:
    """A strength of these children."""
    said: dict[str, Any] = {"organisation": "school", "source_sequence": 2, "recorded_at": NOW}
    when = concern().occurred
    return StrengthObserved(
        **said, occurred=when, how_known=HowKnown("first_hand"), referrer_kind="2A", subjects=subjects, narrative=""
    )


ORDER = "period_ends_before_it_starts"
SOON = NOW + timedelta(minutes=11)
REFUSED = [
    (concern(recorded_at=datetime(2026, 3, 2, 10)), "time_without_zone", "recorded_at"),
    (happened(datetime(2026, 3, 1), NOW, "day"), "time_without_zone", "occurred.start"),
    (concern(recorded_at=SOON), "future_time", "recorded_at"),
    (happened(SOON, NOW + timedelta(hours=1), "hour"), "future_time", "occurred.start"),
    (happened(NOW, NOW + timedelta(hours=25), "day"), "future_time", "occurred.end"),
    (happened(NOW, NOW - timedelta(seconds=1), "day"), ORDER, "occurred.end"),
    (concern(referrer_kind="2a"), "unknown_referrer_kind", "referrer_kind"),
    (child(indicators=("hunger", "hungry")), "unknown_indicator", "subjects[0].indicators[1]"),
    (child(measures=(Measure("iq", 100.0),)), "unknown_measure", "subjects[0].measures[0].code"),
    (child(measures=(Measure("attendance_percent", 101.0),)), "invalid_value", "subjects[0].measures[0].value"),
    (child(measures=(Measure("weight_kg", float("nan")),)), "invalid_value", "subjects[0].measures[0].value"),
    (concern(subjects=()), "names_nobody", "subjects"),
    (about(nhs_number="9990000019"), "invalid_nhs_number", "subjects[0].person.nhs_number"),
    (about(mother_nhs_number="999"), "invalid_nhs_number", "subjects[0].person.mother_nhs_number"),
    (about(upn="A801200001001"), "invalid_upn", "subjects[0].person.upn"),
    (about(former_upns=("H801200001001", "H1")), "invalid_upn", "subjects[0].person.former_upns[1]"),
    (about(birth_date=date(2026, 3, 3)), "future_time", "subjects[0].person.birth_date"),
    (
        about(birth_date=date(1926, 6, 1)),
        "birth_date_too_early",
        "subjects[0].person.birth_date",
    ),  # a hundred years ago
    (about(birth_date=date(1926, 12, 31)), "birth_date_too_early", "subjects[0].person.birth_date"),
    (
        concern(adults=(Adult(person=Person(birth_date=date(1905, 12, 31))),)),
        "birth_date_too_early",
        "adults[0].person.birth_date",
    ),
    (
        about(nhs_number="999 000 0018", mother_nhs_number="9990000018"),
        "number_of_the_mother",
        "subjects[0].person.nhs_number",
    ),
    (about(names=(Name("Ro\x00bin", "X"),)), "invalid_value", "subjects[0].person.names[0].forenames"),
    (about(names=(Name("Robin", "\u2066X"),)), "invalid_value", "subjects[0].person.names[0].surname"),
    (about(addresses=(Address(("1 Test Street",), None, *BEFORE),)), ORDER, "subjects[0].person.addresses[0].until"),
    (about(names=(Name("R" * (SHORT_TEXT + 1), "X"),)), "text_too_long", "subjects[0].person.names[0].forenames"),
    (about(names=(Name("Robin", "Example"),) * (OF_A_PERSON + 1)), "too_many_items", "subjects[0].person.names"),
    (about(addresses=(Address((), None),) * (OF_A_PERSON + 1)), "too_many_items", "subjects[0].person.addresses"),
    (about(former_upns=("H801200001001",) * (OF_A_PERSON + 1)), "too_many_items", "subjects[0].person.former_upns"),
    (child(indicators=("hunger",) * (LIST + 1)), "too_many_items", "subjects[0].indicators"),
    (concern(narrative="x" * (LONG_TEXT + 1)), "text_too_long", "narrative"),
    (concern(setting="ward\nseven"), "invalid_value", "setting"),
    (
        child(unborn=True, person=replace(CHILD, nhs_number="9990000018")),
        "unborn_with_own_number",
        "subjects[0].person.nhs_number",
    ),
    (concern(adults=(Adult(person=Person(nhs_number="12")),)), "invalid_nhs_number", "adults[0].person.nhs_number"),
    (concern(adults=(Adult(person=CHILD, indicators=("rude",)),)), "unknown_indicator", "adults[0].indicators[0]"),
    (concern(adults=(Adult(person=CHILD, indicators=("a\n",)),)), "invalid_value", "adults[0].indicators[0]"),
    (corrected(organisation="health"), "statement_of_another", "statement.organisation"),
    (corrected(recorded_at=SOON), "future_time", "statement.recorded_at"),
    (corrected(referrer_kind="x"), "unknown_referrer_kind", "statement.referrer_kind"),
    (strength(), "names_nobody", "subjects"),
    (household(), "names_nobody", "members"),
    (household(Member(person=CHILD, since=BEFORE[0], until=BEFORE[1])), ORDER, "members[0].until"),
    (
        InformationProvided(**SUBJECT, request="r", result="provided", period_start=BEFORE[0], period_end=BEFORE[1]),
        ORDER,
        "period_end",
    ),
    (
        ConsentChanged(
            **SUBJECT, about="consent_to_share", state="given", valid_from=NOW, expires=NOW - timedelta(days=1)
        ),
        ORDER,
        "expires",
    ),
    (InvolvementChanged(**SUBJECT, service="s", started=BEFORE[0], ended=BEFORE[1]), ORDER, "ended"),
]
NAMES = [f"{reason} {field}" for _, reason, field in REFUSED]


@pytest.mark.parametrize(("message", "reason", "field"), REFUSED, ids=NAMES)
def test_a_message_that_breaks_a_rule_is_refused_with_reason_and_field(message: Any, reason: str, field: str) -> None:
    assert refusal(message) == (reason, field)


def test_a_message_that_keeps_every_rule_is_taken() -> None:
    assert refusal(concern()) == ("", "")


@pytest.mark.parametrize(
    "person",
    [
        Person(birth_date=date(1927, 1, 1)), Person(birth_date=date(1900, 1, 1)), Person(),
        Person(names=(Name("Robin\nJo", "12345"),)), Person(nhs_number="9990000018", mother_nhs_number="9990000026"),
    ],
)  # fmt: skip
def test_a_child_is_not_refused_for_what_can_be_set_aside(person: Person) -> None:
    assert refusal(concern(subjects=(Subject(person=person),))) == ("", "")


def test_a_concern_about_adults_alone_is_taken_and_names_no_child() -> None:
    assert refusal(concern(subjects=(), adults=(Adult(person=Person(own_id="nominal-1003")),))) == ("", "")


def test_an_unborn_child_is_known_by_the_mothers_number() -> None:
    unborn = Person(expected_date=date(2026, 7, 15), mother_nhs_number="9990000018")
    assert refusal(concern(subjects=(Subject(person=unborn, unborn=True),))) == ("", "")


def test_a_clock_that_runs_ten_minutes_ahead_is_forgiven() -> None:
    assert refusal(concern(recorded_at=NOW + timedelta(minutes=10))) == ("", "")


def test_a_day_that_is_not_over_yet_may_be_named_as_a_whole() -> None:
    today = Occurred(datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 2, 23, 59, 59, tzinfo=UTC), "day")
    assert refusal(concern(occurred=today)) == ("", "")


def test_a_date_until_which_the_family_is_not_told_lies_in_the_future_by_right() -> None:
    later = replace(concern().handling, do_not_discuss_until=NOW + timedelta(days=30))
    assert refusal(concern(handling=later)) == ("", "")


def test_a_mistyped_postcode_is_no_reason_to_refuse_a_concern() -> None:
    assert refusal(about(addresses=(Address(("1 Test Street",), "not a postcode"),))) == ("", "")


def test_no_refusal_repeats_what_the_message_says() -> None:
    secret = "Zebedee-Unlikely"
    odd = [
        about(nhs_number=secret),
        about(upn=secret),
        concern(referrer_kind=secret),
        concern(subjects=(Subject(person=CHILD, indicators=(secret,)),)),
        concern(narrative=secret * 1000),
        concern(setting=secret + "\n"),
    ]
    for message in odd:
        with pytest.raises(BadMessage) as bad:
            check(message, WORDS, NOW)
        assert secret not in str(bad.value)
        assert secret not in repr(bad.value)


def test_a_message_is_checked_to_the_last_field_of_every_kind() -> None:
    # The check is made from the type hints: a field added tomorrow is bounded tomorrow. This one is nested deep.
    long = replace(CHILD, characteristics=replace(CHILD.characteristics, interpreter=_answer("x" * (SHORT_TEXT + 1))))
    with pytest.raises(BadMessage) as bad:
        check_shape(concern(subjects=(Subject(person=long),)))
    assert bad.value.field == "subjects[0].person.characteristics.interpreter.value"


def _answer(value: str) -> Any:
    return type(CHILD.characteristics.interpreter)("known", value)


@pytest.mark.parametrize("number", [-1, 2**53 + 1, 2**62])
def test_a_number_that_no_source_can_have_come_to_is_refused(number: int) -> None:
    assert refusal(concern(source_sequence=number)) == ("invalid_value", "source_sequence")
    assert refusal(corrected(source_sequence=number)) == ("invalid_value", "statement.source_sequence")


def test_the_greatest_number_that_every_language_holds_is_taken() -> None:
    assert refusal(concern(source_sequence=2**53)) == ("", "")


def test_nobody_outside_says_which_member_of_staff_typed_a_message() -> None:
    for said in ("caller", "gateway", None):
        check_outside(concern(on_behalf_of=said))
    with pytest.raises(BadMessage) as bad:
        check_outside(concern(on_behalf_of="staff:staff-91d3b7"))
    assert (bad.value.reason, bad.value.field) == ("invalid_value", "on_behalf_of")
