"""Feeds, as the hub heard them: each organisation and setting with the days on which it was heard, and what it declared.

One that declared how often it is heard and never was is a feed too: it is silent from its word on.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from hub.domain.fact import Recorded
from hub.domain.feed import LOOKED_AT, Feed, FeedDeclared, heard_on
from hub.domain.moments import london_day
from hub.views.desk import Desk, caught_up
from hub.views.heard import heard

PAGE = 1000


def feeds(desk: Desk) -> list[Feed]:
    """What was heard of each organisation and setting within a year, and what they declared. Raises TryLater."""
    caught_up(desk)
    since = london_day(desk.clock.now()) - timedelta(days=LOOKED_AT)
    query = select(heard).where(heard.c.day >= since).order_by(heard.c.organisation, heard.c.setting, heard.c.day)
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in desk.store.rows(query):
        found.setdefault((row["organisation"], row["setting"]), []).append(row)
    said = {
        (one.fact.organisation, one.fact.setting): one for one in declared(desk) if isinstance(one.fact, FeedDeclared)
    }
    for place, one in said.items():
        if london_day(one.envelope.known_at) >= since:
            found.setdefault(place, [])
    register = desk.register().organisations
    return [
        Feed(
            organisation=place[0], setting=place[1], sector=register[place[0]].sector,
            heard=heard_on([row["day"] for row in held]),
            last=max(row["at"] for row in held) if held else said[place].envelope.known_at,
            declared=_declared(said.get(place)),
        )
        for place, held in found.items()
        if place[0] in register and not register[place[0]].may_enter_for_others
    ]  # fmt: skip


def _declared(one: Recorded | None) -> FeedDeclared | None:
    return one.fact if one is not None and isinstance(one.fact, FeedDeclared) else None


def declared(desk: Desk) -> Iterator[Recorded]:
    """Everything that was declared of feeds, in order."""
    after = 0
    while page := desk.record.read(after, PAGE, [FeedDeclared.NAME]):
        yield from page
        after = page[-1].position
