"""How long the hub waits for what is expected, and how it learns the rhythm of a feed: for an edition.

A clock that is missing or runs for no time is refused with the file and the mend: silence would go unnoticed.
"""

import tomllib
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

import msgspec

from hub.domain.errors import HubError
from hub.domain.waiting import CLOCKS, Waiting

ROOT: Traversable = files(__name__)


class BadSilence(HubError):
    """Waiting times that cannot be used; the text names the file, the entry and the mend."""


def silence(root: Traversable = ROOT) -> dict[str, Any]:
    """The waiting times as plain values: keys clock, feed. Raises BadSilence."""
    try:
        given = tomllib.loads(root.joinpath("silence.toml").read_text(encoding="utf-8"))
        made = msgspec.convert(given, Waiting)
    except (OSError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise BadSilence(f"silence.toml: it does not read: {error}") from error
    held = [one.id for one in made.clock]
    for code, words in CLOCKS.items():
        if held.count(code) != 1:
            raise BadSilence(f"silence.toml: {code}: give exactly one [[clock]] for it: {words}")
    for one in made.clock:
        if one.id not in CLOCKS:
            raise BadSilence(f"silence.toml: {one.id}: no such clock: remove it")
        if one.length < 1:
            raise BadSilence(f"silence.toml: {one.id}: length: a clock runs for 1 or more")
    for entry, source, chosen in [(one.id, one.source, one.chosen) for one in made.clock] + [
        ("feed", made.feed.source, made.feed.chosen)
    ]:
        if not source.strip() or (source.startswith("not stated") and not chosen.strip()):
            raise BadSilence(
                f"silence.toml: {entry}: source: name it, or write 'not stated in the source' and how it was chosen"
            )
    feed = made.feed
    if feed.enough_days < 2 or feed.margin < 1 or feed.fewest_days < 1:
        raise BadSilence("silence.toml: feed: enough_days is 2 or more, margin and fewest_days 1 or more")
    plain: dict[str, Any] = msgspec.to_builtins(made)
    return plain
