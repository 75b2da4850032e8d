"""What answering needs, and how far the views have come: a ruling rests on the record as it stands, or nothing is said."""

from collections.abc import Callable
from typing import Literal

from msgspec import Struct

from hub.domain.agency import Register
from hub.domain.edition import Edition
from hub.domain.errors import TryLater
from hub.domain.sharing import Organisation
from hub.ports import Clock, Record, Rulings, Vault
from hub.views.store import ViewStore

HUB = Organisation("hub", "council", party=True)  # the hub as an owner: alerts, decisions, its own words
PARTNERSHIP = Organisation("partnership", "council", party=True)  # whom auditors and governance work for
PAGES = 10  # of facts that one answer folds before it gives up: more are behind after a rebuild alone


class Desk(Struct, frozen=True):
    """What answering needs."""

    record: Record
    ledger: Record
    store: ViewStore
    vault: Vault
    rulings: Rulings
    clock: Clock
    edition: Edition
    register: Callable[[], Register]
    second_factor: bool  # whether signing in to this hub means a second factor
    trouble: str = ""  # why the edition that should be in force is not


def caught_up(desk: Desk, log: Literal["record", "ledger"] = "record") -> None:
    """Bring the views up to the record as it stands now: a link or a withdrawal of a moment ago already counts.

    Raises TryLater where they are too far behind to wait for, or do not move.
    """
    held = desk.record if log == "record" else desk.ledger
    wanted = held.position()
    for _ in range(PAGES):
        if desk.store.position(log) >= wanted:
            return
        desk.store.follow(log, held)
    if desk.store.position(log) < wanted:
        raise TryLater(f"the views are far behind the {log}: wait until they have followed")


def organisation_of(desk: Desk, ident: str) -> Organisation:
    """An organisation as sharing reads it. The hub's own bodies are the partnership itself."""
    known = desk.register().organisations.get(ident)
    if known is None:
        return {HUB.id: HUB, PARTNERSHIP.id: PARTNERSHIP}.get(ident, Organisation(ident, "unknown", party=False))
    return Organisation(known.organisation, known.sector, known.party, known.listed_body)


def name_of(desk: Desk, ident: str) -> str:
    """An organisation as people say it; its id where the register does not have it."""
    known = desk.register().organisations.get(ident)
    return known.name if known else "The hub" if ident == HUB.id else ident
