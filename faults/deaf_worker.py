"""A worker as it must not be: it hears of no removal, so that a replay brings removed people back."""

from streams.clickhouse import erasures

erasures.erased = lambda _client: {}
