"""POST /api/v1/concerns and its neighbours: a receipt, or problem details that name the field and never its value."""

import json
import threading
import time
from typing import Any
from uuid import UUID

import httpx
import pytest

from hub.adapters.signin import ApiClients, hash_client_secret
from hub.domain.errors import NotPermitted, TryLater
from hub.domain.message import KINDS, ConcernRaised
from hub.web.errors import TooManyTries
from hub.web.tries import AT_ONCE, KNOWN, REFILL, Tries
from tests.web.conftest import CLIENT, SECRET, Site, Visits, basic

ID = "0d8f6f1e-58a4-4f3c-9d5b-31f5d7a6f0aa"
SECRET_WORDS = "Ash Madeup of Made Up Road"


def concern(**changes: Any) -> dict[str, Any]:
    data = {
        "organisation": "school", "source_sequence": 1, "recorded_at": "2026-06-04T08:00:00Z", "narrative": SECRET_WORDS,
        "occurred": {"start": "2026-06-03T07:00:00Z", "end": "2026-06-03T08:00:00Z", "precision": "hour"},
        "how_known": {"kind": "first_hand"}, "referrer_kind": "2A", "family_told": {"told": True},
        "subjects": [{"person": {"names": [{"forenames": "Ash", "surname": "Madeup"}]}, "indicators": ["hunger"]}],
        **changes,
    }  # fmt: skip
    return {"type": "mash.concern-raised.v1", "id": ID, **data}


def post(visit: Visits, body: object, headers: dict[str, str] | None = None) -> httpx.Response:
    return visit().http.post("/api/v1/concerns", json=body, headers=basic() if headers is None else headers)


@pytest.mark.parametrize(
    "headers", [{}, basic(secret="wrong"), basic(client="client-nobody"), {"Authorization": "Basic !!"},
                {"Authorization": f"Bearer {CLIENT}"}, {"Authorization": "Bearer x.y"}],
)  # fmt: skip
def test_without_a_registered_credential_nothing_is_taken(site: Site, visit: Visits, headers: dict[str, str]) -> None:
    answer = post(visit, concern(), headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Basic")
    assert answer.json()["type"] == "urn:mash:problem:not-signed-in"
    assert site.hub.published == []


def test_a_session_of_a_person_is_no_credential_of_a_program(visit: Visits) -> None:
    assert visit("decision_maker").http.post("/api/v1/concerns", json=concern()).status_code == 401


@pytest.mark.parametrize("credential", [basic(), {"Authorization": f"Bearer {CLIENT}.{SECRET}"}])
def test_a_concern_is_published_and_answered_with_its_receipt(
    site: Site, visit: Visits, credential: dict[str, str]
) -> None:
    answer = post(visit, concern(), credential)
    assert answer.status_code == 202
    assert answer.json() == {"id": ID, "position": "concern.school.v1/0/18", "received": "2026-06-04T08:32:00+00:00"}
    ((identity, message),) = site.hub.published
    assert identity == ID
    assert isinstance(message, ConcernRaised)
    assert message.subjects[0].indicators == ("hunger",)


@pytest.mark.parametrize("name", ["nhs_number", SECRET_WORDS])
def test_a_field_that_is_given_twice_is_refused_and_neither_is_taken(site: Site, visit: Visits, name: str) -> None:
    text = json.dumps(concern(subjects=[{"person": {"first": "9990000018"}}]))
    text = text.replace('"first": "9990000018"', f'"{name}": "9990000018", "{name}": "9990000026"')
    headers = {**basic(), "Content-Type": "application/json"}
    answer = visit().http.post("/api/v1/concerns", content=text.encode(), headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert (answer.json()["field"], site.hub.published) == (
        name if name == "nhs_number" else "a name that is no field's",
        [],
    )
    assert "99900" not in answer.text
    assert SECRET_WORDS not in answer.text


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ([], "body"),
        ({"type": "mash.unknown.v1", "id": ID}, "type"),
        ({**concern(), "id": "17"}, "id"),
        ({"type": "mash.concern-raised.v1", "id": ID}, "recorded_at"),
        (concern(recorded_at="2026-06-04T08:00:00", how_known={"kind": "first_hand", "whom": "x"}), "how_known.whom"),
        (concern(narrative=7), "narrative"),
        (concern(occurred={"start": "2026-06-03T07:00:00Z", "end": "x", "precision": "hour"}), "occurred.end"),
        (concern(family_told={}), "family_told.told"),
        (concern(subjects=[{"person": {}, "seen": SECRET_WORDS}]), "subjects[0].seen"),
        (concern(subjects=[{"person": {"nhs_nmber": "9990000018"}}]), "subjects[0].person.nhs_nmber"),
        (concern(**{SECRET_WORDS: 1}), "[9]"),
    ],
)  # fmt: skip
def test_a_fault_is_named_by_its_field_and_never_by_its_value(
    site: Site, visit: Visits, body: object, field: str
) -> None:
    answer = post(visit, body)
    assert answer.status_code in {400, 422}
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["field"] == field
    assert set(problem) == {"type", "title", "status", "detail", "field"}
    assert SECRET_WORDS not in answer.text
    assert site.hub.published == []


def test_what_the_hub_refuses_names_the_field_too(visit: Visits) -> None:
    answer = post(visit, concern(referrer_kind="99"))
    assert (answer.status_code, answer.json()["field"]) == (422, "referrer_kind")


def test_a_credential_publishes_for_its_own_organisation_alone(site: Site, visit: Visits) -> None:
    assert post(visit, concern(organisation="police")).status_code == 403
    assert site.hub.published == []


def test_a_log_that_is_away_is_503_with_a_time_to_come_back(
    site: Site, visit: Visits, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_said: object) -> None:
        raise TryLater("broker kafka-1.internal:9093 refuses user mash-web")

    monkeypatch.setattr(site.hub, "publish", away)
    answer = post(visit, concern())
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")
    assert "kafka" not in answer.text
    assert "mash-web" not in answer.text


def test_anything_but_json_is_refused(visit: Visits) -> None:
    answer = visit().http.post("/api/v1/concerns", content=b"a,b", headers={**basic(), "Content-Type": "text/csv"})
    assert (answer.status_code, answer.json()["field"]) == (400, "content-type")


def test_the_schemas_of_every_kind_are_told(visit: Visits) -> None:
    answer = visit().http.get("/api/v1/schemas", headers=basic())
    assert answer.status_code == 200
    assert set(answer.json()) == set(KINDS)


def test_health_and_readiness_name_parts_and_nobody(site: Site, visit: Visits) -> None:
    assert visit().get("/health").json() == {"status": "alive"}
    assert visit().get("/ready").json() == {"status": "ready", "parts": {"log": "ok", "record": "ok"}}
    site.hub.parts["log"] = "broker kafka-1.internal:9093 refuses user mash-web"
    answer = visit().get("/ready")
    assert (answer.status_code, answer.json()["status"]) == (503, "not ready")
    assert answer.json()["parts"] == {"log": "not ok: see the hub's log", "record": "ok"}


def test_a_wrong_secret_after_a_right_one_is_still_wrong(site: Site, visit: Visits) -> None:
    assert post(visit, concern()).status_code == 202
    assert post(visit, concern(), basic(secret=SECRET + "x")).status_code == 401


def test_ids_are_taken_in_any_writing_of_a_uuid(site: Site, visit: Visits) -> None:
    post(visit, {**concern(), "id": UUID(ID).hex.upper()})
    assert site.hub.published[0][0] == ID


def test_after_several_failed_tries_one_waits_and_no_secret_is_looked_at(
    site: Site, visit: Visits, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    real = ApiClients.organisation

    def noted(self: ApiClients, client: str, secret: str) -> str:
        asked.append(client)
        return real(self, client, secret)

    monkeypatch.setattr(ApiClients, "organisation", noted)
    wrong = basic(secret="wrong")
    assert [post(visit, concern(), wrong).status_code for _ in range(AT_ONCE)] == [401] * AT_ONCE
    refused = post(visit, concern(), wrong)
    assert (refused.status_code, refused.json()["type"]) == (429, "urn:mash:problem:too-many-tries")
    assert 1 <= int(refused.headers["retry-after"]) <= REFILL
    assert asked == [CLIENT] * AT_ONCE
    # another credential from the same address has a bucket of its own
    assert post(visit, concern(), basic(client="client-other")).status_code == 401


def test_successes_are_never_counted(visit: Visits) -> None:
    assert {post(visit, concern()).status_code for _ in range(AT_ONCE + 2)} == {202}


def test_a_failed_try_is_forgiven_with_time_and_the_table_of_tries_stays_small() -> None:
    now = [0.0]
    tries = Tries(lambda: now[0])
    for _ in range(AT_ONCE):
        tries.check("a", "b")
        tries.failed("a", "b")
    with pytest.raises(TooManyTries) as refused:
        tries.check("a", "b")
    assert refused.value.seconds == REFILL
    now[0] = REFILL
    tries.check("a", "b")
    for number in range(KNOWN + 5):
        tries.failed("a", str(number))
    assert len(tries._buckets) == KNOWN


def test_checking_a_credential_keeps_nobody_else_waiting(
    site: Site, visit: Visits, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[str] = []
    real = ApiClients.organisation

    def noted(self: ApiClients, client: str, secret: str) -> str:
        threads.append(threading.current_thread().name)
        return real(self, client, secret)

    monkeypatch.setattr(ApiClients, "organisation", noted)
    assert post(visit, concern()).status_code == 202
    assert threads != []
    assert site.thread not in threads  # the one that answers everybody


def test_what_the_register_keeps_of_a_secret_is_a_salted_digest_that_costs_nothing_to_check() -> None:
    began = time.perf_counter()
    digests = {hash_client_secret(SECRET, bytes([salt]) * 16) for salt in range(200)}
    assert (len(digests), {len(each) for each in digests}) == (200, {32})
    assert time.perf_counter() - began < 0.5  # a slow hash took 10 seconds for as many


def test_not_permitted_is_what_the_register_of_clients_says() -> None:
    with pytest.raises(NotPermitted):
        ApiClients(dict).organisation("client-nobody", "x")
