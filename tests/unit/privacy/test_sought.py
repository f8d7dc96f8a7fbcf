"""What a search for a person's traces finds in bytes, and what it does not."""

import gzip
import struct
from pathlib import Path

import pytest
from aiokafka.codec import gzip_encode, lz4_encode, snappy_encode, zstd_encode

from streams.erasure.searching import PIECE, in_file
from streams.erasure.sought import Sought
from streams.kafka.segments import compressed_batches

HASH = 0x0A1B2C3D4E5F6071
SOUGHT = Sought(("u-1", "ann@x.example"), (HASH,), ("canary",))


def found(tmp_path: Path, content: bytes) -> dict[str, int]:
    (tmp_path / "file").write_bytes(content)
    return dict(in_file(tmp_path / "file", SOUGHT))


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b'{"user": "u-1"}', "id"),
        (b"\x03u-1\xff", "id"),
        (b"of ann@x.example.", "id"),
        (b"of 0a1b2c3d4e5f6071", "hash"),
        (f"of {HASH}".encode(), "hash"),
        (b"x" + HASH.to_bytes(8, "little"), "hash"),
        (b"x" + HASH.to_bytes(8, "big"), "hash"),
        (b"mycanary7", "text"),
    ],
)
def test_each_form_is_found(tmp_path: Path, content: bytes, what: str) -> None:
    assert found(tmp_path, content) == {what: 1}


@pytest.mark.parametrize("content", [b"", b"u-12", b"xu-1", b"0a1b2c3d4e5f60710", b"Canary", HASH.to_bytes(8, "little")[:7]])
def test_what_only_resembles_it_is_not(tmp_path: Path, content: bytes) -> None:
    assert found(tmp_path, content) == {}


@pytest.mark.parametrize("at", [PIECE - 40, PIECE - 10, PIECE - 3, PIECE, PIECE + 5])
def test_nothing_is_missed_or_counted_twice_where_two_pieces_meet(tmp_path: Path, at: int) -> None:
    content = bytearray(b"." * (PIECE + 100))
    content[at : at + 6] = b"canary"
    assert found(tmp_path, bytes(content)) == {"text": 1}


@pytest.mark.parametrize(("codec", "encode"), enumerate((bytes, gzip_encode, snappy_encode, lz4_encode, zstd_encode)))
def test_batches_of_every_codec_are_decompressed_and_others_are_left_to_the_file(tmp_path: Path, codec: int, encode) -> None:
    records = b"a canary among records " * 20
    body = encode(records)
    batch = struct.pack(">qiibIh", 0, 49 + len(body), 0, 2, 0, codec) + bytes(38) + body
    (tmp_path / "00000000000000000000.log").write_bytes(batch * 3 + bytes(500))
    assert list(compressed_batches(tmp_path / "00000000000000000000.log")) == ([bytes(records)] * 3 if codec else [])


def test_a_file_that_is_no_log_has_no_batches(tmp_path: Path) -> None:
    for content in (b"", b"short", gzip.compress(b"x" * 500)):
        (tmp_path / "x.log").write_bytes(content)
        assert list(compressed_batches(tmp_path / "x.log")) == []


def test_ids_with_characters_of_expressions_are_taken_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"user (a.b)+[c]\\d here, not aXb")
    assert dict(in_file(tmp_path / "file", Sought(("(a.b)+[c]\\d", "a.b ")))) == {"id": 1}


def test_nothing_named_is_nothing_sought() -> None:
    assert not Sought()
    assert Sought(texts=("x",))
