"""A table of weights by feature key: a row of small integers for each key that the model knows, a row of zeros for every other."""

import numpy as np
import numpy.typing as npt

Codes = npt.NDArray[np.uint64]
SLOT_BITS, CHECK_BITS = 20, 15
MOST_ROWS = (1 << 32 - CHECK_BITS) - 1  # row and check make 32 bits


def places(keys: Codes) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint16]]:
    """The slot of each key, and what tells it from most others that fall into the same."""
    checks = (keys >> np.uint64(64 - SLOT_BITS - CHECK_BITS)) & np.uint64((1 << CHECK_BITS) - 1)
    return (keys >> np.uint64(64 - SLOT_BITS)).astype(np.int64), checks.astype(np.uint16)


class Table:
    """`slots`, `checks`: of each row; `rows`: (rows, columns). Two keys of one slot cannot both be known: the caller keeps the better.

    Read by streams/policy/loops.
    """

    def __init__(self, slots: npt.NDArray[np.uint32], checks: npt.NDArray[np.uint16], rows: npt.NDArray[np.int8]) -> None:
        # number and check of each slot as one integer: a slot is read from memory once; row 0 is the row of zeros
        self.known = np.zeros(1 << SLOT_BITS, dtype=np.uint32)
        self.known[slots] = np.arange(1, len(slots) + 1, dtype=np.uint32) << CHECK_BITS | checks
        self.rows = np.concatenate([np.zeros((1, rows.shape[1]), dtype=np.int8), rows])

    @property
    def columns(self) -> int:
        return self.rows.shape[1]
