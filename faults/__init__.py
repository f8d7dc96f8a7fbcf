"""Faults on purpose: each fault of the campaign by name, with what it must not do, and a known-wrong variant that must be caught."""
