"""The scenario table, run: every row against the set without and with the duty to share, and what differs.

It promises that a row which could not be asked counts as a difference, never as a row that holds.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from msgspec import Struct

from hub.domain.questions import Classed, decode, encode, under
from hub.domain.sharing import Asker, Facts, facts_of
from hub.ports import Ruling
from policies.sharing.scenarios import Answer, Scenario, scenario


class Judged(Protocol):
    """One set of policies, ready to answer (hub/adapters/cedar.py)."""

    duty_in_force: bool

    def decide(self, ask: object, resources: Sequence[object]) -> list[Ruling]:
        """A ruling for each resource."""
        ...

    def again(self, who: Asker, classes: Sequence[Sequence[Facts]]) -> list[Ruling]:
        """A ruling for each class of recorded facts."""
        ...


class RowOutcome(Struct, frozen=True):
    """One row under one set: what its author expects, and what the policies say."""

    id: str
    file: str
    who: str
    what: str
    why: str
    duty: str  # off, on: whether section 16LA is in force in the set asked
    expected: str
    found: str

    @property
    def holds(self) -> bool:
        """Whether they are the same."""
        return self.expected == self.found


def run(rows: Sequence[dict[str, Any]], sets: Mapping[bool, Judged]) -> list[RowOutcome]:
    """Every row against each set it speaks of (`sets`: section 16LA in force? -> the set), in table order.

    Raises BadCase for a row that does not read.
    """
    found: list[RowOutcome] = []
    for row in rows:
        case = scenario(row)
        for duty in case.duty:
            if duty in sets:
                wanted = Answer(duty, case.allowed, case.by, case.shown_as)
                (ruling,) = sets[duty].decide(case.ask, [case.resource])
                found.append(_outcome(row, wanted, ruling))
        if case.then is not None and case.then.duty in sets:
            found.append(_outcome(row, case.then, replayed(case, sets[case.then.duty])))
    return found


def replayed(case: Scenario, judged: Judged) -> Ruling:
    """The ruling over the question as the ledger would have kept it: recorded, read back, and asked of this set."""
    kept = decode(encode(case.ask.who, [Classed(facts_of(case.ask, case.resource, duty_in_force=False), 1)]))
    assert kept is not None  # noqa: S101 - for the type checker; it was encoded just now
    facts = [under(kept.who, one, duty_in_force=judged.duty_in_force) for one in kept.classes[0].facts]
    (ruling,) = judged.again(kept.who, [facts])
    return ruling


def _outcome(row: dict[str, Any], wanted: Answer, ruling: Ruling) -> RowOutcome:
    told = wanted.shown_as is not None
    return RowOutcome(
        row["id"], row["file"], row["who"], row["what"], row["why"], "on" if wanted.duty else "off",
        _say(wanted.allowed, wanted.by, wanted.shown_as or "", told=told),
        _say(ruling.allowed, ruling.policies, ruling.shown_as, told=told) + (", BY AN ERROR" if ruling.fault else ""),
    )  # fmt: skip


def _say(allowed: bool, by: Sequence[str], shown: str, *, told: bool) -> str:
    said = f"{'allow' if allowed else 'deny'} ({', '.join(by) or 'no rule'})"
    return f"{said}, shown as {shown}" if told and not allowed else said
