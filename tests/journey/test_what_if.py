"""What-if against a real hub: a draft with one rule changed tried on its own history; by view, command, page and program."""

import re
import shutil
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from importlib.resources import as_file, files
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from bench.evaluate.through_hub import WorldClock, fill
from bench.world.stream import World
from hub.adapters.signin import DEMO_ACCOUNTS
from hub.bootstrap import Hub, open_hub
from hub.domain import child as child_
from hub.domain.child import SignalCounted, SignalDiscounted
from hub.domain.errors import NotFound, NotPermitted, Refused
from hub.domain.person import PersonOpened, RestrictionSet
from hub.domain.staff import RegisterStaff
from hub.domain.what_if import WhatIfRun
from hub.flow.what_if import Span, Stopped, try_draft
from hub.views.models.what_if import WhatIfLine, WhatIfView
from hub.views.what_if import period_of
from hub.web.app import listen, make_app, server
from policies.what_if import assumed
from tests.journey.conftest import Mash
from tests.support.browser import NARROW, WIDE, chromium, sign_in
from tests.support.drafts import DECISION_MAKER, IG_LEAD, OWNER
from tests.support.partnership import PATIENCE, settings_for, wait_until
from tests.support.signals import signal

TWO_HUNGRY = """
[[rule]]
id = "two-hungry-days"
words = "Two days of hunger within four weeks"
level = 3
source = "not stated in the source"
chosen = "for a test"

[rule.when]
kind = "count"
within_days = 28
of = { indicators = ["hunger"] }
at_least = { incidents = 2 }
"""
MANAGER = "staff-e58c12"
OVER = "2026-01-01..2026-03-31"
START = datetime(2026, 1, 5, 12, tzinfo=UTC)


def a_draft(folder: Path, name: str = "demo") -> Path:
    """The demo partnership's folder, copied."""
    with as_file(files("policies.partnerships")) as shipped:
        shutil.copytree(shipped / "demo", folder / name)
    return folder / name


def with_rule(draft: Path, rule: str = TWO_HUNGRY) -> Path:
    path = draft / "thresholds.toml"
    path.write_text(path.read_text(encoding="utf-8") + rule, encoding="utf-8")
    return draft


class House:
    """A hub whose clock a test moves, with children of whom something counted, and a draft of its own."""

    def __init__(self, folder: Path) -> None:
        self.draft = a_draft(folder / "partnerships")
        self.clock = WorldClock(START)
        self.hub: Hub = open_hub(settings_for(folder / "data", partnerships=folder / "partnerships"), self.clock)

    def hungry(self, child: int, *days: int, area: str = "Z01", by: str = "school") -> str:
        """A child who came hungry on these days; each is known on its day."""
        person = str(UUID(int=child))
        stream = child_.stream(person)
        if not self.hub.record.load(f"person:{person}"):
            self.hub.keys.make([f"person:{person}"])
            opened = PersonOpened(kind="child", standing="established")
            self.hub.act().write([(f"person:{person}", 0, opened)], "hub")
        for on in days:
            moment = START + timedelta(days=on)
            self.clock.moment = max(self.clock.moment, moment)
            one = signal(
                f"m{child}-{on}", 0, moment=moment, child=person, lsoa=area, by=by, age_months=120, seen="seen"
            )
            after = len(self.hub.record.load(stream))
            self.hub.act().write([(stream, after, SignalCounted(signal=one))], "hub")
        return person

    def wait(self, days: int) -> None:
        self.clock.moment += timedelta(days=days)

    def run(self, over: str = OVER, as_of: str = "", folder: Path | None = None, by: str = OWNER) -> WhatIfView:
        return self.hub.what_ifs.run(self.hub.asker(by), over, as_of, folder, progress=lambda done, of: None)  # noqa: ARG005

    def reports(self) -> list[WhatIfRun]:
        found = [one.fact for one in self.hub.record.read(0, 1000, [WhatIfRun.NAME])]
        return [one for one in found if isinstance(one, WhatIfRun)]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    for number in range(12):
        made.hungry(number, 0, 7, area="Z01" if number < 6 else "Z02")
    made.wait(60)
    yield made
    made.hub.close()


# ------------------------------------------------------------------------------------------------------------ refusals


@pytest.mark.parametrize(
    ("over", "why"),
    [
        ("", "Enter the period"), ("spring", "no period"), ("2026-03-01..2026-01-01", "exchange its days"),
        ("2026-01-01..2999-01-01", "longer than"), ("0d", "exchange its days"), ("2027-01-01..2027-02-01", "lies after"),
    ],
)  # fmt: skip
def test_a_period_that_is_none_is_refused_with_what_to_write(over: str, why: str) -> None:
    with pytest.raises(Refused, match=why):
        period_of(over, date(2026, 4, 1))


@pytest.mark.parametrize(
    ("as_of", "why"),
    [
        ("yesterday", "no moment"), ("2026-01-09T09:00", "no time zone"), ("999999", "nothing is at"),
        ("2030-01-01T09:00+00:00", "still to come"),
    ],
)  # fmt: skip
def test_a_moment_that_is_none_is_refused(house: House, as_of: str, why: str) -> None:
    with pytest.raises(Refused, match=why):
        house.run(as_of=as_of)


def test_nobody_tries_a_draft_who_may_not_read_policies(house: House) -> None:
    with pytest.raises(NotPermitted):
        house.run(by=DECISION_MAKER)
    with pytest.raises(NotPermitted):
        house.hub.what_ifs.start(house.hub.asker(DECISION_MAKER), OVER)


def test_a_draft_with_a_fault_or_of_another_partnership_is_refused_and_nothing_is_written(
    house: House, tmp_path: Path
) -> None:
    with_rule(house.draft, TWO_HUNGRY.replace("hunger", "hungar"))
    with pytest.raises(Refused, match="hungar"):
        house.run()
    with as_file(files("policies.partnerships")) as shipped:
        shutil.copytree(shipped / "durham", tmp_path / "other" / "durham")
    with pytest.raises(Refused, match="another partnership's"):
        house.run(folder=tmp_path / "other" / "durham")
    assert house.reports() == []


def test_one_that_is_stopped_writes_nothing(house: House) -> None:
    with_rule(house.draft)
    asked = iter([False, False, False, False, True])
    with pytest.raises(Stopped):
        house.hub.what_ifs.run(
            house.hub.asker(OWNER), OVER, progress=lambda done, of: None, stop=lambda: next(asked, True)  # noqa: ARG005
        )  # fmt: skip
    assert house.reports() == []


# ------------------------------------------------------------------------------------------------------------ the report


def test_the_draft_as_it_is_in_force_changes_nothing(house: House) -> None:
    view = house.run()

    assert view.same
    assert (view.newly, view.missed, view.added, view.removed, view.changed) == (0, 0, (), (), ())


def test_one_planted_rule_is_counted_every_way(house: House) -> None:
    with_rule(house.draft)
    view = house.run()

    cuts = {cut.by: [(line.code, line.before, line.after) for line in cut.lines] for cut in view.cuts}
    assert view.total == WhatIfLine("all", "All alerts", 0, 12, 0.0, round(12 / 90, 3))
    assert (view.newly, view.missed, view.added) == (12, 0, ("two-hungry-days",))
    assert cuts == {
        "rule": [("two-hungry-days", 0, 12)], "level": [("3", 0, 12)], "to": [("front_door", 0, 12)],
        "organisation": [("school", 0, 12)], "area": [("Z01", 0, 6), ("Z02", 0, 6)], "day": [("2026-01-12", 0, 12)],
    }  # fmt: skip
    assert (view.hours_before, view.hours_after) == (0, 6)
    assert (view.appear, view.listed) == ((), "Your role does not include knowing of single children.")


def test_an_area_of_two_children_is_not_shown_and_cannot_be_told_from_the_rest(house: House) -> None:
    for number in (20, 21):
        house.hungry(number, 40, 44, area="Z09")
    with_rule(house.draft)
    house.wait(30)

    areas = next(cut for cut in house.run().cuts if cut.by == "area")
    assert [(line.code, line.after) for line in areas.lines] == [("Z01", None), ("Z02", 6), ("Z09", None)]


def test_as_of_a_moment_only_what_was_known_then_is_read(house: House) -> None:
    with_rule(house.draft)
    then = house.run(as_of="2026-01-08T09:00+00:00", over="2026-01-01..2026-01-31")
    position = house.run(as_of=str(then.position), over="2026-01-01..2026-01-31")

    assert (then.total.after, position.total.after) == (0, 0)  # the second day of hunger came on the 12th
    assert then.position == position.position < house.hub.record.position()


def test_the_report_is_on_record_once_with_numbers_alone_and_each_look_is_in_the_ledger(house: House) -> None:
    with_rule(house.draft)
    before = house.hub.ledger.position()
    view = house.run()

    (fact,) = house.reports()
    assert (fact.run_by, fact.added, fact.report.newly) == (OWNER, ("two-hungry-days",), 12)
    assert str(UUID(int=3)) not in repr(fact)
    assert house.hub.ledger.position() >= before + 2  # the run, and the reading
    assert [row.report for row in house.hub.what_ifs.page(house.hub.asker(IG_LEAD)).rows] == [view.report]


def test_whoever_signs_sees_that_these_very_rules_were_tried(house: House) -> None:
    with_rule(house.draft)
    governing = house.hub.governing
    assert governing.draft().what_ifs == ()
    view = house.run()
    assert house.hub.governing.draft().what_ifs == (view.report,)

    with_rule(house.draft, TWO_HUNGRY.replace("two-hungry-days", "another"))
    assert house.hub.governing.draft().what_ifs == ()  # other rules than those that were tried


def test_a_small_world_through_the_hub_comes_to_what_its_signals_come_to_one_by_one(tmp_path: Path) -> None:
    world = World(150, 0.5, 3, noise="none", scope="contacts")
    clock = WorldClock(datetime.combine(world.start, datetime.min.time(), UTC))
    hub = open_hub(settings_for(tmp_path / "data"), clock)
    try:
        sectors = {one.id: one.sector for one in world.population.organisations.values()}
        assert fill(hub, world.steps(), sectors, routine=False) > 20
        clock.moment = datetime.combine(world.end, datetime.min.time(), UTC)
        span = Span(world.start, world.end, hub.record.position(), clock.moment)
        tally = try_draft(
            hub.record, hub.edition, hub.edition, span, assumed(), held_to_be=lambda some: {one: one for one in some},
            progress=lambda done, of: None, stop=lambda: False,  # noqa: ARG005
        )  # fmt: skip
        held = hub.record.read(0, 100_000, [SignalCounted.NAME, SignalDiscounted.NAME])
        assert sum(tally.groups["age"][0].values()) == len({one.stream for one in held})
        assert tally.counts["rule"][0] == tally.counts["rule"][1]
        assert tally.report().same
    finally:
        hub.close()


# ------------------------------------------------------------------------------------------------- page, program, command


@pytest.fixture
def site(house: House) -> Iterator[str]:
    socket = listen("127.0.0.1", 0)
    url = f"http://127.0.0.1:{socket.getsockname()[1]}"
    running = server(make_app(house.hub, url))
    thread = threading.Thread(target=running.run, kwargs={"sockets": [socket]})
    thread.start()
    wait_until(lambda: running.started)
    yield url
    running.should_exit = True
    thread.join(PATIENCE)


@pytest.fixture
def visitor(site: str) -> Iterator[httpx.Client]:
    with httpx.Client(
        base_url=site, follow_redirects=True, headers={"Sec-Fetch-Site": "same-origin"}, timeout=30
    ) as client:
        client.post("/sign-in", data={"account": OWNER})
        yield client


def test_the_page_starts_one_says_how_far_it_is_and_shows_the_report(house: House, visitor: httpx.Client) -> None:
    with_rule(house.draft)
    page = visitor.get("/policies/what-if")
    token = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.text))

    refused = visitor.post("/policies/what-if", data={**token, "over": "spring", "as_of": ""})
    assert (refused.status_code, "this is no period" in refused.text.lower()) == (422, True)
    started = visitor.post("/policies/what-if", data={**token, "over": OVER, "as_of": ""})
    assert started.status_code == 200
    house.hub.what_ifs.running.wait(PATIENCE)
    report = visitor.get(started.url.path)
    assert "What a draft would have come to" in report.text
    assert "two-hungry-days" in report.text
    assert visitor.get("/policies/what-if/none").status_code == 404


def test_while_it_runs_the_page_shows_in_a_bar_how_far_it_is(house: House, visitor: httpx.Client) -> None:
    running, told, gate = house.hub.what_ifs.running, threading.Event(), threading.Event()

    def slow(tell: Callable[[int, int], None], stop: Callable[[], bool]) -> None:
        del stop
        tell(3, 12)
        told.set()
        gate.wait(PATIENCE)

    running.start("r1", OWNER, slow)
    assert told.wait(PATIENCE)
    page = visitor.get("/policies/what-if/r1").text
    gate.set()
    running.wait(PATIENCE)
    assert ("3 of 12 children done" in page, '<progress aria-labelledby="far" value="3" max="12">' in page) == (
        True,
        True,
    )


def test_a_program_starts_one_and_reads_it(house: House, visitor: httpx.Client) -> None:
    with_rule(house.draft)
    token = visitor.get("/api/v1/session").json()["token"]
    started = visitor.post("/api/v1/what-if", json={"over": OVER}, headers={"mash-form-token": token})
    assert started.status_code == 202
    house.hub.what_ifs.running.wait(PATIENCE)
    found = visitor.get(f"/api/v1/what-if/{started.json()['report']}").json()
    assert (found["newly"], found["missed"], found["total"]["after"]) == (12, 0, 12)


def test_a_page_that_failed_says_so_and_the_next_may_start(house: House) -> None:
    running = house.hub.what_ifs.running

    def broken(*_: object) -> None:
        raise ValueError("Mia")

    running.start("r1", OWNER, broken)
    running.wait(PATIENCE)
    said = house.hub.what_ifs.progress(house.hub.asker(OWNER), "r1")
    assert (said.ready, "ValueError" in said.trouble, "Mia" in said.trouble) == (False, True, False)
    with pytest.raises(NotFound):
        house.hub.what_ifs.progress(house.hub.asker(OWNER), "r2")
    assert house.hub.what_ifs.start(house.hub.asker(OWNER), OVER)


@pytest.mark.browser
def test_the_pages_hold_for_axe_and_at_320_pixels(house: House, site: str, chromium_path: Path) -> None:
    with_rule(house.draft)
    report, found = house.run().report, {}
    with chromium(chromium_path, site) as browser:
        page = browser.page()
        sign_in(page, site, "Threshold owner")
        for path in ("/policies/what-if", f"/policies/what-if/{report}"):
            page.goto(site + path)
            for size in (WIDE, NARROW):
                page.set_viewport_size({"width": size["width"], "height": size["height"]})
                if (faults := browser.faults(page)) or browser.overflow(page) > 0:
                    found[f"{path} {size['width']}"] = faults or ["it is wider than the window"]
        assert browser.complaints == []
    assert found == {}


def test_the_command_answers_with_json_and_csv_and_refuses_both(
    house: House, mash: Mash, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_rule(house.draft)
    monkeypatch.setenv("MASH_DEMO", "true")
    period = ("--over", OVER, "--as", OWNER)
    draft = ("--draft", str(house.draft))

    found = mash("what-if", *draft, *period, "--json")
    assert (found.json["newly"], found.json["total"]["after"], found.json["added"]) == (12, 12, ["two-hungry-days"])
    told = mash("what-if", *draft, *period, "--csv").out.splitlines()
    assert told[1].split(",")[1:5] == ["all", "all", "0", "12"]
    said = mash("what-if", *draft, *period)
    assert (said.code, "Children who would newly have one: 12" in said.out) == (0, True)
    assert mash("what-if", *draft, *period, "--csv", "--json").code == 2
    nowhere = mash("what-if", "--draft", str(house.draft.parent), *period)
    assert (nowhere.code, "thresholds.toml" in nowhere.err) == (1, True)
    assert len(house.reports()) == 3


def restrict(house: House, child: int) -> None:
    stream = f"person:{UUID(int=child)}"
    restriction = RestrictionSet(restricted=True, ground="protected_person", readers=(), decision="")
    house.hub._append(stream, house.hub.record.versions([stream])[stream], [restriction], "service:test")


def test_a_restricted_identity_is_in_no_number_so_that_the_ids_of_the_others_tell_of_none(house: House) -> None:
    with_rule(house.draft)
    house.hub.add_organisation("children_social_care", "Children's social care", "social_care")
    manager, before = house.hub.asker(MANAGER), house.run().report
    restrict(house, 3)
    held = house.hub.what_ifs.view(manager, before)
    assert (held.appear, "run it again" in held.listed) == ((), True)  # eleven of twelve would say that one is hidden
    view = house.hub.what_ifs.view(manager, house.run().report)
    assert (view.newly, len(view.appear)) == (11, 11)
    assert str(UUID(int=3)) not in view.appear


def test_to_a_manager_whose_family_is_known_nobody_is_listed(house: House) -> None:
    with_rule(house.draft)
    house.hub.add_organisation("children_social_care", "Children's social care", "social_care")
    report, manager = house.run().report, next(one for one in DEMO_ACCOUNTS if one.staff == MANAGER)
    house.hub.register_staff(
        [
            RegisterStaff(
                staff=MANAGER, organisation=manager.organisation, setting=manager.setting, roles=manager.roles,
                ig_trained_until=datetime.max.replace(tzinfo=UTC), related=(str(UUID(int=99)),),
            )
        ]
    )  # fmt: skip
    view = house.hub.what_ifs.view(house.hub.asker(MANAGER), report)
    assert (view.newly, view.appear, "family" in view.listed) == (12, (), True)


def test_a_manager_reads_a_report_with_ids_of_whom_they_may_know_and_starts_none(house: House) -> None:
    with_rule(house.draft)
    manager, report = house.hub.asker(MANAGER), house.run().report
    closed = house.hub.what_ifs.view(manager, report)
    assert (closed.newly, closed.appear) == (12, ())  # no party to the protocol: it is told of nobody
    house.hub.add_organisation("children_social_care", "Children's social care", "social_care")

    view = house.hub.what_ifs.view(manager, report)
    assert view.appear == tuple(str(UUID(int=number)) for number in range(12))
    assert house.hub.what_ifs.page(manager).may_start is False
    with pytest.raises(NotPermitted):
        house.hub.what_ifs.start(manager, OVER)
    house.hub.what_ifs.running.changed.clear()  # as after a restart
    again = house.hub.what_ifs.view(manager, report)
    assert (again.appear, "run it again" in again.listed) == ((), True)
