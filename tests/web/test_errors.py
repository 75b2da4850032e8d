"""What goes wrong is said in plain words, in one place, and nothing of anybody leaks with it."""

import logging

import pytest

from hub.domain import errors as hub_errors
from hub.web.errors import STATUSES, UNEXPECTED, kebab, status_of
from tests.web.conftest import Site, Visits, basic
from tests.web.fake_hub import CHILD, NAME


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (hub_errors.NotFound("x"), 404),
        (hub_errors.NotPermitted("x"), 403),
        (hub_errors.Refused("x"), 422),
        (hub_errors.BadMessage("r"), 422),
        (hub_errors.VersionConflict("x"), 409),
        (hub_errors.TryLater("x"), 503),
        (hub_errors.KeyDestroyed("x"), 410),
        (hub_errors.KeyMissing("x"), 500),  # an incident: never explained to a visitor
        (hub_errors.SealBroken("x"), 500),
        (hub_errors.UnknownFact("x"), 500),
        (ValueError("x"), 500),
    ],
)
def test_each_error_has_its_status(error: Exception, status: int) -> None:
    assert status_of(error)[0] == status


def test_what_may_not_be_known_and_what_is_not_there_look_the_same(visit: Visits) -> None:
    visitor = visit("decision_maker")
    no_such_child, no_such_page = visitor.get("/child/none"), visitor.get("/nothing-here")
    assert (no_such_child.status_code, no_such_page.status_code) == (404, 404)
    said = "There is no such page, or none that you may see. Check the address, or start again from a list."
    assert said in no_such_child.text
    assert said in no_such_page.text


def test_an_unforeseen_error_gives_a_reference_and_its_text_goes_nowhere(
    site: Site, visit: Visits, caplog: pytest.LogCaptureFixture
) -> None:
    visitor = visit("decision_maker")
    site.hub.fails = RuntimeError(f"could not open {NAME}")
    with caplog.at_level(logging.DEBUG):
        answer = visitor.get("/")
    assert answer.status_code == 500
    assert "Sorry, there is a problem with the service" in answer.text
    assert NAME not in answer.text + caplog.text
    reference = answer.text.partition("this reference: ")[2].partition(".")[0]
    assert len(reference) == 12
    assert f"unexpected RuntimeError reference={reference} GET / at" in caplog.text
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")


def test_an_incident_with_keys_is_not_explained_to_a_visitor(site: Site, visit: Visits) -> None:
    visitor = visit("decision_maker")
    site.hub.fails = hub_errors.KeyMissing("key of source-record:4711")
    assert "4711" not in visitor.get(f"/child/{CHILD}").text


def test_a_store_that_is_away_says_try_later(site: Site, visit: Visits) -> None:
    visitor = visit("decision_maker")
    site.hub.fails = hub_errors.TryLater("the store does not answer")
    answer = visitor.get("/")
    assert answer.status_code == 503
    assert "The service is not available at the moment" in answer.text


@pytest.mark.parametrize("error", [hub_errors.TryLater, hub_errors.NotPermitted])
def test_what_a_part_says_of_itself_goes_to_our_log_and_to_no_page(
    site: Site, visit: Visits, caplog: pytest.LogCaptureFixture, error: type[Exception]
) -> None:
    visitor, said = visit("decision_maker"), "broker kafka-1.internal:9093 refuses user mash-web"
    site.hub.fails = error(said)
    with caplog.at_level(logging.WARNING):
        answer = visitor.get("/")
    assert answer.status_code in {403, 503}
    assert [
        word for word in said.split() if word in ("kafka-1.internal:9093", "mash-web") and word in answer.text
    ] == []
    assert said in caplog.text


def test_a_role_without_a_page_is_told_so(visit: Visits) -> None:
    answer = visit("access_auditor").get("/")
    assert answer.status_code == 403
    assert "Your role does not include this page." in answer.text


def test_an_address_that_makes_no_sense_is_not_repeated(visit: Visits) -> None:
    answer = visit("decision_maker").get(f"/?page={NAME}")
    assert answer.status_code == 400
    assert NAME not in answer.text


def test_programs_get_problem_details(site: Site, visit: Visits) -> None:
    answer = visit().http.post("/api/v1/concerns", headers=basic(), content=b"{")
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    wrong_method = visit().http.put("/api/v1/concerns", headers=basic())
    assert (wrong_method.status_code, wrong_method.json()["title"]) == (405, "This address does not take that")


def test_a_body_beyond_the_limit_is_refused_announced_or_not(visit: Visits) -> None:
    visitor = visit("decision_maker")
    token = visitor.token()
    huge = b"token=" + token.encode() + b"&narrative=" + b"x" * 600_000
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert visitor.http.post("/concern/new", content=huge, headers=form).status_code == 413
    pieces = (huge[at : at + 50_000] for at in range(0, len(huge), 50_000))
    assert visitor.http.post("/concern/new", content=pieces, headers=form).status_code == 413


def test_headers_go_with_every_answer(visit: Visits) -> None:
    visitor = visit("decision_maker")
    for path in ("/", "/nothing-here", "/help", "/health"):
        headers = visitor.get(path).headers
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "server" not in headers
    nonces = {visitor.get("/").headers["content-security-policy"] for _ in range(2)}
    assert len(nonces) == 2


def test_another_host_name_is_not_answered(site: Site, visit: Visits) -> None:
    assert visit().http.get("/help", headers={"Host": "elsewhere.example"}).status_code == 400


def test_every_status_is_a_real_one_and_names_of_problems_are_stable() -> None:
    assert all(400 <= status < 600 and title for status, title in (*STATUSES.values(), UNEXPECTED))
    assert kebab("BadMessage") == "bad-message"
