"""The hub, seen from a page: each question on behalf of a person, each answer in view models.

Whatever names or describes anybody came through `look` (flow/disclose.py); the rest is codes of the views.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal

import msgspec
from msgspec import Struct
from sqlalchemy import func, select

from hub.domain import enquiry as enquiries
from hub.domain.agency import topic_of
from hub.domain.errors import NotFound, Refused
from hub.domain.moments import london_day
from hub.domain.sharing import Organisation
from hub.domain.staff import groups, may
from hub.flow.disclose import Disclosed, ItemRef
from hub.views import alert_rows, alerts, chronology, consents, families, involved, rests_on, said_of, store
from hub.views.asking import glass_broken, look, stamp
from hub.views.audit import readable
from hub.views.chronology_table import chronology_of
from hub.views.desk import Desk, caught_up, name_of, organisation_of
from hub.views.homes import passed_on
from hub.views.horizon import horizon
from hub.views.in_review import standing_for
from hub.views.members import permitted, staff_of
from hub.views.models import (
    Asker,
    Choice,
    Filters,
    GapRow,
    InvolvedRow,
    Options,
    Picture,
    SentRow,
    Stamp,
    UnplacedRow,
    Worklist,
)
from hub.views.models.chronology import Chronology
from hub.views.pointing import pointed
from hub.views.protected_sources import unknown_to
from hub.views.silent import about_child
from hub.views.subjects import hidden_from, samples_of, working_with
from hub.views.telling import NO_CHILD, codes_of, coverage_of, identity_lines, withheld
from hub.views.told import Told
from hub.views.who_helps import finds_help, level_now
from hub.views.who_is_who import candidates, family, persons_of, records_of, survivor, survivors

MOST = 200
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
WORKLIST = "worklist"  # the reason of a look at the worklist, also of one that only counts


class Answers(Struct, frozen=True):
    """What pages about children ask."""

    desk: Desk
    around: families.Around = families.nobody  # who lives with whom

    def stamp(self, asker: Asker) -> Stamp:
        """How far the hub knows, and as which role and under which edition it answers."""
        return stamp(self.desk, asker)

    def options(self, asker: Asker) -> Options:
        """Registered organisations, and the indicators and referrer codes of the edition in force."""
        del asker  # the same for everybody who may open the form
        vocabulary = self.desk.edition.vocabulary
        organisations = self.desk.register().organisations.values()
        return Options(
            organisations=tuple(Choice(o.organisation, o.name) for o in organisations if not o.may_enter_for_others),
            indicators=tuple(
                Choice(code, one.label) for code, one in sorted(vocabulary.indicators.items(), key=lambda i: i[1].label)
            ),
            referrers=tuple(Choice(code, one.label) for code, one in sorted(vocabulary.referrers.items())),
        )

    # ------------------------------------------------------------------------------------------------ the worklist

    def worklist(self, asker: Asker, filters: Filters, number: int = 1) -> Worklist:
        """One page of the alerts that this asker may know of, the highest level and longest waiting first."""
        desk = self.desk
        caught_up(desk)
        # who must not be known of leaves no trace, not even in the total; whatever else is ruled, is ruled for each row below
        hidden = hidden_from(desk, staff_of(desk, asker.staff))
        found, place = alerts.page(desk, filters, number, hidden, asker.staff)
        now, today = survivors(desk, {row["child"] for row in found}), london_day(desk.clock.now())
        home = self.around(asker.organisation, sorted(set(now.values())))
        with_them = families.beside(home, now.values(), today) - set(hidden)
        elsewhere = alerts.further(desk, filters, found, with_them, hidden, asker.staff)
        found = [*found, *elsewhere]
        now = survivors(desk, {row["child"] for row in found})
        pairs = families.pairs(home, now.values(), today)
        on = alert_rows.rested(desk, found)
        items = [*(alerts.codes(row) for row in found), *on.items, *map(families.item, pairs)]
        shown = look(desk, asker, items, WORKLIST)
        rows, allowed = alert_rows.listed(desk, found, on, shown, asker.staff), {one.item for one in shown.shown}
        listed = {now[row.child] for row in rows}
        known = [one for one in pairs if families.item(one).item in allowed and listed.issuperset(one)]
        family = families.groups(known)
        rows = families.gathered(rows, {child: family[stays] for child, stays in now.items() if stays in family})
        came = {row["alert"] for row in elsewhere}  # of another page: here with its family, or not at all
        rows = tuple(row for row in rows if row.family or row.alert not in came)
        return msgspec.structs.replace(place, rows=rows, families=families.families(rows))

    def newest_alert(self) -> float:
        """When an alert last came or changed (seconds since 1970), 0 for never: whether it is worth looking again."""
        newest = alerts.newest(self.desk)
        return newest.timestamp() if newest else 0.0

    def newer(self, asker: Asker, shown: float) -> int:
        """How many alerts came or changed since `shown` (seconds since 1970) that this asker may know of; a look."""
        desk = self.desk
        caught_up(desk)
        found = alerts.newer_than(
            desk, EPOCH + timedelta(seconds=shown), hidden_from(desk, staff_of(desk, asker.staff))
        )
        return len(look(desk, asker, [alerts.codes(row) for row in found], WORKLIST).shown) if found else 0

    def unplaced(self, asker: Asker) -> Sequence[UnplacedRow]:
        """Concerns that name no child, newest first, which this asker may know of: their words stay closed."""
        table = store.unplaced
        caught_up(self.desk)
        rows = self.desk.store.rows(select(table).order_by(table.c.position.desc()).limit(MOST))
        closed = unknown_to(self.desk, asker.organisation)
        rows = [row for row in rows if row["message"] not in closed]
        items = [
            ItemRef(
                item=f"unplaced:{row['message']}", category="codes", persons=(), position=row["position"],
                organisation=organisation_of(self.desk, row["organisation"]),
            )
            for row in rows
        ]  # fmt: skip
        if not items:
            return []
        allowed = {item.item for item in look(self.desk, asker, items, "unplaced").shown}
        return [
            UnplacedRow(row["message"], name_of(self.desk, row["organisation"]), row["known_at"])
            for row in rows
            if f"unplaced:{row['message']}" in allowed
        ]

    def gaps(self) -> Sequence[GapRow]:
        """Numbers that organisations sent and the hub never got, newest first. About nobody: there is nothing to rule."""
        rows = self.desk.store.rows(select(store.gap).order_by(store.gap.c.position.desc()).limit(MOST))
        return [GapRow(name_of(self.desk, r["organisation"]), r["first"], r["last"], r["known_at"]) for r in rows]

    def involved(self, asker: Asker) -> Sequence[InvolvedRow]:
        """Children whom this person works with: MASH enquiries they are on, their setting's own, a sample listed for them.

        Each is ruled as the code that it is, in one look.
        """
        desk = self.desk
        caught_up(desk)
        found = [*self._on_enquiries(asker), *self._settings_own(asker), *self._sampled(asker)][:MOST]
        items = [item for _, item in found]
        allowed = {item.item for item in look(desk, asker, items, "children").shown}
        return [row for row, item in found if item.item in allowed]

    def _on_enquiries(self, asker: Asker) -> Iterator[tuple[InvolvedRow, ItemRef]]:
        desk = self.desk
        for row in desk.store.rows(select(store.enquiry).order_by(store.enquiry.c.opened_at.desc()).limit(MOST)):
            room = enquiries.fold(
                row["enquiry"], (one.fact for one in desk.record.load(f"mash-enquiry:{row['enquiry']}"))
            )
            if asker.staff in room.team:
                made = InvolvedRow(
                    child=row["child"], reason="Part of a MASH enquiry", since=row["opened_at"],
                    enquiry=row["enquiry"], state=row["state"],
                )  # fmt: skip
                yield made, codes_of(f"enquiry:{row['enquiry']}", row["child"], row["position"])

    def _settings_own(self, asker: Asker) -> Iterator[tuple[InvolvedRow, ItemRef]]:
        desk = self.desk
        owner = organisation_of(desk, asker.organisation)
        working = working_with(desk, asker.organisation, asker.setting) if asker.setting else {}
        for child, at in working.items():
            item = codes_of(f"involvement:{child}", child, 0)
            item = msgspec.structs.replace(item, organisation=owner, setting=asker.setting, kind="involvement")
            yield InvolvedRow(child=child, reason="Your setting works with them", since=at), item

    def _sampled(self, asker: Asker) -> Iterator[tuple[InvolvedRow, ItemRef]]:
        now = self.desk.clock.now()
        for sample in samples_of(self.desk):
            if asker.staff in sample.auditors and sample.start <= now < sample.end:
                reason = f"Sample for {sample.purpose.replace('_', ' ')}"
                for child in sample.children:
                    yield (
                        InvolvedRow(child=child, reason=reason, since=sample.start),
                        codes_of(f"sample:{child}", child, 0),
                    )

    def sent(self, asker: Asker) -> Sequence[SentRow]:
        """What the asker's own organisation sent, newest first, and what became of it. At most 200; never an alert.

        A person who works for one setting sees what that setting sent. Each message is ruled, as codes about everybody
        that it speaks of, in one look.
        """
        desk = self.desk
        caught_up(desk)
        whole = "own_organisation" in groups(staff_of(desk, asker.staff).roles)
        owner = organisation_of(desk, asker.organisation)
        found = [*self._said_by(asker, owner, whole=whole), *(self._quarantined_of(owner) if whole else ())]
        allowed = {item.item for item in look(desk, asker, [item for _, item in found], "sent").shown}
        rows = [row for row, item in found if item.item in allowed]
        return sorted(rows, key=lambda one: one.received, reverse=True)[:MOST]

    def _said_by(self, asker: Asker, owner: Organisation, *, whole: bool) -> Iterator[tuple[SentRow, ItemRef]]:
        desk, said = self.desk, store.said
        query = select(said).where(said.c.organisation == owner.id).order_by(said.c.position.desc())
        before, taken = desk.record.position() + 1, 0
        became = {"corrected": "Recorded; you corrected it", "withdrawn": "Recorded; you withdrew it"}
        while taken < MOST and (rows := desk.store.rows(query.where(said.c.position < before).limit(MOST))):
            before = rows[-1]["position"]
            persons, told = self._persons_in(rows), Told(desk, owner.id, rows)
            for row in rows:
                recorded = desk.record.load(row["stream"], upto=row["version"])[-1]
                body = getattr(recorded.fact, "statement", recorded.fact)
                setting = getattr(body, "setting", None) or ""
                if taken == MOST or not (whole or (asker.setting and setting == asker.setting)):
                    continue
                taken += 1
                codes = [code for s in getattr(body, "subjects", ()) for code in s.indicators]
                made = SentRow(
                    id=row["stream"].partition(":")[2], kind=str(row["kind"]), setting=setting,
                    recorded_at=getattr(body, "recorded_at", recorded.envelope.received),
                    received=recorded.envelope.received,
                    indicators=tuple(chronology.label(c, desk.edition.vocabulary) for c in dict.fromkeys(codes)),
                    became=became.get(row["standing"], "Recorded"),
                    said=recorded.ref if may(asker.roles, "answer") and bool(getattr(body, "items", ())) else "",
                )  # fmt: skip
                made = made if row["standing"] in became else told.with_it(made)
                item = ItemRef(
                    item=f"sent:{recorded.ref}", category="codes", organisation=owner, setting=setting,
                    persons=persons.get((row["stream"], row["version"]), ()), position=row["position"],
                )  # fmt: skip
                yield made, said_of.handling(recorded.fact, desk.edition).on(item)

    def _persons_in(self, rows: Sequence[store.Row]) -> dict[tuple[str, int], tuple[str, ...]]:
        """Everybody of whom these rows speak, by stream and version."""
        about = store.said_about
        streams = sorted({row["stream"] for row in rows})
        held = self.desk.store.rows(select(about).where(about.c.stream.in_(streams)))
        whose = persons_of(self.desk, {row["source_record"] for row in held})
        found: dict[tuple[str, int], tuple[str, ...]] = {}
        for row in held:
            if person := whose.get(row["source_record"]):
                place = row["stream"], row["version"]
                found[place] = tuple(dict.fromkeys((*found.get(place, ()), person)))
        return found

    def _quarantined_of(self, owner: Organisation) -> Iterator[tuple[SentRow, ItemRef]]:
        """What lies on the organisation's own topic and could not be taken: what its headers claim proves nothing."""
        table = store.quarantine
        own = table.c.place.startswith(f"{topic_of(owner.id)}/", autoescape=True)
        query = select(table).where(own, table.c.state == "waiting").order_by(table.c.received.desc())
        for held in self.desk.store.rows(query.limit(MOST)):
            row = readable(held, ())
            made = SentRow(
                id=row["quarantine"], kind=row["kind"],
                recorded_at=row["received"], received=row["received"],
                became=f"In quarantine: {row['reason'].replace('_', ' ')}",
            )  # fmt: skip
            item = ItemRef(
                item=f"sent:{row['quarantine']}", category="codes", organisation=owner, persons=(), position=0
            )
            yield made, item

    # ------------------------------------------------------------------------------------------------ one child

    # ------------------------------------------------------------------------------------------------- the picture

    def picture(self, asker: Asker, child: str, enquiry: str) -> Picture:
        """A child as this asker may see it now; `enquiry` "" asks outside a MASH enquiry.

        Of one who was merged with another since, the picture of the one that stayed (`child` of what comes back).

        Raises NotFound for a child that is not there, and, looking just the same, for one of whom nothing may be known.
        """
        desk = self.desk
        caught_up(desk)
        child = survivor(desk, child)
        known = stamp(desk, asker)  # before anything is read: what the page says it knows, it does know
        rows = desk.store.rows(
            select(store.person).where(store.person.c.person == child, store.person.c.kind != "adult")
        )
        held = self._enquiries(child, enquiry) if enquiry else []
        if not rows or (enquiry and not held):
            look(desk, asker, [], "child_page")  # in the ledger like a look that is refused
            raise NotFound(NO_CHILD)
        spoken, described = said_of.spoken(desk, child), said_of.identity_items(desk, child)
        live = [row for row in alerts.of_child(desk, child) if row["state"] != "decided"]
        passed = passed_on(desk, child)
        on = alert_rows.rested(desk, live, {child: alert_rows.Read(spoken, passed)})
        items = [
            codes_of(f"picture:{child}", child, 0), *on.items, *(one.item for one in passed),
            *(codes_of(f"enquiry:{row['enquiry']}", child, row["position"]) for row in held),
            *described, *(i for one in spoken for i in (one.codes, *one.items)), *map(alerts.codes, live),
            *(waits := about_child(desk, asker, family(desk, child))).causes.items,
        ]  # fmt: skip
        shown = look(desk, asker, tuple(dict.fromkeys(items)), "child_page", enquiry)
        allowed = frozenset(item.item for item in shown.shown)
        there = any(not one.item.startswith(rests_on.RESTS) for one in shown.shown)
        if not (there or shown.withheld) or (enquiry and f"enquiry:{enquiry}" not in allowed):
            raise NotFound(NO_CHILD)
        known = msgspec.structs.replace(known, ledger=shown.ledger_position)
        standing = rows[0]["standing"]
        if standing == "in_review":  # of a doubt whether it is a restricted identity only its readers may know
            standing = standing_for(desk, horizon(desk, staff_of(desk, asker.staff)), rows[0])
        made = self._picture(asker, child, enquiry, known, standing, spoken, described, live, on, shown)
        beside = [one.entry for one in passed if one.item.item in allowed]  # of siblings, adults and the household
        silent = waits.told(allowed) if made.whole else ()
        made = msgspec.structs.replace(made, coverage=pointed(made.coverage, passed, allowed), silent=silent)
        if not beside:
            return made
        entries = sorted((*made.chronology, *beside), key=lambda one: one.occurred.start, reverse=True)
        return msgspec.structs.replace(made, chronology=tuple(entries))

    def as_lines(self, asker: Asker, child: str, enquiry: str = "") -> Chronology:
        """The lines of a child's picture as they leave the hub: codes and times.

        Raises NotPermitted, NotFound, Refused while the asker has broken the glass for this child (N11).
        """
        permitted(self.desk, asker, "picture")
        if glass_broken(self.desk, asker.staff, child):
            raise Refused(
                "Nothing leaves the hub under break-glass: read it on the child's page until that ends", "child"
            )
        return chronology_of(self.picture(asker, child, enquiry))

    def _picture(
        self, asker: Asker, child: str, enquiry: str, known: Stamp, standing: str, spoken: Sequence[said_of.Spoken],
        described: Sequence[ItemRef], live: Sequence[store.Row], on: alert_rows.Rested,
        shown: Disclosed,
    ) -> Picture:  # fmt: skip
        desk = self.desk
        records = records_of(desk, [child])[child]
        told = [(one, made) for one in spoken if (made := chronology.entry(desk, one, shown, records)) is not None]
        entries = involved.again(told)
        allowed = frozenset(item.item for item in shown.shown)
        history = self._enquiries(child)
        last = next((row for row in history if row["level"]), None)
        now = level_now(
            desk, family(desk, child)
        )  # a step that was accepted since counts more than a decision before it
        level = now.level if now.by.startswith("help:") else last["level"] if last else None
        state: Literal["", "open", "decided"] = next((row["state"] for row in history if row["enquiry"] == enquiry), "")
        whole = f"picture:{child}" in allowed  # who has been heard, consent and level are codes about the child too
        level_page, plan_page = finds_help(desk, asker, child, knows=whole)
        return Picture(
            child=child, stamp=known, whole=whole, may_see_level=level_page, may_see_plan=plan_page,
            standing=standing.replace("_", " "),
            enquiry=enquiry, enquiry_state=state, identity=identity_lines(desk, described, shown),
            level=alerts.level_words(desk, level if whole else None),
            legal_status=tuple(e.title for e in entries if e.kind == "status"),
            consent=consents.lines(desk, child) if whole else (),
            coverage=coverage_of(desk, spoken, child, shown, enquiry, reasons=may(asker.roles, "screen")) if whole else (),
            chronology=entries, involved=involved.summary(told, london_day(desk.clock.now())),
            suggestions=(
                *alert_rows.suggestions(desk, live, on, allowed),
                *(alert_rows.told_nobody(desk, on.open_to(child, allowed)) if whole else ()),
            ),
            withheld=withheld(self.desk, shown),
            warnings=chronology.warnings(desk, spoken, allowed),
            may_open_enquiry=may(asker.roles, "open_enquiry"),
            may_decide=state == "open" and may(asker.roles, "decide"),
            may_ask_release=state == "open" and may(asker.roles, "screen"),
            may_see_ledger=may(asker.roles, "audit_ledger"), may_decide_identity=may(asker.roles, "identity"),
            may_record_consent=may(asker.roles, "consent"),
            may_ask_override=may(asker.roles, "override"), may_break_glass=may(asker.roles, "break_glass"),
        )  # fmt: skip

    def _enquiries(self, child: str, enquiry: str = "") -> list[store.Row]:
        table = store.enquiry
        query = select(table).where(table.c.child.in_(family(self.desk, child))).order_by(table.c.opened_at.desc())
        return self.desk.store.rows(query.where(table.c.enquiry == enquiry) if enquiry else query)

    def may_enter(self, asker: Asker) -> None:
        """Raises NotPermitted unless this person may enter a contact for a caller now: who left may not."""
        permitted(self.desk, asker, "enter_contact")

    # --------------------------------------------------------------------------------------------------- in doubt

    def standing(self, child: str) -> tuple[str, ...]:
        """Who a child in review may turn out to be: ids only; () for an established one."""
        return candidates(self.desk, child)

    def counts(self) -> dict[str, int]:
        """How many persons there are, by standing: for the summary of a run."""
        table = store.person
        query = select(table.c.standing, func.count().label("number")).where(
            table.c.kind != "adult", table.c.merged_into == ""
        )
        return {row["standing"]: int(row["number"]) for row in self.desk.store.rows(query.group_by(table.c.standing))}
