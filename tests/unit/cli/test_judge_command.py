"""`plumbline judge`: off by default, and a test that says what is wrong."""

import json

import pytest
from typer.testing import CliRunner

from streams.cli import app
from streams.errors import ConfigurationError
from streams.processes import free_ports


@pytest.mark.parametrize("command", ["run", "test"])
def test_nobody_is_asked_by_default(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PLUMBLINE_JUDGE__URL", raising=False)
    found = CliRunner().invoke(app, ["judge", command])
    assert isinstance(found.exception, ConfigurationError) and "off by default" in str(found.exception)


def test_a_judge_that_is_not_there_is_exit_status_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLUMBLINE_JUDGE__URL", f"http://127.0.0.1:{free_ports(1)[0]}/v1")
    monkeypatch.setenv("PLUMBLINE_JUDGE__MODEL", "m")
    found = CliRunner().invoke(app, ["judge", "test", "--json"])
    assert found.exit_code == 1
    assert json.loads(found.stdout) == {"model": "m", "answered": False, "score": None, "error": "no connection: ClientConnectorError"}
