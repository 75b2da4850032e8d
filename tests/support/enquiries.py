"""Whole answers about a child of a MASH enquiry, to change one at a time."""

from datetime import UTC, date, datetime
from typing import Any

from hub.domain.decision import Known
from hub.domain.enquiry import FRONT_DOOR, Decide, OpenEnquiry, Step
from hub.domain.moments import london_day

WHY = "Two organisations saw that Robin was hungry."


def today() -> date:
    """The London day on which the test runs."""
    return london_day(datetime.now(UTC))


def step(action: str = "family_contacted", owner: str = FRONT_DOOR, due: date | None = None) -> Step:
    """One action of a plan, the front door's, for today."""
    return Step(action, owner, due or today())


def opening(child: str, *alerts: str, **otherwise: Any) -> OpenEnquiry:
    """A wish to open a MASH enquiry, on a ground and with a reason."""
    said = {"child": child, "alerts": alerts, "ground": "significant_harm", "reason": WHY, "by": "person:staff-1"}
    return OpenEnquiry(**{**said, **otherwise})


def decision(read_to: int = 7, **otherwise: Any) -> Decide:
    """Every answer about a child who was seen alone today; its plan follows from its actions."""
    said: dict[str, Any] = {
        "level": 3, "agrees": True, "outcome": "early_help", "actions": ("family_contacted",), "family_told": True,
        "why_not_told": None, "reason": WHY, "seen_position": read_to, "by": "person:staff-1", "view": "child_said",
        "child_view": "I want Mum to have help.", "seen": "alone", "seen_by": "school", "seen_on": today(),
    }  # fmt: skip
    said |= otherwise
    return Decide(**{"plan": tuple(step(action) for action in said["actions"]), **said})


def known(**otherwise: Any) -> Known:
    """What is on record beside: four levels, a few organisations, nothing else."""
    said = {
        "levels": (1, 2, 3, 4), "today": today(), "organisations": frozenset({"school", "police", "health"}),
        "counted": frozenset({"m1/0", "m2/0"}),
    }  # fmt: skip
    return Known(**{**said, **otherwise})


FORM = {  # the same answers as the decision page sends them
    "level": "3", "agrees": "yes", "outcome": "early_help", "actions": "family_contacted", "family_told": "yes",
    "why_not_told": "", "reason": WHY, "view": "child_said", "child_view": "I want Mum to have help.",
    "why_no_view": "", "seen": "alone", "seen_by": "school", "acting": "",
    "owner-family_contacted": FRONT_DOOR,
}  # fmt: skip
