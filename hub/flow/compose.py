"""What one verified and placed message comes to, by its kind: the drafts of step 4, with the ruling of step 3 in them."""

from collections.abc import Sequence
from datetime import datetime

from hub.domain import message
from hub.domain.known import Kind
from hub.domain.person import KindNoted, PersonOpened
from hub.flow import append
from hub.flow.append import Draft, Pen, Written
from hub.flow.earlier import Earlier
from hub.flow.locate import Locator
from hub.flow.match import Described, Placement
from hub.flow.people import People
from hub.flow.ruling import Ruling
from hub.flow.tools import Tools
from hub.flow.verify import Verified


class Compose:
    """One for each intake."""

    def __init__(self, tools: Tools, ruling: Ruling, people: People, earlier: Earlier, places: Locator) -> None:
        self._tools, self._ruling, self._people, self._earlier = tools, ruling, people, earlier
        self._places = places

    def of(self, verified: Verified, placements: Sequence[Placement], now: datetime) -> Written:
        """The message's own first fact, then who it is about, then what follows from it; and the rows of the match index."""
        tools, said = self._tools, verified.message
        pen = Pen(
            tools.vault, tools.blind, tools.vocabulary, self._ruling.register.sector, self._people.possible_for, now,
            self._places, kinds=self._people.kinds,
        )  # fmt: skip
        met = append.people(placements, pen, f"{append.stream_of(verified)}@1", said.recorded_at)
        for draft in met.drafts:
            if isinstance(draft.fact, PersonOpened | KindNoted):
                self._people.spoken_of(draft.stream.partition(":")[2], draft.fact.kind)
        match said:
            case message.ConcernRaised() | message.StrengthObserved():
                drafts = self._concern(verified, said, placements, pen)
            case message.ConcernCorrected():
                earlier = self._earlier.of(verified)
                corrected = self._concern(verified, said.statement, placements, pen, earlier)
                # taken back before it is counted anew: between the two nobody must find it twice
                drafts = [*corrected[:2], *self._earlier.taken_back(verified, earlier, "corrected"), *corrected[2:]]
            case message.ConcernWithdrawn():
                chain = self._earlier.chain(self._earlier.of(verified))
                about = self._earlier.about(chain)
                drafts = append.withdrawal_facts(verified, said, chain, about, pen)
                for one in chain:
                    drafts += self._earlier.taken_back(verified, one, "withdrawn")
            case message.InformationProvided():
                drafts = append.information_facts(verified, said, placements[0], pen)
            case message.HouseholdObserved():
                drafts = append.household_facts(verified, said, placements, pen)
            case message.ConsentChanged() | message.InvolvementChanged() | message.LegalStatusChanged():
                drafts = append.standing_facts(verified, said, placements[0], pen)
        return Written([drafts[0], *met.drafts, *drafts[1:]], met.index)

    def _concern(
        self, verified: Verified, said: message.ConcernRaised | message.StrengthObserved,
        placements: Sequence[Placement], pen: Pen, corrects: str = "",
    ) -> list[Draft]:  # fmt: skip
        subjects, adults = placements[: len(said.subjects)], placements[len(said.subjects) :]
        ruling = self._ruling.of_message(said, subjects, pen.now)
        return append.concern_facts(verified, said, subjects, adults, ruling, pen, corrects)


def described(said: message.Message) -> list[Described]:
    """The persons of a message in the order in which `append` expects their placements."""
    kind: Kind
    match said:
        case message.ConcernCorrected():
            return described(said.statement)
        case message.ConcernRaised() | message.StrengthObserved():
            people = [Described(said.organisation, "unborn" if s.unborn else "child", s.person) for s in said.subjects]
            adults = said.adults if isinstance(said, message.ConcernRaised) else ()
            return people + [Described(said.organisation, "adult", a.person) for a in adults]
        case message.HouseholdObserved():
            people = []
            for member in said.members:
                kind = "child" if member.role == "child" else "adult"
                people.append(Described(said.organisation, kind, member.person))
            return people
        case message.ConcernWithdrawn():
            return []
        case _:
            return [Described(said.organisation, "child", said.subject)]
