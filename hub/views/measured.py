"""What measures count, one row for each thing that happened, in codes; rows are only ever added, so that every earlier
position of the record still gives its own figures.

What a row's codes mean, by kind (times are aware UTC, `at` is when the hub knew):

contact: what an organisation said of a child: ref = signal, what = need domains, more = how the child was seen, since =
received, until = the organisation's own record (none of a load of history). taken_back: ref = such a signal, or one that is
only possible for this child.
linked: ref = source record. merged: ref = into whom. alert, alert_decided: ref = alert. opened: what = ground, more = alerts,
since = when the contact came. graded: what = grade. decided: what = outcome, level, ref = the highest level that rules had
suggested and which of them had, organisation = how the child's view was obtained, more = what it rests on. level: a step
that was accepted, or the end of help (0), what = why it ended.
assessment: what = type. status: ref = source record, what, since, until. consent: what = what was
said. told: ref = message. asked, answered, withdrawn: ref = request, until = due. judged:
ref = decision, what = "same_level" where the auditor set the same. finding: ref = decision, what.
plan: who sits in its team now: ref = plan, what = type of team ("" where only the seats changed), level = organisations.
plan_closed: ref, what = why. outcome: ref = plan, what, more = stage. at_it, at_it_ended: what = "worker" or "lead".
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text

from hub.domain.alert import AlertDecided, AlertRaised
from hub.domain.allocation import AllocationEnded, WorkerAllocated
from hub.domain.assessment import AssessmentBegun
from hub.domain.auditing import AuditJudged, FindingRecorded
from hub.domain.child import SignalCounted, SignalDiscounted
from hub.domain.concern import InformationRecorded
from hub.domain.consent import ConsentRecorded
from hub.domain.consent_record import ConsentGiven, ConsentObjected, ConsentRefused, ConsentSought, ConsentWithdrawn
from hub.domain.enquiry import EnquiryChildAdded, EnquiryDecided, EnquiryGraded, EnquiryOpened
from hub.domain.fact import Recorded
from hub.domain.help import HelpEnded, StepAccepted
from hub.domain.help_plan import OutcomeRecorded, PlanClosed, PlanMade, TeamChanged
from hub.domain.lead import LeadAccepted, LeadEnded
from hub.domain.notice import NoticeSent
from hub.domain.person import PersonMerged, PersonReinstated, SourceRecordLinked
from hub.domain.request import RequestAnswered, RequestMade, RequestWithdrawn
from hub.domain.series import SeriesLoaded
from hub.domain.source_record import LegalStatusChanged
from hub.views.columns import Moment, meta

happened = Table(
    "happened", meta, Column("position", BigInteger, primary_key=True), Column("kind", String), Column("at", Moment()),
    Column("child", String), Column("ref", String), Column("enquiry", String), Column("organisation", String),
    Column("what", String), Column("more", Text), Column("level", Integer), Column("since", Moment()),
    Column("until", Moment()), Column("lsoa", String), Index("happened_kind", "kind", "position"),
)  # fmt: skip
load = Table(  # which streams ever loaded figures under which measure; the streams say what stands
    "series_load", meta, Column("stream", String, primary_key=True), Column("measure", String, index=True),
    Column("position", BigInteger),
)  # fmt: skip
NONE: dict[str, Any] = {
    "child": "", "ref": "", "enquiry": "", "organisation": "", "what": "", "more": "", "level": 0, "since": None,
    "until": None, "lsoa": "",
}  # fmt: skip
SAID = {  # of consent to share, as it was recorded here
    ConsentSought: "sought", ConsentGiven: "given", ConsentRefused: "refused", ConsentWithdrawn: "withdrawn",
    ConsentObjected: "objected",
}  # fmt: skip


def rows(recorded: Recorded) -> Iterator[tuple[Table, dict[str, Any]]]:
    """The row that a fact makes, whole; none for a fact that no measure counts."""
    found = _codes(recorded)
    if found is not None:
        first = {"position": recorded.position, "at": recorded.envelope.known_at}
        yield happened, {**NONE, **first, **found}
    if isinstance(recorded.fact, SeriesLoaded) and recorded.version == 1:
        yield load, {"stream": recorded.stream, "measure": recorded.fact.measure, "position": recorded.position}


def _codes(recorded: Recorded) -> dict[str, Any] | None:
    fact, ident = recorded.fact, recorded.stream.partition(":")[2]
    match fact:
        case SignalCounted(signal=one) if one.relation == "own" and one.kind == "concern":
            return {
                "kind": "contact", "child": ident, "ref": one.id, "organisation": one.organisation,
                "what": " ".join(one.domains), "more": one.seen, "since": one.received, "at": one.known_at,
                "until": None if one.backfill else one.recorded_at, "lsoa": one.lsoa or "",
            }  # fmt: skip
        case SignalCounted(signal=one) if one.relation == "possible" and one.kind == "concern":
            return {"kind": "taken_back", "child": ident, "ref": one.id}  # it may have been theirs for sure until now
        case SignalDiscounted() if fact.reason in {"unlinked", "withdrawn", "erased"}:
            return {"kind": "taken_back", "child": ident, "ref": fact.signal_id}
        case SourceRecordLinked():
            return {"kind": "linked", "child": ident, "ref": fact.source_record}
        case PersonMerged():
            return {"kind": "merged", "child": ident, "ref": fact.into}
        case PersonReinstated():
            return {"kind": "reinstated", "child": ident}
        case AlertRaised():
            return {"kind": "alert", "child": fact.child, "ref": ident, "what": fact.rule, "level": fact.level}
        case AlertDecided():
            return {"kind": "alert_decided", "ref": ident}
        case EnquiryOpened():
            return {
                "kind": "opened", "child": fact.child, "enquiry": ident, "what": fact.ground,
                "more": " ".join(fact.alerts), "since": fact.received,
            }  # fmt: skip
        case EnquiryChildAdded():
            return {"kind": "opened", "child": fact.child, "enquiry": ident, "more": " ".join(fact.alerts)}
        case EnquiryGraded():
            graded = {"since": fact.received, "until": fact.due}
            return {"kind": "graded", "child": fact.child, "enquiry": ident, "what": fact.grade, **graded}
        case EnquiryDecided():
            return {
                "kind": "decided", "child": fact.child, "enquiry": ident, "what": fact.outcome, "level": fact.level,
                "ref": _suggested(fact), "organisation": fact.view,
                "more": " ".join(fact.weighed or fact.evidence),
            }  # fmt: skip
        case AuditJudged():
            same = "same_level" if fact.same_level else ""
            return {"kind": "judged", "child": fact.child, "ref": fact.decision, "what": same, "level": fact.level}
        case FindingRecorded():
            return {"kind": "finding", "child": fact.child, "ref": fact.decision, "what": fact.what}
        case StepAccepted():
            return {"kind": "level", "child": fact.child, "level": fact.level}
        case HelpEnded():
            return {"kind": "level", "child": fact.child, "what": fact.reason}
        case PlanMade() | TeamChanged():
            type_ = fact.team if isinstance(fact, PlanMade) else ""
            many = len({one.organisation for one in fact.seats})
            return {"kind": "plan", "child": fact.child, "ref": ident, "what": type_, "level": many}
        case PlanClosed():
            return {"kind": "plan_closed", "child": fact.child, "ref": ident, "what": fact.reason}
        case OutcomeRecorded():
            return {"kind": "outcome", "child": fact.child, "ref": ident, "what": fact.outcome, "more": fact.stage}
        case WorkerAllocated() | AllocationEnded() | LeadAccepted() | LeadEnded():
            begins = isinstance(fact, WorkerAllocated | LeadAccepted)
            what = "worker" if isinstance(fact, WorkerAllocated | AllocationEnded) else "lead"
            return {"kind": "at_it" if begins else "at_it_ended", "child": fact.child, "what": what}
        case AssessmentBegun():
            return {"kind": "assessment", "child": fact.child, "what": fact.type, "organisation": fact.organisation}
        case LegalStatusChanged():
            ends = None if fact.ended is None else _noon(fact.ended)
            return {"kind": "status", "ref": ident, "what": fact.status, "since": _noon(fact.started), "until": ends}
        case ConsentRecorded() if fact.about == "consent_to_share":
            return {"kind": "consent", "ref": fact.source_record, "what": fact.state}
        case ConsentSought() | ConsentGiven() | ConsentRefused() | ConsentWithdrawn() | ConsentObjected():
            return {"kind": "consent", "child": fact.person, "what": SAID[type(fact)]}
        case NoticeSent() if fact.kind in {"outcome", "forwarded"}:
            return {"kind": "told", "child": fact.child, "ref": fact.about, "organisation": fact.organisation}
        case RequestMade():
            return {
                "kind": "asked", "ref": ident, "enquiry": fact.enquiry, "organisation": fact.organisation,
                "until": fact.due,
            }  # fmt: skip
        case RequestAnswered():
            return {"kind": "answered", "ref": ident, "organisation": fact.organisation, "what": fact.result}
        case InformationRecorded():
            return {"kind": "answered", "ref": fact.request, "organisation": fact.organisation, "what": fact.result}
        case RequestWithdrawn():
            return {"kind": "withdrawn", "ref": ident}
        case _:
            return None


def _suggested(fact: EnquiryDecided) -> str:
    """The level that rules had suggested, and those that had suggested it; "" where none had."""
    rules = dict.fromkeys(one.rule for one in fact.suggested_by if one.level == fact.suggested)
    return "" if fact.suggested is None else " ".join((str(fact.suggested), *rules))


def _noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
