"""`plumbline topics`."""

import json
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("topics")(topics)


def topics(
    wait: Annotated[float, typer.Option(min=0, help="Seconds to wait for a broker that does not answer yet.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per topic.")] = False,
) -> None:
    """Make the topics that do not exist yet. Those that do stay as they are; `plumbline doctor` says how they should be."""
    from streams import logs
    from streams.kafka.admin import ensure_topics, lag, topic_specs, wait_for_broker
    from streams.kafka.broker import kafka_settings
    from streams.settings import load_settings

    settings = load_settings()
    logs.configure(settings.log, part="topics")
    kafka, wanted = kafka_settings(settings), list(settings.intake.topics)
    if wait:
        wait_for_broker(kafka, wait)
    made = ensure_topics(kafka, wanted)
    if made:
        lag(kafka, wanted)  # a new broker makes its topic of commits at the first question: let that be before workers ask
    for name in topic_specs(kafka, wanted):
        state = "made" if name in made else "present"
        typer.echo(json.dumps({"topic": name, "state": state}) if as_json else f"{state:<8} {name}")
