"""The intake's three answers about one statement, by the register and by what is on record of each child.

Step 3 (hub/flow/share.py) asks the policies; here stands what it asks about: as it is on record now, or as it was.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Literal

from msgspec.structs import replace

from hub.domain import message
from hub.domain.agency import NAMES as AGENCY_NAMES
from hub.domain.agency import Register, register_from
from hub.domain.concern import ConcernRecorded, CorrectionRecorded, StrengthRecorded
from hub.domain.moments import london_day
from hub.domain.sharing import Organisation
from hub.flow.count import Question
from hub.flow.match import Placement
from hub.flow.share import AtIntake, IntakeRuling, rule_at_intake
from hub.flow.standing import Standing
from hub.flow.tools import Tools

PAGE = 500
Ruled = ConcernRecorded | StrengthRecorded | CorrectionRecorded


class Ruling:
    """The register of organisations and what stands on record, as far as they were refreshed, and how they rule."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self.register = Register()
        self.standing = Standing(tools.record)
        self._usual: dict[tuple[object, ...], IntakeRuling] = {}  # where nothing is on record that a date could change
        self._asked = False  # whether anything was asked since the counting began: by what was on record then

    def refresh(self) -> None:
        """Read what was added to the register of organisations since the last batch: a revoked key stops at once."""
        register = self.register
        while page := self._tools.record.read(register.position, PAGE, AGENCY_NAMES):
            register = register_from(page, register)
        self.register = register
        self.standing.refresh()

    def sector(self, organisation: str) -> str:
        """The sector of an organisation; "" of one that is not registered."""
        held = self.register.organisations.get(organisation)
        return held.sector if held else ""

    def of_message(
        self, said: message.ConcernRaised | message.StrengthObserved, subjects: Sequence[Placement], now: datetime
    ) -> IntakeRuling:
        """The answers about a message whose children were placed."""
        worry = said if isinstance(said, message.ConcernRaised) else None
        about = [(placed.person, s.indicators) for placed, s in zip(subjects, said.subjects, strict=True)]
        return self._rule(
            said.organisation, said.setting or "", about, now, kind="concern" if worry else "strength",
            why_not=worry.family_told.why_not if worry else None, police_code=worry.handling.police_code if worry else None,
        )  # fmt: skip

    def of_recorded(
        self, fact: Ruled, subjects: Sequence[tuple[str, Sequence[str]]], at: datetime,
        standing: Callable[[str], Standing] | None = None,
    ) -> IntakeRuling:  # fmt: skip
        """The answers about what is on record; `standing` gives what was on record of a person at another time."""
        said = fact.statement
        return self._rule(
            said.organisation, said.setting or "", subjects, at,
            kind="strength" if isinstance(fact, StrengthRecorded) else "concern", why_not=said.why_not_told,
            police_code=said.police_code, standing=standing,
        )  # fmt: skip

    def counting_begins(self) -> None:
        """The next `may_count` or `sector_now` reads what is on record; those after it rule by the same."""
        self._asked = False

    def sector_now(self, organisation: str) -> str:
        """The sector of an organisation, as the register has it now."""
        self._refresh_once()
        return self.register.sector(organisation)

    def may_count(self, asked: Question) -> bool:
        """Whether a signal of the household may count for one child, by what is on record now."""
        self._refresh_once()
        ruling = self._rule(
            asked.organisation, asked.setting, [(asked.child, asked.indicators)], self._tools.clock.now(),
            kind=asked.kind, why_not=asked.why_not_told, police_code=asked.police_code,
        )  # fmt: skip
        return asked.child in ruling.counted_for and not ruling.faults

    def _refresh_once(self) -> None:
        if not self._asked:
            self.refresh()
            self._asked = True

    def _rule(
        self, organisation: str, setting: str, subjects: Sequence[tuple[str, Sequence[str]]], now: datetime, *,
        kind: Literal["concern", "strength", "household"], why_not: str | None, police_code: str | None,
        standing: Callable[[str], Standing] | None = None,
    ) -> IntakeRuling:  # fmt: skip
        """The three answers about what this organisation said; `subjects` are person ids, each with its indicators.

        `standing` gives what is on record of a person, where that is not what is on record now.
        """
        owner = self.register.organisations[organisation]
        today, vocabulary = london_day(now), self._tools.vocabulary
        at_intake = AtIntake(
            owner=Organisation(owner.organisation, owner.sector, owner.party, owner.listed_body),
            setting=setting,
            kind=kind,
            subjects=tuple(
                (standing(person) if standing else self.standing).subject(
                    person, codes, why_not or "", vocabulary, today
                )
                for person, codes in subjects
            ),
            protocol_excludes=police_code in self._tools.not_pooled,
            source_protected=police_code in self._tools.protects_source,
        )
        grounds = {(subject.grounds, subject.restricted) for subject in at_intake.subjects}
        if any(subject.statements for subject in at_intake.subjects) or len(grounds) > 1:
            return rule_at_intake(at_intake, rulings=self._tools.rulings, at=now, agreed=self._tools.agreed)
        # with nothing on record that a date could change, children are alike: the usual ruling, with their ids
        why_not_told = at_intake.subjects[0].why_not_told if at_intake.subjects else ""
        usual = (at_intake.owner, at_intake.setting, at_intake.kind, at_intake.protocol_excludes,
                 at_intake.source_protected, why_not_told, *grounds, len(subjects), london_day(now))  # fmt: skip
        ruling = self._usual.get(usual)
        if ruling is None:
            ruling = rule_at_intake(at_intake, rulings=self._tools.rulings, at=now, agreed=self._tools.agreed)
            if ruling.faults:
                return ruling
            self._usual[usual] = ruling
        return replace(ruling, counted_for=tuple(person for person, _ in subjects) if ruling.counted else ())
