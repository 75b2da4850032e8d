"""Match keys: keyed digests by which equal identifiers meet in the index, where nobody can read them.

The key is what keeps them closed: NHS numbers are few enough to try them all for anyone who holds it. So it can be changed:
digests of the index are made with its newest version, those that stand in facts with the first for ever.
"""

import hmac

SIZE = 16  # bytes kept of each digest
# kinds whose digests stand in facts, or sealed beside words: they are compared for as long as the record is
ON_RECORD = frozenset({"home", "identity", "incident", "message", "referrer"})


class MatchKeys:
    """`hub.ports.Blind` under 32-byte secrets of the hub: `secret` of this `version`, and the `first` for what is in facts.

    Values come in already normalised. With version 1 the two are the same.
    """

    def __init__(self, secret: bytes, version: int = 1, first: bytes | None = None) -> None:
        if len(secret) < 32 or (first is not None and len(first) < 32):
            raise ValueError("match keys need a secret of at least 32 bytes")
        if version != 1 and first is None:
            raise ValueError(
                "a later version of the match key needs the first one too: facts hold digests made with it"
            )
        self.version = version
        self._secret = hmac.new(secret, digestmod="sha256")  # the key is taken in once, not for each digest
        self._first = self._secret if first is None else hmac.new(first, digestmod="sha256")

    def digest(self, kind: str, value: str | bytes) -> bytes:
        """16 bytes of HMAC-SHA-256 over kind and value; a text and its UTF-8 bytes give the same."""
        named, said = kind.encode(), value.encode() if isinstance(value, str) else value
        mac = (self._first if kind in ON_RECORD else self._secret).copy()
        mac.update(len(named).to_bytes(4, "big") + named + said)
        return mac.digest()[:SIZE]


def secret_name(version: int) -> str:
    """How the hub's keys call the secret of a version of the match key."""
    return "match-index" if version == 1 else f"match-index:{version}"
