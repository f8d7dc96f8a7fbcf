"""Each check of the doctor, in pairs: all is well / something is wrong, with the command that mends it."""

import json
import re
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from pydantic import SecretStr

from streams.clickhouse.migrations import Step
from streams.doctor import State, examine
from streams.doctor.broker import judge_clock, judge_group, judge_topic, judge_version
from streams.doctor.clickhouse import judge_clock as judge_server_clock
from streams.doctor.clickhouse import judge_disk, judge_durability, judge_schema, judge_transport
from streams.doctor.clickhouse import judge_version as judge_server
from streams.doctor.finding import Check, ok
from streams.doctor.machine import check_data_folder, check_hash_key, check_jars, check_java
from streams.doctor.pack import check_pack
from streams.doctor.services import PLUGIN, check_grafana, check_web
from streams.errors import MissingPart, Retry
from streams.kafka.admin import topic_specs
from streams.kafka.facts import BrokerFacts, TopicFacts
from streams.settings import ClickHouseSettings, KafkaSettings, Settings

OK, WARN, FAIL = State.OK, State.WARN, State.FAIL
KAFKA = KafkaSettings(bootstrap_servers="127.0.0.1:9092")
SPEC = topic_specs(KAFKA, ["usage.events"])["usage.events"]
TOPIC = TopicFacts("usage.events", 6, 1, 0, {"max.message.bytes": "1048576", "cleanup.policy": "delete"}, 0)
NOW_MS = 1_700_000_000_000


def settings_in(folder, **sections) -> Settings:
    return Settings(data_dir=folder, **sections)


def only(findings):
    found = list(findings)
    assert len(found) == 1, found
    return found[0]


# -- the report


def test_a_check_that_hangs_is_reported_and_the_others_are_not_delayed(tmp_path):
    def hang(_settings):
        time.sleep(30)
        yield ok("slow", "never said")

    began = time.monotonic()
    found = list(examine(settings_in(tmp_path), [Check("slow", hang, 0.2, "kafka"), Check("quick", lambda _: [ok("quick", "fine")])]))
    assert time.monotonic() - began < 5
    assert [(each.check, each.state) for each in found] == [("slow", FAIL), ("quick", OK)]
    assert found[0].command == "plumbline config show kafka"


@pytest.mark.parametrize(
    "error", [MissingPart("no part", cause="gone", command="get it"), Retry("away", command="plumbline doctor"), ValueError("odd")]
)
def test_a_check_that_raises_is_a_finding_with_a_next_command(tmp_path, error):
    def broken(_settings):
        yield ok("part", "began")
        raise error

    began, failed = examine(settings_in(tmp_path), [Check("part", broken, section="kafka")])
    assert (began.state, failed.state) == (OK, FAIL)
    assert failed.command and failed.command != "plumbline doctor"


# -- this machine


@pytest.fixture
def java(tmp_path, monkeypatch):
    """A java that says a version of the test's choice."""

    def of(answer: str) -> None:
        (tmp_path / "bin").mkdir(exist_ok=True)
        command = tmp_path / "bin" / "java"
        command.write_text(f"#!/bin/sh\necho '{answer}' >&2\n")
        command.chmod(0o755)
        monkeypatch.setenv("JAVA_HOME", str(tmp_path))

    return of


@pytest.mark.parametrize(
    ("answer", "state"),
    [('openjdk version "17.0.15"', OK), ('openjdk version "25"', OK), ('openjdk version "1.8.0_402"', FAIL), ("no such thing", FAIL)],
)
def test_java_must_be_17_or_newer(java, tmp_path, answer, state):
    java(answer)
    assert only(check_java(settings_in(tmp_path))).state is state


def test_java_and_jars_are_not_needed_when_a_broker_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    named = settings_in(tmp_path, kafka=KAFKA)
    assert {only(check(named)).state for check in (check_java, check_jars)} == {OK}
    with pytest.raises(MissingPart):
        list(check_java(settings_in(tmp_path)))
    with pytest.raises(MissingPart):
        list(check_jars(settings_in(tmp_path, kafka=KafkaSettings(jars=tmp_path))))


def test_jars_are_found_where_the_setting_says(tmp_path):
    (tmp_path / "kafka_2.13-4.1.1.jar").touch()
    assert "kafka_2.13-4.1.1.jar" in only(check_jars(settings_in(tmp_path, kafka=KafkaSettings(jars=tmp_path)))).message


def test_a_data_folder_is_well_where_it_can_be_written(tmp_path, monkeypatch):
    assert only(check_data_folder(settings_in(tmp_path / "new" / "folder"))).state is OK
    monkeypatch.setattr("os.access", lambda *_: False)
    assert only(check_data_folder(settings_in(tmp_path))).state is FAIL


def test_a_hash_key_that_others_can_read_fails(tmp_path):
    settings = settings_in(tmp_path)
    assert "first start" in only(check_hash_key(settings)).message
    (tmp_path / "hash.key").write_text("ab" * 32)
    (tmp_path / "hash.key").chmod(0o600)
    assert only(check_hash_key(settings)).state is OK
    (tmp_path / "hash.key").chmod(0o640)
    assert only(check_hash_key(settings)) == ("hash key", FAIL, only(check_hash_key(settings)).message, f"chmod 600 {tmp_path}/hash.key")


def test_a_hash_key_in_two_places_is_pointed_out(tmp_path):
    settings = settings_in(tmp_path, privacy={"key": SecretStr("cd" * 32)})
    assert only(check_hash_key(settings)).state is OK
    (tmp_path / "hash.key").write_text("ab" * 32)
    assert only(check_hash_key(settings)).state is WARN


# -- the policy pack


def pack(folder, *, text=None) -> Settings:
    from streams.policy.pack import SHIPPED

    for path in SHIPPED.rglob("*.toml"):
        target = folder / "pack" / path.relative_to(SHIPPED)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(path.read_text())
    if text:
        (folder / "pack" / "shared.toml").write_text(text)
    return settings_in(folder, policy={"pack": folder / "pack"})


def test_the_shipped_pack_checks_and_a_broken_one_names_its_first_problem(tmp_path):
    checked, *_ = check_pack(pack(tmp_path))
    assert checked.state is OK and "in force" in checked.message
    broken = only(check_pack(pack(tmp_path, text="[list]\n")))
    assert broken.state is FAIL and re.search(r"problems, the first: \S+\.toml:\d+:\d+: ", broken.message)


# -- the broker


@pytest.mark.parametrize(("version", "state"), [((4, 1), OK), ((2, 3), FAIL)])
def test_a_broker_must_be_new_enough(version, state):
    assert judge_version(KAFKA, BrokerFacts(version, 1, {})).state is state


@pytest.mark.parametrize(
    ("topic", "state", "hint"),
    [
        (TOPIC, OK, ""),
        (None, FAIL, "plumbline topics"),
        (TOPIC._replace(without_leader=2), FAIL, "brokers"),
        (TOPIC._replace(partitions=3), WARN, "--partitions 6"),
        (TOPIC._replace(replicas=0), WARN, "reassign"),
        (TOPIC._replace(configs={**TOPIC.configs, "max.message.bytes": "1000"}), WARN, "max.message.bytes=1048576"),
        (TOPIC._replace(configs={**TOPIC.configs, "cleanup.policy": "compact"}), WARN, "cleanup.policy=delete"),
    ],
)
def test_a_topic_is_compared_with_the_settings(topic, state, hint):
    finding = only(judge_topic("usage.events", SPEC, topic))
    assert finding.state is state
    assert hint in finding.command


@pytest.mark.parametrize(("newest", "state"), [(NOW_MS - 1000, OK), (NOW_MS + 3_600_000, FAIL)])
def test_records_from_the_future_show_a_wrong_clock(newest, state):
    facts = BrokerFacts((4, 1), 1, {"usage.events": TOPIC._replace(newest_ms=newest)})
    assert only(judge_clock(facts, 600, NOW_MS)).state is state


def row(begin, end, committed):
    return {"topic": "usage.events", "partition": 0, "begin": begin, "end": end, "committed": committed}


@pytest.mark.parametrize(
    ("rows", "states"),
    [
        ([row(0, 100, 100)], [OK, OK]),
        ([row(0, 0, None)], [OK, OK]),
        ([row(0, 100, None)], [WARN, OK]),
        ([row(50, 100, 20)], [FAIL, OK]),
        ([row(0, 200_000, 10)], [OK, WARN]),
    ],
)
def test_the_groups_offsets_and_lag_are_judged(rows, states):
    assert [finding.state for finding in judge_group("plumbline", rows)] == states


# -- ClickHouse


@pytest.mark.parametrize(("version", "state"), [("26.9.2.1", OK), ("26.3.22.4", OK), ("25.8.1.1", FAIL)])
def test_clickhouse_must_be_new_enough(version, state):
    assert judge_server("http://127.0.0.1:8123", version).state is state


@pytest.mark.parametrize(("skew", "state"), [(0.2, OK), (-0.2, OK), (60, FAIL), (-60, FAIL)])
def test_clickhouses_clock_must_agree(skew, state):
    assert judge_server_clock(skew, 0.1).state is state


@pytest.mark.parametrize(("free", "state"), [(50e9, OK), (1e9, FAIL), (None, OK)])
def test_clickhouse_needs_room(free, state):
    assert judge_disk(free).state is state


@pytest.mark.parametrize(("second", "state"), [("applied", OK), ("pending", FAIL), ("changed", FAIL), ("unknown", FAIL)])
def test_the_schema_must_be_at_head(second, state):
    finding = judge_schema([Step(1, "0001_landing", "applied"), Step(2, "0002_views", second)])
    assert (finding.state, finding.command) == (state, "" if state is OK else "plumbline db migrate")


def test_inserts_that_do_not_reach_the_disk_are_pointed_out_unless_replicas_hold_them():
    assert judge_durability(ClickHouseSettings(), []).state is OK
    assert judge_durability(ClickHouseSettings(), ["events"]).state is WARN
    assert judge_durability(ClickHouseSettings(cluster="audit"), ["events"]).state is OK


@pytest.mark.parametrize(("url", "warned"), [("http://db.example:8123", True), ("https://db.example:8443", False), ("http://127.0.0.1:8123", False)])
def test_a_password_in_clear_text_is_pointed_out(url, warned):
    assert [finding.state for finding in judge_transport(ClickHouseSettings(url=url, password=SecretStr("x")))] == [WARN] * warned


# -- the page and Grafana


@pytest.fixture
def server() -> Iterator[tuple[int, dict]]:
    """A server on loopback that answers each path with the status and text of a table."""
    answers: dict[str, tuple[int, str]] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            status, text = answers.get(self.path, (404, ""))
            if self.headers.get("Authorization") == "Bearer wrong":
                status = 401 if self.path != "/api/health" else status
            self.send_response(status)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_):
            pass

    running = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield running.server_port, answers
    running.shutdown()
    running.server_close()


def test_the_page_is_well_when_it_answers(tmp_path, server):
    port, answers = server
    settings = settings_in(tmp_path, web={"port": port})
    assert only(check_web(settings)).state is FAIL  # another server is on the port
    answers["/livez"] = (200, "{}")
    assert only(check_web(settings)).state is OK
    assert only(check_web(settings_in(tmp_path, web={"port": 1}))).state is WARN


@pytest.mark.parametrize(("token", "plugin", "states"), [("right", 200, [OK, OK]), ("right", 404, [OK, FAIL]), ("wrong", 200, [OK, FAIL])])
def test_grafana_is_well_when_it_is_healthy_admits_us_and_has_the_plugin(tmp_path, server, token, plugin, states):
    port, answers = server
    answers["/api/health"] = (200, json.dumps({"version": "12.1.0"}))
    answers[f"/api/plugins/{PLUGIN}/settings"] = (plugin, "{}")
    settings = settings_in(tmp_path, grafana={"url": f"http://127.0.0.1:{port}/", "token": SecretStr(token)})
    assert [finding.state for finding in check_grafana(settings)] == states


def test_grafana_that_is_away_fails_and_none_is_well(tmp_path):
    assert only(check_grafana(settings_in(tmp_path, grafana={"url": "http://127.0.0.1:1"}))).state is FAIL
    assert only(check_grafana(settings_in(tmp_path))).state is OK
