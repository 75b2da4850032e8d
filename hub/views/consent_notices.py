"""Notices about consent as they are read: by the organisation that must stop, and by whoever waits for its answer.

To an organisation a notice is a code of its own about somebody: ruled like any other, so nobody reads of their own family.
"""

from collections.abc import Iterable

from sqlalchemy import select

from hub.domain.notice import NoticeAcknowledged, NoticeSent
from hub.flow.consent import CONSENT_NOTICES
from hub.flow.disclose import ItemRef
from hub.views import consent_words as words
from hub.views import store
from hub.views.asking import look
from hub.views.chronology import words_for
from hub.views.desk import Desk, name_of, organisation_of
from hub.views.matters import matter
from hub.views.members import staff_of
from hub.views.models import Asker, Line
from hub.views.models import consent as models

MOST = 200


def rows_of(
    desk: Desk, *, organisation: str = "", children: Iterable[str] = (), waiting: bool = False
) -> list[store.Row]:
    """Notices about consent, newest first: to this organisation, about these children, or all; `waiting` for those that
    nobody has acknowledged.
    """
    query = select(matter).where(matter.c.kind == "notice", matter.c.what.in_(CONSENT_NOTICES))
    if organisation:
        query = query.where(matter.c.organisation == organisation)
    if children:
        query = query.where(matter.c.child.in_(sorted(children)))
    if waiting:
        query = query.where(matter.c.state == "waits")
    return desk.store.rows(query.order_by(matter.c.position.desc()).limit(MOST))


def own(desk: Desk, asker: Asker, *, waiting: bool = False) -> list[store.Row]:
    """Those to the asker's own organisation of which they may know. One look."""
    member = staff_of(desk, asker.staff)
    rows = rows_of(desk, organisation=member.organisation, waiting=waiting)
    owner = organisation_of(desk, member.organisation)
    items = [
        ItemRef(
            item=row["stream"], category="codes", organisation=owner, setting=member.setting, kind="consent",
            persons=(row["child"],) if row["child"] else (), position=row["position"],
        )
        for row in rows
    ]  # fmt: skip
    allowed = {one.item for one in look(desk, asker, items, "notices").shown}
    return [row for row in rows if row["stream"] in allowed]


def told(desk: Desk, rows: Iterable[store.Row]) -> tuple[models.Notice, ...]:
    """These notices in words: those that wait first, the longest due first."""
    made = [_notice(desk, row) for row in rows]
    return tuple(sorted(made, key=lambda one: (one.acknowledged_at is not None, one.due or one.sent_at)))


def _notice(desk: Desk, row: store.Row) -> models.Notice:
    history = desk.record.load(row["stream"])
    sent = history[0].fact
    codes = sent.codes if isinstance(sent, NoticeSent) else ()
    done = next((one.envelope.known_at for one in history if isinstance(one.fact, NoticeAcknowledged)), None)
    overdue = done is None and row["due"] is not None and row["due"] < desk.clock.now()
    return models.Notice(
        id=row["stream"].partition(":")[2], organisation=name_of(desk, row["organisation"]),
        what=words.NOTICES[row["what"]], about=sent.about if isinstance(sent, NoticeSent) else "",
        codes=tuple(_line(name, value) for name, value in codes), sent_at=row["opened_at"], due=row["due"],
        overdue=overdue, acknowledged_at=done,
    )  # fmt: skip


def _line(name: str, value: str) -> Line:
    if name == "service":
        return Line("Service", value.replace("_", " "))
    if name == "effect":
        return Line("What to do", words.EFFECTS.get(value, value))
    return Line(words.RESTING.get(name, name), ", ".join(words_for(one) for one in value.split(",")))
