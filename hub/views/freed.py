"""To whom items of words are released now, by whoever said them."""

from collections.abc import Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import select

from hub.flow.disclose import ItemRef
from hub.views.desk import Desk
from hub.views.matters_requests import released

MANY = 500  # items asked for in one query


class Freed(Struct, frozen=True):
    """To whom an item is released now by its owner; and for which MASH enquiry alone (organisation, MASH enquiry).

    Of a release for one MASH enquiry that was closed again the tie stays, to nobody (""): closing opens nothing.
    """

    released_to: frozenset[str] = frozenset()
    only_in: frozenset[tuple[str, str]] = frozenset()

    @property
    def everybody(self) -> frozenset[str]:
        """Every organisation to which it is released in any way."""
        return self.released_to | {one for one, _ in self.only_in if one}


def as_released(item: ItemRef, held: Mapping[str, Freed]) -> ItemRef:
    """The item, with to whom its owner released it."""
    found = held.get(item.item)
    return item if found is None else replace(item, released_to=found.released_to, only_in=found.only_in)


def released_to(desk: Desk, items: Sequence[str]) -> dict[str, Freed]:
    """To whom each of these items is released now, by its owner; nothing for one that never was."""
    table, free, only = released, dict[str, set[str]](), dict[str, set[tuple[str, str]]]()
    for start in range(0, len(items), MANY):
        for row in desk.store.rows(select(table).where(table.c.item.in_(items[start : start + MANY]))):
            if row["enquiry"]:
                only.setdefault(row["item"], set()).add((row["organisation"] if row["open"] else "", row["enquiry"]))
            elif row["open"]:
                free.setdefault(row["item"], set()).add(row["organisation"])
    return {item: Freed(frozenset(free.get(item, ())), frozenset(only.get(item, ()))) for item in free.keys() | only}
