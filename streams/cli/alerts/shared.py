"""What the commands on alerts share."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from streams.alerts.desk import AlertDesk

Limit = Annotated[int, typer.Option(min=1, max=100_000, help="At most so many.")]


def desk() -> "AlertDesk":
    """The desk on the ClickHouse that is in use."""
    from streams.alerts.desk import AlertDesk
    from streams.cli.clickhouse import connected

    return AlertDesk(connected("alerts")[1])
