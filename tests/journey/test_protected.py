"""People who are restricted from the first second: family that staff declared, and a councillor's, by two people."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from hub.domain.errors import NotFound, NotPermitted, Refused
from hub.domain.message import Name, Person
from tests.journey.conftest import Mash
from tests.support.exceptional import Front, front, who
from tests.support.identities import ByHand, somebody
from tests.support.messages import Child
from tests.support.partnership import RunningHub
from tests.support.site import Site


@pytest.fixture
def here(own_hub: Callable[..., RunningHub]) -> Front:
    return front(own_hub)


def described(child: Child) -> Person:
    """As their family would describe them: no organisation's own id."""
    return child.known_to("family", own_id=None)


def restricted_with(here: Front, person: str) -> list[str]:
    """The facts that stand in the transaction that opened this person: all that came of the same message."""
    facts = here.running.facts()
    opened = next(one for one in facts if one.stream == f"person:{person}" and one.fact.NAME == "person.opened")
    return [one.fact.NAME for one in facts if one.envelope.journey == opened.envelope.journey and one.stream != ""]


def test_family_declared_beforehand_is_restricted_with_the_fact_that_opens_them_and_never_opens_to_who_declared(
    here: Front,
) -> None:
    child = somebody()
    here.hub.protecting.declare(who("staff-decider"), "staff_family", described(child))
    known = here.seen(child, "health")
    written = restricted_with(here, known)
    assert written.index("person.restriction-set") > written.index("person.opened")
    assert {"protected.met", "staff.family-met"} <= {*written}
    for nobody in ("staff-decider", "staff-screener", "staff-officer"):
        with pytest.raises(NotFound):
            here.hub.picture(who(nobody), known, "")
    with pytest.raises(NotFound):
        here.glass("staff-decider", known)
    assert here.hub.picture(who("staff-manager"), known, "").child == known
    assert [row.met for row in here.hub.protecting.register(who("staff-decider")).rows] == [0]  # not told
    assert [row.met for row in here.hub.protecting.register(who("staff-manager")).rows] == [1]
    assert here.hub.protecting.register(who("staff-officer")).rows == ()


def test_two_messages_of_one_look_restrict_once_and_a_second_organisation_meets_the_same(here: Front) -> None:
    child = somebody()
    here.hub.protecting.declare(who("staff-decider"), "staff_family", described(child))
    known = here.seen(child, "health")
    again = here.seen(child, "school")
    restrictions = [
        one.stream for one in here.running.facts() if one.fact.NAME == "person.restriction-set"
    ]  # fmt: skip
    assert sorted(restrictions) == sorted({f"person:{known}", f"person:{again}"})
    for person in {known, again}:
        with pytest.raises(NotFound):
            here.hub.picture(who("staff-screener"), person, "")


def test_family_that_was_on_record_before_is_restricted_at_once(here: Front) -> None:
    child, other = somebody(), somebody()
    known, stranger = here.seen(child, "health"), here.seen(other, "health")
    assert here.hub.picture(who("staff-screener"), known, "").child == known
    here.hub.protecting.declare(who("staff-decider"), "staff_family", described(child))
    with pytest.raises(NotFound):
        here.hub.picture(who("staff-screener"), known, "")
    assert here.hub.picture(who("staff-screener"), stranger, "").child == stranger
    assert here.intake.protect() == 0  # gone through once


def test_a_name_alone_protects_nobody_and_nobody_declares_anothers_family_or_is_their_own_reader(here: Front) -> None:
    child = somebody()
    head = here.hub.record.position()
    with pytest.raises(Refused, match="NHS number, or by name and date of birth"):
        here.hub.protecting.declare(
            who("staff-decider"), "staff_family", replace(described(child), nhs_number=None, birth_date=None)
        )
    for readers in ((), ("staff-nobody",), ("staff-officer",)):
        with pytest.raises(Refused) as refused:
            here.hub.protecting.declare(who("staff-decider"), "councillor_family", described(child), readers)
        assert refused.value.field == "readers"
    with pytest.raises(NotPermitted):
        here.hub.protecting.declare(who("staff-officer"), "councillor_family", described(child), ("staff-manager",))
    assert here.hub.record.position() == head


def test_a_councillors_family_is_restricted_once_a_second_person_agreed(here: Front) -> None:
    child = somebody()
    ident = here.hub.protecting.declare(who("staff-decider"), "councillor_family", described(child), ("staff-manager",))
    known = here.seen(child, "health")
    assert here.hub.picture(who("staff-screener"), known, "").child == known
    with pytest.raises(Refused, match="somebody other than who declared it"):
        here.hub.protecting.agree(who("staff-decider"), ident)
    here.hub.protecting.agree(who("staff-screener"), ident)
    with pytest.raises(NotFound):
        here.hub.picture(who("staff-screener"), known, "")
    assert here.hub.picture(who("staff-manager"), known, "").child == known
    with pytest.raises(Refused, match="does not wait"):
        here.hub.protecting.agree(who("staff-manager"), ident)
    here.hub.protecting.end(who("staff-manager"), ident)
    with pytest.raises(Refused, match="over already"):
        here.hub.protecting.end(who("staff-manager"), ident)
    later = here.seen(somebody(), "health")
    assert here.hub.picture(who("staff-screener"), later, "").child == later


def test_what_two_people_opened_again_is_not_closed_by_the_next_message(here: Front) -> None:
    child = somebody()
    here.hub.protecting.declare(who("staff-decider"), "staff_family", described(child))
    known = here.seen(child, "health")
    here.settled("unrestrict", known, reason="entered_in_error")
    here.seen(child, "health", person=child.known_to("health", school="Elm Road Primary"))
    assert here.hub.picture(who("staff-screener"), known, "").child == known


def test_what_only_may_be_family_is_restricted_and_is_a_task_for_who_keeps_restricted_records(here: Front) -> None:
    child = somebody()
    here.hub.protecting.declare(who("staff-manager"), "staff_family", replace(described(child), birth_date=None))
    other = here.seen(child, "health", person=child.known_to("health", names=(Name("Quite", "Different"),)))
    with pytest.raises(NotFound):
        here.hub.picture(who("staff-decider"), other, "")
    found = [(task.kind, task.child) for task in here.tasks("staff-manager-2")]
    assert found == [("protected_confirm", ""), ("protected_met", other)]
    assert here.tasks("staff-manager") == []  # it is her family, and she is told nothing
    here.settled("unrestrict", other, reason="identifiers_differ")
    assert [task.kind for task in here.tasks("staff-manager-2")] == ["protected_confirm"]


def test_a_program_declares_agrees_and_ends(here: Front) -> None:
    child, decider, screener, manager = somebody(), "staff-91d3b7", "staff-c17b3d", "staff-e58c12"
    here.hub.add_organisation("children_social_care", "Children's social care", "social_care")
    wish = {
        "because": "councillor_family", "readers": [manager], "adult": True,
        "person": {"nhs_number": child.nhs, "names": [{"forenames": child.forename, "surname": child.surname}]},
    }  # fmt: skip
    with (
        Site(here.hub) as site,
        site.visit(decider) as one,
        site.visit(screener) as other,
        site.visit(manager) as keeper,
    ):
        bad = one.call("/api/v1/protected", {**wish, "person": {"nhs_number": [child.nhs]}})
        assert (bad.status_code, bad.json()["field"], child.nhs in bad.text) == (422, "person.nhs_number", False)
        made = one.call("/api/v1/protected", wish).json()["declaration"]
        path = f"/api/v1/protected/{made}"
        assert one.call(path, {"step": "agree"}).status_code == 422
        assert other.call(path, {"step": "jump"}).json()["field"] == "step"
        assert other.call(path, {"step": "agree"}).status_code == 200
        assert [row["state"] for row in keeper.call("/api/v1/protected").json()["rows"]] == ["Holds"]
        page = one.send("/protected", {"because": "staff_family", "kind": "child", "names": child.forename})
        assert (page.status_code, "NHS number, or by name and date of birth" in page.text) == (422, True)
        said = {"because": "staff_family", "kind": "child", "nhs_number": child.nhs}
        assert "Family of a member of staff" in one.send("/protected", said).text
        assert child.nhs not in one.get("/protected").text
        assert keeper.send("/protected", {"declaration": made, "step": "end"}).status_code == 200


def test_by_commands_the_description_comes_from_a_file_and_stands_in_no_answer(
    own_hub: Callable[..., RunningHub], mash: Mash, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_hand = ByHand(own_hub())
    by_hand.hub.add_organisation("children_social_care", "Children's social care", "social_care")
    child, manager, decider, screener = somebody(), "staff-e58c12", "staff-91d3b7", "staff-c17b3d"
    monkeypatch.setenv("MASH_DATA", str(tmp_path / "data-0"))
    monkeypatch.setenv("MASH_DEMO", "true")
    text = json.dumps(
        {
            "names": [{"forenames": child.forename, "surname": child.surname}], "nhs_number": child.nhs,
            "birth_date": str(child.born),
        }
    )  # fmt: skip
    broken = mash("staff", "declare-family", "-", "--by", decider, stdin=f'{{"nhs_number": ["{child.nhs}"]}}')
    assert (broken.code, "does not read" in broken.err, child.nhs in broken.err) == (1, True, False)
    assert mash("staff", "declare-family", str(tmp_path / "none.json"), "--by", decider).code == 1
    mine = mash("staff", "declare-family", "-", "--by", decider, "--json", stdin=text)
    assert mine.json["state"] == "holds"
    theirs = mash("restrict", "declare", "-", "--reader", manager, "--by", decider, "--json", stdin=text).json
    assert theirs["state"] == "waits for a second person"
    alone = mash("restrict", "agree", theirs["declaration"], "--by", decider)
    assert (alone.code, "somebody other" in alone.err) == (1, True)
    assert mash("restrict", "agree", theirs["declaration"], "--by", screener).code == 0
    assert mash("restrict", "end", theirs["declaration"], "--by", manager).code == 0
    listed = mash("restrict", "list", "--by", manager)
    assert "Family of a councillor" in listed.out
    assert not {child.forename, child.surname, child.nhs} & {*(listed.out + mine.out).split()}
