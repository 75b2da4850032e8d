"""A listed sample: the records that a practice auditor may read for an audit, from and until. Nothing beside it opens."""

from datetime import datetime
from typing import ClassVar

from hub.domain.errors import Refused
from hub.domain.fact import Fact


class SampleListed(Fact, frozen=True, kw_only=True):
    """These children's records are open to these auditors for one audit, within the dates (stream sample:<id>)."""

    NAME: ClassVar[str] = "sample.listed"
    children: tuple[str, ...]
    auditors: tuple[str, ...]
    start: datetime
    end: datetime
    purpose: str  # a code: "themed_audit", "case_review"


def check(sample: SampleListed) -> None:
    """Refused, naming the field, for a sample of nothing, for nobody, or without an end within 90 days."""
    if not sample.children:
        raise Refused("name at least one child's record", "children")
    if not sample.auditors:
        raise Refused("name at least one auditor", "auditors")
    if not sample.start < sample.end or (sample.end - sample.start).days > 90:
        raise Refused("a sample is open for 1 to 90 days", "end")
