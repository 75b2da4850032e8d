"""No name and no word lies readable anywhere it should not: planted ones are looked for in every file under the data folder,
the broker's and the database's files, our log at its most talkative, error texts, and the process list.
"""

import logging
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest
from msgspec.structs import replace

from hub.adapters.signin import DEMO_ACCOUNTS
from hub.domain.errors import HubError
from hub.domain.message import (
    Address,
    Adult,
    Answer,
    Characteristics,
    Evidence,
    FamilyTold,
    Handling,
    Member,
    Name,
    Occurred,
    Person,
    Subject,
)
from hub.flow import append
from hub.ports import Outgoing
from tests.support.messages import (
    answer,
    concern,
    consent,
    correction,
    household,
    involvement,
    moment,
    nhs_of,
    strength,
    upn_of,
    withdrawal,
)
from tests.support.partnership import RunningHub, settings_for, wait_until

BEST_LEFT_ALONE = 64 * 2**20  # bytes of one file above which the test would rather say so than read


MARK = "zqvkj"  # begins every planted word, so that a gigabyte is searched for a few strings and not for two hundred
NUMBERS = ("9990800", "9990000400")  # begin every planted NHS number, and are in every planted UPN
ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be")


class Planted:
    """Words that occur nowhere else on earth, each made for one field."""

    def __init__(self) -> None:
        self.words: dict[str, str] = {}

    def word(self, field: str) -> str:
        made = f"{MARK.title()}{uuid4().hex[:14]}x".translate(str.maketrans("0123456789", "ghijklmnop"))
        self.words[field] = made
        return made

    def number(self, field: str, value: str) -> str:
        assert any(mark in value for mark in NUMBERS), value
        self.words[field] = value
        return value


def person(planted: Planted, who: str, serial: int) -> Person:
    """Somebody of whom everything that can be said is said, in planted words."""
    word = planted.word
    return Person(
        own_id=word(f"{who} own id"),
        nhs_number=planted.number(f"{who} NHS number", nhs_of(serial)),
        upn=planted.number(f"{who} UPN", upn_of(serial)),
        former_upns=(planted.number(f"{who} former UPN", upn_of(serial + 1)),),
        names=(
            Name(word(f"{who} forename"), word(f"{who} surname")), Name(word(f"{who} alias"), "Alias", "alias"),
        ),
        birth_date=date(2017, 5, 4),
        addresses=(Address((word(f"{who} street"), word(f"{who} town")), postcode="ZZ1 1ZZ"),),
        school=word(f"{who} school"),
        gp=word(f"{who} GP"),
        mother_nhs_number=planted.number(f"{who} mother's NHS number", nhs_of(serial + 2)),
        characteristics=Characteristics(
            ethnicity=Answer("known", word(f"{who} ethnicity")), first_language=Answer("known", word(f"{who} language"))
        ),
    )  # fmt: skip


def say_everything(running: RunningHub, planted: Planted) -> tuple[str, list[str]]:
    """Publish each kind of message with a planted word in every field of words; the first concern's id, and all ids."""
    word, at = planted.word, moment(2)
    child, adult = person(planted, "child", 40_001), person(planted, "adult", 40_011)
    subject = Subject(
        person=child, indicators=("hunger",), observation=word("observation"), voice=word("the child's own words")
    )
    first = concern(
        "school", subject, at=at, narrative=word("narrative"),
        occurred=Occurred(at, at, "day", word("when, in words")),
        adults=(Adult(person=adult, relationship="mother", observation=word("observation of an adult")),),
        incident=word("incident reference"), referrer=word("referrer reference"), referrer_name=word("referrer name"),
        family_told=FamilyTold(False, "could_not_reach"), handling=Handling(safe_contact=word("safe contact")),
        evidence=(Evidence(word("evidence reference"), word("evidence kind"), "school"),),
    )  # fmt: skip
    ids = [running.say(first)]
    better = replace(first, narrative=word("narrative, corrected"))
    said: list[Any] = [
        correction(ids[0], better, reason=word("reason of a correction")),
        strength("school", replace(subject, observation=word("what goes well")), narrative=word("strength")),
        answer("health", child, "request-1", result="provided", narrative=word("answer")),
        answer("health", child, "request-2", result="refused", refusal_reason=word("reason of a refusal")),
        consent("school", child, "given", words=word("what was said about consent"), organisations=("health",)),
        involvement("council", child, "family_support", contact=word("whom to ring"), contact_role="team"),
        household(
            "housing", Member(person=child, role="child"), Member(person=adult, role="mother"),
            address=Address((word("household street"),)),
        ),
        concern("health", replace(subject, indicators=("was_not_brought",), voice=None), at=moment(1)),
        concern("police", replace(subject, person=person(planted, "refused child", 40_021), indicators=("no_code",))),
    ]  # fmt: skip
    ids += [running.say(one) for one in said]
    withdrawn = running.say(concern("school", subject, narrative=word("narrative, withdrawn")))
    ids += [withdrawn, running.say(withdrawal("school", withdrawn, reason=word("reason of a withdrawal")))]
    return ids[0], ids


@pytest.fixture(scope="module")
def spoken() -> Iterator[list[str]]:
    """Every line that any logger of this process writes, at the most talkative level, from before the hub opens."""
    lines: list[str] = []

    class Keeps(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record))

    keeps, root = Keeps(), logging.getLogger()
    keeps.setFormatter(logging.Formatter("%(name)s %(message)s"))
    before = root.level
    root.addHandler(keeps)
    root.setLevel(logging.DEBUG)
    yield lines
    root.removeHandler(keeps)
    root.setLevel(before)


@pytest.fixture(scope="module")
def told(
    spoken: list[str], mode: Callable[[Path], Any], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[RunningHub, Planted, list[str]]]:
    """A hub of this mode to which everything was said, one message with a bug of ours in between."""
    planted = Planted()
    running = RunningHub(mode(tmp_path_factory.mktemp("leaks")))
    running.start()
    real = append.information_facts

    def fails(verified: Any, said: Any, *rest: Any) -> Any:
        if said.request == "request-1":
            raise KeyError(said.narrative)  # the worst that a bug can do: quote
        return real(verified, said, *rest)

    append.information_facts = fails  # type: ignore[assignment]
    try:
        _, ids = say_everything(running, planted)
        running.settled()
    finally:
        append.information_facts = real
    yield running, planted, ids
    running.close()


def found_in(data: bytes, planted: Planted) -> list[str]:
    """The fields whose planted word is in these bytes, in any of three encodings and either case."""
    lower = data.lower()
    if not any(mark.encode(encoding) in lower for mark in (MARK, *NUMBERS) for encoding in ENCODINGS):
        return []
    return [
        field
        for field, word in planted.words.items()
        if any(word.lower().encode(encoding) in lower for encoding in ENCODINGS)
    ]


def search(folder: Path, planted: Planted) -> tuple[dict[str, list[str]], int]:
    """Files of a folder with planted words in them, and how many files were read."""
    leaks, read = {}, 0
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.is_symlink():
            continue
        try:
            assert path.stat().st_size < BEST_LEFT_ALONE, f"{path} is too large to search"
            data = path.read_bytes()
        except FileNotFoundError:  # a log segment that the broker just removed
            continue
        read += 1
        if fields := found_in(data, planted):
            leaks[str(path.relative_to(folder))] = fields
    return leaks, read


# ------------------------------------------------------------------------------------------------------- the controls


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_the_search_would_find_a_word_that_lies_open(tmp_path: Path, encoding: str) -> None:
    planted = Planted()
    (tmp_path / "deep" / "er").mkdir(parents=True)
    text = f"{'before ' * 9}{planted.word('a name').upper()}{' after' * 9}"
    (tmp_path / "deep" / "er" / "wal").write_bytes(b"\x00\xff" + text.encode(encoding) + b"\xff\x00")
    (tmp_path / "quiet").write_bytes(b"nothing here")
    assert search(tmp_path, planted) == ({"deep/er/wal": ["a name"]}, 2)


def test_everything_was_said_and_taken(told: tuple[RunningHub, Planted, list[str]]) -> None:
    running, planted, ids = told
    assert len(planted.words) == 64
    reasons = sorted(row["reason"] for row in running.hub.quarantine_rows())
    assert reasons == ["unexplained", "unknown_indicator"]
    organisations = ("school", "health", "council", "housing", "police")
    recorded = [ident for ident in ids if any(running.recorded(one, ident) for one in organisations)]
    assert len(recorded) == len(ids) - 2
    assert running.hub.paged != []


# ------------------------------------------------------------------------------------------------------- the searches


def test_no_file_of_the_hub_holds_a_planted_word(told: tuple[RunningHub, Planted, list[str]]) -> None:
    running, planted, _ = told
    leaks, read = search(running.hub.settings.data, planted)
    assert leaks == {}
    names = {path.name for path in running.hub.settings.data.rglob("*")}
    if running.hub.settings.store == "sqlite":
        assert {"record.db-wal", "views.db-wal", "outbox.db", "thresholds.db-wal", "log.db-wal"} <= names
    assert read > 0


def test_no_file_of_broker_or_database_holds_a_planted_word(
    told: tuple[RunningHub, Planted, list[str]], request: pytest.FixtureRequest
) -> None:
    running, planted, _ = told
    settings = running.hub.settings
    if settings.store == "sqlite":
        assert sorted(settings.data.glob("*.db"))  # what there is was searched above
        return
    broker, server = request.getfixturevalue("kafka_broker"), request.getfixturevalue("postgres_server")
    control = Planted()
    running.hub.log.create_topics({"notice.control.v1": 1})
    running.send(Outgoing("notice.control.v1", None, (), control.word("in the log").encode()))
    with psycopg.connect(settings.postgres_dsn.get_secret_value(), autocommit=True) as connection:
        connection.execute("CREATE TABLE control (word text)")
        connection.execute("INSERT INTO control VALUES (%s)", (control.word("in the database"),))
        connection.execute("CHECKPOINT")
    for folder, field in (
        (broker.data_folder, "in the log"), (server.log_file.parent, "in the database"),
    ):  # fmt: skip
        seen, read = search(folder, control)
        assert {name for fields in seen.values() for name in fields} == {field}, f"the search of {read} files is blind"
        assert search(folder, planted)[0] == {}
    assert search(broker.log_folder, planted)[0] == {}


def test_no_log_line_of_ours_or_of_a_library_holds_a_planted_word(
    told: tuple[RunningHub, Planted, list[str]], spoken: list[str]
) -> None:
    _, planted, _ = told
    logging.getLogger("control").debug("this line is heard")
    assert spoken[-1] == "control this line is heard"
    assert any("failed unexplained (KeyError at test_nothing_leaks.py:" in line for line in spoken)
    assert [line for line in spoken if found_in(line.encode(), planted)] == []


def test_no_error_text_and_no_text_form_of_a_fact_holds_a_planted_word(
    told: tuple[RunningHub, Planted, list[str]],
) -> None:
    running, planted, ids = told
    texts = [repr(fact) for fact in running.facts()]
    texts += [repr(row) for row in running.hub.quarantine_rows()]
    texts.append(repr(running.hub.trace(ids[0])))
    texts += [repr(message) for message in running.read_log("concern.school.v1")]
    bad = person(planted, "never published", 40_031)
    for said in (
        concern("school", Subject(person=replace(bad, nhs_number="999 999 999 X"))),
        concern("school", Subject(person=bad, indicators=(planted.word("a code of nobody"),))),
        concern("school", Subject(person=bad), referrer_kind=planted.word("a kind of nobody")),
        concern("school", Subject(person=bad), narrative=planted.word("too long") * 2_000),
        concern("school", Subject(person=bad), recorded_at=datetime.now(UTC).replace(year=2090)),
    ):
        with pytest.raises(HubError) as refused:
            running.hub.publish([(str(uuid4()), said)])
        texts += [str(refused.value), repr(refused.value)]
    assert [text for text in texts if found_in(text.encode(), planted)] == []


# -------------------------------------------------------------------------------------- the process as it really runs


def test_neither_pages_nor_commands_leave_words_in_output_or_the_process_list(tmp_path: Path) -> None:
    planted, data = Planted(), tmp_path / "data"
    running = RunningHub(settings_for(data))
    environment = {**os.environ, "MASH_DATA": str(data), "MASH_DEMO": "true", "PYTHONWARNINGS": "ignore"}
    mash = [sys.executable, "-c", "from hub.cli import main; main()"]
    output = (tmp_path / "output").open("wb")
    up = subprocess.Popen([*mash, "up", "--port", "0"], env=environment, stdout=output, stderr=output)
    try:
        wait_until(lambda: re.search(rb"http://[0-9.:]+", (tmp_path / "output").read_bytes()) or up.poll() is not None)
        found = re.search(rb"http://[0-9.:]+", (tmp_path / "output").read_bytes())
        assert found, (tmp_path / "output").read_text()
        ident, _ = say_everything(running, planted)
        wait_until(lambda: running.recorded("school", ident))
        child = running.child_of("school", ident)
        wait_until(lambda: running.alerts(child))
        with httpx.Client(base_url=found[0].decode(), follow_redirects=True, timeout=20) as browser:
            browser.headers["Sec-Fetch-Site"] = "same-origin"
            decider = next(each.staff for each in DEMO_ACCOUNTS if "decision_maker" in each.roles)
            pages = [browser.post("sign-in", data={"account": decider})]
            pages += [
                browser.get(path) for path in ("worklist", f"child/{child}", f"child/{planted.words['narrative']}")
            ]
        assert [page.status_code for page in pages if page.status_code >= 500] == []
        # outside a MASH enquiry pages show no words either; and no address of a page ever does
        assert [str(page.url) for page in pages if found_in(str(page.url).encode(), planted)] == [str(pages[-1].url)]
        row = f'{{"organisation": "school", "narrative": "{planted.word("typed into a command")}"'
        typed = subprocess.run(
            [*mash, "publish", "-"], env=environment, input=row.encode(), capture_output=True, timeout=60, check=False
        )
        assert typed.returncode == 1, typed.stderr
        assert found_in(typed.stdout + typed.stderr, planted) == []
        listed = subprocess.run(
            [*mash, "quarantine", "list", "--json"], env=environment, capture_output=True, timeout=60, check=False
        )
        assert b"unknown_indicator" in listed.stdout
        assert found_in(listed.stdout + listed.stderr, planted) == []
        for process in (up.pid, os.getpid()):
            for kept in ("cmdline", "environ", "comm"):
                assert found_in(Path(f"/proc/{process}/{kept}").read_bytes(), planted) == []
    finally:
        up.send_signal(signal.SIGTERM)
        code = up.wait(30)
        output.close()
        running.close()
    said = (tmp_path / "output").read_bytes()
    assert code == 0, said.decode()
    assert b"quarantined concern.police.v1" in said  # it does log, and says where and why
    # the one address that a person typed a word into may be answered, never logged
    assert found_in(said, planted) == []
    assert search(data, planted)[0] == {}
