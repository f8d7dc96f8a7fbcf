"""When rows end: the TTL that each table of the database has, and the setting that it should come from."""

import re
from typing import NamedTuple

from streams.clickhouse.client import ClickHouse
from streams.clickhouse.sources import sql_text
from streams.settings import RetentionSettings

SETTINGS = ("events_months", "excerpts_days", "dead_letters_days")
TABLE = re.compile(r"ALTER TABLE \{database\}\.(\w+)")
INTERVAL = re.compile(r"toInterval(Month|Day)\((\d+)\)")


class TableEnd(NamedTuple):
    """A table with its TTL expression (empty: its rows have no end) and the column that tells how old a row is (empty: none does)."""

    table: str
    ends: str
    column: str

    @property
    def in_force(self) -> str:
        """Like `36 months`; empty without end."""
        found = INTERVAL.search(self.ends)
        return f"{found[2]} {found[1].lower()}s" if found else ""


def table_ends(client: ClickHouse) -> list[TableEnd]:
    """Every table that holds rows, by name."""
    return [TableEnd(**row) for row in client.rows(sql_text("retention/tables"))]


def settings_of() -> dict[str, str]:
    """Tables that should end, and the setting that says when: those in which a change of the setting alters the TTL."""
    return {table: name for name in SETTINGS for table in TABLE.findall(sql_text(f"schema/alter_{name}"))}


def wanted(settings: RetentionSettings, setting: str) -> str:
    """A setting as `in_force` writes it."""
    return f"{getattr(settings, setting)} {setting.rpartition('_')[2]}"


def astray(client: ClickHouse, settings: RetentionSettings) -> set[str]:
    """Settings that some table has not, or not any more: somebody altered it by hand."""
    of = settings_of()
    return {of[each.table] for each in table_ends(client) if each.table in of and each.in_force != wanted(settings, of[each.table])}
