"""`plumbline judge run | test | list | decide`: the second opinion."""

from typing import TYPE_CHECKING, Annotated

import typer

from streams.cli.options import AsJson

if TYPE_CHECKING:
    from streams.judge.endpoint import Reply
    from streams.settings import Settings

SAMPLE = "What is the capital of France?"


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="A second opinion on uncertain detections, from a model that the settings name.", no_args_is_help=True)
    for name, command in {"run": run, "test": test_judge, "list": list_opinions, "decide": decide}.items():
        group.command(name)(command)
    app.add_typer(group, name="judge")


def run() -> None:
    """Ask the judge about uncertain events as they land, until told to stop. It needs Kafka, which keeps the text, and ClickHouse."""
    import asyncio

    from streams.cli.clickhouse import connected
    from streams.judge.service import JudgeService
    from streams.settings import load_settings

    _named(load_settings())
    settings, client = connected("judge")
    with client:
        asyncio.run(JudgeService(settings, client).run())


def test_judge(as_json: AsJson = False) -> None:
    """Ask the judge about a harmless sentence of ours and print its answer. Exit status 1 if that is none."""
    import json

    from streams.errors import EXIT_DIFFERENCE
    from streams.judge.answer import score_of
    from streams.settings import load_settings

    settings = load_settings()
    _named(settings)
    reply = _sample_reply(settings)
    score = None if reply.error else score_of(reply.text)
    error = reply.error or ("" if score is not None else "its answer is not the JSON object that was asked for")
    if as_json:
        typer.echo(json.dumps({"model": settings.judge.model, "answered": not error, "score": score, "error": error}))
    else:
        typer.echo(f"{settings.judge.model}: {error or f'score {score}'}")
    if error:
        raise typer.Exit(EXIT_DIFFERENCE)


def _sample_reply(settings: "Settings") -> "Reply":
    import asyncio

    from streams.judge.endpoint import Endpoint
    from streams.judge.question import Judge, Place
    from streams.policy.pack import ANY_KIND, Pack

    judge = Judge(settings.judge, Pack.load(settings.policy.pack))
    question = judge.question(min(judge.ids), ANY_KIND, [("text", SAMPLE)], Place("text", 0, len(SAMPLE)))

    async def attempt() -> "Reply":
        endpoint = Endpoint(settings.judge)
        try:
            return await endpoint.ask(question)
        finally:
            await endpoint.close()

    return asyncio.run(attempt())


def list_opinions(
    since: Annotated[str, typer.Option(help="Only those asked since: 24h, 7d, or RFC 3339.")] = "7d",
    category: Annotated[str, typer.Option(help="Only of this category.")] = "",
    differing: Annotated[bool, typer.Option("--differing", help="Only answers on the other side of 0.5 than ours.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="At most so many.")] = 100,
    as_json: AsJson = False,
) -> None:
    """List second opinions beside ours, newest first. They are advisory: no tag follows from them."""
    from datetime import UTC, datetime

    from streams import moments
    from streams.cli.clickhouse import connected
    from streams.cli.rows import print_rows
    from streams.judge.book import OpinionBook

    settings, client = connected("judge")
    first = moments.option("--since", since) or datetime(1970, 1, 1, tzinfo=UTC)
    with client:
        rows = OpinionBook(client, settings.judge).listed(since=first, category=category, differing=differing, limit=limit)
    if as_json:
        return print_rows(rows, "json")
    shown = ("asked_at", "organization_id", "event_id", "category", "our_score", "score", "state", "model")
    print_rows([{name: row[name] for name in shown} for row in rows], "table")
    return typer.echo(f"{len(rows)} opinions", err=True)


def decide(
    since: Annotated[str, typer.Option(help="From when, by event time: 2025-09-15, RFC 3339, or 7d before the last full hour.")],
    until: Annotated[str, typer.Option(help="Until when; now: the last full hour.")] = "now",
    judge: Annotated[str, typer.Option(help="Only answers of this judge (the id that list shows with --json); default: the newest of any.")] = "",
    adopt: Annotated[bool, typer.Option("--adopt", help="Make the run current for its range; without, nobody reads it but by its name.")] = False,
    as_json: AsJson = False,
) -> None:
    """Decide a range of history with the judge's answers in the place of our uncertain detections, into a run of its own."""
    import json
    from datetime import UTC, datetime

    from streams import moments
    from streams.cli.clickhouse import connected
    from streams.cli.progress import progress
    from streams.clickhouse.runs import BEGINNING
    from streams.errors import UsageError
    from streams.history.retag import JUDGED, Retag, order_for, remaining
    from streams.history.sides import Side
    from streams.judge.advice import Advice
    from streams.policy import Pack

    now = datetime.now(UTC)
    hour = now.replace(minute=0, second=0, microsecond=0)
    first, last = (moments.option(name, text, now=hour) for name, text in (("--since", since), ("--until", until)))
    if not first < last <= now:
        raise UsageError("--since must be before --until, and --until not after now", cause=f"{first.isoformat()} to {last.isoformat()}")
    settings, client = connected("judge")
    side = Side(JUDGED, Pack.load(settings.policy.pack), settings.policy)
    with client:
        order = order_for(client, side, first, last, kind="retag" if adopt else "shadow", label=JUDGED)
        retag = Retag(client, side, order, settings.data_dir, revise=Advice(client, judge).of)
        typer.echo(f"{order.run_id}: {first.isoformat()} to {last.isoformat()}, after {order.parents or 'no run'}", err=True)
        with progress(order.run_id, remaining(retag.windows(BEGINNING))) as advance:
            retag.run(advance)
    facts = {"run_id": order.run_id, "events": retag.decided, "verdicts": retag.verdicts, "current": adopt}
    typer.echo(json.dumps(facts) if as_json else f"{order.run_id}: {retag.decided} events, {retag.verdicts} verdicts")


def _named(settings: "Settings") -> None:
    """Refuse when nobody is to be asked."""
    from streams.errors import ConfigurationError

    if not settings.judge.url:
        cause = "a second opinion is off by default: set judge.url and judge.model"
        raise ConfigurationError("no judge is named", cause=cause, command="plumbline reference settings")
