"""What a sender is told of their own messages: the receipt with its clock and telephone number, and what became of each.

The receipt is read off the record and no fact of its own: two facts for each message would say the same thing twice. A
person's grading red, a decision and a forwarding are told by notices (hub/flow/report_back.py), and stand here too.
"""

from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace
from sqlalchemy import select

from hub.domain.became import CLASSES, REASONS
from hub.views.desk import Desk
from hub.views.matters import became, clocked
from hub.views.models import SentRow
from hub.views.store import Row


class Told:
    """What one organisation was told of these messages of its own."""

    def __init__(self, desk: Desk, organisation: str, rows: Sequence[Row]) -> None:
        self._desk = desk
        messages = sorted({row["stream"].partition(":")[2] for row in rows})

        def found(table: object) -> dict[str, Row]:
            columns = became.c if table is became else clocked.c
            query = select(became if table is became else clocked).where(
                columns.organisation == organisation, columns.message.in_(messages)
            )
            return {row["message"]: row for row in desk.store.rows(query)}

        self._became, self._red = found(became), found(clocked)
        given = desk.edition.parts["partnership"].get("telephone") or {}
        self._telephone = str(given.get("number", ""))

    def with_it(self, row: SentRow) -> SentRow:
        """The row, with what its sender was told: a class and a reason, or while nothing became of it the clock."""
        if (outcome := self._became.get(row.id)) is not None:
            words = CLASSES.get(outcome["outcome"], CLASSES["recorded"])
            return replace(row, became=words, why=REASONS.get(outcome["reason"], ""), telephone=self._telephone)
        clocks = {each["id"] for each in self._desk.edition.parts["clocks"]}
        if row.kind != "worry" or "decision" not in clocks:
            return row
        red = self._red.get(row.id)
        due = (
            datetime.fromisoformat(red["due"])
            if red and red["due"]
            else self._desk.edition.due("decision", row.received)
        )
        return replace(row, due=due, telephone=red["telephone"] if red else self._telephone)
