"""What the policy commands share: which pack, and how problems are printed."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from streams.policy import Problem


def pack_folder(folder: Path | None) -> Path:
    """The folder given, else that of the settings, else the one that comes with Plumbline."""
    from streams.policy.pack import SHIPPED
    from streams.settings import load_settings

    return folder or load_settings().policy.pack or SHIPPED


def print_problems(problems: Sequence["Problem"], folder: Path, *, as_json: bool) -> None:
    """One line each, in a form that editors and terminals follow to the place."""
    for problem in (problem._replace(path=str(folder / problem.path)) for problem in problems):
        typer.echo(json.dumps(problem._asdict(), ensure_ascii=False) if as_json else str(problem))
