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
from hub.domain.protected import ProtectedAgreed, ProtectedDeclared, ProtectedEnded, ProtectedLifted
from hub.views.leaning_lists import LISTS
from hub.views.matters import Folds, Rows, matter, moved, opened

CONTACT_ARRIVED = "X07"  # the policy by which the worker reads out of hours of whom a contact came in


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
        case ProtectedEnded() | ProtectedLifted():
            yield matter, moved(recorded, "closed")
        case _:
            return


def _look(recorded: Recorded, fact: Any) -> Rows:
    """A person looked at their own family and saw nothing: for who answers for information, and not for that person.

    Or the worker on duty read of a child because somebody had just rung: somebody else goes through it next day.
    """
    if not isinstance(fact, Asked) or fact.reason in LISTS:
        return
    kind = "family-look" if fact.own_family else "night-look" if _by_a_contact(fact) else ""
    if kind:
        row = opened(recorded, "open", child=fact.subjects[0] if fact.subjects else "", what=fact.reason, by=fact.who)
        yield matter, {**row, "stream": f"{kind}:{fact.ask}", "kind": kind}


def _by_a_contact(fact: Asked) -> bool:
    """Whether anything opened because a contact had just come in; also where an alert or a MASH enquiry would have opened
    it, because the contact may be what raised the alert, and may have been entered to read.
    """
    return any(one.allowed and CONTACT_ARRIVED in one.policies for one in fact.rulings)


FOLDS: Folds = {
        **dict.fromkeys(
            (
                OverrideAsked, OverrideApproved, OverrideDeclined, OverrideEnded, OverrideReviewed, GlassBroken,
                GlassEnded, GlassReviewed,
            ),
            _exception,
        ),
        **dict.fromkeys((ProtectedDeclared, ProtectedAgreed, ProtectedEnded, ProtectedLifted), _protected),
        Asked: _look,
}  # fmt: skip
