"""The texts of many events, as one: what is scanned once instead of text by text."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from streams.policy.loops import Loops, loops
from streams.policy.matches import Content
from streams.policy.ranges import Integers


class Reading:
    """All texts of some events' contents.

    `owners`, `fields`, `texts`: of each text the number of its event, its field and itself. `loops`: what reads them.
    """

    def __init__(self, contents: Sequence[Content], by: Loops | None = None) -> None:
        self.loops = by or loops()
        self.owners = [number for number, content in enumerate(contents) for _ in content]
        self.fields = [field for content in contents for field, _ in content]
        self.texts = [text for content in contents for _, text in content]

    def add(self, owner: int, field: str, text: str) -> None:
        """One more text, before any is read."""
        self.owners.append(owner)
        self.fields.append(field)
        self.texts.append(text)

    @cached_property
    def normal(self) -> bytes:
        """The normal forms of all texts, a byte 255 behind each."""
        return self.loops.normal(self.texts)

    @cached_property
    def ends(self) -> Integers:
        """The places of these bytes."""
        return np.flatnonzero(np.frombuffer(self.normal, dtype=np.uint8) == 255)
