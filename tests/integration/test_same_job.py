"""The comparison compares the same job: a peer whose rows are not Plumbline's is found out."""

import json
from datetime import UTC, datetime

import pytest
from running import System

from bench import agreement

pytestmark = pytest.mark.integration

ROW = ("e1", "org", datetime(2026, 11, 25, tzinfo=UTC), 7, "model", "US", 1, 2, 3, ("tracking",))


def events(count: int) -> list[bytes]:
    """Every third event is tagged by the tests' pack."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    texts = ["Please track my ex and her phone.", "Good morning.", "What a day it is."]
    frame = {"occurred_at": now, "organization_id": "org", "user_id": "user", "model": "model", "usage": {"input_tokens": 5, "output_tokens": 6}}
    return [json.dumps({"event_id": f"e{number}", **frame, "text": texts[number % 3]}).encode() for number in range(count)]


def test_a_peer_lands_the_rows_that_plumbline_lands(live: System) -> None:
    found = agreement.check(live, ["by_hand"], 1, events(300))
    assert found["by_hand"] == found["plumbline"] >= 300 + 100  # events, verdicts on a third of them, excerpts
    assert live.count("SELECT count() FROM audit_verdicts") == 100


@pytest.mark.parametrize("theirs", [[], [ROW, ROW], [(*ROW[:-1], ())], [("e2", *ROW[1:])]], ids=["lost", "twice", "another tag", "another id"])
def test_rows_that_differ_in_number_or_content_stop_the_bench(theirs: list[tuple]) -> None:
    agreement.compare("peer", [ROW], [ROW])
    with pytest.raises(agreement.Disagreement, match="only its"):
        agreement.compare("peer", [ROW], theirs)
