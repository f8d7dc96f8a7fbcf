"""From words of a normal form back to the text: where a window of the classifier stands."""

import numpy as np

from streams.policy.normal import character
from streams.policy.reading import Reading
from streams.policy.windows import Block


def span_of_words(reading: Reading, block: Block, at: int) -> tuple[str, int, int]:
    """Field and code points [start, end) of a window; of one over several texts, the part in the text that most of it is in."""
    start, end = int(block.starts[at]), int(block.ends[at])
    ends = np.append(block.texts[1:], len(block.words.starts))
    within = np.minimum(end, ends) - np.maximum(start, block.texts)
    text = int(within.argmax())
    first = int(block.texts[text])
    number = block.number + text
    return reading.fields[number], *_places(reading.texts[number], max(start, first) - first, min(end, int(ends[text])) - first)


def _places(text: str, first: int, last: int) -> tuple[int, int]:
    """Where words [first, last) of a text's normal form begin and end in it."""
    count, inside, start = -1, False, 0
    end = len(text)
    for at, letter in enumerate(text):
        plain = character(letter)
        if plain == " ":
            inside = False
            continue
        if not inside or len(plain) > 1:
            count += 1
            if count == first:
                start = at
            if count == last:
                break
        inside = len(plain) == 1
        end = at + 1
    return start, end
