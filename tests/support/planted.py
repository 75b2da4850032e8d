"""A hub in which everything is said of one child, in words that stand nowhere else: whatever arrives can be recognised.

Beside it, where wished, what some may not even know of: a restricted child, a child of everybody's own family, and a
statement about the first child that protects its source and must not be discussed.
"""

import hashlib
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from hub.adapters.signin import DEMO_ACCOUNTS
from hub.domain.concern import message_id
from hub.domain.enquiry import OpenEnquiry
from hub.domain.message import (
    Address,
    Adult,
    Answer,
    Characteristics,
    Evidence,
    Handling,
    HowKnown,
    Message,
    Name,
    Person,
    Subject,
)
from hub.domain.person import RestrictionSet
from hub.domain.request import AskParties, Party
from hub.domain.staff import RegisterStaff
from tests.support.messages import concern, involvement, moment, nhs_of
from tests.support.partnership import Organisation, RunningHub
from tests.support.protected import PROTECTED

MARK = "Zqv"
OWNERS = (  # organisation, sector, setting: the demo's, and a second setting of two of them
    ("police", "police", "safeguarding_unit"), ("health_visiting", "health", "north_team"),
    ("school_a", "education", "school_a_primary_01"), ("school_a", "education", "school_a_primary_02"),
    ("children_social_care", "social_care", "mash"), ("early_help", "early_help", "family_hub_east"),
    ("early_help", "early_help", "family_hub_west"), ("housing", "housing", "north"),
)  # fmt: skip
FRONT_DOOR = "staff-c17b3d"
PROTECTING = ("drug_service", "voluntary", "adults")  # says what it says under a code that protects its source
BORN = {
    "child": date(2017, 5, 4),
    "secret": date(2012, 11, 19),
    "relative": date(2009, 2, 27),
    "bystander": date(2014, 8, 30),
    "protected": date(2011, 1, 14),
}  # nobody is like another
HOME = {
    "child": "ZZ1 1ZZ",
    "secret": "ZZ7 3AB",
    "relative": "ZZ9 8CD",
    "bystander": "ZZ5 6GH",
    "protected": "ZZ3 7JK",
}


class Canary(Struct, frozen=True):
    """A word of one class that one setting contributed; `about` says of whom, `to` to which accounts it was put besides."""

    organisation: str
    setting: str
    category: str
    about: str
    to: tuple[str, ...] = ()


class Canaries:
    """Words that occur nowhere else, the same in the same order in every hub, and what each is."""

    def __init__(self) -> None:
        self.words: dict[str, Canary] = {}

    def word(self, organisation: str, setting: str, category: str, about: str) -> str:
        """A new one."""
        number, made = len(self.words) + 1, ""
        for _ in range(4):
            number, letter = divmod(number * 7 + 3, 20)
            made += "bcdfghjklmnprstvwxyz"[letter] + "aeiou"[letter % 5]
            number += len(self.words)
        word = f"{MARK}{made}{len(self.words):03}x".translate(str.maketrans("0123456789", "abcdefghij"))
        self.words[word] = Canary(organisation, setting, category, about)
        return word

    def named(self, name: str, canary: Canary) -> str:
        """A word that is the same in every hub, whatever else was said there. `name` is letters alone."""
        word = f"{MARK}{name}"
        self.words[word] = canary
        return word

    def found(self, text: str) -> dict[str, Canary]:
        """Those that stand in a text, in whatever case."""
        if MARK.lower() not in (lower := text.lower()):
            return {}
        return {word: canary for word, canary in self.words.items() if word.lower() in lower}


class Planted:
    """A hub of the demo's organisations, with the demo's accounts, and a child of whom all of them say everything."""

    def __init__(self, running: RunningHub, *, secrets: bool, around: "Around | None" = None) -> None:
        """`around` is done for each child before anybody is hidden: what people do for them, and the ids of that by name."""
        self.around, self.more = around, dict[str, list[str]]()
        self.running, self.hub, self.canaries = running, running.hub, Canaries()
        for name, sector, _ in (*OWNERS, PROTECTING):
            if name not in running.organisations:
                self.hub.add_organisation(name, name.replace("_", " ").title(), sector)
                running.organisations[name] = Organisation(self.hub, name)
        for name in sorted({name for name, _, _ in OWNERS}):  # so that what they are told leaves on their topics
            self.hub.add_key(name, self.key_of(name), sealing_key=True)
        self.ids: list[tuple[str, str]] = []
        self.enquiry = self.request = self.link = self.code = ""
        self.why = self.canaries.word("hub", "", "rationale", "child")
        self.question = self.canaries.word("hub", "", "question", "child")
        self.child = self._say("child", 41_001)
        self._say("bystander", 41_301, [PROTECTING])  # so that it was heard of in every hub
        self.secret = self.relative = self.protected = self.protected_ident = self.doubted_ident = ""
        if secrets:
            self._plant_secrets()
        else:
            self._go_around(self.child, "child")
            self._go_around("", "")

    def _say(self, about: str, serial: int, owners: Iterable[tuple[str, str, str]] = OWNERS) -> str:
        """Everybody says everything of one child; the person that it is held to be."""
        name = Name(self.canaries.word("", "", "identity", about), self.canaries.word("", "", "identity", about))
        for organisation, _, setting in owners:
            said = self._concern(about, serial, name, organisation, setting, BORN[about], HOME[about])
            self.ids.append((organisation, self.running.say(said, same_id(f"{about}-{organisation}-{setting}"))))
            self.running.settled_intake()  # in this order, so that every hub has them in this order
            if setting == "north_team":
                contact = self.canaries.word(organisation, setting, "identity.contact", about)
                child = Person(own_id=said.subjects[0].person.own_id, names=(name,), birth_date=BORN[about])
                worked = involvement(organisation, child, "family_support", contact=contact, contact_role="team")
                self.ids.append((organisation, self.running.say(_at(worked, setting), same_id(f"{about}-involved"))))
        self.running.settled()
        organisation, ident = self.ids[-1]
        return self.running.child_of(organisation, ident)

    def _go_around(self, child: str, about: str) -> None:
        if self.around is not None:
            for name, ident in self.around(self, child, about).items():
                self.more.setdefault(name, []).append(ident)

    def key_of(self, organisation: str) -> Path:
        """The file of the key that opens what this organisation is told."""
        return self.hub.settings.data / f"{organisation}-sealing.key"

    def _concern(
        self,
        about: str,
        serial: int,
        name: Name,
        organisation: str,
        setting: str,
        born: date,
        home: str,
        **handled: Any,
    ) -> Any:
        def word(category: str) -> str:
            return self.canaries.word(organisation, setting, category, about)

        child = Person(
            own_id=word("identity"), nhs_number=nhs_of(serial), names=(name, Name(word("identity"), word("identity"), "alias")),
            birth_date=born, addresses=(Address((word("identity.address"),), postcode=home),),
            school=word("identity"), gp=word("identity"),
            characteristics=Characteristics(ethnicity=Answer("known", word("characteristics"))),
        )  # fmt: skip
        subject = Subject(
            person=child, indicators=("hunger",), observation=word("narrative"), voice=word("voice"), seen="seen"
        )
        adult = Adult(
            person=Person(names=(Name(word("identity"), word("identity")),)), relationship="mother",
            observation=word("third_party"),
        )  # fmt: skip
        return concern(
            organisation, subject, at=moment(2 + len(self.ids) / 1000), setting=setting, narrative=word("narrative"),
            adults=(adult,),
            how_known=HowKnown("first_hand"), referrer_name=word("referrer"), referrer=word("referrer"),
            incident=word("narrative"), handling=Handling(safe_contact=word("identity.contact"), **handled),
            evidence=(Evidence(word("evidence"), word("evidence"), organisation),),
        )  # fmt: skip

    def _plant_secrets(self) -> None:
        """What is said of the child under protection; a child whom nobody may know of, and one who is everybody's own
        family, both with all that makes an alert.
        """
        self.secret, self.relative = self._say("secret", 41_101), self._say("relative", 41_201)
        self._go_around(self.child, "child")
        if PROTECTED in self.hub.edition.parts["protocol"]["source_protected_codes"]:
            self._say_protected()
        self._go_around(self.secret, "secret")
        self._go_around(self.relative, "relative")
        self._go_around("", "")
        restriction = RestrictionSet(restricted=True, ground="protected_person", readers=(), decision="")
        stream = f"person:{self.secret}"
        self.hub._append(stream, self.hub.record.versions([stream])[stream], [restriction], "service:test")
        until = datetime.max.replace(tzinfo=UTC)
        self.hub.register_staff(
            [
                RegisterStaff(
                    staff=one.staff, organisation=one.organisation, setting=one.setting, roles=one.roles,
                    ig_trained_until=until, related=(self.relative,),
                )
                for one in DEMO_ACCOUNTS
            ]
        )  # fmt: skip
        self.running.settled()

    def _say_protected(self) -> None:
        """Under a code that protects its source: with whom the child lives, and elsewhere than all others say; and somebody
        who may be the child, of whom nobody else tells.
        """
        organisation, _, setting = PROTECTING
        words = [word for word, one in self.canaries.words.items() if (one.organisation, one.about) == ("", "child")]
        handled = {"police_code": PROTECTED, "do_not_discuss_until": self.hub.clock.now() + timedelta(days=30)}
        said = self._concern(
            "protected",
            41_001,
            Name(words[0], words[1]),
            organisation,
            setting,
            BORN["child"],
            HOME["protected"],
            **handled,
        )
        lives_there = replace(said.adults[0], in_household=True, relationship="parents_partner")
        self.protected_ident = self.running.say(replace(said, adults=(lives_there,)), same_id("protected"))
        self.protected = message_id(organisation, self.protected_ident)
        self.running.settled()
        name = Name(
            self.canaries.word("", "", "identity", "protected"), self.canaries.word("", "", "identity", "protected")
        )
        doubted = self._concern(  # under the child's NHS number, and called and born otherwise
            "protected", 41_001, name, organisation, setting, BORN["protected"], HOME["protected"], **handled
        )
        self.doubted_ident = self.running.say(doubted, same_id("doubted"))
        self.running.settled()

    def open_enquiry(self) -> None:
        """The front door opens a MASH enquiry about the child and asks the health visitors, also by a link."""
        who = self.hub.asker(FRONT_DOOR)
        # where somebody is at it already, one says why all the same
        anyway = self.canaries.named("anyway", Canary("hub", "", "rationale", "child")) if self.around else ""
        wish = OpenEnquiry(
            child=self.child, alerts=(), ground="significant_harm", reason=self.why, by=FRONT_DOOR, anyway=anyway
        )
        self.enquiry = self.hub.open_enquiry(who, wish)
        asked = AskParties(
            enquiry=self.enquiry, parties=(Party("health_visiting"),), children=(self.child,), purpose="triage",
            questions=("concerns", "seen"), told=("names", "birth_date", "on_record"),
            question=self.question, by=FRONT_DOOR,
        )  # fmt: skip
        (self.request,) = self.hub.requesting.ask(who, asked)
        made = self.hub.requesting.link(who, self.request)
        self.link, self.code = made.link.removeprefix("/answer/"), made.code
        self.running.settled()

    def sample(self, auditor: str) -> None:
        """List the child for a practice auditor."""
        self.hub.list_sample([self.child], [auditor], 7, "multi_agency_audit")
        self.running.settled()

    def messages(self) -> list[str]:
        """The hub's ids of what was said."""
        return [message_id(organisation, ident) for organisation, ident in self.ids]


# (the hub, a child, about whom): ids by their names in addresses. Last with no child: for what comes of it when time goes by.
Around = Callable[[Planted, str, str], dict[str, str]]


def with_protected_code(content: dict[str, Any]) -> dict[str, Any]:
    """An edition's content whose protocol knows PROTECTED: it protects its source, and is not pooled."""
    agreed, codes = (
        content["protocol"]["agreed"],
        {"not_pooled_codes": [PROTECTED], "source_protected_codes": [PROTECTED]},
    )
    pool = {**agreed["pool"], **codes}
    return {**content, "protocol": {**content["protocol"], **codes, "agreed": {**agreed, "pool": pool}}}


def same_id(name: str) -> str:
    """A sender's id that is the same in every hub, so that what is ordered by ids is ordered alike."""
    return str(UUID(bytes=hashlib.sha256(name.encode()).digest()[:16], version=4))


def _at(said: Message, setting: str) -> Any:
    return replace(said, setting=setting)
