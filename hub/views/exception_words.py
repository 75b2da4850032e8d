"""The codes of exceptions in words: one place, for pages and commands."""

from typing import get_args

from hub.domain.exceptions import CATEGORIES as KNOWN
from hub.domain.exceptions import Outcome

WHAT = {"override": "Override of a refusal", "break_glass": "Opened in an emergency"}
STATES = {
    "waits": "Waits for a second person",
    "works": "Works now",
    "works_until_second": "Works now, out of hours; waits for a second person",
    "declined": "Not agreed to",
    "ended": "Ended",
    "lapsed": "Lapsed",
}
REASONS = {
    "risk_of_harm": "A child may come to harm without it",
    "child_not_seen": "Nobody has seen the child, and the refusal keeps it so",
    "refusal_in_doubt": "The refusal may not be the family's free choice",
    "statute_or_court": "A court or a statute asks for it",
    "immediate_danger": "Somebody is in danger now",
    "missing_child": "A child is missing",
    "medical_emergency": "A medical emergency",
    "police_protection": "Police protection is being used",
    "other": "Another reason, in my words",
}
TOLD = {
    "told": "The family has been told",
    "told_afterwards": "The family will be told afterwards",
    "increases_risk": "Not told: it would increase the risk",
    "prejudices_investigation": "Not told: it would prejudice an investigation",
    "not_possible": "Not told: they cannot be reached in time",
}
OUTCOMES = {
    "justified": "Justified",
    "wider_than_needed": "Justified, and wider than was needed",
    "not_justified": "Not justified",
    "misuse_suspected": "Misuse suspected: goes to the organisation that employs them",
}
_SAID = {
    "identity": "Names and numbers", "identity.address": "Addresses", "identity.contact": "Contact details",
    "narrative": "What was said", "voice": "The child's own words", "third_party": "Other people", "referrer": "Who told",
    "evidence": "Evidence", "characteristics": "Characteristics", "rationale": "Reasons of decisions",
}  # fmt: skip
CATEGORIES = {code: label for code, label in _SAID.items() if code in KNOWN}
assert {*OUTCOMES} == {*get_args(Outcome)}  # noqa: S101 - a code without words fails at once
