"""What waits for a person: one list of tasks, each derived from what is on record. Nobody makes or ticks off a task.

A source looks at one kind of thing and says what waits, for whoever asks. Each task about a child is ruled like any code
about that child: whoever may not know of the child does not know of the task.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from hub.domain.moments import london_day
from hub.domain.staff import Permission, may
from hub.flow.disclose import ItemRef
from hub.views import families
from hub.views.asking import look, stamp
from hub.views.desk import HUB, Desk, caught_up
from hub.views.members import staff_of
from hub.views.models import Asker
from hub.views.models.tasks import Task, Tasks
from hub.views.who_is_who import survivors

PAGE = 50


class Source(NamedTuple):
    """Where tasks of some kinds come from: who may see them on the list, and what finds them."""

    needs: tuple[Permission, ...]  # any of these
    find: Callable[[Desk, Asker], Iterable[Task]]


# Kind of task -> its words as a heading. Each package adds its own beside its source.
KINDS: dict[str, str] = {}
SOURCES: list[Source] = []


def tasks(
    desk: Desk, asker: Asker, kind: str = "", number: int = 1, around: families.Around = families.nobody
) -> Tasks:
    """What waits for this asker, one page of it; with `kind`, of one kind. One look, in which each is ruled.

    Raises NotPermitted for somebody the register does not know.
    """
    caught_up(desk)
    roles = staff_of(desk, asker.staff).roles
    found = [
        task
        for source in SOURCES
        if any(may(roles, permission) for permission in source.needs)
        for task in source.find(desk, asker)
    ]
    allowed = _allowed(desk, asker, found)
    counted: dict[str, int] = {}
    for task in allowed:
        counted[task.kind] = counted.get(task.kind, 0) + 1
    wanted = sorted((task for task in allowed if kind in {"", task.kind}), key=_urgency)
    pages = max(1, -(-len(wanted) // PAGE))
    number = min(max(number, 1), pages)
    return Tasks(
        stamp=stamp(desk, asker), rows=_in_families(desk, asker, wanted[(number - 1) * PAGE : number * PAGE], around),
        total=len(wanted),
        number=number, pages=pages, kinds=tuple((KINDS.get(code, code), many) for code, many in sorted(counted.items())),
    )  # fmt: skip


def _allowed(desk: Desk, asker: Asker, found: Sequence[Task]) -> list[Task]:
    """Those whose child this asker may know of; what is about nobody stays."""
    now = survivors(desk, {task.child for task in found if task.child})
    items = {
        child: ItemRef(item=f"picture:{child}", category="codes", organisation=HUB, persons=(child,), position=0)
        for child in now.values()
    }
    shown = {item.item for item in look(desk, asker, list(items.values()), "tasks").shown} if items else set()
    return [task for task in found if not task.child or f"picture:{now[task.child]}" in shown]


def _in_families(desk: Desk, asker: Asker, found: Sequence[Task], around: families.Around) -> tuple[Task, ...]:
    """The same, each with the family whose it is, where tasks about several children who live together are on the page.

    The order stays: what is red stands first, whoever lives with whom.
    """
    now, today = survivors(desk, {task.child for task in found if task.child}), london_day(desk.clock.now())
    home = around(asker.organisation, sorted(set(now.values()))) if len(now) > 1 else families.nobody("", ())
    pairs = families.pairs(home, now.values(), today)
    if not pairs:
        return tuple(found)
    allowed = {item.item for item in look(desk, asker, [families.item(one) for one in pairs], "tasks").shown}
    family = families.groups(one for one in pairs if families.item(one).item in allowed)
    return tuple(
        replace(task, family=family[now[task.child]]) if now.get(task.child) in family else task for task in found
    )


def _urgency(task: Task) -> tuple[bool, bool, float, float]:
    due = task.due.timestamp() if task.due else float("inf")
    return not task.red, not task.overdue, due, task.since.timestamp()
