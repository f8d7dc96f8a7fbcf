"""An explanation for eyes and as JSON."""

from collections.abc import Iterator, Sequence
from typing import Any

from streams.policy.explain import Considered, Explanation, Facts
from streams.policy.model_trace import THRESHOLD, Carrier, ModelTrace, WindowReach
from streams.policy.trace import Trace

MOST_FLIPS = 12


def as_tree(event_id: str, facts: Facts, explanation: Explanation) -> dict[str, Any]:
    """JSON's types."""
    return {
        "event_id": event_id,
        "organization_id": facts.organization_id,
        "occurred_at": facts.occurred_at.isoformat().replace("+00:00", "Z"),
        "context": facts.context.model_dump(mode="json"),
        "revision": explanation.revision,
        "in_force": explanation.in_force,
        "detections": [detection.model_dump(mode="json") for detection in facts.detections],
        "tags": [tag.model_dump(mode="json") for tag in explanation.tags],
        "considered": [_considered(each) for each in explanation.considered],
        "near": [_considered(each) for each in explanation.near],
        "matches": [_match(each) for each in explanation.matches],
        "model": [_window(each) for each in explanation.model],
        "flips": [each._asdict() for each in explanation.flips],
    }


def _considered(one: Considered) -> dict[str, Any]:
    return {**one._asdict(), "reach": one.reach.value, "tag": one.tag.model_dump(mode="json") if one.tag else None}


def _match(one: Trace) -> dict[str, Any]:
    counts = one.match is not None
    return {
        "rule": one.rule.name, "pattern": one.pattern + 1, "field": one.field, "start": one.start, "end": one.end, "counts": counts,
        "score": one.score, "full_score": one.rule.spec.score, "missing_groups": [number + 1 for number in one.missing], "excluded": one.excluded,
        "lowered_by": [condition.spec.id for condition in one.conditions],
    }  # fmt: skip


def _window(one: ModelTrace) -> dict[str, Any]:
    return {**one._asdict(), "reach": one.reach.value, "lacks": one.lacks, "carriers": [each._asdict() for each in one.carriers]}


def printed(event_id: str, facts: Facts, explanation: Explanation) -> str:
    """A page of text."""
    return "\n".join(_lines(event_id, facts, explanation))


def _lines(event_id: str, facts: Facts, explanation: Explanation) -> Iterator[str]:
    yield f"event {event_id} of {facts.organization_id}, {facts.occurred_at.isoformat().replace('+00:00', 'Z')}"
    yield f"revision {explanation.revision}, in force {explanation.in_force}"
    given = [f"{name} {value}" for name, value in facts.context.model_dump(mode="json").items() if value not in (None, [], "unknown", "general")]
    yield f"context: {', '.join(given) or 'nothing known'}"
    yield "decided:"
    found = {detection.category for detection in facts.detections} | {tag.category for tag in explanation.tags}
    yield from list(_decided([each for each in explanation.considered if each.category in found])) or ["  nothing was found that a decision is about"]
    if explanation.near:
        yield "nearly:"
        yield from (
            f"  {each.category}: {each.clause} lacks {each.lacks:g} (score {each.score:g} of {each.threshold:g})" for each in explanation.near
        )
    yield from _places(explanation, facts)
    yield from _seen_by_model(explanation.model)
    if explanation.flips:
        yield "would change it:"
        yield from (
            f"  {each.change}: {each.category} {each.before or 'no tag'} -> {each.after or 'no tag'}" for each in explanation.flips[:MOST_FLIPS]
        )
        if len(explanation.flips) > MOST_FLIPS:
            yield f"  and {len(explanation.flips) - MOST_FLIPS} more (--json)"


def _decided(considered: Sequence[Considered]) -> Iterator[str]:
    why = {"context": "another context", "kind": "a detection that it excludes is there", "score": "score too low"}
    for one in considered:
        if one.reach.value != "taken":
            detail = f"score {one.score:g} of {one.threshold:g}" if one.score else why[one.reach.value]
            yield f"  {one.category}: not {one.clause} ({detail})"
            continue
        outcome = f"{one.tag.outcome.value}, {one.tag.severity.value}, score {one.tag.score:g}" if one.tag else "no tag: what it requires is in place"
        yield f"  {one.category}: {one.clause}: {outcome}"
        yield f"      {one.clause_text}"
        if one.tag and one.tag.missing_safeguards:
            yield f"      missing: {', '.join(each.value for each in one.tag.missing_safeguards)}"
        if one.tag and one.tag.excused_by:
            yield f"      excused by {one.tag.excused_by}"


def _places(explanation: Explanation, facts: Facts) -> Iterator[str]:
    """Matches where the content is at hand, else the detections."""
    if explanation.matches or explanation.model or not facts.detections:
        counting = [each for each in explanation.matches if each.match]
        yield from ["matches:", *(f"  {_place(each)}" for each in counting)] if counting else []
        others = [each for each in explanation.matches if not each.match]
        yield from ["matches that do not count:", *(f"  {_place(each)}" for each in others)] if others else []
        return
    yield "detections:"
    for detection in facts.detections:
        places = ", ".join(f"{each.field}[{each.start}:{each.end}]" for each in detection.evidence)
        yield f"  {detection.rule} (version {detection.rule_version}): {detection.score:g} at {places}"


def _seen_by_model(windows: Sequence[ModelTrace]) -> Iterator[str]:
    """Where the model fired, then where it nearly did, each with the words that carried it."""
    for title, fired in (("the statistical model fired:", True), ("the statistical model nearly fired:", False)):
        shown = [each for each in windows if (each.reach is WindowReach.FIRED) is fired]
        yield from [title, *(line for each in shown for line in _window_lines(each))] if shown else []


def _window_lines(one: ModelTrace) -> Iterator[str]:
    held = {
        WindowReach.THRESHOLD: f", lacks {one.lacks:g} of {THRESHOLD:g}",
        WindowReach.GATE: ", but a look at its words alone did not suggest it",
        WindowReach.KIND: ", but another kind of its category is farther beyond its threshold",
    }
    yield f"  {one.rule} at {one.field}[{one.start}:{one.end}]: {one.score:g}{held.get(one.reach, '')}"
    if one.carriers:
        yield f"      carried by {', '.join(_carrier(each, one.score) for each in one.carriers)}"


def _carrier(one: Carrier, score: float) -> str:
    """The word; what is left without it, unless that is the highest score that is told."""
    return f"{one.word} ({one.without:g} without)" if one.without < score else one.word


def _place(one: Trace) -> str:
    reasons = [f"group {number + 1} is not near" for number in one.missing] + (["excluded by `unless`"] if one.excluded else [])
    reasons += [f"lowered by {condition.spec.id} ×{condition.spec.factor:g}" for condition in one.conditions]
    score = f"{one.score:g}" + (f" of {one.rule.spec.score:g}" if one.conditions else "")
    return f"{one.rule.name} pattern {one.pattern + 1} at {one.field}[{one.start}:{one.end}]: {score}" + (
        f" ({'; '.join(reasons)})" if reasons else ""
    )
