"""How the suite is spread over processes (`scripts/test`: pytest-xdist). One process runs it as well, in the same order."""

from pathlib import Path
from typing import Any

import pytest

TESTS = Path(__file__).parent
# What takes longest begins first, so that at the end both processes have work; unit tests fill the gaps.
FIRST = (
    "integration/test_faults.py", "integration/test_wheel.py", "integration/test_consumer.py", "integration/test_policy_history.py",
    "integration/test_up.py", "integration/test_alert_delivery.py", "integration", "project", "properties", "unit",
)  # fmt: skip
# Files stay whole, because their tests share a broker, a store or a page. These share a history besides, so that it is made once.
ONE_HISTORY = (
    "integration/test_readers.py", "integration/test_alert_demo.py", "integration/test_export.py", "integration/test_report.py",
    "integration/grafana/", "integration/queries/",
)  # fmt: skip
ONE_TRAFFIC = "unit/demo/"


def group_of(name: str) -> str:
    """The tests of one group run in one process. `name`: a path within tests/."""
    for group in (ONE_HISTORY, ONE_TRAFFIC):
        if name.startswith(group):
            return str(group)
    return name


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long ones first; within that, the order of the files."""
    items.sort(key=lambda item: next((at for at, first in enumerate(FIRST) if _name(item).startswith(first)), len(FIRST)))


def _name(item: pytest.Item) -> str:
    return item.path.relative_to(TESTS).as_posix()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Hand out whole groups."""
    from xdist.scheduler import LoadScopeScheduling

    class ByGroup(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return group_of(nodeid.partition("::")[0].removeprefix("tests/"))

    return ByGroup(config, log) if config.getoption("dist") == "loadfile" else None
