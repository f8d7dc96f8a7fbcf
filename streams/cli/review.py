"""`plumbline review golden | export`."""

from pathlib import Path
from typing import Annotated

import typer

from streams.account import account
from streams.cli.alerts.incidents import By, Reason
from streams.cli.options import AsJson


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="Golden cases for reviewers, and what the pack can learn from reviews.", no_args_is_help=True)
    for name, command in {"golden": golden, "export": export}.items():
        group.command(name)(command)
    app.add_typer(group, name="review")


def golden(
    organization: Annotated[str, typer.Argument(metavar="ORG", help="Organization of the event.")],
    event: Annotated[str, typer.Argument(metavar="EVENT", help="Id of the event.")],
    category: Annotated[str, typer.Argument(metavar="CATEGORY", help="Category of its tag.")],
    decision: Annotated[str, typer.Argument(metavar="DECISION", help="The right answer: confirmed or dismissed.")],
    reason: Reason,
    by: By = "",
) -> None:
    """Settle the right answer on a tag. Reviewers meet it among the others: plumbline query reviewer_accuracy."""
    from streams.cli.clickhouse import connected
    from streams.review.marks import settle

    _, client = connected("review")
    with client:
        settle(client, organization, event, category, decision, reason=reason, person=by or account())
    typer.echo(f"{event} in {category} is a golden case: {decision}", err=True)


def export(
    reason: Annotated[str, typer.Option(help="Why texts are read: it is on the access log.")],
    since: Annotated[str, typer.Option(help="Only what was said since: 24h, 7d, or RFC 3339.")] = "90d",
    out: Annotated[Path | None, typer.Option(help="File to write; default: standard output.")] = None,
    by: By = "",
    as_json: AsJson = False,
) -> None:
    """Write confirmed misses and false alarms as cases for the policy pack, redacted, as far as the broker still keeps their texts."""
    import json
    from datetime import UTC, datetime

    from streams.access_log import record
    from streams.cli.clickhouse import connected
    from streams.kafka.broker import kafka_settings
    from streams.kafka.content import content_of
    from streams.moments import option
    from streams.review.learned import as_toml, learned
    from streams.review.marks import checked

    settings, client = connected("review")
    with client:
        told = {"page": "plumbline review export", "detail": f"texts of reviews since {since}", "reason": checked(reason)}
        record(client, by or account(), "admin", "reveal", **told)
        kafka = kafka_settings(settings)
        cases, gone = learned(client, option("--since", since) or datetime(1970, 1, 1, tzinfo=UTC), lambda event: content_of(settings, kafka, event))
    text = "".join(json.dumps(each._asdict(), ensure_ascii=False) + "\n" for each in cases) if as_json else as_toml(cases)
    if out:
        out.write_text(text, encoding="utf-8")
    else:
        typer.echo(text, nl=False)
    typer.echo(f"{len(cases)} cases; {gone} left out, their texts are gone", err=True)
