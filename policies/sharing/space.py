"""A generated space of questions: the same for the same seed, wide enough that every rule is met, in codes alone.

Property tests search it, a draft is compared with an edition over it, and the bench asks from it. Nothing here decides.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, cast, get_args

from msgspec.structs import replace

from hub.domain.consent import ConsentRecorded, Stated
from hub.domain.sharing import (
    TIERS,
    Action,
    Ask,
    Asker,
    BreakGlass,
    Duty,
    EnquiryRoom,
    Invokes,
    Kind,
    Organisation,
    Override,
    Purpose,
    Recipient,
    Resource,
    Ruled,
    Sample,
    Stage,
    Subject,
    service,
)
from hub.domain.staff import ROLES

AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ORGANISATIONS = (
    Organisation("police", "police", party=True, listed_body=True),
    Organisation("health", "health", party=True, listed_body=True),
    Organisation("school", "education", party=True, listed_body=True),
    Organisation("social_care", "social_care", party=True, listed_body=True),
    Organisation("family_hub", "early_help", party=True),
    Organisation("housing", "housing", party=True),
    Organisation("partnership", "council", party=True),
    Organisation("newcomer", "charity", party=False),
    Organisation("football_club", "sport", party=True),
)
SAID = ("given", "given", "given", "refused", "withdrawn", "objection", "expired", "sought")
GIVERS = ("young_person", "parental_responsibility", "parental_responsibility", "not_recorded")
GROUNDS = ("perceived_harm", "significant_harm", "immediate_danger", "agreed_early_help")
# what people mostly ask for: a space of even chances would hardly ever meet what opens
OFTEN = (
    "decision_maker", "navigator", "navigator", "mash_manager", "screening_social_worker", "out_of_hours_worker",
    "allocated_social_worker", "lead_professional", "taf_member", "practice_auditor",
)  # fmt: skip
USUAL: dict[str, tuple[str, ...]] = {
    "practice_auditor": ("practice_audit",), "access_auditor": ("access_audit",),
    "ig_lead": ("access_audit", "policy"), "caldicott_guardian": ("access_audit", "policy"), "threshold_owner": ("policy",),
    "lead_professional": ("early_help",), "taf_member": ("early_help",), "locality_worker": ("early_help",),
    "allocated_social_worker": ("child_protection",), "out_of_hours_worker": ("child_protection",),
    "navigator": ("triage", "child_protection"),
}  # fmt: skip

# a yes that covers everything and is in effect
YES = Stated(
    "consent:record-1@1",
    ConsentRecorded(
        source_record="record-1", organisation="family_hub", recorded_at=AT, about="consent_to_share", state="given",
        giver="parental_responsibility", organisations=tuple(one.id for one in ORGANISATIONS),
        categories=tuple(sorted(TIERS)), purposes=tuple(get_args(Purpose)), valid_from=AT - timedelta(days=1),
        evidence_held=True,
    ),
)  # fmt: skip

# one question in five is aimed at a rule that chance would hardly meet
AIMS: tuple[dict[str, Any], ...] = (
    {"roles": ("ig_lead", "caldicott_guardian", "threshold_owner"), "purpose": "policy", "category": "policies"},
    {"roles": ("access_auditor", "ig_lead", "caldicott_guardian"), "purpose": "access_audit", "category": "ledger"},
    {"roles": ("ig_lead", "mash_manager"), "purpose": "access_audit", "category": "rationale", "kind": "exception"},
    {"roles": ("lead_professional", "taf_member"), "purpose": "early_help", "category": "narrative", "released": True},
    {"roles": ("decision_maker",), "purpose": "identity_review", "category": "rationale", "kind": "decision"},
    {"roles": ("mash_manager",), "purpose": "identity_review", "category": "identity"},
    {
        "roles": ("mash_manager", "decision_maker"),
        "purpose": "identity_review",
        "category": "identity",
        "action": "export",
    },
    {
        "roles": ("external_answerer", "navigator"),
        "purpose": "identity_review",
        "category": "identity",
        "kind": "request",
        "released": True,
    },
    {"roles": ("navigator", "taf_member"), "purpose": "identity_review", "category": "identity", "kind": "answer"},
    {"roles": ("contact_officer", "decision_maker"), "purpose": "triage", "category": "identity", "action": "export"},
    {"roles": ("navigator", "locality_worker"), "purpose": "early_help", "category": "codes", "kind": "entrusted"},
    {
        "roles": ("external_answerer",),
        "purpose": "triage",
        "category": "narrative",
        "kind": "request",
        "released": True,
    },
    {
        "roles": ("navigator", "taf_member"),
        "purpose": "triage",
        "category": "identity",
        "kind": "request",
        "released": True,
    },
    {
        "roles": ("lead_professional", "taf_member"),
        "purpose": "early_help",
        "category": "codes",
        "released": True,
        "yes": True,
    },
    {"roles": ("mash_manager",), "purpose": "access_audit", "category": "ledger"},
    {
        "roles": ("navigator", "screening_social_worker", "decision_maker", "mash_manager"),
        "purpose": "triage",
        "category": "codes",
        "kind": "involvement",
        "room": "open",
        "action": "export",
    },
    {
        "roles": ("navigator", "decision_maker", "out_of_hours_worker"),
        "purpose": "child_protection",
        "category": "codes",
        "kind": "request",
        "action": "export",
        "yes": True,
    },
)


def questions(seed: int, number: int) -> Iterator[tuple[Ask, Resource]]:
    """`number` questions, always the same for this seed: looks of every role, and one in ten of the three at intake."""
    dice = Random(seed)  # noqa: S311 - the same questions for the same seed is the point
    for _ in range(number):
        yield _at_intake(dice) if dice.random() < 0.1 else _look(dice)


def _some(dice: Random, chance: float) -> bool:
    return dice.random() < chance


def _look(dice: Random) -> tuple[Ask, Resource]:
    aim: dict[str, Any] = dice.choice(AIMS) if _some(dice, 0.2) else {}
    roles = (dice.choice(OFTEN),) if _some(dice, 0.75) else tuple(dice.sample(sorted(ROLES), dice.choice((1, 1, 2))))
    roles = (dice.choice(aim["roles"]),) if aim else roles
    owner, organisation = dice.choice(ORGANISATIONS), dice.choice(ORGANISATIONS)
    if _some(dice, 0.3):
        organisation = owner
    children = ("child-1", "child-2")
    who = Asker(
        id="staff-1", organisation=organisation, setting=dice.choice(("", "setting-1")), roles=roles,
        active=_some(dice, 0.98), ig_trained=_some(dice, 0.97), mfa=_some(dice, 0.97),
        related=frozenset({"child-1"} if _some(dice, 0.03) else ()),
    )  # fmt: skip
    purpose = dice.choice(USUAL.get(roles[0], ("triage", "child_protection", "identity_review", "early_help")))
    if _some(dice, 0.1):
        purpose = dice.choice(get_args(Purpose))
    enquiry = _enquiry(dice) if _some(dice, 0.75) else None
    invokes: Invokes = "none"
    if _some(dice, 0.15) and not aim:
        invokes, purpose = dice.choice(("override", "break_glass")), "child_protection"
    action = "export" if _some(dice, 0.1) else "read"
    ask = Ask(
        id="ask", who=who, action=cast("Action", aim.get("action", action)),
        purpose=cast("Purpose", aim.get("purpose", purpose)), reason="generated", at=AT,
        enquiry="enquiry-1" if _some(dice, 0.9) and enquiry else "", invokes=invokes, out_of_hours=_some(dice, 0.4),
    )  # fmt: skip
    category = dice.choice(sorted(TIERS)) if _some(dice, 0.7) else dice.choice(("narrative", "identity", "codes"))
    subjects: tuple[Subject, ...] = (_subject(dice, children[0], child=not _some(dice, 0.1)),)
    if _some(dice, 0.12):
        subjects = (*subjects, _subject(dice, children[1], child=_some(dice, 0.5)))
    if aim.get("yes") and _some(dice, 0.7):
        subjects = tuple(replace(one, statements=(YES,)) for one in subjects)
    found = _resource(dice, aim.get("category", category), owner, subjects, enquiry, organisation)
    found = replace(found, kind=aim.get("kind", found.kind), room=aim.get("room", found.room))
    return ask, replace(found, released_to=frozenset({organisation.id})) if aim.get("released") else found


def _at_intake(dice: Random) -> tuple[Ask, Resource]:
    action = dice.choice(("count", "tell", "open_room"))
    owner = dice.choice(ORGANISATIONS)
    recipient = None
    if action == "tell":
        kind = dice.choice(("allocated_worker", "setting"))
        if kind == "setting" and _some(dice, 0.5):  # aimed: of what others send no setting is told
            owner = next(one for one in ORGANISATIONS if one.sector == "police")
        kin = frozenset({"child-1"} if _some(dice, 0.15) else ())
        recipient = Recipient(kind=cast("Any", kind), id="who", child="child-1", related=kin)
    ask = Ask(
        id="ask", who=service("intake"), action=cast("Action", action), purpose="notice" if action == "tell" else "pool",
        reason="generated", at=AT, recipient=recipient,
    )  # fmt: skip
    category = "codes" if _some(dice, 0.7) else dice.choice(sorted(TIERS))
    subject = _subject(dice, "child-1", child=True)
    if _some(dice, 0.15):  # a young person who was judged competent said no
        said = replace(_said(dice), state="refused", giver="young_person", competent=True, organisations=())
        subject = replace(subject, statements=(Stated("consent:record-1@1", said),), grounds=frozenset())
    found = _resource(dice, category, owner, (subject,), None, owner)
    if action == "open_room" and _some(dice, 0.3):  # aimed: only who works with a child is not sealed
        found = replace(found, kind="involvement")
    return ask, found


def _enquiry(dice: Random) -> EnquiryRoom:
    return EnquiryRoom(
        id="enquiry-1", children=frozenset({"child-1", "child-2"} if _some(dice, 0.9) else {"child-9"}),
        team=frozenset({"staff-1"} if _some(dice, 0.75) else {"staff-9"}),
        ground=dice.choice((*GROUNDS, "none")), open=_some(dice, 0.75),
    )  # fmt: skip


def _resource(
    dice: Random, category: str, owner: Organisation, subjects: tuple[Subject, ...], enquiry: EnquiryRoom | None,
    asking: Organisation,
) -> Resource:  # fmt: skip
    return Resource(
        category=cast("Ruled", category), owner=owner, setting=dice.choice(("", "setting-1")), subjects=subjects,
        enquiry=enquiry, tier=dice.choice((0, 0, 0, 0, 0, 0, 2, 3, 4)),
        kind=cast("Kind", dice.choice(get_args(Kind)) if _some(dice, 0.4) else "concern"),
        third_party=_some(dice, 0.1), source_protected=_some(dice, 0.06), sexual_health=_some(dice, 0.1),
        protocol_excludes=_some(dice, 0.08), outside_protocol="clause" if _some(dice, 0.05) else "",
        notifiable=_some(dice, 0.4), room=cast("Any", "open" if _some(dice, 0.25) else "sealed"),
        released_to=frozenset({asking.id} if _some(dice, 0.4) else ()), only_in=_only_in(dice, asking),
    )  # fmt: skip


def _only_in(dice: Random, asking: Organisation) -> frozenset[tuple[str, str]]:
    """For one MASH enquiry alone: mostly for none; else for the one that is asked in, or another."""
    if not _some(dice, 0.12):
        return frozenset()
    return frozenset({(dice.choice((asking.id, asking.id, "")), dice.choice(("enquiry-1", "enquiry-2")))})


def _subject(dice: Random, person: str, *, child: bool) -> Subject:
    me, other = frozenset({"staff-1"}), frozenset({"staff-9"})
    hour = timedelta(hours=1)
    return Subject(
        person=person, child=child, statements=tuple(_stated(dice, n) for n in range(dice.choice((0, 0, 0, 1, 1, 2)))),
        grounds=frozenset(dice.sample(GROUNDS, 1) if _some(dice, 0.3) else ()),
        strategy_discussion=_some(dice, 0.3),
        stage=cast("Stage", dice.choice(("section_47", *get_args(Stage)))),
        why_not_told=dice.choice(("", "", "increases_risk")), restricted=_some(dice, 0.08),
        named_readers=me if _some(dice, 0.3) else frozenset(), allocated=dice.choice((me, other, frozenset())),
        team=me if _some(dice, 0.5) else frozenset(), must_act=_some(dice, 0.6),
        contact_arrived=_some(dice, 0.4),
        override=_override(dice, hour) if _some(dice, 0.7) else None,
        break_glass=_break_glass(dice, hour) if _some(dice, 0.7) else None,
        duty=Duty(
            _some(dice, 0.8), _some(dice, 0.8), _some(dice, 0.25), frozenset({"police"} if _some(dice, 0.2) else ())
        ) if _some(dice, 0.3) else None,
        samples=(Sample(me if _some(dice, 0.8) else other, AT - hour, AT + dice.choice((hour, -hour / 2))),)
        if _some(dice, 0.5) else (),
        in_doubt=_some(dice, 0.5),
    )  # fmt: skip


def _override(dice: Random, hour: timedelta) -> Override:
    approved_by = dice.choice(("staff-2", "staff-2", "staff-2", "staff-1", ""))
    return Override(
        asked_by="staff-1" if _some(dice, 0.92) else "staff-9", approved_by=approved_by,
        approver_roles=(dice.choice(("mash_manager", "caldicott_guardian", "navigator")),) if approved_by else (),
        reason_recorded=_some(dice, 0.93), recorded=AT - hour, expires=AT + dice.choice((hour, hour, -hour / 2)),
        organisations=frozenset({"police", "health"} if _some(dice, 0.2) else ()),
        categories=frozenset({"narrative"} if _some(dice, 0.2) else ()),
        second_by=None if approved_by else AT + dice.choice((hour, -hour / 2)),
    )  # fmt: skip


def _break_glass(dice: Random, hour: timedelta) -> BreakGlass:
    began = AT - dice.choice((hour / 12, hour / 12, hour))
    return BreakGlass(
        by="staff-1" if _some(dice, 0.9) else "staff-9", acknowledged=_some(dice, 0.92), reason_recorded=_some(dice, 0.92),
        recorded=began, expires=began + 2 * hour,
    )  # fmt: skip


def _stated(dice: Random, number: int) -> Stated:
    return Stated(f"consent:record-1@{number + 1}", _said(dice))


def _said(dice: Random) -> ConsentRecorded:
    return ConsentRecorded(
        source_record="record-1", organisation="family_hub", recorded_at=AT, about="consent_to_share",
        state=cast("Any", dice.choice(SAID)), giver=cast("Any", dice.choice(GIVERS)),
        competent=dice.choice((None, True, True, False)),
        organisations=tuple(one.id for one in ORGANISATIONS) if _some(dice, 0.8) else (),
        categories=tuple(sorted(TIERS)) if _some(dice, 0.8) else (),
        purposes=tuple(get_args(Purpose)) if _some(dice, 0.8) else (),
        valid_from=AT - timedelta(days=dice.randrange(1, 40)), evidence_held=_some(dice, 0.9),
    )  # fmt: skip
