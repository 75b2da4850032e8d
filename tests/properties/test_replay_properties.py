"""Every look can be put again: what comes out under the edition and the record of its time is what was let out then."""

from collections.abc import Callable, Iterator
from functools import partial
from random import Random

import pytest
from msgspec import structs

from hub.adapters.signin import DEMO_ACCOUNTS
from hub.domain import edition, rendering
from hub.domain.errors import HubError
from hub.domain.fact import Recorded
from hub.domain.ledger import Asked
from hub.domain.moments import london_day
from hub.domain.person import RestrictionSet
from hub.flow.replay import replay_look
from policies.draft import draft
from tests.support.messages import a_child, concern, seen_by
from tests.support.partnership import RunningHub, settings_for
from tests.support.planted import Planted

LOOKS = 1_000


class History:
    """A hub in which people look, things happen, and the edition changes, as chance has it; the seed says how."""

    def __init__(self, planted: Planted, seed: int) -> None:
        self.planted, self.hub, self.random = planted, planted.hub, Random(seed)  # noqa: S311 - chance that can be had again

    def live(self, looks: int) -> None:
        """Until so many entries stand in the ledger."""
        while self.hub.ledger.position() < looks:
            self.some_looks()
            self.something_happens()

    def entries(self) -> list[Recorded]:
        found: list[Recorded] = []
        while page := self.hub.ledger.read(found[-1].position if found else 0, 1_000):
            found += page
        return [one for one in found if isinstance(one.fact, Asked)]

    def some_looks(self) -> None:
        hub, planted = self.hub, self.planted
        for _ in range(40):
            who = hub.asker(self.random.choice(DEMO_ACCOUNTS).staff)
            child = self.random.choice([planted.child, planted.child, planted.secret, planted.relative])
            looks: list[Callable[[], object]] = [
                partial(hub.picture, who, child, ""),
                partial(hub.picture, who, child, planted.enquiry),
                partial(hub.enquiry, who, planted.enquiry, 0),
                partial(hub.audit, who, child, None),
                partial(hub.ledger_of, who, child),
                partial(hub.releasing.page, who),
            ]
            try:
                self.random.choice(looks)()
            except HubError:
                continue  # refused: in the ledger like every look

    def something_happens(self) -> None:
        hub, planted = self.hub, self.planted
        chance = self.random.randrange(4)
        if chance == 0:
            said = concern("police", seen_by(a_child(), "police"))
            planted.running.say(said)
            planted.running.settled(alerts=False)
        elif chance == 1:
            stream = f"person:{planted.relative}"
            shut = self.random.random() < 0.5
            fact = RestrictionSet(restricted=shut, ground="protected_person", readers=(), decision="")
            hub._append(stream, hub.record.versions([stream])[stream], [fact], "service:test")
        elif chance == 2:
            hub.list_sample([planted.child], ["staff-68e2c9"], 3, "case_review")


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Iterator[History]:
    running = RunningHub(settings_for(tmp_path_factory.mktemp("replay") / "data"))
    running.start()
    try:
        planted = Planted(running, secrets=True)
        planted.open_enquiry()
        made = History(planted, seed=11)
        made.live(LOOKS // 2)
        publish_without(planted, "R01")  # from now on nobody reads back what their organisation sent
        made.live(LOOKS + LOOKS // 10)
        yield made
    finally:
        running.close()


def publish_without(planted: Planted, policy: str) -> None:
    hub = planted.hub
    content = draft(hub.settings.partnership, london_day(hub.clock.now()))
    pieces = content["policies"].split("@id(")
    content["policies"] = "@id(".join(piece for piece in pieces if not piece.startswith(f'"{policy}"'))
    hub._append(edition.stream(2), 0, [edition.publish(2, hub.clock.now(), content)], "service:test")
    planted.running.settled(alerts=False)


def test_a_thousand_looks_put_again_give_what_was_let_out_then(history: History) -> None:
    entries = history.entries()
    some = history.random.sample(entries, LOOKS)
    replaying = history.hub.replaying
    different = [
        (found.position, found.asked.reason, found.missing)
        for one in some
        if not (found := replaying.again(one.position)).equal
    ]
    assert different == []
    asked = [one.fact for one in some if isinstance(one.fact, Asked)]
    assert {one.edition for one in asked} == {"1", "2"}
    assert sum(bool([place for place in one.places if place]) for one in asked) > 100, "hardly anything was opened"
    assert sum(one.withheld > 0 for one in asked) > 100, "hardly anything was withheld"


def opened(history: History, number: str) -> Recorded:
    return next(
        one
        for one in history.entries()
        if isinstance(one.fact, Asked)
        and one.fact.edition == number
        and any(one.fact.places)
        and one.fact.who == "staff-7c41e0"
    )


def test_under_another_edition_the_same_look_gives_something_else(history: History) -> None:
    """The control: it matters which edition is asked."""
    hub, replaying = history.hub, history.hub.replaying
    one = opened(history, "1")
    found = replay_look(
        one.position, ledger=hub.ledger, record=hub.record, judge=lambda _, question: replaying.judge("2", question)
    )
    assert (found.equal, found.missing) == (False, ())


def test_one_item_more_or_less_or_changed_in_the_record_gives_something_else(history: History) -> None:
    ledger, record, judge = history.hub.ledger, history.hub.record, history.hub.replaying.judge
    one = opened(history, "1")
    fact = one.fact
    assert isinstance(fact, Asked)

    class Altered:
        """The ledger, with another entry in this one's place."""

        def __init__(self, fact: Asked) -> None:
            self.fact = fact

        def read(self, *_: object, **__: object) -> list[Recorded]:
            return [structs.replace(one, fact=self.fact)]

    for altered in (
        structs.replace(fact, opened=fact.opened[1:], places=fact.places[1:]),
        structs.replace(fact, opened=(*fact.opened, "more"), places=(*fact.places, 0)),
        structs.replace(fact, places=tuple(place and place - 1 for place in fact.places)),
    ):
        found = replay_look(one.position, ledger=Altered(altered), record=record, judge=judge)  # type: ignore[arg-type]
        assert not found.equal
    assert replay_look(one.position, ledger=ledger, record=record, judge=judge).equal


def test_the_hash_holds_no_word(history: History) -> None:
    """It is over what is stored: the same words sealed twice give two hashes, so nobody can guess at them."""
    vault = history.hub.vault
    record = next(iter(history.hub.record.of_persons([history.planted.child]))).source_record
    ones = [vault.seal("narrative", [record], {"text": "The same."}, "police") for _ in range(2)]
    assert rendering.content(ones[0]) != rendering.content(ones[1])
