"""A real PostgreSQL server of its own on loopback, in a temporary folder, stopped by its process id.

Usable without pytest (crash test, bench): `with PostgresServer() as server: server.new_database()`. PostgreSQL refuses
to run as root, so as root it runs as the user `postgres` that Debian's package makes.
"""

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any, Self

import psycopg
from psycopg import sql

from tests.support.kafka_broker import free_port
from tests.support.needs import Missing

HOW = "Install PostgreSQL 13 or later (Debian: apt-get install postgresql); a running service is not needed"


def postgres_programs() -> Path:
    """The folder with `initdb` and `postgres`: the newest of Debian's, else what the path finds. Raises Missing."""
    debian = [folder for folder in Path("/usr/lib/postgresql").glob("*/bin") if (folder / "initdb").exists()]
    if debian:
        return max(debian, key=lambda folder: int(folder.parent.name))
    found = shutil.which("initdb")
    if found is None:
        raise Missing("PostgreSQL", f"{HOW}: `initdb` is not on the path nor under /usr/lib/postgresql.")
    return Path(found).resolve().parent


class PostgresServer:
    """One server with its own cluster. Durability is left on, as in production: the crash test relies on it."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="mash-postgres-"))
        self._password = secrets.token_hex(12)
        self._port = 0
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def dsn(self) -> str:
        """Connects as the superuser to the database `postgres`."""
        return self._dsn("postgres")

    @property
    def log_file(self) -> Path:
        """The server's own log, as plain text."""
        return self._folder / "postgres.log"

    @property
    def pid(self) -> int:
        """The server's process id."""
        if self._process is None:
            raise RuntimeError("PostgreSQL is not running: start() it first")
        return self._process.pid

    def new_database(self) -> str:
        """A fresh empty database; returns its dsn."""
        name = f"mash_{secrets.token_hex(6)}"
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return self._dsn(name)

    def drop_database(self, dsn: str) -> None:
        """Remove a database of `new_database`, ending whatever is still connected to it."""
        name = psycopg.conninfo.conninfo_to_dict(dsn)["dbname"]
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(str(name))))

    def start(self) -> Self:
        """Start and return when it takes connections. Raises Missing, or RuntimeError with the log's end."""
        programs = postgres_programs()
        if not (self._folder / "data").exists():
            self._make_cluster(programs)
        for _ in range(3):
            self._port = self._port or free_port()
            self._launch(programs)
            if self._ready():
                return self
            self._end(signal.SIGQUIT)
            self._port = 0  # perhaps somebody took the port between choosing and binding
        raise RuntimeError(f"PostgreSQL did not start:\n{self._tail()}")

    def stop(self) -> None:
        """Stop it at once in good order (open sessions are ended); data and port are kept."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """Stop it as a crash would (immediate: recovery from the write-ahead log follows); data and port are kept."""
        self._end(signal.SIGQUIT)

    def close(self) -> None:
        """Stop it and remove its folder."""
        self._end(signal.SIGINT)
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> Self:
        try:
            return self.start()
        except BaseException:
            self.close()
            raise

    def __exit__(self, *_: object) -> None:
        self.close()

    def _dsn(self, database: str) -> str:
        return f"postgresql://mash:{self._password}@127.0.0.1:{self._port}/{database}"

    def _make_cluster(self, programs: Path) -> None:
        password = self._folder / "password"
        password.write_text(self._password)
        if os.geteuid() == 0:
            for path in (self._folder, password):
                shutil.chown(path, *_owner())
        command = [str(programs / "initdb"), "-D", str(self._folder / "data"), "-U", "mash", "--pwfile", str(password)]
        command += ["--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C", "--no-sync"]
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=120, check=False, cwd=self._folder, **_as_other_user()
        )
        if done.returncode != 0:
            raise RuntimeError(f"initdb failed:\n{done.stdout}\n{done.stderr}")
        password.unlink()

    def _launch(self, programs: Path) -> None:
        command = [str(programs / "postgres"), "-D", str(self._folder / "data"), "-p", str(self._port)]
        for setting in ("listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=200"):
            command += ["-c", setting]
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(
                command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=self._folder, **_as_other_user()
            )

    def _ready(self) -> bool:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and self._process is not None and self._process.poll() is None:
            try:
                psycopg.connect(self.dsn, connect_timeout=2).close()
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return True
        return False

    def _tail(self) -> str:
        return self.log_file.read_text(errors="replace")[-3000:] if self.log_file.exists() else ""

    def _end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.send_signal(how)
            try:
                self._process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self._process.send_signal(signal.SIGQUIT)
                self._process.wait(timeout=20)
        self._process = None


def _owner() -> tuple[int, int]:
    try:
        user = pwd.getpwnam("postgres")
    except KeyError:
        raise Missing("PostgreSQL", f"{HOW}. As root it needs the user `postgres`, which is not there.") from None
    return user.pw_uid, user.pw_gid


def _as_other_user() -> dict[str, Any]:
    if os.geteuid() != 0:
        return {}
    user, group = _owner()
    return {"user": user, "group": group, "extra_groups": []}
