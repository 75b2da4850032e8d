"""What makes a decision about a child whole, when it must wait for a manager, and what was decided by advice alone.

It promises: nothing done is never an outcome, section 47 comes of a recorded strategy discussion alone, and nobody closes
on their own where the child was not seen, or where a third organisation has now worried.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

from msgspec import Struct

from hub.domain.child import SignalCounted, SignalDiscounted
from hub.domain.enquiry import (
    ACTIONS,
    FRONT_DOOR,
    OUTCOMES,
    SEEN,
    VIEWS,
    Answered,
    ClosingApproved,
    ClosingReturned,
    Decide,
    Enquiry,
    few_and_each_once,
    must_be_open,
)
from hub.domain.errors import Refused
from hub.domain.fact import Fact
from hub.domain.item import Sealed
from hub.domain.signal import Signal

CLOSES = frozenset({"no_further_action", "information_and_advice", "other_organisation", "other"})
ADVICE = frozenset({"advice_given", "signposted"})
MANAGERS = {  # why a named manager must agree before a closing takes effect
    "not_seen": "Nobody has seen the child since the contact came",
    "not_seen_alone": "Nobody has seen the child alone since the contact came",
    "third_referral": "Three referrers have worried about the child within twelve months",
}
REFERRALS, WITHIN = 3, timedelta(days=365)


class Known(Struct, frozen=True, kw_only=True):
    """What is on record that a decision about one child rests on: the caller gathers it, the decider cannot say it.

    `strategy`: the stream of a strategy discussion that decided section 47 for this child. `acting`: streams of what
    another organisation or worker has accepted for this child, each with who accepted it. `referrers`: how many different
    ones worried within twelve months. `organisations`: who may be named as having seen the child or as acting.
    """

    levels: tuple[int, ...]
    today: date
    received: date | None = None  # the London day on which the contact came
    strategy: str = ""
    acting: Mapping[str, str] = {}
    referrers: int = 0
    organisations: frozenset[str] = frozenset()
    counted: frozenset[str] = frozenset()  # signal ids that count for the child


def check_decision(enquiry: Enquiry, command: Decide, known: Known) -> str:
    """The child decided about. Raises Refused, naming the field, until every answer is there.

    A child is decided about once in a MASH enquiry, and never with nothing done.
    """
    must_be_open(enquiry)
    child = command.child or (enquiry.children[0] if len(enquiry.children) == 1 else "")
    if child not in enquiry.children:
        raise Refused("Select which child the decision is about", "child")
    if child in enquiry.decided:
        raise Refused("A decision about this child stands already: open a new MASH enquiry to decide anew", "child")
    if child in enquiry.waiting:
        raise Refused("A closing for this child waits for a manager: take it back, or wait", "child")
    if command.level not in known.levels:
        raise Refused("Select the level of need", "level")
    if command.agrees is None:
        raise Refused("Select whether you agree with the level that the rules suggest", "agrees")
    if not set(command.weighed) <= known.counted:
        raise Refused("Select only what counts for this child", "weighed")
    _check_outcome(command, known)
    _check_plan(command, known)
    _check_child(command, known)
    if command.family_told is None:
        raise Refused("Select whether the family has been told", "family_told")
    if not command.family_told and not (command.why_not_told or "").strip():
        raise Refused("Enter why the family has not been told", "why_not_told")
    if not command.reason.strip():
        raise Refused("Enter the reasons for the decision", "reason")
    return child


def _check_outcome(command: Decide, known: Known) -> None:
    if command.outcome not in OUTCOMES:
        raise Refused("Select the outcome", "outcome")
    if command.outcome == "section_47" and not known.strategy:
        raise Refused("Only a recorded strategy discussion opens section 47: call one first", "outcome")
    if command.outcome != "other_organisation":
        return
    accepted = known.acting.get(command.acting)
    if accepted is None:
        raise Refused(
            "Name what the other organisation has accepted: a forwarding that its worker acknowledged, or a lead that it took",
            "acting",
        )
    if accepted == command.by:
        raise Refused("Somebody else must have accepted it: you cannot close on what you accepted yourself", "acting")


def _check_plan(command: Decide, known: Known) -> None:
    if not command.actions or not set(command.actions) <= set(ACTIONS):
        raise Refused("Select at least one action: never do nothing", "actions")
    few_and_each_once(command.actions, "actions")
    planned = [step.action for step in command.plan]
    if sorted(planned) != sorted(command.actions):
        raise Refused("Enter for each action who does it and by when", "plan")
    for step in command.plan:
        if step.owner not in known.organisations | {FRONT_DOOR}:
            raise Refused("Select who does it: a registered organisation, or the front door", "plan")
        if not known.today <= step.due <= known.today + WITHIN:
            raise Refused("Enter a day from today on, within a year, by which it is done", "plan")


def _check_child(command: Decide, known: Known) -> None:
    if command.view not in VIEWS:
        raise Refused("Select how the child's view was obtained", "view")
    if command.view == "not_obtained" and not command.why_no_view.strip():
        raise Refused("Enter why the child's view was not obtained", "why_no_view")
    if command.view != "not_obtained" and not command.child_view.strip():
        raise Refused("Enter what the child says", "child_view")
    if command.seen not in SEEN:
        raise Refused("Select whether anybody has seen the child since the contact came", "seen")
    if command.seen == "not_seen":
        return
    if command.seen_by not in known.organisations:
        raise Refused("Select which organisation saw the child", "seen_by")
    if command.seen_on is None or command.seen_on > known.today:
        raise Refused("Enter the day on which the child was seen: today, or earlier", "seen_on")
    if known.received and command.seen_on < known.received:
        raise Refused(
            "The child was seen before the contact came: select that nobody has seen the child since", "seen_on"
        )


def managers_for(command: Decide, known: Known) -> tuple[str, ...]:
    """Why this must wait for a manager, as codes of MANAGERS; () for what one person may decide.

    Source: the issue's line on closing; national reviews of children who were never seen alone.
    """
    if command.outcome not in CLOSES:
        return ()
    unseen = {"not_seen": ("not_seen",), "with_others": ("not_seen_alone",)}.get(command.seen, ())
    return (*unseen, *(("third_referral",) if known.referrers >= REFERRALS else ()))


def worries(facts: Iterable[Fact]) -> list[Signal]:
    """What ever counted for a child and was not taken back as untrue: also what left the pool since, because a worry of
    ten months ago was a worry, whether or not it led to anything.
    """
    ever: dict[str, Signal] = {}
    for fact in facts:
        if isinstance(fact, SignalCounted):
            ever[fact.signal.id] = fact.signal
        elif isinstance(fact, SignalDiscounted) and fact.reason != "not_pooled":
            ever.pop(fact.signal_id, None)
    return [*ever.values()]


def referrers(signals: Iterable[Signal], now: datetime) -> int:
    """How many different ones worried about the child within the twelve months before `now` (aware UTC).

    Those whom the organisation named by an opaque reference are told apart by it; of others, one for each organisation.
    """
    return len(
        {
            (one.organisation, one.referrer or "")
            for one in signals
            if one.kind == "concern" and one.relation == "own" and now - WITHIN <= one.received
        }
    )


def approve(enquiry: Enquiry, child: str, proposal: Answered, by: str, known: Known) -> ClosingApproved:
    """A manager agrees to a closing, for what is so now. Raises Refused for who proposed it, or where none waits.

    What another organisation had accepted must be accepted still, and not by the manager who agrees.
    """
    version = _waits(enquiry, child)
    if by == proposal.decided_by:
        raise Refused("A second person must agree: somebody other than who proposed it", "by")
    if proposal.outcome == "other_organisation":
        accepted = known.acting.get(proposal.acting)
        if accepted is None:
            raise Refused("Nobody of the other organisation is at it any more: send it back", "acting")
        if accepted == by:
            raise Refused("You accepted it yourself: another manager must agree", "by")
    return ClosingApproved(child=child, proposed=version, approved_by=by)


def send_back(
    enquiry: Enquiry, child: str, proposal: Answered, by: str, items: tuple[Sealed, ...], *, supervises: bool
) -> ClosingReturned:
    """A manager does not agree, or who proposed it takes it back. Raises Refused for anybody else, or where none waits."""
    version = _waits(enquiry, child)
    if by != proposal.decided_by and not supervises:
        raise Refused("Only a manager, or who proposed it, sends a closing back", "by")
    return ClosingReturned(child=child, proposed=version, returned_by=by, items=items)


def _waits(enquiry: Enquiry, child: str) -> int:
    must_be_open(enquiry)
    if child not in enquiry.waiting:
        raise Refused("No closing for this child waits for a manager", "child")
    return enquiry.waiting[child]


def advice_only(fact: Answered) -> bool:
    """Whether nothing came of it but advice: such decisions are counted, because children were lost among them."""
    return fact.outcome == "information_and_advice" and set(fact.actions) <= ADVICE
