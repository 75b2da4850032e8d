"""The synthetic world is the same for the same seed, names nobody real, and knows the truth about all that it says."""

import ast
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
import typer
from nhs_number.validate import is_valid
from typer.testing import CliRunner

import schemas
from bench.world import numbers
from bench.world.calendar import school_day
from bench.world.cli import command
from bench.world.demo import SCRIPT, demo_stream, once
from bench.world.files import read, to_line, write
from bench.world.noise import Noise
from bench.world.planning import Rates
from bench.world.situations import SITUATIONS, STORIES, STRENGTHS
from bench.world.stream import World
from bench.world.telling import Emitted, Known, Named
from bench.world.truth import Planted, TruePerson
from hub.domain.errors import BadMessage
from hub.domain.message import ConcernCorrected, ConcernRaised, ConcernWithdrawn, Person
from hub.domain.message_rules import check
from hub.domain.moments import LONDON
from hub.domain.rule import Rule
from hub.domain.signal import Signal
from hub.domain.thresholds import Ready, stands
from hub.domain.vocabulary import Vocabulary
from policies.partnerships import load_partnership

ROOT = Path(__file__).parents[2]
START = datetime(2026, 11, 20, 10, tzinfo=UTC)


@pytest.fixture(scope="module")
def world() -> World:
    return World(children=2000, years=1, seed=11)


@pytest.fixture(scope="module")
def messages(world: World) -> list[Emitted]:
    return list(world.messages())


@pytest.fixture(scope="module")
def truth(world: World) -> list[Any]:
    return list(world.truth())


@pytest.fixture(scope="module")
def vocabulary() -> dict[str, dict[str, Any]]:
    return tomllib.loads((ROOT / "schemas/vocabulary/indicators.toml").read_text(encoding="utf-8"))


def inside(value: object) -> Iterator[object]:
    """The value and everything that it holds."""
    yield value
    if isinstance(value, msgspec.Struct):
        for field in value.__struct_fields__:
            yield from inside(getattr(value, field))
    elif isinstance(value, tuple):
        for part in value:
            yield from inside(part)


def people_in(emitted: Emitted) -> list[Person]:
    return [part for part in inside(emitted.message) if isinstance(part, Person)]


# ------------------------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(("children", "years"), [(0, 1.0), (-5, 1.0), (10, 0.0), (10, -1.0), (10, 19.0)])
def test_an_impossible_world_is_refused_with_what_to_do(children: int, years: float) -> None:
    with pytest.raises(ValueError, match=r"give children=1 or more|above 0 and at most 18"):
        World(children, years, 1)


def test_a_nine_digit_base_without_a_check_digit_gives_no_nhs_number() -> None:
    without = [nine for n in range(200) if numbers.nhs_check_digit(nine := f"999{n:06d}") is None]
    assert without
    assert [nine for nine in without for digit in range(10) if is_valid(f"{nine}{digit}")] == []
    assert [numbers.nhs_check_digit(nine) for nine in ("999000001", "999765432", "999111222")] == [8, 3, 7]


def test_when_the_reserved_range_is_used_up_nobody_gets_a_number_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numbers, "NHS_BASES", 1000)
    drawn = list(islice(numbers.nhs_numbers(Random(3)), 1200))  # noqa: S311 - a seeded world, no secret
    given = [number for number in drawn if number is not None]
    assert len(given) == len(set(given)) == sum(numbers.nhs_check_digit(f"999{n:06d}") is not None for n in range(1000))
    assert drawn[len(given) :] == [None] * (1200 - len(given))


@pytest.mark.parametrize(
    ("number", "valid"),
    [
        ("H801200001001", True),
        ("Y380259990017", True),
        ("Z383214000123", True),
        ("A801200001001", False),
        ("H80", False),
    ],
)
def test_a_pupil_number_has_the_check_letter_of_the_standard(number: str, valid: bool) -> None:
    assert numbers.upn_is_valid(number) is valid


def test_no_code_of_the_hub_or_its_consumers_can_see_the_world() -> None:
    seen = []
    for path in [*ROOT.glob("hub/**/*.py"), *ROOT.glob("consumers/**/*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            seen += [f"{path}: {name}" for name in names if name.split(".")[0] == "bench"]
    assert seen == []


# ---------------------------------------------------------------------------------------------------- same again


@pytest.mark.parametrize("noise", ["none", "normal", "double"])
def test_the_same_seed_gives_the_same_bytes(noise: Noise) -> None:
    def lines() -> list[bytes]:
        return [to_line(emitted) for emitted in World(children=300, years=1, seed=5, noise=noise).messages()]

    assert lines() == lines() != []


def test_another_seed_gives_another_world(messages: list[Emitted]) -> None:
    others = {emitted.id for emitted in World(children=2000, years=1, seed=12).messages()}
    assert others.isdisjoint({emitted.id for emitted in messages})


def test_written_and_read_again_it_is_the_same(tmp_path: Path, world: World, messages: list[Emitted]) -> None:
    counts = write(world, tmp_path, per_organisation=True)
    assert list(read(tmp_path / "stream.jsonl")) == messages
    assert counts.messages == len(messages) == sum(counts.by_organisation.values())
    by_organisation = [emitted for path in (tmp_path / "organisations").iterdir() for emitted in read(path)]
    assert sorted(emitted.id for emitted in by_organisation) == sorted(emitted.id for emitted in messages)
    assert sorted(path.name for path in (tmp_path / "truth").iterdir()) == [
        "contacts.jsonl", "episodes.jsonl", "known.jsonl", "named.jsonl", "people.jsonl", "planted.jsonl",
        "tallies.jsonl",
    ]  # fmt: skip


def test_with_no_noise_organisations_know_everybody_rightly() -> None:
    rows = World(children=300, years=1, seed=5, noise="none").truth()
    assert {error for row in rows if isinstance(row, Known) for error in row.errors} == set()


# ------------------------------------------------------------------------------------------------ what is in it


def test_each_organisation_numbers_its_messages_without_a_gap(messages: list[Emitted]) -> None:
    numbered = defaultdict(list)
    for emitted in messages:
        numbered[emitted.organisation].append(emitted.message.source_sequence)
    assert dict(numbered) == {name: list(range(1, len(each) + 1)) for name, each in numbered.items()}
    assert len({emitted.id for emitted in messages}) == len(messages)
    assert all(emitted.organisation == emitted.message.organisation for emitted in messages)


def test_messages_come_in_the_order_of_publishing_and_none_is_about_the_future(messages: list[Emitted]) -> None:
    assert [emitted.publish_at for emitted in messages] == sorted(emitted.publish_at for emitted in messages)
    for emitted in messages:
        said = emitted.message
        assert said.recorded_at <= emitted.publish_at
        if isinstance(said, ConcernRaised):
            assert said.occurred.start <= said.occurred.end <= said.recorded_at


def test_every_time_has_a_zone(messages: list[Emitted]) -> None:
    moments = [part for emitted in messages for part in inside(emitted) if isinstance(part, datetime)]
    assert {moment.tzinfo for moment in moments} == {UTC}


def test_every_number_is_valid_and_nobodys(messages: list[Emitted]) -> None:
    people = [person for emitted in messages for person in people_in(emitted)]
    nhs = [n for person in people for n in (person.nhs_number, person.mother_nhs_number) if n is not None]
    assert nhs
    assert [n for n in nhs if not (n.startswith("999") and is_valid(n))] == []
    upns = [person.upn for person in people if person.upn is not None]
    assert upns
    assert [upn for upn in upns if not (numbers.upn_is_valid(upn) and upn[1:4] == numbers.UNUSED_AUTHORITY)] == []
    codes = [address.postcode for person in people for address in person.addresses if address.postcode is not None]
    assert codes
    assert [code for code in codes if not code.startswith("ZZ") or code.startswith("ZZ99")] == []


def test_every_situation_and_strength_is_in_the_vocabulary_for_its_ages(vocabulary: dict[str, dict[str, Any]]) -> None:
    wrong = []
    for situation in SITUATIONS:
        for code in situation.indicators:
            entry = vocabulary.get(code, {"age": [999, 999]})
            low, high = situation.months
            first, last = (0, 216) if entry["age"] == "any" else entry["age"]
            fits = (low < 0 and entry.get("unborn", False)) or low >= first
            if not fits or high > last + 1 or bool(entry.get("strength")):
                wrong.append((situation.id, code))
        if situation.grave != any(vocabulary.get(code, {}).get("grave", False) for code in situation.indicators):
            wrong.append((situation.id, "grave"))
    wrong += [(source, code) for source, code, _, _ in STRENGTHS if not vocabulary.get(code, {}).get("strength")]
    assert wrong == []


def test_every_indicator_and_measure_sent_is_in_the_vocabulary(
    messages: list[Emitted], vocabulary: dict[str, dict[str, Any]]
) -> None:
    measures = tomllib.loads((ROOT / "schemas/vocabulary/measures.toml").read_text(encoding="utf-8"))
    referrers = tomllib.loads((ROOT / "schemas/vocabulary/referrers.toml").read_text(encoding="utf-8"))
    subjects = [s for emitted in messages for s in getattr(emitted.message, "subjects", ())]
    assert {code for subject in subjects for code in subject.indicators} - set(vocabulary) == set()
    assert {measure.code for subject in subjects for measure in subject.measures} - set(measures) == set()
    kinds = {emitted.message.referrer_kind for emitted in messages if isinstance(emitted.message, ConcernRaised)}
    assert kinds - set(referrers) == set()


def test_the_hub_takes_every_message_of_the_world(messages: list[Emitted]) -> None:
    vocabulary = Vocabulary.of(schemas.load_vocabulary())
    for emitted in messages:
        check(emitted.message, vocabulary, emitted.publish_at)


@pytest.mark.parametrize("seed", range(6))
def test_the_hub_refuses_what_is_bad_in_the_demonstration_and_nothing_else(seed: int) -> None:
    vocabulary = Vocabulary.of(schemas.load_vocabulary())
    refused = {}
    for emitted in once(seed, START):
        try:
            check(emitted.message, vocabulary, START)
        except BadMessage as bad:
            refused[emitted.bad] = bad.reason
    assert refused == {
        "unknown_indicator": "unknown_indicator",
        "invalid_nhs_number": "invalid_nhs_number",
        "future_time": "future_time",
    }  # fmt: skip  (a bad signature and a replayed id are not to be seen in the message alone)


def test_schools_say_nothing_in_the_summer_at_night_or_at_the_weekend(messages: list[Emitted]) -> None:
    said = [e.message.recorded_at.astimezone(LONDON) for e in messages if e.organisation.startswith("school_")]
    assert said
    assert [moment for moment in said if not (school_day(moment.date()) and 8 <= moment.hour < 18)] == []


def test_an_echo_repeats_the_reference_of_a_police_incident() -> None:
    stream = list(World(children=3000, years=1, seed=2).messages())
    police = {e.message.incident for e in stream if isinstance(e.message, ConcernRaised) and e.organisation == "police"}
    echoes = [
        e.message for e in stream if isinstance(e.message, ConcernRaised) and e.organisation.startswith("school_")
    ]
    echoes = [said for said in echoes if said.how_known.kind == "told_by_organisation"]
    assert echoes
    assert {said.how_known.organisation for said in echoes} == {"police"}
    late_or_unsent = [said for said in echoes if said.incident not in police]
    assert len(late_or_unsent) <= len(echoes) // 5  # the police notice may itself still be on its way


def test_a_correction_or_withdrawal_is_of_an_earlier_message_of_the_same_organisation() -> None:
    earlier: dict[str, str] = {}
    found = 0
    for emitted in World(children=1500, years=1, seed=4, rates=Rates(corrected=0.2)).messages():
        said = emitted.message
        if isinstance(said, ConcernCorrected | ConcernWithdrawn):
            of = said.corrects if isinstance(said, ConcernCorrected) else said.withdraws
            assert earlier[of] == emitted.organisation
            found += 1
        earlier[emitted.id] = emitted.organisation
    assert found > 0


# ------------------------------------------------------------------------------------------------------ the truth


def test_everybody_is_named_in_a_message_or_has_a_reason_for_silence(world: World, truth: list[Any]) -> None:
    named: dict[str, int] = defaultdict(int)
    for row in truth:
        if isinstance(row, Named) and row.n >= 0:
            named[row.person] += 1
    people = [row for row in truth if isinstance(row, TruePerson)]
    families = world.population.families
    everybody = {c.id for family in families for c in family.children} | {
        a.id for family in families for a in family.adults
    }
    assert {row.person for row in people} == everybody
    assert [row for row in people if row.times_named != named[row.person]] == []
    assert [row for row in people if (row.silent is None) != (row.times_named > 0)] == []


def test_the_truth_names_each_person_of_each_message_and_no_other(messages: list[Emitted], truth: list[Any]) -> None:
    named = defaultdict(set)
    for row in truth:
        if isinstance(row, Named) and row.n >= 0:
            named[row.message].add((row.role, row.n))
    for emitted in messages:
        said = emitted.message
        if isinstance(said, ConcernWithdrawn):
            expected: set[tuple[str, int]] = set()
        elif isinstance(said, ConcernCorrected):
            said = said.statement
            expected = {("subject", n) for n in range(len(said.subjects))} | {
                ("adult", n) for n in range(len(said.adults))
            }
        else:
            single = 1 if hasattr(said, "subject") else 0
            expected = {("subject", n) for n in range(len(getattr(said, "subjects", ())) + single)}
            expected |= {("adult", n) for n in range(len(getattr(said, "adults", ())))}
            expected |= {("member", n) for n in range(len(getattr(said, "members", ())))}
        assert named[emitted.id] == expected


def test_an_own_id_in_a_message_belongs_to_one_true_person(messages: list[Emitted], truth: list[Any]) -> None:
    owner = {(row.organisation, row.own_id): row.person for row in truth if isinstance(row, Known) and row.own_id}
    who = {(row.message, row.role, row.n): row.person for row in truth if isinstance(row, Named)}
    checked = 0
    for emitted in messages:
        for n, subject in enumerate(getattr(emitted.message, "subjects", ())):
            if subject.person.own_id:
                person = owner[emitted.organisation, subject.person.own_id]
                assert person == who[emitted.id, "subject", n]
                checked += 1
    assert checked > 0


def test_a_planted_need_has_its_messages_or_says_how_many_were_not_sent(
    messages: list[Emitted], truth: list[Any]
) -> None:
    planted = [row for row in truth if isinstance(row, Planted)]
    sent = {emitted.id for emitted in messages}
    assert {row.need for row in planted} == {"building", "harm"}
    steps = {story.id: len(story.steps) for story in STORIES}
    accounted = [len(row.messages) + row.before + row.held_back + row.averted + row.unsent for row in planted]
    # a building need has one more report than its story, with which it escalates; a school may echo some
    least = [steps[row.story] + (row.need == "building") for row in planted]
    assert [row for row, there, asked in zip(planted, accounted, least, strict=True) if there < asked] == []
    assert [row for row in planted if min(row.before, row.held_back, row.averted, row.unsent) < 0] == []
    assert {message for row in planted for message in row.messages} <= sent
    assert [row for row in planted if row.escalates is None or row.escalates < row.began] == []
    by_message = {row.message: row.planted for row in truth if isinstance(row, Named)}
    assert [row for row in planted for message in row.messages if by_message[message] != row.id] == []


def test_an_unborn_child_has_an_expected_date_and_no_number_of_its_own() -> None:
    unborn = [
        subject
        for emitted in World(children=3000, years=1, seed=2).messages()
        for subject in getattr(emitted.message, "subjects", ())
        if subject.unborn
    ]
    assert unborn
    assert {(s.person.nhs_number, s.person.birth_date, s.person.upn) for s in unborn} == {(None, None, None)}
    assert [s for s in unborn if s.person.expected_date is None] == []


# -------------------------------------------------------------------------------------------- the demonstration


def test_a_first_minute_of_the_demonstration_tells_every_story() -> None:
    stream = list(islice(demo_stream(1, START), len(SCRIPT)))
    assert stream[-1].publish_at - START <= timedelta(seconds=70)
    assert len({emitted.organisation for emitted in stream}) >= 8
    concerns = [emitted.message for emitted in stream if isinstance(emitted.message, ConcernRaised)]
    assert [said for said in concerns if not said.subjects and said.adults]  # adults only
    assert [s for said in concerns for s in said.subjects if s.person.nhs_number is None]  # no NHS number
    assert {emitted.type for emitted in stream} >= {
        "mash.concern-raised.v1", "mash.strength-observed.v1", "mash.consent-changed.v1", "mash.household-observed.v1",
        "mash.involvement-changed.v1",
    }  # fmt: skip
    twins = {subject.person.birth_date for subject in concerns[1].subjects}
    assert (len(concerns[1].subjects), len(twins)) == (2, 1)


@pytest.mark.parametrize("seed", range(12))
def test_the_demonstration_never_speaks_of_the_future_nor_of_more_than_a_year_ago(seed: int) -> None:
    stream = list(islice(demo_stream(seed, START), 300))
    for emitted in stream:
        assert emitted.publish_at >= START
        assert emitted.message.recorded_at <= emitted.publish_at
        if isinstance(emitted.message, ConcernRaised):
            assert emitted.publish_at - timedelta(days=366) <= emitted.message.occurred.end
            assert emitted.message.occurred.end <= emitted.message.recorded_at
    sequences = defaultdict(list)
    for emitted in stream:
        sequences[emitted.organisation].append(emitted.message.source_sequence)
    assert dict(sequences) == {name: list(range(1, len(each) + 1)) for name, each in sequences.items()}


def own_signals(stream: list[Emitted], vocabulary: Vocabulary) -> dict[str, list[Signal]]:
    """Signals by NHS number, as if every good concern were linked rightly and counted for its own child."""
    signals: dict[str, list[Signal]] = defaultdict(list)
    for emitted in stream:
        said = emitted.message
        if emitted.bad is not None or not isinstance(said, ConcernRaised):
            continue
        for n, subject in enumerate(said.subjects):
            if subject.person.nhs_number:
                domains = tuple(sorted({vocabulary.indicators[code].domain for code in subject.indicators}))
                signal = Signal(
                    id=f"{emitted.id}/{n}", child=subject.person.nhs_number, relation="own", kind="concern",
                    indicators=subject.indicators, domains=domains, organisation=said.organisation, sector="any",
                    setting=said.setting, referrer=said.referrer, referrer_kind=said.referrer_kind, seen=subject.seen,
                    how_known=said.how_known.kind, incident=said.incident, occurred_start=said.occurred.start,
                    occurred_end=said.occurred.end, precision=said.occurred.precision, recorded_at=said.recorded_at,
                    received=emitted.publish_at, known_at=emitted.publish_at,
                )  # fmt: skip
                signals[signal.child].append(signal)
    return signals


@pytest.mark.parametrize("seed", range(8))
def test_the_demonstration_crosses_the_rules_of_the_demo_partnership(seed: int) -> None:
    vocabulary = Vocabulary.of(schemas.load_vocabulary())
    rules = [msgspec.convert(rule, Rule) for rule in load_partnership("demo")["thresholds"]]
    alerting = [Ready(rule, vocabulary) for rule in rules if rule.enabled and rule.tells == "front_door"]
    for stream in (once(seed, START), list(islice(demo_stream(seed, START), len(SCRIPT)))):
        signals = own_signals(stream, vocabulary)
        crossed = {
            ready.rule.id: {child for child, own in signals.items() if stands(ready, own, START) is not None}
            for ready in alerting
        }
        assert crossed["three-concerns-two-organisations"]
        assert len(crossed["domestic-abuse-series"]) >= 2  # the twins, each for itself
        assert len(crossed["grave-single"]) >= 2


def test_once_ends_in_time_with_one_that_is_lost_and_five_bad_ones_that_leave_no_gap() -> None:
    stream = once(1, START)
    assert 50 <= len(stream) <= 75
    assert stream == once(1, START)
    assert max(emitted.publish_at for emitted in stream) <= START
    assert [emitted.bad for emitted in stream if emitted.bad] == [
        "lost", "unknown_indicator", "invalid_nhs_number", "future_time", "bad_signature", "replayed_id"
    ]  # fmt: skip
    last_of = {emitted.organisation: emitted for emitted in stream}
    assert [one.bad for one in stream if one.bad and last_of[one.organisation] is not one] == ["lost"]
    assert stream[-1].bad is None
    by_id = defaultdict(list)
    for emitted in stream:
        by_id[emitted.id].append(emitted)
    [(first, again)] = [each for each in by_id.values() if len(each) > 1]
    assert (again.bad, again.organisation, first.bad) == ("replayed_id", first.organisation, None)
    assert again.message != first.message


# ------------------------------------------------------------------------------------------------------- by hand


def cli() -> typer.Typer:
    app = typer.Typer()
    command(app)
    app.command("other")(lambda: None)  # two commands, so that the name is part of what one types
    return app


def test_synth_writes_a_world_and_says_so_as_json(tmp_path: Path) -> None:
    asked = ["synth", "--children", "200", "--years", "1", "--seed", "7", "--out", str(tmp_path / "w"), "--json"]
    result = CliRunner().invoke(cli(), asked)
    assert result.exit_code == 0
    said = msgspec.json.decode(result.stdout)
    assert said["children"] == 200
    assert said["messages"] == len(list(read(tmp_path / "w" / "stream.jsonl")))
    again = CliRunner().invoke(cli(), asked)
    assert (again.exit_code, "--replace" in again.stderr) == (1, True)


@pytest.mark.parametrize("wrong", [["--children", "0"], ["--years", "0"], ["--noise", "loud"], ["--seed", "x"]])
def test_synth_refuses_a_wrong_option_with_exit_code_2(tmp_path: Path, wrong: list[str]) -> None:
    asked = ["synth", "--children", "10", "--out", str(tmp_path / "w"), *wrong]
    assert CliRunner().invoke(cli(), asked).exit_code == 2
    assert not (tmp_path / "w").exists()
