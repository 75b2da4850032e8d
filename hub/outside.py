"""An organisation's own side: it publishes and reads its inbox with its own keys and the hub's public ones, and nothing else.

The same packaging as the front desk's, so what it sends cannot be told from what the front desk sends for others.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from msgspec import json
from msgspec.structs import replace

import schemas
from hub.adapters.avro import Codec
from hub.adapters.bodies import PublicBodies
from hub.adapters.clock import SystemClock
from hub.adapters.letters import open_letter
from hub.adapters.log_embedded import EmbeddedLog
from hub.adapters.log_kafka import KafkaLog
from hub.adapters.outbox import Numbers
from hub.adapters.sealing import open_body, verify
from hub.adapters.tables import Tables
from hub.config import Settings
from hub.domain.errors import Refused, SealBroken
from hub.domain.message import Message
from hub.domain.message_rules import check
from hub.domain.outward import NoticeOut, RequestOut
from hub.domain.request import topic_of
from hub.domain.vocabulary import Vocabulary
from hub.flow.publish import Receipt, Signer, send
from hub.ports import Log, LogMessage


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


class Private(NamedTuple):
    """An organisation's own key that opens what the hub tells it. repr shows no key."""

    organisation: str
    key_id: str
    private: bytes

    def __repr__(self) -> str:
        return f"<sealing key {self.organisation} {self.key_id}>"


def read_private(path: Path) -> Private:
    """The sealing key in a file that `mash agency key add --sealing` wrote. Raises Refused."""
    try:
        lines = dict(line.split(" ", 1) for line in path.read_text(encoding="ascii").splitlines())
        return Private(lines["organisation"], lines["keyid"], bytes.fromhex(lines["private"]))
    except (OSError, ValueError, KeyError):
        raise Refused(f"{path} is no key file: mash agency key add --sealing writes one", "--key") from None


class Inbox:
    """Reads what the hub asks and tells one organisation, with that organisation's own key and nothing else of the hub."""

    def __init__(self, settings: Settings, hub_key: Path, key: Private) -> None:
        """Raises Refused for a file that does not hold the hub's signing key (`mash agency hub-key --json` writes it)."""
        try:
            self._signs = bytes.fromhex(json.decode(hub_key.read_bytes(), type=dict[str, str])["signs"])
        except (OSError, ValueError, KeyError):
            raise Refused(f"{hub_key} holds no hub keys: mash agency hub-key --json writes them", "--hub-key") from None
        self.organisation = key.organisation
        self._key, self._codec = key, Codec()
        self._log = _log(settings)

    def read(self, after: int = 0, *, words: bool = False) -> list[dict[str, Any]]:
        """Requests and notices after this position of the hub, in order, each once; the letters opened where `words`.

        What is sealed to another key of the organisation is told as such, and passed over. Raises SealBroken for what is
        not the hub's.
        """
        found: dict[int, dict[str, Any]] = {}
        for kind in ("request", "notice"):
            topic = topic_of(self.organisation, kind)
            for message in self._messages(topic):
                attributes = {name: value.decode("ascii") for name, value in message.headers if name.startswith("ce_")}
                position = int(attributes["ce_sequence"])
                if position > after and position not in found:
                    found[position] = self._opened(attributes, message.body, words=words)
        return [found[position] for position in sorted(found)]

    def _messages(self, topic: str) -> Iterator[LogMessage]:
        if topic not in self._log.topics(topic):
            return
        end, reader = self._log.end(topic, 0), self._log.reader({(topic, 0): 0})
        try:
            place = -1
            while place < end - 1 and (messages := reader.poll(200, 2.0)):
                yield from messages
                place = messages[-1].offset
        finally:
            reader.close()

    def _opened(self, attributes: Mapping[str, str], body: bytes, *, words: bool) -> dict[str, Any]:
        row: dict[str, Any] = {
            "position": int(attributes["ce_sequence"]), "id": attributes["ce_id"], "kind": "", "due": "", "words": [],
        }  # fmt: skip
        if attributes.get("ce_sealedto") != self._key.key_id:
            return {
                **row,
                "kind": "sealed_to_another_key",
                "words": [f"open it with key {attributes.get('ce_sealedto')}"],
            }
        signature, avro = open_body(self._key.private, attributes, body)
        if not verify(self._signs, attributes, avro, signature):
            raise SealBroken(
                "this message is not signed by the hub whose key you hold: fetch its keys anew, or ring it"
            )
        said = self._codec.decode_outward(attributes["ce_dataschema"], avro)
        due = said.due.isoformat() if said.due else ""
        if isinstance(said, NoticeOut):
            codes = [f"{code.name}: {code.value}" for code in said.codes]
            about = {"about": said.about, "setting": said.setting}
            return {**row, **about, "kind": said.kind, "due": due, "words": codes}
        told = {"setting": said.setting, "purpose": said.purpose, "questions": list(said.questions)}
        lines = self._letter(said) if words else []
        return {**row, **told, "kind": "request", "due": due, "words": lines}

    def _letter(self, said: RequestOut) -> list[str]:
        if not said.letter:
            return ["the words stand on your page: your organisation had no sealing key when it was asked"]
        letter = open_letter(self._key.private, said.request, said.organisation, said.letter)
        lines = [", ".join(f"{name}: {value}" for name, value in child.items()) for child in letter.children]
        return [
            *lines,
            letter.purpose,
            *letter.questions,
            *(one for one in (letter.question, letter.out_of_term) if one),
        ]

    def close(self) -> None:
        """Give back what is held."""
        self._log.close()


def _log(settings: Settings) -> Log:
    if settings.log == "embedded":
        return EmbeddedLog(settings.data / "log.db")
    return KafkaLog(
        settings.kafka_bootstrap, security=settings.kafka_security, user=settings.kafka_user,
        password=settings.kafka_password.get_secret_value(),
        ca_file=str(settings.kafka_ca) if settings.kafka_ca else None,
    )  # fmt: skip
