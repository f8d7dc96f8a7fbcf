"""The figures as one HTML page with inline plots. It loads nothing."""

from html import escape

from streams.evaluation.measure import Evaluation

_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem;color:#1d2733}table{border-collapse:collapse}"
    "td,th{padding:.2rem .8rem .2rem 0;text-align:left;border-bottom:1px solid #dde3ea}svg{max-width:100%}"
)


def page(evaluation: Evaluation, title: str) -> str:
    """The whole page."""
    overall = evaluation.overall
    shares = [(name, overall[name]) for name in ("ordinary_tagged", "look_alikes_tagged")]
    lines = [f"<p>{overall['texts']} texts; macro recall {_number(overall['macro_recall'])}.</p>"]
    lines += [f"<p>{name.replace('_', ' ')}: {each['count']} of {each['of']} ({_interval(each['interval'])})</p>" for name, each in shares]
    columns = ("category", "texts", "precision", "recall", "f1")
    expected = overall["at_base_rate"]
    precision = f"precision {_number(expected['precision'])}, at least {_number(expected['at_least'])}"
    lines.append(f"<p>With {expected['base_rate']:.2%} violations in ordinary traffic: {precision}.</p>")
    parts = [
        *lines,
        "<h2>By category</h2>",
        _bars(evaluation),
        _table(columns, [[each[name] for name in columns] for each in evaluation.categories]),
        "<h2>By language</h2>",
        _table(("language", "found", "of", "share"), [[each["lang"], each["count"], each["of"], each["share"]] for each in evaluation.languages]),
        "<h2>Calibration</h2>",
        _curve(evaluation),
        _table(
            ("score from", "mean", "right", "of", "share right at the base rate"),
            [[each[name] for name in ("from", "mean_score", "count", "of", "share_at_base_rate")] for each in evaluation.calibration],
        ),
        "<h2>Confusion</h2>",
        _table(("right", "found", "texts"), [[each[name] for name in ("right", "found", "texts")] for each in evaluation.confusion]),
        "<h2>Worst misses and false alarms</h2>",
        _table(tuple(evaluation.worst[0]), [list(each.values()) for each in evaluation.worst]) if evaluation.worst else "<p>none</p>",
    ]
    head = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title><style>{_STYLE}</style>'
    return f"{head}<h1>{escape(title)}</h1>{''.join(parts)}</html>\n"


def _table(columns: tuple[str, ...], rows: list[list[object]]) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in columns)
    body = "".join("<tr>" + "".join(f"<td>{escape(_number(cell))}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _number(value: object) -> str:
    return "-" if value is None else f"{value:.3g}" if isinstance(value, float) else str(value)


def _interval(bounds: tuple[float, float]) -> str:
    return f"95 % interval {bounds[0]:.2%} to {bounds[1]:.2%}"


def _bars(evaluation: Evaluation) -> str:
    """Recall of each category as a bar, its interval as a line."""
    rows = []
    for at, each in enumerate(evaluation.categories):
        y, (low, high) = 22 * at, each["recall_interval"]
        rows.append(f'<text x="0" y="{y + 14}">{escape(each["category"])}</text>')
        rows.append(f'<rect x="190" y="{y + 3}" height="14" width="{400 * (each["recall"] or 0):.1f}" fill="#3b7dd8"/>')
        rows.append(f'<line x1="{190 + 400 * low:.1f}" x2="{190 + 400 * high:.1f}" y1="{y + 10}" y2="{y + 10}" stroke="#1d2733" stroke-width="2"/>')
    height = 22 * len(evaluation.categories) + 4
    return f'<svg role="img" aria-label="recall by category" viewBox="0 0 600 {height}" width="600" font-size="13">{"".join(rows)}</svg>'


def _curve(evaluation: Evaluation) -> str:
    """Mean score against the share that is right; on the diagonal the scores are what they say."""
    dots = "".join(
        f'<circle cx="{20 + 240 * each["mean_score"]:.1f}" cy="{260 - 240 * (each["share"] or 0):.1f}" r="5" fill="#3b7dd8"/>'
        for each in evaluation.calibration
    )
    diagonal = '<line x1="20" y1="260" x2="260" y2="20" stroke="#9aa7b5"/>'
    return f'<svg role="img" aria-label="calibration" viewBox="0 0 280 280" width="280">{diagonal}{dots}</svg>'
