"""The corpus as the trainer reads it."""

import hashlib
import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# No revision tells these kinds apart, and each alone has too few texts.
MERGED = {("high_risk_legal", "decision"): "guidance", ("high_risk_healthcare", "decision"): "guidance"}


# The corpus is labelled by this revision; the later one asks less of these categories.
WIDEST, NARROWED = "2024-06-06", {"political_campaigning", "political_lobbying"}
CASES = "cases/"


@dataclass(frozen=True)
class Row:
    """One labelled text. `content`: (field, text) pairs; `group`: what validation must not tear apart."""

    id: str
    group: str
    lang: str
    shape: str
    labels: Mapping[str, str]
    near: str
    content: tuple[tuple[str, str], ...]

    @property
    def text(self) -> str:
        """All of the content as one text."""
        return " \n ".join(text for _, text in self.content)

    @property
    def is_ordinary(self) -> bool:
        return not self.labels and not self.near


def content_of(row: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """(field, text) pairs of a row or an event, in reading order."""
    pairs = [(name, row[name]) for name in ("system", "text") if row.get(name)]
    for name in ("input", "output"):
        value = row.get(name)
        if isinstance(value, str):
            pairs.append((name, value))
        elif value:
            pairs += [(f"{name}[{at}].content", message["content"]) for at, message in enumerate(value)]
    return tuple(pairs)


def cases_of(pack_folder: Path) -> list[Row]:
    """The cases of a pack that must stay silent, as look-alikes of their category; those that only the narrower revision admits, as open advocacy."""
    rows = []
    for path in sorted(pack_folder.glob("detectors/*.toml")):
        cases = tomllib.loads(path.read_text(encoding="utf-8")).get("cases", [])
        prohibited = {text for case in cases if case.get("revision") == WIDEST for text in case.get("fires", [])}
        for number, case in enumerate(cases):
            if case.get("held_out") or {"safeguards", "end_user_age", "country"} & case.get("context", {}).keys():
                continue
            for at, text in enumerate(case.get("silent", [])):
                labels = {path.stem: "advocacy"} if path.stem in NARROWED and text in prohibited else {}
                if labels or path.stem not in NARROWED or case.get("revision") == WIDEST:
                    identity = f"{path.stem}-case-{number}-{at}", f"{CASES}{path.stem}-{number}"
                    rows.append(Row(*identity, "en", "plain", labels, "" if labels else path.stem, (("text", text),)))
    return rows


def row_of(row: Mapping[str, Any]) -> Row:
    """A row from its JSON object."""
    labels = {category: MERGED.get((category, kind), kind) for category, kind in (row.get("labels") or {}).items()}
    return Row(
        str(row.get("id", "")), row.get("group", ""), row.get("lang", ""), row.get("shape", ""), labels, row.get("near") or "", content_of(row)
    )


def read(folder: Path) -> list[Row]:
    """All rows, in order of path and line."""
    return [row_of(json.loads(line)) for path in files(folder) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*/*/*.jsonl"))


def corpus_hash(folder: Path) -> str:
    """16 hexadecimal characters over all files and their names."""
    digest = hashlib.sha256()
    for path in files(folder):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def fold_of(row: Row, folds: int) -> int:
    """The validation fold of a row: the same for all rows of a group."""
    return int.from_bytes(hashlib.sha256(row.group.encode()).digest()[:4], "big") % folds


def with_labels(rows: list[Row]) -> Iterator[tuple[str, str]]:
    """(category, kind) of all labels, sorted."""
    yield from sorted({(category, kind) for row in rows for category, kind in row.labels.items()})
