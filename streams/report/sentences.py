"""What a manager reads: what rose, what fell, what the policy change did. Each sentence rests on figures that the report shows."""

from collections.abc import Iterator, Mapping

from streams.report.figures import Category, Figures, PolicyEffect

SURPRISING = 3.0  # standard deviations: less is what chance does now and then in a dozen categories
FEWEST = 10  # violations in either period for a category to be spoken of
NAMED = 4
LEAST_REVIEWED = 5


def sentences(figures: Figures) -> list[str]:
    """All of them, in the order of reading."""
    return [*_coverage(figures), *_moved(figures), *_newcomers(figures), *_policy(figures), *_reviews(figures), *_alerts(figures)]


def rising(figures: Figures) -> list[Category]:
    """Categories whose rate rose by more than chance explains, the clearest first."""
    return sorted((each for each in figures.categories if _is_told(each) and each.surprise >= SURPRISING), key=lambda each: -each.surprise)


def falling(figures: Figures) -> list[Category]:
    """Those whose rate fell."""
    return sorted((each for each in figures.categories if _is_told(each) and each.surprise <= -SURPRISING), key=lambda each: each.surprise)


def _is_told(each: Category) -> bool:
    return max(each.now, each.before) >= FEWEST


def _coverage(figures: Figures) -> Iterator[str]:
    if not figures.seen:
        yield "No event was seen: nobody sent any, or nobody looked. Nothing below says anything about use."
        return
    share = f"{figures.tagged / figures.seen:.1%}"
    yield f"{figures.seen:,} events were seen ({figures.seen_before:,} in the period before); {share} of them were tagged."
    if figures.dead_letters:
        yield f"{figures.dead_letters:,} inputs could not be read and are counted nowhere else."
    if not figures.seen_before:
        yield "The period before has no events, so nothing can be said to have risen or fallen."
    if figures.gaps:
        hours = f"{len(figures.gaps)} hours" if len(figures.gaps) > 1 else "one hour"
        yield f"In {hours} far fewer events came than usual; counts may be too low there."


def _moved(figures: Figures) -> Iterator[str]:
    if not figures.seen or not figures.seen_before:
        return
    for verb, found in (("rose", rising(figures)), ("fell", falling(figures))):
        yield from (_movement(verb, each) for each in found[:NAMED])
        if not found:
            yield f"No category {verb} by more than chance explains."


def _movement(verb: str, each: Category) -> str:
    rates = f"from {each.rate_before:.2f} to {each.rate:.2f} per thousand events"
    return f"Violations of {words(each.category)} {verb} from {each.before:,} to {each.now:,}: {rates}."


def _newcomers(figures: Figures) -> Iterator[str]:
    if figures.newcomers:
        first = figures.newcomers[0]
        names = len({row["organization_id"] for row in figures.newcomers})
        who = (
            "One organization was"
            if names == 1
            else f"{names} organizations or more were"
            if len(figures.newcomers) >= 10
            else f"{names} organizations were"
        )
        yield f"{who} new in a category; the most violations among them, {first['tagged_events']:,}, are of {words(first['category'])}."


def _policy(figures: Figures) -> Iterator[str]:
    effect = figures.effect
    if effect is None:
        yield "One policy revision has been in force for all time, so there is no change to tell of."
        return
    within = effect.since is not None and figures.period.since <= effect.since < figures.period.until
    began = f"{effect.since:%-d %B %Y}" if effect.since else "the beginning"
    yield (
        f"Policy revision {effect.revision} came into force on {began}."
        if within
        else f"Policy revision {effect.revision} has been in force since {began}."
    )
    yield _difference(effect)


def _difference(effect: PolicyEffect) -> str:
    if not effect.changed:
        return f"Its predecessor {effect.predecessor} would have judged all {effect.events:,} events of the period alike."
    parts = [f"{_total(counts):,} {what} (most in {_most(counts)})" for what, counts in _kinds(effect) if counts]
    told = f": {'; '.join(parts)}" if parts else ", all in outcome or severity"
    return f"Against its predecessor {effect.predecessor} it judges {effect.changed:,} of {effect.events:,} events otherwise{told}."


def _kinds(effect: PolicyEffect) -> tuple[tuple[str, Mapping[str, int]], ...]:
    return ("new tags", effect.newly), ("tags gone", effect.cleared)


def _reviews(figures: Figures) -> Iterator[str]:
    reviewed, confirmed = (sum(row[name] for row in figures.precision) for name in ("reviewed", "confirmed"))
    if not reviewed:
        yield "No tag has been reviewed: how many are right is not known."
        return
    yield f"Of {reviewed:,} reviewed tags {confirmed / reviewed:.0%} were confirmed."
    weak = [row for row in figures.precision if row["reviewed"] >= LEAST_REVIEWED]
    if weak:
        worst = min(weak, key=lambda row: row["precision"])
        yield f"The rule least often right is {worst['rule']}: {worst['precision']:.0%} of {worst['reviewed']:,} reviewed."


def _alerts(figures: Figures) -> Iterator[str]:
    alerts, still_open = (sum(row[name] for row in figures.alerts) for name in ("alerts", "still_open"))
    if alerts:
        yield f"{alerts:,} alerts were opened; {still_open:,} of them wait for somebody."


def _total(counts: Mapping[str, int]) -> int:
    return sum(counts.values())


def _most(counts: Mapping[str, int]) -> str:
    return words(max(counts, key=lambda name: (counts[name], name)))


def words(name: str) -> str:
    """A category's id as words."""
    return name.replace("_", " ")
