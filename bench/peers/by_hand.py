"""aiokafka and nothing else: read a batch, judge it, insert it, commit. What an engineer writes in an afternoon, at least once delivery included."""

import asyncio

from aiokafka import AIOKafkaConsumer

from bench.peers import job


async def main() -> None:
    consumer = AIOKafkaConsumer(
        job.TOPIC, bootstrap_servers=job.BROKER, group_id=f"hand-{job.DATABASE}", auto_offset_reset="earliest", enable_auto_commit=False
    )
    await consumer.start()
    try:
        while True:
            records = await consumer.getmany(timeout_ms=int(job.SECONDS * 1_000), max_records=job.ROWS)
            if values := [record.value for batch in records.values() for record in batch]:
                job.insert(job.rows(values))
                await consumer.commit()
    finally:
        await consumer.stop()


if __name__ == "__main__":
    asyncio.run(main())
