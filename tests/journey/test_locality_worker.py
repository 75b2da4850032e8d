"""A police community support officer in a locality hub: a narrower role than that of the police at the front door."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from hub.domain.errors import NotPermitted
from hub.domain.staff import ROLES, RegisterStaff
from hub.views.models import Asker
from policies.partnerships import load_partnership
from tests.support.asking import POLICE, Front
from tests.support.messages import concern, moment, seen_by
from tests.support.partnership import RunningHub, settings_for

OFFICER, HUB = "staff-officer", "children_first_hub"


@pytest.fixture
def running(tmp_path: Path) -> Iterator[RunningHub]:
    made = RunningHub(settings_for(tmp_path / "data"))
    made.start("intake", "views")
    until = made.hub.clock.now() + timedelta(days=99)
    officer = RegisterStaff(
        staff=OFFICER, organisation="police", setting=HUB, roles=(role_of("PCSO"),), ig_trained_until=until
    )
    made.hub.register_staff([officer])
    yield made
    made.close()


def role_of(name: str) -> str:
    """The hub's role for what Wakefield calls somebody by this name or alias."""
    (found,) = [
        one["role"]
        for one in load_partnership("wakefield")["partnership"]["roles"]
        if name in (one["name"], *one["aliases"])
    ]
    return str(found)


def test_the_role_opens_less_than_any_of_the_front_door() -> None:
    narrow, front = ROLES[role_of("PCSO")], ROLES["navigator"]
    assert not narrow.may & {"picture", "worklist", "screen", "decide", "identity", "consent", "answer"}
    assert "own_organisation" in front.groups
    assert narrow.groups == {"practitioner", "own_setting"}


def test_an_officer_sees_what_their_own_hub_sent_and_neither_the_child_nor_what_the_police_sent_besides(
    running: RunningHub,
) -> None:
    front = Front(running)  # the police have spoken of the child, from no hub
    running.say(concern("police", seen_by(front.like, "police", "domestic_abuse_incident"), at=moment(1), setting=HUB))
    running.settled(alerts=False)
    hub, officer = front.hub, front.who(OFFICER)
    assert officer == Asker(OFFICER, "police", HUB, ("locality_worker",))
    assert [row.setting for row in hub.sent(officer)] == [HUB]
    assert len(hub.sent(front.who(POLICE))) == 2
    for look in (
        lambda: hub.chronology(officer, front.child), lambda: hub.helping.view(officer, front.child),
        lambda: hub.help_planning.page(officer, front.child),
    ):  # fmt: skip
        with pytest.raises(NotPermitted):
            look()
    assert [row for row in hub.tasks(officer).rows if row.child] == []
