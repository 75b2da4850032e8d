"""What pages, commands and programs ask of what-if on behalf of a person: try a draft of the rules on history, read a report.

It promises that each run and each report is one ask in the ledger, that a number too small to show is in no answer, and that
ids of children are there only for whoever the policies let know of each. Restricted identities are in no number: a list that is
taken from its number tells of none.
"""

import logging
import threading
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
from msgspec import Struct

from hub.domain import edition as editions
from hub.domain.edition import Edition, canonical
from hub.domain.errors import HubError, NotFound, NotPermitted, Refused
from hub.domain.fact import Recorded
from hub.domain.moments import london_day
from hub.domain.staff import Permission, may
from hub.domain.used import judges
from hub.domain.what_if import (
    APART,
    FEWEST,
    Assumed,
    Cut,
    Group,
    Line,
    Report,
    WhatIfRun,
    of_rules,
    rules_moved,
    stream,
)
from hub.flow.act import Act, by_person
from hub.flow.disclose import ItemRef
from hub.flow.unexplained import where
from hub.flow.what_if import Span, Stopped, known_when, position_known_at, try_draft
from hub.views.alerts import level_words
from hub.views.asking import look, stamp
from hub.views.desk import PARTNERSHIP, Desk, caught_up, name_of
from hub.views.members import permitted, staff_of
from hub.views.models import Asker
from hub.views.models.what_if import (
    WhatIfAssumption,
    WhatIfCut,
    WhatIfGroup,
    WhatIfHours,
    WhatIfLead,
    WhatIfLine,
    WhatIfList,
    WhatIfProgress,
    WhatIfRow,
    WhatIfView,
)
from hub.views.subjects import all_restricted
from hub.views.telling import codes_of
from hub.views.who_is_who import families, survivors

log = logging.getLogger(__name__)
REASON = "what_if"
LONGEST = 3660  # days that may be asked for at once
KEPT = 8  # reports whose children this process keeps, to be listed
NOT_THERE = "there is no such report: run one, or see the list"
READS: tuple[Permission, ...] = ("policies", "supervise")
BUSY = "another what-if is running: wait until it has ended"
TITLES = {
    "rule": "By rule", "level": "By level proposed", "to": "By who would get it", "organisation": "By organisation",
    "area": "By small area", "day": "By day",
}  # fmt: skip
HINTS = {
    "organisation": "An alert is counted for each organisation whose report it rests on, so these add up to more than all.",
    "area": "Where the child lived when the newest report of the evidence happened.",
}
TO = {"front_door": "The front door", "allocated_worker": "The allocated worker"}
UNNAMED = "Not known"
GROUPS = {"all": "All children", "told": "A disability was told of", "not_told": "No disability was told of"}


class Changed(Struct, frozen=True):
    """Children whose answer changes, as a run found them, and up to which position."""

    position: int
    appear: tuple[str, ...]
    vanish: tuple[str, ...]
    left_out: frozenset[str] = frozenset()  # by every name: restricted identities, which are in no number


class Running:
    """What this process runs in the background, one at a time, and the children of its last reports."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self.report, self.by = "", ""
        self.done, self.of, self.trouble = 0, 0, ""
        self.changed: dict[str, Changed] = {}

    @property
    def busy(self) -> bool:
        """Whether one is running."""
        return self._thread is not None and self._thread.is_alive()

    def start(
        self, report: str, by: str, work: Callable[[Callable[[int, int], None], Callable[[], bool]], object]
    ) -> None:
        """Run this beside the pages. Raises Refused while another runs."""
        with self._lock:
            if self.busy or self._stop.is_set():
                raise Refused(BUSY, "over")
            self.report, self.by, self.done, self.of, self.trouble = report, by, 0, 0, ""
            self._thread = threading.Thread(target=self._run, args=(work,), name="what-if")
            self._thread.start()

    def _run(self, work: Callable[[Callable[[int, int], None], Callable[[], bool]], object]) -> None:
        try:
            work(self._tell, self._stop.is_set)
        except HubError as why:
            self.trouble = str(why)
        except Exception as bug:  # noqa: BLE001 - whoever waits is told that it failed, and the log by what and where
            self.trouble = f"it failed unexpectedly, {where(bug)}: nothing was written"
            log.error("what-if %s failed: %s", self.report, where(bug))  # noqa: TRY400 - never an error's own text

    def _tell(self, done: int, of: int) -> None:
        self.done, self.of = done, of

    def keep(self, report: str, changed: Changed) -> None:
        """Keep the children of a report for as long as few came after it."""
        with self._lock:
            while len(self.changed) >= KEPT:
                self.changed.pop(next(iter(self.changed)))
            self.changed[report] = changed

    def wait(self, seconds: float) -> None:
        """Until what runs has ended, or for so many seconds."""
        if self._thread is not None:
            self._thread.join(seconds)

    def close(self) -> None:
        """Stop what runs; it writes nothing."""
        self._stop.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()


class WhatIfs(Struct, frozen=True):
    """Everything that may be asked. `drafts` makes a draft's parts as of a London day, of a partnership's folder or (None) the
    one that this hub is set to; `act` puts a report on record.
    """

    desk: Desk
    act: Callable[[], Act]
    drafts: Callable[[date, Path | None], dict[str, Any]]
    assumed: Callable[[], Assumed]
    running: Running

    # ------------------------------------------------------------------------------------------------------------ running

    def run(
        self, asker: Asker, over: str, as_of: str = "", folder: Path | None = None, *,
        progress: Callable[[int, int], None], stop: Callable[[], bool] = lambda: False,
    ) -> WhatIfView:  # fmt: skip
        """Try a draft now and put the report on record. `over` and `as_of` as `mash what-if --help` has them.

        Raises NotPermitted, Refused naming the field, Stopped; nothing is written then but that somebody asked.
        """
        permitted(self.desk, asker, "policies")
        span, draft = self._span(over, as_of), self._draft(folder)
        self._asked(asker)
        report = str(uuid4())
        self._try(asker, report, span, draft, progress, stop)
        return self.view(asker, report)

    def start(self, asker: Asker, over: str, as_of: str = "") -> str:
        """The same beside the pages, for the draft that this hub is set to; the id of the report that will be.

        Raises NotPermitted, Refused naming the field, also while another runs.
        """
        permitted(self.desk, asker, "policies")
        if self.running.busy:
            raise Refused(BUSY, "over")
        span, draft = self._span(over, as_of), self._draft(None)
        self._asked(asker)
        report = str(uuid4())
        self.running.start(report, asker.staff, partial(self._try, asker, report, span, draft))
        return report

    def _try(
        self, asker: Asker, report: str, span: Span, draft: Edition, progress: Callable[[int, int], None],
        stop: Callable[[], bool],
    ) -> None:  # fmt: skip
        desk, assumed = self.desk, self.assumed()
        left_out = _restricted(desk)
        tally = try_draft(
            desk.record,
            desk.edition,
            draft,
            span,
            assumed,
            held_to_be=partial(survivors, desk),
            progress=progress,
            stop=stop,
            left_out=left_out,
        )
        if stop():
            raise Stopped("the what-if was stopped: nothing was written")
        moved = rules_moved(
            *({rule.id: judges(rule) for rule in one.rules if rule.enabled} for one in (desk.edition, draft))
        )
        fact = WhatIfRun(
            rules=rules_hash(draft.parts), edition=desk.edition.id, position=span.position, report=tally.report(),
            added=moved[0], removed=moved[1], changed=moved[2], assumed=of_rules(canonical(_plain(assumed))),
            run_by=asker.staff,
        )  # fmt: skip
        self.running.keep(report, Changed(span.position, tuple(tally.appear), tuple(tally.vanish), left_out))
        self.act().write([(stream(report), 0, fact)], by_person(asker.staff))

    def _span(self, over: str, as_of: str) -> Span:
        desk = self.desk
        caught_up(desk)
        position, known = desk.record.position(), desk.clock.now()
        if as_of.strip():
            position, known = _as_of(desk, as_of.strip())
        first, last = period_of(over, london_day(known))
        return Span(first, last, position, known)

    def _draft(self, folder: Path | None) -> Edition:
        desk = self.desk
        try:
            parts = self.drafts(london_day(desk.clock.now()), folder)
            fact = editions.publish(desk.edition.number + 1, desk.clock.now(), parts)
            draft = editions.read(fact)
        except HubError as wrong:
            raise Refused(f"the draft has a fault, mend it first: {wrong}", "draft") from wrong
        if draft.parts["partnership"]["name"] != desk.edition.parts["partnership"]["name"]:
            raise Refused("this draft is another partnership's: one hub is one partnership", "draft")
        return draft

    def _asked(self, asker: Asker) -> int:
        """One ask for all of it: what is read are codes, and what comes out are numbers about nobody."""
        item = ItemRef(
            item="policies:thresholds", category="policies", organisation=PARTNERSHIP, persons=(), position=0
        )
        return look(self.desk, asker, [item], REASON, purpose="policy").ledger_position

    # ------------------------------------------------------------------------------------------------------------ reading

    def page(self, asker: Asker) -> WhatIfList:
        """Reports on record, the newest first. Raises NotPermitted."""
        roles = self._reader(asker)
        problem, draft = "", ""
        try:
            draft = rules_hash(self._draft(None).parts)
        except Refused as wrong:
            problem = str(wrong)
        rows = tuple(_row(one, draft) for one in reversed(reports(self.desk)))
        return WhatIfList(
            stamp=stamp(self.desk, asker), rows=rows, draft=draft, problem=problem,
            running=self.running.report if self.running.busy else "", may_start=may(roles, "policies"),
        )  # fmt: skip

    def progress(self, asker: Asker, report: str) -> WhatIfProgress:
        """How far a report is that was started here. Raises NotPermitted, NotFound."""
        self._reader(asker)
        running = self.running
        ready = bool(self.desk.record.load(stream(report)))
        if not ready and running.report != report:
            raise NotFound(NOT_THERE)
        ours = running.report == report
        return WhatIfProgress(
            stamp=stamp(self.desk, asker), report=report, done=running.done if ours else 0, of=running.of if ours else 0,
            trouble=running.trouble if ours else "", ready=ready,
        )  # fmt: skip

    def view(self, asker: Asker, report: str) -> WhatIfView:
        """One report. Raises NotPermitted, NotFound."""
        desk = self.desk
        roles = self._reader(asker)
        caught_up(desk)
        held = desk.record.load(stream(report))
        if not held or not isinstance(held[0].fact, WhatIfRun):
            raise NotFound(NOT_THERE)
        fact, envelope = held[0].fact, held[0].envelope
        entry = self._asked(asker) if may(roles, "policies") else 0
        listed, appear, vanish = self._children(asker, report, roles)
        told = fact.report
        levels = {each.level: each for each in told.hours}
        cuts = tuple(_cut(desk, told, cut) for cut in told.cuts if cut.lines)
        shown = told.total.before is not None and all(each.before is not None for each in told.hours)
        return WhatIfView(
            stamp=stamp(desk, asker, entry), report=report, run_at=envelope.known_at, run_by=fact.run_by,
            edition=fact.edition, rules=fact.rules, position=fact.position, first=told.first, last=told.last,
            days=told.days, same=told.same and not (fact.added or fact.removed or fact.changed),
            total=_line(told.total, "All alerts", told.days),
            newly=told.newly, missed=told.missed, added=fact.added, removed=fact.removed, changed=fact.changed,
            cuts=cuts,
            hours=tuple(
                WhatIfHours(level_words(desk, each.level), each.before, each.after) for each in levels.values()
            ),
            hours_before=sum(each.before or 0 for each in told.hours) if shown else None,
            hours_after=sum(each.after or 0 for each in told.hours) if shown else None,
            lead=WhatIfLead(
                told.lead.cases, told.lead.before, told.lead.after, told.lead.days_before, told.lead.days_after
            ),
            groups=tuple(
                WhatIfGroup(
                    _group(each), each.children, each.before, each.after, each.ratio_before, each.ratio_after,
                    each.flagged, *each.rates,
                )
                for each in told.groups
            ),
            assumptions=_assumptions(self.assumed(), fact.assumed), listed=listed, appear=appear, vanish=vanish,
        )  # fmt: skip

    def _reader(self, asker: Asker) -> tuple[str, ...]:
        """The roles of whoever reads reports: those who read policies, and managers, who may know of single children."""
        member = staff_of(self.desk, asker.staff)
        if not member.active or not any(may(member.roles, one) for one in READS):
            raise NotPermitted("the register of staff does not let this account read what a draft would have come to")
        return member.roles

    def _children(
        self, asker: Asker, report: str, roles: tuple[str, ...]
    ) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
        """Which children's answer changes, as far as this asker may know of each. Names are never here."""
        found = self.running.changed.get(report)
        if not may(roles, "supervise"):
            return "Your role does not include knowing of single children.", (), ()
        if found is None:
            return (
                "Which children these are is kept by the process that ran it alone: run it again to list them.",
                (),
                (),
            )
        if staff_of(
            self.desk, asker.staff
        ).related:  # theirs are in the numbers: a list without them would tell of them
            return "The register names family of yours: nobody is listed to you.", (), ()
        if found.left_out != _restricted(self.desk):
            return "Whom the numbers leave out changed since this was run: run it again to list them.", (), ()
        stay = survivors(self.desk, sorted({*found.appear, *found.vanish}))
        items = {each: codes_of(f"{REASON}:{each}", each, found.position) for each in stay.values()}
        allowed = {one.item for one in look(self.desk, asker, list(items.values()), REASON).shown}
        sides = []
        for side in (found.appear, found.vanish):
            known = {stay[each] for each in side if items[stay[each]].item in allowed}
            sides.append(tuple(sorted(known)))
        return "Those of them whom you may know of. Nobody is named here.", sides[0], sides[1]


def _restricted(desk: Desk) -> frozenset[str]:
    return frozenset(name for names in families(desk, all_restricted(desk)).values() for name in names)


# ---------------------------------------------------------------------------------------------------------- what was asked


def period_of(text: str, today: date) -> tuple[date, date]:
    """London days, both included: "2026-01-01..2026-03-31", or "90d" for so many days up to `today`. Raises Refused."""
    said = text.strip()
    mend = "write 2026-01-01..2026-03-31, or 90d for the last 90 days"
    if not said:
        raise Refused(f"Enter the period to try the draft over: {mend}", "over")
    try:
        if said.endswith("d"):
            last, first = today, today - timedelta(days=int(said[:-1]) - 1)
        else:
            begins, _, ends = said.partition("..")
            first, last = date.fromisoformat(begins), date.fromisoformat(ends)
    except (ValueError, OverflowError):
        raise Refused(f"this is no period: {mend}", "over") from None
    if last < first:
        raise Refused("the period ends before it begins: exchange its days", "over")
    if (last - first).days >= LONGEST:
        raise Refused(f"the period is longer than {LONGEST} days: ask for a part of it", "over")
    if first > today:
        raise Refused("the period lies after what is known: choose days that are past", "over")
    return first, last


def _as_of(desk: Desk, text: str) -> tuple[int, datetime]:
    """A position, or a moment with its time zone, as the position that was known then. Raises Refused."""
    mend = "write a position, or a moment with its time zone: 2026-06-30T09:00+00:00"
    if text.isdigit():
        position = int(text)
        moment = known_when(desk.record, position) if position <= desk.record.position() else None
        if moment is None:
            raise Refused(f"nothing is at that position: {mend}", "as_of")
        return position, moment + timedelta(microseconds=1)  # what that position itself brought is known
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Refused(f"this is no moment: {mend}", "as_of") from None
    if moment.tzinfo is None:
        raise Refused(f"this moment has no time zone: {mend}", "as_of")
    if moment > desk.clock.now():
        raise Refused("this moment is still to come: choose one that is past", "as_of")
    return position_known_at(desk.record, moment), moment + timedelta(microseconds=1)


def rules_hash(parts: Mapping[str, Any]) -> str:
    """By which a draft's rules are known: what they say, their vocabulary and the grammar."""
    return of_rules(canonical({name: parts[name] for name in ("thresholds", "vocabulary", "grammar")}))


def reports(desk: Desk) -> list[Recorded]:
    """Every report on record, in order."""
    found: list[Recorded] = []
    while page := desk.record.read(found[-1].position if found else 0, 500, [WhatIfRun.NAME]):
        found += page
    return found


def of_draft(desk: Desk, parts: Mapping[str, Any]) -> tuple[str, ...]:
    """Ids of the reports that tried exactly these rules beside the edition in force, the newest first."""
    if not {"thresholds", "vocabulary", "grammar"} <= parts.keys() or not parts["thresholds"]:
        return ()
    wanted = rules_hash(parts)
    return tuple(
        one.stream.partition(":")[2]
        for one in reversed(reports(desk))
        if isinstance(one.fact, WhatIfRun) and one.fact.rules == wanted and one.fact.edition == desk.edition.id
    )


# ------------------------------------------------------------------------------------------------------------ what is told


def _row(one: Recorded, draft: str) -> WhatIfRow:
    fact = one.fact
    assert isinstance(fact, WhatIfRun)  # noqa: S101 - read by this name alone
    return WhatIfRow(
        report=one.stream.partition(":")[2], run_at=one.envelope.known_at, run_by=fact.run_by, edition=fact.edition,
        rules=fact.rules, first=fact.report.first, last=fact.report.last, before=fact.report.total.before,
        after=fact.report.total.after, of_draft=fact.rules == draft,
    )  # fmt: skip


def _line(line: Line, label: str, days: int) -> WhatIfLine:
    per_day = [None if number is None else round(number / days, 3) for number in (line.before, line.after)]
    return WhatIfLine(line.code, label, line.before, line.after, *per_day)


def _cut(desk: Desk, report: Report, cut: Cut) -> WhatIfCut:
    days = 1 if cut.by == "day" else report.days
    lines = tuple(_line(line, _label(desk, cut.by, line.code), days) for line in cut.lines)
    return WhatIfCut(cut.by, TITLES.get(cut.by, cut.by), lines, HINTS.get(cut.by, ""))


def _label(desk: Desk, by: str, code: str) -> str:
    if by == "level":
        return level_words(desk, int(code))
    if by == "organisation":
        return name_of(desk, code)
    return TO.get(code, UNNAMED if code == "not_known" else code)


def _group(one: Group) -> str:
    if one.by != "age":
        return GROUPS[one.code]
    return {"not_known": "Age not known", "unborn": "Unborn"}.get(one.code, f"{one.code} years")


def _plain(assumed: Assumed) -> dict[str, Any]:
    made: dict[str, Any] = msgspec.to_builtins(assumed)
    return made


def _assumptions(assumed: Assumed, digest: str) -> tuple[WhatIfAssumption, ...]:
    """What was assumed, with its source; of a report that assumed otherwise, that it did."""
    if of_rules(canonical(_plain(assumed))) != digest:
        return (WhatIfAssumption("Assumptions", "other than today's", "this report was run before they changed"),)
    told = [
        WhatIfAssumption(what, f"{each.value} {each.unit}", _source(each.source, each.chosen))
        for what, each in (
            ("A person decides an alert after", assumed.decides_after),
            ("An alert is read as a lead on a case up to", assumed.lead_within),
        )
    ]
    told += [
        WhatIfAssumption(
            f"An alert of level {each.level} takes",
            f"{each.front_door} minutes at the front door, {each.allocated_worker} with an allocated worker",
            _source(each.source, each.chosen),
        )
        for each in assumed.minutes
    ]
    small = f"of 1 to {FEWEST - 1} children"
    told.append(WhatIfAssumption("Numbers that are not shown", small, "and what would give one away"))
    apart = "no list of children, taken from its number, tells of one"
    told.append(WhatIfAssumption("Restricted identities", "in no number", apart))
    told.append(
        WhatIfAssumption(
            "A group is flagged",
            f"where its rate is {APART} times that of all children, or less than its inverse",
            "by age, and by whether anybody told of a disability; ethnic group is a sealed word, which no what-if opens",
        )
    )
    return tuple(told)


def _source(source: str, chosen: str) -> str:
    return f"{source}: {chosen}" if chosen else source
