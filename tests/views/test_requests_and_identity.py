"""An answer is about whoever was asked about: it follows a merge, and goes back when the merge is taken back."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.domain.enquiry import OpenEnquiry
from hub.domain.errors import NotFound
from hub.domain.request import Answer, AskParties, Party
from tests.support.identities import SCREENER, ByHand, asker, somebody
from tests.support.partnership import RunningHub, settings_for

WHO = asker(SCREENER)


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[ByHand]:
    running = RunningHub(settings_for(tmp_path))
    running.start("views")
    yield ByHand(running)
    running.close()


def words(hub: ByHand, child: str, enquiry: str) -> list[str]:
    return [line.text for entry in hub.hub.picture(WHO, child, enquiry).chronology for line in entry.words]


def test_an_answer_follows_a_merge_and_goes_back_when_it_is_taken_back(hub: ByHand) -> None:
    gone, stays = hub.seen(somebody(), "school"), hub.seen(somebody(), "health")
    wish = OpenEnquiry(child=gone, alerts=(), ground="perceived_harm", reason="She is thin.", by=SCREENER)
    enquiry = hub.hub.open_enquiry(WHO, wish)
    asked = AskParties(
        enquiry=enquiry, parties=(Party("police"),), children=(gone,), purpose="triage", questions=("seen",),
        told=("names",), by=SCREENER,
    )  # fmt: skip
    (ident,) = hub.hub.requesting.ask(WHO, asked)
    merged = hub.settled("merge", gone, other=stays)
    hub.hub.replying.client_answer("police", ident, Answer(result="provided", words="Seen on Monday."))
    assert "Seen on Monday." in words(hub, stays, enquiry)
    assert [one.state for one in hub.hub.requesting.page(WHO, enquiry).rows] == ["provided"]
    hub.settled("split", "", reverses=merged)
    assert "Seen on Monday." in words(hub, gone, enquiry)
    with pytest.raises(NotFound):
        words(hub, stays, enquiry)  # the enquiry went back with whom it was opened about
    assert [entry.title for entry in hub.hub.picture(WHO, stays, "").chronology if "Answered" in entry.title] == []
