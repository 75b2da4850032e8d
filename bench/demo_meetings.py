"""Meetings of the demonstration: a panel that decides about a child who is helped, the next one called, a conversation.

Done once, by the account whose work it is, through the same doors as a page.
"""

from datetime import timedelta

from sqlalchemy import select

from bench.demo_people import MADE_UP, who
from hub.bootstrap import Hub
from hub.domain.agenda import Decide
from hub.domain.attendance import Present
from hub.domain.meeting import Call, Hold, Member, Talk
from hub.domain.moments import london_day
from hub.views.matters import matter

SEATS = (
    Member("early_help", "family_hub_east"), Member("health_visiting", "north_team"),
    Member("school_a", "school_a_primary_01"), Member("police", "safeguarding_unit"),
)  # fmt: skip


def hold_a_panel(hub: Hub) -> None:
    """Once a child has a plan of help: a locality panel with its pack, held and deciding; the next one, with an agenda."""
    plans = hub.views.rows(
        select(matter.c.child).where(matter.c.kind == "help-plan", matter.c.state == "open").limit(1)
    )
    if not plans or hub.views.rows(select(matter.c.stream).where(matter.c.kind == "meeting").limit(1)):
        return
    known = hub.register().organisations
    seats = tuple(one for one in SEATS if one.organisation in known)
    asked, child, today = hub.convening, plans[0]["child"], london_day(hub.clock.now())
    helper = hub.asker(who("lead_professional"))
    first = asked.call(helper, Call(type="Locality panel", on=today, members=seats))
    asked.put(helper, first, child, MADE_UP)
    asked.make_pack(helper, first)
    there = tuple(
        Present(
            one.organisation, one.organisation != "police", "", "not_available" if one.organisation == "police" else ""
        )
        for one in seats
    )
    asked.hold(helper, first, Hold(on=today, present=there, family_present=False))
    said = Decide(outcome="help_offered", owner="early_help", due=today + timedelta(days=14), notes=MADE_UP)
    asked.decide(helper, first, child, said)
    coming = asked.call(helper, Call(type="Locality panel", on=today + timedelta(days=14), members=seats))
    asked.put(helper, coming, child, MADE_UP)
    talk = Talk(type="Local conversation", on=today, members=seats[:2], family_present=False)
    asked.talk(helper, child, talk, Decide(outcome="no_further", notes=MADE_UP), MADE_UP)
