"""Migrations on the real engine."""

import threading

import pytest

from streams.clickhouse import migrations
from streams.clickhouse.client import ClickHouse
from streams.errors import ConfigurationError
from streams.settings import RetentionSettings

pytestmark = pytest.mark.integration


def test_migrating_twice_does_nothing_the_second_time(store):
    assert migrations.migrate(store.client, store.process_settings) == []
    assert {step.state for step in migrations.status(store.client)} == {"applied"}
