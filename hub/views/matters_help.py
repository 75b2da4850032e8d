"""Rows of `matter` about help: the level of a child's help, assessments, plans of help and their actions. Codes only.

`what` is the level that holds ("" for none), `holder` who is asked to take the child on at another (a staff id, or the front
door), `due` by when they answer, `by` who proposed it. Of an assessment: `what` is its type, state open or
complete. Of a plan: `what` is its team, `due` when its review is over. An action of one is a row like those of a decision's
plan, with the plan in the place of the MASH enquiry. Of an offer: `what` is its service, state offered, accepted, declined,
disengaged (both wait for somebody to say what happens next), followed or ended; `holder` who made it. Of a service of the
directory: whose it is, state open or closed; it is about no child. Of a move to or from another hub: `organisation` is that
hub, `what` the level it was proposed at; one from elsewhere has a child once somebody here says who it is.
"""

from typing import Any

from hub.domain.assessment import AssessmentBegun, AssessmentCompleted
from hub.domain.fact import Recorded
from hub.domain.help import FACTS, HelpEnded, StepAccepted, StepDeclined, StepProposed, StepTakenBack
from hub.domain.help_plan import (
    BY_FAMILY,
    HelpActionDone,
    HelpActionReopened,
    HelpActionSet,
    PlanClosed,
    PlanMade,
    TeamMet,
)
from hub.domain.offer import FACTS as OFFER_FACTS
from hub.domain.offer import OfferAccepted, OfferDeclined, OfferDisengaged, OfferFollowed, OfferMade
from hub.domain.planned import ends
from hub.domain.service import ServiceDeclared
from hub.domain.transfer import FACTS as MOVES
from hub.domain.transfer import (
    TransferAnswered,
    TransferDeclined,
    TransferProposed,
    TransferReceived,
    TransferTakenBack,
    TransferTakenOn,
)
from hub.views.matters import Folds, Rows, matter, moved, opened
from hub.views.matters_enquiry import PLAN_ACTION, plan_row


def _help(recorded: Recorded, fact: Any) -> Rows:
    match fact:
        case StepProposed():
            asked = {
                "holder": fact.to, "organisation": fact.organisation, "setting": fact.setting, "due": fact.due,
                "by": fact.proposed_by,
            }  # fmt: skip
            first = opened(recorded, "waits", child=fact.child, **asked)
            yield matter, first if recorded.version == 1 else moved(recorded, "waits", **asked)
        case StepAccepted():
            yield matter, moved(recorded, "holds", what=str(fact.level), holder="", due=None)
        case StepDeclined() | StepTakenBack():
            yield matter, moved(recorded, "not_accepted", holder="", due=None)
        case HelpEnded() if recorded.version == 1:
            yield matter, opened(recorded, "ended", child=fact.child)
        case HelpEnded():
            yield matter, moved(recorded, "ended", what="", holder="", due=None)
        case _:  # renewed: whoever is asked about a step is asked still
            pass


def _assessment(recorded: Recorded, fact: Any) -> Rows:
    match fact:
        case AssessmentBegun():
            codes = {"organisation": fact.organisation, "setting": fact.setting, "by": fact.begun_by}
            yield matter, opened(recorded, "open", child=fact.child, what=fact.type, **codes)
        case _:
            yield matter, moved(recorded, "complete")


def _plan(recorded: Recorded, fact: Any) -> Rows:
    ident = recorded.stream.rpartition(":")[2]
    match fact:
        case PlanMade():
            codes = {"organisation": fact.organisation, "setting": fact.setting, "by": fact.made_by, "what": fact.team}
            yield matter, opened(recorded, "open", child=fact.child, due=ends(fact.review_on), **codes)
        case TeamMet():
            yield matter, moved(recorded, "open", due=ends(fact.review_on))
        case PlanClosed():
            yield matter, moved(recorded, "closed", due=None)
        case HelpActionSet():
            owner = "" if fact.owner == BY_FAMILY else fact.owner
            row = opened(
                recorded, "open", child=fact.child, enquiry=ident, organisation=owner, what=fact.action,
                by=fact.set_by, due=ends(fact.due),
            )  # fmt: skip
            yield matter, row | {"stream": plan_row(ident, fact.child, fact.action), "kind": PLAN_ACTION}
        case _:
            state = "done" if isinstance(fact, HelpActionDone) else "open"
            yield matter, moved(recorded, state) | {"stream": plan_row(ident, fact.child, fact.action)}


def offer_row(person: str, offer: str) -> str:
    """The row of an offer: a child's offers lie on one stream."""
    return f"offer:{person}/{offer}"


def _offer(recorded: Recorded, fact: Any) -> Rows:
    stream = offer_row(recorded.stream.partition(":")[2], fact.offer)
    match fact:
        case OfferMade():
            codes = {"organisation": fact.organisation, "setting": fact.setting, "what": fact.service}
            row = opened(recorded, "offered", child=fact.child, by=fact.made_by, holder=fact.made_by, **codes)
            yield matter, row | {"stream": stream}
        case OfferAccepted() | OfferDeclined() | OfferDisengaged() | OfferFollowed():
            state = {OfferAccepted: "accepted", OfferDeclined: "declined", OfferDisengaged: "disengaged"}
            yield matter, moved(recorded, state.get(type(fact), "followed")) | {"stream": stream}
        case _:
            yield matter, moved(recorded, "ended") | {"stream": stream}


def _service(recorded: Recorded, fact: Any) -> Rows:
    state = "open" if fact.open else "closed"
    yield matter, opened(recorded, state, organisation=fact.organisation, what=fact.service, by=fact.declared_by)


def _move(recorded: Recorded, fact: Any) -> Rows:
    match fact:
        case TransferProposed():
            codes = {"organisation": fact.to, "what": str(fact.level), "by": fact.proposed_by, "due": fact.due}
            yield matter, opened(recorded, "waits", child=fact.child, **codes)
        case TransferTakenBack():
            yield matter, moved(recorded, "taken_back", due=None)
        case TransferAnswered():
            yield matter, moved(recorded, "accepted" if fact.accepted else "refused", due=None)
        case TransferReceived():
            codes = {"organisation": fact.origin, "what": str(fact.number), "by": fact.received_by, "due": fact.due}
            yield matter, opened(recorded, "waits", **codes)
        case TransferTakenOn():
            yield matter, moved(recorded, "accepted", child=fact.child)
        case TransferDeclined():
            yield matter, moved(recorded, "refused")
        case _:
            yield matter, moved(recorded, "taken_back")


FOLDS: Folds = {
    **dict.fromkeys(MOVES, _move),
    ServiceDeclared: _service,
    **dict.fromkeys(OFFER_FACTS, _offer),
    **dict.fromkeys(
        (PlanMade, TeamMet, PlanClosed, HelpActionSet, HelpActionDone, HelpActionReopened), _plan
    ),
    **dict.fromkeys(FACTS, _help), **dict.fromkeys((AssessmentBegun, AssessmentCompleted), _assessment),
}  # fmt: skip
