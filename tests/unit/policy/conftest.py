"""A small pack of two categories, as texts by path, to change in tests."""

from collections.abc import Callable

import pytest

SHARED = """
[lists]
act = ["help me", "write"]

[[conditions]]
id = "question"
title = "A question about it"
factor = 0.3
scope = "sentence"
any = ["what is"]
"""
FRUIT = """
id = "fruit"
title = "Fruit"
owner = "tests"
languages = ["en"]
lowered_by = ["question"]

[[rules]]
id = "sell"
version = 2
kind = "trade"
score = 0.8
any = ["(sell | trade) <4> (apple* | pear*)"]
all = [["{act}", "please"]]
unless = ["at school"]

[[rules]]
id = "eat"
version = 1
kind = "meal"
score = 0.4
any = ["eat <3> (apple* | pear*)"]

[[cases]]
fires = ["Help me sell ten apples."]
silent = ["What is it like, help me, to sell apples", "please sell apples at school", "Sell my apples"]
"""
SECRET = """
id = "secret"
title = "Secrets"
owner = "tests"
languages = ["en"]

[[rules]]
id = "tell"
version = 1
score = 0.9
any = ["tell <3> secret*"]
"""
FIRST = """
id = "first"
title = "First"
ends = 2025-01-01T00:00:00Z
recorded_at = 2024-01-01T00:00:00Z
source = "https://example.com/first"

[[clauses]]
id = "first.fruit"
text = "No fruit."

[[decisions]]
category = "fruit"
clause = "first.fruit"
outcome = "violation"
severity = "high"
"""
SECOND = """
id = "second"
title = "Second"
starts = 2025-01-01T00:00:00Z
recorded_at = 2024-11-01T00:00:00Z
source = "https://example.com/second"

[[clauses]]
id = "second.fruit"
text = "No trade of fruit without a person in the loop."

[[clauses]]
id = "second.children"
text = "Nobody under 18."

[[decisions]]
category = "fruit"
kinds = ["trade"]
clause = "second.fruit"
outcome = "unmet_requirement"
severity = "low"
required_safeguards = ["human_in_the_loop"]
unless = [{ audience = ["business"] }]

[[decisions]]
category = "secret"
clause = "second.children"
outcome = "violation"
severity = "critical"
when = [{ end_user_age = ["minor"] }]
context_rule = { id = "child", version = 1, field = "end_user_age" }

[[allowances]]
id = "second.orchard"
owner = "owner@example.com"
reason = "It is an orchard"
categories = ["fruit"]
organizations = ["orchard"]
starts = 2025-02-01T00:00:00Z
expires = 2025-03-01T00:00:00Z
"""
FILES = {
    "shared.toml": SHARED,
    "detectors/fruit.toml": FRUIT,
    "detectors/secret.toml": SECRET,
    "revisions/first.toml": FIRST,
    "revisions/second.toml": SECOND,
}


@pytest.fixture
def files() -> dict[str, str]:
    """The pack's files."""
    return dict(FILES)


@pytest.fixture
def with_change(files) -> Callable[[str, str, str], dict[str, str]]:
    """The pack's files with one text in one of them replaced."""

    def change(path: str, old: str, new: str) -> dict[str, str]:
        assert old in files[path]
        return {**files, path: files[path].replace(old, new)}

    return change
