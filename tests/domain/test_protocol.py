"""The protocol says what may be shared; whatever it does not cover is outside, and says which clause."""

from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.domain.protocol import PAPERS, Agreed, Outside, Paper, Within, missing_papers, outside, permits
from hub.domain.sharing import PURPOSES, TIERS, Organisation
from policies.partnerships import ROOT, BadPartnership, partnership_protocol, partnerships

DAY = date(2026, 11, 22)
AGREED = msgspec.convert(partnership_protocol("demo"), Agreed)
POLICE = Organisation("police", "police", party=True)
SCHOOL = Organisation("school_a", "education", party=True)
HUB = Organisation("hub", "council", party=True)
CLUB = Organisation("football_club", "sport", party=True)


@pytest.mark.parametrize(
    ("owner", "receiver", "purpose", "category", "found"),
    [
        (CLUB, CLUB, "anything", "narrative", Within("own")),  # one's own words are no share
        (POLICE, HUB, "pool", "codes", Within("pool")),
        (POLICE, HUB, "pool", "narrative", "pool"),  # words are no part of the pool
        (POLICE, SCHOOL, "triage", "third_party", Within("front-door")),
        (POLICE, SCHOOL, "early_help", "identity.address", Within("early-help")),
        (POLICE, SCHOOL, "early_help", "referrer", "early-help"),
        (POLICE, SCHOOL, "early_help", "third_party", "early-help"),
        (POLICE, SCHOOL, "crime_investigation", "narrative", "purposes"),
        (POLICE, CLUB, "triage", "narrative", "parties"),
        (CLUB, POLICE, "triage", "narrative", "parties"),
        (Organisation("police", "police", party=False), SCHOOL, "triage", "narrative", "parties"),
        (POLICE, SCHOOL, "identity_review", "narrative", "identity"),
    ],
)
def test_a_share_stands_within_a_clause_or_outside_one(
    owner: Organisation, receiver: Organisation, purpose: str, category: str, found: Within | str
) -> None:
    answer = permits(AGREED, owner, receiver, purpose, category, DAY)

    assert answer == found if isinstance(found, Within) else (isinstance(answer, Outside) and answer.clause == found)


@pytest.mark.parametrize(
    ("on", "within"),
    [("2025-12-31", False), ("2026-01-01", True), ("2029-12-31", True), ("2030-01-01", False)],
)
def test_a_protocol_holds_from_its_first_day_to_its_last(on: str, within: bool) -> None:
    answer = permits(AGREED, POLICE, SCHOOL, "triage", "narrative", date.fromisoformat(on))

    assert (answer == Within("front-door")) is within
    assert isinstance(answer, Within) or answer.clause == "validity"


def test_the_last_day_is_a_london_day() -> None:
    one_in_the_morning_of_summer = msgspec.structs.replace(AGREED, valid_until=date(2026, 6, 30))
    at = datetime(2026, 6, 30, 23, 30, tzinfo=UTC)  # 1 July in London

    assert outside(one_in_the_morning_of_summer, POLICE, SCHOOL, "triage", "narrative", at) == "validity"
    assert outside(None, POLICE, SCHOOL, "triage", "narrative", at) == ""


@given(
    purpose=st.sampled_from(sorted(PURPOSES)), category=st.sampled_from(sorted(TIERS)),
    keep=st.sets(st.sampled_from([clause.id for clause in AGREED.clause])),
)  # fmt: skip
def test_taking_a_clause_away_never_lets_anything_in(purpose: str, category: str, keep: set[str]) -> None:
    fewer = msgspec.structs.replace(AGREED, clause=tuple(c for c in AGREED.clause if c.id in keep))

    if isinstance(permits(fewer, POLICE, SCHOOL, purpose, category, DAY), Within):
        assert isinstance(permits(AGREED, POLICE, SCHOOL, purpose, category, DAY), Within)


def test_without_its_papers_a_partnership_is_a_demonstration() -> None:
    approved = tuple(
        Paper(kind=kind, file="papers/x.md", approved_by="data protection officer", approved_on=date(2026, 9, 1))
        for kind in PAPERS
    )
    whole = msgspec.structs.replace(AGREED, paper=approved)
    late = msgspec.structs.replace(approved[3], review_by=date(2026, 10, 1))
    overdue = msgspec.structs.replace(whole, paper=(*approved[:3], late))

    assert missing_papers(whole, DAY) == ()
    assert len(missing_papers(AGREED, DAY)) == 4  # there, and approved by nobody
    assert missing_papers(msgspec.structs.replace(whole, paper=approved[1:]), DAY) == (f"{PAPERS['dpia']}: not there",)
    assert "review was due" in missing_papers(overdue, DAY)[0]
    assert "the protocol itself" in missing_papers(whole, date(2031, 1, 1))[0]
    assert "holds no protocol" in missing_papers(None, DAY)[0]


def test_every_partnership_has_a_protocol_whose_values_name_their_source() -> None:
    for name in partnerships():
        agreed = msgspec.convert(partnership_protocol(name), Agreed)
        assert agreed.source
        assert all(
            clause.source and (clause.chosen or clause.source != "not stated in the source") for clause in agreed.clause
        )


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (('purposes = ["pool"]', 'purposes = ["marketing"]'), "no purpose 'marketing'"),
        (('categories = ["codes"]', 'categories = ["gossip"]'), "no category 'gossip'"),
        (('id = "notices"', 'id = "pool"'), "two clauses have this id"),
        (("valid_until = 2029-12-31", "valid_until = 2020-12-31"), "ends before it begins"),
        (('clause = "pool"', 'clause = "lake"'), "no clause 'lake'"),
        (("papers/dpia.md", "papers/lost.md"), "papers/lost.md is not there"),
        (("retention_days = 395", "retention_days = 0"), "how many days"),
        (('version = "draft 1"', 'verison = "draft 1"'), "verison"),
    ],
)
def test_a_protocol_with_a_slip_is_refused_with_the_mend(change: tuple[str, str], match: str, tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    (folder / "papers").mkdir(parents=True)
    for kind in PAPERS:
        (folder / "papers" / f"{kind}.md").touch()
    text = ROOT.joinpath("demo", "protocol.toml").read_text(encoding="utf-8")
    assert change[0] in text
    (folder / "protocol.toml").write_text(text.replace(*change), encoding="utf-8")

    with pytest.raises(BadPartnership, match=match):
        partnership_protocol("demo", root=tmp_path)
