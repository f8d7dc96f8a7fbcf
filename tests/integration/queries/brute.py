"""The queries of the library once more, in plain Python over all rows: slow, and simple enough to be seen to be right."""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from itertools import combinations
from typing import Any, NamedTuple

from rounding import rounded

Row = dict[str, Any]
SEVERITIES = ("low", "medium", "high", "critical")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Facts(NamedTuple):
    """Everything that landed, each event, tag and dead letter once; tags of the current run only."""

    events: list[Row]
    tags: list[Row]
    reviews: list[Row]
    letters: list[Row]
    since: datetime
    until: datetime

    def within(self, rows: Iterable[Row], name: str = "occurred_at", since: datetime | None = None) -> list[Row]:
        """Rows of the range; its start is taken at the whole hour, as the queries do."""
        return [row for row in rows if hour(since or self.since) <= row[name] < self.until]

    def violations(self) -> list[Row]:
        return [tag for tag in self.within(self.tags) if tag["outcome"] == "violation"]


def hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def distinct(rows: Iterable[Row], *columns: str) -> int:
    return len({tuple(row[column] for column in columns) for row in rows})


def grouped(rows: Iterable[Row], *columns: str) -> dict[tuple, list[Row]]:
    groups: dict[tuple, list[Row]] = defaultdict(list)
    for row in rows:
        groups[tuple(row[column] for column in columns)].append(row)
    return groups


def counted(rows: Iterable[Row]) -> int:
    """Events."""
    return distinct(rows, "organization_id", "event_id")


def tagged(rows: Iterable[Row]) -> int:
    """Events per category, added up."""
    return distinct(rows, "organization_id", "event_id", "category")


def worst(rows: Iterable[Row]) -> str:
    return SEVERITIES[max(SEVERITIES.index(row["severity"]) for row in rows)]


def wilson(hits: int, of: int) -> tuple[float, float]:
    z, p = 1.959964, hits / of
    middle, half = p + z * z / (2 * of), z * math.sqrt(p * (1 - p) / of + z * z / (4 * of * of))
    return (middle - half) / (1 + z * z / of), (middle + half) / (1 + z * z / of)


def outcome_mix(facts: Facts) -> set[tuple]:
    tags = facts.within(facts.tags)
    by_category = {key: counted_in_hours(rows) for key, rows in grouped(tags, "category").items()}
    return {
        (
            category,
            outcome,
            counted_in_hours(rows),
            rounded(counted_in_hours(rows) / by_category[category,], 4),
            distinct(rows, "organization_id"),
            worst(rows),
        )
        for (category, outcome), rows in grouped(tags, "category", "outcome").items()
    }


def counted_in_hours(rows: Iterable[Row]) -> int:
    """Events per group of a signal: what adding up the rows of audit_signals_hour counts."""
    return distinct(rows, "organization_id", "event_id", "outcome", "severity", "country", "model", "revision")


def signals_by_category(facts: Facts) -> set[tuple]:
    tags = [tag | {"time": hour(tag["occurred_at"])} for tag in facts.within(facts.tags)]
    return {
        (*key, counted_in_hours(rows), distinct(rows, "organization_id"), rounded(max(row["score"] for row in rows), 4))
        for key, rows in grouped(tags, "time", "category", "outcome").items()
    }


def top_organizations(facts: Facts) -> set[tuple]:
    seen = {key: counted(rows) for key, rows in grouped(facts.within(facts.events), "organization_id").items()}
    return {
        (organization, tagged(rows), rounded(tagged(rows) / seen[organization,], 4), tuple(sorted({row["category"] for row in rows})), worst(rows))
        for (organization,), rows in grouped(facts.violations(), "organization_id").items()
    }


def new_organizations(facts: Facts) -> set[tuple]:
    found = set()
    for key, rows in grouped((tag for tag in facts.tags if tag["outcome"] == "violation"), "category", "organization_id").items():
        first = min(row["occurred_at"] for row in rows)
        if facts.since <= first < facts.until:
            found.add((*key, first, max(row["occurred_at"] for row in rows), tagged(rows), worst(rows)))
    return found


def repeat_users(facts: Facts) -> set[tuple]:
    tags = [tag for tag in facts.violations() if tag["user_hash"] and tag["occurred_at"] >= facts.since]
    found = set()
    for key, rows in grouped(tags, "organization_id", "user_hash").items():
        days = {row["occurred_at"].date() for row in rows}
        if len(days) >= 2:
            found.add((*key, counted(rows), len(days), tuple(sorted({row["category"] for row in rows})), worst(rows)))
    return found


def coverage(facts: Facts) -> set[tuple]:
    seen = Counter(hour(row["occurred_at"]) for row in facts.within(facts.events))
    with_tags = {
        at: counted(rows) for (at,), rows in grouped([tag | {"at": hour(tag["occurred_at"])} for tag in facts.within(facts.tags)], "at").items()
    }
    letters = Counter(hour(row["received_at"]) for row in facts.within(facts.letters, "received_at"))
    return {
        (at, seen[at], with_tags.get(at, 0), letters[at], rounded(with_tags.get(at, 0) / max(seen[at], 1), 4)) for at in {*seen, *with_tags, *letters}
    }


def dead_letters_by_reason(facts: Facts) -> set[tuple]:
    letters = [row for row in facts.letters if facts.since <= row["rejected_at"] < facts.until]
    return {(*key, len(rows), sum(row["original_bytes"] for row in rows)) for key, rows in grouped(letters, "topic", "reason").items()}


def violation_rate(facts: Facts) -> set[tuple]:
    seen = counted(facts.within(facts.events))
    found = set()
    for (category,), rows in grouped(facts.violations(), "category").items():
        low, high = wilson(counted(rows), seen)
        found.add((category, counted(rows), seen, rounded(1000 * counted(rows) / seen, 3), rounded(1000 * low, 3), rounded(1000 * high, 3)))
    return found


def prevalence(facts: Facts) -> set[tuple]:
    seen, found = counted(facts.within(facts.events)), set()
    samples = grouped((each for each in facts.reviews if each["drawn"] == "random" and each["outcome"] == "violation"), "category")
    for (category,), rows in grouped(facts.violations(), "category").items():
        sample = samples.get((category,), [])
        right = sum(each["decision"] == "confirmed" for each in sample)
        numbers: tuple = (None,) * 4
        if sample:
            rate, (low, high) = 1000 * counted(rows) / seen, wilson(right, len(sample))
            numbers = (rounded(right / len(sample), 4), *(rounded(rate * each, 3) for each in (right / len(sample), low, high)))
        found.add((category, counted(rows), seen, len(sample), right, *numbers))
    return found


def declared_against_observed(facts: Facts) -> set[tuple]:
    seen = {key: counted(rows) for key, rows in grouped(facts.within(facts.events), "declared_use_case").items()}
    tags, everything = facts.violations(), counted(facts.within(facts.events))
    by_category: Counter[str] = Counter()
    groups = grouped(tags, "declared_use_case", "category")
    for (_, category), rows in groups.items():
        by_category[category] += counted(rows)
    return {
        (use or "not declared", category, counted(rows), seen[use,], rounded(1000 * counted(rows) / seen[use,], 3),
         rounded(counted(rows) / seen[use,] / (by_category[category] / everything), 2))
        for (use, category), rows in groups.items()
    }  # fmt: skip


def excused_by_allowance(facts: Facts) -> set[tuple]:
    tags = facts.within(facts.tags)
    in_category = {key: counted(rows) for key, rows in grouped(tags, "category").items()}
    excused = grouped((tag for tag in tags if tag["outcome"] == "excused"), "category", "excused_by")
    return {
        (*key, counted(rows), in_category[key[0],], rounded(counted(rows) / in_category[key[0],], 4), distinct(rows, "organization_id"))
        for key, rows in excused.items()
    }


def missing_safeguards(facts: Facts) -> set[tuple]:
    tags = [tag | {"safeguard": each} for tag in facts.within(facts.tags) for each in tag["missing_safeguards"]]
    return {(*key, counted(rows), distinct(rows, "organization_id")) for key, rows in grouped(tags, "category", "safeguard").items()}


def late_arrivals(facts: Facts) -> set[tuple]:
    found = set()
    for (source,), rows in grouped(facts.within(facts.events), "source").items():
        late = [(row["received_at"] - row["occurred_at"]).total_seconds() for row in rows]
        found.add((source, len(rows), sum(each > 3_600 for each in late), sum(each > 86_400 for each in late)))
    return found


def co_occurring_categories(facts: Facts) -> set[tuple]:
    events = [{tag["category"] for tag in rows} for rows in grouped(facts.within(facts.tags), "organization_id", "event_id").values()]
    alone = Counter(category for categories in events for category in categories)
    both = Counter(pair for categories in events for pair in combinations(sorted(categories), 2))
    return {(a, b, n, alone[a], alone[b], rounded(n / (alone[a] + alone[b] - n), 4)) for (a, b), n in both.items()}


def rule_precision(facts: Facts) -> set[tuple]:
    found = set()
    for key, rows in grouped(facts.reviews, "category", "rule", "rule_version").items():
        right = sum(row["decision"] == "confirmed" for row in rows)
        low, high = wilson(right, len(rows))
        differ, random = sum(row["disputed"] for row in rows), sum(row["drawn"] == "random" for row in rows)
        found.add((*key, len(rows), right, differ, random, rounded(right / len(rows), 4), rounded(low, 4), rounded(high, 4)))
    return found


def rule_cost(facts: Facts) -> set[tuple]:
    tags = facts.within(facts.tags)
    rules = {key: {row["rule"] for row in rows} for key, rows in grouped(tags, "organization_id", "event_id").items()}
    days, found = (facts.until - facts.since) / DAY, set()
    for key, rows in grouped(tags, "category", "rule", "rule_version").items():
        alone = counted(row for row in rows if len(rules[row["organization_id"], row["event_id"]]) == 1)
        reviews = [each for each in facts.reviews if (each["rule"], each["rule_version"]) == key[1:]]
        right = sum(each["decision"] == "confirmed" for each in reviews)
        reads = rounded(len(reviews) / right, 2) if right else None
        found.add((*key, counted(rows), rounded(counted(rows) / days, 2), alone, distinct(rows, "organization_id"), len(reviews), reads))
    return found


def coverage_gaps(facts: Facts) -> set[tuple]:
    seen, found = Counter(hour(row["occurred_at"]) for row in facts.events), set()
    at = hour(facts.since)
    while at < hour(facts.until):
        usual = rounded(sum(seen[at - day * DAY] for day in range(1, 8)) / 7, 1)
        if usual >= 10 and seen[at] < usual * 0.1:
            found.add((at, seen[at], usual))
        at += HOUR
    return found


def user_concentration(facts: Facts) -> set[tuple]:
    found = set()
    for key, rows in grouped(facts.violations(), "organization_id", "category").items():
        users = [counted(each) for each in grouped(rows, "user_hash").values()]
        if sum(users) >= 5:
            found.add((*key, sum(users), len(users), max(users), rounded(max(users) / sum(users), 4)))
    return found


def week_over_week(facts: Facts) -> set[tuple]:
    monday = facts.until.date() - timedelta(days=facts.until.weekday())
    tags = [
        tag | {"week": tag["occurred_at"].date() - timedelta(days=tag["occurred_at"].weekday())}
        for tag in facts.tags
        if tag["outcome"] == "violation" and tag["occurred_at"] < facts.until
    ]
    counts = {key: counted(rows) for key, rows in grouped(tags, "week", "category").items() if key[0] >= monday - timedelta(weeks=8)}
    return {(week, category, n, counts.get((week - timedelta(weeks=1), category), 0)) for (week, category), n in counts.items()}


# Query -> the same in Python, and the columns that it gives.
BRUTE: dict[str, tuple[Callable[[Facts], set[tuple]], str]] = {
    "outcome_mix": (outcome_mix, "category outcome tagged_events share organizations worst_severity"),
    "signals_by_category": (signals_by_category, "time category outcome tagged_events organizations highest_score"),
    "top_organizations": (top_organizations, "organization_id tagged_events tags_per_event categories worst_severity"),
    "new_organizations": (new_organizations, "category organization_id first_seen last_seen tagged_events worst_severity"),
    "repeat_users": (repeat_users, "organization_id user_hash tagged_events active_days categories worst_severity"),
    "coverage": (coverage, "hour seen tagged dead_lettered tagged_share"),
    "dead_letters_by_reason": (dead_letters_by_reason, "topic reason letters bytes"),
    "violation_rate": (violation_rate, "category tagged_events all_events per_thousand low high"),
    "prevalence": (prevalence, "category tagged_events all_events reviewed confirmed precision per_thousand low high"),
    "declared_against_observed": (declared_against_observed, "declared_use category tagged_events all_events per_thousand lift"),
    "excused_by_allowance": (excused_by_allowance, "category allowance excused_events tagged_events share_of_category organizations"),
    "missing_safeguards": (missing_safeguards, "category safeguard tagged_events organizations"),
    "late_arrivals": (late_arrivals, "source all_events over_an_hour over_a_day"),
    "co_occurring_categories": (co_occurring_categories, "category with_category both_events category_events with_events overlap"),
    "rule_precision": (rule_precision, "category rule rule_version reviewed confirmed reviewers_differ drawn_at_random precision low high"),
    "rule_cost": (rule_cost, "category rule rule_version tagged_events per_day alone organizations reviewed reads_per_right_one"),
    "coverage_gaps": (coverage_gaps, "hour seen usual"),
    "user_concentration": (user_concentration, "organization_id category tagged_events users most_of_one_user share_of_one_user"),
    "week_over_week": (week_over_week, "week category tagged_events week_before"),
}
