"""An edition: everything that a judgement depends on, as one fact on the record, effective from, never edited.

It is signed where somebody has signed. The running hub judges by the edition on the record, never by files;
`policies/` holds the draft of the next one.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any, ClassVar

import msgspec
from msgspec import Struct

from hub.domain.calendar import Calendar, calendar_of
from hub.domain.clocks import due
from hub.domain.continuum import Continuum
from hub.domain.errors import HubError
from hub.domain.fact import Fact
from hub.domain.protocol import Agreed, of_parts
from hub.domain.rule import GRAMMAR, Rule, canonical_form, longest_window
from hub.domain.thresholds import Ready
from hub.domain.vocabulary import Vocabulary

# What every edition carries. A missing part is refused: a judgement that rests on it could not be repeated.
PARTS = (
    "partnership", "policies", "cedar_schema", "protocol", "thresholds", "continuum", "clocks", "vocabulary",
    "match_model", "grammar",
)  # fmt: skip


class Signature(Struct, frozen=True):
    """Who signed the content, in which role, and with which key: Ed25519 over hub.domain.signing.statement."""

    by: str
    keyid: str
    value: bytes
    role: str = ""
    public: bytes = b""


class EditionPublished(Fact, frozen=True, kw_only=True):
    """From `effective_from` (aware UTC) the hub judges by this content, whose SHA-256 is `content_hash`."""

    NAME: ClassVar[str] = "edition.published"
    number: int
    effective_from: datetime
    content: bytes  # canonical JSON of all PARTS
    content_hash: str
    signatures: tuple[Signature, ...] = ()


class EditionCondemned(Fact, frozen=True, kw_only=True):
    """A policy of this edition failed while it judged: from here on no process judges by it, whenever it starts.

    Stream edition-condemned:<number>. `why` names policies, never whom they were asked about. The next edition mends it.
    """

    NAME: ClassVar[str] = "edition.condemned"
    number: int
    why: str


class BadEdition(HubError):
    """An edition that cannot be judged by: the text names the part and what to mend."""


class Edition(Struct, frozen=True, kw_only=True):
    """An edition, read: the same content, typed."""

    id: str
    number: int
    effective_from: datetime
    content_hash: str
    parts: dict[str, Any]
    vocabulary: Vocabulary
    continuum: Continuum
    rules: tuple[Rule, ...]
    organisations: dict[str, str]  # id -> name, as this edition shows them
    calendar: Calendar | None = None  # None in an edition that was published without one
    agreed: Agreed | None = None  # the information-sharing protocol, likewise

    def due(self, clock: Mapping[str, Any] | str, start: datetime) -> datetime:
        """When a clock (or the one of this edition with that id) that started at `start` (aware UTC) runs out.

        Raises KeyError for an id that the edition does not have.
        """
        known = {each["id"]: each for each in self.parts["clocks"]}
        return due(known[clock] if isinstance(clock, str) else clock, start, self.calendar)

    def longest_window(self) -> int:
        """The longest window, in days, of any rule of this edition, enabled or not; 0 without rules."""
        return max((longest_window(rule) for rule in self.rules), default=0)

    def ready(self) -> tuple[Ready, ...]:
        """The enabled rules, ready to evaluate, each with its version and what would propose a higher level."""
        common = _common(self.parts["vocabulary"])
        enabled = [rule for rule in self.rules if rule.enabled]
        return tuple(
            Ready(rule, self.vocabulary, _version(rule, common, GRAMMAR), _would_raise(rule, enabled))
            for rule in enabled
        )


def stream(number: int) -> str:
    """The stream of an edition; each has its own, so that no number is published twice."""
    return f"edition:{number}"


def condemned_stream(number: int) -> str:
    """Where it stands that an edition is judged by no more."""
    return f"edition-condemned:{number}"


def canonical(content: Mapping[str, Any]) -> bytes:
    """The one way to write this content as bytes: JSON, keys sorted, no spaces, UTF-8.

    Raises BadEdition for anything that JSON does not have (write a date as text), not-a-number included.
    """
    try:
        text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise BadEdition(f"the content is not plain JSON: {error}") from error
    return text.encode()


def publish(
    number: int, effective_from: datetime, content: Mapping[str, Any], signatures: tuple[Signature, ...] = ()
) -> EditionPublished:
    """The fact that publishes this content; it was read once first, so no edition is published that cannot be used.

    Raises BadEdition.
    """
    body = canonical(content)
    fact = EditionPublished(
        number=number,
        effective_from=effective_from,
        content=body,
        content_hash=sha256(body).hexdigest(),
        signatures=signatures,
    )
    read(fact)
    return fact


def read(fact: EditionPublished) -> Edition:
    """The edition of this fact, typed. Raises BadEdition (altered bytes, a missing part, a rule that does not read)."""
    if sha256(fact.content).hexdigest() != fact.content_hash:
        raise BadEdition(f"edition {fact.number}: its bytes do not match their hash; stop and verify the record")
    parts: dict[str, Any] = json.loads(fact.content)
    missing = [part for part in PARTS if part not in parts]
    if missing:
        raise BadEdition(f"edition {fact.number} lacks: {', '.join(missing)}")
    if parts["grammar"] != GRAMMAR:
        raise BadEdition(
            f"edition {fact.number} is written in rule grammar {parts['grammar']}; this code has {GRAMMAR}"
        )
    try:
        return Edition(
            id=str(fact.number),
            number=fact.number,
            effective_from=fact.effective_from,
            content_hash=fact.content_hash,
            parts=parts,
            vocabulary=Vocabulary.of(parts["vocabulary"]),
            continuum=msgspec.convert(parts["continuum"], Continuum),
            rules=msgspec.convert(parts["thresholds"], tuple[Rule, ...]),
            organisations=dict(parts["partnership"].get("organisations", {})),
            calendar=calendar_of(parts),
            agreed=of_parts(parts),
        )
    except (msgspec.ValidationError, ValueError, KeyError) as error:
        raise BadEdition(f"edition {fact.number} does not read: {error}") from error


def rule_version(rule: Rule, vocabulary: Mapping[str, Any], grammar: str = GRAMMAR) -> str:
    """A rule's version: the SHA-256 (hex) of its canonical form, of the vocabulary and of the grammar.

    A comment or the order of keys in a file changes nothing; a label, a domain or the meaning of the grammar does.
    """
    return _version(rule, _common(vocabulary), grammar)


def _common(vocabulary: Mapping[str, Any]) -> bytes:
    return sha256(canonical(vocabulary)).digest()


def _version(rule: Rule, common: bytes, grammar: str) -> str:
    own = sha256(canonical(canonical_form(rule))).digest()
    return sha256(b"\x00".join((b"rule", own, common, grammar.encode()))).hexdigest()


def _would_raise(rule: Rule, enabled: list[Rule]) -> str:
    higher = sorted((other for other in enabled if other.level > rule.level), key=lambda other: (other.level, other.id))
    if not higher:
        return "No rule of this edition proposes a higher level."
    told = "; ".join(f"{other.words.rstrip('.')} (level {other.level})" for other in higher[:3])
    return f"A higher level is proposed by: {told}."
