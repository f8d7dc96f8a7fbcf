"""Detect and decide beside pydantic's batch decode of the same events: `python -m bench.policy`. One core, events around real prompts."""

import json
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from bench.events import texts
from schemas import UsageEvent
from streams.policy import Auditor, Pack

RESULTS = Path(__file__).parent / "results"
TIMES = 15


def usage(prompts: Sequence[str]) -> list[bytes]:
    """One event per prompt, as a gateway sends it."""
    moment = datetime.now(UTC).isoformat(timespec="milliseconds")
    context = {"audience": "business", "organization_type": "commercial", "declared_use_case": "general", "country": "US"}
    frame = {"occurred_at": moment, "organization_id": "org-1", "user_id": "user-1", "model": "claude-sonnet-4", "context": context}
    return [json.dumps({"event_id": f"e{number}", **frame, "text": text}).encode() for number, text in enumerate(prompts)]


def best_us(count: int, call: Callable[[], Any]) -> float:
    """CPU microseconds per event: the best of several runs, for other work on the machine can only add."""
    call()
    taken = []
    for _ in range(TIMES):
        began = time.process_time()
        call()
        taken.append(time.process_time() - began)
    return round(min(taken) / count * 1e6, 2)


def main() -> None:
    prompts = texts()
    joined, adapter = b"[" + b",".join(usage(prompts)) + b"]", TypeAdapter(list[UsageEvent])
    events, auditor = adapter.validate_json(joined), Auditor(Pack.load(None))
    found = {
        "events": len(events),
        "detect_and_decide_us": best_us(len(events), lambda: auditor.findings(events)),
        "pydantic_batch_us": best_us(len(events), lambda: adapter.validate_json(joined)),
        "tagged": sum(bool(finding.tags) for finding in auditor.findings(events).values()),
    }
    found["ratio_to_decode"] = round(found["pydantic_batch_us"] / found["detect_and_decide_us"], 3)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "policy.json").write_text(json.dumps(found, indent=1) + "\n")
    print(json.dumps(found))


if __name__ == "__main__":
    main()
