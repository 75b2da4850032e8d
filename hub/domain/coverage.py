"""Who has said something about a child and who has not: one of six states for each party, never a blank.

A party is an organisation, or one setting of it: that a trust has contributed never hides a practice that is silent. "No
record" is never read as "no worry": a party that nobody asked says so, with the reason.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Literal

from msgspec import Struct

State = Literal["contributed", "none_held", "no_answer", "not_asked", "refused", "withheld"]
PartyKey = tuple[str, str]  # organisation, and setting ("" for the whole)


class Asked(Struct, frozen=True):
    """A party was asked: when (aware UTC), its answer (None while there is none), and by when it should answer."""

    at: datetime
    answer: Literal["provided", "searched_none_held", "refused"] | None = None
    reason: str = ""  # the code that a refusal gave
    due: datetime | None = None


class Covered(Struct, frozen=True):
    """Where one party stands; `reason` is a code; `due` is by when an answer is awaited."""

    organisation: str
    setting: str
    state: State
    reason: str = ""
    last_heard: datetime | None = None
    due: datetime | None = None


class Progress(Struct, frozen=True):
    """How far asking has come: how many answers are awaited and overdue, and whom nobody asked without a reason."""

    awaited: int
    overdue: int
    unexplained: tuple[PartyKey, ...]

    @property
    def complete(self) -> bool:
        """Everybody asked has answered, and nobody was left out without a reason. It never means that all is known."""
        return not self.awaited and not self.unexplained


def coverage(
    parties: Sequence[PartyKey],
    *,
    heard: Mapping[PartyKey, datetime],
    asked: Mapping[PartyKey, Asked],
    not_asked: Mapping[PartyKey, str],
    withheld: Mapping[PartyKey, str],
) -> tuple[Covered, ...]:
    """The state of each party (organisation, setting), in the order given.

    `heard` holds when each last contributed; `withheld` the code of why this viewer sees none of it (a party that may
    not even be known to have contributed must not be passed at all). A refusal and a request that waits are shown even
    where something else came before or since, because they are what the reader must not miss.
    """
    return tuple(_covered(party, heard, asked, not_asked, withheld) for party in parties)


def parties_of(organisations: Sequence[str], settings: Iterable[PartyKey], heard: Iterable[PartyKey]) -> list[PartyKey]:
    """The parties to show, in order: each organisation as a whole, and each setting that was named, beneath its own.

    Where only settings of an organisation were named and nothing of another part of it was heard, the whole says nothing
    that they do not, and is left out.
    """
    named: dict[str, list[str]] = {}
    for organisation, setting in sorted({*settings}):
        named.setdefault(organisation, []).append(setting)
    known = {*heard}
    found: list[PartyKey] = []
    for organisation in organisations:
        beneath = [setting for setting in named.get(organisation, ()) if setting]
        others = any(one == organisation and setting not in beneath for one, setting in known)
        if not beneath or others or "" in named.get(organisation, ()):
            found.append((organisation, ""))
        found += [(organisation, setting) for setting in beneath]
    return found


def progress(covered: Iterable[Covered], now: datetime, allowed: Callable[[str], bool]) -> Progress:
    """How far asking has come at `now` (aware UTC); `allowed` says whether a reason not to ask may stand at this grade."""
    rows = [*covered]
    waits = [one for one in rows if one.state == "no_answer"]
    late = [one for one in waits if one.due is not None and one.due < now]
    silent = [one for one in rows if one.state == "not_asked" and not allowed(one.reason)]
    return Progress(len(waits), len(late), tuple((one.organisation, one.setting) for one in silent))


def _covered(
    party: PartyKey, heard: Mapping[PartyKey, datetime], asked: Mapping[PartyKey, Asked],
    not_asked: Mapping[PartyKey, str], withheld: Mapping[PartyKey, str],
) -> Covered:  # fmt: skip
    last = heard.get(party)
    request = asked.get(party)
    if party in withheld:
        return Covered(*party, "withheld", withheld[party])
    if request is not None and request.answer == "refused":
        return Covered(*party, "refused", request.reason or "no_reason_given", last)
    if request is not None and request.answer is None:  # what else was said does not answer the question
        return Covered(*party, "no_answer", "", last, request.due)
    if last is not None:
        return Covered(*party, "contributed", "", last)
    if request is not None and request.answer == "searched_none_held":
        return Covered(*party, "none_held")
    if request is not None:  # it says that it provided, yet nothing is on record: never shown as "contributed"
        return Covered(*party, "no_answer", "answer_not_on_record")
    return Covered(*party, "not_asked", not_asked.get(party, "no_request_made"))
