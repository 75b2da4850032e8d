"""An assessment of a child's needs: section by section, strengths beside worries, need and risk judged apart.

It promises that a section that nobody wrote says that it was not assessed, that no judgement is worked out from another, and
that each organisation's words stay its own. Source: Framework for the Assessment of Children in Need and their Families
(2000), its three sides; Working Together 2023, chapter 3.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, assert_never

from msgspec import Struct

from hub.domain.enquiry import VIEWS
from hub.domain.errors import Refused
from hub.domain.fact import Fact
from hub.domain.item import Sealed
from hub.domain.partnership import Assessment as Kind

CHILD = {
    "health": "Health", "education": "Education", "emotional": "Emotional and behavioural development",
    "identity": "Identity", "relationships": "Family and social relationships", "presentation": "Social presentation",
    "self_care": "Self-care",
}  # fmt: skip
PARENTING = {
    "basic_care": "Basic care", "safety": "Ensuring safety", "warmth": "Emotional warmth", "stimulation": "Stimulation",
    "guidance": "Guidance and boundaries", "stability": "Stability",
}  # fmt: skip
AROUND = {
    "family_history": "Family history and functioning", "wider_family": "Wider family", "housing": "Housing",
    "employment": "Employment", "income": "Income", "integration": "Social integration",
    "resources": "Community resources",
}  # fmt: skip
SCREENING = {"child": "The child's development", "parenting": "Parenting", "around": "Family and environment"}
FAMILY = {"siblings": "Brothers and sisters", "adults": "What each adult needs"}  # where the whole family is assessed
RISKS = {
    "none_known": "No risk of harm is known",
    "low": "Low",
    "moderate": "Moderate",
    "significant": "Significant harm, suffered or likely",
    "not_known": "It cannot be judged yet",
}
RESULT = 40  # letters of a tool's result: a code or a number, never a sentence


class AssessmentBegun(Fact, frozen=True, kw_only=True):
    """Stream assessment:<person>:<random>. A type of the partnership's, by its name of today; `sections` are its codes."""

    NAME: ClassVar[str] = "assessment.begun"
    child: str
    assessment: str
    type: str
    sections: tuple[str, ...]
    organisation: str
    setting: str
    begun_by: str


class SectionWritten(Fact, frozen=True, kw_only=True):
    """What one organisation says of one section: strengths beside worries, sealed as that organisation's own words.

    It takes the place of what the same organisation said of it before. `shared_with`: organisations to which the author
    releases it. `reused`: of earlier assessments, the items that it was written from, so that nobody told it twice.
    """

    NAME: ClassVar[str] = "assessment.section-written"
    child: str
    section: str
    organisation: str
    setting: str
    shared_with: tuple[str, ...]
    reused: tuple[str, ...] = ()
    written_by: str
    items: tuple[Sealed, ...]


class ChildHeard(Fact, frozen=True, kw_only=True):
    """What the child says and how it was obtained (a code of VIEWS), or why it was not; to one organisation.

    It takes the place of what the same organisation heard before, and of nothing that another heard.
    """

    NAME: ClassVar[str] = "assessment.child-heard"
    child: str
    how: str
    organisation: str
    setting: str
    heard_by: str
    items: tuple[Sealed, ...]


class ToolAttached(Fact, frozen=True, kw_only=True):
    """A professional's tool as evidence: which, the reference under which its owner holds it, and its result as a code.

    Both are sealed as the owner's own words (`reference` and `result` in the open are of facts before that): a result says
    as much of a child as a sentence does. `shared_with`: organisations to which the owner releases it.
    """

    NAME: ClassVar[str] = "assessment.tool-attached"
    child: str
    section: str
    tool: str
    reference: str = ""
    result: str = ""
    organisation: str
    setting: str = ""
    shared_with: tuple[str, ...] = ()
    attached_by: str
    items: tuple[Sealed, ...] = ()


class NeedJudged(Fact, frozen=True, kw_only=True):
    """Two judgements of a person, each with its reason: the level of need, and the risk. Neither follows from the other."""

    NAME: ClassVar[str] = "assessment.judged"
    child: str
    need: int
    risk: str
    organisation: str
    setting: str
    shared_with: tuple[str, ...]
    judged_by: str
    items: tuple[Sealed, ...]


class AssessmentCompleted(Fact, frozen=True, kw_only=True):
    """It is complete. `not_assessed` are the sections that nobody wrote; `reused` of `written` sections were told before."""

    NAME: ClassVar[str] = "assessment.completed"
    child: str
    not_assessed: tuple[str, ...]
    written: int
    reused: int
    completed_by: str


AssessmentFact = AssessmentBegun | SectionWritten | ChildHeard | ToolAttached | NeedJudged | AssessmentCompleted
FACTS: tuple[type[AssessmentFact], ...] = (
    AssessmentBegun,
    SectionWritten,
    ChildHeard,
    ToolAttached,
    NeedJudged,
    AssessmentCompleted,
)


@dataclass(frozen=True)
class Assessment:
    """State of one assessment. `written`: by section and organisation, `heard`: by organisation; the newest of each."""

    id: str
    version: int = 0
    begun: AssessmentBegun | None = None
    written: Mapping[tuple[str, str], SectionWritten] = ()  # type: ignore[assignment]  # empty until something is
    heard: Mapping[str, ChildHeard] = ()  # type: ignore[assignment]  # likewise
    judged: NeedJudged | None = None
    tools: tuple[ToolAttached, ...] = ()
    completed: AssessmentCompleted | None = None

    @property
    def not_assessed(self) -> tuple[str, ...]:
        """The sections of which nobody wrote anything."""
        done = {section for section, _ in self.written}
        return tuple(one for one in (self.begun.sections if self.begun else ()) if one not in done)


class Write(Struct, frozen=True, kw_only=True):
    """Ask to write a section. `reuse`: items of earlier assessments that it is written from; `share`: with whom."""

    section: str
    strengths: str
    worries: str
    reuse: tuple[str, ...] = ()
    share: tuple[str, ...] = ()


class Judge(Struct, frozen=True, kw_only=True):
    """Ask to judge need and risk, each with its reason."""

    need: int | None
    why_need: str
    risk: str
    why_risk: str
    share: tuple[str, ...] = ()


class Attach(Struct, frozen=True, kw_only=True):
    """Ask to attach a professional's tool; `share`: with whom."""

    section: str
    tool: str
    reference: str
    result: str
    share: tuple[str, ...] = ()


def stream(person: str, ident: str) -> str:
    """The stream of an assessment; it lies under the person's key."""
    return f"assessment:{person}:{ident}"


def sections_of(kind: Kind) -> dict[str, str]:
    """The sections of a type of assessment, code and words: the three sides for a screening, else all twenty."""
    held = SCREENING if kind.kind == "screening" else {**CHILD, **PARENTING, **AROUND}
    return {**held, **(FAMILY if kind.whole_family else {})}


SECTIONS: dict[str, str] = {**CHILD, **PARENTING, **AROUND, **SCREENING, **FAMILY}


def fold(ident: str, facts: Iterable[Fact]) -> Assessment:
    """An assessment after these facts, in order."""
    state = Assessment(ident, written={}, heard={})
    for fact in facts:
        if isinstance(fact, AssessmentFact):
            state = evolve(state, fact)
    return state


def evolve(state: Assessment, fact: AssessmentFact) -> Assessment:
    """Fold one fact: total, never refuses."""
    state = replace(state, version=state.version + 1)
    match fact:
        case AssessmentBegun():
            return replace(state, begun=fact)
        case SectionWritten():
            return replace(state, written={**state.written, (fact.section, fact.organisation): fact})
        case ChildHeard():
            return replace(state, heard={**state.heard, fact.organisation: fact})
        case NeedJudged():
            return replace(state, judged=fact)
        case ToolAttached():
            return replace(state, tools=(*state.tools, fact))
        case AssessmentCompleted():
            return replace(state, completed=fact)
        case _:
            assert_never(fact)


def check_begin(kind: Kind | None, open_ones: Iterable[str]) -> Kind:
    """The type that is begun. Raises Refused for none of the partnership's, or while another of the child is open."""
    if kind is None:
        raise Refused("Select a type of assessment of this partnership", "type")
    if [*open_ones]:
        raise Refused("An assessment of this child is open: complete it first", "type")
    return kind


def check_open(state: Assessment) -> AssessmentBegun:
    """The assessment's beginning. Raises Refused for one that is complete: it stays as it was read."""
    if state.begun is None or state.completed is not None:
        raise Refused("This assessment is complete: begin another", "assessment")
    return state.begun


def check_write(state: Assessment, wish: Write, may_share: Iterable[str]) -> None:
    """Refused, naming the field, unless the section is one of its own and something is said of it."""
    if wish.section not in check_open(state).sections:
        raise Refused("Select a section of this assessment", "section")
    if not wish.strengths.strip() and not wish.worries.strip():
        raise Refused(
            "Enter strengths or worries; a section that you leave out says that it was not assessed", "strengths"
        )
    _check_share(wish.share, may_share)


def check_hear(state: Assessment, how: str, words: str) -> None:
    """Refused, naming the field, unless the child's own view is given, or why it was not obtained."""
    check_open(state)
    if how not in VIEWS:
        raise Refused("Select how the child's view was obtained", "how")
    if not words.strip():
        raise Refused("Enter why it was not obtained" if how == "not_obtained" else "Enter what the child says", "view")


def check_attach(state: Assessment, wish: Attach, tools: Iterable[str], may_share: Iterable[str]) -> None:
    """Refused, naming the field, unless it is a tool of the partnership with a reference, and a result that is a code."""
    if wish.section not in check_open(state).sections:
        raise Refused("Select the section that it is evidence for", "tool_section")
    if wish.tool not in tools:
        raise Refused("Select a tool that this partnership names", "tool")
    for field, text in (("reference", wish.reference), ("result", wish.result)):
        if not text.strip() or len(text) > RESULT or not text.isascii() or " " in text.strip():
            raise Refused(f"Enter the {field} as a code or number without blanks, {RESULT} letters at most", field)
    _check_share(wish.share, may_share)


def check_judge(state: Assessment, wish: Judge, levels: Iterable[int], may_share: Iterable[str]) -> int:
    """The level of need. Raises Refused, naming the field, unless both are judged, each with its reason."""
    check_open(state)
    if wish.need is None or wish.need not in levels:
        raise Refused("Select the level of need", "need")
    if not wish.why_need.strip():
        raise Refused("Enter why the need is that", "why_need")
    if wish.risk not in RISKS:
        raise Refused("Select the risk", "risk")
    if not wish.why_risk.strip():
        raise Refused("Enter why the risk is that", "why_risk")
    _check_share(wish.share, may_share)
    return wish.need


def complete(state: Assessment, by: str) -> AssessmentCompleted:
    """It is complete: the child was heard or it says why not, need and risk are judged. Raises Refused, naming the field."""
    begun = check_open(state)
    if not state.written:
        raise Refused("Nothing is assessed yet: write a section first", "section")
    if not state.heard:
        raise Refused("Enter what the child says, or why that was not obtained", "how")
    if state.judged is None:
        raise Refused("Judge need and risk first", "need")
    reused = sum(1 for one in state.written.values() if one.reused)
    return AssessmentCompleted(
        child=begun.child, not_assessed=state.not_assessed, written=len(state.written), reused=reused, completed_by=by
    )


def _check_share(share: Iterable[str], may_share: Iterable[str]) -> None:
    if not set(share) <= set(may_share):
        raise Refused("Select only organisations that work with this child", "share")
