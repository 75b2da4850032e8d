"""An organisation's own publisher: it holds its key and the hub's public key, and nothing else of the hub.

The same packaging as the front desk's, so what it sends cannot be told from what the front desk sends for others.
"""

from collections.abc import Sequence
from pathlib import Path

from msgspec import json
from msgspec.structs import replace

import schemas
from hub.adapters.avro import Codec
from hub.adapters.bodies import PublicBodies
from hub.adapters.clock import SystemClock
from hub.adapters.log_embedded import EmbeddedLog
from hub.adapters.log_kafka import KafkaLog
from hub.adapters.outbox import Numbers
from hub.adapters.tables import Tables
from hub.config import Settings
from hub.domain.errors import Refused
from hub.domain.message import Message
from hub.domain.message_rules import check
from hub.domain.vocabulary import Vocabulary
from hub.flow.publish import Receipt, Signer, send
from hub.ports import Log


class Outside:
    """Publishes as one organisation, with its own key and its own numbers (kept beside the key file)."""

    def __init__(self, settings: Settings, hub_key: Path, signer: Signer, numbers: Path) -> None:
        """Raises Refused for a file that holds no hub key (`mash agency hub-key --json` writes one)."""
        try:
            public = bytes.fromhex(json.decode(hub_key.read_bytes(), type=dict[str, str])["public"])
        except (OSError, ValueError, KeyError):
            raise Refused(f"{hub_key} is no hub key: mash agency hub-key --json writes one", "--hub-key") from None
        self._signer = signer
        self._codec = Codec()
        self._bodies = PublicBodies(public)
        self._clock = SystemClock()
        self._vocabulary = Vocabulary.of(schemas.load_vocabulary())
        self._log = _log(settings)
        self._numbers = Numbers(Tables(f"sqlite:///{numbers}"))

    def check(self, said: Message, signer: Signer | None = None) -> None:
        """Raises BadMessage or Refused if this could not be published."""
        del signer  # its own, always
        if said.organisation != self._signer.organisation:
            raise Refused("this key signs for another organisation", "organisation")
        check(said, self._vocabulary, self._clock.now())
        self._codec.encode(said)

    def publish(
        self, said: Sequence[tuple[str, Message]], signer: Signer | None = None, *, numbered: bool = True
    ) -> list[Receipt]:
        """Publish messages (id, message); with `numbered` they get the next numbers of this key's own gapless series."""
        del signer  # its own, always
        for _, message in said:
            self.check(message)
        if not numbered:
            return self._publish(said)
        with self._numbers.after(self._signer.organisation, len(said)) as last:
            given = [(ident, replace(one, source_sequence=last + n)) for n, (ident, one) in enumerate(said, start=1)]
            return self._publish(given)

    def _publish(self, said: Sequence[tuple[str, Message]]) -> list[Receipt]:
        now = self._clock.now()
        return send(said, self._signer, codec=self._codec, bodies=self._bodies, log=self._log, now=now)

    def close(self) -> None:
        """Give back what is held."""
        self._numbers.close()
        self._log.close()


def _log(settings: Settings) -> Log:
    if settings.log == "embedded":
        return EmbeddedLog(settings.data / "log.db")
    return KafkaLog(
        settings.kafka_bootstrap, security=settings.kafka_security, user=settings.kafka_user,
        password=settings.kafka_password.get_secret_value(),
        ca_file=str(settings.kafka_ca) if settings.kafka_ca else None,
    )  # fmt: skip
