"""Events whose right answer is known: ids, tags and signals can be counted beforehand."""

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

TAGGED_EACH, REPEATED_EACH = 50, 100
TAGGED, PLAIN = "Please track my ex by her phone", "Convert twelve miles to kilometres"


def traffic(count: int, seed: int, *, late_share: float = 0.02) -> Iterator[bytes]:
    """`count` events in random order of time over a day, some weeks late; one in fifty is tagged, one in a hundred is delivered twice."""
    chance = random.Random(seed)
    start = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(days=2)
    for number in range(count):
        late = timedelta(days=30) if chance.random() < late_share else timedelta()
        moment = start - late + timedelta(milliseconds=chance.randrange(86_400_000))
        who = {"organization_id": f"org-{number % 100}", "user_id": f"u{number % 997}"}
        text = TAGGED if number % TAGGED_EACH == 0 else PLAIN
        value = json.dumps({"event_id": f"e{seed}-{number}", "occurred_at": moment.isoformat(), "text": text} | who).encode()
        yield value
        if number % REPEATED_EACH == 7:
            yield value


def tagged(count: int) -> int:
    """How many of them carry a tag."""
    return (count + TAGGED_EACH - 1) // TAGGED_EACH
