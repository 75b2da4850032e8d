"""6 A finding comes back: is there something new to put before a person? One live alert per child and rule."""

from collections.abc import Sequence

from msgspec import Struct

from hub.domain.alert import Alert, decide, fold, next_alert, returns, stream
from hub.domain.fact import ErasedFact, Fact
from hub.domain.signal import Finding
from hub.ports import Record

_Live = tuple[Alert, int, int]  # an alert, its number, and the version of its stream


class AlertDraft(Struct, frozen=True):
    """A fact for an alert's stream, for the intake to stamp: the version before it, its cause, its journey."""

    stream: str
    after: int
    fact: Fact
    because: str
    journey: str


def fold_findings(findings: Sequence[Finding], *, record: Record) -> list[AlertDraft]:
    """What a batch of findings changes, in order; a finding sees what the ones before it in the batch changed.

    An alert of the child and rule that a person decided stays as it is; a finding on evidence that nobody decided on
    raises the next one; one about an erased child is dropped. The caller appends the facts as they stand here; a
    VersionConflict means: fold again.
    """
    live: dict[tuple[str, str], _Live | None] = {}
    drafts = []
    for finding in findings:
        key = finding.child, finding.rule
        if key not in live:
            live[key] = _load(finding, record)
        if (current := live[key]) is None:
            continue
        alert, number, version = current
        if returns(alert, finding):
            alert, number, version = next_alert(alert), number + 1, 0
        facts = decide(alert, finding, number)
        because = _cause(finding, record) if facts else ""
        for fact in facts:
            name = stream(finding.child, finding.rule, number)
            drafts.append(AlertDraft(name, version, fact, because, finding.journey))
            version += 1
        live[key] = fold(facts, alert), number, version
    return drafts


def _load(finding: Finding, record: Record) -> _Live | None:
    """The newest alert of this child and rule, number 1 at version 0 when none was raised; None once the child is erased."""
    alert, number, version = Alert(), 1, 0
    while recorded := record.load(stream(finding.child, finding.rule, number)):
        if any(isinstance(one.fact, ErasedFact) for one in recorded):
            return None
        before = next_alert(alert) if number > 1 else alert
        alert, version = fold((one.fact for one in recorded), before), len(recorded)
        number += 1
    if number == 1 and any(isinstance(one.fact, ErasedFact) for one in record.load(f"person:{finding.child}", upto=1)):
        return None
    return alert, max(1, number - 1), version


def _cause(finding: Finding, record: Record) -> str:
    """The fact at the finding's position, where that is one about this child; "" when time alone was the cause."""
    for recorded in record.read(finding.position - 1, 1, upto=finding.position):
        if recorded.stream == f"child:{finding.child}":
            return recorded.ref
    return ""
