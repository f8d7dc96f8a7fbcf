"""How many processes a pool has when nobody says."""

import os

import pytest

from streams.processes import usable_cores

OWN = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


@pytest.mark.parametrize(
    ("quota", "cores"),
    [("100000 100000\n", 1), ("50000 100000\n", 1), ("150000 100000\n", min(2, OWN)), ("max 100000\n", OWN), ("99900000 100000\n", OWN), ("?", OWN)],
)
def test_a_container_counts_its_share_of_cores_and_no_more_than_there_are(tmp_path, quota, cores):
    (tmp_path / "cpu.max").write_text(quota)
    assert usable_cores(tmp_path / "cpu.max") == cores


def test_without_a_container_all_cores_count_that_the_process_is_bound_to(tmp_path):
    assert usable_cores(tmp_path / "none") == OWN
