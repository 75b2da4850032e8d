"""A signal carries the small area where the child lived when it happened, and never more of an address than that."""

import io
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from bench.world.directory import write
from hub.adapters.areas import columns_of, read_csv
from hub.domain.child import SignalCounted
from hub.domain.message import Address, Person
from hub.domain.moments import london_day
from hub.domain.source_record import SourceRecordDescribed, SourceRecordOpened
from tests.journey.conftest import Mash
from tests.support.messages import Child, a_child, concern, correction, involvement, moment, seen_by
from tests.support.partnership import RunningHub

MILL, QUAY = "ZZ1 0AA", "ZZ1 1AA"  # in the small areas 0 and 10
IN_MILL, IN_QUAY = "Z01000000", "Z01000010"


@pytest.fixture
def hub(running_hub: RunningHub) -> RunningHub:
    directory = io.StringIO()
    write(directory, range(20))
    directory.seek(0)
    header, rows = read_csv(directory)
    postcode, area = columns_of(header)
    running_hub.hub.areas.load(rows, name="synthetic", postcode=postcode, area=area, at=datetime.now(UTC))
    return running_hub


def at(postcode: str | None, **more: Any) -> Address:
    return Address(("1 Test Street",), postcode, **more)


def known(child: Child, organisation: str, *addresses: Address) -> Person:
    return child.known_to(organisation, addresses=addresses)


def told(hub: RunningHub, person: Person, days_ago: float = 1, organisation: str = "school", **more: Any) -> str:
    """A concern of so many days ago about one child; the sender's id of it."""
    child = a_child()
    return hub.say(concern(organisation, seen_by(child, organisation, person=person), at=moment(days_ago), **more))


def areas(hub: RunningHub, organisation: str, *idents: str) -> list[str | None]:
    """The area that the signal of each of these concerns carries."""
    hub.settled_intake()
    found = []
    for ident in idents:
        counted = [one.fact.signal for one in hub.journey(organisation, ident) if isinstance(one.fact, SignalCounted)]
        assert len({signal.lsoa for signal in counted}) == 1  # a possible one carries what the child's own does
        found.append(counted[0].lsoa)
    return found


def test_a_refuge_an_institution_and_no_fixed_abode_lie_in_no_area(hub: RunningHub) -> None:
    said = [known(a_child(), "school", at(MILL, kind=kind)) for kind in ("refuge", "institution", "no_fixed_abode")]
    assert areas(hub, "school", *(told(hub, person) for person in said)) == [None, None, None]


def test_a_refuge_hides_the_home_that_was_known_before(hub: RunningHub) -> None:
    child = a_child()
    before = told(hub, known(child, "school", at(MILL)), 40)
    fled = told(hub, known(child, "school", at(None, kind="refuge")), 3)
    later = told(hub, child.known_to("school"), 2)
    assert areas(hub, "school", before, fled, later) == [IN_MILL, None, None]


def test_the_area_is_that_of_the_address_on_the_day_it_happened(hub: RunningHub) -> None:
    child, moved = a_child(), london_day(moment(30))
    both = (at(QUAY, since=moved), at(MILL, until=moved - timedelta(days=1)))
    old, new = (told(hub, known(child, "school", *both), days) for days in (60, 2))
    assert areas(hub, "school", old, new) == [IN_MILL, IN_QUAY]


def test_a_message_without_an_address_takes_what_its_organisation_said_before(hub: RunningHub) -> None:
    child = a_child()
    first = told(hub, known(child, "school", at(MILL)), 40)
    second = told(hub, child.known_to("school"), 3)
    assert areas(hub, "school", first, second) == [IN_MILL, IN_MILL]


def test_what_others_said_is_taken_where_the_organisation_never_gave_an_address(hub: RunningHub) -> None:
    child = a_child()
    hub.say(involvement("health", known(child, "health", at(QUAY)), "health visiting"))
    hub.settled_intake()
    assert areas(hub, "school", told(hub, child.known_to("school"))) == [IN_QUAY]


def test_who_moved_is_placed_where_each_message_found_them_also_within_one_batch(hub: RunningHub) -> None:
    child = a_child()

    def message(person: Person, days: float) -> Any:
        return concern("school", seen_by(child, "school", person=person), at=moment(days))

    idents = hub.say_all([
        message(known(child, "school", at(MILL)), 40), message(child.known_to("school"), 30),
        message(known(child, "school", at(QUAY)), 20), message(child.known_to("school"), 10),
    ])  # fmt: skip
    assert areas(hub, "school", *idents) == [IN_MILL, IN_MILL, IN_QUAY, IN_QUAY]


def test_a_corrected_address_corrects_the_area(hub: RunningHub) -> None:
    child, ident = a_child(), ""
    said = concern("school", seen_by(child, "school", person=known(child, "school", at(MILL))))
    ident = hub.say(said)
    hub.settled_intake()
    elsewhere = replace(said.subjects[0], person=known(child, "school", at(QUAY)))
    corrected = hub.say(correction(ident, replace(said, subjects=(elsewhere,))))
    assert areas(hub, "school", ident, corrected) == [IN_MILL, IN_QUAY]


def test_a_postcode_that_the_directory_has_not_and_one_that_is_none_lie_nowhere(hub: RunningHub) -> None:
    said = [known(a_child(), "school", at(code)) for code in ("ZZ80 1AA", "not known", "ZZ99 3VZ", None)]
    assert areas(hub, "school", *(told(hub, person) for person in said)) == [None] * 4


def test_no_postcode_stands_in_the_open_in_any_fact(hub: RunningHub) -> None:
    child = a_child()
    ident = told(hub, known(child, "school", at(MILL, since=date(2020, 1, 1))))
    hub.settled_intake()
    facts = hub.journey("school", ident)
    opened = next(one.fact for one in facts if isinstance(one.fact, SourceRecordOpened))
    (home,) = opened.homes
    assert (home.kind, home.lsoa, home.since) == ("home", IN_MILL, date(2020, 1, 1))
    assert len(home.place) == 32
    told_openly = " ".join(repr(one.fact) for one in facts)
    assert [one for one in (MILL, MILL.replace(" ", ""), "Test Street") if one in told_openly] == []


def test_an_address_given_later_is_kept_as_it_was_said(hub: RunningHub) -> None:
    child = a_child()
    told(hub, known(child, "school", at(MILL)), 9)
    ident = told(hub, known(child, "school", at(QUAY)), 2)
    hub.settled_intake()
    described = [one.fact for one in hub.journey("school", ident) if isinstance(one.fact, SourceRecordDescribed)]
    assert [[home.lsoa for home in fact.homes] for fact in described] == [[IN_QUAY]]


def test_an_intake_that_starts_anew_knows_the_addresses_that_were_said(hub: RunningHub) -> None:
    child = a_child()
    first = told(hub, known(child, "school", at(MILL)), 40)
    assert areas(hub, "school", first) == [IN_MILL]
    hub.stop()
    hub.start()
    assert areas(hub, "school", told(hub, child.known_to("school"), 3)) == [IN_MILL]


def test_the_directory_is_loaded_by_a_command_and_a_wrong_file_changes_nothing(mash: Mash, tmp_path: Path) -> None:
    assert "mash areas load" in mash("areas", "show").err
    directory = tmp_path / "ONSPD.csv"
    with directory.open("w", encoding="utf-8-sig") as file:  # as spreadsheets write it
        write(file, range(2))
    loaded = mash("areas", "load", str(directory), "--json").json
    assert (loaded["name"], loaded["column"], loaded["rows"], loaded["refused"]) == ("ONSPD", "lsoa21cd", 80, {})
    wrong = mash("areas", "load", __file__)
    assert (wrong.code, "has no column pcds" in wrong.err) == (1, True)
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00")
    assert "not UTF-8" in mash("areas", "load", str(tmp_path / "binary.csv")).err
    assert mash("areas", "show", "--json").json == loaded


def test_a_hub_without_a_directory_counts_its_signals_without_areas(own_hub: Callable[..., RunningHub]) -> None:
    hub = own_hub()
    hub.start("intake")
    assert areas(hub, "school", told(hub, known(a_child(), "school", at(MILL)))) == [None]
