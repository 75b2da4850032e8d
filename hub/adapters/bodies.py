"""The outside of a message, as the flow asks for it: sealed to the hub's key of the month and signed by its sender."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache

from hub.adapters import sealing
from hub.domain.errors import BadMessage, KeyDestroyed, SealBroken
from hub.ports import Clock, Keys


class HubBodies:
    """Opens what is sealed to the hub; seals for those who cannot (forms, HTTP, CSV, the command line)."""

    def __init__(self, keys: Keys, clock: Clock, keep: Callable[[str], None]) -> None:
        """`keep` is told the owner of a month's key before it is first used: it sees to it that none is made twice."""
        self._intake = sealing.IntakeKeys(keys)
        self._clock = clock
        self._keep = keep

    def open(self, attributes: Mapping[str, str], body: bytes) -> tuple[bytes, bytes]:
        """(signature, avro). Raises BadMessage: sealed_to_another_key, body_does_not_open."""
        try:
            private = self._intake.private(attributes["ce_sealedto"], self._clock.now())
        except (SealBroken, KeyDestroyed):
            detail = "fetch the hub's key of this month and seal the body to it"
            raise BadMessage("sealed_to_another_key", detail, "ce_sealedto") from None
        try:
            return sealing.open_body(private, attributes, body)
        except SealBroken:
            detail = "body or headers were changed on the way, or cut short: send it again"
            raise BadMessage("body_does_not_open", detail, "body") from None

    def verify(self, public: bytes, attributes: Mapping[str, str], avro: bytes, signature: bytes) -> bool:
        """Whether this key signed these attributes and bytes."""
        return sealing.verify(public, attributes, avro, signature)

    def seal(self, attributes: Mapping[str, str], avro: bytes, private: bytes) -> bytes:
        """Signed, and sealed to the key of the month that `attributes["ce_sealedto"]` names."""
        try:  # a month may end between naming the key and sealing to it
            opens = self._intake.private(attributes["ce_sealedto"], self._clock.now())
        except (SealBroken, KeyDestroyed):
            raise BadMessage("sealed_to_another_key", "seal to the hub's key of this month", "ce_sealedto") from None
        return sealing.seal_body(self._public(opens), private, attributes, avro)

    @staticmethod
    @lru_cache(maxsize=36)
    def _public(opens: bytes) -> bytes:
        return sealing.make_sealing_pair(opens).public

    def current(self, at: datetime) -> sealing.Pair:
        """The intake pair of the month of `at`."""
        self._keep(f"intake:{at:%Y-%m}")
        return self._intake.current(at)

    def sealed_to(self, at: datetime) -> str:
        """The id of the intake key of the month of `at`."""
        return self.current(at).keyid


class PublicBodies:
    """The organisation's side: seals to a public key that the hub gave out (`mash agency hub-key`)."""

    def __init__(self, public: bytes) -> None:
        self._public = public

    def open(self, attributes: Mapping[str, str], body: bytes) -> tuple[bytes, bytes]:  # noqa: ARG002 - the port's
        """Only the hub opens bodies."""
        raise BadMessage("sealed_to_another_key", "only the hub can open this", "ce_sealedto")

    def verify(self, public: bytes, attributes: Mapping[str, str], avro: bytes, signature: bytes) -> bool:
        """Whether this key signed these attributes and bytes."""
        return sealing.verify(public, attributes, avro, signature)

    def seal(self, attributes: Mapping[str, str], avro: bytes, private: bytes) -> bytes:
        """Signed, and sealed to the hub's public key."""
        return sealing.seal_body(self._public, private, attributes, avro)

    def sealed_to(self, at: datetime) -> str:  # noqa: ARG002 - one key, whatever the month
        """The id of the hub's public key."""
        return sealing.key_id(self._public)
