"""What a request encloses: who told what of the child and when, in codes, to an organisation that is asked; no words."""

from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from hub.domain.concern import message_id
from hub.domain.ledger import Asked
from hub.domain.message import Handling
from hub.domain.request import Party
from tests.support.asking import CANARY, HEALTH, SCREENER, Front
from tests.support.messages import concern, moment, seen_by, withdrawal
from tests.support.partnership import RunningHub, settings_for

ENCLOSED = ("names", "birth_date", "on_record")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    made = RunningHub(settings_for(tmp_path_factory.mktemp("data")))
    made.start("intake", "views", "relay")
    yield made
    made.close()


def on_record(front: Front, told: tuple[str, ...] = ENCLOSED) -> list[str]:
    """What health visiting reads under *On record* in a request to it."""
    (request,) = front.ask(Party("health_visiting"), told=told)
    read = front.hub.replying.request(front.who(HEALTH), request)
    assert CANARY in str(read.children)  # whom they are asked about
    return [line.text for child in read.children for line in child if line.label == "On record"]


def test_who_is_asked_reads_which_organisation_told_what_and_when_and_nobodys_words(running: RunningHub) -> None:
    front = Front(running)
    seen = seen_by(front.like, "school", "hunger", "injury_unexplained", observation="Canary-Observed.")
    running.say(concern("school", seen, at=moment(1), narrative="Canary-Narrative."))
    running.settled(alerts=False)
    lines = on_record(front)
    known = running.hub.edition.vocabulary.indicators
    assert [(line.partition(",")[0], line.partition(": ")[2]) for line in lines] == [
        ("School", f"{known['hunger'].label}; {known['injury_unexplained'].label}"),
        ("Police", known["domestic_abuse_incident"].label),
    ]
    assert "Canary" not in str(lines)


def test_it_goes_along_only_where_whoever_asks_chose_it_and_stands_in_the_ledger(running: RunningHub) -> None:
    front = Front(running)
    assert on_record(front, ("names", "birth_date")) == []
    (request,) = front.ask(Party("school_a"), told=ENCLOSED)
    (entry,) = running.hub.ledger.load(f"ask:{request}")
    assert isinstance(entry.fact, Asked)
    told = f"codes:message:{message_id('police', front.message)}@1"
    assert [one for one in entry.fact.opened if one.startswith("codes:")] == [told]
    assert [one.policies for one in entry.fact.rulings if one.category == "codes"] == [("Q05",)]


def test_nobody_is_told_what_they_told_themselves_or_what_was_withdrawn(running: RunningHub) -> None:
    front = Front(running)
    (request,) = front.ask(Party("police"), told=ENCLOSED)
    read = running.hub.replying.request(front.who("staff-7c41e0"), request)
    assert [line for child in read.children for line in child if line.label == "On record"] == []
    school = running.say(concern("school", seen_by(front.like, "school", "hunger"), at=moment(1)))
    running.say(withdrawal("school", school))
    running.settled(alerts=False)
    assert [line.partition(",")[0] for line in on_record(front)] == ["Police"]


def test_what_the_police_protect_the_source_of_is_not_in_it(
    running: RunningHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    front, hub = Front(running), running.hub
    seen = seen_by(front.like, "police", "weapon_used")
    running.say(concern("police", seen, at=moment(1), handling=Handling(police_code="P9")))
    running.settled(alerts=False)
    labels = {
        code: hub.edition.vocabulary.indicators[code].label for code in ("weapon_used", "domestic_abuse_incident")
    }
    assert [line.partition(": ")[2] for line in on_record(front)] == [*labels.values()]
    desk, edition = hub._desk, hub.edition
    protocol = {**edition.parts["protocol"], "source_protected_codes": ["P9"]}
    mended = replace(edition, parts={**edition.parts, "protocol": protocol})
    monkeypatch.setattr(hub, "_desk", lambda: replace(desk(), edition=mended))
    front.hub.requesting.withdraw(front.who(SCREENER), _asked(front), "no_longer_needed")
    assert [line.partition(": ")[2] for line in on_record(front)] == [labels["domestic_abuse_incident"]]


def _asked(front: Front) -> str:
    page = front.hub.requesting.page(front.who(SCREENER), front.enquiry)
    return page.rows[-1].request
