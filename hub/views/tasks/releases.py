"""What waits of an owner who corrected what it had released: those who had it were told, and do not have what stands now."""

from collections.abc import Iterator

from sqlalchemy import literal, select

from hub.domain.release import fold, stream
from hub.views import said_of, store
from hub.views.covering import of_others
from hub.views.desk import Desk
from hub.views.matters import matter
from hub.views.matters_requests import released
from hub.views.members import staff_of
from hub.views.models import Asker
from hub.views.models.tasks import Task
from hub.views.releasing import theirs
from hub.views.tasks import KINDS, SOURCES, Source

KINDS |= {"release_corrected": "You corrected what you had released: release what stands now, or close it"}


def corrected(desk: Desk, asker: Asker) -> Iterator[Task]:
    """Statements of the asker's own that were released and corrected since, until the correction is released too to
    whoever has the old one, or the old one is closed. About nobody: the page says of whom.
    """
    member = staff_of(desk, asker.staff)
    of, after = released, store.superseded
    query = (
        select(of.c.item, of.c.organisation, of.c.known_at, after.c.message)
        .join(after, of.c.said == literal("message:").concat(after.c.message).concat("@1"))
        .where(of.c.open.is_(True), of.c.owner == member.organisation)
    )
    rows = desk.store.rows(query)
    since = said_of.newer(desk, {row["message"] for row in rows})
    waits: dict[str, set[str]] = {}
    for row in rows:
        if since[row["message"]].how == "corrected" and _mine(desk, asker, row["item"]):
            waits.setdefault(since[row["message"]].newest, set()).add(row["organisation"])
    for newest, organisations in waits.items():
        said = f"message:{newest}@1"
        known = select(of.c.organisation).where(of.c.said == said, of.c.open.is_(True))
        has = {row["organisation"] for row in desk.store.rows(known)}
        if not organisations <= has:
            yield Task(
                kind="release_corrected", key=said, href=f"/releases/{said}", what="You corrected what you had released",
                since=desk.record.load(f"message:{newest}", upto=1)[0].envelope.known_at,
            )  # fmt: skip


def _mine(desk: Desk, asker: Asker, item: str) -> bool:
    """Whether an item is this person's to release: of their organisation or setting, and about none of their family."""
    member = staff_of(desk, asker.staff)
    rows = desk.store.rows(select(matter).where(matter.c.stream == stream(item)))
    state = fold(item, (one.fact for one in desk.record.load(stream(item))))
    whose = {"organisation": state.owner, "setting": state.setting}
    return bool(of_others(desk, rows, member.related)) and theirs(whose, member)


SOURCES.append(Source(("answer",), corrected))
