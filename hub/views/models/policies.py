"""What pages and commands about policies show: the register, the draft and who signed it, the editions, then and now.

Codes and policies' own text alone: nothing here is about anybody but the people who tick and sign.
"""

from datetime import date, datetime

from msgspec import Struct

from hub.views.models import Stamp


class PolicyRow(Struct, frozen=True, kw_only=True):
    """One policy of the draft. `checked_by` has read this exact text; nobody: it is unchecked."""

    id: str
    title: str
    law: str
    owner: str
    effect: str  # permit, forbid
    part: str  # "s16LA", or ""
    shown_as: str  # how what it closes shows: reason, count, nothing
    place: str  # file and line
    digest: str
    text: str = ""  # as it is written, annotations included
    checked_by: tuple[str, ...] = ()
    mine: bool = False  # whoever asks has ticked it

    @property
    def state(self) -> str:
        """Checked or unchecked."""
        return "checked" if self.checked_by else "unchecked"


class SignedBy(Struct, frozen=True):
    """A signature: who, in which role, when (None where that is not kept), with which key."""

    by: str
    role: str
    keyid: str
    at: datetime | None = None


class DraftState(Struct, frozen=True, kw_only=True):
    """The draft of the next edition, as it would be published from a London day on."""

    content_hash: str
    on: date
    same_as: int = 0  # the edition that it does not differ from, 0 for none
    problem: str = ""  # why it cannot be published, "" where it validates and the table holds
    rows: int = 0  # of the scenario table that were asked
    failing: tuple[str, ...] = ()  # rows that do not hold, each in words
    signatures: tuple[SignedBy, ...] = ()
    lacking: tuple[str, ...] = ()  # roles that have not signed
    unchecked: int = 0
    papers: tuple[str, ...] = ()  # what the protocol lacks to be used outside a demonstration
    what_ifs: tuple[str, ...] = ()  # reports that tried exactly these threshold rules beside the edition in force


class EditionRow(Struct, frozen=True, kw_only=True):
    """An edition as it was published."""

    number: int
    effective_from: datetime
    published_at: datetime
    published_by: str
    content_hash: str
    signatures: tuple[SignedBy, ...] = ()
    in_force: bool = False

    @property
    def signed(self) -> str:
        """How many people signed it, in words: an unsigned edition says so."""
        people = len({one.by for one in self.signatures})
        return (
            "unsigned" if not people else f"signed by {people} person" if people == 1 else f"signed by {people} people"
        )


class PolicyPage(Struct, frozen=True, kw_only=True):
    """The page of one policy of the draft."""

    stamp: Stamp
    row: PolicyRow
    may_sign: bool
    following: str = ""  # the next unchecked policy, "" for none


class Policies(Struct, frozen=True, kw_only=True):
    """The page of policies."""

    stamp: Stamp
    register: tuple[PolicyRow, ...]
    draft: DraftState
    editions: tuple[EditionRow, ...]
    may_sign: bool
    demo: bool
    trouble: str = ""  # why the edition that should be in force is not


class RulingLine(Struct, frozen=True):
    """One class of item of a look: what it was, and how each edition rules it."""

    question: str
    items: int
    then: str
    now: str

    @property
    def same(self) -> bool:
        """Whether today's answer is the same."""
        return self.then == self.now


class ThenAndNow(Struct, frozen=True, kw_only=True):
    """A look, judged by the edition of its time, with today's answer beside it.

    `agrees`: put again to its own edition, the question gets the answer that the ledger holds. `kept` is False for an
    entry from before questions were kept: nothing can be put again.
    """

    stamp: Stamp
    position: int
    at: datetime
    who: str
    roles: tuple[str, ...]
    purpose: str
    edition_then: str
    edition_now: str
    kept: bool
    agrees: bool
    lines: tuple[RulingLine, ...]


class Change(Struct, frozen=True):
    """What one set opens or closes, for one reason."""

    opens: bool
    why: str
    policies: tuple[str, ...]
    count: int
    examples: tuple[str, ...]


class Compared(Struct, frozen=True, kw_only=True):
    """What changes over one kind of questions."""

    over: str  # recorded, generated
    asked: int
    opened: int
    closed: int
    shown_otherwise: int
    changes: tuple[Change, ...]
    left_out: int = 0  # recorded asks from before questions were kept


class Comparison(Struct, frozen=True, kw_only=True):
    """Two sets beside each other: policies that came, went or changed, and what that opens and closes."""

    before: str
    after: str
    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]
    compared: tuple[Compared, ...]
    stamp: Stamp | None = None
