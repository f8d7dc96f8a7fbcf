"""What is wrong with settings, in words: unknown keys come with the nearest known ones, and no message repeats a value (it may be a secret)."""

import difflib
from collections.abc import Iterable, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError


def described(error: ValidationError, model: type[BaseModel]) -> str:
    """Every problem of a validation, as `place: message`, in one line."""
    return "; ".join(f"{'.'.join(map(str, each['loc']))}: {_message(each, model)}" for each in error.errors(include_input=False, include_url=False))


def unknown_variable(names: Iterable[str], prefix: str, known: Sequence[str]) -> str:
    """The first environment variable that looks like ours and is not; empty when there is none.

    The environment source reads only the names it looks for, so a mistyped section would pass unseen.
    """
    for variable in sorted(names):
        section = variable.upper().split("__")[0]
        if section.startswith(prefix) and section not in known:
            return f"environment variable {variable} is no setting{nearest(section, known)}"
    return ""


def fields_at(model: Any, place: Iterable[Any]) -> list[str]:
    """Names of the fields at a path like ["kafka", "tls"]; below a dictionary, those of its values."""
    for name in place:
        field = getattr(model, "model_fields", {}).get(name)
        if field is not None:
            model = next((each for each in (field.annotation, *getattr(field.annotation, "__args__", ())) if hasattr(each, "model_fields")), None)
    return list(getattr(model, "model_fields", {}))


def nearest(name: str, valid: Sequence[str]) -> str:
    """The end of a message about a wrong name."""
    close = difflib.get_close_matches(name, valid, n=2, cutoff=0.5)
    return f"; did you mean {' or '.join(close)}?" if close else f"; valid: {', '.join(sorted(valid))}"


def _message(problem: Any, model: type[BaseModel]) -> str:
    *place, name = problem["loc"] or ("",)
    if problem["type"] == "extra_forbidden":
        return f"unknown key{nearest(str(name), fields_at(model, place))}"
    return problem["msg"]
