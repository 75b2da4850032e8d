"""The published contract: as it was published, the same as the Structs, every leaf classified, every list covered."""

import ast
import json
import re
import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec import Struct, inspect
from typer.testing import CliRunner

import schemas
from hub.adapters.avro_gate import Problem, between, entry_of, every_schema, leaves, problems
from hub.domain.identifiers import nhs_number, upn
from hub.domain.message import KINDS, ConcernRaised
from hub.domain.message_rules import check
from hub.domain.vocabulary import Vocabulary
from schemas.build import STRUCTS, drafts, write

ROOT = Path(schemas.__file__).parent
REPOSITORY = ROOT.parent
WORDS = Vocabulary.of(schemas.load_vocabulary())
EVENTS = tuple(kind.removeprefix("mash.").removesuffix(".v1") for kind in KINDS)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the published schemas to spoil."""
    for event in schemas.events():
        shutil.copytree(ROOT / event, tmp_path / event)
    shutil.copy(ROOT / "fingerprints.toml", tmp_path)
    return tmp_path


def plant(tree: Path, change: Callable[[dict[str, Any]], None], event: str = "concern-withdrawn") -> None:
    """The next version of an event, changed and put on the list: only the comparison can find fault with it."""
    newest = schemas.events(tree)[event][-1]
    schema = schemas.schema(event, newest, tree)
    change(schema)
    (tree / event / f"v{newest + 1}.avsc").write_text(json.dumps(schema), encoding="utf-8")
    with (tree / "fingerprints.toml").open("a", encoding="utf-8") as file:
        file.write("\n" + entry_of(event, newest + 1, schema))


def field(schema: dict[str, Any], name: str) -> dict[str, Any]:
    """One field of a schema's top level."""
    found: dict[str, Any] = next(entry for entry in schema["fields"] if entry["name"] == name)
    return found


def rules(found: list[Problem]) -> set[tuple[str, int, str]]:
    """What was found, without the words."""
    return {(problem.event, problem.version, problem.rule) for problem in found}


LEAF = {"mash:cat": "code", "mash:tier": 1, "mash:subject": "none"}
OPTIONAL = {"name": "later", "type": ["null", "string"], "default": None, **LEAF}
V2 = ("concern-withdrawn", 2)


# ------------------------------------------------------------------------------------------------ the gate bites


def test_a_new_field_without_a_default_is_refused(tree: Path) -> None:
    plant(tree, lambda schema: schema["fields"].append({"name": "later", "type": "string", **LEAF}))
    assert rules(problems(tree)) == {(*V2, "incompatible")}


def test_a_field_taken_away_that_the_old_one_needs_is_refused(tree: Path) -> None:
    plant(tree, lambda schema: schema["fields"].remove(field(schema, "withdraws")))
    assert rules(problems(tree)) == {(*V2, "incompatible")}


def test_a_field_of_another_type_is_refused(tree: Path) -> None:
    plant(tree, lambda schema: field(schema, "source_sequence").update(type="string"))
    assert rules(problems(tree)) == {(*V2, "incompatible")}


def test_every_pair_of_versions_is_compared_and_not_neighbours_alone(tree: Path) -> None:
    # v2 adds an optional field; v3 adds it with another type: v3 reads v1, v1 reads v3, but v2 and v3 do not.
    plant(tree, lambda schema: schema["fields"].append(OPTIONAL))
    third = schemas.schema("concern-withdrawn", 1, tree)
    third["fields"].append({**OPTIONAL, "type": ["null", "long"]})
    (tree / "concern-withdrawn" / "v3.avsc").write_text(json.dumps(third), encoding="utf-8")
    with (tree / "fingerprints.toml").open("a", encoding="utf-8") as file:
        file.write("\n" + entry_of("concern-withdrawn", 3, third))
    found = problems(tree)
    assert rules(found) == {("concern-withdrawn", 3, "incompatible")}
    assert all("against v2" in problem.words for problem in found)


def test_a_changed_logical_type_is_refused_though_avro_calls_it_compatible(tree: Path) -> None:
    millis = {"type": "long", "logicalType": "timestamp-millis"}

    def change(schema: dict[str, Any]) -> None:
        field(schema, "recorded_at")["type"] = millis
        schema["fields"].append(OPTIONAL)

    plant(tree, change)
    found = problems(tree)
    assert rules(found) == {(*V2, "logical_type")}
    assert "recorded_at" in found[0].words


def test_a_changed_scale_is_refused_though_avro_calls_it_compatible() -> None:
    def money(scale: int) -> dict[str, Any]:
        kind = {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": scale}
        return {"type": "record", "name": "R", "fields": [{"name": "rent", "type": kind, **LEAF}]}

    assert [rule for rule, _ in between(money(2), money(3))] == ["logical_type"]
    assert between(money(2), money(2)) == []


def test_two_versions_that_a_reader_cannot_tell_apart_are_refused(tree: Path) -> None:
    plant(tree, lambda schema: schema.update(doc="Reworded."))
    assert rules(problems(tree)) == {(*V2, "same_fingerprint")}


@pytest.mark.parametrize("name", ["mash:cat", "mash:tier", "mash:subject"])
def test_a_leaf_without_its_class_is_refused(tree: Path, name: str) -> None:
    plant(tree, lambda schema: schema["fields"].append({key: OPTIONAL[key] for key in OPTIONAL if key != name}))
    assert (*V2, "unclassified") in rules(problems(tree))


def test_a_class_that_there_is_none_of_is_refused(tree: Path) -> None:
    plant(tree, lambda schema: schema["fields"].append({**OPTIONAL, "mash:cat": "secret"}))
    assert rules(problems(tree)) == {(*V2, "unclassified")}


def test_a_leaf_deep_in_a_list_of_records_needs_its_class_too(tree: Path) -> None:
    def strip(kind: Any) -> None:
        for part in kind.values() if isinstance(kind, dict) else kind if isinstance(kind, list) else ():
            strip(part)
        if isinstance(kind, dict) and kind.get("name") == "surname":
            kind.pop("mash:cat")

    def change(schema: dict[str, Any]) -> None:
        strip(schema)
        schema["fields"].append(OPTIONAL)

    plant(tree, change, "concern-raised")
    found = [problem.words for problem in problems(tree) if problem.rule == "unclassified"]
    assert [words.split()[0] for words in found] == [
        "subjects[].person.names[].surname",
        "adults[].person.names[].surname",
    ]


def test_a_class_that_changes_or_a_tier_that_falls_names_its_decision(tree: Path) -> None:
    def lower(schema: dict[str, Any]) -> None:
        schema["fields"].append(OPTIONAL)
        field(schema, "reason").update({"mash:cat": "code", "mash:tier": 2})

    plant(tree, lower)
    assert rules(problems(tree)) == {(*V2, "reclassified"), (*V2, "tier_fell")}
    older, newer = schemas.schema("concern-withdrawn", 1, tree), schemas.schema("concern-withdrawn", 2, tree)
    field(newer, "reason")["mash:reclassified"] = "decision 0099"
    assert between(older, newer) == []


@pytest.mark.parametrize("kind", ["null", "int", "float", "bytes", {"type": "map", "values": "string"}])
def test_a_list_of_something_without_size_or_bounds_is_refused(tree: Path, kind: Any) -> None:
    items = {"name": "later", "type": {"type": "array", "items": kind}, "default": [], **LEAF}
    plant(tree, lambda schema: schema["fields"].append(items))
    assert rules(problems(tree)) == {(*V2, "unsafe_type")}


def test_a_list_of_records_without_fields_is_refused(tree: Path) -> None:
    empty = {"type": "record", "name": "Nothing", "fields": []}
    items = {"name": "later", "type": {"type": "array", "items": empty}, "default": [], **LEAF}
    plant(tree, lambda schema: schema["fields"].append(items))
    assert rules(problems(tree)) == {(*V2, "unsafe_type")}


def test_an_edited_published_schema_is_refused_even_if_only_a_class_changed(tree: Path) -> None:
    path = tree / "strength-observed" / "v1.avsc"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"mash:cat": "voice"', '"mash:cat": "code"'), encoding="utf-8")
    assert rules(problems(tree)) == {("strength-observed", 1, "edited")}


def test_a_published_file_that_is_gone_is_missed(tree: Path) -> None:
    shutil.rmtree(tree / "finding")
    assert rules(problems(tree)) == {("finding", 1, "gone")}


def test_an_event_without_owner_or_purpose_is_refused(tree: Path) -> None:
    def change(schema: dict[str, Any]) -> None:
        schema["fields"].append(OPTIONAL)
        schema.pop("mash:owner")

    plant(tree, change)
    assert rules(problems(tree)) == {(*V2, "unowned")}


def test_an_optional_field_with_its_class_may_be_added(tree: Path) -> None:
    plant(tree, lambda schema: schema["fields"].append(OPTIONAL))
    assert problems(tree) == []


def test_a_word_may_be_added_to_a_list_that_has_a_word_for_the_rest(tree: Path) -> None:
    def change(schema: dict[str, Any]) -> None:
        field(schema, "reason_code")["type"]["symbols"].append("moved_away")

    plant(tree, change)
    assert problems(tree) == []


# ---------------------------------------------------------------------------------------------- what is published


def test_everything_published_is_as_it_was_published_classified_and_compatible() -> None:
    assert problems(ROOT) == []


def test_every_event_of_the_contract_has_a_schema_and_no_other() -> None:
    assert set(schemas.events()) == set(STRUCTS)
    assert set(EVENTS) < set(STRUCTS)


def test_the_newest_schemas_are_what_the_contract_and_the_classes_say_now() -> None:
    newest = {event: schemas.schema_text(event, versions[-1]) for event, versions in schemas.events().items()}
    assert newest == drafts()


def test_the_writer_never_touches_a_published_file(tree: Path) -> None:
    path = tree / "finding" / "v1.avsc"
    path.write_text(path.read_text(encoding="utf-8").replace("Because", "because") + "\n", encoding="utf-8")
    before = path.read_text(encoding="utf-8")
    assert write(tree) == [tree / "finding" / "v2.avsc"]
    assert path.read_text(encoding="utf-8") == before


@pytest.mark.parametrize("event", sorted(STRUCTS))
def test_schema_and_struct_have_the_same_values_in_the_same_places(event: str) -> None:
    schema = schemas.schema(event, schemas.events()[event][-1])
    assert [leaf.path for leaf in leaves(schema)] == list(_paths(STRUCTS[event]))


@pytest.mark.parametrize("event", EVENTS)
def test_every_event_has_two_examples_that_keep_every_rule_and_name_only_test_identifiers(event: str) -> None:
    found = schemas.examples(event)
    assert {"minimal", "full"} <= set(found)
    for said in found.values():
        text = json.dumps(said)
        check(msgspec.json.decode(text, type=KINDS[f"mash.{event}.v1"]), WORDS, datetime(2026, 3, 4, tzinfo=UTC))
        for number in re.findall(r'nhs_number": "(.*?)"', text):
            assert nhs_number(number).startswith("999")
        for number in re.findall(r'"upn": "(.*?)"', text):
            assert upn(number)[1:4] == "999"


def test_one_example_names_no_child_and_one_is_of_an_unborn_child() -> None:
    found = {
        name: msgspec.json.decode(json.dumps(said), type=ConcernRaised)
        for name, said in schemas.examples("concern-raised").items()
    }
    assert [name for name, said in found.items() if not said.subjects] == ["no-child-named"]
    unborn = [subject.person for said in found.values() for subject in said.subjects if subject.unborn]
    assert [(person.expected_date, bool(person.mother_nhs_number)) for person in unborn] == [(date(2026, 7, 15), True)]


def test_an_adults_identity_is_a_third_partys_and_a_childs_is_not() -> None:
    classes = {leaf.path: leaf.field for leaf in leaves(schemas.schema("concern-raised", 1))}
    child, adult = classes["subjects[].person.nhs_number"], classes["adults[].person.nhs_number"]
    assert (child["mash:cat"], child["mash:subject"], "mash:third_party" in child) == ("identity", "subjects[]", False)
    assert (adult["mash:cat"], adult["mash:subject"], adult["mash:third_party"]) == ("third_party", "adults[]", True)
    mother = classes["subjects[].person.mother_nhs_number"]
    assert (mother["mash:cat"], mother["mash:third_party"], "mash:index" in mother) == ("third_party", True, False)


def test_the_hubs_own_topics_carry_codes_alone() -> None:
    own = set(schemas.events()) - set(EVENTS)
    words = [
        (event, leaf.path)
        for event in sorted(own)
        for leaf in leaves(schemas.schema(event, 1))
        if leaf.field["mash:cat"] != "code"
    ]
    assert words == [("request-made", "letter")]  # closed to its receiver when a person let it out: a sealed envelope


def test_topics_name_only_events_that_there_are_and_each_event_has_a_topic() -> None:
    topics = schemas.load_topics()
    needed = {"owner", "doc", "events", "partitions", "key", "retention_days", "write", "read"}
    assert {name for name, topic in topics.items() if set(topic) != needed} == set()
    assert sorted(event for topic in topics.values() for event in topic["events"]) == sorted(schemas.events())


def test_the_topics_are_cut_as_the_hub_makes_them() -> None:
    from hub.parts import HUB_TOPICS

    fixed = {name: topic["partitions"] for name, topic in schemas.load_topics().items() if "<" not in name}
    assert fixed == HUB_TOPICS


def test_the_description_for_programmers_lists_every_event_and_the_headers_that_the_hub_asks_for() -> None:
    text = (ROOT / "asyncapi.yaml").read_text(encoding="utf-8")
    newest = [(event, str(schemas.events()[event][-1])) for event in EVENTS]
    assert re.findall(r"^ +\$ref: \./(.+)/v(\d+)\.avsc$", text, re.MULTILINE) == newest
    assert re.findall(r"^ +- (mash\..+)$", text, re.MULTILINE) == list(KINDS)
    required = text.partition("required:\n")[2].partition("      properties:")[0]
    assert {line.strip().removeprefix("- ") for line in required.strip().splitlines()} == {
        "ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time", "ce_dataschema", "ce_keyid", "content-type",
    }  # fmt: skip


def test_every_reason_that_the_code_gives_is_explained_in_the_quarantine_page() -> None:
    page = (REPOSITORY / "docs" / "quarantine.md").read_text(encoding="utf-8")
    explained = set(re.findall(r"^\| `([a-z_]+)` \|", page, re.MULTILINE))
    given = {reason for path in (REPOSITORY / "hub").rglob("*.py") for reason in _reasons(path)}
    assert given - explained == set()


# --------------------------------------------------------------------------------------------------- vocabulary


def test_the_vocabulary_knows_the_twenty_need_domains() -> None:
    groups = [domain.partition(".")[0] for domain in WORDS.domains]
    assert {group: groups.count(group) for group in groups} == {"development": 7, "environment": 7, "parenting": 6}
    assert {indicator.domain for indicator in WORDS.indicators.values()} == set(WORDS.domains)


def test_the_published_lists_have_the_lines_that_they_were_published_with() -> None:
    assert {name: len(lines) for name, lines in WORDS.lists.items()} == {
        "blackburn": 13, "troubled_families": 6, "working_together": 20, "cin": 41, "neglect": 8, "cases": 70,
    }  # fmt: skip
    factors = (
        "1A 1B 1C 2A 2B 2C 3A 3B 3C 4A 4B 4C 5A 5B 5C 6A 6B 6C 7A 8B 8C 8D 8E 8F 9A 10A 11A 12A 13A 14A 15A 16A 17A "
        "18B 18C 19B 19C 20 22A 23A 24A"
    )
    assert set(WORDS.lists["cin"]) == set(factors.split())


def test_every_line_of_every_published_list_has_an_indicator() -> None:
    lines = [f"{name}:{line}" for name, lines in WORDS.lists.items() for line in lines]
    assert [line for line in lines if not WORDS.in_group(line)] == []


def test_what_warrants_the_highest_proposal_by_itself_is_said_in_one_place() -> None:
    assert WORDS.grave(sorted(WORDS.indicators)) == (
        "bruise_non_mobile_infant", "fgm_disclosed", "fracture_non_mobile_infant", "fracture_unexplained",
        "head_injury_unexplained", "injured_fleeing", "injury_inflicted_suspected", "injury_unexplained_delayed",
        "physical_abuse_disclosed", "serious_incident", "sexual_abuse_disclosed", "strangulation_of_adult",
        "strangulation_of_child", "threat_to_kill_child", "thrown_or_shaken",
    )  # fmt: skip


def test_refusing_help_and_a_label_are_never_grave_and_no_strength_is() -> None:
    assert WORDS.grave(["help_refused", "disengaged", "appointments_rearranged"]) == ()
    assert [code for code, entry in WORDS.indicators.items() if entry.grave and entry.strength] == []
    assert "malicious" not in " ".join(WORDS.indicators)


def test_two_codes_of_one_need_domain_are_one_need_and_unknown_codes_are_named() -> None:
    assert WORDS.domains_of(["hunger", "food_seeking", "poverty", "nonsense"]) == (
        "environment.income",
        "parenting.basic_care",
    )
    assert WORDS.check(["hunger", "nonsense", "poverty", "other"]) == ["nonsense", "other"]


def test_an_unborn_child_may_be_subject_to_what_is_said_of_the_parents() -> None:
    unborn = {code for code, entry in WORDS.indicators.items() if entry.unborn}
    assert {
        "domestic_abuse_in_pregnancy",
        "teenage_parent",
        "alcohol_misuse_parent",
        "unsafe_home_conditions",
    } <= unborn
    assert not unborn & {"hunger", "attendance_low", "fracture_unexplained", "self_harm"}


def test_every_source_of_the_census_has_a_sector() -> None:
    assert list(WORDS.referrers) == sorted(
        [
            "1A",
            "1B",
            "1C",
            "1D",
            "2A",
            "2B",
            "3A",
            "3B",
            "3C",
            "3D",
            "3E",
            "3F",
            "4",
            "5A",
            "5B",
            "5C",
            "5D",
            "6",
            "7",
            "8",
            "9",
            "10",
        ]
    )
    assert [WORDS.sector_of(code) for code in ("2A", "6", "3E", "1A", "9", "11")] == [
        "education", "police", "health", "public", "public", "",
    ]  # fmt: skip


def test_an_indicator_of_a_domain_or_line_that_there_is_none_of_fails_the_edition() -> None:
    for change in ({"domain": "parenting.luck"}, {"groups": ["cin:99"]}, {"groups": ["nowhere:1"]}):
        canonical = schemas.load_vocabulary()
        canonical["indicators"]["hunger"] |= change
        with pytest.raises(ValueError, match="indicator hunger"):
            Vocabulary.of(canonical)


def test_the_vocabulary_of_an_edition_is_the_same_text_each_time() -> None:
    first, second = (json.dumps(schemas.load_vocabulary()) for _ in range(2))
    assert first == second == json.dumps(json.loads(first), sort_keys=True)


# ----------------------------------------------------------------------------------------------------- the command


def run(*arguments: str) -> tuple[int, str]:
    """Exit code and stdout of `mash schemas …`."""
    from hub.cli.schemas import app

    result = CliRunner().invoke(app, list(arguments))
    return result.exit_code, result.stdout


def test_the_command_says_fine_wrong_or_used_wrongly_by_its_exit_code(tree: Path) -> None:
    assert run("check", "--json") == (0, '{"ok": true, "problems": []}\n')
    plant(tree, lambda schema: field(schema, "recorded_at").update(type="long"))
    code, out = run("check", "--folder", str(tree), "--json")
    answer = json.loads(out)
    assert (code, answer["ok"], {problem["rule"] for problem in answer["problems"]}) == (
        1,
        False,
        {"logical_type", "same_fingerprint"},
    )
    assert run("check", "--folder", str(tree / "nowhere"))[0] == 2


def test_the_command_lists_what_a_foreign_client_needs_to_send() -> None:
    code, out = run("list", "--json")
    rows = {(row["event"], row["version"]): row["dataschema"] for row in json.loads(out)["schemas"]}
    published = {(entry["event"], entry["version"]): entry["dataschema"] for entry in schemas.load_published()}
    assert (code, rows) == (0, published)


def test_the_command_shows_one_event_with_its_classes() -> None:
    code, out = run("show", "concern-withdrawn")
    assert code == 0
    assert "narrative" in out
    assert run("show", "no-such-event")[0] == 1


def test_the_command_publishes_what_is_new_and_nothing_that_is_wrong(tree: Path) -> None:
    schema = schemas.schema("finding", 1, tree)
    schema["fields"].append(OPTIONAL)
    (tree / "finding" / "v2.avsc").write_text(json.dumps(schema), encoding="utf-8")
    assert rules(problems(tree)) == {("finding", 2, "unpublished")}
    assert run("publish", "--folder", str(tree), "--json") == (
        0,
        '{"published": [{"event": "finding", "version": 2}]}\n',
    )
    assert problems(tree) == []
    newer = [event for event, version, _ in every_schema(tree) if version > schemas.events()[event][-1]]
    assert newer == ["finding"]


# ------------------------------------------------------------------------------------------------------- helpers


def _paths(struct: type[Struct], at: str = "") -> Any:
    """Every value of a Struct by its path, as msgspec itself describes the type."""
    info = inspect.type_info(struct)
    assert isinstance(info, inspect.StructType)
    for entry in info.fields:
        yield from _under(entry.type, f"{at}.{entry.name}".lstrip("."))


def _under(kind: Any, path: str) -> Any:
    match kind:
        case inspect.UnionType(types=arms):
            first = next(arm for arm in arms if not isinstance(arm, inspect.NoneType))
            yield from _under(first, path)
        case inspect.VarTupleType(item_type=item):
            yield from _under(item, f"{path}[]")
        case inspect.TupleType():  # (code, value) of a signal
            yield from (f"{path}.code", f"{path}.value")
        case inspect.StructType(cls=struct):
            yield from _paths(struct, path)
        case _:
            yield path


def _reasons(path: Path) -> set[str]:
    """The reason of every BadMessage that a file makes with a reason written out."""
    calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    return {
        call.args[0].value
        for call in calls
        if isinstance(call.func, ast.Name) and call.func.id == "BadMessage" and call.args
        and isinstance(call.args[0], ast.Constant) and isinstance(call.args[0].value, str)
    }  # fmt: skip
