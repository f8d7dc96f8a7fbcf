"""Our own JSON: the fields of `UsageEvent` as they are."""

from typing import Any

from streams.decode.records import Arrival


def fields(tree: dict[str, Any], _arrival: Arrival) -> dict[str, Any]:
    return {**tree, "source": "plumbline"}
