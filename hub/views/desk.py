"""The hub, seen from a page: each question on behalf of a person, each answer in view models.

Whatever names or describes anybody came through `look` (flow/disclose.py); the rest is codes of the views.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Literal

import msgspec
from msgspec import Struct
from sqlalchemy import func, select

from hub.domain.agency import topic_of
from hub.domain.coverage import Asked, coverage
from hub.domain.enquiry import ACTIONS, GROUNDS, OUTCOMES, Decide, EnquiryDecided, EnquiryOpened, OpenEnquiry
from hub.domain.errors import NotFound, NotPermitted
from hub.domain.reasons import day_words
from hub.domain.sharing import Organisation, Purpose
from hub.domain.staff import ROLES, Permission, groups, may
from hub.flow.act import Act
from hub.flow.disclose import Disclosed, ItemRef, ref
from hub.views import alerts, chronology, store
from hub.views.asking import (
    HUB,
    Desk,
    candidates,
    caught_up,
    family,
    look,
    name_of,
    organisation_of,
    permitted,
    persons_of,
    records_of,
    samples_of,
    staff_of,
    stamp,
    statements,
    survivor,
    working_with,
)
from hub.views.audit import readable
from hub.views.homes import passed_on
from hub.views.horizon import horizon
from hub.views.in_review import standing_for
from hub.views.models import (
    Asker,
    Choice,
    Coverage,
    DecisionMade,
    EnquiryView,
    Filters,
    GapRow,
    InvolvedRow,
    Line,
    Options,
    Picture,
    SentRow,
    Stamp,
    UnplacedRow,
    Withheld,
    Worklist,
    WorklistRow,
)

MOST = 200
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
WORKLIST = "worklist"  # the reason of a look at the worklist, also of one that only counts
NO_CHILD = "no such child, or none that you may know of"
NO_ENQUIRY = "no such MASH enquiry, or none that you may know of"


class Answers(Struct, frozen=True):
    """What pages about children and MASH enquiries ask."""

    desk: Desk
    act: Callable[[], Act]

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
        # their own family leaves no trace, not even in the total; whatever else is ruled, is ruled for each row below
        found, place = alerts.page(desk, filters, number, staff_of(desk, asker.staff).related)
        shown = look(desk, asker, [alerts.codes(row) for row in found], WORKLIST)
        return msgspec.structs.replace(place, rows=alerts.listed(desk, found, shown))

    def waiting_for(self, asker: Asker, child: str) -> Sequence[WorklistRow]:
        """The open alerts about one child, for who is about to open a MASH enquiry. Raises NotFound."""
        desk = self.desk
        caught_up(desk)
        child = survivor(desk, child)
        found = [row for row in alerts.of_child(desk, child) if row["state"] == "open"]
        _, shown = self._may_know(asker, child, "enquiry_new", [alerts.codes(row) for row in found])
        return alerts.listed(desk, found, shown)

    def newest_alert(self) -> float:
        """When an alert last came or changed (seconds since 1970), 0 for never: whether it is worth looking again."""
        newest = alerts.newest(self.desk)
        return newest.timestamp() if newest else 0.0

    def newer(self, asker: Asker, shown: float) -> int:
        """How many alerts came or changed since `shown` (seconds since 1970) that this asker may know of; a look."""
        desk = self.desk
        caught_up(desk)
        found = alerts.newer_than(desk, EPOCH + timedelta(seconds=shown), staff_of(desk, asker.staff).related)
        return len(look(desk, asker, [alerts.codes(row) for row in found], WORKLIST).shown) if found else 0

    def unplaced(self, asker: Asker) -> Sequence[UnplacedRow]:
        """Concerns that name no child, newest first, which this asker may know of: their words stay closed."""
        table = store.unplaced
        caught_up(self.desk)
        rows = self.desk.store.rows(select(table).order_by(table.c.position.desc()).limit(MOST))
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
            opened = desk.record.load(f"mash-enquiry:{row['enquiry']}", upto=1)[0].fact
            if isinstance(opened, EnquiryOpened) and asker.staff in opened.team:
                made = InvolvedRow(
                    child=row["child"], reason="Part of a MASH enquiry", since=row["opened_at"],
                    enquiry=row["enquiry"], state=row["state"],
                )  # fmt: skip
                yield made, _codes_of(f"enquiry:{row['enquiry']}", row["child"], row["position"])

    def _settings_own(self, asker: Asker) -> Iterator[tuple[InvolvedRow, ItemRef]]:
        desk = self.desk
        owner = organisation_of(desk, asker.organisation)
        working = working_with(desk, asker.organisation, asker.setting) if asker.setting else {}
        for child, at in working.items():
            item = _codes_of(f"involvement:{child}", child, 0)
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
                        _codes_of(f"sample:{child}", child, 0),
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
            persons = self._persons_in(rows)
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
                )  # fmt: skip
                item = ItemRef(
                    item=f"sent:{recorded.ref}", category="codes", organisation=owner, setting=setting,
                    persons=persons.get((row["stream"], row["version"]), ()), position=row["position"],
                )  # fmt: skip
                yield made, chronology.handling(recorded.fact, desk.edition).on(item)

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

    def _may_know(
        self, asker: Asker, child: str, reason: str, items: Sequence[ItemRef] = (), enquiry: str = ""
    ) -> tuple[store.Row, Disclosed]:
        """Look at these items and at that the hub holds a picture of this child; the child's row, and what is shown.

        Raises NotFound unless the latter is allowed. To who may not know, and to the ledger, a look at nobody is a look
        too: a child that there is not and one that may not be known differ in nothing that the asker can see.
        """
        desk = self.desk
        caught_up(desk)
        rows = desk.store.rows(
            select(store.person).where(store.person.c.person == child, store.person.c.kind != "adult")
        )
        about = [_codes_of(f"picture:{child}", child, 0), *items] if rows else []
        shown = look(desk, asker, about, reason, enquiry)
        if not any(item.item == f"picture:{child}" for item in shown.shown):
            raise NotFound(NO_CHILD)
        return rows[0], shown

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
        spoken, described = chronology.spoken(desk, child), chronology.identity_items(desk, child)
        live = [row for row in alerts.of_child(desk, child) if row["state"] != "decided"]
        passed = passed_on(desk, child)
        items = [
            _codes_of(f"picture:{child}", child, 0), *(one.item for one in passed),
            *(_codes_of(f"enquiry:{row['enquiry']}", child, row["position"]) for row in held),
            *described, *(i for one in spoken for i in (one.codes, *one.items)), *map(alerts.codes, live),
        ]  # fmt: skip
        shown = look(desk, asker, items, "child_page", enquiry)
        allowed = frozenset(item.item for item in shown.shown)
        if not (shown.shown or shown.withheld) or (enquiry and f"enquiry:{enquiry}" not in allowed):
            raise NotFound(NO_CHILD)
        known = msgspec.structs.replace(known, ledger=shown.ledger_position)
        standing = rows[0]["standing"]
        if standing == "in_review":  # of a doubt whether it is a restricted identity only its readers may know
            standing = standing_for(desk, horizon(desk, staff_of(desk, asker.staff)), rows[0])
        made = self._picture(asker, child, enquiry, known, standing, spoken, described, live, shown)
        beside = [one.entry for one in passed if one.item.item in allowed]  # of siblings, adults and the household
        if not beside:
            return made
        entries = sorted((*made.chronology, *beside), key=lambda one: one.occurred.start, reverse=True)
        return msgspec.structs.replace(made, chronology=tuple(entries))

    def _picture(
        self, asker: Asker, child: str, enquiry: str, known: Stamp, standing: str, spoken: Sequence[chronology.Spoken],
        described: Sequence[ItemRef], live: Sequence[store.Row], shown: Disclosed,
    ) -> Picture:  # fmt: skip
        desk = self.desk
        records = records_of(desk, [child])[child]
        entries = tuple(made for one in spoken if (made := chronology.entry(desk, one, shown, records)) is not None)
        allowed = frozenset(item.item for item in shown.shown)
        history = self._enquiries(child)
        last = next((row for row in history if row["level"]), None)
        state: Literal["", "open", "decided"] = next((row["state"] for row in history if row["enquiry"] == enquiry), "")
        whole = f"picture:{child}" in allowed  # who has been heard, consent and level are codes about the child too
        return Picture(
            child=child, stamp=known, standing=standing.replace("_", " "),
            enquiry=enquiry, enquiry_state=state, identity=_identity(desk, described, shown),
            level=alerts.level_words(desk, last["level"] if last and whole else None),
            legal_status=tuple(e.title for e in entries if e.kind == "status"),
            consent=self._consent(child) if whole else (), coverage=self._coverage(spoken) if whole else (),
            chronology=entries, suggestions=alerts.suggestions(desk, live, allowed),
            withheld=self._withheld(shown),
            warnings=chronology.warnings(desk, spoken, allowed),
            may_open_enquiry=may(asker.roles, "open_enquiry"),
            may_decide=state == "open" and may(asker.roles, "decide"),
            may_see_ledger=may(asker.roles, "audit_ledger"), may_decide_identity=may(asker.roles, "identity"),
        )  # fmt: skip

    def _enquiries(self, child: str, enquiry: str = "") -> list[store.Row]:
        table = store.enquiry
        query = select(table).where(table.c.child.in_(family(self.desk, child))).order_by(table.c.opened_at.desc())
        return self.desk.store.rows(query.where(table.c.enquiry == enquiry) if enquiry else query)

    def _consent(self, child: str) -> tuple[Line, ...]:
        said = statements(self.desk, records_of(self.desk, [child])).get(child, ())
        return tuple(
            Line(
                "Consent to share" if one.fact.about == "consent_to_share" else "Agreement to a service",
                f"{one.fact.state.replace('_', ' ')}, as {one.fact.organisation} recorded",
            )
            for one in said
        )

    def _coverage(self, spoken: Sequence[chronology.Spoken]) -> tuple[Coverage, ...]:
        """Every party to the protocol in one of six states: an organisation that said nothing was not asked, and says so."""
        parties = [o for o in self.desk.register().organisations.values() if o.party and not o.may_enter_for_others]
        heard: dict[tuple[str, str], datetime] = {}
        asked: dict[tuple[str, str], Asked] = {}
        for one in spoken:
            organisation = one.codes.organisation.id, ""
            known_at = one.recorded.envelope.known_at
            result = getattr(one.recorded.fact, "result", None)
            if result is not None:
                reason = getattr(one.recorded.fact, "refusal_reason", None) or ""
                asked[organisation] = Asked(known_at, result, reason)
            if result in {None, "provided"}:
                heard[organisation] = max(known_at, heard.get(organisation, known_at))
        known = [(o.organisation, "") for o in parties]
        silent = {party: "nobody has asked yet" for party in known if party not in heard and party not in asked}
        states = coverage(known, heard=heard, asked=asked, not_asked=silent, withheld={})
        return tuple(
            Coverage(
                organisation=o.name, sector=o.sector.replace("_", " "), state=one.state,
                reason=one.reason.replace("_", " "), last_heard=one.last_heard,
            )
            for o, one in zip(parties, states, strict=True)
        )  # fmt: skip

    # -------------------------------------------------------------------------------------------- the MASH enquiry

    def open_enquiry(self, asker: Asker, command: OpenEnquiry) -> str:
        """Open a MASH enquiry and return its id. Raises Refused naming the field, NotPermitted, NotFound.

        Who may not know of this child (their own family's above all) cannot open one, nor can anybody about an adult.
        """
        self._own_act(asker, "open_enquiry", command.by)
        caught_up(self.desk)
        self._may_know(asker, survivor(self.desk, command.child), "enquiry_opening")
        return self.act().open_enquiry(command)

    def may_enter(self, asker: Asker) -> None:
        """Raises NotPermitted unless this person may enter a contact for a caller now: who left may not."""
        permitted(self.desk, asker, "enter_contact")

    def _own_act(self, asker: Asker, permission: Permission, by: str) -> None:
        """Raises NotPermitted unless the register lets this person do it now, in their own name."""
        permitted(self.desk, asker, permission)
        if by != asker.staff or not may(asker.roles, permission):
            raise NotPermitted("a person acts in their own name, in a role that they hold")

    def enquiry(self, asker: Asker, enquiry: str, seen: int) -> EnquiryView:
        """A MASH enquiry, with what came in after position `seen` (0 for none asked).

        Raises NotFound for one that is not there, or of which this asker may not know: it is a code about the child.
        """
        desk = self.desk
        caught_up(desk)
        known = stamp(desk, asker)  # before anything is read: a decision names it as what was seen
        history = desk.record.load(f"mash-enquiry:{enquiry}")
        if not history or not isinstance(history[0].fact, EnquiryOpened):
            look(desk, asker, [], "enquiry_page")  # in the ledger like a look that is refused
            raise NotFound(NO_ENQUIRY)
        opened, ended = history[0].fact, history[-1].fact
        child, decided = survivor(desk, opened.child), ended if isinstance(ended, EnquiryDecided) else None
        rows = [
            row for row in alerts.of_child(desk, child) if row["alert"] in opened.alerts or row["state"] != "decided"
        ]
        described, spoken = chronology.identity_items(desk, child), chronology.spoken(desk, child)
        own = [
            ref(sealed, tuple(persons_of(desk, sealed.about).values()), HUB, one.position)
            for one in history
            for sealed in getattr(one.fact, "items", ())
        ]
        # a decided enquiry is a closed room: it opens for child protection alone, and the ledger says so
        purpose: Purpose | None = "child_protection" if decided and may(asker.roles, "worklist") else None
        itself = _codes_of(f"enquiry:{enquiry}", child, history[0].position)
        asked = [one.codes for _, one in chronology.not_to_be_discussed(desk, spoken)]
        items = [itself, *described, *own, *asked, *map(alerts.codes, rows)]
        shown = look(desk, asker, items, "enquiry_page", enquiry, purpose)
        allowed = frozenset(item.item for item in shown.shown)
        if itself.item not in allowed:  # everything below that is not ruled by itself rests on this
            raise NotFound(NO_ENQUIRY)
        words = {item.item: item.words for item in shown.shown}
        due = min(alerts.clocks(desk, rows).values(), default=None)
        news = self._news(child, seen) if seen else ()
        return EnquiryView(
            enquiry=enquiry, child=child, stamp=msgspec.structs.replace(known, ledger=shown.ledger_position),
            state="decided" if decided else "open", ground=GROUNDS[opened.ground],
            opened_at=history[0].envelope.known_at, opened_by=self._who(opened.opened_by),
            reason=_word(history[0].fact, words, "reason"), identity=_identity(desk, described, shown), clock_due=due,
            overdue=due is not None and decided is None and due < desk.clock.now(),
            suggestions=alerts.suggestions(desk, rows, allowed), coverage=self._coverage(spoken),
            decision=self._decision(history[-1].envelope.known_at, decided, words, history[-1].envelope.edition)
            if decided
            else None,
            levels=tuple(Choice(str(one.number), one.name, one.descriptor) for one in desk.edition.continuum.levels),
            news=news, withheld=self._withheld(shown), warnings=chronology.warnings(desk, spoken, allowed),
            may_decide=decided is None and may(asker.roles, "decide"),
        )  # fmt: skip

    def decide(self, asker: Asker, enquiry: str, command: Decide) -> None:
        """Decide it. Raises Refused naming the field, Stale when something came in after `seen_position`.

        Raises NotPermitted and NotFound as opening one does.
        """
        self._own_act(asker, "decide", command.by)
        child = next((survivor(self.desk, row["child"]) for row in self._enquiry_rows(enquiry)), "")
        self._may_know(asker, child, "enquiry_decision", enquiry=enquiry if child else "")
        state, _ = self.act().enquiry(enquiry)
        live = [row for row in alerts.of_child(self.desk, state.child) if row["alert"] in state.alerts]
        suggested = max((row["level"] for row in live), default=None)
        self.act().decide(enquiry, command, self.desk.edition.continuum.numbers, suggested)

    def _enquiry_rows(self, enquiry: str) -> list[store.Row]:
        caught_up(self.desk)
        return self.desk.store.rows(select(store.enquiry).where(store.enquiry.c.enquiry == enquiry))

    def _withheld(self, shown: Disclosed) -> tuple[Withheld, ...]:
        """What is not shown and may be mentioned: with class, owner and rule, or as a number alone."""
        found = []
        for one in shown.withheld:
            if one.shown_as == "reason":
                what = chronology.words_for(one.category) + (f" ({one.items} items)" if one.items > 1 else "")
                owner = name_of(self.desk, one.organisation)
                found.append(Withheld(what, owner, "By the sharing policies", one.policies))
            else:
                found.append(Withheld(f"{one.items} items" if one.items > 1 else "1 item", "", "Withheld by rule"))
        return tuple(found)

    def _who(self, staff: str) -> str:
        """A member of staff as a page names them: by role and id; the register holds no names."""
        roles = staff_of(self.desk, staff).roles
        return f"{', '.join(ROLES[role].title for role in roles) or 'Somebody who left'} ({staff})"

    def _news(self, child: str, seen: int) -> tuple[str, ...]:
        vocabulary = self.desk.edition.vocabulary
        everybody = family(self.desk, child)
        new = sorted(
            (one for each in everybody for one in self.desk.record.load(f"child:{each}") if one.position > seen),
            key=lambda one: one.position,
        )
        found = []
        for one in reversed(new):
            signal = getattr(one.fact, "signal", None)
            if signal is None:
                found.append("Something that counted was taken back")
            else:
                labels = "; ".join(chronology.label(code, vocabulary) for code in signal.indicators) or signal.kind
                found.append(f"{name_of(self.desk, signal.organisation)}: {labels}")
        return tuple(found)

    def _decision(
        self, at: datetime, fact: EnquiryDecided, words: dict[str, dict[str, str | int | float]], edition: str
    ) -> DecisionMade:
        return DecisionMade(
            level=alerts.level_words(self.desk, fact.level), agrees=fact.agrees, outcome=OUTCOMES[fact.outcome],
            actions=tuple(ACTIONS[one] for one in fact.actions),
            family_told="Yes" if fact.family_told else "No: " + _word(fact, words, "why_not_told"),
            reason=_word(fact, words, "reason"), by=self._who(fact.decided_by), decided_at=at, seen_position=fact.seen_position,
            edition=edition,
        )  # fmt: skip

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


def _identity(desk: Desk, described: Sequence[ItemRef], shown: Disclosed) -> tuple[Line, ...]:
    """How organisations describe the child: each value once, with who says so."""
    opened = {item.item: item for item in shown.shown}
    said: dict[tuple[str, str], list[str]] = {}
    for item in described:
        told = opened.get(item.item)
        for name, value in (told.words if told else {}).items():
            by = said.setdefault((name, str(value)), [])
            if item.organisation.id not in by:
                by.append(item.organisation.id)
    order = list(chronology.LABELS)
    lines = sorted(said.items(), key=lambda one: order.index(one[0][0]) if one[0][0] in order else len(order))
    return tuple(
        Line(
            chronology.LABELS.get(name, name), f"{_as_day(name, value)} ({', '.join(name_of(desk, one) for one in by)})"
        )
        for (name, value), by in lines
    )


def _as_day(name: str, value: str) -> str:
    """A date as people write it; any other value as it is."""
    return day_words(date.fromisoformat(value)) if name in {"birth_date", "expected_date"} else value


def _codes_of(item: str, child: str, position: int) -> ItemRef:
    """Something that the hub holds about a child, as a code to rule on: that there is a picture, an enquiry, a sample."""
    return ItemRef(item=item, category="codes", organisation=HUB, persons=(child,), position=position)


def _word(fact: object, words: dict[str, dict[str, str | int | float]], name: str) -> str:
    return next((str(words[s.item].get(name, "")) for s in getattr(fact, "items", ()) if s.item in words), "")
