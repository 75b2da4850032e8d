"""What one person restricts alone: at once, provisional, and confirmed or lifted by somebody else; and who must act keeps
sight of it. Then a family match that was wrong: two others say so, and only after that the person sees the record.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from hub.domain.allocation import Allocate
from hub.domain.errors import NotFound, NotPermitted, Refused
from hub.domain.message import Name
from hub.domain.moments import london_day
from hub.domain.protected import ProtectedDeclared
from hub.domain.staff import RegisterStaff
from tests.journey.conftest import Mash
from tests.journey.test_protected import described
from tests.support.exceptional import PEOPLE, Front, front, who
from tests.support.identities import ByHand, somebody
from tests.support.messages import Child
from tests.support.partnership import RunningHub
from tests.support.site import Site


@pytest.fixture
def here(own_hub: Callable[..., RunningHub]) -> Front:
    return front(own_hub)


def declared(here: Front, staff: str, child: Child) -> str:
    return here.hub.protecting.declare(who(staff), "staff_family", described(child))


def sees(here: Front, staff: str, child: str) -> bool:
    try:
        return here.hub.picture(who(staff), child, "").child == child
    except NotFound:
        return False


def kinds(here: Front, staff: str) -> list[str]:
    return [task.kind for task in here.tasks(staff)]


def states(here: Front, staff: str) -> list[str]:
    return [row.state.partition(",")[0].partition(":")[0] for row in here.hub.protecting.register(who(staff)).rows]


def register_anew(here: Front, staff: str, **otherwise: object) -> None:
    organisation, roles = PEOPLE[staff]
    wish = RegisterStaff(
        staff=staff, organisation=organisation, setting="mash", roles=roles,
        ig_trained_until=datetime.max.replace(tzinfo=UTC),
    )  # fmt: skip
    here.hub.register_staff([replace(wish, **otherwise)])


# ------------------------------------------------------------------------------------------------ confirmed or lifted


def test_declared_alone_it_holds_at_once_and_somebody_else_is_asked_until_then_and_nobody_in_time_makes_it_louder(
    here: Front,
) -> None:
    child = somebody()
    known = here.seen(child, "health")
    ident = declared(here, "staff-decider", child)
    assert not sees(here, "staff-screener", known)
    assert {staff: kinds(here, staff) for staff in ("staff-ig", "staff-guardian", "staff-manager", "staff-decider")} == {
        "staff-ig": ["protected_confirm"], "staff-guardian": ["protected_confirm"],
        "staff-manager": ["protected_confirm"], "staff-decider": [],
    }  # fmt: skip
    here.clock.forward(days=2)  # past the end of the next working day
    (late,) = here.tasks("staff-ig")
    assert (late.kind, late.overdue, late.red) == ("protected_report", True, True)
    assert (sees(here, "staff-screener", known), states(here, "staff-manager")) == (False, ["Holds"])
    here.clock.forward(days=60)
    assert not sees(here, "staff-screener", known)  # it never lifts by itself
    here.hub.protecting.confirm(who("staff-ig"), ident)
    assert (kinds(here, "staff-ig"), kinds(here, "staff-manager")) == ([], [])
    assert not sees(here, "staff-screener", known)
    (row,) = here.hub.protecting.register(who("staff-manager")).rows
    assert (row.state, row.confirmed_by, row.may_confirm, row.due) == (
        "Holds", "Information-governance lead (staff-ig)", False, None,
    )  # fmt: skip
    with pytest.raises(Refused, match="does not wait"):
        here.hub.protecting.lift(who("staff-manager"), ident, "No.")


def test_nobody_confirms_their_own_by_another_step_another_account_or_as_family(here: Front) -> None:
    child = somebody()
    known = here.seen(child, "health")
    register_anew(here, "staff-manager-2", same_as="staff-manager")
    register_anew(here, "staff-guardian", related=(known,))
    ident = declared(here, "staff-manager", child)
    ask = here.hub.protecting
    head = here.hub.record.position()
    for staff in ("staff-manager", "staff-manager-2"):
        for step in (ask.confirm, ask.agree, lambda by, one: ask.lift(by, one, "Mine.")):
            with pytest.raises(Refused, match="whatever the account"):
                step(who(staff), ident)
        for about in (ask.doubt, ask.part, ask.keep):
            with pytest.raises(Refused, match="whatever the account"):
                about(who(staff), ident, known)
        assert kinds(here, staff) == []
        with pytest.raises(NotFound):
            here.hub.picture(who(staff), known, "")  # family is of the person, not of the account
    for kin in (ask.confirm, lambda by, one: ask.lift(by, one, "Mine.")):
        with pytest.raises(NotFound):
            kin(who("staff-guardian"), ident)
    with pytest.raises(NotPermitted):
        ask.confirm(who("staff-decider"), ident)
    assert here.hub.record.position() == head
    ask.end(who("staff-manager"), ident)  # who declared it ends it: the look at it does not end with that
    assert (kinds(here, "staff-ig"), sees(here, "staff-screener", known)) == (
        ["own_family", "own_family", "own_family", "protected_confirm"], False,  # whoever tried, and is family, is loud too
    )  # fmt: skip
    assert [row.met for row in ask.register(who("staff-manager-2")).rows] == [0]


def test_lifted_what_it_alone_restricts_opens_but_not_to_who_declared_it_whose_next_one_waits(here: Front) -> None:
    child, next_one = somebody(), somebody()
    known = here.seen(child, "health")
    ident = declared(here, "staff-decider", child)
    with pytest.raises(Refused) as refused:
        here.hub.protecting.lift(who("staff-manager"), ident, " ")
    assert refused.value.field == "why"
    here.hub.protecting.lift(who("staff-manager"), ident, "It is her neighbour's child.")
    assert {staff: sees(here, staff, known) for staff in ("staff-screener", "staff-officer", "staff-decider")} == {
        "staff-screener": True, "staff-officer": True, "staff-decider": False,
    }  # fmt: skip
    assert (states(here, "staff-manager"), kinds(here, "staff-manager")) == (["Lifted"], [])
    again = here.seen(child, "school")
    assert sees(here, "staff-screener", again)  # it restricts nobody any more
    other = here.seen(next_one, "health")
    second = declared(here, "staff-decider", next_one)
    assert (sees(here, "staff-screener", other), here.hub.protecting.holds(second)) == (True, False)
    with pytest.raises(NotPermitted):
        here.hub.protecting.agree(who("staff-screener"), second)
    here.hub.protecting.agree(who("staff-ig"), second)
    assert not sees(here, "staff-screener", other)


def test_lifting_one_leaves_closed_what_another_declaration_or_two_people_restrict(here: Front) -> None:
    child, other = somebody(), somebody()
    known, decided = here.seen(child, "health"), here.seen(other, "health")
    first, second = declared(here, "staff-decider", child), declared(here, "staff-screener", child)
    here.hub.protecting.lift(who("staff-manager"), first, "It is not hers.")
    assert not sees(here, "staff-officer", known)
    here.hub.protecting.lift(who("staff-manager"), second, "Nor his.")
    assert not sees(here, "staff-officer", known)  # who lifted the first left it; now two people open it
    here.settled("unrestrict", known, reason="entered_in_error")
    assert sees(here, "staff-officer", known)
    third = declared(here, "staff-officer", other)
    here.settled("restrict", decided, reason="protected_person", readers=("staff-manager",))
    here.hub.protecting.lift(who("staff-manager"), third, "It is not theirs.")
    assert not sees(here, "staff-screener", decided)


def test_while_another_declaration_is_being_looked_into_nothing_is_lifted_that_it_may_be_about(here: Front) -> None:
    child = somebody()
    known = here.seen(child, "health")
    ident = declared(here, "staff-decider", child)
    other = ProtectedDeclared(
        because="staff_family", staff="staff-officer", readers=("staff-manager",), second=False, by="staff-officer"
    )
    here.hub.act().write([("protected:other", 0, other)], "person:staff-officer")  # the intake has not come to it yet
    with pytest.raises(Refused, match="try again in a moment"):
        here.hub.protecting.lift(who("staff-manager"), ident, "It is her neighbour's child.")
    assert not sees(here, "staff-screener", known)


# ------------------------------------------------------------------------------------------------ who must act already


def test_who_is_on_the_enquiry_and_the_allocated_worker_read_on_and_nobody_else(here: Front) -> None:
    child = somebody()
    known = here.seen(child, "health", "strangulation_of_child")
    enquiry = here.opened(known)
    allocate = Allocate(
        child=known,
        worker="staff-social",
        since=london_day(here.clock.now()),
        ground="child_in_need",
        by="staff-manager",
    )
    here.hub.forwardings.allocate(who("staff-manager"), allocate)
    declared(here, "staff-officer", child)
    assert here.hub.picture(who("staff-decider"), known, enquiry).child == known
    readers = ("staff-social", "staff-manager", "staff-screener", "staff-officer")
    assert {staff: sees(here, staff, known) for staff in readers} == {
        "staff-social": True, "staff-manager": True, "staff-screener": False, "staff-officer": False,
    }  # fmt: skip


def test_an_alert_about_whoever_one_person_restricted_stays_on_a_managers_list_and_on_the_night_workers(
    here: Front,
) -> None:
    child = somebody()
    known = here.seen(child, "health")
    declared(here, "staff-officer", child)
    here.clock.at(22)
    assert not sees(here, "staff-night", known)
    assert here.seen(child, "health", "strangulation_of_child") == known
    beside = here.seen(
        child, "police", "strangulation_of_child"
    )  # nobody is linked to a restricted record by a machine
    for each in (known, beside):
        assert sees(here, "staff-manager", each)
        assert here.words("staff-night", each)  # somebody has just sent it, and she is there
        assert not sees(here, "staff-screener", each)
    here.clock.at(11)
    assert not sees(here, "staff-night", known)


def test_a_red_enquiry_whose_holder_turns_out_to_be_family_waits_for_another_holder_loudly(here: Front) -> None:
    child = somebody()
    known = here.seen(child, "health")
    enquiry = here.opened(known)
    here.hub.enquiring.claim(who("staff-decider"), enquiry)
    declared(here, "staff-decider", child)
    found = [(task.kind, task.child, task.red) for task in here.tasks("staff-manager") if task.kind == "protected_held"]
    assert found == [("protected_held", known, True)]
    assert not sees(here, "staff-decider", known)


# ------------------------------------------------------------------------------------------------ a match that was wrong


def test_a_family_match_that_was_wrong_is_taken_out_by_two_others_and_only_then_the_person_sees_the_record(
    here: Front,
) -> None:
    child = somebody()
    ident = here.hub.protecting.declare(
        who("staff-decider"), "staff_family", replace(described(child), birth_date=None)
    )
    other = here.seen(child, "health", person=child.known_to("health", names=(Name("Quite", "Different"),)))
    here.settled("unrestrict", other, reason="identifiers_differ")
    ask = here.hub.protecting
    seen = [sees(here, "staff-decider", other)]
    with pytest.raises(NotPermitted):
        ask.doubt(who("staff-decider"), ident, other)
    ask.doubt(who("staff-manager"), ident, other)
    seen.append(sees(here, "staff-decider", other))
    with pytest.raises(Refused, match="somebody other than"):
        ask.part(who("staff-manager"), ident, other)
    assert [kind for kind in kinds(here, "staff-ig") if kind == "protected_doubted"] == ["protected_doubted"]
    assert "protected_doubted" not in kinds(here, "staff-manager")
    ask.keep(who("staff-ig"), ident, other)
    with pytest.raises(Refused, match="Nobody has said"):
        ask.part(who("staff-ig"), ident, other)
    ask.doubt(who("staff-manager"), ident, other)
    ask.part(who("staff-ig"), ident, other)
    seen.append(sees(here, "staff-decider", other))
    assert seen == [False, False, True]
    names = [one.fact.NAME for one in here.running.facts() if one.stream == "staff:staff-decider"]
    assert names[-2:] == ["staff.family-met", "staff.family-parted"]
    again = here.seen(
        child, "health", person=child.known_to("health", names=(Name("Quite", "Different"),), school="Elm")
    )
    assert sees(here, "staff-decider", again)  # the same match is not made again
    here.seen(child, "school")  # and who is family is still met
    assert names.count("staff.family-met") == 1


# ------------------------------------------------------------------------------------------------ pages, programs, commands

DECIDER, SCREENER, MANAGER, IG, GUARDIAN = (
    "staff-91d3b7", "staff-c17b3d", "staff-e58c12", "staff-05b8f3", "staff-5db46e",
)  # fmt: skip


def test_a_program_confirms_and_lifts_and_two_say_on_the_page_that_a_match_was_wrong(here: Front) -> None:
    here.hub.add_organisation("children_social_care", "Children's social care", "social_care")
    first, second = somebody(), somebody()
    known = here.seen(second, "health")
    with (
        Site(here.hub) as site,
        site.visit(DECIDER) as mine,
        site.visit(MANAGER) as manager,
        site.visit(IG) as lead,
    ):
        one, other = (
            mine.call("/api/v1/protected", {"because": "staff_family", "person": {"nhs_number": child.nhs}}).json()[
                "declaration"
            ]
            for child in (first, second)
        )
        assert mine.call(f"/api/v1/protected/{one}", {"step": "confirm"}).status_code == 403
        assert (
            mine.call("/api/v1/protected").json()["rows"][0]["people"] == []
        )  # she is not told whether it met anybody
        rows = lead.call(f"/api/v1/protected/{one}", {"step": "confirm"}).json()["rows"]
        assert {row["id"]: (row["may_confirm"], row["confirmed_by"] != "") for row in rows} == {
            one: (False, True), other: (True, False),
        }  # fmt: skip
        assert lead.call(f"/api/v1/protected/{other}", {"step": "lift"}).json()["field"] == "why"
        assert lead.call(f"/api/v1/protected/{other}", {"step": "lift", "why": "Not hers."}).status_code == 200
        page = manager.get("/protected")
        assert ("Not their family" in page.text, known in page.text) == (True, True)
        assert sees(here, "staff-screener", known)
        wrong = {"declaration": other, "person": known}
        for who_, step in ((manager, "doubt"), (lead, "part")):
            assert who_.send("/protected", {**wrong, "step": step}).status_code == 200
        (row,) = [each for each in manager.call("/api/v1/protected").json()["rows"] if each["id"] == other]
        assert [(each["person"], each["parted"]) for each in row["people"]] == [(known, True)]
        assert manager.send("/protected", {**wrong, "step": "part"}).status_code == 422


def test_by_commands_it_is_confirmed_lifted_and_a_match_taken_out(
    own_hub: Callable[..., RunningHub], mash: Mash, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_hand = ByHand(own_hub())
    by_hand.hub.add_organisation("children_social_care", "Children's social care", "social_care")
    child = somebody()
    known = by_hand.seen(child, "health")
    monkeypatch.setenv("MASH_DATA", str(tmp_path / "data-0"))
    monkeypatch.setenv("MASH_DEMO", "true")

    def declare() -> str:
        said = f'{{"nhs_number": "{child.nhs}"}}'
        return str(mash("staff", "declare-family", "-", "--by", DECIDER, "--json", stdin=said).json["declaration"])

    first = declare()
    assert mash("restrict", "confirm", first, "--by", DECIDER).code == 1
    confirmed = mash("restrict", "confirm", first, "--by", IG, "--json")
    assert confirmed.json == {"declaration": first, "state": "holds, confirmed"}
    refused = mash("restrict", "lift", first, "--why", "No.", "--by", GUARDIAN)
    assert (refused.code, "does not wait" in refused.err) == (1, True)
    listed = mash("restrict", "list", "--by", MANAGER, "--json").json["rows"]
    assert [each["person"] for each in listed[0]["people"]] == [known]
    assert mash("restrict", "not-family", first, known, "--by", MANAGER).code == 0
    assert mash("restrict", "not-family", first, known, "--agree", "--by", MANAGER).code == 1
    done = mash("restrict", "not-family", first, known, "--agree", "--by", IG, "--json")
    assert done.json["state"] == "not family"
    second = declare()
    lifted = mash("restrict", "lift", second, "--why", "Not hers.", "--by", GUARDIAN, "--json")
    assert lifted.json["state"] == "lifted"
    assert child.nhs not in lifted.out + str(listed)
