"""The policy: its revisions on a line of time, what two of them say differently and what that would do, and the rules with their hits."""

from collections import defaultdict
from datetime import datetime
from typing import Any

from streams.history.diff import diff as differences
from streams.history.sides import Side
from streams.web.effect import NOTHING, Effect, effect_of
from streams.web.pages.visit import Page, Rows, Visit
from streams.web.policy_words import CategoryDiff, decision, diff, period

KEEP_S = 60.0


async def policy(visit: Visit) -> Page:
    """Revisions of the pack in use, the diff of `?from=` and `?to=` and its effect on the period's traffic, rules of the period."""
    pack, ask = visit.facts.pack, visit.questions.ask
    revisions = list(pack.revisions) if pack else []
    ids = [each.id for each in revisions]
    first, second = visit.param("from", ids[-2] if len(ids) > 1 else ""), visit.param("to", ids[-1] if ids else "")
    if ids and not {first, second} <= {*ids, ""}:
        raise ValueError(f"there is no such revision; there are: {', '.join(ids)}")
    chosen = [each for name in (first, second) for each in revisions if each.id == name]
    rows = diff(chosen[0], chosen[1], list(visit.facts.categories)) if len(chosen) == 2 else []
    answers = await visit.questions.all(
        counts=ask("revision_counts"), rules=ask("rules", **visit.window.times), costs=ask("rule_cost", **visit.window.times),
        effect=_effect(visit, first, second) if rows else _none(),
    )  # fmt: skip
    values = {
        "pack": pack, "revisions": revisions, "period": period, "decision": decision, "first": first, "second": second, "diff": rows,
        "effect": answers["effect"], "rules": answers["rules"], "costs": answers["costs"], "tags": _totals(answers["counts"]),
        "in_force": pack.revision_at(visit.now).id if pack else "",
    }  # fmt: skip
    return Page("policy.html", "Policy", values, _tables(answers, rows))


async def _none() -> Effect:
    return NOTHING


async def _effect(visit: Visit, first: str, second: str) -> Effect:
    """Decide the period's events under both; nobody waits for the same twice within a minute."""
    pack, settings = visit.facts.pack, visit.facts.settings.policy
    since, until = (datetime.fromisoformat(each) for each in visit.window.coarse.values())

    async def decided() -> Effect:
        if pack is None:
            return NOTHING
        a, b = (Side(name, pack, settings, revision=name) for name in (first, second))
        return effect_of(await visit.questions.run(lambda client: differences(client, a, b, since, until)))

    return await visit.questions.keep(("effect", first, second, since, until), KEEP_S, decided)


def _tables(answers: dict[str, Any], rows: list[CategoryDiff]) -> dict[str, Rows]:
    effect: Effect = answers["effect"]
    decisions = [{"category": row.category, "from": " / ".join(row.first), "to": " / ".join(row.second)} for row in rows]
    flips = [{**flip._asdict(), "examples": [event for _, event in flip.examples]} for flip in effect.flips]
    effects = [{name: value for name, value in each._asdict().items() if not name.endswith("_bar")} for each in effect.categories]
    return {**{name: answers[name] for name in ("rules", "costs", "counts")}, "effect": effects, "flips": flips, "diff": decisions}


def _totals(counts: Rows) -> dict[str, int]:
    found: dict[str, int] = defaultdict(int)
    for row in counts:
        found[row["revision"]] += row["tagged_events"]
    return found
