"""Measures of effect: what is counted, for whom, how sure it is, and what is refused."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
import typer
from msgspec.structs import replace
from typer.testing import CliRunner

import schemas
from bench.evaluate.alerts import Raised, alerting, alerts_of
from bench.evaluate.cli import command
from bench.evaluate.curve import settings_of
from bench.evaluate.history import About, BadWorld, Told, folder_frame, folder_steps, tell
from bench.evaluate.intervals import Families, Rate, Share, Spread, per_family, wilson
from bench.evaluate.measures import Measuring, settings
from bench.world.files import write
from bench.world.planning import Rates
from bench.world.services import Episode
from bench.world.stream import World
from bench.world.truth import Planted, TruePerson
from hub.domain.message import ConcernCorrected, ConcernWithdrawn
from hub.domain.over_time import Event
from hub.domain.rule import AtLeast, Count, Grave, Rule, Those
from hub.domain.signal import Signal
from hub.domain.thresholds import Ready, stands
from hub.domain.vocabulary import Vocabulary
from policies.partnerships import load_partnership
from policies.what_if import assumed

VOCABULARY = Vocabulary.of(schemas.load_vocabulary())
START, END = date(2025, 1, 1), date(2026, 1, 1)
DECIDES = timedelta(days=3)
SECTORS = {"police": "police", "school_a": "education"}


def at(day: int) -> datetime:
    return datetime(2025, 1, 1, 12, tzinfo=UTC) + timedelta(days=day)


def signal(day: int, organisation: str = "police", *indicators: str, ident: str = "") -> Signal:
    said = ident or f"m{day}{organisation}"
    return Signal(
        id=f"{said}/0", child="c", relation="own", kind="concern", indicators=indicators or ("hunger",), domains=(),
        organisation=organisation, sector=SECTORS.get(organisation, "x"), setting=None, referrer=None, referrer_kind="6",
        seen="not_seen", how_known="first_hand", incident=None, occurred_start=at(day), occurred_end=at(day),
        precision="day", recorded_at=at(day), received=at(day), known_at=at(day),
    )  # fmt: skip


def known(day: int, organisation: str = "police", *indicators: str, ident: str = "") -> Event:
    one = signal(day, organisation, *indicators, ident=ident)
    return Event(at(day), one.id, one)


def child(
    *events: Event, name: str = "c", family: int = 1, planted: Sequence[Planted] = (), episodes: Sequence[Episode] = (),
    **traits: Any,
) -> About:  # fmt: skip
    person = TruePerson(
        person=name, kind="child", family=family, born=date(2018, 1, 1), community="somali", deprivation_fifth=1,
        times_named=1, silent=None, **traits,
    )  # fmt: skip
    return About(person, 1.0, list(planted), list(episodes), [list(events)] if events else [])


def need(kind: Any, messages: tuple[str, ...], began: int, escalates: int) -> Planted:
    return Planted(
        id="n", story="s", need=kind, child="c", began=START + timedelta(days=began),
        escalates=START + timedelta(days=escalates), messages=messages,
    )  # fmt: skip


NEVER = 6_000  # days after a decision: beyond the world


def ready(at_least: int = 2, tells: Any = "front_door", level: int = 3, review_days: int = NEVER) -> Ready:
    when = Count(within_days=90, at_least=AtLeast(incidents=at_least))
    rule = Rule(id="rule", words="w", source="s", level=level, tells=tells, when=when, review_days=review_days)
    return Ready(rule, VOCABULARY)


def raised(about: About, *rules: Ready) -> list[tuple[int, str]]:
    found = alerts_of(about, rules or (ready(),), DECIDES, at(365))
    return [((one.at - at(0)).days, one.to) for one in found]


# ----------------------------------------------------------------------------------------------------------- alerts


def test_an_alert_is_raised_when_the_signal_that_tips_the_rule_becomes_known() -> None:
    assert raised(child(known(1), known(20), known(200))) == [(20, "front_door")]


def test_evidence_before_the_decision_joins_the_alert_and_something_new_in_kind_after_it_raises_the_next() -> None:
    assert raised(child(known(1), known(20), known(22))) == [(20, "front_door")]
    again = [(20, "front_door"), (40, "front_door")]
    assert raised(child(known(1), known(20), known(22), known(40, "school_a"))) == again
    assert raised(child(known(1), known(20), known(22), known(40))) == again[:1]  # the same again
    assert raised(child(known(1), known(20), known(40), known(41))) == [(20, "front_door"), (41, "front_door")]


def test_a_rule_that_still_stands_comes_back_once_at_its_review() -> None:
    reviewed = ready(review_days=60)
    assert raised(child(known(1), known(20)), reviewed) == [(20, "front_door"), (82, "front_door")]


def test_a_signal_taken_back_counts_no_more() -> None:
    assert raised(child(known(1), Event(at(5), "m1police/0", None), known(20))) == []


def test_a_late_signal_loses_no_alert() -> None:
    late = replace(known(50), counted=replace(signal(10), id="m50police/0", known_at=at(50)))
    assert raised(child(known(1), late)) == [(50, "front_door")]


def test_what_is_corrected_or_withdrawn_stops_counting_when_that_is_said() -> None:
    world = World(600, 1, 4, rates=Rates(corrected=0.3))
    told = tell(world.steps(), world.start, world.end, VOCABULARY, {}, routine=True)
    events = [event for about in told.children.values() for record in about.records for event in record]
    counted = {event.id: event.at for event in events if event.counted is not None}
    gone = {event.id: event.at for event in events if event.counted is None}
    assert gone
    assert [ident for ident, at_ in gone.items() if not counted[ident] < at_] == []
    said = [emitted for emitted in world.messages() if isinstance(emitted.message, ConcernCorrected | ConcernWithdrawn)]
    of = {getattr(e.message, "corrects", None) or getattr(e.message, "withdraws", None) for e in said}
    assert {ident for ident in counted if ident.rpartition("/")[0] in of} == set(gone)


def test_while_a_case_is_open_its_worker_is_told_and_on_the_day_it_closes_the_front_door() -> None:
    case = Episode(child="c", kind="referral", began=START + timedelta(days=10), ended=START + timedelta(days=20))
    plan = replace(case, kind="section_47", began=START, ended=END)
    assert raised(child(known(1), known(19), episodes=[case])) == [(19, "allocated_worker")]
    assert raised(child(known(1), known(20), episodes=[case, plan])) == [(20, "front_door")]


def test_a_rule_that_tells_nobody_alerts_nobody() -> None:
    assert [one.rule.id for one in alerting([ready(), ready(tells="nobody")])] == ["rule"]


def test_two_records_that_a_hub_holds_apart_do_not_add_up() -> None:
    apart = child()
    apart.records = [[known(1)], [known(20)]]
    assert raised(apart) == []


def test_time_alone_raises_an_alert_on_the_day_it_falls_due_and_not_after_the_world() -> None:
    rules = [msgspec.convert(rule, Rule) for rule in load_partnership("demo")["thresholds"]]
    unseen = Ready(
        replace(next(rule for rule in rules if rule.id == "unseen-under-five"), review_days=NEVER), VOCABULARY
    )
    assert raised(child(known(1)), unseen) == [(90, "front_door")]
    assert raised(child(known(300)), unseen) == []


def test_in_the_end_every_child_on_whom_a_rule_stands_was_alerted_and_no_other() -> None:
    world = World(1500, 1, 4)
    told = tell(world.steps(), world.start, world.end, VOCABULARY, {}, routine=True)
    rule = ready()
    end = datetime(2026, 1, 1, tzinfo=UTC)
    standing, alerted = set(), set()
    for about in told.children.values():
        counted: dict[str, Signal] = {}
        for event in about.records[0] if about.records else []:
            counted.pop(event.id, None)
            if event.counted is not None:
                counted[event.id] = event.counted
        if stands(rule, counted.values(), end):
            standing.add(about.person.person)
        if alerts_of(about, (rule,), DECIDES, end):
            alerted.add(about.person.person)
    assert standing
    assert standing <= alerted
    assert len(alerted - standing) <= len(alerted) // 50  # a withdrawal came after the alert


# ---------------------------------------------------------------------------------------------------------- measures


def measuring(children: Sequence[About], alerts: Mapping[str, list[Raised]]) -> Measuring:
    return Measuring(Told(START, END, {about.person.person: about for about in children}), alerts, 1)


def alert(day: int, *evidence: str, level: int = 3, to: Any = "front_door") -> Raised:
    return Raised("c", "rule", level, at(day), to, evidence)


def test_a_need_is_reached_by_an_alert_before_it_escalates_and_by_none_after() -> None:
    planted = need("building", ("m1", "m9"), 0, 100)
    about = child(known(1, ident="m1"), known(99, ident="m9"), planted=[planted])
    before = measuring([about], {"c": [alert(40, "m1/0")]}).group([about]).building
    assert (before.reached.k, before.on_planted_signals.k, before.before_last_report.k) == (1, 1, 1)
    other = measuring([about], {"c": [alert(40, "m5/0")]}).group([about]).building
    assert (other.reached.k, other.on_planted_signals.k) == (1, 0)
    by_the_last = measuring([about], {"c": [alert(99, "m9/0")]}).group([about]).building
    assert (by_the_last.reached.k, by_the_last.before_last_report.k) == (1, 0)
    after = measuring([about], {"c": [alert(100, "m1/0")]}).group([about]).building
    assert (after.reached.k, after.reached.n) == (0, 1)


def test_a_rule_alone_reaches_by_its_own_alerts_before_the_escalation() -> None:
    about = child(known(1), planted=[need("building", (), 0, 100)])

    def reached(*alerts: Raised) -> int:
        [rule] = measuring([about], {"c": list(alerts)}).measures([ready()]).rules
        return rule.building.k

    assert reached(alert(40)) == 1
    assert reached(alert(101)) == 0
    assert reached(replace(alert(40), rule="another")) == 0
    assert reached(alert(-61)) == 0


@pytest.mark.parametrize(("began", "escalates"), [(-1, 100), (300, 365)])
def test_a_need_that_is_not_in_full_view_is_not_counted(began: int, escalates: int) -> None:
    about = child(known(1), planted=[need("building", (), began, escalates)])
    assert measuring([about], {"c": [alert(40)]}).group([about]).building.reached == Share(0, 0, None, None, None)


def test_a_need_without_an_escalation_is_not_counted() -> None:
    about = child(planted=[replace(need("building", (), 0, 9), escalates=None)])
    assert measuring([about], {}).group([about]).building.reached.n == 0


def test_level_4_counts_from_the_day_the_grave_thing_happened() -> None:
    planted = need("harm", ("m1", "m30"), 0, 33)
    about = child(known(1, ident="m1"), known(30, ident="m30"), planted=[planted])
    low = measuring([about], {"c": [alert(20, level=3)]}).group([about]).level_4
    assert (low.reached.k, low.reached.n) == (0, 1)
    late = measuring([about], {"c": [alert(40, level=4)]}).group([about]).level_4
    assert (late.reached.k, late.before_enquiry.k) == (1, 0)
    gone = measuring([about], {"c": [alert(70, level=4)]}).group([about]).level_4
    assert gone.reached.k == 0


def test_load_counts_alerts_by_who_gets_them_and_by_who_they_are_about() -> None:
    planted, other = child(planted=[need("building", (), 0, 9)]), child(name="d", family=2)
    alerts = {"c": [alert(1), alert(2, to="allocated_worker")], "d": [alert(3)]}
    group = measuring([planted, other], alerts).group([planted, other])
    assert (group.all_children.front_door.per_1000, group.all_children.allocated_worker.per_1000) == (1000.0, 500.0)
    assert (group.planted.front_door.n, group.nothing_planted.front_door.n) == (1, 1)
    assert (group.planted.allocated_worker.n, group.nothing_planted.allocated_worker.n) == (1, 0)


def test_every_cut_holds_every_child_once() -> None:
    some = [child(name="c", ethnic_group="black"), child(name="d", ethnic_group="white", disability=True)]
    cuts = measuring(some, {}).measures([ready()]).cuts
    assert set(cuts) == {"ethnic_group", "disability", "deprivation_fifth", "name_community"}
    assert {name: sum(group.children for group in groups.values()) for name, groups in cuts.items()} == dict.fromkeys(
        cuts, 2
    )
    assert set(cuts["disability"]) == {"disabled", "not disabled"}


def test_every_assumption_says_where_it_comes_from() -> None:
    assert all(one.source and one.unit for one in settings().values())
    shared = assumed()
    assert settings()["minutes_level_4_front_door"].value == shared.minutes_for(4, "front_door")
    assert settings()["decides_after"].value == shared.decides_after.value


# ---------------------------------------------------------------------------------------------------------- intervals


@pytest.mark.parametrize(
    ("k", "n", "expected"),
    [
        (0, 10, Share(0, 10, 0.0, 0.0, 27.8)),
        (5, 10, Share(5, 10, 50.0, 23.7, 76.3)),
        (10, 10, Share(10, 10, 100.0, 72.2, 100.0)),
        (0, 0, Share(0, 0, None, None, None)),
    ],
)
def test_a_share_has_wilsons_interval(k: int, n: int, expected: Share) -> None:
    assert wilson(k, n) == expected


def test_a_rate_of_independent_families_has_about_the_interval_of_a_poisson_count() -> None:
    rate = Families(1).rate(per_family(range(400)), 1000.0)
    assert (rate.n, rate.per_1000) == (400, 400.0)
    assert 345 < (rate.low or 0) < 375  # 400 less 39
    assert 425 < (rate.high or 0) < 455


def test_siblings_make_a_rate_less_sure() -> None:
    apart, together = (
        Families(1).rate(per_family(range(400)), 1000.0),
        Families(1).rate(dict.fromkeys(range(100), 4), 1000.0),
    )
    assert (together.high or 0) - (together.low or 0) > 1.5 * ((apart.high or 0) - (apart.low or 0))


def test_none_seen_is_not_none_at_all() -> None:
    assert Families(1).rate({}, 1000.0) == Rate(0, 1000.0, 0.0, 0.0, 3.0)
    assert Families(1).rate({}, 0.0) == Rate(0, 0.0, None, None, None)


def test_a_median_of_too_few_is_not_given() -> None:
    assert Families(1).spread([4.0]) == Spread(1, None, None, None, None, None)
    some = Families(1).spread([1.0, 2.0, 3.0, 4.0, 5.0])
    assert (some.median, some.lower_quartile, some.upper_quartile) == (3.0, 2.0, 4.0)
    assert 1.0 <= (some.low or 0) <= 3.0 <= (some.high or 0) <= 5.0


# -------------------------------------------------------------------------------------------------------------- curve


def test_the_curve_begins_with_the_rule_as_written_and_repeats_no_setting() -> None:
    rule = replace(ready().rule, when=Count(within_days=90, at_least=AtLeast(incidents=3, organisations=2)))
    made = [tuple(setting.values()) for setting, _ in settings_of(rule)]
    assert made[0] == (3, 90, 2)
    assert len(made) == len(set(made)) == 3 * 4 * 3
    assert [changed.id for _, changed in settings_of(rule)] == ["rule"] * len(made)


def test_a_grave_rule_has_nothing_to_vary() -> None:
    rule = replace(ready().rule, when=Grave(of=Those(grave=True)))
    assert [setting for setting, _ in settings_of(rule)] == [{}]


# -------------------------------------------------------------------------------------------------------- by hand


def cli() -> typer.Typer:
    app = typer.Typer()
    command(app)
    app.command("other")(lambda: None)  # two commands, so that the name is part of what one types
    return app


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("world")
    write(World(400, 1, 7), where)
    return where


def said(*options: str) -> dict[str, Any]:
    result = CliRunner().invoke(cli(), ["evaluate", *options, "--json"])
    assert result.exit_code == 0, result.stderr
    found: dict[str, Any] = msgspec.json.decode(result.stdout.splitlines()[-1])
    found.pop("seconds")
    return found


def test_a_written_world_gives_the_same_measures_as_the_world_itself(folder: Path) -> None:
    made = said("--partnership", "demo", "--children", "400", "--years", "1", "--seed", "7", "--scope", "routine")
    read = said("--partnership", "demo", "--world", str(folder), "--seed", "7", "--scope", "routine")
    assert (made.pop("world")["from"], read.pop("world")["from"]) == ("seed", "folder")
    assert made == read
    assert said("--partnership", "demo", "--world", str(folder), "--no-curve")["measures"] != made["measures"]


def test_registers_and_logs_cost_alerts(folder: Path) -> None:
    def alerts(scope: str) -> int:
        everyone = said(
            "--partnership", "blackburn-with-darwen", "--world", str(folder), "--scope", scope, "--no-curve"
        )
        load = everyone["measures"]["everyone"]["all_children"]
        return int(load["front_door"]["n"] + load["allocated_worker"]["n"])

    assert alerts("routine") > alerts("contacts")


@pytest.mark.slow
def test_a_real_hub_without_noise_finds_about_what_the_truth_finds() -> None:
    options = ("--partnership", "demo", "--children", "150", "--years", "0.5", "--no-curve")
    truth, through = said(*options), said(*options, "--through-hub", "--noise", "none")
    linked = through["through_hub"]
    assert (linked["quarantined"], linked["mixed"]) == (0, 0)
    assert linked["children"] <= linked["persons"]
    assert truth["measures"]["everyone"]["child_years"] == through["measures"]["everyone"]["child_years"]


@pytest.mark.parametrize(
    "wrong",
    [
        ["--partnership", "nowhere"],
        ["--partnership", "demo", "--scope", "all"],
        ["--partnership", "demo", "--noise", "x"],
    ],
)
def test_a_wrong_option_is_refused(wrong: list[str]) -> None:
    assert CliRunner().invoke(cli(), ["evaluate", *wrong]).exit_code == 2


def broken(folder: Path, tmp_path: Path, name: str, line: int, text: str) -> Path:
    """The world with one line of one file replaced."""
    for path in [*folder.glob("*.json*"), *folder.glob("truth/*")]:
        there = tmp_path / path.relative_to(folder)
        there.parent.mkdir(exist_ok=True)
        there.write_bytes(path.read_bytes())
    lines = (tmp_path / name).read_text(encoding="utf-8").splitlines()
    lines[line - 1] = text or lines[-1]
    (tmp_path / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return tmp_path


def _read(where: Path) -> Told:
    frame = folder_frame(where)
    return tell(folder_steps(where), frame.start, frame.end, VOCABULARY, {}, routine=True)


@pytest.mark.parametrize(
    ("name", "line", "text", "mend"),
    [
        ("stream.jsonl", 3, "{", r"stream\.jsonl:3: .*mend or remove the line"),
        (
            "stream.jsonl",
            5,
            '{"id": "a", "type": "mash.gossip.v1", "publish_at": "2025-02-01T00:00:00Z"}',
            r"stream\.jsonl:5: ",
        ),
        ("stream.jsonl", 4, "", r"stream\.jsonl:5: published before the line above it"),
        ("truth/planted.jsonl", 2, '{"id": 1}', r"planted\.jsonl:2: "),
        ("world.json", 1, '{"start": "2026-01-01", "end": "2025-01-01"}', "exchange start and end"),
    ],
)
def test_a_bad_world_is_refused_with_file_line_and_mend(
    folder: Path, tmp_path: Path, name: str, line: int, text: str, mend: str
) -> None:
    where = broken(folder, tmp_path, name, line, text)
    with pytest.raises(BadWorld, match=mend):
        _read(where)
    result = CliRunner().invoke(cli(), ["evaluate", "--partnership", "demo", "--world", str(where), "--no-curve"])
    assert result.exit_code == 1


def test_a_folder_without_a_world_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadWorld, match="is missing"):
        folder_frame(tmp_path)


def test_a_world_that_does_not_say_its_time_lasts_from_its_first_to_its_last_message(
    folder: Path, tmp_path: Path
) -> None:
    where = broken(folder, tmp_path, "world.json", 1, "{}")
    (where / "world.json").unlink()
    frame = folder_frame(where)
    assert START <= frame.start <= START + timedelta(days=3)
    assert END - timedelta(days=3) <= frame.end <= END
    assert frame.organisations["police"] == "police"
