"""A known-wrong worker: its detection is not deterministic. One finding in fifty is lost, others in each process and at each time."""

from random import Random

from streams.policy.detect import Detector
from streams.worker import pool, process


def start_with_dice(setup: process.SetUp) -> None:
    """Initializer of a pool process. Naming it makes the new process import this module."""
    chance, detect = Random(), Detector.detect_batch
    Detector.detect_batch = lambda self, contents: [[one for one in found if chance.random() > 0.02] for found in detect(self, contents)]
    process.start_process(setup)


pool.start_process = start_with_dice
