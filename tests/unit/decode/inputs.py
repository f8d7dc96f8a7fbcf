"""Records to try: real ones from the fixtures, damaged at the level of bytes and of trees; random JSON; envelopes of any of them.

Strategies (`records`, `lines`) for what Hypothesis can make small again; `mutant` for many at little cost, from one seed.
"""

import json
import os
from copy import deepcopy
from random import Random
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from reading import NOW_MS, fixtures

from streams.decode import Record

LONG = bool(os.environ.get("PLUMBLINE_LONG"))


def cases(count: int) -> settings:
    """The same cases each time, so that a failure is one for everybody; a hundred times as many in the long form."""
    quiet = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large, HealthCheck.large_base_example]
    return settings(
        max_examples=count * 100 if LONG else count, derandomize=True, database=None, deadline=None, suppress_health_check=quiet, print_blob=True
    )


VALUES = [fixture.record.value for fixture in fixtures()]
HEADERS = [fixture.record.headers for fixture in fixtures() if fixture.record.headers]
# What breaks parsers, readers and columns: escapes, numbers at their limits, structure out of place.
PIECES = [
    b"\\u0000", b"\\ud83d", b"\\udea2", b"\\ud83d\\udea2", b"\\u0041", b"\\/", b"\\", b"\\x", b'"', b"'", b"{", b"}", b"[", b"]", b",", b":",
    b"\n", b"\r\n", b" ",
    b"\0", b"\x1f", b"\x7f", b"\x80", b"\xff", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\xc2\x85", b"\xe2\x80\xa8", b"NaN", b"-Infinity", b"1e999",
    b"1e-999",
    b"-0", b"-0.0", b"01", b"1.", b".5", b"1E+2", b"9223372036854775807", b"9223372036854775808", b"-9223372036854775809", b"0.1", b"1" * 400,
    b"null", b"true", b"{}", b"[]", b'""', b'"event_id":', b'"event_id":"x",', b"//", b"/**/", b"[" * 70, b"]" * 70,
]  # fmt: skip


def _paths(tree: Any, here: tuple = ()) -> list[tuple]:
    found = [here]
    entries = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for name, value in entries:
        found.extend(_paths(value, (*here, name)))
    return found


def _parsed() -> list[tuple[Any, list[tuple]]]:
    found = []
    for value in VALUES:
        try:
            tree = json.loads(value)
        except ValueError:
            continue
        found.append((tree, _paths(tree)))
    return found


PARSED = _parsed()
NAMES = sorted({name for _, paths in PARSED for path in paths for name in path if isinstance(name, str)})

texts = st.text(st.characters(exclude_categories=()), max_size=6) | st.sampled_from(
    [
        "2026-01-15T09:30:00Z",
        "2026-01-15T09:30:00",
        "1e3",
        "{",
        "[1]",
        '{"a":"\\u0000"}',
        "plumbline.country:DK",
        "data:;base64,QQ==",
        "text",
        "image",
        "base64",
        "NaN",
    ]
)
numbers = st.integers() | st.floats() | st.sampled_from([0, -1, 2**32, 2**63, 1768467600, 1768467600000, 1e300])
scalars = st.none() | st.booleans() | numbers | texts
trees = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES) | texts, inner, max_size=3), max_leaves=6
)


@st.composite
def damaged_trees(draw: st.DrawFn) -> bytes:
    """A real input with a value replaced, removed or moved under another name."""
    tree, paths = draw(st.sampled_from(PARSED))
    tree = deepcopy(tree)
    for _ in range(draw(st.integers(1, 2))):
        path = draw(st.sampled_from(paths))
        if not path:
            continue
        parent = tree
        try:
            for name in path[:-1]:
                parent = parent[name]
            match draw(st.sampled_from(["replace", "replace", "remove", "rename"])):
                case "replace":
                    parent[path[-1]] = draw(trees)
                case "remove":
                    del parent[path[-1]]
                case "rename":
                    parent[draw(st.sampled_from(NAMES))] = parent.pop(path[-1])
        except (AttributeError, KeyError, IndexError, TypeError):  # an earlier change has taken the way there
            continue
    return json.dumps(tree, ensure_ascii=draw(st.booleans())).encode("utf-8", "surrogatepass")


@st.composite
def damaged_bytes(draw: st.DrawFn) -> bytes:
    """A real input with bytes put in, written over or cut out."""
    value = draw(st.sampled_from(VALUES))
    for _ in range(draw(st.integers(0, 2))):
        at = draw(st.integers(0, max(0, len(value) - 1)))
        piece = draw(st.sampled_from(PIECES) | st.binary(max_size=2))
        gone = draw(st.sampled_from([0, 0, 1, 8, len(piece), len(value)]))
        value = value[:at] + piece + value[at + gone :]
    return value


lines = (
    damaged_trees()
    | damaged_trees()
    | damaged_bytes()
    | damaged_bytes()
    | trees.map(lambda tree: json.dumps(tree).encode())
    | st.sampled_from([b"", b" ", b"{", b"\0\0\0\0\1{}", b"{}{}"])
)


@st.composite
def envelopes(draw: st.DrawFn) -> bytes:
    parts = draw(st.lists(lines, max_size=3))
    if draw(st.booleans()):
        return b"[" + b",".join(parts) + b"]"
    return draw(st.sampled_from([b"\n", b"\r\n", b"\n\n"])).join(part.replace(b"\n", b" ") for part in parts)


HEADED = [
    (), (), (), *HEADERS, (("content-type", b"application/x-ndjson"),), (("content-type", b"application/cloudevents+json"),), (("content-type",
    b"\xff"),),
    (("plumbline-source", b"openai.chat"),), (("plumbline-source", b"otel.log"),), (("plumbline-source", b"litellm"),), (("plumbline-source",
    b"x"),),
    (("plumbline-organization", b"org-b"),), (("plumbline-replay-of", b"usage.events/1/2/3/1768467600000"),), (("ce_type", b"x"),),
]  # fmt: skip
STAMPS = (NOW_MS, NOW_MS, NOW_MS, -1, 0, 2**63 - 1)
values = st.none() | lines | lines | envelopes()
records = st.builds(
    lambda value, given, stamp: Record("usage.events", 2, 41, stamp, None, value, given), values, st.sampled_from(HEADED), st.sampled_from(STAMPS)
)

# -- many at little cost

DEEP = json.loads("[" * 61 + "]" * 61)  # a little less or more than is admitted, by where it is put

ODD = (
    DEEP, DEEP,    None, True, False, 0, 1, -1, 7, 2**32 - 1, 2**32, 2**63 - 1, 2**63, -(2**63) - 1, 0.5, -0.0, 1e300, float("nan"), float("inf"),
    "", " ", "x", "x" * 257,
    "a\nb", "a\x00b", "a\u202eb", "\ud83d", "\ud83d\udea2", "DK", "dk", "consumer", "general", "chat", "text", "image", "1", "NaN", "{}", "[",
    '{"text": "\\u0041"}',
    '{"a": NaN}', "2026-01-15T09:30:00Z", "2026-01-15T09:30:00", "2026-01-15", "1999-01-15T09:30:00Z", "2026-01-15T12:20:00Z", 1768467600,
    1768467600000,
    "1768467600000000000", [], [None], ["x"], [[]], {}, {"type": "text", "text": "t"}, {"role": "user", "content": "c"},
    {"content": [{"text": "deep"}]},
    {"stringValue": "s"}, {"intValue": "5"}, {"intValue": "١"}, {"arrayValue": {}}, {"kvlistValue": {"values": [{}]}}, {"": ""},
)  # fmt: skip


def odd_tree(random: Random) -> Any:
    """An input as an adapter sees it, damaged, of whichever source."""
    tree, paths = random.choice(PARSED)
    tree = deepcopy(tree)
    for _ in range(random.choice((0, 1, 2, 3))):
        _change(random, tree, random.choice(paths))
    return tree


def mutant(random: Random) -> Record:
    """One record: damaged inputs, alone or in an envelope, with some headers and some time."""
    parts = [_damaged(random) for _ in range(random.choice((1, 1, 1, 2, 3)))]
    value = parts[0] if len(parts) == 1 else b"[" + b",".join(parts) + b"]" if random.random() < 0.4 else b"\n".join(parts)
    return Record("usage.events", 2, 41, random.choice(STAMPS), None, value, random.choice(HEADED))


def _damaged(random: Random) -> bytes:
    value = json.dumps(odd_tree(random), ensure_ascii=random.random() < 0.5).encode("utf-8", "surrogatepass")
    for _ in range(random.choice((0, 0, 0, 1, 2))):
        at, piece = random.randrange(len(value)), random.choice(PIECES)
        value = value[:at] + piece + value[at + random.choice((0, 0, 1, len(piece))) :]
    if random.random() < 0.05 and value.startswith(b"{"):  # the first key once more
        value = b"{" + value[1:].partition(b",")[0] + b"," + value[1:]
    return value


def _change(random: Random, tree: Any, path: tuple) -> None:
    for name in path[:-1]:
        try:
            tree = tree[name]
        except (KeyError, IndexError, TypeError):  # an earlier change has taken the way there
            return
    if path and isinstance(tree, dict):
        if random.random() < 0.15:
            tree.pop(path[-1], None)
        elif random.random() < 0.15:
            tree[random.choice(NAMES)] = tree.pop(path[-1], None)
        else:
            tree[path[-1]] = deepcopy(random.choice(ODD))
    elif path and isinstance(tree, list) and path[-1] in range(len(tree)):
        tree[path[-1]] = deepcopy(random.choice(ODD))
