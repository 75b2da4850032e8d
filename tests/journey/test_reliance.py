"""What rested on a version of a rule, a policy, an edition or a match model: two editions, and what was done under each."""

import csv
import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from hub.domain import edition as editions
from hub.domain.concern import ConcernRuled
from hub.domain.errors import NotPermitted, Refused
from hub.domain.moments import london_day
from hub.domain.person import SourceRecordLinked
from hub.domain.release import ReleaseItem
from hub.domain.staff import RegisterStaff
from hub.views.models.reliance import Reliance
from hub.views.reliance import Wish, wish_of
from tests.journey.test_enquiries import DECIDER, SCREENER, Room
from tests.support.messages import a_child
from tests.support.site import Site
from tests.support.typed import typing_on

AUDITOR, HEALTH = "staff-a37d05", "staff-6b10ce"
RULE = "neglect-composite"


class Two(Room):
    """A hub with a child under each of two editions, in the second of which the vocabulary's words changed."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        super().__init__(folder, **settings)
        navigator = RegisterStaff(
            staff=HEALTH, organisation="health", setting="", roles=("navigator",),
            ig_trained_until=self.clock.now() + timedelta(days=90),
        )  # fmt: skip
        self.hub.register_staff([navigator])
        self.first = self.one_child()
        parts = self.hub.edition.parts
        vocabulary = {**parts["vocabulary"]}
        codes = {name: {**one} for name, one in vocabulary["indicators"].items()}
        codes["hunger"]["label"] = "Hungry, said otherwise"
        parts = {**parts, "vocabulary": {**vocabulary, "indicators": codes}}
        fact = editions.publish(2, self.hub.clock.now(), parts)
        self.hub._append(editions.stream(2), 0, [fact], "person:elsewhere")
        self.second = self.one_child()

    def one_child(self) -> str:
        """An alert of the rule about a child, a MASH enquiry on it, a release in it, and a decision."""
        (child,) = self.hungry(a_child())
        enquiry = self.open(child, by=SCREENER)
        self.release(enquiry)
        self.decide(enquiry, child)
        return child

    def release(self, enquiry: str) -> None:
        """What health said last is asked for in a MASH enquiry, and health releases it to the police."""
        said = self.hub.releasing.page(self.who(HEALTH)).said[0].said
        open_to_ask = self.hub.releasing.to_ask_for(self.who(SCREENER), enquiry, said).lines
        item = next(each.item for each in open_to_ask if each.category == "narrative")
        self.hub.releasing.ask(self.who(SCREENER), enquiry, said, [item], ["police"], "They were there too.")
        wish = ReleaseItem(item=item, organisations=("police",), enquiry=enquiry, by=HEALTH)
        self.hub.releasing.release(self.who(HEALTH), said, wish)

    def trace(self, what: str, ident: str = "", staff: str = AUDITOR, **more: Any) -> Reliance:
        return self.hub.relying.rested(self.who(staff), Wish(what=what, id=ident, **more))


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Two]:
    made = Two(tmp_path_factory.mktemp("two") / "data")
    yield made
    made.running.close()


def kinds(found: Reliance) -> set[str]:
    return {row.kind for row in found.rows}


def of(found: Reliance) -> set[str]:
    return {one.child for one in found.children}


def test_what_cannot_be_traced_is_refused_with_the_mend(two: Two) -> None:
    with pytest.raises(NotPermitted):
        two.trace("rule", RULE, staff=SCREENER)
    with pytest.raises(Refused, match="choose one of rule"):
        two.trace("hunch", RULE)
    with pytest.raises(Refused, match="say which one"):
        two.trace("rule")
    with pytest.raises(Refused, match="no edition on record has such a threshold rule"):
        two.trace("rule", "no-such-rule")
    with pytest.raises(Refused, match="no edition on record has such a threshold rule"):
        two.trace("rule", RULE, version="zz")
    with pytest.raises(Refused, match="the start of its hash"):
        two.trace("model")
    today = london_day(two.clock.now())
    with pytest.raises(Refused, match="in order"):
        two.trace("rule", RULE, since=today, until=today - timedelta(days=1))
    with pytest.raises(Refused, match="year-month-day"):
        wish_of("rule", RULE, "", "1 May", "")


def test_alerts_decisions_and_looks_of_a_rule_are_found_by_its_version(two: Two) -> None:
    whole = two.trace("rule", RULE)
    old, new = whole.versions
    assert [one.editions for one in whole.versions] == [("1",), ("2",)]
    assert of(whole) == {two.first, two.second}
    assert {"alert", "decision", "look"} <= kinds(whole)
    for version, child in ((old, two.first), (new, two.second)):
        found = two.trace("rule", RULE, version=version.version[:8])
        assert of(found) == {child}
        assert {row.version for row in found.rows} == {version.version}
        (decision,) = [row for row in found.rows if row.kind == "decision"]
        assert decision.ref.startswith("mash-enquiry:")
        assert dict(found.counts)["Children"] == 1
    assert sum(many for label, many in whole.counts if label == "Decisions") == 2


def test_releases_in_a_mash_enquiry_on_such_an_alert_are_found_by_the_rules_version_and_the_edition(two: Two) -> None:
    versions = two.trace("rule", RULE).versions
    for version, edition, child in zip(versions, ("1", "2"), (two.first, two.second), strict=True):
        by_rule = two.trace("rule", RULE, version=version.version[:8])
        (release,) = [row for row in by_rule.rows if row.kind == "release"]
        assert (release.children, release.edition, release.version) == ((child,), edition, version.version)
        assert release.ref.startswith("release:")
        assert dict(by_rule.counts)["Releases"] == 1
        (same,) = [row for row in two.trace("edition", edition).rows if row.kind == "release"]
        assert (same.ref, same.children) == (release.ref, release.children)
    other = two.trace("rule", "domestic-abuse-series")  # no alert of it is in either MASH enquiry
    assert "release" not in kinds(other)


def test_outside_the_period_nothing_rested_on_it(two: Two) -> None:
    tomorrow = london_day(two.clock.now()) + timedelta(days=1)
    found = two.trace("rule", RULE, since=tomorrow, until=tomorrow)
    assert (found.rows, found.children, found.counts) == ((), (), (("Children", 0),))


def test_an_edition_a_policy_and_a_match_model_are_traced_too(two: Two) -> None:
    first, second = two.trace("edition", "1"), two.trace("edition", "2")
    assert {"alert", "decision", "look", "message"} <= kinds(first) & kinds(second)
    assert (
        two.second in of(first),
        two.first in {c for r in second.rows if r.kind == "alert" for c in r.children},
    ) == (
        False,
        False,
    )
    ruled = [one.fact for one in two.running.facts() if isinstance(one.fact, ConcernRuled)]
    found = two.trace("policy", ruled[0].policies[0])
    assert {"message", "alert", "decision"} <= kinds(found)
    assert of(found) == {two.first, two.second}
    assert [one.editions for one in found.versions] == [("1", "2")]  # its text is the same in both
    linked = [one.fact for one in two.running.facts() if isinstance(one.fact, SourceRecordLinked)]
    links = two.trace("model", version=linked[0].rules)
    assert (kinds(links), of(links)) == ({"link"}, {two.first, two.second})


def test_a_look_at_it_is_in_the_ledger(two: Two) -> None:
    before = two.hub.ledger.position()
    found = two.trace("rule", RULE, staff=AUDITOR)
    assert two.hub.ledger.position() == before + 1 == found.stamp.ledger


def test_it_has_a_page_a_command_and_json(two: Two) -> None:
    with typing_on(two.hub) as mash:
        told = mash.typed(["reliance", "rule", RULE, "--as", AUDITOR])[1]
        assert "in edition 1" in told
        assert "Decisions: 2" in told
        lines = list(csv.DictReader(io.StringIO(mash.typed(["reliance", "rule", RULE, "--csv", "--as", AUDITOR])[1])))
        assert {one["children"] for one in lines if one["kind"] == "decision"} == {two.first, two.second}
        assert "no edition on record" in mash.typed(["reliance", "rule", "no-such", "--as", AUDITOR])[1]
    with Site(two.hub) as site, site.visit(AUDITOR) as auditor, site.visit(DECIDER) as decider:
        assert decider.get("/reliance").status_code == 403
        assert auditor.get("/reliance").status_code == 200
        page = auditor.get(f"/reliance?what=rule&id={RULE}").text
        assert two.first[:8].upper() in page
        wrong = auditor.get(f"/reliance?what=rule&id={RULE}&from=yesterday")
        assert (wrong.status_code, "year-month-day, such as" in wrong.text) == (422, True)
        said = auditor.get(f"/api/v1/reliance?what=rule&id={RULE}").json()
        assert {one["child"] for one in said["children"]} == {two.first, two.second}
        exported = auditor.get(f"/api/v1/reliance?what=rule&id={RULE}&format=csv")
        assert exported.headers["content-type"].startswith("text/csv")
        assert exported.text.startswith("kind,what,ref,children,at,edition,version\r\n")


def test_whoever_may_not_know_of_a_child_is_told_of_nothing_that_rested_on_it_for_that_child(two: Two) -> None:
    two.hub.register_staff([
        RegisterStaff(
            staff=AUDITOR, organisation="partnership", setting="audit", roles=("access_auditor",),
            ig_trained_until=two.clock.now() + timedelta(days=9), related=(two.first,),
        )
    ])  # fmt: skip
    found = two.trace("rule", RULE)
    assert of(found) == {two.second}
    assert {child for row in found.rows for child in row.children} == {two.second}
