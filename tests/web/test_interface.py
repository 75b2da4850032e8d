"""POST /api/v1/concerns and its neighbours: a receipt, or problem details that name the field and never its value."""

from typing import Any
from uuid import UUID

import httpx
import pytest

from hub.domain.errors import NotPermitted, TryLater
from hub.domain.message import KINDS, ConcernRaised
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
        raise TryLater("the log does not answer")

    monkeypatch.setattr(site.hub, "publish", away)
    answer = post(visit, concern())
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")


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
    site.hub.parts["log"] = "does not answer"
    answer = visit().get("/ready")
    assert (answer.status_code, answer.json()["status"]) == (503, "not ready")


def test_a_wrong_secret_after_a_right_one_is_still_wrong(site: Site, visit: Visits) -> None:
    assert post(visit, concern()).status_code == 202
    assert post(visit, concern(), basic(secret=SECRET + "x")).status_code == 401


def test_ids_are_taken_in_any_writing_of_a_uuid(site: Site, visit: Visits) -> None:
    post(visit, {**concern(), "id": UUID(ID).hex.upper()})
    assert site.hub.published[0][0] == ID


def test_not_permitted_is_what_the_register_of_clients_says() -> None:
    from hub.adapters.signin import ApiClients

    with pytest.raises(NotPermitted):
        ApiClients(dict).organisation("client-nobody", "x")
