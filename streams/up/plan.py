"""Which parts run here, with what settings, and how each is known to serve."""

import asyncio
import hashlib
import signal
import socket
import sys
from collections.abc import Mapping
from importlib.util import find_spec

import structlog

from streams.endpoint import find, part_folder
from streams.errors import ConfigurationError
from streams.kafka.broker import Broker
from streams.processes import free_ports, port_is_free
from streams.settings import Settings
from streams.store.endpoint import clickhouse_settings
from streams.up.child import Part
from streams.up.lock import is_free

log = structlog.get_logger()

REMNANT_S = 10  # a store whose supervisor was killed takes a moment to close
REQUEST_S = 2.0


class Plan:
    """The parts, and what they learn of one another: addresses are passed on by environment variables as they become known."""

    def __init__(self, settings: Settings) -> None:
        self.settings, self.data_dir = settings, settings.data_dir.absolute()
        self.broker = None if settings.kafka.bootstrap_servers else Broker(settings)
        self.own_store = not settings.clickhouse.url
        self.known = {"PLUMBLINE_DATA_DIR": str(self.data_dir), "PLUMBLINE_LOG__FORMAT": "json"}
        self.probe_port = settings.worker.probe_port or free_ports(1)[0]
        self.web_port = settings.web.port or free_ports(1, settings.web.host)[0]

    @property
    def page(self) -> str:
        """The page's address."""
        host = self.settings.web.host
        return f"http://{f'[{host}]' if ':' in host else host}:{self.web_port}/"

    # -- parts

    async def prepare_broker(self) -> Part:
        """The broker, its log formatted at first use.

        Raises:
            MissingPart: no Java, or no jars.
        """
        command = await asyncio.to_thread(self.broker.prepare)
        self.known |= {"PLUMBLINE_KAFKA__BOOTSTRAP_SERVERS": self.broker.kafka.bootstrap_servers, "PLUMBLINE_KAFKA__SECURITY_PROTOCOL": "PLAINTEXT"}
        return Part(name="broker", command=command, stop_s=15, started=self.broker.announce)

    async def prepare_store(self) -> Part:
        """The store, once nobody else has its folder.

        Raises:
            ConfigurationError: a store that is not ours runs on the folder.
        """
        lock = part_folder(self.data_dir, "store") / "lock"
        for _ in range(int(REMNANT_S / 0.1)):
            if is_free(lock):
                break
            await asyncio.sleep(0.1)
        else:
            raise ConfigurationError(
                f"a store of its own already runs on {lock.parent}",
                cause=f"process {lock.read_text().strip() or 'unknown'} holds its lock",
                command="stop it, or have this one use it: PLUMBLINE_CLICKHOUSE__URL=…",
            )
        return Part(name="store", command=plumbline("store", "--exit-with-parent"), environment=self._store_environment, parent_gone=signal.SIGTERM)

    def topics(self) -> Part:
        """Makes the topics as soon as the broker answers."""
        return self._part("topics", "topics", "--wait", "60", once=True)

    def schema(self) -> Part:
        """Brings the schema in ClickHouse up to date."""
        return self._part("schema", "db", "migrate", once=True)

    def worker(self) -> Part:
        """One worker; its pool has a process per core."""
        environment = {"PLUMBLINE_WORKER__PROBE_PORT": str(self.probe_port), "PLUMBLINE_KAFKA__GROUP_INSTANCE_ID": self._member()}
        return self._part("worker", "worker", environment=lambda: self.known | environment, stop_s=self.settings.worker.stop_deadline_s + 1)

    def web(self) -> Part:
        """The page and the HTTP intake, on the port of the settings or, where that is taken, on a free one."""
        return self._part("web", "web", environment=self._web_environment)

    def alerts(self) -> Part:
        """The alert rules and their deliveries."""
        return self._part("alerts", "alerts", "run")

    def judge(self) -> Part:
        """The second opinion, where the settings name a judge."""
        return self._part("judge", "judge", "run")

    def backfill(self) -> Part:
        """History for the demo; it ends at once when there is one."""
        return self._part("backfill", "demo", "backfill", once=True, visible=True, stop_s=3)

    def live(self) -> Part:
        """Live traffic for the demo."""
        return self._part("traffic", "demo", "live", stop_s=3)

    def _part(self, name: str, *arguments: str, **options: object) -> Part:
        return Part(**{"name": name, "command": plumbline(*arguments), "environment": lambda: self.known} | options)

    # -- what they are told

    def _member(self) -> str:
        """A fixed member of the group: the worker that follows one that died takes its partitions at once, not after a session timeout."""
        folder = hashlib.sha256(str(self.data_dir).encode()).hexdigest()[:8]
        return self.settings.kafka.group_instance_id or f"up-{socket.gethostname()}-{folder}"

    def _store_environment(self) -> Mapping[str, str]:
        """The same port at every start, so that those who know it need not be told anew."""
        url = self.known.get("PLUMBLINE_CLICKHOUSE__URL")
        return self.known | ({"PLUMBLINE_STORE__PORT": url.rpartition(":")[2]} if url else {})

    def _web_environment(self) -> Mapping[str, str]:
        host, wanted = self.settings.web.host, self.web_port
        if not port_is_free(wanted, host):
            self.web_port = free_ports(1, host)[0]
            log.warning("the page's port is taken; it gets a free one", taken=wanted, port=self.web_port)
        return self.known | {"PLUMBLINE_WEB__PORT": str(self.web_port)}

    # -- whether they serve

    async def store_serves(self, pid: int | None) -> bool:
        """Whether the store that runs as `pid` has said where it is; from then on the other parts know."""
        endpoint = find(self.data_dir, "store")
        if endpoint is None or endpoint.pid != pid:
            return False
        found = clickhouse_settings(self.settings)
        self.known |= {
            "PLUMBLINE_CLICKHOUSE__URL": found.url,
            "PLUMBLINE_CLICKHOUSE__USERNAME": found.username,
            "PLUMBLINE_CLICKHOUSE__PASSWORD": found.password.get_secret_value(),
        }
        return True

    async def worker_serves(self) -> bool:
        """Whether the worker is ready: it has partitions and nothing is in its way."""
        return await answers_ok("127.0.0.1", self.probe_port, "/readyz")

    async def web_serves(self) -> bool:
        """Whether the page answers."""
        return await answers_ok(self.settings.web.host, self.web_port, "/livez")


def plumbline(*arguments: str) -> list[str]:
    """The command line of a part: ours, by the Python that runs us."""
    return [sys.executable, "-m", "streams", *arguments]


def has_command(name: str) -> bool:
    """Whether this build has the group of commands."""
    return find_spec(f"streams.cli.{name}") is not None


async def answers_ok(host: str, port: int, path: str) -> bool:
    """Whether a GET is answered with 200."""
    try:
        async with asyncio.timeout(REQUEST_S):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
                return b" 200 " in await reader.readline()
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return False
