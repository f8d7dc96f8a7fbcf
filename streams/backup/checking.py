"""What must hold before a backup is restored, and what must hold of the tables afterwards."""

from streams.backup.archive import Manifest
from streams.clickhouse.client import ClickHouse
from streams.clickhouse.migrations import known_migrations
from streams.clickhouse.sources import sql_text
from streams.errors import ConfigurationError, Stop
from streams.privacy import load_key
from streams.settings import Settings


def only_known_migrations(manifest: Manifest) -> None:
    """Let pass what this version can read.

    Raises:
        ConfigurationError: the backup's schema is newer.
    """
    unknown = sorted(set(manifest.migrations) - {each.name for each in known_migrations()})
    if unknown:
        raise ConfigurationError(
            f"the backup is newer than this Plumbline: its schema has {', '.join(unknown)}",
            cause=f"Plumbline {manifest.plumbline} made it",
            command="install that version or a later one",
        )


def only_with_the_key(settings: Settings, manifest: Manifest) -> None:
    """Let pass when new pseudonyms will fit those of the backup.

    Raises:
        ConfigurationError: the hash key is another, or there is none yet.
    """
    there = settings.privacy.key.get_secret_value() or (settings.data_dir / "hash.key").exists()
    if not there or load_key(settings).fingerprint != manifest.key:
        raise ConfigurationError(
            "the hash key is another than the backup's" if there else "there is no hash key yet",
            cause="people would be counted twice, and removals would not hold: a backup does not contain the key",
            command=f"copy the hash.key of the backed-up data folder to {settings.data_dir} (mode 0600), or say --other-key",
        )


def check_tables(client: ClickHouse, manifest: Manifest) -> int:
    """Hold every table against the manifest, and have the engine check every part. Returns the rows of all tables, copies included.

    Raises:
        Stop: a table holds more or less, or a part is damaged.
    """
    found = {row["table"]: row["rows"] for row in client.rows(sql_text("backup/rows"))}
    wanted = {name: table["rows"] for name, table in manifest.tables.items() if table["rows"]}
    if found != wanted:
        differing = sorted(name for name in found.keys() | wanted.keys() if found.get(name) != wanted.get(name))
        raise Stop(f"tables do not hold what the backup names: {', '.join(differing)}", cause="the copy is damaged", command="take another backup")
    for row in client.rows(sql_text("backup/tables")):
        checked = client.arrow(f"CHECK TABLE {row['name']} SETTINGS check_query_single_value_result = 1")
        if not all(each["result"] for each in checked.to_pylist()):
            raise Stop(f"a part of the table {row['name']} is damaged", cause="the copy is damaged", command="take another backup")
    return sum(found.values())
