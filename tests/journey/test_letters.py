"""A family is told who looked: prepared by one person from the ledger, reviewed by another, printed; and what it never says."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest

from hub.domain.errors import HubError, NotFound, NotPermitted, Refused
from hub.domain.letter import LetterPrepared
from hub.domain.person import RestrictionSet
from hub.domain.staff import RegisterStaff, StaffLeft
from hub.views.lettering import CHECKS, PrepareLetter
from tests.support.partnership import RunningHub, settings_for
from tests.support.planted import Planted
from tests.support.site import Site

MANAGER, GUARDIAN, DECIDER, POLICE = "staff-e58c12", "staff-5db46e", "staff-91d3b7", "staff-7c41e0"
SECOND, AUDITOR = "staff-manager-2", "staff-a37d05"
DAY = date(2026, 3, 2)


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planted]:
    running = RunningHub(settings_for(tmp_path_factory.mktemp("letters") / "data"))
    running.start()
    try:
        made = Planted(running, secrets=True)
        made.open_enquiry()
        hub = made.hub
        until = hub.clock.now().replace(year=2099)
        second = RegisterStaff(
            staff=SECOND,
            organisation="children_social_care",
            setting="mash",
            roles=("mash_manager",),
            ig_trained_until=until,
        )
        hub.register_staff([second])
        hub.picture(hub.asker(DECIDER), made.child, made.enquiry)
        hub.picture(hub.asker(POLICE), made.child, "")
        yield made
    finally:
        running.close()


def adult_of(planted: Planted) -> str:
    stream = f"message:{planted.messages()[0]}"
    statement = planted.hub.record.load(stream)[0].fact.statement  # type: ignore[attr-defined]
    record = statement.adults[0].source_record
    return planted.hub.record.by_source_record([record])[record].person


def wish(planted: Planted, **more: Any) -> PrepareLetter:
    said = {
        "child": planted.child,
        "to": planted.child,
        "recipient": "young_person",
        "how": "met_in_person",
        "verified_on": DAY,
    }
    return PrepareLetter(**{**said, **more})


def prepared(planted: Planted, by: str = MANAGER, **more: Any) -> str:
    return planted.hub.lettering.prepare(planted.hub.asker(by), wish(planted, **more))


def reviewed(planted: Planted, ident: str, by: str, checks: tuple[str, ...] = tuple(CHECKS)) -> None:
    planted.hub.lettering.review(planted.hub.asker(by), ident, checks)


def state(planted: Planted, ident: str) -> str:
    return planted.hub.lettering.show(planted.hub.asker(GUARDIAN), ident).state


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"recipient": "adult", "how": "parental_responsibility_seen"}, "to"),
        ({"recipient": "adult", "how": "parental_responsibility_seen", "to": "nobody"}, "to"),
        ({"recipient": "parent"}, "recipient"),
        ({"how": "sounded_right"}, "how"),
        ({"verified_on": date(2099, 1, 1)}, "verified_on"),
        ({"verified_by": "staff-nobody"}, "verified_by"),
        ({"verified_by": AUDITOR}, "verified_by"),  # in the register, and meets no family
    ],
)
def test_a_letter_to_whom_nobody_verified_is_refused_and_nothing_is_written(
    planted: Planted, more: dict[str, Any], field: str
) -> None:
    before = planted.hub.record.position()
    with pytest.raises(Refused) as refused:
        prepared(planted, **more)
    assert (refused.value.field, planted.hub.record.position()) == (field, before)


def test_an_adult_is_told_only_where_parental_responsibility_was_seen(planted: Planted) -> None:
    with pytest.raises(Refused, match="parental responsibility"):
        prepared(planted, recipient="adult", to=adult_of(planted), how="document_seen")


def test_nobody_prepares_a_letter_without_the_permission_or_about_whom_they_may_not_know_of(planted: Planted) -> None:
    with pytest.raises(NotPermitted):
        prepared(planted, by=DECIDER)
    for hidden in (planted.secret, planted.relative, "nobody"):
        with pytest.raises(NotFound) as found:
            prepared(planted, child=hidden, to=hidden)
        assert str(found.value) == "no such child, or none that you may know of"


def test_nobody_vouches_for_a_reader_of_their_own_family_or_after_they_left(planted: Planted) -> None:
    hub = planted.hub
    until = hub.clock.now().replace(year=2099)
    kin, left = (
        RegisterStaff(
            staff=staff, organisation="children_social_care", setting="mash", roles=("mash_manager",),
            ig_trained_until=until, related=related,
        )
        for staff, related in (("staff-kin-of-reader", (planted.child,)), ("staff-who-left", ()))
    )  # fmt: skip
    hub.register_staff([kin, left])
    stream = "staff:staff-who-left"
    hub._append(stream, hub.record.versions([stream])[stream], [StaffLeft(staff="staff-who-left")], "service:test")
    for one in ("staff-kin-of-reader", "staff-who-left"):
        with pytest.raises(Refused) as refused:
            prepared(planted, verified_by=one)
        assert refused.value.field == "verified_by"


def test_another_person_reviews_and_only_then_it_is_printed(planted: Planted) -> None:
    ident, letters = prepared(planted, verified_by=SECOND), planted.hub.lettering
    manager, guardian = planted.hub.asker(MANAGER), planted.hub.asker(GUARDIAN)
    for by, told in ((MANAGER, "other than who prepared"), (SECOND, "vouched")):
        with pytest.raises(Refused, match=told):
            reviewed(planted, ident, by)
    with pytest.raises(Refused, match="Go through every point"):
        reviewed(planted, ident, GUARDIAN, tuple(CHECKS)[1:])
    with pytest.raises(Refused, match="printed once"):
        letters.put_to_paper(manager, ident)
    assert state(planted, ident) == "Waits for a review"

    reviewed(planted, ident, GUARDIAN)
    letters.put_to_paper(manager, ident)
    letters.put_to_paper(guardian, ident)

    assert state(planted, ident) == "Printed"
    names = [one.fact.NAME for one in planted.hub.record.load(f"letter:{ident}")]
    assert names == ["letter.prepared", "letter.reviewed", "letter.printed"]
    with pytest.raises(Refused):
        letters.refuse(guardian, ident, "other")


def test_a_letter_that_was_kept_back_is_never_printed(planted: Planted) -> None:
    ident, letters = prepared(planted), planted.hub.lettering
    with pytest.raises(Refused, match="Another person"):
        letters.refuse(planted.hub.asker(MANAGER), ident, "would_endanger")
    with pytest.raises(Refused) as unknown:
        letters.refuse(planted.hub.asker(GUARDIAN), ident, "because")
    assert unknown.value.field == "reason"
    letters.refuse(planted.hub.asker(GUARDIAN), ident, "would_endanger")
    with pytest.raises(Refused):
        reviewed(planted, ident, GUARDIAN)
    with pytest.raises(Refused):
        letters.put_to_paper(planted.hub.asker(MANAGER), ident)
    assert state(planted, ident) == "Does not go out"


def test_a_letter_says_which_organisation_looked_and_for_what_and_quotes_nobody(planted: Planted) -> None:
    view = planted.hub.lettering.show(planted.hub.asker(MANAGER), prepared(planted))
    text = "\n".join(view.sentences)
    assert any(one.startswith("Police was shown names, dates of birth and numbers") for one in view.sentences)
    assert any(one.startswith("Children Social Care was shown") for one in view.sentences)
    assert planted.canaries.found(text) == {}
    for never in ("staff-", "child said", "told the", "referrer", "evidence", "withheld", "Demo"):
        assert never not in text


def test_one_parents_letter_is_the_others_but_for_the_address(planted: Planted) -> None:
    """There are no words of anybody in it, so none of one parent's can be in the other's."""
    adult = adult_of(planted)
    idents = [
        prepared(planted, recipient="adult", how="parental_responsibility_seen", to=adult), prepared(planted)
    ]  # fmt: skip
    facts = [planted.hub.record.load(f"letter:{ident}")[0].fact for ident in idents]
    said = [fact.told for fact in facts if isinstance(fact, LetterPrepared)]
    assert [line[:1] for line in said] == [said[0][:1]] * 2
    assert {kind for lines in said for line in lines for kind in line.kinds} <= {
        "identity", "identity.address", "narrative", "characteristics",
    }  # fmt: skip


def test_a_record_restricted_after_the_letter_was_prepared_takes_the_letter_with_it(planted: Planted) -> None:
    ident = prepared(planted)
    stream, hub = f"person:{planted.child}", planted.hub

    third = RegisterStaff(
        staff="staff-manager-3", organisation="children_social_care", setting="mash", roles=("mash_manager",),
        ig_trained_until=datetime.max.replace(tzinfo=UTC),
    )  # fmt: skip
    hub.register_staff([third])

    def waits() -> set[str]:
        return {one.key for one in hub.tasks(hub.asker(third.staff)).rows if one.kind == "letter_review"}

    assert ident in waits()

    def shut(restricted: bool) -> None:
        fact = RestrictionSet(restricted=restricted, ground="protected_person", readers=(), decision="")
        hub._append(stream, hub.record.versions([stream])[stream], [fact], "service:test")

    shut(True)
    try:
        for wrong in (
            lambda: reviewed(planted, ident, GUARDIAN), lambda: hub.lettering.show(hub.asker(MANAGER), ident),
            lambda: hub.lettering.put_to_paper(hub.asker(MANAGER), ident), lambda: prepared(planted),
        ):  # fmt: skip
            with pytest.raises(HubError):
                wrong()
        assert ident not in {row.id for row in hub.lettering.register(hub.asker(MANAGER)).rows}
        assert ident not in waits()  # nor is it a task, which would be a number
    finally:
        shut(False)
    assert state(planted, ident) == "Waits for a review"


def test_pages_and_programs_do_the_same(planted: Planted) -> None:
    with Site(planted.hub) as site, site.visit(MANAGER) as manager, site.visit(GUARDIAN) as guardian:
        empty = manager.send("/letters", {})
        assert empty.status_code == 422
        filled = {
            "child": planted.child,
            "recipient": "young_person",
            "how": "met_in_person",
            "verified_on": "2026-03-02",
        }
        page = manager.send("/letters", filled)
        assert page.status_code == 200
        assert "Another person reviews it" in page.text
        ident = str(page.url).rpartition("/")[2]
        shown = guardian.call(f"/api/v1/letters/{ident}")
        assert shown.json()["state"] == "Waits for a review"
        assert guardian.send(f"/letters/{ident}", {"step": "review"}).status_code == 422
        done = guardian.call(f"/api/v1/letters/{ident}", {"step": "review", "checks": [*CHECKS]})
        assert done.json()["state"] == "Reviewed"
        assert "Printed" in manager.send(f"/letters/{ident}", {"step": "print"}).text
        assert ident in {one["id"] for one in manager.call("/api/v1/letters").json()["rows"]}
        made = manager.call("/api/v1/letters", filled)
        assert made.status_code == 202
        assert planted.canaries.found(page.text + shown.text) == {}


def test_the_ledger_is_shown_exported_and_put_again_to_who_reads_it_alone(planted: Planted) -> None:
    with Site(planted.hub) as site, site.visit("staff-a37d05") as auditor, site.visit(DECIDER) as decider:
        listed = auditor.call(f"/api/v1/ledger?child={planted.child}").json()
        looks = [row for row in listed["rows"] if row["shown"] and row["staff"] == POLICE]
        assert looks
        again = auditor.call(f"/api/v1/ledger/replay/{looks[0]['position']}").json()
        assert (again["equal"], again["kept"], again["missing"]) == (True, True, 0)
        table = auditor.call(f"/api/v1/ledger.csv?child={planted.child}")
        assert table.text.splitlines()[0].startswith("position,asked_at,staff")
        editions = auditor.call(f"/api/v1/ledger/editions/{planted.child}").json()["editions"]
        assert [one["edition"] for one in editions] == ["1"]
        assert editions[0]["looks"] == editions[0]["opened"] + editions[0]["not_opened"]
        page = auditor.get(f"/ledger/look/{looks[0]['position']}")
        assert "gives what was let out then" in page.text
        everything = [listed, again, table.text, editions, page.text]
        assert planted.canaries.found(str(everything)) == {}
        for path in ("/api/v1/ledger", "/api/v1/ledger.csv", f"/api/v1/ledger/replay/{looks[0]['position']}"):
            assert decider.call(path).status_code == 403
        assert auditor.call("/api/v1/ledger/replay/999999").status_code == 404
