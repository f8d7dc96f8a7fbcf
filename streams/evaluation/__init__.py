"""How right the detectors are on labelled texts: rates with their uncertainty, calibration, confusion, the worst misses."""

from streams.evaluation.labelled import Labelled, read_lines
from streams.evaluation.measure import Evaluation, evaluate

__all__ = ["Evaluation", "Labelled", "evaluate", "read_lines"]
