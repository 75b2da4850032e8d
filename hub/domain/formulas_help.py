"""How measures of help are worked out: teams around a family on a day, and whether what was reached held.

An outcome held where, for so long after the plan was closed, nobody stepped up and no MASH enquiry was opened: what is on
record, and no opinion. What people said of it at each stage stands beside.
"""

from collections import defaultdict
from datetime import date

from hub.domain.help_plan import OUTCOMES, STAGE_WORDS, SUSTAINED_MONTHS, months_after
from hub.domain.measuring import Cell, Happened, History, Span, day_of

FEWEST_TOGETHER = 2  # organisations; with fewer nobody sits around a family
NEVER_WAS = "entered_in_error"


def teams(h: History, span: Span, of: str) -> tuple[Cell, ...]:
    """Children with a plan of help at the end of the period, and how many of them with two organisations in its team."""
    open_: dict[str, Happened] = {}
    for one in h.of("plan", "plan_closed"):
        if one.at < span.end:
            if one.kind == "plan" and of in {"", one.what}:
                open_[one.ref] = one
            elif one.kind == "plan_closed":
                open_.pop(one.ref, None)
    whole = tuple(dict.fromkeys(h.now(one.child) for one in open_.values()))
    together = {h.now(one.child) for one in open_.values() if one.level >= FEWEST_TOGETHER}
    return (
        Cell(name="With a team around them", children=tuple(one for one in whole if one in together), of=whole),
        Cell(name="With a plan of help", children=whole),
    )


def held(h: History, span: Span, of: str) -> tuple[Cell, ...]:
    """Plans whose six, and whose twelve, months after the close ended in the period: how many held; and what people said."""
    del of
    again = _again(h)
    rows = []
    for months in (SUSTAINED_MONTHS, SUSTAINED_MONTHS // 2):
        counted, kept = [], []
        for one in _closed(h):
            child, closed = h.now(one.child), day_of(one.at)
            ends = months_after(closed, months)
            if span.first <= ends <= span.last:
                counted.append(child)
                since = [day for position, day in again[child] if position > one.position and day <= ends]
                kept += [] if since else [child]
        rows.append(Cell(name=f"Held for {months} months", children=tuple(kept), of=tuple(counted)))
    said = [one for one in h.of("outcome") if span.holds(one.at)]
    for stage, words in STAGE_WORDS.items():
        those = [one for one in said if one.more == stage]
        better = tuple(h.now(one.child) for one in those if one.what == "better")
        whole = tuple(h.now(one.child) for one in those)
        rows.append(Cell(name=f"{words}: {OUTCOMES['better'].lower()}, as somebody said", children=better, of=whole))
    return tuple(rows)


def _closed(h: History) -> list[Happened]:
    """Plans that were closed, each once."""
    return [one for one in {one.ref: one for one in h.of("plan_closed")}.values() if one.what != NEVER_WAS]


def _again(h: History) -> dict[str, list[tuple[int, date]]]:
    """For each child where and on which days somebody stepped up, or a MASH enquiry was opened."""
    found: dict[str, list[tuple[int, date]]] = defaultdict(list)
    before: dict[str, int] = {}
    for one in h.of("level", "opened"):
        child = h.now(one.child)
        if one.kind == "opened":
            found[child].append((one.position, day_of(one.at)))
            continue
        if one.level > before.get(child, h.ladder.lowest):
            found[child].append((one.position, day_of(one.at)))
        before[child] = one.level or h.ladder.lowest
    return found
