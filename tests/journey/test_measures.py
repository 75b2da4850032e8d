"""Measures through the front door: at a position, the children behind one for who may know, series loaded and undone."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from hub.bootstrap import open_hub
from hub.domain.errors import NotFound, NotPermitted, Refused
from hub.domain.formulas import OWN, OWN_SERIES
from hub.domain.moments import london_day
from hub.domain.person import RestrictionSet
from hub.views.measure_tables import CONTACTS, table
from hub.views.measuring import Asked
from tests.support.asking import CANARY, DECIDER, LEAD, MANAGER, POLICE, SCREENER, Front
from tests.support.enquiries import decision
from tests.support.messages import a_child, legal_status
from tests.support.partnership import RunningHub, settings_for
from tests.support.site import Site
from tests.support.typed import typing_on

AUDITOR, THRESHOLDS = "staff-a37d05", "staff-1c83a9"
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


def test_an_account_to_a_board_is_every_measure_at_one_position_and_the_same_when_it_is_asked_again(
    front: Front,
) -> None:
    asked, who = front.hub.measuring, front.who(AUDITOR)
    first = asked.account(who, Asked())
    page = asked.page(who)
    assert [one.row.id for one in first.rows] == [one.id for one in (*page.rows, *page.own)]
    assert {(one.position, one.first, one.last) for one in first.rows} == {(first.position, first.first, first.last)}
    waiting = next(one for one in first.rows if one.row.id == "waiting").figures
    Front(front.running)  # somebody else waits since
    again = asked.account(who, Asked(first=first.first, last=first.last, position=first.position))
    assert [one.figures for one in again.rows] == [one.figures for one in first.rows]
    assert next(one for one in asked.account(who, Asked()).rows if one.row.id == "waiting").figures != waiting
    with pytest.raises(Refused):
        asked.account(who, Asked(position=10**9))
    assert front.child not in repr(first)
    address = f"/measures-account?first={first.first}&last={first.last}&position={first.position}"
    with Site(front.hub) as site, site.visit(MANAGER) as manager, typing_on(front.hub) as mash:
        text = manager.get(address).text
        assert f"position {first.position} of the record" in text
        called = manager.call(f"/api/v1{address}").json()
        assert [one["row"]["id"] for one in called["rows"]] == [one.row.id for one in first.rows]
        typed = mash.typed(["measures", "account", "--position", str(first.position), "--by", MANAGER])
        assert (typed[0], f"position {first.position}" in typed[1]) == (0, True)


def test_what_every_hub_accounts_for_is_told_to_everybody_who_works_here_in_numbers_alone(front: Front) -> None:
    asked = front.hub.measuring
    for staff in (MANAGER, POLICE, LEAD, AUDITOR):
        who = front.who(staff)
        assert [one.id for one in asked.page(who).own] == [*OWN, *OWN_SERIES]
        for ident in OWN:
            assert front.child not in repr(asked.view(who, ident, Asked(areas=True)))
    with pytest.raises(NotPermitted):
        asked.listing(front.who(LEAD), "below_threshold", 0, Asked())


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


def test_a_figure_counts_restricted_children_for_who_audits_the_ledger_alone(tmp_path: Path) -> None:
    """Also nobody without lists reads off how many there are whom they may not know of, beside what they know themselves."""
    running = RunningHub(settings_for(tmp_path / "data"))
    running.start("intake", "views", "relay")
    try:
        secret = [Front(running) for _ in range(6)][-1].child
        asked, hub = running.hub.measuring, running.hub
        accounts = (LEAD, POLICE, MANAGER, THRESHOLDS, AUDITOR)

        def told() -> list[tuple[int | None, bool]]:
            views = [asked.view(hub.asker(staff), "waiting", Asked()) for staff in accounts]
            return [(one.figures[0].number, one.everybody) for one in views]

        assert told() == [(6, False)] * 4 + [(6, True)]
        stream = f"person:{secret}"
        hidden = RestrictionSet(restricted=True, ground="protected_person", readers=(), decision="")
        hub._append(stream, hub.record.versions([stream])[stream], [hidden], "service:test")
        running.settled(alerts=False)
        assert told() == [(5, False)] * 4 + [(6, True)]
    finally:
        running.close()


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


def test_children_with_a_plan_are_told_for_each_10_000_once_it_is_loaded_how_many_live_here(tmp_path: Path) -> None:
    running = RunningHub(settings_for(tmp_path / "data", partnership="wakefield"))
    try:
        running.start("intake", "views")
        for _ in range(6):
            running.say(legal_status("council", a_child().known_to("council"), "looked_after"))
        running.settled(alerts=False)
        asked, who = running.hub.measuring, running.hub.asker(MANAGER)
        (figure,) = asked.view(who, "children-in-care", Asked()).figures
        assert (figure.number, figure.per_10_000) == (6, None)
        before = running.hub.record.position()
        asked.load(
            who,
            "children_living_here",
            "Mid-year estimates",
            "first,last,area,value,of,unit\n2026-01-01,2027-12-31,,12000,,\n",
        )
        (figure,) = asked.view(who, "children-in-care", Asked()).figures
        assert (figure.number, figure.per_10_000) == (6, 5.0)
        assert asked.view(who, "children-in-care", Asked(position=before)).figures[0].per_10_000 is None
        assert (
            asked.view(who, "children-in-care", Asked(last=date(2025, 12, 31))).figures[0].number is None
        )  # none then
        assert asked.view(who, "children_living_here", Asked()).row.how == "series"
    finally:
        running.close()


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
    assert (told[front.child][3:5], told[front.child][5]) == (("2A", "School"), '{"outcome": "assessment"}')
    assert {row[5] for child, row in told.items() if child != front.child} == {""}
    assert front.hub.ledger.position() - looks >= len(told)
    assert CANARY not in repr(rows)
    assert table(asked, who, "early_help", Asked())[1] == []


def test_a_manager_writes_a_table_from_the_page_and_nobody_else(front: Front) -> None:
    with Site(front.hub) as site:
        with site.visit(SCREENER) as visit:
            assert visit.get("/measure-tables/contacts").status_code == 403
            assert "Write a table for others" not in visit.get("/measures").text
        with site.visit(MANAGER) as visit:
            assert "Contacts as a CSV file" in visit.get("/measures").text
            told = visit.get("/measure-tables/contacts?first=2026-01-01")
            assert (told.status_code, told.text.splitlines()[0]) == (200, ",".join(CONTACTS))
            assert (front.child in told.text, CANARY in told.text) == (True, False)
            wrong = visit.get("/measure-tables/contacts?first=2026-13-01")
            assert (wrong.status_code, "Give a day as YYYY-MM-DD" in wrong.text) == (422, True)


def test_only_who_may_open_the_children_behind_a_figure_is_led_to_them(front: Front) -> None:
    """Nothing on a page leads where a role is turned away."""
    with Site(front.hub) as site:
        for who, led in ((DECIDER, True), (AUDITOR, False), (LEAD, False)):
            with site.visit(who) as visit:
                assert ("/measures/waiting/children/0" in visit.get("/measures/waiting").text) is led


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
