"""What the intake works with, put together once by hub/parts.py."""

from collections.abc import Callable, Iterable

from msgspec import Struct

from hub.domain.matching import Judge
from hub.domain.model import Likeness
from hub.domain.protocol import Agreed
from hub.domain.vocabulary import Vocabulary
from hub.ports import Areas, Blind, Bodies, Clock, Codec, Homes, Keys, Leave, Log, Record, Rulings, Vault


class Tools(Struct, frozen=True, kw_only=True):
    """Ports, the edition's data, and how somebody is paged."""

    log: Log
    record: Record
    keys: Keys
    vault: Vault
    blind: Blind
    likeness: Likeness  # how names are compared
    judge: (
        Judge | None
    )  # the edition's match model, thresholds and guards; None: an edition that matches by rules alone
    bodies: Bodies
    codec: Codec
    areas: Areas
    rulings: Rulings
    clock: Clock
    vocabulary: Vocabulary
    edition: str
    plain: bool
    standing: Leave  # the standing entry under which matching opens identifiers, counted
    not_pooled: frozenset[str]  # handling codes that the protocol keeps out of the pool
    protects_source: frozenset[str] = frozenset()  # those that would tell of a confidential source
    agreed: Agreed | None = None  # the protocol in force
    looks: Callable[[], int]  # the ledger's position: up to where somebody may have looked
    spoken: Callable[[Iterable[str]], list[str]]  # the messages that speak of these source records
    kept_out: Callable[
        [Iterable[str], Iterable[str], Iterable[str]], list[str]
    ]  # the messages kept out of the count: about these persons, or about whom these source records are, or of these owners
    viewed: Callable[[], int]  # the position of the record up to which the views, that answer this, have followed it
    homes: Homes
    page: Callable[
        [str, str], None
    ]  # rings a named person: the place of a message, never its content, and what is wrong
