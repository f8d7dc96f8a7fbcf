"""Fuzzing: a million damaged inputs for everything that reads what strangers send, each held against what is documented."""
