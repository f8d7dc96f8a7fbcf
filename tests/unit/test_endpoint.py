"""Parts of a data folder find one another by a file, and never one that is gone."""

import os
import subprocess
import sys

import pytest

from streams.endpoint import Endpoint, announce, find, part_folder, withdraw

HERE = Endpoint("http://127.0.0.1:4711", os.getpid())


def test_what_is_announced_is_found_until_it_is_withdrawn(tmp_path):
    announce(tmp_path, "store", HERE)
    assert (find(tmp_path, "store"), find(tmp_path, "web")) == (HERE, None)
    withdraw(tmp_path, "store")
    withdraw(tmp_path, "store")
    assert find(tmp_path, "store") is None


def test_a_part_that_was_killed_is_not_found_though_its_file_stayed(tmp_path):
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    announce(tmp_path, "broker", Endpoint("127.0.0.1:9092", gone.pid))
    assert find(tmp_path, "broker") is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"address": "x"}', '{"url": "of an older version", "pid": 1}'])
def test_a_file_that_says_something_else_counts_as_none(tmp_path, text):
    announce(tmp_path, "web", HERE)
    (part_folder(tmp_path, "web") / "endpoint.json").write_text(text)
    assert find(tmp_path, "web") is None
