"""Who gets in, for how long, and what a form must carry."""

from pathlib import Path

import httpx
import pytest

from hub.adapters.signin import ABSOLUTE, DEMO_ACCOUNTS, IDLE, DemoSignIn, Sessions, SignInNotConfigured
from hub.domain.staff import ROLES
from hub.web.session import Doorkeeper
from hub.web.tries import AT_ONCE
from tests.web.conftest import HandClock, Site, Visits
from tests.web.fake_hub import CHILD


def test_demo_accounts_are_refused_outside_a_demonstration() -> None:
    with pytest.raises(SignInNotConfigured, match="MASH_DEMO"):
        DemoSignIn(demo=False)


def test_every_role_of_the_table_can_be_looked_at_and_who_answers_one_request_has_no_account() -> None:
    assert {role for account in DEMO_ACCOUNTS for role in account.roles} == set(ROLES) - {"external_answerer"}


def test_every_demo_account_is_another_person_with_an_id_that_says_nothing() -> None:
    assert len({account.staff for account in DEMO_ACCOUNTS}) == len(DEMO_ACCOUNTS)
    assert not any(
        word in account.staff for account in DEMO_ACCOUNTS for word in (*account.roles, account.organisation)
    )


def test_sessions_over_plain_http_are_refused_anywhere_but_on_loopback() -> None:
    sessions = Sessions(HandClock())
    with pytest.raises(SignInNotConfigured, match="https"):
        Doorkeeper(sessions, DemoSignIn(demo=True), bytes(32), "http://hub.example")
    assert Doorkeeper(sessions, DemoSignIn(demo=True), bytes(32), "https://hub.example").cookie == "__Host-mash"
    assert Doorkeeper(sessions, DemoSignIn(demo=True), bytes(32), "http://127.0.0.1:8321").cookie == "mash"
    sessions.close()


def test_a_stranger_is_led_to_sign_in_and_then_to_the_page_they_asked_for(site: Site, visit: Visits) -> None:
    visitor = visit()
    asked = visitor.get(f"/child/{CHILD}")
    assert asked.url.path == "/sign-in"
    arrived = visitor.send(str(asked.url), "/sign-in", {"account": site.staff("decision_maker")})
    assert (arrived.status_code, arrived.url.path) == (200, f"/child/{CHILD}")


def test_who_has_no_worklist_arrives_at_the_first_page_that_is_theirs(site: Site, visit: Visits) -> None:
    visitor = visit()
    asked = visitor.get("/")
    arrived = visitor.send(str(asked.url), "/sign-in", {"account": site.staff("navigator")})
    assert (arrived.status_code, arrived.url.path) == (200, "/sent")


@pytest.mark.parametrize(
    "elsewhere", ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example", "/sign-out"]
)
def test_signing_in_never_leads_to_another_site(site: Site, visit: Visits, elsewhere: str) -> None:
    arrived = visit().http.post("/sign-in", data={"account": site.staff("decision_maker"), "next": elsewhere})
    assert (arrived.url.host, arrived.url.path) == ("127.0.0.1", "/")


def test_picking_nobody_is_an_error_that_says_what_to_do(visit: Visits) -> None:
    answer = visit().http.post("/sign-in", data={})
    assert answer.status_code == 422
    assert "<title>Error: Sign in" in answer.text
    assert answer.text.count("Select who you are") == 2  # in the summary and at the question


def test_picking_nobody_again_and_again_has_to_wait(site: Site, visit: Visits) -> None:
    visitor = visit()
    answers = [visitor.http.post("/sign-in", data={"account": "staff-nobody"}) for _ in range(AT_ONCE + 1)]
    assert [answer.status_code for answer in answers] == [422] * AT_ONCE + [429]
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert "Too many tries" in answers[-1].text
    assert visitor.http.post("/sign-in", data={"account": site.staff("ig_lead")}).status_code == 200


def test_the_cookie_cannot_be_read_by_scripts_nor_sent_by_other_sites(site: Site) -> None:
    with httpx.Client(base_url=site.url, headers={"Sec-Fetch-Site": "same-origin"}) as http:
        set_cookie = http.post("/sign-in", data={"account": site.staff("ig_lead")}).headers["set-cookie"]
    assert set_cookie.startswith("mash=")
    assert "HttpOnly" in set_cookie
    assert "SameSite=lax" in set_cookie
    assert "Path=/" in set_cookie


def test_signing_in_again_ends_the_session_that_the_browser_had(site: Site, visit: Visits) -> None:
    visitor = visit("decision_maker")
    before = visitor.http.cookies["mash"]
    visitor.http.post("/sign-in", data={"account": site.staff("mash_manager")})
    assert site.sessions.find(before) is None
    assert visitor.http.cookies["mash"] != before


def test_a_session_ends_unused_after_an_hour_and_used_after_twelve(site: Site, visit: Visits) -> None:
    visitor = visit("decision_maker")
    site.clock.forward(seconds=IDLE.total_seconds() - 1)
    assert visitor.get("/").url.path == "/"
    site.clock.forward(seconds=IDLE.total_seconds() + 1)
    assert visitor.get("/").url.path == "/sign-in"
    again = visit("decision_maker")
    for _ in range(int(ABSOLUTE / IDLE) * 2):
        site.clock.forward(seconds=IDLE.total_seconds() / 2)
        last = again.get("/")
    assert last.url.path == "/"
    site.clock.forward(seconds=1)
    assert again.get("/").url.path == "/sign-in"


def test_every_session_of_a_person_can_be_ended_at_once(site: Site, visit: Visits) -> None:
    one, two, other = visit("decision_maker"), visit("decision_maker"), visit("mash_manager")
    assert site.sessions.end_all(site.staff("decision_maker")) == 2
    assert [v.get("/").url.path for v in (one, two, other)] == ["/sign-in", "/sign-in", "/"]


def test_the_table_of_sessions_holds_no_session_id(tmp_path: Path) -> None:
    path = tmp_path / "sessions.db"
    sessions = Sessions(HandClock(), path)
    token = sessions.begin("staff-1")
    other_process = Sessions(HandClock(), path)
    found = other_process.find(token)
    assert found is not None
    assert found.staff == "staff-1"
    sessions.close()
    other_process.close()
    assert all(token.encode() not in file.read_bytes() for file in path.parent.iterdir())
    assert path.stat().st_mode & 0o077 == 0


def test_signing_out_ends_the_session_itself_and_not_only_the_cookie(site: Site, visit: Visits) -> None:
    visitor = visit("decision_maker")
    cookie = visitor.http.cookies["mash"]
    assert visitor.http.post("/sign-out", data={"token": visitor.token()}).url.path == "/sign-in"
    assert site.sessions.find(cookie) is None


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": "none"},
                {"Origin": "https://elsewhere.example"}, {"Origin": "null"}, {}],
)  # fmt: skip
def test_a_form_sent_from_elsewhere_or_from_nowhere_is_refused(
    site: Site, visit: Visits, headers: dict[str, str]
) -> None:
    visitor = visit("decision_maker")
    token = visitor.token()
    with httpx.Client(base_url=site.url, cookies=visitor.http.cookies, headers=headers) as foreign:
        assert foreign.post("/sign-out", data={"token": token}).status_code == 403
        assert foreign.post("/sign-in", data={"account": site.staff("ig_lead")}).status_code == 403
    assert visitor.get("/").url.path == "/"


def test_a_browser_that_only_sends_an_origin_is_let_in(site: Site) -> None:
    with httpx.Client(base_url=site.url, headers={"Origin": site.url}) as http:
        assert http.post("/sign-in", data={"account": site.staff("ig_lead")}).status_code == 303


@pytest.mark.parametrize("token", ["", "x", "00.00"])
def test_a_form_without_the_token_of_this_session_is_refused(site: Site, visit: Visits, token: str) -> None:
    visitor, other = visit("decision_maker"), visit("mash_manager")
    for wrong in (token, other.token()):
        assert visitor.http.post("/sign-out", data={"token": wrong}).status_code == 403


def test_each_page_has_a_token_of_its_own(visit: Visits) -> None:
    visitor = visit("decision_maker")
    assert visitor.token() != visitor.token()


def test_staying_signed_in_starts_the_hour_anew(site: Site, visit: Visits) -> None:
    visitor = visit("decision_maker")
    token = visitor.token()
    site.clock.forward(minutes=55)
    assert visitor.http.post("/session/extend", data={"token": token}).status_code == 204
    site.clock.forward(minutes=55)
    assert visitor.get("/").url.path == "/"


def test_an_account_that_is_gone_takes_its_sessions_with_it(site: Site, visit: Visits) -> None:
    visitor = visit("decision_maker")
    site.signin._by_staff.clear()
    assert visitor.get("/").url.path == "/sign-in"
