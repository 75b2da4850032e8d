"""Exceptions on pages, by the interface of programs, and by commands: who must confirm what, and what every page then says."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hub.domain.staff import RegisterStaff
from tests.journey.conftest import Mash
from tests.support.exceptional import WHY, Front, front
from tests.support.identities import ByHand, somebody
from tests.support.partnership import RunningHub
from tests.support.site import Site

# demo accounts, for they alone sign in: their organisation is one that the test's hub has
DECIDER, MANAGER, NIGHT, IG, GUARDIAN = "staff-91d3b7", "staff-e58c12", "staff-3ae8f0", "staff-05b8f3", "staff-5db46e"
GLASS = {"reason": "missing_child", "why": WHY, "acknowledged": "yes"}


@pytest.fixture
def here(own_hub: Callable[..., RunningHub]) -> Front:
    made = front(own_hub)
    made.hub.add_organisation("children_social_care", "Children's social care", "social_care")
    return made


@pytest.fixture
def site(here: Front) -> Iterator[Site]:
    with Site(here.hub) as running:
        yield running


def test_who_breaks_the_glass_shows_again_who_they_are_and_every_page_says_so_until_it_ends(
    here: Front, site: Site
) -> None:
    known = here.seen(somebody(), "health")
    page = f"/child/{known}/break-glass"
    with site.visit(DECIDER) as visit:
        asked = visit.get(page)
        assert (asked.url.path, asked.url.params["next"]) == ("/confirm", page)
        wrong = visit.send(str(asked.url), {"account": MANAGER, "next": page}, "/confirm")
        assert (wrong.status_code, "this is somebody else" in wrong.text) == (422, True)
        shown = visit.send(str(asked.url), {"account": DECIDER, "next": page}, "/confirm")
        assert (shown.url.path, " checked" in shown.text) == (page, False)  # nothing is chosen beforehand
        for missing in GLASS:
            refused = visit.send(page, {name: value for name, value in GLASS.items() if name != missing})
            assert (refused.status_code, f'href="#{missing}"' in refused.text) == (422, True)
        assert "Opened in an emergency" not in visit.get("/").text
        opened = visit.send(page, GLASS)
        assert (opened.url.path, "What was said" in opened.text) == (f"/child/{known}", True)
        for path in ("/", "/help", "/sent", f"/child/{known}", "/child/nobody"):
            text = visit.get(path).text
            assert ("You have broken the glass for child" in text, 'value="end"' in text) == (True, True), path
        with site.visit(MANAGER) as other:
            assert "You have broken the glass" not in other.get("/").text
        address = re.findall(r'action="(/exceptions/break-glass-[^"]+)"', opened.text)[0]
        ended = visit.send("/", {"step": "end"}, address)
        assert (ended.status_code, "You have broken the glass" in ended.text) == (200, False)
        again = visit.send("/help", {"step": "end"}, address)
        assert (again.status_code, "over already" in again.text) == (422, True)


def test_a_confirmation_is_good_for_five_minutes_and_for_that_session_alone(here: Front, site: Site) -> None:
    known = here.seen(somebody(), "health")
    page = f"/child/{known}/break-glass"
    with site.visit(NIGHT) as visit, site.visit(NIGHT) as other:
        visit.send("/confirm", {"account": NIGHT, "next": page})
        assert visit.get(page).url.path == page
        assert other.get(page).url.path == "/confirm"
        here.clock.forward(minutes=5)
        late = visit.http.post(page, data={**GLASS, "token": visit.http.get("/api/v1/session").json()["token"]})
        assert late.url.path == "/confirm"
    assert [one for one in here.running.facts() if one.fact.NAME == "break-glass.opened"] == []


def test_an_override_on_pages_from_the_question_to_what_came_of_it(here: Front, site: Site) -> None:
    known = here.seen(somebody(), "health")
    page = f"/child/{known}/override"
    answers = {
        "organisations": "health", "hours": "3", "reason": "child_not_seen", "told": "told_afterwards", "why": WHY,
    }  # fmt: skip
    with site.visit(DECIDER) as visit, site.visit(GUARDIAN) as guardian:
        assert " checked" not in visit.get(page).text
        for missing, field in ({name: name for name in answers} | {"organisations": "organisations"}).items():
            refused = visit.send(page, {name: value for name, value in answers.items() if name != missing})
            assert (refused.status_code, f'href="#{field}"' in refused.text) == (422, True)
        waits = visit.send(page, answers)
        address = waits.url.path
        assert "Waits for a second person" in waits.text
        assert "Do you agree?" not in waits.text
        shown = guardian.get(address).text
        assert (WHY in shown, "Do you agree?" in shown, known in guardian.get("/exceptions").text) == (
            True,
            True,
            False,
        )
        no_answer = guardian.send(address, {"step": "second"})
        assert (no_answer.status_code, "Select whether you agree" in no_answer.text) == (422, True)
        assert "Works now" in guardian.send(address, {"step": "second", "agree": "yes"}).text
        assert "What was said" in visit.get(f"/child/{known}").text
    here.clock.forward(hours=3)
    with site.visit(IG) as ig:
        listed = ig.get("/exceptions").text
        assert ("Override of a refusal" in listed, "Decision maker (staff-91d3b7)" in listed) == (True, True)
        reviewed = ig.send(address, {"step": "review", "outcome": "justified", "why": "It was right."})
        assert ("Justified, by Information-governance lead" in reviewed.text, "Health" in reviewed.text) == (True, True)


def test_a_program_does_the_same_with_the_session_of_a_person(here: Front, site: Site) -> None:
    known = here.seen(somebody(), "health")
    body = {"child": known, "reason": "immediate_danger", "why": WHY, "acknowledged": True}
    with site.visit(DECIDER) as visit, site.visit(IG) as ig:
        early = visit.call("/api/v1/exceptions/break-glass", body)
        assert (early.status_code, early.json()["field"]) == (422, "confirmed")
        assert visit.call("/api/v1/confirm", {"account": MANAGER}).status_code == 422
        assert visit.call("/api/v1/confirm", {"account": DECIDER}).status_code == 204
        bad = visit.call("/api/v1/exceptions/break-glass", {**body, "reason": "curious"})
        assert (bad.status_code, bad.json()["field"], "curious" in bad.text) == (422, "reason", False)
        made = visit.call("/api/v1/exceptions/break-glass", body)
        assert made.status_code == 202
        path = f"/api/v1/exceptions/{made.json()['exception']}"
        assert visit.call(path, {"step": "end"}).json()["row"]["state"] == "ended"
        assert visit.call(path, {"step": "jump"}).json()["field"] == "step"
        said = ig.call(path, {"step": "review", "outcome": "not_justified", "why": "Nobody was missing."})
        assert said.json()["row"]["reviewed"] == "Not justified"
        assert [row["ref"] for row in ig.call("/api/v1/exceptions").json()["others"]] == [made.json()["exception"]]
        asked = {"child": known, "hours": 1, "reason": "other", "told": "told", "why": WHY}
        assert visit.call("/api/v1/exceptions/override", asked).status_code == 202
        foreign = visit.http.post("/api/v1/exceptions/override", json=asked)
        assert foreign.status_code == 403  # without the token of the session
        assert ig.call("/api/v1/exceptions/override", asked).status_code == 403


def test_a_look_at_ones_own_family_is_gone_through_by_a_program_or_on_the_page_and_never_by_who_looked(
    here: Front, site: Site
) -> None:
    known = here.seen(somebody(), "health")
    until = here.clock.now().replace(year=2099)
    related = RegisterStaff(
        staff=DECIDER, organisation="children_social_care", setting="mash", roles=("decision_maker",),
        ig_trained_until=until, related=(known,),
    )  # fmt: skip
    here.hub.register_staff([related])
    with site.visit(DECIDER) as visit, site.visit(GUARDIAN) as guardian, site.visit(MANAGER) as manager:
        gone, never = visit.get(f"/child/{known}"), visit.get("/child/nobody")
        shown = [re.findall(r"<main.*</main>", each.text, re.DOTALL) for each in (gone, never)]
        assert (gone.status_code, never.status_code, shown[0] == shown[1] != []) == (404, 404, True)
        (row,) = guardian.call("/api/v1/exceptions").json()["family"]
        assert (row["staff"], row["looks"]) == (DECIDER, 1)
        assert manager.call("/api/v1/exceptions").json()["family"] == []
        sent = {"staff": DECIDER, "until": row["until"], "outcome": "not_justified"}
        assert manager.call("/api/v1/exceptions/family", sent).status_code == 404
        assert guardian.call("/api/v1/exceptions/family", {**sent, "outcome": "fine"}).json()["field"] == "outcome"
        page = guardian.send("/exceptions", {**sent, "until": str(row["until"]), "outcome": "", "step": "family"})
        assert (page.status_code, "Select what came of it" in page.text) == (422, True)
        assert guardian.call("/api/v1/exceptions/family", sent).json()["family"] == []


def test_by_commands_from_asking_to_going_through_it(
    own_hub: Callable[..., RunningHub], mash: Mash, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = own_hub()  # commands know no clock but the machine's
    known = ByHand(running).seen(somebody(), "health")
    running.hub.add_organisation("children_social_care", "Children's social care", "social_care")
    monkeypatch.setenv("MASH_DATA", str(tmp_path / "data-0"))
    monkeypatch.setenv("MASH_DEMO", "true")
    because = ("--reason", "immediate_danger", "--why", WHY, "--by", DECIDER)
    for missing, told in (((), "Confirm that you know"), (("--acknowledge",), "Confirm again who you are")):
        refused = mash("exception", "break-glass", known, *because, *missing)
        assert (refused.code, told in refused.err) == (1, True)
    somebody_else = mash("exception", "break-glass", known, *because, "--acknowledge", "--again", MANAGER)
    assert (somebody_else.code, "somebody else" in somebody_else.err) == (1, True)
    made = mash("exception", "break-glass", known, *because, "--acknowledge", "--again", DECIDER, "--json").json
    assert mash("exception", "end", made["exception"], "--by", DECIDER, "--json").json["state"] == "Ended"
    twice = mash("exception", "end", made["exception"], "--by", DECIDER)
    assert (twice.code, "over already" in twice.err) == (1, True)
    shown = mash("exception", "show", made["exception"], "--by", IG)
    assert "state: ended" in shown.out
    own = mash("exception", "review", made["exception"], "--outcome", "justified", "--why", "x", "--by", DECIDER)
    assert own.code == 1
    for by in (NIGHT, MANAGER):  # she goes through nothing of her own; and nothing was read
        assert mash("exception", "night", NIGHT, "--outcome", "justified", "--by", by).code == 1
    listed = mash("exception", "list", "--by", IG, "--json").json
    assert [row["ref"] for row in listed["to_review"]] == [made["exception"]]
    done = mash("exception", "review", made["exception"], "--outcome", "justified", "--why", "x", "--by", IG)
    assert done.out.strip().endswith(": Justified")
    ask = (
        "exception",
        "ask",
        known,
        "--hours",
        "2",
        "--reason",
        "other",
        "--told",
        "told",
        "--why",
        WHY,
        "--by",
        DECIDER,
    )
    asked = mash(*ask, "--organisation", "health", "--json").json
    assert mash("exception", "agree", asked["exception"], "--by", GUARDIAN, "--json").json["state"] == "Works now"
    unknown = mash(*ask, "--organisation", "nobody")
    assert (unknown.code, "organisations of the list" in unknown.err) == (1, True)
    everything = shown.out + mash("exception", "list", "--by", IG).out + mash("exception", "list", "--by", DECIDER).out
    assert WHY not in everything


def test_what_the_worker_on_duty_read_for_a_contact_is_gone_through_on_the_page_or_by_a_program_and_not_by_her(
    here: Front, site: Site
) -> None:
    child = somebody()
    here.seen(child, "health")
    here.clock.at(22)
    known = here.seen(child, "police")
    with site.visit("staff-3ae8f0") as night:
        assert night.get(f"/child/{known}").status_code == 200
    here.clock.at(10)
    with site.visit("staff-3ae8f0") as night, site.visit(MANAGER) as manager, site.visit(IG) as lead:
        assert night.get(f"/child/{known}").status_code == 404
        assert "Read out of hours" not in night.get("/exceptions").text
        page = manager.get("/exceptions")
        assert ("Read out of hours because a contact had come in" in page.text, "1 look at 1 child" in page.text) == (
            True, True,
        )  # fmt: skip
        (row,) = lead.call("/api/v1/exceptions").json()["nights"]
        assert (row["staff"], row["looks"], row["children"]) == ("staff-3ae8f0", 1, [known])
        sent = {"staff": "staff-3ae8f0", "until": row["until"], "outcome": "justified"}
        assert night.call("/api/v1/exceptions/night", sent).status_code == 403
        nothing = manager.send("/exceptions", {**sent, "until": str(row["until"]), "outcome": "", "step": "night"})
        assert (nothing.status_code, "Select what came of it" in nothing.text) == (422, True)
        assert lead.call("/api/v1/exceptions/night", sent).json()["nights"] == []
        assert lead.call("/api/v1/exceptions/night", sent).status_code == 404
