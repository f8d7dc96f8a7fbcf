"""Settings as rows: each value with its origin, secrets masked; and the reference of all settings."""

import json
import types
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import EnvSettingsSource, TomlConfigSettingsSource

from streams.settings import PREFIX, Settings, config_file

MASK = "***"
SIGNS = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}


class Shown(NamedTuple):
    """One setting as it is in force. `origin` is default, file or environment."""

    name: str
    value: Any
    origin: str


class Described(NamedTuple):
    """One setting of the reference."""

    name: str
    variable: str
    kind: str
    default: str
    description: str


def shown(settings: Settings) -> list[Shown]:
    """Every setting with its value and where that came from."""
    environment = EnvSettingsSource(Settings)()
    file = TomlConfigSettingsSource(Settings, toml_file=config_file())()
    return list(_shown(settings, (), environment, file))


def _shown(value: Any, path: tuple[str, ...], environment: Mapping[str, Any], file: Mapping[str, Any]) -> Iterator[Shown]:
    inner: Mapping[str, Any] | None = None
    if isinstance(value, BaseModel):
        inner = {name: getattr(value, name) for name in type(value).model_fields}
    elif isinstance(value, Mapping) and value:
        inner = value
    if inner is None:
        origin = "environment" if _holds(environment, path) else "file" if _holds(file, path) else "default"
        yield Shown(".".join(map(_quoted, path)), _plain(value), origin)
        return
    for name, each in inner.items():
        yield from _shown(each, (*path, name), environment, file)


def _holds(tree: Any, path: tuple[str, ...]) -> bool:
    for name in path:
        if isinstance(tree, str):  # a whole section given as JSON in one variable
            tree = _parsed(tree)
        if not isinstance(tree, Mapping) or name not in tree:
            return False
        tree = tree[name]
    return True


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _plain(value: Any) -> Any:
    if isinstance(value, SecretStr):
        return MASK if value.get_secret_value() else ""
    if isinstance(value, Path):
        return str(value)
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value


def _quoted(name: str) -> str:
    """As TOML writes the key."""
    return name if name.replace("_", "").replace("-", "").isalnum() else json.dumps(name, ensure_ascii=False)


def reference() -> Iterator[Described]:
    """Every setting there is, in order."""
    yield from _reference(Settings, ())


def sections() -> Mapping[str, str]:
    """Section -> what it is about."""
    return {name: (field.annotation.__doc__ or "").strip() for name, field in Settings.model_fields.items() if _model(field.annotation)}


def _reference(model: type[BaseModel], path: tuple[str, ...]) -> Iterator[Described]:
    for name, field in model.model_fields.items():
        here = (*path, name)
        if inner := _model(field.annotation):
            yield from _reference(inner, here)
            continue
        yield Described(".".join(here), PREFIX + "__".join(here).upper(), _kind(field), _default(field), field.description or "")
        if get_origin(field.annotation) is dict and (inner := _model(get_args(field.annotation)[1])):
            yield from _reference(inner, (*here, "NAME"))


def _model(annotation: Any) -> type[BaseModel] | None:
    return annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = _json(field.default)
    return "" if value in (None, "", [], {}) else value if isinstance(value, str) else json.dumps(value)


def _json(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return {name: _json(getattr(value, name)) for name in value.model_fields_set}
    return {key: _json(each) for key, each in value.items()} if isinstance(value, Mapping) else _plain(value)


def _kind(field: FieldInfo) -> str:
    limits = [f"{sign} {value}" for each in field.metadata for name, sign in SIGNS.items() if (value := getattr(each, name, None)) is not None]
    return " ".join([_name(field.annotation), *limits])


def _name(annotation: Any) -> str:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return " | ".join(map(str, arguments))
    if origin in (Union, types.UnionType):
        return _name(next(each for each in arguments if each is not type(None)))
    if origin is Annotated:
        return _name(arguments[0])
    if origin is list:
        return f"list of {_name(arguments[0])}"
    if origin is dict:
        return "table"
    names = {str: "text", int: "integer", float: "number", bool: "true | false", Path: "path", SecretStr: "secret"}
    return names.get(annotation, getattr(annotation, "__name__", str(annotation)))
