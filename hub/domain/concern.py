"""What organisations said, on the record: one stream for each message, `message:<uuid5(source, id)>`.

A repeat is a conflict on the stream's first fact, whatever the matcher thought of it. Codes stand in the open inside the
fact; words are sealed items. docs/decisions/0003-a-stream-per-message.md tells why the stream is not called concern:.
"""

from datetime import date, datetime
from typing import ClassVar, Literal
from uuid import NAMESPACE_URL, UUID, uuid5

from msgspec import Struct

from hub.domain.fact import Fact
from hub.domain.item import Sealed
from hub.domain.message import Relationship, Seen
from hub.domain.moments import Period


def message_id(source: str, id: str) -> str:  # noqa: A002 - the CloudEvents word for it
    """The hub's own id of a message: a uuid5 of who sent it and the sender's id, so a repeat meets itself."""
    return str(uuid5(NAMESPACE_URL, f"mash:{source}:{UUID(id)}"))


class SubjectCodes(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A child of a concern, in codes: which source record, what was seen, how old."""

    source_record: str
    unborn: bool = False
    indicators: tuple[str, ...] = ()
    measures: tuple[tuple[str, float], ...] = ()
    seen: Seen = "not_seen"
    age_months: int | None = None  # when it occurred; None where no birth date was given
    lsoa: str | None = None  # the small area where the child lived then; None where nobody said, or none may know


class AdultCodes(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An adult of a concern, in codes."""

    source_record: str
    relationship: Relationship = "not_known"
    in_household: bool | None = None
    indicators: tuple[str, ...] = ()


class Statement(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was said, in codes with its sealed words. `incident` and `referrer` are keyed digests, comparable only."""

    organisation: str
    setting: str | None = None
    sequence: int
    entered_by: str = ""  # the organisation that entered it on behalf of `organisation`
    entered_by_staff: str = ""  # the member of staff (id) who typed it into the hub's own form
    recorded_at: datetime
    digest: bytes  # keyed digest of what was said: tells a harmless repeat from another text under one id
    occurred: Period
    how_known: str
    told_by: str | None = None
    incident: str | None = None
    referrer_kind: str
    referrer: str | None = None
    subjects: tuple[SubjectCodes, ...] = ()
    adults: tuple[AdultCodes, ...] = ()
    family_told: bool | None = None
    why_not_told: str | None = None
    police_code: str | None = None
    do_not_discuss_until: datetime | None = None
    evidence: int = 0
    backfill: bool = False
    items: tuple[Sealed, ...] = ()


class ConcernRecorded(Fact, frozen=True, kw_only=True):
    """A worry was put on record."""

    NAME: ClassVar[str] = "concern.recorded"
    statement: Statement


class StrengthRecorded(Fact, frozen=True, kw_only=True):
    """Something that goes well was put on record."""

    NAME: ClassVar[str] = "strength.recorded"
    statement: Statement


class CorrectionRecorded(Fact, frozen=True, kw_only=True):
    """The organisation corrected `corrects` (a message id): the new statement stands beside the old, which stays."""

    NAME: ClassVar[str] = "correction.recorded"
    corrects: str
    statement: Statement


class WithdrawalRecorded(Fact, frozen=True, kw_only=True):
    """The organisation took back `withdraws` (a message id). The old statement stays readable as withdrawn.

    `also` are the corrections that had taken its place: they fall with it.
    """

    NAME: ClassVar[str] = "withdrawal.recorded"
    organisation: str
    sequence: int
    recorded_at: datetime
    digest: bytes
    withdraws: str
    reason_code: str
    also: tuple[str, ...] = ()
    items: tuple[Sealed, ...] = ()


class InformationRecorded(Fact, frozen=True, kw_only=True):
    """An organisation answered a request: provided, searched and none held, or refused (its reason is sealed words)."""

    NAME: ClassVar[str] = "information.recorded"
    organisation: str
    setting: str | None = None
    sequence: int
    recorded_at: datetime
    digest: bytes
    request: str
    result: Literal["provided", "searched_none_held", "refused"]
    source_record: str
    period_start: date | None = None
    period_end: date | None = None
    refusal_code: str = ""
    review_on: date | None = None
    may_overturn: str = ""
    items: tuple[Sealed, ...] = ()


class MessageTaken(Fact, frozen=True, kw_only=True):
    """A message of another kind was taken in; what it says stands on the stream of whom it is about."""

    NAME: ClassVar[str] = "message.taken"
    kind: str
    organisation: str
    sequence: int
    recorded_at: datetime
    digest: bytes


class ConcernRuled(Fact, frozen=True, kw_only=True):
    """The three answers at intake, by the policies of the edition: whether it counts, who is told, which room it is in.

    `faults`: a policy erred, so the answers are for now; the newest ruling of a message stands.
    """

    NAME: ClassVar[str] = "concern.ruled"
    counted: bool
    told: tuple[str, ...]
    room: Literal["sealed", "open"]
    policies: tuple[str, ...]
    basis: str
    faults: bool = False


class RulingFaulted(Fact, frozen=True, kw_only=True):
    """A policy erred over this message: it is kept, and is ruled on again when the intake next starts."""

    NAME: ClassVar[str] = "concern.ruling-faulted"


class MessageQuarantined(Fact, frozen=True, kw_only=True):
    """A message could not be taken: kept as the bytes that came, with the reason, for a person (stream quarantine:<id>).

    `headers` are kept as they came; `body` is ciphertext unless a plain body was accepted.
    """

    NAME: ClassVar[str] = "intake.quarantined"
    topic: str
    partition: int
    offset: int
    reason: str
    field: str = ""
    detail: str = ""
    key: bytes | None = None
    headers: tuple[tuple[str, bytes], ...]
    body: bytes


class ReadmissionAsked(Fact, frozen=True, kw_only=True):
    """A person asks that a quarantined message be run again; the intake does it in its turn."""

    NAME: ClassVar[str] = "intake.re-admission-asked"
    reason: str  # of the person, in codes: key_mended | schema_mended | our_fault | earlier_message_arrived


class MessageReadmitted(Fact, frozen=True, kw_only=True):
    """A person ran a quarantined message again, unedited, after our side was mended."""

    NAME: ClassVar[str] = "intake.re-admitted"
    outcome: Literal["recorded", "recorded_before", "refused_again"]
    reason: str = ""


class SequenceGapNoticed(Fact, frozen=True, kw_only=True):
    """Numbers first..last of a source never came: the only sign of a message lost before the hub (source:<id>)."""

    NAME: ClassVar[str] = "source.gap-noticed"
    organisation: str
    signer: str
    first: int
    last: int


class SequenceNumberReused(Fact, frozen=True, kw_only=True):
    """A new message came under a number that is not above the newest of its source: used again, or fallen behind.

    A publisher that was restored from a backup does this, and so does one that is not whom it says (source:<id>).
    """

    NAME: ClassVar[str] = "source.number-reused"
    organisation: str
    signer: str
    number: int
    newest: int  # of this source and signer when it came


def quarantine_stream(topic: str, partition: int, offset: int) -> str:
    """The stream of a message that lies at this place of the log and could not be taken."""
    return f"quarantine:{uuid5(NAMESPACE_URL, f'mash:{topic}:{partition}:{offset}')}"
