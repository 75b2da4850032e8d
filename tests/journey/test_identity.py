"""Who is who, decided by people through the front door: alerts follow, words stay where they are, nothing is done twice."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from hub.adapters.signin import DEMO_ACCOUNTS
from hub.config import Settings
from hub.domain import alert as alerts
from hub.domain.enquiry import OpenEnquiry
from hub.domain.errors import NotFound, NotPermitted, Refused
from hub.domain.identity import IdentitySettled
from hub.domain.ledger import Asked
from hub.domain.staff import RegisterStaff
from hub.domain.staff import may as may_do
from tests.journey.conftest import Mash
from tests.journey.crash.processes import ROOT, environment
from tests.support.enquiries import decision
from tests.support.house import lives
from tests.support.identities import DECIDER, MANAGER, OFFICER, SCREENER, WHY, ByHand, asker, enlist, somebody, wish
from tests.support.messages import Child, concern, household, moment, seen_by
from tests.support.partnership import RunningHub, settings_for, wait_until

REASON = "identifiers_agree"


def seen(running: RunningHub, child: Child, organisation: str, *indicators: str, **more: object) -> str:
    """A concern about this child, and the person that it is held to be about once everything has come round."""
    ident = running.say(concern(organisation, seen_by(child, organisation, *indicators, **more), at=moment(2)))
    running.settled()
    return running.child_of(organisation, ident)


def in_doubt(running: RunningHub, like: Child, *indicators: str) -> str:
    """A concern of the health trust under this child's number about somebody of another name."""
    other = somebody()
    return seen(running, other, "health", *indicators, person=other.known_to("health", nhs_number=like.nhs))


def standing(running: RunningHub, child: str) -> dict[str, tuple[int, bool]]:
    """The alerts of a child that stand now, as folded: by rule, on how many signals, and whether only perhaps."""
    streams: dict[str, list[object]] = {}
    for one in running.alerts(child):
        streams.setdefault(one.stream, []).append(one.fact)
    states = {name: alerts.fold(facts) for name, facts in streams.items()}  # type: ignore[arg-type] # facts of alerts
    return {state.rule: (len(state.evidence), state.possible) for state in states.values() if state.holds}


def looks(running: RunningHub) -> list[str]:
    """What each look in the ledger was for."""
    return [one.fact.reason for one in running.hub.ledger.read(0, 10_000, [Asked.NAME]) if isinstance(one.fact, Asked)]


def decide(running: RunningHub, staff: str, what: str, person: str, **otherwise: object) -> dict[str, str]:
    """Decide as a page does, and let everything come round."""
    asked = wish(running.hub, what, person, by=staff, **otherwise)
    done = running.hub.identity_decide(asker(staff), asked)
    running.settled()
    return done


# ---------------------------------------------------------------------------------------------------- on a running hub


def test_a_review_answered_makes_the_alert_sure_and_taken_back_it_is_in_doubt_again(running_hub: RunningHub) -> None:
    enlist(running_hub.hub)
    like = somebody()
    known = seen(running_hub, like, "school", "hunger")
    doubt = in_doubt(running_hub, like, "was_not_brought")
    before = standing(running_hub, known), standing(running_hub, doubt)
    assert [possible for _, possible in before[0].values()] == [True]
    done = decide(running_hub, SCREENER, "same", doubt, other=known)
    assert (done["state"], done["take_back"]) == ("settled", f"split {done['identity']}")
    assert [possible for _, possible in standing(running_hub, known).values()] == [False]
    assert standing(running_hub, doubt) == {}
    decide(running_hub, DECIDER, "split", "", reverses=done["identity"])
    assert (standing(running_hub, known), standing(running_hub, doubt)) == before


def test_a_merge_waits_for_somebody_else_and_what_both_brought_raises_the_alert(running_hub: RunningHub) -> None:
    hub = running_hub.hub
    enlist(hub)
    gone, stays = (
        seen(running_hub, somebody(), "school", "hunger"), seen(running_hub, somebody(), "health", "was_not_brought"),
    )  # fmt: skip
    waits = decide(running_hub, SCREENER, "merge", gone, other=stays)
    assert waits["state"] == "waits_for_second"
    with pytest.raises(Refused, match="somebody other"):
        hub.identity_agree(asker(SCREENER), waits["identity"])
    assert (standing(running_hub, gone), standing(running_hub, stays)) == ({}, {})
    assert hub.identity_agree(asker(MANAGER), waits["identity"])["state"] == "settled"
    running_hub.settled()
    assert [number for number, _ in standing(running_hub, stays).values()] == [2]
    decide(running_hub, DECIDER, "split", "", reverses=waits["identity"])
    assert (standing(running_hub, gone), standing(running_hub, stays)) == ({}, {})


def test_whoever_asks_for_a_merged_child_gets_the_one_that_stayed_with_its_enquiry_still_to_decide(
    running_hub: RunningHub,
) -> None:
    hub, who = running_hub.hub, asker(DECIDER)
    enlist(hub)
    gone, stays = seen(running_hub, somebody(), "school"), seen(running_hub, somebody(), "health")
    opening = OpenEnquiry(child=gone, alerts=(), ground="perceived_harm", reason="Robin is thin.", by=DECIDER)
    enquiry = hub.open_enquiry(who, opening)
    done = decide(running_hub, SCREENER, "merge", gone, other=stays)
    hub.identity_agree(asker(MANAGER), done["identity"])
    running_hub.settled()
    shown = hub.picture(who, gone, enquiry)
    assert (shown.child, shown.enquiry_state, shown.may_decide) == (stays, "open", True)
    assert {entry.organisation for entry in shown.chronology} == {"School", "Health"}
    assert all(entry.words for entry in shown.chronology)  # opened in the enquiry, whoever's page it was
    view = hub.enquiry(who, enquiry, 0)
    assert (view.child, view.reason) == (stays, "Robin is thin.")
    answer = decision(view.stamp.position, level=2, reason="They agreed to help.", by=DECIDER)
    hub.decide(who, enquiry, answer)
    assert hub.enquiry(who, enquiry, 0).decision.reason == "They agreed to help."  # type: ignore[union-attr]
    decide(running_hub, SCREENER, "split", "", reverses=done["identity"])
    assert hub.picture(who, gone, enquiry).child == gone
    with pytest.raises(NotFound):
        hub.picture(who, stays, enquiry)  # the enquiry went back with whom it was opened about


def test_only_who_may_decide_decides_and_never_about_their_own_family(running_hub: RunningHub) -> None:
    hub = running_hub.hub
    enlist(hub)
    like = somebody()
    known = seen(running_hub, like, "school")
    doubt = in_doubt(running_hub, like)
    aunt = RegisterStaff(
        staff="staff-aunt", organisation="council", setting="mash", roles=("decision_maker",),
        ig_trained_until=hub.clock.now().replace(year=2099), related=(known,),
    )  # fmt: skip
    hub.register_staff([aunt])
    head = hub.record.position()
    with pytest.raises(NotPermitted):
        hub.identity_decide(asker(OFFICER), wish(hub, "same", doubt, other=known))
    related = hub.asker("staff-aunt")
    for asked in (
        wish(hub, "same", doubt, other=known),
        wish(hub, "different", doubt),
        wish(hub, "different", "nobody"),
    ):
        with pytest.raises(NotFound, match="or none that you may know of"):
            hub.identity_decide(related, asked)
    assert hub.record.position() == head


def test_a_restricted_identity_is_there_for_its_readers_and_for_who_keeps_that_queue(running_hub: RunningHub) -> None:
    hub = running_hub.hub
    enlist(hub)
    like = somebody()
    known = seen(running_hub, like, "school")
    done = decide(running_hub, SCREENER, "restrict", known, reason="adoption", readers=(DECIDER,))
    hub.identity_agree(asker(MANAGER), done["identity"])
    running_hub.settled()
    for nobody in (SCREENER, MANAGER):
        with pytest.raises(NotFound):
            hub.picture(asker(nobody), known, "")
    assert hub.picture(asker(DECIDER), known, "").child == known
    with pytest.raises(NotFound):
        hub.identity_state(asker(SCREENER), done["identity"])  # not even what she decided herself
    assert hub.identity_state(asker(MANAGER), done["identity"])["state"] == "settled"
    lifted = decide(running_hub, DECIDER, "unrestrict", known, reason="other")
    assert hub.identity_agree(asker(MANAGER), lifted["identity"])["state"] == "settled"
    running_hub.settled()
    assert hub.picture(asker(SCREENER), known, "").child == known


def test_a_decision_about_a_review_beside_a_restricted_identity_waits_for_a_second_person(
    running_hub: RunningHub,
) -> None:
    hub = running_hub.hub
    enlist(hub)
    like = somebody()
    known = seen(running_hub, like, "school")
    doubt = in_doubt(running_hub, like)
    done = decide(running_hub, SCREENER, "restrict", known, reason="protected_person", readers=(DECIDER,))
    hub.identity_agree(asker(MANAGER), done["identity"])
    running_hub.settled()
    with pytest.raises(NotFound):
        hub.identity_decide(asker(SCREENER), wish(hub, "different", doubt, reason="known_to_me"))
    answer = decide(running_hub, DECIDER, "different", doubt)
    assert answer["state"] == "waits_for_second"
    assert hub.identity_not_agree(asker(MANAGER), answer["identity"], "Ask the school first.")["state"] == "not_agreed"


# ------------------------------------------------------------------------------------------- without an intake, and killed


def test_without_an_intake_who_decides_carries_it_out_and_the_next_intake_does_not_do_it_again(
    own_hub: Callable[..., RunningHub],
) -> None:
    running = own_hub()
    by_hand = ByHand(running)
    like = somebody()
    known, doubt = by_hand.seen(like, "school"), by_hand.in_doubt(like)
    done = running.hub.identity_decide(asker(SCREENER), wish(running.hub, "same", doubt, other=known))
    assert done["state"] == "settled"
    head = running.hub.record.position()
    running.start()
    running.settled()
    assert [one.fact.NAME for one in running.facts() if one.position > head and one.stream.startswith("person:")] == []


@pytest.mark.slow
@pytest.mark.parametrize("when", ["before", "after"])
def test_an_intake_killed_as_it_carries_a_decision_out_leaves_it_whole_or_waiting_and_the_next_does_it_once(
    tmp_path: Path, when: str
) -> None:
    settings = settings_for(tmp_path / "data")
    running = RunningHub(settings)
    try:
        by_hand = ByHand(running)
        like = somebody()
        known, doubt = by_hand.seen(like, "school"), by_hand.in_doubt(like)
        ident = by_hand.decided("same", doubt, other=known)
        died = subprocess.run(
            [sys.executable, "-m", "tests.journey.crash.settling", when], cwd=ROOT, timeout=120, check=False,
            env=process_environment(settings), capture_output=True,
        )  # fmt: skip
        assert died.returncode == -9, died.stderr[-2000:]
        state = by_hand.identify.decision(ident).state
        assert state == ("waits_for_intake" if when == "before" else "settled")
        assert (by_hand.person(doubt).merged_into == known) == (when == "after")
        running.start("intake", "views")
        wait_until(lambda: by_hand.identify.decision(ident).state == "settled")
        running.stop()
        settled = [one for one in running.stream(f"identity:{ident}") if isinstance(one.fact, IdentitySettled)]
        assert (len(settled), by_hand.person(doubt).merged_into) == (1, known)
        assert sorted(by_hand.counts(known).values()) == ["own", "own"]
    finally:
        running.close()


def process_environment(settings: Settings) -> dict[str, str]:
    """What a process of its own needs to open the same hub."""
    import os

    inherited = {name: value for name, value in os.environ.items() if not name.startswith("MASH_")}
    return {**inherited, **environment(settings)}


# ------------------------------------------------------------------------------------------------------ what one types


def test_from_the_command_line_to_the_command_that_takes_it_back(
    own_hub: Callable[..., RunningHub], mash: Mash, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = own_hub()
    monkeypatch.setenv("MASH_DATA", str(tmp_path / "data-0"))
    by_hand = ByHand(running)
    like = somebody()
    known, doubt = by_hand.seen(like, "school"), by_hand.in_doubt(like)
    running.stop()
    because = ("--reason", REASON, "--why", WHY)
    refused = mash("identity", "same", doubt, known, *because, "--by", DECIDER)
    assert (refused.code, "sign in and use the pages" in refused.err) == (1, True)
    monkeypatch.setenv("MASH_DEMO", "true")
    nobody = mash("identity", "same", doubt, known, *because, "--by", "staff-nobody", "--yes")
    assert (nobody.code, "register of staff" in nobody.err) == (1, True)
    listed = mash("identity", "list", "--by", DECIDER, "--json").json
    assert [row["person"] for row in listed["reviews"]] == [doubt]
    looked = listed["seen"]
    unasked = mash("identity", "same", doubt, known, *because, "--by", DECIDER, stdin="n\n")
    assert (unasked.code, by_hand.person(doubt).merged_into) == (1, "")
    assert "says so with --yes" in mash("identity", "same", doubt, known, *because, "--by", DECIDER, "--json").err
    said = mash("identity", "same", doubt, known, *because, "--by", DECIDER, "--yes")
    assert (said.code, by_hand.person(doubt).merged_into) == (0, known)
    back = said.out.strip().splitlines()[-1].removeprefix("To take it back: mash ").split()
    taken = mash(*back, "--reason", "entered_in_error", "--why", WHY, "--by", SCREENER, "--yes", "--json").json
    assert (taken["state"], taken["moved"], by_hand.person(doubt).merged_into) == ("settled", "1", "")
    assert taken["take_back"] == f"same {doubt} {known}"
    old = mash("identity", "same", doubt, known, *because, "--by", DECIDER, "--yes", "--seen", str(looked))
    assert (old.code, "look at it again" in old.err) == (1, True)  # the list was read before the two were taken apart
    report = mash("identity", "report", taken["identity"], "--by", DECIDER, "--json")
    assert (report.code, [one["before"] for one in report.json["moved"]]) == (1, [known])
    assert (
        "Assessed: no breach"
        in mash("identity", "assess", taken["identity"], "--outcome", "no_breach", "--why", WHY, "--by", MANAGER).out
    )
    assert mash("identity", "report", taken["identity"], "--by", DECIDER).code == 0
    trail = mash("identity", "trail", doubt, "--by", DECIDER, "--json").json["trail"]
    assert [row["fact"] for row in trail] == [
        "person.opened", "source-record.linked", "person.merged", "person.reinstated", "source-record.linked",
    ]  # fmt: skip
    assert mash("identity", "cannot-tell", doubt, *because, "--ask", "school", "--by", DECIDER).code == 0
    assert mash("identity", "different", doubt, *because, "--by", DECIDER, "--yes").code == 0
    waits = mash("identity", "merge", doubt, known, *because, "--by", DECIDER, "--yes", "--json").json
    shown = mash("identity", "show", waits["identity"], "--by", DECIDER)
    assert "until a second person agrees" in shown.out
    assert mash("identity", "agree", waits["identity"], "--by", DECIDER, "--yes").code == 1
    assert mash("identity", "disagree", waits["identity"], "--why", "Cousins.", "--by", MANAGER).code == 0
    everything = "".join(one.out + one.err for one in (said, shown, mash("identity", "list", "--by", DECIDER)))
    assert not {name for name in (like.forename, like.surname, like.nhs, WHY) if name in everything}


def test_a_review_is_typed_in_codes_and_can_be_answered_from_it(
    own_hub: Callable[..., RunningHub], mash: Mash, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = own_hub()
    monkeypatch.setenv("MASH_DATA", str(tmp_path / "data-0"))
    monkeypatch.setenv("MASH_DEMO", "true")
    by_hand, like, other = ByHand(running), somebody(), somebody()
    known = by_hand.seen(like, "school")
    brother = somebody()
    by_hand.seen(brother, "school")
    by_hand.say(household("school", lives(like, "school"), lives(brother, "school")))
    by_hand.intake.count()
    doubt = by_hand.seen(other, "police", person=other.known_to("police", nhs_number=like.nhs))
    running.stop()
    before = looks(running)
    view = mash("identity", "review", doubt, "--by", SCREENER, "--json").json
    assert looks(running) == [*before, "identity_review"]  # the look that the page is, in the ledger
    (row,) = mash("identity", "list", "--by", SCREENER, "--json").json["reviews"]
    (candidate,) = view["candidates"]
    assert (view["person"], view["due"], view["why"]) == (doubt, row["due"], row["why"])
    assert (candidate["person"], candidate["organisations"], candidate["household"]) == (
        known,
        ["School"],
        ["Brother, sister or other child"],
    )
    compared = {one["label"]: one["cells"] for one in view["fields"]}
    assert [[one["words"] for one in cell["held"]] for cell in compared["NHS number"]] == [[""], ["The same"]]
    assert [[one["sources"] for one in cell["held"]] for cell in compared["NHS number"]] == [
        [["Police, today"]], [["School, today"]],
    ]  # fmt: skip
    assert [[one["outcome"] for one in cell["held"]] for cell in compared["Date of birth"]][1] == ["different"]
    assert compared["Address"] == [{"held": [], "closed": False}] * 2
    assert {bar["label"]: bar["words"] for bar in candidate["bars"]}["NHS number"].startswith("speaks ")
    shown = mash("identity", "review", doubt, "--by", SCREENER)
    told = shown.out.replace("\n", " ")
    for words in (
        known,
        "The same",
        "School, today",
        "Household",
        f"mash identity same {doubt} {known}",
        f"--seen {view['seen']}",
    ):
        assert words in told, words
    everything = shown.out + shown.err + str(view)
    born = {like.born.isoformat(), other.born.isoformat()}
    values = {
        brother.forename,
        brother.surname,
        like.forename,
        like.surname,
        like.nhs,
        other.forename,
        other.surname,
        *born,
    }
    assert not {value for value in values if value in everything}
    answer = ("--reason", REASON, "--why", WHY, "--seen", str(view["seen"]), "--by", SCREENER, "--yes", "--json")
    assert mash("identity", "same", view["person"], candidate["person"], *answer).json["state"] == "settled"
    ended = mash("identity", "review", doubt, "--by", SCREENER)
    assert (ended.code, f"It was found to be {known}" in ended.out) == (0, True)


def test_a_review_that_one_may_not_know_of_is_typed_like_none_and_two_proposed_as_one_like_a_review(
    own_hub: Callable[..., RunningHub], mash: Mash, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = own_hub()
    monkeypatch.setenv("MASH_DATA", str(tmp_path / "data-0"))
    monkeypatch.setenv("MASH_DEMO", "true")
    by_hand, like = ByHand(running), somebody()
    known, doubt = by_hand.seen(like, "school"), by_hand.in_doubt(like)
    until = moment(0).replace(year=2099)
    mother = RegisterStaff(
        staff="staff-mother", organisation="council", setting="mash", roles=("decision_maker",), ig_trained_until=until,
        related=(known,),
    )  # fmt: skip
    running.hub.register_staff([mother])
    running.stop()
    absent = mash("identity", "review", "no-such-person", "--by", "staff-mother")
    own = mash("identity", "review", doubt, "--by", "staff-mother")
    assert (own.code, own.out, own.err) == (1, absent.out, absent.err)
    assert "no such person" in own.err
    assert mash("identity", "review", doubt, "--by", OFFICER).code == 1
    assert mash("identity", "review", known, "--other", doubt, "--by", SCREENER).code == 1  # nobody proposes it
    nobody = mash("identity", "review", known, "--by", SCREENER)
    assert (nobody.code, "Nothing is in doubt any more." in nobody.out) == (0, True)


def test_the_demo_accounts_that_may_decide_are_listed(mash: Mash, monkeypatch: pytest.MonkeyPatch) -> None:
    assert mash("identity", "accounts", "--json").json == {"accounts": []}
    monkeypatch.setenv("MASH_DEMO", "true")
    listed = [one.staff for one in DEMO_ACCOUNTS if may_do(one.roles, "identity")]
    assert mash("identity", "accounts", "--json").json == {"accounts": listed}
