"""Copies of the embedded store: one file that holds every table as of one moment, and the way back."""
