"""Decisions that evidence came late for, reckoned from the record: what was known, what came, what the rules would have said.

It promises the rules of the edition that a decision was made under, over what counted for the child at its position; and
it opens nothing: codes alone.
"""

from collections.abc import Collection, Iterator
from hashlib import sha256
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import select

from hub.domain import child as children
from hub.domain import late as lates
from hub.domain.child import SignalDiscounted
from hub.domain.enquiry import OUTCOMES, stream
from hub.domain.late import Hindsight, LateEvidenceReviewed, hindsight, late_days, touches
from hub.domain.signal import Signal
from hub.domain.thresholds import Ready
from hub.flow.alert import rules_of
from hub.views import alerts, store
from hub.views.desk import Desk
from hub.views.lateness import decided, late_signal
from hub.views.models.late import LateRow
from hub.views.telling import who
from hub.views.who_is_who import family, survivors

State = Literal["open", "reviewed", "decided_since", "same"]
PREFIX = stream("")


class Touched(Struct, frozen=True, kw_only=True):
    """A decision, who its child is held to be now, what came late for it, and what the rules would have come to."""

    row: store.Row
    child: str
    late: tuple[Signal, ...]  # sorted by when it came
    found: Hindsight

    @property
    def late_id(self) -> str:
        """The decision as addresses and commands name it: "<MASH enquiry>@<version>"."""
        return str(self.row["decision"]).removeprefix(PREFIX)

    @property
    def read(self) -> str:
        """A short name for what came late, as it stands now; no other set of reports has it."""
        return sha256(" ".join(sorted(each.id for each in self.late)).encode()).hexdigest()[:8]


def touched(desk: Desk, late_id: str = "", *, backfill: bool = False) -> list[Touched]:
    """Decisions that evidence came late for, or the one named, each with what the rules would have come to.

    With `backfill`, those that a declared load of history touches, reckoned with it; without, loads of history are left out.
    """
    found = []
    rules: dict[str, list[Ready]] = {}
    days = late_days(desk.edition.parts)
    for row, child in _candidates(desk, late_id, backfill=backfill):
        counted = alerts.signals_of_all(desk, child)
        known = alerts.signals_of(desk, row["child"], row["position"])
        came = [
            one for one in counted.values()
            if touches(one, row["at"], days) and one.id not in known and (backfill or not one.backfill)
        ]  # fmt: skip
        if not came or (backfill and not any(one.backfill for one in came)):
            continue
        if row["edition"] not in rules:
            ready = rules_of(desk.record, row["edition"]).values()
            rules[row["edition"]] = [one for one in ready if one.rule.tells != "nobody"]
        judged = hindsight(
            rules[row["edition"]], known.values(), came, row["at"], _corrected(desk, child, row["position"])
        )
        late = tuple(sorted(came, key=lambda one: (one.received, one.id)))
        found.append(Touched(row=row, child=child, late=late, found=judged))
    return found


def waiting(desk: Desk) -> list[Touched]:
    """Those that wait for a person: the rules would have proposed otherwise, and nobody has looked at that yet."""
    return [one for one in touched(desk) if state_of(desk, one) == "open"]


def told(desk: Desk, one: Touched, state: State) -> LateRow:
    """One decision as a page tells it: codes and their words."""
    row = one.row
    return LateRow(
        late=one.late_id, enquiry=row["enquiry"], child=one.child, decided_at=row["at"],
        by=who(desk, row["by"]), level=alerts.level_words(desk, row["level"]),
        outcome=str(OUTCOMES.get(row["outcome"], row["outcome"])), edition=row["edition"], state=state,
        what=lates.words(one.found, words_of_rules(desk, row["edition"])), reports=len(one.late), read=one.read,
        since=one.late[0].received, newest=one.late[-1].received,
    )  # fmt: skip


def as_known(desk: Desk, one: Touched, closed: Collection[str]) -> Touched:
    """The same as though the reports that are closed to somebody had not come: no number, rule or state tells of these."""
    known = alerts.signals_of(desk, one.row["child"], one.row["position"])
    if {*known, *(each.id for each in one.late)}.isdisjoint(closed):
        return one
    rules = [each for each in rules_of(desk.record, one.row["edition"]).values() if each.rule.tells != "nobody"]
    late = tuple(each for each in one.late if each.id not in closed)
    then = [each for ident, each in known.items() if ident not in closed]
    found = hindsight(rules, then, late, one.row["at"], _corrected(desk, one.child, one.row["position"]))
    return replace(one, late=late, found=found)


def _candidates(desk: Desk, late_id: str, *, backfill: bool) -> Iterator[tuple[store.Row, str]]:
    """Decisions for whose child something came late, each with who that is held to be now: all, or the one named."""
    came = late_signal
    joined = (
        select(decided).distinct()
        .join(
            came,
            (came.c.child == decided.c.child) & (came.c.received > decided.c.at) & (came.c.occurred < decided.c.at),
        )
    )  # fmt: skip
    joined = joined.where(came.c.days > late_days(desk.edition.parts))
    if not backfill:
        joined = joined.where(came.c.backfill.is_(False))
    person = store.person
    merged = select(decided).join(person, person.c.person == decided.c.child).where(person.c.merged_into != "")
    found: dict[str, store.Row] = {}
    for query in (joined, merged):
        wanted = query.where(decided.c.decision == PREFIX + late_id) if late_id else query
        found |= {row["decision"]: row for row in desk.store.rows(wanted)}
    now = survivors(desk, {row["child"] for row in found.values()})
    for row in sorted(found.values(), key=lambda one: one["position"]):
        yield row, now[row["child"]]


def _corrected(desk: Desk, child: str, position: int) -> set[str]:
    """What counted, and was corrected after this position: what corrects it stands in its place."""
    return {
        one.fact.signal_id
        for name in family(desk, child)
        for one in desk.record.load(children.stream(name))
        if one.position > position and isinstance(one.fact, SignalDiscounted) and one.fact.reason == "corrected"
    }


def reviews(desk: Desk, row: store.Row) -> list[tuple[LateEvidenceReviewed, int]]:
    """What people said of the late evidence of a decision, in order, each with its position."""
    held = desk.record.load(lates.stream(row["child"], row["enquiry"]))
    return [
        (one.fact, one.position) for one in held
        if isinstance(one.fact, LateEvidenceReviewed) and one.fact.decision == row["decision"]
    ]  # fmt: skip


def state_of(desk: Desk, one: Touched) -> State:
    """Whether a decision waits for a person to look at what came late.

    Not where no rule would have differed, where somebody answered for all that carries the difference, nor where a newer
    decision about the child was made after that came.
    """
    carried = set(one.found.carried)
    if not one.found.differs:
        return "same"
    if carried <= lates.fold(fact for fact, _ in reviews(desk, one.row)).seen:
        return "reviewed"
    came = max(each.received for each in one.late if each.id in carried)
    newer = select(decided.c.decision).where(decided.c.child.in_(family(desk, one.child)), decided.c.at > came)
    return "decided_since" if desk.store.rows(newer.limit(1)) else "open"


def words_of_rules(desk: Desk, edition: str) -> dict[str, str]:
    """The words of each rule of an edition."""
    return {ident: ready.rule.words for ident, ready in rules_of(desk.record, edition).items()}
