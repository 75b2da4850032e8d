"""What made the hub wait for what did not come, as items to rule on: the reports of organisations, where such did.

It promises that a silence that would give a report away is there for those alone who may know of the report.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from hub.domain.child import SignalCounted
from hub.domain.fact import Fact
from hub.domain.kin import message_of
from hub.flow.disclose import ItemRef
from hub.flow.expect_children import SCHOOLS
from hub.views import alerts, said_of
from hub.views.desk import Desk
from hub.views.rests_on import RESTS
from hub.views.store import Row
from hub.views.who_is_who import families

# Kinds that what an organisation said may begin. What people here did begins the others: that is ruled by the child alone.
OF_REPORTS = frozenset({"refused_forgotten", "not_seen_alone", "not_brought", "off_roll", "chronology"})
SAID = ("message:", "consent:", "source-record:")  # streams of what organisations said


class Causes(Struct, frozen=True):
    """`items` to rule on; `needs`, by the stream of a silence: of each of these sets of items one must be open."""

    items: tuple[ItemRef, ...] = ()
    needs: Mapping[str, tuple[frozenset[str], ...]] = {}

    def known(self, rows: Iterable[Row], allowed: Collection[str]) -> list[Row]:
        """Those of these silences whose causes are open, of what was ruled on."""
        return [row for row in rows if all(not one.isdisjoint(allowed) for one in self.needs.get(row["stream"], ()))]


def causes(desk: Desk, rows: Sequence[Row]) -> Causes:
    """What these silences (rows of `matter`) were caused by."""
    held = [row for row in rows if row["child"] and row["what"] in OF_REPORTS]
    names = families(desk, sorted({row["child"] for row in held}))  # the one that stayed first
    about = said_of.records_about(desk, sorted({one[0] for one in names.values()}))
    items: dict[str, ItemRef] = {}
    needs: dict[str, tuple[frozenset[str], ...]] = {}
    for row in held:
        child, records = names[row["child"]][0], about[names[row["child"]][0]]
        caused = [_caused(desk, row, child, records)]
        if row["what"] == "chronology":
            caused.append(_worries(desk, row, names[row["child"]], records))
        sets = []
        for found in (one for one in caused if one):
            asked = [replace(one, item=f"{RESTS}{child}:{one.item}", mentioned=False) for one in found]
            items |= {one.item: one for one in asked}
            sets.append(frozenset(one.item for one in asked))
        needs[row["stream"]] = tuple(sets)
    return Causes(tuple(items.values()), needs)


def _caused(desk: Desk, row: Row, child: str, records: Sequence[str]) -> list[ItemRef]:
    """The codes of what an organisation said that the hub began to wait after; [] where no organisation said anything."""
    noticed = desk.record.load(row["stream"], upto=1)
    stream, _, version = (noticed[0].envelope.because if noticed else "").rpartition("@")
    if stream.startswith("child:"):
        counted = _fact(desk, stream, int(version))
        if not isinstance(counted, SignalCounted):
            return []
        stream, version = f"message:{message_of(counted.signal.id)}", ""
    if not stream.startswith(SAID):
        return []
    said = said_of.spoken(desk, child, streams={stream}, records=records)
    return [one.codes for one in said if version in {"", str(one.recorded.version)}]


def _fact(desk: Desk, stream: str, version: int) -> Fact | None:
    history = desk.record.load(stream, upto=version)
    return history[-1].fact if len(history) == version else None


def _worries(desk: Desk, row: Row, names: Sequence[str], records: Sequence[str]) -> list[ItemRef]:
    """What other schools told of the child, where each of it is closed further than other codes are.

    That an earlier school has anything to pass on is for the school that waits to know; what protects its source is not.
    """
    here = row["organisation"], row["setting"]
    told = {
        f"message:{message_of(one.id)}"
        for one in alerts.signals_under(desk, names).values()
        if one.sector == SCHOOLS and one.relation == "own" and (one.organisation, one.setting or "") != here
    }
    said = said_of.spoken(desk, names[0], streams=told, records=records) if told else []
    closed = [one.codes for one in said if one.codes.source_protected or one.codes.sexual_health]
    return closed if len(closed) == len(said) else []
