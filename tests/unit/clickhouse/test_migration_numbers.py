"""What must be true of migrations together: numbers are unique (of two files with one number, only one would ever run), and a setting that the schema
was made with can be changed later in every table that it went into."""

import re
from collections import Counter

import pytest

from streams.clickhouse.migrations import known_migrations
from streams.clickhouse.sources import sql_folder, sql_text

TABLE = re.compile(r"CREATE TABLE IF NOT EXISTS \{database\}\.(\w+)(.+?)\n;", re.DOTALL)


def made_with(setting: str) -> dict[str, str]:
    """Tables that a setting went into, and the line of their definition with it."""
    made = {name: body for migration in known_migrations() for name, body in TABLE.findall(migration.text)}
    lines = {name: [line for line in body.splitlines() if f"{{{setting}}}" in line] for name, body in made.items()}
    return {name: found[0] for name, found in lines.items() if found}


def test_no_number_is_used_twice() -> None:
    numbers = Counter(file.stem[:4] for file in (sql_folder() / "migrations").glob("*.sql"))
    assert [number for number, times in numbers.items() if times > 1] == []


@pytest.mark.parametrize("setting", ["events_months", "excerpts_days", "dead_letters_days", "fsync"])
def test_a_setting_that_a_table_was_made_with_is_altered_in_that_table(setting: str) -> None:
    altered = re.findall(r"ALTER TABLE \{database\}\.(\w+) \{on_cluster\} MODIFY (?:TTL|SETTING) (.+)", sql_text(f"schema/alter_{setting}"))
    made = made_with(setting)
    assert sorted(name for name, _ in altered) == sorted(made)
    if setting != "fsync":
        assert {name: f"TTL {until}" for name, until in altered} == made
