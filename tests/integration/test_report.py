"""The report on the demonstration."""

import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from streams.policy import Pack
from streams.report.figures import Period, figures
from streams.report.sentences import rising, sentences
from streams.settings import PolicySettings

pytestmark = pytest.mark.integration


def test_the_demonstrations_incidents_are_what_rose(demonstration: Any) -> None:
    now = datetime.now(UTC)
    week = Period(now - timedelta(days=7), now, now - timedelta(days=14))
    found = figures(demonstration.client, Pack.load(None), PolicySettings(), week)
    assert {"election_misinformation", "privacy_tracking"} <= {each.category for each in rising(found)}
    assert found.seen > 1_000 and found.tagged > 100 and found.organizations and found.newcomers and found.precision and found.alerts
    assert sum(sum(counts.values()) for counts in found.days.values()) == sum(each.now for each in found.categories)
    assert found.effect is not None and found.effect.events > 1_000
    assert any("rose" in sentence for sentence in sentences(found)) and any("in force since" in sentence for sentence in sentences(found))


def test_the_month_of_a_change_of_policy_tells_what_it_did(demonstration: Any, tmp_path: Any) -> None:
    environment = {**os.environ, "PLUMBLINE_DATA_DIR": str(demonstration.process_settings.data_dir)}
    command = [sys.executable, "-m", "streams", "report", str(tmp_path / "report.html"), "--month", "2025-09"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "report.html").read_text()
    assert "came into force on 15 September 2025" in text
    assert re.search(r"judges \d+ of \d+ events otherwise", text) and "<svg" in text and "@page" in text


@pytest.mark.parametrize("arguments", [("--month", "2026-13"), ("--month", "2026-10", "--since", "7d"), ("--since", "now", "--until", "7d")])
def test_a_wrong_period_is_a_usage_error(demonstration: Any, tmp_path: Any, arguments: tuple[str, ...]) -> None:
    environment = {**os.environ, "PLUMBLINE_DATA_DIR": str(demonstration.process_settings.data_dir)}
    command = [sys.executable, "-m", "streams", "report", str(tmp_path / "r.html"), *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, timeout=60, check=False)
    assert done.returncode == 2 and not (tmp_path / "r.html").exists()
