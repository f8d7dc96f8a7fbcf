"""What the peers of the comparison judge with: the same patterns, by our engine and by Python's `re`."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bench.peers.judges import JUDGES
from schemas import UsageEvent
from streams.policy import Pack

TINY_PACK = Path(__file__).parents[1] / "packs" / "tiny"


@pytest.mark.parametrize("name", JUDGES)
def test_both_judges_find_the_same_words_and_nothing_in_an_ordinary_text(name: str) -> None:
    texts = ["Good morning.", "Please track my ex and her phone."]
    events = [UsageEvent(event_id="e", organization_id="o", occurred_at=datetime(2026, 11, 25, tzinfo=UTC), text=text) for text in texts]
    found = JUDGES[name](Pack.load(TINY_PACK))(events)
    (detection,) = found[1].detections
    assert list(found) == [1]
    assert (detection.category, detection.rule) == ("tracking", "tracking.follow")
    evidence = detection.evidence[0]
    assert texts[1][evidence.start : evidence.end].strip(" .") == "track my ex and her phone"
