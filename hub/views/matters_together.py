"""Rows of `matter` about strategy discussions and what they opened, leads, challenges and prompts. Codes only.

Of a challenge: `what` is its stage, `by` who raised it.
Of a lead: `holder` leads, `organisation` is the staff id of who is asked, `due` by when they answer.
A section 47 enquiry has a row of its own for each child, "section-47:<discussion>/<child>", open in state "section_47".
"""

from typing import Any

from hub.domain.challenge import (
    ChallengeAnswered,
    ChallengeEscalated,
    ChallengeRaised,
    ChallengeSettled,
    ChallengeWithdrawn,
)
from hub.domain.fact import Recorded
from hub.domain.lead import LeadAccepted, LeadDeclined, LeadEnded, LeadProposed, LeadTakenBack
from hub.domain.prompt import PromptAcknowledged, PromptSent, PromptTakenBack
from hub.domain.strategy import (
    Section47Ended,
    StrategyCalled,
    StrategyDecided,
    StrategyHeld,
    StrategyReconvened,
)
from hub.views.matters import Folds, Row, Rows, matter, matter_child, moved, opened

SECTION_47 = "section-47"


def section_47_row(discussion: str, child: str) -> str:
    """The key of the row of one child's section 47 enquiry."""
    return f"{SECTION_47}:{discussion}/{child}"


def _strategy(recorded: Recorded, fact: Any) -> Rows:
    ident = recorded.stream.partition(":")[2]
    match fact:
        case StrategyCalled():
            row = opened(
                recorded, "called", child=fact.children[0], enquiry=fact.enquiry, what=fact.means, by=fact.called_by,
                due=fact.at,
            )  # fmt: skip
            yield matter, row
            for child in fact.children:
                yield matter_child, {"stream": recorded.stream, "child": child}
                yield matter, _own(recorded, ident, child, "not_decided", enquiry=fact.enquiry)
        case StrategyHeld():
            yield matter, moved(recorded, "not_quorate" if fact.missing else "held", due=fact.reconvene_by)
        case StrategyDecided():
            again = fact.reconvene_by is not None
            yield matter, moved(recorded, "decided_to_meet_again" if again else "decided", due=fact.reconvene_by)
            for child in fact.section_47:
                yield matter, _moved(recorded, ident, child, "section_47", what=fact.how, due=fact.conference_due)
            for child in fact.not_opened:
                yield matter, _moved(recorded, ident, child, "not_opened", due=None)
        case StrategyReconvened():
            yield matter, moved(recorded, "called", due=fact.at)
        case Section47Ended():
            yield matter, _moved(recorded, ident, fact.child, "ended", what=fact.outcome, due=None)
        case _:
            pass


def _own(recorded: Recorded, ident: str, child: str, state: str, **codes: Any) -> Row:
    return opened(recorded, state, child=child, stream=section_47_row(ident, child), kind=SECTION_47, **codes)


def _moved(recorded: Recorded, ident: str, child: str, state: str, **codes: Any) -> Row:
    row = moved(recorded, state, **codes)
    return {**row, "stream": section_47_row(ident, child)}


def _lead(recorded: Recorded, fact: Any) -> Rows:
    match fact:
        case LeadProposed():
            asked = {"organisation": fact.to, "due": fact.due, "by": fact.proposed_by}
            first = opened(recorded, "asked", child=fact.child, enquiry=fact.enquiry, **asked)
            yield matter, first if recorded.version == 1 else moved(recorded, "asked", **asked)
        case LeadAccepted():
            yield matter, moved(recorded, "leads", holder=fact.lead, setting=fact.setting, organisation="", due=None)
        case LeadDeclined() | LeadTakenBack():
            yield matter, moved(recorded, "not_accepted", organisation="", due=None)
        case LeadEnded():
            yield matter, moved(recorded, "ended", holder="", what=fact.reason)
        case _:
            pass


def _challenge(recorded: Recorded, fact: Any) -> Rows:
    match fact:
        case ChallengeRaised():
            codes = {"child": fact.child, "organisation": fact.organisation, "setting": fact.setting, "due": fact.due}
            yield matter, opened(recorded, "open", what="1", by=fact.raised_by, **codes)
        case ChallengeAnswered():
            yield matter, moved(recorded, "settled" if fact.last else "answered", holder=fact.answered_by, due=None)
        case ChallengeEscalated():
            yield matter, moved(recorded, "open", what=str(fact.stage), due=fact.due)
        case ChallengeSettled():
            yield matter, moved(recorded, "settled", due=None)
        case _:
            yield matter, moved(recorded, "withdrawn", due=None)


def _prompt(recorded: Recorded, fact: Any) -> Rows:
    match fact:
        case PromptSent():
            codes = {"organisation": fact.organisation, "setting": fact.setting, "due": fact.due, "what": fact.prompt}
            yield matter, opened(recorded, "waits", child=fact.child, enquiry=fact.enquiry, by=fact.sent_by, **codes)
        case PromptAcknowledged():
            yield matter, moved(recorded, "acknowledged")
        case _:
            yield matter, moved(recorded, "taken_back")


FOLDS: Folds = {
    **dict.fromkeys(
        (ChallengeRaised, ChallengeAnswered, ChallengeEscalated, ChallengeSettled, ChallengeWithdrawn), _challenge
    ),
    **dict.fromkeys((PromptSent, PromptAcknowledged, PromptTakenBack), _prompt),
    **dict.fromkeys((LeadProposed, LeadAccepted, LeadDeclined, LeadTakenBack, LeadEnded), _lead),
    **dict.fromkeys((StrategyCalled, StrategyHeld, StrategyDecided, StrategyReconvened, Section47Ended), _strategy),
}
