"""A chronology as a table that leaves the hub: one row for each line of the picture, in codes and times, without words.

It holds what this asker was just shown and nothing besides; the look that showed it is in the ledger.
"""

import csv
import io
from datetime import UTC

from hub.views.models import Entry, Picture
from hub.views.models.chronology import Chronology, Told

RISKY = ("=", "+", "-", "@", "\t", "\r")  # how a spreadsheet begins a formula: a sender's code is never one


COLUMNS = Told.__struct_fields__


def chronology_of(picture: Picture) -> Chronology:
    """The table of a picture."""
    return Chronology(
        child=picture.child, position=picture.stamp.position, ledger=picture.stamp.ledger, involved=picture.involved,
        rows=tuple(_row(one) for one in picture.chronology),
    )  # fmt: skip


def _row(one: Entry) -> Told:
    when, recorded = one.occurred, one.recorded_at
    return Told(
        happened_from=when.start.astimezone(UTC).isoformat(), happened_to=when.end.astimezone(UTC).isoformat(),
        precision=when.precision, organisation=one.organisation, setting=one.setting, kind=one.kind, what=one.title,
        indicators=one.indicators, grave=one.grave, again=one.again, how_known=one.how_known,
        recorded=recorded.astimezone(UTC).isoformat() if recorded else "", known=one.known_at.astimezone(UTC).isoformat(),
        corrected=one.corrected, message=one.item,
    )  # fmt: skip


def as_csv(found: Chronology) -> str:
    """The rows as CSV (RFC 4180)."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    writer.writerows([_cell(getattr(row, name)) for name in COLUMNS] for row in found.rows)
    return out.getvalue()


def _cell(value: object) -> str:
    if isinstance(value, tuple):
        text = "; ".join(value)
    else:
        text = str(value) if not isinstance(value, bool) else "yes" if value else ""
    return f"'{text}" if text.startswith(RISKY) else text
