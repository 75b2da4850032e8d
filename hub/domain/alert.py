"""An alert: a proposal to a person that a rule stands for a child. One is live per child and rule at any time.

It promises: nothing closes it but a person's decision, an old or repeated finding changes nothing, and what the decider has
not seen, or that it rested and stands again, may bring it back as the next one.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar, assert_never

from msgspec import Struct
from msgspec.structs import replace

from hub.domain.errors import Refused, UnknownFact
from hub.domain.fact import Fact
from hub.domain.signal import Finding


class AlertRaised(Fact, frozen=True, kw_only=True):
    """A rule stands, and a person is to look: on what, why, why now, and under which edition."""

    NAME: ClassVar[str] = "alert.raised"
    child: str
    rule: str
    rule_version: str
    edition: str
    number: int  # the n-th alert of this child and rule
    level: int
    evidence: tuple[str, ...]
    smallest: tuple[str, ...]
    possible: bool
    why: str
    why_now: str
    would_raise: str
    would_rest: str
    position: int  # of the finding: the signal position up to which the rule was evaluated
    returned: str = ""  # why it is back after a decision: a code of returning.WORDS; "" for the first
    new: tuple[str, ...] = ()  # what was not there before, in kind: "organisation:police"


class AlertStrengthened(Fact, frozen=True, kw_only=True):
    """The rule stands on more, or on other evidence, or proposes a higher level, or is now surely about this child."""

    NAME: ClassVar[str] = "alert.strengthened"
    rule_version: str
    edition: str
    level: int
    evidence: tuple[str, ...]
    smallest: tuple[str, ...]
    possible: bool
    why: str
    why_now: str
    would_raise: str
    would_rest: str
    position: int


class AlertWeakened(Fact, frozen=True, kw_only=True):
    """Evidence was taken back; with `holds` False the rule stands no more. It is shown, and never closes by itself."""

    NAME: ClassVar[str] = "alert.weakened"
    rule_version: str
    edition: str
    holds: bool
    level: int
    evidence: tuple[str, ...]
    smallest: tuple[str, ...]
    possible: bool
    why: str
    why_now: str
    would_raise: str
    would_rest: str
    position: int


class AlertDecided(Fact, frozen=True, kw_only=True):
    """A person decided, in a MASH enquiry, having had this evidence before them."""

    NAME: ClassVar[str] = "alert.decided"
    enquiry: str
    decision: str  # "stream@version" of the decision
    seen: tuple[str, ...]  # signal ids


class AlertRested(Fact, frozen=True, kw_only=True):
    """After a person had decided, the rule stood no more. Nobody is asked; where it stands again, somebody is."""

    NAME: ClassVar[str] = "alert.rested"
    rule_version: str
    edition: str
    position: int


class AlertRung(Fact, frozen=True, kw_only=True):
    """The rules propose red and nobody has opened it: the next role of the chain was rung. `step` counts from 1.

    Stream alert-ring:<alert>, which is about telephones: no alert, and no row of one, changes by it.
    """

    NAME: ClassVar[str] = "alert.rung"
    child: str
    step: int
    role: str
    since: datetime  # from when it waited


AlertFact = AlertRaised | AlertStrengthened | AlertWeakened | AlertDecided | AlertRested
NAMES = (AlertRaised.NAME, AlertStrengthened.NAME, AlertWeakened.NAME, AlertDecided.NAME, AlertRested.NAME)


class DecideAlert(Struct, frozen=True, kw_only=True):
    """Record that a person's decision settles this alert; `seen` are the signal ids that were before them."""

    enquiry: str
    decision: str
    seen: tuple[str, ...]


class Alert(Struct, frozen=True, kw_only=True):
    """State of one alert; `number` 0 is one that was never raised."""

    number: int = 0
    child: str = ""
    rule: str = ""
    rule_version: str = ""
    edition: str = ""
    level: int = 0
    holds: bool = False
    evidence: frozenset[str] = frozenset()
    possible: bool = False
    why: str = ""  # the sentence: another where a signal says something else under the same id
    position: int = -1
    decided: str = ""  # the decision's ref
    seen: frozenset[str] = frozenset()  # by whoever decided this one or one before it


def stream(child: str, rule: str, number: int) -> str:
    """The stream of the n-th alert of a child and rule. `child` is the random person id."""
    return f"alert:{child}:{rule}:{number}"


def ring_stream(alert: str) -> str:
    """Where it stands who was rung over an alert; `alert` is the id of it, its stream without "alert:"."""
    return f"alert-ring:{alert}"


def next_alert(before: Alert) -> Alert:
    """The state before the next alert of the same child and rule is raised: what was seen is remembered."""
    return Alert(seen=before.seen, position=before.position)


def may_return(alert: Alert, finding: Finding) -> bool:
    """Whether a finding about a decided alert says what nobody decided on; returning.py says if that is news."""
    if not alert.decided or not finding.holds or finding.position < alert.position:
        return False
    return (
        not set(finding.evidence) <= alert.seen
        or not alert.holds
        or (alert.possible and not finding.possible)
        or finding.why != alert.why
    )


def decide(
    alert: Alert, finding: Finding, number: int = 1, returned: str = "", new: tuple[str, ...] = ()
) -> list[Fact]:
    """What a finding changes in this alert; [] when it says nothing new.

    Nothing new is: a finding older than the last one folded, one that says the same again, one about an alert that a
    person decided (see `may_return`; that it rested is noted once), and that a rule does not stand which never stood.
    `returned` says why a rule that was decided is back: at its review, or after it rested, it may stand on what was
    decided on.
    """
    if alert.decided:
        rested = alert.holds and not finding.holds and finding.position >= alert.position
        noted = AlertRested(
            rule_version=finding.rule_version, edition=finding.edition, position=finding.position
        )  # fmt: skip
        return [noted] if rested else []
    same = (finding.holds, frozenset(finding.evidence)) == (alert.holds, alert.evidence)
    same = same and (finding.level, finding.possible) == (alert.level, alert.possible)
    reworded = same and finding.why != alert.why
    if finding.position < alert.position or (alert.number and same and not reworded):
        return []
    if not alert.number:
        if not finding.holds or (not returned and alert.seen and set(finding.evidence) <= alert.seen):
            return []
        return [
            AlertRaised(
                child=finding.child, rule=finding.rule, number=number, rule_version=finding.rule_version,
                edition=finding.edition, level=finding.level, evidence=finding.evidence, smallest=finding.smallest,
                possible=finding.possible, why=finding.why, why_now=finding.why_now, would_raise=finding.would_raise,
                would_rest=finding.would_rest, position=finding.position, returned=returned, new=new,
            )
        ]  # fmt: skip
    if not finding.holds:
        return [_weakened(finding)]
    gained = not set(finding.evidence) <= alert.evidence or finding.level > alert.level or not alert.holds
    if gained or reworded or (alert.possible and not finding.possible):
        return [
            AlertStrengthened(
                rule_version=finding.rule_version, edition=finding.edition, level=finding.level,
                evidence=finding.evidence, smallest=finding.smallest, possible=finding.possible, why=finding.why,
                why_now=finding.why_now, would_raise=finding.would_raise, would_rest=finding.would_rest,
                position=finding.position,
            )
        ]  # fmt: skip
    return [_weakened(finding)]


def _weakened(finding: Finding) -> AlertWeakened:
    return AlertWeakened(
        rule_version=finding.rule_version, edition=finding.edition, holds=finding.holds, level=finding.level,
        evidence=finding.evidence, smallest=finding.smallest, possible=finding.possible, why=finding.why,
        why_now=finding.why_now, would_raise=finding.would_raise, would_rest=finding.would_rest,
        position=finding.position,
    )  # fmt: skip


def decide_by_person(alert: Alert, command: DecideAlert) -> list[Fact]:
    """A person's decision settles the alert; the same decision again changes nothing.

    Raises Refused when there is no live alert, or when it has gathered evidence that was not before the decider: then
    they look again first.
    """
    if alert.decided == command.decision:
        return []
    if not alert.number or alert.decided:
        raise Refused("this alert is not live: it was never raised, or was decided already", "alert")
    if not alert.evidence <= set(command.seen):
        raise Refused("this alert has gathered evidence since you opened it: look at it again, then decide", "seen")
    return [AlertDecided(enquiry=command.enquiry, decision=command.decision, seen=tuple(sorted(set(command.seen))))]


def evolve(alert: Alert, fact: Fact) -> Alert:
    """The alert after this fact. Raises UnknownFact for a fact that is not this stream's."""
    if not isinstance(fact, AlertFact):
        raise UnknownFact(f"an alert's stream cannot hold {type(fact).__name__}: stop, and register the fact")
    match fact:
        case AlertRaised():
            return replace(
                alert, number=fact.number, child=fact.child, rule=fact.rule, rule_version=fact.rule_version,
                edition=fact.edition, level=fact.level, holds=True, evidence=frozenset(fact.evidence),
                possible=fact.possible, why=fact.why, position=fact.position,
            )  # fmt: skip
        case AlertStrengthened() | AlertWeakened():
            return replace(
                alert, rule_version=fact.rule_version, edition=fact.edition, level=fact.level,
                holds=isinstance(fact, AlertStrengthened) or fact.holds, evidence=frozenset(fact.evidence),
                possible=fact.possible, why=fact.why, position=fact.position,
            )  # fmt: skip
        case AlertDecided():
            return replace(alert, decided=fact.decision, seen=alert.seen | set(fact.seen))
        case AlertRested():
            return replace(alert, holds=False, position=fact.position)
        case _:
            assert_never(fact)


def fold(facts: Iterable[Fact], before: Alert | None = None) -> Alert:
    """The alert after all these facts, in order; `before` as `next_alert` gives it for the second and later ones."""
    alert = before or Alert()
    for fact in facts:
        alert = evolve(alert, fact)
    return alert
