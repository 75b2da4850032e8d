"""6 A finding comes back: is there something new to put before a person? One live alert per child and rule."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

from msgspec import Struct

from hub.domain import child as children
from hub.domain import edition as editions
from hub.domain import enquiry as enquiries
from hub.domain.alert import Alert, AlertDecided, decide, fold, may_return, next_alert, stream
from hub.domain.edition import EditionPublished
from hub.domain.enquiry import EnquiryDecided
from hub.domain.errors import BadMessage
from hub.domain.fact import ErasedFact, Fact, Recorded
from hub.domain.returning import News, news
from hub.domain.signal import Finding, Signal
from hub.domain.thresholds import Ready
from hub.ports import Codec, LogMessage, Record

# An alert, its number, the version of its stream, and the fact by which a person decided it
_Live = tuple[Alert, int, int, Recorded | None]


class AlertDraft(Struct, frozen=True):
    """A fact for an alert's stream, for the intake to stamp: the version before it, its cause, its journey."""

    stream: str
    after: int
    fact: Fact
    because: str
    journey: str


def read_finding(one: LogMessage, codec: Codec) -> Finding:
    """A consumer's finding; raises BadMessage naming the header or field that is wrong."""
    headers = dict(one.headers)
    if "ce_dataschema" not in headers:
        raise BadMessage("missing_header", "a consumer publishes with it", "ce_dataschema")
    finding = codec.decode_finding(headers["ce_dataschema"].decode("ascii", "replace"), one.body)
    if ":" in finding.rule or not finding.rule.isprintable():  # it becomes part of a stream's name
        raise BadMessage("invalid_value", "a rule's id has no colon and no control characters", "rule")
    return finding


def fold_findings(findings: Sequence[Finding], *, record: Record, now: datetime | None = None) -> list[AlertDraft]:
    """What a batch of findings changes, in order; a finding sees what the ones before it in the batch changed.

    Of an alert that a person decided it is noted that its rule rested; a finding on something new in kind, on enough that
    came since, or after it rested, raises the next one; one about an erased child is dropped. The caller appends the facts
    as they stand here; a VersionConflict means: fold again. `now` (aware UTC) matters to rules of what was not seen;
    without it, it is when the newest of the evidence became known.
    """
    live: dict[tuple[str, str], _Live | None] = {}
    drafts = []
    for finding in findings:
        key = finding.child, finding.rule
        if key not in live:
            live[key] = _load(finding, record)
        if (current := live[key]) is None:
            continue
        alert, number, version, decided = current
        back: News | None = None
        if may_return(alert, finding) and (back := _news(alert, decided, finding, record, now)):
            alert, number, version, decided = next_alert(alert), number + 1, 0, None
        facts = decide(alert, finding, number, back.why if back else "", back.new if back else ())
        because = _cause(finding, record) if facts else ""
        for fact in facts:
            name = stream(finding.child, finding.rule, number)
            drafts.append(AlertDraft(name, version, fact, because, finding.journey))
            version += 1
        live[key] = fold(facts, alert), number, version, decided
    return drafts


def _load(finding: Finding, record: Record) -> _Live | None:
    """The newest alert of this child and rule, number 1 at version 0 when none was raised; None once the child is erased."""
    alert, number, version, decided = Alert(), 1, 0, None
    while recorded := record.load(stream(finding.child, finding.rule, number)):
        if any(isinstance(one.fact, ErasedFact) for one in recorded):
            return None
        before = next_alert(alert) if number > 1 else alert
        alert, version = fold((one.fact for one in recorded), before), len(recorded)
        decided = next((one for one in recorded if isinstance(one.fact, AlertDecided)), None)
        number += 1
    if number == 1 and any(isinstance(one.fact, ErasedFact) for one in record.load(f"person:{finding.child}", upto=1)):
        return None
    return alert, max(1, number - 1), version, decided


def _news(
    alert: Alert, decided: Recorded | None, finding: Finding, record: Record, now: datetime | None
) -> News | None:
    """Why a decided rule comes back by this finding, by the edition that found it; None where it stays quiet."""
    unseen = not set(finding.evidence) <= alert.seen
    if alert.possible and not finding.possible:
        return News("new_in_kind", ("sure:own",))
    if unseen and finding.level > alert.level:
        return News("new_in_kind", ("level:higher",))
    if not alert.holds:
        return News("stands_again")
    history = record.load(children.stream(finding.child))
    counted = children.fold(one.fact for one in history if one.position <= finding.position).signals
    ready = rule_of(record, finding.edition, finding.rule)
    if ready is None or not set(finding.evidence) <= set(counted):
        return News("new_in_kind") if unseen else None  # it cannot be told here: a person looks
    as_of = now or max(counted[one].known_at for one in finding.evidence)
    known = _known(history, alert, decided, record) if decided is not None else None
    return news(ready, counted.values(), finding.evidence, alert.seen, as_of, known=known)


def _known(history: Sequence[Recorded], alert: Alert, decided: Recorded, record: Record) -> list[Signal]:
    """What counted for the child when a person decided, as it was said then: what had been read, and what they decided on."""
    read = decided.position
    where, _, version = (
        decided.fact.decision.rpartition("@") if isinstance(decided.fact, AlertDecided) else ("", "", "")
    )
    if where.startswith(enquiries.stream("")) and version.isdigit():
        answered = [one.fact for one in record.load(where, upto=int(version))][-1:]
        read = min((one.seen_position for one in answered if isinstance(one, EnquiryDecided)), default=read)
    then = children.fold(one.fact for one in history if one.position <= decided.position).signals
    by_then = children.fold(one.fact for one in history if one.position <= read).signals
    return [one for one in then.values() if one.id in alert.seen or one.id in by_then]


def rule_of(record: Record, edition: str, rule: str) -> Ready | None:
    """A rule of an edition on record, ready to evaluate; None where there is no such one."""
    return rules_of(record, edition).get(rule)


def rules_of(record: Record, edition: str) -> dict[str, Ready]:
    """The enabled rules of an edition on record, ready to evaluate, by id; none where there is no such edition."""
    found = record.load(editions.stream(int(edition)), upto=1) if edition.isascii() and edition.isdigit() else []
    if not found or not isinstance(found[0].fact, EditionPublished):
        return {}
    return _rules(found[0].fact)


@lru_cache(maxsize=4)
def _rules(fact: EditionPublished) -> dict[str, Ready]:
    return {ready.rule.id: ready for ready in editions.read(fact).ready()}


def _cause(finding: Finding, record: Record) -> str:
    """The fact at the finding's position, where that is one about this child; "" when time alone was the cause."""
    for recorded in record.read(finding.position - 1, 1, upto=finding.position):
        if recorded.stream == f"child:{finding.child}":
            return recorded.ref
    return ""
