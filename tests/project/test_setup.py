"""What a fresh machine is told: each missing part by name with the command that installs it, and nothing when all is there."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
SHELL = ("sh", "sed", "grep", "id", "cat", "env", "make", "od", "tr", "awk")


class Machine:
    """A PATH of its own: the shell's tools, and programs that say what they are told to. The checkout's scripts are in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.programs = folder, folder / "programs"
        self.programs.mkdir()
        shutil.copytree(CHECKOUT / "scripts", folder / "scripts")
        for name in ("Makefile", "pom.xml"):
            shutil.copy(CHECKOUT / name, folder)
        for name in SHELL:
            (self.programs / name).symlink_to(shutil.which(name))

    def add(self, name: str, script: str = "") -> None:
        program = self.programs / name
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)

    def with_everything(self) -> "Machine":
        self.add("apt-get")
        self.add("python3")
        self.add("java", """echo 'openjdk version "17.0.15" 2025-04-15' >&2""")
        self.add("mvn")
        return self

    def run(self, *command: str) -> subprocess.CompletedProcess:
        environment = {"PATH": str(self.programs), "HOME": os.environ.get("HOME", "/")}
        return subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=60)

    def preflight(self) -> subprocess.CompletedProcess:
        return self.run("scripts/preflight", "python", "java", "maven")


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path).with_everything()


def test_nothing_is_said_when_all_is_there(machine: Machine) -> None:
    done = machine.preflight()
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("program", "script", "missing", "install"),
    [
        ("python3", "exit 1", "Python 3.11", "apt-get install -y python3 python3-venv"),
        ("python3", 'case "$2" in *ensurepip*) exit 1;; *version_info\\[:2\\]*) echo 3.12;; esac', "the venv module", "python3.12-venv"),
        ("java", "exit 127", "Java 17", "openjdk-17-jre-headless"),
        ("java", """echo 'openjdk version "11.0.2"' >&2""", "the one here is 11", "openjdk-17-jre-headless"),
        ("java", """echo 'java version "1.8.0_392"' >&2""", "the one here is 1", "openjdk-17-jre-headless"),
        ("mvn", None, "Maven", "apt-get install -y maven"),
    ],
)
def test_what_is_missing_is_named_with_the_command_that_installs_it(
    machine: Machine, program: str, script: str | None, missing: str, install: str
) -> None:
    (machine.programs / program).unlink() if script is None else machine.add(program, script)
    done = machine.preflight()
    assert done.returncode == 1
    assert done.stderr.count("missing:") == 1
    assert missing in done.stderr and install in done.stderr


def test_all_that_is_missing_is_named_at_once(tmp_path: Path) -> None:
    assert Machine(tmp_path).preflight().stderr.count("missing:") == 3


@pytest.mark.parametrize("target", ["setup", "test"])
def test_nothing_is_installed_before_what_is_missing_is_named(machine: Machine, target: str) -> None:
    (machine.programs / "mvn").unlink()
    done = machine.run("make", target)
    assert "missing: Maven" in done.stderr
    assert "venv" not in done.stdout and not (machine.folder / ".venv").exists()


def test_maven_is_not_asked_for_once_the_jars_are_there(machine: Machine) -> None:
    (machine.programs / "mvn").unlink()
    (machine.folder / ".kafka" / "libs").mkdir(parents=True)
    (machine.folder / ".kafka" / "libs" / ".fetched").touch()
    assert machine.preflight().returncode == 0


def test_the_demo_runs_in_docker_when_there_is_docker_and_no_java(machine: Machine) -> None:
    (machine.programs / "java").unlink()
    machine.add("docker", """echo "docker $*" """)
    done = machine.run("make", "demo")
    assert "docker compose --profile demo up --build" in done.stdout
    secrets = (machine.folder / ".env").read_text().splitlines()
    assert all(len(line.partition("=")[2]) == 64 for line in secrets) and len(set(secrets)) == len(secrets) >= 3
    assert (machine.folder / ".env").stat().st_mode & 0o077 == 0


def test_the_tests_run_in_docker_when_there_is_docker_and_no_java(machine: Machine) -> None:
    (machine.programs / "java").unlink()
    machine.add("docker", """echo "docker $*" """)
    assert machine.run("make", "test").stdout.splitlines()[-1] == "docker run --rm plumbline-test"


def test_the_demo_does_not_run_in_docker_when_java_is_there(machine: Machine) -> None:
    machine.add("docker", """echo "docker $*" """)
    assert "docker compose" not in machine.run("make", "demo").stdout


def test_the_help_names_every_target() -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}  # the tests may run under make
    done = subprocess.run(["make"], cwd=CHECKOUT, env=environment, capture_output=True, text=True, timeout=60)
    assert [line.split()[1] for line in done.stdout.splitlines()] == [
        "help", "setup", "demo", "test", "lint", "check", "pythons", "sbom", "audit", "manifests", "bench", "faults", "train", "clean",
    ]  # fmt: skip
