"""One event: what was found, what the policy in force said and why, what people and other runs said of it."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from streams.clickhouse.library import UsageError
from streams.history.stored import stored_events
from streams.policy.auditor import decider_for
from streams.policy.explain import Considered, Explanation, explain
from streams.web.effect import said
from streams.web.pages.visit import Page, Rows, Visit
from streams.web.policy_words import clause_text, explained, period
from streams.web.render import plain
from streams.web.reveal import Revealed

CONTEXT = ("audience", "organization_type", "declared_use_case", "safeguards", "end_user_age", "country")


async def event(visit: Visit) -> Page:
    """The page of `?organization=` and `?id=`."""
    organization, name = visit.param("organization"), visit.param("id")
    if not organization or not name:
        raise UsageError("this page needs an event: /event?organization=…&id=…")
    ask, of = visit.questions.ask, {"organization": organization, "event": name}
    contents = await ask("event", **of)
    if not contents:
        return Page("no_event.html", "No such event", {"organization": organization, "id": name}, status=404)
    row = contents[-1]
    at, around = {**of, "at": row["occurred_at"].isoformat()}, {"event": name, "around": row["occurred_at"].isoformat()}
    answers = await visit.questions.all(
        verdicts=ask("event_verdicts", **at),
        excerpts=ask("event_excerpts", **at),
        reviews=ask("event_reviews", **at),
        opinions=ask("event_opinions", **at),
        cases=ask("cases_of", **of),
        why=_why(visit, row),
        similar=ask("event_similar", similarity=row["similarity"], **around) if row["similarity"] else _none(),
    )
    current = [each for each in answers["verdicts"] if each["is_current"] and each["content_hash"] == row["content_hash"]]
    tags = await asyncio.gather(*(_tag(visit, each, answers["excerpts"], answers["reviews"]) for each in current))
    values = {
        "event": row, "tags": tags, "others": [each for each in answers["verdicts"] if each not in current], "similar": answers["similar"],
        "cases": answers["cases"], "near": _near(answers["why"]), "flips": _flips(answers["why"]), "contents": contents,
        "context": {field: row[field] for field in CONTEXT},
        "revealed": None, "reveal_error": "", "detections": [_detection(each) for each in row["detections"]],
        "opinions": [each for each in answers["opinions"] if each["content_hash"] == row["content_hash"]],
    }  # fmt: skip
    tables = {"event": contents, "verdicts": answers["verdicts"], "similar": answers["similar"], "opinions": answers["opinions"]}
    return Page("event.html", f"Event {plain(name, 60)}", values, tables)


async def _why(visit: Visit, row: Mapping[str, Any]) -> Explanation | None:
    """What would change the answer, by the pack that judged; None when that is not known here."""
    pack = await visit.facts.pack_of(row["pack_hash"])
    if pack is None:
        return None
    stored = await visit.questions.run(stored_events, row["organization_id"], row["event_id"])
    facts = next((each for each in stored if each.occurred_at == row["occurred_at"]), None)
    decider = decider_for(pack, visit.facts.settings.policy)
    return await asyncio.to_thread(lambda: explain(pack, decider, facts)) if facts else None


def _near(why: Explanation | None) -> list[Considered]:
    return why.near if why else []


def _flips(why: Explanation | None) -> list[tuple[str, str, list[str]]]:
    """(category, what its tag would be, the changes of which each would do that), the answers with the fewest ways first."""
    ways: dict[tuple[str, str], list[str]] = {}
    for flip in why.flips if why else ():
        ways.setdefault((flip.category, said(flip.after)), []).append(flip.change.replace("_", " "))
    return sorted(((*answer, changes) for answer, changes in ways.items()), key=lambda way: (len(way[2]), way[:2]))


async def _none() -> Rows:
    return []


async def _tag(visit: Visit, row: Mapping[str, Any], excerpts: Rows, reviews: Rows) -> dict[str, Any]:
    """A verdict with the clause's text, the excerpts of its rule, its reviews, and why it came to be."""
    revision = await visit.facts.revision_of(row["pack_hash"], row["revision"])
    allowance = next((each for each in revision.allowances if each.id == row["excused_by"]), None) if revision else None
    return {
        **row,
        "clause_text": clause_text(revision, row["clause"]),
        "period": period(revision) if revision else "",
        "source": revision.source if revision else "",
        "why": explained(revision, dict(row)),
        "allowance": allowance,
        "excerpts": [each for each in excerpts if each["rule"] == row["rule"] and each["content_hash"] == row["content_hash"]],
        "reviews": [each for each in reviews if each["category"] == row["category"] and each["rule"] == row["rule"]],
    }


def _detection(found: tuple) -> dict[str, Any]:
    return dict(zip(("category", "score", "rule", "rule_version", "field", "start", "end"), found, strict=True))


def with_content(page: Page, revealed: Revealed | None, problem: str) -> Page:
    """The page with the content that was revealed, or why it was not."""
    return replace(page, values={**page.values, "revealed": revealed, "reveal_error": problem})
