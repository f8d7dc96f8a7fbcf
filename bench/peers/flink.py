"""A PyFlink Table job: Kafka's SQL connector, raw values, a vectorized function that gets Arrow batches.

Flink's sinks are written in Java, and none for ClickHouse is in Python's reach, so the function itself inserts its batch. A checkpoint waits until
the batches before it are through, so nothing is lost. What the function returns, the number of tags, goes to the sink that drops everything.
"""

import os
import sys

import pandas as pd
from pyflink.table import DataTypes, EnvironmentSettings, TableEnvironment
from pyflink.table.udf import udf

SOURCE = """
CREATE TABLE events (content BYTES) WITH (
    'connector' = 'kafka', 'topic' = '{topic}', 'properties.bootstrap.servers' = '{broker}', 'properties.group.id' = 'flink-{database}',
    'scan.startup.mode' = 'earliest-offset', 'format' = 'raw'
)
"""
SINK = "CREATE TABLE judged (tags INT) WITH ('connector' = 'blackhole')"


@udf(result_type=DataTypes.INT(), func_type="pandas")
def judge(values: pd.Series) -> pd.Series:
    """How many tags each event of the batch got; its rows are in ClickHouse."""
    from bench.peers import job  # in Flink's Python worker, not where the job is put together

    batch = job.rows(list(values))
    job.insert(batch)
    return pd.Series([len(rows.verdicts) for rows in batch], dtype="int32")


def main() -> None:
    table = TableEnvironment.create(EnvironmentSettings.in_streaming_mode())
    settings = {
        "pipeline.jars": f"file://{os.environ['CONNECTOR']}",
        "python.executable": sys.executable,
        "parallelism.default": os.environ["PROCESSES"],
        "execution.checkpointing.interval": "5s",
        "python.fn-execution.bundle.size": "1000",
        "python.fn-execution.arrow.batch.size": "1000",
        "python.fn-execution.bundle.time": "1000",
    }
    for name, value in settings.items():
        table.get_config().set(name, value)
    table.execute_sql(SOURCE.format(topic=os.environ["TOPIC"], broker=os.environ["BROKER"], database=os.environ["DATABASE"]))
    table.execute_sql(SINK)
    table.create_temporary_function("judge", judge)
    table.execute_sql("INSERT INTO judged SELECT judge(content) FROM events").wait()


if __name__ == "__main__":
    main()
