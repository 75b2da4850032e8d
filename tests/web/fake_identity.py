# ruff: noqa: ARG002 — a fake takes what the real one takes, and need not read it
"""The identity pages of a hub without a record: one made-up person in doubt, two candidates, one decision of each state."""

from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from hub.domain.errors import NotFound, Refused
from hub.domain.identity import DecideIdentity, Outcome
from hub.views.models import (
    Asker,
    Bar,
    BreachTask,
    Candidate,
    Decisions,
    FieldRow,
    IdentityRow,
    IdentityView,
    Line,
    LinkRow,
    MovedRow,
    Piece,
    ProposalRow,
    Report,
    ReportAlert,
    ReportDecision,
    ReportEnquiry,
    ReportLook,
    Reports,
    Review,
    ReviewRow,
    Reviews,
    Stamp,
    Undo,
    Value,
    WhoThisIs,
    Withheld,
)

NOW = datetime(2026, 6, 4, 8, 32, tzinfo=UTC)
DOUBT = "0d6f3a52-7c1e-4b90-8a34-5e2f9c1b7a60"
FIRST = "a91c44d7-2b3e-4f60-9d18-77c0e5b1f2a3"
SECOND = "be20f7c8-5d41-4e9a-8c67-10a9d3f4e6b5"
RECORD = "c4d81e09-3a6b-4c72-b5f0-29e7a8d6c1b4"
OTHER_RECORD = "d5e92f1a-4b7c-4d83-86a1-3af8b9e7d2c5"
WAITING, SETTLED, REFUSED = (f"{n}1b2c3d4-0000-4000-8000-000000000000" for n in (1, 2, 3))
FORENAME, SURNAME = "Rebekah", "Madeup"


def value(organisation: str, age: str, *pieces: Piece, outcome: str = "", words: str = "") -> Value:
    return Value(pieces=pieces, sources=(f"{organisation}, {age}",), outcome=outcome, words=words)


FIELDS = (
    FieldRow(
        "Name",
        (
            (value("Police", "3 weeks ago", Piece(f"{FORENAME} {SURNAME}")),),
            (
                value("School", "2 years ago", Piece("Rebe"), Piece("cca", differs=True), Piece(f" {SURNAME}"),
                      outcome="alike", words="Spelled differently"),
                value("Health", "today", Piece(f"Becky {SURNAME} (alias)"), outcome="alike", words="Partly the same"),
            ),
            (value("Health", "5 months ago", Piece(f"{FORENAME} {SURNAME}"), outcome="same", words="The same"),),
        ),
    ),
    FieldRow(
        "Date of birth",
        (
            (value("Police", "3 weeks ago", Piece("4 May 2017 (9 years old)")),),
            (value("School", "2 years ago", Piece("4 May 2017"), Piece(" (9 years old)"), outcome="same", words="The same"),),
            (value("Health", "5 months ago", Piece("1", differs=True), Piece("4 May 2017"), Piece(" (9 years old)"),
                   outcome="alike", words="One part differs"),),
        ),
    ),
    FieldRow("NHS number", ((), (value("School", "2 years ago", Piece("999 000 0018")),), ())),
    FieldRow("Address", (
        (value("Police", "3 weeks ago", Piece("12 Madeup Road; Anytown, AN1 1AA, home")),), (),
        (value("Health", "5 months ago", Piece("1", differs=True), Piece("2 Madeup Road; Anytown, AN1 1AA, home"),
               outcome="alike", words="Much alike"),),
    )),
    FieldRow("Odd in how they are described",
             ((value("Police", "3 weeks ago", Piece("A name has no letters: it is not compared")),), (), ()), none="Nothing"),
)  # fmt: skip
BARS = (
    Bar(label="Name", outcome="spelled differently", words="speaks for it", strength=2),
    Bar(label="Date of birth", outcome="the same", words="speaks strongly for it", strength=4),
    Bar(label="Postcode", outcome="different", words="speaks a little against it", strength=-1),
    Bar(label="Sex", outcome="the same", words="says little either way"),
)


class FakeIdentity:
    """What a page did about identity is kept in `wishes` and `answers`; `refusal` is what the hub answers instead."""

    def __init__(self) -> None:
        self.wishes: list[DecideIdentity] = []
        self.answers: list[tuple[str, ...]] = []
        self.refusal: Refused | None = None
        self.nobody = False
        self.many = False
        self.apart = False
        self.closed = 0
        self.unread = False
        self.whole = True

    def _stamp(self, asker: Asker) -> Stamp:
        return Stamp(41, NOW, asker.roles[0].replace("_", " "), "1", 9)

    def reviews(self, asker: Asker, number: int = 1) -> Reviews:
        if self.nobody:
            return Reviews(stamp=self._stamp(asker), closed=self.closed)
        row = ReviewRow(
            person=DOUBT, kind="child", level=4, since=NOW - timedelta(hours=5), due=NOW - timedelta(hours=1), overdue=True,
            why=("Another child has the same birth date and surname or home: perhaps twins",), organisations=("Police",),
            candidates=2,
        )  # fmt: skip
        later = replace(
            row, person=FIRST, level=0, due=NOW + timedelta(days=1), overdue=False, restricted=True, kind="adult"
        )
        task = BreachTask(
            identity=SETTLED, what="Take source records off a person", asked_at=NOW - timedelta(days=1),
            settled_at=NOW - timedelta(days=1), due=NOW + timedelta(days=2), overdue=False,
        )  # fmt: skip
        pair = ProposalRow(
            person=SECOND, other=FIRST, kind="child", level=3, since=NOW - timedelta(hours=2), due=NOW + timedelta(hours=4),
            overdue=False, why=("Much agrees, and not enough to be sure",), organisations=("School", "Police"),
        )  # fmt: skip
        rests = replace(pair, person=DOUBT, level=0, resting=True, restricted=True)
        return Reviews(
            proposals=(pair, rests), proposed=2,
            stamp=self._stamp(asker), rows=(row, later), total=27 if self.many else 2, number=number,
            pages=2 if self.many else 1, closed=1 if "mash_manager" in asker.roles else 0, tasks=(task,), waiting=1,
        )  # fmt: skip

    def review(self, asker: Asker, person: str, start: int = 0, other: str = "") -> Review:
        if other:
            return self._proposal(asker, person, other)
        if person != DOUBT:
            raise NotFound("no such person")
        one = Candidate(
            person=FIRST, number=1, standing="established", kind="child", organisations=("School", "Health"),
            alerts=("Level 3: Complex needs, rule neglect-two-sources",),
            household=("A brother or sister, same birth date", "A mother"),
            said="Name spelled differently; date of birth the same.", bars=BARS, unread=self.unread,
        )  # fmt: skip
        two = Candidate(
            person=SECOND, number=2, standing="in review", kind="child", organisations=("Health",), held_apart=False,
            said="Name the same; date of birth one part differs; address much alike.", bars=BARS[:2],
        )  # fmt: skip
        return Review(
            person=DOUBT, stamp=self._stamp(asker), kind="child", since=NOW - timedelta(hours=5),
            due=NOW + timedelta(hours=2), why=("Two known people fit about as well as each other",),
            organisations=("Police",), household=("A mother",), fields=FIELDS, candidates=(one, two),
            all_candidates=6 if self.many else 2, start=start,
            asked=("1 June 2026: somebody could not tell (staff-1); School is to be asked",),
            withheld=(Withheld("Address", "School", "By the sharing policies", ("N05",)),), settled=self.nobody,
            survivor=FIRST if self.nobody else "",
        )  # fmt: skip

    def _proposal(self, asker: Asker, person: str, other: str) -> Review:
        if {person, other} != {SECOND, FIRST}:
            raise NotFound("no such pair")
        shown = self.review(asker, DOUBT)
        beside = shown.candidates[:1] if not self.nobody else ()
        fields = tuple(FieldRow(row.label, row.cells[:2], none=row.none) for row in shown.fields)
        return replace(
            shown,
            person=SECOND,
            other=FIRST,
            candidates=beside,
            all_candidates=1,
            resting=self.many,
            fields=fields,
            withheld=(),
        )

    def _row(self, identity: str, asker: Asker) -> IdentityRow:
        base = IdentityRow(
            identity=identity, what="Merge two persons", code="merge", person=FIRST, other=SECOND,
            by="Decision maker (staff-91d3b7)", state="waits_for_second", state_words="Waiting for a second person",
            asked_at=NOW - timedelta(hours=3), may_agree=asker.staff != "staff-91d3b7",
            may_take_back=asker.staff == "staff-91d3b7", due=NOW + timedelta(hours=6),
        )  # fmt: skip
        if identity == SETTLED:
            return replace(
                base, what="Take source records off a person", code="unlink", state="settled", state_words="Done",
                settled_at=NOW - timedelta(days=1), may_agree=False, may_take_back=False, report="due", due=None,
            )  # fmt: skip
        if identity == REFUSED:
            return replace(
                base, state="refused", state_words="Could not be carried out", may_agree=False, may_take_back=False, due=None,
                refused="One of them was merged with another since", to_do="Open the page of the one that stayed, decide again",
            )  # fmt: skip
        return base

    def identity_decisions(self, asker: Asker, before: int = 0) -> Decisions:
        if self.nobody:
            return Decisions(stamp=self._stamp(asker), closed=self.closed)
        return Decisions(
            stamp=self._stamp(asker), waiting=(self._row(WAITING, asker),),
            recent=(self._row(SETTLED, asker), self._row(REFUSED, asker)), older=17 if self.many else 0,
        )  # fmt: skip

    def identity_decision(self, asker: Asker, identity: str) -> IdentityView:
        if identity not in {WAITING, SETTLED, REFUSED}:
            raise NotFound("no such decision")
        view = IdentityView(
            row=self._row(identity, asker), stamp=self._stamp(asker), reason="An organisation confirmed it",
            why="The school rang back <b>twice</b>.",
        )  # fmt: skip
        if identity == WAITING:
            return replace(
                view, said="Name spelled differently.", columns=(f"Person {FIRST[:8]}", f"Person {SECOND[:8]}"),
                cautions=("A person decided that these are two.",) if self.apart else (),
                households=(("A mother",), ()), alerts=((), ("Level 3: Complex needs, rule neglect-two-sources",)),
                fields=tuple(FieldRow(row.label, row.cells[:2], none=row.none) for row in FIELDS),
            )  # fmt: skip
        if identity != SETTLED:
            return view
        return replace(
            view, source_records=(RECORD,), report=self._report(), may_assess=True,
            undo=Undo("unlink", "Take this back: move them again", SECOND, FIRST, (RECORD,)),
        )  # fmt: skip

    def _report(self) -> Report:
        look = ReportLook(
            position=17, at=NOW - timedelta(days=2), staff="staff-7c41e0", role="Navigator", organisation="Police",
            purpose="Triage", page="Child's page",
            items=(Line("Name and identifiers", "1"), Line("What was said", "2")),
        )  # fmt: skip
        moved = MovedRow(
            source_record=RECORD, organisation="School", before=FIRST, after=SECOND, since=NOW - timedelta(days=9)
        )
        return Report(
            identity=SETTLED, what="Take source records off a person", settled_at=NOW - timedelta(days=1),
            due=NOW + timedelta(days=2), overdue=False, moved=(moved,), looks=() if self.many else (look,),
            alerts=(
                ReportAlert(
                    alert="a", rule="neglect-two-sources", level=3, raised_at=NOW - timedelta(days=8),
                    now="the rule stands no more",
                ),
            ),
            decisions=(
                ReportDecision(
                    enquiry="c3a1b7de-1f52-4e0b-8f6f-0b9a4c7d2e55", by="staff-91d3b7", at=NOW - timedelta(days=2),
                    outcome="Early help offered",
                ),
            ),
            enquiries=(
                ReportEnquiry(
                    enquiry="d4b2c8ef-2063-4f1c-9070-1c0b5d8e3f66", child=FIRST, opened_at=NOW - timedelta(days=3),
                    by="staff-91d3b7", state="open",
                ),
            ),
            whole=self.whole,
            discounted=2, counted=1, to_tell=("Navigator (staff-7c41e0), Police: was shown what is about somebody else",),
        )  # fmt: skip

    def identity_reports(self, asker: Asker) -> Reports:
        return Reports(stamp=self._stamp(asker), tasks=self.reviews(asker).tasks, assessed=(REFUSED,))

    def identity_report(self, asker: Asker, identity: str) -> tuple[Stamp, Report]:
        if identity != SETTLED:
            raise NotFound("no such report")
        report = self._report()
        return self._stamp(asker), replace(report, moved=tuple(replace(one, before="") for one in report.moved))

    def who_this_is(self, asker: Asker, person: str) -> WhoThisIs:
        if person not in {FIRST, SECOND, DOUBT}:
            raise NotFound("no such person")
        links = (
            LinkRow(source_record=RECORD, organisation="School", how="Opened with this record", since=NOW),
            LinkRow(
                source_record=OTHER_RECORD, organisation="Health", how="Linked by rule: an identifier and the person agree",
                evidence=("NHS number: the same", "Forename: the same"), since=NOW, versions="match-rules-6",
                doubts=("A name has no letters: it is not compared",),
            ),
        )  # fmt: skip
        return WhoThisIs(
            person=person, stamp=self._stamp(asker), standing="established", kind="child", links=links, apart=(DOUBT,),
            doubted=(DOUBT,), merged=(SECOND,), merges=((SETTLED, SECOND),),
        )  # fmt: skip

    def identity_decide(self, asker: Asker, wish: DecideIdentity) -> dict[str, str]:
        if self.refusal:
            raise self.refusal
        self.wishes.append(wish)
        return {"identity": WAITING if wish.what in {"merge", "restrict"} else SETTLED, "state": "settled"}

    def identity_agree(self, asker: Asker, identity: str) -> dict[str, str]:
        if self.refusal:
            raise self.refusal
        self.answers.append(("agree", identity))
        return {"identity": identity, "state": "settled"}

    def identity_not_agree(self, asker: Asker, identity: str, why: str) -> dict[str, str]:
        if self.refusal:
            raise self.refusal
        self.answers.append(("not_agree", identity, why))
        return {"identity": identity, "state": "not_agreed"}

    def identity_assess(self, asker: Asker, identity: str, outcome: Outcome, why: str) -> dict[str, str]:
        if self.refusal:
            raise self.refusal
        self.answers.append(("assess", identity, outcome, why))
        return {"identity": identity, "state": "settled"}
