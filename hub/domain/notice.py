"""What the hub tells an organisation or one of its settings: that something happened that it must know of, or do.

A notice is codes: what it is about is named by what its receiver already knows it by. Words, where there are any, are
sealed, and leave only as a disclosure, sealed to the receiver.
"""

from datetime import datetime
from typing import ClassVar, Literal, get_args

from hub.domain.fact import Fact
from hub.domain.item import Sealed

NoticeKind = Literal[
    "receipt",  # what you sent was taken, and this is the clock on it
    "outcome",  # what became of what you sent: a class, and a reason as a code
    "forwarded",  # what you sent went to the worker who is already at it
    "consent_withdrawn",  # stop: what you were given rests on a consent that was withdrawn
    "consent_narrowed",  # the same, for a part of it
    "agreement_withdrawn",  # stop: the family does not want this service any more
    "request_reminder",  # you were asked, and your answer is awaited
    "request_withdrawn",  # you need not answer any more
    "release_withdrawn",  # what its owner had released is closed again
    "release_corrected",  # what its owner had released was corrected: what you have is not what it says now
    "prompt",  # a person asks a practitioner to do something
    "lead_proposed",  # you are asked to lead
    "case_transferred",  # your hub is asked to take on a child who moves to you
    "step_proposed",  # you are asked to take a child on at another level
    "challenge_answered",  # an answer to a challenge of yours
    "opened_by_exception",  # what you sent was opened by an override, or in an emergency
    "strategy_called",  # a strategy discussion is called, and you are asked to it
    "meeting_called",  # a meeting is called, and you sit in it
    "meeting_off",  # it does not take place
]
NOTICES: frozenset[str] = frozenset(get_args(NoticeKind))


def stream(notice: str) -> str:
    """The stream of a notice."""
    return f"notice:{notice}"


class NoticeSent(Fact, frozen=True, kw_only=True):
    """Stream notice:<random>. The hub tells this organisation; with `due` (aware UTC) it must acknowledge by then.

    `about` is a reference that means something to the receiver: its own message id, a request's id, or "". `child` is
    for the hub's own reading and never leaves with the notice.
    """

    NAME: ClassVar[str] = "notice.sent"
    organisation: str
    setting: str = ""
    kind: NoticeKind
    about: str = ""
    child: str = ""
    enquiry: str = ""
    codes: tuple[tuple[str, str], ...] = ()
    due: datetime | None = None
    sent_by: str
    items: tuple[Sealed, ...] = ()


class NoticeAcknowledged(Fact, frozen=True, kw_only=True):
    """Somebody of the receiving organisation says that they have it."""

    NAME: ClassVar[str] = "notice.acknowledged"
    acknowledged_by: str


FACTS: tuple[type[Fact], ...] = (NoticeSent, NoticeAcknowledged)
