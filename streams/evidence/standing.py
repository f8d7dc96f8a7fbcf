"""The chain as it stands in ClickHouse: links, signatures, and roots over the leaves that are there. Erased verdicts leave theirs behind."""

from collections.abc import Mapping
from typing import NamedTuple

from streams.clickhouse.client import ClickHouse
from streams.clickhouse.sources import sql_text
from streams.evidence.chain import broken_links, seal_from
from streams.evidence.keys import PublicKey
from streams.evidence.merkle import root_of
from streams.evidence.proofs import trees
from streams.evidence.sealer import HOUR


class Standing(NamedTuple):
    """What was found. `problems` empty: the chain is whole."""

    problems: list[str]
    seals: int
    leaves: int


def check_chain(client: ClickHouse, keys: Mapping[str, PublicKey]) -> Standing:
    """All seals with their leaves."""
    seals = [seal_from(row) for row in client.rows(sql_text("evidence/seals"), {"since": 0})]
    problems, leaves = [*broken_links(seals, keys)], 0
    for month in sorted({seal.hour.replace(day=1, hour=0) for seal in seals}):
        mine = [seal for seal in seals if seal.hour.replace(day=1, hour=0) == month]
        standing = trees(client, month, max(seal.hour for seal in mine) + HOUR)
        for seal in mine:
            found = standing.get((seal.hour, seal.root), [])
            leaves += len(found)
            if len(found) != seal.leaves:
                problems.append(f"{seal.name} has {len(found)} leaves, and was sealed over {seal.leaves}")
            elif root_of(found).hex() != seal.root:
                problems.append(f"the leaves of {seal.name} do not give its root")
    return Standing(problems, len(seals), leaves)
