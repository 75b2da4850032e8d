"""Two sets of policies over the same questions: what the second opens, what it closes, by which policies, with examples.

It promises to count every question once for each time it was asked, and to say nothing of who was asked about.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from msgspec import Struct

from hub.domain.protocol import Agreed
from hub.domain.questions import Classed, Question, in_words, under
from hub.domain.sharing import Asker, Facts, facts_of
from hub.ports import Ruling
from policies.sharing.space import questions
from policies.sharing.table import Judged

EXAMPLES = 3  # told of each kind of change
BATCH = 200  # classes put to a set at once
SEED = 16


class Change(Struct, frozen=True):
    """Questions that one set answers otherwise than the other, all for the same reason."""

    opens: bool
    why: str
    policies: tuple[str, ...]
    count: int
    examples: tuple[str, ...]


class Difference(Struct, frozen=True):
    """What a second set changes over some questions. `shown_otherwise`: still closed, but another trace of it shows."""

    asked: int
    opened: int
    closed: int
    shown_otherwise: int
    faults: int
    changes: tuple[Change, ...]


class Side(NamedTuple):
    """One of the two: a set, and its protocol as of a London day (no day: a share stands in it where the question says so)."""

    judged: Judged
    agreed: Agreed | None = None
    on: date | None = None


class _Reason(NamedTuple):
    opens: bool
    why: str
    policies: tuple[str, ...]


def generated(number: int, seed: int = SEED) -> Iterable[Question]:
    """The generated space as questions: `number` of them, the same for the same seed."""
    for ask, resource in questions(seed, number):
        yield Question(ask.who, (Classed(facts_of(ask, resource, duty_in_force=False), 1),))


def compare(before: Side, after: Side, asked: Iterable[Question]) -> Difference:
    """Put every question to both, each as it would be with that side's duty to share, and in its protocol."""
    counts = dict.fromkeys(("asked", "opened", "closed", "shown", "faults"), 0)
    reasons: dict[_Reason, int] = {}
    told: dict[_Reason, dict[str, None]] = {}
    for who, classes in _batches(asked):
        kept = [[*one.facts] for one in classes]
        old = before.judged.again(who, [_under(who, one, before) for one in kept])
        new = after.judged.again(who, [_under(who, one, after) for one in kept])
        for one, was, now in zip(classes, old, new, strict=True):
            counts["asked"] += one.items
            counts["faults"] += one.items * (was.fault or now.fault)
            if was.allowed == now.allowed:
                counts["shown"] += one.items * (not now.allowed and was.shown_as != now.shown_as)
                continue
            counts["opened" if now.allowed else "closed"] += one.items
            reason = _reason(was, now)
            reasons[reason] = reasons.get(reason, 0) + one.items
            examples = told.setdefault(reason, {})
            if len(examples) < EXAMPLES and one.facts:
                examples[in_words(who, one.facts[0])] = None
    changes = sorted(reasons.items(), key=lambda pair: (not pair[0].opens, -pair[1], pair[0]))
    return Difference(
        counts["asked"], counts["opened"], counts["closed"], counts["shown"], counts["faults"],
        tuple(Change(one.opens, one.why, one.policies, count, tuple(told[one])) for one, count in changes),
    )  # fmt: skip


def _batches(asked: Iterable[Question]) -> Iterable[tuple[Asker, Sequence[Classed]]]:
    """Questions of one asker together, as long as they follow each other."""
    who: Asker | None = None
    held: list[Classed] = []
    for question in asked:
        if who is not None and (question.who != who or len(held) >= BATCH):
            yield who, held
            held = []
        who = question.who
        held = [*held, *(one for one in question.classes if one.facts)]
    if who is not None:
        yield who, held


def _under(who: Asker, facts: Sequence[Facts], side: Side) -> list[Facts]:
    duty = side.judged.duty_in_force
    return [under(who, one, duty_in_force=duty, agreed=side.agreed, on=side.on) for one in facts]


def _reason(was: Ruling, now: Ruling) -> _Reason:
    """Opened: what stopped it, else what now permits it. Closed: what now stops it, else what permitted it before."""
    if now.allowed:
        if was.policies:
            return _Reason(True, "no longer stopped by", was.policies)
        return _Reason(True, "now permitted by", now.policies)
    if now.policies:
        return _Reason(False, "now stopped by", now.policies)
    return _Reason(False, "no longer permitted by", was.policies)
