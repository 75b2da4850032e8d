"""Wishes to record what a family said, whole unless a test says otherwise."""

from typing import Any

from hub.domain.consent_record import Scope
from hub.domain.family_wish import Wish

EARLY_HELP = Scope(
    organisations=("early_help", "school"), categories=("narrative", "identity"), purposes=("early_help",)
)


def yes(person: str, **otherwise: Any) -> Wish:
    """A mother agrees, alone with the worker, on a form that is held, and could have said no."""
    said: dict[str, Any] = {
        "what": "given", "person": person, "giver": "parental_responsibility", "who": "new",
        "giver_name": "Mum Madeup",
        "how": "face_to_face", "interpreter": "not_needed", "scope": EARLY_HELP,
        "evidence_held": True, "evidence": "In the blue folder.",
        "shown": "birth_mother", "present": ("nobody_else",), "safe_to_refuse": True,
    }  # fmt: skip
    return Wish(**{**said, **otherwise})


def no(person: str, **otherwise: Any) -> Wish:
    """The same mother says no to everything."""
    said: dict[str, Any] = {
        "what": "refused", "person": person, "giver": "parental_responsibility", "who": "new", "how": "telephone",
        "interpreter": "not_needed",
        "reason": "We want to be left alone.",
    }  # fmt: skip
    return Wish(**{**said, **otherwise})


def asked(person: str, **otherwise: Any) -> Wish:
    """Somebody asks her."""
    said: dict[str, Any] = {
        "what": "sought", "person": person, "giver": "parental_responsibility", "who": "new", "how": "face_to_face",
        "interpreter": "not_needed", "notice": "2026-1", "scope": EARLY_HELP,
    }  # fmt: skip
    return Wish(**{**said, **otherwise})
