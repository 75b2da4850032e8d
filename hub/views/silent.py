"""What is silent, on behalf of a person: what was expected and did not come, and when each feed was heard.

A silence about a child is ruled like any code about that child. A feed is about no child: no list of children leads from it.
Whoever works for one organisation sees what is waited for of that organisation, and of no other.
"""

from collections.abc import Callable, Sequence

from msgspec import Struct
from sqlalchemy import select

from hub.domain.errors import NotFound, NotPermitted
from hub.domain.feed import Open, rhythm, silent_from
from hub.domain.silence import ANSWERS, KINDS, SilenceAnswered, fold
from hub.domain.staff import Permission, Staff, may
from hub.domain.waiting import listening_of
from hub.flow.disclose import ItemRef
from hub.flow.silence import Silences as Act
from hub.views.asking import look, stamp
from hub.views.desk import HUB, Desk, caught_up, name_of
from hub.views.feeds import feeds
from hub.views.matters import matter
from hub.views.members import staff_of
from hub.views.models import Asker, Choice
from hub.views.models.silence import FeedRow, Feeds, SilenceRow, Silences, SilenceView
from hub.views.store import Row
from hub.views.telling import who
from hub.views.who_is_who import survivors

NOT_THERE = "no such silence, or none that you may know of"
PAGE = 50
OF_ALL: tuple[Permission, ...] = ("screen", "supervise", "quarantine")  # who hears of every organisation
OF_OWN: tuple[Permission, ...] = ("own_organisation", "answer")
COUNTS = {"always": "day", "working": "working day", "school": "school day"}


class Listening(Struct, frozen=True):
    """What pages, commands and programs ask. `act` puts it on record; `settle` waits until the views have it."""

    desk: Desk
    act: Callable[[], Act]
    settle: Callable[[], None]

    def page(self, asker: Asker, kind: str = "", number: int = 1) -> Silences:
        """The silences that stand, one page of them; with `kind`, of one kind. One look. Raises NotPermitted."""
        desk = self.desk
        member = self._member(asker)
        caught_up(desk)
        rows = _allowed(desk, asker, standing(desk, member, kind))
        pages = max(1, -(-len(rows) // PAGE))
        number = min(max(number, 1), pages)
        return Silences(
            stamp=stamp(desk, asker), rows=tuple(told(desk, row) for row in rows[(number - 1) * PAGE : number * PAGE]),
            total=len(rows), number=number, pages=pages,
            kinds=tuple(Choice(code, one.words) for code, one in KINDS.items() if _sees(member, code)),
        )  # fmt: skip

    def view(self, asker: Asker, silence: str) -> SilenceView:
        """One silence, also one that ended or was answered. Raises NotPermitted, NotFound."""
        desk = self.desk
        row = self._one(asker, silence)
        state = fold(one.fact for one in desk.record.load(row["stream"]))
        given = [one.fact for one in desk.record.load(row["stream"]) if isinstance(one.fact, SilenceAnswered)]
        return SilenceView(
            stamp=stamp(desk, asker), row=told(desk, row),
            answers=tuple(Choice(code, words) for code, words in ANSWERS.items()) if state.state == "stands" else (),
            answered=ANSWERS[given[-1].answer] if given else "",
            answered_by=who(desk, given[-1].answered_by.removeprefix("person:")) if given else "",
        )  # fmt: skip

    def answer(self, asker: Asker, silence: str, code: str) -> None:
        """Say what it was: it leaves the lists and stays on record. Raises Refused naming the field, NotPermitted, NotFound."""
        row = self._one(asker, silence)
        self.act().answer(row["stream"], code, asker.staff)
        self.settle()

    def feeds(self, asker: Asker) -> Feeds:
        """When each feed was heard, the silent ones first; of one's own organisation, or of all. Raises NotPermitted."""
        desk = self.desk
        member = self._member(asker)
        days, learned = Open(desk.edition.parts, desk.edition.calendar), listening_of(desk.edition.parts)
        now, rows = desk.clock.now(), []
        for one in feeds(desk):
            if not (_of_all(member) or one.organisation == member.organisation):
                continue
            expected, silent = rhythm(one, days, learned), silent_from(one, days, learned)
            rows.append(
                FeedRow(
                    organisation=name_of(desk, one.organisation), setting=one.setting.replace("_", " "), last=one.last,
                    every=expected.days if expected else 0, counts=COUNTS[expected.counts] if expected else "",
                    declared=expected.declared if expected else False, silent_from=silent,
                    silent=silent is not None and silent <= now,
                )
            )  # fmt: skip
        rows.sort(key=lambda row: (not row.silent, row.organisation, row.setting))
        return Feeds(stamp=stamp(desk, asker), rows=tuple(rows))

    def _member(self, asker: Asker) -> Staff:
        member = staff_of(self.desk, asker.staff)
        if not member.active or not any(may(member.roles, one) for one in (*OF_ALL, *OF_OWN)):
            raise NotPermitted("the register of staff does not let this account hear of silences")
        return member

    def _one(self, asker: Asker, silence: str) -> Row:
        member = self._member(asker)
        caught_up(self.desk)
        query = select(matter).where(
            matter.c.kind == "silence", matter.c.stream.endswith(f":{silence}", autoescape=True)
        )
        rows = [row for row in self.desk.store.rows(query) if _may_hear(member, row)]
        if not _allowed(self.desk, asker, rows):
            raise NotFound(NOT_THERE)
        return rows[0]


def standing(desk: Desk, member: Staff, kind: str = "") -> list[Row]:
    """The rows of what stands that this person's roles hear of, the oldest first; who is whose is ruled by the look."""
    query = select(matter).where(matter.c.kind == "silence", matter.c.state == "stands")
    query = query.where(matter.c.what == kind) if kind else query
    return [row for row in desk.store.rows(query.order_by(matter.c.due, matter.c.stream)) if _may_hear(member, row)]


def silences_of(desk: Desk, names: Sequence[str]) -> list[str]:
    """The streams of every silence about whoever has one of these names, also of those that ended."""
    query = select(matter.c.stream).where(matter.c.kind == "silence", matter.c.child.in_(names))
    return [row["stream"] for row in desk.store.rows(query.order_by(matter.c.position))]


def told(desk: Desk, row: Row) -> SilenceRow:
    """One silence as a page tells it: codes and their words."""
    kind = KINDS.get(row["what"])
    return SilenceRow(
        silence=row["stream"].rpartition(":")[2], kind=row["what"], what=kind.words if kind else row["what"],
        state=row["state"], child=row["child"], of=_party(desk, row), due=row["due"], noticed=row["opened_at"],
        task=kind.task if kind else "",
    )  # fmt: skip


def _party(desk: Desk, row: Row) -> str:
    if not row["organisation"]:
        return ""
    whole = name_of(desk, row["organisation"])
    return f"{whole}: {row['setting'].replace('_', ' ')}" if row["setting"] else whole


def _of_all(member: Staff) -> bool:
    return any(may(member.roles, one) for one in OF_ALL)


def _sees(member: Staff, kind: str) -> bool:
    return kind in KINDS and any(may(member.roles, one) for one in KINDS[kind].sees)


def _may_hear(member: Staff, row: Row) -> bool:
    """By role, and, for who works for one organisation, of that organisation alone."""
    if not _sees(member, row["what"]):
        return False
    whole = any(may(member.roles, one) for one in KINDS[row["what"]].sees if one in OF_ALL)
    mine = row["organisation"] == member.organisation
    own_setting = not row["setting"] or row["setting"] == member.setting or may(member.roles, "own_organisation")
    return whole or (mine and own_setting)


def _allowed(desk: Desk, asker: Asker, rows: Sequence[Row]) -> list[Row]:
    """Those about nobody, and those whose child this asker may know of, ruled in one look."""
    now = survivors(desk, {row["child"] for row in rows if row["child"]})
    items = {
        child: ItemRef(item=f"picture:{child}", category="codes", organisation=HUB, persons=(child,), position=0)
        for child in now.values()
    }
    shown = {item.item for item in look(desk, asker, list(items.values()), "tasks").shown} if items else set[str]()
    return [row for row in rows if not row["child"] or f"picture:{now[row['child']]}" in shown]
