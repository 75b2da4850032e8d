"""Prompts on behalf of a person: the front door sends one, to a setting that works with the child; the setting has it.

What goes out is ruled as the disclosure it is: of the setting's own work with the child, in codes alone. Why it was sent
stands nowhere that the setting reads.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import select

from hub.domain import prompt as prompts
from hub.domain.errors import NotFound, NotPermitted, Refused
from hub.domain.prompt import PromptSent
from hub.domain.sharing import Ask, asker_of
from hub.domain.source_record import InvolvementChanged
from hub.domain.staff import groups
from hub.domain.together import of_parts
from hub.flow.disclose import disclose, new_ask
from hub.flow.prompt import Prompts
from hub.views.asking import look, purpose_of, stamp
from hub.views.desk import Desk, caught_up, name_of, organisation_of
from hub.views.leading import entrusted, told_of
from hub.views.matters import matter
from hub.views.members import permitted, staff_of
from hub.views.models import Asker, Choice
from hub.views.models.together import MyPrompts, PromptPage, PromptRow
from hub.views.subjects import subjects
from hub.views.telling import codes_of, may_know
from hub.views.who_is_who import family, records_of, survivor, survivors

NOT_THERE = "no such prompt, or none that you may know of"
MOST = 200


class Prompting(Struct, frozen=True):
    """What pages, commands and programs ask. `act` puts it on record; `settle` waits until the views have it."""

    desk: Desk
    act: Callable[[], Prompts]
    settle: Callable[[], None]

    def send(self, asker: Asker, child: str, setting: str, prompt: str) -> str:
        """Send one to "organisation/setting"; its id. Raises Refused naming the field, NotPermitted, NotFound."""
        desk = self.desk
        member = permitted(desk, asker, "screen")
        caught_up(desk)
        child = survivor(desk, child)
        may_know(desk, asker, child, "prompt")
        together = of_parts(desk.edition.parts)
        working = {f"{one}/{place}" for one, place in settings_of(desk, child)}
        prompts.check_send(prompt, setting, together.prompts(), working)
        organisation, _, place = setting.partition("/")
        now = desk.clock.now()
        item = codes_of(f"prompt:{child}", child, 0)
        owner = organisation_of(desk, organisation)
        item = msgspec.structs.replace(item, organisation=owner, setting=place, kind="involvement", room="open")
        ask = Ask(
            id=new_ask(), who=asker_of(member, organisation_of(desk, member.organisation), now, mfa=desk.second_factor),
            action="export", purpose=purpose_of(member.roles), reason="prompt", at=now,
        )  # fmt: skip
        told = disclose(
            ask, [item], subjects=subjects(desk, [child]), edition=desk.edition.id, rulings=desk.rulings,
            ledger=desk.ledger, vault=desk.vault, clock=desk.clock, agreed=desk.edition.agreed,
        )  # fmt: skip
        if not told.shown:
            raise Refused("The sharing policies do not let this be sent to that setting", "setting")
        made = self.act().send(
            PromptSent(
                child=child, organisation=organisation, setting=place, prompt=prompt, sent_by=asker.staff, ask=ask.id,
                due=desk.edition.due(together.timer("prompt"), now),
            )
        )  # fmt: skip
        self.settle()
        return made

    def acknowledge(self, asker: Asker, prompt: str) -> None:
        """Somebody of the setting has it. Raises Refused, NotFound."""
        desk = self.desk
        caught_up(desk)
        member = staff_of(desk, asker.staff)
        state = prompts.fold(prompt, (one.fact for one in desk.record.load(prompts.stream(prompt))))
        if not member.active:
            raise NotPermitted("this account is not in the register of staff, or has left")
        if state.sent is None or not _theirs(member.organisation, member.setting, member.roles, state.sent):
            look(desk, asker, [], "prompt")
            raise NotFound(NOT_THERE)
        child = survivor(desk, state.sent.child)
        if not look(desk, asker, [entrusted(desk, asker, f"prompt:{prompt}", child, 0)], "prompt").shown:
            raise NotFound(NOT_THERE)
        self.act().acknowledge(prompt, asker.staff)
        self.settle()

    def take_back(self, asker: Asker, prompt: str) -> None:
        """It is asked no more. Raises Refused, NotPermitted, NotFound."""
        desk = self.desk
        permitted(desk, asker, "screen")
        caught_up(desk)
        state = prompts.fold(prompt, (one.fact for one in desk.record.load(prompts.stream(prompt))))
        if state.sent is None:
            look(desk, asker, [], "prompt")
            raise NotFound(NOT_THERE)
        may_know(desk, asker, survivor(desk, state.sent.child), "prompt")
        self.act().take_back(prompt, asker.staff)
        self.settle()

    def page(self, asker: Asker, child: str) -> PromptPage:
        """Prompts about a child, and what may be sent to whom. Raises NotPermitted, NotFound."""
        desk = self.desk
        permitted(desk, asker, "screen")
        caught_up(desk)
        child = survivor(desk, child)
        may_know(desk, asker, child, "prompts")
        query = select(matter).where(matter.c.kind == "prompt", matter.c.child.in_(family(desk, child)))
        rows = desk.store.rows(query.order_by(matter.c.position.desc()))
        return PromptPage(
            child=child, stamp=stamp(desk, asker), rows=tuple(self._row(row, child) for row in rows),
            settings=tuple(
                Choice(f"{one}/{place}", f"{name_of(desk, one)}, {place.replace('_', ' ')}")
                for one, place in settings_of(desk, child)
            ),
            prompts=tuple(Choice(code, words) for code, words in of_parts(desk.edition.parts).prompts().items()),
        )  # fmt: skip

    def mine(self, asker: Asker) -> MyPrompts:
        """What this person's organisation, or setting, is asked. One look."""
        desk = self.desk
        permitted(desk, asker, "answer")
        caught_up(desk)
        member = staff_of(desk, asker.staff)
        query = select(matter).where(matter.c.kind == "prompt", matter.c.organisation == member.organisation)
        if "own_organisation" not in groups(member.roles):
            query = query.where(matter.c.setting == member.setting)
        rows = desk.store.rows(query.order_by(matter.c.position.desc()).limit(MOST))
        now = survivors(desk, {row["child"] for row in rows})
        found = [self._row(row, now[row["child"]]) for row in told_of(desk, asker, rows, "prompts")]
        return MyPrompts(
            stamp=stamp(desk, asker),
            rows=tuple(msgspec.structs.replace(one, mine=one.state == "waits") for one in found),
        )  # fmt: skip

    def _row(self, row: dict[str, Any], child: str) -> PromptRow:
        words = of_parts(self.desk.edition.parts).prompts()
        if row["state"] == "waits" and row["stream"] in taken_by_notice(self.desk, [row["stream"]]):
            row = {**row, "state": "acknowledged"}
        return PromptRow(
            prompt=row["stream"].partition(":")[2], child=child, words=words.get(row["what"], row["what"]),
            organisation=name_of(self.desk, row["organisation"]), setting=row["setting"], at=row["opened_at"],
            due=row["due"], state=row["state"], overdue=row["state"] == "waits" and row["due"] < self.desk.clock.now(),
        )  # fmt: skip


def taken_by_notice(desk: Desk, streams: Sequence[str]) -> frozenset[str]:
    """Of these prompts, those whose notice was acknowledged: an organisation's own program answers notices alone."""
    named = {f"notice:{one.partition(':')[2]}": one for one in streams}
    query = select(matter.c.stream).where(matter.c.stream.in_(sorted(named)), matter.c.state == "acknowledged")
    return frozenset(named[row["stream"]] for row in desk.store.rows(query))


def settings_of(desk: Desk, child: str) -> list[tuple[str, str]]:
    """The settings that work with a child now: organisation and setting, each once."""
    return sorted(dict.fromkeys(_working(desk, child)))


def _working(desk: Desk, child: str) -> Iterator[tuple[str, str]]:
    for record in records_of(desk, [child])[child]:
        newest: dict[tuple[str, str], InvolvementChanged] = {}
        for one in desk.record.load(f"source-record:{record}"):
            if isinstance(one.fact, InvolvementChanged):
                newest[one.fact.organisation, one.fact.setting or ""] = one.fact
        yield from (place for place, fact in newest.items() if fact.ended is None and place[1])


def _theirs(organisation: str, setting: str, roles: tuple[str, ...], sent: PromptSent) -> bool:
    whole = "own_organisation" in groups(roles)
    return sent.organisation == organisation and (whole or (bool(setting) and sent.setting == setting))
