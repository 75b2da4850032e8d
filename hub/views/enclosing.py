"""What a request encloses, where whoever asks chose it: which organisations told of the child, when, and which indicators.

It promises that nothing is in it but what whoever asks may send (action export, rule Q05), what the protocol carries from its
owner to the receiver, and what the receiver could read, each asked of the policies; that it has no words; and that a
setting is not told what it told itself.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec.structs import replace

from hub.domain.concern import ConcernRecorded, CorrectionRecorded, StrengthRecorded
from hub.domain.protocol import outside
from hub.domain.request import Party
from hub.domain.sharing import Ask, EnquiryRoom, Organisation, Purpose, Subject
from hub.domain.sharing import Asker as PolicyAsker
from hub.flow.disclose import ItemRef, suppose
from hub.views import chronology, said_of
from hub.views.desk import Desk, name_of
from hub.views.said_of import Spoken
from hub.views.who_is_who import records_of

ON_RECORD = "on_record"  # of what an organisation may be told
MOST = 40  # lines of one request: the newest
TOLD = ConcernRecorded | StrengthRecorded | CorrectionRecorded


def may_be_enclosed(
    desk: Desk, child: str, receiver: Organisation, party: Party, purpose: Purpose, *, known: Mapping[str, Subject],
    room: EnquiryRoom | None, now: datetime,
) -> dict[str, Spoken]:  # fmt: skip
    """What may be enclosed about this child, newest first, by item: as far as its receiver could read it."""
    agreed = desk.edition.agreed
    found = {
        one.codes.item: one
        for one in said_of.spoken(desk, child)
        if one.standing == "current" and isinstance(one.recorded.fact, TOLD)
        and (one.codes.organisation.id, one.codes.setting) != (receiver.id, party.setting)
        and not outside(agreed, one.codes.organisation, receiver, purpose, "codes", now)
    }  # fmt: skip
    reader = PolicyAsker(
        id=f"asked:{party}", organisation=receiver, setting=party.setting, roles=("external_answerer",), active=True,
        ig_trained=True, mfa=True,
    )  # fmt: skip
    ask = Ask(id="reading", who=reader, action="read", purpose=purpose, reason="request", at=now)
    as_read = [
        replace(enclosed(one), setting=party.setting, released_to=frozenset({receiver.id})) for one in found.values()
    ]
    ruled = suppose(ask, as_read, subjects=known, enquiry=room, rulings=desk.rulings, agreed=agreed)
    return {item: one for item, one in found.items() if ruled[item].allowed and not ruled[item].fault}


def enclosed(one: Spoken) -> ItemRef:
    """What was said as an item that a request encloses: its codes."""
    return replace(one.codes, kind="request")


def lines(desk: Desk, child: str, told: Sequence[Spoken], older: int) -> str:
    """A line for each: organisation and setting, when, and the indicators of this child; and how many more are older."""
    records = records_of(desk, [child])[child]
    made = [_line(desk, one, records) for one in told]
    return "\n".join([*made, f"And {older} more that are older: ask the front door"] if older else made)


def _line(desk: Desk, one: Spoken, records: Sequence[str]) -> str:
    setting = one.codes.setting.replace("_", " ")
    by = name_of(desk, one.codes.organisation.id) + (f", {setting}" if setting else "")
    labels = chronology.indicator_labels(one.recorded.fact, desk.edition.vocabulary, records)
    return f"{by}, {chronology.when_words(one.recorded)}: {'; '.join(labels) or 'seen, and no indicator'}"
