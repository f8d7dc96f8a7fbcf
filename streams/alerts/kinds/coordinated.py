"""Nearly the same text from several senders: texts are joined when their similarity hashes differ in few bits, then counted in a sliding window."""

from collections import Counter, deque
from collections.abc import Iterator, Sequence

import numpy as np

from schemas.alert_rules import AlertRuleFile, Coordinated, span_seconds
from streams.alerts.facts import Facts, Range, Text
from streams.alerts.firing import Firing

BANDS = 4  # of 16 bits: two hashes that differ in at most 3 bits agree in one of them
MOST_IN_BAND = 2_000  # of one band, compared each with each; beyond, each with the first ones
MOST_LIKENESS = 200


def coordinated(rule: AlertRuleFile, facts: Facts, span: Range) -> list[Firing]:
    """Where it fires: one firing per campaign."""
    when = rule.when
    fired = []
    for category, texts in facts.once("texts by category", lambda: _by_category(facts.texts)).items():
        if when.categories and category not in when.categories:
            continue
        for cluster in facts.once(("clusters", category, when.max_distance), lambda texts=texts: clusters(texts, when.max_distance)):
            if len(cluster) >= when.at_least:
                fired += list(_firings(rule, when, cluster, span))
    return fired


def _by_category(texts: Sequence[Text]) -> dict[str, list[Text]]:
    found: dict[str, list[Text]] = {}
    for text in texts:
        found.setdefault(text.category, []).append(text)
    return dict(sorted(found.items()))


def clusters(texts: Sequence[Text], max_distance: int) -> list[list[Text]]:
    """Texts that are linked by steps of at most so many bits, in order of time; alone-standing ones left out."""
    hashes = np.unique(np.fromiter((text.similarity for text in texts), np.uint64, len(texts)))
    parent = list(range(len(hashes)))

    def root(number: int) -> int:
        while parent[number] != number:
            parent[number] = parent[parent[number]]
            number = parent[number]
        return number

    for left, right in _near(hashes, max_distance):
        parent[root(left)] = root(right)
    members: dict[int, list[Text]] = {}
    roots = dict(zip(hashes.tolist(), map(root, range(len(hashes))), strict=True))
    for text in sorted(texts, key=lambda text: (text.at, text.similarity)):
        members.setdefault(roots[text.similarity], []).append(text)
    return [cluster for cluster in members.values() if len(cluster) > 1]


def _near(hashes: np.ndarray, max_distance: int) -> Iterator[tuple[int, int]]:
    """Pairs of numbers of hashes that differ in at most so many bits."""
    for band in range(BANDS):
        part = (hashes >> np.uint64(16 * band)) & np.uint64(0xFFFF)
        order = np.argsort(part, kind="stable")
        edges = np.flatnonzero(np.diff(part[order])) + 1
        for same in np.split(order, edges):
            if len(same) < 2:
                continue
            against = same[:MOST_IN_BAND]
            distance = np.bitwise_count(hashes[same][:, None] ^ hashes[against][None, :])
            for row, column in np.argwhere(distance <= max_distance):
                if same[row] > against[column]:
                    yield int(same[row]), int(against[column])


def _firings(rule: AlertRuleFile, when: Coordinated, cluster: Sequence[Text], span: Range) -> Iterator[Firing]:
    window, gap = span_seconds(when.window), span_seconds(rule.cooldown)
    recent: deque[Text] = deque()
    senders: Counter[object] = Counter()
    part: list[Text] = []  # the texts of the run that is being collected
    most, ended = 0, 0
    for text in cluster:
        recent.append(text)
        senders[_sender(text, when)] += 1
        while recent[0].at <= text.at - window:
            gone = _sender(recent.popleft(), when)
            senders[gone] -= 1
            if not senders[gone]:
                del senders[gone]
        if len(senders) < when.least_senders or len(recent) < when.at_least:
            continue
        if part and text.at - ended > gap:
            yield from _of(rule, when, part, most, ended, span)
            part, most = [], 0
        part = [*recent] if not part else [*part, *(each for each in recent if each.at > ended)]
        most, ended = max(most, len(senders)), text.at
    if part:
        yield from _of(rule, when, part, most, ended, span)


def _of(rule: AlertRuleFile, when: Coordinated, part: Sequence[Text], senders: int, ended: int, span: Range) -> Iterator[Firing]:
    if ended + 1 <= span.since:
        return
    organizations = tuple(sorted({text.organization for text in part}))
    likeness = tuple(dict.fromkeys(text.similarity for text in part))[:MOST_LIKENESS]
    group = {"category": part[0].category}
    start, end = part[0].at, ended + 1
    yield Firing(rule, group, start, end, float(senders), float(when.least_senders), start, end, organizations, likeness)


def _sender(text: Text, when: Coordinated) -> object:
    return text.organization if when.senders == "organization" else (text.organization, text.api_key)
