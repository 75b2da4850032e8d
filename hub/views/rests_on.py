"""What alerts rest on, as items to rule on, and their sentences made of what is open to an asker alone.

It promises that a report that may not be known of (of a brother one is related to, of a protected source) changes not
one word of what is said of an alert about another child.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

import msgspec
from msgspec import Struct

from hub.domain.alert import AlertRaised, AlertStrengthened, AlertWeakened
from hub.domain.enquiry import FRONT_DOOR
from hub.domain.reasons import explain
from hub.domain.returning import kinds
from hub.domain.signal import Signal
from hub.domain.thresholds import Ready, stands
from hub.flow.disclose import ItemRef
from hub.views import alerts, said_of
from hub.views.desk import Desk, organisation_of
from hub.views.homes import Passed, passed_on
from hub.views.store import Row
from hub.views.telling import codes_of

Saying = AlertRaised | AlertStrengthened | AlertWeakened  # the facts of an alert that say why
NOT_OPEN = "What it stands on is not open to you."
RESTS = "rests:"  # an item that is ruled on for the sake of what a rule says, and is nothing on the page by itself


class Sentences(Struct, frozen=True):
    """Why an alert stands, why now, what would let it rest; and the reports to name: all of them, and the smallest set."""

    why: str
    why_now: str
    would_rest: str
    evidence: tuple[Signal, ...]
    smallest: tuple[Signal, ...]


def items_of(
    desk: Desk, child: str, counted: Mapping[str, Signal] | None = None, records: Sequence[str] | None = None,
    told: Sequence[said_of.Spoken] | None = None, beside: Sequence[Passed] | None = None,
) -> dict[str, ItemRef]:  # fmt: skip
    """What counts for a child as items to rule on, each by the id of its signal; only these where `counted` is given.

    Where they are known already: `records` are the child's, as `said_of.records_about` says, `told` what was said of
    it, `beside` what counts because of whom it lives with.
    """
    counted = alerts.signals_of_all(desk, child) if counted is None else counted
    if told is None:
        told = said_of.spoken(desk, child, streams=set(map(stream_of, counted)), records=records)
    spoken = {one.recorded.stream.partition(":")[2]: one.codes for one in told}
    beside = passed_on(desk, child) if beside is None else beside
    passed = {one.item.item.partition(":")[2]: one.item for one in beside}
    found = {}
    for ident, signal in counted.items():
        message = ident.rpartition("/")[0]
        if signal.organisation == FRONT_DOOR:
            found[ident] = codes_of(f"decided:{ident}", child, 0)
        elif signal.kind == "help":  # an offer, or a step, of an organisation's own
            owner = organisation_of(desk, signal.organisation)
            found[ident] = ItemRef(
                item=f"done:{ident}", category="codes", organisation=owner, persons=(child,), position=0
            )
        elif ident in passed:
            found[ident] = passed[ident]
        elif signal.relation == "possible":
            owner = organisation_of(desk, signal.organisation)
            found[ident] = ItemRef(
                item=f"possible:{ident}", category="codes", organisation=owner, persons=(child,), position=0,
                setting=signal.setting or "",
            )  # fmt: skip
        elif message in spoken:
            found[ident] = spoken[message]
    return found


def stream_of(signal: str) -> str:
    """The stream of the message that a signal (its id) came of."""
    return f"message:{signal.rpartition('/')[0]}"


def open_of(counted: Mapping[str, Signal], items: Mapping[str, ItemRef], allowed: Collection[str]) -> dict[str, Signal]:
    """What of this is open, of what was ruled on: `items` as they were asked, `allowed` the answer."""
    return {ident: one for ident, one in counted.items() if ident in items and items[ident].item in allowed}


def said_to(
    desk: Desk, counted: Mapping[str, Signal], last: Saying, rules: Callable[[], Mapping[str, Ready]], rule: str,
    open_to: Mapping[str, Signal],
) -> Sentences:  # fmt: skip
    """What an alert says: as it was said, or made anew where a report of it is not open to this asker.

    `counted` are the signals of the child that count now, `rules` those of the edition by id, asked for where needed.
    """
    if all(one in open_to for one in last.evidence if one in counted):
        return Sentences(
            last.why or alerts.RESTS, last.why_now, last.would_rest,
            _among(open_to, last.evidence), _among(open_to, last.smallest),
        )  # fmt: skip
    now, ready = desk.clock.now(), rules().get(rule)
    found = stands(ready, open_to.values(), now) if ready else None
    if ready is None or found is None:
        return Sentences(NOT_OPEN, "", "", _among(open_to, last.evidence), ())
    made = explain(ready, found, now, names(desk))
    return Sentences(
        made.why, made.why_now, made.would_rest, _among(open_to, found.evidence), _among(open_to, made.smallest)
    )


def new_to(
    ready: Ready | None, raised: AlertRaised, before: Collection[str], open_to: Mapping[str, Signal]
) -> tuple[str, ...]:
    """Of what was new in kind when a rule came back, what this asker may know: what a report that is open to them says."""
    if ready is None:
        return ()
    said = kinds(ready, [open_to[one] for one in raised.evidence if one in open_to and one not in before])
    return tuple(one for one in raised.new if one in said)


def names(desk: Desk) -> dict[str, str]:
    """How organisations are shown in sentences, by id; the front door too."""
    return {one.organisation: one.name for one in desk.register().organisations.values()} | {
        FRONT_DOOR: alerts.name_of_source(desk, FRONT_DOOR)
    }


def saying_of(row: Row) -> Saying:
    """The fact that last said why, as the alert's row keeps it."""
    held = msgspec.json.decode(row["fact"])
    kind: type[Saying] = AlertWeakened if "holds" in held else AlertRaised if "child" in held else AlertStrengthened
    return msgspec.convert(held, kind)


def _among(held: Mapping[str, Signal], ids: Iterable[str]) -> tuple[Signal, ...]:
    return tuple(held[one] for one in ids if one in held)
