"""Places in TOML texts: every key and element of any valid text has its line and column."""

import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.policy.positions import Positions

TEXT = '''# a comment with [brackets] = "and quotes"
title = "x" # another
"quoted key" = 1
'single' = 2
list = [ "a", # one
  'b', """three
lines \\""" and "quotes" """, [ 1, 2 ],
]
inline = { first = 1, second = [ "p", "q" ], deep = { x = true } }

[[rules]]
id = "one"
any = ["(a | b) # no comment", 'c:\\path']

[[rules]]
  id = "two"
  [rules.more]
  far.down = 1979-05-27T07:32:00Z
'''


@pytest.mark.parametrize(
    ("path", "starts_with"),
    [
        (("title",), 'title = "x"'),
        (("quoted key",), '"quoted key"'),
        (("single",), "'single'"),
        (("list", 0), '"a"'),
        (("list", 1), "'b'"),
        (("list", 2), '"""three'),
        (("list", 3), "[ 1, 2 ]"),
        (("list", 3, 1), "2 ]"),
        (("inline", "second", 1), '"q"'),
        (("inline", "deep", "x"), "x = true"),
        (("rules", 0, "any", 1), "'c:"),
        (("rules", 1, "id"), 'id = "two"'),
        (("rules", 1, "more", "far", "down"), "far.down"),
        (("rules", 1), "[[rules]]"),
    ],
)
def test_a_place_is_where_the_thing_begins(path, starts_with):
    tomllib.loads(TEXT)
    line, column = Positions(TEXT).of(path)
    assert TEXT.splitlines()[line - 1][column - 1 :].startswith(starts_with)


def test_what_is_not_there_is_at_what_holds_it():
    assert Positions(TEXT).of(("rules", 1, "absent")) == Positions(TEXT).of(("rules", 1))
    assert Positions(TEXT).of(("absent",)) == (1, 1)


KEYS = st.sampled_from(["a", "b-c", "d_1", "e"])
SCALARS = st.sampled_from(["1", "true", '"x # ] } = y"', "'z'", '"""m\n]\n"""', "1979-05-27", "-1.5e3"])
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: "[" + ", ".join(items) + (",]" if items else "]")),
        st.dictionaries(KEYS, inner.filter(lambda value: "\n" not in value), max_size=3).map(
            lambda items: "{ " + ", ".join(f"{key} = {value}" for key, value in items.items()) + " }"
        ),
    ),
    max_leaves=6,
)


def paths(tree: object, before: tuple = ()) -> list[tuple]:
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    return [path for key, value in items for path in ((*before, key), *paths(value, (*before, key)))]


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(KEYS, VALUES, max_size=4), st.lists(st.dictionaries(KEYS, VALUES, max_size=3), max_size=3))
def test_every_path_of_a_valid_text_has_a_place_of_its_own(top, tables):
    text = "".join(f"{key} = {value}  # note\n" for key, value in top.items())
    text += "".join("\n[[t]]\n" + "".join(f"{key} = {value}\n" for key, value in table.items()) for table in tables)
    positions, lines = Positions(text), text.split("\n")
    for path in paths(tomllib.loads(text)):
        if path == ("t",):
            continue
        line, column = positions.of(path)
        rest = lines[line - 1][column - 1 :]
        assert rest.startswith(path[-1] if isinstance(path[-1], str) else ("[[t]]" if path[:-1] == ("t",) else rest[:1]))
        assert path[:-1] in ((), ("t",)) or positions.of(path) != positions.of(path[:-1])
