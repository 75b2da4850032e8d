"""Cedar, through `cedarpy`: answers the hub's questions by one edition's sharing policies.

The set is parsed once and kept. Default deny, forbid wins; an error, an answer that is none, or an entity that the
slice lacks denies and rings, because Cedar itself *skips* a forbid that errs, and would then allow.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, cast

import cedarpy
import msgspec
from cedarpy import Decision, Entities, Schema

from hub.adapters.cedar_set import STRICTNESS, Fit, InvalidPolicies, PolicySets, read_set
from hub.domain.sharing import INTAKE, Ask, Asker, Facts, Organisation, Recipient, Resource, Subject, facts_of
from hub.domain.signing import Annotated, ShownAs
from hub.domain.staff import groups
from hub.ports import Ruling

__all__ = ["Annotated", "CedarRulings", "InvalidPolicies", "Question", "slice_of"]

Alarm = Callable[[str], None]
NO_DECISION = Ruling(False, (), fault=True, shown_as="nothing")
MEMO_LIMIT = 10_000  # equivalence classes of intake questions; a partnership has hundreds
# which entity type an attribute's code belongs to, where it is one of a closed list
_LISTS = {
    "category": "Category", "kind": "Kind", "ground": "Ground", "consent": "Consent", "stage": "Stage",
    "basis": "Basis", "limb": "Limb",
}  # fmt: skip
_RECORDS = {"override": "Override", "break_glass": "BreakGlass"}
_ENUMERATED = frozenset({"Purpose", "Invokes", "Told", "Role", *_LISTS.values()})


class Question(NamedTuple):
    """One question in Cedar's terms, and the facts it came from."""

    facts: Facts
    resource: str  # id of its item in the slice


class CedarRulings:
    """Rulings of one edition. `alarm` gets a sentence with policy ids and no personal data whenever an error denies."""

    def __init__(
        self, policies_text: str, schema_text: str, *, alarm: Alarm, erred: Callable[[str], None] | None = None
    ) -> None:
        """Parse, validate and keep the set; `erred` hears when a policy of it fails while it is asked.

        Raises InvalidPolicies naming the @id of the policy at fault.
        """
        self._erred = erred
        self.register, fit = read_set(policies_text, schema_text)
        self._fit = None if fit.whole else fit  # None: tell everything
        self._policies = PolicySets(policies_text)
        self._schema = Schema.from_str(schema_text)
        self._alarm = alarm
        self._withheld = {policy.id: policy.withheld for policy in self.register}
        self.duty_in_force = any(policy.part == "s16LA" for policy in self.register)
        self._memo: dict[tuple[Asker, Facts], Ruling] = {}
        self._questions: dict[tuple[str, str, Asker, Recipient | None, Resource], Ruling] = {}

    def decide(self, ask: object, resources: Sequence[object]) -> list[Ruling]:
        """A ruling for each resource, in order; one about several persons is allowed only where it is for every one."""
        if not isinstance(ask, Ask):
            raise TypeError("ask with hub.domain.sharing.Ask")
        asked = [resource for resource in resources if isinstance(resource, Resource)]
        if len(asked) != len(resources):
            raise TypeError("ask about hub.domain.sharing.Resource")
        return self._remembered(ask, asked) if ask.action in INTAKE else self._decide(ask, asked, self._at_a_look)

    def again(self, who: Asker, classes: Sequence[Sequence[Facts]]) -> list[Ruling]:
        """Rulings over classes of facts as they were recorded: what this edition says to a question of another time."""
        unique = list(dict.fromkeys(facts for each in classes for facts in each))
        looks = [facts for facts in unique if facts.action not in INTAKE]
        rest = [facts for facts in unique if facts.action in INTAKE]
        found = self._at_a_look(who, looks) | dict(zip(rest, self._judge(who, rest), strict=True))
        return [_all_of([found[facts] for facts in each]) for each in classes]

    def _remembered(self, ask: Ask, resources: Sequence[Resource]) -> list[Ruling]:
        """Intake asks the same few questions thousands of times a second: where no fact has a date, by the question."""
        rulings = []
        for resource in resources:
            key = (ask.action, ask.purpose, ask.who, ask.recipient, resource)
            kept = self._questions.get(key)
            if kept is None:
                (kept,) = self._decide(ask, [resource], self._at_intake)
                if not kept.fault and not any(_dated(subject) for subject in resource.subjects):
                    if len(self._questions) >= MEMO_LIMIT:
                        self._questions.clear()
                    self._questions[key] = kept
            rulings.append(kept)
        return rulings

    def _decide(
        self, ask: Ask, resources: Sequence[Resource], answer: Callable[[Asker, list[Facts]], dict[Facts, Ruling]]
    ) -> list[Ruling]:
        per_resource = [facts_of(ask, resource, duty_in_force=self.duty_in_force) for resource in resources]
        unique = list(dict.fromkeys(facts for each in per_resource for facts in each))
        answers = answer(ask.who, unique)
        rulings = []
        for each in per_resource:
            if not each:
                self._alarm("words about nobody were asked for: kept closed")
            rulings.append(_all_of([answers[facts] for facts in each]))
        return rulings

    def _at_intake(self, who: Asker, unique: list[Facts]) -> dict[Facts, Ruling]:
        """Equal facts get equal answers, so they are kept; an answer that came of a fault is not."""
        found = {facts: kept for facts in unique if (kept := self._memo.get((who, facts))) is not None}
        if len(found) < len(unique):
            missing = [facts for facts in unique if facts not in found]
            for facts, ruling in zip(missing, self._judge(who, missing), strict=True):
                found[facts] = ruling
                if not ruling.fault:
                    if len(self._memo) >= MEMO_LIMIT:
                        self._memo.clear()
                    self._memo[who, facts] = ruling
        return found

    def _at_a_look(self, who: Asker, unique: list[Facts]) -> dict[Facts, Ruling]:
        """Decided anew at each look; what is denied shows a trace only where a rule lets the asker know of it."""
        if not unique:
            return {}
        entities, questions = slice_of(who, unique, self._fit)
        handle = self._handle(who, entities, questions)
        found = dict(zip(unique, self._put(who, handle, questions), strict=True))
        denied = [one for one in questions if not found[one.facts].allowed and not found[one.facts].fault]
        asked = [one._replace(facts=msgspec.structs.replace(one.facts, action="know")) for one in denied]
        for (facts, _), know in zip(denied, self._put(who, handle, asked), strict=True):  # over the same slice
            ruling = found[facts]
            # of several rules that let the asker know, the most telling; of those that deny, the strictest
            told = min(
                (self._withheld[policy] for policy in know.policies), key=STRICTNESS.__getitem__, default="nothing"
            )
            denying = [self._withheld[policy] for policy in ruling.policies]
            trace = _strictest([told, *denying]) if know.allowed else "nothing"
            found[facts] = msgspec.structs.replace(ruling, shown_as=trace, fault=know.fault)
        return found

    def _judge(self, who: Asker, unique: list[Facts]) -> list[Ruling]:
        if not unique:
            return []
        entities, questions = slice_of(who, unique, self._fit)
        return self.judge(who, entities, questions)

    def judge(self, who: Asker, entities: list[dict[str, Any]], questions: Sequence[Question]) -> list[Ruling]:
        """Put questions over a slice of entities to the set. Whatever is odd about the slice denies and rings."""
        return self._put(who, self._handle(who, entities, questions), questions)

    def _handle(self, who: Asker, entities: list[dict[str, Any]], questions: Sequence[Question]) -> Entities | None:
        """The slice, read once for all questions over it; None where it lacks something or does not fit the schema."""
        missing = _missing(entities, _principal(who), questions)
        if missing:
            self._alarm(f"the slice lacks {', '.join(sorted(missing))}: denied")
            return None
        try:
            return Entities.from_json_str(json.dumps(entities), self._schema)
        except ValueError:  # its text may quote an id; the types are enough to find the cause
            kinds = sorted({str(entity["uid"]["type"]) for entity in entities})
            self._alarm(f"a slice of {', '.join(kinds)} does not fit the schema: denied")
            return None

    def _put(self, who: Asker, handle: Entities | None, questions: Sequence[Question]) -> list[Ruling]:
        if handle is None:
            return [NO_DECISION] * len(questions)
        if not questions:
            return []
        principal, rulings = _principal(who), dict[int, Ruling]()
        for action in dict.fromkeys(question.facts.action for question in questions):
            put = [(number, one.resource) for number, one in enumerate(questions) if one.facts.action == action]
            requests = [
                {
                    "principal": principal, "action": _uid("Action", action), "resource": _uid("Item", resource),
                    "context": _CONTEXT,
                }
                for _, resource in put
            ]  # fmt: skip
            results = cedarpy.is_authorized_batch(requests, self._policies.of(action), handle, self._schema)
            for (number, _), result in zip(put, results, strict=True):
                rulings[number] = self._ruling(result)
        return [rulings[number] for number in range(len(questions))]

    def _ruling(self, result: cedarpy.AuthzResult) -> Ruling:
        ids = tuple(sorted(result.diagnostics.id_annotations_by_reason.values()))
        if result.diagnostics.errors or result.decision is Decision.NoDecision:
            self._alarm(f"a policy erred beside {', '.join(ids) or 'no other'}: denied")
            if result.diagnostics.errors and self._erred is not None:  # not where the question itself was odd
                self._erred(f"a policy erred beside {', '.join(ids) or 'no other'}")
            return msgspec.structs.replace(NO_DECISION, policies=ids)
        return Ruling(result.decision is Decision.Allow, ids)


def _dated(subject: Subject) -> bool:
    """Whether what is on record of a person has dates, so that the answer to one question may change with time."""
    return bool(subject.statements or subject.override or subject.break_glass or subject.samples)


def slice_of(
    who: Asker, unique: Sequence[Facts], fit: Fit | None = None
) -> tuple[list[dict[str, Any]], list[Question]]:
    """The few entities that these questions need, and the questions; facts of one ask share its purpose and exception.

    Ids of children are left behind: a subject is "subject-0". The asker, organisations and the ask keep theirs. With
    `fit`, what the set's schema does not know of is left out.
    """
    organisations: dict[Organisation, None] = {who.organisation: None}
    entities: list[dict[str, Any]] = []
    subjects: dict[Any, str] = {}
    questions: list[Question] = []
    for number, facts in enumerate(unique):
        subject = subjects.get(facts.subject)
        if subject is None:
            subject = subjects[facts.subject] = f"subject-{len(subjects)}"
            entities.append(_entity("Subject", subject, _attributes(facts.subject)))
        organisations[facts.item.owner] = None
        attributes = _attributes(facts.item)
        attributes["owner"] = _ref("Organisation", facts.item.owner.id)
        attributes["subject"] = _ref("Subject", subject)
        entities.append(_entity("Item", f"item-{number}", attributes))
        questions.append(Question(facts, f"item-{number}"))
    ask = unique[0]
    attributes = {
        "purpose": _ref("Purpose", ask.purpose), "invokes": _ref("Invokes", ask.invokes),
        "out_of_hours": ask.out_of_hours, "told": _ref("Told", ask.recipient),
    }  # fmt: skip
    entities.append(_entity("Ask", "ask", attributes))
    for each in organisations:
        known = {"sector": each.sector, "party": each.party, "listed_body": each.listed_body}
        entities.append(_entity("Organisation", each.id, known))
    entities.append(_asker(who))
    return (entities if fit is None else [_fitted(entity, fit) for entity in entities]), questions


def _fitted(entity: dict[str, Any], fit: Fit) -> dict[str, Any]:
    """An entity without what the schema does not know of: facts and roles that came after the edition was published."""
    known = fit.attributes.get(entity["uid"]["type"].removeprefix("Mash::"), frozenset())
    attributes = {name: value for name, value in entity["attrs"].items() if name in known}
    for name in _RECORDS.keys() & attributes.keys():
        inner = fit.attributes.get(_RECORDS[name], frozenset())
        attributes[name] = {each: value for each, value in attributes[name].items() if each in inner}
    roles = fit.lists.get("Role", frozenset())
    return {**entity, "attrs": attributes, "parents": [each for each in entity["parents"] if each["id"] in roles]}


def _asker(who: Asker) -> dict[str, Any]:
    organisation = {"organisation": _ref("Organisation", who.organisation.id)}
    if who.kind == "service":
        return _entity("Service", who.id, organisation)
    attributes = {**organisation, "active": who.active, "ig_trained": who.ig_trained, "mfa": who.mfa}
    parents = [_uid("Role", role) for role in sorted({*who.roles, *groups(who.roles)})]
    return _entity("User", who.id, attributes, parents)


def _uid(kind: str, name: str) -> dict[str, str]:
    return {"type": f"Mash::{kind}", "id": name}  # the dict form: no quoting, no injection


def _principal(who: Asker) -> dict[str, str]:
    return _uid("User" if who.kind == "person" else "Service", who.id)


def _ref(kind: str, name: str) -> dict[str, Any]:
    return {"__entity": _uid(kind, name)}


def _entity(kind: str, name: str, attributes: dict[str, Any], parents: Sequence[dict[str, str]] = ()) -> dict[str, Any]:
    return {"uid": _uid(kind, name), "attrs": attributes, "parents": list(parents)}


def _attributes(struct: msgspec.Struct) -> dict[str, Any]:
    return {
        name: _ref(_LISTS[name], value) if name in _LISTS else value
        for name, value in msgspec.to_builtins(struct).items()
    }


def _missing(entities: Sequence[dict[str, Any]], principal: dict[str, str], questions: Sequence[Question]) -> set[str]:
    """Types of the entities that are referred to and absent. An absent one may make a forbid err, or go unnoticed."""
    there = {(entity["uid"]["type"], entity["uid"]["id"]) for entity in entities}
    wanted = {(principal["type"], principal["id"]), ("Mash::Ask", "ask")}
    wanted.update(("Mash::Item", question.resource) for question in questions)
    for entity in entities:
        wanted.update(_references(entity["attrs"]))
    return {kind for kind, name in wanted - there if kind.removeprefix("Mash::") not in _ENUMERATED}


def _references(attributes: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for value in attributes.values():
        if isinstance(value, dict) and "__entity" in value:
            yield value["__entity"]["type"], value["__entity"]["id"]


_CONTEXT = json.dumps({"ask": {"__entity": _uid("Ask", "ask")}})


def _strictest(shown: Sequence[str]) -> ShownAs:
    return cast("ShownAs", max(shown, key=STRICTNESS.__getitem__, default="nothing"))


def _all_of(rulings: Sequence[Ruling]) -> Ruling:
    """One ruling of several: allowed only where each is; denied, it shows what the strictest denial shows."""
    if not rulings:
        return NO_DECISION
    if len(rulings) == 1:
        return rulings[0]
    denied = [ruling for ruling in rulings if not ruling.allowed]
    told = denied or rulings
    return Ruling(
        allowed=not denied,
        policies=tuple(sorted({policy for ruling in told for policy in ruling.policies})),
        fault=any(ruling.fault for ruling in rulings),
        shown_as=_strictest([ruling.shown_as for ruling in denied]) if denied else "reason",
    )
