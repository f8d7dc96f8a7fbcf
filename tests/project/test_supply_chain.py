"""make audit, sbom and pythons: none of them says that all is well when it has looked at nothing."""

import json
import os
import shutil
import subprocess
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

import pytest

CHECKOUT = Path(__file__).parents[2]
CLEAN = {"name": "jinja2", "version": "3.1.6", "vulns": []}
BAD = {"name": "jinja2", "version": "2.10", "vulns": [{"id": "CVE-2019-10906"}]}
UNKNOWN = {"name": "jinja2", "skip_reason": "not found"}
VULNERABLE, UNREACHABLE, NOT_TRIED = 1, 5, 4


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The scripts, in a folder of their own."""
    shutil.copytree(CHECKOUT / "scripts", tmp_path / "scripts")
    (tmp_path / "requirements.txt").write_text("jinja2==3.1.6\n")
    (tmp_path / "build" / "tools" / "bin").mkdir(parents=True)
    return tmp_path


def executable(path: Path, script: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(script)
    path.chmod(0o755)


def run(checkout: Path, *command: str, **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(command, cwd=checkout, env={**os.environ, **environment}, capture_output=True, text=True, timeout=60, check=False)


# -- audit


def audited(checkout: Path, control: str, requirements: str) -> subprocess.CompletedProcess:
    """With a pip-audit that says this of the control, and that of the requirements."""
    answers = f"""case "$*" in *control.txt*) echo '{control}';; *) echo '{requirements}';; esac\n"""
    executable(checkout / "build" / "tools" / "bin" / "pip-audit", "#!/bin/sh\n" + answers)
    return run(checkout, "python3", "scripts/audit")


def said(*dependencies: dict) -> str:
    return json.dumps({"dependencies": dependencies})


@pytest.mark.parametrize("control", ["", "No known vulnerabilities found", said(), said(CLEAN), said(UNKNOWN)])
def test_a_service_that_does_not_know_a_known_vulnerability_checks_nothing(checkout: Path, control: str) -> None:
    done = audited(checkout, control, said(CLEAN))
    assert (done.returncode, done.stdout) == (UNREACHABLE, "")
    assert "nothing was checked" in done.stderr


def test_nothing_known_is_success(checkout: Path) -> None:
    done = audited(checkout, said(BAD), said(CLEAN))
    assert (done.returncode, done.stdout) == (0, "audited=1 vulnerable=0 unknown=0 service=pypi\n")
    assert json.loads((checkout / "build" / "audit.json").read_text())["dependencies"] == [CLEAN]


def test_a_vulnerable_version_is_named(checkout: Path) -> None:
    done = audited(checkout, said(BAD), said(CLEAN, BAD))
    assert done.returncode == VULNERABLE
    assert "vulnerable: jinja2 2.10: CVE-2019-10906" in done.stdout


@pytest.mark.parametrize("requirements", [said(CLEAN, UNKNOWN), said(), "cut off"])
def test_what_the_service_does_not_know_was_not_checked(checkout: Path, requirements: str) -> None:
    done = audited(checkout, said(BAD), requirements)
    assert done.returncode == UNREACHABLE
    assert "not everything was checked" in done.stderr


# -- sbom


@pytest.fixture(scope="module")
def sbom() -> ModuleType:
    loader = SourceFileLoader("sbom", str(CHECKOUT / "scripts" / "sbom"))
    module = module_from_spec(spec_from_loader("sbom", loader))
    loader.exec_module(module)
    return module


def test_what_a_package_needs_is_required_and_what_only_an_extra_needs_is_not(sbom: ModuleType) -> None:
    assert {"pytest", "pluggy", "iniconfig"} <= sbom.needed(["pytest>=9"])
    assert "argcomplete" not in sbom.needed(["pytest>=9"])


def test_a_requirement_for_another_system_is_not_required(sbom: ModuleType) -> None:
    assert sbom.needed(["pytest; sys_platform == 'elsewhere'"]) == frozenset()


def test_a_jar_has_name_version_and_digest(sbom: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "kafka_2.13-4.1.1.jar").write_bytes(b"")
    found = list(sbom.jars(tmp_path))
    assert [(each["name"], each["version"], each["hashes"][0]["content"][:8]) for each in found] == [("kafka_2.13", "4.1.1", "e3b0c442")]


# -- pythons

ANSWERS = '#!/bin/sh\ncase "$1$2" in -c*) echo "$0";; -mvenv) {venv};; esac\n'
MAKES = 'mkdir -p "$4/bin"; cp "$0.made" "$4/bin/python"; chmod +x "$4/bin/python"'


def tried(checkout: Path, *versions: str) -> subprocess.CompletedProcess:
    return run(checkout, "scripts/pythons", *versions, PATH=f"{checkout / 'programs'}:/usr/bin:/bin", PYENV_ROOT=str(checkout), HOME=str(checkout))


def with_python(checkout: Path, version: str, *, venv: str, tests: str = "") -> None:
    program = checkout / "programs" / f"python{version}"
    executable(program, ANSWERS.format(venv=venv))
    executable(
        program.with_name(program.name + ".made"),
        f'#!/bin/sh\ncase "$1" in -c) echo {version}.1;; -m) [ "$2" != pytest ] || {{ {tests or "true"}; }};; esac\n',
    )


def test_a_python_that_is_not_there_was_not_tried(checkout: Path) -> None:
    done = tried(checkout, "3.98")
    assert (done.returncode, done.stdout) == (NOT_TRIED, "3.98     not on this machine\n")


def test_a_python_whose_tests_pass_passes(checkout: Path) -> None:
    with_python(checkout, "3.97", venv=MAKES, tests="echo 12 passed")
    done = tried(checkout, "3.97")
    assert (done.returncode, done.stdout) == (0, "3.97.1   passed   12 passed\n")


@pytest.mark.parametrize(("venv", "tests"), [("exit 1", ""), (MAKES, "echo 1 failed; exit 1")])
def test_a_python_without_environment_or_with_a_failing_test_fails(checkout: Path, venv: str, tests: str) -> None:
    with_python(checkout, "3.97", venv=venv, tests=tests)
    done = tried(checkout, "3.97", "3.98")
    assert done.returncode == VULNERABLE
    assert "FAILED" in done.stdout and "not on this machine" in done.stdout
