"""docker-compose.yml: valid, and every command, port, topic and setting in it is one of the code's."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from streams.cli import GROUPS, app
from streams.settings import Settings, load_settings

CHECKOUT = Path(__file__).parents[2]
COMPOSE = CHECKOUT / "docker-compose.yml"
OURS = "plumbline"  # the image
SECRETS = dict.fromkeys(re.findall(r"\$\{(\w+):\?", COMPOSE.read_text()), "a" * 64)
INTERPOLATION = re.compile(r"\$\{(\w+):\?([^}]*)\}")

# The shape of the Compose specification, as far as this file uses it: key -> what its value may be.
DURATION = re.compile(r"\d+(ms|s|m|h)")
TOP = {"services": dict, "volumes": dict}
SERVICE = {
    "image": str, "build": dict, "command": list, "environment": dict, "depends_on": dict, "healthcheck": dict, "ports": list, "volumes": list,
    "profiles": list, "restart": str, "read_only": bool, "cap_drop": list, "security_opt": list, "tmpfs": list, "ulimits": dict,
    "stop_grace_period": str,
}  # fmt: skip
HEALTHCHECK = {"test": list, "interval": str, "timeout": str, "retries": int, "start_period": str}
CONDITIONS = {"service_started", "service_healthy", "service_completed_successfully"}


def composition() -> dict[str, Any]:
    """The file with its secrets filled in, without the fragments that it is put together from."""
    text = INTERPOLATION.sub(lambda match: SECRETS[match[1]], COMPOSE.read_text())
    return {key: value for key, value in yaml.safe_load(text).items() if not key.startswith("x-")}


SERVICES: dict[str, dict[str, Any]] = composition()["services"]
OUR_SERVICES = {name: service for name, service in SERVICES.items() if service["image"] == OURS}


def compose_command() -> list[str]:
    for command in (["docker", "compose"], ["docker-compose"]):
        if shutil.which(command[0]) and subprocess.run([*command, "version"], capture_output=True, check=False).returncode == 0:
            return command
    return []


def check_with_tool(folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess:
    """In a folder of its own, where no .env of this checkout is read."""
    shutil.copy(COMPOSE, folder)
    clean = {name: value for name, value in os.environ.items() if name not in SECRETS}
    command = [*compose_command(), "config", "--quiet"]
    return subprocess.run(command, env={**clean, **environment}, cwd=folder, capture_output=True, text=True, check=False)


def misshapen() -> Iterator[str]:
    """What does not have the specification's shape."""
    whole = composition()
    yield from misfits("the file", whole, TOP)
    for name, service in whole["services"].items():
        yield from misfits(name, service, SERVICE)
        yield from misfits(f"{name}.healthcheck", service.get("healthcheck", {}), HEALTHCHECK)
        for key in ("interval", "timeout", "start_period"):
            if not DURATION.fullmatch(service.get("healthcheck", {}).get(key, "1s")):
                yield f"{name}.healthcheck.{key} is no duration"
        for other, need in service.get("depends_on", {}).items():
            if other not in whole["services"] or need["condition"] not in CONDITIONS:
                yield f"{name} depends on {other}, which cannot be met"
            if need["condition"] == "service_healthy" and "healthcheck" not in whole["services"][other]:
                yield f"{name} waits for the health of {other}, which has no check"
        for value in service.get("environment", {}).values():
            if not isinstance(value, str):
                yield f"{name}: {value!r} in the environment is not quoted"
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            if not source.startswith("./") and source not in whole["volumes"]:
                yield f"{name} mounts {source}, which is not declared"


def misfits(where: str, found: dict[str, Any], shape: dict[str, type]) -> Iterator[str]:
    for key, value in found.items():
        if key not in shape or not isinstance(value, shape[key]):
            yield f"{where}.{key} is not part of the specification, or not a {shape.get(key)}"


def test_it_has_the_shape_of_the_specification() -> None:
    assert list(misshapen()) == []


@pytest.mark.skipif(not compose_command(), reason="no docker compose here; the shape is checked by the test above")
def test_docker_compose_accepts_it(tmp_path: Path) -> None:
    done = check_with_tool(tmp_path, SECRETS)
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(not compose_command(), reason="no docker compose here")
@pytest.mark.parametrize("name", SECRETS)
def test_a_missing_secret_is_an_error_that_says_what_to_do(name: str, tmp_path: Path) -> None:
    done = check_with_tool(tmp_path, {other: value for other, value in SECRETS.items() if other != name})
    assert done.returncode != 0
    assert "scripts/new-secrets" in done.stderr


def test_new_secrets_makes_every_secret_that_is_asked_for() -> None:
    lines = subprocess.run(["scripts/new-secrets"], cwd=CHECKOUT, capture_output=True, text=True, check=True).stdout.splitlines()
    assert {line.partition("=")[0] for line in lines} == set(SECRETS)


def test_no_secret_is_written_into_it() -> None:
    kinds = re.compile(r"(PASSWORD|TOKEN|KEY|SECRET)$")
    given = [line.strip() for line in COMPOSE.read_text().splitlines() if kinds.search(line.split(":")[0].strip())]
    assert len(given) >= len(SECRETS)
    assert [line for line in given if "${" not in line] == []


def test_it_has_what_is_promised() -> None:
    workers = [name for name, service in OUR_SERVICES.items() if service["command"] == ["worker"]]
    assert len(workers) == 3
    assert {"kafka", "clickhouse", "topics", "schema", "web", "alerts", "grafana"} <= set(SERVICES)
    members = {SERVICES[name]["environment"]["PLUMBLINE_KAFKA__GROUP_INSTANCE_ID"] for name in workers}
    assert len(members) == 3, "workers that share a member id take the partitions from one another"


def test_every_long_running_part_of_the_path_has_a_health_check() -> None:
    once = {"topics", "schema", "grants", "backfill"}
    unchecked = {name for name, service in SERVICES.items() if "healthcheck" not in service}
    assert unchecked - once == {"alerts", "traffic"}


@pytest.mark.parametrize("name", OUR_SERVICES)
def test_every_command_exists(name: str) -> None:
    group, *rest = OUR_SERVICES[name]["command"]
    commands = typer.main.get_command(app)
    if group not in commands.commands and group in GROUPS:
        pytest.skip(f"plumbline {group} is still being built")
    command = commands.commands[group]
    while rest and hasattr(command, "commands"):
        command = command.commands[rest.pop(0)]
    known = {option for parameter in command.params for option in getattr(parameter, "opts", [])}
    assert [word for word in rest if word.startswith("-") and word not in known] == []


@pytest.mark.parametrize("name", OUR_SERVICES)
def test_every_setting_exists_and_fits(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings = settings_of(name, monkeypatch, tmp_path)
    assert settings.kafka.bootstrap_servers and settings.clickhouse.url


def settings_of(name: str, monkeypatch: pytest.MonkeyPatch, folder: Path) -> Settings:
    monkeypatch.chdir(folder)
    for variable in [variable for variable in os.environ if variable.startswith("PLUMBLINE_")]:
        monkeypatch.delenv(variable)
    for variable, value in SERVICES[name]["environment"].items():
        monkeypatch.setenv(variable, value)
    return load_settings()


@pytest.mark.parametrize("name", OUR_SERVICES)
def test_every_address_is_one_that_another_service_listens_on(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings = settings_of(name, monkeypatch, tmp_path)
    host, _, port = settings.kafka.bootstrap_servers.partition(":")
    assert f"//:{port}" in SERVICES[host]["environment"]["KAFKA_LISTENERS"]
    assert f"//{host}:{port}" in SERVICES[host]["environment"]["KAFKA_ADVERTISED_LISTENERS"]
    host, _, port = settings.clickhouse.url.removeprefix("http://").partition(":")
    assert f"127.0.0.1:{port}/" in " ".join(SERVICES[host]["healthcheck"]["test"])
    assert settings.clickhouse.username == SERVICES[host]["environment"]["CLICKHOUSE_USER"]
    assert settings.clickhouse.password.get_secret_value() == SERVICES[host]["environment"]["CLICKHOUSE_PASSWORD"]


def test_health_is_asked_where_the_part_serves_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, service in OUR_SERVICES.items():
        if "healthcheck" in service:
            settings = settings_of(name, monkeypatch, tmp_path)
            port = settings.web.port if service["command"] == ["web"] else settings.worker.probe_port
            assert f"http://127.0.0.1:{port}/readyz" in " ".join(service["healthcheck"]["test"])


def test_every_published_port_is_this_machines_own() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert set(published) == {"kafka", "clickhouse", "web", "grafana"}
    assert [port for ports in published.values() for port in ports if not re.fullmatch(r"127\.0\.0\.1:\d+:\d+", port)] == []


def test_the_broker_takes_what_the_settings_let_through() -> None:
    largest = Settings().kafka.max_record_bytes
    assert int(SERVICES["kafka"]["environment"]["KAFKA_MESSAGE_MAX_BYTES"]) >= largest + 65_536, "a dead letter carries its input whole"
    assert SERVICES["kafka"]["environment"]["KAFKA_AUTO_CREATE_TOPICS_ENABLE"] == "false"


def test_a_worker_may_drain_before_it_is_killed() -> None:
    for name, service in OUR_SERVICES.items():
        if service["command"] == ["worker"]:
            assert int(service["stop_grace_period"].removesuffix("s")) > Settings().worker.stop_deadline_s, name


def test_our_containers_have_no_privileges() -> None:
    for name, service in OUR_SERVICES.items():
        assert service["read_only"] and service["cap_drop"] == ["ALL"], name
    stages = (CHECKOUT / "Dockerfile").read_text().split("\nFROM ")
    assert stages[-1].startswith("python:3.12-slim AS plumbline") and "\nUSER plumbline\n" in stages[-1]


def test_what_the_image_copies_exists() -> None:
    lines = [line.split()[1:-1] for line in (CHECKOUT / "Dockerfile").read_text().splitlines() if line.startswith("COPY") and "--from" not in line]
    assert [source for sources in lines for source in sources if not (CHECKOUT / source).exists()] == []


def test_the_same_broker_runs_in_containers_and_from_jars() -> None:
    version = re.search(r"kafka_2\.13</artifactId>\s*<version>([\d.]+)<", (CHECKOUT / "pom.xml").read_text())[1]
    assert SERVICES["kafka"]["image"] == f"apache/kafka:{version}"
