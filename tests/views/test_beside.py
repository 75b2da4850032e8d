"""Two values side by side: what agrees, what is alike, what differs, and which letters."""

from datetime import UTC, date, datetime, timedelta

import pytest

from hub.domain.known import Weight
from hub.domain.match_policy import GUARDS
from hub.views.beside import beside, pieces
from hub.views.identity_words import DOUBTS, ago, doubt, evidence
from hub.views.models import Piece
from hub.views.side_by_side import aged

NOW = datetime(2026, 6, 4, 8, 32, tzinfo=UTC)


@pytest.mark.parametrize(
    ("field", "value", "other", "outcome", "words"),
    [
        ("names", "Rebekah Madeup", "REBEKAH  madeup", "same", "the same"),
        ("names", "Rebecca Madeup", "Rebekah Madeup", "alike", "spelled differently"),
        ("names", "Madeup Rebecca", "Rebecca Madeup", "alike", "names in another order"),
        ("names", "Rebecca Jane Madeup", "Rebecca Madeup", "alike", "one name more or less"),
        ("names", "Tom Madeup", "Rebekah Madeup", "alike", "partly the same"),
        ("names", "Riley Barraclough", "Daisy Barraclough", "alike", "partly the same"),
        ("names", "Tom Other", "Rebekah Madeup", "different", "different"),
        ("birth_date", "2017-05-04", "2017-05-04", "same", "the same"),
        ("birth_date", "2017-04-05", "2017-05-04", "alike", "day and month swapped"),
        ("birth_date", "2017-05-14", "2017-05-04", "alike", "one part differs"),
        ("birth_date", "2016-11-14", "2017-05-04", "different", "different"),
        ("nhs_number", "9990000018", "999 000 0018", "same", "the same"),
        ("nhs_number", "9990000018", "9990000081", "alike", "2 characters differ"),
        ("nhs_number", "9990000018", "9990000026", "alike", "2 characters differ"),
        ("nhs_number", "9990000018", "9990123456", "different", "different"),
        ("sex", "female", "male", "different", "different"),
        ("own_id", "17", "18", "not_compared", ""),
    ],
)
def test_a_value_stands_beside_another(field: str, value: str, other: str, outcome: str, words: str) -> None:
    found = beside(field, value, [other])
    assert (found.outcome, found.words) == (outcome, words)


def test_of_several_values_of_the_other_side_the_nearest_speaks() -> None:
    assert beside("names", "Becky Madeup", ["Rebekah Madeup", "Becky Madeup"]).outcome == "same"


def test_what_one_side_does_not_hold_is_no_difference() -> None:
    assert beside("nhs_number", "9990000018", ()).outcome == "not_compared"


def test_the_letters_that_differ_are_marked_and_no_letter_is_lost() -> None:
    assert pieces("Rebecca", "Rebekah") == (Piece("Rebe"), Piece("cc", differs=True), Piece("a"))
    for value, other in (("Straße", "Strasse"), ("İz", "iz"), ("", "x"), ("Ann", "")):
        assert "".join(piece.text for piece in pieces(value, other)) == value


def test_a_date_is_compared_as_a_date_and_marked_as_people_write_it() -> None:
    found = beside("birth_date", "2017-05-14", ["2017-05-04"])
    assert "".join(piece.text for piece in found.pieces) == "14 May 2017"
    assert [piece.text for piece in found.pieces if piece.differs] == ["1"]


def test_what_is_altogether_different_is_marked_whole_because_letters_by_chance_are_no_likeness() -> None:
    assert beside("birth_date", "1983-12-07", ["2023-03-04"]).pieces == (Piece("7 December 1983", differs=True),)
    assert beside("sex", "female", ["male"]).pieces == (Piece("Female", differs=True),)


def test_of_a_name_that_is_partly_the_same_the_other_word_is_marked_whole() -> None:
    found = beside("names", "Riley Barraclough", ["Daisy Barraclough"])
    assert found.pieces == (Piece("Riley", differs=True), Piece(" Barraclough"))


def test_ages_are_said_as_one_says_them() -> None:
    told = [ago(NOW - timedelta(days=days), NOW) for days in (0, 1, 5, 21, 150, 800)]
    assert told == ["today", "yesterday", "5 days ago", "3 weeks ago", "5 months ago", "2 years ago"]
    today = date(2026, 6, 4)
    born = (date(2026, 5, 14), date(2025, 12, 1), date(2017, 5, 4), date(2026, 8, 1))
    assert [aged(one, today) for one in born] == ["3 weeks old", "6 months old", "9 years old", "not born yet"]


def test_evidence_is_words_and_a_direction_and_the_more_it_says_the_longer_the_bar() -> None:
    told = [evidence(Weight("surname", "close", bits)) for bits in (9.0, 2.0, 0.1, -2.0, -14.0)]
    assert [(one.words, one.strength) for one in told if one] == [
        ("speaks strongly for it", 4), ("speaks a little for it", 1), ("says little either way", 0),
        ("speaks a little against it", -1), ("speaks strongly against it", -5),
    ]  # fmt: skip
    assert evidence(Weight("upn", "not_compared", 0.0)) is None
    assert evidence(Weight("prior", "", -17.0)) is None


def test_every_guard_and_every_reason_of_the_matcher_has_a_sentence() -> None:
    others = (
        "lead_too_small", "between_thresholds", "near", "two_fit_by_rule", "identifier_of_another", "own_id_of_another",
        "named_beside", "perhaps_expected", "left_out",
    )  # fmt: skip
    for code in (*GUARDS, *others):
        assert doubt(code) in DOUBTS.values(), code
    assert doubt("a_code_of_tomorrow") == "A code of tomorrow"
