"""What a test needs from the machine: missing, it is skipped loudly, or fails where everything is required.

With MASH_TEST_REQUIRE=all (what continuous integration sets) a missing broker, database or browser is a failure.
"""

import os
from typing import NoReturn

import pytest

LOUD = "NOT TESTED HERE: "  # what a loud skip starts with; tests/conftest.py repeats these at the end of the run


class Missing(Exception):
    """Something that a real server needs is not on this machine; `how` says how to get it."""

    def __init__(self, what: str, how: str) -> None:
        super().__init__(f"{what} is missing. {how}")
        self.what = what
        self.how = how


def need(what: str, how_to_get_it: str) -> NoReturn:
    """Say that `what` is missing: a failure where MASH_TEST_REQUIRE=all, else a skip that the run's end repeats."""
    message = f"{LOUD}{what} is missing. {how_to_get_it}"
    if os.environ.get("MASH_TEST_REQUIRE") == "all":
        pytest.fail(f"{message} (MASH_TEST_REQUIRE=all makes this a failure)", pytrace=False)
    pytest.skip(message)
