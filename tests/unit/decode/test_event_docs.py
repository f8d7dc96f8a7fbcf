"""docs/events.md says what the contract and the adapters do."""

import pytest
from event_docs import PAGE, SOURCES, generated, page_with
from reading import FIXTURES

from streams.decode.adapters import ADAPTERS


@pytest.mark.skipif(not PAGE.exists(), reason="the documentation comes with the checkout, not with the wheel")
def test_the_generated_parts_are_up_to_date() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page_with(generated(), page) == page, "run: python tests/unit/decode/event_docs.py"


def test_every_source_but_our_own_has_a_table() -> None:
    assert {folder.replace("_", ".") for folder in SOURCES} == {name for name in ADAPTERS if name != "plumbline"}
    assert all((FIXTURES / folder).is_dir() for folder in SOURCES)


def test_a_field_that_goes_nowhere_is_in_no_table() -> None:
    tables = generated()["sources"]
    assert "request.max_tokens" not in tables
    assert "`request.messages[].content`" in tables
