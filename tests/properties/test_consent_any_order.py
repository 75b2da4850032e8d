"""Consent, whatever was said and in whatever order: a no never opens, a narrower yes never widens, order is no rule."""

from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from hub.domain.consent import Effective, Stated, effective
from hub.domain.consent_record import Scope, Spoken

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ORGANISATIONS = ("school", "health", "police")
CATEGORIES = ("narrative", "identity", "identity.address")
PURPOSES = ("early_help", "triage")
SHARES = tuple(product(ORGANISATIONS, CATEGORIES, PURPOSES))
GIVERS = (
    ("young_person", ""), ("parental_responsibility", ""), ("parental_responsibility", "mum"),
    ("parental_responsibility", "dad"), ("court", ""), ("relative", "gran"), ("local_authority", ""),
)  # fmt: skip


def some(of: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(of), unique=True, max_size=len(of)).map(lambda chosen: tuple(sorted(chosen)))


ALL = Scope(organisations=ORGANISATIONS, categories=CATEGORIES, purposes=PURPOSES)
scopes = st.builds(Scope, organisations=some(ORGANISATIONS), categories=some(CATEGORIES), purposes=some(PURPOSES),
                   except_organisations=some(ORGANISATIONS), except_categories=some(CATEGORIES))  # fmt: skip


@st.composite
def statement(
    draw: st.DrawFn,
    giver: tuple[str, str] | None = None,
    state: str = "",
    scope: Scope | None = None,
    to_come: bool = False,
) -> Spoken:
    speaks: Any = giver or draw(st.sampled_from(GIVERS))
    scope = scope or draw(scopes)
    says: Any = state or draw(st.sampled_from(["given", "refused", "withdrawn", "objection", "sought", "not_sought"]))
    exceptions = says == "given"
    return Spoken(
        state=says, giver=speaks[0], who=speaks[1], organisation="council", by="staff-1",
        competent=draw(st.sampled_from([None, True, False])) if speaks[0] == "young_person" else None,
        organisations=scope.organisations, categories=scope.categories, purposes=scope.purposes,
        except_organisations=scope.except_organisations if exceptions else (),
        except_categories=scope.except_categories if exceptions else (),
        valid_from=NOW - timedelta(days=draw(st.integers(to_come and -5, 20)), hours=draw(st.integers(0, 11))),
        recorded_at=NOW - timedelta(days=draw(st.integers(0, 20)), hours=draw(st.integers(0, 11))),
        expires=draw(st.sampled_from([None, NOW, NOW + timedelta(days=9)])), evidence_held=draw(st.booleans()),
    )  # fmt: skip


def numbered(said: list[Spoken]) -> list[Stated]:
    return [Stated(f"consent-record:{number}@1", one) for number, one in enumerate(said)]


def everything(said: list[Stated], at: datetime = NOW) -> dict[tuple[str, str, str], Effective]:
    return {share: effective(said, *share, at) for share in SHARES}


def opened(found: dict[tuple[str, str, str], Effective]) -> set[tuple[str, str, str]]:
    return {share for share, one in found.items() if one.state == "given"}


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.sampled_from(GIVERS), unique=True, max_size=4).flatmap(
        lambda givers: st.tuples(*(statement(giver) for giver in givers))
    ),
    st.randoms(use_true_random=False),
)
def test_in_whatever_order_different_people_spoke_the_same_is_in_effect(said: tuple[Spoken, ...], luck: Any) -> None:
    before = numbered(list(said))
    shuffled = list(before)
    luck.shuffle(shuffled)
    assert everything(shuffled) == everything(before)


@settings(max_examples=300, deadline=None)
@given(st.lists(statement(), max_size=5), statement(state="withdrawn"))
def test_a_withdrawal_opens_nothing(said: list[Spoken], last: Spoken) -> None:
    newest = replace(last, recorded_at=NOW)
    before, after = everything(numbered(said)), everything(numbered([*said, newest]))
    young = newest.giver == "young_person"
    assert opened(after) <= opened(before)
    assert young or {s: one.competent for s, one in after.items()} == {s: one.competent for s, one in before.items()}


@settings(max_examples=300, deadline=None)
@given(st.lists(statement(to_come=True), max_size=5), statement(state="withdrawn", scope=Scope()), st.integers(0, 9))
def test_after_a_withdrawal_that_names_nothing_nothing_rests_on_that_person_whatever_its_dates(
    said: list[Spoken], last: Spoken, days: int
) -> None:
    spoken = numbered([*said, replace(last, recorded_at=NOW)])
    theirs = {one.ref for one in spoken if (one.fact.giver, one.fact.who) == (last.giver, last.who)}
    for one in everything(spoken, NOW + timedelta(days=days)).values():
        assert not (one.state == "given" and set(one.used) & theirs)


@given(statement(giver=("parental_responsibility", ""), state="given", scope=ALL, to_come=True))
def test_a_yes_opens_before_it_is_withdrawn(said: Spoken) -> None:
    """The property above is not empty: without the withdrawal something rests on that very yes."""
    yes = replace(said, evidence_held=True, expires=None)
    assert opened(everything(numbered([yes]), NOW + timedelta(days=6))) == {*SHARES}


@settings(max_examples=300, deadline=None)
@given(st.lists(statement(), max_size=4), statement(state="given"), st.data())
def test_a_narrower_yes_in_its_place_opens_nothing_more(said: list[Spoken], wide: Spoken, data: st.DataObject) -> None:
    fields = {name: getattr(wide, name) for name in wide.__struct_fields__}
    for name in ("organisations", "categories", "purposes"):
        fields[name] = data.draw(some(getattr(wide, name))) if getattr(wide, name) else ()
    for name, all_of in (("except_organisations", ORGANISATIONS), ("except_categories", CATEGORIES)):
        fields[name] = tuple(sorted({*getattr(wide, name), *data.draw(some(all_of))}))
    narrow = Spoken(**fields)
    gained = opened(everything(numbered([*said, narrow]))) - opened(everything(numbered([*said, wide])))
    # only what the wider yes had ended: an older yes of the same person that the narrower one still leaves off
    assert all(share in opened(everything(numbered(said))) for share in gained)


@settings(max_examples=200, deadline=None)
@given(st.lists(statement(to_come=True), max_size=5))
def test_time_alone_lets_a_yes_lapse_and_begins_only_what_was_said_of_a_day_to_come(said: list[Spoken]) -> None:
    later = everything(numbered(said), NOW + timedelta(days=400))
    to_come = {one.ref for one in numbered(said) if one.fact.valid_from > NOW}
    begun = opened(later) - opened(everything(numbered(said)))
    assert all(set(later[share].used) <= to_come for share in begun)


@settings(max_examples=300, deadline=None)
@given(st.lists(statement(), max_size=5))
def test_what_settles_a_share_was_said_and_an_answer_of_nobody_rests_on_nothing(said: list[Spoken]) -> None:
    known = {one.ref: one.fact.state for one in numbered(said)}
    for one in everything(numbered(said)).values():
        assert set(one.used) <= set(known)
        if one.state == "given":
            assert {known[ref] for ref in one.used} == {"given"}
