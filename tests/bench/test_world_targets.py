"""Targets: a file that no world could meet is refused with the line and the mend; a world is held against a sound one."""

from pathlib import Path

import msgspec
import pytest
import typer
from typer.testing import CliRunner

from bench.world.cli import command
from bench.world.measure import Measured
from bench.world.stream import World
from bench.world.targets import DEFAULT, BadTargets, read_targets

KNOWN = frozenset(Measured(World(1, 1, 1)).values())
SOUND = DEFAULT.read_text(encoding="utf-8")


def changed(tmp_path: Path, old: str, new: str, *, after: str = "") -> tuple[Path, int]:
    """The project's targets with one thing changed behind `after`; the file, and the line where it was changed."""
    at = SOUND.index(old, SOUND.index(after))
    path = tmp_path / "targets.toml"
    path.write_text(SOUND[:at] + new + SOUND[at + len(old) :], encoding="utf-8")
    return path, SOUND.count("\n", 0, at) + 1


# --------------------------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("after", "old", "new", "mend"),
    [
        ("[contacts]", "low = 250", "low = -1", "give a number of 0 or more"),
        ("[contacts]", "low = 250", "low = nan", "give a number of 0 or more"),
        ("[contacts]", "low = 250", "low = 260", "exchange them"),
        ("[contacts]", "high = 250", 'high = "many"', "mend or remove it"),
        ("[contacts_police]", "high = 35", "high = 135", "can never be met: give at most 100"),
        ("[in_need]", "high = 33", "high = 1001", "can never be met: give at most 1000"),
        ("[plans]", "low = 5\nhigh = 5", "low = 60\nhigh = 60", "cannot be more than section_47"),
        ("[contacts]", "[contacts]", "[kontakte]", "no world measures this"),
        ("[contacts]", 'source = "ADCS', 'source = ""\nx = "ADCS', "mend or remove it"),
        ("", "tolerance = 0.15", "tolerance = 15", "give a part between 0 and 1"),
    ],
)
def test_an_impossible_target_is_refused_with_its_line_and_the_mend(
    tmp_path: Path, after: str, old: str, new: str, mend: str
) -> None:
    path, line = changed(tmp_path, old, new, after=after)
    with pytest.raises(BadTargets, match=r"^targets\.toml:\d+: ") as refused:
        read_targets(path, KNOWN)
    assert mend in str(refused.value)
    said = int(str(refused.value).split(":")[1])
    assert line - 1 <= said <= line + 6  # the entry or the key in it


def test_a_target_without_a_source_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "targets.toml"
    path.write_text('[plans]\nwords = "Plans"\nlow = 5\nhigh = 5\nunit = "a year"\nsource = " "\n', encoding="utf-8")
    with pytest.raises(BadTargets, match=r"^targets\.toml:6: plans source: name the source$"):
        read_targets(path, KNOWN)


def test_shares_of_contacts_above_a_hundred_in_all_are_refused(tmp_path: Path) -> None:
    path, _ = changed(tmp_path, "low = 28\nhigh = 35", "low = 80\nhigh = 90", after="[contacts_police]")
    with pytest.raises(BadTargets, match="come to 124 per cent: lower one of them"):
        read_targets(path, KNOWN)


@pytest.mark.parametrize("text", ["", "tolerance = 0.1\n", "[contacts\n"])
def test_an_empty_or_broken_file_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "targets.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadTargets, match=r"no target in it|not TOML"):
        read_targets(path, KNOWN)


def test_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadTargets, match="give a targets file, or leave --targets out"):
        read_targets(tmp_path / "nothing.toml", KNOWN)


# ------------------------------------------------------------------------------------------------------- comparing


def test_every_number_that_a_world_measures_has_a_target_with_a_source() -> None:
    targets = read_targets(DEFAULT, KNOWN).targets
    assert set(targets) == KNOWN
    assert {target.tolerance for target in targets.values()} == {0.15}


def test_a_value_at_the_edge_of_the_tolerance_is_within_and_beyond_it_outside() -> None:
    targets = read_targets(DEFAULT, KNOWN)
    values = {name: target.low * 0.85 for name, target in targets.targets.items()}
    assert {row.verdict for row in targets.compare(values)} == {"within"}
    values |= {"contacts": 250 * 1.151, "plans": 5 * 0.849}
    assert [row.id for row in targets.compare(values) if row.verdict == "outside"] == ["contacts", "plans"]


def cli() -> typer.Typer:
    app = typer.Typer()
    command(app)
    app.command("other")(lambda: None)  # two commands, so that the name is part of what one types
    return app


def test_a_report_with_a_target_missed_ends_with_exit_code_1(tmp_path: Path) -> None:
    path, _ = changed(tmp_path, "low = 250\nhigh = 250", "low = 900\nhigh = 900", after="[contacts]")
    asked = ["synth", "--report", "--json", "--children", "300", "--years", "1", "--targets", str(path)]
    result = CliRunner().invoke(cli(), asked)
    said = msgspec.json.decode(result.stdout)
    rows = {row["id"]: row for row in said["targets"]}
    assert (result.exit_code, rows["contacts"]["verdict"]) == (1, "outside")
    assert rows["contacts"].keys() >= {"measured", "low", "high", "verdict", "source", "unit"}
    assert said["within"] + said["outside"] == len(said["targets"]) == len(KNOWN)


def test_a_report_on_a_bad_targets_file_says_the_line_before_anything_is_made(tmp_path: Path) -> None:
    path, line = changed(tmp_path, "low = 250", "low = 9999", after="[contacts]")
    result = CliRunner().invoke(cli(), ["synth", "--report", "--children", "10000000", "--targets", str(path)])
    assert result.exit_code == 1
    assert f"targets.toml:{line}: contacts low:" in result.stderr


def test_a_report_can_be_had_beside_the_files(tmp_path: Path) -> None:
    asked = ["synth", "--report", "--json", "--children", "200", "--years", "1", "--out", str(tmp_path / "w")]
    said = msgspec.json.decode(CliRunner().invoke(cli(), asked).stdout)
    lines = (tmp_path / "w" / "stream.jsonl").read_bytes().splitlines()
    assert said["written"]["messages"] == len(lines) > 0


@pytest.mark.parametrize(
    "wrong", [["--children", "10"], ["--report", "--into", "x"], ["--out", "x"], ["--report", "--scope", "contacts"],
              ["--out", "x", "--children", "5", "--scope", "all"]],
)  # fmt: skip
def test_options_that_do_not_go_together_are_refused(wrong: list[str]) -> None:
    assert CliRunner().invoke(cli(), ["synth", *wrong]).exit_code == 2
