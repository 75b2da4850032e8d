"""The three questions at intake: a test flips each answer."""

from collections.abc import Sequence
from datetime import date

from hub.adapters.cedar import CedarRulings
from hub.domain.sharing import Organisation, Recipient, Subject
from hub.flow.share import AtIntake, IntakeRuling, rule_at_intake
from hub.ports import Ruling, Rulings
from policies.sharing import sharing_set
from policies.sharing.scenarios import AT, _stated

SCHOOL = Organisation("school", "education", party=True)
POLICE = Organisation("police", "police", party=True)
CHILD, SIBLING = Subject(person="child-1"), Subject(person="child-2")
REFUSED = (_stated(0, {"state": "refused", "giver": "young_person", "competent": True}),)
WORKER = Recipient(kind="allocated_worker", id="staff-7", child="child-1")
CLASSROOM = Recipient(kind="setting", id="school/north", child="child-1")


def never_alarm(said: str) -> None:
    raise AssertionError(said)


DRAFT = sharing_set(date(2026, 11, 22))
RULINGS = CedarRulings(DRAFT.policies, DRAFT.schema, alarm=never_alarm)


def ruled(message: AtIntake, rulings: Rulings = RULINGS) -> IntakeRuling:
    return rule_at_intake(message, rulings=rulings, at=AT)


def test_a_concern_of_a_party_counts_tells_nobody_and_is_sealed() -> None:
    assert ruled(AtIntake(owner=SCHOOL, subjects=(CHILD,))) == IntakeRuling(
        counted=True, told=(), room="sealed", policies=("C01",), basis="public_task; CA 2004 s11; cannot_be_given",
        faults=False, counted_for=("child-1",),
    )  # fmt: skip


def test_counted_flips_for_an_organisation_that_has_not_signed_the_protocol() -> None:
    stranger = Organisation("school", "education", party=False)

    assert ruled(AtIntake(owner=stranger, subjects=(CHILD,))) == IntakeRuling(
        counted=False, told=(), room="sealed", policies=("C11",), basis="", faults=False
    )


def test_told_flips_when_a_worker_is_allocated() -> None:
    open_case = Subject(person="child-1", allocated=frozenset({"staff-7"}))

    assert ruled(AtIntake(owner=SCHOOL, subjects=(CHILD,), recipients=(WORKER, CLASSROOM))).told == ()
    assert ruled(AtIntake(owner=SCHOOL, subjects=(open_case,), recipients=(WORKER, CLASSROOM))).told == ("staff-7",)


def test_a_worker_is_not_told_of_her_own_family() -> None:
    open_case = Subject(person="child-1", allocated=frozenset({"staff-7"}))
    kin = Recipient(kind="allocated_worker", id="staff-7", child="child-1", related=frozenset({"child-1"}))

    assert ruled(AtIntake(owner=SCHOOL, subjects=(open_case,), recipients=(kin,))).told == ()


def test_a_school_is_told_of_a_police_notice_and_of_no_other_child() -> None:
    other = Recipient(kind="setting", id="school/south", child="child-9")

    notice = AtIntake(owner=POLICE, subjects=(CHILD,), recipients=(CLASSROOM, other), notifiable=True)

    assert ruled(notice).told == ("school/north",)


def test_the_room_flips_for_an_involvement_and_back_for_a_sensitive_service() -> None:
    involvement = AtIntake(owner=SCHOOL, subjects=(CHILD,), kind="involvement")
    clinic = AtIntake(owner=SCHOOL, subjects=(CHILD,), kind="involvement", tier=3)

    assert [ruled(message).room for message in (involvement, clinic)] == ["open", "sealed"]


def test_one_young_persons_refusal_is_not_her_siblings() -> None:
    refusing = Subject(person="child-1", statements=REFUSED)

    ruling = ruled(AtIntake(owner=SCHOOL, subjects=(refusing, SIBLING)))

    assert (ruling.counted, ruling.counted_for) == (True, ("child-2",))


def test_a_concern_that_names_no_child_counts_for_none() -> None:
    ruling = ruled(AtIntake(owner=SCHOOL))

    assert (ruling.counted, ruling.counted_for, ruling.room, ruling.faults) == (False, (), "sealed", False)


class Broken:
    def decide(self, ask: object, resources: Sequence[object]) -> list[Ruling]:  # noqa: ARG002 - the port names it
        return [Ruling(False, ("N01",), fault=True, shown_as="nothing") for _ in resources]


def test_a_policy_fault_keeps_the_concern_sealed_uncounted_and_says_so() -> None:
    involvement = AtIntake(owner=SCHOOL, subjects=(CHILD,), recipients=(WORKER,), kind="involvement")

    assert ruled(involvement, Broken()) == IntakeRuling(
        counted=False, told=(), room="sealed", policies=("N01",), basis="", faults=True
    )
