"""Children who live together, as one family on a list: each with items of their own, each decided about by itself.

That two live together is a code about both, ruled like any code: a family is made of children of whom the asker may know,
and of nothing else. Somebody who may not be known of is in no family, and in no number.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date

from msgspec.structs import replace

from hub.domain.kin import Home
from hub.flow.disclose import ItemRef
from hub.views.models import FamilyRow, WorklistRow
from hub.views.telling import codes_of

Around = Callable[
    [str, Sequence[str]], Home
]  # what is said of these persons' households, as this organisation may know it
Pair = tuple[str, str]


def nobody(_organisation: str, _persons: Sequence[str]) -> Home:
    """Where nothing is known of households, nobody lives with anybody."""
    return Home((), whole=True)


def beside(home: Home, children: Iterable[str], today: date) -> frozenset[str]:
    """Further children who live with one of these today."""
    wanted = frozenset(children)
    found = {kin.person for one in wanted for kin in home.kin(one).values() if kin.child and kin.now(today)}
    return frozenset(found - wanted)


def pairs(home: Home, children: Iterable[str], today: date) -> list[Pair]:
    """Who of these children live together today, two by two."""
    wanted = sorted(set(children))
    found = []
    for number, one in enumerate(wanted):
        kin = home.kin(one)
        found += [(one, other) for other in wanted[number + 1 :] if other in kin and kin[other].now(today)]
    return found


def item(pair: Pair) -> ItemRef:
    """That two children live together, as an item to rule on: a code about both."""
    return replace(codes_of(f"family:{pair[0]}/{pair[1]}", pair[0], 0), persons=pair)


def groups(known: Iterable[Pair]) -> dict[str, str]:
    """Of each child in one of these pairs: the child that its family is called by. Whoever is connected is one family."""
    head: dict[str, str] = {}

    def of(child: str) -> str:
        while head.setdefault(child, child) != child:
            child = head[child]
        return child

    for one, other in known:
        first, second = sorted((of(one), of(other)))
        head[second] = first
    return {child: of(child) for child in head}


def gathered(rows: Sequence[WorklistRow], family: Mapping[str, str]) -> tuple[WorklistRow, ...]:
    """The rows with each family's together, where its first one stands; `family` is by the child of a row."""
    order: dict[str, list[WorklistRow]] = {}
    for row in rows:
        named = family.get(row.child, "")
        order.setdefault(named or f"alert:{row.alert}", []).append(replace(row, family=named))
    return tuple(row for each in order.values() for row in each)


def families(rows: Sequence[WorklistRow]) -> tuple[FamilyRow, ...]:
    """A row for each family of a list: which children, how many alerts, the highest level, and what is due first."""
    found: dict[str, list[WorklistRow]] = {}
    for row in rows:
        if row.family:
            found.setdefault(row.family, []).append(row)
    return tuple(
        FamilyRow(
            family=named, children=tuple(dict.fromkeys(row.child for row in each)), alerts=len(each),
            level=max(row.level for row in each),
            clock_due=min((row.clock_due for row in each if row.clock_due), default=None),
            overdue=any(row.overdue for row in each),
        )
        for named, each in found.items()
    )  # fmt: skip
