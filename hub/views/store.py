"""What pages read, folded from the record and the ledger into tables. Thrown away and rebuilt, they are the same.

Codes only: a view holds no words, so nothing in it needs a grant. The position moves with the rows in one transaction, so
a view can be behind and never ahead; one that is ahead of its record (a restored backup) is emptied and folded anew.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from typing import Any, Protocol

import msgspec
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    delete,
    select,
)  # fmt: skip

from hub.domain.alert import AlertDecided, AlertRaised, AlertStrengthened, AlertWeakened
from hub.domain.area import home_on
from hub.domain.concern import (
    ConcernRecorded,
    ConcernRuled,
    CorrectionRecorded,
    InformationRecorded,
    MessageQuarantined,
    MessageReadmitted,
    RulingFaulted,
    SequenceGapNoticed,
    Statement,
    StrengthRecorded,
    WithdrawalRecorded,
)
from hub.domain.consent import ConsentRecorded
from hub.domain.decision import advice_only
from hub.domain.enquiry import (
    ClosingProposed,
    ClosingReturned,
    EnquiryChildAdded,
    EnquiryDecided,
    EnquiryOpened,
    UnseenRead,
)
from hub.domain.fact import Fact, Recorded
from hub.domain.forwarding import ContactForwarded, ForwardingPassedBack
from hub.domain.household import HouseholdObserved
from hub.domain.identity import (
    BreachAssessed,
    IdentityAgreed,
    IdentityDecided,
    IdentityNotAgreed,
    IdentityRefused,
    IdentitySettled,
)
from hub.domain.ledger import Asked
from hub.domain.person import (
    KindNoted,
    KindTakenBack,
    PersonMerged,
    PersonOpened,
    PersonReinstated,
    RestrictionSet,
    SourceRecordLinked,
    StandingSettled,
)
from hub.domain.request import RequestAnswered
from hub.domain.sameness import SamenessHeldBack, SamenessProposed, SamenessSettled
from hub.domain.source_record import (
    InvolvementChanged,
    LegalStatusChanged,
    SourceRecordDescribed,
    SourceRecordOpened,
)
from hub.ports import Record
from hub.views import heard, kept_out, lateness, matter_rows, matters_requests, measured, sameness
from hub.views.columns import Moment, meta

PAGE = 1000


positions = Table("position", meta, Column("log", String, primary_key=True), Column("position", BigInteger))
person = Table(
    "person", meta, Column("person", String, primary_key=True), Column("kind", String), Column("standing", String),
    Column("candidates", LargeBinary), Column("why", LargeBinary), Column("merged_into", String, index=True),
    Column("restricted", Boolean), Column("since", Moment()),  # since: when its standing was last settled
    Column("position", BigInteger),
)  # fmt: skip
identity = Table(  # decisions about identity, and what became of each
    "identity", meta, Column("identity", String, primary_key=True), Column("what", String),
    Column("person", String, index=True), Column("other", String, index=True), Column("by", String),
    Column("state", String),  # waits_for_second | waits_for_intake | settled | not_agreed | refused
    Column("asked_at", Moment()), Column("settled_at", Moment()), Column("moved", Integer),  # source records moved
    Column("assessed", String),  # the outcome of going through who was shown what; "" while nobody has
    Column("position", BigInteger),
)  # fmt: skip
source_record = Table(
    "source_record", meta, Column("source_record", String, primary_key=True), Column("person", String, index=True),
    Column("organisation", String), Column("kind", String),
)  # fmt: skip
home = Table(  # where a source record's newest address says that its person lives; no line of it, no postcode
    "home", meta, Column("source_record", String, primary_key=True), Column("organisation", String),
    Column("place", String),  # a keyed digest: two can be compared, none can be read; "" for a hidden one
    Column("kind", String), Column("since", Date), Column("until", Date), Column("said_on", Date),
    Column("position", BigInteger, index=True),
)  # fmt: skip
said = Table(  # everything said about anybody: one row a fact that a chronology shows
    "said", meta, Column("stream", String, primary_key=True), Column("version", Integer, primary_key=True),
    Column("position", BigInteger), Column("kind", String), Column("organisation", String),
    Column("occurred", Moment()), Column("known_at", Moment()),
    Column("standing", String),  # current | corrected | withdrawn
    Column("code", String, index=True),  # the handling code that a statement was made under, where it names one
)  # fmt: skip
superseded = Table(  # which message took the place of a statement, or took it back; the newest
    "superseded", meta, Column("message", String, primary_key=True), Column("by", String), Column("how", String),
)  # fmt: skip
said_about = Table(
    "said_about", meta, Column("stream", String, primary_key=True), Column("version", Integer, primary_key=True),
    Column("source_record", String, primary_key=True), Index("said_about_record", "source_record"),
)  # fmt: skip
alert = Table(
    "alert", meta, Column("alert", String, primary_key=True), Column("child", String, index=True),
    Column("rule", String), Column("level", Integer), Column("state", String),  # open | in_enquiry | decided
    Column("raised_at", Moment()), Column("changed_at", Moment()),
    Column("enquiry", String), Column("possible", Boolean), Column("position", BigInteger),
    Column("fact", LargeBinary),  # the newest codes of the finding: why, evidence, smallest set
    # when it last went to a worker who is at it already; and, while it waits there, until when
    Column("forwarded_at", Moment()), Column("forwarded_due", Moment()),
)  # fmt: skip
enquiry = Table(  # one row for each child of a MASH enquiry; what is so of all of it stands in `matter`
    "enquiry", meta, Column("enquiry", String, primary_key=True), Column("child", String, primary_key=True),
    Column("state", String),  # open | waiting: a closing waits for a manager | decided
    Column("opened_at", Moment()), Column("position", BigInteger), Column("level", Integer), Column("outcome", String),
    Column("advice_only", Boolean), Column("unseen", Integer),  # how many facts nobody has read since a red decision
    Index("enquiry_child", "child"),
)  # fmt: skip
quarantine = Table(
    "quarantine", meta, Column("quarantine", String, primary_key=True), Column("place", String),
    Column("source", String), Column("kind", String), Column("reason", String), Column("field", String),
    Column("detail", String), Column("bytes", Integer), Column("received", Moment()),
    Column("state", String),
)  # fmt: skip
gap = Table(
    "gap", meta, Column("position", BigInteger, primary_key=True), Column("organisation", String),
    Column("first", BigInteger), Column("last", BigInteger), Column("known_at", Moment()),
)  # fmt: skip
unplaced = Table(  # concerns that name no child: somebody must ask for the children
    "unplaced", meta, Column("message", String, primary_key=True), Column("organisation", String),
    Column("known_at", Moment()), Column("position", BigInteger),
)  # fmt: skip
faulted = Table(  # messages over which a sharing policy erred
    "faulted", meta, Column("message", String, primary_key=True), Column("known_at", Moment()),
    Column("state", String),  # waiting | ruled
)  # fmt: skip
look = Table(
    "look", meta, Column("position", BigInteger, primary_key=True), Column("child", String, primary_key=True),
    Column("fact", LargeBinary), Column("at", Moment()), Column("reason", String), Index("look_child", "child"),
)  # fmt: skip

Row = dict[str, Any]


class Store(Protocol):
    """Where the tables lie (hub/adapters/tables.py)."""

    def create(self, metadata: MetaData) -> None:
        """Make these tables where they are missing."""
        ...

    def writing(self) -> AbstractContextManager[Connection]:
        """One transaction, committed at its end."""
        ...

    def reading(self) -> AbstractContextManager[Connection]:
        """A connection that reads what is committed."""
        ...

    def upsert(self, table: Table) -> Any:
        """An insert that replaces the row of the same primary key."""
        ...

    def close(self) -> None:
        """Close every connection."""
        ...


class ViewStore:
    """The view tables, in a file or a schema of their own."""

    def __init__(self, tables: Store) -> None:
        self._tables = tables
        tables.create(meta)

    def rows(self, query: Any) -> list[Row]:
        """The rows of a select, each a dictionary."""
        with self._tables.reading() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def position(self, log: str) -> int:
        """How far a log ("record" or "ledger") has been folded."""
        found = self.rows(select(positions.c.position).where(positions.c.log == log))
        return int(found[0]["position"]) if found else 0

    def follow(self, log: str, record: Record) -> int:
        """Fold the next page of a log; how many facts it held. 0 means: up to date."""
        after = self.position(log)
        page = record.read(after, PAGE)
        if not page:
            if after > record.position():
                self.empty()
                return 1
            return 0
        self._fold(log, after, page)
        return len(page)

    def catch_up(self, log: str, record: Record) -> int:
        """Fold until nothing is left; the position reached."""
        while self.follow(log, record):
            pass
        return self.position(log)

    def spoken_of(self, source_records: Iterable[str]) -> list[str]:
        """The messages that speak of these source records, as far as the record was folded."""
        wanted, stream = sorted(source_records), said_about.c.stream
        found: set[str] = set()
        for start in range(0, len(wanted), PAGE):
            named = said_about.c.source_record.in_(wanted[start : start + PAGE])
            found |= {row["stream"] for row in self.rows(select(stream).where(named, stream.startswith("message:")))}
        return sorted(one.partition(":")[2] for one in found)

    def worries(self, source_records: Iterable[str]) -> list[Row]:
        """The concerns that stand and speak of these source records, counted or not, the newest first."""
        about = said_about
        query = (
            select(said)
            .join(about, (about.c.stream == said.c.stream) & (about.c.version == said.c.version))
            .where(
                about.c.source_record.in_(sorted(source_records)), said.c.kind == "worry", said.c.standing == "current"
            )
        )
        return self.rows(query.order_by(said.c.position.desc()).distinct())

    def kept_out(
        self, persons: Iterable[str] = (), source_records: Iterable[str] = (), organisations: Iterable[str] = ()
    ) -> list[str]:
        """The messages that stand and do not count, or not for every child: of these organisations, or about these persons
        (whoever they were merged into), or about whom these source records are; as far as the record was folded.
        """
        held, kept = source_record, kept_out.kept_out
        named = self.rows(select(held.c.person).where(held.c.source_record.in_(sorted(source_records))))
        whole = newest = {*persons, *(row["person"] for row in named)}
        while newest:
            into = self.rows(select(person.c.merged_into).where(person.c.person.in_(sorted(newest))))
            newest = {row["merged_into"] for row in into} - whole - {""}
            whole = whole | newest
        records = select(held.c.source_record).where(held.c.person.in_(sorted(whole)))
        about = select(said_about.c.stream).where(said_about.c.source_record.in_(records))
        query = select(kept.c.stream).join(said, (said.c.stream == kept.c.stream) & (said.c.version == 1)).where(
            kept.c.state != "counted", said.c.standing == "current",
            kept.c.stream.in_(about) | said.c.organisation.in_(sorted(organisations)),
        )  # fmt: skip
        return [row["stream"] for row in self.rows(query.order_by(said.c.position))]

    def empty(self) -> None:
        """Throw every row away; the next `follow` starts from the first fact."""
        with self._tables.writing() as connection:
            for table in meta.sorted_tables:
                connection.execute(delete(table))

    def close(self) -> None:
        """Close every connection."""
        self._tables.close()

    def _fold(self, log: str, after: int, page: Sequence[Recorded]) -> None:
        new: dict[Table, dict[tuple[Any, ...], Row]] = defaultdict(dict)
        place = select(positions.c.position).where(positions.c.log == log).with_for_update()
        with self._tables.writing() as connection:
            if (connection.execute(place).scalar() or 0) != after:
                return  # a page that answers folds too: whoever comes second finds it done
            for recorded in page:
                beside = (*heard.rows(recorded), *lateness.rows(recorded), *measured.rows(recorded))
                beside += (*kept_out.rows(recorded),)
                for table, row in (*_rows(recorded), *beside):
                    key = tuple(row[c.name] for c in table.primary_key.columns)
                    held = new[table].get(key)
                    if held is None and len(row) < len(table.columns):
                        self._flush(connection, new)
                        held = self._held(connection, table, row)
                    new[table][key] = {**(held or {}), **row}
            new[positions][log,] = {"log": log, "position": page[-1].position}
            self._flush(connection, new)

    def _held(self, connection: Connection, table: Table, row: Row) -> Row:
        """The row that a partial one changes, whole."""
        match = [column == row[column.name] for column in table.primary_key.columns]
        found = connection.execute(select(table).where(*match)).mappings().first()
        return dict(found) if found else {column.name: None for column in table.columns}

    def _flush(self, connection: Connection, new: dict[Table, dict[tuple[Any, ...], Row]]) -> None:
        for table, rows in new.items():
            if not rows:
                continue
            connection.execute(self._tables.upsert(table), list(rows.values()))
        new.clear()


def message_of(row: Row) -> str:
    """The message that a row of `said` or of what was kept out is about."""
    return str(row["stream"]).partition(":")[2]


def _rows(recorded: Recorded) -> Iterator[tuple[Table, Row]]:
    """The rows that one fact makes or changes. A row with fewer columns than its table changes one that is there."""
    fact, envelope = recorded.fact, recorded.envelope
    ident = recorded.stream.partition(":")[2]
    known_at = envelope.known_at
    match fact:
        case PersonOpened():
            yield (
                person,
                {
                    "person": ident, "kind": fact.kind, "standing": fact.standing,
                    "candidates": msgspec.json.encode(fact.candidates), "why": msgspec.json.encode(fact.why),
                    "merged_into": "", "restricted": fact.restricted, "since": known_at, "position": recorded.position,
                },
            )  # fmt: skip
        case PersonMerged():
            yield person, {"person": ident, "merged_into": fact.into}
        case PersonReinstated():
            yield person, {"person": ident, "merged_into": ""}
        case StandingSettled():
            settled = {"standing": fact.standing, "candidates": msgspec.json.encode(fact.candidates)}
            began = {} if fact.added else {"since": known_at}  # a candidate more: the clock goes on as it began
            yield person, {"person": ident, **settled, **began}
        case SamenessProposed() | SamenessSettled() | SamenessHeldBack():
            yield from sameness.rows(recorded)
        case KindNoted():
            if fact.kind != "adult":  # a page treats as a child whoever anybody has spoken of as one
                yield person, {"person": ident, "kind": fact.kind}
        case KindTakenBack():
            yield person, {"person": ident, "kind": fact.now}
        case RestrictionSet():
            yield person, {"person": ident, "restricted": fact.restricted}
        case IdentityDecided():
            yield (
                identity,
                {
                    "identity": ident, "what": fact.what, "person": fact.person, "other": fact.other, "by": fact.by,
                    "state": "waits_for_second" if fact.second else "waits_for_intake", "asked_at": known_at,
                    "settled_at": None, "moved": 0, "assessed": "", "position": recorded.position,
                },
            )  # fmt: skip
        case IdentityAgreed():
            yield identity, {"identity": ident, "state": "waits_for_intake"}
        case IdentityNotAgreed():
            yield identity, {"identity": ident, "state": "not_agreed"}
        case IdentityRefused():
            yield identity, {"identity": ident, "state": "refused"}
        case IdentitySettled():
            carried = {"identity": ident, "state": "settled", "settled_at": known_at, "moved": len(fact.moved)}
            yield identity, carried
        case BreachAssessed():
            yield identity, {"identity": ident, "assessed": fact.outcome}
        case SourceRecordOpened():
            yield (
                source_record,
                {"source_record": ident, "organisation": fact.organisation, "kind": fact.kind, "person": ""},
            )
            yield from lives(recorded, fact)
        case SourceRecordDescribed():
            yield from lives(recorded, fact)
        case SourceRecordLinked():
            yield source_record, {"source_record": fact.source_record, "person": ident}
        case ConcernRecorded(statement=s) | StrengthRecorded(statement=s) | CorrectionRecorded(statement=s):
            yield from _spoken(recorded, s)
            if isinstance(fact, CorrectionRecorded):
                yield said, {"stream": f"message:{fact.corrects}", "version": 1, "standing": "corrected"}
                yield superseded, {"message": fact.corrects, "by": ident, "how": "corrected"}
        case WithdrawalRecorded():
            for one in (fact.withdraws, *fact.also):
                yield said, {"stream": f"message:{one}", "version": 1, "standing": "withdrawn"}
                yield superseded, {"message": one, "by": ident, "how": "withdrawn"}
        case RulingFaulted():
            yield faulted, {"message": ident, "known_at": known_at, "state": "waiting"}
        case ConcernRuled(faults=False) if (
            recorded.version > 2
        ):  # the second is of intake, any later one was asked again
            yield faulted, {"message": ident, "state": "ruled"}
        case InformationRecorded():
            yield from _about(recorded, "answer", fact.organisation, fact.recorded_at, [fact.source_record])
            yield from matters_requests.answered(recorded, fact)
        case RequestAnswered(source_record=own) if own:
            yield from matter_rows.rows(recorded)  # values of a record, not something said of a child
        case RequestAnswered():
            about = [f"hub-{child}" for child in fact.children]  # a request says whom it is about
            yield from _about(recorded, "answer", fact.organisation, fact.recorded_at, about)
            yield from matter_rows.rows(recorded)
        case HouseholdObserved():
            about = [m.source_record for m in fact.members]
            yield from _about(recorded, "household", fact.organisation, fact.occurred.start, about)
        case InvolvementChanged() | LegalStatusChanged():
            kind = "involvement" if isinstance(fact, InvolvementChanged) else "status"
            yield from _about(recorded, kind, fact.organisation, _noon(fact.started), [ident])
        case ConsentRecorded():
            yield from _about(recorded, "consent", fact.organisation, fact.valid_from, [fact.source_record])
            yield from matter_rows.rows(recorded)
        case AlertRaised():
            yield (
                alert,
                {
                    "alert": ident, "child": fact.child, "rule": fact.rule, "level": fact.level, "state": "open",
                    "raised_at": known_at, "changed_at": None, "enquiry": "", "possible": fact.possible,
                    "position": recorded.position, "fact": msgspec.json.encode(fact), "forwarded_at": None,
                    "forwarded_due": None,
                },
            )  # fmt: skip
        case AlertStrengthened() | AlertWeakened():
            yield alert, {"alert": ident, "changed_at": known_at, **_finding_codes(fact)}
        case AlertDecided():
            yield alert, {"alert": ident, "state": "decided"}
        case EnquiryOpened() | EnquiryChildAdded():
            yield (
                enquiry,
                {
                    "enquiry": ident, "child": fact.child, "state": "open", "opened_at": known_at,
                    "position": recorded.position, "level": None, "outcome": "", "advice_only": False, "unseen": 0,
                },
            )  # fmt: skip
            for one in fact.alerts:
                yield alert, {"alert": one, "state": "in_enquiry", "enquiry": ident}
            yield from matter_rows.rows(recorded)
        case EnquiryDecided():
            yield (
                enquiry,
                {
                    "enquiry": ident, "child": fact.child, "state": "decided", "level": fact.level,
                    "position": recorded.position, "outcome": fact.outcome, "advice_only": advice_only(fact),
                    "unseen": len(fact.unseen),
                },
            )  # fmt: skip
            yield from matter_rows.rows(recorded)
        case ClosingProposed():
            yield enquiry, {"enquiry": ident, "child": fact.child, "state": "waiting"}
        case ClosingReturned():
            yield enquiry, {"enquiry": ident, "child": fact.child, "state": "open"}
        case UnseenRead():
            yield enquiry, {"enquiry": ident, "child": fact.child, "unseen": 0}
        case ContactForwarded():
            for one in fact.alerts:
                yield alert, {"alert": one, "forwarded_at": known_at, "forwarded_due": fact.due}
            yield from matter_rows.rows(recorded)
        case ForwardingPassedBack():
            for one in fact.alerts:
                yield (
                    alert,
                    {"alert": one, "forwarded_due": None},
                )  # `forwarded_at` stays: it does not go there again by itself
            yield from matter_rows.rows(recorded)
        case MessageQuarantined():
            headers = {name: _plain(value.decode("ascii", "replace")[:100]) for name, value in fact.headers}
            yield (
                quarantine,
                {
                    "quarantine": ident, "place": f"{fact.topic}/{fact.partition}/{fact.offset}",
                    "source": headers.get("ce_source", ""), "kind": headers.get("ce_type", ""), "reason": fact.reason,
                    "field": _plain(fact.field), "detail": _plain(fact.detail), "bytes": len(fact.body),
                    "received": envelope.received,
                    "state": "waiting",
                },
            )  # fmt: skip
        case MessageReadmitted():
            state = "waiting" if fact.outcome == "refused_again" else "re_admitted"
            changed = {"reason": fact.reason} if fact.reason else {}
            yield quarantine, {"quarantine": ident, "state": state, **changed}
        case SequenceGapNoticed():
            yield (
                gap,
                {
                    "position": recorded.position, "organisation": fact.organisation, "first": fact.first,
                    "last": fact.last, "known_at": known_at,
                },
            )  # fmt: skip
        case Asked():
            for child in fact.subjects or ("",):
                row = {"position": recorded.position, "child": child, "at": known_at, "reason": fact.reason}
                yield look, {**row, "fact": msgspec.json.encode(fact)}
            yield from matter_rows.rows(recorded)
        case _:
            yield from matter_rows.rows(
                recorded
            )  # the rest no page reads; `stored.py` stopped on a name that nobody knows


def _plain(text: str) -> str:
    """What strangers sent, as it may stand in a database and on a page: whatever does not print becomes U+FFFD."""
    return "".join(one if one.isprintable() else "\ufffd" for one in text)


def _noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def lives(recorded: Recorded, fact: SourceRecordOpened | SourceRecordDescribed) -> Iterator[tuple[Table, Row]]:
    """Where the addresses of this fact say that its person lives, on the day on which they were said."""
    now = home_on(fact.homes, fact.homes[0].said_on) if fact.homes else None
    if now is not None:
        yield (
            home,
            {
                "source_record": recorded.stream.partition(":")[2], "organisation": fact.organisation,
                "place": now.place, "kind": now.kind, "since": now.since, "until": now.until, "said_on": now.said_on,
                "position": recorded.position,
            },
        )  # fmt: skip


def _spoken(recorded: Recorded, statement: Statement) -> Iterator[tuple[Table, Row]]:
    kind = "strength" if isinstance(recorded.fact, StrengthRecorded) else "worry"
    about = [s.source_record for s in statement.subjects] + [a.source_record for a in statement.adults]
    yield from _about(recorded, kind, statement.organisation, statement.occurred.start, about, statement.police_code)
    if not statement.subjects:
        yield (
            unplaced,
            {
                "message": recorded.stream.partition(":")[2], "organisation": statement.organisation,
                "known_at": recorded.envelope.known_at, "position": recorded.position,
            },
        )  # fmt: skip


def _about(
    recorded: Recorded, kind: str, organisation: str, occurred: Any, about: Sequence[str], code: str | None = None
) -> Iterator[tuple[Table, Row]]:
    place = {"stream": recorded.stream, "version": recorded.version}
    yield (
        said,
        {
            **place, "position": recorded.position, "kind": kind, "organisation": organisation, "occurred": occurred,
            "known_at": recorded.envelope.known_at, "standing": "current", "code": code,
        },
    )  # fmt: skip
    for one in dict.fromkeys(about):
        yield said_about, {**place, "source_record": one}


def _finding_codes(fact: Fact) -> Mapping[str, Any]:
    codes: Row = {"fact": msgspec.json.encode(fact)}
    for name in ("level", "possible"):
        if getattr(fact, "holds", True):  # where the rule stands no more, the alert keeps the level and clock it had
            codes[name] = getattr(fact, name)
    return codes
