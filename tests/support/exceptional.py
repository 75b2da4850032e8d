"""A hub by hand on a working day, with the people of a front door: for tests of exceptions. Its clock is put forward."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from hub.domain.enquiry import OpenEnquiry
from hub.domain.exceptional import AskOverride, BreakTheGlass
from hub.domain.moments import LONDON
from hub.domain.staff import RegisterStaff
from hub.views.exceptions import Excepting
from hub.views.models import Asker
from hub.views.models.tasks import Task
from hub.views.tasks import tasks
from hub.views.tasks.exceptions import KINDS
from tests.support.identities import ByHand
from tests.support.partnership import RunningHub

PEOPLE = {
    "staff-officer": ("council", ("contact_officer",)), "staff-screener": ("council", ("screening_social_worker",)),
    "staff-night": ("council", ("out_of_hours_worker",)), "staff-social": ("council", ("allocated_social_worker",)),
    "staff-manager": ("council", ("mash_manager",)), "staff-manager-2": ("council", ("mash_manager",)),
    "staff-decider": ("council", ("decision_maker",)), "staff-guardian": ("partnership", ("caldicott_guardian",)),
    "staff-ig": ("partnership", ("ig_lead",)), "staff-auditor": ("partnership", ("access_auditor",)),
    "staff-police": ("police", ("navigator",)),
}  # fmt: skip
WHY = "The-canary-of-the-reason sang."


class WorkingDay:
    """A clock that stands at eleven on a Tuesday in London, after today, until a test puts it forward."""

    def __init__(self) -> None:
        day = datetime.now(LONDON) + timedelta(days=1)
        while day.weekday() != 1 or (day.month, day.day) in {(12, 25), (12, 26), (1, 1), (12, 28)}:
            day += timedelta(days=1)
        self.time = day.replace(hour=11, minute=0, second=0, microsecond=0).astimezone(UTC)

    def now(self) -> datetime:
        return self.time

    def forward(self, **by: float) -> None:
        self.time += timedelta(**by)

    def at(self, hour: int) -> None:
        """The next time that it is this hour in London."""
        local = self.time.astimezone(LONDON)
        wanted = local.replace(hour=hour, minute=0, second=0, microsecond=0)
        if wanted <= local:
            wanted += timedelta(days=1)
        self.time = wanted.astimezone(UTC)


class Front(ByHand):
    """The hub by hand, its people, and what they ask of exceptions."""

    def __init__(self, running: RunningHub, clock: WorkingDay) -> None:
        super().__init__(running)
        self.clock = clock
        self.enlist()

    def enlist(self, related: dict[str, tuple[str, ...]] | None = None) -> None:
        until = datetime.max.replace(tzinfo=UTC)
        self.hub.register_staff(
            [
                RegisterStaff(
                    staff=staff, organisation=organisation, setting="mash", roles=roles, ig_trained_until=until,
                    related=(related or {}).get(staff, ()),
                )
                for staff, (organisation, roles) in PEOPLE.items()
            ]
        )  # fmt: skip

    @property
    def exceptions(self) -> Excepting:
        return self.hub.exceptions

    def override(self, staff: str, child: str, **otherwise: Any) -> str:
        """Ask for an override; its address."""
        said: dict[str, Any] = {
            "child": child, "hours": 24, "reason": "risk_of_harm", "told": "increases_risk", "why": WHY, "by": staff,
        }  # fmt: skip
        return self.exceptions.ask(who(staff), AskOverride(**{**said, **otherwise}))

    def glass(self, staff: str, child: str, **otherwise: Any) -> str:
        """Break the glass, having just confirmed who one is; its address."""
        said: dict[str, Any] = {
            "child": child, "reason": "immediate_danger", "why": WHY, "acknowledged": True, "by": staff, "roles": (),
            "confirmed_at": self.clock.now(),
        }  # fmt: skip
        return self.exceptions.break_glass(who(staff), BreakTheGlass(**{**said, **otherwise}))

    def words(self, staff: str, child: str, enquiry: str = "") -> set[str]:
        """The organisations whose words open to this person on the child's page."""
        shown = self.hub.picture(who(staff), child, enquiry)
        return {entry.organisation for entry in shown.chronology if entry.words}

    def opened(self, child: str) -> str:
        """A MASH enquiry about this child, opened by the decision maker; its id."""
        wish = OpenEnquiry(child=child, alerts=(), ground="perceived_harm", reason="Thin.", by="staff-decider")
        return self.hub.open_enquiry(who("staff-decider"), wish)

    def tasks(self, staff: str) -> list[Task]:
        """What waits for this person because of exceptions."""
        return [one for one in tasks(self.hub._desk(), who(staff)).rows if one.kind in KINDS]

    def state(self, staff: str, address: str) -> str:
        return self.exceptions.one(who(staff), address).row.state


def who(staff: str) -> Asker:
    """One of them as who asks."""
    organisation, roles = PEOPLE[staff]
    return Asker(staff, organisation, "mash", roles)


def front(own_hub: Callable[..., RunningHub], **settings: object) -> Front:
    """Such a hub, with its views following."""
    clock = WorkingDay()
    running = own_hub(clock, **settings)
    running.start("views")
    return Front(running, clock)
