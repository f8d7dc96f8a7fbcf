"""A Faust agent the way Faust's documentation teaches it: one event at a time, pydantic per event, rows inserted in batches. No part of Plumbline's
stream is used; its detectors are, as `re` (SCANNER=re) or with the compiled scanner (SCANNER=compiled).

Run by `python -m bench`; settings come from the environment.
"""

import os
import re
import sys
import time
from pathlib import Path

import clickhouse_connect
import faust

from schemas import UsageEvent
from streams.policy import Auditor, Pack

TOPIC, TABLE, SCANNER = os.environ["TOPIC"], os.environ["TABLE"], os.environ["SCANNER"]
COLUMNS = ["event_id", "organization_id", "occurred_at", "user_id", "model", "country", "input_tokens", "output_tokens", "text_length", "tags"]
ROWS, SECONDS = 1_000, 1.0

app = faust.App(f"stock-{TABLE}", broker=f"kafka://{os.environ['BROKER']}", web_enabled=False, datadir=os.environ["DATADIR"])
topic = app.topic(TOPIC, value_serializer="raw", key_serializer="raw")
pack = Pack.load(Path(os.environ["PACK"]) if os.environ.get("PACK") else None)
client = clickhouse_connect.get_client(
    host="127.0.0.1", port=int(os.environ["CLICKHOUSE_PORT"]), username="default", password=os.environ["CLICKHOUSE_PASSWORD"], database="plumbline"
)


def python_pattern(exact: str) -> "re.Pattern[str]":
    """An RE2 expression of a pack for Python's `re`."""
    text = exact.replace(r"\pL\pM\pN_", r"\w").replace(r"\z", r"\Z")
    return re.compile(re.sub(r"\\x\{([0-9a-f]+)\}", lambda found: f"\\U{int(found[1], 16):08x}", text))


if SCANNER == "re":
    patterns = [(rule.category, python_pattern(expression.exact)) for rule in pack.rules for expression in rule.any]

    def tags_of(event: UsageEvent) -> list[str]:
        return sorted({category for _, text in event.content() for category, pattern in patterns if pattern.search(text)})

else:
    auditor = Auditor(pack)

    def tags_of(event: UsageEvent) -> list[str]:
        return [tag.category for tag in auditor.audit(event).tags]


@app.agent(topic)
async def audit(stream: faust.Stream) -> None:
    rows, flushed = [], time.monotonic()
    async for value in stream:
        event = UsageEvent.model_validate_json(value)
        usage = event.usage
        rows.append((
            event.event_id, event.organization_id, event.occurred_at, event.user_id or "", event.model, event.context.country or "",
            usage.input_tokens, usage.output_tokens, len(event.text or ""), tags_of(event),
        ))  # fmt: skip
        if len(rows) >= ROWS or time.monotonic() - flushed > SECONDS:
            client.insert(TABLE, rows, column_names=COLUMNS)
            rows, flushed = [], time.monotonic()


if __name__ == "__main__":
    sys.argv = ["stock", "worker", "-l", "error", "--without-web"]
    app.main()
