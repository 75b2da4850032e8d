"""Rows of `matter` about help: the level of a child's help. Codes only.

`what` is the level that holds ("" for none), `holder` who is asked to take the child on at another (a staff id, or the front
door), `due` by when they answer, `by` who proposed it.
"""

from typing import Any

from hub.domain.fact import Recorded
from hub.domain.help import FACTS, HelpEnded, StepAccepted, StepDeclined, StepProposed, StepTakenBack
from hub.views.matters import Folds, Rows, matter, moved, opened


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


FOLDS: Folds = dict.fromkeys(FACTS, _help)
