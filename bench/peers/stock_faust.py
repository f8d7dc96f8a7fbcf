"""A Faust agent the way Faust's documentation teaches it: one event at a time, rows inserted in batches. No part of Plumbline's stream is used."""

import sys

import faust

from bench.peers import job

app = faust.App(f"stock-{job.DATABASE}", broker=f"kafka://{job.BROKER}", web_enabled=False, datadir=job.FOLDER)
topic = app.topic(job.TOPIC, value_serializer="raw", key_serializer="raw")
waiting: list[job.Rows] = []


def flush() -> None:
    """Insert what waits."""
    job.insert(waiting)
    waiting.clear()


@app.agent(topic)
async def audit(stream: faust.Stream) -> None:
    async for value in stream:
        waiting.append(job.row(value))
        if len(waiting) >= job.ROWS:
            flush()


@app.timer(job.SECONDS)
async def flush_the_rest() -> None:
    flush()


if __name__ == "__main__":
    sys.argv = ["stock", "worker", "-l", "error", "--without-web"]
    app.main()
