"""The pack that comes with Plumbline."""

from collections import Counter

import pytest

from streams.policy import Auditor, Pack
from streams.policy.cases import cases_of, run_cases

CATEGORIES = {
    "biometric_inference",
    "cyber_compromise",
    "election_interference",
    "election_misinformation",
    "emotion_recognition",
    "government_censorship",
    "high_risk_healthcare",
    "high_risk_legal",
    "law_enforcement",
    "minors",
    "political_campaigning",
    "political_lobbying",
    "privacy_tracking",
}


@pytest.fixture(scope="module")
def pack() -> Pack:
    return Pack.load(None)


def test_every_category_has_a_detector(pack: Pack) -> None:
    assert set(pack.detectors) == CATEGORIES


def test_every_case_holds(pack: Pack) -> None:
    assert [str(problem) for problem in run_cases(Auditor(pack))] == []


def test_every_category_has_cases_that_fire_and_cases_that_do_not(pack: Pack) -> None:
    fires = Counter((case.category, case.fires) for case in cases_of(pack))
    assert all(fires[category, fired] >= 10 for category in CATEGORIES for fired in (True, False))
