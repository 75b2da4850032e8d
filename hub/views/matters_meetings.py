"""Rows of `matter` about meetings and the children on their agendas. Codes only.

Of a meeting: `what` is its type, `by` who called it, `due` the end of its day until it is held, state called, held,
not_quorate, met_again (a later one follows it) or called_off. Of a child on an agenda: `enquiry` is the meeting, `what` the
outcome, `organisation` who does it, `due` by when; state on, taken_off, open (something waits to be done) or closed.
"""

from typing import Any

from hub.domain.agenda import FACTS as OF_AGENDA
from hub.domain.agenda import FOLLOWED, AgendaDecided, AgendaOwned, AgendaPut, AgendaTakenOff
from hub.domain.fact import Recorded
from hub.domain.meeting import MeetingCalled, MeetingCalledOff, MeetingHeld, stream
from hub.domain.planned import ends
from hub.views.matters import Folds, Rows, matter, moved, opened


def _meeting(recorded: Recorded, fact: Any) -> Rows:
    match fact:
        case MeetingCalled():
            codes = {
                "organisation": fact.organisation,
                "setting": fact.setting,
                "by": fact.called_by,
                "what": fact.type,
            }
            yield matter, opened(recorded, "called", due=ends(fact.on), **codes)
            if fact.follows:
                yield matter, {**moved(recorded, "met_again"), "stream": stream(fact.follows)}
        case MeetingHeld():
            yield matter, moved(recorded, "not_quorate" if fact.missing else "held", due=None)
        case MeetingCalledOff():
            yield matter, moved(recorded, "called_off", due=None)
        case _:
            pass


def _agenda(recorded: Recorded, fact: Any) -> Rows:
    meeting = recorded.stream.rpartition(":")[2]
    match fact:
        case AgendaPut() if recorded.version == 1:
            yield matter, opened(recorded, "on", child=fact.child, enquiry=meeting, by=fact.put_by)
        case AgendaPut():
            yield matter, moved(recorded, "on", by=fact.put_by)
        case AgendaTakenOff():
            yield matter, moved(recorded, "taken_off")
        case AgendaDecided():
            state = "open" if fact.outcome in FOLLOWED else "closed"
            codes = {"what": fact.outcome, "organisation": fact.owner, "due": ends(fact.due) if fact.due else None}
            yield matter, moved(recorded, state, **codes)
        case AgendaOwned():
            yield matter, moved(recorded, "open", organisation=fact.owner, due=ends(fact.due))
        case _:
            yield matter, moved(recorded, "closed", due=None)


FOLDS: Folds = {
    **dict.fromkeys((MeetingCalled, MeetingHeld, MeetingCalledOff), _meeting), **dict.fromkeys(OF_AGENDA, _agenda),
}  # fmt: skip
