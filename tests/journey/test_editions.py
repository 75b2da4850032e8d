"""A new edition is taken up while the hub runs, whole or not at all; one that does not load changes nothing but the alarm."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from copy import deepcopy
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cedarpy import Decision

from hub.adapters.signin import DEMO_ACCOUNTS
from hub.bootstrap import Hub, open_hub
from hub.domain import edition as editions
from hub.domain.alert import AlertRaised
from hub.domain.concern import ConcernRuled
from hub.domain.edition import EditionCondemned, EditionPublished
from hub.domain.errors import HubError, NotFound, NotPermitted, TryLater
from hub.domain.fact import Recorded
from hub.domain.ledger import Asked
from hub.domain.questions import decode
from hub.views.governing import _as_recorded, _ruled, _told
from hub.views.models import Filters
from tests.support.drafts import DECISION_MAKER, IG_LEAD, copy_of_the_set, stricter
from tests.support.messages import a_child, concern, moment, seen_by
from tests.support.partnership import MovedClock, RunningHub, settings_for, wait_until

OwnHub = Callable[..., RunningHub]


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def own_hub(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OwnHub]:
    """Makes a hub for one test alone, over one store and the other; not started."""
    opened: list[RunningHub] = []
    made: list[str] = []

    def make(clock: MovedClock | None = None, **more: object) -> RunningHub:
        if request.param == "postgres":
            made.append(request.getfixturevalue("postgres_server").new_database())
            more = {**more, "store": "postgres", "postgres_dsn": made[-1]}
        opened.append(RunningHub(settings_for(tmp_path / f"data-{len(opened)}", **more), clock))
        return opened[-1]

    yield make
    for running in opened:
        with suppress(HubError):  # the test closed it
            running.close()
    for dsn in made:
        request.getfixturevalue("postgres_server").drop_database(dsn)


def parts_of(running: RunningHub, **other: Any) -> dict[str, Any]:
    """The parts of the edition in force, with these instead."""
    return {**running.hub.edition.parts, **other}


def started(running: RunningHub) -> RunningHub:
    """With every role, and the organisation that the demo's decision maker works for."""
    running.hub.add_organisation("children_social_care", "Children's social care", "social_care")
    running.start()
    return running


def put_on_record(running: RunningHub, number: int, parts: dict[str, Any], *, whole: bool = True) -> None:
    """An edition as another process publishes it: this hub is told nothing. Not `whole`: nobody read it first."""
    now = running.hub.clock.now()
    if whole:
        fact = editions.publish(number, now, parts)
    else:
        body = editions.canonical(parts)
        fact = EditionPublished(number=number, effective_from=now, content=body, content_hash=sha256(body).hexdigest())
    running.hub._append(editions.stream(number), 0, [fact], "person:elsewhere")


def grave(running: RunningHub, organisation: str = "health") -> tuple[str, str]:
    """A concern that raises an alert by itself; its id and the child."""
    ident = running.say(concern(organisation, seen_by(a_child(), organisation, "strangulation_of_child"), at=moment(1)))
    running.settled()
    return ident, running.child_of(organisation, ident)


def raised(running: RunningHub, child: str) -> list[AlertRaised]:
    return [one.fact for one in running.alerts(child) if isinstance(one.fact, AlertRaised)]


def looks(running: RunningHub) -> list[Recorded]:
    found: list[Recorded] = []
    while page := running.hub.ledger.read(found[-1].position if found else 0, 500, [Asked.NAME]):
        found += page
    return found


def test_the_next_look_the_next_concern_and_the_next_alert_cite_the_new_edition_and_what_was_keeps_the_old(
    own_hub: OwnHub,
) -> None:
    running = started(own_hub())
    first, child = grave(running)
    asker = running.hub.asker(DECISION_MAKER)
    running.hub.worklist(asker, Filters())
    before = raised(running, child)
    assert {one.edition for one in before} == {"1"}

    put_on_record(running, 2, parts_of(running, continuum={**running.hub.edition.parts["continuum"]}))
    running.hub.worklist(asker, Filters())
    second, other = grave(running, "police")

    assert [one.fact.edition for one in looks(running)[-2:]] == ["1", "2"]  # type: ignore[attr-defined]
    assert {one.envelope.edition for one in running.journey("health", first) if isinstance(one.fact, ConcernRuled)} == {
        "1"
    }
    assert {
        one.envelope.edition for one in running.journey("police", second) if isinstance(one.fact, ConcernRuled)
    } == {"2"}
    assert {one.edition for one in raised(running, other)} == {"2"}
    assert raised(running, child) == before
    assert running.hub.ready()["edition"] == "ok"
    assert running.died == []


def test_every_look_that_was_taken_put_again_to_its_own_edition_gets_the_answer_that_the_ledger_holds(
    own_hub: OwnHub,
) -> None:
    running = started(own_hub())
    said, child = grave(running)
    running.say(concern("police", seen_by(a_child(), "police", "strangulation_of_child"), at=moment(2)))
    running.settled()
    people = [running.hub.asker(one.staff) for one in DEMO_ACCOUNTS]
    for asker in people:
        for page in (
            lambda who: running.hub.worklist(who, Filters()), lambda who: running.hub.picture(who, child, ""),
            running.hub.sent, running.hub.involved, running.hub.reviews, lambda who: running.hub.ledger_of(who, ""),
            lambda who: running.hub.audit(who, child, None), running.hub.governing.policies,
        ):  # fmt: skip
            with suppress(NotFound, NotPermitted):
                page(asker)
    engine = running.hub.governing.engine
    parts = running.hub.edition.parts
    ready = engine(parts["policies"], parts["cedar_schema"])
    taken = [one.fact for one in looks(running) if isinstance(one.fact, Asked)]
    wrong = []
    for asked in taken:
        question = decode(asked.questions)
        assert question is not None
        if _as_recorded(question, _ruled(ready, question)) != _told(asked.rulings, question):
            wrong.append((asked.reason, asked.roles, asked.rulings))
        assert child not in str(question)
        assert said not in str(question)

    assert wrong == []
    assert len(taken) > 40
    assert {line.allowed for asked in taken for line in asked.rulings} == {True, False}


def test_the_thresholds_evaluate_every_child_anew_under_the_rules_of_the_new_edition(own_hub: OwnHub) -> None:
    running = started(own_hub())
    _, child = grave(running)
    stood = {one.rule for one in raised(running, child)}
    assert stood
    rules = running.hub.edition.parts["thresholds"]
    none = [{**rule, "enabled": False} if rule["id"] in stood else rule for rule in rules]

    put_on_record(running, 2, parts_of(running, thresholds=none))
    state = running._consumed
    wait_until(lambda: running.died or state.edition() == "2", what="every child was evaluated under edition 2")
    running.settled()
    fresh, other = grave(running, "police")

    assert raised(running, other) == []  # its rule is in force no more
    assert fresh
    assert [one.edition for one in raised(running, child)] == ["1"] * len(stood)  # an alert keeps its edition
    put_on_record(running, 3, parts_of(running, thresholds=rules))
    wait_until(lambda: running.died or raised(running, other), what="the child of before is found by edition 3")
    assert {one.edition for one in raised(running, other)} == {"3"}
    assert running.died == []


@pytest.mark.parametrize(
    ("part", "broken"),
    [
        ("policies", "permit (principal, action, resource) when { resource.no_such_thing };"),
        ("cedar_schema", "entity Broken = {"),
        ("thresholds", [{"id": "not a rule"}]),
        ("match_model", {"model": {}, "policy": {}}),
    ],
)
def test_an_edition_that_does_not_load_rings_and_everything_goes_on_under_the_last_good_one(
    own_hub: OwnHub, part: str, broken: object
) -> None:
    running = started(own_hub())
    put_on_record(running, 2, parts_of(running, **{part: broken}), whole=False)

    _, child = grave(running)
    asker = running.hub.asker(DECISION_MAKER)
    stamp = running.hub.stamp(asker)

    assert [row.child for row in running.hub.worklist(asker, Filters()).rows] == [child]  # the red list goes on
    assert (stamp.edition, stamp.edition_trouble) == ("1", True)
    assert {one.edition for one in raised(running, child)} == {"1"}
    said = running.hub.ready()["edition"]
    assert said.startswith("edition 2 cannot be judged by, edition 1 stays in force: publish one that can (")
    assert running.hub.paged.count("edition") == 1
    assert running.died == []
    put_on_record(running, 3, parts_of(running))
    assert running.hub.stamp(asker).edition == "3"
    assert (running.hub.ready()["edition"], running.hub.editions.trouble) == ("ok", "")


def test_a_hub_that_starts_beside_an_edition_that_does_not_load_starts_with_the_last_good_one(own_hub: OwnHub) -> None:
    running = own_hub()
    put_on_record(running, 2, parts_of(running, policies="nonsense"), whole=False)
    settings = running.hub.settings
    running.close()
    again = open_hub(settings)
    try:
        assert again.edition.number == 1
        assert again.ready()["edition"].startswith("edition 2 cannot be judged by, edition 1 stays in force")
        assert again.paged == ["edition"]
    finally:
        again.close()


def test_an_edition_of_the_future_waits_for_its_moment_in_every_role(own_hub: OwnHub, tmp_path: Path) -> None:
    clock = MovedClock()
    running = own_hub(clock, sharing_draft=copy_of_the_set(tmp_path / "draft"))
    stricter(tmp_path / "draft")
    started(running)
    start = running.hub.clock.now() + timedelta(days=1)
    running.hub.governing.publish(running.hub.asker(IG_LEAD), "", start)
    asker = running.hub.asker(DECISION_MAKER)
    assert running.hub.stamp(asker).edition == "1"

    clock.moved = timedelta(days=1, seconds=5)

    assert running.hub.stamp(asker).edition == "2"
    _, child = grave(running)
    assert {one.edition for one in raised(running, child)} == {"2"}


def test_an_edition_whose_policy_errs_while_it_judges_gives_way_to_the_last_good_one(own_hub: OwnHub) -> None:
    running = started(own_hub())
    _, child = grave(running)
    asker = running.hub.asker(DECISION_MAKER)
    put_on_record(running, 2, parts_of(running))
    second = running.hub.in_force().rulings
    assert running.hub.stamp(asker).edition == "2"
    result = SimpleNamespace(
        diagnostics=SimpleNamespace(id_annotations_by_reason={"policy3": "R03"}, errors=["overflow"]),
        decision=Decision.Allow,
    )

    ruled = second._ruling(result)  # type: ignore[arg-type] # no policy that validates can err: so its answer is made up

    assert (ruled.allowed, ruled.fault) == (False, True)
    assert running.hub.stamp(asker).edition == "1"
    assert [row.child for row in running.hub.worklist(asker, Filters()).rows] == [child]
    assert running.hub.ready()["edition"] == (
        "edition 2 cannot be judged by, edition 1 stays in force: publish one that can (a policy erred beside R03)"
    )
    ident, other = grave(running, "police")
    assert {one.edition for one in raised(running, other)} == {"1"}
    assert ident
    assert running.died == []


def errs(hub: Hub) -> None:
    """A policy of the edition in force fails while it judges. (None that validates can err: so its answer is made up.)"""
    result = SimpleNamespace(
        diagnostics=SimpleNamespace(id_annotations_by_reason={"policy3": "R03"}, errors=["overflow"]),
        decision=Decision.Allow,
    )
    hub.in_force().rulings._ruling(result)  # type: ignore[arg-type] # as above


SAID = "edition 2 cannot be judged by, edition 1 stays in force: publish one that can (a policy erred beside R03)"


def test_every_process_of_a_hub_and_one_that_starts_later_goes_on_under_the_same_edition_and_one_of_them_rings(
    own_hub: OwnHub,
) -> None:
    running = own_hub()
    put_on_record(running, 2, parts_of(running))
    other = open_hub(running.hub.settings)
    later: Hub | None = None
    try:
        assert [one.in_force().edition.number for one in (running.hub, other)] == [2, 2]
        errs(other)
        assert [one.in_force().edition.number for one in (other, running.hub)] == [1, 1]
        errs(other)  # edition 1 has none before it: it stays
        later = open_hub(running.hub.settings)
        hubs = (running.hub, other, later)
        assert [(one.in_force().edition.number, one.ready()["edition"]) for one in hubs] == [(1, SAID)] * 3
        assert [one.paged.count("edition") for one in hubs] == [0, 1, 0]
        facts = [one for one in running.facts() if isinstance(one.fact, EditionCondemned)]
        assert [(one.stream, one.fact) for one in facts] == [
            ("edition-condemned:2", EditionCondemned(number=2, why="a policy erred beside R03"))
        ]
        put_on_record(running, 3, parts_of(running))
        assert [(one.in_force().edition.number, one.ready()["edition"]) for one in hubs] == [(3, "ok")] * 3
    finally:
        other.close()
        if later is not None:
            later.close()


def test_two_processes_that_meet_it_at_once_put_it_on_record_once(own_hub: OwnHub) -> None:
    running = own_hub()
    put_on_record(running, 2, parts_of(running))
    other = open_hub(running.hub.settings)
    try:
        ready = [running.hub.in_force(), other.in_force()]
        assert [one.edition.number for one in ready] == [2, 2]
        for hub in (running.hub, other):
            hub.editions.condemn(2, "a policy erred beside R03")
        assert [hub.paged.count("edition") for hub in (running.hub, other)] == [1, 0]
        assert [one.edition.number for one in (running.hub.in_force(), other.in_force())] == [1, 1]
        assert sum(isinstance(one.fact, EditionCondemned) for one in running.facts()) == 1
    finally:
        other.close()


def test_condemned_while_the_store_is_away_it_is_put_on_record_when_that_is_back(
    own_hub: OwnHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = own_hub()
    put_on_record(running, 2, parts_of(running))
    assert running.hub.in_force().edition.number == 2

    def away(*_: object, **__: object) -> None:
        raise TryLater("the store is away")

    with monkeypatch.context() as patched:
        patched.setattr(running.hub.record, "append", away)
        errs(running.hub)
        assert running.hub.in_force().edition.number == 1
    assert [one for one in running.facts() if isinstance(one.fact, EditionCondemned)] == []
    assert running.hub.in_force().edition.number == 1
    assert sum(isinstance(one.fact, EditionCondemned) for one in running.facts()) == 1
    assert running.hub.paged.count("edition") == 1


def test_a_policy_that_errs_denies_and_rings_and_intake_and_red_list_go_on(own_hub: OwnHub) -> None:
    running = started(own_hub())
    asker = running.hub.asker(DECISION_MAKER)
    _, child = grave(running)
    rulings = running.hub.in_force().rulings
    handle = rulings._handle
    faults = []

    def without_an_organisation(who: Any, entities: list[Any], questions: Any) -> Any:
        faults.append(1)
        return handle(who, [one for one in entities if not one["uid"]["type"].endswith("Organisation")], questions)

    rulings._handle = without_an_organisation  # type: ignore[method-assign]
    shown = running.hub.worklist(asker, Filters())
    assert shown.rows == ()  # denied, every row
    assert faults
    ident = running.say(concern("police", seen_by(a_child(), "police", "strangulation_of_child"), at=moment(1)))
    running.settled_intake()
    assert running.recorded("police", ident)  # kept, though nothing could be ruled
    rulings._handle = handle  # type: ignore[method-assign]
    assert [row.child for row in running.hub.worklist(asker, Filters()).rows] == [child]
    assert running.died == []


def test_todays_answer_and_what_an_edition_opens_and_closes_are_those_of_its_own_protocol(own_hub: OwnHub) -> None:
    running = started(own_hub())
    _, child = grave(running)
    asker, lead = running.hub.asker(DECISION_MAKER), running.hub.asker(IG_LEAD)
    running.hub.picture(asker, child, "")
    position = running.hub.ledger.position()
    before = running.hub.governing.then_and_now(lead, position)
    parts = deepcopy(parts_of(running))
    for clause in parts["protocol"]["agreed"]["clause"]:
        if "triage" in clause["purposes"]:
            clause["purposes"] = ["pool"]
    put_on_record(running, 2, parts)

    found = running.hub.governing.then_and_now(lead, position)
    compared = running.hub.governing.compare("1", "2", lead).compared
    back = running.hub.governing.compare("2", "1", lead).compared

    assert before.agrees
    assert found.agrees  # then stays as it was
    assert [line.then for line in found.lines] == [line.then for line in before.lines]
    opened = [line for line in found.lines if line.then.startswith("open")]
    assert opened
    assert {(line.now.startswith("closed"), "N18" in line.now) for line in opened} == {(True, True)}
    for one in compared:
        assert (one.opened, one.closed > 0) == (0, True), one.over
        assert {(change.why, change.policies) for change in one.changes} == {("now stopped by", ("N18",))}
    assert [(one.opened, one.closed) for one in back][1] == (compared[1].closed, 0)


def test_a_draft_under_which_the_protocol_has_run_out_is_told_as_closing(own_hub: OwnHub) -> None:
    running = started(own_hub(clock := MovedClock()))
    lead = running.hub.asker(IG_LEAD)
    grave(running)
    running.hub.worklist(running.hub.asker(DECISION_MAKER), Filters())
    parts = deepcopy(parts_of(running))
    parts["protocol"]["agreed"]["valid_until"] = "2026-12-31"
    put_on_record(running, 2, parts)
    assert [(one.opened, one.closed) for one in running.hub.governing.compare("1", "2", lead).compared] == [(0, 0)] * 2

    clock.moved = timedelta(days=60)

    assert all(one.closed for one in running.hub.governing.compare("1", "2", lead).compared)
