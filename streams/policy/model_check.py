"""Checks of a pack's statistical model: that it reads, belongs to the pack's concepts, and names what the pack has."""

import tomllib
from collections.abc import Mapping

from schemas.pack import DetectorFile
from streams.policy.model import CONCEPTS, MODEL, ModelError, Output, parse
from streams.policy.problems import Problem, nearest


def read_model(files: Mapping[str, str], detectors: Mapping[str, DetectorFile] | None) -> tuple[tuple[Output, ...], list[Problem]]:
    """The outputs of the model, none without one, and what is wrong. `detectors`: by category; None if they could not all be read."""
    problems = _check_concepts(files.get(CONCEPTS, ""))
    if MODEL not in files or problems:
        return (), problems
    try:
        outputs = parse(files[MODEL], concepts=files.get(CONCEPTS, "")).outputs
    except ModelError as error:
        return (), [Problem(MODEL, 1, 1, f"{error}: make it again with make train")]
    return outputs, [problem for output in outputs for problem in _check_output(output, detectors)] if detectors is not None else []


def _check_concepts(text: str) -> list[Problem]:
    try:
        concepts = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return [Problem(CONCEPTS, 1, 1, f"not TOML: {error}")]
    for name, phrases in concepts.items():
        if not isinstance(phrases, dict) or not all(isinstance(each, str) for each in phrases.values()):
            return [Problem(CONCEPTS, 1, 1, f"concept {name!r} must be a table: a text of phrases per language")]
    return []


def _check_output(output: Output, detectors: Mapping[str, DetectorFile]) -> list[Problem]:
    if output.category not in detectors:
        return [Problem(MODEL, 1, 1, f"there is no detector {output.category!r}{nearest(output.category, detectors)}")]
    kinds = {rule.kind for rule in detectors[output.category].rules}
    if output.kind not in kinds:
        return [Problem(MODEL, 1, 1, f"no rule of {output.category!r} has the kind {output.kind!r}{nearest(output.kind, kinds)}")]
    return []
