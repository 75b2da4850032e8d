"""From a row of a chronology to the message that its holder would have sent: synthetic people, codes, short words."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import msgspec
from msgspec import Struct

from bench.cases.format import BadCase, Case, Line, Row, vocabulary
from hub.domain.errors import BadMessage
from hub.domain.message import KINDS, Message
from hub.domain.message_rules import check
from hub.domain.moments import LONDON, Precision

EVERYTHING = ("names", "born", "home", "nhs", "upn")
OF_ONE = {
    "involvement": "involvement-changed",
    "legal_status": "legal-status-changed",
    "information": "information-provided",
    "consent": "consent-changed",
}


class Event(Struct, frozen=True, kw_only=True):
    """One thing that the hub hears: a row, or the n-th of its series; times are naive London times of the file."""

    row: Row
    n: int = 0
    start: datetime
    end: datetime
    recorded: datetime
    known: datetime
    precision: Precision

    @property
    def id(self) -> str:
        """The row's id, with the number inside its series."""
        return f"{self.row.id}.{self.n}" if self.n else self.row.id


def utc(moment: datetime) -> datetime:
    """A London time of the file as aware UTC."""
    return moment.replace(tzinfo=LONDON).astimezone(UTC)


def ident(case: Case, event: str) -> str:
    """The id under which a row is sent: the same in every replay."""
    return str(uuid5(NAMESPACE_URL, f"mash-case/{case.name}/{event}"))


def tell(case: Case, event: Event) -> tuple[str, Message]:
    """(id, message) of an event that somebody publishes. Raises BadCase where the hub would refuse it."""
    row, said = event.row, event.row.said
    kind, given = _given(case, event)
    given |= {
        "organisation": row.organisation, "setting": row.setting, "source_sequence": 0,
        "recorded_at": utc(event.recorded),
    }  # fmt: skip
    try:
        made = msgspec.convert(given, KINDS[f"mash.{kind}.v1"])
        check(made, vocabulary(), utc(event.known))
    except msgspec.ValidationError as error:
        raise BadCase(f"{case.file}:{row.number}: row {said.row}: {error}; mend or remove it") from None
    except BadMessage as bad:
        raise BadCase(f"{case.file}:{row.number}: row {said.row}: {bad.field}: {bad.reason}: {bad.detail}") from None
    return ident(case, event.id), made


def _given(case: Case, event: Event) -> tuple[str, dict[str, Any]]:
    said, tells = event.row.said, _Tells(case, event)
    match said.type:
        case "concern":
            return "concern-raised", tells.concern()
        case "strength":
            return "strength-observed", tells.strength()
        case "visit":  # nothing that worries was found, or something was
            known = vocabulary().indicators
            worries = any(not known[code].strength for one in said.subjects for code in one.indicators)
            return ("concern-raised", tells.concern()) if worries else ("strength-observed", tells.strength())
        case "correction":
            statement = {
                **tells.concern(), "organisation": event.row.organisation, "setting": event.row.setting,
                "source_sequence": 0, "recorded_at": utc(event.recorded),
            }  # fmt: skip
            corrects = ident(case, said.corrects or "")
            return "concern-corrected", {"corrects": corrects, "reason": tells.words, "statement": statement}
        case "withdrawal":
            withdraws = ident(case, said.withdraws or "")
            return "concern-withdrawn", {
                "withdraws": withdraws, "reason_code": said.withdrawal_reason, "reason": tells.words
            }  # fmt: skip
        case "household":
            return "household-observed", tells.household()
        case _:
            return OF_ONE[said.type], tells.of_one()


class _Tells:
    """The parts of one event's message."""

    def __init__(self, case: Case, event: Event) -> None:
        self._case = case
        self._event = event
        self._said: Line = event.row.said
        self.words = self._said.words or "No words in the source."

    def concern(self) -> dict[str, Any]:
        said = self._said
        return {
            **self.strength(),
            "incident": f"{self._case.name}-{said.incident}" if said.incident else None,
            "referrer": f"{self._case.name}-{said.referrer}" if said.referrer else None,
            "adults": [
                {
                    "person": self.person(one.who), "relationship": one.relationship,
                    "in_household": one.in_household, "observation": one.observation, "indicators": one.indicators,
                }
                for one in said.adults
            ],
            "family_told": {"told": said.family_told},
            "evidence": [
                {"reference": f"{self._case.name}-{said.row}-{n}", "kind": kind, "held_by": self._event.row.organisation}
                for n, kind in enumerate(said.evidence, 1)
            ],
        }  # fmt: skip

    def strength(self) -> dict[str, Any]:
        said = self._said
        return {
            "occurred": self.occurred(), "how_known": self.how_known(), "referrer_kind": said.referrer_kind,
            "narrative": self.words, "backfill": said.backfill,
            "subjects": [
                {
                    "person": self.person(one.who), "unborn": not self.born(one.who), "indicators": one.indicators,
                    "measures": [{"code": code, "value": value} for code, value in one.measures.items()],
                    "seen": one.seen, "observation": one.observation, "voice": one.voice,
                }
                for one in said.subjects
            ],
        }  # fmt: skip

    def household(self) -> dict[str, Any]:
        said = self._said
        members = [
            {
                "person": self.person(one.who), "role": one.role, "since": one.since, "until": one.until,
                "sure": one.sure,
            }
            for one in said.members
        ]  # fmt: skip
        return {
            "occurred": self.occurred(), "how_known": self.how_known(), "members": members, "change": said.change
        }  # fmt: skip

    def of_one(self) -> dict[str, Any]:
        said = self._said
        subject = {"subject": self.person(said.who or "")}
        match said.type:
            case "involvement":
                return {**subject, "service": said.service, "started": said.started, "ended": said.ended}
            case "legal_status":
                return {**subject, "status": said.status, "started": said.started, "ended": said.ended}
            case "information":
                return {**subject, "request": said.request, "result": said.result, "narrative": said.words or None}
            case _:
                return {
                    **subject, "about": said.consent_about, "state": said.consent_state, "giver": said.consent_giver,
                    "valid_from": utc(self._event.start),
                }  # fmt: skip

    def occurred(self) -> dict[str, Any]:
        event = self._event
        return {
            "start": utc(event.start), "end": utc(event.end), "precision": event.precision,
            "words": self._said.words_when,
        }  # fmt: skip

    def how_known(self) -> dict[str, Any]:
        return {"kind": self._said.how_known, "organisation": self._said.told_by}

    def born(self, who: str) -> bool:
        """Whether this person was born when the row was recorded; adults always are."""
        person = self._case.header.people[who]
        return person.kind == "adult" or (person.born is not None and person.born <= self._event.recorded.date())

    def person(self, who: str) -> dict[str, Any]:
        """A person as the row's organisation knows them: by its own id, and what `knows` leaves it."""
        header, organisation = self._case.header, self._event.row.organisation
        person = header.people[who]
        knows: Sequence[str] = header.knows.get(organisation, EVERYTHING)
        told: dict[str, Any] = {"own_id": f"{organisation}-{self._case.name}-{who}", "sex": person.sex}
        mother = header.people[person.mother] if person.mother else None
        if mother is not None and mother.nhs and not self.born(who) and "nhs" in knows:
            told["mother_nhs_number"] = mother.nhs
        if "home" in knows and person.postcode:
            told["addresses"] = [{"lines": ["1 Synthetic Street"], "postcode": person.postcode}]
        if not self.born(who):
            expected: date | None = person.expected or person.born
            return told | {"expected_date": expected}
        if "names" in knows:
            told["names"] = [{"forenames": person.forename, "surname": person.surname}]
        if "born" in knows:
            told["birth_date"] = person.born
        if "nhs" in knows:
            told["nhs_number"] = person.nhs
        if "upn" in knows and header.organisations[organisation].sector == "education":
            told["upn"] = person.upn
        return told
