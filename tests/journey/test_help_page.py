"""`mash --help`, as somebody new reads it: every command once, under a heading, and what to try first."""

import typer
from typer.testing import CliRunner

from hub.cli import app
from hub.cli.help_page import HEADINGS, MORE, under_headings


def test_every_command_that_there_is_stands_under_a_heading_and_once_only() -> None:
    there = set(typer.main.get_command(app).commands)  # type: ignore[attr-defined] # of a group
    told = [name for _, held in HEADINGS for name in held]
    assert there - {*told} == set()
    assert len(told) == len({*told})


def test_the_headings_stand_in_the_order_in_which_they_are_wanted() -> None:
    said = CliRunner().invoke(app, ["--help"]).stdout
    places = [said.index(f"{title}:") for title, _ in HEADINGS[:-1]]
    assert places == sorted(places)
    assert said.index("Try: mash demo") > places[-1]


def test_a_command_without_a_heading_is_found_under_the_last_one() -> None:
    assert under_headings(["new-one", "up"]) == [("Begin", ["up"]), (MORE, ["new-one"])]
