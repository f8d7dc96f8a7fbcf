"""Settings: where each value comes from, what is refused, what is never shown."""

import json

import pytest
from typer.testing import CliRunner

from streams.cli import app
from streams.errors import ConfigurationError
from streams.settings import load_settings
from streams.settings_view import reference, shown


@pytest.fixture(autouse=True)
def own_settings(tmp_path, monkeypatch):
    """A settings file of the test's own, and no settings from the environment."""
    import os

    for name in [name for name in os.environ if name.startswith("PLUMBLINE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PLUMBLINE_CONFIG", str(tmp_path / "plumbline.toml"))
    (tmp_path / "plumbline.toml").write_text("")
    return tmp_path / "plumbline.toml"


def origin(name: str) -> str:
    return next(row.origin for row in shown(load_settings()) if row.name == name)


def test_a_value_is_traced_to_the_default_the_file_or_the_environment(own_settings, monkeypatch):
    own_settings.write_text('[kafka]\ngroup_id = "auditors"\npartitions = 3\n')
    monkeypatch.setenv("PLUMBLINE_KAFKA__PARTITIONS", "12")
    assert [origin(f"kafka.{name}") for name in ("partitions", "group_id", "consumer")] == ["environment", "file", "default"]
    assert load_settings().kafka.partitions == 12


def test_a_section_given_as_json_in_one_variable_is_traced_too(monkeypatch):
    monkeypatch.setenv("PLUMBLINE_KAFKA", '{"partitions": 9}')
    assert (origin("kafka.partitions"), origin("kafka.group_id")) == ("environment", "default")


def test_secrets_are_masked_wherever_they_stand(monkeypatch):
    monkeypatch.setenv("PLUMBLINE_KAFKA__SASL_PASSWORD", "canary-1")
    monkeypatch.setenv("PLUMBLINE_INTAKE__TOKENS", '{"Acme": "canary-2"}')
    done = CliRunner().invoke(app, ["config", "show", "--json"])
    assert "canary" not in done.output
    values = {row["setting"]: row["value"] for row in map(json.loads, done.stdout.splitlines())}
    assert values["kafka.sasl_password"] == values["intake.tokens.Acme"] == "***"
    assert values["clickhouse.password"] == ""


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("[kafka]\nbootstrap_server = 'x'\n", "kafka.bootstrap_server: unknown key; did you mean bootstrap_servers"),
        ("[kafkaa]\n", "kafkaa: unknown key; did you mean kafka"),
        ("[intake.topics.'usage.events']\ntrust = true\n", "did you mean trusted"),
        ("[kafka.tls]\nzzz = 1\n", "valid: ca_file, cert_file, key_file"),
        ("[kafka]\npartitions = 'many'\n", "kafka.partitions: Input should be a valid integer"),
        ("[kafka\n", "cannot be read"),
    ],
)
def test_a_wrong_file_is_refused_with_the_nearest_right_name(own_settings, text, hint):
    own_settings.write_text(text)
    with pytest.raises(ConfigurationError) as caught:
        load_settings()
    assert hint in str(caught.value)


def test_a_mistyped_variable_is_refused_and_a_foreign_one_is_not(monkeypatch):
    monkeypatch.setenv("PLUMB_KAFKAA__X", "1")
    load_settings()
    monkeypatch.setenv("PLUMBLINE_KAFKAA__GROUP_ID", "x")
    with pytest.raises(ConfigurationError, match="did you mean PLUMBLINE_KAFKA"):
        load_settings()


def test_a_refused_secret_is_not_repeated_in_the_message(monkeypatch):
    monkeypatch.setenv("PLUMBLINE_INTAKE__TOKENS", '{"Acme": {"canary": "canary"}}')
    with pytest.raises(ConfigurationError) as caught:
        load_settings()
    assert "canary" not in str(caught.value)


def test_one_section_can_be_shown_and_a_wrong_one_names_the_nearest():
    assert CliRunner().invoke(app, ["config", "show", "kafka.tls", "--json"]).stdout.count("\n") == 3
    done = CliRunner().invoke(app, ["config", "show", "kafkaa"])
    assert done.exit_code == 2
    assert "did you mean kafka" in done.output


def test_the_reference_names_every_setting_that_is_shown():
    named = {row.name for row in reference()}
    plain = [row.name for row in shown(load_settings()) if not row.name.startswith("intake.topics.")]
    assert set(plain) <= named


def test_path_tells_whether_the_file_is_there(own_settings, monkeypatch):
    assert json.loads(CliRunner().invoke(app, ["config", "path", "--json"]).stdout) == {"path": str(own_settings), "exists": True}
    monkeypatch.setenv("PLUMBLINE_CONFIG", str(own_settings) + ".gone")
    assert json.loads(CliRunner().invoke(app, ["config", "path", "--json"]).stdout)["exists"] is False
