"""A MASH enquiry as its page shows it: the room as a whole, and each child in it with what was decided.

One look, in which every item is ruled; what is about one child only is worded from what that look allowed.
"""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from hub.domain import enquiry as enquiries
from hub.domain.clocks import grade as grade_for
from hub.domain.decision import MANAGERS, REFERRALS
from hub.domain.enquiry import (
    ACTIONS,
    FRONT_DOOR,
    GROUNDS,
    OUTCOMES,
    PART_ENDED,
    RED,
    SEEN,
    VIEWS,
    Answered,
    ClosingProposed,
    Enquiry,
    EnquiryDecided,
    EnquiryOpened,
    EnquiryRung,
    HandOverOffered,
)
from hub.domain.errors import NotFound
from hub.domain.fact import Recorded
from hub.domain.holding import grades_of
from hub.domain.moments import london_day
from hub.domain.sharing import Purpose
from hub.domain.signal import Signal
from hub.domain.staff import ROLES, StaffRegistered, may
from hub.flow.disclose import Disclosed, ref
from hub.views import alert_rows, alerts, chronology, said_of
from hub.views.asking import look, stamp
from hub.views.at_it import accepted
from hub.views.desk import HUB, Desk, caught_up, name_of
from hub.views.enquiring import NO_ENQUIRY, Enquiring, clock_of, folded, room_item
from hub.views.holders import of_the_front_door, team_of
from hub.views.homes import passed_on
from hub.views.members import staff_of
from hub.views.models import Asker, Choice, Line, Suggestion
from hub.views.models.enquiry import (
    ChildInEnquiry,
    DecisionMade,
    EnquiryView,
    EvidenceRead,
    GradeRow,
    OpenItem,
    PlanRow,
    TeamRow,
)
from hub.views.pointing import pointed
from hub.views.referrals import re_referral
from hub.views.telling import coverage_of, identity_lines, who, withheld, word
from hub.views.who_is_who import family, persons_of, records_of, survivors

ANYBODY = "The front door: whoever takes it first"
Words = dict[str, dict[str, str | int | float]]


def enquiry_view(asked: Enquiring, asker: Asker, enquiry: str, seen: int, child: str = "") -> EnquiryView:
    """A MASH enquiry, with `child` in focus (the first undecided one where "" is given), and what came in about that one
    after position `seen` (0 for none asked).

    Raises NotFound for one that is not there, or where this asker may not know of one of its children: it is a code about
    every one of them.
    """
    desk = asked.desk
    caught_up(desk)
    known = stamp(desk, asker)  # before anything is read: a decision names it as what was seen
    state, history = folded(desk, enquiry)
    opened = history[0] if history else None
    if opened is None or not isinstance(opened.fact, EnquiryOpened):
        look(desk, asker, [], "enquiry_page")  # in the ledger like a look that is refused
        raise NotFound(NO_ENQUIRY)
    now = survivors(desk, state.children)
    children = list(dict.fromkeys(now.values()))
    rows = {
        one: [r for r in alerts.of_child(desk, one) if r["alert"] in state.alerts or r["state"] != "decided"]
        for one in children
    }
    described = {one: said_of.identity_items(desk, one) for one in children}
    focus = _focus(state, now, child)
    spoken = {one: said_of.spoken(desk, one) for one in children}
    own = [
        ref(sealed, tuple(dict.fromkeys(persons_of(desk, sealed.about).values())), HUB, one.position)
        for one in history
        for sealed in getattr(one.fact, "items", ())
    ]
    # a decided enquiry is a closed room: it opens for child protection alone, and the ledger says so
    purpose: Purpose | None = "child_protection" if state.stage == "decided" and may(asker.roles, "worklist") else None
    itself = room_item(enquiry, children, opened.position)
    heard = [
        one.codes for told in spoken.values() for one in told
    ]  # what may not be known makes no coverage, nor a warning
    pages = {one: alert_rows.Read(spoken[one], passed_on(desk, one)) for one in children}
    passed = pages[focus].passed
    on = alert_rows.rested(desk, [row for each in rows.values() for row in each], pages)
    items = [
        itself, *on.items, *(one.item for one in passed), *(i for each in described.values() for i in each), *own, *heard,
        *(alerts.codes(row) for each in rows.values() for row in each),
    ]  # fmt: skip
    shown = look(desk, asker, tuple(dict.fromkeys(items)), "enquiry_page", enquiry, purpose)
    allowed = frozenset(item.item for item in shown.shown)
    if itself.item not in allowed:  # everything below that is not ruled by itself rests on this
        raise NotFound(NO_ENQUIRY)
    words = {item.item: item.words for item in shown.shown}
    open_to = {one: on.open_to(one, allowed) for one in children}
    parts = tuple(
        _part(desk, asker, state, history, one, [n for n, stays in now.items() if stays == one], words,
              identity_lines(desk, described[one], shown),
              (*alert_rows.suggestions(desk, rows[one], on, allowed),
               *alert_rows.told_nobody(desk, open_to[one])),
              asked.already(one), _told(desk, one, spoken[one], shown), open_to[one])
        for one in children
    )  # fmt: skip
    part = next(each for each in parts if each.child == focus)
    alert_due = min((d for each in rows.values() for d in alerts.clocks(desk, each).values()), default=None)
    due = clock_of(state, alert_due)
    levels = [said.level for each in parts for said in each.suggestions]
    warned = dict.fromkeys(w for told in spoken.values() for w in chronology.warnings(desk, told, allowed))
    view = EnquiryView(
        enquiry=enquiry, child=focus, stamp=msgspec.structs.replace(known, ledger=shown.ledger_position),
        state="decided" if state.stage == "decided" else "open", ground=GROUNDS[state.ground],
        opened_at=opened.envelope.known_at, opened_by=who(desk, opened.fact.opened_by),
        reason=word(opened.fact, words, "reason"), anyway=word(opened.fact, words, "anyway"), identity=part.identity,
        clock_due=due, overdue=due is not None and state.stage == "open" and due < desk.clock.now(),
        suggestions=part.suggestions, decision=part.decision,
        coverage=pointed(
            coverage_of(desk, spoken[focus], focus, shown, enquiry, reasons=may(asker.roles, "screen")), passed, allowed
        ),
        levels=tuple(Choice(str(one.number), one.name, one.descriptor) for one in desk.edition.continuum.levels),
        news=_news(desk, focus, seen, open_to[focus]) if seen else (), withheld=withheld(desk, shown), warnings=tuple(warned),
        may_decide=part.may_decide, children=parts,
    )  # fmt: skip
    return _choices(asked, focus, open_to[focus], _held(desk, asker, view, state, history, words, levels))


def _focus(state: Enquiry, now: dict[str, str], child: str) -> str:
    """The child in focus, by today's id. Raises NotFound for one who is not part of it."""
    if not child:
        return now[next(iter(state.undecided), state.child)]
    if child in now:
        return now[child]
    if child in now.values():
        return child
    raise NotFound(NO_ENQUIRY)


def _held(
    desk: Desk, asker: Asker, view: EnquiryView, state: Enquiry, history: Sequence[Recorded], words: Words,
    levels: Sequence[int],
) -> EnquiryView:  # fmt: skip
    """With its grade, its clocks, and who holds it."""
    clocks = desk.edition.parts["clocks"]
    grades = grades_of(clocks)
    suggested = grade_for(clocks, max(levels), max(desk.edition.continuum.numbers))["id"] if levels else ""
    offered = next((one.fact for one in reversed(history) if isinstance(one.fact, HandOverOffered)), None)
    rung = [one for one in history if isinstance(one.fact, EnquiryRung)]
    graded = [one for one in history if isinstance(one.fact, enquiries.EnquiryGraded)]
    screens = state.stage == "open" and may(asker.roles, "screen")
    return msgspec.structs.replace(
        view, grade=grades.get(state.grade, state.grade), red=state.grade == RED, received=state.received,
        grades=tuple(Choice(code, label) for code, label in grades.items() if code != state.grade),
        proposed_grade=grades.get(suggested, ""),
        gradings=tuple(
            GradeRow(
                grade=grades.get(one.fact.grade, one.fact.grade), due=one.fact.due, at=one.envelope.known_at,
                by=who(desk, one.fact.graded_by), reason=word(one.fact, words, "reason"),
            )
            for one in reversed(graded)
            if isinstance(one.fact, enquiries.EnquiryGraded)
        ),
        holder=who(desk, state.holder) if state.holder else "", mine=state.holder == asker.staff,
        offered=_offered(desk, state.offered), offered_to_me=_to_me(desk, asker, state),
        hand_over=word(offered, words, "hand_over") if offered else "",
        rung=tuple(
            f"{ROLES[one.fact.role].title if one.fact.role in ROLES else one.fact.role} was rung"
            for one in rung
            if isinstance(one.fact, EnquiryRung)
        ),
        staff=(Choice(FRONT_DOOR, ANYBODY), *_who_may_hold(desk, state)) if screens else (), may_screen=screens,
        team=tuple(_team(desk, asker, state)), ended=tuple(Choice(code, label) for code, label in PART_ENDED.items()),
        may_supervise=state.stage == "open" and may(asker.roles, "supervise"),
    )  # fmt: skip


def _offered(desk: Desk, to: str) -> str:
    return ANYBODY if to == FRONT_DOOR else who(desk, to) if to else ""


def _to_me(desk: Desk, asker: Asker, state: Enquiry) -> bool:
    if state.offered == FRONT_DOOR:
        return asker.staff != state.holder and of_the_front_door(staff_of(desk, asker.staff))
    return state.offered == asker.staff


def _team(desk: Desk, asker: Asker, state: Enquiry) -> Iterator[TeamRow]:
    ends = state.stage == "open" and (asker.staff == state.holder or may(asker.roles, "supervise"))
    for staff in team_of(desk, state):
        holds = staff == state.holder
        may_end = not holds and (ends or (state.stage == "open" and staff == asker.staff))
        yield TeamRow(staff, who(desk, staff), holds, may_end)


def _told(desk: Desk, child: str, told: Sequence[said_of.Spoken], shown: Disclosed) -> dict[str, str]:
    """What was said about a child, by its reference, in words: as far as this asker may know that it was said."""
    records = records_of(desk, [child])[child]
    entries = (chronology.entry(desk, one, shown, records) for one in told)
    return {one.said: f"{one.organisation}: {one.title}" for one in entries if one is not None}


def _choices(asked: Enquiring, focus: str, open_to: Mapping[str, Signal], view: EnquiryView) -> EnquiryView:
    """With what a decider chooses from, for who may decide: of what counts, what is open to them."""
    if not view.may_decide:
        return view
    desk = asked.desk
    parties = [one for one in desk.register().organisations.values() if not one.may_enter_for_others]
    third = asked.referrers(focus) >= REFERRALS
    return msgspec.structs.replace(
        view, weighable=tuple(Choice(ident, alerts.in_words(desk, one)) for ident, one in open_to.items()),
        organisations=tuple(Choice(one.organisation, one.name) for one in parties),
        acting=tuple(
            Choice(stream, f"{_acting(stream)}, accepted by {who(desk, by)}") for stream, by in accepted(desk, focus).items()
        ),
        manager_for=(MANAGERS["third_referral"],) if third else (),
    )  # fmt: skip


def _acting(stream: str) -> str:
    return {"forwarding": "A contact that went to the worker who is at it", "lead": "A lead"}.get(
        stream.partition(":")[0], stream.partition(":")[0].replace("-", " ").capitalize()
    )


def _who_may_hold(desk: Desk, state: Enquiry) -> Iterator[Choice]:
    """Everybody of the front door in the register, but for who holds it."""
    known: set[str] = set()
    after = 0
    while page := desk.record.read(after, 500, [StaffRegistered.NAME]):
        known |= {one.fact.staff for one in page if isinstance(one.fact, StaffRegistered)}
        after = page[-1].position
    for staff in sorted(known - {state.holder}):
        member = staff_of(desk, staff)
        if member.active and may(member.roles, "screen"):
            yield Choice(staff, who(desk, staff))


def _part(
    desk: Desk, asker: Asker, state: Enquiry, history: Sequence[Recorded], child: str, names: Sequence[str],
    words: Words, identity: tuple[Line, ...], suggestions: tuple[Suggestion, ...], already: tuple[OpenItem, ...],
    told: Mapping[str, str], open_to: Mapping[str, Signal],
) -> ChildInEnquiry:  # fmt: skip
    whole = all(one in state.decided for one in names)  # two names may be one child by now
    decided = _newest(history, names, EnquiryDecided) if whole else None
    waits = next((state.waiting[one] for one in names if one in state.waiting), 0)
    proposal = history[waits - 1] if waits else None
    mine = proposal is not None and getattr(proposal.fact, "decided_by", "") == asker.staff
    unseen = [position for one in names for position in state.unseen.get(one, ())]
    open_now = state.stage == "open"
    return ChildInEnquiry(
        child=child, state="decided" if decided else "waiting" if proposal else "open", identity=identity,
        suggestions=suggestions, already=already,
        re_referral=re_referral(desk, child, london_day(history[0].envelope.known_at), state.id),
        decision=_decision(desk, decided, words, told, open_to, state) if decided else None,
        proposal=_decision(desk, proposal, words, told, open_to, state) if proposal else None,
        may_decide=open_now and not decided and not proposal and may(asker.roles, "decide"),
        may_approve=open_now and proposal is not None and not mine and may(asker.roles, "supervise"),
        may_take_back=open_now and proposal is not None and (mine or may(asker.roles, "supervise")),
        unseen=_news(desk, child, min(unseen) - 1, open_to) if unseen else (),
    )  # fmt: skip


def _newest(history: Sequence[Recorded], names: Sequence[str], kind: type[Answered]) -> Recorded | None:
    facts = (one for one in reversed(history) if isinstance(one.fact, kind))
    return next((one for one in facts if getattr(one.fact, "child", "") in names), None)


def _decision(
    desk: Desk, recorded: Recorded, words: Words, told: Mapping[str, str], open_to: Mapping[str, Signal], state: Enquiry
) -> DecisionMade:  # fmt: skip
    fact = recorded.fact
    if not isinstance(fact, EnquiryDecided | ClosingProposed):
        raise TypeError(f"{type(fact).__name__} is no decision")
    counted = {ident: one for ident, one in open_to.items() if ident in fact.weighed}
    seen = SEEN.get(fact.seen, "")
    if fact.seen_on is not None:
        seen += f": {name_of(desk, fact.seen_by)}, {fact.seen_on:%-d %B %Y}"
    return DecisionMade(
        level=alerts.level_words(desk, fact.level), agrees=fact.agrees, outcome=OUTCOMES[fact.outcome],
        actions=tuple(ACTIONS[one] for one in fact.actions),
        family_told="Yes" if fact.family_told else "No: " + word(fact, words, "why_not_told"),
        reason=word(fact, words, "reason"), by=who(desk, fact.decided_by), decided_at=recorded.envelope.known_at,
        seen_position=fact.seen_position, edition=recorded.envelope.edition,
        plan=tuple(
            PlanRow(
                ACTIONS[s.action], "The front door" if s.owner == FRONT_DOOR else name_of(desk, s.owner), s.due, s.action,
                (fact.child, s.action) in state.done,
            )
            for s in fact.plan
        ),
        read=(
            *(EvidenceRead(told[one], opened=True) for one in fact.opened if one in told),
            *(EvidenceRead(told[one], opened=False) for one in fact.not_opened if one in told),
        ),
        view=VIEWS.get(fact.view, ""), child_view=word(fact, words, "voice"), why_no_view=word(fact, words, "why_no_view"),
        seen=seen, weighed=tuple(alerts.in_words(desk, one) for one in counted.values()), basis=fact.basis.replace("_", " "),
        managers=tuple(MANAGERS[one] for one in fact.managers),
        approved_by=who(desk, fact.approved_by) if fact.approved_by else "", unseen=len(fact.unseen),
    )  # fmt: skip


def _news(desk: Desk, child: str, seen: int, open_to: Mapping[str, Signal]) -> tuple[str, ...]:
    """What came in about a child after this position, newest first; of what is not open to the asker, that it came alone."""
    vocabulary = desk.edition.vocabulary
    new = sorted(
        (one for each in family(desk, child) for one in desk.record.load(f"child:{each}") if one.position > seen),
        key=lambda one: one.position,
    )
    found = []
    for one in reversed(new):
        signal = getattr(one.fact, "signal", None)
        if signal is None:
            found.append("Something that counted was taken back")
        elif signal.id not in open_to:
            found.append("Something that is not open to you, or was taken back since")
        else:
            labels = "; ".join(chronology.label(code, vocabulary) for code in signal.indicators) or signal.kind
            found.append(f"{name_of(desk, signal.organisation)}: {labels}")
    return tuple(found)
