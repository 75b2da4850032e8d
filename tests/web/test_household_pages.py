"""The household and the task of asking for the children, as pages: what is refused, what is shown, what is sent."""

import re

from tests.web.conftest import Site, Visits
from tests.web.fake_hub import ADULT, CHILD, ENQUIRY, MESSAGE, SISTER


def test_a_household_that_may_not_be_known_looks_like_none(visit: Visits) -> None:
    page = visit("decision_maker").get("/child/nobody/household")
    assert page.status_code == 404


def test_who_may_not_open_pictures_opens_no_household(visit: Visits) -> None:
    assert visit("access_auditor").get(f"/child/{CHILD}/household").status_code == 403


def test_an_answer_that_says_nothing_is_refused_beside_its_question(site: Site, visit: Visits) -> None:
    visitor = visit("decision_maker")
    page = visitor.send(f"/unplaced/{MESSAGE}", f"/unplaced/{MESSAGE}", {"asked": "police"})
    assert page.status_code == 422
    assert "Choose the children that it is about, or say that there are none" in page.text
    page = visitor.send(f"/unplaced/{MESSAGE}", f"/unplaced/{MESSAGE}", {"none": "yes"})
    assert (page.status_code, "Select whom you asked" in page.text) == (422, True)
    page = visitor.send(f"/unplaced/{MESSAGE}", f"/unplaced/{MESSAGE}", {"asked": "police", "other": "somebody"})
    assert (page.status_code, "Enter the reference of a child on record" in page.text) == (422, True)
    assert site.hub.named is None


def test_the_household_is_drawn_and_listed_with_the_same_people_and_no_name_outside_an_enquiry(visit: Visits) -> None:
    visitor = visit("decision_maker")
    page = visitor.get(f"/child/{CHILD}/household").text
    drawn = re.findall(r'class="hub-household__label"[^>]*>([^<]+)<', page)
    assert drawn == ["Adult 1", "Adult 2", "Child 5f0c2a9e", "Child 1"]
    assert page.count("<line ") == 3
    assert all(f">{label}" in page for label in ("Adult 1", "Adult 2", "Child 1", "Adult 3"))
    assert f'href="/child/{SISTER}"' in page
    assert "Organisations disagree: one said that it had ended" in page
    assert "Through Adult 1: no organisation named both together" in page
    assert "Concern about an adult of the household: Domestic abuse" in page
    assert "style=" not in page
    assert ADULT not in page
    assert ADULT in visitor.get(f"/child/{CHILD}/household?enquiry={ENQUIRY}").text


def test_a_child_of_whom_nobody_said_where_it_lives_is_not_said_to_live_alone(site: Site, visit: Visits) -> None:
    site.hub.empty = True
    page = visit("decision_maker").get(f"/child/{CHILD}/household").text
    assert "That nobody said it does not mean that the child lives alone" in page
    assert "<svg" not in page.split("<main")[1]


def test_the_page_says_where_a_relative_and_no_parent_is_said_to_live_with_the_child(site: Site, visit: Visits) -> None:
    visitor = visit("decision_maker")
    assert "kinship" not in visitor.get(f"/child/{CHILD}/household").text
    site.hub.kinship = True
    assert "Perhaps kinship care" in visitor.get(f"/child/{CHILD}/household").text


def test_the_worklist_leads_to_asking_for_the_children_and_the_answer_is_recorded(site: Site, visit: Visits) -> None:
    visitor = visit("decision_maker")
    assert f'href="/unplaced/{MESSAGE}"' in visitor.get("/").text
    page = visitor.send(f"/unplaced/{MESSAGE}", f"/unplaced/{MESSAGE}", {"asked": "police", "children": CHILD})
    assert (page.status_code, "Children 5f0c2a9e." in page.text) == (200, True)
    assert site.hub.named is not None
    assert (site.hub.named.children, site.hub.named.asked) == ((CHILD,), "police")
