"""Two who turn out to be one: proposed to a person when an organisation says more, never joined by a machine."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any
from uuid import uuid4

import pytest
from typer.testing import CliRunner

from hub.cli import app
from hub.domain.errors import Refused, TryLater, VersionConflict
from hub.domain.fact import Envelope, Fact, NewFact
from hub.domain.matching import RULES
from hub.domain.message import Address, Message, Name, Person
from hub.domain.person import HeldApart
from hub.domain.sameness import SamenessHeldBack, SamenessProposed, SamenessSettled
from hub.flow import propose, rematch
from hub.flow.rematch import Rematched
from hub.ports import LogMessage
from hub.views.tasks import tasks
from tests.support.desk import shipped
from tests.support.identities import MANAGER, OFFICER, SCREENER, ByHand, asker, somebody
from tests.support.messages import Child, concern, nhs_of, seen_by
from tests.support.partnership import RunningHub, settings_for

DUE = date(2026, 5, 1)
HOME = Address(("12 Invented Row",), "ZZ1 1ZZ")


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[ByHand]:
    running = RunningHub(settings_for(tmp_path / "data"))
    yield ByHand(running)
    running.close()


def two_of(hub: ByHand, child: Child) -> tuple[str, str]:
    """One child, opened by school and health each by itself: neither says enough to find the other by."""
    school = hub.seen(child, "school", person=child.known_to("school", nhs_number=None, birth_date=None))
    health = hub.seen(child, "health", person=Person(own_id=f"health-{child.serial}", nhs_number=child.nhs))
    assert school != health
    return school, health


def says_more(hub: ByHand, child: Child, organisation: str = "school", **otherwise: Any) -> str:
    return hub.seen(child, organisation, person=child.known_to(organisation, **otherwise))


def proposals(hub: ByHand, person: str) -> list[tuple[str, str, str]]:
    return [(one.other, one.verdict, one.how) for one in hub.person(person).proposed]


def perhaps(hub: ByHand, *persons: str) -> list[set[str]]:
    """Who is proposed to be the same as each."""
    return [set(hub.person(one).perhaps) for one in persons]


def made(hub: ByHand, person: str) -> list[SamenessProposed]:
    found = (one.fact for one in hub.hub.record.load(f"person:{person}"))
    return [one for one in found if isinstance(one, SamenessProposed)]


def facts(hub: ByHand, person: str, *kinds: type[Fact]) -> list[Fact]:
    return [one.fact for one in hub.hub.record.load(f"person:{person}") if isinstance(one.fact, kinds)]


def together(hub: ByHand, child: Child) -> tuple[str, str]:
    """The two, between whom a proposal is open."""
    school, health = two_of(hub, child)
    says_more(hub, child, "health")
    says_more(hub, child, "school")
    assert [one.other for one in hub.person(school).proposed] == [health]
    return school, health


# ------------------------------------------------------------------------------------------------------- nothing moves


def test_two_who_turn_out_to_be_one_are_proposed_and_nobody_is_joined(hub: ByHand) -> None:
    child = somebody()
    school, health = two_of(hub, child)
    assert says_more(hub, child) == school  # the number that health gave: now the two can be one
    assert (hub.person(school).merged_into, hub.person(health).merged_into) == ("", "")
    assert [one.other for one in hub.person(school).proposed] == [health]
    assert [one.other for one in hub.person(health).proposed] == [school]


def test_the_proposal_says_on_what_it_rests(hub: ByHand) -> None:
    child = somebody()
    school = hub.seen(child, "school", person=child.known_to("school", nhs_number=None))
    health = hub.seen(child, "health", person=Person(own_id="health-1", nhs_number=child.nhs, birth_date=child.born))
    says_more(hub, child)
    (mine,), (theirs,) = hub.person(school).proposed, hub.person(health).proposed
    assert (mine.verdict, mine.how, mine.why, mine.rules) == ("link", "rule", (), RULES)
    assert (mine.model, mine.policy, mine.bits is not None) == (shipped().model.id, shipped().policy.id, True)
    assert {one.field for one in mine.weights} >= {"nhs_number", "birth_date"}
    assert (mine.source_record, mine.beside) == (theirs.beside, theirs.source_record)
    assert mine.source_record in hub.person(school).source_records
    assert mine.beside in hub.person(health).source_records


def test_meanwhile_what_is_said_of_each_is_possible_for_the_other_and_afterwards_no_more(hub: ByHand) -> None:
    child = somebody()
    school, health = together(hub, child)
    relations = [sorted(hub.counts(one).values()) for one in (school, health)]
    assert relations == [["own", "own", "possible", "possible"]] * 2
    says_more(hub, child)  # a third concern of the school, while it is open
    assert sorted(hub.counts(health).values()) == ["own", "own", "possible", "possible", "possible"]
    hub.settled("different", school, other=health)
    assert sorted(hub.counts(health).values()) == ["own", "own"]
    assert sorted(hub.counts(school).values()) == ["own", "own", "own"]


def sent(hub: ByHand, *said: Message) -> tuple[list[LogMessage], dict[tuple[str, int], int]]:
    """These as one look at the log brings them, which is one transaction; and the places before them."""
    read, before = list[LogMessage](), dict[tuple[str, int], int]()
    for one in said:
        (place,) = hub.running.send(hub.running.organisations[one.organisation].package(one, str(uuid4())))
        read += [each for each in hub.running.read_log(place.topic) if each.offset == place.offset]
        before.setdefault((read[-1].topic, read[-1].partition), place.offset - 1)
    return read, before


def test_in_one_look_it_is_proposed_once_and_counts_for_both(hub: ByHand) -> None:
    child = somebody()
    school, health = two_of(hub, child)
    said = [concern(name, seen_by(child, name, person=child.known_to(name))) for name in ("school", "health", "school")]
    hub.intake.take_look(*sent(hub, *said))
    assert [[one.again for one in made(hub, person)] for person in (school, health)] == [[False]] * 2
    assert sorted(hub.counts(school).values()) == ["own"] * 3 + ["possible"] * 2
    assert sorted(hub.counts(health).values()) == ["own"] * 2 + ["possible"] * 3


def test_cut_short_before_it_is_written_nothing_of_it_is_there(hub: ByHand, monkeypatch: pytest.MonkeyPatch) -> None:
    child = somebody()
    school, health = two_of(hub, child)
    before = hub.hub.record.position()
    look = sent(hub, concern("school", seen_by(child, "school")))

    def away(*_: object, **__: object) -> None:
        raise TryLater("the store is away")

    with monkeypatch.context() as patch:
        patch.setattr(hub.hub.record, "append", away)
        with pytest.raises(TryLater):
            hub.intake.take_look(*look)
    assert (hub.hub.record.position(), perhaps(hub, school, health)) == (before, [set(), set()])
    hub.intake.take_look(*look)
    assert perhaps(hub, school, health) == [{health}, {school}]


# ---------------------------------------------------------------------------------------------------------- never twice


def test_while_one_is_open_none_is_made(hub: ByHand) -> None:
    child = somebody()
    school, health = together(hub, child)
    says_more(hub, child, names=(Name(child.forename, child.surname), Name("Robin", "Elsewhere", "alias")))
    # what it rests on is told anew when the school said more: the same proposal
    assert [one.again for one in made(hub, school)] == [False, True]
    assert perhaps(hub, school) == [{health}]


def test_held_apart_they_are_never_proposed_again_until_that_is_taken_back(hub: ByHand) -> None:
    child = somebody()
    school, health = together(hub, child)
    apart = hub.settled("different", school, other=health)
    assert (hub.apart(school), hub.apart(health)) == ({health}, {school})
    says_more(hub, child, names=(Name(child.forename, child.surname), Name("Robin", "Elsewhere", "alias")))
    says_more(hub, child, "health", names=(Name(child.forename, child.surname), Name("Robin", "Elsewhere", "alias")))
    assert perhaps(hub, school, health) == [set(), set()]
    hub.settled("split", "", reverses=apart)
    assert [hub.apart(school), *perhaps(hub, school, health)] == [set(), {health}, {school}]
    assert sorted(hub.counts(health).values()).count("possible") == 3


def test_who_cannot_tell_is_not_asked_again_before_something_is_said_that_tells_more(hub: ByHand) -> None:
    child = somebody()
    school, health = two_of(hub, child)
    more: dict[str, Any] = {"addresses": (Address(("1 Test Street",), "ZZ1 1AA"),)}
    says_more(hub, child)
    hub.settled("cannot_tell", school, other=health)
    assert [set(hub.person(one).resting) for one in (school, health)] == [{health}, {school}]
    assert "possible" in hub.counts(health).values()  # the doubt is there, and so is what it may be about
    says_more(hub, child, **more)
    assert len(facts(hub, school, SamenessProposed)) == 1  # an address that the other does not hold tells nothing
    says_more(hub, child, "health")
    assert len(facts(hub, school, SamenessProposed)) == 2
    assert (set(hub.person(school).resting), set(hub.person(school).perhaps)) == (set[str](), {health})


def test_what_is_not_proposed_cannot_be_answered(hub: ByHand) -> None:
    one, other = hub.seen(somebody(), "school"), hub.seen(somebody(), "health")
    for what in ("different", "cannot_tell"):
        with pytest.raises(Refused, match="settled already"):
            hub.decided(what, one, other=other)


# ------------------------------------------------------------------------------------------------------- it falls away


def test_corrected_so_that_they_no_longer_fit_it_falls_away(hub: ByHand) -> None:
    child = somebody()
    school = hub.seen(child, "school")
    said: dict[str, Any] = {"nhs_number": None, "names": (Name("", child.surname),)}
    health = hub.seen(child, "health", person=child.known_to("health", **{**said, "birth_date": None}))
    assert hub.person(health).standing == "established"
    says_more(hub, child, "health", **said)
    assert hub.person(health).perhaps == {school}
    assert "possible" in hub.counts(school).values()
    other_day = child.born.replace(day=child.born.day % 26 + 2)
    other_month = other_day.replace(month=other_day.month % 12 + 1)
    says_more(hub, child, "health", **said, birth_date=other_day)
    says_more(hub, child, "health", **said, birth_date=other_month)
    assert perhaps(hub, school, health) == [set(), set()]
    assert [one.how for one in facts(hub, health, SamenessSettled)] == ["no_longer_alike"]  # type: ignore[attr-defined]
    assert {*hub.counts(school).values(), *hub.counts(health).values()} == {"own"}


def test_merged_it_falls_away_and_what_was_possible_counts_for_sure(hub: ByHand) -> None:
    child = somebody()
    school, health = together(hub, child)
    hub.settled("merge", health, other=school)
    assert perhaps(hub, school, health) == [set(), set()]
    assert [one.how for one in facts(hub, school, SamenessSettled)] == ["merged"]  # type: ignore[attr-defined]
    assert (sorted(hub.counts(school).values()), hub.counts(health)) == (["own"] * 4, {})


def test_a_third_that_was_proposed_goes_with_whom_the_records_go_with_and_back(hub: ByHand) -> None:
    child = somebody()
    school, health = together(hub, child)
    third = hub.seen(somebody(), "council")
    before = {one: (proposals(hub, one), hub.counts(one)) for one in (school, health, third)}
    merge = hub.settled("merge", school, other=third)
    assert perhaps(hub, third, health, school) == [{health}, {third}, set()]
    assert sorted(hub.counts(health).values()).count("possible") == 3
    hub.settled("split", "", reverses=merge)
    assert {one: (proposals(hub, one), hub.counts(one)) for one in (school, health, third)} == before
    assert perhaps(hub, third) == [set()]
    assert [one.again for one in made(hub, school)] == [False, True, False]


def test_unlinked_it_goes_with_the_record_that_it_rests_on(hub: ByHand) -> None:
    child = somebody()
    school, health = two_of(hub, child)
    other = hub.seen(somebody(), "council")
    hub.settled("merge", other, other=school)
    says_more(hub, child)
    (proposed,) = hub.person(school).proposed
    ident = hub.settled("unlink", school, source_records=(proposed.source_record,))
    settled = hub.identify.decision(ident).settled
    assert settled is not None
    assert perhaps(hub, school, settled.opened, health) == [set(), {health}, {settled.opened}]


# ----------------------------------------------------------------------------------------------------------- in review


def test_who_is_in_review_already_gets_a_candidate_more(hub: ByHand) -> None:
    like, child = somebody(), somebody()
    known = hub.seen(like, "school")
    doubt = hub.seen(child, "police", person=child.known_to("police", nhs_number=like.nhs))
    assert hub.person(doubt).candidates == (known,)
    third = hub.seen(child, "health", person=Person(own_id=f"health-{child.serial}", upn=child.upn))
    hub.seen(child, "police", person=child.known_to("police", nhs_number=None, upn=child.upn))
    state = hub.person(doubt)
    assert (state.standing, state.candidates, state.proposed) == ("in_review", (known, third), ())
    assert sorted(hub.counts(third).values()) == ["own", "possible", "possible"]
    hub.settled("same", doubt, other=third)
    assert (sorted(hub.counts(third).values()), set(hub.counts(known).values())) == (["own"] * 3, {"own"})


def test_whoever_is_merged_or_restricted_is_met_as_what_they_are_now(hub: ByHand) -> None:
    child = somebody()
    school, health = two_of(hub, child)
    hub.settled("restrict", health, reason="adoption", readers=("staff-m",))
    says_more(hub, child)
    (proposed,) = hub.person(school).proposed
    assert (proposed.other, proposed.verdict, "G7_restricted" in proposed.why) == (health, "review", True)


# -------------------------------------------------------------------------------------------------------- unborn, born


def expected(organisation: str, own: str, **more: Any) -> Person:
    return Person(own_id=f"{organisation}-{own}", **more)


def test_what_is_said_of_a_restricted_identity_counts_for_nobody_else_however_it_came_to_be_restricted(
    hub: ByHand,
) -> None:
    before, child = somebody(), somebody()
    closed, near = two_of(hub, before)  # restricted first, then near: an adopted child under a new name
    hub.settled("restrict", closed, readers=(MANAGER,), reason="adoption")
    says_more(hub, before, "health")
    says_more(hub, before, "school")
    assert proposals(hub, near) == [(closed, "link", "rule")]
    assert sorted(hub.counts(near).values()) == ["own", "own"]
    assert sorted(hub.counts(closed).values()) == ["own", "own", "possible", "possible"]  # its readers lose nothing
    school, health = together(hub, child)  # near first, then restricted
    hub.settled("restrict", school, readers=(MANAGER,), reason="adoption")
    says_more(hub, child)
    assert sorted(hub.counts(health).values()) == ["own", "own"]
    assert sorted(hub.counts(school).values()) == ["own", "own", "own", "possible", "possible"]
    hub.settled("unrestrict", school)
    assert sorted(hub.counts(health).values()) == ["own", "own", "possible", "possible", "possible"]


def test_a_number_that_a_form_puts_on_everybody_makes_nobody_the_middle_of_a_crowd(
    hub: ByHand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(propose, "MOST_AT_ONCE", 2)
    everybody = [somebody() for _ in range(6)]
    persons = [
        hub.seen(one, "school", person=Person(own_id=f"s-{one.serial}", names=(Name(one.forename, one.surname),)))
        for one in everybody
    ]  # fmt: skip
    for one in everybody:
        hub.seen(one, "school", person=Person(own_id=f"s-{one.serial}", nhs_number=nhs_of(8_123)))
    asked = perhaps(hub, *persons)
    assert max(map(len, asked)) == 2
    own = [sum(relation == "own" for relation in hub.counts(one).values()) for one in persons]
    assert own == [2] * 6  # each of them counts where it belongs, whoever else it may be
    assert all(
        one in asked[persons.index(other)] for one, others in zip(persons, asked, strict=True) for other in others
    )


def test_a_crowd_is_put_before_a_person_once_and_is_no_task_any_more_when_everybody_was_weighed_again(
    hub: ByHand, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(propose, "MOST_AT_ONCE", 2)
    everybody = [somebody() for _ in range(6)]
    for one in everybody:
        named = (Name(one.forename, one.surname),)
        hub.seen(one, "school", person=Person(own_id=f"s-{one.serial}", names=named))
    for one in everybody:
        hub.seen(one, "school", person=Person(own_id=f"s-{one.serial}", nhs_number=nhs_of(8_124)))
    held = [one for one in hub.running.facts() if isinstance(one.fact, SamenessHeldBack)]
    crowded = [one.stream.removeprefix("person:") for one in held]
    assert crowded
    assert len(set(crowded)) == len(crowded)  # said once of each, however many more come
    assert {one.fact for one in held} == {SamenessHeldBack(standing=2)}
    assert {one for one in crowded if len(hub.person(one).proposed) >= 2} == set(crowded)

    found = tasks(hub.hub._desk(), asker(SCREENER), "too_many_alike").rows
    assert sorted(one.key for one in found) == sorted(crowded)
    assert {one.href for one in found} == {f"/identity/person/{one}" for one in crowded}
    assert not [name for one in everybody for name in (one.surname, "999") if name in caplog.text]
    assert hub.hub.crowded() == len(crowded)
    assert tasks(hub.hub._desk(), asker(OFFICER), "too_many_alike").rows == ()  # she does not decide who is who

    for person in crowded:
        for other in [each.other for each in hub.person(person).proposed]:
            hub.settled("different", person, other=other)
    assert hub.hub.crowded() == len(crowded)  # those who were held back are not asked about yet
    monkeypatch.setattr(propose, "MOST_AT_ONCE", 20)
    hub.hub.rematch(dry=False, done=lambda _: None)
    assert hub.hub.crowded() == 0
    assert tasks(hub.hub._desk(), asker(SCREENER), "too_many_alike").rows == ()


def test_of_a_restricted_identity_in_a_crowd_only_who_may_know_of_it_has_a_task(
    hub: ByHand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(propose, "MOST_AT_ONCE", 1)
    everybody = [somebody() for _ in range(3)]
    for one in everybody:
        hub.seen(one, "school", person=Person(own_id=f"s-{one.serial}", names=(Name(one.forename, one.surname),)))
    for one in everybody:
        hub.seen(one, "school", person=Person(own_id=f"s-{one.serial}", nhs_number=nhs_of(8_125)))
    first = next(
        one.stream.removeprefix("person:") for one in hub.running.facts() if isinstance(one.fact, SamenessHeldBack)
    )
    hub.settled("restrict", first, readers=(MANAGER,), reason="adoption")

    def told(staff: str) -> set[str]:
        return {one.key for one in tasks(hub.hub._desk(), asker(staff), "too_many_alike").rows}

    assert (first in told(SCREENER), first in told(MANAGER)) == (False, True)


def test_two_organisations_unborn_then_born_then_one_number(hub: ByHand) -> None:
    child = somebody()
    one = hub.seen(child, "health", person=expected("health", "u", expected_date=DUE), unborn=True)
    two = hub.seen(child, "police", person=expected("police", "u", addresses=(HOME,)), unborn=True)
    assert one != two
    born = {"birth_date": DUE + timedelta(days=3), "names": (Name(child.forename, child.surname),)}
    hub.seen(child, "health", person=expected("health", "u", **born))
    assert hub.person(one).perhaps == frozenset()
    hub.seen(child, "health", person=expected("health", "u", nhs_number=child.nhs, **born))
    hub.seen(child, "police", person=expected("police", "u", nhs_number=child.nhs, **born))
    (proposed,) = hub.person(two).proposed
    assert (proposed.other, proposed.verdict) == (one, "link")


def test_two_unborn_of_one_home_and_one_time_are_put_before_a_person_at_once(hub: ByHand) -> None:
    child = somebody()
    one = hub.seen(child, "health", person=expected("health", "u", expected_date=DUE, addresses=(HOME,)), unborn=True)
    later = DUE + timedelta(days=40)
    two = hub.seen(child, "police", person=expected("police", "u", expected_date=later, addresses=(HOME,)), unborn=True)
    assert (hub.person(two).standing, hub.person(two).candidates) == ("in_review", (one,))


# ------------------------------------------------------------------------------------------------- everybody, once more


def forgets(hub: ByHand, child: Child) -> tuple[str, str]:
    """Two who have one number, as under an earlier hub that did not weigh again: nothing is proposed of them."""
    school, health = together(hub, child)
    name = f"person:{school}", f"person:{health}"
    versions = hub.hub.record.versions(list(name))
    now = datetime.now(UTC)
    envelope = Envelope(now, now, "service:intake", "", "", "1")
    pairs = zip(name, (health, school), strict=True)
    hub.hub.record.append(
        [NewFact(one, versions[one], SamenessSettled(other=other, how="moved"), envelope) for one, other in pairs]
    )
    return school, health


def test_while_an_intake_runs_nobody_is_weighed_again(hub: ByHand) -> None:
    with hub.hub.lease("intake", Event()) as held:
        assert held
        with pytest.raises(Refused, match="stop it"):
            hub.hub.rematch(patience=0.1)


def test_everybody_weighed_again_is_proposed_and_nothing_moves(hub: ByHand) -> None:
    child = somebody()
    school, health = forgets(hub, child)
    hub.seen(somebody(), "council")
    records = [hub.person(one).source_records for one in (school, health)]
    before, seen = hub.hub.record.position(), list[int]()
    assert hub.hub.rematch(dry=True) == Rematched(weighed=3, proposed=1, fell_away=0)
    assert (hub.hub.record.position(), perhaps(hub, school, health)) == (before, [set(), set()])
    assert hub.hub.rematch(done=seen.append) == Rematched(weighed=3, proposed=1, fell_away=0)
    assert (seen, perhaps(hub, school, health)) == ([3], [{health}, {school}])
    assert [hub.person(one).source_records for one in (school, health)] == records
    by = {one.envelope.by for one in hub.hub.record.read(before, 100)}
    assert by == {"service:rematch"}
    assert hub.hub.rematch() == Rematched(weighed=3, proposed=0, fell_away=0)  # what is open is asked once


def test_weighed_again_page_by_page_it_comes_to_the_same(hub: ByHand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rematch, "PAGE", 1)
    school, health = forgets(hub, somebody())
    assert hub.hub.rematch(dry=True) == Rematched(weighed=2, proposed=1, fell_away=0)
    assert hub.hub.rematch() == Rematched(weighed=2, proposed=1, fell_away=0)
    assert [one.again for one in made(hub, school)] == [False, True, False]
    assert sorted(hub.counts(health).values()) == ["own", "own", "possible", "possible"]


def test_what_was_decided_while_a_page_was_weighed_is_not_written_over(
    hub: ByHand, monkeypatch: pytest.MonkeyPatch
) -> None:
    school, health = forgets(hub, somebody())
    write = rematch.Rematcher._write  # after this a lease may be lost

    def late(self: rematch.Rematcher, facts: Any) -> None:
        now = datetime.now(UTC)
        apart = HeldApart(other=health, decision="identity:x")
        version = hub.hub.record.versions([f"person:{school}"])[f"person:{school}"]
        hub.hub.record.append([NewFact(f"person:{school}", version, apart, Envelope(now, now, "x", "", "", "1"))])
        write(self, facts)

    monkeypatch.setattr(rematch.Rematcher, "_write", late)
    with pytest.raises(VersionConflict):
        hub.hub.rematch()
    assert perhaps(hub, school, health) == [set(), set()]


def test_whoever_a_person_held_apart_or_could_not_tell_is_not_proposed_by_a_run(hub: ByHand) -> None:
    one, other = together(hub, somebody())
    hub.settled("different", one, other=other)
    third, fourth = together(hub, somebody())
    hub.settled("cannot_tell", third, other=fourth)
    assert hub.hub.rematch() == Rematched(weighed=4, proposed=0, fell_away=0)


def test_on_the_command_line(tmp_path: Path, hub: ByHand) -> None:
    forgets(hub, somebody())
    data = ["--data", str(tmp_path / "data"), "--json"]
    tried = CliRunner().invoke(app, ["identity", "rematch", "--dry-run", *data])
    assert json.loads(tried.stdout) == {"dry_run": True, "weighed": 2, "proposed": 1, "fell_away": 0}
    done = CliRunner().invoke(app, ["identity", "rematch", *data])
    assert json.loads(done.stdout) == {"dry_run": False, "weighed": 2, "proposed": 1, "fell_away": 0}
    told = CliRunner().invoke(app, ["identity", "rematch", *data[:2]])
    assert "Pairs put before a person: 0." in told.stdout
