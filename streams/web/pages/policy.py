"""The policy: its revisions on a line of time, what two of them say differently and what that did, and the rules with their hits."""

from collections import defaultdict

from streams.web.pages.visit import Page, Rows, Visit
from streams.web.policy_words import decision, diff, period


async def policy(visit: Visit) -> Page:
    """Revisions of the pack in use, the diff of `?from=` and `?to=`, rules of the period."""
    answers = await visit.questions.all(counts=visit.questions.ask("revision_counts"), rules=visit.questions.ask("rules", **visit.window.times))
    pack = visit.facts.pack
    revisions = list(pack.revisions) if pack else []
    ids = [each.id for each in revisions]
    first, second = visit.param("from", ids[-2] if len(ids) > 1 else ""), visit.param("to", ids[-1] if ids else "")
    if ids and not {first, second} <= {*ids, ""}:
        raise ValueError(f"there is no such revision; there are: {', '.join(ids)}")
    chosen = [each for name in (first, second) for each in revisions if each.id == name]
    rows = diff(chosen[0], chosen[1], list(visit.facts.categories)) if len(chosen) == 2 else []
    rates = _rates(answers["counts"])
    impact = [
        {"category": row.category, "first": rates[first, row.category], "second": rates[second, row.category]}
        for row in rows
        if rates[first, row.category] or rates[second, row.category]
    ]
    top = max((max(row["first"], row["second"]) for row in impact), default=0) or 1
    values = {
        "pack": pack, "revisions": revisions, "period": period, "decision": decision, "first": first, "second": second, "diff": rows,
        "impact": sorted(impact, key=lambda row: -abs(row["second"] - row["first"])), "top": top, "rules": answers["rules"],
        "in_force": pack.revision_at(visit.now).id if pack else "", "tags": _totals(answers["counts"]),
    }  # fmt: skip
    tables = {
        "rules": answers["rules"], "counts": answers["counts"], "impact": impact,
        "diff": [{"category": row.category, first or "first": " / ".join(row.first), second or "second": " / ".join(row.second)} for row in rows],
    }  # fmt: skip
    return Page("policy.html", "Policy", values, tables)


def _rates(counts: Rows) -> dict[tuple[str, str], float]:
    """(revision, category) -> tags per day of its activity under that revision, excused ones aside."""
    found: dict[tuple[str, str], float] = defaultdict(float)
    for row in counts:
        if row["outcome"] != "excused":
            found[row["revision"], row["category"]] += row["tagged_events"] / row["active_days"]
    return found


def _totals(counts: Rows) -> dict[str, int]:
    found: dict[str, int] = defaultdict(int)
    for row in counts:
        found[row["revision"]] += row["tagged_events"]
    return found
