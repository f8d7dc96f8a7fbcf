"""Coverage and health: what was read and what became of it, so that zero never hides "not looking"."""

from streams.web.chart import Series, stacked
from streams.web.pages.visit import Page, Visit
from streams.web.render import iso, link, number

LAYERS = (("landed", "Landed", "flow-landed"), ("filtered", "Set aside on purpose", "flow-filtered"), ("dead_lettered", "Dead-lettered", "flow-dead"))


async def pipeline(visit: Visit) -> Page:
    """The flow over time, dead letters by reason, partitions, conflicts, runs."""
    window, ask = visit.window, visit.questions.ask
    answers = await visit.questions.all(
        health=ask("pipeline", **window.times),
        flow=ask("flow", **window.times, width_s=window.width_s),
        reasons=ask("dead_letters_by_reason", **window.times),
        letters=ask("dead_letters_list", since_s=int((window.until - window.since).total_seconds()), limit=20),
        partitions=ask("partitions"),
        conflicts=ask("conflicts"),
        runs=ask("runs"),
        coverage=ask("coverage", **window.times),
        lag=visit.facts.lag(),
    )
    tagged, seen = (sum(row[name] for row in answers["coverage"]) for name in ("tagged", "seen"))
    values = {
        **{name: answers[name] for name in ("reasons", "letters", "partitions", "conflicts", "runs", "lag")},
        "health": answers["health"][0], "chart": _chart(visit, answers["flow"]), "tagged": tagged, "events": seen,
    }  # fmt: skip
    tables = {name: answers[name] for name in ("flow", "reasons", "letters", "partitions", "conflicts", "runs", "coverage")}
    return Page("pipeline.html", "Pipeline", values, tables)


def _chart(visit: Visit, flow: list) -> object:
    slots = visit.window.slots
    counts = {name: [0] * len(slots) for name, _, _ in LAYERS}
    for row in flow:
        for name, values in counts.items():
            if 0 <= row["slot"] < len(slots):
                values[row["slot"]] += row[name]
    ends = [*slots[1:], visit.window.until]
    titles = [
        "\n".join([f"{slot:%a %d %b, %H:%M} UTC", *(f"{title}: {number(counts[name][index])}" for name, title, _ in LAYERS)])
        for index, slot in enumerate(slots)
    ]
    hrefs = [link("/pipeline", since=iso(start), until=iso(end)) for start, end in zip(slots, ends, strict=True)]
    return stacked([Series(title, css, "", counts[name]) for name, title, css in LAYERS], [], titles, hrefs)
