"""What a postcode directory promises, on SQLite and on PostgreSQL: a load is seen whole or not at all."""

import io
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from bench.world.directory import SHIPPED, write
from hub.adapters import areas
from hub.adapters.areas import AreaDirectory, Loaded, columns_of, read_csv
from hub.adapters.tables import Tables
from hub.domain.area import Postcode
from hub.domain.errors import Refused
from policies.areas import SYNTHETIC

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HEADER = ["pcds", "dointr", "doterm", "lsoa21cd"]


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def tables(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Tables]:
    if request.param == "sqlite":
        made = Tables(f"sqlite:///{tmp_path / 'areas.db'}")
    else:
        url = request.getfixturevalue("postgres_dsn").replace("postgresql://", "postgresql+psycopg://")
        made = Tables(f"{url}?options=-csearch_path%3Dmash_areas", "mash_areas")
    yield made
    made.close()


@pytest.fixture
def directory(tables: Tables) -> AreaDirectory:
    return AreaDirectory(tables)


def line(postcode: str, area: str = "Z01000001", introduced: str = "198001", terminated: str = "") -> dict[str, str]:
    return dict(zip(HEADER, (postcode, introduced, terminated, area), strict=True))


def load(directory: AreaDirectory, lines: Iterable[Mapping[str, str]], name: str = "first", **more: Any) -> Loaded:
    return directory.load(lines, **{"name": name, "postcode": "pcds", "area": "lsoa21cd", "at": NOON, **more})


# ----------------------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ([], "it has no rows"),
        ([line("not a postcode")], "1 without a postcode"),
        ([line("ZZ1 1AA", area="Westside")], "1 without a code of an area"),
        ([line("ZZ1 1AA", introduced="198013")], "1 with a month that there is none of"),
        ([line(f"ZZ1 {n}AA") for n in range(9)] + [line("?")], "1 without a postcode"),
    ],
)
def test_a_file_that_is_no_directory_changes_nothing_and_says_what_is_wrong(
    directory: AreaDirectory, wrong: list[dict[str, str]], why: str
) -> None:
    load(directory, [line("ZZ1 1AA")])
    with pytest.raises(Refused, match=why):
        load(directory, wrong, "second")
    found = directory.loaded()
    assert found is not None
    assert (found.name, found.rows) == ("first", 1)
    assert directory.find(["ZZ1 1AA"]) == {"ZZ1 1AA": Postcode("Z01000001", date(1980, 1, 1))}


def test_a_load_that_was_cut_off_leaves_the_one_in_use_and_the_next_load_sweeps_up(
    directory: AreaDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(areas, "ROWS", 2)
    load(directory, [line("ZZ1 1AA")])

    def cut_off() -> Iterator[dict[str, str]]:
        for number in range(3):
            yield line(f"ZZ2 {number}AA", "Z01000002")
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        load(directory, cut_off(), "cut off")
    assert directory.find(["ZZ1 1AA", "ZZ2 0AA"]) == {"ZZ1 1AA": Postcode("Z01000001", date(1980, 1, 1))}
    assert load(directory, [line("ZZ3 1AA")], "third").rows == 1
    assert list(directory.find(["ZZ1 1AA", "ZZ2 0AA", "ZZ3 1AA"])) == ["ZZ3 1AA"]


def test_before_anything_was_loaded_no_postcode_lies_anywhere(directory: AreaDirectory) -> None:
    assert directory.find(["ZZ1 1AA"]) == {}
    assert directory.loaded() is None


@pytest.mark.parametrize(
    ("header", "given", "missing"),
    [
        (["name", "lsoa21cd"], {}, "pcds or pcd8"),
        (["pcds", "ward"], {}, "lsoa21cd or lsoa21"),
        (["pcds", "lsoa21cd"], {"area": "lsoa11cd"}, "lsoa11cd"),
    ],
)
def test_a_header_without_the_columns_is_refused_by_their_names(
    header: list[str], given: dict[str, str], missing: str
) -> None:
    with pytest.raises(Refused, match=missing):
        columns_of(header, **given)


def test_an_empty_file_is_refused() -> None:
    with pytest.raises(Refused, match="the file is empty"):
        read_csv(io.StringIO(""))


# ---------------------------------------------------------------------------------------------------- what it does


def test_a_loaded_directory_is_told_whole(directory: AreaDirectory) -> None:
    lines = [
        *(line(f"ZZ{n} {n % 10}AA") for n in range(1, 98)), line("JE2 3AB", area="L99999999"), line("ZZ6 6AB", area=""),
        line("ZZ5 5AB", terminated="201512"), line("NPT 0AA"),
    ]  # fmt: skip
    loaded = load(directory, lines, "August 2026")
    assert loaded == Loaded(
        name="August 2026", column="lsoa21cd", begun_at=NOON.isoformat(), rows=100, without_area=2, terminated=1,
        refused={"without a postcode": 1},
    )  # fmt: skip
    assert directory.find(["JE2 3AB", "ZZ5 5AB"]) == {
        "ZZ5 5AB": Postcode("Z01000001", date(1980, 1, 1), date(2015, 12, 1))
    }


def test_a_postcode_that_is_given_twice_is_taken_as_it_was_given_last_and_told(directory: AreaDirectory) -> None:
    lines = [line(f"ZZ{n} {n % 10}A{last}") for n in range(1, 99) for last in "AB"]
    loaded = load(directory, [*lines, line("ZZ1 1AA", "Z01000002")])
    assert (loaded.rows, loaded.refused) == (196, {"given twice, the last is taken": 1})
    assert directory.find(["ZZ1 1AA"])["ZZ1 1AA"].lsoa == "Z01000002"


def test_the_synthetic_directory_is_what_the_world_says_and_loads(directory: AreaDirectory) -> None:
    written = io.StringIO()
    assert write(written, SHIPPED) == 840
    text = SYNTHETIC.read_text(encoding="utf-8")
    assert text == written.getvalue()
    header, rows = read_csv(io.StringIO(text))
    postcode, area = columns_of(header)
    assert (postcode, area) == ("pcds", "lsoa21cd")
    loaded = load(directory, rows, "synthetic")
    assert (loaded.rows, loaded.terminated, loaded.refused) == (840, 21, {})
    assert directory.find(["ZZ1 0AA", "ZZ4 2AB", "ZZ99 3VZ"]) == {
        "ZZ1 0AA": Postcode("Z01000000", date(1980, 1, 1)), "ZZ4 2AB": Postcode("Z01000320", date(1980, 1, 1)),
    }  # fmt: skip
    assert directory.loaded() == loaded


def test_the_areas_of_ten_years_before_are_loaded_by_naming_their_column(directory: AreaDirectory) -> None:
    header, rows = read_csv(io.StringIO(SYNTHETIC.read_text(encoding="utf-8")))
    _, area = columns_of(header, area="LSOA11CD")
    load(directory, rows, area=area)
    assert directory.find(["ZZ1 0AA"])["ZZ1 0AA"].lsoa == "Y01000000"


def test_a_new_load_is_seen_by_who_has_asked_before(tables: Tables, directory: AreaDirectory) -> None:
    load(directory, [line("ZZ1 1AA"), line("ZZ1 2AA", terminated="201512")])
    other = AreaDirectory(tables)
    assert directory.find(["ZZ1 2AA"])["ZZ1 2AA"].terminated == date(2015, 12, 1)
    load(other, [line("ZZ1 1AA", "Z01000009")], "second")
    assert {code: found.lsoa for code, found in directory.find(["ZZ1 1AA", "ZZ1 2AA"]).items()} == {
        "ZZ1 1AA": "Z01000009"
    }
