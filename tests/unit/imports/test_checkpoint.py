"""Progress of an import: bound to the file as it is, the topic and the cluster."""

import os
from pathlib import Path

from streams.imports.checkpoint import Checkpoint, FileIdentity, Progress


def test_what_was_acknowledged_is_known_to_the_next_run(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"{}\n{}\n")
    checkpoint = Checkpoint(tmp_path / "imports", FileIdentity.of(tmp_path / "f"), topic="t", cluster="c")
    assert checkpoint.read() == Progress(0, 0)
    checkpoint.write(Progress(1, 3))
    assert Checkpoint(tmp_path / "imports", FileIdentity.of(tmp_path / "f"), topic="t", cluster="c").read() == Progress(1, 3)


def test_another_topic_or_cluster_or_a_changed_file_begins_at_the_first_row(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"{}\n{}\n")
    identity = FileIdentity.of(tmp_path / "f")
    Checkpoint(tmp_path, identity, topic="t", cluster="c").write(Progress(2, 6))
    assert Checkpoint(tmp_path, identity, topic="other", cluster="c").read().rows == 0
    assert Checkpoint(tmp_path, identity, topic="t", cluster="other").read().rows == 0
    (tmp_path / "f").write_bytes(b"{}\n[]\n")
    assert Checkpoint(tmp_path, FileIdentity.of(tmp_path / "f"), topic="t", cluster="c").read().rows == 0


def test_a_checkpoint_that_cannot_be_read_counts_as_none(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"{}\n")
    checkpoint = Checkpoint(tmp_path, FileIdentity.of(tmp_path / "f"), topic="t", cluster="c")
    checkpoint.path.write_text('{"rows": 7')
    assert checkpoint.read() == Progress(0, 0)


def test_ids_stay_when_a_file_is_moved_or_touched_and_change_with_its_content(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"{}\n{}\n")
    first = FileIdentity.of(tmp_path / "f").event_id(1)
    os.utime(tmp_path / "f", (0, 0))
    (tmp_path / "f").rename(tmp_path / "g")
    assert FileIdentity.of(tmp_path / "g").event_id(1) == first
    assert FileIdentity.of(tmp_path / "g").event_id(2) != first
    (tmp_path / "g").write_bytes(b"{}\n[]\n")
    assert FileIdentity.of(tmp_path / "g").event_id(1) != first
