"""What the pages need of a running hub: `hub.bootstrap.Hub` keeps this, and so does the fake that drives page tests.

Each method asks on behalf of a person and answers with view models whose words came through `flow/disclose.py`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from hub.domain.enquiry import Decide, OpenEnquiry
from hub.domain.household import NameChildren
from hub.domain.identity import DecideIdentity, Outcome
from hub.domain.message import Message
from hub.views.asking_owners import AskingOwners
from hub.views.assessing import Assessing
from hub.views.challenging import Challenging
from hub.views.consenting import Consenting
from hub.views.convening import Convening
from hub.views.directory import Directory
from hub.views.discussing import Discussing
from hub.views.enquiring import Enquiring
from hub.views.exceptions import Excepting
from hub.views.explaining import Explaining
from hub.views.forwarding import Forwardings
from hub.views.governing import Governing
from hub.views.help_planning import HelpPlanning
from hub.views.helping import Helping
from hub.views.hindsight import Hindsights
from hub.views.leading import Leading
from hub.views.lettering import Lettering
from hub.views.measuring import Measuring
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
from hub.views.partnership import Partnerships
from hub.views.planning import Planning
from hub.views.prompting import Prompting
from hub.views.protecting import ProtectingPeople
from hub.views.releasing import Releasing
from hub.views.reliance import Relying
from hub.views.replaying import Replaying
from hub.views.replying import Replying
from hub.views.requesting import Requesting
from hub.views.silent import Listening
from hub.views.transferring import Transferring
from hub.views.what_if import WhatIfs
from hub.views.workbench import Workbench


class Receipt(Protocol):
    """What a publisher gets: the message id, its place in the log, and when the log took it (aware UTC)."""

    @property
    def id(self) -> str:
        """The message id."""
        ...

    @property
    def position(self) -> str:
        """topic/partition/offset."""
        ...

    @property
    def received(self) -> datetime:
        """Aware UTC."""
        ...


class Front(Protocol):
    """The hub, seen from a page."""

    def stamp(self, asker: Asker) -> Stamp:
        """How far the hub knows, and as which role and under which edition it answers."""
        ...

    def worklist(self, asker: Asker, filters: Filters, number: int = 1) -> Worklist:
        """A page of the alerts that this asker may know of, in the order in which they need attention."""
        ...

    def waiting_for(self, asker: Asker, child: str) -> Sequence[WorklistRow]:
        """The open alerts about one child. Raises NotFound where existence is protected."""
        ...

    def newest_alert(self) -> float:
        """When an alert last came or changed (seconds since 1970, UTC), 0 for never. No look: it says nothing else."""
        ...

    def newer(self, asker: Asker, shown: float) -> int:
        """How many alerts came or changed since `shown` (as above) that this asker may know of. A look."""
        ...

    def unplaced(self, asker: Asker) -> Sequence[UnplacedRow]:
        """Concerns that name no child, newest first: somebody must ask which children they are about."""
        ...

    def address_conflicts(self, asker: Asker) -> AddressConflicts:
        """Children of whom organisations hold different current addresses, the newest difference first. A look."""
        ...

    def ask_for_children(self, asker: Asker, message: str) -> AskForChildren:
        """A concern that names no child, and what is known of its adults' households. Raises NotFound, NotPermitted."""
        ...

    def name_children(self, asker: Asker, message: str, command: NameChildren) -> None:
        """Say which children it is about. Raises Refused naming the field, NotPermitted, NotFound."""
        ...

    def household(self, asker: Asker, child: str, enquiry: str) -> HouseholdView:
        """Who lives with a child, who did, and what of that counts. Raises NotFound where existence is protected."""
        ...

    @property
    def consents(self) -> Consenting:
        """What is asked about consent to share and agreement to services."""
        ...

    def gaps(self, asker: Asker) -> Sequence[GapRow]:
        """Numbers that organisations sent and the hub never got, newest first."""
        ...

    @property
    def governing(self) -> Governing:
        """What pages about policies and editions ask."""
        ...

    @property
    def partnerships(self) -> Partnerships:
        """What pages about this partnership and others ask."""
        ...

    def protocol(self, asker: Asker) -> ProtocolView:
        """The information-sharing protocol in force."""
        ...

    def options(self, asker: Asker) -> Options:
        """Registered organisations, and the indicators and referrer codes of the edition in force."""
        ...

    def involved(self, asker: Asker) -> Sequence[InvolvedRow]:
        """Children whom this person works with: open MASH enquiries they are part of, and what their setting does."""
        ...

    def sent(self, asker: Asker) -> Sequence[SentRow]:
        """What the asker's own organisation sent, newest first, and what became of it. At most 200."""
        ...

    def picture(self, asker: Asker, child: str, enquiry: str) -> Picture:
        """A child; `enquiry` "" asks outside a MASH enquiry. Raises NotFound where existence is protected."""
        ...

    def chronology(self, asker: Asker, child: str, enquiry: str = "") -> Chronology:
        """What each organisation said of a child, in codes. Raises NotPermitted, NotFound."""
        ...

    def open_enquiry(self, asker: Asker, command: OpenEnquiry) -> str:
        """Open a MASH enquiry and return its id. Raises Refused naming the field, NotPermitted, NotFound."""
        ...

    def enquiry(self, asker: Asker, enquiry: str, seen: int, child: str = "") -> EnquiryView:
        """A MASH enquiry, one child in focus, and what came in about that one after position `seen` (0: none asked)."""
        ...

    def tasks(self, asker: Asker, kind: str = "", number: int = 1) -> Tasks:
        """A page of what waits for this asker, red first; with `kind`, of one kind. Raises NotPermitted."""
        ...

    @property
    def enquiring(self) -> Enquiring:
        """What pages about MASH enquiries ask beside the above."""
        ...

    @property
    def discussing(self) -> Discussing:
        """What pages about strategy discussions ask."""
        ...

    @property
    def listening(self) -> Listening:
        """What pages about what is silent ask."""
        ...

    @property
    def what_ifs(self) -> WhatIfs:
        """What pages about a draft tried on history ask."""
        ...

    @property
    def hindsight(self) -> Hindsights:
        """What pages about late evidence ask."""
        ...

    @property
    def challenging(self) -> Challenging:
        """What pages about challenges ask."""
        ...

    @property
    def planning(self) -> Planning:
        """What pages about what was decided to be done ask."""
        ...

    @property
    def prompting(self) -> Prompting:
        """What pages about prompts ask."""
        ...

    @property
    def assessing(self) -> Assessing:
        """What pages about assessments ask."""
        ...

    @property
    def help_planning(self) -> HelpPlanning:
        """What pages about plans of help ask."""
        ...

    @property
    def convening(self) -> Convening:
        """What pages about meetings of organisations ask."""
        ...

    @property
    def helping(self) -> Helping:
        """The level of a child's help."""
        ...

    @property
    def offering(self) -> Offering:
        """Offers of help to a family."""
        ...

    @property
    def transferring(self) -> Transferring:
        """Children who move between partnerships."""
        ...

    @property
    def directory(self) -> Directory:
        """The directory of services."""
        ...

    @property
    def leading(self) -> Leading:
        """What pages about who leads ask."""
        ...

    @property
    def workbench(self) -> Workbench:
        """What pages and programs ask about practice audits."""
        ...

    @property
    def measuring(self) -> Measuring:
        """What pages and programs ask about measures."""
        ...

    @property
    def explaining(self) -> Explaining:
        """What pages and programs ask about alerts."""
        ...

    @property
    def forwardings(self) -> Forwardings:
        """What pages about allocated workers and contacts forwarded ask."""
        ...

    def decide(self, asker: Asker, enquiry: str, command: Decide) -> tuple[str, ...]:
        """Decide about a child; why it waits for a manager, () where it stands.

        Raises Refused naming the field, Stale when something came in after `seen_position`.
        """
        ...

    def reviews(self, asker: Asker, number: int = 1) -> Reviews:
        """A page of the persons in doubt, the most urgent first. Raises NotPermitted."""
        ...

    def review(self, asker: Asker, person: str, start: int = 0, other: str = "") -> Review:
        """One person in doubt beside candidates, from the `start`-th on; with `other`, two who are proposed to be one.

        Raises NotFound where existence is protected.
        """
        ...

    @property
    def owners(self) -> AskingOwners:
        """What is asked of those who sent records in doubt."""
        ...

    def identity_decisions(self, asker: Asker, before: int = 0) -> Decisions:
        """Decisions about identity: all that wait for a second person, and a page of others from before a position."""
        ...

    def identity_decision(self, asker: Asker, identity: str) -> IdentityView:
        """One decision, with the report of who was shown what. Raises NotFound where existence is protected."""
        ...

    def identity_reports(self, asker: Asker) -> Reports:
        """Decisions by which something had stood on the wrong page, for who answers for information: codes alone."""
        ...

    def identity_report(self, asker: Asker, identity: str) -> tuple[Stamp, Report]:
        """Who was shown what, for who answers for information. Raises NotFound where existence is protected."""
        ...

    def who_this_is(self, asker: Asker, person: str) -> WhoThisIs:
        """On what a person's identity rests. Raises NotFound where existence is protected."""
        ...

    def identity_decide(self, asker: Asker, wish: DecideIdentity) -> Mapping[str, str]:
        """Decide; its id ("identity") and what became of it so far ("state"). Raises Refused, NotPermitted, NotFound."""
        ...

    def identity_agree(self, asker: Asker, identity: str) -> Mapping[str, str]:
        """Agree as the second person; the same answer. Raises Refused for who decided it, NotPermitted, NotFound."""
        ...

    def identity_not_agree(self, asker: Asker, identity: str, why: str) -> Mapping[str, str]:
        """Do not agree, or take one's own decision back before anybody agreed. Raises Refused, NotPermitted, NotFound."""
        ...

    def identity_assess(self, asker: Asker, identity: str, outcome: Outcome, why: str) -> Mapping[str, str]:
        """Say what came of who was shown what. Raises Refused, NotPermitted, NotFound."""
        ...

    def audit_list(self, asker: Asker) -> Sequence[AuditRow]:
        """Children whose record this auditor may replay."""
        ...

    def audit(self, asker: Asker, child: str, position: int | None) -> AuditView:
        """What was so at `position` (the newest when None). Raises NotFound."""
        ...

    def ledger_of(self, asker: Asker, child: str, before: int = 0, *, everything: bool = False) -> LedgerPage:
        """Who has looked: at one child, or at anybody when `child` is "". Newest first, a page from before a position.

        Looks at the worklist and at this page only with `everything`.
        """
        ...

    @property
    def requesting(self) -> Requesting:
        """Requests from a MASH enquiry to organisations."""
        ...

    @property
    def replying(self) -> Replying:
        """What organisations were asked and told, and their answers."""
        ...

    @property
    def releasing(self) -> Releasing:
        """What owners release of their own words."""
        ...

    @property
    def protecting(self) -> ProtectingPeople:
        """People who are restricted before anybody speaks of them."""
        ...

    @property
    def lettering(self) -> Lettering:
        """Letters that tell a family which organisations looked."""
        ...

    @property
    def replaying(self) -> Replaying:
        """A look of the ledger put again, and looks by edition."""
        ...

    @property
    def relying(self) -> Relying:
        """What rested on a rule, a policy, an edition or a match model."""
        ...

    @property
    def exceptions(self) -> Excepting:
        """Overrides, break-glass, and looks at one's own family."""
        ...

    def quarantine(self, asker: Asker) -> Sequence[QuarantineRow]:
        """Messages that were not recorded, with the reason. Newest first."""
        ...

    def may_enter(self, asker: Asker) -> None:
        """Raises NotPermitted unless the register of staff lets this person enter a contact for a caller now."""
        ...

    def publish(self, said: Sequence[tuple[str, Message]]) -> Sequence[Receipt]:
        """Publish messages (UUID, message) of one organisation, signed and numbered by the front desk on its behalf.

        The same id again is harmless: it is recorded once. Raises BadMessage naming the field, NotFound for an
        organisation that never joined, TryLater.
        """
        ...

    def ready(self) -> Mapping[str, str]:
        """Each part of the hub: "ok", or what is wrong, naming no person."""
        ...
