"""Numbers that lists lead from, and whoever is hidden from the reader: a list taken from its figure tells of nobody."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from hub.adapters.signin import DEMO_ACCOUNTS
from hub.domain.person import RestrictionSet
from hub.domain.staff import RegisterStaff
from hub.views.measure_tables import table
from hub.views.measuring import Asked
from tests.support.asking import MANAGER, SCREENER, Front
from tests.support.partnership import RunningHub, settings_for

ACCESS_AUDITOR = "staff-a37d05"


@pytest.fixture(scope="module")
def fronts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Front]]:
    """Seven children who wait; the screener is the first one's family, and the second one's identity is restricted."""
    running = RunningHub(settings_for(tmp_path_factory.mktemp("data")))
    running.start("intake", "views", "relay")
    made = [Front(running) for _ in range(7)]
    yield made
    running.close()


def hide(fronts: list[Front]) -> None:
    hub, screener = fronts[0].hub, next(one for one in DEMO_ACCOUNTS if one.staff == SCREENER)
    restriction = RestrictionSet(restricted=True, ground="protected_person", readers=(), decision="")
    stream = f"person:{fronts[1].child}"
    hub._append(stream, hub.record.versions([stream])[stream], [restriction], "service:test")
    hub.register_staff(
        [
            RegisterStaff(
                staff=SCREENER, organisation=screener.organisation, setting=screener.setting, roles=screener.roles,
                ig_trained_until=datetime.max.replace(tzinfo=UTC), related=(fronts[0].child,),
            )
        ]
    )  # fmt: skip
    fronts[0].running.settled(alerts=False)


def test_who_has_lists_is_told_figures_without_whoever_must_leave_no_trace_on_them(fronts: list[Front]) -> None:
    asked, who = fronts[0].hub.measuring, fronts[0].who
    position = asked.view(who(SCREENER), "waiting", Asked()).position
    assert [asked.view(who(one), "waiting", Asked()).figures[0].number for one in (SCREENER, MANAGER)] == [7, 7]
    assert len(table(asked, who(MANAGER), "contacts", Asked())[1]) == 7
    hide(fronts)
    told = {
        one: asked.view(who(one), "waiting", Asked(position=position)) for one in (SCREENER, MANAGER, ACCESS_AUDITOR)
    }
    assert {one: (view.figures[0].number, view.everybody) for one, view in told.items()} == {
        SCREENER: (5, False), MANAGER: (6, False), ACCESS_AUDITOR: (7, True),
    }  # fmt: skip
    for one in (SCREENER, MANAGER):
        rows = asked.listing(who(one), "waiting", 0, Asked(position=position)).rows
        assert len(rows) == told[one].figures[0].number
        account = asked.account(who(one), Asked(position=position))
        assert next(each for each in account.rows if each.row.id == "waiting").figures == told[one].figures
    assert len(table(asked, who(MANAGER), "contacts", Asked())[1]) == 6
