"""What the people of `mash demo --once` find on their pages: each line is read as an account reads it, from the same views."""

from typing import Any

from msgspec import Struct
from sqlalchemy import select

from bench.demo_help import OVER
from bench.demo_people import who
from hub.bootstrap import Hub
from hub.views.matters import matter
from hub.views.measuring import Asked

MEASURE = "waiting"  # which measure is read


class Shown(Struct, frozen=True):
    """Lines to read, and the same as numbers for programs."""

    lines: tuple[str, ...]
    figures: dict[str, Any]


def shown(hub: Hub) -> Shown:
    """Help, silence, late evidence, a what-if and a measure, as those whose work it is see them."""
    lines = [_help(hub), *_late(hub), _silent(hub), *_tried(hub), _measured(hub)]
    return Shown(tuple(text for text, _ in lines), {name: value for _, each in lines for name, value in each.items()})


Line = tuple[str, dict[str, Any]]


def _help(hub: Hub) -> Line:
    helper = hub.asker(who("lead_professional"))
    child = hub.views.rows(select(matter.c.child).where(matter.c.kind == "help-plan").limit(1))[0]["child"]
    plan = hub.help_planning.page(helper, child).rows[0]
    (assessment,) = hub.assessing.page(helper, child).rows
    asked, meetings = len(hub.helping.mine(helper).rows), len(hub.convening.page(helper).coming)
    offers = len(hub.offering.view(helper, child).rows)
    text = (
        f"Help: an assessment with {assessment.written} of {assessment.sections} sections written; a plan of a "
        f"{plan.team} of {len(plan.seats)} settings and the family, {len(plan.actions)} actions, met "
        f"{len(plan.met)} time; {offers} offer to the family; {meetings} panel called with its pack; {asked} step that waits "
        "for a yes"
    )
    return text, {"plans": 1, "assessments": 1, "offers": offers, "meetings": meetings, "steps_waiting": asked}


def _late(hub: Hub) -> list[Line]:
    rows = hub.hindsight.page(hub.asker(who("mash_manager"))).rows
    return [(f"Late evidence: {row.what}", {"late": len(rows)}) for row in rows[:1]]


def _silent(hub: Hub) -> Line:
    rows = hub.listening.page(hub.asker(who("mash_manager"))).rows
    return "Silence: " + "; ".join(f"{row.what} ({row.of})" for row in rows), {"silences": len(rows)}


def _tried(hub: Hub) -> list[Line]:
    rows = hub.what_ifs.page(hub.asker(who("threshold_owner"))).rows
    return [
        (
            f"What-if over {OVER}: {row.before} alerts by the edition in force, {row.after} by the draft",
            {"what_ifs": len(rows)},
        )
        for row in rows[:1]
    ]


def _measured(hub: Hub) -> Line:
    view = hub.measuring.view(hub.asker(who("mash_manager")), MEASURE, Asked())
    told = ", ".join(f"{one.name} {'fewer than 5' if one.number is None else one.number}" for one in view.figures[:3])
    return f"Measure, {view.row.words}: {told}; at position {view.position}", {"measures": len(view.figures)}
