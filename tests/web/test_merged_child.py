"""Whoever asks for a child that was found to be another is sent on to the one that stayed."""

import httpx
import pytest
from msgspec.structs import replace

from hub.views.models import Asker, Picture
from tests.web.conftest import Site, Visits
from tests.web.fake_hub import CHILD, ENQUIRY

MERGED = "merged-child"


@pytest.fixture
def merged(site: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A site whose hub knows MERGED as CHILD."""
    picture = site.hub.picture

    def answers(asker: Asker, child: str, enquiry: str) -> Picture:
        return replace(picture(asker, CHILD if child == MERGED else child, enquiry), child=CHILD)

    monkeypatch.setattr(site.hub, "picture", answers)
    return site


@pytest.mark.usefixtures("merged")
def test_the_page_of_a_merged_child_is_the_one_that_stayed_in_the_same_enquiry(visit: Visits) -> None:
    visitor = visit("decision_maker")
    shown = visitor.get(f"/child/{MERGED}?enquiry={ENQUIRY}")
    assert (shown.status_code, shown.url.path, shown.url.params.get("enquiry")) == (200, f"/child/{CHILD}", ENQUIRY)
    assert [one.status_code for one in shown.history] == [303]
    assert visitor.get(f"/child/{MERGED}").url.path == f"/child/{CHILD}"


@pytest.mark.usefixtures("merged")
def test_one_that_was_not_merged_is_shown_as_it_is(visit: Visits) -> None:
    shown: httpx.Response = visit("decision_maker").get(f"/child/{CHILD}")
    assert (shown.status_code, shown.history) == (200, [])
