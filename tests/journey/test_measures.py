"""Measures through the front door: at a position, the children behind one for who may know, series loaded and undone."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from hub.bootstrap import open_hub
from hub.domain.errors import NotFound, NotPermitted, Refused
from hub.domain.moments import london_day
from hub.views.measure_tables import CONTACTS, table
from hub.views.measuring import Asked
from tests.support.asking import CANARY, DECIDER, LEAD, MANAGER, POLICE, SCREENER, Front
from tests.support.enquiries import decision
from tests.support.partnership import RunningHub, settings_for
from tests.support.site import Site

AUDITOR = "staff-a37d05"
CSV = "first,last,area,value,of,unit\n2025-09-01,2026-08-31,,71.5,,per cent\n2025-09-01,2026-08-31,E01000001,64,,per cent\n"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    made = RunningHub(settings_for(tmp_path_factory.mktemp("data")))
    made.start("intake", "views", "relay")
    yield made
    made.close()


@pytest.fixture(scope="module")
def front(running: RunningHub) -> Front:
    """A child whose MASH enquiry is decided as an assessment, and five who wait."""
    first = Front(running)
    for _ in range(5):
        Front(running)
    hub = first.hub
    read_to = hub.enquiry(first.who(DECIDER), first.enquiry, 0, first.child).stamp.position
    hub.decide(first.who(DECIDER), first.enquiry, decision(read_to, outcome="assessment", seen_by="police", by=DECIDER))
    return first


def test_a_measure_that_is_none_a_position_to_come_and_days_the_wrong_way_round_are_refused(front: Front) -> None:
    asked = front.hub.measuring
    with pytest.raises(NotFound):
        asked.view(front.who(MANAGER), "no-such-measure", Asked())
    today = london_day(front.hub.clock.now())
    for wrong, field in (
        (Asked(position=10**9), "position"),
        (Asked(first=today, last=today - timedelta(days=1)), "first"),
    ):
        with pytest.raises(Refused) as why:
            asked.view(front.who(MANAGER), "waiting", wrong)
        assert why.value.field == field
    with pytest.raises(NotPermitted):
        asked.listing(front.who(AUDITOR), "waiting", 0, Asked())
    with pytest.raises(NotPermitted):
        asked.load(front.who(SCREENER), "teams", "A census", CSV)


def test_each_figure_names_formula_and_position_and_is_the_earlier_one_at_an_earlier_position(front: Front) -> None:
    asked, who = front.hub.measuring, front.who(AUDITOR)
    now = asked.view(who, "waiting", Asked())
    assert (now.row.formula, now.position, now.figures[0].number) == ("waiting", now.stamp.position, 5)
    decided = next(one.position for one in front.running.facts() if one.fact.NAME == "enquiry.decided")
    assert asked.view(who, "waiting", Asked(position=decided - 1)).figures[0].number == 6
    Front(front.running)
    assert asked.view(who, "waiting", Asked()).figures[0].number == 6
    assert asked.view(who, "waiting", Asked(position=now.position)).figures == now.figures
    referred = asked.view(who, "re-referrals", Asked())
    assert [(one.name, one.number) for one in referred.figures] == [("Re-referrals", None)]  # of one: never shown


def test_who_is_behind_a_figure_is_for_who_may_know_of_each_child(front: Front) -> None:
    asked = front.hub.measuring
    shown = asked.listing(front.who(SCREENER), "waiting", 0, Asked())
    assert len(shown.rows) >= 5
    assert {(one.what, one.known_to) for one in shown.rows} == {("A MASH enquiry that is not decided", ("Police",))}
    assert front.child not in {one.child for one in shown.rows}
    with pytest.raises(NotPermitted):
        asked.listing(front.who(LEAD), "waiting", 0, Asked())
    assert asked.listing(front.who(POLICE), "waiting", 0, Asked()).rows == ()
    with pytest.raises(NotFound):
        asked.listing(front.who(SCREENER), "answer_times", 0, Asked())


def test_a_series_is_loaded_once_and_taken_back_and_the_earlier_position_still_has_it(tmp_path: Path) -> None:
    hub = open_hub(settings_for(tmp_path / "data", partnership="wakefield"))
    try:
        asked, who = hub.measuring, hub.asker(MANAGER)
        with pytest.raises(Refused, match="worked out"):
            asked.load(who, "assessments-in-12-months", "A census", CSV)
        for wrong in (
            "",
            "first,last\n",
            CSV.replace("71.5", "nan"),
            CSV.replace("2025-09-01", "1.9.25"),
            CSV + CSV[31:],
        ):
            with pytest.raises(Refused):
                asked.load(who, "partners-confidence", "A survey", wrong)
        with pytest.raises(Refused, match="letters"):
            asked.load(who, "partners-confidence", " ", CSV)
        assert asked.view(who, "partners-confidence", Asked()).loads == ()

        made, new = asked.load(who, "partners-confidence", "A survey", CSV)
        assert (new, asked.load(who, "partners-confidence", "The same survey", CSV)) == (True, (made, False))
        (held,) = asked.view(who, "partners-confidence", Asked()).loads
        assert [(one.area, one.value) for one in held.points] == [("", 71.5), ("E01000001", 64.0)]
        position = hub.record.position()
        asked.take_back(who, made)
        asked.take_back(who, made)
        assert asked.view(who, "partners-confidence", Asked()).loads == ()
        assert asked.view(who, "partners-confidence", Asked(position=position)).loads == (held,)
        assert asked.load(who, "partners-confidence", "A survey", CSV) == (made, True)
        with pytest.raises(NotFound):
            asked.take_back(who, "no-such-load")
    finally:
        hub.close()


def test_a_table_holds_codes_of_whom_one_may_know_and_each_child_is_a_look(front: Front) -> None:
    asked, who = front.hub.measuring, front.who(MANAGER)
    with pytest.raises(NotPermitted):
        table(asked, front.who(SCREENER), "contacts", Asked())
    with pytest.raises(NotFound):
        table(asked, who, "names", Asked())
    looks = front.hub.ledger.position()
    header, rows = table(asked, who, "contacts", Asked())
    assert header == CONTACTS
    told = {row[1]: row for row in rows}
    assert (told[front.child][3:5], told[front.child][5]) == (("police", "Police"), '{"outcome": "assessment"}')
    assert {row[5] for child, row in told.items() if child != front.child} == {""}
    assert front.hub.ledger.position() - looks >= len(told)
    assert CANARY not in repr(rows)
    assert table(asked, who, "early_help", Asked())[1] == []


def test_pages_answer_each_in_their_own_way(front: Front) -> None:
    with Site(front.hub) as site, site.visit(AUDITOR) as visit:
        page = visit.get("/measures")
        assert (page.status_code, "Children waiting" in page.text) == (200, True)
        one = visit.get("/measures/waiting?areas=true")
        assert (one.status_code, "of the record" in one.text) == (200, True)
        assert visit.get("/measures/waiting/children/0").status_code == 403
        assert visit.get("/measures/nothing").status_code == 404
        assert visit.get("/measures/waiting?first=2026-13-01").status_code == 422
        told = visit.call("/api/v1/measures/waiting").json()
        assert told["figures"][0]["name"] == "Waiting"
