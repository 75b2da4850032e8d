"""Who lives with whom, as organisations say: starts, ends, one hop, two homes, and organisations that disagree."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from hub.domain.errors import Refused
from hub.domain.household import ChildrenNamed, NameChildren, name_children
from hub.domain.kin import MANY, Home, Member, Spell, Told, brings_an_adult, counts, kinship, together
from hub.domain.signal import Signal
from tests.support.signals import signal

JAN, MARCH, MAY, JULY = date(2026, 1, 10), date(2026, 3, 10), date(2026, 5, 10), date(2026, 7, 10)


def one(person: str, role: str = "child", **more: Any) -> Member:
    return Member(person=person, role=role, child=role == "child", **more)


def found(message: str, on: date, *members: Member, by: str = "housing", **more: Any) -> Told:
    return Told(message=message, organisation=by, kind="household", start=on, end=on, members=members, **more)


def worry(message: str, on: date, *members: Member, by: str = "police", **more: Any) -> Told:
    return Told(message=message, organisation=by, kind="concern", start=on, end=on, members=members, **more)


def spells(home: Home, person: str, other: str) -> list[tuple[date | None, date | None]]:
    kin = home.kin(person).get(other)
    return [(spell.start, spell.end) for spell in kin.spells] if kin else []


# ---------------------------------------------------------------------------------------------------- what is no evidence


def test_who_is_not_on_a_later_list_still_lives_there() -> None:
    home = Home(
        [
            found("o1", JAN, one("ann"), one("ben"), one("mum", "mother")),
            found("o2", MAY, one("ann"), one("mum", "mother")),
        ]
    )
    assert spells(home, "ann", "ben") == [(None, None)]


@pytest.mark.parametrize(
    ("roles", "expected"),
    [
        (["grandparent"], True), (["other_relative", "not_known"], True), (["sibling"], True),
        (["grandparent", "mother"], False), (["grandparent", "step_parent"], False),
        (["other_relative", "parents_partner"], False),
        (["carer"], False), (["private_foster_carer"], False), (["not_known"], False), ([], False),
    ],
)  # fmt: skip
def test_a_relative_and_no_parent_is_kinship_care(roles: list[str], *, expected: bool) -> None:
    adults = [one(f"a{n}", role) for n, role in enumerate(roles)]
    home = Home([found("o1", JAN, one("ann"), one("ben"), *adults)])
    assert kinship(home.kin("ann").values()) is expected


def test_children_of_one_concern_are_not_said_to_live_together() -> None:
    home = Home([worry("c1", JAN, one("ann"), one("classmate"))])
    assert home.kin("ann") == {}


def test_an_adult_of_whom_nobody_said_that_they_live_there_is_no_link() -> None:
    home = Home([worry("c1", JAN, one("ann"), one("lee", "not_known", home=None))])
    assert home.kin("ann") == {}


def test_a_child_is_no_bridge_between_two_homes() -> None:
    home = Home([
        found("o1", JAN, one("ann"), one("mum", "mother")), found("o2", JAN, one("ann"), one("dad", "father")),
    ])  # fmt: skip
    assert list(home.kin("mum")) == ["ann"]
    assert sorted(home.kin("ann")) == ["dad", "mum"]


def test_a_child_named_among_a_concerns_adults_is_still_no_bridge_between_two_homes() -> None:
    homes = [
        found("o1", JAN, one("cat"), one("mum", "mother"), one("mia")),
        found("o2", JAN, one("cat"), one("dad", "father"), one("sam")),
    ]
    unknown = worry("c1", MAY, one("zoe"), one("cat", "not_known", home=None))
    assert sorted(Home([*homes, unknown]).kin("mia")) == ["cat", "mum"]


def test_a_young_mother_who_is_a_child_herself_is_a_bridge_to_her_own_child() -> None:
    home = Home([
        found("o1", JAN, one("kim"), one("gran", "grandparent")), found("o2", MAY, one("kim", "mother"), one("baby")),
        found("o3", MAY, one("kim", "mother"), one("lee", "father")),
    ])  # fmt: skip
    assert sorted(home.kin("baby")) == ["gran", "kim", "lee"]


def test_nobody_is_looked_for_through_who_was_ever_named_as_a_professional_but_a_parent() -> None:
    def told(role: str) -> Home:
        return Home([
            found("o1", JAN, one("ann"), one("sue", role)), found("o2", JAN, one("ben"), one("sue", role)),
            worry("c1", MAY, one("zoe"), one("sue", "professional", home=True)),
        ])  # fmt: skip

    assert sorted(told("other").kin("ann")) == ["sue"]
    assert sorted(told("mother").kin("ann")) == ["ben", "sue"]


def test_of_a_list_of_more_people_than_a_household_has_nobody_lives_with_anybody() -> None:
    people = [one("ann"), one("mum", "mother"), *(one(f"c{n}") for n in range(MANY - 2))]
    assert len(Home([found("o1", JAN, *people)]).kin("ann")) == MANY - 1
    assert Home([found("o1", JAN, *people, one("more"))]).kin("ann") == {}
    assert [together("household", ["child"] * n) for n in (MANY, MANY + 1)] == ["all", "none"]


@pytest.mark.parametrize(
    ("roles", "says"),
    [
        (("child", "child", "other"), "none"),
        (("child", "child"), "none"),
        (("child", "mother", "child", "mother"), "none"),
        (("child", "child", "carer"), "none"),
        (("child", "mother", "other"), "none"),
        (("child", "child", "mother"), "parents"),
        (("child", "father", "professional"), "parents"),
    ],
)
def test_on_the_list_of_a_refuge_only_a_child_and_the_one_parent_live_together(
    roles: tuple[str, ...], says: str
) -> None:
    assert together("household", roles, stay=True) == says
    assert together("household", roles) == "all"


def test_who_leaves_a_refuge_leaves_no_home_by_that_and_nothing_changed_in_a_household() -> None:
    refuge = found(
        "o2", MAY, one("ann"), one("ben", until=MAY), one("sue", "other"), together="none", change="moved_out"
    )
    home = Home([found("o1", JAN, one("ann"), one("ben"), one("mum", "mother")), refuge])
    assert spells(home, "ann", "ben") == [(None, None)]
    made = {"o2": [replace(signal("o2", 125), kind="household_change", relation="household")]}
    assert counted("ann", home, made=made) == []


def test_of_a_restricted_person_nobody_learns_through_a_household() -> None:
    home = Home([found("o1", JAN, one("ann"), one("ben"), one("mum", "mother"))], hidden=["ben"])
    assert sorted(home.kin("ann")) == ["mum"]


# ------------------------------------------------------------------------------------------------------- when it began


def test_where_nobody_said_since_when_they_lived_together_before_too() -> None:
    home = Home([found("o1", MAY, one("ann"), one("ben"))])
    assert spells(home, "ann", "ben") == [(None, None)]


def test_a_start_that_is_given_holds_for_who_gave_none() -> None:
    home = Home([
        found("o1", MAY, one("ann"), one("lee", "parents_partner", since=MARCH)),
        found("o2", JULY, one("ann"), one("lee", "parents_partner"), by="police"),
    ])  # fmt: skip
    assert spells(home, "ann", "lee") == [(MARCH, None)]


@pytest.mark.parametrize("role", ["foster_carer", "private_foster_carer", "other", "household_member", "not_known"])
def test_of_a_foster_carer_or_whoever_it_is_no_past_is_assumed(role: str) -> None:
    home = Home([found("o1", JAN, one("ann"), one("sue", role)), found("o2", MAY, one("ben"), one("sue", role))])
    assert spells(home, "ann", "sue") == [(JAN, None)]
    assert spells(home, "ann", "ben") == [(MAY, None)]
    given = Home(
        [
            found("o1", JAN, one("ann"), one("sue", role)),
            found("o2", MAY, one("ann", since=date(2025, 3, 1)), one("sue", role)),
        ]
    )
    assert spells(given, "ann", "sue") == [(date(2025, 3, 1), None)]


def test_who_moved_in_without_a_day_lives_there_from_when_it_was_found() -> None:
    home = Home([found("o1", MAY, one("ann"), one("lee", "parents_partner"), change="moved_in")])
    assert spells(home, "ann", "lee") == [(MAY, None)]


# ------------------------------------------------------------------------------------------------------ when it ended


@pytest.mark.parametrize("change", ["moved_out", "death", "in_custody"])
def test_who_left_alone_left_everybody(change: str) -> None:
    together = found("o1", JAN, one("ann"), one("ben"), one("dad", "father"))
    home = Home([together, found("o2", MAY, one("dad", "father"), by="police", change=change)])
    assert spells(home, "ann", "dad") == spells(home, "ben", "dad") == [(None, MAY)]
    assert spells(home, "ann", "ben") == [(None, None)]


def test_who_left_one_home_still_lives_in_the_other() -> None:
    home = Home([
        found("o1", JAN, one("ann"), one("mum", "mother"), one("lee", "parents_partner")),
        found("o2", JAN, one("zoe"), one("lee", "father")),
        found("o3", MAY, one("mum", "mother"), one("lee", "parents_partner", until=MAY)),
    ])  # fmt: skip
    assert spells(home, "ann", "lee") == [(None, MAY)]
    assert spells(home, "zoe", "lee") == [(None, None)]
    assert spells(home, "zoe", "ann") == [(None, MAY)]


def test_an_adult_who_a_later_concern_says_is_not_in_the_household_has_left() -> None:
    home = Home([
        worry("c1", JAN, one("ann"), one("dad", "father", home=True)),
        worry("c2", MAY, one("ann"), one("dad", "father", home=False)),
    ])  # fmt: skip
    assert spells(home, "ann", "dad") == [(None, MAY)]


def test_who_comes_back_lives_there_again_and_the_time_between_stays_apart() -> None:
    home = Home([
        found("o1", JAN, one("ann"), one("dad", "father")),
        found("o2", MARCH, one("dad", "father", until=MARCH)),
        found("o3", MAY, one("ann"), one("dad", "father")),
    ])  # fmt: skip
    assert spells(home, "ann", "dad") == [(None, MARCH), (MAY, None)]
    assert not home.kin("ann")["dad"].conflicting


def test_two_organisations_that_disagree_are_shown_and_it_goes_on() -> None:
    told = [
        found("o1", JAN, one("ann"), one("dad", "father")),
        found("o2", MARCH, one("dad", "father", until=MARCH), by="police"),
        found("o3", MAY, one("ann"), one("dad", "father"), by="school"),
    ]
    assert [(k.conflicting, k.now(JULY)) for k in [Home(told).kin("ann")["dad"]]] == [(True, True)]
    told.append(found("o4", JULY, one("ann"), one("dad", "father"), by="police"))
    assert not Home(told).kin("ann")["dad"].conflicting


# --------------------------------------------------------------------------------------------------------- one hop


def test_siblings_are_found_through_the_mother_whom_two_organisations_named() -> None:
    home = Home([
        worry("c1", JAN, one("ann"), one("mum", "mother", home=True)),
        worry("c2", MAY, one("ben"), one("mum", "mother", home=True), by="school"),
    ])  # fmt: skip
    kin = home.kin("ann")["ben"]
    assert kin.spells == (Spell(None, None, ("c1", "c2"), ("police", "school"), True, "mum"),)


def test_an_unknown_man_who_moves_in_with_the_mother_lives_with_her_children() -> None:
    home = Home([
        found("o1", JAN, one("ann"), one("mum", "mother")),
        found("o2", MAY, one("mum", "mother"), one("lee", "parents_partner", since=MARCH, sure=False), change="moved_in"),
    ])  # fmt: skip
    lee = home.kin("ann")["lee"]
    assert (lee.role, lee.spells[0].start, lee.sure) == ("parents_partner", MARCH, False)


@pytest.mark.parametrize(
    ("members", "brings"),
    [
        ((one("ann"), one("lee", "parents_partner", since=MAY)), True),
        ((one("ann"), one("mum", "mother"), one("lee", "not_known")), True),
        ((one("ann"), one("mum", "mother")), False),
        ((one("ann", since=MAY), one("gran", "grandparent")), False),
    ],
)
def test_moving_in_brings_a_new_adult_only_where_one_came(members: tuple[Member, ...], brings: bool) -> None:
    assert brings_an_adult(found("o1", MAY, *members, change="moved_in")) is brings


# ------------------------------------------------------------------------------------------------------ what counts


def counted(
    child: str, home: Home, own: Mapping[str, Sequence[Signal]] | None = None, held: Sequence[Signal] = (),
    made: Mapping[str, Sequence[Signal]] | None = None,
) -> list[tuple[str, str]]:  # fmt: skip
    wanted = counts(child, home, own or {}, {s.id: s for s in held}, made or {})
    assert all(one.signal.child == child for one in wanted.values())
    return sorted((ident, one.signal.relation) for ident, one in wanted.items())


TOGETHER = found("o1", date(2026, 1, 1), one("ann"), one("ben"), one("mum", "mother"))


def test_a_copy_a_possible_signal_and_a_strength_are_not_passed_on() -> None:
    own = {
        "ben": [
            replace(signal("m1", 3), child="ben", relation="sibling"),
            replace(signal("m2", 3), child="ben", relation="possible"),
            replace(signal("m3", 3), child="ben", kind="strength"),
        ]
    }
    assert counted("ann", Home([TOGETHER]), own) == []


def test_who_is_named_in_a_message_or_may_be_gets_no_copy_of_it() -> None:
    own = {"ben": [replace(signal("m1", 3), id="m1/1", child="ben"), replace(signal("m2", 3), child="ben")]}
    held = [
        replace(signal("m1", 3), child="ann"),
        replace(signal("m2", 3), id="m2/1", child="ann", relation="possible"),
    ]
    assert counted("ann", Home([TOGETHER]), own, held) == []


def test_what_happens_to_a_sibling_counts_while_the_two_live_together() -> None:
    own = {"ben": [replace(signal("before", 2), child="ben"), replace(signal("after", 60), child="ben")]}
    parted = found("o2", date(2026, 2, 1), one("ben", until=date(2026, 2, 1)))
    assert counted("ann", Home([TOGETHER]), own) == [("after/0", "sibling"), ("before/0", "sibling")]
    assert counted("ann", Home([TOGETHER, parted]), own) == [("before/0", "sibling")]


def test_what_happened_to_a_sibling_before_a_child_was_born_does_not_count_for_it() -> None:
    own = {"ben": [replace(signal(f"m{day}", day), child="ben") for day in (1, 70, 130)]}
    newborn = found("o1", date(2026, 5, 20), one("ann", age_months=1), one("ben"))
    assert counted("ann", Home([newborn]), own) == [("m130/0", "sibling")]


def test_of_a_newborn_nothing_is_lost_because_its_age_is_told_in_months() -> None:
    own = {"ben": [replace(signal("m1", 130), child="ben")]}  # five days before
    newborn = found("o1", date(2026, 5, 20), one("ann", age_months=0), one("ben"))
    assert counted("ann", Home([newborn]), own) == [("m1/0", "sibling")]


def test_what_happened_to_a_sibling_while_a_child_was_expected_still_counts_when_it_is_born() -> None:
    own = {"ben": [replace(signal(f"m{day}", day), child="ben") for day in (1, 40)]}
    expected = replace(signal("u1", 30), child="ann", unborn=True)
    newborn = found("o1", date(2026, 5, 20), one("ann", age_months=0), one("ben"))
    assert counted("ann", Home([newborn]), own, [expected]) == [("m40/0", "sibling")]


def test_a_copy_says_nothing_of_whether_this_child_was_seen_measured_or_how_old_the_other_is() -> None:
    original = replace(
        signal("m1", 3), child="ben", seen="seen", measures=(("attendance_percent", 50.0),), age_months=90
    )
    told = replace(TOGETHER, members=(one("ann", age_months=30), one("ben")))
    (copy,) = counts("ann", Home([told]), {"ben": [original]}, {}, {}).values()
    wanted = replace(original, child="ann", relation="sibling", seen="not_seen", measures=(), age_months=30)
    assert (copy.signal, copy.because) == (wanted, "message:o1@1")


def test_what_is_known_of_an_adult_comes_along_and_what_follows_after_parting_does_not() -> None:
    home = [
        found("o1", date(2026, 3, 1), one("ann"), one("lee", "parents_partner", since=date(2026, 3, 1))),
        found("o2", date(2026, 6, 1), one("lee", "parents_partner", until=date(2026, 6, 1))),
        worry("early", date(2026, 1, 10), one("lee", "not_known")), worry("late", date(2026, 6, 20), one("lee", "not_known")),
    ]  # fmt: skip
    made = {"early": [signal("early", 5)], "late": [signal("late", 166)]}
    assert counted("ann", Home(home), made=made) == [("early/0", "adult")]


def test_a_person_may_say_which_children_a_concern_about_adults_is_about() -> None:
    asked = worry("c1", JAN, one("lee", "not_known"), named=("zoe",))
    assert counted("zoe", Home([asked]), made={"c1": [signal("c1", 5)]}) == [("c1/0", "adult")]


def test_harm_to_a_child_elsewhere_counts_where_the_adult_who_has_a_part_in_it_lives() -> None:
    own = {"zoe": [replace(signal("c1", 5), child="zoe")]}
    here = found("o1", JAN, one("ann"), one("lee", "parents_partner"))
    lee = one("lee", "father", home=False)
    assert counted("ann", Home([here, worry("c1", JAN, one("zoe"), lee)]), own) == [("c1/0", "household")]
    teacher = replace(lee, role="professional")
    assert counted("ann", Home([here, worry("c1", JAN, one("zoe"), teacher)]), own) == []


def test_a_change_in_the_household_counts_for_every_child_of_it_named_or_not() -> None:
    change = found("o2", MAY, one("mum", "mother"), one("lee", "parents_partner", since=MAY), change="moved_in")
    made = {"o2": [replace(signal("o2", 125), kind="household_change", relation="household")]}
    home = Home([TOGETHER, change])
    assert counted("ann", home, made=made) == counted("ben", home, made=made) == [("o2/0", "household")]


def test_a_move_that_names_a_child_of_whom_nobody_may_learn_is_told_to_nobody_else() -> None:
    moved = found("o2", MAY, one("secret", since=MAY), one("mum", "mother"), change="moved_in")
    made = {"o2": [replace(signal("o2", 125), kind="household_change", relation="household")]}
    assert counted("ann", Home([TOGETHER, moved]), made=made) == [("o2/0", "household")]
    assert counted("ann", Home([TOGETHER, moved], hidden=["secret"]), made=made) == []
    assert counted("secret", Home([TOGETHER, moved], hidden=["secret"]), made=made) == [("o2/0", "household")]


def test_through_a_crowd_nobody_is_found_and_only_what_names_a_person_says_when_it_ended() -> None:
    told = [
        found("o1", JAN, one("ann"), one("sue", "carer")), found("o2", JAN, one("ben"), one("sue", "carer")),
        found("o3", MAY, one("sue", "carer"), change="moved_out"),
    ]  # fmt: skip
    assert sorted(Home(told).kin("ann")) == ["ben", "sue"]
    crowded = Home(told, crowd=["sue"])
    assert (sorted(crowded.kin("ann")), spells(crowded, "ann", "sue")) == (["sue"], [(None, None)])


# -------------------------------------------------------------------------------------------------- asking for children


@pytest.mark.parametrize(
    ("adults_only", "command", "field"),
    [
        (False, NameChildren(children=("ann",), by="staff-1"), "message"),
        (True, NameChildren(by="staff-1"), "children"),
        (True, NameChildren(children=("ann",), none=True, by="staff-1"), "children"),
    ],
)
def test_an_answer_that_is_none_is_refused(adults_only: bool, command: NameChildren, field: str) -> None:
    with pytest.raises(Refused) as refused:
        name_children(adults_only, None, command)
    assert refused.value.field == field


def test_the_same_answer_again_says_nothing_and_another_replaces_it() -> None:
    first = ChildrenNamed(children=("ann", "ben"), asked="police", by="staff-1")
    assert name_children(True, None, NameChildren(children=("ben", "ann", "ben"), asked="police", by="staff-1")) == [
        first
    ]
    assert name_children(True, first, NameChildren(children=("ann", "ben"), asked="police", by="staff-2")) == []
    none = ChildrenNamed(children=(), asked="police", by="staff-2")
    assert name_children(True, first, NameChildren(none=True, asked="police", by="staff-2")) == [none]
