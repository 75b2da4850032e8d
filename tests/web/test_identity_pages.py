"""The identity pages: what they refuse, what they ask, what they send, and that nothing is chosen for anybody."""

import re
from html import unescape

import pytest

from hub.domain.errors import Refused
from hub.domain.identity import DecideIdentity
from tests.web.conftest import Site, Visitor, Visits
from tests.web.fake_hub import CHILD
from tests.web.fake_identity import DOUBT, FIRST, OTHER_RECORD, RECORD, REFUSED, SECOND, SETTLED, WAITING

PAGES = (
    "/identity", f"/identity/review/{DOUBT}", "/identity/decisions", f"/identity/decision/{WAITING}",
    f"/identity/person/{FIRST}", f"/identity/change/merge/{FIRST}", f"/identity/proposal/{SECOND}/{FIRST}",
)  # fmt: skip
DECIDER = "staff-91d3b7"
ANSWER: dict[str, str | list[str]] = {
    "verdict": f"same:{FIRST}", "reason": "organisation_confirmed", "why": "The school rang back.", "step": "check",
}  # fmt: skip


def text(page: str) -> str:
    """What a page says, without its marks."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def main(page: str) -> str:
    """The page's own part: the frame around it has forms too."""
    return page.partition("<main")[2].partition("</main>")[0]


def confirm(visitor: Visitor, checked: str, to: str) -> str:
    """Send the page of checked answers on, as its confirming button does."""
    fields: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', main(checked)):
        fields.setdefault(name, []).append(unescape(value))
    return visitor.http.post(to, data={**fields, "step": "confirm"}).text


# ------------------------------------------------------------------------------------------------------------- refusals


def test_only_those_who_may_decide_who_is_who_get_in(visit: Visits) -> None:
    for role, status in {"decision_maker": 200, "mash_manager": 200, "navigator": 403, "access_auditor": 403}.items():
        visitor = visit(role)
        assert [(path, visitor.get(path).status_code) for path in PAGES] == [(path, status) for path in PAGES]
        assert (">Identity</a>" in visitor.get("/help").text) == (status == 200)


def test_a_person_and_a_decision_that_are_not_there_look_like_any_page_that_is_not_there(visit: Visits) -> None:
    visitor = visit("decision_maker")
    for path in (
        "/identity/review/nobody",
        f"/identity/proposal/{SECOND}/nobody",
        "/identity/decision/none",
        "/identity/person/nobody",
    ):
        answer = visitor.get(path)
        assert (answer.status_code, "There is no such page, or none that you may see." in text(answer.text)) == (
            404,
            True,
        )


def test_an_unknown_change_is_not_understood(visit: Visits) -> None:
    assert visit("decision_maker").get(f"/identity/change/erase/{FIRST}").status_code == 400
    assert visit("decision_maker").get(f"/identity/change/same/{FIRST}").status_code == 400


def test_an_answer_without_reason_or_words_is_asked_for_and_what_was_written_is_kept(site: Site, visit: Visits) -> None:
    visitor = visit("decision_maker")
    to = f"/identity/review/{DOUBT}"
    answer = visitor.send(to, to, {"why": "Half a sentence"})
    assert answer.status_code == 422
    for said in ("Select whether they are the same person", "Select a reason"):
        assert said in text(answer.text)
    assert "Half a sentence" in answer.text
    assert "Enter in your own words" in text(visitor.send(to, to, {**ANSWER, "why": ""}).text)
    assert site.hub.wishes == []


def test_what_the_hub_refuses_stands_beside_the_question_with_the_answers_kept(site: Site, visit: Visits) -> None:
    visitor, to = visit("decision_maker"), f"/identity/review/{DOUBT}"
    site.hub.refusal = Refused("This is settled already: there is nothing left to decide", "person")
    answer = visitor.send(to, to, {**ANSWER, "step": "confirm"})
    assert answer.status_code == 422
    assert '<a href="#verdict">This is settled already' in answer.text
    assert "The school rang back." in answer.text


def test_a_form_of_another_site_decides_nothing(site: Site, visit: Visits) -> None:
    visitor = visit("decision_maker")
    foreign = visitor.http.post(f"/identity/review/{DOUBT}", data={**ANSWER, "step": "confirm"})
    assert (foreign.status_code, site.hub.wishes) == (403, [])


# ------------------------------------------------------------------------------------------------------------ the review


def test_nothing_is_chosen_for_who_decides_and_no_button_stands_out(visit: Visits) -> None:
    visitor = visit("decision_maker")
    for path in (f"/identity/review/{DOUBT}", f"/identity/decision/{WAITING}", f"/identity/change/unlink/{FIRST}"):
        page = visitor.get(path).text if "decision/" not in path else visit("mash_manager").get(path).text
        form = main(page)
        assert re.findall(r"<input[^>]*\bchecked\b", form) == []
        assert 'class="govuk-button"' not in form
        assert "autofocus" not in form


def test_differences_are_marked_and_said_in_words(visit: Visits) -> None:
    page = visit("decision_maker").get(f"/identity/review/{DOUBT}").text
    assert '<mark class="hub-differs">cca</mark>' in page
    assert "Spelled differently" in text(page)
    assert "School, 2 years ago" in text(page)
    assert "Rebe cca Madeup" in text(page)
    assert "%" not in text(page)


def test_what_is_odd_in_a_description_stands_under_its_column_and_beside_its_record(visit: Visits) -> None:
    odd = "A name has no letters: it is not compared"
    review = text(visit("decision_maker").get(f"/identity/review/{DOUBT}").text)
    assert (
        f"Odd in how they are described In doubt {odd} Police, 3 weeks ago Candidate 1 Nothing Candidate 2 Nothing"
        in review
    )
    assert odd in text(visit("decision_maker").get(f"/identity/person/{FIRST}").text)


def test_where_there_are_more_candidates_than_are_shown_nobody_can_answer_different_from_all(
    site: Site, visit: Visits
) -> None:
    visitor = visit("decision_maker")
    assert "Different from all of them" in text(visitor.get(f"/identity/review/{DOUBT}").text)
    site.hub.many = True
    page = visitor.get(f"/identity/review/{DOUBT}").text
    assert "Different from all of them" not in text(page)
    assert f"/identity/review/{DOUBT}?start=2" in page


@pytest.mark.parametrize(
    ("verdict", "what", "other"),
    [(f"same:{SECOND}", "same", SECOND), ("different", "different", ""), ("cannot_tell", "cannot_tell", "")],
)
def test_an_answer_is_shown_once_more_and_then_sent_whole(
    site: Site, visit: Visits, verdict: str, what: str, other: str
) -> None:
    visitor, to = visit("decision_maker"), f"/identity/review/{DOUBT}"
    checked = visitor.send(to, to, {**ANSWER, "verdict": verdict, "ask": "school"}).text
    assert "Check your answer" in text(checked)
    assert site.hub.wishes == []
    confirm(visitor, checked, to)
    assert site.hub.wishes == [
        DecideIdentity(
            what=what,  # type: ignore[arg-type] # of the list
            person=DOUBT, other=other, reason="organisation_confirmed", why="The school rang back.", ask="school",
            by=DECIDER, seen_position=41,
        )
    ]  # fmt: skip


def test_a_review_that_has_ended_asks_nothing(site: Site, visit: Visits) -> None:
    site.hub.nobody = True
    page = visit("decision_maker").get(f"/identity/review/{DOUBT}").text
    assert "This review has ended" in text(page)
    assert 'name="verdict"' not in page


# ------------------------------------------------------------------------------------------------------- the second person


def test_a_second_person_agrees_or_does_not_with_words(site: Site, visit: Visits) -> None:
    visitor, to = visit("mash_manager"), f"/identity/decision/{WAITING}"
    assert "Select whether you agree" in text(visitor.send(to, to, {"step": "second"}).text)
    assert "Enter why you do not agree" in text(visitor.send(to, to, {"step": "second", "agree": "no"}).text)
    visitor.send(to, to, {"step": "second", "agree": "no", "why": "They are cousins."})
    visitor.send(to, to, {"step": "second", "agree": "yes"})
    assert site.hub.answers == [("not_agree", WAITING, "They are cousins."), ("agree", WAITING)]


def test_who_decided_may_take_it_back_and_is_not_asked_to_agree(site: Site, visit: Visits) -> None:
    visitor, to = visit("decision_maker"), f"/identity/decision/{WAITING}"
    page = visitor.get(to).text
    assert 'name="agree"' not in page
    assert "Enter why you take it back" in text(visitor.send(to, to, {"step": "take_back"}).text)
    visitor.send(to, to, {"step": "take_back", "why": "I looked again."})
    assert site.hub.answers == [("not_agree", WAITING, "I looked again.")]


def test_one_that_was_refused_says_why_and_what_to_do(visit: Visits) -> None:
    page = text(visit("decision_maker").get("/identity/decisions").text)
    assert "One of them was merged with another since. Open the page of the one that stayed, decide again" in page
    assert f"/identity/decision/{REFUSED}" in visit("decision_maker").get("/identity/decisions").text


# ---------------------------------------------------------------------------------------------------------- the report


def test_who_was_shown_what_is_a_task_with_its_clock_until_somebody_says_what_came_of_it(
    site: Site, visit: Visits
) -> None:
    visitor, to = visit("mash_manager"), f"/identity/decision/{SETTLED}"
    assert "Due 6 June 2026 at 9:32am" in text(visitor.get("/identity").text)
    page = text(visitor.get(to).text)
    assert "Navigator, Police staff-7c41e0" in page
    assert "Name and identifiers: 1 What was said: 2" in page
    assert "72 hours from when a person decided that it stood wrongly" in page
    assert "The list may include looks that showed nothing of it" in page
    assert "MASH enquiry D4B2C8EF about person A91C44D7" in page  # one that may be about the wrong child
    missing = visitor.send(to, to, {"step": "assess"})
    assert (missing.status_code, "Select what came of it" in text(missing.text)) == (422, True)
    visitor.send(to, to, {"step": "assess", "outcome": "recorded_only", "why": "One navigator saw a name."})
    assert site.hub.answers == [("assess", SETTLED, "recorded_only", "One navigator saw a name.")]


def test_a_report_in_which_nobody_was_shown_anything_says_so(site: Site, visit: Visits) -> None:
    site.hub.many = True
    assert "Nobody was shown anything of it." in text(visit("decision_maker").get(f"/identity/decision/{SETTLED}").text)


def test_taking_a_decision_back_leads_to_the_one_that_does_it(site: Site, visit: Visits) -> None:
    visitor = visit("decision_maker")
    page = visitor.get(f"/identity/decision/{SETTLED}").text
    found = re.search(r'href="(/identity/change/[^"]+)"', page)
    assert found
    address = unescape(found.group(1))
    assert address == f"/identity/change/unlink/{SECOND}?reverses={SETTLED}&other={FIRST}&record={RECORD}"
    to = f"/identity/change/unlink/{SECOND}"
    form = visitor.get(address).text
    assert re.search(rf'value="{RECORD}" checked', form)
    checked = visitor.send(
        address, to, {"record": RECORD, "other": FIRST, "reason": "other", "why": "It was right."}
    ).text
    confirm(visitor, checked, to)
    (wish,) = site.hub.wishes
    assert (wish.what, wish.person, wish.other, wish.source_records, wish.reverses) == (
        "unlink", SECOND, FIRST, (RECORD,), SETTLED,
    )  # fmt: skip


# -------------------------------------------------------------------------------------------------- from a child's page


def test_a_childs_page_leads_those_who_may_to_who_this_is(visit: Visits) -> None:
    assert f"/identity/person/{CHILD}" in visit("decision_maker").get(f"/child/{CHILD}").text
    assert "/identity/" not in visit("navigator").get(f"/child/{CHILD}").text


@pytest.mark.parametrize(
    ("what", "answers", "sent"),
    [
        ("unlink", {"record": [RECORD, OTHER_RECORD]}, {"source_records": (RECORD, OTHER_RECORD)}),
        ("merge", {"other": SECOND}, {"other": SECOND}),
        ("split", {"reverses": SETTLED}, {"reverses": SETTLED}),
        (
            "restrict", {"readers": "staff-1, staff-2", "reason": "adoption"},
            {"readers": ("staff-1", "staff-2"), "reason": "adoption"},
        ),
        ("unrestrict", {}, {}),
    ],
)  # fmt: skip
def test_each_change_asks_for_what_it_needs_and_sends_it_whole(
    site: Site, visit: Visits, what: str, answers: dict[str, str | list[str]], sent: dict[str, object]
) -> None:
    visitor, to = visit("mash_manager"), f"/identity/change/{what}/{FIRST}"
    assert visitor.send(to, to, {"why": "x"}).status_code == 422
    checked = visitor.send(to, to, {"reason": "other", "why": "They told us.", **answers}).text
    assert "Check your answer" in text(checked), text(checked)
    assert site.hub.wishes == []
    confirm(visitor, checked, to)
    wished = {
        "what": what, "person": FIRST, "reason": "other", "why": "They told us.", "by": "staff-e58c12",
        "seen_position": 41, **sent,
    }  # fmt: skip
    assert site.hub.wishes == [DecideIdentity(**wished)]  # type: ignore[arg-type]


def test_an_empty_list_says_what_was_searched_and_until_when(site: Site, visit: Visits) -> None:
    site.hub.nobody = True
    said = text(visit("decision_maker").get("/identity").text)
    assert (
        "Nobody is in doubt whom you may know of. Searched every person on record until 4 June 2026 at 9:32am." in said
    )


def test_nobody_was_shown_anything_is_said_only_where_every_look_was_gone_through(site: Site, visit: Visits) -> None:
    visitor, to = visit("mash_manager"), f"/identity/decision/{SETTLED}"
    site.hub.many = True  # no look
    assert "Nobody was shown anything of it." in text(visitor.get(to).text)
    site.hub.whole = False
    page = text(visitor.get(to).text)
    assert "Nobody was shown anything" not in page
    assert "This list may miss looks" in page


def test_a_policy_that_opens_nothing_does_not_read_as_nobody_in_doubt(site: Site, visit: Visits) -> None:
    site.hub.nobody, site.hub.closed = True, 3
    visitor = visit("decision_maker")
    page = text(visitor.get("/identity").text)
    assert "Nobody is in doubt" not in page
    assert "3 more items of this page could not be shown to you." in page
    decided = text(visitor.get("/identity/decisions").text)
    assert "3 more decisions of this page could not be shown to you." in decided
    assert "None. Searched" not in decided


def test_a_candidate_whose_names_did_not_open_cannot_be_answered_for(site: Site, visit: Visits) -> None:
    site.hub.unread = True
    visitor, to = visit("decision_maker"), f"/identity/review/{DOUBT}"
    page = visitor.get(to).text
    offered = re.findall(r'<input[^>]*name="verdict"[^>]*value="([^"]+)"', page)
    assert offered == [f"same:{SECOND}", "cannot_tell"]
    assert "Not shown" in text(page)
    for verdict in (f"same:{FIRST}", "different"):
        refused = visitor.send(to, to, {**ANSWER, "verdict": verdict})
        assert "Select whether they are the same person" in text(refused.text)
    assert site.hub.wishes == []


def test_a_merge_names_somebody_who_is_there_and_shows_both_before_it_is_sent(site: Site, visit: Visits) -> None:
    visitor, to = visit("decision_maker"), f"/identity/change/merge/{FIRST}"
    asked: dict[str, str | list[str]] = {"reason": "organisation_confirmed", "why": "One boy.", "step": "check"}
    refused = text(visitor.send(to, to, {**asked, "other": "nonsense"}).text)
    assert "There is no person of this id, or none that you may know of" in refused
    checked = text(visitor.send(to, to, {**asked, "other": SECOND}).text)
    assert FIRST in checked
    assert SECOND in checked
    assert "Health, record D5E92F1A" in checked
    assert "A person decided that these are two." not in checked
    checked = text(visitor.send(to, to, {**asked, "other": DOUBT}).text)
    assert "A person decided that these are two." in checked


def test_who_must_agree_sees_what_speaks_against_it_and_by_when(site: Site, visit: Visits) -> None:
    site.hub.apart = True
    visitor = visit("mash_manager")
    page = text(visitor.get(f"/identity/decision/{WAITING}").text)
    assert "A person decided that these are two." in page
    assert f"Household of person {FIRST[:8].upper()} A mother" in page
    assert "Level 3: Complex needs, rule neglect-two-sources" in page
    assert "An answer is due 4 June 2026 at 3:32pm" in page
    assert "An answer is due 4 June 2026 at 3:32pm" in text(visitor.get("/identity/decisions").text)


def test_the_information_governance_lead_opens_the_report_and_no_other_page_about_identity(
    site: Site, visit: Visits
) -> None:
    visitor = visit("ig_lead")
    assert text(visitor.get("/identity/reports").text).count("Take source records off a person") == 1
    page = visitor.get(f"/identity/report/{SETTLED}")
    assert "Navigator, Police staff-7c41e0" in text(page.text)
    assert "a restricted identity" in text(page.text)
    assert "<form" not in main(page.text)
    for closed in ("/identity", f"/identity/decision/{SETTLED}", f"/identity/person/{FIRST}"):
        assert visitor.get(closed).status_code == 403
    assert visit("mash_manager").get(f"/identity/report/{SETTLED}").status_code == 403


# ------------------------------------------------------------------------------------------- two who turn out to be one

PAIR = f"/identity/proposal/{SECOND}/{FIRST}"


def test_the_list_leads_to_pairs_who_may_be_one_and_says_which_rest(visit: Visits) -> None:
    page = visit("decision_maker").get("/identity").text
    assert f'href="{PAIR}"' in page
    assert f'href="/identity/proposal/{DOUBT}/{FIRST}"' in page
    assert "Somebody could not tell" in text(page)
    assert "The hub joins nobody: two people decide." in text(page)


def test_a_proposal_shows_the_two_and_nothing_is_chosen(visit: Visits) -> None:
    page = visit("decision_maker").get(PAIR).text
    assert "checked" not in main(page)
    assert "Why it is proposed" in text(page)
    assert "Nothing moves unless two people decide that they are one." in text(page)
    assert re.findall(r'name="verdict"[^>]*value="([^"]*)"', page) == [f"same:{FIRST}", "different", "cannot_tell"]


@pytest.mark.parametrize(
    ("verdict", "what", "button", "follows"),
    [
        (f"same:{FIRST}", "merge", "Ask a second person to agree", "Everything about both will stand on one page"),
        ("different", "different", "Confirm", "Both keep their own pages."),
        ("cannot_tell", "cannot_tell", "Confirm", "The hub does not ask again before"),
    ],
)
def test_an_answer_to_a_proposal_is_shown_once_more_and_then_sent_whole(
    site: Site, visit: Visits, verdict: str, what: str, button: str, follows: str
) -> None:
    visitor = visit("decision_maker")
    checked = visitor.send(PAIR, PAIR, {**ANSWER, "verdict": verdict}).text
    assert (button in text(checked), follows in text(checked)) == (True, True)
    confirm(visitor, checked, PAIR)
    wish = site.hub.wishes[-1]
    assert (wish.what, wish.person, wish.other, wish.why) == (what, SECOND, FIRST, "The school rang back.")


def test_of_a_proposal_an_answer_about_anybody_else_is_none(visit: Visits) -> None:
    visitor = visit("decision_maker")
    sent = visitor.send(PAIR, PAIR, {**ANSWER, "verdict": f"same:{DOUBT}"})
    assert (sent.status_code, "Select whether they are the same person" in text(sent.text)) == (422, True)


def test_a_proposal_that_has_ended_asks_nothing(site: Site, visit: Visits) -> None:
    site.hub.nobody = True
    page = visit("decision_maker").get(PAIR).text
    assert ("This proposal has ended" in text(page), 'name="verdict"' in page) == (True, False)
