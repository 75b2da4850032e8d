"""Match keys: keyed digests by which equal identifiers meet in the index, where nobody can read them.

The key is what keeps them closed: NHS numbers are few enough to try them all for anyone who holds it.
"""

import hmac

SIZE = 16  # bytes kept of each digest


class MatchKeys:
    """`hub.ports.Blind` under one 32-byte secret of the hub ("match-index"). Values come in already normalised."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) < 32:
            raise ValueError("match keys need a secret of at least 32 bytes")
        self._secret = secret

    def digest(self, kind: str, value: str | bytes) -> bytes:
        """16 bytes of HMAC-SHA-256 over kind and value; a text and its UTF-8 bytes give the same."""
        named, said = kind.encode(), value.encode() if isinstance(value, str) else value
        return hmac.digest(self._secret, len(named).to_bytes(4, "big") + named + said, "sha256")[:SIZE]
