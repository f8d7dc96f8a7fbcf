"""A dead letter keeps its input whole as far as the broker admits, says when it does not, and is shown without its content."""

from pathlib import Path

import pytest

from schemas import DeadLetter, ReasonCode
from streams.cli.dead_letters import known_headers, shape
from streams.dead_letters import Original, Place, replay_headers
from streams.decode import Rejected
from streams.errors import PlumblineError
from streams.privacy import HashKey
from streams.worker.letters import Letters, fitted

DOCS = Path(__file__).parents[3] / "docs"
KEY = HashKey(b"k" * 32)


def rejected(payload: bytes = b"{bad", *headers: tuple[str, bytes]) -> Rejected:
    return Rejected("usage.events", 2, 41, 3, 1768478400000, ReasonCode.BAD_JSON, "not JSON", payload, headers)


class Sent:
    """A producer that keeps what it is given; every record gets the next offset."""

    def __init__(self) -> None:
        self.records: list[tuple] = []

    async def send_and_wait(self, topic: str, key: bytes, value: bytes, *, headers: list[tuple[str, bytes]]) -> "Sent":
        self.records.append((topic, key, value, headers))
        self.partition, self.offset = 0, len(self.records) - 1
        return self


async def sent(one: Rejected, max_bytes: int = 1_000) -> tuple[tuple, bool]:
    producer = Sent()
    (letter,) = await Letters(producer, "usage.dead_letters", KEY, max_bytes).send([one])
    return producer.records[0], letter.truncated


async def test_a_letter_holds_the_bytes_the_headers_and_the_reason() -> None:
    (topic, key, value, headers), truncated = await sent(rejected(b"{bad", ("ce_id", b"1"), ("ce_id", b"2"), ("x", b"\xff\x00")))
    assert (topic, key, value, truncated) == ("usage.dead_letters", b"usage.events/2/41/3", b"{bad", False)
    assert headers[:3] == [("ce_id", b"1"), ("ce_id", b"2"), ("x", b"\xff\x00")]
    letter = {name.removeprefix("plumbline-letter-"): text.decode() for name, text in headers[3:]}
    assert letter.keys() == DeadLetter.model_fields.keys()
    assert (letter["reason"], letter["offset"], letter["timestamp_ms"], letter["truncated"]) == ("bad_json", "41", "1768478400000", "false")


async def test_headers_of_an_earlier_letter_do_not_speak_for_this_one() -> None:
    (_, _, _, headers), _ = await sent(rejected(b"{bad", ("plumbline-letter-reason", b"forged"), ("plumbline-source", b"litellm")))
    assert [text for name, text in headers if name == "plumbline-letter-reason"] == [b"bad_json"]
    assert ("plumbline-source", b"litellm") in headers


@pytest.mark.parametrize(("size", "cut"), [(989, False), (990, False), (991, True), (5_000, True)])
async def test_a_letter_is_cut_only_beyond_the_limit_and_says_so(size: int, cut: bool) -> None:
    (_, _, value, headers), truncated = await sent(rejected(b"x" * size, ("name", b"123456")))
    assert (truncated, len(value)) == (cut, min(size, 990))
    assert ("plumbline-letter-truncated", b"true" if cut else b"false") in headers
    assert ("plumbline-letter-original_bytes", b"%d" % size) in headers


def test_headers_that_do_not_fit_are_left_out_from_the_first_that_does_not() -> None:
    payload, headers = fitted(rejected(b"x" * 50, ("a", b"1" * 9), ("b", b"1" * 99), ("c", b"1")), 40)
    assert (payload, headers) == (b"x" * 30, [("a", b"1" * 9)])


async def test_a_letter_without_all_its_headers_cannot_be_replayed_either() -> None:
    (_, _, value, headers), truncated = await sent(rejected(b"{bad", ("big", b"1" * 2_000)))
    assert (value, truncated) == (b"{bad", True)
    assert "big" not in dict(headers)


def test_equal_inputs_have_equal_hashes_and_a_guess_needs_the_key() -> None:
    assert KEY.of_input(b"a") == KEY.of_input(b"a") != KEY.of_input(b"b")
    assert KEY.of_input(b"a") != HashKey(b"j" * 32).of_input(b"a")


@pytest.mark.parametrize(("text", "place"), [("t/0/7/2", ("t", 0, 7, 2)), ("usage.events/3/9", ("usage.events", 3, 9, 0))])
def test_a_place_is_read_as_it_is_listed(text: str, place: tuple) -> None:
    assert Place.parse(text) == place


@pytest.mark.parametrize("text", ["", "t", "t/1", "t/1/2/3/4", "t/a/2", "t/-1/2", "/1/2", "t/1/2/", "t/١/2"])
def test_what_is_no_place_is_refused_with_its_form(text: str) -> None:
    with pytest.raises(PlumblineError, match="names no dead letter"):
        Place.parse(text)


def test_a_replay_carries_place_and_time_of_the_original_and_its_own_headers() -> None:
    headers = (
        ("ce_id", b"1"),
        ("plumbline-replay-of", b"older/0/0/0/1"),
        ("plumbline-letter-timestamp_ms", b"1768478400000"),
        ("plumbline-letter-line", b"3"),
    )
    sent_headers = replay_headers(Place("usage.events", 2, 41, 3), Original(b"", headers))
    assert sent_headers == [("ce_id", b"1"), ("plumbline-replay-of", b"usage.events/2/41/3/1768478400000")]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (b'{"id": 7, "text": "Anna B."', '{"aa": 0, "aaaa": "aaaa a."'),
        ("Größe 東京 ٤٢ क्षि 🚢".encode(), "aaaaa aa 00 aaaa a"),
        (b"\x00\xff\n\x1b[31m", "aaaa[00a"),
        (b"x" * 401, "a" * 400 + "…"),
        (b"", ""),
    ],
)
def test_the_shape_of_an_input_shows_its_structure_and_no_letter(value: bytes, shown: str) -> None:
    assert shape(value) == shown


def test_only_headers_that_say_nothing_of_a_person_are_named() -> None:
    assert known_headers(["ce_id", "ce_ann-lee", "x-user-ann", "plumbline-source", "content-type", "plumbline-ann"]) == [
        "ce_id", "content-type", "plumbline-source", "and 3 more",
    ]  # fmt: skip
    assert known_headers([]) == []


@pytest.mark.skipif(not DOCS.is_dir(), reason="the documentation comes with the checkout, not with the wheel")
def test_every_reason_is_explained() -> None:
    page = (DOCS / "dead-letters.md").read_text(encoding="utf-8")
    assert [reason.value for reason in ReasonCode if f"`{reason.value}`" not in page] == []
