"""Policies people sign: ticks for an exact text, signatures of two people, an edition whole or not at all; then and now."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from hub.bootstrap import Hub
from hub.domain import edition as editions
from hub.domain.edition import EditionPublished
from hub.domain.errors import NotFound, NotPermitted, Refused
from hub.domain.ledger import Asked
from hub.domain.signing import DraftSigned, statement
from hub.domain.staff import ChangeRoles, RegisterStaff, Staff
from hub.domain.staff import decide as decide_staff
from hub.domain.staff import evolve as evolve_staff
from hub.views.governing import Checks, Governing
from hub.views.models import Filters
from hub.views.models.policies import EditionRow
from tests.support.drafts import (
    DECISION_MAKER,
    GUARDIAN,
    IG_LEAD,
    NAVIGATOR,
    OWNER,
    RELEASED,
    a_hub,
    change,
    copy_of_the_set,
    stricter,
)
from tests.support.partnership import MovedClock

TODAY = date(2026, 11, 22)
CHECKED: dict[str, Checks] = {}  # by the hash of draft and table, so that tests of one draft run its table once


class House:
    """A hub, the folder of its draft, and its people."""

    def __init__(self, folder: Path) -> None:
        self.draft = copy_of_the_set(folder / "draft")
        self.clock = MovedClock()
        self.hub: Hub = a_hub(folder / "data", self.draft, self.clock)

    @property
    def governing(self) -> Governing:
        return self.hub.governing._replace(memory=CHECKED)

    def outside_a_demonstration(self) -> Governing:
        return self.governing._replace(demo=False)

    def tick_all(self, by: str = IG_LEAD) -> None:
        governing = self.governing
        for row in governing.register():
            governing.govern().tick(row.id, row.digest, by)

    def sign(self, *staff: str) -> list[str]:
        return [self.governing.sign(self.hub.asker(one))["role"] for one in staff]

    def numbers(self) -> list[int]:
        return [one.number for one in self.governing.editions()]

    def roles(self, staff: str, *roles: str) -> None:
        def changed(history: list) -> list:  # type: ignore[type-arg]
            state = Staff(staff)
            for one in history:
                state = evolve_staff(state, one.fact)
            return list(decide_staff(state, ChangeRoles(roles=roles)))

        self.hub.act().append(f"staff:{staff}", changed, "person:test")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.hub.close()


def refused(
    house: House, *, demo: bool = True, expected: str = "", start: datetime | None = None, by: str = IG_LEAD
) -> str:
    """Why publishing is refused; afterwards there is no new edition."""
    governing = house.governing if demo else house.outside_a_demonstration()
    before = house.numbers()
    with pytest.raises((Refused, NotPermitted)) as why:
        governing.publish(house.hub.asker(by), expected, start)
    assert house.numbers() == before
    return str(why.value)


# ------------------------------------------------------------------------------------------------------------ refusals


def test_a_draft_that_does_not_validate_is_neither_signed_nor_published_and_says_file_line_and_policy(
    house: House,
) -> None:
    change(house.draft, "help.cedar", "resource.subject.allocated &&", "resource.subject.alocated &&")

    why = refused(house)
    assert "help.cedar, line 3, policy H01" in why
    assert "alocated" in why
    with pytest.raises(Refused, match=r"help\.cedar, line 3, policy H01"):
        house.sign(IG_LEAD)


def test_a_draft_whose_table_does_not_hold_is_not_published_and_names_the_row(house: House) -> None:
    change(house.draft, "reading.cedar", RELEASED, RELEASED.replace("resource.released && ", ""))

    why = refused(house)

    assert "rows of the scenario table do not hold" in why
    assert "expected deny" in why


def test_a_table_that_is_mended_is_asked_again_though_no_policy_changed(house: House) -> None:
    stricter(house.draft)
    change(house.draft, "cases/intake.toml", 'expect = "allow"', 'expect = "deny"')
    assert "intake.toml" in refused(house)
    change(house.draft, "cases/intake.toml", 'expect = "deny"', 'expect = "allow"')
    assert house.governing.draft().problem == ""


def test_files_that_change_while_they_are_checked_are_not_signed(house: House) -> None:
    stricter(house.draft)
    drafts, turns = house.governing.drafts, iter(range(9))

    def changing(*given: object) -> dict[str, object]:
        parts = drafts(*given)
        return {**parts, "policies": f"{parts['policies']}// {next(turns)}"}

    with pytest.raises(Refused, match="its files changed while they were read"):
        house.governing._replace(drafts=changing).sign(house.hub.asker(IG_LEAD))


def test_a_draft_that_changes_nothing_is_not_published_again(house: House) -> None:
    assert refused(house) == "nothing in this draft differs from edition 1: there is nothing to publish"
    with pytest.raises(Refused, match="nothing to sign"):
        house.sign(IG_LEAD)


def test_an_edition_is_not_effective_from_the_past_nor_from_a_moment_without_a_time_zone(house: House) -> None:
    stricter(house.draft)
    now = house.hub.clock.now()

    assert "moment that has passed" in refused(house, start=now - timedelta(seconds=1))
    assert "time zone" in refused(house, start=datetime(2099, 1, 1, tzinfo=UTC).replace(tzinfo=None))


@pytest.mark.parametrize("staff", [DECISION_MAKER, NAVIGATOR])
def test_only_who_may_sign_policies_ticks_signs_or_publishes(house: House, staff: str) -> None:
    stricter(house.draft)
    who = house.hub.asker(staff)

    for wish in (house.governing.sign, house.governing.publish, lambda one: house.governing.tick(one, "R04")):
        with pytest.raises(NotPermitted):
            wish(who)
    assert house.governing.draft().signatures == ()
    assert house.numbers() == [1]


def test_a_signature_in_a_role_that_the_draft_does_not_ask_for_is_refused(house: House) -> None:
    stricter(house.draft)  # the rules are the same, so the threshold owner is not asked

    with pytest.raises(Refused, match="information-governance lead, Caldicott guardian: yours is another role"):
        house.sign(OWNER)
    assert house.governing.draft().signatures == ()


def test_nobody_signs_twice_not_even_in_a_second_role(house: House) -> None:
    stricter(house.draft)
    house.sign(IG_LEAD)

    with pytest.raises(Refused, match="another person's"):
        house.sign(IG_LEAD)
    house.roles(IG_LEAD, "ig_lead", "caldicott_guardian")
    with pytest.raises(Refused, match="another person's"):
        house.sign(IG_LEAD)
    assert [one.by for one in house.governing.draft().signatures] == [IG_LEAD]


def test_two_accounts_of_one_person_are_not_two_signatures(house: House) -> None:
    stricter(house.draft)
    one = RegisterStaff(
        staff=GUARDIAN, organisation="partnership", setting="board", roles=("caldicott_guardian",),
        ig_trained_until=house.clock.now() + timedelta(days=9), same_as=IG_LEAD,
    )  # fmt: skip
    house.hub.register_staff([one])
    house.sign(IG_LEAD)
    with pytest.raises(Refused, match="another account of the same person"):
        house.sign(GUARDIAN)
    assert [one.by for one in house.governing.draft().signatures] == [IG_LEAD]


def test_a_role_that_has_signed_does_not_sign_again_by_somebody_else(house: House) -> None:
    stricter(house.draft)
    house.sign(IG_LEAD)
    house.roles(OWNER, "ig_lead")

    with pytest.raises(Refused, match="signed by the information-governance lead already"):
        house.sign(OWNER)


def test_outside_a_demonstration_every_policy_is_ticked_and_two_people_have_signed(house: House) -> None:
    stricter(house.draft)
    assert "policies are unchecked" in refused(house, demo=False)
    house.tick_all()
    assert refused(house, demo=False) == "still to be signed by: information-governance lead, Caldicott guardian"
    house.sign(IG_LEAD)
    assert refused(house, demo=False) == "still to be signed by: Caldicott guardian"


def test_a_signature_of_somebody_who_lost_the_role_since_counts_no_more(house: House) -> None:
    stricter(house.draft)
    house.tick_all(GUARDIAN)
    house.sign(IG_LEAD, GUARDIAN)
    house.roles(IG_LEAD, "threshold_owner")

    assert refused(house, demo=False, by=GUARDIAN) == "still to be signed by: information-governance lead"


def test_a_forged_signature_does_not_count(house: House) -> None:
    stricter(house.draft)
    house.sign(IG_LEAD)
    house.tick_all()
    hash_ = house.governing.draft().content_hash
    stream = f"edition-draft:{hash_}"
    (good,) = [one.fact for one in house.hub.record.load(stream)]
    assert isinstance(good, DraftSigned)
    forged = msgspec.structs.replace(good, role="caldicott_guardian", by=GUARDIAN)  # the lead's key, another's name
    house.hub._append(stream, 1, [forged], "person:forger")

    assert refused(house, demo=False) == "still to be signed by: Caldicott guardian"


def test_a_draft_that_was_changed_after_it_was_signed_is_not_published_and_both_hashes_are_told(house: House) -> None:
    stricter(house.draft)
    house.sign(IG_LEAD, GUARDIAN)
    signed = house.governing.draft().content_hash
    change(
        house.draft, "never.cedar", "Nobody exports what the police published", "Nobody exports what the police wrote"
    )
    now = house.governing.draft().content_hash

    for demo in (True, False):
        why = refused(house, demo=demo)
        assert (signed[:12] in why, now[:12] in why, "changed after it was signed" in why) == (True, True, True)
    assert refused(house, expected=signed) == (
        f"the draft has changed: you read {signed[:12]}, it is now {now[:12]}: read it again"
    )


def test_a_text_that_changed_since_it_was_read_is_not_ticked(house: House) -> None:
    digest = next(row.digest for row in house.governing.register() if row.id == "R04")
    change(house.draft, "reading.cedar", '@id("R04") @title("The MASH reads', '@id("R04") @title("The hub reads')

    with pytest.raises(Refused, match="R04 has changed since you read it"):
        house.governing.tick(house.hub.asker(IG_LEAD), "R04", digest)
    with pytest.raises(NotFound, match="no policy 'R99'"):
        house.governing.tick(house.hub.asker(IG_LEAD), "R99")
    with pytest.raises(Refused, match="only your own tick"):
        house.governing.tick(house.hub.asker(IG_LEAD), "R04", take_back=True)


def test_of_two_who_publish_at_once_one_is_told_and_no_number_is_used_twice(house: House) -> None:
    stricter(house.draft)
    govern = house.governing.govern()
    draft, _ = house.governing._draft(None)
    before = govern.last()
    first = govern.publish(draft, effective_from=None, by=IG_LEAD, demo=True, unticked=())
    govern.last = lambda: before  # type: ignore[method-assign] # the second had looked before the first had written

    with pytest.raises(Refused, match="somebody else has just published edition 2"):
        govern.publish(draft, effective_from=None, by=GUARDIAN, demo=True, unticked=())

    assert (first.number, house.numbers()) == (2, [2, 1])


def test_a_draft_that_does_not_read_is_not_compared_and_says_why(house: House) -> None:
    change(house.draft, "help.cedar", "permit (", "permitt (")

    with pytest.raises(Refused, match=r"this cannot be compared: help\.cedar, line 3, policy H01"):
        house.governing.compare("1", "draft", house.hub.asker(IG_LEAD))
    with pytest.raises(NotFound, match="there is no edition 7"):
        house.governing.compare("1", "7", None)


# --------------------------------------------------------------------------------------------------------------- ticks


def test_a_tick_is_for_the_exact_text_law_included_and_for_nothing_but_the_text(house: House) -> None:
    def checked() -> dict[str, tuple[str, ...]]:
        return {row.id: row.checked_by for row in house.governing.register() if row.checked_by}

    assert checked() == {}
    for policy in ("R04", "N05"):
        house.governing.tick(house.hub.asker(IG_LEAD), policy)
    house.governing.tick(house.hub.asker(GUARDIAN), "R04")
    assert checked() == {"R04": (IG_LEAD, GUARDIAN), "N05": (IG_LEAD,)}
    change(house.draft, "never.cedar", '@id("N05")', '// a comment and blanks change nothing\n\n  @id("N05")')
    assert checked() == {"R04": (IG_LEAD, GUARDIAN), "N05": (IG_LEAD,)}
    change(
        house.draft,
        "reading.cedar",
        "Children Act 1989 s17, s47; Children Act 2004",
        "Children Act 1989 s17; Children Act 2004",
    )
    assert checked() == {"N05": (IG_LEAD,)}
    house.governing.tick(house.hub.asker(IG_LEAD), "N05", take_back=True)
    assert checked() == {}


# ---------------------------------------------------------------------------------------------------------- publishing


def test_two_people_sign_and_the_edition_carries_their_signatures_and_the_next_number(house: House) -> None:
    stricter(house.draft)
    house.tick_all()
    assert house.sign(GUARDIAN, IG_LEAD) == ["Caldicott guardian", "information-governance lead"]
    hash_ = house.governing.draft().content_hash

    made = house.governing.publish(house.hub.asker(OWNER), hash_)

    assert (made.number, made.content_hash, made.signed) == (2, hash_, "signed by 2 people")
    assert house.hub.edition.number == 2
    fact = house.hub.record.load("edition:2")[0].fact
    assert isinstance(fact, EditionPublished)
    assert [(one.role, one.by) for one in fact.signatures] == [("caldicott_guardian", GUARDIAN), ("ig_lead", IG_LEAD)]
    keys = house.governing.govern()._signers
    assert all(
        keys.verify(one.by, statement(hash_, one.role, one.by), one.public, one.value) for one in fact.signatures
    )
    assert editions.read(fact).content_hash == hash_
    assert house.governing.draft().same_as == 2


def test_outside_a_demonstration_it_is_published_once_ticked_signed_and_the_papers_approved(house: House) -> None:
    stricter(house.draft)
    drafts = house.governing.drafts

    def approved(*given: object) -> dict[str, object]:
        parts = drafts(*given)
        papers = [
            {**one, "approved_by": "A named person", "approved_on": "2026-01-05", "review_by": "2099-01-05"}
            for one in parts["protocol"]["agreed"]["paper"]
        ]
        agreed = {**parts["protocol"]["agreed"], "paper": papers}
        return {**parts, "protocol": {**parts["protocol"], "agreed": agreed}}

    house.tick_all()
    house.sign(IG_LEAD, GUARDIAN)
    assert "needs its papers first: Data protection impact assessment" in refused(house, demo=False)
    governing = house.governing._replace(drafts=approved, demo=False)
    for one in (IG_LEAD, GUARDIAN):  # another content, so it is signed anew
        governing.sign(house.hub.asker(one))
    assert governing.publish(house.hub.asker(GUARDIAN)).signed == "signed by 2 people"


def test_where_rules_change_the_threshold_owner_signs_too(house: House) -> None:
    stricter(house.draft)
    drafts = house.governing.drafts

    def fewer_rules(*given: object) -> dict[str, object]:
        parts = drafts(*given)
        return {**parts, "thresholds": parts["thresholds"][1:]}

    governing = house.governing._replace(drafts=fewer_rules)
    assert governing.draft().lacking == ("information-governance lead", "Caldicott guardian", "threshold owner")
    assert governing.sign(house.hub.asker(OWNER))["role"] == "threshold owner"
    assert governing.draft().lacking == ("information-governance lead", "Caldicott guardian")


def test_a_rule_that_an_edition_judged_by_is_not_edited_under_its_id(house: House) -> None:
    stricter(house.draft)
    drafts = house.governing.drafts

    def with_rule(**otherwise: object) -> Governing:
        def parts(*given: object) -> dict[str, object]:
            made = drafts(*given)
            return {**made, "thresholds": [{**made["thresholds"][0], **otherwise}, *made["thresholds"][1:]]}

        return house.governing._replace(drafts=parts)

    used = drafts(TODAY, house.draft)["thresholds"][0]["id"]
    for edit in ({"level": 1}, {"words": "Another sentence"}, {"tells": "nobody"}):
        with pytest.raises(Refused, match=f"judged by the rule {used}, and it reads otherwise in this draft"):
            with_rule(**edit).publish(house.hub.asker(IG_LEAD))
        with pytest.raises(Refused, match="give the changed rule an id of its own"):
            with_rule(**edit).sign(house.hub.asker(IG_LEAD))
    assert house.numbers() == [1]

    assert with_rule(enabled=False, cost="measured anew").publish(house.hub.asker(IG_LEAD)).number == 2
    assert with_rule(id="another-rule", level=1).publish(house.hub.asker(IG_LEAD)).number == 3


def test_in_a_demonstration_an_edition_may_be_unsigned_and_says_so(house: House) -> None:
    stricter(house.draft)

    made = house.governing.publish(house.hub.asker(IG_LEAD))

    assert (made.number, made.signed, made.signatures) == (2, "unsigned", ())
    rows: tuple[EditionRow, ...] = house.governing.editions()
    assert [(one.number, one.signed, one.in_force, one.published_by) for one in rows] == [
        (2, "unsigned", True, IG_LEAD),
        (1, "unsigned", False, "bootstrap"),
    ]


def test_an_edition_takes_effect_at_its_moment_and_not_before(house: House) -> None:
    stricter(house.draft)
    start = house.hub.clock.now() + timedelta(hours=2)

    made = house.governing.publish(house.hub.asker(IG_LEAD), "", start)

    assert not made.in_force
    assert house.hub.in_force().edition.number == 1
    house.clock.moved = timedelta(hours=2, seconds=1)
    assert house.hub.in_force().edition.number == 2
    assert "N90" in {one.id for one in house.hub.in_force().rulings.register}


# ---------------------------------------------------------------------------------- what a draft changes; then and now


def test_what_a_draft_opens_and_closes_is_told_by_policy_over_what_was_asked_and_over_a_generated_space(
    house: House,
) -> None:
    asker = house.hub.asker(DECISION_MAKER)
    house.hub.worklist(asker, Filters())
    change(house.draft, "reading.cedar", RELEASED, RELEASED.replace("resource.released && ", ""))
    stricter(house.draft)

    found = house.governing.compare("1", "draft", house.hub.asker(IG_LEAD))

    assert (found.before, found.after, found.added, found.removed, found.changed) == (
        "edition 1", "the draft", ("N90",), (), ("R05",),
    )  # fmt: skip
    recorded, generated = found.compared
    assert (recorded.over, recorded.opened, recorded.closed) == ("recorded", 0, 0)
    assert recorded.asked > 0
    opens = [one for one in generated.changes if one.opens]
    closes = [one for one in generated.changes if not one.opens]
    assert all("R05" in one.policies for one in opens)  # of an item about two, another rule may open the other
    assert {(one.why, one.policies) for one in closes} == {("now stopped by", ("N90",))}
    assert generated.opened == sum(one.count for one in opens) > 0
    assert all("Navigator" in example for one in opens for example in one.examples)
    again = house.governing.compare("1", "draft", None)
    assert again.compared == (generated,)  # the space is the same each time


def test_a_look_is_judged_by_the_edition_of_its_time_with_todays_answer_beside_it(house: House) -> None:
    lead = house.hub.asker(IG_LEAD)
    house.governing.policies(lead)
    position = house.hub.ledger.position()
    change(
        house.draft,
        "looking_back.cedar",
        'principal in Mash::Role::"ig_lead" || principal in Mash::Role::"caldicott_guardian"\n   || principal in Mash',
        'principal in Mash::Role::"caldicott_guardian"\n   || principal in Mash',
    )
    now = house.hub.clock.now()
    fact = editions.publish(2, now, house.governing.drafts(now.date(), house.draft))
    house.hub._append("edition:2", 0, [fact], "person:test")  # one of which the table would not hold
    assert house.hub.in_force().edition.number == 2

    found = house.governing.then_and_now(lead, position)

    assert (found.edition_then, found.edition_now, found.kept, found.agrees) == ("1", "2", True, True)
    assert [(one.items, one.then, one.now, one.same) for one in found.lines] == [
        (1, "open (L04)", "closed (no rule opens it)", False)
    ]
    with pytest.raises(NotPermitted):
        house.governing.policies(lead)


def test_a_look_that_there_is_not_and_one_that_somebody_may_not_know_of_look_alike(house: House) -> None:
    house.governing.policies(house.hub.asker(IG_LEAD))
    position = house.hub.ledger.position()

    for who, where in ((IG_LEAD, 99_999), (IG_LEAD, 0), (OWNER, position)):
        with pytest.raises(NotFound, match="there is no such look, or none that you may know of"):
            house.governing.then_and_now(house.hub.asker(who), where)
    with pytest.raises(NotPermitted):
        house.governing.then_and_now(house.hub.asker(DECISION_MAKER), position)


def test_the_questions_in_the_ledger_name_nobody_who_is_asked_about(house: House) -> None:
    house.governing.policies(house.hub.asker(IG_LEAD))
    asked = house.hub.ledger.read(0, 100, [Asked.NAME])[-1].fact
    assert isinstance(asked, Asked)
    assert asked.questions
    assert "L04" in {policy for one in asked.rulings for policy in one.policies}
