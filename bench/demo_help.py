"""What people of the demonstration do after the front door: a decision that evidence comes late for, help with its plan and
the team around the family, a step that waits for a yes, a practice audit, a draft that was tried on history.

Each is done once, by the account whose work it is, through the same doors as a page; `done` says what there is.
"""

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from bench.demo_people import MADE_UP, who
from hub.bootstrap import Hub
from hub.domain.assessment import Attach, Judge, Write
from hub.domain.concern import ConcernRecorded
from hub.domain.enquiry import FRONT_DOOR, Decide, OpenEnquiry, Step
from hub.domain.help import Propose
from hub.domain.help_plan import Make, Meet, Outcome, Seat, SetAction
from hub.domain.meeting import Call, Member
from hub.domain.moments import london_day
from hub.domain.offer import MakeOffer
from hub.domain.source_record import InvolvementChanged
from hub.views import store
from hub.views.matters import matter
from hub.views.models import Asker
from hub.views.workbench import Draw

OVER = "90d"  # what the demonstration's draft is tried on
QUORATE = 3  # organisations that the demonstration's locality panel asks for


def decide_early(hub: Hub) -> None:
    """The first child of the demonstration is decided on the first report alone; what the others knew comes late."""
    first = hub.record.read(0, 100, [ConcernRecorded.NAME])
    if not first or hub.views.rows(select(store.enquiry.c.enquiry).limit(1)):
        return
    concern = first[0].fact
    assert isinstance(concern, ConcernRecorded)  # noqa: S101 - read by that name alone
    statement = concern.statement
    record = statement.subjects[0].source_record
    child = hub.record.by_source_record([record])[record].person
    decider, today = hub.asker(who("decision_maker")), london_day(hub.clock.now())
    opened = OpenEnquiry(child=child, alerts=(), ground="perceived_harm", reason=MADE_UP, by=decider.staff)
    enquiry = hub.open_enquiry(decider, opened)
    answer = Decide(
        child=child, level=2, agrees=True, outcome="early_help", actions=("early_help_offered",), family_told=True,
        why_not_told=None, reason=MADE_UP, seen_position=hub.record.position(), by=decider.staff, view="child_said",
        child_view="I like breakfast club.", seen="alone", seen_by=statement.organisation, seen_on=today,
        plan=(Step("early_help_offered", FRONT_DOOR, today + timedelta(days=5)),),
    )  # fmt: skip
    hub.decide(decider, enquiry, answer)


def help_a_family(hub: Hub) -> None:
    """A child with whom early help and others work: somebody leads, assesses, makes a plan with a team and meets."""
    if _there(hub, "help-plan"):
        return
    child, seats = _several_at_it(hub)
    if not child:
        return
    screener, helper = hub.asker(who("screening_social_worker")), hub.asker(who("lead_professional"))
    hub.leading.propose(screener, child, helper.staff, MADE_UP)
    hub.leading.accept(helper, child)
    _assess(hub, helper, child)
    _plan(hub, helper, child, seats)
    _panel(hub, helper, child, seats)
    hub.offering.make(
        helper, MakeOffer(child=child, service="", organisation="early_help", to=("parent",), words=MADE_UP)
    )


def ask_for_a_step(hub: Hub) -> None:
    """The child who was decided early is to be taken on by early help at the level decided: asked, and not answered yet."""
    rows = hub.views.rows(select(store.enquiry.c.child).where(store.enquiry.c.state == "decided").limit(1))
    if not rows or _there(hub, "help"):
        return
    screener, child = hub.asker(who("screening_social_worker")), rows[0]["child"]
    shown = hub.helping.view(screener, child)
    up = min((one for one in hub.edition.continuum.numbers if one > shown.level), default=None)
    if up is None:
        return
    evidence = tuple(one.code for one in shown.evidence)
    wish = Propose(
        child=child, level=up, to=who("lead_professional"), why=MADE_UP, by=screener.staff, evidence=evidence
    )
    hub.helping.propose(screener, wish)


def audit_practice(hub: Hub) -> None:
    """The manager draws one decision for the practice auditor."""
    manager = hub.asker(who("mash_manager"))
    if hub.views.rows(select(store.enquiry.c.enquiry).where(store.enquiry.c.state == "decided").limit(1)) and not (
        hub.workbench.page(manager).rows
    ):
        today = london_day(hub.clock.now())
        draw = Draw(how="random", many=1, first=today, last=today, auditor=who("practice_auditor"))
        hub.workbench.draw(manager, draw)


def try_a_draft(hub: Hub) -> None:
    """The threshold owner tries the draft on the last three months."""
    owner = hub.asker(who("threshold_owner"))
    if not hub.what_ifs.page(owner).rows:
        hub.what_ifs.run(owner, OVER, progress=_unwatched)


def _unwatched(_done: int, _of: int) -> None:
    """Nobody watches a bar."""


def _several_at_it(hub: Hub) -> tuple[str, tuple[Seat, ...]]:
    """A child with whom early help and enough others for a panel work, and where; "" while there is none."""
    at_it: dict[str, dict[str, Seat]] = {}
    for one in hub.record.read(0, 1_000, [InvolvementChanged.NAME]):
        fact = one.fact
        if isinstance(fact, InvolvementChanged) and fact.setting and fact.ended is None:
            record = one.stream.partition(":")[2]
            person = hub.record.by_source_record([record])[record].person
            at_it.setdefault(person, {})[fact.organisation] = Seat(fact.organisation, fact.setting)
    for person, seats in at_it.items():
        if "early_help" in seats and len(seats) >= QUORATE:
            return person, tuple(seats[one] for one in sorted(seats))
    return "", ()


def _assess(hub: Hub, helper: Asker, child: str) -> None:
    asked = hub.assessing
    ident = asked.begin(helper, child, "CAF")
    asked.write(
        helper, child, ident,
        Write(section="housing", strengths="Made up: close to a grandmother.", worries="Made up: two rooms for five."),
    )  # fmt: skip
    asked.hear(helper, child, ident, "child_said", "Made up: I like my bed.")
    asked.attach(helper, child, ident, Attach(section="housing", tool="Safety scale", reference="A7", result="6"))
    why = "Made up for the demonstration."
    asked.judge(helper, child, ident, Judge(need=2, why_need=why, risk="low", why_risk=why))


def _plan(hub: Hub, helper: Asker, child: str, seats: tuple[Seat, ...]) -> None:
    planning, now = hub.help_planning, hub.clock.now()
    today = london_day(now)
    made = Make(
        team="TAF", seats=seats, family=("parent",), goal_words="Made up: we eat together.", goal=3,
        review_on=today + timedelta(days=42),
    )  # fmt: skip
    plan = planning.make(helper, child, made)
    due = today + timedelta(days=14)
    for what, owner in (("school_support", seats[-1].organisation), ("family_does", "family")):
        planning.set_action(helper, child, plan, SetAction(what=what, owner=owner, due=due, words=MADE_UP))
    met = Meet(
        met_at=now, present=seats, family_present=True, goal=4, review_on=today + timedelta(days=42), notes=MADE_UP,
        voice="child_said",
    )  # fmt: skip
    planning.meet(helper, child, plan, met)
    start: dict[str, Any] = {"stage": "start", "outcome": "same", "goal": 3, "why": MADE_UP}
    planning.outcome(helper, child, plan, Outcome(**start))


def _panel(hub: Hub, helper: Asker, child: str, seats: tuple[Seat, ...]) -> None:
    """A panel of those who work with the child is called for next week, and the child stands on its agenda."""
    members = tuple(Member(one.organisation, one.setting) for one in seats)
    on = london_day(hub.clock.now()) + timedelta(days=7)
    meeting = hub.convening.call(helper, Call(type="Locality panel", on=on, members=members))
    hub.convening.put(helper, meeting, child, MADE_UP)
    hub.convening.make_pack(helper, meeting)


def _there(hub: Hub, kind: str) -> bool:
    return bool(hub.views.rows(select(matter.c.stream).where(matter.c.kind == kind).limit(1)))
