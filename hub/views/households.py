"""Who was said to live with whom, folded from the record into tables of its own: rows by statement, never a household.

Codes only. The intake alone folds (with hub/flow/count.py, in its own turn), so that what counts rests on what it has
just written; pages read. Thrown away, it is folded anew from the first fact, and is the same.
"""

from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from datetime import date
from typing import Any

from msgspec import json as msgspec_json
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

from hub.domain.concern import ConcernRecorded, CorrectionRecorded, Statement, WithdrawalRecorded
from hub.domain.fact import Recorded
from hub.domain.household import ChildrenNamed, HouseholdObserved
from hub.domain.identity import IdentitySettled
from hub.domain.kin import OUTSIDE, Home, Member, Told, together
from hub.domain.moments import london_day
from hub.domain.person import PersonMerged, PersonReinstated, RestrictionSet
from hub.ports import Record
from hub.views.store import Store

NAMES = tuple(
    fact.NAME
    for fact in (
        HouseholdObserved, ConcernRecorded, CorrectionRecorded, WithdrawalRecorded, ChildrenNamed, IdentitySettled,
        PersonMerged, PersonReinstated, RestrictionSet,
    )
)  # fmt: skip
PAGE = 500
AT_ONCE = 500  # ids in one query
ROUNDS = 4  # of looking for who else is named: the child, its adults, their other households, and who lives there
CROWD = 200  # statements that name one adult: who is in more is not looked through
LAG = 5_000  # positions that the place may lie behind where nothing was folded: they are read again at a start

_meta = MetaData()
_place = Table("place", _meta, Column("what", String, primary_key=True), Column("position", BigInteger))
RECORD = "record/2"  # the place: of tables as they are now; where they were folded otherwise, anew
_told = Table(
    "statement", _meta, Column("message", String, primary_key=True), Column("organisation", String), Column("kind", String),
    Column("start", Date), Column("end", Date), Column("change", String), Column("adults_only", Boolean, index=True),
    Column("together", String), Column("position", BigInteger),
)  # fmt: skip
_corrects = Table(  # every correction, of whatever: an answer is kept through them
    "corrects", _meta, Column("message", String, primary_key=True), Column("earlier", String, index=True),
)  # fmt: skip
_member = Table(
    "listed", _meta, Column("message", String, primary_key=True), Column("n", Integer, primary_key=True),
    Column("source_record", String), Column("role", String), Column("child", Boolean), Column("since", Date),
    Column("until", Date), Column("sure", Boolean), Column("home", Boolean), Column("age_months", Integer),
    Column("linked", Boolean),  # whether the statement says that this one lives with anybody
    Index("listed_source_record", "source_record"),
)  # fmt: skip
_taken_back = Table(
    "taken_back",
    _meta,
    Column("message", String, primary_key=True),
    Column("how", String),  # corrected | withdrawn
)
_whose = Table(  # of members alone: whom their source record is held to be about
    "whose", _meta, Column("source_record", String, primary_key=True), Column("person", String, index=True),
)  # fmt: skip
_named = Table(  # the newest answer to which children a concern about adults is about
    "named", _meta, Column("message", String, primary_key=True), Column("children", LargeBinary),
    Column("position", BigInteger),
)  # fmt: skip
_named_child = Table(  # every child ever named in an answer: where to look
    "named_child", _meta, Column("child", String, primary_key=True), Column("message", String, primary_key=True)
)
_merged = Table("merged", _meta, Column("person", String, primary_key=True), Column("into", String, index=True))
_hidden = Table("hidden", _meta, Column("person", String, primary_key=True), Column("restricted", Boolean))

Rows = dict[Table, list[dict[str, Any]]]


class Households:
    """The tables, in a file or a schema of their own. See `hub.ports.Homes`."""

    def __init__(self, tables: Store) -> None:
        self._tables = tables
        self._at = 0  # no further than its place stands: asked for when it seems to lie far behind
        tables.create(_meta)

    # ------------------------------------------------------------------------------------------------- the fold

    def position(self) -> int:
        """Up to where the record was folded; a little more may be."""
        found = self._all(select(_place.c.position).where(_place.c.what == RECORD))
        return int(found[0]["position"]) if found else 0

    def catch_up(self, record: Record, upto: int) -> None:
        """Fold what lies between its place and this position; everything anew where it is ahead of the record."""
        after = self.position()
        if after > record.position():
            self.empty()
            after = 0
        while page := record.read(after, PAGE, NAMES, upto=upto) if after < upto else []:
            self.fold(page, record)
            after = page[-1].position
        if after < upto:
            self._write({_place: [{"what": RECORD, "position": upto}]})

    def fold(self, page: Sequence[Recorded], record: Record) -> None:
        """Fold these facts; a second time changes nothing. Facts that say nothing of households may be among them."""
        rows: Rows = {}
        for recorded in page:
            _rows(recorded, rows)
        members = {row["source_record"] for row in rows.get(_member, ())}
        moved = {row["source_record"]: row["person"] for row in rows.pop(_whose, ())}
        known = {row["source_record"] for row in self._in(_whose, _whose.c.source_record, {*members, *moved})}
        held = record.by_source_record(sorted(members - known))
        whose = {one: row.person for one, row in held.items()}
        whose |= {one: person for one, person in moved.items() if one in known or one in whose}
        rows[_whose] = [{"source_record": one, "person": person} for one, person in whose.items()]
        if page and (any(rows.values()) or self._at < page[-1].position - LAG):
            self._at = page[-1].position
            self._write({**rows, _place: [{"what": RECORD, "position": self._at}]})

    def empty(self) -> None:
        """Throw every row away."""
        with self._tables.writing() as connection:
            for table in _meta.sorted_tables:
                connection.execute(delete(table))

    def close(self) -> None:
        """Close every connection."""
        self._tables.close()

    # ------------------------------------------------------------------------------------------------- what it says

    def persons_of(self, messages: Iterable[str]) -> set[str]:
        """Everybody whom these statements name, also those taken back since, and who a person said they are about.

        Also who a person said of what they corrected: that answer is kept, or has another in its place.
        """
        wanted = set(messages)
        rows = self._in(_member, _member.c.message, wanted)
        found = {row["person"] for row in self._in(_whose, _whose.c.source_record, {r["source_record"] for r in rows})}
        chains = self._back(wanted).values()
        answers = self._in(_named, _named.c.message, {one for chain in chains for one in chain})
        return found | self._survivors({child for row in answers for child in _children(row)})

    def around(
        self, persons: Iterable[str], since: int | None = None,
        without: Callable[[AbstractSet[str]], AbstractSet[str]] | None = None,
    ) -> Home:  # fmt: skip
        """What is said of these persons, and of everybody named with them, as far as a household reaches.

        Nobody is looked for through a professional or neighbour, nor through a list that is no household, nor through a
        crowd: an adult whom very many statements name (the head of a home for children), asked for or not. Where
        `since` is given, through whom of these persons is a crowd only since that position: whom that parted is found.
        `without` gives, of some statements, those that are to be as if they had never been made.
        """
        whose: dict[str, str] = {}  # source record -> person
        told: set[str] = set()
        new, asked = set(persons), frozenset(persons)
        seen: set[str] = set()
        crowd: set[str] = set()
        whole, parting = False, False
        for _ in range(ROUNDS):
            records = {row["source_record"]: row["person"] for row in self._in(_whose, _whose.c.person, new)}
            messages = self._answered(new)
            naming = self._in(_member, _member.c.source_record, records)
            unsaid = without(messages | {row["message"] for row in naming}) if without else frozenset[str]()
            messages -= unsaid
            named_in: dict[str, set[str]] = {}
            young: set[str] = set()
            for row in naming:
                if row["message"] in unsaid:
                    continue
                named_in.setdefault(records[row["source_record"]], set()).add(row["message"])
                young |= {records[row["source_record"]]} if row["child"] else set()
            for person, those in named_in.items():
                if len(those) <= CROWD or person in young:
                    messages |= those
                    continue
                crowd.add(person)
                if since is not None and person in asked and self._told_by(those, since) <= CROWD:
                    messages |= those
                    parting = True
            seen |= new
            whole = not messages - told
            if whole:
                break
            listed = self._in(_member, _member.c.message, messages - told)
            told |= messages
            near = {row["source_record"] for row in listed if row["linked"]}
            whose |= {
                r["source_record"]: r["person"] for r in self._in(_whose, _whose.c.source_record, near - set(whose))
            }
            new = {whose[one] for one in near if one in whose} - seen
            whole = not new
            if whole:
                break
        return self._home(told, crowd, whole=whole and not parting) if told else Home((), whole=True)

    def told(self, messages: Iterable[str]) -> list[Told]:
        """These statements, as far as they stand."""
        return list(self._home(set(messages)).told)

    def taken_back(self, messages: Iterable[str]) -> dict[str, str]:
        """Those of these statements that do not stand: corrected, or withdrawn."""
        return {row["message"]: row["how"] for row in self._in(_taken_back, _taken_back.c.message, set(messages))}

    def still_asked(self, messages: Iterable[str]) -> set[str]:
        """Those of these concerns that name no child, stand, and have no answer yet, nor had before a correction."""
        rows = {row["message"]: row for row in self._in(_told, _told.c.message, set(messages))}
        chains = self._back(message for message, row in rows.items() if row["adults_only"])
        gone = {row["message"] for row in self._in(_taken_back, _taken_back.c.message, set(rows))}
        asked = {one for chain in chains.values() for one in chain}
        answered = {row["message"] for row in self._in(_named, _named.c.message, asked)}
        return {
            message for message, chain in chains.items() if message not in gone and not answered.intersection(chain)
        }

    # ------------------------------------------------------------------------------------------------------- inside

    def _home(self, messages: set[str], crowd: Iterable[str] = (), *, whole: bool = False) -> Home:
        gone = {row["message"] for row in self._in(_taken_back, _taken_back.c.message, messages)}
        rows = self._in(_told, _told.c.message, messages - gone)
        listed = self._in(_member, _member.c.message, {row["message"] for row in rows})
        whose = {
            row["source_record"]: row["person"]
            for row in self._in(_whose, _whose.c.source_record, {row["source_record"] for row in listed})
        }
        by_message: dict[str, list[Member]] = {}
        for row in sorted(listed, key=lambda one: (one["message"], one["n"])):
            person = whose.get(row["source_record"])
            if person is not None:
                by_message.setdefault(row["message"], []).append(
                    Member(
                        person=person, role=row["role"], child=row["child"], since=row["since"], until=row["until"],
                        sure=row["sure"], home=row["home"], age_months=row["age_months"],
                    )
                )  # fmt: skip
        answers = self._answers(rows)
        told = [
            Told(
                message=row["message"], organisation=row["organisation"], kind=row["kind"], start=row["start"],
                end=row["end"], change=row["change"], members=tuple(by_message.get(row["message"], ())),
                named=answers.get(row["message"], ()), together=row["together"],
            )
            for row in rows
        ]  # fmt: skip
        persons = {member.person for one in told for member in one.members}
        hidden = {row["person"] for row in self._in(_hidden, _hidden.c.person, persons) if row["restricted"]}
        return Home(told, hidden, crowd, whole=whole)

    def _told_by(self, messages: Iterable[str], position: int) -> int:
        """How many of these statements were on record at this position."""
        return sum(row["position"] <= position for row in self._in(_told, _told.c.message, messages))

    def _back(self, messages: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """Each of these, what it corrects, what that corrected, and so on: the newest first."""
        wanted = set(messages)
        earlier: dict[str, str] = {}
        ask = wanted
        while ask:
            found = {row["message"]: row["earlier"] for row in self._in(_corrects, _corrects.c.message, ask)}
            earlier |= found
            ask = set(found.values()) - set(earlier)
        chains = {}
        for message in wanted:
            chain = [message]
            while (before := earlier.get(chain[-1])) and before not in chain:
                chain.append(before)
            chains[message] = tuple(chain)
        return chains

    def _forth(self, messages: Iterable[str]) -> set[str]:
        """These, and what corrected them since, and what corrected that."""
        found = ask = set(messages)
        while ask:
            ask = {row["message"] for row in self._in(_corrects, _corrects.c.earlier, ask)} - found
            found = found | ask
        return found

    def _answers(self, rows: Sequence[dict[str, Any]]) -> dict[str, tuple[str, ...]]:
        """Which children a person said each concern about adults is about; corrections keep the answer of before."""
        chains = self._back(row["message"] for row in rows if row["adults_only"])
        asked = {one for chain in chains.values() for one in chain}
        held = {row["message"]: _children(row) for row in self._in(_named, _named.c.message, asked)}
        newest = {message: next((held[one] for one in chain if one in held), ()) for message, chain in chains.items()}
        return {message: tuple(sorted(self._survivors(set(answer)))) for message, answer in newest.items()}

    def _answered(self, persons: set[str]) -> set[str]:
        """Concerns about adults that a person said are about these, and their corrections.

        Answers are few: they are read whole.
        """
        answers = self._all(select(_named))
        return self._forth(row["message"] for row in answers if self._survivors(set(_children(row))) & persons)

    def _survivors(self, persons: set[str]) -> set[str]:
        """Who these are held to be now: a merged person is another."""
        for _ in range(ROUNDS):
            merged = {row["person"]: row["into"] for row in self._in(_merged, _merged.c.person, persons) if row["into"]}
            if not merged:
                break
            persons = {merged.get(person, person) for person in persons}
        return persons

    def _all(self, query: Any) -> list[dict[str, Any]]:
        with self._tables.reading() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def _in(self, table: Table, column: Any, wanted: Iterable[str]) -> list[dict[str, Any]]:
        """The rows of a table whose column is one of these."""
        values, found = sorted(wanted), list[dict[str, Any]]()
        for start in range(0, len(values), AT_ONCE):
            found += self._all(select(table).where(column.in_(values[start : start + AT_ONCE])))
        return found

    def _write(self, rows: Rows) -> None:
        with self._tables.writing() as connection:
            for table, those in rows.items():
                self._upsert(connection, table, those)

    def _upsert(self, connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
        keys = [column.name for column in table.primary_key.columns]
        newest = {tuple(row[key] for key in keys): row for row in rows}  # of one row told twice the later stands
        if newest:
            connection.execute(self._tables.upsert(table), list(newest.values()))


def _children(row: dict[str, Any]) -> tuple[str, ...]:
    return msgspec_json.decode(row["children"], type=tuple[str, ...])


def _rows(recorded: Recorded, rows: Rows) -> None:
    """The rows that one fact makes."""
    fact, ident = recorded.fact, recorded.stream.partition(":")[2]

    def put(table: Table, **values: Any) -> None:
        rows.setdefault(table, []).append(values)

    match fact:
        case HouseholdObserved():
            says = together("household", [member.role for member in fact.members], stay=fact.stay)
            put(
                _told, message=ident, organisation=fact.organisation, kind="household",
                start=london_day(fact.occurred.start), end=london_day(fact.occurred.end), change=fact.change,
                adults_only=False, together=says, position=recorded.position,
            )  # fmt: skip
            for n, member in enumerate(fact.members):
                put(
                    _member, message=ident, n=n, source_record=member.source_record, role=member.role,
                    child=member.role == "child", since=member.since, until=member.until, sure=member.sure, home=True,
                    age_months=member.age_months, linked=says != "none" and member.role not in OUTSIDE,
                )  # fmt: skip
        case ConcernRecorded(statement=said):
            _concern(ident, said, recorded.position, put)
        case CorrectionRecorded(statement=said, corrects=earlier):
            _concern(ident, said, recorded.position, put)
            put(_corrects, message=ident, earlier=earlier)
            put(_taken_back, message=earlier, how="corrected")
        case WithdrawalRecorded():
            for one in (fact.withdraws, *fact.also):
                put(_taken_back, message=one, how="withdrawn")
        case ChildrenNamed():
            put(_named, message=ident, children=msgspec_json.encode(fact.children), position=recorded.position)
            for child in fact.children:
                put(_named_child, message=ident, child=child)
        case IdentitySettled():
            for moved in fact.moved:
                put(_whose, source_record=moved.source_record, person=moved.after)
        case PersonMerged():
            put(_merged, person=ident, into=fact.into)
        case PersonReinstated():
            put(_merged, person=ident, into="")
        case RestrictionSet():
            put(_hidden, person=ident, restricted=fact.restricted)
        case _:
            pass  # signals, which say nothing of households, and what was erased


def _concern(ident: str, said: Statement, position: int, put: Any) -> None:
    """A concern with adults: who is in the household of the children that it names, or whose children nobody named."""
    if not said.adults:
        return
    says = together("concern", [*("child" for _ in said.subjects), *(adult.relationship for adult in said.adults)])
    put(
        _told, message=ident, organisation=said.organisation, kind="concern", start=london_day(said.occurred.start),
        end=london_day(said.occurred.end), change="none", adults_only=not said.subjects, together=says,
        position=position,
    )  # fmt: skip
    blank: dict[str, date | None] = {"since": None, "until": None}
    for n, child in enumerate(said.subjects):
        put(
            _member, message=ident, n=n, source_record=child.source_record, role="child", child=True, sure=True,
            home=True, age_months=child.age_months, linked=says != "none", **blank,
        )  # fmt: skip
    for n, adult in enumerate(said.adults, len(said.subjects)):
        put(
            _member, message=ident, n=n, source_record=adult.source_record, role=adult.relationship, child=False,
            sure=True, home=adult.in_household, age_months=None,
            linked=says != "none" and adult.relationship not in OUTSIDE, **blank,
        )  # fmt: skip
