"""Match keys: keyed digests by which equal identifiers meet in the index, where nobody can read them.

The key is what keeps them closed: NHS numbers are few enough to try them all for anyone who holds it.
"""

import hashlib

SIZE = 16  # bytes kept of each digest
_BLOCK = 64  # bytes of a block of SHA-256


class MatchKeys:
    """`hub.ports.Blind` under one 32-byte secret of the hub ("match-index"). Values come in already normalised."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) < 32:
            raise ValueError("match keys need a secret of at least 32 bytes")
        key = (secret if len(secret) <= _BLOCK else hashlib.sha256(secret).digest()).ljust(_BLOCK, b"\0")
        # HMAC (RFC 2104) with its two key blocks hashed once: half the time of asking for it anew each time
        self._inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in key))
        self._outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in key))

    def digest(self, kind: str, value: str | bytes) -> bytes:
        """16 bytes of HMAC-SHA-256 over kind and value; a text and its UTF-8 bytes give the same."""
        named, said = kind.encode(), value.encode() if isinstance(value, str) else value
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(len(named).to_bytes(4, "big") + named + said)
        outer.update(inner.digest())
        return outer.digest()[:SIZE]
