"""Recording what a family said: whole or not at all, and decided again where somebody else was faster."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hub.domain.consent_record import Scope
from hub.domain.errors import TryLater, VersionConflict
from hub.domain.family_wish import Wish
from hub.domain.notice import NoticeSent
from hub.flow.act import Act
from hub.flow.consent import Consents, Speaker
from tests.support.families import no, yes
from tests.support.identities import ByHand, somebody
from tests.support.partnership import RunningHub, settings_for

WORKER = Speaker(staff="staff-1", organisation="council", setting="mash")
SCOPE = Scope(organisations=("council",), categories=("narrative",), purposes=("triage",))


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[ByHand]:
    running = RunningHub(settings_for(tmp_path / "data"))
    yield ByHand(running)
    running.close()


def say(consents: Consents, hub: ByHand, wish: Wish, *refs: str, **more: Any) -> str:
    about = {ref.rpartition("@")[0] for ref in refs}
    return consents.say(wish, WORKER, register=hub.hub.register(), about=about, **more)


def notice(child: str) -> NoticeSent:
    return NoticeSent(organisation="council", kind="consent_withdrawn", child=child, sent_by="staff-1")


def withdrawal(child: str, statement: str) -> Wish:
    return Wish(what="withdrawn", person=child, statement=statement, effect="stop_future")


class Faster(Act):
    """An act of a hub in which somebody else is always faster the first time; what they do is in `before`."""

    def __init__(self, hub: ByHand, before: Any) -> None:
        own = hub.hub.act()
        self.__dict__.update(vars(own))
        self.before = before

    def write(self, new: Any, by: str, because: str = "", unmoved: Any = None) -> Any:
        before, self.before = self.before, None
        if before is not None:
            before()
        return super().write(new, by, because, unmoved)


def racing(hub: ByHand, before: Any) -> Consents:
    own = hub.hub
    return Consents(record=own.record, vault=own.vault, keys=own.keys, clock=own.clock, act=Faster(hub, before))


def test_a_withdrawal_and_its_notices_are_one_transaction(hub: ByHand, monkeypatch: pytest.MonkeyPatch) -> None:
    child = hub.seen(somebody(), "school")
    given = say(hub.hub.consent(), hub, yes(child, scope=SCOPE))
    head = hub.hub.record.position()

    def away(*_: object, **__: object) -> None:
        raise TryLater("the store is away")

    with monkeypatch.context() as broken:
        broken.setattr(hub.hub.record, "append", away)
        with pytest.raises(TryLater):
            say(hub.hub.consent(), hub, withdrawal(child, given), given, notices=lambda: (notice(child),))
    assert hub.hub.record.position() == head
    say(hub.hub.consent(), hub, withdrawal(child, given), given, notices=lambda: (notice(child),))
    new = [one for one in hub.running.facts() if one.position > head]
    assert [one.fact.NAME for one in new] == ["consent.withdrawn", "notice.sent"]
    assert new[0].fact.told == (new[1].stream.partition(":")[2],)  # type: ignore[attr-defined] # of that name
    assert {one.envelope.by for one in new} == {"person:staff-1"}


def test_who_comes_second_decides_again_by_what_is_there_now(hub: ByHand) -> None:
    child = hub.seen(somebody(), "school")
    given = say(hub.hub.consent(), hub, yes(child, scope=SCOPE))
    wish = withdrawal(child, given)
    second = racing(hub, lambda: say(hub.hub.consent(), hub, wish, given, notices=lambda: (notice(child),)))
    with pytest.raises(Exception, match="nothing to withdraw"):
        say(second, hub, wish, given, notices=lambda: (notice(child),))
    assert [one.fact.NAME for one in hub.running.facts() if one.stream.startswith("notice:")] == ["notice.sent"]


def test_two_things_said_at_once_stand_one_after_the_other(hub: ByHand) -> None:
    child = hub.seen(somebody(), "school")
    first = say(hub.hub.consent(), hub, no(child, giver="young_person", who=""))
    record = first.partition(":")[2].partition("@")[0]
    judged = Wish(what="capacity", person=child, record=record, test="gillick", outcome="competent", reason="Clear.")
    later = racing(hub, lambda: say(hub.hub.consent(), hub, judged, first))
    assert say(later, hub, no(child, giver="", record=record), first).endswith("@3")
    facts = [one.fact for one in hub.running.stream(f"consent-record:{record}")]
    assert [fact.NAME for fact in facts] == ["consent.refused", "consent.capacity-assessed", "consent.refused"]
    assert facts[2].competent is True  # type: ignore[attr-defined] # decided again, with what had come in between


def test_a_record_that_keeps_being_written_to_is_given_up_with_a_word(
    hub: ByHand, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = hub.seen(somebody(), "school")

    def overtaken(*_: object, **__: object) -> None:
        raise VersionConflict("somebody was faster")

    monkeypatch.setattr(Act, "write", overtaken)
    with pytest.raises(VersionConflict, match="try again"):
        say(hub.hub.consent(), hub, yes(child, scope=SCOPE))
