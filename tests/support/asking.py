"""A running hub with the demo's organisations, a MASH enquiry about a child, and people who ask, answer and release."""

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

from hub.domain.enquiry import OpenEnquiry
from hub.domain.request import AskParties, Party
from hub.outside import Inbox, read_private
from hub.views.models import Asker
from tests.support.identities import somebody
from tests.support.messages import concern, moment, seen_by
from tests.support.partnership import RunningHub

SCREENER, DECIDER, MANAGER = "staff-c17b3d", "staff-91d3b7", "staff-e58c12"
POLICE, HEALTH, SCHOOL, LEAD = "staff-7c41e0", "staff-2b9f54", "staff-d06a8e", "staff-f2907a"
PRIMARY = "school_a_primary_01"
CANARY = "Canary-Quillfeather"  # a surname that stands nowhere else: wherever it shows, words got out


class Front:
    """A MASH enquiry about a child of whom the police have spoken, opened by the screening worker."""

    def __init__(self, running: RunningHub, ground: str = "perceived_harm", **child: Any) -> None:
        self.running, self.hub = running, running.hub
        for name, sector in (
            ("children_social_care", "social_care"),
            ("school_a", "education"),
            ("health_visiting", "health"),
        ):
            if name not in self.hub.register().organisations:
                self.hub.add_organisation(name, name.replace("_", " ").title(), sector)
        like = somebody()
        self.like = type(like)(like.serial, like.forename, child.get("surname", CANARY), like.born)
        said = concern("police", seen_by(self.like, "police", "domestic_abuse_incident"), at=moment(2))
        self.message = running.say(said)
        running.settled(alerts=False)
        self.child = running.child_of("police", self.message)
        wish = OpenEnquiry(child=self.child, alerts=(), ground=ground, reason=f"{CANARY} is afraid.", by=SCREENER)
        self.enquiry = self.hub.open_enquiry(self.who(SCREENER), wish)

    def who(self, staff: str) -> Asker:
        return self.hub.asker(staff)

    def wish(self, *parties: Party, **more: Any) -> AskParties:
        said = {
            "enquiry": self.enquiry, "parties": parties, "children": (self.child,), "purpose": "triage",
            "questions": ("concerns", "seen"), "told": ("names", "birth_date"), "question": f"Is {CANARY} thin?",
            "by": SCREENER,
        }  # fmt: skip
        return AskParties(**{**said, **more})

    def ask(self, *parties: Party, **more: Any) -> list[str]:
        return self.hub.requesting.ask(self.who(SCREENER), self.wish(*parties, **more))

    def states(self) -> dict[str, str]:
        """Where each party stands, by its name."""
        found = self.hub.requesting.page(self.who(SCREENER), self.enquiry).coverage
        return {f"{one.organisation} {one.setting}".strip(): one.state for one in found}

    def inbox(self, organisation: str, folder: Path) -> Inbox:
        """The organisation's own inbox, with a new sealing key of its own."""
        hub_key, key = folder / f"{uuid4()}.json", folder / f"{uuid4()}.key"
        hub_key.write_text(json.dumps(self.hub.hub_key()), encoding="utf-8")
        self.hub.add_key(organisation, key, sealing_key=True)
        return Inbox(self.hub.settings, hub_key, read_private(key))
