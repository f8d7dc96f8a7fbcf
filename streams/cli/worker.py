"""`plumbline worker`: one process of the consumer group."""

import typer


def register(app: typer.Typer) -> None:
    app.command()(worker)


def worker() -> None:
    """Read usage events from Kafka, tag them, land them in ClickHouse. Start as many as there are machines; they share the partitions."""
    import asyncio

    from streams import logs
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
    wait_for_broker(settings.kafka, 30)  # says why it refuses us, which Faust does not
    running = Worker(settings)
    running.prepare()
    asyncio.run(running.run())
