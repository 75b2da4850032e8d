# ruff: noqa: RUF001 - letters of many scripts are the subject
"""Names are compared as people are called: no script, spelling or length makes a child vanish or two children one."""

import pytest

from hub.domain.naming import (
    MOST_LETTERS,
    first_in_place,
    forename_of,
    forenames_of,
    forms_of,
    honour_alone,
    joined,
    one_slip,
    parts_of,
    plain,
)  # fmt: skip

# ------------------------------------------------------------------------------------------ what is no name is none


@pytest.mark.parametrize(
    "said",
    ["", "   ", "123", "?", "Baby", "Baby of", "UNBORN", "Unborn baby", "not known", "N.K.", "TBC", "Twin 1", "\u200b"],
)
def test_a_placeholder_is_no_name(said: str) -> None:
    assert plain(said) == ""


@pytest.mark.parametrize(
    "said", ["Baby Boy", "Baby Girl Two", "Twin One", "Newborn", "Unborn of Example", "Master", ""]
)
def test_no_name_yet_is_no_forename(said: str) -> None:
    assert forenames_of(said) in {"", "MASTER"}
    assert forename_of(said) in {"", "MASTER"}  # one boy in England is called Master: a title alone is a name


# ------------------------------------------------------------------------------------------------- one plain form


@pytest.mark.parametrize(
    ("said", "compared"),
    [
        ("Zoë", "ZOE"), ("Łukasz", "LUKASZ"), ("Bjørn", "BJORN"), ("Strauß", "STRAUSS"), ("Þóra", "THORA"),
        ("Ægir", "AEGIR"), ("Đorđe", "DORDE"), ("Işıl", "ISIL"), ("Nguyễn", "NGUYEN"), ("İbrahim", "IBRAHIM"),
        ("O'Neill", "ONEILL"), ("O’Neill", "ONEILL"), ("Anne-Marie", "ANNE MARIE"), ("St. John", "ST JOHN"),
        ("  mary\tjane ", "MARY JANE"), ("Ann1e", "ANNE"), ("Smith/Jones", "SMITH JONES"), ("Ｊａｎｅ", "JANE"),
        ("Олена", "OLENA"), ("Μαρία", "MARIA"), ("Zoe\u0308", "ZOE"), ("Anna\u200b", "ANNA"),
    ],
)  # fmt: skip
def test_a_name_has_one_plain_form(said: str, compared: str) -> None:
    assert plain(said) == compared


def test_a_name_in_plain_letters_is_written_as_it_would_be_beside_a_foreign_one() -> None:
    signs = [chr(number) for number in range(1, 128)]
    assert [plain(f"Ann{sign}Lee") for sign in signs] == [
        plain(f"Ann{sign}Lee Ж").removesuffix(" ZH") for sign in signs
    ]


def test_a_cyrillic_letter_that_looks_latin_does_not_hide_the_name() -> None:
    assert plain("\u041eксана") == plain("Oксана") == "OKSANA"


@pytest.mark.parametrize("said", ["محمد", "王小明", "राम", "יעל", "ᏣᎳᎩ"])
def test_a_name_in_a_script_that_we_do_not_transliterate_stays_a_name(said: str) -> None:
    assert plain(said) != ""
    assert plain(said) == plain(f" {said} ")


def test_names_in_two_scripts_keep_both_parts() -> None:
    assert plain("Wang 小明") == "WANG 小明"


def test_a_very_long_name_is_compared_by_its_beginning() -> None:
    assert plain("x" * 10_000) == "X" * MOST_LETTERS
    assert plain("é" * 10_000) == "E" * MOST_LETTERS


# ------------------------------------------------------------------------------------------------------- forenames


@pytest.mark.parametrize(
    ("said", "compared"),
    [
        ("Muhammad Adam", "ADAM MUHAMMAD"), ("Mohammed Adam", "ADAM MUHAMMAD"), ("Md. Adam", "ADAM MUHAMMAD"),
        ("Mohd Hamza", "HAMZA MUHAMMAD"), ("Mohamed", "MUHAMMAD"), ("Mohammad", "MUHAMMAD"),
        ("Syed Muhammad Ali", "ALI SYED MUHAMMAD"), ("Mst Rahima", "RAHIMA MOSAMMAT"), ("Adam Muhammad", "ADAM MUHAMMAD"),
        ("Mr Jack Oliver", "JACK OLIVER"), ("Miss Rebecca", "REBECCA"), ("J. R.", "J R"), ("Jack Jack", "JACK"),
        ("Mohamead Adam", "ADAM MUHAMMAD"), ("Muhamamd Adam", "ADAM MUHAMMAD"),  # a slip in the name of honour
        ("Mahmood Adam", "MAHMOOD ADAM"), ("Mohamud Adam", "MOHAMUD ADAM"), ("Madison Adam", "MADISON ADAM"),
    ],
)  # fmt: skip
def test_the_given_name_stands_first(said: str, compared: str) -> None:
    assert forenames_of(said) == compared


def test_brothers_led_by_one_name_of_honour_have_different_forenames() -> None:
    assert {forename_of("Muhammad Adam"), forename_of("Mohammed Hamza")} == {"ADAM", "HAMZA"}


@pytest.mark.parametrize(
    ("forenames", "alone"),
    [
        ("SINGH", True), ("KAUR", True), ("MUHAMMAD", True), ("SYED MUHAMMAD", True), ("BEGUM", True),
        ("JASLEEN KAUR", False), ("BILAL MUHAMMAD", False), ("", False),
    ],
)  # fmt: skip
def test_a_name_of_honour_alone_leaves_open_which_child_is_meant(forenames: str, *, alone: bool) -> None:
    assert honour_alone(forenames) is alone


@pytest.mark.parametrize(
    ("one", "other", "slipped"),
    [
        ("EVA", "AVA", False), ("LAN", "YAN", False),  # the first letter slips least: another name
        ("YI", "YU", False), ("LI", "LIN", False),  # of two letters, one is half of the name
        ("JIA", "JIA", False), ("JIA", "JUN", False), ("CHI", "CIHO", False), ("FATIMA", "FAITMAH", False),
        ("JIA", "JLA", True), ("CHI", "CIH", True), ("NALANA", "NLANA", True), ("WING", "WIN", True),
        ("JIA", "JIAA", True), ("FATIMA", "FITIMA", True),
    ],
)  # fmt: skip
def test_one_slip_of_a_hand_is_no_other_name_however_short_it_is(one: str, other: str, *, slipped: bool) -> None:
    assert (one_slip(one, other), one_slip(other, one)) == (slipped, slipped)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("JIA YI", "JIAYI", True), ("BILAL MUHAMMAD", "BILAL", True), ("SINGH", "SINGH", True), ("JIA YI", "YI JIA", False),
        ("KAUR", "SINGH", False), ("JASLEEN KAUR", "KAUR", False),
    ],
)  # fmt: skip
def test_a_given_name_of_two_words_is_one_name_however_it_is_spaced(one: str, other: str, *, same: bool) -> None:
    assert (joined(one) == joined(other)) is same


@pytest.mark.parametrize(
    ("surname", "first"),
    [("JASLEEN KAUR", "JASLEEN"), ("MUHAMMAD BILAL", "BILAL"), ("MOHAMMED", "MUHAMMAD"), ("BAINS", "BAINS"), ("", "")],
)
def test_of_forenames_in_the_surnames_place_the_given_one_is_compared(surname: str, first: str) -> None:
    assert first_in_place(surname) == first


# -------------------------------------------------------------------------------------------- parts and short forms


@pytest.mark.parametrize(
    ("surname", "parts"),
    [
        ("HUGHES BARNES", {"HUGHES", "BARNES"}), ("AL ALI", {"ALI"}), ("VAN DER BERG", {"BERG"}), ("EXAMPLE", {"EXAMPLE"}),
        ("O", {"O"}), ("DE LA", {"DE LA"}), ("", set()),
    ],
)  # fmt: skip
def test_either_part_of_a_double_surname_may_stand_alone(surname: str, parts: set[str]) -> None:
    assert parts_of(surname) == parts


def test_two_short_forms_of_one_name_meet_and_the_names_themselves_do_not() -> None:
    short = {"BETH": ("ELIZABETH", "BETHANY"), "LIZZIE": ("ELIZABETH",), "BECKY": ("REBECCA", "REBEKAH")}
    assert forms_of("BETH", short) & forms_of("LIZZIE", short) == {"ELIZABETH"}
    assert forms_of("BECKY", short) & forms_of("REBEKAH", short) == {"REBEKAH"}
    assert not forms_of("REBECCA", short) & forms_of("REBEKAH", short)
    assert forms_of("", short) == frozenset()
