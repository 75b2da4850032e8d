"""A real Apache Kafka 4 broker on loopback: KRaft, SCRAM-SHA-512, rights denied by default. Stopped by its process id.

Usable without pytest (crash test, bench): `with KafkaBroker() as broker: broker.bootstrap`. The jars come from Maven
Central once, into .cache/kafka-libs of the checkout.
"""

import fcntl
import hashlib
import os
import secrets
import shutil
import signal
import socket
import string
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any, Literal, Self

import kafka.admin
from kafka.errors import KafkaError

from tests.support.needs import Missing

client: Any = kafka.admin  # ships no types

HERE = Path(__file__).parent / "kafka"
LIBS = Path(__file__).parents[2] / ".cache" / "kafka-libs"
HOW = "Install a Java 17 or later and Maven (Debian: apt-get install default-jdk-headless maven)"

Operation = Literal["READ", "WRITE", "DESCRIBE", "CREATE", "ALTER", "DESCRIBE_CONFIGS"]
Resource = Literal["TOPIC", "GROUP", "CLUSTER", "TRANSACTIONAL_ID"]


def kafka_libs() -> Path:
    """The folder with the broker's jars; fetched by Maven when they are not there or the pom has changed.

    Raises Missing (what and how) without Java or Maven, or when the jars cannot be fetched.
    """
    for tool in ("java", "mvn"):
        if shutil.which(tool) is None:
            raise Missing("Apache Kafka", f"{HOW}: `{tool}` is not on the path.")
    pom = HERE / "pom.xml"
    mark = hashlib.sha256(pom.read_bytes()).hexdigest()
    LIBS.parent.mkdir(exist_ok=True)
    with (LIBS.parent / "kafka-libs.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # several test runs may want them at once
        stamp = LIBS / "pom.sha256"
        if stamp.exists() and stamp.read_text() == mark:
            return LIBS
        shutil.rmtree(LIBS, ignore_errors=True)
        fetch = ["mvn", "-q", "-B", "-f", str(pom), f"-Dlibs={LIBS}", "package"]
        done = subprocess.run(fetch, capture_output=True, text=True, timeout=900, check=False)
        if done.returncode != 0:
            raise Missing("Apache Kafka", f"Maven could not fetch its jars from Maven Central:\n{done.stdout[-2000:]}")
        stamp.write_text(mark)
    return LIBS


def free_port() -> int:
    """A loopback port that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class KafkaBroker:
    """One broker with its own temporary folder. Start it with `with`, or `start()` and `close()`.

    `stop()` and `kill()` keep ports and data, so that `start()` brings the same broker back.
    """

    admin_user = "admin"

    def __init__(self) -> None:
        self.admin_password = secrets.token_hex(12)
        self._controller_password = secrets.token_hex(12)
        self._client_port = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._output: IO[bytes] | None = None
        self._admin: Any = None  # a KafkaAdminClient
        self._folder = Path(tempfile.mkdtemp(prefix="mash-kafka-"))
        self.log_folder.mkdir()

    @property
    def bootstrap(self) -> str:
        """host:port for clients (SASL_PLAINTEXT, SCRAM-SHA-512)."""
        return f"127.0.0.1:{self._client_port}"

    @property
    def log_folder(self) -> Path:
        """Where the broker's own log lines go, as plain text."""
        return self._folder / "log"

    @property
    def data_folder(self) -> Path:
        """Where the broker keeps messages and metadata."""
        return self._folder / "data"

    @property
    def pid(self) -> int:
        """The broker's process id."""
        if self._process is None:
            raise RuntimeError("the broker is not running: start() it first")
        return self._process.pid

    def start(self) -> Self:
        """Start and return when a client can connect as admin; raises RuntimeError with the log's end when it dies."""
        libs = kafka_libs()
        for attempt in range(3):
            if not self.data_folder.exists():
                self._format(libs)
            self._launch(libs)
            if self._ready():
                return self
            self._end(signal.SIGKILL)
            if "Address already in use" not in self.tail() or attempt == 2:
                break
            shutil.rmtree(self.data_folder)  # somebody took the port between choosing and binding: choose again
        raise RuntimeError(f"the Kafka broker did not start:\n{self.tail()}")

    def stop(self) -> None:
        """Stop it in good order; data and port are kept."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL, as a machine that loses power; data and port are kept."""
        self._end(signal.SIGKILL)

    def close(self) -> None:
        """Stop it and remove its folder."""
        self._end(signal.SIGTERM)
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> Self:
        try:
            return self.start()
        except BaseException:
            self.close()
            raise

    def __exit__(self, *_: object) -> None:
        self.close()

    def add_user(self, name: str, password: str) -> None:
        """A SCRAM user, usable on return. Without `allow` it may do nothing."""
        admin = self.admin()
        answer = admin.alter_user_scram_credentials(
            [client.UserScramCredentialUpsertion(name, "SCRAM-SHA-512", password)]
        )
        if problem := answer.get(name):
            raise RuntimeError(f"the broker refused the user {name}: {problem}")
        self._until(lambda: bool(admin.describe_user_scram_credentials([name])), f"the user {name} appears")

    def allow(
        self, user: str, operation: Operation, name: str, *, resource: Resource = "TOPIC", prefixed: bool = False
    ) -> None:
        """Let `user` do `operation` on the resource `name` (or on all whose name starts so), in force on return."""
        kind = client.ACLResourcePatternType.PREFIXED if prefixed else client.ACLResourcePatternType.LITERAL
        pattern = client.ResourcePattern(client.ResourceType[resource], name, kind)
        what = (f"User:{user}", "*", client.ACLOperation[operation], client.ACLPermissionType.ALLOW, pattern)
        admin = self.admin()
        if failed := admin.create_acls([client.ACL(*what)])["failed"]:
            raise RuntimeError(f"the broker refused the right: {failed}")
        self._until(lambda: bool(admin.describe_acls(client.ACLFilter(*what))[0]), f"the right of {user} appears")

    def allow_organisation(self, user: str, organisation: str) -> None:
        """What an organisation's user may: write its own concern topics, read its own request and notice topics."""
        self.allow(user, "WRITE", f"concern.{organisation}.", prefixed=True)
        for kind in ("request", "notice"):
            self.allow(user, "READ", f"{kind}.{organisation}.", prefixed=True)

    def allow_hub(self, user: str) -> None:
        """What the hub's user may: read what comes in, make, write and read its own topics."""
        self.allow(user, "READ", "concern.", prefixed=True)
        self.allow(user, "CREATE", "concern.", prefixed=True)
        for prefix in ("signal.", "case.", "alert.", "finding.", "request.", "notice.", "audit."):
            for operation in ("READ", "WRITE", "CREATE"):
                self.allow(user, operation, prefix, prefixed=True)

    def topic_settings(self, topic: str, names: Sequence[str]) -> dict[str, str]:
        """What the broker has set for a topic, of the settings named."""
        resource = client.ConfigResource(client.ConfigResourceType.TOPIC, topic)
        found = self.admin().describe_configs([resource], config_filter="all")
        return {name: str(each["value"]) for name, each in found["topic"][topic].items() if name in names}

    def admin(self) -> Any:
        """A connected admin client, closed with the broker."""
        if self._admin is None:
            self._admin = client.KafkaAdminClient(
                bootstrap_servers=self.bootstrap,
                bootstrap_timeout_ms=5000,
                security_protocol="SASL_PLAINTEXT",
                sasl_mechanism="SCRAM-SHA-512",
                sasl_plain_username=self.admin_user,
                sasl_plain_password=self.admin_password,
            )
        return self._admin

    def tail(self) -> str:
        """The end of the broker's log."""
        log = self.log_folder / "broker.log"
        return log.read_text(errors="replace")[-3000:] if log.exists() else ""

    def _format(self, libs: Path) -> None:
        self._client_port = free_port()
        filled = string.Template((HERE / "server.properties").read_text()).substitute(
            client_port=self._client_port,
            controller_port=free_port(),
            data_folder=self.data_folder,
            admin_user=self.admin_user,
            admin_password=self.admin_password,
            controller_password=self._controller_password,
        )
        self._config.write_text(filled)
        cluster = secrets.token_urlsafe(16)
        scram = f"SCRAM-SHA-512=[name={self.admin_user},password={self.admin_password}]"
        command = [*self._java(libs), "kafka.tools.StorageTool", "format", "--standalone", f"--cluster-id={cluster}"]
        command += ["-c", str(self._config), "--add-scram", scram]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"Kafka's StorageTool refused to format the folder:\n{done.stdout}\n{done.stderr}")

    def _launch(self, libs: Path) -> None:
        if self._process is not None:
            raise RuntimeError("the broker is running already")
        self._output = (self.log_folder / "broker.log").open("ab")
        command = [*self._java(libs), "kafka.Kafka", str(self._config)]
        self._process = subprocess.Popen(
            command, stdout=self._output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, cwd=self._folder
        )

    @property
    def _config(self) -> Path:
        return self._folder / "server.properties"

    def _java(self, libs: Path) -> list[str]:
        return [
            "java", "-Xms256m", "-Xmx512m", "-XX:+UseSerialGC", "-Djava.awt.headless=true",
            f"-Dlog4j2.configurationFile=file:{HERE / 'log4j2.properties'}", "-cp", f"{libs}/*",
        ]  # fmt: skip

    def _ready(self) -> bool:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self._process is not None and self._process.poll() is None:
            try:
                # A port that answers is not enough: the SCRAM users must have been read from the metadata log. A port
                # that answers is asked for first, because a client that fails to start leaves its thread behind.
                with socket.create_connection(("127.0.0.1", self._client_port), timeout=1):
                    pass
                self.admin().describe_topics()
            except (OSError, KafkaError):
                time.sleep(0.05)
            else:
                return True
        return False

    def _until(self, holds: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + 10
        while not holds():
            if time.monotonic() > deadline:
                raise RuntimeError(f"waited 10 seconds in vain until {what}")
            time.sleep(0.02)

    def _end(self, how: signal.Signals) -> None:
        if self._admin is not None:
            self._admin.close()
            self._admin = None
        if self._process is not None:
            if self._process.poll() is None:
                os.kill(self._process.pid, how)
                try:
                    self._process.wait(timeout=20)
                except subprocess.TimeoutExpired:
                    self._process.kill()
                    self._process.wait()
            self._process = None
        if self._output is not None:
            self._output.close()
            self._output = None
