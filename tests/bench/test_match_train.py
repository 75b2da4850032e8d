"""Training writes a model that the hub can read, the same each time, and says how it came about."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bench.match.cli import app
from hub.domain.model import read

pytest.importorskip("splink", reason="Splink is missing: pip install -e '.[dev]'; training was not tried")

from bench.match.train import COMPARISONS, finish, without_true_pairs

runner = CliRunner()


def comparison(field: str, **level: Any) -> dict[str, Any]:
    said = {"sql_condition": "ELSE", "label_for_charts": "differs", **level}
    return {"output_column_name": field, "comparison_levels": [said]}


def test_a_model_is_not_written_over_another(tmp_path: Path) -> None:
    (tmp_path / "model.json").write_text("{}")
    answer = runner.invoke(app, ["train", "--out", str(tmp_path), "--date", "2026-11-22"])
    assert (answer.exit_code, (tmp_path / "model.json").read_text()) == (1, "{}")
    assert "add --replace" in answer.output


@pytest.mark.parametrize(("date", "noise"), [("yesterday", "normal"), ("2026-11-22", "loud")])
def test_a_wrong_option_is_told(tmp_path: Path, date: str, noise: str) -> None:
    answer = runner.invoke(app, ["train", "--out", str(tmp_path), "--date", date, "--noise", noise])
    assert answer.exit_code == 2


def test_what_no_pair_showed_weighs_nothing_and_is_listed() -> None:
    model = {"comparisons": [comparison("birth_date", u_probability=0.25)], "linker_uid": "x"}
    assert finish(model) == ["birth_date/differs m"]
    assert model == {"comparisons": [comparison("birth_date", u_probability=0.25, m_probability=0.25)]}


def test_what_is_set_by_hand_outlasts_training() -> None:
    sex = next(one for one in COMPARISONS if one["output_column_name"] == "sex")
    trained: dict[str, Any] = json.loads(json.dumps(sex))
    for level in trained["comparison_levels"]:
        if not level.get("is_null_level"):
            level |= {"m_probability": 0.5, "u_probability": 0.5}
    finish({"comparisons": [trained]}, COMPARISONS)
    assert trained["comparison_levels"] == list(sex["comparison_levels"])


def test_true_pairs_among_random_ones_are_taken_out_of_u() -> None:
    model = {"comparisons": [comparison("x", m_probability=0.9, u_probability=0.0011)]}
    without_true_pairs(model, 0.001)
    assert model["comparisons"][0]["comparison_levels"][0]["u_probability"] == pytest.approx(0.0002 / 0.999)


@pytest.mark.slow
def test_a_model_is_trained_and_the_same_again(tmp_path: Path) -> None:
    written = []
    for name in ("one", "other"):
        options = ["--children", "1500", "--years", "1", "--seed", "31", "--date", "2026-11-22"]
        answer = runner.invoke(app, ["train", "--out", str(tmp_path / name), *options, "--json"])
        assert answer.exit_code == 0, answer.output
        written.append({one.name: one.read_bytes() for one in sorted((tmp_path / name).iterdir())})
    assert written[0] == written[1]
    files = written[0]
    model = read({"model": json.loads(files["model.json"]), "frequencies": json.loads(files["frequencies.json"])})
    said = tomllib.loads(files["provenance.toml"].decode())
    assert [one.field for one in model.comparisons] == [one["output_column_name"] for one in COMPARISONS]
    assert (said["children"], said["seed"], said["date"], said["reviewed_by"]) == (1500, 31, "2026-11-22", [])
