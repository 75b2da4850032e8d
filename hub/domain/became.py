"""What whoever sent a message is told of what became of it: a class and a reason, never a level, never others' facts.

Where the answer itself might put a child at risk the class is "recorded", and says no more.
"""

from collections.abc import Iterable
from datetime import datetime

from hub.domain.concern import Statement

CLASSES = {  # as a sender reads them
    "no_further_action": "No further action by social care",
    "advice": "Information and advice",
    "early_help": "Early help offered",
    "assessment": "Taken on for assessment",
    "passed_on": "Another organisation is acting",
    "with_worker": "With the worker who is at it already",
    "recorded": "Recorded",
}
REASONS = {
    "threshold_not_met": "What is known does not call for more now: send what is new",
    "advice_given": "Advice was given",
    "help_offered": "The family is offered help",
    "needs_assessment": "Social care looks into it",
    "other_acts": "Somebody else does what is needed",
    "already_open": "Somebody is at it already, and has what you sent",
    "not_told": "Ring the front door to hear more",
}
# outcome of a decision (hub/domain/enquiry.py) -> class, reason. That section 47 was opened is not said.
OF_OUTCOME = {
    "no_further_action": ("no_further_action", "threshold_not_met"),
    "information_and_advice": ("advice", "advice_given"),
    "early_help": ("early_help", "help_offered"),
    "step_down": ("early_help", "help_offered"),
    "child_in_need": ("assessment", "needs_assessment"),
    "assessment": ("assessment", "needs_assessment"),
    "strategy_discussion": ("assessment", "needs_assessment"),
    "section_47": ("assessment", "needs_assessment"),
    "other_organisation": ("passed_on", "other_acts"),
    "other": ("recorded", "not_told"),
}
FORWARDED = ("with_worker", "already_open")
GUARDED = ("recorded", "not_told")
DANGER = frozenset({"increases_risk", "prejudices_investigation"})


def told(outcome: str, *, guarded: bool) -> tuple[tuple[str, str], ...]:
    """What a sender is told of a decision with this outcome, as codes; of one that nobody knows, no more."""
    kind, reason = GUARDED if guarded else OF_OUTCOME.get(outcome, GUARDED)
    return (("outcome", kind), ("reason", reason))


def forwarded(*, guarded: bool) -> tuple[tuple[str, str], ...]:
    """What a sender is told where their message went to the worker who is at it."""
    kind, reason = GUARDED if guarded else FORWARDED
    return (("outcome", kind), ("reason", reason))


def endangers(heard: Iterable[Statement], now: datetime, *, restricted: bool) -> bool:
    """Whether telling a sender more might endanger: a restricted identity, a police handling code, a wish not to discuss it
    yet, or a family that was not told because of a risk, in any message about the child (`now` aware UTC).
    """
    return restricted or any(
        one.police_code is not None
        or (one.do_not_discuss_until is not None and now < one.do_not_discuss_until)
        or one.why_not_told in DANGER
        for one in heard
    )
