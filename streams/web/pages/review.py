"""Review: tags that wait for a person's judgement, and how right each rule is by what was judged."""

from datetime import timedelta

from streams.web.pages.tags import with_excerpts
from streams.web.pages.visit import Page, Visit

SHOWN = 5


async def review(visit: Visit) -> Page:
    """The queue (drawn at random, so that precision is unbiased, unless asked for the newest), reviews, precision per rule."""
    window, ask = visit.window, visit.questions.ask
    newest = visit.param("queue") == "newest"
    chosen = {name: visit.param(name) for name in ("category", "rule", "outcome")}
    seed = f"{visit.reader.name} {visit.now - timedelta(hours=visit.now.hour % 4):%Y-%m-%d %H}"  # each reviewer has a draw, for a few hours
    answers = await visit.questions.all(
        queue=ask("review_queue", **window.times, **chosen, newest="true" if newest else "false", seed=seed, limit=SHOWN),
        rules=ask("rules", **window.times, category=visit.param("category")),
        reviews=ask("reviews", category=visit.param("category"), limit=20),
    )
    reviewed = [row for row in answers["rules"] if row["confirmed"] + row["dismissed"]]
    queue = await with_excerpts(visit.questions, answers["queue"])
    values = {"queue": queue, "newest": newest, "rules": reviewed, "reviews": answers["reviews"], "chosen": chosen}
    return Page("review.html", "Review", values, {"queue": queue, "rules": answers["rules"], "reviews": answers["reviews"]})
