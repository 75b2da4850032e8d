"""Decisions and what came late for them, on behalf of a person: what the rules would have proposed, never who was wrong.

It is reckoned anew from the record whenever somebody asks: the rules of the edition that the decision was made under, over
what counted for the child at its position, and over that with what came late. So there is one task for a decision, whatever
comes in whatever order, and none where nothing came.
"""

from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct
from sqlalchemy import func, select

from hub.domain import child as children
from hub.domain import late as lates
from hub.domain.child import SignalDiscounted
from hub.domain.enquiry import OUTCOMES, EnquiryDecided
from hub.domain.errors import NotFound, NotPermitted, Refused
from hub.domain.late import ANSWERS, Hindsight, LateEvidenceReviewed, hindsight, touches
from hub.domain.signal import Signal
from hub.domain.staff import Permission, may
from hub.flow.alert import rules_of
from hub.flow.disclose import Disclosed, ref
from hub.flow.hindsight import LateEvidence
from hub.views import alerts, store
from hub.views.asking import look, stamp
from hub.views.desk import HUB, Desk, caught_up, name_of
from hub.views.explaining import items_of
from hub.views.lateness import decided, late_signal
from hub.views.members import one_person, staff_of
from hub.views.models import Asker, Choice
from hub.views.models.late import Backfill, Backfills, LateLine, LatePage, LateRow, LateRule, LateView
from hub.views.telling import codes_of, who, withheld, word
from hub.views.who_is_who import families, family, survivors

NOT_THERE = "no such decision, or none that evidence came late for and that you may know of"
NEEDS: tuple[Permission, ...] = ("decide", "supervise")
PAGE = 50
PREFIX = "mash-enquiry:"


class Touched(Struct, frozen=True, kw_only=True):
    """A decision, who its child is held to be now, what came late for it, and what the rules would have come to."""

    row: store.Row
    child: str
    late: tuple[Signal, ...]  # sorted by when it came
    found: Hindsight


class Hindsights(Struct, frozen=True):
    """What pages, commands and programs ask. `act` puts an answer on record; `settle` waits until the views have it."""

    desk: Desk
    act: Callable[[], LateEvidence]
    settle: Callable[[], None]

    def page(self, asker: Asker, number: int = 1) -> LatePage:
        """Decisions that evidence came late for, those that wait for a person first. One look. Raises NotPermitted."""
        desk = self.desk
        self._may(asker)
        caught_up(desk)
        rows = self._ruled(asker, touched(desk))
        rows.sort(key=lambda row: (row.state != "open", row.state == "same", -row.newest.timestamp(), row.late))
        pages = max(1, -(-len(rows) // PAGE))
        number = min(max(number, 1), pages)
        return LatePage(
            stamp=stamp(desk, asker), rows=tuple(rows[(number - 1) * PAGE : number * PAGE]), total=len(rows),
            number=number, pages=pages,
        )  # fmt: skip

    def view(self, asker: Asker, late: str) -> LateView:
        """One decision ("<MASH enquiry>@<version>"), what was known beside what came late. Raises NotPermitted, NotFound."""
        desk = self.desk
        self._may(asker)
        caught_up(desk)
        found = touched(desk, PREFIX + late)
        if not found:
            look(desk, asker, [], "late_evidence")  # in the ledger like a look that is refused
            raise NotFound(NOT_THERE)
        one = found[0]
        said = _reviewed(desk, one.row)
        own = [ref(sealed, [one.child], HUB, position) for fact, position in said for sealed in fact.items]
        items, known = items_of(desk, one.child), alerts.signals_of_all(desk, one.child)
        shown = look(desk, asker, [codes_of(f"late:{late}", one.child, one.row["position"]), *own, *items.values()],
                     "late_evidence")  # fmt: skip
        allowed = {item.item for item in shown.shown}
        if f"late:{late}" not in allowed:
            raise NotFound(NOT_THERE)
        open_to = {ident: known[ident] for ident, item in items.items() if ident in known and item.item in allowed}
        state = _state(desk, one)
        last = said[-1][0] if said else None
        return LateView(
            stamp=stamp(desk, asker, shown.ledger_position), row=told(desk, one, state),
            would=_rules(desk, one, one.found.would), would_not=_rules(desk, one, one.found.would_not),
            then=tuple(alerts.in_words(desk, open_to[each]) for each in one.found.beside if each in open_to),
            late=tuple(
                LateLine(alerts.in_words(desk, each), each.received, each.id in one.found.carried)
                for each in one.late
                if each.id in open_to
            ),
            withheld=withheld(desk, shown),
            answers=tuple(Choice(code, label) for code, label in ANSWERS.items()) if state == "open" else (),
            answered=ANSWERS.get(last.answer, last.answer) if last else "",
            answered_by=who(desk, last.by) if last else "", reason=word(last, _words(shown), "reason") if last else "",
        )  # fmt: skip

    def answer(self, asker: Asker, late: str, answer: str, why: str) -> None:
        """Say what it means for the decision; that it stands, somebody else than who decided says.

        Raises Refused naming the field, NotPermitted, NotFound.
        """
        desk = self.desk
        if not self.view(asker, late).answers:
            raise Refused("nothing that came late waits for an answer here", "answer")
        one = touched(desk, PREFIX + late)[0]
        if answer == "stands" and any(one_person(desk, each, asker.staff) for each in _deciders(desk, one.row)):
            raise Refused("somebody else than who decided says whether the decision stands", "answer")
        seen = [each.id for each in one.late]
        self.act().review(one.row["decision"], one.row["child"], seen, answer, why, asker.staff)
        self.settle()

    def backfills(self, asker: Asker) -> Backfills:
        """One report for each organisation that declared a load of history. One look. Raises NotPermitted."""
        desk = self.desk
        self._may(asker)
        caught_up(desk)
        made = []
        loaded = touched(desk, backfill=True)
        ruled = {row.late: row for row in self._ruled(asker, loaded)}
        t = late_signal
        query = (
            select(
                t.c.organisation, func.count().label("reports"), func.count(t.c.child.distinct()).label("children"),
                func.min(t.c.received).label("first"), func.max(t.c.received).label("newest"),
            )
            .where(t.c.backfill).group_by(t.c.organisation).order_by(t.c.organisation)
        )  # fmt: skip
        for row in desk.store.rows(query):
            of_it = [
                one for one in loaded
                if f"{one.row['decision'].removeprefix(PREFIX)}" in ruled
                and any(each.backfill and each.organisation == row["organisation"] for each in one.late)
            ]  # fmt: skip
            differ = [
                ruled[one.row["decision"].removeprefix(PREFIX)] for one in of_it
                if any(
                    each.id in one.found.carried and each.backfill and each.organisation == row["organisation"]
                    for each in one.late
                )
            ]  # fmt: skip
            made.append(
                Backfill(
                    organisation=row["organisation"], name=name_of(desk, row["organisation"]), reports=row["reports"],
                    children=row["children"], first=_moment(row["first"]), newest=_moment(row["newest"]),
                    touched=len(of_it), rows=tuple(differ),
                )
            )  # fmt: skip
        return Backfills(stamp=stamp(desk, asker), rows=tuple(made))

    def _ruled(self, asker: Asker, found: Sequence[Touched]) -> list[LateRow]:
        """The rows whose child this asker may know of: each is a code about that child."""
        items = {
            one.row["decision"]: codes_of(
                f"late:{one.row['decision'].removeprefix(PREFIX)}", one.child, one.row["position"]
            )
            for one in found
        }
        shown = {item.item for item in look(self.desk, asker, list(items.values()), "late_evidence").shown}
        return [
            told(self.desk, one, _state(self.desk, one)) for one in found if items[one.row["decision"]].item in shown
        ]

    def _may(self, asker: Asker) -> None:
        member = staff_of(self.desk, asker.staff)
        if not member.active or not any(may(member.roles, one) for one in NEEDS):
            raise NotPermitted("the register of staff does not let this account hear of late evidence")


def touched(desk: Desk, decision: str = "", *, backfill: bool = False) -> list[Touched]:
    """Decisions that evidence came late for, or the one named, each with what the rules would have come to.

    With `backfill`, those that a declared load of history touches, reckoned with it; without, loads of history are left out.
    """
    found = []
    rules: dict[str, list[lates.Ready]] = {}
    for row, child in _candidates(desk, decision, backfill=backfill):
        counted = alerts.signals_of_all(desk, child)
        known = alerts.signals_of(desk, row["child"], row["position"])
        came = [
            one for one in counted.values()
            if touches(one, row["at"]) and one.id not in known and (backfill or not one.backfill)
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


def waiting(desk: Desk) -> list[tuple[Touched, LateRow]]:
    """Those that wait for a person: the rules would have proposed otherwise, and nobody has looked at that yet."""
    found = [(one, _state(desk, one)) for one in touched(desk)]
    return [(one, told(desk, one, state)) for one, state in found if state == "open"]


def told(desk: Desk, one: Touched, state: str) -> LateRow:
    """One decision as a page tells it: codes and their words."""
    row = one.row
    return LateRow(
        late=row["decision"].removeprefix(PREFIX), enquiry=row["enquiry"], child=one.child, decided_at=row["at"],
        by=who(desk, row["by"]), level=alerts.level_words(desk, row["level"]),
        outcome=OUTCOMES.get(row["outcome"], row["outcome"]), edition=row["edition"], state=state,  # type: ignore[arg-type]
        what=lates.words(one.found, _words_of_rules(desk, row["edition"])), reports=len(one.late),
        since=one.late[0].received, newest=one.late[-1].received,
    )  # fmt: skip
