"""The chain: a seal for each closed hour, each with the hash of the one before. Pure, but for the signing."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from streams.evidence.canonical import canonical
from streams.evidence.keys import PublicKey, SealingKey

BEFORE_THE_FIRST = "0" * 64


@dataclass(frozen=True)
class Seal:
    """One link. `root` and `previous` are SHA-256 in hex, `signature` is Ed25519 in hex over everything before it."""

    number: int
    hour: datetime
    amendment: int
    leaves: int
    root: str
    previous: str
    sealed_at: datetime
    key_id: str
    signature: str = ""

    @property
    def said(self) -> bytes:
        """What is signed."""
        return canonical({name: value for name, value in asdict(self).items() if name != "signature"})

    @property
    def hash(self) -> str:
        """What the next one links."""
        return sha256(self.said + self.signature.encode()).hexdigest()

    @property
    def name(self) -> str:
        """For a person."""
        return f"seal {self.number} (hour {self.hour:%Y-%m-%d %H:%M} UTC{f', amendment {self.amendment}' if self.amendment else ''})"


def hour_of(row: Mapping[str, Any]) -> datetime:
    """The hour of event time that a verdict is sealed in."""
    return row["occurred_at"].replace(minute=0, second=0, microsecond=0)


def signed(seal: Seal, key: SealingKey) -> Seal:
    """The seal with its signature."""
    return replace(seal, signature=key.sign(seal.said))


def seal_from(row: Mapping[str, Any]) -> Seal:
    """A seal from a row of the table or of a file.

    Raises:
        KeyError, ValueError, TypeError: it is none.
    """
    given = {field.name: row[field.name] for field in fields(Seal)}
    times = {name: datetime.fromisoformat(given[name]) for name in ("hour", "sealed_at") if isinstance(given[name], str)}
    return Seal(**given | times)


def broken_links(seals: Sequence[Seal], keys: Mapping[str, PublicKey], *, whole: bool = True) -> Iterator[str]:
    """What is wrong with a chain, in words.

    Args:
        keys: by their id.
        whole: it begins with the first seal.
    """
    if whole and seals and (seals[0].number, seals[0].previous) != (1, BEFORE_THE_FIRST):
        yield f"the chain begins with {seals[0].name}: those before it are missing"
    for before, seal in zip((None, *seals), seals, strict=False):
        if seal.key_id not in keys:
            yield f"{seal.name} was signed with key {seal.key_id}, and the keys given are {', '.join(sorted(keys)) or 'none'}"
        elif not keys[seal.key_id].verifies(seal.signature, seal.said):
            yield f"{seal.name} was altered: its signature does not fit what it says"
        if before is not None and seal.number != before.number + 1:
            yield f"{seal.name} comes after {before.name}: hours were reordered, or one was left out"
        elif before is not None and seal.previous != before.hash:
            yield f"{seal.name} does not link {before.name}: one of them was put in another's place"
