"""How often matching asks the record, and how little it opens: an event costs one question, whoever it is about."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from hub.adapters.record_sqlite import SQLiteStore
from tests.flow.test_match import by
from tests.support.desk import Desk
from tests.support.messages import a_child


class Watched(Desk):
    """A desk that notes each statement which reads the match index."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.asked: list[str] = []
        self.record.position()  # opens the connection that readers share
        assert isinstance(self.record._store, SQLiteStore)
        for connection in self.record._store._readers._idle:
            connection.set_trace_callback(lambda said: self.asked.append(said) if "match_" in said else None)

    def questions(self) -> int:
        """How many since the last time."""
        count = len(self.asked)
        self.asked.clear()
        return count


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Watched]:
    with closing(Watched(tmp_path)) as made:
        yield made


def test_an_event_about_somebody_new_known_or_alike_is_one_question(desk: Watched) -> None:
    child = a_child()
    alike = by("police", child, nhs_number=None, own_id=None)
    for said in (by("school", child), by("school", child), alike):
        desk.place(said)
        assert desk.questions() == 1


def test_who_may_be_linked_and_gave_a_number_costs_no_question_more_however_many_records_they_have(
    desk: Watched,
) -> None:
    """All that is known of the person is looked at: a record that shares no key may hold another number."""
    child = a_child()
    desk.place(by("school", child))
    for organisation in ("health", "police", "gp", "hospital"):
        desk.questions()
        (placed,) = desk.place(by(organisation, child))
        assert (placed.new_person, desk.questions()) == (False, 1)


def test_a_batch_is_two_questions_however_many_it_names(desk: Watched) -> None:
    children = [a_child() for _ in range(40)]
    for organisation, most in (("school", 2), ("health", 2), ("school", 1)):
        desk.place(*(by(organisation, child) for child in children))
        assert desk.questions() <= most


def test_who_is_known_by_its_own_id_is_opened_and_nobody_else_is(desk: Watched) -> None:
    child, namesake = a_child(), a_child()
    desk.place(by("school", child), by("health", child), by("police", namesake))
    before = desk.leave.opened
    desk.place(by("school", child))
    assert desk.leave.opened - before == 1


def test_an_own_id_that_names_somebody_else_costs_one_question_more(desk: Watched) -> None:
    child, other = a_child(), a_child()
    desk.place(by("school", child))
    desk.questions()
    (placed,) = desk.place(by("school", other, own_id=by("school", child).person.own_id))
    assert (placed.new_person, desk.questions()) == (True, 2)


def test_a_repeat_with_nothing_new_or_nothing_that_others_are_found_by_asks_no_question_more(desk: Watched) -> None:
    child = a_child()
    desk.place(by("school", child))
    for said in (by("school", child), by("school", child, sex="female"), by("school", child, gp="Example practice")):
        desk.questions()
        (placed,) = desk.place(said)
        assert (placed.news, desk.questions()) == (False, 1)


def test_who_is_described_anew_is_weighed_against_everybody_else_for_two_questions_more_at_most(desk: Watched) -> None:
    child = a_child()
    desk.place(by("school", child, nhs_number=None, birth_date=None))
    for organisation in ("health", "police", "gp", "hospital"):
        desk.place(by(organisation, child))
    desk.questions()
    (placed,) = desk.place(by("school", child))
    assert (placed.news, desk.questions() <= 3) == (True, True)
    desk.place(by("school", child))
    assert desk.questions() == 1
