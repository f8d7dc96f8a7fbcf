"""A virtual environment for each peer that is no part of Plumbline's own, under build/peers; made at first use, again when its requirements change.

`bench/peers/<name>.txt` pins every package by hash. It is made from `<name>.in`:
`uv pip compile --generate-hashes --no-header --no-emit-index-url --no-annotate --universal --python-version 3.11 <name>.in -o <name>.txt`.
"""

import hashlib
import shutil
import subprocess
import sys
import venv
from pathlib import Path

from bench.rig import say

ROOT = Path(__file__).parents[1]
CACHE = ROOT / "build" / "peers"
INSTALL_S = 900
FLINK_CONNECTOR = "org.apache.flink:flink-sql-connector-kafka:5.0.0-2.2"


class Unavailable(Exception):
    """A peer cannot run here; the message says why."""


def python_of(name: str) -> Path:
    """The interpreter of a peer's environment.

    Raises:
        Unavailable: its packages cannot be installed.
    """
    requirements, folder = ROOT / "bench" / "peers" / f"{name}.txt", CACHE / name
    stamp, wanted = folder / ".requirements", hashlib.sha256(requirements.read_bytes() + sys.version.encode()).hexdigest()
    python = folder / "bin" / "python"
    if stamp.exists() and stamp.read_text() == wanted:
        return python
    say(f"an environment for {name}")
    venv.create(folder, clear=True, with_pip=True)
    _run([str(python), "-m", "pip", "install", "--quiet", "--require-hashes", "--requirement", str(requirements)])
    stamp.write_text(wanted)
    return python


def flink_connector() -> Path:
    """The jar with which Flink's SQL reads Kafka, fetched by Maven at first use.

    Raises:
        Unavailable: it cannot be had, or there is no Java for it.
    """
    for command in ("java", "mvn"):
        if not shutil.which(command):
            raise Unavailable(f"{command} is not installed")
    _, name, version = FLINK_CONNECTOR.split(":")
    jar = CACHE / "jars" / f"{name}-{version}.jar"
    if not jar.exists():
        say(f"fetching {jar.name}")
        jar.parent.mkdir(parents=True, exist_ok=True)
        # from there: where a pom.xml is, it would say where jars go
        _run(["mvn", "--quiet", "--batch-mode", "dependency:copy", f"-Dartifact={FLINK_CONNECTOR}", f"-DoutputDirectory={jar.parent}"], jar.parent)
        if not jar.exists():
            raise Unavailable(f"Maven did not bring {jar.name}")
    return jar


def _run(command: list[str], folder: Path = ROOT) -> None:
    """Run an installer to its end.

    Raises:
        Unavailable: it failed or took too long, with its last line.
    """
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=INSTALL_S, check=False)
    except subprocess.TimeoutExpired as error:
        raise Unavailable(f"not installed within {INSTALL_S} s") from error
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines() or ["it said nothing"]
        raise Unavailable(f"not installed: {lines[-1][:300]}")
