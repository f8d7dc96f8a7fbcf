"""What the README and the pages under docs/ tell people to type exists, and what they link to is there."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from streams.cli import app
from streams.clickhouse.library import queries

CHECKOUT = Path(__file__).parents[2]
README = CHECKOUT / "README.md"
PAGES = [README, CHECKOUT / "SECURITY.md", *sorted((CHECKOUT / "docs").glob("*.md"))]
TYPED = re.compile(r"^(?:\$ )?(?:[A-Z_]+=\S+ )*(?:\.venv/bin/)?(plumbline|make) (.*)")
QUOTED = re.compile(r"`(plumbline|make) ([^`]+)`")
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")


def typed(page: Path) -> Iterator[tuple[str, str]]:
    """Program and arguments of every command line in the page's code blocks and quotes; those with a `…` are shortened and say so."""
    for at, block in enumerate(page.read_text().split("```")):
        if at % 2:
            parts = (part.strip() for line in block.splitlines() for part in line.split(" #")[0].split(" && "))
            found = [(match[1], match[2]) for part in parts if (match := TYPED.match(part))]
        else:
            found = [(match[1], match[2]) for match in QUOTED.finditer(block)]
        yield from ((program, arguments.strip()) for program, arguments in found)


COMMANDS = [(page.name, program, arguments) for page in PAGES for program, arguments in dict.fromkeys(typed(page))]


def unknown_word(arguments: str) -> str:
    """The first word that the command line does not know; empty if it knows all."""
    words = shlex.split(re.split(r" [|<>]", arguments)[0])
    command = typer.main.get_command(app)
    while words and hasattr(command, "commands"):
        name = words.pop(0)
        if name.startswith("-"):
            break
        if name not in command.commands:
            return name
        command = command.commands[name]
    known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    return next((word for word in words if word.startswith("--") and word.partition("=")[0] not in known), "")


@pytest.mark.parametrize(("page", "arguments"), [(page, arguments) for page, program, arguments in COMMANDS if program == "plumbline"])
def test_every_command_exists_with_its_options(page: str, arguments: str) -> None:
    assert unknown_word(arguments.partition("…")[0]) == ""


@pytest.mark.parametrize("arguments", ["nonsense", "db nonsense", "query --nonsense"])
def test_a_command_that_does_not_exist_is_found(arguments: str) -> None:
    assert "nonsense" in unknown_word(arguments)


@pytest.mark.parametrize(("page", "target"), [(page, arguments.split()[0]) for page, program, arguments in COMMANDS if program == "make"])
def test_every_target_exists(page: str, target: str) -> None:
    assert re.search(rf"^{target}:", (CHECKOUT / "Makefile").read_text(), re.MULTILINE)


def test_the_readme_has_its_two_commands_and_a_query() -> None:
    commands = {f"{program} {arguments}" for page, program, arguments in COMMANDS if page == README.name}
    assert {"make demo", "make test"} <= commands
    assert any(command.startswith("plumbline query") for command in commands)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    assert [link for link in LINK.findall(page.read_text()) if not (page.parent / link).exists()] == []


def test_the_querys_output_has_the_querys_columns() -> None:
    block = README.read_text().partition("$ .venv/bin/plumbline query ")[2].splitlines()
    name, header = block[0].split()[0], block[1].split()
    sql = queries()[name].sql
    assert [column for column in header if not re.search(rf"\b{column}\b", sql)] == []


def test_what_ci_runs_is_the_readmes_test_command() -> None:
    assert (CHECKOUT / ".ci" / "run").read_text().rstrip().splitlines()[-1] == "make test"
