"""What organisations say, typed: one Struct for each event in schemas/, the same names and shapes field by field.

`tests/architecture/test_schemas.py` holds these and the Avro schemas together. Nothing here is stored as it is:
`flow/append.py` parts codes from words first.
"""

from datetime import date, datetime
from typing import Literal

from msgspec import Struct, field

from hub.domain.moments import Precision


class Occurred(Struct, frozen=True):
    """When it happened: a period with precision, and the words that were used ("since last summer")."""

    start: datetime
    end: datetime
    precision: Precision
    words: str | None = None


class Name(Struct, frozen=True):
    """One name of a person: `kind` says whether it is in use, former, or an alias."""

    forenames: str
    surname: str
    kind: Literal["current", "former", "alias"] = "current"


class Address(Struct, frozen=True):
    """Where a person lives or lived; `kind` marks refuges and no fixed abode, which never match two people."""

    lines: tuple[str, ...]
    postcode: str | None = None
    since: date | None = None
    until: date | None = None
    kind: Literal["home", "second_home", "temporary", "refuge", "no_fixed_abode", "institution"] = "home"


class Answer(Struct, frozen=True):
    """An answer about a characteristic: "not asked" differs from "not known" and from "refused"."""

    status: Literal["known", "not_known", "not_asked", "refused"] = "not_asked"
    value: str | None = None


class Characteristics(Struct, frozen=True):
    """Kept for equality analysis and for meeting needs; no rule ever reads them."""

    ethnicity: Answer = Answer()
    disability: Answer = Answer()
    first_language: Answer = Answer()
    interpreter: Answer = Answer()


Sex = Literal["female", "male", "indeterminate", "not_known"]


class Person(Struct, frozen=True, kw_only=True):
    """A person as one organisation knows them. Everything is optional: organisations know what they know."""

    own_id: str | None = None
    nhs_number: str | None = None
    upn: str | None = None
    former_upns: tuple[str, ...] = ()
    names: tuple[Name, ...] = ()
    birth_date: date | None = None
    expected_date: date | None = None  # of an unborn child
    sex: Sex = "not_known"
    addresses: tuple[Address, ...] = ()
    school: str | None = None
    gp: str | None = None
    mother_nhs_number: str | None = None  # of an unborn child: the mother's, never matched as the child's
    characteristics: Characteristics = Characteristics()


class HowKnown(Struct, frozen=True):
    """How the organisation came to know it; of whom, where another organisation told it."""

    kind: Literal["first_hand", "told_by_child", "told_by_family", "told_by_organisation", "told_by_other"]
    organisation: str | None = None


class Measure(Struct, frozen=True):
    """A coded measure ("attendance_percent", 71.0); codes are in the vocabulary."""

    code: str
    value: float


Seen = Literal["seen_alone", "seen", "seen_obscured", "not_seen"]


class Subject(Struct, frozen=True, kw_only=True):
    """A child, born or unborn, and what was seen of this child."""

    person: Person
    unborn: bool = False
    indicators: tuple[str, ...] = ()
    measures: tuple[Measure, ...] = ()
    seen: Seen = "not_seen"  # seen_obscured: seen but obscured, or not examined
    observation: str | None = None  # words: what was seen of this child
    voice: str | None = None  # words: the child's own


Relationship = Literal[
    "mother", "father", "parent", "step_parent", "parents_partner", "grandparent", "sibling", "carer", "foster_carer",
    "private_foster_carer", "other_relative", "household_member", "professional", "neighbour", "other", "not_known",
]  # fmt: skip


class Adult(Struct, frozen=True, kw_only=True):
    """An adult (or older child) who is part of what happened, and how they are related to the children named."""

    person: Person
    relationship: Relationship = "not_known"
    in_household: bool | None = None
    observation: str | None = None
    indicators: tuple[str, ...] = ()  # since v2: of this adult; all that a rule can read where no child is named


class FamilyTold(Struct, frozen=True):
    """Whether the family was told of the concern, or why not."""

    told: bool
    why_not: Literal["increases_risk", "prejudices_investigation", "delay", "could_not_reach", "other"] | None = None


class Handling(Struct, frozen=True):
    """How the information must be handled."""

    police_code: str | None = None
    do_not_discuss_until: datetime | None = None
    safe_contact: str | None = None  # words


class Evidence(Struct, frozen=True):
    """Evidence by reference, never a file."""

    reference: str
    kind: str
    held_by: str


STAFF = "staff:"  # in front of the id of who typed a message into the hub's own form; nobody else may say so


class Said(Struct, frozen=True, kw_only=True):
    """What every message carries: who says it, when they recorded it, and its gapless number in the source."""

    organisation: str
    setting: str | None = None
    source_sequence: int
    recorded_at: datetime
    on_behalf_of: str | None = (
        None  # who entered it: an organisation id, "caller", or "staff:<id>" (the hub's own form)
    )


class ConcernRaised(Said, frozen=True, kw_only=True):
    """A worry about 1..n children, or about adults only (then it names no child and the hub asks for the children)."""

    occurred: Occurred
    how_known: HowKnown
    incident: str | None = None
    referrer_kind: str  # census source code ("2A", "6", "9")
    referrer: str | None = None  # opaque reference, so that repeat callers count as one
    referrer_name: str | None = None  # words
    subjects: tuple[Subject, ...] = ()
    adults: tuple[Adult, ...] = ()
    narrative: str
    family_told: FamilyTold
    handling: Handling = Handling()
    evidence: tuple[Evidence, ...] = ()
    backfill: bool = False  # a declared load of history: imported facts never alert alone


class StrengthObserved(Said, frozen=True, kw_only=True):
    """Something that goes well, in the same shape, so that it stands beside the worries."""

    occurred: Occurred
    how_known: HowKnown
    referrer_kind: str
    subjects: tuple[Subject, ...]
    narrative: str
    backfill: bool = False


class ConcernCorrected(Said, frozen=True, kw_only=True):
    """The organisation corrects what it said in `corrects`; the whole new statement is in `statement`."""

    corrects: str  # message id
    reason: str  # words
    statement: ConcernRaised


class ConcernWithdrawn(Said, frozen=True, kw_only=True):
    """The organisation takes back `withdraws`: recorded in error, or about another child."""

    withdraws: str
    reason_code: Literal["recorded_in_error", "wrong_child", "duplicate", "other"]
    reason: str  # words


RefusalCode = Literal[
    "more_detrimental", "no_lawful_basis", "consent_refused", "investigation", "privileged", "not_ours", "other"
]
MayOverturn = Literal["caldicott_guardian", "safeguarding_lead", "data_protection_officer", "senior_officer", "other"]


class InformationProvided(Said, frozen=True, kw_only=True):
    """An answer to a request of the hub: what is held, or that a search found none."""

    request: str
    result: Literal["provided", "searched_none_held", "refused"]
    refusal_reason: str | None = None
    subject: Person
    narrative: str | None = None
    period_start: date | None = None
    period_end: date | None = None
    refusal_code: RefusalCode | None = None
    review_on: date | None = None
    may_overturn: MayOverturn | None = None


class ConsentChanged(Said, frozen=True, kw_only=True):
    """A statement about consent to share, or about agreement to a service (`about` keeps the two apart)."""

    about: Literal["consent_to_share", "agreement_to_service"]
    state: Literal["sought", "given", "refused", "withdrawn", "objection", "not_sought", "expired"]
    subject: Person
    giver: Literal["young_person", "parental_responsibility", "court", "adult_self", "not_recorded"] = "not_recorded"
    competent: bool | None = None  # Gillick: for this decision only
    organisations: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    purposes: tuple[str, ...] = ()
    valid_from: datetime
    expires: datetime | None = None
    evidence_held: bool = False
    words: str | None = None


class Member(Struct, frozen=True, kw_only=True):
    """One person in a household, with dates and how sure the source is."""

    person: Person
    role: Relationship | Literal["child"] = "not_known"
    since: date | None = None
    until: date | None = None
    sure: bool = True


class HouseholdObserved(Said, frozen=True, kw_only=True):
    """Who lives together, as one organisation found it."""

    occurred: Occurred
    how_known: HowKnown
    members: tuple[Member, ...]
    address: Address | None = None
    change: Literal["none", "moved_in", "moved_out", "birth", "death", "address_change", "in_custody"] = "none"


class InvolvementChanged(Said, frozen=True, kw_only=True):
    """A setting starts or ends work with a child: from, to, whom to ring."""

    subject: Person
    service: str
    started: date
    ended: date | None = None
    contact_role: str | None = None
    contact: str | None = None  # words


class LegalStatusChanged(Said, frozen=True, kw_only=True):
    """A legal status, beside the level and never derived from it."""

    subject: Person
    status: Literal[
        "child_in_need", "section_47_enquiry", "child_protection_plan", "looked_after", "care_order",
        "supervision_order", "special_guardianship", "none",
    ]  # fmt: skip
    started: date
    ended: date | None = None


Message = (
    ConcernRaised | StrengthObserved | ConcernCorrected | ConcernWithdrawn | InformationProvided
    | ConsentChanged | HouseholdObserved | InvolvementChanged | LegalStatusChanged
)  # fmt: skip

# ce_type on the wire -> class; the folder in schemas/ is the part between "mash." and ".v1"
KINDS: dict[str, type[Message]] = {
    "mash.concern-raised.v1": ConcernRaised,
    "mash.strength-observed.v1": StrengthObserved,
    "mash.concern-corrected.v1": ConcernCorrected,
    "mash.concern-withdrawn.v1": ConcernWithdrawn,
    "mash.information-provided.v1": InformationProvided,
    "mash.consent-changed.v1": ConsentChanged,
    "mash.household-observed.v1": HouseholdObserved,
    "mash.involvement-changed.v1": InvolvementChanged,
    "mash.legal-status-changed.v1": LegalStatusChanged,
}


class Header(Struct, frozen=True, kw_only=True):
    """CloudEvents attributes of a message, checked: identity is (source, id)."""

    source: str  # organisation id that signs
    id: str
    type: str
    time: datetime
    dataschema: str  # urn:avro:crc64:<fingerprint>
    keyid: str  # which key of the source signed
    sealedto: str = ""  # which intake key of the hub; "" where a plain body was accepted
    on_behalf_of: str = ""
    journey: str = field(default="")  # uuid5(source, id)
