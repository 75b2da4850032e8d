"""A prompt: what a person of the front door sends a practitioner instead of an alert. A code of a list, and nothing else.

It tells nothing but the setting's own work with the child; who gets it says that they have it.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar, assert_never

from hub.domain.errors import Refused
from hub.domain.fact import Fact


class PromptSent(Fact, frozen=True, kw_only=True):
    """Stream prompt:<random>. A person asks a setting that works with the child to do this (a code of the edition's list)."""

    NAME: ClassVar[str] = "prompt.sent"
    child: str
    organisation: str
    setting: str
    prompt: str
    due: datetime  # by when they say that they have it, aware UTC
    sent_by: str
    enquiry: str = ""
    ask: str = ""  # the ledger's ask under which it was told


class PromptAcknowledged(Fact, frozen=True, kw_only=True):
    """Somebody of the setting has it."""

    NAME: ClassVar[str] = "prompt.acknowledged"
    acknowledged_by: str


class PromptTakenBack(Fact, frozen=True, kw_only=True):
    """It is asked no more."""

    NAME: ClassVar[str] = "prompt.taken-back"
    taken_back_by: str


PromptFact = PromptSent | PromptAcknowledged | PromptTakenBack
FACTS: tuple[type[PromptFact], ...] = (PromptSent, PromptAcknowledged, PromptTakenBack)


@dataclass(frozen=True)
class Prompt:
    """State of one prompt."""

    id: str
    version: int = 0
    sent: PromptSent | None = None
    acknowledged_by: str = ""
    taken_back: bool = False


def stream(prompt: str) -> str:
    """The stream of a prompt."""
    return f"prompt:{prompt}"


def fold(prompt: str, facts: Iterable[Fact]) -> Prompt:
    """A prompt after these facts, in order."""
    state = Prompt(prompt)
    for fact in facts:
        if isinstance(fact, PromptFact):
            state = evolve(state, fact)
    return state


def evolve(state: Prompt, fact: PromptFact) -> Prompt:
    """Fold one fact: total, never refuses."""
    state = replace(state, version=state.version + 1)
    match fact:
        case PromptSent():
            return replace(state, sent=fact)
        case PromptAcknowledged():
            return replace(state, acknowledged_by=fact.acknowledged_by)
        case PromptTakenBack():
            return replace(state, taken_back=True)
        case _:
            assert_never(fact)


def check_send(prompt: str, setting: str, known: Collection[str], settings: Collection[str]) -> None:
    """Refused, naming the field, unless it is one of the list and goes to a setting that works with the child now."""
    if prompt not in known:
        raise Refused("Select what they are asked to do", "prompt")
    if setting not in settings:
        raise Refused("Select a setting that works with the child: a prompt goes to nobody else", "setting")


def check_waits(state: Prompt) -> PromptSent:
    """What was sent. Raises Refused where it does not wait any more."""
    if state.sent is None or state.acknowledged_by or state.taken_back:
        raise Refused("This prompt does not wait any more", "prompt")
    return state.sent
