"""Settings: defaults, then one TOML file, then the environment (`PLUMBLINE_KAFKA__BOOTSTRAP_SERVERS=…`).

The file is `plumbline.toml` in the working directory, or the one that `PLUMBLINE_CONFIG` names. Unknown keys are errors, so that a typo cannot
silently leave a default in force.
"""

import os
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from streams.errors import ConfigurationError

Port = Annotated[int, Field(ge=0, le=65535)]


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Tls(Section):
    """TLS of one connection. With `enabled`, the server's certificate and name are checked."""

    enabled: bool = False
    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None


class KafkaSettings(Section):
    """The broker, its topics, and how workers join the group. Without `bootstrap_servers`, `plumbline up` starts a broker of its own."""

    bootstrap_servers: str = ""
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    sasl_username: str = ""
    sasl_password: SecretStr = SecretStr("")
    tls: Tls = Tls()
    events_topic: str = "usage.events"
    dead_letters_topic: str = "usage.dead_letters"
    partitions: int = Field(6, ge=1, le=1024)
    replication_factor: int = Field(1, ge=1, le=7)
    group_id: str = "plumbline"
    group_instance_id: str = ""
    session_timeout_s: float = Field(45, ge=6, le=600)
    max_record_bytes: int = Field(1_048_576, ge=65_536)
    consumer: Literal["chunked", "stock"] = "chunked"
    jars: Path | None = None  # of the broker that `plumbline up` starts; without it, .kafka/libs here or in the checkout


class TopicBinding(Section):
    """Whose events a topic carries: a trusted gateway's (the payload names the organization), or those of one `organization_id`."""

    trusted: bool = False
    organization_id: str = ""


class IntakeSettings(Section):
    """What is admitted, and how much."""

    topics: dict[str, TopicBinding] = {"usage.events": TopicBinding(trusted=True)}
    tokens: dict[str, SecretStr] = {}  # organization id -> bearer token of POST /v1/events; "*" is a trusted gateway's
    max_nesting: int = Field(64, ge=8, le=128)
    max_keys: int = Field(10_000, ge=100)
    max_event_bytes: int = Field(1_048_576, ge=1_024)
    max_ahead_s: int = Field(600, ge=0)
    flood_ratio: float = Field(0.05, gt=0, le=1)
    flood_window: int = Field(10_000, ge=100)
    flood_consecutive: int = Field(1_000, ge=1)


class ClickHouseSettings(Section):
    """ClickHouse over HTTP. Without `url`, `plumbline up` starts the store (the embedded engine behind the same protocol)."""

    url: str = ""
    database: str = "plumbline"
    username: str = "default"
    password: SecretStr = SecretStr("")
    tls: Tls = Tls()
    cluster: str = ""  # ON CLUSTER name; with it, tables are Replicated
    fsync: bool = True
    connect_timeout_s: float = 5
    query_timeout_s: float = 60


class RetentionSettings(Section):
    """How long rows stay. Signals have no end."""

    events_months: int = Field(36, ge=1)
    excerpts_days: int = Field(14, ge=0)
    dead_letters_days: int = Field(90, ge=1)


class WorkerSettings(Section):
    """One worker process and its pool."""

    pool_processes: int = Field(0, ge=0, le=256, description="0: one per core")
    batch_rows: int = Field(20_000, ge=1, le=100_000)
    batch_ms: int = Field(500, ge=10, le=10_000)
    chunk_records: int = Field(5_000, ge=1)
    fetch_bytes: int = Field(4 << 20, ge=65_536)
    in_flight_chunks: int = Field(16, ge=1)
    stop_deadline_s: float = Field(25, ge=1)
    probe_port: Port = 0


class PolicySettings(Section):
    """Which pack judges, and where compiled patterns are cached. Without `pack`, the pack that comes with Plumbline."""

    pack: Path | None = None
    cache: Path | None = None
    law_enforcement_countries: list[str] = ["US"]


class PrivacySettings(Section):
    """The key of the keyed hashes: from `key` (hex, with its `key_version`), else from the data folder, made at first start."""

    key: SecretStr = SecretStr("")
    key_version: int = Field(1, ge=1, le=255)
    excerpts: bool = True


class WebSettings(Section):
    """The page and the HTTP intake."""

    host: str = "127.0.0.1"
    port: Port = 8080
    token: SecretStr = SecretStr("")
    max_body_bytes: int = Field(10 << 20, ge=1024)


class StoreSettings(Section):
    """The embedded engine's process."""

    host: str = "127.0.0.1"
    port: Port = 0
    token: SecretStr = SecretStr("")
    max_memory_mb: int = Field(1_000, ge=300)


class LogSettings(Section):
    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["auto", "json", "console"] = "auto"


class DemoSettings(Section):
    """The generated traffic of `plumbline up --demo`."""

    seed: int = 20240606
    organizations: int = Field(100, ge=10, le=1_000)
    backfill_days: int = Field(14, ge=0, le=90)
    events_per_day: int = Field(6_000, ge=100)
    live_events_per_s: float = Field(5, gt=0, le=1_000)


class Settings(BaseSettings):
    """All settings. `data_dir` holds everything that `plumbline up` keeps: broker log, store, key, compiled pack."""

    model_config = SettingsConfigDict(
        env_prefix="PLUMBLINE_", env_nested_delimiter="__", extra="forbid", frozen=True, nested_model_default_partial_update=True
    )

    data_dir: Path = Path(".plumbline")
    kafka: KafkaSettings = KafkaSettings()
    intake: IntakeSettings = IntakeSettings()
    clickhouse: ClickHouseSettings = ClickHouseSettings()
    retention: RetentionSettings = RetentionSettings()
    worker: WorkerSettings = WorkerSettings()
    policy: PolicySettings = PolicySettings()
    privacy: PrivacySettings = PrivacySettings()
    web: WebSettings = WebSettings()
    store: StoreSettings = StoreSettings()
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
        raise ConfigurationError(f"settings file {config_file()} does not exist", cause="PLUMBLINE_CONFIG names it", command="plumbline config show")
    try:
        return Settings(**overrides)
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}" for problem in error.errors(include_input=False, include_url=False)
        )
        raise ConfigurationError(
            f"settings do not fit: {problems}", cause=f"the environment (PLUMBLINE_…) or {config_file()}", command="plumbline config show"
        ) from error
    except ValueError as error:
        raise ConfigurationError(f"settings file {config_file()} cannot be read: {error}", cause="it is not TOML") from error
