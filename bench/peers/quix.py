"""A Quix Streams application: a StreamingDataFrame that judges event by event, and a batching sink that writes at each checkpoint."""

from quixstreams import Application
from quixstreams.sinks.base import BatchingSink, SinkBatch

from bench.peers import job


class ClickHouseSink(BatchingSink):
    """Writes a partition's rows of one checkpoint."""

    def setup(self) -> None:
        """The connection is the job's, made at import."""

    def write(self, batch: SinkBatch) -> None:
        job.insert([item.value for item in batch])


def main() -> None:
    app = Application(
        broker_address=job.BROKER, consumer_group=f"quix-{job.DATABASE}", auto_offset_reset="earliest", commit_interval=job.SECONDS,
        state_dir=job.FOLDER, loglevel="WARNING",
    )  # fmt: skip
    events = app.dataframe(app.topic(job.TOPIC, value_deserializer="bytes"))
    events.apply(job.row).sink(ClickHouseSink())
    app.run()


if __name__ == "__main__":
    main()
