"""What rested on a version of a rule, a policy, an edition or a match model: gathered from record and ledger, in codes.

It promises to follow what facts say: an alert names its rule's version, a look its policies, a ruling its edition. What
follows from those (a decision on such an alert, an alert on a report that such a policy let count) is followed one step on.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct

from hub.domain import enquiry as enquiries
from hub.domain.alert import AlertDecided, AlertRaised, AlertStrengthened, AlertWeakened
from hub.domain.concern import ConcernRuled
from hub.domain.enquiry import EnquiryChildAdded, EnquiryDecided, EnquiryOpened
from hub.domain.fact import Fact, Recorded
from hub.domain.ledger import Asked
from hub.domain.person import SourceRecordLinked
from hub.domain.release import ItemReleased
from hub.ports import Record
from hub.views.desk import Desk
from hub.views.models.reliance import RelianceRow
from hub.views.who_is_who import persons_of

PAGE = 500
FOUND = AlertRaised | AlertStrengthened | AlertWeakened
WORDS = {
    "alert": "Alerts", "decision": "Decisions", "release": "Releases", "look": "Looks", "message": "Messages ruled on",
    "link": "Links of source records",
}  # fmt: skip
ALERTS = (AlertRaised.NAME, AlertStrengthened.NAME, AlertWeakened.NAME)
HAPPENED: dict[type[Fact], str] = {AlertRaised: "raised", AlertStrengthened: "strengthened", AlertWeakened: "weakened"}


class Period(Struct, frozen=True):
    """From `start` to before `end`, aware UTC: when the hub wrote the fact."""

    start: datetime
    end: datetime


def between(log: Record, period: Period, names: Sequence[str]) -> Iterator[Recorded]:
    """The facts of these names that a log took in this period, in order. A fact's moment is never before the one before."""
    low, high = 0, log.position()
    while low < high:
        middle = (low + high) // 2
        found = log.read(middle, 1)
        if found and found[0].envelope.known_at < period.start:
            low = found[0].position
        else:
            high = middle
    while page := log.read(low, PAGE, names):
        for one in page:
            if one.envelope.known_at >= period.end:
                return
            if one.envelope.known_at >= period.start:
                yield one
        low = page[-1].position


# ------------------------------------------------------------------------------------------------------------- rules


class OfRule:
    """What rested on some versions of a rule: its alerts; decisions on them; releases and looks in their MASH enquiries; and
    decisions to which it suggested a level without an alert.
    """

    def __init__(self, desk: Desk, rule: str, versions: frozenset[str]) -> None:
        self._desk, self._rule, self._versions = desk, rule, versions
        self._rooms: dict[str, str] = {}  # MASH enquiry -> the version that an alert of it stood on, "" for none

    def rows(self, period: Period) -> Iterator[RelianceRow]:
        """Everything in this period."""
        desk, decisions = self._desk, set[str]()
        for one in between(desk.record, period, [*ALERTS, AlertDecided.NAME]):
            if isinstance(one.fact, FOUND) and self._of(one) and one.fact.rule_version in self._versions:
                yield _alert(one, one.fact)
            elif isinstance(one.fact, AlertDecided) and one.fact.decision not in decisions:
                version = self._stood(one.stream, one.version) if self._of(one) else ""
                if self._of(one):
                    decisions.add(one.fact.decision)
                if version:
                    yield RelianceRow(
                        kind="decision", what="on such an alert", ref=one.fact.decision, children=(_child(one),),
                        at=one.envelope.known_at, edition=one.envelope.edition, version=version,
                    )  # fmt: skip
        for one in between(desk.record, period, [EnquiryDecided.NAME]):
            fact = one.fact
            held = fact.suggested_by if isinstance(fact, EnquiryDecided) and one.ref not in decisions else ()
            version = next((p.version for p in held if p.rule == self._rule and p.version in self._versions), "")
            if version and isinstance(fact, EnquiryDecided):
                yield RelianceRow(
                    kind="decision", what="it suggested a level", ref=one.ref, children=(fact.child,),
                    at=one.envelope.known_at, edition=one.envelope.edition, version=version,
                )  # fmt: skip
        for one in between(desk.record, period, [ItemReleased.NAME]):
            fact = one.fact
            if isinstance(fact, ItemReleased) and fact.enquiry and (version := self._room(fact.enquiry)):
                yield _release(one, fact, "in a MASH enquiry that such an alert is in", version)
        for one in between(desk.ledger, period, [Asked.NAME]):
            if isinstance(one.fact, Asked) and one.fact.enquiry and (version := self._room(one.fact.enquiry)):
                yield _look(one, one.fact, "in a MASH enquiry that such an alert is in", version)

    def _of(self, one: Recorded) -> bool:
        return one.stream.split(":")[2] == self._rule

    def _stood(self, stream: str, upto: int | None = None) -> str:
        """The version that an alert stood on last, where it is one of these."""
        found = [one.fact.rule_version for one in self._desk.record.load(stream, upto) if isinstance(one.fact, FOUND)]
        return next((one for one in reversed(found) if one in self._versions), "")

    def _room(self, enquiry: str) -> str:
        if enquiry not in self._rooms:
            facts = [one.fact for one in self._desk.record.load(enquiries.stream(enquiry))]
            named = [each for one in facts if isinstance(one, EnquiryOpened | EnquiryChildAdded) for each in one.alerts]
            stood = (self._stood(f"alert:{one}") for one in named if one.split(":")[1] == self._rule)
            self._rooms[enquiry] = next((one for one in stood if one), "")
        return self._rooms[enquiry]


# ---------------------------------------------------------------------------------------------------------- policies


def of_policy(desk: Desk, policy: str, editions: Mapping[str, str], period: Period) -> Iterator[RelianceRow]:
    """What rested on a policy: messages that it ruled on, looks, and alerts and decisions on reports that it let count.

    `editions` has the version of the policy for each edition that it is asked about in.
    """
    counted: dict[str, str] = {}  # message -> version
    whole = Period(datetime.min.replace(tzinfo=period.start.tzinfo), period.end)
    for one in between(desk.record, whole, [ConcernRuled.NAME]):
        version = editions.get(one.envelope.edition, "")
        if version and isinstance(one.fact, ConcernRuled) and policy in one.fact.policies:
            if one.fact.counted:
                counted[one.stream.partition(":")[2]] = version
            if one.envelope.known_at >= period.start:
                yield _message(desk, one, "counted" if one.fact.counted else "not counted", version)
    for one in between(desk.record, period, [*ALERTS, EnquiryDecided.NAME]):
        fact = one.fact
        evidence = fact.evidence if isinstance(fact, FOUND | EnquiryDecided) else ()
        version = next((counted[m] for m in map(_message_of, evidence) if m in counted), "")
        if version and isinstance(fact, EnquiryDecided):
            yield _decision(one, fact, "with a report that it let count", version)
        elif version and isinstance(fact, FOUND):
            yield _alert(one, fact, version, "on a report that it let count")
    for one in between(desk.ledger, period, [Asked.NAME]):
        if isinstance(one.fact, Asked) and (version := editions.get(one.fact.edition, "")):
            ruled = [each.allowed for each in one.fact.rulings if policy in each.policies]
            if ruled:
                yield _look(one, one.fact, "it opened something" if any(ruled) else "it closed something", version)


# ----------------------------------------------------------------------------------------------- editions and models


def of_edition(desk: Desk, edition: str, version: str, period: Period) -> Iterator[RelianceRow]:
    """Everything that was found, ruled, decided, released or looked at under an edition."""
    makes: dict[type[Any], Callable[[Recorded, Any], RelianceRow]] = {
        **dict.fromkeys(HAPPENED, lambda one, fact: _alert(one, fact, version)),
        EnquiryDecided: lambda one, fact: _decision(one, fact, "decided", version),
        ItemReleased: lambda one, fact: _release(one, fact, "released", version),
        ConcernRuled: lambda one, _fact: _message(desk, one, "ruled on", version),
    }
    for one in between(desk.record, period, [*ALERTS, EnquiryDecided.NAME, ItemReleased.NAME, ConcernRuled.NAME]):
        make = makes.get(type(one.fact))
        if make is not None and getattr(one.fact, "edition", one.envelope.edition) == edition:
            yield make(one, one.fact)
    for one in between(desk.ledger, period, [Asked.NAME]):
        if isinstance(one.fact, Asked) and one.fact.edition == edition:
            yield _look(one, one.fact, "ruled on", version)


def of_model(desk: Desk, version: str, period: Period) -> Iterator[RelianceRow]:
    """Links that a match model, its thresholds and guards, or the match rules made; `version` is the start of a hash."""
    for one in between(desk.record, period, [SourceRecordLinked.NAME]):
        fact = one.fact
        if isinstance(fact, SourceRecordLinked):
            used = next(
                (each for each in (fact.model, fact.policy, fact.rules) if each and each.startswith(version)), ""
            )
            if used:
                yield RelianceRow(
                    kind="link", what=fact.how, ref=fact.source_record, children=(one.stream.partition(":")[2],),
                    at=one.envelope.known_at, edition=one.envelope.edition, version=used,
                )  # fmt: skip


# -------------------------------------------------------------------------------------------------------------- rows


def _child(one: Recorded) -> str:
    return one.stream.split(":")[1]


def _message_of(signal: str) -> str:
    return signal.rpartition("/")[0]


def _alert(
    one: Recorded, fact: AlertRaised | AlertStrengthened | AlertWeakened, version: str = "", what: str = ""
) -> RelianceRow:
    return RelianceRow(
        kind="alert", what=", ".join(each for each in (HAPPENED[type(fact)], what) if each),
        ref=one.stream.partition(":")[2], children=(_child(one),), at=one.envelope.known_at, edition=fact.edition,
        version=version or fact.rule_version,
    )  # fmt: skip


def _decision(one: Recorded, fact: EnquiryDecided, what: str, version: str) -> RelianceRow:
    return RelianceRow(
        kind="decision", what=what, ref=one.ref, children=(fact.child,), at=one.envelope.known_at,
        edition=one.envelope.edition, version=version,
    )  # fmt: skip


def _release(one: Recorded, fact: ItemReleased, what: str, version: str) -> RelianceRow:
    return RelianceRow(
        kind="release", what=what, ref=one.ref, children=(fact.child,), at=one.envelope.known_at,
        edition=one.envelope.edition, version=version,
    )  # fmt: skip


def _look(one: Recorded, fact: Asked, what: str, version: str) -> RelianceRow:
    return RelianceRow(
        kind="look", what=what, ref=f"ledger:{one.position}", children=fact.subjects, at=one.envelope.known_at,
        edition=fact.edition, version=version,
    )  # fmt: skip


def _message(desk: Desk, one: Recorded, what: str, version: str) -> RelianceRow:
    statement = getattr(desk.record.load(one.stream, upto=1)[0].fact, "statement", None)
    about = [each.source_record for each in getattr(statement, "subjects", ())]
    return RelianceRow(
        kind="message", what=what, ref=one.stream, children=tuple(sorted({*persons_of(desk, about).values()} - {""})),
        at=one.envelope.known_at, edition=one.envelope.edition, version=version,
    )  # fmt: skip
