"""Checks of this machine: Java, the broker's jars, the data folder, the hash key."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator

from streams.doctor.finding import Finding, fail, ok, warn
from streams.errors import PlumblineError
from streams.kafka.broker import find_jars, find_java
from streams.privacy import load_key
from streams.settings import Settings

LEAST_JAVA = 17
LEAST_FREE_GB = 2
NOT_NEEDED = "not needed: a broker is named"


def check_java(settings: Settings) -> Iterator[Finding]:
    """Java, when we start the broker ourselves."""
    if settings.kafka.bootstrap_servers:
        yield ok("java", NOT_NEEDED)
        return
    done = subprocess.run([find_java(), "-version"], capture_output=True, text=True, timeout=10, check=False)
    found = re.search(r'version "(?:1\.)?(\d+)', done.stderr + done.stdout)
    install = "apt-get install openjdk-17-jre-headless"
    if not found:
        yield fail("java", f"java does not say its version (exit {done.returncode})", install)
    elif int(found[1]) < LEAST_JAVA:
        yield fail("java", f"Java {found[1]} is too old for the broker: it needs {LEAST_JAVA}", install)
    else:
        yield ok("java", f"version {found[1]}")


def check_jars(settings: Settings) -> Iterator[Finding]:
    """The jars of the broker, when we start it ourselves."""
    if settings.kafka.bootstrap_servers:
        yield ok("jars", NOT_NEEDED)
        return
    jars = find_jars(settings)
    yield ok("jars", f"{sorted(path.name for path in jars.glob('kafka_2.13-*.jar'))[0]} in {jars}")


def check_data_folder(settings: Settings) -> Iterator[Finding]:
    """It can be written, and has room."""
    folder = settings.data_dir.absolute()
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    if not os.access(existing, os.W_OK):
        yield fail("data folder", f"{existing} cannot be written", "choose another: export PLUMBLINE_DATA_DIR=…")
        return
    free = shutil.disk_usage(existing).free / 1e9
    if free < LEAST_FREE_GB:
        yield fail("data folder", f"{free:.1f} GB free at {folder}", "free some space, or choose another: export PLUMBLINE_DATA_DIR=…")
    else:
        yield ok("data folder", f"{folder}, {free:.0f} GB free")


def check_hash_key(settings: Settings) -> Iterator[Finding]:
    """The key of the pseudonyms: there, whole, and nobody else's to read. A missing one is made at first start."""
    path = settings.data_dir / "hash.key"
    if not settings.privacy.key.get_secret_value() and not path.exists():
        yield ok("hash key", f"will be made at first start in {path}")
        return
    try:
        key = load_key(settings)
    except PlumblineError as error:
        yield fail("hash key", f"{error.what} ({error.cause})", error.command)
        return
    where = "from the settings" if settings.privacy.key.get_secret_value() else str(path)
    if path.exists() and settings.privacy.key.get_secret_value():
        yield warn("hash key", f"{where}; {path} is there too and not used: old rows may carry its pseudonyms", "plumbline config show privacy")
    else:
        yield ok("hash key", f"{where}, version {key.version}")
