"""A Faust agent with `take`, the batches of Faust's documentation: the events of a batch are judged together and inserted together.

Plumbline itself does not use `take`: it acknowledges a batch whose handling failed (docs/decisions.md). For speed it is Faust at its best.
"""

import sys

import faust

from bench.peers import job

app = faust.App(f"take-{job.DATABASE}", broker=f"kafka://{job.BROKER}", web_enabled=False, datadir=job.FOLDER)
topic = app.topic(job.TOPIC, value_serializer="raw", key_serializer="raw")


@app.agent(topic)
async def audit(stream: faust.Stream) -> None:
    async for values in stream.take(job.ROWS, within=job.SECONDS):
        job.insert(job.rows(values))


if __name__ == "__main__":
    sys.argv = ["take", "worker", "-l", "error", "--without-web"]
    app.main()
