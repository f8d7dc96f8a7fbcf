"""The doctor on the judge: off, there, not there, spent."""

import json
import socket
from datetime import UTC, datetime
from pathlib import Path

import pytest

from streams.doctor import State
from streams.doctor.judge import check_judge
from streams.errors import ConfigurationError
from streams.processes import free_ports
from streams.settings import Settings


def settings(folder: Path, port: int, **given: object) -> Settings:
    return Settings(data_dir=folder, judge={"url": f"http://127.0.0.1:{port}/v1", "model": "m", "requests_per_day": 3, **given})


def test_without_a_judge_all_is_well(tmp_path: Path) -> None:
    assert [(each.state, each.command) for each in check_judge(Settings(data_dir=tmp_path, judge={}))] == [(State.OK, "")]


def test_a_judge_that_answers_is_told_with_its_budget_until_that_is_spent(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        given = settings(tmp_path, listener.getsockname()[1])
        [found] = check_judge(given)
        assert found.state is State.OK and "3 of 3 requests are left" in found.message
        (tmp_path / "judge").mkdir()
        (tmp_path / "judge" / "budget.json").write_text(json.dumps({"day": f"{datetime.now(UTC):%Y-%m-%d}", "spent": 3}))
        assert [each.state for each in check_judge(given)] == [State.WARN]


def test_a_judge_that_is_not_there_fails_with_the_command_that_shows_its_settings(tmp_path: Path) -> None:
    [found] = check_judge(settings(tmp_path, free_ports(1)[0]))
    assert found.state is State.FAIL and found.command == "plumbline config show judge"


def test_a_folder_of_policies_that_is_none_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"judge\.policies"):
        list(check_judge(settings(tmp_path, 1, policies=tmp_path / "none")))
