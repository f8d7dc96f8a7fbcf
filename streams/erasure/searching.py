"""The search of everything that is kept: each file of the data folder, each compressed batch of the broker's log, each column of each table."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

from streams.clickhouse.client import ClickHouse
from streams.clickhouse.erasure_file import FILE as TOMBSTONES
from streams.clickhouse.sources import sql_text, statements
from streams.erasure.rows import TABLES
from streams.erasure.sought import HASH, Sought
from streams.kafka.segments import compressed_batches, is_segment

PIECE = 8 << 20
PATIENCE_S, POLL_S = 30.0, 1.0
NO_NUMBER = "00" * 8
REPLACED, UNREAD = "replaced parts that are not deleted yet", "not read"


class Trace(NamedTuple):
    """Something that was found, or that could not be read. `what`: id, hash, text or `not read`."""

    place: str
    what: str
    found: int


@dataclass
class Searched:
    """What has been looked through: nobody should believe in nothing found without it."""

    files: int = 0
    bytes: int = 0
    batches: int = 0
    tables: int = 0
    rows: int = 0
    traces: list[Trace] = field(default_factory=list)


def search(client: ClickHouse, data_dir: Path, sought: Sought, advance: Callable[[float], None] = lambda _: None) -> Searched:
    """Look everywhere. Tombstones hold keyed hashes, which is what they are for: those are passed over."""
    done = Searched()
    unread = list(_unread(client))  # first: files of replaced parts are on the disk until then
    done.traces += [*unread, *_in_tables(client, sought, done)]
    tombstones = [Path(row["path"]) for row in client.rows(sql_text("erasure/tombstone_files"))] + [data_dir.absolute() / TOMBSTONES]
    done.traces += _in_files(data_dir, sought, tombstones, done, advance)
    return done


def _in_files(data_dir: Path, sought: Sought, tombstones: Sequence[Path], done: Searched, advance: Callable[[float], None]) -> Iterator[Trace]:
    for path in sorted(each for each in data_dir.rglob("*") if each.is_file() and not each.is_symlink()):
        place = path.relative_to(data_dir)
        try:
            done.bytes += path.stat().st_size
            found = in_file(path, sought)
            if is_segment(path):
                for batch in compressed_batches(path):
                    done.batches += 1
                    found += _kinds(batch, 0, sought)
        except FileNotFoundError:  # merged, compacted or rotated away meanwhile; what replaced it is looked at, too, or was written since
            continue
        done.files += 1
        advance(done.bytes)
        if any(path.absolute().is_relative_to(each) for each in tombstones):
            del found[HASH]
        yield from (Trace(str(place), kind, number) for kind, number in sorted(found.items()))


def in_file(path: Path, sought: Sought) -> Counter[str]:
    """How often each kind stands in a file's bytes."""
    found: Counter[str] = Counter()
    tail = b""
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            found += _kinds(tail + piece, len(tail), sought)
            tail = (tail + piece)[-sought.longest - 1 :]
    return found


def _kinds(content: bytes, known: int, sought: Sought) -> Counter[str]:
    """By kind, what ends behind the first `known` bytes, which were looked at before."""
    if not sought.any.search(content):
        return Counter()
    return +Counter({kind: sum(hit.end() > known for hit in program.finditer(content)) for kind, program in sought.programs.items()})


def _in_tables(client: ClickHouse, sought: Sought, done: Searched) -> Iterator[Trace]:
    tombstones = client.settings.database, "erasures"
    for table in client.rows(sql_text("erasure/physical")):
        done.tables += 1
        done.rows += table["rows"] or 0
        mine = Sought(sought.ids, (), sought.texts) if (table["database"], table["table"]) == tombstones else sought
        found: Counter[tuple[str, str]] = Counter()
        for portion in mine.portions():
            if _holding(client, table, table["columns"], portion, "|".join(portion.expressions.values())):
                for column, (kind, expression) in product(table["columns"], portion.expressions.items()):
                    found[column, kind] += _holding(client, table, [column], portion if kind == HASH else Sought(), expression)
        yield from (Trace(f"{table['database']}.{table['table']}.{column}", kind, rows) for (column, kind), rows in found.items() if rows)


def _holding(client: ClickHouse, table: Mapping[str, Any], columns: Sequence[str], sought: Sought, expression: str) -> int:
    """Rows of a table that hold something in the columns: as words of their text, or as numbers in their bytes."""
    filled = {"database": table["database"], "table": table["table"], "columns": ", ".join(f"`{name}`" for name in columns)}
    numbers = [number.hex() for number in sought.numbers] or [NO_NUMBER]
    row = client.rows(statements(sql_text("erasure/holding"), filled)[0], {"words": expression, "numbers": numbers})[0]
    return max(row["words"], row["numbers"] if sought.numbers else 0)


def _unread(client: ClickHouse) -> Iterator[Trace]:
    """Parts that were replaced before a removal was complete and are still on the disk: no statement reads them."""
    deadline = time.monotonic() + PATIENCE_S
    while (rows := client.rows(sql_text("erasure/unread"), {"tables": list(TABLES)})) and time.monotonic() < deadline:
        time.sleep(POLL_S)
    yield from (Trace(f"{row['database']}.{row['table']}: {REPLACED}", UNREAD, row["parts"]) for row in rows)
