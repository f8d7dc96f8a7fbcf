"""The short form of fuzzing: some hundred damaged inputs for each target, nothing found, and the known-wrong one found out.

The long form is `python -m faults.fuzz`.
"""

import pytest

from faults.fuzz.campaign import Tally, fuzz
from faults.fuzz.cases import Target
from faults.fuzz.targets import TARGETS

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]
SEED, CASES, FEWER = 7, 300, {"statements": 60, "requests": 150}


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_damaged_inputs_end_as_documented_and_the_careless_reader_is_found_out(target: Target) -> None:
    tally = Tally(SEED)
    fuzz(target, tally, FEWER.get(target.name, CASES), lambda: True)
    assert bool(tally.found) is target.control, tally.findings[:3]
    assert len(tally.ends) > 1  # not all are refused at the door
