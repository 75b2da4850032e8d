"""Harm tracing: what rested on a version of a rule, a policy, an edition or a match model, between two days.

Codes alone, for access auditors alone: a name stands on the page of a child. Whoever may
not know of a child does not know of what rested on it, not even in a number. Numbers are not rounded: it is for named review.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta

import msgspec
from msgspec import Struct

from hub.domain.edition import EditionPublished
from hub.domain.errors import HubError, NotPermitted, Refused
from hub.domain.moments import LONDON, london_day
from hub.domain.person import SourceRecordLinked
from hub.domain.staff import Permission, may
from hub.flow.alert import rules_of
from hub.flow.disclose import ItemRef
from hub.views import rested
from hub.views.asking import look, stamp
from hub.views.desk import PARTNERSHIP, Desk, caught_up
from hub.views.drafting import Ready, edition_parts
from hub.views.members import staff_of
from hub.views.models import Asker
from hub.views.models.reliance import Reliance, RelianceRow, ReliedChild, VersionRow, What
from hub.views.rested import WORDS, OfRule, Period
from hub.views.who_is_who import survivors

NEEDS: Permission = "audit_ledger"
KINDS: dict[What, str] = {
    "rule": "A threshold rule", "policy": "A sharing policy", "edition": "An edition", "model": "A match model",
}  # fmt: skip
MOST = 2_000  # children of one answer: more are asked for in parts, because each is ruled
SILENT = (
    "This rule suggests a level on the page of a child and tells nobody: who was shown it is not on record. Found are the "
    "decisions to which it had suggested a level."
)
COLUMNS = ("kind", "what", "ref", "children", "at", "edition", "version")


class Wish(Struct, frozen=True, kw_only=True):
    """What is asked: of which thing, which versions (the start of a hash; "" for all), between which London days."""

    what: str
    id: str = ""  # of a rule, a policy, an edition; a match model needs none
    version: str = ""
    since: date | None = None
    until: date | None = None


class Relying(Struct):
    """What pages, commands and programs ask. `engine` reads a set of policies."""

    desk: Desk
    engine: Callable[[str, str], Ready]

    def rested(self, asker: Asker, wish: Wish) -> Reliance:
        """All that rested on it, of whom this asker may know; one look. Raises Refused naming the field, NotPermitted."""
        desk = self.desk
        self._check_may(asker)
        caught_up(desk)
        caught_up(desk, "ledger")
        what, since, until = self._checked(wish)
        versions = self._versions(what, wish)
        period = Period(_start(since), _start(until + timedelta(days=1)))
        found = sorted(self._rows(what, wish, versions, period), key=lambda row: (row.at, row.kind, row.ref))
        now = survivors(desk, {child for row in found for child in row.children if child})
        allowed, ledger = self._look(asker, sorted(set(now.values())))
        rows = []
        for row in found:
            known = tuple(dict.fromkeys(now[child] for child in row.children if child and now[child] in allowed))
            if known:  # what was about nobody, such as a list without a row, did nobody harm
                rows.append(msgspec.structs.replace(row, children=known))
        many = Counter(child for row in rows for child in row.children)
        kinds = Counter(row.kind for row in rows)
        return Reliance(
            stamp=stamp(desk, asker, ledger), what=what, id=wish.id, version=wish.version, since=since, until=until,
            versions=versions, rows=tuple(rows), note=self._note(what, wish.id.strip(), versions),
            counts=(("Children", len(many)), *((WORDS[kind], kinds[kind]) for kind in WORDS if kinds[kind])),
            children=tuple(ReliedChild(child=child, rows=many[child]) for child in sorted(many)),
        )  # fmt: skip

    def _note(self, what: What, ident: str, versions: tuple[VersionRow, ...]) -> str:
        """What cannot be traced of a rule that tells nobody; "" of anything else."""
        held = (rules_of(self.desk.record, edition).get(ident) for one in versions for edition in one.editions)
        silent = what == "rule" and any(one is not None and one.rule.tells == "nobody" for one in held)
        return SILENT if silent else ""

    def _check_may(self, asker: Asker) -> None:
        """Raises NotPermitted for all but access auditors: how many messages there were tells of what is protected."""
        member = staff_of(self.desk, asker.staff)
        if not member.active or not may(member.roles, NEEDS):
            raise NotPermitted("the register of staff does not let this account trace what rested on a rule")

    def _checked(self, wish: Wish) -> tuple[What, date, date]:
        if wish.what not in KINDS:
            raise Refused(f"choose one of {', '.join(KINDS)}", "what")
        today = london_day(self.desk.clock.now())
        first = self.desk.record.read(0, 1, [EditionPublished.NAME])
        since = wish.since or (london_day(first[0].envelope.known_at) if first else today)
        until = wish.until or today
        if until < since:
            raise Refused("the last day lies before the first: give them in order", "to")
        what: What = msgspec.convert(wish.what, What)
        if what == "model" and not wish.version:
            raise Refused(
                "give the version of the match model, its thresholds or its rules: the start of its hash", "version"
            )
        if what != "model" and not wish.id.strip():
            raise Refused("say which one: give its id", "id")
        return what, since, until

    def _versions(self, what: What, wish: Wish) -> tuple[VersionRow, ...]:
        """The versions that are asked about, each with its editions. Raises Refused where there is none."""
        found: dict[str, list[str]] = {}
        if what == "model":
            for version in sorted(self._models(wish.version)):
                found[version] = []
        else:
            for edition, version in self._in_editions(what, wish.id.strip()).items():
                if version.startswith(wish.version):
                    found.setdefault(version, []).append(edition)
        if not found:
            raise Refused(f"no edition on record has such {KINDS[what].lower()} of that version", "id")
        return tuple(VersionRow(version, tuple(editions)) for version, editions in found.items())

    def _models(self, version: str) -> set[str]:
        used = set[str]()
        after = 0
        while page := self.desk.record.read(after, 1000, [SourceRecordLinked.NAME]):
            for one in page:
                if isinstance(one.fact, SourceRecordLinked):
                    used |= {each for each in (one.fact.model, one.fact.policy, one.fact.rules) if each}
            after = page[-1].position
        return {each for each in used if each.startswith(version)}

    def _in_editions(self, what: What, ident: str) -> dict[str, str]:
        found: dict[str, str] = {}
        for one in self.desk.record.read(0, 1000, [EditionPublished.NAME]):
            if not isinstance(one.fact, EditionPublished):
                continue
            edition = str(one.fact.number)
            if what == "edition" and ident == edition:
                found[edition] = one.fact.content_hash
            elif what == "rule":
                ready = rules_of(self.desk.record, edition).get(ident)
                found |= {edition: ready.version} if ready else {}
            elif what == "policy":
                found.update((edition, digest) for digest in self._digests(one.fact.number, ident))
        return found

    def _digests(self, edition: int, policy: str) -> list[str]:
        """The version of a policy in an edition; [] where it has none, or never judged because it does not load."""
        parts = edition_parts(self.desk.record, edition)
        try:
            register = self.engine(parts["policies"], parts["cedar_schema"]).register
        except HubError:
            return []
        return [each.digest for each in register if each.id == policy]

    def _rows(self, what: What, wish: Wish, versions: tuple[VersionRow, ...], period: Period) -> Iterator[RelianceRow]:
        desk, ident = self.desk, wish.id.strip()
        editions: Mapping[str, str] = {edition: one.version for one in versions for edition in one.editions}
        match what:
            case "rule":
                yield from OfRule(desk, ident, frozenset(one.version for one in versions)).rows(period)
            case "policy":
                yield from rested.of_policy(desk, ident, editions, period)
            case "edition":
                yield from rested.of_edition(desk, ident, versions[0].version, period)
            case "model":
                yield from rested.of_model(desk, wish.version, period)

    def _look(self, asker: Asker, children: list[str]) -> tuple[set[str], int]:
        """Of whom this asker may know, and the ledger entry of this look."""
        if len(children) > MOST:
            raise Refused(
                f"this is about {len(children)} children: ask for a shorter time, at most {MOST} at once", "to"
            )
        items = [
            ItemRef(item=f"relied:{one}", category="ledger", organisation=PARTNERSHIP, persons=(one,), position=0)
            for one in children
        ]
        shown = look(self.desk, asker, items, "reliance", purpose="access_audit")
        return {item.item.partition(":")[2] for item in shown.shown}, shown.ledger_position


def wish_of(what: str, ident: str, version: str, since: str, until: str) -> Wish:
    """What an address asks for. Raises Refused for a day that is none."""
    return Wish(
        what=what, id=ident.strip(), version=version.strip().lower(), since=_day(since, "from"), until=_day(until, "to"),
    )  # fmt: skip


def _day(text: str, field: str) -> date | None:
    try:
        return date.fromisoformat(text.strip()) if text.strip() else None
    except ValueError:
        raise Refused("give the day as year-month-day, such as 2026-11-22", field) from None


def as_csv(found: Reliance) -> str:
    """The rows as CSV (RFC 4180): codes and times, no words, no names."""
    lines = [",".join(COLUMNS)]
    for row in found.rows:
        cells = (
            row.kind, row.what, row.ref, " ".join(row.children), row.at.astimezone(UTC).isoformat(), row.edition, row.version
        )  # fmt: skip
        lines.append(
            ",".join(f'"{cell.replace(chr(34), chr(34) * 2)}"' if set(cell) & set('",\n') else cell for cell in cells)
        )
    return "\r\n".join(lines) + "\r\n"


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), LONDON).astimezone(UTC)
