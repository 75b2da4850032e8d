"""What people do for a child of whom everybody spoke: a lead, a step, an assessment, a plan, a prompt, an override, a letter,
and something that did not come. Its words are canaries, and its ids are put where the walk has ids of nothing.
"""

from datetime import timedelta

from hub.domain.assessment import Judge, Write
from hub.domain.exceptional import AskOverride
from hub.domain.help import Propose
from hub.domain.help_plan import Make, Meet, Outcome, Seat, SetAction
from hub.domain.moments import london_day
from hub.domain.silence import SilenceNoticed
from hub.domain.strategy import Call, Called
from hub.views.lettering import PrepareLetter
from hub.views.models import Asker
from tests.support.partnership import wait_until
from tests.support.planted import FRONT_DOOR, Canary, Planted

HELPER, MANAGER, GUARDIAN, IG_LEAD = "staff-4fa690", "staff-e58c12", "staff-5db46e", "staff-05b8f3"
EAST, NORTH = Seat("early_help", "family_hub_east"), Seat("health_visiting", "north_team")
A_WEEK = timedelta(days=7)
THREE = ("children_social_care", "police", "health_visiting")


class Words:
    """Canaries about one child, each by what it is."""

    def __init__(self, planted: Planted, about: str) -> None:
        self._canaries, self._about = planted.canaries, about

    def hub(self, name: str, *to: str) -> str:
        """A reason that the front door gives; put to these accounts."""
        return self._canaries.named(f"{self._about}{name}", Canary("hub", "", "rationale", self._about, to))

    def helper(self, name: str, category: str = "narrative") -> str:
        """What the early-help worker writes: of that setting."""
        canary = Canary(EAST.organisation, EAST.setting, category, self._about)
        return self._canaries.named(f"{self._about}{name}", canary)


def help_around(planted: Planted, child: str, about: str) -> dict[str, str]:
    """All of it for one child, in the order in which it happens; the ids by their names in addresses.

    For no child ("") a week goes by, and what comes of it is put with the rest.
    """
    if not child:
        _a_week_goes_by(planted)
        return {}
    hub, words = planted.hub, Words(planted, about)
    screener, helper = hub.asker(FRONT_DOOR), hub.asker(HELPER)
    hub.leading.propose(screener, child, HELPER, words.hub("lead", HELPER))
    hub.leading.accept(helper, child)
    assessment = _assess(planted, helper, child, words)
    plan = _plan(planted, helper, child, words)
    rests_on = tuple(one.code for one in hub.helping.view(screener, child).evidence)[:1]
    wish = Propose(
        child=child, level=3, to=HELPER, why=words.hub("step", HELPER, FRONT_DOOR), by=FRONT_DOOR, evidence=rests_on
    )
    hub.helping.propose(screener, wish)
    prompt = hub.prompting.send(screener, child, f"{NORTH.organisation}/{NORTH.setting}", "see_child")
    planted.running.settled()
    letter = hub.lettering.prepare(
        hub.asker(MANAGER),
        PrepareLetter(
            child=child, to=child, recipient="young_person", how="met_in_person",
            verified_on=london_day(hub.clock.now()),
        ),
    )  # fmt: skip
    planted.running.settled()
    return {"assessment": assessment, "plan": plan, "prompt": prompt, "letter": letter}


def room_around(planted: Planted) -> None:
    """In the MASH enquiry: a strategy discussion that was called, and a challenge of the enquiry."""
    hub, words = planted.hub, Words(planted, "child")
    screener = hub.asker(FRONT_DOOR)
    call = Call(
        enquiry=planted.enquiry, children=(planted.child,), asked=tuple(Called(one) for one in THREE), at=hub.clock.now(),
        means="video", why=words.hub("discussion"), by=FRONT_DOOR,
    )  # fmt: skip
    planted.more["discussion"] = [hub.discussing.call(screener, call)]
    planted.running.settled()


def _assess(planted: Planted, helper: Asker, child: str, words: Words) -> str:
    asked = planted.hub.assessing
    ident = asked.begin(helper, child, "CAF")
    asked.write(
        helper, child, ident, Write(section="housing", strengths=words.helper("good"), worries=words.helper("bad"))
    )
    asked.hear(helper, child, ident, "child_said", words.helper("voice", "voice"))
    judged = Judge(
        need=2, why_need=words.helper("need", "rationale"), risk="low", why_risk=words.helper("risk", "rationale")
    )
    asked.judge(helper, child, ident, judged)
    return ident


def _plan(planted: Planted, helper: Asker, child: str, words: Words) -> str:
    planning, now = planted.hub.help_planning, planted.hub.clock.now()
    today = london_day(now)
    seats, review = (EAST, NORTH), today + timedelta(days=60)
    made = Make(team="TAF", seats=seats, family=("parent",), goal_words=words.helper("goal"), goal=3, review_on=review)
    plan = planning.make(helper, child, made)
    due = today + timedelta(days=40)
    planning.set_action(
        helper, child, plan, SetAction(what="visit", owner="health_visiting", due=due, words=words.helper("action"))
    )
    met = Meet(
        met_at=now, present=seats, family_present=True, goal=4, review_on=review, notes=words.helper("notes"),
        voice="child_said",
    )  # fmt: skip
    planning.meet(helper, child, plan, met)
    start = Outcome(stage="start", outcome="same", goal=3, why=words.helper("outcome", "rationale"))
    planning.outcome(helper, child, plan, start)
    return plan


def _a_week_goes_by(planted: Planted) -> None:
    """Nobody said yes or no to the steps, which is noticed; and the front door asks for an override of each child."""
    hub = planted.hub
    hub.clock.moved += A_WEEK  # type: ignore[attr-defined] # a clock that a test moves
    silences, overrides = [], []
    for about, child in (("child", planted.child), ("secret", planted.secret), ("relative", planted.relative)):
        if child:
            silences.append(_noticed(planted, child))
            why = Words(planted, about).hub("override", FRONT_DOOR, MANAGER, GUARDIAN, IG_LEAD)
            wish = AskOverride(
                child=child, hours=24, reason="risk_of_harm", told="increases_risk", why=why, by=FRONT_DOOR
            )
            overrides.append(hub.exceptions.ask(hub.asker(FRONT_DOOR), wish))
    planted.more |= {"silence": silences, "exception": overrides, "address": [*overrides]}
    planted.running.settled()


def _noticed(planted: Planted, child: str) -> str:
    """The silence about the step of this child, once it is on record."""

    def found() -> list[str]:
        facts = [one for one in planted.running.facts() if isinstance(one.fact, SilenceNoticed)]
        step_up = [one for one in facts if (one.fact.child, one.fact.kind) == (child, "step_up")]  # type: ignore[attr-defined]
        return [one.stream.rpartition(":")[2] for one in step_up]

    wait_until(found, what="the step that nobody answered is silent")
    return found()[0]
