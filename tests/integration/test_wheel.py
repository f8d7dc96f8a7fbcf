"""The wheel is the whole program: built, installed elsewhere, it passes the unit tests without the checkout."""

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]


class Installed:
    """The wheel in an environment of its own, with this one's dependencies and nothing of the checkout."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.python = folder / "venv" / "bin" / "python"
        self.site = folder / "venv" / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"

    def install(self, wheel: Path) -> None:
        venv.create(self.folder / "venv", symlinks=True)
        (self.site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")  # its own .pth files, as of editable installs, do not count
        run(sys.executable, "-m", "pip", "--python", self.python, "install", "--quiet", "--no-index", "--no-deps", wheel)

    def run(self, *arguments: str | Path) -> subprocess.CompletedProcess:
        return run(self.python, *arguments, cwd=self.folder)


def run(*command: str | Path, cwd: Path = CHECKOUT) -> subprocess.CompletedProcess:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH" and not name.startswith("PLUMBLINE_")}
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stdout[-4_000:]}\n{done.stderr[-4_000:]}"
    return done


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, CHECKOUT)
    (wheel,) = folder.glob("plumbline-*.whl")
    elsewhere = Installed(folder)
    elsewhere.install(wheel)
    return elsewhere


def test_the_packages_come_from_the_wheel(installed: Installed) -> None:
    places = installed.run("-c", "import streams, schemas; print(streams.__file__); print(schemas.__file__)").stdout.split()
    assert [Path(place).parent.parent for place in places] == [installed.site, installed.site]


@pytest.mark.parametrize(("source", "target", "kind"), [("sql", "streams/_sql", "*.sql"), ("schemas", "schemas", "*.toml")])
def test_files_that_are_not_code_are_packaged_too(installed: Installed, source: str, target: str, kind: str) -> None:
    ours = {path.relative_to(CHECKOUT / source) for path in (CHECKOUT / source).rglob(kind)}
    assert ours and {path.relative_to(installed.site / target) for path in (installed.site / target).rglob(kind)} == ours


def test_every_file_of_the_packages_is_in_the_wheel(installed: Installed) -> None:
    for package in ("streams", "schemas"):
        tracked = run("git", "ls-files", package).stdout.splitlines() if (CHECKOUT / ".git").exists() else []
        assert [name for name in tracked if not (installed.site / name).exists()] == []


def test_the_command_runs(installed: Installed) -> None:
    assert run(installed.python.with_name("plumbline"), "--version", cwd=installed.folder).stdout.startswith("plumbline ")


@pytest.mark.timeout(600)
def test_the_unit_tests_pass_without_the_checkout(installed: Installed) -> None:
    for name in ("unit", "fixtures", "packs"):  # the tests and what they read; of the rest of the checkout nothing
        shutil.copytree(CHECKOUT / "tests" / name, installed.folder / "tests" / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(CHECKOUT / "pyproject.toml", installed.folder)  # pytest's options
    done = installed.run("-m", "pytest", "tests/unit", "-p", "no:cacheprovider")
    assert " passed" in done.stdout.splitlines()[-1]
