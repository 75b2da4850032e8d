"""Rows of exceptions and of declared families among the matters. Codes only; what works now is never read from here alone."""

from typing import Any

from hub.domain.exceptions import (
    GlassBroken,
    GlassEnded,
    GlassReviewed,
    OverrideApproved,
    OverrideAsked,
    OverrideDeclined,
    OverrideEnded,
    OverrideReviewed,
)
from hub.domain.fact import Recorded
from hub.domain.ledger import Asked
from hub.domain.protected import ProtectedAgreed, ProtectedDeclared, ProtectedEnded
from hub.views import matters
from hub.views.leaning_lists import LISTS
from hub.views.matters import Rows, matter, moved, opened


def _exception(recorded: Recorded, fact: Any) -> Rows:
    match fact:
        case OverrideAsked():
            state = "open" if fact.at_night else "waiting"
            yield matter, opened(recorded, state, child=fact.child, what=fact.reason, by=fact.by)
        case GlassBroken():
            yield matter, opened(recorded, "open", child=fact.child, what=fact.reason, by=fact.by)
        case OverrideApproved():
            yield matter, moved(recorded, "open", holder=fact.by)
        case OverrideDeclined() | OverrideEnded() | GlassEnded():
            yield matter, moved(recorded, "closed")
        case OverrideReviewed() | GlassReviewed():
            yield matter, moved(recorded, "reviewed")
        case _:
            return


def _protected(recorded: Recorded, fact: Any) -> Rows:
    match fact:
        case ProtectedDeclared():
            state = "waiting" if fact.second else "open"
            yield matter, opened(recorded, state, what=fact.because, by=fact.by, holder=fact.staff)
        case ProtectedAgreed():
            yield matter, moved(recorded, "open")
        case ProtectedEnded():
            yield matter, moved(recorded, "closed")
        case _:
            return


def _family_look(recorded: Recorded, fact: Any) -> Rows:
    """A person looked at their own family and saw nothing: for who answers for information, and not for that person."""
    if isinstance(fact, Asked) and fact.own_family and fact.reason not in LISTS:
        row = opened(recorded, "open", child=fact.subjects[0] if fact.subjects else "", what=fact.reason, by=fact.who)
        yield matter, {**row, "stream": f"family-look:{fact.ask}", "kind": "family-look"}


matters.FOLDS.update(
    {
        **dict.fromkeys(
            (
                OverrideAsked, OverrideApproved, OverrideDeclined, OverrideEnded, OverrideReviewed, GlassBroken,
                GlassEnded, GlassReviewed,
            ),
            _exception,
        ),
        **dict.fromkeys((ProtectedDeclared, ProtectedAgreed, ProtectedEnded), _protected),
        Asked: _family_look,
    }
)  # fmt: skip
