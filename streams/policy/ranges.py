"""Ranges of integers as arrays: what would be a loop over lists of different lengths."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]


def ranges(starts: Integers, sizes: Integers) -> tuple[Integers, Integers]:
    """For each of several ranges its number, repeated, and the integers in it.

    >>> [each.tolist() for each in ranges(np.array([5, 9]), np.array([2, 1]))]
    [[0, 0, 1], [5, 6, 9]]
    """
    number = np.repeat(np.arange(len(starts)), sizes)
    return number, np.arange(len(number)) - np.repeat(np.cumsum(sizes) - sizes, sizes) + np.repeat(starts, sizes)


class Lists:
    """Lists of integers by number: of each where its `members` start among all, and how many there are."""

    def __init__(self, lists: Sequence[Sequence[int]]) -> None:
        self.sizes = np.array([len(each) for each in lists], dtype=np.int64)
        self.starts = np.cumsum(self.sizes) - self.sizes
        self.members = np.array([member for each in lists for member in each], dtype=np.int64)

    def of(self, numbers: Integers) -> tuple[Integers, Integers]:
        """The members of the lists with these numbers, one list after another, each with the place that its list's number has in `numbers`."""
        place, at = ranges(self.starts[numbers], self.sizes[numbers])
        return place, self.members[at]
