"""The register of organisations: who they are, which keys sign for them, who may enter on another's behalf."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import ClassVar, assert_never, get_args

from hub.domain.errors import BadMessage, NotFound, Refused
from hub.domain.fact import Fact, Recorded

COMPROMISED = "compromised"  # the reason of a revocation after which nothing that the key ever signed is believed
GATEWAY = "gateway"  # the hub's own front desk: forms, HTTP and CSV enter through it, on behalf of an organisation

OWN = (GATEWAY, "hub")  # ids that no organisation may take
ORGANISATION = re.compile(r"[a-z][a-z0-9_]{0,79}", re.ASCII)  # becomes a topic's name, a header and a key's owner


def topic_of(organisation: str) -> str:
    """An organisation's own topic of the log. Ids have no hyphens and topics no underscores, so it names one only."""
    return f"concern.{organisation.replace('_', '-')}.v1"


def topics_of(organisation: str) -> dict[str, int]:
    """Every topic of one organisation, with its partitions: what it says, what it is asked, what it is told."""
    own = organisation.replace("_", "-")
    return {topic_of(organisation): 1, f"request.{own}.v1": 1, f"notice.{own}.v1": 1}


class OrganisationRegistered(Fact, frozen=True, kw_only=True):
    """An organisation joined: id, name, sector, and whether it signed the protocol and is a listed body."""

    NAME: ClassVar[str] = "organisation.registered"
    organisation: str
    name: str
    sector: str
    party: bool = True  # signed the information-sharing protocol
    listed_body: bool = False  # Children Act 2004 s16LA; an information-governance lead must check it
    may_enter_for_others: bool = False


class KeyAdded(Fact, frozen=True, kw_only=True):
    """A public key that signs for the organisation (Ed25519), under its key id."""

    NAME: ClassVar[str] = "organisation.key-added"
    organisation: str
    key_id: str
    public: bytes


class KeyRevoked(Fact, frozen=True, kw_only=True):
    """A key signs no longer. What the log had before stays good, and is taken even when the hub comes to it later.

    With the reason "compromised" nothing that it signed is taken any more; what is on record stays there.
    """

    NAME: ClassVar[str] = "organisation.key-revoked"
    organisation: str
    key_id: str
    reason: str


class SealingKeyAdded(Fact, frozen=True, kw_only=True):
    """A public key (X25519) to which the hub seals what it tells the organisation; the newest that was not revoked holds."""

    NAME: ClassVar[str] = "organisation.sealing-key-added"
    organisation: str
    key_id: str
    public: bytes


class SealingKeyRevoked(Fact, frozen=True, kw_only=True):
    """Nothing is sealed to this key from now on; what was sealed to it before stays readable to who holds it."""

    NAME: ClassVar[str] = "organisation.sealing-key-revoked"
    organisation: str
    key_id: str
    reason: str


class ClientAdded(Fact, frozen=True, kw_only=True):
    """A credential for the HTTP interface: a salted digest of 256 random bits, never the secret."""

    NAME: ClassVar[str] = "organisation.client-added"
    organisation: str
    client: str
    salt: bytes
    hashed: bytes


class ClientRevoked(Fact, frozen=True, kw_only=True):
    """A credential for the HTTP interface opens nothing from now on."""

    NAME: ClassVar[str] = "organisation.client-revoked"
    organisation: str
    client: str
    reason: str


AgencyFact = (
    OrganisationRegistered | KeyAdded | KeyRevoked | SealingKeyAdded | SealingKeyRevoked | ClientAdded | ClientRevoked
)


@dataclass(frozen=True)
class SigningKey:
    """A registered key: whose, its public half, when it was revoked (None while it signs), and whether for a theft."""

    organisation: str
    key_id: str
    public: bytes
    revoked: datetime | None = None
    compromised: bool = False


@dataclass(frozen=True)
class Register:
    """State: the whole register. `position` is how far the record was folded."""

    position: int = 0
    organisations: dict[str, OrganisationRegistered] = field(default_factory=dict)
    keys: dict[str, SigningKey] = field(default_factory=dict)
    clients: dict[str, ClientAdded] = field(default_factory=dict)
    sealing: dict[str, SealingKeyAdded] = field(default_factory=dict)  # those in force, by key id, oldest first
    versions: dict[str, int] = field(default_factory=dict)

    def signer(self, source: str, key_id: str, received: datetime | None = None) -> SigningKey:
        """The key that may sign for `source`: its own, or one of an organisation that enters for others.

        `received` is the log's append time (aware UTC) of what it signed; None for what is signed now. A revoked key is
        good for what the log had before, unless it was revoked as compromised: who stole it may have signed that too.
        Raises BadMessage: unknown_organisation, unknown_key, revoked_key, wrong_key.
        """
        if source not in self.organisations:
            raise BadMessage("unknown_organisation", "register it: mash agency add", "ce_source")
        key = self.keys.get(key_id)
        if key is None:
            raise BadMessage("unknown_key", "register it: mash agency key add", "ce_keyid")
        if key.revoked is not None and (key.compromised or received is None or received >= _millisecond(key.revoked)):
            raise BadMessage("revoked_key", "sign with a key that is in force", "ce_keyid")
        if key.organisation != source and not self.organisations[key.organisation].may_enter_for_others:
            raise BadMessage("wrong_key", "this key belongs to another organisation", "ce_keyid")
        return key

    def sealing_key(self, organisation: str) -> SealingKeyAdded | None:
        """The key to which the hub seals what it tells this organisation now; None where it gave none."""
        return next((key for key in reversed(self.sealing.values()) if key.organisation == organisation), None)

    def sector(self, organisation: str) -> str:
        """The sector of an organisation; raises NotFound for one that never joined."""
        try:
            return self.organisations[organisation].sector
        except KeyError:
            raise NotFound("no such organisation: mash agency list shows them") from None


def evolve(register: Register, fact: AgencyFact, known_at: datetime) -> Register:
    """Fold one fact of the register: total, never refuses."""
    versions = {**register.versions, fact.organisation: register.versions.get(fact.organisation, 0) + 1}
    register = replace(register, versions=versions)
    match fact:
        case OrganisationRegistered():
            return replace(register, organisations={**register.organisations, fact.organisation: fact})
        case KeyAdded():
            key = SigningKey(fact.organisation, fact.key_id, fact.public)
            return replace(register, keys={**register.keys, fact.key_id: key})
        case KeyRevoked():
            held = register.keys[fact.key_id]
            gone = replace(
                held, revoked=held.revoked or known_at, compromised=held.compromised or fact.reason == COMPROMISED
            )
            return replace(register, keys={**register.keys, fact.key_id: gone})
        case SealingKeyAdded():
            return replace(register, sealing={**register.sealing, fact.key_id: fact})
        case SealingKeyRevoked():
            kept = {ident: key for ident, key in register.sealing.items() if ident != fact.key_id}
            return replace(register, sealing=kept)
        case ClientAdded():
            return replace(register, clients={**register.clients, fact.client: fact})
        case ClientRevoked():
            left = {ident: one for ident, one in register.clients.items() if ident != fact.client}
            return replace(register, clients=left)
        case _:
            assert_never(fact)


def decide(register: Register, command: AgencyFact) -> list[AgencyFact]:
    """What follows from a wish to change the register: the fact itself, nothing when it says nothing new, or Refused."""
    known = register.organisations
    match command:
        case OrganisationRegistered():
            if not ORGANISATION.fullmatch(command.organisation):
                raise Refused("give an id of lower-case letters, digits and underscores", "organisation")
            if command.organisation in OWN and not command.may_enter_for_others:
                raise Refused(f"{' and '.join(OWN)} are the hub's own: give another id", "organisation")
            return [] if known.get(command.organisation) == command else [command]
        case KeyAdded():
            _must_know(known, command.organisation)
            held = register.keys.get(command.key_id)
            if held is not None and (held.organisation != command.organisation or held.revoked):
                raise Refused("this key is registered already, or was revoked: make a new pair", "key_id")
            return [] if held is not None else [command]
        case KeyRevoked():
            held = register.keys.get(command.key_id)
            if held is None or held.organisation != command.organisation:
                raise Refused("no such key: mash agency list shows them", "key_id")
            worse = command.reason == COMPROMISED and not held.compromised  # a theft that came to light later
            return [] if held.revoked and not worse else [command]
        case SealingKeyAdded():
            _must_know(known, command.organisation)
            sealing = register.sealing.get(command.key_id)
            if sealing is not None and sealing.organisation != command.organisation:
                raise Refused("this key is registered for another organisation: make a new pair", "key_id")
            return [] if sealing is not None else [command]
        case SealingKeyRevoked():
            sealing = register.sealing.get(command.key_id)
            if sealing is None or sealing.organisation != command.organisation:
                raise Refused("no such key in force: mash agency list shows them", "key_id")
            return [command]
        case ClientAdded():
            _must_know(known, command.organisation)
            return [command]
        case ClientRevoked():
            client = register.clients.get(command.client)
            if client is not None and client.organisation != command.organisation:
                raise Refused("this client belongs to another organisation: mash agency list shows them", "client")
            return [] if client is None else [command]
        case _:
            assert_never(command)


def _millisecond(moment: datetime) -> datetime:
    """The start of its millisecond: a log keeps no finer times, and what came in the same one is refused."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def _must_know(known: Iterable[str], organisation: str) -> None:
    if organisation not in known:
        raise Refused("register the organisation first: mash agency add", "organisation")


FACTS: tuple[type[AgencyFact], ...] = get_args(AgencyFact)
NAMES = tuple(kind.NAME for kind in FACTS)


def register_from(page: Iterable[Recorded], register: Register | None = None) -> Register:
    """The register after these facts of the record, read by `NAMES`; any other fact is passed over."""
    rows = ((one.position, one.envelope.known_at, one.fact) for one in page)
    return register_of(((at, known, fact) for at, known, fact in rows if isinstance(fact, AgencyFact)), register)


def register_of(facts: Iterable[tuple[int, datetime, AgencyFact]], register: Register | None = None) -> Register:
    """The register after these (position, known_at, fact) in order."""
    register = register or Register()
    for position, known_at, fact in facts:
        register = replace(evolve(register, fact, known_at), position=position)
    return register
