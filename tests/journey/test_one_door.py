"""Every door and every command, tried by everybody, over a child of whom everybody said everything: what arrives where it
may not?

The table of who may be shown what is this test's own, from DESIGN.md section 5 and the matrix of roles: it asks no policy.
"""

import json
import logging
import shlex
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from msgspec import Struct
from starlette.responses import PlainTextResponse

from hub import parts
from hub.adapters.signin import DEMO_ACCOUNTS
from hub.outside import Inbox, read_private
from policies.draft import draft as shipped
from tests.support.partnership import MovedClock, RunningHub, settings_for
from tests.support.planted import FRONT_DOOR, MARK, OWNERS, PROTECTING, Around, Canary, Planted, with_protected_code
from tests.support.taught import (
    CHANGES,
    COMPARES,
    HALF,
    NOBODY_THERE,
    NOT_TRIED,
    NOTHING_THERE,
    OF_NOBODY,
    QUERIES,
    SHOWS,
    SLOW,
    STATIC,
)
from tests.support.typed import Leaf, Typed, typing_on
from tests.support.walk import Arrived, Door, Inside, Walker, addresses, doors

# ---------------------------------------------------------------------------------- who may be shown what, in words


class Reads(Struct, frozen=True):
    """What an account may be shown: its own organisation's or setting's words; who holds a MASH enquiry, everybody's in it."""

    organisation: str = ""
    setting: str = ""  # where it reads that setting's alone


READS = {
    "staff-7c41e0": Reads("police"), "staff-2b9f54": Reads("health_visiting"), "staff-d06a8e": Reads("school_a"),
    "staff-91d3b7": Reads("children_social_care"), "staff-e58c12": Reads("children_social_care"),
    "staff-c17b3d": Reads("children_social_care"), "staff-3ae8f0": Reads("children_social_care"),
    "staff-86d51c": Reads("children_social_care"), "staff-4fa690": Reads("early_help", "family_hub_east"),
    "staff-f2907a": Reads("school_a", "school_a_primary_01"),
    "staff-b60d72": Reads("health_visiting", "north_team"), "staff-e93f15": Reads("early_help", "family_hub_west"),
    # no words for who audits access, answers for information or thresholds; for the practice auditor a sample alone
    "staff-a37d05": Reads(), "staff-68e2c9": Reads(), "staff-05b8f3": Reads(), "staff-5db46e": Reads(),
    "staff-1c83a9": Reads(), "staff-48a2cd": Reads(),
    # the contact officer as the screening worker; no words for who keeps records, and who keeps accounts
    "staff-9e17d4": Reads("children_social_care"), "staff-70b35f": Reads(), "staff-d4c826": Reads(),
}  # fmt: skip
AUDITOR = "staff-68e2c9"  # of practice
OF_THE_LEDGER = {"staff-a37d05", "staff-05b8f3", "staff-5db46e"}  # they may know that there is a restricted record
KEEPER = (
    "staff-e58c12"  # of restricted records: may know of one on the pages about who is who, and lifts the restriction
)
WHO_IS_WHO = ("/identity/", "/identity ", "/api/v1/identity/", "identity ")
ON_IT = {FRONT_DOOR}  # who holds the MASH enquiry: nobody else of the MASH reads others' words in it
FRONT = {
    FRONT_DOOR,
    "staff-91d3b7",
    "staff-e58c12",
    "staff-9e17d4",
}  # who may take it over, where forms and commands are sent
ASKED = "health_visiting"  # by the request of the MASH enquiry, for whom the child's name is told
TOLD = frozenset({"identity", "question"})
ALL = {organisation for organisation, _, _ in OWNERS}
CLOSED = {"secret", "relative", "protected", "bystander"}  # nobody of the demonstration's accounts may read these
OPERATOR = "operator"  # who types a command that asks for nobody: codes and counts, and no word


def may(who: str, canary: Canary, state: str) -> bool:
    """Whether this word may reach this account, program or answerer. `state`: outside, enquiry, changed or sample."""
    if canary.about in CLOSED:  # who goes through exceptions reads why one was asked for, also of a restricted child
        return canary.about == "secret" and who in OF_THE_LEDGER and who in canary.to
    if who in canary.to:
        return True
    reads = READS.get(who, Reads())
    if who.startswith("program of "):
        reads = Reads()  # a program sends, and answers; it reads back nothing that it sent
    if reads.organisation and canary.organisation in {reads.organisation, ""}:
        return canary.organisation == "" or reads.setting in {"", canary.setting}
    if state == "sample" and who == AUDITOR:
        return True
    if state in {"enquiry", "changed", "sample"}:
        asked = reads.organisation == ASKED or who in {f"program of {ASKED}", "answerer"}
        return who in (ON_IT if state == "enquiry" else FRONT) or (
            asked and canary.category in TOLD and canary.organisation in {"", "hub", *ALL}
        )
    return False


# ------------------------------------------------------------------------------------------------ how to call a door


def values(planted: Planted) -> dict[str, list[str]]:
    """What to put for each name in an address."""
    children = [planted.child, planted.secret or str(uuid4()), planted.relative or str(uuid4())]
    alert = planted.running.alerts(planted.child)[0].stream.removeprefix("alert:")
    nobody, messages = str(uuid4()), [*planted.messages(), planted.protected or str(uuid4())]
    return STATIC | {
        "child": children, "person": children, "other": [children[1], children[0]],
        "rule": [alert.split(":")[1], "neglect-composite"], "number": ["1"],
        "enquiry": [planted.enquiry or nobody], "message": [messages[0], messages[-1]],
        "said": [f"message:{messages[0]}@1", f"message:{messages[-1]}@1"],
        "named": [planted.request or nobody], "link": [planted.link or "no-link"], "address": [f"exception:{nobody}"],
        "alert": [alert],
        **{name: [nobody] for name in NOTHING_THERE},
        "nothing": [nobody], "request": [planted.request or nobody], "exception": [f"break-glass-{nobody}"],
        "of_help": children[:1],
        **{name: [*ids, *(str(uuid4()) for _ in range(3 - len(ids)))] for name, ids in planted.more.items()},
    }  # fmt: skip


EVERYBODY = (*READS, "nobody", "answerer", "program of police", f"program of {ASKED}")
SOME = ("staff-91d3b7", "staff-7c41e0", "staff-4fa690", "staff-05b8f3", "nobody")  # one of each kind
MAY_NOT_KNOW = (
    "staff-91d3b7", "staff-7c41e0", "staff-4fa690", "staff-f2907a", "staff-68e2c9", "staff-86d51c", "staff-c17b3d", KEEPER,
    "staff-9e17d4", "staff-70b35f", "staff-d4c826", "nobody",
)  # fmt: skip


class Place(Struct):
    """A hub, planted, with its pages and its commands."""

    planted: Planted
    inside: Inside
    typed: Typed


def any_door(_: str) -> bool:
    """Every door, every command."""
    return True


def walk(
    place: Place, *, writing: bool = False, everybody: tuple[str, ...] = EVERYBODY, path: str = "", slow: bool = False,
    only: Callable[[str], bool] = any_door,
) -> Iterator[Arrived]:  # fmt: skip
    """Everything that comes back to everybody, through every door (or one): pages that are asked for, or forms sent."""
    planted, known = place.planted, values(place.planted)
    there = [door for door in doors(place.inside.app) if path in {"", door.path} and only(door.path)]
    there = [door for door in there if slow or door.path not in SLOW]
    for number, who in enumerate(everybody):
        auth = planted.hub.add_client(who.removeprefix("program of ")) if who.startswith("program of ") else None
        walker = Walker(place.inside, who, who if who in READS else "", auth, f"10.0.0.{number + 1}")
        try:
            yield from _sent(walker, there, known, planted) if writing else _asked(walker, there, known)
        finally:
            walker.close()


def _asked(walker: Walker, there: list[Door], known: dict[str, list[str]]) -> Iterator[Arrived]:
    for door in there:
        if door.method != "GET" or (door.path in SLOW and walker.who not in {COMPARES, "nobody"}):
            continue
        asks = [(number, path, query) for number, path in enumerate(addresses(door, known))
                for query in QUERIES.get(door.path, [""])]  # fmt: skip
        for number, path, query in asks:
            filled = query.replace("{child}", known["child"][0]).replace("{enquiry}", known["enquiry"][0])
            arrived = walker.get(path + filled, f"{door.path} {number} {query}")
            yield arrived
            if arrived.turned_away:
                break


def _sent(walker: Walker, there: list[Door], known: dict[str, list[str]], planted: Planted) -> Iterator[Arrived]:
    for door in there:
        if door.method == "GET" or (door.method, door.path) in NOT_TRIED:
            continue
        for number, path in enumerate(addresses(door, known)):
            child = known["child"][number % 3]
            filled = {"child": child, "person": child, "enquiry": planted.enquiry, **HALF}
            for what, said in (("empty", {}), ("half", filled)) if number == 0 else (("half", filled),):
                arrived = walker.post(path, said, f"{door.path} {number} {what}", json=door.json)
                yield arrived
                if arrived.turned_away:
                    break


def type_all(
    place: Place,
    everybody: tuple[str, ...] = tuple(READS),
    *,
    changing: bool = False,
    only: Callable[[str], bool] = any_door,
) -> Iterator[Arrived]:
    """What every command answers to everybody, in words and in JSON; or, `changing`, to those that change something."""
    known, taught = values(place.planted), CHANGES if changing else SHOWS
    for leaf in place.typed.leaves():
        if leaf.words not in taught or not only(leaf.words):  # the test above says which were not taught
            continue
        forms = range(3 if "{child}" in taught[leaf.words] and not changing else 1)
        for number in forms:
            named = {name: given[number % len(given)] for name, given in known.items()}
            words = [*leaf.words.split(), *shlex.split(taught[leaf.words].format(**named))]
            for who in everybody if leaf.who else (OPERATOR,):
                by = [leaf.who, who] if leaf.who else []
                for form in ["--json"] if changing or number else ["", "--json"]:
                    yield _typed(place, leaf, [*words, *by, *filter(None, [form])], f"{number} {form}", who)


def _typed(place: Place, leaf: Leaf, words: list[str], form: str, who: str) -> Arrived:
    code, printed = place.typed.typed(words, NOBODY_THERE)
    return Arrived(who, "mash", f"{leaf.words} {form}", "", code, "", printed)


def leaks(planted: Planted, arrived: Arrived, state: str) -> list[tuple[str, str, str, int, Canary]]:
    """The words that arrived where they may not."""
    found = planted.canaries.found(arrived.all)
    return sorted(
        {
            (arrived.who, arrived.method, arrived.door, arrived.status, canary)
            for canary in found.values()
            if not may(arrived.who, canary, state)
        },
        key=str,
    )


def faults(arrived: list[Arrived]) -> list[tuple[str, str, str]]:
    """What failed for a reason that is ours: a page of the last resort, a command that is used wrongly."""
    return [
        (one.who, one.method, one.door)
        for one in arrived
        if one.status >= 500 or (one.method == "mash" and one.status not in {0, 1})
    ]


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


def in_office_hours() -> MovedClock:
    """A clock that stands at eleven on the next Wednesday: at night a worker on duty reads what she must act on (X02)."""
    clock = MovedClock()
    now = clock.now()
    day = now + timedelta(days=(2 - now.weekday()) % 7 or 7)
    clock.moved = day.replace(hour=11, minute=0, second=0) - now
    return clock


def opened(folder: Path, *, secrets: bool, around: Around | None = None) -> Iterator[Place]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts, "draft", lambda *given, **more: with_protected_code(shipped(*given, **more)))
        running = RunningHub(settings_for(folder), in_office_hours())
    running.start()
    try:
        planted = Planted(running, secrets=secrets, around=around)
        with Inside(running.hub) as inside, typing_on(running.hub) as typed:
            yield Place(planted, inside, typed)
    finally:
        running.close()


@pytest.fixture(scope="module")
def place(spoken: Spoken, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    assert spoken is not None
    yield from opened(tmp_path_factory.mktemp("walk") / "data", secrets=True)


@pytest.fixture(scope="module")
def outside(place: Place) -> list[Arrived]:
    """What everybody is shown outside a MASH enquiry, before anybody changed anything."""
    return [*walk(place, slow=True), *type_all(place)]


@pytest.fixture(scope="module")
def sent(place: Place, outside: list[Arrived]) -> list[Arrived]:
    """What comes back for forms, after that and outside a MASH enquiry still."""
    assert outside
    return [*walk(place, everybody=SOME, writing=True)]


@pytest.fixture(scope="module")
def enquiry(place: Place, sent: list[Arrived]) -> list[Arrived]:
    """What everybody is shown in a MASH enquiry, after that."""
    assert sent
    place.planted.open_enquiry()
    return [*walk(place), *type_all(place)]


# --------------------------------------------------------------------------------------------------- the controls


def test_the_table_names_every_account_there_is() -> None:
    assert set(READS) == {one.staff for one in DEMO_ACCOUNTS}


def test_everything_was_said_of_one_child_by_everybody(place: Place) -> None:
    running, said = place.planted.running, {canary.category for canary in place.planted.canaries.words.values()}
    assert said == {
        "identity", "identity.address", "identity.contact", "narrative", "voice", "third_party", "referrer", "evidence",
        "characteristics", "rationale", "question",
    }  # fmt: skip
    concerns = [one for one in place.planted.ids if running.names(*one)[0] == "concern.recorded"]
    persons = [running.child_of(*one) for one in concerns if one[0] != PROTECTING[0]]
    assert persons == [p for p in (place.planted.child, place.planted.secret, place.planted.relative) for _ in OWNERS]
    assert all(running.alerts(person) for person in dict.fromkeys(persons))
    assert running.child_of(PROTECTING[0], place.planted.protected_ident) == place.planted.child


def test_a_protected_source_says_with_whom_and_where_the_child_lives_and_that_somebody_may_be_the_child(
    place: Place,
) -> None:
    planted, hub = place.planted, place.planted.hub
    home = hub.homes.around([planted.child])
    assert [one.organisations for one in home.kin(planted.child).values()] == [(PROTECTING[0],)]
    doubted = planted.running.child_of(PROTECTING[0], planted.doubted_ident)
    (row,) = hub.reviews(hub.asker(KEEPER)).rows
    assert (row.person, hub.review(hub.asker(KEEPER), doubted).candidates[0].person) == (doubted, planted.child)


def test_the_walk_finds_a_route_that_echoes_a_word(place: Place) -> None:
    word, canary = next(
        each
        for each in place.planted.canaries.words.items()
        if (each[1].organisation, each[1].category) == ("police", "voice")
    )
    app = place.inside.app
    app.add_route("/stray", lambda _: PlainTextResponse("x", headers={"x-said": word.upper()}))
    try:
        arrived = list(walk(place, path="/stray"))
    finally:
        app.router.routes.pop()
    found = {leak[0] for one in arrived for leak in leaks(place.planted, one, "outside")}
    assert canary.category == "voice"
    assert found == {one.staff for one in DEMO_ACCOUNTS} - {"staff-7c41e0"} | {
        "nobody", "answerer", "program of police", f"program of {ASKED}",
    }  # fmt: skip


def test_every_name_in_an_address_was_taught_to_the_walk(place: Place) -> None:
    """A new one: say in tests/support/taught.py what to put for it."""
    assert {name for door in doors(place.inside.app) for name in door.names} - {*values(place.planted)} == set()


def test_a_door_with_a_name_that_nobody_taught_fails_the_walk(place: Place) -> None:
    with pytest.raises(KeyError):
        list(addresses(Door("GET", "/new/{untaught}", ("untaught",), json=False), values(place.planted)))


def test_every_command_that_there_is_was_taught_to_the_walk(place: Place) -> None:
    """A new one: say in tests/support/taught.py how it is typed, or why it prints nothing of a child."""
    there = {leaf.words for leaf in place.typed.leaves()}
    assert (there - {*SHOWS, *CHANGES, *OF_NOBODY}, {*SHOWS, *CHANGES, *OF_NOBODY} - there) == (set(), set())
    assert len(there) == len(SHOWS) + len(CHANGES) + len(OF_NOBODY)


# ------------------------------------------------------------------------------------------------------- the walks


def test_outside_a_mash_enquiry_nobody_is_shown_a_word_of_others(place: Place, outside: list[Arrived]) -> None:
    assert [leak for one in outside for leak in leaks(place.planted, one, "outside")] == []
    assert faults(outside) == []
    shown = {one.who for one in outside if place.planted.canaries.found(one.body)}
    # the school's safeguarding lead has no page of words but what it may release, and the walk asks for another's there
    assert shown >= {"staff-7c41e0", "staff-2b9f54", "staff-d06a8e", "staff-4fa690"}


def test_every_command_that_shows_something_shows_somebody_something(outside: list[Arrived]) -> None:
    answered = {one.door.rsplit(" ", 2)[0] for one in outside if one.method == "mash" and one.status == 0}
    of_what_is_not_there = {name for name, words in SHOWS.items() if "{" in words and "{child}" not in words}
    assert {*SHOWS} - answered - of_what_is_not_there == {
        "consent withdraw",
        "ledger replay",
        "policy then-and-now",
    } - answered


def test_forms_that_are_sent_outside_a_mash_enquiry_bring_no_word_back(place: Place, sent: list[Arrived]) -> None:
    assert [leak for one in sent for leak in leaks(place.planted, one, "outside")] == []
    assert faults(sent) == []


def test_in_a_mash_enquiry_words_reach_those_on_it_and_a_request_tells_whom_it_asks_a_name_alone(
    place: Place, enquiry: list[Arrived]
) -> None:
    assert [leak for one in enquiry for leak in leaks(place.planted, one, "enquiry")] == []
    assert faults(enquiry) == []
    shown = {one.who for one in enquiry if place.planted.canaries.found(one.body)}
    assert shown >= {"staff-c17b3d", "staff-2b9f54", f"program of {ASKED}"}
    whole = {
        canary.category
        for one in enquiry
        if one.who == "staff-c17b3d"
        for canary in place.planted.canaries.found(one.body).values()
        if canary.organisation == "police"
    }
    assert whole >= {"identity", "narrative", "voice", "third_party"}


def test_a_hub_with_what_may_not_be_known_of_looks_like_one_without(
    tmp_path: Path, outside: list[Arrived], sent: list[Arrived], enquiry: list[Arrived]
) -> None:
    """Count, order and size too, outside a MASH enquiry and in one: the same pages, forms and commands, word for word, for
    everybody who may not know of a restricted child, one's own family's child, and a statement that protects its source.
    """
    accounts = tuple(who for who in MAY_NOT_KNOW if who in READS)
    found: list[tuple[str, ...]] = []
    for twin in opened(tmp_path, secrets=False):
        found += differing("outside", outside, [*walk(twin, everybody=MAY_NOT_KNOW), *type_all(twin, accounts)])
        found += differing("forms", sent, [*walk(twin, everybody=SOME, writing=True)])
        twin.planted.open_enquiry()
        found += differing("enquiry", enquiry, [*walk(twin, everybody=MAY_NOT_KNOW), *type_all(twin, accounts)])
    assert found == []


# Who is about to ask a family is told to ring the front door first, and not why: an organisation asked for exactly that.
RING_FIRST = {"/child/{person}/consent 0 ", "/api/v1/consent/{person} 0 ", "consent show 0 ", "consent show 0 --json"}


def differing(state: str, first: list[Arrived], second: list[Arrived]) -> list[tuple[str, ...]]:
    """What one hub was asked and the other not, or answered otherwise; of those who may not know."""
    one, other = ({each.key: each for each in found if each.who in MAY_NOT_KNOW} for found in (first, second))
    asked = {key for key in one.keys() | other if key[2].split(" ")[0] not in SLOW and key[2] not in RING_FIRST}
    return sorted(
        (state, *key)
        for key in asked
        if not (key in one and key in other and one[key].plain == other[key].plain)
        and not (key[0] == KEEPER and key[2].startswith(WHO_IS_WHO))
    )


def test_a_link_shows_its_request_to_who_has_its_code_and_nothing_to_anybody_once_it_was_used(
    place: Place, enquiry: list[Arrived]
) -> None:
    assert enquiry
    planted = place.planted
    door, right = f"/answer/{planted.link}", {"step": "code", "code": planted.code}
    walker = Walker(place.inside, "answerer", address="10.0.1.1")
    try:
        before = [walker.get(door), walker.post(door, {"step": "code", "code": "ZZZZ2222"}), walker.post(door, {})]
        shown = walker.post(door, right)
        ticket = {"ticket": shown.body.partition('name="ticket" value="')[2].partition('"')[0]}
        steps = [
            walker.post(door, {"step": "none_held", **ticket}),
            walker.post(door, {"step": "send", "result": "provided", **ticket}),  # nothing said: the form comes again
            walker.post(door, {"step": "send", "result": "searched_none_held", **ticket}),
        ]
        after = [
            walker.get(door), walker.post(door, right), walker.post(door, {"step": "none_held", **ticket}),
            walker.post(door, {"step": "send", "result": "searched_none_held", **ticket}),
            walker.post("/answer/" + "A" * 43, right),
        ]  # fmt: skip
    finally:
        walker.close()
    everything = [*before, shown, *steps, *after]
    assert [leak for one in everything for leak in leaks(planted, one, "enquiry")] == []
    assert [bool(planted.canaries.found(one.all)) for one in before] == [False, False, False]
    assert {canary.category for canary in planted.canaries.found(shown.body).values()} == TOLD
    assert "Your answer was sent" in steps[2].body or steps[2].status == 200
    assert [(one.status, bool(planted.canaries.found(one.all))) for one in after] == [(200, False), *[(422, False)] * 4]


def test_forms_and_commands_that_change_something_in_a_mash_enquiry_bring_no_word_back_to_who_may_not(
    place: Place, enquiry: list[Arrived]
) -> None:
    assert enquiry
    typists = ("staff-91d3b7", "staff-c17b3d", KEEPER, "staff-7c41e0", "staff-4fa690", "staff-05b8f3", "staff-f2907a")
    came = [*walk(place, everybody=SOME, writing=True), *type_all(place, typists, changing=True)]
    assert [leak for one in came for leak in leaks(place.planted, one, "changed")] == []
    assert faults(came) == []


def test_the_practice_auditor_is_shown_a_listed_sample_and_nobody_else_more(place: Place) -> None:
    place.planted.sample(AUDITOR)
    some = (AUDITOR, "staff-91d3b7", "staff-05b8f3")
    arrived = [*walk(place, everybody=some), *type_all(place, some)]
    assert [leak for one in arrived for leak in leaks(place.planted, one, "sample")] == []
    assert AUDITOR in {one.who for one in arrived if place.planted.canaries.found(one.body)}


# ------------------------------------------------------------------------------------------ what is sent and logged


def test_nothing_that_is_sent_carries_a_word(place: Place, enquiry: list[Arrived]) -> None:
    assert enquiry
    log = place.planted.hub.log
    topics = [topic for topic, _ in log.topics("").items()]
    assert {"signal.v1", "case.v1", "finding.v1", "request.health-visiting.v1", "notice.police.v1"} <= set(topics)
    sent: dict[str, int] = {}
    for topic, partitions in log.topics("").items():
        for number in range(partitions):
            reader = log.reader({(topic, number): 0})
            try:
                for message in reader.poll(10_000, 0.2):
                    sent[topic] = sent.get(topic, 0) + 1
                    assert MARK.lower().encode() not in repr(message).lower().encode(), topic
                    if topic.startswith(("request.", "notice.")):
                        assert message.key in {None, b""}, topic
                        assert place.planted.child.encode() not in repr(message.headers).encode(), topic
            finally:
                reader.close()
    assert sent.get("request.health-visiting.v1") == 1
    assert {topic for topic in sent if topic.startswith("notice.")} != set()


def test_what_an_organisation_opens_of_its_topics_is_what_it_is_told_and_no_more(
    place: Place, enquiry: list[Arrived], tmp_path: Path
) -> None:
    assert enquiry
    planted, hub_key = place.planted, tmp_path / "hub-key.json"
    hub_key.write_text(json.dumps(planted.hub.hub_key()), encoding="utf-8")
    read: dict[str, str] = {}
    for organisation in sorted(ALL):
        inbox = Inbox(planted.hub.settings, hub_key, read_private(planted.key_of(organisation)))
        try:
            read[organisation] = json.dumps(inbox.read(words=True))
        finally:
            inbox.close()
    told = {name: {c.category for c in planted.canaries.found(text).values()} for name, text in read.items()}
    assert told == {name: TOLD if name == ASKED else set() for name in ALL}
    assert {name for name, text in read.items() if planted.secret in text or planted.relative in text} == set()


def test_no_log_line_says_a_word(place: Place, spoken: Spoken) -> None:
    logging.getLogger("control").debug("this line is heard")
    assert spoken[-1] == "this line is heard"
    assert [line for line in spoken if place.planted.canaries.found(line)] == []
