"""`plumbline eval`: how right the detectors are on labelled texts."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from streams.evaluation import Evaluation


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("eval")(evaluate)


def evaluate(
    file: Annotated[Path, typer.Argument(help='JSON lines: content as for plumbline tag, "labels": a list of categories, "near": of a look-alike.')],
    pack: Annotated[Path | None, typer.Option(help="Folder of the policy pack; default: the setting policy.pack.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write a report with plots into this file.")] = None,
    base_rate: Annotated[
        float, typer.Option(min=0.000001, max=1, help="Share of violations in the traffic that precision and calibration are told for.")
    ] = 0.01,
    as_json: Annotated[bool, typer.Option("--json", help="All figures as one JSON object.")] = False,
) -> None:
    """Measure precision, recall, calibration and false alarms on labelled texts, with 95 % intervals."""
    import json
    from dataclasses import asdict

    from streams.errors import ConfigurationError
    from streams.evaluation import evaluate, read_lines
    from streams.evaluation.measure import silent_kinds
    from streams.evaluation.page import page
    from streams.policy import Auditor, Pack
    from streams.settings import load_settings

    settings = load_settings()
    loaded = Pack.load(pack or settings.policy.pack)
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{file} cannot be read", cause=str(error)) from error
    evaluation = evaluate(Auditor(loaded, settings.policy), read_lines(lines, silent=silent_kinds(loaded)), base_rate=base_rate)
    if html:
        html.write_text(page(evaluation, f"Detection on {file.name}, pack {loaded.hash}"), encoding="utf-8")
        typer.echo(f"wrote {html}", err=True)
    typer.echo(json.dumps(asdict(evaluation)) if as_json else _table(evaluation))


def _table(evaluation: "Evaluation") -> str:
    lines = [f"{'category':<26}{'texts':>6} {'precision':>10} {'recall':>7}  {'95 % interval':<15} {'F1':>6} {'look-alikes':>12}"]
    for each in evaluation.categories:
        low, high = each["recall_interval"]
        near = each["look_alikes_tagged"]
        numbers = f"{_share(each['precision']):>10} {_share(each['recall']):>7}  {f'{low:.3f} - {high:.3f}':<15} {_share(each['f1']):>6}"
        lines.append(f"{each['category']:<26}{each['texts']:>6} {numbers} {near['count']:>6}/{near['of']}")
    overall = evaluation.overall
    lines.append(f"macro recall {_share(overall['macro_recall'])}")
    for name in ("ordinary_tagged", "look_alikes_tagged"):
        each = overall[name]
        low, high = each["interval"]
        lines.append(f"{name.replace('_', ' ')}: {each['count']} of {each['of']}, 95 % interval {low:.4f} - {high:.4f}")
    expected = overall["at_base_rate"]
    precision = f"precision {_share(expected['precision'])}, at least {_share(expected['at_least'])}"
    lines.append(f"with {expected['base_rate']:.2%} violations in ordinary traffic: {precision}")
    lines += [f"language {each['lang'] or '?'}: {each['count']} of {each['of']}" for each in evaluation.languages]
    return "\n".join(lines)


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
