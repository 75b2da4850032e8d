"""Letters to organisations: words that leave the hub, closed to the receiver's own key when a person let them out.

Whoever carries a letter on (the record, the relay, the log) cannot open it, and it opens for no other request.
"""

import base64
from binascii import Error as NotBase64

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from msgspec import DecodeError, ValidationError, json

from hub.adapters.sealing import SUITE
from hub.domain.errors import SealBroken
from hub.domain.outward import Letter

BROKEN = "the letter does not open: it was changed, or is sealed to another key"


def seal_letter(public: bytes, letter: Letter) -> str:
    """The letter for the holder of this X25519 key (raw, 32 bytes), as base64. Source: RFC 9180."""
    key = X25519PublicKey.from_public_bytes(public)
    sealed = SUITE.encrypt(json.encode(letter), key, info=_bound(letter.request, letter.organisation))
    return base64.b64encode(sealed).decode("ascii")


def open_letter(private: bytes, request: str, organisation: str, letter: str) -> Letter:
    """The letter of this request to this organisation, by its private key. Raises SealBroken."""
    key = X25519PrivateKey.from_private_bytes(private)
    try:
        plain = SUITE.decrypt(base64.b64decode(letter, validate=True), key, info=_bound(request, organisation))
        return json.decode(plain, type=Letter)
    except (InvalidTag, NotBase64, ValueError, DecodeError, ValidationError) as error:
        raise SealBroken(BROKEN) from error


def _bound(request: str, organisation: str) -> bytes:
    return f"mash letter 1\n{request}\n{organisation}".encode()
