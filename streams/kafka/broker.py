"""A real Apache Kafka broker of our own (KRaft, one node, loopback only), for `plumbline up` without a broker and for the tests."""

import fcntl
import os
import shutil
import signal
import subprocess
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from streams.endpoint import Endpoint, announce, find, part_folder, withdraw
from streams.errors import ConfigurationError, MissingPart
from streams.kafka.admin import wait_for_broker
from streams.processes import end_with_parent, free_ports
from streams.settings import KafkaSettings, Settings

CHECKOUT = Path(__file__).parents[2]
HEAP = ("-Xms256m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto")
START_S, STOP_S = 60, 15


def kafka_settings(settings: Settings) -> KafkaSettings:
    """The broker to use: the one that settings name, else the running broker of the data folder.

    Raises:
        MissingPart: neither is there.
    """
    if settings.kafka.bootstrap_servers:
        return settings.kafka
    endpoint = find(settings.data_dir, "broker")
    if endpoint is None:
        raise MissingPart(
            "there is no broker to talk to",
            cause=f"kafka.bootstrap_servers is not set and no broker runs on {part_folder(settings.data_dir, 'broker')}",
            command="plumbline up, or export PLUMBLINE_KAFKA__BOOTSTRAP_SERVERS=host:9092",
        )
    return settings.kafka.model_copy(update={"bootstrap_servers": endpoint.address, "security_protocol": "PLAINTEXT"})


@contextmanager
def borrowed(settings: Settings) -> Iterator[KafkaSettings | None]:
    """The broker that is named, or the data folder's own, started for this unless it runs; None where it never had one."""
    if settings.kafka.bootstrap_servers or find(settings.data_dir, "broker"):
        yield kafka_settings(settings)
    elif (part_folder(settings.data_dir, "broker") / "log" / "meta.properties").exists():
        with Broker(settings) as broker:
            yield broker.kafka
    else:
        yield None


class Broker:
    """One broker process on `data_dir`. Its data stays; ports are new at each start."""

    def __init__(self, settings: Settings, *, adjust: Callable[[dict[str, Any]], dict[str, Any]] = dict) -> None:
        """`adjust` may change the server's properties (tests add listeners with SASL and TLS)."""
        self._settings, self._adjust = settings, adjust
        self._folder = part_folder(settings.data_dir.absolute(), "broker")  # log/, server.properties, server.log, lock, endpoint.json
        self.process: subprocess.Popen | None = None
        self.kafka = settings.kafka
        self._lock: IO[str] | None = None

    def prepare(self) -> list[str]:
        """Take the folder's lock, write the configuration, format the log at first use. Returns the command that runs the broker.

        Raises:
            MissingPart: no Java, or no jars of Kafka.
            ConfigurationError: another broker owns the folder, or its log cannot be formatted.
        """
        java, jars = find_java(), find_jars(self._settings)
        self._folder.mkdir(parents=True, exist_ok=True)
        self._take_lock()
        port, controller = free_ports(2)
        properties = self._folder / "server.properties"
        values = self._adjust(_properties(self._settings.kafka, self._folder / "log", port, controller))
        properties.write_text("".join(f"{name}={value}\n" for name, value in values.items()))
        command = [java, *HEAP, f"-Dlog4j2.configurationFile={self._log_config()}", "-cp", f"{jars}/*"]
        if not (self._folder / "log" / "meta.properties").exists():
            self._format(command, properties)
        self.kafka = self._settings.kafka.model_copy(update={"bootstrap_servers": f"127.0.0.1:{port}", "security_protocol": "PLAINTEXT"})
        return [*command, "kafka.Kafka", str(properties)]

    def announce(self, pid: int) -> None:
        """Let other processes find the broker that now runs as `pid`."""
        announce(self._folder.parent, "broker", Endpoint(self.kafka.bootstrap_servers, pid))

    def start(self, *, wait: bool = True) -> Self:
        """Start, and unless told otherwise wait until it answers.

        Raises:
            MissingPart: no Java, or no jars of Kafka.
            ConfigurationError: another broker owns the folder, or it ended at once.
        """
        command = self.prepare()
        with (self._folder / "server.log").open("ab") as output:
            self.process = subprocess.Popen(
                command,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=end_with_parent,  # noqa: PLW1509
            )
        self.announce(self.process.pid)
        if wait:
            self.wait_ready()
        return self

    def wait_ready(self) -> None:
        """Return when the broker answers."""
        wait_for_broker(self.kafka, START_S, tick=self._check_alive)

    def _check_alive(self) -> None:
        if self.process is not None and self.process.poll() is not None:
            log = self._folder / "server.log"
            raise ConfigurationError(f"the broker ended at once (exit {self.process.returncode})", cause=_last_error(log), command=f"tail {log}")

    def _format(self, command: list[str], properties: Path) -> None:
        # Of 64 such ids one begins with a dash, which the tool takes for an option.
        cluster = "k" + urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")[1:]
        done = subprocess.run(
            [*command, "kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(properties)],
            capture_output=True,
            text=True,
            check=False,
            preexec_fn=end_with_parent,
        )
        if done.returncode:
            raise ConfigurationError("the broker's log folder cannot be formatted", cause=(done.stderr or done.stdout).strip()[-400:])

    def _log_config(self) -> Path:
        path = self._folder / "log4j2.properties"
        path.write_text(LOG4J)
        return path

    def _take_lock(self) -> None:
        self._lock = (self._folder / "lock").open("a+")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ConfigurationError(f"another broker already runs on {self._folder}", command="stop it, or choose another data_dir") from error

    def stop(self) -> None:
        """Stop in order; kill what does not stop in time."""
        if self.process is not None:
            if self.process.poll() is None:
                self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.forget()

    def kill(self) -> None:
        """End it as a crash would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        self.forget()

    def forget(self) -> None:
        """Take back the announcement and free the folder's lock."""
        withdraw(self._folder.parent, "broker")
        if self._lock:
            self._lock.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()


def find_java() -> str:
    """The java command.

    Raises:
        MissingPart: there is none.
    """
    home = os.environ.get("JAVA_HOME")
    java = shutil.which("java", path=f"{home}/bin") if home else shutil.which("java")
    if not java:
        raise MissingPart(
            "Java is not installed", cause="the broker of `plumbline up` needs Java 17 or newer", command="apt-get install openjdk-17-jre-headless"
        )
    return java


def find_jars(settings: Settings) -> Path:
    """The folder of Kafka's jars: the setting `kafka.jars`, else `.kafka/libs` here or in the checkout.

    Raises:
        MissingPart: no folder has them.
    """
    candidates = [settings.kafka.jars] if settings.kafka.jars else [Path(".kafka/libs").absolute(), CHECKOUT / ".kafka" / "libs"]
    for folder in candidates:
        if any(folder.glob("kafka_2.13-*.jar")):
            return folder
    raise MissingPart(
        "the jars of Apache Kafka are not there",
        cause=f"looked in {', '.join(map(str, candidates))}",
        command="make setup (mvn dependency:copy-dependencies), or name a broker: PLUMBLINE_KAFKA__BOOTSTRAP_SERVERS=host:9092",
    )


def _last_error(log: Path) -> str:
    with suppress(OSError):
        lines = [line for line in log.read_text(errors="replace").splitlines() if "ERROR" in line or "Exception" in line]
        return lines[-1][:400] if lines else "its log says nothing"
    return "its log cannot be read"


def _properties(kafka: KafkaSettings, log: Path, port: int, controller: int) -> dict[str, Any]:
    return {
        "process.roles": "broker,controller", "node.id": 1, "controller.quorum.voters": f"1@127.0.0.1:{controller}",
        "listeners": f"PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}", "advertised.listeners": f"PLAINTEXT://127.0.0.1:{port}",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT", "controller.listener.names": "CONTROLLER",
        "log.dirs": log, "num.partitions": kafka.partitions, "auto.create.topics.enable": "false",
        "offsets.topic.replication.factor": 1, "offsets.topic.num.partitions": 4, "transaction.state.log.num.partitions": 4,
        "transaction.state.log.replication.factor": 1, "transaction.state.log.min.isr": 1, "share.coordinator.state.topic.replication.factor": 1,
        "share.coordinator.state.topic.min.isr": 1, "group.initial.rebalance.delay.ms": 0,
        "broker.session.timeout.ms": 2000, "broker.heartbeat.interval.ms": 500, "group.min.session.timeout.ms": 1000,
        "message.max.bytes": kafka.max_record_bytes + 65_536, "socket.request.max.bytes": 104_857_600, "log.retention.hours": 168,
        # So long an erasure waits until what it took back is off the disk.
        "log.retention.check.interval.ms": 10_000, "log.cleaner.backoff.ms": 2_000, "log.segment.delete.delay.ms": 1_000,
        "num.recovery.threads.per.data.dir": 2,
    }  # fmt: skip


LOG4J = """rootLogger.level = WARN
rootLogger.appenderRef.out.ref = out
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = [%d] %p %m (%c)%n
logger.controller.name = org.apache.kafka.controller
logger.controller.level = ERROR
"""
