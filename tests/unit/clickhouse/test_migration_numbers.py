"""Numbers of migrations are unique: of two files with one number, only one would ever run."""

from collections import Counter

from streams.clickhouse.sources import sql_folder


def test_no_number_is_used_twice() -> None:
    numbers = Counter(file.stem[:4] for file in (sql_folder() / "migrations").glob("*.sql"))
    assert [number for number, times in numbers.items() if times > 1] == []
