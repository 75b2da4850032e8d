"""A signal: what counts for one child, in codes alone. `signal.v1` is the changelog of these."""

from datetime import datetime
from typing import ClassVar, Literal

from msgspec import Struct

from hub.domain.fact import Fact

Relation = Literal["own", "possible", "sibling", "household", "adult"]


class Signal(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing said about one child by one organisation; no words, no names.

    `id` is "<message id>/<n>" with n the subject's place, so each child of a concern has its own. `age_months` is at
    the time it occurred, None where no birth date is known. `lsoa` is the area code of the address at that time.
    `referrer` is opaque. Times are aware UTC. Of kind `help` is what a person decided for the child, or what became of
    help: `outcome` says what (a code of the decision), `level` which level of need a person set with it.
    """

    id: str
    child: str  # person id: random, pseudonymous personal data
    relation: Relation
    kind: Literal["concern", "strength", "sighting", "measure", "help", "household_change"]
    indicators: tuple[str, ...]
    domains: tuple[str, ...]  # need domains of the indicators, from the edition's vocabulary
    organisation: str
    sector: str
    setting: str | None
    referrer: str | None
    referrer_kind: str
    seen: str  # seen_alone | seen | seen_obscured | not_seen
    how_known: str  # first_hand | told_by_child | told_by_family | told_by_organisation | told_by_other
    incident: str | None
    measures: tuple[tuple[str, float], ...] = ()
    age_months: int | None = None
    unborn: bool = False
    lsoa: str | None = None
    backfill: bool = False
    occurred_start: datetime
    occurred_end: datetime
    precision: str
    recorded_at: datetime
    received: datetime
    known_at: datetime
    outcome: str = ""
    level: int = 0


DiscountReason = Literal["unlinked", "corrected", "withdrawn", "left_household", "erased", "not_pooled"]


class Change(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A message on `signal.v1`: the hub's own position, and a signal counted or one discounted with its reason."""

    position: int  # the hub's record position (header ce_sequence): what consumers track, never the Kafka offset
    child: str
    counted: Signal | None = None
    discounted: str | None = None  # signal id
    reason: DiscountReason | None = None


class Finding(Struct, frozen=True, kw_only=True):
    """A consumer says: rule R of edition E holds (or no longer holds) for child C on evidence V.

    `position` is the signal position up to which the rule was evaluated. `why` and the rest are sentences produced by
    the rule from codes; they name organisations, indicators and dates, never a person.
    """

    child: str
    rule: str
    rule_version: str
    edition: str
    position: int
    holds: bool
    level: int  # level proposed; 0 where the rule does not hold
    evidence: tuple[str, ...] = ()  # signal ids, sorted
    smallest: tuple[str, ...] = ()  # the smallest set without which it would not stand
    possible: bool = False  # stands only with signals that may be about another child
    why: str = ""
    why_now: str = ""
    would_raise: str = ""
    would_rest: str = ""
    journey: str = ""  # message id of the signal that tipped it


class CaseChange(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A message on `case.v1`: what people and the hub did about a child, in codes; `position` as in `Change`."""

    position: int
    child: str
    kind: Literal["alert_raised", "alert_decided", "enquiry_opened", "enquiry_decided"]
    ref: str  # the stream that it happened on
    at: datetime  # known_at, aware UTC
    edition: str
    rule: str = ""
    level: int = 0  # proposed by a rule, or set by a person
    alerts: tuple[str, ...] = ()
    outcome: str = ""
    actions: tuple[str, ...] = ()
    # of a MASH enquiry that is open: "child_added" (this child is part of it too), "graded" (`outcome` is the grade)
    what: str = ""
    due: datetime | None = None  # by when it is to be decided (aware UTC)


class FactNotSent(Fact, frozen=True, kw_only=True):
    """A fact could not be put into the message that it should go out as, and was passed over; a person was paged.

    Stream not-sent:<topic>/<position>, so that a relay that comes by again writes it once.
    """

    NAME: ClassVar[str] = "relay.fact-not-sent"
    topic: str
    position: int
    fact: str  # "stream@version"
    failure: str  # the kind of the error and the field, never a value
