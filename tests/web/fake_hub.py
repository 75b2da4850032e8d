# ruff: noqa: ARG002 — a fake takes what the real one takes, and need not read it
"""A hub without a record: one made-up child, enough to drive every page. The real one is driven in tests/journey."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

from msgspec import Struct
from msgspec.structs import replace

from hub.domain.enquiry import ACTIONS, GROUNDS, OUTCOMES, Decide, OpenEnquiry
from hub.domain.errors import BadMessage, NotFound, NotPermitted
from hub.domain.household import NameChildren, name_children
from hub.domain.message import Message
from hub.flow.act import Stale
from hub.views.asking_owners import AskingOwners
from hub.views.assessing import Assessing
from hub.views.challenging import Challenging
from hub.views.consenting import Consenting
from hub.views.convening import Convening
from hub.views.directory import Directory
from hub.views.discussing import Discussing
from hub.views.exceptions import Excepting
from hub.views.explaining import Explaining
from hub.views.forwarding import Forwardings
from hub.views.governing import Governing
from hub.views.help_planning import HelpPlanning
from hub.views.helping import Helping
from hub.views.hindsight import Hindsights
from hub.views.homes import drawing
from hub.views.leading import Leading
from hub.views.lettering import Lettering
from hub.views.measuring import Measuring
from hub.views.models import (
    AddressConflict,
    AddressConflicts,
    AddressHolder,
    AdultNamed,
    Asker,
    AskForChildren,
    AuditFact,
    AuditRow,
    AuditView,
    Choice,
    Coverage,
    Drawing,
    Entry,
    Filters,
    GapRow,
    HouseholdView,
    InvolvedRow,
    KinRow,
    LedgerPage,
    LedgerRow,
    Line,
    Options,
    Picture,
    QuarantineRow,
    SentRow,
    Stamp,
    Suggestion,
    UnplacedRow,
    When,
    Withheld,
    Worklist,
    WorklistRow,
)
from hub.views.models.chronology import Chronology
from hub.views.models.enquiry import ChildInEnquiry, DecisionMade, EnquiryView, Opening
from hub.views.models.exceptions import Open
from hub.views.models.protocol import ProtocolView
from hub.views.models.tasks import Task, Tasks
from hub.views.offering import Offering
from hub.views.partnership import Partnerships
from hub.views.planning import Planning
from hub.views.prompting import Prompting
from hub.views.protecting import ProtectingPeople
from hub.views.releasing import Releasing
from hub.views.reliance import Relying
from hub.views.replying import Replying
from hub.views.requesting import Requesting
from hub.views.silent import Listening
from hub.views.transferring import Transferring
from hub.views.what_if import WhatIfs
from hub.views.workbench import Workbench
from tests.web.fake_identity import FakeIdentity

NOW = datetime(2026, 6, 4, 8, 32, tzinfo=UTC)
CHILD = "5f0c2a9e-6b1d-4c55-9e57-2a4f1d0b7c11"
ALERT = f"{CHILD}:neglect-two-sources:1"
ENQUIRY = "c3a1b7de-1f52-4e0b-8f6f-0b9a4c7d2e55"
NAME = "Ash Madeup"
SISTER = "0d9f7c1e-3a55-4b0b-8f2c-51c6a7d1e9aa"
MESSAGE = "7b0e6f5c-0f5e-5c4f-9c6a-3f6f2a1b9d11"
ADULT = "Alex Grownup"
WORDS = "Came in without a coat <script>alert(1)</script> & said “I slept in the car”."


CAUTION = "Do not discuss with the family until 9 June 2026 at 09:00, Police"


class NoExceptions:
    """Nobody has broken any glass."""

    def open_now(self, asker: Asker) -> tuple[Open, ...]:
        return ()


class Receipt(Struct, frozen=True):
    id: str
    position: str
    received: datetime


SUGGESTION = Suggestion(
    alert=ALERT, rule="neglect-two-sources", rule_words="Signs of neglect from two organisations within 14 days",
    edition="1", level=3, level_words="Level 3: Complex needs",
    why="Police and a school reported signs of neglect 5 days apart.",
    why_now="The second organisation reported on 3 June 2026.", smallest=("Police, 29 May 2026", "School, 3 June 2026"),
    would_raise="A grave indicator.", would_rest="One of the two is withdrawn.", evidence_count=2,
)  # fmt: skip
COVERAGE = (
    Coverage(
        organisation="School", sector="education", state="contributed", last_heard=NOW, period="Since 1 May 2026",
        contact="Safeguarding office",
    ),
    Coverage(organisation="Health", sector="health", state="no_answer", reason="Asked on 3 June 2026"),
    Coverage(organisation="Housing", sector="housing", state="none_held", last_heard=NOW),
    Coverage(organisation="Fire", sector="fire", state="not_asked", reason="Not part of this enquiry"),
    Coverage(organisation="Charity", sector="voluntary", state="refused", reason="No basis given"),
    Coverage(organisation="Police", sector="police", state="withheld", reason="Under investigation"),
)  # fmt: skip


class FakeHub(FakeIdentity):
    """Remembers what pages did to it; `moved` says that something came in after a page was read."""

    def __init__(self) -> None:
        super().__init__()
        self.moved = False
        self.enquiry_open = False
        self.decided: Decide | None = None
        self.opened: OpenEnquiry | None = None
        self.named: NameChildren | None = None
        self.published: list[tuple[str, Message]] = []
        self.parts: dict[str, str] = {"log": "ok", "record": "ok"}
        self.fails: Exception | None = None
        self.empty = False
        self.came = False
        self.looks = 0
        self.asked_for: tuple[int, bool] = (0, False)
        self.missing = 0
        self.content = True
        self.left = False
        self.kinship = False

    def stamp(self, asker: Asker) -> Stamp:
        if self.fails:
            raise self.fails
        return Stamp(42 if self.came else 41, NOW, asker.roles[0].replace("_", " "), "1")

    def worklist(self, asker: Asker, filters: Filters, number: int = 1) -> Worklist:
        if self.empty or filters.state == "decided":
            return Worklist()
        self.looks += 1
        rows = (*self.waiting_for(asker, CHILD), WorklistRow(alert="restricted-alert", raised_at=NOW, restricted=True))
        if self.came:
            rows = (*rows, replace(rows[0], alert="another"))
        return Worklist(rows=rows, total=2 + self.missing, number=number, pages=1 + self.missing // 50)

    def newest_alert(self) -> float:
        return (NOW + timedelta(seconds=1)).timestamp() if self.came else (NOW - timedelta(hours=1)).timestamp()

    def newer(self, asker: Asker, shown: float) -> int:
        self.looks += 1
        return 1 if self.came and shown < self.newest_alert() else 0

    def waiting_for(self, asker: Asker, child: str) -> tuple[WorklistRow, ...]:
        if child != CHILD:
            raise NotFound("no such child")
        row = WorklistRow(
            alert=ALERT, child=CHILD, rule="neglect-two-sources", rule_words=SUGGESTION.rule_words, level=3,
            raised_at=NOW - timedelta(hours=2), strengthened_at=NOW - timedelta(hours=1),
            organisations=("Police", "School"), indicators=("Hungry", "Cold home"), why=SUGGESTION.why,
            evidence_count=2,
            state="in_enquiry" if self.enquiry_open else "open", enquiry=ENQUIRY if self.enquiry_open else "",
            clock_due=NOW - timedelta(minutes=5), overdue=True,
        )  # fmt: skip
        return (row,)

    def unplaced(self, asker: Asker) -> list[UnplacedRow]:
        return [UnplacedRow(MESSAGE, "Police", NOW)]

    def ask_for_children(self, asker: Asker, message: str) -> AskForChildren:
        if message != MESSAGE:
            raise NotFound("no such concern")
        here = ("Child 5f0c2a9e lives with this adult, as Housing said",)
        return AskForChildren(
            message=MESSAGE, stamp=self.stamp(asker), organisation="Police", occurred=When(NOW, NOW, "day"), known_at=NOW,
            adults=(
                AdultNamed(label="Adult 1", role="Mother", indicators=("Domestic abuse",), children=here),
                AdultNamed(label="Adult 2", role="Role not known"),
            ),
            children=(Choice(CHILD, "Child 5f0c2a9e"),), organisations=(Choice("police", "Police"),),
            answered=self.named is not None, answer=tuple(one[:8] for one in self.named.children) if self.named else (),
            may_answer="contact_officer" in asker.roles or "decision_maker" in asker.roles,
        )  # fmt: skip

    def name_children(self, asker: Asker, message: str, command: NameChildren) -> None:
        if any(child != CHILD for child in command.children):
            raise NotFound("no such child")
        name_children(True, None, command)
        self.named = command

    def household(self, asker: Asker, child: str, enquiry: str) -> HouseholdView:
        if child != CHILD:
            raise NotFound("no such child")
        stamp = replace(self.stamp(asker), ledger=9)
        if self.empty:
            return HouseholdView(child=CHILD, stamp=stamp, drawing=Drawing(0, 0))
        mother = KinRow(
            label="Adult 1", role="Mother", name=(ADULT,) if enquiry else (), now=True,
            spells=("Since a day that nobody gave",), organisations=("Housing", "Police"),
        )  # fmt: skip
        lee = KinRow(
            label="Adult 2", role="Role not known", now=True, spells=("Since 3 March 2026",), organisations=("Police",),
            sure=False, conflicting=True, via="Adult 1",
        )  # fmt: skip
        sister = KinRow(
            label="Child 1", role="Child of the household", person=SISTER, child=True, now=True,
            spells=("Since a day that nobody gave",), organisations=("Housing",),
        )  # fmt: skip
        father = replace(mother, label="Adult 3", role="Father", name=(), now=False, spells=("Until 1 January 2026",))
        when = When(NOW, NOW, "day")
        counted = Entry(
            item="m9", kind="household", title="Concern about an adult of the household: Domestic abuse",
            organisation="Police", occurred=when, known_at=NOW, indicators=("Domestic abuse",),
        )  # fmt: skip
        rows = (mother, lee, sister)
        return HouseholdView(
            child=CHILD, stamp=stamp, enquiry=enquiry, rows=rows, past=(father,), drawing=drawing(CHILD, rows),
            counted=(counted,), kinship=self.kinship,
        )  # fmt: skip

    def address_conflicts(self, asker: Asker) -> AddressConflicts:
        if self.empty:
            return AddressConflicts((), more=False)
        holders = (AddressHolder("Police", NOW.date()), AddressHolder("School", date(2025, 9, 2)))
        return AddressConflicts((AddressConflict(CHILD, NOW.date(), holders),), more=True)

    def gaps(self, asker: Asker) -> list[GapRow]:
        return [GapRow("Housing", 7, 9, NOW)]

    def options(self, asker: Asker) -> Options:
        return Options(
            (Choice("police", "Police"), Choice("school", "School")),
            (Choice("hunger", "Hungry"), Choice("cold_home", "Cold home")),
            (Choice("2A", "Schools"), Choice("9", "Anonymous")),
        )

    def involved(self, asker: Asker) -> Sequence[InvolvedRow]:
        return (
            ()
            if self.empty
            else (InvolvedRow(child=CHILD, reason="Part of a MASH enquiry", since=NOW, enquiry=ENQUIRY),)
        )

    def sent(self, asker: Asker) -> Sequence[SentRow]:
        if self.empty:
            return ()
        return (
            SentRow(
                id=ENQUIRY,
                kind="worry",
                setting="south_team",
                recorded_at=NOW,
                received=NOW,
                indicators=("Hungry",),
                became="Recorded",
            ),
        )

    def picture(self, asker: Asker, child: str, enquiry: str) -> Picture:
        if child != CHILD:
            raise NotFound("no such child")
        inside = enquiry == ENQUIRY
        when = When(NOW - timedelta(days=1), NOW - timedelta(days=1), "day", "yesterday at breakfast")
        entry = Entry(
            item="m1", kind="worry", title="Worry: Neglect", organisation="School", setting="Breakfast club", occurred=when,
            recorded_at=NOW, known_at=NOW, how_known="seen by us", indicators=("Hungry",),
            words=(Line("What was said", WORDS),) if inside else (),
            withheld=() if inside else (Withheld("narrative", "School", "No MASH enquiry is open.", ("P1",)),),
        )  # fmt: skip
        strength = replace(
            entry, item="m2", kind="strength", title="Strength: Grandmother helps", words=(), withheld=()
        )
        return Picture(
            child=CHILD, stamp=replace(self.stamp(asker), ledger=7), standing="established",
            enquiry=ENQUIRY if inside else "", enquiry_state="open" if inside else "",
            identity=(Line("Name", NAME),) if inside else (), legal_status=("Child in need",),
            consent=(Line("Consent to share", "Sought, no answer yet"),), coverage=COVERAGE,
            chronology=() if self.empty else (entry, strength), suggestions=(SUGGESTION,),
            withheld=(Withheld("third-party details", "Police", "Under investigation.", ("P9",)),),
            warnings=(CAUTION,),
            may_open_enquiry=True, may_decide=True, may_see_ledger=True, may_decide_identity="decision_maker" in asker.roles,
        )  # fmt: skip

    def open_enquiry(self, asker: Asker, command: OpenEnquiry) -> str:
        assert command.ground in GROUNDS
        self.opened, self.enquiry_open = command, True
        return ENQUIRY

    def tasks(self, asker: Asker, kind: str = "", number: int = 1) -> Tasks:
        waits = Task(
            kind="red_unclaimed", key=ENQUIRY, what="A red MASH enquiry has no holder", child=CHILD, red=True,
            href=f"/enquiry/{ENQUIRY}", since=NOW, due=NOW + timedelta(hours=3),
        )  # fmt: skip
        rows = () if self.empty else (waits,)
        return Tasks(stamp=self.stamp(asker), rows=rows, total=len(rows), kinds=(("Red MASH enquiries", len(rows)),))

    @property
    def enquiring(self) -> Any:
        return self

    def opening(self, asker: Asker, child: str) -> Opening:
        return Opening(child=CHILD, alerts=tuple(self.waiting_for(asker, child)))

    def enquiry(self, asker: Asker, enquiry: str, seen: int, child: str = "") -> EnquiryView:
        if enquiry != ENQUIRY:
            raise NotFound("no such MASH enquiry")
        stamp = replace(self.stamp(asker), position=42 if self.moved else 41, ledger=8)
        made = None
        if self.decided:
            made = DecisionMade(
                level="Level 3", agrees=bool(self.decided.agrees), outcome=OUTCOMES[self.decided.outcome],
                actions=tuple(ACTIONS[code] for code in self.decided.actions), family_told="Yes",
                reason=self.decided.reason, by=self.decided.by, decided_at=NOW, seen_position=self.decided.seen_position,
                edition="1",
            )  # fmt: skip
        only = ChildInEnquiry(
            child=CHILD, state="decided" if made else "open", identity=(Line("Name", NAME),), suggestions=(SUGGESTION,),
            decision=made, may_decide=made is None,
        )  # fmt: skip
        return EnquiryView(
            enquiry=ENQUIRY, child=CHILD, stamp=stamp, state="decided" if made else "open", ground="Perceived harm",
            opened_at=NOW, opened_by="staff-91d3b7", reason="To see who knows the family.", identity=(Line("Name", NAME),),
            clock_due=NOW + timedelta(hours=3), suggestions=(SUGGESTION,), coverage=COVERAGE, decision=made,
            levels=(Choice("1", "Level 1"), Choice("3", "Level 3", "Complex needs")),
            news=("Police sent a concern",) if self.moved and 0 < seen < 42 else (), warnings=(CAUTION,),
            may_decide=made is None, children=(only,), organisations=(Choice("school_a", "School"),),
            weighable=(Choice("m1/0", "School, 2 March 2026: Hunger"),),
            grades=(Choice("red", "Red"), Choice("green", "Green")),
            may_screen=made is None, may_supervise="mash_manager" in asker.roles,
            staff=(Choice("staff-c17b3d", "Screening social worker (staff-c17b3d)"),),
        )  # fmt: skip

    def decide(self, asker: Asker, enquiry: str, command: Decide) -> tuple[str, ...]:
        if command.seen_position < (42 if self.moved else 41):
            raise Stale([42])
        self.decided = command
        return ()

    def decision(self) -> Decide | None:
        return self.decided

    def audit_list(self, asker: Asker) -> Sequence[AuditRow]:
        return () if self.empty else (AuditRow(child=CHILD, facts=3, first_at=NOW, last_at=NOW, last_position=41),)

    def audit(self, asker: Asker, child: str, position: int | None) -> AuditView:
        if child != CHILD:
            raise NotFound("no such record")
        at = 41 if position is None else position
        fact = AuditFact(
            position=40, known_at=NOW, stream="concern:1", name="concern.recorded", words="A concern was recorded",
            by="organisation:school", because="concern:1@1", edition="1", codes=(Line("Indicators", "Hungry"),),
        )  # fmt: skip
        return AuditView(
            child=child, stamp=self.stamp(asker), position=at, first=40, last=41, previous=40 if at > 40 else None,
            following=41 if at < 41 else None, at=NOW, edition="1", level="", alerts=(Line("neglect", "Raised"),),
            consent=(Line("Consent to share", "Not sought"),), staff=(Line("staff-91d3b7", "Decision maker"),),
            coverage=COVERAGE, facts=(fact,), integrity="Facts 1 to 41 verified", content=self.content,
        )  # fmt: skip

    @property
    def replaying(self) -> Any:
        """Nothing was looked at under any edition."""
        return SimpleNamespace(by_edition=lambda *_: ())

    def ledger_of(self, asker: Asker, child: str, before: int = 0, *, everything: bool = False) -> LedgerPage:
        self.asked_for = (before, everything)
        if self.empty:
            return LedgerPage()
        row = (
            LedgerRow(
                position=7, asked_at=NOW, staff="staff-91d3b7", role="decision maker", organisation="Social care",
                purpose="triage", ground="perceived harm", child=CHILD, enquiry=ENQUIRY, shown=4, withheld=1, edition="1",
                policies=("P1", "P9"),
            ),
        )  # fmt: skip
        return LedgerPage(row, 7)

    @property
    def explaining(self) -> Explaining:
        """Not here: the real one is driven in tests/journey/test_alerts_explained.py."""
        raise NotFound("not in this fake")

    @property
    def discussing(self) -> Discussing:
        """Not here: the real one is driven in tests/journey/test_strategy.py."""
        raise NotFound("not in this fake")

    @property
    def assessing(self) -> Assessing:
        """Not here: the real one is driven in tests/journey/test_assessments.py."""
        raise NotFound("not in this fake")

    @property
    def help_planning(self) -> HelpPlanning:
        """Not here: the real one is driven in tests/journey/test_help_plans.py."""
        raise NotFound("not in this fake")

    @property
    def convening(self) -> Convening:
        """Not here: the real one is driven in tests/journey/test_meetings.py."""
        raise NotFound("not in this fake")

    @property
    def offering(self) -> Offering:
        """Not here: the real one is driven in tests/journey/test_offers.py."""
        raise NotFound("not in this fake")

    @property
    def transferring(self) -> Transferring:
        """Not here: the real one is driven in tests/journey/test_transfers.py."""
        raise NotFound("not in this fake")

    @property
    def directory(self) -> Directory:
        """Not here: the real one is driven in tests/journey/test_services.py."""
        raise NotFound("not in this fake")

    def chronology(self, asker: Asker, child: str, enquiry: str = "") -> Chronology:
        """Not here: the real one is driven in tests/journey/test_chronology.py."""
        raise NotFound("not in this fake")

    @property
    def helping(self) -> Helping:
        """Not here: the real one is driven in tests/journey/test_help.py."""
        raise NotFound("not in this fake")

    @property
    def leading(self) -> Leading:
        """Not here: the real one is driven in tests/journey/test_leads.py."""
        raise NotFound("not in this fake")

    @property
    def challenging(self) -> Challenging:
        """Not here: the real one is driven in tests/journey/test_challenges.py."""
        raise NotFound("not in this fake")

    @property
    def listening(self) -> Listening:
        """Not here: the real one is driven in tests/journey/test_silence.py."""
        raise NotFound("not in this fake")

    @property
    def hindsight(self) -> Hindsights:
        """Not here: the real one is driven in tests/journey/test_late_evidence.py."""
        raise NotFound("not in this fake")

    @property
    def relying(self) -> Relying:
        """Not here: the real one is driven in tests/journey/test_reliance.py."""
        raise NotFound("not in this fake")

    @property
    def measuring(self) -> Measuring:
        """Not here: the real one is driven in tests/journey/test_measures.py."""
        raise NotFound("not in this fake")

    @property
    def workbench(self) -> Workbench:
        """Not here: the real one is driven in tests/journey/test_practice_audits.py."""
        raise NotFound("not in this fake")

    @property
    def planning(self) -> Planning:
        """Not here: the real one is driven in tests/journey/test_plans.py."""
        raise NotFound("not in this fake")

    @property
    def prompting(self) -> Prompting:
        """Not here: the real one is driven in tests/journey/test_prompts.py."""
        raise NotFound("not in this fake")

    @property
    def what_ifs(self) -> WhatIfs:
        """Not here: the real one is driven in tests/journey/test_what_if.py."""
        raise NotFound("not in this fake")

    @property
    def governing(self) -> Governing:
        """Not here: the real one is driven in tests/journey/test_policy_pages.py."""
        raise NotFound("not in this fake")

    @property
    def forwardings(self) -> Forwardings:
        """Not here: the real one is driven in tests/journey/test_enquiries.py."""
        raise NotFound("not in this fake")

    @property
    def requesting(self) -> Requesting:
        """Not here: the real one is driven in tests/journey/test_requests.py."""
        raise NotFound("not in this fake")

    @property
    def owners(self) -> AskingOwners:
        """Not here: the real one is driven in tests/journey/test_own_records.py."""
        raise NotFound("not in this fake")

    @property
    def replying(self) -> Replying:
        """Not here: the real one is driven in tests/journey/test_requests.py."""
        raise NotFound("not in this fake")

    @property
    def releasing(self) -> Releasing:
        """Not here: the real one is driven in tests/journey/test_requests.py."""
        raise NotFound("not in this fake")

    @property
    def partnerships(self) -> Partnerships:
        """Not here: the real one is driven in tests/journey/test_partnership.py."""
        raise NotFound("not in this fake")

    def protocol(self, asker: Asker) -> ProtocolView:
        """Not here: the real one is driven in tests/journey/test_protocol.py."""
        raise NotFound("not in this fake")

    @property
    def lettering(self) -> Lettering:
        """Not here: the real one is driven in tests/journey/test_letters.py."""
        raise NotFound("not in this fake")

    @property
    def consents(self) -> Consenting:
        """Not here: the real one is driven in tests/journey/test_consent.py."""
        raise NotFound("not in this fake")

    @property
    def protecting(self) -> ProtectingPeople:
        """Not here: the real one is driven in tests/journey/test_protected.py."""
        raise NotFound("not in this fake")

    @property
    def exceptions(self) -> Excepting:
        """Nothing is open in an emergency here; the real one is driven in tests/journey/test_exceptions.py."""
        return cast("Excepting", NoExceptions())

    def quarantine(self, asker: Asker) -> Sequence[QuarantineRow]:
        if self.empty:
            return ()
        return (
            QuarantineRow(
                id="q1", place="concern.school.v1/0/17", source="School", kind="mash.concern-raised.v1",
                reason="unknown_indicator", what_to_do="use a code of the vocabulary", field="subjects[0].indicators[1]",
                bytes=912, received=NOW,
            ),
        )  # fmt: skip

    def may_enter(self, asker: Asker) -> None:
        if self.left:
            raise NotPermitted("left")

    def publish(self, said: Sequence[tuple[str, Message]]) -> Sequence[Receipt]:
        for identity, message in said:
            if getattr(message, "referrer_kind", "") == "99":
                raise BadMessage("unknown_referrer", "use a code of the vocabulary", "referrer_kind")
            self.published.append((identity, message))
        return [Receipt(identity, "concern.school.v1/0/18", NOW) for identity, _ in said]

    def ready(self) -> Mapping[str, str]:
        return self.parts
