"""When a worker recomputes volumes, and when it leaves that to another."""

from datetime import UTC, datetime

import pytest

from streams.clickhouse.volumes import LONGEST_PAUSE_S, VolumeRefresher
from streams.errors import Retry

HOUR, NEXT = 1_767_225_600_000, 1_767_229_200_000


class Server:
    """A ClickHouse that takes `cost_s` to recompute, on a clock of its own; `others` are hours that other workers have just computed."""

    def __init__(self, cost_s: float) -> None:
        self.cost_s, self.now, self.others = cost_s, 0.0, set()
        self.computed: list[list[str]] = []
        self.fails = False

    def clock(self) -> float:
        return self.now

    def command(self, _sql: str, parameters: dict[str, list[str]]) -> None:
        self.now += self.cost_s
        if self.fails:
            raise Retry("away")
        self.computed.append(parameters["hours"])

    def rows(self, _sql: str, parameters: dict[str, list[str]]) -> list[dict[str, datetime]]:
        asked = {datetime.fromisoformat(hour).replace(tzinfo=UTC) for hour in parameters["hours"]}
        return [{"hour": hour} for hour in asked & {datetime.fromtimestamp(each / 1_000, UTC) for each in self.others}]


def used(server: Server) -> VolumeRefresher:
    """One that has computed once, so that it knows what that costs, and whose pause is over."""
    refresher = VolumeRefresher(server, clock=server.clock)
    refresher.touch([HOUR])
    refresher.refresh()
    server.now += 2 * LONGEST_PAUSE_S
    server.computed.clear()
    return refresher


def test_what_another_worker_has_just_computed_is_left_to_it_where_computing_takes_long() -> None:
    server = Server(cost_s=4)
    refresher = used(server)
    refresher.touch([HOUR])
    server.others = {HOUR}
    assert (refresher.refresh_if_due(), server.computed) == (0, [])


def test_what_was_left_is_computed_when_the_other_worker_does_so_no_more() -> None:
    server = Server(cost_s=4)
    refresher = used(server)
    refresher.touch([HOUR])
    server.others = {HOUR}
    refresher.refresh_if_due()
    server.others = set()
    assert refresher.refresh_if_due() == 0, "not before the pause is over"
    server.now += 2 * LONGEST_PAUSE_S
    assert refresher.refresh_if_due() == 1


def test_only_what_was_computed_is_left() -> None:
    server = Server(cost_s=4)
    refresher = used(server)
    refresher.touch([HOUR, NEXT])
    server.others = {HOUR}
    assert (refresher.refresh_if_due(), server.computed) == (1, [["2026-01-01 01:00:00"]])


def test_where_computing_is_quick_nobody_is_waited_for() -> None:
    server = Server(cost_s=0.01)
    refresher = used(server)
    refresher.touch([HOUR])
    server.others = {HOUR}
    assert refresher.refresh_if_due() == 1


def test_a_worker_that_stops_computes_what_it_touched_whoever_else_has() -> None:
    server = Server(cost_s=4)
    refresher = used(server)
    refresher.touch([HOUR])
    server.others = {HOUR}
    assert refresher.refresh() == 1


@pytest.mark.parametrize("cost_s", [0.01, 1, 3])
def test_computing_takes_a_twentieth_of_the_time(cost_s: float) -> None:
    server = Server(cost_s)
    refresher = VolumeRefresher(server, clock=server.clock)
    while server.now < 1_000:
        refresher.touch([HOUR])
        refresher.refresh_if_due()
        server.now += 0.25
    assert len(server.computed) * cost_s <= 0.06 * server.now


def test_what_fails_stays_touched() -> None:
    server = Server(cost_s=4)
    refresher = used(server)
    refresher.touch([HOUR])
    server.fails = True
    with pytest.raises(Retry):
        refresher.refresh_if_due()
    server.fails, server.now = False, server.now + 2 * LONGEST_PAUSE_S
    assert refresher.refresh_if_due() == 1
