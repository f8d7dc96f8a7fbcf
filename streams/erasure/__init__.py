"""Removing people: their rows, their dead letters, on request the landed part of the log; and the search that proves it."""
