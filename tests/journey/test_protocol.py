"""The protocol in a running hub: what it does not cover is neither counted nor shown, and the clause is said."""

from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from hub.domain import edition as editions
from hub.domain.concern import ConcernRuled
from hub.domain.ledger import Asked
from hub.domain.sharing import Organisation as Owner
from hub.flow.disclose import ItemRef
from hub.views.asking import look
from hub.views.models import Asker
from hub.views.models.tasks import Task
from hub.views.telling import why_withheld
from tests.journey.conftest import Mash
from tests.support.drafts import IG_LEAD
from tests.support.house import House
from tests.support.messages import a_child, concern, seen_by
from tests.support.partnership import MovedClock, Organisation, RunningHub, settings_for

ANN = a_child("Annabel", "Northway", date(2016, 3, 2))
BEN = a_child("Benedict", "Southgate", date(2019, 8, 20))
WORKER = Asker("staff-91d3b7", "children_social_care", "mash", ("decision_maker",))


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
def house(tmp_path: Path, clock: MovedClock) -> Iterator[House]:
    running = RunningHub(settings_for(tmp_path / "hub"), clock)
    yield House(running)
    running.close()


def ruling(house: House, organisation: str, ident: str) -> ConcernRuled:
    (found,) = [one.fact for one in house.running.journey(organisation, ident) if isinstance(one.fact, ConcernRuled)]
    return found


def test_a_concern_from_outside_the_parties_is_kept_and_does_not_count(house: House) -> None:
    hub = house.running.hub
    hub.add_organisation("football_club", "Football club", "sport")
    house.running.organisations["football_club"] = Organisation(hub, "football_club")

    (ours,) = house.say(concern("police", seen_by(ANN, "police")))
    (theirs,) = house.say(concern("football_club", seen_by(ANN, "football_club")))

    assert ruling(house, "police", ours).counted
    assert "N18" not in ruling(house, "police", ours).policies
    assert not ruling(house, "football_club", theirs).counted
    assert "N18" in ruling(house, "football_club", theirs).policies


def test_nothing_counts_once_the_protocol_has_run_out(house: House, clock: MovedClock) -> None:
    (before,) = house.say(concern("police", seen_by(ANN, "police")))
    clock.moved = timedelta(days=4 * 366)  # past the last day of the demo's protocol

    (after,) = house.say(concern("police", seen_by(BEN, "police")))

    assert ruling(house, "police", before).counted
    assert not ruling(house, "police", after).counted


def ends(house: House, staff: str) -> list[Task]:
    desk = house.running.hub
    return [one for one in desk.tasks(desk.asker(staff)).rows if one.kind == "protocol_ends"]


def test_who_signs_has_a_task_from_sixty_days_before_the_protocol_ends(house: House, clock: MovedClock) -> None:
    def at(day: date) -> list[Task]:
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
        clock.moved += noon - house.running.hub.clock.now()
        return ends(house, IG_LEAD)

    last = date(2029, 12, 31)
    assert at(last - timedelta(days=61)) == []
    (early,) = at(last - timedelta(days=60))
    assert (early.what, early.overdue, early.red) == (
        "The information-sharing protocol ends on 31 December 2029: publish an edition with one that goes on", False, False,
    )  # fmt: skip
    assert early.due == datetime(2030, 1, 1, tzinfo=UTC)
    (still,) = at(last)
    assert (still.key, still.overdue) == (early.key, False)
    (late,) = at(last + timedelta(days=1))
    assert (late.key, late.overdue, late.red) == (early.key, True, True)
    assert ends(house, WORKER.staff) == []


def test_a_protocol_that_has_run_out_rings_once_and_the_hub_is_not_ready_until_there_is_another(
    house: House, clock: MovedClock
) -> None:
    hub = house.running.hub
    watch = hub.watch()
    watch.turn()
    assert (hub.ready()["protocol"], hub.paged) == ("ok", [])
    clock.moved = timedelta(days=4 * 366)

    watch.turn()
    watch.turn()

    assert hub.ready()["protocol"] == (
        "the information-sharing protocol ended on 31 December 2029: nothing counts under it, publish an edition with one "
        "that holds"
    )
    assert hub.paged == ["protocol"]
    parts = deepcopy(hub.edition.parts)
    parts["protocol"]["agreed"]["valid_until"] = "2039-12-31"
    hub._append(editions.stream(2), 0, [editions.publish(2, hub.clock.now(), parts)], "person:test")
    watch.turn()
    assert (hub.ready()["protocol"], hub.paged, ends(house, IG_LEAD)) == ("ok", ["protocol"], [])


def test_what_the_protocol_does_not_cover_is_withheld_with_its_clause_and_stands_so_in_the_ledger(house: House) -> None:
    (ident,) = house.say(concern("police", seen_by(ANN, "police")))
    hub = house.running.hub
    child = house.person("police", ident)
    desk = hub._desk()
    (said,) = [one for one in house.running.journey("police", ident) if one.fact.NAME == "concern.recorded"]
    words = next(item for item in said.fact.statement.items if item.category == "narrative")  # type: ignore[attr-defined]
    police = desk.register().organisations["police"]
    owner = Owner(police.organisation, police.sector, party=False)  # it left the protocol
    item = ItemRef(
        item=words.item, category="narrative", organisation=owner, persons=(child,), position=said.position,
        sealed=words,
    )  # fmt: skip

    shown = look(desk, WORKER, [item], "test")

    assert shown.shown == ()
    assert [(one.category, one.clause) for one in shown.withheld] == [("narrative", "parties")]
    (entry,) = [one.fact for one in hub.ledger.read(shown.ledger_position - 1, 1)]
    assert isinstance(entry, Asked)
    assert [line.clause for line in entry.rulings] == ["parties"]
    assert why_withheld(desk, "pool") == (
        "Outside the information-sharing protocol, pool: What a party contributes counts in the pool, in codes and times alone"
    )


def test_the_command_says_by_which_clause_and_outside_a_demonstration_nothing_starts_without_papers(mash: Mash) -> None:
    mash("agency", "add", "police", "--name", "Police", "--sector", "police")
    asked = ("protocol", "check", "--owner", "police", "--receiver", "hub", "--purpose", "pool", "--category")

    within, outside, started = mash(*asked, "codes"), mash(*asked, "narrative", "--json"), mash("run", "relay")

    assert (within.code, within.out.startswith("Within the protocol, pool")) == (0, True)
    assert (outside.code, '"within": false, "clause": "pool"' in outside.out) == (1, True)
    assert started.code == 1
    assert "may run as a demonstration alone" in started.err
    assert "Data protection impact assessment" in started.err
    shown = mash("protocol", "show")
    assert "Demonstration only." in shown.out
