"""A row of the scenario table as a question: who asks for what and why, with what is on record. Nothing here decides.

A row says only what matters to it; the rest is the ordinary case below. An unknown word in a row is an error, because a
mistyped fact would silently test something else.
"""

from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from typing import Any, get_args

from msgspec import Struct

from hub.domain.consent import ConsentRecorded, Stated
from hub.domain.sharing import (
    PURPOSES,
    TIERS,
    Action,
    Ask,
    Asker,
    BreakGlass,
    Duty,
    EnquiryRoom,
    Ground,
    Invokes,
    Kind,
    Organisation,
    Override,
    Purpose,
    Recipient,
    Resource,
    Sample,
    Stage,
    Subject,
    service,
)
from hub.domain.staff import ROLES
from policies.sharing import BadSet

AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SECTORS = {
    "police": "police", "health": "health", "school": "education", "social_care": "social_care",
    "family_hub": "early_help", "partnership": "council", "football_club": "sport",
}  # fmt: skip
ASKER = {
    "roles": [], "organisation": "social_care", "setting": "", "party": True, "active": True,
    "trained": True, "mfa": True, "family": False, "action": "read", "purpose": "child_protection", "invokes": "none",
    "out_of_hours": False, "recipient": "", "recipient_family": False,
}  # fmt: skip
ITEM = {
    "category": "narrative", "owner": "health", "owner_party": True, "setting": "", "tier": 0, "kind": "concern",
    "third_party": False, "source_protected": False, "sexual_health": False, "protocol_excludes": False,
    "outside_protocol": "",
    "notifiable": False, "room": "sealed", "released": False,
    "only_in": "",
}  # fmt: skip
PERSON = {
    "consent": [], "grounds": [], "strategy_discussion": False, "stage": "none", "why_not_told": "",
    "restricted": False, "named_reader": False, "allocated": False, "has_allocated_worker": False, "in_team": False,
    "in_doubt": False, "must_act": False, "contact_arrived": False, "held_back": [],
    "sample": "", "override": "",
    "break_glass": "", "duty": "",
}  # fmt: skip
ENQUIRY = {"ground": "perceived_harm", "asker_on": True, "open": True}
ROW = {
    "id", "rows", "who", "what", "why", "expect", "by", "shown", "duty", "then", "file", "asker", "item", "child",
    "adult", "enquiry",
}  # fmt: skip
THEN = {"duty": "off", "expect": "", "by": [], "shown": "reason"}
IN_WORDS = ("id", "who", "what", "why")
# What may stand behind a word, where that is a closed list.
ONE_OF: dict[str, frozenset[str]] = {
    "expect": frozenset({"allow", "deny"}), "duty": frozenset({"off", "on", "both"}), "action": frozenset(get_args(Action)),
    "purpose": PURPOSES, "invokes": frozenset(get_args(Invokes)), "category": frozenset(TIERS),
    "kind": frozenset(get_args(Kind)),
    "held_back": frozenset(SECTORS),
    "organisation": frozenset(SECTORS), "owner": frozenset(SECTORS),
    "room": frozenset({"sealed", "open"}),
    "stage": frozenset(get_args(Stage)), "ground": frozenset(get_args(Ground)),
    "shown": frozenset({"reason", "count", "nothing"}),
    "only_in": frozenset({"", "this enquiry", "another enquiry"}),
    "recipient": frozenset({"", "allocated_worker", "setting"}), "duty_judged": frozenset({"", "relevant", "detrimental"}),
    "sample": frozenset({"", "listed", "ended", "another's"}), "roles": frozenset(ROLES),
    "grounds": frozenset(get_args(Ground)),
    "override": frozenset({
        "", "approved by a manager", "approved by the asker", "approved by a navigator", "without a reason", "lapsed",
        "nobody has approved yet", "approved for what the police wrote", "approved for the child's own words",
    }),
    "break_glass": frozenset({"", "five minutes ago", "forty minutes ago", "not acknowledged", "without a reason"}),
}  # fmt: skip


class BadCase(BadSet, ValueError):
    """A row of the scenario table that does not read: which file, which case, which word, and what may stand there."""


class Answer(Struct, frozen=True):
    """What a row expects of one edition: with section 16LA in force or not, allowed or not, by which policies."""

    duty: bool
    allowed: bool
    by: tuple[str, ...]
    shown_as: str | None


class Scenario(Struct, frozen=True):
    """One row as a question, and what its author expects."""

    id: str
    ask: Ask
    resource: Resource
    allowed: bool
    by: tuple[str, ...]
    shown_as: str | None  # None where the row does not say
    duty: tuple[bool, ...]  # the row holds without s16LA in force, with it, or both
    then: Answer | None = None  # the same question was asked under an earlier edition, and got this answer


def scenario(row: dict[str, Any]) -> Scenario:
    """The question of a row. Raises BadCase (a ValueError) naming file, case and word, and what may stand there."""
    _check(row, ROW, row)
    for name in ("expect", "by", *IN_WORDS):
        if name not in row or (name in IN_WORDS and not (isinstance(row[name], str) and row[name].strip())):
            raise BadCase(f"{_place(row)}: give {name!r}: a row says who asks for what, why, and what is expected")
    told = _filled(row, "asker", ASKER)
    item = _filled(row, "item", ITEM)
    ask = _ask(told, item, named=row.get("enquiry") is not None)
    subjects = [_subject("child-1", _filled(row, "child", PERSON), ask, child=True)]
    if "adult" in row:
        subjects.append(_subject("adult-1", _filled(row, "adult", PERSON), ask, child=False))
    duty = {"off": (False,), "on": (True,), "both": (False, True)}[row.get("duty", "both")]
    return Scenario(
        row["id"], ask, _resource(item, tuple(subjects), _enquiry(row, ask), told), row["expect"] == "allow",
        tuple(row["by"]), row.get("shown"), duty, _then(row),
    )  # fmt: skip


def _then(row: dict[str, Any]) -> Answer | None:
    if "then" not in row:
        return None
    told = _filled(row, "then", THEN)
    if not told["expect"]:
        raise BadCase(f"{_place(row)}: 'then' needs 'expect': what that edition answered")
    return Answer(told["duty"] == "on", told["expect"] == "allow", tuple(told["by"]), told["shown"])


def _place(row: dict[str, Any]) -> str:
    return f"cases/{row.get('file', '?')}, case {row.get('id', '?')}"


def _check(given: dict[str, Any], known: Any, row: dict[str, Any]) -> None:
    unknown = sorted(set(given) - set(known))
    if unknown:
        near = get_close_matches(unknown[0], sorted(known), 1)
        meant = f": did you mean {near[0]!r}?" if near else f": it may be one of {', '.join(sorted(known))}"
        raise BadCase(f"{_place(row)}: unknown word {unknown[0]!r}{meant}")
    for name, value in given.items():
        allowed = ONE_OF.get("duty_judged" if name == "duty" and known is PERSON else name)
        listed = value if isinstance(value, list) else [value]
        wrong = [one for one in listed if allowed is not None and one not in allowed]
        if wrong:
            raise BadCase(
                f"{_place(row)}: {name} = {wrong[0]!r} is none of {', '.join(repr(one) for one in sorted(allowed or ()))}"
            )
        ordinary = known.get(name) if isinstance(known, dict) else None
        if ordinary is not None and type(value) is not type(ordinary):
            raise BadCase(f"{_place(row)}: {name} takes {_A_KIND[type(ordinary)]}, not {value!r}")


_A_KIND: dict[type, str] = {bool: "true or false", int: "a number", str: "a word in quotes", list: "a list in [ ]"}


def _filled(row: dict[str, Any], part: str, ordinary: dict[str, Any]) -> dict[str, Any]:
    given = row.get(part, {})
    if not isinstance(given, dict):
        raise BadCase(f"{_place(row)}: {part} takes a table, such as {part} = {{ … }}")
    _check(given, ordinary, row)
    return {**ordinary, **given}


def _organisation(name: str, *, party: bool = True) -> Organisation:
    return Organisation(name, SECTORS[name], party, listed_body=name not in {"football_club", "family_hub"})


def _ask(told: dict[str, Any], item: dict[str, Any], *, named: bool) -> Ask:
    if told["action"] in {"count", "tell", "open_room"}:
        kin = frozenset({"child-1"} if told["recipient_family"] else ())
        recipient = (
            Recipient(kind=told["recipient"], id="who", child="child-1", related=kin) if told["recipient"] else None
        )
        purpose: Purpose = "notice" if told["action"] == "tell" else "pool"
        return Ask(
            id="ask", who=service("intake"), action=told["action"], purpose=purpose, reason="case", at=AT,
            recipient=recipient,
        )  # fmt: skip
    own = told["organisation"] == item["owner"]
    party = told["party"] and (item["owner_party"] or not own)
    who = Asker(
        id="staff-1", organisation=_organisation(told["organisation"], party=party), setting=told["setting"],
        roles=tuple(told["roles"]), active=told["active"], ig_trained=told["trained"], mfa=told["mfa"],
        related=frozenset({"child-1"} if told["family"] else ()),
    )  # fmt: skip
    return Ask(
        id="ask", who=who, action=told["action"], purpose=told["purpose"], reason="case", at=AT,
        enquiry="enquiry-1" if named else "", invokes=told["invokes"], out_of_hours=told["out_of_hours"],
    )  # fmt: skip


def _subject(person: str, told: dict[str, Any], ask: Ask, *, child: bool) -> Subject:
    mine = {name: frozenset({ask.who.id} if told[name] else ()) for name in ("named_reader", "allocated", "in_team")}
    somebody = frozenset({"staff-9"} if told["has_allocated_worker"] else ())
    hour = timedelta(hours=1)
    return Subject(
        person=person, child=child, grounds=frozenset(told["grounds"]), strategy_discussion=told["strategy_discussion"],
        statements=tuple(_stated(number, said) for number, said in enumerate(told["consent"])), stage=told["stage"],
        why_not_told=told["why_not_told"], restricted=told["restricted"], named_readers=mine["named_reader"],
        allocated=mine["allocated"] | somebody, team=mine["in_team"], must_act=told["must_act"],
        contact_arrived=told["contact_arrived"],
        in_doubt=told["in_doubt"],
        override=_override(told["override"], ask), break_glass=_break_glass(told["break_glass"], ask),
        duty=_duty(told),
        samples={
            "": (), "listed": (Sample(frozenset({ask.who.id}), AT - hour, AT + hour),),
            "ended": (Sample(frozenset({ask.who.id}), AT - hour, AT),),
            "another's": (Sample(frozenset({"staff-9"}), AT - hour, AT + hour),),
        }[told["sample"]],
    )  # fmt: skip


def _duty(told: dict[str, Any]) -> Duty | None:
    """Judged or not; `held_back` names organisations that refused to answer because telling would harm the child more."""
    held_back = frozenset(told["held_back"])
    if not told["duty"] and not held_back:
        return None
    return Duty(bool(told["duty"]), bool(told["duty"]), told["duty"] == "detrimental", held_back)


def _stated(number: int, said: dict[str, Any]) -> Stated:
    codes = {
        "about": "consent_to_share", "giver": "parental_responsibility", "evidence_held": True,
        "valid_from": AT - timedelta(days=90 - number), "recorded_at": AT - timedelta(days=90 - number),
        "organisation": "family_hub", "source_record": "record-1", **said,
    }  # fmt: skip
    lists = {name: tuple(value) for name, value in codes.items() if isinstance(value, list)}
    return Stated(f"consent:record-1@{number + 1}", ConsentRecorded(**{**codes, **lists}))


def _override(how: str, ask: Ask) -> Override | None:
    if not how:
        return None
    hour = timedelta(hours=1)
    approved_by = {"approved by the asker": ask.who.id, "nobody has approved yet": ""}.get(how, "staff-2")
    return Override(
        asked_by=ask.who.id, approved_by=approved_by,
        approver_roles=("navigator",) if how == "approved by a navigator" else ("mash_manager",) if approved_by else (),
        reason_recorded=how != "without a reason", recorded=AT - hour, expires=AT if how == "lapsed" else AT + hour,
        organisations=frozenset({"police"} if how == "approved for what the police wrote" else ()),
        categories=frozenset({"voice"} if how == "approved for the child's own words" else ()),
        second_by=AT + hour if how == "nobody has approved yet" else None,
    )  # fmt: skip


def _break_glass(how: str, ask: Ask) -> BreakGlass | None:
    if not how:
        return None
    began = AT - timedelta(minutes=40 if how == "forty minutes ago" else 5)
    return BreakGlass(
        by=ask.who.id, acknowledged=how != "not acknowledged", reason_recorded=how != "without a reason",
        recorded=began, expires=began + timedelta(hours=2),
    )  # fmt: skip


def _enquiry(row: dict[str, Any], ask: Ask) -> EnquiryRoom | None:
    if row.get("enquiry") is None:
        return None
    told = _filled(row, "enquiry", ENQUIRY)
    team = frozenset({ask.who.id} if told["asker_on"] else {"staff-9"})
    return EnquiryRoom(
        id="enquiry-1", children=frozenset({"child-1"}), team=team, ground=told["ground"], open=told["open"]
    )


def _resource(
    item: dict[str, Any], subjects: tuple[Subject, ...], enquiry: EnquiryRoom | None, told: dict[str, Any]
) -> Resource:
    party = item["owner_party"] and (told["party"] or item["owner"] != told["organisation"])
    return Resource(
        category=item["category"], owner=_organisation(item["owner"], party=party), setting=item["setting"],
        subjects=subjects, enquiry=enquiry, tier=item["tier"], kind=item["kind"], third_party=item["third_party"],
        source_protected=item["source_protected"], sexual_health=item["sexual_health"],
        outside_protocol=item["outside_protocol"],
        protocol_excludes=item["protocol_excludes"], notifiable=item["notifiable"], room=item["room"],
        released_to=frozenset({told["organisation"]} if item["released"] and not item["only_in"] else ()),
        only_in=_only_in(item, told),
    )  # fmt: skip


def _only_in(item: dict[str, Any], told: dict[str, Any]) -> frozenset[tuple[str, str]]:
    """Released for one MASH enquiry alone: `released` says whether to the asker's organisation, or to others."""
    if not item["only_in"]:
        return frozenset()
    to = told["organisation"] if item["released"] else "another"
    return frozenset({(to, "enquiry-1" if item["only_in"] == "this enquiry" else "enquiry-2")})
