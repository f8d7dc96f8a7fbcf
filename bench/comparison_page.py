"""docs/comparison.md and its charts, from the results of `bench.compare` and `bench.signals`: `python -m bench.comparison_page`."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench import svg
from bench.contenders import PEERS, PLUMBLINE, TITLES

ROOT = Path(__file__).parents[1]
RESULTS, SIGNALS, PROFILE = (ROOT / "bench" / "results" / f"{name}.json" for name in ("comparison", "signals", "profile"))
TEXT = ROOT / "bench" / "comparison.md"  # what is said around the figures
PAGE, CHARTS = ROOT / "docs" / "comparison.md", ROOT / "docs" / "comparison"
SHOWN_US = 0.3
PARTS = ("fetch", "insert", "decode", "scan", "encode")

Row = Mapping[str, Any]


def main() -> int:
    if not RESULTS.exists():
        sys.stderr.write(f"there are no results in {RESULTS.relative_to(ROOT)}\n  next:  python -m bench.compare\n")
        return 3
    found = json.loads(RESULTS.read_text()) | (json.loads(SIGNALS.read_text()) if SIGNALS.exists() else {})
    found |= {"sampled": json.loads(PROFILE.read_text())} if PROFILE.exists() else {}
    CHARTS.mkdir(exist_ok=True)
    sections = {"machine": told(found), "rates": rates(found), "latency": latencies(found), "kinds": kinds(found), "profile": profile(found),
                "storage": stored(found), "questions": questions(found)}  # fmt: skip
    text = TEXT.read_text()
    for name, lines in sections.items():
        text = text.replace(f"<!-- {name} -->", "\n".join(lines))
    PAGE.write_text(text)
    sys.stdout.write(f"{PAGE.relative_to(ROOT)}\n")
    return 0


def told(found: Row) -> Iterator[str]:
    """The machine, the commands, and who is missing."""
    machine = found["machine"]
    yield f"- Machine: {machine['cores']} cores ({machine['processor']}), {machine['memory_gb']} GB, Python {machine['python']}."
    for command, moments in sorted(_by(found["cells"], lambda row: row["command"]).items()):
        yield f"- Measured {max(row['at'] for row in moments)[:10]}: `{command}`."
    for name, reason in found.get("missing", {}).items():
        yield f"- {TITLES[name]} could not be measured: {reason}."
    for key in ("agreement_1", "agreement_2"):
        if rows := found.get(key):
            counts = ", ".join(f"{TITLES[name]} {count}" for name, count in rows.items())
            yield f"- Rows on the topic of agreement, {key[-1]} process{'es' if key[-1] > '1' else ''}: {counts}; all equal."


def rates(found: Row) -> Iterator[str]:
    """Table and charts of the base cell, for each number of processes."""
    for processes, rows in sorted(_by(_base(found), lambda row: row["processes"]).items()):
        ours = next((row["per_s"] for row in rows if row["contender"] == PLUMBLINE and "per_s" in row), None)
        shown = sorted((row for row in rows if "per_s" in row), key=lambda row: -row["per_s"])
        if not shown:
            continue
        values = {TITLES[row["contender"]]: row["per_s"] / processes for row in shown}
        name = f"rate-{processes}"
        _write(name, svg.bars(f"Events per second and core, {_processes(processes)}", values, unit="/s", ours=TITLES[PLUMBLINE]))
        yield from (f"### {_processes(processes).capitalize()}", "", f"![events per second and core](comparison/{name}.svg)", "")
        yield "| | events/s | per core | Plumbline is | CPU s per million | store's CPU s per million | peak memory MB |"
        yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
        for row in shown:
            times = f"{ours / row['per_s']:.1f} times" if ours and row["contender"] != PLUMBLINE else ""
            figures = (row["per_s"], row["per_s"] / processes, times, row["cpu_us"], row["store_cpu_us"], row["rss_mb"])
            yield f"| {TITLES[row['contender']]} | {' | '.join(_cell(value) for value in figures)} |"
        yield from (f"| {TITLES[row['contender']]} | failed: {row['failed'].splitlines()[0][:120]} |||||||" for row in rows if "failed" in row)
        yield ""


def latencies(found: Row) -> Iterator[str]:
    """From produce to queryable."""
    rows = [row for row in _base(found) if row.get("latency_s")]
    yield "| | processes | p50 s | p95 s | p99 s | lost |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: |"
    for row in sorted(rows, key=lambda row: (row["processes"], row["latency_s"]["p99"])):
        waits = row["latency_s"]
        yield f"| {TITLES[row['contender']]} | {row['processes']} | {waits['p50']} | {waits['p95']} | {waits['p99']} | {waits['lost']} |"
    if single := {TITLES[row["contender"]]: row["latency_s"]["p99"] for row in rows if row["processes"] == 1}:
        chart = svg.bars("Produce to queryable, p99, one process", dict(sorted(single.items(), key=_second)), unit="s", ours=TITLES[PLUMBLINE])
        _write("latency", chart)
        yield from ("", "![p99 from produce to queryable](comparison/latency.svg)")


def kinds(found: Row) -> Iterator[str]:
    """Every cell: by size, by share of violations."""
    cells = [row for row in found["cells"] if "per_s" in row]
    names = [name for name in TITLES if any(row["contender"] == name for row in cells)]
    base = _base(found)[0] if _base(found) else {}
    for axis, other, unit in (("kilobytes", "percent", "kB"), ("percent", "kilobytes", "%")):
        rows = [row for row in cells if row["processes"] == 1 and row[other] == base.get(other)]
        series = {TITLES[name]: sorted((row[axis], row["per_s"]) for row in rows if row["contender"] == name) for name in names}
        series = {name: points for name, points in series.items() if len(points) > 1}
        if series:
            what = "size of events" if axis == "kilobytes" else "share of violations"
            _write(f"by-{axis}", svg.lines(f"Events per second by {what}, one process", series, x_unit=unit, y_unit="/s", ours=TITLES[PLUMBLINE]))
            yield from (f"![events per second by {what}](comparison/by-{axis}.svg)", "")
    yield f"| kB | violations | processes | {' | '.join(TITLES[name] for name in names)} |"
    yield f"| ---: | ---: | ---: | {' | '.join('---:' for _ in names)} |"
    for key, rows in sorted(_by(cells, lambda row: (row["processes"], row["kilobytes"], row["percent"])).items()):
        rate = {row["contender"]: row["per_s"] for row in rows}
        yield f"| {key[1]:g} | {key[2]:g} % | {key[0]} | {' | '.join(_cell(rate[name]) if name in rate else '' for name in names)} |"


def profile(found: Row) -> Iterator[str]:
    """Where Plumbline's CPU goes, beside the floor of its parts."""
    rows = [row for row in found["cells"] if row["contender"] == PLUMBLINE and row.get("floor_us") and "cpu_us" in row]
    stacks: dict[str, dict[str, float]] = {}
    yield f"| kB | violations | {' | '.join(PARTS)} | floor | measured | of it main process | share of floor |"
    yield f"| ---: | ---: | {' | '.join('---:' for _ in PARTS)} | ---: | ---: | ---: | ---: |"
    for row in sorted(rows, key=lambda row: (row["kilobytes"], row["percent"])):
        parts = {name: row["floor_us"][name] for name in PARTS}
        whole = sum(parts.values())
        figures = " | ".join(_cell(value) for value in (*parts.values(), whole, row["cpu_us"], row["own_cpu_us"]))
        yield f"| {row['kilobytes']:g} | {row['percent']:g} % | {figures} | {row['per_s'] * whole / 1e6:.2f} |"
        if row in _base(found):
            stacks["floor of the parts"] = parts
            stacks["measured"] = {"main process": row["own_cpu_us"], "pool": row["cpu_us"] - row["own_cpu_us"]}
    if stacks:
        _write("profile", svg.stacked("CPU per event of one worker, beside the floor of its parts", stacks, unit="µs"))
        yield from ("", "![where each microsecond goes](comparison/profile.svg)")
    if sampled := found.get("sampled"):
        yield from modules(sampled)


def modules(sampled: Row) -> Iterator[str]:
    """What samples of a worker saw, by process and module."""
    kind, seen = sampled["options"], sampled["modules_us"]
    yield from ("", f"By module, sampled while a worker drained events of {kind['size'] / 1_000:g} kB with {kind['violations']:g} % violations")
    yield f"(`python -m bench.profile`; {sampled['cpu_us']:g} µs per event in all):"
    yield from ("", "| process | module | µs per event |", "| --- | --- | ---: |")
    yield from (f"| {role} | `{name}` | {us:.2f} |" for role, spent in seen.items() for name, us in spent.items() if us >= SHOWN_US)


def stored(found: Row) -> Iterator[str]:
    """Bytes on disk."""
    yield "| kB | violations | bytes per event | bytes per violation | of them verdicts | signals | verdicts stored |"
    yield "| ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    rows = [row for row in found["cells"] if row.get("bytes") and row["processes"] == 1]
    for row in sorted(rows, key=lambda row: (row["kilobytes"], row["percent"])):
        kept, each = row["bytes"], row["bytes"]["per_violation"]
        signals = sum(size for table, size in each.items() if table.startswith("signals_"))
        figures = (sum(kept["per_event"].values()), sum(each.values()), each.get("verdicts", 0), signals, kept["violations"])
        yield f"| {row['kilobytes']:g} | {row['percent']:g} % | {' | '.join(_cell(value) for value in figures)} |"


def questions(found: Row) -> Iterator[str]:
    """Signals against raw rows."""
    answered = found.get("questions", [])
    if not answered:
        return
    yield "| question | events | raw ms | signals ms | ratio |"
    yield "| --- | ---: | ---: | ---: | ---: |"
    for question in answered[0]["ms"]:
        for one in answered:
            raw, signals = one["ms"][question]["raw_ms"], one["ms"][question]["signals_ms"]
            yield f"| {question} | {one['events']:,} | {raw:g} | {signals:g} | {raw / signals:.1f} |"
    series = {side: [(one["events"] / 1e6, sum(ms[f"{side}_ms"] for ms in one["ms"].values())) for one in answered] for side in ("raw", "signals")}
    if len(answered) > 1:
        chart = svg.lines("The three questions together", series, x_unit="million events", y_unit="ms", ours="signals")
        _write("questions", chart)
        yield from ("", "![signals against raw rows](comparison/questions.svg)")


def _base(found: Row) -> list[Row]:
    """The rows of the cell in which latency was taken, else of the first."""
    cells = found["cells"]
    first = next((row for row in cells if row.get("latency_s")), cells[0] if cells else None)
    return [row for row in cells if first and all(row[name] == first[name] for name in ("kilobytes", "percent"))]


def _by(rows: Sequence[Row], key: Callable[[Row], Any]) -> dict[Any, list[Row]]:
    groups: dict[Any, list[Row]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return groups


def _cell(value: float | str) -> str:
    return value if isinstance(value, str) else svg.number(value)


def _processes(count: int) -> str:
    return "one process on one core" if count == 1 else "two processes on two cores with broker and store"


def _second(pair: tuple[str, float]) -> float:
    return pair[1]


def _write(name: str, chart: str) -> None:
    (CHARTS / f"{name}.svg").write_text(chart)


if __name__ == "__main__":
    assert set(PEERS) < set(TITLES)
    sys.exit(main())
