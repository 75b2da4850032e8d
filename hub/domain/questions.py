"""A question as the ledger keeps it: who asked, and the facts of each class of item, in codes and without ids of children.

It promises that the same question can be put again: to the edition that answered it, to today's, or to a draft.
"""

import zlib
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct
from msgspec.structs import FieldInfo, fields, replace

from hub.domain.protocol import AT_INTAKE, Agreed, Outside, permits
from hub.domain.sharing import (
    INTAKE,
    Asker,
    BreakGlassFacts,
    Facts,
    ItemFacts,
    Organisation,
    OverrideFacts,
    Standing,
)

# What a fact is where nobody knew of it yet: it was added to the hub after the question was asked.
UNKNOWN: dict[Any, Any] = {bool: False, int: 0, str: "none"}
PARTS: dict[Any, type[Struct]] = {
    kind: kind for kind in (Organisation, ItemFacts, Standing, OverrideFacts, BreakGlassFacts)
}  # fmt: skip
# Purposes and bases under which an obligation would take the place of the basis (see sharing.basis_of).
LOOKING_BACK = frozenset({"access_audit", "practice_audit", "policy"})


class Classed(NamedTuple):
    """One class of item: its facts for each person it is about, and how many items of the response were of it."""

    facts: tuple[Facts, ...]
    items: int


class Question(NamedTuple):
    """What was asked, as it can be asked again."""

    who: Asker
    classes: tuple[Classed, ...]


def encode(who: Asker, classes: Iterable[Classed]) -> bytes:
    """The question as bytes for the ledger. Whose family the asker is, is in the facts: the ids of kin are left out."""
    told = {
        "who": {**msgspec.to_builtins(replace(who, related=frozenset())), "related": []},
        "classes": [[msgspec.to_builtins(one.facts), one.items] for one in classes],
    }
    return zlib.compress(msgspec.msgpack.encode(told), 1)


def decode(kept: bytes) -> Question | None:
    """The question, None for an entry from before questions were kept.

    A fact that the hub did not know then reads as false or "none"; one that it knows no more is left out.
    """
    if not kept:
        return None
    told = msgspec.msgpack.decode(zlib.decompress(kept))
    who = msgspec.convert(told["who"], Asker)
    return Question(who, tuple(Classed(tuple(_read(Facts, one) for one in facts), n) for facts, n in told["classes"]))


def under(
    who: Asker, facts: Facts, *, duty_in_force: bool, agreed: Agreed | None = None, on: date | None = None
) -> Facts:  # fmt: skip
    """The same facts where section 16LA is in force, or is not; `facts` as kept, which is as if it were not.

    Only the basis rests on it: where both bodies are listed and relevance was judged, it is a legal obligation. With a
    London day, whether the share stands outside the protocol `agreed` is asked anew as of that day (None: there is none).
    """
    if on is not None:
        facts = _by_protocol(who, facts, agreed, on)
    subject = facts.subject
    obliged = subject.duty_relevant and facts.item.owner.listed_body and who.organisation.listed_body
    if not duty_in_force or not obliged or subject.basis == "none" or facts.purpose in LOOKING_BACK:
        return facts
    return replace(facts, subject=replace(subject, basis="legal_obligation", gateway="CA 2004 s16LA"))


def _by_protocol(who: Asker, facts: Facts, agreed: Agreed | None, on: date) -> Facts:
    item = facts.item
    purpose, category = AT_INTAKE if facts.action in INTAKE else (facts.purpose, item.category)
    found = permits(agreed, item.owner, who.organisation, purpose, category, on) if agreed else None
    if item.outside_protocol == isinstance(found, Outside):
        return facts
    return replace(facts, item=replace(item, outside_protocol=isinstance(found, Outside)))


def in_words(who: Asker, facts: Facts) -> str:
    """A question in words that a person can judge: who, why, what, about whom. Codes alone, so it names nobody."""
    item, subject = facts.item, facts.subject
    roles = ", ".join(role.replace("_", " ") for role in who.roles) or (
        "the intake" if who.kind == "service" else "nobody"
    )
    said = [
        f"{_capital(roles)} of {who.organisation.id.replace('_', ' ')}", f"purpose {facts.purpose.replace('_', ' ')}",
        (f"{facts.action} {item.category.replace('_', ' ')} ({item.kind.replace('_', ' ')}, tier {item.tier}) "
        f"of {item.owner.id.replace('_', ' ')}"),
    ]  # fmt: skip
    if item.in_enquiry:
        state = "open" if item.enquiry_open else "closed"
        asker = "on it" if item.asker_on_enquiry else "not on it"
        said.append(f"in {state} MASH enquiry ({item.ground.replace('_', ' ')}), the asker {asker}")
    if subject.consent != "none":
        said.append(f"consent {subject.consent}" + (" by a competent young person" if subject.competent else ""))
    if subject.stage != "none":
        said.append(f"stage {subject.stage.replace('_', ' ')}")
    if facts.invokes != "none":
        said.append(f"invokes {facts.invokes.replace('_', ' ')}")
    for part in (subject, item):
        flags = [one.name for one in fields(part) if getattr(part, one.name) is True and one.name not in _SAID]
        said += [name.replace("_", " ") for name in flags]
    if not (who.active and who.ig_trained and who.mfa) and who.kind == "person":
        lacking = (("active", who.active), ("training", who.ig_trained), ("second factor", who.mfa))
        said += [f"no {name}" for name, held in lacking if not held]
    return "; ".join(said)


_SAID = frozenset({"words", "in_enquiry", "asker_on_enquiry", "enquiry_open", "competent"})


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _read(kind: type[Struct], given: dict[str, Any]) -> Any:
    return kind(**{field.name: _value(field, given) for field in fields(kind)})


def _value(field: FieldInfo, given: dict[str, Any]) -> Any:
    inner = PARTS.get(field.type)
    if inner is not None:
        return _read(inner, given.get(field.name, {}))
    return given.get(field.name, UNKNOWN.get(field.type, "none"))


def classes_of(asked: Sequence[tuple[tuple[Facts, ...], int]]) -> tuple[Classed, ...]:
    """Classes that differ in no fact are one: their items are counted together."""
    counted: dict[tuple[Facts, ...], int] = {}
    for facts, items in asked:
        counted[facts] = counted.get(facts, 0) + items
    return tuple(Classed(facts, items) for facts, items in counted.items())
