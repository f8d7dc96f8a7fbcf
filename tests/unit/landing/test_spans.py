"""Which runs cover which event time."""

from streams.landing.spans import RunSpan, covering

SPANS = [RunSpan("first", "a", 0, 10), RunSpan("second", "b", 10, 20)]


def test_the_spans_of_a_stretch_are_cut_to_it():
    assert covering(SPANS, 5, 12) == [RunSpan("first", "a", 5, 10), RunSpan("second", "b", 10, 12)]


def test_a_span_that_only_touches_the_stretch_is_not_of_it():
    assert covering(SPANS, 10, 12) == [RunSpan("second", "b", 10, 12)]
    assert covering(SPANS, 20, 30) == []
