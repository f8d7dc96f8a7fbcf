"""The topics of each category: concepts chosen by hand, and words that the corpus shows to cover what those miss."""

from collections import Counter
from collections.abc import Mapping, Sequence

from streams.policy.concepts import Lexicon
from streams.policy.features import plain
from train.corpus import Row

TOPICS: Mapping[str, list[str]] = {
    "biometric_inference": ["trait"],
    "cyber_compromise": ["hack"],
    "election_interference": ["election", "vote", "polling"],
    "election_misinformation": ["election", "vote", "polling"],
    "emotion_recognition": ["emotion"],
    "government_censorship": ["censor"],
    "high_risk_healthcare": ["patient", "dose", "illness", "medical_decision"],
    "high_risk_legal": ["legal_matter", "legal_advice"],
    "law_enforcement": ["police", "police_self", "suspect"],
    "minors": ["minor_self", "minor_product"],
    "political_campaigning": ["election", "vote", "candidate", "party", "campaign"],
    "political_lobbying": ["official", "bill", "lobby"],
    "privacy_tracking": ["whereabouts", "dossier", "deanonymize", "not_own"],
}
MOST_WORDS, LEAST_LETTERS, ORDINARY_COST = 150, 4, 1.0


def topic_words(rows: Sequence[Row], lexicon: Lexicon) -> dict[str, list[str]]:
    """For each category words that the uncovered violations of at least two subjects share and few ordinary texts have."""
    numbers = {name: number for number, name in enumerate(lexicon.names)}
    texts = [plain(row.text) for row in rows]
    words = [{word for word in text.split() if len(word) >= LEAST_LETTERS and word.isalpha()} for text in texts]
    named = [set(lexicon.concepts(text)) for text in texts]
    ordinary = Counter(word for row, own in zip(rows, words, strict=True) if row.is_ordinary for word in own)
    chosen = {}
    for category, concepts in TOPICS.items():
        wanted = {numbers[name] for name in concepts}
        left = [(rows[at].group, words[at]) for at in range(len(rows)) if category in rows[at].labels and named[at].isdisjoint(wanted)]
        chosen[category] = _cover(left, ordinary)
    return chosen


def _cover(left: list[tuple[str, set[str]]], ordinary: Counter[str]) -> list[str]:
    found: list[str] = []
    while left and len(found) < MOST_WORDS:
        groups: dict[str, set[str]] = {}
        for group, words in left:
            for word in words:
                groups.setdefault(word, set()).add(group)
        gain = {word: len(each) / (1 + ORDINARY_COST * ordinary[word]) for word, each in groups.items() if len(each) > 1}
        best = min(gain, key=lambda word: (-gain[word], word), default="")
        if not best or gain[best] < 0.5:
            break
        found.append(best)
        left = [(group, words) for group, words in left if best not in words]
    return sorted(found)
