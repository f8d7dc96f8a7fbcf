"""Review: what people say of tags and of what was not tagged, golden cases, and what the pack can learn from both."""
