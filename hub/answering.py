"""What pages and commands ask of a hub on behalf of a person: each question goes to the view that answers it.

What moves something waits until the views, or the intake, have it, so that the next page shows it.
"""

import threading
import time
from collections.abc import Sequence
from functools import cached_property
from threading import Event

from hub.domain.enquiry import Decide, OpenEnquiry
from hub.domain.errors import NotPermitted
from hub.domain.household import NameChildren
from hub.domain.identity import DecideIdentity, Outcome
from hub.domain.matching import judge_of
from hub.flow.disclose import stand
from hub.flow.receive import Intake
from hub.parts import Parts
from hub.views.addresses import conflicts
from hub.views.asking import Desk, staff_of
from hub.views.audit import Audit
from hub.views.deciding import Deciding
from hub.views.desk import Answers
from hub.views.homes import answer_children, ask_for_children, household
from hub.views.identifying import Identifying
from hub.views.models import (
    AddressConflicts,
    Asker,
    AskForChildren,
    AuditRow,
    AuditView,
    Decisions,
    EnquiryView,
    Filters,
    GapRow,
    HouseholdView,
    IdentityView,
    InvolvedRow,
    LedgerPage,
    Options,
    Picture,
    QuarantineRow,
    Report,
    Reports,
    Review,
    Reviews,
    SentRow,
    Stamp,
    UnplacedRow,
    WhoThisIs,
    Worklist,
    WorklistRow,
)
from hub.views.reviewing import Reviewing
from hub.views.weighing import Weigher


class Answering(Parts):
    """A hub as pages see it: `hub.web.front.Front` is its shape."""

    def _desk(self) -> Desk:
        return Desk(
            self.record,
            self.ledger,
            self.views,
            self.vault,
            self.rulings,
            self.clock,
            self.edition,
            self.register,
            second_factor=self.settings.demo,  # demo accounts stand in for a sign-in with a second factor
        )

    def stamp(self, asker: Asker) -> Stamp:
        """How far the hub knows, and as which role and under which edition it answers."""
        return self.answers.stamp(asker)

    def worklist(self, asker: Asker, filters: Filters, number: int = 1) -> Worklist:
        """A page of the alerts that this asker may know of, in the order in which they need attention."""
        return self.answers.worklist(asker, filters, number)

    def waiting_for(self, asker: Asker, child: str) -> Sequence[WorklistRow]:
        """The open alerts about one child."""
        return self.answers.waiting_for(asker, child)

    def newest_alert(self) -> float:
        """When an alert last came or changed (seconds since 1970)."""
        return self.answers.newest_alert()

    def newer(self, asker: Asker, shown: float) -> int:
        """How many alerts came or changed since `shown` that this asker may know of."""
        return self.answers.newer(asker, shown)

    def unplaced(self, asker: Asker) -> Sequence[UnplacedRow]:
        """Concerns that name no child: somebody must ask which children they are about."""
        rows = self.answers.unplaced(asker)
        asked = self.homes.still_asked(row.message for row in rows)
        return [row for row in rows if row.message in asked]

    def household(self, asker: Asker, child: str, enquiry: str) -> HouseholdView:
        """Who lives with a child, as this asker may see it now."""
        return household(self._desk(), self.homes, asker, child, enquiry)

    def ask_for_children(self, asker: Asker, message: str) -> AskForChildren:
        """A concern that names no child, with what is known of its adults' households."""
        return ask_for_children(self._desk(), self.homes, asker, message)

    def name_children(self, asker: Asker, message: str, command: NameChildren) -> None:
        """Say which children a concern about adults is about; it counts for them from now on."""
        if answer_children(self._desk(), self.act, self.homes, asker, message, command):
            self._settle()
            self._counted()

    def address_conflicts(self, asker: Asker) -> AddressConflicts:
        """Children of whom organisations hold different addresses, which this asker may know of."""
        return conflicts(self._desk(), asker)

    def gaps(self, asker: Asker) -> Sequence[GapRow]:
        """Numbers that organisations sent and the hub never got."""
        del asker  # the page's guard; numbers are about nobody
        return self.missing()

    def missing(self) -> Sequence[GapRow]:
        """The same, for the command line."""
        return self.answers.gaps()

    def options(self, asker: Asker) -> Options:
        """Registered organisations, and the indicators and referrer codes of the edition in force."""
        return self.answers.options(asker)

    def involved(self, asker: Asker) -> Sequence[InvolvedRow]:
        """Children whom this person works with."""
        return self.answers.involved(asker)

    def sent(self, asker: Asker) -> Sequence[SentRow]:
        """What the asker's own organisation sent, and what became of it."""
        return self.answers.sent(asker)

    def picture(self, asker: Asker, child: str, enquiry: str) -> Picture:
        """A child as this asker may see it now."""
        return self.answers.picture(asker, child, enquiry)

    def may_enter(self, asker: Asker) -> None:
        """Raises NotPermitted unless this person may enter a contact for a caller now."""
        self.answers.may_enter(asker)

    def open_enquiry(self, asker: Asker, command: OpenEnquiry) -> str:
        """Open a MASH enquiry and return its id."""
        opened = self.answers.open_enquiry(asker, command)
        self._settle()
        return opened

    def enquiry(self, asker: Asker, enquiry: str, seen: int) -> EnquiryView:
        """A MASH enquiry, with what came in after position `seen`."""
        return self.answers.enquiry(asker, enquiry, seen)

    def decide(self, asker: Asker, enquiry: str, command: Decide) -> None:
        """Decide a MASH enquiry."""
        self.answers.decide(asker, enquiry, command)
        self._settle()

    def audit_list(self, asker: Asker) -> Sequence[AuditRow]:
        """Children whose record this auditor may replay."""
        return self.audits.audit_list(asker)

    def audit(self, asker: Asker, child: str, position: int | None) -> AuditView:
        """What was so at `position` (the newest when None)."""
        return self.audits.audit(asker, child, position)

    def ledger_of(self, asker: Asker, child: str, before: int = 0, *, everything: bool = False) -> LedgerPage:
        """Who has looked: at one child, or at anybody when `child` is ""; a page of it."""
        return self.audits.ledger_of(asker, child, before, everything=everything)

    def quarantine(self, asker: Asker) -> Sequence[QuarantineRow]:
        """Messages that were not recorded, with the reason."""
        return self.audits.quarantine(asker)

    @property
    def answers(self) -> Answers:
        """What pages about children and MASH enquiries ask."""
        return Answers(self._desk(), self.act)

    @property
    def audits(self) -> Audit:
        """What pages for auditors ask."""
        return Audit(self._desk())

    # ---------------------------------------------------------------------------------------------- who is who

    @property
    def identities(self) -> Identifying:
        """What pages and commands ask to decide who is who."""
        return Identifying(self._desk(), self.identify, self._carry_out)

    def asker(self, staff: str) -> Asker:
        """Somebody in the register of staff as who asks: for commands of a demonstration, which has no passwords.

        Raises NotPermitted outside one, and for somebody who is not in the register.
        """
        member = staff_of(self._desk(), staff)
        if not self.settings.demo:
            raise NotPermitted("a command acts for nobody outside a demonstration: sign in, and use the pages")
        if not member.active:
            raise NotPermitted("nobody of this id is in the register of staff: give one of the demo accounts")
        return Asker(member.id, member.organisation, member.setting, member.roles)

    def identity_decide(self, asker: Asker, wish: DecideIdentity) -> dict[str, str]:
        """Decide who is who; what became of it. Raises NotPermitted, NotFound, Refused."""
        return self.identities.decide(asker, wish)

    def identity_agree(self, asker: Asker, identity: str) -> dict[str, str]:
        """Agree, as a second person, to a decision about identity."""
        return self.identities.agree(asker, identity)

    def identity_not_agree(self, asker: Asker, identity: str, why: str) -> dict[str, str]:
        """Do not agree: nothing moves."""
        return self.identities.not_agree(asker, identity, why)

    def identity_assess(self, asker: Asker, identity: str, outcome: Outcome, why: str) -> dict[str, str]:
        """Record whether who was shown what is a breach to notify."""
        return self.identities.assess(asker, identity, outcome, why)

    def identity_state(self, asker: Asker, identity: str) -> dict[str, str]:
        """A decision as it stands, in codes."""
        return self.identities.state(asker, identity)

    def identity_trail(self, asker: Asker, person: str) -> list[dict[str, str]]:
        """Who a person was held to be, and why, fact by fact; codes only."""
        return self.identities.trail(asker, person)

    @cached_property
    def weigher(self) -> Weigher:
        """What a match rests on, weighed again for who reviews it, under a standing leave of its own."""
        return Weigher(
            record=self.record, vault=self.vault,
            judge=judge_of(self.edition.parts["match_model"], self.likeness),
            stand=lambda: stand("service:review", ledger=self.ledger, clock=self.clock, edition=self.edition.id),
            count=lambda leave: leave.count(ledger=self.ledger, clock=self.clock, edition=self.edition.id),
        )  # fmt: skip

    def reviews(self, asker: Asker, number: int = 1) -> Reviews:
        """A page of the persons in doubt, the most urgent first."""
        return self.reviewing.reviews(asker, number)

    def review(self, asker: Asker, person: str, start: int = 0) -> Review:
        """One person in doubt beside candidates, from the `start`-th on."""
        return self.reviewing.review(asker, person, start)

    def identity_decisions(self, asker: Asker, before: int = 0) -> Decisions:
        """Decisions about identity: all that wait for a second person, and a page of others."""
        return Deciding(self._desk()).decisions(asker, before)

    def identity_decision(self, asker: Asker, identity: str) -> IdentityView:
        """One decision about identity, with the report of who was shown what."""
        return Deciding(self._desk(), self.homes.around).decision(asker, identity)

    def identity_reports(self, asker: Asker) -> Reports:
        """Decisions by which something had stood on the wrong page: for who answers for information."""
        return Deciding(self._desk()).reports(asker)

    def identity_report(self, asker: Asker, identity: str) -> tuple[Stamp, Report]:
        """Who was shown what, in codes alone: for who answers for information."""
        return Deciding(self._desk()).report(asker, identity)

    def who_this_is(self, asker: Asker, person: str) -> WhoThisIs:
        """On what a person's identity rests."""
        return Deciding(self._desk()).who_this_is(asker, person)

    @property
    def reviewing(self) -> Reviewing:
        """What pages about reviews ask."""
        return Reviewing(self._desk(), self.weigher, self.homes.around)

    def _counted(self, patience: float = 2.0) -> None:
        """Wait until the intake has counted what the record says of households; where none is running, do it here."""
        wanted, give_up = self.record.position(), time.monotonic() + patience
        while self.counted < wanted and time.monotonic() < give_up:
            stop = Event()
            threading.Timer(0.2, stop.set).start()
            with self.lease("intake", stop) as held:
                if held:
                    Intake(self.intake_tools()).count()
                    return

    def _carry_out(self, identity: str, patience: float = 10.0) -> None:
        """Wait until the intake has carried a decision out; where none is running, take the lease and do it here."""
        self.ring()
        give_up = time.monotonic() + patience
        if not self._carried_out(identity, 0.3):
            stop = Event()
            threading.Timer(0.5, stop.set).start()
            with self.lease("intake", stop) as held:
                if held:
                    worker = Intake(self.intake_tools())
                    worker.settle(identity)
                    worker.count()
            self._carried_out(identity, give_up - time.monotonic())
        self._settle()

    def _carried_out(self, identity: str, seconds: float) -> bool:
        give_up = time.monotonic() + seconds
        while self.identify().decision(identity).state == "waits_for_intake":
            if time.monotonic() > give_up:
                return False
            time.sleep(0.02)
        return True

    def _settle(self, patience: float = 2.0) -> None:
        """Wait until the views have what was just written, so that the next page shows it."""
        self.ring()
        wanted, give_up = self.record.position(), time.monotonic() + patience
        while self.views.position("record") < wanted and time.monotonic() < give_up:
            time.sleep(0.01)
