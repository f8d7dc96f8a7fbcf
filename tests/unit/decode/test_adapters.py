"""No adapter raises for what is in an input, whichever source it is really from: it gives fields, nothing, or a reject."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inputs import cases, odd_tree
from reading import NOW_MS

from streams.decode.adapters import ADAPTERS, by_shape
from streams.decode.adapters.parts import text_of
from streams.decode.records import Arrival
from streams.errors import Reject

ARRIVAL = Arrival("usage.events", 2, 41, 0, NOW_MS, {})
AT_ONCE = 100


@pytest.mark.parametrize("name", ADAPTERS)
def test_no_adapter_raises_on_ten_thousand_odd_trees_nor_changes_them(name: str) -> None:
    @given(st.integers(0, 2**64))
    @cases(100)
    def each(seed: int) -> None:
        random = Random(seed)
        for tree in (odd_tree(random) for _ in range(AT_ONCE)):
            if isinstance(tree, dict):
                assert by_shape(tree) in ADAPTERS
                before = repr(tree)
                try:
                    fields = ADAPTERS[name](tree, ARRIVAL)
                except Reject:
                    fields = None
                assert fields is None or isinstance(fields, dict)
                assert repr(tree) == before

    each()


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("plain", "plain"),
        (["one", {"type": "text", "text": "two"}, None, 3], "one\ntwo"),
        ({"type": "a_kind_of_tomorrow", "text": "still read"}, "still read"),
        ({"type": "a_kind_of_tomorrow", "content": [{"parts": [{"text": "deep"}]}]}, "deep"),
        ({"type": "image", "text": "bytes"}, ""),
        ({"type": ["unhashable"], "text": "read"}, "read"),
        ({"arguments": '{"a": ["x", {"b": "y"}], "n": 1}'}, "x\ny"),
        ({"arguments": '{"a": "cut'}, '{"a": "cut'),
        ({"arguments": '{"a": "\\ud83d"}'}, '{"a": "\\ud83d"}'),
        ({"arguments": "[" * 70 + "]" * 70}, "[" * 70 + "]" * 70),
        ({"output": "data:image/png;base64,QUJD"}, ""),
        ({"output": "data: it is cold"}, "data: it is cold"),
    ],
)
def test_words_are_read_wherever_parts_keep_them_and_bytes_are_not(content: object, text: str) -> None:
    assert text_of(content) == text
