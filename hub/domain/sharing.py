"""What the sharing policies are asked, and what they may know: an ask, the persons it is about, and the item.

The asker supplies a purpose and a reason and nothing else. Basis, gateway, consent and harm are computed here from
recorded facts and belong to the person that an item is about, because one picture has several of them.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal, Protocol, cast, get_args

from msgspec import Struct

from hub.domain.effective import NOTHING_SAID, Effective, Stated, effective
from hub.domain.item import Category

Action = Literal["read", "export", "count", "tell", "open_room"]
INTAKE = frozenset({"count", "tell", "open_room"})  # the three that are asked when nobody is looking
Purpose = Literal[
    "triage", "child_protection", "early_help",  # safeguarding
    "identity_review",  # whose is it? a person compares who was described
    "pool", "notice",  # the hub's own, at intake
    "access_audit", "practice_audit", "policy",  # looking back
    "subject_access", "court_disclosure", "crime_investigation", "service_planning",  # known, and opened by no rule yet
]  # fmt: skip
PURPOSES: frozenset[str] = frozenset(get_args(Purpose))
Ruled = Category | Literal["codes", "ledger", "policies"]  # codes: which organisations, which indicators, when
Stage = Literal["none", "contact", "early_help", "section_17", "section_47", "closed"]
# Grounds as hub/domain/enquiry.py records them; "none" where no ground is recorded.
Ground = Literal["none", "immediate_danger", "significant_harm", "perceived_harm", "agreed_early_help"]
Invokes = Literal["none", "override", "break_glass"]
Kind = Literal[
    "concern",
    "strength",
    "answer",
    "household",
    "consent",
    "involvement",
    "legal_status",
    "decision",
    "exception",
    "request",
    "entrusted",  # put to one named person: a lead, a prompt
]

# 1 routine, 2 sensitive, 3 highly sensitive, 4 restricted record. Above 1 a second factor is needed.
TIERS: dict[str, int] = {
    "codes": 1, "ledger": 1, "policies": 1,
    "identity": 2, "identity.address": 2, "identity.contact": 2, "narrative": 2, "rationale": 2,
    "voice": 3, "third_party": 3, "referrer": 3, "evidence": 3, "characteristics": 3,
}  # fmt: skip
NO_WORDS = frozenset({"codes", "ledger", "policies"})
THIRD_PARTY = frozenset({"third_party", "referrer"})
HIGHEST = frozenset({"identity.address", "identity.contact"})  # of a restricted identity: where, and how to reach them
RESTRICTED_TIER = 4
OVERRIDE_LASTS = timedelta(hours=24)
BREAK_GLASS_LASTS = timedelta(minutes=30)
# Sectors with a power or duty to safeguard; charities and housing providers act on the recognised legitimate interest.
PUBLIC_SECTORS = frozenset(
    {"police", "health", "education", "social_care", "early_help", "fire", "probation", "council"}
)
INTEREST_SECTORS = frozenset({"housing", "voluntary", "charity"})


class Organisation(Struct, frozen=True):
    """What the register says of an organisation: sector, whether it signed the protocol, whether s16LA lists it."""

    id: str
    sector: str
    party: bool
    listed_body: bool = False


class Asker(Struct, frozen=True, kw_only=True):
    """Who asks, as the registers say at this moment. `related` are person ids of the asker's own family."""

    id: str
    kind: Literal["person", "service"] = "person"
    organisation: Organisation
    setting: str = ""
    roles: tuple[str, ...] = ()
    active: bool
    ig_trained: bool
    mfa: bool
    related: frozenset[str] = frozenset()


class Recipient(Struct, frozen=True, kw_only=True):
    """Somebody who might be told at intake about `child` (person id): the allocated worker, or a setting of theirs."""

    kind: Literal["allocated_worker", "setting"]
    id: str
    child: str
    related: frozenset[str] = frozenset()


class Ask(Struct, frozen=True, kw_only=True):
    """One question of one asker. `reason` is a code. `out_of_hours` comes from the edition's calendar.

    An asker may *invoke* an override or break-glass; whether one is sound stands on the person it was recorded for.
    """

    id: str
    who: Asker
    action: Action
    purpose: Purpose
    reason: str
    at: datetime
    enquiry: str = ""
    invokes: Invokes = "none"
    out_of_hours: bool = False
    recipient: Recipient | None = None


class Override(Struct, frozen=True):
    """A recorded override for one person's record: who asked, who approved, in which roles, until when.

    It covers the items of `organisations` in `categories`; empty covers all. Asked out of hours it works at once, out of
    hours only and until `second_by`, before anybody has approved (`approved_by` "").
    """

    asked_by: str
    approved_by: str
    approver_roles: tuple[str, ...]
    reason_recorded: bool
    recorded: datetime
    expires: datetime
    organisations: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    second_by: datetime | None = None


class BreakGlass(Struct, frozen=True):
    """A recorded opening in an emergency, by one person for one person's record."""

    by: str
    acknowledged: bool
    reason_recorded: bool
    recorded: datetime
    expires: datetime


class Duty(Struct, frozen=True):
    """The recorded judgement under Children Act 2004 s16LA(1)-(3).

    `held_back`: organisations that answered that telling what they hold would harm this child more than not telling.
    While that stands nothing of theirs is owed to anybody to whom they have not released it.
    """

    relevant: bool
    may_facilitate: bool
    more_detrimental: bool
    held_back: frozenset[str] = frozenset()


class Sample(Struct, frozen=True):
    """A listed sample for a practice audit: this person's record, for these auditors, from and until (aware UTC)."""

    auditors: frozenset[str]
    start: datetime
    end: datetime


class Subject(Struct, frozen=True, kw_only=True):
    """A person that an item is about, with what is on record of them. Every field is a recorded fact, none is asked."""

    person: str
    child: bool = True
    statements: tuple[Stated, ...] = ()
    grounds: frozenset[str] = frozenset()  # recorded, by whoever judged so
    strategy_discussion: bool = False
    stage: Stage = "none"
    why_not_told: str = ""  # why the family was not told, as the organisation said
    restricted: bool = False
    named_readers: frozenset[str] = frozenset()
    allocated: frozenset[str] = frozenset()  # staff ids of allocated social workers
    team: frozenset[str] = frozenset()  # staff ids of the lead professional and the team around the family
    must_act: bool = False  # a live alert or an undecided MASH enquiry
    contact_arrived: bool = False  # a contact about them came in since the offices closed, and they are closed still
    override: Override | None = None
    break_glass: BreakGlass | None = None
    duty: Duty | None = None
    samples: tuple[Sample, ...] = ()
    # in review, a candidate of one who is, or part of a decision on which this asker may have to agree
    in_doubt: bool = False


NOBODY = Subject(person="", child=False)


class EnquiryRoom(Struct, frozen=True, kw_only=True):
    """A MASH enquiry as far as sharing reads it: which children, which staff, on which recorded ground, open or not."""

    id: str
    children: frozenset[str]
    team: frozenset[str]
    ground: str
    open: bool


class Resource(Struct, frozen=True, kw_only=True):
    """A class of items that one ruling settles: whose, what category, how sensitive, about whom.

    `tier` raises the category's own and never lowers it. `released_to` are organisations that the owner released it to;
    `only_in` those to which it released it for one MASH enquiry alone, each with that enquiry ("" once it was closed
    again: the tie stays). "open" room means that it never was sealed. `protocol_excludes`: the protocol keeps it out of
    the pool, as with a police handling code.
    """

    category: Ruled
    owner: Organisation
    setting: str = ""
    subjects: tuple[Subject, ...] = ()
    enquiry: EnquiryRoom | None = None
    tier: int = 0
    kind: Kind = "concern"
    third_party: bool = False
    source_protected: bool = False
    sexual_health: bool = False
    protocol_excludes: bool = False
    notifiable: bool = False  # the partnership's notice rule covers its indicators (Operation Encompass)
    outside_protocol: str = ""  # the clause of the protocol by which this share stands outside it, "" within
    room: Literal["sealed", "open"] = "sealed"
    released_to: frozenset[str] = frozenset()
    only_in: frozenset[tuple[str, str]] = frozenset()  # organisation, MASH enquiry


class Basis(Struct, frozen=True):
    """The lawful basis, computed: UK GDPR Art 6, the gateway, and the limb of DPA 2018 Sch 1 para 18 for Art 9."""

    basis: Literal["none", "public_task", "legal_obligation", "vital_interests", "recognised_interest"] = "none"
    gateway: str = ""
    limb: Literal[
        "consent_given", "cannot_be_given", "cannot_reasonably_be_obtained", "would_prejudice_protection", "not_needed"
    ] = "not_needed"


class OverrideFacts(Struct, frozen=True):
    """What a policy may know of an override for this asker at this moment and this item.

    `own`: it was recorded for this very person, not for a child whom the same item is about. `covers`: the item is of an
    organisation and category that it names. `provisional`: out of hours, while the second person may still come.
    """

    live: bool = False
    reason_recorded: bool = False
    second_person: bool = False
    by_manager: bool = False
    provisional: bool = False
    covers: bool = False
    own: bool = False


class BreakGlassFacts(Struct, frozen=True):
    """What a policy may know of a break-glass opening for this asker at this moment; `own` as above."""

    live: bool = False
    reason_recorded: bool = False
    acknowledged: bool = False
    own: bool = False


class Standing(Struct, frozen=True, kw_only=True):
    """What the policies may know of one person for one ask and one item: codes computed from recorded facts."""

    consent: str
    competent: bool
    harm_suspected: bool
    significant_harm: bool
    immediate_danger: bool
    strategy_discussion: bool
    stage: str
    restricted: bool
    named_reader: bool
    own_family: bool
    recipient_own_family: bool
    allocated: bool
    has_allocated_worker: bool
    in_team: bool
    must_act: bool
    contact_arrived: bool
    in_sample: bool
    in_doubt: bool
    override: OverrideFacts
    break_glass: BreakGlassFacts
    duty_relevant: bool
    duty_detrimental: bool
    basis: str
    gateway: str
    limb: str


class ItemFacts(Struct, frozen=True, kw_only=True):
    """What the policies may know of one item for one ask."""

    category: str
    kind: str
    tier: int
    words: bool
    owner: Organisation
    own_setting: bool
    third_party: bool
    source_protected: bool
    sexual_health: bool
    protocol_excludes: bool
    outside_protocol: bool
    notifiable: bool
    open_room: bool
    released: bool
    tied_elsewhere: bool
    in_enquiry: bool
    asker_on_enquiry: bool
    enquiry_open: bool
    ground: str


class Facts(Struct, frozen=True, kw_only=True):
    """Everything that one answer rests on, without ids of children: equal facts get equal answers."""

    action: str
    purpose: str
    invokes: str
    out_of_hours: bool
    recipient: str
    item: ItemFacts
    subject: Standing


class Member(Protocol):
    """What sharing reads of a person in the register of staff (hub/domain/staff.py)."""

    @property
    def id(self) -> str:
        """Staff id."""
        ...

    @property
    def setting(self) -> str:
        """The setting worked for."""
        ...

    @property
    def roles(self) -> tuple[str, ...]:
        """Roles held."""
        ...

    @property
    def ig_trained_until(self) -> datetime | None:
        """Until when training holds, if there was any."""
        ...

    @property
    def related(self) -> tuple[str, ...]:
        """Person ids of one's own family."""
        ...

    @property
    def active(self) -> bool:
        """Whether the account is."""
        ...


def asker_of(staff: Member, organisation: Organisation, at: datetime, *, mfa: bool) -> Asker:
    """The asker that the staff register knows, at `at` (aware UTC): active, trained, roles, family."""
    return Asker(
        id=staff.id, organisation=organisation, setting=staff.setting, roles=staff.roles, active=staff.active,
        ig_trained=staff.ig_trained_until is not None and at < staff.ig_trained_until, mfa=mfa,
        related=frozenset(staff.related),
    )  # fmt: skip


def service(name: str) -> Asker:
    """The hub's own service as an asker: intake asks three questions and reads nothing."""
    hub = Organisation("hub", "council", party=True)
    return Asker(id=name, kind="service", organisation=hub, active=True, ig_trained=True, mfa=True)


def facts_of(ask: Ask, resource: Resource, *, duty_in_force: bool) -> tuple[Facts, ...]:
    """One set of facts for each person that the item is about; every one of them must be allowed.

    Empty for words about nobody: an item whose persons are unknown cannot be ruled and stays closed.
    """
    words = resource.category not in NO_WORDS
    if not resource.subjects and words:
        return ()
    item = _item_facts(ask, resource, words=words)
    grounds = {ground for subject in resource.subjects if subject.child for ground in subject.grounds}
    if item.in_enquiry:
        grounds.add(item.ground)
    return tuple(
        Facts(
            action=ask.action, purpose=ask.purpose, invokes=ask.invokes, out_of_hours=ask.out_of_hours,
            recipient=ask.recipient.kind if ask.recipient else "none", item=item,
            subject=_standing(ask, resource, subject, grounds, duty_in_force=duty_in_force),
        )
        for subject in resource.subjects or (NOBODY,)
    )  # fmt: skip


def tier_of(resource: Resource) -> int:
    """How sensitive: what the resource says, and never below what its category says.

    Where a restricted identity lives, and how to reach it, is of the highest tier: that is what its restriction protects.
    """
    protected = resource.category in HIGHEST and any(subject.restricted for subject in resource.subjects)
    return max(resource.tier, TIERS[resource.category], RESTRICTED_TIER if protected else 0)


def _item_facts(ask: Ask, resource: Resource, *, words: bool) -> ItemFacts:
    who, room = ask.who, resource.enquiry
    # an enquiry opens what is about its children, to an ask that names it, and nothing else
    in_enquiry = (
        room is not None and room.id == ask.enquiry and any(s.person in room.children for s in resource.subjects)
    )
    open_room = room.id if in_enquiry and room is not None and room.open else None
    here = {one for one, enquiry in resource.only_in if enquiry == open_room}
    released = who.organisation.id in resource.released_to or who.organisation.id in here
    return ItemFacts(
        category=resource.category, kind=resource.kind, tier=tier_of(resource), words=words,
        owner=resource.owner, own_setting=bool(who.setting) and who.setting == resource.setting,
        third_party=resource.third_party or resource.category in THIRD_PARTY,
        source_protected=resource.source_protected, sexual_health=resource.sexual_health,
        protocol_excludes=resource.protocol_excludes, notifiable=resource.notifiable,
        outside_protocol=bool(resource.outside_protocol),
        open_room=resource.room == "open", released=released,
        # what was let out for one MASH enquiry alone stays closed everywhere else, and there too once it is closed
        tied_elsewhere=bool(resource.only_in) and not here and who.organisation.id not in resource.released_to,
        in_enquiry=in_enquiry, asker_on_enquiry=in_enquiry and room is not None and who.id in room.team,
        enquiry_open=in_enquiry and room is not None and room.open,
        ground=room.ground if in_enquiry and room is not None else "none",
    )  # fmt: skip


def _standing(
    ask: Ask, resource: Resource, subject: Subject, child_grounds: Iterable[str], *, duty_in_force: bool
) -> Standing:
    """What is on record of one person, seen from this ask. Harm to a child also counts for the adults on its item."""
    who, grounds = ask.who, {*subject.grounds, *child_grounds} if not subject.child else {*subject.grounds}
    room = resource.enquiry
    if room is not None and room.id == ask.enquiry and subject.person in room.children:
        grounds.add(room.ground)
    kin = tuple(s for s in resource.subjects if s.child) if not subject.child else ()
    strategy = subject.strategy_discussion or any(s.strategy_discussion for s in kin)
    stage = subject.stage if subject.child or not kin else kin[0].stage
    consent = (
        effective(subject.statements, who.organisation.id, resource.category, ask.purpose, ask.at)
        if subject.statements
        else NOTHING_SAID
    )
    duty = subject.duty
    owed = duty is not None and (
        resource.owner.id not in duty.held_back or who.organisation.id in resource.released_to
    )  # fmt: skip
    relevant = owed and duty is not None and duty.relevant and duty.may_facilitate and not duty.more_detrimental
    obliged = duty_in_force and relevant and resource.owner.listed_body and who.organisation.listed_body
    basis = basis_of(
        resource.owner if who.kind == "service" else who.organisation, ask.purpose, consent,
        immediate_danger="immediate_danger" in grounds, section_47=strategy and stage == "section_47", obliged=obliged,
        why_not_told=subject.why_not_told,
    )  # fmt: skip
    return Standing(
        consent=consent.state, competent=consent.competent,
        harm_suspected=bool(grounds & {"perceived_harm", "significant_harm", "immediate_danger"}),
        significant_harm=bool(grounds & {"significant_harm", "immediate_danger"}),
        immediate_danger="immediate_danger" in grounds, strategy_discussion=strategy, stage=stage,
        restricted=subject.restricted, named_reader=who.id in subject.named_readers,
        own_family=subject.person in who.related,
        recipient_own_family=ask.recipient is not None and subject.person in ask.recipient.related,
        # what is said of a child names the adults around: who acts for the child, or audits its record, reads it whole
        allocated=any(who.id in one.allocated for one in (subject, *kin)), has_allocated_worker=bool(subject.allocated),
        in_team=who.id in subject.team, must_act=any(one.must_act for one in (subject, *kin)),
        contact_arrived=any(one.contact_arrived for one in (subject, *kin)),
        in_sample=any(
            who.id in s.auditors and s.start <= ask.at < s.end for one in (subject, *kin) for s in one.samples
        ),
        in_doubt=subject.in_doubt,
        override=_override(subject, resource, ask), break_glass=_break_glass(subject, resource, ask),
        duty_relevant=relevant, duty_detrimental=duty is not None and duty.more_detrimental,
        basis=basis.basis, gateway=basis.gateway, limb=basis.limb,
    )  # fmt: skip


NO_OVERRIDE = OverrideFacts()
NO_BREAK_GLASS = BreakGlassFacts()


def leaned_on(subject: Subject, others: Iterable[Subject]) -> Subject:
    """Whose exception one person of an item leans on: their own; else that of a child whom the item is about too.

    What was said of a child in danger names brothers and adults, and would otherwise stay closed for their sake.
    """
    if subject.override is not None or subject.break_glass is not None:
        return subject
    return next((one for one in others if one.child and (one.override or one.break_glass)), subject)


def _override(subject: Subject, resource: Resource, ask: Ask) -> OverrideFacts:
    whose = leaned_on(subject, resource.subjects)
    override = whose.override
    if override is None or override.asked_by != ask.who.id:
        return NO_OVERRIDE
    ends = min(override.expires, override.recorded + OVERRIDE_LASTS)
    approved = bool(override.approved_by)
    # the second person may come within hours of being asked, and until then it works while nobody is in the office
    provisional = not approved and ask.out_of_hours and override.second_by is not None and ask.at < override.second_by
    organisations, categories = override.organisations, override.categories
    return OverrideFacts(
        live=override.recorded <= ask.at < ends and (approved or provisional), reason_recorded=override.reason_recorded,
        second_person=approved and override.approved_by != ask.who.id,
        by_manager=bool({"mash_manager", "caldicott_guardian"} & set(override.approver_roles)), provisional=provisional,
        covers=(not organisations or resource.owner.id in organisations)
        and (not categories or resource.category in categories or resource.category in NO_WORDS),
        own=whose is subject,
    )  # fmt: skip


def _break_glass(subject: Subject, resource: Resource, ask: Ask) -> BreakGlassFacts:
    whose = leaned_on(subject, resource.subjects)
    opened = whose.break_glass
    if opened is None or opened.by != ask.who.id:
        return NO_BREAK_GLASS
    ends = min(opened.expires, opened.recorded + BREAK_GLASS_LASTS)
    live = opened.recorded <= ask.at < ends
    return BreakGlassFacts(live, opened.reason_recorded, opened.acknowledged, own=whose is subject)


def basis_of(
    organisation: Organisation, purpose: str, consent: Effective, *, immediate_danger: bool = False,
    section_47: bool = False, obliged: bool = False, why_not_told: str = "",
) -> Basis:  # fmt: skip
    """The basis on which `organisation` may process for `purpose`, from recorded facts; "none" where there is none.

    `section_47`: a strategy discussion is recorded and the case is at section 47. `obliged`: section 16LA is in force
    and binds both bodies. Consent is never the basis here: it meets the duty of confidence (research/policy.md 2.1).
    The limb of DPA 2018 Sch 1 para 18(2) is a draft that an information-governance lead must check.
    """
    if purpose in {"access_audit", "practice_audit", "policy"}:
        return Basis("public_task", "UK GDPR Art 5(2)")
    if purpose not in {"triage", "child_protection", "early_help", "identity_review", "pool", "notice"}:
        return Basis()
    if organisation.sector not in PUBLIC_SECTORS | INTEREST_SECTORS:
        return Basis()
    limb = _limb(consent, why_not_told)
    if obliged:
        return Basis("legal_obligation", "CA 2004 s16LA", limb)
    if immediate_danger:
        return Basis("vital_interests", "CA 1989 s46-47", limb)
    gateway = "CA 1989 s47" if section_47 else "CA 2004 s10" if purpose == "early_help" else "CA 2004 s11"
    return Basis("recognised_interest" if organisation.sector in INTEREST_SECTORS else "public_task", gateway, limb)


def _limb(
    consent: Effective, why_not_told: str
) -> Literal["consent_given", "cannot_be_given", "cannot_reasonably_be_obtained", "would_prejudice_protection"]:
    if why_not_told in {"increases_risk", "prejudices_investigation"}:
        return "would_prejudice_protection"
    if consent.state == "given":
        return "consent_given"
    return "cannot_reasonably_be_obtained" if consent.competent else "cannot_be_given"


def as_category(category: str) -> Ruled:
    """`category` as a ruled category; raises KeyError for one that the table of tiers does not know."""
    TIERS[category]
    return cast("Ruled", category)
