"""A Grafana of each test's own."""

from collections.abc import Iterator

import pytest
from stand_in import StandIn, served


@pytest.fixture
def there() -> Iterator[StandIn]:
    with served() as state:
        yield state
