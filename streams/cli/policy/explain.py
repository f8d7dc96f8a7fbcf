"""`plumbline policy explain`."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from streams.policy.explain import Explanation, Facts

    Found = tuple[str, Facts, Explanation]


def run(
    event: Annotated[str, typer.Argument(help="ORGANIZATION/EVENT_ID of a stored event, or a file of events (-: standard input).")],
    revision: Annotated[str, typer.Option(help="Explain by this revision, whatever the time.")] = "",
    as_of: Annotated[str, typer.Option(help="Explain by what had been recorded, and decided, by then: 2025-09-15 or RFC 3339.")] = "",
    pack: Annotated[Path | None, typer.Option(help="Folder of the policy pack; default: the pack that judged, or the setting policy.pack.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per event.")] = False,
) -> None:
    """Say why an event was tagged or not: what fired, what nearly fired, which clause decided, and what would change the answer.

    A stored event is explained from its detections and context alone; its text is not needed.
    """
    import json

    from streams.cli.policy.explanation import as_tree, printed
    from streams.errors import UsageError

    found = _of_file(event, revision, as_of, pack) if event == "-" or Path(event).is_file() else _of_store(event, revision, as_of, pack)
    count = 0
    for event_id, facts, explanation in found:
        count += 1
        typer.echo(json.dumps(as_tree(event_id, facts, explanation), ensure_ascii=False) if as_json else printed(event_id, facts, explanation))
    if not count:
        raise UsageError(f"there is no event {event!r}", cause="it is neither stored under that organization and id nor a file")


def _of_file(event: str, revision: str, as_of: str, folder: Path | None) -> "Iterator[Found]":
    from streams import moments
    from streams.cli.policy.output import pack_folder
    from streams.cli.tag import batches, opened
    from streams.offline import BadLine, OfflineAuditor
    from streams.policy import Auditor, Pack
    from streams.policy.explain import Facts, explain
    from streams.policy.model_trace import ModelReader
    from streams.settings import load_settings

    settings, day = load_settings(), moments.option("--as-of", as_of)
    loaded = Pack.load(pack_folder(folder))
    loaded = loaded.as_of(day) if day else loaded
    auditor, number = Auditor(loaded, settings.policy), 1
    model = ModelReader(loaded) if loaded.outputs else None
    with opened(event) as source:
        for lines in batches(source):
            for answer in OfflineAuditor(auditor, settings.intake).judge(lines, first=number):
                if isinstance(answer, BadLine):
                    typer.echo(f"line {answer.line}: {answer.reason}", err=True)
                    continue
                one, content = answer.event, tuple(answer.event.content())
                facts = Facts(one.organization_id, one.occurred_at, answer.context, auditor.detect(content))
                yield one.event_id, facts, explain(loaded, auditor.decider, facts, content=content, model=model, revision=revision or None)
            number += len(lines)


def _of_store(event: str, revision: str, as_of: str, folder: Path | None) -> "Iterator[Found]":
    from streams import moments
    from streams.cli.clickhouse import connected
    from streams.clickhouse.runs import RunBook
    from streams.history.stored import stored_events
    from streams.policy import Pack
    from streams.policy.auditor import decider_for
    from streams.policy.explain import explain

    organization, _, event_id = event.partition("/")
    settings, client = connected("policy")
    day = moments.option("--as-of", as_of)
    with client:
        book = RunBook(client)
        for facts in stored_events(client, organization, event_id):
            judged_by = Pack.load(folder) if folder else book.pack(book.run_for(facts.occurred_at, as_of=day).pack_hash)
            judged_by = judged_by.as_of(day) if day else judged_by
            yield event_id, facts, explain(judged_by, decider_for(judged_by, settings.policy), facts, revision=revision or None)
