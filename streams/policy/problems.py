"""What is wrong in a pack: typed values with path, line and column, and how TOML and pydantic errors become them."""

import difflib
import re
import tomllib
from collections.abc import Collection, Iterable
from enum import Enum
from typing import Any, NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError

from streams.policy.positions import Path, Positions

Part = TypeVar("Part", bound=BaseModel)


class Problem(NamedTuple):
    """One thing that is wrong, fit to be printed as it is. Line and column count from 1."""

    path: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}: {self.message}"


class Source:
    """One file of a pack: its text, and where things stand in it."""

    def __init__(self, path: str, text: str) -> None:
        self.path, self.text = path, text
        self._positions: Positions | None = None

    def problem(self, place: Path, message: str) -> Problem:
        """A problem at a key path such as ("rules", 2, "any", 0)."""
        self._positions = self._positions or Positions(self.text)
        return Problem(self.path, *self._positions.of(place), message)

    def read(self, model: type[Part], *, tags: Collection[str] = ()) -> tuple[Part | None, list[Problem]]:
        """The typed content, or None with every problem found. `tags`: values that tell the kinds of a union apart, which are no keys."""
        try:
            tree = tomllib.loads(self.text)
        except tomllib.TOMLDecodeError as error:
            found = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
            line, column = map(int, found.groups()) if found else (max(1, self.text.count("\n")), 1)
            message = re.sub(r" \(at .*\)$", "", str(error))
            return None, [Problem(self.path, line, column, f"not TOML: {message}")]
        except (RecursionError, ValueError) as error:  # tomllib's own limits, and Python's of the digits of an integer
            message = "nested too deeply" if isinstance(error, RecursionError) else _lower(str(error).partition(";")[0])
            return None, [Problem(self.path, 1, 1, f"not TOML: {message}")]
        try:
            return model.model_validate(tree), []
        except ValidationError as error:
            return None, [self._of_validation(each, model, tags) for each in error.errors(include_url=False)]

    def _of_validation(self, error: Any, model: type[BaseModel], tags: Collection[str]) -> Problem:
        place = tuple(part for part in error["loc"] if part not in {"[key]", *tags})
        name = str(place[-1]) if place else ""
        if error["type"] == "extra_forbidden":
            return self.problem(place, f"unknown key {name!r}{nearest(name, _fields_at(model, place[:-1]))}")
        if error["type"] == "missing":
            return self.problem(place[:-1], f"key {name!r} is missing")
        if error["type"] in {"enum", "literal_error"}:
            valid = re.findall(r"'([^']*)'", error["ctx"]["expected"])
            return self.problem(place, f"unknown value {error['input']!r}{nearest(str(error['input']), valid)}")
        return self.problem(place, _lower(error["msg"]))


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


def nearest(name: str, valid: Iterable[str]) -> str:
    """The end of a message about a wrong name: the nearest valid one, else all if they are few."""
    names = sorted(set(valid))
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    if close:
        return f"; did you mean {close[0]!r}?"
    return f"; valid: {', '.join(names)}" if 0 < len(names) <= 20 else ""


def _fields_at(model: type[BaseModel], place: Path) -> list[str]:
    """Names of the fields of the model that stands at a key path."""
    for part in place:
        if isinstance(part, str) and part in model.model_fields:
            model = _model_in(model.model_fields[part].annotation) or model
    return list(model.model_fields)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and not issubclass(annotation, Enum) and issubclass(annotation, BaseModel):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        if found := _model_in(argument):
            return found
    return None
