"""What people of the demonstration have begun before anybody signs in: a sample, a family's answers, a MASH enquiry.

Each is done once, as soon as there is a child for it, by the account whose work it is, through the same doors as a page.
"""

from typing import Any

from sqlalchemy import select

from bench.demo_help import ask_for_a_step, audit_practice, decide_early, help_a_family, try_a_draft
from bench.demo_people import MADE_UP, who
from hub.bootstrap import Hub
from hub.domain.consent_record import Scope
from hub.domain.enquiry import OpenEnquiry
from hub.domain.family_wish import Wish
from hub.domain.request import AskParties, Party
from hub.views import store
from hub.views.matters import matter


def begun(hub: Hub) -> None:
    """Whatever can be begun by now, and is not yet."""
    decide_early(hub)
    _list_sample(hub)
    _ask_a_family(hub)
    _open_an_enquiry(hub)
    help_a_family(hub)
    ask_for_a_step(hub)
    audit_practice(hub)


def begun_once(hub: Hub) -> None:
    """The same, and what takes a second: for when nobody waits for the next message."""
    begun(hub)
    try_a_draft(hub)


def _list_sample(hub: Hub) -> None:
    """Once a few alerts are there, the practice auditor gets them as the sample of a themed audit."""
    rows = hub.views.rows(select(store.alert.c.child).distinct().limit(3))
    if len(rows) == 3 and not hub.samples():
        children = [row["child"] for row in rows]
        hub.list_sample(children, [who("practice_auditor")], 14, "themed_audit", by="service:demo")


def _ask_a_family(hub: Hub) -> None:
    """Once a child has an alert, a parent agrees that early help may know of it, and declines a service: two records."""
    rows = hub.views.rows(select(store.alert.c.child).distinct().limit(1))
    asked = select(matter.c.stream).where(matter.c.kind.in_(("consent-record", "agreement-record"))).limit(1)
    if not rows or hub.views.rows(asked):
        return
    answer: dict[str, Any] = {
        "person": rows[0]["child"], "giver": "parental_responsibility", "giver_name": "Sam Example", "how": "telephone",
        "interpreter": "not_needed",
        "reason": MADE_UP,
    }  # fmt: skip
    scope = Scope(
        organisations=("early_help", "school_a"), categories=("narrative",), purposes=("early_help", "triage")
    )
    agreed = Wish(
        what="given", scope=scope, evidence_held=True, evidence="Made-up folder", shown="birth_mother", safe_to_refuse=True,
        present=("nobody_else",), **answer,
    )  # fmt: skip
    declined = Wish(
        about="agreement_to_service", what="refused", service="parenting_course", provider="early_help", **answer
    )
    for wish in (agreed, declined):
        hub.consents.say(hub.asker(who("screening_social_worker")), wish)


def _open_an_enquiry(hub: Hub) -> None:
    """Once there is an alert of level 4: graded, claimed, the police and health visiting are asked what they hold."""
    graded = select(matter.c.stream).where(matter.c.kind == "mash-enquiry", matter.c.what == "red").limit(1)
    if hub.views.rows(graded):
        return
    grave = select(store.alert.c.child, store.alert.c.alert).where(store.alert.c.level == 4).limit(1)
    rows = hub.views.rows(grave)
    if not rows:
        return
    staff, child = who("screening_social_worker"), rows[0]["child"]
    asker = hub.asker(staff)
    reason = "Made up for the demonstration: a grave alert."
    enquiry = hub.open_enquiry(
        asker, OpenEnquiry(child=child, alerts=(rows[0]["alert"],), ground="significant_harm", reason=reason, by=staff)
    )
    hub.enquiring.grade(asker, enquiry, "red", reason)
    hub.enquiring.claim(asker, enquiry)
    wish = AskParties(
        enquiry=enquiry, parties=(Party("police"), Party("health_visiting")), children=(child,), purpose="triage",
        questions=("concerns", "seen"), told=("names", "birth_date"), by=staff,
    )  # fmt: skip
    hub.requesting.ask(asker, wish)
