"""A Bytewax dataflow: Kafka operators, `flat_map_batch` for the step that has a batch interface, a dynamic sink.

Run with `python -m bytewax.run bench.peers.bytewax_flow`, once per process with `-i` and `-a`.
"""

import bytewax.operators as op
from bytewax.connectors.kafka import KafkaSourceMessage
from bytewax.connectors.kafka import operators as kop
from bytewax.dataflow import Dataflow
from bytewax.outputs import DynamicSink, StatelessSinkPartition

from bench.peers import job


class ClickHousePartition(StatelessSinkPartition[job.Rows]):
    """One worker's way to ClickHouse."""

    def write_batch(self, items: list[job.Rows]) -> None:
        job.insert(items)


class ClickHouseSink(DynamicSink[job.Rows]):
    """Every worker writes."""

    def build(self, step_id: str, worker_index: int, worker_count: int) -> ClickHousePartition:  # noqa: ARG002  Bytewax's interface
        return ClickHousePartition()


def judged(messages: list[KafkaSourceMessage]) -> list[job.Rows]:
    """The rows of a batch."""
    return job.rows([message.value for message in messages])


flow = Dataflow("audit")
messages = kop.input("kafka", flow, brokers=[job.BROKER], topics=[job.TOPIC], batch_size=job.ROWS)
op.inspect("errors", messages.errs).then(op.raises, "stop on errors")
op.output("clickhouse", op.flat_map_batch("judge", messages.oks, judged), ClickHouseSink())
