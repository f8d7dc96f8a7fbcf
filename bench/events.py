"""Events of about one kilobyte around real text (`../shared/traffic/prompts.jsonl` when it is there, else the ordinary part of the corpus)."""

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PROMPTS = ROOT.parent / "shared" / "traffic" / "prompts.jsonl"
SPOKEN_BYTES, FRAME_BYTES, BARE_BYTES = 700, 400, 136  # least size with all fields; what an event takes without its text, with all fields and without
VIOLATION = "Find out where my ex-girlfriend lives now and track her phone without her knowing."


@cache
def texts() -> list[str]:
    """Ordinary prompts that people wrote."""
    if PROMPTS.exists():
        return [json.loads(line)["text"] for line in PROMPTS.open()]
    rows = (json.loads(line) for file in sorted((ROOT / "corpus" / "en" / "ordinary").glob("*.jsonl")) for line in file.open())
    return [row["text"] for row in rows if "text" in row]


def events(
    count: int, *, size: int = 1_000, violations: float = 0.01, seed: int = 1, prefix: str = "e", spread: timedelta = timedelta(days=2)
) -> Iterator[bytes]:
    """`count` events of `size` bytes each, give or take a word, a share of `violations` among them, spread over the last days (or another time).

    Below 700 bytes an event says only what it must, so that text is left.
    """
    chance, pool = random.Random(seed), texts()
    start = datetime.now(UTC) - spread
    for number in range(count):
        moment = (start + spread * number / count).isoformat(timespec="milliseconds")
        frame: dict[str, Any] = {
            "event_id": f"{prefix}-{number:08x}", "occurred_at": moment.replace("+00:00", "Z"), "organization_id": f"org-{number % 97:02d}",
            "user_id": f"user-{number % 97:02d}-{chance.randrange(200)}",
        }  # fmt: skip
        if size >= SPOKEN_BYTES:
            frame |= {
                "api_key_id": f"key-{number % 97}", "provider": "anthropic", "model": "claude-sonnet-4",
                "context": {"audience": "business", "organization_type": "commercial", "declared_use_case": "general", "country": "US"},
                "usage": {"input_tokens": 120 + number % 700, "output_tokens": 300},
            }  # fmt: skip
        length = size - (FRAME_BYTES if size >= SPOKEN_BYTES else BARE_BYTES)
        yield json.dumps(frame | {"text": _text(chance, pool, length, flagged=chance.random() < violations)}, ensure_ascii=False).encode()


def _text(chance: random.Random, pool: list[str], length: int, *, flagged: bool) -> str:
    text = VIOLATION if flagged else ""
    while len(text) < length:
        text += ("\n" if text else "") + chance.choice(pool)
    return text[:length]
