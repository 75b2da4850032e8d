"""Decisions and what came late for them, on behalf of a person: what the rules would have proposed, never who was wrong.

It is reckoned anew from the record whenever somebody asks: the rules of the edition that the decision was made under, over
what counted for the child at its position, and over that with what came late. So there is one task for a decision, whatever
comes in whatever order, and none where nothing came.
"""

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from hub.domain.enquiry import EnquiryDecided
from hub.domain.errors import NotFound, NotPermitted, Refused
from hub.domain.late import ANSWERS, Proposal
from hub.domain.staff import Permission, may
from hub.flow.disclose import ItemRef, ref
from hub.flow.hindsight import LateEvidence
from hub.views import alerts
from hub.views.accounts import one_person
from hub.views.asking import look, stamp, would_open
from hub.views.desk import HUB, Desk, caught_up, name_of
from hub.views.members import everybody, staff_of
from hub.views.models import Asker, Choice
from hub.views.models.late import Backfill, Backfills, LateLine, LatePage, LateRow, LateRule, LateView
from hub.views.rests_on import RESTS, items_of
from hub.views.telling import codes_of, who, withheld, word
from hub.views.touched import Touched, as_known, reviews, state_of, told, touched, waiting, words_of_rules

NOT_THERE = "no such decision, or none that evidence came late for and that you may know of"
NEEDS: tuple[Permission, ...] = ("decide", "supervise")
PAGE = 50
CODE = "late:"


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
        rows = [row for _, row in ruled(desk, asker, touched(desk), "late_evidence")]
        rows.sort(key=lambda row: (row.state != "open", row.state == "same", -row.newest.timestamp(), row.late))
        pages = max(1, -(-len(rows) // PAGE))
        number = min(max(number, 1), pages)
        return LatePage(
            stamp=stamp(desk, asker), rows=tuple(rows[(number - 1) * PAGE : number * PAGE]), total=len(rows),
            number=number, pages=pages,
        )  # fmt: skip

    def view(self, asker: Asker, late: str) -> LateView:
        """One decision ("<MASH enquiry>@<version>"), what was known beside what came late. Raises NotPermitted, NotFound."""
        return self._view(asker, late)[0]

    def _view(self, asker: Asker, late: str) -> tuple[LateView, Touched]:
        desk = self.desk
        self._may(asker)
        caught_up(desk)
        found = touched(desk, late)
        if not found:
            look(desk, asker, [], "late_evidence")  # in the ledger like a look that is refused
            raise NotFound(NOT_THERE)
        one = found[0]
        said = reviews(desk, one.row)
        own = [ref(sealed, [one.child], HUB, position) for fact, position in said for sealed in fact.items]
        items, known = items_of(desk, one.child), alerts.signals_of_all(desk, one.child)
        itself = _code(one)
        shown = look(desk, asker, [itself, *own, *items.values()], "late_evidence")
        allowed = {item.item for item in shown.shown}
        one = as_known(desk, one, {ident for ident, item in items.items() if item.item not in allowed})
        if itself.item not in allowed or not one.late:
            raise NotFound(NOT_THERE)
        open_to = {ident: known[ident] for ident, item in items.items() if ident in known and item.item in allowed}
        words = {item.item: item.words for item in shown.shown}
        state = state_of(desk, one)
        last = said[-1][0] if said else None
        view = LateView(
            stamp=stamp(desk, asker, shown.ledger_position), row=told(desk, one, state),
            would=_rules(desk, one, one.found.would), would_not=_rules(desk, one, one.found.would_not),
            again=_rules(desk, one, one.found.again),
            then=tuple(alerts.in_words(desk, open_to[each]) for each in one.found.beside if each in open_to),
            late=tuple(
                LateLine(alerts.in_words(desk, each), each.received, each.id in one.found.carried) for each in one.late
                if each.id in open_to
            ),
            withheld=withheld(desk, shown),
            answers=tuple(Choice(code, label) for code, label in ANSWERS.items()) if state == "open" else (),
            answered=ANSWERS.get(last.answer, last.answer) if last else "",
            answered_by=who(desk, last.by) if last else "", reason=word(last, words, "reason") if last else "",
        )  # fmt: skip
        return view, one

    def answer(self, asker: Asker, late: str, answer: str, why: str, read: str) -> None:
        """Say what it means for the decision: somebody else than who decided, or agreed to it.

        `read` names what had come late when the page was read (`LateRow.read`): what came since is read first. Raises
        Refused naming the field, NotPermitted, NotFound.
        """
        desk = self.desk
        view, one = self._view(asker, late)
        if not view.answers:
            raise Refused("nothing that came late waits for an answer here", "answer")
        if one.read != read:
            raise Refused("more came late since you opened this: read it, then answer", "stale")
        if any(one_person(desk, each, asker.staff) for each in deciders(desk, one.row["decision"])):
            raise Refused("somebody else than who decided says what it means for the decision", "answer")
        seen = [each.id for each in one.late]
        self.act().review(one.row["decision"], one.row["child"], seen, answer, why, asker.staff)
        self.settle()

    def backfills(self, asker: Asker) -> Backfills:
        """One report for each organisation whose declared load of history touches a decision. One look. Raises NotPermitted.

        Of the decisions whose child this asker may know of alone, its numbers too.
        """
        desk = self.desk
        self._may(asker)
        caught_up(desk)
        loaded = touched(desk, backfill=True)
        known = ruled(desk, asker, loaded, "late_evidence")
        rows = {row.late: row for _, row in known}
        of_organisation: dict[str, list[Touched]] = {}
        for one, _ in known:
            for organisation in {each.organisation for each in one.late if each.backfill}:
                of_organisation.setdefault(organisation, []).append(one)
        return Backfills(
            stamp=stamp(desk, asker),
            rows=tuple(
                _report(name_of(desk, organisation), organisation, found, rows)
                for organisation, found in sorted(of_organisation.items())
            ),
        )

    def open_decisions(self) -> list[tuple[LateRow, tuple[str, ...]]]:
        """Decisions that wait for a person, each with the ids of what came late: for the hub itself, which shows nobody."""
        return [(told(self.desk, one, "open"), tuple(each.id for each in one.late)) for one in waiting(self.desk)]

    def _may(self, asker: Asker) -> None:
        member = staff_of(self.desk, asker.staff)
        if not member.active or not any(may(member.roles, one) for one in NEEDS):
            raise NotPermitted("the register of staff does not let this account hear of late evidence")


def closed_to_deciders(desk: Desk, waits: Sequence[Touched]) -> list[Touched]:
    """Of decisions that wait for a person, those that nobody who decides may open now: on no list of theirs they stand."""
    left = {one.late_id: one for one in waits}
    for member in everybody(desk) if left else ():
        if left and member.active and any(may(member.roles, one) for one in NEEDS):
            for item in would_open(desk, member, [_code(one) for one in left.values()], "tasks"):
                del left[item.removeprefix(CODE)]
    return [*left.values()]


def ruled(
    desk: Desk, asker: Asker, found: Sequence[Touched], reason: str, *, keeps: bool = False
) -> list[tuple[Touched, LateRow]]:
    """Those whose child this asker may know of, as though what is closed to them had not come, and the row of each. One look.

    A decision is a code about its child; each report is ruled by itself: of what is not open not even the number is told.
    `keeps`: they come as who goes through exceptions, and hear that it is so.
    """
    own = {one.late_id: _code(one) for one in found}
    rests: dict[str, dict[str, ItemRef]] = {}
    for child in dict.fromkeys(one.child for one in found):
        rests[child] = {
            ident: replace(item, item=f"{RESTS}{child}:{ident}") for ident, item in items_of(desk, child).items()
        }
    every = [*own.values(), *(item for held in rests.values() for item in held.values())]
    if keeps:
        every = [replace(one, category="ledger", kind="exception") for one in every]
    shown = {item.item for item in look(desk, asker, every, reason, purpose="access_audit" if keeps else None).shown}
    rows = []
    for one in found:
        if own[one.late_id].item in shown:
            closed = {ident for ident, item in rests[one.child].items() if item.item not in shown}
            here = as_known(desk, one, closed)
            rows += [(here, told(desk, here, state_of(desk, here)))] if here.late else []
    return rows


def _code(one: Touched) -> ItemRef:
    """That evidence came late for a decision, as a code about its child."""
    return codes_of(CODE + one.late_id, one.child, one.row["position"])


def _report(name: str, organisation: str, found: Sequence[Touched], ruled: Mapping[str, LateRow]) -> Backfill:
    """What a declared load of history of one organisation touches."""
    brought = {
        one.late_id: {each.id: each for each in one.late if each.backfill and each.organisation == organisation}
        for one in found
    }
    reports = {(one.child, ident): each for one in found for ident, each in brought[one.late_id].items()}
    came = [each.received for each in reports.values()]
    return Backfill(
        organisation=organisation, name=name, reports=len(reports), children=len({one.child for one in found}),
        first=min(came), newest=max(came), touched=len(found),
        rows=tuple(ruled[one.late_id] for one in found if not brought[one.late_id].keys().isdisjoint(one.found.carried)),
    )  # fmt: skip


def _rules(desk: Desk, one: Touched, found: Sequence[Proposal]) -> tuple[LateRule, ...]:
    words = words_of_rules(desk, one.row["edition"])
    return tuple(
        LateRule(each.rule, words.get(each.rule, each.rule), alerts.level_words(desk, each.level), each.version[:12])
        for each in found
    )


def deciders(desk: Desk, decision: str) -> list[str]:
    """Who made a decision ("<stream>@<version>"), and who agreed to it."""
    stream, _, version = decision.rpartition("@")
    fact = desk.record.load(stream, upto=int(version))[-1].fact
    return [one for one in (fact.decided_by, fact.approved_by) if one] if isinstance(fact, EnquiryDecided) else []
