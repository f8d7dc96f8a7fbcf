"""docs/policy-packs.md is executed: its files are a pack, its commands print what it says, its Python runs."""

import contextlib
import io
import re
import shlex
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from streams.cli import app

PAGE = Path(__file__).parents[2] / "docs" / "policy-packs.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_the_page_does_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = dict.fromkeys(("toml", "console", "python"), 0)
    for language, text in BLOCK.findall(PAGE.read_text()):
        if language in done:
            globals()[f"run_{language}"](text)
            done[language] += 1
    assert min(done.values()) > 0


def run_toml(text: str) -> None:
    """A file of the pack, if its first line names one."""
    tomllib.loads(text)
    if found := re.match(r"# (my-pack/\S+)\n", text):
        path = Path(found[1])
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def run_console(text: str) -> None:
    """Each command, and that it prints the lines below it, in their order; `…` stands for anything."""
    for command, expected in commands(text):
        printed = output_of(command).splitlines()
        for line in expected:
            pattern = ".*".join(map(re.escape, line.split("…")))
            at = next((at for at, one in enumerate(printed) if re.fullmatch(pattern, one)), None)
            assert at is not None, f"{command!r} does not print {line!r}:\n" + "\n".join(printed)
            printed = printed[at + 1 :]


def commands(text: str) -> Iterator[tuple[str, list[str]]]:
    for part in text.split("$ ")[1:]:
        command, *expected = part.splitlines()
        yield command, [line for line in expected if line]


def output_of(command: str) -> str:
    if command.startswith("plumbline "):
        run = CliRunner().invoke(app, shlex.split(command)[1:])
        return run.output
    return subprocess.run(command, shell=True, capture_output=True, text=True, check=True).stdout


def run_python(text: str) -> None:
    """The code, and that it prints what its comments say."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(text, "policy-packs.md", "exec"), {})
    assert printed.getvalue().splitlines() == [line[2:] for line in text.splitlines() if line.startswith("# ")]
