"""Releasing, through the front door: only an owner's own staff, item by item; it opens to whom it was released, and no more."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from hub.adapters.cedar import CedarRulings
from hub.domain.concern import message_id
from hub.domain.enquiry import OpenEnquiry
from hub.domain.errors import NotFound, NotPermitted, Refused
from hub.domain.ledger import Asked
from hub.domain.questions import decode
from hub.domain.release import ReleaseItem
from hub.domain.request import Answer, Party
from hub.views import said_of
from hub.views.models.requests import ReleaseLine
from hub.views.tasks import tasks
from tests.support.asking import CANARY, HEALTH, LEAD, POLICE, PRIMARY, SCREENER, Front
from tests.support.messages import concern, correction, moment, seen_by, withdrawal
from tests.support.partnership import MovedClock, RunningHub, settings_for
from tests.support.site import Site


@pytest.fixture(scope="module")
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture(scope="module")
def running(clock: MovedClock, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    made = RunningHub(settings_for(tmp_path_factory.mktemp("data")), clock)
    made.start("intake", "views", "relay")
    yield made
    made.close()


@pytest.fixture
def front(running: RunningHub, clock: MovedClock) -> Front:
    clock.moved = timedelta(0)
    return Front(running)


def said_by_police(front: Front) -> str:
    """What the police said of the child, as it is addressed."""
    rows = front.hub.releasing.page(front.who(POLICE)).said
    said = f"message:{message_id('police', front.message)}@1"
    assert said in [row.said for row in rows]
    return said


def line(front: Front, category: str) -> ReleaseLine:
    view = front.hub.releasing.said(front.who(POLICE), said_by_police(front))
    return next(one for one in view.lines if one.category == category)


def freed(front: Front) -> dict[str, frozenset[str]]:
    """The child's items that are released without a tie, each with to whom."""
    spoken = said_of.spoken(front.hub._desk(), front.child)
    return {one.item: one.released_to for each in spoken for one in each.items if one.released_to}


def another_enquiry(front: Front) -> str:
    """A later MASH enquiry about the same child, opened by the same screening worker."""
    opening = OpenEnquiry(child=front.child, alerts=(), ground="perceived_harm", reason="Anew.", by=SCREENER)
    return front.hub.open_enquiry(front.who(SCREENER), opening)


def read_in(front: Front, enquiry: str, staff: str = SCREENER) -> list[str]:
    """The words about the child that this person reads in a MASH enquiry."""
    picture = front.hub.picture(front.who(staff), front.child, enquiry)
    return [line.text for entry in picture.chronology for line in entry.words]


def corrected(front: Front, **more: Any) -> str:
    """The police correct what they said; the place of what stands now."""
    statement = concern("police", seen_by(front.like, "police", "hunger"), at=moment(2), **more)
    ident = front.running.say(correction(front.message, statement))
    front.running.settled(alerts=False)
    return f"message:{message_id('police', ident)}@1"


def wish(item: str, *to: str, **more: Any) -> ReleaseItem:
    return ReleaseItem(**{"item": item, "organisations": to, "by": POLICE, **more})


def test_what_is_typed_in_the_place_of_an_enquiry_stands_in_no_ledger_and_asks_for_nothing(front: Front) -> None:
    hub, screener = front.hub, front.who(SCREENER)
    said = said_by_police(front)
    item = line(front, "narrative").item
    with pytest.raises(NotFound):
        hub.releasing.to_ask_for(screener, CANARY, said)
    with pytest.raises(NotFound):
        hub.releasing.ask(screener, CANARY, said, [item], ["health"], "They know more.")
    entries = hub.ledger.read(0, 10_000, [Asked.NAME])
    assert [one for one in entries if isinstance(one.fact, Asked) and CANARY in one.fact.enquiry] == []
    other = Front(front.running)  # an enquiry about another child
    with pytest.raises(NotFound):
        hub.releasing.ask(screener, other.enquiry, said, [item], ["health"], "They know more.")


def test_nobody_but_the_owners_own_staff_releases_and_nothing_goes_to_whom_nobody_knows(front: Front) -> None:
    hub, said = front.hub, said_by_police(front)
    item = line(front, "narrative").item
    for staff, error in ((SCREENER, NotFound), (HEALTH, NotFound), (LEAD, NotFound)):
        with pytest.raises(error):
            hub.releasing.release(front.who(staff), said, ReleaseItem(item=item, organisations=("health",), by=staff))
        with pytest.raises(NotFound):
            hub.releasing.withdraw(front.who(staff), item, (), "mistaken")
    with pytest.raises(NotPermitted):
        hub.releasing.release(front.who(POLICE), said, ReleaseItem(item=item, organisations=("health",), by=HEALTH))
    for to in ((), ("stranger",), ("police",)):
        with pytest.raises(Refused) as refused:
            hub.releasing.release(front.who(POLICE), said, wish(item, *to))
        assert refused.value.field == "organisations"
    with pytest.raises(NotFound):
        hub.releasing.release(front.who(POLICE), said, wish("no-such-item", "health"))
    with pytest.raises(NotFound):
        hub.releasing.said(front.who(POLICE), "message:nothing@1")
    assert hub.releases().state(item).version == 0


def test_a_released_item_opens_to_whom_it_was_released_and_closing_it_again_tells_them(front: Front) -> None:
    hub, said = front.hub, said_by_police(front)
    item = line(front, "narrative").item
    hub.releasing.release(front.who(POLICE), said, wish(item, "health_visiting", conditions=("no_onward",)))

    def released() -> dict[str, frozenset[str]]:
        return freed(front)

    assert released() == {item: frozenset({"health_visiting"})}
    (spoken,) = [one for one in said_of.spoken(hub._desk(), front.child) if one.items]
    assert spoken.codes.released_to == {"health_visiting"}  # else it would have no place to stand on the page
    assert hub.releasing.withdraw(front.who(POLICE), item, (), "mistaken") == ("health_visiting",)
    assert released() == {}
    told = hub.replying.inbox(front.who(HEALTH)).notices[0]
    assert (told.kind, told.about, told.due is not None) == ("release_withdrawn", item, True)
    hub.replying.acknowledge(front.who(HEALTH), told.notice)
    assert hub.replying.inbox(front.who(HEALTH)).notices[0].acknowledged
    with pytest.raises(NotFound):
        hub.replying.acknowledge(front.who(POLICE), told.notice)
    with pytest.raises(Refused, match="not released to them"):
        hub.releasing.withdraw(front.who(POLICE), item, (), "mistaken")


def test_a_notice_that_nobody_acknowledges_in_time_is_a_task_of_the_front_door(front: Front, clock: MovedClock) -> None:
    hub, said = front.hub, said_by_police(front)
    item = line(front, "narrative").item
    hub.releasing.release(front.who(POLICE), said, wish(item, "health_visiting"))
    hub.releasing.withdraw(front.who(POLICE), item, ("health_visiting",), "new_risk")
    told = hub.replying.inbox(front.who(HEALTH)).notices[0].notice
    theirs = [one.key for one in tasks(hub._desk(), front.who(HEALTH), "notice_unread").rows]
    assert f"notice:{told}" in theirs
    clock.moved = timedelta(days=9)
    late = [
        one for one in tasks(hub._desk(), front.who(SCREENER), "notice_overdue").rows if one.key == f"notice:{told}"
    ]
    assert [(one.holder, one.overdue) for one in late] == [("Health Visiting", True)]
    hub.replying.acknowledge(front.who(HEALTH), told)
    assert f"notice:{told}" not in [one.key for one in tasks(hub._desk(), front.who(SCREENER), "notice_overdue").rows]


def test_the_mash_asks_and_the_owner_decides_with_the_reason_before_them(front: Front) -> None:
    hub, said = front.hub, said_by_police(front)
    screener, item = front.who(SCREENER), line(front, "narrative").item
    view = hub.releasing.to_ask_for(screener, front.enquiry, said)
    assert item in [one.item for one in view.lines]
    for items, to, why, field in (
        ((), ("health",), "x", "items"), ((item,), (), "x", "organisations"), ((item,), ("police",), "x", "organisations"),
        ((item,), ("health",), " ", "why"), (("strange",), ("health",), "x", "items"),
    ):  # fmt: skip
        with pytest.raises(Refused) as refused:
            hub.releasing.ask(screener, front.enquiry, said, items, to, why)
        assert refused.value.field == field
    with pytest.raises(NotPermitted):
        hub.releasing.ask(front.who(POLICE), front.enquiry, said, (item,), ("health",), "x")
    hub.releasing.ask(screener, front.enquiry, said, (item,), ("health_visiting",), f"{CANARY} will be visited.")
    waiting = [row for row in hub.releasing.page(front.who(POLICE)).waiting if row.item == item]
    assert [row.organisations for row in waiting] == [("Health Visiting",)]
    mine = tasks(hub._desk(), front.who(POLICE), "release_asked").rows
    assert [one.href for one in mine if one.key == f"release:{item}"] == ["/releases"]
    shown = line(front, "narrative")
    assert (shown.why, shown.asked_codes) == (f"{CANARY} will be visited.", ("health_visiting",))
    hub.releasing.not_give(front.who(POLICE), item, "harm")
    assert [row for row in hub.releasing.page(front.who(POLICE)).waiting if row.item == item] == []
    with pytest.raises(Refused, match="Nobody is waiting"):
        hub.releasing.not_give(front.who(POLICE), item, "harm")


def test_what_names_somebody_else_warns_and_goes_out_only_when_the_warning_was_read(running: RunningHub) -> None:
    front = Front(running)
    hub = front.hub
    more = concern("police", seen_by(front.like, "police", "hunger"), at=moment(1), referrer_name="Witness Person")
    front.message = running.say(more)
    running.settled(alerts=False)
    sensitive = line(front, "referrer")
    assert "It names somebody else" in sensitive.warnings[0]
    with pytest.raises(Refused, match="read it again, and confirm") as refused:
        hub.releasing.release(front.who(POLICE), said_by_police(front), wish(sensitive.item, "health"))
    assert refused.value.field == "warned"
    hub.releasing.release(front.who(POLICE), said_by_police(front), wish(sensitive.item, "health", warned=True))
    assert hub.releases().state(sensitive.item).released_to == {"health"}


def test_who_works_for_one_setting_releases_what_that_setting_said_and_no_more(running: RunningHub) -> None:
    front = Front(running)
    hub = front.hub
    hub.releasing.page(front.who(LEAD))
    mine, other = front.ask(Party("school_a", PRIMARY), Party("school_a", "another_school"))
    hub.replying.answer(front.who(LEAD), mine, Answer(result="provided", words="Ours."))
    hub.replying.client_answer("school_a", other, Answer(result="provided", words="Theirs."))
    assert [one.words[0].text for one in hub.releasing.said(front.who(LEAD), f"request:{mine}@2").lines] == ["Ours."]
    with pytest.raises(NotFound):
        hub.releasing.said(front.who(LEAD), f"request:{other}@2")


def test_the_pages_release_one_item_at_a_time_and_say_what_is_missing(front: Front) -> None:
    hub, said = front.hub, said_by_police(front)
    item = line(front, "narrative").item
    number = 1 + [one.item for one in hub.releasing.said(front.who(POLICE), said).lines].index(item)
    with Site(hub) as site, site.visit(POLICE) as police, site.visit(SCREENER) as screener:
        form = {"step": "release", "item": item, "number": str(number)}
        bare = police.send(f"/releases/{said}", form)
        assert (bare.status_code, "Select to whom" in bare.text) == (422, True)
        police.send(f"/releases/{said}", {**form, f"organisations-{number}": ["health_visiting"]})
        assert hub.releases().state(item).released_to == {"health_visiting"}
        closed = police.send(f"/releases/{said}", {"step": "withdraw", "item": item, "number": str(number)})
        assert (closed.status_code, "Select why it is closed again" in closed.text) == (422, True)
        assert screener.get(f"/releases/{said}").status_code == 404
        api = police.call(f"/api/v1/releases/{said}/withdraw", {"item": item, "reason": "mistaken"})
        assert api.json() == {"said": said, "done": "withdraw"}
        wrong = police.call(f"/api/v1/releases/{said}/release", {"item": item, "organisations": "health"})
        assert wrong.status_code == 422
    assert hub.releases().state(item).released_to == frozenset()


# ------------------------------------------------------------------------------------------ for one MASH enquiry alone

ALONE = {"conditions": ("this_enquiry_only",)}


def test_for_one_enquiry_alone_needs_an_enquiry_that_asked(front: Front) -> None:
    hub, said, item = front.hub, said_by_police(front), line(front, "narrative").item
    head = hub.record.position()
    for more, field in (
        (ALONE, "conditions"),
        ({"enquiry": front.enquiry}, "enquiry"),
        ({"enquiry": CANARY}, "enquiry"),
    ):
        with pytest.raises(Refused) as refused:
            hub.releasing.release(front.who(POLICE), said, wish(item, "health_visiting", **more))
        assert refused.value.field == field
    assert hub.record.position() == head


def test_what_is_released_for_one_enquiry_alone_is_read_there_and_nowhere_else(front: Front) -> None:
    hub, said, item = front.hub, said_by_police(front), line(front, "narrative").item
    later = another_enquiry(front)
    (told,) = [one.text for one in line(front, "narrative").words]
    assert told in read_in(front, later)
    for enquiry in (later, front.enquiry):
        hub.releasing.ask(front.who(SCREENER), enquiry, said, (item,), ("health_visiting",), "They will visit.")
    hub.releasing.release(front.who(POLICE), said, wish(item, "health_visiting", **ALONE))
    assert line(front, "narrative").alone == ("Health Visiting",)
    assert freed(front) == {}  # so no help outside the MASH enquiry reads it
    assert told in read_in(front, front.enquiry)
    assert told not in read_in(front, later)
    withheld = hub.picture(front.who(SCREENER), front.child, later).withheld
    assert [one.policies for one in withheld if one.what == "What was said"] == [("N19",)]
    assert told in read_in(front, "", POLICE)  # a condition binds who receives, not who said it
    with pytest.raises(Refused, match="for another MASH enquiry alone, which is open still"):
        hub.releasing.release(front.who(POLICE), said, wish(item, "health_visiting", enquiry=later, **ALONE))
    assert told in read_in(front, front.enquiry)  # nobody loses it by the wish for a second tie
    hub.releasing.withdraw(front.who(POLICE), item, (), "mistaken")
    assert told not in read_in(front, later)  # closing it again opens nothing
    hub.releasing.release(front.who(POLICE), said, wish(item, "health_visiting"))
    assert freed(front) == {item: frozenset({"health_visiting"})}
    assert told in read_in(front, later)  # its owner lifted the tie


def test_an_answer_for_one_enquiry_alone_counts_as_heard_in_that_one_only(front: Front) -> None:
    hub = front.hub
    (asked,) = front.ask(Party("health_visiting"))
    hub.replying.answer(front.who(HEALTH), asked, Answer(result="provided", words="Thin, and tired."))
    later, said = another_enquiry(front), f"request:{asked}@2"

    def heard(enquiry: str) -> str:
        rows = hub.requesting.page(front.who(SCREENER), enquiry).coverage
        return next(one.state for one in rows if one.organisation == "Health Visiting")

    assert (heard(front.enquiry), heard(later)) == ("contributed", "contributed")
    (item,) = [one.item for one in hub.releasing.said(front.who(HEALTH), said).lines]
    hub.releasing.release(
        front.who(HEALTH),
        said,
        ReleaseItem(item=item, organisations=("police",), by=HEALTH, **ALONE),  # type: ignore[arg-type]
    )
    assert (heard(front.enquiry), heard(later)) == ("contributed", "not_asked")
    assert "Thin, and tired." not in read_in(front, later)


def test_looks_of_before_are_replayed_as_they_were(front: Front) -> None:
    hub, said, item = front.hub, said_by_police(front), line(front, "narrative").item
    later = another_enquiry(front)
    read_in(front, later)
    before = hub.ledger.position()
    then = hub.ledger.read(before - 1, 1)[0]
    hub.releasing.ask(front.who(SCREENER), front.enquiry, said, (item,), ("health_visiting",), "They will visit.")
    hub.releasing.release(front.who(POLICE), said, wish(item, "health_visiting", **ALONE))
    assert hub.ledger.read(before - 1, 1)[0] == then
    assert isinstance(then.fact, Asked)
    question = decode(then.fact.questions)
    assert question is not None
    rulings = hub._desk().rulings
    assert isinstance(rulings, CedarRulings)
    answers = rulings.again(question.who, [one.facts for one in question.classes])
    assert sum(one.allowed for one in answers) == sum(one.allowed for one in then.fact.rulings)
    assert {one.item.tied_elsewhere for each in question.classes for one in each.facts} == {False}


# ------------------------------------------------------------------------------------- corrected or withdrawn by its owner


def test_what_was_corrected_or_withdrawn_is_released_no_more_and_the_error_names_what_stands(front: Front) -> None:
    hub, old, item = front.hub, said_by_police(front), line(front, "narrative").item
    new = corrected(front)
    head = hub.record.position()
    with pytest.raises(Refused, match=f"release the one that stands now, {new}") as refused:
        hub.releasing.release(front.who(POLICE), old, wish(item, "health_visiting"))
    assert refused.value.field == "said"
    with pytest.raises(Refused, match="release the one that stands now"):
        hub.releasing.ask(front.who(SCREENER), front.enquiry, old, (item,), ("health_visiting",), "They will visit.")
    view = hub.releasing.said(front.who(POLICE), old)
    assert (view.taken_back, view.newest) == ("corrected", new)
    assert hub.record.position() == head
    (fresh,) = [one.item for one in hub.releasing.said(front.who(POLICE), new).lines if one.category == "narrative"]
    hub.releasing.release(front.who(POLICE), new, wish(fresh, "health_visiting"))
    front.running.say(withdrawal("police", front.message))
    front.running.settled(alerts=False)
    for gone in (old, new):
        with pytest.raises(Refused, match="withdrew this statement: there is nothing to release"):
            hub.releasing.release(front.who(POLICE), gone, wish(item if gone == old else fresh, "health_visiting"))


def test_whoever_had_what_was_corrected_is_told_once_and_the_room_shows_both(front: Front) -> None:
    hub, old, item = front.hub, said_by_police(front), line(front, "narrative").item
    hub.releasing.release(front.who(POLICE), old, wish(item, "health_visiting"))
    hub.owed.tell()  # what other tests left
    new = corrected(front, narrative="It was the next day.")
    assert (hub.owed.tell(), hub.owed.tell()) == (1, 0)
    (told,) = [one for one in hub.replying.inbox(front.who(HEALTH)).notices if one.about == item]
    assert (told.kind, told.due is not None) == ("release_corrected", True)
    assert freed(front) == {
        item: frozenset({"health_visiting"})
    }  # the new words go to nobody before their owner says so
    entries = {one.title: one for one in hub.picture(front.who(SCREENER), front.child, front.enquiry).chronology}
    (first,) = [one for title, one in entries.items() if title.endswith("(corrected by its owner)")]
    (now,) = [one for title, one in entries.items() if title.startswith("Correction: ")]
    assert (first.corrected, first.stands_now, first.said) == (True, now.item, "")
    assert (now.correction, now.said) == (True, new)
    assert [line.text for line in first.words] != [line.text for line in now.words]
    theirs = [one.href for one in tasks(hub._desk(), front.who(POLICE), "release_corrected").rows]
    assert f"/releases/{new}" in theirs
    (fresh,) = [one.item for one in hub.releasing.said(front.who(POLICE), new).lines if one.category == "narrative"]
    hub.releasing.release(front.who(POLICE), new, wish(fresh, "health_visiting"))
    theirs = [one.href for one in tasks(hub._desk(), front.who(POLICE), "release_corrected").rows]
    assert f"/releases/{new}" not in theirs


def test_what_its_owner_withdrew_is_closed_to_whom_it_was_released_and_they_are_told(front: Front) -> None:
    hub, old, item = front.hub, said_by_police(front), line(front, "narrative").item
    hub.releasing.release(front.who(POLICE), old, wish(item, "health_visiting"))
    hub.owed.tell()  # what other tests left
    front.running.say(withdrawal("police", front.message))
    front.running.settled(alerts=False)
    assert (hub.owed.tell(), hub.owed.tell()) == (1, 0)
    assert (freed(front), hub.releases().state(item).released_to) == ({}, frozenset())
    (told,) = [one for one in hub.replying.inbox(front.who(HEALTH)).notices if one.about == item]
    assert (told.kind, {one.label: one.text for one in told.codes}) == (
        "release_withdrawn", {"Owner": "police", "Reason": "statement withdrawn"},
    )  # fmt: skip
    with pytest.raises(Refused, match="Select why"):  # a person does not close in the hub's own name
        hub.releasing.withdraw(front.who(POLICE), item, (), "statement_withdrawn")


def test_pages_say_that_it_was_corrected_and_lead_to_what_stands(front: Front) -> None:
    hub, old = front.hub, said_by_police(front)
    new = corrected(front)
    with Site(hub) as site, site.visit(POLICE) as police, site.visit(SCREENER) as screener:
        page = police.get(f"/releases/{old}").text
        assert "This was corrected since" in page
        assert f"/releases/{new}" in page
        assert "Release this item" not in page
        room = screener.get(f"/enquiry/{front.enquiry}/child/{front.child}")
        text = (
            room.text if room.status_code == 200 else screener.get(f"/child/{front.child}?enquiry={front.enquiry}").text
        )
        ident = new.partition(":")[2].partition("@")[0]
        assert "Corrected by its owner." in text
        assert (f'href="#said-{ident}"' in text, f'id="said-{ident}"' in text) == (True, True)
