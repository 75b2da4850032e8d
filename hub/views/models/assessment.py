"""What pages show of assessments. Plain values only; words came through `flow/disclose.py`. Times are aware UTC."""

from datetime import datetime

from msgspec import Struct

from hub.views.models import Choice, Stamp, Withheld


class AssessmentRow(Struct, frozen=True, kw_only=True):
    """One assessment of a child, in codes. `reused` of `written` sections were told before."""

    assessment: str
    type: str
    organisation: str
    begun: datetime
    complete: bool
    written: int = 0
    reused: int = 0
    sections: int = 0
    fits: bool = True  # the level that holds, where the partnership says which types do


class AssessmentList(Struct, frozen=True, kw_only=True):
    """The assessments of a child, and what may be begun."""

    child: str
    stamp: Stamp
    rows: tuple[AssessmentRow, ...] = ()
    level: str = ""  # that holds, in words; "" for who does not act on it
    asks_for: tuple[str, ...] = ()  # the types that fit it; () where the partnership does not say
    types: tuple[Choice, ...] = ()
    may_begin: bool = False


class SaidRow(Struct, frozen=True, kw_only=True):
    """What one organisation says of a section. Words are opened, or "" where they are closed to this reader."""

    organisation: str
    at: datetime
    by: str
    strengths: str = ""
    worries: str = ""
    closed: bool = False
    reused: bool = False  # told before, in an earlier assessment
    shared_with: tuple[str, ...] = ()


class HeardRow(Struct, frozen=True, kw_only=True):
    """What the child said to one organisation, and how; `voice` is "" where the words are closed to this reader."""

    organisation: str
    at: datetime
    how: str
    voice: str = ""


class ToldBefore(Struct, frozen=True, kw_only=True):
    """What this reader may see of the same section in an earlier assessment: whose, when, and its words."""

    item: str
    provenance: str
    strengths: str = ""
    worries: str = ""


class SectionRow(Struct, frozen=True, kw_only=True):
    """One section: what was said, what was told before, the tools that are evidence. Empty: it was not assessed."""

    section: str
    words: str
    said: tuple[SaidRow, ...] = ()
    before: tuple[ToldBefore, ...] = ()
    tools: tuple[str, ...] = ()

    @property
    def assessed(self) -> bool:
        """Whether anybody wrote anything of it."""
        return bool(self.said)


class AssessmentView(Struct, frozen=True, kw_only=True):
    """One assessment as this asker may see it, with what may be done next."""

    child: str
    row: AssessmentRow
    stamp: Stamp
    sections: tuple[SectionRow, ...] = ()
    not_assessed: tuple[str, ...] = ()
    heard: tuple[HeardRow, ...] = ()
    judged: bool = False
    need: str = ""  # what was judged, for whom the author released it to
    why_need: str = ""
    risk: str = ""
    why_risk: str = ""
    withheld: tuple[Withheld, ...] = ()
    share: tuple[Choice, ...] = ()
    views: tuple[Choice, ...] = ()
    levels: tuple[Choice, ...] = ()
    risks: tuple[Choice, ...] = ()
    tools: tuple[Choice, ...] = ()
    may_write: bool = False
    may_judge: bool = False
