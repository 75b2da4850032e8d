"""Codes about identity as people read them: what was decided, why, how a record was linked, what kept it from that.

A code that nobody wrote a sentence for is shown as its own words, never dropped: an unknown reason is still a reason.
"""

from datetime import datetime

from hub.domain.known import Weight
from hub.domain.moments import london_day
from hub.views.models import Bar

WHAT = {
    "same": "They are the same person",
    "different": "They are different people",
    "cannot_tell": "Cannot tell yet",
    "merge": "Merge two persons",
    "unlink": "Take source records off a person",
    "split": "Take a merge back",
    "restrict": "Restrict this identity",
    "unrestrict": "End the restriction of this identity",
}
REASONS = {
    "identifiers_agree": "Identifiers and dates agree",
    "identifiers_differ": "Identifiers or dates differ",
    "organisation_confirmed": "An organisation confirmed it",
    "family_confirmed": "The family confirmed it",
    "known_to_me": "I know the person",
    "entered_in_error": "It was entered in error",
    "shared_own_id": "An organisation uses one id for several people",
    "siblings_or_twins": "They are brothers or sisters, or twins",
    "adoption": "Adoption",
    "protected_person": "Protected person",
    "sensitive": "Sensitive for another reason",
    "other": "Another reason, given in words",
}
RESTRICTING = ("adoption", "protected_person", "sensitive")  # why an identity is restricted: identity.GROUNDS
MATCHING = tuple(code for code in REASONS if code not in {"adoption", "protected_person", "sensitive"})
STATES = {
    "none": "Not known",
    "waits_for_second": "Waiting for a second person",
    "waits_for_intake": "Being carried out",
    "settled": "Done",
    "not_agreed": "Not agreed to",
    "refused": "Could not be carried out",
}
OUTCOMES = {
    "no_breach": "Not a personal data breach",
    "recorded_only": "A breach, recorded; no risk to people is likely",
    "notified_ico": "Notified to the ICO",
    "notified_ico_and_family": "Notified to the ICO, and the family told",
}
LINKED = {
    "opened": "Opened with this record",
    "rule": "Linked by rule: an identifier and the person agree",
    "model": "Linked by the match model",
    "person": "Linked by a person",
}
# what kept a record from being linked; the codes of guards without their number (hub/domain/matching.py, match_policy.py)
DOUBTS = {
    "forename": "The forenames do not agree, or are alike as those of twins and brothers are",
    "two_numbers": "Both have an NHS number or a pupil number of their own, and the numbers differ",
    "no_support": "Too little supports it: no date of birth with a rare name or the same home, nor name and address",
    "multiple_birth": "Another child has the same date of birth and surname or home: perhaps twins",
    "unborn": "One of them is not born yet, or newly born and without a name",
    "held_apart": "A person decided before that two of these are not the same",
    "restricted": "It may be a restricted identity",
    "lead_too_small": "Two known people fit about as well as each other",
    "between_thresholds": "Much agrees, and not enough to be sure",
    "near": "Somebody known is near",
    "two_fit_by_rule": "Two known people have this number and fit",
    "identifier_of_another": "The number agrees and the person does not: perhaps somebody else's number",
    "own_id_of_another": "The organisation used this id for somebody else before",
    "named_beside": "The one who fits is named beside them in the same message",
    "perhaps_expected": "It may be a child who was expected before the birth",
    "mixed_scripts": "A word of a name mixes letters of two scripts: it may be another name that looks like this one",
    "left_out": "Too many people share these details: not everybody could be compared",
}
FIELDS = {
    "nhs": "NHS number", "nhs_number": "NHS number", "upn": "UPN", "forename": "Forename", "surname": "Surname",
    "name": "Name", "full_name": "Name", "names": "Name", "born": "Date of birth", "birth_date": "Date of birth",
    "dob": "Date of birth", "postcode": "Postcode", "street": "Street", "address": "Address", "sex": "Sex",
    "prior": "How many people are known", "mother_nhs": "Mother's NHS number", "own_id": "Their own id",
}  # fmt: skip
SAID = {  # outcomes of comparisons, of the rules and of the match model
    "agrees": "the same", "differs": "different", "former": "the same as a former one", "nickname": "a short form of it",
    "close": "spelled a little differently", "similar": "alike", "swapped": "swapped", "initial": "the same initial",
    "other_forename": "the same as another forename", "sounds": "sounds alike", "part": "one part the same",
    "first_january": "both 1 January, which is often a guess", "two_parts": "two of three parts the same",
    "year_and_january": "the same year, one 1 January", "year": "the same year alone", "generation": "a generation apart",
    "outcode": "the same district", "joined": "the same, written as one word",
    "turned": "the other way round, with a slip or several forenames",
}  # fmt: skip
LEAST_BITS, BITS_A_STEP, MOST_STRENGTH = 0.5, 3.0, 5  # how a weight in bits is drawn: for the eye, never a figure
PURPOSES = {
    "triage": "Triage", "child_protection": "Child protection", "early_help": "Early help",
    "identity_review": "Identity review", "practice_audit": "Practice audit", "access_audit": "Access audit",
}  # fmt: skip


def doubt(code: str) -> str:
    """What kept a record from being linked, as a sentence; `code` as the matcher wrote it ("G4_multiple_birth")."""
    bare = code.partition("_")[2] if code[:1] == "G" and code[1:2].isdigit() else code
    return DOUBTS.get(bare) or DOUBTS.get(code) or in_words(bare)


def in_words(code: str) -> str:
    """A code without a sentence of its own, as words."""
    return code.replace("_", " ").capitalize()


def field(code: str) -> str:
    """What was compared, in words."""
    return FIELDS.get(code, in_words(code))


def evidence(weight: Weight) -> Bar | None:
    """One comparison behind a match, words first; None for what compared nothing, and for how many people are known."""
    if weight.field == "prior" or weight.outcome == "not_compared":
        return None
    outcome = SAID.get(weight.outcome) or in_words(weight.outcome).lower()
    if weight.bits is None:
        return Bar(label=field(weight.field), outcome=outcome, words="")
    size = abs(weight.bits)
    strength = 0 if size < LEAST_BITS else min(MOST_STRENGTH, 1 + int(size / BITS_A_STEP))
    if strength == 0:
        return Bar(label=field(weight.field), outcome=outcome, words="says little either way")
    how = {1: "a little ", 2: "", 3: "clearly "}.get(strength, "strongly ")
    way = "for" if weight.bits > 0 else "against"
    signed = strength if weight.bits > 0 else -strength
    return Bar(label=field(weight.field), outcome=outcome, words=f"speaks {how}{way} it", strength=signed)


def ago(then: datetime, now: datetime) -> str:
    """How old something is, as one says it: "today", "3 weeks ago"; counted in London days."""
    days = (london_day(now) - london_day(then)).days
    if days <= 0:
        return "today"
    if days == 1:
        return "yesterday"
    for unit, length, most in (("day", 1, 14), ("week", 7, 60), ("month", 30, 730)):
        if days < most:
            number = days // length
            return f"{number} {unit}{'' if number == 1 else 's'} ago"
    return f"{days // 365} years ago"
