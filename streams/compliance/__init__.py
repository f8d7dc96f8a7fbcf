"""The compliance report: for a span of time, which policy was in force, what was covered, what was found, what people did, and who saw what."""
