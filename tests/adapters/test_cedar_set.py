"""Reading a set: what may not be loaded, what a digest covers, and editions that are older than the code."""

import json
import re
from collections import Counter
from datetime import date

import cedarpy
import pytest

from hub.adapters.cedar import CedarRulings, slice_of
from hub.adapters.cedar_set import InvalidPolicies, PolicySets, fit_of, read_set
from hub.domain.sharing import facts_of
from policies.sharing import cases, sharing_set
from policies.sharing.scenarios import scenario
from policies.sharing.space import questions

SET = sharing_set(date(2026, 11, 22), commenced=date.min)


def never(said: str) -> None:
    raise AssertionError(said)


@pytest.mark.parametrize(
    ("policies", "schema", "why"),
    [
        (SET.policies, SET.schema.replace("in_sample: Bool,", "in_sample: Bool, mood: Bool,"), "asks for Subject.mood"),
        (SET.policies, "namespace Mash {", "the schema does not parse"),
        (SET.policies.replace('@id("R04")', '@id("reading")', 1), SET.schema, "one to three capital letters and a number"),
        (SET.policies.replace('@law("DSPT") ', '@law(" ") ', 1), SET.schema, "add @law"),
        (
            '@id("R04") @title("t") @law("l") @owner("o") permit (principal == ?principal, action, resource);', SET.schema,
            "templates are not used here",
        ),
    ],
)  # fmt: skip
def test_a_set_that_could_not_be_judged_by_or_signed_is_refused(policies: str, schema: str, why: str) -> None:
    with pytest.raises(InvalidPolicies, match=re.escape(why)):
        read_set(policies, schema)


def digest(text: str, policy: str) -> str:
    register, _ = read_set(text, SET.schema)
    return next(one.digest for one in register if one.id == policy)


def test_a_digest_covers_what_a_policy_means_and_not_how_it_is_laid_out() -> None:
    before = digest(SET.policies, "H02")
    for old, new, same in (
        ('@id("H02")', '// a remark\n\n@id("H02")', True),
        ("  resource.subject.in_team && resource.released", "resource.subject.in_team\n &&   resource.released", True),
        ("Common law duty of confidence; Working Together 2023, early help", "Working Together 2023", False),
        ("in_team && resource.released && resource.tier <= 2", "in_team && resource.tier <= 2", False),
        ("The lead professional and the team around the family read what", "The team reads what", False),
    ):  # fmt: skip
        assert old in SET.policies
        after = digest(SET.policies.replace(old, new, 1), "H02")
        assert (after == before) == same, new


def older(schema: str) -> str:
    """The schema of an edition from before some facts, a nested one among them, and a role were known."""
    for gone in ("outside_protocol: Bool,", "in_doubt: Bool,", "provisional: Bool,"):
        assert gone in schema
        schema = schema.replace(gone, "", 1)
    return schema.replace('"external_answerer", ', "", 1)


def test_an_edition_from_before_a_fact_or_role_was_known_goes_on_being_judged_by() -> None:
    """Else the first start of newer code beside an older edition would close every page."""
    pieces = re.split(r"(?=^@id\()", SET.policies, flags=re.MULTILINE)
    policies = "".join(piece for piece in pieces if not re.match(r'@id\("(N12|N18|I02|I04|I05|N06|Q03)"\)', piece))
    then = CedarRulings(policies, older(SET.schema), alarm=never)
    now = CedarRulings(policies, SET.schema, alarm=never)

    assert not fit_of(older(SET.schema)).whole
    assert fit_of(SET.schema).whole
    for row in cases():
        case = scenario(row)
        if "external_answerer" not in case.ask.who.roles:
            assert then.decide(case.ask, [case.resource]) == now.decide(case.ask, [case.resource])


def test_the_set_without_what_speaks_of_other_actions_answers_as_the_whole_and_by_the_same_policies() -> None:
    whole, by_action = cedarpy.PolicySet.from_str(SET.policies), PolicySets(SET.policies)
    schema, context = (
        cedarpy.Schema.from_str(SET.schema),
        json.dumps({"ask": {"__entity": {"type": "Mash::Ask", "id": "ask"}}}),
    )
    asked: Counter[tuple[str, bool]] = Counter()
    for ask, resource in questions(17, 1500):
        facts = facts_of(ask, resource, duty_in_force=True)
        if not facts:
            continue
        entities, put = slice_of(ask.who, facts)
        handle = cedarpy.Entities.from_json_str(json.dumps(entities), schema)
        kind = "User" if ask.who.kind == "person" else "Service"
        for action in (ask.action, "know") if kind == "User" else (ask.action,):
            requests = [
                {
                    "principal": {"type": f"Mash::{kind}", "id": ask.who.id}, "context": context,
                    "action": {"type": "Mash::Action", "id": action}, "resource": {"type": "Mash::Item", "id": one.resource},
                }
                for one in put
            ]  # fmt: skip
            all_, few = (
                [
                    (one.decision, sorted(one.diagnostics.id_annotations_by_reason.values()), one.diagnostics.errors)
                    for one in cedarpy.is_authorized_batch(requests, policies, handle, schema)
                ]
                for policies in (whole, by_action.of(action))
            )
            assert few == all_
            asked.update((action, str(one[0]).endswith("Allow")) for one in all_)
    met = {action for action, _ in asked}
    assert met == {"read", "export", "know", "count", "tell", "open_room"}, asked
    assert {action for action, allowed in asked if allowed} == met, asked
