"""What an organisation may be asked about its own record while it is not clear whom that record is about.

A closed list: which value it holds, and whether it holds a second record of the same child. An answer is that
organisation's own values, never anybody else's, and never a story.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from hub.domain import identifiers
from hub.domain.errors import BadMessage, Refused

PURPOSE = "identity_review"
PURPOSE_WORDS = "To tell whom your own record is about"
QUESTIONS = {  # what is asked: the field of the answer, and the question as the organisation reads it
    "birth_date": "Which date of birth do you hold for your record?",
    "nhs_number": "Which NHS number do you hold for your record?",
    "names": "How do you spell the name in your record?",
    "addresses": "Which address do you hold for your record?",
    "second_record": "Do you hold a second record of the same child?",
}
SECOND = {
    "yes": "Yes, we hold a second record",
    "no": "No, we looked and hold this record alone",
    "not_sure": "We are not sure",
}
SECOND_ID = "second_own_id"  # how the organisation itself numbers the second record
TOLD = ("own_id", "names", "birth_date", "expected_date")  # of its own record, so that it finds it; and what is asked
LONGEST = 300  # characters of one value


def fields_of(questions: Sequence[str]) -> tuple[str, ...]:
    """The fields that an answer to these questions may have."""
    asked = tuple(one for one in QUESTIONS if one in questions)
    return (*asked, SECOND_ID) if "second_record" in asked else asked


def told(questions: Sequence[str]) -> tuple[str, ...]:
    """The fields of its own record that an organisation is told again, so that it finds that record."""
    return tuple(dict.fromkeys((*TOLD, *(one for one in questions if one in {"nhs_number", "addresses"}))))


def check_questions(questions: Sequence[str]) -> None:
    """Refused, naming the field, unless something of the list is asked, and nothing else."""
    if not questions:
        raise Refused("Select at least one question", "questions")
    if not {*questions} <= {*QUESTIONS}:
        raise Refused(f"Select questions of the list: {', '.join(QUESTIONS)}", "questions")


def values(given: Mapping[str, str], questions: Sequence[str], today: date) -> dict[str, str]:
    """What was answered, as it is kept: a day as YYYY-MM-DD, a number as ten digits; what was left empty is not there.

    Raises Refused naming the field, and repeating no value.
    """
    kept = {name: " ".join(value.split()) for name, value in given.items() if value.strip()}
    allowed = fields_of(questions)
    if not {*kept} <= {*allowed}:
        raise Refused(f"Answer what was asked, and nothing else: {', '.join(allowed)}", "values")
    if not {*kept} - {SECOND_ID}:
        raise Refused("Answer at least one question, or select that you searched and hold nothing", "values")
    for name, value in kept.items():
        if len(value) > LONGEST:
            raise Refused(f"Enter at most {LONGEST} characters", _field(name))
        kept[name] = _CHECKS[name](value, today) if name in _CHECKS else value
    if SECOND_ID in kept and kept.get("second_record") != "yes":
        raise Refused("Give the number of a second record only where you hold one", _field(SECOND_ID))
    return kept


def _birth_date(value: str, today: date) -> str:
    try:
        born = date.fromisoformat(value)
    except ValueError:
        raise Refused("Enter a date of birth as year, month and day, such as 2017-05-04", "value-birth_date") from None
    if not date(1900, 1, 1) <= born <= today:
        raise Refused("Enter a date of birth that is not in the future, and not before 1900", "value-birth_date")
    return born.isoformat()


def _nhs_number(value: str, today: date) -> str:
    del today
    try:
        return identifiers.nhs_number(value)
    except BadMessage:
        raise Refused(
            "Enter an NHS number of ten digits that is one: see whether it is mistyped", "value-nhs_number"
        ) from None


def _second(value: str, today: date) -> str:
    del today
    if value not in SECOND:
        raise Refused("Select whether you hold a second record", "value-second_record")
    return value


def _field(name: str) -> str:
    return f"value-{name}"


_CHECKS: dict[str, Callable[[str, date], str]] = {
    "birth_date": _birth_date, "nhs_number": _nhs_number, "second_record": _second,
}  # fmt: skip
