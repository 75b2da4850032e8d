"""Settings -> a running hub. Tests come in by the same door.

`Hub` bundles the parts and offers what pages and commands ask of them; the journey itself is in flow/.
"""

import logging
import os
import secrets
import threading
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from threading import Event
from typing import Protocol, TypeVar

from msgspec.structs import replace as structs_replace
from sqlalchemy import func, make_url, select

from hub.adapters import sealing
from hub.adapters.avro import Codec as AvroCodec
from hub.adapters.blind import MatchKeys
from hub.adapters.bodies import HubBodies
from hub.adapters.cedar import CedarRulings
from hub.adapters.clock import SystemClock
from hub.adapters.keys_file import FileKeys
from hub.adapters.lease import file_lease, postgres_lease
from hub.adapters.log_embedded import EmbeddedLog
from hub.adapters.log_kafka import KafkaLog
from hub.adapters.outbox import Numbers
from hub.adapters.record_postgres import postgres_record
from hub.adapters.record_sqlite import sqlite_record
from hub.adapters.sealing import VaultAES
from hub.adapters.signin import DEMO_ACCOUNTS, hash_client_secret
from hub.adapters.tables import ConsumerTables, FollowerPositions, Tables
from hub.config import Settings, SettingsWrong
from hub.domain import agency, edition, hub_key, staff
from hub.domain.agency import GATEWAY, Register, topic_of
from hub.domain.concern import MessageReadmitted, ReadmissionAsked
from hub.domain.edition import Edition, EditionPublished
from hub.domain.enquiry import Decide, OpenEnquiry
from hub.domain.errors import AlreadyOnRecord, HubError, NotFound, Refused
from hub.domain.fact import Envelope, Fact, NewFact, Recorded
from hub.domain.message import Message
from hub.domain.message_rules import check
from hub.domain.moments import london_day
from hub.domain.sample import SampleListed
from hub.domain.sample import check as check_sample
from hub.domain.signal import FactNotSent
from hub.domain.staff import RegisterStaff, Staff, StaffFact
from hub.domain.stored import FACTS
from hub.flow import publish
from hub.flow.act import Act
from hub.flow.disclose import StandingGrant, stand
from hub.flow.publish import Receipt, Signer
from hub.flow.receive import Intake, Tools
from hub.flow.relay import Relay, case_relay, signal_relay
from hub.ports import Clock, ConsumerState, Log, Record
from hub.views import store
from hub.views.asking import Desk, samples_of
from hub.views.audit import Audit
from hub.views.desk import Answers
from hub.views.journey import journey
from hub.views.models import (
    Asker,
    AuditRow,
    AuditView,
    EnquiryView,
    Filters,
    GapRow,
    InvolvedRow,
    LedgerPage,
    Options,
    Picture,
    QuarantineRow,
    SentRow,
    Stamp,
    UnplacedRow,
    Worklist,
    WorklistRow,
)
from hub.views.store import ViewStore
from policies.draft import draft

log = logging.getLogger(__name__)
HUB = "hub"  # the hub as an organisation: it holds a source record of each person it has words of its own about
HUB_TOPICS = {"signal.v1": 6, "case.v1": 6, "finding.v1": 1, "alert.v1": 1, "audit.checkpoint.v1": 1}
READMISSIONS = {"key_mended", "schema_mended", "our_fault", "earlier_message_arrived"}


class Closeable(Protocol):
    """What a hub closes when it ends."""

    def close(self) -> None:
        """Give back what is held."""
        ...


Part = TypeVar("Part", bound=Closeable)


class Hub:
    """A hub: its parts, and what is asked of them. One for each process; its parts serve all threads."""

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        self.settings = settings
        self.clock: Clock = clock or SystemClock()
        self._closing: list[Closeable] = []
        os.umask(0o077)  # what a hub writes is its own user's alone, whatever the folder's rights
        settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.keys = self._own(FileKeys(settings.data / "keys"))
        self.vault = VaultAES(self.keys)
        self.codec = AvroCodec()
        self.log: Log = self._own(self._open_log())
        self.record: Record = self._own(self._open_record("record"))
        self.ledger: Record = self._own(self._open_record("ledger"))
        self._kept: set[str] = set()
        self.blind = MatchKeys(self.secret("match-index"))
        self.bodies = HubBodies(self.keys, self.clock, self._keep)
        self.views = self._own(ViewStore(self.tables("views")))
        self.numbers = self._own(Numbers(self.tables("outbox")))
        self.paged: list[str] = []  # what this process rang a person about
        self._bell = threading.Condition()
        self._changes = 0
        self._leave: StandingGrant | None = None
        self._register = Register()
        self._register_lock = threading.Lock()
        try:
            self.edition = self._first_start()
        except BaseException:
            self.close()
            raise
        self.rulings = CedarRulings(
            self.edition.parts["policies"], self.edition.parts["cedar_schema"], alarm=self._alarm
        )
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

    def _first_start(self) -> Edition:
        """The edition in force; at the first start edition 1 is published as a fact, and the front desk gets its key."""
        self.log.create_topics(HUB_TOPICS)
        published = self.record.read(0, 1000, [EditionPublished.NAME])
        if not published:
            content = draft(self.settings.partnership, london_day(self.clock.now()))
            fact = edition.publish(1, self.clock.now(), content)
            published = self._append(edition.stream(1), 0, [fact], "service:bootstrap")
        now = self.clock.now()
        facts = [r.fact for r in published if isinstance(r.fact, EditionPublished) and r.fact.effective_from <= now]
        in_force = edition.read(max(facts, key=lambda fact: fact.number))
        if in_force.parts["partnership"]["name"] != self.settings.partnership:
            raise SettingsWrong(
                f"this hub serves {in_force.parts['partnership']['name']}, not {self.settings.partnership}: "
                "one hub is one partnership; name another MASH_DATA for another"
            )
        self._front_desk()
        return in_force

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
                rows = ((r.position, r.envelope.known_at, r.fact) for r in page)
                self._register = agency.register_of(rows, self._register)  # type: ignore[arg-type] # these names only
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
        self.log.create_topics({topic_of(organisation): 1})
        return changed

    def add_key(self, organisation: str, out: Path) -> str:
        """Make a signing pair, register its public half, write the private half to `out` (which must not exist)."""
        pair = sealing.make_signing_pair()
        with os.fdopen(os.open(out, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(f"organisation {organisation}\nkeyid {pair.keyid}\nprivate {pair.private.hex()}\n")
        try:
            wish = agency.KeyAdded(organisation=organisation, key_id=pair.keyid, public=pair.public)
            self._change_register(wish, "person:command-line")
        except HubError:
            out.unlink()
            raise
        return pair.keyid

    def revoke_key(self, organisation: str, key_id: str, reason: str) -> bool:
        """From now on this key signs no longer."""
        wish = agency.KeyRevoked(organisation=organisation, key_id=key_id, reason=reason)
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
        """The hub's public key of this month, for organisations that seal their own messages: key id and public half."""
        pair = self.bodies.current(self.clock.now())
        return {"keyid": pair.keyid, "public": pair.public.hex()}

    # -------------------------------------------------------------------------------------------------- publishing

    def publish(
        self, said: Sequence[tuple[str, Message]], signer: Signer | None = None, *, numbered: bool = True
    ) -> list[Receipt]:
        """Publish messages (id, message) of one organisation, signed by its own key or by the front desk's on its behalf.

        With `numbered` the front desk gives each the next number of its own gapless series; otherwise the messages
        carry the organisation's own. Raises BadMessage before anything is published, TryLater when the log is away.
        """
        organisations = {message.organisation for _, message in said}
        if len(organisations) != 1:
            raise Refused("publish for one organisation at a time", "organisation")
        organisation = organisations.pop()
        signer = self._signer(organisation, signer)
        if not numbered:
            return self._publish(said, signer)
        with self.numbers.after(f"{organisation}/{signer.organisation}", len(said)) as last:
            given = [
                (ident, structs_replace(message, source_sequence=last + number))
                for number, (ident, message) in enumerate(said, start=1)
            ]
            return self._publish(given, signer)

    def _signer(self, organisation: str, signer: Signer | None) -> Signer:
        """Who signs for this organisation; raises NotFound or BadMessage now rather than let the intake refuse it."""
        self.register().sector(organisation)
        if signer is None and self.register().keys[self.gateway.key_id].revoked is not None:
            self._front_desk()  # revoked while this process runs: the desk goes on with its next key
        signer = signer or self.gateway
        self.register().signer(organisation, signer.key_id)
        return signer

    def check(self, said: Message, signer: Signer | None = None) -> None:
        """Raises BadMessage or NotFound if this could not be published, signed by this key or by the front desk's."""
        self._signer(said.organisation, signer)
        check(said, self.edition.vocabulary, self.clock.now())
        self.codec.encode(said)

    def _publish(self, said: Sequence[tuple[str, Message]], signer: Signer) -> list[Receipt]:
        now = self.clock.now()
        for _, message in said:
            check(message, self.edition.vocabulary, now)
        return publish.send(said, signer, codec=self.codec, bodies=self.bodies, log=self.log, now=now)

    # ------------------------------------------------------------------------------------------------------- intake

    def intake_tools(self) -> Tools:
        """What the intake works with."""
        self._leave = stand("service:intake", ledger=self.ledger, clock=self.clock, edition=self.edition.id)
        return Tools(
            log=self.log, record=self.record, keys=self.keys, vault=self.vault, blind=self.blind, bodies=self.bodies,
            codec=self.codec, rulings=self.rulings, clock=self.clock, vocabulary=self.edition.vocabulary,
            edition=self.edition.id, plain=self.settings.plain_bodies, page=self.page,
            standing=self._leave,
            not_pooled=frozenset(self.edition.parts["protocol"].get("not_pooled_codes", ())),
        )  # fmt: skip

    def count_opened(self) -> None:
        """Put on the ledger how many identifiers matching has opened since the last time."""
        if self._leave is not None:
            self._leave.count(ledger=self.ledger, clock=self.clock, edition=self.edition.id)

    def act(self) -> Act:
        """What a person may do on the record."""
        return Act(
            record=self.record, vault=self.vault, keys=self.keys, clock=self.clock, edition=self.edition.id, hub=HUB
        )

    def quarantine_rows(self) -> list[store.Row]:
        """What is, or was, in quarantine, oldest first; read from the record's own state."""
        self.views.catch_up("record", self.record)
        return self.views.rows(select(store.quarantine).order_by(store.quarantine.c.received))

    def readmit(
        self, quarantine: str, reason: str, by: str = "person:command-line", patience: float = 10.0
    ) -> dict[str, str]:
        """Ask the intake to run a quarantined message again, and wait for what became of it.

        Where no intake is running (the lease is free) this process takes the lease and does it itself.
        """
        if reason not in READMISSIONS:
            raise Refused(f"give one of {', '.join(sorted(READMISSIONS))}", "reason")
        stream = f"quarantine:{quarantine}"
        if not self.record.load(stream):
            raise NotFound("no such quarantined message: mash quarantine list shows them")
        asked = self.act().append(stream, lambda _: [ReadmissionAsked(reason=reason)], by)
        give_up, stop = time.monotonic() + patience, Event()
        threading.Timer(0.5, stop.set).start()
        with self.lease("intake", stop) as held:
            if held:
                Intake(self.intake_tools()).readmit(stream)
        while time.monotonic() < give_up:
            for recorded in self.record.load(stream):
                if recorded.version > asked[0].version and isinstance(recorded.fact, MessageReadmitted):
                    return {"outcome": recorded.fact.outcome, "reason": recorded.fact.reason}
            time.sleep(0.05)
        return {"outcome": "asked", "reason": "the intake has not come to it yet: look again with mash quarantine show"}

    # ------------------------------------------------------------------------------------------ what pages ask of it

    def _desk(self) -> Desk:
        return Desk(
            self.record,
            self.ledger,
            self.views,
            self.vault,
            self.rulings,
            self.clock,
            self.edition,
            self.register,
            second_factor=self.settings.demo,  # demo accounts stand in for a sign-in with a second factor
        )

    def stamp(self, asker: Asker) -> Stamp:
        """How far the hub knows, and as which role and under which edition it answers."""
        return self.answers.stamp(asker)

    def worklist(self, asker: Asker, filters: Filters, number: int = 1) -> Worklist:
        """A page of the alerts that this asker may know of, in the order in which they need attention."""
        return self.answers.worklist(asker, filters, number)

    def waiting_for(self, asker: Asker, child: str) -> Sequence[WorklistRow]:
        """The open alerts about one child."""
        return self.answers.waiting_for(asker, child)

    def newest_alert(self) -> float:
        """When an alert last came or changed (seconds since 1970)."""
        return self.answers.newest_alert()

    def newer(self, asker: Asker, shown: float) -> int:
        """How many alerts came or changed since `shown` that this asker may know of."""
        return self.answers.newer(asker, shown)

    def unplaced(self, asker: Asker) -> Sequence[UnplacedRow]:
        """Concerns that name no child: somebody must ask which children they are about."""
        return self.answers.unplaced(asker)

    def gaps(self, asker: Asker) -> Sequence[GapRow]:
        """Numbers that organisations sent and the hub never got."""
        del asker  # the page's guard; numbers are about nobody
        return self.missing()

    def missing(self) -> Sequence[GapRow]:
        """The same, for the command line."""
        return self.answers.gaps()

    def options(self, asker: Asker) -> Options:
        """Registered organisations, and the indicators and referrer codes of the edition in force."""
        return self.answers.options(asker)

    def involved(self, asker: Asker) -> Sequence[InvolvedRow]:
        """Children whom this person works with."""
        return self.answers.involved(asker)

    def sent(self, asker: Asker) -> Sequence[SentRow]:
        """What the asker's own organisation sent, and what became of it."""
        return self.answers.sent(asker)

    def picture(self, asker: Asker, child: str, enquiry: str) -> Picture:
        """A child as this asker may see it now."""
        return self.answers.picture(asker, child, enquiry)

    def may_enter(self, asker: Asker) -> None:
        """Raises NotPermitted unless this person may enter a contact for a caller now."""
        self.answers.may_enter(asker)

    def open_enquiry(self, asker: Asker, command: OpenEnquiry) -> str:
        """Open a MASH enquiry and return its id."""
        opened = self.answers.open_enquiry(asker, command)
        self._settle()
        return opened

    def enquiry(self, asker: Asker, enquiry: str, seen: int) -> EnquiryView:
        """A MASH enquiry, with what came in after position `seen`."""
        return self.answers.enquiry(asker, enquiry, seen)

    def decide(self, asker: Asker, enquiry: str, command: Decide) -> None:
        """Decide a MASH enquiry."""
        self.answers.decide(asker, enquiry, command)
        self._settle()

    def audit_list(self, asker: Asker) -> Sequence[AuditRow]:
        """Children whose record this auditor may replay."""
        return self.audits.audit_list(asker)

    def audit(self, asker: Asker, child: str, position: int | None) -> AuditView:
        """What was so at `position` (the newest when None)."""
        return self.audits.audit(asker, child, position)

    def ledger_of(self, asker: Asker, child: str, before: int = 0, *, everything: bool = False) -> LedgerPage:
        """Who has looked: at one child, or at anybody when `child` is ""; a page of it."""
        return self.audits.ledger_of(asker, child, before, everything=everything)

    def quarantine(self, asker: Asker) -> Sequence[QuarantineRow]:
        """Messages that were not recorded, with the reason."""
        return self.audits.quarantine(asker)

    @property
    def answers(self) -> Answers:
        """What pages about children and MASH enquiries ask."""
        return Answers(self._desk(), self.act)

    @property
    def audits(self) -> Audit:
        """What pages for auditors ask."""
        return Audit(self._desk())

    def _settle(self, patience: float = 2.0) -> None:
        """Wait until the views have what was just written, so that the next page shows it."""
        self.ring()
        wanted, give_up = self.record.position(), time.monotonic() + patience
        while self.views.position("record") < wanted and time.monotonic() < give_up:
            time.sleep(0.01)

    def list_sample(
        self, children: Sequence[str], auditors: Sequence[str], days: int, purpose: str, by: str = "person:command-line"
    ) -> str:
        """List records for a practice audit; the sample's id. Raises Refused, NotFound."""
        now = self.clock.now()
        wish = SampleListed(
            children=tuple(children),
            auditors=tuple(auditors),
            start=now,
            end=now + timedelta(days=days),
            purpose=purpose,
        )
        check_sample(wish)
        for child in children:
            self.act().person(child)
        ident = secrets.token_hex(8)
        self.act().append(f"sample:{ident}", lambda _: [wish], by)
        return ident

    def samples(self) -> list[SampleListed]:
        """Every sample that was listed."""
        return samples_of(self._desk())

    # ---------------------------------------------------------------------------------------- for the command line

    def trace(self, message: str) -> list[dict[str, object]]:
        """The journey of a message, by the hub's id or by the one that its sender gave it: its facts in order."""
        self.views.catch_up("record", self.record)
        return journey(self._desk(), message)

    def read_everything(self) -> str:
        """Open and decode every fact of record and ledger; "ok" or what does not read."""
        for name, log_ in (("record", self.record), ("ledger", self.ledger)):
            after = 0
            try:
                while page := log_.read(after, 1000):
                    after = page[-1].position
            except HubError as wrong:
                return f"{name} does not read after position {after}: {wrong}"
        return "ok"

    def register_staff(self, wishes: Sequence[RegisterStaff]) -> None:
        """Put people in the register of staff; those who stand there just so change nothing."""
        for wish in wishes:
            self.act().append(f"staff:{wish.staff}", partial(_joining, wish), "service:bootstrap")

    # ------------------------------------------------------------------------------------------------------- the rest

    def relays(self) -> list[Relay]:
        """The relays, each at the position that it kept."""
        positions = FollowerPositions(self._own(self.tables("relay")))
        return [
            signal_relay(
                record=self.record, log=self.log, positions=positions, encode=self.codec.encode_change,
                not_sent=self._not_sent,
            ),
            case_relay(
                record=self.record, log=self.log, positions=positions, encode=self.codec.encode_case,
                not_sent=self._not_sent,
            ),
        ]  # fmt: skip

    def _not_sent(self, what: FactNotSent, fact: Recorded) -> None:
        """Record once that a fact could not go out, and ring a person."""
        now, because = self.clock.now(), fact.ref
        envelope = Envelope(now, now, "service:relay", because, fact.envelope.journey, self.edition.id)
        with suppress(AlreadyOnRecord):  # the relay came by again, after a crash
            self.record.append([NewFact(f"not-sent:{what.topic}/{what.position}", 0, what, envelope)])
            self.page(f"{what.topic}, position {what.position}", "this fact fits no message and was passed over")

    def consumer_state(self, name: str) -> ConsumerState:
        """The state of a consumer, in the store: a file of its own, or a schema of its own. The caller closes it."""
        return ConsumerTables(self.tables(f"consumers/{name}"))

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

    def ready(self) -> dict[str, str]:
        """Readiness: each check by name, "ok" or what is wrong."""
        checks = {}
        for name, check_ in (
            ("log", lambda: self.log.topics("signal.")), ("record", self.record.position),
            ("ledger", self.ledger.position), ("views", lambda: self.views.position("record")),
        ):  # fmt: skip
            try:
                check_()
                checks[name] = "ok"
            except HubError as away:
                checks[name] = str(away)
        if checks["record"] == checks["views"] == "ok":
            lag = self.record.position() - self.views.position("record")
            checks["views"] = "ok" if lag < 10_000 else f"{lag} facts behind the record"
        waiting = select(func.count()).where(
            store.quarantine.c.reason == "unexplained", store.quarantine.c.state == "waiting"
        )
        if checks["views"] != "ok":
            unknown = "not known while the views are away or behind"
            return checks | {"unexplained": unknown, "rulings": unknown}
        unexplained = self.views.rows(waiting)[0]["count_1"]
        checks["unexplained"] = f"{unexplained} messages: mash quarantine list" if unexplained else "ok"
        faulted = select(func.count()).where(store.faulted.c.state == "waiting")
        unruled = self.views.rows(faulted)[0]["count_1"]
        erred = f"{unruled} messages over which a policy erred: mend it, then restart the intake"
        checks["rulings"] = erred if unruled else "ok"
        return checks

    def _append(self, stream: str, after: int, facts: Sequence[Fact], by: str) -> list[Recorded]:
        now = self.clock.now()
        envelope = Envelope(now, now, by, "", "", "" if not hasattr(self, "edition") else self.edition.id)
        return self.record.append([NewFact(stream, after + n, fact, envelope) for n, fact in enumerate(facts)])

    def close(self) -> None:
        """Close every part, the last opened first."""
        while self._closing:
            self._closing.pop().close()


def _joining(wish: RegisterStaff, history: list[Recorded]) -> Sequence[StaffFact]:
    state = Staff(wish.staff)
    for recorded in history:
        if isinstance(recorded.fact, StaffFact):
            state = staff.evolve(state, recorded.fact)
    return staff.decide(state, wish)


def open_hub(settings: Settings, clock: Clock | None = None) -> Hub:
    """The hub that these settings describe. Raises SettingsWrong, TryLater."""
    return Hub(settings, clock)
