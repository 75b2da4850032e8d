"""Which children are closed to an auditor although a sample lists them: those whom they have still to judge blind."""

from collections.abc import Mapping

import msgspec

from hub.domain.auditing import FACTS, Audited, fold
from hub.domain.sharing import Subject
from hub.domain.staff import Staff
from hub.views.accounts import one_person
from hub.views.desk import Desk

BLIND = "blind_review"  # a look at the pack before the auditor has judged
JUDGED = "practice_audit"  # and after: the pack and the decision, while the rest may still be closed for another of the child
PACKS = frozenset({BLIND, JUDGED})
NAMES = [one.NAME for one in FACTS]


def audits_of(desk: Desk) -> list[Audited]:
    """Every practice audit as it stands, in the order in which they were drawn."""
    facts: dict[str, list[msgspec.Struct]] = {}
    after = 0
    while page := desk.record.read(after, 1000, NAMES):
        for one in page:
            facts.setdefault(one.stream.partition(":")[2], []).append(one.fact)
        after = page[-1].position
    return [fold(audit, held) for audit, held in facts.items()]  # type: ignore[arg-type]


def blindfold(
    desk: Desk, member: Staff, known: Mapping[str, Subject], family: Mapping[str, list[str]]
) -> dict[str, Subject]:
    """The same subjects, without the samples of those of whom this auditor has still to judge a decision."""
    closed = {
        child
        for audit in audits_of(desk)
        if audit.drawn is not None and one_person(desk, audit.drawn.auditor, member.id)
        for child in audit.blind
    }
    return {
        person: msgspec.structs.replace(subject, samples=()) if closed & {*family.get(person, ()), person} else subject
        for person, subject in known.items()
    }
