"""`plumbline topics`."""

import json
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("topics")(topics)


def topics(as_json: Annotated[bool, typer.Option("--json", help="One JSON object per topic.")] = False) -> None:
    """Make the topics that do not exist yet. Those that do stay as they are; `plumbline doctor` says how they should be."""
    from streams.kafka.admin import ensure_topics, topic_specs
    from streams.kafka.broker import kafka_settings
    from streams.settings import load_settings

    settings = load_settings()
    kafka, wanted = kafka_settings(settings), list(settings.intake.topics)
    made = ensure_topics(kafka, wanted)
    for name in topic_specs(kafka, wanted):
        state = "made" if name in made else "present"
        typer.echo(json.dumps({"topic": name, "state": state}) if as_json else f"{state:<8} {name}")
