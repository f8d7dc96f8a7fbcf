"""Settings: defaults, then one TOML file, then the environment (`PLUMBLINE_KAFKA__BOOTSTRAP_SERVERS=…`).

The file is `plumbline.toml` in the working directory, or the one that `PLUMBLINE_CONFIG` names. Unknown keys are errors, so that a typo cannot
silently leave a default in force. docs/settings.md is made from the descriptions here (`plumbline reference`).
"""

import os
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from streams.errors import ConfigurationError
from streams.settings_alerts import AlertsSettings
from streams.settings_evidence import EvidenceSettings
from streams.settings_judge import JudgeSettings
from streams.settings_lookup import ResolverSettings
from streams.settings_problems import described, unknown_variable
from streams.settings_section import NO_SECRET, Port, Section
from streams.settings_store import StoreSettings

PREFIX = "PLUMBLINE_"
OTHER_VARIABLES = {"PLUMBLINE_CONFIG": "the settings file; default: plumbline.toml here", "PLUMBLINE_DEBUG": "1: errors come with a traceback"}


class Tls(Section):
    """Files of a TLS connection. The server's certificate and name are always checked."""

    ca_file: Path | None = Field(None, description="certificates to trust, PEM; empty: the system's")
    cert_file: Path | None = Field(None, description="our certificate, PEM, where the server asks for one")
    key_file: Path | None = Field(None, description="its key, PEM")


class KafkaSettings(Section):
    """The broker, its topics, and how workers join the group."""

    bootstrap_servers: str = Field("", description="host:port, comma-separated; empty: the broker that `plumbline up` starts")
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT", description="SASL_PLAINTEXT is refused off loopback: the password would cross the network in clear text"
    )
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field("SCRAM-SHA-512", description="how the password is proved")
    sasl_username: str = Field("", description="user at the broker")
    sasl_password: SecretStr = Field(NO_SECRET, description="its password")
    tls: Tls = Tls()
    events_topic: str = Field("usage.events", description="topic that `emit`, `import` and the HTTP intake write to")
    dead_letters_topic: str = Field("usage.dead_letters", description="topic of rejected input")
    alerts_topic: str = Field("usage.alerts", description="topic that routes of kind `kafka` write to")
    decisions_topic: str = Field("usage.decisions", description="topic that decisions on cases go to")
    partitions: int = Field(6, ge=1, le=1024, description="of the events topics, when we make them")
    replication_factor: int = Field(1, ge=1, le=7, description="of the topics that we make")
    group_id: str = Field("plumbline", description="consumer group of the workers")
    group_instance_id: str = Field("", description="fixed name of this worker in the group (static membership)")
    session_timeout_s: float = Field(45, ge=6, le=600, description="seconds after which a silent worker's partitions go to others")
    max_record_bytes: int = Field(1_048_576, ge=65_536, description="largest record that is written or admitted")
    keys: Literal["organization", "none"] = Field(
        "organization", description="keys of what emit, import and the HTTP intake send; none: a large organization fills all partitions alike"
    )
    consumer: Literal["chunked", "stock"] = Field("chunked", description="stock: Faust's own consumer, one record at a time")
    jars: Path | None = Field(None, description="jars of the broker that `plumbline up` starts; empty: .kafka/libs here or in the checkout")


class TopicBinding(Section):
    """Whose events a topic carries."""

    trusted: bool = Field(False, description="a trusted gateway's topic: the payload names the organization")
    organization_id: str = Field("", description="the one organization whose events it carries")


class IntakeSettings(Section):
    """What is admitted, and how much."""

    topics: dict[str, TopicBinding] = Field({"usage.events": TopicBinding(trusted=True)}, description="topics that workers read")
    tokens: dict[str, SecretStr] = Field({}, description="organization id to bearer token of `POST /v1/events`; `*`: a trusted gateway's")
    max_nesting: int = Field(64, ge=8, le=128, description="deepest JSON")
    max_keys: int = Field(10_000, ge=100, description="most keys in one event")
    max_event_bytes: int = Field(1_048_576, ge=1_024, description="largest event")
    max_events_per_record: int = Field(10_000, ge=1, description="most events in one record: lines, array elements or exported log records")
    max_ahead_s: int = Field(600, ge=0, description="seconds that `occurred_at` may be ahead of our clock")
    flood_ratio: float = Field(0.05, gt=0, le=1, description="share of rejects in the window from which a worker pauses the partition")
    flood_window: int = Field(10_000, ge=100, description="records in that window")
    flood_consecutive: int = Field(1_000, ge=1, description="rejects in a row from which it pauses")


class ClickHouseSettings(Section):
    """ClickHouse over HTTP."""

    url: str = Field("", description="http://host:8123 or https://host:8443; empty: the store that `plumbline up` starts")
    database: str = Field("plumbline", description="name of the database")
    username: str = Field("default", description="user")
    password: SecretStr = Field(NO_SECRET, description="its password; take https off loopback")
    tls: Tls = Tls()
    cluster: str = Field("", description="ON CLUSTER name; with it, tables are replicated")
    fsync: bool = Field(True, description="an insert returns when its rows are on the disk")
    connect_timeout_s: float = Field(5, gt=0, description="seconds to connect")
    query_timeout_s: float = Field(60, gt=0, description="seconds for one statement")


class RetentionSettings(Section):
    """How long rows stay. Signals have no end."""

    events_months: int = Field(36, ge=1, description="events and verdicts; older input is rejected")
    excerpts_days: int = Field(14, ge=0, description="redacted excerpts")
    dead_letters_days: int = Field(90, ge=1, description="the listing of rejected input")


class WorkerSettings(Section):
    """One worker process and its pool."""

    pool_processes: int = Field(0, ge=0, le=256, description="processes that tag; 0: one per core that the process may use")
    batch_rows: int = Field(20_000, ge=1, le=100_000, description="rows after which a batch lands")
    batch_ms: int = Field(200, ge=10, le=10_000, description="milliseconds after which a batch lands")
    chunk_records: int = Field(1_250, ge=1, description="most records of one partition per poll")
    fetch_bytes: int = Field(2 << 20, ge=65_536, description="most bytes of one partition per fetch")
    in_flight_chunks: int = Field(16, ge=1, description="chunks read and not yet landed, beyond which reading waits")
    stop_deadline_s: float = Field(25, ge=1, description="seconds to land what is in flight when asked to stop")
    probe_port: Port = Field(0, description="port of /livez, /readyz and /metrics; 0: a free one")
    probe_host: str = Field("127.0.0.1", description="address that they are served on; 0.0.0.0 in a container whose network is guarded")


class PolicySettings(Section):
    """Which pack judges."""

    pack: Path | None = Field(None, description="folder of the policy pack; empty: the one that comes with Plumbline")
    law_enforcement_countries: list[str] = Field(["US"], description="countries whose authorities may use the tailored set")


class PrivacySettings(Section):
    """Pseudonyms and excerpts."""

    key: SecretStr = Field(NO_SECRET, description="key of the keyed hashes, 32 bytes in hex; empty: hash.key in the data folder, made at first start")
    key_version: int = Field(1, ge=1, le=255, description="version of that key, stored beside each hash")
    excerpts: bool = Field(True, description="store redacted excerpts of matched text")


class WebToken(Section):
    """A reader of the page: the token that they sign in with, and what they may do."""

    token: SecretStr = Field(min_length=16, description="what they sign in with")
    role: Literal["viewer", "analyst", "admin"] = Field("viewer", description="what they may do")


class WebSettings(Section):
    """The page and the HTTP intake. Off loopback the page needs a token: `token` is an administrator's, `tokens` names others."""

    host: str = Field("127.0.0.1", description="address to listen on")
    port: Port = Field(8080, description="port; 0: a free one")
    token: SecretStr = Field(NO_SECRET, description="an administrator's token of the page")
    tokens: dict[str, WebToken] = Field({}, description="other readers: name -> token and role (viewer, analyst or admin)")
    reveal: bool = Field(True, description="let analysts see the text of an event while Kafka keeps it, on a logged reason")
    max_body_bytes: int = Field(10 << 20, ge=1024, description="largest request body of the intake, inflated")


class GrafanaSettings(Section):
    """The Grafana that `plumbline grafana push` writes to and `plumbline doctor` checks."""

    url: str = Field("", description="http://host:3000; empty: none")
    token: SecretStr = Field(NO_SECRET, description="token of a service account with the role Admin")
    clickhouse_url: str = Field("", description="ClickHouse as Grafana reaches it; empty: as we do")
    clickhouse_username: str = Field("", description="user that Grafana reads as, best one that may only read; empty: ours")
    clickhouse_password: SecretStr = Field(NO_SECRET, description="that user's password")
    contact: SecretStr = Field(NO_SECRET, description="where it sends alerts: a webhook's URL, or mail addresses; empty: as its policy says")


class LogSettings(Section):
    """Logs on standard error."""

    level: Literal["debug", "info", "warning", "error"] = Field("info", description="least level")
    format: Literal["auto", "json", "console"] = Field("auto", description="auto: lines for a terminal, else JSON")


class DemoSettings(Section):
    """The generated traffic of `plumbline up --demo`."""

    seed: int = Field(20240606, description="same seed, same traffic")
    organizations: int = Field(100, ge=50, le=1_000, description="organizations in it")
    backfill_days: int = Field(14, ge=0, le=90, description="days of history")
    events_per_day: int = Field(6_000, ge=100, description="events per day of history")
    live_events_per_s: float = Field(5, gt=0, le=1_000, description="rate of live traffic, on average over a week")
    live_violations_per_h: float = Field(30, ge=0, description="how many of them per hour are violations, at most half")


class Settings(BaseSettings):
    """All settings."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True, nested_model_default_partial_update=True
    )

    data_dir: Path = Field(Path(".plumbline"), description="everything that `plumbline up` keeps: broker log, store, key, compiled pack")
    kafka: KafkaSettings = KafkaSettings()
    intake: IntakeSettings = IntakeSettings()
    clickhouse: ClickHouseSettings = ClickHouseSettings()
    retention: RetentionSettings = RetentionSettings()
    worker: WorkerSettings = WorkerSettings()
    policy: PolicySettings = PolicySettings()
    privacy: PrivacySettings = PrivacySettings()
    web: WebSettings = WebSettings()
    store: StoreSettings = StoreSettings()
    alerts: AlertsSettings = AlertsSettings()
    evidence: EvidenceSettings = EvidenceSettings()
    judge: JudgeSettings = JudgeSettings()
    resolver: ResolverSettings = ResolverSettings()
    grafana: GrafanaSettings = GrafanaSettings()
    log: LogSettings = LogSettings()
    demo: DemoSettings = DemoSettings()

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], **sources: PydanticBaseSettingsSource
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return sources["init_settings"], sources["env_settings"], TomlConfigSettingsSource(settings_cls, toml_file=config_file())


def config_file() -> Path:
    """The one settings file, whether it exists or not."""
    return Path(os.environ.get("PLUMBLINE_CONFIG", "plumbline.toml"))


def load_settings(**overrides: Any) -> Settings:
    """Read the settings.

    Raises:
        ConfigurationError: a key is unknown or a value does not fit; every such key is named.
    """
    if "PLUMBLINE_CONFIG" in os.environ and not config_file().is_file():
        raise ConfigurationError(f"settings file {config_file()} does not exist", cause="PLUMBLINE_CONFIG names it", command="plumbline config path")
    known = [*OTHER_VARIABLES, *(f"{PREFIX}{name.upper()}" for name in Settings.model_fields)]
    if problem := unknown_variable(os.environ, PREFIX, known):
        raise ConfigurationError(problem, cause="a typo, or it belongs to another version", command="plumbline reference settings")
    try:
        return Settings(**overrides)
    except ValidationError as error:
        cause = f"the environment (PLUMBLINE_…) or {config_file()}"
        raise ConfigurationError(f"settings do not fit: {described(error, Settings)}", cause=cause, command="plumbline config path") from error
    except ValueError as error:
        raise ConfigurationError(f"settings file {config_file()} cannot be read: {error}", cause="it is not TOML") from error
