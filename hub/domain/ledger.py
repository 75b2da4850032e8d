"""Facts of the ledger: what was asked, by whom and why, what was ruled for each class of item, and what was shown.

Codes and random ids only, never a name or a word, so that it outlives the erasure of the child it is about. One entry
for each response (stream ask:<random>), committed before anything opens.
"""

from datetime import datetime
from typing import ClassVar, Literal

from msgspec import Struct

from hub.domain.fact import Fact


class ClassRuled(Struct, frozen=True, omit_defaults=True):
    """One class of item, how it was ruled and by which policies, and how many items of the response were of it."""

    category: str
    organisation: str
    tier: int
    allowed: bool
    policies: tuple[str, ...]
    items: int
    shown_as: Literal["reason", "count", "nothing"] = "reason"
    fault: bool = False
    clause: str = ""  # by which it stood outside the protocol


class Asked(Fact, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody asked, and this is what was ruled. `opened` are ids of the items whose words were then opened.

    `facts` is the hash of everything that the rulings rested on, in codes, so that a replay can show that it rests on
    the same. `rendered` is the hash of what was let out (hub/domain/rendering.py), "" in older entries; `places` says for each
    item of `opened` at which position the record holds its words, 0 for codes of the page's own. `questions` is
    what was put to the policies, so that it can be put again (hub/domain/questions.py), b"" in older entries.
    """

    NAME: ClassVar[str] = "ledger.asked"
    ask: str
    who: str
    roles: tuple[str, ...]
    organisation: str
    setting: str
    action: str
    purpose: str
    reason: str
    subjects: tuple[str, ...]
    enquiry: str = ""
    invokes: str = "none"
    rulings: tuple[ClassRuled, ...]
    edition: str
    facts: bytes
    opened: tuple[str, ...]
    withheld: int
    rendered: str = ""
    questions: bytes = b""
    places: tuple[int, ...] = ()
    own_family: bool = False  # nothing opened, and it was about the asker's own family: reported, and not told to them


class AskRendered(Fact, frozen=True, kw_only=True):
    """What was shown in answer to an ask, as a hash of the response. Nothing writes it: `Asked.rendered` took its place."""

    NAME: ClassVar[str] = "ledger.rendered"
    ask: str
    rendered: str


class StandingAsk(Fact, frozen=True, kw_only=True):
    """A service opens words of one category as part of its work, from now until it says that it stopped.

    Matching opens identifiers to tell whether two records are one person. Nobody sees them.
    """

    NAME: ClassVar[str] = "ledger.standing"
    ask: str
    who: str
    purpose: Literal["matching"]
    category: Literal["identity"]
    edition: str
    since: datetime


class StandingCounted(Fact, frozen=True, kw_only=True):
    """How many items a standing ask has opened since the count before."""

    NAME: ClassVar[str] = "ledger.standing-counted"
    ask: str
    opened: int


FACTS: tuple[type[Fact], ...] = (Asked, AskRendered, StandingAsk, StandingCounted)


def stream_of(ask: str) -> str:
    """The stream of one ask: its id is random and names nobody."""
    return f"ask:{ask}"
