"""What of the plan of a decision is done, and what waits: each action has who does it and a day, until somebody says so.

Done may be taken back. Nothing is forgotten because its room is closed: a plan is carried out after the decision.
"""

from datetime import date, datetime, time, timedelta

from hub.domain.enquiry import Enquiry, PlanActionDone, PlanActionReopened, Step
from hub.domain.errors import Refused
from hub.domain.moments import LONDON


def planned(enquiry: Enquiry, child: str, action: str) -> Step:
    """This action of the plan that was decided for a child. Raises Refused where there is none."""
    found = next((one for one in enquiry.plans.get(child, ()) if one.action == action), None)
    if found is None:
        raise Refused("Select an action of the plan that was decided for this child", "action")
    return found


def do(enquiry: Enquiry, child: str, action: str, by: str) -> list[PlanActionDone]:
    """It is done; nothing new where it was. Raises Refused for what no plan of this MASH enquiry names."""
    planned(enquiry, child, action)
    return [] if (child, action) in enquiry.done else [PlanActionDone(child=child, action=action, done_by=by)]


def undo(enquiry: Enquiry, child: str, action: str, by: str) -> list[PlanActionReopened]:
    """It is not done after all. Raises Refused for what no plan names, or what is not done."""
    planned(enquiry, child, action)
    if (child, action) not in enquiry.done:
        raise Refused("This action is still to be done: there is nothing to take back", "action")
    return [PlanActionReopened(child=child, action=action, reopened_by=by)]


def ends(day: date) -> datetime:
    """When a London day is over: what is due on it is overdue from then (aware)."""
    return datetime.combine(day + timedelta(days=1), time(0), LONDON)
