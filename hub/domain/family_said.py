"""What a family says when it is asked: the shape that consent to share and agreement to a service have in common.

The two are different records with facts of their own (consent_record.py, agreement.py); nothing here says which it is.
Codes only; whatever names or quotes somebody is sealed.
"""

from datetime import datetime
from typing import Literal, get_args

from hub.domain.effective import Giver
from hub.domain.fact import Fact
from hub.domain.item import Sealed

How = Literal["face_to_face", "telephone", "video", "in_writing", "electronically"]
Interpreter = Literal["not_needed", "professional", "family_member", "not_available"]
Test = Literal["gillick", "fraser", "mca2005", "adult_presumed"]
Capacity = Literal["competent", "not_competent", "not_assessed"]
# What shows parental responsibility. Source: Children Act 1989 s2-4A, s12, s14C, s33; research/domain.md 2.4.
Shown = Literal[
    "birth_mother", "birth_certificate", "marriage", "agreement", "court_order", "special_guardianship", "adoption",
]  # fmt: skip
Room = Literal[
    "nobody_else", "child", "mother", "father", "partner", "sibling", "relative", "practitioner", "advocate",
    "interpreter", "other",
]  # fmt: skip
Ground = Literal["unsafe", "would_alert_suspect", "urgent", "impractical", "duty_applies"]
Invalid = Literal[
    "no_standing", "not_informed", "under_pressure", "capacity_doubted", "recorded_in_error", "other_person",
]  # fmt: skip
GIVERS: frozenset[str] = frozenset(get_args(Giver))
IN_PLACE_OF_A_CHILD = frozenset(
    {"parental_responsibility", "local_authority", "parent_without_responsibility", "relative"}
)


class FamilySaid(Fact, frozen=True, kw_only=True):
    """What every such fact holds: about whom, who spoke and in which standing, and who of which organisation wrote it.

    `who` tells several people of one standing apart by a random id.
    """

    person: str
    giver: Giver
    who: str = ""
    organisation: str
    setting: str = ""
    by: str
    items: tuple[Sealed, ...] = ()  # in words: reasons, the giver's name, where evidence lies, language and interpreter


class Sought(FamilySaid, frozen=True, kw_only=True):
    """Somebody was asked: how, and by which version of the notice it was explained. The language is sealed."""

    how: How
    notice: str


class Assessed(FamilySaid, frozen=True, kw_only=True):
    """Capacity for this decision was judged, or could not be; never a flag on the person.

    Source: Gillick [1986] AC 112; Mental Capacity Act 2005 s1-3 (from 16).
    """

    test: Test
    outcome: Capacity


class Answered(FamilySaid, frozen=True, kw_only=True):
    """Somebody answered. `competent` is the judgement that stood for this decision when they did."""

    how: How
    valid_from: datetime
    competent: bool | None = None
    present: tuple[Room, ...] = ()


class SaidYes(Answered, frozen=True, kw_only=True):
    """A yes: from when to when, and what shows it. It counts for nothing where no could not safely have been said."""

    expires: datetime | None = None
    evidence_held: bool = False
    shown: Shown | None = None  # of parental responsibility
    shown_until: datetime | None = None
    safe_to_refuse: bool


class TookBack(FamilySaid, frozen=True, kw_only=True):
    """A yes was taken back, whole or in part, from a moment on. What was done before it stays on record."""

    statement: str  # the fact that said yes: "consent-record:…@2"
    valid_from: datetime
    part: bool = False
    competent: bool | None = None


class Ended(FamilySaid, frozen=True, kw_only=True):
    """A yes ended: what it was for is over."""

    statement: str
    at: datetime


class Invalidated(FamilySaid, frozen=True, kw_only=True):
    """A statement was found never to have counted."""

    statement: str
    reason: Invalid


class ConflictSettled(FamilySaid, frozen=True, kw_only=True):
    """A young person and an adult disagree: which statement governs, and which stands back, as far as the first reaches.

    A competent young person's governs. Source: Gillick [1986] AC 112; research/domain.md 2.12 S10.
    """

    governs: str
    stands_back: str


class NotSought(FamilySaid, frozen=True, kw_only=True):
    """Nobody was asked, and why; whether the family was told; when to think again.

    Source: research/domain.md 2.12 S12.
    """

    ground: Ground
    review_at: datetime
    family_told: bool
