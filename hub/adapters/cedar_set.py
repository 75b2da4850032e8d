"""A set of sharing policies, read: its register, and what its schema can be told. Nothing here answers a question.

It promises that a set which is taken can be judged by: every policy parses, validates, is annotated and cannot
overflow, and every fact that the schema asks for is one that this hub computes.
"""

import json
import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, NamedTuple, cast

import cedarpy
from cedarpy import PolicySet, Schema

from hub.domain.errors import HubError
from hub.domain.sharing import BreakGlassFacts, ItemFacts, OverrideFacts, Standing
from hub.domain.signing import Annotated, ShownAs
from hub.domain.staff import ROLES, groups

REQUIRED = ("id", "title", "law", "owner")
STRICTNESS: dict[str, int] = {"reason": 0, "count": 1, "nothing": 2}
ID = re.compile(r"[A-Z]{1,3}[0-9]{1,3}")
# What this hub tells a policy of each kind of thing (hub/adapters/cedar.py, slice_of).
TOLD: dict[str, frozenset[str]] = {
    "Subject": frozenset(Standing.__struct_fields__),
    "Item": frozenset(ItemFacts.__struct_fields__) | {"subject"},
    "Ask": frozenset({"purpose", "invokes", "out_of_hours", "told"}),
    "Organisation": frozenset({"sector", "party", "listed_body"}),
    "User": frozenset({"organisation", "active", "ig_trained", "mfa"}),
    "Service": frozenset({"organisation"}),
    "Override": frozenset(OverrideFacts.__struct_fields__),
    "BreakGlass": frozenset(BreakGlassFacts.__struct_fields__),
}


class InvalidPolicies(HubError):
    """A set that may not be loaded. `policy` is the @id of the first policy at fault, "" where none can be named."""

    def __init__(self, why: str, policy: str = "") -> None:
        super().__init__(f"sharing policy {policy}: {why}" if policy else f"sharing policies: {why}")
        self.policy = policy
        self.why = why


class Fit(NamedTuple):
    """What the set's schema can be told: attributes by entity, and the names of each closed list.

    An edition outlives the code it was published by: a fact or role that came later is left out of what it is told,
    because no policy of it can speak of that.
    """

    attributes: Mapping[str, frozenset[str]]
    lists: Mapping[str, frozenset[str]]

    @property
    def whole(self) -> bool:
        """Whether the schema knows everything that this hub tells."""
        told = all(names <= self.attributes.get(kind, frozenset()) for kind, names in TOLD.items())
        return told and self.lists.get("Role", frozenset()) >= {*ROLES, *groups(tuple(ROLES))}


class PolicySets:
    """A set as it is asked: for each action without the policies whose scope says `action ==` another one.

    Those can neither allow nor deny nor err, so the answers are those of the whole set, and come a sixth sooner.
    """

    def __init__(self, policies_text: str) -> None:
        self._whole = json.loads(cedarpy.policies_to_json_str(policies_text))
        self._kept: dict[str, PolicySet] = {}

    def of(self, action: str) -> PolicySet:
        """What may speak of this action, parsed once and kept."""
        kept = self._kept.get(action)
        if kept is None:
            policies = {
                name: body
                for name, body in self._whole["staticPolicies"].items()
                if body["action"]["op"] != "==" or body["action"]["entity"]["id"] == action
            }
            text = json.dumps({**self._whole, "staticPolicies": policies})
            kept = self._kept[action] = PolicySet.from_json_str(text)
        return kept


def read_set(policies_text: str, schema_text: str) -> tuple[tuple[Annotated, ...], Fit]:
    """Every policy with its annotations, and what the schema can be told. Raises InvalidPolicies."""
    try:
        schema = Schema.from_str(schema_text)
    except ValueError as error:
        raise InvalidPolicies(f"the schema does not parse: {error}") from error
    fit = fit_of(schema_text)
    for kind, told in TOLD.items():
        if unknown := sorted(fit.attributes.get(kind, frozenset()) - told):
            raise InvalidPolicies(
                f"the schema asks for {kind}.{unknown[0]}, which this hub does not compute: remove it"
            )
    try:
        parsed = json.loads(cedarpy.policies_to_json_str(policies_text))
    except ValueError as error:
        raise InvalidPolicies(f"the text does not parse: {error}", _first_broken(policies_text)) from error
    if parsed.get("templates") or parsed.get("templateLinks"):
        raise InvalidPolicies("templates are not used here: write each policy out, so that it can be read and signed")
    register: dict[str, Annotated] = {}
    for body in parsed["staticPolicies"].values():
        one = _annotated(body)
        if one.id in register:
            raise InvalidPolicies("another policy has this @id: give each its own", one.id)
        register[one.id] = one
    if not register:
        raise InvalidPolicies("there is none: an empty set would only ever deny")
    checked = cedarpy.validate_policies(policies_text, schema)
    if not checked:
        first = checked.errors[0]
        raise InvalidPolicies(first.error, checked.id_annotations_by_policy_id.get(first.policy_id, ""))
    return tuple(register.values()), fit


def _annotated(body: dict[str, Any]) -> Annotated:
    notes = {**body.get("annotations", {})}
    name = notes.get("id") or ""
    lacking = [each for each in REQUIRED if not (notes.get(each) or "").strip()]
    if lacking:
        raise InvalidPolicies(f"add @{lacking[0]}", name)
    if not ID.fullmatch(name):
        raise InvalidPolicies("an @id is one to three capital letters and a number, such as R04", name)
    withheld = notes.get("withheld") or "reason"
    if withheld not in STRICTNESS:
        raise InvalidPolicies("@withheld is one of reason, count, nothing", name)
    if _arithmetic(body["conditions"]):
        raise InvalidPolicies("it computes: an overflow would skip it, so let the hub compute the fact", name)
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return Annotated(
        name, body["effect"], notes["title"], notes["law"], notes["owner"], cast("ShownAs", withheld),
        notes.get("part") or "", sha256(text.encode()).hexdigest(),
    )  # fmt: skip


def _arithmetic(node: object) -> bool:
    """Whether an expression adds, subtracts or multiplies: the operations that can fail at run time."""
    if isinstance(node, dict):
        return bool({"+", "-", "*", "neg"} & node.keys()) or any(_arithmetic(value) for value in node.values())
    return isinstance(node, list) and any(_arithmetic(value) for value in node)


def _first_broken(text: str) -> str:
    """The @id of the first policy that does not parse on its own, "" where each does."""
    for piece in re.split(r"(?=@id\()", text):
        named = re.match(r'@id\("([^"]+)"\)', piece)
        if named is None:
            continue
        try:
            PolicySet.from_str(piece)
        except ValueError:
            return named.group(1)
    return ""


def fit_of(schema_text: str) -> Fit:
    """The attributes of each entity and the members of each closed list, as a schema that parses declares them."""
    text = re.sub(r"//[^\n]*", "", schema_text)
    lists = {
        name: frozenset(re.findall(r'"([^"]*)"', members))
        for name, members in re.findall(r"\bentity\s+(\w+)\s+enum\s*\[(.*?)\]", text, re.DOTALL)
    }
    attributes = {
        name: frozenset(re.findall(r"(?:^|[{,])\s*(\w+)\s*\??\s*:", body, re.DOTALL))
        for name, body in re.findall(r"\b(?:entity|type)\s+(\w+)[^;{]*=?\s*\{(.*?)\}\s*;", text, re.DOTALL)
    }
    return Fit(attributes, lists)
