"""What the pages of alerts show: an alert explained, and all alerts of a child, those that are quiet included."""

from datetime import datetime

from msgspec import Struct

from hub.views.models import Stamp, Suggestion, Withheld
from hub.views.models.enquiry import ReReferral


class AlertLine(Struct, frozen=True, kw_only=True):
    """One alert of a child: what it says, what became of it, why it is back or quiet."""

    alert: str
    href: str
    rule: str
    rule_words: str
    number: int
    level: int
    level_words: str
    state: str  # "open", "in_enquiry", "decided"
    raised_at: datetime
    possible: bool
    returned: str = ""  # why it is back after a decision
    quiet: str = ""  # why it is not before anybody


class AlertsOfChild(Struct, frozen=True, kw_only=True):
    """Every alert of a child that this asker may know of, the newest first; and what rules that tell nobody suggest now."""

    child: str
    stamp: Stamp
    rows: tuple[AlertLine, ...]
    suggestions: tuple[Suggestion, ...] = ()
    re_referral: ReReferral | None = None  # as it would be if the contact were accepted today


class EvidenceLine(Struct, frozen=True, kw_only=True):
    """One report that an alert stands on: who, when, of whom, what; whether it belongs to the smallest set."""

    words: str
    smallest: bool
    new: bool  # it was not before whoever decided the alert before


class HappenedLine(Struct, frozen=True, kw_only=True):
    """What happened to the alert, and when."""

    at: datetime
    words: str


class AlertExplained(Struct, frozen=True, kw_only=True):
    """An alert explained: rule, edition, evidence, why now, what each organisation changed, what would raise or rest it."""

    alert: str
    child: str
    stamp: Stamp
    rule: str
    rule_words: str
    rule_source: str
    rule_chosen: str
    rule_version: str
    edition: str
    level: int
    level_words: str
    tells: str
    state: str
    possible: bool
    holds: bool
    why: str
    why_now: str
    evidence: tuple[EvidenceLine, ...]
    would_rest: str
    would_raise: tuple[str, ...]
    without: tuple[str, ...]
    returned: str
    quiet: str
    happened: tuple[HappenedLine, ...]
    re_referral: ReReferral | None = None
    withheld: tuple[Withheld, ...]
