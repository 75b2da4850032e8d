"""Expectations held against replays: met, not met with the dates, or waiting for a rule that a partnership has not.

It promises that nothing passes because it could not be judged: what no check knows is said to be not judged.
"""

import tomllib
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal, TypeVar

import msgspec
from msgspec import Struct

from bench.cases.format import BadCase, Case
from bench.cases.result import How, Look, Looked, Proposal, Replayed
from bench.cases.run import events
from bench.cases.wording import by_words
from hub.domain.rule import Absence, Count, Rule

HELD = Path(str(files("bench.cases")))
T = TypeVar("T")


class Part(Struct, frozen=True, forbid_unknown_fields=True):
    """So many rows of the evidence carry one of these indicators."""

    indicators: tuple[str, ...]
    rows: int = 1


class NeedsRule(Struct, frozen=True, forbid_unknown_fields=True):
    """The least that a rule must be for an expectation to be judged at all."""

    kind: Literal["count", "absence"]
    level: int = 1
    referrers: int = 0
    unseen_days: int = 0
    any_age: bool = False

    def met_by(self, rule: Rule) -> bool:
        """Whether this rule could do it."""
        if not rule.enabled or rule.level < self.level or rule.tells == "nobody":
            return False
        match rule.when:
            case Count() as when:
                return self.kind == "count" and when.at_least.referrers >= self.referrers
            case Absence() as when:
                days = when.unseen_days <= self.unseen_days if self.unseen_days else True
                return self.kind == "absence" and days and not (self.any_age and when.under_months is not None)
            case _:
                return False


class Check(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How an expectation is judged."""

    case: str = ""
    id: str = ""
    kind: Literal["nth_incident", "alert", "refused", "label", "reopened", "silence", "holders", "request"]
    level: int = 1  # at least
    rows: tuple[str, ...] = ()  # alert: one of these is evidence; refused, reopened: one of these was
    parts: tuple[Part, ...] = ()
    page: tuple[str, ...] = ()  # rows that the child's page must show on that day
    closure_within_days: int = 0
    not_raised_without: tuple[str, ...] = ()  # organisations
    rows_blocked: tuple[str, ...] = ()
    rows_blocked_latest: date | None = None
    timer: bool = False  # raised when nothing arrived
    since: date | None = None
    indicators: tuple[str, ...] = ()
    count: int = 0
    within_days: int = 365
    because: str = ""  # refused: a code of why a named manager must agree, or the field that the hub refuses
    silence: str = ""  # a kind of docs/silence.md
    organisations: tuple[str, ...] = ()  # holders, request: who must be named
    party: str = ""  # request: who is asked, organisation/setting
    needs_rule: NeedsRule | None = None
    answered: bool = False  # judged on a replay in which people answer who is who, rightly, two days after the hub asks


class Expectation(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One line of expected.toml; `latest` is a day of the source, or words."""

    case: str
    id: str
    words: str
    latest: Any = None  # a date, or words
    check: Check | None = None


Status = Literal["met", "not met", "no such rule", "not judged"]
STATUSES: tuple[Status, ...] = ("met", "not met", "no such rule", "not judged")


class Verdict(Struct, frozen=True, kw_only=True):
    """What became of an expectation."""

    case: str
    id: str
    words: str
    status: Status
    said: str
    latest: str = ""


Runs = Callable[[Case, How], Replayed]


def read_expectations(path: Path | None) -> list[Expectation]:
    """The expectations of this file, or those that are shipped. Raises BadCase."""
    return _tables(path or HELD / "expected.toml", "expect", Expectation)


def read_checks() -> dict[tuple[str, str], Check]:
    """The shipped checks by (case, id)."""
    return {(one.case, one.id): one for one in _tables(HELD / "checks.toml", "check", Check)}


def _tables(path: Path, key: str, kind: type[T]) -> list[T]:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        found = [msgspec.convert(one, kind) for one in content.get(key, [])]
    except (OSError, UnicodeDecodeError) as error:
        raise BadCase(f"{path} cannot be read ({type(error).__name__}): give a file of [[{key}]] tables") from error
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise BadCase(f"{path.name}: {error}: mend or remove it (docs/cases.md)") from error
    if not found or set(content) != {key}:
        raise BadCase(f"{path.name}: it holds [[{key}]] tables alone, at least one")
    return found


class Judge:
    """Judges expectations; `runs` replays (and may remember), `rules` are those of the edition."""

    def __init__(self, cases: Mapping[str, Case], runs: Runs, rules: tuple[Rule, ...], how: How, draws: int) -> None:
        self._cases, self._runs, self._rules, self._how, self._draws = cases, runs, rules, how, draws
        self._checks = read_checks()

    def judge(self, wanted: Expectation) -> Verdict:
        """The verdict on one expectation."""
        check = wanted.check or self._checks.get((wanted.case, wanted.id))
        worded = None if check else _by_words(self._cases.get(wanted.case), wanted)
        if wanted.case not in self._cases:
            return _verdict(wanted, "not judged", f"no case {wanted.case} was given: name its file with --case")
        check = check or worded
        if check is None:
            return _verdict(wanted, "not judged", "no check says how to judge this: add `check` (docs/cases.md)")
        case = self._cases[wanted.case]
        judge = self._where_people_answer() if check.answered else self
        met, said = getattr(judge, f"_{check.kind}")(case, wanted, check)
        if check.answered:
            said += "; where people answer who is who, rightly, two days after the hub asks"
        if worded:
            said += "; judged by its words alone"
        if met or self._has_rule(check):
            return _verdict(wanted, "met" if met else "not met", said)
        return _verdict(wanted, "no such rule", f"no rule of this partnership asks for it; now: {said}")

    def _where_people_answer(self) -> "Judge":
        how = msgspec.structs.replace(self._how, answered=True)
        return Judge(self._cases, self._runs, self._rules, how, self._draws)

    def _has_rule(self, check: Check) -> bool:
        return check.needs_rule is None or any(check.needs_rule.met_by(rule) for rule in self._rules)

    # -------------------------------------------------------------------------------------------------- the kinds

    def _nth_incident(self, case: Case, _wanted: Expectation, check: Check) -> tuple[bool, str]:
        late = []
        series = any(row.said.series for row in case.rows)
        draws = self._draws if series else 1
        for draw in range(draws):
            how = msgspec.structs.replace(self._how, draw=draw)
            incidents = _incidents(case, how, check)
            due = next(
                (known for n, (day, known, _) in enumerate(incidents) if n >= check.count - 1
                 and (day - incidents[n - check.count + 1][0]).days < check.within_days), None,
            )  # fmt: skip
            rows = {row for _, _, row in incidents}
            raised = [
                one.on
                for one in self._runs(case, how).proposals
                if one.what != "weakened"
                and one.who == case.header.child
                and len(rows & set(one.evidence)) >= check.count
            ]
            if due is not None and (not raised or min(raised) > due):
                late.append(draw)
        if late:
            return False, f"late in {len(late)} of {draws} draws, first in draw {late[0]}"
        return True, f"in each of {draws} draws on the day of that incident or before"

    def _alert(self, case: Case, wanted: Expectation, check: Check) -> tuple[bool, str]:
        latest = wanted.latest if isinstance(wanted.latest, date) else None
        found = self._found(case, check, self._how)
        if not found:
            return False, "no such alert at all"
        first = found[0]
        said = f"{_shown(first)}, {first.before_last} days before the last event"
        if latest is not None and first.unshifted > latest:
            return False, f"late: {said}"
        if check.page:
            lacking = self._lacking(case, check, first)
            if lacking:
                return False, f"{said}; its page lacks {', '.join(lacking)}"
        if check.not_raised_without:
            how = msgspec.structs.replace(self._how, blocked=frozenset(check.not_raised_without))
            without = self._found(case, check, how)
            told = f"without the rows of {', '.join(check.not_raised_without)}"
            if without and without[0].before_last > 0:
                return False, f"{said}; {told} it is raised too: {_shown(without[0])}"
            said += f"; {told} it is not raised before the last event"
        if check.rows_blocked:
            how = msgspec.structs.replace(self._how, rows_blocked=frozenset(check.rows_blocked))
            blocked = self._found(case, check, how)
            by = check.rows_blocked_latest
            told = f"with {', '.join(check.rows_blocked)} blocked"
            if not blocked or (by is not None and blocked[0].unshifted > by):
                return False, f"{said}; {told}: {_shown(blocked[0]) if blocked else 'none'}"
            said += f"; {told}: {_shown(blocked[0])}"
        return True, said

    def _refused(self, case: Case, wanted: Expectation, check: Check) -> tuple[bool, str]:
        """One of the rows was refused, for the reason asked for; where that was after the latest day, one worker who
        closes on that day is refused for the same.
        """
        refused = [
            one
            for one in self._runs(case, self._how).refused
            if one.row in check.rows and (not check.because or check.because in one.because)
        ]
        if not refused:
            return False, f"{' and '.join(check.rows)} went through" + (
                f", as for {check.because}" * bool(check.because)
            )
        first = refused[0]
        agreed = ": it stands by a named manager" if first.overridden else ""
        said = f"{first.row} refused on {first.unshifted}: {first.refused}{agreed}"
        latest = wanted.latest if isinstance(wanted.latest, date) else None
        if latest is None or first.unshifted <= latest:
            return True, said
        tried = self._looked(case, latest, "closing")
        if check.because not in tried.because:
            return False, f"{said}; a closing on {latest} went through"
        return True, f"{said}; so is a closing tried on {latest}"

    def _silence(self, case: Case, wanted: Expectation, check: Check) -> tuple[bool, str]:
        how = msgspec.structs.replace(self._how, silences=True)
        arrived = {one.known.date() for one in events(case, how)}
        found = [
            one
            for one in self._runs(case, how).silences
            if one.kind == check.silence and one.who in {case.header.child, ""}
            and (check.since is None or one.unshifted > check.since)
            and (not check.timer or one.on not in arrived)
            and (not check.organisations or one.organisation in check.organisations)
        ]  # fmt: skip
        if not found:
            return False, f"nothing was noticed as {check.silence}"
        first = found[0]
        said = f"{first.unshifted} ({check.silence}), {first.before_last} days before the last event"
        late = isinstance(wanted.latest, date) and first.unshifted > wanted.latest
        return not late, f"late: {said}" if late else said

    def _holders(self, case: Case, wanted: Expectation, check: Check) -> tuple[bool, str]:
        return self._told(case, wanted, check, "holders")

    def _request(self, case: Case, wanted: Expectation, check: Check) -> tuple[bool, str]:
        return self._told(case, wanted, check, "request")

    def _told(
        self, case: Case, wanted: Expectation, check: Check, what: Literal["holders", "request"]
    ) -> tuple[bool, str]:
        """On the latest day each of these organisations is named, and nobody's words can be read."""
        on = wanted.latest if isinstance(wanted.latest, date) else case.unshifted(case.last.known.date())
        looked = self._looked(case, on, what, check.party)
        if looked.refused:
            return False, f"refused on {on}: {looked.refused}"
        named = {organisation for organisation, _ in looked.lines}
        lacking = [one for one in check.organisations if one not in named]
        if lacking or not named:
            return False, f"on {on} nothing is told of {', '.join(lacking) or 'anybody'}"
        if looked.open:
            return False, f"on {on} words of {', '.join(looked.open)} can be read"
        told = [(one, line) for one, line in looked.lines if not check.organisations or one in check.organisations]
        each = "; ".join(f"{one}: {line}" for one, line in dict(reversed(told)).items())
        return True, f"on {on} {len(looked.lines)} lines, such as {each}; no words"

    def _looked(
        self, case: Case, on: date, what: Literal["closing", "holders", "request"], party: str = ""
    ) -> Looked:  # fmt: skip
        how = msgspec.structs.replace(self._how, look=Look(what=what, on=case.shifted(on), party=party))
        return self._runs(case, how).looked or Looked(refused="the case ends before it")

    def _reopened(self, case: Case, wanted: Expectation, check: Check) -> tuple[bool, str]:
        found = [one for one in self._runs(case, self._how).reopened if one.row in check.rows]
        if not found:
            return False, f"nothing that came late touched {' or '.join(check.rows)}"
        first = found[0]
        late = isinstance(wanted.latest, date) and first.unshifted > wanted.latest
        told = f"{first.row} waits for a person from {first.unshifted} on, as {', '.join(first.by)} came: {first.what}"
        return not late, f"late: {told}" if late else told

    def _label(self, case: Case, _wanted: Expectation, _check: Check) -> tuple[bool, str]:
        labelled = [row.id for row in case.rows if row.said.label]
        if not labelled:
            return False, "no row of this case carries a label"
        with_, without = (
            self._runs(case, msgspec.structs.replace(self._how, labels=labels)).proposals for labels in (True, False)
        )
        if with_ != without:
            return False, f"other alerts with the label of {', '.join(labelled)} than without"
        return (
            True,
            f"the same {len(with_)} steps of alerts, on the same evidence, with the label of {labelled[0]} and without",
        )

    # ------------------------------------------------------------------------------------------------- what it asks

    def _found(self, case: Case, check: Check, how: How) -> list[Proposal]:
        """The steps of alerts that fit, earliest first."""
        arrived = {one.known.date() for one in events(case, how)}
        absences = {rule.id for rule in self._rules if isinstance(rule.when, Absence)}
        return [
            one
            for one in self._runs(case, how).proposals
            if one.what != "weakened" and one.level >= check.level and one.who == case.header.child
            and (not check.rows or set(check.rows) & set(one.evidence))
            and all(_carries(case, one, part) for part in check.parts)
            and (not check.timer or (one.on not in arrived and one.rule in absences))
            and (check.since is None or one.unshifted > check.since)
            and (not check.closure_within_days or _closed_before(case, one, check.closure_within_days))
        ]  # fmt: skip

    def _lacking(self, case: Case, check: Check, first: Proposal) -> list[str]:
        at = next(row for row in check.rows if row in first.evidence)
        how = msgspec.structs.replace(self._how, page_at=at)
        shown = set(self._runs(case, how).page)
        wanted = [
            one.id
            for one in events(case, how)
            if one.row.id in check.page and one.known.date() <= first.on
        ]  # fmt: skip
        lacking = [row for row in wanted if row not in shown]
        by_row = list(dict.fromkeys(row.partition(".")[0] for row in lacking))
        return [f"{row} ({sum(one.partition('.')[0] == row for one in lacking)})" for row in by_row]


def _incidents(case: Case, how: How, check: Check) -> list[tuple[date, date, str]]:
    """(day, day known, row) of the incidents that count, in order of day."""
    found = [
        (one.end.date(), one.known.date(), one.id)
        for one in events(case, how)
        for said in one.row.said.subjects
        if said.who == case.header.child and set(said.indicators) & set(check.indicators)
        and one.row.said.how_known != "told_by_organisation"
    ]  # fmt: skip
    return sorted(found)


def _carries(case: Case, one: Proposal, part: Part) -> bool:
    codes = {
        row.id: {code for said in row.said.subjects for code in said.indicators} for row in case.rows
    }  # fmt: skip
    fitting = [row for row in one.evidence if codes[row.partition(".")[0]] & set(part.indicators)]
    return len(fitting) >= part.rows


def _closed_before(case: Case, one: Proposal, days: int) -> bool:
    closed = [row.known.date() for row in case.rows if row.said.type == "closure"]
    return any(timedelta(0) <= one.on - day <= timedelta(days=days) for day in closed)


def _by_words(case: Case | None, wanted: Expectation) -> Check | None:
    """An expectation without a check is judged by what its words ask for; an alert only where a day is named."""
    asked = by_words(case, wanted.words) if case is not None else None
    if asked is None or (asked["kind"] == "alert" and not isinstance(wanted.latest, date)):
        return None
    return msgspec.convert(asked, Check)


def _shown(one: Proposal) -> str:
    perhaps = ", perhaps about another child" if one.possible else ""
    return f"{one.unshifted} ({one.rule}, level {one.level}{perhaps})"


def _verdict(wanted: Expectation, status: Status, said: str) -> Verdict:
    latest = str(wanted.latest) if wanted.latest is not None else ""
    return Verdict(case=wanted.case, id=wanted.id, words=wanted.words, status=status, said=said, latest=latest)
