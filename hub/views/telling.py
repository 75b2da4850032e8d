"""How a page tells what a look allowed: how a child is described, who has been heard, what is withheld, who somebody is."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select

from hub.domain.errors import NotFound
from hub.domain.reasons import day_words
from hub.domain.staff import ROLES
from hub.flow.disclose import Disclosed, ItemRef
from hub.views import chronology, said_of, store
from hub.views.asking import look
from hub.views.covering import covering
from hub.views.desk import HUB, Desk, caught_up, name_of
from hub.views.members import staff_of
from hub.views.models import Asker, Coverage, Line, Withheld

NO_CHILD = "no such child, or none that you may know of"


def may_know(
    desk: Desk, asker: Asker, child: str, reason: str, items: Sequence[ItemRef] = (), enquiry: str = ""
) -> tuple[store.Row, Disclosed]:
    """Look at these items and at that the hub holds a picture of this child; the child's row, and what is shown.

    Raises NotFound unless the latter is allowed. To who may not know, and to the ledger, a look at nobody is a look
    too: a child that there is not and one that may not be known differ in nothing that the asker can see.
    """
    caught_up(desk)
    rows = desk.store.rows(select(store.person).where(store.person.c.person == child, store.person.c.kind != "adult"))
    about = [codes_of(f"picture:{child}", child, 0), *items] if rows else []
    shown = look(desk, asker, about, reason, enquiry)
    if not any(item.item == f"picture:{child}" for item in shown.shown):
        raise NotFound(NO_CHILD)
    return rows[0], shown


def coverage_of(
    desk: Desk, spoken: Sequence[said_of.Spoken], child: str = "", shown: Disclosed | None = None, enquiry: str = "",
    *, reasons: bool = False,
) -> tuple[Coverage, ...]:  # fmt: skip
    """Every party to the protocol in one of six states, as the reader of this look may know it (covering.py)."""
    return covering(desk, child, spoken, shown, enquiry, reasons=reasons).rows


def withheld(desk: Desk, shown: Disclosed) -> tuple[Withheld, ...]:
    """What is not shown and may be mentioned: with class, owner and rule, or as a number alone."""
    found = []
    for one in shown.withheld:
        if one.shown_as == "reason":
            what = chronology.words_for(one.category) + (f" ({one.items} items)" if one.items > 1 else "")
            owner = name_of(desk, one.organisation)
            found.append(Withheld(what, owner, why_withheld(desk, one.clause), one.policies))
        else:
            found.append(Withheld(f"{one.items} items" if one.items > 1 else "1 item", "", "Withheld by rule"))
    return tuple(found)


def who(desk: Desk, staff: str, upto: int | None = None) -> str:
    """A member of staff as a page names them: by role and id; the register holds no names. `upto`: as of a position."""
    roles = staff_of(desk, staff, upto).roles
    return f"{', '.join(ROLES[role].title for role in roles) or 'Somebody who left'} ({staff})"


def identity_lines(desk: Desk, described: Sequence[ItemRef], shown: Disclosed) -> tuple[Line, ...]:
    """How organisations describe the child: each value once, with who says so."""
    opened = {item.item: item for item in shown.shown}
    said: dict[tuple[str, str], list[str]] = {}
    for item in described:
        told = opened.get(item.item)
        for name, value in (told.words if told else {}).items():
            by = said.setdefault((name, str(value)), [])
            if item.organisation.id not in by:
                by.append(item.organisation.id)
    order = list(chronology.LABELS)
    lines = sorted(said.items(), key=lambda one: order.index(one[0][0]) if one[0][0] in order else len(order))
    return tuple(
        Line(
            chronology.LABELS.get(name, name), f"{_as_day(name, value)} ({', '.join(name_of(desk, one) for one in by)})"
        )
        for (name, value), by in lines
    )


def _as_day(name: str, value: str) -> str:
    """A date as people write it; any other value as it is."""
    return day_words(date.fromisoformat(value)) if name in {"birth_date", "expected_date"} else value


def codes_of(item: str, child: str, position: int) -> ItemRef:
    """Something that the hub holds about a child, as a code to rule on: that there is a picture, an enquiry, a sample."""
    return ItemRef(item=item, category="codes", organisation=HUB, persons=(child,), position=position)


def word(fact: object, words: dict[str, dict[str, str | int | float]], name: str) -> str:
    """The opened word of this name among the items of a fact; "" where it is not there or did not open."""
    held = (words[sealed.item] for sealed in getattr(fact, "items", ()) if sealed.item in words)
    return next((str(one[name]) for one in held if name in one), "")


def why_withheld(desk: Desk, clause: str) -> str:
    """Why an item is not shown, in words: outside which clause of the protocol, or by the sharing policies."""
    if not clause:
        return "By the sharing policies"
    agreed = desk.edition.agreed
    named = next((one.words for one in agreed.clause if one.id == clause), "") if agreed else ""
    return f"Outside the information-sharing protocol, {clause}" + (f": {named}" if named else "")
