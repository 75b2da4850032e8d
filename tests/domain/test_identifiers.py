"""Identifiers are checked for typing errors; a refusal never repeats the value."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nhs_number.validate import is_valid

from hub.domain.errors import BadMessage
from hub.domain.identifiers import nhs_number, postcode, upn

LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"


@pytest.mark.parametrize(
    "text",
    ["", "999000001", "99900000180", "9990000019", "0000000000", "999000001X", "\u0669990000018", "999 000 0018 0"],
)
def test_what_is_no_nhs_number_is_refused(text: str) -> None:
    with pytest.raises(BadMessage) as refused:
        nhs_number(text, "subjects[0].person.nhs_number")
    assert (refused.value.reason, refused.value.field) == ("invalid_nhs_number", "subjects[0].person.nhs_number")


def test_an_nhs_number_whose_check_value_is_ten_has_no_check_digit_at_all() -> None:
    weighted = {body: sum(w * int(d) for w, d in zip(range(10, 1, -1), body, strict=True)) for body in _bodies()}
    never = [body for body, total in weighted.items() if 11 - total % 11 == 10]
    assert never
    for body in never:
        for digit in "0123456789":
            with pytest.raises(BadMessage):
                nhs_number(body + digit)


@pytest.mark.parametrize("text", ["999 000 0018", "999-000-0018", " 9990000018 "])
def test_an_nhs_number_is_ten_digits_however_it_was_spaced(text: str) -> None:
    assert nhs_number(text) == "9990000018"


def test_known_nhs_numbers_of_the_test_range_are_taken() -> None:
    known = ["9990000018", "9997654323", "9991112227"]
    assert [nhs_number(number) for number in known] == known


@pytest.mark.parametrize(
    "text",
    [
        "",
        "H80120000100",
        "A801200001001",
        "H801200001002",
        "I801200001001",
        "H80120000100O",
        "H8012000010011",
        "8012000010011",
    ],
)
def test_what_is_no_unique_pupil_number_is_refused(text: str) -> None:
    with pytest.raises(BadMessage) as refused:
        upn(text)
    assert (refused.value.reason, refused.value.field) == ("invalid_upn", "upn")


def test_permanent_and_temporary_pupil_numbers_are_taken_in_any_case() -> None:
    # A temporary number ends in a letter that counts as its place in the table: A is 0, 53 - 13 = 40, and 17 is U.
    temporary = "U80120000100A"
    assert [upn("h801200001001"), upn("Y380 2599 90017"), upn(temporary)] == [
        "H801200001001",
        "Y380259990017",
        temporary,
    ]


def test_the_pupil_numbers_of_the_published_rule_are_taken() -> None:
    # by hand: 8x2 + 1x4 + 2x5 + 5x10 + 1x13 = 93, which leaves 1 by 23: the second letter
    assert upn("B801200005001") == "B801200005001"


@pytest.mark.parametrize("authority", ["838", "839", "940", "941", "942", "943", "001", "660", "701", "999"])
def test_no_list_of_authorities_is_asked(authority: str) -> None:
    body = f"{authority}200001001"
    number = LETTERS[sum(int(digit) * place for place, digit in enumerate(body, start=2)) % 23] + body
    assert upn(number) == number


def test_of_a_temporary_number_the_letter_in_the_last_place_counts_as_its_place_in_the_table() -> None:
    for value, letter in enumerate(LETTERS):
        body = "80120000100"
        total = sum(int(digit) * place for place, digit in enumerate(body, start=2)) + 13 * value
        assert upn(f"{LETTERS[total % 23]}{body}{letter}") == f"{LETTERS[total % 23]}{body}{letter}"
        with pytest.raises(BadMessage):
            upn(f"{LETTERS[(total + 1) % 23]}{body}{letter}")


@given(st.integers(0, 999_999))
def test_nhs_numbers_are_taken_and_refused_as_the_nhs_number_package_does(number: int) -> None:
    for digit in "0123456789":
        text = f"999{number:06d}{digit}"
        try:
            taken = nhs_number(text) == text
        except BadMessage:
            taken = False
        assert taken == is_valid(text)


def test_an_authority_made_after_the_rule_was_written_is_no_reason_to_refuse() -> None:
    body = "940200001001"  # a code of 2021
    number = LETTERS[sum(int(digit) * place for place, digit in enumerate(body, start=2)) % 23] + body
    assert upn(number) == number


@given(st.text("0123456789ABC", min_size=6, max_size=14))
def test_no_refusal_repeats_what_was_sent(text: str) -> None:
    for check in (nhs_number, upn):
        assert text not in refusal(check, text)


@given(st.integers(0, 999_999), st.integers(0, 9), st.integers(1, 9))
def test_one_mistyped_digit_of_an_nhs_number_is_always_noticed(tail: int, place: int, by: int) -> None:
    body = f"999{tail:06d}"
    check = 11 - sum(w * int(d) for w, d in zip(range(10, 1, -1), body, strict=True)) % 11
    if check == 10:
        return
    number = body + str(check % 11)
    assert nhs_number(number) == number
    wrong = number[:place] + str((int(number[place]) + by) % 10) + number[place + 1 :]
    with pytest.raises(BadMessage):
        nhs_number(wrong)


@pytest.mark.parametrize("text", [None, "", "ZZ99 3VZ", "zz993wz", "nowhere", "AB1", "1AA 2BB"])
def test_what_tells_of_no_place_is_no_postcode(text: str | None) -> None:
    assert postcode(text) is None


def test_a_postcode_that_only_begins_like_no_fixed_abode_is_a_place() -> None:
    assert postcode("ZZ9 9AA") == "ZZ9 9AA"


def test_a_postcode_is_written_one_way() -> None:
    assert [postcode("zz1  1zz"), postcode("W1A0AX"), postcode("m1-1ae"), postcode("gir 0aa")] == [
        "ZZ1 1ZZ",
        "W1A 0AX",
        "M1 1AE",
        "GIR 0AA",
    ]


def _bodies() -> list[str]:
    return [f"999000{number:03d}" for number in range(60)]


def refusal(check: Callable[[str], str], text: str) -> str:
    """What a refused person reads; "" when it is taken."""
    try:
        check(text)
    except BadMessage as refused:
        return f"{refused} {refused!r} {refused.field}"
    return ""
