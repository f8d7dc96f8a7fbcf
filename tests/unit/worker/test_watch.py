"""A worker does not outlive the framework that feeds it."""

import asyncio
from types import SimpleNamespace

import pytest

from streams.worker import run
from streams.worker.run import Worker


def worker(*, app: Exception | None = None, consumer: Exception | None = None) -> Worker:
    services = [SimpleNamespace(crashed=error is not None, crash_reason=error) for error in (app, consumer)]
    services[0].consumer = services[1]
    made = Worker.__new__(Worker)
    made.app = services[0]
    return made


@pytest.mark.parametrize("where", ["app", "consumer"])
async def test_a_crashed_service_ends_the_watch_with_its_reason(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "APP_POLL_S", 0.001)
    with pytest.raises(ZeroDivisionError):
        await asyncio.wait_for(worker(**{where: ZeroDivisionError()})._watch_app(), 5)


async def test_healthy_services_are_watched_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "APP_POLL_S", 0.001)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(worker()._watch_app(), 0.05)
