"""The texts of many events, as one: what is scanned once instead of text by text."""

from collections.abc import Sequence

import numpy as np

from streams.policy.loops import Loops, loops
from streams.policy.matches import Content


class Reading:
    """All texts of some events' contents.

    `owners`, `fields`, `texts`: of each text the number of its event, its field and itself. `normal`: their normal forms, a byte 255 behind each;
    `ends`: the places of these bytes. `loops`: what reads them.
    """

    def __init__(self, contents: Sequence[Content], by: Loops | None = None) -> None:
        self.loops = by or loops()
        self.owners = [number for number, content in enumerate(contents) for _ in content]
        self.fields = [field for content in contents for field, _ in content]
        self.texts = [text for content in contents for _, text in content]
        self.normal = self.loops.normal(self.texts)
        self.ends = np.flatnonzero(np.frombuffer(self.normal, dtype=np.uint8) == 255)
