"""For each verdict the way to the root that was sealed, and the chain from there to its end."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from streams.clickhouse.client import ClickHouse
from streams.clickhouse.sources import sql_text
from streams.evidence.canonical import canonical
from streams.evidence.chain import Seal, hour_of, seal_from
from streams.evidence.merkle import path_of
from streams.evidence.sealer import HOUR, Salts

Row = Mapping[str, Any]


def prove(client: ClickHouse, salts: Salts, verdicts: Sequence[Row]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """(verdicts with their proof, seals from the first that is needed on). A verdict whose hour is not sealed yet has the proof None."""
    seals = [seal_from(row) for row in client.rows(sql_text("evidence/seals"), {"since": 0})]
    by_root = {(each.hour, each.root): each for each in seals}
    leaves = {hour: trees(client, hour, hour + HOUR) for hour in sorted({hour_of(row) for row in verdicts})}
    proven, needed = [], []
    for row in verdicts:
        proof, seal = _proof(canonical(row), salts, leaves[hour_of(row)], by_root)
        proven.append({"row": row, "proof": proof})
        needed += [seal.number] if seal else []
    first = min(needed, default=0)
    return proven, [asdict(each) for each in seals if needed and each.number >= first]


def _proof(
    row: bytes, salts: Salts, trees: Mapping[tuple[datetime, str], list[bytes]], seals: Mapping[tuple[datetime, str], Seal]
) -> tuple[dict[str, Any] | None, Seal | None]:
    leaf = salts.leaf(row)
    for place, leaves in trees.items():
        if leaf in leaves and place in seals:
            position = leaves.index(leaf)
            path = [["left" if step.left else "right", step.hash.hex()] for step in path_of(leaves, position)]
            return {"seal": seals[place].number, "position": position, "salt": salts.of(row).hex(), "path": path}, seals[place]
    return None, None


def trees(client: ClickHouse, since: datetime, until: datetime) -> dict[tuple[datetime, str], list[bytes]]:
    """(hour, root) -> its leaves in order, of the hours in [`since`, `until`)."""
    found: dict[tuple[datetime, str], list[bytes]] = {}
    for row in client.rows(sql_text("evidence/leaves"), {"since": since, "until": until}):
        found.setdefault((row["hour"], row["root"]), []).append(bytes.fromhex(row["leaf"]))
    return found
