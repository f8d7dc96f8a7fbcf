"""What of the parts' logs is repeated."""

import json
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from streams.up import log_tail
from streams.up.log_tail import LogTail, warning_in


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ('{"event": "slow", "level": "warning", "part": "worker", "timestamp": "t", "lag": 3}', ("warning", "slow", {"lag": 3})),
        ('{"event": "gone", "level": "error"}', ("error", "gone", {})),
        ('{"event": "gone", "level": "error", "exception": "Traceback\\n  ...\\nOSError: no"}', ("error", "gone", {"error": "OSError: no"})),
        ("[2026-01-01 00:00:00,000] WARN slow disk (kafka.log)", ("warning", "slow disk (kafka.log)", {})),
        ("[2026-01-01 00:00:00,000] FATAL no disk (kafka.log)", ("error", "no disk (kafka.log)", {})),
        ("error: settings do not fit", ("error", "settings do not fit", {})),
        ('{"event": "ready", "level": "info"}', None),
        ("[2026-01-01 00:00:00,000] INFO fine (kafka.log)", None),
        ("  cause: what a line before said", None),
        ('{"event": "cut', None),
    ],
)
def test_only_warnings_and_errors_are_repeated(line: str, found: tuple | None) -> None:
    assert warning_in(line) == found


def test_a_line_is_repeated_once_and_with_its_parts_name(tmp_path: Path) -> None:
    tail = LogTail("worker", tmp_path / "worker.log")
    tail.path.write_text('{"event": "slow", "level": "warning"}\n{"event": "half a li')
    with capture_logs() as lines:
        tail.repeat()
        tail.repeat()
    assert [(line["event"], line["part"]) for line in lines] == [("slow", "worker")]
    with tail.path.open("a") as file:
        file.write('ne", "level": "error"}\n')
    with capture_logs() as lines:
        tail.repeat()
    assert [line["event"] for line in lines] == ["half a line"]


def test_what_an_earlier_run_wrote_is_not_repeated(tmp_path: Path) -> None:
    (tmp_path / "worker.log").write_text('{"event": "old", "level": "error"}\n')
    tail = LogTail("worker", tmp_path / "worker.log")
    with capture_logs() as lines:
        tail.repeat()
    assert lines == []


def test_a_warning_that_comes_again_and_again_is_repeated_once(tmp_path: Path) -> None:
    tail = LogTail("worker", tmp_path / "worker.log")
    with capture_logs() as lines:
        for attempt in range(3):
            with tail.path.open("a") as part:
                part.write(json.dumps({"event": f"no answer, attempt {attempt}", "level": "warning"}) + "\n")
                part.write(json.dumps({"event": "something else"[:attempt] or "new", "level": "warning"}) + "\n")
            tail.repeat()
    assert [line["event"] for line in lines] == ["no answer, attempt 0", "new", "s", "so"]


def test_a_part_in_trouble_does_not_drown_the_others(tmp_path: Path) -> None:
    tail = LogTail("worker", tmp_path / "worker.log")
    tail.path.write_text("".join(json.dumps({"event": "slow " + "x" * number, "level": "warning"}) + "\n" for number in range(100)))
    with capture_logs() as lines:
        tail.repeat()
    assert len(lines) == log_tail.MOST_LINES + 1 and lines[-1]["lines"] == 100 - log_tail.MOST_LINES


def test_a_log_stays_within_its_bound_and_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_tail, "LARGEST_BYTES", 100)
    tail = LogTail("worker", tmp_path / "worker.log")
    with tail.path.open("a") as part, capture_logs() as lines:
        for number in range(3):
            part.write(json.dumps({"event": "xyz"[number] * 90, "level": "error"}) + "\n")
            part.flush()
            tail.repeat()
    assert [line["event"][0] for line in lines] == ["x", "y", "z"]
    assert tail.path.stat().st_size < 200 and (tmp_path / "worker.log.1").exists()
