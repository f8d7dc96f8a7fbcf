"""The layout is the architecture: imports flow one way, drivers stay in their adapters, and no forbidden construct comes back."""

import ast
from functools import cache
from pathlib import Path

import pytest

import schemas
import streams

PACKAGES = {"schemas": Path(schemas.__file__).parent, "streams": Path(streams.__file__).parent}
# Each layer may import itself and those above it.
LAYERS = [
    ["schemas"],
    [
        "streams.errors",
        "streams.settings",
        "streams.metrics",
        "streams.logs",
        "streams.processes",
        "streams.moments",
        "streams.endpoint",
        "streams.account",
        "streams",
    ],
    [
        "streams.privacy",
        "streams.privacy_redaction",
        "streams.decode",
        "streams.policy",
        "streams.offline",
        "streams.evaluation",
        "streams.landing",
        "streams.demo.content",
        "streams.schema_export",
    ],
    ["streams.kafka", "streams.clickhouse", "streams.store", "streams.imports", "streams.probes", "streams.grafana"],
    [
        "streams.worker",
        "streams.alerts",
        "streams.cases",
        "streams.evidence",
        "streams.access_log",
        "streams.lookup",
        "streams.review",
        "streams.history",
        "streams.dead_letters",
        "streams.erasure",
        "streams.retention",
        "streams.backup",
        "streams.demo",
        "streams.web",
        "streams.doctor",
        "streams.judge",
        "streams.export",
        "streams.report",
        "streams.compliance",
    ],
    ["streams.up", "streams.cli", "streams.__main__"],
]
DRIVERS = {
    "kafka": ("streams.kafka", "streams.dead_letters", "streams.doctor"),
    "aiokafka": ("streams.kafka", "streams.worker"),
    "faust": ("streams.kafka", "streams.worker"),
    "clickhouse_connect": ("streams.clickhouse",),
    "cryptography": ("streams.evidence",),
    "chdb": ("streams.store",),
    "grafana_api": ("streams.grafana",),
    "requests": ("streams.grafana",),
    "starlette": ("streams.web", "streams.store", "streams.probes"),
    "uvicorn": ("streams.web", "streams.store", "streams.probes", "streams.cli"),
}


def modules() -> list[tuple[str, Path]]:
    found = []
    for package, root in PACKAGES.items():
        for path in sorted(root.rglob("*.py")):
            parts = (package, *path.relative_to(root).with_suffix("").parts)
            found.append((".".join(part for part in parts if part != "__init__"), path))
    return found


@cache
def nodes(path: Path) -> list[ast.AST]:
    return list(ast.walk(ast.parse(path.read_text())))


@cache
def imports(path: Path) -> list[str]:
    names = []
    for node in nodes(path):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.append(node.module)
    return names


def layer(name: str) -> int:
    fits = [(len(prefix), level) for level, prefixes in enumerate(LAYERS) for prefix in prefixes if name == prefix or name.startswith(prefix + ".")]
    return max(fits)[1]


@pytest.mark.parametrize(("name", "path"), modules(), ids=lambda value: value if isinstance(value, str) else "")
def test_a_module_imports_its_own_layer_or_those_above(name: str, path: Path) -> None:
    ours = [other for other in imports(path) if other.split(".")[0] in PACKAGES]
    assert [other for other in ours if layer(other) > layer(name)] == []


@pytest.mark.parametrize(("name", "path"), modules(), ids=lambda value: value if isinstance(value, str) else "")
def test_a_driver_is_imported_by_its_adapter_only(name: str, path: Path) -> None:
    foreign = {other.split(".")[0] for other in imports(path)} & set(DRIVERS)
    assert [driver for driver in foreign if not name.startswith(DRIVERS[driver])] == []


def test_contracts_need_nothing_but_pydantic_and_the_standard_library() -> None:
    import sys

    allowed = {*sys.stdlib_module_names, "pydantic", "pydantic_core", "schemas"}
    assert {other.split(".")[0] for name, path in modules() if name.startswith("schemas") for other in imports(path)} <= allowed


def test_no_agent_takes_batches_the_way_that_loses_them() -> None:
    """Faust's take() acknowledges a batch whose handling failed."""
    calls = {"take", "take_events", "noack_take"}
    for name, path in modules():
        used = {node.func.attr for node in nodes(path) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)}
        assert not (used & calls and "stream" in path.read_text() and name.startswith("streams.worker")), name


def test_no_folder_is_a_junk_drawer() -> None:
    assert [name for name, _ in modules() if {"utils", "common", "helpers", "base", "misc"} & set(name.split("."))] == []


def test_no_two_test_files_have_one_name() -> None:
    """Tests are no packages: of two files with one name only the first would be collected, and the second stops the run."""
    names = [path.name for path in Path(__file__).parents[1].rglob("test_*.py")]
    assert {name for name in names if names.count(name) > 1} == set()
