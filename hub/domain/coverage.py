"""Who has said something about a child and who has not: one of six states for each organisation, never a blank.

"No record" is never read as "no worry": an organisation nobody asked says so, with the reason.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

from msgspec import Struct

State = Literal["contributed", "none_held", "no_answer", "not_asked", "refused", "withheld"]


class Asked(Struct, frozen=True):
    """An organisation was asked: when (aware UTC), and its answer, None while there is none."""

    at: datetime
    answer: Literal["provided", "searched_none_held", "refused"] | None = None
    reason: str = ""  # the code that a refusal gave


class Covered(Struct, frozen=True):
    """Where one organisation (or one setting of it, or "" for the whole) stands; `reason` is a code."""

    organisation: str
    setting: str
    state: State
    reason: str = ""
    last_heard: datetime | None = None


def coverage(
    parties: Sequence[tuple[str, str]],
    *,
    heard: Mapping[tuple[str, str], datetime],
    asked: Mapping[tuple[str, str], Asked],
    not_asked: Mapping[tuple[str, str], str],
    withheld: Mapping[tuple[str, str], str],
) -> tuple[Covered, ...]:
    """The state of each party (organisation, setting), in the order given.

    `heard` holds when each last contributed; `withheld` the code of why this viewer sees none of it (a party that may
    not even be known to have contributed must not be passed at all). A refusal and a pending request are shown even
    where something was contributed before, because the newest answer is what the reader must not miss.
    """
    return tuple(_covered(party, heard, asked, not_asked, withheld) for party in parties)


def _covered(
    party: tuple[str, str], heard: Mapping[tuple[str, str], datetime], asked: Mapping[tuple[str, str], Asked],
    not_asked: Mapping[tuple[str, str], str], withheld: Mapping[tuple[str, str], str],
) -> Covered:  # fmt: skip
    last = heard.get(party)
    request = asked.get(party)
    if party in withheld:
        return Covered(*party, "withheld", withheld[party])
    if request is not None and request.answer == "refused":
        return Covered(*party, "refused", request.reason or "no_reason_given", last)
    if request is not None and request.answer is None and (last is None or last < request.at):
        return Covered(*party, "no_answer", "", last)
    if last is not None:
        return Covered(*party, "contributed", "", last)
    if request is not None and request.answer == "searched_none_held":
        return Covered(*party, "none_held")
    if request is not None:  # it says that it provided, yet nothing is on record: never shown as "contributed"
        return Covered(*party, "no_answer", "answer_not_on_record")
    return Covered(*party, "not_asked", not_asked.get(party, "no_request_made"))
