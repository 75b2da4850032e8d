"""That a key of the hub's own was made: so that one that is missing later is an incident, and is never made again."""

from typing import ClassVar

from hub.domain.fact import Fact


class HubKeyMade(Fact, frozen=True, kw_only=True):
    """A named key was made (stream hub-key:<owner>); the key itself is in the key store alone."""

    NAME: ClassVar[str] = "hub-key.made"
    owner: str


def stream(owner: str) -> str:
    """The stream that says that a key was made: "secret:match-index", "intake:2026-11"."""
    return f"hub-key:{owner}"
