"""A known-wrong worker that can be held: it does not look whether another run became current while it landed. A retag misses what it held."""

from faults import held_worker  # noqa: F401  the same hold
from streams.worker.pipeline import Work

Work.overtaken = lambda _work, _spans: False
