"""Signatures of people over drafts of an edition: Ed25519, with a key for each person that the hub keeps among its secrets.

It promises that a signature checks out for the very bytes and key it was made with. The key stands for the account that
signed in, as long as no device of the person's own signs: docs/policies.md says what that proves, and what it does not.
"""

from collections.abc import Callable

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from hub.adapters.sealing import make_signing_pair
from hub.flow.govern import Signed


class PersonKeys:
    """Signs for people and checks what they signed. `secret` gives a named secret of the hub, made once."""

    def __init__(self, secret: Callable[[str], bytes]) -> None:
        self._secret = secret

    def sign(self, staff: str, statement: bytes) -> Signed:
        """This person's signature over these bytes."""
        pair = make_signing_pair(self._secret(f"sign:staff:{staff}"))
        return Signed(pair.keyid, pair.public, Ed25519PrivateKey.from_private_bytes(pair.private).sign(statement))

    def verify(self, staff: str, statement: bytes, public: bytes, value: bytes) -> bool:
        """Whether this person's own key signed these bytes."""
        if public != make_signing_pair(self._secret(f"sign:staff:{staff}")).public:
            return False
        try:
            Ed25519PublicKey.from_public_bytes(public).verify(value, statement)
        except InvalidSignature:
            return False
        return True
