"""Answers of a form, and what is wrong with them: every fault at once, each beside its question."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import Depends, Request
from msgspec import Struct

from hub.domain.errors import BadMessage, Refused


class Problem(Struct, frozen=True):
    """One fault: the question it belongs to, and what to do."""

    field: str
    text: str


class Answers(Struct, frozen=True):
    """What a form sent: text answers by name, and all the boxes ticked under a name."""

    one: dict[str, str]
    many: dict[str, tuple[str, ...]]

    def text(self, name: str) -> str:
        """The answer without blanks at its ends; "" when there is none."""
        return self.one.get(name, "").strip()

    def ticked(self, name: str) -> tuple[str, ...]:
        """Every answer under this name, in the order of the page, without empty ones."""
        return tuple(value for value in self.many.get(name, ()) if value)

    def number(self, name: str) -> int | None:
        """A whole number of at most 18 digits; None where it is none."""
        given = self.text(name)
        return int(given) if given.isascii() and given.isdigit() and len(given) <= 18 else None

    def yes(self, name: str) -> bool | None:
        """The answer to a yes-or-no question as a truth; None for neither."""
        return {"yes": True, "no": False}.get(self.text(name))


NOTHING = Answers({}, {})


async def read_answers(request: Request) -> Answers:
    """The form of this request. Files are not taken: evidence is named by reference."""
    form = await request.form()
    many: dict[str, tuple[str, ...]] = {}
    for name, value in form.multi_items():
        if isinstance(value, str):
            many[name] = (*many.get(name, ()), value)
    return Answers({name: values[-1] for name, values in many.items()}, many)


Sent = Annotated[Answers, Depends(read_answers)]


def faults(answers: Answers, required: Mapping[str, str]) -> list[Problem]:
    """A problem for each required question that has no answer, in the order given (name -> what to do)."""
    return [Problem(name, text) for name, text in required.items() if not answers.text(name)]


def as_problem(error: Refused | BadMessage) -> Problem:
    """What the hub refused, beside its question."""
    text = error.detail if isinstance(error, BadMessage) and error.detail else str(error)
    return Problem(error.field, text[:1].upper() + text[1:])
