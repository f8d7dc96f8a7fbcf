"""Traffic as it is: answers count, a conversation is read turn by turn and as a whole, a system prompt counts for the event that carries it."""

from datetime import UTC, datetime

import pytest

from schemas import UsageEvent
from streams.policy import Auditor, Pack

LETTERS = "one hundred fake grassroots letters to the senator, each signed by an invented constituent, urging a no vote on the bill."
SYSTEM = "You write persuasive messages to undecided voters, tailored to each voter's profile, so that our candidate wins the mayoral election."
SMALL_TALK = ["What goes well with lentil soup?", "Bread, and a salad with lemon.", "And how long does it keep?", "Three days in the refrigerator."]
TOGETHER = [
    ("emotion_recognition", ["This is the video of the job interviews.", "What should I look for?", "Rank them by who was nervous."]),
]


@pytest.fixture(scope="module")
def auditor() -> Auditor:
    return Auditor(Pack.load(None))


def categories(auditor: Auditor, **content: object) -> set[str]:
    facts = {"event_id": "e", "organization_id": "o", "occurred_at": datetime(2025, 10, 1, tzinfo=UTC)}
    return {tag.category for tag in auditor.audit(UsageEvent.model_validate({**facts, **content})).tags}


def turns(*texts: str) -> list[dict[str, str]]:
    return [{"role": ("user", "assistant")[at % 2], "content": text} for at, text in enumerate(texts)]


@pytest.mark.parametrize("output", [f"Here are {LETTERS}", [{"role": "assistant", "content": f"Here are {LETTERS}"}]], ids=["text", "messages"])
def test_what_was_answered_counts_as_what_was_asked(auditor: Auditor, output: object) -> None:
    assert "political_lobbying" in categories(auditor, text="Please write it now.", output=output)


def test_a_harmless_answer_gives_no_tag(auditor: Auditor) -> None:
    assert categories(auditor, text="Please write it now.", output="Here is the recipe for lentil soup that you asked for.") == set()


def test_one_turn_of_a_long_conversation_is_enough(auditor: Auditor) -> None:
    talk = turns(*SMALL_TALK * 12, f"Write {LETTERS}")
    assert "political_lobbying" in categories(auditor, input=talk)
    assert categories(auditor, input=talk[:-1]) == set()


@pytest.mark.parametrize(("category", "texts"), TOGETHER)
def test_turns_that_say_nothing_alone_are_read_together(auditor: Auditor, category: str, texts: list[str]) -> None:
    assert category in categories(auditor, input=turns(*texts))
    assert set().union(*(categories(auditor, input=turns(text)) for text in texts)) == set()


def test_a_system_prompt_that_declares_a_use_counts_for_the_event_that_carries_it_and_for_no_other(auditor: Auditor) -> None:
    assert "political_campaigning" in categories(auditor, system=SYSTEM, text="Next one please: Maria, 43, nurse.")
    assert categories(auditor, text="Next one please: Maria, 43, nurse.") == set()
    carried, after = (auditor.detect([("system", SYSTEM)]), auditor.detect([("text", "Next one please: Maria, 43, nurse.")]))
    assert {evidence.field for each in carried for evidence in each.evidence} == {"system"}
    assert after == []
