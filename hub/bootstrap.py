"""Settings -> a running hub. Tests come in by the same door.

`Hub` is its parts (parts.py), what pages ask (answering.py), and here what publishing, roles and the command line need; the
journey itself is in flow/.
"""

import logging
import secrets
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from functools import partial
from threading import Event

from msgspec.structs import replace as structs_replace
from sqlalchemy import func, select

from hub.adapters import sealing
from hub.adapters.blind import MatchKeys, secret_name
from hub.adapters.tables import ConsumerTables, FollowerPositions
from hub.answering import Answering
from hub.config import Settings
from hub.domain.concern import MessageReadmitted, ReadmissionAsked
from hub.domain.errors import AlreadyOnRecord, HubError, NotFound, Refused
from hub.domain.fact import Envelope, NewFact, Recorded
from hub.domain.feed import Feed
from hub.domain.matching import RULES
from hub.domain.message import Message
from hub.domain.message_rules import check, check_scope
from hub.domain.protocol import not_in_force
from hub.domain.sample import SampleListed
from hub.domain.sample import check as check_sample
from hub.domain.sharing import PURPOSES
from hub.domain.signal import FactNotSent
from hub.flow import publish
from hub.flow.disclose import stand
from hub.flow.expect import Known
from hub.flow.expect_relay import EXPECTED, expected_relay
from hub.flow.leave_pool import Leaving
from hub.flow.match import Decided, Matcher
from hub.flow.outward import OutwardRelay, Receiver
from hub.flow.publish import Receipt, Signer
from hub.flow.receive import Intake
from hub.flow.reindex import Reindexer
from hub.flow.relay import Relay, case_relay, signal_relay
from hub.flow.rematch import Rematched, Rematcher
from hub.ports import Clock, ConsumerState, IndexState
from hub.views import store
from hub.views.feeds import feeds
from hub.views.journey import journey
from hub.views.resting import Resting
from hub.views.subjects import samples_of

log = logging.getLogger(__name__)
READMISSIONS = {"key_mended", "schema_mended", "our_fault", "earlier_message_arrived"}


class Hub(Answering):
    """A hub: its parts, and what is asked of them."""

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
        self._check(said)
        self.codec.encode(said)

    def _check(self, said: Message) -> None:
        check(said, self.edition.vocabulary, self.clock.now())
        check_scope(said, self.register().organisations, PURPOSES)

    def _publish(self, said: Sequence[tuple[str, Message]], signer: Signer) -> list[Receipt]:
        now = self.clock.now()
        for _, message in said:
            self._check(message)
        return publish.send(said, signer, codec=self.codec, bodies=self.bodies, log=self.log, now=now)

    def index(self) -> IndexState:
        """How the match index was made, and its size."""
        return self.record.index_state()

    def index_trouble(self) -> str:
        """What is wrong with the match index; "" when nothing is."""
        state = self.record.index_state()
        if not state.indexed or state.rules == RULES:
            return ""
        made = f"by {state.rules}" if state.rules else "before the hub noted by which rules"
        return f"made {made}, and this hub matches by {RULES}: a known child may be opened again: mash index rebuild"

    def rebuild_index(
        self, *, new_key: bool = False, done: Callable[[int], None] = lambda _: None, patience: float = 3.0
    ) -> IndexState:
        """Make the match index anew, by today's rules, and under a new secret key if wished; how it is then.

        Raises Refused where an intake is running (it holds the lease), and as `Reindexer.rebuild`.
        """
        stop = Event()
        timer = threading.Timer(patience, stop.set)
        timer.start()
        try:
            with self.lease("intake", stop) as held:
                if not held:
                    raise Refused("an intake is running: stop it (mash up, or mash run intake), then rebuild the index")
                return self._rebuild_index(new_key, done)
        finally:
            timer.cancel()

    def _rebuild_index(self, new_key: bool, done: Callable[[int], None]) -> IndexState:
        before = blind = self._match_keys()
        if new_key:
            version = before.version + 1
            blind = MatchKeys(self.secret(secret_name(version)), version, self.secret("match-index"))
        leave = stand(
            "service:reindex", ledger=self.ledger, vault=self.vault, clock=self.clock, edition=self.edition.id
        )
        reindexer = Reindexer(
            record=self.record, vault=self.vault, standing=leave, before=before, blind=blind,
            sounds=self.likeness.sounds,
        )  # fmt: skip

        def counted(rows: int) -> None:
            leave.count(ledger=self.ledger, clock=self.clock, edition=self.edition.id)
            done(rows)

        try:
            state = reindexer.rebuild(blind.version, RULES, counted)
        finally:
            leave.count(ledger=self.ledger, clock=self.clock, edition=self.edition.id)
        self.blind = blind
        return state

    def rematch(
        self, *, dry: bool = False, done: Callable[[int], None] = lambda _: None, patience: float = 3.0
    ) -> Rematched:
        """Weigh everybody again under today's rules and model, and propose to a person what that finds; no link moves.

        Raises Refused where an intake is running (it holds the lease) or the index was made by other rules, and as
        `Rematcher.run`.
        """
        if trouble := self.index_trouble():
            raise Refused(f"the match index was {trouble}; then weigh everybody again")
        stop = Event()
        timer = threading.Timer(patience, stop.set)
        timer.start()
        try:
            with self.lease("intake", stop) as held:
                if not held:
                    raise Refused(
                        "an intake is running: stop it (mash up, or mash run intake), then weigh everybody again"
                    )
                return self._rematch(dry, done)
        finally:
            timer.cancel()

    def _rematch(self, dry: bool, done: Callable[[int], None]) -> Rematched:
        tools, register, decided = self.intake_tools(), self.register(), Decided(self.record)
        leave = stand(
            "service:rematch", ledger=self.ledger, vault=self.vault, clock=self.clock, edition=self.edition.id
        )
        population = self.record.indexed()

        def matcher() -> Matcher:
            return Matcher(
                record=self.record, vault=self.vault, blind=tools.blind, standing=leave, sounds=self.likeness.sounds,
                judge=tools.judge, population=population, held=decided.refresh(), sector=register.sector,
            )  # fmt: skip

        def counted(rows: int) -> None:
            leave.count(ledger=self.ledger, clock=self.clock, edition=self.edition.id)
            done(rows)

        rematcher = Rematcher(
            record=self.record, matcher=matcher, keys=self.keys, spoken=self.spoken_of, clock=self.clock,
            edition=self.edition.id,
        )  # fmt: skip
        try:
            return rematcher.run(counted, dry=dry)
        finally:
            leave.count(ledger=self.ledger, clock=self.clock, edition=self.edition.id)

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

    def leave_pool(self) -> int:
        """Take back what led to nothing and is older than any rule looks; how many signals. In the intake's turn alone."""
        self.views.catch_up("record", self.record)
        leaving = Leaving(
            record=self.record,
            clock=self.clock,
            edition=self.edition,
            led_somewhere=Resting(self._desk()),
        )
        return leaving.run()

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
            expected_relay(
                record=self.record, log=self.log, positions=positions, encode=self.codec.encode_expected,
                known=Known(self.record, lambda: self.edition, self._sector_of), not_sent=self._not_sent,
            ),
            OutwardRelay(
                record=self.record, log=self.log, positions=positions, encode=self.codec.encode_outward,
                receiver=self._receiver, hub_key=self.speaks.keyid, seal=partial(_sealed, self.speaks.private),
                not_sent=self._not_sent,
            ),
        ]  # fmt: skip

    def _sector_of(self, organisation: str) -> str:
        known = self.register().organisations.get(organisation)
        return known.sector if known else ""

    def relayed(self) -> Callable[[], int]:
        """How far what is expected has gone out, asked anew at each call: a consumer waits for it before it says that
        something did not come.
        """
        positions = FollowerPositions(self._own(self.tables("relay")))
        return partial(positions.position, f"relay/{EXPECTED}")

    def feeds(self) -> list[Feed]:
        """What the hub heard of each organisation and setting lately, and what they declared. Raises TryLater."""
        return feeds(self._desk())

    def _receiver(self, organisation: str) -> Receiver | None:
        key = self.register().sealing_key(organisation)
        return Receiver(key.key_id, key.public) if key else None

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

    def edition_trouble(self) -> str:
        """Why the edition that should be in force is not; "" when it is."""
        self.in_force()  # looks for a new one first
        return self.editions.trouble

    def protocol_trouble(self) -> str:
        """Why nothing counts under the protocol of the edition in force; "" where it holds."""
        return not_in_force(self.in_force().edition.agreed, self.clock.now())

    def ready(self) -> dict[str, str]:
        """Readiness: each check by name, "ok" or what is wrong."""
        checks = {}
        parts: tuple[tuple[str, Callable[[], object]], ...] = (
            ("log", lambda: self.log.topics("signal.")), ("record", self.record.position),
            ("ledger", self.ledger.position), ("views", lambda: self.views.position("record")),
            ("match_index", self.index_trouble), ("edition", self.edition_trouble), ("protocol", self.protocol_trouble),
        )  # fmt: skip
        for name, check_ in parts:
            try:
                said = check_()
                checks[name] = said if isinstance(said, str) and said else "ok"
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


def _sealed(private: bytes, public: bytes, attributes: Mapping[str, str], avro: bytes) -> bytes:
    return sealing.seal_body(public, private, attributes, avro)


def open_hub(settings: Settings, clock: Clock | None = None) -> Hub:
    """The hub that these settings describe. Raises SettingsWrong, TryLater."""
    return Hub(settings, clock)
