"""Commands typed in this process on a hub that is already open, and every command that there is.

A command's own opening and closing of the hub is left out, so that thousands are typed in a minute; the rest is as `mash`
runs it: the parser, the command, its tables and JSON, and what it says of errors.
"""

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import Any, NamedTuple

import pytest
import typer

import hub.cli as commands
from hub.bootstrap import Hub
from hub.cli import doctor, output

BUILT = typer.main.get_command(
    commands.app
)  # once: building the parser of every command takes longer than most of them
WIDE = "3000"  # columns of the terminal: a word that a narrow table breaks in two would not be recognised


class Leaf(NamedTuple):
    """A command that does something: its words, and the option that says who types it ("" where it asks for nobody)."""

    words: str
    who: str
    json: bool


class Typed:
    """What is typed, and what comes back."""

    def __init__(self, built: Any) -> None:
        self._built = built

    def leaves(self) -> list[Leaf]:
        """Every command there is, by the parser that people use."""
        return sorted(_leaves(self._built, ""))

    def typed(self, words: list[str], stdin: str = "") -> tuple[int, str]:
        """Exit code, and all that was printed."""
        out, before = io.StringIO(), (sys.argv, sys.stdin)
        sys.argv, sys.stdin = ["mash", *words], io.StringIO(stdin)
        try:
            with redirect_stdout(out), redirect_stderr(out):
                commands.main()
        except SystemExit as ended:
            return (ended.code if isinstance(ended.code, int) else int(ended.code is not None)), out.getvalue()
        finally:
            sys.argv, sys.stdin = before
        return 0, out.getvalue()


class _Kept:
    """The open hub as a command opens it; closing it is for who opened it."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def __getattr__(self, name: str) -> Any:
        return getattr(self._hub, name)

    def close(self) -> None:
        """Leave it open."""


@contextmanager
def typing_on(hub: Hub) -> Iterator[Typed]:
    """Commands that are typed on this hub."""

    def opened(*_: object) -> Any:
        return _Kept(hub)

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", WIDE)
        patch.setenv("MASH_DATA", str(hub.settings.data))
        patch.setenv("MASH_DEMO", "true")
        patch.setattr(output, "open_hub", opened)
        patch.setattr(output, "read_settings", lambda **_: hub.settings)
        patch.setattr(doctor, "open_hub", opened)
        patch.setattr(commands, "entry_points", lambda **_: ())
        patch.setattr(commands, "app", BUILT)
        yield Typed(BUILT)


def _leaves(command: Any, words: str) -> Iterator[Leaf]:
    if several := getattr(command, "commands", None):
        for name, each in several.items():
            yield from _leaves(each, f"{words} {name}".strip())
        return
    options = {option for one in command.params for option in one.opts}
    yield Leaf(words, "--by" if "--by" in options else "--as" if "--as" in options else "", "--json" in options)
