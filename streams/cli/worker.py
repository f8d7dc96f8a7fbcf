"""`plumbline worker`: one process of the consumer group."""

import typer

PATIENCE_S = 30  # as long as a supervisor takes for a life: who is restarted for want of a part is not given up


def register(app: typer.Typer) -> None:
    app.command()(worker)


def worker() -> None:
    """Read usage events from Kafka, tag them, land them in ClickHouse. Start as many as there are machines; they share the partitions."""
    import asyncio

    from streams import logs
    from streams.clickhouse.patience import patiently
    from streams.kafka.admin import wait_for_broker
    from streams.kafka.broker import kafka_settings
    from streams.processes import spare_memory
    from streams.settings import load_settings
    from streams.store.endpoint import clickhouse_settings
    from streams.worker.run import Worker

    spare_memory()
    settings = load_settings()
    logs.configure(settings.log, part="worker")
    settings = settings.model_copy(update={"kafka": kafka_settings(settings), "clickhouse": clickhouse_settings(settings)})
    wait_for_broker(settings.kafka, PATIENCE_S)  # says why it refuses us, which Faust does not
    running = patiently(lambda: Worker(settings), PATIENCE_S)
    patiently(running.prepare, PATIENCE_S)
    asyncio.run(running.run())
