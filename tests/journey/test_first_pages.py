"""Every account of the demonstration arrives at a page of its own, and its navigation leads nowhere that refuses it."""

import re
from collections.abc import Iterator

import pytest

from hub.adapters.signin import DEMO_ACCOUNTS, Account
from hub.bootstrap import open_hub
from tests.support.partnership import settings_for
from tests.support.site import Site


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    hub = open_hub(settings_for(tmp_path_factory.mktemp("data")))
    try:
        with Site(hub) as made:
            yield made
    finally:
        hub.close()


def test_who_has_no_worklist_arrives_where_their_own_work_is(site: Site) -> None:
    first = {}
    for account in DEMO_ACCOUNTS:
        with site.visit(account.staff) as visit:
            first[account.roles[0]] = visit.http.post("/sign-in", data={"account": account.staff}).url.path
    front = ("decision_maker", "mash_manager", "screening_social_worker", "contact_officer", "out_of_hours_worker")
    senders = ("navigator", "allocated_social_worker", "setting_safeguarding_lead", "locality_worker")
    governing = ("ig_lead", "caldicott_guardian", "threshold_owner", "records_officer", "administrator")
    assert first == {
        **dict.fromkeys(front, "/"), **dict.fromkeys(senders, "/sent"), **dict.fromkeys(governing, "/tasks"),
        "lead_professional": "/requests", "taf_member": "/requests", "panel_chair": "/meetings",
        "access_auditor": "/audit", "practice_auditor": "/practice-audits",
    }  # fmt: skip


@pytest.mark.parametrize("account", DEMO_ACCOUNTS, ids=lambda one: one.roles[0])
def test_nothing_in_ones_own_navigation_refuses(site: Site, account: Account) -> None:
    with site.visit(account.staff) as visit:
        menu = "".join(re.findall(r"<nav.*?</nav>", visit.get("/help").text, re.DOTALL))
        places = re.findall(r'href="(/[^"#]*)"', menu)
        answers = {place: visit.get(place).status_code for place in places}
    assert len(places) > 3
    assert {place: status for place, status in answers.items() if status != 200} == {}
