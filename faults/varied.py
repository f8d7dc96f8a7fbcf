"""Events of all that the policy may meet: cases of the pack, the corpus, held-out rows, the demonstration's texts and real prompts; plain, hidden and
long; in any context, and often at an edge of time."""

import base64
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from itertools import chain
from pathlib import Path
from random import Random
from typing import Any

from bench.events import PROMPTS, ROOT, texts
from schemas import AgeGroup, Audience, OrganizationType, Safeguard
from streams.demo.content import load_library
from streams.history.sides import Side, edges_of
from streams.policy import Pack
from streams.policy.cases import cases_of
from streams.settings import PolicySettings

Event = dict[str, Any]
PARTS = ("system", "text", "input", "output")
AT_AN_EDGE, HIDDEN, LONG = 0.2, 0.2, 0.01  # shares
ELSEWHERE = timezone(timedelta(hours=-7))


def events(pack: Pack, count: int, seed: int, *, prefix: str, since: datetime, until: datetime) -> Iterator[Event]:
    """`count` events between two moments, as a gateway sends them."""
    chance, contents = Random(seed), _contents(pack)
    edges = [moment for moment in _edges(pack) if since < moment < until]
    allowed = sorted({each for revision in pack.revisions for allowance in revision.allowances for each in allowance.organizations})
    use_cases = sorted(_use_cases(pack))
    for number in range(count):
        content = chance.choice(chance.choice(contents))
        if "text" in content:
            content = content | {"text": _written(chance, content["text"], contents)}
        yield {
            "event_id": f"{prefix}{number}", "occurred_at": _moment(chance, edges, since, until), "user_id": f"u{number % 97}",
            "organization_id": chance.choice(["acme", "globex", *allowed]), "context": _context(chance, use_cases), **content,
        }  # fmt: skip


def written(moment: datetime) -> str:
    """As an event carries it."""
    return moment.isoformat(timespec="milliseconds")


@cache
def _rows(pattern: str) -> list[Event]:
    lines = chain.from_iterable(path.open() for path in sorted(ROOT.glob(pattern)))
    return [{part: row[part] for part in PARTS if row.get(part)} for row in map(json.loads, lines)]


def _contents(pack: Pack) -> list[Sequence[Event]]:
    """Kinds of content; each is as likely as the others."""
    library, chance = load_library(), Random(1)
    groups = [*library.near_misses, *(group for some in library.violations for group in some.groups)]
    demo = [{"text": each.fill(chance)} for group in groups for some in group.texts.values() for each in some]
    cases = [{case.group.field: case.text} for case in cases_of(pack) if case.group.field in PARTS]
    prompts = [{"text": text} for text in texts()] if Path(PROMPTS).exists() else []
    kinds = (cases, _rows("corpus/*/*/*.jsonl"), _rows("train/heldout/*/*.jsonl"), demo, prompts)
    return [kind for kind in kinds if kind]


def _written(chance: Random, text: str, contents: Sequence[Sequence[Event]]) -> str:
    """Plain, hidden, or somewhere in a long text."""
    drawn = chance.random()
    if drawn < LONG:
        around = [each["text"] for each in chance.choices(contents[0], k=chance.choice([20, 100, 400])) if "text" in each]
        return "\n\n".join([*around, text])
    if drawn > HIDDEN:
        return text
    hidden = (text.upper(), "\u200b".join(text), text.replace("e", "3").replace("o", "0"), " ".join(text), base64.b64encode(text.encode()).decode())
    return chance.choice(hidden)


def _moment(chance: Random, edges: Sequence[datetime], since: datetime, until: datetime) -> str:
    if edges and chance.random() < AT_AN_EDGE:
        return written(chance.choice(edges) + timedelta(milliseconds=chance.choice([-1, 0, 1])))
    moment = since + (until - since) * chance.random()
    return written(moment.astimezone(chance.choice([UTC, UTC, ELSEWHERE])))


def _edges(pack: Pack) -> list[datetime]:
    return [datetime.fromtimestamp(edge / 1_000, UTC) for edge in edges_of([Side("live", pack, PolicySettings())])]


def _use_cases(pack: Pack) -> set[str]:
    decisions = (decision for revision in pack.revisions for decision in revision.decisions)
    return {"general"} | {case for decision in decisions for match in decision.when for case in match.declared_use_case or ()}


def _context(chance: Random, use_cases: Sequence[str]) -> Event:
    """Nothing known, or anything."""
    if chance.random() < 0.3:
        return {}
    known = {
        "audience": chance.choice(list(Audience)), "organization_type": chance.choice(list(OrganizationType)),
        "declared_use_case": chance.choice(use_cases), "end_user_age": chance.choice(list(AgeGroup)), "country": chance.choice(["US", "DE", "IN"]),
        "safeguards": chance.sample(list(Safeguard), chance.randrange(3)),
    }  # fmt: skip
    return {name: value for name, value in known.items() if chance.random() < 0.6}
