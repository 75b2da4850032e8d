"""What a decider had opened of what was said about a child, and what not: the ledger knows, and the decision keeps it.

Nothing is opened to find out: ids of items are compared. A piece of evidence is opened where words of it were shown to that
person; one that has no words, where its codes were.
"""

import msgspec
from sqlalchemy import select

from hub.domain.ledger import Asked
from hub.flow.enquire import Read
from hub.views import said_of, store
from hub.views.desk import Desk, caught_up
from hub.views.who_is_who import family

MOST = 200  # pieces of evidence that a decision names, the newest


def had_read(desk: Desk, child: str, staff: str, upto: int) -> Read:
    """What this person had opened, of what was said about the child and stood up to a position of the record."""
    opened = opened_by(desk, child, staff)
    found: dict[bool, list[str]] = {True: [], False: []}
    for one in said_of.spoken(desk, child, upto)[:MOST]:
        if one.standing not in {"corrected", "withdrawn"}:
            items = {item.item for item in one.items} or {one.codes.item}
            found[not items.isdisjoint(opened)].append(one.recorded.ref)
    return Read(tuple(found[True]), tuple(found[False]))


def opened_by(desk: Desk, child: str, staff: str) -> frozenset[str]:
    """The ids of all items about a child that were ever shown to this person, as the ledger has it now."""
    caught_up(desk, "ledger")
    table = store.look
    query = select(table.c.fact).where(table.c.child.in_(family(desk, child)))
    looks = (msgspec.json.decode(row["fact"], type=Asked) for row in desk.store.rows(query))
    return frozenset(item for one in looks if one.who == staff for item in one.opened)
