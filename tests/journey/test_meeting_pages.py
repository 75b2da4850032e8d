"""Meetings on their pages, by the interface for programs, and by commands: the same acts, and no word where none may be."""

import json
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bench.demo_meetings import hold_a_panel
from hub.cli import app
from hub.domain.errors import HubError
from hub.domain.help_plan import Make, Seat
from hub.domain.moments import london_day
from tests.support.asking import POLICE, SCREENER, Front
from tests.support.messages import involvement
from tests.support.partnership import RunningHub, settings_for
from tests.support.site import Site

HELPER, NAVIGATOR = "staff-4fa690", "staff-2b9f54"
WHY, NOTES = "Canary-Ragwort why we meet", "Canary-Selfheal what was said"
SEATS = ["early_help/family_hub_east", "health_visiting/north_team", "police/safeguarding_unit"]
Run = Callable[..., Any]


@pytest.fixture
def running(tmp_path: Path) -> Iterator[RunningHub]:
    made = RunningHub(settings_for(tmp_path))
    made.hub.add_organisation("early_help", "Early Help", "early_help")
    made.start("intake", "views")
    yield made
    made.close()


@pytest.fixture
def front(running: RunningHub) -> Front:
    """A child for whom the early-help worker leads."""
    made = Front(running)
    made.hub.leading.propose(made.who(SCREENER), made.child, HELPER, "x")
    made.hub.leading.accept(made.who(HELPER), made.child)
    running.say(involvement("health", made.like.known_to("health"), "health visiting", setting="north"))
    running.settled(alerts=False)
    return made


def boxes(name: str, day: date) -> dict[str, int]:
    return {f"{name}-day": day.day, f"{name}-month": day.month, f"{name}-year": day.year}


def test_the_pages_carry_a_meeting_from_the_call_to_what_became_of_a_child(front: Front) -> None:
    today = london_day(front.hub.clock.now())
    with Site(front.hub) as site, site.visit(HELPER) as helper, site.visit(POLICE) as police:
        assert "No meeting in which you sit is to come" in helper.get("/meetings").text
        wish = {"type": "Locality panel", "members": SEATS, **boxes("on", today)}
        assert "Select a type of meeting" in helper.send("/meetings", {**wish, "type": ""}).text
        assert "as numbers, for example 27 3 2026" in helper.send("/meetings", {**wish, "on-day": "x"}).text
        assert helper.send("/meetings", {**wish, "members": SEATS[:1]}).status_code == 422
        called = helper.send("/meetings", wish)
        meeting = called.url.path.rpartition("/")[2]
        assert "No child of whom you may know stands on it" in called.text

        of_child, here = f"/child/{front.child}/meetings", f"/meetings/{meeting}"
        put = {"step": "put", "meeting": meeting, "why": WHY}
        assert "Enter why, in words" in helper.send(of_child, {**put, "why": ""}).text
        assert WHY in helper.send(of_child, put).text
        row = f"{here}/child/{front.child}"
        assert "Use one of the buttons" in helper.send(row, {"step": "dance"}).text
        assert "Pack 1, as it stood" in helper.send(here, {"step": "pack"}).text
        assert "Level 1: Universal" in helper.get(f"{here}/pack/1").text
        assert helper.get(f"{here}/pack/2").status_code == 404

        seen = police.get(here).text  # who sits there, and may not know of the child
        assert ("Locality panel" in seen, front.child in seen, WHY in seen) == (True, False, False)
        assert police.get(row).status_code == 404
        assert police.get(f"/meetings/{front.enquiry}").status_code == 404

        held = {"step": "hold", "family_present": "no", "present-1": "present", "present-2": "present",
                **boxes("held", today)}  # fmt: skip
        assert "Say of everybody who was asked" in helper.send(here, held).text
        short = helper.send(here, {**held, "present-3": "not_reached"}).text
        assert "It was not quorate, so it may not decide" in short
        refused = helper.send(row, {"step": "decide", "outcome": "no_further"})
        assert (refused.status_code, "may not decide, only carry over" in refused.text) == (422, True)

        again = helper.send("/meetings", {**wish, "follows": meeting}).url.path.rpartition("/")[2]
        assert "Carried over to another meeting" in helper.send(
            row, {"step": "decide", "outcome": "carried_over", "next": again}
        ).text  # fmt: skip
        held["present-3"] = "present"
        helper.send(f"/meetings/{again}", held)
        row = f"/meetings/{again}/child/{front.child}"
        said = helper.send(row, {"step": "decide", "outcome": "help_offered", "notes": NOTES}).text
        assert (NOTES in said, "Who does it?" in said) == (True, True)
        own = {"step": "own", "owner": "early_help", **boxes("due", today + timedelta(days=7))}
        assert "Early Help, by" in helper.send(row, own).text
        assert "It is done" not in helper.send(row, {"step": "done"}).text
        assert "Help is offered: Early Help" in helper.get(f"/meetings/{again}").text
        came_from = f"Locality panel, {today:%-d %B %Y}</a>"
        assert came_from in helper.get(f"/meetings/{again}/child/{front.child}").text
        assert "Carried over from <a" in helper.get(f"/meetings/{again}").text


def test_a_conversation_and_a_meeting_that_is_called_off_have_their_forms(front: Front) -> None:
    today = london_day(front.hub.clock.now())
    with Site(front.hub) as site, site.visit(HELPER) as helper:
        of_child = f"/child/{front.child}/meetings"
        talk = {
            "step": "talk", "type": "Local conversation", "members": ["early_help/family_hub_east", "health/north"],
            "family_present": "yes", "talk_why": WHY, "outcome": "no_further", "notes": NOTES, **boxes("held", today),
        }  # fmt: skip
        assert "two organisations" in helper.send(of_child, {**talk, "members": []}).text
        assert "Enter why, in words" in helper.send(of_child, {**talk, "talk_why": ""}).text
        assert NOTES in helper.send(of_child, talk).text
        assert "Local conversation" in helper.get(of_child).text
        wish = {"type": "Locality panel", "members": SEATS, **boxes("on", today)}
        meeting = helper.send("/meetings", wish).url.path
        assert "Select why it does not take place" in helper.send(meeting, {"step": "call_off"}).text
        off = helper.send(meeting, {"step": "call_off", "off_reason": "another_day"}).text
        assert "Called off: it meets on another day" in off


def test_a_program_does_the_same_and_bad_input_is_refused_by_its_field(front: Front) -> None:
    today = london_day(front.hub.clock.now())
    with Site(front.hub) as site, site.visit(HELPER) as helper, site.visit(NAVIGATOR) as navigator:
        members = [dict(zip(("organisation", "setting"), one.split("/"), strict=True)) for one in SEATS]
        wish = {"type": "Locality panel", "on": today.isoformat(), "members": members}

        def field(answer: Any) -> tuple[int, str]:
            return answer.status_code, answer.json().get("field", "")

        assert field(helper.call("/api/v1/meetings", {**wish, "type": "Committee"}))[1] == "type"
        assert helper.call("/api/v1/meetings", {**wish, "on": "soon"}).status_code in {400, 422}
        assert navigator.call("/api/v1/meetings", wish).status_code == 403
        made = helper.call("/api/v1/meetings", wish)
        assert made.status_code == 201
        here = f"/api/v1/meetings/{made.json()['meeting']}"
        on_child = f"{here}/children/{front.child}"
        assert field(helper.call(f"{on_child}/put", {"why": " "}))[1] == "why"
        assert helper.call(f"{on_child}/put", {"why": WHY}).json()["row"]["why"] == WHY
        assert len(helper.call(f"{here}/pack", {}).json()["packs"]) == 1
        assert [one["child"] for one in helper.call(f"{here}/pack/1").json()["rows"]] == [front.child]
        assert navigator.call(f"{here}/pack/1").json()["rows"] == []
        assert navigator.call(on_child).status_code == 404
        there = [{"organisation": one["organisation"], "present": True} for one in members]
        named = [{**there[0], "staff": POLICE}, *there[1:]]
        assert (
            field(helper.call(f"{here}/hold", {"on": today.isoformat(), "present": named, "family_present": False}))[1]
            == "present"
        )
        assert (
            helper.call(f"{here}/hold", {"on": today.isoformat(), "present": there, "family_present": False}).json()[
                "state"
            ]
            == "held"
        )
        assert field(helper.call(f"{on_child}/decide", {"outcome": "escalated"}))[1] == "outcome"
        step = {"outcome": "level_proposed", "level": 2, "to": "front_door", "called": "Step up", "notes": "",
                "ground": "disability"}  # fmt: skip
        assert field(helper.call(f"{on_child}/decide", step))[1] == "notes"
        decided = helper.call(f"{on_child}/decide", {**step, "notes": NOTES}).json()["row"]
        assert decided["outcome_code"] == "level_proposed"
        assert helper.call(f"/api/v1/children/{front.child}/help").json()["waits"].startswith("Step up")
        talk = {"type": "Local conversation", "on": today.isoformat(), "members": members[:2], "why": WHY,
                "family_present": False, "outcome": "no_further"}  # fmt: skip
        assert helper.call(f"/api/v1/children/{front.child}/conversations", talk).status_code == 201
        assert len(helper.call(f"/api/v1/children/{front.child}/meetings").json()["rows"]) == 2
        assert helper.call("/api/v1/meetings").json()["coming"] == []


@pytest.fixture
def run(front: Front, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `mash` with --json over that hub, closed: the answer, or the error it raised; no word comes back."""
    front.running.stop()
    monkeypatch.setenv("MASH_DEMO", "true")

    def typed(*words: str) -> Any:
        done = CliRunner().invoke(app, ["meeting", *words, "--data", str(tmp_path), "--json"])
        assert "Canary" not in done.output
        if isinstance(done.exception, HubError):
            return done.exception
        assert (done.exit_code, done.exception) == (0, None), done.output
        return json.loads(done.stdout.strip().splitlines()[-1])

    return typed


def test_everything_about_meetings_has_a_command(front: Front, run: Run) -> None:
    day, by = london_day(front.hub.clock.now()).isoformat(), ("--by", HELPER)
    seats = [word for one in SEATS for word in ("--member", one)]
    panel = ("call", "--type", "locality PANEL", *seats, *by)
    assert "2027-03-27" in str(run(*panel, "--on", "soon"))
    assert "no role 'wizard'" in str(run(*panel, "--on", day, "--member", "police/x/wizard"))
    meeting = run(*panel, "--on", day)["meeting"]
    assert [one["meeting"] for one in run("list", *by)] == [meeting]
    run("agenda", meeting, front.child, "--why", WHY, *by)
    assert [one["children"] for one in run("list", *by, "--child", front.child)] == [[front.child]]
    run("take-off", meeting, front.child, "--reason", "not_needed", *by)
    run("agenda", meeting, front.child, "--why", WHY, *by)
    assert run("pack", meeting, *by)["number"] == 1
    assert [one["child"] for one in run("pack", meeting, "--read", "1", *by)["rows"]] == [front.child]
    assert "no such pack" in str(run("pack", meeting, "--read", "2", *by))
    there = ("--present", "early_help", "--present", "health_visiting", "--family-not-there")
    assert "Select why they did not" in str(run("hold", meeting, "--on", day, *there, "--absent", "police=bored", *by))
    held = run("hold", meeting, "--on", day, *there, "--absent", "police=not_reached", *by)
    assert held["missing"] == ["3 organisations (there were 2)"]
    assert "only carry over" in str(run("outcome", meeting, front.child, "--outcome", "no_further", *by))
    again = run(*panel, "--on", day, "--follows", meeting)["meeting"]
    run("outcome", meeting, front.child, "--outcome", "carried_over", "--to", again, *by)
    run("hold", again, "--on", day, *there, "--present", "police", *by)
    run("outcome", again, front.child, "--outcome", "help_offered", "--notes", NOTES, *by)
    assert "Select which organisation" in str(run("owner", again, front.child, "--owner", "circus", "--due", day, *by))
    run("owner", again, front.child, "--owner", "early_help", "--due", day, *by)
    assert run("show", again, *by)["agenda"] == [
        {
            "child": front.child, "state": "decided", "outcome": "help_offered", "owner": "Early Help", "due": day,
            "waits": True, "came_from": meeting, "led_to": "",
        }
    ]  # fmt: skip
    run("done", again, front.child, *by)
    talk = ("talk", front.child, "--type", "Local conversation", "--on", day, "--family-not-there", "--why", WHY, *by)
    assert run(*talk, *seats[:4], "--outcome", "no_further")["outcome"] == "no_further"
    off = run(*panel, "--on", day)["meeting"]
    assert "Select why" in str(run("call-off", off, "--reason", "rain", *by))
    run("call-off", off, "--reason", "no_quorum", *by)
    assert "no such meeting" in str(run("show", "nothing", *by))


def test_the_demonstration_holds_a_panel_and_calls_the_next_and_does_it_once(front: Front) -> None:
    helper, today = front.who(HELPER), london_day(front.hub.clock.now())
    hold_a_panel(front.hub)  # nobody has a plan yet
    assert front.hub.convening.page(helper).past == ()
    seats = (Seat("early_help", "family_hub_east"), Seat("health", "north"))
    plan = Make(
        team="TAF", seats=seats, family=("parent",), goal_words="x", goal=3, review_on=today + timedelta(days=30)
    )  # fmt: skip
    front.hub.help_planning.make(helper, front.child, plan)
    for _ in range(2):
        hold_a_panel(front.hub)
        shown = front.hub.convening.page(helper)
        assert [(one.type, one.children) for one in shown.coming] == [("Locality panel", (front.child,))]
        assert sorted(one.type for one in shown.past) == ["Local conversation", "Locality panel"]
