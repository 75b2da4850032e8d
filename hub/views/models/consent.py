"""What pages about consent to share and agreement to a service show: codes in words, and words that were opened."""

from datetime import datetime

from msgspec import Struct

from hub.views.models import Line, Stamp


class Statement(Struct, frozen=True, kw_only=True):
    """One statement about sharing, with whether it counts and why not. `words` are those that this asker may read."""

    ref: str
    record: str = ""  # the record made in the hub that it stands in; "" for one of a message
    giver: str
    who: str = ""  # which of several people of this standing, by a random id
    several: bool = False  # whether there may be several of this standing
    state: str  # in words
    code: str  # the same as a code
    counts: bool
    why_not: str = ""
    organisations: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    purposes: tuple[str, ...] = ()
    exceptions: tuple[str, ...] = ()
    valid_from: datetime
    expires: datetime | None = None
    organisation: str  # who wrote it down
    known_at: datetime
    capacity: str = ""
    details: tuple[Line, ...] = ()
    words: tuple[Line, ...] = ()
    stands: bool = True  # not withdrawn, ended or struck


class Agreement(Struct, frozen=True, kw_only=True):
    """One agreement to a service: to which, of whom, who said what."""

    ref: str
    record: str = ""
    service: str
    provider: str
    giver: str
    state: str
    code: str
    organisation: str
    known_at: datetime
    words: tuple[Line, ...] = ()
    stands: bool = True


class InEffect(Struct, frozen=True, kw_only=True):
    """What is in effect for one organisation, class of information and purpose, and the statements that settle it."""

    organisation: str
    category: str
    purpose: str
    state: str
    used: tuple[str, ...] = ()


class Notice(Struct, frozen=True, kw_only=True):
    """A notice that an organisation must stop: sent when, to be acknowledged by when, and whether it was."""

    id: str
    organisation: str
    what: str
    about: str = ""  # what the organisation knows it by: its own message, or ""
    codes: tuple[Line, ...] = ()
    sent_at: datetime
    due: datetime | None = None
    overdue: bool = False
    acknowledged_at: datetime | None = None


class ConsentView(Struct, frozen=True, kw_only=True):
    """What is on record of one person about sharing, and apart from it about services."""

    person: str
    kind: str
    stamp: Stamp
    anyway: tuple[str, ...] = ()  # why nobody is asked: it would be shared whatever they answer
    statements: tuple[Statement, ...] = ()
    in_effect: tuple[InEffect, ...] = ()
    agreements: tuple[Agreement, ...] = ()
    notices: tuple[Notice, ...] = ()


class Resting(Struct, frozen=True, kw_only=True):
    """What one organisation was shown of one class while a consent covered it, and what a withdrawal does to that.

    `outcome`: stops (it rests on the consent), stands (another basis), closed (it opens to them no more already),
    released (its owner let it go, and takes it back).
    """

    organisation: str
    category: str
    outcome: str
    outcome_words: str
    items: int
    looks: int
    last_at: datetime | None = None
    basis: str = ""
    policies: tuple[str, ...] = ()


class Preview(Struct, frozen=True, kw_only=True):
    """What rests on a consent, before it is withdrawn. `digest` says that this is what was looked at.

    `whole` is False for who may not know of the child: then what others read on another basis is not among the rows.
    """

    person: str
    statement: str
    stamp: Stamp
    giver: str
    rows: tuple[Resting, ...] = ()
    recipients: tuple[str, ...] = ()
    due: datetime
    digest: str
    part: bool = False
    whole: bool = True


class NoticesView(Struct, frozen=True, kw_only=True):
    """Notices about consent to the asker's own organisation, those that wait first."""

    stamp: Stamp
    organisation: str
    rows: tuple[Notice, ...] = ()


class Recorded(Struct, frozen=True):
    """What a record that was written answers: the reference of the fact, and the notices that went out with it."""

    ref: str
    notices: tuple[str, ...] = ()
