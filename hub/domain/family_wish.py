"""What somebody wishes to record of what a family said, and the fact that it becomes.

A wish holds every answer of a form, in codes and in words that are not sealed yet; family_rules.py refuses what cannot be.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec
from msgspec import Struct

from hub.domain import agreement, consent_record
from hub.domain.consent_record import Effect, Judged, Scope
from hub.domain.effective import Giver
from hub.domain.errors import Refused
from hub.domain.fact import Fact
from hub.domain.family_said import (
    Capacity,
    Ground,
    How,
    Interpreter,
    Invalid,
    Room,
    Shown,
    Test,
)
from hub.domain.item import Sealed
from hub.domain.known import Kind
from hub.domain.sharing import NO_WORDS, TIERS

About = Literal["consent_to_share", "agreement_to_service"]
What = Literal[
    "sought", "capacity", "given", "refused", "withdrawn", "objection", "expired", "invalid", "evidence", "conflict",
    "not_sought", "judged_again",
]  # fmt: skip
PURPOSES = ("early_help", "triage", "service_planning")  # what a family is asked about; the rest needs no consent
CATEGORIES = tuple(category for category in TIERS if category not in NO_WORDS)
MOST = 2000  # letters of a reason
SLACK = timedelta(minutes=5)  # that two clocks may differ
ABOUT_A_STATEMENT = frozenset({"withdrawn", "expired", "invalid", "evidence", "conflict"})
SCOPE_LISTS = ("organisations", "categories", "purposes", "except_organisations", "except_categories")
DAYS = ("valid_from", "expires", "shown_until", "review_at")
SCOPE_FIELDS = {"organisations": "organisations", "categories": "classes of information", "purposes": "purposes"}
NOBODY_SPEAKS = frozenset({"not_sought", "judged_again"})
SHARING_ALONE = frozenset({"objection", "evidence", "judged_again"})


class Wish(Struct, frozen=True, kw_only=True):
    """All that one form may answer; which answers are needed follows from `what`. Words are not yet sealed."""

    about: About = "consent_to_share"
    what: What
    person: str = ""
    record: str = ""  # a record that this goes on; "" begins one
    giver: Giver | Literal[""] = ""
    who: str = (
        ""  # of several people of one standing: "new", "as_before" (as messages said), or the id of one who spoke
    )
    giver_name: str = ""
    how: How | Literal[""] = ""
    notice: str = ""
    language: str = ""
    interpreter: Interpreter | Literal[""] = ""
    scope: Scope = Scope()
    service: str = ""
    provider: str = ""
    test: Test | Literal[""] = ""
    outcome: Capacity | Judged | Literal[""] = ""
    valid_from: datetime | None = None
    expires: datetime | None = None
    evidence_held: bool | None = None
    evidence: str = ""
    shown: Shown | Literal[""] = ""
    shown_until: datetime | None = None
    present: tuple[Room, ...] = ()
    safe_to_refuse: bool | None = None
    statement: str = ""
    other: str = ""
    effect: Effect | Literal[""] = ""
    ground: Ground | Literal[""] = ""
    review_at: datetime | None = None
    family_told: bool | None = None
    invalid: Invalid | Literal[""] = ""
    reason: str = ""
    seen: int = 0
    preview: str = ""  # the hash of the preview that was looked at before a withdrawal


class Named(Struct, frozen=True, kw_only=True):
    """A statement that a wish is about: whose word it is, what it said, who wrote it down, whether it stands."""

    ref: str
    about: About
    state: str
    giver: Giver
    who: str
    by: str
    competent: bool | None
    scope: Scope
    valid_from: datetime
    stands: bool  # not withdrawn, ended or found never to have counted
    written_by: frozenset[str] = frozenset()  # whoever wrote it, or judged the capacity of who said it


class Circumstances(Struct, frozen=True, kw_only=True):
    """What a wish is checked against: what kind of person it is about, which organisations there are, the time."""

    kind: Kind
    organisations: Collection[str]
    now: datetime
    by: str
    competent: bool | None = None  # the judgement that this record holds for its giver
    anyway: tuple[str, ...] = ()  # why it would be shared without being asked: nobody is asked then
    statement: Named | None = None
    other: Named | None = None


def fact_of(
    wish: Wish,
    against: Circumstances,
    *,
    spoke: Mapping[str, Any],
    items: tuple[Sealed, ...],
    told: tuple[str, ...] = (),
) -> Fact:
    """The fact that a checked wish becomes. `spoke` are the fields that every such fact has (FamilySaid)."""
    facts: Mapping[str, Any] = _CONSENT if wish.about == "consent_to_share" else _AGREEMENT
    start = wish.valid_from or against.now
    answered = {
        "how": wish.how, "valid_from": start, "competent": against.competent, "present": wish.present,
    }  # fmt: skip
    more: dict[str, Any] = {}
    match wish.what:
        case "sought":
            more = {"how": wish.how, "notice": wish.notice.strip()}
        case "capacity":
            more = {"test": wish.test, "outcome": wish.outcome}
        case "given":
            more = {
                **answered, "expires": wish.expires, "evidence_held": bool(wish.evidence_held),
                "shown": wish.shown or None, "shown_until": wish.shown_until, "safe_to_refuse": bool(wish.safe_to_refuse),
            }  # fmt: skip
        case "refused" | "objection":
            more = answered
        case "withdrawn":
            more = _taken_back(wish, against, start, told)
        case "expired":
            more = {"statement": wish.statement, "at": wish.expires or against.now}
        case "invalid":
            more = {"statement": wish.statement, "reason": wish.invalid}
        case "evidence":
            more = {
                "statement": wish.statement, "form": bool(wish.evidence_held), "shown": wish.shown or None,
                "shown_until": wish.shown_until,
            }  # fmt: skip
        case "conflict":
            more = {"governs": wish.statement, "stands_back": wish.other}
        case "not_sought":
            more = {"ground": wish.ground, "review_at": wish.review_at, "family_told": bool(wish.family_told)}
        case "judged_again":
            more = {"outcome": wish.outcome, "seen": wish.seen}
    if wish.about == "agreement_to_service":
        if wish.what in {"sought", "capacity", "given", "refused", "not_sought"}:
            more |= {"service": wish.service, "provider": wish.provider}
    elif wish.what in {"sought", "given", "refused", "objection"}:
        more |= {"scope": wish.scope}
    made: Fact = facts[wish.what](**spoke, items=items, **more)
    return made


def _taken_back(wish: Wish, against: Circumstances, start: datetime, told: tuple[str, ...]) -> dict[str, Any]:
    named = against.statement
    whole = named.scope if named is not None else Scope()
    scope = Scope(
        organisations=wish.scope.organisations or whole.organisations,
        categories=wish.scope.categories or whole.categories, purposes=wish.scope.purposes or whole.purposes,
    )  # fmt: skip
    part = any(set(getattr(scope, one)) != set(getattr(whole, one)) for one in SCOPE_FIELDS)
    common = {
        "statement": wish.statement, "valid_from": start, "part": part and wish.about == "consent_to_share",
        "competent": named.competent if named is not None else None, "told": told,
    }  # fmt: skip
    return common | ({"scope": scope, "effect": wish.effect} if wish.about == "consent_to_share" else {})


_CONSENT = {
    "sought": consent_record.ConsentSought, "capacity": consent_record.ConsentCapacityAssessed,
    "given": consent_record.ConsentGiven, "refused": consent_record.ConsentRefused,
    "withdrawn": consent_record.ConsentWithdrawn, "objection": consent_record.ConsentObjected,
    "expired": consent_record.ConsentExpired, "invalid": consent_record.ConsentInvalidated,
    "evidence": consent_record.ConsentEvidenceHeld, "conflict": consent_record.ConsentConflictRecorded,
    "not_sought": consent_record.ConsentNotSought, "judged_again": consent_record.ConsentRiskJudgedAgain,
}  # fmt: skip
_AGREEMENT = {
    "sought": agreement.AgreementSought, "capacity": agreement.AgreementCapacityAssessed,
    "given": agreement.AgreementGiven, "refused": agreement.AgreementRefused,
    "withdrawn": agreement.AgreementWithdrawn, "expired": agreement.AgreementExpired,
    "invalid": agreement.AgreementInvalidated, "conflict": agreement.AgreementConflictRecorded,
    "not_sought": agreement.AgreementNotSought,
}  # fmt: skip


def wish_of(given: Mapping[str, Any]) -> Wish:
    """The wish that these named answers are; times are ISO 8601 with an offset. Raises Refused for one that cannot be read."""
    scope = given.get("scope", {})
    # of a misspelt list nobody would hear, and a no that names nothing means everything
    stray = sorted(set(given) - set(Wish.__struct_fields__)) or sorted(
        set(scope if isinstance(scope, Mapping) else ()) - set(SCOPE_LISTS)
    )
    if stray:
        raise Refused("There is no such answer: mash consent record --help lists them", _field(stray[0]))
    try:
        wish = msgspec.convert(given, Wish, strict=True)
    except msgspec.ValidationError as invalid:
        where = str(invalid).rpartition("`$.")[2].partition("`")[0].partition("[")[0].replace("scope.", "")
        raise Refused("Choose one of the answers of the list, or enter what is asked for", _field(where)) from None
    for name in DAYS:
        moment = getattr(wish, name)
        if moment is not None and moment.tzinfo is None:
            raise Refused("Give the time with its offset from UTC", name)
    return wish


def _field(name: str) -> str:
    """A field's name as an error may repeat it: one of ours, never what somebody sent."""
    return name if name in {*Wish.__struct_fields__, *SCOPE_LISTS} else "what"
