"""Text around evidence."""

from streams.web.reveal import AROUND, passage


def test_spans_are_marked_and_nothing_is_lost():
    text = "say it now, say it here"
    shown = passage("text", text, [(4, 6), (16, 18)])
    assert "".join(piece.text for piece in shown.pieces) == text
    assert [piece.text for piece in shown.pieces if piece.hit] == ["it", "it"]
    assert not shown.cut


def test_overlapping_spans_are_shown_once():
    shown = passage("text", "abcdefgh", [(2, 5), (3, 7), (2, 4)])
    assert "".join(piece.text for piece in shown.pieces) == "abcdefgh"


def test_only_a_little_around_the_evidence_is_shown():
    shown = passage("text", "x" * 10_000, [(5_000, 5_010)])
    assert sum(len(piece.text) for piece in shown.pieces) == 2 * AROUND + 10
    assert shown.cut


def test_spans_beyond_the_text_are_ignored():
    assert [piece.hit for piece in passage("text", "short", [(90, 95)]).pieces] == [False]
