"""`mash match evaluate` and `explain` on files: a wrong file is refused by line and column, and no value is repeated."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bench.match.cli import app
from bench.match.csv_pairs import BadTable, read_persons
from bench.match.measures import part, widest

HEADER = "id,forenames,surname,birth_date,sex,nhs_number,upn,postcode,address\n"
KNOWN = (
    "k1,Rebecca Jane,Example,2017-05-04,female,9990000409,,ZZ1 1ZZ,1 Test Street\n"
    "k2,Kit,Sample,2012-11-30,male,,,ZZ2 2ZZ,7 Other Road\n"
    "k3,Robert,Example,2017-05-04,male,,,ZZ1 1ZZ,1 Test Street\n"
)
SAID = (
    "s1,Becky,Example,2017-05-04,female,9990000409,,,\n"  # the number and the birth date agree
    "s2,Kit,Sample,2012-11-30,male,,,ZZ2 2ZZ,7 Other Road\n"
    "s3,Nobody,Knownhere,1999-01-02,male,,,,\n"
)
TRUTH = "left_id,right_id\ns1,k1\ns2,k2\n"
runner = CliRunner()


def written(folder: Path, name: str, text: str) -> str:
    (folder / name).write_text(text, encoding="utf-8")
    return str(folder / name)


# ------------------------------------------------------------------------------------------------ what is refused


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "line 1: column id is missing"),
        ("forenames\nKit\n", "line 1: column id is missing"),
        ("id,shoe_size\n1,40\n", "line 1: column shoe_size is not one of"),
        ("id,id\n1,2\n", "line 1: a column stands there twice"),
        ("id,forenames\n", "there is no row below the header"),
        ("id,forenames\n1\n", "line 2: it has not as many columns as the header"),
        ("id,forenames\n,Kit\n", "line 2, column id: it is empty"),
        ("id,forenames\n1,Kit\n1,Robin\n", "line 3, column id: stands there twice"),
        ("id,birth_date\n1,4/5/2017\n", "line 2, column birth_date: write a date as 2015-03-09"),
        ("id,nhs_number\n1,9990000408\n", "line 2, column nhs_number: the check digit does not agree"),
        ("id,upn\n1,A1\n", "line 2, column upn: send a letter and twelve digits"),
        ("id,sex\n1,other\n", "line 2, column sex: write female or male"),
        ("id,other_names\n1,Kit Sample\n", "line 2, column other_names: write forenames|surname"),
        ("id,twin\n1,Robin\n", "line 2, column twin: write yes or no"),
        ('id,forenames\n1,"Kit\n', "is no CSV"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_its_place_and_not_its_value(
    tmp_path: Path, text: str, told: str
) -> None:
    with pytest.raises(BadTable) as refused:
        read_persons(Path(written(tmp_path, "persons.csv", text)))
    assert told in str(refused.value)
    assert not any(value in str(refused.value) for value in ("4/5/2017", "9990000408", "A1", "Kit", "Robin"))


def test_a_file_that_is_not_there_or_not_utf_8_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadTable, match="cannot be read"):
        read_persons(tmp_path / "missing.csv")
    (tmp_path / "latin.csv").write_bytes("id,surname\n1,Zo\xeb\n".encode("latin-1"))
    with pytest.raises(BadTable, match="not UTF-8"):
        read_persons(tmp_path / "latin.csv")


def test_a_truth_about_rows_that_are_not_there_is_refused(tmp_path: Path) -> None:
    told = runner.invoke(app, ["evaluate", *tables(tmp_path, truth="left_id,right_id\ns1,k9\n")])
    assert isinstance(told.exception, BadTable)
    assert "line 2, column right_id: the right file has no row with this id" in str(told.exception)


@pytest.mark.parametrize(
    "options", [[], ["--world", "--febrl", "4"], ["--left", "a.csv"], ["--world", "--without-soc-sec-id"]]
)
def test_the_wrong_options_are_told(options: list[str]) -> None:
    assert runner.invoke(app, ["evaluate", *options]).exit_code == 2


# ------------------------------------------------------------------------------------------------- what is measured


def tables(folder: Path, *, left: str = SAID, right: str = KNOWN, truth: str = TRUTH) -> list[str]:
    return [
        "--left", written(folder, "left.csv", HEADER + left), "--right", written(folder, "right.csv", HEADER + right),
        "--truth", written(folder, "truth.csv", truth),
    ]  # fmt: skip


def test_links_are_held_against_the_truth(tmp_path: Path) -> None:
    answer = runner.invoke(app, ["evaluate", *tables(tmp_path), "--json"])
    assert answer.exit_code == 0, answer.output
    found = json.loads(answer.stdout)
    assert {name: found[name] for name in ("left", "right", "known", "links", "f1")} == {
        "left": 3, "right": 3, "known": 2, "links": 2, "f1": 1.0,
    }  # fmt: skip
    assert [(found[name]["k"], found[name]["n"]) for name in ("precision", "recall", "reached", "review", "opened")] == [
        (2, 2), (2, 2), (2, 2), (0, 3), (0, 2),
    ]  # fmt: skip
    assert found["precision"]["low"] < 1.0 == found["precision"]["high"]


def test_a_false_link_counts_against_precision(tmp_path: Path) -> None:
    answer = runner.invoke(app, ["evaluate", *tables(tmp_path, truth="left_id,right_id\ns1,k1\ns2,k3\n"), "--json"])
    found = json.loads(answer.stdout)
    assert [(found[name]["k"], found[name]["n"]) for name in ("precision", "recall", "reached")] == [(1, 2)] * 3


def test_in_words_each_share_has_its_interval(tmp_path: Path) -> None:
    answer = runner.invoke(app, ["evaluate", *tables(tmp_path)])
    assert "precision    100.0000%  (34.2380% to 100.0000%; 2 of 2)" in answer.stdout


CUT = "id,forenames,surname,birth_date,sex,nhs_number,postcode,address,organisation,twin,community\n"
SAID_BY = (
    "s1,Becky,Example,2017-05-04,female,9990000409,,,school,yes,a\n"
    "s2,Kit,Sample,2012-11-30,male,,ZZ2 2ZZ,7 Other Road,police,no,b\n"
    "s3,Nobody,Knownhere,1999-01-02,male,,,,police,,\n"
)


def cut(folder: Path, *, said: str = SAID_BY, truth: str = TRUTH) -> list[str]:
    return [*tables(folder)[2:4], "--left", written(folder, "cut.csv", CUT + said), *tables(folder, truth=truth)[4:]]


def test_the_shares_are_cut_by_organisation_twins_and_community(tmp_path: Path) -> None:
    answer = runner.invoke(app, ["evaluate", *cut(tmp_path, truth="left_id,right_id\ns1,k1\ns2,k3\n"), "--json"])
    assert answer.exit_code == 0, answer.output
    found = json.loads(answer.stdout)
    rows = {name: (one["left"], one["known"], one["links"]) for name, one in found["by_organisation"].items()}
    assert rows == {"police": (2, 1, 1), "school": (1, 1, 1)}
    precise = {name: one["precision"] for name, one in found["by_organisation"].items()}
    assert [(precise[name]["k"], precise[name]["n"]) for name in ("police", "school")] == [(0, 1), (1, 1)]
    assert 0 < precise["police"]["high"] < 1 == precise["school"]["high"]  # each with its interval
    assert (found["twins"]["left"], found["twins"]["recall"]["k"]) == (1, 1)
    assert {name: one["left"] for name, one in found["by_community"].items()} == {"a": 1, "b": 1, "not said": 1}
    assert found["community_gap"] is None  # of so few it would say nothing
    assert (found["left"], found["precision"]["n"]) == (3, 2)  # the whole is what it was


def test_nothing_is_cut_by_what_the_file_does_not_say(tmp_path: Path) -> None:
    found = json.loads(runner.invoke(app, ["evaluate", *tables(tmp_path), "--json"]).stdout)
    assert (found["by_organisation"], found["by_community"], found["twins"], found["community_gap"]) == (
        {}, {}, None, None,
    )  # fmt: skip


def test_in_words_each_cut_has_its_intervals(tmp_path: Path) -> None:
    told = runner.invoke(app, ["evaluate", *cut(tmp_path)]).stdout
    assert "organisation police: 2 rows, 1 known, 1 links" in told
    assert "twins: 1 rows, 1 known, 1 links" in told
    of_police = told.partition("organisation police")[2].partition("\n\n")[0]
    assert "recall       100.0000%  (20.6549% to 100.0000%; 1 of 1)" in of_police
    assert "community a: " in told


@pytest.mark.parametrize(("shares", "gap"), [((0.9, 0.97, 0.2), 7.0), ((0.9, None), None), ((0.9,), None), ((), None)])
def test_the_widest_pair_is_of_those_with_enough_known(shares: tuple[float | None, ...], gap: float | None) -> None:
    recalls = [part(0, 0) if one is None else part(round(one * 1000), 1000) for one in shares]
    few = part(100, 499)
    assert widest([*(few if one.share == 0.2 else one for one in recalls), few]) == gap


# ------------------------------------------------------------------------------------------------ what is explained


def test_a_pair_is_explained_in_words_and_bits_without_what_was_said(tmp_path: Path) -> None:
    answer = runner.invoke(app, ["explain", *tables(tmp_path)[:4], "--ids", "s2,k2", "--population", "50000"])
    assert answer.exit_code == 0, answer.output
    assert "what the hub would do, were nobody else near: linked by weight" in answer.stdout
    assert "one of 50,000" in answer.stdout
    assert not any(value in answer.stdout for value in ("Kit", "Sample", "2012", "ZZ2", "Other"))


def test_twins_of_like_names_go_to_a_person(tmp_path: Path) -> None:
    said = {"names": [{"forenames": "Rebekah", "surname": "Example"}], "birth_date": "2017-05-04", "sex": "female"}
    other = {**said, "names": [{"forenames": "Robert", "surname": "Example"}], "sex": "male"}
    files = [written(tmp_path, f"{n}.json", json.dumps(one)) for n, one in enumerate((said, other))]
    found = json.loads(runner.invoke(app, ["explain", *files, "--json"]).stdout)
    assert found["verdict"] in {"review", "open"}
    assert found["bits"] == pytest.approx(sum(weight["bits"] for weight in found["weights"]))


def test_a_person_that_is_none_is_refused(tmp_path: Path) -> None:
    good = written(tmp_path, "good.json", "{}")
    for text, told in (("{", "is not JSON"), ('{"birth_date": 7}', "write a person as a message does")):
        answer = runner.invoke(app, ["explain", good, written(tmp_path, "bad.json", text)])
        assert isinstance(answer.exception, BadTable)
        assert told in str(answer.exception)


def test_an_id_that_no_row_has_is_told(tmp_path: Path) -> None:
    answer = runner.invoke(app, ["explain", *tables(tmp_path)[:4], "--ids", "s9,k2"])
    assert (answer.exit_code, "no row has the id" in answer.output) == (1, True)
