"""Who works here: the register of staff as facts, and the one table of roles that says what each may do on pages.

A role opens pages; it never opens words. What may be read on a page is ruled item by item by the sharing policies.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar, Literal, assert_never

from msgspec import Struct

from hub.domain.errors import Refused
from hub.domain.fact import Fact

Permission = Literal[
    "worklist",  # see live alerts and their clocks
    "picture",  # open the page of a child: what it shows is ruled item by item
    "open_enquiry",  # open a MASH enquiry on a recorded ground
    "decide",  # decide a MASH enquiry
    "identity",  # decide who is who
    "identity_restricted",  # the same where a restricted identity is concerned
    "identity_report",  # who was shown what after a wrong link: codes, never content
    "own_organisation",  # see what became of what one's own organisation sent
    "enter_contact",  # enter a telephone contact on a caller's behalf
    "audit_ledger",  # who asked, what was ruled; never content
    "audit_content",  # content of a listed sample, time-boxed
    "screen",  # claim, grade, ask organisations, call and record discussions, send prompts, name who leads
    "supervise",  # assign and hand over others' work, close where a named manager must
    "consent",  # record consent to share and agreement to help, and what became of them
    "answer",  # answer a request to one's own organisation, and release or refuse its items
    "lead",  # accept or decline to lead, hand the lead over
    "chair",  # call a meeting of organisations, make its pack; record who was at one that one sits in
    "challenge",  # challenge a decision, and follow the answer
    "override",  # ask for an override of a refusal
    "approve_override",  # agree, as the second person, to somebody else's
    "break_glass",  # open in an emergency, alone, for thirty minutes
    "review_exceptions",  # go through overrides and openings in an emergency afterwards
    "letters",  # a family's account of who has seen what: prepare and review
    "sign_policies",  # tick, sign and publish what the hub judges by
    "quarantine",  # messages that could not be taken, without their words
    "policies",  # read policies and their register
    "thresholds",  # read and propose threshold rules
    "administer",  # accounts and organisations; no content
]

Group = Literal["mash", "practitioner", "own_organisation", "own_setting", "on_call", "no_content"]


class Role(Struct, frozen=True):
    """One role: what it may do on pages, and the groups by which policies speak of several roles at once."""

    id: str
    title: str
    may: frozenset[Permission]
    groups: frozenset[Group] = frozenset()


def _role(role: str, title: str, may: tuple[Permission, ...], groups: tuple[Group, ...] = ()) -> Role:
    return Role(role, title, frozenset(may), frozenset(groups))


_MASH: tuple[Group, ...] = ("mash", "practitioner", "own_organisation")
_FRONT: tuple[Permission, ...] = (
    "worklist", "picture", "open_enquiry", "own_organisation", "enter_contact", "screen", "consent", "answer", "override",
    "challenge", "chair",
)  # fmt: skip
_HELP: tuple[Permission, ...] = ("picture", "consent", "lead", "challenge", "answer")

ROLES: dict[str, Role] = {
    role.id: role
    for role in (
        _role("contact_officer", "Contact officer", _FRONT, _MASH),
        _role(
            "screening_social_worker", "Screening social worker", (*_FRONT, "identity", "break_glass"), (*_MASH, "on_call")
        ),
        _role(
            "decision_maker", "Decision maker", (*_FRONT, "decide", "identity", "break_glass"), (*_MASH, "on_call")
        ),
        _role(
            "mash_manager", "MASH manager",
            (
                *_FRONT, "decide", "quarantine", "identity", "identity_restricted", "supervise", "approve_override",
                "break_glass", "review_exceptions", "letters",
            ),
            (*_MASH, "on_call"),
        ),
        _role(
            "navigator", "Navigator", ("picture", "own_organisation", "answer", "challenge", "consent"),
            ("practitioner", "own_organisation"),
        ),
        _role(
            "out_of_hours_worker", "Out-of-hours worker", (*_FRONT, "decide", "break_glass"),
            ("practitioner", "own_organisation", "on_call"),
        ),
        _role(
            "allocated_social_worker", "Allocated social worker", (*_HELP, "own_organisation", "override", "chair"),
            ("practitioner", "own_organisation"),
        ),
        _role("lead_professional", "Lead professional", (*_HELP, "chair"), ("practitioner", "own_setting")),
        _role(
            "taf_member", "Team around the family member", ("picture", "lead", "challenge", "answer"),
            ("practitioner", "own_setting"),
        ),
        _role("panel_chair", "Panel chair", ("picture", "chair", "challenge"), ("practitioner", "own_setting")),
        _role(
            "locality_worker", "Locality worker", ("own_organisation", "lead", "challenge"),
            ("practitioner", "own_setting"),
        ),
        _role(
            "setting_safeguarding_lead", "Safeguarding lead of a setting",
            ("own_organisation", "answer", "lead", "challenge"),
            ("practitioner", "own_setting"),
        ),
        _role("external_answerer", "External answerer (one request)", ()),
        _role("access_auditor", "Access auditor", ("audit_ledger",), ("no_content",)),
        _role("practice_auditor", "Practice auditor", ("picture", "audit_content")),
        _role(
            "ig_lead", "Information-governance lead",
            (
                "audit_ledger", "policies", "quarantine", "identity_report", "review_exceptions", "sign_policies",
            ),
            ("no_content",),
        ),
        _role(
            "caldicott_guardian", "Caldicott guardian",
            (
                "audit_ledger", "policies", "identity_report", "approve_override", "review_exceptions",
                "letters", "sign_policies",
            ),
            ("no_content",),
        ),
        _role("records_officer", "Records officer", ("quarantine",), ("no_content",)),
        _role("threshold_owner", "Threshold owner", ("policies", "thresholds", "sign_policies"), ("no_content",)),
        _role("administrator", "Administrator", ("administer", "quarantine"), ("no_content",)),
    )
}  # fmt: skip


def may(roles: tuple[str, ...], permission: Permission) -> bool:
    """Whether any of these roles may do this on pages. An unknown role may do nothing."""
    return any(permission in ROLES[role].may for role in roles if role in ROLES)


def groups(roles: tuple[str, ...]) -> frozenset[Group]:
    """The groups that these roles belong to: how policies speak of several roles at once."""
    return frozenset(group for role in roles if role in ROLES for group in ROLES[role].groups)


class StaffRegistered(Fact, frozen=True, kw_only=True):
    """A person joined: organisation, setting, roles, until when the training holds, and which persons are family.

    Stream staff:<id>. `related` are person ids of the person's own family and household: those records never open.
    `same_as` is another account of the same person, "" for none: where two people are needed, both are one.
    """

    NAME: ClassVar[str] = "staff.registered"
    staff: str
    organisation: str
    setting: str
    roles: tuple[str, ...]
    ig_trained_until: datetime
    related: tuple[str, ...] = ()
    same_as: str = ""


class StaffRolesChanged(Fact, frozen=True, kw_only=True):
    """A person holds these roles from now on."""

    NAME: ClassVar[str] = "staff.roles-changed"
    staff: str
    roles: tuple[str, ...]


class StaffLeft(Fact, frozen=True, kw_only=True):
    """A person left: nothing opens for the account from now on."""

    NAME: ClassVar[str] = "staff.left"
    staff: str


class StaffFamilyMet(Fact, frozen=True, kw_only=True):
    """Somebody on record is, or may be, of the family that this person declared: from now on that record never opens."""

    NAME: ClassVar[str] = "staff.family-met"
    staff: str
    person: str
    declaration: str  # its id: protected:<id>


class StaffFamilyParted(Fact, frozen=True, kw_only=True):
    """Two other people said that whom matching had found by a declaration is not of this person's family after all.

    What the register itself names stays, and what another declaration found.
    """

    NAME: ClassVar[str] = "staff.family-parted"
    staff: str
    person: str
    declaration: str


StaffFact = StaffRegistered | StaffRolesChanged | StaffLeft | StaffFamilyMet | StaffFamilyParted
FACTS: tuple[type[StaffFact], ...] = (
    StaffRegistered, StaffRolesChanged, StaffLeft, StaffFamilyMet, StaffFamilyParted,
)  # fmt: skip


class RegisterStaff(Struct, frozen=True, kw_only=True):
    """Ask to register a person, or to register them anew (training renewed, family declared)."""

    staff: str
    organisation: str
    setting: str
    roles: tuple[str, ...]
    ig_trained_until: datetime
    related: tuple[str, ...] = ()
    same_as: str = ""


class ChangeRoles(Struct, frozen=True, kw_only=True):
    """Ask that a person holds these roles and no others."""

    roles: tuple[str, ...]


class RecordLeaving(Struct, frozen=True, kw_only=True):
    """Ask to end a person's access."""


@dataclass(frozen=True)
class Staff:
    """State of one person in the register; `active` is False before they join and after they leave."""

    id: str
    version: int = 0
    organisation: str = ""
    setting: str = ""
    roles: tuple[str, ...] = ()
    ig_trained_until: datetime | None = None
    related: tuple[str, ...] = ()
    met: tuple[tuple[str, str], ...] = ()  # whom matching found by what they declared, and by which declaration
    named: tuple[str, ...] = ()  # whom the register itself names
    same_as: str = ""
    active: bool = False

    @property
    def human(self) -> str:
        """Whose account it is: several accounts of one person have one name."""
        return self.same_as or self.id


def evolve(staff: Staff, fact: StaffFact) -> Staff:
    """Fold one fact: total, never refuses."""
    staff = replace(staff, version=staff.version + 1)
    match fact:
        case StaffRegistered():
            staff = replace(
                staff, organisation=fact.organisation, setting=fact.setting, roles=fact.roles, named=fact.related,
                ig_trained_until=fact.ig_trained_until, same_as=fact.same_as, active=True,
            )  # fmt: skip
            return replace(staff, related=_related(staff))
        case StaffFamilyMet():
            found = (fact.person, fact.declaration)
            staff = replace(staff, met=staff.met if found in staff.met else (*staff.met, found))
            return replace(staff, related=_related(staff))
        case StaffFamilyParted():
            staff = replace(staff, met=tuple(one for one in staff.met if one != (fact.person, fact.declaration)))
            return replace(staff, related=_related(staff))
        case StaffRolesChanged():
            return replace(staff, roles=fact.roles)
        case StaffLeft():
            return replace(staff, active=False, roles=())
        case _:
            assert_never(fact)


def _related(staff: Staff) -> tuple[str, ...]:
    return (*staff.named, *dict.fromkeys(person for person, _ in staff.met if person not in staff.named))


def decide(staff: Staff, command: RegisterStaff | ChangeRoles | RecordLeaving) -> list[StaffFact]:
    """What follows from a wish to change the register; nothing when it says nothing new.

    Raises Refused for an unknown role, for a role that sees no content beside one that does, and for a person who is
    not in the register.
    """
    match command:
        case RegisterStaff():
            _check_roles(command.roles)
            if command.same_as and command.same_as == command.staff:
                raise Refused("name another account of the same person, or leave it empty", "same_as")
            fact = StaffRegistered(
                staff=command.staff, organisation=command.organisation, setting=command.setting, roles=command.roles,
                ig_trained_until=command.ig_trained_until, related=command.related, same_as=command.same_as,
            )  # fmt: skip
            unchanged = staff.active and replace(evolve(staff, fact), version=staff.version) == staff
            return [] if unchanged else [fact]
        case ChangeRoles():
            _must_be_here(staff)
            _check_roles(command.roles)
            return [] if command.roles == staff.roles else [StaffRolesChanged(staff=staff.id, roles=command.roles)]
        case RecordLeaving():
            return [StaffLeft(staff=staff.id)] if staff.active else []
        case _:
            assert_never(command)


def _must_be_here(staff: Staff) -> None:
    if not staff.active:
        raise Refused("this person is not in the register: register them first", "staff")


def _check_roles(roles: tuple[str, ...]) -> None:
    unknown = sorted(set(roles) - set(ROLES))
    if unknown:
        raise Refused(f"unknown role {unknown[0]!r}: choose one of {', '.join(ROLES)}", "roles")
    held = groups(roles)
    if "no_content" in held and ("practitioner" in held or "practice_auditor" in roles):
        raise Refused("a role without content cannot be held beside one that reads content: use two accounts", "roles")
