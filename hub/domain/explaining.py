"""An alert explained in sentences beside its own: what each organisation changed, what would raise it, why it is back or quiet.

They are made from codes, name organisations, indicators and dates and never a person; change one report and they change.
"""

from collections.abc import Mapping, Sequence
from datetime import date

from hub.domain.next_fact import SHOWN, NextFact
from hub.domain.reasons import FRONT_DOOR_WORDS, day_words
from hub.domain.returning import WORDS
from hub.domain.rule import Bound
from hub.domain.vocabulary import Vocabulary
from hub.domain.without import Without


def without_words(one: Without, name: str) -> str:
    """What one organisation's part changed; `name` is how the organisation is shown."""
    if one.later is None:
        text = f"Without {name}: this rule would not have stood by now."
    elif one.later == 0:
        text = f"Without {name}: this rule would have stood on the same day."
    else:
        text = f"Without {name}: this rule would have stood {_number(one.later, 'day')} later."
    if one.level == one.of:
        return f"{text} The rules would propose level {one.of} all the same."
    if not one.level:
        return f"{text} No rule would propose a level."
    return f"{text} The rules would propose level {one.level} instead of level {one.of}."


def next_words(facts: Sequence[NextFact], highest: bool, vocabulary: Vocabulary) -> tuple[str, ...]:
    """What one more report would have to say to raise the level. `highest`: no rule proposes a higher one."""
    if highest:
        return ("No rule of this edition proposes a higher level.",)
    if not facts:
        return ("No single further report would raise it, whatever it says and whoever makes it.",)
    return tuple(_next(one, vocabulary) for one in facts)


HOW = {
    "": "first hand", "told_by_child": "of what the child told", "told_by_family": "of what the family told",
    "told_by_other": "of what somebody else told",
}  # fmt: skip
ABOUT = {
    "sibling": " about another child of the household", "adult": " about an adult of the household",
    "household": " in the household",
}  # fmt: skip


def _next(one: NextFact, vocabulary: Vocabulary) -> str:
    whom = ABOUT.get(one.about, "") + (" before the birth" if one.unborn else "")
    source = vocabulary.referrers.get(one.referrer_kind)
    who = f", told by: {_lower(source.label)}," if source else ""
    who += " from an organisation that has not been heard" if one.another else ""
    given = "".join(f", with {_measure(each, vocabulary)}" for each in one.measures)
    by = f", up to {day_words(one.by)}" if one.by else ""
    return (
        f"One more report {HOW.get(one.how, 'first hand')}{whom} of {_any_of(one, vocabulary)}{given}{who}{by}: "
        f"{one.words.rstrip('.')} (level {one.level})."
    )


def _measure(bound: Bound, vocabulary: Vocabulary) -> str:
    """A measure within a bound: attendance below 50 percent."""
    kind = vocabulary.measures.get(bound.code)
    label, unit = (_lower(kind.label), f" {kind.unit}") if kind else (bound.code.replace("_", " "), "")
    least = "" if bound.least is None else f" at least {bound.least:g}{unit}"
    below = "" if bound.below is None else f" below {bound.below:g}{unit}"
    return f"{label}:{least}{' and' if least and below else ''}{below}"


def _any_of(one: NextFact, vocabulary: Vocabulary) -> str:
    if one.together:
        named = [_lower(vocabulary.indicators[code].label) for code in one.said if code in vocabulary.indicators]
        return "all of these together: " + "; and ".join(named)
    if one.lines:
        named = [_line(vocabulary, each) for each in one.lines]
    else:
        named = [_lower(vocabulary.indicators[code].label) for code in one.said if code in vocabulary.indicators]
    if not named:
        return "any worry"
    more = f" (or {len(named) - SHOWN} others)" if len(named) > SHOWN else ""
    return "; or ".join(named[:SHOWN]) + more


def _line(vocabulary: Vocabulary, group: str) -> str:
    name, _, line = group.partition(":")
    return _lower(vocabulary.lists.get(name, {}).get(line, line.replace("_", " ")))


def returned_words(returned: str, new: Sequence[str], vocabulary: Vocabulary, names: Mapping[str, str]) -> str:
    """Why a decided rule is back: "" for one that was never decided before."""
    if not returned:
        return ""
    told = [_new(one, vocabulary, names) for one in new]
    return f"{WORDS.get(returned, returned)}{': ' + '; '.join(told) if told else ''}."


def _new(one: str, vocabulary: Vocabulary, names: Mapping[str, str]) -> str:
    kind, _, code = one.partition(":")
    match kind:
        case "organisation":
            return f"{names.get(code, FRONT_DOOR_WORDS.get(code, code))} had not been heard"
        case "line":
            return _line(vocabulary, code)
        case "domain":
            return f"the need {_lower(vocabulary.domains.get(code, code))}"
        case "grave":
            return _lower(vocabulary.indicators[code].label) if code in vocabulary.indicators else code
        case "how":
            return "the child said so"
        case "sure":
            return "it is now surely about this child"
        case _:
            return "a higher level"


def quiet_words(decided: date, since: int, stands: bool, review: date | None) -> str:
    """Why a decided rule is not before anybody: `since` reports that it rests on have come in after the decision."""
    text = f"Decided on {day_words(decided)}."
    if not stands:
        return f"{text} The rule stands no more."
    came = "nothing has come in since" if not since else f"{_number(since, 'report')} of the same kind came in since"
    text = f"{text} The rule stands still, and {came}: it stays quiet"
    if review is None:
        return f"{text} until something new in kind comes in."
    return f"{text} until something new in kind comes in, or until its review on {day_words(review)}."


def _lower(label: str) -> str:
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
