"""Settings -> the parts of a hub: keys, log, record, ledger, views, register of organisations, edition in force.

It promises that what is opened is closed, and that a first start leaves a whole hub: an edition on record and a front desk
that can sign.
"""

import logging
import os
import secrets
import threading
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, suppress
from datetime import UTC, datetime
from functools import partial, reduce
from itertools import count
from pathlib import Path
from threading import Event
from typing import Protocol, TypeVar

from sqlalchemy import make_url

from hub.adapters import sealing
from hub.adapters.areas import AreaDirectory
from hub.adapters.avro import Codec as AvroCodec
from hub.adapters.blind import MatchKeys, secret_name
from hub.adapters.bodies import HubBodies
from hub.adapters.cedar import CedarRulings
from hub.adapters.clock import SystemClock
from hub.adapters.editions import Editions, InForce
from hub.adapters.keys_file import FileKeys
from hub.adapters.lease import file_lease, postgres_lease
from hub.adapters.letters import seal_letter
from hub.adapters.likeness import likeness
from hub.adapters.log_embedded import EmbeddedLog
from hub.adapters.log_kafka import KafkaLog
from hub.adapters.outbox import Numbers
from hub.adapters.record_postgres import postgres_record
from hub.adapters.record_sqlite import sqlite_record
from hub.adapters.sealing import VaultAES
from hub.adapters.signin import DEMO_ACCOUNTS, hash_client_secret
from hub.adapters.structs import look_up
from hub.adapters.tables import Tables
from hub.config import Settings, SettingsWrong
from hub.domain import agency, edition, feed, hub_key, staff
from hub.domain.agency import GATEWAY, Register, topics_of
from hub.domain.edition import Edition
from hub.domain.errors import AlreadyOnRecord, HubError, Refused
from hub.domain.fact import Envelope, Fact, NewFact, Recorded
from hub.domain.matching import RULES
from hub.domain.moments import london_day
from hub.domain.outward import Letter
from hub.domain.staff import RegisterStaff, Staff, StaffFact
from hub.domain.stored import FACTS
from hub.flow.assess import Assessments
from hub.flow.auditing import Audits
from hub.flow.challenge import Challenges
from hub.flow.consent import Consents
from hub.flow.convene import Convene
from hub.flow.disclose import StandingGrant, stand
from hub.flow.discuss import Discuss
from hub.flow.enquire import Enquire
from hub.flow.forward import Forward
from hub.flow.help import Levels
from hub.flow.help_plan import HelpPlans
from hub.flow.hindsight import LateEvidence
from hub.flow.identify import Identify
from hub.flow.lead import Leads
from hub.flow.offer import Offering
from hub.flow.prompt import Prompts
from hub.flow.publish import Signer
from hub.flow.release import Releases
from hub.flow.request import Requests
from hub.flow.series import Series
from hub.flow.silence import Silences
from hub.flow.tools import Tools
from hub.flow.transfer import Transfers
from hub.ports import Clock, Log, Record
from hub.views.households import Households
from hub.views.store import ViewStore, message_of
from policies.draft import draft

log = logging.getLogger(__name__)
HUB = "hub"  # the hub as an organisation: it holds a source record of each person it has words of its own about
HUB_TOPICS = {
    "signal.v1": 6, "case.v1": 6, "expected.v1": 1, "finding.v1": 1, "alert.v1": 1, "audit.checkpoint.v1": 1,
}  # fmt: skip


class Closeable(Protocol):
    """What a hub closes when it ends."""

    def close(self) -> None:
        """Give back what is held."""
        ...


Part = TypeVar("Part", bound=Closeable)


class Parts:
    """The parts of a hub, its register, and its edition. One for each process; its parts serve all threads."""

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        look_up()  # before anybody starts a thread
        self.settings = settings
        self.clock: Clock = clock or SystemClock()
        self._closing: list[Closeable] = []
        os.umask(0o077)  # what a hub writes is its own user's alone, whatever the folder's rights
        settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.keys = self._own(FileKeys(settings.data / "keys"))
        self.likeness = likeness()
        self.codec = AvroCodec()
        self.log: Log = self._own(self._open_log())
        self.record: Record = self._own(self._open_record("record"))
        self.ledger: Record = self._own(self._open_record("ledger"))
        self.vault = VaultAES(self.keys, self.ledger)
        self._kept: set[str] = set()
        self.blind = self._match_keys()
        self.bodies = HubBodies(self.keys, self.clock, self._keep)
        self.views = self._own(ViewStore(self.tables("views")))
        self.homes = self._own(Households(self.tables("households")))
        self.numbers = self._own(Numbers(self.tables("outbox")))
        self.areas = self._own(AreaDirectory(self.tables("areas")))
        self.paged: list[str] = []  # what this process rang a person about
        self.counted = 0  # up to where this process has counted what households make count
        self._bell = threading.Condition()
        self._changes = 0
        self._leave: StandingGrant | None = None
        self._register = Register()
        self._register_lock = threading.Lock()
        try:
            self.editions = self._first_start()
        except BaseException:
            self.close()
            raise
        if settings.demo:
            self.register_staff(
                [
                    RegisterStaff(
                        staff=one.staff, organisation=one.organisation, setting=one.setting, roles=one.roles,
                        ig_trained_until=datetime.max.replace(tzinfo=UTC),
                    )
                    for one in DEMO_ACCOUNTS
                ]
            )  # fmt: skip

    # ------------------------------------------------------------------------------------------------- the parts

    def _own(self, part: Part) -> Part:
        self._closing.append(part)
        return part

    def _keep(self, owner: str) -> None:
        """See to it that this key of the hub's own is there, and that it is made once only.

        Raises KeyMissing where the record says that it was made and the key store has it no more: a copy from before
        then was put back, and a new key would silently close what the old one opens.
        """
        if owner in self._kept:
            return
        stream = hub_key.stream(owner)
        if not self.record.versions([stream]):
            self.keys.make([owner])
            with suppress(AlreadyOnRecord):  # another process of this hub was first
                self._append(stream, 0, [hub_key.HubKeyMade(owner=owner)], "service:bootstrap")
        self.keys.find(owner)
        self._kept.add(owner)

    def secret(self, name: str) -> bytes:
        """A named secret of the hub, made once; raises KeyMissing where it was lost."""
        self._keep(f"secret:{name}")
        return self.keys.secret(name)

    def _match_keys(self) -> MatchKeys:
        """The match keys under the version of the secret that the index is made with."""
        state = self.record.index_state()
        if not state.indexed and state.rules != RULES:
            self.record.begin_index(state.version, RULES)
        return MatchKeys(self.secret(secret_name(state.version)), state.version, self.secret("match-index"))

    def _open_log(self) -> Log:
        s = self.settings
        if s.log == "embedded":
            return EmbeddedLog(s.data / "log.db")
        return KafkaLog(
            s.kafka_bootstrap, security=s.kafka_security, user=s.kafka_user,
            password=s.kafka_password.get_secret_value(), ca_file=str(s.kafka_ca) if s.kafka_ca else None,
        )  # fmt: skip

    def _open_record(self, name: str) -> Record:
        s = self.settings
        if s.store == "sqlite":
            return sqlite_record(s.data / f"{name}.db", self.keys, FACTS, name=name)
        return postgres_record(s.postgres_dsn.get_secret_value(), self.keys, FACTS, name=name)

    def tables(self, name: str) -> Tables:
        """A set of tables of its own beside the record: a file on SQLite, a schema on PostgreSQL."""
        if self.settings.store == "sqlite":
            path = self.settings.data / f"{name}.db"
            path.parent.mkdir(parents=True, exist_ok=True)
            return Tables(f"sqlite:///{path}")
        dsn, schema = self.settings.postgres_dsn.get_secret_value(), f"mash_{name.replace('/', '_')}"
        url = make_url(dsn).set(drivername="postgresql+psycopg")
        url = url.update_query_dict({"options": f"-csearch_path={schema}"})
        return Tables(url.render_as_string(hide_password=False), schema)

    def lease(self, name: str, stop: Event) -> AbstractContextManager[bool]:
        """The lease of a role that only one process at a time may hold; False when `stop` came first."""
        if self.settings.store == "sqlite":
            return file_lease(self.settings.data)(name, stop)
        return postgres_lease(self.settings.postgres_dsn.get_secret_value())(name, stop)

    def _alarm(self, what: str) -> None:
        log.error("alarm: %s", what)

    def page(self, place: str, what: str) -> None:
        """Ring a person: something failed in a way that nobody foresaw. `place` and `what` name nobody."""
        log.critical("page: %s: %s", place, what)
        self.paged.append(place)

    # ---------------------------------------------------------------------------------------------- the first start

    def _first_start(self) -> Editions:
        """The editions; at the first start edition 1 is published as a fact, and the front desk gets its key."""
        self.log.create_topics(HUB_TOPICS)
        if not self.record.versions([edition.stream(1)]):
            content = draft(
                self.settings.partnership, london_day(self.clock.now()), partnerships=self.settings.partnerships
            )
            fact = edition.publish(1, self.clock.now(), content)
            with suppress(AlreadyOnRecord):  # another process of this hub was first
                self._append(edition.stream(1), 0, [fact], "service:bootstrap")
        editions = Editions(
            record=self.record, clock=self.clock, likeness=self.likeness, alarm=self._alarm, page=self.page
        )
        in_force = editions.now().edition
        if in_force.parts["partnership"]["name"] != self.settings.partnership:
            raise SettingsWrong(
                f"this hub serves {in_force.parts['partnership']['name']}, not {self.settings.partnership}: "
                "one hub is one partnership; name another MASH_DATA for another"
            )
        self._front_desk()
        return editions

    @property
    def edition(self) -> Edition:
        """The edition in force, looked up at most five times a second. What must see one edition whole asks `in_force`."""
        return self.editions.lately().edition

    @edition.setter
    def edition(self, one: Edition) -> None:
        self.editions.pin(self.editions.now()._replace(edition=one))

    @property
    def rulings(self) -> CedarRulings:
        """The rulings of the edition in force."""
        return self.editions.lately().rulings

    def in_force(self) -> InForce:
        """The edition in force now, whole: a look, or a turn of the intake, is judged by it from start to end."""
        return self.editions.now()

    def _front_desk(self) -> None:
        """The front desk signs with the first of its keys that was not revoked; the next is made when one is."""
        keys = self.register().keys
        for number in count(1):
            pair = sealing.make_signing_pair(self.secret("sign:gateway" if number == 1 else f"sign:gateway:{number}"))
            if pair.keyid not in keys or keys[pair.keyid].revoked is None:
                break
        self.gateway = Signer(GATEWAY, pair.keyid, pair.private)
        if GATEWAY not in self.register().organisations:
            desk = agency.OrganisationRegistered(
                organisation=GATEWAY, name="The hub's front desk", sector="partnership", may_enter_for_others=True
            )
            self._change_register(desk)
        self._change_register(agency.KeyAdded(organisation=GATEWAY, key_id=pair.keyid, public=pair.public))

    # ------------------------------------------------------------------------------------------------ the register

    def register(self) -> Register:
        """The register of organisations as the record has it now."""
        with self._register_lock:
            while page := self.record.read(self._register.position, 500, agency.NAMES):
                self._register = agency.register_from(page, self._register)
            return self._register

    def _change_register(self, wish: agency.AgencyFact, by: str = "service:bootstrap") -> bool:
        register = self.register()
        facts = agency.decide(register, wish)
        if facts:
            after = register.versions.get(wish.organisation, 0)
            self._append(f"organisation:{wish.organisation}", after, facts, by)
        return bool(facts)

    def add_organisation(
        self, organisation: str, name: str, sector: str, *, party: bool = True, listed_body: bool = False
    ) -> bool:
        """Register an organisation and make its topics; False when it was registered just so."""
        wish = agency.OrganisationRegistered(
            organisation=organisation, name=name, sector=sector, party=party, listed_body=listed_body
        )
        changed = self._change_register(wish, "person:command-line")
        self.log.create_topics(topics_of(organisation))
        return changed

    def add_key(self, organisation: str, out: Path, *, sealing_key: bool = False) -> str:
        """Make a pair, register its public half, write the private half to `out` (which must not exist).

        It signs what the organisation says; with `sealing_key` it opens what the hub tells the organisation.
        """
        pair = sealing.make_sealing_pair() if sealing_key else sealing.make_signing_pair()
        with os.fdopen(os.open(out, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(f"organisation {organisation}\nkeyid {pair.keyid}\nprivate {pair.private.hex()}\n")
        try:
            kind = agency.SealingKeyAdded if sealing_key else agency.KeyAdded
            wish = kind(organisation=organisation, key_id=pair.keyid, public=pair.public)
            self._change_register(wish, "person:command-line")
            self.log.create_topics(topics_of(organisation))  # for one that joined before it was spoken to
        except HubError:
            out.unlink()
            raise
        return pair.keyid

    def revoke_key(self, organisation: str, key_id: str, reason: str) -> bool:
        """From now on this key signs no longer; of a sealing key, nothing is sealed to it any more."""
        kind = agency.SealingKeyRevoked if key_id in self.register().sealing else agency.KeyRevoked
        wish = kind(organisation=organisation, key_id=key_id, reason=reason)
        return self._change_register(wish, "person:command-line")

    def add_client(self, organisation: str) -> tuple[str, str]:
        """(client id, secret) for the HTTP interface; the secret is hashed on the record and shown once."""
        client, secret, salt = f"client-{secrets.token_hex(6)}", secrets.token_urlsafe(32), os.urandom(16)
        hashed = hash_client_secret(secret, salt)
        wish = agency.ClientAdded(organisation=organisation, client=client, salt=salt, hashed=hashed)
        self._change_register(wish, "person:command-line")
        return client, secret

    def revoke_client(self, organisation: str, client: str, reason: str) -> bool:
        """From now on this credential opens nothing."""
        wish = agency.ClientRevoked(organisation=organisation, client=client, reason=reason)
        return self._change_register(wish, "person:command-line")

    def hub_key(self) -> dict[str, str]:
        """The hub's public keys: the one of this month that organisations seal to (key id and public half), and the one that
        signs what the hub tells them.
        """
        pair, signs = self.bodies.current(self.clock.now()), self.speaks
        return {
            "keyid": pair.keyid, "public": pair.public.hex(), "signs_keyid": signs.keyid, "signs": signs.public.hex(),
        }  # fmt: skip

    @property
    def speaks(self) -> sealing.Pair:
        """The pair with which the hub signs what it tells organisations."""
        return sealing.make_signing_pair(self.secret("sign:hub"))

    def seal_letter(self, organisation: str, letter: Letter) -> tuple[str, str]:
        """A letter closed to this organisation's key, and the key's id; both "" where it gave none."""
        key = self.register().sealing_key(organisation)
        return (seal_letter(key.public, letter), key.key_id) if key else ("", "")

    # ------------------------------------------------------------------------------------------------------- intake

    def intake_tools(self) -> Tools:
        """What the intake works with."""
        self.blind = self._match_keys()  # another process may have made the index anew while this one stood by
        now = self.in_force()
        self._leave = stand(
            "service:intake", ledger=self.ledger, vault=self.vault, clock=self.clock, edition=now.edition.id
        )
        return Tools(
            log=self.log, record=self.record, keys=self.keys, vault=self.vault, blind=self.blind, bodies=self.bodies,
            codec=self.codec, areas=self.areas, rulings=now.rulings, clock=self.clock,
            vocabulary=now.edition.vocabulary, likeness=self.likeness, judge=now.judge, edition=now.edition.id,
            plain=self.settings.plain_bodies, page=self.page, homes=self.homes,
            standing=self._leave, looks=self.ledger.position, spoken=self.spoken_of,
            kept_out=self.views.kept_out, viewed=lambda: self.views.position("record"),
            agreed=now.edition.agreed,
            not_pooled=frozenset(now.edition.parts["protocol"].get("not_pooled_codes", ())),
            protects_source=frozenset(now.edition.parts["protocol"].get("source_protected_codes", ())),
        )  # fmt: skip

    def spoken_of(self, source_records: Iterable[str]) -> list[str]:
        """The messages that speak of these source records, once the views have followed the record."""
        self.views.catch_up("record", self.record)
        return self.views.spoken_of(source_records)

    def worries_of(self, source_records: Iterable[str]) -> list[tuple[int, str]]:
        """The concerns that stand and speak of these source records, the newest first: position and message."""
        self.views.catch_up("record", self.record)
        return [(row["position"], message_of(row)) for row in self.views.worries(source_records)]

    def count_opened(self) -> None:
        """Put on the ledger how many identifiers matching has opened since the last time."""
        if self._leave is not None:
            self._leave.count(ledger=self.ledger, clock=self.clock, edition=self.edition.id)

    def act(self) -> Enquire:
        """What a person may do on the record, MASH enquiries included."""
        return Enquire(
            record=self.record, vault=self.vault, keys=self.keys, clock=self.clock, edition=self.edition.id, hub=HUB,
            worries=self.worries_of,
        )  # fmt: skip

    def requests(self) -> Requests:
        """What may be done with requests to organisations."""
        return Requests(
            self.act(), load=self.record.load, now=self.clock.now, vault=self.vault, keys=self.keys,
            secret=self.secret("answer-link"), seal=self.seal_letter,
        )  # fmt: skip

    def releases(self) -> Releases:
        """What an owner may do with items of its own words."""
        return Releases(self.act(), load=self.record.load)

    def consent(self) -> Consents:
        """What a person may put on record of what a family said."""
        return Consents(record=self.record, vault=self.vault, keys=self.keys, clock=self.clock, act=self.act())

    def forward(self) -> Forward:
        """What is done with a child on whom something is open."""
        return Forward(
            record=self.record, vault=self.vault, keys=self.keys, clock=self.clock, edition=self.edition.id, hub=HUB
        )

    def discuss(self) -> Discuss:
        """What is done with strategy discussions."""
        return Discuss(
            record=self.record, vault=self.vault, keys=self.keys, clock=self.clock, edition=self.edition.id, hub=HUB
        )

    def challenges(self) -> Challenges:
        """What is done with challenges."""
        return Challenges(
            record=self.record, vault=self.vault, keys=self.keys, clock=self.clock, edition=self.edition.id, hub=HUB
        )

    def silences(self) -> Silences:
        """What is done about what is silent."""
        return Silences(
            record=self.record, vault=self.vault, keys=self.keys, clock=self.clock, edition=self.edition.id, hub=HUB
        )

    def declare_feed(
        self, organisation: str, setting: str, days: int, counts: feed.Counts, by: str = "person:command-line"
    ) -> bool:
        """An organisation, or a setting of it, says how often it is heard; False when it had said just so.

        Raises Refused naming the field, NotFound for an organisation that never joined.
        """
        self.register().sector(organisation)
        return self.silences().declare(
            feed.FeedDeclared(organisation=organisation, setting=setting, days=days, counts=counts, declared_by=by)
        )

    def late_evidence(self) -> LateEvidence:
        """What is done about evidence that came late for a decision."""
        return LateEvidence(
            record=self.record, vault=self.vault, keys=self.keys, clock=self.clock, edition=self.edition.id, hub=HUB
        )

    def practice_audits(self) -> Audits:
        """What people do about practice audits."""
        return Audits(
            record=self.record, vault=self.vault, keys=self.keys, clock=self.clock, edition=self.edition.id, hub=HUB
        )

    def series(self) -> Series:
        """What is done with figures that other systems count."""
        return Series(
            record=self.record, vault=self.vault, keys=self.keys, clock=self.clock, edition=self.edition.id, hub=HUB
        )

    def prompts(self) -> Prompts:
        """What is done with prompts."""
        return Prompts(
            record=self.record, vault=self.vault, keys=self.keys, clock=self.clock, edition=self.edition.id, hub=HUB
        )

    def levels(self) -> Levels:
        """What is done about the level of a child's help."""
        return Levels(
            record=self.record, vault=self.vault, keys=self.keys, clock=self.clock, edition=self.edition.id, hub=HUB
        )

    def assessments(self) -> Assessments:
        """What is done about assessments."""
        return Assessments(
            record=self.record, vault=self.vault, keys=self.keys, clock=self.clock, edition=self.edition.id, hub=HUB
        )

    def help_plans(self) -> HelpPlans:
        """What is done about plans of help."""
        return HelpPlans(
            record=self.record, vault=self.vault, keys=self.keys, clock=self.clock, edition=self.edition.id, hub=HUB
        )

    def offers(self) -> Offering:
        """What is done about offers of help."""
        return Offering(
            record=self.record, vault=self.vault, keys=self.keys, clock=self.clock, edition=self.edition.id, hub=HUB
        )

    def convene(self) -> Convene:
        """What is done with meetings of organisations."""
        return Convene(
            record=self.record, vault=self.vault, keys=self.keys, clock=self.clock, edition=self.edition.id, hub=HUB
        )

    def transfers(self) -> Transfers:
        """What is done about children who move between partnerships."""
        return Transfers(
            record=self.record, vault=self.vault, keys=self.keys, clock=self.clock, edition=self.edition.id, hub=HUB
        )

    def know_hub(self, organisation: str, title: str, key_id: str, public: bytes) -> bool:
        """Another partnership's hub joins as an organisation, with the key by which it signs; False when it had.

        Raises Refused where the key's id is not of the key, NotFound and the like as `add_organisation`.
        """
        if sealing.key_id(public) != key_id:
            raise Refused("the id is not of this key: ask the other hub for the file again", "key")
        new = self.add_organisation(organisation, title, "council", party=False)
        return (
            self._change_register(
                agency.KeyAdded(organisation=organisation, key_id=key_id, public=public), "person:command-line"
            )
            or new
        )

    def leads(self) -> Leads:
        """What is done about who leads for a child."""
        return Leads(
            record=self.record, vault=self.vault, keys=self.keys, clock=self.clock, edition=self.edition.id, hub=HUB
        )

    def identify(self) -> Identify:
        """What a person may decide about identity."""
        return Identify(
            record=self.record, vault=self.vault, keys=self.keys, clock=self.clock, edition=self.edition.id, hub=HUB
        )

    def register_staff(self, wishes: Sequence[RegisterStaff]) -> None:
        """Put people in the register of staff; those who stand there just so change nothing."""
        for wish in wishes:
            self.act().append(f"staff:{wish.staff}", partial(_joining, wish), "service:bootstrap")
            if wish.same_as and wish.related:  # family is of the person, not of the account
                self.act().append(f"staff:{wish.same_as}", partial(_kin_too, wish), "service:bootstrap")

    # ------------------------------------------------------------------------------------------------------- the rest

    def ring(self) -> None:
        """Wake the roles of this process that wait for the record."""
        with self._bell:
            self._bell.notify_all()

    def record_bell(self, timeout: float) -> None:
        """Wait until somebody rings, or `timeout` seconds."""
        with self._bell:
            self._bell.wait(timeout)

    def changed(self) -> None:
        """Note that views moved: pages that watch are nudged."""
        self._changes += 1

    @property
    def changes(self) -> int:
        """How often views moved since the start."""
        return self._changes

    def _append(self, stream: str, after: int, facts: Sequence[Fact], by: str) -> list[Recorded]:
        now = self.clock.now()
        envelope = Envelope(now, now, by, "", "", "" if not hasattr(self, "edition") else self.edition.id)
        return self.record.append([NewFact(stream, after + n, fact, envelope) for n, fact in enumerate(facts)])

    def close(self) -> None:
        """Close every part, the last opened first."""
        while self._closing:
            self._closing.pop().close()


def _kin_too(wish: RegisterStaff, history: list[Recorded]) -> Sequence[StaffFact]:
    """What another account of the same person gets of a registration: the family that it names."""
    facts = [one.fact for one in history if isinstance(one.fact, StaffFact)]
    state = reduce(staff.evolve, facts, Staff(wish.same_as))
    named = f"register:{wish.staff}"
    return [
        staff.StaffFamilyMet(staff=wish.same_as, person=person, declaration=named)
        for person in wish.related
        if person not in state.related
    ]


def _joining(wish: RegisterStaff, history: list[Recorded]) -> Sequence[StaffFact]:
    state = Staff(wish.staff)
    for recorded in history:
        if isinstance(recorded.fact, StaffFact):
            state = staff.evolve(state, recorded.fact)
    return staff.decide(state, wish)
