"""The loops in C read what anybody may send: under AddressSanitizer and UndefinedBehaviorSanitizer nothing is touched that is not theirs."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
SANITIZED = ("-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=undefined", "-shared", "-fPIC")
SHORT = "from streams.policy.loops import loops; from streams.policy.loops.compiled import Compiled; assert isinstance(loops(), Compiled); "
USED = SHORT + "loops().words(b' ' + b'word ' * 200)"


BEYOND = ("at < size; at++) count", "at < size + 2; at++) count")  # a byte beyond the end
LIBRARIES = ("libasan.so", "libubsan.so")


def runtimes() -> list[str]:
    """The sanitizers' libraries, which must be loaded first; none where the compiler has none."""
    if not shutil.which("gcc"):
        return []
    paths = [subprocess.run(["gcc", f"-print-file-name={name}"], capture_output=True, text=True, check=True).stdout.strip() for name in LIBRARIES]
    return paths if all(Path(path).is_absolute() for path in paths) else []


RUNTIMES = runtimes()
pytestmark = pytest.mark.skipif(not RUNTIMES, reason="no gcc with sanitizers here")


def sanitized(folder: Path, *command: str, change: tuple[str, str] = ("", "")) -> subprocess.CompletedProcess:
    """Run Python on a copy of the packages whose loops are compiled for sanitizers; `change` replaces a text of their source first."""
    for name in ("streams", "schemas", "sql", "tests/unit/policy", "tests/packs"):
        shutil.copytree(CHECKOUT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "*.so"))
    for name in ("pyproject.toml", "tests/unit/conftest.py"):
        shutil.copy(CHECKOUT / name, folder / name)
    source = folder / "streams" / "policy" / "loops" / "kernel.c"
    old, new = change
    assert old in source.read_text()
    source.write_text(source.read_text().replace(old, new, 1) if old else source.read_text())
    target = source.with_name(f"_kernel-{hashlib.sha256(source.read_bytes()).hexdigest()[:12]}.so")
    subprocess.run(["gcc", *SANITIZED, "-o", target, source], check=True, timeout=60)
    more = {
        "LD_PRELOAD": ":".join(RUNTIMES), "ASAN_OPTIONS": "detect_leaks=0", "PYTHONMALLOC": "malloc",  # so that small objects have borders, too
        "PYTHONPATH": str(folder),
    }  # fmt: skip
    return subprocess.run([sys.executable, *command], cwd=folder, env=os.environ | more, capture_output=True, text=True, timeout=240, check=False)


def test_any_text_is_read_within_bounds(tmp_path: Path) -> None:
    done = sanitized(tmp_path, "-m", "pytest", "-s", "-p", "no:cacheprovider", "tests/unit/policy/test_loops.py", "tests/unit/policy/test_hostile.py")
    assert done.returncode == 0, done.stdout[-3_000:] + done.stderr[-3_000:]


def test_a_loop_that_reads_beyond_its_text_is_caught(tmp_path: Path) -> None:
    done = sanitized(tmp_path, "-c", USED, change=BEYOND)
    assert done.returncode != 0 and "heap-buffer-overflow" in done.stderr


def test_the_same_use_of_the_right_loops_is_not(tmp_path: Path) -> None:
    done = sanitized(tmp_path, "-c", USED)
    assert (done.returncode, done.stderr) == (0, "")
