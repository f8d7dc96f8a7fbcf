"""The policy: its revisions on a line of time, what two of them say differently and what that would do, and the rules with their hits."""

import asyncio
from collections import defaultdict
from typing import Any

from streams.web.impact import Impact, impact
from streams.web.pages.visit import Page, Rows, Visit
from streams.web.policy_words import decision, diff, period

MOST = 50_000  # distinct cases of a period that are decided again


async def policy(visit: Visit) -> Page:
    """Revisions of the pack in use, the diff of `?from=` and `?to=` and its effect on the period's traffic, rules of the period."""
    pack, window, ask = visit.facts.pack, visit.window, visit.questions.ask
    revisions = list(pack.revisions) if pack else []
    ids = [each.id for each in revisions]
    first, second = visit.param("from", ids[-2] if len(ids) > 1 else ""), visit.param("to", ids[-1] if ids else "")
    if ids and not {first, second} <= {*ids, ""}:
        raise ValueError(f"there is no such revision; there are: {', '.join(ids)}")
    answers = await visit.questions.all(
        counts=ask("revision_counts"), rules=ask("rules", **window.times), decidable=ask("decidable", **window.coarse, limit=MOST)
    )
    chosen = [each for name in (first, second) for each in revisions if each.id == name]
    rows = diff(chosen[0], chosen[1], list(visit.facts.categories)) if len(chosen) == 2 else []
    effect = await asyncio.to_thread(_effect, visit, first, second, answers["decidable"]) if rows else Impact()
    shown: list[dict[str, Any]] = [
        {"category": name, "first": tags[0], "second": tags[1]} for name in effect.categories for tags in [effect.tags(name)]
    ]
    values = {
        "pack": pack, "revisions": revisions, "period": period, "decision": decision, "first": first, "second": second, "diff": rows,
        "effect": effect, "impact": shown, "top": max((max(row["first"], row["second"]) for row in shown), default=0) or 1,
        "rules": answers["rules"], "in_force": pack.revision_at(visit.now).id if pack else "", "tags": _totals(answers["counts"]),
        "cut": len(answers["decidable"]) == MOST,
    }  # fmt: skip
    return Page("policy.html", "Policy", values, _tables(answers, rows, effect, shown, (first, second)))


def _effect(visit: Visit, first: str, second: str, rows: Rows) -> Impact:
    pack = visit.facts.pack
    return impact(pack, visit.facts.settings.policy, first, second, rows) if pack else Impact()


def _tables(answers: dict[str, Rows], rows: list, effect: Impact, shown: Rows, ids: tuple[str, str]) -> dict[str, Rows]:
    first, second = ids[0] or "first", ids[1] or "second"
    decisions: list[dict[str, Any]] = [{"category": row.category, first: " / ".join(row.first), second: " / ".join(row.second)} for row in rows]
    flips = [{"category": flip.category, first: flip.first, second: flip.second, "events": flip.events} for flip in effect.flips]
    return {"rules": answers["rules"], "counts": answers["counts"], "impact": shown, "flips": flips, "diff": decisions}


def _totals(counts: Rows) -> dict[str, int]:
    found: dict[str, int] = defaultdict(int)
    for row in counts:
        found[row["revision"]] += row["tagged_events"]
    return found
