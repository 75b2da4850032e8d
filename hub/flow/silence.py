"""6b A silence comes back from its consumer: it goes on record once, and once that it ended; and a person says what it was."""

from collections.abc import Sequence

from hub.domain import feed
from hub.domain.errors import BadMessage, NotFound
from hub.domain.fact import ErasedFact, Fact, Recorded
from hub.domain.silence import KINDS, Silence, State, answer, decide, evolve, fold, stream_of
from hub.flow.act import Act, by_person
from hub.flow.alert import AlertDraft
from hub.ports import Codec, LogMessage, Record


def is_silence(one: LogMessage) -> bool:
    """Whether a consumer tells of a silence, and not of a finding."""
    return dict(one.headers).get("ce_type") == b"mash.silence.v1"


def read_silence(one: LogMessage, codec: Codec) -> Silence:
    """What a consumer missed; raises BadMessage naming the header or field that is wrong."""
    headers = dict(one.headers)
    if "ce_dataschema" not in headers:
        raise BadMessage("missing_header", "ce_dataschema names the schema of the body", "ce_dataschema")
    said = codec.decode_silence(headers["ce_dataschema"].decode("ascii", "replace"), one.body)
    if said.kind not in KINDS or not said.subject.isprintable():
        raise BadMessage("invalid_value", "no such kind of silence, or no such subject", "kind")
    return said


def fold_silences(said: Sequence[Silence], *, record: Record) -> list[AlertDraft]:
    """What a batch of silences changes, in order; one about an erased child, or of a kind that nobody knows, is dropped.

    The caller appends the facts as they stand here; a VersionConflict means: fold again.
    """
    held: dict[str, State] = {}
    drafts = []
    for one in said:
        if one.kind not in KINDS or (one.child and _erased(one.child, record)):
            continue
        name = stream_of(one)
        if name not in held:
            held[name] = fold(recorded.fact for recorded in record.load(name))
        for fact in decide(held[name], one):
            drafts.append(AlertDraft(name, held[name].version, fact, one.ref, ""))
            held[name] = evolve(held[name], fact)
    return drafts


def _erased(child: str, record: Record) -> bool:
    return any(isinstance(one.fact, ErasedFact) for one in record.load(f"person:{child}", upto=1))


class Silences(Act):
    """What a person does about a silence, and about when one begins. Permission is checked by the caller."""

    def answer(self, stream: str, code: str, by: str) -> None:
        """Say what it was. Raises Refused naming the field, NotFound."""
        if not self._record.load(stream):
            raise NotFound("no such silence")
        self.append(
            stream, lambda history: answer(fold(one.fact for one in history), code, by), by_person(by)
        )  # fmt: skip

    def declare(self, wish: feed.FeedDeclared) -> bool:
        """Say how often a feed is heard; False where it was said just so. Raises Refused naming the field."""

        def declaring(history: list[Recorded]) -> list[Fact]:
            said = [one.fact for one in history if isinstance(one.fact, feed.FeedDeclared)]
            return feed.declare(said[-1] if said else None, wish)

        return bool(self.append(feed.stream(wish.organisation, wish.setting), declaring, wish.declared_by))
