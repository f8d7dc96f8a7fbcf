"""Signals and verdicts as files: Parquet, CSV, or OCSF findings."""
