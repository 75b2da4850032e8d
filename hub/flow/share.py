"""Step 3: three questions at intake, when nobody is looking yet: may it count, who is told, which room is it in.

The answers are stored with the concern. Reading is never decided here: it is decided anew at each look. Where a
policy errs, the concern is kept, sealed and not counted, and says so: a fault neither stops the intake nor opens.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec
from msgspec import Struct

from hub.domain.protocol import AT_INTAKE, Agreed, outside
from hub.domain.sharing import (
    Ask,
    Asker,
    Kind,
    Organisation,
    Purpose,
    Recipient,
    Resource,
    Subject,
    facts_of,
    service,
)
from hub.ports import Ruling, Rulings

INTAKE = service("intake")
_CHILD = "child"  # in place of a person id, in questions that nobody answers by who the child is


class AtIntake(Struct, frozen=True, kw_only=True):
    """One message in codes, as far as intake rules on it: whose, what kind, about whom, how it must be handled."""

    owner: Organisation
    setting: str = ""
    kind: Kind = "concern"
    subjects: tuple[Subject, ...] = ()  # the children that it is about, with what is on record of each
    recipients: tuple[Recipient, ...] = ()  # who might be told: the allocated worker, the child's school
    tier: int = 0  # 0: routine, as codes are; 3 where the service itself is sensitive
    source_protected: bool = False
    protocol_excludes: bool = False
    sexual_health: bool = False
    notifiable: bool = False


class IntakeRuling(Struct, frozen=True):
    """The three answers and what they rest on; `counted_for` are the persons whose signals count."""

    counted: bool
    told: tuple[str, ...]
    room: Literal["sealed", "open"]
    policies: tuple[str, ...]
    basis: str
    faults: bool
    counted_for: tuple[str, ...] = ()


def rule_at_intake(
    message: AtIntake, *, rulings: Rulings, at: datetime, service: Asker = INTAKE, agreed: Agreed | None = None
) -> IntakeRuling:
    """The three answers for one message, at `at` (aware UTC), by the policies behind `rulings` and the protocol in force.

    Counted is answered for each child, because one young person's refusal is not a sibling's. A message about no child
    counts for none. Told are the ids of those recipients that a policy permits. The room is open only where it may be
    for everybody whom the message is about.

    Source: research/architecture.md 2.17; DESIGN section 5 (publishing is not sharing).
    """
    # no rule reads who a child is, so children with equal facts are one question, answered from memory
    nameless = tuple(msgspec.structs.replace(subject, person=_CHILD) for subject in message.subjects)
    whole = Resource(
        category="codes", owner=message.owner, setting=message.setting, subjects=nameless, tier=message.tier,
        kind=message.kind, source_protected=message.source_protected, protocol_excludes=message.protocol_excludes,
        sexual_health=message.sexual_health, notifiable=message.notifiable,
        outside_protocol=outside(agreed, message.owner, service.organisation, *AT_INTAKE, at),
    )  # fmt: skip
    pool = _ask(service, "count", "pool", at)
    each = [msgspec.structs.replace(whole, subjects=(subject,)) for subject in nameless]
    counts = rulings.decide(pool, each) if each else []
    counted_for = tuple(
        subject.person for subject, ruling in zip(message.subjects, counts, strict=True) if ruling.allowed
    )
    asked = list(counts)
    told: list[str] = []
    for recipient in message.recipients:
        about = [one for one, known in zip(each, message.subjects, strict=True) if known.person == recipient.child]
        if not about:
            continue  # nobody is told of a child that the message does not name
        kin = frozenset({_CHILD} if recipient.child in recipient.related else ())
        unnamed = Recipient(kind=recipient.kind, id="", child=_CHILD, related=kin)
        question = msgspec.structs.replace(_ask(service, "tell", "notice", at), recipient=unnamed)
        (ruling,) = rulings.decide(question, about[:1])
        asked.append(ruling)
        if ruling.allowed:
            told.append(recipient.id)
    (room,) = rulings.decide(_ask(service, "open_room", "pool", at), [whole])
    asked.append(room)
    return IntakeRuling(
        counted=bool(counted_for), told=tuple(told), room="open" if room.allowed else "sealed",
        policies=_policies(asked), basis=_basis(pool, each, counts), faults=any(ruling.fault for ruling in asked),
        counted_for=counted_for,
    )  # fmt: skip


def _ask(who: Asker, action: Literal["count", "tell", "open_room"], purpose: Purpose, at: datetime) -> Ask:
    return Ask(id="intake", who=who, action=action, purpose=purpose, reason="intake", at=at)


def _policies(asked: Sequence[Ruling]) -> tuple[str, ...]:
    return tuple(sorted({policy for ruling in asked for policy in ruling.policies}))


def _basis(pool: Ask, each: Sequence[Resource], counts: Sequence[Ruling]) -> str:
    """The basis that counting rests on, "" where nothing counts: it is a record of what was done."""
    for resource, ruling in zip(each, counts, strict=True):
        if ruling.allowed:
            (facts,) = facts_of(pool, resource, duty_in_force=False)
            return f"{facts.subject.basis}; {facts.subject.gateway}; {facts.subject.limb}"
    return ""
