"""A rule that could never be met, or that rests on a refusal alone, is refused with its file, its line and the mend."""

import shutil
from pathlib import Path

import pytest

from policies.partnerships import BadPartnership, load_partnership
from policies.partnerships.text import ROOT

RULE = """
[[rule]]
id = "of-a-test"
words = "A rule of a test"
level = 3
source = "not stated in the source"
chosen = "made for a test"
cost = "none"
{more}
[rule.when]
{when}
"""
COUNT = 'kind = "count"\nwithin_days = 90\n'
HELP = '{ kinds = ["help"], level_from = 3 }'
REFUSED = '{ indicators = ["help_refused", "disengaged"] }'


def refused(folder: Path, when: str, more: str = "") -> str:
    """What loading the demo with this rule in it is refused with."""
    for entry in ("demo", "_blank"):
        if (Path(str(ROOT)) / entry).is_dir():
            shutil.copytree(Path(str(ROOT)) / entry, folder / entry, dirs_exist_ok=True)
    rules = folder / "demo" / "thresholds.toml"
    rules.write_text(rules.read_text() + RULE.format(when=when, more=more))
    with pytest.raises(BadPartnership) as wrong:
        load_partnership("demo", root=folder)
    text = str(wrong.value)
    assert text.startswith("demo/thresholds.toml:"), text
    return text


@pytest.mark.parametrize(
    ("when", "mend"),
    [
        (COUNT + 'of = { sectors = ["spaceship"] }', "no sector 'spaceship': use one of"),
        (COUNT + 'of = { referrer_kinds = ["1Z"] }', "no referrer's source code '1Z'"),
        (COUNT + 'of = { how_known = ["dreamt"] }', "mend or remove it"),
        (COUNT + 'of = { measures = [ { code = "luck", below = 3 } ] }', "no measure 'luck'"),
        (COUNT + 'of = { measures = [ { code = "attendance_percent" } ] }', "needs `least` or `below`"),
        (
            COUNT + 'of = { measures = [ { code = "attendance_percent", least = 90, below = 50 } ] }',
            "can never be at least",
        ),
        (COUNT + "of = { from_months = 12, under_months = 12 }", "no child is from 12 and under 12 months old"),
        (COUNT + 'of = { outcomes = ["no_further_action"] }', 'kinds = ["help"]'),
        (COUNT + 'of = { kinds = ["help"], level_from = 3, level_upto = 2 }', "no level is at least 3 and at most 2"),
        (f'kind = "steps"\nwithin_days = 90\nsteps = [ {HELP} ]', "two steps or more"),
        (f'kind = "steps"\nwithin_days = 0\nsteps = [ {HELP}, {HELP} ]', "a window of 0 days can never be met"),
        (
            f'kind = "steps"\nwithin_days = 90\nsteps = [ {REFUSED}, {REFUSED} ]',
            "refusing help is never a reason by itself",
        ),
        (COUNT + f"of = {REFUSED}", "refusing help is never a reason by itself"),
        (COUNT + 'of = { kinds = ["help"], outcomes = ["declined"] }', "refusing help is never a reason by itself"),
    ],
)
def test_a_rule_that_can_never_be_met_or_must_not_be_is_refused_with_the_mend(
    tmp_path: Path, when: str, mend: str
) -> None:
    assert mend in refused(tmp_path, when)


def test_a_review_that_never_comes_is_refused(tmp_path: Path) -> None:
    assert "a review after 0 days never comes" in refused(tmp_path, COUNT, "review_days = 0")


def test_a_rule_tells_the_front_door_or_nobody_because_whoever_is_at_it_gets_every_alert_of_an_open_case(
    tmp_path: Path,
) -> None:
    text = refused(tmp_path, COUNT + "at_least = { incidents = 2 }", 'tells = "allocated_worker"')
    assert "Invalid enum value 'allocated_worker'" in text
