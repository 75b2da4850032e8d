"""The form of an answer to a request, as it was filled in: with an account, or by a link without one."""

from datetime import date

from hub.domain.errors import Refused
from hub.domain.own_record import QUESTIONS, SECOND_ID
from hub.domain.request import Answer
from hub.web.forms import Answers

DAYS = {
    "period_start": "the day from which your answer reaches", "period_end": "the day until which your answer reaches",
    "review_on": "the day on which it is looked at again",
}  # fmt: skip


def answer_of(sent: Answers) -> Answer:
    """What was answered, as it was entered. Raises Refused for boxes that make no day."""
    days = {name: _day(sent, name, what) for name, what in DAYS.items()}
    return Answer(
        result=sent.text("result"), words=sent.text("words"), reason=sent.text("reason"),
        reason_words=sent.text("reason_words"), may_overturn=sent.text("may_overturn"), name=sent.text("name"),
        values=_values(sent), **days,
    )  # fmt: skip


def _values(sent: Answers) -> dict[str, str]:
    """What was entered of an own record, field by field; where another answer is selected, what was left there is no part."""
    if sent.text("result") != "provided":
        return {}
    found = {name: sent.text(f"value-{name}") for name in (*QUESTIONS, SECOND_ID) if name != "birth_date"}
    born = _day(sent, "value-birth_date", "the date of birth that you hold")
    found["birth_date"] = born.isoformat() if born else ""
    return {name: value for name, value in found.items() if value}


def _day(sent: Answers, name: str, what: str) -> date | None:
    """A day from three boxes; None when all are empty."""
    boxes = [sent.text(f"{name}-{part}") for part in ("year", "month", "day")]
    if not any(boxes):
        return None
    numbers = [sent.number(f"{name}-{part}") for part in ("year", "month", "day")]
    try:
        year, month, day = (number or 0 for number in numbers)
        return date(year, month, day)
    except (ValueError, OverflowError):
        raise Refused(f"Enter {what} as day, month and year, such as 4 12 2026", f"{name}-day") from None
