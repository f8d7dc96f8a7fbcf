"""Whose an input is that could not be read: it names nobody in a column, so it is looked through for ids whose keyed hash has a tombstone.

That works without the raw ids, and so also after an interruption, a replay or a restore.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from streams.decode.arrivals import ORGANIZATION
from streams.privacy import HashKey
from streams.settings import IntakeSettings, TopicBinding

Headers = Iterable[tuple[str, bytes]]
MAX_ID = 256  # code points of an id in the contract
STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
WORDS = (re.compile(r"[^\s\"'\\,;<>(){}\[\]]+"), re.compile(r"\w+(?:[.@+:|/-]+\w+)*"))


class Whose:
    """`until`: (organization, user hash) -> milliseconds since 1970 up to which the person was removed."""

    def __init__(self, key: HashKey, intake: IntakeSettings, until: Mapping[tuple[str, int], int]) -> None:
        self._key, self._intake, self._until = key, intake, until
        self._organizations = sorted({organization for organization, _ in until})

    def removed(self, topic: str, received_ms: int, payload: bytes, headers: Headers) -> bool:
        """Whether an input that came at that time names a person who was removed since."""
        organizations = self._candidates(topic, payload, headers)
        people = ((organization, self._key.of_id(organization, each)) for each in ids_in(payload) for organization in organizations)
        return any(received_ms <= self._until.get(person, -1) for person in people)

    def _candidates(self, topic: str, payload: bytes, headers: Headers) -> list[str]:
        """The organization that header, topic or input names; where nothing does, any."""
        named = dict(headers).get(ORGANIZATION, b"").decode("utf-8", "replace")
        named = named or self._intake.topics.get(topic, TopicBinding()).organization_id or _stated(payload)
        return [named] if named else self._organizations


def ids_in(payload: bytes) -> set[str]:
    """What may be an id in the bytes of an input: in JSON every text, also within texts that are JSON; in what is none, every word."""
    text = payload.replace(b"\0", b"").decode("utf-8", "replace")  # without zeros, UTF-16 can be read as well
    return {each for each in _ids(text) if 0 < len(each) <= MAX_ID}


def _ids(text: str) -> Iterator[str]:
    try:
        yield from _texts(json.loads(text))
    except (ValueError, RecursionError):
        lines = text.splitlines()
        for line in lines if len(lines) > 1 else ():
            yield from _ids(line)
        if len(lines) <= 1:
            yield from _loose(text)


def _texts(tree: Any) -> Iterator[str]:
    waiting = [tree]
    while waiting:
        match waiting.pop():
            case dict() as fields:
                waiting += [*fields.values(), *fields]
            case list() as elements:
                waiting += elements
            case str() as text:
                yield text
                if text.lstrip()[:1] in ("{", "["):
                    yield from _ids(text)


def _loose(text: str) -> Iterator[str]:
    for literal in STRING.findall(text):
        try:
            yield json.loads(literal, strict=False)
        except ValueError:
            yield literal[1:-1]
    for words in WORDS:
        yield from words.findall(text)


def _stated(payload: bytes) -> str:
    try:
        tree = json.loads(payload)
    except (ValueError, RecursionError):
        return ""
    stated = tree.get("organization_id") if isinstance(tree, dict) else ""
    return stated if isinstance(stated, str) else ""
