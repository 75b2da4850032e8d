"""Third parties, who told, the child's own words, a protected source, what must not be discussed yet: each class of words
end to end, by who looks, in an enquiry and without, under an exception and without.
"""

from collections.abc import Callable
from datetime import timedelta

import msgspec
import pytest
from msgspec.structs import replace

from hub.domain.concern import ConcernRuled
from hub.domain.enquiry import OpenEnquiry
from hub.domain.errors import HubError
from hub.domain.message import Address, Adult, Handling, Name, Person
from hub.domain.staff import RegisterStaff
from hub.flow.receive import Intake
from hub.views.models import Asker
from tests.support.exceptional import Front, front, who
from tests.support.identities import somebody
from tests.support.messages import Child, concern, involvement, seen_by
from tests.support.partnership import RunningHub

CANARIES = {
    "narrative": "canary-narrative", "voice": "canary-voice", "third_party": "canary-neighbour", "referrer": "canary-teller",
    "identity.contact": "canary-number", "identity.address": "77 Canary Lane",
}  # fmt: skip
WORDS = {*CANARIES} - {"identity.address"}
TEACHER = Asker("staff-teacher", "school", "school_1", ("lead_professional",))
AUDITOR = Asker("staff-sample", "partnership", "audit", ("practice_auditor",))


@pytest.fixture
def here(own_hub: Callable[..., RunningHub]) -> Front:
    made = front(own_hub)
    until = made.clock.now().replace(year=2099)
    made.hub.register_staff(
        [
            RegisterStaff(
                staff=one.staff,
                organisation=one.organisation,
                setting=one.setting,
                roles=one.roles,
                ig_trained_until=until,
            )
            for one in (TEACHER, AUDITOR)
        ]
    )
    return made


def told(here: Front, child: Child, police_code: str | None = None) -> str:
    """The police say everything that can be said of a child; the person whom the hub holds it to be."""
    home = Address(lines=(CANARIES["identity.address"],), postcode="AN1 1AA")
    neighbour = Adult(
        person=Person(names=(Name("Nearby", "Neighbour"),)),
        relationship="not_known",
        observation=CANARIES["third_party"],
    )
    subject = seen_by(child, "police", voice=CANARIES["voice"], person=child.known_to("police", addresses=(home,)))
    handling = Handling(
        police_code=police_code, do_not_discuss_until=here.clock.now() + timedelta(days=3),
        safe_contact=CANARIES["identity.contact"],
    )  # fmt: skip
    (ident,) = here.say(
        concern(
            "police", subject, adults=(neighbour,), narrative=CANARIES["narrative"], referrer_name=CANARIES["referrer"],
            handling=handling,
        )
    )  # fmt: skip
    return here.running.child_of("police", ident)


def reads(here: Front, asker: Asker, child: str, enquiry: str = "") -> set[str]:
    """The classes of words that reach this person's page; the whole answer is searched, whatever field it came in."""
    try:
        shown = here.hub.picture(asker, child, enquiry)
    except HubError:
        return set()
    text = msgspec.json.encode(shown).decode()
    return {category for category, canary in CANARIES.items() if canary in text}


def opened(here: Front, child: str) -> str:
    wish = OpenEnquiry(child=child, alerts=(), ground="perceived_harm", reason="Thin.", by="staff-decider")
    return here.hub.open_enquiry(who("staff-decider"), wish)


def test_outside_an_enquiry_words_reach_who_wrote_them_and_nobody_else(here: Front) -> None:
    child = somebody()
    known = told(here, child)
    here.say(involvement("school", child.known_to("school"), "school", setting="school_1"))
    everybody = ["staff-officer", "staff-screener", "staff-decider", "staff-manager", "staff-night", "staff-social"]
    assert {one: reads(here, who(one), known) for one in everybody} == {one: set() for one in everybody}
    assert reads(here, TEACHER, known) == set()
    assert reads(here, who("staff-police"), known) == {*CANARIES}


def test_in_an_enquiry_they_reach_who_is_on_it_with_the_warning_and_not_the_team_around_the_family(here: Front) -> None:
    child = somebody()
    known = told(here, child)
    here.say(involvement("school", child.known_to("school"), "school", setting="school_1"))
    enquiry = opened(here, known)
    assert reads(here, who("staff-decider"), known, enquiry) == {*CANARIES}
    assert any("Do not discuss" in one for one in here.hub.picture(who("staff-decider"), known, enquiry).warnings)
    assert reads(here, who("staff-screener"), known, enquiry) == set()
    assert reads(here, TEACHER, known, enquiry) == set()
    assert reads(here, who("staff-auditor"), known, enquiry) == set()
    here.hub.list_sample([known], [AUDITOR.staff], 14, "themed_audit")
    assert reads(here, AUDITOR, known) == {*CANARIES}


def test_under_an_override_only_the_classes_that_it_names(here: Front) -> None:
    known = told(here, somebody())
    address = here.override("staff-officer", known, organisations=("police",), categories=("narrative", "voice"))
    here.exceptions.agree(who("staff-manager"), address)
    assert reads(here, who("staff-officer"), known) == {"narrative", "voice"}


def test_under_break_glass_all_of_them_and_never_what_would_identify_a_protected_source(
    here: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = told(here, somebody(), police_code="P9")
    here.glass("staff-night", known)
    assert reads(here, who("staff-night"), known) == {*CANARIES}
    desk = here.hub._desk
    edition = here.hub.edition
    protocol = {**edition.parts["protocol"], "source_protected_codes": ["P9"]}
    mended = replace(edition, parts={**edition.parts, "protocol": protocol})
    monkeypatch.setattr(here.hub, "_desk", lambda: replace(desk(), edition=mended))
    assert not reads(here, who("staff-night"), known) & WORDS
    assert reads(here, who("staff-police"), known) >= WORDS


def test_where_a_restricted_child_lives_opens_to_a_named_reader_on_the_enquiry_alone(here: Front) -> None:
    known = told(here, somebody())
    here.settled("restrict", known, reason="protected_person", readers=("staff-decider", "staff-manager"))
    assert reads(here, who("staff-decider"), known) == set()
    enquiry = opened(here, known)
    assert reads(here, who("staff-decider"), known, enquiry) == {*CANARIES}
    assert reads(here, who("staff-manager"), known, enquiry) == set()  # a reader, and not on it
    assert reads(here, who("staff-officer"), known, enquiry) == set()


def test_a_protected_source_does_not_count_and_the_intake_rules_on_a_restricted_child_as_one(here: Front) -> None:
    child = somebody()
    known = here.seen(child, "health")
    here.intake = Intake(replace(here.hub.intake_tools(), protects_source=frozenset({"P9"})))

    def ruled(**said: object) -> tuple[bool, set[str]]:
        (ident,) = here.say(concern("police", seen_by(child, "police"), **said))  # type: ignore[arg-type]
        fact = next(one.fact for one in here.running.journey("police", ident) if isinstance(one.fact, ConcernRuled))
        return fact.counted, {*fact.policies} & {"C13", "O11"}

    assert ruled() == (True, set())
    assert ruled(handling=Handling(police_code="P9")) == (False, {"C13", "O11"})
    here.settled("restrict", known, reason="protected_person", readers=("staff-decider",))
    assert ruled() == (True, {"O11"})
