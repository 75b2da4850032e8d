"""Replays and worlds lie in the past, and no protocol is as old, nor any list of terms: they run as if the partnership had
had today's all along.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from msgspec.structs import replace

from hub.bootstrap import Hub

YEARS = 30  # no replay goes further back


def protocol_all_along(hub: Hub) -> None:
    """From now on this hub, in this process, judges by its edition with a protocol that holds on every day."""
    agreed = hub.edition.agreed
    if agreed is not None:
        hub.edition = replace(hub.edition, agreed=replace(agreed, valid_from=date.min, valid_until=date.max))


def terms_all_along(hub: Hub) -> None:
    """From now on this hub, in this process, counts school days by its edition's terms, repeated over the years before.

    Each is moved by the whole weeks that come nearest to whole years, so that it begins on the same weekday.
    """
    parts = hub.edition.parts
    asked = {**parts["requests"], "term": [*_before(parts["requests"]), *parts["requests"].get("term", ())]}
    hub.edition = replace(hub.edition, parts={**parts, "requests": asked})


def _before(requests: Mapping[str, Any]) -> list[dict[str, str]]:
    known = [(date.fromisoformat(one["first"]), date.fromisoformat(one["last"])) for one in requests.get("term", ())]
    if not known:
        return []
    first = min(one for one, _ in known)
    back = [timedelta(weeks=round(years * 365.25 / 7)) for years in range(YEARS, 0, -1)]
    year = [(one, last) for one, last in known if one < first + timedelta(weeks=52)]
    moved = ((one - weeks, last - weeks) for weeks in back for one, last in year)
    return [{"first": one.isoformat(), "last": last.isoformat()} for one, last in sorted({*moved}) if last < first]
