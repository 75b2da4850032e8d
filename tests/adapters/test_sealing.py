"""Words are closed for each source record they are about; bodies open with their own headers alone."""

import base64
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from msgspec import Struct, structs

from hub.adapters import sealing
from hub.adapters.blind import MatchKeys
from hub.adapters.keys_file import FileKeys
from hub.adapters.sealing import IntakeKeys, VaultAES
from hub.domain.errors import KeyDestroyed, KeyMissing, NotPermitted, SealBroken
from hub.ports import Blind, Vault
from tests.support.grants import Granting

WORDS = {"narrative": "Came in a thin coat again.", "lines": ["1 Made-up Street"], "age": 7, "sure": True, "none": None}
RECORDS = ("mother", "ann", "ben")  # source records, as items name them; their keys belong to source-record:<id>


@pytest.fixture
def keys(tmp_path: Path) -> Iterator[FileKeys]:
    with closing(FileKeys(tmp_path)) as keys:
        keys.make(f"source-record:{one}" for one in RECORDS)
        yield keys


@pytest.fixture
def granting(keys: FileKeys) -> Granting:
    return Granting(keys)


@pytest.fixture
def vault(granting: Granting) -> VaultAES:
    return granting.vault


# ------------------------------------------------------------------------------------------------------------- words


def test_words_open_for_a_grant_that_names_them_and_for_no_other(granting: Granting) -> None:
    vault = granting.vault
    item, other = (vault.seal("narrative", RECORDS[:1], WORDS, "school-a") for _ in range(2))
    for wrong in (granting.grant(), granting.grant(other)):
        with pytest.raises(NotPermitted, match="does not name it"):
            vault.open(item, wrong)
    assert vault.open(item, granting.grant(other, item)) == WORDS


class Counted(Struct):
    age: int
    narrative: str = ""


def test_several_items_open_together_in_order_and_what_was_erased_is_none(keys: FileKeys, granting: Granting) -> None:
    vault = granting.vault
    items = [vault.seal("narrative", [one], {"age": n, "lines": []}, "school-a") for n, one in enumerate(RECORDS)]
    keys.destroy("source-record:ann", "erasure:e@1")
    assert vault.open_all(items, granting.grant(*items), Counted) == [Counted(0), None, Counted(2)]
    with pytest.raises(NotPermitted):
        vault.open_all(items, granting.grant(items[0]), Counted)


def test_words_about_three_open_while_one_key_lives_and_then_never_again(keys: FileKeys, granting: Granting) -> None:
    vault = granting.vault
    item = vault.seal("narrative", RECORDS, WORDS, "police")
    assert (item.about, len(item.wraps)) == (RECORDS, 3)
    keys.destroy("source-record:mother", "erasure:1@1")
    keys.destroy("source-record:ben", "erasure:2@1")
    assert vault.open(item, granting.grant(item)) == WORDS
    keys.destroy("source-record:ann", "erasure:3@1")
    assert vault.open(item, granting.grant(item)) is None


def test_a_missing_key_is_an_incident_and_not_an_erasure(tmp_path: Path, vault: Vault) -> None:
    item = vault.seal("narrative", RECORDS[:1], WORDS, "police")
    with closing(FileKeys(tmp_path / "another-hub")) as empty:
        elsewhere = Granting(empty)
        with pytest.raises(KeyMissing):
            elsewhere.vault.open(item, elsewhere.grant(item))


def test_words_are_sealed_only_about_somebody_whose_key_lives(keys: FileKeys, vault: Vault) -> None:
    with pytest.raises(ValueError, match="at least one source record"):
        vault.seal("voice", (), WORDS, "police")
    with pytest.raises(KeyMissing):
        vault.seal("voice", ("unknown",), WORDS, "police")
    keys.destroy("source-record:ann", "erasure:1@1")
    with pytest.raises(KeyDestroyed):
        vault.seal("voice", ("ann",), WORDS, "police")


def test_an_item_opens_only_with_its_own_circumstances(vault: Vault, granting: Granting) -> None:
    item = vault.seal("narrative", RECORDS[:2], WORDS, "police")
    other = vault.seal("narrative", RECORDS[:2], WORDS, "police")
    changed = [
        structs.replace(item, item=other.item),
        structs.replace(item, category="identity"),
        structs.replace(item, organisation="health"),
        structs.replace(item, about=RECORDS[1:]),
        structs.replace(item, about=(), wraps=()),
        structs.replace(item, wraps=item.wraps[:1]),
        structs.replace(item, wraps=other.wraps),
        structs.replace(item, box=other.box),
        structs.replace(item, box=item.box[:-1]),
        structs.replace(item, box=b""),
        structs.replace(item, wraps=(b"", b"")),
    ]
    for one in changed:
        with pytest.raises(SealBroken):
            vault.open(one, granting.grant(one))


def test_dates_and_times_in_words_come_back_as_iso_text(vault: Vault, granting: Granting) -> None:
    words = {"birth_date": date(2018, 4, 1), "rung": datetime(2026, 11, 23, 9, 30, tzinfo=UTC)}
    item = vault.seal("identity", RECORDS[:1], words, "police")
    assert vault.open(item, granting.grant(item)) == {"birth_date": "2018-04-01", "rung": "2026-11-23T09:30:00Z"}


def test_the_same_words_look_different_each_time_and_show_nothing(vault: Vault) -> None:
    one, two = (vault.seal("narrative", (RECORDS[0], RECORDS[0]), WORDS, "police") for _ in range(2))
    assert (one.box == two.box, one.wraps == two.wraps, one.item == two.item) == (False, False, False)
    assert (b"coat" in one.box, "coat" in repr(one), one.about) == (False, False, RECORDS[:1])


# ------------------------------------------------------------------------------------------------------------ bodies

SENDER = sealing.make_signing_pair()
HUB = sealing.make_sealing_pair()
OTHER = sealing.make_sealing_pair()
HEADERS = {
    "ce_specversion": "1.0",
    "ce_id": "c7",
    "ce_source": "police",
    "ce_type": "mash.concern-raised.v1",
    "ce_keyid": SENDER.keyid,
    "ce_sealedto": HUB.keyid,
    "content-type": "avro/binary",
}
AVRO = b"made-up avro bytes"


def test_a_body_opens_for_its_receiver_and_names_its_sender() -> None:
    body = sealing.seal_body(HUB.public, SENDER.private, HEADERS, AVRO)
    signature, avro = sealing.open_body(HUB.private, HEADERS, body)
    assert avro == AVRO
    assert sealing.verify(SENDER.public, HEADERS, avro, signature)
    assert AVRO not in body


def test_a_body_that_was_touched_does_not_open() -> None:
    body = sealing.seal_body(HUB.public, SENDER.private, HEADERS, AVRO)
    swapped = [
        HEADERS | {"ce_id": "c8"},
        HEADERS | {"ce_source": "health"},
        HEADERS | {"ce_extra": ""},
        {name: value for name, value in HEADERS.items() if name != "ce_type"},
    ]
    for headers in swapped:
        with pytest.raises(SealBroken):
            sealing.open_body(HUB.private, headers, body)
    for cut in (b"", body[:1], body[:40], body[:-1], body + b"x"):
        with pytest.raises(SealBroken):
            sealing.open_body(HUB.private, HEADERS, cut)
    for place in (0, 31, 32, len(body) // 2, len(body) - 1):
        flipped = bytearray(body)
        flipped[place] ^= 1
        with pytest.raises(SealBroken):
            sealing.open_body(HUB.private, HEADERS, bytes(flipped))
    with pytest.raises(SealBroken):
        sealing.open_body(OTHER.private, HEADERS, body)


def test_a_body_too_short_for_a_signature_is_broken() -> None:
    short = sealing.SUITE.encrypt(b"x" * 63, sealing._receiver(HUB.public), info=sealing.canonical(HEADERS))
    with pytest.raises(SealBroken, match="too short"):
        sealing.open_body(HUB.private, HEADERS, short)


def test_a_signature_stands_for_one_sender_one_content_and_one_set_of_headers() -> None:
    signature = sealing.sign(SENDER.private, HEADERS, AVRO)
    assert sealing.verify(SENDER.public, HEADERS, AVRO, signature)
    wrong = [
        sealing.verify(sealing.make_signing_pair().public, HEADERS, AVRO, signature),
        sealing.verify(SENDER.public, HEADERS | {"ce_id": "c8"}, AVRO, signature),
        sealing.verify(SENDER.public, HEADERS, AVRO + b"x", signature),
        sealing.verify(SENDER.public, HEADERS, AVRO, signature[:-1]),
        sealing.verify(SENDER.public, HEADERS, AVRO, b""),
    ]
    assert wrong == [False] * 5


def test_headers_that_a_transport_adds_and_the_signature_itself_change_nothing() -> None:
    signature = sealing.sign(SENDER.private, HEADERS, AVRO)
    carried = HEADERS | {"ce_signature": sealing.signature_to_header(signature), "traceparent": "00-1"}
    assert sealing.verify(SENDER.public, carried, AVRO, base64.b64decode(carried["ce_signature"]))


def test_a_key_id_is_the_start_of_the_public_keys_hash_and_a_private_key_is_never_shown() -> None:
    pair = sealing.make_signing_pair(bytes(32))
    # public key of the all-zero seed, as other Ed25519 libraries give it
    assert pair.public.hex() == "3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29"
    assert pair.keyid == sealing.key_id(pair.public) == "139e3940e64b5491"
    assert repr(pair) == "<key pair 139e3940e64b5491>"


# --------------------------------------------------------------------------------------------- the keys of the month

NOVEMBER, DECEMBER = datetime(2026, 11, 30, 23, 59, tzinfo=UTC), datetime(2026, 12, 1, 0, 1, tzinfo=UTC)


def test_each_month_has_its_own_sealing_key_and_earlier_ones_still_open(tmp_path: Path, keys: FileKeys) -> None:
    november, december = IntakeKeys(keys).current(NOVEMBER), IntakeKeys(keys).current(DECEMBER)
    assert november.keyid != december.keyid
    body = sealing.seal_body(november.public, SENDER.private, HEADERS, AVRO)
    with closing(FileKeys(tmp_path)) as elsewhere:
        private = IntakeKeys(elsewhere).private(november.keyid, DECEMBER)
        assert sealing.open_body(private, HEADERS, body)[1] == AVRO
        # the sender's clock was ahead of ours
        assert IntakeKeys(elsewhere).private(december.keyid, NOVEMBER) == december.private


def test_a_body_sealed_to_no_key_of_the_hub_is_broken_and_no_key_is_made_by_asking(keys: FileKeys) -> None:
    with pytest.raises(SealBroken, match=OTHER.keyid):
        IntakeKeys(keys).private(OTHER.keyid, NOVEMBER)
    with pytest.raises(KeyMissing):
        keys.find("intake:2026-11")


def test_destroying_a_months_key_closes_every_copy_of_its_bodies(keys: FileKeys) -> None:
    intake = IntakeKeys(keys)
    november = intake.current(NOVEMBER)
    keys.destroy("intake:2026-11", "retention:log@1")
    with pytest.raises(KeyDestroyed):
        intake.private(november.keyid, DECEMBER)
    with pytest.raises(SealBroken):
        IntakeKeys(keys).private(november.keyid, DECEMBER)


# -------------------------------------------------------------------------------------------------------- match keys


def test_equal_identifiers_meet_under_one_secret_and_stay_closed_without_it() -> None:
    ours, theirs = MatchKeys(b"o" * 32), MatchKeys(b"t" * 32)
    promised: Blind = ours
    digest = promised.digest("nhs", "9990000018")
    assert (len(digest), ours.digest("nhs", b"9990000018")) == (16, digest)
    assert digest not in {
        ours.digest("upn", "9990000018"),
        ours.digest("nhs", "9990000026"),
        theirs.digest("nhs", "9990000018"),
    }
    assert ours.digest("ab", "c") != ours.digest("a", "bc")


def test_a_guessable_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        MatchKeys(b"short")
