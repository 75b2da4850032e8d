"""People who pass each other's overrides: crosswise, or around a ring, within a day. Pure.

Each override by itself has two people; together they have nobody from outside. Who agreed to one of mine within a day does
not get my agreement to one of theirs (hub/domain/exceptional.py); whatever ring comes about all the same is found here.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from hub.domain.exceptions import Exceptional

WITHIN = timedelta(hours=24)


def returned(one: Exceptional, theirs: Iterable[Exceptional], at: datetime) -> bool:
    """Whether who asked for `one` agreed, within a day of `at` (aware), to an override of whom `theirs` are."""
    return any(
        each.kind == "override"
        and each.approved_by == one.by
        and each.approved_at is not None
        and at - each.approved_at < WITHIN
        for each in theirs
    )


def rings(found: Iterable[Exceptional]) -> Mapping[str, frozenset[str]]:
    """Of each override that is part of a ring, by its id: everybody in that ring.

    A ring: who agreed to it is led back to who asked for it by who agreed to theirs, all within a day of its agreement.
    """
    agreed = [one for one in found if one.kind == "override" and one.approved_by and one.approved_at is not None]
    return {one.id: people for one in agreed if (people := _ring(one, agreed))}


def _ring(one: Exceptional, agreed: Iterable[Exceptional]) -> frozenset[str]:
    assert one.approved_at is not None  # noqa: S101 - for the type checker: only those that were agreed to come here
    near = [
        each
        for each in agreed
        if each.approved_at is not None and abs(each.approved_at - one.approved_at) < WITHIN
    ]  # fmt: skip
    ahead = _reached(one.approved_by, {(each.by, each.approved_by) for each in near})
    if one.by not in ahead:
        return frozenset()
    back = _reached(one.by, {(each.approved_by, each.by) for each in near})
    return ahead & back  # whoever lies on a way there and back


def _reached(start: str, steps: Iterable[tuple[str, str]]) -> frozenset[str]:
    met, new, ways = {start}, {start}, set(steps)
    while new := {to for here, to in ways if here in new} - met:
        met |= new
    return frozenset(met)
