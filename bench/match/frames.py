"""Descriptions of persons as rows for Splink, made by the hub's own code, so that what is trained is what is scored."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

import pyarrow as pa
from msgspec import Struct

from bench.world.stream import World
from bench.world.telling import Named
from hub.domain import message
from hub.domain.comparing import known_as
from hub.domain.known import Known
from hub.domain.model import COLUMNS, Likeness, Model, rows_of

arrow: Any = pa  # it ships no types
LISTS = frozenset({"forenames", "forename_forms", "surname_parts", "nhs_all"})  # columns with several values


class Description(Struct, frozen=True):
    """What one organisation said of one person, and (truth, never scored) who it is."""

    organisation: str
    person: str
    kind: Literal["child", "adult"]
    known: Known


def descriptions(world: World) -> Iterator[Description]:
    """Each different description that an organisation of this world gives of a born person, in the order published."""
    seen: set[tuple[str, str, Known]] = set()
    for emitted, rows in world.steps():
        if emitted is None:
            continue
        said = {role: list(persons) for role, persons in _persons(emitted.message).items()}
        for row in rows:
            if not isinstance(row, Named) or row.n < 0 or row.n >= len(said.get(row.role, ())):
                continue
            person, unborn = said[row.role][row.n]
            known = known_as(person, unborn=unborn)
            key = emitted.organisation, row.person, known
            if not unborn and known != Known() and key not in seen:
                seen.add(key)
                kind: Literal["child", "adult"] = "adult" if "-a" in row.person else "child"
                yield Description(emitted.organisation, row.person, kind, known)


def _persons(said: message.Message) -> Mapping[str, Iterable[tuple[message.Person, bool]]]:
    """Who a message names, by role, in the order in which the truth counts them."""
    match said:
        case message.ConcernRaised():
            return {
                "subject": [(one.person, one.unborn) for one in said.subjects],
                "adult": [(one.person, False) for one in said.adults],
            }
        case message.HouseholdObserved():
            return {"member": [(one.person, False) for one in said.members]}
        case _:
            return {}


def one_row(model: Model, likeness: Likeness, known: Known) -> dict[str, Any]:
    """A description as one row with one value a column: of several names, postcodes or numbers the first."""
    row: dict[str, Any] = dict.fromkeys(COLUMNS)
    for rows in rows_of(model, likeness, known).values():
        row.update({column: sorted(value) if column in LISTS else value for column, value in rows[0].items()})
    return row


def table(rows: Sequence[Mapping[str, Any]], columns: Iterable[str] = COLUMNS) -> Any:
    """Rows as a table for Splink, with a running `unique_id`; a column without any value is text all the same."""
    data: dict[str, Any] = {"unique_id": arrow.array(range(len(rows)), arrow.int64())}
    for column in columns:
        kind = arrow.list_(arrow.string()) if column in LISTS else arrow.string()
        data[column] = arrow.array([row.get(column) for row in rows], kind)
    return arrow.table(data)


def counted(column: str, shares: Mapping[str, float]) -> Any:
    """How common each value of a column is, as Splink reads it."""
    return arrow.table(
        {column: arrow.array(list(shares)), f"tf_{column}": arrow.array(list(shares.values()), arrow.float64())}
    )
