"""The campaign of fuzzing: what is found, what hangs and what kills its process, and that it goes on behind all of these."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

import pytest

from faults.fuzz.campaign import Tally, fuzz
from faults.fuzz.cases import Broken, Case, Target, chance_of
from faults.fuzz.mutation import damaged_bytes, damaged_text, damaged_tree


def target(case: Case, limit_s: float) -> Target:
    @contextmanager
    def opened() -> Iterator[Case]:
        yield case

    return Target("one", "", opened, limit_s)


def run(case: Case, cases: int = 200, *, limit_s: float = 1, hangs_s: float = 60) -> Tally:
    tally = Tally(1)
    fuzz(target(case, limit_s), tally, cases, lambda: True, hangs_s=hangs_s)
    return tally


def drawn(chance: Random) -> int:
    return chance.randrange(100)


def test_what_never_breaks_has_no_finding_and_every_case_is_counted():
    tally = run(lambda chance: "even" if drawn(chance) % 2 == 0 else "odd")
    assert (tally.done, tally.found, sum(tally.ends.values())) == (200, 0, 200)
    assert set(tally.ends) == {"even", "odd"}


def test_whatever_a_case_raises_is_found_with_the_number_that_makes_it_again():
    def case(chance: Random) -> str:
        if (number := drawn(chance)) == 7:
            raise Broken("seven", number)
        return "fine"

    tally = run(case)
    numbers = [finding["case"] for finding in tally.findings]
    assert numbers == [number for number in range(200) if drawn(chance_of(1, "one", number)) == 7] != []
    assert (tally.findings[0]["what"], tally.findings[0]["given"]) == ("Broken: seven", "7")
    assert tally.done == 200


@pytest.mark.parametrize(
    ("wrong", "what"),
    [
        (lambda: os.kill(os.getpid(), signal.SIGKILL), "ended the process"),
        (lambda: time.sleep(60), "did not end"),
    ],
)
def test_a_case_that_kills_or_hangs_its_process_is_found_and_those_behind_it_run(wrong, what):
    bad = drawn(chance_of(1, "one", 5))

    def case(chance: Random) -> str:
        if drawn(chance) == bad:
            wrong()
        return "fine"

    tally = run(case, 8, hangs_s=2)
    skipped = [number for number in range(8) if drawn(chance_of(1, "one", number)) == bad]
    assert tally.skipped == skipped
    assert [what in finding["what"] for finding in tally.findings] == [True] * len(skipped)
    assert (tally.done, sum(tally.ends.values())) == (8, 8 - len(skipped))


def test_a_case_that_takes_too_long_is_found():
    def case(chance: Random) -> str:
        began, slow = time.process_time(), drawn(chance) < 50
        while slow and time.process_time() - began < 0.3:
            pass
        return "fine"

    tally = run(case, 5, limit_s=0.2)
    assert [finding["case"] for finding in tally.findings if "took" in finding["what"]] == [
        number for number in range(5) if drawn(chance_of(1, "one", number)) < 50
    ]


def test_a_stretch_that_is_stopped_goes_on_where_it_was():
    one = target(lambda chance: str(drawn(chance) % 2), 5)
    whole, halves = Tally(1), Tally(1)
    fuzz(one, whole, 300, lambda: True)
    fuzz(one, halves, 100, lambda: True)
    fuzz(one, halves, 300, lambda: False)
    fuzz(one, halves, 300, lambda: True)
    assert (halves.done, halves.ends) == (whole.done, whole.ends)


def test_damage_is_the_same_for_the_same_number_and_leaves_the_original_alone():
    tree = {"a": [1, {"b": "text"}], "c": None}
    made = [(damaged_bytes(Random(n), b"some bytes"), damaged_text(Random(n), "té"), repr(damaged_tree(Random(n), tree))) for n in range(200)]
    again = [(damaged_bytes(Random(n), b"some bytes"), damaged_text(Random(n), "té"), repr(damaged_tree(Random(n), tree))) for n in range(200)]
    assert made == again
    assert len({one[0] for one in made}) > 100
    assert len({one[2] for one in made}) > 50
    assert tree == {"a": [1, {"b": "text"}], "c": None}
