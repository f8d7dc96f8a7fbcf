"""Review: tags that wait for a person's judgement, and how right each rule is by what was judged."""

from collections.abc import Awaitable
from datetime import timedelta
from typing import Any

from streams.web.pages.tags import with_excerpts
from streams.web.pages.visit import Page, Rows, Visit

SHOWN, PER_STRATUM = 5, 3
QUEUES = {"": "drawn at random", "second": "for a second review", "untagged": "untagged events", "newest": "newest first"}


async def review(visit: Visit) -> Page:
    """The queue (drawn at random, so that precision is unbiased, unless asked for the newest), reviews, precision per rule."""
    window, ask = visit.window, visit.questions.ask
    kind = visit.param("queue") if visit.param("queue") in QUEUES else ""
    chosen = {name: visit.param(name) for name in ("category", "rule", "outcome")}
    seed = f"{visit.reader.name} {visit.now - timedelta(hours=visit.now.hour % 4):%Y-%m-%d %H}"  # each reviewer has a draw, for a few hours
    answers = await visit.questions.all(
        queue=_queue(visit, kind, chosen, seed),
        golden=_golden(visit, kind, seed),
        untagged=ask("untagged_queue", **window.times, seed=seed, limit=PER_STRATUM) if kind == "untagged" else _none(),
        agreement=ask("review_agreement"),
        rules=ask("rules", **window.times, category=visit.param("category")),
        reviews=ask("reviews", category=visit.param("category"), limit=20),
    )
    reviewed = [row for row in answers["rules"] if row["confirmed"] + row["dismissed"]]
    queue = await with_excerpts(visit.questions, _mixed(answers["queue"], answers["golden"], seed))
    values = {
        "queue": queue, "kind": kind, "queues": QUEUES, "untagged": answers["untagged"], "agreement": answers["agreement"], "rules": reviewed,
        "reviews": answers["reviews"], "chosen": chosen,
    }  # fmt: skip
    tables = {name: answers[name] for name in ("untagged", "agreement", "rules", "reviews")}
    return Page("review.html", "Review", values, {"queue": queue, **tables})


async def _none() -> Rows:
    return []


def _queue(visit: Visit, kind: str, chosen: dict[str, str], seed: str) -> Awaitable[Rows]:
    """Tags that nobody has reviewed, or that one other reviewer has; none when what was not tagged is looked at."""
    if kind == "untagged":
        return _none()
    if kind == "second":
        return visit.questions.ask("second_queue", reviewer=visit.reader.name, seed=seed, limit=SHOWN)
    newest = "true" if kind == "newest" else "false"
    return visit.questions.ask("review_queue", **visit.window.times, **chosen, newest=newest, seed=seed, limit=SHOWN)


def _golden(visit: Visit, kind: str, seed: str) -> Awaitable[Rows]:
    """At most one golden case that this reviewer has not met yet."""
    if kind:
        return _none()
    return visit.questions.ask("second_queue", reviewer=visit.reader.name, golden="true", seed=seed, limit=1)


def _mixed(queue: Rows, golden: Rows, seed: str) -> list[dict[str, Any]]:
    """A golden case among the others, at a place that does not tell which it is. What is said of it is no random draw."""
    rows = [{**row, "drawn": "random"} for row in queue]
    known = {(row["organization_id"], row["event_id"], row["category"]) for row in queue}
    for row in golden:
        if (row["organization_id"], row["event_id"], row["category"]) not in known:
            rows.insert(sum(seed.encode()) % (len(rows) + 1), {**row, "drawn": "chosen"})
    return rows
