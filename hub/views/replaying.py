"""A look of the ledger put again for an auditor, to see whether record and edition of then give what was let out then.

It promises to open nothing: ciphertext, codes and rulings are compared, so who may read no words may check.
"""

from collections.abc import Callable, Sequence

import msgspec
from msgspec import Struct
from sqlalchemy import select

from hub.domain.errors import NotFound
from hub.domain.ledger import Asked
from hub.domain.questions import Question, under
from hub.flow.disclose import ItemRef
from hub.flow.replay import Replayed, replay_look
from hub.ports import Ruling
from hub.views import store
from hub.views.asking import look
from hub.views.desk import PARTNERSHIP, Desk, caught_up
from hub.views.drafting import Ready, edition_parts
from hub.views.members import permitted
from hub.views.models import Asker
from hub.views.models.ledger import EditionLooks, LedgerReplay

REASON = "ledger_replay"


class Replaying(Struct):
    """What auditors ask of the ledger beside who looked. `engine` reads a set of policies; each edition is read once."""

    desk: Desk
    engine: Callable[[str, str], Ready]
    read: dict[str, Ready] = msgspec.field(default_factory=dict)

    def judge(self, edition: str, question: Question) -> Sequence[Ruling]:
        """The rulings of an edition on record over a question as it was recorded."""
        if edition not in self.read:
            parts = edition_parts(self.desk.record, int(edition))
            self.read[edition] = self.engine(parts["policies"], parts["cedar_schema"])
        ready = self.read[edition]
        facts = [
            [under(question.who, each, duty_in_force=ready.duty_in_force) for each in one.facts]
            for one in question.classes
        ]
        return ready.again(question.who, facts)

    def again(self, position: int) -> Replayed:
        """The look at this position put again, for the hub itself. Raises NotFound."""
        return replay_look(position, ledger=self.desk.ledger, record=self.desk.record, judge=self.judge)

    def replay(self, asker: Asker, position: int) -> LedgerReplay:
        """The same for an auditor: itself a look. Raises NotPermitted; NotFound for none, or none that they may know of."""
        desk = self.desk
        permitted(desk, asker, "audit_ledger")
        held = desk.ledger.read(position - 1, 1, [Asked.NAME], upto=position) if position > 0 else []
        asked = held[0].fact if held else None
        subjects = asked.subjects if isinstance(asked, Asked) else ()
        shown = _may_know(desk, asker, position, subjects)
        if shown is None or not isinstance(asked, Asked):
            raise NotFound("there is no such look, or none that you may know of")
        found = self.again(position)
        return LedgerReplay(
            position=position, asked_at=found.at, staff=asked.who, roles=asked.roles, organisation=asked.organisation,
            purpose=asked.purpose, edition=asked.edition, shown=len(asked.opened), withheld=asked.withheld,
            kept=bool(found.recorded), equal=found.equal, recorded=found.recorded, again=found.again,
            missing=len(found.missing), ledger=shown,
        )  # fmt: skip

    def by_edition(self, asker: Asker, child: str) -> Sequence[EditionLooks]:
        """The looks at one child by the edition they were ruled under, opened or not opened; itself a look.

        Raises NotPermitted, and NotFound for a child that this asker may not know the looks of.
        """
        desk = self.desk
        permitted(desk, asker, "audit_ledger")
        caught_up(desk, "ledger")
        if _may_know(desk, asker, 0, (child,)) is None:
            raise NotFound("nobody has looked at such a child, or you may not know of it")
        table = store.look
        rows = desk.store.rows(select(table).where(table.c.child == child).order_by(table.c.position))
        found: dict[str, EditionLooks] = {}
        for row in rows:
            asked = msgspec.json.decode(row["fact"], type=Asked)
            held = found.get(asked.edition) or EditionLooks(
                edition=asked.edition, looks=0, opened=0, not_opened=0, first=row["at"], last=row["at"]
            )
            opened = bool(asked.opened)
            found[asked.edition] = EditionLooks(
                edition=asked.edition, looks=held.looks + 1, opened=held.opened + opened,
                not_opened=held.not_opened + (not opened), first=held.first, last=row["at"],
            )  # fmt: skip
        return tuple(found.values())


def _may_know(desk: Desk, asker: Asker, position: int, persons: Sequence[str]) -> int | None:
    """The ledger entry of this look, where every line may be known of."""
    items = [
        ItemRef(
            item=f"look:{position}:{one}", category="ledger", organisation=PARTNERSHIP, persons=(one,) if one else (),
            position=position,
        )
        for one in (persons or ("",))
    ]  # fmt: skip
    found = look(desk, asker, items, REASON, purpose="access_audit")
    return found.ledger_position if len(found.shown) == len(items) else None
