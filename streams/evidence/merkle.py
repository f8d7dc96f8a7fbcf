"""Merkle trees as in RFC 9162: leaves and nodes are hashed apart, so that neither passes for the other. Hashes are SHA-256, 32 bytes. Pure."""

from collections.abc import Sequence
from hashlib import sha256
from itertools import zip_longest
from typing import NamedTuple

LEAF, NODE = b"\x00", b"\x01"


class Step(NamedTuple):
    """One hash on the way from a leaf to its root; `left`: it stands before what has been computed so far."""

    hash: bytes
    left: bool


def leaf_of(salt: bytes, row: bytes) -> bytes:
    """The leaf of a row."""
    return sha256(LEAF + salt + row).digest()


def root_of(leaves: Sequence[bytes]) -> bytes:
    """The root; of no leaves, the hash of nothing."""
    if not leaves:
        return sha256(b"").digest()
    level = list(leaves)
    while len(level) > 1:
        level = _above(level)
    return level[0]


def path_of(leaves: Sequence[bytes], position: int) -> list[Step]:
    """The hashes that lead from the leaf at a position to the root."""
    steps, level = [], list(leaves)
    while len(level) > 1:
        sibling = position ^ 1
        if sibling < len(level):
            steps.append(Step(level[sibling], left=sibling < position))
        level, position = _above(level), position // 2
    return steps


def root_by(leaf: bytes, path: Sequence[Step]) -> bytes:
    """Where a path leads."""
    for step in path:
        leaf = _node(step.hash, leaf) if step.left else _node(leaf, step.hash)
    return leaf


def _above(level: Sequence[bytes]) -> list[bytes]:
    """One level up; a hash without a neighbour rises as it is."""
    return [left if right is None else _node(left, right) for left, right in zip_longest(level[::2], level[1::2])]


def _node(left: bytes, right: bytes) -> bytes:
    return sha256(NODE + left + right).digest()
