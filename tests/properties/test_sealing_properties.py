"""Whatever the words, headers and contents are: what was closed opens as it was, and nothing else opens."""

import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.adapters import sealing
from hub.adapters.blind import MatchKeys
from hub.adapters.keys_file import FileKeys
from hub.domain.errors import SealBroken
from hub.domain.item import Words
from tests.support.grants import Granting

SENDER = sealing.make_signing_pair(b"s" * 32)
HUB = sealing.make_sealing_pair(b"h" * 32)

text = st.text(st.characters(codec="utf-8"), max_size=30)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=10,
)
words_of_any_kind = st.dictionaries(text, values, max_size=5)
headers_of_any_kind = st.dictionaries(
    text.map("ce_{}".format).filter(lambda name: name != "ce_signature"), text, max_size=5
)


@pytest.fixture(scope="module")
def granting() -> Iterator[Granting]:
    with tempfile.TemporaryDirectory() as folder, closing(FileKeys(Path(folder))) as keys:
        keys.make(["source-record:a", "source-record:b"])
        yield Granting(keys)


@given(words_of_any_kind, text)
@settings(max_examples=100, deadline=None)
def test_words_come_back_as_they_went_in(granting: Granting, words: Words, organisation: str) -> None:
    item = granting.vault.seal("narrative", ["a", "b"], words, organisation)
    assert granting.vault.open(item, granting.grant(item)) == words


@given(headers_of_any_kind, st.binary(max_size=300))
@settings(max_examples=100, deadline=None)
def test_a_body_comes_back_as_it_went_in(headers: dict[str, str], avro: bytes) -> None:
    body = sealing.seal_body(HUB.public, SENDER.private, headers, avro)
    signature, opened = sealing.open_body(HUB.private, headers, body)
    assert (opened, sealing.verify(SENDER.public, headers, opened, signature)) == (avro, True)


@given(headers_of_any_kind, headers_of_any_kind)
@settings(max_examples=200, deadline=None)
def test_different_headers_never_look_the_same(one: dict[str, str], other: dict[str, str]) -> None:
    assert (sealing.canonical(one) == sealing.canonical(other)) == (one == other)


@given(text, text, text)
def test_moving_a_letter_between_name_and_value_is_another_header(name: str, value: str, letter: str) -> None:
    one, other = {f"ce_{name}{letter}": value}, {f"ce_{name}": f"{letter}{value}"}
    assert (sealing.canonical(one) == sealing.canonical(other)) == (one == other)


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_no_single_changed_bit_opens(data: st.DataObject) -> None:
    headers = {"ce_id": "c7"}
    body = bytearray(sealing.seal_body(HUB.public, SENDER.private, headers, b"avro"))
    place = data.draw(st.integers(0, len(body) * 8 - 1))
    body[place // 8] ^= 1 << place % 8
    with pytest.raises(SealBroken):
        sealing.open_body(HUB.private, headers, bytes(body))


@given(text, text, text, text)
def test_digests_meet_only_when_kind_and_value_are_equal(kind: str, value: str, kind2: str, value2: str) -> None:
    match = MatchKeys(b"m" * 32)
    assert (match.digest(kind, value) == match.digest(kind2, value2)) == ((kind, value) == (kind2, value2))
