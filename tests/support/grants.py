"""A ledger in memory that names what a test wants to open, so that tests read words under a real grant of a real vault."""

from collections.abc import Sequence
from datetime import UTC, datetime

from hub.adapters.sealing import VaultAES
from hub.domain.fact import Envelope, Fact, Recorded
from hub.domain.item import Grant, Sealed, Words
from hub.domain.ledger import Asked, StandingAsk
from hub.ports import Keys

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def asked(*opened: str) -> Asked:
    """An entry that opened these items."""
    return Asked(
        ask="a1", who="s1", roles=(), organisation="health", setting="", action="read", purpose="child_protection",
        reason="worklist", subjects=(), rulings=(), edition="edition-1", facts=b"", opened=opened, withheld=0,
    )  # fmt: skip


STANDING = StandingAsk(
    ask="s", who="service:intake", purpose="matching", category="identity", edition="edition-1", since=NOON
)


class Noted:
    """The ledger: what was committed, by position."""

    def __init__(self) -> None:
        self.held: list[Recorded] = []

    def note(self, fact: Fact) -> int:
        """Commit an entry; its position."""
        at = len(self.held) + 1
        envelope = Envelope(known_at=NOON, received=NOON, by="person:s1", because="", journey="", edition="edition-1")
        self.held.append(Recorded(f"ask:{at}", 1, at, envelope, fact))
        return at

    def read(self, after: int, limit: int, names: Sequence[str] = (), upto: int | None = None) -> list[Recorded]:
        """As the ledger reads."""
        return [one for one in self.held[after : upto or len(self.held)] if not names or one.fact.NAME in names][:limit]

    def position(self) -> int:
        """As the ledger says."""
        return len(self.held)


class Granting:
    """A vault and a ledger that names whatever a test opens."""

    def __init__(self, keys: Keys) -> None:
        self.ledger = Noted()
        self.vault = VaultAES(keys, self.ledger)

    def grant(self, *items: Sealed) -> Grant:
        """Leave to open these, once."""
        return self.vault.grant(self.ledger.note(asked(*(item.item for item in items))), items)


def words_of(keys: Keys, sealed: Sealed) -> Words | None:
    """The words of an item, for a test that looks at what was sealed; beside every ledger of the hub."""
    granting = Granting(keys)
    return granting.vault.open(sealed, granting.grant(sealed))


class Standing:
    """A standing leave for matching in a test or a bench, counted."""

    def __init__(self, ledger: Noted, vault: VaultAES) -> None:
        self._vault, self._position = vault, ledger.note(STANDING)
        self.opened = 0

    def grant(self, items: Sequence[Sealed]) -> Grant:
        """As `hub.ports.Leave.grant`."""
        self.opened += len(items)
        return self._vault.grant(self._position, items)
