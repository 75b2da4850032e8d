"""The table of stored names: explicit, unique, and complete. (Golden rows: tests/architecture/test_stored_facts.py.)"""

import re

from hub.domain.errors import UnknownFact
from hub.domain.fact import ErasedFact, Fact, owner_of
from hub.domain.stored import FACTS, KNOWN


def test_every_name_is_explicit_and_says_what_happened_to_what() -> None:
    for kind in KNOWN:
        assert "NAME" in vars(kind), f"{kind.__name__} inherits its stored name"
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*\.[a-z]+(-[a-z]+)*", kind.NAME), kind.NAME


def test_no_two_classes_share_a_name_and_the_table_finds_each() -> None:
    assert len({kind.NAME for kind in KNOWN}) == len(KNOWN)
    assert {name: kind.NAME for name, kind in FACTS.items()} == {name: name for name in FACTS}


def test_every_fact_is_frozen_and_what_erasure_leaves_is_never_stored() -> None:
    assert all(kind.__struct_config__.frozen for kind in KNOWN)
    assert ErasedFact not in KNOWN
    assert Fact not in KNOWN
    assert issubclass(UnknownFact, Exception)


def test_whose_key_closes_a_stream() -> None:
    assert {stream: owner_of(stream) for stream in (
        "source-record:r1", "person:p1", "child:p1", "alert:p1:neglect:2", "message:m1", "consent:r1", "edition:1", "",
    )} == {
        "source-record:r1": "source-record:r1", "person:p1": "person:p1", "child:p1": "person:p1",
        "alert:p1:neglect:2": "person:p1", "message:m1": "partnership", "consent:r1": "partnership",
        "edition:1": "partnership", "": "partnership",
    }  # fmt: skip
