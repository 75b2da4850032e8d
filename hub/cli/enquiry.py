"""mash enquiry: MASH enquiries, who holds them, what was decided, and contacts forwarded to who is at it. Ids and codes."""

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any

import msgspec
import typer

from hub.bootstrap import Hub
from hub.cli.output import AsJson, By, Data, hub, re_referral_line, say_json, say_table
from hub.domain.allocation import Allocate
from hub.domain.enquiry import ACTIONS, GROUNDS, OUTCOMES, PART_ENDED, SEEN, VIEWS, Decide, OpenEnquiry, Step
from hub.domain.errors import Refused
from hub.views.models import Asker
from hub.views.models.enquiry import EnquiryView

app = typer.Typer(
    help="MASH enquiries: open, grade, hold, hand over, decide about each child; and who is at it already.",
    epilog="Ids come from the pages, mash tasks and mash enquiry forwarded. What is typed as --why is sealed.",
    no_args_is_help=True,
)
Enquiry = Annotated[str, typer.Argument(help="A MASH enquiry's id.")]
Child = Annotated[str, typer.Argument(help="A child's id.")]
InIt = Annotated[str, typer.Option("--child", help="Which child of it; may be left out where there is one.")]
Forwarding = Annotated[str, typer.Argument(help="A forwarding's id, from mash enquiry forwarded.")]
Why = Annotated[str, typer.Option(help="Why, in your own words; sealed, and read by who may.")]
To = Annotated[str, typer.Option(help="The staff id of who takes it; front_door: whoever of it takes it first.")]
Action = Annotated[str, typer.Option(help="An action of the plan, from mash enquiry plans.")]
Anyway = Annotated[str, typer.Option(help="Why it is opened although somebody is at it already; sealed.")]


def _codes(of: dict[str, str]) -> str:
    return ", ".join(of)


@app.command(
    "open", epilog="Example: mash enquiry open 7b1f03aa-… --ground significant_harm --why '…' --by staff-91d3b7"
)
def open_(
    child: Child, ground: Annotated[str, typer.Option(help=f"{_codes(GROUNDS)}.")], why: Why, by: By,
    also: Annotated[list[str] | None, typer.Option(help="A further child of the same contact; may be repeated.")] = None,
    anyway: Anyway = "", data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Open a MASH enquiry about a child, with the alerts that wait. Refused where somebody is at it, without --anyway."""
    with hub(data) as opened:
        who = opened.asker(by)
        alerts = tuple(row.alert for row in opened.waiting_for(who, child))
        wish = OpenEnquiry(
            child=child,
            alerts=alerts,
            ground=ground,
            reason=why,
            by=who.staff,
            children=tuple(also or ()),
            anyway=anyway,
        )
        enquiry = opened.open_enquiry(who, wish)
    _say({"enquiry": enquiry, "alerts": len(alerts)}, f"Opened: {enquiry}, with {len(alerts)} alert(s).", as_json)


@app.command("show", epilog="Example: mash enquiry show 3f2a91bc-… --by staff-91d3b7 --json")
def show(enquiry: Enquiry, by: By, child: InIt = "", data: Data = None, as_json: AsJson = False) -> None:
    """A MASH enquiry in codes: grade, clock, holder, and each child with what was decided. No words."""
    with hub(data) as opened:
        view = opened.enquiry(opened.asker(by), enquiry, 0, child)
    _show(view, as_json=as_json)


@app.command("grade", epilog="Example: mash enquiry grade 3f2a91bc-… --grade red --why '…' --by staff-c17b3d")
def grade(
    enquiry: Enquiry, grade: Annotated[str, typer.Option(help="A grade of the partnership: red, amber, green.")], why: Why,
    by: By, data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Grade it, or grade it anew: the clock runs from receipt, and both due times stay."""
    _act(data, by, enquiry, lambda hub_, who: hub_.enquiring.grade(who, enquiry, grade, why), as_json=as_json)


@app.command("claim", epilog="Example: mash enquiry claim 3f2a91bc-… --by staff-c17b3d")
def claim(enquiry: Enquiry, by: By, data: Data = None, as_json: AsJson = False) -> None:
    """Take it, where nobody holds it."""
    _act(data, by, enquiry, lambda hub_, who: hub_.enquiring.claim(who, enquiry), as_json=as_json)


@app.command("assign", epilog="Example: mash enquiry assign 3f2a91bc-… --to staff-c17b3d --by staff-e58c12")
def assign(enquiry: Enquiry, to: To, by: By, data: Data = None, as_json: AsJson = False) -> None:
    """As a manager, give it to somebody."""
    _act(data, by, enquiry, lambda hub_, who: hub_.enquiring.assign(who, enquiry, to), as_json=as_json)


@app.command(
    "hand-over", epilog="Example: mash enquiry hand-over 3f2a91bc-… --to staff-3ae8f0 --why '…' --by staff-c17b3d"
)
def hand_over(enquiry: Enquiry, to: To, why: Why, by: By, data: Data = None, as_json: AsJson = False) -> None:
    """Offer it to somebody at the end of a shift: it stays with who holds it until they accept."""
    _act(data, by, enquiry, lambda hub_, who: hub_.enquiring.offer(who, enquiry, to, why), as_json=as_json)


@app.command("accept", epilog="Example: mash enquiry accept 3f2a91bc-… --by staff-3ae8f0")
def accept(enquiry: Enquiry, by: By, data: Data = None, as_json: AsJson = False) -> None:
    """Take over what you were asked to."""
    _act(data, by, enquiry, lambda hub_, who: hub_.enquiring.accept(who, enquiry), as_json=as_json)


@app.command("end-hand-over", epilog="Example: mash enquiry end-hand-over 3f2a91bc-… --by staff-c17b3d")
def end_hand_over(enquiry: Enquiry, by: By, data: Data = None, as_json: AsJson = False) -> None:
    """Decline a hand-over, or take it back."""
    _act(data, by, enquiry, lambda hub_, who: hub_.enquiring.end_offer(who, enquiry), as_json=as_json)


@app.command(
    "leave", epilog="Example: mash enquiry leave 3f2a91bc-… --who staff-c17b3d --why-ended work_done --by staff-e58c12"
)
def leave(
    enquiry: Enquiry, who: Annotated[str, typer.Option(help="The staff id of whose part ended.")],
    why_ended: Annotated[str, typer.Option(help=f"{_codes(PART_ENDED)}.")], by: By, data: Data = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Take somebody, or yourself, off the team: from then on it opens nothing to them."""
    _act(data, by, enquiry, lambda hub_, asker: hub_.enquiring.leave(asker, enquiry, who, why_ended), as_json=as_json)


@app.command("plans", epilog="Example: mash enquiry plans --by staff-c17b3d --json")
def plans(by: By, data: Data = None, as_json: AsJson = False) -> None:
    """What was decided to be done, by which day and by whom; and what was done lately."""
    with hub(data) as opened:
        found = opened.planning.page(opened.asker(by))
    if as_json:
        say_json(found)
        return
    rows = [
        (
            one.enquiry, one.child, one.action, one.owner, f"{one.due:%d %B %Y}",
            "done" if one.done else "late" if one.overdue else "",
        )
        for one in (*found.rows, *found.done)
    ]  # fmt: skip
    say_table("Plans", ("MASH enquiry", "child", "action", "who", "by", ""), rows, "Nothing waits to be done.")


@app.command("plan-done", epilog="Example: mash enquiry plan-done 3f2a91bc-… 7b1f03aa-… --action child_seen --by …")
def plan_done(
    enquiry: Enquiry, child: Child, action: Action, by: By,
    undo: Annotated[bool, typer.Option("--undo", help="It is not done after all.")] = False,
    data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Say that an action of a plan is done, or with --undo that it is not done after all."""
    with hub(data) as opened:
        planning = opened.planning
        (planning.reopen if undo else planning.do)(opened.asker(by), enquiry, child, action)
    _say({"enquiry": enquiry, "action": action, "done": not undo}, "To be done." if undo else "Done.", as_json)


@app.command("add-child", epilog="Example: mash enquiry add-child 3f2a91bc-… 7b1f03aa-… --why '…' --by staff-91d3b7")
def add_child(
    enquiry: Enquiry, child: Child, why: Why, by: By, anyway: Anyway = "", data: Data = None, as_json: AsJson = False
) -> None:
    """A further child is part of it."""
    _act(
        data, by, enquiry, lambda hub_, who: hub_.enquiring.add_child(who, enquiry, child, why, anyway), as_json=as_json
    )


@app.command(
    "decide",
    epilog="Example: mash enquiry decide 3f2a91bc-… --level 3 --agree --outcome early_help --view not_obtained "
    "--no-view 'A baby' --seen not_seen --family-told --action family_contacted:front_door:2026-12-01 --why '…' --by …",
)
def decide(
    enquiry: Enquiry, level: Annotated[int, typer.Option(help="The level of need.")],
    agree: Annotated[bool, typer.Option("--agree/--disagree", help="With the level that the rules suggest.")],
    outcome: Annotated[str, typer.Option(help=f"{_codes(OUTCOMES)}.")],
    action: Annotated[list[str], typer.Option(help=f"action:who:day, may be repeated. Actions: {_codes(ACTIONS)}.")],
    view: Annotated[str, typer.Option(help=f"How the child's view was obtained: {_codes(VIEWS)}.")],
    seen: Annotated[str, typer.Option(help=f"Whether the child was seen since the contact came: {_codes(SEEN)}.")],
    family_told: Annotated[bool, typer.Option("--family-told/--family-not-told", help="Whether the family was told.")],
    why: Why, by: By, child: InIt = "",
    says: Annotated[str, typer.Option(help="What the child says; sealed.")] = "",
    no_view: Annotated[str, typer.Option(help="Why the child's view was not obtained; sealed.")] = "",
    seen_by: Annotated[str, typer.Option(help="Which organisation saw the child.")] = "",
    seen_on: Annotated[str, typer.Option(help="On which day, as 2026-12-01.")] = "",
    why_not_told: Annotated[str, typer.Option(help="Why the family was not told; sealed.")] = "",
    acting: Annotated[str, typer.Option(help="What another organisation has accepted: its stream.")] = "",
    seen_position: Annotated[int, typer.Option(
        help="The record's position when you read it (mash enquiry show prints it). What came in since is said first.")] = 0,
    data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Decide about a child. A closing that one person may not decide waits for a manager; exit 1 while it does."""
    plan = tuple(_step(one) for one in action)
    with hub(data) as opened:
        who = opened.asker(by)
        command = Decide(
            level=level, agrees=agree, outcome=outcome, actions=tuple(dict.fromkeys(one.action for one in plan)), plan=plan,
            family_told=family_told, why_not_told=why_not_told or None, reason=why, by=who.staff, child=child, view=view,
            child_view=says, why_no_view=no_view, seen=seen, seen_by=seen_by, seen_on=_day(seen_on) if seen_on else None,
            acting=acting, seen_position=seen_position or opened.record.position(),
        )  # fmt: skip
        waits = opened.decide(who, enquiry, command)
    told = f"It waits for a manager: {', '.join(waits)}." if waits else "Decided."
    _say({"enquiry": enquiry, "waits_for_manager": list(waits)}, told, as_json)
    if waits:
        raise typer.Exit(1)


@app.command("approve", epilog="Example: mash enquiry approve 3f2a91bc-… --child 7b1f03aa-… --by staff-e58c12")
def approve(enquiry: Enquiry, child: InIt, by: By, data: Data = None, as_json: AsJson = False) -> None:
    """As a manager, agree to a closing that waits. Who proposed it cannot."""
    _act(data, by, enquiry, lambda hub_, who: hub_.enquiring.approve(who, enquiry, child), as_json=as_json)


@app.command(
    "send-back", epilog="Example: mash enquiry send-back 3f2a91bc-… --child 7b1f03aa-… --why '…' --by staff-e58c12"
)
def send_back(enquiry: Enquiry, child: InIt, why: Why, by: By, data: Data = None, as_json: AsJson = False) -> None:
    """Do not agree to a closing that waits, or take your own back."""
    _act(data, by, enquiry, lambda hub_, who: hub_.enquiring.send_back(who, enquiry, child, why), as_json=as_json)


@app.command("read-unseen", epilog="Example: mash enquiry read-unseen 3f2a91bc-… --child 7b1f03aa-… --by staff-c17b3d")
def read_unseen(enquiry: Enquiry, child: InIt, by: By, data: Data = None, as_json: AsJson = False) -> None:
    """Say that you have read what came in unseen when it was decided at red."""
    _act(data, by, enquiry, lambda hub_, who: hub_.enquiring.read_unseen(who, enquiry, child), as_json=as_json)


@app.command("advice-only", epilog="Example: mash enquiry advice-only --by staff-e58c12")
def advice_only(by: By, data: Data = None, as_json: AsJson = False) -> None:
    """How many decisions came to advice alone, and in which MASH enquiries."""
    with hub(data) as opened:
        found = opened.enquiring.advice_only(opened.asker(by))
    if as_json:
        say_json(found)
        return
    print(f"{found.advice_only} of {found.decided} decisions came to advice alone.")
    say_table("Advice alone", ("MASH enquiry",), [(one,) for one in found.enquiries], "None did.")


# ------------------------------------------------------------------------------------------------ who is at it already


@app.command("allocate", epilog="Example: mash enquiry allocate 7b1f03aa-… --worker staff-86d51c --since 2026-11-01 "
             "--ground child_in_need --by staff-e58c12")  # fmt: skip
def allocate(
    child: Child, worker: Annotated[str, typer.Option(help="The worker's staff id.")],
    since: Annotated[str, typer.Option(help="Since which day, as 2026-11-01.")],
    ground: Annotated[str, typer.Option(help="child_in_need, assessment, section_47, protection_plan, looked_after, "
                                        "care_leaver or family_help.")],
    by: By, data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """As a manager, allocate a worker to a child: contacts about the child go to them from now on."""
    wish = Allocate(child=child, worker=worker, since=_day(since), ground=ground, by=by)
    with hub(data) as opened:
        opened.forwardings.allocate(opened.asker(by), wish)
    _say({"child": child, "worker": worker}, "Allocated.", as_json)


@app.command(
    "end-allocation", epilog="Example: mash enquiry end-allocation 7b1f03aa-… --reason step_down --by staff-e58c12"
)
def end_allocation(
    child: Child,
    reason: Annotated[str, typer.Option(help="plan_completed, moved_away, transferred, closed_after_assessment, "
                                        "step_down or entered_in_error.")],
    by: By, data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Nobody is allocated to the child any more."""
    with hub(data) as opened:
        opened.forwardings.end_allocation(opened.asker(by), child, reason)
    _say({"child": child, "worker": ""}, "Ended.", as_json)


@app.command("forward", epilog="Example: mash enquiry forward 7b1f03aa-… --by staff-c17b3d")
def forward(child: Child, by: By, data: Data = None, as_json: AsJson = False) -> None:
    """Send what waits about a child to the worker who is at it; the hub does so by itself, too."""
    with hub(data) as opened:
        ident = opened.forwardings.forward(opened.asker(by), child)
    _say({"forwarding": ident}, f"Sent: {ident}", as_json)


@app.command("forwarded", epilog="Example: mash enquiry forwarded --by staff-86d51c")
def forwarded(by: By, data: Data = None, as_json: AsJson = False) -> None:
    """Contacts that went to workers who are at it: your own, and for the front door all."""
    with hub(data) as opened:
        found = opened.forwardings.forwarded(opened.asker(by))
    if as_json:
        say_json(found)
        return
    rows = [
        (
            one.forwarding, one.child, one.state.replace("_", " "), one.to, f"{one.due:%d %B %H:%M}",
            "late" if one.overdue else "",
        )
        for one in found.rows
    ]  # fmt: skip
    say_table("Forwarded", ("forwarding", "child", "state", "to", "due (UTC)", ""), rows, "Nothing was forwarded.")


@app.command("acknowledge", epilog="Example: mash enquiry acknowledge 3f2a91bc-… --by staff-86d51c")
def acknowledge(forwarding: Forwarding, by: By, data: Data = None, as_json: AsJson = False) -> None:
    """Say that you have what was forwarded to you."""
    with hub(data) as opened:
        opened.forwardings.acknowledge(opened.asker(by), forwarding)
    _say({"forwarding": forwarding, "state": "acknowledged"}, "You have it.", as_json)


@app.command(
    "pass-back", epilog="Example: mash enquiry pass-back 3f2a91bc-… --reason not_my_case --why '…' --by staff-86d51c"
)
def pass_back(
    forwarding: Forwarding,
    reason: Annotated[str, typer.Option(help="not_my_case, needs_screening, cannot_act_in_time or wrong_child.")],
    why: Why, by: By, data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Pass back what was forwarded to you: it is the front door's again."""
    with hub(data) as opened:
        opened.forwardings.pass_back(opened.asker(by), forwarding, reason, why)
    _say({"forwarding": forwarding, "state": "passed_back"}, "Passed back.", as_json)


# ---------------------------------------------------------------------------------------------------------- the rest


def _act(data: str | None, by: str, enquiry: str, act: Callable[[Hub, Asker], object], *, as_json: bool) -> None:
    with hub(data) as opened:
        who = opened.asker(by)
        act(opened, who)
        view = opened.enquiry(who, enquiry, 0)
    _show(view, as_json=as_json)


def _codes_of(view: EnquiryView) -> dict[str, Any]:
    """What a command may print of a MASH enquiry: codes, times and ids, and no words."""
    children = [
        {
            "child": one.child, "state": one.state, "outcome": one.decision.outcome if one.decision else "",
            "level": one.decision.level if one.decision else "", "unseen": len(one.unseen),
            "suggested": [{"rule": each.rule, "level": each.level} for each in one.suggestions],
            "waits_for_manager": list(one.proposal.managers) if one.proposal else [],
            "already_open": [item.ref for item in one.already],
            "re_referral": msgspec.structs.asdict(one.re_referral) if one.re_referral else None,
        }
        for one in view.children
    ]  # fmt: skip
    return {
        "enquiry": view.enquiry, "state": view.state, "ground": view.ground, "grade": view.grade, "red": view.red,
        "received": view.received, "due": view.clock_due, "overdue": view.overdue,
        "due_times": [{"grade": one.grade, "due": one.due} for one in view.gradings], "holder": view.holder,
        "offered": view.offered, "rung": list(view.rung), "children": children, "seen_position": view.stamp.position,
    }  # fmt: skip


def _show(view: EnquiryView, *, as_json: bool) -> None:
    codes = _codes_of(view)
    if as_json:
        say_json(codes)
        return
    due = f"{view.clock_due:%d %B %H:%M} UTC" if view.clock_due else "no clock"
    print(
        f"MASH enquiry {view.enquiry}: {view.state}; {view.grade or 'not graded'}, due {due}{', late' if view.overdue else ''}"
    )
    print(f"Held by {view.holder or 'nobody'}{', offered to ' + view.offered if view.offered else ''}.")
    rows = [
        (
            one["child"], one["state"], one["level"], one["outcome"], one["unseen"] or "",
            ", ".join(f"{each['rule']} ({each['level']})" for each in one["suggested"]),
        )
        for one in codes["children"]
    ]  # fmt: skip
    say_table("Children", ("child", "state", "level", "outcome", "unread", "suggested by"), rows, "None.")
    for one in view.children:
        if one.re_referral is not None:
            print(f"{one.child}: {re_referral_line(one.re_referral)}")
    print(f"As of record position {view.stamp.position}: give it with --seen-position when you decide.")


def _say(codes: dict[str, Any], told: str, as_json: bool) -> None:
    if as_json:
        say_json(codes)
    else:
        print(told)


def _step(text: str) -> Step:
    action, _, rest = text.partition(":")
    owner, _, day = rest.partition(":")
    return Step(action, owner, _day(day))


def _day(text: str) -> date:
    try:
        return msgspec.convert(text, date)
    except msgspec.ValidationError:
        raise Refused("write a day as 2026-12-01", "day") from None
