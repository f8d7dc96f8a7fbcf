"""What is logged: our own lines at the level asked for, and no driver's dump of a record at any level."""

import json
import subprocess
import sys

import pytest

PROGRAM = """
import logging, sys
import structlog
from streams import logs
from streams.settings import LogSettings
logs.configure(LogSettings(level=sys.argv[1], format="json"), part="test")
for name in ("streams.worker.run", "streams.kafka.chunks", "aiokafka.conn", "faust.app", "mode", "kafka.conn", "clickhouse_connect", "other"):
    for level in ("debug", "info", "warning"):
        getattr(logging.getLogger(name), level)(f"{name} {level}")
structlog.get_logger("streams.worker.run").debug("own", token="t", text="prompt", topic="usage.events")
"""


def logged(level: str) -> list[dict]:
    done = subprocess.run([sys.executable, "-c", PROGRAM, level], capture_output=True, text=True, check=True, timeout=60)
    return [json.loads(line) for line in done.stderr.splitlines()]


@pytest.mark.parametrize("level", ["debug", "info", "warning"])
def test_drivers_never_speak_at_debug_where_they_dump_records(level: str) -> None:
    events = {line["event"] for line in logged(level)}
    assert not {event for event in events if event.endswith("debug") and not event.startswith("streams.worker")}
    assert "aiokafka.conn warning" in events


def test_our_own_lines_come_at_the_level_asked_for() -> None:
    assert "streams.worker.run debug" in {line["event"] for line in logged("debug")}
    assert "streams.worker.run debug" not in {line["event"] for line in logged("info")}


def test_secrets_and_content_are_masked_whoever_passes_them() -> None:
    (line,) = (line for line in logged("debug") if line["event"] == "own")
    assert (line["token"], line["text"], line["topic"]) == ("***", "(content withheld)", "usage.events")
