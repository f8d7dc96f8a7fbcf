"""The report as one HTML page that loads nothing and prints on paper."""

from datetime import datetime, timedelta

from jinja2 import Environment, PackageLoader, StrictUndefined

from streams.report.figures import Figures
from streams.report.sentences import sentences, words
from streams.web.chart import Chart, Series, stacked
from streams.web.render import number, traffic

COLOURED = 7  # categories with a colour of their own; the others share one


def page(figures: Figures, made_at: datetime) -> str:
    """The whole page. Everything from traffic is escaped."""
    made = Environment(loader=PackageLoader("streams.report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    made.filters |= {"number": number, "traffic": traffic, "words": words}
    chart = by_day(figures)
    widest = max((max(each.now, each.before) for each in figures.categories), default=0)
    return made.get_template("report.html").render(
        figures=figures, period=figures.period, last=figures.period.until - timedelta(seconds=1),
        last_before=figures.period.since - timedelta(seconds=1), sentences=sentences(figures), chart=chart,
        widest=widest or 1, made_at=made_at,
    )  # fmt: skip


def by_day(figures: Figures) -> Chart:
    """Violations by day, stacked by category; the smallest categories together."""
    totals: dict[str, int] = {}
    for counts in figures.days.values():
        for category, count in counts.items():
            totals[category] = totals.get(category, 0) + count
    names = sorted(totals, key=lambda name: (-totals[name], name))
    since, until = figures.period.since.date(), (figures.period.until - timedelta(seconds=1)).date()
    days = [since + timedelta(days=at) for at in range((until - since).days + 1)]

    def values(chosen: list[str]) -> list[float]:
        return [float(sum(figures.days.get(day, {}).get(name, 0) for name in chosen)) for day in days]

    series = [Series(words(name), f"c{at}", "", values([name])) for at, name in enumerate(names[:COLOURED])]
    if others := names[COLOURED:]:
        series.append(Series("others", f"c{COLOURED}", "", values(others)))
    titles = [f"{day:%-d %b}: {int(sum(each.values[at] for each in series)):,}" for at, day in enumerate(days)]
    return stacked(series, [], titles, [""] * len(days))
