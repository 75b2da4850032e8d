"""A child of whom everything is said in words that stand nowhere else, and a walk through every door of the hub as everybody.

What arrives is kept whole: body, headers, address. Who may be shown which word is for the test to say.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import httpx
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
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

MARK = "Zqv"
OWNERS = (  # organisation, sector, setting: the demo's, and a second setting of two of them
    ("police", "police", "safeguarding_unit"), ("health_visiting", "health", "north_team"),
    ("school_a", "education", "school_a_primary_01"), ("school_a", "education", "school_a_primary_02"),
    ("children_social_care", "social_care", "mash"), ("early_help", "early_help", "family_hub_east"),
    ("early_help", "early_help", "family_hub_west"), ("housing", "housing", "north"),
)  # fmt: skip
FRONT_DOOR = "staff-c17b3d"
BORN = {
    "child": date(2017, 5, 4),
    "secret": date(2012, 11, 19),
    "relative": date(2009, 2, 27),
}  # nobody is like another
HOME = {"child": "ZZ1 1ZZ", "secret": "ZZ7 3AB", "relative": "ZZ9 8CD"}


class Canary(Struct, frozen=True):
    """A word of one class that one setting contributed; `about` says of whom."""

    organisation: str
    setting: str
    category: str
    about: str


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

    def found(self, text: str) -> dict[str, Canary]:
        """Those that stand in a text, in whatever case."""
        if MARK.lower() not in (lower := text.lower()):
            return {}
        return {word: canary for word, canary in self.words.items() if word.lower() in lower}


class Planted:
    """A hub of the demo's organisations, with the demo's accounts, and a child of whom all of them say everything."""

    def __init__(self, running: RunningHub, *, secrets: bool) -> None:
        self.running, self.hub, self.canaries = running, running.hub, Canaries()
        for name, sector, _ in OWNERS:
            if name not in running.organisations:
                self.hub.add_organisation(name, name.replace("_", " ").title(), sector)
                running.organisations[name] = Organisation(self.hub, name)
        self.ids: list[tuple[str, str]] = []
        self.enquiry = self.request = self.link = self.code = ""
        self.child = self._say("child", 41_001)
        self.secret = self.relative = ""
        if secrets:
            self._plant_secrets()

    def _say(self, about: str, serial: int, owners: Iterable[tuple[str, str, str]] = OWNERS) -> str:
        """Everybody says everything of one child; the person that it is held to be."""
        name = Name(self.canaries.word("", "", "identity", about), self.canaries.word("", "", "identity", about))
        for organisation, _, setting in owners:
            said = self._concern(about, serial, name, organisation, setting)
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

    def _concern(self, about: str, serial: int, name: Name, organisation: str, setting: str) -> Any:
        def word(category: str) -> str:
            return self.canaries.word(organisation, setting, category, about)

        child = Person(
            own_id=word("identity"), nhs_number=nhs_of(serial), names=(name, Name(word("identity"), word("identity"), "alias")),
            birth_date=BORN[about], addresses=(Address((word("identity.address"),), postcode=HOME[about]),),
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
            incident=word("narrative"), handling=Handling(safe_contact=word("identity.contact")),
            evidence=(Evidence(word("evidence"), word("evidence"), organisation),),
        )  # fmt: skip

    def _plant_secrets(self) -> None:
        """A child whom nobody may know of, and one who is everybody's own family; both with all that makes an alert."""
        self.secret, self.relative = self._say("secret", 41_101), self._say("relative", 41_201)
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

    def open_enquiry(self) -> None:
        """The front door opens a MASH enquiry about the child and asks the health visitors, also by a link."""
        why = self.canaries.word("hub", "", "rationale", "child")
        who = self.hub.asker(FRONT_DOOR)
        wish = OpenEnquiry(child=self.child, alerts=(), ground="significant_harm", reason=why, by=FRONT_DOOR)
        self.enquiry = self.hub.open_enquiry(who, wish)
        asked = AskParties(
            enquiry=self.enquiry, parties=(Party("health_visiting"),), children=(self.child,), purpose="triage",
            questions=("concerns", "seen"), told=("names", "birth_date"),
            question=self.canaries.word("hub", "", "question", "child"), by=FRONT_DOOR,
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


def same_id(name: str) -> str:
    """A sender's id that is the same in every hub, so that what is ordered by ids is ordered alike."""
    return str(UUID(bytes=hashlib.sha256(name.encode()).digest()[:16], version=4))


def _at(said: Message, setting: str) -> Any:
    return replace(said, setting=setting)


# ------------------------------------------------------------------------------------------------------- the walk


class Door(Struct, frozen=True):
    """One method of one route."""

    method: str
    path: str
    names: tuple[str, ...]
    json: bool


def doors(app: FastAPI) -> list[Door]:
    """Every one there is."""
    found = []
    for context in iter_route_contexts(app.routes):
        path = str(context.path)
        names = tuple(re.findall(r"{(\w+)(?::\w+)?}", path))
        found += [Door(m, path, names, path.startswith("/api/")) for m in sorted(set(context.methods or ()) - {"HEAD"})]
    return found


class Arrived(Struct, frozen=True):
    """What came back through a door."""

    who: str
    method: str
    path: str
    status: int
    headers: str
    body: str

    @property
    def all(self) -> str:
        return f"{self.path}\n{self.headers}\n{self.body}"

    @property
    def plain(self) -> tuple[str, str, int, str, str]:
        """The same without what differs from hub to hub by chance: ids, times, tokens, positions."""
        kept = "\n".join(
            line
            for line in self.headers.splitlines()
            if not line.startswith(("date:", "content-length:", "set-cookie:"))
        )
        # lines stand in the order of random ids where nothing else orders them: that order tells nothing
        body = "\n".join(sorted(normal(self.body).splitlines()))
        return (self.who, self.method, self.status, normal(kept), body)


CHANCE = (
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "ID"),
    (re.compile(r"nonce[=-]\"?[\w+/=-]+\"?"), "NONCE"),
    (re.compile(r"\b[0-9a-f]{12,}\b"), "ID"),
    (re.compile(r"\b[0-9A-F]{8}\b"), "REF"),
    (re.compile(r"position=\d+"), "AT"),
    (re.compile(r"\d{4}-\d\d-\d\d[T ][\d:.]+(Z|[+-]\d\d:\d\d)?"), "TIME"),
    (re.compile(r"\b\d{1,2}(:\d\d)+(\.\d+)?(am|pm)?"), "TIME"),
    (re.compile(r"\b\d{9,}(\.\d+)?\b"), "NUMBER"),
    (re.compile(r"(entry|position|to position|ledger\"?:|position\"?:|@)\s?\d+"), "AT"),
    (re.compile(r"(data-|name=\"(before|seen|seen_position|position)\" value=)\"?\d+"), "AT"),
    (re.compile(r"[\w.-]{40,}"), "TOKEN"),
)


def normal(text: str) -> str:
    """A text without what is chance."""
    for pattern, instead in CHANCE:
        text = pattern.sub(instead, text)
    return text


class Walker:
    """Somebody who tries every door: by their session, by the credential of a program, or as nobody."""

    def __init__(self, url: str, who: str, staff: str = "", auth: tuple[str, str] | None = None) -> None:
        self.who, self.staff = who, staff
        self.http = httpx.Client(
            base_url=url, headers={"Sec-Fetch-Site": "same-origin"}, auth=auth, timeout=30, follow_redirects=False
        )
        self.token = ""
        self.enter()

    def enter(self) -> None:
        """Sign in, where there is somebody to."""
        if self.staff:
            self.http.post("/sign-in", data={"account": self.staff})
            self.token = self.http.get("/api/v1/session").json()["token"]

    def close(self) -> None:
        self.http.close()

    def get(self, path: str) -> Arrived:
        if path.startswith("/live"):
            return self._stream(path)
        return self._kept("GET", path, self.http.get(path))

    def post(self, path: str, said: dict[str, str], *, json: bool) -> Arrived:
        if json:
            answer = self.http.post(path, json=said, headers={"mash-form-token": self.token})
        else:
            answer = self.http.post(path, data={"token": self.token, **said})
        return self._kept("POST", path, answer)

    def _stream(self, path: str) -> Arrived:
        """The first that comes of what is sent live, for a second."""
        with self.http.stream("GET", path, timeout=httpx.Timeout(30, read=0.4)) as answer:
            body = ""
            try:
                for piece in answer.iter_text():
                    body += piece
                    if "data:" in body:
                        break
            except httpx.ReadTimeout:
                body += "(nothing more)"
            return Arrived(self.who, "GET", path, answer.status_code, _headers(answer), body)

    def _kept(self, method: str, path: str, answer: httpx.Response) -> Arrived:
        return Arrived(self.who, method, path, answer.status_code, _headers(answer), answer.text)


def _headers(answer: httpx.Response) -> str:
    return "\n".join(f"{name}: {value}" for name, value in sorted(answer.headers.items()))


def addresses(door: Door, values: dict[str, list[str]]) -> Iterator[str]:
    """The addresses of a door, for each of the values of its first name. Raises KeyError for a name nobody taught."""
    if not door.names:
        yield door.path
        return
    several = max(len(values[name]) for name in door.names)
    for number in range(several):
        path = door.path
        for name in door.names:
            known = values[name]
            path = re.sub(rf"{{{name}(:\w+)?}}", known[number % len(known)], path)
        yield path
