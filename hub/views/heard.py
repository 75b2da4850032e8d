"""On which days the hub heard an organisation, and each of its settings: counted by facts taken in, about nobody."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Column, Date, String, Table

from hub.domain.concern import (
    ConcernRecorded,
    CorrectionRecorded,
    InformationRecorded,
    MessageTaken,
    StrengthRecorded,
    WithdrawalRecorded,
)
from hub.domain.fact import Recorded
from hub.domain.moments import london_day
from hub.domain.source_record import InvolvementChanged
from hub.views.columns import Moment, meta

heard = Table(
    "heard", meta, Column("organisation", String, primary_key=True), Column("setting", String, primary_key=True),
    Column("day", Date, primary_key=True), Column("at", Moment()),  # the newest of that London day
)  # fmt: skip


def rows(recorded: Recorded) -> Iterator[tuple[Table, dict[str, Any]]]:
    """That an organisation was heard, by one fact; none for a fact of the hub's own, or of a declared load of history."""
    fact = recorded.fact
    match fact:
        case ConcernRecorded(statement=said) | StrengthRecorded(statement=said) | CorrectionRecorded(statement=said):
            if said.backfill:
                return
            organisation, setting = said.organisation, said.setting or ""
        case InformationRecorded() | InvolvementChanged():
            organisation, setting = fact.organisation, fact.setting or ""
        case WithdrawalRecorded() | MessageTaken():
            organisation, setting = fact.organisation, ""
        case _:
            return
    at = recorded.envelope.known_at
    for one in {"", setting}:
        yield heard, {"organisation": organisation, "setting": one, "day": london_day(at), "at": at}
