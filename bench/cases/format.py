"""The format of a chronology: JSON Lines, a header and then one row for each thing that somebody held.

It promises that what is read is whole and in order: an unknown key, indicator or organisation, a period that ends
before it starts, and a row out of order are refused with the file, the line and what to mend. docs/cases.md tells it.
"""

import re
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import Struct

import schemas
from bench.world.numbers import UNUSED_AUTHORITY, upn_is_valid
from hub.domain.enquiry import ACTIONS, GROUNDS, OUTCOMES
from hub.domain.errors import BadMessage, HubError
from hub.domain.feed import LONGEST
from hub.domain.identifiers import nhs_number
from hub.domain.message import Relationship, Seen
from hub.domain.moments import Precision
from hub.domain.vocabulary import Vocabulary

RESERVED = "999"  # NHS numbers of the range that is kept for tests
NOON = time(12)
LAST_MINUTE = time(23, 59)
NOWHERE = re.compile(r"ZZ[1-8]?[0-9] [0-9][A-Z]{2}")
A_ROW = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
AN_ORGANISATION = re.compile(r"[a-z][a-z0-9_]{1,39}")
MESSAGES = frozenset(  # what is published; the rest is done by the services, or stays beside the case
    {
        "concern", "strength", "household", "involvement", "legal_status", "information", "consent", "correction",
        "withdrawal", "visit",
    }
)  # fmt: skip
ABOUT_SUBJECTS = frozenset({"concern", "strength", "visit", "correction"})
ABOUT_ONE = frozenset(
    {"involvement", "legal_status", "information", "consent", "enquiry", "decision", "closure", "lead"}
)
NEEDS: dict[str, tuple[str, ...]] = {  # what a row of each type must say beside the rest
    "household": ("members",),
    "involvement": ("who", "service", "started"),
    "legal_status": ("who", "status", "started"),
    "information": ("who", "request", "result"),
    "consent": ("who", "consent_about", "consent_state"),
    "correction": ("corrects", "subjects"),
    "withdrawal": ("withdraws", "withdrawal_reason"),
    "enquiry": ("who", "ground"),
    "decision": ("who", "outcome"),
    "closure": ("who",),
    "lead": ("who",),
}

Kind = Literal[
    "concern", "strength", "household", "involvement", "legal_status", "information", "consent", "correction",
    "withdrawal", "visit", "enquiry", "decision", "closure", "lead", "context",
]  # fmt: skip


class BadCase(HubError):
    """A case file that cannot be replayed: the text names file, line and mend."""


class Holder(Struct, frozen=True, forbid_unknown_fields=True):
    """An organisation of the chronology, as it would join the hub."""

    name: str
    sector: str
    listed_body: bool = False
    heard_every: int = 0  # days within which it says that it is heard (0: it is not listened for)
    heard_counts: Literal["school", "working", "always"] = "working"  # which days count


class Somebody(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A person of the chronology, synthetic. An unborn child has `expected` until `born`."""

    kind: Literal["child", "adult"]
    forename: str
    surname: str
    born: date | None = None
    expected: date | None = None
    sex: Literal["female", "male", "indeterminate", "not_known"] = "not_known"
    nhs: str | None = None
    upn: str | None = None
    postcode: str | None = None  # of the area ZZ, which is never issued
    mother: str | None = None  # who: her NHS number stands for the unborn child's


class Header(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The first line: which case, what it is, how it was disguised, who is in it and who held it."""

    case: str
    banner: str
    shift_weeks: int  # by how many weeks the dates below were moved; taken off again, they are the source's dates
    partnerships: tuple[str, ...] = ()  # a hint: under whose rules the case is worth replaying
    organisations: dict[str, Holder]
    people: dict[str, Somebody]
    child: str  # whom the case is about
    seed: int = 1  # of series without dates
    harm: str | None = None  # the row that days are counted back from; the last one where it is not named
    knows: dict[
        str, tuple[Literal["names", "born", "home", "nhs", "upn"], ...]
    ] = {}  # organisation -> all it knows of people


class About(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One child in a row: what was seen of this child."""

    who: str
    indicators: tuple[str, ...] = ()
    measures: dict[str, float] = {}
    seen: Seen = "not_seen"
    observation: str | None = None
    voice: str | None = None


class Beside(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One adult in a row."""

    who: str
    relationship: Relationship = "not_known"
    in_household: bool | None = None
    observation: str | None = None
    indicators: tuple[str, ...] = ()  # of this adult: all that a rule can read where no child is named


class Living(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One member of a household."""

    who: str
    role: Relationship | Literal["child"] = "not_known"
    since: date | None = None
    until: date | None = None
    sure: bool = True


class Series(Struct, frozen=True, forbid_unknown_fields=True):
    """So many events without dates, somewhere in the row's period: drawn from the seed, each on a day of its own."""

    count: int


class Line(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One line as written; dates as text, so that a wrong one is refused with its line."""

    row: str
    source: str  # S in a page that was read, B background, D derived; "S+D"
    publisher: str = ""  # organisation, or organisation/setting
    type: Kind
    occurred: str | tuple[str, str]
    precision: Precision | None = None
    recorded_at: str | None = None
    known_at: str | None = None
    shared: bool = True  # false: held back until the case's last row
    hindsight: bool = False  # known to nobody then: only in a run that says so
    according_to: str = ""  # which of two accounts that disagree
    note: str = ""
    words: str = ""
    words_when: str | None = None
    how_known: Literal["first_hand", "told_by_child", "told_by_family", "told_by_organisation", "told_by_other"] = (
        "first_hand"
    )
    told_by: str | None = None  # organisation
    incident: str | None = None
    referrer_kind: str = "8"
    referrer: str | None = None
    family_told: bool = False
    subjects: tuple[About, ...] = ()
    adults: tuple[Beside, ...] = ()
    evidence: tuple[str, ...] = ()  # kinds: photograph, video
    backfill: bool = False
    series: Series | None = None
    members: tuple[Living, ...] = ()
    change: Literal["none", "moved_in", "moved_out", "birth", "death", "address_change", "in_custody"] = "none"
    who: str | None = None
    service: str | None = None
    started: date | None = None
    ended: date | None = None
    status: str | None = None
    request: str | None = None
    result: Literal["provided", "searched_none_held", "refused"] | None = None
    consent_about: Literal["consent_to_share", "agreement_to_service"] | None = None
    consent_state: str | None = None
    consent_giver: str = "not_recorded"
    corrects: str | None = None
    withdraws: str | None = None
    withdrawal_reason: Literal["recorded_in_error", "wrong_child", "duplicate", "other"] | None = None
    ground: str | None = None
    outcome: str | None = None
    actions: tuple[str, ...] = ()
    level: int | None = None
    closes_because: str = ""  # of a closure: "another_organisation", "assessed", "no_concern" …
    acting: str | None = None  # of a closure: the organisation that is said to be acting
    child_seen: bool | None = None  # of a closure: whether the child was seen since the referral
    alone: bool = True  # of a closure: one worker, no manager
    label: str = ""  # an opinion of a report or a reporter, as it was written down ("malicious")


class Row(Struct, frozen=True, kw_only=True):
    """One row, read: `line` is its place in the file, the times are naive London times as in the file."""

    number: int
    said: Line
    start: datetime
    end: datetime
    precision: Precision
    recorded: datetime
    known: datetime

    @property
    def id(self) -> str:
        """The row's own id."""
        return self.said.row

    @property
    def organisation(self) -> str:
        """Who holds it."""
        return self.said.publisher.partition("/")[0]

    @property
    def setting(self) -> str | None:
        """Which school, practice or team of it."""
        return self.said.publisher.partition("/")[2] or None


class Case(Struct, frozen=True, kw_only=True):
    """A whole chronology: rows in the order in which the hub would hear them."""

    file: str
    header: Header
    rows: tuple[Row, ...]

    @property
    def name(self) -> str:
        """The codename."""
        return self.header.case

    @property
    def last(self) -> Row:
        """The event that everything is measured from, and until which rows are held back: the harm, else the last."""
        named = [row for row in self.rows if row.id == self.header.harm]
        return named[0] if named else max(self.rows, key=lambda row: row.known)

    def unshifted(self, day: date) -> date:
        """A day of the file as the source has it."""
        return day - timedelta(weeks=self.header.shift_weeks)

    def shifted(self, day: date) -> date:
        """A day of the source as the file has it."""
        return day + timedelta(weeks=self.header.shift_weeks)


def read_case(path: Path) -> Case:
    """The case in this file. Raises BadCase with file, line and mend."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadCase(f"{path} cannot be read ({type(error).__name__}): give a JSON Lines file in UTF-8") from error
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if not lines:
        raise BadCase(f"{path.name}:1: the file is empty: the first line is the header (docs/cases.md)")
    reader = _Reader(path.name)
    header = reader.header(*lines[0])
    rows = [reader.row(number, line, header) for number, line in lines[1:]]
    if not rows:
        raise BadCase(f"{path.name}:1: a case needs at least one row after its header")
    if header.harm is not None and header.harm not in {row.id for row in rows}:
        raise BadCase(f"{path.name}:1: harm: no row '{header.harm}': name one, or leave it out")
    return Case(file=path.name, header=header, rows=tuple(rows))


@cache
def vocabulary() -> Vocabulary:
    """The published vocabulary: a case may use no other codes."""
    return Vocabulary.of(schemas.load_vocabulary())


class _Reader:
    """Reads one file, line after line; it remembers what the next line is held against."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._seen: dict[str, int] = {}
        self._before: tuple[int, datetime] | None = None

    def header(self, number: int, line: str) -> Header:
        header: Header = self._decode(number, line, Header)
        refuse = self._refusal(number)
        if not re.fullmatch(r"[A-Z][A-Z0-9-]{1,29}", header.case):
            raise refuse("case", "a codename is capitals, such as ASPEN: never a child's name")
        if len(header.banner) < 20:
            raise refuse("banner", "say what this is: synthetic, or a disguised composite after which review")
        for code in header.organisations:
            if not AN_ORGANISATION.fullmatch(code):
                raise refuse("organisations", f"'{code}' is no id: small letters, digits and _")
        for code, holder in header.organisations.items():
            if not 0 <= holder.heard_every <= LONGEST:
                raise refuse("organisations", f"{code}: heard_every: give 1 to {LONGEST} days, or leave it out")
        for who, person in header.people.items():
            self._person(refuse, who, person, header)
        if header.child not in header.people or header.people[header.child].kind != "child":
            raise refuse("child", "name a child of `people`")
        for code in header.knows:
            if code not in header.organisations:
                raise refuse("knows", self._unknown_organisation(code, header))
        return header

    def _person(self, refuse: "_Refusal", who: str, person: Somebody, header: Header) -> None:
        at = f"people.{who}"
        try:
            reserved = person.nhs is None or nhs_number(person.nhs).startswith(RESERVED)
        except BadMessage as bad:
            raise refuse(f"{at}.nhs", bad.detail) from None
        if not reserved:
            raise refuse(f"{at}.nhs", "use the range for tests alone: 999 000 0000 to 999 999 9999")
        if person.upn is not None and not (upn_is_valid(person.upn) and person.upn[1:4] == UNUSED_AUTHORITY):
            raise refuse(
                f"{at}.upn", f"use a valid number of the authority {UNUSED_AUTHORITY}, which is in use nowhere"
            )
        if person.postcode is not None and not NOWHERE.fullmatch(person.postcode):
            raise refuse(f"{at}.postcode", "use an area that is never issued: ZZ1 to ZZ89, as ZZ4 2AB")
        if person.kind == "child" and person.born is None and person.expected is None:
            raise refuse(at, "give a child `born`, or `expected`")
        if person.mother is not None and person.mother not in header.people:
            raise refuse(f"{at}.mother", "name somebody of `people`")

    def row(self, number: int, line: str, header: Header) -> Row:
        said: Line = self._decode(number, line, Line)
        refuse = self._refusal(number, said.row)
        if not A_ROW.fullmatch(said.row):
            raise refuse("row", "an id is letters, digits, - and _")
        if said.row in self._seen:
            raise refuse("row", f"this id is on line {self._seen[said.row]} already: give each row its own")
        if not re.fullmatch(r"[SBD](\+[SBD])*", said.source):
            raise refuse("source", "mark it S (read in a page), B (background) or D (derived), or S+D")
        self._check(refuse, said, header)
        row = self._timed(refuse, number, said)
        if said.series is not None and (said.series.count < 1 or said.series.count > (row.end - row.start).days + 1):
            raise refuse("series", "give at least 1 and no more events than the period has days: each has its own day")
        if self._before and row.known.date() < self._before[1].date():
            raise refuse(
                "known_at", f"wrong order: the hub hears this on {row.known.date()}, before line {self._before[0]} "
                f"({self._before[1].date()}); put the rows in the order in which they were known"
            )  # fmt: skip
        self._before, self._seen[said.row] = (number, row.known), number
        return row

    def _timed(self, refuse: "_Refusal", number: int, said: Line) -> Row:
        first, last = (said.occurred, said.occurred) if isinstance(said.occurred, str) else said.occurred
        start, end = (
            self._moment(refuse, "occurred", first, time()),
            self._moment(refuse, "occurred", last, LAST_MINUTE),
        )
        if end < start:
            raise refuse("occurred", "this period ends before it starts: swap its two dates, or mend one")
        if said.precision is None and start.date() != end.date():
            raise refuse("precision", "say how exact a period of several days is: week, month, season, year, unknown")
        untimed = "T" not in last
        noon = datetime.combine(end.date(), NOON)
        default = noon if untimed or said.series is not None else end
        recorded = self._moment(refuse, "recorded_at", said.recorded_at, NOON) if said.recorded_at else default
        known = self._moment(refuse, "known_at", said.known_at, NOON) if said.known_at else recorded
        if said.series is not None:
            known = start  # where it stands in the file: its events come one by one from here on
        elif recorded.date() < start.date():
            raise refuse(
                "recorded_at", "nobody records what has not begun: give a day on or after the start of `occurred`"
            )
        elif known.date() < recorded.date():
            raise refuse("known_at", "the hub cannot know it before it was recorded: give a later day, or leave it out")
        if said.ended is not None and said.started is not None and said.ended < said.started:
            raise refuse("ended", "this period ends before it starts: swap the two dates, or mend one")
        return Row(
            number=number, said=said, start=start, end=end, precision=said.precision or "day", recorded=recorded,
            known=known,
        )  # fmt: skip

    def _check(self, refuse: "_Refusal", said: Line, header: Header) -> None:
        if said.type != "context":
            organisation = said.publisher.partition("/")[0]
            if organisation not in header.organisations:
                raise refuse("publisher", self._unknown_organisation(organisation, header))
        if said.acting is not None and said.acting == said.publisher.partition("/")[0]:
            raise refuse("acting", "name another organisation than the one that closes")
        for named in (said.told_by, said.acting):
            if named is not None and named not in header.organisations:
                raise refuse(
                    "told_by" if named == said.told_by else "acting", self._unknown_organisation(named, header)
                )
        for key in NEEDS.get(said.type, ()):
            if not getattr(said, key):
                raise refuse(key, f"a row of type {said.type} needs it")
        if said.type in {"concern", "strength", "visit"} and not (
            said.subjects or (said.type == "concern" and said.adults)
        ):
            raise refuse("subjects", "name at least one child (a concern may name adults alone)")
        if said.subjects and said.type not in ABOUT_SUBJECTS:
            raise refuse("subjects", f"a row of type {said.type} has none")
        if said.closes_because == "another_organisation" and said.acting is None:
            raise refuse("acting", "name the organisation that is said to be acting")
        if said.series is not None and said.type != "concern":
            raise refuse("series", "a series is of concerns")
        self._people(refuse, said, header)
        self._codes(refuse, said)
        for earlier in (said.corrects, said.withdraws):
            if earlier is not None and earlier not in self._seen:
                raise refuse("corrects" if said.corrects else "withdraws", "name a row above this one")

    def _people(self, refuse: "_Refusal", said: Line, header: Header) -> None:
        named = (
            [one.who for one in said.subjects] + [one.who for one in said.adults] + [one.who for one in said.members]
        )
        for who in [*named, *([said.who] if said.who else [])]:
            if who not in header.people:
                raise refuse("who", f"nobody in `people` is '{who}': there are {', '.join(header.people)}")
        for one in said.subjects:
            if header.people[one.who].kind != "child":
                raise refuse("subjects", f"'{one.who}' is no child: adults stand in `adults`")
        if said.type in ABOUT_ONE and said.who and header.people[said.who].kind != "child":
            raise refuse("who", "name a child")

    def _codes(self, refuse: "_Refusal", said: Line) -> None:
        known = vocabulary()
        named = [code for about in said.subjects for code in about.indicators]
        for code in known.check([*named, *(code for grown in said.adults for code in grown.indicators)]):
            raise refuse(
                "indicators", f"no indicator '{code}' in schemas/vocabulary/indicators.toml: use a code from there"
            )
        for one in said.subjects:
            for code in one.measures:
                if code not in known.measures:
                    raise refuse(
                        "measures", f"no measure '{code}' in schemas/vocabulary/measures.toml: use a code from there"
                    )
            worries = [code for code in one.indicators if not known.indicators[code].strength]
            if said.type == "strength" and worries:
                raise refuse("indicators", f"'{worries[0]}' is a worry: a strength carries strengths alone")
        if said.referrer_kind not in known.referrers:
            raise refuse(
                "referrer_kind", "give a census source code of schemas/vocabulary/referrers.toml, such as 2A or 6"
            )
        if said.outcome is not None and said.outcome not in OUTCOMES:
            raise refuse("outcome", f"give one of {', '.join(OUTCOMES)}")
        if said.ground is not None and said.ground not in GROUNDS:
            raise refuse("ground", f"give one of {', '.join(GROUNDS)}")
        for action in said.actions:
            if action not in ACTIONS:
                raise refuse("actions", f"no action '{action}': give {', '.join(ACTIONS)}")

    def _moment(self, refuse: "_Refusal", key: str, text: str, at: time) -> datetime:
        try:
            if "T" in text:
                moment = datetime.fromisoformat(text)
                if moment.tzinfo is not None:
                    raise refuse(key, "give London time without an offset: dates are moved by whole weeks")
                return moment
            return datetime.combine(date.fromisoformat(text), at)
        except ValueError:
            raise refuse(key, "give a day as 2017-03-09, or a London time as 2017-03-09T14:30") from None

    def _unknown_organisation(self, organisation: str, header: Header) -> str:
        return f"no organisation '{organisation}' in the header: add it there, or use {', '.join(header.organisations)}"

    def _refusal(self, number: int, row: str = "") -> "_Refusal":
        return _Refusal(f"{self._file}:{number}" + (f": row {row}" if row else ""))

    def _decode(self, number: int, line: str, kind: type[Any]) -> Any:
        try:
            return msgspec.json.decode(line, type=kind)
        except msgspec.ValidationError as error:
            what, _, at = str(error).partition(" - at `$")
            key = at.rstrip("`").lstrip(".")
            keys = [field.name for field in msgspec.structs.fields(kind)] if "unknown field" in what and not key else []
            mend = f"; known keys: {', '.join(keys)}" if keys else "; mend or remove it (docs/cases.md)"
            raise BadCase(f"{self._file}:{number}: {key + ': ' if key else ''}{what}{mend}") from None
        except msgspec.DecodeError as error:
            raise BadCase(f"{self._file}:{number}: not one JSON object: {error}") from None


class _Refusal:
    """Makes the error of one line."""

    def __init__(self, where: str) -> None:
        self._where = where

    def __call__(self, key: str, mend: str) -> BadCase:
        return BadCase(f"{self._where}: {key}: {mend}")
