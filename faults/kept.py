"""Results that outlive a run: the last one of each fault in a JSON file, so that a campaign goes on where it was, and the page made from them."""

import json
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple, Self

import psutil

from faults.outcome import Control, Found, Outcome

KINDS = {"outcome": Outcome, "control": Control}
PAGE = """# Faults

Each fault is put in on purpose, in a running system with a real broker and store. Afterwards everything that was sent is counted: what was **lost**,
what is there too often (**extra**), and where signals, volumes or the ledger say something else than the events (**drift**, by `plumbline verify`).
Each has a **control**: a known-wrong variant under the same fault, which the same count must find out; else the count would prove nothing.

This page is written by `make faults` (`python -m faults`; `--short` takes minutes instead of hours, `--only NAME` runs one, `--again` also what has a
result already). Machine: {machine}. Last result: {last}.

`{sums}`

| Fault | What is done | Lost | Extra | Drift | Figures | Controls |
|---|---|---:|---:|---:|---|---|
{rows}
"""


class Kept(NamedTuple):
    """One fault's last result."""

    form: str
    seed: int
    at: str
    seconds: float
    found: Sequence[Found]

    @classmethod
    def now(cls, form: str, seed: int, seconds: float, found: Sequence[Found]) -> Self:
        return cls(form, seed, datetime.now(UTC).isoformat(timespec="seconds"), round(seconds, 1), found)


class Results:
    """The file. Written after each fault, in one step."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.kept: dict[str, Kept] = _read(file)

    def done(self, name: str, form: str) -> bool:
        """Whether this form, or the longer one, has run."""
        return name in self.kept and self.kept[name].form in (form, "long")

    def keep(self, name: str, result: Kept) -> None:
        self.kept[name] = result
        plain = {name: each._asdict() | {"found": [_plain(one) for one in each.found]} for name, each in self.kept.items()}
        write_result(self._file, plain)


def write_result(file: Path, plain: object) -> None:
    """Write a file of results in one step."""
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_suffix(".new")
    temporary.write_text(json.dumps(plain, indent=1) + "\n")
    temporary.replace(file)


def _plain(one: Found) -> dict[str, object]:
    return {"kind": "control" if isinstance(one, Control) else "outcome"} | one._asdict()


def _read(file: Path) -> dict[str, Kept]:
    """Nothing, where there is no file or it is not ours."""
    try:
        rows = json.loads(file.read_text())
        return {
            name: Kept(row["form"], row["seed"], row["at"], row["seconds"], [KINDS[one.pop("kind")](**one) for one in row["found"]])
            for name, row in rows.items()
        }
    except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def sums(found: Sequence[Found]) -> str:
    """The last line of the campaign."""
    outcomes, controls = [one for one in found if isinstance(one, Outcome)], [one for one in found if isinstance(one, Control)]
    totals = [f"{name}={sum(getattr(one, name) for one in outcomes)}" for name in ("lost", "extra", "drift")]
    return " ".join([f"faults={len(outcomes)}", *totals, f"controls_caught={sum(one.caught for one in controls)}/{len(controls)}"])


def right(found: Sequence[Found]) -> bool:
    return all(one.caught if isinstance(one, Control) else one.clean for one in found)


def page(kept: Mapping[str, Kept], what: Mapping[str, str]) -> str:
    """docs/faults.md. `what`: fault -> what is done, in the order of the table."""
    shown = {name: kept[name] for name in what if name in kept}
    rows = [_row(name, what[name], each) for name, each in shown.items()]
    last = max((each.at[:10] for each in shown.values()), default="none yet")
    every = [one for each in shown.values() for one in each.found]
    return PAGE.format(machine=machine(), last=last, sums=sums(every), rows="\n".join(rows))


def _row(name: str, what: str, kept: Kept) -> str:
    outcomes = [one for one in kept.found if isinstance(one, Outcome)]
    controls = [one for one in kept.found if isinstance(one, Control)]
    figures = "; ".join(one.detail for one in outcomes)
    caught = "<br>".join(
        f"{one.name.removeprefix(f'{name}: ').replace('_', ' ')}: {'caught' if one.caught else '**not caught**'} ({one.detail})" for one in controls
    )
    numbers = [str(sum(getattr(one, field) for one in outcomes)) for field in ("lost", "extra", "drift")]
    cells = [f"`{name}`", what, *numbers, f"{figures} ({kept.form} form, {kept.seconds:.0f} s, seed {kept.seed})", caught]
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def machine() -> str:
    """What the figures were taken on."""
    memory = psutil.virtual_memory().total / 2**30
    return f"{psutil.cpu_count()} cores, {memory:.0f} GiB of memory, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
