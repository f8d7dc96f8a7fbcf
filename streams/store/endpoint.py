"""Which ClickHouse to use: the named one, else the running store of the data folder. Imports no engine."""

from pydantic import SecretStr

from streams.endpoint import find, part_folder
from streams.errors import MissingPart
from streams.settings import ClickHouseSettings, Settings
from streams.store.access import token_in


def clickhouse_settings(settings: Settings) -> ClickHouseSettings:
    """The ClickHouse to use: the one that settings name, else the running store of the data folder.

    Raises:
        MissingPart: neither is there.
    """
    if settings.clickhouse.url:
        return settings.clickhouse
    endpoint = find(settings.data_dir, "store")
    if endpoint is None:
        raise MissingPart(
            "there is no ClickHouse to talk to",
            cause=f"clickhouse.url is not set and no store runs on {part_folder(settings.data_dir, 'store')}",
            command="plumbline up (or plumbline store alone), or export PLUMBLINE_CLICKHOUSE__URL=http://host:8123",
        )
    secret = settings.store.token.get_secret_value() or token_in(part_folder(settings.data_dir, "store"))
    return settings.clickhouse.model_copy(update={"url": endpoint.address, "username": "default", "password": SecretStr(secret)})


def reader_token(settings: Settings, role: str) -> str:
    """The token of the store's own reader of a role, or of the reader that the settings name so."""
    named = settings.store.readers.get(role)
    return named.token.get_secret_value() if named else token_in(part_folder(settings.data_dir, "store"), f"token.{role}")
