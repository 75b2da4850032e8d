"""Re-referral within twelve months, by the children in need census."""

from datetime import date

import pytest

from hub.domain.referral import Referral, earlier, within


@pytest.mark.parametrize(
    ("previous", "on", "again"),
    [
        (date(2025, 3, 1), date(2025, 3, 1), False),  # the same day: one referral
        (date(2025, 3, 1), date(2025, 3, 2), True),
        (date(2025, 3, 1), date(2026, 3, 1), True),  # the last day of twelve months
        (date(2025, 3, 1), date(2026, 3, 2), False),
        (date(2024, 2, 29), date(2025, 2, 28), True),
        (date(2024, 2, 29), date(2025, 3, 1), False),
        (date(2025, 3, 2), date(2025, 3, 1), False),  # a later one is none that came before
    ],
)
def test_a_referral_is_a_re_referral_within_twelve_months_of_one_before(previous: date, on: date, again: bool) -> None:
    assert within(previous, on) is again


def test_the_newest_of_those_before_counts_and_a_mash_enquiry_is_none_before_itself() -> None:
    old, new, own = (Referral(date(2025, month, 1), f"e{month}") for month in (2, 5, 9))
    assert earlier([new, own, old], date(2025, 9, 1), "e9") == new
    assert earlier([own], date(2025, 9, 2), "e9") is None
    assert earlier([], date(2025, 9, 2)) is None
