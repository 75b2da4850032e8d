"""Rows of `matter` about help: the level of a child's help, assessments, plans of help and their actions. Codes only.

`what` is the level that holds ("" for none), `holder` who is asked to take the child on at another (a staff id, or the front
door), `due` by when they answer, `by` who proposed it. Of an assessment: `what` is its type, state open or
complete. Of a plan: `what` is its team, `due` when its review is over. An action of one is a row like those of a decision's
plan, with the plan in the place of the MASH enquiry.
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
from hub.domain.planned import ends
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
        case _:
            yield matter, moved(recorded, "holds")


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


FOLDS: Folds = {
    **dict.fromkeys(
        (PlanMade, TeamMet, PlanClosed, HelpActionSet, HelpActionDone, HelpActionReopened), _plan
    ),
    **dict.fromkeys(FACTS, _help), **dict.fromkeys((AssessmentBegun, AssessmentCompleted), _assessment),
}  # fmt: skip
