"""The sql/ tree, in a checkout and in an installed wheel, and how a file becomes statements."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from streams.errors import MissingPart


@cache
def sql_folder() -> Path:
    """The sql/ tree: packed beside this package in a wheel, at the root of a checkout.

    Raises:
        MissingPart: neither is there.
    """
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "_sql", package.parent / "sql"):
        if (folder / "migrations").is_dir():
            return folder
    raise MissingPart(
        "the SQL files of Plumbline are not installed", cause=f"no sql/ beside {package}", command="pip install --force-reinstall plumbline"
    )


def sql_text(name: str) -> str:
    """One file of the tree, by its path without `.sql`: `checks/gaps`."""
    return (sql_folder() / f"{name}.sql").read_text()


def statements(text: str, placeholders: Mapping[str, str]) -> list[str]:
    """Split at lines that are only ";" and fill `{name}` for the given names. Values come from settings, never from data."""
    for name, value in placeholders.items():
        text = text.replace("{" + name + "}", value)
    parts = "\n".join(line.rstrip() for line in text.splitlines()).split("\n;")
    return [part.strip() for part in parts if _has_code(part)]


def _has_code(part: str) -> bool:
    return any(line.strip() and not line.lstrip().startswith("--") for line in part.splitlines())
