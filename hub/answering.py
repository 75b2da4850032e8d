"""What pages and commands ask of a hub on behalf of a person: each question goes to the view that answers it.

What moves something waits until the views, or the intake, have it, so that the next page shows it.
"""

import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from functools import cached_property, partial
from pathlib import Path
from threading import Event
from typing import Any

from hub.adapters import moving
from hub.adapters.cedar import CedarRulings
from hub.adapters.editions import load
from hub.adapters.signatures import PersonKeys
from hub.domain.enquiry import Decide, OpenEnquiry
from hub.domain.errors import NotPermitted, TryLater
from hub.domain.household import NameChildren
from hub.domain.identity import DecideIdentity, Outcome
from hub.domain.kin import Home
from hub.domain.protected import fold as fold_protected
from hub.domain.protected import stream as protected_stream
from hub.flow.disclose import stand
from hub.flow.govern import Govern
from hub.flow.letter import Letters
from hub.flow.override import Overriding
from hub.flow.receive import Intake
from hub.flow.review import AlertReviews
from hub.parts import Parts
from hub.views import sameness, store
from hub.views.addresses import conflicts
from hub.views.agreed import protocol
from hub.views.answers import Answers
from hub.views.asking_owners import AskingOwners
from hub.views.assessing import Assessing
from hub.views.audit import Audit
from hub.views.challenging import Challenging
from hub.views.consenting import Consenting
from hub.views.convening import Convening
from hub.views.deciding import Deciding
from hub.views.desk import Desk, caught_up
from hub.views.directory import Directory
from hub.views.discussing import Discussing
from hub.views.enquiring import Enquiring
from hub.views.enquiry_room import enquiry_view
from hub.views.exceptions import Excepting
from hub.views.explaining import Explaining
from hub.views.forwarding import Forwardings
from hub.views.governing import Checks, Governing
from hub.views.help_planning import HelpPlanning
from hub.views.helping import Helping
from hub.views.hindsight import Hindsights
from hub.views.homes import answer_children, ask_for_children, household
from hub.views.identifying import Identifying
from hub.views.leading import Leading
from hub.views.lettering import Lettering
from hub.views.measuring import Measuring
from hub.views.members import staff_of
from hub.views.models import (
    AddressConflicts,
    Asker,
    AskForChildren,
    AuditRow,
    AuditView,
    Decisions,
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
from hub.views.models.chronology import Chronology
from hub.views.models.enquiry import EnquiryView
from hub.views.models.protocol import ProtocolView
from hub.views.models.tasks import Tasks
from hub.views.offering import Offering
from hub.views.owed import Owed
from hub.views.partnership import Partnerships
from hub.views.planning import Planning
from hub.views.prompting import Prompting
from hub.views.protected_sources import home_told_to
from hub.views.protecting import ProtectingPeople
from hub.views.releasing import Releasing
from hub.views.reliance import Relying
from hub.views.replaying import Replaying
from hub.views.replying import Replying
from hub.views.requesting import Requesting
from hub.views.reviewing import Reviewing
from hub.views.silent import Listening
from hub.views.tasks import audits as audit_tasks  # noqa: F401 - its sources enter themselves
from hub.views.tasks import consent as consent_tasks  # noqa: F401 - its sources enter themselves
from hub.views.tasks import enquiries as enquiry_tasks  # noqa: F401 - its sources enter themselves
from hub.views.tasks import exceptions as exceptions_tasks  # noqa: F401 - its tasks enter the list by being read
from hub.views.tasks import front_door as front_door_tasks  # noqa: F401 - its sources enter themselves
from hub.views.tasks import help as help_tasks  # noqa: F401 - its source enters itself
from hub.views.tasks import identity as identity_tasks  # noqa: F401 - its sources enter themselves
from hub.views.tasks import kept_out as kept_out_tasks  # noqa: F401 - its source enters itself
from hub.views.tasks import late as late_tasks  # noqa: F401 - its source enters itself
from hub.views.tasks import letters as letter_tasks  # noqa: F401 - its source enters itself
from hub.views.tasks import meetings as meeting_tasks  # noqa: F401 - its sources enter themselves
from hub.views.tasks import offers as offer_tasks  # noqa: F401 - its source enters itself
from hub.views.tasks import plans as plan_tasks  # noqa: F401 - its sources enter themselves
from hub.views.tasks import protocol as protocol_tasks  # noqa: F401 - its source enters itself
from hub.views.tasks import releases as release_tasks  # noqa: F401 - its source enters itself
from hub.views.tasks import requests as request_tasks  # noqa: F401 - its sources enter themselves
from hub.views.tasks import silence as silence_tasks  # noqa: F401 - its source enters itself
from hub.views.tasks import tasks
from hub.views.tasks import together as together_tasks  # noqa: F401 - its sources enter themselves
from hub.views.tasks import transfers as transfer_tasks  # noqa: F401 - its source enters itself
from hub.views.transferring import Transferring
from hub.views.watch import Watch
from hub.views.weighing import Weigher
from hub.views.what_if import Running, WhatIfs
from hub.views.workbench import Workbench
from policies.draft import draft
from policies.partnerships import ROOT
from policies.what_if import assumed


class Answering(Parts):
    """A hub as pages see it: `hub.web.front.Front` is its shape."""

    def _desk(self) -> Desk:
        now = self.in_force()  # one edition whole, for everything that this page asks
        return Desk(
            self.record,
            self.ledger,
            self.views,
            self.vault,
            now.rulings,
            self.clock,
            now.edition,
            self.register,
            second_factor=self.settings.demo,  # demo accounts stand in for a sign-in with a second factor
            trouble=self.editions.trouble,
        )

    def stamp(self, asker: Asker) -> Stamp:
        """How far the hub knows, and as which role and under which edition it answers."""
        return self.answers.stamp(asker)

    def worklist(self, asker: Asker, filters: Filters, number: int = 1) -> Worklist:
        """A page of the alerts that this asker may know of, in the order in which they need attention."""
        return self.answers.worklist(asker, filters, number)

    def waiting_for(self, asker: Asker, child: str) -> Sequence[WorklistRow]:
        """The open alerts about one child."""
        return self.enquiring.waiting_for(asker, child)

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

    def protocol(self, asker: Asker) -> ProtocolView:
        """The information-sharing protocol in force: a paper about nobody."""
        del asker  # the page's guard
        return protocol(self.edition, self.register(), self.clock.now())

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

    def chronology(self, asker: Asker, child: str, enquiry: str = "") -> Chronology:
        """The lines of that picture in codes, to save. Raises NotPermitted, NotFound."""
        return self.answers.as_lines(asker, child, enquiry)

    def may_enter(self, asker: Asker) -> None:
        """Raises NotPermitted unless this person may enter a contact for a caller now."""
        self.answers.may_enter(asker)

    def open_enquiry(self, asker: Asker, command: OpenEnquiry) -> str:
        """Open a MASH enquiry and return its id."""
        return self.enquiring.open_enquiry(asker, command)

    def enquiry(self, asker: Asker, enquiry: str, seen: int, child: str = "") -> EnquiryView:
        """A MASH enquiry, with one child in focus, and what came in about that one after position `seen`."""
        return enquiry_view(self.enquiring, asker, enquiry, seen, child)

    def decide(self, asker: Asker, enquiry: str, command: Decide) -> tuple[str, ...]:
        """Decide about a child of a MASH enquiry; why it waits for a manager, () where it stands."""
        return self.enquiring.decide(asker, enquiry, command)

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
        """What pages about children ask."""
        return Answers(self._desk(), self.around)

    @property
    def partnerships(self) -> Partnerships:
        """What pages and programs ask of this partnership and others."""
        desk = self._desk()
        return Partnerships(desk, Answers(desk), self.settings.partnerships or ROOT)

    @property
    def enquiring(self) -> Enquiring:
        """What pages about MASH enquiries ask."""
        return Enquiring(self._desk(), self.act, self._seen)

    @property
    def planning(self) -> Planning:
        """What pages about what was decided to be done ask."""
        return Planning(self._desk(), self.act, self._seen, self.help_plans)

    @property
    def forwardings(self) -> Forwardings:
        """What pages about allocated workers and contacts forwarded ask."""
        return Forwardings(self._desk(), self.forward, self._seen)

    @property
    def discussing(self) -> Discussing:
        """What pages about strategy discussions ask."""
        return Discussing(self._desk(), self.discuss, self._seen)

    @property
    def listening(self) -> Listening:
        """What pages about what is silent ask."""
        return Listening(self._desk(), self.silences, self._seen)

    @property
    def hindsight(self) -> Hindsights:
        """What pages about late evidence ask."""
        return Hindsights(self._desk(), self.late_evidence, self._seen)

    @property
    def workbench(self) -> Workbench:
        """What pages about practice audits ask."""
        return Workbench(self._desk(), self.practice_audits, self._seen)

    @property
    def measuring(self) -> Measuring:
        """What pages about measures ask."""
        return Measuring(self._desk(), self.series, self._seen)

    @property
    def challenging(self) -> Challenging:
        """What pages about challenges ask."""
        return Challenging(self._desk(), self.challenges, self._seen)

    @property
    def prompting(self) -> Prompting:
        """What pages about prompts ask."""
        return Prompting(self._desk(), self.prompts, self._seen)

    @property
    def leading(self) -> Leading:
        """What pages about who leads ask."""
        return Leading(self._desk(), self.leads, self._seen)

    @property
    def convening(self) -> Convening:
        """What pages about meetings of organisations ask."""
        return Convening(self._desk(), self.convene, self._seen, lambda: self.helping, lambda: self.leading)

    @property
    def helping(self) -> Helping:
        """What pages about the level of a child's help ask."""
        return Helping(self._desk(), self.levels, self._seen)

    @property
    def offering(self) -> Offering:
        """What pages about offers of help ask."""
        return Offering(self._desk(), self.offers, self._seen)

    @property
    def transferring(self) -> Transferring:
        """What pages about children who move between partnerships ask."""
        return Transferring(
            self._desk(), self.transfers, self.helping, partial(moving.write, self.speaks),
            lambda given: moving.read(self.register(), given), self._seen,
        )  # fmt: skip

    @property
    def directory(self) -> Directory:
        """What pages and programs ask of the directory of services."""
        return Directory(self._desk(), self.act, self._seen)

    @property
    def assessing(self) -> Assessing:
        """What pages about assessments ask."""
        return Assessing(self._desk(), self.assessments, self._seen)

    @property
    def help_planning(self) -> HelpPlanning:
        """What pages about plans of help ask."""
        return HelpPlanning(self._desk(), self.help_plans, self._seen)

    def watch(self) -> Watch:
        """What looks at what time alone brings."""
        reviews = AlertReviews(
            record=self.record, clock=self.clock, edition=lambda: self.edition,
            organisations=lambda: {one.organisation: one.name for one in self.register().organisations.values()},
        )  # fmt: skip
        return Watch(self._desk, self.act, lambda: self.forwardings, self.page, lambda: self.owners, reviews,
                     lambda: self.owed)  # fmt: skip

    @property
    def explaining(self) -> Explaining:
        """What pages, commands and programs ask about alerts."""
        return Explaining(self._desk())

    @property
    def audits(self) -> Audit:
        """What pages for auditors ask."""
        return Audit(self._desk())

    @property
    def lettering(self) -> Lettering:
        """What pages, programs and commands ask about letters to families."""
        return Lettering(self._desk(), Letters(record=self.record, clock=self.clock, act=self.act()))

    @property
    def replaying(self) -> Replaying:
        """What auditors ask of the ledger: a look put again, looks by edition."""
        return Replaying(self._desk(), partial(CedarRulings, alarm=self._alarm))

    @property
    def relying(self) -> Relying:
        """What rested on a rule, a policy, an edition or a match model."""
        return Relying(self._desk(), partial(CedarRulings, alarm=self._alarm))

    @property
    def exceptions(self) -> Excepting:
        """What pages and commands ask about overrides, break-glass, and looks at one's own family."""
        return Excepting(self._desk(), lambda: Overriding(self.act(), self.record, self.clock), self._settle)

    @property
    def governing(self) -> Governing:
        """What pages and commands about policies ask."""
        desk = self._desk()

        def roles(staff: str) -> Sequence[str]:
            member = staff_of(desk, staff)
            return member.roles if member.active else ()

        def engine(policies: str, schema: str) -> CedarRulings:
            return CedarRulings(policies, schema, alarm=self._alarm)

        return Governing(
            desk=desk, engine=engine, drafts=partial(draft, self.settings.partnership, partnerships=self.settings.partnerships),
            folder=self.settings.sharing_draft,
            govern=lambda: Govern(
                record=self.record, clock=self.clock, edition=desk.edition.id, signers=PersonKeys(self.secret), roles=roles
            ),
            loads=partial(load, likeness=self.likeness, alarm=self._alarm), demo=self.settings.demo,
            taken_up=self._taken_up, memory=self._checked_drafts,
        )  # fmt: skip

    @cached_property
    def _checked_drafts(self) -> dict[str, Checks]:
        return {}

    @property
    def what_ifs(self) -> WhatIfs:
        """What pages, commands and programs ask of a draft of the threshold rules tried on history."""

        def parts(on: date, folder: Path | None) -> dict[str, Any]:
            name, root = (
                (folder.name, folder.parent) if folder else (self.settings.partnership, self.settings.partnerships)
            )
            return draft(name, on, self.settings.sharing_draft, partnerships=root)

        return WhatIfs(self._desk(), self.act, parts, assumed, self._what_if)

    @cached_property
    def _what_if(self) -> Running:
        return self._own(Running())

    def _taken_up(self) -> None:
        """An edition was published: this process takes it up now, the others at their next turn."""
        self.in_force()
        self.ring()

    @property
    def consents(self) -> Consenting:
        """What pages and commands ask about consent to share and agreement to services."""
        return Consenting(self._desk(), self.consent, self._settle)

    @property
    def owed(self) -> Owed:
        """What organisations must be told because of what came by message."""
        return Owed(self._desk(), self.consent, self.releases)

    @property
    def requesting(self) -> Requesting:
        """What the front door asks about requests to organisations."""
        return Requesting(self._desk(), self.requests, self._settle)

    @property
    def owners(self) -> AskingOwners:
        """What who reviews identity asks of those who sent the records in doubt."""
        return AskingOwners(self._desk(), self.requests, self._seen)

    @property
    def replying(self) -> Replying:
        """What organisations ask about what they were asked and told."""
        return Replying(self._desk(), self.requests, self._settle)

    @property
    def releasing(self) -> Releasing:
        """What owners ask about items of their own, and the MASH about releases."""
        return Releasing(self._desk(), self.releases, self._settle)

    @property
    def protecting(self) -> ProtectingPeople:
        """What pages and commands ask about people who are restricted before anybody speaks of them."""
        return ProtectingPeople(self._desk(), self.act, self.keys, self._sought, self._carry_out)

    def _sought(self, ident: str, patience: float = 10.0) -> None:
        """Wait until the intake has gone through whom it held before; where none is running, do it here."""
        self.ring()
        give_up = time.monotonic() + patience
        while not self._was_sought(ident, 0.3) and time.monotonic() < give_up:
            stop = Event()
            threading.Timer(0.5, stop.set).start()
            with self.lease("intake", stop) as held:
                if held:
                    Intake(self.intake_tools()).protect()
        self._settle()

    def _was_sought(self, ident: str, seconds: float) -> bool:
        give_up = time.monotonic() + seconds
        while not fold_protected(ident, (one.fact for one in self.record.load(protected_stream(ident)))).sought:
            if time.monotonic() > give_up:
                return False
            time.sleep(0.02)
        return True

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
            raise NotPermitted(
                "a command acts for nobody outside a demonstration: sign in and use the pages, or set MASH_DEMO=true where "
                "every child is made up"
            )
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

    @property
    def weigher(self) -> Weigher:
        """What a match rests on, weighed again for who reviews it, under a standing leave of its own for each edition."""
        now = self.in_force()
        if now.edition.id not in self._weighers:
            self._weighers[now.edition.id] = Weigher(
                record=self.record, vault=self.vault, judge=now.judge,
                stand=lambda: stand(
                    "service:review", ledger=self.ledger, vault=self.vault, clock=self.clock, edition=now.edition.id
                ),
                count=lambda leave: leave.count(ledger=self.ledger, clock=self.clock, edition=now.edition.id),
            )  # fmt: skip
        return self._weighers[now.edition.id]

    @cached_property
    def _weighers(self) -> dict[str, Weigher]:
        return {}

    def reviews(self, asker: Asker, number: int = 1) -> Reviews:
        """A page of the persons in doubt, the most urgent first."""
        return self.reviewing.reviews(asker, number)

    def review(self, asker: Asker, person: str, start: int = 0, other: str = "") -> Review:
        """One person in doubt beside candidates, from the `start`-th on; with `other`, two who are proposed to be one."""
        return self.reviewing.review(asker, person, start, other)

    def identity_decisions(self, asker: Asker, before: int = 0) -> Decisions:
        """Decisions about identity: all that wait for a second person, and a page of others."""
        return Deciding(self._desk()).decisions(asker, before)

    def identity_decision(self, asker: Asker, identity: str) -> IdentityView:
        """One decision about identity, with the report of who was shown what."""
        return Deciding(self._desk(), self.around).decision(asker, identity)

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
        return Reviewing(self._desk(), self.weigher, self.around, self.owners)

    def around(self, organisation: str, persons: Sequence[str]) -> Home:
        """What is said of these persons' households, as this organisation may know it."""
        return home_told_to(self._desk(), self.homes, organisation, persons)

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
        with suppress(TryLater):  # else the watch does it at its next turn
            self.owners.end_settled()

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

    def crowded(self) -> int:
        """How many persons may be more others than are proposed at once: a number, about nobody."""
        desk = self._desk()
        caught_up(desk)
        return len(sameness.crowded(desk.store, store.person))

    def tasks(self, asker: Asker, kind: str = "", number: int = 1) -> Tasks:
        """A page of what waits for this asker; with `kind`, of one kind."""
        return tasks(self._desk(), asker, kind, number, self.around)

    def _seen(self) -> None:
        """The same; where nothing in this process follows the record, follow it here."""
        self._settle(0.3)
        with suppress(TryLater):  # far behind, after a rebuild: the next page says so
            caught_up(self._desk())
