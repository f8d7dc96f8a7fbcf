"""A known-wrong worker: it takes an insert that failed, or that was not answered in time, for done. The campaign must find that it loses data."""

from contextlib import suppress

import pyarrow as pa

from streams.errors import PlumblineError
from streams.worker import run
from streams.worker.lander import Lander


class HastyLander(Lander):
    def _insert(self, name: str, table: pa.Table) -> None:
        with suppress(PlumblineError):
            super()._insert(name, table)


run.Lander = HastyLander
