"""The sharing policies once more, in plain Python, written from their titles and the law: what Cedar says must be this.

It shares no code with the hub: roles and groups are written out again, and a question is read as plain attributes. Whoever
adds or changes a policy says here, in other words, what it means; a test fails until they do.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

MASH = {"contact_officer", "screening_social_worker", "decision_maker", "mash_manager"}
GROUPS: dict[str, set[str]] = {
    "mash": MASH,
    "practitioner": MASH
    | {
        "navigator", "out_of_hours_worker", "allocated_social_worker", "lead_professional", "taf_member",
        "locality_worker", "setting_safeguarding_lead", "panel_chair",
    },
    "own_organisation": MASH | {"navigator", "out_of_hours_worker", "allocated_social_worker"},
    "own_setting": {"lead_professional", "taf_member", "locality_worker", "setting_safeguarding_lead", "panel_chair"},
    "on_call": {"screening_social_worker", "decision_maker", "mash_manager", "out_of_hours_worker"},
    "no_content": {
        "access_auditor", "ig_lead", "caldicott_guardian", "records_officer", "threshold_owner", "administrator",
    },
}  # fmt: skip
SAFEGUARDING = {"triage", "child_protection", "early_help"}
AT_THE_FRONT_DOOR = {"triage", "child_protection"}
REVIEWERS = {"screening_social_worker", "decision_maker", "mash_manager"}
NO = {"refused", "withdrawn", "objection"}


class Q:
    """A question: who asks (`w`), the facts (`f`), the item (`i`) and the person it is about (`s`)."""

    def __init__(self, who: Any, facts: Any) -> None:
        self.w, self.f, self.i, self.s = who, facts, facts.item, facts.subject

    def is_(self, *roles: str) -> bool:
        """Holds one of these roles, or one of the roles of such a group."""
        wanted = {one for role in roles for one in GROUPS.get(role, {role})}
        return bool(wanted & set(self.w.roles))

    @property
    def own(self) -> bool:
        return bool(self.i.owner.id == self.w.organisation.id)

    @property
    def purpose(self) -> str:
        return str(self.f.purpose)


class Rule(NamedTuple):
    """One rule: what it speaks of, and when it holds."""

    permits: bool
    actions: frozenset[str]
    person: bool | None  # True people, False the intake, None both
    holds: Callable[[Q], bool]


READ, LOOK = frozenset({"read"}), frozenset({"read", "export"})
RULES: dict[str, Rule] = {}


def _says(id_: str, *, permits: bool, actions: frozenset[str], person: bool | None) -> Callable[[Any], Any]:
    def keep(holds: Callable[[Q], bool]) -> Callable[[Q], bool]:
        RULES[id_] = Rule(permits, actions, person, holds)
        return holds

    return keep


def opens(id_: str, actions: frozenset[str] = READ, *, person: bool = True) -> Callable[[Any], Any]:
    """A rule that permits."""
    return _says(id_, permits=True, actions=actions, person=person)


def closes(id_: str, actions: frozenset[str] = LOOK, *, person: bool | None = True) -> Callable[[Any], Any]:
    """A rule that forbids."""
    return _says(id_, permits=False, actions=actions, person=person)


# ------------------------------------------------------------------------------------------------- at intake
COUNT, TELL, ROOM = frozenset({"count"}), frozenset({"tell"}), frozenset({"open_room"})
opens("C01", COUNT, person=False)(lambda q: q.purpose == "pool" and q.i.category == "codes" and q.s.basis != "none")
closes("C11", COUNT, person=None)(lambda q: not q.i.owner.party)
closes("C12", COUNT, person=None)(lambda q: q.i.protocol_excludes)
closes("C13", COUNT, person=None)(lambda q: q.i.source_protected)
closes("C14", COUNT, person=None)(lambda q: q.s.competent and q.s.consent in NO and not q.s.harm_suspected)
opens("T01", TELL, person=False)(lambda q: q.f.recipient == "allocated_worker" and q.s.has_allocated_worker)
opens("T02", TELL, person=False)(
    lambda q: q.f.recipient == "setting" and q.i.notifiable and q.i.owner.sector == "police"
)
closes("T11", TELL, person=None)(lambda q: q.s.recipient_own_family)
closes("T12", TELL, person=None)(
    lambda q: q.f.recipient == "setting" and (q.s.restricted or q.i.source_protected or q.i.protocol_excludes)
)
opens("O01", ROOM, person=False)(lambda q: q.i.kind == "involvement")
closes("O11", ROOM, person=None)(
    lambda q: q.i.tier >= 3 or q.i.sexual_health or q.i.source_protected or q.i.protocol_excludes or q.s.restricted
)

# ------------------------------------------------------------------------------------------------- reading in the MASH
opens("R01", LOOK)(lambda q: q.is_("own_organisation") and q.own and q.i.tier <= 3 and q.purpose in SAFEGUARDING)
opens("R02")(
    lambda q: q.is_("own_setting") and q.own and q.i.own_setting and q.i.tier <= 3 and q.purpose in SAFEGUARDING
)
opens("R03")(lambda q: q.is_("mash") and q.i.category == "codes" and q.purpose in AT_THE_FRONT_DOOR)
opens("R04")(
    lambda q: q.is_("mash") and q.i.asker_on_enquiry and q.i.ground != "none" and q.i.tier <= 3
    and q.purpose in AT_THE_FRONT_DOOR
)  # fmt: skip
opens("R05")(
    lambda q: q.is_("navigator") and q.i.asker_on_enquiry and q.i.released and q.i.tier <= 3
    and q.purpose in AT_THE_FRONT_DOOR
)  # fmt: skip
opens("R06")(
    lambda q: q.is_("practitioner") and q.i.asker_on_enquiry and q.s.strategy_discussion and q.s.stage == "section_47"
    and q.i.tier <= 3 and q.purpose == "child_protection"
)  # fmt: skip

opens("R07")(
    lambda q: q.is_("out_of_hours_worker") and q.i.asker_on_enquiry and q.i.enquiry_open and q.i.category == "codes"
    and q.purpose == "child_protection"
)  # fmt: skip

# ------------------------------------------------------------------------------------------------- while help is given
opens("H01")(
    lambda q: q.is_("allocated_social_worker") and q.s.allocated and q.i.tier <= 3
    and (q.i.released or q.i.open_room or q.i.category == "codes") and q.purpose == "child_protection"
)  # fmt: skip
opens("H02")(
    lambda q: q.is_("own_setting") and q.s.in_team and q.i.released and q.i.tier <= 2 and q.s.consent == "given"
    and q.purpose == "early_help"
)  # fmt: skip
opens("H03")(
    lambda q: q.is_("own_setting") and q.s.in_team and q.i.open_room and q.i.tier <= 2 and q.purpose == "early_help"
)

# ------------------------------------------------------------------------------------------------- asking, exceptions
opens("Q01", frozenset({"export"}))(
    lambda q: (q.is_("mash") or q.is_("out_of_hours_worker")) and q.i.asker_on_enquiry and q.i.enquiry_open
    and q.i.ground != "none" and q.i.tier <= 3 and q.i.category in {"identity", "identity.address"}
    and q.purpose in SAFEGUARDING
)  # fmt: skip
opens("Q02")(
    lambda q: q.is_("practitioner") and q.i.kind == "request" and q.i.released and q.i.tier <= 3
    and (q.is_("own_organisation") or q.i.own_setting) and q.purpose in SAFEGUARDING
)  # fmt: skip
opens("H04")(
    lambda q: q.is_("practitioner") and q.i.kind == "entrusted" and q.i.released and q.i.tier <= 2
    and (q.is_("own_organisation") or q.i.own_setting) and q.purpose in SAFEGUARDING
)  # fmt: skip
opens("Q04", frozenset({"export"}))(
    lambda q: q.is_("mash") and q.i.kind == "involvement" and q.i.category == "codes" and q.i.open_room
    and q.purpose in AT_THE_FRONT_DOOR
)  # fmt: skip
opens("Q05", frozenset({"export"}))(
    lambda q: (q.is_("mash") or q.is_("out_of_hours_worker")) and q.i.kind == "request" and q.i.category == "codes"
    and q.i.asker_on_enquiry and q.i.enquiry_open and q.i.tier <= 3
    and (q.s.harm_suspected or q.s.consent == "given") and q.purpose in SAFEGUARDING
)  # fmt: skip
opens("Q03")(
    lambda q: q.is_("external_answerer") and q.i.kind == "request" and q.i.released and q.i.tier <= 3
    and q.purpose in SAFEGUARDING
)  # fmt: skip
opens("X01")(lambda q: q.is_("on_call") and q.s.immediate_danger and q.i.tier <= 3 and q.purpose == "child_protection")
opens("X02")(
    lambda q: q.is_("out_of_hours_worker") and q.f.out_of_hours and q.s.must_act and q.i.tier <= 3
    and q.purpose == "child_protection"
)  # fmt: skip
opens("X07")(
    lambda q: q.is_("out_of_hours_worker") and q.f.out_of_hours and q.s.contact_arrived and q.i.tier <= 3
    and q.purpose == "child_protection"
)  # fmt: skip
opens("X03")(
    lambda q: q.is_("practitioner") and q.f.invokes == "override" and q.s.override.covers and q.i.tier <= 3
    and q.purpose == "child_protection"
)  # fmt: skip
opens("X04")(lambda q: q.is_("on_call") and q.f.invokes == "break_glass" and q.purpose == "child_protection")
opens("X05")(
    lambda q: q.is_("practitioner") and q.s.named_reader and q.i.asker_on_enquiry and q.i.tier == 4
    and q.purpose in AT_THE_FRONT_DOOR
)  # fmt: skip
opens("X06")(
    lambda q: q.is_("mash_manager", "caldicott_guardian", "ig_lead") and q.i.kind == "exception"
    and q.purpose == "access_audit" and q.i.category in {"ledger", "rationale"}
)  # fmt: skip

# ------------------------------------------------------------------------------------------------- looking back, identity
opens("L01", LOOK)(lambda q: q.is_("access_auditor") and q.i.category == "ledger" and q.purpose == "access_audit")
opens("L02")(
    lambda q: q.is_("ig_lead", "caldicott_guardian") and q.i.category == "ledger" and q.purpose == "access_audit"
)
opens("L05")(
    lambda q: q.is_("mash_manager") and q.i.category == "ledger" and q.purpose == "access_audit" and not q.s.restricted
)
opens("L03")(lambda q: q.is_("practice_auditor") and q.s.in_sample and q.i.tier <= 3 and q.purpose == "practice_audit")
opens("L04", LOOK)(
    lambda q: q.is_("ig_lead", "caldicott_guardian", "threshold_owner") and q.i.category == "policies"
    and q.purpose == "policy"
)  # fmt: skip
opens("I01")(lambda q: q.is_(*REVIEWERS) and q.i.category == "codes" and q.purpose == "identity_review")
opens("I02")(
    lambda q: q.is_(*REVIEWERS) and q.i.category in {"identity", "identity.address"} and q.s.in_doubt
    and (q.i.tier <= 3 or q.s.named_reader) and q.purpose == "identity_review"
)  # fmt: skip
opens("I03")(
    lambda q: q.is_(*REVIEWERS) and q.i.category == "rationale" and q.i.kind == "decision" and q.i.tier <= 3
    and q.purpose == "identity_review"
)  # fmt: skip
opens("I04", frozenset({"export"}))(
    lambda q: q.is_(*REVIEWERS) and q.i.category in {"identity", "identity.address"} and q.s.in_doubt and q.i.tier <= 3
    and not q.s.restricted and q.purpose == "identity_review"
)  # fmt: skip
opens("I05")(
    lambda q: ((q.is_("practitioner") and (q.is_("own_organisation") or q.i.own_setting)) or q.is_("external_answerer"))
    and q.i.kind == "request" and q.i.released and q.i.tier <= 3 and q.s.in_doubt and q.purpose == "identity_review"
)  # fmt: skip
opens("I06")(
    lambda q: q.is_("practitioner") and q.i.kind == "answer" and q.own and q.i.tier <= 3
    and (q.is_("own_organisation") or q.i.own_setting) and q.purpose == "identity_review"
)  # fmt: skip

# ------------------------------------------------------------------------------------------------- the duty to share
opens("D01")(
    lambda q: q.is_("practitioner") and q.i.asker_on_enquiry and q.s.duty_relevant and q.i.tier <= 3
    and q.i.owner.listed_body and q.w.organisation.listed_body and q.s.basis == "legal_obligation"
)  # fmt: skip
closes("D11")(lambda q: q.i.words and q.s.duty_detrimental and not q.own)

# ------------------------------------------------------------------------------------------------- never
EVERYTHING = frozenset({"read", "export", "know", "count", "tell", "open_room"})
closes("N01", EVERYTHING)(lambda q: not q.w.active)
closes("N02")(lambda q: not q.w.ig_trained)
closes("N03")(lambda q: q.i.tier >= 2 and not q.w.mfa)
closes("N04")(lambda q: q.s.own_family)


def _excepted(q: Q, *, own: bool) -> bool:
    """An exception lifts a refusal, or N16, only as far as it goes."""
    override = q.f.invokes == "override" and q.s.override.covers and (q.s.override.own or not own)
    glass = q.f.invokes == "break_glass" and (q.s.break_glass.own or not own)
    return bool(override or glass)


@closes("N05")
def _a_refusal_stands(q: Q) -> bool:
    lifted = q.s.harm_suspected or _excepted(q, own=True) or q.own or q.s.basis == "legal_obligation"
    return q.i.words and q.s.consent in NO and not lifted and q.purpose not in {"practice_audit", "identity_review"}


@closes("N06")
def _a_restricted_record_is_for_its_readers(q: Q) -> bool:
    if not (q.s.restricted or q.i.tier >= 4) or not (q.i.words or q.i.category == "codes"):
        return False
    glass = q.f.invokes == "break_glass" and q.s.break_glass.own
    reviewed = q.is_("caldicott_guardian", "ig_lead") and q.i.kind == "exception" and q.purpose == "access_audit"
    manager = (
        q.is_("mash_manager") and q.purpose == "identity_review" and q.i.tier <= 3
        and q.i.category != "identity.address" and (q.i.category != "identity" or q.s.in_doubt)
    )  # fmt: skip
    return not (q.s.named_reader or glass or reviewed or manager)


closes("N07")(lambda q: q.i.source_protected and not q.own and not q.i.released)
closes("N08")(
    lambda q: q.i.third_party and not q.own
    and not q.is_("mash", "on_call", "allocated_social_worker", "practice_auditor", "navigator")
    and not (q.i.asker_on_enquiry and q.s.strategy_discussion)
)  # fmt: skip
closes("N09")(lambda q: q.i.words and q.s.basis == "none" and not q.own)
closes("N10")(
    lambda q: q.i.sexual_health and q.s.competent and q.s.consent != "given" and not q.s.significant_harm and not q.own
)
closes("N11", frozenset({"export"}))(lambda q: q.f.invokes == "break_glass")


@closes("N12")
def _an_unsound_override_closes_the_whole_ask(q: Q) -> bool:
    given = q.s.override
    second = (given.second_person and given.by_manager) or given.provisional
    return q.f.invokes == "override" and not (given.live and given.reason_recorded and second)


@closes("N13")
def _an_unsound_break_glass_closes_the_whole_ask(q: Q) -> bool:
    given = q.s.break_glass
    return q.f.invokes == "break_glass" and not (given.live and given.reason_recorded and given.acknowledged)


closes("N14")(
    lambda q: q.i.in_enquiry and not q.i.enquiry_open and q.i.words and not q.own
    and q.purpose not in {"child_protection", "practice_audit"}
)  # fmt: skip
closes("N15")(lambda q: q.is_("no_content") and q.i.words and q.i.kind != "exception")


@closes("N16")
def _agreed_early_help_reads_what_consent_covers(q: Q) -> bool:
    lifted = q.s.harm_suspected or _excepted(q, own=False) or q.own or q.s.basis == "legal_obligation"
    bound = q.i.words and q.i.ground == "agreed_early_help" and q.s.consent != "given"
    return bound and not lifted and q.purpose != "practice_audit"


closes("N17")(lambda q: q.i.words and not q.w.organisation.party and not q.own)
closes("N18", frozenset({"read", "export", "count", "tell"}), person=None)(
    lambda q: q.i.outside_protocol and not q.s.immediate_danger and q.f.invokes == "none"
)
closes("N19")(
    lambda q: q.i.words and q.i.tied_elsewhere and not q.own and not q.s.immediate_danger and q.f.invokes == "none"
    and q.purpose != "practice_audit"
)  # fmt: skip

# ------------------------------------------------------------------------------------------------- what is withheld
KNOW = frozenset({"know"})
opens("K01", KNOW)(lambda q: q.is_("mash") and q.purpose in {"triage", "child_protection", "identity_review"})
opens("K02", KNOW)(lambda q: q.is_("practitioner") and q.i.asker_on_enquiry)
opens("K03", KNOW)(lambda q: q.is_("own_organisation") and q.own)
opens("K04", KNOW)(lambda q: q.is_("practice_auditor") and q.s.in_sample and q.purpose == "practice_audit")
opens("K05", KNOW)(lambda q: q.is_("own_setting") and q.s.in_team and q.i.released)

# how a rule shows that it withheld something; those not named show the reason
SHOWS = {
    "K02": "count", "N01": "nothing", "N04": "nothing", "N06": "nothing", "N07": "nothing", "N08": "nothing",
    "N10": "nothing", "N15": "nothing",
}  # fmt: skip
STRICT = ("reason", "count", "nothing")


def one(who: Any, facts: Any, *, duty: bool, action: str = "") -> tuple[bool, tuple[str, ...]]:
    """Allowed or not, and the rules that settled it: what forbids wins, and what nothing permits is denied."""
    question, doing = Q(who, facts), action or facts.action
    held = [
        id_
        for id_, rule in RULES.items()
        if doing in rule.actions and (duty or not id_.startswith("D"))
        and (rule.person is None or rule.person == (who.kind == "person")) and rule.holds(question)
    ]  # fmt: skip
    forbids = tuple(sorted(id_ for id_ in held if not RULES[id_].permits))
    permits = tuple(sorted(id_ for id_ in held if RULES[id_].permits))
    return (False, forbids) if forbids else (bool(permits), permits)


def ruled(who: Any, each: tuple[Any, ...], *, duty: bool) -> tuple[bool, tuple[str, ...], str]:
    """A whole answer for an item about several: every one must be allowed; else the strictest trace of those denied."""
    found = [(*one(who, facts, duty=duty), facts) for facts in each]
    denied = [(ids, facts) for allowed, ids, facts in found if not allowed]
    told = denied or [(ids, facts) for _, ids, facts in found]
    ids = tuple(sorted({id_ for some, _ in told for id_ in some}))
    if not denied:
        return True, ids, "reason"
    return False, ids, max((_trace(who, some, facts, duty=duty) for some, facts in denied), key=STRICT.index)


def _trace(who: Any, denying: tuple[str, ...], facts: Any, *, duty: bool) -> str:
    """At intake nobody is shown anything; at a look, only what a rule lets the asker know of."""
    if facts.action not in LOOK:
        return "reason"
    knows, by = one(who, facts, duty=duty, action="know")
    if not knows:
        return "nothing"
    most_telling = min((SHOWS.get(id_, "reason") for id_ in by), key=STRICT.index)
    return max([most_telling, *(SHOWS.get(id_, "reason") for id_ in denying)], key=STRICT.index)
