"""Closing words and messages: items of words for the record, and bodies on their way to the hub or from it.

An item opens while any key that it was wrapped under lives, and only for a grant that names it. A body opens for its
receiver alone, and only with the very attributes that it was sent with.
"""

import base64
import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from os import urandom
from threading import Lock
from typing import NamedTuple, Protocol, TypeVar
from weakref import WeakKeyDictionary

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap
from msgspec import json, msgpack

from hub.domain.errors import KeyDestroyed, KeyMissing, NotPermitted, SealBroken
from hub.domain.fact import Recorded
from hub.domain.item import Category, Grant, Sealed, Words
from hub.domain.ledger import Asked, StandingAsk
from hub.ports import Keys

T = TypeVar("T")

NONCE = 12
MOST_USED = 10_000  # positions of the ledger that a vault remembers one by one
SIGNATURE = 64  # bytes of an Ed25519 signature
SIGNATURE_HEADER = "ce_signature"  # of a plain body; a sealed one carries its signature inside
# RFC 9180, base mode: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM
SUITE = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)


class Entries(Protocol):
    """The ledger, as far as the vault reads it."""

    def read(self, after: int, limit: int, names: Sequence[str] = (), upto: int | None = None) -> list[Recorded]:
        """As `hub.ports.Record.read`: what is committed, and nothing else."""
        ...

    def position(self) -> int:
        """As `hub.ports.Record.position`."""
        ...


class VaultAES:
    """`hub.ports.Vault`: each item under its own AES-256-GCM key, wrapped (AES-KW) once for each source record.

    The key of the source record `s` is that of the owner "source-record:s" among the hub's keys. A grant is given for
    what a committed entry of the ledger names, once for each entry, and only for entries made since this vault was: an old
    one cannot be used again after a restart. The vault knows its grants by the object; what stands in one is for messages.
    """

    def __init__(self, keys: Keys, ledger: Entries) -> None:
        self._keys = keys
        self._ledger = ledger
        self._lock = Lock()
        self._floor = ledger.position()  # at and before it nothing is granted
        self._used: set[int] = set()  # positions above the floor that were granted
        self._standing: dict[int, str] = {}  # position of a standing entry -> the one category that it opens
        self._given: WeakKeyDictionary[Grant, dict[str, int]] = WeakKeyDictionary()  # how often each item opens yet

    def grant(self, position: int, items: Sequence[Sealed]) -> Grant:
        """Leave to open these items, once each, under the ledger entry committed at this position.

        Raises NotPermitted where no entry is committed there since this vault was opened, where the entry does not name
        an item among those it opened, and where it was used before. A standing entry may be used again and again, for
        items of its own category.
        """
        category = self._standing.get(position)
        if category is None:
            category = self._read(position, items)
        if category and any(item.category != category for item in items):
            raise NotPermitted(f"ledger entry {position} stands for {category} and for nothing else")
        grant = Grant(position, frozenset(item.item for item in items))
        with self._lock:
            if not category:
                self._use(position)
            self._given[grant] = Counter(item.item for item in items) if category else dict.fromkeys(grant.items, 1)
        return grant

    def _read(self, position: int, items: Sequence[Sealed]) -> str:
        """The category that a standing entry opens; "" for an ask that opened every one of these items."""
        if position <= self._floor:
            raise NotPermitted(f"ledger entry {position} is of another time: each look has an entry of its own")
        entry = next(iter(self._ledger.read(position - 1, 1, upto=position)), None)
        fact = entry.fact if entry is not None and entry.position == position else None
        if isinstance(fact, StandingAsk):
            self._standing[position] = fact.category
            return fact.category
        if not isinstance(fact, Asked):
            raise NotPermitted(f"nothing is on the ledger at {position} that opens words")
        if missing := {item.item for item in items} - {*fact.opened}:
            raise NotPermitted(f"ledger entry {position} does not name item {min(missing)}")
        return ""

    def _use(self, position: int) -> None:
        if position <= self._floor or position in self._used:
            raise NotPermitted(f"ledger entry {position} was used: each look has an entry of its own")
        self._used.add(position)
        if len(self._used) > MOST_USED:  # what is far behind cannot be somebody's look of this moment
            self._floor = sorted(self._used)[MOST_USED // 2]
            self._used = {one for one in self._used if one > self._floor}

    def _spend(self, items: Sequence[Sealed], grant: Grant) -> None:
        with self._lock:
            left = self._given.get(grant)
            if left is None:
                raise NotPermitted("this grant was not given by the vault: words open for a ledger entry alone")
            for sealed in items:
                number = left.get(sealed.item, 0)
                if number < 1:
                    named = "names it once" if sealed.item in grant.items else "does not name it"
                    raise NotPermitted(f"item {sealed.item} stays closed: ledger entry {grant.ledger_position} {named}")
                left[sealed.item] = number - 1

    def seal(self, category: Category, about: Sequence[str], words: Words, organisation: str) -> Sealed:
        """Close words about these source records (ids), whose keys exist; dates and times become ISO 8601 text.

        Raises KeyMissing or KeyDestroyed for a source record without a key, ValueError when it is about nobody.
        """
        owners = tuple(dict.fromkeys(about))
        if not owners:
            raise ValueError("words are about at least one source record: nobody could ever open or erase these")
        noise = urandom(60)  # asked for once: an item's id, its key, the nonce
        item, key, nonce = noise[:16].hex(), noise[16:48], noise[48:]
        box = nonce + AESGCM(key).encrypt(nonce, json.encode(words), _bound(item, category, organisation))
        wraps = tuple(aes_key_wrap(self._keys.find(f"source-record:{one}"), key) for one in owners)
        return Sealed(item, category, owners, wraps, box, organisation)

    def open(self, sealed: Sealed, grant: Grant) -> Words | None:
        """The words, or None when every key they were wrapped under is destroyed.

        Raises NotPermitted when this vault did not give the grant for this item, or the item was opened under it before;
        KeyMissing for a missing key (an incident), and
        SealBroken when item, category, organisation, wraps and box do not belong together.
        """
        self._spend([sealed], grant)
        plain = self._open(sealed)
        return None if plain is None else json.decode(plain, type=Words)

    def open_all(self, items: Sequence[Sealed], grant: Grant, kind: type[T]) -> list[T | None]:
        """As `open`, of several items: all or none, their keys asked for together, and each is read as a `kind`."""
        self._spend(items, grant)
        self._keys.gather(f"source-record:{one}" for sealed in items for one in sealed.about)
        opened = [self._open(sealed) for sealed in items]
        return [None if plain is None else json.decode(plain, type=kind) for plain in opened]

    def _open(self, sealed: Sealed) -> bytes | None:
        if not sealed.about or len(sealed.about) != len(sealed.wraps):
            raise _broken(sealed)
        for one, wrap in zip(sealed.about, sealed.wraps, strict=True):
            try:
                wrapping = self._keys.find(f"source-record:{one}")
            except KeyDestroyed:
                continue
            bound = _bound(sealed.item, sealed.category, sealed.organisation)
            try:
                key = aes_key_unwrap(wrapping, wrap)
                return AESGCM(key).decrypt(sealed.box[:NONCE], sealed.box[NONCE:], bound)
            except (InvalidUnwrap, InvalidTag, ValueError) as error:
                raise _broken(sealed) from error
        return None


def _broken(sealed: Sealed) -> SealBroken:
    return SealBroken(f"item {sealed.item} does not open under the key and circumstances that it claims")


def _bound(item: str, category: str, organisation: str) -> bytes:
    return msgpack.encode((item, category, organisation))


# -------------------------------------------------------------------------------------------------------- key pairs


class Pair(NamedTuple):
    """A key pair as raw bytes (32 each), and the id by which headers name it. repr shows the id alone."""

    private: bytes
    public: bytes
    keyid: str

    def __repr__(self) -> str:
        return f"<key pair {self.keyid}>"


def key_id(public: bytes) -> str:
    """How headers name a public key: the first 16 hex digits of its SHA-256."""
    return hashlib.sha256(public).hexdigest()[:16]


def make_signing_pair(private: bytes | None = None) -> Pair:
    """A new Ed25519 pair, or the one of a 32-byte private key (such as a secret of the hub)."""
    private = urandom(32) if private is None else private
    public = Ed25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()
    return Pair(private, public, key_id(public))


def make_sealing_pair(private: bytes | None = None) -> Pair:
    """A new X25519 pair, or the one of a 32-byte private key."""
    private = urandom(32) if private is None else private
    public = X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()
    return Pair(private, public, key_id(public))


class IntakeKeys:
    """The hub's sealing keys of the month, which bodies are sealed to; a month destroyed ends all copies of its bodies.

    A month's key belongs to the owner "intake:<YYYY-MM>" (UTC) among the hub's keys, so that it can be destroyed with
    a tombstone like any other, once the log's retention is over.
    """

    def __init__(self, keys: Keys, months_back: int = 36) -> None:
        self._keys = keys
        self._months_back = months_back
        self._months: dict[str, str] = {}  # key id -> month

    def current(self, now: datetime) -> Pair:
        """The pair of the month of `now` (aware UTC), made at its first use; publish its public half."""
        month = f"{now:%Y-%m}"
        self._keys.make([f"intake:{month}"])
        return self._of(month)

    def private(self, keyid: str, now: datetime) -> bytes:
        """The private key that `ce_sealedto` names: of a month up to `months_back` ago, or the next (clocks differ).

        Raises KeyDestroyed when that month's key was destroyed while this process knew it, else SealBroken: no key
        of the hub has this id.
        """
        month = self._months.get(keyid)
        if month is None:
            for back in range(-1, self._months_back + 1):
                try:
                    self._of(_month_before(now, back))
                except (KeyMissing, KeyDestroyed):
                    continue
                if keyid in self._months:
                    break
            month = self._months.get(keyid)
        if month is None:
            raise SealBroken(f"this body is sealed to key {keyid}, which is none of the hub's: fetch the hub's new key")
        return self._of(month).private

    def _of(self, month: str) -> Pair:
        pair = _intake_pair(self._keys.find(f"intake:{month}"))
        self._months[pair.keyid] = month
        return pair


@lru_cache(maxsize=128)
def _intake_pair(secret: bytes) -> Pair:
    return make_sealing_pair(HKDF(SHA256(), 32, None, b"mash intake sealing key, X25519, 1").derive(secret))


def _month_before(now: datetime, back: int) -> str:
    months = now.year * 12 + now.month - 1 - back
    return f"{months // 12:04}-{months % 12 + 1:02}"


# ----------------------------------------------------------------------------------------------------------- bodies


def canonical(attributes: Mapping[str, str]) -> bytes:
    """The `ce_` attributes as bytes that only these attributes give: sorted, each name and value length-prefixed.

    Other headers are left out (transports add some), and so is the signature itself.
    """
    parts = [b"mash body 1\n"]
    for name in sorted(attributes):
        if name.startswith("ce_") and name != SIGNATURE_HEADER:
            parts += (_NAMES.get(name) or _prefixed(name), _prefixed(attributes[name]))
    return b"".join(parts)


def _prefixed(text: str) -> bytes:
    encoded = text.encode()
    return len(encoded).to_bytes(4, "big") + encoded


_NAMES = {
    name: _prefixed(name)
    for name in (
        "ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time", "ce_dataschema", "ce_keyid", "ce_sealedto",
        "ce_onbehalfof",
    )
}  # fmt: skip


def sign(signing_key: bytes, attributes: Mapping[str, str], avro: bytes) -> bytes:
    """The 64-byte Ed25519 signature of an organisation over attributes and content; `signing_key` is raw, 32 bytes."""
    return _signer(signing_key).sign(canonical(attributes) + avro)


def verify(public_key: bytes, attributes: Mapping[str, str], avro: bytes, signature: bytes) -> bool:
    """Whether the holder of this key (raw, 32 bytes) signed these attributes and this content."""
    try:
        _verifier(public_key).verify(signature, canonical(attributes) + avro)
    except InvalidSignature:
        return False
    return True


def seal_body(hub_public: bytes, signing_key: bytes, attributes: Mapping[str, str], avro: bytes) -> bytes:
    """A body that only the holder of `hub_public`'s private half opens: HPKE of signature + Avro, bound to `ce_`.

    Keys are raw, 32 bytes. `attributes` already names the keys (`ce_keyid`, `ce_sealedto`). Source: RFC 9180.
    """
    bound = canonical(attributes)
    signature = _signer(signing_key).sign(bound + avro)
    return SUITE.encrypt(signature + avro, _receiver(hub_public), info=bound)


def open_body(hub_private: bytes, attributes: Mapping[str, str], body: bytes) -> tuple[bytes, bytes]:
    """Signature and Avro of a sealed body; the signature is still to be verified.

    Raises SealBroken when the body was changed, cut, sealed to another key or sent with other attributes.
    """
    try:
        plain = SUITE.decrypt(body, _opener(hub_private), info=canonical(attributes))
    except (InvalidTag, ValueError) as error:
        raise SealBroken("the body does not open: changed, cut, sealed to another key, or other headers") from error
    if len(plain) < SIGNATURE:
        raise SealBroken("the body opens, but is too short to hold a signature")
    return plain[:SIGNATURE], plain[SIGNATURE:]


def signature_to_header(signature: bytes) -> str:
    """The value of `ce_signature` beside a plain body: base64."""
    return base64.b64encode(signature).decode("ascii")


@lru_cache(maxsize=256)
def _signer(private: bytes) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(private)


@lru_cache(maxsize=1024)
def _verifier(public: bytes) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(public)


@lru_cache(maxsize=256)
def _receiver(public: bytes) -> X25519PublicKey:
    return X25519PublicKey.from_public_bytes(public)


@lru_cache(maxsize=256)
def _opener(private: bytes) -> X25519PrivateKey:
    return X25519PrivateKey.from_private_bytes(private)
