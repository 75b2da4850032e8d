"""The rules of a draft, held against the vocabulary and the partnership's levels: every fault with its line and mend."""

import re
from collections.abc import Iterable, Iterator

import msgspec

from hub.domain.counting import lines
from hub.domain.rule import REFUSALS, REFUSED, Absence, Count, Grave, InSequence, Rule, Steps, Those
from hub.domain.vocabulary import Vocabulary
from policies.partnerships.text import BadPartnership, Text, convert, double, unsourced

LONGEST = 6570  # days: a window longer than a childhood is a slip
RULE_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
FILE = "thresholds.toml"


def read_rules(
    text: Text, levels: tuple[int, ...], known: Vocabulary, titles: tuple[str, ...], wrong: list[BadPartnership]
) -> list[Rule]:
    """The rules of a file; what is wrong with them goes into `wrong`."""
    made = []
    for value in entries(text, "rule", wrong):
        entry = str(value.get("id", ""))
        try:
            rule = convert(text, value, Rule, entry, "rule")
        except BadPartnership as bad:
            wrong.append(bad)
            continue
        made.append(rule)
        wrong += [*unsourced(text, rule, entry, titles, "rule"), *check_rule(text, rule, levels, known)]
    wrong += double(text, [rule.id for rule in made], "rule")
    return made


def entries(text: Text, key: str, wrong: list[BadPartnership]) -> list[dict[str, object]]:
    """The [[key]] entries of a file that holds nothing else."""
    wrong += [
        text.refuse(f"unknown key; this file holds [[{key}]] alone", unknown, section=unknown)
        for unknown in sorted(set(text.content) - {key})
    ]
    held = text.content.get(key, [])
    if not isinstance(held, list) or not all(isinstance(one, dict) for one in held):
        wrong.append(text.refuse(f"write each as an entry of its own, under [[{key}]]", key))
        return []
    return held


def check_rule(text: Text, rule: Rule, levels: tuple[int, ...], known: Vocabulary) -> Iterator[BadPartnership]:
    """What is wrong with one rule, whose form is right."""

    def refuse(what: str, key: str) -> BadPartnership:
        return text.refuse(what, key, rule.id, section="rule")

    if not RULE_ID.fullmatch(rule.id):
        yield refuse("an id is small letters, digits and single hyphens", "id")
    if not rule.words.strip():
        yield refuse("write the rule as it is read aloud", "words")
    if rule.level not in levels:
        yield refuse(f"this partnership has the levels {', '.join(map(str, levels))}", "level")
    for key, those in _those(rule):
        yield from (refuse(what, key) for what in _of_those(those, known))
    for key, days in _windows(rule):
        if not 1 <= days <= LONGEST:
            yield refuse(f"a window of {days} days can never be met: give 1 to {LONGEST}", key)
    if isinstance(rule.when, Count):
        yield from (refuse(what, "at_least") for what in _of_counts(rule.when, known))
    if isinstance(rule.when, Steps) and len(rule.when.steps) < 2:
        yield refuse("name two steps or more: one after the other", "steps")
    if not 1 <= rule.review_days <= LONGEST:
        yield refuse(f"a review after {rule.review_days} days never comes: give 1 to {LONGEST}", "review_days")
    if all(_only_refused(those, known) for _, those in _those(rule)):
        yield refuse("refusing help is never a reason by itself: name an unmet need beside it", "when")


def _those(rule: Rule) -> Iterable[tuple[str, Those]]:
    match rule.when:
        case Count(of=of, each=each):
            return [("of", of), *(("each", part.of) for part in each)]
        case Grave(of=of):
            return [("of", of)]
        case InSequence(first=first, then=then):
            return [("first", first), ("then", then)]
        case Steps(steps=steps):
            return [("steps", step) for step in steps]
        case Absence(given=given):
            return [("given", given)]


def _windows(rule: Rule) -> list[tuple[str, int]]:
    match rule.when:
        case Absence(unseen_days=unseen, given_within_days=given):
            return [("unseen_days", unseen), ("given_within_days", given)]
        case Count(within_days=days) | Grave(within_days=days) | InSequence(within_days=days) | Steps(within_days=days):
            return [("within_days", days)]


def _of_those(those: Those, known: Vocabulary) -> Iterator[str]:
    for code in known.check((*those.indicators, *those.but_not)):
        yield f"no indicator '{code}' in schemas/vocabulary/indicators.toml: use a code from there"
    for group in those.groups:
        name, _, line = group.partition(":")
        if line not in {"*", *known.lists.get(name, {})} or name not in known.lists:
            yield f"no list line '{group}' in schemas/vocabulary/lists.toml"
    for domain in those.domains:
        if domain not in known.domains:
            yield f"no need domain '{domain}' in schemas/vocabulary/domains.toml"
    if those.indicators and {*those.indicators} <= {*those.but_not}:
        yield "every indicator that is named is left out again: it could never be met"
    if not those.kinds or not those.relations:
        yield "a rule needs at least one kind and one relation: it could never be met"
    yield from _of_narrow(those, known)


def _of_narrow(those: Those, known: Vocabulary) -> Iterator[str]:
    sectors = {one.sector for one in known.referrers.values()}
    for word, given, may_be in (
        ("sector", those.sectors, sectors),
        ("referrer's source code", those.referrer_kinds, set(known.referrers)),
        ("measure", tuple(bound.code for bound in those.measures), set(known.measures)),
    ):
        for code in given:
            if code not in may_be:
                yield f"no {word} '{code}': use one of {', '.join(sorted(may_be))}"
    for bound in those.measures:
        if bound.least is None and bound.below is None:
            yield f"measure '{bound.code}' needs `least` or `below`"
        elif bound.least is not None and bound.below is not None and bound.least >= bound.below:
            yield f"measure '{bound.code}' can never be at least {bound.least} and below {bound.below}"
    youngest, oldest = those.from_months or 0, those.under_months
    if youngest < 0 or (oldest is not None and oldest <= youngest):
        yield f"no child is from {youngest} and under {oldest} months old"
    if (those.outcomes or those.level_from or those.level_upto) and those.kinds != ("help",):
        yield 'outcomes and levels are of what was decided: kinds = ["help"]'
    if those.level_upto and those.level_upto < those.level_from:
        yield f"no level is at least {those.level_from} and at most {those.level_upto}"


def _only_refused(those: Those, known: Vocabulary) -> bool:
    """Whether nothing but a refusal of help could match."""
    named = {*those.indicators, *(code for line in lines(those, known) for code in known.in_group(line))}
    named -= {*those.but_not}
    return (bool(named) and named <= REFUSALS) or (bool(those.outcomes) and {*those.outcomes} <= REFUSED)


def _of_counts(when: Count, known: Vocabulary) -> Iterator[str]:
    asked = when.at_least
    if asked.incidents < 1:
        yield "at least one incident must be asked for"
    named = set(when.of.indicators).union(*(known.in_group(line) for line in lines(when.of, known)))
    named -= {*when.of.but_not}
    if named and asked.indicators > len(named):
        yield f"{asked.indicators} indicators of {len(named)} can never be met"
    if asked.groups > len(lines(when.of, known)):
        yield f"{asked.groups} lines of {len(lines(when.of, known))} named can never be met"


def plain(rules: Iterable[Rule]) -> list[dict[str, object]]:
    """Rules as an edition holds them."""
    held: list[dict[str, object]] = msgspec.to_builtins(tuple(rules))
    return list(held)
