"""Re-referral, by the definition of the children in need census: a referral within 12 months of the one before it.

It promises to count days and nothing else: a referral is what social care accepted, whatever became of it after.
Source: Department for Education, Children in need census guide (re-referrals); the words are DESIGN's: a contact that
social care accepted is a referral, one that it did not accept is none.
"""

from collections.abc import Iterable
from datetime import date

from msgspec import Struct

# Outcomes of a decision by which a contact was accepted as a referral; a closing with advice was none.
ACCEPTED = frozenset({"child_in_need", "assessment", "step_down", "strategy_discussion", "section_47"})
MONTHS = 12


class Referral(Struct, frozen=True, order=True):
    """A referral about a child: the London day on which it was taken in, and the MASH enquiry that it was decided in."""

    day: date
    enquiry: str


def within(previous: date, on: date) -> bool:
    """Whether `on` is within 12 calendar months of an earlier referral. The last day counts; the same day is the same one."""
    return previous < on <= _a_year_after(previous)


def earlier(referrals: Iterable[Referral], on: date, enquiry: str = "") -> Referral | None:
    """The newest referral within 12 months before the London day `on`, not of `enquiry` itself; None where there is none."""
    found = [one for one in referrals if one.enquiry != enquiry and within(one.day, on)]
    return max(found, default=None)


def _a_year_after(day: date) -> date:
    try:
        return day.replace(year=day.year + 1)
    except ValueError:  # 29 February: the year after has none
        return date(day.year + 1, 2, 28)
