"""A meeting and its agenda: called by who can be quorate, held by whoever was there, and without a quorum nothing decided."""

from datetime import date, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from hub.domain import agenda as agendas
from hub.domain import meeting as meetings
from hub.domain.agenda import AgendaDecided, AgendaDone, AgendaOwned, AgendaPut, AgendaTakenOff, Decide, Row
from hub.domain.attendance import Present
from hub.domain.errors import NotPermitted, Refused
from hub.domain.meeting import (
    Call,
    Hold,
    Meeting,
    MeetingCalled,
    MeetingCalledOff,
    MeetingHeld,
    Member,
    PackMade,
    Talk,
    Theme,
)
from hub.domain.partnership import Panel

TODAY = date(2026, 3, 2)
SINCE = TODAY - timedelta(days=7)  # the day on which the meeting was called
SECTORS = {"early_help": "early_help", "health": "health", "police": "police", "school": "education"}
PANEL = Panel(name="Locality panel", aliases=("LP",), kind="panel", quorum=3, sectors=("health",), what="w", source="s")
FORUM = Panel(name="Forum", kind="forum", about="practice", quorum=2, what="w", source="s")
TALK = Panel(name="Conversation", kind="conversation", quorum=2, what="w", source="s")
FAMILY = Panel(name="Family Group meeting", kind="conversation", quorum=1, what="w", source="s")
SEATS = (Member("early_help", "east"), Member("health"), Member("police", role="navigator"))
CALLED = MeetingCalled(
    type="Locality panel", kind="panel", about="children", quorum=3, sectors=("health",), on=TODAY, members=SEATS,
    called_by="staff-a", organisation="early_help", setting="east",
)  # fmt: skip
ALL = tuple(Present(one, present=True) for one in ("early_help", "health", "police"))
HELD = MeetingHeld(on=TODAY, present=ALL, recorded_by="staff-a")
SHORT = MeetingHeld(on=TODAY, present=ALL, missing=("somebody of health",), recorded_by="staff-a")
PUT = AgendaPut(child="c", meeting="m", organisation="early_help", setting="east", put_by="staff-a")


def refused(act: Any) -> tuple[str, str]:
    with pytest.raises(Refused) as why:
        act()
    return why.value.field, str(why.value)


def meeting(*facts: Any) -> Meeting:
    return meetings.fold("m", facts)


def row(*facts: Any) -> Row:
    return agendas.fold("c", "m", facts)


def call(panel: Panel | None = PANEL, **more: Any) -> Panel:
    given: dict[str, Any] = {"type": "LP", "on": TODAY, "members": SEATS}
    return meetings.check_call(Call(**{**given, **more}), panel, SECTORS, TODAY)


def test_a_meeting_is_called_for_a_day_to_come_by_members_who_can_be_quorate() -> None:
    assert call() is PANEL
    assert refused(lambda: call(None))[0] == "type"
    assert refused(lambda: call(TALK))[0] == "type"  # it is recorded once people have talked
    for day in (None, TODAY - timedelta(days=1), TODAY + timedelta(days=367)):
        assert refused(lambda day=day: call(on=day))[0] == "on-day"
    assert refused(lambda: call(members=SEATS[:2]))[1] == (
        "Ask more organisations, or it can never be quorate: it needs 3 organisations (there were 2)"
    )
    without_health = (SEATS[0], SEATS[2], Member("school"))
    assert "somebody of health" in refused(lambda: call(members=without_health))[1]
    assert refused(lambda: call(members=(*SEATS, SEATS[0])))[0] == "members"
    assert refused(lambda: call(members=(*SEATS, Member("unknown"))))[0] == "members"
    assert (
        refused(lambda: call(members=(SEATS[0], Member("early_help", "west"), SEATS[1])))[0] == "members"
    )  # 2 organisations


def test_a_type_is_found_by_its_name_or_an_older_one() -> None:
    assert meetings.named((FORUM, PANEL), " lp ") is PANEL
    assert meetings.named((FORUM, PANEL), "Committee") is None


def test_who_lacks_for_a_quorum_is_counted_by_organisations_and_sectors() -> None:
    assert meetings.lacking(3, ("health",), SECTORS) == ()
    assert meetings.lacking(3, ("health", "police"), {"school": "education"}) == (
        "3 organisations (there were 1)", "somebody of health", "somebody of police",
    )  # fmt: skip


def test_it_is_held_once_by_a_day_that_has_come_with_everybody_accounted_for() -> None:
    def hold(state: Meeting = meeting(CALLED), **more: Any) -> tuple[date, tuple[str, ...]]:  # noqa: B008 - it is frozen
        return meetings.check_hold(
            state, Hold(**{"on": TODAY, "present": ALL, "family_present": False, **more}), SECTORS, SINCE, TODAY
        )

    assert hold() == (TODAY, ())
    away = (*ALL[:1], Present("health", present=False, why="not_reached"), ALL[2])
    assert hold(present=away) == (TODAY, ("3 organisations (there were 2)", "somebody of health"))
    unasked = (*away, Present("school", present=True))
    assert hold(present=unasked) == hold(present=away)  # whoever came unasked was there, and makes no quorum
    assert hold(on=SINCE) == (SINCE, ())
    for day in (None, SINCE - timedelta(days=1), TODAY + timedelta(days=1)):
        assert refused(lambda day=day: hold(on=day))[0] == "held-day"
    assert refused(lambda: hold(family_present=None))[0] == "family_present"
    assert refused(lambda: hold(present=ALL[:2]))[0] == "present"
    assert refused(lambda: hold(present=(*ALL[:2], Present("police", present=False, why="bored"))))[0] == "present"
    assert refused(lambda: hold(themes=(Theme("waiting", "settled"),)))[0] == "themes"
    for gone in (MeetingCalledOff(reason="no_quorum", called_off_by="b"), HELD):
        assert refused(lambda gone=gone: hold(meeting(CALLED, gone)))[0] == "meeting"


def test_a_forum_about_practice_says_what_it_spoke_of_and_has_neither_pack_nor_children() -> None:
    forum = meeting(
        MeetingCalled(
            type="Forum", kind="forum", about="practice", quorum=2, on=TODAY, members=SEATS, called_by="staff-a",
            organisation="early_help", setting="east",
        )
    )  # fmt: skip
    spoke = Hold(on=TODAY, present=ALL, themes=(Theme("waiting", "to_board"),))
    assert meetings.check_hold(forum, spoke, SECTORS, SINCE, TODAY) == (TODAY, ())
    for themes in ((), (Theme("weather", "settled"),), (Theme("waiting", "forgotten"),)):
        wish = Hold(on=TODAY, present=ALL, themes=themes)
        assert refused(lambda wish=wish: meetings.check_hold(forum, wish, SECTORS, SINCE, TODAY))[0] == "themes"
    assert refused(lambda: meetings.check_pack(forum))[0] == "meeting"
    assert refused(lambda: agendas.check_put(forum, row(), "why"))[0] == "meeting"


def test_a_conversation_is_of_two_organisations_or_of_one_with_the_family() -> None:
    def talk(panel: Panel | None = TALK, **more: Any) -> tuple[Panel, date]:
        wish = Talk(
            **{
                "type": "x",
                "on": TODAY,
                "members": (SEATS[0], Member("school", "primary")),
                "family_present": False,
                **more,
            }
        )
        return meetings.check_talk(wish, panel, SECTORS, TODAY)

    assert talk() == (TALK, TODAY)
    assert refused(lambda: talk(PANEL))[0] == "type"
    assert refused(lambda: talk(family_present=None))[0] == "family_present"
    assert refused(lambda: talk(on=TODAY + timedelta(days=1)))[0] == "held-day"
    two_settings = (Member("early_help", "east"), Member("early_help", "west"))
    assert refused(lambda: talk(members=two_settings))[0] == "members"
    assert refused(lambda: talk(FAMILY, members=SEATS[:1]))[0] == "members"
    assert talk(FAMILY, members=SEATS[:1], family_present=True) == (FAMILY, TODAY)
    assert refused(lambda: talk(members=SEATS[:1], family_present=True))[0] == "members"


def test_a_meeting_folds_to_what_was_said_of_it() -> None:
    state = meeting(CALLED, PackMade(made_by="a"), PackMade(made_by="a"), SHORT)
    assert (state.version, state.state, state.packs, state.quorate) == (4, "held", (2, 3), False)
    assert meeting(CALLED, HELD).quorate
    off = meeting(CALLED, MeetingCalledOff(reason="no_quorum", called_off_by="b"))
    assert (off.state, off.off, off.quorate) == ("called_off", "no_quorum", False)
    assert refused(lambda: meetings.check_call_off(meeting(CALLED), "rain"))[0] == "off_reason"


def test_a_child_stands_on_an_agenda_once_with_why_and_only_before_the_meeting() -> None:
    agendas.check_put(meeting(CALLED), row(), "why")
    agendas.check_put(
        meeting(CALLED), row(PUT, AgendaTakenOff(child="c", reason="not_needed", taken_off_by="a")), "why"
    )
    assert refused(lambda: agendas.check_put(meeting(CALLED), row(), " "))[0] == "why"
    assert refused(lambda: agendas.check_put(meeting(CALLED), row(PUT), "why"))[0] == "meeting"
    assert refused(lambda: agendas.check_put(meeting(CALLED, HELD), row(), "why"))[0] == "meeting"
    agendas.check_take_off(meeting(CALLED), row(PUT), "not_needed")
    assert refused(lambda: agendas.check_take_off(meeting(CALLED), row(PUT), "bored"))[0] == "reason"
    assert refused(lambda: agendas.check_take_off(meeting(CALLED, HELD), row(PUT), "not_needed"))[0] == "child"


def decide(state: Meeting, of: Row | None = None, **more: Any) -> None:
    wish = Decide(**{"outcome": "no_further", **more})
    agendas.check_decide(state, row(PUT) if of is None else of, wish, SECTORS, TODAY)


def test_a_meeting_that_was_not_quorate_may_not_decide_and_carries_over() -> None:
    decide(meeting(CALLED, HELD))
    for state in (meeting(CALLED, SHORT), meeting(CALLED, MeetingCalledOff(reason="no_quorum", called_off_by="b"))):
        for outcome in sorted({*agendas.OUTCOMES} - {"carried_over"}):
            field, told = refused(
                lambda state=state, outcome=outcome: decide(state, outcome=outcome, notes="n", to="staff-b", level=2)
            )
            assert (field, "it may not decide, only carry over" in told) == ("outcome", True)
        decide(state, outcome="carried_over", to="m2")
        assert refused(lambda state=state: decide(state, outcome="carried_over"))[0] == "to"
    assert refused(lambda: decide(meeting(CALLED)))[0] == "outcome"  # who was there comes first


def test_what_is_decided_names_who_does_it_by_when_or_says_that_nobody_took_it() -> None:
    held = meeting(CALLED, HELD)
    decide(held, outcome="help_offered")
    decide(held, outcome="help_offered", owner="health", due=TODAY)
    assert refused(lambda: decide(held, outcome="help_offered", owner="circus", due=TODAY))[0] == "owner"
    assert refused(lambda: decide(held, outcome="help_offered", owner="health"))[0] == "due-day"
    assert (
        refused(lambda: decide(held, outcome="plan_asked", owner="health", due=TODAY - timedelta(days=1)))[0]
        == "due-day"
    )
    assert refused(lambda: decide(held, outcome="back_to_front_door"))[0] == "notes"
    assert refused(lambda: decide(held, outcome="escalated"))[0] == "outcome"
    decide(held, considered=("health", "school"), notes="health knows the child")
    assert refused(lambda: decide(held, considered=("health", "health"), notes="n"))[0] == "considered"
    assert refused(lambda: decide(held, considered=("circus",), notes="n"))[0] == "considered"
    assert refused(lambda: decide(held, considered=("health",)))[0] == "notes"
    decided = AgendaDecided(child="c", outcome="no_further", organisation="health", setting="", decided_by="a")
    assert refused(lambda: decide(held, row(PUT, decided)))[0] == "outcome"


def test_what_nobody_took_is_taken_and_done_and_what_is_done_waits_no_more() -> None:
    asked = AgendaDecided(child="c", outcome="help_offered", organisation="health", setting="", decided_by="a")
    state = row(PUT, asked)
    assert agendas.check_own(state, "police", TODAY, SECTORS, TODAY) == TODAY
    taken = row(PUT, asked, AgendaOwned(child="c", owner="police", due=TODAY, named_by="b"))
    assert (taken.owner, taken.due, taken.done) == ("police", TODAY, False)
    agendas.check_done(taken, front_door=False)
    done = row(PUT, asked, AgendaDone(child="c", done_by="b"))
    assert done.done
    assert refused(lambda: agendas.check_done(done, front_door=True))[0] == "child"
    back = row(PUT, replace(asked, outcome="back_to_front_door"))
    agendas.check_done(back, front_door=True)
    with pytest.raises(NotPermitted):
        agendas.check_done(back, front_door=False)
    assert refused(lambda: agendas.check_own(back, "police", TODAY, SECTORS, TODAY))[0] == "child"
    nothing = AgendaDecided(child="c", outcome="no_further", organisation="health", setting="", decided_by="a")
    assert refused(lambda: agendas.check_own(row(PUT, nothing), "police", TODAY, SECTORS, TODAY))[0] == "child"
