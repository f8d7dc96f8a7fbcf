"""The doctor on a real broker and a real store: what it says of a fresh system, a whole one, and one that hangs."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from streams.endpoint import find
from streams.errors import MissingPart
from streams.kafka.broker import Broker, find_jars
from streams.settings import Settings

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("doctor") / "data"


@pytest.fixture(scope="module")
def system(folder):
    """A broker and a store in one data folder, nothing made in them yet."""
    settings = Settings(data_dir=folder)
    try:
        find_jars(settings)
    except MissingPart as error:
        pytest.skip(str(error))
    store = subprocess.Popen([sys.executable, "-c", "from streams.cli import main; main()", "store"], env=environment(folder))
    with Broker(settings) as broker:
        while find(folder, "store") is None:
            assert store.poll() is None
            time.sleep(0.05)
        yield broker, store
        store.terminate()
        store.wait(10)


def environment(folder) -> dict[str, str]:
    own = {"PLUMBLINE_DATA_DIR": str(folder)}
    return {**os.environ, **own, "PLUMBLINE_LOG__LEVEL": "error", "PLUMBLINE_WEB__PORT": "0"}


def run(folder, *arguments: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-c", "from streams.cli import main; main()", *arguments]
    return subprocess.run(command, env=environment(folder), capture_output=True, text=True, timeout=60, check=False)


def doctor(folder) -> tuple[int, dict[str, dict]]:
    done = run(folder, "doctor", "--json")
    return done.returncode, {line["check"]: line for line in map(json.loads, done.stdout.splitlines())}


def test_a_fresh_system_lacks_topics_and_schema_and_the_named_commands_mend_it(folder, system):
    status, found = doctor(folder)
    assert status == 1
    failed = {name: line["command"] for name, line in found.items() if line["state"] == "fail"}
    topics = dict.fromkeys(("topic usage.events", "topic usage.dead_letters", "topic usage.alerts", "topic usage.decisions"), "plumbline topics")
    assert failed == topics | {"schema": "plumbline db migrate"}
    for command in sorted(set(failed.values())):
        assert run(folder, *command.split()[1:]).returncode == 0
    status, found = doctor(folder)
    assert status == 0
    made = {"compiled patterns", "compiled loops"}  # whether this machine has compiled the pack, and has a C compiler
    assert {name for name, line in found.items() if line["state"] != "ok"} <= made
    assert found["broker"]["message"].endswith("version 4.1, 1 broker")


def test_topics_that_exist_stay_as_they_are(folder, system):
    run(folder, "topics")
    states = {line["topic"]: line["state"] for line in map(json.loads, run(folder, "topics", "--json").stdout.splitlines())}
    assert states == dict.fromkeys(("usage.events", "usage.dead_letters", "usage.alerts", "usage.decisions"), "present")


def test_parts_that_hang_fail_within_their_time(folder, system):
    broker, store = system
    pids = (broker.process.pid, store.pid)
    try:
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        began = time.monotonic()
        status, found = doctor(folder)
        assert time.monotonic() - began < 30
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
    assert status == 1
    assert {name for name, line in found.items() if line["state"] == "fail"} == {"broker", "clickhouse"}


def test_without_any_part_the_doctor_says_how_to_start_one(tmp_path):
    status, found = doctor(tmp_path)
    assert status == 1
    assert "plumbline up" in found["broker"]["command"]
    assert found["clickhouse"]["command"].startswith("plumbline up")
