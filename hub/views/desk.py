"""The hub, seen from a page: each question on behalf of a person, each answer in view models.

Whatever names or describes anybody came through `look` (flow/disclose.py); the rest is codes of the views.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Literal

from msgspec import Struct
from sqlalchemy import func, select

from hub.domain.coverage import Asked, coverage
from hub.domain.enquiry import ACTIONS, GROUNDS, OUTCOMES, Decide, EnquiryDecided, EnquiryOpened, OpenEnquiry
from hub.domain.errors import NotFound, NotPermitted
from hub.domain.reasons import day_words
from hub.domain.sharing import Purpose
from hub.domain.staff import ROLES, may
from hub.flow.act import Act
from hub.flow.disclose import Disclosed, ItemRef, ref
from hub.views import alerts, chronology, store
from hub.views.asking import (
    HUB,
    Desk,
    candidates,
    look,
    name_of,
    organisation_of,
    persons_of,
    records_of,
    samples_of,
    staff_of,
    stamp,
    statements,
    working_with,
)
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
    WorklistRow,
)

MOST = 200


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

    def worklist(self, asker: Asker, filters: Filters) -> Sequence[WorklistRow]:
        """Alerts that this asker may know of, the highest level and longest waiting first."""
        found = alerts.rows(self.desk, filters)
        shown = look(self.desk, asker, [alerts.codes(row) for row in found], "worklist")
        return alerts.worklist(self.desk, found, shown, filters)

    def unplaced(self, asker: Asker) -> Sequence[UnplacedRow]:
        """Concerns that name no child, newest first, which this asker may know of: their words stay closed."""
        table = store.unplaced
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
        """Children whom this person works with: MASH enquiries they are on, their setting's own, a sample listed for them."""
        desk, now = self.desk, self.desk.clock.now()
        found = []
        for row in desk.store.rows(select(store.enquiry).order_by(store.enquiry.c.opened_at.desc()).limit(MOST)):
            opened = desk.record.load(f"mash-enquiry:{row['enquiry']}", upto=1)[0].fact
            if isinstance(opened, EnquiryOpened) and asker.staff in opened.team:
                found.append(
                    InvolvedRow(
                        child=row["child"], reason="Part of a MASH enquiry", since=row["opened_at"],
                        enquiry=row["enquiry"], state=row["state"],
                    )
                )  # fmt: skip
        if asker.setting:
            working = working_with(desk, asker.organisation, asker.setting).items()
            found += [
                InvolvedRow(child=child, reason="Your setting works with them", since=at) for child, at in working
            ]
        for sample in samples_of(desk):
            if asker.staff in sample.auditors and sample.start <= now < sample.end:
                reason = f"Sample for {sample.purpose.replace('_', ' ')}"
                found += [InvolvedRow(child=child, reason=reason, since=sample.start) for child in sample.children]
        return found[:MOST]

    def sent(self, asker: Asker) -> Sequence[SentRow]:
        """What the asker's own organisation sent, newest first, and what became of it. At most 200; never an alert."""
        said, table = store.said, store.quarantine
        rows = self.desk.store.rows(
            select(said).where(said.c.organisation == asker.organisation).order_by(said.c.position.desc()).limit(MOST)
        )
        found = []
        for row in rows:
            recorded = self.desk.record.load(row["stream"], upto=row["version"])[-1]
            body = getattr(recorded.fact, "statement", recorded.fact)
            codes = [code for s in getattr(body, "subjects", ()) for code in s.indicators]
            became = {"corrected": "Recorded; you corrected it", "withdrawn": "Recorded; you withdrew it"}
            found.append(
                SentRow(
                    id=row["stream"].partition(":")[2], kind=str(row["kind"]),
                    setting=getattr(body, "setting", None) or "",
                    recorded_at=getattr(body, "recorded_at", recorded.envelope.received),
                    received=recorded.envelope.received,
                    indicators=tuple(chronology.label(c, self.desk.edition.vocabulary) for c in dict.fromkeys(codes)),
                    became=became.get(row["standing"], "Recorded"),
                )
            )  # fmt: skip
        waiting = select(table).where(table.c.source == asker.organisation, table.c.state == "waiting")
        found += [
            SentRow(
                id=row["quarantine"], kind=row["kind"], recorded_at=row["received"], received=row["received"],
                became=f"In quarantine: {row['reason'].replace('_', ' ')}",
            )
            for row in self.desk.store.rows(waiting.limit(MOST))
        ]  # fmt: skip
        return sorted(found, key=lambda one: one.received, reverse=True)[:MOST]

    # ------------------------------------------------------------------------------------------------- the picture

    def picture(self, asker: Asker, child: str, enquiry: str) -> Picture:
        """A child as this asker may see it now; `enquiry` "" asks outside a MASH enquiry.

        Raises NotFound for a child that is not there, and, looking just the same, for one of whom nothing may be known.
        """
        desk = self.desk
        rows = desk.store.rows(select(store.person).where(store.person.c.person == child))
        if not rows or rows[0]["kind"] == "adult":
            raise NotFound("no such child, or none that you may know of")
        if enquiry and not self._enquiries(child, enquiry):
            raise NotFound("no such MASH enquiry about this child")
        spoken, described = chronology.spoken(desk, child), chronology.identity_items(desk, child)
        live = [row for row in alerts.of_child(desk, child) if row["state"] != "decided"]
        items = [*described, *(i for one in spoken for i in (one.codes, *one.items)), *map(alerts.codes, live)]
        shown = look(desk, asker, items, "child_page", enquiry)
        if not shown.shown and not shown.withheld:
            raise NotFound("no such child, or none that you may know of")
        return self._picture(asker, child, enquiry, rows[0]["standing"], spoken, described, live, shown)

    def _picture(
        self, asker: Asker, child: str, enquiry: str, standing: str, spoken: Sequence[chronology.Spoken],
        described: Sequence[ItemRef], live: Sequence[store.Row], shown: Disclosed,
    ) -> Picture:  # fmt: skip
        desk = self.desk
        records = records_of(desk, [child])[child]
        entries = tuple(made for one in spoken if (made := chronology.entry(desk, one, shown, records)) is not None)
        allowed = frozenset(item.item for item in shown.shown)
        history = self._enquiries(child)
        last = next((row for row in history if row["level"]), None)
        state: Literal["", "open", "decided"] = next((row["state"] for row in history if row["enquiry"] == enquiry), "")
        mash = may(asker.roles, "worklist")
        return Picture(
            child=child, stamp=stamp(desk, asker, shown.ledger_position), standing=standing.replace("_", " "),
            enquiry=enquiry, enquiry_state=state, identity=_identity(desk, described, shown),
            level=alerts.level_words(desk, last["level"] if last and mash else None),
            legal_status=tuple(e.title for e in entries if e.kind == "status"),
            consent=self._consent(child) if mash else (), coverage=self._coverage(child) if mash else (),
            chronology=entries, suggestions=alerts.suggestions(desk, live, allowed), withheld=self._withheld(shown),
            may_open_enquiry=may(asker.roles, "open_enquiry"),
            may_decide=state == "open" and may(asker.roles, "decide"),
            may_see_ledger=may(asker.roles, "audit_ledger"),
        )  # fmt: skip

    def _enquiries(self, child: str, enquiry: str = "") -> list[store.Row]:
        table = store.enquiry
        query = select(table).where(table.c.child == child).order_by(table.c.opened_at.desc())
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

    def _coverage(self, child: str) -> tuple[Coverage, ...]:
        """Every party to the protocol in one of six states: an organisation that said nothing was not asked, and says so."""
        parties = [o for o in self.desk.register().organisations.values() if o.party and not o.may_enter_for_others]
        heard: dict[tuple[str, str], datetime] = {}
        asked: dict[tuple[str, str], Asked] = {}
        for one in chronology.spoken(self.desk, child):
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
        """Open a MASH enquiry and return its id. Raises Refused naming the field, NotPermitted, NotFound."""
        if not may(asker.roles, "open_enquiry"):
            raise NotPermitted("opening a MASH enquiry is for MASH staff")
        return self.act().open_enquiry(command)

    def enquiry(self, asker: Asker, enquiry: str, seen: int) -> EnquiryView:
        """A MASH enquiry, with what came in after position `seen` (0 for none asked). Raises NotFound."""
        desk = self.desk
        history = desk.record.load(f"mash-enquiry:{enquiry}")
        if not history or not isinstance(history[0].fact, EnquiryOpened):
            raise NotFound("no such MASH enquiry")
        opened, ended = history[0].fact, history[-1].fact
        child, decided = opened.child, ended if isinstance(ended, EnquiryDecided) else None
        rows = [
            row for row in alerts.of_child(desk, child) if row["alert"] in opened.alerts or row["state"] != "decided"
        ]
        described = chronology.identity_items(desk, child)
        own = [
            ref(sealed, tuple(persons_of(desk, sealed.about).values()), HUB, one.position)
            for one in history
            for sealed in getattr(one.fact, "items", ())
        ]
        # a decided enquiry is a closed room: it opens for child protection alone, and the ledger says so
        purpose: Purpose | None = "child_protection" if decided and may(asker.roles, "worklist") else None
        items = [*described, *own, *map(alerts.codes, rows)]
        shown = look(desk, asker, items, "enquiry_page", enquiry, purpose)
        allowed = frozenset(item.item for item in shown.shown)
        if not allowed:
            raise NotFound("no such MASH enquiry")
        words = {item.item: item.words for item in shown.shown}
        due = min(alerts.clocks(desk, rows).values(), default=None)
        news = self._news(child, seen) if seen else ()
        return EnquiryView(
            enquiry=enquiry, child=child, stamp=stamp(desk, asker, shown.ledger_position),
            state="decided" if decided else "open", ground=GROUNDS[opened.ground],
            opened_at=history[0].envelope.known_at, opened_by=self._who(opened.opened_by),
            reason=_word(history[0].fact, words, "reason"), identity=_identity(desk, described, shown), clock_due=due,
            overdue=due is not None and decided is None and due < desk.clock.now(),
            suggestions=alerts.suggestions(desk, rows, allowed), coverage=self._coverage(child),
            decision=self._decision(history[-1].envelope.known_at, decided, words, history[-1].envelope.edition)
            if decided
            else None,
            levels=tuple(Choice(str(one.number), one.name, one.descriptor) for one in desk.edition.continuum.levels),
            news=news, withheld=self._withheld(shown), may_decide=decided is None and may(asker.roles, "decide"),
        )  # fmt: skip

    def decide(self, asker: Asker, enquiry: str, command: Decide) -> None:
        """Decide it. Raises Refused naming the field, Stale when something came in after `seen_position`."""
        if not may(asker.roles, "decide"):
            raise NotPermitted("deciding a MASH enquiry is for decision makers")
        state, _ = self.act().enquiry(enquiry)
        live = [row for row in alerts.of_child(self.desk, state.child) if row["alert"] in state.alerts]
        suggested = max((row["level"] for row in live), default=None)
        self.act().decide(enquiry, command, self.desk.edition.continuum.numbers, suggested)

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
        new = [one for one in self.desk.record.load(f"child:{child}") if one.position > seen]
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
        query = select(table.c.standing, func.count().label("number")).where(table.c.kind != "adult")
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


def _word(fact: object, words: dict[str, dict[str, str | int | float]], name: str) -> str:
    return next((str(words[s.item].get(name, "")) for s in getattr(fact, "items", ()) if s.item in words), "")
