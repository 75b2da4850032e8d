"""Who is at the door: demo accounts, revocable sessions, and the credentials of organisations that post concerns.

Demo accounts need no password, so they open only where the settings say that this is a demonstration. A session lives
in the hub's own table and ends when anybody ends it; its id is random and kept as a hash.
"""

import hashlib
import hmac
import secrets
import sqlite3
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from msgspec import Struct

from hub.domain.agency import ClientAdded
from hub.domain.errors import HubError, NotPermitted
from hub.ports import Clock

IDLE = timedelta(minutes=60)  # without a request; each request starts it anew
ABSOLUTE = timedelta(hours=12)  # from sign-in, whatever one does: shorter than the 20 hours of WCAG 2.2.1


class SignInNotConfigured(HubError):
    """The hub may not start with this way of signing in; the text says what to set."""


class Account(Struct, frozen=True, kw_only=True):
    """A person who may sign in: the id in the staff register, the organisation, the setting, the roles held there."""

    staff: str
    name: str
    title: str
    organisation: str
    setting: str
    roles: tuple[str, ...]


# One for each role of hub/domain/staff.py but `external_answerer`: who answers one request comes by its link, with no account.
DEMO_ACCOUNTS: tuple[Account, ...] = (
    Account(
        staff="staff-7c41e0", name="Demo Police Navigator", title="Police navigator", organisation="police",
        setting="safeguarding_unit", roles=("navigator",),
    ),
    Account(
        staff="staff-2b9f54", name="Demo Health Navigator", title="Health navigator", organisation="health_visiting",
        setting="north_team", roles=("navigator",),
    ),
    Account(
        staff="staff-d06a8e", name="Demo School Navigator", title="School navigator", organisation="school_a",
        setting="school_a_primary_01", roles=("navigator",),
    ),
    Account(
        staff="staff-91d3b7", name="Demo Decision Maker", title="Decision maker", organisation="children_social_care",
        setting="mash", roles=("decision_maker",),
    ),
    Account(
        staff="staff-e58c12", name="Demo MASH Manager", title="MASH manager", organisation="children_social_care",
        setting="mash", roles=("mash_manager",),
    ),
    Account(
        staff="staff-4fa690", name="Demo Early Help Worker", title="Early-help worker", organisation="early_help",
        setting="family_hub_east", roles=("lead_professional",),
    ),
    Account(
        staff="staff-a37d05", name="Demo Access Auditor", title="Access auditor", organisation="partnership",
        setting="audit", roles=("access_auditor",),
    ),
    Account(
        staff="staff-68e2c9", name="Demo Practice Auditor", title="Practice auditor", organisation="partnership",
        setting="audit", roles=("practice_auditor",),
    ),
    Account(
        staff="staff-05b8f3", name="Demo Information Governance Lead", title="Information-governance lead",
        organisation="partnership", setting="information_governance", roles=("ig_lead",),
    ),
    Account(
        staff="staff-c17b3d", name="Demo Screening Worker", title="Screening social worker",
        organisation="children_social_care", setting="mash", roles=("screening_social_worker",),
    ),
    Account(
        staff="staff-3ae8f0", name="Demo Out-of-hours Worker", title="Out-of-hours worker",
        organisation="children_social_care", setting="emergency_duty_team", roles=("out_of_hours_worker",),
    ),
    Account(
        staff="staff-86d51c", name="Demo Allocated Social Worker", title="Allocated social worker",
        organisation="children_social_care", setting="north_team", roles=("allocated_social_worker",),
    ),
    Account(
        staff="staff-f2907a", name="Demo School Safeguarding Lead", title="Safeguarding lead of a school",
        organisation="school_a", setting="school_a_primary_01", roles=("setting_safeguarding_lead",),
    ),
    Account(
        staff="staff-5db46e", name="Demo Caldicott Guardian", title="Caldicott guardian", organisation="partnership",
        setting="information_governance", roles=("caldicott_guardian",),
    ),
    Account(
        staff="staff-1c83a9", name="Demo Threshold Owner", title="Threshold owner", organisation="partnership",
        setting="thresholds", roles=("threshold_owner",),
    ),
    Account(
        staff="staff-b60d72", name="Demo Team Member", title="Team around the family member",
        organisation="health_visiting", setting="north_team", roles=("taf_member",),
    ),
    Account(
        staff="staff-e93f15", name="Demo Locality Worker", title="Locality worker", organisation="early_help",
        setting="family_hub_west", roles=("locality_worker",),
    ),
    Account(
        staff="staff-48a2cd", name="Demo Panel Chair", title="Panel chair", organisation="partnership",
        setting="panels", roles=("panel_chair",),
    ),
    Account(
        staff="staff-9e17d4", name="Demo Contact Officer", title="Contact officer", organisation="children_social_care",
        setting="mash", roles=("contact_officer",),
    ),
    Account(
        staff="staff-70b35f", name="Demo Records Officer", title="Records officer", organisation="partnership",
        setting="records", roles=("records_officer",),
    ),
    Account(
        staff="staff-d4c826", name="Demo Administrator", title="Administrator", organisation="partnership",
        setting="administration", roles=("administrator",),
    ),
)  # fmt: skip


class DemoSignIn:
    """Anybody picks who to be. Refused at the start outside a demonstration; `accounts` are in the page's order."""

    def __init__(self, *, demo: bool, accounts: Sequence[Account] = DEMO_ACCOUNTS) -> None:
        if not demo:
            raise SignInNotConfigured(
                "demo accounts have no passwords and are refused outside a demonstration: connect the partnership's "
                "own sign-in, or set MASH_DEMO=true where every child is made up"
            )
        self.accounts = tuple(accounts)
        self._by_staff = {account.staff: account for account in self.accounts}

    def find(self, staff: str) -> Account | None:
        """The account of a staff id, None when there is none: what signs in, and what ends with the account."""
        return self._by_staff.get(staff)

    def proves(self, staff: str, given: str) -> bool:
        """Whether what was given shows once more that this is that person: here, that they pick themselves again.

        The seam of a real sign-in: there it is a fresh authentication at the provider (OpenID Connect, max_age=0).
        """
        return staff in self._by_staff and hmac.compare_digest(staff, given)


class NoSignIn:
    """Nobody signs in: the hub takes concerns, and its pages wait until the partnership's own sign-in is connected."""

    accounts: tuple[Account, ...] = ()

    def find(self, staff: str) -> Account | None:  # noqa: ARG002 - there is nobody to find
        """None: there are no accounts."""
        return None

    def proves(self, staff: str, given: str) -> bool:  # noqa: ARG002 - nobody can show anything
        """False: nobody is signed in who could show it."""
        return False


class Session(Struct, frozen=True):
    """A session that is alive: `key` (hash of its id, used to sign forms), whose it is, and when it ends unused.

    `confirmed` is when this person last showed again, in this session, who they are (step-up); signing in is none.
    """

    key: str
    staff: str
    ends: datetime
    confirmed: datetime | None = None


class Sessions:
    """The table of sessions: in memory, or in a file that several web processes share. Close it when done."""

    def __init__(self, clock: Clock, path: Path | None = None) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._db = sqlite3.connect(str(path) if path else ":memory:", check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA busy_timeout = 5000")
        if path:
            path.chmod(0o600)
            self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS session"
            " (key TEXT PRIMARY KEY, staff TEXT NOT NULL, began REAL NOT NULL, used REAL NOT NULL, confirmed REAL) STRICT"
        )
        if "confirmed" not in {row[1] for row in self._db.execute("PRAGMA table_info(session)")}:
            self._db.execute("ALTER TABLE session ADD COLUMN confirmed REAL")  # a table of an earlier version

    @staticmethod
    def _key(token: str) -> str:
        return hashlib.sha256(token.encode()).hexdigest()

    def begin(self, staff: str) -> str:
        """A new session; returns its id (256 random bits), which is shown once and kept only as a hash."""
        token, now = secrets.token_urlsafe(32), self._clock.now().timestamp()
        with self._lock:
            self._db.execute("DELETE FROM session WHERE began < ?", (now - ABSOLUTE.total_seconds(),))
            self._db.execute("INSERT INTO session VALUES (?, ?, ?, ?, NULL)", (self._key(token), staff, now, now))
        return token

    def find(self, token: str, *, touch: bool = True) -> Session | None:
        """The session of an id while it lives; `touch` starts its idle limit anew. None when it ended or never was."""
        key, moment = self._key(token), self._clock.now()
        now = moment.timestamp()
        with self._lock:
            row = self._db.execute("SELECT staff, began, used, confirmed FROM session WHERE key = ?", (key,)).fetchone()
            if row is None:
                return None
            staff, began, used = str(row[0]), float(row[1]), float(row[2])
            if now - used > IDLE.total_seconds() or now - began > ABSOLUTE.total_seconds():
                self._db.execute("DELETE FROM session WHERE key = ?", (key,))
                return None
            if touch and now - used >= 1:  # a write a second at most
                self._db.execute("UPDATE session SET used = ? WHERE key = ?", (now, key))
        left = min(ABSOLUTE.total_seconds() - (now - began), IDLE.total_seconds() - (0 if touch else now - used))
        confirmed = datetime.fromtimestamp(float(row[3]), UTC) if row[3] is not None else None
        return Session(key, staff, moment + timedelta(seconds=left), confirmed)

    def confirm(self, token: str) -> None:
        """Note that this session's person has just shown again who they are; harmless when it has ended."""
        with self._lock:
            now = self._clock.now().timestamp()
            self._db.execute("UPDATE session SET confirmed = ? WHERE key = ?", (now, self._key(token)))

    def end(self, token: str) -> None:
        """End one session; harmless when it has ended."""
        with self._lock:
            self._db.execute("DELETE FROM session WHERE key = ?", (self._key(token),))

    def end_all(self, staff: str) -> int:
        """End every session of a person at once (left, suspended, lost a laptop); returns how many there were."""
        with self._lock:
            return self._db.execute("DELETE FROM session WHERE staff = ?", (staff,)).rowcount

    def close(self) -> None:
        """Give the table back; sessions in a file stay."""
        with self._lock:
            self._db.close()


def hash_client_secret(secret: str, salt: bytes) -> bytes:
    """The salted digest of a client's secret that the agency register keeps (HMAC-SHA-256, 32 bytes).

    A fast one, because the hub makes the secrets itself: 256 random bits are not found by trying, and a slow hash would
    let anybody without a secret keep the hub busy.
    """
    return hmac.digest(salt, secret.encode(), "sha256")


class ApiClients:
    """Checks an organisation's HTTP credential against the agency register, which is asked anew each time."""

    def __init__(self, register: Callable[[], Mapping[str, ClientAdded]]) -> None:
        self._register = register

    def organisation(self, client: str, secret: str) -> str:
        """The organisation that a client id and secret belong to.

        Raises NotPermitted, the same for an unknown client and a wrong secret.
        """
        entry = self._register().get(client)
        # an unknown client costs the same time as a wrong secret
        computed = hash_client_secret(secret, entry.salt if entry else bytes(16))
        if not hmac.compare_digest(computed, entry.hashed if entry else bytes(32)) or entry is None:
            raise NotPermitted("this client id and secret are not registered: mash agency client add")
        return entry.organisation
