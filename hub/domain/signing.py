"""Policies as people sign them: a tick for each policy's exact text, a signature for a whole draft.

It promises that a tick or a signature is for what was read and for nothing else: another text, another draft, is unticked
and unsigned.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, NamedTuple, assert_never

from hub.domain.errors import Refused
from hub.domain.fact import Fact

ShownAs = Literal["reason", "count", "nothing"]
ALWAYS = ("ig_lead", "caldicott_guardian")  # who signs every draft
RULES = ("thresholds", "continuum")  # parts that the threshold owner answers for
RULES_OWNER = "threshold_owner"


class Annotated(NamedTuple):
    """One policy of the register: its annotations as written, whether it permits or forbids, and the digest of its text.

    The digest (SHA-256, hexadecimal) covers everything that means something: effect, scope, conditions, and every
    annotation, @law included. Comments, line ends and blanks change nothing.
    """

    id: str
    effect: str
    title: str
    law: str
    owner: str
    withheld: ShownAs
    part: str
    digest: str


class PolicyTicked(Fact, frozen=True, kw_only=True):
    """Stream policy:<id>. Somebody has read this policy, its law included, and says that it stands.

    `digest` is of the policy's text as it means something (hub/adapters/cedar_set.py): another text is unticked.
    """

    NAME: ClassVar[str] = "policy.ticked"
    policy: str
    digest: str
    by: str


class PolicyUnticked(Fact, frozen=True, kw_only=True):
    """Somebody takes their own tick back."""

    NAME: ClassVar[str] = "policy.unticked"
    policy: str
    digest: str
    by: str


class DraftSigned(Fact, frozen=True, kw_only=True):
    """Stream edition-draft:<hash>. Somebody signed this content, in this role: Ed25519 over `statement`."""

    NAME: ClassVar[str] = "edition.signed"
    content_hash: str
    role: str
    by: str
    keyid: str
    public: bytes
    value: bytes


TickFact = PolicyTicked | PolicyUnticked
FACTS: tuple[type[Fact], ...] = (PolicyTicked, PolicyUnticked, DraftSigned)


@dataclass(frozen=True)
class Ticks:
    """Who has ticked which texts of one policy, in the order in which they did."""

    policy: str
    version: int = 0
    held: tuple[tuple[str, str], ...] = ()  # (digest, staff id)

    def of(self, digest: str) -> tuple[str, ...]:
        """Who has ticked this exact text."""
        return tuple(by for text, by in self.held if text == digest)


def stream_of_policy(policy: str) -> str:
    """The stream of a policy's ticks."""
    return f"policy:{policy}"


def stream_of_draft(content_hash: str) -> str:
    """The stream of a draft's signatures."""
    return f"edition-draft:{content_hash}"


def fold_ticks(policy: str, facts: Iterable[Fact]) -> Ticks:
    """Fold the ticks of one policy: total, never refuses."""
    state = Ticks(policy)
    for fact in facts:
        if isinstance(fact, PolicyTicked | PolicyUnticked):
            state = _evolve(state, fact)
    return state


def _evolve(state: Ticks, fact: TickFact) -> Ticks:
    rest = tuple(one for one in state.held if one != (fact.digest, fact.by))
    match fact:
        case PolicyTicked():
            return Ticks(state.policy, state.version + 1, (*rest, (fact.digest, fact.by)))
        case PolicyUnticked():
            return Ticks(state.policy, state.version + 1, rest)
        case _:
            assert_never(fact)


def tick(state: Ticks, digest: str, by: str) -> list[TickFact]:
    """A person ticks this exact text; nothing where they had."""
    return [] if by in state.of(digest) else [PolicyTicked(policy=state.policy, digest=digest, by=by)]


def untick(state: Ticks, digest: str, by: str) -> list[TickFact]:
    """A person takes their own tick of this text back. Raises Refused where they have none."""
    if by not in state.of(digest):
        raise Refused(
            f"you have not ticked {state.policy} as it now stands: only your own tick can be taken back", "policy"
        )
    return [PolicyUnticked(policy=state.policy, digest=digest, by=by)]


def needed(draft: Mapping[str, Any], in_force: Mapping[str, Any]) -> tuple[str, ...]:
    """The roles that must sign a draft: IG lead and Caldicott guardian; who owns thresholds where rules or levels change."""
    changed = any(draft.get(part) != in_force.get(part) for part in RULES)
    return (*ALWAYS, RULES_OWNER) if changed else ALWAYS


def statement(content_hash: str, role: str, by: str) -> bytes:
    """The bytes that a signature is over: which content, in which role, by whom."""
    return f"mash edition draft, version 1\n{content_hash}\n{role}\n{by}\n".encode()


def role_to_sign(signed: Sequence[DraftSigned], wanted: Sequence[str], held: Sequence[str], by: str) -> str:
    """The role in which this person signs. Raises Refused for who signed before, or holds no role that is still wanted."""
    if any(one.by == by for one in signed):
        raise Refused("you have signed this draft: the other signature must be another person's", "by")
    mine = [role for role in wanted if role in held]
    open_ = [role for role in mine if role not in {one.role for one in signed}]
    if open_:
        return open_[0]
    if mine:
        raise Refused(f"this draft is signed by the {words(mine[0])} already: nothing of yours is missing", "role")
    raise Refused(f"this draft is signed by {', '.join(words(role) for role in wanted)}: yours is another role", "role")


def lacking(signed: Sequence[DraftSigned], wanted: Sequence[str]) -> tuple[str, ...]:
    """The roles whose signature is still missing."""
    return tuple(role for role in wanted if role not in {one.role for one in signed})


def words(role: str) -> str:
    """A signing role as people say it."""
    return {
        "ig_lead": "information-governance lead", "caldicott_guardian": "Caldicott guardian",
        "threshold_owner": "threshold owner",
    }.get(role, role)  # fmt: skip
