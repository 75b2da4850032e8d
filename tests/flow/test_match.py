"""Placing the persons of a batch, against a real record: the overlay of the batch counts as the record does."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from hub.adapters.blind import MatchKeys
from hub.adapters.keys_file import FileKeys
from hub.adapters.record import StoredRecord
from hub.adapters.record_sqlite import sqlite_record
from hub.adapters.sealing import VaultAES
from hub.domain.fact import Envelope, NewFact
from hub.domain.item import Grant, Sealed
from hub.domain.message import Name, Person
from hub.domain.stored import FACTS
from hub.domain.vocabulary import Vocabulary
from hub.flow.append import Pen, people
from hub.flow.match import MOST_CANDIDATES, Described, Matcher, Placement
from tests.support.messages import Child, a_child

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


class Counted:
    """A standing leave that counts what it was asked for."""

    def __init__(self) -> None:
        self.opened = 0

    def grant(self, items: Sequence[Sealed]) -> Grant:
        assert {item.category for item in items} == {"identity"}
        self.opened += len(items)
        return Grant(1, frozenset(item.item for item in items))


class Desk:
    """Places and records, batch after batch."""

    def __init__(self, folder: Path) -> None:
        self.keys = FileKeys(folder / "keys.db")
        self.record: StoredRecord = sqlite_record(folder / "record.db", self.keys, FACTS, name="record")
        self.vault, self.blind, self.leave = VaultAES(self.keys), MatchKeys(bytes(32)), Counted()

    def place(self, *described: Described) -> list[Placement]:
        """Each in a message of its own, in one batch; put on record."""
        matcher = Matcher(record=self.record, vault=self.vault, blind=self.blind, standing=self.leave)
        placed = [one for message in matcher.place([[each] for each in described]) for one in message]
        self.keys.make(f"source-record:{one.source_record}" for one in placed if one.new_record)
        self.keys.make(f"person:{one.person}" for one in placed if one.new_person)
        nothing = Vocabulary(domains={}, indicators={}, measures={}, referrers={}, lists={})
        pen = Pen(self.vault, self.blind, nothing, lambda _: "", lambda _: (), NOON)
        written = people(placed, pen, "")
        versions: dict[str, int] = dict(self.record.versions([draft.stream for draft in written.drafts]))
        facts = []
        for draft in written.drafts:
            after = versions.get(draft.stream, 0)
            versions[draft.stream] = after + 1
            facts.append(NewFact(draft.stream, after, draft.fact, Envelope(NOON, NOON, "service:intake", "", "", "1")))
        if facts:
            self.record.append(facts, index=written.index)
        return placed

    def close(self) -> None:
        self.record.close()
        self.keys.close()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with closing(Desk(tmp_path)) as made:
        yield made


def by(organisation: str, child: Child, **otherwise: object) -> Described:
    return Described(organisation, "child", child.known_to(organisation, **otherwise))


@pytest.mark.parametrize("batches", [1, 2])
def test_an_own_id_that_names_somebody_else_goes_to_a_person_and_keeps_whom_it_named_first(
    desk: Desk, batches: int
) -> None:
    one, other = a_child(), a_child(born=date(2010, 9, 9))
    reused = by("school", other, own_id=by("school", one).person.own_id)
    said = [by("school", one), reused, by("school", one)]
    placed = desk.place(*said) if batches == 1 else [desk.place(each)[0] for each in said]
    first, second, third = placed
    assert (second.new_person, second.how, second.candidates, second.own) == (True, "opened", (first.person,), None)
    assert (third.source_record, third.how) == (first.source_record, "own_id")


@pytest.mark.parametrize("batches", [1, 2])
def test_a_number_without_an_agreeing_person_opens_a_new_one_in_review(desk: Desk, batches: int) -> None:
    child, sibling = a_child(), a_child()
    said = [by("school", child), by("health", sibling, nhs_number=child.nhs)]
    first, second = desk.place(*said) if batches == 1 else [desk.place(each)[0] for each in said]
    assert (second.new_person, second.candidates) == (True, (first.person,))


@pytest.mark.parametrize("batches", [1, 2])
def test_two_organisations_that_agree_speak_of_one_child(desk: Desk, batches: int) -> None:
    child = a_child()
    said = [by("school", child), by("health", child)]
    first, second = desk.place(*said) if batches == 1 else [desk.place(each)[0] for each in said]
    assert (first.new_person, first.how, first.candidates) == (True, "opened", ())
    assert (second.person, second.how, second.new_record, second.new_person) == (first.person, "rule", True, False)
    assert second.source_record != first.source_record


def test_a_child_that_two_established_persons_fit_is_linked_to_neither(desk: Desk) -> None:
    child = a_child()
    (one,) = desk.place(by("school", child, upn=None))
    # an unborn-looking twin record: the same number opened twice, because nothing agreed when it was opened
    (two,) = desk.place(by("health", child, names=(), birth_date=None))
    assert two.candidates == (one.person,)
    (again,) = desk.place(by("health", child))  # now it says who it is, under the same own id: no rule moves a link
    assert (again.person, again.how) == (two.person, "own_id")
    (third,) = desk.place(by("police", child))
    assert (third.new_person, set(third.candidates)) == (True, {one.person, two.person})


def test_no_more_candidates_are_offered_than_a_person_can_hold_side_by_side(desk: Desk) -> None:
    child = a_child()
    first = desk.place(*(by(f"o{number}", child, nhs_number=None) for number in range(MOST_CANDIDATES + 3)))
    (last,) = desk.place(by("police", child, nhs_number=None))
    assert len(last.candidates) == MOST_CANDIDATES
    assert set(last.candidates) <= {one.person for one in first}


def test_the_same_own_id_is_the_same_source_record_and_says_whether_it_was_described_anew(desk: Desk) -> None:
    child = a_child()
    first, again, moved = (
        desk.place(each)[0] for each in (by("school", child), by("school", child), by("school", child, school="Other"))
    )
    assert [one.source_record for one in (again, moved)] == [first.source_record] * 2
    assert [(one.new_record, one.redescribed) for one in (first, again, moved)] == [
        (True, False), (False, False), (False, True),
    ]  # fmt: skip


@pytest.mark.parametrize("batches", [1, 3])
def test_naming_a_child_by_its_own_id_alone_takes_nothing_back(desk: Desk, batches: int) -> None:
    child = a_child()
    bare = Described("school", "child", Person(own_id=by("school", child).person.own_id))
    said = [by("school", child), bare, by("health", child)]
    first, second, third = desk.place(*said) if batches == 1 else [desk.place(each)[0] for each in said]
    assert (second.source_record, second.redescribed) == (first.source_record, False)
    assert (third.person, third.how) == (first.person, "rule")


def test_a_new_name_does_not_hide_the_child_from_those_who_know_the_old_one(desk: Desk) -> None:
    child = a_child()
    (first,) = desk.place(by("school", child))
    renamed = by("school", child, nhs_number=None, birth_date=None, names=(Name(child.forename, "Newname"),))
    assert desk.place(renamed)[0].redescribed
    (other,) = desk.place(by("health", child))
    assert (other.person, other.how) == (first.person, "rule")


def test_without_an_own_id_each_report_stands_as_its_own_source_record(desk: Desk) -> None:
    child = a_child()
    one, two = desk.place(by("police", child, own_id=None), by("police", child, own_id=None))
    assert one.source_record != two.source_record
    assert (one.own, two.own, two.person) == (None, None, one.person)


def test_two_organisations_own_ids_are_never_one(desk: Desk) -> None:
    one, two = a_child(), a_child()
    first, second = desk.place(by("school", one, own_id="7"), by("health", two, own_id="7"))
    assert first.source_record != second.source_record
    assert first.person != second.person


def test_identifiers_are_opened_under_the_standing_leave_once_for_each_record_found(desk: Desk) -> None:
    child, stranger = a_child(), a_child()
    desk.place(by("school", child), by("police", stranger))
    assert desk.leave.opened == 0  # nobody was there to compare with
    desk.place(by("health", child), by("housing", child))
    assert desk.leave.opened == 1
