"""A child moves from one hub to another: two whole hubs, letters of codes between them, and nothing ends before the yes."""

import json
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from typer.testing import CliRunner

from hub.adapters import moving, sealing
from hub.cli import app
from hub.domain import transfer as transfers
from hub.domain.errors import NotFound, NotPermitted, Refused
from hub.domain.help import Propose
from hub.domain.help_plan import Make, Seat
from hub.domain.offer import MakeOffer
from hub.domain.staff import RegisterStaff
from hub.domain.transfer import Letter, Signed
from policies.partnerships import ROOT
from tests.support import asking
from tests.support.asking import CANARY, DECIDER, POLICE, SCREENER, Front
from tests.support.enquiries import decision
from tests.support.identities import somebody
from tests.support.messages import involvement
from tests.support.partnership import MovedClock, RunningHub, settings_for, wait_until
from tests.support.site import Site

HELPER = "staff-4fa690"
OURS = """
[[neighbours]]
code = "demo"
title = "Demo partnership"
source = "not stated in the source"
chosen = "made for a test"

[[neighbours.level]]
number = 2
name = "Early help"
descriptor = "One need"
means = ["one_service"]
"""


@pytest.fixture(scope="module")
def clock() -> MovedClock:
    return MovedClock()


def hub_of(folder: Path, clock: MovedClock, *roles: str, **more: Any) -> RunningHub:
    made = RunningHub(settings_for(folder, **more), clock)
    made.start("intake", "views", *roles)
    if "early_help" not in made.hub.register().organisations:
        made.hub.add_organisation("early_help", "Early Help", "early_help")
    return made


@pytest.fixture(scope="module")
def here(clock: MovedClock, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    made = hub_of(tmp_path_factory.mktemp("here"), clock, "relay", "silence")
    yield made
    made.close()


@pytest.fixture(scope="module")
def there(clock: MovedClock, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    """Another partnership with a hub of its own, which knows the first."""
    folder = tmp_path_factory.mktemp("there")
    shutil.copytree(str(ROOT.joinpath("demo")), folder / "partnerships" / "next-door")
    (folder / "partnerships" / "next-door" / "services.toml").write_text(OURS, encoding="utf-8")
    made = hub_of(folder / "data", clock, partnership="next-door", partnerships=folder / "partnerships")
    yield made
    made.close()


@pytest.fixture(autouse=True)
def young(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is 18: that needs a ground, and is tested with help."""
    like = somebody()
    made = type(like)(like.serial, like.forename, like.surname, like.born.replace(year=2018))
    monkeypatch.setattr(asking, "somebody", lambda: made)


def sibling(running: RunningHub, monkeypatch: pytest.MonkeyPatch) -> Front:
    """Another child of the same hub."""
    like = somebody()
    made = type(like)(like.serial, like.forename, like.surname, like.born.replace(year=2018))
    monkeypatch.setattr(asking, "somebody", lambda: made)
    return Front(running, surname="Marshwort")


@pytest.fixture
def both(here: RunningHub, there: RunningHub, clock: MovedClock) -> tuple[Front, Front]:
    """A child here, and the same child as the other partnership has them; each hub knows the other's key."""
    clock.moved = timedelta(0)
    for one, other, code in ((here, there, "next_door"), (there, here, "demo")):
        key = other.hub.hub_key()
        one.hub.know_hub(code, code, key["signs_keyid"], bytes.fromhex(key["signs"]))
    return Front(here), Front(there)


def refused(act: Any) -> str:
    with pytest.raises(Refused) as why:
        act()
    return why.value.field


def carry(sender: Front, receiver: Front, move: str) -> Any:
    letter = sender.hub.transferring.letter(sender.who(SCREENER), move).text
    assert CANARY not in letter
    assert sender.child not in letter
    return receiver.hub.transferring.receive(receiver.who(SCREENER), letter.encode())


def helped(front: Front, level: int = 2) -> None:
    """A child at a level, whom somebody leads for, with a plan of help and an offer."""
    hub, screener = front.hub, front.who(SCREENER)
    hub.leading.propose(screener, front.child, HELPER, "x")
    hub.leading.accept(front.who(HELPER), front.child)
    front.running.say(involvement("health", front.like.known_to("health"), "health visiting", setting="north"))
    front.running.settled(alerts=False)
    hub.helping.propose(screener, Propose(child=front.child, level=level, to=HELPER, why="x", by=SCREENER))
    hub.helping.accept(front.who(HELPER), front.child)
    seats = (Seat("early_help", "family_hub_east"), Seat("health", "north"))
    later = hub.clock.now().date() + timedelta(days=30)
    plan = Make(team="TAF", seats=seats, family=("parent",), goal_words="x", goal=3, review_on=later)
    hub.help_planning.make(front.who(HELPER), front.child, plan)
    hub.offering.make(screener, MakeOffer(child=front.child, service="", organisation="early_help", to=("parent",)))


def open_here(front: Front) -> dict[str, object]:
    screener = front.who(SCREENER)
    return {
        "level": front.hub.helping.view(screener, front.child).level,
        "lead": bool(front.hub.leading.view(screener, front.child).lead),
        "plans": [one.closed for one in front.hub.help_planning.page(screener, front.child).rows],
        "offers": [one.state for one in front.hub.offering.view(screener, front.child).rows],
    }


OPEN = {"level": 2, "lead": True, "plans": [""], "offers": ["offered"]}


def test_who_may_not_know_of_the_child_moves_nobody_and_a_hub_that_is_not_known_is_asked_nothing(
    both: tuple[Front, Front],
) -> None:
    front, _ = both
    transferring = front.hub.transferring
    for act in (
        lambda: transferring.propose(front.who(POLICE), front.child, "next_door", None),
        lambda: transferring.view(front.who(POLICE), front.child),
        lambda: transferring.view(front.who(HELPER), front.child),
        lambda: transferring.letter(front.who(SCREENER), "no-such-move"),
        lambda: transferring.propose(front.who(SCREENER), "no-such-child", "next_door", None),
    ):
        with pytest.raises(NotFound):
            act()
    with pytest.raises(NotPermitted):
        transferring.page(front.who(HELPER))
    assert refused(lambda: transferring.propose(front.who(SCREENER), front.child, "atlantis", None)) == "to"


def test_until_the_other_hub_says_yes_nothing_ends_and_then_everything_ends_at_once(both: tuple[Front, Front]) -> None:
    front, other = both
    helped(front)
    move = front.hub.transferring.propose(front.who(SCREENER), front.child, "next_door", None)
    assert refused(lambda: front.hub.transferring.propose(front.who(SCREENER), front.child, "next_door", None)) == "to"
    taken = carry(front, other, move)
    assert (taken.kind, taken.new, carry(front, other, move).new) == ("case.transferred", True, False)
    assert open_here(front) == OPEN

    (asked,) = [one for one in other.hub.transferring.page(other.who(SCREENER)).incoming if one.move == move]
    assert (asked.level_words, asked.here, asked.suggested) == (
        "Level 2: Early help", ("Level 2: Early help",), "Level 1: Universal",
    )  # fmt: skip  # placed there by the list of levels that this hub has of that one
    assert asked.descriptor == ""  # in words that this hub does not hold: they are not kept
    assert "transfer_asked" in {one.kind for one in other.hub.tasks(other.who(SCREENER)).rows}
    assert refused(lambda: other.hub.transferring.letter(other.who(SCREENER), move)) == "transfer"
    assert refused(lambda: other.hub.transferring.take_on(other.who(SCREENER), move, "", 2, HELPER, "x")) == "child"
    step = other.hub.transferring.take_on(other.who(SCREENER), move, other.child, 2, HELPER, "They moved to us.")
    assert other.hub.helping.view(other.who(SCREENER), other.child).level == 1  # a person sets it, by accepting
    assert [one.step for one in other.hub.helping.mine(other.who(HELPER)).rows if one.child == other.child] == [step]
    other.hub.helping.accept(other.who(HELPER), other.child)
    assert other.hub.helping.view(other.who(SCREENER), other.child).level == 2

    assert open_here(front) == OPEN
    answer = carry(other, front, move)
    assert (answer.kind, answer.new, carry(other, front, move).new) == ("case.transfer-answered", True, False)
    assert open_here(front) == {
        "level": 1, "lead": False, "plans": ["The family moved away"], "offers": ["ended"],
    }  # fmt: skip
    (row,) = front.hub.transferring.view(front.who(SCREENER), front.child).rows
    assert row.state_words == "Taken on"


def test_a_no_leaves_everything_as_it_was_and_asks_the_front_door(both: tuple[Front, Front]) -> None:
    front, other = both
    helped(front)
    move = front.hub.transferring.propose(front.who(SCREENER), front.child, "next_door", None)
    carry(front, other, move)
    assert refused(lambda: other.hub.transferring.decline(other.who(SCREENER), move, "busy")) == "reason"
    other.hub.transferring.decline(other.who(SCREENER), move, "not_here")
    carry(other, front, move)
    assert open_here(front) == OPEN
    asked = {(one.kind, one.child) for one in front.hub.tasks(front.who(SCREENER)).rows}
    assert ("transfer_refused", front.child) in asked
    front.hub.transferring.propose(front.who(SCREENER), front.child, "next_door", None)
    asked = {(one.kind, one.child) for one in front.hub.tasks(front.who(SCREENER)).rows}
    assert ("transfer_refused", front.child) not in asked


def test_before_it_is_answered_it_may_be_taken_back_and_no_answer_closes_anything_then(
    both: tuple[Front, Front],
) -> None:
    front, other = both
    helped(front)
    move = front.hub.transferring.propose(front.who(SCREENER), front.child, "next_door", None)
    carry(front, other, move)
    front.hub.transferring.take_back(front.who(SCREENER), front.child)
    other.hub.transferring.take_on(other.who(SCREENER), move, other.child, 2, HELPER, "x")
    other.hub.helping.accept(other.who(HELPER), other.child)
    assert carry(other, front, move).new is False
    assert open_here(front) == OPEN
    assert carry(front, other, move).new is False  # they had said yes before it was taken back: a person rings them


def decided(front: Front) -> None:
    """The child's MASH enquiry is graded, claimed and decided."""
    hub, screener = front.hub, front.who(SCREENER)
    hub.enquiring.grade(screener, front.enquiry, "amber", "x")
    hub.enquiring.claim(screener, front.enquiry)
    said = decision(hub.record.position(), child=front.child, by=DECIDER, seen_by="police")
    hub.decide(front.who(DECIDER), front.enquiry, said)
    front.running.settled(alerts=False)


def asked_there(front: Front, other: Front, theirs: int | None = None) -> str:
    """A move that the other hub was asked for."""
    move = front.hub.transferring.propose(front.who(SCREENER), front.child, "next_door", theirs)
    carry(front, other, move)
    return move


def test_a_yes_is_carried_only_once_who_was_asked_has_the_child_and_their_no_puts_it_back(
    both: tuple[Front, Front],
) -> None:
    front, other = both
    helped(front)
    move, moving_in, screener = asked_there(front, other), other.hub.transferring, other.who(SCREENER)

    def tasks() -> set[str]:
        return {
            one.what for one in other.hub.tasks(screener).rows if one.child == other.child and "take on" in one.what
        }

    def stands() -> str:
        (row,) = [one for one in moving_in.page(screener).incoming if one.move == move]
        return row.state

    for over in ("declined", "taken back"):
        moving_in.take_on(screener, move, other.child, 2, HELPER, "x")
        assert (stands(), tasks()) == ("asked", set())
        assert refused(lambda: moving_in.letter(screener, move)) == "transfer"
        assert refused(lambda: moving_in.decline(screener, move, "not_here")) == "transfer"
        if over == "declined":
            other.hub.helping.decline(other.who(HELPER), other.child, "no_capacity", "")
        else:
            other.hub.helping.take_back(screener, other.child)
        assert (stands(), len(tasks())) == ("waits", 1)
        assert refused(lambda: moving_in.letter(screener, move)) == "transfer"
    moving_in.take_on(screener, move, other.child, 2, HELPER, "x")
    other.hub.helping.accept(other.who(HELPER), other.child)
    assert (stands(), tasks()) == ("accepted", set())
    assert carry(other, front, move).new is True


def test_taken_back_over_there_nobody_is_asked_any_more(both: tuple[Front, Front]) -> None:
    front, other = both
    move = asked_there(front, other)
    other.hub.transferring.take_on(other.who(SCREENER), move, other.child, 2, HELPER, "x")
    front.hub.transferring.take_back(front.who(SCREENER), front.child)
    assert carry(front, other, move).new is True
    assert other.child not in {one.child for one in other.hub.helping.mine(other.who(HELPER)).rows}


def test_nobody_says_yes_alone_for_a_child_whom_nobody_has_or_below_what_their_level_means(
    both: tuple[Front, Front],
) -> None:
    front, other = both
    helped(front)
    move, moving_in, screener = asked_there(front, other), other.hub.transferring, other.who(SCREENER)
    assert refused(lambda: moving_in.take_on(screener, move, other.child, 1, "", "")) == "to"  # nobody has the child
    other.hub.leading.propose(screener, other.child, HELPER, "x")
    other.hub.leading.accept(other.who(HELPER), other.child)
    assert (
        refused(lambda: moving_in.take_on(screener, move, other.child, 1, "", "")) == "level"
    )  # it means level 2 here
    other.hub.helping.propose(screener, Propose(child=other.child, level=2, to=HELPER, why="x", by=SCREENER))
    other.hub.helping.accept(other.who(HELPER), other.child)
    assert moving_in.take_on(screener, move, other.child, 2, "", "") == ""
    assert carry(other, front, move).new is True


def test_two_who_take_on_one_move_ask_one_person_and_a_question_that_fails_takes_on_nobody(
    both: tuple[Front, Front], monkeypatch: pytest.MonkeyPatch
) -> None:
    front, other = both
    move, moving_in, screener = asked_there(front, other), other.hub.transferring, other.who(SCREENER)
    second = sibling(other.running, monkeypatch)
    acts = moving_in.act()
    state = acts.incoming("demo", move)
    moving_in.take_on(screener, move, other.child, 2, HELPER, "x")

    def late() -> None:  # read before, written after
        wish = Propose(child=second.child, level=2, to=HELPER, why="x", by=SCREENER)
        beside = moving_in.act().taken_on(state.origin, state.id, second.child, SCREENER)
        other.hub.helping.propose(screener, wish, beside)

    assert refused(late) == "transfer"
    assert other.hub.helping.view(screener, second.child).waits == ""


def test_a_level_that_a_mash_decision_set_ends_with_the_yes_too(both: tuple[Front, Front]) -> None:
    front, other = both
    decided(front)
    move = asked_there(front, other, 0)
    other.hub.transferring.take_on(other.who(SCREENER), move, other.child, 2, HELPER, "x")
    other.hub.helping.accept(other.who(HELPER), other.child)
    assert front.hub.helping.view(front.who(SCREENER), front.child).level == 3
    carry(other, front, move)
    assert front.hub.helping.view(front.who(SCREENER), front.child).level == 1


def test_two_who_propose_at_once_ask_one_hub_and_a_yes_takes_back_what_else_waits(
    both: tuple[Front, Front], monkeypatch: pytest.MonkeyPatch
) -> None:
    front, other = both
    helped(front)
    acts, due = front.hub.transferring.act(), front.hub.clock.now() + timedelta(days=5)
    first = acts.propose(front.child, "next_door", 2, (1, False), due, SCREENER)
    assert refused(lambda: acts.propose(front.child, "elsewhere", 2, (1, True), due, SCREENER)) == "to"
    at_once = front.hub.transferring.act()
    monkeypatch.setattr(at_once, "_next", lambda _: first)  # read before the first was written
    assert refused(lambda: at_once.propose(front.child, "elsewhere", 2, (1, True), due, SCREENER)) == "to"
    front.hub.transferring.settle()
    # as two records of one child may each have one
    twin = sibling(front.running, monkeypatch)
    acts.propose(twin.child, "next_door", 1, (1, False), due, SCREENER)
    front.hub.transferring.settle()
    (waits,) = front.hub.transferring.view(front.who(SCREENER), twin.child).rows
    carry(front, other, first)
    letter = Letter(
        kind="case.transfer-answered", origin="next_door", to="demo", transfer=first, written=due, accepted=True
    )  # fmt: skip
    others = [transfers.stream(twin.child, waits.move), transfers.stream(front.child, first)]
    assert acts.answered(front.child, [front.child], [], others, letter, "k", due.date(), SCREENER, above=False)
    front.hub.transferring.settle()
    (waits,) = front.hub.transferring.view(front.who(SCREENER), twin.child).rows
    assert waits.state == "taken_back"


def test_a_question_comes_from_a_neighbour_under_an_id_of_its_own_in_words_that_are_known(
    both: tuple[Front, Front],
) -> None:
    front, other = both
    ours = other.hub.transferring.propose(other.who(SCREENER), other.child, "demo", 0)
    asks = Letter(
        kind="case.transferred", origin="demo", to="next_door", transfer=str(uuid4()), written=other.hub.clock.now(),
        number=2, name="Early help", descriptor=f"About {CANARY}", means=("one_service",), suggested=2,
        due=other.hub.clock.now() + timedelta(days=5),
    )  # fmt: skip
    receive, screener = other.hub.transferring.receive, other.who(SCREENER)

    def sent(**changed: Any) -> Callable[[], Any]:
        letter = moving.write(front.hub.speaks, msgspec.structs.replace(asks, **changed))
        return lambda: receive(screener, msgspec.json.encode(letter))

    pair = sealing.make_signing_pair()
    other.hub.know_hub("police_hub", "x", pair.keyid, pair.public)  # of the register, and no neighbour
    strange = moving.write(pair, msgspec.structs.replace(asks, origin="police_hub"))
    assert refused(lambda: receive(screener, msgspec.json.encode(strange))) == "letter"
    assert refused(sent(transfer=ours)) == "letter"
    assert refused(sent(transfer="m")) == "letter"
    assert sent()().new is True
    third = msgspec.structs.replace(asks, origin="police_hub", transfer=str(uuid4()))
    acts = other.hub.transferring.act()
    assert acts.received(third, "k", SCREENER, ("demo", "police_hub")) is True
    copied = msgspec.structs.replace(asks, transfer=third.transfer)
    assert refused(lambda: acts.received(copied, "k", SCREENER, ("demo", "police_hub"))) == "letter"
    assert refused(sent(transfer=third.transfer)) == "letter"
    (row,) = [one for one in other.hub.transferring.page(screener).incoming if one.move == asks.transfer]
    assert (row.level_words, row.descriptor) == (
        "Level 2: Early help",
        "",
    )  # what this edition does not hold is not kept
    with pytest.raises(NotFound):
        other.hub.transferring.decline(screener, f"demo:{asks.transfer}", "not_here")


def test_a_move_that_nobody_answers_is_silent_and_the_answer_ends_it(
    both: tuple[Front, Front], clock: MovedClock
) -> None:
    front, other = both

    def silent() -> bool:
        rows = front.hub.listening.page(front.who(SCREENER), "transfer_unanswered").rows
        return front.child in {one.child for one in rows}

    move = front.hub.transferring.propose(front.who(SCREENER), front.child, "next_door", None)
    carry(front, other, move)
    assert not silent()
    clock.moved = timedelta(days=12)
    wait_until(lambda: front.running.died or silent(), what="nobody answered")
    other.hub.transferring.decline(other.who(SCREENER), move, "not_found")
    carry(other, front, move)
    wait_until(lambda: front.running.died or not silent(), what="they answered")


def test_a_letter_that_was_changed_or_that_another_hub_wrote_is_none(both: tuple[Front, Front]) -> None:
    front, other = both
    move = front.hub.transferring.propose(front.who(SCREENER), front.child, "next_door", None)
    letter = json.loads(front.hub.transferring.letter(front.who(SCREENER), move).text)
    receive, screener = other.hub.transferring.receive, other.who(SCREENER)
    changed = {**letter, "letter": letter["letter"].replace('"number":1', '"number":4')}
    assert changed != letter
    strange = {**letter, "key": other.hub.speaks.keyid}
    to_us = {**letter, "extra": 1}
    for wrong in (changed, strange, to_us, {**letter, "signature": "zz"}, {}):
        assert refused(lambda wrong=wrong: receive(screener, json.dumps(wrong).encode())) == "letter"
    assert refused(lambda: receive(screener, b"\xff")) == "letter"
    assert refused(lambda: front.hub.transferring.receive(front.who(SCREENER), json.dumps(letter).encode())) == "letter"
    with pytest.raises(NotPermitted):
        receive(other.who(HELPER), json.dumps(letter).encode())
    assert move not in {one.move for one in other.hub.transferring.page(screener).incoming}
    # an answer to a move that was never put to the hub that answers
    made = other.hub.transferring.propose(screener, other.child, "demo", 0)
    own = msgspec.json.decode(other.hub.transferring.letter(screener, made).text, type=Signed)
    asks = msgspec.json.decode(own.letter, type=Letter)
    for ident in ("3f2a91bc", "x" * 36):
        bad = moving.write(other.hub.speaks, msgspec.structs.replace(asks, transfer=ident))
        given = msgspec.json.encode(bad)
        assert refused(lambda given=given: front.hub.transferring.receive(front.who(SCREENER), given)) == "letter"
    carry(other, front, made)
    front.hub.transferring.decline(front.who(SCREENER), made, "not_here")
    answer = front.hub.transferring.letter(front.who(SCREENER), made).text.encode()
    assert receive(screener, answer).new is True


def test_somebody_of_18_or_more_is_taken_on_on_a_ground(
    both: tuple[Front, Front], monkeypatch: pytest.MonkeyPatch
) -> None:
    front, other = both
    move, screener = asked_there(front, other), other.who(SCREENER)
    like = somebody()
    grown = type(like)(like.serial, like.forename, like.surname, like.born.replace(year=2006))
    monkeypatch.setattr(asking, "somebody", lambda: grown)
    child = Front(other.running, surname="Marshwort").child
    with Site(other.hub) as site, site.visit(SCREENER) as visit:
        said = {
            "step": "take_on", "move": move, "number": "1", "child-1": child, "level-1": "2", "to-1": HELPER, "why-1": "x",
        }  # fmt: skip
        page = visit.send("/transfers", said)
        assert (page.status_code, "From 18 on help needs a ground" in page.text) == (422, True)
        done = visit.send("/transfers", {**said, "ground-1": "disability"})
        assert (done.status_code, "Our yes can be carried once they have accepted" in done.text) == (200, True)
        other.hub.helping.take_back(screener, child)
        body = {"child": child, "level": 2, "to": HELPER, "why": "x", "called": "Step up", "ground": "care_leaver"}
        assert visit.call(f"/api/v1/transfers/{move}/take-on", body).status_code == 200
    assert other.hub.transferring.page(screener).incoming[0].state == "asked"


def test_the_page_offers_what_is_on_record_of_the_child_to_tick_and_ticks_nothing_beforehand(
    both: tuple[Front, Front],
) -> None:
    front, other = both
    decided(other)
    hub = other.hub
    move, code = asked_there(front, other), f"mash-enquiry:{other.enquiry}"
    offered = f"Decision of MASH enquiry {other.enquiry[:8].upper()}"
    hub.register_staff([
        RegisterStaff(
            staff="staff-kin", organisation="children_social_care", setting="mash", roles=("screening_social_worker",),
            related=(other.child,), ig_trained_until=hub.clock.now() + timedelta(days=9),
        )
    ])  # fmt: skip
    with Site(hub) as site, site.visit(SCREENER) as visit:
        assert offered not in visit.get("/transfers").text  # nobody has said yet who the child is
        form = {
            "move": move, "number": "1", "child-1": other.child, "level-1": "4", "to-1": HELPER, "why-1": "x",
        }  # fmt: skip
        listed = visit.send("/transfers", {**form, "step": "evidence"})
        assert (listed.status_code, offered in listed.text, f'value="{code}" checked' in listed.text) == (
            200,
            True,
            False,
        )
        nobody = visit.send("/transfers", {**form, "child-1": "", "step": "evidence"})
        assert (nobody.status_code, "Enter who the child is here" in nobody.text) == (422, True)
        assert visit.send("/transfers", {**form, "child-1": "no-such-child", "step": "evidence"}).status_code == 404
        none = visit.send("/transfers", {**form, "step": "take_on"})
        assert (none.status_code, "Select what the step rests on" in none.text, offered in none.text) == (
            422,
            True,
            True,
        )
        assert f'value="{code}" checked' not in none.text
        wrong = visit.send("/transfers", {**form, "step": "take_on", "evidence-1": "alert:x", "level-1": "4"})
        assert (wrong.status_code, "Select only what is on record" in wrong.text) == (422, True)
        again = visit.send("/transfers", {**form, "step": "take_on", "evidence-1": code, "to-1": ""})
        assert (again.status_code, f'value="{code}" checked' in again.text) == (422, True)
        done = visit.send("/transfers", {**form, "step": "take_on", "evidence-1": code})
        assert (done.status_code, "Our yes can be carried once they have accepted" in done.text) == (200, True)
    for staff in ("staff-kin", HELPER, POLICE):
        with pytest.raises((NotFound, NotPermitted)):
            hub.transferring.evidence(hub.asker(staff), other.child)
    rests = [one for one in hub.helping.view(other.who(SCREENER), other.child).history if one.rests_on]
    assert [one.rests_on for one in rests] == [(offered,)]


def test_pages_and_interface_carry_it(both: tuple[Front, Front]) -> None:
    front, other = both
    page = f"/child/{front.child}/move"
    with Site(front.hub) as site, site.visit(SCREENER) as ours, site.visit(HELPER) as helper:
        assert "it is Level 1: Community there" in ours.get(page).text
        asked = ours.send(page, {"step": "propose", "to": "next_door"})
        assert "Waits for an answer" in asked.text
        (row,) = [one for one in ours.call("/api/v1/transfers").json()["out"] if one["child"] == front.child]
        letter = ours.call(f"/api/v1/transfers/{row['move']}").json()["text"]
        assert "Letter to carry" in ours.get(f"/transfers/{row['move']}").text
        assert helper.get("/transfers").status_code == 403
        assert helper.get(page).status_code == 404
        with Site(other.hub) as their_site, their_site.visit(SCREENER) as theirs:
            bad = theirs.send("/transfers", {"step": "receive", "letter": "hello"})
            assert (bad.status_code, "no letter of a hub" in bad.text) == (422, True)
            assert theirs.call("/api/v1/transfers", {"text": letter}).json()["new"] is True
            listed = theirs.get("/transfers").text
            assert "Ring them to learn who the child is" in listed
            no = theirs.send("/transfers", {"step": "decline", "move": row["move"], "number": "1"})
            assert (no.status_code, "Select why the child is not taken on" in no.text) == (422, True)
            done = theirs.call(f"/api/v1/transfers/{row['move']}/decline", {"reason": "not_here"})
            assert done.status_code == 200
            answer = theirs.call(f"/api/v1/transfers/{row['move']}").json()["text"]
        sent = ours.send("/transfers", {"step": "receive", "letter": answer})
        assert "not taken on: the child does not live here" in sent.text


def test_the_commands_carry_it_too(tmp_path: Path, clock: MovedClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MASH_DEMO", "true")
    made = RunningHub(settings_for(tmp_path / "data"), clock)
    made.start("intake", "views")
    child = Front(made).child
    key = tmp_path / "key.json"
    key.write_text(json.dumps(made.hub.hub_key()), encoding="utf-8")
    made.close()

    def run(*words: str) -> Any:
        done = CliRunner().invoke(app, ["transfer", *words, "--data", str(tmp_path / "data"), "--json"])
        if isinstance(done.exception, Refused):
            return done.exception.field
        assert (done.exit_code, done.exception) == (0, None), done.output
        return json.loads(done.stdout.strip().splitlines()[-1])

    by = ("--by", SCREENER)
    assert run("propose", child, "--to", "next_door", *by) == "to"  # nobody has registered that hub's key
    assert run("know", "next_door", "--key", str(tmp_path / "data" / "record.db")) == "key"
    assert run("know", "next_door", "--key", str(key))["new"] is True
    move = run("propose", child, "--to", "next_door", *by)["move"]
    letter = str(tmp_path / "move.json")
    assert run("letter", move, "--out", letter, *by)["to"] == "next_door"
    assert run("letter", move, "--out", letter, *by) == "out"
    assert run("receive", letter, *by) == "letter"  # it is to another hub
    assert [one["state"] for one in run("list", *by)["out"]] == ["waits"]
    run("take-back", child, *by)
    assert [one["state"] for one in run("list", *by)["out"]] == ["taken_back"]
