"""Records as broken gateways send them, so that a demonstration has dead letters: each way of being wrong once in a while."""

from collections.abc import Callable
from random import Random

from streams.demo.sources import Fields, encoded


def broken(random: Random, fields: Fields) -> bytes:
    """One of our own JSON records, spoiled. No way of spoiling it leaves a record that the worker would land."""
    return _WAYS[int(random.random() * len(_WAYS))](fields)


def _cut_short(fields: Fields) -> bytes:
    whole = encoded(fields)
    return whole[: len(whole) * 2 // 3]


def _without_time(fields: Fields) -> bytes:
    return encoded({name: value for name, value in fields.items() if name != "occurred_at"})


def _time_without_zone(fields: Fields) -> bytes:
    return encoded({**fields, "occurred_at": fields["occurred_at"].removesuffix("Z")})


def _time_as_number(fields: Fields) -> bytes:
    return encoded({**fields, "occurred_at": 1_780_000_000_000})


def _time_far_ahead(fields: Fields) -> bytes:
    return encoded({**fields, "occurred_at": f"{int(fields['occurred_at'][:4]) + 2}{fields['occurred_at'][4:]}"})


def _version_of_the_future(fields: Fields) -> bytes:
    return encoded({**fields, "schema_version": 7})


def _country_by_name(fields: Fields) -> bytes:
    return encoded({**fields, "context": {**fields["context"], "country": "Germany"}})


def _tokens_as_text(fields: Fields) -> bytes:
    return encoded({**fields, "usage": {"input_tokens": "many"}})


def _not_a_number(fields: Fields) -> bytes:
    return encoded({**fields, "usage": {"input_tokens": float("nan")}})


def _key_twice(fields: Fields) -> bytes:
    return b'{"event_id":"first",' + encoded(fields)[1:]


def _byte_order_mark(fields: Fields) -> bytes:
    return b"\xef\xbb\xbf" + encoded(fields)


def _wrong_encoding(fields: Fields) -> bytes:
    return encoded(fields)[:-1] + ',"note":"déjà vu"}'.encode("latin-1")


_WAYS: tuple[Callable[[Fields], bytes], ...] = (
    _cut_short, _without_time, _time_without_zone, _time_as_number, _time_far_ahead, _version_of_the_future,
    _country_by_name, _tokens_as_text, _not_a_number, _key_twice, _byte_order_mark, _wrong_encoding,
)  # fmt: skip
