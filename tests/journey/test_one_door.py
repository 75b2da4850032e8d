"""Every door, tried by everybody, over a child of whom everybody said everything: what arrives where it may not?

The table of who may be shown what is this test's own, from DESIGN.md section 5 and the matrix of roles: it asks no policy.
"""

import logging
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI
from msgspec import Struct
from starlette.responses import PlainTextResponse

from hub.adapters.signin import DEMO_ACCOUNTS
from hub.web.app import make_app
from tests.support import site as sites
from tests.support.partnership import MovedClock, RunningHub, settings_for
from tests.support.site import Site
from tests.support.walk import MARK, OWNERS, Arrived, Canary, Door, Planted, Walker, addresses, doors

# ---------------------------------------------------------------------------------- who may be shown what, in words


class Reads(Struct, frozen=True):
    """What an account may be shown: its own organisation's or setting's words, and in a MASH enquiry everybody's."""

    organisation: str = ""
    setting: str = ""  # where it reads that setting's alone
    mash: bool = False


READS = {
    "staff-7c41e0": Reads("police"), "staff-2b9f54": Reads("health_visiting"), "staff-d06a8e": Reads("school_a"),
    "staff-91d3b7": Reads("children_social_care", mash=True), "staff-e58c12": Reads("children_social_care", mash=True),
    "staff-c17b3d": Reads("children_social_care", mash=True), "staff-3ae8f0": Reads("children_social_care"),
    "staff-86d51c": Reads("children_social_care"), "staff-4fa690": Reads("early_help", "family_hub_east"),
    "staff-f2907a": Reads("school_a", "school_a_primary_01"),
    # no words for who audits access, answers for information or thresholds; for the practice auditor a sample alone
    "staff-a37d05": Reads(), "staff-68e2c9": Reads(), "staff-05b8f3": Reads(), "staff-5db46e": Reads(),
    "staff-1c83a9": Reads(),
}  # fmt: skip
AUDITOR = "staff-68e2c9"  # of practice
OF_THE_LEDGER = {"staff-a37d05", "staff-05b8f3", "staff-5db46e"}  # they may know that there is a restricted record
KEEPER = (
    "staff-e58c12"  # of restricted records: may know of one on the pages about who is who, and lifts the restriction
)
ASKED = "health_visiting"  # by the request of the MASH enquiry, for whom the child's name is told
TOLD = frozenset({"identity", "question"})


def may(who: str, canary: Canary, state: str) -> bool:
    """Whether this word may reach this account, program or answerer. `state`: outside, enquiry or sample."""
    if canary.about in {"secret", "relative"}:
        return False
    reads = READS.get(who, Reads())
    if who.startswith("program of "):
        reads = Reads()  # a program sends, and answers; it reads back nothing that it sent
    if reads.organisation and canary.organisation in {reads.organisation, ""}:
        return canary.organisation == "" or reads.setting in {"", canary.setting}
    if state == "sample" and who == AUDITOR:
        return True
    if state in {"enquiry", "sample"}:
        asked = reads.organisation == ASKED or who in {f"program of {ASKED}", "answerer"}
        return reads.mash or (asked and canary.category in TOLD and canary.organisation in {"", "hub", *ALL})
    return False


ALL = {organisation for organisation, _, _ in OWNERS}

# ------------------------------------------------------------------------------------------------ how to call a door

# Names in addresses: one that is not here fails the walk until somebody says what to put there.
STATIC = {
    "path": ["app.css"], "policy": ["R01", "N06"], "position": ["1", "40"], "what": ["same", "unlink", "given", "sought"],
    "about": ["consent_to_share", "agreement"], "act": ["claim", "grade"], "step": ["hold", "decide"],
}  # fmt: skip
# Names of what is not there in the planted hub: an id of nothing.
NOTHING_THERE = (
    "notice",
    "forwarding",
    "discussion",
    "identity",
    "declaration",
    "quarantine",
    "letter",
    "ident",
    "challenge",
    "prompt",
    "plan",
    "lead",
    "task",
    "item",
    "referral",
    "hand_over",
)
# What forms and programs are half filled in with: enough to get past the first field.
HALF = {
    "reason": "other", "why": "Because.", "ground": "perceived_harm", "grade": "amber", "code": "ABCD2345", "to": "police",
    "step": "code", "kind": "worry", "told": "names", "purpose": "triage", "question": "Is it so?", "organisation": "police",
    "hours": "2", "what": "same", "outcome": "early_help", "level": "3", "result": "provided", "other": "",
}  # fmt: skip
NOT_TRIED = {("POST", "/sign-out"), ("POST", "/sign-in")}  # they end and begin the session that the walk needs
QUERIES = {
    "/live": ["?shown=0&position=0"], "/": ["", "?state=all", "?page=2", "?organisation=police", "?mine=true"],
    "/enquiry/new": ["?child={child}"], "/ledger": ["", "?child={child}"], "/child/{child}": ["", "?enquiry={enquiry}"],
    "/child/{child}/household": ["", "?enquiry={enquiry}"], "/enquiry/{enquiry}": ["", "?child={child}"],
    "/enquiry/{enquiry}/decision": ["?child={child}"], "/enquiry/{enquiry}/closing": ["?child={child}"],
    "/audit/{child}": ["", "?position=60"], "/policies/compare": ["?before=1&after=draft"],
    "/policies/then-and-now": ["?position=2"], "/api/v1/policies/compare": ["?before=1&after=draft"],
    "/api/v1/enquiries/{enquiry}": ["", "?child={child}"],
}  # fmt: skip


def values(planted: Planted) -> dict[str, list[str]]:
    """What to put for each name in an address."""
    children = [planted.child, planted.secret or str(uuid4()), planted.relative or str(uuid4())]
    nobody, messages = str(uuid4()), planted.messages()
    return STATIC | {
        "child": children, "person": children, "other": [children[1], children[0]],
        "enquiry": [planted.enquiry or nobody], "message": [messages[0]], "said": [f"message:{messages[0]}@1"],
        "named": [planted.request or nobody], "link": [planted.link or "no-link"], "address": [f"exception:{nobody}"],
        **{name: [nobody] for name in NOTHING_THERE},
    }  # fmt: skip


EVERYBODY = (*READS, "nobody", "answerer", "program of police", f"program of {ASKED}")
SOME = ("staff-91d3b7", "staff-7c41e0", "staff-4fa690", "staff-05b8f3", "nobody")  # one of each kind


def walk(
    place: "Place", *, writing: tuple[str, ...] = (), everybody: tuple[str, ...] = EVERYBODY, path: str = ""
) -> Iterator[Arrived]:
    """Everything that comes back to everybody, through every door (or one); `writing` send forms too."""
    planted, known = place.planted, values(place.planted)
    there = [door for door in doors(place.app) if path in {"", door.path}]
    for who in everybody:
        auth = planted.hub.add_client(who.removeprefix("program of ")) if who.startswith("program of ") else None
        walker = Walker(place.site.url, who, who if who in READS else "", auth)
        try:
            yield from _tried(walker, there, known, planted, writing=who in writing)
        finally:
            walker.close()


def _tried(
    walker: Walker, there: list[Door], known: dict[str, list[str]], planted: Planted, *, writing: bool
) -> Iterator[Arrived]:
    for door in there:
        if door.method == "GET":
            for path in addresses(door, known):
                for query in QUERIES.get(door.path, [""]):
                    filled = query.replace("{child}", known["child"][0]).replace("{enquiry}", known["enquiry"][0])
                    yield walker.get(path + filled)
    if walker.who == "answerer" and planted.link:
        yield walker.post(f"/answer/{planted.link}", {"step": "code", "code": planted.code}, json=False)
    for door in there if writing else []:
        if door.method == "GET" or (door.method, door.path) in NOT_TRIED or (walker.who == "answerer" and planted.link):
            continue
        for said in ({}, {"child": planted.child, "person": planted.child, "enquiry": planted.enquiry, **HALF}):
            yield walker.post(next(addresses(door, known)), said, json=door.json)


def leaks(planted: Planted, arrived: Arrived, state: str) -> list[tuple[str, str, str, int, Canary]]:
    """The words that arrived where they may not."""
    found = planted.canaries.found(arrived.all)
    return sorted(
        {
            (arrived.who, arrived.method, arrived.path, arrived.status, canary)
            for canary in found.values()
            if not may(arrived.who, canary, state)
        },
        key=str,
    )


# ------------------------------------------------------------------------------------------------------- the hubs

Spoken = list[str]


@pytest.fixture(scope="module")
def spoken() -> Iterator[Spoken]:
    """Every line that any logger of this process writes."""
    lines: Spoken = []

    class Keeps(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record))

    keeps, root = Keeps(), logging.getLogger()
    before = root.level
    root.addHandler(keeps)
    root.setLevel(logging.DEBUG)
    for name in ("httpcore", "httpx", "python_multipart"):  # the walker's own: it knows what it was shown
        logging.getLogger(name).setLevel(logging.WARNING)
    yield lines
    root.removeHandler(keeps)
    root.setLevel(before)


class Place(Struct):
    """A hub, planted, and its pages."""

    planted: Planted
    site: Site
    app: FastAPI


def in_office_hours() -> MovedClock:
    """A clock that stands at eleven on the next Wednesday: at night a worker on duty reads what she must act on (X02)."""
    clock = MovedClock()
    now = clock.now()
    day = now + timedelta(days=(2 - now.weekday()) % 7 or 7)
    clock.moved = day.replace(hour=11, minute=0) - now
    return clock


def opened(folder: Path, monkeypatch: pytest.MonkeyPatch, *, secrets: bool) -> Iterator[Place]:
    running = RunningHub(settings_for(folder), in_office_hours())
    running.start()
    apps: list[FastAPI] = []

    def made(hub: Any, url: str = "") -> FastAPI:
        apps.append(make_app(hub, url))
        return apps[-1]

    monkeypatch.setattr(sites, "make_app", made)
    try:
        planted = Planted(running, secrets=secrets)
        with Site(running.hub) as site:
            yield Place(planted, site, apps[0])
    finally:
        running.close()


@pytest.fixture(scope="module")
def patch() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patched:
        yield patched


@pytest.fixture(scope="module")
def place(spoken: Spoken, tmp_path_factory: pytest.TempPathFactory, patch: pytest.MonkeyPatch) -> Iterator[Place]:
    assert spoken is not None
    yield from opened(tmp_path_factory.mktemp("walk") / "data", patch, secrets=True)


# --------------------------------------------------------------------------------------------------- the controls


def test_the_table_names_every_account_there_is() -> None:
    assert set(READS) == {one.staff for one in DEMO_ACCOUNTS}


def test_everything_was_said_of_one_child_by_everybody(place: Place) -> None:
    running, said = place.planted.running, {canary.category for canary in place.planted.canaries.words.values()}
    assert said == {
        "identity", "identity.address", "identity.contact", "narrative", "voice", "third_party", "referrer", "evidence",
        "characteristics",
    }  # fmt: skip
    concerns = [one for one in place.planted.ids if running.names(*one)[0] == "concern.recorded"]
    persons = [running.child_of(*one) for one in concerns]
    assert persons == [p for p in (place.planted.child, place.planted.secret, place.planted.relative) for _ in OWNERS]
    assert all(running.alerts(person) for person in dict.fromkeys(persons))


def test_the_walk_finds_a_route_that_echoes_a_word(place: Place) -> None:
    word, canary = next(
        each
        for each in place.planted.canaries.words.items()
        if (each[1].organisation, each[1].category) == ("police", "voice")
    )
    place.app.add_route("/stray", lambda _: PlainTextResponse("x", headers={"x-said": word.upper()}))
    try:
        arrived = list(walk(place, path="/stray"))
    finally:
        place.app.router.routes.pop()
    found = {leak[0] for one in arrived for leak in leaks(place.planted, one, "outside")}
    assert canary.category == "voice"
    assert found == {one.staff for one in DEMO_ACCOUNTS} - {"staff-7c41e0"} | {
        "nobody", "answerer", "program of police", f"program of {ASKED}",
    }  # fmt: skip


def test_a_door_with_a_name_that_nobody_taught_fails_the_walk(place: Place) -> None:
    with pytest.raises(KeyError):
        list(addresses(Door("GET", "/new/{untaught}", ("untaught",), json=False), values(place.planted)))


# ------------------------------------------------------------------------------------------------------- the walks

whole = pytest.mark.skipif(
    os.environ.get("MASH_TEST_WALK") != "whole",
    reason="NOT WALKED: in a MASH enquiry, a sample, and the twin hubs take ten minutes more. MASH_TEST_WALK=whole walks them",
)


def test_outside_a_mash_enquiry_nobody_is_shown_a_word_of_others(place: Place) -> None:
    arrived = list(walk(place, writing=SOME))
    assert [leak for one in arrived for leak in leaks(place.planted, one, "outside")] == []
    assert [(one.who, one.method, one.path) for one in arrived if one.status >= 500] == []
    shown = {one.who for one in arrived if place.planted.canaries.found(one.body)}
    # the school's safeguarding lead has no page of words but what it may release, and the walk asks for another's there
    assert shown >= {"staff-7c41e0", "staff-2b9f54", "staff-d06a8e", "staff-4fa690"}


@whole
def test_in_a_mash_enquiry_words_reach_those_on_it_and_a_request_tells_whom_it_asks_a_name_alone(place: Place) -> None:
    place.planted.open_enquiry()
    arrived = list(walk(place, writing=SOME))
    assert [leak for one in arrived for leak in leaks(place.planted, one, "enquiry")] == []
    assert [(one.who, one.method, one.path) for one in arrived if one.status >= 500] == []
    shown = {one.who for one in arrived if place.planted.canaries.found(one.body)}
    assert shown >= {"staff-c17b3d", "staff-2b9f54", "answerer", f"program of {ASKED}"}
    whole = {
        canary.category
        for one in arrived
        if one.who == "staff-c17b3d"
        for canary in place.planted.canaries.found(one.body).values()
        if canary.organisation == "police"
    }
    assert whole >= {"identity", "narrative", "voice", "third_party"}


@whole
def test_the_practice_auditor_is_shown_a_listed_sample_and_nobody_else_more(place: Place) -> None:
    place.planted.sample(AUDITOR)
    arrived = list(walk(place, everybody=(AUDITOR, *SOME)))
    assert [leak for one in arrived for leak in leaks(place.planted, one, "sample")] == []
    assert AUDITOR in {one.who for one in arrived if place.planted.canaries.found(one.body)}


def test_nothing_that_is_sent_carries_a_word(place: Place) -> None:
    log = place.planted.hub.log
    topics = [topic for topic, _ in log.topics("").items()]
    assert {"signal.v1", "case.v1", "finding.v1", "request.health-visiting.v1"} <= set(topics)
    for topic, partitions in log.topics("").items():
        for number in range(partitions):
            reader = log.reader({(topic, number): 0})
            try:
                for message in reader.poll(10_000, 0.2):
                    assert MARK.lower().encode() not in repr(message).lower().encode(), topic
            finally:
                reader.close()


def test_no_log_line_says_a_word(place: Place, spoken: Spoken) -> None:
    logging.getLogger("control").debug("this line is heard")
    assert spoken[-1] == "this line is heard"
    assert [line for line in spoken if place.planted.canaries.found(line)] == []


# ------------------------------------------------------------------------------- what may not even be known of


@whole
def test_a_hub_with_children_who_may_not_be_known_of_looks_like_one_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Count, order and size too: the same pages, word for word, for everybody who may not know."""
    found: list[list[Arrived]] = []
    for number, secrets in enumerate((True, False)):
        for place in opened(tmp_path / str(number), monkeypatch, secrets=secrets):
            found.extend([[*walk(place, everybody=(*SOME, KEEPER, "staff-f2907a", "staff-68e2c9", "staff-86d51c"))]])
    assert [one.who for one in found[0]] == [one.who for one in found[1]]
    differing = [
        (one.who, one.path)
        for one, other in zip(*found, strict=True)
        if one.plain != other.plain
        and one.who not in OF_THE_LEDGER
        and not (one.who == KEEPER and one.path.startswith("/identity/"))
    ]
    assert differing == []
