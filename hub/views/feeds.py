"""Feeds, as the hub heard them: each organisation and setting with the days on which it was heard, and what it declared."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from hub.domain.feed import LOOKED_AT, Feed, FeedDeclared, heard_on, newest
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
    said = newest(declared(desk))
    register = desk.register().organisations
    return [
        Feed(
            organisation=place[0], setting=place[1], sector=register[place[0]].sector,
            heard=heard_on([row["day"] for row in held]), last=max(row["at"] for row in held),
            declared=said.get(place),
        )
        for place, held in found.items()
        if place[0] in register and not register[place[0]].may_enter_for_others
    ]  # fmt: skip


def declared(desk: Desk) -> Iterator[FeedDeclared]:
    """Everything that was declared of feeds, in order."""
    after = 0
    while page := desk.record.read(after, PAGE, [FeedDeclared.NAME]):
        for one in page:
            if isinstance(one.fact, FeedDeclared):
                yield one.fact
        after = page[-1].position
