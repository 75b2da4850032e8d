"""Evidence comes after somebody decided: one task for the decision, changed as more comes, until somebody looks or decides."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from hub.domain.errors import NotFound, NotPermitted, Refused
from hub.domain.late import LateEvidenceReviewed
from hub.domain.staff import RegisterStaff, StaffLeft
from hub.views.models.late import LateRow
from hub.views.models.tasks import Task
from tests.journey.test_enquiries import DECIDER, MANAGER, NAVIGATOR, NIGHT, SCREENER, Room
from tests.support.house import lives, mum
from tests.support.identities import wish as identity_wish
from tests.support.messages import Child, a_child, concern, household, moment, seen_by, strength
from tests.support.site import Site
from tests.support.typed import typing_on

IG_LEAD, GUARDIAN, AUDITOR = "staff-05b8f3", "staff-5db46e", "staff-a37d05"


class Decided(Room):
    """A child of whom the school alone had spoken when it was decided that nothing more was to be done."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        super().__init__(folder, **settings)
        self.like: Child = a_child()
        (first,) = self.say(concern("school", seen_by(self.like, "school", "hunger"), at=moment(9)))
        self.child = self.running.child_of("school", first)
        self.enquiry = self.open(self.child)
        self.decide(self.enquiry, self.child, level=2)

    def came(self, organisation: str, indicator: str, days: float, **more: Any) -> None:
        """Something of so many days ago comes now."""
        self.say(concern(organisation, seen_by(self.like, organisation, indicator), at=moment(days), **more))

    def waits(self, staff: str = MANAGER) -> list[Task]:
        return [one for one in self.hub.tasks(self.who(staff)).rows if one.kind == "late_evidence"]

    def rows(self, staff: str = MANAGER) -> tuple[LateRow, ...]:
        return self.hub.hindsight.page(self.who(staff)).rows

    def answer(self, staff: str, code: str, read: str = "") -> None:
        row = self.rows(staff)[0]
        self.hub.hindsight.answer(self.who(staff), row.late, code, "I read both reports.", read or row.read)


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Decided]:
    made = Decided(tmp_path / "data")
    yield made
    made.running.close()


def test_what_is_no_answer_is_refused_and_the_decider_does_not_say_that_the_own_decision_stands(room: Decided) -> None:
    room.came("health", "was_not_brought", 20)
    late = room.rows()[0].late
    hindsights = room.hub.hindsight
    with pytest.raises(NotPermitted):
        hindsights.page(room.who(SCREENER))
    with pytest.raises(NotFound):
        hindsights.view(room.who(MANAGER), f"{late}9")
    for code in ("stands", "known_otherwise", "acted_on"):
        with pytest.raises(Refused, match="somebody else than who decided"):
            room.answer(DECIDER, code)
    with pytest.raises(Refused, match="more came late since"):
        room.answer(MANAGER, "stands", read="of-before")
    with pytest.raises(Refused, match="Select what"):
        room.answer(MANAGER, "fine")
    with pytest.raises(Refused, match="Say why"):
        hindsights.answer(room.who(MANAGER), late, "stands", " ", room.rows()[0].read)
    assert room.hub.record.read(0, 9, [LateEvidenceReviewed.NAME]) == []


def test_nothing_late_makes_no_task_and_what_came_in_time_makes_none_either(room: Decided) -> None:
    assert (room.waits(), room.rows()) == ([], ())
    room.came("health", "was_not_brought", 0.5)
    assert (room.waits(), room.rows()) == ([], ())


def test_one_task_for_the_decision_says_what_the_rules_would_have_proposed_and_changes_as_more_comes(
    room: Decided,
) -> None:
    room.came("health", "was_not_brought", 20)
    (task,) = room.waits()
    (row,) = room.rows(DECIDER)
    assert task.what == row.what
    assert task.what.startswith("The rules would have proposed level 3, rule neglect-composite (")
    assert task.what.endswith("; with what was known then no level.")
    assert (task.href, task.child, row.reports) == (f"/late/{task.key}", room.child, 1)
    room.came("police", "strangulation_of_child", 30)
    (again,) = room.waits()
    assert again.key == task.key
    assert again.what.startswith("The rules would have proposed level 4, rule ")
    assert room.rows()[0].reports == 2


def test_what_was_known_stands_beside_what_came_late(room: Decided) -> None:
    room.came("health", "was_not_brought", 20)
    view = room.hub.hindsight.view(room.who(MANAGER), room.rows()[0].late)
    assert next(one.rule for one in view.would) == "neglect-composite"
    assert view.then == (
        f"School, {moment(9) + timedelta(hours=1):%-d %B %Y}: Hungry: asks for food, or eats as if not fed",
    )
    assert [(one.words.partition(",")[0], one.carried) for one in view.late] == [("Health", True)]
    assert (view.row.level.startswith("Level 2"), view.row.edition, len(view.answers)) == (True, "1", 3)


def test_an_answer_ends_the_task_until_more_comes_that_would_have_changed_it(room: Decided) -> None:
    room.came("health", "was_not_brought", 20)
    room.answer(MANAGER, "stands")
    assert (room.waits(), [one.state for one in room.rows()]) == ([], ["reviewed"])
    view = room.hub.hindsight.view(room.who(MANAGER), room.rows()[0].late)
    assert (view.answers, view.answered) == ((), "The decision stands: what came late would not have changed it")
    room.came("police", "strangulation_of_child", 30)
    assert len(room.waits()) == 1


def test_a_new_decision_about_the_child_answers_the_old_one_too(room: Decided) -> None:
    room.came("health", "was_not_brought", 20)
    again = room.open(room.child)
    room.decide(again, room.child)
    assert (room.waits(), [one.state for one in room.rows()]) == ([], ["decided_since"])


def test_a_declared_load_of_history_goes_into_one_report_and_makes_no_task(room: Decided) -> None:
    for days in (20, 30, 40):
        room.came("health", "was_not_brought", days, backfill=True)
    assert (room.waits(), room.rows()) == ([], ())
    (report,) = room.hub.hindsight.backfills(room.who(MANAGER)).rows
    assert (report.name, report.reports, report.children, report.touched) == ("Health", 3, 1, 1)
    assert [one.what.partition(" (")[0] for one in report.rows] == [
        "The rules would have proposed level 3, rule neglect-composite"
    ]


def test_whoever_may_not_know_of_the_child_hears_of_no_late_evidence(room: Decided) -> None:
    room.came("health", "was_not_brought", 20)
    late = room.rows()[0].late
    room.hub.register_staff([
        RegisterStaff(
            staff=MANAGER, organisation="children_social_care", setting="mash", roles=("mash_manager",),
            ig_trained_until=room.clock.now() + timedelta(days=9), related=(room.child,),
        )
    ])  # fmt: skip
    assert (room.waits(), room.rows()) == ([], ())
    with pytest.raises(NotFound):
        room.hub.hindsight.view(room.who(MANAGER), late)


def test_what_came_late_about_a_brother_of_whom_one_may_not_know_is_in_no_row_number_or_sentence(
    tmp_path: Path,
) -> None:
    room = Room(tmp_path / "data")
    try:
        girl, boy = a_child("Annabel", "Northway"), a_child("Benedict", "Southgate")
        home = household("housing", lives(girl, "housing"), lives(boy, "housing"), mum("housing"))
        _, said = room.say(home, strength("housing", seen_by(girl, "housing"), seen_by(boy, "housing")))
        sister, brother = (room.running.child_of("housing", said, number) for number in (0, 1))
        room.say(concern("school", seen_by(girl, "school", "hunger"), at=moment(9)))
        room.decide(room.open(sister), sister, level=2)
        room.say(concern("health", seen_by(boy, "health", "poor_hygiene"), at=moment(20)))
        room.say(concern("housing", seen_by(girl, "housing", "unsafe_home_conditions"), at=moment(30), backfill=True))
        hindsights, manager = room.hub.hindsight, room.who(MANAGER)

        def seen() -> tuple[object, ...]:
            rows, tasks = hindsights.page(manager).rows, room.hub.tasks(manager).rows
            return (
                [(one.child, one.reports, one.state) for one in rows],
                [one.kind for one in tasks if one.kind == "late_evidence"],
                [(one.organisation, one.reports) for one in hindsights.backfills(manager).rows],
            )

        assert seen() == ([(sister, 1, "open")], ["late_evidence"], [("housing", 1)])
        late = hindsights.page(manager).rows[0].late
        room.hub.register_staff([
            RegisterStaff(
                staff=MANAGER, organisation="children_social_care", setting="mash", roles=("mash_manager",),
                ig_trained_until=room.clock.now() + timedelta(days=9), related=(brother,),
            )
        ])  # fmt: skip
        assert seen() == ([], [], [("housing", 1)])
        with pytest.raises(NotFound):
            hindsights.view(manager, late)
    finally:
        room.running.close()


# Who reads what came late about a child who is closed to everybody who decides.


def closed(room: Decided, staff: str) -> list[tuple[str, str, str]]:
    found = room.hub.tasks(room.who(staff)).rows
    return [(one.what, one.child, one.href) for one in found if one.kind == "late_closed"]


def sees(room: Decided, staff: str) -> object:
    """All that somebody may notice: their tasks and counts, and where they may look at late evidence what stands there."""
    tasks = room.hub.tasks(room.who(staff))
    try:
        page: object = (
            room.hub.hindsight.page(room.who(staff)).rows,
            room.hub.hindsight.backfills(room.who(staff)).rows,
        )
    except NotPermitted:
        page = ()
    return (tasks.rows, tasks.total, tasks.kinds, page)


def restrict(room: Decided, *readers: str) -> None:
    """Two people restrict the child: these alone may know of them."""
    wish = identity_wish(room.hub, "restrict", room.child, reason="adoption", readers=readers, by=MANAGER)
    made = room.hub.identity_decide(room.who(MANAGER), wish)
    room.hub.identity_agree(room.who(SCREENER), made["identity"])


def related(room: Decided, staff: str, roles: tuple[str, ...], organisation: str = "children_social_care") -> None:
    room.hub.register_staff([
        RegisterStaff(
            staff=staff, organisation=organisation, setting="mash", roles=roles, related=(room.child,),
            ig_trained_until=room.clock.now() + timedelta(days=9),
        )
    ])  # fmt: skip


def left(room: Decided, staff: str) -> None:
    room.hub.act().append(f"staff:{staff}", lambda _: [StaffLeft(staff=staff)], "person:test")


def test_late_evidence_about_a_child_whom_no_decider_may_know_of_reaches_who_goes_through_exceptions_until_one_may(
    room: Decided,
) -> None:
    restrict(room, SCREENER)  # who decides nothing
    others = (DECIDER, SCREENER, NIGHT, NAVIGATOR, AUDITOR)
    before = {one: sees(room, one) for one in others}
    room.came("health", "was_not_brought", 20)
    task = ("Evidence came late about a decision that nobody who decides may open: name a reader, and a second person agrees",
            "", f"/identity/change/restrict/{room.child}")  # fmt: skip
    assert (closed(room, MANAGER), room.waits(MANAGER), room.rows(MANAGER)) == ([task], [], ())
    for one in (IG_LEAD, GUARDIAN):
        ((what, child, href),) = closed(room, one)
        assert ("have a MASH manager name a reader" in what, child, href) == (True, "", "/exceptions")
    assert {one: sees(room, one) for one in others} == before
    with Site(room.hub) as site, site.visit(MANAGER) as browser:
        assert task[0] in browser.get("/tasks").text
        assert "Who may still open it?" in browser.get(task[2]).text
    restrict(room, SCREENER, DECIDER)
    assert [closed(room, one) for one in (MANAGER, IG_LEAD, GUARDIAN)] == [[], [], []]
    assert [one.child for one in room.waits(DECIDER)] == [room.child]


def test_it_is_gone_once_it_was_answered_whoever_may_open_it_after(room: Decided) -> None:
    restrict(room, SCREENER, MANAGER)
    room.came("health", "was_not_brought", 20)
    assert (len(room.waits()), closed(room, IG_LEAD)) == (1, [])
    room.answer(MANAGER, "stands")
    restrict(room, SCREENER)
    assert [closed(room, one) for one in (MANAGER, IG_LEAD)] == [[], []]
    room.came("police", "strangulation_of_child", 30)
    assert [len(closed(room, one)) for one in (MANAGER, IG_LEAD)] == [1, 1]


def test_late_evidence_about_the_own_family_of_everybody_who_decides_or_after_they_left_reaches_who_answers_for_information(
    room: Decided,
) -> None:
    room.came("health", "was_not_brought", 20)
    assert closed(room, IG_LEAD) == []
    for staff, role in ((NIGHT, "out_of_hours_worker"), (DECIDER, "decision_maker"), (MANAGER, "mash_manager")):
        assert closed(room, IG_LEAD) == []
        related(room, staff, (role,))
    assert (len(closed(room, IG_LEAD)), len(closed(room, GUARDIAN))) == (1, 1)
    assert (closed(room, MANAGER), room.waits(MANAGER), room.waits(DECIDER)) == ([], [], [])
    related(room, GUARDIAN, ("caldicott_guardian",), "partnership")
    assert (len(closed(room, IG_LEAD)), closed(room, GUARDIAN)) == (1, [])
    for staff in (DECIDER, MANAGER, NIGHT):
        left(room, staff)
    assert len(closed(room, IG_LEAD)) == 1
    room.hub.register_staff([
        RegisterStaff(
            staff="staff-new", organisation="children_social_care", setting="mash", roles=("decision_maker",),
            ig_trained_until=room.clock.now() + timedelta(days=9),
        )
    ])  # fmt: skip
    assert (closed(room, IG_LEAD), len(room.waits("staff-new"))) == ([], 1)


def test_it_has_pages_commands_and_json(room: Decided) -> None:
    room.came("health", "was_not_brought", 20)
    late, read = room.rows()[0].late, room.rows()[0].read
    with typing_on(room.hub) as mash:
        assert "rule neglect-composite" in mash.typed(["late", "list", "--as", MANAGER])[1]
        shown = mash.typed(["late", "show", late, "--as", MANAGER])[1]
        assert "Known then\n  School" in shown
        assert "[carries it]" in shown
        assert f"--read {read}" in shown
        assert mash.typed(["late", "backfills", "--as", MANAGER])[1].strip() == "No load of history touches a decision."
    with Site(room.hub) as site, site.visit(MANAGER) as browser:
        assert f"/late/{late}" in browser.get("/late").text
        assert "Late evidence" in browser.get("/tasks").text
        sent = browser.send(f"/late/{late}", {"answer": "stands", "reason": "", "read": read})
        assert (sent.status_code, "Say why, in a sentence or two" in sent.text) == (422, True)
        assert browser.call(f"/api/v1/late/{late}").json()["row"]["state"] == "open"
        assert [one["late"] for one in browser.call("/api/v1/late").json()["rows"]] == [late]
        assert browser.call("/api/v1/backfills").json()["rows"] == []
        more = {"answer": "stands", "reason": "I read both.", "read": "of-before"}
        assert "more came late since" in browser.call(f"/api/v1/late/{late}", more).text
    with typing_on(room.hub) as mash:
        said = ["late", "answer", late, "--answer", "acted_on", "--why", "Opened.", "--read", read, "--as", MANAGER]
        assert mash.typed(said) == (0, "Recorded.\n")
    assert room.waits() == []


def test_a_contact_within_twelve_months_of_a_referral_is_shown_as_a_re_referral_where_it_is_taken_in(
    room: Decided,
) -> None:
    who = room.who(DECIDER)
    assert room.hub.enquiring.opening(who, room.child).re_referral is None  # early help is no referral
    second = room.open(room.child)
    room.decide(second, room.child, outcome="child_in_need")
    room.clock.moved = timedelta(days=365)
    room.came("police", "strangulation_of_child", -364)
    found = room.hub.enquiring.opening(who, room.child).re_referral
    assert found is not None
    assert (found.enquiry, found.outcome) == (second, "Contact accepted: child in need referral")
    third = room.open(room.child)
    (part,) = room.hub.enquiry(who, third, 0).children
    assert part.re_referral == found
    assert room.hub.enquiry(who, second, 0).children[0].re_referral is None  # none before itself
    (alert, *_) = room.hub.explaining.alerts_of(who, room.child).rows
    assert room.hub.explaining.alert(who, alert.alert).re_referral == found
    with Site(room.hub) as site, site.visit(DECIDER) as browser:
        for page in (alert.href, f"/alert/{room.child}", f"/enquiry/new?child={room.child}", f"/enquiry/{third}"):
            assert "Re-referral." in browser.get(page).text
        for path in (
            f"/api/v1/alerts/{room.child}",
            f"/api/v1/{alert.href.strip('/').replace('alert/', 'alerts/', 1)}",
        ):
            assert browser.call(path).json()["re_referral"]["enquiry"] == second
    with typing_on(room.hub) as mash:
        for words in (
            ("alert", "child", room.child, "--as"),
            ("alert", "show", alert.alert, "--as"),
            ("enquiry", "show", third, "--by"),
        ):
            assert "Re-referral: accepted as a referral within 12 months" in mash.typed([*words, DECIDER])[1]
    room.clock.moved = timedelta(days=367)
    assert room.hub.enquiring.opening(who, room.child).re_referral is None
