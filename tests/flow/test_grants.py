"""The vault opens words only for a grant that a committed ledger entry produced: every other way in, tried."""

import copy
import pickle
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from msgspec import structs

from hub.adapters import sealing
from hub.adapters.keys_file import FileKeys
from hub.adapters.record_sqlite import sqlite_record
from hub.adapters.sealing import VaultAES
from hub.domain.errors import NotPermitted, SealBroken
from hub.domain.fact import Envelope, Fact, NewFact
from hub.domain.item import Grant, Sealed
from hub.domain.ledger import AskRendered, StandingCounted
from hub.domain.stored import FACTS
from hub.ports import Record
from tests.support.grants import NOON, STANDING, asked

WORDS = {"text": "The words."}


class Bench:
    """A vault over a real ledger, and two sealed items of words and one of an identity."""

    def __init__(self, keys: FileKeys, ledger: Record) -> None:
        self.keys, self.ledger, self.vault = keys, ledger, VaultAES(keys, ledger)
        keys.make(["source-record:ann", "source-record:ben"])
        self.one, self.other = (self.vault.seal("narrative", ["ann"], WORDS, "health") for _ in range(2))
        self.identity = self.vault.seal("identity", ["ann"], WORDS, "health")
        self.number = 0

    def commit(self, fact: Fact) -> int:
        self.number += 1
        envelope = Envelope(known_at=NOON, received=NOON, by="person:s1", because="", journey="", edition="edition-1")
        return self.ledger.append([NewFact(f"ask:{self.number}", 0, fact, envelope)])[0].position

    def entered(self, *opened: Sealed) -> int:
        return self.commit(asked(*(item.item for item in opened)))

    def stays_closed(self, grant: Grant, *items: Sealed) -> None:
        for item in items:
            with pytest.raises(NotPermitted):
                self.vault.open(item, grant)
            with pytest.raises(NotPermitted):
                self.vault.open_all([item], grant, dict)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with closing(FileKeys(tmp_path / "keys")) as keys:
        ledger = sqlite_record(tmp_path / "ledger.db", keys, FACTS, name="ledger")
        with closing(ledger):
            yield Bench(keys, ledger)


def refused(bench: Bench, position: int, items: Sequence[Sealed]) -> None:
    with pytest.raises(NotPermitted):
        bench.vault.grant(position, items)


def test_a_grant_of_a_committed_entry_opens_what_the_entry_names_once(bench: Bench) -> None:
    grant = bench.vault.grant(bench.entered(bench.one, bench.other), [bench.one, bench.other])

    assert [bench.vault.open(item, grant) for item in (bench.one, bench.other)] == [WORDS, WORDS]
    bench.stays_closed(grant, bench.one, bench.other)


def test_a_grant_made_by_hand_opens_nothing(bench: Bench) -> None:
    position = bench.entered(bench.one)

    bench.stays_closed(Grant(position, frozenset({bench.one.item})), bench.one)


def test_a_grant_that_was_copied_pickled_or_written_anew_opens_nothing(bench: Bench) -> None:
    real = bench.vault.grant(bench.entered(bench.one), [bench.one])
    made_again = msgspec.convert({"ledger_position": real.ledger_position, "items": [*real.items]}, Grant)

    for forged in (
        copy.copy(real), copy.deepcopy(real), pickle.loads(pickle.dumps(real)), structs.replace(real), made_again,  # noqa: S301 - its own bytes
    ):  # fmt: skip
        bench.stays_closed(forged, bench.one)
    assert bench.vault.open(bench.one, real) == WORDS


def test_items_added_to_a_grant_stay_closed(bench: Bench) -> None:
    real = bench.vault.grant(bench.entered(bench.one), [bench.one])

    bench.stays_closed(real, bench.other)
    bench.stays_closed(structs.replace(real, items=real.items | {bench.other.item}), bench.other)
    msgspec.structs.force_setattr(real, "items", real.items | {bench.other.item})
    bench.stays_closed(real, bench.other)


def test_the_grant_of_another_entry_opens_nothing_of_this_one(bench: Bench) -> None:
    refused(bench, bench.entered(bench.other), [bench.one])
    refused(bench, bench.entered(), [bench.one])
    bench.stays_closed(bench.vault.grant(bench.entered(bench.other), [bench.other]), bench.one)


def test_an_entry_that_is_not_committed_grants_nothing(bench: Bench) -> None:
    last = bench.entered(bench.one)

    for nowhere in (last + 1, last + 1000, 0, -1):
        refused(bench, nowhere, [bench.one])


def test_an_entry_is_used_once(bench: Bench) -> None:
    position = bench.entered(bench.one, bench.other)
    bench.vault.grant(position, [bench.one])

    refused(bench, position, [bench.one])
    refused(bench, position, [bench.other])


def test_an_old_entry_is_not_used_again_after_a_restart(bench: Bench) -> None:
    position = bench.entered(bench.one)
    bench.vault = VaultAES(bench.keys, bench.ledger)

    refused(bench, position, [bench.one])


def test_an_entry_far_behind_is_not_used_however_many_came_since(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "MOST_USED", 4)
    late = bench.entered(bench.one)
    for _ in range(6):
        bench.vault.grant(bench.entered(bench.one), [bench.one])

    refused(bench, late, [bench.one])


def test_a_grant_of_another_vault_opens_nothing_here(bench: Bench) -> None:
    elsewhere = VaultAES(bench.keys, bench.ledger)

    bench.stays_closed(elsewhere.grant(bench.entered(bench.one), [bench.one]), bench.one)


def test_only_an_ask_or_a_standing_entry_grants(bench: Bench) -> None:
    for fact in (AskRendered(ask="a", rendered="0" * 64), StandingCounted(ask="s", opened=9)):
        refused(bench, bench.commit(fact), [bench.one])


def test_a_standing_entry_opens_identities_again_and_again_and_nothing_else(bench: Bench) -> None:
    position = bench.commit(STANDING)

    for _ in range(3):
        grant = bench.vault.grant(position, [bench.identity])
        assert bench.vault.open(bench.identity, grant) == WORDS
        bench.stays_closed(grant, bench.identity, bench.one)
    refused(bench, position, [bench.one])
    refused(bench, position, [bench.identity, bench.one])


def test_words_called_an_identity_do_not_open_under_the_standing_entry(bench: Bench) -> None:
    posing = structs.replace(bench.one, category="identity")
    grant = bench.vault.grant(bench.commit(STANDING), [posing])

    with pytest.raises(SealBroken):
        bench.vault.open(posing, grant)


def test_an_item_moved_to_another_person_or_under_another_name_does_not_open(bench: Bench) -> None:
    for moved in (
        structs.replace(bench.one, about=("ben",)), structs.replace(bench.one, item=bench.other.item),
        structs.replace(bench.one, organisation="police"),
    ):  # fmt: skip
        grant = bench.vault.grant(bench.entered(bench.one, bench.other), [moved])
        with pytest.raises(SealBroken):
            bench.vault.open(moved, grant)
