"""More of the same meaning: each training text once more, changed in a way that real traffic is. Reproducible by a seed."""

import random
from collections.abc import Sequence

from train.corpus import Row

_FRAMES = (
    '{{"task": "{text}"}}',
    "User: {text}\nAssistant:",
    "You are a helpful assistant.\n{text}",
    "# TODO: {text}",
    "Hi,\n\n{text}\n\nThanks,\nSam",
    '{{"role": "user", "content": "{text}"}}',
    "Hypothetically: {text}",
    "please {text} thx",
    "Answer as well as you can. {text}",
)


def augmented(row: Row, others: Sequence[Row], chance: random.Random) -> str:
    """The row's text in another frame, with typos, or between ordinary sentences. `others`: ordinary rows of training."""
    text = row.text
    how = chance.random()
    if how < 0.35:
        return chance.choice(_FRAMES).format(text=text)
    if how < 0.6 and others:
        before, after = chance.choice(others).text[:240], chance.choice(others).text[:240]
        return chance.choice((f"{before}\n{text}", f"{text}\n{after}", f"{before}\n\n{text}\n\n{after}"))
    return typos(text, chance)


def mixtures(rows: Sequence[Row], chance: random.Random) -> list[Row]:
    """A third as many longer ordinary texts as there are short ones: two to five of one subject in one, as real requests run on."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        if row.is_ordinary:
            groups.setdefault(row.group, []).append(row)
    mixed = []
    for group, members in sorted(groups.items()):
        for number in range((len(members) + 2) // 3):
            parts = [chance.choice(members).text for _ in range(chance.randint(2, 5))]
            mixed.append(Row(f"{group}-mixed-{number}", group, members[0].lang, "long", {}, "", (("text", "\n".join(parts)),)))
    return mixed


def typos(text: str, chance: random.Random) -> str:
    """Small letters, and every ninth word with two neighbouring letters swapped or one missing."""
    words = text.lower().split(" ")
    for place, word in enumerate(words):
        if len(word) > 4 and chance.random() < 0.11:
            at = chance.randrange(1, len(word) - 2)
            words[place] = word[:at] + (word[at + 1] + word[at] + word[at + 2 :] if chance.random() < 0.5 else word[at + 1 :])
    return " ".join(words)
