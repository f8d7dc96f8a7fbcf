"""The texts of many events, as one: what is scanned once instead of text by text."""

from collections.abc import Sequence

import numpy as np

from streams.policy.matches import Content
from streams.policy.normal import joined


class Reading:
    """All texts of some events' contents.

    `owners`, `fields`, `texts`: of each text the number of its event, its field and itself. `normal`: their normal forms, a byte 255 behind each;
    `ends`: the places of these bytes.
    """

    def __init__(self, contents: Sequence[Content]) -> None:
        self.owners = [number for number, content in enumerate(contents) for _ in content]
        self.fields = [field for content in contents for field, _ in content]
        self.texts = [text for content in contents for _, text in content]
        self.normal = joined(self.texts)
        self.ends = np.flatnonzero(np.frombuffer(self.normal, dtype=np.uint8) == 255)
