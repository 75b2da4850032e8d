"""Who takes a seat at a meeting: an organisation's, a setting's, or a role's."""

from datetime import UTC, date, datetime

from hub.domain.meeting import MeetingCalled, Member, fold
from hub.domain.staff import Staff
from hub.views.agendas import seen_as, sits


def somebody(*roles: str, organisation: str = "health", setting: str = "north", active: bool = True) -> Staff:
    return Staff(
        "staff-a", version=1, active=active, organisation=organisation, setting=setting, roles=roles,
        ig_trained_until=datetime(2030, 1, 1, tzinfo=UTC),
    )  # fmt: skip


def test_whoever_works_for_one_setting_sits_only_where_it_is_named() -> None:
    nurse, navigator = somebody("taf_member"), somebody("navigator")
    assert sits(nurse, Member("health", "north"))
    assert not sits(nurse, Member("health", "south"))
    assert not sits(nurse, Member("police", "north"))
    assert not sits(nurse, Member("health"))  # of the whole organisation sits who works for the whole of it
    assert sits(navigator, Member("health"))


def test_a_seat_of_a_role_is_for_who_holds_it() -> None:
    assert sits(somebody("navigator"), Member("health", role="navigator"))
    assert not sits(somebody("navigator"), Member("health", role="lead_professional"))
    assert not sits(somebody("lead_professional"), Member("health", "south", "lead_professional"))


def test_who_left_comes_to_no_meeting_also_not_to_their_own() -> None:
    called = MeetingCalled(
        type="Panel", kind="panel", about="children", quorum=2, on=date(2026, 3, 2), members=(Member("health", "north"),),
        called_by="staff-a", organisation="health", setting="north",
    )  # fmt: skip
    state = fold("m", [called])
    here, gone = (
        seen_as(somebody("lead_professional"), state),
        seen_as(somebody("lead_professional", active=False), state),
    )
    assert (here.there, here.sits, here.called, here.runs, here.records) == (True, True, True, True, True)
    assert (gone.there, gone.sits, gone.called) == (False, False, False)
    other = seen_as(somebody("taf_member"), state)
    assert (other.runs, other.records) == (False, True)
    assert not seen_as(somebody("navigator"), state).records
    assert not seen_as(somebody("lead_professional"), fold("m", [])).there
