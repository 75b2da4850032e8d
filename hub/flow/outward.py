"""What organisations are told, out to them: requests and notices become messages on their own topics, sealed to their key.

It opens nothing: codes are packed, and a request's words travel in the letter that was closed when a person let them out.
An organisation without a key is passed over: what it is told waits on its page, which says so.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from hub.domain.fact import Recorded
from hub.domain.notice import NoticeSent
from hub.domain.outward import NoticeCode, NoticeOut, Outward, RequestOut
from hub.domain.request import RequestMade, topic_of
from hub.domain.signal import FactNotSent
from hub.flow.relay import Relay
from hub.flow.verify import SEALED
from hub.ports import Log, Outgoing, Positions, Record

FOLLOWER = "outward"
NAMES = (RequestMade.NAME, NoticeSent.NAME)


class Receiver(NamedTuple):
    """The key that an organisation gave: its id, and its public half."""

    key_id: str
    public: bytes


class OutwardRelay(Relay):
    """Follows the record for requests and notices, and publishes each on its receiver's topic.

    `seal` signs attributes and body with the hub's key (`hub_key`) and closes them to a public key.
    """

    def __init__(
        self, *, record: Record, log: Log, positions: Positions, encode: Callable[[Outward], tuple[bytes, str]],
        receiver: Callable[[str], Receiver | None], hub_key: str,
        seal: Callable[[bytes, Mapping[str, str], bytes], bytes], not_sent: Callable[[FactNotSent, Recorded], None],
    ) -> None:  # fmt: skip
        super().__init__(
            topic=FOLLOWER, names=NAMES, message=lambda _: ("", b"", ""), record=record, log=log, positions=positions,
            not_sent=not_sent,
        )  # fmt: skip
        self._encode, self._receiver, self._hub_key, self._seal = encode, receiver, hub_key, seal

    def _outgoing(self, recorded: Recorded) -> Outgoing | None:
        said = outward_of(recorded)
        receiver = self._receiver(said.organisation)
        if receiver is None:
            return None
        kind = "request" if isinstance(said, RequestOut) else "notice"
        avro, dataschema = self._encode(said)
        attributes = {
            "ce_specversion": "1.0",
            "ce_id": recorded.stream.partition(":")[2],
            "ce_source": "hub",
            "ce_type": "mash.request-made.v1" if kind == "request" else "mash.notice-sent.v1",
            "ce_time": recorded.envelope.known_at.isoformat(),
            "ce_sequence": str(recorded.position),
            "ce_dataschema": dataschema,
            "ce_keyid": self._hub_key,
            "ce_sealedto": receiver.key_id,
        }
        body = self._seal(receiver.public, attributes, avro)
        headers = (*((name, value.encode()) for name, value in attributes.items()), ("content-type", SEALED.encode()))
        return Outgoing(topic_of(said.organisation, "request" if kind == "request" else "notice"), None, headers, body)


def outward_of(recorded: Recorded) -> Outward:
    """The message that a request or a notice becomes: codes, and the closed letter."""
    ident = recorded.stream.partition(":")[2]
    match recorded.fact:
        case RequestMade() as made:
            return RequestOut(
                position=recorded.position, request=ident, organisation=made.organisation, setting=made.setting,
                purpose=made.purpose, questions=made.questions, due=made.due, closed_until=made.closed_until,
                letter=made.letter, letter_key=made.letter_key,
            )  # fmt: skip
        case NoticeSent() as told:
            return NoticeOut(
                position=recorded.position, notice=ident, organisation=told.organisation, setting=told.setting,
                kind=told.kind, about=told.about, codes=tuple(NoticeCode(*code) for code in told.codes), due=told.due,
                sent_at=recorded.envelope.known_at,
            )  # fmt: skip
        case other:
            raise AssertionError(f"{other.NAME} is no fact that an organisation is told of")
