"""Files into Kafka: rows of JSON lines or Parquet, sent by the producer, acknowledged, and resumable."""

from streams.imports.rows import Row
from streams.imports.sending import Destination, Sent, send_rows

__all__ = ["Destination", "Row", "Sent", "send_rows"]
