"""What each page says and refuses, without a browser: the hub is asked what it should be, and words arrive as words."""

import re
from datetime import UTC, date, datetime
from html import unescape

import pytest

from hub.domain.enquiry import Decide, OpenEnquiry, Step
from hub.domain.message import Address, ConcernRaised, FamilyTold, HowKnown, Name, Occurred, Person, Subject
from hub.views.models import When
from hub.web import live, words
from tests.web.conftest import Site, Visitor, Visits
from tests.web.fake_hub import ALERT, CAUTION, CHILD, ENQUIRY, MESSAGE, NAME, NOW

PAGES = {
    "decision_maker": (
        "/", f"/child/{CHILD}", f"/enquiry/new?child={CHILD}", f"/enquiry/{ENQUIRY}", f"/enquiry/{ENQUIRY}/decision",
        "/concern/new", "/children", "/sent", "/tasks/addresses", f"/child/{CHILD}/household", f"/unplaced/{MESSAGE}",
    ),
    "mash_manager": ("/quarantine",),
    "access_auditor": ("/audit", f"/audit/{CHILD}", "/ledger"),
    "practice_auditor": ("/audit", f"/child/{CHILD}"),
    "navigator": ("/children", "/sent", f"/child/{CHILD}"),
}  # fmt: skip
ANSWERS: dict[str, str | list[str]] = {
    "level": "3", "agrees": "no", "outcome": "early_help", "actions": ["family_contacted", "advice_given"],
    "family_told": "no", "why_not_told": "Not reached.", "reason": "Two organisations saw it.", "step": "check",
    "seen": "alone", "seen_by": "school_a", "seen_on": "2026-06-03", "view": "child_said", "child_view": "I am hungry.",
    "owner-family_contacted": "front_door", "due-family_contacted": "2026-06-05", "weighed": "m1/0",
    "owner-advice_given": "school_a", "due-advice_given": "2026-06-04",
}  # fmt: skip


def test_every_page_says_when_it_was_known_to_whom_it_is_shown_and_under_which_edition(visit: Visits) -> None:
    for role, paths in PAGES.items():
        visitor = visit(role)
        for path in paths:
            answer = visitor.get(path)
            said = f"Known to the hub on 4 June 2026 at 9:32am, shown to role {role.replace('_', ' ')}, edition 1."
            assert (answer.status_code, said in answer.text) == (200, True), path


def test_roles_see_the_places_that_they_may_open_and_no_others(visit: Visits) -> None:
    for role, (first, absent) in {
        "decision_maker": ("Worklist", "Quarantine"),
        "navigator": ("Children you work with", "Worklist"),
        "access_auditor": ("Audit", "Worklist"),
        "ig_lead": ("Audit", "Record a contact"),
        "lead_professional": ("Children you work with", "What we sent"),
    }.items():
        page = visit(role).get("/help").text
        assert f">{first}</a>" in page
        assert f">{absent}</a>" not in page


def test_no_name_is_on_the_worklist_and_a_restricted_row_says_nothing(visit: Visits) -> None:
    page = visit("decision_maker").get("/").text
    assert NAME not in page
    restricted = page.partition("Restricted RESTRICT")[2].partition("</tr>")[0]
    assert [text for text in ("Police", "Level", "neglect", "2026") if text in restricted] == []


@pytest.mark.parametrize(
    ("role", "path", "said"),
    [
        ("decision_maker", "/", "No alerts. Searched what Police, School sent until 4 June 2026 at 9:32am."),
        ("decision_maker", "/?state=decided", "No alerts match these filters."),
        ("decision_maker", "/children", "Searched open MASH enquiries and involvements"),
        ("navigator", "/sent", "Searched everything that your organisation sent until 4 June 2026 at 9:32am."),
        ("access_auditor", "/ledger", "Searched the whole access ledger until 4 June 2026 at 9:32am."),
        ("mash_manager", "/quarantine", "Searched every message received until 4 June 2026 at 9:32am."),
        ("decision_maker", "/tasks/addresses", "Searched every address received until 4 June 2026 at 9:32am."),
        ("decision_maker", f"/child/{CHILD}", "Searched everything on record about this child until"),
    ],
)
def test_an_empty_page_says_what_was_searched_and_until_when(
    site: Site, visit: Visits, role: str, path: str, said: str
) -> None:
    site.hub.empty = True
    assert said in visit(role).get(path).text


def test_what_was_sent_is_told_in_words_and_not_in_codes(visit: Visits) -> None:
    page = visit("navigator").get("/sent").text
    assert 'Worry<span class="govuk-hint">south team</span>' in page
    assert "south_team" not in page


def test_who_holds_different_addresses_is_named_and_no_address_is_on_the_page(visit: Visits) -> None:
    page = unescape(re.sub(r"<[^>]+>", " ", visit("decision_maker").get("/tasks/addresses").text))
    assert "Police, since 4 June 2026" in page
    assert "School, since 2 September 2025" in page
    assert "Refuges are never compared" in page
    assert not re.search(r"[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}", page)
    assert visit("access_auditor").get("/tasks/addresses").status_code == 403


def test_words_are_shown_as_words_and_never_run(visit: Visits) -> None:
    page = visit("decision_maker").get(f"/child/{CHILD}?enquiry={ENQUIRY}").text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; said" in page
    assert "<script>alert" not in page


def test_all_six_states_of_coverage_are_said_in_words(visit: Visits) -> None:
    page = visit("decision_maker").get(f"/child/{CHILD}").text
    for said in words.COVERAGE.values():
        assert said in page
    assert "4 organisations have not been heard. No record is not the same as no worry." in page


def test_a_mash_enquiry_needs_a_ground_and_a_reason_and_keeps_what_was_answered(site: Site, visit: Visits) -> None:
    visitor = visit("decision_maker")
    page = f"/enquiry/new?child={CHILD}"
    answer = visitor.send(page, "/enquiry/new", {"reason": "To see <who> knows."})
    assert answer.status_code == 422
    assert answer.text.count("Select the ground for opening a MASH enquiry") == 2
    assert "To see &lt;who&gt; knows." in answer.text
    assert site.hub.opened is None
    arrived = visitor.send(page, "/enquiry/new", {"ground": "perceived_harm", "reason": "To see who knows."})
    assert arrived.url.path == f"/enquiry/{ENQUIRY}"
    assert site.hub.opened == OpenEnquiry(
        child=CHILD, alerts=(ALERT,), ground="perceived_harm", reason="To see who knows.",
        by=site.staff("decision_maker"),
    )  # fmt: skip


def test_every_missing_answer_of_a_decision_is_named_at_once(site: Site, visit: Visits) -> None:
    path = f"/enquiry/{ENQUIRY}/decision"
    answer = visit("decision_maker").send(path, path, {"step": "confirm", "family_told": "no"})
    assert answer.status_code == 422
    assert "checked" not in answer.text.replace('value="no" checked', "")
    for said in (
        "Select the level of need", "Select whether you agree", "Select the outcome", "Select at least one action",
        "Enter why the family has not been told", "Enter the reasons for the decision",
        "Select whether anybody has seen the child", "Select how the child&#39;s view was obtained",
    ):  # fmt: skip
        assert answer.text.count(said) == 2, said
    assert site.hub.decision() is None


def test_a_decision_is_shown_once_more_and_only_then_made(site: Site, visit: Visits) -> None:
    visitor, path = visit("decision_maker"), f"/enquiry/{ENQUIRY}/decision"
    check = visitor.send(path, path, ANSWERS)
    assert "Check your answers" in check.text
    assert site.hub.decision() is None
    changed = visitor.send(path, path, {**ANSWERS, "step": "change"})
    assert "Two organisations saw it." in changed.text
    done = visitor.send(path, path, {**ANSWERS, "step": "confirm"})
    assert done.url.path == f"/enquiry/{ENQUIRY}"
    assert site.hub.decision() == Decide(
        level=3, agrees=False, outcome="early_help", actions=("family_contacted", "advice_given"), family_told=False,
        why_not_told="Not reached.", reason="Two organisations saw it.", seen_position=41, by=site.staff("decision_maker"),
        child=CHILD, weighed=("m1/0",), view="child_said", child_view="I am hungry.", seen="alone", seen_by="school_a",
        seen_on=date(2026, 6, 3),
        plan=(
            Step("family_contacted", "front_door", date(2026, 6, 5)), Step("advice_given", "school_a", date(2026, 6, 4)),
        ),
    )  # fmt: skip
    assert visitor.get(path).url.path == f"/enquiry/{ENQUIRY}"  # decided once


def test_a_stale_decision_shows_what_came_in_and_asks_again_with_the_answers_kept(site: Site, visit: Visits) -> None:
    visitor, path = visit("decision_maker"), f"/enquiry/{ENQUIRY}/decision"
    form = visitor.get(path)
    assert 'name="seen_position" value="41"' in form.text
    site.hub.moved = True
    token = visitor.token()
    stale = visitor.http.post(path, data={**ANSWERS, "step": "confirm", "seen_position": "41", "token": token})
    assert stale.status_code == 409
    assert "1 thing came in since you opened this page" in stale.text
    assert "Police sent a concern" in stale.text
    assert "Two organisations saw it." in stale.text
    assert 'name="seen_position" value="42"' in stale.text
    assert site.hub.decision() is None
    again = visitor.http.post(
        path, data={**ANSWERS, "step": "confirm", "seen_position": "42", "token": visitor.token()}
    )
    assert again.url.path == f"/enquiry/{ENQUIRY}"


def test_a_decision_that_is_overtaken_in_the_last_moment_is_stale_too(site: Site, visit: Visits) -> None:
    visitor, path = visit("decision_maker"), f"/enquiry/{ENQUIRY}/decision"
    sent = visitor.http.post(path, data={**ANSWERS, "step": "confirm", "seen_position": "40", "token": visitor.token()})
    assert (sent.status_code, site.hub.decision()) == (409, None)


def test_only_a_decider_reaches_the_decision(visit: Visits) -> None:
    for role in ("navigator", "lead_professional", "practice_auditor"):
        assert visit(role).get(f"/enquiry/{ENQUIRY}/decision").status_code == 403


def test_a_telephone_contact_becomes_a_concern_of_the_organisation_that_called(site: Site, visit: Visits) -> None:
    visitor = visit("decision_maker")
    answer = visitor.send(
        "/concern/new",
        "/concern/new",
        {
            "caller": "school", "referrer_kind": "2A", "caller_name": "The office", "how_known": "first_hand",
            "forenames": "Ash", "surname": "Madeup", "born-day": "27", "born-month": "3", "born-year": "2019",
            "address": "1 Made Up Road\r\n\r\nNowhere", "postcode": "zz1 1zz", "occurred-day": "3", "occurred-month": "6",
            "occurred-year": "2026", "occurred_words": "yesterday", "narrative": "Came in hungry.", "seen": "seen",
            "indicators": ["hunger", "cold_home"], "family_told": "no", "why_not": "could_not_reach", "voice": "I am cold",
        },
    )  # fmt: skip
    assert answer.status_code == 200
    assert "Contact sent" in answer.text
    ((_, message),) = site.hub.published
    assert isinstance(message, ConcernRaised)
    expected = ConcernRaised(
        organisation="school", source_sequence=0, recorded_at=message.recorded_at,
        on_behalf_of=f"staff:{site.staff('decision_maker')}",
        occurred=Occurred(
            datetime(2026, 6, 2, 23, 0, tzinfo=UTC), datetime(2026, 6, 3, 22, 59, 59, tzinfo=UTC), "day", "yesterday"
        ),
        how_known=HowKnown("first_hand"), referrer_kind="2A", referrer_name="The office",
        subjects=(
            Subject(
                person=Person(
                    names=(Name("Ash", "Madeup"),), birth_date=date(2019, 3, 27),
                    addresses=(Address(("1 Made Up Road", "Nowhere"), "ZZ1 1ZZ"),),
                ),
                indicators=("hunger", "cold_home"), seen="seen", voice="I am cold",
            ),
        ),
        narrative="Came in hungry.", family_told=FamilyTold(False, "could_not_reach"),
    )  # fmt: skip
    assert message == expected


def test_a_contact_sent_twice_is_one_message_to_the_letter(site: Site, visit: Visits) -> None:
    visitor = visit("decision_maker")
    answers: dict[str, str | list[str]] = {
        "caller": "caller", "referrer_kind": "9", "how_known": "told_by_other", "narrative": "Shouting.",
        "seen": "not_seen", "family_told": "yes", "occurred_words": "last night",
    }  # fmt: skip
    hidden = hidden_fields(visitor.get("/concern/new").text)
    for _ in range(2):
        assert visitor.http.post("/concern/new", data={**hidden, **answers}).status_code == 200
    (first, message), (second, again) = site.hub.published
    assert (first, message) == (second, again)  # the time too: another one would look like another text under one id
    assert isinstance(message, ConcernRaised)
    assert (message.organisation, message.on_behalf_of, message.occurred.precision) == (
        "children_social_care",
        f"staff:{site.staff('decision_maker')}",
        "unknown",
    )


def hidden_fields(page: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))


def test_who_has_left_enters_no_contact_though_their_session_lives(site: Site, visit: Visits) -> None:
    site.hub.left = True
    answers: dict[str, str | list[str]] = {
        "caller": "caller", "referrer_kind": "9", "how_known": "told_by_other", "narrative": "Shouting.",
        "seen": "not_seen", "family_told": "yes", "occurred_words": "last night",
    }  # fmt: skip
    assert visit("decision_maker").send("/concern/new", "/concern/new", answers).status_code == 403
    assert site.hub.published == []


@pytest.mark.parametrize("changed", ["message_id", "begun_at", "seal"])
def test_a_contact_under_an_id_or_a_time_that_no_page_gave_is_refused(site: Site, visit: Visits, changed: str) -> None:
    visitor, other = visit("decision_maker"), visit("mash_manager")
    hidden = hidden_fields(visitor.get("/concern/new").text)
    foreign = hidden_fields(other.get("/concern/new").text)
    assert visitor.http.post("/concern/new", data={**hidden, changed: foreign[changed]}).status_code == 403
    assert visitor.http.post("/concern/new", data={**hidden, changed: "2026-06-04"}).status_code == 403
    assert site.hub.published == []


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({}, "Select who is calling"),
        ({"occurred-day": "31", "occurred-month": "2", "occurred-year": "2026"}, "Enter a real day"),
        (
            {"occurred-day": "1", "occurred-month": "1", "occurred-year": "2999"},
            "Enter a day that is not in the future",
        ),
        ({"born-day": "x"}, "Enter a real date of birth"),
        ({"family_told": "no"}, "Select why the family has not been told"),
    ],
)
def test_a_contact_with_a_fault_is_not_sent(
    site: Site, visit: Visits, answers: dict[str, str | list[str]], said: str
) -> None:
    answer = visit("decision_maker").send("/concern/new", "/concern/new", answers)
    assert (answer.status_code, said in answer.text) == (422, True)
    assert site.hub.published == []


def test_what_the_hub_refuses_stands_beside_its_question(site: Site, visit: Visits) -> None:
    answer = visit("decision_maker").send(
        "/concern/new",
        "/concern/new",
        {
            "caller": "school", "referrer_kind": "99", "how_known": "first_hand", "narrative": "x", "seen": "seen",
            "family_told": "yes", "occurred_words": "today",
        },
    )  # fmt: skip
    assert answer.status_code == 422
    assert '<a href="#referrer_kind">Use a code of the vocabulary</a>' in answer.text


def test_style_and_scripts_may_be_kept_for_good_and_only_under_their_own_hash(visit: Visits) -> None:
    visitor = visit()
    page = visitor.get("/help").text
    style = page.partition('rel="stylesheet" href="')[2].partition('"')[0]
    answer = visitor.get(style)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "public, max-age=31536000, immutable")
    assert answer.headers["content-encoding"] == "gzip"
    assert visitor.get(style.replace(style.split("/")[2], "0" * 16)).status_code == 404
    assert visitor.get("/static/../app.py").status_code == 404


def test_the_audit_page_shows_a_position_and_leads_to_the_next(visit: Visits) -> None:
    page = visit("access_auditor").get(f"/audit/{CHILD}?position=40").text
    assert "What was known at position 40" in page
    assert f'href="/audit/{CHILD}?position=41">Next fact' in page
    assert "This is the first fact" in page


def test_a_watching_page_is_told_a_number_and_nothing_else(site: Site, visit: Visits) -> None:
    visitor = visit("decision_maker")
    assert visitor.http.get("/live?shown=0&position=x").status_code == 400
    site.hub.came = True
    with visitor.http.stream("GET", "/live", params={"shown": NOW.timestamp(), "position": 41}) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        lines: list[str] = []
        for line in stream.iter_lines():
            if not line and lines:
                break
            lines.append(line)
    assert lines == ["event: newer", "data: 1", f"id: {site.hub.newest_alert()!r}", "retry: 5000"]
    for role in ("navigator", "access_auditor"):
        assert visit(role).get("/live?shown=0&position=0").status_code == 403


def test_a_stream_ends_with_its_session(site: Site, visit: Visits) -> None:
    visitor = visit("decision_maker")
    with visitor.http.stream("GET", "/live", params={"shown": NOW.timestamp(), "position": 41}) as stream:
        site.sessions.end_all(site.staff("decision_maker"))
        assert "data:" not in "".join(stream.iter_text())  # it ends, else this would wait


def listen_for(visitor: Visitor, *, last: str = "") -> str:
    """All that a page is told by one stream; streams are short here."""
    asked = {"shown": str(NOW.timestamp()), "position": "0"}
    headers = {"Last-Event-ID": last} if last else {}
    with visitor.http.stream("GET", "/live", params=asked, headers=headers) as stream:
        return "".join(stream.iter_text())


def test_while_nothing_came_nobody_looks_and_who_comes_back_is_not_told_twice(
    site: Site, visit: Visits, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "LASTS", 0.2)
    monkeypatch.setattr(live, "EVERY", 0.02)
    monkeypatch.setattr(live, "LOOK", 0.0)
    visitor = visit("decision_maker")
    looks = site.hub.looks
    assert [listen_for(visitor) for _ in range(3)] == ["", "", ""]
    assert site.hub.looks == looks
    site.hub.came = True
    told = listen_for(visitor)
    assert (told.count("data: 1"), site.hub.looks) == (1, looks + 1)
    assert listen_for(visitor, last=repr(site.hub.newest_alert())) == ""
    assert site.hub.looks == looks + 1
    assert listen_for(visitor, last="nan").count("data: 1") == 1


def test_a_worklist_left_open_ends_with_the_hour_however_often_it_asks(
    site: Site, visit: Visits, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "LASTS", 0.05)
    monkeypatch.setattr(live, "EVERY", 0.01)
    visitor = visit("decision_maker")
    for _ in range(3):
        listen_for(visitor)
        site.clock.forward(minutes=25)
    assert visitor.http.get("/live?shown=0&position=0", follow_redirects=False).status_code == 303
    assert visitor.get("/").url.path == "/sign-in"


def test_the_worklist_tells_the_true_total_and_leads_to_every_page(site: Site, visit: Visits) -> None:
    site.hub.missing = 228
    page = unescape(visit("decision_maker").get("/?page=2&level=3").text)
    assert "230 alerts, page 2 of 5" in page
    assert 'href="/?page=3&state=&organisation=&level=3"' in page


def test_opening_an_enquiry_asks_about_one_child_and_for_none_that_may_not_be_known(site: Site, visit: Visits) -> None:
    visitor = visit("decision_maker")
    looks = site.hub.looks
    assert visitor.get(f"/enquiry/new?child={CHILD}").status_code == 200
    assert visitor.get("/enquiry/new?child=another").status_code == 404
    assert site.hub.looks == looks  # the worklist is not read for it


def test_who_has_looked_comes_in_pages_and_routine_looks_on_request(site: Site, visit: Visits) -> None:
    visitor = visit("access_auditor")
    page = visitor.get("/ledger").text
    assert site.hub.asked_for == (0, False)
    assert "Looks at the worklist and at this page are left out." in page
    assert 'href="/ledger?before=7"' in page
    page = unescape(visitor.get(f"/ledger?before=7&looks=all&child={CHILD}").text)
    assert site.hub.asked_for == (7, True)
    assert f'href="/ledger?before=7&looks=all&child={CHILD}"' in page
    assert visitor.get("/ledger?looks=some").status_code == 400


def test_what_may_not_be_discussed_stands_on_the_child_the_enquiry_and_the_decision(visit: Visits) -> None:
    visitor = visit("decision_maker")
    path = f"/enquiry/{ENQUIRY}/decision"
    pages = [visitor.get(each).text for each in (f"/child/{CHILD}", f"/enquiry/{ENQUIRY}", path)]
    pages.append(visitor.send(path, path, ANSWERS).text)
    assert [page.count(CAUTION) for page in pages] == [1, 1, 1, 1]


def test_who_checks_access_is_told_that_content_is_not_shown(site: Site, visit: Visits) -> None:
    shown = visit("practice_auditor").get(f"/audit/{CHILD}").text
    site.hub.content = False
    closed = visit("access_auditor").get(f"/audit/{CHILD}").text
    assert ("Not shown: content." in shown, "Not shown: content." in closed) == (False, True)
    assert ("Searched, none held" in shown, "Searched, none held" in closed) == (True, False)


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    ("when", "said"),
    [
        (When(at(2026, 6, 4, 8, 32), at(2026, 6, 4, 8, 32), "minute"), "4 June 2026 at 9:32am"),
        (When(at(2026, 6, 4, 8, 32), at(2026, 6, 4, 9, 0), "minute"), "4 June 2026 at 9:32am to 10:00am"),
        (
            When(at(2026, 1, 4, 22, 0), at(2026, 1, 5, 1, 0), "minute"),
            "4 January 2026 at 10:00pm to 5 January 2026 at 1:00am",
        ),
        (When(at(2026, 1, 4, 22, 0), at(2026, 1, 4, 23, 0), "hour"), "4 January 2026 at about 10:00pm"),
        (When(at(2026, 6, 3, 23, 0), at(2026, 6, 4, 22, 59), "day"), "4 June 2026"),
        (When(at(2026, 6, 3, 23, 0), at(2026, 6, 6, 22, 59), "day"), "4 June 2026 to 6 June 2026"),
        (When(at(2026, 6, 1, 0, 0), at(2026, 6, 7, 0, 0), "week"), "week of 1 June 2026"),
        (When(at(2026, 6, 1, 0, 0), at(2026, 6, 29, 0, 0), "month"), "June 2026"),
        (When(at(2026, 6, 1, 0, 0), at(2026, 8, 29, 0, 0), "season"), "summer 2026"),
        (When(at(2026, 1, 1, 0, 0), at(2026, 12, 29, 0, 0), "year"), "2026"),
        (When(at(2025, 1, 1, 0, 0), at(2026, 12, 29, 0, 0), "unknown"), "Not known when"),
    ],
)
def test_a_period_reads_no_finer_than_it_was_claimed(when: When, said: str) -> None:
    assert words.period(when) == said


def test_noon_and_midnight_are_words() -> None:
    assert words.moment(at(2026, 1, 4, 12, 0)) == "4 January 2026 at midday"
    assert words.moment(at(2026, 1, 4, 0, 0)) == "4 January 2026 at midnight"
